//! Elements.

use super::{ELEMENT, copying, items, iterator, search};
use crate::support::{class_arg, class_name, data, kept_class};
use object::layout::native::Native;
use object::{
    Args, Dict, Field, GetSet, List, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, TypeObj, Value,
    ValueExt, Vm, natives, type_flags,
};

/// An element of a tree.
pub struct Element {
    /// Tag.
    pub tag: Field,
    /// Text before the first child, or None.
    pub text: Field,
    /// Text behind the end tag, or None.
    pub tail: Field,
    /// A dict of attributes, unbound before it is needed.
    pub attrib: Field,
    /// A list of children, unbound before there is one.
    pub children: Field,
}

impl NativeData for Element {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.tag, &self.text, &self.tail, &self.attrib, &self.children] {
            field.trace(tracer);
        }
    }
}

pub type ElementRef = Ref<Native<Element>>;

/// An attribute that is a field.
macro_rules! field {
    ($name:ident, $doc:literal) => {
        GetSet {
            name: stringify!($name),
            get: |vm, this| Ok(own(vm, this)?.$name.get()),
            set: Some(|vm, this, value| set_field(vm, this, value, |element| &element.$name)),
            doc: $doc,
            is_member: false,
        }
    };
}
/// `Element`
pub static ELEMENT_TYPE: TypeDef = TypeDef {
    name: "Element",
    module: "xml.etree.ElementTree",
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    new: Some(object::native_ref!("Element($cls, *args, **kwargs)" => new)),
    init: Some(object::native_ref!("Element(...)" -> init)),
    slots: &[
        Slot::repr(repr),
        Slot::bool(truth),
        Slot::len(|vm, this| Ok(own(vm, this)?.len())),
        Slot::getitem(items::get),
        Slot::setitem(items::set),
    ],
    methods: &[METHODS],
    getset: &[
        field!(tag, "A string identifying what kind of data this element represents"),
        field!(text, "A string of text directly after the start tag, or None"),
        field!(tail, "A string of text directly after the end tag, or None"),
        GetSet {
            name: "attrib",
            get: |vm, this| Ok(attrib_dict(vm, own(vm, this)?)),
            set: Some(set_attrib),
            doc: "A dictionary containing the element's attributes",
            is_member: false,
        },
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "clear($self, /)" => clear;
    "get($self, /, key, default=None)" => get;
    "set($self, key, value, /)" => set;
    "find($self, /, path, namespaces=None)" => search::find;
    "findtext($self, /, path, default=None, namespaces=None)" => search::find_text;
    "findall($self, /, path, namespaces=None)" => search::find_all;
    "append($self, subelement, /)" => append;
    "extend($self, elements, /)" => extend;
    "insert($self, index, subelement, /)" => insert;
    "remove($self, subelement, /)" => remove;
    "iter($self, /, tag=None)" => iterator::iter;
    "itertext($self, /)" => iterator::iter_text;
    "iterfind($self, /, path, namespaces=None)" => search::iter_find;
    "items($self, /)" => attribute_items;
    "keys($self, /)" => keys;
    "makeelement($self, tag, attrib, /)" => make_element;
    "__copy__($self, /)" => copying::copy;
    "__deepcopy__($self, memo, /)" => copying::deep_copy;
    "__getstate__($self, /)" => copying::get_state;
    "__setstate__($self, state, /)" => copying::set_state;
    "__sizeof__($self, /)" => size_of_element;
}}

fn set_field(vm: &Vm, this: Value, value: Value, which: fn(&Element) -> &Field) -> Result<(), Raised> {
    let own = own(vm, this)?;
    if value.is_unbound() {
        return Err(cannot_delete(vm));
    }
    which(&own).set(vm, own, value);
    Ok(())
}

#[cold]
fn cannot_delete(vm: &Vm) -> Raised {
    vm.raise(TypeId::AttributeError, "can't delete element attribute")
}

impl Element {
    /// An element without content. The attributes are a dict, or unbound.
    pub fn new(tag: Value, attrib: Value) -> Element {
        Element {
            tag: Field::new(tag),
            text: Field::new(Value::NONE),
            tail: Field::new(Value::NONE),
            attrib: Field::new(attrib),
            children: Field::new(Value::UNBOUND),
        }
    }

    /// The list of children, if there is one.
    #[inline]
    pub fn list(&self) -> Option<Ref<List>> {
        self.children.get().cast::<List>()
    }

    /// Number of children.
    pub fn len(&self) -> usize {
        self.list().map_or(0, |list| list.len())
    }

    /// A child.
    #[inline]
    pub fn child(&self, index: usize) -> Option<Value> {
        self.list()?.get(index)
    }
}

/// The data of an element.
#[inline]
pub fn own(vm: &Vm, this: Value) -> Result<ElementRef, Raised> {
    data::<Element>(vm, this)
}

