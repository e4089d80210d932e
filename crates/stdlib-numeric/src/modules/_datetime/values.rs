//! The objects of the module: what they hold, and how they are made.

use super::calendar::{Clock, DAY_SECONDS, Day, MAX_ORDINAL, MAX_YEAR, MIN_YEAR, SECOND, days_in_month};
use crate::support::wrong_receiver;
use object::traced;
use object::layout::native::Native;
use object::{Field, Raised, Ref, TypeId, TypeObj, Value, Vm};
use std::cell::Cell;

/// `timedelta`
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Delta {
    /// Days, of any sign.
    pub days: i32,
    /// Seconds below a day.
    pub seconds: i32,
    /// Microseconds below a second.
    pub microseconds: i32,
}

/// `date`
pub struct Date {
    /// The day.
    pub day: Day,
}

/// `time`
pub struct Time {
    /// The time.
    pub clock: Clock,
    /// Is it the second of two equal times?
    pub fold: bool,
    /// A tzinfo or None.
    pub tzinfo: Field,
    /// The hash, or −1 where it is not known yet.
    pub hash: Cell<i64>,
}

/// `datetime`
pub struct DateTime {
    /// The day.
    pub day: Day,
    /// The time.
    pub clock: Clock,
    /// Is it the second of two equal times?
    pub fold: bool,
    /// A tzinfo or None.
    pub tzinfo: Field,
    /// The hash, or −1 where it is not known yet.
    pub hash: Cell<i64>,
}

/// `tzinfo`
pub struct TzInfo;

/// `timezone`
pub struct TimeZone {
    /// A timedelta.
    pub offset: Field,
    /// A string, or unbound.
    pub name: Field,
}

traced! {
    Delta {}
    Date {}
    Time { tzinfo }
    DateTime { tzinfo }
    TzInfo {}
    TimeZone { offset, name }
}

/// The most days that a timedelta spans.
pub const MAX_DELTA_DAYS: i64 = 999_999_999;

impl Delta {
    /// No time.
    pub const ZERO: Delta = Delta { days: 0, seconds: 0, microseconds: 0 };
    /// A day.
    pub const DAY: Delta = Delta { days: 1, seconds: 0, microseconds: 0 };

    /// All of it in microseconds.
    pub fn total(self) -> i128 {
        (self.days as i128 * DAY_SECONDS as i128 + self.seconds as i128) * SECOND as i128 + self.microseconds as i128
    }

    /// Without the range check.
    pub fn of_total(microseconds: i128) -> Option<Delta> {
        const DAY: i64 = DAY_SECONDS * SECOND;
        let (days, rest) = match i64::try_from(microseconds) {
            Ok(short) => (short.div_euclid(DAY), short.rem_euclid(DAY)),
            Err(_) => {
                let days = i64::try_from(microseconds.div_euclid(DAY as i128)).ok()?;
                (days, microseconds.rem_euclid(DAY as i128) as i64)
            }
        };
        let days = i32::try_from(days).ok()?;
        Some(Delta { days, seconds: (rest / SECOND) as i32, microseconds: (rest % SECOND) as i32 })
    }

    /// Is it within a day of zero, as offsets of time zones must be?
    pub fn is_offset(self) -> bool {
        self.days == 0 || self.days == -1 && self != Delta { days: -1, seconds: 0, microseconds: 0 }
    }
}

/// A timedelta; OverflowError where it is out of range.
pub fn delta_value(vm: &Vm, class: Ref<TypeObj>, delta: Delta) -> Result<Value, Raised> {
    if !(-MAX_DELTA_DAYS..=MAX_DELTA_DAYS).contains(&(delta.days as i64)) {
        let text = format!("days={}; must have magnitude <= {MAX_DELTA_DAYS}", delta.days);
        return Err(vm.overflow_error(text));
    }
    Ok(vm.native(class, delta).value())
}

/// A timedelta of class timedelta itself.
pub fn new_delta(vm: &Vm, delta: Delta) -> Result<Value, Raised> {
    delta_value(vm, vm.types[TypeId::TimeDelta], delta)
}

