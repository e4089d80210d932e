//! The machinery of the explaining parser: tokens on demand, backtracking, memory of what was tried, refusals.

use super::node::{Kind, Node, NodeData, Span};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::options::{Mode, ParseOptions};
use crate::tokenizer::{self, Done, Token, TokenError, TokenErrorKind, TokenKind, Tokenizer};

/// How deep the rules may call each other.
const MAX_DEPTH: u32 = 6000;

/// Parsing is over: the parser holds the error.
#[derive(Debug)]
pub(super) struct Halt;

/// What a rule gives: something, nothing (the input does not match), or the end of it all.
pub(super) type Parse<T = Node> = Result<Option<T>, Halt>;

/// Unwraps what a rule gave, or leaves the enclosing rule without a result.
macro_rules! need {
    ($parse:expr) => {
        match $parse? {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}

/// Tries alternatives in order and leaves the enclosing rule with the first that matches.
macro_rules! try_each {
    ($parser:expr, $($alternative:expr),+ $(,)?) => {
        $(if let Some(value) = $parser.attempt($alternative)? {
            return Ok(Some(value));
        })+
    };
}

pub(super) use {need, try_each};

/// The rules whose results are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    SimpleStatement,
    Block,
    Expression,
    StarExpression,
    Disjunction,
    Conjunction,
    Inversion,
    Factor,
    AwaitPrimary,
    Primary,
    TargetPrimary,
    Binary(u8),
    Arguments,
    StarTarget,
    TargetWithStarAtom,
    DelTarget,
    Strings,
    TString,
    ClosedPattern,
    StarPattern,
    NameOrAttribute,
    TypeParameter,
    ImportStatement,
    /// With and without refusals.
    NamedExpression(bool),
    NamedExpressionRefusals,
    DottedName,
}

#[derive(Clone, Copy)]
struct Remembered {
    rule: Rule,
    result: Option<Node>,
    end: u32,
}

pub(super) struct Parser<'s> {
    pub source: &'s str,
    pub options: &'s ParseOptions,
    pub tokenizer: Tokenizer<'s>,
    pub tokens: Vec<Token>,
    pub mark: usize,
    /// Whether this is the second pass, in which rules that only refuse are tried too.
    pub explain: bool,
    pub error: Option<SyntaxError>,
    pub nodes: Vec<NodeData>,
    memory: Vec<Vec<Remembered>>,
    depth: u32,
    parsing_started: bool,
    /// An error that is not this parser's to report.
    pub doubt: Option<SyntaxError>,
    /// Line and column of the last compound statement of the second pass.
    pub last_statement: (u32, u32),
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str, options: &'s ParseOptions) -> Self {
        let mut tokenizer = Tokenizer::new(source, tokenizer::Options::default());
        tokenizer.collect_warnings = false;
        tokenizer.barry = options.future_flags & crate::options::FUTURE_BARRY_AS_BDFL != 0;
        Parser {
            source,
            options,
            tokenizer,
            tokens: Vec::new(),
            mark: 0,
            explain: false,
            error: None,
            nodes: Vec::new(),
            memory: Vec::new(),
            depth: 0,
            parsing_started: false,
            doubt: None,
            last_statement: (0, 0),
        }
    }

    /// Starts over, now with explanations.
    pub(super) fn restart(&mut self) {
        self.mark = 0;
        self.explain = true;
        for place in &mut self.memory {
            place.clear();
        }
    }

    // Tokens

    fn fill(&mut self) -> Result<(), Halt> {
        let mut token = match self.tokenizer.next_token() {
            Ok(token) => token,
            Err(error) => return Err(self.tokenizer_error(error)),
        };
        if self.options.mode == Mode::Single && token.kind == TokenKind::EndMarker && self.parsing_started {
            token.kind = TokenKind::Newline;
            self.parsing_started = false;
            if self.tokenizer.in_block() && !self.options.dont_imply_dedent {
                self.tokenizer.close_blocks();
            }
        } else {
            self.parsing_started = true;
        }
        if token.kind == TokenKind::Name {
            let text = &self.source[token.start as usize..token.end as usize];
            token.kind = TokenKind::keyword(text).unwrap_or(TokenKind::Name);
        }
        self.tokens.push(token);
        self.memory.push(Vec::new());
        Ok(())
    }

    /// The kind of the next token.
    pub(super) fn peek(&mut self) -> Result<TokenKind, Halt> {
        if self.mark == self.tokens.len() {
            self.fill()?;
        }
        Ok(self.tokens[self.mark].kind)
    }

    pub(super) fn at(&mut self, kind: TokenKind) -> Result<bool, Halt> {
        Ok(self.peek()? == kind)
    }

    pub(super) fn at_any(&mut self, kinds: &[TokenKind]) -> Result<bool, Halt> {
        Ok(kinds.contains(&self.peek()?))
    }

    /// Accepts a token; gives its index.
    pub(super) fn eat(&mut self, kind: TokenKind) -> Parse<usize> {
        if self.peek()? != kind {
            return Ok(None);
        }
        self.mark += 1;
        Ok(Some(self.mark - 1))
    }

    pub(super) fn eat_any(&mut self, kinds: &[TokenKind]) -> Parse<usize> {
        if !self.at_any(kinds)? {
            return Ok(None);
        }
        self.mark += 1;
        Ok(Some(self.mark - 1))
    }

    /// Accepts two tokens in a row; gives the index of the first.
    pub(super) fn eat_two(&mut self, first: TokenKind, second: TokenKind) -> Parse<usize> {
        self.attempt(|p| {
            let index = need!(p.eat(first));
            need!(p.eat(second));
            Ok(Some(index))
        })
    }

    /// Accepts a token or says that it was expected.
    pub(super) fn force(&mut self, kind: TokenKind) -> Result<usize, Halt> {
        if let Some(index) = self.eat(kind)? {
            return Ok(index);
        }
        let msg = format!("expected '{}'", kind.text().unwrap_or_default());
        Err(self.refuse(self.token_span(self.mark), msg))
    }

    pub(super) fn at_soft(&mut self, word: &str) -> Result<bool, Halt> {
        Ok(self.at(TokenKind::Name)? && self.token_text(self.mark) == word)
    }

    /// Accepts a soft keyword.
    pub(super) fn eat_soft(&mut self, word: &str) -> Parse<usize> {
        if !self.at_soft(word)? {
            return Ok(None);
        }
        self.mark += 1;
        Ok(Some(self.mark - 1))
    }

    /// Accepts a name.
    pub(super) fn name(&mut self) -> Parse {
        let token = need!(self.eat(TokenKind::Name));
        Ok(Some(self.node(Kind::Name, token)))
    }

    pub(super) fn token_text(&self, index: usize) -> &'s str {
        let token = &self.tokens[index];
        self.source.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    pub(super) fn token_span(&self, index: usize) -> Span {
        let token = &self.tokens[index];
        Span { line: token.line, column: token.column, end_line: token.end_line, end_column: token.end_column }
    }

    /// The last token before the mark that has text.
    pub(super) fn last_accepted(&self) -> usize {
        let blank = |token: &Token| {
            matches!(token.kind, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker)
        };
        self.tokens[..self.mark].iter().rposition(|token| !blank(token)).unwrap_or(0)
    }

    // Control

    /// Runs a rule; where it gives nothing, the input stays where it was.
    pub(super) fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let mark = self.mark;
        let result = rule(self)?;
        if result.is_none() {
            self.mark = mark;
        }
        Ok(result)
    }

    /// Whether a rule matches here; the input stays where it is.
    pub(super) fn ahead<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Result<bool, Halt> {
        let mark = self.mark;
        let result = rule(self)?;
        self.mark = mark;
        Ok(result.is_some())
    }

    /// Runs a rule that only refuses, if this is the pass for that.
    pub(super) fn refusals(&mut self, rule: impl FnOnce(&mut Self) -> Result<(), Halt>) -> Result<(), Halt> {
        if self.explain {
            let mark = self.mark;
            rule(self)?;
            self.mark = mark;
        }
        Ok(())
    }

    /// Runs a rule without those that only refuse.
    pub(super) fn without_refusals<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let explain = std::mem::replace(&mut self.explain, false);
        let result = self.attempt(rule);
        self.explain = explain;
        result
    }

    /// A rule any number of times.
    pub(super) fn many<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Result<Vec<T>, Halt> {
        let mut all = Vec::new();
        loop {
            let mark = self.mark;
            match self.attempt(&mut rule)? {
                Some(one) if self.mark > mark => all.push(one),
                _ => return Ok(all),
            }
        }
    }

    /// A rule at least once.
    pub(super) fn some<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let all = self.many(rule)?;
        Ok((!all.is_empty()).then_some(all))
    }

    /// A rule at least once, with a separator in between.
    pub(super) fn separated<T>(
        &mut self,
        separator: TokenKind,
        mut rule: impl FnMut(&mut Self) -> Parse<T>,
    ) -> Parse<Vec<T>> {
        let mut all = vec![need!(self.attempt(&mut rule))];
        while let Some(next) = self.attempt(|p| {
            need!(p.eat(separator));
            rule(p)
        })? {
            all.push(next);
        }
        Ok(Some(all))
    }

    /// As [`separated`](Self::separated), by commas.
    pub(super) fn list<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        self.separated(TokenKind::Comma, rule)
    }

    /// A rule that may be missing.
    pub(super) fn optional<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Result<(), Halt> {
        self.attempt(rule)?;
        Ok(())
    }

    /// Runs a rule, or gives again what it gave at this place before.
    pub(super) fn remember(&mut self, rule: Rule, run: impl FnOnce(&mut Self) -> Parse) -> Parse {
        let start = self.mark;
        // Every place that is asked for has a token, so that the memory has a slot for it.
        self.peek()?;
        if let Some(known) = self.memory[start].iter().find(|known| known.rule == rule) {
            self.mark = known.end as usize;
            return Ok(known.result);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_deep());
        }
        let result = self.attempt(run)?;
        self.depth -= 1;
        self.memory[start].push(Remembered { rule, result, end: self.mark as u32 });
        Ok(result)
    }

    fn too_deep(&mut self) -> Halt {
        self.error = Some(SyntaxError::without_position(
            SyntaxErrorKind::Memory,
            "Parser stack overflowed - Python source too complex to parse",
        ));
        Halt
    }

    // Refusals

    /// Notes what a later stage will refuse.
    pub(super) fn doubt(&mut self, span: Span, msg: &str) {
        if self.doubt.is_none() {
            self.refuse(span, msg);
            self.doubt = self.error.take().map(|error| SyntaxError { text: None, ..error });
        }
    }

    /// An error at `span`.
    pub(super) fn refuse(&mut self, span: Span, msg: impl Into<String>) -> Halt {
        self.refuse_bytes(
            SyntaxErrorKind::Syntax,
            (span.line, span.column + 1),
            (span.end_line, span.end_column + 1),
            msg,
        )
    }

    /// An error from the start of one node to the end of another.
    pub(super) fn refuse_range(&mut self, from: Span, to: Span, msg: impl Into<String>) -> Halt {
        self.refuse(Span { end_line: to.end_line, end_column: to.end_column, ..from }, msg)
    }

    /// An error from the start of `span` up to what has been read.
    pub(super) fn refuse_from(&mut self, span: Span, msg: impl Into<String>) -> Halt {
        let end = (self.tokenizer.line, (self.tokenizer.cursor - self.tokenizer.line_start) as i32);
        self.refuse_bytes(SyntaxErrorKind::Syntax, (span.line, span.column + 1), end, msg)
    }

    /// An error at the last token that has been read.
    pub(super) fn refuse_here(&mut self, msg: impl Into<String>) -> Halt {
        self.refuse_token(SyntaxErrorKind::Syntax, self.tokens.len().saturating_sub(1), msg)
    }

    /// An `IndentationError` at the last token that has been read.
    pub(super) fn refuse_indentation(&mut self, msg: impl Into<String>) -> Halt {
        self.refuse_token(SyntaxErrorKind::Indentation, self.tokens.len().saturating_sub(1), msg)
    }

    /// An error at the next token.
    pub(super) fn refuse_next(&mut self, msg: impl Into<String>) -> Halt {
        if self.peek().is_err() {
            return Halt;
        }
        self.refuse_token(SyntaxErrorKind::Syntax, self.mark, msg)
    }

    fn refuse_token(&mut self, kind: SyntaxErrorKind, index: usize, msg: impl Into<String>) -> Halt {
        let Some(&token) = self.tokens.get(index) else {
            return self.refuse_bytes(kind, (0, 0), (0, -1), msg);
        };
        let column = if token.column == -1 {
            (self.tokenizer.cursor - self.tokenizer.line_start) as i32
        } else {
            token.column + 1
        };
        let end_column = if token.end_column == -1 { -1 } else { token.end_column + 1 };
        self.refuse_bytes(kind, (token.line, column), (token.end_line, end_column), msg)
    }

    /// An error at lines and columns counted in bytes from 1.
    pub(super) fn refuse_bytes(
        &mut self,
        kind: SyntaxErrorKind,
        start: (u32, i32),
        end: (u32, i32),
        msg: impl Into<String>,
    ) -> Halt {
        let text = self.error_text(start.0);
        let in_characters = |column: i32| {
            let bytes = &text.as_bytes()[..(column.max(0) as usize).min(text.len())];
            let past_end = (column.max(0) as usize > text.len()) as i32;
            String::from_utf8_lossy(bytes).chars().count() as i32 + past_end
        };
        let error = SyntaxError {
            kind,
            msg: msg.into(),
            lineno: start.0,
            offset: in_characters(start.1),
            end_lineno: end.0,
            end_offset: if end.1 > 0 { in_characters(end.1) } else { end.1 },
            text: None,
            last_statement: (0, 0),
        };
        self.error = Some(SyntaxError { text: Some(text), ..error });
        Halt
    }

    /// The source text that goes with an error on `line`.
    fn error_text(&self, line: u32) -> String {
        let tokenizer = &self.tokenizer;
        if tokenizer.line <= line && tokenizer.line_end > tokenizer.line_start {
            return self.source[tokenizer.line_start..tokenizer.line_end].to_owned();
        }
        self.source.split('\n').nth((line as usize).saturating_sub(1)).unwrap_or("").to_owned()
    }

    /// "'(' was never closed", of the innermost bracket.
    pub(super) fn refuse_unclosed(&mut self) -> Option<Halt> {
        let open = self.tokenizer.open_bracket()?;
        let msg = format!("'{}' was never closed", char::from(open.byte));
        let start = (open.line, open.column as i32 + 1);
        Some(self.refuse_bytes(SyntaxErrorKind::Syntax, start, (open.line, 0), msg))
    }

    /// The text ended too early.
    fn refuse_end_of_text(&mut self) -> Halt {
        self.refuse_unclosed().unwrap_or_else(|| self.refuse_here("unexpected EOF while parsing"))
    }

    /// Gives the place where the tokenizer failed to what is reported at the last token.
    fn push_error_token(&mut self) {
        let line = self.tokenizer.line;
        let at = self.tokenizer.cursor as u32;
        self.tokens.push(Token {
            kind: TokenKind::Unknown,
            level: 0,
            line,
            column: -1,
            end_line: line,
            end_column: -1,
            start: at,
            end: at,
        });
        self.memory.push(Vec::new());
    }

    /// Turns the tokenizer's error into this parser's.
    pub(super) fn tokenizer_error(&mut self, error: TokenError) -> Halt {
        let line = self.tokenizer.line;
        self.push_error_token();
        match error.kind {
            TokenErrorKind::Syntax => {
                self.error = Some(SyntaxError {
                    kind: SyntaxErrorKind::Syntax,
                    msg: error.msg,
                    lineno: error.line,
                    offset: error.column,
                    end_lineno: error.line,
                    end_offset: error.end_column,
                    text: Some(error.text),
                    last_statement: (0, 0),
                });
                Halt
            }
            TokenErrorKind::UnexpectedEof => self.refuse_end_of_text(),
            TokenErrorKind::Dedent => self.refuse_indentation("unindent does not match any outer indentation level"),
            TokenErrorKind::TooDeep => {
                self.refuse_bytes(SyntaxErrorKind::Indentation, (line, 1), (line, 0), "too many levels of indentation")
            }
            TokenErrorKind::Tab => self.refuse_bytes(
                SyntaxErrorKind::Tab,
                (line, 1),
                (line, 0),
                "inconsistent use of tabs and spaces in indentation",
            ),
            TokenErrorKind::LineContinuation => {
                let column = (self.tokenizer.cursor - self.tokenizer.buffer_start) as i32;
                self.refuse_bytes(
                    SyntaxErrorKind::Syntax,
                    (line, column),
                    (line, 0),
                    "unexpected character after line continuation character",
                )
            }
        }
    }

    /// Whether the text ended before the parser was done.
    pub(super) fn at_end_of_text(&self) -> bool {
        matches!(self.tokenizer.done, Done::Eof | Done::EofInString | Done::EofInTripleQuoted)
    }
}
