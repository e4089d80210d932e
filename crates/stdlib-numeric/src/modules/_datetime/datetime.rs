//! `datetime`: the class, its fields and methods.

use super::calendar::{Clock, Day};
use super::date::{ctime_text, day_state, part_or, push_day, struct_time};
use super::datetime_arith::{add, compare, hash, subtract};
use super::datetime_make as make;
use super::iso_text::{clock_parts, push_clock};
use super::offset::{dst, tzname, utcoffset, utcoffset_text};
use super::time::clock_state;
use super::values::{
    DateTime, Delta, as_datetime, as_delta, check_clock, check_day, check_fold, check_tzinfo, datetime_of, moment,
    new_date, new_time, of_moment, out_of_range, raw_datetime,
};
use crate::support::{Binding, class_name, data, reduced, split_first};
use base::text::Wtf8Buf;
use object::layout::native::Native;
use object::{Args, GetSet, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, Value, Vm, native_ref, natives, type_flags};

/// The class.
pub static DATETIME: TypeDef = TypeDef {
    id: Some(TypeId::DateTime),
    name: "datetime",
    module: "datetime",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\n\
          The year, month and day arguments are required. tzinfo may be None, or an\n\
          instance of a tzinfo subclass. The remaining arguments may be ints.\n",
    slots: &[
        Slot::repr(repr),
        Slot::str(str),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::add(add),
        Slot::subtract(subtract),
    ],
    methods: &[make::METHODS, METHODS],
    getset: &[
        GetSet { name: "hour", get: |vm, this| field(vm, this, |clock| clock.hour as i64), ..PLAIN },
        GetSet { name: "minute", get: |vm, this| field(vm, this, |clock| clock.minute as i64), ..PLAIN },
        GetSet { name: "second", get: |vm, this| field(vm, this, |clock| clock.second as i64), ..PLAIN },
        GetSet { name: "microsecond", get: |vm, this| field(vm, this, |clock| clock.microsecond as i64), ..PLAIN },
        GetSet { name: "tzinfo", get: |vm, this| Ok(datetime(vm, this)?.tzinfo.get()), ..PLAIN },
        GetSet { name: "fold", get: |vm, this| Ok(vm.int(datetime(vm, this)?.fold as i64)), ..PLAIN },
    ],
    new: Some(native_ref!("datetime(...)" -> make::new)),
    ..TypeDef::DEFAULT
};

const PLAIN: GetSet = GetSet { name: "", get: |_, _| Ok(Value::NONE), set: None, doc: "", is_member: false };

natives! { static METHODS: {
    /// Return date object with same year, month and day.
    "date($self, /)" => date;
    /// Return time object with same time but with tzinfo=None.
    "time($self, /)" => time;
    /// Return time object with same time and tzinfo.
    "timetz($self, /)" => timetz;
    /// Return ctime() style string.
    "ctime($self, /)" => ctime;
    /// Return time tuple, compatible with time.localtime().
    "timetuple($self, /)" => timetuple;
    /// Return POSIX timestamp as float.
    "timestamp($self, /)" => timestamp;
    /// Return UTC time tuple, compatible with time.localtime().
    "utctimetuple($self, /)" => utctimetuple;
    /// [sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    /// sep is used to separate the year from the time, and defaults to 'T'.
    /// The optional argument timespec specifies the number of additional terms of the time to include. Valid options are
    /// 'auto', 'hours', 'minutes', 'seconds', 'milliseconds' and 'microseconds'.
    "isoformat(...)" -> isoformat;
    /// Return self.tzinfo.utcoffset(self).
    "utcoffset($self, /)" => datetime_utcoffset;
    /// Return self.tzinfo.tzname(self).
    "tzname($self, /)" => datetime_tzname;
    /// Return self.tzinfo.dst(self).
    "dst($self, /)" => datetime_dst;
    /// Return datetime with new specified fields.
    "replace($self, /, year=<unchanged>, month=<unchanged>, day=<unchanged>, hour=<unchanged>, minute=<unchanged>, second=<unchanged>, microsecond=<unchanged>, tzinfo=<unchanged>, *, fold=<unchanged>)" => replace;
    /// The same as replace().
    "__replace__($self, /, year=<unchanged>, month=<unchanged>, day=<unchanged>, hour=<unchanged>, minute=<unchanged>, second=<unchanged>, microsecond=<unchanged>, tzinfo=<unchanged>, *, fold=<unchanged>)" => replace;
    /// tz -> convert to local time in new timezone tz
    "astimezone($self, /, tz=None)" => astimezone;
    /// __reduce_ex__(proto) -> (cls, state)
    "__reduce_ex__($self, protocol, /)" => reduce_ex;
    /// __reduce__() -> (cls, state)
    "__reduce__($self, /)" => reduce;
}}

/// The receiver.
pub fn datetime(vm: &Vm, this: Value) -> Result<Ref<Native<DateTime>>, Raised> {
    data::<DateTime>(vm, this)
}

fn field(vm: &Vm, this: Value, get: fn(Clock) -> i64) -> R {
    Ok(vm.int(get(datetime(vm, this)?.clock)))
}