/// A timedelta of so many microseconds.
pub fn delta_of_total(vm: &Vm, microseconds: i128) -> Result<Value, Raised> {
    match Delta::of_total(microseconds) {
        Some(delta) => new_delta(vm, delta),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

/// The time span of a timedelta.
#[inline]
pub fn as_delta(vm: &Vm, value: Value) -> Option<Delta> {
    vm.as_native::<Delta>(value).map(|delta| **delta)
}

/// Year, month and day must be those of a day in the range.
pub fn check_day(vm: &Vm, year: i64, month: i64, day: i64) -> Result<Day, Raised> {
    if !(MIN_YEAR as i64..=MAX_YEAR as i64).contains(&year) {
        return Err(year_error(vm, year));
    }
    if !(1..=12).contains(&month) {
        return Err(vm.value_error(format!("month must be in 1..12, not {month}")));
    }
    let days = days_in_month(year as i32, month as u8);
    if !(1..=days as i64).contains(&day) {
        let text = format!("day {day} must be in range 1..{days} for month {month} in year {year}");
        return Err(vm.value_error(text));
    }
    Ok(Day { year: year as i32, month: month as u8, day: day as u8 })
}

/// The error for a year out of range.
#[cold]
pub fn year_error(vm: &Vm, year: i64) -> Raised {
    vm.value_error(format!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}"))
}

/// Hour, minute, second and microsecond must be in their ranges.
pub fn check_clock(vm: &Vm, hour: i64, minute: i64, second: i64, microsecond: i64) -> Result<Clock, Raised> {
    let parts =
        [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59), ("microsecond", microsecond, 999_999)];
    for (name, value, last) in parts {
        if !(0..=last).contains(&value) {
            return Err(vm.value_error(format!("{name} must be in 0..{last}, not {value}")));
        }
    }
    Ok(Clock { hour: hour as u8, minute: minute as u8, second: second as u8, microsecond: microsecond as u32 })
}

/// `fold` must be 0 or 1.
pub fn check_fold(vm: &Vm, fold: i64) -> Result<bool, Raised> {
    match fold {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(vm.value_error(format!("fold must be either 0 or 1, not {fold}"))),
    }
}

/// Is it a tzinfo?
pub fn is_tzinfo(vm: &Vm, value: Value) -> bool {
    vm.is_a(value, TypeId::TzInfo)
}

/// An argument must be None or a tzinfo.
pub fn check_tzinfo(vm: &Vm, value: Value) -> Result<(), Raised> {
    if value.is_none() || is_tzinfo(vm, value) {
        return Ok(());
    }
    let name = crate::support::class_name(vm, value);
    Err(vm.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{name}'")))
}

/// A date of class date itself.
pub fn new_date(vm: &Vm, day: Day) -> Value {
    vm.native(vm.types[TypeId::Date], Date { day }).value()
}

/// A date of a class, which is called where it is a subclass.
pub fn date_of(vm: &Vm, class: Ref<TypeObj>, day: Day) -> Result<Value, Raised> {
    if class == vm.types[TypeId::Date] {
        let day = check_day(vm, day.year as i64, day.month as i64, day.day as i64)?;
        return Ok(new_date(vm, day));
    }
    if class == vm.types[TypeId::DateTime] {
        let day = check_day(vm, day.year as i64, day.month as i64, day.day as i64)?;
        return Ok(new_datetime(vm, day, Clock::default(), Value::NONE, false));
    }
    vm.call(class.value(), &[vm.int(day.year as i64), vm.int(day.month as i64), vm.int(day.day as i64)])
}

/// A time of class time itself.
pub fn new_time(vm: &Vm, clock: Clock, tzinfo: Value, fold: bool) -> Value {
    raw_time(vm, vm.types[TypeId::Time], clock, tzinfo, fold)
}

/// A time of a class, which is not called.
pub fn raw_time(vm: &Vm, class: Ref<TypeObj>, clock: Clock, tzinfo: Value, fold: bool) -> Value {
    vm.native(class, Time { clock, fold, tzinfo: Field::new(tzinfo), hash: Cell::new(-1) }).value()
}

/// A time of a class, which is called where it is a subclass.
pub fn time_of(vm: &Vm, class: Ref<TypeObj>, clock: Clock, tzinfo: Value, fold: bool) -> Result<Value, Raised> {
    if class == vm.types[TypeId::Time] {
        return Ok(new_time(vm, clock, tzinfo, fold));
    }
    let [hour, minute, second, microsecond] = clock_values(vm, clock);
    let args = [hour, minute, second, microsecond, tzinfo];
    if fold {
        return vm.call_keywords(class.value(), &args, &[("fold", Value::small(1))]);
    }
    vm.call(class.value(), &args)
}

/// A datetime of class datetime itself.
pub fn new_datetime(vm: &Vm, day: Day, clock: Clock, tzinfo: Value, fold: bool) -> Value {
    raw_datetime(vm, vm.types[TypeId::DateTime], day, clock, tzinfo, fold)
}

/// A datetime of a class, which is not called.
pub fn raw_datetime(vm: &Vm, class: Ref<TypeObj>, day: Day, clock: Clock, tzinfo: Value, fold: bool) -> Value {
    vm.native(class, DateTime { day, clock, fold, tzinfo: Field::new(tzinfo), hash: Cell::new(-1) }).value()
}

/// A datetime of a class, which is called where it is a subclass.
pub fn datetime_of(
    vm: &Vm,
    class: Ref<TypeObj>,
    day: Day,
    clock: Clock,
    tzinfo: Value,
    fold: bool,
) -> Result<Value, Raised> {
    if class == vm.types[TypeId::DateTime] {
        let day = check_day(vm, day.year as i64, day.month as i64, day.day as i64)?;
        return Ok(new_datetime(vm, day, clock, tzinfo, fold));
    }
    let [hour, minute, second, microsecond] = clock_values(vm, clock);
    let (year, month, day) = (vm.int(day.year as i64), vm.int(day.month as i64), vm.int(day.day as i64));
    let args = [year, month, day, hour, minute, second, microsecond, tzinfo];
    if fold {
        return vm.call_keywords(class.value(), &args, &[("fold", Value::small(1))]);
    }
    vm.call(class.value(), &args)
}

fn clock_values(vm: &Vm, clock: Clock) -> [Value; 4] {
    [clock.hour as i64, clock.minute as i64, clock.second as i64, clock.microsecond as i64].map(|part| vm.int(part))
}

/// The day of a date or a datetime.
#[inline]
pub fn as_day(vm: &Vm, value: Value) -> Option<Day> {
    match vm.as_native::<Date>(value) {
        Some(date) => Some(date.day),
        None => vm.as_native::<DateTime>(value).map(|datetime| datetime.day),
    }
}

/// The day of a receiver that is a date or a datetime.
#[inline]
pub fn this_day(vm: &Vm, this: Value) -> Result<Day, Raised> {
    as_day(vm, this).ok_or_else(|| wrong_receiver(vm, this))
}

/// The datetime that a value is.
#[inline]
pub fn as_datetime(vm: &Vm, value: Value) -> Option<Ref<Native<DateTime>>> {
    vm.as_native::<DateTime>(value)
}

/// The moment of a datetime in microseconds since the day before 0001-01-01, its offset from UTC left aside.
pub fn moment(datetime: &DateTime) -> i64 {
    (datetime.day.ordinal() * DAY_SECONDS + datetime.clock.seconds()) * SECOND + datetime.clock.microsecond as i64
}

/// The day and the time of a moment as [`moment`] gives it; None where it is out of range.
pub fn of_moment(moment: i128) -> Option<(Day, Clock)> {
    const DAY: i64 = DAY_SECONDS * SECOND;
    // All moments in range fit.
    let moment = i64::try_from(moment).ok()?;
    let ordinal = moment.div_euclid(DAY);
    if !(1..=MAX_ORDINAL).contains(&ordinal) {
        return None;
    }
    Some((Day::of_ordinal(ordinal), Clock::of_microseconds(moment.rem_euclid(DAY))))
}

/// The error for days out of range.
#[cold]
pub fn out_of_range(vm: &Vm) -> Raised {
    vm.overflow_error("date value out of range")
}
