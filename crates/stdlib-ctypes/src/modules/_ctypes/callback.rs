//! Functions of C that call Python code.

use super::codes::Set;
use super::info::{self, flags};
use super::{data, enter, errno, state};
use libffi_sys::{self as raw, ffi_cif, ffi_closure, ffi_type};
use object::{
    Field, Native, NativeData, R, Raised, Ref, Tracer, Tuple, TypeDef, TypeId, Value, ValueExt, Vm, type_flags,
};
use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;

/// A function of C that calls a Python callable.
pub struct Thunk {
    vm: *const Vm,
    callable: Field,
    /// The types of the arguments, a tuple.
    types: Field,
    /// The type of the result, or None.
    restype: Field,
    /// How the result is written; nothing where there is none.
    set_result: Option<Set>,
    result_size: usize,
    result_ffi: *mut ffi_type,
    flags: u32,
    cif: UnsafeCell<ffi_cif>,
    argument_ffis: Box<[Cell<*mut ffi_type>]>,
    closure: Cell<*mut ffi_closure>,
}

impl NativeData for Thunk {
    fn trace(&self, tracer: &mut Tracer) {
        self.callable.trace(tracer);
        self.types.trace(tracer);
        self.restype.trace(tracer);
    }
}

impl Drop for Thunk {
    fn drop(&mut self) {
        let closure = self.closure.get();
        if !closure.is_null() {
            // SAFETY: allocated by `make` for this thunk alone.
            unsafe { raw::ffi_closure_free(closure.cast()) };
        }
    }
}

/// The class of [`Thunk`].
pub static THUNK: TypeDef = TypeDef {
    name: "CThunkObject",
    module: "_ctypes",
    flags: type_flags::NO_NEW,
    doc: "CThunkObject",
    inherit_new: false,
    ..TypeDef::DEFAULT
};

/// Makes a function of C that calls a callable: the object that holds it, and its address.
pub fn make(
    vm: &Vm,
    callable: Value,
    types: Ref<Tuple>,
    restype: Value,
    flags: u32,
) -> Result<(Value, *mut u8), Raised> {
    let (set_result, result_size, result_ffi) = if restype.is_none() {
        (None, 0, &raw mut raw::ffi_type_void)
    } else {
        match info::of_type(vm, restype).and_then(|info| Some((info, info.access.get()?))) {
            Some((info, access)) => (Some(access.set), info.size.get(), info.ffi()),
            None => return Err(vm.type_error("invalid result type for callback function")),
        }
    };
    let argument_ffis = (0..types.len()).map(|index| {
        let info = info::of_type(vm, types.items()[index]);
        Cell::new(info.map_or(super::ffi::Primitive::I32.ffi(), |info| info.ffi()))
    });
    let thunk = Thunk {
        vm,
        callable: Field::new(callable),
        types: Field::new(types.value()),
        restype: Field::new(restype),
        set_result,
        result_size,
        result_ffi,
        flags,
        cif: UnsafeCell::default(),
        argument_ffis: argument_ffis.collect(),
        closure: Cell::new(std::ptr::null_mut()),
    };
    let thunk = vm.native(state::class(vm, |state| &state.thunk)?, thunk);
    let code = install(vm, thunk)?;
    Ok((thunk.value(), code.cast()))
}

/// Gives a thunk its code.
fn install(vm: &Vm, thunk: Ref<Native<Thunk>>) -> Result<*mut c_void, Raised> {
    let mut code = std::ptr::null_mut();
    // SAFETY: libffi gives memory for a closure, which the thunk owns from then on. The prepared call and the types of
    // the arguments lie in the thunk, which does not move and outlives the closure.
    unsafe {
        let closure = raw::ffi_closure_alloc(size_of::<ffi_closure>(), &mut code).cast::<ffi_closure>();
        if closure.is_null() {
            return Err(vm.memory_error());
        }
        thunk.closure.set(closure);
        let count = thunk.argument_ffis.len() as u32;
        let types = thunk.argument_ffis.as_ptr().cast_mut().cast();
        let cif = thunk.cif.get();
        let status = raw::ffi_prep_cif(cif, raw::ffi_abi_FFI_DEFAULT_ABI, count, thunk.result_ffi, types);
        if status != raw::ffi_status_FFI_OK {
            return Err(vm.runtime_error(format!("ffi_prep_cif failed with {status}")));
        }
        let status = raw::ffi_prep_closure_loc(closure, cif, Some(called), thunk.as_ptr().cast(), code);
        if status != raw::ffi_status_FFI_OK {
            return Err(vm.runtime_error(format!("ffi_prep_closure failed with {status}")));
        }
    }
    Ok(code)
}

