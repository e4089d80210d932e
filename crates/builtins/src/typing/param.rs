//! What the three kinds of type parameters share.

use super::constant::{const_evaluator, no_default};
use super::{call_typing, note_module};
use crate::descriptors::{getter, member};
use ::object::layout::native::{Native, NativeData};
use ::object::slots::R;
use ::object::{Field, GetSet, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm};
use heap::Tracer;
use std::cell::Cell;

/// The data of a type parameter. What is not there is unbound; what is to be computed on demand has a function.
pub struct TypeParam {
    /// `__name__`
    pub name: Field,
    bound: Field,
    evaluate_bound: Field,
    constraints: Field,
    evaluate_constraints: Field,
    default: Field,
    evaluate_default: Field,
    /// `__covariant__`
    pub covariant: Cell<bool>,
    /// `__contravariant__`
    pub contravariant: Cell<bool>,
    /// `__infer_variance__`
    pub infer_variance: Cell<bool>,
}

impl NativeData for TypeParam {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [
            &self.name,
            &self.bound,
            &self.evaluate_bound,
            &self.constraints,
            &self.evaluate_constraints,
            &self.default,
            &self.evaluate_default,
        ] {
            field.trace(tracer);
        }
    }
}

/// The data of a type parameter.
pub fn data(vm: &Vm, this: Value) -> Result<Ref<Native<TypeParam>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error(format!("expected a type parameter, not '{}'", vm.type_name(this)))),
    }
}

/// A type parameter with nothing but a name.
pub fn alloc(vm: &Vm, class: Ref<TypeObj>, name: Value) -> Ref<Native<TypeParam>> {
    let nothing = || Field::new(Value::UNBOUND);
    let data = TypeParam {
        name: Field::new(name),
        bound: nothing(),
        evaluate_bound: nothing(),
        constraints: nothing(),
        evaluate_constraints: nothing(),
        default: nothing(),
        evaluate_default: nothing(),
        covariant: Cell::new(false),
        contravariant: Cell::new(false),
        infer_variance: Cell::new(false),
    };
    vm.native(class, data)
}

/// A type parameter of the syntax of PEP 695; functions compute its bound or its constraints.
pub fn type_param(vm: &Vm, class: TypeId, name: Value, evaluators: &[(&str, Value)]) -> R {
    let param = alloc(vm, vm.types[class], name);
    param.infer_variance.set(class != TypeId::TypeVarTuple);
    for (what, function) in evaluators {
        let field = match *what {
            "bound" => &param.evaluate_bound,
            "constraints" => &param.evaluate_constraints,
            _ => &param.evaluate_default,
        };
        field.set(vm, param, *function);
    }
    Ok(param.value())
}

/// Gives a type parameter the function that computes its default.
pub fn set_default(vm: &Vm, param: Value, evaluator: Value) -> R {
    let own = data(vm, param)?;
    own.evaluate_default.set(vm, own, evaluator);
    Ok(param)
}

/// What the constructor of a type parameter is given.
pub struct Options {
    /// None or unbound where there is none.
    pub bound: Value,
    /// A tuple.
    pub constraints: Value,
    /// Unbound where there is none.
    pub default: Value,
    /// `covariant`, `contravariant`, `infer_variance`
    pub variance: [Value; 3],
}

/// Makes a type parameter by its constructor.
pub fn construct(vm: &Vm, class: Value, function: &str, name: Value, options: Options) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("__new__ needs a class")) };
    if vm.as_str(name).is_none() {
        let given = vm.type_name(name);
        return Err(vm.type_error(format!("{function}() argument 'name' must be str, not {given}")));
    }
    let mut variance = [false; 3];
    for (index, value) in options.variance.into_iter().enumerate() {
        variance[index] = vm.truthy(value)?;
    }
    if variance[0] && variance[1] {
        return Err(vm.value_error("Bivariant types are not supported."));
    }
    if variance[2] && (variance[0] || variance[1]) {
        return Err(vm.value_error("Variance cannot be specified with infer_variance."));
    }
    let mut bound = if options.bound.is_none() { Value::UNBOUND } else { options.bound };
    if !bound.is_unbound() && class == vm.types[TypeId::TypeVar] {
        let text = vm.str("Bound must be a type.").value();
        bound = call_typing(vm, "_type_check", &[bound, text])?;
    }
    let constraints = vm.as_tuple(options.constraints).filter(|tuple| !tuple.is_empty());
    if let Some(constraints) = constraints {
        if constraints.len() == 1 {
            return Err(vm.type_error("A single constraint is not allowed"));
        }
        if !bound.is_unbound() {
            return Err(vm.type_error("Constraints cannot be combined with bound=..."));
        }
    }
    let param = alloc(vm, class, name);
    param.bound.set(vm, param, bound);
    param.constraints.set(vm, param, constraints.map_or(Value::UNBOUND, Ref::value));
    param.default.set(vm, param, options.default);
    param.covariant.set(variance[0]);
    param.contravariant.set(variance[1]);
    param.infer_variance.set(variance[2]);
    note_module(vm, param.value());
    Ok(param.value())
}

