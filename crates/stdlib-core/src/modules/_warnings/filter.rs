//! What is to be done about a warning.

use super::setting;
use object::{Dict, List, Raised, Ref, Tuple, TypeObj, Value, ValueExt, Vm};

/// Was a warning shown before?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Already {
    Yes,
    No,
}

/// Looks a warning up in a registry, which is emptied first if filters changed since it was filled.
pub fn already_warned(vm: &Vm, registry: Ref<Dict>, key: Value, set: bool) -> Result<Already, Raised> {
    let version = vm.state_value("_warnings.version").unwrap_or(Value::NONE);
    let name = vm.intern("version");
    let known = registry.get_str(vm, name);
    if known.is_none_or(|known| known.as_small() != version.as_small() || known.as_small().is_none()) {
        registry.clear(vm);
        registry.insert_str(vm, name, version);
    } else if let Some(value) = registry.get(vm, key)?
        && vm.truthy(value)?
    {
        return Ok(Already::Yes);
    }
    if set {
        registry.insert(vm, key, Value::TRUE)?;
    }
    Ok(Already::No)
}

fn matches(vm: &Vm, pattern: Value, text: Value) -> Result<bool, Raised> {
    if pattern.is_none() {
        return Ok(true);
    }
    if vm.exact_str(pattern).is_some() {
        return vm.eq(pattern, text);
    }
    let result = vm.call_method_str(pattern, "match", &[text])?;
    vm.truthy(result)
}

/// The action of the first filter of a list that matches, with the filter.
fn search(
    vm: &Vm,
    filters: Ref<List>,
    category: Ref<TypeObj>,
    text: Value,
    line: i64,
    module: Value,
    what: &str,
) -> Result<Option<(Value, Value)>, Raised> {
    let mut index = 0;
    while let Some(item) = filters.get(index) {
        let Some(row) = item.cast::<Tuple>().filter(|row| row.len() == 5) else {
            return Err(vm.value_error(format!("{what} item {index} isn't a 5-tuple")));
        };
        let &[action, message, class, pattern, at] = row.items() else { break };
        if vm.as_str(action).is_none() {
            let text = format!("action must be a string, not '{}'", vm.type_name(action));
            return Err(vm.type_error(text));
        }
        let fits = matches(vm, message, text)?
            && vm.is_subclass(category.value(), class)?
            && matches(vm, pattern, module)?
            && match vm.index_i64(at)? {
                0 => true,
                at => at == line,
            };
        if fits {
            return Ok(Some((action, item)));
        }
        index += 1;
    }
    Ok(None)
}

/// The filters of the running context, where there are such.
fn context_filters(vm: &Vm) -> Result<Option<Ref<List>>, Raised> {
    let module = vm.state_value("_warnings").and_then(|module| module.cast::<object::Module>());
    let variable = module.and_then(|module| module.dict().get_str(vm, vm.intern("_warnings_context")));
    let Some(variable) = variable else { return Ok(None) };
    if vm.thread().context.get().is_none() {
        return Ok(None);
    }
    let context = vm.call_method(variable, vm.names.get, &[Value::NONE])?;
    if context.is_none() {
        return Ok(None);
    }
    let filters = vm.getattr_str(context, "_filters")?;
    match filters.cast::<List>() {
        Some(filters) => Ok(Some(filters)),
        None => Err(vm.value_error("_filters of warnings._warnings_context must be a list")),
    }
}

/// The action for a warning, and the filter that says so.
pub fn find_action(
    vm: &Vm,
    category: Ref<TypeObj>,
    text: Value,
    line: i64,
    module: Value,
) -> Result<(Value, Value), Raised> {
    if let Some(filters) = context_filters(vm)?
        && let Some(found) = search(vm, filters, category, text, line, module, "context filters")?
    {
        return Ok(found);
    }
    let filters = setting(vm, "filters", "filters")?;
    let Some(filters) = filters.cast::<List>() else {
        return Err(vm.value_error("_warnings.filters must be a list"));
    };
    if let Some(found) = search(vm, filters, category, text, line, module, "_warnings.filters")? {
        return Ok(found);
    }
    let action = setting(vm, "defaultaction", "_defaultaction")?;
    if vm.as_str(action).is_none() {
        let text = format!("_warnings.defaultaction must be a string, not '{}'", vm.type_name(action));
        return Err(vm.type_error(text));
    }
    Ok((action, Value::NONE))
}
