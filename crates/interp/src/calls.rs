//! Entering calls: what puts arguments in place and pushes the frame of a Python function, or of the `__init__` of a class.

use crate::frames;
use object::thread::Frame;
use object::{Args, Function, Kind, Raised, Ref, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

/// Pushes the frame of a call whose arguments lie at `first`, `count` of them. Gives it, and its registers.
///
/// # Safety
/// The arguments lie in registers of `caller`, the innermost frame, behind all that it still needs.
#[inline(always)]
pub(crate) unsafe fn enter_function(
    vm: &Vm,
    caller: &Frame,
    function: Ref<Function>,
    first: *mut Value,
    count: usize,
    kwnames: Option<Ref<Tuple>>,
    dst: u16,
) -> Result<(*mut Frame, *mut Value), Raised> {
    let thread = vm.thread();
    let code = function.code();
    // A generator's registers do not lie on the register stack: the callee's start above those in use there.
    let base = if caller.generator.is_unbound() { first } else { thread.top.get() };
    let missing = (code.params() as usize).wrapping_sub(count);
    if code.simple() && kwnames.is_none() && (missing == 0 || has_defaults(function, missing)) {
        if base != first || missing != 0 {
            if !thread.has_room(base, count + missing) {
                return Err(frames::recursion_error(vm));
            }
            if base != first {
                // SAFETY: there is room; a generator's registers lie elsewhere.
                unsafe { std::ptr::copy_nonoverlapping(first, base, count) };
            }
        }
        if missing != 0 {
            // SAFETY: there is room for all parameters, and there are so many defaults.
            unsafe { fill_defaults(function, missing, base.add(count)) };
        }
        let frame = frames::push(vm, thread, frames::for_function(vm, function, base, dst, false))?;
        return Ok((frame, base));
    }
    // SAFETY: the arguments are there.
    let args = unsafe { std::slice::from_raw_parts(first, count) };
    Ok((enter_bound(vm, function, Args { args, kwnames }, base, dst)?, base))
}

/// Do the last parameters of a function, so many of them, have defaults?
#[inline(always)]
fn has_defaults(function: Ref<Function>, count: usize) -> bool {
    function.defaults.get().cast::<Tuple>().is_some_and(|defaults| count <= defaults.len())
}

/// Writes the defaults of the last parameters, so many of them.
///
/// # Safety
/// There are so many, and `target` has room for them.
#[inline(always)]
unsafe fn fill_defaults(function: Ref<Function>, count: usize, target: *mut Value) {
    if let Some(defaults) = function.defaults.get().cast::<Tuple>() {
        let defaults = &defaults.items()[defaults.len() - count..];
        for (index, default) in defaults.iter().enumerate() {
            // SAFETY: as the caller promises.
            unsafe { *target.add(index) = *default };
        }
    }
}

/// Binds arguments at `base` and pushes the frame.
#[inline(never)]
pub(crate) fn enter_bound(
    vm: &Vm,
    function: Ref<Function>,
    args: Args,
    base: *mut Value,
    dst: u16,
) -> Result<*mut Frame, Raised> {
    let thread = vm.thread();
    if !thread.has_room(base, function.code().unit().registers as usize) {
        return Err(frames::recursion_error(vm));
    }
    if !crate::arguments::bind_simple(function, args, base) {
        crate::arguments::bind(vm, function, args, base)?;
    }
    frames::push(vm, thread, frames::for_function(vm, function, base, dst, false))
}

/// What [`enter_class`] did.
pub(crate) enum Instantiation {
    /// It pushed the frame of `__init__`.
    Entered,
    /// It made the object, which needs no more.
    Made(Value),
    /// Nothing: the class is of another kind.
    General,
}

/// Calls a Python class whose instances are made by `object.__new__` and initialised by a Python function, or not at all.
///
/// # Safety
/// As for [`enter_function`]; the register before the arguments is free, too.
pub(crate) unsafe fn enter_class(
    vm: &Vm,
    caller: &Frame,
    class: Ref<TypeObj>,
    first: *mut Value,
    count: usize,
    kwnames: Option<Ref<Tuple>>,
    dst: u16,
) -> Result<Instantiation, Raised> {
    use object::type_flags;
    if class.flags() & (type_flags::HEAP | type_flags::ABSTRACT) != type_flags::HEAP
        || class.instance_kind() != Kind::INSTANCE
        || class.has_payload()
        || class.header_shape() != TypeId::Type as u32
    {
        return Ok(Instantiation::General);
    }
    let is_object_new = match (class.slots().new, vm.types[TypeId::Object].slots().new) {
        (Some(own), Some(object)) => std::ptr::fn_addr_eq(own, object),
        _ => false,
    };
    if !is_object_new {
        return Ok(Instantiation::General);
    }
    let init = vm.lookup(class, vm.names.__init__);
    let Some(init) = init.and_then(|init| init.cast::<Function>()) else {
        if count == 0 && init == vm.lookup(vm.types[TypeId::Object], vm.names.__init__) {
            return Ok(Instantiation::Made(vm.new_instance(class, None)));
        }
        return Ok(Instantiation::General);
    };
    let object = vm.new_instance(class, None);
    // The registers at first - 2 and first - 1 were those of the callable and self: the instance takes the one before the
    // arguments.
    // SAFETY: as the caller promises; the frame that was pushed is the innermost one.
    unsafe {
        let this = first.sub(1);
        *this = object;
        let (frame, _) = enter_function(vm, caller, init, this, count + 1, kwnames, dst)?;
        (*frame).is_init = true;
        (*frame).saved_handled = object;
    }
    Ok(Instantiation::Entered)
}
