//! `Array` and its metaclass.

use super::ffi::{Leaf, MAX_IN_REGISTERS};
use super::info::{self, Family, InfoRef, flags};
use super::meta::{self, add_attribute, methods};
use super::text::{self, Wide};
use super::{data, state};
use object::{
    Args, Dict, GetSet, Kind, R, Raised, Slice, Slot, TypeDef, TypeId, Value, ValueExt, Vm, WeakRef, native_ref,
    natives, type_flags,
};

methods!(META_METHODS, meta::from_param);

/// `PyCArrayType`
pub static METACLASS: TypeDef = TypeDef {
    name: "PyCArrayType",
    module: "_ctypes",
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    doc: "metatype for the Array Objects",
    slots: &[Slot::init(meta_init)],
    methods: &[META_METHODS],
    ..TypeDef::DEFAULT
};

/// `Array`
pub static ARRAY: TypeDef = TypeDef {
    name: "Array",
    module: "_ctypes",
    doc: "Base of the types of arrays: a C type times a length makes one, and so does a subclass with _type_ and\n\
          _length_. Indices and slices read and write items; a slice that is read is a list, str or bytes.",
    flags: type_flags::BASETYPE,
    slots: &[
        Slot::init(init),
        Slot::len(len),
        Slot::getitem(getitem),
        Slot::setitem(setitem),
        Slot::buffer(data::buffer),
    ],
    methods: &[METHODS],
    new: Some(native_ref! { "Array(...)" -> data::generic_new }),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Arrays are generic over the type of their elements
    "__class_getitem__($cls, item, /)" => class_getitem [class];
}}

static CHARS_RAW: GetSet = GetSet {
    name: "raw",
    get: |vm, this| {
        let array = data::of(vm, this)?;
        // SAFETY: the memory of the array; making bytes does not call Python code.
        Ok(vm.bytes(unsafe { std::slice::from_raw_parts(array.address.get(), array.size.get()) }).value())
    },
    set: Some(set_raw),
    doc: "value",
    is_member: false,
};

static CHARS_VALUE: GetSet = GetSet {
    name: "value",
    get: |vm, this| {
        let array = data::of(vm, this)?;
        text::chars_get(vm, array.address.get(), array.size.get())
    },
    set: Some(set_chars),
    doc: "string value",
    is_member: false,
};

static WIDE_VALUE: GetSet = GetSet {
    name: "value",
    get: |vm, this| {
        let array = data::of(vm, this)?;
        text::wide_chars_get(vm, array.address.get(), array.size.get())
    },
    set: Some(set_wide_chars),
    doc: "string value",
    is_member: false,
};

fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[TypeId::GenericAlias].value(), &[*class, *item])
}

fn meta_init(vm: &Vm, this: Value, _: Args) -> Result<(), Raised> {
    let class = meta::new_class(vm, this)?;
    let required = |name: &str| match meta::attribute(vm, class, name)? {
        Some(value) => Ok(value),
        None => {
            let text = format!("class must define a '{name}' attribute");
            Err(vm.attribute_error(text, this, vm.intern(name).value()))
        }
    };
    let length = required("_length_")?;
    let Some(int) = vm.as_int(length) else {
        return Err(vm.type_error("The '_length_' attribute must be an integer"));
    };
    if int.is_negative() {
        return Err(vm.value_error("The '_length_' attribute must not be negative"));
    }
    let Some(length) = int.to_i64().map(|int| int as usize) else {
        return Err(vm.overflow_error("The '_length_' attribute is too large"));
    };
    let proto = required("_type_")?;
    let info = info::attach(vm, class, Family::Array)?;
    let Some(item) = info::of_type(vm, proto) else {
        return Err(vm.type_error("_type_ must have storage info"));
    };
    let size = match item.size.get().checked_mul(length) {
        Some(size) if size <= isize::MAX as usize => size,
        _ => return Err(vm.overflow_error("array too large")),
    };
    info.format.set(item.format.get());
    let mut shape = vec![length as isize];
    shape.extend_from_slice(&item.shape.borrow());
    info.shape.replace(shape);
    if item.has_pointers() {
        info.add_flags(flags::HAS_POINTER);
    }
    info.size.set(size);
    info.align.set(item.align.get());
    info.length.set(length);
    info.proto.set(vm, info, proto);
    if size <= MAX_IN_REGISTERS {
        let mut leaves: Vec<Leaf> = Vec::new();
        for index in 0..length.min(size) {
            item.add_leaves(index * item.size.get(), &mut leaves);
        }
        info.leaves.replace(leaves);
    }
    let descriptor = |def| object::descr::getset(vm, class, def);
    if item.has_code(b'c') {
        add_attribute(vm, class, "raw", descriptor(&CHARS_RAW));
        add_attribute(vm, class, "value", descriptor(&CHARS_VALUE));
    } else if item.has_code(b'u') {
        add_attribute(vm, class, "value", descriptor(&WIDE_VALUE));
    }
    Ok(())
}

