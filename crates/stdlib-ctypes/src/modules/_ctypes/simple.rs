//! `_SimpleCData` and its metaclass.

use super::codes::{self, Code};
use super::info::{self, Family, InfoRef, flags};
use super::meta::{add_attribute, add_class_method, again, as_parameter, methods};
use super::param::{self, Parameter};
use super::{data, meta, state};
use object::native::NativeDef;
use object::{
    Args, Dict, GetSet, Kind, R, Raised, Ref, Slot, TypeDef, TypeObj, Value, ValueExt, Vm, native, native_ref, natives,
    type_flags,
};

methods!(META_METHODS, from_param);

/// `PyCSimpleType`
pub static METACLASS: TypeDef = TypeDef {
    name: "PyCSimpleType",
    module: "_ctypes",
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    doc: "metatype for the PyCSimpleType Objects",
    slots: &[Slot::init(meta_init)],
    methods: &[META_METHODS],
    ..TypeDef::DEFAULT
};

/// `_SimpleCData`
pub static SIMPLE: TypeDef = TypeDef {
    name: "_SimpleCData",
    module: "_ctypes",
    doc: "Base of the types that hold one C value, such as c_int.",
    flags: type_flags::BASETYPE,
    slots: &[Slot::init(init), Slot::repr(repr), Slot::bool(truth), Slot::buffer(data::buffer)],
    methods: &[METHODS],
    getset: &[GetSet { name: "value", get, set: Some(set), doc: "current value", is_member: false }],
    new: Some(native_ref! { "_SimpleCData(...)" -> data::generic_new }),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "__ctypes_from_outparam__($self, /)" => from_outparam;
}}

fn meta_init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    if !matches!(args.count(), 1 | 3) {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    let class = meta::new_class(vm, this)?;
    let code = code_of(vm, class)?;
    let info = info::attach(vm, class, Family::Simple)?;
    fill(vm, info, code, false)?;
    if class.base().is_some_and(|base| state::find(vm).is_some_and(|state| base.value() == state.simple.get())) {
        let converter: Option<&'static NativeDef> = match code.code {
            b'z' => Some(&CHAR_P),
            b'Z' => Some(&WCHAR_P),
            b'P' => Some(&VOID_P),
            _ => None,
        };
        if let Some(converter) = converter {
            add_class_method(vm, class, converter);
        }
    }
    if vm.type_of(this).def.get().is_some_and(|def| std::ptr::eq(def, &METACLASS)) && code.swapped.is_some() {
        make_swapped(vm, class, code, args)?;
    }
    Ok(())
}

fn code_of(vm: &Vm, class: Ref<TypeObj>) -> Result<&'static Code, Raised> {
    let Some(proto) = meta::attribute(vm, class, "_type_")? else {
        let text = "class must define a '_type_' attribute";
        return Err(vm.attribute_error(text, class.value(), vm.intern("_type_").value()));
    };
    let Some(text) = vm.as_str(proto) else {
        return Err(vm.type_error("class must define a '_type_' string attribute"));
    };
    let [letter] = text.as_bytes() else {
        return Err(vm.value_error("class must define a '_type_' attribute which must be a string of length 1"));
    };
    codes::find(*letter).ok_or_else(|| {
        let known: String = codes::CODES.iter().map(|row| row.code as char).collect();
        let text = format!(
            "class must define a '_type_' attribute which must be\na single character string containing one of the\n\
             supported types: '{known}'."
        );
        vm.attribute_error(text, class.value(), vm.intern("_type_").value())
    })
}

fn fill(vm: &Vm, info: InfoRef, code: &'static Code, swapped: bool) -> Result<(), Raised> {
    info.size.set(code.size());
    info.align.set(code.primitive.align());
    info.code.set(Some(code));
    info.access.set(if swapped { code.swapped } else { Some(code.native) });
    info.proto.set(vm, info, vm.str_char(code.code as u32).value());
    let order = if swapped == cfg!(target_endian = "little") { '>' } else { '<' };
    info.format.set(Some(state::format(vm, &format!("{order}{}", code.format as char))?));
    if matches!(code.code, b'z' | b'Z' | b'P' | b'O') {
        info.add_flags(flags::IS_POINTER);
    }
    Ok(())
}

