//! Names of hosts and services.

use super::address::{Address, host_arg};
use crate::support::{c_text, failed};
use object::{R, Raised, Value, ValueExt, Vm, natives};
use std::ffi::{CStr, CString};
use std::net::Ipv4Addr;

natives! { pub static FUNCTIONS: {
    /// getaddrinfo(host, port [, family, type, proto, flags]) -> list of (family, type, proto, canonname, sockaddr)
    ///
    /// Resolve host and port into addrinfo struct.
    "getaddrinfo($module, /, host, port, family=0, type=0, proto=0, flags=0)" => getaddrinfo;
    /// getnameinfo(sockaddr, flags) --> (host, port)
    ///
    /// Get host and port for a sockaddr.
    "getnameinfo($module, sockaddr, flags, /)" => getnameinfo;
    /// gethostbyname(host) -> address
    ///
    /// Return the IP address (a string of the form '255.255.255.255') for a host.
    "gethostbyname($module, host, /)" => gethostbyname;
    /// gethostbyname_ex(host) -> (name, aliaslist, addresslist)
    "gethostbyname_ex($module, host, /)" => gethostbyname_ex;
    /// gethostbyaddr(host) -> (name, aliaslist, addresslist)
    "gethostbyaddr($module, host, /)" => gethostbyaddr;
    /// gethostname() -> string
    ///
    /// Return the current host name.
    "gethostname($module, /)" => gethostname;
    /// sethostname(name)
    ///
    /// Sets the hostname to name.
    "sethostname($module, name, /)" => sethostname;
    /// getservbyname(servicename[, protocolname]) -> integer
    "getservbyname($module, name, protocol=<unrepresentable>, /)" => getservbyname;
    /// getservbyport(port[, protocolname]) -> string
    "getservbyport($module, port, protocol=<unrepresentable>, /)" => getservbyport;
    /// getprotobyname(name) -> integer
    "getprotobyname($module, name, /)" => getprotobyname;
    /// inet_aton(string) -> bytes giving packed 32-bit IP representation
    "inet_aton($module, ip_addr, /)" => inet_aton;
    /// Convert an IP address from 32-bit packed binary format to string format.
    "inet_ntoa($module, packed_ip, /)" => inet_ntoa;
    /// inet_pton(af, ip) -> packed IP address string
    "inet_pton($module, af, ip, /)" => inet_pton;
    /// inet_ntop(af, packed_ip) -> string formatted IP address
    "inet_ntop($module, af, packed_ip, /)" => inet_ntop;
    /// Convert a 16-bit unsigned integer from host to network byte order.
    "htons($module, integer, /)" => htons;
    /// Convert a 16-bit unsigned integer from network to host byte order.
    "ntohs($module, integer, /)" => ntohs;
    /// Convert a 32-bit unsigned integer from host to network byte order.
    "htonl($module, integer, /)" => htonl;
    /// Convert a 32-bit unsigned integer from network to host byte order.
    "ntohl($module, integer, /)" => ntohl;
    /// Returns a list of network interface information (index, name) tuples.
    "if_nameindex($module, /)" => if_nameindex;
    /// Returns the interface index corresponding to the interface name if_name.
    "if_nametoindex($module, oname, /)" => if_nametoindex;
    /// Returns the interface name corresponding to the interface index if_index.
    "if_indextoname($module, if_index, /)" => if_indextoname;
}}

fn raise(vm: &Vm, state: &str, number: i32, text: &CStr) -> Raised {
    let args = [vm.int(number as i64), vm.fs_decode(text.to_bytes()).value()];
    match vm.state_value(state) {
        Some(class) => vm.raise_call(class, &args),
        None => vm.os_error(number),
    }
}

/// The exception of a failed look-up.
pub fn gai_failed(vm: &Vm, error: i32) -> Raised {
    if error == libc::EAI_SYSTEM {
        return failed(vm);
    }
    // SAFETY: the system's own strings.
    raise(vm, "_socket.gaierror", error, unsafe { CStr::from_ptr(libc::gai_strerror(error)) })
}

