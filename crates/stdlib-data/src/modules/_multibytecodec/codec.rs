//! Codec objects.

use crate::multibyte::charset::Charset;
use crate::multibyte::{Codec, run};
use object::{R, Raised, TypeDef, Value, Vm, natives, type_flags};

pub static CODEC: TypeDef = TypeDef {
    name: "MultibyteCodec",
    module: "_multibytecodec",
    flags: type_flags::NO_NEW,
    doc: "An encoding.",
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return an encoded string version of 'input'.
    ///
    /// 'errors' may be given to set a different error handling scheme. Default is
    /// 'strict' meaning that encoding errors raise a UnicodeEncodeError. Other possible
    /// values are 'ignore', 'replace' and 'xmlcharrefreplace' as well as any other name
    /// registered with codecs.register_error that can handle UnicodeEncodeErrors.
    "encode($self, /, input, errors=None)" => encode;
    /// Decodes 'input'.
    ///
    /// 'errors' may be given to set a different error handling scheme. Default is
    /// 'strict' meaning that encoding errors raise a UnicodeDecodeError. Other possible
    /// values are 'ignore' and 'replace' as well as any other name registered with
    /// codecs.register_error that is able to handle UnicodeDecodeErrors.
    "decode($self, /, input, errors=None)" => decode;
}}

fn charset(vm: &Vm, this: Value) -> Result<&'static Charset, Raised> {
    match vm.as_native::<Codec>(this) {
        Some(codec) => Ok(codec.charset),
        None => Err(vm.type_error("a MultibyteCodec is needed")),
    }
}

fn handler(vm: &Vm, function: &str, errors: Value) -> Result<String, Raised> {
    if errors.is_none() {
        return Ok(String::from("strict"));
    }
    match vm.as_str(errors) {
        Some(name) => Ok(name.to_string_lossy()),
        None => {
            let class = vm.type_name(errors);
            Err(vm.type_error(format!("{function}() argument 'errors' must be str or None, not {class}")))
        }
    }
}

fn encode(vm: &Vm, [this, input, errors]: &[Value; 3]) -> R {
    let errors = handler(vm, "encode", *errors)?;
    let text = match vm.as_str(*input) {
        Some(text) => text,
        None => vm.to_str(*input)?,
    };
    let charset = charset(vm, *this)?;
    let (bytes, _) = run::encode(vm, charset, &mut charset.start(), text, &errors, true)?;
    Ok(vm.tuple(&[vm.bytes(&bytes).value(), vm.int_usize(text.len())]).value())
}

fn decode(vm: &Vm, [this, input, errors]: &[Value; 3]) -> R {
    let errors = handler(vm, "decode", *errors)?;
    let bytes = match vm.as_bytes(*input) {
        Some(bytes) => bytes,
        None => vm.bytes(&vm.bytes_of(*input)?),
    };
    let charset = charset(vm, *this)?;
    let (text, _) = run::decode(vm, charset, &mut charset.start_decoding(), bytes, &errors, true)?;
    Ok(vm.tuple(&[text.value(), vm.int_usize(bytes.len())]).value())
}
