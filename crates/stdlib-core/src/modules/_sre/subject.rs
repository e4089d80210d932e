//! What is searched: a string, or the bytes of an object.

use super::machine::{Demand, Machine};
use super::pattern::Pattern;
use super::text::{Narrow, Wide};
use object::{Raised, Ref, Str, Value, Vm};

/// The text of a string or of a bytes-like object.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// A string.
    Str(Ref<Str>),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// How a match is to start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Anywhere.
    Search,
    /// At the start.
    Match,
    /// At the start, and it is to reach the end.
    Full,
}

impl Subject<'_> {
    /// Number of characters.
    pub fn len(&self) -> usize {
        match self {
            Subject::Str(text) => text.len(),
            Subject::Bytes(bytes) => bytes.len(),
        }
    }

    /// The byte offset of a character index.
    pub fn offset(&self, vm: &Vm, index: usize) -> usize {
        match self {
            Subject::Str(text) => text.byte_offset(vm, index.min(text.len())),
            Subject::Bytes(bytes) => index.min(bytes.len()),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Subject::Str(text) => text.as_bytes(),
            Subject::Bytes(bytes) => bytes,
        }
    }

    /// A part by byte offsets, as a new string or bytes object.
    pub fn slice(&self, vm: &Vm, start: usize, end: usize) -> Value {
        match self {
            Subject::Str(text) => vm.substr(*text, start..end.max(start)).value(),
            Subject::Bytes(bytes) => {
                let end = end.min(bytes.len());
                vm.bytes(&bytes[start.min(end)..end]).value()
            }
        }
    }
}

/// Hands the text of a value to a function. The function must not call Python, unless the value is a str or bytes.
pub fn with_subject<T>(
    vm: &Vm,
    pattern: &Pattern,
    value: Value,
    run: impl FnOnce(Subject<'_>) -> Result<T, Raised>,
) -> Result<T, Raised> {
    if let Some(text) = vm.as_str(value) {
        if pattern.is_bytes == Some(true) {
            return Err(vm.type_error("cannot use a bytes pattern on a string-like object"));
        }
        return run(Subject::Str(text));
    }
    if !vm.has_buffer(value) {
        let text = format!("expected string or bytes-like object, got '{}'", vm.type_name(value));
        return Err(vm.type_error(text));
    }
    if pattern.is_bytes == Some(false) {
        return Err(vm.type_error("cannot use a string pattern on a bytes-like object"));
    }
    vm.with_bytes(value, |bytes| run(Subject::Bytes(bytes)))?
}

/// An object with the text of a value that does not change while Python code runs: a str or bytes object itself, or a
/// view that is held until [`release`].
pub fn hold(vm: &Vm, pattern: &Pattern, value: Value) -> Result<Value, Raised> {
    with_subject(vm, pattern, value, |_| Ok(()))?;
    if vm.as_str(value).is_some() || vm.as_bytes(value).is_some() {
        return Ok(value);
    }
    vm.call(vm.types[object::TypeId::MemoryView].value(), &[value])
}

/// Gives back what [`hold`] gave for a value.
pub fn release(vm: &Vm, held: Value, value: Value) -> Result<(), Raised> {
    if held != value {
        vm.call_method_str(held, "release", &[])?;
    }
    Ok(())
}

/// Matches from byte offset `start` to `end`: start and end of the match. The groups are left in the machine.
pub fn find(
    vm: &Vm,
    pattern: &Pattern,
    machine: &mut Machine,
    subject: Subject<'_>,
    (start, end): (usize, usize),
    mode: Mode,
    advance: bool,
) -> Result<Option<(usize, usize)>, Raised> {
    let program = pattern.program(vm, matches!(subject, Subject::Bytes(_)))?;
    machine.prepare(program);
    let demand = Demand { whole: mode == Mode::Full, advance };
    let bytes = subject.bytes();
    let end = end.min(bytes.len());
    if start > end {
        return Ok(None);
    }
    let bytes = &bytes[..end];
    macro_rules! go {
        ($text:expr) => {
            match mode {
                Mode::Search => machine.search(vm, program, $text, start, demand),
                _ => Ok(machine.run(vm, program, $text, start, demand)?.map(|end| (start, end))),
            }
        };
    }
    match subject {
        Subject::Str(text) if !text.is_ascii() => go!(Wide(bytes)),
        _ => go!(Narrow(bytes)),
    }
}
