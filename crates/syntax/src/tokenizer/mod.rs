//! A tokenizer that behaves as CPython's does, errors included.
//!
//! Valid programs never come here: the parser proper has a lexer of its own. This one serves where CPython's exact
//! token stream is asked for: to explain why a text is not a program, and for the `tokenize` module
//! ([`Options::extra_tokens`]). Like CPython's it is lazy, so that an error deep in a text surfaces only if whoever
//! asks for tokens gets that far.

mod interpolated;
mod kind;
mod number;
mod regular;
mod text;

pub use kind::TokenKind;

use crate::error::{SyntaxWarning, WarningKind};

/// The deepest bracket nesting.
pub(crate) const MAX_NESTING: usize = 200;
/// The deepest indentation.
pub(crate) const MAX_INDENT: usize = 100;
/// The deepest nesting of f-strings and t-strings in each other.
const MAX_STRING_NESTING: usize = 150;
/// The deepest nesting of replacement fields in format specifications of one string.
const MAX_FIELD_NESTING: i32 = 3;
const TAB_SIZE: u32 = 8;

/// How to tokenize.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Also give comments and the line ends that mean nothing ([`TokenKind::Comment`], [`TokenKind::Nl`]), and be
    /// lenient where Python's `tokenize` module is.
    pub extra_tokens: bool,
}

/// One token. Columns are in UTF-8 bytes from the start of the line, -1 where the token has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The number of open brackets after it.
    pub level: u16,
    /// First line, from 1.
    pub line: u32,
    /// Column of the start.
    pub column: i32,
    /// Last line.
    pub end_line: u32,
    /// Column of the end.
    pub end_column: i32,
    /// Byte offset of the start in the source.
    pub start: u32,
    /// Byte offset of the end in the source.
    pub end: u32,
}

/// Whether, and why, the tokenizer has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Running,
    /// The end of the text was read.
    Eof,
    /// The text ended within a triple-quoted string.
    EofInTripleQuoted,
    /// The text ended within a string.
    EofInString,
    /// Any other error.
    Error,
}

/// Which exception a [`TokenError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenErrorKind {
    /// `SyntaxError` with the message.
    Syntax,
    /// The text ended within brackets, or after a line continuation.
    UnexpectedEof,
    /// `IndentationError`: a dedent to a column that no open block has.
    Dedent,
    /// `IndentationError`: more than 100 open blocks.
    TooDeep,
    /// `TabError`
    Tab,
    /// A backslash that is not the last character of its line.
    LineContinuation,
}

/// What stopped the tokenizer. `column` and `end_column` count characters from 1, and are meaningful for
/// [`TokenErrorKind::Syntax`] only: the others are placed by the tokenizer's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    /// Which error it is.
    pub kind: TokenErrorKind,
    /// The message.
    pub msg: String,
    /// The line.
    pub line: u32,
    /// The column where it starts.
    pub column: i32,
    /// The column where it ends.
    pub end_column: i32,
    /// The offending line, without its newline.
    pub text: String,
}

/// A bracket that waits for its partner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenBracket {
    pub byte: u8,
    pub line: u32,
    pub column: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ModeKind {
    /// Outside of strings, or within a replacement field.
    Regular,
    /// Within the literal text of an f-string or t-string.
    Interpolated,
}

/// One entry of the stack of nested f-strings and t-strings; the bottom one stands for the file itself.
#[derive(Clone, Debug)]
struct ModeState {
    kind: ModeKind,
    /// `f` or `t`.
    prefix: char,
    raw: bool,
    quote: u8,
    quote_size: u8,
    /// Where the string starts, and the start and number of its first line.
    start: usize,
    first_line_start: usize,
    first_line: u32,
    /// Open brackets within the string.
    bracket_depth: i32,
    /// The bracket depth at which the innermost replacement field started, -1 outside of fields.
    field_depth: i32,
    in_format_spec: bool,
}

impl ModeState {
    fn regular() -> Self {
        ModeState {
            kind: ModeKind::Regular,
            prefix: ' ',
            raw: false,
            quote: 0,
            quote_size: 0,
            start: 0,
            first_line_start: 0,
            first_line: 0,
            bracket_depth: 0,
            field_depth: -1,
            in_format_spec: false,
        }
    }
}

/// The end of the current line as the byte reader sees it.
type Byte = Option<u8>;
type Outcome = Result<Token, TokenError>;

/// The state of one run over a text.
#[derive(Clone, Debug)]
pub struct Tokenizer<'s> {
    source: &'s [u8],
    options: Options,
    /// The next byte to read.
    pub(crate) cursor: usize,
    /// The end of what has been read line by line.
    pub(crate) line_end: usize,
    /// Where the current line starts.
    pub(crate) line_start: usize,
    /// Where the line starts on which the current token started.
    pub(crate) buffer_start: usize,
    /// The current line, from 1 (0 before the first).
    pub(crate) line: u32,
    pub(crate) done: Done,
    /// Whether an error has been given out.
    failed: bool,
    /// Where the current token starts.
    start: Option<usize>,
    first_line: u32,
    multi_line_start: usize,
    /// Columns of the open blocks, with tabs to multiples of eight, and with tabs counted as one.
    indents: Vec<(u32, u32)>,
    /// Indents (positive) or dedents (negative) still to be given out.
    pending: i32,
    at_line_start: bool,
    brackets: Vec<OpenBracket>,
    modes: Vec<ModeState>,
    comment_newline: bool,
    /// What there is to warn of.
    pub warnings: Vec<SyntaxWarning>,
    /// Whether warnings are collected.
    pub(crate) collect_warnings: bool,
    /// Whether `<>` is an operator (PEP 401).
    pub(crate) barry: bool,
}

