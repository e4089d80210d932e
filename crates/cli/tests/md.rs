//! Runs the programs of `tests/md` and compares what they print with what CPython 3.14 printed.

use dev::markdown;
use dev::process::{Python, parallel};

fn main() -> std::process::ExitCode {
    // Flags of the usual test harness are accepted and mean nothing here.
    let name = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let python = Python::judged(Some(env!("CARGO_BIN_EXE_taipan").to_owned())).expect("cargo built it");
    let files = markdown::files(name.as_deref()).expect("tests/md is there");
    println!("running {} tests", files.len());
    let jobs = std::thread::available_parallelism().map_or(2, usize::from);
    let results = parallel(&files, jobs, |path| markdown::check_file(&python, path));
    let mut failed = 0;
    for (path, result) in files.iter().zip(results) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let failures = match result {
            Ok((_, failures)) => failures,
            Err(why) => vec![why],
        };
        println!("test md::{name} ... {}", if failures.is_empty() { "ok" } else { "FAILED" });
        failures.iter().for_each(|failure| println!("{failure}"));
        failed += usize::from(!failures.is_empty());
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out",
        files.len() - failed
    );
    if failed == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
