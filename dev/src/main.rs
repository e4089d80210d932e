//! `cargo dev`: what a person working on Taipan calls.

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo dev COMMAND

  tokens FILE          the tokens of a program
  ast FILE             its syntax tree
  bytecode FILE        its bytecode (-O, -OO: optimised)
  conformance [--group G | --modules a,b] [--bless] [--fetch] [--python CMD] [--seconds N] [--jobs N] [--logs DIR]
                       run CPython's own tests, compare with tests/conformance/passing.txt
  md [--bless] [--python CMD] [NAME]
                       run the programs of tests/md, compare with the recorded output; --bless records that of the
                       CPython 3.14 named by TAIPAN_REFERENCE
  bench [--short] [--bless] [--seconds N] [--python CMD] [NAME...]
                       time pyperformance's programs beside CPython 3.14 (TAIPAN_REFERENCE, or python3.14); --bless
                       records the ratios, by which a program that got slower is told
  bench --growth [--most N] [--python CMD]
                       how time and memory grow up to N elements (10,000,000)
  packages [--bless] [--python CMD] [NAME]
                       run programs that use packages from PyPI, compare with the recorded output
  profile              record which paths of the machine programs take; release builds are optimised by that
  order                find out with valgrind which functions the newest release runs at a start, and have them lie together
                       in the next one
  new-module NAME      start a native module

CMD is the Python that is judged: by default $TAIPAN, or the newest taipan in target/.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return ExitCode::from(2);
    };
    let result = match command.as_str() {
        "tokens" => dev::dump::tokens(rest),
        "ast" => dev::dump::ast(rest),
        "bytecode" => dev::dump::bytecode(rest),
        "conformance" => dev::conformance::main(rest),
        "md" => dev::markdown::main(rest),
        "bench" => dev::bench::main(rest),
        "packages" => dev::packages::main(rest),
        "profile" => dev::profile::main(rest),
        "order" => dev::order::main(rest),
        "new-module" => dev::new_module::main(rest),
        "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(true)
        }
        unknown => Err(format!("no such command: {unknown}\n\n{USAGE}")),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
