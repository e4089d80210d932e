//! `itemgetter`, `attrgetter`, `methodcaller`.

use crate::support::{class_arg, data, guarded_repr, positional, with_values};
use object::traced;
use object::slots::{R, Slot};
use object::{
    Args, Dict, Field, Raised, Ref, Str, Tuple, TypeDef, Value, ValueExt, Vm, native_ref, natives, type_flags,
};

/// `itemgetter`: a tuple of keys. `attrgetter`: a tuple of the names as given, and of tuples of their parts.
pub struct Getter {
    given: Field,
    parts: Field,
}

/// `methodcaller`: a name, a tuple and a dict or None.
pub struct MethodCaller {
    name: Field,
    args: Field,
    kwargs: Field,
}

traced! {
    Getter { given, parts }
    MethodCaller { name, args, kwargs }
}

const GETTER: TypeDef = TypeDef { module: "operator", flags: type_flags::WEAKREF, ..TypeDef::DEFAULT };

fn tuple(vm: &Vm, field: &Field) -> Result<Ref<Tuple>, Raised> {
    field.get().cast::<Tuple>().ok_or_else(|| vm.system_error("operator: no tuple"))
}

pub static ITEMGETTER: TypeDef = TypeDef {
    name: "itemgetter",
    doc: "A callable that fetches the given item(s) from its operand.\n\
          After f = itemgetter(2), the call f(r) returns r[2].\n\
          After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    slots: &[Slot::call(itemgetter_call), Slot::repr(getter_repr)],
    methods: &[GETTER_METHODS],
    new: Some(native_ref!("itemgetter($cls, item, /, *items)" => itemgetter_new)),
    ..GETTER
};

pub static ATTRGETTER: TypeDef = TypeDef {
    name: "attrgetter",
    doc: "A callable that fetches the given attribute(s) from its operand.\n\
          After f = attrgetter('name'), the call f(r) returns r.name.\n\
          After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\n\
          After h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    slots: &[Slot::call(attrgetter_call), Slot::repr(getter_repr)],
    methods: &[GETTER_METHODS],
    new: Some(native_ref!("attrgetter($cls, attr, /, *attrs)" => attrgetter_new)),
    ..GETTER
};

natives! { static GETTER_METHODS: {
    /// Return state information for pickling
    "__reduce__($self, /)" => getter_reduce;
}}

fn all_args(vm: &Vm, first: Value, rest: Value) -> Ref<Tuple> {
    let all = vm.list(&[first]);
    if let Some(rest) = rest.cast::<Tuple>() {
        all.extend(vm, rest.items());
    }
    vm.tuple(all.items())
}

fn itemgetter_new(vm: &Vm, [class, item, items]: &[Value; 3]) -> R {
    let keys = all_args(vm, *item, *items).value();
    let getter = Getter { given: Field::new(keys), parts: Field::new(keys) };
    Ok(vm.native(class_arg(vm, *class)?, getter).value())
}

fn attrgetter_new(vm: &Vm, [class, attr, attrs]: &[Value; 3]) -> R {
    let given = all_args(vm, *attr, *attrs);
    let all = vm.list_with_capacity(given.len());
    for &name in given.items() {
        let Some(name) = vm.as_str(name) else { return Err(vm.type_error("attribute name must be a string")) };
        let parts = vm.list(&[]);
        let mut start = 0;
        let text = name.text();
        for end in memchr::memchr_iter(b'.', text.as_bytes()).chain([text.len()]) {
            parts.push(vm, vm.intern_wtf8(&text[start..end]).value());
            start = end + 1;
        }
        all.push(vm, vm.tuple(parts.items()).value());
    }
    let parts = vm.tuple(all.items()).value();
    let getter = Getter { given: Field::new(given.value()), parts: Field::new(parts) };
    Ok(vm.native(class_arg(vm, *class)?, getter).value())
}

fn one_argument(vm: &Vm, name: &str, args: Args) -> R {
    match positional(vm, name, args)? {
        [object] => Ok(*object),
        other => Err(vm.type_error(format!("{name} expected 1 argument, got {}", other.len()))),
    }
}

/// One result, or a tuple of them.
fn results(vm: &Vm, keys: Ref<Tuple>, get: impl Fn(Value) -> R) -> R {
    if let [key] = keys.items() {
        return get(*key);
    }
    let all = vm.list_with_capacity(keys.len());
    for &key in keys.items() {
        let result = get(key)?;
        all.push(vm, result);
    }
    Ok(vm.tuple(all.items()).value())
}

fn itemgetter_call(vm: &Vm, this: Value, args: Args) -> R {
    let object = one_argument(vm, "itemgetter", args)?;
    let keys = tuple(vm, &data::<Getter>(vm, this)?.parts)?;
    results(vm, keys, |key| vm.getitem(object, key))
}

fn attrgetter_call(vm: &Vm, this: Value, args: Args) -> R {
    let object = one_argument(vm, "attrgetter", args)?;
    let keys = tuple(vm, &data::<Getter>(vm, this)?.parts)?;
    results(vm, keys, |parts| {
        let mut at = object;
        for part in parts.cast::<Tuple>().iter().flat_map(|parts| parts.items()) {
            if let Some(name) = part.cast::<Str>() {
                at = vm.getattr(at, name)?;
            }
        }
        Ok(at)
    })
}

