//! Whole databases: backups, and databases as bytes.

use super::connection::{Connection, c_string, checked, int_argument};
use super::{error, gate};
use libsqlite3_sys as ffi;
use object::{R, Value, Vm};
use std::os::raw::c_int;

/// `backup()`
pub fn backup(vm: &Vm, [this, target, pages, progress, name, sleep]: &[Value; 6]) -> R {
    if vm.as_native::<Connection>(*target).is_none() {
        let found = if target.is_none() { String::from("None") } else { crate::support::class_name(vm, *target) };
        return Err(vm.type_error(format!("backup() argument 'target' must be sqlite3.Connection, not {found}")));
    }
    let pages = int_argument(vm, *pages)?;
    let name = c_string(vm, *name, "backup", "'name'")?;
    let sleep = vm.to_float(*sleep)?;
    let source = checked(vm, *this)?;
    let state = source.state(vm)?;
    if target == this {
        return Err(vm.value_error("target cannot be the same connection instance"));
    }
    let target = checked(vm, *target)?;
    if !progress.is_none() && !vm.is_callable(*progress) {
        return Err(vm.type_error("progress argument must be a callable"));
    }
    let pages = if pages == 0 { -1 } else { pages };
    let (from, to) = (source.db.handle(), target.db.handle());
    // SAFETY of all: both connections are open; SQLite keeps what a backup needs where one of them is closed meanwhile.
    let backup = gate::leave(vm, || unsafe { ffi::sqlite3_backup_init(to, c"main".as_ptr(), from, name.as_ptr()) });
    if backup.is_null() {
        return Err(error::failed(vm, state, to));
    }
    loop {
        let code = gate::leave(vm, || unsafe { ffi::sqlite3_backup_step(backup, pages) });
        if !progress.is_none() {
            let (rest, all) = unsafe { (ffi::sqlite3_backup_remaining(backup), ffi::sqlite3_backup_pagecount(backup)) };
            let args = [vm.int(code as i64), vm.int(rest as i64), vm.int(all as i64)];
            if let Err(raised) = vm.call(*progress, &args) {
                unsafe { ffi::sqlite3_backup_finish(backup) };
                return Err(raised);
            }
        }
        let is_blocked = matches!(code, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED);
        if is_blocked {
            // Others may have to go on before this can.
            vm.allow_threads(|| unsafe { ffi::sqlite3_sleep((sleep * 1000.0) as c_int) });
        }
        if code != ffi::SQLITE_OK && !is_blocked {
            break;
        }
    }
    let code = gate::leave(vm, || unsafe { ffi::sqlite3_backup_finish(backup) });
    if code != ffi::SQLITE_OK {
        return Err(if target.db.handle().is_null() {
            error::from_code(vm, state, code)
        } else {
            error::failed(vm, state, target.db.handle())
        });
    }
    Ok(Value::NONE)
}

/// `serialize()`
pub fn serialize(vm: &Vm, [this, name]: &[Value; 2]) -> R {
    let name = c_string(vm, *name, "serialize", "'name'")?;
    let connection = checked(vm, *this)?;
    let db = connection.db.handle();
    let mut size: ffi::sqlite3_int64 = 0;
    // SAFETY: the connection is open. What is not copied stays as long as the database is not changed.
    unsafe {
        let mut is_copy = false;
        let mut data = ffi::sqlite3_serialize(db, name.as_ptr(), &mut size, ffi::SQLITE_SERIALIZE_NOCOPY as _);
        if data.is_null() {
            is_copy = true;
            data = gate::leave(vm, || ffi::sqlite3_serialize(db, name.as_ptr(), &mut size, 0));
        }
        if data.is_null() {
            let text = format!("unable to serialize '{}'", name.to_string_lossy());
            return Err(error::operational_error(vm, connection.state(vm)?, &text));
        }
        let bytes = vm.bytes(std::slice::from_raw_parts(data, size as usize)).value();
        if is_copy {
            ffi::sqlite3_free(data.cast());
        }
        Ok(bytes)
    }
}

/// `deserialize()`
pub fn deserialize(vm: &Vm, [this, data, name]: &[Value; 3]) -> R {
    let bytes = match vm.as_str(*data) {
        Some(string) => crate::support::utf8(vm, string)?,
        None => vm.bytes_of(*data)?,
    };
    let name = c_string(vm, *name, "deserialize", "'name'")?;
    let connection = checked(vm, *this)?;
    let db = connection.db.handle();
    // SAFETY: the connection is open; SQLite frees the copy, also where this fails.
    let code = unsafe {
        let copy = ffi::sqlite3_malloc64(bytes.len() as u64).cast::<u8>();
        if copy.is_null() {
            return Err(vm.memory_error());
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        let flags = ffi::SQLITE_DESERIALIZE_FREEONCLOSE | ffi::SQLITE_DESERIALIZE_RESIZEABLE;
        let size = bytes.len() as ffi::sqlite3_int64;
        gate::leave(vm, || ffi::sqlite3_deserialize(db, name.as_ptr(), copy, size, size, flags as _))
    };
    if code != ffi::SQLITE_OK {
        return Err(error::failed(vm, connection.state(vm)?, db));
    }
    Ok(Value::NONE)
}
