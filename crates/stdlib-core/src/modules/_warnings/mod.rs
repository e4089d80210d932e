//! `_warnings`: warnings and their filters. What programs changed in the module `warnings` counts, once that is imported.

mod filter;
mod show;

use crate::threads::RawRLock;
use filter::{Already, already_warned, find_action};
use object::{
    Dict, Exception, Kind, Module, ModuleDef, NativeData, R, Raised, Ref, Tracer, Tuple, TypeDef, TypeId, TypeObj,
    Value, ValueExt, Vm, natives,
};

natives! { static FUNCTIONS: {
    /// Issue a warning, or maybe ignore it or raise an exception.
    "warn($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())" => warn;
    /// Issue a warning, or maybe ignore it or raise an exception.
    "warn_explicit($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)" => warn_explicit;
    "_filters_mutated_lock_held($module, /)" => filters_mutated;
    "_acquire_lock($module, /)" => acquire_lock;
    "_release_lock($module, /)" => release_lock;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: &[FUNCTIONS],
    exec,
};

struct Lock(RawRLock);

impl NativeData for Lock {
    fn trace(&self, _: &mut Tracer) {}
}

static LOCK_TYPE: TypeDef = TypeDef { name: "_Lock", module: "_warnings", kind: Kind::NATIVE, ..TypeDef::DEFAULT };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let filters = vm.list(&[]);
    let rows = [
        ("default", TypeId::DeprecationWarning, Some("__main__")),
        ("ignore", TypeId::DeprecationWarning, None),
        ("ignore", TypeId::PendingDeprecationWarning, None),
        ("ignore", TypeId::ImportWarning, None),
        ("ignore", TypeId::ResourceWarning, None),
    ];
    for (action, category, name) in rows {
        let name = name.map_or(Value::NONE, |name| vm.intern(name).value());
        let row = [vm.intern(action).value(), Value::NONE, vm.types[category].value(), name, vm.int(0)];
        filters.push(vm, vm.tuple(&row).value());
    }
    vm.add_value(module, "filters", filters);
    vm.add_value(module, "_defaultaction", vm.intern("default"));
    vm.add_value(module, "_onceregistry", vm.dict());
    let context = vm.import_from("_contextvars", "ContextVar")?;
    let context = vm.call(context, &[vm.str("_warnings_context").value()])?;
    vm.add_value(module, "_warnings_context", context);
    vm.set_state("_warnings", module.value());
    vm.set_state("_warnings.version", vm.int(0));
    let class = vm.make_type(&LOCK_TYPE);
    vm.set_state("_warnings.lock", vm.native(class, Lock(RawRLock::default())).value());
    for name in ["warn", "warn_explicit"] {
        if let Some(function) = module.dict().get_str(vm, vm.intern(name)) {
            vm.set_state(name, function);
        }
    }
    Ok(())
}

fn filters_mutated(vm: &Vm, [_]: &[Value; 1]) -> R {
    if !lock(vm)?.0.is_owned() {
        return Err(vm.runtime_error("warnings._filters_mutated_lock_held() called with no lock held"));
    }
    let version = vm.state_value("_warnings.version").and_then(|version| version.as_small()).unwrap_or(0);
    vm.set_state("_warnings.version", vm.int(version + 1));
    Ok(Value::NONE)
}

fn lock(vm: &Vm) -> Result<Ref<object::Native<Lock>>, Raised> {
    let lock = vm.state_value("_warnings.lock").and_then(|lock| vm.as_native(lock));
    lock.ok_or_else(|| vm.system_error("_warnings is not set up"))
}

/// In a new process: a lock that another thread had is free.
pub fn after_fork(vm: &Vm) {
    if let Some(lock) = vm.state_value("_warnings.lock").and_then(|lock| vm.as_native::<Lock>(lock))
        && !lock.0.is_owned()
    {
        lock.0.reset();
    }
}

fn acquire_lock(vm: &Vm, [_]: &[Value; 1]) -> R {
    lock(vm)?.0.lock(vm, true, None)?;
    Ok(Value::NONE)
}

fn release_lock(vm: &Vm, [_]: &[Value; 1]) -> R {
    if lock(vm)?.0.unlock() { Ok(Value::NONE) } else { Err(vm.runtime_error("cannot release un-acquired lock")) }
}

/// A name of `warnings`, or of this module where that is not imported or has none.
fn attribute(vm: &Vm, name: &str, import: bool) -> Result<Option<Value>, Raised> {
    let known = vm.modules_dict().get_str(vm, vm.intern("warnings"));
    let module = match known {
        Some(module) if !module.is_none() => module,
        _ if import && vm.state_value("sys.finalizing") != Some(Value::TRUE) => match vm.import("warnings") {
            Ok(module) => module,
            Err(raised) => {
                vm.catch(raised, TypeId::ImportError)?;
                return Ok(None);
            }
        },
        _ => return Ok(None),
    };
    vm.getattr_opt(module, vm.intern(name))
}

