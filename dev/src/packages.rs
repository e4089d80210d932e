//! Programs that use packages from PyPI: installed with Taipan's own pip, in a virtual environment of Taipan's.

use crate::markdown::difference;
use crate::options::Options;
use crate::process::{Ended, Python, Scratch, run};
use crate::{Outcome, read, root, write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Enough for sympy on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);

/// Words of pip's where it is the network that fails.
const NO_NETWORK: &[&str] =
    &["name resolution", "Network is unreachable", "Connection refused", "ConnectTimeout", "ProxyError", "timed out"];

/// `cargo dev packages`
pub fn main(arguments: &[String]) -> Outcome {
    let mut options = Options::new(arguments);
    let (bless, given) = (options.switch("--bless"), options.value("--python")?);
    let rest = options.rest()?;
    let name = rest.first().map(String::as_str);
    let python = if bless { Python::reference()? } else { Python::judged(given)? };
    let (mut failed, mut pip_works) = (0, true);
    let site = match install(&python)? {
        Installed::Here(site) => site,
        Installed::ByOther(site, why) => {
            println!("pip does not work under Taipan:\n{why}");
            pip_works = false;
            site
        }
        Installed::NoNetwork => {
            println!("SKIPPED: packages cannot be had here (no network)");
            return Ok(true);
        }
    };
    let programs = programs(name)?;
    for program in &programs {
        let ended = execute(&python, program, &site)?;
        let shown = program.strip_prefix(root()).unwrap_or(program).display();
        let expected = program.with_extension("expected");
        if bless {
            if ended.status != Some(0) {
                return Err(format!("{shown}: {}", String::from_utf8_lossy(&ended.stderr)));
            }
            write(&expected, &ended.stdout)?;
            continue;
        }
        let (wanted, got) = (read(&expected)?, String::from_utf8_lossy(&ended.stdout).into_owned());
        if ended.status == Some(0) && wanted == got {
            println!("{shown} ok");
            continue;
        }
        failed += 1;
        let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
        let last: Vec<&str> = errors.lines().rev().take(12).collect();
        let last: String = last.iter().rev().map(|line| format!("    {line}\n")).collect();
        let ending = ended.status.map_or("ran too long".to_owned(), |status| format!("exit status {status}"));
        println!("{shown} FAILED ({ending})\n{}{last}", difference(&wanted, &got));
    }
    println!("{} of {} programs do what they do under CPython", programs.len() - failed, programs.len());
    if !pip_works && !bless {
        println!("the packages were installed by another Python");
    }
    Ok(failed == 0)
}

fn programs(name: Option<&str>) -> Result<Vec<PathBuf>, String> {
    let folder = root().join("tests/packages");
    let entries = std::fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut programs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    programs.retain(|path| {
        path.extension().is_some_and(|extension| extension == "py")
            && name.is_none_or(|name| path.file_stem().is_some_and(|stem| stem.to_string_lossy() == name))
    });
    programs.sort();
    Ok(programs)
}

fn execute(python: &Python, program: &Path, site: &Path) -> Result<Ended, String> {
    let folder = Scratch::new()?;
    let mut command = python.command();
    command
        .arg(program)
        .env("PYTHONPATH", site)
        .env("PYTHONHASHSEED", "0")
        .env("HOME", folder.path())
        .current_dir(folder.path());
    run(command, LIMIT)
}

/// Where the packages are.
enum Installed {
    Here(PathBuf),
    /// By another Python, and why not by the judged one.
    ByOther(PathBuf, String),
    NoNetwork,
}

fn install(python: &Python) -> Result<Installed, String> {
    let list = root().join("tests/packages/requirements.txt");
    let wanted = read(&list)?;
    let home = root().join("target/packages");
    let site = home.join("site");
    let mark = home.join("installed.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|text| text == wanted) {
        return Ok(Installed::Here(site));
    }
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).map_err(|why| why.to_string())?;

    let mut create = python.command();
    let environment = home.join("venv");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    let why = match tell(run(create, LIMIT)?) {
        Ok(()) => {
            let mut pip = Command::new(environment.join("bin/python"));
            pip_install(&mut pip, &list, &site);
            match tell(run(pip, 3 * LIMIT)?) {
                Ok(()) => {
                    write(&mark, &wanted)?;
                    return Ok(Installed::Here(site));
                }
                Err(why) => why,
            }
        }
        Err(why) => why,
    };
    if NO_NETWORK.iter().any(|words| why.contains(words)) {
        return Ok(Installed::NoNetwork);
    }
    let mut pip = Command::new("python3");
    pip_install(&mut pip, &list, &site);
    match run(pip, 3 * LIMIT).map(tell) {
        Ok(Ok(())) => Ok(Installed::ByOther(site, why)),
        Ok(Err(other)) if NO_NETWORK.iter().any(|words| other.contains(words)) => Ok(Installed::NoNetwork),
        Ok(Err(other)) | Err(other) => Err(format!("no pip works:\n{why}\n{other}")),
    }
}

fn pip_install(command: &mut Command, list: &Path, site: &Path) {
    command.args([
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
        "--target",
    ]);
    command.arg(site).arg("--requirement").arg(list);
}

/// What a failed child said last.
fn tell(ended: Ended) -> Result<(), String> {
    if ended.status == Some(0) {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&ended.stderr).into_owned() + &String::from_utf8_lossy(&ended.stdout);
    let lines: Vec<&str> = text.lines().rev().take(15).collect();
    Err(lines.into_iter().rev().map(|line| format!("    {line}\n")).collect())
}
