//! `time`

use super::calendar::{Clock, DAY_SECONDS, Day, SECOND};
use super::date::{invalid_iso, part_or, pickled, strptime_by, struct_time};
use super::iso_text::{clock_parts, push_clock};
use super::offset::{dst, tzname, utcoffset, utcoffset_text};
use super::parse::{self, Offset};
use super::strftime::{format, format_arg, wrap_strftime};
use super::values::{Delta, Time, as_delta, check_clock, check_fold, check_tzinfo, is_tzinfo, raw_time, time_of};
use crate::support::{Binding, class_arg, class_name, data, reduced, split_first};
use bytecode::CompareOperator;
use object::layout::native::Native;
use object::ops::ordering_matches;
use object::{Args, GetSet, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, Value, Vm, native_ref, natives, type_flags};

/// The class.
pub static TIME: TypeDef = TypeDef {
    id: Some(TypeId::Time),
    name: "time",
    module: "datetime",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\n\
          All arguments are optional. tzinfo may be None, or an instance of\n\
          a tzinfo subclass. The remaining arguments may be ints.\n",
    slots: &[Slot::repr(repr), Slot::str(str), Slot::hash(hash), Slot::compare(compare)],
    methods: &[METHODS],
    getset: &[
        GetSet { name: "hour", get: |vm, this| field(vm, this, |clock| clock.hour as i64), ..PLAIN },
        GetSet { name: "minute", get: |vm, this| field(vm, this, |clock| clock.minute as i64), ..PLAIN },
        GetSet { name: "second", get: |vm, this| field(vm, this, |clock| clock.second as i64), ..PLAIN },
        GetSet { name: "microsecond", get: |vm, this| field(vm, this, |clock| clock.microsecond as i64), ..PLAIN },
        GetSet { name: "tzinfo", get: |vm, this| Ok(time(vm, this)?.tzinfo.get()), ..PLAIN },
        GetSet { name: "fold", get: |vm, this| Ok(vm.int(time(vm, this)?.fold as i64)), ..PLAIN },
    ],
    new: Some(native_ref!("time(...)" -> new)),
    ..TypeDef::DEFAULT
};

const PLAIN: GetSet = GetSet { name: "", get: |_, _| Ok(Value::NONE), set: None, doc: "", is_member: false };

natives! { static METHODS: {
    /// string, format -> new time parsed from a string (like time.strptime()).
    "strptime($type, string, format, /)" => strptime [class];
    /// Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    ///
    /// The optional argument timespec specifies the number of additional terms of the time to include. Valid options are
    /// 'auto', 'hours', 'minutes', 'seconds', 'milliseconds' and 'microseconds'.
    "isoformat(...)" -> isoformat;
    /// format -> strftime() style string.
    "strftime(...)" -> strftime;
    /// Formats self with strftime.
    "__format__($self, format, /)" => format;
    /// Return self.tzinfo.utcoffset(self).
    "utcoffset($self, /)" => time_utcoffset;
    /// Return self.tzinfo.tzname(self).
    "tzname($self, /)" => time_tzname;
    /// Return self.tzinfo.dst(self).
    "dst($self, /)" => time_dst;
    /// Return time with new specified fields.
    "replace($self, /, hour=<unchanged>, minute=<unchanged>, second=<unchanged>, microsecond=<unchanged>, tzinfo=<unchanged>, *, fold=<unchanged>)" => replace;
    /// The same as replace().
    "__replace__($self, /, hour=<unchanged>, minute=<unchanged>, second=<unchanged>, microsecond=<unchanged>, tzinfo=<unchanged>, *, fold=<unchanged>)" => replace;
    /// string -> time from a string in ISO 8601 format
    "fromisoformat($type, object, /)" => fromisoformat [class];
    /// __reduce_ex__(proto) -> (cls, state)
    "__reduce_ex__($self, protocol, /)" => reduce_ex;
    /// __reduce__() -> (cls, state)
    "__reduce__($self, /)" => reduce;
}}

fn time(vm: &Vm, this: Value) -> Result<Ref<Native<Time>>, Raised> {
    data::<Time>(vm, this)
}

fn field(vm: &Vm, this: Value, get: fn(Clock) -> i64) -> R {
    Ok(vm.int(get(time(vm, this)?.clock)))
}

const NEW: Binding = Binding {
    name: "",
    params: &["hour", "minute", "second", "microsecond", "tzinfo", "fold"],
    positional: 5,
    required: 0,
};

/// A time in the six last bytes of a pickled state; the first bit of the first one may tell a fold.
pub fn clock_of_state(state: [u8; 6]) -> Clock {
    let [hour, minute, second, rest @ ..] = state;
    Clock { hour, minute, second, microsecond: u32::from_be_bytes([0, rest[0], rest[1], rest[2]]) }
}

