//! Broken-down times.

use super::STRUCT_TIME;
use object::arguments::Rounding;
use object::{Module, R, Raised, Ref, Value, ValueExt, Vm};
use std::ffi::{CStr, CString};

fn empty() -> libc::tm {
    // SAFETY: all zeros is a value of this structure.
    unsafe { std::mem::zeroed() }
}

fn broken_down(vm: &Vm, seconds: i64, local: bool) -> Result<libc::tm, Raised> {
    let mut tm = empty();
    // SAFETY: both structures are valid.
    let done = unsafe { if local { libc::localtime_r(&seconds, &mut tm) } else { libc::gmtime_r(&seconds, &mut tm) } };
    if done.is_null() {
        let error = object::fs::last_errno();
        return Err(vm.os_error(if error == 0 { libc::EINVAL } else { error }));
    }
    Ok(tm)
}

fn struct_time(vm: &Vm, tm: &libc::tm, local: bool) -> R {
    let zone = if local && !tm.tm_zone.is_null() {
        // SAFETY: the system's zone names live on.
        vm.fs_decode(unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes()).value()
    } else {
        vm.str("UTC").value()
    };
    let values = [
        vm.int(tm.tm_year as i64 + 1900),
        vm.int(tm.tm_mon as i64 + 1),
        vm.int(tm.tm_mday as i64),
        vm.int(tm.tm_hour as i64),
        vm.int(tm.tm_min as i64),
        vm.int(tm.tm_sec as i64),
        vm.int((tm.tm_wday as i64 + 6) % 7),
        vm.int(tm.tm_yday as i64 + 1),
        vm.int(tm.tm_isdst as i64),
        zone,
        vm.int(if local { tm.tm_gmtoff } else { 0 }),
    ];
    STRUCT_TIME.of_state(vm, "time.struct_time", &values)
}

fn seconds_arg(vm: &Vm, seconds: Value) -> Result<i64, Raised> {
    if seconds.is_none() {
        return Ok(super::clocks::read(libc::CLOCK_REALTIME).unwrap_or(0).div_euclid(1_000_000_000));
    }
    vm.to_time_t(seconds, Rounding::Floor)
}

pub fn gmtime(vm: &Vm, [_, seconds]: &[Value; 2]) -> R {
    let tm = broken_down(vm, seconds_arg(vm, *seconds)?, false)?;
    struct_time(vm, &tm, false)
}

pub fn localtime(vm: &Vm, [_, seconds]: &[Value; 2]) -> R {
    let tm = broken_down(vm, seconds_arg(vm, *seconds)?, true)?;
    struct_time(vm, &tm, true)
}

/// A time tuple argument. `zone` keeps the zone name alive that the structure points to.
fn tuple_arg(vm: &Vm, tuple: Value, function: &str, zone: &mut Option<CString>) -> Result<libc::tm, Raised> {
    let Some(items) = vm.as_tuple(tuple) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if items.len() != 9 {
        return Err(vm.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut numbers = [0i32; 9];
    for (number, item) in numbers.iter_mut().zip(items.items()) {
        *number = vm.index_i32(*item)?;
    }
    let mut tm = empty();
    let year = numbers[0];
    let Some(from_1900) = year.checked_sub(1900) else { return Err(vm.overflow_error("year out of range")) };
    tm.tm_year = from_1900;
    tm.tm_mon = numbers[1].wrapping_sub(1);
    tm.tm_mday = numbers[2];
    tm.tm_hour = numbers[3];
    tm.tm_min = numbers[4];
    tm.tm_sec = numbers[5];
    tm.tm_wday = numbers[6].wrapping_add(1) % 7;
    tm.tm_yday = numbers[7].wrapping_sub(1);
    tm.tm_isdst = numbers[8];
    let class = vm.state_value("time.struct_time");
    if class == Some(vm.type_of(tuple).value()) {
        let (name, offset) = (object::structseq::field(vm, tuple, 9), object::structseq::field(vm, tuple, 10));
        if let Some(name) = vm.as_str(name) {
            *zone = CString::new(vm.fs_encode(name)?).ok();
            tm.tm_zone = zone.as_ref().map_or(std::ptr::null(), |zone| zone.as_ptr());
        }
        if !offset.is_none() {
            tm.tm_gmtoff = vm.index_i64(offset)?;
        }
    }
    Ok(tm)
}

/// Zeros where one is the least mean one; anything else out of range is an error.
fn check(vm: &Vm, tm: &mut libc::tm) -> Result<(), Raised> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    }
    let wrong = if !(0..12).contains(&tm.tm_mon) {
        "month out of range"
    } else if !(0..32).contains(&tm.tm_mday) {
        "day of month out of range"
    } else if !(0..24).contains(&tm.tm_hour) {
        "hour out of range"
    } else if !(0..60).contains(&tm.tm_min) {
        "minute out of range"
    } else if !(0..62).contains(&tm.tm_sec) {
        "seconds out of range"
    } else if tm.tm_wday < 0 {
        "day of week out of range"
    } else if !(0..366).contains(&tm.tm_yday) {
        "day of year out of range"
    } else {
        return Ok(());
    };
    Err(vm.value_error(wrong))
}

fn ascii_time(vm: &Vm, tm: &libc::tm) -> Value {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        DAYS[tm.tm_wday.rem_euclid(7) as usize],
        MONTHS[tm.tm_mon.rem_euclid(12) as usize],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        1900 + tm.tm_year as i64
    );
    vm.str(&text).value()
}

