//! Incremental encoders and decoders.

use super::{Errors, class_with_codec};
use crate::multibyte::charset::{Charset, State};
use crate::multibyte::run;
use base::text::Wtf8Buf;
use object::layout::native::Native;
use object::{GetSet, NativeData, R, Raised, Ref, Str, Tracer, TypeDef, Value, Vm, native_ref, natives, type_flags};
use std::cell::{Cell, RefCell};

/// What an encoder keeps between calls.
pub struct Encoder {
    charset: &'static Charset,
    state: Cell<State>,
    /// A character that may combine with the next one.
    pending: RefCell<Vec<u32>>,
    pub(super) errors: Errors,
}

impl NativeData for Encoder {
    fn trace(&self, _: &mut Tracer) {}
}

/// The most characters that wait.
const MAX_PENDING: usize = 2;

impl Encoder {
    pub(super) fn new(vm: &Vm, charset: &'static Charset, errors: Value) -> Result<Encoder, Raised> {
        Ok(Encoder {
            charset,
            state: Cell::new(charset.start()),
            pending: RefCell::default(),
            errors: Errors::new(vm, errors)?,
        })
    }

    fn joined(&self, vm: &Vm, text: Ref<Str>) -> Ref<Str> {
        let pending = self.pending.borrow();
        if pending.is_empty() {
            return text;
        }
        vm.str_wtf8(&pending.iter().copied().chain(text.text().chars()).collect::<Wtf8Buf>())
    }

    /// Encodes more of the text.
    pub(super) fn encode(&self, vm: &Vm, text: Ref<Str>, last: bool) -> R {
        let text = self.joined(vm, text);
        let mut state = self.state.get();
        let (bytes, rest) = run::encode(vm, self.charset, &mut state, text, &self.errors.get(), last)?;
        self.state.set(state);
        if rest.len() > MAX_PENDING {
            return Err(vm.raise(object::TypeId::UnicodeError, "pending buffer overflow"));
        }
        *self.pending.borrow_mut() = rest;
        Ok(vm.bytes(&bytes).value())
    }

    /// Ends in ASCII, and gives the bytes for that.
    pub(super) fn reset(&self) -> Vec<u8> {
        let (mut state, mut out) = (self.state.get(), Vec::new());
        self.charset.reset(&mut state, &mut out);
        self.state.set(self.charset.start());
        self.pending.borrow_mut().clear();
        out
    }
}

/// What a decoder keeps between calls.
pub struct Decoder {
    charset: &'static Charset,
    state: Cell<State>,
    /// The start of a code.
    pub(super) pending: RefCell<Vec<u8>>,
    pub(super) errors: Errors,
}

impl NativeData for Decoder {
    fn trace(&self, _: &mut Tracer) {}
}

/// The most bytes that wait.
const MAX_BYTES: usize = 8;

impl Decoder {
    pub(super) fn new(vm: &Vm, charset: &'static Charset, errors: Value) -> Result<Decoder, Raised> {
        Ok(Decoder {
            charset,
            state: Cell::new(charset.start_decoding()),
            pending: RefCell::default(),
            errors: Errors::new(vm, errors)?,
        })
    }

    /// Decodes more bytes.
    pub(super) fn decode(&self, vm: &Vm, input: &[u8], last: bool) -> Result<Ref<Str>, Raised> {
        let mut all = std::mem::take(&mut *self.pending.borrow_mut());
        let waited = all.clone();
        all.extend_from_slice(input);
        let mut state = self.state.get();
        match run::decode(vm, self.charset, &mut state, vm.bytes(&all), &self.errors.get(), last) {
            Ok((text, rest)) => {
                self.state.set(state);
                if rest.len() > MAX_BYTES {
                    let (object, range) = (vm.bytes(&rest).value(), 0..rest.len());
                    let reason = "pending buffer overflow";
                    let error = builtins::codecs::decode_error(vm, self.charset.name, object, range, reason)?;
                    return Err(vm.raise_value(error));
                }
                *self.pending.borrow_mut() = rest;
                Ok(text)
            }
            Err(raised) => {
                *self.pending.borrow_mut() = waited;
                Err(raised)
            }
        }
    }

    pub(super) fn reset(&self) {
        self.state.set(self.charset.start_decoding());
        self.pending.borrow_mut().clear();
    }
}

pub static ENCODER: TypeDef = TypeDef {
    name: "MultibyteIncrementalEncoder",
    module: "_multibytecodec",
    flags: type_flags::BASETYPE,
    methods: &[ENCODER_METHODS],
    getset: &[GetSet {
        name: "errors",
        get: |vm, this| encoder(vm, this)?.errors.value(vm),
        set: Some(|vm, this, value| encoder(vm, this)?.errors.set(vm, value)),
        doc: "how to treat errors",
        is_member: false,
    }],
    new: Some(native_ref!("MultibyteIncrementalEncoder($cls, /, errors='strict')" => new_encoder)),
    init: Some(native_ref!("__init__(...)" -> super::no_init)),
    ..TypeDef::DEFAULT
};

natives! { static ENCODER_METHODS: {
    "encode($self, /, input, final=False)" => encode;
    "getstate($self, /)" => encoder_getstate;
    "setstate($self, statelong, /)" => encoder_setstate;
    "reset($self, /)" => encoder_reset;
}}

