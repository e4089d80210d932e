//! `TextIOWrapper`.
//!
//! Reading works on decoded text: `decoded` holds text (generalised UTF-8, line endings translated), whose part from `at`
//! on the program has not seen. Text in UTF-8, ASCII and Latin-1 is decoded here, other encodings by the decoder of the codec
//! registry. For `tell` each chunk remembers where its bytes started.

use super::base::{check_closed, wrong_self};
use super::newline;
use base::text::Wtf8;
use object::{
    Field, GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
    type_flags,
};
use std::cell::{Cell, RefCell};

/// Bytes asked for at a time.
const CHUNK: usize = 8192;
/// Encoded text that is held back before it is written.
const WRITE_CHUNK: usize = 8192;

/// The data of a `TextIOWrapper`.
pub struct TextIo {
    /// The binary stream; unbound before `__init__`, None when detached.
    buffer: Field,
    encoding: Field,
    errors: Field,
    /// An incremental decoder of the registry; None where decoding is done here.
    decoder: Field,
    /// An incremental encoder of the registry; None where encoding is done here.
    encoder: Field,
    native: Cell<bool>,
    /// `newline`: None is universal mode.
    newline: RefCell<Option<String>>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    seekable: Cell<bool>,
    telling: Cell<bool>,
    seen: Cell<u8>,
    decoded: RefCell<Vec<u8>>,
    at: Cell<usize>,
    /// Bytes of the chunk that could not be decoded yet: the start of a character, or a `\r` that may be half of `\r\n`.
    pending: RefCell<Vec<u8>>,
    /// The raw bytes that `decoded` came from, for `tell`.
    chunk: RefCell<Vec<u8>>,
    /// State of the decoder before the chunk, for `tell`.
    snapshot: Field,
    to_write: RefCell<Vec<u8>>,
    at_end: Cell<bool>,
}

impl NativeData for TextIo {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.buffer, &self.encoding, &self.errors, &self.decoder, &self.encoder, &self.snapshot] {
            field.trace(tracer);
        }
    }
}

/// `TextIOWrapper`
pub static WRAPPER: TypeDef = TypeDef {
    name: "TextIOWrapper",
    module: "_io",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF | type_flags::FINALIZER,
    doc: "Character and line based layer over a BufferedIOBase object, buffer.",
    new: Some({ static DEF: object::native::NativeDef = native! { "TextIOWrapper($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! {
        "TextIOWrapper($self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)" => init }; &DEF }),
    slots: &[Slot::repr(repr), Slot::next(next)],
    methods: &[METHODS],
    getset: &[
        GetSet { name: "buffer", get: |vm, this| Ok(data(vm, this)?.buffer.get().or_none()), set: None, doc: "", is_member: true },
        GetSet { name: "encoding", get: |vm, this| Ok(data(vm, this)?.encoding.get().or_none()), set: None, doc: "", is_member: true },
        GetSet { name: "errors", get: |vm, this| Ok(ready(vm, this)?.errors.get()), set: None, doc: "", is_member: false },
        GetSet { name: "line_buffering", get: |vm, this| Ok(Value::bool(data(vm, this)?.line_buffering.get())), set: None, doc: "", is_member: true },
        GetSet { name: "write_through", get: |vm, this| Ok(Value::bool(data(vm, this)?.write_through.get())), set: None, doc: "", is_member: true },
        GetSet { name: "name", get: |vm, this| vm.getattr(ready(vm, this)?.buffer.get(), vm.names.name), set: None, doc: "", is_member: false },
        GetSet { name: "closed", get: |vm, this| vm.getattr(ready(vm, this)?.buffer.get(), vm.names.closed), set: None, doc: "", is_member: false },
        GetSet { name: "newlines", get: |vm, this| Ok(newline::newlines(vm, ready(vm, this)?.seen.get())), set: None, doc: "", is_member: false },
        GetSet { name: "_CHUNK_SIZE", get: |_, _| Ok(Value::small(CHUNK as i64)), set: Some(|_, _, _| Ok(())), doc: "", is_member: false },
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "read($self, size=-1, /)" => read;
    "readline($self, size=-1, /)" => readline;
    "write($self, text, /)" => write;
    "flush($self, /)" => flush;
    "close($self, /)" => close;
    "detach($self, /)" => detach;
    "fileno($self, /)" => fileno;
    "isatty($self, /)" => isatty;
    "readable($self, /)" => readable;
    "writable($self, /)" => writable;
    "seekable($self, /)" => seekable;
    "seek($self, cookie, whence=0, /)" => seek;
    "tell($self, /)" => tell;
    "truncate($self, pos=None, /)" => truncate;
    "reconfigure($self, /, *, encoding=None, errors=None, newline=<unset>, line_buffering=None, write_through=None)" => reconfigure;
    "__del__($self, /)" => delete;
    "__getstate__($self, /)" => getstate;
}}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<TextIo>>, Raised> {
    vm.as_native::<TextIo>(this).ok_or_else(|| wrong_self(vm, this, "TextIOWrapper"))
}

