//! `%` formatting, of str and of bytes: `base` takes formats apart and renders numbers, here arguments are fetched and
//! converted.

use super::args::{full_class_name, max_str_digits};
use crate::support::format_error;
use base::format::percent::{Count, Directive, Flags, Piece, Pieces, render_float, render_int};
use base::number::{self, IntRef};
use base::text::{Wtf8, unit};
use heap::Value;
use object::{Int, Kind, R, Raised, Ref, Str, Tuple, TypeId, ValueExt, Vm};

/// What is formatted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Text,
    Bytes,
}

/// What was written so far.
struct Output {
    bytes: Vec<u8>,
    /// The string that was written first and whole: the result may be the string itself.
    first: Option<Ref<Str>>,
}

/// The arguments of a format.
struct Arguments<'a> {
    vm: &'a Vm,
    mode: Mode,
    /// The arguments, or the one that is not a tuple.
    all: Value,
    items: Option<Ref<Tuple>>,
    next: usize,
    /// What keys are looked up in, or unbound.
    mapping: Value,
}

impl<'a> Arguments<'a> {
    fn new(vm: &'a Vm, mode: Mode, all: Value) -> Arguments<'a> {
        let items = vm.as_tuple(all);
        let scalar = vm.as_str(all).is_some()
            || mode == Mode::Bytes && (vm.as_bytes(all).is_some() || all.kind() == Kind::BYTEARRAY);
        let is_mapping = items.is_none() && !scalar && vm.type_of(all).slots().getitem.is_some();
        Arguments { vm, mode, all, items, next: 0, mapping: if is_mapping { all } else { Value::UNBOUND } }
    }

    fn next(&mut self) -> R {
        let index = self.next;
        self.next += 1;
        match self.items {
            Some(items) if index < items.len() => Ok(items.items()[index]),
            None if index == 0 => Ok(self.all),
            _ => Err(self.vm.type_error("not enough arguments for format string")),
        }
    }

    /// The value of a key becomes the only argument.
    fn select(&mut self, key: &[u8]) -> Result<(), Raised> {
        let key = match self.mode {
            Mode::Text => Wtf8::from_bytes(key).map_or(Value::NONE, |key| self.vm.str_wtf8(key).value()),
            Mode::Bytes => self.vm.bytes(key).value(),
        };
        self.all = self.vm.getitem(self.mapping, key)?;
        self.items = None;
        self.next = 0;
        Ok(())
    }

    /// All arguments must be used, unless they were looked up by keys.
    fn finish(&self) -> Result<(), Raised> {
        let left = match self.items {
            Some(items) => self.next < items.len(),
            None => self.next == 0,
        };
        if left && self.mapping.is_unbound() {
            let what = if self.mode == Mode::Text { "string" } else { "bytes" };
            return Err(self.vm.type_error(format!("not all arguments converted during {what} formatting")));
        }
        Ok(())
    }
}

/// `format % args` of strings.
pub fn format_str(vm: &Vm, format: Ref<Str>, args: Value) -> R {
    let arguments = Arguments::new(vm, Mode::Text, args);
    let pieces = Pieces::of_text(format.text(), !arguments.mapping.is_unbound());
    let out = render(vm, pieces, format.as_bytes().len(), arguments)?;
    if out.first.is_none() && out.bytes == format.as_bytes() {
        return Ok(format.value());
    }
    if let Some(first) = out.first
        && first.as_bytes().len() == out.bytes.len()
    {
        return Ok(first.value());
    }
    let chars = unit::count(&out.bytes);
    // SAFETY: pieces of the format and converted arguments are whole strings, and are put one behind the other.
    Ok(unsafe { vm.str_unchecked(&out.bytes, chars) }.value())
}

/// `format % args` of bytes. The format must not change meanwhile.
pub fn format_bytes(vm: &Vm, format: &[u8], args: Value) -> Result<Vec<u8>, Raised> {
    let arguments = Arguments::new(vm, Mode::Bytes, args);
    Ok(render(vm, Pieces::of_bytes(format, !arguments.mapping.is_unbound()), format.len(), arguments)?.bytes)
}

fn render(vm: &Vm, pieces: Pieces, len: usize, mut arguments: Arguments) -> Result<Output, Raised> {
    let mut out = Output { bytes: Vec::with_capacity(len + 32), first: None };
    for piece in pieces {
        match piece.map_err(|error| format_error(vm, error))? {
            Piece::Literal(bytes) => out.bytes.extend_from_slice(bytes),
            Piece::Directive(directive) => write(vm, &mut out, &mut arguments, &directive)?,
        }
    }
    arguments.finish()?;
    Ok(out)
}

/// The value of a `*`.
fn star(vm: &Vm, arguments: &mut Arguments) -> Result<isize, Raised> {
    let value = arguments.next()?;
    match vm.as_int(value).map(Int::to_i64) {
        Some(Some(int)) => Ok(int as isize),
        Some(None) => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        None => Err(vm.type_error("* wants int")),
    }
}

fn write(vm: &Vm, out: &mut Output, arguments: &mut Arguments, directive: &Directive) -> Result<(), Raised> {
    if let Some(key) = directive.key {
        if arguments.mapping.is_unbound() {
            return Err(vm.type_error("format requires a mapping"));
        }
        arguments.select(key)?;
    }
    let mut flags = directive.flags;
    let width = match directive.width {
        Count::None => 0,
        Count::Given(width) => width,
        Count::Star => {
            let width = star(vm, arguments)?;
            if width == isize::MIN {
                return Err(vm.overflow_error("width too big"));
            }
            flags.left |= width < 0;
            width.unsigned_abs()
        }
    };
    let precision = match directive.precision {
        Count::None => None,
        Count::Given(precision) => Some(precision),
        Count::Star => match star(vm, arguments)? {
            int if int > i32::MAX as isize => {
                return Err(vm.overflow_error("Python int too large to convert to C int"));
            }
            int => Some(usize::try_from(int).unwrap_or(0)),
        },
    };
    let code = match u8::try_from(directive.conversion) {
        Ok(code) if code.is_ascii_alphabetic() => code,
        _ => {
            arguments.next()?;
            return Err(format_error(vm, directive.unsupported()));
        }
    };
    let value = arguments.next()?;
    let mode = arguments.mode;
    match code {
        b's' if mode == Mode::Text => write_text(vm, out, vm.to_str(value)?, flags, width, precision),
        b'r' if mode == Mode::Text => write_text(vm, out, vm.repr(value)?, flags, width, precision),
        b'a' if mode == Mode::Text => write_text(vm, out, vm.ascii(value)?, flags, width, precision),
        b'a' | b'r' => write_text(vm, out, vm.ascii(value)?, flags, width, precision),
        b's' | b'b' if mode == Mode::Bytes => {
            let bytes = bytes_for(vm, value)?;
            let bytes = &bytes[..precision.map_or(bytes.len(), |limit| limit.min(bytes.len()))];
            write_padded(vm, out, bytes, bytes.len(), flags, width)
        }
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
            let int = int_for(vm, value, code)?;
            write_int(vm, out, int, code, flags, width, precision)
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let float = float_for(vm, value, mode)?;
            vm.check_size(Some(width))?;
            let text = render_float(float, code, flags, width, precision);
            out.bytes.extend_from_slice(text.map_err(|error| format_error(vm, error))?.as_bytes());
            Ok(())
        }
        b'c' => write_char(vm, out, value, mode, flags, width),
        _ => Err(format_error(vm, directive.unsupported())),
    }
}

