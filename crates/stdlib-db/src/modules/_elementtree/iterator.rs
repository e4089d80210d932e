//! Iterators over an element and all below it.

use super::ITERATOR;
use super::element::{Element, own};
use crate::support::{class_name, data, kept_class};
use object::{Field, List, NativeData, R, Slot, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, type_flags};
use std::cell::RefCell;

/// What is left of an iteration in document order.
pub struct ElementIter {
    /// The element to begin with, unbound when it was visited.
    root: Field,
    /// The tag that is looked for, or None.
    tag: Field,
    /// A list of the elements whose children are being visited.
    parents: Field,
    /// The next child of each.
    places: RefCell<Vec<usize>>,
    /// Are texts given, and not elements?
    is_text: bool,
}

impl NativeData for ElementIter {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.root, &self.tag, &self.parents] {
            field.trace(tracer);
        }
    }
}

/// `_element_iterator`
pub static ITERATOR_TYPE: TypeDef = TypeDef {
    name: "_element_iterator",
    module: "_elementtree",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    ..TypeDef::DEFAULT
};

fn make(vm: &Vm, this: Value, tag: Value, is_text: bool) -> R {
    own(vm, this)?;
    let iterator = ElementIter {
        root: Field::new(this),
        tag: Field::new(tag),
        parents: Field::new(vm.list(&[]).value()),
        places: RefCell::default(),
        is_text,
    };
    Ok(vm.native(kept_class(vm, ITERATOR)?, iterator).value())
}

/// See `Element.iter`.
pub fn iter(vm: &Vm, [this, tag]: &[Value; 2]) -> R {
    let star = vm.as_str(*tag).is_some_and(|tag| tag.as_bytes() == b"*")
        || vm.as_bytes(*tag).is_some_and(|tag| tag.as_slice() == b"*");
    make(vm, *this, if star { Value::NONE } else { *tag }, false)
}

/// See `Element.itertext`.
pub fn iter_text(vm: &Vm, [this]: &[Value; 1]) -> R {
    make(vm, *this, Value::NONE, true)
}

fn next(vm: &Vm, this: Value) -> R {
    let iterator = data::<ElementIter>(vm, this)?;
    let Some(parents) = iterator.parents.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    loop {
        let top = parents.len().checked_sub(1).and_then(|last| parents.get(last));
        let entered = match top {
            None => {
                let root = iterator.root.get();
                if root.is_unbound() {
                    return Ok(Value::UNBOUND);
                }
                iterator.root.init(Value::UNBOUND);
                root
            }
            Some(parent) => {
                let Some(element) = vm.as_native::<Element>(parent) else { return Ok(Value::UNBOUND) };
                let place = iterator.places.borrow().last().copied().unwrap_or(0);
                match element.child(place) {
                    Some(child) => {
                        if let Some(place) = iterator.places.borrow_mut().last_mut() {
                            *place += 1;
                        }
                        child
                    }
                    None => {
                        parents.pop();
                        iterator.places.borrow_mut().pop();
                        // The text behind the outermost element is not part of it.
                        if iterator.is_text && !parents.is_empty() {
                            let tail = element.tail.get();
                            if vm.truthy(tail)? {
                                return Ok(tail);
                            }
                        }
                        continue;
                    }
                }
            }
        };
        let Some(element) = vm.as_native::<Element>(entered) else {
            let text = format!("'{}' object has no attribute 'iter'", class_name(vm, entered));
            return Err(vm.raise(TypeId::AttributeError, &text));
        };
        parents.push(vm, entered);
        iterator.places.borrow_mut().push(0);
        if iterator.is_text {
            // What comments and processing instructions say is no text.
            let text = element.text.get();
            if !is_special(vm, element.tag.get()) && vm.truthy(text)? {
                return Ok(text);
            }
            continue;
        }
        let tag = iterator.tag.get();
        if tag.is_none() || vm.eq(element.tag.get(), tag)? {
            return Ok(entered);
        }
    }
}

/// Is it the tag of a comment or a processing instruction?
fn is_special(vm: &Vm, tag: Value) -> bool {
    !tag.is_none() && vm.as_str(tag).is_none()
}