fn ready(vm: &Vm, this: Value) -> Result<Ref<Native<TextIo>>, Raised> {
    let data = data(vm, this)?;
    if data.buffer.get().is_unbound() {
        return Err(vm.value_error("I/O operation on uninitialized object"));
    }
    if data.buffer.get().is_none() {
        return Err(vm.value_error("underlying buffer has been detached"));
    }
    Ok(data)
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    let nothing = || Field::new(Value::NONE);
    let data = TextIo {
        buffer: Field::new(Value::UNBOUND),
        encoding: nothing(),
        errors: nothing(),
        decoder: nothing(),
        encoder: nothing(),
        native: Cell::new(false),
        newline: RefCell::new(None),
        line_buffering: Cell::new(false),
        write_through: Cell::new(false),
        seekable: Cell::new(false),
        telling: Cell::new(false),
        seen: Cell::new(0),
        decoded: RefCell::default(),
        at: Cell::new(0),
        pending: RefCell::default(),
        chunk: RefCell::default(),
        snapshot: nothing(),
        to_write: RefCell::default(),
        at_end: Cell::new(false),
    };
    Ok(vm.native(class, data).value())
}

/// The stream below a text stream, and whether the latter has text to be written.
pub(super) fn held_back(vm: &Vm, this: Value) -> Option<(Value, bool)> {
    let data = vm.as_native::<TextIo>(this)?;
    let waits = !data.to_write.borrow().is_empty();
    Some((data.buffer.get(), waits))
}

/// Is the encoding one whose text is decoded and encoded here?
fn is_native(encoding: &str) -> bool {
    let plain: String = encoding.to_lowercase().replace(['-', '_', ' '], "");
    matches!(plain.as_str(), "utf8" | "ascii" | "usascii" | "latin1" | "iso88591" | "l1" | "u8" | "646")
}

fn init(vm: &Vm, args: &[Value; 7]) -> R {
    let [this, buffer, encoding, errors, newline, line_buffering, write_through] = *args;
    let data = data(vm, this)?;
    if !encoding.is_none() && vm.as_str(encoding).is_none() {
        let name = vm.type_name(encoding);
        return Err(vm.type_error(format!("TextIOWrapper() argument 'encoding' must be str or None, not {name}")));
    }
    let mut encoding = encoding;
    if encoding.is_none() || vm.as_str(encoding).is_some_and(|text| text.as_bytes() == b"locale") {
        encoding = vm.intern("utf-8").value();
    }
    let errors = if errors.is_none() { vm.names.strict.value() } else { errors };
    if vm.as_str(errors).is_none() {
        let name = vm.type_name(errors);
        return Err(vm.type_error(format!("TextIOWrapper() argument 'errors' must be str or None, not {name}")));
    }
    let newline = check_newline(vm, newline)?;
    data.buffer.set(vm, data, buffer);
    data.telling.set(false);
    *data.newline.borrow_mut() = newline;
    data.line_buffering.set(vm.truthy(line_buffering)?);
    data.write_through.set(vm.truthy(write_through)?);
    data.seen.set(0);
    forget_reading(&data);
    data.to_write.borrow_mut().clear();
    data.at_end.set(false);
    set_codec(vm, data, encoding, errors)?;
    let answer = vm.call_method_str(buffer, "seekable", &[])?;
    data.seekable.set(vm.truthy(answer)?);
    data.telling.set(data.seekable.get());
    Ok(Value::NONE)
}

