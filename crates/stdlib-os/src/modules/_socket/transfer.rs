//! Sending and receiving.

use super::address::{Address, from_value};
use super::socket::{Socket, Wait, call, end_of, timed_out};
use crate::support::data;
use object::{R, Raised, Tuple, Value, ValueExt, Vm, natives};
use std::time::Instant;

natives! { pub static METHODS: {
    /// recv(buffersize[, flags]) -> data
    "recv($self, buffersize, flags=0, /)" => recv;
    /// recv_into(buffer, [nbytes[, flags]]) -> nbytes_read
    "recv_into($self, /, buffer, nbytes=0, flags=0)" => recv_into;
    /// recvfrom(buffersize[, flags]) -> (data, address info)
    "recvfrom($self, buffersize, flags=0, /)" => recvfrom;
    /// recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)
    "recvfrom_into($self, /, buffer, nbytes=0, flags=0)" => recvfrom_into;
    /// send(data[, flags]) -> count
    "send($self, data, flags=0, /)" => send;
    /// sendall(data[, flags])
    "sendall($self, data, flags=0, /)" => sendall;
    /// sendto(data[, flags], address) -> count
    "sendto(...)" -> sendto;
    /// recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)
    "recvmsg($self, bufsize, ancbufsize=0, flags=0, /)" => recvmsg;
    /// recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)
    "recvmsg_into($self, buffers, ancbufsize=0, flags=0, /)" => recvmsg_into;
    /// sendmsg(buffers[, ancdata[, flags[, address]]]) -> count
    "sendmsg($self, buffers, ancdata=<unrepresentable>, flags=0, address=None, /)" => sendmsg;
}}

fn size_arg(vm: &Vm, value: Value, function: &str) -> Result<usize, Raised> {
    let size = vm.index_i64(value)?;
    if size < 0 {
        return Err(vm.value_error(format!("negative buffersize in {function}")));
    }
    vm.check_size(Some(size as usize))?;
    Ok(size as usize)
}

fn recv(vm: &Vm, [this, size, flags]: &[Value; 3]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let size = size_arg(vm, *size, "recv")?;
    let flags = vm.index_i32(*flags)?;
    let mut buffer = vec![0u8; size];
    let end = end_of(&socket);
    let count = call(vm, &socket, Wait::Read, end, |fd| {
        // SAFETY: the buffer has that size.
        unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), size, flags) }
    })?;
    Ok(vm.bytes(&buffer[..count as usize]).value())
}

/// A part of a buffer that is to be written: its address and size. The view must be released.
fn target(vm: &Vm, value: Value, size: Value, function: &str) -> Result<(object::Buffer, usize), Raised> {
    let size = vm.index_i64(size)?;
    if size < 0 {
        return Err(vm.value_error(format!("negative buffersize in {function}")));
    }
    let view = match vm.buffer(value, true) {
        Ok(view) if !view.readonly => view,
        _ => {
            let name = vm.type_name(value);
            let text = format!("{function}() argument 1 must be read-write bytes-like object, not {name}");
            return Err(vm.type_error(text));
        }
    };
    if size as usize > view.len {
        vm.release_buffer(&view);
        let text = if function == "recvfrom_into" {
            "nbytes is greater than the length of the buffer"
        } else {
            "buffer too small for requested bytes"
        };
        return Err(vm.value_error(text));
    }
    let len = if size == 0 { view.len } else { size as usize };
    Ok((view, len))
}

fn recv_into(vm: &Vm, [this, buffer, size, flags]: &[Value; 4]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let flags = vm.index_i32(*flags)?;
    let (view, len) = target(vm, *buffer, *size, "recv_into")?;
    if len == 0 {
        vm.release_buffer(&view);
        return Ok(vm.int(0));
    }
    let address = view.address as usize;
    let end = end_of(&socket);
    let result = call(vm, &socket, Wait::Read, end, |fd| {
        // SAFETY: the view keeps the memory in place.
        unsafe { libc::recv(fd, address as *mut _, len, flags) }
    });
    vm.release_buffer(&view);
    Ok(vm.int(result? as i64))
}

fn receive_from(vm: &Vm, socket: &Socket, address: usize, len: usize, flags: i32) -> Result<(isize, Address), Raised> {
    let mut from = Address::empty();
    let end = end_of(socket);
    let count = call(vm, socket, Wait::Read, end, |fd| {
        from.len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        // SAFETY: the callers give memory of that size.
        unsafe { libc::recvfrom(fd, address as *mut _, len, flags, from.as_mut_ptr(), &mut from.len) }
    })?;
    Ok((count, from))
}

