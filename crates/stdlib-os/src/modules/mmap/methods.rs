//! The methods of mappings.

use super::{Map, bytes, open, writable, write_at};
use crate::support::data;
use object::{R, Raised, Value, Vm, natives};

natives! { pub static METHODS: {
    "close($self, /)" => close;
    "find($self, view, start=None, end=None, /)" => find;
    "rfind($self, view, start=None, end=None, /)" => rfind;
    "flush($self, offset=0, size=None, /)" => flush;
    "madvise($self, option, start=0, length=None, /)" => madvise;
    "move($self, dest, src, count, /)" => move_bytes;
    "read($self, n=None, /)" => read;
    "read_byte($self, /)" => read_byte;
    "readline($self, /)" => readline;
    "resize($self, newsize, /)" => resize;
    "seek($self, pos, whence=0, /)" => seek;
    "seekable($self, /)" => seekable;
    "size($self, /)" => size;
    "tell($self, /)" => tell;
    "write($self, bytes, /)" => write;
    "write_byte($self, byte, /)" => write_byte;
    "__enter__($self, /)" => enter;
    "__exit__($self, exc_type, exc_value, traceback, /)" => exit;
}}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let map = data::<Map>(vm, *this)?;
    if map.views(vm) > 0 {
        return Err(vm.buffer_error("cannot close exported pointers exist"));
    }
    map.unmap();
    Ok(Value::NONE)
}

fn bound(vm: &Vm, value: Value, default: usize, size: usize) -> Result<usize, Raised> {
    if value.is_none() {
        return Ok(default.min(size));
    }
    let index = vm.index_isize(value)?;
    let index = if index < 0 { index.saturating_add(size as isize).max(0) } else { index };
    Ok((index as usize).min(size))
}

fn search(vm: &Vm, [this, view, start, end]: &[Value; 4], backwards: bool) -> R {
    let map = open(vm, *this)?;
    let needle = vm.bytes_of(*view)?;
    let (start, end) =
        (bound(vm, *start, map.position.get(), map.size.get())?, bound(vm, *end, usize::MAX, map.size.get())?);
    let map = open(vm, *this)?;
    let Some(part) = bytes(&map).get(start..end) else { return Ok(vm.int(-1)) };
    if needle.is_empty() {
        return Ok(vm.int_usize(if backwards { end } else { start }));
    }
    let mut windows = part.windows(needle.len());
    let found = if backwards {
        windows.rposition(|window| window == needle)
    } else {
        windows.position(|window| window == needle)
    };
    Ok(found.map_or_else(|| vm.int(-1), |at| vm.int_usize(start + at)))
}

fn find(vm: &Vm, args: &[Value; 4]) -> R {
    search(vm, args, false)
}

fn rfind(vm: &Vm, args: &[Value; 4]) -> R {
    search(vm, args, true)
}

fn flush(vm: &Vm, [this, offset, size]: &[Value; 3]) -> R {
    let map = open(vm, *this)?;
    let offset = vm.index_i64(*offset)?;
    let size = if size.is_none() { map.size.get() as i64 - offset } else { vm.index_i64(*size)? };
    if size < 0 || offset < 0 || (map.size.get() as i64) - offset < size {
        return Err(vm.value_error("flush values out of range"));
    }
    if map.access == super::ACCESS_READ || map.access == super::ACCESS_COPY {
        return Ok(Value::NONE);
    }
    // SAFETY: the range lies in the mapping.
    if unsafe { libc::msync(map.address.get().add(offset as usize).cast(), size as usize, libc::MS_SYNC) } == -1 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    Ok(Value::NONE)
}

fn madvise(vm: &Vm, [this, option, start, length]: &[Value; 4]) -> R {
    let map = open(vm, *this)?;
    let option = vm.index_i32(*option)?;
    let start = vm.index_i64(*start)?;
    let length = if length.is_none() { map.size.get() as i64 } else { vm.index_i64(*length)? };
    if start < 0 || start as usize >= map.size.get() {
        return Err(vm.value_error("madvise start out of bounds"));
    }
    if length < 0 {
        return Err(vm.value_error("madvise length invalid"));
    }
    if start.checked_add(length).is_none() {
        return Err(vm.overflow_error("madvise length too large"));
    }
    let length = (length as usize).min(map.size.get() - start as usize);
    // SAFETY: the range lies in the mapping.
    if unsafe { libc::madvise(map.address.get().add(start as usize).cast(), length, option) } != 0 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    Ok(Value::NONE)
}

fn move_bytes(vm: &Vm, [this, to, from, count]: &[Value; 4]) -> R {
    let (to, from, count) = (vm.index_i64(*to)?, vm.index_i64(*from)?, vm.index_i64(*count)?);
    let map = writable(vm, *this)?;
    let size = map.size.get() as i64;
    let fits = |at: i64| at >= 0 && count >= 0 && at <= size && size - at >= count;
    if !fits(to) || !fits(from) {
        return Err(vm.value_error("source, destination, or count out of range"));
    }
    let part = &bytes(&map)[from as usize..(from + count) as usize];
    write_at(&map, to as usize, part);
    Ok(Value::NONE)
}

