//! `instancemethod`: makes any callable bind to instances.

use super::member;
use ::object::descr::WrappedCallable;
use ::object::layout::native::Native;
use ::object::slots::R;
use ::object::{Field, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native};

static NEW: ::object::native::NativeDef = native! { "instancemethod($cls, function, /)" => new };

/// `instancemethod`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::InstanceMethod),
    name: "instancemethod",
    kind: Kind::NATIVE,
    doc: "Bind a callable to instances of the class it is in.",
    slots: &[
        Slot::descr_get(|vm, this, object, _| {
            let function = data(vm, this)?.callable.get();
            Ok(if object.is_unbound() { function } else { vm.method(function, object) })
        }),
        Slot::call(|vm, this, args| vm.call_args(data(vm, this)?.callable.get(), args)),
        Slot::repr(repr),
    ],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[member("__func__", |vm, this| Ok(data(vm, this)?.callable.get()))];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<WrappedCallable>>, Raised> {
    match vm.as_native::<WrappedCallable>(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected an instancemethod")),
    }
}

fn new(vm: &Vm, [class, function]: &[Value; 2]) -> R {
    if !vm.is_callable(*function) {
        return Err(vm.type_error("first argument must be callable"));
    }
    match class.cast::<TypeObj>() {
        Some(class) => Ok(vm.native(class, WrappedCallable { callable: Field::new(*function) }).value()),
        None => Err(vm.type_error("instancemethod.__new__() needs a class")),
    }
}

fn repr(vm: &Vm, this: Value) -> R {
    let function = data(vm, this)?.callable.get();
    let name = match vm.getattr_opt(function, vm.names.__name__)? {
        Some(name) => vm.to_str(name)?.to_string_lossy(),
        None => String::from("?"),
    };
    Ok(vm.str(&format!("<instancemethod {name} at {}>", crate::object::address(this))).value())
}
