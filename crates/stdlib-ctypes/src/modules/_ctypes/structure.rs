//! `Structure` and `Union`, and their metaclasses.

use super::ffi::{Leaf, Primitive};
use super::field::{self, FieldRef};
use super::info::{self, Family, Info, InfoRef, flags};
use super::meta::{self, methods};
use super::{data, state};
use object::{
    Args, Kind, List, Raised, Ref, Slot, Str, Tuple, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native_ref,
    type_flags,
};

methods!(STRUCTURE_METHODS, meta::from_param);
methods!(UNION_METHODS, meta::from_param);

/// `PyCStructType`
pub static STRUCTURE_METACLASS: TypeDef = TypeDef {
    name: "PyCStructType",
    module: "_ctypes",
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    doc: "metatype for the CData Objects",
    slots: &[Slot::init(structure_meta_init), Slot::setattr(structure_setattr)],
    methods: &[STRUCTURE_METHODS],
    ..TypeDef::DEFAULT
};

/// `UnionType`
pub static UNION_METACLASS: TypeDef = TypeDef {
    name: "UnionType",
    module: "_ctypes",
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    doc: "metatype for the Union Objects",
    slots: &[Slot::init(union_meta_init), Slot::setattr(union_setattr)],
    methods: &[UNION_METHODS],
    ..TypeDef::DEFAULT
};

/// `Structure`
pub static STRUCTURE: TypeDef = TypeDef {
    name: "Structure",
    module: "_ctypes",
    doc: "Structure base class",
    flags: type_flags::BASETYPE,
    slots: &[Slot::init(init), Slot::buffer(data::buffer)],
    new: Some(native_ref! { "Structure(...)" -> data::generic_new }),
    ..TypeDef::DEFAULT
};

/// `Union`
pub static UNION: TypeDef = TypeDef {
    name: "Union",
    module: "_ctypes",
    doc: "Union base class",
    flags: type_flags::BASETYPE,
    slots: &[Slot::init(init), Slot::buffer(data::buffer)],
    new: Some(native_ref! { "Union(...)" -> data::generic_new }),
    ..TypeDef::DEFAULT
};

fn structure_meta_init(vm: &Vm, this: Value, _: Args) -> Result<(), Raised> {
    meta_init(vm, this, Family::Structure)
}

fn union_meta_init(vm: &Vm, this: Value, _: Args) -> Result<(), Raised> {
    meta_init(vm, this, Family::Union)
}

fn meta_init(vm: &Vm, this: Value, family: Family) -> Result<(), Raised> {
    let class = meta::new_class(vm, this)?;
    if meta::own_attribute(vm, class, "_abstract_").is_some() {
        return Ok(());
    }
    let info = info::attach(vm, class, family)?;
    info.format.set(Some("B"));
    if let Some(fields) = meta::own_attribute(vm, class, "_fields_") {
        return vm.setattr(this, vm.intern("_fields_"), fields);
    }
    let Some(base) = class.base().and_then(|base| info::of_class(vm, base)) else { return Ok(()) };
    inherit(&info, &base);
    base.is_final.set(true);
    Ok(())
}

/// A class without fields of its own has those of its base.
fn inherit(info: &Info, base: &Info) {
    info.size.set(base.size.get());
    info.align.set(base.align.get());
    info.length.set(base.length.get());
    info.flags.set(base.flags.get());
    info.format.set(base.format.get());
    info.shape.replace(base.shape.borrow().clone());
    info.leaves.replace(base.leaves.borrow().clone());
}

fn structure_setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    setattr(vm, this, name, value, true)
}

fn union_setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    setattr(vm, this, name, value, false)
}

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value, is_struct: bool) -> Result<(), Raised> {
    if !value.is_unbound() && name.as_bytes() == b"_fields_" {
        set_fields(vm, data::class_of(vm, this)?, value, is_struct)?;
    }
    builtins::type_::type_setattr(vm, this, name, value)
}

