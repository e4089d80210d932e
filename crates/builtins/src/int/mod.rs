//! `int` and `bool`.

mod arith;
mod boolean;
mod convert;
mod methods;

pub use arith::{int_compare, int_divmod};
pub use convert::{int_from_text, int_repr, int_to_index_value};
pub use methods::format_number;

use base::hash::{hash_i64, hash_ibig};
use base::number::int_to_float;
use object::native::NativeDef;
use object::ops::ordering_matches;
use object::{GetSet, Int, Kind, R, Raised, Slot, TypeDef, TypeId, Value, Vm, native, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &boolean::TYPE];

static NEW: NativeDef = native! { "int(...)" -> convert::int_new };

/// `int`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Int),
    name: "int",
    kind: Kind::BIG_INT,
    payload: true,
    flags: type_flags::BASETYPE | type_flags::INT | type_flags::MATCH_SELF,
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nAn integer of any size, made from a number or from text in a base from 2 to 36\n(0: the base is read from the text as in Python source).\n\n>>> int('ff', 16), int('0b101', base=0)\n(255, 5)",
    slots: &[
        Slot::repr(convert::int_repr),
        Slot::hash(int_hash),
        Slot::compare(arith::int_compare),
        Slot::add(arith::add),
        Slot::subtract(arith::subtract),
        Slot::multiply(arith::multiply),
        Slot::remainder(arith::remainder),
        Slot::divmod(arith::int_divmod),
        Slot::power(arith::power),
        Slot::negative(arith::negative),
        Slot::positive(plain),
        Slot::absolute(arith::absolute),
        Slot::bool(int_bool),
        Slot::invert(arith::invert),
        Slot::lshift(arith::lshift),
        Slot::rshift(arith::rshift),
        Slot::and(arith::and),
        Slot::xor(arith::xor),
        Slot::or(arith::or),
        Slot::int(plain),
        Slot::float(int_float),
        Slot::floor_divide(arith::floor_divide),
        Slot::true_divide(arith::true_divide),
        Slot::index(plain),
    ],
    methods: &[methods::METHODS],
    getset: &[
        GetSet { name: "real", get: plain, set: None, doc: "the real part of a complex number", is_member: false },
        GetSet {
            name: "imag",
            get: |_, _| Ok(Value::small(0)),
            set: None,
            doc: "the imaginary part of a complex number",
            is_member: false,
        },
        GetSet {
            name: "numerator",
            get: plain,
            set: None,
            doc: "the numerator of a rational number in lowest terms",
            is_member: false,
        },
        GetSet {
            name: "denominator",
            get: |_, _| Ok(Value::small(1)),
            set: None,
            doc: "the denominator of a rational number in lowest terms",
            is_member: false,
        },
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// The int that an instance of int or of a subclass is.
pub(crate) fn this_int(vm: &Vm, value: Value) -> Result<Int, Raised> {
    vm.as_int(value).ok_or_else(|| vm.type_error(format!("an int was expected, not '{}'", vm.type_name(value))))
}

/// The int as value of class int itself.
pub(crate) fn int_value(vm: &Vm, int: Int) -> Value {
    match int {
        Int::Small(small) => vm.int(small),
        Int::Big(big) => big.value(),
    }
}

/// The int as float; OverflowError where it is too large.
pub(crate) fn to_f64(vm: &Vm, int: Int) -> Result<f64, Raised> {
    match int {
        Int::Small(small) => Ok(small as f64),
        Int::Big(big) => int_to_float(&big.big).ok_or_else(|| vm.overflow_error("int too large to convert to float")),
    }
}

fn plain(vm: &Vm, this: Value) -> R {
    Ok(int_value(vm, this_int(vm, this)?))
}

fn int_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Ok(match this_int(vm, this)? {
        Int::Small(small) => hash_i64(small),
        Int::Big(big) => hash_ibig(&big.big),
    })
}

fn int_bool(vm: &Vm, this: Value) -> Result<bool, Raised> {
    Ok(!matches!(this_int(vm, this)?, Int::Small(0)))
}

fn int_float(vm: &Vm, this: Value) -> R {
    Ok(vm.float(to_f64(vm, this_int(vm, this)?)?))
}

/// What a comparison operator says of two ints.
pub(crate) fn compare_ints(a: Int, b: Int, op: bytecode::CompareOperator) -> Value {
    let ordering = match (a, b) {
        (Int::Small(a), Int::Small(b)) => a.cmp(&b),
        (Int::Big(a), Int::Big(b)) => a.big.cmp(&b.big),
        (Int::Big(a), Int::Small(_)) if a.big > dashu_int::IBig::ZERO => std::cmp::Ordering::Greater,
        (Int::Big(_), Int::Small(_)) => std::cmp::Ordering::Less,
        (Int::Small(_), Int::Big(b)) if b.big > dashu_int::IBig::ZERO => std::cmp::Ordering::Less,
        (Int::Small(_), Int::Big(_)) => std::cmp::Ordering::Greater,
    };
    Value::bool(ordering_matches(op, ordering))
}
