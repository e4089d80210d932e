//! Running programs: `-c`, `-m`, files, folders, standard input.

use crate::{compile, finish, start};
use object::{Config, Dict, R, Raised, Ref, Value, ValueExt, Vm};
use std::path::PathBuf;

/// What the command runs.
#[derive(Clone, Debug)]
pub enum Run {
    /// `-c`
    Command(String),
    /// `-m`
    Module(String),
    /// A file, folder or zip archive.
    File(PathBuf),
    /// Standard input as a file.
    Stdin,
    /// The read-eval-print loop.
    Interactive,
}

/// Runs a program in a new interpreter, and gives the exit status of the process.
pub fn main(config: Config, run: Run) -> i32 {
    let inspect = config.inspect;
    let vm = match start::new_interpreter(config) {
        Ok(vm) => vm,
        Err((vm, raised)) => {
            complain!("Fatal Python error: start-up failed");
            let status = finish::report(&vm, raised);
            std::process::exit(status.max(1));
        }
    };
    let mut status = match start::import_site(&vm) {
        Ok(()) => execute(&vm, &run),
        Err(raised) => {
            complain!("Failed to import the site module");
            finish::report(&vm, raised)
        }
    };
    if inspect && !matches!(run, Run::Interactive) {
        status = crate::repl::run(&vm, false);
    }
    let status = finish::finish(&vm, status);
    // The process ends, and its memory with it: there is no need to take the heap down object by object.
    std::mem::forget(vm);
    status
}

fn execute(vm: &Vm, run: &Run) -> i32 {
    let result = match run {
        Run::Command(text) => run_command(vm, text),
        Run::Module(name) => run_module(vm, name),
        Run::File(path) => run_file(vm, path),
        Run::Stdin => run_stdin(vm),
        Run::Interactive => return interactive(vm),
    };
    match result {
        Ok(_) => 0,
        Err(raised) => finish::report(vm, raised),
    }
}

fn interactive(vm: &Vm) -> i32 {
    prepend_path(vm, "");
    crate::repl::run(vm, true)
}

/// The namespace of `__main__`.
pub fn main_dict(vm: &Vm) -> Result<Ref<Dict>, Raised> {
    let main = vm.modules_dict().get_str(vm, vm.names.__main__).and_then(|main| main.cast::<object::Module>());
    match main {
        Some(main) => Ok(main.dict()),
        None => Err(vm.runtime_error("unable to get __main__ namespace")),
    }
}

fn prepend_path(vm: &Vm, entry: &str) {
    if vm.config.safe_path {
        return;
    }
    if let Some(path) = vm.sys_attr("path").and_then(|path| path.cast::<object::List>()) {
        path.insert(vm, 0, vm.str(entry).value());
    }
}

fn run_source(vm: &Vm, source: &[u8], filename: &str, is_text: bool) -> R {
    let name = vm.str(filename).value();
    let code = match is_text {
        true => compile::compile_source(vm, source, name, "exec", compile::flags::SOURCE_IS_UTF8, -1)?,
        false => compile::compile_file(vm, source, name)?,
    };
    run_in_main(vm, code)
}

fn run_in_main(vm: &Vm, code: Value) -> R {
    let dict = main_dict(vm)?;
    match code.cast::<object::Code>() {
        Some(code) => (vm.hooks.get().run_code)(vm, code, dict, Value::UNBOUND, Value::UNBOUND),
        None => Err(vm.system_error("compilation gave no code")),
    }
}

fn run_command(vm: &Vm, text: &str) -> R {
    prepend_path(vm, "");
    let text = dedent(text);
    let name = vm.str("<string>").value();
    let code = compile::compile_source(vm, text.as_bytes(), name, "exec", compile::flags::SOURCE_IS_UTF8, -1)?;
    vm.set_state("command", vm.tuple(&[code, vm.str(&text).value(), name]).value());
    run_in_main(vm, code)
}

