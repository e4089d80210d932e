//! `_tokenize`: the tokens that the module `tokenize` shows.

use object::{
    Field, List, Module, ModuleDef, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm,
};
use std::cell::Cell;
use syntax::tokenizer::{Options, Token, TokenError, TokenErrorKind, TokenKind, Tokenizer};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_tokenize", doc: "", functions: &[], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_type(module, &ITERATOR);
    Ok(())
}

static NEW: object::native::NativeDef =
    object::native! { "TokenizerIter($cls, readline, /, *, encoding=None, extra_tokens=False)" => new };

static ITERATOR: TypeDef = TypeDef {
    name: "TokenizerIter",
    module: "_tokenize",
    new: Some(&NEW),
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    ..TypeDef::DEFAULT
};

/// The data of a `TokenizerIter`. The source is read when the first token is asked for.
struct TokenizerIter {
    readline: Field,
    encoding: Field,
    extra: bool,
    /// The tokens, once they are made; unbound before.
    tokens: Field,
    /// The exception that ends them, or None.
    error: Field,
    index: Cell<usize>,
}

impl NativeData for TokenizerIter {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.readline, &self.encoding, &self.tokens, &self.error] {
            field.trace(tracer);
        }
    }
}

fn new(vm: &Vm, [class, readline, encoding, extra]: &[Value; 4]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("not a class")) };
    let data = TokenizerIter {
        readline: Field::new(*readline),
        encoding: Field::new(*encoding),
        extra: vm.truthy(*extra)?,
        tokens: Field::new(Value::UNBOUND),
        error: Field::new(Value::NONE),
        index: Cell::new(0),
    };
    Ok(vm.native(class, data).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<TokenizerIter>(this) else { return Err(vm.type_error("not a TokenizerIter")) };
    if data.tokens.get().is_unbound() {
        let source = read(vm, data.readline.get(), data.encoding.get())?;
        let (tokens, error) = tokenize(vm, &source, data.extra)?;
        data.tokens.set(vm, data, tokens.value());
        data.error.set(vm, data, error);
    }
    let Some(tokens) = data.tokens.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    match tokens.get(data.index.get()) {
        Some(token) => {
            data.index.set(data.index.get() + 1);
            Ok(token)
        }
        None => {
            let error = data.error.get();
            data.error.init(Value::NONE);
            if error.is_none() { Ok(Value::UNBOUND) } else { Err(vm.raise_value(error)) }
        }
    }
}

/// All that `readline` gives.
fn read(vm: &Vm, readline: Value, encoding: Value) -> Result<String, Raised> {
    let mut source = String::new();
    loop {
        let line = match vm.call(readline, &[]) {
            Ok(line) => line,
            Err(raised) => {
                vm.catch(raised, TypeId::StopIteration)?;
                return Ok(source);
            }
        };
        let line = if encoding.is_none() {
            line
        } else if vm.as_bytes(line).is_some() {
            vm.call_method(line, vm.names.decode, &[encoding])?
        } else {
            let name = vm.type_name(line);
            return Err(vm.type_error(format!("readline() returned a non-bytes object ({name})")));
        };
        let Some(text) = vm.as_str(line) else {
            let name = vm.type_name(line);
            return Err(vm.type_error(format!("readline() returned a non-string object ({name})")));
        };
        if text.is_empty() {
            return Ok(source);
        }
        source.push_str(&text.to_string_lossy());
    }
}

/// The text as it was read, and without the carriage returns in front of line feeds, which the tokenizer does not know.
struct Source<'s> {
    original: &'s str,
    text: &'s str,
    /// Where the lines of both start.
    starts: Vec<usize>,
    original_starts: Vec<usize>,
    /// The line end at the end of the text is not the program's.
    implicit: bool,
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

