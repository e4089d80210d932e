//! Parsers that build trees, or tell a target of Python's.

use super::bridge::{Bridge, NameCache};
use super::tree_builder::{self, Event, event_named, finish, is_plain};
use super::{TREE_BUILDER, raise_at};
use crate::support::{class_arg, data, kept_class, optional_text, text, utf8};
use crate::xml::{Parser, wants};
use object::layout::native::Native;
use object::{Field, GetSet, NativeData, R, Raised, Ref, Tracer, TypeDef, TypeId, Value, Vm, natives, type_flags};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What targets are told, by the names of their methods; see [`XmlParser::methods`].
pub static METHODS_OF_TARGETS: [&str; 9] =
    ["start", "data", "end", "comment", "pi", "close", "doctype", "start_ns", "end_ns"];

/// Numbers of [`METHODS_OF_TARGETS`].
#[allow(missing_docs)]
pub mod method {
    pub const START: usize = 0;
    pub const DATA: usize = 1;
    pub const END: usize = 2;
    pub const COMMENT: usize = 3;
    pub const PI: usize = 4;
    pub const CLOSE: usize = 5;
    pub const DOCTYPE: usize = 6;
    pub const START_NS: usize = 7;
    pub const END_NS: usize = 8;
}

/// A parser and its target.
pub struct XmlParser {
    /// The parser, None before `__init__`.
    pub parser: RefCell<Option<Rc<Parser>>>,
    /// The target.
    pub target: Field,
    /// Is the target a plain tree builder, which need not be called through Python?
    pub builds: Cell<bool>,
    /// A dict of entities that are not declared.
    pub entity: Field,
    /// Methods of the target, unbound where it has none.
    pub methods: [Field; 9],
    /// Names that were met.
    pub names: NameCache,
}

impl NativeData for XmlParser {
    fn trace(&self, tracer: &mut Tracer) {
        self.target.trace(tracer);
        self.entity.trace(tracer);
        for method in &self.methods {
            method.trace(tracer);
        }
        self.names.trace(tracer);
    }
}

pub type ParserRef = Ref<Native<XmlParser>>;

/// `XMLParser`
pub static XML_PARSER_TYPE: TypeDef = TypeDef {
    name: "XMLParser",
    module: "xml.etree.ElementTree",
    flags: type_flags::BASETYPE,
    new: Some(object::native_ref!("XMLParser($cls, *args, **kwargs)" => new)),
    init: Some(object::native_ref!("XMLParser($self, *, target=None, encoding=None)" => init)),
    methods: &[METHODS],
    getset: &[
        GetSet { name: "entity", get: |vm, this| Ok(own(vm, this)?.entity.get()), set: None, doc: "", is_member: true },
        GetSet { name: "target", get: |vm, this| Ok(own(vm, this)?.target.get()), set: None, doc: "", is_member: true },
        GetSet {
            name: "version",
            get: |vm, _| Ok(vm.str("Expat 2.9.0").value()),
            set: None,
            doc: "",
            is_member: false,
        },
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "feed($self, data, /)" => feed;
    "flush($self, /)" => flush;
    "close($self, /)" => close;
    "_parse_whole($self, file, /)" => parse_whole;
    "_setevents($self, events_queue, events_to_report=None, /)" => set_events;
}}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let parser = XmlParser {
        parser: RefCell::new(None),
        target: Field::new(Value::NONE),
        builds: Cell::new(false),
        entity: Field::new(Value::NONE),
        methods: [const { Field::new(Value::UNBOUND) }; 9],
        names: NameCache::new(vm),
    };
    Ok(vm.native(class_arg(vm, *class)?, parser).value())
}

fn init(vm: &Vm, [this, target, encoding]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    let encoding = optional_text(vm, "XMLParser", "'encoding'", *encoding)?;
    let parser = Parser::new(Some(Some(b'}')), encoding);
    own.entity.set(vm, own, vm.dict().value());
    let target = if target.is_none() { tree_builder::make(vm, kept_class(vm, TREE_BUILDER)?)? } else { *target };
    own.target.set(vm, own, target);
    own.builds.set(is_plain(vm, target));
    for (place, name) in own.methods.iter().zip(METHODS_OF_TARGETS) {
        let found = vm.getattr_opt(target, vm.intern(name))?;
        place.set(vm, own, found.unwrap_or(Value::UNBOUND));
    }
    let mut bits =
        wants::START_ELEMENT | wants::END_ELEMENT | wants::CHARACTERS | wants::DEFAULT | wants::START_DOCTYPE;
    for (number, bit) in [
        (method::COMMENT, wants::COMMENT),
        (method::PI, wants::INSTRUCTION),
        (method::START_NS, wants::START_NAMESPACE),
        (method::END_NS, wants::END_NAMESPACE),
    ] {
        if own.methods[number].get().bound().is_some() {
            bits |= bit;
        }
    }
    parser.settings.wants.set(bits);
    *own.parser.borrow_mut() = Some(Rc::new(parser));
    Ok(Value::NONE)
}

/// The data of a parser object.
pub fn own(vm: &Vm, this: Value) -> Result<ParserRef, Raised> {
    data::<XmlParser>(vm, this)
}

