//! Bytecode for the Python files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::collect::Files;

/// A module of the library.
pub struct Module {
    /// Its dotted name.
    pub name: String,
    /// Where its source lies.
    pub path: String,
    /// Is it a package's `__init__`?
    pub is_package: bool,
    /// Its encoded code unit, or why there is none.
    pub code: Result<Vec<u8>, String>,
}

/// The compiler recurses as deep as programs nest.
const STACK: usize = 64 << 20;

/// Compiles every Python file; sorted by name.
pub fn modules(files: &Files) -> Vec<Module> {
    let sources: Vec<(&String, &Vec<u8>)> = files.iter().filter(|(path, _)| module_name(path).is_some()).collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(sources.len()));
    let work = || {
        while let Some((path, source)) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (name, is_package) = module_name(path).expect("filtered above");
            let code = catch_unwind(AssertUnwindSafe(|| compile(path, source)))
                .unwrap_or_else(|_| Err("the compiler panicked".to_owned()));
            let module = Module { name, path: (*path).clone(), is_package, code };
            done.lock().expect("no holder panics").push(module);
        }
    };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let workers = std::thread::available_parallelism().map_or(2, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread can be had");
        }
    });
    std::panic::set_hook(hook);
    let mut modules = done.into_inner().expect("no holder panicked");
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    modules
}

/// The dotted name of a Python file, and whether it is a package. Files that no import reaches have none.
fn module_name(path: &str) -> Option<(String, bool)> {
    let stem = path.strip_suffix(".py")?;
    let (stem, is_package) = match stem.strip_suffix("/__init__") {
        Some(package) => (package, true),
        None => (stem, false),
    };
    let importable =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    stem.split('/').all(importable).then(|| (stem.replace('/', "."), is_package))
}

fn compile(path: &str, source: &[u8]) -> Result<Vec<u8>, String> {
    let text = match syntax::decode_source(source).map_err(|why| why.msg)? {
        syntax::DecodedSource::Text { text, .. } => text.into_owned(),
        syntax::DecodedSource::Encoded { encoding } => return Err(format!("it is in {encoding}")),
    };
    let options = syntax::ParseOptions { filename: path.to_owned(), ..syntax::ParseOptions::default() };
    let parsed = syntax::parse(&text, &options).map_err(|why| why.to_string())?;
    let options = compiler::CompileOptions { filename: path.to_owned(), ..compiler::CompileOptions::default() };
    let (unit, _warnings) = compiler::compile(&parsed, &options).map_err(|why| why.to_string())?;
    bytecode::verify(&unit).map_err(|why| format!("bad bytecode, {why}"))?;
    let bytes = bytecode::encode(&unit);
    match bytecode::decode(&bytes) {
        Ok(_) => Ok(bytes),
        Err(why) => Err(why.to_string()),
    }
}
