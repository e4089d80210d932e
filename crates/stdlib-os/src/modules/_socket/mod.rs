//! `_socket`

mod address;
mod constants;
mod names;
mod socket;
mod transfer;

use crate::support::{add_constants, failed};
use object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// close(integer) -> None
    ///
    /// Close an integer socket file descriptor.
    "close($module, fd, /)" => close;
    /// dup(integer) -> integer
    ///
    /// Duplicate an integer socket file descriptor.
    "dup($module, fd, /)" => dup;
    /// socketpair([family[, type [, proto]]]) -> (socket object, socket object)
    "socketpair($module, family=<unrepresentable>, type=<unrepresentable>, proto=0, /)" => socketpair;
    /// getdefaulttimeout() -> timeout
    "getdefaulttimeout($module, /)" => getdefaulttimeout;
    /// setdefaulttimeout(timeout)
    "setdefaulttimeout($module, timeout, /)" => setdefaulttimeout;
    /// CMSG_LEN(length) -> control message length
    "CMSG_LEN($module, length, /)" => cmsg_len;
    /// CMSG_SPACE(length) -> buffer size
    "CMSG_SPACE($module, length, /)" => cmsg_space;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: &[FUNCTIONS, names::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
    let base = vm.types[TypeId::OSError].value();
    for name in ["herror", "gaierror"] {
        let class = vm.new_exception_class("socket", name, &[base])?;
        vm.add_value(module, name, class);
        vm.set_state(&format!("_socket.{name}"), class.value());
    }
    vm.add_value(module, "error", base);
    vm.add_value(module, "timeout", vm.types[TypeId::TimeoutError]);
    vm.add_value(module, "has_ipv6", Value::TRUE);
    vm.add_value(module, "BDADDR_ANY", vm.str("00:00:00:00:00:00"));
    vm.add_value(module, "BDADDR_LOCAL", vm.str("00:00:00:FF:FF:FF"));
    socket::add(vm, module);
    Ok(())
}

fn close(vm: &Vm, [_, fd]: &[Value; 2]) -> R {
    let fd = vm.index_i32(*fd)?;
    // SAFETY: has no preconditions.
    match crate::support::call(vm, || unsafe { libc::close(fd) }) {
        Err(error) if error != libc::ECONNRESET => Err(vm.os_error(error)),
        _ => Ok(Value::NONE),
    }
}

fn dup(vm: &Vm, [_, fd]: &[Value; 2]) -> R {
    let fd = vm.index_i32(*fd)?;
    // SAFETY: has no preconditions.
    match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) } {
        -1 => Err(failed(vm)),
        copy => Ok(vm.int(copy as i64)),
    }
}

fn socketpair(vm: &Vm, [_, family, kind, proto]: &[Value; 4]) -> R {
    let number = |value: Value, default: i32| if value.is_unbound() { Ok(default) } else { vm.index_i32(value) };
    let (family, kind) = (number(*family, libc::AF_UNIX)?, number(*kind, libc::SOCK_STREAM)?);
    let proto = vm.index_i32(*proto)?;
    let mut ends = [0i32; 2];
    // SAFETY: the array has room for two descriptors.
    crate::support::call(vm, || unsafe {
        libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, ends.as_mut_ptr())
    })
    .map_err(|error| vm.os_error(error))?;
    let first = socket::wrap(vm, ends[0], family, kind, proto)?;
    let second = socket::wrap(vm, ends[1], family, kind, proto)?;
    Ok(vm.tuple(&[first, second]).value())
}

fn getdefaulttimeout(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(socket::timeout_value(vm, socket::default_timeout(vm)))
}

fn setdefaulttimeout(vm: &Vm, [_, timeout]: &[Value; 2]) -> R {
    let timeout = socket::timeout_arg(vm, *timeout)?;
    vm.set_state("_socket.timeout", vm.int(timeout));
    Ok(Value::NONE)
}

fn length(vm: &Vm, value: Value, function: &str, most: i64) -> Result<u32, Raised> {
    match vm.index_i64(value)? {
        length if (0..=most).contains(&length) => Ok(length as u32),
        _ => Err(vm.overflow_error(format!("{function}() argument out of range"))),
    }
}

fn cmsg_len(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let length = length(vm, *value, "CMSG_LEN", 0x7fff_ffef)?;
    // SAFETY: computes with numbers only.
    Ok(vm.int(unsafe { libc::CMSG_LEN(length) } as i64))
}

fn cmsg_space(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let length = length(vm, *value, "CMSG_SPACE", 0x7fff_ffe7)?;
    // SAFETY: computes with numbers only.
    Ok(vm.int(unsafe { libc::CMSG_SPACE(length) } as i64))
}
