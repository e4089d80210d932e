//! Views of dicts.

use super::iter::dict_iter;
use super::view_set;
use crate::support::{enter_repr, push_repr};
use base::text::Wtf8Buf;
use object::layout::iterators::DictView;
use object::{Dict, Field, GetSet, Native, R, Raised, Ref, Slot, TypeDef, TypeId, Value, Vm, natives, type_flags};

const GETSET: &[GetSet] = &[GetSet {
    name: "mapping",
    get: |vm, this| {
        let dict = this_view(vm, this)?.dict.get();
        vm.call(vm.types[TypeId::MappingProxy].value(), &[dict])
    },
    set: None,
    doc: "the dictionary that the view refers to, behind a read-only proxy",
    is_member: false,
}];

/// `dict_keys`
pub static KEYS: TypeDef = TypeDef {
    id: Some(TypeId::DictKeys),
    name: "dict_keys",
    flags: type_flags::NO_NEW,
    slots: &[
        Slot::repr(|vm, this| view_repr(vm, this, |vm, out, entry| push_repr(vm, out, entry.key))),
        Slot::compare(view_set::compare),
        Slot::iter(|vm, this| view_iter(vm, this, TypeId::DictKeyIterator)),
        Slot::len(view_len),
        Slot::contains(view_set::contains_key),
        Slot::subtract(view_set::subtract),
        Slot::and(view_set::and),
        Slot::xor(view_set::xor),
        Slot::or(view_set::or),
    ],
    methods: &[KEYS_METHODS],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

/// `dict_values`
pub static VALUES: TypeDef = TypeDef {
    id: Some(TypeId::DictValues),
    name: "dict_values",
    flags: type_flags::NO_NEW,
    slots: &[
        Slot::repr(|vm, this| view_repr(vm, this, |vm, out, entry| push_repr(vm, out, entry.value))),
        Slot::iter(|vm, this| view_iter(vm, this, TypeId::DictValueIterator)),
        Slot::len(view_len),
    ],
    methods: &[VALUES_METHODS],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

/// `dict_items`
pub static ITEMS: TypeDef = TypeDef {
    id: Some(TypeId::DictItems),
    name: "dict_items",
    flags: type_flags::NO_NEW,
    slots: &[
        Slot::repr(|vm, this| {
            view_repr(vm, this, |vm, out, entry| {
                out.push_str("(");
                push_repr(vm, out, entry.key)?;
                out.push_str(", ");
                push_repr(vm, out, entry.value)?;
                out.push_str(")");
                Ok(())
            })
        }),
        Slot::compare(view_set::compare),
        Slot::iter(|vm, this| view_iter(vm, this, TypeId::DictItemIterator)),
        Slot::len(view_len),
        Slot::contains(view_set::contains_item),
        Slot::subtract(view_set::subtract),
        Slot::and(view_set::and),
        Slot::xor(view_set::xor),
        Slot::or(view_set::or),
    ],
    methods: &[ITEMS_METHODS],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

natives! { static KEYS_METHODS: {
    /// Are there no common members?
    "isdisjoint($self, object, /)" => view_set::isdisjoint;
    /// An iterator over the keys, the last one first.
    "__reversed__($self, /)" => reversed_keys;
}}

natives! { static VALUES_METHODS: {
    /// An iterator over the values, the last one first.
    "__reversed__($self, /)" => reversed_values;
}}

natives! { static ITEMS_METHODS: {
    /// Are there no common members?
    "isdisjoint($self, object, /)" => view_set::isdisjoint;
    /// An iterator over the items, the last one first.
    "__reversed__($self, /)" => reversed_items;
}}

/// A view of one of the three classes.
pub fn new_view(vm: &Vm, class: TypeId, dict: Value) -> Value {
    vm.native(vm.types[class], DictView { dict: Field::new(dict) }).value()
}

pub(super) fn this_view(vm: &Vm, this: Value) -> Result<Ref<Native<DictView>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a dict view was expected"))
}

/// The dict behind a view.
pub(super) fn view_dict(vm: &Vm, this: Value) -> Result<Ref<Dict>, Raised> {
    super::this_dict(vm, this_view(vm, this)?.dict.get())
}

fn view_len(vm: &Vm, this: Value) -> Result<usize, Raised> {
    Ok(view_dict(vm, this)?.len())
}

fn view_iter(vm: &Vm, this: Value, class: TypeId) -> R {
    Ok(dict_iter(vm, class, view_dict(vm, this)?))
}

type Show = fn(&Vm, &mut Wtf8Buf, object::layout::dict::Entry) -> Result<(), Raised>;

fn view_repr(vm: &Vm, this: Value, show: Show) -> R {
    let dict = view_dict(vm, this)?;
    let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.intern("...").value()) };
    let mut out = Wtf8Buf::from_string(format!("{}([", vm.type_name(this)));
    let (mut at, mut first) = (0, true);
    while let Some(entry) = super::update::next_entry(dict, &mut at) {
        if !first {
            out.push_str(", ");
        }
        first = false;
        show(vm, &mut out, entry)?;
    }
    out.push_str("])");
    Ok(vm.str_wtf8(&out).value())
}

fn reversed_keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    view_iter(vm, *this, TypeId::DictReverseKeyIterator)
}

fn reversed_values(vm: &Vm, [this]: &[Value; 1]) -> R {
    view_iter(vm, *this, TypeId::DictReverseValueIterator)
}

fn reversed_items(vm: &Vm, [this]: &[Value; 1]) -> R {
    view_iter(vm, *this, TypeId::DictReverseItemIterator)
}
