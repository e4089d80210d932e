//! `syslog`

use crate::support::add_constants;
use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives};
use std::ffi::CString;
use std::sync::Mutex;

/// The name that messages start with: the system keeps its address.
static IDENT: Mutex<Option<CString>> = Mutex::new(None);

natives! { static FUNCTIONS: {
    /// Set logging options of subsequent syslog() calls.
    "openlog($module, /, ident=<unrepresentable>, logoption=0, facility=8)" => openlog;
    /// syslog([priority=LOG_INFO,] message)
    /// Send the string message to the system logger.
    "syslog($module, priority, message=<unrepresentable>, /)" => syslog;
    /// Reset the syslog module values and call the system library closelog().
    "closelog($module, /)" => closelog;
    /// Set the priority mask to maskpri and return the previous mask value.
    "setlogmask($module, maskpri, /)" => setlogmask;
    /// Calculates the mask for the individual priority pri.
    "LOG_MASK($module, pri, /)" => log_mask;
    /// Calculates the mask for all priorities up to and including pri.
    "LOG_UPTO($module, pri, /)" => log_upto;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "syslog", doc: "", functions: &[FUNCTIONS], exec };

crate::constants! {
    LOG_ALERT LOG_AUTH LOG_AUTHPRIV LOG_CONS LOG_CRIT LOG_CRON LOG_DAEMON LOG_DEBUG LOG_EMERG LOG_ERR LOG_FTP LOG_INFO
    LOG_KERN LOG_LOCAL0 LOG_LOCAL1 LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4 LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7 LOG_LPR LOG_MAIL
    LOG_NDELAY LOG_NEWS LOG_NOTICE LOG_NOWAIT LOG_ODELAY LOG_PERROR LOG_PID LOG_SYSLOG LOG_USER LOG_UUCP LOG_WARNING
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    add_constants(vm, module, &[CONSTANTS]);
    Ok(())
}

/// The program's name, as `sys.argv` has it.
fn program(vm: &Vm) -> Option<CString> {
    use object::ValueExt;
    let argv = vm.sys_attr("argv")?.cast::<object::List>()?;
    let name = vm.as_str(argv.get(0)?)?.to_string_lossy();
    let name = name.rsplit('/').next().unwrap_or(&name);
    if name.is_empty() { None } else { CString::new(name).ok() }
}

fn open(name: Option<CString>, option: i32, facility: i32) {
    let mut slot = IDENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let pointer = name.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
    // SAFETY: the name is kept until another one takes its place.
    unsafe { libc::openlog(pointer, option, facility) };
    *slot = name;
}

fn openlog(vm: &Vm, [_, name, option, facility]: &[Value; 4]) -> R {
    let (option, facility) = (vm.index_i32(*option)?, vm.index_i32(*facility)?);
    let text = if name.is_unbound() { program(vm) } else { Some(vm.fs_cstring(*name)?) };
    vm.audit("syslog.openlog", &[name.or_none(), vm.int(option as i64), vm.int(facility as i64)])?;
    open(text, option, facility);
    vm.set_state("syslog.open", Value::TRUE);
    Ok(Value::NONE)
}

fn syslog(vm: &Vm, [_, priority, message]: &[Value; 3]) -> R {
    let (priority, message) = match message.bound() {
        Some(message) => (vm.index_i32(*priority)?, message),
        None => (libc::LOG_INFO, *priority),
    };
    let Some(text) = vm.as_str(message) else {
        return Err(vm.type_error(format!("syslog() argument must be str, not {}", vm.type_name(message))));
    };
    vm.audit("syslog.syslog", &[vm.int(priority as i64), message])?;
    let text = vm.fs_cstring(text.value())?;
    if vm.state_value("syslog.open") != Some(Value::TRUE) {
        open(program(vm), 0, libc::LOG_USER);
        vm.set_state("syslog.open", Value::TRUE);
    }
    // SAFETY: the strings end with nulls.
    vm.allow_threads(|| unsafe { libc::syslog(priority, c"%s".as_ptr(), text.as_ptr()) });
    Ok(Value::NONE)
}

fn closelog(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.audit("syslog.closelog", &[])?;
    if vm.state_value("syslog.open") == Some(Value::TRUE) {
        // SAFETY: has no preconditions.
        unsafe { libc::closelog() };
        vm.set_state("syslog.open", Value::FALSE);
    }
    Ok(Value::NONE)
}

fn setlogmask(vm: &Vm, [_, mask]: &[Value; 2]) -> R {
    let mask = vm.index_i32(*mask)?;
    vm.audit("syslog.setlogmask", &[vm.int(mask as i64)])?;
    // SAFETY: has no preconditions.
    Ok(vm.int(unsafe { libc::setlogmask(mask) } as i64))
}

fn log_mask(vm: &Vm, [_, priority]: &[Value; 2]) -> R {
    let priority = vm.index_i32(*priority)?;
    Ok(vm.int(1i64.checked_shl(priority as u32).unwrap_or(0)))
}

fn log_upto(vm: &Vm, [_, priority]: &[Value; 2]) -> R {
    let priority = vm.index_i32(*priority)?;
    Ok(vm.int(1i64.checked_shl((priority as u32).wrapping_add(1)).unwrap_or(0).wrapping_sub(1)))
}