unsafe extern "C" {
    fn hstrerror(error: libc::c_int) -> *const libc::c_char;
    fn gethostbyname_r(
        name: *const libc::c_char,
        result: *mut libc::hostent,
        buffer: *mut libc::c_char,
        size: libc::size_t,
        found: *mut *mut libc::hostent,
        error: *mut libc::c_int,
    ) -> libc::c_int;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        len: libc::socklen_t,
        family: libc::c_int,
        result: *mut libc::hostent,
        buffer: *mut libc::c_char,
        size: libc::size_t,
        found: *mut *mut libc::hostent,
        error: *mut libc::c_int,
    ) -> libc::c_int;
}

fn getaddrinfo(vm: &Vm, [_, host, port, family, kind, proto, flags]: &[Value; 7]) -> R {
    let host_text = if host.is_none() {
        None
    } else if vm.as_str(*host).is_some() || vm.as_bytes(*host).is_some() {
        Some(host_arg(vm, *host)?)
    } else {
        return Err(vm.type_error("getaddrinfo() argument 1 must be string or None"));
    };
    let port_text = if port.is_none() {
        None
    } else if let Some(number) = vm.as_int(*port) {
        Some(CString::new(number.to_big().to_string()).unwrap_or_default())
    } else if let Some(text) = vm.as_str(*port) {
        let bytes = match text.as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => {
                let encoded = vm.call_method(text.value(), vm.names.encode, &[])?;
                vm.bytes_of(encoded)?
            }
        };
        Some(CString::new(bytes).map_err(|_| vm.value_error("embedded null character"))?)
    } else if vm.as_bytes(*port).is_some() {
        Some(CString::new(vm.bytes_of(*port)?).map_err(|_| vm.value_error("embedded null byte"))?)
    } else {
        return Err(vm.raise_type(vm.types[object::TypeId::OSError], &[vm.str("Int or String expected").value()]));
    };
    // SAFETY: all zeros is a value of this structure.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = vm.index_i32(*family)?;
    hints.ai_socktype = vm.index_i32(*kind)?;
    hints.ai_protocol = vm.index_i32(*proto)?;
    hints.ai_flags = vm.index_i32(*flags)?;
    vm.audit("socket.getaddrinfo", &[*host, *port, *family, *kind, *proto, *flags])?;
    let pointer = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
    let (error, list) = vm.allow_threads(|| {
        let mut list: *mut libc::addrinfo = std::ptr::null_mut();
        // SAFETY: the strings end with nulls or are null.
        let error = unsafe { libc::getaddrinfo(pointer(&host_text), pointer(&port_text), &hints, &mut list) };
        (error, list as usize)
    });
    if error != 0 {
        return Err(gai_failed(vm, error));
    }
    let list = list as *mut libc::addrinfo;
    let result = vm.list(&[]);
    let mut at = list;
    let mut failure = None;
    // SAFETY: the system's list, freed below.
    unsafe {
        while !at.is_null() {
            let entry = &*at;
            let mut address = Address::empty();
            let len = (entry.ai_addrlen as usize).min(size_of::<libc::sockaddr_storage>());
            std::ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), address.as_mut_ptr().cast::<u8>(), len);
            address.len = len as libc::socklen_t;
            match address.to_value(vm) {
                Ok(address) => {
                    let name = c_text(vm, entry.ai_canonname);
                    let values = [
                        vm.int(entry.ai_family as i64),
                        vm.int(entry.ai_socktype as i64),
                        vm.int(entry.ai_protocol as i64),
                        if name.is_none() { vm.names.empty.value() } else { name },
                        address,
                    ];
                    result.push(vm, vm.tuple(&values).value());
                }
                Err(raised) => {
                    failure = Some(raised);
                    break;
                }
            }
            at = entry.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    failure.map_or(Ok(result.value()), Err)
}

