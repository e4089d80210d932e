//! Errors and warnings of the compiler: messages and positions as CPython 3.14 gives them.
//!
//! `errors.txt` holds programs, separated by `----`, each followed by what is expected, in lines that start with `>>> `:
//! `error line:column-line:column message`, or `warning line message`.

fn report(source: &str) -> Vec<String> {
    let parsed = match syntax::parse(source, &syntax::ParseOptions::default()) {
        Ok(parsed) => parsed,
        Err(error) => return vec![format!("parser: {error}")],
    };
    match compiler::compile(&parsed, &compiler::CompileOptions::default()) {
        Ok((unit, warnings)) => {
            bytecode::verify(&unit).expect("code verifies");
            warnings.iter().map(|warning| format!("warning {} {}", warning.lineno, warning.msg)).collect()
        }
        Err(e) => vec![format!("error {}:{}-{}:{} {}", e.lineno, e.offset, e.end_lineno, e.end_offset, e.msg)],
    }
}

#[test]
fn errors_are_those_of_cpython() {
    let cases = include_str!("errors.txt");
    let mut wrong = Vec::new();
    for case in cases.split("----\n") {
        let (expected, source): (Vec<&str>, Vec<&str>) = case.lines().partition(|line| line.starts_with(">>> "));
        let expected: Vec<&str> = expected.iter().map(|line| &line[4..]).collect();
        let source = source.join("\n") + "\n";
        let actual = report(&source);
        if actual != expected {
            wrong.push(format!("{source}expected {expected:#?}, got {actual:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