fn check_newline(vm: &Vm, newline: Value) -> Result<Option<String>, Raised> {
    if newline.is_none() {
        return Ok(None);
    }
    let Some(text) = vm.as_str(newline) else {
        let name = vm.type_name(newline);
        return Err(vm.type_error(format!("TextIOWrapper() argument 'newline' must be str or None, not {name}")));
    };
    let text = text.to_string_lossy();
    if !["", "\n", "\r", "\r\n"].contains(&text.as_str()) {
        return Err(vm.value_error(format!("illegal newline value: {text}")));
    }
    Ok(Some(text))
}

fn set_codec(vm: &Vm, data: Ref<Native<TextIo>>, encoding: Value, errors: Value) -> Result<(), Raised> {
    let name = super::text_of(vm, encoding, "encoding")?;
    data.encoding.set(vm, data, encoding);
    data.errors.set(vm, data, errors);
    data.decoder.init(Value::NONE);
    data.encoder.init(Value::NONE);
    data.native.set(is_native(&name));
    if data.native.get() {
        return Ok(());
    }
    let codecs = import(vm, "codecs")?;
    let info = vm.call_method_str(codecs, "lookup", &[encoding])?;
    if let Some(is_text) = vm.getattr_opt(info, vm.intern("_is_text_encoding"))?
        && !vm.truthy(is_text)?
    {
        let text = format!("'{name}' is not a text encoding; use codecs.open() to handle arbitrary codecs");
        return Err(vm.lookup_error(text));
    }
    let buffer = data.buffer.get();
    let readable = vm.call_method_str(buffer, "readable", &[])?;
    if vm.truthy(readable)? {
        let make = vm.getattr_str(info, "incrementaldecoder")?;
        data.decoder.set(vm, data, vm.call(make, &[errors])?);
    }
    let writable = vm.call_method_str(buffer, "writable", &[])?;
    if vm.truthy(writable)? {
        let make = vm.getattr_str(info, "incrementalencoder")?;
        let encoder = vm.call(make, &[errors])?;
        data.encoder.set(vm, data, encoder);
        // Text is appended to what is there: no second byte order mark.
        let seekable = vm.call_method_str(buffer, "seekable", &[])?;
        if vm.truthy(seekable)? {
            let position = vm.call_method_str(buffer, "tell", &[])?;
            if vm.truthy(position)? {
                vm.call_method_str(encoder, "setstate", &[Value::small(0)])?;
            }
        }
    }
    Ok(())
}

fn import(vm: &Vm, name: &str) -> R {
    let import = vm.builtins_dict().get_str(vm, vm.names.__import__).unwrap_or(Value::NONE);
    vm.call(import, &[vm.intern(name).value()])
}

fn forget_reading(data: &TextIo) {
    data.decoded.borrow_mut().clear();
    data.at.set(0);
    data.pending.borrow_mut().clear();
    data.chunk.borrow_mut().clear();
    data.snapshot.init(Value::NONE);
}

/// Reads and decodes a chunk. False at the end of the stream.
fn read_chunk(vm: &Vm, data: Ref<Native<TextIo>>) -> Result<bool, Raised> {
    let buffer = data.buffer.get();
    let got = match super::buffered::read_chunk(vm, buffer, CHUNK)? {
        Some(chunk) => chunk.unwrap_or_default(),
        None => {
            let method = match vm.getattr_opt(buffer, vm.intern("read1"))? {
                Some(method) => method,
                None => vm.getattr(buffer, vm.names.read)?,
            };
            let chunk = vm.call(method, &[Value::small(CHUNK as i64)])?;
            match vm.bytes_of(chunk) {
                Ok(bytes) => bytes,
                Err(raised) => {
                    vm.catch(raised, TypeId::TypeError)?;
                    let text = format!("underlying read1() should have returned a bytes-like object, not '{}'", vm.type_name(chunk));
                    return Err(vm.type_error(text));
                }
            }
        }
    };
    let last = got.is_empty();
    let text = if data.native.get() { decode_native(vm, data, got, last)? } else { decode_registry(vm, data, got, last)? };
    let mut decoded = data.decoded.borrow_mut();
    let at = data.at.replace(0);
    decoded.drain(..at);
    decoded.extend_from_slice(&text);
    Ok(!last || !text.is_empty())
}

