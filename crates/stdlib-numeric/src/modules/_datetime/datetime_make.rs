//! `datetime`: how instances are made.

use super::calendar::{Clock, Day};
use super::clock::{Fields, is_fold, local_fields, now, utc_fields};
use super::date::{invalid_iso, part, part_or, pickled, strptime_by};
use super::iso_text::clock_parts;
use super::parse::{self, Offset};
use super::time::{clock_of_state, is_end_of_day, parsed_clock, parsed_zone, state_tzinfo};
use super::values::{Time, as_day, check_clock, check_day, check_fold, check_tzinfo, datetime_of, raw_datetime};
use crate::support::{Binding, class_arg, class_name, split_first};
use object::{Args, Int, R, Raised, TypeId, Value, Vm, natives};

natives! { pub static METHODS: {
    /// Returns new datetime object representing current time local to tz.
    ///
    ///   tz
    ///     Timezone object.
    ///
    /// If no tz is specified, uses local timezone.
    "now($type, /, tz=None)" => now_method [class];
    /// Return a new datetime representing UTC day and time.
    "utcnow($type, /)" => utcnow [class];
    /// timestamp[, tz] -> tz's local time from POSIX timestamp.
    "fromtimestamp(...)" -> fromtimestamp [class];
    /// Construct a naive UTC datetime from a POSIX timestamp.
    "utcfromtimestamp($type, timestamp, /)" => utcfromtimestamp [class];
    /// string, format -> new datetime parsed from a string (like time.strptime()).
    "strptime($type, string, format, /)" => strptime [class];
    /// date, time -> datetime with same date and time fields
    "combine(...)" -> combine [class];
    /// string -> datetime from a string in most ISO 8601 formats
    "fromisoformat($type, object, /)" => fromisoformat [class];
}}

const NEW: Binding = Binding {
    name: "",
    params: &["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"],
    positional: 8,
    required: 3,
};

/// `datetime.__new__`
pub fn new(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let class = class_arg(vm, class)?;
    if matches!(args.count(), 1 | 2)
        && args.keyword_count() == 0
        && let Some(state) = pickled::<10>(vm, args.args[0], "datetime", |state| (1..=12).contains(&(state[2] & 0x7F)))?
    {
        let tzinfo = state_tzinfo(vm, args)?;
        let [a, b, month, day, clock @ ..] = state;
        let day = Day { year: u16::from_be_bytes([a, b]) as i32, month: month & 0x7F, day };
        return Ok(raw_datetime(vm, class, day, clock_of_state(clock), tzinfo, month & 0x80 != 0));
    }
    let given: [Value; 9] = NEW.bind(vm, args)?;
    let (year, month, day) = (part(vm, given[0])?, part(vm, given[1])?, part(vm, given[2])?);
    let [hour, minute, second, microsecond] = clock_parts(vm, &given[3..7], Clock::default())?;
    let tzinfo = given[7].or_none();
    let fold = part_or(vm, given[8], 0)?;
    let day = check_day(vm, year, month, day)?;
    let clock = check_clock(vm, hour, minute, second, microsecond)?;
    let fold = check_fold(vm, fold)?;
    check_tzinfo(vm, tzinfo)?;
    Ok(raw_datetime(vm, class, day, clock, tzinfo, fold))
}

/// The local time, or UTC where a tzinfo is to make local time of it, of a moment.
fn of_seconds(vm: &Vm, class: Value, seconds: i64, microsecond: u32, zone: Value) -> R {
    let class = class_arg(vm, class)?;
    let (mut fields, fold) = if zone.is_none() {
        let fields = local_fields(vm, seconds)?;
        let fold = is_fold(vm, seconds, &fields)?;
        (fields, fold)
    } else {
        (utc_fields(vm, seconds)?, false)
    };
    fields.clock.microsecond = microsecond;
    let result = datetime_of(vm, class, fields.day, fields.clock, zone, fold)?;
    if zone.is_none() {
        return Ok(result);
    }
    vm.call_method_str(zone, "fromutc", &[result])
}

fn naive_utc(vm: &Vm, class: Value, seconds: i64, microsecond: u32) -> R {
    let Fields { day, mut clock } = utc_fields(vm, seconds)?;
    clock.microsecond = microsecond;
    datetime_of(vm, class_arg(vm, class)?, day, clock, Value::NONE, false)
}

fn now_method(vm: &Vm, [class, zone]: &[Value; 2]) -> R {
    check_tzinfo(vm, *zone)?;
    let (seconds, microsecond) = now();
    of_seconds(vm, *class, seconds, microsecond, *zone)
}

fn utcnow(vm: &Vm, [class]: &[Value; 1]) -> R {
    let text = "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. \
                Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).";
    vm.warn(TypeId::DeprecationWarning, text, 1)?;
    let (seconds, microsecond) = now();
    naive_utc(vm, *class, seconds, microsecond)
}

