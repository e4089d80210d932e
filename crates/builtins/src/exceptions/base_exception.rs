//! `BaseException`

use super::exception;
use crate::descriptors::{DICT, accessor};
use crate::object::reduce::attributes_dict;
use ::object::slots::R;
use ::object::{
    Args, Dict, Exception, GetSet, List, Raised, Ref, Slot, Traceback, Tuple, TypeObj, Value, ValueExt, Vm, native,
    natives,
};

natives! {
    /// The methods of `BaseException`.
    pub static METHODS: {
        /// Describe how to pickle the exception.
        "__reduce__($self, /)" => reduce;
        /// Set attributes from a dict.
        "__setstate__($self, state, /)" => setstate;
        /// Set __traceback__ and return the exception itself.
        "with_traceback($self, object, /)" => with_traceback;
        /// Add a note: it is shown behind the exception's text.
        "add_note($self, object, /)" => add_note;
    }
}

/// How exceptions are made.
pub static NEW: native::NativeDef = native! { "BaseException(...)" -> new };
/// How exceptions are initialised.
pub static INIT: native::NativeDef = native! { "BaseException(...)" -> init };

/// The slots of `BaseException`.
pub static SLOTS: &[Slot] = &[Slot::repr(repr), Slot::str(str)];

/// The computed attributes of `BaseException`.
pub static GETSET: &[GetSet] = &[
    GetSet {
        name: "__suppress_context__",
        get: |vm, this| Ok(Value::bool(exception(vm, this)?.suppress_context.get())),
        set: Some(|vm, this, value| {
            if value.is_unbound() {
                return Err(vm.type_error("can't delete numeric/char attribute"));
            }
            if !value.is_bool() {
                return Err(vm.type_error("attribute value type must be bool"));
            }
            exception(vm, this)?.suppress_context.set(value == Value::TRUE);
            Ok(())
        }),
        doc: "",
        is_member: true,
    },
    DICT,
    accessor("args", |vm, this| Ok(exception(vm, this)?.args().value()), set_args),
    accessor("__traceback__", |vm, this| Ok(exception(vm, this)?.traceback.get()), set_traceback),
    accessor("__context__", |vm, this| Ok(exception(vm, this)?.context.get()), set_context),
    accessor("__cause__", |vm, this| Ok(exception(vm, this)?.cause.get()), set_cause),
];

fn new(vm: &Vm, args: Args) -> R {
    let Some(class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("BaseException.__new__() needs a class"));
    };
    Ok(vm.alloc_exception(class, vm.tuple(args.rest().split().0)).value())
}

fn init(vm: &Vm, args: Args) -> R {
    init_args(vm, args)?;
    Ok(Value::NONE)
}

/// Sets `args`. There must be no keyword arguments.
pub fn init_args(vm: &Vm, args: Args) -> Result<Ref<Exception>, Raised> {
    no_keywords(vm, args)?;
    init_positional(vm, args)
}

/// The TypeError for keyword arguments.
pub fn no_keywords(vm: &Vm, args: Args) -> Result<(), Raised> {
    if args.keyword_count() == 0 {
        return Ok(());
    }
    let name = match args.args.first() {
        Some(this) => match this.cast::<TypeObj>() {
            Some(class) => class.name_str(),
            None => vm.type_name(*this),
        },
        None => String::from("BaseException"),
    };
    Err(vm.type_error(format!("{name}() takes no keyword arguments")))
}

/// Sets `args` to the positional arguments behind self.
pub fn init_positional(vm: &Vm, args: Args) -> Result<Ref<Exception>, Raised> {
    let Some(&this) = args.args.first() else {
        return Err(vm.type_error("descriptor '__init__' of 'BaseException' object needs an argument"));
    };
    let this = exception(vm, this)?;
    let positional = args.rest().split().0;
    if this.args().items() != positional {
        this.set_args(vm, vm.tuple(positional));
    }
    Ok(this)
}

fn repr(vm: &Vm, this: Value) -> R {
    let args = exception(vm, this)?.args();
    let name = vm.str(&vm.type_name(this));
    if let [arg] = args.items() {
        let arg = vm.repr(*arg)?;
        return Ok(vm.str_concat(&[name, vm.str("("), arg, vm.str(")")]).value());
    }
    let args = vm.repr(args.value())?;
    Ok(vm.str_concat(&[name, args]).value())
}

/// `str(exception)`
pub fn str(vm: &Vm, this: Value) -> R {
    let args: Ref<Tuple> = exception(vm, this)?.args();
    match args.items() {
        [] => Ok(vm.names.empty.value()),
        [arg] => vm.to_str(*arg).map(Ref::value),
        _ => vm.to_str(args.value()).map(Ref::value),
    }
}

fn set_args(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("args may not be deleted"));
    }
    let args = vm.to_tuple(value)?;
    exception(vm, this)?.set_args(vm, args);
    Ok(())
}

fn set_traceback(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    }
    if !value.is_none() && value.cast::<Traceback>().is_none() {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    let this = exception(vm, this)?;
    this.traceback.set(vm, this, value);
    Ok(())
}

fn set_context(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("__context__ may not be deleted"));
    }
    if !value.is_none() && value.cast::<Exception>().is_none() {
        return Err(vm.type_error("exception context must be None or derive from BaseException"));
    }
    let this = exception(vm, this)?;
    this.context.set(vm, this, value);
    Ok(())
}

fn set_cause(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("__cause__ may not be deleted"));
    }
    if !value.is_none() && value.cast::<Exception>().is_none() {
        return Err(vm.type_error("exception cause must be None or derive from BaseException"));
    }
    let this = exception(vm, this)?;
    this.cause.set(vm, this, value);
    this.suppress_context.set(true);
    Ok(())
}

/// `(class, args)`, and the attributes where there are any.
pub fn reduce_with(vm: &Vm, this: Value, args: Ref<Tuple>, state: Value) -> R {
    let class = vm.type_of(this).value();
    if state.is_none() {
        return Ok(vm.tuple(&[class, args.value()]).value());
    }
    Ok(vm.tuple(&[class, args.value(), state]).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    reduce_with(vm, *this, exception(vm, *this)?.args(), attributes_dict(vm, *this))
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    if state.is_none() {
        return Ok(Value::NONE);
    }
    let Some(state) = state.cast::<Dict>() else {
        return Err(vm.type_error("state is not a dictionary"));
    };
    let mut position = 0;
    while let Some((next, entry)) = state.next(position) {
        position = next;
        let Some(name) = vm.as_str(entry.key) else {
            let given = vm.type_name(entry.key);
            return Err(vm.type_error(format!("attribute name must be string, not '{given}'")));
        };
        vm.setattr(*this, vm.intern_str(name), entry.value)?;
    }
    Ok(Value::NONE)
}

fn with_traceback(vm: &Vm, [this, traceback]: &[Value; 2]) -> R {
    set_traceback(vm, *this, *traceback)?;
    Ok(*this)
}

fn add_note(vm: &Vm, [this, note]: &[Value; 2]) -> R {
    if vm.as_str(*note).is_none() {
        return Err(vm.type_error(format!("add_note() argument must be str, not {}", vm.type_name(*note))));
    }
    let name = vm.intern("__notes__");
    let notes = match vm.getattr_opt(*this, name)? {
        Some(notes) => notes,
        None => {
            let notes = vm.list(&[]).value();
            vm.setattr(*this, name, notes)?;
            notes
        }
    };
    match notes.cast::<List>() {
        Some(notes) => {
            notes.push(vm, *note);
            Ok(Value::NONE)
        }
        None => Err(vm.type_error("Cannot add note: __notes__ is not a list")),
    }
}
