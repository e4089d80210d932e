//! `tuple`

mod iter;

pub use iter::tuple_iter;

use crate::list::check_len;
use crate::support::{
    Subscript, as_instance, class_getitem, enter_repr, position, push_repr, repeat_count, search_bound, subscript,
};
use base::hash::TupleHasher;
use base::text::Wtf8Buf;
use bytecode::CompareOperator;
use object::native::NativeDef;
use object::{Kind, R, Raised, Ref, Slot, Tuple, TypeDef, TypeId, Value, Vm, native, natives, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &iter::ITERATOR];

static NEW: NativeDef = native! { "tuple($cls, iterable=(), /)" => tuple_new };

natives! { static METHODS: {
    "__getnewargs__($self, /)" => getnewargs;
    /// The index of the first item that is equal to the value.
    ///
    /// Raises ValueError where there is none.
    "index($self, value, start=0, stop=sys.maxsize, /)" => index;
    /// How many items are equal to the value.
    "count($self, value, /)" => count;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

/// `tuple`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Tuple),
    name: "tuple",
    kind: Kind::TUPLE,
    payload: true,
    flags: type_flags::BASETYPE | type_flags::TUPLE | type_flags::SEQUENCE | type_flags::MATCH_SELF,
    doc: "An immutable sequence.\n\nWithout an argument it is empty; else it has the items of the iterable.\nA tuple is returned as it is.",
    slots: &[
        Slot::repr(tuple_repr),
        Slot::hash(tuple_hash),
        Slot::compare(tuple_compare),
        Slot::iter(|vm, this| Ok(tuple_iter(vm, this_tuple(vm, this)?))),
        Slot::len(|vm, this| Ok(this_tuple(vm, this)?.len())),
        Slot::getitem(tuple_getitem),
        Slot::contains(tuple_contains),
        Slot::concat(tuple_concat),
        Slot::repeat(tuple_repeat),
    ],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// The tuple that an instance of tuple or of a subclass is.
#[inline(always)]
pub(crate) fn this_tuple(vm: &Vm, value: Value) -> Result<Ref<Tuple>, Raised> {
    match vm.as_tuple(value) {
        Some(tuple) => Ok(tuple),
        None => Err(vm.type_error(format!("a tuple was expected, not '{}'", vm.type_name(value)))),
    }
}

fn tuple_new(vm: &Vm, [class, iterable]: &[Value; 2]) -> R {
    let tuple = if iterable.is_unbound() { vm.tuple(&[]) } else { vm.to_tuple(*iterable)? };
    as_instance(vm, *class, TypeId::Tuple, tuple.value())
}

fn tuple_repr(vm: &Vm, this: Value) -> R {
    let tuple = this_tuple(vm, this)?;
    if tuple.is_empty() {
        return Ok(vm.intern("()").value());
    }
    let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.intern("(...)").value()) };
    let mut out = Wtf8Buf::from_str("(");
    for (index, item) in tuple.items().iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_repr(vm, &mut out, *item)?;
    }
    out.push_str(if tuple.len() == 1 { ",)" } else { ")" });
    Ok(vm.str_wtf8(&out).value())
}

fn tuple_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let tuple = this_tuple(vm, this)?;
    if let Some(hash) = tuple.known_hash() {
        return Ok(hash);
    }
    vm.enter_native_for("while hashing a tuple")?;
    let mut hasher = TupleHasher::new();
    for &item in tuple.items() {
        hasher.add(vm.hash(item)?);
    }
    let hash = hasher.finish();
    tuple.keep_hash(hash);
    Ok(hash)
}

fn tuple_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (vm.as_tuple(a), vm.as_tuple(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    for (&x, &y) in a.items().iter().zip(b.items()) {
        if !vm.eq(x, y)? {
            return match op {
                CompareOperator::Eq => Ok(Value::FALSE),
                CompareOperator::Ne => Ok(Value::TRUE),
                _ => vm.compare(x, y, op),
            };
        }
    }
    Ok(Value::bool(object::ops::ordering_matches(op, a.len().cmp(&b.len()))))
}

fn tuple_getitem(vm: &Vm, this: Value, key: Value) -> R {
    let tuple = this_tuple(vm, this)?;
    match subscript(vm, "tuple", key)? {
        Subscript::Index(index) => match position(index, tuple.len()) {
            Some(index) => Ok(tuple.items()[index]),
            None => Err(vm.index_error("tuple index out of range")),
        },
        Subscript::Slice(slice) => {
            let range = vm.slice_range(slice, || tuple.len())?;
            if range.step == 1 {
                if range.count == tuple.len() {
                    return Ok(tuple.value());
                }
                let start = range.start as usize;
                return Ok(vm.tuple(&tuple.items()[start..start + range.count]).value());
            }
            let list = vm.list_with_capacity(range.count);
            let mut at = range.start;
            for _ in 0..range.count {
                list.push(vm, tuple.items()[at as usize]);
                at = at.wrapping_add(range.step);
            }
            Ok(vm.tuple(list.items()).value())
        }
    }
}

fn tuple_contains(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    for &other in this_tuple(vm, this)?.items() {
        if vm.eq(other, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tuple_concat(vm: &Vm, a: Value, b: Value) -> R {
    let tuple = this_tuple(vm, a)?;
    let Some(other) = vm.as_tuple(b) else {
        let name = vm.type_of(b).qualified_name(vm);
        return Err(vm.type_error(format!("can only concatenate tuple (not \"{name}\") to tuple")));
    };
    if other.is_empty() && vm.is_exactly(a, TypeId::Tuple) {
        return Ok(a);
    }
    if tuple.is_empty() && vm.is_exactly(b, TypeId::Tuple) {
        return Ok(b);
    }
    check_len(vm, tuple.len().checked_add(other.len()))?;
    let list = vm.list_with_capacity(tuple.len() + other.len());
    list.extend(vm, tuple.items());
    list.extend(vm, other.items());
    Ok(vm.tuple(list.items()).value())
}

fn tuple_repeat(vm: &Vm, this: Value, count: Value) -> R {
    let tuple = this_tuple(vm, this)?;
    let count = repeat_count(vm, count)?;
    if count == 1 || tuple.is_empty() {
        return Ok(tuple.value());
    }
    let len = tuple.len().checked_mul(count);
    check_len(vm, len.and_then(|len| len.checked_mul(2)))?;
    let list = vm.list_with_capacity(len.unwrap_or(0));
    for _ in 0..count {
        list.extend(vm, tuple.items());
    }
    Ok(vm.tuple(list.items()).value())
}

fn getnewargs(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.tuple(&[this_tuple(vm, *this)?.value()]).value())
}

fn index(vm: &Vm, [this, value, start, stop]: &[Value; 4]) -> R {
    let tuple = this_tuple(vm, *this)?;
    let start = search_bound(vm, *start, tuple.len(), 0)?;
    let stop = search_bound(vm, *stop, tuple.len(), tuple.len())?.min(tuple.len());
    for index in start..stop {
        if vm.eq(tuple.items()[index], *value)? {
            return Ok(vm.int_usize(index));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

fn count(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let mut count = 0;
    for &item in this_tuple(vm, *this)?.items() {
        count += vm.eq(item, *value)? as usize;
    }
    Ok(vm.int_usize(count))
}