/// The parser of an object that was initialised.
fn parser_of(vm: &Vm, own: ParserRef) -> Result<Rc<Parser>, Raised> {
    match &*own.parser.borrow() {
        Some(parser) => Ok(parser.clone()),
        None => Err(vm.value_error("XMLParser.__init__() wasn't called")),
    }
}

fn parse(vm: &Vm, this: Value, own: ParserRef, parser: &Parser, bytes: &[u8], is_final: bool) -> Result<(), Raised> {
    let bridge = Bridge::new(vm, this, own, parser)?;
    let result = parser.parse(bytes, is_final, &bridge);
    match (bridge.raised.get(), result) {
        (Some(raised), _) => Err(raised),
        (None, Ok(())) => Ok(()),
        (None, Err(code)) => Err(raise_at(vm, parser, code, None)),
    }
}

/// Bytes of text that is known to be UTF-8, whatever the document says.
fn state_utf8(parser: &Parser) {
    if !parser.has_started() {
        *parser.settings.encoding.borrow_mut() = Some(b"utf-8".to_vec());
    }
}

fn feed(vm: &Vm, [this, data]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let parser = parser_of(vm, own)?;
    let bytes = match vm.as_str(*data) {
        Some(string) => {
            let bytes = utf8(vm, string)?;
            state_utf8(&parser);
            bytes
        }
        None => vm.bytes_of(*data)?,
    };
    parse(vm, *this, own, &parser, &bytes, false)?;
    Ok(Value::NONE)
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let parser = parser_of(vm, own)?;
    let deferral = parser.settings.reparse_deferral.replace(false);
    let result = parse(vm, *this, own, &parser, b"", false);
    parser.settings.reparse_deferral.set(deferral);
    result?;
    Ok(Value::NONE)
}

/// The end of the document: the result of the target.
fn finish_document(vm: &Vm, this: Value, own: ParserRef, parser: &Parser) -> Result<(), Raised> {
    parse(vm, this, own, parser, b"", true)
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let parser = parser_of(vm, own)?;
    finish_document(vm, *this, own, &parser)?;
    if own.builds.get() {
        return Ok(finish(tree_builder::own(vm, own.target.get())?));
    }
    match own.methods[method::CLOSE].get().bound() {
        Some(close) => vm.call(close, &[]),
        None => Ok(Value::NONE),
    }
}

/// How much is read of a file at once.
const READ_SIZE: i64 = 64 << 10;

fn parse_whole(vm: &Vm, [this, file]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let parser = parser_of(vm, own)?;
    let read = vm.getattr(*file, vm.names.read)?;
    loop {
        let chunk = vm.call(read, &[vm.int(READ_SIZE)])?;
        if let Some(string) = vm.exact_str(chunk) {
            if string.is_empty() {
                break;
            }
            let args = [vm.intern("utf-8").value(), vm.intern("surrogatepass").value()];
            let bytes = match string.as_str() {
                Some(text) => text.as_bytes().to_vec(),
                None => {
                    let encoded = vm.call_method(chunk, vm.names.encode, &args)?;
                    vm.bytes_of(encoded)?
                }
            };
            state_utf8(&parser);
            parse(vm, *this, own, &parser, &bytes, false)?;
            continue;
        }
        match vm.as_bytes(chunk) {
            Some(bytes) if !bytes.is_empty() => parse(vm, *this, own, &parser, bytes.as_slice(), false)?,
            _ => break,
        }
    }
    finish_document(vm, *this, own, &parser)?;
    if own.builds.get() { Ok(finish(tree_builder::own(vm, own.target.get())?)) } else { Ok(Value::NONE) }
}

fn set_events(vm: &Vm, [this, queue, wanted]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    let parser = parser_of(vm, own)?;
    let target = own.target.get();
    if !is_plain(vm, target) {
        return Err(vm.type_error("event handling only supported for ElementTree.TreeBuilder targets"));
    }
    let builder = tree_builder::own(vm, target)?;
    let append = vm.getattr(*queue, vm.names.append)?;
    tree_builder::set_queue(vm, builder, append);
    if wanted.is_none() {
        tree_builder::want(vm, builder, Event::End, vm.intern("end").value());
        return Ok(Value::NONE);
    }
    let all = match vm.to_list(*wanted) {
        Ok(all) => all,
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            return Err(vm.type_error("events must be a sequence"));
        }
    };
    for index in 0..all.len() {
        let Some(item) = all.get(index) else { break };
        let name = match (vm.as_str(item), vm.as_bytes(item)) {
            (Some(name), _) => name.to_string_lossy(),
            (None, Some(name)) => String::from_utf8_lossy(name.as_slice()).into_owned(),
            _ => return Err(vm.value_error("invalid events sequence")),
        };
        let Some(event) = event_named(&name) else {
            return Err(vm.value_error(format!("unknown event '{name}'")));
        };
        let bits = match event {
            Event::Start | Event::End => 0,
            Event::StartNs => wants::START_NAMESPACE,
            Event::EndNs => wants::END_NAMESPACE,
            Event::Comment => wants::COMMENT,
            Event::Pi => wants::INSTRUCTION,
        };
        parser.settings.wants.set(parser.settings.wants.get() | bits);
        tree_builder::want(vm, builder, event, text(vm, name.as_bytes()));
    }
    Ok(Value::NONE)
}
