//! Writes the artefacts. Their form is known to this file and to `src/lib.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Result;
use std::path::Path;

use crate::collect::Files;
use crate::compile::Module;

/// The files are many and small, and compressed once for many starts.
const LEVEL: i32 = 19;

/// Writes `code.bin`, `files.bin` and `index.rs`.
pub fn write(out: &Path, files: &Files, modules: &[Module]) -> Result<()> {
    let mut names = Names::default();

    let (mut contents, mut rows) = (Vec::new(), String::new());
    for (path, bytes) in files {
        let packed = zstd::bulk::compress(bytes, LEVEL)?;
        let packed: &[u8] = if packed.len() < bytes.len() { &packed } else { bytes };
        let (at, len) = names.place(path);
        let row = (at, len, contents.len(), packed.len(), bytes.len());
        let _ = writeln!(
            rows,
            "    FileRow {{ path: ({}, {}), at: {}, packed: {}, size: {} }},",
            row.0, row.1, row.2, row.3, row.4
        );
        contents.extend_from_slice(packed);
    }
    let file_numbers: BTreeMap<&str, usize> =
        files.keys().enumerate().map(|(number, path)| (path.as_str(), number)).collect();

    let mut order: Vec<&Module> = modules.iter().collect();
    order.sort_by_key(|module| crate::order::rank(&module.name));
    let (mut code, mut code_at) = (Vec::new(), BTreeMap::new());
    for module in order {
        code_at.insert(module.name.as_str(), code.len());
        code.extend_from_slice(module.code.as_deref().unwrap_or_default());
    }
    let mut module_rows = String::new();
    for module in modules {
        let (at, len) = names.place(&module.name);
        let bytes: &[u8] = module.code.as_deref().unwrap_or_default();
        let file = file_numbers[module.path.as_str()];
        let _ = writeln!(
            module_rows,
            "    ModuleRow {{ name: ({at}, {len}), is_package: {}, file: {file}, code: ({}, {}) }},",
            module.is_package,
            code_at[module.name.as_str()],
            bytes.len(),
        );
    }

    let index = format!(
        "static NAMES: &str = {:?};\n\nstatic FILES: &[FileRow] = &[\n{rows}];\n\nstatic MODULES: &[ModuleRow] = &[\n{module_rows}];\n",
        names.text
    );
    fs::write(out.join("code.bin"), code)?;
    fs::write(out.join("files.bin"), contents)?;
    fs::write(out.join("index.rs"), index)
}

/// All names in one text: tables hold offsets, which need no relocation when the executable starts.
#[derive(Default)]
struct Names {
    text: String,
}

impl Names {
    fn place(&mut self, name: &str) -> (usize, usize) {
        let at = self.text.len();
        self.text.push_str(name);
        (at, name.len())
    }
}
