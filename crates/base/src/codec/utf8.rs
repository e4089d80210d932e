//! UTF-8, without surrogates.

use std::borrow::Cow;

use super::{DecodeErrors, Decoding, EncodeErrors, Encoding};
use crate::text::{Wtf8, Wtf8Buf, is_surrogate};

/// Decodes UTF-8.
pub fn decode_utf8<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<usize, H::Error> {
    let mut d = Decoding::new("utf-8", input, out, errors);
    d.out.reserve(input.len());
    let mut at = 0;
    loop {
        let error = match std::str::from_utf8(&d.input[at..]) {
            Ok(rest) => {
                d.out.push_str(rest);
                return Ok(at + rest.len());
            }
            Err(error) => error,
        };
        let start = at + error.valid_up_to();
        // Valid up to there, so this copies.
        d.out.push_str(&String::from_utf8_lossy(&d.input[at..start]));
        let (end, reason) = match error.error_len() {
            None if !last => return Ok(start),
            // The front of a surrogate, which a handler may want to see whole.
            Some(_) if !last && matches!(d.input[start..], [0xED, 0xA0..=0xBF]) => return Ok(start),
            None => (d.input.len(), "unexpected end of data"),
            Some(len) if matches!(d.input[start], 0xC2..=0xF4) => (start + len, "invalid continuation byte"),
            Some(len) => (start + len, "invalid start byte"),
        };
        at = d.problem(start, end, reason)?;
    }
}

/// Encodes as UTF-8; without a copy where there is no surrogate.
pub fn encode_utf8<'a, H: EncodeErrors>(input: &'a Wtf8, errors: &mut H) -> Result<Cow<'a, [u8]>, H::Error> {
    let Some(mut next_bad) = input.find_surrogate() else { return Ok(Cow::Borrowed(input.as_bytes())) };
    let mut out = Vec::with_capacity(input.len());
    let mut e = Encoding::new("utf-8", input, errors);
    loop {
        out.extend_from_slice(e.take_to(next_bad));
        let start = e.index();
        e.skip_while(is_surrogate);
        e.problem(&mut out, start, "surrogates not allowed", 1, |cp, out| {
            out.push(cp as u8);
            cp < 0x80
        })?;
        match input[e.byte()..].find_surrogate() {
            Some(at) => next_bad = e.byte() + at,
            None => {
                out.extend_from_slice(e.take_to(input.len()));
                return Ok(Cow::Owned(out));
            }
        }
    }
}
