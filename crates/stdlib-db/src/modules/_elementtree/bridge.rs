//! From the parser's events to the tree builder, or to the methods of another target.

use super::raise_at;
use super::tree_builder::{self, BuilderRef, Event};
use super::xml_parser::{ParserRef, method};
use crate::pyexpat::byte_table;
use crate::support::text;
use crate::xml::{Attributes, Encoding, ErrorCode, Handler, Parser};
use object::{Dict, Field, List, R, Raised, Tracer, TypeId, Value, ValueExt, Vm};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Names as strings: `{namespace}name`, one string for each name.
pub struct NameCache {
    numbers: RefCell<HashMap<Box<[u8]>, usize>>,
    values: Field,
}

/// Most names that are kept.
const MOST_NAMES: usize = 1 << 16;

impl NameCache {
    /// An empty one.
    pub fn new(vm: &Vm) -> NameCache {
        NameCache { numbers: RefCell::default(), values: Field::new(vm.list(&[]).value()) }
    }

    /// Shows the strings to the collector.
    pub fn trace(&self, tracer: &mut Tracer) {
        self.values.trace(tracer);
    }

    /// The string of a name.
    fn get(&self, vm: &Vm, name: &[u8]) -> Value {
        let Some(values) = self.values.get().cast::<List>() else { return universal(vm, name) };
        let mut numbers = self.numbers.borrow_mut();
        if let Some(value) = numbers.get(name).and_then(|number| values.get(*number)) {
            return value;
        }
        let value = universal(vm, name);
        if values.len() < MOST_NAMES {
            numbers.insert(name.into(), values.len());
            values.push(vm, value);
        }
        value
    }
}

/// `namespace}name` with its opening bracket.
fn universal(vm: &Vm, name: &[u8]) -> Value {
    if name.contains(&b'}') { text(vm, &[b"{", name].concat()) } else { text(vm, name) }
}

/// Tells a parser object's target. After something was raised, nothing more is told.
pub struct Bridge<'a> {
    vm: &'a Vm,
    this: Value,
    own: ParserRef,
    parser: &'a Parser,
    /// The target, where it is a plain tree builder.
    builder: Option<BuilderRef>,
    /// What was raised.
    pub raised: Cell<Option<Raised>>,
}

impl<'a> Bridge<'a> {
    /// For a parser object.
    pub fn new(vm: &'a Vm, this: Value, own: ParserRef, parser: &'a Parser) -> Result<Bridge<'a>, Raised> {
        let builder = if own.builds.get() { Some(tree_builder::own(vm, own.target.get())?) } else { None };
        Ok(Bridge { vm, this, own, parser, builder, raised: Cell::new(None) })
    }

    /// Does something unless something was raised already.
    fn run(&self, body: impl FnOnce() -> Result<(), Raised>) {
        if self.raised.get().is_none()
            && let Err(raised) = body()
        {
            self.raised.set(Some(raised));
        }
    }

    /// Calls a method of the target, if it has it.
    fn call(&self, number: usize, args: &[Value]) -> R {
        match self.own.methods[number].get().bound() {
            Some(method) => self.vm.call(method, args),
            None => Ok(Value::NONE),
        }
    }

    fn text(&self, bytes: &[u8]) -> Value {
        text(self.vm, bytes)
    }

    fn optional(&self, bytes: Option<&[u8]>) -> Value {
        bytes.map_or(Value::NONE, |bytes| self.text(bytes))
    }
}