impl Source<'_> {
    /// The lines, from 1, of the text that the tokenizer reads.
    fn plain_lines(&self, first: u32, last: u32) -> &str {
        lines(self.text, &self.starts, first, last)
    }

    /// The lines as they were read, with their ends.
    fn lines(&self, first: u32, last: u32) -> &str {
        lines(self.original, &self.original_starts, first, last)
    }

    /// A column in bytes as one in characters.
    fn chars(&self, line: u32, column: i32) -> i64 {
        if column < 0 {
            return column as i64;
        }
        let text = self.plain_lines(line, line);
        text.get(..(column as usize).min(text.len())).map_or(column as i64, |before| before.chars().count() as i64)
    }

    /// The place in the text that was read of a place in the other.
    fn original_at(&self, at: usize) -> usize {
        let line = self.starts.partition_point(|start| *start <= at) - 1;
        let start = self.original_starts.get(line).copied().unwrap_or(self.original.len());
        (start + at - self.starts[line]).min(self.original.len())
    }

    fn original_range(&self, start: usize, end: usize) -> &str {
        self.original.get(self.original_at(start)..self.original_at(end)).unwrap_or("")
    }

    /// Is that where the line end is that was not there?
    fn is_implicit_end(&self, at: usize) -> bool {
        self.implicit && at + 1 == self.text.len()
    }
}

fn lines<'t>(text: &'t str, starts: &[usize], first: u32, last: u32) -> &'t str {
    let at = |line: u32| starts.get(line as usize - 1).copied().unwrap_or(text.len());
    if first == 0 { "" } else { text.get(at(first)..at(last + 1)).unwrap_or("") }
}

fn tokenize(vm: &Vm, original: &str, extra: bool) -> Result<(Ref<List>, Value), Raised> {
    let list = vm.list(&[]);
    if original.is_empty() && !extra {
        return Ok((list, Value::NONE));
    }
    let text = original.replace("\r\n", "\n");
    let implicit = !text.is_empty() && !text.ends_with('\n');
    let text = if implicit { text + "\n" } else { text };
    let (starts, original_starts) = (line_starts(&text), line_starts(original));
    let source = Source { original, text: &text, starts, original_starts, implicit };
    let mut tokenizer = Tokenizer::new(&text, Options { extra_tokens: extra });
    loop {
        match tokenizer.next_token() {
            Ok(token) => {
                list.push(vm, show(vm, &source, token, extra));
                if token.kind == TokenKind::EndMarker {
                    return Ok((list, Value::NONE));
                }
            }
            Err(error) => {
                let raised = raise(vm, &error, &source);
                return Ok((list, vm.take_exception(raised)));
            }
        }
    }
}

fn show(vm: &Vm, source: &Source, token: Token, extra: bool) -> Value {
    let number = number(token.kind, extra);
    let (from, to) = (token.start as usize, token.end as usize);
    let mut text = source.original_range(from, to);
    let (mut line, mut end_line) = (token.line, token.end_line);
    let mut start = source.chars(line, token.column);
    let mut end = source.chars(end_line, token.end_column);
    let mut shown = source.lines(line, end_line);
    let indentation = |line: u32| {
        let body = source.lines(line, line);
        &body[..body.len() - body.trim_start_matches([' ', '\t', '\x0c']).len()]
    };
    match token.kind {
        TokenKind::Newline | TokenKind::Nl if extra => {
            let ends = source.text[from..].starts_with('\n') && !source.is_implicit_end(from);
            text = if ends { source.original_range(from, from + 1) } else { "" };
            // A carriage return is a column of its own.
            text = if ends && source.original[source.original_at(from)..].starts_with('\r') { "\r\n" } else { text };
            start = start.max(0);
            end = start + text.len().max(1) as i64;
            end_line = line;
        }
        TokenKind::Newline => {
            // All up to the line feed: a comment, a carriage return.
            let stop = source.text[from..].find('\n').map_or(from, |length| from + length);
            let stop = source.original_at(stop);
            let carriage = source.original[stop..].starts_with('\r') as usize;
            text = &source.original[source.original_at(from)..stop + carriage];
            end = start + text.chars().count() as i64;
        }
        TokenKind::Indent if extra => {
            text = indentation(line);
            start = 0;
            end = text.chars().count() as i64;
        }
        TokenKind::EndMarker | TokenKind::Dedent if extra => {
            let at_end = from >= source.text.len();
            if at_end {
                let count = source.starts.len() as u32;
                let closed = source.text.is_empty() || source.text.ends_with('\n');
                line = if closed { count } else { count + 1 };
                shown = "";
            }
            text = "";
            end_line = line;
            let column = if at_end { 0 } else { indentation(line).len() as i64 };
            (start, end) = (column, column);
        }
        TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker => text = "",
        _ => {}
    }
    let place = |line: u32, column: i64| vm.tuple(&[vm.int(line as i64), vm.int(column)]).value();
    let parts = [
        Value::small(number),
        vm.str(text).value(),
        place(line, start),
        place(end_line, end),
        vm.str(shown).value(),
    ];
    vm.tuple(&parts).value()
}

