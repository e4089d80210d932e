//! `__import__` and the import statements: finding modules is importlib's work, what is here is names, packages and the
//! errors about them.

use base::text::Wtf8;
use object::{Dict, Module, NativeFunction, R, Raised, Ref, Str, TypeId, Value, ValueExt, Vm};

pub(super) fn dunder_import(vm: &Vm, [name, globals, _locals, fromlist, level]: &[Value; 5]) -> R {
    let level = vm.index_i32(*level)?;
    let Some(name) = vm.as_str(*name) else { return Err(vm.type_error("module name must be a string")) };
    let fromlist = if fromlist.is_unbound() { Value::NONE } else { *fromlist };
    import_module_level(vm, name, *globals, fromlist, level as i64)
}

/// The statement import: calls `__import__` of the running frame's builtins.
pub fn import_name(vm: &Vm, name: Ref<Str>, globals: Ref<Dict>, fromlist: Value, level: i64) -> R {
    let (builtins, locals) = match vm.thread().current() {
        Some(frame) => (frame.builtins, frame.locals.or_none()),
        None => (vm.builtins_dict(), Value::NONE),
    };
    import_name_in(vm, builtins, name, globals, locals, fromlist, level)
}

/// The same with the namespaces of a frame.
pub fn import_name_in(
    vm: &Vm,
    builtins: Ref<Dict>,
    name: Ref<Str>,
    globals: Ref<Dict>,
    locals: Value,
    fromlist: Value,
    level: i64,
) -> R {
    let Some(function) = vm.builtin_in(builtins, vm.names.__import__)? else {
        return Err(vm.import_error(TypeId::ImportError, "__import__ not found", Value::NONE));
    };
    let ours = function.cast::<NativeFunction>().is_some_and(|function| {
        matches!(function.def.body, object::native::Body::Bound(_)) && function.def.name() == "__import__"
    });
    if ours {
        return import_module_level(vm, name, globals.value(), fromlist, level);
    }
    vm.call(function, &[name.value(), globals.value(), locals, fromlist, vm.int(level)])
}

/// A module of `sys.modules`, unless None stands there.
fn loaded(vm: &Vm, name: Ref<Str>) -> Result<Option<Value>, Raised> {
    let found = vm.modules_dict().get_str(vm, name);
    Ok(found.filter(|module| !module.is_none()))
}

fn importlib(vm: &Vm) -> Option<Value> {
    vm.state_value("importlib").or_else(|| vm.modules_dict().get_str(vm, vm.intern("_frozen_importlib")))
}

/// `__import__` as it was at start-up, whatever programs put in its place.
fn import_function(vm: &Vm) -> Value {
    vm.state_value("import_func").unwrap_or(Value::NONE)
}

/// Waits for a module that another thread is initialising.
fn ensure_initialized(vm: &Vm, module: Value, name: Ref<Str>) -> Result<(), Raised> {
    let spec = match module.cast::<Module>() {
        Some(module) => module.dict().get_str(vm, vm.names.__spec__),
        None => vm.getattr_opt(module, vm.names.__spec__)?,
    };
    if let Some(spec) = spec
        && is_initializing(vm, spec)?
        && let Some(importlib) = importlib(vm)
    {
        vm.call_method_str(importlib, "_lock_unlock_module", &[name.value()])?;
    }
    Ok(())
}

fn is_initializing(vm: &Vm, spec: Value) -> Result<bool, Raised> {
    if spec.is_none() {
        return Ok(false);
    }
    match vm.getattr_opt(spec, vm.names._initializing)? {
        Some(value) => vm.truthy(value),
        None => Ok(false),
    }
}

fn find_and_load(vm: &Vm, name: Ref<Str>) -> R {
    let Some(importlib) = importlib(vm) else {
        let text = format!("No module named '{}'", name.to_string_lossy());
        return Err(vm.import_error(TypeId::ModuleNotFoundError, text, name.value()));
    };
    let import = vm.builtins_dict().get_str(vm, vm.names.__import__).unwrap_or(Value::NONE);
    super::import_traceback::trim(vm, vm.call_method(importlib, vm.names._find_and_load, &[name.value(), import]))
}

/// The module of an absolute name.
fn import_absolute(vm: &Vm, name: Ref<Str>) -> R {
    match loaded(vm, name)? {
        Some(module) => {
            ensure_initialized(vm, module, name)?;
            Ok(module)
        }
        None => find_and_load(vm, name),
    }
}