fn decode_native(vm: &Vm, data: Ref<Native<TextIo>>, got: Vec<u8>, last: bool) -> Result<Vec<u8>, Raised> {
    let mut bytes = std::mem::take(&mut *data.pending.borrow_mut());
    bytes.extend_from_slice(&got);
    // What the program has not seen of the chunk before stays in front, so that `tell` can go back to it.
    let universal = matches!(data.newline.borrow().as_deref(), None | Some(""));
    let mut end = bytes.len();
    if !last {
        end = complete_prefix(&bytes);
        if universal && end > 0 && bytes[end - 1] == b'\r' {
            end -= 1;
        }
    }
    let rest = bytes.split_off(end);
    *data.pending.borrow_mut() = rest;
    let text = decode_bytes(vm, &data, &bytes)?;
    let seen = Cell::new(data.seen.get());
    let result = if universal {
        let wanted = data.newline.borrow().is_none();
        newline::translate(&text, &seen, wanted).unwrap_or(text)
    } else {
        text
    };
    data.seen.set(seen.get());
    let mut chunk = data.chunk.borrow_mut();
    if data.at.get() >= data.decoded.borrow().len() {
        chunk.clear();
    }
    chunk.extend_from_slice(&bytes);
    Ok(result)
}

/// The length of the bytes without an unfinished UTF-8 sequence at their end.
fn complete_prefix(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(3);
    for at in (from..bytes.len()).rev() {
        let width = match bytes[at] {
            0xF0..=0xF7 => 4,
            0xE0..=0xEF => 3,
            0xC2..=0xDF => 2,
            0x80..=0xBF => continue,
            _ => return bytes.len(),
        };
        return if at + width > bytes.len() { at } else { bytes.len() };
    }
    bytes.len()
}

fn decode_bytes(vm: &Vm, data: &TextIo, bytes: &[u8]) -> Result<Vec<u8>, Raised> {
    if bytes.is_ascii() {
        return Ok(bytes.to_vec());
    }
    let name = super::text_of(vm, data.encoding.get(), "encoding")?;
    if name.to_lowercase().starts_with('u') && std::str::from_utf8(bytes).is_ok() {
        return Ok(bytes.to_vec());
    }
    let object = vm.bytes(bytes).value();
    let text = vm.call_method(object, vm.names.decode, &[data.encoding.get(), data.errors.get()])?;
    match vm.as_str(text) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(vm.type_error("decoder should return a string result")),
    }
}

fn decode_registry(vm: &Vm, data: Ref<Native<TextIo>>, got: Vec<u8>, last: bool) -> Result<Vec<u8>, Raised> {
    let decoder = data.decoder.get();
    if decoder.is_none() {
        return Err(super::unsupported(vm, "not readable"));
    }
    if data.telling.get() && data.at.get() >= data.decoded.borrow().len() {
        let state = vm.call_method_str(decoder, "getstate", &[])?;
        data.snapshot.set(vm, data, state);
        data.chunk.borrow_mut().clear();
    }
    data.chunk.borrow_mut().extend_from_slice(&got);
    let text = vm.call_method(decoder, vm.names.decode, &[vm.bytes(&got).value(), Value::bool(last)])?;
    let Some(text) = vm.as_str(text) else {
        let name = vm.type_name(text);
        return Err(vm.type_error(format!("decoder should return a string result, not '{name}'")));
    };
    let mut bytes = std::mem::take(&mut *data.pending.borrow_mut());
    bytes.extend_from_slice(text.as_bytes());
    let universal = matches!(data.newline.borrow().as_deref(), None | Some(""));
    if universal {
        if !last && bytes.last() == Some(&b'\r') {
            bytes.pop();
            data.pending.borrow_mut().push(b'\r');
        }
        let seen = Cell::new(data.seen.get());
        let wanted = data.newline.borrow().is_none();
        let bytes = newline::translate(&bytes, &seen, wanted).unwrap_or(bytes);
        data.seen.set(seen.get());
        return Ok(bytes);
    }
    Ok(bytes)
}

