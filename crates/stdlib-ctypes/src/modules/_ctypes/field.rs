//! `CField`: members of structures and unions.

use super::codes::{self, Access};
use super::data;
use super::info::{self, Family, InfoRef};
use object::{
    Field, GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeObj, Value, Vm, native_ref,
};
use std::cell::Cell;

/// A member.
pub struct CField {
    /// Its name.
    pub name: Field,
    /// Its type.
    pub proto: Field,
    /// Offset in bytes.
    pub offset: usize,
    /// Size of the type in bytes.
    pub byte_size: usize,
    /// Which member it is.
    pub index: isize,
    /// Number of bits and the first one, for bit fields.
    pub bits: Option<(usize, usize)>,
    /// Are its members those of the structure, too?
    pub anonymous: Cell<bool>,
    access: Option<Access>,
}

/// A member.
pub type FieldRef = Ref<Native<CField>>;

impl NativeData for CField {
    fn trace(&self, tracer: &mut Tracer) {
        self.name.trace(tracer);
        self.proto.trace(tracer);
    }
}

/// `CField`
pub static FIELD: TypeDef = TypeDef {
    name: "CField",
    module: "ctypes",
    doc: "Structure/Union member",
    slots: &[Slot::repr(repr), Slot::descr_get(get), Slot::descr_set(set)],
    getset: GETSET,
    new: Some(native_ref! {
        "CField($cls, /, *, name, type, byte_size, byte_offset, index, _internal_use, bit_size=None, bit_offset=None)" => new
    }),
    ..TypeDef::DEFAULT
};

macro_rules! members {
    ($($name:literal, $member:expr, $doc:literal, $get:expr;)*) => {
        static GETSET: &[GetSet] = &[$(GetSet {
            name: $name,
            get: |vm, this| {
                let get: fn(&Vm, FieldRef) -> Value = $get;
                Ok(get(vm, of(vm, this)?))
            },
            set: None,
            doc: $doc,
            is_member: $member,
        },)*];
    };
}

members! {
    "name", true, "name of this field", |_, field| field.name.get();
    "type", true, "type of this field", |_, field| field.proto.get();
    "offset", true, "offset in bytes of this field (same as byte_offset)", |vm, field| vm.int_usize(field.offset);
    "byte_offset", true, "offset in bytes of this field. For bitfields: excludes bit_offset.",
        |vm, field| vm.int_usize(field.offset);
    "byte_size", true, "size of this field in bytes", |vm, field| vm.int_usize(field.byte_size);
    "size", false,
        "size in bytes of this field. For bitfields, this is a legacy packed value; use byte_size instead",
        |vm, field| vm.int_usize(field.packed_size());
    "bit_size", false, "size of this field in bits", |vm, field| match field.bits {
        Some((size, _)) => vm.int_usize(size),
        None => vm.big((field.byte_size as u128 * 8).into()),
    };
    "bit_offset", false, "additional offset in bits (relative to byte_offset); zero for non-bitfields",
        |vm, field| vm.int_usize(field.bits.map_or(0, |(_, offset)| offset));
    "is_bitfield", false, "true if this is a bitfield", |_, field| Value::bool(field.bits.is_some());
    "is_anonymous", false, "true if this field is anonymous", |_, field| Value::bool(field.anonymous.get());
}

impl CField {
    /// The size as [`codes::Get`] takes it.
    fn packed_size(&self) -> usize {
        match self.bits {
            Some((size, offset)) => codes::bits(size, offset),
            None => self.byte_size,
        }
    }

    /// The byte behind the last one that the member uses.
    fn end(&self) -> usize {
        match self.bits {
            Some((size, offset)) => self.offset.saturating_add((offset + size).div_ceil(8)),
            None => self.offset.saturating_add(self.byte_size),
        }
    }
}

/// The member that a value is.
pub fn find(vm: &Vm, value: Value) -> Option<FieldRef> {
    vm.as_native(value)
}

fn of(vm: &Vm, value: Value) -> Result<FieldRef, Raised> {
    find(vm, value).ok_or_else(|| vm.type_error("a CField is required"))
}

/// Arrays of characters are read and written as strings.
fn access_of(vm: &Vm, info: InfoRef) -> Option<Access> {
    if info.family != Family::Array {
        return None;
    }
    match info::of_type(vm, info.proto.get()) {
        Some(item) if item.has_code(b'c') => Some(codes::CHARS),
        Some(item) if item.has_code(b'u') => Some(codes::WIDE_CHARS),
        _ => None,
    }
}