/// A value that is computed when it is first asked for.
fn lazy(vm: &Vm, owner: Ref<Native<TypeParam>>, value: &Field, evaluate: &Field) -> Result<Option<Value>, Raised> {
    if let Some(known) = value.get().bound() {
        return Ok(Some(known));
    }
    let Some(function) = evaluate.get().bound() else { return Ok(None) };
    let computed = vm.call(function, &[Value::small(1)])?;
    value.set(vm, owner, computed);
    Ok(Some(computed))
}

/// `__default__`
pub fn default(vm: &Vm, this: Value) -> R {
    let own = data(vm, this)?;
    Ok(lazy(vm, own, &own.default, &own.evaluate_default)?.unwrap_or_else(|| no_default(vm)))
}

/// The function that computes a value: the one given, or one for the value that is known.
fn evaluator(vm: &Vm, value: &Field, evaluate: &Field) -> Value {
    match (evaluate.get().bound(), value.get().bound()) {
        (Some(function), _) => function,
        (None, Some(value)) => const_evaluator(vm, value),
        (None, None) => Value::NONE,
    }
}

/// `has_default()`
pub fn has_default(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = data(vm, *this)?;
    let default = own.default.get();
    let known = !default.is_unbound() && default != no_default(vm);
    Ok(Value::bool(known || !own.evaluate_default.get().is_unbound()))
}

/// `__reduce__()`: the name.
pub fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(data(vm, *this)?.name.get())
}

pub(super) const NAME: GetSet = member("__name__", |vm, this| Ok(data(vm, this)?.name.get()));
pub(super) const COVARIANT: GetSet =
    member("__covariant__", |vm, this| Ok(Value::bool(data(vm, this)?.covariant.get())));
pub(super) const CONTRAVARIANT: GetSet =
    member("__contravariant__", |vm, this| Ok(Value::bool(data(vm, this)?.contravariant.get())));
pub(super) const INFER_VARIANCE: GetSet =
    member("__infer_variance__", |vm, this| Ok(Value::bool(data(vm, this)?.infer_variance.get())));
pub(super) const BOUND: GetSet = getter("__bound__", |vm, this| {
    let own = data(vm, this)?;
    Ok(lazy(vm, own, &own.bound, &own.evaluate_bound)?.unwrap_or(Value::NONE))
});
pub(super) const CONSTRAINTS: GetSet = getter("__constraints__", |vm, this| {
    let own = data(vm, this)?;
    Ok(lazy(vm, own, &own.constraints, &own.evaluate_constraints)?.unwrap_or_else(|| vm.tuple(&[]).value()))
});
pub(super) const DEFAULT: GetSet = getter("__default__", default);
pub(super) const EVALUATE_BOUND: GetSet = getter("evaluate_bound", |vm, this| {
    let own = data(vm, this)?;
    Ok(evaluator(vm, &own.bound, &own.evaluate_bound))
});
pub(super) const EVALUATE_CONSTRAINTS: GetSet = getter("evaluate_constraints", |vm, this| {
    let own = data(vm, this)?;
    Ok(evaluator(vm, &own.constraints, &own.evaluate_constraints))
});
pub(super) const EVALUATE_DEFAULT: GetSet = getter("evaluate_default", |vm, this| {
    let own = data(vm, this)?;
    Ok(evaluator(vm, &own.default, &own.evaluate_default))
});

/// `repr`: the name behind a sign for the variance.
pub fn repr(vm: &Vm, this: Value) -> R {
    let own = data(vm, this)?;
    let name = vm.to_str(own.name.get())?;
    if own.infer_variance.get() {
        return Ok(name.value());
    }
    let sign = if own.covariant.get() {
        "+"
    } else if own.contravariant.get() {
        "-"
    } else {
        "~"
    };
    Ok(vm.str_concat(&[vm.str(sign), name]).value())
}
