//! Tree builders: from start tags, text and end tags to elements.

use super::element::{self, Element, as_dict};
use super::{COMMENT_FACTORY, ELEMENT, PARSE_ERROR, PI_FACTORY};
use crate::support::{class_arg, class_name, data, kept_class, text};
use object::layout::native::Native;
use object::{
    Field, List, NativeData, R, Raised, Ref, Str, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, natives, type_flags,
};
use std::cell::{Cell, RefCell};

/// Kinds of events that are put in a queue, by their place in [`TreeBuilder::events`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Event {
    Start,
    End,
    StartNs,
    EndNs,
    Comment,
    Pi,
}

/// A tree in the making.
pub struct TreeBuilder {
    /// The outermost element, unbound before it began.
    root: Field,
    /// The innermost element that is open, or None.
    this: Field,
    /// The element that began or ended last, or None.
    last: Field,
    /// The element that text belongs behind, unbound where it belongs in [`TreeBuilder::last`].
    last_for_tail: Field,
    /// Open elements around [`TreeBuilder::this`].
    stack: Field,
    /// Text that was given by Python: a value or a list of several, unbound where there is none.
    given: Field,
    /// Text of the parser, which came before what was given.
    pending: RefCell<Vec<u8>>,
    element_factory: Field,
    comment_factory: Field,
    pi_factory: Field,
    insert_comments: Cell<bool>,
    insert_pis: Cell<bool>,
    /// Appends to the queue of events, unbound where events are not wanted.
    events_append: Field,
    /// The names of events that are wanted; unbound for the others.
    pub events: [Field; 6],
}

impl NativeData for TreeBuilder {
    fn trace(&self, tracer: &mut Tracer) {
        let fields = [
            &self.root,
            &self.this,
            &self.last,
            &self.last_for_tail,
            &self.stack,
            &self.given,
            &self.element_factory,
            &self.comment_factory,
            &self.pi_factory,
            &self.events_append,
        ];
        for field in fields.into_iter().chain(&self.events) {
            field.trace(tracer);
        }
    }
}

pub type BuilderRef = Ref<Native<TreeBuilder>>;

/// `TreeBuilder`
pub static TREE_BUILDER_TYPE: TypeDef = TypeDef {
    name: "TreeBuilder",
    module: "xml.etree.ElementTree",
    flags: type_flags::BASETYPE,
    new: Some(object::native_ref!("TreeBuilder($cls, *args, **kwargs)" => new)),
    init: Some(object::native_ref!(
        "TreeBuilder($self, element_factory=None, *, comment_factory=None, pi_factory=None, insert_comments=False, insert_pis=False)"
            => init
    )),
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "data($self, data, /)" => take_data;
    "start($self, tag, attrs, /)" => start;
    "end($self, tag, /)" => end;
    "comment($self, text, /)" => comment;
    "pi($self, target, text=None, /)" => pi;
    "close($self, /)" => close;
}}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    make(vm, class_arg(vm, *class)?)
}

/// A tree builder without special factories.
pub fn make(vm: &Vm, class: Ref<TypeObj>) -> R {
    let none = || Field::new(Value::NONE);
    let unbound = || Field::new(Value::UNBOUND);
    let builder = TreeBuilder {
        root: unbound(),
        this: none(),
        last: none(),
        last_for_tail: unbound(),
        stack: Field::new(vm.list(&[]).value()),
        given: unbound(),
        pending: RefCell::default(),
        element_factory: unbound(),
        comment_factory: Field::new(vm.state_value(COMMENT_FACTORY).unwrap_or(Value::UNBOUND)),
        pi_factory: Field::new(vm.state_value(PI_FACTORY).unwrap_or(Value::UNBOUND)),
        insert_comments: Cell::new(false),
        insert_pis: Cell::new(false),
        events_append: unbound(),
        events: [unbound(), unbound(), unbound(), unbound(), unbound(), unbound()],
    };
    Ok(vm.native(class, builder).value())
}

fn init(vm: &Vm, [this, element, comment, pi, insert_comments, insert_pis]: &[Value; 6]) -> R {
    let own = own(vm, *this)?;
    let (insert_comments, insert_pis) = (vm.truthy(*insert_comments)?, vm.truthy(*insert_pis)?);
    let factory = |given: Value, key: &str| match given.is_none() {
        false => given,
        true => vm.state_value(key).filter(|known| !known.is_none()).unwrap_or(Value::UNBOUND),
    };
    own.element_factory.set(vm, own, if element.is_none() { Value::UNBOUND } else { *element });
    own.comment_factory.set(vm, own, factory(*comment, COMMENT_FACTORY));
    own.pi_factory.set(vm, own, factory(*pi, PI_FACTORY));
    own.insert_comments.set(insert_comments && own.comment_factory.get().bound().is_some());
    own.insert_pis.set(insert_pis && own.pi_factory.get().bound().is_some());
    Ok(Value::NONE)
}

