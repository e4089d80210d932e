//! Encoders and decoders: bytes ↔ text, with the positions and reasons of errors as CPython gives them.
//!
//! A decoder appends to a [`Wtf8Buf`] and returns how many bytes it consumed: all of them if `last` is set, since what is
//! incomplete at the end is then an error; otherwise it stops before an incomplete sequence. An encoder appends to a `Vec<u8>`.
//! Errors go to a [`DecodeErrors`] or [`EncodeErrors`], which supplies a replacement and says where to go on, or gives up.
//! [`Builtin`] has the handlers that come with Python.

mod charmap;
mod handlers;
mod narrow;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

use std::borrow::Cow;

pub use charmap::{
    CharmapChar, CharmapCode, EncodingMap, decode_charmap, decode_charmap_with, encode_charmap, encode_charmap_with,
};
pub use handlers::{Builtin, CodecError, backslash_escape, backslash_escape_bytes};
pub use narrow::{decode_ascii, decode_latin1, encode_ascii, encode_latin1};
pub use utf7::{decode_utf7, encode_utf7};
pub use utf8::{decode_utf8, encode_utf8};
pub use utf16::{decode_utf16, encode_utf16};
pub use utf32::{decode_utf32, encode_utf32};

use crate::text::{Wtf8, Wtf8Buf};

/// The order of bytes in UTF-16 and UTF-32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ByteOrder {
    /// By the byte order mark; little-endian where there is none. An encoder writes the mark.
    Mark,
    /// Little-endian, without a mark.
    Little,
    /// Big-endian, without a mark.
    Big,
}

/// What a decoder stumbled over: `input[start..end]`.
#[derive(Clone, Copy, Debug)]
pub struct DecodeProblem<'a> {
    /// The encoding as the exception names it.
    pub encoding: &'static str,
    /// All of the input.
    pub input: &'a [u8],
    /// First byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// How to go on after a problem in decoding.
#[derive(Clone, Debug, Default)]
pub struct DecodeFix {
    /// What to write.
    pub text: Wtf8Buf,
    /// At which byte to go on; not above the length of the input.
    pub resume: usize,
    /// Other input to go on with: Python's handlers may exchange the object of the exception.
    pub input: Option<Vec<u8>>,
}

/// What becomes of problems in decoding.
pub trait DecodeErrors {
    /// What ends decoding.
    type Error;
    /// A replacement, or the end.
    fn fix(&mut self, problem: &DecodeProblem<'_>) -> Result<DecodeFix, Self::Error>;
}

/// What an encoder stumbled over: the code points from `start` to `end` of `input`.
#[derive(Clone, Copy, Debug)]
pub struct EncodeProblem<'a> {
    /// The encoding as the exception names it.
    pub encoding: &'static str,
    /// All of the input.
    pub input: &'a Wtf8,
    /// Index of the first code point.
    pub start: usize,
    /// Index after the last code point.
    pub end: usize,
    /// What is wrong.
    pub reason: &'static str,
}

impl<'a> EncodeProblem<'a> {
    /// The code points in question.
    pub fn text(&self) -> &'a Wtf8 {
        let from = self.input.offset_of_nth(self.start).unwrap_or(self.input.len());
        let rest = &self.input[from..];
        let len = rest.offset_of_nth(self.end.saturating_sub(self.start)).unwrap_or(rest.len());
        &rest[..len]
    }
}

/// What to write in place of what cannot be encoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Replacement {
    /// Bytes, as they are.
    Bytes(Vec<u8>),
    /// Text, which is encoded in its turn.
    Text(Wtf8Buf),
}

/// How to go on after a problem in encoding.
#[derive(Clone, Debug)]
pub struct EncodeFix {
    /// What to write.
    pub replacement: Replacement,
    /// Index of the code point at which to go on.
    pub resume: usize,
}

