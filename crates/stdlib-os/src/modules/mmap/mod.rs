//! `mmap`: files as memory.

mod access;
mod constants;
mod methods;

use crate::support::{add_constants, class_arg, data};
use object::buffer::{Buffer, Exports};
use object::native::NativeDef;
use object::{
    Field, GetSet, Kind, Module, ModuleDef, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value,
    Vm, native, type_flags,
};
use std::cell::Cell;

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "mmap", doc: "", functions: &[], exec };

const ACCESS_DEFAULT: i32 = 0;
const ACCESS_READ: i32 = 1;
const ACCESS_WRITE: i32 = 2;
const ACCESS_COPY: i32 = 3;

/// A mapping; its address is null once it is closed.
pub struct Map {
    address: Cell<*mut u8>,
    size: Cell<usize>,
    position: Cell<usize>,
    offset: i64,
    fd: Cell<i32>,
    flags: i32,
    access: i32,
    track_fd: bool,
    /// What counts the views of the memory.
    exports: Field,
}

impl NativeData for Map {
    fn trace(&self, tracer: &mut Tracer) {
        self.exports.trace(tracer);
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        self.unmap();
    }
}

impl Map {
    fn unmap(&self) {
        let address = self.address.replace(std::ptr::null_mut());
        // SAFETY: a mapping and a descriptor of this object alone.
        unsafe {
            if !address.is_null() {
                libc::munmap(address.cast(), self.size.get());
            }
            let fd = self.fd.replace(-1);
            if fd >= 0 {
                libc::close(fd);
            }
        }
    }

    /// Number of views of the memory.
    fn views(&self, vm: &Vm) -> usize {
        vm.as_native::<Exports>(self.exports.get()).map_or(0, |exports| exports.count.get())
    }
}

static NEW: NativeDef = native! {
    "mmap($cls, fileno, length, flags=<unrepresentable>, prot=<unrepresentable>, access=0, offset=0, *, trackfd=True)" => new
};

static TYPE: TypeDef = TypeDef {
    name: "mmap",
    module: "mmap",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "mmap(fileno, length[, flags[, prot[, access[, offset[, trackfd]]]]])\n\nMaps length bytes from the file specified by the file descriptor fileno,\nand returns a mmap object.",
    slots: &[
        Slot::repr(repr),
        Slot::len(|vm, this| Ok(open(vm, this)?.size.get())),
        Slot::getitem(access::getitem),
        Slot::setitem(access::setitem),
        Slot::buffer(buffer),
    ],
    methods: &[methods::METHODS],
    getset: &[GetSet {
        name: "closed",
        get: |vm, this| Ok(Value::bool(data::<Map>(vm, this)?.address.get().is_null())),
        set: None,
        doc: "",
        is_member: false,
    }],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static EXPORTS: TypeDef = TypeDef { name: "_exports", module: "mmap", kind: Kind::NATIVE, ..TypeDef::DEFAULT };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
    vm.add_value(module, "error", vm.types[TypeId::OSError]);
    vm.add_type(module, &TYPE);
    vm.set_state("mmap.exports", vm.make_type(&EXPORTS).value());
    Ok(())
}

/// A mapping that is not closed.
fn open(vm: &Vm, this: Value) -> Result<Ref<Native<Map>>, Raised> {
    let map = data::<Map>(vm, this)?;
    if map.address.get().is_null() {
        return Err(vm.value_error("mmap closed or invalid"));
    }
    Ok(map)
}

/// The bytes of a mapping. They may change at any time, as other processes write them.
fn bytes(map: &Map) -> &[u8] {
    // SAFETY: the mapping has that many bytes as long as it is not closed, which only Python code does.
    unsafe { std::slice::from_raw_parts(map.address.get(), map.size.get()) }
}

/// The mapping, if it may be written.
fn writable(vm: &Vm, this: Value) -> Result<Ref<Native<Map>>, Raised> {
    let map = open(vm, this)?;
    if map.access == ACCESS_READ {
        return Err(vm.type_error("mmap can't modify a readonly memory map."));
    }
    Ok(map)
}

/// Writes bytes to a place that lies within the mapping.
fn write_at(map: &Map, at: usize, from: &[u8]) {
    // SAFETY: the callers compared the range with the size; the bytes may lie in the mapping itself.
    unsafe { std::ptr::copy(from.as_ptr(), map.address.get().add(at), from.len()) };
}

fn buffer(vm: &Vm, this: Value, for_writing: bool) -> Result<Buffer, Raised> {
    let map = open(vm, this)?;
    let readonly = map.access == ACCESS_READ;
    if for_writing && readonly {
        return Err(vm.buffer_error("Object is not writable."));
    }
    if let Some(exports) = vm.as_native::<Exports>(map.exports.get()) {
        exports.count.set(exports.count.get() + 1);
    }
    Ok(Buffer::of_bytes(map.exports.get(), map.address.get(), map.size.get(), readonly))
}

