//! Texts that nest, or chain, without end: an error or a tree, never a crash.
//!
//! Each runs on the small stack of a test thread.

use std::fmt::Write;

use syntax::{Mode, ParseOptions, SyntaxErrorKind};

/// What comes out, in a word.
fn outcome(source: &str) -> String {
    match syntax::parse(source, &ParseOptions::new(Mode::Exec)) {
        Ok(_) => "ok".to_owned(),
        Err(error) => match error.kind {
            SyntaxErrorKind::Memory => "memory".to_owned(),
            SyntaxErrorKind::Recursion => "recursion".to_owned(),
            _ => error.msg,
        },
    }
}

/// What comes out of `before * n + core + after * n`.
fn nested(before: &str, core: &str, after: &str, n: usize) -> String {
    outcome(&format!("{}{core}{}", before.repeat(n), after.repeat(n)))
}

#[test]
fn reasonable_nesting_parses() {
    for (before, core, after) in [
        ("-", "1", ""),
        ("not ", "1", ""),
        ("~+", "1", ""),
        ("lambda: ", "1", ""),
        ("lambda a, b=1: ", "1", ""),
        ("x if y else ", "1", ""),
        ("2 ** ", "1", ""),
        ("", "x", ".a"),
        ("", "x", "()"),
        ("", "x", "[0]"),
        ("", "x", " + 1"),
    ] {
        assert_eq!(nested(before, core, after, 500), "ok", "{before}{core}{after}");
    }
    for (before, after) in [("(", ")"), ("[", "]"), ("f(", ")"), ("{1: ", "}"), ("x[", "]"), ("(yield ", ")")] {
        assert_eq!(nested(before, "1", after, 150), "ok", "{before}{after}");
    }
}

#[test]
fn flat_is_not_deep() {
    for part in ["x == 1 or ", "x and ", "a < ", "'a' ", "1, ", "f(x), ", "a = ", "lambda a, b: a + b, ", "(a, *b), "] {
        assert_eq!(
            outcome(&format!("{}1", part.repeat(50_000).replace("'a' 1", "'a'"))),
            expected_flat(part),
            "{part}"
        );
    }
    assert_eq!(outcome(&"pass;".repeat(20_000)), "ok");
    assert_eq!(outcome(&"x = {1: [2, (3, 4)]}\n".repeat(20_000)), "ok");
    assert_eq!(outcome(&format!("x = [\n{}]", "  {'a': 1, 'b': [1, 2]},\n".repeat(20_000))), "ok");
    assert_eq!(outcome(&format!("if a: pass\n{}", "elif b: pass\n".repeat(20_000))), "ok");
    assert_eq!(outcome(&format!("f'{}'", "{x}".repeat(20_000))), "ok");
    assert_eq!(outcome(&format!("match x:\n{}", " case [1, {2: 3}]: pass\n".repeat(5_000))), "ok");
}

fn expected_flat(part: &str) -> &'static str {
    // A string cannot be followed by a number, nor can a number be assigned to.
    match part {
        "'a' " => "invalid syntax",
        _ => "ok",
    }
}

#[test]
fn endless_nesting_is_refused() {
    for (before, core, after, want) in [
        ("-", "1", "", "memory"),
        ("not ", "1", "", "memory"),
        ("~+-", "1", "", "memory"),
        ("lambda: ", "1", "", "memory"),
        ("lambda a, b=1: ", "1", "", "memory"),
        ("x if y else ", "1", "", "memory"),
        ("2 ** ", "1", "", "memory"),
        ("", "x", ".a", "recursion"),
        ("", "x", "()", "recursion"),
        ("", "x", "[0]", "recursion"),
        ("", "x", "(a)[b].c", "recursion"),
        ("", "x", " + 1", "recursion"),
        ("", "x", " * y - 1", "recursion"),
    ] {
        for n in [10_000, 100_000] {
            let have = nested(before, core, after, n);
            assert!(have == want || have == "memory", "{before}{core}{after}: {have}");
        }
    }
    for (before, after) in [("(", ")"), ("[", "]"), ("f(", ")"), ("{1: ", "}"), ("x[", "]"), ("(yield ", ")")] {
        for n in [300, 100_000] {
            assert_eq!(nested(before, "1", after, n), "too many nested parentheses", "{before}{after}");
            assert_eq!(nested(before, "", "", n), "too many nested parentheses", "{before}");
            assert!(nested("", "", after, n).starts_with("unmatched"), "{after}");
        }
    }
}

#[test]
fn endless_nonsense_is_refused() {
    for part in [
        "-",
        "not ",
        "lambda: ",
        "lambda ",
        "x if ",
        "x if y else ",
        "** ",
        ".",
        ".a",
        "f'{",
        "f'{x:",
        "f'''{",
        "t'{",
        "'",
        "\"\"\"",
        "@",
        ":",
        "if x:",
        "if x: ",
        "else:",
        "(x for ",
        "x for x in ",
        "*",
        "**",
        "\\\n",
        "\\",
        "{**",
        "{*",
        "[*",
        "async ",
        "await ",
        "case ",
        "match ",
        "match x:\n case ",
        "del (",
        "import ",
        "from . ",
        "def f(a=",
        "class A(",
        "x[",
        "a, ",
        "= ",
        ":= ",
        "(a := ",
        "-> ",
        "a b ",
        "1_",
        "0x",
        "\u{e9}",
        "\u{a0}",
        "\u{201c}",
        "\x0c",
        "\t",
        "\r",
        "#",
        "$",
        "!",
        "<>",
        "yield ",
        "return ",
        "raise ",
        "try: ",
        "with a, ",
        "with (a, ",
        "print ",
        "exec ",
        "1 ",
        "x = ",
        "*a, ",
    ] {
        for n in [50, 3_000, 20_000] {
            let text = part.repeat(n);
            for mode in [Mode::Exec, Mode::Eval, Mode::Single, Mode::FuncType] {
                for allow_incomplete in [false, true] {
                    if n > 5_000 && (mode != Mode::Exec || allow_incomplete) {
                        continue;
                    }
                    let options = ParseOptions { allow_incomplete, ..ParseOptions::new(mode) };
                    let _ = syntax::parse(&text, &options);
                }
            }
        }
    }
}

#[test]
fn endless_blocks_are_refused() {
    let mut source = String::new();
    for depth in 0..99 {
        let _ = writeln!(source, "{}if x:", " ".repeat(depth));
    }
    assert_eq!(outcome(&format!("{source}{}pass", " ".repeat(99))), "ok");
    for depth in 99..3000 {
        let _ = writeln!(source, "{}if x:", " ".repeat(depth));
    }
    assert_eq!(outcome(&format!("{source}{}pass", " ".repeat(3000))), "too many levels of indentation");
    assert_eq!(outcome(&source), "too many levels of indentation");
}