pub static DECODER: TypeDef = TypeDef {
    name: "MultibyteIncrementalDecoder",
    module: "_multibytecodec",
    flags: type_flags::BASETYPE,
    methods: &[DECODER_METHODS],
    getset: &[GetSet {
        name: "errors",
        get: |vm, this| decoder(vm, this)?.errors.value(vm),
        set: Some(|vm, this, value| decoder(vm, this)?.errors.set(vm, value)),
        doc: "how to treat errors",
        is_member: false,
    }],
    new: Some(native_ref!("MultibyteIncrementalDecoder($cls, /, errors='strict')" => new_decoder)),
    init: Some(native_ref!("__init__(...)" -> super::no_init)),
    ..TypeDef::DEFAULT
};

natives! { static DECODER_METHODS: {
    "decode($self, /, input, final=False)" => decode;
    "getstate($self, /)" => decoder_getstate;
    "setstate($self, state, /)" => decoder_setstate;
    "reset($self, /)" => decoder_reset;
}}

fn encoder(vm: &Vm, this: Value) -> Result<Ref<Native<Encoder>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a MultibyteIncrementalEncoder is needed"))
}

fn decoder(vm: &Vm, this: Value) -> Result<Ref<Native<Decoder>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a MultibyteIncrementalDecoder is needed"))
}

fn new_encoder(vm: &Vm, [class, errors]: &[Value; 2]) -> R {
    let (class, charset) = class_with_codec(vm, *class)?;
    Ok(vm.native(class, Encoder::new(vm, charset, *errors)?).value())
}

fn new_decoder(vm: &Vm, [class, errors]: &[Value; 2]) -> R {
    let (class, charset) = class_with_codec(vm, *class)?;
    Ok(vm.native(class, Decoder::new(vm, charset, *errors)?).value())
}

fn encode(vm: &Vm, [this, input, last]: &[Value; 3]) -> R {
    let last = vm.truthy(*last)?;
    let Some(text) = vm.as_str(*input) else {
        return Err(vm.type_error("couldn't convert the object to str."));
    };
    encoder(vm, *this)?.encode(vm, text, last)
}

fn decode(vm: &Vm, [this, input, last]: &[Value; 3]) -> R {
    let last = vm.truthy(*last)?;
    let bytes = vm.bytes_of(*input)?;
    decoder(vm, *this)?.decode(vm, &bytes, last).map(Ref::value)
}

/// The state of an encoder as a number: the length of the text that waits, that text in UTF-8, the state of the charset.
fn encoder_getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = encoder(vm, *this)?;
    let pending: Wtf8Buf = own.pending.borrow().iter().copied().collect();
    let mut bytes = vec![pending.as_bytes().len() as u8];
    bytes.extend_from_slice(pending.as_bytes());
    bytes.extend_from_slice(&own.state.get().0);
    let args = [vm.bytes(&bytes).value(), vm.str("little").value()];
    vm.call_method_str(vm.types[object::TypeId::Int].value(), "from_bytes", &args)
}

fn encoder_setstate(vm: &Vm, [this, number]: &[Value; 2]) -> R {
    const LEN: usize = 1 + 4 * MAX_PENDING + 8;
    let own = encoder(vm, *this)?;
    let args = [vm.int_usize(LEN), vm.str("little").value()];
    let bytes = vm.bytes_of(vm.call_method_str(*number, "to_bytes", &args)?)?;
    let len = bytes[0] as usize;
    if len > 4 * MAX_PENDING {
        return Err(vm.raise(object::TypeId::UnicodeError, "pending buffer too large"));
    }
    let (text, state) = bytes[1..].split_at(len);
    let text = builtins::codecs::decode(vm, vm.bytes(text).value(), "utf-8", "strict")?;
    *own.pending.borrow_mut() = vm.as_str(text).map_or_else(Vec::new, |text| text.text().chars().collect());
    own.state.set(State(std::array::from_fn(|index| state.get(index).copied().unwrap_or(0))));
    Ok(Value::NONE)
}

fn encoder_reset(vm: &Vm, [this]: &[Value; 1]) -> R {
    encoder(vm, *this)?.reset();
    Ok(Value::NONE)
}

fn decoder_getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = decoder(vm, *this)?;
    let pending = vm.bytes(&own.pending.borrow());
    let number = i64::from_le_bytes(own.state.get().0);
    Ok(vm.tuple(&[pending.value(), vm.int(number)]).value())
}

fn decoder_setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let own = decoder(vm, *this)?;
    let Some(pair) = vm.as_tuple(*state) else {
        let class = vm.type_name(*state);
        return Err(vm.type_error(format!("setstate() argument must be tuple, not {class}")));
    };
    let [pending, number] = pair.items() else {
        return Err(vm.type_error("setstate(): illegal state argument"));
    };
    let (Some(pending), Some(number)) = (vm.as_bytes(*pending), vm.as_int(*number)) else {
        return Err(vm.type_error("setstate(): illegal state argument"));
    };
    if pending.len() > MAX_BYTES {
        let (object, range) = (pending.value(), MAX_BYTES..pending.len());
        let error = builtins::codecs::decode_error(vm, own.charset.name, object, range, "pending buffer too large")?;
        return Err(vm.raise_value(error));
    }
    *own.pending.borrow_mut() = pending.as_slice().to_vec();
    own.state.set(State(number.to_i64().unwrap_or(0).to_le_bytes()));
    Ok(Value::NONE)
}

fn decoder_reset(vm: &Vm, [this]: &[Value; 1]) -> R {
    decoder(vm, *this)?.reset();
    Ok(Value::NONE)
}
