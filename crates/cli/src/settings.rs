//! The machine's settings, from the command line and the environment.

use crate::Exit;
use crate::arguments::{CommandLine, Program};
use crate::environment::{Environment, fatal};
use std::cell::Cell;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vm::{Config, Run};

/// The least limit for `int_max_str_digits`.
const LEAST_DIGITS: usize = 640;

/// Settings, and what is to be run.
pub fn resolve(line: CommandLine, arguments: Vec<OsString>) -> Result<(Config, Run), Exit> {
    let environment = Environment::new(&line);
    let mut config = Config {
        executable: executable(arguments.first()),
        optimize: environment.level("PYTHONOPTIMIZE", line.optimize),
        debug: environment.level("PYTHONDEBUG", line.debug) > 0,
        inspect: line.interactive || environment.is_set("PYTHONINSPECT"),
        interactive: line.interactive,
        dont_write_bytecode: line.dont_write_bytecode || environment.is_set("PYTHONDONTWRITEBYTECODE"),
        no_user_site: line.no_user_site || line.isolated || environment.is_set("PYTHONNOUSERSITE"),
        no_site: line.no_site,
        ignore_environment: !environment.counts(),
        verbose: environment.level("PYTHONVERBOSE", line.verbose),
        bytes_warning: line.bytes_warning,
        quiet: line.quiet,
        isolated: line.isolated,
        dev_mode: environment.switch("dev", "PYTHONDEVMODE"),
        utf8_mode: utf8_mode(&environment)?,
        safe_path: line.safe_path || line.isolated || environment.is_set("PYTHONSAFEPATH"),
        unbuffered: line.unbuffered || environment.is_set("PYTHONUNBUFFERED"),
        skip_first_line: line.skip_first_line,
        check_hash_pycs: line.check_hash_pycs.unwrap_or("default"),
        warn_default_encoding: environment.switch("warn_default_encoding", "PYTHONWARNDEFAULTENCODING"),
        no_debug_ranges: environment.switch("no_debug_ranges", "PYTHONNODEBUGRANGES"),
        import_time: import_time(&environment)?,
        tracemalloc: tracemalloc(&environment)?,
        cpu_count: cpu_count(&environment)?,
        thread_inherit_context: environment.zero_or_one(
            "thread_inherit_context",
            "PYTHON_THREAD_INHERIT_CONTEXT",
            "config_init_thread_inherit_context",
            false,
        )?,
        context_aware_warnings: environment.zero_or_one(
            "context_aware_warnings",
            "PYTHON_CONTEXT_AWARE_WARNINGS",
            "config_init_context_aware_warnings",
            false,
        )?,
        int_max_str_digits: Cell::new(int_max_str_digits(&environment)?),
        pycache_prefix: match environment.x_option("pycache_prefix") {
            Some(prefix) => prefix.filter(|prefix| !prefix.is_empty()).map(str::to_owned),
            None => environment.variable("PYTHONPYCACHEPREFIX"),
        },
        hash_seed: hash_seed(&environment)?,
        ..Config::default()
    };
    config.hash_randomization = config.hash_seed != Some(0);
    config.faulthandler = config.dev_mode || environment.switch("faulthandler", "PYTHONFAULTHANDLER");
    check_frozen_modules(&environment)?;
    for_tests(&environment, &mut config);
    config.warn_options = warnings(&environment, &line, config.dev_mode);
    config.x_options = line.x_options;

    let (run, argv0) = match line.program {
        Some(Program::Command(text)) => (Run::Command(text), OsString::from("-c")),
        Some(Program::Module(name)) => (Run::Module(name), OsString::from("-m")),
        None => match line.rest.first() {
            Some(file) if file.as_bytes() != b"-" => (Run::File(PathBuf::from(file)), file.clone()),
            dash => {
                let argv0 = dash.cloned().unwrap_or_default();
                let prompt = config.interactive || std::io::stdin().is_terminal();
                (if prompt { Run::Interactive } else { Run::Stdin }, argv0)
            }
        },
    };
    // -c and -m stand for themselves; otherwise the program is the first of what is left.
    let skip = usize::from(!matches!(run, Run::Command(_) | Run::Module(_)) && !line.rest.is_empty());
    config.argv = std::iter::once(argv0).chain(line.rest.into_iter().skip(skip)).collect();
    config.orig_argv = arguments;
    Ok((config, run))
}

