//! Making code objects from code objects: `replace`, and the constructor that no program can use here.

use super::code::code;
use ::object::slots::R;
use ::object::{Args, Code, Dict, Raised, Ref, Set, Str, Tuple, TypeId, Value, ValueExt, Vm, native};
use bytecode::{CodeFlags, CodeUnit, Const, ExceptionEntry, Instr, LineTable};

/// The constructor.
pub static NEW: native::NativeDef = native! { "code(...)" -> new };

fn new(vm: &Vm, _: Args) -> R {
    Err(vm
        .not_implemented_error("code objects cannot be made of another machine's bytecode; use compile() or replace()"))
}

fn text(value: Value) -> Box<str> {
    value.cast::<Str>().map_or_else(Box::default, |text| text.to_string_lossy().into_boxed_str())
}

/// The unit that a code object was made from.
pub fn unit_of(vm: &Vm, code: Ref<Code>) -> Result<CodeUnit, Raised> {
    let mut unit = code.unit().clone();
    unit.name = text(code.name.get());
    unit.qualname = text(code.qualname.get());
    unit.filename = text(code.filename.get());
    unit.names = code.names().iter().map(|name| text(*name)).collect();
    unit.consts = placeholders(vm, code.consts())?;
    Ok(unit)
}

/// Constants for the verifier; the values themselves are put in later, so any object will do.
fn placeholders(vm: &Vm, values: &[Value]) -> Result<Vec<Const>, Raised> {
    values
        .iter()
        .map(|value| match constant(vm, *value) {
            Err(raised) => vm.catch(raised, TypeId::NotImplementedError).map(|_| Const::None),
            constant => constant,
        })
        .collect()
}

fn constants(vm: &Vm, values: &[Value]) -> Result<Box<[Const]>, Raised> {
    values.iter().map(|value| constant(vm, *value)).collect()
}

/// The constant that a value stands for.
fn constant(vm: &Vm, value: Value) -> Result<Const, Raised> {
    vm.enter_native()?;
    if value.is_none() {
        return Ok(Const::None);
    }
    if value.is_bool() {
        return Ok(Const::Bool(value == Value::TRUE));
    }
    if value == Value::ELLIPSIS {
        return Ok(Const::Ellipsis);
    }
    if let Some(int) = value.as_small() {
        return Ok(Const::Int(int));
    }
    if let Some(big) = value.cast::<::object::BigInt>() {
        let negative = big.big < dashu_int::IBig::ZERO;
        let magnitude = dashu_int::ops::UnsignedAbs::unsigned_abs(big.big.clone()).to_le_bytes().into_vec();
        return Ok(Const::BigInt { negative, magnitude });
    }
    if let Some(string) = value.cast::<Str>() {
        return Ok(Const::Str(string.as_bytes().into()));
    }
    if let Some(bytes) = value.cast::<::object::Bytes>() {
        return Ok(Const::Bytes(bytes.as_slice().into()));
    }
    if let Some(tuple) = value.cast::<Tuple>() {
        return Ok(Const::Tuple(constants(vm, tuple.items())?));
    }
    if let Some(slice) = value.cast::<::object::Slice>() {
        let part = |field: &::object::Field| constant(vm, field.get());
        return Ok(Const::Slice(Box::new([part(&slice.start)?, part(&slice.stop)?, part(&slice.step)?])));
    }
    if let Some(code) = value.cast::<Code>() {
        return Ok(Const::Code(Box::new(unit_of(vm, code)?)));
    }
    if let Some(set) = value.cast::<Set>() {
        let items: Result<Vec<Const>, Raised> = set.iter().map(|item| constant(vm, item)).collect();
        return Ok(Const::FrozenSet(items?.into_boxed_slice()));
    }
    if let Some(float) = vm.as_float(value) {
        return Ok(Const::Float(float));
    }
    if let Some((re, im)) = vm.as_complex(value) {
        return Ok(Const::Complex(re, im));
    }
    Err(vm.not_implemented_error(format!("a '{}' object cannot be a constant of a code object", vm.type_name(value))))
}

