//! Shared libraries.

use super::integer::low_word_of;
use super::{info, text};
use object::{R, Raised, TypeId, Value, Vm};
use std::ffi::{CStr, CString, c_int, c_void};

/// The text of the last error of the dynamic linker.
fn last_error() -> Option<String> {
    // SAFETY: dlerror gives null or a text that is valid until the next call; the interpreter's lock is held.
    unsafe {
        let text = libc::dlerror();
        if text.is_null() { None } else { Some(CStr::from_ptr(text).to_string_lossy().into_owned()) }
    }
}

/// An argument that is an address.
pub fn address_argument(vm: &Vm, value: Value) -> Result<usize, Raised> {
    match vm.as_int(value) {
        Some(int) => Ok(low_word_of(int) as usize),
        None => Err(vm.type_error("an integer is required")),
    }
}

/// The handle that the attribute `_handle` of an object is.
pub fn handle_of(vm: &Vm, library: Value) -> Result<usize, Raised> {
    let handle = vm.getattr_str(library, "_handle")?;
    match vm.as_int(handle) {
        Some(int) => Ok(low_word_of(int) as usize),
        None => Err(vm.type_error("the _handle attribute of the second argument must be an integer")),
    }
}

/// The address of a symbol, else the text of the error, if there is one.
pub fn find_symbol(vm: &Vm, handle: usize, name: &CString) -> Result<*mut u8, Option<String>> {
    // SAFETY: the name ends with a null byte; a handle that is none makes the call fail or is the program's business.
    let address = vm.allow_threads(|| unsafe {
        libc::dlerror();
        libc::dlsym(handle as *mut c_void, name.as_ptr())
    });
    if address.is_null() { Err(last_error()) } else { Ok(address.cast()) }
}

/// `dlopen(name, flag=RTLD_LOCAL)`
pub fn dlopen(vm: &Vm, [_, name, flag]: &[Value; 3]) -> R {
    let path = if name.is_none() { None } else { Some(vm.fs_cstring(*name)?) };
    let mode = vm.index_i32(*flag)? | libc::RTLD_NOW;
    vm.audit("ctypes.dlopen", &[*name])?;
    let path = path.as_ref().map_or(std::ptr::null(), |path| path.as_ptr());
    // Constructors of the library may take their time.
    // SAFETY: the path is null or ends with a null byte, and lives until the call is done.
    let handle = vm.allow_threads(|| unsafe { libc::dlopen(path, mode) });
    if handle.is_null() {
        let text = last_error().unwrap_or_else(|| String::from("dlopen() error"));
        return Err(vm.raise_call(vm.types[TypeId::OSError].value(), &[vm.str(&text).value()]));
    }
    Ok(vm.int_usize(handle as usize))
}

/// `dlclose(handle)`
pub fn dlclose(vm: &Vm, [_, handle]: &[Value; 2]) -> R {
    let handle = address_argument(vm, *handle)?;
    // SAFETY: a handle that is none is the program's business.
    let failed = vm.allow_threads(|| unsafe { libc::dlclose(handle as *mut c_void) }) != 0;
    if failed {
        let text = last_error().unwrap_or_else(|| String::from("dlclose() error"));
        return Err(vm.raise_call(vm.types[TypeId::OSError].value(), &[vm.str(&text).value()]));
    }
    Ok(Value::NONE)
}

/// `dlsym(handle, name)`
pub fn dlsym(vm: &Vm, [_, handle, name]: &[Value; 3]) -> R {
    let address = address_argument(vm, *handle)?;
    let Some(text) = vm.as_str(*name) else {
        let found = info::class_name(vm, *name);
        return Err(vm.type_error(format!("dlsym() argument 2 must be str, not {found}")));
    };
    let symbol = text::name_of(vm, text)?;
    vm.audit("ctypes.dlsym/handle", &[*handle, *name])?;
    match find_symbol(vm, address, &symbol) {
        Ok(address) => Ok(vm.int_usize(address as usize)),
        Err(text) => {
            let text = text.unwrap_or_else(|| format!("symbol '{}' not found", symbol.to_string_lossy()));
            Err(vm.raise_call(vm.types[TypeId::OSError].value(), &[vm.str(&text).value()]))
        }
    }
}

/// `dllist()`
pub fn dllist(vm: &Vm, [_]: &[Value; 1]) -> R {
    unsafe extern "C" fn add(info: *mut libc::dl_phdr_info, _: libc::size_t, names: *mut c_void) -> c_int {
        // SAFETY: the linker gives a description whose name ends with a null byte; `names` is the vector below.
        unsafe {
            let names = &mut *names.cast::<Vec<Vec<u8>>>();
            names.push(CStr::from_ptr((*info).dlpi_name).to_bytes().to_vec());
        }
        0
    }
    let mut names: Vec<Vec<u8>> = Vec::new();
    // SAFETY: the function is called with the vector while that lives.
    unsafe { libc::dl_iterate_phdr(Some(add), (&raw mut names).cast()) };
    let list = vm.list_with_capacity(names.len());
    for name in &names {
        list.push(vm, vm.fs_decode(name).value());
    }
    Ok(list.value())
}
