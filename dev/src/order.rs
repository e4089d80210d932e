//! The order in which functions lie in the executable. What a start runs is to lie together, and what imports run behind it:
//! the system maps files in pieces of many pages, so that functions which are spread take as much memory as all.

use crate::process::{Python, Scratch, run};
use crate::{Outcome, read, root, write};
use std::collections::BTreeSet;
use std::time::Duration;

/// What is run before [`SCRIPT`], the start first.
const COMMANDS: &[&str] = &[
    "pass",
    "import argparse, asyncio, collections, dataclasses, json, logging, os, re, statistics, sys, time, typing",
];

/// A program of many parts, and the module that it imports.
const SCRIPT: &str = include_str!("order.py");
const HELPER: &str =
    "import ast\n\ndef work():\n    return ast.parse('x = [1, *y]'), compile('def f(): pass', 'a', 'exec')\n";

const HEAD: &str = "/* Made by `cargo dev order`: the functions that starts and imports run, before all others. Names that no longer exist do\n\
                    no harm. */\n";

/// `cargo dev order`
pub fn main(arguments: &[String]) -> Outcome {
    let mut options = crate::options::Options::new(arguments);
    let python = Python::judged(options.value("--python")?)?;
    options.rest()?;
    let (mut known, mut patterns) = (BTreeSet::new(), Vec::new());
    let folder = Scratch::new()?;
    let script = folder.path().join("order.py");
    write(&script, SCRIPT)?;
    write(&folder.path().join("order_helper.py"), HELPER)?;
    let script = script.to_string_lossy();
    let programs = COMMANDS.iter().map(|command| vec!["-I", "-c", command]).chain([vec![&*script]]);
    for arguments in programs {
        let mut found: Vec<String> = functions(&python, &arguments)?.into_iter().collect();
        found.retain(|name| known.insert(name.clone()));
        patterns.extend(found);
    }
    if patterns.is_empty() {
        return Err("no function was seen: the executable has no symbols".into());
    }
    let rows: Vec<String> = patterns.iter().map(|name| row(name)).collect();
    let text = format!("{HEAD}SECTIONS {{\n  .text.first : {{\n{}  }}\n}} INSERT BEFORE .text;\n", rows.concat());
    write(&root().join("crates/cli/link/order.ld"), text)?;
    println!("{} functions", patterns.len());
    Ok(true)
}

/// The sections that a function may lie in: their names say which functions are cold, and hot where the compiler has a profile,
/// as it has none for Rust's library.
fn row(name: &str) -> String {
    let hot = if name.starts_with("_R") { String::new() } else { format!(".text.hot.{name} ") };
    format!("    *(.text.{name} {hot}.text.unlikely.{name})\n")
}

/// The names of the functions that a program runs, with a star for the hashes at their ends.
fn functions(python: &Python, arguments: &[&str]) -> Result<BTreeSet<String>, String> {
    let folder = Scratch::new()?;
    let profile = folder.path().join("profile");
    let inner = python.command();
    let mut command = std::process::Command::new("valgrind");
    command.args(["--tool=callgrind", "--demangle=no"]);
    command.arg(format!("--callgrind-out-file={}", profile.display()));
    command.arg(inner.get_program()).args(inner.get_args()).args(arguments);
    let ended = run(command, Duration::from_secs(300))?;
    if ended.status != Some(0) {
        return Err(format!("valgrind: {}", String::from_utf8_lossy(&ended.stderr)));
    }
    let text = read(&profile)?;
    let names = text.lines().filter_map(|line| line.trim_start_matches('c').strip_prefix("fn=(")?.split_once(") "));
    Ok(names.filter_map(|(_, name)| pattern(name)).collect())
}

/// What matches the name of one of our functions, or of Rust's library, in another build too.
fn pattern(name: &str) -> Option<String> {
    match hash_at(name) {
        Some(at) => Some(format!("{}17h*", &name[..at])),
        // Digits that differ between builds follow `.llvm.`; a quote, where functions call themselves.
        None => (name.starts_with("_R") || name == "main").then(|| match name.split_once(".llvm.") {
            Some((stem, _)) => format!("{stem}.llvm.*"),
            None => name.split('\'').next().unwrap_or(name).to_owned(),
        }),
    }
}

/// Where the hash starts that ends a mangled name: `17h`, sixteen digits, `E`.
fn hash_at(name: &str) -> Option<usize> {
    let is_hash = |at: &usize| {
        let rest = name.as_bytes().get(at + 3..at + 20);
        rest.is_some_and(|rest| rest[..16].iter().all(u8::is_ascii_hexdigit) && rest[16] == b'E')
    };
    name.starts_with("_ZN").then(|| name.match_indices("17h").map(|(at, _)| at).find(is_hash))?
}

#[cfg(test)]
mod tests {
    use super::{hash_at, pattern};

    #[test]
    fn hashes_are_found() {
        let name = "_ZN4heap5Heap3new17h0123456789abcdefE.llvm.1";
        assert_eq!(hash_at(name).map(|at| &name[..at]), Some("_ZN4heap5Heap3new"));
        assert_eq!(hash_at("_ZN4heap17hello3newE"), None);
        assert_eq!(hash_at("main"), None);
        assert_eq!(pattern(name).as_deref(), Some("_ZN4heap5Heap3new17h*"));
        assert_eq!(pattern("malloc"), None);
    }
}
