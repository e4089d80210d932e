//! Formatting: the mini-language of format specs, `str.format`'s replacement fields, and `%` directives.

mod apply;
mod fields;
mod layout;
pub mod percent;
mod spec;

use std::fmt;

pub use apply::{format_complex, format_float, format_int, format_str};
pub use fields::{
    AutoNumber, FieldName, FieldPart, FieldSteps, Markup, MarkupIter, NameKey, split_field_name, unknown_conversion,
};
pub use layout::{Locale, group_digits};
pub use spec::{Align, Separator, Sign, Spec, parse_spec};

use crate::text::Wtf8Buf;

/// Which exception a [`FormatError`] stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// ValueError.
    Value,
    /// TypeError.
    Type,
    /// OverflowError.
    Overflow,
    /// MemoryError (no message).
    Memory,
}

/// An error of formatting, in CPython's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormatError {
    /// The exception.
    pub kind: ErrorKind,
    /// Its message.
    pub message: Wtf8Buf,
}

impl FormatError {
    /// A ValueError.
    pub fn value(message: impl Into<Wtf8Buf>) -> Self {
        FormatError { kind: ErrorKind::Value, message: message.into() }
    }

    /// A TypeError.
    pub fn type_error(message: impl Into<Wtf8Buf>) -> Self {
        FormatError { kind: ErrorKind::Type, message: message.into() }
    }

    /// An OverflowError.
    pub fn overflow(message: impl Into<Wtf8Buf>) -> Self {
        FormatError { kind: ErrorKind::Overflow, message: message.into() }
    }

    /// A MemoryError.
    pub fn memory() -> Self {
        FormatError { kind: ErrorKind::Memory, message: Wtf8Buf::new() }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.message, f)
    }
}

impl std::error::Error for FormatError {}

/// What formatting depends on besides its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// What the type `n` writes.
    pub locale: Locale<'a>,
    /// `sys.get_int_max_str_digits()`; 0 for no limit.
    pub max_str_digits: usize,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Settings { locale: Locale::C, max_str_digits: crate::number::DEFAULT_MAX_STR_DIGITS }
    }
}

/// Makes room for `bytes` in a string that is about to be filled, so that absurd widths raise MemoryError instead of ending
/// the process.
fn reserve(out: &mut Wtf8Buf, bytes: usize) -> Result<(), FormatError> {
    out.try_reserve(bytes).map_err(|_| FormatError::memory())
}
