//! `callable_iterator`: what `iter(callable, sentinel)` gives.

use crate::support::builtin;
use object::layout::iterators::CallableIter;
use object::{Field, R, Slot, TypeDef, TypeId, Value, Vm, natives, type_flags};

natives! { static METHODS: {
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
}}

/// `callable_iterator`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::CallableIterator),
    name: "callable_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `iter(callable, sentinel)`
pub fn callable_iter(vm: &Vm, callable: Value, sentinel: Value) -> Value {
    let data = CallableIter { callable: Field::new(callable), sentinel: Field::new(sentinel) };
    vm.native(vm.types[TypeId::CallableIterator], data).value()
}

fn next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<CallableIter>(this) else { return Ok(Value::UNBOUND) };
    let Some(callable) = data.callable.get().bound() else { return Ok(Value::UNBOUND) };
    match vm.call(callable, &[]) {
        Ok(item) => {
            // The call may have exhausted this very iterator.
            if data.callable.get().is_unbound() {
                return Ok(Value::UNBOUND);
            }
            if !vm.eq(data.sentinel.get(), item)? {
                return Ok(item);
            }
        }
        Err(raised) => {
            vm.catch(raised, TypeId::StopIteration)?;
        }
    }
    data.callable.init(Value::UNBOUND);
    data.sentinel.init(Value::UNBOUND);
    Ok(Value::UNBOUND)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let function = builtin(vm, "iter")?;
    let Some(data) = vm.as_native::<CallableIter>(*this) else { return Err(vm.type_error("an iterator was expected")) };
    match data.callable.get().bound() {
        Some(callable) => crate::support::reduce(vm, function, &[callable, data.sentinel.get()], None),
        None => crate::support::reduce(vm, function, &[vm.tuple(&[]).value()], None),
    }
}
