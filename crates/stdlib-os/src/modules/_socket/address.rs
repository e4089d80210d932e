//! Addresses of sockets: Python values and structures of the system.

use object::{R, Raised, Tuple, Value, ValueExt, Vm};
use std::ffi::CString;

/// An address of the system.
pub struct Address {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl Address {
    /// Room for any address.
    pub fn empty() -> Address {
        // SAFETY: all zeros is a value of this structure.
        let storage = unsafe { std::mem::zeroed() };
        Address { storage, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    fn of<T>(address: T) -> Address {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        let mut out = Address::empty();
        // SAFETY: the storage is large enough and fits any address.
        unsafe { std::ptr::write((&raw mut out.storage).cast(), address) };
        out.len = size_of::<T>() as libc::socklen_t;
        out
    }

    /// The address for the system.
    pub fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    /// Where the system is to write an address.
    pub fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }

    /// As Python shows it.
    pub fn to_value(&self, vm: &Vm) -> R {
        if self.len == 0 {
            return Ok(Value::NONE);
        }
        // SAFETY of the casts: the family tells the structure.
        match self.storage.ss_family as i32 {
            libc::AF_INET => {
                let address = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_in>() };
                let octets = address.sin_addr.s_addr.to_ne_bytes();
                let host = std::net::Ipv4Addr::from(octets).to_string();
                let port = vm.int(u16::from_be(address.sin_port) as i64);
                Ok(vm.tuple(&[vm.str(&host).value(), port]).value())
            }
            libc::AF_INET6 => {
                let address = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_in6>() };
                let host = inet6_text(&address.sin6_addr.s6_addr);
                let values = [
                    vm.str(&host).value(),
                    vm.int(u16::from_be(address.sin6_port) as i64),
                    vm.int(u32::from_be(address.sin6_flowinfo) as i64),
                    vm.int(address.sin6_scope_id as i64),
                ];
                Ok(vm.tuple(&values).value())
            }
            libc::AF_UNIX => {
                let address = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_un>() };
                let offset = std::mem::offset_of!(libc::sockaddr_un, sun_path);
                let len = (self.len as usize).saturating_sub(offset).min(address.sun_path.len());
                let bytes: Vec<u8> = address.sun_path[..len].iter().map(|byte| *byte as u8).collect();
                if len > 0 && bytes[0] == 0 {
                    return Ok(vm.bytes(&bytes).value());
                }
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(len);
                Ok(vm.fs_decode(&bytes[..end]).value())
            }
            libc::AF_NETLINK => {
                let address = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_nl>() };
                let values = [vm.int(address.nl_pid as i64), vm.int(address.nl_groups as i64)];
                Ok(vm.tuple(&values).value())
            }
            libc::AF_VSOCK => {
                let address = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_vm>() };
                let values = [vm.int(address.svm_cid as i64), vm.int(address.svm_port as i64)];
                Ok(vm.tuple(&values).value())
            }
            family => {
                let len = (self.len as usize).saturating_sub(2);
                // SAFETY: the storage has that many bytes behind the family.
                let data = unsafe { std::slice::from_raw_parts((&raw const self.storage).cast::<u8>().add(2), len) };
                Ok(vm.tuple(&[vm.int(family as i64), vm.bytes(data).value()]).value())
            }
        }
    }
}

/// The text of an IPv6 address.
pub fn inet6_text(octets: &[u8; 16]) -> String {
    unsafe extern "C" {
        fn inet_ntop(
            family: libc::c_int,
            from: *const libc::c_void,
            to: *mut libc::c_char,
            size: libc::socklen_t,
        ) -> *const libc::c_char;
    }
    let mut buffer = [0u8; 64];
    // SAFETY: the address has its size, the buffer has the one that is given.
    unsafe { inet_ntop(libc::AF_INET6, octets.as_ptr().cast(), buffer.as_mut_ptr().cast(), 64) };
    let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(0);
    String::from_utf8_lossy(&buffer[..len]).into_owned()
}

