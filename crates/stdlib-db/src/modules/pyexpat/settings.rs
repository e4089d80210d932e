//! Attributes of parsers: handlers, places, switches.

use super::bridge::Bridge;
use super::object::{handlers, line_or_column, own};
use super::raise;
use crate::xml::{ErrorCode, Parser, wants};
use object::{GetSet, R, Raised, TypeId, Value, Vm};
use std::cell::Cell;

/// Handlers by their numbers: name and bit of [`wants`].
pub static HANDLERS: [(&str, u32); 22] = [
    ("StartElementHandler", wants::START_ELEMENT),
    ("EndElementHandler", wants::END_ELEMENT),
    ("ProcessingInstructionHandler", wants::INSTRUCTION),
    ("CharacterDataHandler", wants::CHARACTERS),
    ("UnparsedEntityDeclHandler", wants::UNPARSED_ENTITY),
    ("NotationDeclHandler", wants::NOTATION),
    ("StartNamespaceDeclHandler", wants::START_NAMESPACE),
    ("EndNamespaceDeclHandler", wants::END_NAMESPACE),
    ("CommentHandler", wants::COMMENT),
    ("StartCdataSectionHandler", wants::START_CDATA),
    ("EndCdataSectionHandler", wants::END_CDATA),
    ("DefaultHandler", wants::DEFAULT),
    ("DefaultHandlerExpand", wants::DEFAULT),
    ("NotStandaloneHandler", wants::NOT_STANDALONE),
    ("ExternalEntityRefHandler", wants::EXTERNAL_ENTITY),
    ("StartDoctypeDeclHandler", wants::START_DOCTYPE),
    ("EndDoctypeDeclHandler", wants::END_DOCTYPE),
    ("EntityDeclHandler", wants::ENTITY_DECL),
    ("XmlDeclHandler", wants::XML_DECL),
    ("ElementDeclHandler", wants::ELEMENT_DECL),
    ("AttlistDeclHandler", wants::ATTLIST_DECL),
    ("SkippedEntityHandler", wants::SKIPPED_ENTITY),
];

/// Number of the handler of character data.
pub const CHARACTERS: usize = 3;
/// Number of the handler of all else.
pub const DEFAULT: usize = 11;
/// Number of the handler of all else under which internal entities are expanded.
pub const DEFAULT_EXPAND: usize = 12;

const fn handler<const INDEX: usize>() -> GetSet {
    GetSet {
        name: HANDLERS[INDEX].0,
        get: |vm, this| {
            let handlers = handlers(vm, own(vm, this)?)?;
            Ok(handlers.get(INDEX).unwrap_or(Value::NONE))
        },
        set: Some(|vm, this, value| set_handler(vm, this, INDEX, value)),
        doc: "",
        is_member: false,
    }
}

fn set_handler(vm: &Vm, this: Value, index: usize, value: Value) -> Result<(), Raised> {
    let own = own(vm, this)?;
    check_set(vm, value)?;
    if index == CHARACTERS {
        // What was said so far is for the old handler.
        Bridge::new(vm, own).flush()?;
    }
    handlers(vm, own)?.set(vm, index, value);
    let settings = &own.parser.settings;
    let (_, bit) = HANDLERS[index];
    let mut wanted = !value.is_none();
    match index {
        DEFAULT | DEFAULT_EXPAND => {
            settings.expand_internal.set(index == DEFAULT_EXPAND);
            own.default_handler.set(index);
        }
        CHARACTERS => {
            let swallows = value.is_none() && own.in_callback.get();
            own.swallows_text.set(swallows);
            wanted |= swallows;
        }
        _ => {}
    }
    let wants = settings.wants.get();
    settings.wants.set(if wanted { wants | bit } else { wants & !bit });
    Ok(())
}

/// Attributes cannot be deleted.
fn check_set(vm: &Vm, value: Value) -> Result<(), Raised> {
    if value.is_unbound() { Err(vm.runtime_error("Cannot delete attribute")) } else { Ok(()) }
}

const fn getter(name: &'static str, get: fn(&Vm, Value) -> R) -> GetSet {
    GetSet { name, get, set: None, doc: "", is_member: false }
}

const fn switch(
    name: &'static str,
    get: fn(&Vm, Value) -> R,
    set: fn(&Vm, Value, Value) -> Result<(), Raised>,
) -> GetSet {
    GetSet { name, get, set: Some(set), doc: "", is_member: false }
}

macro_rules! flag {
    ($name:literal, $($path:ident).+) => {
        switch(
            $name,
            |vm, this| Ok(Value::bool(own(vm, this)?.$($path).+.get())),
            |vm, this, value| {
                check_set(vm, value)?;
                let flag = vm.truthy(value)?;
                own(vm, this)?.$($path).+.set(flag);
                Ok(())
            },
        )
    };
}

