//! Start-up: types, native modules, importlib, streams, site.

use crate::{compile, frozen, paths};
use object::{Config, Hooks, Raised, Value, ValueExt, Vm};

static HOOKS: Hooks = Hooks {
    run_code: interp::run_code,
    call_function: interp::call_function,
    resume: interp::resume,
    visit: interp::visit,
    safepoint,
    compile: compile::compile_source,
};

fn safepoint(vm: &Vm) -> Result<(), Raised> {
    if vm.breaker.load(std::sync::atomic::Ordering::Relaxed) & object::vm::breaker::SIGNAL != 0 {
        stdlib_core::_signal::run_pending_signals(vm)?;
    }
    interp::handle_breaker(vm)
}

static NATIVE_MODULES: &[&[&object::ModuleDef]] = &[
    stdlib_core::MODULES,
    stdlib_os::MODULES,
    stdlib_data::MODULES,
    stdlib_db::MODULES,
    stdlib_numeric::MODULES,
    stdlib_syntax::MODULES,
    stdlib_ctypes::MODULES,
];

/// More than a start allocates: nearly all of it stays, so that a collection would find nothing.
const START: usize = 4 << 20;

/// A new interpreter, ready to import. Its main thread is the calling one.
///
/// # Errors
/// The interpreter, with what was raised.
pub fn new_interpreter(config: Config) -> Result<Box<Vm>, (Box<Vm>, Raised)> {
    let vm = Vm::new(config);
    vm.hooks.set(&HOOKS);
    vm.generic_op.set(interp::generic_op);
    vm.native_modules.set(NATIVE_MODULES);
    vm.heap.postpone(START);
    match initialise(&vm) {
        Ok(()) => {
            vm.heap.postpone(0);
            Ok(vm)
        }
        Err(raised) => Err((vm, raised)),
    }
}

fn native(vm: &Vm, name: &str) -> Result<Value, Raised> {
    match NATIVE_MODULES.iter().copied().flatten().find(|def| def.name == name) {
        Some(def) => frozen::add_native(vm, def),
        None => Err(vm.system_error(format!("native module {name} is missing"))),
    }
}

fn initialise(vm: &Vm) -> Result<(), Raised> {
    builtins::init_types(vm);
    builtins::functions::init_builtins_module(vm);
    let sys = native(vm, "sys")?;
    if let Some(module) = sys.cast::<object::Module>() {
        vm.sys.init(module.dict().value());
    }
    set_paths(vm);
    let imp = native(vm, "_imp")?;
    if let Some(module) = imp.cast::<object::Module>() {
        vm.add_functions(module.dict(), frozen::FUNCTIONS, imp, "_imp");
    }
    native(vm, "_contextvars")?;
    let bootstrap = vm.module("_frozen_importlib", None);
    let code = frozen::code_of(vm, "_frozen_importlib")?;
    vm.modules_dict().insert_str(vm, vm.intern("_frozen_importlib"), bootstrap.value());
    bootstrap.dict().insert_str(vm, vm.names.__builtins__, vm.builtins_dict().value());
    bootstrap.dict().insert_str(vm, vm.intern("__origname__"), vm.intern("importlib._bootstrap").value());
    (vm.hooks.get().run_code)(vm, code, bootstrap.dict(), Value::UNBOUND, Value::UNBOUND)?;
    vm.set_state("importlib", bootstrap.value());
    vm.call_method_str(bootstrap.value(), "_install", &[sys, imp])?;
    frozen::install_sources(vm, bootstrap.value(), imp)?;
    vm.call_method_str(bootstrap.value(), "_install_external_importers", &[])?;
    install_zip_hook(vm)?;
    open_streams(vm)?;
    // Takes over SIGINT.
    import(vm, "_signal")?;
    let main = vm.module("__main__", None);
    let builtins = vm.modules_dict().get_str(vm, vm.names.builtins).unwrap_or(Value::NONE);
    main.dict().insert_str(vm, vm.names.__builtins__, builtins);
    vm.modules_dict().insert_str(vm, vm.names.__main__, main.value());
    let loader = vm.getattr_str(bootstrap.value(), "BuiltinImporter")?;
    main.dict().insert_str(vm, vm.names.__loader__, loader);
    if !vm.config.warn_options.is_empty() {
        import(vm, "warnings")?;
    }
    Ok(())
}

/// Imports `site`, which adds the folders of installed packages to the path.
pub fn import_site(vm: &Vm) -> Result<(), Raised> {
    if vm.config.no_site {
        return Ok(());
    }
    vm.heap.postpone(START);
    import(vm, "site")?;
    vm.heap.postpone(0);
    Ok(())
}

/// Imports a module by its dotted name, and gives it.
pub fn import(vm: &Vm, name: &str) -> object::R {
    let name_value = vm.intern(name).value();
    let import = vm.builtins_dict().get_str(vm, vm.names.__import__).unwrap_or(Value::NONE);
    vm.call(import, &[name_value])?;
    match vm.modules_dict().get(vm, name_value)? {
        Some(module) => Ok(module),
        None => Err(vm.key_error(name_value)),
    }
}

