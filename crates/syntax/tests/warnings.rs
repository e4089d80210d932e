//! The warnings of the tokenizer and parser against CPython's (see `make_cases.py`).

use syntax::{Mode, ParseOptions};

fn unescape(field: &str) -> String {
    let mut result = String::new();
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        result.push(match escaped {
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('f') => '\x0c',
            _ => character,
        });
    }
    result
}

#[test]
fn warnings_are_cpythons() {
    let mut wrong = 0;
    for line in include_str!("data/warnings.tsv").lines() {
        let fields: Vec<String> = line.split('\t').map(unescape).collect();
        let mode = if fields[0] == "eval" { Mode::Eval } else { Mode::Exec };
        let mut want: Vec<(u32, &str)> =
            fields[2..].chunks(2).map(|pair| (pair[0].parse().unwrap(), pair[1].as_str())).collect();
        let parsed = syntax::parse(&fields[1], &ParseOptions::new(mode)).unwrap();
        let mut have: Vec<(u32, &str)> =
            parsed.warnings.iter().map(|warning| (warning.lineno, warning.msg.as_str())).collect();
        // CPython's tokenizer is ahead of its parser, by how much is of no interest.
        want.sort_unstable();
        have.sort_unstable();
        if have != want {
            wrong += 1;
            println!("{:?}\n    want {want:?}\n    have {have:?}", fields[1]);
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn nothing_else_is_warned_of() {
    let source = r##"
x = "\n\\\'\"\a\b\f\r\t\v\0\377\x41\u0041\U00000041\N{DIGIT ONE}\
", b"\x41\377\\", r"\d", rb"\d", rf"\d{x}", rt"\d", f"{x:\x41}\N{DIGIT ONE}{{", 1 if 2 else 3, 0xfor x
"##;
    let parsed = syntax::parse(source, &ParseOptions::new(Mode::Exec)).unwrap();
    let warnings: Vec<_> = parsed.warnings.iter().map(|warning| warning.msg.as_str()).collect();
    assert_eq!(warnings, ["invalid hexadecimal literal"]);
}
