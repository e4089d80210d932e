//! The numbers that `_signal` names.

macro_rules! constants {
    ($($name:ident)*) => {
        /// Constants that the system's crate names.
        pub const CONSTANTS: &[(&str, i64)] = &[$((stringify!($name), libc::$name as i64)),*];
    };
}

constants! {
    ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIGABRT SIGALRM SIGBUS SIGCHLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO
    SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM
    SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_BLOCK SIG_DFL
    SIG_IGN SIG_SETMASK SIG_UNBLOCK
}

/// Those that the system's crate does not name.
pub const MORE: &[(&str, i64)] = &[("NSIG", 65), ("SIGCLD", 17)];
