//! Functions that Python code calls by their addresses: `_cast_addr` and the like.

use super::codes::{object_from_word, object_to_word};
use super::info::{self, Family};
use super::text::{self, Wide};
use super::{data, enter};
use object::buffer::Buffer;
use object::{Dict, Module, R, Raised, Ref, Value, ValueExt, Vm};
use std::ffi::{c_int, c_void};

/// Adds the addresses to the module.
pub fn add_addresses(vm: &Vm, module: Ref<Module>) {
    let addresses: [(&str, usize); 6] = [
        ("_memmove_addr", libc::memmove as *const () as usize),
        ("_memset_addr", libc::memset as *const () as usize),
        ("_string_at_addr", string_at as *const () as usize),
        ("_wstring_at_addr", wstring_at as *const () as usize),
        ("_cast_addr", cast as *const () as usize),
        ("_memoryview_at_addr", memoryview_at as *const () as usize),
    ];
    for (name, address) in addresses {
        vm.add_value(module, name, vm.int_usize(address));
    }
}

/// Runs a closure in the interpreter that called, and gives the word of the object that it gives: 0 if it raised.
fn in_interpreter(f: impl FnOnce(&Vm) -> R) -> u64 {
    match enter::current() {
        // SAFETY: the interpreter's foreign call runs in this native thread.
        Some(vm) => unsafe { enter::enter(vm, 0, |vm| f(vm).map(object_to_word)) },
        // Foreign code came by the address and calls it on its own.
        None => 0,
    }
}

unsafe extern "C" fn string_at(address: *const u8, size: c_int) -> u64 {
    in_interpreter(|vm| {
        vm.audit("ctypes.string_at", &[vm.int_usize(address as usize), vm.int(size as i64)])?;
        match usize::try_from(size) {
            // SAFETY: what an address points to is the program's business.
            Ok(size) => Ok(vm.bytes(unsafe { std::slice::from_raw_parts(address, size) }).value()),
            // SAFETY: as above.
            Err(_) if size == -1 => Ok(unsafe { text::c_string(vm, address) }),
            Err(_) => Err(vm.system_error("Negative size passed to PyBytes_FromStringAndSize")),
        }
    })
}

unsafe extern "C" fn wstring_at(address: *const Wide, size: c_int) -> u64 {
    in_interpreter(|vm| {
        vm.audit("ctypes.wstring_at", &[vm.int_usize(address as usize), vm.int(size as i64)])?;
        // SAFETY: as above.
        unsafe {
            match usize::try_from(size) {
                Ok(size) => text::wide_string(vm, address, size),
                Err(_) if size == -1 => text::wide_string(vm, address, text::wide_length(address, usize::MAX)),
                Err(_) => Err(vm.system_error("Negative size passed to PyUnicode_New")),
            }
        }
    })
}

unsafe extern "C" fn memoryview_at(address: *mut u8, size: isize, readonly: c_int) -> u64 {
    in_interpreter(|vm| {
        let parts = [vm.int_usize(address as usize), vm.int(size as i64), vm.int(readonly as i64)];
        vm.audit("ctypes.memoryview_at", &parts)?;
        let Ok(len) = usize::try_from(size) else {
            let text = format!("memoryview_at: size is negative (or overflowed): {size}");
            return Err(vm.value_error(text));
        };
        let buffer = Buffer::of_bytes(Value::NONE, address, len, readonly != 0);
        Ok(builtins::memoryview::from_buffer(vm, buffer, Value::NONE))
    })
}

unsafe extern "C" fn cast(address: *mut c_void, source: u64, class: u64) -> u64 {
    in_interpreter(|vm| {
        let (source, class) = (object_from_word(vm, source)?, object_from_word(vm, class)?);
        check_pointer_type(vm, class)?;
        let made = vm.call(class, &[])?;
        let result = data::of(vm, made)?;
        if let Some(instance) = data::find(vm, source) {
            share_objects(vm, instance, result)?;
        }
        data::set_pointer_value(result, address.cast());
        Ok(made)
    })
}

/// The result of a cast keeps what the source keeps, in the same dict, and the source itself.
fn share_objects(vm: &Vm, source: data::DataRef, result: data::DataRef) -> Result<(), Raised> {
    data::container(vm, source);
    if source.objects.get().is_none() {
        source.objects.set(vm, source, vm.dict().value());
    }
    let objects = source.objects.get();
    result.objects.set(vm, result, objects);
    match objects.cast::<Dict>() {
        Some(dict) => dict.insert(vm, vm.int_u64(source.value().bits()), source.value()),
        None => Ok(()),
    }
}

fn check_pointer_type(vm: &Vm, class: Value) -> Result<(), Raised> {
    if let Some(info) = info::of_type(vm, class) {
        let fits = match info.family {
            Family::Pointer | Family::Function => true,
            Family::Simple => info.code.get().is_some_and(|code| b"sPzUZXO".contains(&code.code)),
            _ => false,
        };
        if fits {
            return Ok(());
        }
    }
    if class.cast::<object::TypeObj>().is_some() {
        let name = info::type_name(vm, class);
        return Err(vm.type_error(format!("cast() argument 2 must be a pointer type, not {name}")));
    }
    Err(vm.type_error("cast() argument 2 must be a pointer type"))
}
