//! Listings of small programs, compared with what they were. `BLESS=1` rewrites them.

use std::path::Path;

fn listing(path: &Path) -> String {
    let source = std::fs::read_to_string(path).expect("readable input");
    let parsed = syntax::parse(&source, &syntax::ParseOptions::default()).expect("input parses");
    let options = compiler::CompileOptions { filename: "golden.py".to_owned(), ..Default::default() };
    let (unit, _) = compiler::compile(&parsed, &options).expect("input compiles");
    bytecode::verify(&unit).expect("code verifies");
    bytecode::disassemble(&unit)
}

#[test]
fn listings_are_as_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let bless = std::env::var_os("BLESS").is_some();
    let mut inputs: Vec<_> = std::fs::read_dir(&folder)
        .expect("golden folder")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty());
    let mut changed = Vec::new();
    for input in inputs {
        let expected = input.with_extension("txt");
        let actual = listing(&input);
        if bless {
            std::fs::write(&expected, actual).expect("writable listing");
        } else if std::fs::read_to_string(&expected).ok().as_deref() != Some(&actual) {
            changed.push(format!("{}:\n{actual}", input.display()));
        }
    }
    assert!(changed.is_empty(), "listings changed (BLESS=1 accepts them):\n{}", changed.join("\n"));
}
