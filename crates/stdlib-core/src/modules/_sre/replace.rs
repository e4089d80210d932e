//! Replacing: templates, `sub` and `expand`.

use super::machine::Machine;
use super::match_object::{Match, group_text, new_match};
use super::pattern::Pattern;
use super::subject::{Mode, Subject, find, hold, release, with_subject};
use crate::support::{data, kept_class, ssize};
use object::traced;
use object::layout::native::Native;
use object::slots::R;
use object::{Field, List, Raised, Ref, Tuple, TypeDef, Value, ValueExt, Vm, type_flags};

/// A replacement template: the text in front, and a tuple of group numbers and the texts behind each.
pub struct Template {
    literal: Field,
    items: Field,
}

traced! { Template { literal, items } }

pub static TEMPLATE: TypeDef =
    TypeDef { name: "SRE_Template", module: "_sre", flags: type_flags::NO_NEW, ..TypeDef::DEFAULT };

/// `_sre.template(pattern, [text, group, text, ...])`
pub fn template(vm: &Vm, [_module, _pattern, parts]: &[Value; 3]) -> R {
    let invalid = || vm.type_error("invalid template");
    let Some(parts) = parts.cast::<List>() else {
        let text = format!("template() argument 2 must be list, not {}", vm.type_name(*parts));
        return Err(vm.type_error(text));
    };
    let items = vm.tuple(parts.items());
    let Some((&literal, rest)) = items.items().split_first() else { return Err(invalid()) };
    for pair in rest.chunks(2) {
        let Some(number) = pair[0].as_small() else { return Err(vm.type_error("an integer is required")) };
        if number < 0 || pair.len() < 2 {
            return Err(invalid());
        }
    }
    let template = Template { literal: Field::new(literal), items: Field::new(vm.tuple(rest).value()) };
    Ok(vm.native(kept_class(vm, "_sre.SRE_Template")?, template).value())
}

/// The template of a replacement text, by way of `re`, which keeps those made last.
pub fn compile_template(vm: &Vm, pattern: Value, text: Value) -> Result<Ref<Native<Template>>, Raised> {
    let function = vm.import_from("re", "_compile_template")?;
    let template = match vm.call(function, &[pattern, text]) {
        Ok(template) => template,
        Err(raised) => {
            // A text that is not hashable cannot be looked up.
            if vm.is_exception(vm.pending_exception(raised), object::TypeId::TypeError)
                && vm.has_buffer(text)
                && vm.as_bytes(text).is_none()
            {
                vm.take_exception(raised);
                let copy = vm.bytes_of(text)?;
                vm.call(function, &[pattern, vm.bytes(&copy).value()])?
            } else {
                return Err(raised);
            }
        }
    };
    match vm.as_native::<Template>(template) {
        Some(template) => Ok(template),
        None => Err(vm.runtime_error("the result of compiling a replacement string is not a template")),
    }
}

/// Appends the text of a str or bytes-like value; TypeError where it is of the other kind.
fn push_text(vm: &Vm, out: &mut Vec<u8>, is_text: bool, value: Value, index: usize) -> Result<(), Raised> {
    if is_text {
        let Some(text) = vm.as_str(value) else {
            let name = vm.type_name(value);
            return Err(vm.type_error(format!("sequence item {index}: expected str instance, {name} found")));
        };
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    if !vm.has_buffer(value) {
        let name = vm.type_name(value);
        let text = format!("sequence item {index}: expected a bytes-like object, {name} found");
        return Err(vm.type_error(text));
    }
    vm.with_bytes(value, |bytes| out.extend_from_slice(bytes))
}

fn items(template: &Template) -> Ref<Tuple> {
    // SAFETY: the field always holds a tuple.
    unsafe { template.items.get().cast_unchecked() }
}

/// The text that collected bytes are.
fn finish(vm: &Vm, out: &[u8], is_text: bool) -> Value {
    if !is_text {
        return vm.bytes(out).value();
    }
    // SAFETY: put together from whole strings and from parts between boundaries.
    vm.str_wtf8(unsafe { base::text::Wtf8::from_bytes_unchecked(out) }).value()
}

/// `match.expand(template)`
pub fn expand(vm: &Vm, template: Ref<Native<Template>>, found: Ref<Native<Match>>) -> R {
    let parts = items(&template);
    if parts.is_empty() {
        return Ok(template.literal.get());
    }
    let is_text = vm.as_str(found.string.get()).is_some();
    let mut out = Vec::new();
    push_text(vm, &mut out, is_text, template.literal.get(), 0)?;
    for pair in parts.items().chunks_exact(2) {
        let number = pair[0].as_small().unwrap_or(0) as usize;
        let text = group_text(vm, found, number, Value::NONE)?;
        if !text.is_none() {
            push_text(vm, &mut out, is_text, text, 0)?;
        }
        push_text(vm, &mut out, is_text, pair[1], 0)?;
    }
    Ok(finish(vm, &out, is_text))
}

/// What a match is replaced by.
enum Replacement {
    Literal(Value),
    Template(Ref<Native<Template>>),
    Call(Value),
}

fn replacement(vm: &Vm, pattern: Value, repl: Value) -> Result<Replacement, Raised> {
    if vm.is_callable(repl) {
        return Ok(Replacement::Call(repl));
    }
    let is_literal = match vm.as_str(repl) {
        Some(text) => memchr::memchr(b'\\', text.as_bytes()).is_none(),
        None if vm.has_buffer(repl) => vm.with_bytes(repl, |bytes| memchr::memchr(b'\\', bytes).is_none())?,
        // What it is, is told when the template is compiled.
        None => false,
    };
    if is_literal {
        return Ok(Replacement::Literal(repl));
    }
    let template = compile_template(vm, pattern, repl)?;
    Ok(if items(&template).is_empty() {
        Replacement::Literal(template.literal.get())
    } else {
        Replacement::Template(template)
    })
}

/// Output under construction.
struct Output<'a> {
    vm: &'a Vm,
    bytes: Vec<u8>,
    is_text: bool,
    parts: usize,
}

