//! The class str.

pub(crate) mod args;
mod build;
mod case;
mod format;
mod iter;
mod pad;
pub mod percent;
mod search;
mod split;
mod strip;
mod translate;

use crate::codecs;
use args::{full_class_name, repeat_front, repetitions, this};
use base::escape;
use bytecode::CompareOperator;
use heap::Value;
use object::layout::type_object::type_flags;
use object::native::NativeDef;
use object::ops::{SliceRange, ordering_matches};
use object::{Args, Kind, R, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, ValueExt, Vm, native, natives};

pub(crate) use build::ascii_with;
pub(crate) use case::{swap_ascii, title_ascii};
pub use iter::StrIter;
pub(crate) use iter::{builtin_iter, iterator_state};
pub(crate) use pad::{expand_tabs, front_of_centered};
pub(crate) use strip::byte_range;

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &iter::STR_ITERATOR, &iter::STR_ASCII_ITERATOR];

/// `str`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Str),
    name: "str",
    kind: Kind::STR,
    payload: true,
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::STR,
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n\
          Text: a sequence of code points. Of an object it is what the object's __str__() gives; of bytes, where an\n\
          encoding or error handler is named, it is what they decode to.",
    slots: &[
        Slot::repr(repr),
        Slot::str(to_str),
        Slot::hash(|vm, this| Ok(vm.as_str(this).map_or(0, |text| vm.str_hash(text)))),
        Slot::compare(compare),
        Slot::iter(iter::iter),
        Slot::len(|vm, this| Ok(vm.as_str(this).map_or(0, |text| text.len()))),
        Slot::getitem(getitem),
        Slot::contains(contains),
        Slot::concat(concat),
        Slot::repeat(repeat),
        Slot::remainder(remainder),
    ],
    methods: &[
        METHODS,
        search::METHODS,
        split::METHODS,
        case::METHODS,
        pad::METHODS,
        strip::METHODS,
        translate::METHODS,
        format::METHODS,
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static NEW: NativeDef = native! {
    "str($cls, object='', encoding='utf-8', errors='strict')" -> new_checked
};

static NEW_BOUND: NativeDef = native! {
    "str($cls, object=<unrepresentable>, encoding=<unrepresentable>, errors=<unrepresentable>)" => new
};

natives! { static METHODS: {
    /// Encode the string: bytes.
    ///
    ///   encoding
    ///     The name of the encoding.
    ///   errors
    ///     The name of the handler of what cannot be encoded: 'strict' raises UnicodeEncodeError, others are 'ignore',
    ///     'replace', 'xmlcharrefreplace', 'backslashreplace' and what codecs.register_error knows.
    "encode($self, /, encoding='utf-8', errors='strict')" => encode;
    "__getnewargs__($self, /)" => getnewargs;
    /// Return the size of the string in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
}}

fn new_checked(vm: &Vm, args: Args) -> R {
    match args.count() {
        // The most frequent call: `str(object)`.
        2 if args.keyword_count() == 0 => new(vm, &[args.args[0], args.args[1], Value::UNBOUND, Value::UNBOUND]),
        count if count > 4 => {
            let given = count - 1;
            Err(vm.type_error(format!("str expected at most 3 arguments, got {given}")))
        }
        _ => NEW_BOUND.call(vm, args),
    }
}

/// `str(object)`; the result may be of a subclass of str.
fn str_of(vm: &Vm, object: Value) -> R {
    if object.cast::<Str>().is_some() {
        return Ok(object);
    }
    match vm.type_of(object).slots().str {
        Some(slot) => {
            vm.enter_native()?;
            let result = slot(vm, object)?;
            if vm.as_str(result).is_none() {
                let class = full_class_name(vm, result);
                return Err(vm.type_error(format!("__str__ returned non-string (type {class})")));
            }
            Ok(result)
        }
        None => vm.repr_value(object),
    }
}

fn new(vm: &Vm, [class, object, encoding, errors]: &[Value; 4]) -> R {
    let text = if object.is_unbound() {
        vm.names.empty.value()
    } else if encoding.is_unbound() && errors.is_unbound() {
        str_of(vm, *object)?
    } else {
        let encoding = codecs::name_argument(vm, *encoding, "utf-8", "str", "encoding")?;
        let errors = codecs::name_argument(vm, *errors, "strict", "str", "errors")?;
        if vm.as_str(*object).is_some() {
            return Err(vm.type_error("decoding str is not supported"));
        }
        if !vm.has_buffer(*object) {
            let name = vm.type_name(*object);
            return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {name} found")));
        }
        codecs::decode(vm, *object, &encoding, &errors)?
    };
    match class.cast::<TypeObj>() {
        Some(class) if class != vm.types[TypeId::Str] => Ok(vm.new_instance(class, Some(vm.exact_str_value(text)))),
        _ => Ok(text),
    }
}

fn repr(vm: &Vm, value: Value) -> R {
    let text = this(vm, value)?;
    Ok(vm.str_wtf8(&escape::str_repr(text.text())).value())
}

fn to_str(vm: &Vm, value: Value) -> R {
    Ok(this(vm, value)?.value())
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (vm.as_str(a), vm.as_str(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(match op {
        CompareOperator::Eq => vm.str_eq(a, b),
        CompareOperator::Ne => !vm.str_eq(a, b),
        // The order of bytes in UTF-8 is that of code points.
        _ => ordering_matches(op, a.as_bytes().cmp(b.as_bytes())),
    }))
}

fn getitem(vm: &Vm, value: Value, key: Value) -> R {
    let text = this(vm, value)?;
    if let Some(index) = key.as_small() {
        return item(vm, text, index as isize);
    }
    if let Some(slice) = key.cast::<object::Slice>() {
        let range = vm.slice_range(slice, || text.len())?;
        return Ok(slice_of(vm, text, range).value());
    }
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        let name = vm.type_of(key).qualified_name(vm);
        return Err(vm.type_error(format!("string indices must be integers, not '{name}'")));
    }
    item(vm, text, vm.index_isize(key)?)
}

fn item(vm: &Vm, text: Ref<Str>, index: isize) -> R {
    let resolved = if index < 0 { index + text.len() as isize } else { index };
    match usize::try_from(resolved) {
        Ok(index) if index < text.len() => Ok(vm.str_char(text.char_at(vm, index)).value()),
        _ => Err(vm.index_error("string index out of range")),
    }
}

/// A slice of a string.
pub(crate) fn slice_of(vm: &Vm, text: Ref<Str>, range: SliceRange) -> Ref<Str> {
    if range.count == 0 {
        return vm.names.empty;
    }
    let start = range.start as usize;
    if range.step == 1 {
        let end = start + range.count;
        return vm.substr(text, text.byte_offset(vm, start)..text.byte_offset(vm, end));
    }
    let index = |nth: usize| (range.start + nth as isize * range.step) as usize;
    if text.is_ascii() {
        let bytes = text.as_bytes();
        return ascii_with(vm, range.count, |out| {
            for (nth, byte) in out.iter_mut().enumerate() {
                *byte = bytes[index(nth)];
            }
        });
    }
    let chars: Vec<u32> = text.text().chars().collect();
    let picked: base::text::Wtf8Buf = (0..range.count).map(|nth| chars[index(nth)]).collect();
    vm.str_wtf8(&picked)
}

fn contains(vm: &Vm, value: Value, item: Value) -> Result<bool, Raised> {
    let text = this(vm, value)?;
    match vm.as_str(item) {
        Some(item) => Ok(item.is_empty() || text.text().contains(item.text())),
        None => {
            let name = vm.type_of(item).qualified_name(vm);
            Err(vm.type_error(format!("'in <string>' requires string as left operand, not {name}")))
        }
    }
}

fn concat(vm: &Vm, a: Value, b: Value) -> R {
    let a = this(vm, a)?;
    let Some(b) = vm.as_str(b) else {
        let name = vm.type_of(b).qualified_name(vm);
        return Err(vm.type_error(format!("can only concatenate str (not \"{name}\") to str")));
    };
    if a.is_empty() {
        return Ok(b.value());
    }
    if b.is_empty() {
        return Ok(a.value());
    }
    Ok(vm.str_concat(&[a, b]).value())
}

fn repeat(vm: &Vm, value: Value, count: Value) -> R {
    let text = this(vm, value)?;
    let bytes = text.as_bytes();
    // Too many characters are an overflow, too many bytes no more than a lack of memory.
    if !text.is_ascii() {
        repetitions(vm, count, text.len(), "repeated string is too long")?;
    }
    let too_long = if text.is_ascii() { "repeated string is too long" } else { "" };
    let (count, total) = repetitions(vm, count, bytes.len(), too_long)?;
    if total == 0 {
        return Ok(vm.names.empty.value());
    }
    if count == 1 {
        return Ok(text.value());
    }
    // SAFETY: repetitions of a string are a string, of as many times its code points.
    let repeated = unsafe {
        vm.str_with(total, text.len() * count, |out| {
            out[..bytes.len()].copy_from_slice(bytes);
            repeat_front(out, bytes.len());
        })
    };
    Ok(repeated.value())
}

fn remainder(vm: &Vm, format: Value, args: Value) -> R {
    match vm.as_str(format) {
        Some(format) => percent::format_str(vm, format, args),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn encode(vm: &Vm, [value, encoding, errors]: &[Value; 3]) -> R {
    let text = this(vm, *value)?;
    if text.is_ascii() && codecs::is_plain_utf8(vm, *encoding, *errors) {
        return Ok(vm.bytes(text.as_bytes()).value());
    }
    let encoding = codecs::name_argument(vm, *encoding, "utf-8", "encode", "encoding")?;
    let errors = codecs::name_argument(vm, *errors, "strict", "encode", "errors")?;
    codecs::encode(vm, text, &encoding, &errors)
}

fn getnewargs(vm: &Vm, [value]: &[Value; 1]) -> R {
    let text = this(vm, *value)?;
    // A copy: pickles must not depend on who else has the string.
    let copy = if text.len() < 2 { text } else { vm.str_concat(&[text]) };
    Ok(vm.tuple(&[copy.value()]).value())
}

fn sizeof(vm: &Vm, [value]: &[Value; 1]) -> R {
    let text = this(vm, *value)?;
    // The size in CPython, by which programs estimate.
    let len = text.len() + 1;
    let widest = text.text().chars().max().unwrap_or(0);
    Ok(vm.int_usize(match widest {
        0..0x80 => 40 + len,
        0x80..0x100 => 56 + len,
        0x100..0x1_0000 => 56 + 2 * len,
        _ => 56 + 4 * len,
    }))
}
