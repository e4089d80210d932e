//! Decoding and encoding of whole inputs, with error handlers.

use super::charset::{Charset, Decoded, Encoded, State};
use super::table::Text;
use base::codec::{DecodeErrors, DecodeProblem, EncodeErrors, EncodeProblem, Replacement};
use base::text::Wtf8Buf;
use builtins::codecs::Handler;
use object::{Bytes, Raised, Ref, Str, TypeId, Vm};
use std::borrow::Cow;

const ILLEGAL: &str = "illegal multibyte sequence";
const INCOMPLETE: &str = "incomplete multibyte sequence";

/// A position that is no index at all is out of bounds, too.
fn out_of_bounds(vm: &Vm, raised: Raised) -> Raised {
    match vm.catch(raised, TypeId::OverflowError) {
        Ok(_) => vm.index_error("cannot fit 'int' into an index-sized integer"),
        Err(raised) => raised,
    }
}

/// Decodes bytes. What is incomplete at the end stays, and is given back, unless the input is the `last`.
pub fn decode(
    vm: &Vm,
    charset: &'static Charset,
    state: &mut State,
    bytes: Ref<Bytes>,
    errors: &str,
    last: bool,
) -> Result<(Ref<Str>, Vec<u8>), Raised> {
    let table = charset.table();
    let mut input = Cow::Borrowed(bytes.as_slice());
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut handler = Handler::decoding(vm, errors, Some(bytes));
    let mut at = 0;
    while at < input.len() {
        let (end, reason) = match charset.decode(table, state, &input[at..]) {
            Decoded::Text(text, len) => {
                match text {
                    Text::One(char) => out.push_code_point(char),
                    Text::Two(first, second) => {
                        out.push_code_point(first);
                        out.push_code_point(second);
                    }
                }
                at += len;
                continue;
            }
            Decoded::Skip(len) => {
                at += len;
                continue;
            }
            Decoded::Incomplete if !last => break,
            Decoded::Incomplete => (input.len(), INCOMPLETE),
            Decoded::Illegal(len) => ((at + len).min(input.len()), ILLEGAL),
        };
        let problem = DecodeProblem { encoding: charset.name, input: &input, start: at, end, reason };
        let fix = DecodeErrors::fix(&mut handler, &problem).map_err(|raised| out_of_bounds(vm, raised))?;
        out.push_wtf8(&fix.text);
        at = fix.resume;
        if let Some(other) = fix.input {
            input = Cow::Owned(other);
        }
        at = at.min(input.len());
    }
    Ok((vm.str_wtf8(&out), input[at..].to_vec()))
}

/// Encodes a string. What waits for the next character is given back, unless this is the `last` string, which also ends
/// in ASCII.
pub fn encode(
    vm: &Vm,
    charset: &'static Charset,
    state: &mut State,
    text: Ref<Str>,
    errors: &str,
    last: bool,
) -> Result<(Vec<u8>, Vec<u32>), Raised> {
    let table = charset.table();
    let chars: Vec<u32> = text.text().chars().collect();
    let mut out = Vec::with_capacity(chars.len());
    let mut handler = Handler::encoding(vm, errors, text);
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        match charset.encode(table, state, char, chars.get(at + 1).copied(), last, &mut out) {
            Encoded::Written(count) => {
                at += count;
                continue;
            }
            Encoded::Incomplete => break,
            Encoded::Illegal => {}
        }
        let problem =
            EncodeProblem { encoding: charset.name, input: text.text(), start: at, end: at + 1, reason: ILLEGAL };
        let fix = EncodeErrors::fix(&mut handler, &problem).map_err(|raised| out_of_bounds(vm, raised))?;
        match fix.replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(text) => {
                for char in text.chars() {
                    if charset.encode(table, state, char, None, true, &mut out) == Encoded::Illegal {
                        return Err(handler.fail(&problem));
                    }
                }
            }
        }
        at = fix.resume;
    }
    if last {
        charset.reset(state, &mut out);
    }
    Ok((out, chars.get(at..).unwrap_or_default().to_vec()))
}
