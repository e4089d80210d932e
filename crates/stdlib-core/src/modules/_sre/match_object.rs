//! `re.Match`: the object.

use super::machine::{Machine, NONE};
use super::match_methods::METHODS;
use super::pattern::Pattern;
use super::subject::with_subject;
use crate::support::{class_arg, data};
use object::traced;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{Bytes, Field, GetSet, Raised, Ref, Tuple, TypeDef, Value, ValueExt, Vm, type_flags};

/// Groups whose span has a place in the object itself.
const INLINE: usize = 2;

/// A match. Spans are byte offsets: of the match, then of the groups.
pub struct Match {
    /// What was searched.
    pub string: Field,
    /// The pattern.
    pub pattern: Field,
    /// Where the search began and ended, in characters.
    pub bounds: (usize, usize),
    /// The group that was closed last, plus one; 0 for none.
    pub last_group: usize,
    /// Number of groups.
    pub groups: usize,
    spans: [(usize, usize); INLINE],
    /// A bytes object with the other spans.
    more: Field,
}

traced! { Match { string, pattern, more } }

macro_rules! getter {
    ($name:literal, $member:literal, $doc:literal, $get:expr) => {
        GetSet { name: $name, get: $get, set: None, doc: $doc, is_member: $member }
    };
}

pub static MATCH: TypeDef = TypeDef {
    name: "Match",
    module: "re",
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    flags: type_flags::NO_NEW,
    slots: &[Slot::repr(repr), Slot::getitem(getitem)],
    methods: &[METHODS],
    getset: &[
        getter!("string", true, "The string passed to match() or search().", |vm, this| {
            Ok(data::<Match>(vm, this)?.string.get())
        }),
        getter!("re", true, "The regular expression object.", |vm, this| Ok(data::<Match>(vm, this)?.pattern.get())),
        getter!(
            "pos",
            true,
            "The index into the string at which the RE engine started looking for a match.",
            |vm, this| { Ok(vm.int_usize(data::<Match>(vm, this)?.bounds.0)) }
        ),
        getter!("endpos", true, "The index into the string beyond which the RE engine will not go.", |vm, this| {
            Ok(vm.int_usize(data::<Match>(vm, this)?.bounds.1))
        }),
        getter!("lastindex", false, "The integer index of the last matched capturing group.", |vm, this| {
            let last = data::<Match>(vm, this)?.last_group;
            Ok(if last == 0 { Value::NONE } else { vm.int_usize(last) })
        }),
        getter!("lastgroup", false, "The name of the last matched capturing group.", |vm, this| {
            let found = data::<Match>(vm, this)?;
            let pattern = data::<Pattern>(vm, found.pattern.get())?;
            let names = pattern.indexgroup.get().cast::<Tuple>();
            let name = names.and_then(|names| names.items().get(found.last_group).copied());
            Ok(name.filter(|_| found.last_group > 0).unwrap_or(Value::NONE))
        }),
        getter!("regs", false, "", |vm, this| {
            let found = data::<Match>(vm, this)?;
            let all = vm.list(&[]);
            for group in 0..=found.groups {
                all.push(vm, span_of(vm, found, group)?);
            }
            Ok(vm.tuple(all.items()).value())
        }),
    ],
    ..TypeDef::DEFAULT
};

/// A match object for what a machine found.
pub fn new_match(
    vm: &Vm,
    pattern_value: Value,
    string: Value,
    machine: &Machine,
    span: (usize, usize),
    bounds: (usize, usize),
) -> R {
    let pattern = data::<Pattern>(vm, pattern_value)?;
    let mut spans = [(NONE, NONE); INLINE];
    spans[0] = span;
    if pattern.groups > 0 {
        spans[1] = machine.group(0).unwrap_or((NONE, NONE));
    }
    let mut more = Value::NONE;
    if pattern.groups >= INLINE {
        let mut bytes = Vec::with_capacity((pattern.groups + 1 - INLINE) * 16);
        for group in INLINE - 1..pattern.groups {
            let (start, end) = machine.group(group).unwrap_or((NONE, NONE));
            bytes.extend_from_slice(&start.to_ne_bytes());
            bytes.extend_from_slice(&end.to_ne_bytes());
        }
        more = vm.bytes(&bytes).value();
    }
    let found = Match {
        string: Field::new(string),
        pattern: Field::new(pattern_value),
        bounds,
        last_group: machine.last_group,
        groups: pattern.groups,
        spans,
        more: Field::new(more),
    };
    Ok(vm.native(class_arg(vm, pattern.match_class.get())?, found).value())
}

