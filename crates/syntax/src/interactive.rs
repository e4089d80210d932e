//! When the prompt has read enough.

use ruff_python_ast as ast;

use crate::error::SyntaxErrorKind;
use crate::options::{Mode, ParseOptions};
use crate::parse::parse;
use crate::tokenizer::{Done, Options, TokenErrorKind, TokenKind, Tokenizer};

/// Whether the lines read so far need another one before they are a statement or an error. An empty line ends a
/// compound statement, and nothing else does.
#[must_use]
pub fn wants_more(source: &str, options: &ParseOptions) -> bool {
    let options = ParseOptions { mode: Mode::Single, allow_incomplete: true, ..options.clone() };
    let ended = source == "\n" || source.ends_with("\n\n");
    match parse(source, &options) {
        Ok(parsed) => !ended && is_compound(&parsed.module),
        Err(error) => error.kind == SyntaxErrorKind::IncompleteInput && (!ended || is_open(source)),
    }
}

fn is_compound(module: &ast::Mod) -> bool {
    let ast::Mod::Module(module) = module else { return false };
    module.body.first().is_some_and(|statement| {
        matches!(
            statement,
            ast::Stmt::FunctionDef(_)
                | ast::Stmt::ClassDef(_)
                | ast::Stmt::For(_)
                | ast::Stmt::While(_)
                | ast::Stmt::If(_)
                | ast::Stmt::With(_)
                | ast::Stmt::Match(_)
                | ast::Stmt::Try(_)
        )
    })
}

/// Whether a text ends within brackets or a string, or after a line continuation.
fn is_open(source: &str) -> bool {
    let mut tokenizer = Tokenizer::new(source, Options::default());
    loop {
        match tokenizer.next_token() {
            Ok(token) if token.kind == TokenKind::EndMarker => {
                return tokenizer.open_bracket().is_some() || tokenizer.in_interpolated_string();
            }
            Ok(_) => {}
            Err(error) => {
                return error.kind == TokenErrorKind::UnexpectedEof
                    || matches!(tokenizer.done, Done::EofInString | Done::EofInTripleQuoted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::wants_more;
    use crate::options::ParseOptions;

    #[test]
    fn lines_at_the_prompt() {
        let more = |text: &str| wants_more(text, &ParseOptions::default());
        for text in
            ["if 1:\n", "if 1:\n  x\n", "if 1:\n  x\n  \n", "x = (\n\n", "'''\n\n", "f'''{\n\n", "x = \\\n", "@a\n"]
        {
            assert!(more(text), "{text:?}");
        }
        for text in ["1\n", "if 1:\n  x\n\n", "if 1:\n\n", "x y\n", "if 1:\n  x y\n", "'\n", "x = \\\n\n"] {
            assert!(!more(text), "{text:?}");
        }
    }
}
