//! Weak proxies: every operation goes to the target.

use bytecode::{CompareOperator, UnaryOperator};
use object::{Args, GetSet, R, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, ValueExt, Vm, WeakRef, natives};

macro_rules! binary {
    ($($name:ident = $op:ident;)*) => {
        $(fn $name(vm: &Vm, a: Value, b: Value) -> R {
            vm.binary(bytecode::BinaryOperator::$op, unwrap(vm, a)?, unwrap(vm, b)?)
        })*
    };
}

binary! {
    add = Add; subtract = Subtract; multiply = Multiply; remainder = Remainder; lshift = Lshift; rshift = Rshift;
    and = And; xor = Xor; or = Or; floor_divide = FloorDivide; true_divide = TrueDivide; matrix_multiply = MatrixMultiply;
    inplace_add = InplaceAdd; inplace_subtract = InplaceSubtract; inplace_multiply = InplaceMultiply;
    inplace_remainder = InplaceRemainder; inplace_lshift = InplaceLshift; inplace_rshift = InplaceRshift;
    inplace_and = InplaceAnd; inplace_xor = InplaceXor; inplace_or = InplaceOr;
    inplace_floor_divide = InplaceFloorDivide; inplace_true_divide = InplaceTrueDivide;
    inplace_matrix_multiply = InplaceMatrixMultiply; inplace_power = InplacePower;
}

macro_rules! slots {
    ($($more:expr),* $(,)?) => {
        &[
            Slot::repr(repr), Slot::str(to_str), Slot::getattr(getattr), Slot::setattr(setattr), Slot::compare(compare),
            Slot::hash(hash), Slot::bool(truth), Slot::len(len), Slot::contains(contains), Slot::getitem(getitem),
            Slot::setitem(setitem), Slot::iter(iter), Slot::next(next), Slot::int(int), Slot::float(float),
            Slot::index(index), Slot::negative(negative), Slot::positive(positive), Slot::absolute(absolute),
            Slot::invert(invert), Slot::power(power), Slot::divmod(divmod), Slot::add(add), Slot::subtract(subtract),
            Slot::multiply(multiply), Slot::remainder(remainder), Slot::lshift(lshift), Slot::rshift(rshift),
            Slot::and(and), Slot::xor(xor), Slot::or(or), Slot::floor_divide(floor_divide),
            Slot::true_divide(true_divide), Slot::matrix_multiply(matrix_multiply), Slot::inplace_add(inplace_add),
            Slot::inplace_subtract(inplace_subtract), Slot::inplace_multiply(inplace_multiply),
            Slot::inplace_remainder(inplace_remainder), Slot::inplace_lshift(inplace_lshift),
            Slot::inplace_rshift(inplace_rshift), Slot::inplace_and(inplace_and), Slot::inplace_xor(inplace_xor),
            Slot::inplace_or(inplace_or), Slot::inplace_floor_divide(inplace_floor_divide),
            Slot::inplace_true_divide(inplace_true_divide), Slot::inplace_matrix_multiply(inplace_matrix_multiply),
            Slot::inplace_power(inplace_power), $($more),*
        ]
    };
}

/// `weakref.ProxyType`
pub static PROXY: TypeDef = TypeDef {
    id: Some(TypeId::WeakProxy),
    name: "ProxyType",
    module: "weakref",
    kind: object::Kind::WEAKREF,
    flags: object::type_flags::NO_NEW,
    slots: slots![],
    methods: &[METHODS],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

/// `weakref.CallableProxyType`
pub static CALLABLE_PROXY: TypeDef = TypeDef {
    id: Some(TypeId::WeakCallableProxy),
    name: "CallableProxyType",
    module: "weakref",
    kind: object::Kind::WEAKREF,
    flags: object::type_flags::NO_NEW,
    slots: slots![Slot::call(call)],
    methods: &[METHODS],
    getset: GETSET,
    ..TypeDef::DEFAULT
};

static GETSET: &[GetSet] = &[];

natives! { static METHODS: {
    "__bytes__($self, /)" => bytes;
    "__reversed__($self, /)" => reversed;
}}

fn is_proxy(value: Value) -> bool {
    let shape = value.shape();
    shape == TypeId::WeakProxy as u32 || shape == TypeId::WeakCallableProxy as u32
}

/// The target of a proxy; other values as they are.
fn unwrap(vm: &Vm, value: Value) -> R {
    if !is_proxy(value) {
        return Ok(value);
    }
    vm.weak_target(value).ok_or_else(|| vm.reference_error("weakly-referenced object no longer exists"))
}

fn bytes(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(unwrap(vm, *this)?, "__bytes__", &[])
}

fn reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(unwrap(vm, *this)?, "__reversed__", &[])
}