/// Makes the type of the other byte order.
fn make_swapped(vm: &Vm, class: Ref<TypeObj>, code: &'static Code, args: Args) -> Result<(), Raised> {
    let suffix = if cfg!(target_endian = "little") { "_be" } else { "_le" };
    let name = vm.intern(&format!("{}{suffix}", class.name_str()));
    let (Some(bases), Some(namespace)) =
        (args.args.get(1).and_then(|bases| vm.as_tuple(*bases)), args.args.get(2).and_then(|dict| dict.cast::<Dict>()))
    else {
        return Ok(());
    };
    let made = vm.new_class(vm.type_of(class.value()), name, bases, namespace, None)?;
    let swapped = data::class_of(vm, made)?;
    let swapped_info = info::attach(vm, swapped, Family::Simple)?;
    fill(vm, swapped_info, code, true)?;
    let (own, other) = if cfg!(target_endian = "little") {
        ("__ctype_le__", "__ctype_be__")
    } else {
        ("__ctype_be__", "__ctype_le__")
    };
    add_attribute(vm, class, own, class.value());
    add_attribute(vm, class, other, made);
    add_attribute(vm, swapped, own, class.value());
    add_attribute(vm, swapped, other, made);
    Ok(())
}

/// `from_param` of simple types.
fn from_param(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    if vm.is_instance(*value, *class)? {
        return Ok(*value);
    }
    let info = info::concrete(vm, *class)?;
    let Some(code) = info.code.get() else { return Err(vm.type_error("abstract class")) };
    let mut parameter = Parameter::new(code.code, code.primitive.ffi());
    match (code.native.set)(vm, parameter.value.address(), *value, info.size.get()) {
        Ok(kept) => param::make(vm, parameter, kept),
        Err(raised) => {
            let exception = vm.take_exception(raised);
            match as_parameter(vm, *value)? {
                Some(inner) => again(vm, || from_param(vm, &[*class, inner])),
                None => Err(vm.raise_again(exception)),
            }
        }
    }
}

static CHAR_P: NativeDef = native! { "from_param($self, value, /)" => char_p_from_param };
static WCHAR_P: NativeDef = native! { "from_param($self, value, /)" => wchar_p_from_param };
static VOID_P: NativeDef = native! { "from_param($self, value, /)" => void_p_from_param };

/// A parameter that a row of the table makes of a value.
fn by_code(vm: &Vm, letter: u8, value: Value) -> R {
    let Some(code) = codes::find(letter) else { return Err(vm.system_error("no such type code")) };
    let mut parameter = Parameter::new(letter, code.primitive.ffi());
    let kept = (code.native.set)(vm, parameter.value.address(), value, code.size())?;
    param::make(vm, parameter, kept)
}

fn not_interpreted(vm: &Vm, value: Value, name: &str) -> Raised {
    let class = info::class_name(vm, value);
    vm.type_error(format!("'{class}' object cannot be interpreted as ctypes.{name}"))
}

/// Is it an array or pointer of items with a code, or a pointer to one made by `byref`?
fn points_to_code(vm: &Vm, value: Value, code: u8) -> bool {
    if let Some(info) = info::of_object(vm, value)
        && matches!(info.family, Family::Array | Family::Pointer)
        && data::find(vm, value).is_some()
    {
        return info::of_type(vm, info.proto.get()).is_some_and(|item| item.has_code(code));
    }
    match param::find(vm, value) {
        Some(parameter) => info::of_object(vm, parameter.object.get()).is_some_and(|item| item.has_code(code)),
        None => false,
    }
}

fn char_p_from_param(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    if value.is_none() {
        return Ok(*value);
    }
    if vm.as_bytes(*value).is_some() {
        return by_code(vm, b'z', *value);
    }
    if vm.is_instance(*value, *class)? || points_to_code(vm, *value, b'c') {
        return Ok(*value);
    }
    match as_parameter(vm, *value)? {
        Some(inner) => again(vm, || char_p_from_param(vm, &[*class, inner])),
        None => Err(not_interpreted(vm, *value, "c_char_p")),
    }
}