fn repr(vm: &Vm, this: Value) -> R {
    let map = data::<Map>(vm, this)?;
    let class = vm.type_of(this).qualified_name(vm);
    if map.address.get().is_null() {
        return Ok(vm.str(&format!("<{class} closed=True>")).value());
    }
    let access = match map.access {
        ACCESS_DEFAULT => "ACCESS_DEFAULT",
        ACCESS_READ => "ACCESS_READ",
        ACCESS_WRITE => "ACCESS_WRITE",
        _ => "ACCESS_COPY",
    };
    let (size, position, offset) = (map.size.get(), map.position.get(), map.offset);
    let text = format!("<{class} closed=False, access={access}, length={size}, pos={position}, offset={offset}>");
    Ok(vm.str(&text).value())
}

fn new(vm: &Vm, args: &[Value; 8]) -> R {
    let [class, fileno, length, flags, prot, access, offset, track] = *args;
    let class = class_arg(vm, class)?;
    let fd = vm.index_i32(fileno)?;
    let size = vm.index_i64(length)?;
    let default = |value: Value, default: i32| if value.is_unbound() { Ok(default) } else { vm.index_i32(value) };
    let (mut flag_bits, mut protection) =
        (default(flags, libc::MAP_SHARED)?, default(prot, libc::PROT_READ | libc::PROT_WRITE)?);
    let mut mode = vm.index_i32(access)?;
    let start = vm.index_i64(offset)?;
    let track_fd = vm.truthy(track)?;
    if size < 0 {
        return Err(vm.overflow_error("memory mapped length must be positive"));
    }
    if start < 0 {
        return Err(vm.overflow_error("memory mapped offset must be positive"));
    }
    if mode != ACCESS_DEFAULT && (flag_bits != libc::MAP_SHARED || protection != libc::PROT_READ | libc::PROT_WRITE) {
        return Err(vm.value_error("mmap can't specify both access and flags, prot."));
    }
    match mode {
        ACCESS_READ => (flag_bits, protection) = (libc::MAP_SHARED, libc::PROT_READ),
        ACCESS_WRITE => (flag_bits, protection) = (libc::MAP_SHARED, libc::PROT_READ | libc::PROT_WRITE),
        ACCESS_COPY => (flag_bits, protection) = (libc::MAP_PRIVATE, libc::PROT_READ | libc::PROT_WRITE),
        ACCESS_DEFAULT => {
            if protection & libc::PROT_WRITE == 0 && protection & libc::PROT_READ != 0 {
                mode = ACCESS_READ;
            } else if protection & libc::PROT_READ == 0 && protection & libc::PROT_WRITE != 0 {
                mode = ACCESS_WRITE;
            }
        }
        _ => return Err(vm.value_error("mmap invalid access parameter.")),
    }
    vm.audit("mmap.__new__", &[vm.int(fd as i64), vm.int(size), access, vm.int(start)])?;
    let mut size = size as u64;
    if fd != -1 {
        // SAFETY: all zeros is a value of this structure, which the call fills.
        let stat = unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            (libc::fstat(fd, &mut stat) == 0 && stat.st_mode & libc::S_IFMT == libc::S_IFREG).then_some(stat)
        };
        if let Some(stat) = stat {
            let file = stat.st_size as u64;
            if size == 0 {
                if file == 0 {
                    return Err(vm.value_error("cannot mmap an empty file"));
                }
                if start as u64 >= file {
                    return Err(vm.value_error("mmap offset is greater than file size"));
                }
                size = file - start as u64;
            } else if start as u64 > file || file - (start as u64) < size {
                return Err(vm.value_error("mmap length is greater than file size"));
            }
        }
    } else {
        flag_bits |= libc::MAP_ANONYMOUS;
    }
    let mut copy = -1;
    if fd != -1 && track_fd {
        // SAFETY: has no preconditions.
        copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
        if copy < 0 {
            return Err(vm.os_error(object::fs::last_errno()));
        }
    }
    // SAFETY: a new mapping, at an address that the system chooses.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), size as usize, protection, flag_bits, fd, start) };
    if address == libc::MAP_FAILED {
        let error = object::fs::last_errno();
        if copy >= 0 {
            // SAFETY: the copy made above.
            unsafe { libc::close(copy) };
        }
        return Err(vm.os_error(error));
    }
    let exports_class = crate::support::kept_class(vm, "mmap.exports")?;
    let exports = vm.native(exports_class, Exports { count: Cell::new(0), object: Field::new(Value::NONE) });
    let map = Map {
        address: Cell::new(address.cast()),
        size: Cell::new(size as usize),
        position: Cell::new(0),
        offset: start,
        fd: Cell::new(copy),
        flags: flag_bits,
        access: mode,
        track_fd,
        exports: Field::new(exports.value()),
    };
    let map = vm.native(class, map);
    // Views keep the mapping alive through what counts them.
    exports.object.set(vm, exports, map.value());
    Ok(map.value())
}
