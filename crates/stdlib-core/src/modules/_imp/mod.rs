//! `_imp`: what importlib needs of the machine.

use crate::threads::RawRLock;
use object::{
    Code, Field, Kind, Module, ModuleDef, NativeData, R, Raised, Ref, Tracer, TypeDef, TypeId, Value, ValueExt, Vm,
    natives,
};

natives! { static FUNCTIONS: {
    /// Acquires the interpreter's import lock for the current thread.
    "acquire_lock($module, /)" => acquire_lock;
    /// Release the interpreter's import lock.
    "release_lock($module, /)" => release_lock;
    /// Return True if the import lock is currently held, else False.
    "lock_held($module, /)" => lock_held;
    /// Returns True if the module name corresponds to a built-in module.
    "is_builtin($module, name, /)" => is_builtin;
    /// Create an extension module.
    "create_builtin($module, spec, /)" => create_builtin;
    /// Initialize a built-in module.
    "exec_builtin($module, mod, /)" => exec_builtin;
    /// Create an extension module.
    "create_dynamic($module, spec, file=<unrepresentable>, /)" => create_dynamic;
    /// Initialize an extension module.
    "exec_dynamic($module, mod, /)" => exec_dynamic;
    /// Returns the list of file suffixes used to identify extension modules.
    "extension_suffixes($module, /)" => extension_suffixes;
    /// Return info about the corresponding frozen module (if there is one) or None.
    "find_frozen($module, name, /, *, withdata=False)" => find_frozen;
    /// Create a code object for a frozen module.
    "get_frozen_object($module, name, data=None, /)" => get_frozen_object;
    /// Initializes a frozen module.
    "init_frozen($module, name, /)" => init_frozen;
    /// Returns True if the module name corresponds to a frozen module.
    "is_frozen($module, name, /)" => is_frozen;
    /// Returns True if the module name is of a frozen package.
    "is_frozen_package($module, name, /)" => is_frozen_package;
    /// Returns the list of available frozen modules.
    "_frozen_module_names($module, /)" => extension_suffixes;
    /// (internal-only) Override PyConfig.use_frozen_modules.
    "_override_frozen_modules_for_tests($module, override, /)" => override_frozen;
    /// (internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.
    "_override_multi_interp_extensions_check($module, override, /)" => override_multi;
    /// Changes code.co_filename to specify the passed-in file path.
    "_fix_co_filename($module, code, path, /)" => fix_co_filename;
    "source_hash($module, /, key, source)" => source_hash;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_imp",
    doc: "(Extremely) low-level import machinery bits as used by importlib.",
    functions: &[FUNCTIONS],
    exec,
};

/// The first four bytes of our `.pyc` files, as a number.
pub const MAGIC: u32 = 0x0A0D_0000 | (27_100 + bytecode::FORMAT_VERSION);

struct ImportLock(RawRLock);

impl NativeData for ImportLock {
    fn trace(&self, _: &mut Tracer) {}
}

static LOCK_TYPE: TypeDef = TypeDef { name: "_ImportLock", module: "_imp", kind: Kind::NATIVE, ..TypeDef::DEFAULT };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_value(module, "check_hash_based_pycs", vm.str(vm.config.check_hash_pycs));
    vm.add_value(module, "pyc_magic_number_token", vm.int(MAGIC as i64));
    let class = vm.make_type(&LOCK_TYPE);
    vm.set_state("_imp.lock", vm.native(class, ImportLock(RawRLock::default())).value());
    Ok(())
}

fn lock(vm: &Vm) -> Result<Ref<object::Native<ImportLock>>, Raised> {
    let lock = vm.state_value("_imp.lock").and_then(|lock| vm.as_native::<ImportLock>(lock));
    lock.ok_or_else(|| vm.system_error("_imp is not set up"))
}

/// In a new process: a lock that another thread had is free.
pub fn after_fork(vm: &Vm) {
    if let Some(lock) = vm.state_value("_imp.lock").and_then(|lock| vm.as_native::<ImportLock>(lock))
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
    if lock(vm)?.0.unlock() { Ok(Value::NONE) } else { Err(vm.runtime_error("not holding the import lock")) }
}

fn lock_held(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::bool(lock(vm)?.0.is_locked()))
}

fn find(vm: &Vm, name: &str) -> Option<&'static ModuleDef> {
    vm.native_modules.get().iter().flat_map(|table| table.iter()).copied().find(|def| def.name == name)
}

fn name_arg(vm: &Vm, name: Value, function: &str) -> Result<String, Raised> {
    match vm.as_str(name) {
        Some(name) => Ok(name.to_string_lossy()),
        None => {
            let text = format!("{function}() argument must be str, not {}", vm.type_name(name));
            Err(vm.type_error(text))
        }
    }
}

