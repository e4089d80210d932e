//! Settings that an environment variable or a `-X` option can give.

use crate::Exit;
use crate::arguments::CommandLine;

/// Where settings are looked up.
pub struct Environment<'a> {
    line: &'a CommandLine,
    /// Do `PYTHON*` variables count?
    variables: bool,
}

/// Values of `-X name`: not given, given alone, given with a value.
pub type XOption<'a> = Option<Option<&'a str>>;

impl<'a> Environment<'a> {
    /// Settings for that command line.
    pub fn new(line: &'a CommandLine) -> Self {
        Environment { line, variables: !(line.ignore_environment || line.isolated) }
    }

    /// Do `PYTHON*` variables count?
    pub fn counts(&self) -> bool {
        self.variables
    }

    /// A variable that is set to something.
    pub fn variable(&self, name: &str) -> Option<String> {
        if !self.variables {
            return None;
        }
        let value = std::env::var_os(name)?;
        (!value.is_empty()).then(|| value.to_string_lossy().into_owned())
    }

    /// Is the variable set to something?
    pub fn is_set(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }

    /// The greater of `given` and the variable's number; what is no number counts as 1.
    pub fn level(&self, name: &str, given: u8) -> u8 {
        match self.variable(name) {
            Some(value) => {
                given.max(value.trim().parse::<i64>().ok().filter(|v| *v >= 0).map_or(1, |v| v.min(255) as u8))
            }
            None => given,
        }
    }

    /// The first `-X name`.
    pub fn x_option(&self, name: &str) -> XOption<'a> {
        let (_, value) = self.line.x_options.iter().find(|(option, _)| option == name)?;
        Some(value.as_deref())
    }

    /// A switch: `-X name`, or the variable.
    pub fn switch(&self, name: &str, variable: &str) -> bool {
        self.x_option(name).is_some() || self.is_set(variable)
    }

    /// A switch with a value 0 or 1.
    pub fn zero_or_one(&self, name: &str, variable: &str, what: &str, default: bool) -> Result<bool, Exit> {
        let given = match self.x_option(name) {
            Some(value) => Some((value.unwrap_or("").to_owned(), format!("-X {name}=n: n is missing or invalid"))),
            None => self.variable(variable).map(|value| (value, format!("{variable}=N: N is missing or invalid"))),
        };
        match given {
            None => Ok(default),
            Some((value, _)) if value == "0" => Ok(false),
            Some((value, _)) if value == "1" => Ok(true),
            Some((_, message)) => Err(fatal(what, &message)),
        }
    }
}

/// A setting that cannot be used.
pub fn fatal(what: &str, message: &str) -> Exit {
    Exit::Fatal(format!("{what}: {message}"), "preinitialized")
}
