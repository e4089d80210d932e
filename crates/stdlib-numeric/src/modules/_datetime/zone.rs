//! `tzinfo` and `timezone`

use super::datetime::add_delta;
use super::offset::{dst, offset_error, offset_text, utcoffset};
use super::values::{DateTime, Delta, TimeZone, TzInfo, as_datetime, as_delta, new_delta};
use crate::support::{Binding, class_arg, class_name, data, split_first};
use base::hash::hash_i64;
use bytecode::CompareOperator;
use object::layout::native::Native;
use object::{Args, Field, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, Value, Vm, native_ref, natives, type_flags};

/// `tzinfo`
pub static TZINFO: TypeDef = TypeDef {
    id: Some(TypeId::TzInfo),
    name: "tzinfo",
    module: "datetime",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "Abstract base class for time zone info objects.",
    methods: &[TZINFO_METHODS],
    new: Some(native_ref!("tzinfo(...)" -> new_tzinfo)),
    ..TypeDef::DEFAULT
};

natives! { static TZINFO_METHODS: {
    /// datetime -> string name of time zone.
    "tzname($self, object, /)" => tzinfo_tzname;
    /// datetime -> timedelta showing offset from UTC, negative values indicating West of UTC
    "utcoffset($self, object, /)" => tzinfo_utcoffset;
    /// datetime -> DST offset as timedelta positive east of UTC.
    "dst($self, object, /)" => tzinfo_dst;
    /// datetime in UTC -> datetime in local time.
    "fromutc($self, object, /)" => tzinfo_fromutc;
    /// -> (cls, state)
    "__reduce__($self, /)" => tzinfo_reduce;
}}

/// `timezone`
pub static TIMEZONE: TypeDef = TypeDef {
    id: Some(TypeId::TimeZone),
    name: "timezone",
    module: "datetime",
    kind: Kind::NATIVE,
    doc: "Fixed offset from UTC implementation of tzinfo.",
    slots: &[Slot::repr(repr), Slot::str(str), Slot::hash(hash), Slot::compare(compare)],
    methods: &[TIMEZONE_METHODS],
    new: Some(native_ref!("timezone(...)" -> new_timezone)),
    ..TypeDef::DEFAULT
};

natives! { static TIMEZONE_METHODS: {
    /// If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'.
    "tzname($self, object, /)" => timezone_tzname;
    /// Return fixed offset.
    "utcoffset($self, object, /)" => timezone_utcoffset;
    /// Return None.
    "dst($self, object, /)" => timezone_dst;
    /// datetime in UTC -> datetime in local time.
    "fromutc($self, object, /)" => timezone_fromutc;
    /// pickle support
    "__getinitargs__($self, /)" => timezone_getinitargs;
}}

fn new_tzinfo(vm: &Vm, args: Args) -> R {
    let (class, _) = split_first(vm, args)?;
    Ok(vm.native(class_arg(vm, class)?, TzInfo).value())
}

fn must_implement(vm: &Vm, name: &str) -> R {
    Err(vm.not_implemented_error(format!("a tzinfo subclass must implement {name}()")))
}

fn tzinfo_tzname(vm: &Vm, _: &[Value; 2]) -> R {
    must_implement(vm, "tzname")
}

fn tzinfo_utcoffset(vm: &Vm, _: &[Value; 2]) -> R {
    must_implement(vm, "utcoffset")
}

fn tzinfo_dst(vm: &Vm, _: &[Value; 2]) -> R {
    must_implement(vm, "dst")
}

/// The argument of `fromutc`: a datetime whose tzinfo is the receiver.
fn fromutc_arg(vm: &Vm, this: Value, argument: Value) -> Result<Ref<Native<DateTime>>, Raised> {
    let Some(datetime) = as_datetime(vm, argument) else {
        return Err(vm.type_error("fromutc: argument must be a datetime"));
    };
    if datetime.tzinfo.get() != this {
        return Err(vm.value_error("fromutc: dt.tzinfo is not self"));
    }
    Ok(datetime)
}

fn tzinfo_fromutc(vm: &Vm, [this, argument]: &[Value; 2]) -> R {
    fromutc_arg(vm, *this, *argument)?;
    let offset = utcoffset(vm, *this, *argument)?;
    let Some(offset) = as_delta(vm, offset) else {
        return Err(vm.value_error("fromutc: non-None utcoffset() result required"));
    };
    let shift = dst(vm, *this, *argument)?;
    let Some(shift) = as_delta(vm, shift) else {
        return Err(vm.value_error("fromutc: non-None dst() result required"));
    };
    let result = add_delta(vm, *argument, offset.total() - shift.total())?;
    let zone = super::offset::tzinfo_of(vm, result);
    let shift = dst(vm, zone, result)?;
    match as_delta(vm, shift) {
        None => Err(vm.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert")),
        Some(Delta::ZERO) => Ok(result),
        Some(shift) => add_delta(vm, result, shift.total()),
    }
}

fn tzinfo_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let args = match vm.getattr_opt(*this, vm.names.__getinitargs__)? {
        Some(function) => vm.call(function, &[])?,
        None => vm.tuple(&[]).value(),
    };
    let state = vm.call_method(*this, vm.names.__getstate__, &[])?;
    Ok(vm.tuple(&[vm.type_of(*this).value(), args, state]).value())
}

/// The name under which `timezone.utc` is kept.
const UTC: &str = "datetime.utc";