fn getnameinfo(vm: &Vm, [_, address, flags]: &[Value; 3]) -> R {
    let flags = vm.index_i32(*flags)?;
    let Some(parts) = vm.as_tuple(*address) else {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let parts = parts.items();
    if !(2..=4).contains(&parts.len()) || vm.as_str(parts[0]).is_none() {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let port = vm.index_i32(parts[1])?;
    let number = |index: usize| match parts.get(index) {
        Some(value) => vm.index_i64(*value),
        None => Ok(0),
    };
    let (flow, scope) = (number(2)?, number(3)?);
    if !(0..=0xfffff).contains(&flow) {
        return Err(vm.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    vm.audit("socket.getnameinfo", &[*address])?;
    let host = host_arg(vm, parts[0])?;
    let service = CString::new(port.to_string()).unwrap_or_default();
    // SAFETY: all zeros is a value of this structure.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = libc::AF_UNSPEC;
    hints.ai_socktype = libc::SOCK_DGRAM;
    hints.ai_flags = libc::AI_NUMERICHOST;
    let mut list: *mut libc::addrinfo = std::ptr::null_mut();
    // SAFETY: the strings end with nulls; the list is freed below.
    unsafe {
        let error = libc::getaddrinfo(host.as_ptr(), service.as_ptr(), &hints, &mut list);
        if error != 0 {
            return Err(gai_failed(vm, error));
        }
        let entry = &*list;
        if !entry.ai_next.is_null() {
            libc::freeaddrinfo(list);
            let text = vm.str("sockaddr resolved to multiple addresses").value();
            return Err(vm.raise_type(vm.types[object::TypeId::OSError], &[text]));
        }
        if entry.ai_family == libc::AF_INET && parts.len() != 2 {
            libc::freeaddrinfo(list);
            let text = vm.str("IPv4 sockaddr must be 2 tuple").value();
            return Err(vm.raise_type(vm.types[object::TypeId::OSError], &[text]));
        }
        if entry.ai_family == libc::AF_INET6 {
            let inner = &mut *entry.ai_addr.cast::<libc::sockaddr_in6>();
            inner.sin6_flowinfo = (flow as u32).to_be();
            inner.sin6_scope_id = scope as u32;
        }
        let (mut name, mut port) = ([0u8; 1025], [0u8; 32]);
        let (address, len) = (entry.ai_addr as usize, entry.ai_addrlen);
        let error = vm.allow_threads(|| {
            libc::getnameinfo(
                address as *const libc::sockaddr,
                len,
                name.as_mut_ptr().cast(),
                name.len() as libc::socklen_t,
                port.as_mut_ptr().cast(),
                port.len() as libc::socklen_t,
                flags,
            )
        });
        libc::freeaddrinfo(list);
        if error != 0 {
            return Err(gai_failed(vm, error));
        }
        let text = |bytes: &[u8]| vm.fs_decode(&bytes[..bytes.iter().position(|b| *b == 0).unwrap_or(0)]).value();
        Ok(vm.tuple(&[text(&name), text(&port)]).value())
    }
}

fn gethostbyname(vm: &Vm, [_, host]: &[Value; 2]) -> R {
    let name = host_arg(vm, *host)?;
    vm.audit("socket.gethostbyname", &[*host])?;
    let address = super::address::resolve(vm, &name, libc::AF_INET)?;
    let pair = address.to_value(vm)?;
    Ok(pair.cast::<object::Tuple>().map_or(Value::NONE, |pair| pair.items()[0]))
}

/// A host's name, other names and addresses.
fn host_value(vm: &Vm, entry: &libc::hostent) -> R {
    let (aliases, addresses) = (vm.list(&[]), vm.list(&[]));
    // SAFETY: the system's arrays end with nulls; addresses have the length of their family.
    unsafe {
        let mut at = entry.h_aliases;
        while !at.is_null() && !(*at).is_null() {
            aliases.push(vm, c_text(vm, *at));
            at = at.add(1);
        }
        let mut at = entry.h_addr_list;
        while !at.is_null() && !(*at).is_null() {
            let bytes = std::slice::from_raw_parts((*at).cast::<u8>(), entry.h_length.max(0) as usize);
            if let Some(text) = address_text(bytes) {
                addresses.push(vm, vm.str(&text).value());
            }
            at = at.add(1);
        }
        Ok(vm.tuple(&[c_text(vm, entry.h_name), aliases.value(), addresses.value()]).value())
    }
}

fn address_text(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|octets| Ipv4Addr::from(octets).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|octets| super::address::inet6_text(&octets)),
        _ => None,
    }
}

fn host_failed(vm: &Vm, error: i32) -> Raised {
    // SAFETY: the system's own strings.
    raise(vm, "_socket.herror", error, unsafe { CStr::from_ptr(hstrerror(error)) })
}

/// Calls a function that looks a host up, with a buffer that is large enough.
fn look_up_host(vm: &Vm, f: impl Fn(&mut libc::hostent, &mut [u8], &mut *mut libc::hostent, &mut i32) -> i32) -> R {
    let mut buffer = vec![0u8; 16384];
    loop {
        // SAFETY: all zeros is a value of this structure.
        let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
        let mut error = 0;
        let (code, found) = vm.allow_threads(|| {
            let mut found = std::ptr::null_mut();
            let code = f(&mut entry, &mut buffer, &mut found, &mut error);
            (code, !found.is_null())
        });
        if code == libc::ERANGE && buffer.len() < 1 << 22 {
            let len = buffer.len() * 2;
            buffer.resize(len, 0);
            continue;
        }
        return if found { host_value(vm, &entry) } else { Err(host_failed(vm, error)) };
    }
}

fn gethostbyname_ex(vm: &Vm, [_, host]: &[Value; 2]) -> R {
    let name = host_arg(vm, *host)?;
    vm.audit("socket.gethostbyname", &[*host])?;
    super::address::resolve(vm, &name, libc::AF_INET)?;
    // SAFETY: the name ends with a null; the buffer has that size.
    look_up_host(vm, |entry, buffer, found, error| unsafe {
        gethostbyname_r(name.as_ptr(), entry, buffer.as_mut_ptr().cast(), buffer.len(), found, error)
    })
}

fn gethostbyaddr(vm: &Vm, [_, host]: &[Value; 2]) -> R {
    let name = host_arg(vm, *host)?;
    vm.audit("socket.gethostbyaddr", &[*host])?;
    let address = super::address::resolve(vm, &name, libc::AF_UNSPEC)?;
    let family = address.storage.ss_family as i32;
    // SAFETY: the family tells the structure.
    let bytes = unsafe {
        match family {
            libc::AF_INET => (*address.as_ptr().cast::<libc::sockaddr_in>()).sin_addr.s_addr.to_ne_bytes().to_vec(),
            libc::AF_INET6 => (*address.as_ptr().cast::<libc::sockaddr_in6>()).sin6_addr.s6_addr.to_vec(),
            _ => {
                let text = vm.str("unsupported address family").value();
                return Err(vm.raise_type(vm.types[object::TypeId::OSError], &[text]));
            }
        }
    };
    // SAFETY: the address has that many bytes; the buffer has that size.
    look_up_host(vm, |entry, buffer, found, error| unsafe {
        gethostbyaddr_r(
            bytes.as_ptr().cast(),
            bytes.len() as libc::socklen_t,
            family,
            entry,
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            found,
            error,
        )
    })
}

fn gethostname(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.audit("socket.gethostname", &[])?;
    let mut buffer = [0u8; 1024];
    // SAFETY: the buffer has that size.
    if unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) } < 0 {
        return Err(failed(vm));
    }
    let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(0);
    Ok(vm.fs_decode(&buffer[..len]).value())
}

