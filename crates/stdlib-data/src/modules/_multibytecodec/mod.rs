//! `_multibytecodec`: what the East Asian codecs have in common.

mod codec;
mod incremental;
mod stream;

use crate::multibyte::{CODEC_CLASS, Codec};
use crate::once;
use object::{Args, Module, ModuleDef, R, Raised, Ref, TypeObj, Value, ValueExt, Vm};
use std::cell::RefCell;

use crate::multibyte::charset::Charset;

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_multibytecodec", doc: "Classes for the East Asian codecs.", functions: &[], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    once::class(vm, CODEC_CLASS, &codec::CODEC);
    for (name, def) in [
        ("MultibyteIncrementalEncoder", &incremental::ENCODER),
        ("MultibyteIncrementalDecoder", &incremental::DECODER),
        ("MultibyteStreamReader", &stream::READER),
        ("MultibyteStreamWriter", &stream::WRITER),
    ] {
        vm.add_value(module, name, once::class(vm, &format!("_multibytecodec.{name}"), def));
    }
    Ok(())
}

/// The name of an error handler.
struct Errors(RefCell<String>);

impl Errors {
    fn new(vm: &Vm, value: Value) -> Result<Errors, Raised> {
        let errors = Errors(RefCell::new(String::from("strict")));
        if !value.is_none() {
            errors.set(vm, value)?;
        }
        Ok(errors)
    }

    fn set(&self, vm: &Vm, value: Value) -> Result<(), Raised> {
        if value.is_unbound() {
            return Err(vm.attribute_error("cannot delete attribute", Value::UNBOUND, Value::UNBOUND));
        }
        match vm.as_str(value) {
            Some(name) => *self.0.borrow_mut() = name.to_string_lossy(),
            None => return Err(vm.type_error("errors must be a string")),
        }
        Ok(())
    }

    fn get(&self) -> String {
        self.0.borrow().clone()
    }

    fn value(&self, vm: &Vm) -> R {
        Ok(vm.str(&self.0.borrow()).value())
    }
}

/// The bases in Python, which classes of codecs have too, are not to set attributes of theirs.
fn no_init(_: &Vm, _: Args) -> R {
    Ok(Value::NONE)
}

/// The class to make an instance of, and the charset of its `codec`.
fn class_with_codec(vm: &Vm, class: Value) -> Result<(Ref<TypeObj>, &'static Charset), Raised> {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is needed")) };
    let codec = vm.getattr_str(class.value(), "codec")?;
    match vm.as_native::<Codec>(codec) {
        Some(codec) => Ok((class, codec.charset)),
        None => Err(vm.type_error("codec is unexpected type")),
    }
}
