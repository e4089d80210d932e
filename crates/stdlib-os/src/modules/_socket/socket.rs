//! The class `socket`.

use super::address::{Address, from_value};
use crate::support::{data, failed};
use object::arguments::Rounding;
use object::native::NativeDef;
use object::{
    GetSet, Kind, Module, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, Vm, native,
    natives, type_flags,
};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// What an open socket counts as, in bytes of memory.
const DEBT: usize = 64 << 10;

/// A socket; its descriptor is -1 once it is closed.
pub struct Socket {
    pub fd: Cell<i32>,
    pub family: Cell<i32>,
    pub kind: Cell<i32>,
    pub proto: Cell<i32>,
    /// The timeout in nanoseconds; -1 for none.
    pub timeout: Cell<i64>,
}

impl NativeData for Socket {
    fn trace(&self, _: &mut Tracer) {}
}

natives! { static METHODS: {
    /// _accept() -> (integer, address info)
    "_accept($self, /)" => accept;
    /// bind(address)
    ///
    /// Bind the socket to a local address.
    "bind($self, address, /)" => bind;
    /// close()
    ///
    /// Close the socket.  It cannot be used after this call.
    "close($self, /)" => close;
    /// connect(address)
    ///
    /// Connect the socket to a remote address.
    "connect($self, address, /)" => connect;
    /// connect_ex(address) -> errno
    "connect_ex($self, address, /)" => connect_ex;
    /// detach()
    ///
    /// Close the socket object without closing the underlying file descriptor.
    "detach($self, /)" => detach;
    /// fileno() -> integer
    ///
    /// Return the integer file descriptor of the socket.
    "fileno($self, /)" => fileno;
    /// getpeername() -> address info
    "getpeername($self, /)" => getpeername;
    /// getsockname() -> address info
    "getsockname($self, /)" => getsockname;
    /// getsockopt(level, option[, buffersize]) -> value
    "getsockopt($self, level, option, buffersize=0, /)" => getsockopt;
    /// setsockopt(level, option, value: int|buffer|None[, optlen])
    "setsockopt($self, level, option, value, optlen=<unrepresentable>, /)" => setsockopt;
    /// listen([backlog])
    ///
    /// Enable a server to accept connections.
    "listen($self, backlog=128, /)" => listen;
    /// setblocking(flag)
    "setblocking($self, flag, /)" => setblocking;
    /// getblocking()
    "getblocking($self, /)" => getblocking;
    /// settimeout(timeout)
    "settimeout($self, timeout, /)" => settimeout;
    /// gettimeout() -> timeout
    "gettimeout($self, /)" => gettimeout;
    /// shutdown(flag)
    "shutdown($self, how, /)" => shutdown;
    "__del__($self, /)" => finalize;
}}

macro_rules! number {
    ($name:literal, $field:ident, $doc:literal) => {
        GetSet {
            name: $name,
            get: |vm, this| Ok(vm.int(data::<Socket>(vm, this)?.$field.get() as i64)),
            set: None,
            doc: $doc,
            is_member: true,
        }
    };
}

static NEW: NativeDef = native! { "socket($cls, /, *args, **kwargs)" => new };
static INIT: NativeDef = native! { "socket($self, family=-1, type=-1, proto=-1, fileno=None)" => init };

