use base::codec::*;
use base::escape::*;
use base::text::{Wtf8, Wtf8Buf};

use crate::common::{Field, run};

fn latin(bytes: &[u8]) -> Wtf8Buf {
    bytes.iter().map(|&b| b as u32).collect()
}

fn failed(e: CodecError) -> Wtf8Buf {
    format!("!{}:{}:{}:{}", e.encoding, e.start, e.end, e.reason).into()
}

fn order(name: &str) -> ByteOrder {
    match name.split_once(':') {
        Some((_, "-1")) => ByteOrder::Little,
        Some((_, "1")) => ByteOrder::Big,
        _ => ByteOrder::Mark,
    }
}

fn order_number(order: ByteOrder) -> &'static str {
    match order {
        ByteOrder::Mark => "0",
        ByteOrder::Little => "-1",
        ByteOrder::Big => "1",
    }
}

fn charmap() -> Wtf8Buf {
    let mut table: Wtf8Buf = (0..128).collect();
    table.extend([0x20AC, 0xFFFE, 0x201A, 0x192, 0xE9, 0x61, 0x1F600, 0xE9, 0xFFFE]);
    table
}

fn decode(f: &[Field]) -> Result<Wtf8Buf, CodecError> {
    let name = f[1].str();
    let mut errors = Builtin::from_name(f[2].str()).unwrap();
    let (last, data) = (f[3].int() != 0, f[4].bytes());
    let mut out = Wtf8Buf::new();
    let mut order_seen = "";
    let consumed = match name.split(':').next().unwrap() {
        "utf8" => decode_utf8(&data, last, &mut out, &mut errors)?,
        "utf7" => decode_utf7(&data, last, &mut out, &mut errors)?,
        "ascii" => decode_ascii(&data, &mut out, &mut errors)?,
        "latin1" => {
            decode_latin1(&data, &mut out);
            data.len()
        }
        "charmap" => {
            let table: Vec<u32> = charmap().chars().collect();
            decode_charmap(&data, &table, &mut out, &mut errors)?
        }
        "utf16" => {
            let (n, seen) = decode_utf16(&data, order(name), last, &mut out, &mut errors)?;
            order_seen = order_number(seen);
            n
        }
        "utf32" => {
            let (n, seen) = decode_utf32(&data, order(name), last, &mut out, &mut errors)?;
            order_seen = order_number(seen);
            n
        }
        "unicode_escape" => decode_unicode_escape(&data, last, &mut out, &mut errors)?.0,
        "raw_unicode_escape" => decode_raw_unicode_escape(&data, last, &mut out, &mut errors)?,
        other => panic!("unknown codec {other}"),
    };
    let mut answer = Wtf8Buf::from_string(format!("{consumed}:{order_seen}:"));
    answer.push_wtf8(&out);
    Ok(answer)
}

fn encode(name: &str, errors: &str, text: &Wtf8) -> Result<Wtf8Buf, CodecError> {
    let mut errors = Builtin::from_name(errors).unwrap();
    let mut out = Vec::new();
    match name.split(':').next().unwrap() {
        "utf8" => out = encode_utf8(text, &mut errors)?.into_owned(),
        "utf7" => encode_utf7(text, &mut out),
        "ascii" => encode_ascii(text, &mut out, &mut errors)?,
        "latin1" => encode_latin1(text, &mut out, &mut errors)?,
        "charmap" => encode_charmap(text, &EncodingMap::new(&charmap()), &mut out, &mut errors)?,
        "utf16" => encode_utf16(text, order(name), &mut out, &mut errors)?,
        "utf32" => encode_utf32(text, order(name), &mut out, &mut errors)?,
        "unicode_escape" => out = encode_unicode_escape(text),
        "raw_unicode_escape" => out = encode_raw_unicode_escape(text),
        other => panic!("unknown codec {other}"),
    }
    Ok(latin(&out))
}

#[test]
fn codec_cases() {
    run("codec", |f| {
        let result = match f[0].str() {
            "decode" => decode(f),
            _ => encode(f[1].str(), f[2].str(), &f[3].0),
        };
        result.unwrap_or_else(failed)
    });
}

#[test]
fn escape_cases() {
    run("escape", |f| match f[0].str() {
        "repr" => str_repr(&f[1].0),
        "ascii" => ascii_repr(&f[1].0).into(),
        "bytes_repr" => bytes_repr(&f[1].bytes()).into(),
        "escape_encode" => latin(&escape_encode_bytes(&f[1].bytes())),
        "escape_decode" => {
            let errors = match f[1].str() {
                "strict" => EscapeErrors::Strict,
                "replace" => EscapeErrors::Replace,
                _ => EscapeErrors::Ignore,
            };
            match escape_decode_bytes(&f[2].bytes(), errors) {
                Ok((out, _)) => latin(&out),
                Err(e) => format!("!{}", e.message()).into(),
            }
        }
        "decode" => decode(f).unwrap_or_else(failed),
        "encode" => encode(f[1].str(), "strict", &f[2].0).unwrap_or_else(failed),
        "warning" => {
            let data = f[2].bytes();
            let (invalid, prefix) = match f[1].str() {
                "escape" => (escape_decode_bytes(&data, EscapeErrors::Strict).unwrap().1, "b"),
                _ => (decode_unicode_escape(&data, true, &mut Wtf8Buf::new(), &mut Builtin::Strict).unwrap().1, ""),
            };
            invalid.unwrap().message(prefix).into()
        }
        other => panic!("unknown case {other}"),
    });
}

/// A handler that exchanges the input, goes back once, and answers with what cannot be encoded.
struct Odd(usize);

impl DecodeErrors for Odd {
    type Error = String;
    fn fix(&mut self, p: &DecodeProblem<'_>) -> Result<DecodeFix, String> {
        assert_eq!((p.start, p.end, p.reason), (1, 2, "invalid start byte"));
        Ok(DecodeFix { text: "<".into(), resume: 99, input: Some(b"\xFFxy".to_vec()) })
    }
}

impl EncodeErrors for Odd {
    type Error = String;
    fn fix(&mut self, p: &EncodeProblem<'_>) -> Result<EncodeFix, String> {
        self.0 += 1;
        Ok(match self.0 {
            1 => EncodeFix { replacement: Replacement::Text("<>".into()), resume: 0 },
            2 => EncodeFix { replacement: Replacement::Bytes(b"\xFF".to_vec()), resume: p.end + 1 },
            _ => EncodeFix { replacement: Replacement::Text("é€".into()), resume: p.end },
        })
    }
    fn fail(&mut self, p: &EncodeProblem<'_>) -> String {
        format!("{} {}-{}", p.encoding, p.start, p.end)
    }
}

#[test]
fn handlers_may_do_odd_things() {
    let mut out = Wtf8Buf::new();
    assert_eq!(decode_utf8(b"a\xFFb", true, &mut out, &mut Odd(0)), Ok(3));
    assert_eq!(out, "a<");
    let mut out = Vec::new();
    let text: Wtf8Buf = "a€€bcd€€".into();
    assert_eq!(encode_latin1(&text, &mut out, &mut Odd(0)), Err("latin-1 6-8".into()));
    assert_eq!(out, b"a<>a\xFFcd\xE9\xAC");
    let text: Wtf8Buf = [0x61, 0xD800, 0x62, 0xDC00].into_iter().collect();
    assert_eq!(encode_utf8(&text, &mut Odd(0)), Err("utf-8 3-4".into()));
    assert_eq!(
        Builtin::SurrogatePass.fix_decoding("UTF_16be", b"\xD8\x01", 0, 2).map(|f| f.text.nth(0)),
        Some(Some(0xD801))
    );
}
