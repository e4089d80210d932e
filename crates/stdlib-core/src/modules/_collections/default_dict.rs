//! `defaultdict`: a dict with one hidden slot, the factory.

use super::dicts::{dict, dict_method, dict_repr, items_iterator, update};
use crate::support::{class_getitem, guarded_repr};
use object::slots::{R, Slot};
use object::{Args, GetSet, Kind, TypeDef, TypeId, Value, Vm, native_ref, natives, type_flags};

const FACTORY: usize = 0;

pub static DEFAULT_DICT: TypeDef = TypeDef {
    name: "defaultdict",
    module: "collections",
    base: TypeId::Dict,
    kind: Kind::DICT,
    flags: type_flags::BASETYPE,
    hidden_slots: 1,
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\n\
          A dict that makes the value of a missing key by calling default_factory without arguments. All other\n\
          arguments are those of dict.",
    slots: &[Slot::repr(repr), Slot::or(or)],
    methods: &[METHODS],
    getset: &[GetSet {
        name: "default_factory",
        get: |vm, this| Ok(factory(vm, this)),
        set: Some(|vm, this, value| {
            if let Some(object) = this.as_object() {
                vm.set_slot(object, FACTORY, value.or_none());
            }
            Ok(())
        }),
        doc: "Factory for default value called by __missing__().",
        is_member: true,
    }],
    init: Some(native_ref!("defaultdict(...)" -> init)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// __missing__(key) # Called by __getitem__ for missing key.
    ///
    /// Makes a value with the factory and stores it; raises KeyError where there is no factory.
    "__missing__($self, object, /)" => missing;
    /// D.copy() -> a shallow copy of D.
    "copy($self, /)" => copy;
    /// D.copy() -> a shallow copy of D.
    "__copy__($self, /)" => copy;
    /// Return state information for pickling.
    "__reduce__($self, /)" => reduce;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

/// The factory, None where there is none.
fn factory(vm: &Vm, this: Value) -> Value {
    this.as_object().map_or(Value::NONE, |object| vm.slot(object, FACTORY).or_none())
}

fn init(vm: &Vm, args: Args) -> R {
    let Some(&this) = args.args.first() else { return Err(vm.type_error("defaultdict needs an instance")) };
    let mut rest = args.rest();
    let mut factory = Value::NONE;
    if rest.count() > 0 {
        factory = rest.args[0];
        if !factory.is_none() && !vm.is_callable(factory) {
            return Err(vm.type_error("first argument must be callable or None"));
        }
        rest = rest.rest();
    }
    if let Some(object) = this.as_object() {
        vm.set_slot(object, FACTORY, factory);
    }
    if rest.is_empty() {
        return Ok(Value::NONE);
    }
    let all = vm.list(&[this]);
    all.extend(vm, rest.args);
    dict_method(vm, "__init__", Args { args: all.items(), kwnames: rest.kwnames })
}

fn missing(vm: &Vm, [this, key]: &[Value; 2]) -> R {
    let factory = factory(vm, *this);
    if factory.is_none() {
        return Err(vm.key_error(*key));
    }
    let value = vm.call(factory, &[])?;
    // The factory may have set the key itself.
    let own = dict(vm, *this)?;
    let hash = vm.hash(*key)?;
    if let Some(position) = own.find(vm, *key, hash)? {
        return Ok(own.value_at(position));
    }
    vm.setitem(*this, *key, value)?;
    Ok(value)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call(vm.type_of(*this).value(), &[factory(vm, *this), *this])
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let factory = factory(vm, *this);
    let args = if factory.is_none() { vm.tuple(&[]) } else { vm.tuple(&[factory]) };
    let items = items_iterator(vm, *this)?;
    let class = vm.type_of(*this).value();
    Ok(vm.tuple(&[class, args.value(), Value::NONE, Value::NONE, items]).value())
}

fn repr(vm: &Vm, this: Value) -> R {
    let base = dict_repr(vm, this)?;
    let factory = factory(vm, this);
    let shown = match guarded_repr(vm, factory, || vm.repr(factory))? {
        Some(shown) => shown,
        None => vm.str("..."),
    };
    let mut out = base::text::Wtf8Buf::from_string(format!("{}(", vm.type_name(this)));
    out.push_wtf8(shown.text());
    out.push_str(", ");
    if let Some(base) = vm.as_str(base) {
        out.push_wtf8(base.text());
    }
    out.push(')');
    Ok(vm.str_wtf8(&out).value())
}

fn or(vm: &Vm, a: Value, b: Value) -> R {
    let Some(own) = vm.state_value("collections.defaultdict") else { return Ok(Value::NOT_IMPLEMENTED) };
    let is_own = |value: Value| vm.type_of(value).mro().items().contains(&own);
    let this = if is_own(a) { a } else { b };
    if !is_own(this) || !vm.is_a(a, TypeId::Dict) || !vm.is_a(b, TypeId::Dict) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = vm.call(vm.type_of(this).value(), &[factory(vm, this), a])?;
    update(vm, new, b)?;
    Ok(new)
}
