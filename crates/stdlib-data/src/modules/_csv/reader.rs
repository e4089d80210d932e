//! Readers: from lines to rows.

use super::dialect::{self, Dialect};
use super::{class, error, field_limit, quoting, unpack};
use object::layout::native::Native;
use object::layout::str::{char_width, decode};
use object::slots::{R, Slot};
use object::{
    Args, Field, GetSet, List, NativeData, Raised, Ref, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, type_flags,
};
use std::cell::{Cell, RefCell};

/// Where the class is kept.
pub const CLASS: &str = "_csv.Reader";

/// Stands for the end of a line; no code point.
const END_OF_LINE: u32 = u32::MAX - 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    EscapedChar,
    InField,
    InQuotedField,
    EscapeInQuotedField,
    QuoteInQuotedField,
    EatNewline,
    AfterEscapedNewline,
}

/// A field that is being read.
struct Partial {
    state: State,
    bytes: Vec<u8>,
    chars: usize,
    unquoted: bool,
}

/// A reader. Asking the iterator for a line may run the same reader again, so what is known of the row lies here
/// meanwhile.
pub struct Reader {
    input: Field,
    dialect: Field,
    /// The list of the row's fields so far, or unbound between rows.
    fields: Field,
    line_number: Cell<u64>,
    partial: RefCell<Partial>,
}

impl NativeData for Reader {
    fn trace(&self, tracer: &mut Tracer) {
        self.input.trace(tracer);
        self.dialect.trace(tracer);
        self.fields.trace(tracer);
    }
}

