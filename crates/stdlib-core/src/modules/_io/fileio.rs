//! `FileIO`: a file descriptor.

use super::base::{closed_error, wrong_self};
use super::{text_of, unsupported};
use object::{
    GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
    type_flags,
};
use std::cell::Cell;

/// The data of a `FileIO`.
#[derive(Default)]
pub struct FileIo {
    fd: Cell<i32>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    created: Cell<bool>,
    close_fd: Cell<bool>,
    seekable: Cell<Option<bool>>,
    blksize: Cell<i64>,
    finalizing: Cell<bool>,
}

impl NativeData for FileIo {
    fn trace(&self, _: &mut Tracer) {}
}

/// `FileIO`
pub static FILEIO: TypeDef = TypeDef {
    name: "FileIO",
    module: "_io",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF | type_flags::FINALIZER,
    doc: "Open a file.",
    new: Some({ static DEF: object::native::NativeDef = native! {
        "FileIO($cls, *args, **kwargs)" => new }; &DEF }),
    init: Some({ static DEF: object::native::NativeDef = native! {
        "FileIO($self, file, mode='r', closefd=True, opener=None)" => init }; &DEF }),
    slots: &[Slot::repr(repr)],
    methods: &[METHODS],
    getset: &[
        GetSet { name: "closed", get: |vm, this| Ok(Value::bool(file(vm, this)?.fd.get() < 0)), set: None, doc: "True if the file is closed", is_member: false },
        GetSet { name: "closefd", get: |vm, this| Ok(Value::bool(file(vm, this)?.close_fd.get())), set: None, doc: "True if the file descriptor will be closed by close().", is_member: false },
        GetSet { name: "mode", get: |vm, this| Ok(vm.intern(mode_text(&*file(vm, this)?)).value()), set: None, doc: "String giving the file mode", is_member: false },
        GetSet { name: "_blksize", get: |vm, this| Ok(vm.int(file(vm, this)?.blksize.get())), set: None, doc: "", is_member: true },
        GetSet {
            name: "_finalizing",
            get: |vm, this| Ok(Value::bool(file(vm, this)?.finalizing.get())),
            set: Some(|vm, this, value| {
                file(vm, this)?.finalizing.set(vm.truthy(value)?);
                Ok(())
            }),
            doc: "",
            is_member: true,
        },
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Read at most size bytes, returned as bytes.
    "read($self, size=-1, /)" => read;
    /// Read all data from the file, returned as bytes.
    "readall($self, /)" => readall;
    /// Same as RawIOBase.readinto().
    "readinto($self, buffer, /)" => readinto;
    /// Write buffer b to file, return number of bytes written.
    "write($self, b, /)" => write;
    /// Move to new file position and return the file position.
    "seek($self, pos, whence=0, /)" => seek;
    /// Current file position.
    "tell($self, /)" => tell;
    /// Truncate the file to at most size bytes and return the truncated size.
    "truncate($self, size=None, /)" => truncate;
    /// Close the file.
    "close($self, /)" => close;
    /// True if file supports random-access.
    "seekable($self, /)" => seekable;
    /// True if file was opened in a read mode.
    "readable($self, /)" => readable;
    /// True if file was opened in a write mode.
    "writable($self, /)" => writable;
    /// Return the underlying file descriptor (an integer).
    "fileno($self, /)" => fileno;
    /// True if the file is connected to a TTY device.
    "isatty($self, /)" => isatty;
    "_dealloc_warn($self, source, /)" => dealloc_warn;
    "_isatty_open_only($self, /)" => isatty;
    "__del__($self, /)" => delete;
}}

fn file(vm: &Vm, this: Value) -> Result<Ref<Native<FileIo>>, Raised> {
    vm.as_native::<FileIo>(this).ok_or_else(|| wrong_self(vm, this, "FileIO"))
}

/// The descriptor of a `FileIO` that is open.
pub(super) fn descriptor(vm: &Vm, this: Value) -> Option<i32> {
    vm.as_native::<FileIo>(this).map(|file| file.fd.get()).filter(|fd| *fd >= 0)
}

