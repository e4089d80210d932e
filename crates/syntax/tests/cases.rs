//! The parser against what CPython's says of the snippets in its own test suite (see `make_cases.py`).
//!
//! `SHOW=accept|reject|kind|msg|start|end|text` prints the cases that differ in that respect.

use std::collections::BTreeMap;

use syntax::{Mode, ParseOptions, SyntaxErrorKind};

struct Case {
    mode: String,
    kind: String,
    place: [i64; 4],
    msg: String,
    text: String,
    source: String,
}

fn unescape(field: &str) -> String {
    let mut result = String::new();
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        result.push(match character {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                _ => '\\',
            },
            other => other,
        });
    }
    result
}

fn cases(table: &str) -> Vec<Case> {
    table
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 9, "{line}");
            Case {
                mode: fields[0].to_owned(),
                kind: fields[1].to_owned(),
                place: [2, 3, 4, 5].map(|index| fields[index].parse().unwrap()),
                msg: unescape(fields[6]),
                text: unescape(fields[7]),
                source: unescape(fields[8]),
            }
        })
        .collect()
}

/// In which respect the answer differs from what is expected, and the answer.
fn difference(case: &Case) -> (&'static str, String) {
    let mode = match case.mode.as_str() {
        "eval" => Mode::Eval,
        "single" | "typing" => Mode::Single,
        _ => Mode::Exec,
    };
    let typing = case.mode == "typing";
    let options = ParseOptions { allow_incomplete: typing, dont_imply_dedent: typing, ..ParseOptions::new(mode) };
    match syntax::parse(&case.source, &options) {
        Ok(_) if case.kind == "ok" => ("same", String::new()),
        Ok(_) => ("reject", "accepted".to_owned()),
        Err(error) => {
            let kind = match error.kind {
                SyntaxErrorKind::Syntax => "SyntaxError",
                SyntaxErrorKind::Indentation => "IndentationError",
                SyntaxErrorKind::Tab => "TabError",
                SyntaxErrorKind::IncompleteInput => "_IncompleteInputError",
                SyntaxErrorKind::Memory => "MemoryError",
                SyntaxErrorKind::Recursion => "RecursionError",
                SyntaxErrorKind::Value => "ValueError",
            };
            let place = [error.lineno as i64, error.offset as i64, error.end_lineno as i64, error.end_offset as i64];
            let text = error.text.clone().unwrap_or_default();
            let what = match () {
                () if case.kind == "ok" => "accept",
                () if error.msg != case.msg => "msg",
                () if kind != case.kind => "kind",
                () if place[..2] != case.place[..2] => "start",
                () if place != case.place => "end",
                () if text != case.text => "text",
                () => "same",
            };
            (what, format!("{kind} {place:?} {} {text:?}", error.msg))
        }
    }
}

fn check(name: &str, table: &str, floor: f64) {
    let show = std::env::var("SHOW").unwrap_or_default();
    let (mut rejected, mut found) = (0, BTreeMap::<&str, usize>::new());
    for case in cases(table) {
        let (what, answer) = difference(&case);
        if what == show {
            println!(
                "{} {:?}\n    want {} {:?} {} {:?}\n    have {answer}",
                case.mode, case.source, case.kind, case.place, case.msg, case.text
            );
        }
        if case.kind == "ok" && what == "same" {
            continue;
        }
        rejected += 1;
        *found.entry(what).or_default() += 1;
    }
    let same = found.get("same").copied().unwrap_or(0) as f64 * 100.0 / f64::from(rejected);
    println!("{name}: {same:.2}% of {rejected}; {found:?}");
    assert!(same >= floor, "{name}: {same:.2}% of the errors are as CPython's, {floor}% were");
}

#[test]
fn errors_in_cpythons_test_suite() {
    check("suite", include_str!("data/cases.tsv"), 99.9);
}

#[test]
fn errors_in_mutated_snippets() {
    check("mutations", include_str!("data/mutations.tsv"), 99.9);
}

#[test]
fn errors_while_typing() {
    check("typing", include_str!("data/typing.tsv"), 99.5);
}

/// `CASES=file` checks a table of one's own.
#[test]
fn errors_in_a_given_table() {
    if let Some(path) = std::env::var_os("CASES") {
        check("given", &std::fs::read_to_string(path).unwrap(), 0.0);
    }
}