fn is_builtin(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let name = name_arg(vm, *name, "is_builtin")?;
    Ok(vm.int(match name.as_str() {
        "sys" | "builtins" => -1,
        _ => find(vm, &name).is_some() as i64,
    }))
}

fn create_builtin(vm: &Vm, [_, spec]: &[Value; 2]) -> R {
    let name = vm.getattr(*spec, vm.names.name)?;
    let text = name_arg(vm, name, "create_builtin")?;
    if matches!(text.as_str(), "sys" | "builtins") {
        let known = vm.modules_dict().get_str(vm, vm.intern(&text));
        return Ok(known.unwrap_or(Value::NONE));
    }
    match find(vm, &text) {
        Some(def) => Ok(vm.module(def.name, (!def.doc.is_empty()).then_some(def.doc)).value()),
        None => Ok(Value::NONE),
    }
}

fn exec_builtin(vm: &Vm, [_, module]: &[Value; 2]) -> R {
    let Some(module) = module.cast::<Module>() else { return Ok(vm.int(0)) };
    let name = module.dict().get_str(vm, vm.names.__name__).and_then(|name| vm.as_str(name));
    let Some(def) = name.and_then(|name| find(vm, &name.to_string_lossy())) else { return Ok(vm.int(0)) };
    // A reload finds the module as it is.
    let filled = def.functions.iter().copied().flatten().next();
    if let Some(first) = filled
        && module.dict().get_str(vm, vm.intern(first.name())).is_some()
    {
        return Ok(vm.int(0));
    }
    vm.fill_module(module, def)?;
    Ok(vm.int(0))
}

fn create_dynamic(vm: &Vm, [_, spec, _]: &[Value; 3]) -> R {
    let name = vm.getattr(*spec, vm.names.name)?;
    let text = "extension modules in machine code cannot be loaded";
    Err(vm.import_error(TypeId::ImportError, text, name))
}

fn exec_dynamic(vm: &Vm, [_, _]: &[Value; 2]) -> R {
    Ok(vm.int(0))
}

fn extension_suffixes(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.list(&[]).value())
}

fn find_frozen(vm: &Vm, [_, name, _]: &[Value; 3]) -> R {
    name_arg(vm, *name, "find_frozen")?;
    Ok(Value::NONE)
}

fn no_frozen(vm: &Vm, name: Value, function: &str) -> R {
    let text = name_arg(vm, name, function)?;
    Err(vm.import_error(TypeId::ImportError, format!("No such frozen object named {text}"), name))
}

fn get_frozen_object(vm: &Vm, [_, name, _]: &[Value; 3]) -> R {
    no_frozen(vm, *name, "get_frozen_object")
}

fn init_frozen(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    name_arg(vm, *name, "init_frozen")?;
    Ok(Value::NONE)
}

fn is_frozen(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    name_arg(vm, *name, "is_frozen")?;
    Ok(Value::FALSE)
}

fn is_frozen_package(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    no_frozen(vm, *name, "is_frozen_package")
}

fn override_frozen(_: &Vm, [_, _]: &[Value; 2]) -> R {
    Ok(Value::NONE)
}

fn override_multi(vm: &Vm, [_, _]: &[Value; 2]) -> R {
    Ok(vm.int(0))
}

fn fix_co_filename(vm: &Vm, [_, code, path]: &[Value; 3]) -> R {
    let Some(code) = code.cast::<Code>() else {
        let text = format!("_fix_co_filename() argument 1 must be code, not {}", vm.type_name(*code));
        return Err(vm.type_error(text));
    };
    if vm.as_str(*path).is_none() {
        let text = format!("_fix_co_filename() argument 2 must be str, not {}", vm.type_name(*path));
        return Err(vm.type_error(text));
    }
    let old = code.filename.get();
    if !vm.eq(old, *path)? {
        rename(vm, code, old, *path)?;
    }
    Ok(Value::NONE)
}

fn rename(vm: &Vm, code: Ref<Code>, old: Value, path: Value) -> Result<(), Raised> {
    vm.enter_native()?;
    let filename: &Field = &code.filename;
    if !vm.eq(filename.get(), old)? {
        return Ok(());
    }
    filename.set(vm, code, path);
    for constant in code.consts() {
        if let Some(inner) = constant.cast::<Code>() {
            rename(vm, inner, old, path)?;
        }
    }
    Ok(())
}

fn source_hash(vm: &Vm, [_, key, source]: &[Value; 3]) -> R {
    let key = vm.index_i64(*key)?;
    let keys = base::hash::HashKeys { k0: key as u64, k1: 0 };
    let hash = vm.with_bytes(*source, |bytes| keys.sip13(bytes))?;
    Ok(vm.bytes(&hash.to_le_bytes()).value())
}
