//! The files that are packed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Contents by path below `Lib`, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Folders that are left out: they need Tk, or are tests.
const NO_FOLDERS: &[&str] = &["idlelib", "lib2to3", "test", "tests", "tkinter", "turtledemo", "__pycache__", "nt"];

/// Files that CPython does not have.
const NO_FILES: &[&str] = &["README.md", "_dummy_os.py", "_dummy_thread.py", "_pycodecs.py", "dummy_threading.py"];

/// All files of the library in `root`.
pub fn from_library(root: &Path) -> Files {
    let mut files = Files::new();
    folder(root, "", &mut files);
    files.retain(|path, _| !NO_FILES.contains(&path.as_str()));
    files
}

/// Puts our own files over them. `MULTIARCH` in a name stands for the machine.
pub fn overlay(files: &mut Files, root: &Path, multiarch: &str) {
    let mut own = Files::new();
    folder(root, "", &mut own);
    files.extend(own.into_iter().map(|(path, contents)| (path.replace("MULTIARCH", multiarch), contents)));
}

fn folder(path: &Path, prefix: &str, files: &mut Files) {
    let entries = fs::read_dir(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    for entry in entries {
        let entry = entry.expect("a folder can be read");
        let name = entry.file_name().into_string().expect("names are ASCII");
        let full = entry.path();
        if full.is_dir() {
            if !NO_FOLDERS.contains(&name.as_str()) {
                folder(&full, &format!("{prefix}{name}/"), files);
            }
        } else if !name.ends_with(".pyc") {
            files.insert(format!("{prefix}{name}"), fs::read(&full).expect("a file can be read"));
        }
    }
}
