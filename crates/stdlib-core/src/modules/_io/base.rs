//! The abstract classes.

use super::unsupported;
use object::{
    GetSet, Kind, R, Raised, Slot, TypeDef, TypeId, Value, Vm, natives, type_flags,
};

const FLAGS: u32 = type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF;

/// `_IOBase`
pub static IOBASE: TypeDef = TypeDef {
    name: "_IOBase",
    module: "_io",
    kind: Kind::INSTANCE,
    flags: FLAGS,
    doc: "The abstract base class for all I/O classes.",
    slots: &[Slot::iter(iter), Slot::next(next)],
    methods: &[BASE],
    getset: &[GetSet { name: "closed", get: get_closed, set: None, doc: "", is_member: false }],
    ..TypeDef::DEFAULT
};

/// `_RawIOBase`
pub static RAW: TypeDef = TypeDef {
    name: "_RawIOBase",
    module: "_io",
    kind: Kind::INSTANCE,
    flags: FLAGS,
    doc: "Base class for raw binary I/O.",
    methods: &[RAW_METHODS],
    ..TypeDef::DEFAULT
};

/// `_BufferedIOBase`
pub static BUFFERED: TypeDef = TypeDef {
    name: "_BufferedIOBase",
    module: "_io",
    kind: Kind::INSTANCE,
    flags: FLAGS,
    doc: "Base class for buffered IO objects.",
    methods: &[BUFFERED_METHODS],
    ..TypeDef::DEFAULT
};

/// `_TextIOBase`
pub static TEXT: TypeDef = TypeDef {
    name: "_TextIOBase",
    module: "_io",
    kind: Kind::INSTANCE,
    flags: FLAGS,
    doc: "Base class for text I/O.",
    methods: &[TEXT_METHODS],
    getset: &[
        GetSet { name: "encoding", get: |_, _| Ok(Value::NONE), set: None, doc: "Encoding of the text stream.", is_member: false },
        GetSet { name: "newlines", get: |_, _| Ok(Value::NONE), set: None, doc: "Line endings translated so far.", is_member: false },
        GetSet { name: "errors", get: |_, _| Ok(Value::NONE), set: None, doc: "The error setting of the decoder or encoder.", is_member: false },
    ],
    ..TypeDef::DEFAULT
};

natives! { static BASE: {
    /// Change the stream position to the given byte offset.
    "seek($self, offset, whence=0, /)" => no_seek;
    /// Return current stream position.
    "tell($self, /)" => tell;
    /// Truncate file to size bytes.
    "truncate($self, size=None, /)" => no_truncate;
    /// Return underlying file descriptor if one exists.
    "fileno($self, /)" => no_fileno;
    /// Return whether this is an 'interactive' stream.
    "isatty($self, /)" => isatty;
    /// Flush write buffers, if applicable.
    "flush($self, /)" => flush;
    /// Flush and close the IO object.
    "close($self, /)" => close;
    /// Return whether object supports random access.
    "seekable($self, /)" => no;
    /// Return whether object was opened for reading.
    "readable($self, /)" => no;
    /// Return whether object was opened for writing.
    "writable($self, /)" => no;
    "_checkClosed($self, /)" => check_closed_method;
    "_checkSeekable($self, /)" => check_seekable;
    "_checkReadable($self, /)" => check_readable;
    "_checkWritable($self, /)" => check_writable;
    "__enter__($self, /)" => enter;
    "__exit__($self, /, *args)" => exit;
    "__del__($self, /)" => delete;
    /// Read and return a line from the stream.
    "readline($self, size=-1, /)" => readline;
    /// Return a list of lines from the stream.
    "readlines($self, hint=None, /)" => readlines;
    /// Write a list of lines to stream.
    "writelines($self, lines, /)" => writelines;
}}

natives! { static RAW_METHODS: {
    "read($self, size=-1, /)" => raw_read;
    /// Read until EOF, using multiple read() call.
    "readall($self, /)" => raw_readall;
}}

natives! { static BUFFERED_METHODS: {
    "readinto($self, buffer, /)" => buffered_readinto;
    "readinto1($self, buffer, /)" => buffered_readinto1;
    /// Disconnect this buffer from its underlying raw stream and return it.
    "detach($self, /)" => no_detach [defining];
    /// Read and return up to n bytes.
    "read($self, size=-1, /)" => no_read [defining];
    /// Read and return up to size bytes, with at most one read() call to the underlying raw stream.
    "read1($self, size=-1, /)" => no_read1 [defining];
    /// Write buffer b to the IO stream.
    "write($self, b, /)" => no_write [defining];
}}

