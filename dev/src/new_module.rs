//! `cargo dev new-module NAME`: a native module that can be imported at once.

use crate::options::Options;
use crate::{Outcome, root, write};

const TEMPLATE: &str = r#"//! `NAME`

use object::slots::R;
use object::{Module, ModuleDef, Raised, Ref, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "NAME", doc: "What it is for.", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Return the argument.
    "identity($module, object, /)" => identity;
}}

fn identity(_: &Vm, [_, object]: &[Value; 2]) -> R {
    Ok(*object)
}

/// Runs when the module is imported: adds what are not functions.
fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_value(module, "answer", vm.int(42));
    Ok(())
}
"#;

/// `cargo dev new-module [--crate stdlib-core] NAME`
pub fn main(arguments: &[String]) -> Outcome {
    let mut options = Options::new(arguments);
    let home = options.value("--crate")?.unwrap_or_else(|| "stdlib-core".to_owned());
    let rest = options.rest()?;
    let [name] = rest.as_slice() else { return Err("name one module".into()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        return Err(format!("{name} is no name of a module"));
    }
    let crate_root = root().join("crates").join(&home);
    if !crate_root.join("src/modules").is_dir() {
        return Err(format!("{home} is no crate of native modules"));
    }
    // Names that are words of Rust get an underscore: the folder's name is that of a Rust module.
    let folder = if matches!(name.as_str(), "sys" | "mod" | "crate" | "self" | "super" | "type") {
        format!("{name}_")
    } else {
        name.clone()
    };
    let path = crate_root.join("src/modules").join(folder).join("mod.rs");
    if path.exists() {
        return Err(format!("{} is there already", path.display()));
    }
    write(&path, TEMPLATE.replace("NAME", name))?;
    println!("{}\ncargo build, and `import {name}` works.", path.display());
    Ok(true)
}
