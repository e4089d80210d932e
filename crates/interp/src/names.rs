//! Globals, names of class bodies and modules, and the errors for what is unbound.

use object::layout::code::CacheSite;
use object::thread::Frame;
use object::{Code, Dict, R, Raised, Ref, Str, TypeId, Value, ValueExt, Vm};

/// `found` of a cache whose position is one of the globals.
pub(crate) const IN_GLOBALS: u32 = 1;
const IN_BUILTINS: u32 = 2;

fn name_of_register(code: Ref<Code>, register: u16) -> (String, Value) {
    let names = code.locals();
    let name = names.items().get(register as usize).copied().unwrap_or(Value::NONE);
    (name.cast::<Str>().map_or_else(String::new, |name| name.to_string_lossy()), name)
}

/// UnboundLocalError for a register.
#[cold]
pub(crate) fn unbound_local(vm: &Vm, code: Ref<Code>, register: u16) -> Raised {
    let (text, _) = name_of_register(code, register);
    let text = format!("cannot access local variable '{text}' where it is not associated with a value");
    // Without the name: nothing else was meant.
    vm.name_error(TypeId::UnboundLocalError, text, Value::UNBOUND)
}

/// The error for an empty cell.
#[cold]
pub(crate) fn unbound_deref(vm: &Vm, code: Ref<Code>, register: u16) -> Raised {
    if code.local_kind(register as usize) != bytecode::LocalKind::Free {
        return unbound_local(vm, code, register);
    }
    let (text, name) = name_of_register(code, register);
    let text =
        format!("cannot access free variable '{text}' where it is not associated with a value in enclosing scope");
    vm.name_error(TypeId::NameError, text, name)
}

#[cold]
fn undefined(vm: &Vm, name: Ref<Str>) -> Raised {
    vm.name_error(TypeId::NameError, format!("name '{}' is not defined", name.to_string_lossy()), name.value())
}

/// A global or builtin; remembers where it was found.
#[inline(never)]
pub(crate) fn load_global(vm: &Vm, frame: &Frame, site: &CacheSite, name: u32) -> R {
    let name = frame.code.name_at(name as usize);
    let (globals, builtins) = (frame.globals, frame.builtins);
    if globals.header_shape() != TypeId::Dict as u32 {
        return load_from_mappings(vm, globals, builtins, name);
    }
    if let Some(position) = globals.find_str(vm, name) {
        site.version.set(globals.version());
        site.found.set(IN_GLOBALS);
        site.data.set(position as u64);
        return Ok(globals.value_at(position));
    }
    match builtins.find_str(vm, name) {
        Some(position) if builtins.header_shape() == TypeId::Dict as u32 => {
            site.version.set(globals.version());
            site.extra.set(builtins.version());
            site.found.set(IN_BUILTINS);
            site.data.set(position as u64);
            Ok(builtins.value_at(position))
        }
        _ => load_by_equality(vm, globals, builtins, name),
    }
}

/// Looks a name up among keys that are no plain strings, too, but may be equal to it.
#[cold]
fn load_by_equality(vm: &Vm, globals: Ref<Dict>, builtins: Ref<Dict>, name: Ref<Str>) -> R {
    if let Some(value) = globals.get(vm, name.value())? {
        return Ok(value);
    }
    let is_plain = builtins.header_shape() == TypeId::Dict as u32;
    let found = match vm.builtin_in(builtins, name)? {
        None if is_plain => builtins.get(vm, name.value())?,
        found => found,
    };
    found.ok_or_else(|| undefined(vm, name))
}

/// Looks a name up as the class of the globals does it, which is a subclass of dict. Nothing is remembered.
#[cold]
fn load_from_mappings(vm: &Vm, globals: Ref<Dict>, builtins: Ref<Dict>, name: Ref<Str>) -> R {
    if let Some(value) = mapping_get(vm, globals.value(), name)? {
        return Ok(value);
    }
    vm.builtin_in(builtins, name)?.ok_or_else(|| undefined(vm, name))
}

