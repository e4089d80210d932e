//! `StringIO`.

use super::base::{closed_error, wrong_self};
use super::newline;
use base::text::{Wtf8, Wtf8Buf};
use object::{
    GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, Value, ValueExt, Vm, native, natives, type_flags,
};
use std::cell::{Cell, RefCell};

/// The text: as one string while it is only appended to, as code points once the program moves in it.
enum Content {
    Appending(Wtf8Buf, usize),
    Points(Vec<u32>),
}

/// The data of a `StringIO`.
pub struct StringIo {
    content: RefCell<Content>,
    position: Cell<usize>,
    closed: Cell<bool>,
    /// `newline`: None, or the text.
    newline: RefCell<Option<String>>,
    seen: Cell<u8>,
}

impl NativeData for StringIo {
    fn trace(&self, _: &mut Tracer) {}
}

/// `StringIO`
pub static STRINGIO: TypeDef = TypeDef {
    name: "StringIO",
    module: "_io",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "Text I/O implementation using an in-memory buffer.",
    new: Some({ static DEF: object::native::NativeDef = native! { "StringIO($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! { "StringIO($self, initial_value='', newline='\\n')" => init }; &DEF }),
    slots: &[Slot::next(next)],
    methods: &[METHODS],
    getset: &[
        GetSet { name: "closed", get: |vm, this| Ok(Value::bool(data(vm, this)?.closed.get())), set: None, doc: "", is_member: false },
        GetSet {
            name: "line_buffering",
            get: |vm, this| {
                open(vm, this)?;
                Ok(Value::FALSE)
            },
            set: None,
            doc: "",
            is_member: false,
        },
        GetSet {
            name: "newlines",
            get: |vm, this| {
                let data = open(vm, this)?;
                let translated = matches!(data.newline.borrow().as_deref(), None | Some(""));
                Ok(if translated { newline::newlines(vm, data.seen.get()) } else { Value::NONE })
            },
            set: None,
            doc: "",
            is_member: false,
        },
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Read at most size characters, returned as a string.
    "read($self, size=-1, /)" => read;
    /// Read until newline or EOF.
    "readline($self, size=-1, /)" => readline;
    /// Write string to file.
    "write($self, s, /)" => write;
    /// Change stream position.
    "seek($self, pos, whence=0, /)" => seek;
    /// Tell the current file position.
    "tell($self, /)" => tell;
    /// Truncate size to pos.
    "truncate($self, pos=None, /)" => truncate;
    /// Retrieve the entire contents of the object.
    "getvalue($self, /)" => getvalue;
    /// Close the IO object.
    "close($self, /)" => close;
    "readable($self, /)" => yes;
    "writable($self, /)" => yes;
    "seekable($self, /)" => yes;
    "__getstate__($self, /)" => getstate;
    "__setstate__($self, state, /)" => setstate;
}}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<StringIo>>, Raised> {
    vm.as_native::<StringIo>(this).ok_or_else(|| wrong_self(vm, this, "StringIO"))
}

fn open(vm: &Vm, this: Value) -> Result<Ref<Native<StringIo>>, Raised> {
    let data = data(vm, this)?;
    if data.closed.get() { Err(closed_error(vm)) } else { Ok(data) }
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    let data = StringIo {
        content: RefCell::new(Content::Appending(Wtf8Buf::new(), 0)),
        position: Cell::new(0),
        closed: Cell::new(false),
        newline: RefCell::new(Some("\n".to_string())),
        seen: Cell::new(0),
    };
    Ok(vm.native(class, data).value())
}

fn init(vm: &Vm, [this, initial, newline]: &[Value; 3]) -> R {
    let data = data(vm, *this)?;
    let newline = if newline.is_unbound() {
        Some("\n".to_string())
    } else if newline.is_none() {
        None
    } else {
        let Some(text) = vm.as_str(*newline) else {
            let name = vm.type_name(*newline);
            return Err(vm.type_error(format!("newline must be str or None, not {name}")));
        };
        let text = text.to_string_lossy();
        if !["", "\n", "\r", "\r\n"].contains(&text.as_str()) {
            let shown = vm.repr(*newline)?.to_string_lossy();
            return Err(vm.value_error(format!("illegal newline value: {shown}")));
        }
        Some(text)
    };
    *data.newline.borrow_mut() = newline;
    *data.content.borrow_mut() = Content::Appending(Wtf8Buf::new(), 0);
    data.position.set(0);
    data.closed.set(false);
    data.seen.set(0);
    if initial.is_none() {
        return Ok(Value::NONE);
    }
    if vm.as_str(*initial).is_none() {
        let name = vm.type_name(*initial);
        return Err(vm.type_error(format!("initial_value must be str or None, not {name}")));
    }
    write(vm, &[*this, *initial])?;
    data.position.set(0);
    Ok(Value::NONE)
}

impl StringIo {
    fn len(&self) -> usize {
        match &*self.content.borrow() {
            Content::Appending(_, chars) => *chars,
            Content::Points(points) => points.len(),
        }
    }

    /// The text as code points.
    fn points(&self) -> std::cell::RefMut<'_, Vec<u32>> {
        let mut content = self.content.borrow_mut();
        if let Content::Appending(text, _) = &*content {
            let points = text.as_wtf8().chars().collect();
            *content = Content::Points(points);
        }
        std::cell::RefMut::map(content, |content| match content {
            Content::Points(points) => points,
            Content::Appending(..) => unreachable!("converted above"),
        })
    }

    fn append(&self, text: &Wtf8) {
        let count = text.char_count();
        let position = self.position.get();
        if position == self.len() {
            match &mut *self.content.borrow_mut() {
                Content::Appending(own, chars) => {
                    own.push_wtf8(text);
                    *chars += count;
                }
                Content::Points(points) => points.extend(text.chars()),
            }
        } else {
            let mut points = self.points();
            if position > points.len() {
                points.resize(position, 0);
            }
            let end = (position + count).min(points.len());
            points.splice(position..end, text.chars());
        }
        self.position.set(position + count);
    }
}

fn string_of(vm: &Vm, points: &[u32]) -> Value {
    let mut text = Wtf8Buf::with_capacity(points.len());
    for &point in points {
        text.push_code_point(point);
    }
    vm.str_wtf8(text.as_wtf8()).value()
}

fn write(vm: &Vm, [this, text]: &[Value; 2]) -> R {
    let Some(string) = vm.as_str(*text) else {
        let name = vm.type_name(*text);
        return Err(vm.type_error(format!("string argument expected, got '{name}'")));
    };
    let data = open(vm, *this)?;
    if string.is_empty() {
        return Ok(Value::small(0));
    }
    let newline = data.newline.borrow().clone();
    let translated = match newline.as_deref() {
        None => newline::translate(string.as_bytes(), &data.seen, true),
        Some("") => {
            newline::translate(string.as_bytes(), &data.seen, false);
            None
        }
        Some("\n") => None,
        Some(other) if memchr::memchr(b'\n', string.as_bytes()).is_some() => {
            let mut out = Vec::with_capacity(string.as_bytes().len() + 8);
            for &byte in string.as_bytes() {
                if byte == b'\n' { out.extend_from_slice(other.as_bytes()) } else { out.push(byte) }
            }
            Some(out)
        }
        Some(_) => None,
    };
    match translated {
        // SAFETY: only ASCII characters were removed or replaced.
        Some(bytes) => data.append(unsafe { Wtf8::from_bytes_unchecked(&bytes) }),
        None => data.append(string.text()),
    }
    Ok(vm.int_usize(string.len()))
}

fn limit(vm: &Vm, size: Value) -> Result<usize, Raised> {
    Ok(match vm.index_clamped(size)? {
        Some(size) if size >= 0 => size as usize,
        _ => usize::MAX,
    })
}

fn read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let count = limit(vm, *size)?;
    let data = open(vm, *this)?;
    let start = data.position.get();
    if start >= data.len() {
        return Ok(vm.names.empty.value());
    }
    let points = data.points();
    let end = start.saturating_add(count).min(points.len());
    data.position.set(end);
    Ok(string_of(vm, &points[start..end]))
}

fn readline(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let count = limit(vm, *size)?;
    let data = open(vm, *this)?;
    let start = data.position.get();
    if start >= data.len() || count == 0 {
        return Ok(vm.names.empty.value());
    }
    let newline = data.newline.borrow().clone();
    let points = data.points();
    let rest = &points[start..];
    let end = line_end(rest, newline.as_deref()).min(count);
    data.position.set(start + end);
    Ok(string_of(vm, &rest[..end]))
}

/// The length of the first line with its ending.
fn line_end(points: &[u32], newline: Option<&str>) -> usize {
    let find = |wanted: u32| points.iter().position(|&point| point == wanted);
    match newline {
        None | Some("\n") => find('\n' as u32).map_or(points.len(), |at| at + 1),
        Some("") => match points.iter().position(|&point| point == '\n' as u32 || point == '\r' as u32) {
            Some(at) if points[at] == '\r' as u32 && points.get(at + 1) == Some(&('\n' as u32)) => at + 2,
            Some(at) => at + 1,
            None => points.len(),
        },
        Some(other) => {
            let wanted: Vec<u32> = other.chars().map(|char| char as u32).collect();
            points.windows(wanted.len()).position(|window| window == wanted).map_or(points.len(), |at| at + wanted.len())
        }
    }
}

fn next(vm: &Vm, this: Value) -> R {
    let line = vm.call_method(this, vm.names.readline, &[])?;
    if vm.len(line)? == 0 { Ok(Value::UNBOUND) } else { Ok(line) }
}

fn seek(vm: &Vm, [this, position, whence]: &[Value; 3]) -> R {
    let data = open(vm, *this)?;
    let (position, whence) = (vm.index_i64(*position)?, vm.index_i32(*whence)?);
    let target = match whence {
        0 if position < 0 => return Err(vm.value_error(format!("Negative seek position {position}"))),
        0 => position as usize,
        1 | 2 if position != 0 => {
            return Err(vm.raise(object::TypeId::OSError, "Can't do nonzero cur-relative seeks"));
        }
        1 => data.position.get(),
        2 => data.len(),
        _ => return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    data.position.set(target);
    Ok(vm.int_usize(target))
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int_usize(open(vm, *this)?.position.get()))
}

fn truncate(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let data = open(vm, *this)?;
    let size = if size.is_none() { data.position.get() as i64 } else { vm.index_i64(*size)? };
    if size < 0 {
        return Err(vm.value_error(format!("Negative size value {size}")));
    }
    data.points().truncate(size as usize);
    Ok(vm.int(size))
}

fn getvalue(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = open(vm, *this)?;
    let content = data.content.borrow();
    Ok(match &*content {
        Content::Appending(text, _) => vm.str_wtf8(text.as_wtf8()).value(),
        Content::Points(points) => string_of(vm, points),
    })
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    data.closed.set(true);
    *data.content.borrow_mut() = Content::Appending(Wtf8Buf::new(), 0);
    Ok(Value::NONE)
}

fn yes(vm: &Vm, [this]: &[Value; 1]) -> R {
    open(vm, *this)?;
    Ok(Value::TRUE)
}

fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let text = getvalue(vm, &[*this])?;
    let data = data(vm, *this)?;
    let newline = data.newline.borrow().as_ref().map_or(Value::NONE, |text| vm.str(text).value());
    let dict = vm.instance_dict(*this);
    let dict = if dict.is_empty() { Value::NONE } else { dict.copy(vm).value() };
    Ok(vm.tuple(&[text, newline, vm.int_usize(data.position.get()), dict]).value())
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let Some(state) = vm.as_tuple(*state).filter(|state| state.len() >= 4) else {
        let name = vm.type_name(*this);
        return Err(vm.type_error(format!("{name}.__setstate__ argument should be 4-tuple, got {}", vm.type_name(*state))));
    };
    init(vm, &[*this, Value::NONE, state.items()[1]])?;
    let data = data(vm, *this)?;
    if let Some(text) = vm.as_str(state.items()[0]) {
        data.append(text.text());
    }
    let position = vm.index_i64(state.items()[2])?;
    if position < 0 {
        return Err(vm.value_error("position value cannot be negative"));
    }
    data.position.set(position as usize);
    if let Some(dict) = state.items()[3].cast::<object::Dict>() {
        let own = vm.instance_dict(*this);
        for entry in dict.iter() {
            own.insert_hashed(vm, entry.key, entry.hash, entry.value)?;
        }
    }
    Ok(Value::NONE)
}
