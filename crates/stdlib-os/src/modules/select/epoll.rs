//! `epoll` objects.

use super::{end_of, left, seconds_arg};
use crate::support::{class_arg, data, fd};
use object::native::NativeDef;
use object::{GetSet, Kind, Module, NativeData, R, Raised, Ref, Tracer, TypeDef, Value, Vm, native, natives};
use std::cell::Cell;

/// The descriptor, -1 once it is closed.
struct Epoll(Cell<i32>);

impl NativeData for Epoll {
    fn trace(&self, _: &mut Tracer) {}
}

impl Drop for Epoll {
    fn drop(&mut self) {
        if self.0.get() >= 0 {
            // SAFETY: a descriptor of this object alone.
            unsafe { libc::close(self.0.get()) };
        }
    }
}

natives! { static METHODS: {
    /// Create an epoll object from a given control fd.
    "fromfd($type, fd, /)" => fromfd [class];
    /// Close the epoll control file descriptor.
    "close($self, /)" => close;
    /// Return the epoll control file descriptor.
    "fileno($self, /)" => fileno;
    /// Modify event mask for a registered file descriptor.
    "modify($self, /, fd, eventmask)" => modify;
    /// Registers a new fd or raises an OSError if the fd is already registered.
    "register($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)" => register;
    /// Remove a registered file descriptor from the epoll object.
    "unregister($self, /, fd)" => unregister;
    /// Wait for events on the epoll file descriptor.
    "poll($self, /, timeout=None, maxevents=-1)" => poll;
    "__enter__($self, /)" => enter;
    "__exit__($self, exc_type=None, exc_value=None, exc_tb=None, /)" => exit;
}}

static NEW: NativeDef = native! { "epoll($cls, /, sizehint=-1, flags=0)" => new };

static TYPE: TypeDef = TypeDef {
    name: "epoll",
    module: "select",
    kind: Kind::NATIVE,
    doc: "Returns an epolling object.",
    methods: &[METHODS],
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| Ok(Value::bool(data::<Epoll>(vm, this)?.0.get() < 0)),
        set: None,
        doc: "True if the epoll handler is closed",
        is_member: false,
    }],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

pub fn add(vm: &Vm, module: Ref<Module>) {
    vm.add_type(module, &TYPE);
}

fn new(vm: &Vm, [class, size, flags]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    let size = vm.index_i32(*size)?;
    let flags = vm.index_i32(*flags)?;
    if size != -1 && size <= 0 {
        return Err(vm.value_error("negative sizehint"));
    }
    if flags & !libc::EPOLL_CLOEXEC != 0 {
        return Err(vm.os_error(libc::EINVAL));
    }
    // SAFETY: has no preconditions.
    let number = crate::support::call(vm, || unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
        .map_err(|error| vm.os_error(error))?;
    Ok(vm.native(class, Epoll(Cell::new(number))).value())
}

fn fromfd(vm: &Vm, [class, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    Ok(vm.native(class_arg(vm, *class)?, Epoll(Cell::new(number))).value())
}

fn open(vm: &Vm, this: Value) -> Result<i32, Raised> {
    match data::<Epoll>(vm, this)?.0.get() {
        number if number < 0 => Err(vm.value_error("I/O operation on closed epoll object")),
        number => Ok(number),
    }
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let number = data::<Epoll>(vm, *this)?.0.replace(-1);
    // SAFETY: a descriptor of this object alone.
    if number >= 0 && vm.allow_threads(|| unsafe { libc::close(number) }) < 0 {
        return Err(crate::support::failed(vm));
    }
    Ok(Value::NONE)
}

fn fileno(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(open(vm, *this)? as i64))
}

fn control(vm: &Vm, this: Value, operation: i32, number: Value, mask: Value) -> R {
    let epoll = open(vm, this)?;
    let number = fd(vm, number)?;
    let events = match mask.bound() {
        None => (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32,
        Some(mask) => match vm.index(mask)?.to_i64() {
            Some(mask) if (0..=u32::MAX as i64).contains(&mask) => mask as u32,
            Some(mask) if mask < 0 => return Err(vm.value_error("value must be positive")),
            _ => return Err(vm.overflow_error("Python int too large to convert to C unsigned int")),
        },
    };
    let mut event = libc::epoll_event { events, u64: number as u64 };
    // SAFETY: the structure is valid.
    if vm.allow_threads(|| unsafe { libc::epoll_ctl(epoll, operation, number, &mut event) }) < 0 {
        return Err(crate::support::failed(vm));
    }
    Ok(Value::NONE)
}

fn modify(vm: &Vm, [this, number, mask]: &[Value; 3]) -> R {
    control(vm, *this, libc::EPOLL_CTL_MOD, *number, *mask)
}

fn register(vm: &Vm, [this, number, mask]: &[Value; 3]) -> R {
    control(vm, *this, libc::EPOLL_CTL_ADD, *number, *mask)
}

fn unregister(vm: &Vm, [this, number]: &[Value; 2]) -> R {
    control(vm, *this, libc::EPOLL_CTL_DEL, *number, Value::small(0))
}

fn poll(vm: &Vm, [this, timeout, most]: &[Value; 3]) -> R {
    let epoll = open(vm, *this)?;
    let nanoseconds = seconds_arg(vm, *timeout)?.filter(|nanoseconds| *nanoseconds >= 0);
    if nanoseconds.is_some_and(|nanoseconds| nanoseconds / 1_000_000 > i32::MAX as i64) {
        return Err(vm.overflow_error("timeout is too large"));
    }
    let most = match vm.index_i32(*most)? {
        -1 => libc::FD_SETSIZE as i32 - 1,
        most if most < 1 => return Err(vm.value_error(format!("maxevents must be greater than 0, got {most}"))),
        most => most,
    };
    let end = end_of(nanoseconds);
    vm.check_size(Some(most as usize * 12))?;
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; most as usize];
    let result = vm.retry_call(|| {
        let rest = left(end);
        let rest = if rest < 0 { -1 } else { ((rest + 999_999) / 1_000_000).min(i32::MAX as i64) as i32 };
        // SAFETY: the array has that many entries.
        unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most, rest) as isize }
    })?;
    let count = match result {
        Ok(count) => count as usize,
        Err(error) => return Err(vm.os_error(error)),
    };
    let list = vm.list(&[]);
    for event in &events[..count] {
        let (number, mask) = (event.u64 as i32, event.events);
        list.push(vm, vm.tuple(&[vm.int(number as i64), vm.int(mask as i64)]).value());
    }
    Ok(list.value())
}

fn enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    open(vm, *this)?;
    Ok(*this)
}

fn exit(vm: &Vm, [this, _, _, _]: &[Value; 4]) -> R {
    close(vm, &[*this])
}