/// `module.name` of the class of an object, as its `repr` shows it.
fn shown_class(vm: &Vm, this: Value) -> Result<String, Raised> {
    let class = vm.type_of(this);
    let module = vm.type_getattr_opt(class.value(), vm.names.__module__)?.and_then(|module| vm.as_str(module));
    Ok(match module {
        Some(module) => format!("{}.{}", module.to_string_lossy(), class.name_str()),
        None => class.name_str(),
    })
}

fn getter_repr(vm: &Vm, this: Value) -> R {
    let name = shown_class(vm, this)?;
    let text = guarded_repr(vm, this, || {
        let given = tuple(vm, &data::<Getter>(vm, this)?.given)?;
        let mut out = base::text::Wtf8Buf::from_str(&name);
        for (index, &item) in given.items().iter().enumerate() {
            out.push_str(if index == 0 { "(" } else { ", " });
            out.push_wtf8(vm.repr(item)?.text());
        }
        out.push(')');
        Ok(vm.str_wtf8(&out))
    })?;
    Ok(text.unwrap_or_else(|| vm.str(&format!("{name}(...)"))).value())
}

fn getter_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let given = data::<Getter>(vm, *this)?.given.get();
    Ok(vm.tuple(&[vm.type_of(*this).value(), given]).value())
}

pub static METHODCALLER: TypeDef = TypeDef {
    name: "methodcaller",
    doc: "A callable that calls the given method on its operand.\n\
          After f = methodcaller('name'), the call f(r) returns r.name().\n\
          After g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    slots: &[Slot::call(methodcaller_call), Slot::repr(methodcaller_repr)],
    methods: &[METHODCALLER_METHODS],
    new: Some(native_ref!("methodcaller($cls, name, /, *args, **kwargs)" => methodcaller_new)),
    ..GETTER
};

natives! { static METHODCALLER_METHODS: {
    /// Return state information for pickling
    "__reduce__($self, /)" => methodcaller_reduce;
}}

fn methodcaller_new(vm: &Vm, [class, name, args, kwargs]: &[Value; 4]) -> R {
    let Some(name) = vm.as_str(*name) else { return Err(vm.type_error("method name must be a string")) };
    let name = vm.intern_wtf8(name.text());
    let kwargs = if kwargs.cast::<Dict>().is_some_and(|kwargs| !kwargs.is_empty()) { *kwargs } else { Value::NONE };
    let caller = MethodCaller { name: Field::new(name.value()), args: Field::new(*args), kwargs: Field::new(kwargs) };
    Ok(vm.native(class_arg(vm, *class)?, caller).value())
}

fn methodcaller_call(vm: &Vm, this: Value, call: Args) -> R {
    let object = one_argument(vm, "methodcaller", call)?;
    let caller = data::<MethodCaller>(vm, this)?;
    let args = tuple(vm, &caller.args)?;
    let Some(name) = caller.name.get().cast::<Str>() else { return Err(vm.system_error("methodcaller without name")) };
    let (method, bound) = vm.load_method(object, name)?;
    let extra = bound.is_some() as usize;
    let fill = |to: &mut [Value]| {
        if let (Some(this), Some(slot)) = (bound, to.first_mut()) {
            *slot = this;
        }
        to[extra..].copy_from_slice(args.items());
    };
    let kwargs = caller.kwargs.get().cast::<Dict>();
    with_values(vm, args.len() + extra, fill, |all| vm.call_tuple_dict(method, all, kwargs))
}

fn methodcaller_repr(vm: &Vm, this: Value) -> R {
    let name = shown_class(vm, this)?;
    let text = guarded_repr(vm, this, || {
        let caller = data::<MethodCaller>(vm, this)?;
        let mut out = base::text::Wtf8Buf::from_str(&name);
        out.push('(');
        out.push_wtf8(vm.repr(caller.name.get())?.text());
        for &item in tuple(vm, &caller.args)?.items() {
            out.push_str(", ");
            out.push_wtf8(vm.repr(item)?.text());
        }
        if let Some(kwargs) = caller.kwargs.get().cast::<Dict>() {
            let mut position = 0;
            while let Some((behind, entry)) = kwargs.next(position) {
                position = behind;
                out.push_str(", ");
                out.push_wtf8(vm.to_str(entry.key)?.text());
                out.push('=');
                out.push_wtf8(vm.repr(entry.value)?.text());
            }
        }
        out.push(')');
        Ok(vm.str_wtf8(&out))
    })?;
    Ok(text.unwrap_or_else(|| vm.str(&format!("{name}(...)"))).value())
}

fn methodcaller_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let caller = data::<MethodCaller>(vm, *this)?;
    let class = vm.type_of(*this).value();
    let (name, args) = (caller.name.get(), tuple(vm, &caller.args)?);
    let Some(kwargs) = caller.kwargs.get().cast::<Dict>() else {
        let all = vm.list(&[name]);
        all.extend(vm, args.items());
        return Ok(vm.tuple(&[class, vm.tuple(all.items()).value()]).value());
    };
    let partial = vm.import_from("functools", "partial")?;
    let constructor = vm.call_tuple_dict(partial, &[class, name], Some(kwargs))?;
    Ok(vm.tuple(&[constructor, args.value()]).value())
}
