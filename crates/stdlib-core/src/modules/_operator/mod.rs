//! `_operator`

mod getters;
mod sequences;

use bytecode::{BinaryOperator as B, CompareOperator as C, UnaryOperator as U};
use object::slots::R;
use object::{Dict, Module, ModuleDef, Raised, Ref, Tuple, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_operator",
    doc: "Operators as functions: operator.add(x, y) is x+y. Most have the name of their special method.",
    functions: &[FUNCTIONS, sequences::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_type(module, &getters::ITEMGETTER);
    vm.add_type(module, &getters::ATTRGETTER);
    vm.add_type(module, &getters::METHODCALLER);
    Ok(())
}

macro_rules! operators {
    (
        binary { $($binary:ident = $binary_op:expr, $binary_doc:literal, $binary_line:literal;)* }
        compare { $($compare:ident = $compare_op:expr, $compare_doc:literal, $compare_line:literal;)* }
        unary { $($unary:ident = $unary_op:expr, $unary_doc:literal, $unary_line:literal;)* }
    ) => {
        $(fn $binary(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
            vm.binary($binary_op, *a, *b)
        })*
        $(fn $compare(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
            vm.compare(*a, *b, $compare_op)
        })*
        $(fn $unary(vm: &Vm, [_module, a]: &[Value; 2]) -> R {
            vm.unary($unary_op, *a)
        })*

        natives! { static FUNCTIONS: {
            $(#[doc = $binary_doc] $binary_line => $binary;)*
            $(#[doc = $compare_doc] $compare_line => $compare;)*
            $(#[doc = $unary_doc] $unary_line => $unary;)*
            /// Same as abs(a).
            "abs($module, a, /)" => absolute;
            /// Same as a.__index__()
            "index($module, a, /)" => index;
            /// Same as not a.
            "not_($module, a, /)" => not;
            /// Return True if a is true, False otherwise.
            "truth($module, a, /)" => truth;
            /// Same as a is b.
            "is_($module, a, b, /)" => is [pure];
            /// Same as a is not b.
            "is_not($module, a, b, /)" => is_not [pure];
            /// Same as a is None.
            "is_none($module, a, /)" => is_none [pure];
            /// Same as a is not None.
            "is_not_none($module, a, /)" => is_not_none [pure];
            /// Same as a ** b.
            "pow($module, a, b, /)" => power;
            /// Same as a **= b.
            "ipow($module, a, b, /)" => inplace_power;
            /// Same as obj(*args, **kwargs).
            "call($module, obj, /, *args, **kwargs)" => call;
        }}
    };
}

operators! {
    binary {
        add = B::Add, "Same as a + b.", "add($module, a, b, /)";
        and = B::And, "Same as a & b.", "and_($module, a, b, /)";
        floor_divide = B::FloorDivide, "Same as a // b.", "floordiv($module, a, b, /)";
        left_shift = B::Lshift, "Same as a << b.", "lshift($module, a, b, /)";
        matrix_multiply = B::MatrixMultiply, "Same as a @ b.", "matmul($module, a, b, /)";
        remainder = B::Remainder, "Same as a % b.", "mod($module, a, b, /)";
        multiply = B::Multiply, "Same as a * b.", "mul($module, a, b, /)";
        or = B::Or, "Same as a | b.", "or_($module, a, b, /)";
        right_shift = B::Rshift, "Same as a >> b.", "rshift($module, a, b, /)";
        subtract = B::Subtract, "Same as a - b.", "sub($module, a, b, /)";
        true_divide = B::TrueDivide, "Same as a / b.", "truediv($module, a, b, /)";
        xor = B::Xor, "Same as a ^ b.", "xor($module, a, b, /)";
        inplace_add = B::InplaceAdd, "Same as a += b.", "iadd($module, a, b, /)";
        inplace_and = B::InplaceAnd, "Same as a &= b.", "iand($module, a, b, /)";
        inplace_floor_divide = B::InplaceFloorDivide, "Same as a //= b.", "ifloordiv($module, a, b, /)";
        inplace_left_shift = B::InplaceLshift, "Same as a <<= b.", "ilshift($module, a, b, /)";
        inplace_matrix_multiply = B::InplaceMatrixMultiply, "Same as a @= b.", "imatmul($module, a, b, /)";
        inplace_remainder = B::InplaceRemainder, "Same as a %= b.", "imod($module, a, b, /)";
        inplace_multiply = B::InplaceMultiply, "Same as a *= b.", "imul($module, a, b, /)";
        inplace_or = B::InplaceOr, "Same as a |= b.", "ior($module, a, b, /)";
        inplace_right_shift = B::InplaceRshift, "Same as a >>= b.", "irshift($module, a, b, /)";
        inplace_subtract = B::InplaceSubtract, "Same as a -= b.", "isub($module, a, b, /)";
        inplace_true_divide = B::InplaceTrueDivide, "Same as a /= b.", "itruediv($module, a, b, /)";
        inplace_xor = B::InplaceXor, "Same as a ^= b.", "ixor($module, a, b, /)";
    }
    compare {
        eq = C::Eq, "Same as a == b.", "eq($module, a, b, /)";
        ne = C::Ne, "Same as a != b.", "ne($module, a, b, /)";
        lt = C::Lt, "Same as a < b.", "lt($module, a, b, /)";
        le = C::Le, "Same as a <= b.", "le($module, a, b, /)";
        gt = C::Gt, "Same as a > b.", "gt($module, a, b, /)";
        ge = C::Ge, "Same as a >= b.", "ge($module, a, b, /)";
    }
    unary {
        negative = U::Negative, "Same as -a.", "neg($module, a, /)";
        positive = U::Positive, "Same as +a.", "pos($module, a, /)";
        invert = U::Invert, "Same as ~a.", "invert($module, a, /)";
        inv = U::Invert, "Same as ~a.", "inv($module, a, /)";
    }
}

fn power(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    vm.binary(B::Power, *a, *b)
}

fn inplace_power(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    vm.binary(B::InplacePower, *a, *b)
}

fn absolute(vm: &Vm, [_module, a]: &[Value; 2]) -> R {
    match vm.type_of(*a).slots().absolute {
        Some(slot) => slot(vm, *a),
        None => Err(vm.type_error(format!("bad operand type for abs(): '{}'", vm.type_of(*a).qualified_name(vm)))),
    }
}

fn index(vm: &Vm, [_module, a]: &[Value; 2]) -> R {
    Ok(match vm.index(*a)? {
        object::Int::Small(int) => vm.int(int),
        object::Int::Big(big) => big.value(),
    })
}

fn not(vm: &Vm, [_module, a]: &[Value; 2]) -> R {
    Ok(Value::bool(!vm.truthy(*a)?))
}

fn truth(vm: &Vm, [_module, a]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.truthy(*a)?))
}

/// `a is b`: floats that are not immediate are told apart by their address, as all objects are.
fn is(_: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    Ok(Value::bool(a == b))
}

fn is_not(_: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    Ok(Value::bool(a != b))
}

fn is_none(_: &Vm, [_module, a]: &[Value; 2]) -> R {
    Ok(Value::bool(a.is_none()))
}

fn is_not_none(_: &Vm, [_module, a]: &[Value; 2]) -> R {
    Ok(Value::bool(!a.is_none()))
}

fn call(vm: &Vm, [_module, object, args, kwargs]: &[Value; 4]) -> R {
    let args = args.cast::<Tuple>().unwrap_or_else(|| vm.tuple(&[]));
    vm.call_tuple_dict(*object, args.items(), kwargs.cast::<Dict>())
}