fn wchar_p_from_param(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    if value.is_none() {
        return Ok(*value);
    }
    if vm.as_str(*value).is_some() {
        return by_code(vm, b'Z', *value);
    }
    if vm.is_instance(*value, *class)? || points_to_code(vm, *value, b'u') {
        return Ok(*value);
    }
    match as_parameter(vm, *value)? {
        Some(inner) => again(vm, || wchar_p_from_param(vm, &[*class, inner])),
        None => Err(not_interpreted(vm, *value, "c_wchar_p")),
    }
}

fn void_p_from_param(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    if value.is_none() {
        return Ok(*value);
    }
    for (letter, matches) in [
        (b'P', vm.as_int(*value).is_some()),
        (b'z', vm.as_bytes(*value).is_some()),
        (b'Z', vm.as_str(*value).is_some()),
    ] {
        if matches {
            return by_code(vm, letter, *value);
        }
    }
    if vm.is_instance(*value, *class)? {
        return Ok(*value);
    }
    if let Some(parameter) = param::find(vm, *value)
        && parameter.tag == b'P'
    {
        return Ok(*value);
    }
    if let (Some(info), Some(instance)) = (info::of_object(vm, *value), data::find(vm, *value)) {
        let address = |tag: u8| {
            let mut parameter = Parameter::new(tag, super::ffi::Primitive::Pointer.ffi());
            parameter.value.set_word(data::pointer_value(instance) as u64);
            param::make(vm, parameter, *value)
        };
        match info.family {
            Family::Array | Family::Pointer => return Ok(*value),
            Family::Function => return address(b'P'),
            Family::Simple if info.has_code(b'z') || info.has_code(b'Z') => return address(b'Z'),
            _ => {}
        }
    }
    match as_parameter(vm, *value)? {
        Some(inner) => again(vm, || void_p_from_param(vm, &[*class, inner])),
        None => Err(not_interpreted(vm, *value, "c_void_p")),
    }
}

fn init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    let given = &args.args[..args.count()];
    match given {
        [] => Ok(()),
        [value] => set(vm, this, *value),
        _ => Err(vm.type_error(format!("__init__ expected at most 1 argument, got {}", given.len()))),
    }
}

/// `value`
pub fn get(vm: &Vm, this: Value) -> R {
    let instance = data::of(vm, this)?;
    let info = info::concrete(vm, vm.type_of(this).value())?;
    match info.access.get() {
        Some(access) => (access.get)(vm, instance.address.get(), info.size.get()),
        None => Err(vm.type_error("abstract class")),
    }
}

fn set(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("can't delete attribute"));
    }
    let instance = data::of(vm, this)?;
    let info = info::concrete(vm, vm.type_of(this).value())?;
    let Some(access) = info.access.get() else { return Err(vm.type_error("abstract class")) };
    if info.size.get() > instance.size.get() {
        return Err(vm.value_error("the instance has too little memory for its class"));
    }
    let kept = (access.set)(vm, instance.address.get(), value, info.size.get())?;
    data::keep(vm, instance, 0, kept)
}

fn from_outparam(vm: &Vm, [this]: &[Value; 1]) -> R {
    match info::of_object(vm, *this) {
        Some(info) if !info.is_derived => get(vm, *this),
        _ => Ok(*this),
    }
}

fn repr(vm: &Vm, this: Value) -> R {
    let class = vm.type_of(this);
    let name = class.qualified_name(vm);
    if info::of_class(vm, class).is_none_or(|info| info.is_derived) {
        return Ok(vm.str(&format!("<{name} object at 0x{:x}>", this.bits())).value());
    }
    let value = get(vm, this)?;
    let mut text = base::text::Wtf8Buf::from_string(format!("{name}("));
    text.push_wtf8(vm.repr(value)?.text());
    text.push_str(")");
    Ok(vm.str_wtf8(&text).value())
}

fn truth(vm: &Vm, this: Value) -> Result<bool, Raised> {
    let instance = data::of(vm, this)?;
    // SAFETY: the memory of the instance; nothing else runs.
    let memory = unsafe { std::slice::from_raw_parts(instance.address.get(), instance.size.get()) };
    Ok(memory.iter().any(|byte| *byte != 0))
}
