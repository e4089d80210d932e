//! Format strings.

use super::error;
use object::{Raised, Value, Vm};

/// What a format character stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `x`
    Pad,
    /// `c`
    Char,
    /// `s`
    Bytes,
    /// `p`
    Pascal,
    /// `?`
    Bool,
    /// A signed integer.
    Signed,
    /// An unsigned integer.
    Unsigned,
    /// `P`
    Pointer,
    /// `e`, `f`, `d`
    Float,
    /// `F`, `D`
    Complex,
}

/// A part of a format: `repeat` items one behind the other; for `s` and `p` one item of `size` bytes.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// The format character.
    pub code: u8,
    /// Offset in the struct.
    pub offset: usize,
    /// Size of an item.
    pub size: usize,
    /// Number of items.
    pub repeat: usize,
}

/// A parsed format.
#[derive(Debug, Default)]
pub struct Layout {
    /// Its parts, without padding.
    pub items: Vec<Item>,
    /// Number of bytes.
    pub size: usize,
    /// Number of values.
    pub values: usize,
    /// Is the byte order big-endian?
    pub big: bool,
}

/// Kind, size and alignment of a format character, native or standard.
fn describe(code: u8, native: bool) -> Option<(Kind, usize, usize)> {
    let (kind, size) = match code {
        b'x' => (Kind::Pad, 1),
        b'c' => (Kind::Char, 1),
        b's' => (Kind::Bytes, 1),
        b'p' => (Kind::Pascal, 1),
        b'?' => (Kind::Bool, 1),
        b'b' => (Kind::Signed, 1),
        b'B' => (Kind::Unsigned, 1),
        b'h' => (Kind::Signed, 2),
        b'H' => (Kind::Unsigned, 2),
        b'i' => (Kind::Signed, 4),
        b'I' => (Kind::Unsigned, 4),
        b'l' => (Kind::Signed, if native { 8 } else { 4 }),
        b'L' => (Kind::Unsigned, if native { 8 } else { 4 }),
        b'q' => (Kind::Signed, 8),
        b'Q' => (Kind::Unsigned, 8),
        b'n' if native => (Kind::Signed, 8),
        b'N' if native => (Kind::Unsigned, 8),
        b'P' if native => (Kind::Pointer, 8),
        b'e' => (Kind::Float, 2),
        b'f' => (Kind::Float, 4),
        b'd' => (Kind::Float, 8),
        b'F' => (Kind::Complex, 8),
        b'D' => (Kind::Complex, 16),
        _ => return None,
    };
    let align = match kind {
        _ if !native => 1,
        Kind::Complex => size / 2,
        _ => size,
    };
    Some((kind, size, align))
}

/// The text of a format argument.
pub fn format_text(vm: &Vm, format: Value) -> Result<Vec<u8>, Raised> {
    if let Some(text) = vm.as_str(format) {
        if !text.is_ascii() {
            return Err(match vm.call_method_str(format, "encode", &[vm.str("ascii").value()]) {
                Ok(_) => error(vm, "bad char in struct format"),
                Err(raised) => raised,
            });
        }
        return Ok(text.as_bytes().to_vec());
    }
    match vm.as_bytes(format) {
        Some(bytes) => Ok(bytes.as_slice().to_vec()),
        None => {
            let name = vm.type_name(format);
            Err(vm.type_error(format!("Struct() argument 1 must be a str or bytes object, not {name}")))
        }
    }
}

impl Layout {
    /// Parses a format.
    pub fn parse(vm: &Vm, format: &[u8]) -> Result<Layout, Raised> {
        if format.contains(&0) {
            return Err(error(vm, "embedded null character"));
        }
        let (native, big, mut rest) = match format {
            [b'<', rest @ ..] => (false, false, rest),
            [b'>' | b'!', rest @ ..] => (false, true, rest),
            [b'=', rest @ ..] => (false, cfg!(target_endian = "big"), rest),
            [b'@', rest @ ..] => (true, cfg!(target_endian = "big"), rest),
            rest => (true, cfg!(target_endian = "big"), rest),
        };
        let too_long = || error(vm, "total struct size too long");
        let mut layout = Layout { big, ..Layout::default() };
        while let [first, more @ ..] = rest {
            rest = more;
            let mut code = *first;
            if code.is_ascii_whitespace() || code == 11 {
                continue;
            }
            let mut count = 1usize;
            if code.is_ascii_digit() {
                count = (code - b'0') as usize;
                loop {
                    let [next, more @ ..] = rest else {
                        return Err(error(vm, "repeat count given without format specifier"));
                    };
                    rest = more;
                    if !next.is_ascii_digit() {
                        code = *next;
                        break;
                    }
                    let digit = (next - b'0') as usize;
                    count = count.checked_mul(10).and_then(|count| count.checked_add(digit)).ok_or_else(too_long)?;
                    if count > isize::MAX as usize {
                        return Err(too_long());
                    }
                }
            }
            let Some((kind, size, align)) = describe(code, native) else {
                return Err(error(vm, "bad char in struct format"));
            };
            let offset = layout.size.checked_next_multiple_of(align).ok_or_else(too_long)?;
            let width = size.checked_mul(count).ok_or_else(too_long)?;
            layout.size = offset.checked_add(width).filter(|size| *size <= isize::MAX as usize).ok_or_else(too_long)?;
            match kind {
                Kind::Pad => {}
                Kind::Bytes | Kind::Pascal => {
                    layout.items.push(Item { kind, code, offset, size: count, repeat: 1 });
                    layout.values += 1;
                }
                _ if count > 0 => {
                    layout.items.push(Item { kind, code, offset, size, repeat: count });
                    layout.values = layout.values.checked_add(count).ok_or_else(too_long)?;
                }
                _ => {}
            }
        }
        Ok(layout)
    }

    /// All items one by one, with their offsets.
    pub fn each(&self) -> impl Iterator<Item = (Item, usize)> + '_ {
        self.items.iter().flat_map(|item| (0..item.repeat).map(move |at| (*item, item.offset + at * item.size)))
    }
}
