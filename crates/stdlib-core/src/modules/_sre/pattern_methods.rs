//! `re.Pattern`: its methods.

use super::machine::Machine;
use super::match_object::new_match;
use super::pattern::Pattern;
use super::subject::{Mode, Subject, find, with_subject};
use super::{replace, scanner};
use crate::support::{class_getitem, data, ssize};
use object::slots::R;
use object::{List, Raised, Ref, Value, Vm, natives};

natives! { pub static METHODS: {
    /// Matches zero or more characters at the beginning of the string.
    "match($self, /, string, pos=0, endpos=sys.maxsize)" => match_at_start;
    /// Matches against all of the string.
    "fullmatch($self, /, string, pos=0, endpos=sys.maxsize)" => fullmatch;
    /// Scan through string looking for a match, and return a corresponding match object instance.
    ///
    /// Return None if no position in the string matches.
    "search($self, /, string, pos=0, endpos=sys.maxsize)" => search;
    /// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the
    /// replacement repl.
    "sub($self, /, repl, string, count=0)" => sub;
    /// Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of
    /// pattern with the replacement repl.
    "subn($self, /, repl, string, count=0)" => subn;
    /// Return a list of all non-overlapping matches of pattern in string.
    "findall($self, /, string, pos=0, endpos=sys.maxsize)" => findall;
    /// Split string by the occurrences of pattern.
    "split($self, /, string, maxsplit=0)" => split;
    /// Return an iterator over all non-overlapping matches for the RE pattern in string.
    ///
    /// For each match, the iterator returns a match object.
    "finditer($self, /, string, pos=0, endpos=sys.maxsize)" => finditer;
    "scanner($self, /, string, pos=0, endpos=sys.maxsize)" => make_scanner;
    "__copy__($self, /)" => copy;
    "__deepcopy__($self, memo, /)" => deepcopy;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

/// Start and end of a search in characters, as the arguments give them.
pub fn bounds(vm: &Vm, subject: Subject<'_>, pos: Value, endpos: Value) -> Result<(usize, usize), Raised> {
    let len = subject.len();
    let clamp = |value: Value, default: usize| match value.as_small() {
        _ if value.is_unbound() => Ok(default),
        Some(int) => Ok((int.max(0) as usize).min(len)),
        None => match vm.index(value)?.to_i64() {
            Some(int) => Ok((int.max(0) as usize).min(len)),
            None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        },
    };
    Ok((clamp(pos, 0)?, clamp(endpos, len)?))
}

fn one(vm: &Vm, args: &[Value; 4], mode: Mode) -> R {
    let [this, string, pos, endpos] = *args;
    let pattern = data::<Pattern>(vm, this)?;
    with_subject(vm, &pattern, string, |subject| {
        let bounds = bounds(vm, subject, pos, endpos)?;
        if bounds.0 > bounds.1 {
            return Ok(Value::NONE);
        }
        let range = (subject.offset(vm, bounds.0), subject.offset(vm, bounds.1));
        pattern.with_machine(|machine| match find(vm, &pattern, machine, subject, range, mode, false)? {
            Some(span) => new_match(vm, this, string, machine, span, bounds),
            None => Ok(Value::NONE),
        })
    })
}

fn match_at_start(vm: &Vm, args: &[Value; 4]) -> R {
    one(vm, args, Mode::Match)
}

fn fullmatch(vm: &Vm, args: &[Value; 4]) -> R {
    one(vm, args, Mode::Full)
}

fn search(vm: &Vm, args: &[Value; 4]) -> R {
    one(vm, args, Mode::Search)
}

fn finditer(vm: &Vm, [this, string, pos, endpos]: &[Value; 4]) -> R {
    scanner::make(vm, "_sre.finditer", *this, *string, *pos, *endpos)
}

fn make_scanner(vm: &Vm, [this, string, pos, endpos]: &[Value; 4]) -> R {
    scanner::make(vm, "_sre.SRE_Scanner", *this, *string, *pos, *endpos)
}

/// Calls a function with each match that does not overlap, until it gives false. It must not call Python.
fn each_match(
    vm: &Vm,
    pattern: &Pattern,
    subject: Subject<'_>,
    (start, end): (usize, usize),
    mut each: impl FnMut(&Machine, (usize, usize)) -> Result<bool, Raised>,
) -> Result<(), Raised> {
    pattern.with_machine(|machine| {
        let (mut at, mut advance) = (start, false);
        while let Some(span) = find(vm, pattern, machine, subject, (at, end), Mode::Search, advance)? {
            if !each(machine, span)? {
                break;
            }
            (at, advance) = (span.1, span.0 == span.1);
        }
        Ok(())
    })
}

fn group_or_empty(vm: &Vm, machine: &Machine, subject: Subject<'_>, group: usize) -> Value {
    let (start, end) = machine.group(group).unwrap_or((0, 0));
    subject.slice(vm, start, end)
}

fn findall(vm: &Vm, [this, string, pos, endpos]: &[Value; 4]) -> R {
    let pattern = data::<Pattern>(vm, *this)?;
    let list = vm.list(&[]);
    with_subject(vm, &pattern, *string, |subject| {
        let bounds = bounds(vm, subject, *pos, *endpos)?;
        if bounds.0 > bounds.1 {
            return Ok(());
        }
        let range = (subject.offset(vm, bounds.0), subject.offset(vm, bounds.1));
        each_match(vm, &pattern, subject, range, |machine, span| {
            let item = match pattern.groups {
                0 => subject.slice(vm, span.0, span.1),
                1 => group_or_empty(vm, machine, subject, 0),
                groups => vm.tuple_with(groups, |group| group_or_empty(vm, machine, subject, group)).value(),
            };
            list.push(vm, item);
            Ok(true)
        })
    })?;
    Ok(list.value())
}

fn split(vm: &Vm, [this, string, maxsplit]: &[Value; 3]) -> R {
    let pattern = data::<Pattern>(vm, *this)?;
    let maxsplit = ssize(vm, *maxsplit)?;
    let list: Ref<List> = vm.list(&[]);
    with_subject(vm, &pattern, *string, |subject| {
        let end = subject.bytes().len();
        let (mut last, mut count) = (0, 0);
        if maxsplit >= 0 {
            each_match(vm, &pattern, subject, (0, end), |machine, span| {
                list.push(vm, subject.slice(vm, last, span.0));
                for group in 0..pattern.groups {
                    let part = machine.group(group);
                    list.push(vm, part.map_or(Value::NONE, |(start, end)| subject.slice(vm, start, end)));
                }
                last = span.1;
                count += 1;
                Ok(maxsplit == 0 || count < maxsplit)
            })?;
        }
        list.push(vm, subject.slice(vm, last, end));
        Ok(())
    })?;
    Ok(list.value())
}

fn sub(vm: &Vm, [this, repl, string, count]: &[Value; 4]) -> R {
    Ok(replace::substitute(vm, *this, *repl, *string, *count)?.0)
}

fn subn(vm: &Vm, [this, repl, string, count]: &[Value; 4]) -> R {
    let (text, count) = replace::substitute(vm, *this, *repl, *string, *count)?;
    Ok(vm.tuple(&[text, vm.int_usize(count)]).value())
}

fn copy(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

fn deepcopy(_: &Vm, [this, _memo]: &[Value; 2]) -> R {
    Ok(*this)
}