fn new(vm: &Vm, args: &[Value; 9]) -> R {
    let [class, name, proto, byte_size, byte_offset, index, internal, bit_size, bit_offset] = *args;
    let class = data::class_of(vm, class)?;
    if vm.as_str(name).is_none() {
        let found = info::class_name(vm, name);
        return Err(vm.type_error(format!("CField() argument 'name' must be str, not {found}")));
    }
    let byte_size = ssize(vm, byte_size)?;
    let byte_offset = ssize(vm, byte_offset)?;
    let index = ssize(vm, index)?;
    if !vm.truthy(internal)? {
        return Err(vm.type_error(format!("cannot create {} object", class.full_name(vm))));
    }
    let shown = vm.repr(name)?.to_string_lossy();
    let Ok(size) = usize::try_from(byte_size) else {
        return Err(vm.value_error(format!("byte size of field {shown} must not be negative, got {byte_size}")));
    };
    let Ok(offset) = usize::try_from(byte_offset) else {
        return Err(vm.value_error(format!("byte offset of field {shown} must not be negative, got {byte_offset}")));
    };
    let Some(info) = info::of_type(vm, proto) else {
        return Err(vm.type_error(format!("type of field {shown} must be a C type")));
    };
    if size != info.size.get() {
        let text = format!("byte size of field {shown} ({size}) does not match type size ({})", info.size.get());
        return Err(vm.value_error(text));
    }
    let bits =
        if bit_size.is_none() { None } else { Some(bit_field(vm, info, proto, &shown, size, bit_size, bit_offset)?) };
    let field = CField {
        name: Field::new(vm.exact_str_value(name)),
        proto: Field::new(proto),
        offset,
        byte_size: size,
        index,
        bits,
        anonymous: Cell::new(false),
        access: access_of(vm, info),
    };
    Ok(vm.native(class, field).value())
}

fn bit_field(
    vm: &Vm,
    info: InfoRef,
    proto: Value,
    shown: &str,
    byte_size: usize,
    bit_size: Value,
    bit_offset: Value,
) -> Result<(usize, usize), Raised> {
    let integer = info.family == Family::Simple
        && info.code.get().is_some_and(|code| code.primitive.is_integer() && !matches!(code.code, b'c' | b'v'));
    if !integer {
        let name = info::type_name(vm, proto);
        return Err(vm.type_error(format!("bit fields not allowed for type {name}")));
    }
    let exact = |value: Value| match vm.as_int(value) {
        Some(_) => ssize(vm, value),
        None => Err(vm.type_error("an integer is required")),
    };
    let size = exact(bit_size)?;
    if !(1..=255).contains(&size) {
        return Err(vm.value_error(format!("bit size of field {shown} out of range, got {size}")));
    }
    let offset = exact(bit_offset)?;
    if !(0..=255).contains(&offset) {
        return Err(vm.value_error(format!("bit offset of field {shown} out of range, got {offset}")));
    }
    let room = byte_size * 8;
    if (size + offset) as usize > room {
        let text = format!("bit field {shown} overflows its type ({offset} + {size} > {room})");
        return Err(vm.value_error(text));
    }
    Ok((size as usize, offset as usize))
}

/// An argument that C code takes as `Py_ssize_t`.
pub fn ssize(vm: &Vm, value: Value) -> Result<isize, Raised> {
    match vm.index(value)?.to_i64() {
        Some(int) => Ok(int as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The member of an anonymous member, as one of the structure that has that.
pub fn inherited(vm: &Vm, field: FieldRef, index: isize, offset: usize) -> Value {
    let class = vm.type_of(field.value());
    let moved = CField {
        name: Field::new(field.name.get()),
        proto: Field::new(field.proto.get()),
        offset: field.offset + offset,
        byte_size: field.byte_size,
        index: field.index + index,
        bits: field.bits,
        anonymous: Cell::new(false),
        access: field.access,
    };
    vm.native(class, moved).value()
}

fn repr(vm: &Vm, this: Value) -> R {
    let field = of(vm, this)?;
    let class: Ref<TypeObj> = vm.type_of(this);
    let (class, name) = (class.full_name(vm), vm.repr(field.name.get())?.to_string_lossy());
    let of_type = info::type_name(vm, field.proto.get());
    let offset = field.offset;
    let text = match field.bits {
        Some((size, first)) => {
            format!("<{class} {name} type={of_type}, ofs={offset}, bit_size={size}, bit_offset={first}>")
        }
        None => format!("<{class} {name} type={of_type}, ofs={offset}, size={}>", field.byte_size),
    };
    Ok(vm.str(&text).value())
}

/// The memory of a member of an instance.
fn place(vm: &Vm, field: FieldRef, object: Value) -> Result<(data::DataRef, *mut u8), Raised> {
    let instance = data::of(vm, object)?;
    // An instance may have got another class, and memory that is foreign is trusted to be of the class it is said to be.
    if field.end() > instance.size.get() {
        let name = vm.as_str(field.name.get()).map_or_else(String::new, |name| name.to_string_lossy());
        return Err(vm.value_error(format!("field '{name}' lies outside of the instance")));
    }
    Ok((instance, instance.address.get().wrapping_add(field.offset)))
}

fn get(vm: &Vm, this: Value, object: Value, _: Value) -> R {
    let field = of(vm, this)?;
    if object.is_unbound() {
        return Ok(this);
    }
    let (instance, address) = place(vm, field, object)?;
    data::get_part(vm, instance, field.proto.get(), field.access, field.index, field.packed_size(), address)
}

fn set(vm: &Vm, this: Value, object: Value, value: Value) -> Result<(), Raised> {
    let field = of(vm, this)?;
    let (instance, address) = place(vm, field, object)?;
    if value.is_unbound() {
        return Err(vm.type_error("can't delete attribute"));
    }
    data::set_part(vm, instance, field.proto.get(), field.access, value, field.index, field.packed_size(), address)
}