/// A host name for the system: ASCII as it is, other text in IDNA.
pub fn host_arg(vm: &Vm, value: Value) -> Result<CString, Raised> {
    let bytes = match vm.as_str(value) {
        Some(text) if text.is_ascii() => text.as_bytes().to_vec(),
        Some(text) => {
            let encoded = vm.call_method(text.value(), vm.names.encode, &[vm.str("idna").value()])?;
            vm.bytes_of(encoded)?
        }
        None if vm.as_bytes(value).is_some() || vm.is_a(value, object::TypeId::ByteArray) => vm.bytes_of(value)?,
        None => {
            let name = vm.type_name(value);
            return Err(vm.type_error(format!("str, bytes or bytearray expected, not {name}")));
        }
    };
    CString::new(bytes).map_err(|_| vm.type_error("host name must not contain null character"))
}

/// The address of a host name.
pub fn resolve(vm: &Vm, host: &CString, family: i32) -> Result<Address, Raised> {
    let text = host.to_str().unwrap_or("");
    if text.is_empty() {
        return match family {
            libc::AF_INET6 => Ok(inet6(std::net::Ipv6Addr::UNSPECIFIED, 0, 0, 0)),
            _ => Ok(inet(std::net::Ipv4Addr::UNSPECIFIED, 0)),
        };
    }
    if text == "255.255.255.255" || text == "<broadcast>" {
        if family != libc::AF_INET && family != libc::AF_UNSPEC {
            return Err(
                vm.raise_type(vm.types[object::TypeId::OSError], &[vm.str("address family mismatched").value()])
            );
        }
        return Ok(inet(std::net::Ipv4Addr::BROADCAST, 0));
    }
    if family != libc::AF_INET6
        && let Ok(address) = text.parse::<std::net::Ipv4Addr>()
    {
        return Ok(inet(address, 0));
    }
    if family != libc::AF_INET
        && let Ok(address) = text.parse::<std::net::Ipv6Addr>()
    {
        return Ok(inet6(address, 0, 0, 0));
    }
    // SAFETY: the name ends with a null; the list is freed below.
    unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        hints.ai_family = family;
        let mut list: *mut libc::addrinfo = std::ptr::null_mut();
        let target = &raw mut list;
        let target = target as usize;
        let error = vm.allow_threads(|| {
            libc::getaddrinfo(host.as_ptr(), std::ptr::null(), &hints, target as *mut *mut libc::addrinfo)
        });
        if error != 0 {
            return Err(super::names::gai_failed(vm, error));
        }
        let found = &*list;
        let mut address = Address::empty();
        let len = (found.ai_addrlen as usize).min(size_of::<libc::sockaddr_storage>());
        std::ptr::copy_nonoverlapping(found.ai_addr.cast::<u8>(), address.as_mut_ptr().cast::<u8>(), len);
        address.len = len as libc::socklen_t;
        libc::freeaddrinfo(list);
        Ok(address)
    }
}

/// An IPv4 address.
pub fn inet(host: std::net::Ipv4Addr, port: u16) -> Address {
    // SAFETY: all zeros is a value of this structure.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET as libc::sa_family_t;
    address.sin_port = port.to_be();
    address.sin_addr.s_addr = u32::from_ne_bytes(host.octets());
    Address::of(address)
}

/// An IPv6 address.
pub fn inet6(host: std::net::Ipv6Addr, port: u16, flow: u32, scope: u32) -> Address {
    // SAFETY: all zeros is a value of this structure.
    let mut address: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
    address.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    address.sin6_port = port.to_be();
    address.sin6_flowinfo = flow.to_be();
    address.sin6_scope_id = scope;
    address.sin6_addr.s6_addr = host.octets();
    Address::of(address)
}

fn port_arg(vm: &Vm, value: Value, function: &str) -> Result<u16, Raised> {
    let port = vm.index(value)?.to_i64();
    match port.and_then(|port| u16::try_from(port).ok()) {
        Some(port) => Ok(port),
        None => Err(vm.overflow_error(format!("{function}(): port must be 0-65535."))),
    }
}

fn parts<'a>(vm: &Vm, value: Value, family: &str, function: &str) -> Result<&'a [Value], Raised> {
    match value.cast::<Tuple>() {
        // SAFETY: the caller keeps the tuple; tuples never change.
        Some(tuple) => Ok(unsafe { &*(tuple.items() as *const [Value]) }),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("{function}(): {family} address must be tuple, not {name}")))
        }
    }
}

