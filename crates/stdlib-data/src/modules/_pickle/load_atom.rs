//! Reading numbers, strings and bytes.

use super::input::number_text;
use super::load::Loader;
use base::text::Wtf8;
use object::{Raised, TypeId, Value};

impl Loader<'_> {
    /// A string of that many bytes.
    #[inline]
    pub fn unicode(&mut self, len: usize) -> Result<(), Raised> {
        let vm = self.vm;
        if len > SMALL {
            let bytes = self.input.collect(len)?;
            let text = match Wtf8::from_bytes(&bytes) {
                Some(text) => vm.str_wtf8(text).value(),
                None => self.decode(&bytes, "utf-8", "surrogatepass")?,
            };
            return self.push(text);
        }
        let bytes = self.input.take(len)?;
        if bytes.is_ascii() {
            // SAFETY: each of the bytes is a code point.
            let text = unsafe { vm.str_unchecked(bytes, len) };
            return self.push(text.value());
        }
        let text = match Wtf8::from_bytes(bytes) {
            Some(text) => vm.str_wtf8(text).value(),
            None => {
                let bytes = bytes.to_vec();
                self.decode(&bytes, "utf-8", "surrogatepass")?
            }
        };
        self.push(text)
    }

    /// What the codec makes of bytes.
    pub fn decode(&self, bytes: &[u8], encoding: &str, errors: &str) -> Result<Value, Raised> {
        let vm = self.vm;
        let args = [vm.str(encoding).value(), vm.str(errors).value()];
        vm.call_method(vm.bytes(bytes).value(), vm.names.decode, &args)
    }

    /// Bytes.
    pub fn bytes(&mut self, len: usize) -> Result<(), Raised> {
        let bytes = self.input.bytes(len)?;
        self.push(bytes.value())
    }

    /// A bytearray.
    pub fn bytearray(&mut self, len: usize) -> Result<(), Raised> {
        let array = if len > SMALL {
            let bytes = self.input.collect(len)?;
            self.vm.bytearray(&bytes)
        } else {
            self.vm.bytearray(self.input.take(len)?)
        };
        self.push(array.value())
    }

    /// An int as two's complement.
    pub fn counted_long(&mut self, len: i64) -> Result<(), Raised> {
        let Ok(len) = usize::try_from(len) else {
            return Err(self.error("LONG pickle has negative byte count"));
        };
        let vm = self.vm;
        let value = if len <= 8 {
            let bytes = self.input.take(len)?;
            let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
            let mut all = [fill; 8];
            all[..len].copy_from_slice(bytes);
            vm.int(i64::from_le_bytes(all))
        } else {
            let bytes = self.input.collect(len)?;
            vm.big(base::IBig::from_le_bytes(&bytes))
        };
        self.push(value)
    }

    /// `int(text)`
    fn parse_int(&self, text: &[u8]) -> Result<Value, Raised> {
        let vm = self.vm;
        let text = match std::str::from_utf8(text) {
            Ok(text) => vm.str(text).value(),
            Err(_) => self.decode(text, "utf-8", "strict")?,
        };
        vm.call(vm.types[TypeId::Int].value(), &[text])
    }

    /// An int or, as `00` and `01`, a bool.
    pub fn int_line(&mut self) -> Result<(), Raised> {
        let vm = self.vm;
        let line = self.input.line()?;
        let text = number_text(&line);
        let value = match self.parse_int(text) {
            Ok(value) => value,
            Err(raised) if text.is_empty() => {
                // What C reads from no text at all.
                vm.take_exception(raised);
                Value::small(0)
            }
            Err(raised) => {
                vm.catch(raised, TypeId::ValueError)?;
                return Err(vm.value_error("could not convert string to int"));
            }
        };
        let value = match value.as_small() {
            Some(int @ (0 | 1)) if line.len() == 3 => Value::bool(int == 1),
            _ => value,
        };
        self.push(value)
    }

    /// An int, with `L` at its end.
    pub fn long_line(&mut self) -> Result<(), Raised> {
        let line = self.input.line()?;
        let text = line.strip_suffix(b"L\n").unwrap_or(&line);
        let value = self.parse_int(number_text(text))?;
        self.push(value)
    }

    /// The index in a line of GET or PUT.
    pub fn index_of(&self, line: &[u8]) -> Result<i64, Raised> {
        let value = self.parse_int(number_text(line))?;
        match self.vm.index(value)?.to_i64() {
            Some(index) => Ok(index),
            None => Err(self.vm.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// A float as text.
    pub fn float_line(&mut self) -> Result<(), Raised> {
        let vm = self.vm;
        let line = self.input.line()?;
        let text = number_text(&line);
        let shown = || String::from_utf8_lossy(text).chars().take(200).collect::<String>();
        let Some((float, len)) = base::number::parse_float_prefix(text) else {
            return Err(vm.value_error(format!("could not convert string to float: '{}'", shown())));
        };
        let infinite = text[..len].iter().any(|byte| byte.eq_ignore_ascii_case(&b'i'));
        if float.is_infinite() && !infinite {
            return Err(vm.overflow_error(format!("value too large to convert to float: '{}'", shown())));
        }
        if !matches!(text.get(len), None | Some(b'\n')) {
            return Err(vm.value_error("could not convert string to float"));
        }
        self.push(vm.float(float))
    }

    /// A string of Python 2, in quotes and with escapes.
    pub fn string_line(&mut self) -> Result<(), Raised> {
        let vm = self.vm;
        let line = self.input.line_or_empty()?;
        let text = &line[..line.len() - 1];
        let inner = match text {
            [first @ (b'\'' | b'"'), inner @ .., last] if first == last => inner,
            _ => return Err(self.error("the STRING opcode argument must be quoted")),
        };
        let decode = vm.import_from("codecs", "escape_decode")?;
        let decoded = vm.call(decode, &[vm.bytes(inner).value()])?;
        let decoded = vm.as_tuple(decoded).and_then(|pair| pair.items().first().copied()).unwrap_or(decoded);
        let bytes = vm.bytes_of(decoded)?;
        self.old_string(&bytes)
    }

    /// A string of Python 2.
    pub fn counted_string(&mut self, len: i64) -> Result<(), Raised> {
        let Ok(len) = usize::try_from(len) else {
            return Err(self.error("BINSTRING pickle has negative byte count"));
        };
        let bytes = if len > SMALL { self.input.collect(len)? } else { self.input.take(len)?.to_vec() };
        self.old_string(&bytes)
    }

    fn old_string(&mut self, bytes: &[u8]) -> Result<(), Raised> {
        let encoding = self.settings.encoding.borrow().clone();
        if encoding == "bytes" {
            return self.push(self.vm.bytes(bytes).value());
        }
        let errors = self.settings.errors.borrow().clone();
        let text = self.decode(bytes, &encoding, &errors)?;
        self.push(text)
    }

    /// A string as a line.
    pub fn unicode_line(&mut self) -> Result<(), Raised> {
        let line = self.input.line_or_empty()?;
        let text = self.decode(&line[..line.len() - 1], "raw-unicode-escape", "strict")?;
        self.push(text)
    }
}

/// Longer strings may come from a file piece by piece.
const SMALL: usize = 64 << 10;