/// The descriptor of an open file.
fn open_file(vm: &Vm, this: Value) -> Result<Ref<Native<FileIo>>, Raised> {
    let file = file(vm, this)?;
    if file.fd.get() < 0 { Err(closed_error(vm)) } else { Ok(file) }
}

fn mode_text(file: &FileIo) -> &'static str {
    match (file.created.get(), file.appending.get(), file.readable.get(), file.writable.get()) {
        (true, _, true, _) => "xb+",
        (true, ..) => "xb",
        (_, true, true, _) => "ab+",
        (_, true, ..) => "ab",
        (_, _, true, true) => "rb+",
        (_, _, true, false) => "rb",
        _ => "wb",
    }
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let Some(class) = class.cast() else { return Err(vm.type_error("not a class")) };
    let data = FileIo { fd: Cell::new(-1), close_fd: Cell::new(true), blksize: Cell::new(8192), ..FileIo::default() };
    Ok(vm.native(class, data).value())
}

/// Repeats a system call that a signal interrupted, after its handlers ran.
pub(crate) fn retry(vm: &Vm, mut call: impl FnMut() -> isize) -> Result<Result<usize, i32>, Raised> {
    loop {
        let (result, errno) = vm.allow_threads(|| {
            let result = call();
            (result, std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
        });
        if result >= 0 {
            return Ok(Ok(result as usize));
        }
        if errno != libc::EINTR {
            return Ok(Err(errno));
        }
        (vm.hooks.get().safepoint)(vm)?;
    }
}

fn init(vm: &Vm, [this, name, mode, closefd, opener]: &[Value; 5]) -> R {
    let data = file(vm, *this)?;
    if data.fd.get() >= 0 {
        close_descriptor(vm, &data)?;
    }
    let mode = text_of(vm, *mode, "mode")?;
    let (mut kind, mut plus) = (None, false);
    for char in mode.chars() {
        match char {
            'r' | 'w' | 'a' | 'x' if kind.is_none() => kind = Some(char),
            '+' if !plus => plus = true,
            'b' => {}
            'r' | 'w' | 'a' | 'x' | '+' => {
                return Err(vm.value_error(
                    "Must have exactly one of create/read/write/append mode and at most one plus",
                ));
            }
            _ => return Err(vm.value_error(format!("invalid mode: {mode}"))),
        }
    }
    let Some(kind) = kind else {
        return Err(vm.value_error("Must have exactly one of create/read/write/append mode and at most one plus"));
    };
    data.readable.set(kind == 'r' || plus);
    data.writable.set(kind != 'r' || plus);
    data.appending.set(kind == 'a');
    data.created.set(kind == 'x');
    data.seekable.set(None);
    let access = match (data.readable.get(), data.writable.get()) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    let flags = libc::O_CLOEXEC
        | access
        | match kind {
            'w' => libc::O_CREAT | libc::O_TRUNC,
            'a' => libc::O_CREAT | libc::O_APPEND,
            'x' => libc::O_CREAT | libc::O_EXCL,
            _ => 0,
        };
    let closefd = vm.truthy(*closefd)?;
    if name.is_float() {
        return Err(vm.type_error("integer argument expected, got float"));
    }
    if vm.as_int(*name).is_some() {
        let fd = vm.index_i32(*name)?;
        if fd < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
        data.fd.set(fd);
        data.close_fd.set(closefd);
    } else {
        if !closefd {
            return Err(vm.value_error("Cannot use closefd=False with file name"));
        }
        data.close_fd.set(true);
        let fd = if opener.is_none() {
            open_path(vm, *name, flags)?
        } else {
            let result = vm.call(*opener, &[*name, vm.int(flags as i64)])?;
            if vm.as_int(result).is_none() {
                return Err(vm.type_error("expected integer from opener"));
            }
            let fd = vm.index_i32(result)?;
            if fd < 0 {
                return Err(vm.value_error(format!("opener returned {fd}")));
            }
            fd
        };
        data.fd.set(fd);
    }
    vm.heap.charge(64 << 10);
    // SAFETY: `stat` is written by the call.
    let stat = unsafe {
        let mut stat = std::mem::zeroed::<libc::stat>();
        if libc::fstat(data.fd.get(), &mut stat) < 0 {
            let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
            if data.close_fd.get() && vm.as_int(*name).is_none() {
                libc::close(data.fd.get());
            }
            data.fd.set(-1);
            return Err(vm.os_error_file(errno, *name));
        }
        stat
    };
    if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
        if vm.as_int(*name).is_none() {
            close_descriptor(vm, &data)?;
        }
        data.fd.set(-1);
        return Err(vm.os_error_file(libc::EISDIR, *name));
    }
    data.blksize.set(if stat.st_blksize > 1 { stat.st_blksize } else { 8192 });
    vm.set_instance_attr(*this, vm.names.name, *name);
    if data.appending.get() {
        // SAFETY: a plain system call; failure (a pipe) does not matter.
        unsafe { libc::lseek(data.fd.get(), 0, libc::SEEK_END) };
    }
    Ok(Value::NONE)
}

