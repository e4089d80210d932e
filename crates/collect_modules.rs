//! Collects the native modules: every folder or file of `src/modules` is one, and has a `MODULE`.

use std::fmt::Write;

fn main() {
    let root = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("src/modules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut names: Vec<(String, String)> = std::fs::read_dir(&root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name().into_string().ok()?;
            let path = entry.path();
            let source = if path.is_dir() { path.join("mod.rs") } else { path };
            let name = file.strip_suffix(".rs").unwrap_or(&file).to_string();
            source.exists().then(|| (name, source.display().to_string()))
        })
        .collect();
    names.sort();
    let mut out = String::new();
    for (name, path) in &names {
        let _ = writeln!(out, "#[path = {path:?}]\npub mod {name};");
    }
    let _ = writeln!(out, "/// The native modules of this crate.\npub static MODULES: &[&object::ModuleDef] = &[");
    for (name, _) in &names {
        let _ = writeln!(out, "    &{name}::MODULE,");
    }
    out.push_str("];\n");
    let target = std::path::Path::new(&std::env::var("OUT_DIR").expect("set by cargo")).join("modules.rs");
    std::fs::write(target, out).expect("the output folder can be written");
}
