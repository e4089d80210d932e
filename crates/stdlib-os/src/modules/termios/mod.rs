//! `termios`

mod constants;

use crate::support::{add_constants, fd};
use object::{List, Module, ModuleDef, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

natives! { static FUNCTIONS: {
    /// Get the tty attributes for file descriptor fd.
    "tcgetattr($module, fd, /)" => tcgetattr;
    /// Set the tty attributes for file descriptor fd.
    "tcsetattr($module, fd, when, attributes, /)" => tcsetattr;
    /// Send a break on file descriptor fd.
    "tcsendbreak($module, fd, duration, /)" => tcsendbreak;
    /// Wait until all output written to file descriptor fd has been transmitted.
    "tcdrain($module, fd, /)" => tcdrain;
    /// Discard queued data on file descriptor fd.
    "tcflush($module, fd, queue, /)" => tcflush;
    /// Suspend or resume input or output on file descriptor fd.
    "tcflow($module, fd, action, /)" => tcflow;
    /// Get the tty winsize for file descriptor fd.
    "tcgetwinsize($module, fd, /)" => tcgetwinsize;
    /// Set the tty winsize for file descriptor fd.
    "tcsetwinsize($module, fd, winsize, /)" => tcsetwinsize;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "termios",
    doc: "This module provides an interface to the Posix calls for tty I/O control.",
    functions: &[FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
    let class = vm.new_exception_class("termios", "error", &[vm.types[TypeId::Exception].value()])?;
    vm.add_value(module, "error", class);
    vm.set_state("termios.error", class.value());
    Ok(())
}

fn failed(vm: &Vm) -> Raised {
    let error = object::fs::last_errno();
    let text = vm.str(&object::error::errno_text(error)).value();
    match vm.state_value("termios.error") {
        Some(class) => vm.raise_call(class, &[vm.int(error as i64), text]),
        None => vm.os_error(error),
    }
}

fn attributes(vm: &Vm, number: i32) -> Result<libc::termios, Raised> {
    // SAFETY: all zeros is a value of this structure, which the call fills.
    unsafe {
        let mut mode: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(number, &mut mode) == -1 { Err(failed(vm)) } else { Ok(mode) }
    }
}

fn tcgetattr(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    let mode = attributes(vm, number)?;
    // SAFETY: the structure is valid.
    let (input, output) = unsafe { (libc::cfgetispeed(&mode), libc::cfgetospeed(&mode)) };
    let chars = vm.list(&[]);
    for (index, char) in mode.c_cc.iter().enumerate() {
        let counts = mode.c_lflag & libc::ICANON == 0 && (index == libc::VMIN || index == libc::VTIME);
        chars.push(vm, if counts { vm.int(*char as i64) } else { vm.bytes(&[*char]).value() });
    }
    let parts = [
        vm.int(mode.c_iflag as i64),
        vm.int(mode.c_oflag as i64),
        vm.int(mode.c_cflag as i64),
        vm.int(mode.c_lflag as i64),
        vm.int(input as i64),
        vm.int(output as i64),
        chars.value(),
    ];
    Ok(vm.list(&parts).value())
}

fn tcsetattr(vm: &Vm, [_, number, when, new]: &[Value; 4]) -> R {
    let number = fd(vm, *number)?;
    let when = vm.index_i32(*when)?;
    let Some(list) = new.cast::<List>().filter(|list| list.len() == 7) else {
        return Err(vm.type_error("tcsetattr, arg 3: must be 7 element list"));
    };
    let mut mode = attributes(vm, number)?;
    let parts = vm.tuple(list.items());
    let flag =
        |index: usize| -> Result<libc::tcflag_t, Raised> { Ok(vm.index_i64(parts.items()[index])? as libc::tcflag_t) };
    mode.c_iflag = flag(0)?;
    mode.c_oflag = flag(1)?;
    mode.c_cflag = flag(2)?;
    mode.c_lflag = flag(3)?;
    let (input, output) = (flag(4)? as libc::speed_t, flag(5)? as libc::speed_t);
    let Some(chars) = parts.items()[6].cast::<List>().filter(|chars| chars.len() == mode.c_cc.len()) else {
        let text = format!("tcsetattr: attributes[6] must be {} element list", mode.c_cc.len());
        return Err(vm.type_error(text));
    };
    for (index, value) in vm.tuple(chars.items()).items().iter().enumerate() {
        mode.c_cc[index] = match vm.as_bytes(*value) {
            Some(bytes) if bytes.len() == 1 => bytes.as_slice()[0],
            None if vm.as_int(*value).is_some() => vm.index_i64(*value)? as u8,
            _ => {
                let text = "tcsetattr: elements of attributes must be characters or integers";
                return Err(vm.type_error(text));
            }
        };
    }
    // SAFETY: the structure is valid.
    unsafe {
        if libc::cfsetispeed(&mut mode, input) == -1
            || libc::cfsetospeed(&mut mode, output) == -1
            || vm.allow_threads(|| libc::tcsetattr(number, when, &mode)) == -1
        {
            return Err(failed(vm));
        }
    }
    Ok(Value::NONE)
}

fn done(vm: &Vm, result: i32) -> R {
    if result == -1 { Err(failed(vm)) } else { Ok(Value::NONE) }
}

fn tcsendbreak(vm: &Vm, [_, number, duration]: &[Value; 3]) -> R {
    let (number, duration) = (fd(vm, *number)?, vm.index_i32(*duration)?);
    // SAFETY: has no preconditions.
    done(vm, vm.allow_threads(|| unsafe { libc::tcsendbreak(number, duration) }))
}

fn tcdrain(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    // SAFETY: has no preconditions.
    done(vm, vm.allow_threads(|| unsafe { libc::tcdrain(number) }))
}

fn tcflush(vm: &Vm, [_, number, queue]: &[Value; 3]) -> R {
    let (number, queue) = (fd(vm, *number)?, vm.index_i32(*queue)?);
    // SAFETY: has no preconditions.
    done(vm, vm.allow_threads(|| unsafe { libc::tcflush(number, queue) }))
}

fn tcflow(vm: &Vm, [_, number, action]: &[Value; 3]) -> R {
    let (number, action) = (fd(vm, *number)?, vm.index_i32(*action)?);
    // SAFETY: has no preconditions.
    done(vm, vm.allow_threads(|| unsafe { libc::tcflow(number, action) }))
}

fn window(vm: &Vm, number: i32) -> Result<libc::winsize, Raised> {
    // SAFETY: all zeros is a value of this structure, which the call fills.
    unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        if libc::ioctl(number, libc::TIOCGWINSZ, &mut size) == -1 { Err(failed(vm)) } else { Ok(size) }
    }
}

fn tcgetwinsize(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let size = window(vm, fd(vm, *number)?)?;
    Ok(vm.tuple(&[vm.int(size.ws_row as i64), vm.int(size.ws_col as i64)]).value())
}

fn tcsetwinsize(vm: &Vm, [_, number, size]: &[Value; 3]) -> R {
    let number = fd(vm, *number)?;
    let class = vm.type_of(*size).slots();
    let parts = if class.getitem.is_some() && class.len.is_some() { Some(vm.to_tuple(*size)?) } else { None };
    let Some(parts) = parts.filter(|parts| parts.len() == 2) else {
        return Err(vm.type_error("tcsetwinsize, arg 2: must be a two-item sequence"));
    };
    let mut window = window(vm, number)?;
    let mut numbers = [0u16; 2];
    for (number, part) in numbers.iter_mut().zip(parts.items()) {
        *number = match u16::try_from(vm.index_i64(*part)?) {
            Ok(number) => number,
            Err(_) => return Err(vm.overflow_error("winsize value(s) out of range.")),
        };
    }
    [window.ws_row, window.ws_col] = numbers;
    // SAFETY: the structure is valid.
    done(vm, unsafe { libc::ioctl(number, libc::TIOCSWINSZ, &window) })
}