/// All attributes.
pub static GETSET: &[GetSet] = &[
    handler::<0>(),
    handler::<1>(),
    handler::<2>(),
    handler::<3>(),
    handler::<4>(),
    handler::<5>(),
    handler::<6>(),
    handler::<7>(),
    handler::<8>(),
    handler::<9>(),
    handler::<10>(),
    handler::<11>(),
    handler::<12>(),
    handler::<13>(),
    handler::<14>(),
    handler::<15>(),
    handler::<16>(),
    handler::<17>(),
    handler::<18>(),
    handler::<19>(),
    handler::<20>(),
    handler::<21>(),
    getter("ErrorCode", |vm, this| Ok(vm.int(own(vm, this)?.parser.error().map_or(0, |code| code as i64)))),
    getter("ErrorLineNumber", |vm, this| line_or_column(vm, this, false)),
    getter("ErrorColumnNumber", |vm, this| line_or_column(vm, this, true)),
    getter("ErrorByteIndex", byte_index),
    getter("CurrentLineNumber", |vm, this| line_or_column(vm, this, false)),
    getter("CurrentColumnNumber", |vm, this| line_or_column(vm, this, true)),
    getter("CurrentByteIndex", byte_index),
    GetSet { is_member: true, ..getter("intern", |vm, this| Ok(own(vm, this)?.intern.get())) },
    switch("buffer_size", |vm, this| Ok(vm.int_usize(own(vm, this)?.buffer_size.get())), set_buffer_size),
    switch("buffer_text", |vm, this| Ok(Value::bool(own(vm, this)?.buffer_text.get())), set_buffer_text),
    getter("buffer_used", |vm, this| Ok(vm.int_usize(own(vm, this)?.buffer.borrow().len()))),
    flag!("namespace_prefixes", parser.settings.triplets),
    flag!("ordered_attributes", ordered_attributes),
    flag!("specified_attributes", specified_attributes),
];

fn byte_index(vm: &Vm, this: Value) -> R {
    let place = own(vm, this)?.parser.place();
    Ok(vm.int(place.map_or(-1, |place| place.byte as i64)))
}

fn set_buffer_text(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    check_set(vm, value)?;
    let (own, flag) = (own(vm, this)?, vm.truthy(value)?);
    if !flag && own.buffer_text.get() {
        Bridge::new(vm, own).flush()?;
    }
    own.buffer_text.set(flag);
    Ok(())
}

fn set_buffer_size(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    check_set(vm, value)?;
    let own = own(vm, this)?;
    if !vm.is_a(value, TypeId::Int) {
        return Err(vm.type_error("buffer_size must be an integer"));
    }
    let size = vm.index_i64(value)?;
    if size == own.buffer_size.get() as i64 {
        return Ok(());
    }
    if size <= 0 {
        return Err(vm.value_error("buffer_size must be greater than zero"));
    }
    if size > i32::MAX as i64 {
        return Err(vm.value_error(format!("buffer_size must not be greater than {}", i32::MAX)));
    }
    if own.buffer_text.get() {
        Bridge::new(vm, own).flush()?;
    }
    own.buffer_size.set(size as usize);
    Ok(())
}

#[cold]
fn bad_limit(vm: &Vm, parser: &Parser, text: &str) -> Raised {
    let (line, column) = super::position(parser);
    raise(vm, text, ErrorCode::InvalidArgument as i64, line, column)
}

fn set_threshold(vm: &Vm, this: Value, value: Value, cell: fn(&Parser) -> &Cell<u64>) -> R {
    let own = own(vm, this)?;
    let int = vm.index(value)?;
    if int.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Ok(threshold) = u64::try_from(&int.to_big()) else {
        return Err(vm.overflow_error("Python int too large for C unsigned long long"));
    };
    if !own.parser.is_root() {
        return Err(bad_limit(vm, &own.parser, "parser must be a root parser"));
    }
    cell(&own.parser).set(threshold);
    Ok(Value::NONE)
}

fn set_factor(vm: &Vm, this: Value, value: Value, cell: fn(&Parser) -> &Cell<f32>) -> R {
    let own = own(vm, this)?;
    let factor = vm.to_float(value)? as f32;
    if !own.parser.is_root() {
        return Err(bad_limit(vm, &own.parser, "parser must be a root parser"));
    }
    if factor.is_nan() || factor < 1.0 {
        return Err(bad_limit(vm, &own.parser, "'max_factor' must be at least 1.0"));
    }
    cell(&own.parser).set(factor);
    Ok(Value::NONE)
}

/// See the table of methods.
pub fn set_expansion_threshold(vm: &Vm, [this, threshold]: &[Value; 2]) -> R {
    set_threshold(vm, *this, *threshold, |parser| &parser.accounting.expansion_threshold)
}

/// See the table of methods.
pub fn set_expansion_factor(vm: &Vm, [this, factor]: &[Value; 2]) -> R {
    set_factor(vm, *this, *factor, |parser| &parser.accounting.expansion_factor)
}

/// See the table of methods.
pub fn set_memory_threshold(vm: &Vm, [this, threshold]: &[Value; 2]) -> R {
    set_threshold(vm, *this, *threshold, |parser| &parser.accounting.memory_threshold)
}

/// See the table of methods.
pub fn set_memory_factor(vm: &Vm, [this, factor]: &[Value; 2]) -> R {
    set_factor(vm, *this, *factor, |parser| &parser.accounting.memory_factor)
}