fn recvfrom(vm: &Vm, [this, size, flags]: &[Value; 3]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let size = size_arg(vm, *size, "recvfrom")?;
    let flags = vm.index_i32(*flags)?;
    let mut buffer = vec![0u8; size];
    let (count, from) = receive_from(vm, &socket, buffer.as_mut_ptr() as usize, size, flags)?;
    Ok(vm.tuple(&[vm.bytes(&buffer[..count as usize]).value(), from.to_value(vm)?]).value())
}

fn recvfrom_into(vm: &Vm, [this, buffer, size, flags]: &[Value; 4]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let flags = vm.index_i32(*flags)?;
    let (view, len) = target(vm, *buffer, *size, "recvfrom_into")?;
    let result = receive_from(vm, &socket, view.address as usize, len, flags);
    vm.release_buffer(&view);
    let (count, from) = result?;
    Ok(vm.tuple(&[vm.int(count as i64), from.to_value(vm)?]).value())
}

fn send(vm: &Vm, [this, bytes, flags]: &[Value; 3]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let flags = vm.index_i32(*flags)?;
    let view = vm.buffer(*bytes, false)?;
    let (address, len) = (view.address as usize, view.len);
    let end = end_of(&socket);
    let result = call(vm, &socket, Wait::Write, end, |fd| {
        // SAFETY: the view keeps the memory in place.
        unsafe { libc::send(fd, address as *const _, len, flags) }
    });
    vm.release_buffer(&view);
    Ok(vm.int(result? as i64))
}

fn sendall(vm: &Vm, [this, bytes, flags]: &[Value; 3]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let flags = vm.index_i32(*flags)?;
    let view = vm.buffer(*bytes, false)?;
    let (address, len) = (view.address as usize, view.len);
    // The timeout is that of the whole call.
    let end = end_of(&socket);
    let mut sent = 0;
    let mut result = Ok(());
    loop {
        if end.is_some_and(|end| Instant::now() >= end) && sent > 0 && sent < len {
            result = Err(timed_out(vm));
            break;
        }
        let part = call(vm, &socket, Wait::Write, end, |fd| {
            // SAFETY: the view keeps the memory in place; no more than its size was sent.
            unsafe { libc::send(fd, (address + sent) as *const _, len - sent, flags) }
        });
        match part {
            Ok(count) => sent += count as usize,
            Err(raised) => {
                result = Err(raised);
                break;
            }
        }
        if sent >= len {
            break;
        }
        if let Err(raised) = vm.check_signals() {
            result = Err(raised);
            break;
        }
    }
    vm.release_buffer(&view);
    result.map(|()| Value::NONE)
}

fn sendto(vm: &Vm, args: object::Args) -> R {
    if args.keyword_count() > 0 {
        return Err(vm.type_error("socket.sendto() takes no keyword arguments"));
    }
    let (this, bytes, flags, to) = match *args.args {
        [this, bytes, to] => (this, bytes, 0, to),
        [this, bytes, flags, to] => (this, bytes, vm.index_i32(flags)?, to),
        _ => {
            let given = args.args.len().saturating_sub(1);
            return Err(vm.type_error(format!("sendto() takes 2 or 3 arguments ({given} given)")));
        }
    };
    let (this, bytes) = (&this, &bytes);
    let socket = data::<Socket>(vm, *this)?;
    let target = from_value(vm, to, socket.family.get(), "sendto")?;
    vm.audit("socket.sendto", &[*this, to])?;
    let view = vm.buffer(*bytes, false)?;
    let (address, len) = (view.address as usize, view.len);
    let end = end_of(&socket);
    let result = call(vm, &socket, Wait::Write, end, |fd| {
        // SAFETY: the view keeps the memory in place; the address is valid.
        unsafe { libc::sendto(fd, address as *const _, len, flags, target.as_ptr(), target.len) }
    });
    vm.release_buffer(&view);
    Ok(vm.int(result? as i64))
}

/// A control buffer, aligned as its headers ask for.
fn control_buffer(size: usize) -> Vec<u64> {
    vec![0u64; size.div_ceil(8)]
}