/// Before reading: the stream is open and readable, and what was written is on its way.
fn before_read(vm: &Vm, this: Value) -> Result<Ref<Native<TextIo>>, Raised> {
    let data = ready(vm, this)?;
    check_closed(vm, this)?;
    if data.native.get() && data.decoded.borrow().is_empty() && data.pending.borrow().is_empty() {
        let readable = vm.call_method_str(data.buffer.get(), "readable", &[])?;
        if !vm.truthy(readable)? {
            return Err(super::unsupported(vm, "not readable"));
        }
    } else if !data.native.get() && data.decoder.get().is_none() {
        return Err(super::unsupported(vm, "not readable"));
    }
    write_out(vm, data)?;
    Ok(data)
}

fn take(vm: &Vm, data: &TextIo, bytes: usize) -> Value {
    let decoded = data.decoded.borrow();
    let at = data.at.get();
    data.at.set(at + bytes);
    // SAFETY: `decoded` is generalised UTF-8, cut at boundaries only.
    vm.str_wtf8(unsafe { Wtf8::from_bytes_unchecked(&decoded[at..at + bytes]) }).value()
}

fn read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let size = vm.index_clamped(*size)?.unwrap_or(-1);
    let data = before_read(vm, *this)?;
    if size < 0 {
        let rest = vm.call_method(data.buffer.get(), vm.names.read, &[])?;
        if !rest.is_none() {
            let rest = vm.bytes_of(rest)?;
            let text = if data.native.get() {
                decode_native(vm, data, rest, true)?
            } else {
                decode_registry(vm, data, rest, true)?
            };
            data.decoded.borrow_mut().extend_from_slice(&text);
        }
        let left = data.decoded.borrow().len() - data.at.get();
        let result = take(vm, &data, left);
        forget_reading(&data);
        return Ok(result);
    }
    loop {
        let (bytes, chars) = {
            let decoded = data.decoded.borrow();
            let rest = &decoded[data.at.get()..];
            // SAFETY: as in `take`.
            let text = unsafe { Wtf8::from_bytes_unchecked(rest) };
            match text.offset_of_nth(size as usize) {
                Some(offset) => (offset, size as usize),
                None => (rest.len(), text.char_count()),
            }
        };
        if chars >= size as usize || !read_chunk(vm, data)? {
            return Ok(take(vm, &data, bytes));
        }
    }
}

fn readline(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let size = vm.index_clamped(*size)?.unwrap_or(-1);
    let data = before_read(vm, *this)?;
    read_line(vm, data, size)
}

fn read_line(vm: &Vm, data: Ref<Native<TextIo>>, size: isize) -> R {
    let newline = data.newline.borrow().clone();
    let mut from = 0;
    loop {
        let found = {
            let decoded = data.decoded.borrow();
            let rest = &decoded[data.at.get()..];
            let end = line_end(rest, newline.as_deref(), from);
            from = rest.len().saturating_sub(1);
            let limit = if size < 0 {
                None
            } else {
                // SAFETY: as in `take`.
                unsafe { Wtf8::from_bytes_unchecked(rest) }.offset_of_nth(size as usize)
            };
            match (end, limit) {
                (Some(end), Some(limit)) => Some(end.min(limit)),
                (end, limit) => end.or(limit),
            }
        };
        if let Some(bytes) = found {
            return Ok(take(vm, &data, bytes));
        }
        if !read_chunk(vm, data)? {
            let left = data.decoded.borrow().len() - data.at.get();
            let result = take(vm, &data, left);
            forget_reading(&data);
            return Ok(result);
        }
    }
}

