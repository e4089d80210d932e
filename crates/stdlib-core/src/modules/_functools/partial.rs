//! `partial`

use super::placeholder;
use crate::support::{DICT_GETSET, class_arg, class_getitem, data, guarded_repr, with_values};
use object::traced;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{
    Args, Dict, Field, GetSet, Raised, Ref, Str, Tuple, TypeDef, Value, ValueExt, Vm, native_ref, natives, type_flags,
};
use std::cell::Cell;

/// A partial object. `holes` is the number of placeholders among the arguments.
pub struct Partial {
    function: Field,
    args: Field,
    keywords: Field,
    holes: Cell<usize>,
}

traced! { Partial { function, args, keywords } }

macro_rules! member {
    ($name:literal, $field:ident, $doc:literal) => {
        GetSet {
            name: $name,
            get: |vm, this| Ok(data::<Partial>(vm, this)?.$field.get()),
            set: None,
            doc: $doc,
            is_member: true,
        }
    };
}

pub static PARTIAL: TypeDef = TypeDef {
    name: "partial",
    module: "functools",
    doc: "Create a new function with partial application of the given arguments and keywords.",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    slots: &[
        Slot::call(call),
        Slot::repr(repr),
        Slot::descr_get(|vm, this, object, _| {
            Ok(if object.is_unbound() || object.is_none() { this } else { vm.method(this, object) })
        }),
    ],
    methods: &[METHODS],
    getset: &[
        member!("func", function, "function object to use in future partial calls"),
        member!("args", args, "tuple of arguments to future partial calls"),
        member!("keywords", keywords, "dictionary of keyword arguments to future partial calls"),
        DICT_GETSET,
    ],
    new: Some(native_ref!("partial($cls, func, /, *args, **keywords)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "__reduce__($self, /)" => reduce;
    "__setstate__($self, object, /)" => setstate;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

fn args_of(vm: &Vm, partial: &Partial) -> Result<Ref<Tuple>, Raised> {
    vm.as_tuple(partial.args.get()).ok_or_else(|| vm.system_error("partial without arguments"))
}

fn new(vm: &Vm, [class, function, args, keywords]: &[Value; 4]) -> R {
    let (Some(args), Some(keywords)) = (args.cast::<Tuple>(), keywords.cast::<Dict>()) else {
        return Err(vm.system_error("partial: bad arguments"));
    };
    if !vm.is_callable(*function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let hole = placeholder(vm)?;
    if args.items().last() == Some(&hole) {
        return Err(vm.type_error("trailing Placeholders are not allowed"));
    }
    if keywords.iter().any(|entry| entry.value == hole) {
        return Err(vm.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    let count = |items: &[Value]| items.iter().filter(|item| **item == hole).count();
    let (mut function, mut all, mut merged) = (*function, args, keywords);
    // A partial of a partial is made one, unless the inner one has attributes.
    if let Some(inner) = vm.as_native::<Partial>(function)
        && vm.instance_attrs(function).is_empty()
    {
        let inner_args = args_of(vm, &inner)?;
        let list = vm.list_with_capacity(inner_args.len() + args.len());
        let mut rest = args.items().iter().copied();
        for &item in inner_args.items() {
            list.push(vm, if item == hole { rest.next().unwrap_or(hole) } else { item });
        }
        for item in rest {
            list.push(vm, item);
        }
        // Placeholders of the inner one that stay at the end are no trailing ones of ours.
        all = vm.tuple(list.items());
        if let Some(inner_keywords) = inner.keywords.get().cast::<Dict>()
            && !inner_keywords.is_empty()
        {
            merged = inner_keywords.copy(vm);
            for entry in keywords.iter() {
                merged.insert_hashed(vm, entry.key, entry.hash, entry.value)?;
            }
        }
        function = inner.function.get();
    }
    let partial = Partial {
        function: Field::new(function),
        args: Field::new(all.value()),
        keywords: Field::new(merged.value()),
        holes: Cell::new(count(all.items())),
    };
    Ok(vm.native(class_arg(vm, *class)?, partial).value())
}

fn call(vm: &Vm, this: Value, call: Args) -> R {
    let partial = data::<Partial>(vm, this)?;
    let own = args_of(vm, &partial)?;
    let holes = partial.holes.get();
    let given = call.count();
    if given < holes {
        let text =
            format!("missing positional arguments in 'partial' call; expected at least {holes}, got {given}");
        return Err(vm.type_error(text));
    }
    let hole = if holes > 0 { placeholder(vm)? } else { Value::UNBOUND };
    let (given_items, given_values) = call.args.split_at(given);
    let positional = own.len() + given - holes;
    let fill = |to: &mut [Value]| {
        let mut rest = given_items.iter();
        let mut slots = to.iter_mut();
        for &item in own.items() {
            if let Some(slot) = slots.next() {
                *slot = if item == hole { rest.next().copied().unwrap_or(Value::NONE) } else { item };
            }
        }
        for (slot, &item) in slots.zip(rest) {
            *slot = item;
        }
    };
    let keywords = partial.keywords.get().cast::<Dict>().filter(|keywords| !keywords.is_empty());
    let Some(keywords) = keywords else {
        let function = partial.function.get();
        return with_values(
            vm,
            positional + given_values.len(),
            |to| {
                fill(&mut to[..positional]);
                to[positional..].copy_from_slice(given_values);
            },
            |args| vm.call_args(function, Args { args, kwnames: call.kwnames }),
        );
    };
    let merged = keywords.copy(vm);
    for (name, value) in call.split().1 {
        merged.insert_str(vm, name, value);
    }
    let function = partial.function.get();
    with_values(vm, positional, fill, |args| vm.call_tuple_dict(function, args, Some(merged)))
}

fn repr(vm: &Vm, this: Value) -> R {
    let text = guarded_repr(vm, this, || repr_text(vm, this))?;
    Ok(text.map_or_else(|| vm.str("...").value(), Ref::value))
}

fn repr_text(vm: &Vm, this: Value) -> Result<Ref<Str>, Raised> {
    let partial = data::<Partial>(vm, this)?;
    let class = vm.type_of(this);
    let mut out = base::text::Wtf8Buf::new();
    let module = vm.type_getattr_opt(class.value(), vm.names.__module__)?.and_then(|module| vm.as_str(module));
    if let Some(module) = module {
        out.push_wtf8(module.text());
        out.push('.');
    }
    let qualname = class.qualname.get().cast::<Str>();
    out.push_str(&qualname.map_or_else(|| class.name_str(), |name| name.to_string_lossy()));
    // A `__repr__` below may call `__setstate__`: what is shown is what was there at the start.
    let (function, args, keywords) = (partial.function.get(), args_of(vm, &partial)?, partial.keywords.get());
    out.push('(');
    out.push_wtf8(vm.repr(function)?.text());
    for &item in args.items() {
        out.push_str(", ");
        out.push_wtf8(vm.repr(item)?.text());
    }
    if let Some(keywords) = keywords.cast::<Dict>() {
        let mut position = 0;
        while let Some((behind, entry)) = keywords.next(position) {
            position = behind;
            out.push_str(", ");
            out.push_wtf8(vm.to_str(entry.key)?.text());
            out.push('=');
            out.push_wtf8(vm.repr(entry.value)?.text());
        }
    }
    out.push(')');
    Ok(vm.str_wtf8(&out))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let partial = data::<Partial>(vm, *this)?;
    let function = partial.function.get();
    let dict = if vm.instance_attrs(*this).is_empty() { Value::NONE } else { vm.instance_dict(*this).value() };
    let state = vm.tuple(&[function, partial.args.get(), partial.keywords.get(), dict]).value();
    let class = vm.type_of(*this).value();
    Ok(vm.tuple(&[class, vm.tuple(&[function]).value(), state]).value())
}

fn set(vm: &Vm, partial: Ref<Native<Partial>>, function: Value, args: Ref<Tuple>, keywords: Ref<Dict>, holes: usize) {
    partial.function.set(vm, partial, function);
    partial.args.set(vm, partial, args.value());
    partial.keywords.set(vm, partial, keywords.value());
    partial.holes.set(holes);
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let partial = data::<Partial>(vm, *this)?;
    let invalid = || vm.type_error("invalid partial state");
    let Some(state) = vm.as_tuple(*state).filter(|state| state.len() == 4) else { return Err(invalid()) };
    let [function, args, keywords, dict] = [0, 1, 2, 3].map(|index| state.items()[index]);
    let Some(args) = vm.as_tuple(args).filter(|_| vm.is_callable(function)) else { return Err(invalid()) };
    let keywords = match keywords.cast::<Dict>() {
        _ if keywords.is_none() => vm.dict(),
        // The dict of a subclass is copied.
        Some(dict) if keywords.shape() != object::TypeId::Dict as u32 => dict.copy(vm),
        Some(dict) => dict,
        None => return Err(invalid()),
    };
    let hole = placeholder(vm)?;
    if args.items().last() == Some(&hole) {
        return Err(vm.type_error("trailing Placeholders are not allowed"));
    }
    let holes = args.items().iter().filter(|item| **item == hole).count();
    set(vm, partial, function, args, keywords, holes);
    let dict = match dict.cast::<Dict>() {
        Some(dict) => dict,
        None => vm.dict(),
    };
    vm.replace_instance_dict(*this, dict);
    Ok(Value::NONE)
}