fn open_path(vm: &Vm, name: Value, flags: i32) -> Result<i32, Raised> {
    let path = crate::support::fs_bytes(vm, name)?;
    let Ok(path) = std::ffi::CString::new(path) else { return Err(vm.value_error("embedded null byte")) };
    super::unwritten::flush_path(vm, &path)?;
    let mut reclaimed = false;
    loop {
        // SAFETY: the path is a C string.
        match retry(vm, || unsafe { libc::open(path.as_ptr(), flags, 0o666) } as isize)? {
            Ok(fd) => return Ok(fd as i32),
            Err(libc::ENOENT) => {
                let packed = vm.packed_open(path.to_bytes(), flags);
                return packed.ok_or_else(|| vm.os_error_file(libc::ENOENT, name));
            }
            Err(errno) if !reclaimed && vm.reclaim_descriptors(errno) => reclaimed = true,
            Err(errno) => return Err(vm.os_error_file(errno, name)),
        }
    }
}

fn close_descriptor(vm: &Vm, data: &FileIo) -> Result<(), Raised> {
    let fd = data.fd.replace(-1);
    if fd < 0 || !data.close_fd.get() {
        return Ok(());
    }
    vm.heap.discharge(64 << 10);
    // SAFETY: the descriptor is ours.
    let result = vm.allow_threads(|| unsafe { libc::close(fd) });
    if result < 0 {
        let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        return Err(vm.os_error(errno));
    }
    Ok(())
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = file(vm, *this)?;
    let root = super::class_of(vm, "_RawIOBase")?.value();
    let base_close = vm.getattr(root, vm.names.close)?;
    if !data.close_fd.get() {
        vm.call(base_close, &[*this])?;
        data.fd.set(-1);
        return Ok(Value::NONE);
    }
    let result = vm.call(base_close, &[*this]);
    let pending = result.err().map(|raised| vm.take_exception(raised));
    let closed = close_descriptor(vm, &data);
    if let Some(pending) = pending {
        return Err(vm.raise_again(pending));
    }
    closed?;
    Ok(Value::NONE)
}

fn delete(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = file(vm, *this)?;
    if data.fd.get() >= 0 && data.close_fd.get() {
        data.finalizing.set(true);
        dealloc_warn(vm, &[*this, *this])?;
        vm.call_method(*this, vm.names.close, &[])?;
    }
    Ok(Value::NONE)
}

fn dealloc_warn(vm: &Vm, [this, source]: &[Value; 2]) -> R {
    let data = file(vm, *this)?;
    if data.fd.get() >= 0 && data.close_fd.get() {
        let text = format!("unclosed file {}", vm.repr(*source)?.to_string_lossy());
        if let Err(raised) = vm.warn(TypeId::ResourceWarning, &text, 1) {
            vm.report_unraisable(raised, "", *this);
        }
    }
    Ok(Value::NONE)
}

