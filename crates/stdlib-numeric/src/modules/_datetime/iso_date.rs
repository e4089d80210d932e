//! The named tuple that `isocalendar` gives.

use crate::support::{Binding, class_arg, class_name, reduced, split_first};
use object::{Args, GetSet, Kind, R, Slot, TypeDef, TypeId, Value, Vm, native_ref, natives};

/// The class.
pub static ISO_DATE: TypeDef = TypeDef {
    id: Some(TypeId::IsoCalendarDate),
    name: "IsoCalendarDate",
    module: "datetime",
    base: TypeId::Tuple,
    kind: Kind::INSTANCE,
    doc: "The result of date.isocalendar() or datetime.isocalendar()\n\n\
          This object may be accessed either as a tuple of\n  ((year, week, weekday))\n\
          or via the object attributes as named in the above tuple.",
    slots: &[Slot::repr(repr)],
    methods: &[METHODS],
    getset: &[
        GetSet { name: "year", get: |vm, this| item(vm, this, 0), set: None, doc: "", is_member: false },
        GetSet { name: "week", get: |vm, this| item(vm, this, 1), set: None, doc: "", is_member: false },
        GetSet { name: "weekday", get: |vm, this| item(vm, this, 2), set: None, doc: "", is_member: false },
    ],
    new: Some(native_ref!("IsoCalendarDate(...)" -> new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    ///
    "__reduce__($self, /)" => reduce;
}}

/// A new one: year, week, weekday.
pub fn new_iso_date(vm: &Vm, items: [Value; 3]) -> R {
    Ok(vm.new_instance(vm.types[TypeId::IsoCalendarDate], Some(vm.tuple(&items).value())))
}

const NEW: Binding =
    Binding { name: "IsoCalendarDate", params: &["year", "week", "weekday"], positional: 3, required: 3 };

fn new(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let items: [Value; 3] = NEW.bind(vm, args)?;
    Ok(vm.new_instance(class_arg(vm, class)?, Some(vm.tuple(&items).value())))
}

fn item(vm: &Vm, this: Value, index: usize) -> R {
    match vm.as_tuple(this).and_then(|tuple| tuple.items().get(index).copied()) {
        Some(item) => Ok(item),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

fn repr(vm: &Vm, this: Value) -> R {
    let mut parts = Vec::with_capacity(3);
    for (index, name) in NEW.params.iter().enumerate() {
        let shown = vm.repr(item(vm, this, index)?)?.to_string_lossy();
        parts.push(format!("{name}={shown}"));
    }
    Ok(vm.str(&format!("{}({})", class_name(vm, this), parts.join(", "))).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    // Pickled as a plain tuple.
    let plain = vm.as_tuple(*this).map_or(Value::NONE, |tuple| tuple.value());
    reduced(vm, vm.types[TypeId::Tuple].value(), &[plain])
}
