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

/// `cargo dev bench --growth`
pub fn main(python: &Python, reference: Option<&Python>, most: usize) -> Outcome {
    let own = measure(python, most)?;
    let base = reference.map(|reference| measure(reference, most)).transpose()?.unwrap_or_default();
    let mut holds = true;
    println!("{:12}{:>10}{:>10}", "growth", "taipan", "CPython");
    for (name, own) in &own {
        let base = base.iter().find(|(other, _)| other == name).map(|(_, figure)| *figure);
        let is_good = match name.as_str() {
            "pause" => *own <= PAUSE,
            "given back" => *own >= GIVEN_BACK,
            _ => base.is_none_or(|base| *own <= base.max(1.0) * WORSE),
        };
        let shown = base.map_or(String::new(), |base| format!("{base:10.4}"));
        println!("{name:12}{own:10.4}{shown}{}", if is_good { "" } else { "  too much" });
        holds &= is_good;
    }
    Ok(holds)
}

/// Names and figures.
fn measure(python: &Python, most: usize) -> Result<Vec<(String, f64)>, String> {
    let folder = Scratch::new()?;
    let script = folder.path().join("growth.py");
    write(&script, PROGRAM)?;
    let mut command = python.command();
    command.arg(script).arg(most.to_string());
    let ended = run(command, Duration::from_secs(900))?;
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    let rows = text.trim().trim_matches(['{', '}']).split(", \"").filter_map(|row| {
        let (name, figure) = row.split_once("\": ")?;
        Some((name.trim_start_matches('"').to_owned(), figure.parse().ok()?))
    });
    let rows: Vec<(String, f64)> = rows.collect();
    if rows.is_empty() { Err(String::from_utf8_lossy(&ended.stderr).into_owned()) } else { Ok(rows) }
}
