//! The registry of codecs and error handlers.
//!
//! Its state is kept among the interpreter's: the list of search functions, the codecs they found by name, and the error
//! handlers by name.

use super::engine::normalize;
use super::handlers;
use base::codec::Builtin;
use heap::Value;
use object::{ByteArray, Dict, List, R, Raised, Ref, Str, Tuple, TypeId, ValueExt, Vm};

const SEARCH_PATH: &str = "codecs.search_path";
const CACHE: &str = "codecs.cache";
const HANDLERS: &str = "codecs.errors";
const STARTED: &str = "codecs.started";

fn search_path(vm: &Vm) -> Ref<List> {
    if let Some(list) = vm.state_value(SEARCH_PATH).and_then(|list| list.cast::<List>()) {
        return list;
    }
    let list = vm.list(&[]);
    vm.set_state(SEARCH_PATH, list.value());
    list
}

fn state_dict(vm: &Vm, name: &str) -> Option<Ref<Dict>> {
    vm.state_value(name).and_then(|dict| dict.cast::<Dict>())
}

fn cache(vm: &Vm) -> Ref<Dict> {
    state_dict(vm, CACHE).unwrap_or_else(|| {
        let dict = vm.dict();
        vm.set_state(CACHE, dict.value());
        dict
    })
}

fn error_handlers(vm: &Vm) -> Ref<Dict> {
    state_dict(vm, HANDLERS).unwrap_or_else(|| {
        let dict = vm.dict();
        for (name, def) in handlers::all() {
            let owner = vm.intern("_codecs").value();
            let function = vm.native_function(TypeId::BuiltinFunction, def, Value::UNBOUND, owner);
            dict.insert_str(vm, vm.intern(name), function.value());
        }
        vm.set_state(HANDLERS, dict.value());
        dict
    })
}

/// Adds a search function.
pub fn register(vm: &Vm, function: Value) -> Result<(), Raised> {
    if !vm.is_callable(function) {
        return Err(vm.type_error("argument must be callable"));
    }
    search_path(vm).push(vm, function);
    Ok(())
}

/// Removes a search function, and forgets what was found.
pub fn unregister(vm: &Vm, function: Value) {
    let path = search_path(vm);
    if let Some(index) = path.items().iter().position(|item| *item == function) {
        path.remove(vm, index);
        cache(vm).clear(vm);
    }
}

/// The package `encodings` adds its search function when it is imported.
fn start(vm: &Vm) -> Result<(), Raised> {
    if vm.state_value(STARTED).is_some() {
        return Ok(());
    }
    vm.set_state(STARTED, Value::TRUE);
    let import = vm.builtins_dict().get_str(vm, vm.names.__import__);
    if let Some(import) = import {
        vm.call(import, &[vm.intern("encodings").value()])?;
    }
    Ok(())
}

/// The codec of an encoding: a tuple of encoder, decoder, stream reader and stream writer.
pub fn lookup(vm: &Vm, encoding: &str) -> Result<Ref<Tuple>, Raised> {
    start(vm)?;
    let name = vm.intern(&normalize(encoding));
    if let Some(found) = cache(vm).get_str(vm, name).and_then(|codec| vm.as_tuple(codec).map(|_| codec)) {
        return checked(vm, found);
    }
    let path = search_path(vm);
    if path.is_empty() {
        return Err(vm.lookup_error("no codec search functions registered: can't find encoding"));
    }
    let mut index = 0;
    while let Some(function) = path.get(index) {
        let found = vm.call(function, &[name.value()])?;
        if !found.is_none() {
            let codec = checked(vm, found)?;
            cache(vm).insert_str(vm, name, found);
            return Ok(codec);
        }
        index += 1;
    }
    Err(vm.lookup_error(format!("unknown encoding: {encoding}")))
}

fn checked(vm: &Vm, codec: Value) -> Result<Ref<Tuple>, Raised> {
    match vm.as_tuple(codec) {
        Some(tuple) if tuple.len() == 4 => Ok(tuple),
        _ => Err(vm.type_error("codec search functions must return 4-tuples")),
    }
}

/// The codec of an encoding as the search function gave it.
pub fn lookup_value(vm: &Vm, encoding: &str) -> R {
    lookup(vm, encoding)?;
    let found = cache(vm).get_str(vm, vm.intern(&normalize(encoding)));
    found.ok_or_else(|| vm.lookup_error(format!("unknown encoding: {encoding}")))
}

