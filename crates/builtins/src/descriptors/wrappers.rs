//! `wrapper_descriptor` and `method-wrapper`: special methods of built-in classes.

use super::{check_instance, doc, getter, member, owner_name, qualname};
use crate::object::address;
use crate::object::reduce::reduce_as_attribute;
use ::object::layout::native::Native;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::wrapper::SlotWrapper;
use ::object::{Args, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, Value, Vm, natives};
use bytecode::CompareOperator;

natives! {
    static METHODS: {
        /// Describe how to pickle the descriptor.
        "__reduce__($self, /)" => reduce;
    }
}

/// `wrapper_descriptor`
pub static WRAPPER_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::WrapperDescriptor),
    name: "wrapper_descriptor",
    kind: Kind::NATIVE,
    flags: type_flags::METHOD_DESCRIPTOR,
    slots: &[Slot::repr(wrapper_repr), Slot::descr_get(wrapper_get), Slot::call(wrapper_call)],
    methods: &[METHODS],
    getset: WRAPPER_ATTRIBUTES,
    ..TypeDef::DEFAULT
};

/// `method-wrapper`
pub static METHOD_WRAPPER_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::MethodWrapper),
    name: "method-wrapper",
    kind: Kind::NATIVE,
    slots: &[
        Slot::repr(method_wrapper_repr),
        Slot::call(method_wrapper_call),
        Slot::compare(method_wrapper_compare),
        Slot::hash(method_wrapper_hash),
    ],
    methods: &[METHODS],
    getset: METHOD_WRAPPER_ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static WRAPPER_ATTRIBUTES: &[GetSet] = &[
    member("__objclass__", |vm, this| Ok(data(vm, this)?.owner.get())),
    member("__name__", |vm, this| Ok(vm.intern(data(vm, this)?.special.name).value())),
    getter("__qualname__", get_qualname),
    getter("__doc__", |vm, this| doc::special_doc(vm, data(vm, this)?.special)),
    getter("__text_signature__", |vm, this| doc::special_signature(vm, data(vm, this)?.special)),
];

static METHOD_WRAPPER_ATTRIBUTES: &[GetSet] = &[
    member("__self__", |vm, this| Ok(data(vm, this)?.this.get().or_none())),
    getter("__objclass__", |vm, this| Ok(data(vm, this)?.owner.get())),
    getter("__name__", |vm, this| Ok(vm.intern(data(vm, this)?.special.name).value())),
    getter("__qualname__", get_qualname),
    getter("__doc__", |vm, this| doc::special_doc(vm, data(vm, this)?.special)),
    getter("__text_signature__", |vm, this| doc::special_signature(vm, data(vm, this)?.special)),
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<SlotWrapper>>, Raised> {
    match vm.as_native::<SlotWrapper>(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a slot wrapper")),
    }
}

fn get_qualname(vm: &Vm, this: Value) -> R {
    let data = data(vm, this)?;
    qualname(vm, data.owner.get(), data.special.name)
}

fn wrapper_repr(vm: &Vm, this: Value) -> R {
    let data = data(vm, this)?;
    let text = format!("<slot wrapper '{}' of '{}' objects>", data.special.name, owner_name(data.owner.get()));
    Ok(vm.str(&text).value())
}

fn wrapper_get(vm: &Vm, this: Value, object: Value, _: Value) -> R {
    if object.is_unbound() {
        return Ok(this);
    }
    let data = data(vm, this)?;
    check_instance(vm, data.owner.get(), data.special.name, object)?;
    Ok(vm.slot_wrapper(TypeId::MethodWrapper, data.special, data.owner_type(), object))
}

fn wrapper_call(vm: &Vm, this: Value, args: Args) -> R {
    vm.call_slot_wrapper(data(vm, this)?, args)
}

fn method_wrapper_repr(vm: &Vm, this: Value) -> R {
    let data = data(vm, this)?;
    let object = data.this.get();
    let class = vm.type_of(object).qualified_name(vm);
    let text = format!("<method-wrapper '{}' of {class} object at {}>", data.special.name, address(object));
    Ok(vm.str(&text).value())
}

fn method_wrapper_call(vm: &Vm, this: Value, args: Args) -> R {
    let data = data(vm, this)?;
    if args.args.len() < 7 {
        let mut all = [Value::UNBOUND; 8];
        all[0] = data.this.get();
        all[1..=args.args.len()].copy_from_slice(args.args);
        return vm.call_slot_wrapper(data, Args { args: &all[..=args.args.len()], kwnames: args.kwnames });
    }
    let all = vm.list_with_capacity(args.args.len() + 1);
    all.push(vm, data.this.get());
    all.extend(vm, args.args);
    vm.call_slot_wrapper(data, Args { args: all.items(), kwnames: args.kwnames })
}

fn method_wrapper_compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (vm.as_native::<SlotWrapper>(this), vm.as_native::<SlotWrapper>(other)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let same = std::ptr::eq(a.special, b.special) && a.owner.get() == b.owner.get() && a.this.get() == b.this.get();
    match op {
        CompareOperator::Eq => Ok(Value::bool(same)),
        CompareOperator::Ne => Ok(Value::bool(!same)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn method_wrapper_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let data = data(vm, this)?;
    let special = std::ptr::from_ref(data.special) as usize;
    Ok(base::hash::fit(vm.identity_hash(data.this.get()) ^ base::hash::hash_address(special)))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    let name = vm.intern(data.special.name).value();
    let object = if data.this.get().is_unbound() { data.owner.get() } else { data.this.get() };
    reduce_as_attribute(vm, object, name)
}