fn date(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(new_date(vm, datetime(vm, *this)?.day))
}

fn time(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = datetime(vm, *this)?;
    Ok(new_time(vm, this.clock, Value::NONE, this.fold))
}

fn timetz(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = datetime(vm, *this)?;
    Ok(new_time(vm, this.clock, this.tzinfo.get(), this.fold))
}

fn ctime(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = datetime(vm, *this)?;
    Ok(vm.str(&ctime_text(this.day, this.clock.hour, this.clock.minute, this.clock.second)).value())
}

fn timetuple(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = datetime(vm, *this)?;
    let shift = dst(vm, data.tzinfo.get(), *this)?;
    let is_dst = as_delta(vm, shift).map_or(-1, |shift| (shift != Delta::ZERO) as i64);
    struct_time(vm, data.day, data.clock, is_dst)
}

fn utctimetuple(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = datetime(vm, *this)?;
    let offset = utcoffset(vm, data.tzinfo.get(), *this)?;
    match as_delta(vm, offset) {
        None => struct_time(vm, data.day, data.clock, 0),
        Some(offset) => match of_moment(moment(&data) as i128 - offset.total()) {
            Some((day, clock)) => struct_time(vm, day, clock, 0),
            None => Err(out_of_range(vm)),
        },
    }
}

fn timestamp(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = datetime(vm, *this)?;
    if !data.tzinfo.get().is_none() {
        let offset = utcoffset(vm, data.tzinfo.get(), *this)?;
        let Some(offset) = as_delta(vm, offset) else {
            return Err(vm.type_error("can't subtract offset-naive and offset-aware datetimes"));
        };
        const EPOCH: i128 = super::calendar::EPOCH_ORDINAL as i128 * 86_400_000_000;
        let total = moment(&data) as i128 - offset.total() - EPOCH;
        return Ok(vm.float(super::delta::seconds_of(total)));
    }
    let fields = super::clock::Fields { day: data.day, clock: data.clock };
    let seconds = super::clock::from_local(vm, &fields, data.fold)?;
    Ok(vm.float(seconds as f64 + data.clock.microsecond as f64 / 1e6))
}

const ISOFORMAT: Binding = Binding { name: "isoformat", params: &["sep", "timespec"], positional: 2, required: 0 };

/// The text of `isoformat`.
fn iso_text(vm: &Vm, this: Value, separator: u32, timespec: Value) -> R {
    let data = datetime(vm, this)?;
    let mut day = String::with_capacity(36);
    push_day(&mut day, data.day);
    let mut rest = String::with_capacity(24);
    push_clock(vm, &mut rest, data.clock, timespec, 2)?;
    if !data.tzinfo.get().is_none() {
        rest.push_str(&utcoffset_text(vm, data.tzinfo.get(), this, ":")?);
    }
    if let Some(separator) = char::from_u32(separator) {
        day.push(separator);
        day.push_str(&rest);
        return Ok(vm.str(&day).value());
    }
    let mut out = Wtf8Buf::from_string(day);
    out.push_code_point(separator);
    out.push_str(&rest);
    Ok(vm.str_wtf8(&out).value())
}

fn isoformat(vm: &Vm, args: Args) -> R {
    let (this, args) = split_first(vm, args)?;
    let [separator, timespec] = ISOFORMAT.bind(vm, args)?;
    let separator = match separator.bound() {
        None => 'T' as u32,
        Some(value) => match vm.as_str(value) {
            Some(text) if text.len() == 1 => text.char_at(vm, 0),
            Some(text) => {
                let len = text.len();
                return Err(vm.type_error(format!(
                    "isoformat() argument 1 must be a unicode character, not a string of length {len}"
                )));
            }
            None => {
                let class = class_name(vm, value);
                let text = format!("isoformat() argument 1 must be a unicode character, not {class}");
                return Err(vm.type_error(text));
            }
        },
    };
    iso_text(vm, this, separator, timespec)
}

fn str(vm: &Vm, this: Value) -> R {
    if vm.is_exactly(this, TypeId::DateTime) {
        return iso_text(vm, this, ' ' as u32, Value::UNBOUND);
    }
    vm.call_method_str(this, "isoformat", &[vm.str(" ").value()])
}

fn repr(vm: &Vm, this: Value) -> R {
    let data = datetime(vm, this)?;
    let (Day { year, month, day }, clock) = (data.day, data.clock);
    let mut out = Wtf8Buf::from_str(&class_name(vm, this));
    out.push_str(&format!("({year}, {month}, {day}, {}, {}", clock.hour, clock.minute));
    if clock.microsecond != 0 {
        out.push_str(&format!(", {}, {}", clock.second, clock.microsecond));
    } else if clock.second != 0 {
        out.push_str(&format!(", {}", clock.second));
    }
    if data.fold {
        out.push_str(", fold=1");
    }
    if !data.tzinfo.get().is_none() {
        out.push_str(", tzinfo=");
        out.push_wtf8(vm.repr(data.tzinfo.get())?.text());
    }
    out.push_str(")");
    Ok(vm.str_wtf8(&out).value())
}

