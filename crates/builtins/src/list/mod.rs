//! `list`

mod iter;
mod methods;
mod slice;
mod sort;
mod timsort;

pub use methods::list_extend;
pub use sort::sort_list;

use crate::slice_::between;
use crate::support::{Subscript, enter_repr, position, repeat_count, repr_items, subscript};
use bytecode::CompareOperator;
use object::native::NativeDef;
use object::slots::SlotId;
use object::{Args, Kind, List, R, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &iter::ITERATOR, &iter::REVERSE_ITERATOR];

static NEW: NativeDef = native! { "list(...)" -> list_new };
static INIT: NativeDef = native! { "list($self, iterable=(), /)" -> list_init };

/// `list`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::List),
    name: "list",
    kind: Kind::LIST,
    flags: type_flags::BASETYPE | type_flags::LIST | type_flags::SEQUENCE | type_flags::MATCH_SELF,
    doc: "A mutable sequence.\n\nWithout an argument it is empty; else it has the items of the iterable.",
    slots: &[
        Slot::repr(list_repr),
        Slot::compare(list_compare),
        Slot::iter(|vm, this| Ok(iter::list_iter(vm, this))),
        Slot::len(|vm, this| Ok(this_list(vm, this)?.len())),
        Slot::getitem(list_getitem),
        Slot::setitem(list_setitem),
        Slot::contains(list_contains),
        Slot::concat(list_concat),
        Slot::repeat(list_repeat),
        Slot::inplace_concat(list_inplace_concat),
        Slot::inplace_repeat(list_inplace_repeat),
    ],
    methods: &[methods::METHODS],
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

/// The list that a value is.
#[inline(always)]
pub(crate) fn this_list(vm: &Vm, value: Value) -> Result<Ref<List>, Raised> {
    match value.cast::<List>() {
        Some(list) => Ok(list),
        None => Err(vm.type_error(format!("a list was expected, not '{}'", vm.type_name(value)))),
    }
}

/// The bytes of a list's items must be available.
pub(crate) fn check_len(vm: &Vm, len: Option<usize>) -> Result<(), Raised> {
    vm.check_size(len.and_then(|len| len.checked_mul(8)))
}

fn list_new(vm: &Vm, args: Args) -> R {
    let class = crate::support::class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    Ok(vm.list_of_class(class).value())
}

fn list_init(vm: &Vm, args: Args) -> R {
    let list = this_list(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    let mut rest = args.rest();
    // A subclass whose `__new__` is its own may take keyword arguments, which mean nothing here.
    let class = vm.type_of(list.value());
    if rest.keyword_count() > 0 && !class.slots().same(vm.types[TypeId::List].slots(), SlotId::new) {
        rest = Args::positional(&rest.args[..rest.count()]);
    }
    let iterable = between(vm, "list", rest, 0, 1)?.first();
    list.clear();
    if let Some(iterable) = iterable {
        list_extend(vm, list, *iterable)?;
    }
    Ok(Value::NONE)
}

fn list_repr(vm: &Vm, this: Value) -> R {
    let list = this_list(vm, this)?;
    if list.is_empty() {
        return Ok(vm.intern("[]").value());
    }
    let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.intern("[...]").value()) };
    repr_items(vm, "[", "]", |index| list.get(index))
}

fn list_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (a.cast::<List>(), b.cast::<List>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if a.len() != b.len() && matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::bool(op == CompareOperator::Ne));
    }
    let mut index = 0;
    while let (Some(x), Some(y)) = (a.get(index), b.get(index)) {
        if !vm.eq(x, y)? {
            // The comparison may have shortened a list: then only the lengths are left to compare.
            if index >= a.len() || index >= b.len() {
                break;
            }
            return match op {
                CompareOperator::Eq => Ok(Value::FALSE),
                CompareOperator::Ne => Ok(Value::TRUE),
                _ => vm.compare(x, y, op),
            };
        }
        index += 1;
    }
    Ok(Value::bool(object::ops::ordering_matches(op, a.len().cmp(&b.len()))))
}

fn list_getitem(vm: &Vm, this: Value, key: Value) -> R {
    let list = this_list(vm, this)?;
    match subscript(vm, "list", key)? {
        Subscript::Index(index) => match position(index, list.len()) {
            Some(index) => Ok(list.items()[index]),
            None => Err(vm.index_error("list index out of range")),
        },
        Subscript::Slice(range) => slice::get(vm, list, range),
    }
}

fn list_setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let list = this_list(vm, this)?;
    match subscript(vm, "list", key)? {
        Subscript::Index(index) => {
            let Some(index) = position(index, list.len()) else {
                return Err(vm.index_error("list assignment index out of range"));
            };
            if value.is_unbound() {
                list.remove(vm, index);
            } else {
                list.set(vm, index, value);
            }
            Ok(())
        }
        Subscript::Slice(range) if value.is_unbound() => slice::delete(vm, list, range),
        Subscript::Slice(range) => slice::assign(vm, list, range, value),
    }
}

fn list_contains(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    let list = this_list(vm, this)?;
    Ok(find(vm, list, item, 0, usize::MAX)?.is_some())
}

/// The index of the first item between two positions that is equal to a value.
pub(crate) fn find(vm: &Vm, list: Ref<List>, item: Value, start: usize, stop: usize) -> Result<Option<usize>, Raised> {
    let mut index = start;
    while index < stop
        && let Some(other) = list.get(index)
    {
        if vm.eq(other, item)? {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

fn list_concat(vm: &Vm, a: Value, b: Value) -> R {
    let list = this_list(vm, a)?;
    let Some(other) = b.cast::<List>() else {
        let name = vm.type_of(b).qualified_name(vm);
        return Err(vm.type_error(format!("can only concatenate list (not \"{name}\") to list")));
    };
    check_len(vm, list.len().checked_add(other.len()))?;
    let result = vm.list_with_capacity(list.len() + other.len());
    result.extend(vm, list.items());
    result.extend(vm, other.items());
    Ok(result.value())
}

fn list_repeat(vm: &Vm, this: Value, count: Value) -> R {
    let list = this_list(vm, this)?;
    let count = repeat_count(vm, count)?;
    let len = list.len().checked_mul(count);
    check_len(vm, len)?;
    let result = vm.list_with_capacity(len.unwrap_or(0));
    for _ in 0..if list.is_empty() { 0 } else { count } {
        result.extend(vm, list.items());
    }
    Ok(result.value())
}

fn list_inplace_concat(vm: &Vm, this: Value, other: Value) -> R {
    list_extend(vm, this_list(vm, this)?, other)?;
    Ok(this)
}

fn list_inplace_repeat(vm: &Vm, this: Value, count: Value) -> R {
    let list = this_list(vm, this)?;
    let count = repeat_count(vm, count)?;
    if count == 0 {
        list.clear();
        return Ok(this);
    }
    check_len(vm, list.len().checked_mul(count))?;
    let once = vm.list(list.items());
    list.reserve(vm, once.len() * count);
    for _ in 1..if once.is_empty() { 1 } else { count } {
        list.extend(vm, once.items());
    }
    Ok(this)
}
