//! String and number literals: their exact values, and what is wrong with them.

use std::borrow::Cow;

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

/// The value of one string literal, in generalized UTF-8: a lone surrogate is encoded as three bytes.
#[must_use]
pub fn string_value<'a>(source: &str, literal: &'a ast::StringLiteral) -> Cow<'a, [u8]> {
    if literal.flags.prefix().is_raw() || !literal.value.contains('\u{fffd}') {
        return Cow::Borrowed(literal.value.as_bytes());
    }
    let range = literal.range();
    match source.get(range.start().to_usize()..range.end().to_usize()) {
        Some(text) => Cow::Owned(decode(body(text))),
        None => Cow::Borrowed(literal.value.as_bytes()),
    }
}

/// The value of a string expression: its literals concatenated, as [`string_value`] encodes them.
#[must_use]
pub fn string_literal_value<'a>(source: &str, expr: &'a ast::ExprStringLiteral) -> Cow<'a, [u8]> {
    if let [literal] = expr.value.as_slice() {
        return string_value(source, literal);
    }
    let mut bytes = Vec::new();
    for literal in &expr.value {
        bytes.extend_from_slice(&string_value(source, literal));
    }
    Cow::Owned(bytes)
}

/// The value of a literal part of an f-string or t-string, encoded as by [`string_value`]; `raw` says whether the
/// string it stands in has the `r` prefix.
#[must_use]
pub fn interpolated_literal_value<'a>(
    source: &str,
    part: &'a ast::InterpolatedStringLiteralElement,
    raw: bool,
) -> Cow<'a, [u8]> {
    if raw || !part.value.contains('\u{fffd}') {
        return Cow::Borrowed(part.value.as_bytes());
    }
    let range = part.range();
    match source.get(range.start().to_usize()..range.end().to_usize()) {
        Some(body) => Cow::Owned(decode(&body.replace("{{", "{").replace("}}", "}"))),
        None => Cow::Borrowed(part.value.as_bytes()),
    }
}

/// The text of the expression in a replacement field, as the `expression` attribute of a template's interpolation has
/// it: everything from the brace up to what ends the expression, without comments.
#[must_use]
pub fn interpolation_text<'s>(source: &'s str, field: &ast::InterpolatedElement) -> Cow<'s, str> {
    let start = field.range().start().to_usize() + 1;
    let mut end = field.expression.range().end().to_usize();
    // Closing brackets around the expression are not in its range, nor is the comma of a tuple.
    let mut rest = source.get(end..field.range().end().to_usize()).unwrap_or("");
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            ')' | ',' => 1,
            _ if next.is_whitespace() => next.len_utf8(),
            _ => break,
        };
        end += length;
        rest = &rest[length..];
    }
    without_comments(source.get(start..end).unwrap_or(""))
}

/// The text that `=` in a replacement field shows in front of the value: the expression, the sign and the space around
/// them, without comments.
#[must_use]
pub fn debug_text(text: &ast::DebugText) -> Cow<'_, str> {
    without_comments(text.as_str())
}

/// Leaves out comments as CPython does, which takes any quote for the start or end of a string.
fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains('#') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut quote = None;
    let mut in_comment = false;
    let mut escaped = false;
    for character in text.chars() {
        if std::mem::take(&mut escaped) {
            result.push(character);
            continue;
        }
        match character {
            '\\' if quote.is_some() => escaped = true,
            '\n' => in_comment = false,
            _ if in_comment => continue,
            '"' | '\'' if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(character),
            '#' if quote.is_none() => {
                in_comment = true;
                continue;
            }
            _ => {}
        }
        result.push(character);
    }
    Cow::Owned(result)
}

/// Decodes the escapes of a string literal's body, which has no errors in it.
fn decode(body: &str) -> Vec<u8> {
    let mut value = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        value.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let mut characters = rest.chars();
        let Some(escaped) = characters.next() else {
            value.push(b'\\');
            break;
        };
        let after = characters.as_str();
        rest = match escaped {
            '\n' => after,
            '\\' | '\'' | '"' => {
                value.push(escaped as u8);
                after
            }
            'a' => push_byte(&mut value, 0x07, after),
            'b' => push_byte(&mut value, 0x08, after),
            'f' => push_byte(&mut value, 0x0c, after),
            'n' => push_byte(&mut value, b'\n', after),
            'r' => push_byte(&mut value, b'\r', after),
            't' => push_byte(&mut value, b'\t', after),
            'v' => push_byte(&mut value, 0x0b, after),
            '0'..='7' => {
                let digits = rest.bytes().take(3).take_while(|byte| (b'0'..b'8').contains(byte)).count();
                push_code(&mut value, u32::from_str_radix(&rest[..digits], 8).unwrap_or(0));
                &rest[digits..]
            }
            'x' => push_hex(&mut value, after, 2),
            'u' => push_hex(&mut value, after, 4),
            'U' => push_hex(&mut value, after, 8),
            'N' => match after.strip_prefix('{').and_then(|name| name.split_once('}')) {
                Some((name, after)) => {
                    push_code(&mut value, character_named(name).map_or(0xfffd, u32::from));
                    after
                }
                None => {
                    value.extend_from_slice(b"\\N");
                    after
                }
            },
            _ => {
                value.push(b'\\');
                rest
            }
        };
    }
    value.extend_from_slice(rest.as_bytes());
    value
}

fn push_byte<'t>(value: &mut Vec<u8>, byte: u8, after: &'t str) -> &'t str {
    value.push(byte);
    after
}

fn push_hex<'t>(value: &mut Vec<u8>, after: &'t str, digits: usize) -> &'t str {
    let Some((code, after)) = after.split_at_checked(digits) else { return after };
    push_code(value, u32::from_str_radix(code, 16).unwrap_or(0xfffd));
    after
}

