//! Template strings (PEP 750): `Template`, `Interpolation` and the iterator of a template.

mod interpolation;

use crate::descriptors::{getter, member};
use crate::generic_alias::class_getitem;
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Field, GetSet, Kind, List, Raised, Ref, Slot, Str, Tuple, TypeDef, TypeId, Value, ValueExt, Vm, native,
    natives,
};
use heap::Tracer;
use interpolation::Interpolation;
pub use interpolation::install;
use std::cell::Cell;

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &ITERATOR_TYPE, &interpolation::TYPE];

/// The data of `Template`.
struct Template {
    /// A tuple with one string more than there are interpolations.
    strings: Field,
    interpolations: Field,
}

impl NativeData for Template {
    fn trace(&self, tracer: &mut Tracer) {
        self.strings.trace(tracer);
        self.interpolations.trace(tracer);
    }
}

natives! {
    static METHODS: {
        /// Describe how to pickle the template.
        "__reduce__($self, /)" => reduce;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

static NEW: native::NativeDef = native! { "Template(...)" -> new };

/// `string.templatelib.Template`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Template),
    name: "Template",
    module: "string.templatelib",
    kind: Kind::NATIVE,
    doc: "What a template string literal makes.",
    slots: &[Slot::repr(repr), Slot::iter(iter), Slot::concat(concat)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("strings", |vm, this| Ok(data(vm, this)?.strings.get())),
    member("interpolations", |vm, this| Ok(data(vm, this)?.interpolations.get())),
    getter("values", |vm, this| {
        let values = vm.list(&[]);
        for &item in tuple(vm, &data(vm, this)?.interpolations).items() {
            if let Some(interpolation) = vm.as_native::<Interpolation>(item) {
                values.push(vm, interpolation.value.get());
            }
        }
        Ok(vm.tuple(values.items()).value())
    }),
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Template>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a string.templatelib.Template")),
    }
}

fn tuple(vm: &Vm, field: &Field) -> Ref<Tuple> {
    field.get().cast().unwrap_or_else(|| vm.tuple(&[]))
}

/// Joins a string to the last one where that is the last part.
struct Parts {
    strings: Ref<List>,
    interpolations: Ref<List>,
}

impl Parts {
    fn push_str(&self, vm: &Vm, string: Ref<Str>) {
        let last = self.strings.len();
        if last <= self.interpolations.len() {
            self.strings.push(vm, string.value());
        } else if let Some(before) = self.strings.get(last - 1).and_then(|before| before.cast::<Str>()) {
            self.strings.set(vm, last - 1, vm.str_concat(&[before, string]).value());
        }
    }

    fn push(&self, vm: &Vm, interpolation: Value) {
        if self.strings.len() <= self.interpolations.len() {
            self.strings.push(vm, vm.names.empty.value());
        }
        self.interpolations.push(vm, interpolation);
    }

    fn finish(&self, vm: &Vm) -> Value {
        if self.strings.len() <= self.interpolations.len() {
            self.strings.push(vm, vm.names.empty.value());
        }
        let data = Template {
            strings: Field::new(vm.tuple(self.strings.items()).value()),
            interpolations: Field::new(vm.tuple(self.interpolations.items()).value()),
        };
        vm.native(vm.types[TypeId::Template], data).value()
    }
}

fn new(vm: &Vm, args: Args) -> R {
    if args.keyword_count() > 0 {
        return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
    }
    let parts = Parts { strings: vm.list(&[]), interpolations: vm.list(&[]) };
    for &arg in args.rest().args {
        if let Some(string) = vm.as_str(arg) {
            parts.push_str(vm, string);
        } else if vm.as_native::<Interpolation>(arg).is_some() {
            parts.push(vm, arg);
        } else {
            let given = vm.type_of(arg).qualified_name(vm);
            let text = format!("Template.__new__ *args need to be of type 'str' or 'Interpolation', got {given}");
            return Err(vm.type_error(text));
        }
    }
    Ok(parts.finish(vm))
}

fn repr(vm: &Vm, this: Value) -> R {
    let own = data(vm, this)?;
    let (strings, interpolations) = (vm.repr(own.strings.get())?, vm.repr(own.interpolations.get())?);
    let parts = [vm.str("Template(strings="), strings, vm.str(", interpolations="), interpolations, vm.str(")")];
    Ok(vm.str_concat(&parts).value())
}

fn concat(vm: &Vm, a: Value, b: Value) -> R {
    let (Some(x), Some(y)) = (vm.as_native::<Template>(a), vm.as_native::<Template>(b)) else {
        let given = vm.type_of(b).qualified_name(vm);
        let text = format!(
            "can only concatenate string.templatelib.Template (not \"{given}\") to string.templatelib.Template"
        );
        return Err(vm.type_error(text));
    };
    let parts = Parts {
        strings: vm.list(tuple(vm, &x.strings).items()),
        interpolations: vm.list(tuple(vm, &x.interpolations).items()),
    };
    let interpolations = tuple(vm, &y.interpolations);
    for (index, string) in tuple(vm, &y.strings).items().iter().enumerate() {
        if let Some(string) = string.cast::<Str>() {
            parts.push_str(vm, string);
        }
        if let Some(interpolation) = interpolations.items().get(index) {
            parts.push(vm, *interpolation);
        }
    }
    Ok(parts.finish(vm))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = data(vm, *this)?;
    let function = vm.import_from("string.templatelib", "_template_unpickle")?;
    let args = vm.tuple(&[own.strings.get(), own.interpolations.get()]);
    Ok(vm.tuple(&[function, args.value()]).value())
}

struct TemplateIter {
    template: Field,
    /// Twice the number of the part, plus one where the next is an interpolation.
    at: Cell<usize>,
}

impl NativeData for TemplateIter {
    fn trace(&self, tracer: &mut Tracer) {
        self.template.trace(tracer);
    }
}

/// `string.templatelib.TemplateIter`
pub static ITERATOR_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::TemplateIterator),
    name: "TemplateIter",
    module: "string.templatelib",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    ..TypeDef::DEFAULT
};

fn iter(vm: &Vm, this: Value) -> R {
    let data = TemplateIter { template: Field::new(this), at: Cell::new(0) };
    Ok(vm.native(vm.types[TypeId::TemplateIterator], data).value())
}

/// Strings and interpolations in turn, without the empty strings.
fn next(vm: &Vm, this: Value) -> R {
    let Some(state) = vm.as_native::<TemplateIter>(this) else { return Ok(Value::UNBOUND) };
    let own = data(vm, state.template.get())?;
    loop {
        let at = state.at.get();
        let field = if at % 2 == 0 { &own.strings } else { &own.interpolations };
        let Some(item) = tuple(vm, field).items().get(at / 2).copied() else { return Ok(Value::UNBOUND) };
        state.at.set(at + 1);
        if at % 2 == 1 || item.cast::<Str>().is_some_and(|string| !string.is_empty()) {
            return Ok(item);
        }
    }
}