static TYPE: TypeDef = TypeDef {
    name: "socket",
    module: "_socket",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::FINALIZER,
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.",
    slots: &[Slot::repr(repr)],
    methods: &[METHODS, super::transfer::METHODS],
    getset: &[
        number!("family", family, "the socket family"),
        number!("type", kind, "the socket type"),
        number!("proto", proto, "the socket protocol"),
        GetSet {
            name: "timeout",
            get: |vm, this| gettimeout(vm, &[this]),
            set: None,
            doc: "the socket timeout",
            is_member: false,
        },
    ],
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

pub fn add(vm: &Vm, module: Ref<Module>) {
    let class = vm.add_type(module, &TYPE);
    vm.add_value(module, "SocketType", class);
    vm.set_state("_socket.socket", class.value());
}

/// The timeout of new sockets in nanoseconds; -1 for none.
pub fn default_timeout(vm: &Vm) -> i64 {
    vm.state_value("_socket.timeout").and_then(|timeout| timeout.as_small()).unwrap_or(-1)
}

/// A new socket object around a descriptor.
pub fn wrap(vm: &Vm, fd: i32, family: i32, kind: i32, proto: i32) -> R {
    let class = crate::support::kept_class(vm, "_socket.socket")?;
    let socket = vm.native(class, closed());
    fill(vm, &socket, fd, family, kind, proto)?;
    Ok(socket.value())
}

fn closed() -> Socket {
    let number = |number: i32| Cell::new(number);
    Socket { fd: number(-1), family: number(0), kind: number(0), proto: number(0), timeout: Cell::new(-1) }
}

fn fill(vm: &Vm, socket: &Socket, fd: i32, family: i32, kind: i32, proto: i32) -> Result<(), Raised> {
    vm.heap.charge(DEBT);
    socket.fd.set(fd);
    socket.family.set(family);
    socket.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
    socket.proto.set(proto);
    if kind & libc::SOCK_NONBLOCK != 0 {
        socket.timeout.set(0);
        return Ok(());
    }
    let timeout = default_timeout(vm);
    socket.timeout.set(timeout);
    if timeout >= 0 {
        set_blocking(vm, fd, false)?;
    }
    Ok(())
}

/// Sets whether the system waits. What waits for a time is done here.
fn set_blocking(vm: &Vm, fd: i32, blocking: bool) -> Result<(), Raised> {
    let mut flag = !blocking as libc::c_int;
    // SAFETY: the number is readable.
    if unsafe { libc::ioctl(fd, libc::FIONBIO, &mut flag) } < 0 {
        return Err(failed(vm));
    }
    Ok(())
}

fn new(vm: &Vm, [class, _, _]: &[Value; 3]) -> R {
    Ok(vm.native(crate::support::class_arg(vm, *class)?, closed()).value())
}

fn option(vm: &Vm, fd: i32, name: i32) -> Result<i32, Raised> {
    let mut value: i32 = 0;
    let mut len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: the number is writable.
    if unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, name, (&raw mut value).cast(), &mut len) } < 0 {
        return Err(failed(vm));
    }
    Ok(value)
}

fn init(vm: &Vm, [this, family, kind, proto, fileno]: &[Value; 5]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let (mut family, mut kind, mut proto) = (vm.index_i32(*family)?, vm.index_i32(*kind)?, vm.index_i32(*proto)?);
    vm.audit("socket.__new__", &[*this, vm.int(family as i64), vm.int(kind as i64), vm.int(proto as i64)])?;
    if !fileno.is_none() {
        if vm.as_float(*fileno).is_some() {
            return Err(vm.type_error("integer argument expected, got float"));
        }
        let fd = vm.index_i64(*fileno)?;
        if fd < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
        let Ok(fd) = i32::try_from(fd) else { return Err(vm.os_error(libc::EBADF)) };
        let mut address = Address::empty();
        // SAFETY: the address has room.
        let known = unsafe { libc::getsockname(fd, address.as_mut_ptr(), &mut address.len) };
        if known < 0 {
            if family == -1 {
                return Err(failed(vm));
            }
            let error = object::fs::last_errno();
            if error == libc::EBADF || error == libc::ENOTSOCK {
                return Err(vm.os_error(error));
            }
        } else if family == -1 {
            family = address.storage.ss_family as i32;
        }
        if kind == -1 {
            kind = option(vm, fd, libc::SO_TYPE)?;
        }
        if proto == -1 {
            proto = option(vm, fd, libc::SO_PROTOCOL)?;
        }
        fill(vm, &socket, fd, family, kind, proto)?;
        return Ok(Value::NONE);
    }
    family = if family == -1 { libc::AF_INET } else { family };
    kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
    proto = if proto == -1 { 0 } else { proto };
    // SAFETY: has no preconditions.
    let fd = match crate::support::call(vm, || unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) }) {
        Ok(fd) => fd,
        Err(error) => return Err(vm.os_error(error)),
    };
    fill(vm, &socket, fd, family, kind, proto)?;
    Ok(Value::NONE)
}

