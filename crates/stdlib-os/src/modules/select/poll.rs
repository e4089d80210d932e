//! `poll` objects.

use super::{end_of, left};
use crate::support::{data, fd};
use object::arguments::Rounding;
use object::{Kind, NativeData, R, Raised, Tracer, TypeDef, Value, Vm, natives, type_flags};
use std::cell::{Cell, RefCell};

struct Poll {
    /// Descriptors and the events that are waited for, in the order of registration.
    entries: RefCell<Vec<(i32, i16)>>,
    running: Cell<bool>,
}

impl NativeData for Poll {
    fn trace(&self, _: &mut Tracer) {}
}

natives! { static METHODS: {
    /// Register a file descriptor with the polling object.
    "register($self, fd, eventmask=<unrepresentable>, /)" => register;
    /// Modify an already registered file descriptor.
    "modify($self, fd, eventmask, /)" => modify;
    /// Remove a file descriptor being tracked by the polling object.
    "unregister($self, fd, /)" => unregister;
    /// Polls the set of registered file descriptors.
    "poll($self, timeout=None, /)" => wait;
}}

static TYPE: TypeDef = TypeDef {
    name: "poll",
    module: "select",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

pub fn add(vm: &Vm) {
    vm.set_state("select.poll", vm.make_type(&TYPE).value());
}

pub fn poll(vm: &Vm, [_]: &[Value; 1]) -> R {
    let class = crate::support::kept_class(vm, "select.poll")?;
    Ok(vm.native(class, Poll { entries: RefCell::default(), running: Cell::new(false) }).value())
}

fn events(vm: &Vm, value: Value) -> Result<i16, Raised> {
    match vm.index(value)?.to_i64() {
        Some(events) if events < 0 => Err(vm.value_error("value must be positive")),
        Some(events) if events <= u16::MAX as i64 => Ok(events as u16 as i16),
        _ => Err(vm.overflow_error("Python int too large to convert to C unsigned short")),
    }
}

fn register(vm: &Vm, [this, number, mask]: &[Value; 3]) -> R {
    let number = fd(vm, *number)?;
    let mask = if mask.is_unbound() { libc::POLLIN | libc::POLLPRI | libc::POLLOUT } else { events(vm, *mask)? };
    let poll = data::<Poll>(vm, *this)?;
    let mut entries = poll.entries.borrow_mut();
    match entries.iter_mut().find(|entry| entry.0 == number) {
        Some(entry) => entry.1 = mask,
        None => entries.push((number, mask)),
    }
    Ok(Value::NONE)
}

fn modify(vm: &Vm, [this, number, mask]: &[Value; 3]) -> R {
    let number = fd(vm, *number)?;
    let mask = events(vm, *mask)?;
    let poll = data::<Poll>(vm, *this)?;
    let mut entries = poll.entries.borrow_mut();
    match entries.iter_mut().find(|entry| entry.0 == number) {
        Some(entry) => {
            entry.1 = mask;
            Ok(Value::NONE)
        }
        None => Err(vm.os_error(libc::ENOENT)),
    }
}

fn unregister(vm: &Vm, [this, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    let poll = data::<Poll>(vm, *this)?;
    let mut entries = poll.entries.borrow_mut();
    match entries.iter().position(|entry| entry.0 == number) {
        Some(index) => {
            entries.remove(index);
            Ok(Value::NONE)
        }
        None => Err(vm.key_error(vm.int(number as i64))),
    }
}

/// A timeout in milliseconds, as nanoseconds; None has no end.
pub fn milliseconds_arg(vm: &Vm, timeout: Value) -> Result<Option<i64>, Raised> {
    if timeout.is_none() {
        return Ok(None);
    }
    if vm.as_float(timeout).is_none() && vm.as_int(timeout).is_none() && vm.type_of(timeout).slots().index.is_none() {
        return Err(vm.type_error("timeout must be an integer or None"));
    }
    let milliseconds = match vm.as_float(timeout) {
        Some(float) if float.is_nan() => return Err(vm.value_error("Invalid value NaN (not a number)")),
        Some(float) => Rounding::Up.apply(float),
        None => vm.index(timeout)?.to_i64().map_or(f64::INFINITY, |int| int as f64),
    };
    if milliseconds.abs() > i32::MAX as f64 {
        return Err(vm.overflow_error("timeout is too large"));
    }
    if milliseconds < 0.0 {
        return Ok(None);
    }
    Ok(Some(milliseconds as i64 * 1_000_000))
}

fn wait(vm: &Vm, [this, timeout]: &[Value; 2]) -> R {
    let end = end_of(milliseconds_arg(vm, *timeout)?);
    let poll = data::<Poll>(vm, *this)?;
    if poll.running.get() {
        return Err(vm.runtime_error("concurrent poll() invocation"));
    }
    let mut entries: Vec<libc::pollfd> = poll
        .entries
        .borrow()
        .iter()
        .map(|(fd, events)| libc::pollfd { fd: *fd, events: *events, revents: 0 })
        .collect();
    poll.running.set(true);
    let result = vm.retry_call(|| {
        let rest = left(end);
        let rest = if rest < 0 { -1 } else { ((rest + 999_999) / 1_000_000).min(i32::MAX as i64) as i32 };
        // SAFETY: the array has that many entries.
        unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, rest) as isize }
    });
    poll.running.set(false);
    if let Err(error) = result? {
        return Err(vm.os_error(error));
    }
    let list = vm.list(&[]);
    for entry in entries.iter().filter(|entry| entry.revents != 0) {
        let pair = [vm.int(entry.fd as i64), vm.int(entry.revents as u16 as i64)];
        list.push(vm, vm.tuple(&pair).value());
    }
    Ok(list.value())
}
