//! `_stat`: the bits of file modes.

use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Return the portion of the file's mode that can be set by os.chmod().
    "S_IMODE($module, mode, /)" => s_imode;
    /// Return the portion of the file's mode that describes the file type.
    "S_IFMT($module, mode, /)" => s_ifmt;
    /// S_ISDIR(mode) -> bool
    ///
    /// Return True if mode is from a directory.
    "S_ISDIR($module, mode, /)" => s_isdir;
    /// S_ISCHR(mode) -> bool
    ///
    /// Return True if mode is from a character special device file.
    "S_ISCHR($module, mode, /)" => s_ischr;
    /// S_ISBLK(mode) -> bool
    ///
    /// Return True if mode is from a block special device file.
    "S_ISBLK($module, mode, /)" => s_isblk;
    /// S_ISREG(mode) -> bool
    ///
    /// Return True if mode is from a regular file.
    "S_ISREG($module, mode, /)" => s_isreg;
    /// S_ISFIFO(mode) -> bool
    ///
    /// Return True if mode is from a FIFO (named pipe).
    "S_ISFIFO($module, mode, /)" => s_isfifo;
    /// S_ISLNK(mode) -> bool
    ///
    /// Return True if mode is from a symbolic link.
    "S_ISLNK($module, mode, /)" => s_islnk;
    /// S_ISSOCK(mode) -> bool
    ///
    /// Return True if mode is from a socket.
    "S_ISSOCK($module, mode, /)" => s_issock;
    /// S_ISDOOR(mode) -> bool
    ///
    /// Return True if mode is from a door.
    "S_ISDOOR($module, mode, /)" => never;
    /// S_ISPORT(mode) -> bool
    ///
    /// Return True if mode is from an event port.
    "S_ISPORT($module, mode, /)" => never;
    /// S_ISWHT(mode) -> bool
    ///
    /// Return True if mode is from a whiteout.
    "S_ISWHT($module, mode, /)" => never;
    /// Convert a file's mode to a string of the form '-rwxrwxrwx'
    "filemode($module, mode, /)" => filemode;
}}

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_stat", doc: "S_IFMT_: file type bits\nS_IFDIR: directory", functions: &[FUNCTIONS], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, value) in CONSTANTS {
        vm.add_value(module, name, vm.int(*value));
    }
    Ok(())
}

fn mode(vm: &Vm, value: Value) -> Result<u32, Raised> {
    match vm.index(value)?.to_i64() {
        Some(mode) if (0..=u32::MAX as i64).contains(&mode) => Ok(mode as u32),
        Some(mode) if mode < 0 => Err(vm.overflow_error("can't convert negative value to unsigned int")),
        _ => Err(vm.overflow_error("mode out of range")),
    }
}

fn s_imode(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    Ok(vm.int((mode(vm, *value)? & 0o7777) as i64))
}

fn s_ifmt(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    Ok(vm.int((mode(vm, *value)? & libc::S_IFMT) as i64))
}

macro_rules! tests {
    ($($name:ident = $kind:ident;)*) => {
        $(fn $name(vm: &Vm, [_, value]: &[Value; 2]) -> R {
            Ok(Value::bool(mode(vm, *value)? & libc::S_IFMT == libc::$kind))
        })*
    };
}

tests! {
    s_isdir = S_IFDIR;
    s_ischr = S_IFCHR;
    s_isblk = S_IFBLK;
    s_isreg = S_IFREG;
    s_isfifo = S_IFIFO;
    s_islnk = S_IFLNK;
    s_issock = S_IFSOCK;
}

fn never(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    mode(vm, *value)?;
    Ok(Value::FALSE)
}

fn filemode(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let mode = mode(vm, *value)?;
    let mut out = String::with_capacity(10);
    out.push(match mode & libc::S_IFMT {
        libc::S_IFREG => '-',
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    });
    for (shift, special, set, clear) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
        let bits = mode >> shift;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => set,
            (false, true) => clear,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    Ok(vm.str(&out).value())
}

/// The numbers that the module names.
const CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 262144),
    ("SF_ARCHIVED", 65536),
    ("SF_DATALESS", 1073741824),
    ("SF_FIRMLINK", 8388608),
    ("SF_IMMUTABLE", 131072),
    ("SF_NOUNLINK", 1048576),
    ("SF_SETTABLE", 4294901760),
    ("SF_SNAPSHOT", 2097152),
    ("ST_ATIME", 7),
    ("ST_CTIME", 9),
    ("ST_DEV", 2),
    ("ST_GID", 5),
    ("ST_INO", 1),
    ("ST_MODE", 0),
    ("ST_MTIME", 8),
    ("ST_NLINK", 3),
    ("ST_SIZE", 6),
    ("ST_UID", 4),
    ("S_ENFMT", 1024),
    ("S_IEXEC", 64),
    ("S_IFBLK", 24576),
    ("S_IFCHR", 8192),
    ("S_IFDIR", 16384),
    ("S_IFDOOR", 0),
    ("S_IFIFO", 4096),
    ("S_IFLNK", 40960),
    ("S_IFPORT", 0),
    ("S_IFREG", 32768),
    ("S_IFSOCK", 49152),
    ("S_IFWHT", 0),
    ("S_IREAD", 256),
    ("S_IRGRP", 32),
    ("S_IROTH", 4),
    ("S_IRUSR", 256),
    ("S_IRWXG", 56),
    ("S_IRWXO", 7),
    ("S_IRWXU", 448),
    ("S_ISGID", 1024),
    ("S_ISUID", 2048),
    ("S_ISVTX", 512),
    ("S_IWGRP", 16),
    ("S_IWOTH", 2),
    ("S_IWRITE", 128),
    ("S_IWUSR", 128),
    ("S_IXGRP", 8),
    ("S_IXOTH", 1),
    ("S_IXUSR", 64),
    ("UF_APPEND", 4),
    ("UF_COMPRESSED", 32),
    ("UF_DATAVAULT", 128),
    ("UF_HIDDEN", 32768),
    ("UF_IMMUTABLE", 2),
    ("UF_NODUMP", 1),
    ("UF_NOUNLINK", 16),
    ("UF_OPAQUE", 8),
    ("UF_SETTABLE", 65535),
    ("UF_TRACKED", 64),
];
