//! `sys._jit`

use object::{ModuleDef, R, Value, Vm, natives};

natives! { static JIT_FUNCTIONS: {
    /// Return True if the current Python executable supports JIT compilation, and False otherwise.
    "is_available($module, /)" => jit_off;
    /// Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()).
    "is_enabled($module, /)" => jit_off;
    /// Return True if the topmost Python frame is currently executing JIT code, and False otherwise.
    "is_active($module, /)" => jit_off;
}}

/// `sys._jit`
pub static JIT: ModuleDef = ModuleDef {
    name: "sys._jit",
    doc: "Utilities for observing just-in-time compilation.",
    functions: &[JIT_FUNCTIONS],
    exec: |_, _| Ok(()),
};

fn jit_off(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}