impl<'s> Tokenizer<'s> {
    /// Starts at the beginning of `source`, whose line ends are `\n` alone.
    #[must_use]
    pub fn new(source: &'s str, options: Options) -> Self {
        Tokenizer {
            source: source.as_bytes(),
            options,
            cursor: 0,
            line_end: 0,
            line_start: 0,
            buffer_start: 0,
            line: 0,
            done: Done::Running,
            failed: false,
            start: None,
            first_line: 0,
            multi_line_start: 0,
            indents: vec![(0, 0)],
            pending: 0,
            at_line_start: true,
            brackets: Vec::new(),
            modes: vec![ModeState::regular()],
            comment_newline: false,
            warnings: Vec::new(),
            collect_warnings: true,
            barry: false,
        }
    }

    /// The next token; after [`TokenKind::EndMarker`] that one again and again.
    ///
    /// # Errors
    ///
    /// The error that stands at this place. It ends the text: what comes after is [`TokenKind::EndMarker`].
    pub fn next_token(&mut self) -> Result<Token, TokenError> {
        if self.failed {
            return self.token(TokenKind::EndMarker, None);
        }
        let token = match self.mode().kind {
            ModeKind::Regular => self.regular_token(),
            ModeKind::Interpolated => self.interpolated_token(),
        };
        self.failed = token.is_err();
        token
    }

    /// The innermost open bracket.
    pub(crate) fn open_bracket(&self) -> Option<OpenBracket> {
        self.brackets.last().copied()
    }

    /// Closes all open blocks: their dedents come next.
    pub(crate) fn close_blocks(&mut self) {
        self.pending = 1 - self.indents.len() as i32;
        self.indents.truncate(1);
    }

    /// Whether a block is open.
    pub(crate) fn in_block(&self) -> bool {
        self.indents.len() > 1
    }

    fn mode(&self) -> &ModeState {
        // The bottom entry is never popped.
        &self.modes[self.modes.len() - 1]
    }

    fn mode_mut(&mut self) -> &mut ModeState {
        let top = self.modes.len() - 1;
        &mut self.modes[top]
    }

    pub(crate) fn in_interpolated_string(&self) -> bool {
        self.modes.len() > 1
    }

    /// Reads the next byte, or nothing at the end of the text (or after a NUL, which CPython refuses).
    fn next(&mut self) -> Byte {
        if self.cursor == self.line_end {
            if self.done != Done::Running {
                return None;
            }
            let rest = &self.source[self.line_end..];
            if rest.is_empty() {
                self.done = Done::Eof;
                return None;
            }
            if self.start.is_none() {
                self.buffer_start = self.cursor;
            }
            self.line_start = self.cursor;
            self.line_end += memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            self.line += 1;
        }
        let byte = self.source[self.cursor];
        self.cursor += 1;
        Some(byte)
    }

    /// Takes back the byte that was read last.
    fn back(&mut self, byte: Byte) {
        if byte.is_some() {
            self.cursor -= 1;
        }
    }

    fn peek(&mut self) -> Byte {
        let byte = self.next();
        self.back(byte);
        byte
    }

    /// The token that lies in `range`, or one without text.
    fn token(&self, kind: TokenKind, range: Option<(usize, usize)>) -> Outcome {
        let level = self.brackets.len() as u16;
        let Some((start, end)) = range else {
            let (line, at) = (self.line, self.cursor as u32);
            return Ok(Token { kind, level, line, column: -1, end_line: line, end_column: -1, start: at, end: at });
        };
        let (line, line_start) =
            if kind.is_string_part() { (self.first_line, self.multi_line_start) } else { (self.line, self.line_start) };
        let column = |at: usize, line_start: usize| at.checked_sub(line_start).map_or(-1, |column| column as i32);
        Ok(Token {
            kind,
            level,
            line,
            column: column(start, line_start),
            end_line: self.line,
            end_column: column(end, self.line_start),
            start: start as u32,
            end: end as u32,
        })
    }

    /// The token from the start mark up to the cursor.
    fn token_here(&self, kind: TokenKind) -> Outcome {
        self.token(kind, Some((self.start.unwrap_or(self.cursor), self.cursor)))
    }

    fn fail(&mut self, kind: TokenErrorKind) -> TokenError {
        self.done = if kind == TokenErrorKind::UnexpectedEof { Done::Eof } else { Done::Error };
        TokenError { kind, msg: String::new(), line: self.line, column: 0, end_column: 0, text: String::new() }
    }

    /// A syntax error at the byte before the cursor.
    fn error(&mut self, msg: impl Into<String>) -> TokenError {
        let column = self.characters_to_cursor();
        self.error_range(msg, column, column)
    }

    /// A syntax error at the given columns (in characters, from 1) of the current line.
    fn error_range(&mut self, msg: impl Into<String>, column: i32, end_column: i32) -> TokenError {
        self.done = Done::Error;
        let rest = &self.source[self.line_start..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        TokenError {
            kind: TokenErrorKind::Syntax,
            msg: msg.into(),
            line: self.line,
            column,
            end_column,
            text: String::from_utf8_lossy(&rest[..length]).into_owned(),
        }
    }

    fn characters_to_cursor(&self) -> i32 {
        self.characters_to(self.cursor)
    }

    /// The number of characters from the start of the line up to `at`.
    fn characters_to(&self, at: usize) -> i32 {
        String::from_utf8_lossy(&self.source[self.line_start..at]).chars().count() as i32
    }

    fn warn(&mut self, msg: String) {
        if self.collect_warnings && !self.options.extra_tokens {
            let offset = self.characters_to_cursor();
            self.warnings.push(SyntaxWarning {
                kind: WarningKind::Syntax,
                msg,
                lineno: self.line,
                offset,
                end_lineno: self.line,
                end_offset: offset,
            });
        }
    }
}
