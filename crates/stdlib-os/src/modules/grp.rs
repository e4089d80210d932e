//! `grp`: the groups of the system.

use crate::support::c_text;
use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives, structseq};

structseq! { static GROUP: "grp" "struct_group" "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.", 4, {
    "gr_name" "group name";
    "gr_passwd" "password";
    "gr_gid" "group id";
    "gr_mem" "group members";
}}

natives! { static FUNCTIONS: {
    /// Return the group database entry for the given numeric group ID.
    "getgrgid($module, /, id)" => getgrgid;
    /// Return the group database entry for the given group name.
    "getgrnam($module, /, name)" => getgrnam;
    /// Return a list of all available group entries, in arbitrary order.
    "getgrall($module, /)" => getgrall;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "grp",
    doc: "Access to the Unix group database.",
    functions: &[FUNCTIONS],
    exec: |vm: &Vm, module: Ref<Module>| {
        GROUP.add(vm, module, "grp.struct_group");
        Ok(())
    },
};

fn entry(vm: &Vm, entry: &libc::group) -> R {
    let members = vm.list(&[]);
    // SAFETY: the system's strings end with nulls, their array with a null pointer; they live while the buffer does.
    unsafe {
        let mut at = entry.gr_mem;
        while !at.is_null() && !(*at).is_null() {
            members.push(vm, c_text(vm, *at));
            at = at.add(1);
        }
        let values = [
            c_text(vm, entry.gr_name),
            c_text(vm, entry.gr_passwd),
            crate::posix::util::id_value(vm, entry.gr_gid),
            members.value(),
        ];
        GROUP.of_state(vm, "grp.struct_group", &values)
    }
}

fn look_up(
    vm: &Vm,
    mut f: impl FnMut(&mut libc::group, &mut [u8], &mut *mut libc::group) -> i32,
) -> Result<Option<Value>, Raised> {
    let mut buffer = vec![0u8; 2048];
    loop {
        // SAFETY: all zeros is a value of this structure.
        let mut group: libc::group = unsafe { std::mem::zeroed() };
        let mut result = std::ptr::null_mut();
        let error = f(&mut group, &mut buffer, &mut result);
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
        return entry(vm, &group).map(Some);
    }
}

fn getgrgid(vm: &Vm, [_, group]: &[Value; 2]) -> R {
    let id = crate::posix::util::id(vm, *group, "gid")?;
    // SAFETY: the buffer has that size.
    let found = look_up(vm, |group, buffer, result| unsafe {
        libc::getgrgid_r(id, group, buffer.as_mut_ptr().cast(), buffer.len(), result)
    })?;
    match found {
        Some(entry) => Ok(entry),
        None => {
            let shown = vm.repr(*group)?.to_string_lossy();
            Err(vm.key_error(vm.str(&format!("getgrgid(): gid not found: {shown}")).value()))
        }
    }
}

fn getgrnam(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    if vm.as_str(*name).is_none() {
        let text = format!("getgrnam() argument 'name' must be str, not {}", vm.type_name(*name));
        return Err(vm.type_error(text));
    }
    let text = vm.fs_cstring(*name)?;
    // SAFETY: the name ends with a null, the buffer has that size.
    let found = look_up(vm, |group, buffer, result| unsafe {
        libc::getgrnam_r(text.as_ptr(), group, buffer.as_mut_ptr().cast(), buffer.len(), result)
    })?;
    match found {
        Some(entry) => Ok(entry),
        None => {
            let shown = vm.repr(*name)?.to_string_lossy();
            Err(vm.key_error(vm.str(&format!("getgrnam(): name not found: {shown}")).value()))
        }
    }
}

fn getgrall(vm: &Vm, [_]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    // SAFETY: only the thread with the interpreter's lock walks the database.
    unsafe {
        libc::setgrent();
        loop {
            let group = libc::getgrent();
            if group.is_null() {
                break;
            }
            list.push(vm, entry(vm, &*group)?);
        }
        libc::endgrent();
    }
    Ok(list.value())
}
