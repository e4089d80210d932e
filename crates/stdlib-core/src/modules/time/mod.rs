//! `time`

mod calendar;
mod clocks;

use object::{Module, ModuleDef, Raised, Ref, Vm, natives, structseq};

structseq! { pub static STRUCT_TIME: "time" "struct_time" "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.", 9, {
    "tm_year" "year, for example, 1993";
    "tm_mon" "month of year, range [1, 12]";
    "tm_mday" "day of month, range [1, 31]";
    "tm_hour" "hours, range [0, 23]";
    "tm_min" "minutes, range [0, 59]";
    "tm_sec" "seconds, range [0, 61])";
    "tm_wday" "day of week, range [0, 6], Monday is 0";
    "tm_yday" "day of year, range [1, 366]";
    "tm_isdst" "1 if summer time is in effect, 0 if not, and -1 if unknown";
    "tm_zone" "abbreviation of timezone name";
    "tm_gmtoff" "offset from UTC in seconds";
}}

natives! { static FUNCTIONS: {
    /// Return the current time in seconds since the Epoch.
    /// Fractions of a second may be present if the system clock provides them.
    "time($module, /)" => clocks::time [leaf];
    /// Return the current time in nanoseconds since the Epoch.
    "time_ns($module, /)" => clocks::time_ns [leaf];
    /// Monotonic clock, cannot go backward.
    "monotonic($module, /)" => clocks::monotonic [leaf];
    /// Monotonic clock, cannot go backward, as nanoseconds.
    "monotonic_ns($module, /)" => clocks::monotonic_ns [leaf];
    /// Performance counter for benchmarking.
    "perf_counter($module, /)" => clocks::monotonic [leaf];
    /// Performance counter for benchmarking as nanoseconds.
    "perf_counter_ns($module, /)" => clocks::monotonic_ns [leaf];
    /// Process time for profiling: sum of the kernel and user-space CPU time.
    "process_time($module, /)" => clocks::process_time [leaf];
    /// Process time for profiling as nanoseconds:
    /// sum of the kernel and user-space CPU time.
    "process_time_ns($module, /)" => clocks::process_time_ns [leaf];
    /// Thread time for profiling: sum of the kernel and user-space CPU time.
    "thread_time($module, /)" => clocks::thread_time [leaf];
    /// Thread time for profiling as nanoseconds:
    /// sum of the kernel and user-space CPU time.
    "thread_time_ns($module, /)" => clocks::thread_time_ns [leaf];
    /// Return the time of the specified clock clk_id as a float.
    "clock_gettime($module, clk_id, /)" => clocks::clock_gettime;
    /// Return the time of the specified clock clk_id as nanoseconds (int).
    "clock_gettime_ns($module, clk_id, /)" => clocks::clock_gettime_ns;
    /// clock_settime(clk_id, time)
    ///
    /// Set the time of the specified clock clk_id.
    "clock_settime($module, clk_id, time, /)" => clocks::clock_settime;
    /// clock_settime_ns(clk_id, time)
    ///
    /// Set the time of the specified clock clk_id with nanoseconds.
    "clock_settime_ns($module, clk_id, time, /)" => clocks::clock_settime_ns;
    /// clock_getres(clk_id) -> floating-point number
    ///
    /// Return the resolution (precision) of the specified clock clk_id.
    "clock_getres($module, clk_id, /)" => clocks::clock_getres;
    /// pthread_getcpuclockid(thread_id) -> int
    ///
    /// Return the clk_id of a thread's CPU time clock.
    "pthread_getcpuclockid($module, thread_id, /)" => clocks::pthread_getcpuclockid;
    /// get_clock_info(name: str) -> dict
    ///
    /// Get information of the specified clock.
    "get_clock_info($module, name, /)" => clocks::get_clock_info;
    /// sleep(seconds)
    ///
    /// Delay execution for a given number of seconds.  The argument may be
    /// a floating-point number for subsecond precision.
    "sleep($module, seconds, /)" => clocks::sleep;
    /// gmtime([seconds]) -> struct_time
    ///
    /// Convert seconds since the Epoch to a time tuple expressing UTC.
    "gmtime($module, seconds=None, /)" => calendar::gmtime;
    /// localtime([seconds]) -> struct_time
    ///
    /// Convert seconds since the Epoch to a time tuple expressing local time.
    "localtime($module, seconds=None, /)" => calendar::localtime;
    /// asctime([time_tuple]) -> string
    ///
    /// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.
    /// When the time tuple is not present, current time as returned by localtime()
    /// is used.
    "asctime($module, tuple=<unrepresentable>, /)" => calendar::asctime;
    /// ctime([seconds]) -> string
    ///
    /// Convert a time in seconds since the Epoch to a string in local time.
    "ctime($module, seconds=None, /)" => calendar::ctime;
    /// mktime(time_tuple) -> floating-point number
    ///
    /// Convert a time tuple in local time to seconds since the Epoch.
    "mktime($module, tuple, /)" => calendar::mktime;
    /// strftime(format[, time_tuple]) -> string
    ///
    /// Convert a time tuple to a string according to a format specification.
    "strftime($module, format, tuple=<unrepresentable>, /)" => calendar::strftime;
    /// strptime(string[, format]) -> struct_time
    ///
    /// Parse a string to a time tuple according to a format specification.
    "strptime($module, /, *args)" => calendar::strptime;
    /// tzset()
    ///
    /// Initialize, or reinitialize, the local timezone to the value stored in
    /// os.environ['TZ'].
    "tzset($module, /)" => calendar::tzset_function;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "time",
    doc: "This module provides various functions to manipulate time values.\n\nThere are two standard representations of time.  One is the number\nof seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer\nor a floating-point number (to represent fractions of seconds).\nThe epoch is the point where the time starts, the return value of time.gmtime(0).",
    functions: &[FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    STRUCT_TIME.add(vm, module, "time.struct_time");
    vm.add_value(module, "_STRUCT_TM_ITEMS", vm.int(11));
    for (name, clock) in [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ] {
        vm.add_value(module, name, vm.int(clock as i64));
    }
    calendar::add_zone(vm, module);
    Ok(())
}