fn repr(vm: &Vm, this: Value) -> R {
    let own = this.bits();
    let text = match vm.weak_target(this) {
        Some(target) => {
            let (class, at) = (crate::object::qualified_class(vm, target), target.bits());
            format!("<weakproxy at 0x{own:x}; to '{class}' at 0x{at:x}>")
        }
        None => format!("<weakproxy at 0x{own:x}; dead>"),
    };
    Ok(vm.str(&text).value())
}

fn to_str(vm: &Vm, this: Value) -> R {
    Ok(vm.to_str(unwrap(vm, this)?)?.value())
}

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    vm.getattr(unwrap(vm, this)?, name)
}

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    vm.setattr(unwrap(vm, this)?, name, value)
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    vm.compare(unwrap(vm, a)?, unwrap(vm, b)?, op)
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Err(object::python_slots::unhashable(vm, this))
}

fn truth(vm: &Vm, this: Value) -> Result<bool, Raised> {
    vm.truthy(unwrap(vm, this)?)
}

fn len(vm: &Vm, this: Value) -> Result<usize, Raised> {
    vm.len(unwrap(vm, this)?)
}

fn contains(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    vm.contains(unwrap(vm, this)?, item)
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    vm.getitem(unwrap(vm, this)?, key)
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    vm.setitem(unwrap(vm, this)?, key, value)
}

fn iter(vm: &Vm, this: Value) -> R {
    vm.iter(unwrap(vm, this)?)
}

fn next(vm: &Vm, this: Value) -> R {
    let target = unwrap(vm, this)?;
    if vm.type_of(target).slots().next.is_none() {
        let name = vm.type_name(target);
        return Err(vm.type_error(format!("Weakref proxy referenced a non-iterator '{name}' object")));
    }
    Ok(vm.next(target)?.unwrap_or(Value::UNBOUND))
}

fn convert(vm: &Vm, this: Value, class: TypeId) -> R {
    vm.call(vm.types[class].value(), &[unwrap(vm, this)?])
}

fn int(vm: &Vm, this: Value) -> R {
    convert(vm, this, TypeId::Int)
}

fn float(vm: &Vm, this: Value) -> R {
    convert(vm, this, TypeId::Float)
}

fn index(vm: &Vm, this: Value) -> R {
    match vm.index(unwrap(vm, this)?)? {
        object::Int::Small(int) => Ok(vm.int(int)),
        object::Int::Big(big) => Ok(big.value()),
    }
}

fn negative(vm: &Vm, this: Value) -> R {
    vm.unary(UnaryOperator::Negative, unwrap(vm, this)?)
}

fn positive(vm: &Vm, this: Value) -> R {
    vm.unary(UnaryOperator::Positive, unwrap(vm, this)?)
}

fn invert(vm: &Vm, this: Value) -> R {
    vm.unary(UnaryOperator::Invert, unwrap(vm, this)?)
}

fn absolute(vm: &Vm, this: Value) -> R {
    vm.call_method_str(unwrap(vm, this)?, "__abs__", &[])
}

fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> R {
    vm.power(unwrap(vm, a)?, unwrap(vm, b)?, unwrap(vm, modulus)?)
}

fn divmod(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = (unwrap(vm, a)?, unwrap(vm, b)?);
    vm.binary_slots(|slots| slots.divmod, a, b)
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    vm.call_args(unwrap(vm, this)?, args)
}

/// A proxy of an object: shared where there is no callback.
pub fn new_proxy(vm: &Vm, target: Value, callback: Value) -> R {
    super::check_target(vm, target)?;
    let class = if vm.is_callable(target) { TypeId::WeakCallableProxy } else { TypeId::WeakProxy };
    if callback.is_none() {
        for known in vm.weak.references(target) {
            let plain = known.cast::<WeakRef>().is_some_and(|known| known.callback.get().is_none());
            if plain && known.shape() == class as u32 {
                return Ok(known);
            }
        }
    }
    Ok(vm.new_weakref(vm.types[class], target, callback).value())
}