fn repr(vm: &Vm, this: Value) -> R {
    let socket = data::<Socket>(vm, this)?;
    let text = format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        socket.fd.get(),
        socket.family.get(),
        socket.kind.get(),
        socket.proto.get()
    );
    Ok(vm.str(&text).value())
}

/// What a call is to wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    Read,
    Write,
    /// For a connection: to be waited for before the first try as well.
    Connect,
}

/// When a call with a timeout must end: None for sockets that wait for ever or not at all.
pub fn end_of(socket: &Socket) -> Option<Instant> {
    let timeout = socket.timeout.get();
    if timeout > 0 { Instant::now().checked_add(Duration::from_nanos(timeout as u64)) } else { None }
}

/// Waits until a socket is ready. False where the time ran out.
fn ready(vm: &Vm, fd: i32, wait: Wait, end: Option<Instant>) -> Result<bool, Raised> {
    let events = if wait == Wait::Read { libc::POLLIN } else { libc::POLLOUT };
    let events = if wait == Wait::Connect { events | libc::POLLERR } else { events };
    let result = vm.retry_call(|| {
        let left = match end {
            Some(end) => {
                let left = end.saturating_duration_since(Instant::now());
                (left.as_nanos().div_ceil(1_000_000)).min(i32::MAX as u128) as i32
            }
            None => -1,
        };
        let mut entry = libc::pollfd { fd, events, revents: 0 };
        // SAFETY: one entry is valid.
        unsafe { libc::poll(&mut entry, 1, left) as isize }
    })?;
    match result {
        Ok(count) => Ok(count > 0),
        Err(error) => Err(vm.os_error(error)),
    }
}

/// The exception of a timeout.
pub fn timed_out(vm: &Vm) -> Raised {
    vm.raise(TypeId::TimeoutError, "timed out")
}

/// Calls the system on a socket: waits as its timeout says, and tries again where that is due.
pub fn call(
    vm: &Vm,
    socket: &Socket,
    wait: Wait,
    end: Option<Instant>,
    mut f: impl FnMut(i32) -> isize,
) -> Result<isize, Raised> {
    loop {
        let fd = socket.fd.get();
        if socket.timeout.get() > 0 && !ready(vm, fd, wait, end)? {
            return Err(timed_out(vm));
        }
        match vm.retry_call(|| f(fd))? {
            Ok(result) => return Ok(result),
            // Ready sockets may turn out not to be.
            Err(libc::EAGAIN) if socket.timeout.get() > 0 => {}
            Err(error) => return Err(vm.os_error(error)),
        }
    }
}

fn accept(vm: &Vm, [this]: &[Value; 1]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let mut address = Address::empty();
    let end = end_of(&socket);
    let fd = call(vm, &socket, Wait::Read, end, |fd| {
        address.len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        // SAFETY: the address has room.
        unsafe { libc::accept4(fd, address.as_mut_ptr(), &mut address.len, libc::SOCK_CLOEXEC) as isize }
    })?;
    let shown = match address.to_value(vm) {
        Ok(shown) => shown,
        Err(raised) => {
            // SAFETY: a descriptor that nobody knows.
            unsafe { libc::close(fd as i32) };
            return Err(raised);
        }
    };
    Ok(vm.tuple(&[vm.int(fd as i64), shown]).value())
}

fn bind(vm: &Vm, [this, address]: &[Value; 2]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let target = from_value(vm, *address, socket.family.get(), "bind")?;
    vm.audit("socket.bind", &[*this, *address])?;
    let fd = socket.fd.get();
    // SAFETY: the address is valid.
    if vm.allow_threads(|| unsafe { libc::bind(fd, target.as_ptr(), target.len) }) < 0 {
        return Err(failed(vm));
    }
    Ok(Value::NONE)
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let fd = socket.fd.replace(-1);
    if fd >= 0 {
        vm.heap.discharge(DEBT);
        // SAFETY: a descriptor of this object alone.
        let result = crate::support::call(vm, || unsafe { libc::close(fd) });
        // The other side's reset is of no account here.
        if let Err(error) = result
            && error != libc::ECONNRESET
        {
            return Err(vm.os_error(error));
        }
    }
    Ok(Value::NONE)
}

