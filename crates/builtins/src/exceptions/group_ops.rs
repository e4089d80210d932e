//! Taking exception groups apart: `split`, and what `except*` does.

use super::{exception, matches};
use ::object::slots::R;
use ::object::{Exception, List, Raised, Ref, Tuple, TypeId, Value, ValueExt, Vm};

/// Which exceptions are wanted.
#[derive(Clone, Copy)]
pub enum Matcher {
    /// Instances of a class or of one of a tuple of classes.
    Classes(Value),
    /// Those for which a callable gives something true.
    Predicate(Value),
    /// The members of a list, by identity.
    Instances(Ref<List>),
}

impl Matcher {
    fn matches(self, vm: &Vm, value: Value) -> Result<bool, Raised> {
        match self {
            Matcher::Classes(classes) => Ok(matches(vm, value, classes)),
            Matcher::Predicate(function) => {
                let result = vm.call(function, &[value])?;
                vm.truthy(result)
            }
            Matcher::Instances(list) => Ok(list.items().contains(&value)),
        }
    }
}

fn is_group(vm: &Vm, value: Value) -> bool {
    vm.is_exception(value, TypeId::BaseExceptionGroup)
}

fn nested(vm: &Vm, group: Value) -> Result<Ref<Tuple>, Raised> {
    match exception(vm, group)?.extra(1).cast::<Tuple>() {
        Some(exceptions) => Ok(exceptions),
        None => Ok(vm.tuple(&[])),
    }
}

/// The part of an exception (group) that matches and the rest, None where a part is empty.
pub fn split(vm: &Vm, value: Value, matcher: Matcher, with_rest: bool) -> Result<(Value, Value), Raised> {
    vm.enter_native()?;
    if matcher.matches(vm, value)? {
        return Ok((value, Value::NONE));
    }
    if !is_group(vm, value) {
        return Ok((Value::NONE, if with_rest { value } else { Value::NONE }));
    }
    let (matching, rest) = (vm.list(&[]), vm.list(&[]));
    let exceptions = nested(vm, value)?;
    for &item in exceptions.items() {
        let (found, left) = split(vm, item, matcher, with_rest)?;
        if !found.is_none() {
            matching.push(vm, found);
        }
        if !left.is_none() {
            rest.push(vm, left);
        }
    }
    let matching = subset(vm, value, matching)?;
    let rest = if with_rest { subset(vm, value, rest)? } else { Value::NONE };
    Ok((matching, rest))
}

/// A group like another with some of its exceptions; None where there are none.
fn subset(vm: &Vm, group: Value, exceptions: Ref<List>) -> R {
    if exceptions.is_empty() {
        return Ok(Value::NONE);
    }
    let new = vm.call_method_str(group, "derive", &[exceptions.value()])?;
    if !is_group(vm, new) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (from, to) = (exception(vm, group)?, exception(vm, new)?);
    to.traceback.set(vm, to, from.traceback.get());
    to.context.set(vm, to, from.context.get());
    to.cause.set(vm, to, from.cause.get());
    to.suppress_context.set(from.suppress_context.get());
    let name = vm.intern("__notes__");
    if let Some(notes) = vm.getattr_opt(group, name)?
        && vm.type_of(notes).slots().getitem.is_some()
    {
        let copy = vm.to_list(notes)?;
        vm.setattr(new, name, copy.value())?;
    }
    Ok(new)
}

/// A group around exceptions, with an empty message.
fn group_of(vm: &Vm, exceptions: Ref<List>) -> R {
    let message = vm.names.empty.value();
    vm.call(vm.types[TypeId::BaseExceptionGroup].value(), &[message, exceptions.value()])
}