/// Removes the indentation that all lines of `-c`'s argument share.
fn dedent(text: &str) -> String {
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines.map(|line| &line[..indent(line)]).reduce(|a, b| {
        let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
        &a[..shared]
    });
    match common {
        Some(common) if !common.is_empty() => {
            let strip = |line: &str| line.strip_prefix(common).unwrap_or(line.trim_start()).to_string();
            text.split('\n').map(strip).collect::<Vec<_>>().join("\n")
        }
        _ => text.to_string(),
    }
}

fn run_module(vm: &Vm, name: &str) -> R {
    let here = std::env::current_dir().map(|dir| dir.to_string_lossy().into_owned()).unwrap_or_default();
    prepend_path(vm, &here);
    let runpy = start::import(vm, "runpy")?;
    vm.call_method_str(runpy, "_run_module_as_main", &[vm.str(name).value()])
}

fn run_file(vm: &Vm, path: &PathBuf) -> R {
    let shown = path.to_string_lossy().into_owned();
    let is_dir = path.is_dir();
    if is_dir || is_zip(path) {
        prepend_always(vm, &shown);
        let runpy = start::import(vm, "runpy")?;
        return vm.call_method_str(runpy, "_run_module_as_main", &[vm.str("__main__").value(), Value::FALSE]);
    }
    let source = match std::fs::read(path) {
        Ok(source) => source,
        Err(error) => {
            let program = vm.config.orig_argv.first().map(|arg| arg.to_string_lossy().into_owned()).unwrap_or_default();
            let number = error.raw_os_error().unwrap_or(0);
            let text = object::error::errno_text(number);
            complain!("{program}: can't open file '{}': [Errno {number}] {text}", absolute(&shown));
            return Err(vm.raise_call(vm.types[object::TypeId::SystemExit].value(), &[Value::small(2)]));
        }
    };
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let folder = real.parent().map(|dir| dir.to_string_lossy().into_owned()).unwrap_or_default();
    prepend_path(vm, &folder);
    let dict = main_dict(vm)?;
    let shown = absolute(&shown);
    dict.insert_str(vm, vm.names.__file__, vm.str(&shown).value());
    dict.insert_str(vm, vm.names.__cached__, Value::NONE);
    let external = start::import(vm, "_frozen_importlib_external")?;
    let loader_name = if shown.ends_with(".pyc") { "SourcelessFileLoader" } else { "SourceFileLoader" };
    let loader = vm.getattr_str(external, loader_name)?;
    let loader = vm.call(loader, &[vm.names.__main__.value(), vm.str(&shown).value()])?;
    dict.insert_str(vm, vm.names.__loader__, loader);
    if shown.ends_with(".pyc") {
        let code = vm.call_method_str(loader, "get_code", &[vm.names.__main__.value()])?;
        return match code.cast::<object::Code>() {
            Some(code) => (vm.hooks.get().run_code)(vm, code, dict, Value::UNBOUND, Value::UNBOUND),
            None => Err(vm.import_error(object::TypeId::ImportError, "no code in the file", Value::NONE)),
        };
    }
    // The lines that follow keep their numbers.
    let skipped = if vm.config.skip_first_line {
        source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len())
    } else {
        0
    };
    run_source(vm, &source[skipped..], &shown, false)
}

fn prepend_always(vm: &Vm, entry: &str) {
    if let Some(path) = vm.sys_attr("path").and_then(|path| path.cast::<object::List>()) {
        path.insert(vm, 0, vm.str(entry).value());
    }
}

fn absolute(path: &str) -> String {
    std::path::absolute(path).map(|path| path.to_string_lossy().into_owned()).unwrap_or_else(|_| path.to_string())
}

/// Does the file end as a zip archive does?
fn is_zip(path: &PathBuf) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    let Ok(len) = file.metadata().map(|meta| meta.len()) else { return false };
    let tail = len.min(22 + 65_535);
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(len - tail)).is_err() || file.take(tail).read_to_end(&mut bytes).is_err() {
        return false;
    }
    bytes.windows(4).any(|window| window == b"PK\x05\x06")
}

fn run_stdin(vm: &Vm) -> R {
    use std::io::Read;
    prepend_path(vm, "");
    let mut source = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut source) {
        return Err(vm.os_error(error.raw_os_error().unwrap_or(0)));
    }
    run_source(vm, &source, "<stdin>", false)
}
