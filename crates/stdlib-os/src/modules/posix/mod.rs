//! `posix`: the system's functions, on which `os` is built.

mod constants;
mod fds;
mod ids;
mod paths;
pub mod process;
mod scandir;
pub mod spawn;
mod stat;
mod system;
pub mod util;

use object::{Module, ModuleDef, Raised, Ref, TypeId, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    functions: &[
        stat::FUNCTIONS,
        paths::FUNCTIONS,
        scandir::FUNCTIONS,
        fds::FUNCTIONS,
        process::FUNCTIONS,
        spawn::FUNCTIONS,
        ids::FUNCTIONS,
        system::FUNCTIONS,
    ],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, value) in constants::CONSTANTS.iter().chain(constants::MORE) {
        vm.add_value(module, name, vm.int(*value));
    }
    for (name, table) in [
        ("sysconf_names", constants::SYSCONF),
        ("pathconf_names", constants::PATHCONF),
        ("confstr_names", constants::CONFSTR),
    ] {
        let dict = vm.dict();
        for (key, value) in table {
            dict.insert_str(vm, vm.intern(key), vm.int(*value as i64));
        }
        vm.add_value(module, name, dict);
    }
    let have = vm.list(&[]);
    for name in constants::HAVE {
        have.push(vm, vm.intern(name).value());
    }
    vm.add_value(module, "_have_functions", have);
    vm.add_value(module, "environ", system::environ(vm)?);
    vm.add_value(module, "error", vm.types[TypeId::OSError]);
    stat::STAT_RESULT.add(vm, module, "posix.stat_result");
    stat::STATVFS_RESULT.add(vm, module, "posix.statvfs_result");
    fds::TERMINAL_SIZE.add(vm, module, "posix.terminal_size");
    process::WAITID_RESULT.add(vm, module, "posix.waitid_result");
    ids::SCHED_PARAM.add(vm, module, "posix.sched_param");
    system::UNAME_RESULT.add(vm, module, "posix.uname_result");
    system::TIMES_RESULT.add(vm, module, "posix.times_result");
    scandir::add(vm, module);
    Ok(())
}