/// The bytes of a time in a pickle.
pub fn clock_state(clock: Clock) -> [u8; 6] {
    let [_, a, b, c] = clock.microsecond.to_be_bytes();
    [clock.hour, clock.minute, clock.second, a, b, c]
}

/// The second argument of a class that unpickles an object.
pub fn state_tzinfo(vm: &Vm, args: Args) -> Result<Value, Raised> {
    match args.args.get(1) {
        None => Ok(Value::NONE),
        Some(tzinfo) if tzinfo.is_none() || is_tzinfo(vm, *tzinfo) => Ok(*tzinfo),
        Some(_) => Err(vm.type_error("bad tzinfo state arg")),
    }
}

fn new(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let class = class_arg(vm, class)?;
    if matches!(args.count(), 1 | 2)
        && args.keyword_count() == 0
        && let Some(mut state) = pickled::<6>(vm, args.args[0], "time", |state| state[0] & 0x7F < 24)?
    {
        let tzinfo = state_tzinfo(vm, args)?;
        let fold = state[0] & 0x80 != 0;
        state[0] &= 0x7F;
        return Ok(raw_time(vm, class, clock_of_state(state), tzinfo, fold));
    }
    let given: [Value; 6] = NEW.bind(vm, args)?;
    let [hour, minute, second, microsecond] = clock_parts(vm, &given[..4], Clock::default())?;
    let tzinfo = given[4].or_none();
    let fold = part_or(vm, given[5], 0)?;
    let clock = check_clock(vm, hour, minute, second, microsecond)?;
    let fold = check_fold(vm, fold)?;
    check_tzinfo(vm, tzinfo)?;
    Ok(raw_time(vm, class, clock, tzinfo, fold))
}

fn strptime(vm: &Vm, [class, string, format]: &[Value; 3]) -> R {
    strptime_by(vm, "_strptime_datetime_time", *class, *string, *format)
}

const ISOFORMAT: Binding = Binding { name: "isoformat", params: &["timespec"], positional: 1, required: 0 };

fn isoformat(vm: &Vm, args: Args) -> R {
    let (this, args) = split_first(vm, args)?;
    let data = time(vm, this)?;
    let [timespec] = ISOFORMAT.bind(vm, args)?;
    let mut out = String::with_capacity(16);
    push_clock(vm, &mut out, data.clock, timespec, 1)?;
    if !data.tzinfo.get().is_none() {
        out.push_str(&utcoffset_text(vm, data.tzinfo.get(), Value::NONE, ":")?);
    }
    Ok(vm.str(&out).value())
}

fn str(vm: &Vm, this: Value) -> R {
    vm.call_method_str(this, "isoformat", &[])
}

fn repr(vm: &Vm, this: Value) -> R {
    let data = time(vm, this)?;
    let mut out = base::text::Wtf8Buf::from_str(&class_name(vm, this));
    out.push_str(&format!("({}, {}", data.clock.hour, data.clock.minute));
    if data.clock.microsecond != 0 {
        out.push_str(&format!(", {}, {}", data.clock.second, data.clock.microsecond));
    } else if data.clock.second != 0 {
        out.push_str(&format!(", {}", data.clock.second));
    }
    if !data.tzinfo.get().is_none() {
        out.push_str(", tzinfo=");
        out.push_wtf8(vm.repr(data.tzinfo.get())?.text());
    }
    if data.fold {
        out.push_str(", fold=1");
    }
    out.push_str(")");
    Ok(vm.str_wtf8(&out).value())
}

fn strftime(vm: &Vm, args: Args) -> R {
    let (this, args) = split_first(vm, args)?;
    let clock = time(vm, this)?.clock;
    let format = format_arg(vm, args)?;
    let tuple = struct_time(vm, Day { year: 1900, month: 1, day: 1 }, clock, -1)?;
    wrap_strftime(vm, this, format, tuple, Value::NONE)
}

fn time_utcoffset(vm: &Vm, [this]: &[Value; 1]) -> R {
    utcoffset(vm, time(vm, *this)?.tzinfo.get(), Value::NONE)
}

fn time_tzname(vm: &Vm, [this]: &[Value; 1]) -> R {
    tzname(vm, time(vm, *this)?.tzinfo.get(), Value::NONE)
}

fn time_dst(vm: &Vm, [this]: &[Value; 1]) -> R {
    dst(vm, time(vm, *this)?.tzinfo.get(), Value::NONE)
}

