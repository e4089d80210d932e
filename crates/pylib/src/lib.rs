//! The pure-Python standard library, packed into the executable at build time: the source of every module, its
//! bytecode, and data files.
//!
//! Bytecode lies there uncompressed, so that a start touches only the pages of the modules it imports. Sources and data
//! are compressed file by file: they are needed for tracebacks, `inspect` and `importlib.resources` only.

#![forbid(unsafe_code)]

/// A file: where its path stands in `NAMES`, where its contents lie in `CONTENTS`. It is stored as it is where `packed`
/// equals `size`.
struct FileRow {
    path: (u32, u16),
    at: u32,
    packed: u32,
    size: u32,
}

/// A module: its name, the number of its file, where its bytecode lies in `CODE` (empty: there is none).
struct ModuleRow {
    name: (u32, u16),
    is_package: bool,
    file: u16,
    code: (u32, u32),
}

include!(concat!(env!("OUT_DIR"), "/index.rs"));

static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/code.bin"));
static CONTENTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/files.bin"));

fn text((at, len): (u32, u16)) -> &'static str {
    &NAMES[at as usize..at as usize + len as usize]
}

impl FileRow {
    fn contents(&self) -> Option<Vec<u8>> {
        let packed = &CONTENTS[self.at as usize..][..self.packed as usize];
        if self.packed == self.size {
            Some(packed.to_vec())
        } else {
            zstd::bulk::decompress(packed, self.size as usize).ok()
        }
    }
}

/// A module of the library.
#[derive(Clone, Copy)]
pub struct Module {
    /// Its dotted name.
    pub name: &'static str,
    /// Is it a package?
    pub is_package: bool,
    /// The path of its source below the library's folder: `json/decoder.py`. Its code units carry this file name.
    pub filename: &'static str,
    row: &'static ModuleRow,
}

impl Module {
    fn new(row: &'static ModuleRow) -> Module {
        let filename = text(FILES[row.file as usize].path);
        Module { name: text(row.name), is_package: row.is_package, filename, row }
    }

    /// The encoded code unit (`bytecode::decode`), verified when it was packed, or `None` where our compiler could not
    /// compile the source.
    pub fn code(&self) -> Option<&'static [u8]> {
        let (at, len) = self.row.code;
        (len != 0).then(|| &CODE[at as usize..][..len as usize])
    }

    /// The source, in UTF-8 or the encoding that it declares.
    pub fn source(&self) -> Option<Vec<u8>> {
        FILES[self.row.file as usize].contents()
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.name).field("filename", &self.filename).finish()
    }
}

/// The module of that dotted name.
pub fn find(name: &str) -> Option<Module> {
    let at = MODULES.binary_search_by(|row| text(row.name).cmp(name)).ok()?;
    Some(Module::new(&MODULES[at]))
}

/// The names of all modules, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|row| text(row.name))
}

/// All modules, sorted by name.
pub fn modules() -> impl Iterator<Item = Module> {
    MODULES.iter().map(Module::new)
}

fn file(path: &str) -> Option<&'static FileRow> {
    let at = FILES.binary_search_by(|row| text(row.path).cmp(path)).ok()?;
    Some(&FILES[at])
}

/// The contents of a file, Python source or data, by its path below the library's folder (with `/`).
pub fn data_file(path: &str) -> Option<Vec<u8>> {
    file(path)?.contents()
}

/// The size of a file.
pub fn file_size(path: &str) -> Option<usize> {
    Some(file(path)?.size as usize)
}

/// Something in a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirEntry {
    /// Its name, without the folder.
    pub name: &'static str,
    /// Is it a folder itself?
    pub is_dir: bool,
}

/// What is in a folder (`""` is the library's own), sorted by path; `None` if there is no such folder.
pub fn list_dir(path: &str) -> Option<Vec<DirEntry>> {
    let path = path.trim_end_matches('/');
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let start = FILES.partition_point(|row| text(row.path) < prefix.as_str());
    let mut entries: Vec<DirEntry> = Vec::new();
    for row in &FILES[start..] {
        let Some(rest) = text(row.path).strip_prefix(prefix.as_str()) else { break };
        let entry = match rest.split_once('/') {
            Some((folder, _)) => DirEntry { name: folder, is_dir: true },
            None => DirEntry { name: rest, is_dir: false },
        };
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    (!entries.is_empty()).then_some(entries)
}

/// Is there such a folder?
pub fn is_dir(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let prefix = format!("{path}/");
    let start = FILES.partition_point(|row| text(row.path) < prefix.as_str());
    path.is_empty() || FILES.get(start).is_some_and(|row| text(row.path).starts_with(&prefix))
}