/// The array type of so many items of a type, which is made once as long as it is in use.
pub fn type_of(vm: &Vm, item: Value, length: usize) -> R {
    let class = data::class_of(vm, item).map_err(|raised| {
        vm.take_exception(raised);
        vm.type_error("Expected a type object")
    })?;
    let info = info::of_class(vm, class);
    let key = vm.int_usize(length);
    if let Some(known) = info.and_then(|info| info.arrays.get().cast::<Dict>())
        && let Some(reference) = known.get(vm, key)?
        && let Some(array) = reference.cast::<WeakRef>().and_then(|reference| reference.target())
    {
        return Ok(array);
    }
    let state = state::get(vm)?;
    let namespace = vm.dict();
    namespace.insert_str(vm, vm.intern("_length_"), key);
    namespace.insert_str(vm, vm.intern("_type_"), item);
    let name = vm.str(&format!("{:.200}_Array_{length}", class.qualified_name(vm))).value();
    let bases = vm.tuple(&[state.array.get()]).value();
    let made = vm.call(state.array_type.get(), &[name, bases, namespace.value()])?;
    if let Some(info) = info {
        remember(vm, info, key, made)?;
    }
    Ok(made)
}

/// Notes an array type with its item type. References to types that are dead are thrown away now and then.
fn remember(vm: &Vm, info: InfoRef, key: Value, array: Value) -> Result<(), Raised> {
    let known = match info.arrays.get().cast::<Dict>() {
        Some(known) => known,
        None => {
            let known = vm.dict();
            info.arrays.set(vm, info, known.value());
            known
        }
    };
    if known.len() >= 32 && known.len().is_power_of_two() {
        let alive = |value: Value| value.cast::<WeakRef>().is_some_and(|reference| reference.target().is_some());
        let fresh = vm.dict();
        for entry in known.iter() {
            if alive(entry.value) {
                fresh.insert_hashed(vm, entry.key, entry.hash, entry.value)?;
            }
        }
        info.arrays.set(vm, info, fresh.value());
    }
    let class = vm.types[TypeId::WeakRef];
    let reference = vm.new_weakref(class, array, Value::NONE);
    match info.arrays.get().cast::<Dict>() {
        Some(known) => known.insert(vm, key, reference.value()),
        None => Ok(()),
    }
}

fn init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    for index in 0..args.count() {
        set_index(vm, this, index as isize, args.args[index])?;
    }
    Ok(())
}

fn len(vm: &Vm, this: Value) -> Result<usize, Raised> {
    Ok(data::of(vm, this)?.length)
}

/// An array, its type, and the item type.
struct Parts {
    array: data::DataRef,
    info: InfoRef,
    item: InfoRef,
}

fn parts(vm: &Vm, this: Value) -> Result<Parts, Raised> {
    let array = data::of(vm, this)?;
    let info = info::concrete(vm, vm.type_of(this).value())?;
    let item = info::concrete(vm, info.proto.get())?;
    Ok(Parts { array, info, item })
}

impl Parts {
    /// The place of an item.
    fn place(&self, vm: &Vm, index: isize) -> Result<*mut u8, Raised> {
        let size = self.item.size.get();
        match usize::try_from(index) {
            Ok(at) if at < self.array.length && (at + 1) * size <= self.array.size.get() => {
                Ok(self.array.address.get().wrapping_add(at * size))
            }
            _ => Err(vm.index_error("invalid index")),
        }
    }
}

fn get_index(vm: &Vm, this: Value, index: isize) -> R {
    let parts = parts(vm, this)?;
    let place = parts.place(vm, index)?;
    data::get_part(vm, parts.array, parts.info.proto.get(), None, index, parts.item.size.get(), place)
}

