//! Type codes: how items are read and written.

use object::{Int, Raised, Value, Vm};

/// What kind of item it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A signed int.
    Signed,
    /// An unsigned int.
    Unsigned,
    /// A float.
    Float,
    /// A character.
    Char,
}

/// A type code.
#[derive(Debug)]
pub struct Code {
    /// The letter.
    pub letter: u8,
    /// Kind of items.
    pub kind: Kind,
    /// Bytes of an item.
    pub size: usize,
    /// The format as buffers tell it.
    pub format: &'static str,
    /// What numbers out of range are called.
    name: &'static str,
}

const fn code(letter: u8, kind: Kind, size: usize, format: &'static str, name: &'static str) -> Code {
    Code { letter, kind, size, format, name }
}

/// All, in the order of `array.typecodes`.
pub static CODES: [Code; 14] = [
    code(b'b', Kind::Signed, 1, "b", "signed char"),
    code(b'B', Kind::Unsigned, 1, "B", "unsigned byte integer"),
    code(b'u', Kind::Char, 4, "w", ""),
    code(b'w', Kind::Char, 4, "w", ""),
    code(b'h', Kind::Signed, 2, "h", "signed short integer"),
    code(b'H', Kind::Unsigned, 2, "H", "unsigned short"),
    code(b'i', Kind::Signed, 4, "i", "signed integer"),
    code(b'I', Kind::Unsigned, 4, "I", "unsigned int"),
    code(b'l', Kind::Signed, 8, "l", "long"),
    code(b'L', Kind::Unsigned, 8, "L", "unsigned long"),
    code(b'q', Kind::Signed, 8, "q", ""),
    code(b'Q', Kind::Unsigned, 8, "Q", ""),
    code(b'f', Kind::Float, 4, "f", ""),
    code(b'd', Kind::Float, 8, "d", ""),
];

/// An item as bytes; only the first of them count.
pub type Item = [u8; 8];

impl Code {
    /// The code of a letter.
    pub fn of(letter: u32) -> Option<&'static Code> {
        CODES.iter().find(|code| code.letter as u32 == letter)
    }

    /// Are items characters?
    pub fn is_char(&self) -> bool {
        self.kind == Kind::Char
    }

    /// The bits of an item.
    #[inline]
    pub fn bits(&self, bytes: &[u8]) -> u64 {
        if let Ok(all) = bytes.try_into() {
            return u64::from_le_bytes(all);
        }
        let mut all = [0; 8];
        all[..self.size].copy_from_slice(bytes);
        u64::from_le_bytes(all)
    }

    /// The value of an item.
    #[inline]
    pub fn read(&self, vm: &Vm, bytes: &[u8]) -> Value {
        // The memory is in native order, little-endian on all machines that are supported.
        let bits = self.bits(bytes);
        match self.kind {
            Kind::Signed => {
                let shift = 64 - 8 * self.size as u32;
                vm.int((bits << shift) as i64 >> shift)
            }
            Kind::Unsigned => vm.int_u64(bits),
            Kind::Float if self.size == 4 => vm.float(f32::from_bits(bits as u32) as f64),
            Kind::Float => vm.float(f64::from_bits(bits)),
            Kind::Char => vm.str_char((bits as u32).min(0x10FFFF)).value(),
        }
    }

    /// A value as an item.
    pub fn write(&self, vm: &Vm, value: Value) -> Result<Item, Raised> {
        let bits = match self.kind {
            Kind::Float => {
                let float = vm.to_float(value)?;
                if self.size == 4 { (float as f32).to_bits() as u64 } else { float.to_bits() }
            }
            Kind::Char => self.char_bits(vm, value)?,
            Kind::Signed | Kind::Unsigned => self.int_bits(vm, value)?,
        };
        Ok(bits.to_le_bytes())
    }

    fn char_bits(&self, vm: &Vm, value: Value) -> Result<u64, Raised> {
        let Some(text) = vm.as_str(value) else {
            let name = vm.type_name(value);
            return Err(vm.type_error(format!("array item must be a unicode character, not {name}")));
        };
        if text.len() != 1 {
            let text = format!("array item must be a unicode character, not a string of length {}", text.len());
            return Err(vm.type_error(text));
        }
        Ok(text.char_at(vm, 0) as u64)
    }

    fn int_bits(&self, vm: &Vm, value: Value) -> Result<u64, Raised> {
        let int = vm.index(value)?;
        let bits = self.size as u32 * 8;
        let wide = match int {
            Int::Small(int) => Some(int as i128),
            Int::Big(big) => i128::try_from(&big.big).ok(),
        };
        let (low, high) = match self.kind {
            Kind::Signed => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
            _ => (0, (1i128 << bits) - 1),
        };
        if let Some(wide) = wide.filter(|wide| (low..=high).contains(wide)) {
            return Ok(wide as u64);
        }
        let negative = int.is_negative();
        let text = match (self.letter, negative) {
            (b'q', _) | (b'Q', false) => String::from("int too big to convert"),
            (b'Q', true) => String::from("can't convert negative int to unsigned"),
            (b'I' | b'L', true) => String::from("can't convert negative value to unsigned int"),
            (b'l', _) => String::from("Python int too large to convert to C long"),
            (b'L', false) => String::from("Python int too large to convert to C unsigned long"),
            _ if int.to_i64().is_none() => String::from("Python int too large to convert to C long"),
            (_, true) => format!("{} is less than minimum", self.name),
            (_, false) => format!("{} is greater than maximum", self.name),
        };
        Err(vm.overflow_error(text))
    }
}