fn set_paths(vm: &Vm) {
    let found = paths::find(&vm.config);
    let sys = vm.sys_dict();
    let set = |name: &str, value: Value| sys.insert_str(vm, vm.intern(name), value);
    let text = |text: &str| vm.str(text).value();
    set("executable", text(&found.executable));
    set("_base_executable", text(&found.base_executable));
    set("prefix", text(&found.prefix));
    set("exec_prefix", text(&found.prefix));
    set("base_prefix", text(&found.base_prefix));
    set("base_exec_prefix", text(&found.base_prefix));
    set("_home", Value::NONE);
    set("platlibdir", text("lib"));
    let stdlib = format!("{}/lib/{}", found.base_prefix, paths::VERSION_DIR);
    set("_stdlib_dir", text(&stdlib));
    let path = vm.list(&[]);
    if !vm.config.ignore_environment
        && let Ok(extra) = std::env::var("PYTHONPATH")
        && !extra.is_empty()
    {
        for entry in extra.split(':') {
            path.push(vm, text(entry));
        }
    }
    path.push(vm, text(&stdlib));
    set("path", path.value());
}

/// Files on the path are zip archives: `zipimport` is imported when one is met.
fn install_zip_hook(vm: &Vm) -> Result<(), Raised> {
    if let Some(hooks) = vm.sys_attr("path_hooks").and_then(|hooks| hooks.cast::<object::List>()) {
        let module = vm.module("_zip_hook", None);
        vm.add_functions(module.dict(), ZIP_HOOK, module.value(), "_zip_hook");
        if let Some(hook) = module.dict().get_str(vm, vm.intern("zip_path_hook")) {
            hooks.insert(vm, 0, hook);
        }
    }
    Ok(())
}

object::natives! { static ZIP_HOOK: {
    /// Path hook for zip archives.
    "zip_path_hook(path, /)" => zip_path_hook;
}}

fn zip_path_hook(vm: &Vm, [path]: &[Value; 1]) -> object::R {
    let is_plain_dir = vm.as_str(*path).is_none_or(|text| {
        let text = text.to_string_lossy();
        text.is_empty() || std::fs::metadata(&text).is_ok_and(|meta| meta.is_dir()) || !has_file_prefix(&text)
    });
    if is_plain_dir {
        return Err(vm.import_error(object::TypeId::ImportError, "not a zip file", Value::NONE));
    }
    let module = import(vm, "zipimport")?;
    let class = vm.getattr_str(module, "zipimporter")?;
    vm.call(class, &[*path])
}

/// Is the path, or one of the folders it names, a file?
fn has_file_prefix(path: &str) -> bool {
    let mut at = Some(std::path::Path::new(path));
    while let Some(path) = at {
        if let Ok(meta) = std::fs::metadata(path) {
            return meta.is_file();
        }
        at = path.parent();
    }
    false
}

fn open_streams(vm: &Vm) -> Result<(), Raised> {
    let io = import(vm, "io")?;
    let open = vm.getattr_str(io, "open")?;
    vm.builtins_dict().insert_str(vm, vm.intern("open"), open);
    let streams = [
        ("stdin", 0, "r", "surrogateescape"),
        ("stdout", 1, "w", "surrogateescape"),
        ("stderr", 2, "w", "backslashreplace"),
    ];
    for (name, fd, mode, errors) in streams {
        let stream = open_stream(vm, open, fd, mode, errors, name)?;
        vm.sys_dict().insert_str(vm, vm.intern(name), stream);
        vm.sys_dict().insert_str(vm, vm.intern(&format!("__{name}__")), stream);
    }
    Ok(())
}

fn open_stream(vm: &Vm, open: Value, fd: i32, mode: &str, errors: &str, name: &str) -> object::R {
    // SAFETY: asks the system about a descriptor.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return Ok(Value::NONE);
    }
    let (mut encoding, mut errors) = ("utf-8".to_string(), errors.to_string());
    if !vm.config.ignore_environment
        && let Ok(wanted) = std::env::var("PYTHONIOENCODING")
    {
        let (first, second) = wanted.split_once(':').unwrap_or((&wanted, ""));
        if !first.is_empty() {
            encoding = first.to_string();
        }
        if name != "stderr" {
            errors = if second.is_empty() { "strict".to_string() } else { second.to_string() };
        }
    } else if name != "stderr" && utf8_locale() {
        errors = "strict".to_string();
    }
    let text = |text: &str| vm.str(text).value();
    // SAFETY: asks the system about a descriptor.
    let is_tty = unsafe { libc::isatty(fd) } == 1;
    let unbuffered = vm.config.unbuffered && mode == "w";
    let binary = vm.call_keywords(
        open,
        &[Value::small(fd as i64), text(if mode == "r" { "rb" } else { "wb" })],
        &[("buffering", Value::small(if unbuffered { 0 } else { -1 })), ("closefd", Value::FALSE)],
    )?;
    let raw = if unbuffered { binary } else { vm.getattr_str(binary, "raw")? };
    vm.setattr(raw, vm.names.name, text(&format!("<{name}>")))?;
    let io = import(vm, "io")?;
    let wrapper = vm.getattr_str(io, "TextIOWrapper")?;
    let line_buffering = is_tty || name == "stderr";
    let stream = vm.call_keywords(
        wrapper,
        &[binary, text(&encoding), text(&errors), text("\n")],
        &[("line_buffering", Value::bool(line_buffering && !unbuffered)), ("write_through", Value::bool(unbuffered))],
    )?;
    vm.setattr(stream, vm.names.mode, text(mode))?;
    Ok(stream)
}

/// Does the environment ask for another locale than C or POSIX?
fn utf8_locale() -> bool {
    let value =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    value.is_some_and(|value| value != "C" && value != "POSIX")
}
