//! `_struct`

mod format;
mod pack;
mod struct_object;
mod unpack;

use crate::support::{class_once, exception_once};
use object::layout::native::Native;
use object::slots::R;
use object::{Args, Dict, Module, ModuleDef, Raised, Ref, TypeObj, Value, ValueExt, Vm, natives};
use struct_object::Struct;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_struct",
    doc: "Functions to convert between Python values and C structs.\n\
          Python bytes objects are used to hold the data representing the C struct\nand also as format strings.",
    functions: &[FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Clear the internal cache.
    "_clearcache($module, /)" => clear_cache;
    /// Return size in bytes of the struct described by the format string.
    "calcsize($module, format, /)" => calcsize;
    /// pack(format, v1, v2, ...) -> bytes
    ///
    /// Return a bytes object containing the values v1, v2, ... packed according to the format string.
    "pack(...)" -> pack_function;
    /// pack_into(format, buffer, offset, v1, v2, ...)
    ///
    /// Pack the values v1, v2, ... according to the format string and write the packed bytes into the writable buffer
    /// starting at offset.
    "pack_into(...)" -> pack_into_function;
    /// Return a tuple containing values unpacked according to the format string.
    ///
    /// The buffer's size in bytes must be calcsize(format).
    "unpack($module, format, buffer, /)" => unpack_function;
    /// Return a tuple containing values unpacked according to the format string.
    ///
    /// The buffer's size, minus offset, must be at least calcsize(format).
    "unpack_from($module, format, /, buffer, offset=0)" => unpack_from_function;
    /// Return an iterator yielding tuples unpacked from the given bytes.
    ///
    /// The bytes are unpacked according to the format string, like a repeated invocation of unpack_from().
    "iter_unpack($module, format, buffer, /)" => iter_unpack_function;
}}

const CACHE: &str = "_struct.cache";
const MAX_CACHE: usize = 100;

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let error = exception_once(vm, "_struct", "error", "struct", object::TypeId::Exception)?;
    vm.add_value(module, "error", error);
    vm.add_value(module, "Struct", class_once(vm, "_struct.Struct", &struct_object::STRUCT));
    class_once(vm, "_struct.unpack_iterator", &struct_object::ITERATOR);
    vm.set_state(CACHE, vm.dict().value());
    Ok(())
}

/// Raises `struct.error`.
#[cold]
pub fn error(vm: &Vm, text: impl AsRef<str>) -> Raised {
    match vm.state_value("_struct.error").and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => vm.raise_type(class, &[vm.str(text.as_ref()).value()]),
        None => vm.value_error(text),
    }
}

/// The Struct object of a format, kept for the next time.
fn cached(vm: &Vm, format: Value) -> Result<Ref<Native<Struct>>, Raised> {
    let cache = vm.state_value(CACHE).and_then(|cache| cache.cast::<Dict>());
    // Strings only: comparing bytes with them may be an error.
    let key = match vm.as_bytes(format) {
        Some(bytes) => Some(vm.str(&String::from_utf8_lossy(bytes.as_slice())).value()),
        None => vm.exact_str(format).map(Ref::value),
    };
    if let (Some(cache), Some(key)) = (cache, key)
        && let Some(found) = cache.get(vm, key)?
        && let Some(known) = vm.as_native::<Struct>(found)
    {
        return Ok(known);
    }
    let class = crate::support::kept_class(vm, "_struct.Struct")?;
    let made = vm.native(class, Struct::empty());
    struct_object::init_with(vm, made, format)?;
    if let (Some(cache), Some(key)) = (cache, key) {
        if cache.len() >= MAX_CACHE {
            cache.clear(vm);
        }
        cache.insert(vm, key, made.value())?;
    }
    Ok(made)
}

fn clear_cache(vm: &Vm, _: &[Value; 1]) -> R {
    vm.set_state(CACHE, vm.dict().value());
    Ok(Value::NONE)
}

fn calcsize(vm: &Vm, [_module, format]: &[Value; 2]) -> R {
    Ok(vm.int_usize(cached(vm, *format)?.layout(vm)?.size))
}

fn pack_function(vm: &Vm, args: Args) -> R {
    let args = crate::support::positional(vm, "_struct.pack", args)?;
    let Some((&format, values)) = args.split_first() else { return Err(vm.type_error("missing format argument")) };
    let layout = cached(vm, format)?;
    pack::pack(vm, &*layout.layout(vm)?, values)
}

fn pack_into_function(vm: &Vm, args: Args) -> R {
    let args = crate::support::positional(vm, "_struct.pack_into", args)?;
    let Some((&format, rest)) = args.split_first() else { return Err(vm.type_error("missing format argument")) };
    let layout = cached(vm, format)?;
    pack::pack_into(vm, &*layout.layout(vm)?, rest)
}

fn unpack_function(vm: &Vm, [_module, format, buffer]: &[Value; 3]) -> R {
    let layout = cached(vm, *format)?;
    unpack::unpack(vm, &*layout.layout(vm)?, *buffer)
}

fn unpack_from_function(vm: &Vm, [_module, format, buffer, offset]: &[Value; 4]) -> R {
    let layout = cached(vm, *format)?;
    unpack::unpack_from(vm, &*layout.layout(vm)?, *buffer, *offset)
}

fn iter_unpack_function(vm: &Vm, [_module, format, buffer]: &[Value; 3]) -> R {
    let layout = cached(vm, *format)?;
    struct_object::iterate(vm, layout, *buffer)
}