/// Encodes a code point, a surrogate as if it were a character.
fn push_code(value: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(character) => value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => value.extend_from_slice(&[
            0xe0 | (code >> 12) as u8 & 0x0f,
            0x80 | (code >> 6) as u8 & 0x3f,
            0x80 | code as u8 & 0x3f,
        ]),
    }
}

/// The character that `\N{name}` stands for.
fn character_named(name: &str) -> Option<char> {
    base::unicode::lookup(name).and_then(char::from_u32)
}

/// What is wrong with a string literal.
pub(crate) enum LiteralError {
    /// A bytes literal with other characters than ASCII ones.
    NonAsciiBytes,
    /// A bad escape; the message.
    Escape(String),
}

/// Whether the literal, given with prefix and quotes, is a bytes literal.
pub(crate) fn is_bytes(text: &str) -> bool {
    prefix(text).contains(['b', 'B'])
}

/// The letters in front of the quotes.
pub(crate) fn prefix(text: &str) -> &str {
    text.split(['"', '\'']).next().unwrap_or("")
}

/// What stands between the quotes.
pub(crate) fn body(text: &str) -> &str {
    let quoted = &text[prefix(text).len()..];
    let quotes = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") { 3 } else { 1 };
    quoted.get(quotes..quoted.len().saturating_sub(quotes)).unwrap_or("")
}

/// Refuses a string or bytes literal, given with prefix and quotes, that stands for no value. `named`: may characters be
/// named?
pub(crate) fn check_literal(text: &str, named: bool) -> Result<(), LiteralError> {
    let raw = prefix(text).contains(['r', 'R']);
    if is_bytes(text) {
        if !text.is_ascii() {
            return Err(LiteralError::NonAsciiBytes);
        }
        return if raw { Ok(()) } else { check_bytes_escapes(body(text)).map_err(LiteralError::Escape) };
    }
    if raw { Ok(()) } else { check_escapes(body(text), named).map_err(LiteralError::Escape) }
}

fn check_bytes_escapes(body: &str) -> Result<(), String> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while let Some(backslash) = memchr::memchr(b'\\', &bytes[at..]).map(|found| found + at) {
        at = backslash + 2;
        if bytes.get(backslash + 1) == Some(&b'x') {
            let digits = bytes[at..].iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
            if digits < 2 {
                return Err(format!("(value error) invalid \\x escape at position {backslash}"));
            }
        }
        at = at.min(bytes.len());
    }
    Ok(())
}

/// Refuses the body of a text literal if one of its escapes stands for no character.
///
/// The message counts positions as CPython does, which first turns each character outside of ASCII into an escape of
/// ten bytes.
pub(crate) fn check_escapes(body: &str, named: bool) -> Result<(), String> {
    if !body.contains('\\') {
        return Ok(());
    }
    let mut position = 0;
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            position += width(character);
            continue;
        }
        let start = position;
        let mut ahead = characters.clone();
        let Some(escaped) = ahead.next() else { break };
        if !escaped.is_ascii() {
            // The backslash itself becomes an escape of six bytes.
            position += 6;
            continue;
        }
        characters = ahead;
        position += 2;
        let (digits, pattern) = match escaped {
            'x' => (2, "\\xXX"),
            'u' => (4, "\\uXXXX"),
            'U' => (8, "\\UXXXXXXXX"),
            'N' if !named => {
                return Err("(unicode error) \\N escapes not supported (can't load unicodedata module)".into());
            }
            'N' => {
                check_named(&mut characters, start, &mut position)?;
                continue;
            }
            _ => continue,
        };
        let rest = characters.as_str();
        let found = rest.bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
        position += found;
        if found < digits {
            return Err(undecodable(start, position, &format!("truncated {pattern} escape")));
        }
        if u32::from_str_radix(&rest[..digits], 16).is_ok_and(|code| code > 0x10_ffff) {
            return Err(undecodable(start, position, "illegal Unicode character"));
        }
        characters = rest[digits..].chars();
    }
    Ok(())
}

/// Checks `\N{name}`, of which `\N` has been read.
fn check_named(characters: &mut std::str::Chars<'_>, start: usize, position: &mut usize) -> Result<(), String> {
    let malformed = "malformed \\N character escape";
    let Some(rest) = characters.as_str().strip_prefix('{') else {
        return Err(undecodable(start, *position, malformed));
    };
    let Some((name, after)) = rest.split_once('}') else {
        let end = *position + 1 + rest.chars().map(width).sum::<usize>();
        return Err(undecodable(start, end, malformed));
    };
    *position += 1 + name.chars().map(width).sum::<usize>();
    if name.is_empty() {
        return Err(undecodable(start, *position, malformed));
    }
    *position += 1;
    if character_named(name).is_none() {
        return Err(undecodable(start, *position, "unknown Unicode character name"));
    }
    *characters = after.chars();
    Ok(())
}

/// How many bytes a character takes in what CPython decodes.
fn width(character: char) -> usize {
    if character.is_ascii() { 1 } else { 10 }
}

fn undecodable(start: usize, end: usize, reason: &str) -> String {
    let place = if end == start + 1 {
        format!("byte 0x5c in position {start}")
    } else {
        format!("bytes in position {start}-{}", end - 1)
    };
    format!("(unicode error) 'unicodeescape' codec can't decode {place}: {reason}")
}

/// The message for a decimal integer literal with more than `limit` digits (0: no limit).
pub(crate) fn too_many_digits(text: &str, limit: u32) -> Option<String> {
    if limit == 0 || text.len() <= limit as usize || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (digits > limit as usize).then(|| {
        let msg = base::number::too_many_digits_message(limit as usize, digits);
        format!("{msg} - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.")
    })
}
