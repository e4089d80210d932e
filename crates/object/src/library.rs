//! The packed library as a folder. Its files lie in the executable; but the `__file__` of its modules is where they would
//! be if they were installed, and programs look there. Where the system knows of nothing under such a path, it can be
//! read all the same.

use crate::{List, Str, Tuple, ValueExt, Vm};
use base::text::Wtf8;
use heap::Value;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};

/// What the library has under a path.
pub enum Packed {
    /// A file: its contents.
    File(Vec<u8>),
    /// A folder: the names in it, and whether they are folders.
    Folder(Vec<(Vec<u8>, bool)>),
}

impl Vm {
    /// Tells where the library appears to be, and which functions give the contents of a file of it (bytes or None), the
    /// entries of a folder (pairs of a name and whether it is a folder, or None), and the size of a file (True for a folder,
    /// or None).
    pub fn set_packed_library(&self, root: Value, file: Value, folder: Value, size: Value) {
        self.set_state("library.root", root);
        self.set_state("library.file", file);
        self.set_state("library.folder", folder);
        self.set_state("library.size", size);
    }

    /// Asks one of the library's functions about a path below its folder. None for its None.
    fn ask_library(&self, function: &str, inside: &[u8]) -> Option<Value> {
        let name = self.str_wtf8(Wtf8::from_bytes(inside)?).value();
        match self.call(self.state_value(function)?, &[name]) {
            Ok(answer) => Some(answer).filter(|answer| !answer.is_none()),
            Err(raised) => {
                self.take_exception(raised);
                None
            }
        }
    }

    /// The size of a file of the library by its absolute path; `Err` for a folder.
    fn packed_size(&self, path: &[u8]) -> Option<Result<usize, ()>> {
        let size = self.ask_library("library.size", &self.path_in_library(path)?)?;
        Some(size.as_small().map(|size| size as usize).ok_or(()))
    }

    /// What the library has under an absolute path, which the system does not know.
    pub fn packed(&self, path: &[u8]) -> Option<Packed> {
        let inside = self.path_in_library(path)?;
        if let Some(contents) = self.ask_library("library.file", &inside) {
            return self.as_bytes(contents).map(|contents| Packed::File(contents.as_slice().to_vec()));
        }
        let entries = self.ask_library("library.folder", &inside)?.cast::<List>()?;
        let entry = |entry: &Value| {
            let pair = entry.cast::<Tuple>()?;
            let name = pair.items().first()?.cast::<Str>()?;
            Some((name.as_bytes().to_vec(), pair.items().get(1) == Some(&Value::TRUE)))
        };
        Some(Packed::Folder(entries.items().iter().filter_map(entry).collect()))
    }

    /// The path below the library's folder.
    fn path_in_library(&self, path: &[u8]) -> Option<Vec<u8>> {
        let root = self.state_value("library.root").and_then(|root| root.cast::<Str>())?;
        let rest = path.strip_prefix(root.as_bytes())?;
        if !(rest.is_empty() || rest.starts_with(b"/")) {
            return None;
        }
        let parts = rest.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
        let parts: Vec<&[u8]> = parts.collect();
        (!parts.contains(&&b".."[..])).then(|| parts.join(&b'/'))
    }

    /// Opens a file of the library to be read: a descriptor of its own.
    pub fn packed_open(&self, path: &[u8], flags: i32) -> Option<i32> {
        if flags & libc::O_ACCMODE != libc::O_RDONLY || flags & (libc::O_CREAT | libc::O_DIRECTORY) != 0 {
            return None;
        }
        let Packed::File(contents) = self.packed(path)? else { return None };
        // SAFETY: the name ends with a null.
        let fd = unsafe { libc::memfd_create(c"library".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
        if fd < 0 {
            return None;
        }
        // SAFETY: a descriptor that nobody else has.
        let mut file = std::fs::File::from(unsafe { OwnedFd::from_raw_fd(fd) });
        std::io::Write::write_all(&mut file, &contents).ok()?;
        std::io::Seek::rewind(&mut file).ok()?;
        let seals = libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
        // SAFETY: the descriptor is open.
        unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, seals) };
        Some(file.into_raw_fd())
    }

    /// The state of a file or folder of the library.
    pub fn packed_stat(&self, path: &[u8]) -> Option<libc::stat> {
        let size = self.packed_size(path)?;
        // SAFETY: all zeros is a value of this structure.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        // Paths are told apart by what stands for their inodes.
        let number = |sum: u64, byte: &u8| (sum ^ *byte as u64).wrapping_mul(0x100_0000_01b3);
        stat.st_ino = self.path_in_library(path)?.iter().fold(0xcbf2_9ce4_8422_2325, number);
        stat.st_nlink = 1;
        stat.st_blksize = 4096;
        (stat.st_mode, stat.st_size) = match size {
            Ok(size) => (libc::S_IFREG | 0o444, size as libc::off_t),
            Err(()) => (libc::S_IFDIR | 0o555, 0),
        };
        stat.st_blocks = (stat.st_size + 511) / 512;
        // The library is as old as the executable.
        let built = std::env::current_exe().and_then(std::fs::metadata).and_then(|exe| exe.modified()).ok();
        let age = built.and_then(|built| built.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        let seconds = age.as_secs() as libc::time_t;
        (stat.st_mtime, stat.st_ctime, stat.st_atime) = (seconds, seconds, seconds);
        Some(stat)
    }

    /// May a file or folder of the library be accessed so?
    pub fn packed_access(&self, path: &[u8], mode: i32) -> bool {
        match self.packed_size(path) {
            Some(Ok(_)) => mode & (libc::W_OK | libc::X_OK) == 0,
            Some(Err(())) => mode & libc::W_OK == 0,
            None => false,
        }
    }
}