fn import_module_level(vm: &Vm, name: Ref<Str>, globals: Value, fromlist: Value, level: i64) -> R {
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    if vm.state_value("sys.finalizing") == Some(Value::TRUE) && vm.thread().native_imports.get() == 0 {
        // CPython has emptied `sys.modules` by then. What reports errors may still be loaded.
        let text = "sys.meta_path is None, Python is likely shutting down";
        return Err(vm.import_error(TypeId::ImportError, text, Value::NONE));
    }
    let absolute = if level > 0 {
        resolve_name(vm, name, globals, level as usize)?
    } else if name.is_empty() {
        return Err(vm.value_error("Empty module name"));
    } else {
        name
    };
    let module = import_absolute(vm, absolute)?;
    if !fromlist.is_none() && vm.truthy(fromlist)? {
        if vm.getattr_opt(module, vm.names.__path__)?.is_none() {
            return Ok(module);
        }
        let Some(importlib) = importlib(vm) else { return Ok(module) };
        return vm.call_method(importlib, vm.names._handle_fromlist, &[module, fromlist, import_function(vm)]);
    }
    if level > 0 && name.is_empty() {
        return Ok(module);
    }
    let Some(dot) = name.as_bytes().iter().position(|byte| *byte == b'.') else { return Ok(module) };
    if level == 0 {
        let front = vm.intern_wtf8(&name.text()[..dot]);
        return import_absolute(vm, front);
    }
    // The part of the absolute name that the first part of the relative one stands for.
    let cut = absolute.text().len() - (name.text().len() - dot);
    let front = vm.intern_wtf8(&absolute.text()[..cut]);
    match loaded(vm, front)? {
        Some(module) => Ok(module),
        None => {
            let shown = vm.repr(front.value())?.to_string_lossy();
            Err(vm.key_error(vm.str(&format!("{shown} not in sys.modules as expected")).value()))
        }
    }
}

fn no_parent(vm: &Vm) -> Raised {
    vm.import_error(TypeId::ImportError, "attempted relative import with no known parent package", Value::NONE)
}

/// The package that relative names start from.
fn calculate_package(vm: &Vm, globals: Ref<Dict>) -> Result<Option<Ref<Str>>, Raised> {
    let package = globals.get_str(vm, vm.names.__package__).filter(|package| !package.is_none());
    let spec = globals.get_str(vm, vm.names.__spec__).filter(|spec| !spec.is_none());
    if let Some(package) = package {
        let Some(text) = vm.as_str(package) else { return Err(vm.type_error("package must be a string")) };
        if let Some(spec) = spec {
            let parent = vm.getattr_str(spec, "parent")?;
            if !vm.eq(package, parent)? {
                vm.warn(TypeId::DeprecationWarning, "__package__ != __spec__.parent", 1)?;
            }
        }
        return Ok(Some(text));
    }
    if let Some(spec) = spec {
        let parent = vm.getattr_str(spec, "parent")?;
        return match vm.as_str(parent) {
            Some(parent) => Ok(Some(parent)),
            None => Err(vm.type_error("__spec__.parent must be a string")),
        };
    }
    vm.warn(
        TypeId::ImportWarning,
        "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
        1,
    )?;
    let Some(name) = globals.get_str(vm, vm.names.__name__) else {
        return Err(vm.key_error(vm.str("'__name__' not in globals").value()));
    };
    let Some(name) = vm.as_str(name) else { return Err(vm.type_error("__name__ must be a string")) };
    if globals.get_str(vm, vm.names.__path__).is_some() {
        return Ok(Some(name));
    }
    match name.text().rfind(Wtf8::from_str(".")) {
        Some(dot) => Ok(Some(vm.str_wtf8(&name.text()[..dot]))),
        None => Ok(None),
    }
}

/// The absolute name of a relative one.
fn resolve_name(vm: &Vm, name: Ref<Str>, globals: Value, level: usize) -> Result<Ref<Str>, Raised> {
    if globals.is_none() {
        return Err(vm.key_error(vm.str("'__name__' not in globals").value()));
    }
    let Some(globals) = globals.cast::<Dict>() else { return Err(vm.type_error("globals must be a dict")) };
    let package = match calculate_package(vm, globals)? {
        Some(package) if !package.is_empty() => package,
        _ => return Err(no_parent(vm)),
    };
    let mut base = package.text();
    for _ in 1..level {
        match base.rfind(Wtf8::from_str(".")) {
            Some(dot) => base = &base[..dot],
            None => {
                return Err(vm.import_error(
                    TypeId::ImportError,
                    "attempted relative import beyond top-level package",
                    Value::NONE,
                ));
            }
        }
    }
    if name.is_empty() {
        return Ok(vm.intern_wtf8(base));
    }
    let mut text = base.to_wtf8_buf();
    text.push_str(".");
    text.push_wtf8(name.text());
    Ok(vm.intern_wtf8(&text))
}

