//! A quick look at a text before it is parsed: how deep can its syntax tree be?
//!
//! The parser recurses, and so does everything that walks or drops the tree it makes. One pass over the bytes finds a
//! bound for the depth, far too high at times but never too low; only texts with an alarming bound are then treated
//! with care. It also finds what goes beyond the limits of CPython's tokenizer.

use crate::tokenizer::{MAX_INDENT, MAX_NESTING};

/// As much nesting of strings is refused (by the tokenizer, once it is asked).
const MAX_STRING_NESTING: usize = 150;
/// As many format specifications nested in one string may be refused.
const MAX_FIELD_NESTING: usize = 3;

/// What the look found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prescan {
    /// A bound for the depth of the syntax tree, up to a small factor.
    pub depth: u32,
    /// The deepest nesting of brackets.
    pub nesting: u32,
    /// Whether a limit of the tokenizer may be exceeded.
    pub over_limit: bool,
    /// Whether lines are indented by different kinds of white space.
    pub mixed_indents: bool,
}

/// An open bracket, or (at the bottom) the statement around all of them.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last comma.
    operators: u32,
    /// The deepest bracket since the last comma.
    inner: u32,
    /// The deepest part before the last comma.
    deepest: u32,
    /// Whether commas may belong to the parameters of a lambda expression, which nest.
    lambda: bool,
}

impl Level {
    /// Ends a part that the next one does not nest in.
    fn end_part(&mut self) {
        self.deepest = self.deepest.max(self.operators.saturating_add(self.inner));
        self.operators = 0;
        self.inner = 0;
    }
}

/// Where the scanner is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// In code; `floor` brackets were open where it began.
    Code { floor: usize },
    /// In the text of an f-string or t-string.
    Text { quote: u8, triple: bool },
    /// In a format specification.
    Spec,
}

/// What a byte can start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Nothing,
    Space,
    Digit,
    Operator,
    Word,
    Quote,
    Open,
    Close,
    Comma,
    Semicolon,
    Colon,
    Comment,
    Backslash,
    Newline,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Nothing; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>' | b'.' => Class::Operator,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128.. => Class::Word,
            b' ' | b'\t' | 0x0c => Class::Space,
            b'0'..=b'9' => Class::Digit,
            b'"' | b'\'' => Class::Quote,
            b'(' | b'[' | b'{' => Class::Open,
            b')' | b']' | b'}' => Class::Close,
            b',' => Class::Comma,
            b';' => Class::Semicolon,
            b':' => Class::Colon,
            b'#' => Class::Comment,
            b'\\' => Class::Backslash,
            b'\n' => Class::Newline,
            _ => Class::Nothing,
        };
        byte += 1;
    }
    classes
};

const CONTINUES_WORD: [bool; 256] = {
    let mut continues = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        continues[byte] = matches!(CLASSES[byte], Class::Word) || (byte as u8).is_ascii_digit();
        byte += 1;
    }
    continues
};

struct Scanner<'s> {
    bytes: &'s [u8],
    at: usize,
    levels: Vec<Level>,
    modes: Vec<Mode>,
    /// The bits of all bytes that indent lines.
    indented_by: u8,
    found: Prescan,
}

/// Looks at `source`.
pub(crate) fn prescan(source: &str) -> Prescan {
    let mut scanner = Scanner {
        bytes: source.as_bytes(),
        at: 0,
        levels: vec![Level::default()],
        modes: vec![Mode::Code { floor: 1 }],
        indented_by: 0,
        found: Prescan::default(),
    };
    scanner.run();
    scanner.found
}