fn sethostname(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let bytes = match vm.as_str(*name) {
        Some(text) => vm.fs_encode(text)?,
        None => vm.bytes_of(*name)?,
    };
    vm.audit("socket.sethostname", &[*name])?;
    // SAFETY: the buffer has that size.
    if unsafe { libc::sethostname(bytes.as_ptr().cast(), bytes.len()) } < 0 {
        return Err(failed(vm));
    }
    Ok(Value::NONE)
}

fn text_arg(vm: &Vm, value: Value, what: &str) -> Result<CString, Raised> {
    if vm.as_str(value).is_none() {
        return Err(vm.type_error(format!("{what} must be str, not {}", vm.type_name(value))));
    }
    vm.fs_cstring(value)
}

fn os_text(vm: &Vm, text: &str) -> Raised {
    vm.raise_type(vm.types[object::TypeId::OSError], &[vm.str(text).value()])
}

fn getservbyname(vm: &Vm, [_, name, protocol]: &[Value; 3]) -> R {
    let text = text_arg(vm, *name, "getservbyname() argument 1")?;
    let kind = if protocol.is_unbound() { None } else { Some(text_arg(vm, *protocol, "getservbyname() argument 2")?) };
    vm.audit("socket.getservbyname", &[*name, protocol.or_none()])?;
    let kind = kind.as_ref().map_or(std::ptr::null(), |kind| kind.as_ptr());
    // SAFETY: the strings end with nulls; only the thread with the interpreter's lock calls.
    unsafe {
        let entry = libc::getservbyname(text.as_ptr(), kind);
        if entry.is_null() {
            return Err(os_text(vm, "service/proto not found"));
        }
        Ok(vm.int(u16::from_be((*entry).s_port as u16) as i64))
    }
}

