//! Limits, settings and extensions of connections.

use super::connection::{c_string, checked, int_argument};
use super::constants::SETTINGS;
use super::error;
use libsqlite3_sys as ffi;
use object::{R, Raised, Value, Vm};
use std::os::raw::c_int;

fn limit(vm: &Vm, this: Value, category: Value, new: Option<Value>) -> R {
    let connection = checked(vm, this)?;
    let category = int_argument(vm, category)?;
    let new = match new {
        Some(new) => int_argument(vm, new)?,
        None => -1,
    };
    // SAFETY: the connection is open.
    let before = unsafe { ffi::sqlite3_limit(connection.db.handle(), category, new) };
    if before < 0 {
        return Err(error::programming_error(vm, connection.state(vm)?, "'category' is out of bounds"));
    }
    Ok(vm.int(before as i64))
}

/// `setlimit()`
pub fn set_limit(vm: &Vm, [this, category, new]: &[Value; 3]) -> R {
    limit(vm, *this, *category, Some(*new))
}

/// `getlimit()`
pub fn get_limit(vm: &Vm, [this, category]: &[Value; 2]) -> R {
    limit(vm, *this, *category, None)
}

/// Sets a setting, unless the new value is -1, and gives it.
fn config(vm: &Vm, this: Value, op: Value, new: c_int) -> Result<bool, Raised> {
    let connection = checked(vm, this)?;
    let op = int_argument(vm, op)?;
    if !SETTINGS.iter().any(|(_, number)| *number == op) {
        return Err(vm.value_error(format!("unknown config 'op': {op}")));
    }
    let mut current: c_int = 0;
    // SAFETY: the connection is open; these settings take an int and the address of one.
    let code = unsafe { ffi::sqlite3_db_config(connection.db.handle(), op, new, &raw mut current) };
    if code != ffi::SQLITE_OK {
        return Err(error::failed(vm, connection.state(vm)?, connection.db.handle()));
    }
    Ok(current != 0)
}

/// `setconfig()`
pub fn set_config(vm: &Vm, [this, op, enable]: &[Value; 3]) -> R {
    let enable = vm.truthy(*enable)?;
    if config(vm, *this, *op, enable as c_int)? != enable {
        let state = checked(vm, *this)?.state(vm)?;
        return Err(error::operational_error(vm, state, "Unable to set config"));
    }
    Ok(Value::NONE)
}

/// `getconfig()`
pub fn get_config(vm: &Vm, [this, op]: &[Value; 2]) -> R {
    Ok(Value::bool(config(vm, *this, *op, -1)?))
}

/// `enable_load_extension()`
pub fn enable_load_extension(vm: &Vm, [this, enable]: &[Value; 2]) -> R {
    let connection = checked(vm, *this)?;
    let enable = vm.truthy(*enable)?;
    vm.audit("sqlite3.enable_load_extension", &[*this, Value::bool(enable)])?;
    // SAFETY: the connection is open.
    let code = unsafe { ffi::sqlite3_enable_load_extension(connection.db.handle(), enable as c_int) };
    if code != ffi::SQLITE_OK {
        return Err(error::operational_error(vm, connection.state(vm)?, "Error enabling load extension"));
    }
    Ok(Value::NONE)
}

/// `load_extension()`
pub fn load_extension(vm: &Vm, [this, name, entry]: &[Value; 3]) -> R {
    let connection = checked(vm, *this)?;
    let path = c_string(vm, *name, "load_extension", "1")?;
    let entry = if entry.is_none() { None } else { Some(c_string(vm, *entry, "load_extension", "'entrypoint'")?) };
    vm.audit("sqlite3.load_extension", &[*this, *name])?;
    let mut message = std::ptr::null_mut();
    // SAFETY: the connection is open, the texts end with null characters; the message is ours to be freed.
    unsafe {
        let entry = entry.as_ref().map_or(std::ptr::null(), |entry| entry.as_ptr());
        let code = ffi::sqlite3_load_extension(connection.db.handle(), path.as_ptr(), entry, &mut message);
        if code != ffi::SQLITE_OK {
            let text = error::text_of(message);
            ffi::sqlite3_free(message.cast());
            return Err(error::operational_error(vm, connection.state(vm)?, &text));
        }
    }
    Ok(Value::NONE)
}
