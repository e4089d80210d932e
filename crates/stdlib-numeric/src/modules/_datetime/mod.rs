//! `_datetime`: dates, times, spans of time and time zones.

mod calendar;
mod clock;
mod date;
mod datetime;
mod datetime_arith;
mod datetime_make;
mod delta;
mod iso_date;
mod iso_text;
mod offset;
mod parse;
mod strftime;
mod time;
mod values;
mod zone;

use calendar::{Clock, DAY_SECONDS, Day, MAX_YEAR, MIN_YEAR};
use object::{Module, ModuleDef, Raised, Ref, TypeDef, TypeId, TypeObj, Value, Vm};
use values::{Delta, MAX_DELTA_DAYS, new_date, new_datetime, new_delta, new_time};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_datetime", doc: "Fast implementation of the datetime module.", functions: &[], exec };

/// A class, made once for the interpreter.
fn class(vm: &Vm, def: &'static TypeDef, base: Option<TypeId>) -> Ref<TypeObj> {
    match def.id {
        Some(id) if vm.types.is_made(id) => vm.types[id],
        _ => vm.make_type_with_base(def, Some(vm.types[base.unwrap_or(def.base)])),
    }
}

fn set(vm: &Vm, class: Ref<TypeObj>, name: &str, value: Value) {
    class.dict().insert_str(vm, vm.intern(name), value);
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let is_first = !vm.types.is_made(TypeId::Date);
    let delta = class(vm, &delta::DELTA, None);
    let date = class(vm, &date::DATE, None);
    let tzinfo = class(vm, &zone::TZINFO, None);
    let time = class(vm, &time::TIME, None);
    let datetime = class(vm, &datetime::DATETIME, Some(TypeId::Date));
    let timezone = class(vm, &zone::TIMEZONE, Some(TypeId::TzInfo));
    class(vm, &iso_date::ISO_DATE, None);
    if is_first {
        set_limits(vm)?;
    }
    for class in [date, time, datetime, delta, timezone, tzinfo] {
        vm.add_value(module, &class.name_str(), class);
    }
    vm.add_value(module, "UTC", zone::utc(vm)?);
    vm.add_value(module, "datetime_CAPI", vm.capsule("datetime.datetime_CAPI"));
    vm.add_value(module, "MINYEAR", vm.int(MIN_YEAR as i64));
    vm.add_value(module, "MAXYEAR", vm.int(MAX_YEAR as i64));
    Ok(())
}

/// The class attributes `min`, `max`, `resolution` and `utc`.
fn set_limits(vm: &Vm) -> Result<(), Raised> {
    let first = Day { year: MIN_YEAR, month: 1, day: 1 };
    let last = Day { year: MAX_YEAR, month: 12, day: 31 };
    let night = Clock { hour: 23, minute: 59, second: 59, microsecond: 999_999 };
    let microsecond = new_delta(vm, Delta { microseconds: 1, ..Delta::ZERO })?;
    let least = new_delta(vm, Delta { days: -MAX_DELTA_DAYS as i32, ..Delta::ZERO })?;
    let last_second = (DAY_SECONDS - 1) as i32;
    let most = Delta { days: MAX_DELTA_DAYS as i32, seconds: last_second, microseconds: 999_999 };
    let most = new_delta(vm, most)?;
    let limits = [
        (TypeId::TimeDelta, least, most, microsecond),
        (TypeId::Date, new_date(vm, first), new_date(vm, last), new_delta(vm, Delta::DAY)?),
        (
            TypeId::Time,
            new_time(vm, Clock::default(), Value::NONE, false),
            new_time(vm, night, Value::NONE, false),
            microsecond,
        ),
        (
            TypeId::DateTime,
            new_datetime(vm, first, Clock::default(), Value::NONE, false),
            new_datetime(vm, last, night, Value::NONE, false),
            microsecond,
        ),
    ];
    for (id, min, max, resolution) in limits {
        set(vm, vm.types[id], "min", min);
        set(vm, vm.types[id], "max", max);
        set(vm, vm.types[id], "resolution", resolution);
        vm.class_changed(vm.types[id]);
    }
    let zone = |minutes: i128| {
        let offset = Delta::of_total(minutes * 60_000_000).unwrap_or(Delta::ZERO);
        new_delta(vm, offset).map(|offset| zone::raw_timezone(vm, offset, Value::UNBOUND))
    };
    let utc = zone(0)?;
    zone::set_utc(vm, utc);
    let timezone = vm.types[TypeId::TimeZone];
    set(vm, timezone, "utc", utc);
    set(vm, timezone, "min", zone(-(23 * 60 + 59))?);
    set(vm, timezone, "max", zone(23 * 60 + 59)?);
    vm.class_changed(timezone);
    Ok(())
}
