//! `pwd`: the users of the system.

use crate::support::c_text;
use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives, structseq};

structseq! { static PASSWD: "pwd" "struct_passwd" "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.", 7, {
    "pw_name" "user name";
    "pw_passwd" "password";
    "pw_uid" "user id";
    "pw_gid" "group id";
    "pw_gecos" "real name";
    "pw_dir" "home directory";
    "pw_shell" "shell program";
}}

natives! { static FUNCTIONS: {
    /// Return the password database entry for the given numeric user ID.
    "getpwuid($module, uidobj, /)" => getpwuid;
    /// Return the password database entry for the given user name.
    "getpwnam($module, name, /)" => getpwnam;
    /// Return a list of all available password database entries, in arbitrary order.
    "getpwall($module, /)" => getpwall;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "pwd",
    doc: "This module provides access to the Unix password database.\nIt is available on all Unix versions.",
    functions: &[FUNCTIONS],
    exec: |vm: &Vm, module: Ref<Module>| {
        PASSWD.add(vm, module, "pwd.struct_passwd");
        Ok(())
    },
};

fn entry(vm: &Vm, entry: &libc::passwd) -> R {
    use crate::posix::util::id_value;
    // SAFETY: the system's strings end with nulls, and live while the buffer does.
    let values = unsafe {
        [
            c_text(vm, entry.pw_name),
            c_text(vm, entry.pw_passwd),
            id_value(vm, entry.pw_uid),
            id_value(vm, entry.pw_gid),
            c_text(vm, entry.pw_gecos),
            c_text(vm, entry.pw_dir),
            c_text(vm, entry.pw_shell),
        ]
    };
    PASSWD.of_state(vm, "pwd.struct_passwd", &values)
}

/// Calls a function that looks an entry up, with a buffer that is large enough; None where there is no entry.
fn look_up(
    vm: &Vm,
    mut f: impl FnMut(&mut libc::passwd, &mut [u8], &mut *mut libc::passwd) -> i32,
) -> Result<Option<Value>, Raised> {
    let mut buffer = vec![0u8; 2048];
    loop {
        // SAFETY: all zeros is a value of this structure.
        let mut passwd: libc::passwd = unsafe { std::mem::zeroed() };
        let mut result = std::ptr::null_mut();
        let error = f(&mut passwd, &mut buffer, &mut result);
        if error == libc::ERANGE && buffer.len() < 1 << 24 {
            let len = buffer.len() * 2;
            buffer.resize(len, 0);
            continue;
        }
        if result.is_null() {
            return match error {
                0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => Ok(None),
                error => Err(vm.os_error(error)),
            };
        }
        return entry(vm, &passwd).map(Some);
    }
}

fn getpwuid(vm: &Vm, [_, user]: &[Value; 2]) -> R {
    let id = match crate::posix::util::id(vm, *user, "uid") {
        Ok(id) => id,
        Err(raised) => {
            vm.catch(raised, object::TypeId::OverflowError)?;
            let shown = vm.repr(*user)?.to_string_lossy();
            return Err(vm.key_error(vm.str(&format!("getpwuid(): uid not found: {shown}")).value()));
        }
    };
    // SAFETY: the buffer has that size.
    let found = look_up(vm, |passwd, buffer, result| unsafe {
        libc::getpwuid_r(id, passwd, buffer.as_mut_ptr().cast(), buffer.len(), result)
    })?;
    match found {
        Some(entry) => Ok(entry),
        None => {
            let shown = vm.repr(*user)?.to_string_lossy();
            Err(vm.key_error(vm.str(&format!("getpwuid(): uid not found: {shown}")).value()))
        }
    }
}

fn getpwnam(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    if vm.as_str(*name).is_none() {
        let text = format!("getpwnam() argument must be str, not {}", vm.type_name(*name));
        return Err(vm.type_error(text));
    }
    let text = vm.fs_cstring(*name)?;
    // SAFETY: the name ends with a null, the buffer has that size.
    let found = look_up(vm, |passwd, buffer, result| unsafe {
        libc::getpwnam_r(text.as_ptr(), passwd, buffer.as_mut_ptr().cast(), buffer.len(), result)
    })?;
    match found {
        Some(entry) => Ok(entry),
        None => {
            let shown = vm.repr(*name)?.to_string_lossy();
            Err(vm.key_error(vm.str(&format!("getpwnam(): name not found: {shown}")).value()))
        }
    }
}

fn getpwall(vm: &Vm, [_]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    // SAFETY: only the thread with the interpreter's lock walks the database.
    unsafe {
        libc::setpwent();
        loop {
            let passwd = libc::getpwent();
            if passwd.is_null() {
                break;
            }
            list.push(vm, entry(vm, &*passwd)?);
        }
        libc::endpwent();
    }
    Ok(list.value())
}
