//! The binary form of code units, as `.pyc` files and the packed library hold them.
//!
//! A file is the format version, a table of all texts of the unit tree, and the root unit. Numbers are LEB128 except
//! for instructions and the places of texts, which are stored as they are. A nested unit is preceded by its length in bytes. Decoding never
//! trusts a number: counts are bounded by the bytes that are left, nesting by [`MAX_DEPTH`]. What it gives back is
//! well formed, but only [`verify`](crate::verify()) makes it fit to run.

use std::collections::HashMap;

use crate::{CodeFlags, CodeUnit, Const, ExceptionEntry, Instr, LineTable, LocalKind};

/// To be raised with every change of the encoding.
const ENCODING: u32 = 2;

/// Changes with the encoding and with the instruction table. Fits what is left of CPython's 16 bits beyond its own numbers.
pub const FORMAT_VERSION: u32 = 1 + crate::op::table_hash().wrapping_add(ENCODING) % 30_000;

/// How deeply code and tuples may nest in one another.
pub const MAX_DEPTH: usize = 640;

/// Why bytes are not a code unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The bytes end too early or a count exceeds what is left.
    Truncated,
    /// Made by another version.
    Version(u32),
    /// A tag or an index is out of range, or text is not UTF-8.
    Damaged(&'static str),
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DecodeError::Truncated => f.write_str("code data is truncated"),
            DecodeError::Version(version) => write!(f, "code data has format version {version}, not {FORMAT_VERSION}"),
            DecodeError::Damaged(what) => write!(f, "code data is damaged ({what})"),
        }
    }
}

impl std::error::Error for DecodeError {}

mod tag {
    pub const NONE: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const ELLIPSIS: u8 = 3;
    pub const INT: u8 = 4;
    pub const BIG_POSITIVE: u8 = 5;
    pub const BIG_NEGATIVE: u8 = 6;
    pub const FLOAT: u8 = 7;
    pub const COMPLEX: u8 = 8;
    pub const STR: u8 = 9;
    pub const BYTES: u8 = 10;
    pub const TUPLE: u8 = 11;
    pub const FROZEN_SET: u8 = 12;
    pub const SLICE: u8 = 13;
    pub const CODE: u8 = 14;
}

/// Encodes a code unit and all that are nested in it.
pub fn encode(unit: &CodeUnit) -> Vec<u8> {
    let mut writer = Writer { out: Vec::new(), texts: Vec::new(), numbers: HashMap::new() };
    writer.unit(unit);
    let mut out = Vec::with_capacity(writer.out.len() + 4096);
    put(&mut out, FORMAT_VERSION as u64);
    put(&mut out, writer.texts.len() as u64);
    let mut end = 0;
    for text in &writer.texts {
        end += text.len() as u32;
        out.extend_from_slice(&end.to_le_bytes());
    }
    for text in &writer.texts {
        out.extend_from_slice(text.as_bytes());
    }
    out.extend_from_slice(&writer.out);
    out
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Writer<'a> {
    out: Vec<u8>,
    texts: Vec<&'a str>,
    numbers: HashMap<&'a str, u32>,
}

impl<'a> Writer<'a> {
    fn number(&mut self, value: impl Into<u64>) {
        put(&mut self.out, value.into());
    }

