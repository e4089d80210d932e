//! Dialects: how fields are separated, quoted and escaped.

use super::{class, quoting, registered};
use object::layout::native::Native;
use object::slots::R;
use object::{
    Args, Field, GetSet, NativeData, Raised, Ref, Str, Tracer, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm,
    native_ref, natives, type_flags,
};

/// Where the class is kept.
pub const CLASS: &str = "_csv.Dialect";

/// Stands for a character that is not set; no code point.
pub const NOT_SET: u32 = u32::MAX;

/// A dialect. It does not change once it is made.
pub struct Dialect {
    pub skip_initial_space: bool,
    pub double_quote: bool,
    pub strict: bool,
    pub quoting: i32,
    pub delimiter: u32,
    pub quote: u32,
    pub escape: u32,
    line_terminator: Field,
}

impl NativeData for Dialect {
    fn trace(&self, tracer: &mut Tracer) {
        self.line_terminator.trace(tracer);
    }
}

impl Dialect {
    /// What ends a record.
    pub fn line_terminator(&self, vm: &Vm) -> Ref<Str> {
        vm.as_str(self.line_terminator.get()).unwrap_or(vm.names.empty)
    }

    /// The bytes that start a character with a meaning of its own within fields.
    pub fn special_bytes(&self) -> [bool; 256] {
        let mut special = [false; 256];
        for char in [self.delimiter, self.quote, self.escape, '\r' as u32, '\n' as u32] {
            if char != NOT_SET {
                special[first_byte(char) as usize] = true;
            }
        }
        special
    }
}

/// The first byte of a character in UTF-8.
pub fn first_byte(char: u32) -> u8 {
    match char {
        0..0x80 => char as u8,
        0x80..0x800 => 0xC0 | (char >> 6) as u8,
        0x800..0x1_0000 => 0xE0 | (char >> 12) as u8,
        _ => 0xF0 | (char >> 18) as u8,
    }
}

macro_rules! attribute {
    ($name:literal, $member:literal, $get:expr) => {
        GetSet {
            name: $name,
            get: |vm, this| {
                let get: fn(&Vm, &Dialect) -> Value = $get;
                Ok(get(vm, &*own(vm, this)?))
            },
            set: None,
            doc: "",
            is_member: $member,
        }
    };
}