fn datetime_utcoffset(vm: &Vm, [this]: &[Value; 1]) -> R {
    utcoffset(vm, datetime(vm, *this)?.tzinfo.get(), *this)
}

fn datetime_tzname(vm: &Vm, [this]: &[Value; 1]) -> R {
    tzname(vm, datetime(vm, *this)?.tzinfo.get(), *this)
}

fn datetime_dst(vm: &Vm, [this]: &[Value; 1]) -> R {
    dst(vm, datetime(vm, *this)?.tzinfo.get(), *this)
}

fn replace(vm: &Vm, [this, given @ ..]: &[Value; 10]) -> R {
    let old = datetime(vm, *this)?;
    let year = part_or(vm, given[0], old.day.year as i64)?;
    let month = part_or(vm, given[1], old.day.month as i64)?;
    let day = part_or(vm, given[2], old.day.day as i64)?;
    let [hour, minute, second, microsecond] = clock_parts(vm, &given[3..7], old.clock)?;
    let tzinfo = given[7].bound().unwrap_or(old.tzinfo.get());
    let fold = part_or(vm, given[8], old.fold as i64)?;
    let class = vm.type_of(*this);
    if class == vm.types[TypeId::DateTime] {
        let day = check_day(vm, year, month, day)?;
        let clock = check_clock(vm, hour, minute, second, microsecond)?;
        let fold = check_fold(vm, fold)?;
        check_tzinfo(vm, tzinfo)?;
        return Ok(raw_datetime(vm, class, day, clock, tzinfo, fold));
    }
    let parts = [year, month, day, hour, minute, second, microsecond].map(|part| vm.int(part));
    let args = [parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], tzinfo];
    if fold != 0 {
        return vm.call_keywords(class.value(), &args, &[("fold", vm.int(fold))]);
    }
    vm.call(class.value(), &args)
}

/// A datetime so many microseconds later, of the same class and tzinfo.
pub fn add_delta(vm: &Vm, this: Value, microseconds: i128) -> R {
    let data = datetime(vm, this)?;
    match of_moment(moment(&data) as i128 + microseconds) {
        Some((day, clock)) => datetime_of(vm, vm.type_of(this), day, clock, data.tzinfo.get(), false),
        None => Err(out_of_range(vm)),
    }
}

/// The timezone of the system for a datetime that has none.
fn zone_of_local(vm: &Vm, data: &DateTime) -> R {
    let fields = super::clock::Fields { day: data.day, clock: data.clock };
    let mut seconds = super::clock::from_local(vm, &fields, data.fold)?;
    // In a gap the offset is taken that the fold asks for.
    let other = super::clock::from_local(vm, &fields, !data.fold)?;
    if other != seconds && (other > seconds) == data.fold {
        seconds = other;
    }
    super::clock::local_zone(vm, seconds)
}

fn astimezone(vm: &Vm, [this, zone]: &[Value; 2]) -> R {
    check_tzinfo(vm, *zone)?;
    let data = datetime(vm, *this)?;
    let mut own = data.tzinfo.get();
    if own.is_none() {
        own = zone_of_local(vm, &data)?;
    }
    if own == *zone {
        return Ok(*this);
    }
    let mut offset = utcoffset(vm, own, *this)?;
    if offset.is_none() {
        own = zone_of_local(vm, &data)?;
        if own == *zone {
            return Ok(*this);
        }
        offset = utcoffset(vm, own, *this)?;
    }
    let Some(offset) = as_delta(vm, offset) else { return Err(vm.type_error("an offset is a timedelta")) };
    let result = add_delta(vm, *this, -offset.total())?;
    let Some(result) = as_datetime(vm, result) else { return Err(vm.type_error("a datetime is needed")) };
    let zone = if zone.is_none() {
        let seconds = moment(&result).div_euclid(super::calendar::SECOND);
        super::clock::local_zone(vm, seconds - super::calendar::EPOCH_ORDINAL * super::calendar::DAY_SECONDS)?
    } else {
        *zone
    };
    // Shown in UTC, yet with the new tzinfo, which makes local time of it.
    let class = vm.type_of(result.value());
    let utc = raw_datetime(vm, class, result.day, result.clock, zone, result.fold);
    vm.call_method_str(zone, "fromutc", &[utc])
}

fn reduce_with(vm: &Vm, this: Value, with_fold: bool) -> R {
    let data = datetime(vm, this)?;
    let mut state = [0; 10];
    state[..4].copy_from_slice(&day_state(data.day));
    state[4..].copy_from_slice(&clock_state(data.clock));
    if with_fold && data.fold {
        state[2] |= 0x80;
    }
    let args = [vm.bytes(&state).value(), data.tzinfo.get()];
    let count = if data.tzinfo.get().is_none() { 1 } else { 2 };
    reduced(vm, vm.type_of(this).value(), &args[..count])
}

fn reduce_ex(vm: &Vm, [this, protocol]: &[Value; 2]) -> R {
    let protocol = vm.index_i32(*protocol)?;
    reduce_with(vm, *this, protocol > 3)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    reduce_with(vm, *this, false)
}
