//! `sys`

mod functions;
mod hooks;
mod info;
pub(crate) mod monitoring;
mod names;
mod spaces;
mod tracing;

pub use functions::frame_at;
pub use hooks::{print_exception, write_stderr};

use object::{Module, ModuleDef, Raised, Ref, TypeId, Value, Vm};

/// The version of Python that is implemented.
pub const VERSION: (i64, i64, i64) = (3, 14, 10);
/// The version of Taipan.
pub const TAIPAN_VERSION: &str = env!("CARGO_PKG_VERSION");
/// `sys.implementation.cache_tag`
pub const CACHE_TAG: &str = "taipan-314";

/// The module. Its namespace becomes the interpreter's `sys`.
pub static MODULE: ModuleDef = ModuleDef {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that \
          interact strongly with the interpreter.",
    functions: &[functions::FUNCTIONS, hooks::HOOKS, tracing::TRACING],
    exec,
};

const COPYRIGHT: &str = "Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.\n\nCopyright (c) 2000 \
    BeOpen.com.\nAll Rights Reserved.\n\nCopyright (c) 1995-2001 Corporation for National Research Initiatives.\nAll \
    Rights Reserved.\n\nCopyright (c) 1991-1995 Stichting Mathematisch Centrum, Amsterdam.\nAll Rights Reserved.";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let dict = module.dict();
    for entry in vm.sys_dict().copy(vm).iter() {
        dict.insert(vm, entry.key, entry.value)?;
    }
    vm.sys.init(dict.value());
    hooks::register(vm)?;
    for name in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
        if let Some(hook) = dict.get_str(vm, vm.intern(name)) {
            dict.insert_str(vm, vm.intern(&format!("__{name}__")), hook);
        }
    }
    vm.add_value(module, "modules", vm.modules_dict());
    add_version(vm, module)?;
    add_info(vm, module)?;
    add_flags(vm, module);
    add_settings(vm, module);
    add_paths(vm, module);
    for def in [&monitoring::MONITORING, &spaces::JIT] {
        let inner = vm.make_module(def)?;
        vm.add_value(module, def.name.trim_start_matches("sys."), inner);
    }
    Ok(())
}

/// `sys.version`
pub fn version_text() -> String {
    let (major, minor, micro) = VERSION;
    format!("{major}.{minor}.{micro} (taipan {TAIPAN_VERSION}, Jan  1 2026, 00:00:00) [Rust]")
}

