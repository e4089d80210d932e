//! From the parser's events to calls of Python handlers.

use super::model::model_value;
use super::object::{ParserRef, handlers};
use super::optional;
use super::settings::{CHARACTERS, HANDLERS};
use crate::support::text;
use crate::xml::{Attributes, Encoding, Handler, ModelPart, wants};
use object::{Dict, R, Raised, Value, ValueExt, Vm};
use std::cell::Cell;

/// Calls the handlers of a parser object. After one of them has raised, no more are called, and the parser stops.
pub struct Bridge<'a> {
    vm: &'a Vm,
    own: ParserRef,
    /// What a handler raised.
    pub raised: Cell<Option<Raised>>,
}

fn number(bit: u32) -> usize {
    bit.trailing_zeros() as usize
}

/// The number of the handler for a bit of [`wants`].
static NUMBERS: [usize; 32] = {
    let mut numbers = [0; 32];
    let mut index = 0;
    while index < HANDLERS.len() {
        numbers[HANDLERS[index].1.trailing_zeros() as usize] = index;
        index += 1;
    }
    numbers
};

impl<'a> Bridge<'a> {
    /// For a parser object.
    pub fn new(vm: &'a Vm, own: ParserRef) -> Bridge<'a> {
        Bridge { vm, own, raised: Cell::new(None) }
    }

    #[cold]
    fn fail(&self, raised: Raised) {
        self.raised.set(Some(raised));
        // References to external entities fail from now on, all else is lost.
        self.own.parser.settings.wants.set(0);
        if let Some(handlers) = self.own.handlers.get().cast::<object::List>() {
            for index in 0..handlers.len() {
                handlers.set(self.vm, index, Value::NONE);
            }
        }
        self.own.parser.stop();
    }

    /// A name, shared with equal ones that the parser has met.
    fn name(&self, bytes: &[u8]) -> R {
        let value = text(self.vm, bytes);
        let intern = self.own.intern.get();
        let Some(dict) = intern.cast::<Dict>() else { return Ok(value) };
        if let Some(known) = dict.get(self.vm, value)? {
            return Ok(known);
        }
        dict.insert(self.vm, value, value)?;
        Ok(value)
    }

    fn optional_name(&self, bytes: Option<&[u8]>) -> R {
        bytes.map_or(Ok(Value::NONE), |bytes| self.name(bytes))
    }

    /// Calls the handler with a number.
    fn call_number(&self, number: usize, args: &[Value]) -> R {
        let handler = handlers(self.vm, self.own)?.get(number).unwrap_or(Value::NONE);
        if handler.is_none() {
            return Ok(Value::NONE);
        }
        let outer = self.own.in_callback.replace(true);
        let result = self.vm.call(handler, args);
        self.own.in_callback.set(outer);
        result
    }

    /// Tells the character data that waits.
    pub fn flush(&self) -> Result<(), Raised> {
        let waiting = std::mem::take(&mut *self.own.buffer.borrow_mut());
        if waiting.is_empty() {
            return Ok(());
        }
        self.call_number(CHARACTERS, &[text(self.vm, &waiting)]).map(|_| ())
    }

    /// Calls the handler for a bit, after the character data that waits. Gives None where something was raised.
    fn call(&self, bit: u32, args: impl FnOnce() -> Result<Args, Raised>) -> Option<Value> {
        if self.raised.get().is_some() {
            return None;
        }
        let result = self.flush().and_then(|()| {
            let args = args()?;
            self.call_number(self.number_of(bit), &args.values[..args.count])
        });
        match result {
            Ok(value) => Some(value),
            Err(raised) => {
                self.fail(raised);
                None
            }
        }
    }

    fn number_of(&self, bit: u32) -> usize {
        if bit == wants::DEFAULT { self.own.default_handler.get() } else { NUMBERS[number(bit)] }
    }

    /// The truth of what a handler gave, which must be an int.
    fn answer(&self, result: Option<Value>) -> bool {
        let Some(value) = result else { return false };
        match self.vm.index_i32(value) {
            Ok(int) => int != 0,
            Err(raised) => {
                self.fail(raised);
                false
            }
        }
    }

    fn text(&self, bytes: &[u8]) -> Value {
        text(self.vm, bytes)
    }

    fn optional(&self, bytes: Option<&[u8]>) -> Value {
        optional(self.vm, bytes)
    }
}

/// Arguments of a handler.
struct Args {
    values: [Value; 7],
    count: usize,
}

fn args<const N: usize>(given: [Value; N]) -> Result<Args, Raised> {
    let mut values = [Value::UNBOUND; 7];
    values[..N].copy_from_slice(&given);
    Ok(Args { values, count: N })
}

impl Handler for Bridge<'_> {
    fn start_element(&self, name: &[u8], attributes: &Attributes) {
        let vm = self.vm;
        self.call(wants::START_ELEMENT, || {
            let count = if self.own.specified_attributes.get() { attributes.specified } else { attributes.len() };
            let name = self.name(name)?;
            if self.own.ordered_attributes.get() {
                let list = vm.list_with_capacity(count * 2);
                for (name, value) in attributes.iter().take(count) {
                    list.push(vm, self.name(name)?);
                    list.push(vm, self.text(value));
                }
                return args([name, list.value()]);
            }
            let dict = vm.dict();
            for (name, value) in attributes.iter().take(count) {
                dict.insert(vm, self.name(name)?, self.text(value))?;
            }
            args([name, dict.value()])
        });
    }