/// The data of a tree builder.
pub fn own(vm: &Vm, this: Value) -> Result<BuilderRef, Raised> {
    data::<TreeBuilder>(vm, this)
}

/// Is it a tree builder of the class itself, whose methods nobody has overridden?
pub fn is_plain(vm: &Vm, value: Value) -> bool {
    vm.state_value(super::TREE_BUILDER) == Some(vm.type_of(value).value())
}

/// Where events go. Forgets which ones were wanted.
pub fn set_queue(vm: &Vm, own: BuilderRef, append: Value) {
    own.events_append.set(vm, own, append);
    for event in &own.events {
        event.init(Value::UNBOUND);
    }
}

/// Wants a kind of events, by that name.
pub fn want(vm: &Vm, own: BuilderRef, event: Event, name: Value) {
    own.events[event as usize].set(vm, own, name);
}

/// Puts an event in the queue if it is wanted.
fn tell(vm: &Vm, own: BuilderRef, event: Event, node: Value) -> Result<(), Raised> {
    let name = own.events[event as usize].get();
    if name.is_unbound() || own.events_append.get().is_unbound() {
        return Ok(());
    }
    vm.call(own.events_append.get(), &[vm.tuple(&[name, node]).value()])?;
    Ok(())
}

/// Text of the parser.
pub fn add_text(vm: &Vm, own: BuilderRef, bytes: &[u8]) -> Result<(), Raised> {
    if own.given.get().is_unbound() {
        // Text before the first element goes nowhere.
        if !own.last.get().is_none() {
            own.pending.borrow_mut().extend_from_slice(bytes);
        }
        return Ok(());
    }
    add_data(vm, own, text(vm, bytes))
}

/// Text that is given by Python.
pub fn add_data(vm: &Vm, own: BuilderRef, value: Value) -> Result<(), Raised> {
    let given = own.given.get();
    if given.is_unbound() && own.pending.borrow().is_empty() {
        if !own.last.get().is_none() {
            own.given.set(vm, own, value);
        }
        return Ok(());
    }
    let list = match given.cast::<List>() {
        Some(list) => list,
        None => {
            let list = vm.list(&[]);
            let pending = std::mem::take(&mut *own.pending.borrow_mut());
            if !pending.is_empty() {
                list.push(vm, text(vm, &pending));
            }
            if !given.is_unbound() {
                list.push(vm, given);
            }
            own.given.set(vm, own, list.value());
            list
        }
    };
    list.push(vm, value);
    Ok(())
}

/// Gives the text that was collected to the element it belongs to.
fn flush(vm: &Vm, own: BuilderRef) -> Result<(), Raised> {
    let given = own.given.get();
    let value = if given.is_unbound() {
        let mut pending = own.pending.borrow_mut();
        if pending.is_empty() {
            return Ok(());
        }
        let value = text(vm, &pending);
        pending.clear();
        value
    } else {
        own.given.init(Value::UNBOUND);
        match given.cast::<List>() {
            Some(list) => vm.call_method_str(vm.str("").value(), "join", &[list.value()])?,
            None => given,
        }
    };
    let tail_of = own.last_for_tail.get();
    let (target, is_tail) = if tail_of.is_unbound() { (own.last.get(), false) } else { (tail_of, true) };
    let name = if is_tail { "tail" } else { "text" };
    let exact = vm.as_native::<Element>(target).filter(|_| vm.state_value(ELEMENT) == Some(vm.type_of(target).value()));
    if let Some(element) = exact {
        let field = if is_tail { &element.tail } else { &element.text };
        let previous = field.get();
        let value = if previous.is_none() { value } else { joined(vm, previous, value)? };
        field.set(vm, element, value);
        return Ok(());
    }
    let name = vm.intern(name);
    let previous = vm.getattr(target, name)?;
    let value = if previous.is_none() { value } else { joined(vm, previous, value)? };
    vm.setattr(target, name, value)
}

fn joined(vm: &Vm, first: Value, second: Value) -> R {
    match (first.cast::<Str>(), second.cast::<Str>()) {
        (Some(first), Some(second)) => Ok(vm.str_concat(&[first, second]).value()),
        _ => {
            let list = vm.list(&[first, second]);
            vm.call_method_str(vm.str("").value(), "join", &[list.value()])
        }
    }
}

/// Adds a child to an element of any class.
fn add_child(vm: &Vm, parent: Value, child: Value) -> Result<(), Raised> {
    match vm.as_native::<Element>(parent) {
        Some(own) if vm.state_value(ELEMENT) == Some(vm.type_of(parent).value()) => {
            element::check_child(vm, child)?;
            element::add_child(vm, own, child);
        }
        _ => {
            vm.call_method_str(parent, "append", &[child])?;
        }
    }
    Ok(())
}