impl Match {
    /// Start and end of a group in bytes; None where it did not match or does not exist.
    pub fn span(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = if group < INLINE {
            self.spans[group]
        } else {
            let bytes = self.more.get().cast::<Bytes>()?;
            let at = (group - INLINE) * 16;
            let word = |at: usize| bytes.as_slice().get(at..at + 8)?.try_into().ok().map(usize::from_ne_bytes);
            (word(at)?, word(at + 8)?)
        };
        (start != NONE).then_some((start, end))
    }
}

/// The number of a group by index or name.
pub fn group_number(vm: &Vm, found: &Match, key: Value) -> Result<usize, Raised> {
    let number = if let Some(small) = key.as_small() {
        Some(small)
    } else if vm.as_int(key).is_some() || vm.type_of(key).slots().index.is_some() {
        vm.index(key)?.to_i64()
    } else {
        let names = data::<Pattern>(vm, found.pattern.get())?.groupindex.get();
        match names.cast::<object::Dict>() {
            Some(names) => names.get(vm, key)?.and_then(|number| number.as_small()),
            None => None,
        }
    };
    match number.and_then(|number| usize::try_from(number).ok()).filter(|number| *number <= found.groups) {
        Some(number) => Ok(number),
        None => Err(vm.index_error("no such group")),
    }
}

/// The text of a group, or a default.
pub fn group_text(vm: &Vm, found: Ref<Native<Match>>, group: usize, default: Value) -> R {
    let Some((start, end)) = found.span(group) else { return Ok(default) };
    let string = found.string.get();
    if let Some(text) = vm.as_str(string) {
        return Ok(vm.substr(text, start..end).value());
    }
    if let Some(bytes) = string.cast::<Bytes>()
        && start == 0
        && end == bytes.len()
    {
        return Ok(string);
    }
    let pattern = data::<Pattern>(vm, found.pattern.get())?;
    with_subject(vm, &pattern, string, |subject| Ok(subject.slice(vm, start, end)))
}

/// Start and end of a group in characters, -1 where it did not match.
pub fn positions(vm: &Vm, found: Ref<Native<Match>>, group: usize) -> (i64, i64) {
    let Some((start, end)) = found.span(group) else { return (-1, -1) };
    match vm.as_str(found.string.get()) {
        Some(text) => (text.char_index(vm, start) as i64, text.char_index(vm, end) as i64),
        None => (start as i64, end as i64),
    }
}

/// Start and end of a group as a tuple.
pub fn span_of(vm: &Vm, found: Ref<Native<Match>>, group: usize) -> R {
    let (start, end) = positions(vm, found, group);
    Ok(vm.tuple(&[vm.int(start), vm.int(end)]).value())
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let found = data::<Match>(vm, this)?;
    let number = group_number(vm, &found, key)?;
    group_text(vm, found, number, Value::NONE)
}

fn repr(vm: &Vm, this: Value) -> R {
    let found = data::<Match>(vm, this)?;
    let (start, end) = positions(vm, found, 0);
    let text = group_text(vm, found, 0, Value::NONE)?;
    let shown = vm.repr(text)?;
    let class = vm.type_of(this).qualified_name(vm);
    let mut out = base::text::Wtf8Buf::from_string(format!("<{class} object; span=({start}, {end}), match="));
    // As CPython, no more than 50 characters of the text.
    if shown.len() <= 50 {
        out.push_wtf8(shown.text());
    } else {
        out.extend(shown.text().chars().take(50));
    }
    out.push('>');
    Ok(vm.str_wtf8(&out).value())
}
