//! What the process needs of the system before the machine starts.

use std::ffi::CStr;

/// How far the stack of the main thread may grow, if the system lets it.
const STACK: usize = 16 << 20;
/// What is not counted on: what lies on the stack above `main`.
const MARGIN: usize = 256 << 10;

/// Signals, locale: as CPython sets them up. With `isolated`, no `PYTHON*` variable counts.
pub fn prepare(isolated: bool) {
    // SAFETY: no other thread runs yet; a broken pipe or a full disk is then an error of the write. Rust's own start
    // ignores SIGPIPE already.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setlocale(libc::LC_CTYPE, c"".as_ptr());
    }
    let coerce = isolated || std::env::var_os("PYTHONCOERCECLOCALE").is_none_or(|value| value != "0");
    if coerce && is_c_locale() && std::env::var_os("LC_ALL").is_none_or(|value| value.is_empty()) {
        for name in [c"C.UTF-8", c"C.utf8", c"UTF-8"] {
            // SAFETY: no other thread runs yet.
            let taken = unsafe { !libc::setlocale(libc::LC_CTYPE, name.as_ptr()).is_null() };
            if taken && let Ok(name) = name.to_str() {
                // SAFETY: as above. Child processes shall see the same.
                unsafe { std::env::set_var("LC_CTYPE", name) };
                break;
            }
        }
    }
}

/// Does the environment name no locale but C?
pub fn is_c_locale() -> bool {
    // SAFETY: no other thread runs yet; the text lives until the locale is set again.
    let name = unsafe {
        let before = libc::setlocale(libc::LC_CTYPE, std::ptr::null());
        let before = if before.is_null() { None } else { Some(CStr::from_ptr(before).to_owned()) };
        let found = libc::setlocale(libc::LC_CTYPE, c"".as_ptr());
        let found = if found.is_null() { None } else { Some(CStr::from_ptr(found).to_owned()) };
        if let Some(before) = before {
            libc::setlocale(libc::LC_CTYPE, before.as_ptr());
        }
        found
    };
    name.is_none_or(|name| matches!(name.to_bytes(), b"C" | b"POSIX"))
}

/// Makes room on the main thread's stack and gives its size.
///
/// The kernel lets the stack grow to the limit in force when it grows, and keeps far more addresses free below it.
/// So: raise the limit, have one byte far below written, and set the limit back, so that child processes see nothing of
/// it. The write is left to the kernel, which answers with an error where a store of our own would be a crash.
pub fn grow_stack() -> usize {
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills the struct.
    if unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut old) } != 0 {
        return 0;
    }
    let now = usize::try_from(old.rlim_cur).unwrap_or(usize::MAX);
    let most = usize::try_from(old.rlim_max).unwrap_or(usize::MAX);
    let here = 0u8;
    let top = &raw const here as usize;
    let mut size = STACK.min(most);
    while size > now.min(STACK) {
        let wanted = libc::rlimit { rlim_cur: size as libc::rlim_t, rlim_max: old.rlim_max };
        // SAFETY: a limit between the old one and the hard one; the kernel checks the address, which is that of no
        // object.
        let grown = unsafe {
            libc::setrlimit(libc::RLIMIT_STACK, &raw const wanted) == 0
                && libc::getrandom(top.saturating_sub(size - MARGIN) as *mut libc::c_void, 1, libc::GRND_NONBLOCK) == 1
        };
        // SAFETY: the limit that was in force.
        unsafe { libc::setrlimit(libc::RLIMIT_STACK, &raw const old) };
        if grown {
            return size - MARGIN;
        }
        size /= 2;
    }
    now.min(STACK) - MARGIN.min(now / 2)
}