/// `timezone.utc`
pub fn utc(vm: &Vm) -> R {
    vm.state_value(UTC).ok_or_else(|| vm.system_error("datetime is not set up"))
}

/// Keeps `timezone.utc`.
pub fn set_utc(vm: &Vm, utc: Value) {
    vm.set_state(UTC, utc);
}

/// A timezone whatever its offset is.
pub fn raw_timezone(vm: &Vm, offset: Value, name: Value) -> Value {
    let data = TimeZone { offset: Field::new(offset), name: Field::new(name) };
    vm.native(vm.types[TypeId::TimeZone], data).value()
}

/// A timezone of an offset, and a name or unbound.
pub fn timezone(vm: &Vm, offset: Value, name: Value) -> R {
    let Some(delta) = as_delta(vm, offset) else { return Err(vm.type_error("an offset is a timedelta")) };
    if name.is_unbound() && delta == Delta::ZERO {
        return utc(vm);
    }
    if !delta.is_offset() {
        return Err(offset_error(vm, offset));
    }
    Ok(raw_timezone(vm, offset, name))
}

/// A timezone without name of an offset.
pub fn timezone_of(vm: &Vm, offset: Delta) -> R {
    if offset == Delta::ZERO {
        return utc(vm);
    }
    let offset = new_delta(vm, offset)?;
    timezone(vm, offset, Value::UNBOUND)
}

const NEW: Binding = Binding { name: "timezone", params: &["offset", "name"], positional: 2, required: 1 };

fn new_timezone(vm: &Vm, args: Args) -> R {
    let (_, args) = split_first(vm, args)?;
    let [offset, name] = NEW.bind(vm, args)?;
    if as_delta(vm, offset).is_none() {
        let class = class_name(vm, offset);
        return Err(vm.type_error(format!("timezone() argument 1 must be datetime.timedelta, not {class}")));
    }
    if !name.is_unbound() && vm.as_str(name).is_none() {
        let class = class_name(vm, name);
        return Err(vm.type_error(format!("timezone() argument 2 must be str, not {class}")));
    }
    timezone(vm, offset, name)
}

fn repr(vm: &Vm, this: Value) -> R {
    let zone = data::<TimeZone>(vm, this)?;
    let class = class_name(vm, this);
    if utc(vm)? == this {
        return Ok(vm.str(&format!("{class}.utc")).value());
    }
    let mut out = base::text::Wtf8Buf::from_str(&class);
    out.push_str("(");
    out.push_wtf8(vm.repr(zone.offset.get())?.text());
    if let Some(name) = zone.name.get().bound() {
        out.push_str(", ");
        out.push_wtf8(vm.repr(name)?.text());
    }
    out.push_str(")");
    Ok(vm.str_wtf8(&out).value())
}

fn str(vm: &Vm, this: Value) -> R {
    let zone = data::<TimeZone>(vm, this)?;
    if let Some(name) = zone.name.get().bound() {
        return Ok(name);
    }
    match as_delta(vm, zone.offset.get()) {
        Some(Delta::ZERO) | None => Ok(vm.str("UTC").value()),
        Some(offset) => Ok(vm.str(&format!("UTC{}", offset_text(offset, ":"))).value()),
    }
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let offset = as_delta(vm, data::<TimeZone>(vm, this)?.offset.get());
    Ok(offset.map_or(hash_i64(0), super::delta::hash_delta))
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    use CompareOperator::{Eq, Ne};
    match (vm.as_native::<TimeZone>(a), vm.as_native::<TimeZone>(b)) {
        (Some(a), Some(b)) if matches!(op, Eq | Ne) => {
            let equal = as_delta(vm, a.offset.get()) == as_delta(vm, b.offset.get());
            Ok(Value::bool(equal == (op == Eq)))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// The argument of the methods of timezone must be a datetime or None.
fn check_argument(vm: &Vm, argument: Value, name: &str) -> Result<(), Raised> {
    if argument.is_none() || as_datetime(vm, argument).is_some() {
        return Ok(());
    }
    let class = class_name(vm, argument);
    Err(vm.type_error(format!("{name}(dt) argument must be a datetime instance or None, not {class}")))
}

fn timezone_tzname(vm: &Vm, [this, argument]: &[Value; 2]) -> R {
    check_argument(vm, *argument, "tzname")?;
    str(vm, *this)
}

fn timezone_utcoffset(vm: &Vm, [this, argument]: &[Value; 2]) -> R {
    check_argument(vm, *argument, "utcoffset")?;
    Ok(data::<TimeZone>(vm, *this)?.offset.get())
}

fn timezone_dst(vm: &Vm, [_, argument]: &[Value; 2]) -> R {
    check_argument(vm, *argument, "dst")?;
    Ok(Value::NONE)
}

fn timezone_fromutc(vm: &Vm, [this, argument]: &[Value; 2]) -> R {
    fromutc_arg(vm, *this, *argument)?;
    let offset = as_delta(vm, data::<TimeZone>(vm, *this)?.offset.get());
    add_delta(vm, *argument, offset.map_or(0, Delta::total))
}

fn timezone_getinitargs(vm: &Vm, [this]: &[Value; 1]) -> R {
    let zone = data::<TimeZone>(vm, *this)?;
    Ok(match zone.name.get().bound() {
        Some(name) => vm.tuple(&[zone.offset.get(), name]).value(),
        None => vm.tuple(&[zone.offset.get()]).value(),
    })
}