/// The length of the first line with its ending, if it is complete.
fn line_end(bytes: &[u8], newline: Option<&str>, from: usize) -> Option<usize> {
    match newline {
        None | Some("\n") => memchr::memchr(b'\n', &bytes[from..]).map(|at| from + at + 1),
        Some("") => {
            let at = from + memchr::memchr2(b'\n', b'\r', &bytes[from..])?;
            Some(if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') { at + 2 } else { at + 1 })
        }
        Some(other) => memchr::memmem::find(bytes, other.as_bytes()).map(|at| at + other.len()),
    }
}

fn next(vm: &Vm, this: Value) -> R {
    let class = vm.type_of(this).value();
    let line = if vm.state_value("io.TextIOWrapper") == Some(class) {
        let data = ready(vm, this)?;
        if data.at.get() >= data.decoded.borrow().len() {
            before_read(vm, this)?;
        }
        data.telling.set(false);
        read_line(vm, data, -1)?
    } else {
        vm.call_method(this, vm.names.readline, &[])?
    };
    if vm.len(line)? == 0 {
        let data = ready(vm, this)?;
        data.telling.set(data.seekable.get());
        return Ok(Value::UNBOUND);
    }
    Ok(line)
}

fn write(vm: &Vm, [this, text]: &[Value; 2]) -> R {
    let Some(string) = vm.as_str(*text) else {
        let name = vm.type_name(*text);
        return Err(vm.type_error(format!("write() argument must be str, not {name}")));
    };
    let data = ready(vm, *this)?;
    check_closed(vm, *this)?;
    let has_newline = memchr::memchr(b'\n', string.as_bytes()).is_some();
    let mut value = string.value();
    let ending = match data.newline.borrow().as_deref() {
        Some("\r") => Some("\r"),
        Some("\r\n") => Some("\r\n"),
        _ => None,
    };
    if has_newline && let Some(ending) = ending {
        let mut out = Vec::with_capacity(string.as_bytes().len() + 8);
        for &byte in string.as_bytes() {
            if byte == b'\n' { out.extend_from_slice(ending.as_bytes()) } else { out.push(byte) }
        }
        // SAFETY: only an ASCII character was replaced.
        value = vm.str_wtf8(unsafe { Wtf8::from_bytes_unchecked(&out) }).value();
    }
    let flush_after = data.line_buffering.get() && (has_newline || memchr::memchr(b'\r', string.as_bytes()).is_some());
    let plain = value.cast::<object::Str>().filter(|string| data.native.get() && string.is_ascii());
    match plain {
        Some(string) => data.to_write.borrow_mut().extend_from_slice(string.as_bytes()),
        None => {
            let encoded = if data.native.get() {
                vm.call_method(value, vm.names.encode, &[data.encoding.get(), data.errors.get()])?
            } else if data.encoder.get().is_none() {
                return Err(super::unsupported(vm, "not writable"));
            } else {
                vm.call_method(data.encoder.get(), vm.names.encode, &[value])?
            };
            let bytes = vm.bytes_of(encoded)?;
            data.to_write.borrow_mut().extend_from_slice(&bytes);
        }
    }
    if data.to_write.borrow().len() >= WRITE_CHUNK || flush_after || data.write_through.get() {
        write_out(vm, data)?;
    }
    if flush_after {
        vm.call_method(data.buffer.get(), vm.names.flush, &[])?;
    }
    forget_reading(&data);
    Ok(vm.int_usize(string.len()))
}

/// Gives encoded text to the binary stream.
fn write_out(vm: &Vm, data: Ref<Native<TextIo>>) -> Result<(), Raised> {
    let pending = std::mem::take(&mut *data.to_write.borrow_mut());
    if pending.is_empty() {
        return Ok(());
    }
    let buffer = data.buffer.get();
    if !super::buffered::write_direct(vm, buffer, &pending)? {
        vm.call_method(buffer, vm.names.write, &[vm.bytes(&pending).value()])?;
    }
    Ok(())
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = ready(vm, *this)?;
    check_closed(vm, *this)?;
    data.telling.set(data.seekable.get());
    write_out(vm, data)?;
    vm.call_method(data.buffer.get(), vm.names.flush, &[])
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = ready(vm, *this)?;
    let buffer = data.buffer.get();
    if super::base::is_closed(vm, buffer)? {
        return Ok(Value::NONE);
    }
    let first = vm.call_method(*this, vm.names.flush, &[]).err().map(|raised| vm.take_exception(raised));
    let second = vm.call_method(buffer, vm.names.close, &[]);
    match first {
        Some(first) => Err(vm.raise_again(first)),
        None => second,
    }
}

fn delete(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    let buffer = data.buffer.get();
    if buffer.is_unbound() || buffer.is_none() || super::base::is_closed(vm, *this)? {
        return Ok(Value::NONE);
    }
    if let Some(warn) = vm.getattr_opt(buffer, vm.intern("_dealloc_warn"))? {
        vm.call(warn, &[*this])?;
    }
    vm.call_method(*this, vm.names.close, &[])
}

fn detach(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = ready(vm, *this)?;
    vm.call_method(*this, vm.names.flush, &[])?;
    let buffer = data.buffer.get();
    data.buffer.init(Value::NONE);
    Ok(buffer)
}

fn forward(vm: &Vm, this: Value, method: &str) -> R {
    vm.call_method_str(ready(vm, this)?.buffer.get(), method, &[])
}

fn fileno(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "fileno")
}
fn isatty(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "isatty")
}
fn readable(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "readable")
}
fn writable(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "writable")
}
fn seekable(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "seekable")
}

