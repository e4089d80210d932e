//! `_string`: the parts of `str.format` that `string.Formatter` uses.

use crate::support::{class_once, data, itself};
use object::traced;
use base::format::{ErrorKind, FieldName, Markup, MarkupIter, NameKey, split_field_name};
use base::text::Wtf8;
use object::slots::{R, Slot};
use object::{Field, ModuleDef, Raised, Ref, Str, TypeDef, Value, Vm, natives, type_flags};
use std::cell::Cell;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_string",
    doc: "string helper module",
    functions: &[FUNCTIONS],
    exec: |vm, _| {
        class_once(vm, "_string.formatteriterator", &FORMATTER);
        class_once(vm, "_string.fieldnameiterator", &FIELD_NAME);
        Ok(())
    },
};

natives! { static FUNCTIONS: {
    /// parse the argument as a format string
    "formatter_parser($self, object, /)" => formatter_parser;
    /// split the argument as a field name
    "formatter_field_name_split($self, object, /)" => formatter_field_name_split;
}}

/// An iterator over a string: what is left of it starts at a byte offset.
pub struct Pieces {
    text: Field,
    at: Cell<usize>,
}

traced! { Pieces { text } }

static FORMATTER: TypeDef = TypeDef {
    name: "formatteriterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(itself), Slot::next(next_markup)],
    ..TypeDef::DEFAULT
};

static FIELD_NAME: TypeDef = TypeDef {
    name: "fieldnameiterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(itself), Slot::next(next_field)],
    ..TypeDef::DEFAULT
};

fn failed(vm: &Vm, error: base::format::FormatError) -> Raised {
    let class = match error.kind {
        ErrorKind::Type => object::TypeId::TypeError,
        ErrorKind::Overflow => object::TypeId::OverflowError,
        ErrorKind::Memory => return vm.memory_error(),
        _ => object::TypeId::ValueError,
    };
    let text = vm.str_wtf8(&error.message).value();
    vm.raise_type(vm.types[class], &[text])
}

fn text_arg(vm: &Vm, value: Value) -> Result<Ref<Str>, Raised> {
    vm.as_str(value).ok_or_else(|| vm.type_error(format!("expected str, got {}", vm.type_name(value))))
}

fn iterator(vm: &Vm, class: &str, text: Value, at: usize) -> R {
    let pieces = Pieces { text: Field::new(text), at: Cell::new(at) };
    Ok(vm.native(crate::support::kept_class(vm, class)?, pieces).value())
}

fn formatter_parser(vm: &Vm, [_module, text]: &[Value; 2]) -> R {
    let text = text_arg(vm, *text)?.value();
    iterator(vm, "_string.formatteriterator", text, 0)
}

fn key(vm: &Vm, key: NameKey<'_>) -> Value {
    match key {
        NameKey::Index(index) => vm.int_usize(index),
        NameKey::Name(name) => vm.str_wtf8(name).value(),
    }
}

fn formatter_field_name_split(vm: &Vm, [_module, name]: &[Value; 2]) -> R {
    let name = text_arg(vm, *name)?;
    let text = name.text();
    let (first, _) = split_field_name(text).map_err(|error| failed(vm, error))?;
    let first = key(vm, first);
    let end = memchr::memchr2(b'.', b'[', text.as_bytes()).unwrap_or(text.len());
    let rest = iterator(vm, "_string.fieldnameiterator", name.value(), end)?;
    Ok(vm.tuple(&[first, rest]).value())
}

/// The text of an iterator from where it is.
fn rest(vm: &Vm, pieces: &Pieces) -> Option<Ref<Str>> {
    let text = vm.as_str(pieces.text.get())?;
    Some(vm.substr(text, pieces.at.get()..text.as_bytes().len()))
}

fn next_markup(vm: &Vm, this: Value) -> R {
    let pieces = data::<Pieces>(vm, this)?;
    let Some(rest) = rest(vm, &pieces) else { return Ok(Value::UNBOUND) };
    let mut markups = MarkupIter::new(rest.text());
    let Some(markup) = markups.next() else { return Ok(Value::UNBOUND) };
    let Markup { literal, field } = markup.map_err(|error| failed(vm, error))?;
    pieces.at.set(pieces.at.get() + markups.offset());
    let literal = vm.str_wtf8(literal).value();
    let parts = match field {
        None => [literal, Value::NONE, Value::NONE, Value::NONE],
        Some(field) => {
            let conversion = field.conversion.map_or(Value::NONE, |char| vm.str_char(char).value());
            [literal, vm.str_wtf8(field.name).value(), vm.str_wtf8(field.spec).value(), conversion]
        }
    };
    Ok(vm.tuple(&parts).value())
}

fn next_field(vm: &Vm, this: Value) -> R {
    let pieces = data::<Pieces>(vm, this)?;
    let Some(rest) = rest(vm, &pieces) else { return Ok(Value::UNBOUND) };
    // What comes before the steps is empty: the steps start with the text.
    let mut steps = match split_field_name(rest.text()) {
        Ok((NameKey::Name(name), steps)) if *name == *Wtf8::EMPTY => steps,
        _ => {
            return Err(vm.value_error("Only '.' or '[' may follow ']' in format field specifier"));
        }
    };
    let Some(step) = steps.next() else { return Ok(Value::UNBOUND) };
    let step = step.map_err(|error| failed(vm, error))?;
    let left = steps.rest().len();
    pieces.at.set(pieces.at.get() + rest.as_bytes().len() - left);
    let (is_attribute, name) = match step {
        FieldName::Attribute(name) => (true, vm.str_wtf8(name).value()),
        FieldName::Item(item) => (false, key(vm, item)),
    };
    Ok(vm.tuple(&[Value::bool(is_attribute), name]).value())
}
