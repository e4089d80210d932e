//! `date`

use super::calendar::{Day, IsoError, MAX_ORDINAL, of_iso};
use super::strftime::{format, format_arg, wrap_strftime};
use super::values::{
    Date, as_datetime, as_day, as_delta, check_day, date_of, new_date, new_delta, out_of_range, this_day, year_error,
};
use super::values::{DateTime, Delta};
use crate::support::{Binding, class_arg, class_name, data, reduced, split_first};
use bytecode::CompareOperator;
use object::arguments::Rounding;
use object::ops::ordering_matches;
use object::{
    Args, GetSet, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, Vm, native_ref, natives, type_flags,
};

/// The class.
pub static DATE: TypeDef = TypeDef {
    id: Some(TypeId::Date),
    name: "date",
    module: "datetime",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "date(year, month, day) --> date object",
    slots: &[
        Slot::repr(repr),
        Slot::str(str),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::add(add),
        Slot::subtract(subtract),
    ],
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "year",
            get: |vm, this| Ok(vm.int(this_day(vm, this)?.year as i64)),
            set: None,
            doc: "",
            is_member: false,
        },
        GetSet {
            name: "month",
            get: |vm, this| Ok(vm.int(this_day(vm, this)?.month as i64)),
            set: None,
            doc: "",
            is_member: false,
        },
        GetSet {
            name: "day",
            get: |vm, this| Ok(vm.int(this_day(vm, this)?.day as i64)),
            set: None,
            doc: "",
            is_member: false,
        },
    ],
    new: Some(native_ref!("date(...)" -> new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Create a date from a POSIX timestamp.
    ///
    /// The timestamp is a number, e.g. created via time.time(), that is interpreted as local time.
    "fromtimestamp($type, timestamp, /)" => fromtimestamp [class];
    /// int -> date corresponding to a proleptic Gregorian ordinal.
    "fromordinal($type, ordinal, /)" => fromordinal [class];
    /// str -> Construct a date from a string in ISO 8601 format.
    "fromisoformat($type, object, /)" => fromisoformat [class];
    /// int, int, int -> Construct a date from the ISO year, week number and weekday.
    ///
    /// This is the inverse of the date.isocalendar() function
    "fromisocalendar(...)" -> fromisocalendar [class];
    /// string, format -> new date parsed from a string (like time.strptime()).
    "strptime($type, string, format, /)" => strptime [class];
    /// Current date or datetime:  same as self.__class__.fromtimestamp(time.time()).
    "today($type, /)" => today [class];
    /// Return ctime() style string.
    "ctime($self, /)" => ctime;
    /// format -> strftime() style string.
    "strftime(...)" -> strftime;
    /// Formats self with strftime.
    "__format__($self, format, /)" => format;
    /// Return time tuple, compatible with time.localtime().
    "timetuple($self, /)" => timetuple;
    /// Return a named tuple containing ISO year, week number, and weekday.
    "isocalendar($self, /)" => isocalendar;
    /// Return string in ISO 8601 format, YYYY-MM-DD.
    "isoformat($self, /)" => isoformat;
    /// Return the day of the week represented by the date.
    /// Monday == 1 ... Sunday == 7
    "isoweekday($self, /)" => isoweekday [leaf];
    /// Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1.
    "toordinal($self, /)" => toordinal [leaf];
    /// Return the day of the week represented by the date.
    /// Monday == 0 ... Sunday == 6
    "weekday($self, /)" => weekday [leaf];
    /// Return date with new specified fields.
    "replace($self, /, year=<unchanged>, month=<unchanged>, day=<unchanged>)" => replace;
    /// The same as replace().
    "__replace__($self, /, year=<unchanged>, month=<unchanged>, day=<unchanged>)" => replace;
    /// __reduce__() -> (cls, state)
    "__reduce__($self, /)" => reduce;
}}

