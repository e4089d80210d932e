//! Where things are: prefix, virtual environment, the module search path.

use object::{Config, Vm};
use std::path::{Path, PathBuf};

/// The paths that `sys` shows.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    pub executable: String,
    pub base_executable: String,
    pub prefix: String,
    pub base_prefix: String,
}

/// The version in names of folders.
pub const VERSION_DIR: &str = "python3.14";

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Works out prefix and executable; a `pyvenv.cfg` beside the executable or above it makes a virtual environment.
pub fn find(config: &Config) -> Paths {
    let executable = if config.executable.is_empty() {
        std::env::current_exe().map(|path| text(&path)).unwrap_or_default()
    } else {
        config.executable.clone()
    };
    let path = PathBuf::from(&executable);
    let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let grandparent = |path: &Path| path.parent().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    let mut base_prefix = grandparent(&real);
    let mut base_executable = text(&real);
    let mut prefix = base_prefix.clone();
    let beside = path.parent().map(|dir| dir.join("pyvenv.cfg"));
    let above = path.parent().and_then(Path::parent).map(|dir| dir.join("pyvenv.cfg"));
    for file in [beside, above].into_iter().flatten() {
        let Ok(content) = std::fs::read_to_string(&file) else { continue };
        for line in content.lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            if key.trim().eq_ignore_ascii_case("home") {
                let home = PathBuf::from(value.trim());
                base_prefix = home.parent().map(Path::to_path_buf).unwrap_or_default();
                let name = real.file_name().unwrap_or_default();
                let candidate = home.join(name);
                base_executable = if candidate.exists() { text(&candidate) } else { text(&real) };
            }
        }
        prefix = file.parent().map(Path::to_path_buf).unwrap_or_default();
        break;
    }
    Paths { executable, base_executable, prefix: text(&prefix), base_prefix: text(&base_prefix) }
}

/// The folder that the packed library appears to lie in.
pub fn stdlib_dir(vm: &Vm) -> String {
    match vm.sys_attr("_stdlib_dir").and_then(|dir| vm.as_str(dir)) {
        Some(dir) => dir.to_string_lossy(),
        None => format!("{}/lib/{VERSION_DIR}", find(&vm.config).base_prefix),
    }
}
