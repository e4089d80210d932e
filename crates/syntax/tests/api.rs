//! What the tables of the other tests do not reach.

use syntax::{Mode, ParseOptions, Ranged, SyntaxErrorKind, ast};

fn expression(source: &str) -> (ast::Expr, String) {
    let parsed = syntax::parse(source, &ParseOptions::new(Mode::Eval)).unwrap();
    match &parsed.module {
        ast::Mod::Expression(module) => ((*module.body).clone(), parsed.source.clone()),
        ast::Mod::Module(_) => panic!("{source}"),
    }
}

#[test]
fn strings_have_their_exact_values() {
    for (source, want) in [
        (r"'\ud800'", &b"\xed\xa0\x80"[..]),
        (r"'a\ud83d\ude00b'", b"a\xed\xa0\xbd\xed\xb8\x80b"),
        (
            r"'\ud800' '''x\udfff
\x41\101\N{DIGIT ONE}\q\
'''",
            b"\xed\xa0\x80x\xed\xbf\xbf\nAA1\\q",
        ),
        ("'\u{fffd}'", "\u{fffd}".as_bytes()),
        (r"r'\ud800'", br"\ud800"),
        (r"'\U0001f600\0'", "\u{1f600}\0".as_bytes()),
    ] {
        let (expr, source) = expression(source);
        let ast::Expr::StringLiteral(literal) = &expr else { panic!("{source}") };
        assert_eq!(&*syntax::string_literal_value(&source, literal), want, "{source}");
    }
    let (expr, source) = expression(r"f'\ud800{{{x}\udc00}}'");
    let ast::Expr::FString(f_string) = &expr else { panic!() };
    let values: Vec<_> = f_string
        .value
        .elements()
        .filter_map(|element| match element {
            ast::InterpolatedStringElement::Literal(part) => {
                Some(syntax::interpolated_literal_value(&source, part, false).into_owned())
            }
            ast::InterpolatedStringElement::Interpolation(_) => None,
        })
        .collect();
    assert_eq!(values, [&b"\xed\xa0\x80{"[..], b"\xed\xb0\x80}"]);
}

#[test]
fn templates_keep_the_text_of_expressions() {
    let (expr, source) = expression("t'''{ a + b } {(c)=} {d # e\n  !r} {f,:>{g}}'''");
    let ast::Expr::TString(t_string) = &expr else { panic!() };
    let mut texts = Vec::new();
    for element in t_string.value.elements() {
        if let ast::InterpolatedStringElement::Interpolation(field) = element {
            texts.push(syntax::interpolation_text(&source, field));
        }
    }
    assert_eq!(texts, [" a + b ", "(c)", "d \n  ", "f,"]);
}

#[test]
fn signatures_are_parsed() {
    let parse = |source: &str| {
        let parsed = syntax::parse(source, &ParseOptions::new(Mode::FuncType)).map_err(|error| error.msg)?;
        let ast::Mod::Expression(module) = &parsed.module else { panic!("{source}") };
        Ok::<_, String>(syntax::unparse_expr(&module.body, &parsed.source))
    };
    assert_eq!(parse("(int, str) -> bool").unwrap(), "([int, str], bool)");
    assert_eq!(parse("() -> None\n").unwrap(), "([], None)");
    assert_eq!(parse("(int, *str, **Dict[a, b]) -> (a, b)").unwrap(), "([int, str, Dict[a, b]], (a, b))");
    assert_eq!(parse("(int,) -> x").unwrap_err(), "invalid syntax");
    assert_eq!(parse("int -> x").unwrap_err(), "invalid syntax");
    assert_eq!(parse("(int").unwrap_err(), "'(' was never closed");
}

#[test]
fn type_comments_are_kept_where_asked_for() {
    let source = "x = 1  # type: int\n# type: ignore[a]\ndef f():\n    #  type: () -> None\n    '# type: no'\n";
    let parsed = syntax::parse(source, &ParseOptions { type_comments: true, ..ParseOptions::default() }).unwrap();
    let ignores: Vec<_> = parsed.type_ignores.iter().map(|comment| comment.tag.as_str()).collect();
    assert_eq!(ignores, ["[a]\n"]);
    assert_eq!(parsed.type_comment_at(0), Some("int"));
    let function = u32::try_from(source.find("def").unwrap()).unwrap();
    assert_eq!(parsed.type_comment_at(function), Some("() -> None"));
    let plain = syntax::parse(source, &ParseOptions::default()).unwrap();
    assert!(plain.type_ignores.is_empty() && plain.attached_comments.is_empty());
}

#[test]
fn oddities_are_parsed() {
    let body = |source: &str| match syntax::parse(source, &ParseOptions::default()) {
        Ok(parsed) => match &parsed.module {
            ast::Mod::Module(module) => module.body.to_vec(),
            ast::Mod::Expression(_) => panic!("{source}"),
        },
        Err(error) => panic!("{source}: {error}"),
    };
    let statements = body("raise ; break\nwhile x: raise;\n");
    assert!(
        matches!(&statements[0], ast::Stmt::Raise(raise) if raise.exc.is_none() && raise.range().len() == 5.into())
    );
    assert!(statements[1].is_break_stmt());
    assert!(matches!(&statements[2], ast::Stmt::While(node) if node.body[0].is_raise_stmt()));
    let statements = body("from __future__ import barry_as_FLUFL\nx <> y\n");
    let ast::Stmt::Expr(statement) = &statements[1] else { panic!() };
    assert!(matches!(&*statement.value, ast::Expr::Compare(compare) if *compare.ops == [ast::CmpOp::NotEq]));
}

#[test]
fn long_numbers_are_refused() {
    let parse = |digits: usize, limit| {
        let options = ParseOptions { int_max_str_digits: limit, ..ParseOptions::default() };
        syntax::parse(&format!("x = {}", "1_1".repeat(digits / 2)), &options).map_err(|error| (error.msg, error.offset))
    };
    assert!(parse(4300, 4300).is_ok());
    assert!(parse(5000, 0).is_ok());
    let (msg, offset) = parse(5000, 4300).unwrap_err();
    assert!(msg.starts_with("Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits"));
    assert!(msg.ends_with("Consider hexadecimal for huge integer literals to avoid decimal conversion limits."));
    assert_eq!(offset, 0);
}

#[test]
fn line_ends_are_normalised() {
    let parsed = syntax::parse("a\r\nb\rc", &ParseOptions::default()).unwrap();
    assert_eq!(parsed.source, "a\nb\nc\n");
    assert_eq!(parsed.line_index.position(4.into()), syntax::Position { line: 3, column: 0 });
    assert_eq!(parsed.line_index.position_near(3.into(), 1), syntax::Position { line: 2, column: 1 });
    assert_eq!(parsed.line_index.position_near(0.into(), 3), syntax::Position { line: 1, column: 0 });
}

#[test]
fn the_last_statement_is_known() {
    let error = syntax::parse("x\nif y:\n  pass\nfoo bar\n", &ParseOptions::default()).unwrap_err();
    assert_eq!((error.kind, error.lineno, error.last_statement), (SyntaxErrorKind::Syntax, 4, (2, 0)));
}
