//! Kinds of objects: the layout that follows the header.

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $number:literal;)*) => {
        impl Kind {
            $($(#[$meta])* pub const $name: Kind = Kind($number);)*
        }
    };
}

/// The layout of an object, as its header tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Kind(pub u8);

kinds! {
    /// Buffer of values, not a Python object.
    VALUES = 0;
    /// Buffer of bytes, not a Python object.
    RAW = 1;
    /// Int beyond 62 bits.
    BIG_INT = 2;
    /// Float that is not immediate.
    FLOAT = 3;
    /// Complex number.
    COMPLEX = 4;
    /// String.
    STR = 5;
    /// Bytes.
    BYTES = 6;
    /// Tuple.
    TUPLE = 7;
    /// List.
    LIST = 8;
    /// Dict.
    DICT = 9;
    /// Set or frozenset.
    SET = 10;
    /// Bytearray.
    BYTEARRAY = 11;
    /// Instance of a Python class, or of a subclass of an immutable type.
    INSTANCE = 12;
    /// Class.
    TYPE = 13;
    /// Python function.
    FUNCTION = 14;
    /// Built-in function or method.
    NATIVE_FUNCTION = 15;
    /// Bound method.
    METHOD = 16;
    /// Code object.
    CODE = 17;
    /// Frame object.
    FRAME = 18;
    /// Generator, coroutine or async generator.
    GENERATOR = 19;
    /// Cell.
    CELL = 20;
    /// Module.
    MODULE = 21;
    /// Exception.
    EXCEPTION = 22;
    /// Traceback.
    TRACEBACK = 23;
    /// Slice.
    SLICE = 24;
    /// Range.
    RANGE = 25;
    /// Weak reference.
    WEAKREF = 26;
    /// Object around Rust data that needs no drop.
    NATIVE = 27;
    /// Object around Rust data that needs drop.
    NATIVE_DROP = 28;
    /// Not an object.
    IMMEDIATE = 255;
}