pub static DIALECT: TypeDef = TypeDef {
    name: "Dialect",
    module: "_csv",
    doc: "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.\n",
    flags: type_flags::BASETYPE,
    methods: &[METHODS],
    getset: &[
        attribute!("skipinitialspace", true, |_, own| Value::bool(own.skip_initial_space)),
        attribute!("doublequote", true, |_, own| Value::bool(own.double_quote)),
        attribute!("strict", true, |_, own| Value::bool(own.strict)),
        attribute!("delimiter", false, |vm, own| char_value(vm, own.delimiter)),
        attribute!("escapechar", false, |vm, own| char_value(vm, own.escape)),
        attribute!("lineterminator", false, |_, own| own.line_terminator.get()),
        attribute!("quotechar", false, |vm, own| char_value(vm, own.quote)),
        attribute!("quoting", false, |vm, own| vm.int(own.quoting as i64)),
    ],
    new: Some(native_ref!("Dialect(...)" -> new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// raises an exception to avoid pickling
    "__reduce__(...)" -> reduce;
    /// raises an exception to avoid pickling
    "__reduce_ex__(...)" -> reduce;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Dialect>>, Raised> {
    vm.as_native::<Dialect>(this).ok_or_else(|| vm.type_error("a _csv.Dialect object is required"))
}

/// The dialect that a reader or writer holds.
pub fn of(vm: &Vm, dialect: Value) -> Result<Ref<Native<Dialect>>, Raised> {
    own(vm, dialect)
}

fn char_value(vm: &Vm, char: u32) -> Value {
    if char == NOT_SET { Value::NONE } else { vm.str_char(char).value() }
}

fn reduce(vm: &Vm, args: Args) -> R {
    let name = args.args.first().map_or_else(String::new, |this| vm.type_name(*this));
    Err(vm.type_error(format!("cannot pickle '{name}' instances")))
}

const OPTIONS: [&str; 9] = [
    "dialect",
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().and_then(|class| class.cast::<TypeObj>());
    let class = class.ok_or_else(|| vm.type_error("a class is required"))?;
    let given = &args.args[1..args.count()];
    let total = args.args.len() - 1;
    if total > OPTIONS.len() {
        return Err(vm.type_error(format!("function takes at most 9 arguments ({total} given)")));
    }
    let mut options = [Value::UNBOUND; 9];
    options[..given.len()].copy_from_slice(given);
    keywords(vm, args, &mut options)?;
    make(vm, class, options)
}

/// The dialect that `reader` and its like are told by a base, and by keyword arguments.
pub fn for_module_function(vm: &Vm, base: Value, args: Args) -> R {
    let mut options = [Value::UNBOUND; 9];
    options[0] = base;
    keywords(vm, args, &mut options)?;
    make(vm, class(vm, CLASS)?, options)
}

fn keywords(vm: &Vm, args: Args, options: &mut [Value; 9]) -> Result<(), Raised> {
    for (name, value) in args.split().1 {
        let text = name.to_string_lossy();
        let Some(index) = OPTIONS.iter().position(|option| *option == text) else {
            return Err(vm.type_error(format!("this function got an unexpected keyword argument '{text}'")));
        };
        if !options[index].is_unbound() {
            let text = format!("argument for function given by name ('{text}') and position ({})", index + 1);
            return Err(vm.type_error(text));
        }
        options[index] = value;
    }
    Ok(())
}

fn make(vm: &Vm, class: Ref<TypeObj>, mut options: [Value; 9]) -> R {
    if let Some(mut base) = options[0].bound() {
        if vm.as_str(base).is_some() {
            base = registered(vm, base)?;
        }
        if vm.as_native::<Dialect>(base).is_some() && options[1..].iter().all(|option| option.is_unbound()) {
            return Ok(base);
        }
        for (option, name) in options[1..].iter_mut().zip(&OPTIONS[1..]) {
            if option.is_unbound() {
                match vm.getattr_str(base, name) {
                    Ok(value) => *option = value,
                    Err(raised) => {
                        vm.take_exception(raised);
                    }
                }
            }
        }
    }
    let [_, delimiter, double_quote, escape, line_terminator, quote, quoting, skip_initial_space, strict] = options;
    let delimiter = char_option(vm, "delimiter", delimiter, b',', false)?;
    let double_quote = bool_option(vm, double_quote, true)?;
    let escape = match escape.is_unbound() {
        true => NOT_SET,
        false => char_option(vm, "escapechar", escape, 0, true)?,
    };
    let line_terminator = match line_terminator.bound() {
        None => vm.intern("\r\n").value(),
        Some(text) if vm.as_str(text).is_some() => text,
        Some(other) => {
            let name = vm.type_of(other).full_name(vm);
            return Err(vm.type_error(format!("\"lineterminator\" must be a string, not {name}")));
        }
    };
    let quote_given = quote;
    let quote = char_option(vm, "quotechar", quote, b'"', true)?;
    let quoting_number = int_option(vm, "quoting", quoting, quoting::MINIMAL)?;
    let skip_initial_space = bool_option(vm, skip_initial_space, false)?;
    let strict = bool_option(vm, strict, false)?;
    if !(quoting::MINIMAL..=quoting::NOTNULL).contains(&quoting_number) {
        return Err(vm.type_error("bad \"quoting\" value"));
    }
    let quoting_number = if quote_given.is_none() && quoting.is_unbound() { quoting::NONE } else { quoting_number };
    if quoting_number != quoting::NONE && quote == NOT_SET {
        return Err(vm.type_error("quotechar must be set if quoting enabled"));
    }
    let dialect = Dialect {
        skip_initial_space,
        double_quote,
        strict,
        quoting: quoting_number,
        delimiter,
        quote,
        escape,
        line_terminator: Field::new(line_terminator),
    };
    check_char(vm, &dialect, "delimiter", delimiter, true)?;
    check_char(vm, &dialect, "escapechar", escape, !skip_initial_space)?;
    check_char(vm, &dialect, "quotechar", quote, !skip_initial_space)?;
    check_different(vm, "delimiter", "escapechar", delimiter, escape)?;
    check_different(vm, "delimiter", "quotechar", delimiter, quote)?;
    check_different(vm, "escapechar", "quotechar", escape, quote)?;
    Ok(vm.native(class, dialect).value())
}

fn bool_option(vm: &Vm, value: Value, default: bool) -> Result<bool, Raised> {
    value.bound().map_or(Ok(default), |value| vm.truthy(value))
}

fn int_option(vm: &Vm, name: &str, value: Value, default: i32) -> Result<i32, Raised> {
    let Some(value) = value.bound() else { return Ok(default) };
    if !vm.is_exactly(value, TypeId::Int) {
        let class = vm.type_of(value).full_name(vm);
        return Err(vm.type_error(format!("\"{name}\" must be an integer, not {class}")));
    }
    match vm.as_int(value).and_then(|int| int.to_i64()).and_then(|int| i32::try_from(int).ok()) {
        Some(int) => Ok(int),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

fn char_option(vm: &Vm, name: &str, value: Value, default: u8, or_none: bool) -> Result<u32, Raised> {
    let Some(value) = value.bound() else { return Ok(default as u32) };
    if or_none && value.is_none() {
        return Ok(NOT_SET);
    }
    let wanted = if or_none { "a unicode character or None" } else { "a unicode character" };
    match vm.as_str(value) {
        Some(text) if text.len() == 1 => Ok(text.char_at(vm, 0)),
        Some(text) => Err(vm.type_error(format!("\"{name}\" must be {wanted}, not a string of length {}", text.len()))),
        None => {
            let class = vm.type_of(value).full_name(vm);
            Err(vm.type_error(format!("\"{name}\" must be {wanted}, not {class}")))
        }
    }
}

fn check_char(vm: &Vm, dialect: &Dialect, name: &str, char: u32, allow_space: bool) -> Result<(), Raised> {
    if char == '\r' as u32 || char == '\n' as u32 || (char == ' ' as u32 && !allow_space) {
        return Err(vm.value_error(format!("bad {name} value")));
    }
    if dialect.line_terminator(vm).text().chars().any(|other| other == char) {
        return Err(vm.value_error(format!("bad {name} or lineterminator value")));
    }
    Ok(())
}

fn check_different(vm: &Vm, name: &str, other_name: &str, char: u32, other: u32) -> Result<(), Raised> {
    if char == other && char != NOT_SET {
        return Err(vm.value_error(format!("bad {name} or {other_name} value")));
    }
    Ok(())
}