/// A timestamp in seconds and microseconds, rounded to the even one of two.
fn timestamp_parts(vm: &Vm, timestamp: Value) -> Result<(i64, u32), Raised> {
    if let Some(float) = vm.as_float(timestamp) {
        if float.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let mut seconds = float.trunc();
        let mut microseconds = (float.fract() * 1e6).round_ties_even();
        if microseconds >= 1e6 {
            microseconds -= 1e6;
            seconds += 1.0;
        } else if microseconds < 0.0 {
            microseconds += 1e6;
            seconds -= 1.0;
        }
        if !(-9.223372036854775808e18..9.223372036854775808e18).contains(&seconds) {
            return Err(vm.overflow_error("timestamp out of range for platform time_t"));
        }
        return Ok((seconds as i64, microseconds as u32));
    }
    if vm.as_int(timestamp).is_none() && vm.type_of(timestamp).slots().index.is_none() {
        let class = class_name(vm, timestamp);
        return Err(vm.type_error(format!("argument must be int or float, not {class}")));
    }
    match vm.index(timestamp)? {
        Int::Small(seconds) => Ok((seconds, 0)),
        big => match big.to_i64() {
            Some(seconds) => Ok((seconds, 0)),
            None => Err(vm.overflow_error("timestamp out of range for platform time_t")),
        },
    }
}

const FROMTIMESTAMP: Binding =
    Binding { name: "fromtimestamp", params: &["timestamp", "tz"], positional: 2, required: 1 };

fn fromtimestamp(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let [timestamp, zone] = FROMTIMESTAMP.bind(vm, args)?;
    let zone = zone.or_none();
    check_tzinfo(vm, zone)?;
    let (seconds, microsecond) = timestamp_parts(vm, timestamp)?;
    of_seconds(vm, class, seconds, microsecond, zone)
}

fn utcfromtimestamp(vm: &Vm, [class, timestamp]: &[Value; 2]) -> R {
    let text = "datetime.datetime.utcfromtimestamp() is deprecated and scheduled for removal in a future version. \
                Use timezone-aware objects to represent datetimes in UTC: \
                datetime.datetime.fromtimestamp(timestamp, datetime.UTC).";
    vm.warn(TypeId::DeprecationWarning, text, 1)?;
    let (seconds, microsecond) = timestamp_parts(vm, *timestamp)?;
    naive_utc(vm, *class, seconds, microsecond)
}

fn strptime(vm: &Vm, [class, string, format]: &[Value; 3]) -> R {
    strptime_by(vm, "_strptime_datetime_datetime", *class, *string, *format)
}

const COMBINE: Binding = Binding { name: "combine", params: &["date", "time", "tzinfo"], positional: 3, required: 2 };

fn combine(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let [date, time, zone] = COMBINE.bind(vm, args)?;
    let Some(day) = as_day(vm, date) else {
        let name = class_name(vm, date);
        return Err(vm.type_error(format!("combine() argument 1 must be datetime.date, not {name}")));
    };
    let Some(time) = vm.as_native::<Time>(time) else {
        let name = class_name(vm, time);
        return Err(vm.type_error(format!("combine() argument 2 must be datetime.time, not {name}")));
    };
    let zone = zone.bound().unwrap_or(time.tzinfo.get());
    let class = class_arg(vm, class)?;
    if class == vm.types[TypeId::DateTime] {
        check_tzinfo(vm, zone)?;
    }
    datetime_of(vm, class, day, time.clock, zone, time.fold)
}

fn fromisoformat(vm: &Vm, [class, text]: &[Value; 2]) -> R {
    let Some(string) = vm.as_str(*text) else {
        return Err(vm.type_error("fromisoformat: argument must be str"));
    };
    let Some(parsed) = parse_text(string.as_bytes()) else { return Err(invalid_iso(vm, *text)) };
    let ((year, month, day), parts, offset) = parsed;
    let zone = parsed_zone(vm, offset)?;
    let mut day = check_day(vm, year as i64, month as i64, day as i64)?;
    let clock = if is_end_of_day(vm, parts)? {
        let next = Day::of_ordinal(day.ordinal() + 1);
        day = check_day(vm, next.year as i64, next.month as i64, next.day as i64)?;
        Clock::default()
    } else {
        parsed_clock(vm, parts)?
    };
    datetime_of(vm, class_arg(vm, *class)?, day, clock, zone, false)
}

/// Year, month and day; hour, minute, second and microsecond; and the offset.
type Parsed = ((u32, u32, u32), [u32; 4], Offset);

fn parse_text(text: &[u8]) -> Option<Parsed> {
    let end = parse::separator(text)?;
    let date = parse::date(text.get(..end)?)?;
    if end >= text.len() {
        return Some((date, [0; 4], Offset::None));
    }
    // The separator may be any character.
    let width = match text[end] {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    let (parts, offset) = parse::time(text.get(end + width..)?)?;
    Some((date, parts, offset))
}
