//! Calls of foreign functions: arguments are converted, libffi makes the call, and the result is converted back.

use super::ffi::Primitive;
use super::info::{self, Family, flags};
use super::param::{self, Word};
use super::{data, enter, errno, library, meta, state, text};
use libffi_sys::{self as raw, ffi_cif, ffi_type};
use object::{Int, List, R, Raised, Ref, Tuple, Value, Vm};
use std::ffi::c_void;

/// A call has at most so many arguments.
pub const MAX_ARGUMENTS: usize = 1024;

/// An argument as libffi takes it.
struct Argument {
    ffi: *mut ffi_type,
    value: Word,
    /// A structure or union.
    aggregate: Vec<u128>,
}

impl Argument {
    fn of_word(primitive: Primitive, word: u64) -> Argument {
        let mut value = Word::ZERO;
        value.set_word(word);
        Argument { ffi: primitive.ffi(), value, aggregate: Vec::new() }
    }

    /// Where the value is.
    fn place(&mut self) -> *mut c_void {
        if self.aggregate.is_empty() { self.value.address().cast() } else { self.aggregate.as_mut_ptr().cast() }
    }
}

/// Makes an argument of an object; what it refers to is added to `kept`.
fn convert(vm: &Vm, object: Value, index: usize, kept: Ref<List>) -> Result<Argument, Raised> {
    if let (Some(info), Some(instance)) = (info::of_object(vm, object), data::find(vm, object)) {
        kept.push(vm, object);
        return Ok(of_instance(&info, instance));
    }
    if let Some(parameter) = param::find(vm, object) {
        kept.push(vm, object);
        return Ok(Argument { ffi: parameter.ffi, value: parameter.value, aggregate: Vec::new() });
    }
    if object.is_none() {
        return Ok(Argument::of_word(Primitive::Pointer, 0));
    }
    if let Some(int) = vm.as_int(object) {
        return match low_int(int) {
            Some(word) => Ok(Argument::of_word(Primitive::I32, word)),
            None => Err(vm.overflow_error("int too long to convert")),
        };
    }
    if let Some(bytes) = vm.as_bytes(object) {
        kept.push(vm, object);
        return Ok(Argument::of_word(Primitive::Pointer, bytes.as_slice().as_ptr() as u64));
    }
    if let Some(string) = vm.as_str(object) {
        let (address, characters) = text::wide_copy(vm, string)?;
        kept.push(vm, characters);
        return Ok(Argument::of_word(Primitive::Pointer, address as u64));
    }
    match meta::as_parameter(vm, object)? {
        Some(inner) => meta::again(vm, || convert(vm, inner, index, kept)),
        None => Err(vm.type_error(format!("Don't know how to convert parameter {index}"))),
    }
}

/// An int that fits in a long, signed or not.
fn low_int(int: Int) -> Option<u64> {
    match int {
        Int::Small(int) => Some(int as u64),
        Int::Big(big) => i64::try_from(&big.big).ok().map(|int| int as u64).or_else(|| u64::try_from(&big.big).ok()),
    }
}

fn of_instance(info: &info::Info, instance: data::DataRef) -> Argument {
    let (address, size) = (instance.address.get(), instance.size.get().min(info.size.get()));
    let mut argument = Argument { ffi: info.ffi(), value: Word::ZERO, aggregate: Vec::new() };
    match info.family {
        // SAFETY: the instance has so many bytes, and no simple type has more than a word has room for.
        Family::Simple => unsafe { std::ptr::copy_nonoverlapping(address, argument.value.address(), size.min(32)) },
        Family::Array => argument.value.set_word(address as u64),
        Family::Pointer | Family::Function => argument.value.set_word(data::pointer_value(instance) as u64),
        Family::Structure | Family::Union => {
            argument.aggregate = vec![0; info.size.get().div_ceil(16).max(1)];
            // SAFETY: as above; the copy has at least as much room.
            unsafe { std::ptr::copy_nonoverlapping(address, argument.aggregate.as_mut_ptr().cast(), size) };
        }
    }
    argument
}

/// What is to be called, and how.
pub struct Target {
    /// The address of the function.
    pub address: usize,
    /// Bits of [`flags`].
    pub flags: u32,
    /// `from_param` of the declared arguments.
    pub converters: Option<Ref<Tuple>>,
    /// The type of the result, a callable, or None; unbound: an int.
    pub restype: Value,
    /// `_check_retval_` of that, or unbound.
    pub checker: Value,
}