/// The position in bytes of what the program reads next.
fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = ready(vm, *this)?;
    check_closed(vm, *this)?;
    if !data.seekable.get() {
        return Err(super::unsupported(vm, "underlying stream is not seekable"));
    }
    if !data.telling.get() {
        return Err(vm.raise(TypeId::OSError, "telling position disabled by next() call"));
    }
    write_out(vm, data)?;
    vm.call_method(*this, vm.names.flush, &[])?;
    let position = vm.call_method_str(data.buffer.get(), "tell", &[])?;
    let position = vm.index_i64(position)?;
    let unseen = data.decoded.borrow().len() - data.at.get();
    let unread = data.pending.borrow().len();
    if data.native.get() {
        let behind = if unseen == 0 { 0 } else { bytes_of_tail(&data, unseen)? };
        return Ok(vm.int(position - unread as i64 - behind as i64));
    }
    if unseen == 0 && unread == 0 {
        return Ok(vm.int(position));
    }
    // The bytes of what was seen of the chunk, by encoding it again.
    let seen = {
        let decoded = data.decoded.borrow();
        // SAFETY: as in `take`.
        vm.str_wtf8(unsafe { Wtf8::from_bytes_unchecked(&decoded[..data.at.get()]) }).value()
    };
    let bytes = vm.call_method(seen, vm.names.encode, &[data.encoding.get(), data.errors.get()])?;
    let start = position - data.chunk.borrow().len() as i64;
    Ok(vm.int(start + vm.len(bytes)? as i64))
}

/// The number of raw bytes of the last `unseen` bytes of decoded text: counts back through the chunk, taking `\r\n` for a
/// translated line ending.
fn bytes_of_tail(data: &TextIo, unseen: usize) -> Result<usize, Raised> {
    let chunk = data.chunk.borrow();
    let decoded = data.decoded.borrow();
    let (mut at, mut from) = (chunk.len(), decoded.len());
    let target = decoded.len() - unseen;
    let latin = chunk.len() < decoded.len() && !chunk.is_ascii() && std::str::from_utf8(&chunk).is_err();
    while from > target && at > 0 {
        from -= 1;
        at -= 1;
        if decoded[from] == b'\n' && chunk[at] == b'\n' && at > 0 && chunk[at - 1] == b'\r' && data.newline.borrow().is_none() {
            at -= 1;
        }
        if latin && decoded[from] & 0xC0 == 0x80 {
            from -= 1;
        }
    }
    Ok(chunk.len() - at)
}

