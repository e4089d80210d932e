//! `typing.NoDefault`, and functions that give a constant where CPython wants an evaluator.

use crate::generic_alias::push_type_repr;
use ::object::layout::native::NativeData;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Field, Kind, Raised, Slot, Tuple, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};
use base::text::Wtf8Buf;
use heap::Tracer;

struct Nothing;

impl NativeData for Nothing {
    fn trace(&self, _: &mut Tracer) {}
}

natives! {
    static NO_DEFAULT_METHODS: {
        /// The name of the constant.
        "__reduce__($self, /)" => no_default_reduce;
    }
}

static NO_DEFAULT_NEW: native::NativeDef = native! { "NoDefaultType(...)" -> no_default_new };

/// The class of `typing.NoDefault`.
pub static NO_DEFAULT_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::NoDefaultType),
    name: "NoDefaultType",
    kind: Kind::NATIVE,
    doc: "The type of the NoDefault singleton.",
    slots: &[Slot::repr(|vm, _| Ok(vm.str("typing.NoDefault").value()))],
    methods: &[NO_DEFAULT_METHODS],
    new: Some(&NO_DEFAULT_NEW),
    ..TypeDef::DEFAULT
};

/// `typing.NoDefault`
pub fn no_default(vm: &Vm) -> Value {
    const NAME: &str = "typing.NoDefault";
    if let Some(known) = vm.state_value(NAME) {
        return known;
    }
    let object = vm.native(vm.types[TypeId::NoDefaultType], Nothing).value();
    vm.set_state(NAME, object);
    object
}

fn no_default_new(vm: &Vm, args: Args) -> R {
    if args.args.len() > 1 {
        return Err(vm.type_error("NoDefaultType takes no arguments"));
    }
    Ok(no_default(vm))
}

fn no_default_reduce(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(vm.intern("NoDefault").value())
}

struct ConstEvaluator {
    value: Field,
}

impl NativeData for ConstEvaluator {
    fn trace(&self, tracer: &mut Tracer) {
        self.value.trace(tracer);
    }
}

static EVALUATOR_TYPE: TypeDef = TypeDef {
    name: "_ConstEvaluator",
    module: "_typing",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    slots: &[Slot::repr(evaluator_repr), Slot::call(evaluator_call)],
    ..TypeDef::DEFAULT
};

/// A function that gives a value in each format but that of text.
pub fn const_evaluator(vm: &Vm, value: Value) -> Value {
    const NAME: &str = "_typing._ConstEvaluator";
    let class = match vm.state_value(NAME).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => class,
        None => {
            let class = vm.make_type(&EVALUATOR_TYPE);
            vm.set_state(NAME, class.value());
            class
        }
    };
    vm.native(class, ConstEvaluator { value: Field::new(value) }).value()
}

fn constant(vm: &Vm, this: Value) -> R {
    match vm.as_native::<ConstEvaluator>(this) {
        Some(data) => Ok(data.value.get()),
        None => Err(vm.type_error("expected a _ConstEvaluator")),
    }
}

fn evaluator_repr(vm: &Vm, this: Value) -> R {
    let value = vm.repr(constant(vm, this)?)?;
    Ok(vm.str_concat(&[vm.str("<constevaluator "), value, vm.str(">")]).value())
}

/// The number of `annotationlib.Format.STRING`.
const FORMAT_STRING: i64 = 4;

fn evaluator_call(vm: &Vm, this: Value, args: Args) -> R {
    let value = constant(vm, this)?;
    if args.count() != 1 || args.keyword_count() > 0 {
        let given = args.args.len();
        return Err(vm.type_error(format!("_typing._ConstEvaluator() takes exactly one argument ({given} given)")));
    }
    if vm.index_i64(args.args[0])? != FORMAT_STRING {
        return Ok(value);
    }
    let mut out = Wtf8Buf::new();
    match value.cast::<Tuple>() {
        Some(tuple) => {
            out.push_str("(");
            for (index, &item) in tuple.items().iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                push_type_repr(vm, &mut out, item)?;
            }
            out.push_str(")");
        }
        None => push_text(vm, &mut out, value)?,
    }
    Ok(vm.str_wtf8(&out).value())
}

fn push_text(vm: &Vm, out: &mut Wtf8Buf, value: Value) -> Result<(), Raised> {
    push_type_repr(vm, out, value)
}