fn set_index(vm: &Vm, this: Value, index: isize, value: Value) -> Result<(), Raised> {
    let parts = parts(vm, this)?;
    let place = parts.place(vm, index)?;
    data::set_part(vm, parts.array, parts.info.proto.get(), None, value, index, parts.item.size.get(), place)
}

/// An index; None where the key is no number.
fn index_of(vm: &Vm, this: Value, key: Value) -> Result<Option<isize>, Raised> {
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        return Ok(None);
    }
    let index = vm.index_isize(key)?;
    Ok(Some(if index < 0 { index.saturating_add(data::of(vm, this)?.length as isize) } else { index }))
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    if let Some(index) = index_of(vm, this, key)? {
        return get_index(vm, this, index);
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(vm.type_error("indices must be integers")) };
    let parts = parts(vm, this)?;
    let length = parts.array.length;
    let range = vm.slice_range(slice, || length)?;
    let indices = (0..range.count).map(|at| range.start + at as isize * range.step);
    let address = parts.array.address.get();
    if parts.item.has_code(b'c') {
        // SAFETY: the indices of a slice lie in the array.
        let bytes: Vec<u8> = indices.map(|index| unsafe { *address.offset(index) }).collect();
        return Ok(vm.bytes(&bytes).value());
    }
    if parts.item.has_code(b'u') {
        // SAFETY: as above.
        let wide: Vec<Wide> =
            indices.map(|index| unsafe { address.cast::<Wide>().offset(index).read_unaligned() }).collect();
        // SAFETY: the characters are there.
        return unsafe { text::wide_string(vm, wide.as_ptr(), wide.len()) };
    }
    let list = vm.list_with_capacity(range.count);
    for index in indices {
        list.push(vm, get_index(vm, this, index)?);
    }
    Ok(list.value())
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("Array does not support item deletion"));
    }
    if let Some(index) = index_of(vm, this, key)? {
        return set_index(vm, this, index, value);
    }
    let Some(slice) = key.cast::<Slice>() else { return Err(vm.type_error("indices must be integer")) };
    let length = data::of(vm, this)?.length;
    let range = vm.slice_range(slice, || length)?;
    if vm.len(value)? != range.count {
        return Err(vm.value_error("Can only assign sequence of same size"));
    }
    for at in 0..range.count {
        let item = vm.getitem(value, vm.int_usize(at))?;
        set_index(vm, this, range.start + at as isize * range.step, item)?;
    }
    Ok(())
}

fn set_raw(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let array = data::of(vm, this)?;
    if value.is_unbound() {
        let class = info::class_name(vm, this);
        let text = format!("attribute 'raw' of '{class}' objects cannot be deleted");
        return Err(vm.raise(TypeId::AttributeError, &text));
    }
    let bytes = vm.bytes_of(value)?;
    if bytes.len() > array.size.get() {
        return Err(vm.value_error("byte string too long"));
    }
    // SAFETY: the array has so many bytes.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), array.address.get(), bytes.len()) };
    Ok(())
}

fn set_chars(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let array = data::of(vm, this)?;
    if value.is_unbound() {
        return Err(vm.type_error("can't delete attribute"));
    }
    let Some(bytes) = vm.as_bytes(value) else {
        let found = info::class_name(vm, value);
        return Err(vm.type_error(format!("bytes expected instead of {found} instance")));
    };
    let (bytes, size) = (bytes.as_slice(), array.size.get());
    if bytes.len() > size {
        return Err(vm.value_error("byte string too long"));
    }
    let address = array.address.get();
    // SAFETY: the array has so many bytes; a bytes object is no part of it.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), address, bytes.len());
        if bytes.len() < size {
            *address.add(bytes.len()) = 0;
        }
    }
    Ok(())
}

fn set_wide_chars(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let array = data::of(vm, this)?;
    if value.is_unbound() {
        return Err(vm.type_error("can't delete attribute"));
    }
    let Some(string) = vm.as_str(value) else {
        let found = info::class_name(vm, value);
        return Err(vm.type_error(format!("unicode string expected instead of {found} instance")));
    };
    let most = array.size.get() / size_of::<Wide>();
    if string.len() > most {
        return Err(vm.value_error("string too long"));
    }
    // SAFETY: the array has room for so many characters.
    unsafe { text::write_wide(array.address.get().cast(), string, most) };
    Ok(())
}