fn unreadable(vm: &Vm, what: &str) -> Raised {
    unsupported(vm, &format!("File not open for {what}"))
}

/// Reads into memory that stays in place. None: the call would block.
fn read_some(vm: &Vm, data: &FileIo, buffer: &mut [u8]) -> Result<Option<usize>, Raised> {
    let fd = data.fd.get();
    // SAFETY: the buffer is valid for its length, and belongs to this call.
    match retry(vm, || unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })? {
        Ok(count) => Ok(Some(count)),
        Err(libc::EAGAIN) => Ok(None),
        Err(errno) => Err(vm.os_error(errno)),
    }
}

fn read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let data = open_file(vm, *this)?;
    if !data.readable.get() {
        return Err(unreadable(vm, "reading"));
    }
    match vm.index_clamped(*size)? {
        Some(size) if size >= 0 => {
            vm.check_size(Some(size as usize))?;
            let mut buffer = vec![0; (size as usize).min(0x7FFF_F000)];
            Ok(match read_some(vm, &data, &mut buffer)? {
                Some(count) => vm.bytes(&buffer[..count]).value(),
                None => Value::NONE,
            })
        }
        _ => readall(vm, &[*this]),
    }
}

/// The bytes up to the end of the file.
fn read_rest(vm: &Vm, data: &FileIo) -> Result<Option<Vec<u8>>, Raised> {
    let mut all = Vec::new();
    // SAFETY: `stat` is written by the call.
    let estimate = unsafe {
        let mut stat = std::mem::zeroed::<libc::stat>();
        let at = libc::lseek(data.fd.get(), 0, libc::SEEK_CUR);
        if libc::fstat(data.fd.get(), &mut stat) == 0 && at >= 0 && stat.st_size > at { (stat.st_size - at) as usize + 1 } else { 0 }
    };
    let mut step = estimate.max(8192);
    loop {
        let start = all.len();
        vm.check_size(start.checked_add(step))?;
        all.resize(start + step, 0);
        match read_some(vm, data, &mut all[start..])? {
            Some(0) => {
                all.truncate(start);
                return Ok(Some(all));
            }
            Some(count) => all.truncate(start + count),
            None => {
                all.truncate(start);
                return Ok(if start == 0 { None } else { Some(all) });
            }
        }
        step = (all.len() / 2).clamp(8192, 1 << 24);
    }
}

fn readall(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = open_file(vm, *this)?;
    if !data.readable.get() {
        return Err(unreadable(vm, "reading"));
    }
    Ok(read_rest(vm, &data)?.map_or(Value::NONE, |all| vm.bytes(&all).value()))
}

fn readinto(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    let data = open_file(vm, *this)?;
    if !data.readable.get() {
        return Err(unreadable(vm, "reading"));
    }
    let len = vm.with_bytes_mut(*buffer, |bytes| bytes.len())?;
    let mut copy = vec![0; len];
    let Some(count) = read_some(vm, &data, &mut copy)? else { return Ok(Value::NONE) };
    vm.with_bytes_mut(*buffer, |bytes| {
        let count = count.min(bytes.len());
        bytes[..count].copy_from_slice(&copy[..count]);
    })?;
    Ok(vm.int_usize(count))
}

/// Writes bytes once. None: the call would block.
fn write_some(vm: &Vm, data: &FileIo, bytes: &[u8]) -> Result<Option<usize>, Raised> {
    let fd = data.fd.get();
    let len = bytes.len().min(0x7FFF_F000);
    // SAFETY: the buffer is valid for its length during the call.
    match retry(vm, || unsafe { libc::write(fd, bytes.as_ptr().cast(), len) })? {
        Ok(count) => Ok(Some(count)),
        Err(libc::EAGAIN) => Ok(None),
        Err(errno) => Err(vm.os_error(errno)),
    }
}

