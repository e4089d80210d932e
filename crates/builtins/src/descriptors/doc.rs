//! Documentation and signatures of native functions and classes.

use ::object::native::NativeDef;
use ::object::slots::{R, Special};
use ::object::{Ref, Value, Vm};

/// Documentation as Python shows it: without the blank that a doc comment has at the start of each line.
pub fn clean_doc(vm: &Vm, doc: &str) -> Value {
    let text = doc.trim_end_matches('\n');
    if text.is_empty() {
        return Value::NONE;
    }
    if !text.lines().all(|line| line.is_empty() || line.starts_with(' ')) {
        return vm.str(text).value();
    }
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    vm.str(&lines.join("\n")).value()
}

/// `__doc__` of a native function.
pub fn function_doc(vm: &Vm, def: &NativeDef) -> R {
    Ok(clean_doc(vm, def.doc))
}

/// `__text_signature__` of a native function, or None.
pub fn function_signature(vm: &Vm, def: &'static NativeDef) -> R {
    if def.name() == "__new__" && def.signature().text.is_none() {
        return Ok(vm.str("($type, *args, **kwargs)").value());
    }
    Ok(def.signature().text.map_or(Value::NONE, |text| vm.str(text).value()))
}

/// `__text_signature__` of a function of a module: it shows the module as first parameter.
pub fn module_function_signature(vm: &Vm, def: &'static NativeDef) -> R {
    let Some(text) = def.signature().text else { return Ok(Value::NONE) };
    let Some(inner) = text.strip_prefix('(').filter(|inner| !inner.starts_with('$')) else {
        return function_signature(vm, def);
    };
    let text = if inner == ")" {
        String::from("($module, /)")
    } else if inner.contains(", /,") || inner.ends_with(", /)") {
        format!("($module, {inner}")
    } else {
        format!("($module, /, {inner}")
    };
    Ok(vm.str(&text).value())
}

/// The signature of a class from that of its `__new__` or `__init__`: without the first parameter.
pub fn class_signature(def: &'static NativeDef) -> Option<String> {
    let text = def.signature().text?;
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let rest = match inner.split_once(',') {
        Some((first, rest)) if first.starts_with('$') => rest.trim_start(),
        None if inner.starts_with('$') => "",
        _ => inner,
    };
    let rest = match rest.strip_prefix('/') {
        Some(rest) => rest.trim_start_matches(',').trim_start(),
        None => rest,
    };
    Some(format!("({rest})"))
}

/// The signature and the documentation of a special method.
fn split_special(special: &'static Special) -> (Option<&'static str>, &'static str) {
    match special.doc.split_once("\n--\n\n") {
        Some((signature, doc)) => (Some(signature), doc),
        None => (None, special.doc),
    }
}

/// `__doc__` of a slot wrapper.
pub fn special_doc(vm: &Vm, special: &'static Special) -> R {
    Ok(vm.str(split_special(special).1).value())
}

/// `__text_signature__` of a slot wrapper.
pub fn special_signature(vm: &Vm, special: &'static Special) -> R {
    Ok(split_special(special).0.map_or(Value::NONE, |text| Ref::value(vm.str(text))))
}