/// What becomes of problems in encoding.
pub trait EncodeErrors {
    /// What ends encoding.
    type Error;
    /// A replacement, or the end.
    fn fix(&mut self, problem: &EncodeProblem<'_>) -> Result<EncodeFix, Self::Error>;
    /// The end, with the error that the problem itself is: where the replacement cannot be encoded either.
    fn fail(&mut self, problem: &EncodeProblem<'_>) -> Self::Error;
}

/// A decoder at work: its input, which a handler may exchange, and where its output goes.
pub(crate) struct Decoding<'a, H> {
    pub input: Cow<'a, [u8]>,
    pub out: &'a mut Wtf8Buf,
    encoding: &'static str,
    errors: &'a mut H,
}

impl<'a, H: DecodeErrors> Decoding<'a, H> {
    pub fn new(encoding: &'static str, input: &'a [u8], out: &'a mut Wtf8Buf, errors: &'a mut H) -> Self {
        Decoding { input: Cow::Borrowed(input), out, encoding, errors }
    }

    /// Reports a problem and returns where to go on.
    pub fn problem(&mut self, start: usize, end: usize, reason: &'static str) -> Result<usize, H::Error> {
        let problem = DecodeProblem { encoding: self.encoding, input: &self.input, start, end, reason };
        let fix = self.errors.fix(&problem)?;
        self.out.push_wtf8(&fix.text);
        if let Some(input) = fix.input {
            self.input = Cow::Owned(input);
        }
        Ok(fix.resume.min(self.input.len()))
    }
}

/// An encoder at work: where it stands in its input, in bytes and in code points.
pub(crate) struct Encoding<'a, H> {
    encoding: &'static str,
    input: &'a Wtf8,
    /// Byte offset of the next code point.
    byte: usize,
    /// Index of the next code point.
    index: usize,
    errors: &'a mut H,
}

impl<'a, H: EncodeErrors> Encoding<'a, H> {
    pub fn new(encoding: &'static str, input: &'a Wtf8, errors: &'a mut H) -> Self {
        Encoding { encoding, input, byte: 0, index: 0, errors }
    }

    /// The next code point, which is consumed.
    #[inline]
    pub fn next(&mut self) -> Option<u32> {
        let (cp, len) = self.input.decode_at(self.byte)?;
        self.byte += len;
        self.index += 1;
        Some(cp)
    }

    /// Consumes code points as long as `f` says so.
    pub fn skip_while(&mut self, mut f: impl FnMut(u32) -> bool) {
        while let Some((cp, len)) = self.input.decode_at(self.byte)
            && f(cp)
        {
            self.byte += len;
            self.index += 1;
        }
    }

    /// Index of the next code point.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Consumes text without a look at it, and returns it: all up to byte `end`.
    pub fn take_to(&mut self, end: usize) -> &'a [u8] {
        let part = &self.input.as_bytes()[self.byte..end];
        self.index += crate::text::unit::count(part);
        self.byte = end;
        part
    }

    /// Byte offset of the next code point.
    pub fn byte(&self) -> usize {
        self.byte
    }

    /// Reports that the code points from index `start` to the next one cannot be encoded, writes the replacement and goes to
    /// where the handler says. `unit` is the number of bytes of which replacing bytes must be a multiple; `encode` encodes a
    /// code point of replacing text and says whether it could.
    pub fn problem(
        &mut self,
        out: &mut Vec<u8>,
        start: usize,
        reason: &'static str,
        unit: usize,
        mut encode: impl FnMut(u32, &mut Vec<u8>) -> bool,
    ) -> Result<(), H::Error> {
        let problem = EncodeProblem { encoding: self.encoding, input: self.input, start, end: self.index, reason };
        let fix = self.errors.fix(&problem)?;
        let good = match fix.replacement {
            Replacement::Bytes(bytes) => {
                out.extend_from_slice(&bytes);
                bytes.len() % unit == 0
            }
            Replacement::Text(text) => text.chars().all(|cp| encode(cp, out)),
        };
        if !good {
            return Err(self.errors.fail(&problem));
        }
        if fix.resume != self.index {
            let (from, steps) =
                if fix.resume > self.index { (self.byte, fix.resume - self.index) } else { (0, fix.resume) };
            self.byte = from + self.input[from..].offset_of_nth(steps).unwrap_or(self.input.len() - from);
            self.index = fix.resume;
        }
        Ok(())
    }
}
