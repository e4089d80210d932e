//! The class bytearray.

use super::data::{Data, from_arguments};
use super::{case, hex, mutate, pad, search, sequence, split, strip, translate};
use bytecode::CompareOperator;
use heap::Value;
use object::layout::type_object::type_flags;
use object::native::NativeDef;
use object::ops::ordering_matches;
use object::{
    Args, Buffer, ByteArray, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, ValueExt, Vm, native, natives,
};

/// `bytearray`
pub(super) static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::ByteArray),
    name: "bytearray",
    kind: Kind::BYTEARRAY,
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n\
          bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> that many zero bytes\n\
          bytearray() -> empty bytearray\n\nBytes that can be changed.",
    slots: &[
        Slot::repr(repr),
        Slot::str(to_str),
        Slot::compare(compare),
        Slot::iter(super::iter::iter),
        Slot::len(sequence::len),
        Slot::getitem(sequence::getitem),
        Slot::setitem(mutate::setitem),
        Slot::contains(sequence::contains),
        Slot::concat(sequence::concat),
        Slot::repeat(sequence::repeat),
        Slot::inplace_concat(mutate::inplace_concat),
        Slot::inplace_repeat(mutate::inplace_repeat),
        Slot::remainder(sequence::remainder),
        Slot::buffer(buffer),
    ],
    methods: &[
        METHODS,
        mutate::METHODS,
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
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

static NEW: NativeDef = native! {
    "bytearray($cls, *args, **kwargs)" -> new
};

static INIT: NativeDef = native! {
    "bytearray($self, source=<unrepresentable>, encoding=<unrepresentable>, errors=<unrepresentable>)" => init
};

natives! { static METHODS: {
    /// Return the number of bytes that are allocated.
    "__alloc__($self, /)" => alloc;
    /// Return state for pickling.
    "__reduce__($self, /)" => reduce;
    /// Return state for pickling.
    "__reduce_ex__($self, proto=0, /)" => reduce_ex;
    /// Return the size of the object in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// Release a view of the memory.
    "__release_buffer__($self, buffer, /)" => release_buffer;
}}

/// The bytearray that a method was called on.
pub(super) fn array_of(vm: &Vm, value: Value) -> Result<Ref<ByteArray>, Raised> {
    value.cast::<ByteArray>().ok_or_else(|| vm.type_error("a bytearray is required"))
}

fn new(vm: &Vm, args: Args) -> R {
    match args.args.first().and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(vm.bytearray_of_class(class).value()),
        None => Err(vm.type_error("bytearray.__new__() needs a class")),
    }
}

fn init(vm: &Vm, [value, source, encoding, errors]: &[Value; 4]) -> R {
    let array = array_of(vm, *value)?;
    if !array.is_empty() {
        mutate::check_resize(vm, array)?;
        array.splice(vm, 0..array.len(), &[]);
    }
    let plain = !source.is_unbound() && encoding.is_unbound() && errors.is_unbound();
    let is_sequence = vm.is_exactly(*source, TypeId::List) || vm.is_exactly(*source, TypeId::Tuple);
    if plain
        && !is_sequence
        && !vm.has_buffer(*source)
        && vm.as_str(*source).is_none()
        && vm.type_of(*source).slots().index.is_none()
    {
        return fill(vm, array, *source);
    }
    let bytes = from_arguments(vm, "bytearray", *source, *encoding, *errors)?;
    if bytes.is_empty() && array.is_empty() {
        return Ok(Value::NONE);
    }
    mutate::check_resize(vm, array)?;
    array.splice(vm, 0..array.len(), &bytes);
    Ok(Value::NONE)
}

