//! Bytes of a source to its text.

use object::{Raised, Str, TypeId, Value, ValueExt, Vm};
use syntax::{DecodedSource, SyntaxError, SyntaxErrorKind};

use crate::compile::{flags, raise_text};
use crate::errors::raise_syntax_error;

/// The text of what `compile` got: bytes, or the UTF-8 of a str.
pub fn decode(vm: &Vm, source: &[u8], filename: Value, flag_bits: u32) -> Result<String, Raised> {
    if source.contains(&0) {
        return Err(raise_text(vm, TypeId::SyntaxError, "source code string cannot contain null bytes"));
    }
    if flag_bits & flags::SOURCE_IS_UTF8 != 0 {
        return match std::str::from_utf8(source) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(surrogates(vm, source)),
        };
    }
    match syntax::decode_source(source) {
        Ok(DecodedSource::Text { text, .. }) => Ok(text.into_owned()),
        Ok(DecodedSource::Encoded { encoding }) => decode_with(vm, source, &encoding, filename),
        // Those errors do not know the file's name, but for one that has no place either.
        Err(error) if error.lineno == 0 => Err(raise_syntax_error(vm, &error, filename, None)),
        Err(error) => Err(raise_syntax_error(vm, &error, Value::NONE, None)),
    }
}

/// The text of a file that is run.
pub fn decode_file(vm: &Vm, source: &[u8], filename: Value) -> Result<String, Raised> {
    if let Some(at) = source.iter().position(|byte| *byte == 0) {
        let start = source[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = source[..at].iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
        let text = String::from_utf8_lossy(&source[start..at]).into_owned();
        let error = error("source code cannot contain null bytes", line, 0, Some(text));
        return Err(raise_syntax_error(vm, &error, filename, None));
    }
    let name = vm.as_str(filename).map_or_else(String::new, |name| name.to_string_lossy());
    match syntax::decode_file(source, &name) {
        Ok(DecodedSource::Text { text, .. }) => Ok(text.into_owned()),
        Ok(DecodedSource::Encoded { encoding }) => decode_with(vm, source, &encoding, filename),
        Err(error) => Err(raise_syntax_error(vm, &error, filename, None)),
    }
}

fn error(msg: &str, line: u32, offset: i32, text: Option<String>) -> SyntaxError {
    SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: msg.to_owned(),
        lineno: line,
        offset,
        end_lineno: line,
        end_offset: offset,
        text,
        last_statement: (0, 0),
    }
}

/// The error for text that UTF-8 cannot express: that of encoding it.
fn surrogates(vm: &Vm, source: &[u8]) -> Raised {
    let Some(text) = base::text::Wtf8::from_bytes(source) else { return vm.value_error("source is not valid text") };
    let string = vm.str_wtf8(text).value();
    match vm.call_method_str(string, "encode", &[]) {
        Err(raised) => raised,
        Ok(_) => vm.value_error("source is not valid text"),
    }
}

/// Decodes by the codec of Python's that an encoding declaration names.
fn decode_with(vm: &Vm, source: &[u8], encoding: &str, filename: Value) -> Result<String, Raised> {
    let bytes = vm.bytes(source).value();
    let msg = match vm.call_method_str(bytes, "decode", &[vm.str(encoding).value()]) {
        Ok(text) => match text.cast::<Str>().and_then(|text| text.as_str().map(str::to_owned)) {
            Some(text) if text.contains('\0') => {
                return Err(raise_text(vm, TypeId::SyntaxError, "source code string cannot contain null bytes"));
            }
            Some(text) => return Ok(text),
            None => format!("encoding problem: {encoding}"),
        },
        Err(raised) => {
            let exception = vm.pending_exception(raised);
            let wrong_text = vm.is_exception(exception, TypeId::UnicodeDecodeError);
            if !wrong_text && !vm.is_exception(exception, TypeId::LookupError) {
                return Err(raised);
            }
            vm.take_exception(raised);
            vm.to_str(exception)?.to_string_lossy()
        }
    };
    Err(raise_syntax_error(vm, &syntax::encoding_error(msg), filename, None))
}
