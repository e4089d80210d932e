//! `scandir` and its entries.

use super::paths::Folder;
use super::stat::{stat_path, stat_result};
use super::util::failed_path;
use object::fs::FsPath;
use object::{
    Field, Kind, Module, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, Value, ValueExt, Vm, natives,
};
use std::cell::{Cell, RefCell};
use std::ffi::CString;

struct Iter {
    folder: RefCell<Option<Folder>>,
    /// The argument.
    path: Field,
    is_bytes: bool,
    fd: Option<i32>,
    /// What precedes the names in the paths of entries.
    prefix: Vec<u8>,
}

impl NativeData for Iter {
    fn trace(&self, tracer: &mut Tracer) {
        self.path.trace(tracer);
    }
}

struct Entry {
    name: Field,
    path: Field,
    kind: u8,
    inode: u64,
    /// What `stat` answered before, or None.
    stat: Field,
    lstat: Field,
    system_path: CString,
    dir: i32,
    is_symlink: Cell<bool>,
}

impl NativeData for Entry {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.name, &self.path, &self.stat, &self.lstat] {
            field.trace(tracer);
        }
    }
}

natives! { pub static FUNCTIONS: {
    /// Return an iterator of DirEntry objects for given path.
    "scandir($module, /, path=None)" => scandir;
}}

natives! { static ITER_METHODS: {
    "__enter__($self, /)" => enter;
    "__exit__($self, /, *args)" => exit;
    "close($self, /)" => close;
    "__del__($self, /)" => finalize;
}}