/// `from module import name`
pub fn import_from(vm: &Vm, module: Value, name: Ref<Str>) -> R {
    if let Some(value) = vm.getattr_opt(module, name)? {
        return Ok(value);
    }
    // A submodule that is being imported is not an attribute of its package yet.
    let package = vm.getattr_opt(module, vm.names.__name__)?.and_then(|package| vm.as_str(package));
    if let Some(package) = package {
        let mut full = package.text().to_wtf8_buf();
        full.push_str(".");
        full.push_wtf8(name.text());
        if let Some(found) = vm.modules_dict().get_str(vm, vm.str_wtf8(&full)) {
            return Ok(found);
        }
    }
    Err(cannot_import(vm, module, name, package)?)
}

/// The file that a module's spec says it was loaded from.
pub(crate) fn file_origin(vm: &Vm, spec: Value) -> Result<Option<Ref<Str>>, Raised> {
    let has_location = match vm.getattr_opt(spec, vm.intern("has_location"))? {
        Some(value) => vm.truthy(value)?,
        None => false,
    };
    if !has_location {
        return Ok(None);
    }
    Ok(vm.getattr_opt(spec, vm.intern("origin"))?.and_then(|origin| vm.as_str(origin)))
}

/// Does a file lie where scripts are started, so that it may hide a module of the same name?
pub(crate) fn may_shadow(vm: &Vm, origin: Option<Ref<Str>>) -> bool {
    let Some(origin) = origin.filter(|_| !vm.config.safe_path) else { return false };
    let path = origin.to_string_lossy();
    let mut root = std::path::Path::new(&path);
    if root.file_name().is_some_and(|name| name == "__init__.py") {
        root = root.parent().unwrap_or(root);
    }
    let root = root.parent().unwrap_or(root);
    let Some(first) = vm.state_value("sys_path_0").and_then(|first| vm.as_str(first)) else { return false };
    let first = first.to_string_lossy();
    if first.is_empty() {
        return std::env::current_dir().is_ok_and(|dir| dir == root);
    }
    std::path::Path::new(&first) == root
}

/// Is it the name of a module of the standard library?
pub(crate) fn is_stdlib_name(vm: &Vm, name: Value) -> Result<bool, Raised> {
    match vm.sys_attr("stdlib_module_names") {
        Some(names) if names.cast::<object::Set>().is_some() => vm.contains(names, name),
        _ => Ok(false),
    }
}

fn cannot_import(vm: &Vm, module: Value, name: Ref<Str>, package: Option<Ref<Str>>) -> Result<Raised, Raised> {
    let shown = vm.repr(name.value())?.to_string_lossy();
    let package_value = package.map_or(Value::NONE, Ref::value);
    let module_shown = match package {
        Some(package) => vm.repr(package.value())?.to_string_lossy(),
        None => String::from("'<unknown module name>'"),
    };
    let spec = vm.getattr_opt(module, vm.names.__spec__)?.filter(|spec| !spec.is_none());
    let origin = match spec {
        Some(spec) => file_origin(vm, spec)?,
        None => None,
    };
    let shadows = may_shadow(vm, origin);
    let origin_text = origin.map_or_else(String::new, |origin| origin.to_string_lossy());
    let origin_value = origin.map_or(Value::NONE, Ref::value);
    let text = if shadows && is_stdlib_name(vm, package_value)? {
        let file = vm.repr(origin_value)?.to_string_lossy();
        format!(
            "cannot import name {shown} from {module_shown} (consider renaming {file} since it has the same name as the \
             standard library module named {module_shown} and prevents importing that standard library module)"
        )
    } else if let Some(spec) = spec
        && is_initializing(vm, spec)?
    {
        if shadows {
            let file = vm.repr(origin_value)?.to_string_lossy();
            format!(
                "cannot import name {shown} from {module_shown} (consider renaming {file} if it has the same name as a \
                 library you intended to import)"
            )
        } else if origin.is_some() {
            format!(
                "cannot import name {shown} from partially initialized module {module_shown} (most likely due to a \
                 circular import) ({origin_text})"
            )
        } else {
            format!(
                "cannot import name {shown} from partially initialized module {module_shown} (most likely due to a \
                 circular import)"
            )
        }
    } else if origin.is_some() {
        format!("cannot import name {shown} from {module_shown} ({origin_text})")
    } else {
        format!("cannot import name {shown} from {module_shown} (unknown location)")
    };
    let text = vm.str(&text).value();
    let class = vm.types[TypeId::ImportError].value();
    let keywords = [("name", package_value), ("path", origin_value), ("name_from", name.value())];
    let exception = vm.call_keywords(class, &[text], &keywords)?;
    Ok(vm.raise_value(exception))
}
