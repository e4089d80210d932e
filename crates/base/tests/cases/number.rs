use base::IBig;
use base::number::*;
use base::text::Wtf8Buf;

use crate::common::{Field, bits, run};

fn big(f: &Field) -> IBig {
    f.str().parse().expect("an int")
}

fn answer(f: &[Field]) -> String {
    match f[0].str() {
        "repr" => float_repr(f[1].float()),
        "hex" => float_to_hex(f[1].float()),
        "round" => round_float(f[1].float(), f[2].int()).map_or("!rounded value too large to represent".into(), bits),
        "int" => float_to_int(f[1].float()).unwrap().into_ibig().to_string(),
        "ratio" => {
            let (n, d) = float_as_ratio(f[1].float()).unwrap();
            format!("{n}/{d}")
        }
        "frexp" => {
            let (m, e) = frexp(f[1].float());
            assert_eq!(bits(m), f[2].str());
            e.to_string()
        }
        "ldexp" => ldexp(f[1].float(), f[2].int()).map_or("!math range error".into(), bits),
        "divmod" => {
            let (x, y) = (f[1].float(), f[2].float());
            let (q, r) = float_divmod(x, y).unwrap();
            assert_eq!(bits(q), f[3].str());
            assert_eq!(bits(float_mod(x, y).unwrap()), bits(r));
            bits(r)
        }
        "complex_repr" => complex_repr(f[1].float(), f[2].float()),
        "printf" => {
            let flags = f[2].str();
            let flags = FloatFlags { plus: flags.contains('+'), alternate: flags.contains('#'), add_dot_0: false };
            format_float(f[1].float(), f[4].bytes()[0], f[3].int() as usize, flags)
        }
        "float" => parse_float(&to_ascii_number(&f[1].0)).map_or("!".into(), bits),
        "complex" => match parse_complex(&to_ascii_number(&f[1].0)) {
            Some((re, im)) => {
                assert_eq!(bits(re), f[2].str());
                bits(im)
            }
            None => "!".into(),
        },
        "fromhex" => float_from_hex(&f[1].bytes()).map_or_else(|e| format!("!{}", e.message()), bits),
        "parse_int" => {
            parse_int(&to_ascii_number(&f[1].0), f[2].int() as u32, 0).map_or("!".into(), |n| n.into_ibig().to_string())
        }
        "int_to_float" => int_to_float(&big(&f[1])).map_or("!int too large to convert to float".into(), bits),
        "truediv" => int_true_div(&big(&f[1]), &big(&f[2])).map_or_else(|e| format!("!{}", e.message()), bits),
        "round_int" => round_int(&big(&f[1]), f[2].int() as usize).into_ibig().to_string(),
        "radix" => int_to_text(&big(&f[1]), f[2].int() as u32),
        "hash_int" => base::hash::hash_ibig(&big(&f[1])).to_string(),
        other => panic!("unknown case {other}"),
    }
}

#[test]
fn number_cases() {
    run("number", |f| Wtf8Buf::from_string(answer(f)));
}

#[test]
fn long_ints_are_not_quadratic() {
    let text = "7".repeat(400_000);
    let start = std::time::Instant::now();
    let n = parse_int(text.as_bytes(), 10, 0).unwrap().into_ibig();
    assert!(int_to_text(&n, 10) == text);
    assert!(start.elapsed().as_secs() < 5);
    assert_eq!(parse_int(text.as_bytes(), 10, 4300), Err(ParseIntError::TooManyDigits { digits: 400_000 }));
    assert!(digit_limit_exceeded(&n, 4300) && !digit_limit_exceeded(&n, 0) && !digit_limit_exceeded(&n, 400_000));
    assert!(digit_limit_exceeded(&n, 399_999));
    assert_eq!(parse_int(b"12 x", 10, 0), Err(ParseIntError::Invalid { at: 2 }));
    assert_eq!(parse_int(b"12_", 10, 0), Err(ParseIntError::Invalid { at: 3 }));
}
