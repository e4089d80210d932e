//! Instances of C types: a block of memory, and what must be kept alive for it.

use super::codes::Access;
use super::info::{self, Family, Info};
use object::buffer::Buffer;
use object::{
    Dict, Field, GetSet, Native, NativeData, R, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, natives,
    type_flags,
};
use std::cell::{Cell, UnsafeCell};

/// Memory of at most so many bytes lies in the object itself.
const INLINE: usize = 16;

/// An instance of a C type.
#[repr(C)]
pub struct CData {
    /// Small memory. Objects do not move, so addresses in it stay valid; it lies at a multiple of 16.
    inline: UnsafeCell<[u64; INLINE / 8]>,
    /// The memory.
    pub address: Cell<*mut u8>,
    /// Its size.
    pub size: Cell<usize>,
    /// Number of fields or items.
    pub length: usize,
    /// The place in `base`.
    index: isize,
    /// Does the memory belong to the object?
    pub owns: Cell<bool>,
    /// The object whose memory it is a part of, or unbound.
    pub base: Field,
    /// What must be kept alive for the memory: unbound, None, a dict by place, or a single object.
    pub objects: Field,
    /// Memory that is too large for the object.
    buffer: Field,
    /// What instances of function types have in addition, or unbound.
    pub function: Field,
}

/// An instance of a C type.
pub type DataRef = Ref<Native<CData>>;

impl NativeData for CData {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.base, &self.objects, &self.buffer, &self.function] {
            field.trace(tracer);
        }
    }
}

/// `_CData`
pub static DATA: TypeDef = TypeDef {
    name: "_CData",
    module: "_ctypes",
    doc: "Base of all types that hold C data.",
    flags: type_flags::BASETYPE | type_flags::NO_NEW,
    slots: &[object::Slot::hash(hash), object::Slot::buffer(buffer)],
    methods: &[METHODS],
    getset: GETSET,
    inherit_new: false,
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// default __ctypes_from_outparam__ method returns self.
    "__ctypes_from_outparam__($self, /)" => from_outparam;
    "__reduce__($self, /)" => super::pickle::reduce;
    "__setstate__($self, dict, data, /)" => super::pickle::setstate;
}}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "_b_base_",
        get: |vm, this| Ok(of(vm, this)?.base.get().or_none()),
        set: None,
        doc: "the base object",
        is_member: true,
    },
    GetSet {
        name: "_b_needsfree_",
        get: |vm, this| Ok(Value::small(of(vm, this)?.owns.get() as i64)),
        set: None,
        doc: "whether the object owns the memory or not",
        is_member: true,
    },
    GetSet {
        name: "_objects",
        get: |vm, this| Ok(of(vm, this)?.objects.get().or_none()),
        set: None,
        doc: "internal objects tree (NEVER CHANGE THIS OBJECT!)",
        is_member: true,
    },
];

fn hash(vm: &Vm, _: Value) -> Result<i64, Raised> {
    Err(vm.type_error("unhashable type"))
}

fn from_outparam(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

/// The instance that a value is, if it is one.
pub fn find(vm: &Vm, value: Value) -> Option<DataRef> {
    vm.as_native(value)
}

/// The instance that a method was called on.
pub fn of(vm: &Vm, value: Value) -> Result<DataRef, Raised> {
    find(vm, value).ok_or_else(|| vm.type_error("not a ctype instance"))
}

/// An instance without memory.
fn bare(vm: &Vm, class: Ref<TypeObj>, info: &Info, address: *mut u8, base: Value, index: isize) -> DataRef {
    info.is_final.set(true);
    let data = CData {
        inline: UnsafeCell::default(),
        address: Cell::new(address),
        size: Cell::new(info.size.get()),
        length: info.length.get(),
        index,
        owns: Cell::new(false),
        base: Field::new(base),
        objects: Field::new(Value::UNBOUND),
        buffer: Field::new(Value::UNBOUND),
        function: Field::new(Value::UNBOUND),
    };
    vm.native(class, data)
}

/// Gives an instance memory of its own, which is zero.
fn allocate(vm: &Vm, data: DataRef, size: usize) -> Result<(), Raised> {
    if size <= INLINE {
        data.address.set(data.inline.get().cast());
    } else {
        // Bit fields may be read with bytes behind the end.
        let with_slack = size.checked_add(8);
        vm.check_size(with_slack)?;
        let buffer = vm.alloc_raw(with_slack.unwrap_or(size));
        data.address.set(heap::RawBuffer::data(buffer));
        data.buffer.set(vm, data, Value::object(buffer.cast()));
    }
    data.size.set(size);
    data.owns.set(true);
    Ok(())
}

/// A new instance with memory of its own, which is zero.
pub fn new(vm: &Vm, class: Ref<TypeObj>) -> Result<DataRef, Raised> {
    let info = info::concrete(vm, class.value())?;
    let data = bare(vm, class, &info, std::ptr::null_mut(), Value::UNBOUND, 0);
    allocate(vm, data, info.size.get())?;
    Ok(data)
}

/// The slot `new` of most families.
pub fn generic_new(vm: &Vm, args: object::Args) -> R {
    match args.args.first().and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(new(vm, class)?.value()),
        None => Err(vm.type_error("a class is required")),
    }
}