fn write(vm: &Vm, [this, bytes]: &[Value; 2]) -> R {
    let data = open_file(vm, *this)?;
    if !data.writable.get() {
        return Err(unreadable(vm, "writing"));
    }
    let copy = vm.bytes_of(*bytes)?;
    Ok(write_some(vm, &data, &copy)?.map_or(Value::NONE, |count| vm.int_usize(count)))
}

fn seek(vm: &Vm, [this, position, whence]: &[Value; 3]) -> R {
    let data = open_file(vm, *this)?;
    if position.is_float() {
        return Err(vm.type_error("an integer is required"));
    }
    let (position, whence) = (vm.index_i64(*position)?, vm.index_i32(*whence)?);
    // SAFETY: a plain system call.
    let result = unsafe { libc::lseek(data.fd.get(), position, whence) };
    if result < 0 {
        return Err(vm.os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)));
    }
    Ok(vm.int(result))
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    seek(vm, &[*this, Value::small(0), Value::small(1)])
}

fn truncate(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let data = open_file(vm, *this)?;
    if !data.writable.get() {
        return Err(unreadable(vm, "writing"));
    }
    let size = if size.is_none() { tell(vm, &[*this])? } else { *size };
    let length = vm.index_i64(size)?;
    let fd = data.fd.get();
    // SAFETY: a plain system call.
    match retry(vm, || unsafe { libc::ftruncate(fd, length) } as isize)? {
        Ok(_) => Ok(size),
        Err(errno) => Err(vm.os_error(errno)),
    }
}

fn seekable(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = open_file(vm, *this)?;
    if data.seekable.get().is_none() {
        // SAFETY: a plain system call.
        data.seekable.set(Some(unsafe { libc::lseek(data.fd.get(), 0, libc::SEEK_CUR) } >= 0));
    }
    Ok(Value::bool(data.seekable.get() == Some(true)))
}

fn readable(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(open_file(vm, *this)?.readable.get()))
}

fn writable(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(open_file(vm, *this)?.writable.get()))
}

fn fileno(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(open_file(vm, *this)?.fd.get() as i64))
}

fn isatty(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = open_file(vm, *this)?;
    // SAFETY: a plain system call.
    Ok(Value::bool(unsafe { libc::isatty(data.fd.get()) } == 1))
}

fn repr(vm: &Vm, this: Value) -> R {
    let data = file(vm, this)?;
    let class = vm.type_of(this).qualified_name(vm);
    if data.fd.get() < 0 {
        return Ok(vm.str(&format!("<{class} [closed]>")).value());
    }
    let mode = mode_text(&data);
    let closefd = if data.close_fd.get() { "True" } else { "False" };
    let text = match vm.getattr_opt(this, vm.names.name)? {
        Some(name) => {
            format!("<{class} name={} mode='{mode}' closefd={closefd}>", vm.repr(name)?.to_string_lossy())
        }
        None => format!("<{class} fd={} mode='{mode}' closefd={closefd}>", data.fd.get()),
    };
    Ok(vm.str(&text).value())
}

/// What buffers do with a raw stream that is a plain `FileIO`, without the method calls.
pub(crate) fn direct(vm: &Vm, raw: Value) -> Option<Ref<Native<FileIo>>> {
    let file = vm.as_native::<FileIo>(raw)?;
    let class = vm.state_value("io.FileIO")?;
    (vm.type_of(raw).value() == class && file.fd.get() >= 0).then_some(file)
}

/// One read of a plain file; None where it would block.
pub(crate) fn direct_read(vm: &Vm, file: Ref<Native<FileIo>>, buffer: &mut [u8]) -> Result<Option<usize>, Raised> {
    if !file.readable.get() {
        return Err(unreadable(vm, "reading"));
    }
    read_some(vm, &file, buffer)
}

/// One write to a plain file; None where it would block.
pub(crate) fn direct_write(vm: &Vm, file: Ref<Native<FileIo>>, bytes: &[u8]) -> Result<Option<usize>, Raised> {
    if !file.writable.get() {
        return Err(unreadable(vm, "writing"));
    }
    write_some(vm, &file, bytes)
}

