//! pyperformance's programs under Taipan and under CPython 3.14, in turn, so that a slow spell of the machine hits both.

use crate::options::Options;
use crate::process::{Python, Scratch, run};
use crate::{Outcome, read, root, write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where pyperformance's scripts lie, and the program that AES is timed with.
const PACKAGES: &[&str] = &["pyperformance==1.14.0", "pyaes==1.6.1"];

/// A program that is slower than CPython by this much more than recorded has got slower.
const WORSE: f64 = 0.5;

/// A program of the suite.
pub(crate) struct Program {
    pub(crate) name: String,
    is_short: bool,
    folder: String,
    arguments: Vec<String>,
}

/// Seconds of the first call and in the steady state, and bytes of memory at the peak.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    first: f64,
    steady: f64,
    peak: f64,
}

/// `cargo dev bench`
pub fn main(arguments: &[String]) -> Outcome {
    let mut options = Options::new(arguments);
    let short = options.switch("--short");
    let bless = options.switch("--bless");
    let growth = options.switch("--growth");
    let most = options.number("--most", 10_000_000)?;
    let seconds = options.number("--seconds", if short { 1 } else { 4 })?;
    let python = Python::judged(options.value("--python")?)?;
    let names = options.rest()?;
    if growth {
        let reference = Python::reference().ok().or_else(installed_reference);
        return crate::growth::main(&python, reference.as_ref(), most);
    }
    let Some(scripts) = scripts()? else {
        println!("SKIPPED: pyperformance is not here and cannot be had (no network)");
        return Ok(true);
    };
    let reference = Python::reference().ok().or_else(installed_reference);
    if reference.is_none() {
        println!("SKIPPED the comparison: there is no CPython 3.14 here (TAIPAN_REFERENCE names one)");
    }
    let recorded = recorded()?;
    let mut measured = Vec::new();
    let mut failed = Vec::new();
    println!("{:26}{:>14}{:>9}{:>9}{:>9}", "program", "taipan (ms)", "steady", "first", "peak");
    for program in programs()? {
        let wanted = if names.is_empty() { !short || program.is_short } else { names.contains(&program.name) };
        if !wanted {
            continue;
        }
        let base = match &reference {
            Some(reference) => time(reference, &program, &scripts, seconds).ok(),
            None => None,
        };
        let own = match time(&python, &program, &scripts, seconds) {
            Ok(own) => own,
            Err(why) => {
                println!("{:26}failed: {why}", program.name);
                failed.push(program.name);
                continue;
            }
        };
        let Some(base) = base else {
            println!("{:26}{:14.3}", program.name, own.steady * 1e3);
            continue;
        };
        let ratios = [base.steady / own.steady, base.first / own.first, own.peak / base.peak];
        let [steady, first, peak] = ratios;
        println!("{:26}{:14.3}{steady:8.2}x{first:8.2}x{peak:9.2}", program.name, own.steady * 1e3);
        let before = recorded.iter().find(|(name, _)| *name == program.name);
        if let Some((_, before)) = before
            && steady < before * WORSE
        {
            println!("{:26}was {before:.2}x", "");
            failed.push(program.name.clone());
        }
        measured.push((program.name, ratios));
    }
    if !measured.is_empty() {
        let mean = |of: usize| (measured.iter().map(|row| row.1[of].ln()).sum::<f64>() / measured.len() as f64).exp();
        println!("{:26}{:14}{:8.2}x{:8.2}x{:9.2}", "geometric mean", "", mean(0), mean(1), mean(2));
    }
    if bless {
        let rows: Vec<String> = measured.iter().map(|(name, ratios)| format!("{name} {:.2}\n", ratios[0])).collect();
        write(&record(), rows.concat())?;
    }
    for name in &failed {
        println!("{name} failed or got slower");
    }
    Ok(failed.is_empty())
}

/// Steady state ratios to CPython 3.14, by which a program that got slower is told.
fn record() -> PathBuf {
    root().join("tests/bench/ratios.txt")
}

fn recorded() -> Result<Vec<(String, f64)>, String> {
    if !record().exists() {
        return Ok(Vec::new());
    }
    let text = read(&record())?;
    let rows = text.lines().filter_map(|line| line.split_once(' '));
    Ok(rows.filter_map(|(name, ratio)| Some((name.to_owned(), ratio.parse().ok()?))).collect())
}

/// The suite.
pub(crate) fn programs() -> Result<Vec<Program>, String> {
    let text = read(&root().join("tests/bench/suite.txt"))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines
        .filter_map(|line| {
            let is_short = line.starts_with('*');
            let mut words = line.trim_start_matches('*').split_whitespace().map(str::to_owned);
            Some(Program { name: words.next()?, is_short, folder: words.next()?, arguments: words.collect() })
        })
        .collect())
}

fn installed_reference() -> Option<Python> {
    let command = "python3.14";
    let output = Command::new(command).arg("--version").output().ok()?;
    if output.status.success() { Python::judged(Some(command.into())).ok() } else { None }
}

/// The folder with pyperformance's programs, installed if need be.
pub(crate) fn scripts() -> Result<Option<PathBuf>, String> {
    let site = root().join("target/bench");
    let scripts = site.join("pyperformance/data-files/benchmarks");
    if scripts.is_dir() {
        return Ok(Some(scripts));
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(&site).args(PACKAGES);
    run(pip, Duration::from_secs(300))?;
    Ok(scripts.is_dir().then_some(scripts))
}

/// Runs a program, for about so many seconds in the steady state.
pub(crate) fn time(python: &Python, program: &Program, scripts: &Path, seconds: usize) -> Result<Figures, String> {
    let folder = scripts.join(&program.folder);
    let peak = Scratch::new()?;
    let site = scripts.ancestors().nth(3).unwrap_or(scripts);
    let path = std::env::join_paths([root().join("tests/bench"), site.to_path_buf()]).map_err(|why| why.to_string())?;
    let mut command = python.command();
    // The program tells its own peak when it ends.
    let tell = "import atexit, os, resource, runpy, sys\n\
                sys.argv = sys.argv[1:]\n\
                sys.path[0] = os.getcwd()\n\
                atexit.register(lambda: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))\n\
                runpy.run_path(sys.argv[0], run_name='__main__')\n";
    let script = peak.path().join("tell.py");
    write(&script, tell)?;
    command.arg(script).arg(folder.join("run_benchmark.py")).args(&program.arguments);
    command.env("PYTHONPATH", path).env("BENCH_SECONDS", seconds.to_string()).current_dir(&folder);
    let ended = run(command, Duration::from_secs(60 + 20 * seconds as u64))?;
    let output = String::from_utf8_lossy(&ended.stdout);
    let (mut rows, mut peak) = (Vec::new(), f64::NAN);
    for line in output.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["peak", bytes] => peak = bytes.parse::<f64>().unwrap_or(f64::NAN) * 1024.0,
            [_, first, steady] => {
                if let (Ok(first), Ok(steady)) = (first.parse::<f64>(), steady.parse::<f64>()) {
                    rows.push((first, steady));
                }
            }
            _ => {}
        }
    }
    if ended.status != Some(0) || rows.is_empty() {
        let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
        return Err(match ended.status {
            None => "it ran too long".into(),
            Some(_) => errors.lines().last().unwrap_or("no output").to_owned(),
        });
    }
    let mean =
        |of: fn(&(f64, f64)) -> f64| (rows.iter().map(|row| of(row).ln()).sum::<f64>() / rows.len() as f64).exp();
    Ok(Figures { first: mean(|row| row.0), steady: mean(|row| row.1), peak })
}