fn getservbyport(vm: &Vm, [_, port, protocol]: &[Value; 3]) -> R {
    let port = vm.index_i32(*port)?;
    let kind = if protocol.is_unbound() { None } else { Some(text_arg(vm, *protocol, "getservbyport() argument 2")?) };
    let Ok(number) = u16::try_from(port) else {
        return Err(vm.overflow_error("getservbyport: port must be 0-65535."));
    };
    vm.audit("socket.getservbyport", &[vm.int(port as i64), protocol.or_none()])?;
    let kind = kind.as_ref().map_or(std::ptr::null(), |kind| kind.as_ptr());
    // SAFETY: as above.
    unsafe {
        let entry = libc::getservbyport(number.to_be() as i32, kind);
        if entry.is_null() {
            return Err(os_text(vm, "port/proto not found"));
        }
        Ok(c_text(vm, (*entry).s_name))
    }
}

fn getprotobyname(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let text = text_arg(vm, *name, "getprotobyname() argument 1")?;
    // SAFETY: as above.
    unsafe {
        let entry = libc::getprotobyname(text.as_ptr());
        if entry.is_null() {
            return Err(os_text(vm, "protocol not found"));
        }
        Ok(vm.int((*entry).p_proto as i64))
    }
}

unsafe extern "C" {
    #[link_name = "inet_aton"]
    fn c_inet_aton(text: *const libc::c_char, address: *mut libc::in_addr) -> libc::c_int;
}

fn inet_aton(vm: &Vm, [_, text]: &[Value; 2]) -> R {
    let text = text_arg(vm, *text, "inet_aton() argument 1")?;
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: the string ends with a null, the structure is writable.
    if text.is_empty() || unsafe { c_inet_aton(text.as_ptr(), &mut address) } == 0 {
        return Err(os_text(vm, "illegal IP address string passed to inet_aton"));
    }
    Ok(vm.bytes(&address.s_addr.to_ne_bytes()).value())
}

fn inet_ntoa(vm: &Vm, [_, packed]: &[Value; 2]) -> R {
    let bytes = vm.bytes_of(*packed)?;
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(octets) => Ok(vm.str(&Ipv4Addr::from(octets).to_string()).value()),
        Err(_) => Err(os_text(vm, "packed IP wrong length")),
    }
}

fn inet_pton(vm: &Vm, [_, family, text]: &[Value; 3]) -> R {
    let family = vm.index_i32(*family)?;
    let text = text_arg(vm, *text, "inet_pton() argument 2")?;
    let size = match family {
        libc::AF_INET => 4,
        libc::AF_INET6 => 16,
        _ => return Err(vm.os_error(libc::EAFNOSUPPORT)),
    };
    let mut buffer = [0u8; 16];
    unsafe extern "C" {
        #[link_name = "inet_pton"]
        fn c_inet_pton(family: libc::c_int, text: *const libc::c_char, to: *mut libc::c_void) -> libc::c_int;
    }
    // SAFETY: the string ends with a null; the buffer has room for either family.
    match unsafe { c_inet_pton(family, text.as_ptr(), buffer.as_mut_ptr().cast()) } {
        1 => Ok(vm.bytes(&buffer[..size]).value()),
        0 => Err(os_text(vm, "illegal IP address string passed to inet_pton")),
        _ => Err(failed(vm)),
    }
}

