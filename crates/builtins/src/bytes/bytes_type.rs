//! The class bytes.

use super::data::{Data, call_bytes, from_arguments};
use super::{case, hex, pad, search, sequence, split, strip, translate};
use bytecode::CompareOperator;
use heap::Value;
use object::layout::type_object::type_flags;
use object::native::NativeDef;
use object::ops::ordering_matches;
use object::{Buffer, Kind, R, Raised, Slot, TypeDef, TypeId, TypeObj, ValueExt, Vm, native, natives};

/// `bytes`
pub(super) static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Bytes),
    name: "bytes",
    kind: Kind::BYTES,
    payload: true,
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::BYTES,
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n\
          bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> that many zero bytes\n\
          bytes() -> empty bytes object\n\nBytes that cannot be changed.",
    slots: &[
        Slot::repr(repr),
        Slot::str(to_str),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::iter(super::iter::iter),
        Slot::len(sequence::len),
        Slot::getitem(sequence::getitem),
        Slot::contains(sequence::contains),
        Slot::concat(sequence::concat),
        Slot::repeat(sequence::repeat),
        Slot::remainder(sequence::remainder),
        Slot::buffer(buffer),
    ],
    methods: &[
        METHODS,
        sequence::METHODS,
        search::METHODS,
        split::METHODS,
        case::METHODS,
        pad::METHODS,
        strip::METHODS,
        translate::METHODS,
        hex::METHODS,
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static NEW: NativeDef = native! {
    "bytes($cls, source=<unrepresentable>, encoding=<unrepresentable>, errors=<unrepresentable>)" => new
};

natives! { static METHODS: {
    "__getnewargs__($self, /)" => getnewargs;
    /// Return the bytes as an object of class bytes itself.
    "__bytes__($self, /)" => dunder_bytes;
    /// Return the size of the object in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
}}

fn new(vm: &Vm, [class, source, encoding, errors]: &[Value; 4]) -> R {
    let plain = !source.is_unbound() && encoding.is_unbound() && errors.is_unbound();
    let made = if plain && source.cast::<object::Bytes>().is_some() {
        *source
    } else if plain && let Some(result) = call_bytes(vm, *source) {
        result?
    } else {
        vm.bytes(&from_arguments(vm, "bytes", *source, *encoding, *errors)?).value()
    };
    match class.cast::<TypeObj>() {
        Some(class) if class != vm.types[TypeId::Bytes] => {
            let payload = vm.as_bytes(made).map_or(made, |bytes| bytes.value());
            Ok(vm.new_instance(class, Some(payload)))
        }
        _ => Ok(made),
    }
}

fn repr(vm: &Vm, value: Value) -> R {
    Ok(vm.str(&base::escape::bytes_repr(Data::of(vm, value)?.as_slice())).value())
}

fn to_str(vm: &Vm, value: Value) -> R {
    if vm.config.bytes_warning > 0 {
        vm.warn(TypeId::BytesWarning, "str() on a bytes instance", 1)?;
    }
    repr(vm, value)
}

fn hash(vm: &Vm, value: Value) -> Result<i64, Raised> {
    let Some(bytes) = vm.as_bytes(value) else { return Ok(0) };
    if bytes.hash.get() == 0 {
        bytes.hash.set(vm.hash_bytes(bytes.as_slice()));
    }
    Ok(bytes.hash.get())
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(left), Some(right)) = (vm.as_bytes(a), vm.as_bytes(b)) else {
        if vm.config.bytes_warning > 0 && matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
            let other = if vm.as_bytes(a).is_some() { b } else { a };
            if vm.as_str(other).is_some() {
                vm.warn(TypeId::BytesWarning, "Comparison between bytes and string", 1)?;
            } else if vm.as_int(other).is_some() {
                vm.warn(TypeId::BytesWarning, "Comparison between bytes and int", 1)?;
            }
        }
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(match op {
        CompareOperator::Eq => left.as_slice() == right.as_slice(),
        CompareOperator::Ne => left.as_slice() != right.as_slice(),
        _ => ordering_matches(op, left.as_slice().cmp(right.as_slice())),
    }))
}

fn buffer(vm: &Vm, value: Value, writable: bool) -> Result<Buffer, Raised> {
    match vm.as_bytes(value) {
        Some(_) if writable => Err(vm.buffer_error("Object is not writable.")),
        Some(bytes) => Ok(Buffer::of_bytes(bytes.value(), bytes.as_slice().as_ptr(), bytes.len(), true)),
        None => Err(super::data::not_bytes_like(vm, value)),
    }
}

fn getnewargs(vm: &Vm, [value]: &[Value; 1]) -> R {
    let bytes = dunder_bytes(vm, &[*value])?;
    Ok(vm.tuple(&[bytes]).value())
}

fn dunder_bytes(vm: &Vm, [value]: &[Value; 1]) -> R {
    Ok(Data::of(vm, *value)?.same(vm))
}

fn sizeof(vm: &Vm, [value]: &[Value; 1]) -> R {
    // The size in CPython, by which programs estimate.
    Ok(vm.int_usize(33 + Data::of(vm, *value)?.as_slice().len()))
}
