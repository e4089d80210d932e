//! Structural pattern matching.

use object::{Dict, R, Ref, Str, Tuple, TypeId, TypeObj, Value, ValueExt, Vm, type_flags};

pub(crate) fn is_mapping(vm: &Vm, value: Value) -> bool {
    vm.type_of(value).has(type_flags::MAPPING)
}

pub(crate) fn is_sequence(vm: &Vm, value: Value) -> bool {
    vm.type_of(value).has(type_flags::SEQUENCE)
}

/// The values of keys in a mapping, or None where one is missing.
pub(crate) fn keys(vm: &Vm, subject: Value, keys: Value) -> R {
    let Some(keys) = keys.cast::<Tuple>() else { return Err(vm.system_error("keys of a pattern")) };
    let seen = vm.set();
    let values = vm.list_with_capacity(keys.len());
    let get = vm.load_method(subject, vm.names.get)?;
    let missing = vm.new_instance(vm.types[TypeId::Object], None);
    for &key in keys.items() {
        if seen.contains(vm, key)? {
            let text = format!("mapping pattern checks duplicate key ({})", vm.repr(key)?.to_string_lossy());
            return Err(vm.value_error(text));
        }
        seen.add(vm, key)?;
        let value = match get {
            (function, Some(this)) => vm.call(function, &[this, key, missing])?,
            (function, None) => vm.call(function, &[key, missing])?,
        };
        if value == missing {
            return Ok(Value::NONE);
        }
        values.push(vm, value);
    }
    Ok(vm.tuple(values.items()).value())
}

/// The attributes that a class pattern asks for, or None.
pub(crate) fn class(vm: &Vm, subject: Value, class: Value, positional: usize, keywords: Value) -> R {
    let Some(class_object) = class.cast::<TypeObj>() else {
        return Err(vm.type_error("called match pattern must be a class"));
    };
    if !vm.is_instance(subject, class)? {
        return Ok(Value::NONE);
    }
    let found = vm.list(&[]);
    let seen = vm.set();
    let name = class_object.name_str();
    if positional > 0 {
        let mut match_self = false;
        let names: Ref<Tuple> = match vm.getattr_opt(class, vm.names.__match_args__)? {
            Some(names) => match names.cast::<Tuple>() {
                Some(names) => names,
                None => {
                    let got = vm.type_name(names);
                    let text = format!("{name}.__match_args__ must be a tuple (got {got})");
                    return Err(vm.type_error(text));
                }
            },
            None => {
                match_self = class_object.has(type_flags::MATCH_SELF);
                vm.tuple(&[])
            }
        };
        let allowed = if match_self { 1 } else { names.len() };
        if allowed < positional {
            let plural = if allowed == 1 { "" } else { "s" };
            let text = format!("{name}() accepts {allowed} positional sub-pattern{plural} ({positional} given)");
            return Err(vm.type_error(text));
        }
        if match_self {
            found.push(vm, subject);
        } else {
            for &attr in &names.items()[..positional] {
                let Some(attr_name) = vm.as_str(attr) else {
                    let got = vm.type_name(attr);
                    let text = format!("__match_args__ elements must be strings (got {got})");
                    return Err(vm.type_error(text));
                };
                match attribute(vm, subject, &name, attr_name, seen)? {
                    Some(value) => found.push(vm, value),
                    None => return Ok(Value::NONE),
                }
            }
        }
    }
    for &attr in keywords.cast::<Tuple>().iter().flat_map(|names| names.items()) {
        let Some(attr_name) = attr.cast::<Str>() else { continue };
        match attribute(vm, subject, &name, attr_name, seen)? {
            Some(value) => found.push(vm, value),
            None => return Ok(Value::NONE),
        }
    }
    Ok(vm.tuple(found.items()).value())
}

fn attribute(
    vm: &Vm,
    subject: Value,
    class: &str,
    name: Ref<Str>,
    seen: Ref<object::Set>,
) -> Result<Option<Value>, object::Raised> {
    if seen.contains(vm, name.value())? {
        let text = format!("{class}() got multiple sub-patterns for attribute '{}'", name.to_string_lossy());
        return Err(vm.type_error(text));
    }
    seen.add(vm, name.value())?;
    vm.getattr_opt(subject, name)
}

/// A dict with the items of any mapping, for `**rest`.
pub(crate) fn copy_dict(vm: &Vm, mapping: Value) -> R {
    if mapping.shape() == TypeId::Dict as u32
        && let Some(dict) = mapping.cast::<Dict>()
    {
        return Ok(dict.copy(vm).value());
    }
    vm.call(vm.types[TypeId::Dict].value(), &[mapping])
}
