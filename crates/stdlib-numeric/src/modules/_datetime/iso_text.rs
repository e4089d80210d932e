//! Times as ISO 8601 text.

use super::calendar::Clock;
use super::date::part;
use crate::support::class_name;
use object::{Raised, Value, Vm};

/// Appends a time as `timespec` asks for it; None where that is not known.
fn push_as(out: &mut String, clock: Clock, timespec: &str) -> Option<()> {
    let Clock { hour, minute, second, microsecond } = clock;
    let timespec = match timespec {
        "auto" if microsecond == 0 => "seconds",
        "auto" => "microseconds",
        other => other,
    };
    let digits = match timespec {
        "hours" => 1,
        "minutes" => 2,
        "seconds" | "milliseconds" | "microseconds" => 3,
        _ => return None,
    };
    for (index, part) in [hour, minute, second].into_iter().take(digits).enumerate() {
        if index > 0 {
            out.push(':');
        }
        out.push((b'0' + part / 10) as char);
        out.push((b'0' + part % 10) as char);
    }
    match timespec {
        "milliseconds" => out.push_str(&format!(".{:03}", microsecond / 1000)),
        "microseconds" => out.push_str(&format!(".{microsecond:06}")),
        _ => {}
    }
    Some(())
}

/// Appends a time. `timespec` is the argument of `isoformat`, or unbound.
pub fn push_clock(vm: &Vm, out: &mut String, clock: Clock, timespec: Value, argument: usize) -> Result<(), Raised> {
    let spec = match timespec.bound() {
        None => String::from("auto"),
        Some(value) => match vm.as_str(value) {
            Some(text) => text.to_string_lossy(),
            None => {
                let class = class_name(vm, value);
                return Err(vm.type_error(format!("isoformat() argument {argument} must be str, not {class}")));
            }
        },
    };
    push_as(out, clock, &spec).ok_or_else(|| vm.value_error("Unknown timespec value"))
}

/// Hour, minute, second and microsecond among the arguments of `time` and `datetime`; what is not given is taken from
/// another time.
pub fn clock_parts(vm: &Vm, given: &[Value], old: Clock) -> Result<[i64; 4], Raised> {
    let mut parts = [old.hour as i64, old.minute as i64, old.second as i64, old.microsecond as i64];
    for (out, value) in parts.iter_mut().zip(given) {
        if !value.is_unbound() {
            *out = part(vm, *value)?;
        }
    }
    Ok(parts)
}
