//! Assignment to `__class__`.

use ::object::descr::SlotMember;
use ::object::layout::type_object::type_flags;
use ::object::{Kind, Raised, Ref, Str, TypeId, TypeObj, Value, ValueExt, Vm};

/// Makes an object an instance of another class.
pub fn set_class(vm: &Vm, this: Value, class: Value) -> Result<(), Raised> {
    if class.is_unbound() {
        return Err(vm.type_error("can't delete __class__ attribute"));
    }
    let Some(new) = class.cast::<TypeObj>() else {
        let text = format!("__class__ must be set to a class, not '{}' object", vm.type_name(class));
        return Err(vm.type_error(text));
    };
    let old = vm.type_of(this);
    let module = vm.types[TypeId::Module];
    let both_modules = old.is_subclass(module) && new.is_subclass(module);
    let mutable = |class: Ref<TypeObj>| !class.has(type_flags::IMMUTABLE);
    if !both_modules && !(mutable(old) && mutable(new)) {
        return Err(vm.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if old == new {
        return Ok(());
    }
    if !same_layout(vm, old, new) {
        return Err(layout_error(vm, "__class__ assignment", old, new));
    }
    vm.change_class(this, new);
    if new.has(type_flags::FINALIZER) && !old.has(type_flags::FINALIZER) {
        vm.add_finalizable(this);
    }
    Ok(())
}

/// The TypeError for classes whose instances differ in layout.
pub fn layout_error(vm: &Vm, what: &str, old: Ref<TypeObj>, new: Ref<TypeObj>) -> Raised {
    vm.type_error(format!("{what}: '{}' object layout differs from '{}'", new.name_str(), old.name_str()))
}

/// Can an instance of one class become one of the other?
pub fn same_layout(vm: &Vm, a: Ref<TypeObj>, b: Ref<TypeObj>) -> bool {
    let flags = type_flags::HAS_DICT | type_flags::WEAKREF;
    if a.instance_kind() != b.instance_kind()
        || a.has_payload() != b.has_payload()
        || a.flags() & flags != b.flags() & flags
        || a.reserved_slots() != b.reserved_slots()
    {
        return false;
    }
    let (solid_a, solid_b) = (vm.solid_base(a), vm.solid_base(b));
    if solid_a == solid_b {
        return true;
    }
    // Classes that added the same slots to the same class.
    let add_slots = solid_a.has(type_flags::HEAP) && solid_b.has(type_flags::HEAP);
    add_slots
        && solid_a.base() == solid_b.base()
        && a.instance_kind() != Kind::TYPE
        && slot_names(vm, a) == slot_names(vm, b)
}

/// The names of the slots of `__slots__`, by their position.
fn slot_names(vm: &Vm, class: Ref<TypeObj>) -> Vec<Option<Ref<Str>>> {
    let mut names = vec![None; class.reserved_slots()];
    let mut at = Some(class);
    while let Some(class) = at {
        for entry in class.dict().iter() {
            if let Some(member) = vm.as_native::<SlotMember>(entry.value)
                && let Some(name) = names.get_mut(member.slot)
            {
                *name = member.name.get().cast::<Str>();
            }
        }
        at = class.base();
    }
    names
}
