//! The checked-in list of tests that pass.
//!
//! A line `[module]` for each test module, then a line for each of its classes: `class: test test ...`. Names that begin
//! with `.` stand for `test.test_MODULE` and the rest.

use crate::{read, write};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const HEAD: &str = "\
# The tests of CPython 3.14 that pass. A test that stops passing fails CI.
# cargo dev conformance --bless writes this file.
";

/// Stands for a class where the name of a test has but one part.
const NO_CLASS: &str = "-";

/// Passing tests by module.
pub struct Passing(BTreeMap<String, BTreeSet<String>>);

impl Passing {
    /// Reads the list; there may be none yet.
    pub fn read(path: &Path) -> Result<Passing, String> {
        if path.exists() { Passing::parse(&read(path)?) } else { Ok(Passing(BTreeMap::new())) }
    }

    fn parse(text: &str) -> Result<Passing, String> {
        let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current: Option<(String, &mut BTreeSet<String>)> = None;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                current = Some((format!("test.test_{name}"), modules.entry(name.to_owned()).or_default()));
                continue;
            }
            let Some((prefix, tests)) = &mut current else {
                return Err(format!("passing.txt: {line} is in no module"));
            };
            let Some((class, names)) = line.split_once(": ") else {
                return Err(format!("passing.txt: {line}: no class"));
            };
            let class = match class.strip_prefix('.') {
                Some("") => format!("{prefix}."),
                Some(rest) => format!("{prefix}.{rest}."),
                None if class == NO_CLASS => String::new(),
                None => format!("{class}."),
            };
            tests.extend(names.split(' ').map(|name| format!("{class}{}", name.replace('\u{a0}', " "))));
        }
        Ok(Passing(modules))
    }

    /// The modules of the list.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The tests of a module.
    pub fn module(&self, name: &str) -> BTreeSet<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Sets what passes of a module.
    pub fn replace(&mut self, name: &str, tests: BTreeSet<String>) {
        if tests.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), tests);
        }
    }

    /// Forgets modules that are not among those.
    pub fn keep(&mut self, modules: &[String]) {
        self.0.retain(|name, _| modules.contains(name));
    }

    fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (module, tests) in &self.0 {
            text += &format!("\n[{module}]\n");
            let prefix = format!("test.test_{module}.");
            let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for test in tests {
                let (class, name) = test.rsplit_once('.').unwrap_or((NO_CLASS, test));
                let class = match class.strip_prefix(&prefix) {
                    Some(rest) => format!(".{rest}"),
                    None if prefix.strip_suffix('.') == Some(class) => ".".to_owned(),
                    None => class.to_owned(),
                };
                // Names of doctests can hold spaces, which part names here.
                classes.entry(class).or_default().push(name.replace(' ', "\u{a0}"));
            }
            for (class, names) in classes {
                text += &format!("{class}: {}\n", names.join(" "));
            }
        }
        text
    }

    /// Writes the list.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        write(path, self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::Passing;

    #[test]
    fn what_is_written_is_read_again() {
        let mut passing = Passing::parse("").unwrap();
        let tests = [
            "test.test_a.T.test_x",
            "test.test_a.T.test_y",
            "test.test_a.sub.U.test_z",
            "test.test_a.f",
            "test.test_a.<locals>.U.test_z",
            "doctest.__test__.blank lines",
            "builtins.bin",
            "plain",
        ];
        passing.replace("a", tests.iter().map(|test| (*test).to_owned()).collect());
        passing.replace("b", ["test.test_b.T.test_x".to_owned()].into());
        let text = passing.text();
        assert!(text.contains("\n[a]\n") && text.contains("\n.T: test_x test_y\n"), "{text}");
        let again = Passing::parse(&text).unwrap();
        assert_eq!(again.0, passing.0, "{text}");
    }
}
