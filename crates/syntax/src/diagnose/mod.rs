//! Why a text is not a program, in CPython's words.
//!
//! CPython parses a text that fails a second time, with extra rules that match common mistakes; which message comes
//! out depends on the order in which its rules try things, and on which tokens they had to look at. So this is a
//! parser of its own kind beside the one that makes syntax trees: it backtracks in CPython's order, keeps the tokens
//! it has looked at, and builds no more of a tree than messages need. It runs on texts that the other parser has
//! refused (and on interactive input), so its speed does not matter much.

mod arguments;
mod atoms;
mod branches;
mod compound;
mod expressions;
mod node;
mod parameters;
mod parser;
mod patterns;
mod statements;
mod strings;
mod targets;

use crate::disagreements::{Oddity, TANGUT_ESCAPE};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::options::{Mode, ParseOptions};
use crate::tokenizer::{Done, TokenErrorKind, TokenKind};
use parser::{Halt, Parse, Parser};

/// What is noteworthy about a text without errors.
#[derive(Debug, Default)]
pub(crate) struct Diagnosis {
    /// What the other parser does not know, in source order.
    pub oddities: Vec<Oddity>,
    /// An error that a later stage of CPython reports.
    pub doubt: Option<SyntaxError>,
}

/// Finds the error of `source`, if it has one. Line ends must be `\n` alone.
pub(crate) fn diagnose(source: &str, options: &ParseOptions) -> Result<Diagnosis, SyntaxError> {
    let mut parser = Parser::new(source, options);
    parser.run();
    if let Some(error) = parser.error {
        return Err(SyntaxError { last_statement: parser.last_statement, ..error });
    }
    let mut oddities = Vec::new();
    for (index, pair) in parser.tokens.windows(2).enumerate() {
        match (pair[0].kind, pair[1].kind) {
            (TokenKind::LessGreater, _) => oddities.push(Oddity::LessGreater(pair[0].start)),
            (TokenKind::Raise, TokenKind::Semicolon) => oddities.push(Oddity::BareRaise(pair[0].start)),
            (TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle, _) => {
                let places = tangut_names(parser.token_text(index));
                oddities.extend(places.map(|place| Oddity::TangutName(pair[0].start + place as u32)));
            }
            _ => {}
        }
    }
    Ok(Diagnosis { oddities, doubt: parser.doubt })
}

/// Where characters are named in the text of a token whose names the other parser does not know.
fn tangut_names(text: &str) -> impl Iterator<Item = usize> + '_ {
    let (start, len) = TANGUT_ESCAPE;
    let is_name = move |place: &usize| {
        let escape = text.get(*place..*place + len).unwrap_or("");
        escape.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start)) && escape.ends_with('}')
    };
    text.match_indices("\\N{").map(|(place, _)| place).filter(is_name)
}

impl Parser<'_> {
    /// Both passes. The error, if there is one, is left in the parser.
    fn run(&mut self) {
        let first = self.start();
        if let Ok(Some(())) = first {
            if self.options.mode == Mode::Single && self.more_follows() {
                self.refuse_here("multiple statements found while compiling a single statement");
            }
            return;
        }
        if self.options.allow_incomplete && self.at_end_of_text() {
            self.refuse_here("incomplete input");
            if let Some(error) = &mut self.error {
                error.kind = SyntaxErrorKind::IncompleteInput;
            }
            return;
        }
        if let Err(Halt) = first {
            return self.prefer_token_errors();
        }
        let last = self.tokens.len().saturating_sub(1);
        self.restart();
        match self.start() {
            Err(Halt) => self.prefer_token_errors(),
            Ok(_) => self.refuse_generically(last),
        }
    }

    fn start(&mut self) -> Parse<()> {
        match self.options.mode {
            Mode::Exec => self.module(),
            Mode::Eval => self.eval_input(),
            Mode::Single => self.interactive(),
            Mode::FuncType => self.function_type(),
        }
    }

    /// Whether there is more than comments after the one statement of interactive input.
    fn more_follows(&self) -> bool {
        self.source[self.tokenizer.cursor..]
            .split('\n')
            .map(|line| line.trim_matches([' ', '\t', '\x0c']))
            .any(|line| !line.is_empty() && !line.starts_with('#'))
    }

    /// The error that says nothing more than where: the last token looked at in the first pass.
    fn refuse_generically(&mut self, last: usize) {
        match self.tokens.get(last).map(|token| token.kind) {
            Some(TokenKind::Indent) => {
                self.refuse_indentation("unexpected indent");
            }
            Some(TokenKind::Dedent) => {
                self.refuse_indentation("unexpected unindent");
            }
            Some(_) => {
                self.refuse(self.token_span(last), "invalid syntax");
                self.tokenize_rest();
            }
            None => {
                self.refuse_here("error at start before reading any input");
            }
        }
    }

    /// After an error of the parser: an error of the tokenizer later in the text is the more telling one.
    fn prefer_token_errors(&mut self) {
        let parser_error = self.error.as_ref().is_some_and(|error| error.kind != SyntaxErrorKind::Memory);
        if parser_error && self.tokenizer.done == Done::Running {
            self.tokenize_rest();
        }
    }

    fn tokenize_rest(&mut self) {
        let line = self.tokens.last().map_or(0, |token| token.line);
        loop {
            match self.tokenizer.next_token() {
                Ok(token) if token.kind == TokenKind::EndMarker => return,
                Ok(_) => {}
                // What is wrong with an f-string matters only to whoever gets that far.
                Err(_) if self.tokenizer.in_interpolated_string() => return,
                Err(error) if error.kind == TokenErrorKind::Syntax => {
                    self.tokenizer_error(error);
                    return;
                }
                Err(_) => {
                    if self.tokenizer.open_bracket().is_some_and(|open| line > open.line) {
                        self.refuse_unclosed();
                    }
                    return;
                }
            }
        }
    }
}