    fn text(&mut self, text: &'a str) {
        let next = self.texts.len() as u32;
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.texts.push(text);
        }
        self.number(number);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn unit(&mut self, unit: &'a CodeUnit) {
        self.text(&unit.name);
        self.text(&unit.qualname);
        self.text(&unit.filename);
        for number in [
            unit.first_line,
            unit.flags.0,
            unit.argcount,
            unit.posonlyargcount,
            unit.kwonlyargcount,
            unit.registers as u32,
            unit.cache_sites,
        ] {
            self.number(number);
        }
        self.number(unit.locals.len() as u64);
        for (name, kind) in unit.locals.iter().zip(&unit.local_kinds) {
            self.text(name);
            self.out.push(*kind as u8);
        }
        self.number(unit.names.len() as u64);
        for name in &unit.names {
            self.text(name);
        }
        self.number(unit.code.len() as u64);
        for instr in &unit.code {
            self.out.extend_from_slice(&[instr.op, instr.flags]);
            for half in [instr.a, instr.b, instr.c] {
                self.out.extend_from_slice(&half.to_le_bytes());
            }
        }
        self.number(unit.exceptions.len() as u64);
        for entry in &unit.exceptions {
            for number in [entry.start, entry.end, entry.target, entry.reg as u32] {
                self.number(number);
            }
        }
        self.bytes(&unit.lines.0);
        self.consts(&unit.consts);
    }

    fn consts(&mut self, consts: &'a [Const]) {
        self.number(consts.len() as u64);
        for value in consts {
            self.constant(value);
        }
    }

    fn constant(&mut self, value: &'a Const) {
        match value {
            Const::None => self.out.push(tag::NONE),
            Const::Bool(value) => self.out.push(if *value { tag::TRUE } else { tag::FALSE }),
            Const::Ellipsis => self.out.push(tag::ELLIPSIS),
            Const::Int(value) => {
                self.out.push(tag::INT);
                self.number(((value << 1) ^ (value >> 63)) as u64);
            }
            Const::BigInt { negative, magnitude } => {
                self.out.push(if *negative { tag::BIG_NEGATIVE } else { tag::BIG_POSITIVE });
                self.bytes(magnitude);
            }
            Const::Float(value) => {
                self.out.push(tag::FLOAT);
                self.out.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Const::Complex(real, imag) => {
                self.out.push(tag::COMPLEX);
                self.out.extend_from_slice(&real.to_bits().to_le_bytes());
                self.out.extend_from_slice(&imag.to_bits().to_le_bytes());
            }
            Const::Str(text) => {
                self.out.push(tag::STR);
                self.bytes(text);
            }
            Const::Bytes(bytes) => {
                self.out.push(tag::BYTES);
                self.bytes(bytes);
            }
            Const::Tuple(items) => {
                self.out.push(tag::TUPLE);
                self.consts(items);
            }
            Const::FrozenSet(items) => {
                self.out.push(tag::FROZEN_SET);
                self.consts(items);
            }
            Const::Slice(parts) => {
                self.out.push(tag::SLICE);
                for part in parts.iter() {
                    self.constant(part);
                }
            }
            Const::Code(unit) => {
                self.out.push(tag::CODE);
                let outer = std::mem::take(&mut self.out);
                self.unit(unit);
                let inner = std::mem::replace(&mut self.out, outer);
                self.bytes(&inner);
            }
        }
    }
}

/// Decodes what [`encode`] made.
pub fn decode(bytes: &[u8]) -> Result<CodeUnit, DecodeError> {
    let mut reader = Reader { bytes, apart: None };
    let texts = Texts::read(&mut reader)?;
    let unit = reader.unit(texts, 0)?;
    if reader.bytes.is_empty() { Ok(unit) } else { Err(DecodeError::Damaged("trailing bytes")) }
}

/// The texts of an encoding. They are looked at one by one, when they are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts<'a> {
    /// Where each ends, in four bytes.
    ends: &'a [[u8; 4]],
    all: &'a [u8],
    /// Is it known that each is UTF-8?
    trusted: bool,
}