fn replace(vm: &Vm, [this, given @ ..]: &[Value; 7]) -> R {
    let old = time(vm, *this)?;
    let [hour, minute, second, microsecond] = clock_parts(vm, &given[..4], old.clock)?;
    let tzinfo = given[4].bound().unwrap_or(old.tzinfo.get());
    let fold = part_or(vm, given[5], old.fold as i64)?;
    let class = vm.type_of(*this);
    if class == vm.types[TypeId::Time] {
        let clock = check_clock(vm, hour, minute, second, microsecond)?;
        let fold = check_fold(vm, fold)?;
        check_tzinfo(vm, tzinfo)?;
        return Ok(raw_time(vm, class, clock, tzinfo, fold));
    }
    let parts = [hour, minute, second, microsecond].map(|part| vm.int(part));
    let args = [parts[0], parts[1], parts[2], parts[3], tzinfo];
    if fold != 0 {
        return vm.call_keywords(class.value(), &args, &[("fold", vm.int(fold))]);
    }
    vm.call(class.value(), &args)
}

/// A parsed time whose hour is 24 must be midnight; tells whether it is.
pub fn is_end_of_day(vm: &Vm, [hour, rest @ ..]: [u32; 4]) -> Result<bool, Raised> {
    if hour == 24 && rest != [0; 3] {
        return Err(vm.value_error("minute, second, and microsecond must be 0 when hour is 24"));
    }
    Ok(hour == 24)
}

/// The clock of a parsed time.
pub fn parsed_clock(vm: &Vm, parts: [u32; 4]) -> Result<Clock, Raised> {
    let [hour, minute, second, microsecond] = parts.map(i64::from);
    check_clock(vm, hour, minute, second, microsecond)
}

/// A parsed offset as timezone or None.
pub fn parsed_zone(vm: &Vm, offset: Offset) -> R {
    match offset {
        Offset::None => Ok(Value::NONE),
        Offset::Microseconds(total) => {
            super::zone::timezone_of(vm, Delta::of_total(total as i128).unwrap_or(Delta::ZERO))
        }
    }
}

fn fromisoformat(vm: &Vm, [class, text]: &[Value; 2]) -> R {
    let Some(string) = vm.as_str(*text) else {
        return Err(vm.type_error("fromisoformat: argument must be str"));
    };
    let bytes = string.as_bytes();
    let bytes = bytes.strip_prefix(b"T").unwrap_or(bytes);
    let Some((parts, offset)) = parse::time(bytes) else { return Err(invalid_iso(vm, *text)) };
    let midnight = is_end_of_day(vm, parts)?;
    let zone = parsed_zone(vm, offset)?;
    let clock = if midnight { Clock::default() } else { parsed_clock(vm, parts)? };
    time_of(vm, class_arg(vm, *class)?, clock, zone, false)
}

fn reduce_with(vm: &Vm, this: Value, with_fold: bool) -> R {
    let data = time(vm, this)?;
    let mut state = clock_state(data.clock);
    if with_fold && data.fold {
        state[0] |= 0x80;
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

/// The hash of bytes that stand for a time that has no offset.
fn plain_hash(vm: &Vm, clock: Clock) -> i64 {
    vm.hash_bytes(&clock_state(clock))
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let data = time(vm, this)?;
    if data.hash.get() != -1 {
        return Ok(data.hash.get());
    }
    let offset = if data.fold && !data.tzinfo.get().is_none() {
        // As if it were the first of the two equal times.
        let first = raw_time(vm, vm.types[TypeId::Time], data.clock, data.tzinfo.get(), false);
        time_utcoffset(vm, &[first])?
    } else {
        time_utcoffset(vm, &[this])?
    };
    let hash = match as_delta(vm, offset) {
        None => plain_hash(vm, data.clock),
        Some(offset) => {
            let total = data.clock.seconds() * SECOND + data.clock.microsecond as i64;
            super::delta::hash_delta(Delta::of_total(total as i128 - offset.total()).unwrap_or(Delta::ZERO))
        }
    };
    data.hash.set(hash);
    Ok(hash)
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(x), Some(y)) = (vm.as_native::<Time>(a), vm.as_native::<Time>(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let plain = || Ok(Value::bool(ordering_matches(op, x.clock.cmp(&y.clock))));
    if x.tzinfo.get() == y.tzinfo.get() {
        return plain();
    }
    let first = utcoffset(vm, x.tzinfo.get(), Value::NONE)?;
    let second = utcoffset(vm, y.tzinfo.get(), Value::NONE)?;
    match (as_delta(vm, first), as_delta(vm, second)) {
        (None, None) => plain(),
        (Some(first), Some(second)) if first == second => plain(),
        (Some(first), Some(second)) => {
            let key = |time: &Time, offset: Delta| {
                // As CPython does it, only the seconds of offsets count.
                let seconds = time.clock.seconds() - offset.days as i64 * DAY_SECONDS - offset.seconds as i64;
                (seconds, time.clock.microsecond)
            };
            Ok(Value::bool(ordering_matches(op, key(&x, first).cmp(&key(&y, second)))))
        }
        _ => match op {
            CompareOperator::Eq => Ok(Value::FALSE),
            CompareOperator::Ne => Ok(Value::TRUE),
            _ => Err(vm.type_error("can't compare offset-naive and offset-aware times")),
        },
    }
}
