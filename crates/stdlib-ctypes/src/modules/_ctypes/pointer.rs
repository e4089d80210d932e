//! `_Pointer` and its metaclass.

use super::info::{self, Family, InfoRef, flags};
use super::meta::{self, methods};
use super::text::{self, Wide};
use super::{data, param, state};
use object::{
    Args, Dict, GetSet, Kind, R, Raised, Slice, Slot, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives,
    type_flags,
};

methods!(META_METHODS, from_param);

natives! { static SET_TYPE: {
    "set_type($self, type, /)" => set_type;
}}

/// `PyCPointerType`
pub static METACLASS: TypeDef = TypeDef {
    name: "PyCPointerType",
    module: "_ctypes",
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    doc: "metatype for the Pointer Objects",
    slots: &[Slot::init(meta_init)],
    methods: &[SET_TYPE, META_METHODS],
    ..TypeDef::DEFAULT
};

/// `_Pointer`
pub static POINTER: TypeDef = TypeDef {
    name: "_Pointer",
    module: "_ctypes",
    doc: "Base of the types of pointers, which POINTER() makes.",
    flags: type_flags::BASETYPE,
    slots: &[
        Slot::init(init),
        Slot::bool(truth),
        Slot::getitem(getitem),
        Slot::setitem(setitem),
        Slot::buffer(data::buffer),
    ],
    getset: &[GetSet {
        name: "contents",
        get: contents,
        set: Some(set_contents),
        doc: "the object this pointer points to (read-write)",
        is_member: false,
    }],
    new: Some(native_ref! { "_Pointer(...)" -> new }),
    ..TypeDef::DEFAULT
};

fn meta_init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    let class = meta::new_class(vm, this)?;
    let info = info::attach(vm, class, Family::Pointer)?;
    info.size.set(size_of::<usize>());
    info.align.set(align_of::<usize>());
    info.length.set(1);
    info.add_flags(flags::IS_POINTER);
    // The namespace as it was given: a metaclass may have added to it.
    let given = args.args.get(2).and_then(|namespace| namespace.cast::<Dict>());
    let Some(proto) = given.and_then(|namespace| namespace.get_str(vm, vm.intern("_type_"))) else { return Ok(()) };
    set_proto(vm, this, info, proto)
}

/// Sets the type that a pointer type points to, which has it as pointer type unless it has another one.
fn set_proto(vm: &Vm, this: Value, info: InfoRef, proto: Value) -> Result<(), Raised> {
    if proto.cast::<TypeObj>().is_none() {
        return Err(vm.type_error("_type_ must be a type"));
    }
    let Some(item) = info::of_type(vm, proto) else {
        let shown = vm.repr(proto)?.to_string_lossy();
        return Err(vm.type_error(format!("{shown} must have storage info")));
    };
    info.proto.set(vm, info, proto);
    if item.pointer_type.get().is_unbound() {
        item.pointer_type.set(vm, item, this);
    }
    let item_format = item.format.get().unwrap_or("B");
    let shape = item.shape.borrow();
    let format = if shape.is_empty() {
        format!("&{item_format}")
    } else {
        let extents: Vec<String> = shape.iter().map(isize::to_string).collect();
        format!("&({}){item_format}", extents.join(","))
    };
    info.format.set(Some(state::format(vm, &format)?));
    Ok(())
}

fn set_type(vm: &Vm, [this, proto]: &[Value; 2]) -> R {
    let info = info::concrete(vm, *this)?;
    set_proto(vm, *this, info, *proto)?;
    meta::add_attribute(vm, data::class_of(vm, *this)?, "_type_", *proto);
    Ok(Value::NONE)
}

/// `from_param`
fn from_param(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    if value.is_none() {
        return Ok(*value);
    }
    let info = info::concrete(vm, *class)?;
    let Some(proto) = info.proto.get().bound() else {
        return Err(vm.type_error("cannot convert argument: POINTER _type_ type is not set"));
    };
    if vm.is_instance(*value, proto)? {
        return param::by_reference(vm, data::of(vm, *value)?, 0);
    }
    if data::find(vm, *value).is_some()
        && let Some(other) = info::of_object(vm, *value)
        && matches!(other.family, Family::Pointer | Family::Array)
        && let Some(item) = other.proto.get().bound()
        && vm.is_subclass(item, proto)?
    {
        return Ok(*value);
    }
    meta::from_param(vm, &[*class, *value])
}

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().copied().unwrap_or(Value::NONE);
    if info::of_type(vm, class).is_none_or(|info| info.proto.get().is_unbound()) {
        return Err(vm.type_error("Cannot create instance: has no _type_"));
    }
    data::generic_new(vm, args)
}

fn init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    match &args.args[..args.count()] {
        [] => Ok(()),
        [value] => set_contents(vm, this, *value),
        given => Err(vm.type_error(format!("POINTER expected at most 1 argument, got {}", given.len()))),
    }
}

fn truth(vm: &Vm, this: Value) -> Result<bool, Raised> {
    Ok(!data::pointer_value(data::of(vm, this)?).is_null())
}

/// A pointer, the type that it points to, and the address.
struct Parts {
    pointer: data::DataRef,
    proto: Value,
    item: InfoRef,
    address: *mut u8,
}