/// Matches an exception with the class or classes of `except*`: gives the rest and the matching part, a group. Either
/// is None where it is empty.
pub fn eg_match(vm: &Vm, value: Value, classes: Value) -> Result<(Value, Value), Raised> {
    if value.is_none() {
        return Ok((Value::NONE, Value::NONE));
    }
    if matches(vm, value, classes) {
        if is_group(vm, value) {
            return Ok((Value::NONE, value));
        }
        // An exception that is no group: `except*` sees a group of it.
        let group = group_of(vm, vm.list(&[value]))?;
        if let Some(group) = group.cast::<Exception>()
            && let Some(depth) = vm.thread().depth.get().checked_sub(1)
        {
            let frame = vm.frame_object(depth);
            let at = frame.frame(vm);
            let traceback = vm.traceback(Value::NONE, frame.value(), at.instr_index() as u32, None);
            group.traceback.set(vm, group, traceback.value());
        }
        return Ok((Value::NONE, group));
    }
    if !is_group(vm, value) {
        return Ok((value, Value::NONE));
    }
    let pair = vm.call_method_str(value, "split", &[classes])?;
    let class = vm.type_name(value);
    let Some(pair) = vm.as_tuple(pair) else {
        let given = vm.type_name(pair);
        return Err(vm.type_error(format!("{class}.split must return a tuple, not {given}")));
    };
    match pair.items() {
        [matching, rest, ..] => Ok((*rest, *matching)),
        items => {
            let given = items.len();
            Err(vm.type_error(format!("{class}.split must return a 2-tuple, got tuple of size {given}")))
        }
    }
}

/// Are two exceptions of the same raise: with the same traceback, notes, cause and context?
fn same_origin(vm: &Vm, a: Value, b: Value) -> bool {
    let (Some(x), Some(y)) = (a.cast::<Exception>(), b.cast::<Exception>()) else { return false };
    let notes = |value: Value| vm.instance_attr(value, vm.intern("__notes__"));
    let same_notes = match (notes(a), notes(b)) {
        (Some(x), Some(y)) => {
            x == y
                || vm.eq(x, y).unwrap_or_else(|raised| {
                    vm.take_exception(raised);
                    false
                })
        }
        (None, None) => true,
        _ => false,
    };
    same_notes
        && x.traceback.get() == y.traceback.get()
        && x.cause.get() == y.cause.get()
        && x.context.get() == y.context.get()
}

fn collect_leaves(vm: &Vm, value: Value, into: Ref<List>) -> Result<(), Raised> {
    if value.is_none() {
        return Ok(());
    }
    vm.enter_native()?;
    if !is_group(vm, value) {
        into.push(vm, value);
        return Ok(());
    }
    for &item in nested(vm, value)?.items() {
        collect_leaves(vm, item, into)?;
    }
    Ok(())
}

/// What is to be raised at the end of `try: except*`: the original exception and the list of those that the clauses
/// raised and of the rests that none handled. None where nothing is left.
pub fn prep_reraise_star(vm: &Vm, original: Value, list: Value) -> R {
    let Some(list) = list.cast::<List>() else { return Ok(Value::NONE) };
    if list.is_empty() {
        return Ok(Value::NONE);
    }
    if !is_group(vm, original) {
        // It was wrapped for the one clause that could match.
        return Ok(list.get(0).unwrap_or(Value::NONE));
    }
    let (raised, kept) = (vm.list(&[]), vm.list(&[]));
    for index in 0..list.len() {
        let Some(item) = list.get(index).filter(|item| !item.is_none()) else { continue };
        if same_origin(vm, item, original) {
            collect_leaves(vm, item, kept)?;
        } else {
            raised.push(vm, item);
        }
    }
    let unhandled = if kept.is_empty() { Value::NONE } else { split(vm, original, Matcher::Instances(kept), false)?.0 };
    if raised.is_empty() {
        return Ok(unhandled);
    }
    if !unhandled.is_none() {
        raised.push(vm, unhandled);
    }
    if raised.len() > 1 { group_of(vm, raised) } else { Ok(raised.get(0).unwrap_or(Value::NONE)) }
}
