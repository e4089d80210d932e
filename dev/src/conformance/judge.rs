//! Runs a test module and reads what became of its tests.

use crate::process::{Python, Scratch, run};
use crate::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// What became of a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    Ok,
    Failed,
    Error,
    Skipped,
    /// It failed, as it is expected to.
    Expected,
    /// The process ended in it.
    Died,
}

/// What became of a module's tests.
pub struct Verdict {
    tests: BTreeMap<String, Word>,
    /// How the module ended, if not well.
    pub ending: Option<String>,
}

/// Is there such a test module?
pub fn exists(tests: &Path, module: &str) -> bool {
    let test = tests.join("test");
    test.join(format!("test_{module}.py")).exists() || test.join(format!("test_{module}")).is_dir()
}

/// Runs a module in a process and a folder of its own.
pub fn judge(
    python: &Python,
    tests: &Path,
    module: &str,
    limit: Duration,
    logs: Option<&Path>,
) -> Result<Verdict, String> {
    let folder = Scratch::new()?;
    let cwd = folder.path().join("cwd");
    std::fs::create_dir(&cwd).map_err(|why| why.to_string())?;
    let outcomes = folder.path().join("outcomes");
    let mut command = python.command();
    command
        .arg(root().join("tests/conformance/one.py"))
        .arg(format!("test.test_{module}"))
        .arg(&outcomes)
        .env("PYTHONPATH", tests)
        .env("TMPDIR", folder.path())
        .env("HOME", folder.path())
        .current_dir(&cwd);
    let ended = run(command, limit)?;
    if let Some(logs) = logs {
        crate::write(&logs.join(format!("{module}.log")), &ended.stderr)?;
    }
    let bytes = std::fs::read(&outcomes).unwrap_or_default();
    Ok(Verdict::read(&String::from_utf8_lossy(&bytes), ended.status, limit))
}

impl Verdict {
    fn read(text: &str, status: Option<i32>, limit: Duration) -> Verdict {
        let (mut tests, mut ended) = (BTreeMap::new(), false);
        for line in text.lines() {
            let (word, test) = line.split_once(' ').unwrap_or((line, ""));
            let word = match word {
                "start" => Word::Died,
                "ok" => Word::Ok,
                "fail" => Word::Failed,
                "error" => Word::Error,
                "skip" => Word::Skipped,
                "expected" => Word::Expected,
                "end" => {
                    ended = true;
                    continue;
                }
                _ => continue,
            };
            let known = tests.entry(test.to_owned()).or_insert(word);
            // A second start, as of a test that is run twice, does not undo what is known.
            if word != Word::Died {
                *known = word;
            }
        }
        let died = tests.iter().find(|(_, word)| **word == Word::Died).map(|(test, _)| test.clone());
        let ending = match (status, ended) {
            (_, true) => None,
            (None, _) => Some(format!("ran longer than {} s", limit.as_secs())),
            (Some(status), _) => Some(match died {
                Some(test) => format!("died in {test} (exit status {status})"),
                None => format!("ended early (exit status {status})"),
            }),
        };
        Verdict { tests, ending }
    }

    /// How many tests got that word?
    pub fn count(&self, word: Word) -> usize {
        self.tests.values().filter(|known| **known == word).count()
    }

    /// How many tests failed?
    pub fn bad(&self) -> usize {
        [Word::Failed, Word::Error, Word::Died].into_iter().map(|word| self.count(word)).sum()
    }

    /// The tests that passed.
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter(|(_, word)| **word == Word::Ok).map(|(test, _)| test.as_str())
    }

    /// Tests that should pass and do not. A module that ended well and does not know a test has none of that name.
    pub fn lost<'a>(&'a self, wanted: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
        let unknown = self.ending.is_some();
        let lost = move |test: &&String| match self.tests.get(*test) {
            Some(Word::Ok | Word::Skipped) => false,
            Some(_) => true,
            None => unknown,
        };
        wanted.iter().filter(lost).map(String::as_str)
    }

    /// Tests that should pass and that there are none of any more.
    pub fn gone<'a>(&'a self, wanted: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
        wanted.iter().filter(|test| self.ending.is_none() && !self.tests.contains_key(*test)).map(String::as_str)
    }

    /// Takes over what another run did better.
    pub fn merge(&mut self, other: Verdict) {
        for (test, word) in other.tests {
            let known = self.tests.entry(test).or_insert(word);
            if word == Word::Ok {
                *known = word;
            }
        }
        if other.ending.is_none() {
            self.ending = None;
        }
    }

    /// Why a test did not pass, in some words.
    pub fn explain(&self, test: &str) -> String {
        match (self.tests.get(test), &self.ending) {
            (Some(word), _) => format!(" ({})", format!("{word:?}").to_lowercase()),
            (None, Some(ending)) => format!(" (not reached: {ending})"),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Verdict, Word};

    #[test]
    fn outcomes_are_read() {
        let text = "start a.T.x\nok a.T.x\nstart a.T.y\nfail a.T.y\nstart a.T.z\n";
        let verdict = Verdict::read(text, Some(-11), Duration::from_secs(1));
        assert_eq!((verdict.count(Word::Ok), verdict.bad()), (1, 2));
        assert_eq!(verdict.ending.as_deref(), Some("died in a.T.z (exit status -11)"));
        let wanted = ["a.T.x", "a.T.z", "a.T.unreached"].map(str::to_owned).into();
        assert_eq!(verdict.lost(&wanted).collect::<Vec<_>>(), ["a.T.unreached", "a.T.z"]);
        assert_eq!(verdict.gone(&wanted).count(), 0);
    }

    #[test]
    fn tests_that_are_no_more_are_not_lost() {
        let verdict = Verdict::read("start a.T.x\nok a.T.x\nend\n", Some(0), Duration::from_secs(1));
        let wanted = ["a.T.x", "a.T.old"].map(str::to_owned).into();
        assert_eq!((verdict.lost(&wanted).count(), verdict.gone(&wanted).count()), (0, 1));
    }
}
