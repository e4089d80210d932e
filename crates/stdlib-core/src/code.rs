//! Code objects back to code units, to be written.

use bytecode::{CodeUnit, Const};
use object::{Code, Raised, Ref, Set, Slice, Str, Tuple, Value, ValueExt, Vm};

fn text(value: Value) -> Box<str> {
    value.cast::<Str>().map_or_else(Box::default, |text| text.to_string_lossy().into_boxed_str())
}

/// The unit that a code object was made from, with its present constants, names and file name.
pub fn code_to_unit(vm: &Vm, code: Ref<Code>) -> Result<CodeUnit, Raised> {
    vm.enter_native()?;
    let mut unit = code.unit().clone();
    unit.name = text(code.name.get());
    unit.qualname = text(code.qualname.get());
    unit.filename = text(code.filename.get());
    unit.names = code.names().iter().map(|name| text(*name)).collect();
    unit.consts = constants(vm, code.consts())?;
    Ok(unit)
}

fn constants(vm: &Vm, values: &[Value]) -> Result<Vec<Const>, Raised> {
    values.iter().map(|value| constant(vm, *value)).collect()
}

/// A constant of a code unit.
pub fn constant(vm: &Vm, value: Value) -> Result<Const, Raised> {
    if value.is_none() {
        return Ok(Const::None);
    }
    if value.is_bool() {
        return Ok(Const::Bool(value == Value::TRUE));
    }
    if value == Value::ELLIPSIS {
        return Ok(Const::Ellipsis);
    }
    if let Some(float) = vm.as_float(value) {
        return Ok(Const::Float(float));
    }
    if let Some(int) = vm.as_int(value) {
        return Ok(match int.to_i64() {
            Some(int) => Const::Int(int),
            None => {
                let (sign, magnitude) = int.to_big().into_parts();
                let negative = sign == dashu_int::Sign::Negative;
                Const::BigInt { negative, magnitude: magnitude.to_le_bytes().into_vec() }
            }
        });
    }
    if let Some((re, im)) = vm.as_complex(value) {
        return Ok(Const::Complex(re, im));
    }
    if let Some(text) = value.cast::<Str>() {
        return Ok(Const::Str(text.as_bytes().into()));
    }
    if let Some(bytes) = vm.as_bytes(value) {
        return Ok(Const::Bytes(bytes.as_slice().into()));
    }
    vm.enter_native()?;
    if let Some(tuple) = value.cast::<Tuple>() {
        return Ok(Const::Tuple(constants(vm, tuple.items())?.into_boxed_slice()));
    }
    if let Some(set) = value.cast::<Set>() {
        let members: Result<Vec<Const>, Raised> = set.iter().map(|member| constant(vm, member)).collect();
        return Ok(Const::FrozenSet(members?.into_boxed_slice()));
    }
    if let Some(slice) = value.cast::<Slice>() {
        let [start, stop, step] = [slice.start.get(), slice.stop.get(), slice.step.get()];
        let parts = [constant(vm, start)?, constant(vm, stop)?, constant(vm, step)?];
        return Ok(Const::Slice(Box::new(parts)));
    }
    if let Some(code) = value.cast::<Code>() {
        return Ok(Const::Code(Box::new(code_to_unit(vm, code)?)));
    }
    Err(vm.value_error("unmarshallable object"))
}