/// An element begins. The attributes are a dict, or unbound.
pub fn handle_start(vm: &Vm, own: BuilderRef, tag: Value, attrib: Value) -> R {
    flush(vm, own)?;
    let factory = own.element_factory.get();
    let node = if factory.is_unbound() {
        element::make_of(vm, kept_class(vm, ELEMENT)?, tag, attrib)
    } else {
        let attrib = if attrib.is_unbound() { vm.dict().value() } else { attrib };
        vm.call(factory, &[tag, attrib])?
    };
    let this = own.this.get();
    own.last_for_tail.init(Value::UNBOUND);
    if !this.is_none() {
        add_child(vm, this, node)?;
    } else if own.root.get().is_unbound() {
        own.root.set(vm, own, node);
    } else {
        let Some(class) = vm.state_value(PARSE_ERROR) else {
            return Err(vm.system_error("_elementtree is not initialised"));
        };
        return Err(vm.raise_call(class, &[vm.str("multiple elements on top level").value()]));
    }
    stack(vm, own)?.push(vm, this);
    own.this.set(vm, own, node);
    own.last.set(vm, own, node);
    tell(vm, own, Event::Start, node)?;
    Ok(node)
}

fn stack(vm: &Vm, own: BuilderRef) -> Result<Ref<List>, Raised> {
    own.stack.get().cast::<List>().ok_or_else(|| vm.system_error("a tree builder without stack"))
}

/// The innermost element ends.
pub fn handle_end(vm: &Vm, own: BuilderRef) -> R {
    flush(vm, own)?;
    let Some(outer) = stack(vm, own)?.pop() else { return Err(vm.index_error("pop from empty stack")) };
    let ended = own.this.get();
    own.last.set(vm, own, ended);
    own.last_for_tail.set(vm, own, ended);
    own.this.set(vm, own, outer);
    tell(vm, own, Event::End, ended)?;
    Ok(ended)
}

/// A comment.
pub fn handle_comment(vm: &Vm, own: BuilderRef, text: Value) -> R {
    flush(vm, own)?;
    let factory = own.comment_factory.get().bound().filter(|factory| !factory.is_none());
    let comment = match factory {
        Some(factory) => {
            let comment = vm.call(factory, &[text])?;
            insert(vm, own, comment, own.insert_comments.get())?;
            comment
        }
        None => text,
    };
    tell(vm, own, Event::Comment, comment)?;
    Ok(comment)
}

/// A processing instruction.
pub fn handle_pi(vm: &Vm, own: BuilderRef, target: Value, text: Value) -> R {
    flush(vm, own)?;
    let factory = own.pi_factory.get().bound().filter(|factory| !factory.is_none());
    let pi = match factory {
        Some(factory) => {
            let pi = vm.call(factory, &[target, text])?;
            insert(vm, own, pi, own.insert_pis.get())?;
            pi
        }
        None => vm.tuple(&[target, text]).value(),
    };
    tell(vm, own, Event::Pi, pi)?;
    Ok(pi)
}

fn insert(vm: &Vm, own: BuilderRef, node: Value, wanted: bool) -> Result<(), Raised> {
    let this = own.this.get();
    if wanted && !this.is_none() {
        add_child(vm, this, node)?;
        own.last_for_tail.set(vm, own, node);
    }
    Ok(())
}

/// A namespace begins or ends to be bound.
pub fn handle_namespace(vm: &Vm, own: BuilderRef, event: Event, value: impl FnOnce() -> Value) -> Result<(), Raised> {
    if own.events[event as usize].get().is_unbound() { Ok(()) } else { tell(vm, own, event, value()) }
}

/// Does anybody see comments, or processing instructions?
pub fn keeps(own: BuilderRef, event: Event) -> bool {
    let inserts = if event == Event::Comment { own.insert_comments.get() } else { own.insert_pis.get() };
    inserts || own.events[event as usize].get().bound().is_some()
}

/// The root, or None.
pub fn finish(own: BuilderRef) -> Value {
    own.root.get().or_none()
}

fn take_data(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    add_data(vm, own(vm, *this)?, *value)?;
    Ok(Value::NONE)
}

fn start(vm: &Vm, [this, tag, attrs]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    if as_dict(*attrs).is_none() {
        let given = class_name(vm, *attrs);
        return Err(vm.type_error(format!("start() argument 2 must be dict, not {given}")));
    }
    handle_start(vm, own, *tag, *attrs)
}

fn end(vm: &Vm, [this, _tag]: &[Value; 2]) -> R {
    handle_end(vm, own(vm, *this)?)
}

fn comment(vm: &Vm, [this, text]: &[Value; 2]) -> R {
    handle_comment(vm, own(vm, *this)?, *text)
}

fn pi(vm: &Vm, [this, target, text]: &[Value; 3]) -> R {
    handle_pi(vm, own(vm, *this)?, *target, *text)
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(finish(own(vm, *this)?))
}

/// Which event a name is; None where it is none.
pub fn event_named(name: &str) -> Option<Event> {
    Some(match name {
        "start" => Event::Start,
        "end" => Event::End,
        "start-ns" => Event::StartNs,
        "end-ns" => Event::EndNs,
        "comment" => Event::Comment,
        "pi" => Event::Pi,
        _ => return None,
    })
}