/// An argument that must be an element.
pub fn element_argument(vm: &Vm, function: &str, number: &str, value: Value) -> Result<ElementRef, Raised> {
    match vm.as_native::<Element>(value) {
        Some(element) => Ok(element),
        None => {
            let (space, given) = (if number.is_empty() { "" } else { " " }, class_name(vm, value));
            let text =
                format!("{function}() argument{space}{number} must be xml.etree.ElementTree.Element, not {given}");
            Err(vm.type_error(text))
        }
    }
}

/// TypeError for a child that is no element.
pub fn check_child(vm: &Vm, value: Value) -> Result<(), Raised> {
    if vm.as_native::<Element>(value).is_some() {
        return Ok(());
    }
    Err(vm.type_error(format!("expected an Element, not \"{}\"", class_name(vm, value))))
}

/// A new element of the class itself.
#[inline]
pub fn make(vm: &Vm, tag: Value, attrib: Value) -> R {
    Ok(vm.native(kept_class(vm, ELEMENT)?, Element::new(tag, attrib)).value())
}

/// The same where the class is at hand.
#[inline]
pub fn make_of(vm: &Vm, class: Ref<TypeObj>, tag: Value, attrib: Value) -> Value {
    vm.native(class, Element::new(tag, attrib)).value()
}

/// The list of children, made where there is none.
pub fn children(vm: &Vm, own: ElementRef) -> Ref<List> {
    match own.list() {
        Some(list) => list,
        None => {
            let list = vm.list(&[]);
            own.children.set(vm, own, list.value());
            list
        }
    }
}

/// Adds a child at the end.
#[inline]
pub fn add_child(vm: &Vm, own: ElementRef, child: Value) {
    children(vm, own).push(vm, child);
}

/// The dict of attributes, made where there is none.
pub fn attrib_dict(vm: &Vm, own: ElementRef) -> Value {
    let known = own.attrib.get();
    if !known.is_unbound() {
        return known;
    }
    let dict = vm.dict().value();
    own.attrib.set(vm, own, dict);
    dict
}

/// Is it a dict or an instance of a subclass?
pub fn as_dict(value: Value) -> Option<Ref<Dict>> {
    value.cast::<Dict>()
}

/// The attributes of a new element: a dict that was given by position, and keyword arguments. Unbound where there are
/// none.
pub fn attributes(vm: &Vm, function: &str, number: usize, given: Option<Value>, args: Args) -> R {
    let mut result = match given {
        None => None,
        Some(given) => match as_dict(given) {
            Some(dict) => Some(dict.copy(vm)),
            None => {
                let given = class_name(vm, given);
                return Err(vm.type_error(format!("{function}() argument {number} must be dict, not {given}")));
            }
        },
    };
    if args.keyword_count() == 0 {
        return Ok(result.filter(|dict| !dict.is_empty()).map_or(Value::UNBOUND, Ref::value));
    }
    let by_name = if result.is_none() { args.keyword("attrib") } else { None };
    if let Some(attrib) = by_name {
        match as_dict(attrib) {
            Some(dict) => result = Some(dict.copy(vm)),
            None => {
                let given = class_name(vm, attrib);
                return Err(vm.type_error(format!("attrib must be dict, not {given}")));
            }
        }
    }
    let dict = result.unwrap_or_else(|| vm.dict());
    for (name, value) in args.split().1 {
        if by_name.is_none() || name.as_bytes() != b"attrib" {
            dict.insert_str(vm, name, value);
        }
    }
    Ok(dict.value())
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    Ok(make_of(vm, class_arg(vm, *class)?, Value::NONE, Value::UNBOUND))
}

fn init(vm: &Vm, args: Args) -> R {
    let Some((this, rest)) = args.args.split_first().map(|(first, _)| (*first, args.rest())) else {
        return Err(vm.type_error("descriptor '__init__' of 'xml.etree.ElementTree.Element' object needs an argument"));
    };
    let own = own(vm, this)?;
    let given = rest.count();
    if given < 1 {
        return Err(vm.type_error(format!("Element() takes at least 1 argument ({given} given)")));
    }
    if given > 2 {
        return Err(vm.type_error(format!("Element() takes at most 2 arguments ({given} given)")));
    }
    let attrib = attributes(vm, "Element", 2, rest.args[1..given].first().copied(), rest)?;
    own.tag.set(vm, own, rest.args[0]);
    own.attrib.set(vm, own, attrib);
    own.text.init(Value::NONE);
    own.tail.init(Value::NONE);
    Ok(Value::NONE)
}

