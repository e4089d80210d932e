//! What `str` methods ask of single code points.

use super::tables::{self, type_record};
use crate::text::Wtf8;

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident = $($flag:ident)|+;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name(cp: u32) -> bool {
            type_record(cp).flags & ($(tables::$flag)|+) != 0
        }
    )*};
}

predicates! {
    /// `str.isalpha`: categories Lm, Lt, Lu, Ll, Lo.
    is_alpha = ALPHA;
    /// `str.isdecimal`: forms decimal numbers.
    is_decimal = DECIMAL;
    /// `str.isdigit`: decimals, and digits such as superscripts.
    is_digit = DIGIT;
    /// `str.isnumeric`: has a numeric value.
    is_numeric = NUMERIC;
    /// `str.isalnum`.
    is_alnum = ALPHA | DECIMAL | DIGIT | NUMERIC;
    /// `str.isspace`, and what `str.split()` and `str.strip()` take for white space.
    is_space = SPACE;
    /// `str.isprintable`: what `repr` shows as it is.
    is_printable = PRINTABLE;
    /// The property Lowercase.
    is_lower = LOWER;
    /// The property Uppercase.
    is_upper = UPPER;
    /// Category Lt.
    is_title = TITLE;
    /// Upper, lower or title case.
    is_cased = CASED;
    /// Is skipped when a sigma looks for its neighbours.
    is_case_ignorable = CASE_IGNORABLE;
    /// May start an identifier (`_` included).
    is_xid_start = XID_START;
    /// May continue an identifier.
    is_xid_continue = XID_CONTINUE;
    /// Ends a line for `str.splitlines`.
    is_line_break = LINE_BREAK;
}

/// Simple (one to one) lower case, as `re` uses it.
#[inline]
pub fn simple_lower(cp: u32) -> u32 {
    cp.wrapping_add_signed(type_record(cp).lower)
}

/// Simple (one to one) upper case.
#[inline]
pub fn simple_upper(cp: u32) -> u32 {
    cp.wrapping_add_signed(type_record(cp).upper)
}

/// Simple (one to one) title case.
#[inline]
pub fn simple_title(cp: u32) -> u32 {
    cp.wrapping_add_signed(type_record(cp).title)
}

/// The value of a decimal digit, as `int()` and `float()` read digits of any script.
#[inline]
pub fn decimal_value(cp: u32) -> Option<u8> {
    if cp < 0x80 {
        return (cp as u8).is_ascii_digit().then(|| cp as u8 - b'0');
    }
    let record = type_record(cp);
    (record.flags & tables::DECIMAL != 0).then_some(record.digit)
}

/// The value of a digit (decimal ones included).
#[inline]
pub fn digit_value(cp: u32) -> Option<u8> {
    let digit = type_record(cp).digit;
    (digit != 255).then_some(digit)
}

/// `str.isidentifier`. Keywords count as identifiers.
pub fn is_identifier(s: &Wtf8) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(is_xid_start) && chars.all(is_xid_continue)
}

/// Where the line that starts at byte `start` ends, as `str.splitlines` sees it: the byte offset of its end without and with
/// its line break, which is two bytes for `\r\n`.
pub fn line_end(s: &Wtf8, start: usize) -> (usize, usize) {
    let mut at = start;
    while let Some((cp, len)) = s.decode_at(at) {
        if is_line_break(cp) {
            let crlf = cp == 0x0D && s.as_bytes().get(at + 1) == Some(&b'\n');
            return (at, at + len + crlf as usize);
        }
        at += len;
    }
    (s.len(), s.len())
}