fn take(vm: &Vm, this: Value, count: usize) -> R {
    let map = open(vm, this)?;
    let at = map.position.get();
    let count = count.min(map.size.get().saturating_sub(at));
    let result = vm.bytes(bytes(&map).get(at..at + count).unwrap_or(&[]));
    map.position.set(at + count);
    Ok(result.value())
}

fn read(vm: &Vm, [this, count]: &[Value; 2]) -> R {
    open(vm, *this)?;
    let count = match vm.index_clamped(*count) {
        Ok(count) => count.unwrap_or(-1),
        Err(raised) => {
            vm.catch(raised, object::TypeId::TypeError)?;
            let name = vm.type_name(*count);
            return Err(vm.type_error(format!("argument should be integer or None, not '{name}'")));
        }
    };
    take(vm, *this, if count < 0 { usize::MAX } else { count as usize })
}

fn read_byte(vm: &Vm, [this]: &[Value; 1]) -> R {
    let map = open(vm, *this)?;
    let at = map.position.get();
    match bytes(&map).get(at) {
        Some(&byte) => {
            map.position.set(at + 1);
            Ok(vm.int(byte as i64))
        }
        None => Err(vm.value_error("read byte out of range")),
    }
}

fn readline(vm: &Vm, [this]: &[Value; 1]) -> R {
    let map = open(vm, *this)?;
    let rest = bytes(&map).get(map.position.get()..).unwrap_or(&[]);
    let count = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
    take(vm, *this, count)
}

fn resize(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let size = vm.index_i64(*size)?;
    let map = open(vm, *this)?;
    if map.views(vm) > 0 {
        return Err(vm.buffer_error("mmap can't resize with extant pointers exported."));
    }
    if map.access == super::ACCESS_READ || map.access == super::ACCESS_COPY {
        return Err(vm.type_error("mmap can't resize a readonly or copy-on-write memory map."));
    }
    if !map.track_fd {
        return Err(vm.value_error("mmap can't resize with trackfd=False."));
    }
    if size < 0 || size.checked_add(map.offset).is_none() {
        return Err(vm.value_error("new size out of range"));
    }
    let fd = map.fd.get();
    if fd == -1 && map.flags & libc::MAP_PRIVATE == 0 && size as usize > map.size.get() {
        return Err(vm.value_error("mmap: can't expand a shared anonymous mapping"));
    }
    // SAFETY: the mapping is this object's alone, and nothing views it.
    unsafe {
        if fd != -1 && libc::ftruncate(fd, map.offset + size) == -1 {
            return Err(vm.os_error(object::fs::last_errno()));
        }
        let address = libc::mremap(map.address.get().cast(), map.size.get(), size as usize, libc::MREMAP_MAYMOVE);
        if address == libc::MAP_FAILED {
            return Err(vm.os_error(object::fs::last_errno()));
        }
        map.address.set(address.cast());
        map.size.set(size as usize);
    }
    Ok(Value::NONE)
}

fn seek(vm: &Vm, [this, distance, whence]: &[Value; 3]) -> R {
    let (distance, whence) = (vm.index_i64(*distance)?, vm.index_i32(*whence)?);
    let map = open(vm, *this)?;
    let base = match whence {
        0 => 0,
        1 => map.position.get() as i64,
        2 => map.size.get() as i64,
        _ => return Err(vm.value_error("unknown seek type")),
    };
    match base.checked_add(distance) {
        Some(position) if position >= 0 && position as usize <= map.size.get() => {
            map.position.set(position as usize);
            Ok(vm.int(position))
        }
        _ => Err(vm.value_error("seek out of range")),
    }
}

fn seekable(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::TRUE)
}

fn size(vm: &Vm, [this]: &[Value; 1]) -> R {
    let map = open(vm, *this)?;
    // SAFETY: all zeros is a value of this structure, which the call fills.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstat(map.fd.get(), &mut stat) != 0 {
            return Err(vm.os_error(object::fs::last_errno()));
        }
        Ok(vm.int(stat.st_size))
    }
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int_usize(open(vm, *this)?.position.get()))
}

fn write(vm: &Vm, [this, from]: &[Value; 2]) -> R {
    let from = vm.bytes_of(*from)?;
    let map = writable(vm, *this)?;
    let at = map.position.get();
    if at > map.size.get() || map.size.get() - at < from.len() {
        return Err(vm.value_error("data out of range"));
    }
    write_at(&map, at, &from);
    map.position.set(at + from.len());
    Ok(vm.int_usize(from.len()))
}

fn write_byte(vm: &Vm, [this, byte]: &[Value; 2]) -> R {
    let byte = match vm.index_i64(*byte)? {
        byte if byte < 0 => return Err(vm.overflow_error("unsigned byte integer is less than minimum")),
        byte if byte > 255 => return Err(vm.overflow_error("unsigned byte integer is greater than maximum")),
        byte => byte as u8,
    };
    let map = writable(vm, *this)?;
    let at = map.position.get();
    if at >= map.size.get() {
        return Err(vm.value_error("write byte out of range"));
    }
    write_at(&map, at, &[byte]);
    map.position.set(at + 1);
    Ok(Value::NONE)
}

fn enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    open(vm, *this)?;
    Ok(*this)
}

fn exit(vm: &Vm, [this, _, _, _]: &[Value; 4]) -> R {
    close(vm, &[*this])
}