/// Calls a function.
pub fn call(vm: &Vm, target: &Target, args: Ref<Tuple>) -> R {
    if target.flags & flags::PYTHONAPI != 0
        && let Some(result) = super::c_interface::call(vm, target.address, args.items())
    {
        return result;
    }
    let count = args.len();
    if count > MAX_ARGUMENTS {
        let class = state::class(vm, |state| &state.argument_error)?;
        let text = format!("too many arguments ({count}), maximum is {MAX_ARGUMENTS}");
        return Err(vm.raise_call(class.value(), &[vm.str(&text).value()]));
    }
    let declared = target.converters.map_or(0, |converters| converters.len());
    let kept = vm.list_with_capacity(count + 1);
    let mut arguments = Vec::with_capacity(count);
    for index in 0..count {
        let converted = match target.converters {
            Some(converters) if index < declared => vm.call(converters.items()[index], &[args.items()[index]]),
            _ => Ok(args.items()[index]),
        };
        match converted.and_then(|object| convert(vm, object, index + 1, kept)) {
            Ok(argument) => arguments.push(argument),
            Err(raised) => {
                let class = state::class(vm, |state| &state.argument_error)?;
                return Err(data::extend_error(vm, raised, class, &format!("argument {}: ", index + 1)));
            }
        }
    }
    let result_info = info::of_type(vm, target.restype);
    let result_type = match result_info {
        Some(info) => info.ffi(),
        None if target.restype.is_none() => &raw mut raw::ffi_type_void,
        None => Primitive::I32.ffi(),
    };
    let mut types: Vec<*mut ffi_type> = arguments.iter().map(|argument| argument.ffi).collect();
    let mut places: Vec<*mut c_void> = arguments.iter_mut().map(Argument::place).collect();
    let mut cif = prepare(vm, &mut types, declared, result_type)?;
    // SAFETY: a type of libffi's or of an info that `target.restype` keeps alive.
    let size = unsafe { (*result_type).size };
    let mut result = vec![0u128; size.div_ceil(16).max(1)];
    let uses_errno = target.flags & flags::USE_ERRNO != 0;
    let mut own_errno = if uses_errno { errno::copy(vm) } else { 0 };
    let address = target.address;
    let outcome = enter::leave(vm, target.flags & flags::PYTHONAPI != 0, || {
        let before = if uses_errno { errno::exchange(own_errno) } else { 0 };
        // SAFETY: types, places and the result's memory fit each other and live until the call is done, which `kept`
        // sees to for what arguments refer to. What the function does is the program's business.
        unsafe {
            let function: Option<unsafe extern "C" fn()> = std::mem::transmute(address);
            raw::ffi_call(&mut cif, function, result.as_mut_ptr().cast(), places.as_mut_ptr());
        }
        if uses_errno {
            own_errno = errno::exchange(before);
        }
    });
    if uses_errno {
        errno::set_copy(vm, own_errno);
    }
    drop(arguments);
    // Until here the collector must find the list on the stack: only it keeps what the arguments refer to.
    std::hint::black_box(kept);
    outcome?;
    let value = result_of(vm, target, result.as_ptr().cast())?;
    match target.checker.bound() {
        Some(checker) => vm.call(checker, &[value]),
        None => Ok(value),
    }
}

fn prepare(vm: &Vm, types: &mut [*mut ffi_type], declared: usize, result: *mut ffi_type) -> Result<ffi_cif, Raised> {
    let mut cif = ffi_cif::default();
    let (abi, count) = (raw::ffi_abi_FFI_DEFAULT_ABI, types.len());
    // A function that is called with more arguments than it declares takes a variable number of them.
    if declared > 0 && count > declared {
        // SAFETY: the types live as long as the prepared call is used.
        let status =
            unsafe { raw::ffi_prep_cif_var(&mut cif, abi, declared as u32, count as u32, result, types.as_mut_ptr()) };
        if status != raw::ffi_status_FFI_OK {
            return Err(vm.runtime_error("ffi_prep_cif_var failed"));
        }
        return Ok(cif);
    }
    // SAFETY: as above.
    let status = unsafe { raw::ffi_prep_cif(&mut cif, abi, count as u32, result, types.as_mut_ptr()) };
    if status != raw::ffi_status_FFI_OK {
        return Err(vm.runtime_error("ffi_prep_cif failed"));
    }
    Ok(cif)
}

fn result_of(vm: &Vm, target: &Target, memory: *const u8) -> R {
    let restype = target.restype;
    if restype.is_none() {
        return Ok(Value::NONE);
    }
    if let Some(info) = info::of_type(vm, restype) {
        return match info.direct_access() {
            Some(access) => (access.get)(vm, memory, info.size.get()),
            // SAFETY: the memory has the size of the type.
            None => Ok(unsafe { data::copy_of(vm, restype, memory)? }.value()),
        };
    }
    // SAFETY: an int was asked for.
    let int = vm.int(unsafe { memory.cast::<i32>().read_unaligned() } as i64);
    if restype.is_unbound() { Ok(int) } else { vm.call(restype, &[int]) }
}

fn call_plainly(vm: &Vm, function: Value, arguments: Value, flags: u32) -> R {
    let address = library::address_argument(vm, function)?;
    let Some(args) = vm.as_tuple(arguments) else {
        let found = info::class_name(vm, arguments);
        return Err(vm.type_error(format!("argument 2 must be tuple, not {found}")));
    };
    vm.audit("ctypes.call_function", &[vm.int_usize(address), arguments])?;
    let target = Target { address, flags, converters: None, restype: Value::UNBOUND, checker: Value::UNBOUND };
    call(vm, &target, args)
}

/// `call_function(address, arguments)`
pub fn call_function(vm: &Vm, [_, function, arguments]: &[Value; 3]) -> R {
    call_plainly(vm, *function, *arguments, 0)
}

/// `call_cdeclfunction(address, arguments)`
pub fn call_cdeclfunction(vm: &Vm, [_, function, arguments]: &[Value; 3]) -> R {
    call_plainly(vm, *function, *arguments, flags::CDECL)
}