natives! { static TEXT_METHODS: {
    /// Separate the underlying buffer from the TextIOBase and return it.
    "detach($self, /)" => no_detach [defining];
    /// Read at most size characters from stream.
    "read($self, size=-1, /)" => no_read [defining];
    /// Read until newline or EOF.
    "readline($self, size=-1, /)" => no_readline [defining];
    /// Write string s to stream.
    "write($self, s, /)" => no_write [defining];
}}

const CLOSED: &str = "__IOBase_closed";

fn get_closed(vm: &Vm, this: Value) -> R {
    Ok(Value::bool(vm.instance_attr(this, vm.intern(CLOSED)).is_some()))
}

/// Is the stream closed, by its attribute?
pub(crate) fn is_closed(vm: &Vm, this: Value) -> Result<bool, Raised> {
    let closed = vm.getattr(this, vm.names.closed)?;
    vm.truthy(closed)
}

/// ValueError where the stream is closed.
pub(crate) fn check_closed(vm: &Vm, this: Value) -> Result<(), Raised> {
    if is_closed(vm, this)? { Err(closed_error(vm)) } else { Ok(()) }
}

pub(crate) fn closed_error(vm: &Vm) -> Raised {
    vm.value_error("I/O operation on closed file.")
}

fn no_seek(vm: &Vm, _: &[Value; 3]) -> R {
    Err(unsupported(vm, "seek"))
}
fn no_truncate(vm: &Vm, _: &[Value; 2]) -> R {
    Err(unsupported(vm, "truncate"))
}
fn no_fileno(vm: &Vm, _: &[Value; 1]) -> R {
    Err(unsupported(vm, "fileno"))
}
fn no_detach(vm: &Vm, _: &[Value; 1]) -> R {
    Err(unsupported(vm, "detach"))
}
fn no_read(vm: &Vm, _: &[Value; 2]) -> R {
    Err(unsupported(vm, "read"))
}
fn no_read1(vm: &Vm, _: &[Value; 2]) -> R {
    Err(unsupported(vm, "read1"))
}
fn no_readline(vm: &Vm, _: &[Value; 2]) -> R {
    Err(unsupported(vm, "readline"))
}
fn no_write(vm: &Vm, _: &[Value; 2]) -> R {
    Err(unsupported(vm, "write"))
}
fn no(vm: &Vm, [this]: &[Value; 1]) -> R {
    let _ = (vm, this);
    Ok(Value::FALSE)
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(*this, "seek", &[Value::small(0), Value::small(1)])
}

fn isatty(vm: &Vm, [this]: &[Value; 1]) -> R {
    check_closed(vm, *this)?;
    Ok(Value::FALSE)
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    check_closed(vm, *this)?;
    Ok(Value::NONE)
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    if vm.instance_attr(*this, vm.intern(CLOSED)).is_some() {
        return Ok(Value::NONE);
    }
    let result = vm.call_method(*this, vm.names.flush, &[]);
    vm.setattr(*this, vm.intern(CLOSED), Value::TRUE)?;
    result.map(|_| Value::NONE)
}

fn check_closed_method(vm: &Vm, [this]: &[Value; 1]) -> R {
    check_closed(vm, *this)?;
    Ok(Value::NONE)
}

fn check(vm: &Vm, this: Value, method: &str, text: &str) -> R {
    let answer = vm.call_method_str(this, method, &[])?;
    if answer != Value::TRUE {
        return Err(unsupported(vm, text));
    }
    Ok(answer)
}

fn check_seekable(vm: &Vm, [this]: &[Value; 1]) -> R {
    check(vm, *this, "seekable", "File or stream is not seekable.")
}
fn check_readable(vm: &Vm, [this]: &[Value; 1]) -> R {
    check(vm, *this, "readable", "File or stream is not readable.")
}
fn check_writable(vm: &Vm, [this]: &[Value; 1]) -> R {
    check(vm, *this, "writable", "File or stream is not writable.")
}

pub(crate) fn enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    check_closed(vm, *this)?;
    Ok(*this)
}

fn exit(vm: &Vm, [this, _args]: &[Value; 2]) -> R {
    vm.call_method(*this, vm.names.close, &[])
}

/// Closes a stream that nobody holds any more.
fn delete(vm: &Vm, [this]: &[Value; 1]) -> R {
    if !is_closed(vm, *this)? {
        vm.call_method(*this, vm.names.close, &[])?;
    }
    Ok(Value::NONE)
}

fn iter(vm: &Vm, this: Value) -> R {
    check_closed(vm, this)?;
    Ok(this)
}

