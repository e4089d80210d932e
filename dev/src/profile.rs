//! Records what release builds are optimised by: which paths of the machine programs take, and how often. `profile/rustc`
//! hands that to the compiler. Code that changed since is compiled without; so this is run again before a release.

use crate::bench::{programs, scripts, time};
use crate::options::Options;
use crate::process::{Python, run};
use crate::{Outcome, root};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What is run beside pyperformance's programs, so many times.
const STARTS: &[&str] = &["pass", "import json, re, dataclasses, argparse, typing, asyncio"];
const TIMES: usize = 20;

/// `cargo dev profile`
pub fn main(arguments: &[String]) -> Outcome {
    Options::new(arguments).rest()?;
    let merge = llvm_profdata()?;
    let Some(scripts) = scripts()? else {
        return Err("pyperformance's programs are not here and cannot be had (no network)".into());
    };
    let target = root().join("target/profile");
    let records = target.join("records");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--package", "cli", "--target-dir"]).arg(&target);
    cargo.env("TAIPAN_PROFILE", &records).current_dir(root());
    ended_well(cargo, "the build", 3600)?;
    // The build's own programs recorded, too.
    if records.exists() {
        std::fs::remove_dir_all(&records).map_err(|why| why.to_string())?;
    }
    let python = Python::judged(Some(target.join("release/taipan").to_string_lossy().into_owned()))?;
    for program in programs()? {
        if let Err(why) = time(&python, &program, &scripts, 1) {
            println!("{}: {why}", program.name);
        }
    }
    let mut command = python.command();
    command.arg(root().join("profile/training.py"));
    ended_well(command, "training.py", 600)?;
    for code in STARTS.iter().flat_map(|code| std::iter::repeat_n(code, TIMES)) {
        let mut command = python.command();
        command.args(["-I", "-c", code]);
        ended_well(command, code, 60)?;
    }
    let mut command = Command::new(merge);
    command.args(["merge", "--sparse", "--output"]).arg(root().join("profile/release.profdata")).arg(&records);
    ended_well(command, "llvm-profdata", 600)?;
    // Cargo does not see that the profile is another.
    let mut cargo = Command::new("cargo");
    cargo.args(["clean", "--release", "--quiet"]).args(own_crates()?.iter().flat_map(|name| ["--package", name]));
    cargo.current_dir(root());
    ended_well(cargo, "cargo clean", 60)?;
    println!("profile/release.profdata is new: cargo build --release");
    Ok(true)
}

fn ended_well(command: Command, what: &str, seconds: u64) -> Result<(), String> {
    let ended = run(command, Duration::from_secs(seconds))?;
    match ended.status {
        Some(0) => Ok(()),
        _ => Err(format!("{what}: {}", String::from_utf8_lossy(&ended.stderr))),
    }
}

/// The program that comes with the compiler and reads what its executables recorded.
fn llvm_profdata() -> Result<PathBuf, String> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir"]);
    let ended = run(rustc, Duration::from_secs(60))?;
    let folder = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
    let program = Path::new(&folder).with_file_name("bin").join("llvm-profdata");
    if program.exists() {
        return Ok(program);
    }
    Err("llvm-profdata is missing: rustup component add llvm-tools".into())
}

/// The crates of the workspace that the executable is made of.
fn own_crates() -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(root().join("crates")).map_err(|why| why.to_string())?;
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    Ok(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}