/// Appends the ints of an iterable, one by one: the iterator may look at the bytearray.
fn fill(vm: &Vm, array: Ref<ByteArray>, source: Value) -> R {
    let iterator = match vm.iter(source) {
        Ok(iterator) => iterator,
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            let name = vm.type_of(source).qualified_name(vm);
            return Err(vm.type_error(format!("cannot convert '{name}' object to bytearray")));
        }
    };
    while let Some(item) = vm.next(iterator)? {
        let byte = super::byte_argument(vm, item)?;
        mutate::check_resize(vm, array)?;
        array.extend(vm, &[byte]);
    }
    Ok(Value::NONE)
}

fn repr(vm: &Vm, value: Value) -> R {
    let array = array_of(vm, value)?;
    // Within double quotes, too, a single one is escaped.
    let shown = base::escape::bytes_repr(array.as_slice());
    let shown = if shown.starts_with("b\"") { shown.replace('\'', "\\'") } else { shown };
    let text = format!("{}({shown})", vm.type_name(value));
    Ok(vm.str(&text).value())
}

fn to_str(vm: &Vm, value: Value) -> R {
    if vm.config.bytes_warning > 0 {
        vm.warn(TypeId::BytesWarning, "str() on a bytearray instance", 1)?;
    }
    repr(vm, value)
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let array = array_of(vm, a)?;
    if !vm.has_buffer(b) {
        if vm.config.bytes_warning > 0
            && vm.as_str(b).is_some()
            && matches!(op, CompareOperator::Eq | CompareOperator::Ne)
        {
            vm.warn(TypeId::BytesWarning, "Comparison between bytearray and string", 1)?;
        }
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = vm.with_bytes(b, |other| {
        let own = array.as_slice();
        match op {
            CompareOperator::Eq => own == other,
            CompareOperator::Ne => own != other,
            _ => ordering_matches(op, own.cmp(other)),
        }
    });
    match result {
        Ok(result) => Ok(Value::bool(result)),
        // What gives no plain bytes is not comparable.
        Err(raised) => vm.catch(raised, TypeId::BufferError).map(|_| Value::NOT_IMPLEMENTED),
    }
}

fn buffer(vm: &Vm, value: Value, _writable: bool) -> Result<Buffer, Raised> {
    let array = array_of(vm, value)?;
    array.exports.set(array.exports.get() + 1);
    Ok(Buffer::of_bytes(value, array.data(), array.len(), false))
}

fn alloc(vm: &Vm, [value]: &[Value; 1]) -> R {
    let len = array_of(vm, *value)?.len();
    Ok(vm.int_usize(if len == 0 { 0 } else { len + 1 }))
}

fn sizeof(vm: &Vm, [value]: &[Value; 1]) -> R {
    let len = array_of(vm, *value)?.len();
    // The size in CPython, by which programs estimate.
    Ok(vm.int_usize(56 + if len == 0 { 0 } else { len + 1 }))
}

fn release_buffer(vm: &Vm, [value, buffer]: &[Value; 2]) -> R {
    crate::memoryview::release_view_of(vm, *value, *buffer)
}

fn reduce(vm: &Vm, [value]: &[Value; 1]) -> R {
    reduce_for(vm, *value, 2)
}

fn reduce_ex(vm: &Vm, [value, protocol]: &[Value; 2]) -> R {
    reduce_for(vm, *value, vm.index_i32(*protocol)?)
}

fn reduce_for(vm: &Vm, value: Value, protocol: i32) -> R {
    let state = vm.call_method_str(value, "__getstate__", &[])?;
    let data = Data::of(vm, value)?;
    let args = if data.as_slice().is_empty() {
        vm.tuple(&[])
    } else if protocol < 3 {
        let mut text = base::text::Wtf8Buf::new();
        base::codec::decode_latin1(data.as_slice(), &mut text);
        vm.tuple(&[vm.str_wtf8(&text).value(), vm.str("latin-1").value()])
    } else {
        vm.tuple(&[vm.bytes(data.as_slice()).value()])
    };
    Ok(vm.tuple(&[vm.type_of(value).value(), args.value(), state]).value())
}