fn next(vm: &Vm, this: Value) -> R {
    let line = vm.call_method(this, vm.names.readline, &[])?;
    if vm.len(line)? == 0 { Ok(Value::UNBOUND) } else { Ok(line) }
}

fn readline(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let limit = match vm.index_clamped(*size)? {
        Some(limit) if limit >= 0 => limit as usize,
        _ => usize::MAX,
    };
    let peek = vm.getattr_opt(*this, vm.intern("peek"))?;
    let mut line = Vec::new();
    while line.len() < limit {
        let mut wanted = 1;
        if let Some(peek) = peek {
            let ahead = vm.call(peek, &[Value::small(1)])?;
            let ahead = vm.bytes_of(ahead)?;
            if !ahead.is_empty() {
                wanted = memchr::memchr(b'\n', &ahead).map_or(ahead.len(), |at| at + 1).min(limit - line.len());
            }
        }
        let chunk = vm.call_method(*this, vm.names.read, &[vm.int_usize(wanted)])?;
        let Some(bytes) = vm.as_bytes(chunk) else {
            let name = vm.type_name(chunk);
            return Err(vm.raise(TypeId::OSError, &format!("read() should have returned a bytes object, not '{name}'")));
        };
        if bytes.is_empty() {
            break;
        }
        line.extend_from_slice(bytes.as_slice());
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(vm.bytes(&line).value())
}

fn readlines(vm: &Vm, [this, hint]: &[Value; 2]) -> R {
    let hint = vm.index_clamped(*hint)?.unwrap_or(-1);
    let lines = vm.list(&[]);
    let iterator = vm.iter(*this)?;
    let mut total = 0;
    while let Some(line) = vm.next(iterator)? {
        lines.push(vm, line);
        total += vm.len(line)?;
        if hint > 0 && total >= hint as usize {
            break;
        }
    }
    Ok(lines.value())
}

fn writelines(vm: &Vm, [this, lines]: &[Value; 2]) -> R {
    check_closed(vm, *this)?;
    vm.for_each(*lines, |line| vm.call_method(*this, vm.names.write, &[line]).map(|_| ()))?;
    Ok(Value::NONE)
}

fn raw_read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let size = vm.index_isize(*size)?;
    if size < 0 {
        return vm.call_method_str(*this, "readall", &[]);
    }
    vm.check_size(Some(size as usize))?;
    let buffer = vm.bytearray(&vec![0; size as usize]);
    let count = vm.call_method_str(*this, "readinto", &[buffer.value()])?;
    if count.is_none() {
        return Ok(Value::NONE);
    }
    let count = vm.index_isize(count)?;
    if count < 0 || count > size {
        return Err(vm.value_error(format!("readinto returned {count} outside buffer size {size}")));
    }
    Ok(vm.bytes(&buffer.as_slice()[..count as usize]).value())
}

fn raw_readall(vm: &Vm, [this]: &[Value; 1]) -> R {
    let mut all = Vec::new();
    loop {
        let chunk = vm.call_method(*this, vm.names.read, &[Value::small(super::DEFAULT_BUFFER_SIZE as i64)])?;
        if chunk.is_none() {
            if all.is_empty() {
                return Ok(Value::NONE);
            }
            break;
        }
        let Some(bytes) = vm.as_bytes(chunk) else { return Err(vm.type_error("read() should return bytes")) };
        if bytes.is_empty() {
            break;
        }
        all.extend_from_slice(bytes.as_slice());
    }
    Ok(vm.bytes(&all).value())
}

fn readinto(vm: &Vm, this: Value, buffer: Value, method: &str) -> R {
    let len = vm.with_bytes_mut(buffer, |bytes| bytes.len())?;
    let data = vm.call_method_str(this, method, &[vm.int_usize(len)])?;
    let Some(bytes) = vm.as_bytes(data) else { return Err(vm.type_error("read() should return bytes")) };
    let data = bytes.as_slice();
    if data.len() > len {
        let text = format!("read() returned too much data: {len} bytes requested, {} returned", data.len());
        return Err(vm.value_error(text));
    }
    vm.with_bytes_mut(buffer, |target| target[..data.len()].copy_from_slice(data))?;
    Ok(vm.int_usize(data.len()))
}

fn buffered_readinto(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    readinto(vm, *this, *buffer, "read")
}
fn buffered_readinto1(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    readinto(vm, *this, *buffer, "read1")
}

/// The class of an argument must be one of ours: `self` of a native method.
pub(crate) fn wrong_self(vm: &Vm, this: Value, class: &str) -> Raised {
    let name = vm.type_name(this);
    vm.type_error(format!("expected {class}, got '{name}'"))
}
