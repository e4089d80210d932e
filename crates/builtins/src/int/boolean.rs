//! `bool`

use super::arith;
use object::native::NativeDef;
use object::{Kind, R, Slot, TypeDef, TypeId, Value, Vm, native, type_flags};

static NEW: NativeDef = native! { "bool($cls, object=False, /)" => bool_new };

/// `bool`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Bool),
    name: "bool",
    base: TypeId::Int,
    kind: Kind::IMMEDIATE,
    flags: type_flags::INT | type_flags::MATCH_SELF,
    doc: "True where the argument is true, else False. True and False are the only instances,\nand bool cannot be subclassed.",
    slots: &[
        Slot::repr(bool_repr),
        Slot::invert(bool_invert),
        Slot::and(|vm, a, b| logic(vm, a, b, |a, b| a & b, arith::and)),
        Slot::xor(|vm, a, b| logic(vm, a, b, |a, b| a ^ b, arith::xor)),
        Slot::or(|vm, a, b| logic(vm, a, b, |a, b| a | b, arith::or)),
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn bool_new(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    vm.truthy(*object).map(Value::bool)
}

fn bool_repr(vm: &Vm, this: Value) -> R {
    Ok(vm.intern(if this == Value::TRUE { "True" } else { "False" }).value())
}

fn bool_invert(vm: &Vm, this: Value) -> R {
    vm.warn(
        TypeId::DeprecationWarning,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion \
         of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' \
         operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
        1,
    )?;
    arith::invert(vm, this)
}

fn logic(vm: &Vm, a: Value, b: Value, on_bools: fn(bool, bool) -> bool, on_ints: fn(&Vm, Value, Value) -> R) -> R {
    if a.is_bool() && b.is_bool() {
        return Ok(Value::bool(on_bools(a == Value::TRUE, b == Value::TRUE)));
    }
    on_ints(vm, a, b)
}
