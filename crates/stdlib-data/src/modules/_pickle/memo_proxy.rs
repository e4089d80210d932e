//! The attribute `memo` of picklers and unpicklers.

use super::pickler::Pickler;
use super::state;
use super::unpickler::Unpickler;
use object::layout::native::Native;
use object::slots::R;
use object::{Field, NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, natives, type_flags};

/// A view of the memo of a pickler or unpickler.
pub struct MemoProxy {
    owner: Field,
}

impl NativeData for MemoProxy {
    fn trace(&self, tracer: &mut Tracer) {
        self.owner.trace(tracer);
    }
}

pub static PICKLER_MEMO: TypeDef = TypeDef {
    name: "PicklerMemoProxy",
    module: "_pickle",
    flags: type_flags::NO_NEW,
    slots: &[object::Slot::hash(object::class::hash_not_implemented)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

pub static UNPICKLER_MEMO: TypeDef = TypeDef { name: "UnpicklerMemoProxy", ..PICKLER_MEMO };

natives! { static METHODS: {
    /// Remove all items from memo.
    "clear($self, /)" => clear;
    /// Copy the memo to a new object.
    "copy($self, /)" => copy;
    /// Implement pickle support.
    "__reduce__($self, /)" => reduce;
}}

fn make(vm: &Vm, class: &Field, owner: Value) -> R {
    match class.get().cast::<TypeObj>() {
        Some(class) => Ok(vm.native(class, MemoProxy { owner: Field::new(owner) }).value()),
        None => Err(vm.system_error("_pickle is not initialised")),
    }
}

/// The proxy of a pickler.
pub fn of_pickler(vm: &Vm, pickler: Value) -> R {
    make(vm, &state::of(vm)?.pickler_memo, pickler)
}

/// The proxy of an unpickler.
pub fn of_unpickler(vm: &Vm, unpickler: Value) -> R {
    make(vm, &state::of(vm)?.unpickler_memo, unpickler)
}

fn owner(vm: &Vm, this: Value) -> Option<Value> {
    vm.as_native::<MemoProxy>(this).map(|proxy| proxy.owner.get())
}

/// The pickler that a proxy shows.
pub fn pickler_of(vm: &Vm, proxy: Value) -> Option<Ref<Native<Pickler>>> {
    vm.as_native::<Pickler>(owner(vm, proxy)?)
}

/// The unpickler that a proxy shows.
pub fn unpickler_of(vm: &Vm, proxy: Value) -> Option<Ref<Native<Unpickler>>> {
    vm.as_native::<Unpickler>(owner(vm, proxy)?)
}

fn wrong(vm: &Vm) -> Raised {
    vm.type_error("a memo proxy is required")
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    if let Some(pickler) = pickler_of(vm, *this) {
        pickler.memo().clear();
    } else {
        unpickler_of(vm, *this).ok_or_else(|| wrong(vm))?.memo().clear();
    }
    Ok(Value::NONE)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dict = match pickler_of(vm, *this) {
        Some(pickler) => pickler.memo().to_dict(vm)?,
        None => unpickler_of(vm, *this).ok_or_else(|| wrong(vm))?.memo().to_dict(vm)?,
    };
    Ok(dict.value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let contents = copy(vm, &[*this])?;
    let args = vm.tuple(&[contents]).value();
    Ok(vm.tuple(&[vm.types[object::TypeId::Dict].value(), args]).value())
}