/// An instance whose memory is a part of that of another.
pub fn part_of(vm: &Vm, class: Value, base: DataRef, index: isize, address: *mut u8) -> Result<DataRef, Raised> {
    let info = info::concrete(vm, class)?;
    Ok(bare(vm, class_of(vm, class)?, &info, address, base.value(), index))
}

/// An instance with memory of its own, which is copied.
///
/// # Safety
/// Bytes of the size of the type can be read.
pub unsafe fn copy_of(vm: &Vm, class: Value, from: *const u8) -> Result<DataRef, Raised> {
    let data = new(vm, class_of(vm, class)?)?;
    // SAFETY: as the caller promises; the new memory has the size of the type.
    unsafe { std::ptr::copy_nonoverlapping(from, data.address.get(), data.size.get()) };
    Ok(data)
}

/// An instance whose memory is somewhere.
pub fn at_address(vm: &Vm, class: Value, address: usize) -> Result<DataRef, Raised> {
    vm.audit("ctypes.cdata", &[vm.int_usize(address)])?;
    let info = info::concrete(vm, class)?;
    Ok(bare(vm, class_of(vm, class)?, &info, address as *mut u8, Value::UNBOUND, 0))
}

/// The class that a value is.
pub fn class_of(vm: &Vm, class: Value) -> Result<Ref<TypeObj>, Raised> {
    class.cast().ok_or_else(|| vm.type_error("a class is required"))
}

/// Makes the memory of an instance larger. What it held stays.
pub fn grow(vm: &Vm, data: DataRef, size: usize) -> Result<(), Raised> {
    if size <= INLINE && data.buffer.get().is_unbound() {
        data.size.set(size);
        return Ok(());
    }
    let (from, old) = (data.address.get(), data.size.get());
    allocate(vm, data, size)?;
    let to = data.address.get();
    if to != from {
        // SAFETY: allocating does not collect, so the old memory is still there. It is another one than the new.
        unsafe { std::ptr::copy_nonoverlapping(from, to, old.min(size)) };
    }
    Ok(())
}

/// The outermost object whose memory an instance is a part of. It has an answer to what it keeps from then on.
pub fn container(vm: &Vm, data: DataRef) -> DataRef {
    let mut at = data;
    while let Some(base) = find(vm, at.base.get()) {
        at = base;
    }
    if at.objects.get().is_unbound() {
        let objects = if at.length > 0 { vm.dict().value() } else { Value::NONE };
        at.objects.set(vm, at, objects);
    }
    at
}

/// What the outermost object keeps alive.
pub fn kept_objects(vm: &Vm, data: DataRef) -> Value {
    container(vm, data).objects.get()
}

/// The key of a place in the dict of the outermost object.
fn place_key(vm: &Vm, data: DataRef, index: isize) -> Result<String, Raised> {
    let mut key = format!("{:x}", index as i32);
    let mut at = data;
    while let Some(base) = find(vm, at.base.get()) {
        if key.len() + 1 + 2 * size_of::<isize>() > 255 {
            return Err(vm.value_error("ctypes object structure too deep"));
        }
        key.push_str(&format!(":{:x}", at.index as i32));
        at = base;
    }
    Ok(key)
}

/// Keeps an object alive as long as the memory of an instance lives.
pub fn keep(vm: &Vm, data: DataRef, index: isize, object: Value) -> Result<(), Raised> {
    if object.is_none() {
        return Ok(());
    }
    let outermost = container(vm, data);
    match outermost.objects.get().cast::<Dict>() {
        Some(dict) if vm.is_exactly(dict.value(), object::TypeId::Dict) => {
            let key = vm.str(&place_key(vm, data, index)?).value();
            dict.insert(vm, key, object)
        }
        _ => {
            outermost.objects.set(vm, outermost, object);
            Ok(())
        }
    }
}

