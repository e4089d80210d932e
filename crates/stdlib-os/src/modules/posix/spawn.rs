//! `posix_spawn`

use super::process::{argument_list, environment};
use super::util::*;
use object::{R, Raised, Tuple, Value, ValueExt, Vm, natives};
use std::ffi::CString;

natives! { pub static FUNCTIONS: {
    /// Execute the program specified by path in a new process.
    "posix_spawn($module, path, argv, env, /, *, file_actions=(), setpgroup=<unrepresentable>, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)" => posix_spawn;
    /// Execute the program specified by path in a new process.
    "posix_spawnp($module, path, argv, env, /, *, file_actions=(), setpgroup=<unrepresentable>, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)" => posix_spawnp;
}}

fn posix_spawn(vm: &Vm, args: &[Value; 11]) -> R {
    spawn(vm, args, "posix_spawn", false)
}

fn posix_spawnp(vm: &Vm, args: &[Value; 11]) -> R {
    spawn(vm, args, "posix_spawnp", true)
}

struct Attributes(libc::posix_spawnattr_t);

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: was initialised.
        unsafe { libc::posix_spawnattr_destroy(&mut self.0) };
    }
}

struct Actions(libc::posix_spawn_file_actions_t);

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: was initialised.
        unsafe { libc::posix_spawn_file_actions_destroy(&mut self.0) };
    }
}

fn check(vm: &Vm, error: i32) -> Result<(), Raised> {
    if error == 0 { Ok(()) } else { Err(vm.os_error(error)) }
}

/// A set of signals of an iterable.
pub fn signal_set(vm: &Vm, signals: Value) -> Result<libc::sigset_t, Raised> {
    // SAFETY: all zeros is a value of this structure, which is emptied.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is writable.
    unsafe { libc::sigemptyset(&mut set) };
    vm.for_each(signals, |signal| {
        let number = vm.index_i64(signal)?;
        if !(1..65).contains(&number) {
            return Err(vm.value_error(format!("signal number {number} out of range [1; 64]")));
        }
        // SAFETY: the number is in range. Those that the C library keeps for itself are left out silently.
        unsafe { libc::sigaddset(&mut set, number as i32) };
        Ok(())
    })?;
    Ok(set)
}

fn spawn(vm: &Vm, args: &[Value; 11], function: &str, search: bool) -> R {
    let [_, value, argv, env, actions, group, resetids, setsid, mask, default, scheduler] = args;
    let path = path(vm, *value, function)?;
    let argv = CStrings::new(argument_list(vm, *argv, function)?);
    let env = if env.is_none() { None } else { Some(CStrings::new(environment(vm, *env, function)?)) };
    vm.flush_unwritten()?;
    vm.audit("os.posix_spawn", &[path.object, args[2], args[3]])?;
    // SAFETY: all zeros is a value of these structures, which are initialised at once.
    let mut attributes = unsafe {
        let mut raw = std::mem::zeroed();
        libc::posix_spawnattr_init(&mut raw);
        Attributes(raw)
    };
    let mut flags = 0i32;
    // SAFETY of the calls on the attributes: they are initialised.
    if !group.is_unbound() && !group.is_none() {
        let group = vm.index_i32(*group)?;
        check(vm, unsafe { libc::posix_spawnattr_setpgroup(&mut attributes.0, group) })?;
        flags |= libc::POSIX_SPAWN_SETPGROUP;
    }
    if vm.truthy(*resetids)? {
        flags |= libc::POSIX_SPAWN_RESETIDS;
    }
    if vm.truthy(*setsid)? {
        flags |= 0x80;
    }
    if !mask.is_unbound() {
        let set = signal_set(vm, *mask)?;
        check(vm, unsafe { libc::posix_spawnattr_setsigmask(&mut attributes.0, &set) })?;
        flags |= libc::POSIX_SPAWN_SETSIGMASK;
    }
    if !default.is_unbound() {
        let set = signal_set(vm, *default)?;
        check(vm, unsafe { libc::posix_spawnattr_setsigdefault(&mut attributes.0, &set) })?;
        flags |= libc::POSIX_SPAWN_SETSIGDEF;
    }
    if !scheduler.is_unbound() && !scheduler.is_none() {
        let Some(pair) = scheduler.cast::<Tuple>() else {
            let text = format!("{function}: scheduler must be a tuple or None");
            return Err(vm.type_error(text));
        };
        if pair.len() != 2 {
            return Err(vm.type_error("A scheduler tuple must have two elements"));
        }
        let priority = vm.index_i32(object::structseq::field(vm, pair.items()[1], 0))?;
        let parameter = libc::sched_param { sched_priority: priority };
        if !pair.items()[0].is_none() {
            let policy = vm.index_i32(pair.items()[0])?;
            check(vm, unsafe { libc::posix_spawnattr_setschedpolicy(&mut attributes.0, policy) })?;
            flags |= libc::POSIX_SPAWN_SETSCHEDULER;
        }
        check(vm, unsafe { libc::posix_spawnattr_setschedparam(&mut attributes.0, &parameter) })?;
        flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
    }
    check(vm, unsafe { libc::posix_spawnattr_setflags(&mut attributes.0, flags as libc::c_short) })?;
    let mut kept = Vec::new();
    let file_actions = if actions.is_unbound() || actions.is_none() { None } else { parse(vm, *actions, &mut kept)? };
    let mut pid = 0;
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: all arrays end with nulls and outlive the call.
    let error = unsafe {
        let actions_pointer = file_actions.as_ref().map_or(std::ptr::null(), |actions| &raw const actions.0);
        let environment = env.as_ref().map_or(environ, |env| env.pointers.as_ptr());
        let spawn = if search { libc::posix_spawnp } else { libc::posix_spawn };
        spawn(
            &mut pid,
            path.path.as_ptr(),
            actions_pointer,
            &attributes.0,
            argv.pointers.as_ptr().cast(),
            environment.cast(),
        )
    };
    if error != 0 {
        return Err(failed_path(vm, error, &path));
    }
    Ok(vm.int(pid as i64))
}

