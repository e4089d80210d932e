//! The error for a missing attribute of a module, with a hint at what went wrong.

use ::object::{List, Module, Raised, Ref, Str, Value, ValueExt, Vm};
use std::path::Path;

/// The AttributeError for a missing attribute of a module.
#[cold]
pub fn missing_attribute(vm: &Vm, module: Ref<Module>, name: Ref<Str>) -> Raised {
    let text = match text(vm, module, name) {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    vm.attribute_error(text, module.value(), name.value())
}

fn text(vm: &Vm, module: Ref<Module>, name: Ref<Str>) -> Result<String, Raised> {
    let attr = name.to_string_lossy();
    let dict = module.dict();
    let Some(own_name) = dict.get_str(vm, vm.names.__name__).and_then(|name| vm.as_str(name)) else {
        return Ok(format!("module has no attribute '{attr}'"));
    };
    let own = own_name.to_string_lossy();
    let plain = format!("module '{own}' has no attribute '{attr}'");
    let Some(spec) = dict.get_str(vm, vm.names.__spec__).filter(|spec| !spec.is_none()) else { return Ok(plain) };
    let origin = origin(vm, spec)?;
    let shadowing = origin.as_deref().is_some_and(|origin| is_first_on_path(vm, origin));
    if shadowing
        && let Some(names) = vm.sys_attr("stdlib_module_names")
        && vm.contains(names, own_name.value())?
    {
        let file = origin.unwrap_or_default();
        return Ok(format!(
            "{plain} (consider renaming '{file}' since it has the same name as the standard library module named '{own}' \
             and prevents importing that standard library module)"
        ));
    }
    let initializing = match vm.getattr_opt(spec, vm.names._initializing)? {
        Some(value) => vm.truthy(value)?,
        None => false,
    };
    if initializing {
        return Ok(match origin {
            Some(file) if shadowing => format!(
                "{plain} (consider renaming '{file}' if it has the same name as a library you intended to import)"
            ),
            Some(file) => format!(
                "partially initialized module '{own}' from '{file}' has no attribute '{attr}' (most likely due to a \
                 circular import)"
            ),
            None => format!(
                "partially initialized module '{own}' has no attribute '{attr}' (most likely due to a circular import)"
            ),
        });
    }
    if let Some(submodules) = vm.getattr_opt(spec, vm.names._uninitialized_submodules)?
        && vm.contains(submodules, name.value())?
    {
        return Ok(format!(
            "cannot access submodule '{attr}' of module '{own}' (most likely due to a circular import)"
        ));
    }
    Ok(plain)
}

/// The file of a module that comes from one.
fn origin(vm: &Vm, spec: Value) -> Result<Option<String>, Raised> {
    match vm.getattr_opt(spec, vm.intern("has_location"))? {
        Some(located) if vm.truthy(located)? => {}
        _ => return Ok(None),
    }
    let origin = vm.getattr_opt(spec, vm.intern("origin"))?;
    Ok(origin.and_then(|origin| vm.as_str(origin)).map(|origin| origin.to_string_lossy()))
}

/// Does a file lie in the folder of the script, where it hides modules of the same name?
fn is_first_on_path(vm: &Vm, origin: &str) -> bool {
    if vm.config.safe_path {
        return false;
    }
    let mut folder = Path::new(origin).parent();
    if Path::new(origin).file_name().is_some_and(|file| file == "__init__.py") {
        folder = folder.and_then(Path::parent);
    }
    let path = vm.sys_attr("path").and_then(|path| path.cast::<List>());
    let Some(first) = path.and_then(|path| path.get(0)).and_then(|first| vm.as_str(first)) else { return false };
    let first = first.to_string_lossy();
    let Some(folder) = folder else { return false };
    if first.is_empty() {
        return std::env::current_dir().is_ok_and(|current| current == folder);
    }
    Path::new(&first) == folder
}