/// The number of a token in the module `token`.
fn number(kind: TokenKind, extra: bool) -> i64 {
    use TokenKind::*;
    match kind {
        EndMarker => 0,
        Name => 1,
        Number => 2,
        String => 3,
        Newline => 4,
        Indent => 5,
        Dedent => 6,
        FStringStart => 59,
        FStringMiddle => 60,
        FStringEnd => 61,
        TStringStart => 62,
        TStringMiddle => 63,
        TStringEnd => 64,
        Comment => 65,
        Nl => 66,
        Unknown => 55,
        _ if extra => 55,
        LeftParen => 7,
        RightParen => 8,
        LeftBracket => 9,
        RightBracket => 10,
        Colon => 11,
        Comma => 12,
        Semicolon => 13,
        Plus => 14,
        Minus => 15,
        Star => 16,
        Slash => 17,
        VerticalBar => 18,
        Ampersand => 19,
        Less => 20,
        Greater => 21,
        Equal => 22,
        Dot => 23,
        Percent => 24,
        LeftBrace => 25,
        RightBrace => 26,
        EqEqual => 27,
        NotEqual | LessGreater => 28,
        LessEqual => 29,
        GreaterEqual => 30,
        Tilde => 31,
        Circumflex => 32,
        LeftShift => 33,
        RightShift => 34,
        DoubleStar => 35,
        PlusEqual => 36,
        MinusEqual => 37,
        StarEqual => 38,
        SlashEqual => 39,
        PercentEqual => 40,
        AmpersandEqual => 41,
        VerticalBarEqual => 42,
        CircumflexEqual => 43,
        LeftShiftEqual => 44,
        RightShiftEqual => 45,
        DoubleStarEqual => 46,
        DoubleSlash => 47,
        DoubleSlashEqual => 48,
        At => 49,
        AtEqual => 50,
        Arrow => 51,
        Ellipsis => 52,
        ColonEqual => 53,
        Exclamation => 54,
        _ => 1,
    }
}

fn raise(vm: &Vm, error: &TokenError, source: &Source) -> Raised {
    let (class, msg) = match error.kind {
        TokenErrorKind::Syntax => (TypeId::SyntaxError, error.msg.as_str()),
        TokenErrorKind::UnexpectedEof => (TypeId::SyntaxError, "unexpected EOF in multi-line statement"),
        TokenErrorKind::Dedent => {
            (TypeId::IndentationError, "unindent does not match any outer indentation level")
        }
        TokenErrorKind::TooDeep => (TypeId::IndentationError, "too many levels of indentation"),
        TokenErrorKind::Tab => (TypeId::TabError, "inconsistent use of tabs and spaces in indentation"),
        TokenErrorKind::LineContinuation => {
            (TypeId::SyntaxError, "unexpected character after line continuation character")
        }
    };
    let (filename, line) = (vm.str("<string>").value(), vm.int(error.line as i64));
    let place = match error.kind {
        TokenErrorKind::Syntax | TokenErrorKind::UnexpectedEof => {
            let (column, end) = (vm.int(error.column as i64), vm.int(error.end_column as i64));
            [filename, line, column, vm.str(&error.text).value(), line, end]
        }
        // What is wrong with a line is known only when all of it has been read.
        _ => {
            let text = source.plain_lines(error.line, error.line);
            let column = vm.int(text.chars().count() as i64);
            let text = vm.str(text.trim_end_matches('\n')).value();
            [filename, line, column, text, Value::NONE, Value::NONE]
        }
    };
    vm.raise_call(vm.types[class].value(), &[vm.str(msg).value(), vm.tuple(&place).value()])
}