/// An int argument of a date or time.
pub fn part(vm: &Vm, value: Value) -> Result<i64, Raised> {
    match value.as_small() {
        Some(int) if i32::try_from(int).is_ok() => Ok(int),
        _ => vm.index_i32(value).map(i64::from),
    }
}

/// An int argument, or what stands for it where it is not given.
pub fn part_or(vm: &Vm, value: Value, otherwise: i64) -> Result<i64, Raised> {
    if value.is_unbound() { Ok(otherwise) } else { part(vm, value) }
}

/// The state that the only argument of a class holds when it unpickles an object: `len` bytes, or a string of as many
/// characters as Python 2 wrote it. `is_sane` looks at the bytes.
pub fn pickled<const N: usize>(
    vm: &Vm,
    state: Value,
    what: &str,
    is_sane: fn(&[u8; N]) -> bool,
) -> Result<Option<[u8; N]>, Raised> {
    if let Some(bytes) = vm.as_bytes(state) {
        return Ok(<[u8; N]>::try_from(bytes.as_slice()).ok().filter(is_sane));
    }
    let Some(text) = vm.as_str(state).filter(|text| text.len() == N) else { return Ok(None) };
    let mut bytes = [0; N];
    let mut is_latin1 = true;
    for (byte, char) in bytes.iter_mut().zip(text.text().chars()) {
        is_latin1 &= char < 0x100;
        *byte = char as u8;
    }
    if !is_sane(&bytes) {
        return Ok(None);
    }
    if !is_latin1 {
        return Err(vm.value_error(format!(
            "Failed to encode latin1 string when unpickling a {what} object. \
             pickle.load(data, encoding='latin1') is assumed."
        )));
    }
    Ok(Some(bytes))
}

const NEW: Binding = Binding { name: "", params: &["year", "month", "day"], positional: 3, required: 3 };

fn new(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let class = class_arg(vm, class)?;
    if args.count() == 1
        && args.keyword_count() == 0
        && let Some(state) = pickled::<4>(vm, args.args[0], "date", |state| (1..=12).contains(&state[2]))?
    {
        let year = i32::from(u16::from_be_bytes([state[0], state[1]]));
        return Ok(vm.native(class, Date { day: Day { year, month: state[2], day: state[3] } }).value());
    }
    let [year, month, day] = NEW.bind(vm, args)?;
    let day = check_day(vm, part(vm, year)?, part(vm, month)?, part(vm, day)?)?;
    Ok(vm.native(class, Date { day }).value())
}

fn fromtimestamp(vm: &Vm, [class, timestamp]: &[Value; 2]) -> R {
    let seconds = vm.to_time_t(*timestamp, Rounding::Floor)?;
    let local = super::clock::local_fields(vm, seconds)?;
    date_of(vm, class_arg(vm, *class)?, local.day)
}

fn fromordinal(vm: &Vm, [class, ordinal]: &[Value; 2]) -> R {
    let ordinal = part(vm, *ordinal)?;
    if ordinal < 1 {
        return Err(vm.value_error("ordinal must be >= 1"));
    }
    date_of(vm, class_arg(vm, *class)?, Day::of_ordinal(ordinal))
}

fn fromisoformat(vm: &Vm, [class, text]: &[Value; 2]) -> R {
    let Some(string) = vm.as_str(*text) else {
        return Err(vm.type_error("fromisoformat: argument must be str"));
    };
    match super::parse::date(string.as_bytes()) {
        Some((year, month, day)) => {
            date_of(vm, class_arg(vm, *class)?, check_day(vm, year as i64, month as i64, day as i64)?)
        }
        None => Err(invalid_iso(vm, *text)),
    }
}

/// The ValueError for a string that is not in an ISO 8601 format.
#[cold]
pub fn invalid_iso(vm: &Vm, text: Value) -> Raised {
    match vm.repr(text) {
        Ok(shown) => {
            let mut message = base::text::Wtf8Buf::from_str("Invalid isoformat string: ");
            message.push_wtf8(shown.text());
            vm.raise_type(vm.types[TypeId::ValueError], &[vm.str_wtf8(&message).value()])
        }
        Err(raised) => raised,
    }
}

