//! Writers: from rows to lines.

use super::dialect::{self, Dialect, NOT_SET};
use super::{class, error, quoting, unpack};
use object::layout::native::Native;
use object::layout::str::{char_width, decode};
use object::slots::R;
use object::{
    Args, Field, GetSet, NativeData, Raised, Ref, Str, Tracer, TypeDef, TypeId, Value, Vm, natives, type_flags,
};

/// Where the class is kept.
pub const CLASS: &str = "_csv.Writer";

/// A writer.
pub struct Writer {
    write: Field,
    dialect: Field,
}

impl NativeData for Writer {
    fn trace(&self, tracer: &mut Tracer) {
        self.write.trace(tracer);
        self.dialect.trace(tracer);
    }
}

pub static WRITER: TypeDef = TypeDef {
    name: "writer",
    module: "_csv",
    doc: "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n",
    flags: type_flags::BASETYPE | type_flags::NO_NEW,
    methods: &[METHODS],
    getset: &[GetSet {
        name: "dialect",
        get: |vm, this| Ok(own(vm, this)?.dialect.get()),
        set: None,
        doc: "",
        is_member: true,
    }],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Construct and write a CSV record from an iterable of fields.
    ///
    /// Non-string elements will be converted to string.
    "writerow($self, row, /)" => writerow;
    /// Construct and write a series of iterables to a csv file.
    ///
    /// Non-string elements will be converted to string.
    "writerows($self, rows, /)" => writerows;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Writer>>, Raised> {
    vm.as_native::<Writer>(this).ok_or_else(|| vm.type_error("a _csv.writer object is required"))
}

/// `csv.writer`
pub fn writer(vm: &Vm, args: Args) -> R {
    let (file, base) = unpack(vm, "writer", args)?;
    let dialect = dialect::for_module_function(vm, base, args)?;
    let write = vm.getattr_opt(file, vm.names.write)?.filter(|write| vm.is_callable(*write));
    let Some(write) = write else {
        return Err(vm.type_error("argument 1 must have a \"write\" method"));
    };
    let writer = Writer { write: Field::new(write), dialect: Field::new(dialect) };
    Ok(vm.native(class(vm, CLASS)?, writer).value())
}

fn writerows(vm: &Vm, [this, rows]: &[Value; 2]) -> R {
    vm.for_each(*rows, |row| writerow(vm, &[*this, row]).map(|_| ()))?;
    Ok(Value::NONE)
}

fn writerow(vm: &Vm, [this, row]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let dialect = dialect::of(vm, own.dialect.get())?;
    let iterator = match vm.iter(*row) {
        Ok(iterator) => iterator,
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            let name = vm.type_of(*row).qualified_name(vm);
            return Err(error(vm, format!("iterable expected, not {name}")));
        }
    };
    let terminator = dialect.line_terminator(vm);
    let mut special = dialect.special_bytes();
    for char in terminator.text().chars() {
        special[dialect::first_byte(char) as usize] = true;
    }
    let mut record = Record { vm, dialect: &dialect, terminator, special, bytes: Vec::new(), fields: 0 };
    let mut last = Value::UNBOUND;
    while let Some(field) = vm.next(iterator)? {
        record.field(field)?;
        last = field;
    }
    if record.fields > 0 && record.bytes.is_empty() {
        let unquoted_null = last.is_none() && matches!(dialect.quoting, quoting::STRINGS | quoting::NOTNULL);
        if dialect.quoting == quoting::NONE || unquoted_null {
            return Err(error(vm, "single empty field record must be quoted"));
        }
        record.fields -= 1;
        record.append(None, true)?;
    }
    record.bytes.extend_from_slice(terminator.as_bytes());
    // SAFETY: whole characters of strings were put together.
    let line = vm.str_wtf8(unsafe { base::text::Wtf8::from_bytes_unchecked(&record.bytes) });
    vm.call(own.write.get(), &[line.value()])
}

