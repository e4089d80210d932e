//! CPython's own tests: run them, compare what passes with the checked-in list.

mod fetch;
mod groups;
mod judge;
mod passing;

use crate::options::Options;
use crate::process::{Python, parallel};
use crate::{Outcome, root};
use judge::{Verdict, Word};
use passing::Passing;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// What is run, and how.
struct Run {
    python: Python,
    tests: PathBuf,
    seconds: usize,
    logs: Option<PathBuf>,
}

impl Run {
    fn judge(&self, module: &str) -> Result<Verdict, String> {
        judge::judge(&self.python, &self.tests, module, Duration::from_secs(self.seconds as u64), self.logs.as_deref())
    }
}

/// `cargo dev conformance`
pub fn main(arguments: &[String]) -> Outcome {
    let mut options = Options::new(arguments);
    let bless = options.switch("--bless");
    let fetch_only = options.switch("--fetch");
    let python = options.value("--python")?;
    let group = options.value("--group")?;
    let modules = options.value("--modules")?;
    let seconds = options.number("--seconds", 180)?;
    let jobs = options.number("--jobs", std::thread::available_parallelism().map_or(2, usize::from))?;
    let logs = options.value("--logs")?.map(PathBuf::from);
    if let Some(unknown) = options.rest()?.first() {
        return Err(format!("what is {unknown}? See cargo dev help"));
    }
    let tests = match fetch::tests() {
        Ok(tests) => tests,
        Err(why) => {
            println!("SKIPPED: CPython's tests cannot be had here: {why}");
            return Ok(true);
        }
    };
    if fetch_only {
        println!("CPython's tests are in {}", tests.display());
        return Ok(true);
    }
    let run = Run { python: Python::judged(python)?, tests, seconds, logs };
    let list = root().join("tests/conformance/passing.txt");
    let mut passing = Passing::read(&list)?;
    let whole = modules.is_none() && group.is_none();
    let mut names: Vec<String> = match (&modules, &group) {
        (Some(modules), _) => modules.split(',').map(|name| name.trim_start_matches("test_").to_owned()).collect(),
        (None, Some(group)) => groups::members(group)?,
        // To check the list, its modules are enough; to write it, all are run.
        (None, None) if bless => groups::members("all")?,
        (None, None) => passing.modules().map(str::to_owned).collect(),
    };
    let missing: Vec<String> = names.iter().filter(|name| !judge::exists(&run.tests, name)).cloned().collect();
    names.retain(|name| !missing.contains(name));
    for name in &missing {
        println!("{name:28} is not in this test package");
    }

    let results = parallel(&names, jobs, |name: &String| {
        let verdict = run.judge(name);
        if let Ok(verdict) = &verdict {
            println!(
                "{name:28}{:6} ok {:5} not  {}",
                verdict.count(Word::Ok),
                verdict.bad(),
                verdict.ending.as_deref().unwrap_or("")
            );
        }
        (name.clone(), verdict)
    });
    let (mut lost, mut gone, mut won, mut total) = (Vec::new(), 0, 0, 0);
    for (name, verdict) in results {
        let mut verdict = verdict?;
        let wanted = passing.module(&name);
        // What a busy machine spoils passes when the module runs alone.
        if !bless && verdict.lost(&wanted).next().is_some() {
            verdict.merge(run.judge(&name)?);
        }
        for test in verdict.lost(&wanted) {
            lost.push(format!("{test}{}", verdict.explain(test)));
        }
        gone += verdict.gone(&wanted).count();
        let passed: BTreeSet<String> = verdict.passed().map(str::to_owned).collect();
        total += passed.len();
        won += passed.iter().filter(|test| !wanted.contains(test.as_str())).count();
        if bless {
            passing.replace(&name, passed);
        }
    }
    println!("\n{total} tests of {} modules pass; {won} of them are not in the list", names.len());
    if gone > 0 || !missing.is_empty() {
        println!("{gone} tests and {} modules of the list are not in this test package", missing.len());
    }
    if bless {
        if whole {
            passing.keep(&groups::members("all")?);
        }
        passing.write(&list)?;
        println!("written: {}", list.display());
        return Ok(true);
    }
    if !lost.is_empty() {
        println!("{} tests of the list do not pass any more:", lost.len());
        lost.iter().for_each(|test| println!("  {test}"));
    }
    println!("{} passed, {} failed", total, lost.len());
    Ok(lost.is_empty())
}