/// File actions; `kept` keeps the paths in them.
fn parse(vm: &Vm, value: Value, kept: &mut Vec<CString>) -> Result<Option<Actions>, Raised> {
    let items = vm.to_tuple(value)?;
    if items.is_empty() {
        return Ok(None);
    }
    // SAFETY: all zeros is a value of this structure, which is initialised at once.
    let mut actions = unsafe {
        let mut raw = std::mem::zeroed();
        libc::posix_spawn_file_actions_init(&mut raw);
        Actions(raw)
    };
    for &item in items.items() {
        let Some(action) = item.cast::<Tuple>().filter(|action| !action.is_empty()) else {
            return Err(vm.type_error("Each file_actions element must be a non-empty tuple"));
        };
        let parts = action.items();
        let count = |wanted: usize| {
            if parts.len() == wanted {
                return Ok(());
            }
            Err(vm.type_error("A file_actions element has the wrong number of items"))
        };
        let number = |index: usize| vm.index_i32(parts[index]);
        // SAFETY of the calls: the actions are initialised, the path is kept.
        let error = match vm.index_i32(parts[0])? {
            0 => {
                count(5)?;
                kept.push(vm.fs_cstring(parts[2])?);
                let path = kept[kept.len() - 1].as_ptr();
                let (fd, flags, mode) = (number(1)?, number(3)?, number(4)?);
                unsafe { libc::posix_spawn_file_actions_addopen(&mut actions.0, fd, path, flags, mode as libc::mode_t) }
            }
            1 => {
                count(2)?;
                let fd = number(1)?;
                unsafe { libc::posix_spawn_file_actions_addclose(&mut actions.0, fd) }
            }
            2 => {
                count(3)?;
                let (from, to) = (number(1)?, number(2)?);
                unsafe { libc::posix_spawn_file_actions_adddup2(&mut actions.0, from, to) }
            }
            3 => {
                count(2)?;
                let from = number(1)?;
                unsafe { posix_spawn_file_actions_addclosefrom_np(&mut actions.0, from) }
            }
            _ => return Err(vm.type_error("Unknown file_actions identifier")),
        };
        check(vm, error)?;
    }
    Ok(Some(actions))
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(actions: *mut libc::posix_spawn_file_actions_t, from: i32) -> i32;
}