/// `code.replace`
pub fn replace(vm: &Vm, [this, changes]: &[Value; 2]) -> R {
    let old = code(vm, *this)?;
    let Some(changes) = changes.cast::<Dict>() else { return Ok(*this) };
    let mut unit = unit_of(vm, old)?;
    let mut filename = old.filename.get();
    let mut consts = vm.tuple(old.consts());
    let mut position = 0;
    while let Some((next, entry)) = changes.next(position) {
        position = next;
        let (name, value) = (text(entry.key), entry.value);
        let number = || -> Result<u32, Raised> {
            let number = vm.index_i64(value)?;
            u32::try_from(number).map_err(|_| vm.value_error("code: argcounts must not be negative"))
        };
        let string = || -> Result<Box<str>, Raised> {
            match vm.as_str(value) {
                Some(string) => Ok(text(string.value())),
                None => {
                    let given = vm.type_name(value);
                    Err(vm.type_error(format!("replace() argument '{name}' must be str, not {given}")))
                }
            }
        };
        let tuple = || -> Result<Ref<Tuple>, Raised> {
            match vm.as_tuple(value) {
                Some(tuple) => Ok(tuple),
                None => {
                    let given = vm.type_name(value);
                    Err(vm.type_error(format!("replace() argument '{name}' must be tuple, not {given}")))
                }
            }
        };
        let bytes = || -> Result<Vec<u8>, Raised> {
            match vm.as_bytes(value) {
                Some(bytes) => Ok(bytes.as_slice().to_vec()),
                None => {
                    let given = vm.type_name(value);
                    Err(vm.type_error(format!("replace() argument '{name}' must be bytes, not {given}")))
                }
            }
        };
        match &*name {
            "co_name" => unit.name = string()?,
            "co_qualname" => unit.qualname = string()?,
            "co_filename" => {
                unit.filename = string()?;
                filename = value;
            }
            "co_firstlineno" => unit.first_line = number()?,
            "co_flags" => unit.flags = CodeFlags(number()?),
            "co_consts" => {
                consts = tuple()?;
                unit.consts = placeholders(vm, consts.items())?;
            }
            "co_argcount" => unit.argcount = number()?,
            "co_posonlyargcount" => unit.posonlyargcount = number()?,
            "co_kwonlyargcount" => unit.kwonlyargcount = number()?,
            "co_code" => unit.code = instructions(vm, &bytes()?)?,
            "co_exceptiontable" => unit.exceptions = exception_entries(vm, &bytes()?)?,
            "co_linetable" => unit.lines = LineTable(bytes()?),
            "co_names" => unit.names = tuple()?.items().iter().map(|name| text(*name)).collect(),
            "co_varnames" | "co_cellvars" | "co_freevars" => rename(vm, old, &mut unit, &name, tuple()?)?,
            "co_nlocals" | "co_stacksize" => {
                let same = vm.getattr_str(*this, &name)?;
                if !vm.eq(same, value)? {
                    return Err(vm.value_error(format!("code: {name} follows from the variables and the instructions")));
                }
            }
            _ => return Err(vm.type_error(format!("replace() got an unexpected keyword argument '{name}'"))),
        }
    }
    let star = |flag| unit.flags.has(flag) as u32;
    let params = unit.argcount.saturating_add(unit.kwonlyargcount);
    let params = params.saturating_add(star(CodeFlags::VARARGS) + star(CodeFlags::VARKEYWORDS));
    if unit.posonlyargcount > unit.argcount || params as usize > unit.locals.len() {
        return Err(vm.value_error("code: varnames is too small"));
    }
    if let Err(error) = bytecode::verify(&unit) {
        return Err(vm.value_error(format!("code: {error}")));
    }
    let new = vm.code_with_filename(unit, filename);
    for (index, value) in consts.items().iter().enumerate() {
        new.set_const(vm, index, *value);
    }
    Ok(new.value())
}

/// The instructions that `co_code` shows as bytes.
fn instructions(vm: &Vm, bytes: &[u8]) -> Result<Vec<Instr>, Raised> {
    if bytes.len() % 8 != 0 {
        return Err(vm.value_error("code: co_code is malformed"));
    }
    let half = |chunk: &[u8], at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
    let instr =
        |chunk: &[u8]| Instr { op: chunk[0], flags: chunk[1], a: half(chunk, 2), b: half(chunk, 4), c: half(chunk, 6) };
    Ok(bytes.chunks_exact(8).map(instr).collect())
}

/// The entries that `co_exceptiontable` shows as bytes.
fn exception_entries(vm: &Vm, bytes: &[u8]) -> Result<Vec<ExceptionEntry>, Raised> {
    if bytes.len() % 14 != 0 {
        return Err(vm.value_error("code: co_exceptiontable is malformed"));
    }
    let word = |chunk: &[u8], at: usize| u32::from_le_bytes([chunk[at], chunk[at + 1], chunk[at + 2], chunk[at + 3]]);
    let entry = |chunk: &[u8]| ExceptionEntry {
        start: word(chunk, 0),
        end: word(chunk, 4),
        target: word(chunk, 8),
        reg: u16::from_le_bytes([chunk[12], chunk[13]]),
    };
    Ok(bytes.chunks_exact(14).map(entry).collect())
}

/// Gives the variables of one of the three kinds other names.
fn rename(vm: &Vm, old: Ref<Code>, unit: &mut CodeUnit, attr: &str, names: Ref<Tuple>) -> Result<(), Raised> {
    let shown = vm.getattr_str(old.value(), attr)?;
    let Some(shown) = shown.cast::<Tuple>() else { return Ok(()) };
    if shown.len() != names.len() {
        return Err(vm.not_implemented_error(format!("replace() cannot change the number of {attr}")));
    }
    for (from, to) in shown.items().iter().zip(names.items()) {
        let from = text(*from);
        if let Some(local) = unit.locals.iter_mut().find(|local| **local == from) {
            *local = text(*to);
        }
    }
    Ok(())
}
