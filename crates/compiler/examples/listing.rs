//! Compiles files and prints their listings; with `-q` it only says what fails and how fast it went.

use std::time::{Duration, Instant};

fn main() {
    let mut quiet = false;
    let (mut bytes, mut failed, mut parsing, mut compiling) = (0, 0, Duration::ZERO, Duration::ZERO);
    for path in std::env::args().skip(1) {
        if path == "-q" {
            quiet = true;
            continue;
        }
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        let start = Instant::now();
        let parsed = match syntax::parse(&source, &syntax::ParseOptions::default()) {
            Ok(parsed) => parsed,
            Err(error) => {
                println!("{path}: {error}");
                failed += 1;
                continue;
            }
        };
        parsing += start.elapsed();
        let start = Instant::now();
        let options = compiler::CompileOptions { filename: path.clone(), ..Default::default() };
        match compiler::compile(&parsed, &options) {
            Ok((unit, warnings)) => {
                compiling += start.elapsed();
                bytes += source.len();
                if let Err(error) = bytecode::verify(&unit) {
                    println!("{path}: {error}");
                    failed += 1;
                }
                if !quiet {
                    for warning in warnings {
                        println!("{path}:{}: {}", warning.lineno, warning.msg);
                    }
                    print!("{}", bytecode::disassemble(&unit));
                }
            }
            Err(error) => {
                println!("{path}: {error}");
                failed += 1;
            }
        }
    }
    if quiet {
        let megabytes = bytes as f64 / 1e6;
        println!(
            "{megabytes:.2} MB, {failed} failed; parsed at {:.1} MB/s, compiled at {:.1} MB/s",
            megabytes / parsing.as_secs_f64(),
            megabytes / compiling.as_secs_f64()
        );
    }
}
