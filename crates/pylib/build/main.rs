//! Packs Python's standard library: collects its files, applies our edits, compiles what is Python, writes three
//! artefacts into `OUT_DIR`: `code.bin` (bytecode, as it is), `files.bin` (the files, compressed one by one) and
//! `index.rs` (tables of numbers, sorted for binary search).

mod collect;
mod compile;
mod edits;
mod opcodes;
mod order;
mod pack;

use std::path::PathBuf;

/// How many of the files that do not compile are named in warnings.
const NAMED_FAILURES: usize = 8;

fn main() {
    let overlay = PathBuf::from(env("CARGO_MANIFEST_DIR")).join("overlay");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed={}", overlay.display());

    let mut files = collect::from_library(&PathBuf::from(rustpython_pylib::LIB_PATH));
    for failed in edits::apply(&mut files) {
        println!("cargo:warning=the library's {failed} is not as expected: edit not applied");
    }
    files.insert(opcodes::PATH.to_owned(), opcodes::metadata().into_bytes());
    collect::overlay(&mut files, &overlay, &multiarch());

    let modules = compile::modules(&files);
    let failures: Vec<_> =
        modules.iter().filter_map(|module| module.code.as_ref().err().map(|why| (module, why))).collect();
    for (module, why) in failures.iter().take(NAMED_FAILURES) {
        println!("cargo:warning={} is packed without bytecode: {why}", module.name);
    }
    if failures.len() > NAMED_FAILURES {
        println!("cargo:warning=so are {} other modules of {}", failures.len() - NAMED_FAILURES, modules.len());
    }
    pack::write(&PathBuf::from(env("OUT_DIR")), &files, &modules).expect("OUT_DIR can be written");
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// What Debian calls the machine: part of the name of `_sysconfigdata`.
fn multiarch() -> String {
    format!("{}-{}-{}", env("CARGO_CFG_TARGET_ARCH"), env("CARGO_CFG_TARGET_OS"), env("CARGO_CFG_TARGET_ENV"))
}