/// Connects; the errno where that failed.
fn do_connect(vm: &Vm, socket: &Socket, target: &Address) -> Result<Result<(), i32>, Raised> {
    let fd = socket.fd.get();
    // SAFETY: the address is valid.
    let error = match crate::support::call(vm, || unsafe { libc::connect(fd, target.as_ptr(), target.len) }) {
        Ok(_) => return Ok(Ok(())),
        Err(error) => error,
    };
    let timeout = socket.timeout.get();
    let waits = match error {
        libc::EINTR => {
            vm.check_signals()?;
            timeout != 0
        }
        libc::EINPROGRESS => timeout > 0,
        _ => false,
    };
    if !waits {
        return Ok(Err(error));
    }
    if !ready(vm, fd, Wait::Connect, end_of(socket))? {
        return Err(timed_out(vm));
    }
    match option(vm, fd, libc::SO_ERROR)? {
        0 | libc::EISCONN => Ok(Ok(())),
        error => Ok(Err(error)),
    }
}

fn connect(vm: &Vm, [this, address]: &[Value; 2]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let target = from_value(vm, *address, socket.family.get(), "connect")?;
    vm.audit("socket.connect", &[*this, *address])?;
    match do_connect(vm, &socket, &target)? {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn connect_ex(vm: &Vm, [this, address]: &[Value; 2]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let target = from_value(vm, *address, socket.family.get(), "connect_ex")?;
    vm.audit("socket.connect", &[*this, *address])?;
    match do_connect(vm, &socket, &target) {
        Ok(Ok(())) => Ok(vm.int(0)),
        Ok(Err(error)) => Ok(vm.int(error as i64)),
        Err(raised) => {
            vm.catch(raised, TypeId::TimeoutError)?;
            Ok(vm.int(libc::EWOULDBLOCK as i64))
        }
    }
}

fn detach(vm: &Vm, [this]: &[Value; 1]) -> R {
    let fd = data::<Socket>(vm, *this)?.fd.replace(-1);
    if fd >= 0 {
        vm.heap.discharge(DEBT);
    }
    Ok(vm.int(fd as i64))
}

fn fileno(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(data::<Socket>(vm, *this)?.fd.get() as i64))
}

type NameFn = unsafe extern "C" fn(libc::c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> libc::c_int;

fn name(vm: &Vm, this: Value, f: NameFn) -> R {
    let fd = data::<Socket>(vm, this)?.fd.get();
    let mut address = Address::empty();
    // SAFETY: the address has room.
    if unsafe { f(fd, address.as_mut_ptr(), &mut address.len) } < 0 {
        return Err(failed(vm));
    }
    address.to_value(vm)
}

fn getpeername(vm: &Vm, [this]: &[Value; 1]) -> R {
    name(vm, *this, libc::getpeername)
}

fn getsockname(vm: &Vm, [this]: &[Value; 1]) -> R {
    name(vm, *this, libc::getsockname)
}

fn getsockopt(vm: &Vm, [this, level, name, size]: &[Value; 4]) -> R {
    let fd = data::<Socket>(vm, *this)?.fd.get();
    let (level, name, size) = (vm.index_i32(*level)?, vm.index_i32(*name)?, vm.index_i32(*size)?);
    if size == 0 {
        let mut value: i32 = 0;
        let mut len = size_of::<i32>() as libc::socklen_t;
        // SAFETY: the number is writable.
        if unsafe { libc::getsockopt(fd, level, name, (&raw mut value).cast(), &mut len) } < 0 {
            return Err(failed(vm));
        }
        return Ok(vm.int(value as i64));
    }
    if !(1..=1024).contains(&size) {
        return Err(vm.raise_type(vm.types[TypeId::OSError], &[vm.str("getsockopt buflen out of range").value()]));
    }
    let mut buffer = vec![0u8; size as usize];
    let mut len = size as libc::socklen_t;
    // SAFETY: the buffer has that size.
    if unsafe { libc::getsockopt(fd, level, name, buffer.as_mut_ptr().cast(), &mut len) } < 0 {
        return Err(failed(vm));
    }
    Ok(vm.bytes(&buffer[..(len as usize).min(buffer.len())]).value())
}

fn setsockopt(vm: &Vm, [this, level, name, value, len]: &[Value; 5]) -> R {
    let fd = data::<Socket>(vm, *this)?.fd.get();
    let (level, name) = (vm.index_i32(*level)?, vm.index_i32(*name)?);
    // SAFETY of the calls: the values have the sizes that are given.
    let result = if !len.is_unbound() {
        if !value.is_none() {
            return Err(
                vm.type_error(format!("setsockopt() argument 3 must be NoneType, not {}", vm.type_name(*value)))
            );
        }
        let len = vm.index_i64(*len)? as libc::socklen_t;
        unsafe { libc::setsockopt(fd, level, name, std::ptr::null(), len) }
    } else if vm.as_int(*value).is_some() {
        let number = vm.index_i32(*value)?;
        let len = size_of::<i32>() as libc::socklen_t;
        unsafe { libc::setsockopt(fd, level, name, (&raw const number).cast(), len) }
    } else if value.is_none() {
        return Err(vm.type_error("setsockopt() takes exactly 4 arguments (3 given)"));
    } else {
        let bytes = vm.bytes_of(*value)?;
        unsafe { libc::setsockopt(fd, level, name, bytes.as_ptr().cast(), bytes.len() as libc::socklen_t) }
    };
    if result < 0 { Err(failed(vm)) } else { Ok(Value::NONE) }
}

fn listen(vm: &Vm, [this, backlog]: &[Value; 2]) -> R {
    let fd = data::<Socket>(vm, *this)?.fd.get();
    let backlog = vm.index_i32(*backlog)?.max(0);
    // SAFETY: has no preconditions.
    if unsafe { libc::listen(fd, backlog) } < 0 { Err(failed(vm)) } else { Ok(Value::NONE) }
}

fn setblocking(vm: &Vm, [this, flag]: &[Value; 2]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let blocking = vm.truthy(*flag)?;
    socket.timeout.set(if blocking { -1 } else { 0 });
    set_blocking(vm, socket.fd.get(), blocking)?;
    Ok(Value::NONE)
}

fn getblocking(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(data::<Socket>(vm, *this)?.timeout.get() != 0))
}

/// A timeout in seconds as nanoseconds; -1 for None.
pub fn timeout_arg(vm: &Vm, value: Value) -> Result<i64, Raised> {
    if value.is_none() {
        return Ok(-1);
    }
    let timeout = vm.to_nanoseconds(value, Rounding::Up)?;
    if timeout < 0 {
        return Err(vm.value_error("Timeout value out of range"));
    }
    if timeout / 1_000_000 > i32::MAX as i64 {
        return Err(vm.overflow_error("timeout doesn't fit into C timeval"));
    }
    Ok(timeout)
}

/// A timeout as Python shows it.
pub fn timeout_value(vm: &Vm, timeout: i64) -> Value {
    if timeout < 0 { Value::NONE } else { vm.float(timeout as f64 / 1e9) }
}

fn settimeout(vm: &Vm, [this, timeout]: &[Value; 2]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let timeout = timeout_arg(vm, *timeout)?;
    socket.timeout.set(timeout);
    set_blocking(vm, socket.fd.get(), timeout < 0)?;
    Ok(Value::NONE)
}

fn gettimeout(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(timeout_value(vm, data::<Socket>(vm, *this)?.timeout.get()))
}

fn shutdown(vm: &Vm, [this, how]: &[Value; 2]) -> R {
    let fd = data::<Socket>(vm, *this)?.fd.get();
    let how = vm.index_i32(*how)?;
    // SAFETY: has no preconditions.
    if unsafe { libc::shutdown(fd, how) } < 0 { Err(failed(vm)) } else { Ok(Value::NONE) }
}

fn finalize(vm: &Vm, [this]: &[Value; 1]) -> R {
    let socket: Ref<Native<Socket>> = data(vm, *this)?;
    if socket.fd.get() < 0 {
        return Ok(Value::NONE);
    }
    let text = format!("unclosed {}", vm.repr(*this)?.to_string_lossy());
    let warned = match vm.state_value("warn") {
        Some(warn) => {
            let args = [vm.str(&text).value(), vm.types[TypeId::ResourceWarning].value(), vm.int(1), *this];
            vm.call(warn, &args).map(|_| ())
        }
        None => Ok(()),
    };
    close(vm, &[*this])?;
    warned?;
    Ok(Value::NONE)
}
