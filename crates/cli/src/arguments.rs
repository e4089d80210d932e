//! The command line: options by letter or word, in the order and with the messages of CPython.

use crate::{Exit, help};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// Letters of options; a colon follows those with an argument.
const LETTERS: &str = "bBc:dEhiIm:OPqRsStuvVW:xX:?";

/// What the options say, the environment left aside.
#[derive(Debug, Default)]
pub struct CommandLine {
    pub bytes_warning: u8,
    pub dont_write_bytecode: bool,
    pub debug: u8,
    pub ignore_environment: bool,
    pub interactive: bool,
    pub isolated: bool,
    pub optimize: u8,
    pub safe_path: bool,
    pub quiet: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub unbuffered: bool,
    pub verbose: u8,
    pub skip_first_line: bool,
    pub warnings: Vec<String>,
    pub x_options: Vec<(String, Option<String>)>,
    pub check_hash_pycs: Option<&'static str>,
    /// `-c` or `-m` with its argument.
    pub program: Option<Program>,
    /// What follows the options.
    pub rest: Vec<OsString>,
}

/// What is run, where an option says it.
#[derive(Debug)]
pub enum Program {
    Command(String),
    Module(String),
}

/// An option as read.
enum Found {
    Letter(u8, Option<OsString>),
    Word(&'static str, Option<OsString>),
}

/// Reads options from the arguments, several letters in one argument included.
struct Reader<'a> {
    arguments: &'a [OsString],
    next: usize,
    /// Letters of the current argument that are still to be read.
    letters: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self) -> Option<OsString> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        Some(argument.clone())
    }

    fn option(&mut self) -> Result<Option<Found>, Exit> {
        if self.letters.is_empty() {
            let Some(argument) = self.arguments.get(self.next).map(|argument| argument.as_bytes()) else {
                return Ok(None);
            };
            if argument.first() != Some(&b'-') || argument == b"-" {
                return Ok(None);
            }
            self.next += 1;
            match argument {
                b"--" => return Ok(None),
                [b'-', b'-', word @ ..] => return self.word(word).map(Some),
                _ => self.letters = &argument[1..],
            }
        }
        let letter = self.letters[0];
        self.letters = &self.letters[1..];
        let Some(at) = LETTERS.bytes().position(|known| known == letter && letter != b':') else {
            return Err(Exit::Usage(format!("Unknown option: -{}", String::from_utf8_lossy(&[letter]))));
        };
        if LETTERS.as_bytes().get(at + 1) != Some(&b':') {
            return Ok(Some(Found::Letter(letter, None)));
        }
        let argument = if self.letters.is_empty() {
            self.take()
        } else {
            Some(std::ffi::OsStr::from_bytes(std::mem::take(&mut self.letters)).to_os_string())
        };
        match argument {
            Some(argument) => Ok(Some(Found::Letter(letter, Some(argument)))),
            None => Err(Exit::Usage(format!("Argument expected for the -{} option", letter as char))),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<Found, Exit> {
        let word = match word {
            b"help" => return Ok(Found::Letter(b'h', None)),
            b"version" => return Ok(Found::Letter(b'V', None)),
            b"help-all" => "help-all",
            b"help-env" => "help-env",
            b"help-xoptions" => "help-xoptions",
            b"check-hash-based-pycs" => match self.take() {
                Some(argument) => return Ok(Found::Word("check-hash-based-pycs", Some(argument))),
                None => return Err(Exit::Usage("Argument expected for the --check-hash-based-pycs options".into())),
            },
            unknown => return Err(Exit::Usage(format!("Unknown option: --{}", String::from_utf8_lossy(unknown)))),
        };
        Ok(Found::Word(word, None))
    }
}

/// Reads the command line.
pub fn parse(arguments: &[OsString], program: &str) -> Result<CommandLine, Exit> {
    let mut line = CommandLine::default();
    let mut reader = Reader { arguments, next: 1, letters: &[] };
    let (mut help, mut version) = (false, 0);
    while line.program.is_none()
        && let Some(found) = reader.option()?
    {
        match found {
            Found::Letter(b'h' | b'?', _) => help = true,
            Found::Letter(b'V', _) => version += 1,
            Found::Letter(letter, argument) => {
                line.letter(letter, argument.unwrap_or_default().to_string_lossy().into_owned())
            }
            Found::Word("check-hash-based-pycs", argument) => {
                line.check_hash_pycs = Some(match argument.unwrap_or_default().as_bytes() {
                    b"always" => "always",
                    b"default" => "default",
                    b"never" => "never",
                    _ => {
                        let message = "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
                        return Err(Exit::Usage(message.into()));
                    }
                });
            }
            Found::Word("help-all", _) => return Err(Exit::Shown(help::all(program))),
            Found::Word("help-env", _) => return Err(Exit::Shown(help::ENVIRONMENT.into())),
            Found::Word(..) => return Err(Exit::Shown(help::X_OPTIONS.into())),
        }
    }
    if help {
        return Err(Exit::Shown(help::usage(program)));
    }
    if version > 0 {
        return Err(Exit::Shown(help::version(version > 1)));
    }
    line.rest = arguments.get(reader.next..).unwrap_or_default().to_vec();
    Ok(line)
}

impl CommandLine {
    fn letter(&mut self, letter: u8, argument: String) {
        let more = |count: &mut u8| *count = count.saturating_add(1);
        match letter {
            b'b' => more(&mut self.bytes_warning),
            b'B' => self.dont_write_bytecode = true,
            b'c' => self.program = Some(Program::Command(argument)),
            b'd' => more(&mut self.debug),
            b'E' => self.ignore_environment = true,
            b'i' => self.interactive = true,
            b'I' => self.isolated = true,
            b'm' => self.program = Some(Program::Module(argument)),
            b'O' => more(&mut self.optimize),
            b'P' => self.safe_path = true,
            b'q' => self.quiet = true,
            b's' => self.no_user_site = true,
            b'S' => self.no_site = true,
            b'u' => self.unbuffered = true,
            b'v' => more(&mut self.verbose),
            b'W' => self.warnings.push(argument),
            b'x' => self.skip_first_line = true,
            b'X' => self.x_options.push(match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            }),
            // -R and -t had a meaning once.
            _ => {}
        }
    }
}
