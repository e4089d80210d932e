//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`.
//!
//! A stream has a read buffer, whose bytes from `at` on the program has not seen, and a write buffer; at most one of them
//! is in use. The raw stream stands behind the read buffer, or before the write buffer.

use super::base::{closed_error, wrong_self};
use super::fileio;
use object::{
    Exception, Field, GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, native,
    natives, type_flags,
};
use std::cell::{Cell, RefCell};

/// The data of a buffered stream.
pub struct Buffered {
    /// The raw stream; unbound before `__init__`, None when detached.
    raw: Field,
    size: Cell<usize>,
    can_read: Cell<bool>,
    can_write: Cell<bool>,
    read: RefCell<Vec<u8>>,
    at: Cell<usize>,
    write: RefCell<Vec<u8>>,
}

impl NativeData for Buffered {
    fn trace(&self, tracer: &mut Tracer) {
        self.raw.trace(tracer);
    }
}

const FLAGS: u32 = type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF | type_flags::FINALIZER;

static GETSET: &[GetSet] = &[
    GetSet {
        name: "closed",
        get: |vm, this| vm.getattr(raw(vm, this)?, vm.names.closed),
        set: None,
        doc: "",
        is_member: false,
    },
    GetSet { name: "name", get: |vm, this| vm.getattr(raw(vm, this)?, vm.names.name), set: None, doc: "", is_member: false },
    GetSet { name: "mode", get: |vm, this| vm.getattr(raw(vm, this)?, vm.names.mode), set: None, doc: "", is_member: false },
    GetSet { name: "raw", get: |vm, this| Ok(data(vm, this)?.raw.get().or_none()), set: None, doc: "", is_member: true },
    GetSet { name: "_finalizing", get: |_, _| Ok(Value::FALSE), set: None, doc: "", is_member: true },
];