    fn end_element(&self, name: &[u8]) {
        self.call(wants::END_ELEMENT, || args([self.name(name)?]));
    }

    fn characters(&self, text: &[u8]) {
        if self.raised.get().is_some() || self.own.swallows_text.get() {
            return;
        }
        if self.own.buffer_text.get() {
            let size = self.own.buffer_size.get();
            if self.own.buffer.borrow().len() + text.len() > size
                && let Err(raised) = self.flush()
            {
                return self.fail(raised);
            }
            // The handler that was called may have ended the waiting.
            if self.own.buffer_text.get() && text.len() <= self.own.buffer_size.get() {
                self.own.buffer.borrow_mut().extend_from_slice(text);
                return;
            }
        }
        if let Err(raised) = self.call_number(CHARACTERS, &[self.text(text)]) {
            self.fail(raised);
        }
    }

    fn instruction(&self, target: &[u8], data: &[u8]) {
        self.call(wants::INSTRUCTION, || args([self.name(target)?, self.text(data)]));
    }

    fn comment(&self, text: &[u8]) {
        self.call(wants::COMMENT, || args([self.text(text)]));
    }

    fn start_cdata(&self) {
        self.call(wants::START_CDATA, || args([]));
    }

    fn end_cdata(&self) {
        self.call(wants::END_CDATA, || args([]));
    }

    fn default(&self, text: &[u8]) {
        self.call(wants::DEFAULT, || args([self.text(text)]));
    }

    fn start_doctype(&self, name: &[u8], system_id: Option<&[u8]>, public_id: Option<&[u8]>, has_subset: bool) {
        self.call(wants::START_DOCTYPE, || {
            let subset = self.vm.int(has_subset as i64);
            args([self.name(name)?, self.optional_name(system_id)?, self.optional_name(public_id)?, subset])
        });
    }

    fn end_doctype(&self) {
        self.call(wants::END_DOCTYPE, || args([]));
    }

    fn element_declaration(&self, name: &[u8], model: &[ModelPart]) {
        self.call(wants::ELEMENT_DECL, || {
            let name = self.name(name)?;
            args([name, model_value(self.vm, model, 0)?])
        });
    }

    fn attribute_declaration(&self, element: &[u8], name: &[u8], kind: &[u8], default: Option<&[u8]>, required: bool) {
        self.call(wants::ATTLIST_DECL, || {
            let required = self.vm.int(required as i64);
            args([self.name(element)?, self.name(name)?, self.text(kind), self.optional(default), required])
        });
    }

    fn entity_declaration(
        &self,
        name: &[u8],
        is_param: bool,
        value: Option<&[u8]>,
        base: Option<&[u8]>,
        system_id: Option<&[u8]>,
        public_id: Option<&[u8]>,
        notation: Option<&[u8]>,
    ) {
        self.call(wants::ENTITY_DECL, || {
            args([
                self.name(name)?,
                self.vm.int(is_param as i64),
                self.optional(value),
                self.optional_name(base)?,
                self.optional_name(system_id)?,
                self.optional_name(public_id)?,
                self.optional_name(notation)?,
            ])
        });
    }

