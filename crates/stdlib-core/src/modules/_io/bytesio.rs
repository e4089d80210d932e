//! `BytesIO`.

use super::base::{closed_error, wrong_self};
use object::{
    ByteArray, Field, GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, ValueExt, Vm,
    native, natives, type_flags,
};
use std::cell::Cell;

/// The data of a `BytesIO`.
pub struct BytesIo {
    /// A bytearray; None once the stream is closed.
    content: Field,
    position: Cell<usize>,
}

impl NativeData for BytesIo {
    fn trace(&self, tracer: &mut Tracer) {
        self.content.trace(tracer);
    }
}

/// `BytesIO`
pub static BYTESIO: TypeDef = TypeDef {
    name: "BytesIO",
    module: "_io",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "Buffered I/O implementation using an in-memory bytes buffer.",
    new: Some({ static DEF: object::native::NativeDef = native! { "BytesIO($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! { "BytesIO($self, initial_bytes=b'')" => init }; &DEF }),
    slots: &[Slot::iter(iter), Slot::next(next)],
    methods: &[METHODS],
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| Ok(Value::bool(data(vm, this)?.content.get().is_none())),
        set: None,
        doc: "True if the file is closed.",
        is_member: false,
    }],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Read at most size bytes, returned as a bytes object.
    "read($self, size=-1, /)" => read;
    /// Read at most size bytes, returned as a bytes object.
    "read1($self, size=-1, /)" => read;
    /// Next line from the file, as a bytes object.
    "readline($self, size=-1, /)" => readline;
    /// List of bytes objects, each a line from the file.
    "readlines($self, size=None, /)" => readlines;
    /// Read bytes into buffer.
    "readinto($self, buffer, /)" => readinto;
    /// Write bytes to file.
    "write($self, b, /)" => write;
    /// Write lines to the file.
    "writelines($self, lines, /)" => writelines;
    /// Change stream position.
    "seek($self, pos, whence=0, /)" => seek;
    /// Current file position, an integer.
    "tell($self, /)" => tell;
    /// Truncate the file to at most size bytes.
    "truncate($self, size=None, /)" => truncate;
    /// Retrieve the entire contents of the BytesIO object.
    "getvalue($self, /)" => getvalue;
    /// Get a read-write view over the contents of the BytesIO object.
    "getbuffer($self, /)" => getbuffer;
    /// Disable all I/O operations.
    "close($self, /)" => close;
    /// Does nothing.
    "flush($self, /)" => flush;
    /// Always returns False.
    "isatty($self, /)" => no;
    "readable($self, /)" => yes;
    "writable($self, /)" => yes;
    "seekable($self, /)" => yes;
    "__getstate__($self, /)" => getstate;
    "__setstate__($self, state, /)" => setstate;
    "detach($self, /)" => detach;
}}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<BytesIo>>, Raised> {
    vm.as_native::<BytesIo>(this).ok_or_else(|| wrong_self(vm, this, "BytesIO"))
}

fn open(vm: &Vm, this: Value) -> Result<(Ref<Native<BytesIo>>, Ref<ByteArray>), Raised> {
    let data = data(vm, this)?;
    match data.content.get().cast::<ByteArray>() {
        Some(content) => Ok((data, content)),
        None => Err(closed_error(vm)),
    }
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    let content = vm.bytearray(b"").value();
    Ok(vm.native(class, BytesIo { content: Field::new(content), position: Cell::new(0) }).value())
}

fn init(vm: &Vm, [this, initial]: &[Value; 2]) -> R {
    let data = data(vm, *this)?;
    let bytes = if initial.is_unbound() || initial.is_none() { Vec::new() } else { vm.bytes_of(*initial)? };
    data.content.set(vm, data, vm.bytearray(&bytes).value());
    data.position.set(0);
    Ok(Value::NONE)
}

fn take(vm: &Vm, data: Ref<Native<BytesIo>>, content: Ref<ByteArray>, count: usize) -> Value {
    let start = data.position.get().min(content.len());
    let end = start.saturating_add(count).min(content.len());
    data.position.set(data.position.get().max(end));
    vm.bytes(&content.as_slice()[start..end]).value()
}

fn limit(vm: &Vm, size: Value) -> Result<usize, Raised> {
    Ok(match vm.index_clamped(size)? {
        Some(size) if size >= 0 => size as usize,
        _ => usize::MAX,
    })
}

fn read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let count = limit(vm, *size)?;
    let (data, content) = open(vm, *this)?;
    Ok(take(vm, data, content, count))
}

fn line_len(data: Ref<Native<BytesIo>>, content: Ref<ByteArray>) -> usize {
    let rest = &content.as_slice()[data.position.get().min(content.len())..];
    memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1)
}

fn readline(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let count = limit(vm, *size)?;
    let (data, content) = open(vm, *this)?;
    Ok(take(vm, data, content, line_len(data, content).min(count)))
}

fn readlines(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let hint = limit(vm, *size)?;
    let (data, content) = open(vm, *this)?;
    let lines = vm.list(&[]);
    let mut total = 0;
    loop {
        let len = line_len(data, content);
        if len == 0 {
            return Ok(lines.value());
        }
        lines.push(vm, take(vm, data, content, len));
        total += len;
        if hint > 0 && total >= hint {
            return Ok(lines.value());
        }
    }
}

