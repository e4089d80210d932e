//! The error handlers that come with Python, as functions: `codecs.lookup_error('replace')` and the like.

use base::codec::{Builtin, Replacement};
use base::text::Wtf8Buf;
use heap::Value;
use object::native::NativeDef;
use object::{Bytes, R, Raised, Ref, Str, TypeId, Vm, natives};

natives! { pub(super) static HANDLERS: {
    /// Raises the error.
    "strict_errors(error, /)" => strict;
    /// Leaves out what cannot be encoded or decoded.
    "ignore_errors(error, /)" => ignore;
    /// Writes a replacement character for what cannot be encoded or decoded.
    "replace_errors(error, /)" => replace;
    /// Writes XML character references for what cannot be encoded.
    "xmlcharrefreplace_errors(error, /)" => xmlcharrefreplace;
    /// Writes backslash escapes for what cannot be encoded or decoded.
    "backslashreplace_errors(error, /)" => backslashreplace;
    /// Writes \N{...} escapes for what cannot be encoded.
    "namereplace_errors(error, /)" => namereplace;
    /// Encodes and decodes surrogates as if they were characters.
    "surrogatepass(error, /)" => surrogatepass;
    /// Decodes bytes above 127 as surrogates, and encodes those as bytes.
    "surrogateescape(error, /)" => surrogateescape;
}}

/// The names under which they are registered, in the order of [`HANDLERS`].
pub(super) const NAMES: [&str; 8] = [
    "strict",
    "ignore",
    "replace",
    "xmlcharrefreplace",
    "backslashreplace",
    "namereplace",
    "surrogatepass",
    "surrogateescape",
];

/// Pairs of name and definition.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static NativeDef)> {
    NAMES.into_iter().zip(HANDLERS)
}

/// The TypeError for what a handler does not know.
pub(super) fn unknown_exception(vm: &Vm, exception: Value) -> Raised {
    vm.type_error(format!("don't know how to handle {} in error callback", vm.type_name(exception)))
}

fn strict(vm: &Vm, [error]: &[Value; 1]) -> R {
    if vm.is_a(*error, TypeId::BaseException) {
        Err(vm.raise_value(*error))
    } else {
        Err(vm.type_error("codec must pass exception instance"))
    }
}

fn ignore(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::Ignore)
}

fn replace(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::Replace)
}

fn xmlcharrefreplace(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::XmlCharRefReplace)
}

fn backslashreplace(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::BackslashReplace)
}

fn namereplace(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::NameReplace)
}

fn surrogatepass(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::SurrogatePass)
}

fn surrogateescape(vm: &Vm, [error]: &[Value; 1]) -> R {
    handle(vm, *error, Builtin::SurrogateEscape)
}

enum Object {
    Text(Ref<Str>),
    Bytes(Ref<Bytes>),
}

/// The object of an error and the range within it, moved into its bounds.
fn problem(vm: &Vm, error: Value, bytes: bool) -> Result<(Object, usize, usize), Raised> {
    let shown = vm.getattr_str(error, "object")?;
    let object = match (vm.as_str(shown), vm.as_bytes(shown)) {
        (Some(text), _) if !bytes => Object::Text(text),
        (_, Some(data)) if bytes => Object::Bytes(data),
        _ => {
            let wanted = if bytes { "bytes" } else { "str" };
            return Err(vm.type_error(format!("UnicodeError 'object' attribute must be a {wanted}")));
        }
    };
    let len = match object {
        Object::Text(text) => text.len(),
        Object::Bytes(data) => data.len(),
    };
    let number = |name: &str| -> Result<i64, Raised> { vm.index_i64(vm.getattr_str(error, name)?) };
    let start = number("start")?.clamp(0, len.saturating_sub(1) as i64) as usize;
    let end = number("end")?.clamp(1, len.max(1) as i64) as usize;
    Ok((object, start, end.min(len)))
}

fn encoding_of(vm: &Vm, error: Value) -> Result<String, Raised> {
    let encoding = vm.getattr_str(error, "encoding")?;
    match vm.as_str(encoding) {
        Some(encoding) => Ok(encoding.to_string_lossy()),
        None => Err(vm.type_error("UnicodeError 'encoding' attribute must be a str")),
    }
}

fn handle(vm: &Vm, error: Value, builtin: Builtin) -> R {
    if vm.is_a(error, TypeId::UnicodeEncodeError) {
        let (Object::Text(text), start, end) = problem(vm, error, false)? else {
            return Err(unknown_exception(vm, error));
        };
        let part = vm.substr(text, text.byte_offset(vm, start.min(end))..text.byte_offset(vm, end));
        let encoding = match builtin {
            Builtin::SurrogatePass => encoding_of(vm, error)?,
            _ => String::new(),
        };
        return match builtin.fix_encoding(&encoding, part.text()) {
            Some(Replacement::Text(text)) => pair(vm, vm.str_wtf8(&text).value(), end),
            Some(Replacement::Bytes(bytes)) => pair(vm, vm.bytes(&bytes).value(), end),
            None => Err(vm.raise_value(error)),
        };
    }
    if vm.is_a(error, TypeId::UnicodeDecodeError) && builtin.decodes() {
        let (Object::Bytes(bytes), start, end) = problem(vm, error, true)? else {
            return Err(unknown_exception(vm, error));
        };
        let encoding = match builtin {
            Builtin::SurrogatePass => encoding_of(vm, error)?,
            _ => String::new(),
        };
        return match builtin.fix_decoding(&encoding, bytes.as_slice(), start.min(end), end) {
            Some(fix) => pair(vm, vm.str_wtf8(&fix.text).value(), fix.resume),
            None => Err(vm.raise_value(error)),
        };
    }
    if vm.is_a(error, TypeId::UnicodeTranslateError)
        && matches!(builtin, Builtin::Ignore | Builtin::Replace | Builtin::BackslashReplace)
    {
        let (Object::Text(text), start, end) = problem(vm, error, false)? else {
            return Err(unknown_exception(vm, error));
        };
        let mut out = Wtf8Buf::new();
        if builtin == Builtin::Replace {
            out.push_repeated(0xFFFD, end.saturating_sub(start));
        } else {
            let part = vm.substr(text, text.byte_offset(vm, start.min(end))..text.byte_offset(vm, end));
            if let Some(Replacement::Text(text)) = builtin.fix_encoding("", part.text()) {
                out.push_wtf8(&text);
            }
        }
        return pair(vm, vm.str_wtf8(&out).value(), end);
    }
    Err(unknown_exception(vm, error))
}

fn pair(vm: &Vm, replacement: Value, end: usize) -> R {
    Ok(vm.tuple(&[replacement, vm.int_usize(end)]).value())
}