const FROM_ISO_CALENDAR: Binding =
    Binding { name: "fromisocalendar", params: &["year", "week", "day"], positional: 3, required: 3 };

fn fromisocalendar(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let given: [Value; 3] = FROM_ISO_CALENDAR.bind(vm, args)?;
    let mut parts = [0; 3];
    for (out, value) in parts.iter_mut().zip(given) {
        *out = match part(vm, value) {
            Ok(int) => int,
            Err(raised) => {
                vm.catch(raised, TypeId::OverflowError)?;
                return Err(vm.value_error("ISO calendar component out of range"));
            }
        };
    }
    let [year, week, weekday] = parts;
    match of_iso(year, week, weekday) {
        Ok(day) => date_of(vm, class_arg(vm, class)?, day),
        Err(IsoError::Year) => Err(year_error(vm, year)),
        Err(IsoError::Week) => Err(vm.value_error(format!("Invalid week: {week}"))),
        Err(IsoError::Weekday) => Err(vm.value_error(format!("Invalid weekday: {weekday} (range is [1, 7])"))),
    }
}

/// `strptime` by a function of the module `_strptime`.
pub fn strptime_by(vm: &Vm, function: &str, class: Value, string: Value, format: Value) -> R {
    for (index, argument) in [string, format].into_iter().enumerate() {
        if vm.as_str(argument).is_none() {
            let name = class_name(vm, argument);
            return Err(vm.type_error(format!("strptime() argument {} must be str, not {name}", index + 1)));
        }
    }
    let function = vm.import_from("_strptime", function)?;
    vm.call(function, &[class, string, format])
}

fn strptime(vm: &Vm, [class, string, format]: &[Value; 3]) -> R {
    strptime_by(vm, "_strptime_datetime_date", *class, *string, *format)
}

fn today(vm: &Vm, [class]: &[Value; 1]) -> R {
    if *class == vm.types[TypeId::Date].value() {
        let local = super::clock::local_fields(vm, super::clock::now().0)?;
        return Ok(new_date(vm, local.day));
    }
    let time = vm.import_from("time", "time")?;
    let now = vm.call(time, &[])?;
    vm.call_method_str(*class, "fromtimestamp", &[now])
}

const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTH_NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The text of `ctime`.
pub fn ctime_text(day: Day, hour: u8, minute: u8, second: u8) -> String {
    let weekday = DAY_NAMES[day.weekday() as usize];
    let month = MONTH_NAMES[(day.month as usize + 11) % 12];
    format!("{weekday} {month} {:2} {hour:02}:{minute:02}:{second:02} {:04}", day.day, day.year)
}

fn ctime(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.str(&ctime_text(this_day(vm, *this)?, 0, 0, 0)).value())
}

fn strftime(vm: &Vm, args: Args) -> R {
    let (this, args) = split_first(vm, args)?;
    this_day(vm, this)?;
    let format = format_arg(vm, args)?;
    let tuple = vm.call_method_str(this, "timetuple", &[])?;
    wrap_strftime(vm, this, format, tuple, this)
}

/// `time.struct_time` of a day and a time.
pub fn struct_time(vm: &Vm, day: Day, clock: super::calendar::Clock, is_dst: i64) -> R {
    let class = vm.import_from("time", "struct_time")?;
    let (weekday, of_year) = (day.weekday(), day.day_of_year());
    let fields = [
        day.year as i64,
        day.month as i64,
        day.day as i64,
        clock.hour as i64,
        clock.minute as i64,
        clock.second as i64,
        weekday,
        of_year,
        is_dst,
    ];
    let fields = fields.map(|field| vm.int(field));
    vm.call(class, &[vm.tuple(&fields).value()])
}

fn timetuple(vm: &Vm, [this]: &[Value; 1]) -> R {
    struct_time(vm, this_day(vm, *this)?, Default::default(), -1)
}

