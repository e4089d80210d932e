//! `math`

mod gamma;
mod integer;
pub mod libm;
mod norm;
mod real;
mod sums;

use object::{Module, ModuleDef, Raised, Ref, Value, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "math",
    doc: "Mathematical functions on floats, as the C standard has them, and some on ints.",
    functions: &[real::FUNCTIONS, integer::FUNCTIONS, sums::FUNCTIONS, norm::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    use std::f64::consts::{E, PI, TAU};
    for (name, value) in [("pi", PI), ("e", E), ("tau", TAU), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        vm.add_value(module, name, vm.float(value));
    }
    Ok(())
}

/// Raises the ValueError for an argument that a function does not take.
#[cold]
pub fn domain_error(vm: &Vm) -> Raised {
    vm.value_error("math domain error")
}

/// Raises the OverflowError for a result that is too large.
#[cold]
pub fn range_error(vm: &Vm) -> Raised {
    vm.overflow_error("math range error")
}

/// The int of a float without fraction; an error for infinities and NaN.
pub fn float_to_int(vm: &Vm, float: f64) -> Result<Value, Raised> {
    match base::number::float_to_int(float) {
        Some(base::number::Int::Small(int)) => Ok(vm.int(int)),
        Some(base::number::Int::Big(big)) => Ok(vm.big(big)),
        None if float.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}
