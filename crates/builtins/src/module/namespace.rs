//! `types.SimpleNamespace`

use crate::support::enter_repr;
use ::object::class::DICT_GETSET;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Dict, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};
use base::text::Wtf8Buf;
use bytecode::CompareOperator;

natives! {
    static METHODS: {
        /// Describe how to pickle the namespace.
        "__reduce__($self, /)" => reduce;
        /// A copy with some attributes replaced.
        "__replace__($self, /, **changes)" => replace;
    }
}

static NEW: native::NativeDef = native! { "SimpleNamespace(...)" -> new };
static INIT: native::NativeDef = native! { "SimpleNamespace(...)" -> init };

/// `types.SimpleNamespace`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::SimpleNamespace),
    name: "SimpleNamespace",
    module: "types",
    kind: Kind::INSTANCE,
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    doc: "An object with the attributes that it is given.",
    slots: &[Slot::repr(repr), Slot::compare(compare)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] =
    &[GetSet { name: "__dict__", get: DICT_GETSET.get, set: None, doc: "", is_member: true }];

fn new(vm: &Vm, args: Args) -> R {
    match args.args.first().and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(vm.new_instance(class, None)),
        None => Err(vm.type_error("SimpleNamespace.__new__() needs a class")),
    }
}

fn init(vm: &Vm, args: Args) -> R {
    let Some(&this) = args.args.first() else {
        return Err(vm.type_error("descriptor '__init__' of 'SimpleNamespace' object needs an argument"));
    };
    let rest = args.rest();
    let (positional, keywords) = rest.split();
    match positional {
        [] => {}
        [mapping] => {
            let dict = vm.call(vm.types[TypeId::Dict].value(), &[*mapping])?;
            if let Some(dict) = dict.cast::<Dict>() {
                for entry in dict.iter() {
                    let Some(name) = vm.as_str(entry.key) else {
                        return Err(vm.type_error("keywords must be strings"));
                    };
                    vm.set_instance_attr(this, vm.intern_str(name), entry.value);
                }
            }
        }
        _ => {
            let name = vm.type_name(this);
            let given = positional.len();
            return Err(vm.type_error(format!("{name} expected at most 1 positional argument, got {given}")));
        }
    }
    for (name, value) in keywords {
        vm.set_instance_attr(this, vm.intern_str(name), value);
    }
    Ok(Value::NONE)
}

fn repr(vm: &Vm, this: Value) -> R {
    let name =
        if vm.is_exactly(this, TypeId::SimpleNamespace) { String::from("namespace") } else { vm.type_name(this) };
    let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.str(&format!("{name}(...)")).value()) };
    let mut out = Wtf8Buf::from_string(format!("{name}("));
    let mut first = true;
    let all = attributes(vm, this).copy(vm);
    let mut position = 0;
    while let Some((next, entry)) = all.next(position) {
        position = next;
        let Some(key) = vm.as_str(entry.key).filter(|key| !key.is_empty()) else { continue };
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
        out.push_wtf8(key.text());
        out.push_str("=");
        out.push_wtf8(vm.repr(entry.value)?.text());
    }
    out.push_str(")");
    Ok(vm.str_wtf8(&out).value())
}

fn attributes(vm: &Vm, this: Value) -> Ref<Dict> {
    crate::object::reduce::attributes_dict(vm, this).cast::<Dict>().unwrap_or_else(|| vm.dict())
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    if !vm.is_a(this, TypeId::SimpleNamespace) || !vm.is_a(other, TypeId::SimpleNamespace) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.compare(attributes(vm, this).value(), attributes(vm, other).value(), op)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let (class, args) = (vm.type_of(*this).value(), vm.tuple(&[]).value());
    Ok(vm.tuple(&[class, args, vm.instance_dict(*this).value()]).value())
}

fn replace(vm: &Vm, [this, changes]: &[Value; 2]) -> R {
    let class = vm.type_of(*this);
    let new = vm.call(class.value(), &[])?;
    if !vm.is_a(new, TypeId::SimpleNamespace) {
        let (class, given) = (class.full_name(vm), vm.type_of(new).full_name(vm));
        let text = format!("expect types.SimpleNamespace type, but {class}() returned '{given}' object");
        return Err(vm.type_error(text));
    }
    let set = |from: Ref<Dict>| -> Result<(), Raised> {
        let mut position = 0;
        while let Some((next, entry)) = from.next(position) {
            position = next;
            if let Some(name) = vm.as_str(entry.key) {
                vm.setattr(new, vm.intern_str(name), entry.value)?;
            }
        }
        Ok(())
    };
    set(attributes(vm, *this).copy(vm))?;
    if let Some(changes) = changes.cast::<Dict>() {
        set(changes)?;
    }
    Ok(new)
}