fn seek(vm: &Vm, [this, cookie, whence]: &[Value; 3]) -> R {
    let data = ready(vm, *this)?;
    check_closed(vm, *this)?;
    if !data.seekable.get() {
        return Err(super::unsupported(vm, "underlying stream is not seekable"));
    }
    let whence = vm.index_i32(*whence)?;
    let cookie = vm.index_i64(*cookie)?;
    let target = match whence {
        1 if cookie != 0 => return Err(super::unsupported(vm, "can't do nonzero cur-relative seeks")),
        2 if cookie != 0 => return Err(super::unsupported(vm, "can't do nonzero end-relative seeks")),
        1 => tell(vm, &[*this])?,
        2 => {
            vm.call_method(*this, vm.names.flush, &[])?;
            forget_reading(&data);
            reset_decoder(vm, data)?;
            return vm.call_method_str(data.buffer.get(), "seek", &[Value::small(0), Value::small(2)]);
        }
        0 if cookie < 0 => return Err(vm.value_error(format!("negative seek position {cookie}"))),
        0 => vm.int(cookie),
        _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    vm.call_method(*this, vm.names.flush, &[])?;
    vm.call_method_str(data.buffer.get(), "seek", &[target])?;
    forget_reading(&data);
    reset_decoder(vm, data)?;
    if !data.encoder.get().is_none() {
        if target == Value::small(0) {
            vm.call_method_str(data.encoder.get(), "reset", &[])?;
        } else {
            vm.call_method_str(data.encoder.get(), "setstate", &[Value::small(0)])?;
        }
    }
    data.telling.set(data.seekable.get());
    Ok(target)
}

fn reset_decoder(vm: &Vm, data: Ref<Native<TextIo>>) -> Result<(), Raised> {
    if !data.decoder.get().is_none() {
        vm.call_method_str(data.decoder.get(), "reset", &[])?;
    }
    Ok(())
}

fn truncate(vm: &Vm, [this, position]: &[Value; 2]) -> R {
    let data = ready(vm, *this)?;
    vm.call_method(*this, vm.names.flush, &[])?;
    let position = if position.is_none() { tell(vm, &[*this])? } else { *position };
    vm.call_method_str(data.buffer.get(), "truncate", &[position])
}

fn reconfigure(vm: &Vm, args: &[Value; 6]) -> R {
    let [this, encoding, errors, newline, line_buffering, write_through] = *args;
    let data = ready(vm, this)?;
    let new_newline = if newline.is_unbound() { None } else { Some(check_newline(vm, newline)?) };
    let reading = !data.decoded.borrow().is_empty();
    if reading && (!encoding.is_none() || !errors.is_none() || new_newline.is_some()) {
        return Err(super::unsupported(vm, "It is not possible to set the encoding or newline of stream after the first read"));
    }
    vm.call_method(this, vm.names.flush, &[])?;
    if let Some(newline) = new_newline {
        *data.newline.borrow_mut() = newline;
    }
    if !encoding.is_none() || !errors.is_none() {
        let new_errors = if !errors.is_none() {
            errors
        } else if encoding.is_none() {
            data.errors.get()
        } else {
            vm.names.strict.value()
        };
        let encoding = if encoding.is_none() { data.encoding.get() } else { encoding };
        set_codec(vm, data, encoding, new_errors)?;
    }
    if !line_buffering.is_none() {
        data.line_buffering.set(vm.truthy(line_buffering)?);
    }
    if !write_through.is_none() {
        data.write_through.set(vm.truthy(write_through)?);
    }
    Ok(Value::NONE)
}

fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let name = vm.type_of(*this).qualified_name(vm);
    Err(vm.type_error(format!("cannot pickle '{name}' object")))
}

fn repr(vm: &Vm, this: Value) -> R {
    let data = data(vm, this)?;
    let class = vm.type_of(this).qualified_name(vm);
    let mut text = format!("<{class}");
    for name in [vm.names.name, vm.names.mode] {
        let value = match vm.getattr_opt(this, name) {
            Ok(value) => value,
            Err(raised) => {
                vm.catch(raised, TypeId::ValueError)?;
                None
            }
        };
        if let Some(value) = value {
            text.push_str(&format!(" {}={}", name.to_string_lossy(), vm.repr(value)?.to_string_lossy()));
        }
    }
    let encoding = vm.repr(data.encoding.get())?.to_string_lossy();
    Ok(vm.str(&format!("{text} encoding={encoding}>")).value())
}