fn parts(vm: &Vm, this: Value) -> Result<Parts, Raised> {
    let pointer = data::of(vm, this)?;
    let address = data::pointer_value(pointer);
    if address.is_null() {
        return Err(vm.value_error("NULL pointer access"));
    }
    let proto = info::concrete(vm, vm.type_of(this).value())?.proto.get();
    Ok(Parts { pointer, proto, item: info::concrete(vm, proto)?, address })
}

fn contents(vm: &Vm, this: Value) -> R {
    let parts = parts(vm, this)?;
    Ok(data::part_of(vm, parts.proto, parts.pointer, 0, parts.address)?.value())
}

fn set_contents(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("Pointer does not support item deletion"));
    }
    let pointer = data::of(vm, this)?;
    let proto = info::concrete(vm, vm.type_of(this).value())?.proto.get();
    if proto.is_unbound() {
        return Err(vm.type_error("Cannot create instance: has no _type_"));
    }
    // Instances of other types are accepted, too.
    let Some(to) = data::find(vm, value) else {
        let (expected, found) = (info::type_name(vm, proto), info::class_name(vm, value));
        return Err(vm.type_error(format!("expected {expected} instead of {found}")));
    };
    data::set_pointer_value(pointer, to.address.get());
    // What the pointer points to is kept, and what that keeps.
    data::keep(vm, pointer, 1, value)?;
    data::keep(vm, pointer, 0, data::kept_objects(vm, to))
}

fn get_index(vm: &Vm, this: Value, index: isize) -> R {
    let parts = parts(vm, this)?;
    let size = parts.item.size.get();
    let place = parts.address.wrapping_offset(index.wrapping_mul(size as isize));
    data::get_part(vm, parts.pointer, parts.proto, None, index, size, place)
}

fn is_index(vm: &Vm, key: Value) -> bool {
    vm.as_int(key).is_some() || vm.type_of(key).slots().index.is_some()
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    if is_index(vm, key) {
        return get_index(vm, this, vm.index_isize(key)?);
    }
    match key.cast::<Slice>() {
        Some(slice) => get_slice(vm, this, slice.start.get(), slice.stop.get(), slice.step.get()),
        None => Err(vm.type_error("Pointer indices must be integer")),
    }
}

/// A bound of a slice. A pointer has no length, so negative numbers are what they are.
fn bound(vm: &Vm, value: Value) -> Result<isize, Raised> {
    match vm.index(value)?.to_i64() {
        Some(int) => Ok(int as isize),
        None => {
            let name = info::class_name(vm, value);
            Err(vm.value_error(format!("cannot fit '{name}' into an index-sized integer")))
        }
    }
}

fn get_slice(vm: &Vm, this: Value, start: Value, stop: Value, step: Value) -> R {
    let step = if step.is_none() { 1 } else { bound(vm, step)? };
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    if start.is_none() && step < 0 {
        return Err(vm.value_error("slice start is required for step < 0"));
    }
    let start = if start.is_none() { 0 } else { bound(vm, start)? };
    if stop.is_none() {
        return Err(vm.value_error("slice stop is required"));
    }
    let stop = bound(vm, stop)?;
    let distance = if step > 0 { stop as i128 - start as i128 } else { start as i128 - stop as i128 };
    let count = if distance <= 0 { 0 } else { ((distance - 1) / (step as i128).abs() + 1) as usize };
    let proto = info::concrete(vm, vm.type_of(this).value())?.proto.get();
    let item = info::concrete(vm, proto)?;
    let is_text = item.has_code(b'c') || item.has_code(b'u');
    vm.check_size(count.checked_mul(8))?;
    if !is_text || count == 0 {
        let list = vm.list_with_capacity(count);
        for at in 0..count {
            list.push(vm, get_index(vm, this, start + at as isize * step)?);
        }
        return match count {
            0 if item.has_code(b'c') => Ok(vm.bytes(&[]).value()),
            0 if is_text => Ok(vm.names.empty.value()),
            _ => Ok(list.value()),
        };
    }
    let address = parts(vm, this)?.address;
    if item.has_code(b'c') {
        // SAFETY: what a pointer points to is the program's business.
        let bytes: Vec<u8> = (0..count).map(|at| unsafe { *address.offset(start + at as isize * step) }).collect();
        return Ok(vm.bytes(&bytes).value());
    }
    let wide = (0..count).map(|at| {
        // SAFETY: as above.
        unsafe { address.cast::<Wide>().offset(start + at as isize * step).read_unaligned() }
    });
    let wide: Vec<Wide> = wide.collect();
    // SAFETY: the characters are there.
    unsafe { text::wide_string(vm, wide.as_ptr(), count) }
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("Pointer does not support item deletion"));
    }
    if !is_index(vm, key) {
        let found = info::class_name(vm, key);
        return Err(vm.type_error(format!("sequence index must be integer, not '{found}'")));
    }
    let index = vm.index_isize(key)?;
    let parts = parts(vm, this)?;
    let size = parts.item.size.get();
    let place = parts.address.wrapping_offset(index.wrapping_mul(size as isize));
    data::set_part(vm, parts.pointer, parts.proto, None, value, index, size, place)
}