/// The same, with what this module has instead.
fn setting(vm: &Vm, name: &str, own: &str) -> Result<Value, Raised> {
    let kept = format!("_warnings.kept.{own}");
    if let Some(value) = attribute(vm, name, false)? {
        vm.set_state(&kept, value);
        return Ok(value);
    }
    // A name that was deleted counts as it was seen last.
    if let Some(value) = vm.state_value(&kept) {
        return Ok(value);
    }
    let module = vm.state_value("_warnings").and_then(|module| module.cast::<Module>());
    let value = module.and_then(|module| module.dict().get_str(vm, vm.intern(own)));
    value.ok_or_else(|| vm.value_error(format!("_warnings.{own} is missing")))
}

fn category_arg(vm: &Vm, message: Value, category: Value) -> Result<Ref<TypeObj>, Raised> {
    let class = if vm.is_a(message, TypeId::Warning) {
        vm.type_of(message).value()
    } else if category.is_none() {
        vm.types[TypeId::UserWarning].value()
    } else {
        category
    };
    match class.cast::<TypeObj>() {
        Some(class) if class.is_subclass(vm.types[TypeId::Warning]) => Ok(class),
        Some(class) => {
            let shown = vm.repr(class.value())?.to_string_lossy();
            let shown = shown.trim_start_matches("<class '").trim_end_matches("'>").to_string();
            Err(vm.type_error(format!("category must be a Warning subclass, not class '{shown}'")))
        }
        None => {
            let name = vm.type_name(category);
            Err(vm.type_error(format!("category must be a Warning subclass, not '{name}'")))
        }
    }
}

/// Is it a frame of the import system, which warnings look through?
fn is_internal(file: &[u8]) -> bool {
    let contains = |needle: &[u8]| file.windows(needle.len()).any(|window| window == needle);
    contains(b"importlib") && contains(b"_bootstrap")
}

/// The file, line and globals that a warning is about.
struct Place {
    globals: Ref<Dict>,
    file: Value,
    line: u32,
}

fn place(vm: &Vm, level: i64, prefixes: Ref<Tuple>) -> Result<Place, Raised> {
    let frames = vm.thread().frames();
    let file = |index: usize| frames[index].code.filename.get();
    let bytes = |value: Value| {
        vm.as_str(value).map_or(&[][..], |text| {
            // SAFETY: the file name of a frame's code lives while the frame does.
            unsafe { &*(text.as_bytes() as *const [u8]) }
        })
    };
    let skipped = |index: usize| {
        let name = bytes(file(index));
        prefixes
            .items()
            .iter()
            .any(|prefix| vm.as_str(*prefix).is_some_and(|prefix| name.starts_with(prefix.as_bytes())))
    };
    let external = |mut at: Option<usize>| {
        while let Some(index) = at {
            at = index.checked_sub(1);
            match at {
                Some(next) if is_internal(bytes(file(next))) || skipped(next) => {}
                _ => break,
            }
        }
        at
    };
    let mut at = frames.len().checked_sub(1);
    let mut level = level;
    let plain = level <= 0 || at.is_some_and(|index| is_internal(bytes(file(index))));
    if plain {
        while level > 1 && at.is_some() {
            level -= 1;
            at = at.and_then(|index| index.checked_sub(1));
        }
    } else {
        while level > 1 && at.is_some() {
            level -= 1;
            at = external(at);
        }
    }
    Ok(match at {
        Some(index) => Place { globals: frames[index].globals, file: file(index), line: frames[index].line() },
        None => Place { globals: vm.sys_dict(), file: vm.str("<sys>").value(), line: 0 },
    })
}

fn warn(vm: &Vm, [_, message, category, level, source, prefixes]: &[Value; 6]) -> R {
    let category = category_arg(vm, *message, *category)?;
    let mut level = vm.index_i64(*level)?;
    let prefixes = match prefixes.bound() {
        None => vm.tuple(&[]),
        Some(prefixes) => {
            let Some(prefixes) = vm.as_tuple(prefixes) else {
                let name = vm.type_name(prefixes);
                return Err(vm.type_error(format!("warn() argument 'skip_file_prefixes' must be tuple, not {name}")));
            };
            for prefix in prefixes.items() {
                if vm.as_str(*prefix).is_none() {
                    let name = vm.type_name(*prefix);
                    return Err(vm.type_error(format!("Found non-str '{name}' in skip_file_prefixes.")));
                }
            }
            prefixes
        }
    };
    if !prefixes.is_empty() && level < 2 {
        level = 2;
    }
    let place = place(vm, level, prefixes)?;
    let name = vm.intern("__warningregistry__");
    let registry = match place.globals.get_str(vm, name) {
        Some(registry) => registry,
        None => {
            let registry = vm.dict().value();
            place.globals.insert_str(vm, name, registry);
            registry
        }
    };
    let module = match place.globals.get_str(vm, vm.names.__name__) {
        Some(module) if module.is_none() || vm.as_str(module).is_some() => module,
        _ => vm.str("<string>").value(),
    };
    issue(
        vm,
        Warning {
            category,
            message: *message,
            file: place.file,
            line: place.line as i64,
            module,
            registry,
            source_line: Value::NONE,
            source: *source,
        },
    )
}

