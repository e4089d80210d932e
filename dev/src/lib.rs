//! The parts of `cargo dev`. Tests of other crates use some of them.

pub mod bench;
pub mod conformance;
pub mod dump;
pub mod growth;
pub mod markdown;
pub mod new_module;
pub mod options;
pub mod order;
pub mod packages;
pub mod process;
pub mod profile;

use std::path::PathBuf;

/// What a command gives: did everything hold? An error is a wrong call or a wrong environment.
pub type Outcome = Result<bool, String>;

/// The root of the repository.
pub fn root() -> PathBuf {
    let dev = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    dev.parent().map(PathBuf::from).unwrap_or(dev)
}

/// Reads a file, or says which could not be read.
pub fn read(path: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Writes a file, and its folder if need be.
pub fn write(path: &std::path::Path, text: impl AsRef<[u8]>) -> Result<(), String> {
    let say = |why: std::io::Error| format!("{}: {why}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(say)?;
    }
    std::fs::write(path, text).map_err(say)
}
