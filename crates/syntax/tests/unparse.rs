//! The text of expressions against what CPython keeps of annotations (see `make_unparse_cases.py`).

use syntax::{Mode, ParseOptions, ast};

fn unescape(field: &str) -> String {
    field.replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n").replace('\0', "\\")
}

fn check(table: &str) {
    let mut wrong = 0;
    for line in table.lines() {
        let (expression, want) = line.split_once('\t').unwrap();
        let source = format!("(\n{}\n)", unescape(expression));
        let parsed = syntax::parse(&source, &ParseOptions::new(Mode::Eval)).unwrap();
        let ast::Mod::Expression(module) = &parsed.module else { panic!("{expression}") };
        let have = syntax::unparse_expr(&module.body, &parsed.source);
        if have != unescape(want) {
            wrong += 1;
            println!("{expression}\n    want {want}\n    have {have}");
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn text_is_cpythons() {
    check(include_str!("data/unparse.tsv"));
}

/// `UNPARSE_CASES=file` checks a table of one's own.
#[test]
fn text_in_a_given_table() {
    if let Some(path) = std::env::var_os("UNPARSE_CASES") {
        check(&std::fs::read_to_string(path).unwrap());
    }
}