/// A record that is being put together.
struct Record<'a> {
    vm: &'a Vm,
    dialect: &'a Dialect,
    terminator: Ref<Str>,
    /// The bytes that start a character which must be quoted or escaped.
    special: [bool; 256],
    bytes: Vec<u8>,
    fields: usize,
}

impl Record<'_> {
    fn field(&mut self, field: Value) -> Result<(), Raised> {
        let vm = self.vm;
        let text = vm.as_str(field);
        let quoted = match self.dialect.quoting {
            quoting::NONNUMERIC => {
                let slots = vm.type_of(field).slots();
                let is_number = slots.index.is_some() || slots.int.is_some() || slots.float.is_some();
                !is_number && vm.as_complex(field).is_none()
            }
            quoting::ALL => true,
            quoting::STRINGS => text.is_some(),
            quoting::NOTNULL => !field.is_none(),
            _ => false,
        };
        match text {
            Some(text) => self.append(Some(text), quoted),
            None if field.is_none() => self.append(None, quoted),
            None => {
                let text = vm.to_str(field)?;
                self.append(Some(text), quoted)
            }
        }
    }

    fn push(&mut self, char: u32) {
        let mut text = base::text::Wtf8Buf::new();
        match char {
            0..0x80 => self.bytes.push(char as u8),
            NOT_SET => {}
            _ => {
                text.push_code_point(char);
                self.bytes.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Must the character be quoted or escaped?
    fn is_special(&self, char: u32) -> bool {
        let dialect = self.dialect;
        char == dialect.delimiter
            || char == dialect.escape
            || char == dialect.quote
            || char == '\n' as u32
            || char == '\r' as u32
            || self.terminator.text().chars().any(|other| other == char)
    }

    /// Appends a field, None for the null value.
    fn append(&mut self, text: Option<Ref<Str>>, mut quoted: bool) -> Result<(), Raised> {
        let (vm, dialect) = (self.vm, self.dialect);
        let bytes = text.as_ref().map_or(&[][..], |text| text.as_bytes());
        if bytes.is_empty() && dialect.delimiter == ' ' as u32 && dialect.skip_initial_space {
            let unquoted_null = text.is_none() && matches!(dialect.quoting, quoting::STRINGS | quoting::NOTNULL);
            if dialect.quoting == quoting::NONE || unquoted_null {
                let text = "empty field must be quoted if delimiter is a space and skipinitialspace is true";
                return Err(error(vm, text));
            }
            quoted = true;
        }
        if self.fields > 0 {
            self.push(dialect.delimiter);
        }
        let start = self.bytes.len();
        self.bytes.reserve(bytes.len() + 2);
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let run = rest.iter().position(|byte| self.special[*byte as usize]).unwrap_or(rest.len());
            if run > 0 {
                self.bytes.extend_from_slice(&rest[..run]);
                at += run;
                continue;
            }
            let width = char_width(bytes[at]).min(bytes.len() - at);
            let char = decode(&bytes[at..at + width]);
            if self.is_special(char) {
                let escaped = if dialect.quoting == quoting::NONE {
                    true
                } else if char == dialect.quote {
                    if dialect.double_quote {
                        self.push(dialect.quote);
                    }
                    !dialect.double_quote
                } else {
                    char == dialect.escape
                };
                if escaped {
                    if dialect.escape == NOT_SET {
                        return Err(error(vm, "need to escape, but no escapechar set"));
                    }
                    self.push(dialect.escape);
                } else {
                    quoted = true;
                }
            }
            self.bytes.extend_from_slice(&bytes[at..at + width]);
            at += width;
        }
        if quoted && dialect.quote != NOT_SET {
            let end = self.bytes.len();
            self.push(dialect.quote);
            // The quote that was put behind the field goes in front of it, a second one behind.
            let width = self.bytes.len() - end;
            self.bytes[start..].rotate_right(width);
            self.push(dialect.quote);
        }
        self.fields += 1;
        Ok(())
    }
}
