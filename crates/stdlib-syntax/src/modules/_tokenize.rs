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

struct Source<'s> {
    text: &'s str,
    starts: Vec<usize>,
    /// The line end at the end of the text is not the program's.
    implicit: bool,
}

impl Source<'_> {
    /// The text of lines, from 1, with their ends.
    fn lines(&self, first: u32, last: u32) -> &str {
        let at = |line: u32| self.starts.get(line as usize - 1).copied().unwrap_or(self.text.len());
        if first == 0 {
            return "";
        }
        let end = at(last + 1).min(self.text.len());
        let end = if self.implicit && end == self.text.len() { end.saturating_sub(1) } else { end };
        self.text.get(at(first).min(end)..end).unwrap_or("")
    }

    /// A column in bytes as one in characters.
    fn chars(&self, line: u32, column: i32) -> i64 {
        if column < 0 {
            return column as i64;
        }
        let text = self.lines(line, line);
        text.get(..(column as usize).min(text.len())).map_or(column as i64, |before| before.chars().count() as i64)
    }
}

fn tokenize(vm: &Vm, source: &str, extra: bool) -> Result<(Ref<List>, Value), Raised> {
    // The tokenizer knows `\n` only; what `tokenize` shows of line ends is taken from the text.
    let text = source.replace("\r\n", "\n");
    let crlf = source.contains("\r\n");
    let implicit = !text.is_empty() && !text.ends_with('\n');
    let text = if implicit { text + "\n" } else { text };
    let mut starts = vec![0];
    starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
    let lines = Source { text: &text, starts, implicit };
    let mut tokenizer = Tokenizer::new(&text, Options { extra_tokens: extra });
    let list = vm.list(&[]);
    loop {
        match tokenizer.next_token() {
            Ok(token) => {
                list.push(vm, show(vm, &lines, token, extra, crlf));
                if token.kind == TokenKind::EndMarker {
                    return Ok((list, Value::NONE));
                }
            }
            Err(error) => {
                let raised = raise(vm, &error);
                return Ok((list, vm.take_exception(raised)));
            }
        }
    }
}

fn show(vm: &Vm, source: &Source, token: Token, extra: bool, crlf: bool) -> Value {
    let number = number(token.kind, extra);
    let mut text = &source.text[token.start as usize..token.end as usize];
    let (mut line, mut end_line) = (token.line, token.end_line);
    let mut start = source.chars(line, token.column);
    let mut end = source.chars(end_line, token.end_column);
    let mut shown = source.lines(line, end_line);
    if extra {
        match token.kind {
            TokenKind::Newline | TokenKind::Nl => {
                let at = token.start as usize;
                let ends = source.text[at..].starts_with('\n') && !(source.implicit && at + 1 == source.text.len());
                text = match (ends, crlf) {
                    (true, true) => "\r\n",
                    (true, false) => "\n",
                    _ => "",
                };
                start = start.max(0);
                end = start + 1;
                end_line = line;
            }
            TokenKind::Indent => {
                let body = source.lines(line, line);
                text = &body[..body.len() - body.trim_start_matches([' ', '\t', '\x0c']).len()];
                start = 0;
                end = text.chars().count() as i64;
            }
            TokenKind::EndMarker | TokenKind::Dedent => {
                let at_end = token.start as usize >= source.text.len();
                if at_end {
                    let count = source.starts.len() as u32;
                    let closed = source.text.is_empty() || source.text.ends_with('\n');
                    line = if closed { count } else { count + 1 };
                    shown = "";
                }
                text = "";
                end_line = line;
                (start, end) = if at_end { (0, 0) } else { (start.max(0), start.max(0)) };
                if !at_end {
                    let body = source.lines(line, line);
                    let indent = (body.len() - body.trim_start_matches([' ', '\t', '\x0c']).len()) as i64;
                    (start, end) = (indent, indent);
                }
            }
            _ => {}
        }
    } else if matches!(token.kind, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker) {
        text = "";
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
        Unknown => 67,
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

fn raise(vm: &Vm, error: &TokenError) -> Raised {
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
    let place = [
        vm.str("<string>").value(),
        vm.int(error.line as i64),
        vm.int(error.column as i64),
        vm.str(&error.text).value(),
        vm.int(error.line as i64),
        vm.int(error.end_column as i64),
    ];
    vm.raise_call(vm.types[class].value(), &[vm.str(msg).value(), vm.tuple(&place).value()])
}
