//! `BaseExceptionGroup` and `ExceptionGroup`

use super::base_exception::init_args;
use super::exception;
use super::fields::read_only;
use super::group_ops::{Matcher, split};
use crate::generic_alias::class_getitem;
use ::object::slots::R;
use ::object::{Args, Exception, GetSet, Raised, Ref, Slot, TypeId, TypeObj, Value, ValueExt, Vm, native, natives};

/// `BaseExceptionGroup(message, exceptions)`
pub static NEW: native::NativeDef = native! { "BaseExceptionGroup(...)" -> new };
/// Sets `args`.
pub static INIT: native::NativeDef = native! { "BaseExceptionGroup(...)" -> init };
/// Fields.
pub static GETSET: &[GetSet] =
    &[read_only::<0>("message", "exception message"), read_only::<1>("exceptions", "nested exceptions")];
/// Slots.
pub static SLOTS: &[Slot] = &[Slot::str(str), Slot::repr(repr)];

fn str(vm: &Vm, this: Value) -> R {
    let own = exception(vm, this)?;
    let message = vm.to_str(own.extra(0).or_none())?;
    let count = own.extra(1).cast::<::object::Tuple>().map_or(0, |exceptions| exceptions.len());
    let plural = if count == 1 { "" } else { "s" };
    Ok(vm.str_concat(&[message, vm.str(&format!(" ({count} sub-exception{plural})"))]).value())
}

/// Field of the repr of a sequence that is neither list nor tuple, as it was when the group was made.
const SEQUENCE_REPR: usize = 2;

/// The exceptions as the group holds them, in the form in which they were given: `args` may have changed.
fn repr(vm: &Vm, this: Value) -> R {
    let own = exception(vm, this)?;
    let exceptions = match own.extra(SEQUENCE_REPR).cast::<::object::Str>() {
        Some(text) => text,
        None => {
            let given = own.args().items().get(1).copied().filter(|_| own.args().len() == 2);
            let is_list = given.is_some_and(|given| given.cast::<::object::List>().is_some());
            let held = own.extra(1).or_none();
            if is_list { vm.repr(vm.to_list(held)?.value())? } else { vm.repr(held)? }
        }
    };
    let (name, message) = (vm.str(&vm.type_name(this)), vm.repr(own.extra(0).or_none())?);
    Ok(vm.str_concat(&[name, vm.str("("), message, vm.str(", "), exceptions, vm.str(")")]).value())
}

natives! {
    /// Methods.
    pub static METHODS: {
        /// A group of the same kind with other exceptions.
        "derive($self, excs, /)" => derive;
        /// The part of the group that matches and the rest, None for an empty one.
        "split($self, matcher_value, /)" => group_split;
        /// The part of the group that matches, or None.
        "subgroup($self, matcher_value, /)" => subgroup;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

fn new(vm: &Vm, args: Args) -> R {
    let Some(mut class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("BaseExceptionGroup.__new__() needs a class"));
    };
    let positional = args.rest().split().0;
    let [message, exceptions] = positional else {
        let given = positional.len();
        let text = format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({given} given)");
        return Err(vm.type_error(text));
    };
    if vm.as_str(*message).is_none() {
        let given = vm.type_name(*message);
        return Err(vm.type_error(format!("BaseExceptionGroup.__new__() argument 1 must be str, not {given}")));
    }
    let given_class = vm.type_of(*exceptions);
    if given_class.slots().getitem.is_none() || given_class.is_subclass(vm.types[TypeId::Dict]) {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let tuple = vm.to_tuple(*exceptions)?;
    if tuple.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut has_base_exceptions = false;
    for (index, item) in tuple.items().iter().enumerate() {
        if item.cast::<Exception>().is_none() {
            return Err(vm.value_error(format!("Item {index} of second argument (exceptions) is not an exception")));
        }
        has_base_exceptions |= !vm.is_exception(*item, TypeId::Exception);
    }
    let group = vm.types[TypeId::ExceptionGroup];
    if class == group {
        if has_base_exceptions {
            return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
    } else if class == vm.types[TypeId::BaseExceptionGroup] {
        if !has_base_exceptions {
            class = group;
        }
    } else if has_base_exceptions && class.is_subclass(vm.types[TypeId::Exception]) {
        let name = class.name_str();
        return Err(vm.type_error(format!("Cannot nest BaseExceptions in '{name}'")));
    }
    let plain = [TypeId::List, TypeId::Tuple].iter().any(|id| vm.is_exactly(*exceptions, *id));
    let text = if plain { Value::UNBOUND } else { vm.repr(*exceptions)?.value() };
    let this = vm.alloc_exception(class, vm.tuple(positional));
    this.set_extra(vm, SEQUENCE_REPR, text);
    this.set_extra(vm, 0, *message);
    this.set_extra(vm, 1, tuple.value());
    Ok(this.value())
}

fn init(vm: &Vm, args: Args) -> R {
    init_args(vm, args)?;
    Ok(Value::NONE)
}

fn derive(vm: &Vm, [this, exceptions]: &[Value; 2]) -> R {
    let message = exception(vm, *this)?.extra(0).or_none();
    vm.call(vm.types[TypeId::BaseExceptionGroup].value(), &[message, *exceptions])
}

fn matcher(vm: &Vm, value: Value) -> Result<Matcher, Raised> {
    if value.cast::<TypeObj>().is_none() && vm.is_callable(value) {
        return Ok(Matcher::Predicate(value));
    }
    let base = vm.types[TypeId::BaseException];
    let is_class = |value: Value| value.cast::<TypeObj>().is_some_and(|class: Ref<TypeObj>| class.is_subclass(base));
    let right =
        is_class(value) || vm.as_tuple(value).is_some_and(|tuple| tuple.items().iter().all(|item| is_class(*item)));
    if right {
        return Ok(Matcher::Classes(value));
    }
    Err(vm.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
}

fn group_split(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let (matching, rest) = split(vm, *this, matcher(vm, *value)?, true)?;
    Ok(vm.tuple(&[matching, rest]).value())
}

fn subgroup(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    split(vm, *this, matcher(vm, *value)?, false).map(|(matching, _)| matching)
}