fn call_codec(vm: &Vm, function: Value, object: Value, errors: Value, encoding: &str, what: &str) -> R {
    let all = [object, errors];
    let args = if errors.is_unbound() { &all[..1] } else { &all[..] };
    let result = vm.call(function, args).inspect_err(|raised| {
        let verb = if what == "encoder" { "encoding" } else { "decoding" };
        vm.add_note(*raised, &format!("{verb} with '{encoding}' codec failed"));
    })?;
    match vm.as_tuple(result) {
        Some(tuple) if tuple.len() == 2 => Ok(tuple.items()[0]),
        _ => Err(vm.type_error(format!("{what} must return a tuple (object, integer)"))),
    }
}

/// `codecs.encode`: any object; `errors` may be unbound.
pub fn encode_object(vm: &Vm, object: Value, encoding: &str, errors: Value) -> R {
    let codec = lookup(vm, encoding)?;
    call_codec(vm, codec.items()[0], object, errors, encoding, "encoder")
}

/// `codecs.decode`: any object; `errors` may be unbound.
pub fn decode_object(vm: &Vm, object: Value, encoding: &str, errors: Value) -> R {
    let codec = lookup(vm, encoding)?;
    call_codec(vm, codec.items()[1], object, errors, encoding, "decoder")
}

/// The codec of an encoding between str and bytes.
fn lookup_text(vm: &Vm, encoding: &str, instead: &str) -> Result<Ref<Tuple>, Raised> {
    let codec = lookup_value(vm, encoding)?;
    if codec.cast::<Tuple>().is_none()
        && let Some(flag) = vm.getattr_opt(codec, vm.intern("_is_text_encoding"))?
        && !vm.truthy(flag)?
    {
        let text = format!("'{encoding}' is not a text encoding; use {instead} to handle arbitrary codecs");
        return Err(vm.lookup_error(text));
    }
    checked(vm, codec)
}

/// `str.encode` by a registered codec.
pub fn encode_text(vm: &Vm, text: Ref<Str>, encoding: &str, errors: &str) -> R {
    let codec = lookup_text(vm, encoding, "codecs.encode()")?;
    let errors = vm.str(errors).value();
    let result = call_codec(vm, codec.items()[0], text.value(), errors, encoding, "encoder")?;
    if vm.as_bytes(result).is_some() {
        return Ok(result);
    }
    if let Some(array) = result.cast::<ByteArray>() {
        let text = format!(
            "encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"
        );
        vm.warn(TypeId::RuntimeWarning, &text, 1)?;
        return Ok(vm.bytes(array.as_slice()).value());
    }
    Err(vm.type_error(format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        vm.type_name(result)
    )))
}

/// `bytes.decode` by a registered codec.
pub fn decode_text(vm: &Vm, data: Value, encoding: &str, errors: &str) -> R {
    let data = if super::is_bytes(data) { data } else { vm.bytes(&vm.bytes_of(data)?).value() };
    let codec = lookup_text(vm, encoding, "codecs.decode()")?;
    let errors = vm.str(errors).value();
    let result = call_codec(vm, codec.items()[1], data, errors, encoding, "decoder")?;
    if vm.as_str(result).is_some() {
        return Ok(result);
    }
    Err(vm.type_error(format!(
        "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
        vm.type_name(result)
    )))
}

/// Registers an error handler.
pub fn register_error(vm: &Vm, name: &str, handler: Value) -> Result<(), Raised> {
    if !vm.is_callable(handler) {
        return Err(vm.type_error("handler must be callable"));
    }
    error_handlers(vm).insert_str(vm, vm.intern(name), handler);
    Ok(())
}

/// Forgets an error handler. Tells whether there was one.
pub fn unregister_error(vm: &Vm, name: &str) -> Result<bool, Raised> {
    if Builtin::from_name(name).is_some() {
        return Err(vm.value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    Ok(error_handlers(vm).remove_str(vm, vm.intern(name)).is_some())
}

/// An error handler by its name.
pub fn lookup_error(vm: &Vm, name: &str) -> R {
    match error_handlers(vm).get_str(vm, vm.intern(name)) {
        Some(handler) => Ok(handler),
        None => Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}