pub fn asctime(vm: &Vm, [_, tuple]: &[Value; 2]) -> R {
    if tuple.is_unbound() {
        let tm = broken_down(vm, seconds_arg(vm, Value::NONE)?, true)?;
        return Ok(ascii_time(vm, &tm));
    }
    let mut zone = None;
    let mut tm = tuple_arg(vm, *tuple, "asctime", &mut zone)?;
    check(vm, &mut tm)?;
    Ok(ascii_time(vm, &tm))
}

pub fn ctime(vm: &Vm, [_, seconds]: &[Value; 2]) -> R {
    let tm = broken_down(vm, seconds_arg(vm, *seconds)?, true)?;
    Ok(ascii_time(vm, &tm))
}

pub fn mktime(vm: &Vm, [_, tuple]: &[Value; 2]) -> R {
    let mut zone = None;
    let mut tm = tuple_arg(vm, *tuple, "mktime", &mut zone)?;
    // The day of the week tells an error from the second before the Epoch.
    tm.tm_wday = -1;
    // SAFETY: the structure is valid.
    let seconds = unsafe { libc::mktime(&mut tm) };
    if seconds == -1 && tm.tm_wday == -1 {
        return Err(vm.overflow_error("mktime argument out of range"));
    }
    Ok(vm.float(seconds as f64))
}

pub fn strftime(vm: &Vm, [_, format, tuple]: &[Value; 3]) -> R {
    let Some(format) = vm.as_str(*format) else {
        let text = format!("strftime() argument 1 must be str, not {}", vm.type_name(*format));
        return Err(vm.type_error(text));
    };
    let mut zone = None;
    let mut tm = if tuple.is_unbound() {
        broken_down(vm, seconds_arg(vm, Value::NONE)?, true)?
    } else {
        tuple_arg(vm, *tuple, "strftime", &mut zone)?
    };
    check(vm, &mut tm)?;
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    // Only directives go to the system, piece by piece: text passes as it is, surrogates and null characters included.
    let bytes = format.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len() * 2);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        while at < bytes.len()
            && matches!(bytes[at], b'_' | b'-' | b'^' | b'#' | b'E' | b'O' | b':' | b'0'..=b'9' | b'+')
        {
            at += 1;
        }
        if at >= bytes.len() || !bytes[at].is_ascii_graphic() {
            out.extend_from_slice(&bytes[start..at]);
            continue;
        }
        at += 1;
        directive(&bytes[start..at], &tm, &mut out);
    }
    match base::text::Wtf8Buf::from_bytes(out) {
        Ok(text) => Ok(vm.str_wtf8(&text).value()),
        Err(bytes) => Ok(vm.fs_decode(&bytes).value()),
    }
}

fn directive(text: &[u8], tm: &libc::tm, out: &mut Vec<u8>) {
    // A space behind tells an empty result from a buffer that is too small.
    let mut format = text.to_vec();
    format.push(b' ');
    let Ok(format) = CString::new(format) else { return out.extend_from_slice(text) };
    let mut size = 128;
    while size <= 1 << 20 {
        let mut buffer = vec![0u8; size];
        // SAFETY: the buffer has that size; the format ends with a null.
        let len = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), size, format.as_ptr(), tm) };
        if len > 0 {
            out.extend_from_slice(&buffer[..len - 1]);
            return;
        }
        size *= 4;
    }
}

pub fn strptime(vm: &Vm, [_, args]: &[Value; 2]) -> R {
    let function = vm.import_from("_strptime", "_strptime_time")?;
    let args = vm.to_tuple(*args)?;
    vm.call(function, args.items())
}

unsafe extern "C" {
    fn tzset();
}

/// Adds the names and offsets of the local zone.
pub fn add_zone(vm: &Vm, module: Ref<Module>) {
    // SAFETY: only the thread with the interpreter's lock changes the zone.
    unsafe { self::tzset_system() };
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let now = super::clocks::read(libc::CLOCK_REALTIME).unwrap_or(0) / 1_000_000_000 / YEAR * YEAR;
    let at = |time: i64| {
        let mut tm = empty();
        // SAFETY: both structures are valid.
        unsafe { libc::localtime_r(&time, &mut tm) };
        let name = if tm.tm_zone.is_null() {
            vm.str("   ").value()
        } else {
            // SAFETY: the system's zone names live on.
            vm.fs_decode(unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes()).value()
        };
        (-tm.tm_gmtoff, name)
    };
    let (january, july) = (at(now), at(now + YEAR / 2));
    // Summer is where the clock is ahead.
    let (standard, summer) = if january.0 < july.0 { (july, january) } else { (january, july) };
    vm.add_value(module, "timezone", vm.int(standard.0));
    vm.add_value(module, "altzone", vm.int(summer.0));
    vm.add_value(module, "daylight", vm.int((standard.0 != summer.0) as i64));
    vm.add_value(module, "tzname", vm.tuple(&[standard.1, summer.1]));
}

unsafe fn tzset_system() {
    // SAFETY: as the caller says.
    unsafe { tzset() }
}

pub fn tzset_function(vm: &Vm, [module]: &[Value; 1]) -> R {
    if let Some(module) = module.cast::<Module>() {
        add_zone(vm, module);
    }
    Ok(Value::NONE)
}
