//! `dict`, its views and iterators.

mod iter;
mod methods;
mod update;
mod view_set;
mod views;

pub use update::{dict_merge, dict_update};
pub use views::new_view;

use crate::support::{enter_repr, push_repr};
use base::text::Wtf8Buf;
use bytecode::CompareOperator;
use object::native::NativeDef;
use object::{Args, Dict, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[
    &TYPE,
    &views::KEYS,
    &views::VALUES,
    &views::ITEMS,
    &iter::KEYS,
    &iter::VALUES,
    &iter::ITEMS,
    &iter::REVERSE_KEYS,
    &iter::REVERSE_VALUES,
    &iter::REVERSE_ITEMS,
];

static NEW: NativeDef = native! { "dict(...)" -> dict_new };
static INIT: NativeDef = native! { "dict(...)" -> dict_init };

/// `dict`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Dict),
    name: "dict",
    kind: Kind::DICT,
    flags: type_flags::BASETYPE | type_flags::DICT | type_flags::MAPPING | type_flags::MATCH_SELF,
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary with the items of a mapping\ndict(iterable) -> new dictionary with the (key, value) pairs of an iterable\ndict(**kwargs) -> new dictionary with the keyword arguments as items",
    slots: &[
        Slot::repr(dict_repr),
        Slot::compare(dict_compare),
        Slot::iter(|vm, this| Ok(iter::dict_iter(vm, TypeId::DictKeyIterator, this_dict(vm, this)?))),
        Slot::or(dict_or),
        Slot::inplace_or(dict_inplace_or),
        Slot::len(|vm, this| Ok(this_dict(vm, this)?.len())),
        Slot::getitem(dict_getitem),
        Slot::setitem(dict_setitem),
        Slot::contains(|vm, this, key| Ok(this_dict(vm, this)?.get(vm, key)?.is_some())),
    ],
    methods: &[methods::METHODS],
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

/// The dict that a value is.
#[inline(always)]
pub(crate) fn this_dict(vm: &Vm, value: Value) -> Result<Ref<Dict>, Raised> {
    match value.cast::<Dict>() {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error(format!("a dict was expected, not '{}'", vm.type_name(value)))),
    }
}

fn dict_new(vm: &Vm, args: Args) -> R {
    let class = crate::support::class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    Ok(vm.dict_of_class(class).value())
}

fn dict_init(vm: &Vm, args: Args) -> R {
    update::update_args(vm, "dict", args)
}

fn dict_repr(vm: &Vm, this: Value) -> R {
    let dict = this_dict(vm, this)?;
    if dict.is_empty() {
        return Ok(vm.intern("{}").value());
    }
    let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.intern("{...}").value()) };
    let mut out = Wtf8Buf::from_str("{");
    let (mut at, mut first) = (0, true);
    while at < dict.positions() {
        if let Some(entry) = dict.entry(at) {
            if !first {
                out.push_str(", ");
            }
            first = false;
            push_repr(vm, &mut out, entry.key)?;
            out.push_str(": ");
            push_repr(vm, &mut out, entry.value)?;
        }
        at += 1;
    }
    out.push_str("}");
    Ok(vm.str_wtf8(&out).value())
}

fn dict_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    match op {
        CompareOperator::Eq => dict_eq(vm, a, b).map(Value::bool),
        CompareOperator::Ne => dict_eq(vm, a, b).map(|equal| Value::bool(!equal)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn dict_eq(vm: &Vm, a: Ref<Dict>, b: Ref<Dict>) -> Result<bool, Raised> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut at = 0;
    while at < a.positions() {
        if let Some(entry) = a.entry(at) {
            let Some(position) = b.find(vm, entry.key, entry.hash)? else { return Ok(false) };
            if !vm.eq(entry.value, b.value_at(position))? {
                return Ok(false);
            }
        }
        at += 1;
    }
    Ok(true)
}

fn dict_getitem(vm: &Vm, this: Value, key: Value) -> R {
    let dict = this_dict(vm, this)?;
    if let Some(value) = dict.get(vm, key)? {
        return Ok(value);
    }
    if this.shape() != TypeId::Dict as u32
        && let Some(result) = vm.call_special(this, vm.names.__missing__, &[key])
    {
        return result;
    }
    Err(vm.key_error(key))
}

fn dict_setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let dict = this_dict(vm, this)?;
    if !value.is_unbound() {
        return dict.insert(vm, key, value);
    }
    match dict.remove(vm, key)? {
        Some(_) => Ok(()),
        None => Err(vm.key_error(key)),
    }
}

fn dict_or(vm: &Vm, a: Value, b: Value) -> R {
    let (Some(a), Some(_)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let result = a.copy(vm);
    dict_update(vm, result, b)?;
    Ok(result.value())
}

fn dict_inplace_or(vm: &Vm, this: Value, other: Value) -> R {
    dict_update(vm, this_dict(vm, this)?, other)?;
    Ok(this)
}