pub(crate) fn delete_global(vm: &Vm, frame: &Frame, name: u32) -> Result<(), Raised> {
    let name = frame.code.name_at(name as usize);
    match frame.globals.remove_str(vm, name) {
        Some(_) => Ok(()),
        None => Err(undefined(vm, name)),
    }
}

/// The item of a mapping; None where it raises KeyError.
fn mapping_get(vm: &Vm, mapping: Value, name: Ref<Str>) -> Result<Option<Value>, Raised> {
    if mapping.shape() == TypeId::Dict as u32
        && let Some(dict) = mapping.cast::<Dict>()
    {
        return Ok(dict.get_str(vm, name));
    }
    match vm.getitem(mapping, name.value()) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => vm.catch(raised, TypeId::KeyError).map(|_| None),
    }
}

/// A local, global or builtin. Where the locals are the globals, the cache is that of globals.
pub(crate) fn load_name(vm: &Vm, frame: &Frame, site: &CacheSite, name: u32) -> R {
    load_from_dict_or_globals(vm, frame, frame.locals, site, name)
}

pub(crate) fn load_from_dict_or_globals(vm: &Vm, frame: &Frame, mapping: Value, site: &CacheSite, name: u32) -> R {
    let globals = frame.globals;
    if mapping != globals.value()
        && !mapping.is_unbound()
        && let Some(value) = mapping_get(vm, mapping, frame.code.name_at(name as usize))?
    {
        return Ok(value);
    }
    if site.version.get() == globals.version() {
        if site.found.get() == IN_GLOBALS {
            return Ok(globals.value_at(site.data.get() as usize));
        }
        if site.extra.get() == frame.builtins.version() {
            return Ok(frame.builtins.value_at(site.data.get() as usize));
        }
    }
    load_global(vm, frame, site, name)
}

pub(crate) fn store_name(vm: &Vm, frame: &Frame, name: u32, value: Value) -> Result<(), Raised> {
    let name = frame.code.name_at(name as usize);
    let locals = frame.locals;
    if locals.shape() == TypeId::Dict as u32
        && let Some(dict) = locals.cast::<Dict>()
    {
        dict.insert_str(vm, name, value);
        return Ok(());
    }
    vm.setitem(locals, name.value(), value)
}

pub(crate) fn delete_name(vm: &Vm, frame: &Frame, name: u32) -> Result<(), Raised> {
    let name = frame.code.name_at(name as usize);
    match vm.delitem(frame.locals, name.value()) {
        Ok(()) => Ok(()),
        Err(raised) => {
            vm.catch(raised, TypeId::KeyError)?;
            Err(undefined(vm, name))
        }
    }
}

pub(crate) fn load_from_dict_or_deref(vm: &Vm, code: Ref<Code>, register: u16, cell: Value, mapping: Value) -> R {
    let names = code.locals();
    if let Some(name) = names.items().get(register as usize).and_then(|name| name.cast::<Str>())
        && let Some(value) = mapping_get(vm, mapping, name)?
    {
        return Ok(value);
    }
    match cell.cast::<object::CellObj>().and_then(|cell| cell.content.get().bound()) {
        Some(value) => Ok(value),
        None => Err(unbound_deref(vm, code, register)),
    }
}

pub(crate) fn setup_annotations(vm: &Vm, frame: &Frame) -> Result<(), Raised> {
    let name = vm.names.__annotations__;
    if mapping_get(vm, frame.locals, name)?.is_none() {
        vm.setitem(frame.locals, name.value(), vm.dict().value())?;
    }
    Ok(())
}

pub(crate) fn load_build_class(vm: &Vm, frame: &Frame) -> R {
    match vm.builtin_in(frame.builtins, vm.names.__build_class__)? {
        Some(function) => Ok(function),
        None => Err(vm.name_error(TypeId::NameError, "__build_class__ not found", vm.names.__build_class__.value())),
    }
}