fn add_version(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let (major, minor, micro) = VERSION;
    let class = info::VERSION_INFO.make(vm);
    vm.set_state("sys.version_info", class.value());
    let level = vm.intern("final").value();
    let parts = [vm.int(major), vm.int(minor), vm.int(micro), level, vm.int(0)];
    let version = info::VERSION_INFO.instance(vm, class, &parts);

    let hex = vm.int(major << 24 | minor << 16 | micro << 8 | 0xF0);
    close_class(vm, class);
    vm.add_value(module, "version_info", version);
    vm.add_value(module, "hexversion", hex);
    vm.add_value(module, "api_version", vm.int(1013));
    vm.add_value(module, "version", vm.str(&version_text()));
    vm.add_value(module, "copyright", vm.str(COPYRIGHT));
    let namespace = vm.types[TypeId::SimpleNamespace].value();
    let taipan_class = info::VERSION_INFO.make(vm);
    let mut numbers = TAIPAN_VERSION.split('.').map(|part| vm.int(part.parse().unwrap_or(0)));
    let mut next = || numbers.next().unwrap_or_else(|| vm.int(0));
    let taipan_version = [next(), next(), next(), level, vm.int(0)];
    let taipan = vm.call_keywords(
        namespace,
        &[],
        &[
            ("name", vm.str("taipan").value()),
            ("version", info::VERSION_INFO.instance(vm, taipan_class, &taipan_version)),
        ],
    )?;
    let multiarch = if cfg!(target_arch = "aarch64") { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" };
    let implementation = vm.call_keywords(
        namespace,
        &[],
        &[
            ("name", vm.str("cpython").value()),
            ("cache_tag", vm.str(CACHE_TAG).value()),
            ("version", version),
            ("hexversion", hex),
            ("_multiarch", vm.str(multiarch).value()),
            ("supports_isolated_interpreters", Value::TRUE),
            ("taipan", taipan),
        ],
    )?;
    vm.add_value(module, "implementation", implementation);
    let git = [vm.str("Taipan").value(), vm.names.empty.value(), vm.names.empty.value()];
    vm.add_value(module, "_git", vm.tuple(&git));
    Ok(())
}

/// Makes a class one of which programs can make no instances.
fn close_class(vm: &Vm, class: Ref<object::TypeObj>) {
    class.set_flags(object::type_flags::NO_NEW, true);
    let mut slots = *class.slots();
    slots.new = None;
    class.set_slots(slots);
    class.dict().remove_str(vm, vm.names.__new__);
    vm.class_changed(class);
}

fn add_info(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let float = [
        vm.float(f64::MAX),
        vm.int(1024),
        vm.int(308),
        vm.float(f64::MIN_POSITIVE),
        vm.int(-1021),
        vm.int(-307),
        vm.int(15),
        vm.int(53),
        vm.float(f64::EPSILON),
        vm.int(2),
        vm.int(1),
    ];
    let int = [vm.int(30), vm.int(4), vm.int(4300), vm.int(640)];
    let hash = [
        // Programs know 32 and 64 only; that hashes keep to fewer bits is nothing they can see.
        vm.int(64),
        vm.int_u64(base::hash::MODULUS),
        vm.int(base::hash::HASH_INF),
        vm.int(0),
        vm.int(base::hash::HASH_IMAG),
        vm.str("siphash13").value(),
        vm.int(64),
        vm.int(128),
        vm.int(0),
    ];
    let thread = [vm.str("pthread").value(), vm.str("semaphore").value(), thread_library(vm)];
    for (def, name, values) in [
        (&info::FLOAT_INFO, "float_info", &float[..]),
        (&info::INT_INFO, "int_info", &int[..]),
        (&info::HASH_INFO, "hash_info", &hash[..]),
        (&info::THREAD_INFO, "thread_info", &thread[..]),
    ] {
        let class = def.make(vm);
        vm.add_value(module, name, def.instance(vm, class, values));
    }
    vm.set_state("sys.asyncgen_hooks", info::ASYNCGEN_HOOKS.make(vm).value());
    info::UNRAISABLE.add(vm, module, "sys.UnraisableHookArgs");
    Ok(())
}

fn thread_library(vm: &Vm) -> Value {
    let mut buffer = [0u8; 64];
    // SAFETY: the buffer is that long.
    let len = unsafe { libc::confstr(libc::_CS_GNU_LIBPTHREAD_VERSION, buffer.as_mut_ptr().cast(), buffer.len()) };
    match len {
        1..=64 => vm.str(&String::from_utf8_lossy(&buffer[..len - 1])).value(),
        _ => Value::NONE,
    }
}

fn add_flags(vm: &Vm, module: Ref<Module>) {
    let config = &vm.config;
    let number = |flag: bool| vm.int(flag as i64);
    let values = [
        number(config.debug),
        number(config.inspect),
        number(config.interactive),
        vm.int(config.optimize as i64),
        number(config.dont_write_bytecode),
        number(config.no_user_site),
        number(config.no_site),
        number(config.ignore_environment),
        vm.int(config.verbose as i64),
        vm.int(config.bytes_warning as i64),
        number(config.quiet),
        number(config.hash_randomization),
        number(config.isolated),
        Value::bool(config.dev_mode),
        number(config.utf8_mode),
        number(config.warn_default_encoding),
        Value::bool(config.safe_path),
        vm.int_usize(config.int_max_str_digits.get()),
        vm.int(1),
        number(config.thread_inherit_context),
        number(config.context_aware_warnings),
    ];
    let class = info::FLAGS.make(vm);
    vm.add_value(module, "flags", info::FLAGS.instance(vm, class, &values));
    close_class(vm, class);
}

fn add_settings(vm: &Vm, module: Ref<Module>) {
    let config = &vm.config;
    let os_list = |items: &[std::ffi::OsString]| {
        use std::os::unix::ffi::OsStrExt;
        let list = vm.list(&[]);
        for item in items {
            list.push(vm, vm.fs_decode(item.as_bytes()).value());
        }
        list
    };
    vm.add_value(module, "argv", os_list(&config.argv));
    vm.add_value(module, "orig_argv", os_list(&config.orig_argv));
    let warnings = vm.list(&[]);
    for option in &config.warn_options {
        warnings.push(vm, vm.str(option).value());
    }
    vm.add_value(module, "warnoptions", warnings);
    let options = vm.dict();
    for (name, value) in &config.x_options {
        let value = value.as_ref().map_or(Value::TRUE, |value| vm.str(value).value());
        options.insert_str(vm, vm.intern(name), value);
    }
    vm.add_value(module, "_xoptions", options);
    vm.add_value(module, "dont_write_bytecode", Value::bool(config.dont_write_bytecode));
    let prefix = config.pycache_prefix.as_ref().map_or(Value::NONE, |prefix| vm.str(prefix).value());
    vm.add_value(module, "pycache_prefix", prefix);
    vm.add_value(module, "byteorder", vm.intern(if cfg!(target_endian = "big") { "big" } else { "little" }));
    vm.add_value(module, "maxsize", vm.int(i64::MAX));
    vm.add_value(module, "maxunicode", vm.int(0x10FFFF));
    vm.add_value(module, "float_repr_style", vm.intern("short"));
    vm.add_value(module, "platform", vm.intern("linux"));
    vm.add_value(module, "abiflags", vm.names.empty);
    vm.add_value(module, "_framework", vm.names.empty);
    let mut modules: Vec<&str> =
        vm.native_modules.get().iter().flat_map(|table| table.iter().map(|def| def.name)).collect();
    modules.push("builtins");
    modules.sort_unstable();
    modules.dedup();
    vm.add_value(module, "builtin_module_names", vm.str_tuple(&modules));
    let names = vm.frozenset();
    for name in names::NAMES.split_ascii_whitespace() {
        // Strings hash and compare without Python code.
        let _ = names.add(vm, vm.intern(name).value());
    }
    vm.add_value(module, "stdlib_module_names", names);
}

fn add_paths(vm: &Vm, module: Ref<Module>) {
    let executable = vm.config.executable.as_str();
    let prefix = std::path::Path::new(executable).parent().and_then(|bin| bin.parent());
    let prefix = prefix.and_then(|prefix| prefix.to_str()).unwrap_or("/usr/local");
    let text = |text: &str| vm.fs_decode(text.as_bytes()).value();
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        vm.add_value(module, name, text(prefix));
    }
    vm.add_value(module, "executable", text(executable));
    vm.add_value(module, "_base_executable", text(executable));
    vm.add_value(module, "platlibdir", text("lib"));
    vm.add_value(module, "_stdlib_dir", Value::NONE);
    vm.add_value(module, "_home", Value::NONE);
    vm.add_value(module, "path", vm.list(&[]));
    vm.add_value(module, "meta_path", vm.list(&[]));
    vm.add_value(module, "path_hooks", vm.list(&[]));
    vm.add_value(module, "path_importer_cache", vm.dict());
}