impl<'a> Texts<'a> {
    /// Reads what stands before the root unit: the version and the texts.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Texts<'a>, DecodeError> {
        let version = reader.number()?;
        if version != FORMAT_VERSION as u64 {
            return Err(DecodeError::Version(version.min(u32::MAX as u64) as u32));
        }
        let count = reader.count(4)?;
        let (ends, _) = reader.take(count * 4)?.as_chunks();
        let size = ends.last().map_or(0, |end| u32::from_le_bytes(*end) as usize);
        Ok(Texts { ends, all: reader.take(size)?, trusted: false })
    }

    /// The same texts, which need no look.
    ///
    /// # Safety
    /// They are those that [`encode`] wrote.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn trust(self) -> Texts<'a> {
        Texts { trusted: true, ..self }
    }

    #[allow(unsafe_code)]
    fn get(self, index: u64) -> Result<&'a str, DecodeError> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let end = *self.ends.get(index).ok_or(DecodeError::Damaged("text index"))?;
        let start = index.checked_sub(1).map_or([0; 4], |before| self.ends[before]);
        let bytes = self.all.get(u32::from_le_bytes(start) as usize..u32::from_le_bytes(end) as usize);
        let bytes = bytes.ok_or(DecodeError::Damaged("text"))?;
        if self.trusted {
            // SAFETY: whoever trusts them promised that they are as they were written.
            return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
        }
        std::str::from_utf8(bytes).map_err(|_| DecodeError::Damaged("text"))
    }
}

pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    /// What is to be left where it is.
    pub(crate) apart: Option<Apart<'a>>,
}

