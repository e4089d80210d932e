//! How the command is linked.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=link/order.ld");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let target = ["OS", "ENV", "ARCH"].map(|part| variable(&format!("CARGO_CFG_TARGET_{part}")));
    if target != ["linux", "gnu", "x86_64"] {
        return;
    }
    // The tables of native functions and classes hold tens of thousands of pointers. At a fixed address they need no
    // relocation, so that a start neither reads nor copies the pages that it does not use.
    println!("cargo:rustc-link-arg-bins=-no-pie");
    // `cargo dev order` makes the list. Linkers other than the usual ones may not know such scripts.
    let usual = variable("RUSTC_LINKER").is_empty() && !variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    let order = Path::new(&variable("CARGO_MANIFEST_DIR")).join("link/order.ld");
    if usual && variable("PROFILE") == "release" && order.exists() {
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", order.display());
    }
}