fn write_text(
    vm: &Vm,
    out: &mut Output,
    text: Ref<Str>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
) -> Result<(), Raised> {
    let end = match precision {
        Some(limit) if limit < text.len() => text.byte_offset(vm, limit),
        _ => text.as_bytes().len(),
    };
    let bytes = &text.as_bytes()[..end];
    if out.bytes.is_empty() && end == text.as_bytes().len() {
        out.first = Some(text);
    }
    if width == 0 {
        out.bytes.extend_from_slice(bytes);
        return Ok(());
    }
    write_padded(vm, out, bytes, unit::count(bytes), flags, width)
}

fn write_padded(vm: &Vm, out: &mut Output, bytes: &[u8], len: usize, flags: Flags, width: usize) -> Result<(), Raised> {
    let padding = width.saturating_sub(len);
    vm.check_size(bytes.len().checked_add(padding))?;
    if !flags.left {
        out.bytes.resize(out.bytes.len() + padding, b' ');
    }
    out.bytes.extend_from_slice(bytes);
    if flags.left {
        out.bytes.resize(out.bytes.len() + padding, b' ');
    }
    Ok(())
}

/// The bytes for `%b`.
fn bytes_for(vm: &Vm, value: Value) -> Result<Vec<u8>, Raised> {
    if let Some(bytes) = value.cast::<object::Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    if value.kind() == Kind::BYTEARRAY {
        return vm.bytes_of(value);
    }
    if let Some(result) = vm.call_special(value, vm.intern("__bytes__"), &[]) {
        let result = result?;
        return match vm.as_bytes(result) {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => {
                let class = vm.type_name(result);
                Err(vm.type_error(format!("__bytes__ returned non-bytes (type {class})")))
            }
        };
    }
    if vm.has_buffer(value) {
        return vm.bytes_of(value);
    }
    let class = vm.type_name(value);
    let text = format!("%b requires a bytes-like object, or an object that implements __bytes__, not '{class}'");
    Err(vm.type_error(text))
}

