//! The registry.

use super::shown_class;
use builtins::codecs;
use heap::Value;
use object::{R, Raised, Vm, natives};

natives! { pub(super) static FUNCTIONS: {
    /// Register a function that finds codecs.
    ///
    /// It is called with the name of an encoding in lower case, with underscores for hyphens and spaces, and gives a
    /// CodecInfo or None.
    "register(search_function, /)" => register;
    /// Remove a function that finds codecs, and forget what was found.
    "unregister(search_function, /)" => unregister;
    /// Return the CodecInfo of an encoding.
    "lookup(encoding, /)" => lookup;
    /// Encode an object by the codec of an encoding.
    "encode(obj, encoding='utf-8', errors=<unrepresentable>)" => encode;
    /// Decode an object by the codec of an encoding.
    "decode(obj, encoding='utf-8', errors=<unrepresentable>)" => decode;
    /// Register an error handler under a name.
    ///
    /// It is called with a UnicodeError and gives a replacement and the position at which to go on, or raises.
    "register_error(errors, handler, /)" => register_error;
    /// Remove an error handler. Tells whether there was one.
    "_unregister_error(errors, /)" => unregister_error;
    /// Return the error handler of a name.
    "lookup_error(name, /)" => lookup_error;
}}

fn name(vm: &Vm, value: Value, function: &str, position: &str) -> Result<String, Raised> {
    if vm.as_str(value).is_none() {
        let class = shown_class(vm, value);
        return Err(vm.type_error(format!("{function}() argument{position} must be str, not {class}")));
    }
    codecs::name_argument(vm, value, "", function, "name")
}

fn register(vm: &Vm, [function]: &[Value; 1]) -> R {
    codecs::register(vm, *function)?;
    Ok(Value::NONE)
}

fn unregister(vm: &Vm, [function]: &[Value; 1]) -> R {
    codecs::unregister(vm, *function);
    Ok(Value::NONE)
}

fn lookup(vm: &Vm, [encoding]: &[Value; 1]) -> R {
    let encoding = name(vm, *encoding, "lookup", "")?;
    codecs::lookup_value(vm, &encoding)
}

fn encode(vm: &Vm, [object, encoding, errors]: &[Value; 3]) -> R {
    let encoding = codecs::name_argument(vm, *encoding, "utf-8", "encode", "encoding")?;
    if !errors.is_unbound() {
        codecs::name_argument(vm, *errors, "strict", "encode", "errors")?;
    }
    codecs::encode_object(vm, *object, &encoding, *errors)
}

fn decode(vm: &Vm, [object, encoding, errors]: &[Value; 3]) -> R {
    let encoding = codecs::name_argument(vm, *encoding, "utf-8", "decode", "encoding")?;
    if !errors.is_unbound() {
        codecs::name_argument(vm, *errors, "strict", "decode", "errors")?;
    }
    codecs::decode_object(vm, *object, &encoding, *errors)
}

fn register_error(vm: &Vm, [errors, handler]: &[Value; 2]) -> R {
    let errors = name(vm, *errors, "register_error", " 1")?;
    codecs::register_error(vm, &errors, *handler)?;
    Ok(Value::NONE)
}

fn unregister_error(vm: &Vm, [errors]: &[Value; 1]) -> R {
    let errors = name(vm, *errors, "_unregister_error", "")?;
    codecs::unregister_error(vm, &errors).map(Value::bool)
}

fn lookup_error(vm: &Vm, [errors]: &[Value; 1]) -> R {
    let errors = name(vm, *errors, "lookup_error", "")?;
    codecs::lookup_error(vm, &errors)
}
