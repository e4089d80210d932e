//! Asking a tzinfo: `utcoffset`, `dst`, `tzname`; and offsets as text.

use super::values::{DateTime, Delta, Time, TimeZone, as_delta};
use object::{R, Raised, TypeId, Value, Vm};

/// The tzinfo of a datetime or time; None for other objects.
pub fn tzinfo_of(vm: &Vm, value: Value) -> Value {
    if let Some(datetime) = vm.as_native::<DateTime>(value) {
        return datetime.tzinfo.get();
    }
    vm.as_native::<Time>(value).map_or(Value::NONE, |time| time.tzinfo.get())
}

/// `tzinfo.utcoffset(argument)` or `tzinfo.dst(argument)`: None, or a timedelta in the range of offsets.
fn call_offset(vm: &Vm, tzinfo: Value, name: &str, argument: Value) -> R {
    if tzinfo.is_none() {
        return Ok(Value::NONE);
    }
    let offset = vm.call_method_str(tzinfo, name, &[argument])?;
    if offset.is_none() {
        return Ok(offset);
    }
    let Some(delta) = as_delta(vm, offset) else {
        let class = crate::support::class_name(vm, offset);
        return Err(vm.type_error(format!("tzinfo.{name}() must return None or timedelta, not '{class}'")));
    };
    if !delta.is_offset() {
        return Err(offset_error(vm, offset));
    }
    Ok(offset)
}

/// The ValueError for a timedelta that is no offset.
#[cold]
pub fn offset_error(vm: &Vm, offset: Value) -> Raised {
    match vm.repr(offset) {
        Ok(shown) => vm.value_error(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}",
            shown.to_string_lossy()
        )),
        Err(raised) => raised,
    }
}

/// `tzinfo.utcoffset(argument)` as timedelta or None.
pub fn utcoffset(vm: &Vm, tzinfo: Value, argument: Value) -> R {
    if let Some(zone) = vm.as_native::<TimeZone>(tzinfo) {
        return Ok(zone.offset.get());
    }
    call_offset(vm, tzinfo, "utcoffset", argument)
}

/// `tzinfo.dst(argument)`
pub fn dst(vm: &Vm, tzinfo: Value, argument: Value) -> R {
    if vm.is_exactly(tzinfo, TypeId::TimeZone) {
        return Ok(Value::NONE);
    }
    call_offset(vm, tzinfo, "dst", argument)
}

/// `tzinfo.tzname(argument)`: None or a string.
pub fn tzname(vm: &Vm, tzinfo: Value, argument: Value) -> R {
    if tzinfo.is_none() {
        return Ok(Value::NONE);
    }
    let name = vm.call_method_str(tzinfo, "tzname", &[argument])?;
    if name.is_none() || vm.as_str(name).is_some() {
        return Ok(name);
    }
    let class = crate::support::class_name(vm, name);
    Err(vm.type_error(format!("tzinfo.tzname() must return None or a string, not '{class}'")))
}

/// `+HH:MM[:SS[.ffffff]]` with a separator.
pub fn offset_text(offset: Delta, separator: &str) -> String {
    let total = offset.total();
    let sign = if total < 0 { '-' } else { '+' };
    let total = total.unsigned_abs();
    let (microseconds, seconds) = (total % 1_000_000, total / 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds != 0 || microseconds != 0 {
        text.push_str(&format!("{separator}{seconds:02}"));
    }
    if microseconds != 0 {
        text.push_str(&format!(".{microseconds:06}"));
    }
    text
}

/// The offset of a datetime or time as text, empty where it has none.
pub fn utcoffset_text(vm: &Vm, tzinfo: Value, argument: Value, separator: &str) -> Result<String, Raised> {
    let offset = utcoffset(vm, tzinfo, argument)?;
    Ok(as_delta(vm, offset).map_or_else(String::new, |offset| offset_text(offset, separator)))
}
