use base::IBig;
use base::format::percent::{Count, Piece, Pieces, render_float, render_int};
use base::format::*;
use base::number::Int;
use base::text::{Wtf8, Wtf8Buf};

use crate::common::{Field, run};

fn failed(e: FormatError) -> Wtf8Buf {
    let mut out = Wtf8Buf::from_str(match e.kind {
        ErrorKind::Value => "!ValueError: ",
        ErrorKind::Type => "!TypeError: ",
        ErrorKind::Overflow => "!OverflowError: ",
        ErrorKind::Memory => "!MemoryError: ",
    });
    out.push_wtf8(&e.message);
    out
}

/// Python's `repr` of what the cases use in field names.
fn key(k: NameKey) -> String {
    match k {
        NameKey::Index(i) => i.to_string(),
        NameKey::Name(s) => format!("'{s}'"),
    }
}

fn markup(text: &Wtf8) -> Result<Wtf8Buf, FormatError> {
    let mut out = Wtf8Buf::new();
    for part in MarkupIter::new(text) {
        let part = part?;
        out.push('<');
        out.push_wtf8(part.literal);
        match part.field {
            Some(f) => {
                out.push('|');
                out.push_wtf8(f.name);
                out.push('|');
                out.push_wtf8(f.spec);
                out.push('|');
                out.push_code_point(f.conversion.unwrap_or('-' as u32));
            }
            None => out.push_str("|-|-|-"),
        }
        out.push('>');
    }
    Ok(out)
}

fn field_name(name: &Wtf8) -> Result<Wtf8Buf, FormatError> {
    let (first, steps) = split_field_name(name)?;
    let mut out = key(first);
    for step in steps {
        match step? {
            FieldName::Attribute(a) => out += &format!(" .'{a}'"),
            FieldName::Item(k) => out += &format!(" [{}", key(k)),
        }
    }
    Ok(out.into())
}

/// As much of `%` as the cases need.
fn percent(f: &[Field]) -> Result<Wtf8Buf, FormatError> {
    let (mode, fmt, mapping, tag) = (f[1].str(), &f[2].0, f[3].str() == "map", f[5].str());
    let mut stars = f[4].str().split(',').filter(|s| !s.is_empty()).map(|s| s.parse::<i64>().unwrap());
    let mut value = Some(&f[6]);
    let short = || FormatError::type_error("not enough arguments for format string");
    let pieces = if mode == "text" { Pieces::of_text(fmt, mapping) } else { Pieces::of_bytes(fmt.as_bytes(), mapping) };
    let mut out = Wtf8Buf::new();
    for piece in pieces {
        let d = match piece? {
            Piece::Literal(s) => {
                out.push_wtf8(Wtf8::from_bytes(s).unwrap());
                continue;
            }
            Piece::Directive(d) => d,
        };
        let mut flags = d.flags;
        let mut star = |count| match count {
            Count::None => Ok(None),
            Count::Given(n) => Ok(Some(n as i64)),
            Count::Star if mapping => Err(FormatError::type_error("* wants int")),
            Count::Star => stars.next().map(Some).ok_or_else(short),
        };
        let width = star(d.width)?.unwrap_or(0);
        let precision = star(d.precision)?.map(|p| p.max(0) as usize);
        flags.left |= width < 0;
        let width = width.unsigned_abs() as usize;
        let arg = if mapping { value } else { value.take() };
        let arg = arg.ok_or_else(short)?;
        let c = u8::try_from(d.conversion).unwrap_or(0);
        let number: Option<IBig> = (tag == "i").then(|| arg.str().parse().unwrap());
        match c {
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' => {
                let n = Int::from_ibig(number.unwrap());
                out.push_str(&render_int(n.as_int_ref(), c, flags, width, precision)?);
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                let x = match number {
                    Some(n) => base::number::int_to_float(&n)
                        .ok_or_else(|| FormatError::overflow("int too large to convert to float"))?,
                    None => arg.float(),
                };
                out.push_str(&render_float(x, c, flags, width, precision)?);
            }
            b's' => {
                let text: Wtf8Buf =
                    if tag == "f" { base::number::float_repr(arg.float()).into() } else { arg.0.clone() };
                let text = &text[..precision.and_then(|p| text.offset_of_nth(p)).unwrap_or(text.len())];
                let pad = width.saturating_sub(text.char_count());
                out.push_repeated(32, if flags.left { 0 } else { pad });
                out.push_wtf8(text);
                out.push_repeated(32, if flags.left { pad } else { 0 });
            }
            b'r' | b'c' => return Ok("skip".into()),
            _ => return Err(d.unsupported()),
        }
    }
    Ok(out)
}

fn answer(f: &[Field]) -> Wtf8Buf {
    let settings = Settings::default();
    let result = match f[0].str() {
        "int" => {
            let n = Int::from_ibig(f[1].str().parse().unwrap());
            format_int(n.as_int_ref(), &f[2].0, "int", &settings)
        }
        "float" => format_float(f[1].float(), &f[2].0, "float", &settings),
        "str" => format_str(&f[1].0, &f[2].0, "str"),
        "complex" => format_complex(f[1].float(), f[2].float(), &f[3].0, "complex", &settings),
        "markup" => markup(&f[1].0).map_err(|e| FormatError { kind: ErrorKind::Value, ..e }),
        "field_name" => field_name(&f[1].0),
        "percent" => percent(f),
        other => panic!("unknown case {other}"),
    };
    match (result, f[0].str()) {
        (Ok(s), _) => s,
        (Err(e), "markup" | "field_name") => format!("!{e}").into(),
        (Err(e), _) => failed(e),
    }
}

#[test]
fn format_cases() {
    run("format", answer);
}

#[test]
fn absurd_sizes_are_errors() {
    let settings = Settings::default();
    for spec in ["9223372036854775807", "9223372036854775807d", "09223372036854775807,d"] {
        let r = format_int(Int::Small(5).as_int_ref(), Wtf8::from_str(spec), "int", &settings);
        assert_eq!(r, Err(FormatError::memory()));
    }
    let r = format_str(Wtf8::from_str("é"), Wtf8::from_str("\u{1F600}<9223372036854775807"), "str");
    assert_eq!(r, Err(FormatError::memory()));
}

#[test]
fn locales_group_by_their_sizes() {
    let indian = Locale { decimal_point: "٫", thousands_sep: "٬", grouping: &[3, 2, 0] };
    let settings = Settings { locale: indian, ..Settings::default() };
    let n = |n: i64, spec: &str| format_int(Int::Small(n).as_int_ref(), spec.as_ref(), "int", &settings).unwrap();
    assert_eq!(n(123456789, "n"), "12٬34٬56٬789");
    assert_eq!(n(123, "08n"), "0٬00٬123");
    assert_eq!(format_float(1234.5, "n".as_ref(), "float", &settings).unwrap(), "1٬234٫5");
    let stop = Locale { thousands_sep: "'", grouping: &[3, 127], ..Locale::C };
    assert_eq!(group_digits("1234567", 0, &stop), "1234'567");
    assert_eq!(group_digits("1234567", 0, &Locale { grouping: &[3], thousands_sep: "", ..Locale::C }), "1234567");
}