fn inet_ntop(vm: &Vm, [_, family, packed]: &[Value; 3]) -> R {
    let family = vm.index_i32(*family)?;
    let bytes = vm.bytes_of(*packed)?;
    let size = match family {
        libc::AF_INET => 4,
        libc::AF_INET6 => 16,
        _ => return Err(vm.value_error(format!("unknown address family {family}"))),
    };
    match address_text(&bytes) {
        Some(text) if bytes.len() == size => Ok(vm.str(&text).value()),
        _ => Err(vm.value_error("invalid length of packed IP address string")),
    }
}

fn short(vm: &Vm, value: Value, function: &str) -> Result<u16, Raised> {
    let number = vm.index(value)?;
    match number.to_i64() {
        _ if number.is_negative() => {
            Err(vm.value_error(format!("{function}: can't convert negative Python int to C 16-bit unsigned integer")))
        }
        Some(number) if number <= 0xFFFF => Ok(number as u16),
        _ => {
            Err(vm.overflow_error(format!("{function}: Python int too large to convert to C 16-bit unsigned integer")))
        }
    }
}

fn long(vm: &Vm, value: Value) -> Result<u32, Raised> {
    if vm.as_int(value).is_none() {
        return Err(vm.type_error(format!("expected int, {} found", vm.type_name(value))));
    }
    let number = vm.index(value)?;
    match number.to_i64() {
        _ if number.is_negative() => Err(vm.value_error("can't convert negative value to unsigned int")),
        Some(number) if number <= u32::MAX as i64 => Ok(number as u32),
        _ => Err(vm.overflow_error("int larger than 32 bits")),
    }
}

fn htons(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    Ok(vm.int(short(vm, *number, "htons")?.to_be() as i64))
}

fn ntohs(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    Ok(vm.int(u16::from_be(short(vm, *number, "ntohs")?) as i64))
}

fn htonl(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    Ok(vm.int(long(vm, *number)?.to_be() as i64))
}

fn ntohl(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    Ok(vm.int(u32::from_be(long(vm, *number)?) as i64))
}

fn if_nameindex(vm: &Vm, [_]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    // SAFETY: the system's array ends with an entry of zeros, and is freed.
    unsafe {
        let entries = libc::if_nameindex();
        if entries.is_null() {
            return Err(failed(vm));
        }
        let mut at = entries;
        while (*at).if_index != 0 && !(*at).if_name.is_null() {
            list.push(vm, vm.tuple(&[vm.int((*at).if_index as i64), c_text(vm, (*at).if_name)]).value());
            at = at.add(1);
        }
        libc::if_freenameindex(entries);
    }
    Ok(list.value())
}

fn if_nametoindex(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let name = vm.fs_cstring(*name)?;
    // SAFETY: the name ends with a null.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(failed(vm)),
        index => Ok(vm.int(index as i64)),
    }
}

fn if_indextoname(vm: &Vm, [_, index]: &[Value; 2]) -> R {
    let index = match vm.index(*index)?.to_i64() {
        Some(index) if (0..=u32::MAX as i64).contains(&index) => index as libc::c_uint,
        Some(index) if index < 0 => {
            return Err(vm.value_error("can't convert negative value to unsigned int"));
        }
        _ => return Err(vm.overflow_error("Python int too large to convert to C unsigned int")),
    };
    let mut buffer = [0u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size that names have.
    unsafe {
        if libc::if_indextoname(index, buffer.as_mut_ptr().cast()).is_null() {
            return Err(failed(vm));
        }
        Ok(c_text(vm, buffer.as_ptr().cast()))
    }
}
