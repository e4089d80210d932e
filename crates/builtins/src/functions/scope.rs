//! The namespaces of the running code.

use bytecode::{CodeFlags, LocalKind};
use object::thread::Frame;
use object::{CellObj, Dict, FrameObj, R, Raised, Str, Value, ValueExt, Vm};

use crate::function::has_hidden;

/// The frame that called a built-in function.
pub(super) fn current(vm: &Vm) -> Result<&Frame, Raised> {
    vm.thread().current().ok_or_else(|| vm.system_error("frame does not exist"))
}

/// The namespace of a frame's local variables: the mapping itself where they live in one, else a new dict.
pub fn frame_locals(vm: &Vm, frame: &Frame) -> Value {
    let code = frame.code;
    if !code.flags().has(CodeFlags::OPTIMIZED) && !has_hidden(frame) {
        return frame.locals.bound().unwrap_or_else(|| frame.globals.value());
    }
    let dict = vm.dict();
    for (index, name) in code.locals().items().iter().enumerate() {
        let mut value = frame.register(index);
        if matches!(code.local_kind(index), LocalKind::Cell | LocalKind::Free)
            && let Some(cell) = value.cast::<CellObj>()
        {
            value = cell.content.get();
        }
        // Names of comprehensions that the compiler made up are none that a program could write.
        let written = vm.as_str(*name).filter(|name| !name.as_bytes().starts_with(b"."));
        if let (false, Some(name)) = (value.is_unbound(), written) {
            dict.insert_str(vm, name, value);
        }
    }
    let object = frame.frame_object.cast::<FrameObj>();
    if let Some(extra) = object.and_then(|object| object.extra_locals.get().cast::<Dict>()) {
        for entry in extra.iter() {
            if let Some(name) = entry.key.cast::<Str>() {
                dict.insert_str(vm, name, entry.value);
            }
        }
    }
    dict.value()
}

pub(super) fn globals(vm: &Vm, _: &[Value; 0]) -> R {
    Ok(current(vm)?.globals.value())
}

pub(super) fn locals(vm: &Vm, _: &[Value; 0]) -> R {
    Ok(frame_locals(vm, current(vm)?))
}
