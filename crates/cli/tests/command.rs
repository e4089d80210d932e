//! The command line, as CPython's.

use std::process::{Command, Output};

fn taipan(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taipan"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command.env_remove("LC_ALL").env("LANG", "C.UTF-8").args(arguments).envs(variables.iter().copied());
    command.output().expect("it runs")
}

/// Exit status, standard output, standard error.
fn seen(arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let output = taipan(arguments, variables);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn prints(arguments: &[&str], variables: &[(&str, &str)], wanted: &str) {
    let (status, out, err) = seen(arguments, variables);
    assert_eq!((status, out.trim_end(), err.as_str()), (0, wanted, ""), "{arguments:?}");
}

#[track_caller]
fn refuses(arguments: &[&str], message: &str) {
    let (status, out, err) = seen(arguments, &[]);
    let mut lines = err.lines();
    assert_eq!((status, out.as_str(), lines.next()), (2, "", Some(message)), "{arguments:?}");
    assert!(
        lines.next().is_some_and(|line| line.starts_with("usage: ") && line.contains("[-c cmd | -m mod | file | -]"))
    );
    assert_eq!((lines.next(), lines.next()), (Some("Try `python -h' for more information."), None));
}

#[test]
fn wrong_options() {
    refuses(&["-z"], "Unknown option: -z");
    refuses(&["-Bz"], "Unknown option: -z");
    refuses(&["--unknown"], "Unknown option: --unknown");
    refuses(&["-c"], "Argument expected for the -c option");
    refuses(&["-Im"], "Argument expected for the -m option");
    refuses(&["--check-hash-based-pycs"], "Argument expected for the --check-hash-based-pycs options");
    refuses(
        &["--check-hash-based-pycs", "x"],
        "--check-hash-based-pycs must be one of 'default', 'always', or 'never'",
    );
}

#[test]
fn wrong_settings() {
    for (arguments, name, value, message) in [
        (
            &[][..],
            "PYTHONHASHSEED",
            "x",
            "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]",
        ),
        (&["-X", "utf8=2"], "A", "", "preconfig_init_utf8_mode: invalid -X utf8 option value"),
        (
            &["-X", "int_max_str_digits=7"],
            "A",
            "",
            "config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.",
        ),
    ] {
        let (status, _, err) = seen(&[arguments, &["-c", "pass"]].concat(), &[(name, value)]);
        assert_eq!((status, err.lines().next()), (1, Some(format!("Fatal Python error: {message}").as_str())));
    }
}

#[test]
fn help_and_version() {
    for option in ["-h", "-?", "--help"] {
        let (status, out, err) = seen(&[option], &[]);
        assert!(status == 0 && err.is_empty() && out.starts_with("usage: ") && out.contains("\n-O     : "));
    }
    for option in ["--help-env", "--help-xoptions", "--help-all"] {
        let (status, out, err) = seen(&[option], &[]);
        assert!(status == 0 && err.is_empty() && out.lines().skip(1).all(|line| line.len() < 81), "{option}");
    }
    let (_, once, _) = seen(&["-V"], &[]);
    assert!(once.starts_with("Python 3.14."));
    prints(&["--version"], &[], once.trim_end());
    assert!(seen(&["-VV"], &[]).1.contains("taipan"));
}

#[test]
fn arguments_reach_the_program() {
    prints(&["-c", "import sys; print(sys.argv)", "a", "-b"], &[], "['-c', 'a', '-b']");
    prints(
        &["-Bc", "import sys; print(sys.orig_argv[1:])", "a"],
        &[],
        "['-Bc', 'import sys; print(sys.orig_argv[1:])', 'a']",
    );
    prints(&["-c", "\n  import sys\n  print(1)\n"], &[], "1");
}

#[test]
fn flags() {
    let flag = |name: &str| format!("import sys; print(sys.flags.{name})");
    prints(&["-OO", "-c", &flag("optimize")], &[], "2");
    prints(&["-c", &flag("optimize")], &[("PYTHONOPTIMIZE", "1")], "1");
    prints(&["-E", "-c", &flag("optimize")], &[("PYTHONOPTIMIZE", "1")], "0");
    prints(
        &[
            "-I",
            "-c",
            "import sys; f = sys.flags; print(f.isolated, f.ignore_environment, f.no_user_site, f.safe_path)",
        ],
        &[],
        "1 1 1 True",
    );
    prints(&["-X", "a=b=c", "-Xd", "-c", "import sys; print(sys._xoptions)"], &[], "{'a': 'b=c', 'd': True}");
    prints(
        &["-bb", "-Wignore", "-X", "dev", "-c", "import sys; print(sys.warnoptions)"],
        &[("PYTHONWARNINGS", "default,,always")],
        "['default', 'default', 'always', 'ignore', 'error::BytesWarning']",
    );
}

#[test]
fn optimisation_removes_asserts() {
    prints(&["-O", "-c", "assert 0; print(__debug__)"], &[], "False");
    prints(&["-OO", "-c", "def f(): 'text'\nprint(f.__doc__)"], &[], "None");
}