/// Lays out the fields that a class was given.
fn set_fields(vm: &Vm, class: Ref<TypeObj>, fields: Value, is_struct: bool) -> Result<(), Raised> {
    let Some(info) = info::of_class(vm, class) else {
        return Err(vm.type_error("ctypes state is not initialized"));
    };
    if info.is_final.get() {
        return Err(final_error(vm, "_fields_ is final"));
    }
    let base = class.base().and_then(|base| info::of_class(vm, base).map(|info| (base, info)));
    let layout_of = vm.import_from("ctypes._layout", "get_layout")?;
    let base_class = base.map_or(Value::NONE, |(base, _)| base.value());
    let keywords = [("is_struct", Value::bool(is_struct)), ("base", base_class)];
    let layout = vm.call_keywords(layout_of, &[class.value(), fields], &keywords)?;

    let number = |name: &str| {
        let value = vm.getattr_str(layout, name)?;
        usize::try_from(field::ssize(vm, value)?)
            .map_err(|_| vm.value_error(format!("{name} must be a non-negative integer")))
    };
    let align = number("align")?;
    let size = number("size")?;
    let format = vm.getattr_str(layout, "format_spec")?;
    let Some(format) = vm.as_str(format) else {
        return Err(vm.type_error("format_spec must be a str"));
    };
    let members = vm.getattr_str(layout, "fields")?;
    let members = vm.to_tuple(members)?;

    let mut leaves = Vec::new();
    let (mut flags, mut length) = (info.flags.get(), members.len());
    if let Some((_, base)) = base {
        flags |= base.flags.get();
        length += base.length.get();
        leaves.extend_from_slice(&base.leaves.borrow());
    }
    for index in 0..members.len() {
        let item = members.items()[index];
        let Some(member) = field::find(vm, item) else {
            let found = vm.type_of(item).full_name(vm);
            return Err(vm.type_error(format!("fields must be of type CField, got {found}")));
        };
        if member.index != index as isize {
            let name = vm.repr(member.name.get())?.to_string_lossy();
            let text = format!("field {name} index mismatch (expected {index}, got {})", member.index);
            return Err(vm.value_error(text));
        }
        let Some(member_info) = info::of_type(vm, member.proto.get()) else {
            let text = format!("second item in _fields_ tuple (index {index}) must be a C type");
            return Err(vm.type_error(text));
        };
        if member_info.has_pointers() {
            flags |= flags::HAS_POINTER;
        }
        member_info.is_final.set(true);
        add_leaves(member, &member_info, size, &mut leaves);
        vm.setattr(class.value(), name_of(vm, member)?, item)?;
    }
    // A member that is of this very class has made it final.
    if info.is_final.get() {
        return Err(final_error(vm, "Structure or union cannot contain itself"));
    }
    info.format.set(Some(state::format(vm, &format.to_string_lossy())?));
    info.flags.set(flags);
    info.size.set(size);
    info.align.set(align.max(1));
    info.length.set(length);
    info.leaves.replace(leaves);
    info.is_final.set(true);
    add_anonymous(vm, class)
}

#[cold]
fn final_error(vm: &Vm, text: &str) -> Raised {
    vm.raise(TypeId::AttributeError, text)
}

fn name_of(vm: &Vm, member: FieldRef) -> Result<Ref<Str>, Raised> {
    vm.as_str(member.name.get()).ok_or_else(|| vm.type_error("a field must have a name"))
}

/// Notes what a member consists of, as long as that matters.
fn add_leaves(member: FieldRef, info: &Info, size: usize, leaves: &mut Vec<Leaf>) {
    if size > super::ffi::MAX_IN_REGISTERS {
        return;
    }
    match member.bits {
        None => info.add_leaves(member.offset, leaves),
        Some((bits, first)) => {
            for byte in first / 8..(first + bits).div_ceil(8) {
                leaves.push(Leaf { offset: member.offset + byte, primitive: Primitive::U8 });
            }
        }
    }
}

