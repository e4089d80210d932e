//! `reversed`

use crate::slice_::between;
use crate::support::class_arg;
use object::layout::iterators::Reversed;
use object::native::NativeDef;
use object::{Args, Field, R, Slot, TypeDef, TypeId, Value, Vm, native, natives, type_flags};
use std::cell::Cell;

static NEW: NativeDef = native! { "reversed($cls, sequence, /)" -> reversed_new };

natives! { static METHODS: {
    /// How many items are left.
    "__length_hint__($self, /)" => length_hint;
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
    /// Goes to the index in the state.
    "__setstate__($self, object, /)" => setstate;
}}

/// `reversed`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Reversed),
    name: "reversed",
    flags: type_flags::BASETYPE,
    doc: "The items of a sequence, the last one first.",
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn reversed_new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    let rest = args.rest();
    if rest.keyword_count() > 0 && class != vm.types[TypeId::Reversed] {
        // A subclass may take keywords of its own in `__init__`.
        let positional = &rest.args[..rest.count()];
        return make(vm, class, between(vm, "reversed", Args::positional(positional), 1, 1)?[0]);
    }
    make(vm, class, between(vm, "reversed", rest, 1, 1)?[0])
}

fn make(vm: &Vm, class: object::Ref<object::TypeObj>, sequence: Value) -> R {
    let not_reversible = || vm.type_error(format!("'{}' object is not reversible", vm.type_name(sequence)));
    if let Some((method, bound)) = vm.lookup_special(sequence, vm.names.__reversed__)? {
        if method.is_none() {
            return Err(not_reversible());
        }
        return match bound {
            Some(this) => vm.call(method, &[this]),
            None => vm.call(method, &[]),
        };
    }
    let own = vm.type_of(sequence);
    if own.slots().getitem.is_none() || own.has(type_flags::DICT) {
        return Err(not_reversible());
    }
    let len = vm.len(sequence)?;
    let data = Reversed { sequence: Field::new(sequence), index: Cell::new(len as isize - 1) };
    Ok(vm.native(class, data).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<Reversed>(this) else { return Ok(Value::UNBOUND) };
    let (Some(sequence), index) = (data.sequence.get().bound(), data.index.get()) else { return Ok(Value::UNBOUND) };
    if index >= 0 {
        match vm.getitem(sequence, vm.int(index as i64)) {
            Ok(item) => {
                data.index.set(index - 1);
                return Ok(item);
            }
            Err(raised) => {
                if vm.catch(raised, TypeId::IndexError).is_err() {
                    vm.catch(raised, TypeId::StopIteration)?;
                }
            }
        }
    }
    data.index.set(-1);
    data.sequence.init(Value::UNBOUND);
    Ok(Value::UNBOUND)
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some(data) = vm.as_native::<Reversed>(*this) else { return Ok(Value::small(0)) };
    let Some(sequence) = data.sequence.get().bound() else { return Ok(Value::small(0)) };
    let len = vm.len(sequence)? as isize;
    let left = data.index.get() + 1;
    Ok(vm.int(if len < left { 0 } else { left as i64 }))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let class = vm.type_of(*this).value();
    let Some(data) = vm.as_native::<Reversed>(*this) else { return Err(vm.type_error("a reversed was expected")) };
    match data.sequence.get().bound() {
        Some(sequence) => crate::support::reduce(vm, class, &[sequence], Some(vm.int(data.index.get() as i64))),
        None => crate::support::reduce(vm, class, &[vm.tuple(&[]).value()], None),
    }
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let index = crate::support::index_size(vm, *state)?;
    if let Some(data) = vm.as_native::<Reversed>(*this)
        && let Some(sequence) = data.sequence.get().bound()
    {
        let len = vm.len(sequence)? as isize;
        data.index.set(index.clamp(-1, len - 1));
    }
    Ok(Value::NONE)
}
