//! `iterator`: over an object that has only `__getitem__`.

use crate::support::{builtin, index_size};
use object::layout::iterators::SequenceIter;
use object::{R, Slot, TypeDef, TypeId, Value, Vm, natives, type_flags};

natives! { static METHODS: {
    /// How many items are left, where the sequence has a length.
    "__length_hint__($self, /)" => length_hint;
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
    /// Goes to the index in the state.
    "__setstate__($self, object, /)" => setstate;
}}

/// `iterator`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::SequenceIterator),
    name: "iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

fn next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<SequenceIter>(this) else { return Ok(Value::UNBOUND) };
    let (Some(sequence), index) = (data.sequence.get().bound(), data.index.get()) else { return Ok(Value::UNBOUND) };
    if index == i64::MAX {
        return Err(vm.overflow_error("iter index too large"));
    }
    match vm.getitem(sequence, vm.int(index)) {
        Ok(item) => {
            data.index.set(index + 1);
            Ok(item)
        }
        Err(raised) => {
            if vm.catch(raised, TypeId::IndexError).is_err() {
                vm.catch(raised, TypeId::StopIteration)?;
            }
            data.sequence.init(Value::UNBOUND);
            Ok(Value::UNBOUND)
        }
    }
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some(data) = vm.as_native::<SequenceIter>(*this) else { return Ok(Value::small(0)) };
    let Some(sequence) = data.sequence.get().bound() else { return Ok(Value::small(0)) };
    if vm.type_of(sequence).slots().len.is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let len = vm.len(sequence)? as i64;
    Ok(vm.int((len - data.index.get()).max(0)))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let function = builtin(vm, "iter")?;
    let Some(data) = vm.as_native::<SequenceIter>(*this) else { return Err(vm.type_error("an iterator was expected")) };
    match data.sequence.get().bound() {
        Some(sequence) => crate::support::reduce(vm, function, &[sequence], Some(vm.int(data.index.get()))),
        None => crate::support::reduce(vm, function, &[vm.tuple(&[]).value()], None),
    }
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let index = index_size(vm, *state)?;
    if let Some(data) = vm.as_native::<SequenceIter>(*this)
        && !data.sequence.get().is_unbound()
    {
        data.index.set((index as i64).max(0));
    }
    Ok(Value::NONE)
}
