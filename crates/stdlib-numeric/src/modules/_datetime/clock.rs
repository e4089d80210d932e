//! The system's clock and its local time zone.

use super::calendar::{Clock, DAY_SECONDS, Day, EPOCH_ORDINAL, MAX_YEAR, MIN_YEAR};
use super::values::{Delta, new_delta, year_error};
use object::{R, Raised, Value, Vm};

/// A moment as a calendar and a clock show it.
pub struct Fields {
    /// The day; its year may be out of range.
    pub day: Day,
    /// The time.
    pub clock: Clock,
}

/// The most by which local time was ever set back.
const MAX_FOLD_SECONDS: i64 = 24 * 3600;
/// Seconds from the day before 0001-01-01 to 1970-01-01.
const EPOCH: i64 = EPOCH_ORDINAL * DAY_SECONDS;

/// Now: seconds since 1970 and microseconds.
pub fn now() -> (i64, u32) {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is written to a local variable.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut time) };
    (time.tv_sec, (time.tv_nsec / 1000) as u32)
}

fn local_tm(vm: &Vm, seconds: i64) -> Result<libc::tm, Raised> {
    // SAFETY: all zero is a valid `tm`, which the call fills.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&seconds, &mut tm).is_null() {
            return Err(vm.os_error(libc::EOVERFLOW));
        }
        Ok(tm)
    }
}

/// The local time of seconds since 1970.
pub fn local_fields(vm: &Vm, seconds: i64) -> Result<Fields, Raised> {
    let tm = local_tm(vm, seconds)?;
    let day = Day { year: tm.tm_year.saturating_add(1900), month: tm.tm_mon as u8 + 1, day: tm.tm_mday as u8 };
    // A leap second is shown as the one before.
    let clock =
        Clock { hour: tm.tm_hour as u8, minute: tm.tm_min as u8, second: tm.tm_sec.min(59) as u8, microsecond: 0 };
    Ok(Fields { day, clock })
}

/// The UTC of seconds since 1970.
pub fn utc_fields(vm: &Vm, seconds: i64) -> Result<Fields, Raised> {
    let days = seconds.div_euclid(DAY_SECONDS);
    // The years that the system's function can show.
    if !(-(i32::MAX as i64) * 365..i32::MAX as i64 * 365).contains(&days) {
        return Err(vm.os_error(libc::EOVERFLOW));
    }
    let clock = Clock::of_microseconds(seconds.rem_euclid(DAY_SECONDS) * 1_000_000);
    Ok(Fields { day: Day::of_ordinal(days + EPOCH_ORDINAL), clock })
}

fn seconds_of(vm: &Vm, fields: &Fields) -> Result<i64, Raised> {
    let year = fields.day.year;
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(year_error(vm, year as i64));
    }
    Ok(fields.day.ordinal() * DAY_SECONDS + fields.clock.seconds())
}

/// Local time in seconds since the day before 0001-01-01, of UTC in the same.
fn local(vm: &Vm, utc: i64) -> Result<i64, Raised> {
    seconds_of(vm, &local_fields(vm, utc - EPOCH)?)
}

/// Is the local time of seconds since 1970 the second of two equal ones?
pub fn is_fold(vm: &Vm, seconds: i64, fields: &Fields) -> Result<bool, Raised> {
    let result = seconds_of(vm, fields)?;
    let before = local(vm, EPOCH + seconds - MAX_FOLD_SECONDS)?;
    let transition = result - before - MAX_FOLD_SECONDS;
    if transition >= 0 {
        return Ok(false);
    }
    Ok(local(vm, EPOCH + seconds + transition)? == result)
}

/// The seconds since 1970 of a local time.
pub fn from_local(vm: &Vm, fields: &Fields, fold: bool) -> Result<i64, Raised> {
    let wanted = seconds_of(vm, fields)?;
    // Two offsets are tried: that of the moment itself and that of a moment before or after a transition.
    let first_offset = local(vm, wanted)? - wanted;
    let first = wanted - first_offset;
    let first_local = local(vm, first)?;
    let second_offset = if first_local == wanted {
        let other = if fold { first + MAX_FOLD_SECONDS } else { first - MAX_FOLD_SECONDS };
        let offset = local(vm, other)? - other;
        if offset == first_offset {
            return Ok(first - EPOCH);
        }
        offset
    } else {
        first_local - first
    };
    let second = wanted - second_offset;
    if local(vm, second)? == wanted {
        return Ok(second - EPOCH);
    }
    if first_local == wanted {
        return Ok(first - EPOCH);
    }
    // The clock never showed this time.
    Ok(if fold { first.min(second) } else { first.max(second) } - EPOCH)
}

/// The timezone that the system's local time has at seconds since 1970.
pub fn local_zone(vm: &Vm, seconds: i64) -> R {
    let tm = local_tm(vm, seconds)?;
    let offset = Delta::of_total(tm.tm_gmtoff as i128 * 1_000_000).unwrap_or(Delta::ZERO);
    let offset = new_delta(vm, offset)?;
    let name = if tm.tm_zone.is_null() {
        Value::UNBOUND
    } else {
        // SAFETY: the system's name of a zone is a string that lives as long as the process.
        let name = unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) };
        vm.str(&name.to_string_lossy()).value()
    };
    super::zone::timezone(vm, offset, name)
}