/// What is not copied into a unit.
#[derive(Default)]
pub(crate) struct Apart<'a> {
    /// Nested units, with the numbers of their constants.
    pub(crate) nested: Vec<(usize, &'a [u8])>,
    /// Names.
    pub(crate) names: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&byte, rest) = self.bytes.split_first().ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= ((byte & 0x7F) as u64) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Damaged("number"))
    }

    pub(crate) fn small(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.number()?).map_err(|_| DecodeError::Damaged("number"))
    }

    /// A count of items that take at least `size` bytes each.
    fn count(&mut self, size: usize) -> Result<usize, DecodeError> {
        let count = self.number()?;
        if count > (self.bytes.len() / size) as u64 { Err(DecodeError::Truncated) } else { Ok(count as usize) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.bytes.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(head)
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let count = self.count(1)?;
        self.take(count)
    }

    fn text(&mut self, texts: Texts<'a>) -> Result<Box<str>, DecodeError> {
        self.text_ref(texts).map(Box::from)
    }

    pub(crate) fn text_ref<'t>(&mut self, texts: Texts<'t>) -> Result<&'t str, DecodeError> {
        let index = self.number()?;
        texts.get(index)
    }

    fn float(&mut self) -> Result<f64, DecodeError> {
        let bytes = self.take(8)?.try_into().map_err(|_| DecodeError::Truncated)?;
        Ok(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    pub(crate) fn unit(&mut self, texts: Texts<'a>, depth: usize) -> Result<CodeUnit, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::Damaged("nesting"));
        }
        let (name, qualname, filename) = (self.text(texts)?, self.text(texts)?, self.text(texts)?);
        let (first_line, flags) = (self.small()?, CodeFlags(self.small()?));
        let (argcount, posonlyargcount, kwonlyargcount) = (self.small()?, self.small()?, self.small()?);
        let registers = u16::try_from(self.small()?).map_err(|_| DecodeError::Damaged("register count"))?;
        let cache_sites = self.small()?;
        let count = self.count(2)?;
        let (mut locals, mut local_kinds) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            locals.push(self.text(texts)?);
            local_kinds.push(match self.byte()? {
                0 => LocalKind::Local,
                1 => LocalKind::Cell,
                2 => LocalKind::Free,
                3 => LocalKind::Hidden,
                _ => return Err(DecodeError::Damaged("local kind")),
            });
        }
        let count = self.count(1)?;
        let mut names = Vec::new();
        if self.apart.is_some() {
            let found = (0..count).map(|_| self.text_ref(texts)).collect::<Result<Vec<_>, _>>()?;
            self.apart.get_or_insert_default().names = found;
        } else {
            names.reserve(count);
            for _ in 0..count {
                names.push(self.text(texts)?);
            }
        }
        let count = self.count(8)?;
        let code = self
            .take(count * 8)?
            .chunks_exact(8)
            .map(|w| Instr {
                op: w[0],
                flags: w[1],
                a: u16::from_le_bytes([w[2], w[3]]),
                b: u16::from_le_bytes([w[4], w[5]]),
                c: u16::from_le_bytes([w[6], w[7]]),
            })
            .collect();
        let count = self.count(4)?;
        let mut exceptions = Vec::with_capacity(count);
        for _ in 0..count {
            let (start, end, target) = (self.small()?, self.small()?, self.small()?);
            let reg = u16::try_from(self.small()?).map_err(|_| DecodeError::Damaged("register"))?;
            exceptions.push(ExceptionEntry { start, end, target, reg });
        }
        let lines = LineTable(self.bytes()?.to_vec());
        let consts = self.consts(texts, depth)?;
        Ok(CodeUnit {
            name,
            qualname,
            filename,
            first_line,
            flags,
            argcount,
            posonlyargcount,
            kwonlyargcount,
            locals,
            local_kinds,
            registers,
            cache_sites,
            consts,
            names,
            code,
            exceptions,
            lines,
        })
    }

    fn consts(&mut self, texts: Texts<'a>, depth: usize) -> Result<Vec<Const>, DecodeError> {
        let count = self.count(1)?;
        // Not the whole capacity at once: a constant takes far more memory than the one byte it may be encoded in.
        let mut consts = Vec::with_capacity(count.min(1024));
        for index in 0..count {
            // Code is only found among the constants of units themselves.
            if self.bytes.first() == Some(&tag::CODE)
                && let Some(apart) = &mut self.apart
            {
                let mut reader = Reader { bytes: &self.bytes[1..], apart: None };
                apart.nested.push((index, reader.bytes()?));
                self.bytes = reader.bytes;
                consts.push(Const::None);
                continue;
            }
            consts.push(self.constant(texts, depth)?);
        }
        Ok(consts)
    }

    fn constant(&mut self, texts: Texts<'a>, depth: usize) -> Result<Const, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::Damaged("nesting"));
        }
        Ok(match self.byte()? {
            tag::NONE => Const::None,
            tag::FALSE => Const::Bool(false),
            tag::TRUE => Const::Bool(true),
            tag::ELLIPSIS => Const::Ellipsis,
            tag::INT => {
                let value = self.number()?;
                Const::Int((value >> 1) as i64 ^ -((value & 1) as i64))
            }
            tag::BIG_POSITIVE => Const::BigInt { negative: false, magnitude: self.bytes()?.to_vec() },
            tag::BIG_NEGATIVE => Const::BigInt { negative: true, magnitude: self.bytes()?.to_vec() },
            tag::FLOAT => Const::Float(self.float()?),
            tag::COMPLEX => Const::Complex(self.float()?, self.float()?),
            tag::STR => match base::text::Wtf8::from_bytes(self.bytes()?) {
                Some(text) => Const::Str(text.as_bytes().into()),
                None => return Err(DecodeError::Damaged("text")),
            },
            tag::BYTES => Const::Bytes(self.bytes()?.into()),
            tag::TUPLE => Const::Tuple(self.consts(texts, depth + 1)?.into()),
            tag::FROZEN_SET => Const::FrozenSet(self.consts(texts, depth + 1)?.into()),
            tag::SLICE => Const::Slice(Box::new([
                self.constant(texts, depth + 1)?,
                self.constant(texts, depth + 1)?,
                self.constant(texts, depth + 1)?,
            ])),
            tag::CODE => {
                let mut inner = Reader { bytes: self.bytes()?, apart: None };
                let unit = inner.unit(texts, depth + 1)?;
                if !inner.bytes.is_empty() {
                    return Err(DecodeError::Damaged("trailing bytes"));
                }
                Const::Code(Box::new(unit))
            }
            _ => return Err(DecodeError::Damaged("constant tag")),
        })
    }
}
