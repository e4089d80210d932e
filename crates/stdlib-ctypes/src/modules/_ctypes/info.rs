//! What a C type is: every class of a metaclass of this module has an [`Info`].

use super::codes::{Access, Code};
use super::ffi::{Leaf, StructType};
use object::{Field, Native, NativeData, Raised, Ref, Tracer, TypeId, TypeObj, Value, ValueExt, Vm};
use std::cell::{Cell, OnceCell, RefCell};

/// Families of C types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// `_SimpleCData`
    Simple,
    /// `Structure`
    Structure,
    /// `Union`
    Union,
    /// `Array`
    Array,
    /// `_Pointer`
    Pointer,
    /// `CFuncPtr`
    Function,
}

/// Flags of a C type; those of function types are shown to Python as `FUNCFLAG_...`.
pub mod flags {
    /// The function has the standard calling convention.
    pub const CDECL: u32 = 1;
    /// The interpreter's lock is kept during the call.
    pub const PYTHONAPI: u32 = 4;
    /// `errno` is exchanged with the thread's copy around the call.
    pub const USE_ERRNO: u32 = 8;
    /// Without meaning on this system.
    pub const USE_LASTERROR: u32 = 16;
    /// It is a pointer.
    pub const IS_POINTER: u32 = 0x100;
    /// It contains pointers.
    pub const HAS_POINTER: u32 = 0x200;
}

/// A C type.
pub struct Info {
    /// Its family.
    pub family: Family,
    /// Size in bytes.
    pub size: Cell<usize>,
    /// Alignment in bytes.
    pub align: Cell<usize>,
    /// Number of fields or items.
    pub length: Cell<usize>,
    /// Bits of [`flags`].
    pub flags: Cell<u32>,
    /// No fields can be set any more.
    pub is_final: Cell<bool>,
    /// The row of the table of type codes, for simple types.
    pub code: Cell<Option<&'static Code>>,
    /// How values are read and written, for simple types.
    pub access: Cell<Option<Access>>,
    /// Is it a simple type that extends another one? Its instances are not shown as Python values.
    pub is_derived: bool,
    /// Item type or type pointed to; for simple types the code.
    pub proto: Field,
    /// Format of the buffer.
    pub format: Cell<Option<&'static str>>,
    /// Shape of the buffer.
    pub shape: RefCell<Vec<isize>>,
    /// `_argtypes_` as a tuple, for function types.
    pub argtypes: Field,
    /// `from_param` of each, as a tuple.
    pub converters: Field,
    /// `_restype_`
    pub restype: Field,
    /// `_check_retval_` of that.
    pub checker: Field,
    /// `__pointer_type__`
    pub pointer_type: Field,
    /// Weak references to array types with items of this type, by length.
    pub arrays: Field,
    /// What small structures and unions consist of.
    pub leaves: RefCell<Vec<Leaf>>,
    /// The structure or union for libffi, made when it is first passed by value.
    pub by_value: OnceCell<Box<StructType>>,
}

/// The [`Info`] of a class.
pub type InfoRef = Ref<Native<Info>>;

impl NativeData for Info {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [
            &self.proto,
            &self.argtypes,
            &self.converters,
            &self.restype,
            &self.checker,
            &self.pointer_type,
            &self.arrays,
        ] {
            field.trace(tracer);
        }
    }
}

impl Info {
    /// Is it a simple type of this code?
    pub fn has_code(&self, code: u8) -> bool {
        self.code.get().is_some_and(|row| row.code == code)
    }

    /// Are values of it shown as Python values, and not as instances? The access to them.
    pub fn direct_access(&self) -> Option<Access> {
        if self.is_derived { None } else { self.access.get() }
    }

    /// Does it hold pointers or is one?
    pub fn has_pointers(&self) -> bool {
        self.flags.get() & (flags::IS_POINTER | flags::HAS_POINTER) != 0
    }

    /// Adds flags.
    pub fn add_flags(&self, flags: u32) {
        self.flags.set(self.flags.get() | flags);
    }
}

/// The info of a class, if it is a C type that is complete enough to have one.
pub fn of_class(vm: &Vm, class: Ref<TypeObj>) -> Option<InfoRef> {
    vm.as_native(class.extra.get())
}

/// The info of a value that may be a class.
pub fn of_type(vm: &Vm, class: Value) -> Option<InfoRef> {
    of_class(vm, class.cast::<TypeObj>()?)
}

/// The info of the class of an object.
pub fn of_object(vm: &Vm, object: Value) -> Option<InfoRef> {
    of_class(vm, vm.type_of(object))
}

/// The info of a class of which instances are to be made.
pub fn concrete(vm: &Vm, class: Value) -> Result<InfoRef, Raised> {
    of_type(vm, class).ok_or_else(|| vm.type_error("abstract class"))
}

/// Gives a new class its info.
pub fn attach(vm: &Vm, class: Ref<TypeObj>, family: Family) -> Result<InfoRef, Raised> {
    if of_class(vm, class).is_some() {
        let text = format!("StgInfo of '{}' is already initialized.", class.qualified_name(vm));
        return Err(vm.system_error(text));
    }
    let is_derived = family == Family::Simple
        && class.base().is_some_and(|base| super::state::find(vm).is_some_and(|it| it.simple.get() != base.value()));
    let info = Info {
        family,
        size: Cell::new(0),
        align: Cell::new(1),
        length: Cell::new(0),
        flags: Cell::new(0),
        is_final: Cell::new(false),
        code: Cell::new(None),
        access: Cell::new(None),
        is_derived,
        proto: Field::new(Value::UNBOUND),
        format: Cell::new(None),
        shape: RefCell::default(),
        argtypes: Field::new(Value::UNBOUND),
        converters: Field::new(Value::UNBOUND),
        restype: Field::new(Value::UNBOUND),
        checker: Field::new(Value::UNBOUND),
        pointer_type: Field::new(Value::UNBOUND),
        arrays: Field::new(Value::UNBOUND),
        leaves: RefCell::default(),
        by_value: OnceCell::new(),
    };
    let info = vm.native(vm.types[TypeId::Object], info);
    class.extra.set(vm, class, info.value());
    Ok(info)
}

/// The name that error messages have for a class.
pub fn type_name(vm: &Vm, class: Value) -> String {
    match class.cast::<TypeObj>() {
        Some(class) => class.qualified_name(vm),
        None => String::from("?"),
    }
}

/// The name that error messages have for the class of an object.
pub fn class_name(vm: &Vm, object: Value) -> String {
    vm.type_of(object).qualified_name(vm)
}
