//! Finds CPython 3.14's test package, or gets it from Debian.

use crate::root;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that holds the package `test`.
pub fn tests() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("CPYTHON_TESTS") {
        let named = PathBuf::from(named);
        return if is_complete(&named) { Ok(named) } else { Err(format!("{} holds none", named.display())) };
    }
    let own = root().join("target/cpython-tests");
    if is_complete(&own) {
        return Ok(own);
    }
    if let Some(installed) = of_installed_python() {
        return Ok(installed);
    }
    let script = root().join("tests/conformance/fetch.sh");
    let output = Command::new("bash").arg(&script).arg(&own).output().map_err(|why| format!("bash: {why}"))?;
    if output.status.success() && is_complete(&own) {
        return Ok(own);
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(errors.lines().last().unwrap_or("fetch.sh failed").to_owned())
}

fn is_complete(folder: &Path) -> bool {
    folder.join("test/test_grammar.py").exists() && folder.join("test/support/__init__.py").exists()
}

/// That of a CPython 3.14 on this machine.
fn of_installed_python() -> Option<PathBuf> {
    let ask = "import sys, test.test_grammar; sys.version_info[:2] == (3, 14) and print(test.__path__[0])";
    let output = Command::new("python3.14").args(["-c", ask]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let folder = path.parent()?;
    // Not the whole library: what is tested is Taipan's own.
    is_complete(folder).then(|| link_of(&path)).flatten()
}

/// A folder with nothing in it but a link to the package.
fn link_of(package: &Path) -> Option<PathBuf> {
    let folder = root().join("target/cpython-tests-link");
    std::fs::create_dir_all(&folder).ok()?;
    let link = folder.join("test");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(package, &link).ok()?;
    is_complete(&folder).then_some(folder)
}
