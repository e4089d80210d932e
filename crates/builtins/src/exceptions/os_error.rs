//! `OSError`: the class that an errno stands for, and its fields.

use super::base_exception::{no_keywords, reduce_with, str};
use super::exception;
use super::fields::field;
use crate::object::reduce::attributes_dict;
use ::object::slots::{InitFn, NewFn, R};
use ::object::{Args, Exception, GetSet, Raised, Ref, Slot, TypeId, TypeObj, Value, ValueExt, Vm, native, natives};

/// `OSError(errno, strerror, filename, winerror, filename2)`
pub static NEW: native::NativeDef = native! { "OSError(...)" -> new };
/// Only for subclasses that define `__init__`.
pub static INIT: native::NativeDef = native! { "OSError(...)" -> init };

/// Fields.
pub static GETSET: &[GetSet] = &[
    field::<0>("errno", "POSIX exception code"),
    field::<1>("strerror", "exception strerror"),
    field::<2>("filename", "exception filename"),
    field::<3>("filename2", "second exception filename"),
    GetSet {
        name: "characters_written",
        get: |vm, this| match exception(vm, this)?.extra(4).bound() {
            Some(count) => Ok(count),
            None => Err(vm.attribute_error("characters_written", this, vm.intern("characters_written").value())),
        },
        set: Some(|vm, this, value| {
            let own = exception(vm, this)?;
            if value.is_unbound() && own.extra(4).is_unbound() {
                return Err(vm.attribute_error("characters_written", this, vm.intern("characters_written").value()));
            }
            let value = if value.is_unbound() { value } else { vm.int(vm.index_i64(value)?) };
            own.set_extra(vm, 4, value);
            Ok(())
        }),
        doc: "",
        is_member: false,
    },
];
/// Slots.
pub static SLOTS: &[Slot] = &[Slot::str(os_error_str)];

natives! {
    /// Methods.
    pub static METHODS: {
        /// Describe how to pickle the exception.
        "__reduce__($self, /)" => reduce;
    }
}

/// The subclass for an errno.
static CLASSES: &[(i32, TypeId)] = &[
    (libc::EAGAIN, TypeId::BlockingIOError),
    (libc::EALREADY, TypeId::BlockingIOError),
    (libc::EINPROGRESS, TypeId::BlockingIOError),
    (libc::EWOULDBLOCK, TypeId::BlockingIOError),
    (libc::EPIPE, TypeId::BrokenPipeError),
    (libc::ESHUTDOWN, TypeId::BrokenPipeError),
    (libc::ECHILD, TypeId::ChildProcessError),
    (libc::ECONNABORTED, TypeId::ConnectionAbortedError),
    (libc::ECONNREFUSED, TypeId::ConnectionRefusedError),
    (libc::ECONNRESET, TypeId::ConnectionResetError),
    (libc::EEXIST, TypeId::FileExistsError),
    (libc::ENOENT, TypeId::FileNotFoundError),
    (libc::EISDIR, TypeId::IsADirectoryError),
    (libc::ENOTDIR, TypeId::NotADirectoryError),
    (libc::EINTR, TypeId::InterruptedError),
    (libc::EACCES, TypeId::PermissionError),
    (libc::EPERM, TypeId::PermissionError),
    (libc::ESRCH, TypeId::ProcessLookupError),
    (libc::ETIMEDOUT, TypeId::TimeoutError),
];

/// Does the class initialise its fields in `__init__`? So where it overrides that and not `__new__`: its `__init__` may
/// call ours with other arguments.
fn uses_init(vm: &Vm, class: Ref<TypeObj>) -> bool {
    let own = vm.types[TypeId::OSError].slots();
    let same_init = match (class.slots().init, own.init) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq::<InitFn, InitFn>(a, b),
        _ => false,
    };
    let same_new = match (class.slots().new, own.new) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq::<NewFn, NewFn>(a, b),
        _ => false,
    };
    !same_init && same_new
}

fn new(vm: &Vm, args: Args) -> R {
    let Some(mut class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("OSError.__new__() needs a class"));
    };
    if uses_init(vm, class) {
        return Ok(vm.alloc_exception(class, vm.tuple(&[])).value());
    }
    no_keywords(vm, args)?;
    let positional = args.rest().args;
    if class == vm.types[TypeId::OSError]
        && (2..=5).contains(&positional.len())
        && let Some(errno) = positional[0].as_small()
        && let Some((_, id)) = CLASSES.iter().find(|(number, _)| *number as i64 == errno)
    {
        class = vm.types[*id];
    }
    let this = vm.alloc_exception(class, vm.tuple(&[]));
    fill(vm, this, positional)?;
    Ok(this.value())
}

fn init(vm: &Vm, args: Args) -> R {
    let Some(&this) = args.args.first() else {
        return Err(vm.type_error("descriptor '__init__' of 'OSError' object needs an argument"));
    };
    let this = exception(vm, this)?;
    if uses_init(vm, vm.type_of(this.value())) {
        no_keywords(vm, args)?;
        fill(vm, this, args.rest().args)?;
    }
    Ok(Value::NONE)
}

fn fill(vm: &Vm, this: Ref<Exception>, args: &[Value]) -> Result<(), Raised> {
    let mut shown = args;
    if (2..=5).contains(&args.len()) {
        this.set_extra(vm, 0, args[0]);
        this.set_extra(vm, 1, args[1]);
        let filename = args.get(2).copied().unwrap_or(Value::NONE);
        if !filename.is_none() {
            let blocking = vm.type_of(this.value()) == vm.types[TypeId::BlockingIOError];
            if blocking && vm.type_of(filename).slots().index.is_some() {
                let count = vm.index_i64(filename)?;
                this.set_extra(vm, 4, vm.int(count));
            } else {
                this.set_extra(vm, 2, filename);
                let second = args.get(4).copied().unwrap_or(Value::NONE);
                if !second.is_none() {
                    this.set_extra(vm, 3, second);
                }
                shown = &args[..2];
            }
        }
    }
    this.set_args(vm, vm.tuple(shown));
    Ok(())
}

fn os_error_str(vm: &Vm, this: Value) -> R {
    let own = exception(vm, this)?;
    let (errno, strerror, filename, second) = (own.extra(0), own.extra(1), own.extra(2), own.extra(3));
    let start = || -> Result<String, Raised> {
        let errno = vm.to_str(errno.or_none())?.to_string_lossy();
        Ok(format!("[Errno {errno}] "))
    };
    if !filename.is_unbound() && !filename.is_none() {
        let (start, strerror) = (vm.str(&start()?), vm.to_str(strerror.or_none())?);
        let first = vm.repr(filename)?;
        if second.is_unbound() || second.is_none() {
            return Ok(vm.str_concat(&[start, strerror, vm.str(": "), first]).value());
        }
        let second = vm.repr(second)?;
        return Ok(vm.str_concat(&[start, strerror, vm.str(": "), first, vm.str(" -> "), second]).value());
    }
    if !errno.is_unbound() && !strerror.is_unbound() {
        return Ok(vm.str_concat(&[vm.str(&start()?), vm.to_str(strerror)?]).value());
    }
    str(vm, this)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = exception(vm, *this)?;
    let mut args = own.args();
    let filename = own.extra(2);
    if args.len() == 2 && !filename.is_unbound() {
        let items = [args.items()[0], args.items()[1], filename, Value::NONE, own.extra(3)];
        let count = if items[4].is_unbound() { 3 } else { 5 };
        args = vm.tuple(&items[..count]);
    }
    reduce_with(vm, *this, args, attributes_dict(vm, *this))
}