/// Reads a value of a type that lies in the memory of an instance. `access` is that of a field that is not read as its
/// type says; `size` is as [`super::codes::Get`] takes it.
pub fn get_part(
    vm: &Vm,
    from: DataRef,
    class: Value,
    access: Option<Access>,
    index: isize,
    size: usize,
    address: *mut u8,
) -> R {
    let access = access.or_else(|| info::of_type(vm, class).and_then(|info| info.direct_access()));
    match access {
        Some(access) => (access.get)(vm, address, size),
        None => Ok(part_of(vm, class, from, index, address)?.value()),
    }
}

/// Writes a value of a type to the memory of an instance, which keeps alive what it must.
pub fn set_part(
    vm: &Vm,
    to: DataRef,
    class: Value,
    access: Option<Access>,
    value: Value,
    index: isize,
    size: usize,
    address: *mut u8,
) -> Result<(), Raised> {
    let kept = write(vm, class, access, value, size, address)?;
    keep(vm, to, index, kept)
}

fn write(vm: &Vm, class: Value, access: Option<Access>, value: Value, size: usize, address: *mut u8) -> R {
    if let Some(access) = access {
        return (access.set)(vm, address, value, size);
    }
    let info = info::of_type(vm, class);
    let is_pointer = info.is_some_and(|info| info.family == Family::Pointer);
    let Some(from) = find(vm, value) else {
        if let Some(access) = info.and_then(|info| info.access.get()) {
            return (access.set)(vm, address, value, size);
        }
        if let Some(tuple) = vm.as_tuple(value) {
            return match vm.call(class, tuple.items()) {
                Ok(made) => write(vm, class, access, made, size, address),
                Err(raised) => {
                    let prefix = format!("({}) ", info::type_name(vm, class));
                    Err(extend_error(vm, raised, vm.types[object::TypeId::RuntimeError], &prefix))
                }
            };
        }
        if value.is_none() && is_pointer {
            // SAFETY: the caller gives memory of the size of the type.
            unsafe { address.cast::<usize>().write_unaligned(0) };
            return Ok(Value::NONE);
        }
        let (expected, found) = (info::type_name(vm, class), info::class_name(vm, value));
        return Err(vm.type_error(format!("expected {expected} instance, got {found}")));
    };
    if vm.is_instance(value, class)? {
        // SAFETY: as above, and the value has memory of its type. Both may be the same place.
        unsafe { std::ptr::copy(from.address.get(), address, size.min(from.size.get())) };
        return Ok(kept_objects(vm, from));
    }
    if is_pointer
        && let Some(pointer) = info
        && let Some(array) = info::of_object(vm, value)
        && array.family == Family::Array
        && array.proto.get() == pointer.proto.get()
    {
        // SAFETY: as above.
        unsafe { address.cast::<*mut u8>().write_unaligned(from.address.get()) };
        // The pointer needs the array, and what that needs.
        return Ok(vm.tuple(&[kept_objects(vm, from), value]).value());
    }
    let (found, expected) = (info::class_name(vm, value), info::type_name(vm, class));
    Err(vm.type_error(format!("incompatible types, {found} instance instead of {expected} instance")))
}

/// Raises an exception of a class with the text of the one that was raised, a prefix in front.
pub fn extend_error(vm: &Vm, raised: Raised, class: Ref<TypeObj>, prefix: &str) -> Raised {
    let exception = vm.take_exception(raised);
    let name = vm.type_name(exception);
    let text = match vm.to_str(exception) {
        Ok(text) => text.to_string_lossy(),
        Err(raised) => {
            vm.take_exception(raised);
            String::from("???")
        }
    };
    let text = vm.str(&format!("{prefix}{name}: {text}")).value();
    vm.raise_call(class.value(), &[text])
}

/// The slot `buffer`.
pub fn buffer(vm: &Vm, this: Value, _: bool) -> Result<Buffer, Raised> {
    let data = of(vm, this)?;
    let class = vm.type_of(this).value();
    let info = info::concrete(vm, class)?;
    let mut item = info;
    while item.family == Family::Array
        && let Some(inner) = info::of_type(vm, item.proto.get())
    {
        item = inner;
    }
    Ok(Buffer {
        owner: this,
        address: data.address.get(),
        len: data.size.get(),
        readonly: false,
        format: info.format.get().unwrap_or("B"),
        itemsize: item.size.get(),
        shape: Some(info.shape.borrow().clone()),
        strides: None,
    })
}

/// The address that a pointer or function holds.
pub fn pointer_value(data: DataRef) -> *mut u8 {
    // SAFETY: the memory of these types holds an address.
    unsafe { data.address.get().cast::<*mut u8>().read_unaligned() }
}

/// Sets the address that a pointer or function holds.
pub fn set_pointer_value(data: DataRef, address: *mut u8) {
    // SAFETY: as above.
    unsafe { data.address.get().cast::<*mut u8>().write_unaligned(address) };
}