/// `BufferedReader`
pub static READER: TypeDef = TypeDef {
    name: "BufferedReader",
    module: "_io",
    flags: FLAGS,
    doc: "Create a new buffered reader using the given readable raw IO object.",
    new: Some({ static DEF: object::native::NativeDef = native! { "BufferedReader($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! { "BufferedReader($self, raw, buffer_size=131072)" => init_reader }; &DEF }),
    slots: &[Slot::repr(repr), Slot::next(next)],
    methods: &[COMMON, READING],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

/// `BufferedWriter`
pub static WRITER: TypeDef = TypeDef {
    name: "BufferedWriter",
    module: "_io",
    flags: FLAGS,
    doc: "A buffer for a writeable sequential RawIO object.",
    new: Some({ static DEF: object::native::NativeDef = native! { "BufferedWriter($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! { "BufferedWriter($self, raw, buffer_size=131072)" => init_writer }; &DEF }),
    slots: &[Slot::repr(repr)],
    methods: &[COMMON, WRITING],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

/// `BufferedRandom`
pub static RANDOM: TypeDef = TypeDef {
    name: "BufferedRandom",
    module: "_io",
    flags: FLAGS,
    doc: "A buffered interface to random access streams.",
    new: Some({ static DEF: object::native::NativeDef = native! { "BufferedRandom($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! { "BufferedRandom($self, raw, buffer_size=131072)" => init_random }; &DEF }),
    slots: &[Slot::repr(repr), Slot::next(next)],
    methods: &[COMMON, READING, WRITING],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

natives! { static COMMON: {
    "close($self, /)" => close;
    "detach($self, /)" => detach;
    "flush($self, /)" => flush;
    "fileno($self, /)" => fileno;
    "isatty($self, /)" => isatty;
    "seek($self, target, whence=0, /)" => seek;
    "seekable($self, /)" => seekable;
    "tell($self, /)" => tell;
    "truncate($self, pos=None, /)" => truncate;
    "readable($self, /)" => readable;
    "writable($self, /)" => writable;
    "_dealloc_warn($self, source, /)" => dealloc_warn;
    "__del__($self, /)" => delete;
    "__getstate__($self, /)" => getstate;
}}

natives! { static READING: {
    "read($self, size=-1, /)" => read;
    "read1($self, size=-1, /)" => read1;
    "peek($self, size=0, /)" => peek;
    "readinto($self, buffer, /)" => readinto;
    "readinto1($self, buffer, /)" => readinto1;
    "readline($self, size=-1, /)" => readline;
}}

natives! { static WRITING: {
    "write($self, buffer, /)" => write;
}}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Buffered>>, Raised> {
    vm.as_native::<Buffered>(this).ok_or_else(|| wrong_self(vm, this, "BufferedReader"))
}

fn raw(vm: &Vm, this: Value) -> R {
    let raw = data(vm, this)?.raw.get();
    if raw.is_unbound() {
        return Err(vm.value_error("I/O operation on uninitialized object"));
    }
    if raw.is_none() {
        return Err(vm.value_error("raw stream has been detached"));
    }
    Ok(raw)
}

fn open(vm: &Vm, this: Value, what: &str) -> Result<Ref<Native<Buffered>>, Raised> {
    let raw = raw(vm, this)?;
    let closed = match fileio::direct(vm, raw) {
        Some(_) => false,
        None => super::base::is_closed(vm, raw)?,
    };
    if closed {
        return Err(if what.is_empty() { closed_error(vm) } else { vm.value_error(format!("{what} of closed file")) });
    }
    data(vm, this)
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    let data = Buffered {
        raw: Field::new(Value::UNBOUND),
        size: Cell::new(0),
        can_read: Cell::new(false),
        can_write: Cell::new(false),
        read: RefCell::default(),
        at: Cell::new(0),
        write: RefCell::default(),
    };
    Ok(vm.native(class, data).value())
}

fn init(vm: &Vm, this: Value, raw: Value, size: Value, can_read: bool, can_write: bool) -> R {
    let size = vm.index_isize(size)?;
    for (wanted, method) in [(can_read, "_checkReadable"), (can_write, "_checkWritable")] {
        if !wanted || fileio::direct(vm, raw).is_some() && wanted && check_direct(vm, raw, method)? {
            continue;
        }
        match vm.getattr_opt(raw, vm.intern(method))? {
            Some(check) => {
                vm.call(check, &[])?;
            }
            None => {
                let name = method.trim_start_matches("_check").to_lowercase();
                if !{
                    let answer = vm.call_method_str(raw, &name, &[])?;
                    vm.truthy(answer)?
                } {
                    return Err(super::unsupported(vm, &format!("File or stream is not {name}.")));
                }
            }
        }
    }
    if size <= 0 {
        return Err(vm.value_error("buffer size must be strictly positive"));
    }
    let data = data(vm, this)?;
    data.raw.set(vm, data, raw);
    data.size.set(size as usize);
    data.can_read.set(can_read);
    data.can_write.set(can_write);
    data.read.borrow_mut().clear();
    data.at.set(0);
    data.write.borrow_mut().clear();
    Ok(Value::NONE)
}

fn check_direct(vm: &Vm, raw: Value, method: &str) -> Result<bool, Raised> {
    let name = if method == "_checkReadable" { "readable" } else { "writable" };
    let answer = vm.call_method_str(raw, name, &[])?;
    vm.truthy(answer)
}

fn init_reader(vm: &Vm, [this, raw, size]: &[Value; 3]) -> R {
    init(vm, *this, *raw, *size, true, false)
}
fn init_writer(vm: &Vm, [this, raw, size]: &[Value; 3]) -> R {
    init(vm, *this, *raw, *size, false, true)
}
fn init_random(vm: &Vm, [this, raw, size]: &[Value; 3]) -> R {
    let answer = vm.call_method_str(*raw, "seekable", &[])?;
    if !vm.truthy(answer)? {
        return Err(super::unsupported(vm, "File or stream is not seekable."));
    }
    init(vm, *this, *raw, *size, true, true)
}

/// The raw stream below a buffered one, and whether the latter has data to be written.
pub(super) fn held_back(vm: &Vm, this: Value) -> Option<(Value, bool)> {
    let data = vm.as_native::<Buffered>(this)?;
    let waits = !data.write.borrow().is_empty();
    Some((data.raw.get(), waits))
}

/// One read of the raw stream. None: it would block.
fn raw_read(vm: &Vm, raw: Value, count: usize) -> Result<Option<Vec<u8>>, Raised> {
    vm.check_size(Some(count))?;
    if let Some(file) = fileio::direct(vm, raw) {
        let mut buffer = vec![0; count];
        return Ok(fileio::direct_read(vm, file, &mut buffer)?.map(|got| {
            buffer.truncate(got);
            buffer
        }));
    }
    let target = vm.bytearray(&vec![0; count]);
    let got = vm.call_method_str(raw, "readinto", &[target.value()])?;
    if got.is_none() {
        return Ok(None);
    }
    let got = match vm.index_i64(got) {
        Ok(got) => got,
        Err(raised) => {
            let cause = vm.take_exception(raised);
            let raised = vm.raise(TypeId::OSError, "raw readinto() failed");
            if let Some(new) = vm.pending_exception(raised).cast::<Exception>() {
                new.cause.set(vm, new, cause);
            }
            return Err(raised);
        }
    };
    if got < 0 || got as usize > count {
        let text = format!("raw readinto() returned invalid length {got} (should have been between 0 and {count})");
        return Err(vm.raise(TypeId::OSError, &text));
    }
    Ok(Some(target.as_slice()[..got as usize].to_vec()))
}

/// The bytes that are read ahead.
fn ahead(data: &Buffered) -> usize {
    data.read.borrow().len() - data.at.get()
}

fn drop_ahead(data: &Buffered) {
    data.read.borrow_mut().clear();
    data.at.set(0);
}

fn take_ahead(data: &Buffered, count: usize) -> Vec<u8> {
    let buffer = data.read.borrow();
    let at = data.at.get();
    let end = at.saturating_add(count).min(buffer.len());
    let taken = buffer[at..end].to_vec();
    data.at.set(end);
    taken
}

/// Fills the read buffer by one read. False at the end of the stream; None: it would block.
fn fill(vm: &Vm, data: Ref<Native<Buffered>>) -> Result<Option<bool>, Raised> {
    let got = raw_read(vm, data.raw.get(), data.size.get())?;
    let Some(got) = got else { return Ok(None) };
    let more = !got.is_empty();
    let mut buffer = data.read.borrow_mut();
    let at = data.at.replace(0);
    buffer.drain(..at);
    buffer.extend_from_slice(&got);
    Ok(Some(more))
}

fn before_read(vm: &Vm, this: Value, what: &str) -> Result<Ref<Native<Buffered>>, Raised> {
    let data = open(vm, this, what)?;
    if data.can_write.get() {
        flush_writes(vm, data)?;
    }
    Ok(data)
}

fn read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let size = vm.index_clamped(*size)?.unwrap_or(-1);
    if size < -1 {
        return Err(vm.value_error("read length must be non-negative or -1"));
    }
    let data = before_read(vm, *this, "read")?;
    if size < 0 {
        let mut all = take_ahead(&data, usize::MAX);
        drop_ahead(&data);
        let rest = vm.call_method_str(data.raw.get(), "readall", &[]);
        match rest {
            Ok(rest) if rest.is_none() => {
                return Ok(if all.is_empty() { Value::NONE } else { vm.bytes(&all).value() });
            }
            Ok(rest) => {
                let Some(rest) = vm.as_bytes(rest) else { return Err(vm.type_error("readall() should return bytes")) };
                if all.is_empty() {
                    return Ok(rest.value());
                }
                all.extend_from_slice(rest.as_slice());
            }
            Err(raised) => {
                vm.catch(raised, TypeId::AttributeError)?;
                while let Some(chunk) = raw_read(vm, data.raw.get(), data.size.get())? {
                    if chunk.is_empty() {
                        break;
                    }
                    all.extend_from_slice(&chunk);
                }
            }
        }
        return Ok(vm.bytes(&all).value());
    }
    let size = size as usize;
    if size <= ahead(&data) {
        return Ok(vm.bytes(&take_ahead(&data, size)).value());
    }
    let mut result = take_ahead(&data, usize::MAX);
    drop_ahead(&data);
    while result.len() < size {
        let missing = size - result.len();
        if missing >= data.size.get() {
            match raw_read(vm, data.raw.get(), missing)? {
                None if result.is_empty() => return Ok(Value::NONE),
                None => break,
                Some(chunk) if chunk.is_empty() => break,
                Some(chunk) => result.extend_from_slice(&chunk),
            }
        } else {
            match fill(vm, data)? {
                None if result.is_empty() => return Ok(Value::NONE),
                None | Some(false) => break,
                Some(true) => result.extend_from_slice(&take_ahead(&data, missing)),
            }
        }
    }
    Ok(vm.bytes(&result).value())
}

/// What one read of the raw stream gives, for `TextIOWrapper`.
pub(crate) fn read_chunk(vm: &Vm, this: Value, size: usize) -> Result<Option<Option<Vec<u8>>>, Raised> {
    let Some(data) = vm.as_native::<Buffered>(this) else { return Ok(None) };
    let class = vm.type_of(this).value();
    let known = ["io.BufferedReader", "io.BufferedRandom"].iter().any(|name| vm.state_value(name) == Some(class));
    if !known {
        return Ok(None);
    }
    before_read(vm, this, "read")?;
    if ahead(&data) > 0 {
        return Ok(Some(Some(take_ahead(&data, size))));
    }
    drop_ahead(&data);
    Ok(Some(raw_read(vm, data.raw.get(), size)?))
}

fn read1(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let size = vm.index_clamped(*size)?.unwrap_or(-1);
    let data = before_read(vm, *this, "read")?;
    let size = if size < 0 { data.size.get() } else { size as usize };
    if size == 0 {
        return Ok(vm.bytes(b"").value());
    }
    if ahead(&data) > 0 {
        return Ok(vm.bytes(&take_ahead(&data, size)).value());
    }
    drop_ahead(&data);
    Ok(vm.bytes(&raw_read(vm, data.raw.get(), size)?.unwrap_or_default()).value())
}

fn peek(vm: &Vm, [this, _size]: &[Value; 2]) -> R {
    let data = before_read(vm, *this, "peek")?;
    if ahead(&data) == 0 {
        fill(vm, data)?;
    }
    let buffer = data.read.borrow();
    Ok(vm.bytes(&buffer[data.at.get()..]).value())
}

fn into(vm: &Vm, this: Value, buffer: Value, once: bool) -> R {
    let data = before_read(vm, this, "readinto")?;
    let wanted = vm.with_bytes_mut(buffer, |bytes| bytes.len())?;
    let mut result = take_ahead(&data, wanted);
    while result.len() < wanted {
        if once && !result.is_empty() {
            break;
        }
        drop_ahead(&data);
        match fill(vm, data)? {
            None if result.is_empty() => return Ok(Value::NONE),
            None | Some(false) => break,
            Some(true) => {
                let missing = wanted - result.len();
                result.extend_from_slice(&take_ahead(&data, missing));
            }
        }
    }
    vm.with_bytes_mut(buffer, |bytes| {
        let count = result.len().min(bytes.len());
        bytes[..count].copy_from_slice(&result[..count]);
    })?;
    Ok(vm.int_usize(result.len()))
}

fn readinto(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    into(vm, *this, *buffer, false)
}
fn readinto1(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    into(vm, *this, *buffer, true)
}

fn readline(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let limit = match vm.index_clamped(*size)? {
        Some(size) if size >= 0 => size as usize,
        _ => usize::MAX,
    };
    let data = before_read(vm, *this, "readline")?;
    let mut line = Vec::new();
    loop {
        {
            let buffer = data.read.borrow();
            let rest = &buffer[data.at.get()..];
            let room = limit - line.len();
            let rest = &rest[..rest.len().min(room)];
            let end = memchr::memchr(b'\n', rest).map(|at| at + 1);
            let count = end.unwrap_or(rest.len());
            line.extend_from_slice(&rest[..count]);
            data.at.set(data.at.get() + count);
            if end.is_some() || line.len() >= limit {
                break;
            }
        }
        drop_ahead(&data);
        if fill(vm, data)? != Some(true) {
            break;
        }
    }
    Ok(vm.bytes(&line).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let line = readline(vm, &[this, Value::small(-1)])?;
    if vm.len(line)? == 0 { Ok(Value::UNBOUND) } else { Ok(line) }
}

/// One write to the raw stream. None: it would block.
fn raw_write(vm: &Vm, raw: Value, bytes: &[u8]) -> Result<Option<usize>, Raised> {
    if let Some(file) = fileio::direct(vm, raw) {
        return fileio::direct_write(vm, file, bytes);
    }
    let view = vm.bytes(bytes).value();
    let count = vm.call_method(raw, vm.names.write, &[view])?;
    if count.is_none() {
        return Ok(None);
    }
    let count = vm.index_i64(count)?;
    if count < 0 || count as usize > bytes.len() {
        let text = format!("raw write() returned invalid length {count} (should have been between 0 and {})", bytes.len());
        return Err(vm.raise(TypeId::OSError, &text));
    }
    Ok(Some(count as usize))
}

fn flush_writes(vm: &Vm, data: Ref<Native<Buffered>>) -> Result<(), Raised> {
    loop {
        let pending = std::mem::take(&mut *data.write.borrow_mut());
        if pending.is_empty() {
            return Ok(());
        }
        let result = raw_write(vm, data.raw.get(), &pending);
        let written = *result.as_ref().ok().and_then(|count| count.as_ref()).unwrap_or(&0);
        if written < pending.len() {
            let mut rest = pending[written..].to_vec();
            let mut buffer = data.write.borrow_mut();
            rest.extend_from_slice(&buffer);
            *buffer = rest;
        }
        if result?.is_none() {
            let text = vm.str("write could not complete without blocking").value();
            let class = vm.types[TypeId::BlockingIOError].value();
            return Err(vm.raise_call(class, &[Value::small(libc::EAGAIN as i64), text, Value::small(0)]));
        }
    }
}

/// Puts the raw stream where the program thinks it is: bytes read ahead are given back.
fn unread(vm: &Vm, data: Ref<Native<Buffered>>) -> Result<(), Raised> {
    let ahead = ahead(&data);
    drop_ahead(&data);
    if ahead > 0 {
        vm.call_method_str(data.raw.get(), "seek", &[vm.int(-(ahead as i64)), Value::small(1)])?;
    }
    Ok(())
}

fn write(vm: &Vm, [this, bytes]: &[Value; 2]) -> R {
    if vm.as_str(*bytes).is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    let data = open(vm, *this, "write")?;
    let bytes = vm.bytes_of(*bytes)?;
    write_bytes(vm, data, &bytes)?;
    Ok(vm.int_usize(bytes.len()))
}

fn write_bytes(vm: &Vm, data: Ref<Native<Buffered>>, bytes: &[u8]) -> Result<(), Raised> {
    if data.can_read.get() {
        unread(vm, data)?;
    }
    if data.write.borrow().len() + bytes.len() > data.size.get() {
        flush_writes(vm, data)?;
    }
    data.write.borrow_mut().extend_from_slice(bytes);
    if data.write.borrow().len() > data.size.get() {
        flush_writes(vm, data)?;
    }
    Ok(())
}

/// Writes to a plain buffered stream without a method call, for `TextIOWrapper`. False: it is not one.
pub(crate) fn write_direct(vm: &Vm, this: Value, bytes: &[u8]) -> Result<bool, Raised> {
    let Some(buffered) = vm.as_native::<Buffered>(this) else { return Ok(false) };
    let class = vm.type_of(this).value();
    let known = ["io.BufferedWriter", "io.BufferedRandom"].iter().any(|name| vm.state_value(name) == Some(class));
    if !known {
        return Ok(false);
    }
    open(vm, this, "write")?;
    write_bytes(vm, buffered, bytes)?;
    Ok(true)
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = open(vm, *this, "flush")?;
    flush_writes(vm, data)?;
    if data.can_read.get() && data.can_write.get() {
        unread(vm, data)?;
    }
    vm.call_method(data.raw.get(), vm.names.flush, &[])
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let stream = raw(vm, *this)?;
    if super::base::is_closed(vm, stream)? {
        return Ok(Value::NONE);
    }
    let flushed = vm.call_method(*this, vm.names.flush, &[]);
    let first = flushed.err().map(|raised| vm.take_exception(raised));
    let closed = vm.call_method(stream, vm.names.close, &[]);
    match (first, closed) {
        (None, result) => result,
        (Some(first), Ok(_)) => Err(vm.raise_again(first)),
        (Some(first), Err(raised)) => {
            let second = vm.take_exception(raised);
            if let Some(object) = second.cast::<Exception>() {
                object.context.set(vm, object, first);
            }
            Err(vm.raise_again(second))
        }
    }
}

fn delete(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    let stream = data.raw.get();
    if stream.is_unbound() || stream.is_none() || super::base::is_closed(vm, *this)? {
        return Ok(Value::NONE);
    }
    dealloc_warn(vm, &[*this, *this])?;
    vm.call_method(*this, vm.names.close, &[])
}

fn dealloc_warn(vm: &Vm, [this, source]: &[Value; 2]) -> R {
    let stream = raw(vm, *this)?;
    if let Some(warn) = vm.getattr_opt(stream, vm.intern("_dealloc_warn"))? {
        vm.call(warn, &[*source])?;
    }
    Ok(Value::NONE)
}

fn detach(vm: &Vm, [this]: &[Value; 1]) -> R {
    let stream = raw(vm, *this)?;
    vm.call_method(*this, vm.names.flush, &[])?;
    let data = data(vm, *this)?;
    unread(vm, data)?;
    data.raw.init(Value::NONE);
    Ok(stream)
}

fn fileno(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(raw(vm, *this)?, "fileno", &[])
}
fn isatty(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(raw(vm, *this)?, "isatty", &[])
}
fn seekable(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(raw(vm, *this)?, "seekable", &[])
}
fn readable(vm: &Vm, [this]: &[Value; 1]) -> R {
    if !data(vm, *this)?.can_read.get() {
        return Ok(Value::FALSE);
    }
    vm.call_method_str(raw(vm, *this)?, "readable", &[])
}
fn writable(vm: &Vm, [this]: &[Value; 1]) -> R {
    if !data(vm, *this)?.can_write.get() {
        return Ok(Value::FALSE);
    }
    vm.call_method_str(raw(vm, *this)?, "writable", &[])
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    let stream = raw(vm, *this)?;
    let position = vm.call_method_str(stream, "tell", &[])?;
    let position = vm.index_i64(position)?;
    if position < 0 {
        return Err(vm.raise(TypeId::OSError, &format!("Raw stream returned invalid position {position}")));
    }
    let data = data(vm, *this)?;
    let pending = data.write.borrow().len() as i64;
    Ok(vm.int(position - ahead(&data) as i64 + pending))
}

fn seek(vm: &Vm, [this, target, whence]: &[Value; 3]) -> R {
    let data = open(vm, *this, "seek")?;
    let whence_number = vm.index_i32(*whence)?;
    if !(0..=4).contains(&whence_number) {
        return Err(vm.value_error(format!("whence value {whence_number} unsupported")));
    }
    let answer = vm.call_method_str(data.raw.get(), "seekable", &[])?;
    if !vm.truthy(answer)? {
        return Err(super::unsupported(vm, "File or stream is not seekable."));
    }
    let target = vm.index_i64(*target)?;
    flush_writes(vm, data)?;
    if whence_number <= 1 && data.can_read.get() && ahead(&data) > 0 {
        // A short way within what is read ahead moves nothing.
        let position = vm.call_method_str(data.raw.get(), "tell", &[])?;
        let end = vm.index_i64(position)?;
        let here = end - ahead(&data) as i64;
        let wanted = if whence_number == 1 { here.saturating_add(target) } else { target };
        let first = end - data.read.borrow().len() as i64;
        if (first..=end).contains(&wanted) {
            data.at.set((wanted - first) as usize);
            return Ok(vm.int(wanted));
        }
        drop_ahead(&data);
        return vm.call_method_str(data.raw.get(), "seek", &[vm.int(wanted), Value::small(0)]);
    }
    drop_ahead(&data);
    vm.call_method_str(data.raw.get(), "seek", &[vm.int(target), *whence])
}

fn truncate(vm: &Vm, [this, position]: &[Value; 2]) -> R {
    let data = open(vm, *this, "truncate")?;
    if !data.can_write.get() {
        return Err(super::unsupported(vm, "truncate"));
    }
    flush_writes(vm, data)?;
    let position = if position.is_none() { tell(vm, &[*this])? } else { *position };
    unread(vm, data)?;
    vm.call_method_str(data.raw.get(), "truncate", &[position])
}

fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let name = vm.type_of(*this).qualified_name(vm);
    Err(vm.type_error(format!("cannot pickle '{name}' object")))
}

fn repr(vm: &Vm, this: Value) -> R {
    let class = vm.type_of(this).qualified_name(vm);
    let name = match vm.getattr_opt(this, vm.names.name) {
        Ok(name) => name,
        Err(raised) => {
            vm.catch(raised, TypeId::ValueError)?;
            None
        }
    };
    let text = match name {
        Some(name) => format!("<{class} name={}>", vm.repr(name)?.to_string_lossy()),
        None => format!("<{class}>"),
    };
    Ok(vm.str(&text).value())
}

/// The data of a `BufferedRWPair`.
pub struct Pair {
    reader: Field,
    writer: Field,
}

impl NativeData for Pair {
    fn trace(&self, tracer: &mut Tracer) {
        self.reader.trace(tracer);
        self.writer.trace(tracer);
    }
}

/// `BufferedRWPair`
pub static PAIR: TypeDef = TypeDef {
    name: "BufferedRWPair",
    module: "_io",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "A buffered reader and writer object together.",
    new: Some({ static DEF: object::native::NativeDef = native! { "BufferedRWPair($cls, reader, writer, buffer_size=131072, /)" => new_pair }; &DEF }),
    methods: &[PAIR_METHODS],
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| vm.getattr(pair(vm, this)?.writer.get(), vm.names.closed),
        set: None,
        doc: "",
        is_member: false,
    }],
    ..TypeDef::DEFAULT
};

natives! { static PAIR_METHODS: {
    "read($self, size=-1, /)" => pair_read;
    "read1($self, size=-1, /)" => pair_read1;
    "peek($self, size=0, /)" => pair_peek;
    "readinto($self, buffer, /)" => pair_readinto;
    "readinto1($self, buffer, /)" => pair_readinto1;
    "write($self, buffer, /)" => pair_write;
    "flush($self, /)" => pair_flush;
    "readable($self, /)" => pair_readable;
    "writable($self, /)" => pair_writable;
    "close($self, /)" => pair_close;
    "isatty($self, /)" => pair_isatty;
}}

fn pair(vm: &Vm, this: Value) -> Result<Ref<Native<Pair>>, Raised> {
    vm.as_native::<Pair>(this).ok_or_else(|| wrong_self(vm, this, "BufferedRWPair"))
}

fn new_pair(vm: &Vm, [class, reader, writer, size]: &[Value; 4]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    vm.call_method_str(*reader, "_checkReadable", &[])?;
    vm.call_method_str(*writer, "_checkWritable", &[])?;
    let reader = vm.call(super::class_of(vm, "BufferedReader")?.value(), &[*reader, *size])?;
    let writer = vm.call(super::class_of(vm, "BufferedWriter")?.value(), &[*writer, *size])?;
    Ok(vm.native(class, Pair { reader: Field::new(reader), writer: Field::new(writer) }).value())
}

macro_rules! forward {
    ($($name:ident($($arg:ident),*) = $field:ident . $method:literal;)*) => {
        $(fn $name(vm: &Vm, [this $(, $arg)*]: &[Value; forward!(@count $($arg)*)]) -> R {
            vm.call_method_str(pair(vm, *this)?.$field.get(), $method, &[$(*$arg),*])
        })*
    };
    (@count) => { 1 };
    (@count $a:ident) => { 2 };
}

forward! {
    pair_read(size) = reader."read";
    pair_read1(size) = reader."read1";
    pair_peek(size) = reader."peek";
    pair_readinto(buffer) = reader."readinto";
    pair_readinto1(buffer) = reader."readinto1";
    pair_write(buffer) = writer."write";
    pair_flush() = writer."flush";
    pair_readable() = reader."readable";
    pair_writable() = writer."writable";
}

fn pair_close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let pair = pair(vm, *this)?;
    let first = vm.call_method(pair.writer.get(), vm.names.close, &[]).err().map(|raised| vm.take_exception(raised));
    let second = vm.call_method(pair.reader.get(), vm.names.close, &[]);
    match first {
        Some(first) => Err(vm.raise_again(first)),
        None => second,
    }
}

fn pair_isatty(vm: &Vm, [this]: &[Value; 1]) -> R {
    let pair = pair(vm, *this)?;
    let answer = vm.call_method_str(pair.writer.get(), "isatty", &[])?;
    if vm.truthy(answer)? {
        return Ok(answer);
    }
    vm.call_method_str(pair.reader.get(), "isatty", &[])
}
