//! `string.templatelib.Interpolation`

use crate::descriptors::member;
use crate::generic_alias::class_getitem;
use ::object::layout::native::{Native, NativeData};
use ::object::slots::R;
use ::object::{
    Field, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};
use heap::Tracer;

/// The data of `Interpolation`.
pub struct Interpolation {
    /// `value`
    pub value: Field,
    expression: Field,
    conversion: Field,
    format_spec: Field,
}

impl NativeData for Interpolation {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.value, &self.expression, &self.conversion, &self.format_spec] {
            field.trace(tracer);
        }
    }
}

natives! {
    static METHODS: {
        /// Describe how to pickle the interpolation.
        "__reduce__($self, /)" => reduce;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

static NEW: native::NativeDef =
    native! { "Interpolation($cls, value, expression='', conversion=None, format_spec='')" => new };

/// `string.templatelib.Interpolation`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Interpolation),
    name: "Interpolation",
    module: "string.templatelib",
    kind: Kind::NATIVE,
    doc: "A value in a template string, with the expression, conversion and format that stood there.",
    slots: &[Slot::repr(repr)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("value", |vm, this| Ok(data(vm, this)?.value.get())),
    member("expression", |vm, this| Ok(data(vm, this)?.expression.get())),
    member("conversion", |vm, this| Ok(data(vm, this)?.conversion.get())),
    member("format_spec", |vm, this| Ok(data(vm, this)?.format_spec.get())),
];

/// Adds `__match_args__`, which is no descriptor.
pub fn install(vm: &Vm) {
    let names = vm.str_tuple(&["value", "expression", "conversion", "format_spec"]);
    let class = vm.types[TypeId::Interpolation];
    class.dict().insert_str(vm, vm.names.__match_args__, names.value());
    vm.class_changed(class);
}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Interpolation>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a string.templatelib.Interpolation")),
    }
}

fn new(vm: &Vm, [class, value, expression, conversion, format_spec]: &[Value; 5]) -> R {
    let text = |name: &str, value: Value| -> Result<(), Raised> {
        if vm.as_str(value).is_some() {
            return Ok(());
        }
        let given = vm.type_name(value);
        Err(vm.type_error(format!("Interpolation() argument '{name}' must be str, not {given}")))
    };
    text("expression", *expression)?;
    if !conversion.is_none() {
        text("conversion", *conversion)?;
        let known = vm.as_str(*conversion).is_some_and(|text| matches!(text.as_bytes(), b"s" | b"a" | b"r"));
        if !known {
            return Err(vm.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
        }
    }
    text("format_spec", *format_spec)?;
    let Some(class) = class.cast::<TypeObj>() else {
        return Err(vm.type_error("Interpolation.__new__() needs a class"));
    };
    let [value, expression, conversion, format_spec] = [*value, *expression, *conversion, *format_spec].map(Field::new);
    Ok(vm.native(class, Interpolation { value, expression, conversion, format_spec }).value())
}

fn fields(vm: &Vm, this: Value) -> Result<Value, Raised> {
    let own = data(vm, this)?;
    let values = [own.value.get(), own.expression.get(), own.conversion.get(), own.format_spec.get()];
    Ok(vm.tuple(&values).value())
}

fn repr(vm: &Vm, this: Value) -> R {
    let fields = vm.repr(fields(vm, this)?)?;
    Ok(vm.str_concat(&[vm.str("Interpolation"), fields]).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.tuple(&[vm.type_of(*this).value(), fields(vm, *this)?]).value())
}