/// Makes the members of anonymous members members of the class.
fn add_anonymous(vm: &Vm, class: Ref<TypeObj>) -> Result<(), Raised> {
    let Some(names) = meta::attribute(vm, class, "_anonymous_")? else { return Ok(()) };
    let names = sequence(vm, names, "_anonymous_ must be a sequence")?;
    for index in 0..names.len() {
        let name = names.items()[index];
        let Some(text) = vm.as_str(name) else {
            return Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_name(name))));
        };
        let found = vm.getattr(class.value(), text)?;
        let Some(member) = field::find(vm, found) else {
            let text = format!("'{}' is specified in _anonymous_ but not in _fields_", text.to_string_lossy());
            return Err(final_error(vm, &text));
        };
        member.anonymous.set(true);
        add_members_of(vm, class, member, member.index, member.offset)?;
    }
    Ok(())
}

fn add_members_of(vm: &Vm, class: Ref<TypeObj>, outer: FieldRef, index: isize, offset: usize) -> Result<(), Raised> {
    let inner = outer.proto.get();
    let fields = vm.getattr_str(inner, "_fields_")?;
    let fields = sequence(vm, fields, "_fields_ must be a sequence")?;
    for at in 0..fields.len() {
        let pair = vm.to_tuple(fields.items()[at])?;
        let Some(name) = pair.items().first().and_then(|name| vm.as_str(*name)) else {
            return Err(vm.type_error("_fields_ must be a sequence of pairs"));
        };
        let found = vm.getattr(inner, name)?;
        let Some(member) = field::find(vm, found) else { return Err(vm.type_error("unexpected type")) };
        if member.anonymous.get() {
            vm.enter_native_for("in anonymous fields")?;
            add_members_of(vm, class, member, index + member.index, offset + member.offset)?;
            continue;
        }
        vm.setattr(class.value(), name, field::inherited(vm, member, index, offset))?;
    }
    Ok(())
}

/// The items of a sequence; a TypeError of a text where it is none.
fn sequence(vm: &Vm, value: Value, text: &str) -> Result<Ref<Tuple>, Raised> {
    if let Some(list) = value.cast::<List>() {
        return Ok(vm.tuple(list.items()));
    }
    vm.to_tuple(value).map_err(|raised| match vm.catch(raised, TypeId::TypeError) {
        Ok(_) => vm.type_error(text),
        Err(raised) => raised,
    })
}

fn init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    let given = args.count();
    if given > 0 {
        let used = init_positional(vm, this, vm.type_of(this), args, 0)?;
        if used < given {
            return Err(vm.type_error("too many initializers"));
        }
    }
    for (name, value) in args.split().1 {
        vm.setattr(this, name, value)?;
    }
    Ok(())
}

/// Sets the fields of a class, those of its base first, and gives the number of values that these and `index` take.
fn init_positional(vm: &Vm, this: Value, class: Ref<TypeObj>, args: Args, mut index: usize) -> Result<usize, Raised> {
    if let Some(base) = class.base()
        && info::of_class(vm, base).is_some()
    {
        vm.enter_native()?;
        index = init_positional(vm, this, base, args, index)?;
    }
    let Some(info): Option<InfoRef> = info::of_class(vm, class) else { return Ok(index) };
    let Some(fields) = meta::own_attribute(vm, class, "_fields_") else { return Ok(index) };
    for at in index..info.length.get().min(args.count()) {
        let pair = vm.getitem(fields, vm.int_usize(at - index))?;
        let name = vm.getitem(pair, Value::small(0))?;
        let Some(text) = vm.as_str(name) else {
            return Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_name(name))));
        };
        if args.split().1.any(|(keyword, _)| vm.str_eq(keyword, text)) {
            let shown = vm.repr(name)?.to_string_lossy();
            return Err(vm.type_error(format!("duplicate values for field {shown}")));
        }
        vm.setattr(this, text, args.args[at])?;
    }
    Ok(info.length.get())
}