/// Receives a message into parts; gives what Python gets beside the data.
fn receive_message(
    vm: &Vm,
    socket: &Socket,
    parts: &[(usize, usize)],
    control_size: Value,
    flags: Value,
) -> Result<(usize, Value, Value, Value), Raised> {
    let control_size = vm.index_i64(control_size)?;
    if !(0..=u32::MAX as i64).contains(&control_size) {
        return Err(vm.value_error("invalid ancillary data buffer length"));
    }
    let flags = vm.index_i32(flags)?;
    vm.check_size(Some(control_size as usize))?;
    let mut control = control_buffer(control_size as usize);
    let mut from = Address::empty();
    let (mut seen_flags, mut control_len) = (0, 0);
    let end = end_of(socket);
    let count = call(vm, socket, Wait::Read, end, |fd| {
        let mut vectors: Vec<libc::iovec> =
            parts.iter().map(|(at, len)| libc::iovec { iov_base: *at as *mut _, iov_len: *len }).collect();
        // SAFETY: all zeros is a value of this structure; all it points to outlives the call.
        unsafe {
            let mut message: libc::msghdr = std::mem::zeroed();
            message.msg_name = from.as_mut_ptr().cast();
            message.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            message.msg_iov = vectors.as_mut_ptr();
            message.msg_iovlen = vectors.len() as _;
            message.msg_control = if control_size == 0 { std::ptr::null_mut() } else { control.as_mut_ptr().cast() };
            message.msg_controllen = control_size as _;
            let result = libc::recvmsg(fd, &mut message, flags | libc::MSG_CMSG_CLOEXEC);
            from.len = message.msg_namelen;
            seen_flags = message.msg_flags & !libc::MSG_CMSG_CLOEXEC;
            control_len = message.msg_controllen as usize;
            result
        }
    })?;
    let list = vm.list(&[]);
    // SAFETY: the system filled that many bytes of the buffer with headers and their data.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = control_len as _;
        let start = control.as_ptr() as usize;
        let mut header = if control_len == 0 { std::ptr::null_mut() } else { libc::CMSG_FIRSTHDR(&message) };
        while !header.is_null() {
            let at = libc::CMSG_DATA(header);
            let head = at as usize - header as usize;
            let len = ((*header).cmsg_len as usize).saturating_sub(head);
            let len = len.min((start + control_len).saturating_sub(at as usize));
            let bytes = std::slice::from_raw_parts(at, len);
            let entry =
                [vm.int((*header).cmsg_level as i64), vm.int((*header).cmsg_type as i64), vm.bytes(bytes).value()];
            list.push(vm, vm.tuple(&entry).value());
            header = libc::CMSG_NXTHDR(&message, header);
        }
    }
    Ok((count as usize, list.value(), vm.int(seen_flags as i64), from.to_value(vm)?))
}

fn recvmsg(vm: &Vm, [this, size, control_size, flags]: &[Value; 4]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let size = vm.index_i64(*size)?;
    if size < 0 {
        return Err(vm.value_error("negative buffer size in recvmsg()"));
    }
    vm.check_size(Some(size as usize))?;
    let mut buffer = vec![0u8; size as usize];
    let parts = [(buffer.as_mut_ptr() as usize, buffer.len())];
    let (count, control, seen, from) = receive_message(vm, &socket, &parts, *control_size, *flags)?;
    let bytes = vm.bytes(&buffer[..count.min(buffer.len())]).value();
    Ok(vm.tuple(&[bytes, control, seen, from]).value())
}

fn recvmsg_into(vm: &Vm, [this, buffers, control_size, flags]: &[Value; 4]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    if vm.type_of(*buffers).slots().iter.is_none() && vm.type_of(*buffers).slots().getitem.is_none() {
        return Err(vm.type_error("recvmsg_into() argument 1 must be an iterable"));
    }
    let items = vm.to_tuple(*buffers)?;
    let mut views = Vec::with_capacity(items.len());
    let mut failure = None;
    for &item in items.items() {
        match crate::support::writable_buffer(vm, item, "recvmsg_into() argument 1") {
            Ok(view) => views.push(view),
            Err(raised) => {
                failure = Some(raised);
                break;
            }
        }
    }
    let parts: Vec<(usize, usize)> = views.iter().map(|view| (view.address as usize, view.len)).collect();
    let result = match failure {
        Some(raised) => Err(raised),
        None => receive_message(vm, &socket, &parts, *control_size, *flags),
    };
    for view in &views {
        vm.release_buffer(view);
    }
    let (count, control, seen, from) = result?;
    Ok(vm.tuple(&[vm.int_usize(count), control, seen, from]).value())
}