fn repr(vm: &Vm, this: Value) -> R {
    let tag = own(vm, this)?.tag.get();
    // The tag of an element may contain the element.
    let running = match vm.state_value("_elementtree.running_reprs").and_then(|list| list.cast::<List>()) {
        Some(list) => list,
        None => {
            let list = vm.list(&[]);
            vm.set_state("_elementtree.running_reprs", list.value());
            list
        }
    };
    if running.items().contains(&this) {
        let name = class_name(vm, this);
        return Err(vm.runtime_error(format!("reentrant call inside {name}.__repr__")));
    }
    running.push(vm, this);
    let shown = vm.repr(tag);
    if let Some(index) = running.items().iter().rposition(|other| *other == this) {
        running.remove(vm, index);
    }
    let (start, end) = (vm.str("<Element "), vm.str(&format!(" at {:#x}>", this.bits())));
    Ok(vm.str_concat(&[start, shown?, end]).value())
}

fn truth(vm: &Vm, this: Value) -> Result<bool, Raised> {
    let text = "Testing an element's truth value will always return True in future versions.  Use specific 'len(elem)' or 'elem is not None' test instead.";
    vm.warn(TypeId::DeprecationWarning, text, 1)?;
    Ok(own(vm, this)?.len() > 0)
}

fn set_attrib(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let own = own(vm, this)?;
    if value.is_unbound() {
        return Err(cannot_delete(vm));
    }
    if as_dict(value).is_none() {
        return Err(vm.type_error(format!("attrib must be dict, not {}", class_name(vm, value))));
    }
    own.attrib.set(vm, own, value);
    Ok(())
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    own.attrib.init(Value::UNBOUND);
    own.children.init(Value::UNBOUND);
    own.text.init(Value::NONE);
    own.tail.init(Value::NONE);
    Ok(Value::NONE)
}

fn get(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    match as_dict(own(vm, *this)?.attrib.get()) {
        Some(dict) => Ok(dict.get(vm, *key)?.unwrap_or(*default)),
        None => Ok(*default),
    }
}

fn set(vm: &Vm, [this, key, value]: &[Value; 3]) -> R {
    let attrib = attrib_dict(vm, own(vm, *this)?);
    vm.setitem(attrib, *key, *value)?;
    Ok(Value::NONE)
}

fn view(vm: &Vm, this: Value, method: &str) -> R {
    let attrib = own(vm, this)?.attrib.get();
    if attrib.is_unbound() {
        return Ok(vm.list(&[]).value());
    }
    let view = vm.call_method_str(attrib, method, &[])?;
    Ok(vm.to_list(view)?.value())
}

fn attribute_items(vm: &Vm, [this]: &[Value; 1]) -> R {
    view(vm, *this, "items")
}

fn keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    view(vm, *this, "keys")
}

fn append(vm: &Vm, [this, child]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    element_argument(vm, "append", "1", *child)?;
    add_child(vm, own, *child);
    Ok(Value::NONE)
}

fn extend(vm: &Vm, [this, elements]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let all = listed(vm, *elements, "'elements' must be an iterable")?;
    for index in 0..all.len() {
        let Some(child) = all.get(index) else { break };
        check_child(vm, child)?;
        add_child(vm, own, child);
    }
    Ok(Value::NONE)
}

/// The items of an iterable; TypeError with that text where it is none.
pub fn listed(vm: &Vm, iterable: Value, text: &str) -> Result<Ref<List>, Raised> {
    if let Some(list) = iterable.cast::<List>() {
        return Ok(vm.list(list.items()));
    }
    match vm.iter(iterable) {
        Ok(iterator) => vm.to_list(iterator),
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            Err(vm.type_error(text))
        }
    }
}

fn insert(vm: &Vm, [this, index, child]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    let index = vm.index_isize(*index)?;
    element_argument(vm, "insert", "2", *child)?;
    let list = children(vm, own);
    let len = list.len() as isize;
    let at = if index < 0 { (index + len).max(0) } else { index.min(len) };
    list.insert(vm, at as usize, *child);
    Ok(Value::NONE)
}

fn remove(vm: &Vm, [this, child]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    element_argument(vm, "remove", "", *child)?;
    let mut at = 0;
    let found = loop {
        let Some(other) = own.child(at) else { break false };
        if vm.eq(other, *child)? {
            break true;
        }
        at += 1;
    };
    if !found {
        return Err(vm.value_error("Element.remove(x): element not found"));
    }
    // Comparing may have changed the list.
    if let Some(list) = own.list().filter(|list| at < list.len()) {
        list.remove(vm, at);
    }
    Ok(Value::NONE)
}

fn make_element(vm: &Vm, [this, tag, attrib]: &[Value; 3]) -> R {
    own(vm, *this)?;
    match as_dict(*attrib) {
        Some(dict) => make(vm, *tag, dict.copy(vm).value()),
        None => {
            let given = class_name(vm, *attrib);
            Err(vm.type_error(format!("makeelement() argument 2 must be dict, not {given}")))
        }
    }
}

fn size_of_element(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let capacity = own.list().map_or(0, |list| size_of::<List>() + list.capacity() * size_of::<Value>());
    Ok(vm.int_usize(size_of::<Element>() + 16 + capacity))
}