fn isocalendar(vm: &Vm, [this]: &[Value; 1]) -> R {
    let (year, week, weekday) = this_day(vm, *this)?.iso();
    super::iso_date::new_iso_date(vm, [vm.int(year as i64), vm.int(week), vm.int(weekday)])
}

/// `YYYY-MM-DD`
pub fn push_day(out: &mut String, day: Day) {
    let digits = |number: i32| (b'0' + (number % 10) as u8) as char;
    for divisor in [1000, 100, 10, 1] {
        out.push(digits(day.year / divisor));
    }
    for part in [day.month as i32, day.day as i32] {
        out.push('-');
        out.push(digits(part / 10));
        out.push(digits(part));
    }
}

fn isoformat(vm: &Vm, [this]: &[Value; 1]) -> R {
    let mut out = String::with_capacity(10);
    push_day(&mut out, this_day(vm, *this)?);
    Ok(vm.str(&out).value())
}

fn str(vm: &Vm, this: Value) -> R {
    vm.call_method_str(this, "isoformat", &[])
}

fn repr(vm: &Vm, this: Value) -> R {
    let Day { year, month, day } = this_day(vm, this)?;
    Ok(vm.str(&format!("{}({year}, {month}, {day})", class_name(vm, this))).value())
}

fn isoweekday(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(this_day(vm, *this)?.weekday() + 1))
}

fn weekday(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(this_day(vm, *this)?.weekday()))
}

fn toordinal(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(this_day(vm, *this)?.ordinal()))
}

fn replace(vm: &Vm, [this, year, month, day]: &[Value; 4]) -> R {
    let old = data::<Date>(vm, *this)?.day;
    let year = part_or(vm, *year, old.year as i64)?;
    let month = part_or(vm, *month, old.month as i64)?;
    let day = part_or(vm, *day, old.day as i64)?;
    let class = vm.type_of(*this);
    if class == vm.types[TypeId::Date] {
        return Ok(new_date(vm, check_day(vm, year, month, day)?));
    }
    vm.call(class.value(), &[vm.int(year), vm.int(month), vm.int(day)])
}

/// The bytes of a day in a pickle.
pub fn day_state(day: Day) -> [u8; 4] {
    let [high, low] = (day.year as u16).to_be_bytes();
    [high, low, day.month, day.day]
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let state = vm.bytes(&day_state(this_day(vm, *this)?)).value();
    reduced(vm, vm.type_of(*this).value(), &[state])
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Ok(vm.hash_bytes(&day_state(this_day(vm, this)?)))
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    match (vm.as_native::<Date>(a), vm.as_native::<Date>(b)) {
        (Some(a), Some(b)) => Ok(Value::bool(ordering_matches(op, a.day.cmp(&b.day)))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// A day so many days later, as instance of a class.
fn shifted(vm: &Vm, class: Ref<TypeObj>, day: Day, days: i64) -> R {
    let ordinal = day.ordinal() + days;
    if !(1..=MAX_ORDINAL).contains(&ordinal) {
        return Err(out_of_range(vm));
    }
    date_of(vm, class, Day::of_ordinal(ordinal))
}

fn add(vm: &Vm, a: Value, b: Value) -> R {
    if vm.as_native::<DateTime>(a).is_some() || vm.as_native::<DateTime>(b).is_some() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (date, delta) = if as_delta(vm, b).is_some() { (a, b) } else { (b, a) };
    match (as_day(vm, date), as_delta(vm, delta)) {
        (Some(day), Some(delta)) => shifted(vm, vm.type_of(date), day, delta.days as i64),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    if as_datetime(vm, a).is_some() || as_datetime(vm, b).is_some() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let Some(day) = as_day(vm, a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(other) = as_day(vm, b) {
        return new_delta(vm, Delta { days: (day.ordinal() - other.ordinal()) as i32, ..Delta::ZERO });
    }
    match as_delta(vm, b) {
        Some(delta) => shifted(vm, vm.type_of(a), day, -(delta.days as i64)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
