//! `OrderedDict`. All dicts keep their order; what is added here is the way to change it, order in comparisons, and that
//! methods of subclasses are honoured.

use super::dicts::{dict, dict_repr, getstate, items_iterator};
use super::ordered_views;
use crate::support::{DICT_GETSET, guarded_repr};
use bytecode::CompareOperator;
use object::slots::{R, Slot};
use object::{Args, Dict, Kind, Raised, TypeDef, TypeId, Value, ValueExt, Vm, native_ref, natives, type_flags};

pub static ORDERED_DICT: TypeDef = TypeDef {
    name: "OrderedDict",
    module: "collections",
    base: TypeId::Dict,
    kind: Kind::DICT,
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "Dictionary that remembers insertion order",
    slots: &[
        Slot::repr(repr),
        Slot::compare(compare),
        Slot::or(or),
        Slot::inplace_or(inplace_or),
        Slot::iter(ordered_views::iter),
    ],
    methods: &[METHODS, ordered_views::METHODS],
    getset: &[DICT_GETSET],
    init: Some(native_ref!("OrderedDict(...)" -> init)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Create a new ordered dictionary with keys from iterable and values set to value.
    "fromkeys($type, /, iterable, value=None)" => fromkeys [class];
    /// Move an existing element to the end (or beginning if last is false).
    ///
    /// Raise KeyError if the element does not exist.
    "move_to_end($self, /, key, last=True)" => move_to_end;
    /// Remove and return a (key, value) pair from the dictionary.
    ///
    /// Pairs are returned in LIFO order if last is true or FIFO order if false.
    "popitem($self, /, last=True)" => popitem;
    /// Remove the key and return its value, or the default, or raise a KeyError.
    "pop($self, /, key, default=<unrepresentable>)" => pop;
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    "setdefault($self, /, key, default=None)" => setdefault;
    /// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
    "update(...)" -> update_method;
    /// A shallow copy of the dictionary.
    "copy($self, /)" => copy;
    /// Remove all items from the dictionary.
    "clear($self, /)" => clear;
    /// Return state information for pickling
    "__reduce__($self, /)" => reduce;
    /// Size of the object in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
}}

fn is_exact(vm: &Vm, this: Value) -> bool {
    vm.type_of(this).def.get().is_some_and(|def| std::ptr::eq(def, &ORDERED_DICT))
}

fn is_ordered(vm: &Vm, this: Value) -> bool {
    vm.type_of(this).mro_types().any(|class| class.def.get().is_some_and(|def| std::ptr::eq(def, &ORDERED_DICT)))
}

fn init(vm: &Vm, args: Args) -> R {
    update_from(vm, args, "OrderedDict")
}

fn update_method(vm: &Vm, args: Args) -> R {
    update_from(vm, args, "update")
}

/// `this.update(other, **keywords)` by item assignment.
fn update_from(vm: &Vm, args: Args, name: &str) -> R {
    let (positional, keywords) = args.split();
    let Some((&this, others)) = positional.split_first() else {
        return Err(vm.type_error(format!("descriptor '{name}' of 'OrderedDict' object needs an argument")));
    };
    if others.len() > 1 {
        let text = format!("{name}() takes at most 1 positional argument ({} given)", others.len());
        return Err(vm.type_error(text));
    }
    if let Some(&other) = others.first() {
        add_from(vm, this, other)?;
    }
    for (key, value) in keywords {
        vm.setitem(this, key.value(), value)?;
    }
    Ok(Value::NONE)
}

fn add_from(vm: &Vm, this: Value, other: Value) -> Result<(), Raised> {
    if vm.is_exactly(other, TypeId::Dict)
        && let Some(other) = other.cast::<Dict>()
    {
        let mut position = 0;
        let len = other.len();
        while let Some((behind, entry)) = other.next(position) {
            position = behind;
            vm.setitem(this, entry.key, entry.value)?;
            if other.len() != len {
                return Err(vm.runtime_error("dictionary changed size during iteration"));
            }
        }
        return Ok(());
    }
    if let Some(keys) = vm.getattr_opt(other, vm.names.keys)? {
        let keys = vm.call(keys, &[])?;
        let iterator = vm.iter(keys)?;
        while let Some(key) = vm.next(iterator)? {
            let value = vm.getitem(other, key)?;
            vm.setitem(this, key, value)?;
        }
        return Ok(());
    }
    let pairs = match vm.getattr_opt(other, vm.names.items)? {
        Some(items) => vm.call(items, &[])?,
        None => other,
    };
    let iterator = vm.iter(pairs)?;
    while let Some(pair) = vm.next(iterator)? {
        let pair = vm.to_list(pair)?;
        let [key, value] = pair.items() else {
            let (word, got) = if pair.len() < 2 { ("more than", pair.len()) } else { ("at most", 2) };
            let plural = if got == 1 { "" } else { "s" };
            let text = if pair.len() < 2 {
                format!("need {word} {got} value{plural} to unpack")
            } else {
                String::from("too many values to unpack (expected 2)")
            };
            return Err(vm.value_error(text));
        };
        vm.setitem(this, *key, *value)?;
    }
    Ok(())
}

fn fromkeys(vm: &Vm, [class, iterable, value]: &[Value; 3]) -> R {
    let new = vm.call(*class, &[])?;
    let iterator = vm.iter(*iterable)?;
    while let Some(key) = vm.next(iterator)? {
        vm.setitem(new, key, *value)?;
    }
    Ok(new)
}

