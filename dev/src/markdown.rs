//! Markdown tests: a block of Python, the block of output that CPython 3.14 gave for it, and, if it writes to standard
//! error, a block of that.

use crate::options::Options;
use crate::process::{Ended, Python, Scratch, parallel, run};
use crate::{Outcome, read, root, write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest that a program may run: far more than any needs.
const LIMIT: Duration = Duration::from_secs(60);
/// The name that programs run under.
const PROGRAM: &str = "program.py";

/// A program of a file, with what it shall print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its first fence.
    pub line: usize,
    /// The program.
    pub code: String,
    /// Expected standard output.
    pub output: String,
    /// Expected standard error.
    pub error: String,
    /// The lines (from 0, fences included) of the blocks behind the program that record what it printed.
    recorded: std::ops::Range<usize>,
}

/// The programs of a text.
pub fn parse(text: &str) -> Result<Vec<Block>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks: Vec<Block> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(kind) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        let fence = at;
        let length =
            lines[fence + 1..].iter().position(|line| *line == "```").ok_or(format!("line {}: no end", fence + 1))?;
        let body: String = lines[fence + 1..fence + 1 + length].iter().map(|line| format!("{line}\n")).collect();
        at = fence + length + 2;
        match (kind, blocks.last_mut()) {
            ("python", _) => blocks.push(Block {
                line: fence + 1,
                code: body,
                output: String::new(),
                error: String::new(),
                recorded: at..at,
            }),
            ("output", Some(block)) => (block.output, block.recorded.end) = (body, at),
            ("error", Some(block)) => (block.error, block.recorded.end) = (body, at),
            _ => {}
        }
    }
    Ok(blocks)
}

/// Runs a program; what it prints does not show where it ran.
pub fn execute(python: &Python, code: &str) -> Result<(String, String, Option<i32>), String> {
    let folder = Scratch::new()?;
    write(&folder.path().join(PROGRAM), code)?;
    let mut command = python.command();
    command.arg(PROGRAM).current_dir(folder.path());
    let Ended { stdout, stderr, status } = run(command, LIMIT)?;
    let real = std::fs::canonicalize(folder.path()).map_err(|why| why.to_string())?;
    let clean = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let text = text.replace(&format!("{}/", real.display()), "");
        if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
    };
    Ok((clean(&stdout), clean(&stderr), status))
}

/// Runs a program and says how it differs from the record.
pub fn check(python: &Python, block: &Block) -> Result<(), String> {
    let (output, error, status) = execute(python, &block.code)?;
    let mut wrong = String::new();
    match status {
        None => wrong += "it ran too long and was killed\n",
        Some(signal @ ..0) => wrong += &format!("it was killed by signal {}\n", -signal),
        Some(_) => {}
    }
    for (what, wanted, got) in [("output", &block.output, &output), ("error", &block.error, &error)] {
        if wanted != got {
            wrong += &format!("{what} differs:\n{}", difference(wanted, got));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// The lines around the first difference.
pub fn difference(wanted: &str, got: &str) -> String {
    const BEFORE: usize = 2;
    const AFTER: usize = 8;
    let (wanted, got): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), got.lines().collect());
    let first = wanted.iter().zip(&got).take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    for line in &wanted[first.saturating_sub(BEFORE)..first] {
        text += &format!("    {line}\n");
    }
    for (sign, lines) in [('-', &wanted), ('+', &got)] {
        for line in lines.iter().skip(first).take(AFTER) {
            text += &format!("  {sign} {line}\n");
        }
    }
    text
}

/// The files of tests, sorted; with a name only those that contain it.
pub fn files(name: Option<&str>) -> Result<Vec<PathBuf>, String> {
    let folder = root().join("tests/md");
    let entries = std::fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| {
        let text = path.file_name().unwrap_or_default().to_string_lossy();
        text.ends_with(".md") && name.is_none_or(|name| text.contains(name))
    });
    files.sort();
    Ok(files)
}

/// Checks a file: the number of its programs, and what is wrong.
pub fn check_file(python: &Python, path: &Path) -> Result<(usize, Vec<String>), String> {
    let blocks = parse(&read(path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    let shown = path.strip_prefix(root()).unwrap_or(path).display();
    let wrong =
        blocks.iter().filter_map(|block| Some(format!("{shown}:{}\n{}", block.line, check(python, block).err()?)));
    Ok((blocks.len(), wrong.collect()))
}

/// The text with what a Python prints recorded behind its programs.
fn record(python: &Python, text: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut new, mut at) = (String::new(), 0);
    for block in parse(text)? {
        let (output, error, _) = execute(python, &block.code)?;
        lines[at..block.recorded.start].iter().for_each(|line| new += &format!("{line}\n"));
        at = block.recorded.end;
        // Without output there is an empty block: that nothing is printed is tested, too.
        if !output.is_empty() || error.is_empty() {
            new += &format!("```output\n{output}```\n");
        }
        if !error.is_empty() {
            new += &format!("```error\n{error}```\n");
        }
    }
    lines[at..].iter().for_each(|line| new += &format!("{line}\n"));
    Ok(new)
}

/// `cargo dev md`
pub fn main(arguments: &[String]) -> Outcome {
    let mut options = Options::new(arguments);
    let (bless, given) = (options.switch("--bless"), options.value("--python")?);
    let rest = options.rest()?;
    let files = files(rest.first().map(String::as_str))?;
    if bless {
        let python = Python::reference()?;
        for path in files {
            let text = read(&path)?;
            let new = record(&python, &text).map_err(|why| format!("{}: {why}", path.display()))?;
            if new != text {
                println!("recorded: {}", path.display());
                write(&path, new)?;
            }
        }
        return Ok(true);
    }
    let python = Python::judged(given)?;
    let jobs = std::thread::available_parallelism().map_or(2, usize::from);
    let results = parallel(&files, jobs, |path| check_file(&python, path));
    let (mut programs, mut wrong) = (0, 0);
    for result in results {
        let (count, failures) = result?;
        programs += count;
        wrong += failures.len();
        failures.iter().for_each(|failure| println!("{failure}"));
    }
    println!("{} of {programs} programs print what CPython prints", programs - wrong);
    Ok(wrong == 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn blocks_are_found() {
        let text = "# T\n```python\nprint(1)\n```\n```output\n1\n```\ntext\n```python\nx\n```\n\n```error\nE\n```\n";
        let blocks = super::parse(text).unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!((blocks[0].code.as_str(), blocks[0].output.as_str(), blocks[0].line), ("print(1)\n", "1\n", 2));
        assert_eq!((blocks[1].error.as_str(), blocks[1].output.as_str()), ("E\n", ""));
        assert!(super::parse("```python\nx\n").is_err());
    }

    #[test]
    fn differences_are_short() {
        assert_eq!(super::difference("a\nb\nc\n", "a\nb\nd\n"), "    a\n    b\n  - c\n  + d\n");
    }
}