natives! { static ENTRY_METHODS: {
    /// Return True if the entry is a directory; cached per entry.
    "is_dir($self, /, *, follow_symlinks=True)" => is_dir;
    /// Return True if the entry is a file; cached per entry.
    "is_file($self, /, *, follow_symlinks=True)" => is_file;
    /// Return True if the entry is a symbolic link; cached per entry.
    "is_symlink($self, /)" => is_symlink;
    /// Return True if the entry is a junction; cached per entry.
    "is_junction($self, /)" => is_junction;
    /// Return stat_result object for the entry; cached per entry.
    "stat($self, /, *, follow_symlinks=True)" => stat;
    /// Return inode of the entry; cached per entry.
    "inode($self, /)" => inode;
    /// Returns the path for the entry.
    "__fspath__($self, /)" => fspath;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

static ITER_TYPE: TypeDef = TypeDef {
    name: "ScandirIterator",
    module: "posix",
    kind: Kind::NATIVE,
    flags: object::type_flags::NO_NEW | object::type_flags::FINALIZER,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[ITER_METHODS],
    ..TypeDef::DEFAULT
};

static ENTRY_TYPE: TypeDef = TypeDef {
    name: "DirEntry",
    module: "posix",
    kind: Kind::NATIVE,
    flags: object::type_flags::NO_NEW,
    slots: &[Slot::repr(entry_repr)],
    methods: &[ENTRY_METHODS],
    getset: &[
        object::GetSet {
            name: "name",
            get: |vm, this| entry(vm, this).map(|entry| entry.name.get()),
            set: None,
            doc: "the entry's base filename, relative to scandir() \"path\" argument",
            is_member: true,
        },
        object::GetSet {
            name: "path",
            get: |vm, this| entry(vm, this).map(|entry| entry.path.get()),
            set: None,
            doc: "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)",
            is_member: true,
        },
    ],
    ..TypeDef::DEFAULT
};

pub fn add(vm: &Vm, module: Ref<Module>) {
    vm.set_state("posix.ScandirIterator", vm.make_type(&ITER_TYPE).value());
    vm.set_state("posix.DirEntry", vm.add_type(module, &ENTRY_TYPE).value());
}

fn class(vm: &Vm, name: &str) -> Result<Ref<object::TypeObj>, Raised> {
    let class = vm.state_value(name).and_then(|class| class.cast());
    class.ok_or_else(|| vm.system_error("posix is not set up"))
}

fn scandir(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let path = vm.fs_path(*value, "scandir", "path", true, true)?;
    vm.audit("os.scandir", &[if path.object.is_none() { vm.str(".").value() } else { path.object }])?;
    let folder = Folder::open(vm, &path).map_err(|error| failed_path(vm, error, &path))?;
    vm.heap.charge(32 << 10);
    let mut prefix = Vec::new();
    if path.fd.is_none() && !path.object.is_none() {
        prefix = path.path.as_bytes().to_vec();
        if !prefix.is_empty() && !prefix.ends_with(b"/") {
            prefix.push(b'/');
        }
    } else if path.object.is_none() {
        prefix = b"./".to_vec();
    }
    let data = Iter {
        folder: RefCell::new(Some(folder)),
        path: Field::new(path.object),
        is_bytes: path.is_bytes,
        fd: path.fd,
        prefix,
    };
    Ok(vm.native(class(vm, "posix.ScandirIterator")?, data).value())
}

fn iter(vm: &Vm, this: Value) -> Result<Ref<Native<Iter>>, Raised> {
    vm.as_native::<Iter>(this).ok_or_else(|| vm.type_error("a scandir iterator is required"))
}

fn entry(vm: &Vm, this: Value) -> Result<Ref<Native<Entry>>, Raised> {
    vm.as_native::<Entry>(this).ok_or_else(|| vm.type_error("a DirEntry is required"))
}

fn next(vm: &Vm, this: Value) -> R {
    let iter = iter(vm, this)?;
    let mut slot = iter.folder.borrow_mut();
    let Some(folder) = slot.as_mut() else { return Ok(Value::UNBOUND) };
    let found = match folder.next() {
        Ok(Some(found)) => found,
        other => {
            let fd = iter.fd;
            if fd.is_some() {
                folder.rewind();
            }
            *slot = None;
            vm.heap.discharge(32 << 10);
            return match other {
                Ok(_) => Ok(Value::UNBOUND),
                Err(error) => Err(vm.os_error_file(error, iter.path.get())),
            };
        }
    };
    drop(slot);
    let (name, kind, inode) = found;
    let mut full = iter.prefix.clone();
    full.extend_from_slice(&name);
    let system_path = CString::new(if iter.fd.is_some() { name.clone() } else { full.clone() }).unwrap_or_default();
    let data = Entry {
        name: Field::new(vm.fs_result(&name, iter.is_bytes)),
        path: Field::new(vm.fs_result(if iter.fd.is_some() { &name } else { &full }, iter.is_bytes)),
        kind,
        inode,
        stat: Field::new(Value::NONE),
        lstat: Field::new(Value::NONE),
        system_path,
        dir: iter.fd.unwrap_or(libc::AT_FDCWD),
        is_symlink: Cell::new(kind == libc::DT_LNK),
    };
    Ok(vm.native(class(vm, "posix.DirEntry")?, data).value())
}

fn enter(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    if iter(vm, *this)?.folder.borrow_mut().take().is_some() {
        vm.heap.discharge(32 << 10);
    }
    Ok(Value::NONE)
}

fn exit(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    close(vm, &[*this])
}

fn finalize(vm: &Vm, [this]: &[Value; 1]) -> R {
    if iter(vm, *this)?.folder.borrow().is_some() {
        let text = format!("unclosed scandir iterator {}", vm.repr(*this)?.to_string_lossy());
        let warned = vm.warn(object::TypeId::ResourceWarning, &text, 1);
        close(vm, &[*this])?;
        warned?;
    }
    Ok(Value::NONE)
}

fn entry_repr(vm: &Vm, this: Value) -> R {
    let name = vm.repr(entry(vm, this)?.name.get())?;
    let mut out = base::text::Wtf8Buf::from_str("<DirEntry ");
    out.push_wtf8(name.text());
    out.push_str(">");
    Ok(vm.str_wtf8(&out).value())
}

fn entry_path(entry: &Entry) -> FsPath {
    FsPath { path: entry.system_path.clone(), fd: None, is_bytes: false, object: entry.path.get() }
}

fn symlink_check(vm: &Vm, entry: Ref<Native<Entry>>) -> Result<bool, Raised> {
    if entry.kind != libc::DT_UNKNOWN {
        return Ok(entry.is_symlink.get());
    }
    mode_is(vm, entry, false, libc::S_IFLNK)
}

/// `stat`, remembered.
fn entry_stat(vm: &Vm, entry: Ref<Native<Entry>>, follow: bool) -> R {
    let follow = follow && symlink_check(vm, entry)?;
    let slot = if follow { &entry.stat } else { &entry.lstat };
    if slot.get().is_none() {
        let stat = stat_path(vm, &entry_path(&entry), entry.dir, follow)?;
        slot.set(vm, entry, stat_result(vm, &stat)?);
    }
    Ok(slot.get())
}

fn stat(vm: &Vm, [this, follow]: &[Value; 2]) -> R {
    let follow = vm.truthy(*follow)?;
    entry_stat(vm, entry(vm, *this)?, follow)
}

fn mode_is(vm: &Vm, entry: Ref<Native<Entry>>, follow: bool, wanted: libc::mode_t) -> Result<bool, Raised> {
    let slot = if follow { &entry.stat } else { &entry.lstat };
    if slot.get().is_none() {
        let mut stat = super::stat::zeroed_stat();
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        // SAFETY: the path ends with a null, the structure is writable.
        let result = unsafe { libc::fstatat(entry.dir, entry.system_path.as_ptr(), &mut stat, flags) };
        if result != 0 {
            let error = object::fs::last_errno();
            // A file that is gone is of no kind.
            if error == libc::ENOENT {
                return Ok(false);
            }
            return Err(vm.os_error_file(error, entry.path.get()));
        }
        slot.set(vm, entry, stat_result(vm, &stat)?);
    }
    let mode = object::structseq::field(vm, slot.get(), 0).as_small().unwrap_or(0);
    Ok(mode as libc::mode_t & libc::S_IFMT == wanted)
}

fn is_kind(vm: &Vm, this: Value, follow: Value, kind: u8, mode: libc::mode_t) -> R {
    let follow = vm.truthy(follow)?;
    let entry = entry(vm, this)?;
    let is_link = entry.kind == libc::DT_LNK;
    if entry.kind != libc::DT_UNKNOWN && !(follow && is_link) {
        return Ok(Value::bool(entry.kind == kind));
    }
    Ok(Value::bool(mode_is(vm, entry, follow, mode)?))
}

fn is_dir(vm: &Vm, [this, follow]: &[Value; 2]) -> R {
    is_kind(vm, *this, *follow, libc::DT_DIR, libc::S_IFDIR)
}

fn is_file(vm: &Vm, [this, follow]: &[Value; 2]) -> R {
    is_kind(vm, *this, *follow, libc::DT_REG, libc::S_IFREG)
}

fn is_symlink(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(symlink_check(vm, entry(vm, *this)?)?))
}

fn is_junction(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}

fn inode(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int_u64(entry(vm, *this)?.inode))
}

fn fspath(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(entry(vm, *this)?.path.get())
}

fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[object::TypeId::GenericAlias].value(), &[*class, *item])
}