impl Scanner<'_> {
    fn run(&mut self) {
        self.indentation();
        while self.at < self.bytes.len() {
            match self.mode() {
                Mode::Code { floor } => self.code(floor),
                Mode::Text { quote, triple } => self.text(quote, triple),
                Mode::Spec => self.spec(),
            }
        }
        while self.levels.len() > 1 {
            self.close();
        }
        self.level().end_part();
        self.found.depth = self.level().deepest;
        self.found.mixed_indents = !matches!(self.indented_by, 0 | b' ' | b'\t');
    }

    fn mode(&self) -> Mode {
        self.modes.last().copied().unwrap_or(Mode::Code { floor: 1 })
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let top = self.levels.len() - 1;
        &mut self.levels[top]
    }

    fn open(&mut self) {
        self.level().operators += 1;
        self.levels.push(Level::default());
        let nesting = self.levels.len() - 1;
        self.found.nesting = self.found.nesting.max(nesting as u32);
        self.found.over_limit |= nesting > MAX_NESTING;
    }

    fn close(&mut self) {
        if self.levels.len() > 1
            && let Some(mut closed) = self.levels.pop()
        {
            closed.end_part();
            let level = self.level();
            level.inner = level.inner.max(closed.deepest.saturating_add(1));
        }
    }

    /// Code up to something that changes the mode.
    fn code(&mut self, floor: usize) {
        let bytes = self.bytes;
        let mut at = self.at;
        // Operators that are still to be added to the level.
        let mut operators = 0;
        // Whether an operand may just have ended: a word that comes now is a keyword, and may well be an operator.
        let mut operand = true;
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            let class = CLASSES[byte as usize];
            match class {
                Class::Space => continue,
                Class::Nothing => {
                    operand = false;
                    continue;
                }
                Class::Digit => {
                    operand = true;
                    continue;
                }
                Class::Operator => {
                    operators += 1;
                    operand = false;
                    continue;
                }
                Class::Word => {
                    let start = at - 1;
                    while bytes.get(at).is_some_and(|&byte| CONTINUES_WORD[byte as usize]) {
                        at += 1;
                    }
                    operators += u32::from(operand);
                    operand = true;
                    let quoted = at - start <= 2 && matches!(bytes.get(at), Some(b'"' | b'\''));
                    if byte != b'l' && !quoted {
                        continue;
                    }
                    self.at = at;
                    self.level().operators += std::mem::take(&mut operators);
                    if self.special_word(start) {
                        return;
                    }
                    continue;
                }
                Class::Quote | Class::Close => operand = true,
                Class::Open | Class::Comma | Class::Semicolon | Class::Colon => operand = false,
                Class::Comment | Class::Backslash | Class::Newline => {}
            }
            self.at = at;
            self.level().operators += std::mem::take(&mut operators);
            if self.structure(class, byte, floor) {
                return;
            }
            at = self.at;
        }
        self.at = at;
        self.level().operators += operators;
    }

    /// A byte in code that is neither word nor operator. Gives whether the mode has changed.
    fn structure(&mut self, class: Class, byte: u8, floor: usize) -> bool {
        match class {
            Class::Quote => self.string(byte),
            Class::Open => self.open(),
            Class::Close => {
                if byte == b'}' && self.modes.len() > 1 && self.levels.len() <= floor {
                    // The end of a replacement field.
                    self.modes.pop();
                    self.close();
                    return true;
                }
                self.close();
            }
            Class::Comma => {
                let level = self.level();
                if !level.lambda {
                    level.end_part();
                }
            }
            Class::Semicolon => {
                if self.levels.len() == 1 {
                    self.end_statement();
                }
            }
            Class::Colon => {
                if self.modes.len() > 1 && self.levels.len() <= floor {
                    self.modes.push(Mode::Spec);
                    self.check_modes(MAX_FIELD_NESTING, |mode| mode == Mode::Spec);
                    return true;
                }
            }
            Class::Comment => {
                let rest = &self.bytes[self.at..];
                self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
            Class::Backslash => self.at += 1,
            Class::Newline => {
                if self.levels.len() == 1 {
                    self.end_statement();
                    self.indentation();
                }
            }
            Class::Nothing | Class::Space | Class::Digit | Class::Operator | Class::Word => {}
        }
        false
    }

    /// Notes if as many modes as `limit` are of some kind.
    fn check_modes(&mut self, limit: usize, is_counted: impl Fn(Mode) -> bool) {
        // Once the limit is passed there is no need to count, which would take long.
        if !self.found.over_limit && self.modes.len() > limit {
            self.found.over_limit = self.modes.iter().filter(|&&mode| is_counted(mode)).count() >= limit;
        }
    }

    fn end_statement(&mut self) {
        let level = self.level();
        level.end_part();
        level.lambda = false;
    }

    /// The white space that starts a line.
    fn indentation(&mut self) {
        let start = self.at;
        while let Some(&byte @ (b' ' | b'\t' | 0x0c)) = self.bytes.get(self.at) {
            self.indented_by |= byte;
            self.at += 1;
        }
        self.found.over_limit |= self.at - start >= MAX_INDENT;
    }

    /// A word that began at `start` and may be `lambda` or the prefix of a string. Gives whether it was the prefix of an
    /// f-string or t-string, whose text comes next.
    fn special_word(&mut self, start: usize) -> bool {
        let word = &self.bytes[start..self.at];
        if word == b"lambda" {
            let level = self.level();
            level.operators += 1;
            level.lambda = true;
            return false;
        }
        let interpolated = word.iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'))
            && word.iter().all(|byte| matches!(byte, b'f' | b'F' | b't' | b'T' | b'r' | b'R'));
        let Some(&quote @ (b'"' | b'\'')) = self.bytes.get(self.at) else { return false };
        if !interpolated {
            return false;
        }
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        self.modes.push(Mode::Text { quote, triple });
        self.check_modes(MAX_STRING_NESTING, |mode| matches!(mode, Mode::Text { .. }));
        true
    }

    /// A string without fields, whose first quote has been read.
    fn string(&mut self, quote: u8) {
        if self.bytes[self.at..].starts_with(&[quote; 2]) {
            self.at += 2;
            loop {
                let rest = &self.bytes[self.at..];
                let Some(found) = memchr::memchr2(quote, b'\\', rest) else {
                    self.at = self.bytes.len();
                    return;
                };
                self.at += found;
                if self.bytes[self.at] == b'\\' {
                    self.at += 2;
                    self.at = self.at.min(self.bytes.len());
                } else if self.bytes[self.at..].starts_with(&[quote; 3]) {
                    self.at += 3;
                    return;
                } else {
                    self.at += 1;
                }
            }
        }
        loop {
            let rest = &self.bytes[self.at..];
            let Some(found) = memchr::memchr3(quote, b'\\', b'\n', rest) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += found;
            match self.bytes[self.at] {
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                // An unterminated string ends with its line.
                b'\n' => return,
                _ => {
                    self.at += 1;
                    return;
                }
            }
        }
    }

    /// The text of an f-string or t-string up to a field or its end.
    fn text(&mut self, quote: u8, triple: bool) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' if !matches!(self.bytes.get(self.at), Some(b'{' | b'}')) => self.at += 1,
                b'{' => {
                    if self.bytes.get(self.at) == Some(&b'{') {
                        self.at += 1;
                    } else {
                        return self.field();
                    }
                }
                b'\n' if !triple => {
                    self.at -= 1;
                    self.modes.pop();
                    return;
                }
                _ if byte == quote => {
                    if !triple {
                        self.modes.pop();
                        return;
                    }
                    if self.bytes[self.at..].starts_with(&[quote; 2]) {
                        self.at += 2;
                        self.modes.pop();
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// A field whose brace has been read.
    fn field(&mut self) {
        self.open();
        self.modes.push(Mode::Code { floor: self.levels.len() });
    }

    /// A format specification, up to a field in it or the end of the field that it belongs to.
    fn spec(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'{' => return self.field(),
                b'}' => {
                    // With the specification ends its field.
                    self.modes.pop();
                    self.modes.pop();
                    self.close();
                    return;
                }
                b'\n' => {
                    // An error in a single-quoted string; go on with code so that nothing is overlooked.
                    self.modes.pop();
                    return;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prescan;

    #[test]
    fn lists_are_flat_and_chains_are_deep() {
        assert!(prescan(&"1,".repeat(1000)).depth < 3);
        assert!(prescan(&format!("[{}]", "f(x), ".repeat(1000))).depth < 5);
        assert!(prescan(&"-".repeat(1000)).depth >= 1000);
        assert!(prescan(&format!("x{}", ".a".repeat(1000))).depth >= 1000);
        assert!(prescan(&"lambda a, b: ".repeat(1000)).depth >= 1000);
        assert!(prescan(&"1 if 2 else ".repeat(1000)).depth >= 1000);
        assert!(prescan(&"not ".repeat(1000)).depth >= 999);
        assert!(prescan(&"f(x\n)\n".repeat(1000)).depth < 5);
        assert_eq!(prescan(&format!("{}1{}", "(".repeat(150), ")".repeat(150))).nesting, 150);
    }

    #[test]
    fn strings_hide_what_is_in_them_and_fields_show_it() {
        assert_eq!(prescan("'((((' \"[[[\" '''{{{\n''' # (((\n").nesting, 0);
        assert_eq!(prescan(r"'\'(('").nesting, 0);
        assert_eq!(prescan("f'((({x[(1)]:(((>{y}}((('").nesting, 3);
        assert_eq!(prescan("f'{{((' + (1)").nesting, 1);
        assert!(prescan(&"f'{".repeat(200)).over_limit);
        assert!(prescan("f'{1:{2:{3:{4}}}}'").over_limit);
        assert!(!prescan("f'{1:{2:{3}}}'").over_limit);
    }
}
