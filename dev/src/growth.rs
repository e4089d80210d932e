//! How time and memory grow with what a program holds, beside CPython 3.14.

use crate::process::{Python, Scratch, run};
use crate::{Outcome, write};
use std::time::Duration;

/// What is measured in both.
const PROGRAM: &str = include_str!("growth.py");
/// The time for each element may grow by as much more than it does in CPython.
const WORSE: f64 = 1.5;
/// The longest that a minor collection may take, in seconds.
const PAUSE: f64 = 0.010;
/// What is to be given back of the memory that was taken, at least.
const GIVEN_BACK: f64 = 0.5;

/// What is measured: how much more time an element takes where there are many, and two figures of the collector.
const NAMES: &[&str] =
    &["dict", "list", "set", "str", "sort", "instances", "classes", "recursion", "module", "pause", "given back"];

/// `cargo dev bench --growth`
pub fn main(python: &Python, reference: Option<&Python>, most: usize) -> Outcome {
    let mut holds = true;
    println!("{:12}{:>10}{:>10}", "growth", "taipan", "CPython");
    for name in NAMES {
        let own = measure(python, name, most)?;
        let base = reference.map(|reference| measure(reference, name, most)).transpose()?;
        let is_good = match *name {
            "pause" => own <= PAUSE,
            "given back" => own >= GIVEN_BACK,
            _ => base.is_none_or(|base| own <= base.max(1.0) * WORSE),
        };
        let shown = base.map_or(String::new(), |base| format!("{base:10.4}"));
        println!("{name:12}{own:10.4}{shown}{}", if is_good { "" } else { "  not good" });
        holds &= is_good;
    }
    Ok(holds)
}

fn measure(python: &Python, name: &str, most: usize) -> Result<f64, String> {
    let folder = Scratch::new()?;
    let script = folder.path().join("growth.py");
    write(&script, PROGRAM)?;
    let mut command = python.command();
    command.arg(script).arg(name).arg(most.to_string());
    let ended = run(command, Duration::from_secs(600))?;
    let text = String::from_utf8_lossy(&ended.stdout);
    text.trim().parse().map_err(|_| format!("{name}: {}", String::from_utf8_lossy(&ended.stderr)))
}
