//! The type codes of simple types: their sizes, and how values are read from memory and written to it.

use super::ffi::Primitive;
use super::{float, integer, text};
use object::{R, Raised, Value, Vm};

/// Reads a value. The last argument is the size in bytes, or what [`bits`] made of a bit field.
pub type Get = fn(&Vm, *const u8, usize) -> R;
/// Writes a value, and gives what must be kept alive as long as the memory refers to it, else None.
pub type Set = fn(&Vm, *mut u8, Value, usize) -> R;

/// How values of a type are read and written.
#[derive(Clone, Copy)]
pub struct Access {
    /// Reads.
    pub get: Get,
    /// Writes.
    pub set: Set,
}

/// A row of the table.
pub struct Code {
    /// The code.
    pub code: u8,
    /// The code that buffers show.
    pub format: u8,
    /// What it is in C.
    pub primitive: Primitive,
    /// In the order of this machine.
    pub native: Access,
    /// In the other byte order, where that exists.
    pub swapped: Option<Access>,
}

impl Code {
    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.primitive.size()
    }
}

/// A bit field as the size that [`Get`] and [`Set`] take.
pub const fn bits(size: usize, offset: usize) -> usize {
    size << 16 | offset
}

/// The number of bits and the first one of a bit field; None for a size in bytes, which is less than 65536 where it matters.
pub const fn unpack(size: usize) -> Option<(u32, u32)> {
    if size >> 16 == 0 { None } else { Some(((size >> 16) as u32, (size & 0xFFFF) as u32)) }
}

macro_rules! row {
    ($code:literal $format:literal $primitive:ident, $get:expr, $set:expr) => {
        Code {
            code: $code,
            format: $format,
            primitive: Primitive::$primitive,
            native: Access { get: $get, set: $set },
            swapped: None,
        }
    };
    ($code:literal $format:literal $primitive:ident, $get:expr, $set:expr; $swapped_get:expr, $swapped_set:expr) => {
        Code {
            code: $code,
            format: $format,
            primitive: Primitive::$primitive,
            native: Access { get: $get, set: $set },
            swapped: Some(Access { get: $swapped_get, set: $swapped_set }),
        }
    };
}

macro_rules! int_row {
    ($code:literal $format:literal $primitive:ident, $bytes:literal, $signed:literal) => {
        row!($code $format $primitive,
            integer::get::<$bytes, $signed, false>, integer::set::<$bytes, false>;
            integer::get::<$bytes, $signed, true>, integer::set::<$bytes, true>)
    };
}

/// The table, in the order in which an error message names the codes.
pub static CODES: &[Code] = &[
    row!(b'c' b'c' I8, text::char_get, text::char_set),
    row!(b'b' b'b' I8, integer::get::<1, true, false>, integer::set::<1, false>),
    row!(b'B' b'B' U8, integer::get::<1, false, false>, integer::set::<1, false>),
    int_row!(b'h' b'h' I16, 2, true),
    int_row!(b'H' b'H' U16, 2, false),
    int_row!(b'i' b'i' I32, 4, true),
    int_row!(b'I' b'I' U32, 4, false),
    int_row!(b'l' b'q' I64, 8, true),
    int_row!(b'L' b'Q' U64, 8, false),
    row!(b'd' b'd' F64, float::double_get::<false>, float::double_set::<false>;
        float::double_get::<true>, float::double_set::<true>),
    row!(b'D' b'D' Complex64, float::complex_double_get::<false>, float::complex_double_set::<false>;
        float::complex_double_get::<true>, float::complex_double_set::<true>),
    row!(b'F' b'F' Complex32, float::complex_float_get::<false>, float::complex_float_set::<false>;
        float::complex_float_get::<true>, float::complex_float_set::<true>),
    row!(b'G' b'G' ComplexLong, float::complex_long_get, float::complex_long_set),
    row!(b'f' b'f' F32, float::float_get::<false>, float::float_set::<false>;
        float::float_get::<true>, float::float_set::<true>),
    row!(b'u' b'u' Wide, text::wchar_get, text::wchar_set),
    row!(b'z' b'z' Pointer, text::char_p_get, text::char_p_set),
    row!(b'Z' b'Z' Pointer, text::wchar_p_get, text::wchar_p_set),
    int_row!(b'q' b'q' I64, 8, true),
    int_row!(b'Q' b'Q' U64, 8, false),
    row!(b'P' b'P' Pointer, integer::address_get, integer::address_set),
    row!(b'O' b'O' Pointer, object_get, object_set),
    row!(b'v' b'v' I16, integer::variant_bool_get, integer::variant_bool_set),
    row!(b'?' b'?' U8, integer::bool_get, integer::bool_set;
        integer::get::<1, false, true>, integer::set::<1, true>),
    row!(b'g' b'g' FLong, float::long_double_get, float::long_double_set),
];

/// The row of a code.
pub fn find(code: u8) -> Option<&'static Code> {
    CODES.iter().find(|row| row.code == code)
}

/// Arrays of c_char as fields are bytes.
pub const CHARS: Access = Access { get: text::chars_get, set: text::chars_set };
/// Arrays of c_wchar as fields are strings.
pub const WIDE_CHARS: Access = Access { get: text::wide_chars_get, set: text::wide_chars_set };

/// The word that stands for the int 0 where memory holds objects: the word 0 is a null pointer there.
const ZERO: u64 = 0x3F;

/// The word that stands for an object in C memory.
pub fn object_to_word(value: Value) -> u64 {
    if value.bits() == 0 { ZERO } else { value.bits() }
}

/// The object that a word in C memory stands for. Words that no object has are refused.
pub fn object_from_word(vm: &Vm, word: u64) -> R {
    match word {
        0 => return Err(vm.value_error("PyObject is NULL")),
        ZERO => return Ok(Value::small(0)),
        _ => {}
    }
    let value = Value::from_bits(word);
    let known = match value.as_object() {
        Some(object) => vm.heap.object_at(object as usize) == Some(object) && is_python_object(object),
        None => {
            let special = [Value::NONE, Value::TRUE, Value::FALSE, Value::NOT_IMPLEMENTED, Value::ELLIPSIS];
            value.is_int() || value.is_float() || special.contains(&value)
        }
    };
    if known { Ok(value) } else { Err(not_an_object(vm, word)) }
}

#[cold]
fn not_an_object(vm: &Vm, word: u64) -> Raised {
    vm.value_error(format!("0x{word:x} is not the address of an object"))
}

/// Is the object one that Python code can have, and no buffer of another object?
fn is_python_object(object: *mut object::Header) -> bool {
    // SAFETY: the heap found an object there.
    let kind = object::Kind(unsafe { (*object).kind });
    !matches!(kind, object::Kind::VALUES | object::Kind::RAW)
}

fn object_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: the caller gives memory of the size of a pointer.
    object_from_word(vm, unsafe { from.cast::<u64>().read_unaligned() })
}

fn object_set(_: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    // SAFETY: as above.
    unsafe { to.cast::<u64>().write_unaligned(object_to_word(value)) };
    Ok(value)
}