impl Output<'_> {
    fn push_slice(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            self.parts += 1;
        }
    }

    fn push(&mut self, value: Value) -> Result<(), Raised> {
        push_text(self.vm, &mut self.bytes, self.is_text, value, self.parts)?;
        self.parts += 1;
        Ok(())
    }

    fn push_template(
        &mut self,
        template: &Template,
        machine: &Machine,
        span: (usize, usize),
        text: &[u8],
    ) -> Result<(), Raised> {
        self.push(template.literal.get())?;
        for pair in items(template).items().chunks_exact(2) {
            let part = match pair[0].as_small().unwrap_or(0) as usize {
                0 => Some(span),
                number if number <= machine.marks.len() / 2 => machine.group(number - 1),
                _ => return Err(self.vm.index_error("invalid group reference")),
            };
            if let Some((start, end)) = part {
                self.push_slice(&text[start..end]);
            }
            self.push(pair[1])?;
        }
        Ok(())
    }
}

/// Replaces matches: the new text and how many there were.
pub fn substitute(vm: &Vm, this: Value, repl: Value, string: Value, count: Value) -> Result<(Value, usize), Raised> {
    let pattern = data::<Pattern>(vm, this)?;
    let limit = ssize(vm, count)?;
    let held = hold(vm, &pattern, string)?;
    let replacement = replacement(vm, this, repl)?;
    let is_text = vm.as_str(held).is_some();
    let mut out = Output { vm, bytes: Vec::new(), is_text, parts: 0 };
    let result = with_subject(vm, &pattern, held, |subject| {
        if let Replacement::Call(function) = replacement {
            return by_function(vm, &pattern, (this, string), subject, function, limit, &mut out);
        }
        pattern.with_machine(|machine| {
            let text = subject.bytes();
            let (mut last, mut at, mut advance, mut done) = (0, 0, false, 0);
            while limit == 0 || (limit > 0 && done < limit as usize) {
                let range = (at, text.len());
                let Some(span) = find(vm, &pattern, machine, subject, range, Mode::Search, advance)? else { break };
                out.push_slice(&text[last..span.0]);
                match &replacement {
                    Replacement::Literal(literal) => out.push(*literal)?,
                    Replacement::Template(template) => out.push_template(template, machine, span, text)?,
                    Replacement::Call(_) => {}
                }
                (last, at, advance) = (span.1, span.1, span.0 == span.1);
                done += 1;
            }
            if done > 0 {
                out.push_slice(&text[last..]);
            }
            Ok(done)
        })
    });
    release(vm, held, string)?;
    let done = result?;
    if done == 0 {
        let same = match vm.as_str(string) {
            Some(text) => text.value(),
            None if string.cast::<object::Bytes>().is_some() => string,
            None => with_subject(vm, &pattern, string, |subject| Ok(subject.slice(vm, 0, subject.len())))?,
        };
        return Ok((same, 0));
    }
    Ok((finish(vm, &out.bytes, is_text), done))
}

/// The same where a Python function says what to put in; the subject is a str or bytes object, so it stays.
fn by_function(
    vm: &Vm,
    pattern: &Pattern,
    (this, string): (Value, Value),
    subject: Subject<'_>,
    function: Value,
    limit: isize,
    out: &mut Output<'_>,
) -> Result<usize, Raised> {
    let text = subject.bytes();
    let bounds = (0, subject.len());
    let (mut last, mut at, mut advance, mut done) = (0, 0, false, 0);
    while limit == 0 || (limit > 0 && done < limit as usize) {
        let found = pattern.with_machine(|machine| {
            let range = (at, text.len());
            match find(vm, pattern, machine, subject, range, Mode::Search, advance)? {
                Some(span) => Ok(Some((span, new_match(vm, this, string, machine, span, bounds)?))),
                None => Ok(None),
            }
        })?;
        let Some((span, found)) = found else { break };
        out.push_slice(&text[last..span.0]);
        let item = vm.call(function, &[found])?;
        if !item.is_none() {
            out.push(item)?;
        }
        (last, at, advance) = (span.1, span.1, span.0 == span.1);
        done += 1;
    }
    if done > 0 {
        out.push_slice(&text[last..]);
    }
    Ok(done)
}