pub static READER: TypeDef = TypeDef {
    name: "reader",
    module: "_csv",
    doc: "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n",
    flags: type_flags::BASETYPE | type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    getset: &[
        GetSet {
            name: "dialect",
            get: |vm, this| Ok(own(vm, this)?.dialect.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "line_num",
            get: |vm, this| Ok(vm.int_u64(own(vm, this)?.line_number.get())),
            set: None,
            doc: "",
            is_member: true,
        },
    ],
    ..TypeDef::DEFAULT
};

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Reader>>, Raised> {
    vm.as_native::<Reader>(this).ok_or_else(|| vm.type_error("a _csv.reader object is required"))
}

/// `csv.reader`
pub fn reader(vm: &Vm, args: Args) -> R {
    let (iterable, base) = unpack(vm, "reader", args)?;
    let input = vm.iter(iterable)?;
    let dialect = dialect::for_module_function(vm, base, args)?;
    let partial = Partial { state: State::StartRecord, bytes: Vec::new(), chars: 0, unquoted: true };
    let reader = Reader {
        input: Field::new(input),
        dialect: Field::new(dialect),
        fields: Field::new(Value::UNBOUND),
        line_number: Cell::new(0),
        partial: RefCell::new(partial),
    };
    Ok(vm.native(class(vm, CLASS)?, reader).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let own = own(vm, this)?;
    let dialect = dialect::of(vm, own.dialect.get())?;
    own.fields.set(vm, own, vm.list(&[]).value());
    {
        let mut partial = own.partial.borrow_mut();
        partial.state = State::StartRecord;
        partial.bytes.clear();
        partial.chars = 0;
        partial.unquoted = true;
    }
    let special = dialect.special_bytes();
    let limit = field_limit(vm);
    loop {
        let Some(line) = vm.next(own.input.get())? else {
            let mut partial = own.partial.borrow_mut();
            if partial.chars == 0 && partial.state != State::InQuotedField {
                return Ok(Value::UNBOUND);
            }
            if dialect.strict {
                return Err(error(vm, "unexpected end of data"));
            }
            let fields = own.fields.get().cast::<List>().unwrap_or_else(|| vm.list(&[]));
            Parser { vm, dialect: &dialect, fields, limit, partial: &mut partial }.save_field()?;
            break;
        };
        let Some(text) = vm.as_str(line) else {
            let name = vm.type_of(line).qualified_name(vm);
            let text = format!("iterator should return strings, not {name} (the file should be opened in text mode)");
            return Err(error(vm, text));
        };
        let Some(fields) = own.fields.get().cast::<List>() else {
            return Err(error(vm, "iterator has already advanced the reader"));
        };
        own.line_number.set(own.line_number.get() + 1);
        // Parsing a line does not call Python, so the partial field may be borrowed meanwhile.
        let mut partial = own.partial.borrow_mut();
        Parser { vm, dialect: &dialect, fields, limit, partial: &mut partial }.line(text.as_bytes(), &special)?;
        if partial.state == State::StartRecord {
            break;
        }
    }
    let fields = own.fields.get();
    own.fields.init(Value::UNBOUND);
    Ok(fields.or_none())
}

struct Parser<'a> {
    vm: &'a Vm,
    dialect: &'a Dialect,
    fields: Ref<List>,
    limit: i64,
    partial: &'a mut Partial,
}

impl Parser<'_> {
    fn line(&mut self, bytes: &[u8], special: &[bool; 256]) -> Result<(), Raised> {
        let mut at = 0;
        while at < bytes.len() {
            if matches!(self.partial.state, State::InField | State::InQuotedField) {
                let rest = &bytes[at..];
                let run = rest.iter().position(|byte| special[*byte as usize]).unwrap_or(rest.len());
                if run > 0 {
                    // Marked bytes start characters, so the run ends between two.
                    let run = &rest[..run];
                    self.add(run, run.iter().filter(|byte| **byte & 0xC0 != 0x80).count())?;
                    at += run.len();
                    continue;
                }
            }
            let width = char_width(bytes[at]).min(bytes.len() - at);
            let char = &bytes[at..at + width];
            at += width;
            self.char(decode(char), char)?;
        }
        self.char(END_OF_LINE, b"\n")
    }

    /// Adds characters to the field.
    fn add(&mut self, bytes: &[u8], chars: usize) -> Result<(), Raised> {
        if self.partial.chars as i64 + chars as i64 > self.limit.max(0) {
            let text = format!("field larger than field limit ({})", self.limit);
            return Err(error(self.vm, text));
        }
        self.partial.bytes.extend_from_slice(bytes);
        self.partial.chars += chars;
        Ok(())
    }

    fn save_field(&mut self) -> Result<(), Raised> {
        let (vm, partial) = (self.vm, &mut *self.partial);
        let quoting = self.dialect.quoting;
        let unquoted = std::mem::replace(&mut partial.unquoted, true);
        let empty = partial.chars == 0;
        let field = if unquoted && empty && matches!(quoting, quoting::NOTNULL | quoting::STRINGS) {
            Value::NONE
        } else {
            // SAFETY: the bytes are whole characters of strings, `chars` of them.
            let text = unsafe { vm.str_unchecked(&partial.bytes, partial.chars) }.value();
            partial.bytes.clear();
            partial.chars = 0;
            if unquoted && !empty && matches!(quoting, quoting::NONNUMERIC | quoting::STRINGS) {
                vm.call(vm.types[TypeId::Float].value(), &[text])?
            } else {
                text
            }
        };
        self.fields.push(vm, field);
        Ok(())
    }

    /// The end of the record.
    fn end(&mut self, char: u32) -> Result<(), Raised> {
        self.save_field()?;
        self.partial.state = if char == END_OF_LINE { State::StartRecord } else { State::EatNewline };
        Ok(())
    }

    /// A character, or the end of the line, for which `bytes` is a newline.
    fn char(&mut self, char: u32, bytes: &[u8]) -> Result<(), Raised> {
        const NEWLINE: u32 = '\n' as u32;
        const RETURN: u32 = '\r' as u32;
        let dialect = self.dialect;
        let is_end = matches!(char, NEWLINE | RETURN | END_OF_LINE);
        let is_quote = char == dialect.quote && dialect.quoting != quoting::NONE;
        match self.partial.state {
            State::StartRecord if char == END_OF_LINE => {}
            State::StartRecord if is_end => self.partial.state = State::EatNewline,
            State::StartRecord | State::StartField => {
                self.partial.state = State::StartField;
                if is_end {
                    self.end(char)?;
                } else if is_quote {
                    self.partial.unquoted = false;
                    self.partial.state = State::InQuotedField;
                } else if char == dialect.escape {
                    self.partial.state = State::EscapedChar;
                } else if char == ' ' as u32 && dialect.skip_initial_space {
                    // Spaces in front of a field are no part of it, also where a space is the delimiter.
                } else if char == dialect.delimiter {
                    self.save_field()?;
                } else {
                    self.add(bytes, 1)?;
                    self.partial.state = State::InField;
                }
            }
            State::EscapedChar => {
                self.add(bytes, 1)?;
                let newline = matches!(char, NEWLINE | RETURN);
                self.partial.state = if newline { State::AfterEscapedNewline } else { State::InField };
            }
            State::AfterEscapedNewline if char == END_OF_LINE => {}
            State::AfterEscapedNewline | State::InField => {
                if is_end {
                    self.end(char)?;
                } else if char == dialect.escape {
                    self.partial.state = State::EscapedChar;
                } else if char == dialect.delimiter {
                    self.save_field()?;
                    self.partial.state = State::StartField;
                } else {
                    self.add(bytes, 1)?;
                }
            }
            State::InQuotedField if char == END_OF_LINE => {}
            State::InQuotedField => {
                if char == dialect.escape {
                    self.partial.state = State::EscapeInQuotedField;
                } else if is_quote {
                    self.partial.state = if dialect.double_quote { State::QuoteInQuotedField } else { State::InField };
                } else {
                    self.add(bytes, 1)?;
                }
            }
            State::EscapeInQuotedField => {
                self.add(bytes, 1)?;
                self.partial.state = State::InQuotedField;
            }
            State::QuoteInQuotedField => {
                if is_quote {
                    self.add(bytes, 1)?;
                    self.partial.state = State::InQuotedField;
                } else if char == dialect.delimiter {
                    self.save_field()?;
                    self.partial.state = State::StartField;
                } else if is_end {
                    self.end(char)?;
                } else if !dialect.strict {
                    self.add(bytes, 1)?;
                    self.partial.state = State::InField;
                } else {
                    return Err(self.delimiter_expected());
                }
            }
            State::EatNewline if char == END_OF_LINE => self.partial.state = State::StartRecord,
            State::EatNewline if is_end => {}
            State::EatNewline => {
                let text = "new-line character seen in unquoted field - do you need to open the file with newline=''?";
                return Err(error(self.vm, text));
            }
        }
        Ok(())
    }

    #[cold]
    fn delimiter_expected(&self) -> Raised {
        let vm = self.vm;
        let mut text = base::text::Wtf8Buf::new();
        text.push_str("'");
        text.push_code_point(self.dialect.delimiter);
        text.push_str("' expected after '");
        text.push_code_point(self.dialect.quote);
        text.push_str("'");
        match class(vm, super::ERROR) {
            Ok(class) => vm.raise_type(class, &[vm.str_wtf8(&text).value()]),
            Err(raised) => raised,
        }
    }
}