/// The full path of the executable as it was called: links are followed by nobody yet, they may lead into a virtual
/// environment. Empty where it is not known.
fn executable(called: Option<&OsString>) -> String {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let Some(called) = called.filter(|called| !called.is_empty()) else { return String::new() };
    if called.as_bytes().contains(&b'/') {
        return std::path::absolute(Path::new(called)).map(text).unwrap_or_default();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::env::split_paths(&folders).map(|folder| folder.join(called));
    let found = candidates.into_iter().find(|path| is_executable(path)).and_then(|path| std::path::absolute(path).ok());
    found.or_else(|| std::env::current_exe().ok()).map(text).unwrap_or_default()
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// UTF-8 mode: as asked for, otherwise on where the locale is none.
fn utf8_mode(environment: &Environment) -> Result<bool, Exit> {
    let wrong = |what: &str| Exit::Fatal(format!("preconfig_init_utf8_mode: invalid {what} value"), "preinitializing");
    match environment.x_option("utf8") {
        Some(None | Some("1")) => return Ok(true),
        Some(Some("0")) => return Ok(false),
        Some(_) => return Err(wrong("-X utf8 option")),
        None => {}
    }
    match environment.variable("PYTHONUTF8").as_deref() {
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        Some(_) => Err(wrong("PYTHONUTF8 environment variable")),
        None => Ok(crate::process::is_c_locale()),
    }
}

fn int_max_str_digits(environment: &Environment) -> Result<usize, Exit> {
    let (value, from) = match environment.x_option("int_max_str_digits") {
        Some(value) => (value.unwrap_or("").to_owned(), "-X int_max_str_digits"),
        None => match environment.variable("PYTHONINTMAXSTRDIGITS") {
            Some(value) => (value, "PYTHONINTMAXSTRDIGITS"),
            None => return Ok(Config::default().int_max_str_digits.get()),
        },
    };
    match value.parse() {
        Ok(digits) if digits == 0 || (LEAST_DIGITS..=i32::MAX as usize).contains(&digits) => Ok(digits),
        _ => {
            let message = format!("{from}: invalid limit; must be >= {LEAST_DIGITS} or 0 for unlimited.");
            Err(fatal("config_init_int_max_str_digits", &message))
        }
    }
}

fn cpu_count(environment: &Environment) -> Result<Option<u32>, Exit> {
    let given = match environment.x_option("cpu_count") {
        Some(value) => Some(value.unwrap_or("").to_owned()),
        None => environment.variable("PYTHON_CPU_COUNT"),
    };
    match given.as_deref() {
        None | Some("default") => Ok(None),
        Some(value) => match value.parse() {
            Ok(count) if count > 0 && count <= i32::MAX as u32 => Ok(Some(count)),
            _ => {
                let message = "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0";
                Err(fatal("config_init_cpu_count", message))
            }
        },
    }
}

fn import_time(environment: &Environment) -> Result<u8, Exit> {
    match (environment.x_option("importtime"), environment.variable("PYTHONPROFILEIMPORTTIME").as_deref()) {
        (Some(None | Some("1")), _) => Ok(1),
        (Some(Some("2")), _) => Ok(2),
        (Some(_), _) => {
            let message = "-X importtime: values other than 1 and 2 are reserved for future use.";
            Err(fatal("config_init_import_time", message))
        }
        (None, None) => Ok(0),
        (None, Some(value)) => match value.parse::<i64>() {
            Ok(1) | Err(_) => Ok(1),
            Ok(2) => Ok(2),
            Ok(_) => {
                let message = "PYTHONPROFILEIMPORTTIME: numeric values other than 1 and 2 are reserved for future use.";
                Err(fatal("config_init_import_time", message))
            }
        },
    }
}

fn tracemalloc(environment: &Environment) -> Result<u32, Exit> {
    let (value, message) = match environment.x_option("tracemalloc") {
        Some(None) => return Ok(1),
        Some(Some(value)) => (value.to_owned(), "-X tracemalloc=NFRAME: invalid number of frames"),
        None => match environment.variable("PYTHONTRACEMALLOC") {
            Some(value) => (value, "PYTHONTRACEMALLOC: invalid number of frames"),
            None => return Ok(0),
        },
    };
    match value.parse() {
        Ok(frames) if frames <= u32::from(u16::MAX) => Ok(frames),
        _ => Err(fatal("config_init_tracemalloc", message)),
    }
}

fn hash_seed(environment: &Environment) -> Result<Option<u64>, Exit> {
    match environment.variable("PYTHONHASHSEED").as_deref() {
        None | Some("random") => Ok(None),
        Some(seed) => match seed.parse::<u32>() {
            Ok(seed) => Ok(Some(seed.into())),
            Err(_) => {
                let message = "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
                Err(fatal("config_init_hash_seed", message))
            }
        },
    }
}

/// The library is always packed, but a wrong value is still an error.
fn check_frozen_modules(environment: &Environment) -> Result<(), Exit> {
    let (value, from) = match environment.x_option("frozen_modules") {
        Some(value) => (value.unwrap_or("").to_owned(), "option -X frozen_modules"),
        None => (environment.variable("PYTHON_FROZEN_MODULES").unwrap_or_default(), "PYTHON_FROZEN_MODULES"),
    };
    match value.as_str() {
        "" | "on" | "off" => Ok(()),
        _ => Err(Exit::Fatal(format!("bad value for {from} (expected \"on\" or \"off\")"), "preinitialized")),
    }
}

/// `sys.warnoptions`: what comes later wins.
fn warnings(environment: &Environment, line: &CommandLine, dev_mode: bool) -> Vec<String> {
    let mut options = Vec::new();
    if dev_mode {
        options.push("default".to_owned());
    }
    let variable = environment.variable("PYTHONWARNINGS").unwrap_or_default();
    options.extend(variable.split(',').filter(|option| !option.is_empty()).map(str::to_owned));
    options.extend(line.warnings.iter().cloned());
    match line.bytes_warning {
        0 => {}
        1 => options.push("default::BytesWarning".to_owned()),
        _ => options.push("error::BytesWarning".to_owned()),
    }
    options
}

/// Taipan's own variables, for its tests and for limits.
fn for_tests(environment: &Environment, config: &mut Config) {
    match environment.variable("TAIPAN_GC").as_deref() {
        Some("never") => config.stress = heap::StressMode::Never,
        Some("stress") => {
            config.stress = heap::StressMode::EverySafepoint;
            config.poison = true;
        }
        _ => {}
    }
    config.memory_limit = environment.variable("TAIPAN_MEMORY").and_then(|bytes| bytes.parse().ok());
}
