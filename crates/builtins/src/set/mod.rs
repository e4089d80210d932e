//! `set` and `frozenset`

mod iter;
mod methods;
mod operations;

pub use operations::{difference_update, set_update, symmetric_difference_update};

use crate::support::{as_list, class_arg, enter_repr};
use base::hash::SetHasher;
use base::text::Wtf8Buf;
use bytecode::CompareOperator;
use object::native::NativeDef;
use object::{Args, Kind, R, Raised, Ref, Set, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&SET, &FROZENSET, &iter::ITERATOR];

static SET_NEW: NativeDef = native! { "set(...)" -> set_new };
static SET_INIT: NativeDef = native! { "set($self, iterable=(), /)" => set_init };
static FROZENSET_NEW: NativeDef = native! { "frozenset($cls, iterable=(), /)" => frozenset_new };

/// `set`
pub static SET: TypeDef = TypeDef {
    id: Some(TypeId::Set),
    name: "set",
    kind: Kind::SET,
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::WEAKREF,
    doc: "An unordered collection of different members.",
    slots: &[
        Slot::repr(set_repr),
        Slot::compare(set_compare),
        Slot::iter(|vm, this| Ok(iter::set_iter(vm, this_set(vm, this)?))),
        Slot::len(|vm, this| Ok(this_set(vm, this)?.len())),
        Slot::contains(set_contains),
        Slot::subtract(operations::subtract),
        Slot::and(operations::and),
        Slot::xor(operations::xor),
        Slot::or(operations::or),
        Slot::inplace_subtract(operations::inplace_subtract),
        Slot::inplace_and(operations::inplace_and),
        Slot::inplace_xor(operations::inplace_xor),
        Slot::inplace_or(operations::inplace_or),
    ],
    methods: &[methods::COMMON, methods::SET],
    new: Some(&SET_NEW),
    init: Some(&SET_INIT),
    ..TypeDef::DEFAULT
};

/// `frozenset`
pub static FROZENSET: TypeDef = TypeDef {
    id: Some(TypeId::FrozenSet),
    name: "frozenset",
    kind: Kind::SET,
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::WEAKREF,
    doc: "An unordered collection of different members that does not change.",
    slots: &[
        Slot::repr(set_repr),
        Slot::hash(frozenset_hash),
        Slot::compare(set_compare),
        Slot::iter(|vm, this| Ok(iter::set_iter(vm, this_set(vm, this)?))),
        Slot::len(|vm, this| Ok(this_set(vm, this)?.len())),
        Slot::contains(set_contains),
        Slot::subtract(operations::subtract),
        Slot::and(operations::and),
        Slot::xor(operations::xor),
        Slot::or(operations::or),
    ],
    methods: &[methods::COMMON],
    new: Some(&FROZENSET_NEW),
    ..TypeDef::DEFAULT
};

/// The set or frozenset that a value is.
#[inline(always)]
pub(crate) fn this_set(vm: &Vm, value: Value) -> Result<Ref<Set>, Raised> {
    match value.cast::<Set>() {
        Some(set) => Ok(set),
        None => Err(vm.type_error(format!("a set was expected, not '{}'", vm.type_name(value)))),
    }
}

/// Is it of class frozenset or a subclass?
pub(crate) fn is_frozen(vm: &Vm, value: Value) -> bool {
    vm.is_a(value, TypeId::FrozenSet)
}

fn set_new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    Ok(vm.set_of_class(class).value())
}

fn set_init(vm: &Vm, [this, iterable]: &[Value; 2]) -> R {
    let set = this_set(vm, *this)?;
    set.clear();
    if !iterable.is_unbound() {
        set_update(vm, set, *iterable)?;
    }
    Ok(Value::NONE)
}

fn frozenset_new(vm: &Vm, [class, iterable]: &[Value; 2]) -> R {
    let class = class_arg(vm, *class)?;
    let exact = class == vm.types[TypeId::FrozenSet];
    if exact && vm.is_exactly(*iterable, TypeId::FrozenSet) {
        return Ok(*iterable);
    }
    let set = vm.set_of_class(class);
    if !iterable.is_unbound() {
        set_update(vm, set, *iterable)?;
    }
    Ok(set.value())
}

fn set_repr(vm: &Vm, this: Value) -> R {
    let set = this_set(vm, this)?;
    let name = vm.type_name(this);
    if set.is_empty() {
        return Ok(vm.str(&format!("{name}()")).value());
    }
    let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.str(&format!("{name}(...)")).value()) };
    let members = as_list(vm, set);
    let plain = vm.is_exactly(this, TypeId::Set);
    let mut out = Wtf8Buf::new();
    out.push_str(if plain { "{" } else { &name });
    out.push_str(if plain { "" } else { "({" });
    for index in 0..members.len() {
        if index > 0 {
            out.push_str(", ");
        }
        crate::support::push_repr(vm, &mut out, members.items()[index])?;
    }
    out.push_str(if plain { "}" } else { "})" });
    Ok(vm.str_wtf8(&out).value())
}

fn set_contains(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    let set = this_set(vm, this)?;
    set.contains_hashed(vm, item, hash_sought(vm, item)?)
}

/// The hash of what is sought in a set: a set is sought as the frozenset of its members.
pub(super) fn hash_sought(vm: &Vm, item: Value) -> Result<i64, Raised> {
    match vm.hash_member(item) {
        Ok(hash) => Ok(hash),
        Err(raised) => {
            let Some(set) = item.cast::<Set>() else { return Err(raised) };
            vm.catch(raised, TypeId::TypeError)?;
            Ok(members_hash(set))
        }
    }
}

fn members_hash(set: Ref<Set>) -> i64 {
    let mut hasher = SetHasher::new();
    let mut at = 0;
    while let Some((next, hash, _)) = set.next_from(at) {
        hasher.add(hash);
        at = next;
    }
    hasher.finish()
}

fn frozenset_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let set = this_set(vm, this)?;
    if set.hash.get() == 0 {
        set.hash.set(members_hash(set));
    }
    Ok(set.hash.get())
}

/// Are all members of the first in the second?
pub(super) fn is_subset(vm: &Vm, a: Ref<Set>, b: Ref<Set>) -> Result<bool, Raised> {
    if a.len() > b.len() {
        return Ok(false);
    }
    let mut at = 0;
    while let Some((next, hash, item)) = a.next_from(at) {
        if !b.contains_hashed(vm, item, hash)? {
            return Ok(false);
        }
        at = next;
    }
    Ok(true)
}

fn set_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (a.cast::<Set>(), b.cast::<Set>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let equal = || -> Result<bool, Raised> {
        let (hash_a, hash_b) = (a.hash.get(), b.hash.get());
        let differ = hash_a != 0 && hash_b != 0 && hash_a != hash_b;
        Ok(a.len() == b.len() && !differ && is_subset(vm, a, b)?)
    };
    Ok(Value::bool(match op {
        CompareOperator::Eq => equal()?,
        CompareOperator::Ne => !equal()?,
        CompareOperator::Le => is_subset(vm, a, b)?,
        CompareOperator::Ge => is_subset(vm, b, a)?,
        CompareOperator::Lt => a.len() < b.len() && is_subset(vm, a, b)?,
        CompareOperator::Gt => b.len() < a.len() && is_subset(vm, b, a)?,
    }))
}
