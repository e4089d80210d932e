//! `SRE_Scanner` and the iterator of `finditer`: matches one after the other.

use super::match_object::new_match;
use super::pattern::Pattern;
use super::subject::{Mode, find, with_subject};
use crate::support::{class_arg, data, itself, kept_class};
use object::traced;
use object::slots::{R, Slot};
use object::{Field, GetSet, TypeDef, Value, Vm, natives, type_flags};
use std::cell::Cell;

/// A place in a text, for one match after the other.
pub struct Scanner {
    pattern: Field,
    /// What was given, and what is read: a view where it can change.
    string: Field,
    text: Field,
    bounds: (usize, usize),
    /// Where to go on and to end, in bytes; None once nothing was found.
    next: Cell<Option<usize>>,
    end: usize,
    /// Was the last match empty, so that the next one must not be at the same place?
    advance: Cell<bool>,
}

traced! { Scanner { pattern, string, text } }

pub static SCANNER: TypeDef = TypeDef {
    name: "SRE_Scanner",
    module: "_sre",
    flags: type_flags::NO_NEW,
    methods: &[METHODS],
    getset: &[GetSet {
        name: "pattern",
        get: |vm, this| Ok(data::<Scanner>(vm, this)?.pattern.get()),
        set: None,
        doc: "",
        is_member: true,
    }],
    ..TypeDef::DEFAULT
};

pub static FINDITER: TypeDef = TypeDef {
    name: "callable_iterator",
    flags: type_flags::NO_NEW,
    slots: &[
        Slot::iter(itself),
        Slot::next(|vm, this| {
            let found = step(vm, this, Mode::Search)?;
            Ok(if found.is_none() { Value::UNBOUND } else { found })
        }),
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "match($self, /)" => scan_match;
    "search($self, /)" => scan_search;
}}

/// A scanner or finditer iterator, by the name that its class is kept under.
pub fn make(vm: &Vm, class: &str, this: Value, string: Value, pos: Value, endpos: Value) -> R {
    let pattern = data::<Pattern>(vm, this)?;
    let text = super::subject::hold(vm, &pattern, string)?;
    let (bounds, range) = with_subject(vm, &pattern, text, |subject| {
        let bounds = super::pattern_methods::bounds(vm, subject, pos, endpos)?;
        Ok((bounds, (subject.offset(vm, bounds.0), subject.offset(vm, bounds.1))))
    })?;
    let scanner = Scanner {
        pattern: Field::new(this),
        string: Field::new(string),
        text: Field::new(text),
        bounds,
        next: Cell::new((bounds.0 <= bounds.1).then_some(range.0)),
        end: range.1,
        advance: Cell::new(false),
    };
    let class = kept_class(vm, class)?;
    Ok(vm.native(class_arg(vm, class.value())?, scanner).value())
}

fn step(vm: &Vm, this: Value, mode: Mode) -> R {
    let scanner = data::<Scanner>(vm, this)?;
    let found = next_match(vm, &scanner, mode)?;
    if found.is_none() && scanner.text.get() != scanner.string.get() {
        super::subject::release(vm, scanner.text.get(), scanner.string.get())?;
        scanner.text.set(vm, scanner, scanner.string.get());
    }
    Ok(found)
}

fn next_match(vm: &Vm, scanner: &Scanner, mode: Mode) -> R {
    let Some(start) = scanner.next.get() else { return Ok(Value::NONE) };
    let pattern = data::<Pattern>(vm, scanner.pattern.get())?;
    with_subject(vm, &pattern, scanner.text.get(), |subject| {
        pattern.with_machine(|machine| {
            let range = (start, scanner.end);
            let Some((from, to)) = find(vm, &pattern, machine, subject, range, mode, scanner.advance.get())? else {
                scanner.next.set(None);
                return Ok(Value::NONE);
            };
            scanner.advance.set(from == to);
            scanner.next.set(Some(to));
            new_match(vm, scanner.pattern.get(), scanner.string.get(), machine, (from, to), scanner.bounds)
        })
    })
}

fn scan_match(vm: &Vm, [this]: &[Value; 1]) -> R {
    step(vm, *this, Mode::Match)
}

fn scan_search(vm: &Vm, [this]: &[Value; 1]) -> R {
    step(vm, *this, Mode::Search)
}
