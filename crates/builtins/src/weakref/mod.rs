//! `weakref.ref` and the proxy classes.

mod proxy;

pub use proxy::new_proxy;

use object::{Args, R, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, WeakRef, natives, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&REFERENCE, &proxy::PROXY, &proxy::CALLABLE_PROXY];

static NEW: object::native::NativeDef = object::native! { "ReferenceType($cls, object, callback=None, /)" => new };
static INIT: object::native::NativeDef = object::native! { "ReferenceType($self, object, callback=None, /)" => init };

static REFERENCE: TypeDef = TypeDef {
    id: Some(TypeId::WeakRef),
    name: "ReferenceType",
    module: "weakref",
    kind: object::Kind::WEAKREF,
    flags: type_flags::BASETYPE,
    new: Some(&NEW),
    init: Some(&INIT),
    slots: &[Slot::call(call), Slot::repr(repr), Slot::hash(hash), Slot::compare(compare)],
    methods: &[METHODS],
    getset: &[object::GetSet {
        name: "__callback__",
        get: |vm, this| {
            // Dead references have no callback any more.
            let own = reference(vm, this)?;
            Ok(if own.target().is_some() { own.callback.get() } else { Value::NONE })
        },
        set: None,
        doc: "",
        is_member: true,
    }],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// See PEP 585
    "__class_getitem__($cls, item, /)" => class_getitem [class];
}}

fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[TypeId::GenericAlias].value(), &[*class, *item])
}

fn reference(vm: &Vm, value: Value) -> Result<Ref<WeakRef>, Raised> {
    value.cast::<WeakRef>().ok_or_else(|| vm.type_error("not a weak reference"))
}

/// TypeError for objects that cannot have weak references.
pub(crate) fn check_target(vm: &Vm, target: Value) -> Result<(), Raised> {
    let class = vm.type_of(target);
    if !target.is_object() || !class.has(type_flags::WEAKREF) {
        return Err(vm.type_error(format!("cannot create weak reference to '{}' object", class.qualified_name(vm))));
    }
    Ok(())
}

fn new(vm: &Vm, [class, target, callback]: &[Value; 3]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("not a class")) };
    check_target(vm, *target)?;
    let plain = vm.types[TypeId::WeakRef];
    // Plain references without a callback are shared.
    if callback.is_none() && class == plain {
        for known in vm.weak.references(*target) {
            if vm.type_of(known) == plain && known.cast::<WeakRef>().is_some_and(|known| known.callback.get().is_none())
            {
                return Ok(known);
            }
        }
    }
    Ok(vm.new_weakref(class, *target, *callback).value())
}

fn init(_: &Vm, _: &[Value; 3]) -> R {
    Ok(Value::NONE)
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    if !args.is_empty() {
        return Err(vm.type_error(format!("ReferenceType() takes no arguments ({} given)", args.args.len())));
    }
    Ok(vm.weak_target(this).unwrap_or(Value::NONE))
}

fn repr(vm: &Vm, this: Value) -> R {
    let own = this.bits();
    let text = match vm.weak_target(this) {
        None => format!("<weakref at 0x{own:x}; dead>"),
        Some(target) => {
            let class = crate::object::qualified_class(vm, target);
            let at = target.bits();
            let name = match vm.lookup_special(target, vm.names.__name__)? {
                Some((name, None)) => vm.as_str(name).map(|name| format!(" ({})", name.to_string_lossy())),
                _ => None,
            };
            format!("<weakref at 0x{own:x}; to '{class}' at 0x{at:x}{}>", name.unwrap_or_default())
        }
    };
    Ok(vm.str(&text).value())
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let reference = reference(vm, this)?;
    let known = reference.hash.get();
    if known != -1 {
        return Ok(known);
    }
    match reference.target() {
        Some(target) => {
            let hash = vm.hash(target)?;
            reference.hash.set(hash);
            Ok(hash)
        }
        None => Err(vm.type_error("weak object has gone away")),
    }
}

fn compare(vm: &Vm, a: Value, b: Value, op: bytecode::CompareOperator) -> R {
    use bytecode::CompareOperator::{Eq, Ne};
    if !matches!(op, Eq | Ne) || a.cast::<WeakRef>().is_none() || b.cast::<WeakRef>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match (vm.weak_target(a), vm.weak_target(b)) {
        (Some(a), Some(b)) => vm.compare(a, b, op),
        _ => Ok(Value::bool((a == b) == (op == Eq))),
    }
}
