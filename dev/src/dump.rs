//! The textual forms of what the stages make: tokens, syntax trees, bytecode.

use crate::Outcome;
use std::io::Write;
use syntax::tokenizer::{Options, TokenKind, Tokenizer};

fn file(arguments: &[String]) -> Result<(String, String), String> {
    let [path] = arguments else { return Err("name one file".into()) };
    let bytes = std::fs::read(path).map_err(|why| format!("{path}: {why}"))?;
    match syntax::decode_source(&bytes).map_err(|why| format!("{path}: {}", why.msg))? {
        syntax::DecodedSource::Text { text, .. } => Ok((path.clone(), text.into_owned())),
        syntax::DecodedSource::Encoded { encoding } => Err(format!("{path} is in {encoding}")),
    }
}

fn parse(arguments: &[String]) -> Result<(String, syntax::Parsed), String> {
    let (path, text) = file(arguments)?;
    let options = syntax::ParseOptions { filename: path.clone(), ..syntax::ParseOptions::default() };
    let parsed = syntax::parse(&text, &options).map_err(|why| format!("{path}: {why}"))?;
    Ok((path, parsed))
}

/// Readers of the text may stop early.
fn print(text: &str) -> Outcome {
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(true)
}

/// `cargo dev tokens FILE`
pub fn tokens(arguments: &[String]) -> Outcome {
    let (path, source) = file(arguments)?;
    let mut tokenizer = Tokenizer::new(&source, Options { extra_tokens: true });
    let mut text = String::new();
    loop {
        let token = tokenizer.next_token().map_err(|why| format!("{path}:{}: {}", why.line, why.msg))?;
        let written = source.get(token.start as usize..token.end as usize).unwrap_or("");
        text += &format!("{}:{}\t{:?}\t{written:?}\n", token.line, token.column, token.kind);
        if token.kind == TokenKind::EndMarker {
            return print(&text);
        }
    }
}

/// `cargo dev ast FILE`
pub fn ast(arguments: &[String]) -> Outcome {
    let (_, parsed) = parse(arguments)?;
    print(&format!("{:#?}\n", parsed.module))
}

/// `cargo dev bytecode [-O|-OO] FILE`
pub fn bytecode(arguments: &[String]) -> Outcome {
    let (flags, files): (Vec<String>, Vec<String>) =
        arguments.iter().cloned().partition(|argument| argument.starts_with("-O"));
    let optimize = flags.iter().map(|flag| flag.len() as u8 - 1).sum::<u8>().min(2);
    let (path, parsed) = parse(&files)?;
    let options = compiler::CompileOptions { filename: path.clone(), optimize, ..compiler::CompileOptions::default() };
    let (unit, warnings) = compiler::compile(&parsed, &options).map_err(|why| format!("{path}: {why}"))?;
    for warning in warnings {
        eprintln!("{path}:{}: {}", warning.lineno, warning.msg);
    }
    bytecode::verify(&unit).map_err(|why| format!("{path}: {why}"))?;
    print(&bytecode::disassemble(&unit))
}