fn move_to_end(vm: &Vm, [this, key, last]: &[Value; 3]) -> R {
    let last = vm.truthy(*last)?;
    let dict = dict(vm, *this)?;
    let hash = vm.hash(*key)?;
    let Some((position, entry)) =
        dict.find(vm, *key, hash)?.and_then(|position| Some((position, dict.entry(position)?)))
    else {
        return Err(vm.key_error(*key));
    };
    let at_end = if last { position + 1 == dict.positions() } else { dict.next(0).is_some_and(|(at, _)| at == position + 1) };
    if !at_end {
        dict.remove_at(vm, position);
        if last {
            dict.push(vm, entry.key, hash, entry.value);
        } else {
            dict.push_front(vm, entry.key, hash, entry.value);
        }
    }
    Ok(Value::NONE)
}

fn popitem(vm: &Vm, [this, last]: &[Value; 2]) -> R {
    let last = vm.truthy(*last)?;
    let dict = dict(vm, *this)?;
    match if last { dict.pop_last(vm) } else { dict.pop_first(vm) } {
        Some((key, value)) => Ok(vm.tuple(&[key, value]).value()),
        None => Err(vm.key_error(vm.str("dictionary is empty").value())),
    }
}

fn pop(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    let dict = dict(vm, *this)?;
    let hash = vm.hash(*key)?;
    match dict.find(vm, *key, hash)? {
        Some(position) => Ok(dict.remove_at(vm, position)),
        None => default.bound().ok_or_else(|| vm.key_error(*key)),
    }
}

fn setdefault(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    if is_exact(vm, *this) {
        let dict = dict(vm, *this)?;
        let hash = vm.hash(*key)?;
        if let Some(position) = dict.find(vm, *key, hash)? {
            return Ok(dict.value_at(position));
        }
        dict.insert_hashed(vm, *key, hash, *default)?;
        return Ok(*default);
    }
    if vm.contains(*this, *key)? {
        return vm.getitem(*this, *key);
    }
    vm.setitem(*this, *key, *default)?;
    Ok(*default)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = dict(vm, *this)?;
    let new = vm.call(vm.type_of(*this).value(), &[])?;
    let exact = is_exact(vm, *this);
    let mut position = 0;
    let version = own.version();
    while let Some((behind, entry)) = own.next(position) {
        position = behind;
        let value = if exact { entry.value } else { vm.getitem(*this, entry.key)? };
        vm.setitem(new, entry.key, value)?;
        if own.version() != version {
            return Err(vm.runtime_error("OrderedDict mutated during iteration"));
        }
    }
    Ok(new)
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    dict(vm, *this)?.clear(vm);
    Ok(Value::NONE)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let state = getstate(vm, *this)?;
    let items = items_iterator(vm, *this)?;
    let (class, args) = (vm.type_of(*this).value(), vm.tuple(&[]).value());
    Ok(vm.tuple(&[class, args, state, Value::NONE, items]).value())
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let positions = dict(vm, *this)?.positions();
    Ok(vm.int_usize(size_of::<Dict>() + positions * 32))
}

fn repr(vm: &Vm, this: Value) -> R {
    let own = dict(vm, this)?;
    let name = vm.type_name(this);
    if own.is_empty() {
        return Ok(vm.str(&format!("{name}()")).value());
    }
    let text = guarded_repr(vm, this, || {
        let plain = if is_exact(vm, this) {
            own.copy(vm).value()
        } else {
            let items = vm.call_method(this, vm.names.items, &[])?;
            vm.call(vm.types[TypeId::Dict].value(), &[items])?
        };
        let inner = dict_repr(vm, plain)?;
        let mut out = base::text::Wtf8Buf::from_string(format!("{name}("));
        if let Some(inner) = vm.as_str(inner) {
            out.push_wtf8(inner.text());
        }
        out.push(')');
        Ok(vm.str_wtf8(&out))
    })?;
    Ok(text.unwrap_or_else(|| vm.str("...")).value())
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    if !matches!(op, CompareOperator::Eq | CompareOperator::Ne) || !vm.is_a(b, TypeId::Dict) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let Some(compare) = vm.types[TypeId::Dict].slots().compare else { return Ok(Value::NOT_IMPLEMENTED) };
    let same = compare(vm, a, b, CompareOperator::Eq)?;
    if same == Value::NOT_IMPLEMENTED {
        return Ok(same);
    }
    let mut equal = vm.truthy(same)?;
    if equal && is_ordered(vm, b) {
        equal = same_order(vm, a, b)?;
    }
    Ok(Value::bool(equal == (op == CompareOperator::Eq)))
}

/// Are the keys, which are equal as sets, in the same order?
fn same_order(vm: &Vm, a: Value, b: Value) -> Result<bool, Raised> {
    let (a, b) = (dict(vm, a)?, dict(vm, b)?);
    let versions = (a.version(), b.version());
    let (mut at_a, mut at_b) = (0, 0);
    while let (Some((behind_a, x)), Some((behind_b, y))) = (a.next(at_a), b.next(at_b)) {
        (at_a, at_b) = (behind_a, behind_b);
        if x.hash != y.hash || !vm.eq(x.key, y.key)? {
            return Ok(false);
        }
        if (a.version(), b.version()) != versions {
            return Err(vm.runtime_error("OrderedDict mutated during iteration"));
        }
    }
    Ok(true)
}

fn or(vm: &Vm, a: Value, b: Value) -> R {
    if !vm.is_a(a, TypeId::Dict) || !vm.is_a(b, TypeId::Dict) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let class = if is_ordered(vm, a) { vm.type_of(a) } else { vm.type_of(b) };
    let new = vm.call(class.value(), &[a])?;
    add_from(vm, new, b)?;
    Ok(new)
}

fn inplace_or(vm: &Vm, a: Value, b: Value) -> R {
    add_from(vm, a, b)?;
    Ok(a)
}
