//! What all metaclasses of C types have.

use super::info::{self, InfoRef};
use super::{array, data, library, param, state};
use object::native::NativeDef;
use object::{GetSet, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, natives, type_flags};

/// `CType_Type`
pub static CTYPE: TypeDef = TypeDef {
    name: "CType_Type",
    module: "_ctypes",
    base: TypeId::Type,
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    slots: &[Slot::repeat(repeat)],
    methods: &[METHODS],
    getset: &[GetSet {
        name: "__pointer_type__",
        get: pointer_type,
        set: Some(set_pointer_type),
        doc: "pointer type",
        is_member: false,
    }],
    ..TypeDef::DEFAULT
};

fn repeat(vm: &Vm, class: Value, count: Value) -> R {
    if vm.as_int(count).is_none() && vm.type_of(count).slots().index.is_none() {
        let name = info::class_name(vm, count);
        return Err(vm.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    let length = match vm.index(count)?.to_i64() {
        Some(length) => length,
        None => {
            let name = info::class_name(vm, count);
            return Err(vm.overflow_error(format!("cannot fit '{name}' into an index-sized integer")));
        }
    };
    match usize::try_from(length) {
        Ok(length) => array::type_of(vm, class, length),
        Err(_) => Err(vm.value_error(format!("Array length must be >= 0, not {length}"))),
    }
}

fn info_for_pointer(vm: &Vm, class: Value) -> Result<InfoRef, Raised> {
    match info::of_type(vm, class) {
        Some(info) => Ok(info),
        None => {
            let shown = vm.repr(class)?.to_string_lossy();
            Err(vm.type_error(format!("{shown} must have storage info")))
        }
    }
}

fn pointer_type(vm: &Vm, class: Value) -> R {
    match info_for_pointer(vm, class)?.pointer_type.get().bound() {
        Some(pointer) => Ok(pointer),
        None => {
            let shown = vm.repr(class)?.to_string_lossy();
            let text = format!("{shown} has no attribute '__pointer_type__'");
            Err(vm.attribute_error(text, class, vm.intern("__pointer_type__").value()))
        }
    }
}

fn set_pointer_type(vm: &Vm, class: Value, value: Value) -> Result<(), Raised> {
    let info = info_for_pointer(vm, class)?;
    info.pointer_type.set(vm, info, value);
    Ok(())
}

macro_rules! methods {
    ($name:ident, $from_param:path) => {
        object::natives! { static $name: {
            /// Convert a Python object into a function call parameter.
            "from_param($self, value, /)" => $from_param;
            /// C.from_address(integer) -> C instance
            ///
            /// Access a C instance at the specified address.
            "from_address($self, value, /)" => crate::_ctypes::meta::from_address;
            /// C.from_buffer(object, offset=0) -> C instance
            ///
            /// Create a C instance from a writeable buffer.
            "from_buffer($self, obj, offset=0, /)" => crate::_ctypes::meta::from_buffer;
            /// C.from_buffer_copy(object, offset=0) -> C instance
            ///
            /// Create a C instance from a readable buffer.
            "from_buffer_copy($self, buffer, offset=0, /)" => crate::_ctypes::meta::from_buffer_copy;
            /// C.in_dll(dll, name) -> C instance
            ///
            /// Access a C instance in a dll.
            "in_dll($self, dll, name, /)" => crate::_ctypes::meta::in_dll;
        }}
    };
}
pub(super) use methods;

/// `from_address`
pub fn from_address(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    let Some(int) = vm.as_int(*value) else {
        return Err(vm.type_error("integer expected"));
    };
    let address = match int {
        object::Int::Small(int) => int as usize,
        object::Int::Big(big) => match (i64::try_from(&big.big), u64::try_from(&big.big)) {
            (Ok(int), _) => int as usize,
            (_, Ok(int)) => int as usize,
            _ if int.is_negative() => return Err(vm.overflow_error("Python int too large to convert to C long")),
            _ => return Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
        },
    };
    info::concrete(vm, *class)?;
    Ok(data::at_address(vm, *class, address)?.value())
}

fn check_room(vm: &Vm, len: usize, offset: isize, size: usize) -> Result<usize, Raised> {
    let Ok(offset) = usize::try_from(offset) else {
        return Err(vm.value_error("offset cannot be negative"));
    };
    let wanted = size.saturating_add(offset);
    if wanted > len {
        return Err(vm.value_error(format!("Buffer size too small ({len} instead of at least {wanted} bytes)")));
    }
    Ok(offset)
}

/// `from_buffer`
pub fn from_buffer(vm: &Vm, [class, object, offset]: &[Value; 3]) -> R {
    let offset = super::field::ssize(vm, *offset)?;
    let info = info::concrete(vm, *class)?;
    let view = vm.call(vm.types[TypeId::MemoryView].value(), &[*object])?;
    let buffer = vm.buffer(view, false)?;
    // The view holds the memory of the object; what the view gave is not needed beside it.
    vm.release_buffer(&buffer);
    if buffer.readonly {
        return Err(vm.type_error("underlying buffer is not writable"));
    }
    if !buffer.is_contiguous() {
        return Err(vm.type_error("underlying buffer is not C contiguous"));
    }
    let offset = check_room(vm, buffer.len, offset, info.size.get())?;
    let parts = [vm.int_usize(buffer.address as usize), vm.int_usize(buffer.len), vm.int_usize(offset)];
    vm.audit("ctypes.cdata/buffer", &parts)?;
    let made = data::at_address(vm, *class, buffer.address as usize + offset)?;
    data::keep(vm, made, -1, view)?;
    Ok(made.value())
}

/// `from_buffer_copy`
pub fn from_buffer_copy(vm: &Vm, [class, object, offset]: &[Value; 3]) -> R {
    let offset = super::field::ssize(vm, *offset)?;
    let info = info::concrete(vm, *class)?;
    let class = data::class_of(vm, *class)?;
    if !vm.has_buffer(*object) && vm.as_bytes(*object).is_none() {
        let name = info::class_name(vm, *object);
        return Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")));
    }
    let buffer = vm.buffer(*object, false)?;
    let copy = || {
        if !buffer.is_contiguous() {
            return Err(vm.buffer_error("memoryview: underlying buffer is not C-contiguous"));
        }
        let offset = check_room(vm, buffer.len, offset, info.size.get())?;
        let parts = [vm.int_usize(buffer.address as usize), vm.int_usize(buffer.len), vm.int_usize(offset)];
        vm.audit("ctypes.cdata/buffer", &parts)?;
        // SAFETY: the buffer has so many bytes behind the offset, and is held.
        unsafe { data::copy_of(vm, class.value(), buffer.address.add(offset)) }
    };
    let made = copy();
    vm.release_buffer(&buffer);
    Ok(made?.value())
}

/// `in_dll`
pub fn in_dll(vm: &Vm, [class, dll, name]: &[Value; 3]) -> R {
    let Some(text) = vm.as_str(*name) else {
        let found = info::class_name(vm, *name);
        return Err(vm.type_error(format!("in_dll() argument 2 must be str, not {found}")));
    };
    let symbol = super::text::name_of(vm, text)?;
    vm.audit("ctypes.dlsym", &[*dll, *name])?;
    let handle = library::handle_of(vm, *dll)?;
    match library::find_symbol(vm, handle, &symbol) {
        Ok(address) => Ok(data::at_address(vm, *class, address as usize)?.value()),
        Err(None) => Err(vm.value_error(format!("symbol '{}' not found", symbol.to_string_lossy()))),
        Err(Some(text)) => Err(vm.value_error(text)),
    }
}

/// `from_param` of structures, unions, arrays and functions.
pub fn from_param(vm: &Vm, [class, value]: &[Value; 2]) -> R {
    if vm.is_instance(*value, *class)? {
        return Ok(*value);
    }
    if let Some(param) = param::find(vm, *value) {
        let object = param.object.get();
        if let Some(info) = info::of_type(vm, *class)
            && !object.is_unbound()
            && info.proto.get().cast::<TypeObj>().is_some()
            && vm.is_instance(object, info.proto.get())?
        {
            return Ok(*value);
        }
        let found = if object.is_unbound() { String::from("???") } else { info::class_name(vm, object) };
        let expected = info::type_name(vm, *class);
        return Err(vm.type_error(format!("expected {expected} instance instead of pointer to {found}")));
    }
    if let Some(parameter) = as_parameter(vm, *value)? {
        return again(vm, || from_param(vm, &[*class, parameter]));
    }
    let (expected, found) = (info::type_name(vm, *class), info::class_name(vm, *value));
    Err(vm.type_error(format!("expected {expected} instance instead of {found}")))
}

/// `value._as_parameter_`, if it has that.
pub fn as_parameter(vm: &Vm, value: Value) -> Result<Option<Value>, Raised> {
    vm.getattr_opt(value, vm.intern("_as_parameter_"))
}

/// Converts what `_as_parameter_` gave, which may go on forever.
pub fn again<T>(vm: &Vm, f: impl FnOnce() -> Result<T, Raised>) -> Result<T, Raised> {
    vm.enter_native_for("while processing _as_parameter_")?;
    let result = f();
    vm.leave_native();
    result
}

/// Adds a class method to a class that was just made.
pub fn add_class_method(vm: &Vm, class: Ref<TypeObj>, def: &'static NativeDef) {
    let method = vm.native_function(TypeId::ClassMethodDescriptor, def, Value::UNBOUND, class.value());
    add_attribute(vm, class, def.name(), method.value());
}

/// Adds an attribute to a class.
pub fn add_attribute(vm: &Vm, class: Ref<TypeObj>, name: &str, value: Value) {
    let name = vm.intern(name);
    class.dict().insert_str(vm, name, value);
    vm.class_attr_changed(class, name);
}

/// A required attribute of a class; None where it has none.
pub fn attribute(vm: &Vm, class: Ref<TypeObj>, name: &str) -> Result<Option<Value>, Raised> {
    vm.getattr_opt(class.value(), vm.intern(name))
}

/// An attribute that a class has itself.
pub fn own_attribute(vm: &Vm, class: Ref<TypeObj>, name: &str) -> Option<Value> {
    class.dict().get_str(vm, vm.intern(name))
}

/// The class that a metaclass is to initialise.
pub fn new_class(vm: &Vm, this: Value) -> Result<Ref<TypeObj>, Raised> {
    state::get(vm)?;
    data::class_of(vm, this)
}

natives! { static METHODS: {
    /// Return memory consumption of the type object.
    "__sizeof__($self, /)" => sizeof;
}}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let class = vm.types[TypeId::Type];
    let plain = match vm.lookup(class, vm.names.__sizeof__) {
        Some(function) => vm.call(function, &[*this])?,
        None => Value::small(0),
    };
    let own = if info::of_type(vm, *this).is_some() { size_of::<info::Info>() } else { 0 };
    match plain.as_small() {
        Some(plain) => Ok(vm.int(plain + own as i64)),
        None => Ok(plain),
    }
}