unsafe extern "C" fn called(_: *mut ffi_cif, result: *mut c_void, args: *mut *mut c_void, user: *mut c_void) {
    // SAFETY: the closure belongs to the thunk, which is alive as long as foreign code may call it, and so is the
    // interpreter. Arguments and result have the types that the call was prepared with.
    unsafe {
        let thunk: Ref<Native<Thunk>> = Ref::from_ptr(user.cast());
        enter::enter(thunk.vm, (), |vm| {
            run(vm, thunk, result.cast(), args.cast());
            Ok(())
        });
    }
}

/// Reports what was raised: it cannot pass through foreign code.
fn report(vm: &Vm, raised: Raised, what: &str, callable: Value) {
    let exception = vm.take_exception(raised);
    let shown = match vm.repr(callable) {
        Ok(shown) => shown.to_string_lossy(),
        Err(raised) => {
            vm.take_exception(raised);
            String::from("<object repr() failed>")
        }
    };
    let text = format!("Exception ignored {what} ctypes callback function {shown}");
    vm.report_unraisable(vm.raise_again(exception), &text, Value::NONE);
}

/// SAFETY: the arguments and the result have the types of the thunk.
unsafe fn run(vm: &Vm, thunk: Ref<Native<Thunk>>, result: *mut u8, args: *const *const u8) {
    let callable = thunk.callable.get();
    let types = thunk.types.get();
    let Some(types) = types.cast::<Tuple>() else { return };
    if thunk.set_result.is_some() {
        // What foreign code gets where no result can be had.
        // SAFETY: as the caller promises.
        unsafe { std::ptr::write_bytes(result, 0, thunk.result_size) };
    }
    let values = vm.list_with_capacity(types.len());
    for index in 0..types.len() {
        // SAFETY: there are as many arguments as types.
        match unsafe { argument(vm, types.items()[index], *args.add(index)) } {
            Ok(value) => values.push(vm, value),
            Err(raised) => {
                return report(vm, raised, &format!("while creating argument {index} for"), callable);
            }
        }
    }
    let uses_errno = thunk.flags & flags::USE_ERRNO != 0;
    if uses_errno {
        errno::exchange(errno::set_copy(vm, errno::exchange(0)));
    }
    let outcome = vm.call(callable, values.items());
    if uses_errno {
        errno::exchange(errno::set_copy(vm, errno::exchange(0)));
    }
    let value = match outcome {
        Ok(value) => value,
        Err(raised) => return report(vm, raised, "while calling", callable),
    };
    let Some(set) = thunk.set_result else { return };
    match set(vm, result, value, thunk.result_size) {
        Ok(kept) if kept.is_none() || is_object_type(vm, thunk.restype.get()) => {}
        // What the result refers to would have to live as long as foreign code wants.
        Ok(_) => {
            if let Err(raised) = vm.warn(TypeId::RuntimeWarning, "memory leak in callback function.", 1) {
                report(vm, raised, "while converting result of", callable);
            }
        }
        Err(raised) => report(vm, raised, "while converting result of", callable),
    }
}

fn is_object_type(vm: &Vm, class: Value) -> bool {
    info::of_type(vm, class).is_some_and(|info| info.has_code(b'O'))
}

/// An argument as a Python value.
///
/// SAFETY: a value of the type can be read.
unsafe fn argument(vm: &Vm, class: Value, from: *const u8) -> R {
    let Some(info) = info::of_type(vm, class) else {
        let shown = vm.repr(class)?.to_string_lossy();
        return Err(vm.type_error(format!("cannot build parameter of type {shown}")));
    };
    if let Some(access) = info.direct_access() {
        return (access.get)(vm, from, info.size.get());
    }
    let made = vm.call(class, &[])?;
    let Some(instance) = data::find(vm, made) else {
        let (shown, found) = (vm.repr(class)?.to_string_lossy(), vm.type_of(made).full_name(vm));
        return Err(vm.type_error(format!("{shown} returned unexpected result of type {found}")));
    };
    let size = info.size.get().min(instance.size.get());
    // SAFETY: both have so many bytes.
    unsafe { std::ptr::copy_nonoverlapping(from, instance.address.get(), size) };
    Ok(made)
}