/// The int for `%d` and its kin: a float is cut off for the decimal ones.
fn int_for(vm: &Vm, value: Value, code: u8) -> Result<Int, Raised> {
    if let Some(int) = vm.as_int(value) {
        return Ok(int);
    }
    let slots = vm.type_of(value).slots();
    let decimal = matches!(code, b'd' | b'i' | b'u');
    let converted = match slots.int {
        Some(slot) if decimal => Some(slot(vm, value)),
        _ => slots.index.map(|slot| slot(vm, value)),
    };
    let result = match converted {
        Some(Ok(result)) => vm.as_int(result),
        Some(Err(raised)) => {
            vm.catch(raised, TypeId::TypeError)?;
            None
        }
        None => None,
    };
    result.ok_or_else(|| {
        let wanted = if decimal { "a real number" } else { "an integer" };
        vm.type_error(format!("%{} format: {wanted} is required, not {}", code as char, vm.type_name(value)))
    })
}

fn write_int(
    vm: &Vm,
    out: &mut Output,
    int: Int,
    code: u8,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
) -> Result<(), Raised> {
    let int_ref = match &int {
        Int::Small(int) => IntRef::Small(*int),
        Int::Big(big) => IntRef::Big(&big.big),
    };
    if let Int::Small(int) = int
        && matches!(code, b'd' | b'i' | b'u')
        && width == 0
        && precision.is_none()
        && flags == Flags::default()
    {
        out.bytes.extend_from_slice(number::DecimalText::new(int).as_str().as_bytes());
        return Ok(());
    }
    if let Int::Big(big) = &int
        && matches!(code, b'd' | b'i' | b'u')
        && number::digit_limit_exceeded(&big.big, max_str_digits(vm))
    {
        return Err(vm.value_error(number::to_text_limit_message(max_str_digits(vm))));
    }
    vm.check_size(width.checked_add(precision.unwrap_or(0)))?;
    let text = render_int(int_ref, code, flags, width, precision);
    out.bytes.extend_from_slice(text.map_err(|error| format_error(vm, error))?.as_bytes());
    Ok(())
}

/// The float for `%f` and its kin.
fn float_for(vm: &Vm, value: Value, mode: Mode) -> Result<f64, Raised> {
    if let Some(float) = vm.as_float(value) {
        return Ok(float);
    }
    let int = match vm.as_int(value) {
        Some(int) => Some(int),
        None => {
            let slots = vm.type_of(value).slots();
            if let Some(slot) = slots.float {
                let result = slot(vm, value)?;
                return vm.as_float(result).ok_or_else(|| {
                    let (class, result) = (vm.type_name(value), vm.type_name(result));
                    vm.type_error(format!("{class}.__float__() must return a float, not {result}"))
                });
            }
            match slots.index {
                Some(_) => Some(vm.index(value)?),
                None => None,
            }
        }
    };
    match int {
        Some(Int::Small(int)) => Ok(int as f64),
        Some(Int::Big(big)) => {
            number::int_to_float(&big.big).ok_or_else(|| vm.overflow_error("int too large to convert to float"))
        }
        None => {
            let class = vm.type_name(value);
            Err(vm.type_error(match mode {
                Mode::Text => format!("must be real number, not {class}"),
                Mode::Bytes => format!("float argument required, not {class}"),
            }))
        }
    }
}

fn write_char(vm: &Vm, out: &mut Output, value: Value, mode: Mode, flags: Flags, width: usize) -> Result<(), Raised> {
    let limit = if mode == Mode::Text { 0x11_0000 } else { 256 };
    let out_of_range = || {
        let limit = if mode == Mode::Text { "0x110000" } else { "256" };
        vm.overflow_error(format!("%c arg not in range({limit})"))
    };
    let wrong = |what: String| {
        let wanted = match mode {
            Mode::Text => "an int or a unicode character",
            Mode::Bytes => "an integer in range(256) or a single byte",
        };
        vm.type_error(format!("%c requires {wanted}, not {what}"))
    };
    let mut buffer = [0; 4];
    let bytes: &[u8] = match mode {
        Mode::Text if vm.as_str(value).is_some() => match vm.as_str(value) {
            Some(text) if text.len() == 1 => return write_text(vm, out, text, flags, width, None),
            text => {
                let len = text.map_or(0, |text| text.len());
                return Err(wrong(format!("a string of length {len}")));
            }
        },
        Mode::Bytes if vm.as_bytes(value).is_some() || value.kind() == Kind::BYTEARRAY => {
            let bytes = vm.bytes_of(value)?;
            if bytes.len() != 1 {
                let class = if value.kind() == Kind::BYTEARRAY { "bytearray" } else { "bytes" };
                return Err(wrong(format!("a {class} object of length {}", bytes.len())));
            }
            buffer[0] = bytes[0];
            &buffer[..1]
        }
        _ => {
            if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
                return Err(wrong(full_class_name(vm, value)));
            }
            let int = vm.index(value)?.to_i64().and_then(|int| u32::try_from(int).ok());
            match int {
                Some(char) if char < limit && mode == Mode::Text => {
                    let len = unit::encode(char, &mut buffer);
                    &buffer[..len]
                }
                Some(byte) if byte < limit => {
                    buffer[0] = byte as u8;
                    &buffer[..1]
                }
                _ => return Err(out_of_range()),
            }
        }
    };
    write_padded(vm, out, bytes, 1, flags, width)
}