/// A warning that is to be judged.
struct Warning {
    category: Ref<TypeObj>,
    message: Value,
    file: Value,
    line: i64,
    module: Value,
    registry: Value,
    source_line: Value,
    source: Value,
}

/// The module that a file holds, by its name.
fn module_of(vm: &Vm, file: Value) -> Value {
    let Some(text) = vm.as_str(file) else { return vm.str("<unknown>").value() };
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return vm.str("<unknown>").value();
    }
    match bytes.strip_suffix(b".py") {
        Some(_) => vm.substr(text, 0..bytes.len() - 3).value(),
        None => file,
    }
}

fn issue(vm: &Vm, warning: Warning) -> R {
    if warning.module.is_none() {
        return Ok(Value::NONE);
    }
    let registry = if warning.registry.is_none() {
        None
    } else {
        match warning.registry.cast::<Dict>() {
            Some(registry) => Some(registry),
            None => return Err(vm.type_error("'registry' must be a dict or None")),
        }
    };
    let is_warning = vm.is_a(warning.message, TypeId::Warning);
    let (text, message, category) = if is_warning {
        (vm.to_str(warning.message)?.value(), warning.message, vm.type_of(warning.message))
    } else {
        (warning.message, vm.call(warning.category.value(), &[warning.message])?, warning.category)
    };
    let line = vm.int(warning.line);
    let key = vm.tuple(&[text, category.value(), line]).value();
    if let Some(registry) = registry
        && already_warned(vm, registry, key, false)? == Already::Yes
    {
        return Ok(Value::NONE);
    }
    let (action, item) = find_action(vm, category, text, warning.line, warning.module)?;
    let action_text = vm.as_str(action).map_or_else(String::new, |action| action.to_string_lossy());
    if action_text == "error" {
        return Err(match message.cast::<Exception>() {
            Some(_) => vm.raise_value(message),
            None => vm.raise_call(category.value(), &[message]),
        });
    }
    if action_text == "ignore" {
        return Ok(Value::NONE);
    }
    let mut already = Already::No;
    if action_text != "always" && action_text != "all" {
        if let Some(registry) = registry {
            registry.insert(vm, key, Value::TRUE)?;
        }
        match action_text.as_str() {
            "once" => {
                let once = match registry {
                    Some(registry) => registry,
                    None => {
                        let once = setting(vm, "onceregistry", "_onceregistry")?;
                        match once.cast::<Dict>() {
                            Some(once) => once,
                            None => {
                                let name = vm.type_name(once);
                                let text = format!("_warnings.onceregistry must be a dict, not '{name}'");
                                return Err(vm.type_error(text));
                            }
                        }
                    }
                };
                let key = vm.tuple(&[text, category.value()]).value();
                already = already_warned(vm, once, key, true)?;
            }
            "module" => {
                if let Some(registry) = registry {
                    let key = vm.tuple(&[text, category.value(), vm.int(0)]).value();
                    already = already_warned(vm, registry, key, true)?;
                }
            }
            "default" => {}
            _ => {
                let shown = vm.repr(action)?.to_string_lossy();
                let item = vm.repr(item)?.to_string_lossy();
                let text = format!("Unrecognized action ({shown}) in warnings.filters:\n {item}");
                return Err(vm.runtime_error(text));
            }
        }
    }
    if already == Already::No {
        show::show(vm, category, text, message, &warning)?;
    }
    Ok(Value::NONE)
}

fn warn_explicit(vm: &Vm, args: &[Value; 9]) -> R {
    let [_, message, category, file, line, module, registry, globals, source] = *args;
    if vm.as_str(file).is_none() {
        let text = format!("warn_explicit() argument 'filename' must be str, not {}", vm.type_name(file));
        return Err(vm.type_error(text));
    }
    let line = vm.index_i32(line)? as i64;
    let category = match category.cast::<TypeObj>() {
        _ if vm.is_a(message, TypeId::Warning) => vm.type_of(message),
        Some(class) if class.is_subclass(vm.types[TypeId::Warning]) => class,
        _ => category_arg(vm, message, category)?,
    };
    let mut source_line = Value::NONE;
    if !globals.is_none() {
        let Some(globals) = globals.cast::<Dict>() else {
            let text = format!("module_globals must be a dict, not '{}'", vm.type_name(globals));
            return Err(vm.type_error(text));
        };
        source_line = show::source_line(vm, globals, line)?;
    }
    let module = if module.is_unbound() { module_of(vm, file) } else { module };
    issue(vm, Warning { category, message, file, line, module, registry, source_line, source })
}