/// An address argument of a socket of a family.
pub fn from_value(vm: &Vm, value: Value, family: i32, function: &str) -> Result<Address, Raised> {
    match family {
        libc::AF_INET => {
            let parts = parts(vm, value, "AF_INET", function)?;
            let &[host, port] = parts else {
                return Err(vm.type_error("AF_INET address must be a pair (host, port)"));
            };
            let host = host_arg(vm, host)?;
            let port = port_arg(vm, port, function)?;
            let mut address = resolve(vm, &host, libc::AF_INET)?;
            // SAFETY: the family tells the structure.
            unsafe { (*address.as_mut_ptr().cast::<libc::sockaddr_in>()).sin_port = port.to_be() };
            Ok(address)
        }
        libc::AF_INET6 => {
            let parts = parts(vm, value, "AF_INET6", function)?;
            if !(2..=4).contains(&parts.len()) {
                let text = "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])";
                return Err(vm.type_error(text));
            }
            let host = host_arg(vm, parts[0])?;
            let port = port_arg(vm, parts[1], function)?;
            let number = |index: usize| match parts.get(index) {
                Some(value) => vm.index_i64(*value),
                None => Ok(0),
            };
            let (flow, scope) = (number(2)?, number(3)?);
            if !(0..=0xfffff).contains(&flow) {
                return Err(vm.overflow_error(format!("{function}(): flowinfo must be 0-1048575.")));
            }
            let mut address = resolve(vm, &host, libc::AF_INET6)?;
            // SAFETY: the family tells the structure.
            unsafe {
                let inner = &mut *address.as_mut_ptr().cast::<libc::sockaddr_in6>();
                inner.sin6_port = port.to_be();
                inner.sin6_flowinfo = (flow as u32).to_be();
                if parts.len() > 3 || inner.sin6_scope_id == 0 {
                    inner.sin6_scope_id = scope as u32;
                }
            }
            Ok(address)
        }
        libc::AF_UNIX => unix(vm, value),
        libc::AF_NETLINK => {
            let &[pid, groups] = parts(vm, value, "AF_NETLINK", function)? else {
                return Err(vm.type_error("AF_NETLINK address must be a pair (pid, groups)"));
            };
            // SAFETY: all zeros is a value of this structure.
            let mut address: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
            address.nl_family = libc::AF_NETLINK as libc::sa_family_t;
            address.nl_pid = vm.index_i64(pid)? as u32;
            address.nl_groups = vm.index_i64(groups)? as u32;
            Ok(Address::of(address))
        }
        libc::AF_VSOCK => {
            let &[cid, port] = parts(vm, value, "AF_VSOCK", function)? else {
                return Err(vm.type_error("AF_VSOCK address must be a pair (CID, port)"));
            };
            // SAFETY: all zeros is a value of this structure.
            let mut address: libc::sockaddr_vm = unsafe { std::mem::zeroed() };
            address.svm_family = libc::AF_VSOCK as libc::sa_family_t;
            address.svm_cid = vm.index_i64(cid)? as u32;
            address.svm_port = vm.index_i64(port)? as u32;
            Ok(Address::of(address))
        }
        _ => {
            Err(vm
                .raise_type(vm.types[object::TypeId::OSError], &[vm.str(&format!("{function}(): bad family")).value()]))
        }
    }
}

fn unix(vm: &Vm, value: Value) -> Result<Address, Raised> {
    let bytes = match vm.as_str(value) {
        Some(text) => vm.fs_encode(text)?,
        None => vm.bytes_of(value)?,
    };
    // SAFETY: all zeros is a value of this structure.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let abstract_name = bytes.first().is_none_or(|byte| *byte == 0);
    let room = address.sun_path.len();
    if bytes.len() > room || (!abstract_name && bytes.len() >= room) {
        let text = vm.str("AF_UNIX path too long").value();
        return Err(vm.raise_type(vm.types[object::TypeId::OSError], &[text]));
    }
    for (to, from) in address.sun_path.iter_mut().zip(&bytes) {
        *to = *from as libc::c_char;
    }
    let mut out = Address::of(address);
    let offset = std::mem::offset_of!(libc::sockaddr_un, sun_path);
    out.len = (offset + bytes.len() + !abstract_name as usize) as libc::socklen_t;
    Ok(out)
}
