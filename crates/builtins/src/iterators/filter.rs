//! `filter`

use crate::support::class_arg;
use object::layout::iterators::Filter;
use object::native::NativeDef;
use object::{Field, R, Slot, TypeDef, TypeId, Value, Vm, native, natives, type_flags};

static NEW: NativeDef = native! { "filter($cls, function, iterable, /)" => filter_new };

natives! { static METHODS: {
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
}}

/// `filter`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Filter),
    name: "filter",
    flags: type_flags::BASETYPE,
    doc: "The items of an iterable for which a function gives what is true.\n\nWith None for the function, the items that are true.",
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn filter_new(vm: &Vm, [class, function, iterable]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    let iterator = vm.iter(*iterable)?;
    Ok(vm.native(class, Filter { iterator: Field::new(iterator), function: Field::new(*function) }).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<Filter>(this) else { return Ok(Value::UNBOUND) };
    let function = data.function.get();
    let plain = function.is_none() || function == vm.types[TypeId::Bool].value();
    while let Some(item) = vm.next(data.iterator.get())? {
        let verdict = if plain { item } else { vm.call(function, &[item])? };
        if vm.truthy(verdict)? {
            return Ok(item);
        }
    }
    Ok(Value::UNBOUND)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some(data) = vm.as_native::<Filter>(*this) else { return Err(vm.type_error("a filter was expected")) };
    crate::support::reduce(vm, vm.type_of(*this).value(), &[data.function.get(), data.iterator.get()], None)
}