fn iter(vm: &Vm, this: Value) -> R {
    open(vm, this)?;
    Ok(this)
}

fn next(vm: &Vm, this: Value) -> R {
    let (data, content) = open(vm, this)?;
    let len = line_len(data, content);
    if len == 0 { Ok(Value::UNBOUND) } else { Ok(take(vm, data, content, len)) }
}

fn readinto(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    let (data, content) = open(vm, *this)?;
    let start = data.position.get().min(content.len());
    let rest = content.as_slice()[start..].to_vec();
    let count = vm.with_bytes_mut(*buffer, |target| {
        let count = target.len().min(rest.len());
        target[..count].copy_from_slice(&rest[..count]);
        count
    })?;
    data.position.set(start + count);
    Ok(vm.int_usize(count))
}

fn check_exports(vm: &Vm, content: Ref<ByteArray>) -> Result<(), Raised> {
    if content.exports.get() > 0 {
        return Err(vm.buffer_error("Existing exports of data: object cannot be re-sized"));
    }
    Ok(())
}

fn write(vm: &Vm, [this, bytes]: &[Value; 2]) -> R {
    open(vm, *this)?;
    if vm.as_str(*bytes).is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    let bytes = vm.bytes_of(*bytes)?;
    let (data, content) = open(vm, *this)?;
    check_exports(vm, content)?;
    if bytes.is_empty() {
        return Ok(Value::small(0));
    }
    let start = data.position.get();
    if start > content.len() {
        vm.check_size(Some(start))?;
        content.extend(vm, &vec![0; start - content.len()]);
    }
    let end = (start + bytes.len()).min(content.len());
    content.splice(vm, start..end, &bytes);
    data.position.set(start + bytes.len());
    Ok(vm.int_usize(bytes.len()))
}

fn writelines(vm: &Vm, [this, lines]: &[Value; 2]) -> R {
    open(vm, *this)?;
    vm.for_each(*lines, |line| write(vm, &[*this, line]).map(|_| ()))?;
    Ok(Value::NONE)
}

fn seek(vm: &Vm, [this, position, whence]: &[Value; 3]) -> R {
    let (data, content) = open(vm, *this)?;
    let (position, whence) = (vm.index_i64(*position)?, vm.index_i32(*whence)?);
    let base = match whence {
        0 if position < 0 => return Err(vm.value_error(format!("negative seek value {position}"))),
        0 => 0,
        1 => data.position.get() as i64,
        2 => content.len() as i64,
        _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(target) = base.checked_add(position) else { return Err(vm.overflow_error("new position too large")) };
    data.position.set(target.max(0) as usize);
    Ok(vm.int(target.max(0)))
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int_usize(open(vm, *this)?.0.position.get()))
}

fn truncate(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let (data, content) = open(vm, *this)?;
    check_exports(vm, content)?;
    let size = if size.is_none() { data.position.get() as i64 } else { vm.index_i64(*size)? };
    if size < 0 {
        return Err(vm.value_error(format!("negative size value {size}")));
    }
    if (size as usize) < content.len() {
        content.splice(vm, size as usize..content.len(), &[]);
    }
    Ok(vm.int(size))
}

fn getvalue(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.bytes(open(vm, *this)?.1.as_slice()).value())
}

fn getbuffer(vm: &Vm, [this]: &[Value; 1]) -> R {
    let (_, content) = open(vm, *this)?;
    vm.call(vm.types[TypeId::MemoryView].value(), &[content.value()])
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    if let Some(content) = data.content.get().cast::<ByteArray>() {
        check_exports(vm, content)?;
    }
    data.content.init(Value::NONE);
    Ok(Value::NONE)
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    open(vm, *this)?;
    Ok(Value::NONE)
}

fn yes(vm: &Vm, [this]: &[Value; 1]) -> R {
    open(vm, *this)?;
    Ok(Value::TRUE)
}

fn no(vm: &Vm, [this]: &[Value; 1]) -> R {
    open(vm, *this)?;
    Ok(Value::FALSE)
}

fn detach(vm: &Vm, [this]: &[Value; 1]) -> R {
    let _ = this;
    Err(super::unsupported(vm, "detach"))
}

fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let value = getvalue(vm, &[*this])?;
    let position = tell(vm, &[*this])?;
    let dict = vm.instance_dict(*this);
    let dict = if dict.is_empty() { Value::NONE } else { dict.copy(vm).value() };
    Ok(vm.tuple(&[value, position, dict]).value())
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let Some(state) = vm.as_tuple(*state).filter(|state| state.len() >= 3) else {
        let name = vm.type_name(*this);
        return Err(vm.type_error(format!("{name}.__setstate__ argument should be 3-tuple, got {}", vm.type_name(*state))));
    };
    init(vm, &[*this, state.items()[0]])?;
    let position = vm.index_i64(state.items()[1])?;
    if position < 0 {
        return Err(vm.value_error("position value cannot be negative"));
    }
    data(vm, *this)?.position.set(position as usize);
    if let Some(dict) = state.items()[2].cast::<object::Dict>() {
        let own = vm.instance_dict(*this);
        for entry in dict.iter() {
            own.insert_hashed(vm, entry.key, entry.hash, entry.value)?;
        }
    }
    Ok(Value::NONE)
}

