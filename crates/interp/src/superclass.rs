//! `super().name` without making the super object.

use object::attr::is_method;
use object::thread::Frame;
use object::{R, Raised, Ref, Str, TypeId, TypeObj, Value, ValueExt, Vm};

/// The attribute, and what it is to be bound to where flag 1 asks for a method. `parts` are super, class and self. Flag 2:
/// the program wrote both arguments.
pub(crate) fn load(
    vm: &Vm,
    _frame: &Frame,
    parts: [Value; 3],
    name: Ref<Str>,
    flags: u8,
) -> Result<(Value, Value), Raised> {
    let [callable, class, this] = parts;
    if callable != vm.types[TypeId::Super].value() {
        // Something else is bound to the name: an ordinary call, with the arguments that were written.
        let object = if flags & 2 != 0 { vm.call(callable, &[class, this])? } else { vm.call(callable, &[])? };
        return Ok((vm.getattr(object, name)?, Value::UNBOUND));
    }
    let Some(class) = class.cast::<TypeObj>() else { return general(vm, parts, name) };
    let start = vm.type_of(this);
    if !start.is_subclass(class) || name == vm.names.__class__ {
        return general(vm, parts, name);
    }
    let mut found = None;
    for base in start.mro_types().skip_while(|candidate| *candidate != class).skip(1) {
        if let Some(attr) = base.dict().get_str(vm, name) {
            found = Some(attr);
            break;
        }
    }
    let Some(attr) = found else { return general(vm, parts, name) };
    if flags & 1 != 0 && is_method(attr) {
        return Ok((attr, this));
    }
    Ok((vm.bind_attr(attr, this, start)?, Value::UNBOUND))
}

fn general(vm: &Vm, [callable, class, this]: [Value; 3], name: Ref<Str>) -> Result<(Value, Value), Raised> {
    let object: R = vm.call(callable, &[class, this]);
    Ok((vm.getattr(object?, name)?, Value::UNBOUND))
}
