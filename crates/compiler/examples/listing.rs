//! Compiles files and prints their listings; with `-q` it only says what fails and how fast it went.

use std::time::{Duration, Instant};

fn main() {
    let mut quiet = false;
    let (mut bytes, mut encoded_bytes, mut failed) = (0, 0, 0);
    let [mut parsing, mut compiling, mut encoding, mut decoding, mut verifying] = [Duration::ZERO; 5];
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
                let start = Instant::now();
                let encoded = bytecode::encode(&unit);
                encoding += start.elapsed();
                encoded_bytes += encoded.len();
                let start = Instant::now();
                let decoded = bytecode::decode(&encoded);
                decoding += start.elapsed();
                if decoded.as_ref() != Ok(&unit) {
                    // A NaN is not equal to itself.
                    println!("{path}: does not come back as it was");
                }
                let start = Instant::now();
                let verified = bytecode::verify(&unit);
                verifying += start.elapsed();
                if let Err(error) = verified {
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
            "{megabytes:.2} MB of source, {:.2} MB encoded, {failed} failed; MB/s of source:",
            encoded_bytes as f64 / 1e6
        );
        let stages = [
            ("parse", parsing),
            ("compile", compiling),
            ("encode", encoding),
            ("decode", decoding),
            ("verify", verifying),
        ];
        for (stage, time) in stages {
            println!("  {stage:8} {:7.1}", megabytes / time.as_secs_f64());
        }
    }
}