impl Handler for Bridge<'_> {
    fn start_element(&self, name: &[u8], attributes: &Attributes) {
        self.run(|| {
            let (vm, names) = (self.vm, &self.own.names);
            let tag = names.get(vm, name);
            let attrib = if attributes.len() == 0 {
                Value::UNBOUND
            } else {
                let dict = vm.dict();
                for (name, value) in attributes.iter() {
                    let key = names.get(vm, name);
                    dict.insert(vm, key, self.text(value))?;
                }
                dict.value()
            };
            if let Some(builder) = self.builder {
                return tree_builder::handle_start(vm, builder, tag, attrib).map(|_| ());
            }
            let attrib = if attrib.is_unbound() { vm.dict().value() } else { attrib };
            self.call(method::START, &[tag, attrib]).map(|_| ())
        });
    }

    fn end_element(&self, name: &[u8]) {
        self.run(|| {
            if let Some(builder) = self.builder {
                return tree_builder::handle_end(self.vm, builder).map(|_| ());
            }
            let tag = self.own.names.get(self.vm, name);
            self.call(method::END, &[tag]).map(|_| ())
        });
    }

    fn characters(&self, text: &[u8]) {
        self.run(|| match self.builder {
            Some(builder) => tree_builder::add_text(self.vm, builder, text),
            None => self.call(method::DATA, &[self.text(text)]).map(|_| ()),
        });
    }

    fn comment(&self, text: &[u8]) {
        if self.builder.is_some_and(|builder| !tree_builder::keeps(builder, Event::Comment)) {
            return;
        }
        self.run(|| {
            let text = self.text(text);
            match self.builder {
                Some(builder) => tree_builder::handle_comment(self.vm, builder, text).map(|_| ()),
                None => self.call(method::COMMENT, &[text]).map(|_| ()),
            }
        });
    }

    fn instruction(&self, target: &[u8], data: &[u8]) {
        if self.builder.is_some_and(|builder| !tree_builder::keeps(builder, Event::Pi)) {
            return;
        }
        self.run(|| {
            let (target, data) = (self.text(target), self.text(data));
            match self.builder {
                Some(builder) => tree_builder::handle_pi(self.vm, builder, target, data).map(|_| ()),
                None => self.call(method::PI, &[target, data]).map(|_| ()),
            }
        });
    }

    fn start_namespace(&self, prefix: Option<&[u8]>, uri: Option<&[u8]>) {
        self.run(|| {
            let vm = self.vm;
            let (prefix, uri) = (prefix.unwrap_or(b""), uri.unwrap_or(b""));
            match self.builder {
                Some(builder) => tree_builder::handle_namespace(vm, builder, Event::StartNs, || {
                    vm.tuple(&[self.text(prefix), self.text(uri)]).value()
                }),
                None => self.call(method::START_NS, &[self.text(prefix), self.text(uri)]).map(|_| ()),
            }
        });
    }

    fn end_namespace(&self, prefix: Option<&[u8]>) {
        self.run(|| match self.builder {
            Some(builder) => tree_builder::handle_namespace(self.vm, builder, Event::EndNs, || Value::NONE),
            None => self.call(method::END_NS, &[self.text(prefix.unwrap_or(b""))]).map(|_| ()),
        });
    }

    fn start_doctype(&self, name: &[u8], system_id: Option<&[u8]>, public_id: Option<&[u8]>, _: bool) {
        self.run(|| {
            if self.own.methods[method::DOCTYPE].get().bound().is_some() {
                let args = [self.text(name), self.optional(public_id), self.optional(system_id)];
                return self.call(method::DOCTYPE, &args).map(|_| ());
            }
            let vm = self.vm;
            if vm.getattr_opt(self.this, vm.intern("doctype"))?.is_some() {
                let text =
                    "The doctype() method of XMLParser is ignored.  Define doctype() method on the TreeBuilder target.";
                vm.warn(TypeId::RuntimeWarning, text, 1)?;
            }
            Ok(())
        });
    }

    /// References to entities that nobody has declared come here, among other things.
    fn default(&self, written: &[u8]) {
        let Some(name) = written.strip_prefix(b"&").and_then(|rest| rest.strip_suffix(b";")) else { return };
        self.run(|| {
            let vm = self.vm;
            let known = match self.own.entity.get().cast::<Dict>() {
                Some(entity) => entity.get(vm, self.text(name))?,
                None => None,
            };
            match (known, self.builder) {
                (Some(value), Some(builder)) => tree_builder::add_data(vm, builder, value),
                (Some(value), None) => self.call(method::DATA, &[value]).map(|_| ()),
                (None, _) => {
                    let text = format!("undefined entity &{};", String::from_utf8_lossy(name));
                    Err(raise_at(vm, self.parser, ErrorCode::UndefinedEntity, Some(&text)))
                }
            }
        });
    }

    fn unknown_encoding(&self, name: &[u8]) -> Option<Encoding> {
        let mut found = None;
        self.run(|| {
            found = byte_table(self.vm, name)?;
            Ok(())
        });
        found
    }
}