    fn unparsed_entity(
        &self,
        name: &[u8],
        base: Option<&[u8]>,
        system_id: Option<&[u8]>,
        public_id: Option<&[u8]>,
        notation: &[u8],
    ) {
        self.call(wants::UNPARSED_ENTITY, || {
            args([
                self.name(name)?,
                self.optional_name(base)?,
                self.optional_name(system_id)?,
                self.optional_name(public_id)?,
                self.name(notation)?,
            ])
        });
    }

    fn notation(&self, name: &[u8], base: Option<&[u8]>, system_id: Option<&[u8]>, public_id: Option<&[u8]>) {
        self.call(wants::NOTATION, || {
            args([
                self.name(name)?,
                self.optional_name(base)?,
                self.optional_name(system_id)?,
                self.optional_name(public_id)?,
            ])
        });
    }

    fn xml_declaration(&self, version: Option<&[u8]>, encoding: Option<&[u8]>, standalone: i32) {
        self.call(wants::XML_DECL, || {
            args([self.optional(version), self.optional(encoding), self.vm.int(standalone as i64)])
        });
    }

    fn start_namespace(&self, prefix: Option<&[u8]>, uri: Option<&[u8]>) {
        self.call(wants::START_NAMESPACE, || args([self.optional_name(prefix)?, self.optional_name(uri)?]));
    }

    fn end_namespace(&self, prefix: Option<&[u8]>) {
        self.call(wants::END_NAMESPACE, || args([self.optional_name(prefix)?]));
    }

    fn external_entity(
        &self,
        context: Option<&[u8]>,
        base: Option<&[u8]>,
        system_id: Option<&[u8]>,
        public_id: Option<&[u8]>,
    ) -> bool {
        let result = self.call(wants::EXTERNAL_ENTITY, || {
            args([
                self.optional(context),
                self.optional_name(base)?,
                self.optional_name(system_id)?,
                self.optional_name(public_id)?,
            ])
        });
        self.answer(result)
    }

    fn not_standalone(&self) -> bool {
        let result = self.call(wants::NOT_STANDALONE, || args([]));
        self.answer(result)
    }

    fn skipped_entity(&self, name: &[u8], is_param: bool) {
        self.call(wants::SKIPPED_ENTITY, || args([self.name(name)?, self.vm.int(is_param as i64)]));
    }

    fn unknown_encoding(&self, name: &[u8]) -> Option<Encoding> {
        if self.raised.get().is_some() {
            return None;
        }
        match byte_table(self.vm, name) {
            Ok(found) => found,
            Err(raised) => {
                self.fail(raised);
                None
            }
        }
    }
}

/// What the bytes mean in an encoding of Python's that has one byte a character. None where ASCII is not part of it.
pub fn byte_table(vm: &Vm, name: &[u8]) -> Result<Option<Encoding>, Raised> {
    let all: Vec<u8> = (0..=255).collect();
    // Unlike `codecs.decode`, the method refuses codecs that are not between text and bytes.
    let args = [text(vm, name), vm.intern("replace").value()];
    let decoded = vm.call_method(vm.bytes(&all).value(), vm.names.decode, &args)?;
    let Some(decoded) = vm.as_str(decoded).filter(|decoded| decoded.len() == 256) else {
        return Err(vm.value_error("multi-byte encodings are not supported"));
    };
    let mut table = Box::new([None; 256]);
    for (byte, char) in (0..=255).zip(decoded.text().chars()) {
        // Characters of markup must be where ASCII has them, and nowhere else.
        let is_moved = char != byte as u32 && (is_markup(byte as u32) || is_markup(char));
        if is_moved || char > 0xFFFF {
            return Ok(None);
        }
        table[byte as usize] = char::from_u32(char).filter(|char| *char != '\u{FFFD}');
    }
    Ok(Some(Encoding::Table(table)))
}

/// Is it a character of ASCII that has a meaning somewhere in markup?
fn is_markup(char: u32) -> bool {
    match u8::try_from(char) {
        Ok(b'\t' | b'\n' | b'\r') => true,
        Ok(byte @ 0x20..0x7F) => !b"$@\\^`{}~".contains(&byte),
        _ => false,
    }
}
