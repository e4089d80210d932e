//! `IncrementalNewlineDecoder`: translates line endings behind a decoder.

use super::base::wrong_self;
use object::{
    Field, GetSet, Native, NativeData, R, Raised, Ref, Tracer, TypeDef, Value, ValueExt, Vm, native, natives, type_flags,
};
use std::cell::Cell;

/// Line endings that were seen.
pub mod seen {
    /// `\r`
    pub const CR: u8 = 1;
    /// `\n`
    pub const LF: u8 = 2;
    /// `\r\n`
    pub const CRLF: u8 = 4;
}

/// The data of an `IncrementalNewlineDecoder`.
pub struct NewlineDecoder {
    decoder: Field,
    errors: Field,
    translate: Cell<bool>,
    pending_cr: Cell<bool>,
    seen: Cell<u8>,
}

impl NativeData for NewlineDecoder {
    fn trace(&self, tracer: &mut Tracer) {
        self.decoder.trace(tracer);
        self.errors.trace(tracer);
    }
}

/// `IncrementalNewlineDecoder`
pub static DECODER: TypeDef = TypeDef {
    name: "IncrementalNewlineDecoder",
    module: "_io",
    flags: type_flags::BASETYPE,
    doc: "Codec used when reading a file in universal newlines mode.",
    new: Some({ static DEF: object::native::NativeDef = native! { "IncrementalNewlineDecoder($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! { "IncrementalNewlineDecoder($self, decoder, translate, errors='strict')" => init }; &DEF }),
    methods: &[METHODS],
    getset: &[GetSet {
        name: "newlines",
        get: |vm, this| Ok(newlines(vm, data(vm, this)?.seen.get())),
        set: None,
        doc: "",
        is_member: false,
    }],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "decode($self, input, final=False)" => decode;
    "getstate($self, /)" => getstate;
    "setstate($self, state, /)" => setstate;
    "reset($self, /)" => reset;
}}

/// `newlines` of streams: None, a string, or a tuple.
pub(crate) fn newlines(vm: &Vm, bits: u8) -> Value {
    let list = vm.list(&[]);
    for (bit, text) in [(seen::CR, "\r"), (seen::LF, "\n"), (seen::CRLF, "\r\n")] {
        if bits & bit != 0 {
            list.push(vm, vm.intern(text).value());
        }
    }
    match list.items() {
        [] => Value::NONE,
        [one] => *one,
        all => vm.tuple(all).value(),
    }
}

/// Notes line endings, and translates them to `\n` where wanted.
pub(crate) fn translate(bytes: &[u8], seen_bits: &Cell<u8>, wanted: bool) -> Option<Vec<u8>> {
    if memchr::memchr(b'\r', bytes).is_none() {
        if seen_bits.get() & seen::LF == 0 && memchr::memchr(b'\n', bytes).is_some() {
            seen_bits.set(seen_bits.get() | seen::LF);
        }
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut bits = seen_bits.get();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {
                bits |= seen::CRLF;
                out.push(b'\n');
                at += 2;
                continue;
            }
            b'\r' => {
                bits |= seen::CR;
                out.push(b'\n');
            }
            b'\n' => {
                bits |= seen::LF;
                out.push(b'\n');
            }
            other => out.push(other),
        }
        at += 1;
    }
    seen_bits.set(bits);
    wanted.then_some(out)
}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<NewlineDecoder>>, Raised> {
    vm.as_native::<NewlineDecoder>(this).ok_or_else(|| wrong_self(vm, this, "IncrementalNewlineDecoder"))
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    let data = NewlineDecoder {
        decoder: Field::new(Value::NONE),
        errors: Field::new(Value::NONE),
        translate: Cell::new(false),
        pending_cr: Cell::new(false),
        seen: Cell::new(0),
    };
    Ok(vm.native(class, data).value())
}

fn init(vm: &Vm, [this, decoder, translate, errors]: &[Value; 4]) -> R {
    let data = data(vm, *this)?;
    data.decoder.set(vm, data, *decoder);
    data.errors.set(vm, data, *errors);
    data.translate.set(vm.truthy(*translate)?);
    data.pending_cr.set(false);
    data.seen.set(0);
    Ok(Value::NONE)
}

fn decode(vm: &Vm, [this, input, last]: &[Value; 3]) -> R {
    let data = data(vm, *this)?;
    let last_flag = vm.truthy(*last)?;
    let output = if data.decoder.get().is_none() {
        *input
    } else {
        vm.call_method(data.decoder.get(), vm.names.decode, &[*input, *last])?
    };
    let Some(text) = vm.as_str(output) else {
        let name = vm.type_name(output);
        return Err(vm.type_error(format!("decoder should return a string result, not '{name}'")));
    };
    let mut bytes = text.as_bytes().to_vec();
    if data.pending_cr.get() && (!bytes.is_empty() || last_flag) {
        bytes.insert(0, b'\r');
        data.pending_cr.set(false);
    }
    if !last_flag && bytes.last() == Some(&b'\r') {
        bytes.pop();
        data.pending_cr.set(true);
    }
    let bytes = translate(&bytes, &data.seen, data.translate.get()).unwrap_or(bytes);
    // SAFETY: only ASCII characters were removed or replaced.
    Ok(vm.str_wtf8(unsafe { base::text::Wtf8::from_bytes_unchecked(&bytes) }).value())
}

fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    let (buffer, flag) = if data.decoder.get().is_none() {
        (vm.bytes(b"").value(), 0)
    } else {
        let state = vm.call_method_str(data.decoder.get(), "getstate", &[])?;
        let Some(state) = vm.as_tuple(state).filter(|state| state.len() == 2) else {
            return Err(vm.type_error("illegal decoder state"));
        };
        (state.items()[0], vm.index_i64(state.items()[1])?)
    };
    let flag = flag << 1 | data.pending_cr.get() as i64;
    Ok(vm.tuple(&[buffer, vm.int(flag)]).value())
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let data = data(vm, *this)?;
    let Some(state) = vm.as_tuple(*state).filter(|state| state.len() == 2) else {
        return Err(vm.type_error("state argument must be a tuple"));
    };
    let flag = vm.index_i64(state.items()[1])?;
    data.pending_cr.set(flag & 1 != 0);
    if !data.decoder.get().is_none() {
        let inner = vm.tuple(&[state.items()[0], vm.int(flag >> 1)]).value();
        vm.call_method_str(data.decoder.get(), "setstate", &[inner])?;
    }
    Ok(Value::NONE)
}

fn reset(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    data.seen.set(0);
    data.pending_cr.set(false);
    if !data.decoder.get().is_none() {
        vm.call_method_str(data.decoder.get(), "reset", &[])?;
    }
    Ok(Value::NONE)
}