/// Ancillary data as the system is to see it.
fn control_data(vm: &Vm, value: Value) -> Result<Option<(Vec<u64>, usize)>, Raised> {
    let Some(value) = value.bound() else { return Ok(None) };
    if vm.type_of(value).slots().iter.is_none() && vm.type_of(value).slots().getitem.is_none() {
        return Err(vm.type_error("sendmsg() argument 2 must be an iterable"));
    }
    let items = vm.to_tuple(value)?;
    let mut entries: Vec<(i32, i32, Vec<u8>)> = Vec::with_capacity(items.len());
    for &item in items.items() {
        let Some(entry) = item.cast::<Tuple>().filter(|entry| entry.len() == 3) else {
            return Err(
                vm.type_error("[sendmsg() ancillary data items must be 3-tuples (cmsg_level, cmsg_type, cmsg_data)]")
            );
        };
        let parts = entry.items();
        entries.push((vm.index_i32(parts[0])?, vm.index_i32(parts[1])?, vm.bytes_of(parts[2])?));
    }
    if entries.is_empty() {
        return Ok(None);
    }
    // SAFETY: computes with numbers only.
    let total: usize = entries.iter().map(|entry| unsafe { libc::CMSG_SPACE(entry.2.len() as u32) } as usize).sum();
    let mut control = control_buffer(total);
    // SAFETY: the buffer has room for all headers and their data, one behind the other.
    unsafe {
        let mut at = control.as_mut_ptr().cast::<u8>();
        for (level, kind, bytes) in &entries {
            let header = at.cast::<libc::cmsghdr>();
            (*header).cmsg_level = *level;
            (*header).cmsg_type = *kind;
            (*header).cmsg_len = libc::CMSG_LEN(bytes.len() as u32) as _;
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), libc::CMSG_DATA(header), bytes.len());
            at = at.add(libc::CMSG_SPACE(bytes.len() as u32) as usize);
        }
    }
    Ok(Some((control, total)))
}

fn sendmsg(vm: &Vm, [this, buffers, ancillary, flags, address]: &[Value; 5]) -> R {
    let socket = data::<Socket>(vm, *this)?;
    let flags = vm.index_i32(*flags)?;
    let target = if address.is_none() { None } else { Some(from_value(vm, *address, socket.family.get(), "sendmsg")?) };
    vm.audit("socket.sendmsg", &[*this, *address])?;
    if vm.type_of(*buffers).slots().iter.is_none() && vm.type_of(*buffers).slots().getitem.is_none() {
        return Err(vm.type_error("sendmsg() argument 1 must be an iterable"));
    }
    let control = control_data(vm, *ancillary)?;
    let items = vm.to_tuple(*buffers)?;
    let mut views = Vec::with_capacity(items.len());
    let mut failure = None;
    for &item in items.items() {
        match vm.buffer(item, false) {
            Ok(view) => views.push(view),
            Err(raised) => {
                failure = Some(raised);
                break;
            }
        }
    }
    let parts: Vec<(usize, usize)> = views.iter().map(|view| (view.address as usize, view.len)).collect();
    let result = match failure {
        Some(raised) => Err(raised),
        None => {
            let end = end_of(&socket);
            call(vm, &socket, Wait::Write, end, |fd| {
                let mut vectors: Vec<libc::iovec> =
                    parts.iter().map(|(at, len)| libc::iovec { iov_base: *at as *mut _, iov_len: *len }).collect();
                // SAFETY: all zeros is a value of this structure; all it points to outlives the call.
                unsafe {
                    let mut message: libc::msghdr = std::mem::zeroed();
                    if let Some(target) = &target {
                        message.msg_name = target.as_ptr().cast_mut().cast();
                        message.msg_namelen = target.len;
                    }
                    message.msg_iov = vectors.as_mut_ptr();
                    message.msg_iovlen = vectors.len() as _;
                    if let Some((buffer, size)) = &control {
                        message.msg_control = buffer.as_ptr().cast_mut().cast();
                        message.msg_controllen = *size as _;
                    }
                    libc::sendmsg(fd, &message, flags)
                }
            })
        }
    };
    for view in &views {
        vm.release_buffer(view);
    }
    Ok(vm.int(result? as i64))
}
