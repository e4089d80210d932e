//! Functions of the module about types and instances.

use super::param::instance_argument;
use super::{call, codes, data, errno, field, info, library, param, pickle};
use object::{R, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    "_unpickle($module, typ, state, /)" => pickle::unpickle;
    /// Return buffer interface information
    "buffer_info($self, arg, /)" => buffer_info;
    /// Return the size in bytes of a C instance.
    "sizeof($module, obj, /)" => sizeof;
    /// alignment(C type) -> integer
    /// alignment(C instance) -> integer
    /// Return the alignment requirements of a C instance
    "alignment($self, object, /)" => alignment;
    /// Return the address of the C instance internal buffer
    "addressof($module, obj, /)" => addressof;
    /// Return a pointer lookalike to a C instance, only usable as function argument.
    "byref($module, obj, offset=0, /)" => byref;
    "resize($module, obj, size, /)" => resize;
    "get_errno($self, /)" => errno::get_errno;
    "set_errno($self, value, /)" => errno::set_errno;
    /// dlopen(name, flag={RTLD_GLOBAL|RTLD_LOCAL}) open a shared library
    "dlopen($self, name, flag=0, /)" => library::dlopen;
    /// dlclose a library
    "dlclose($self, handle, /)" => library::dlclose;
    /// find symbol in shared library
    "dlsym($self, handle, name, /)" => library::dlsym;
    /// dllist() return a list of loaded shared libraries
    "dllist($self, /)" => library::dllist;
    "call_function($self, function, arguments, /)" => call::call_function;
    "call_cdeclfunction($self, function, arguments, /)" => call::call_cdeclfunction;
    "PyObj_FromPtr($self, address, /)" => object_from_address;
    "Py_INCREF($self, object, /)" => itself;
    "Py_DECREF($self, object, /)" => itself;
}}

/// Objects have no reference counts.
fn itself(_: &Vm, [_, object]: &[Value; 2]) -> R {
    Ok(*object)
}

fn object_from_address(vm: &Vm, [_, address]: &[Value; 2]) -> R {
    let address = library::address_argument(vm, *address)?;
    vm.audit("ctypes.PyObj_FromPtr", &[vm.int_usize(address)])?;
    // 0 is what `id` gives for the int 0.
    if address == 0 { Ok(Value::small(0)) } else { codes::object_from_word(vm, address as u64) }
}

fn buffer_info(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    let Some(info) = info::of_type(vm, *object).or_else(|| info::of_object(vm, *object)) else {
        return Err(vm.type_error("not a ctypes type or object"));
    };
    let extents: Vec<isize> = info.shape.borrow().clone();
    let shape = vm.tuple_with(extents.len(), |index| vm.int(extents[index] as i64)).value();
    let format = info.format.get().map_or(Value::NONE, |format| vm.str(format).value());
    Ok(vm.tuple(&[format, vm.int_usize(extents.len()), shape]).value())
}

fn sizeof(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    if let Some(info) = info::of_type(vm, *object) {
        return Ok(vm.int_usize(info.size.get()));
    }
    match data::find(vm, *object) {
        Some(instance) => Ok(vm.int_usize(instance.size.get())),
        None => Err(vm.type_error("this type has no size")),
    }
}

fn alignment(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    match info::of_type(vm, *object).or_else(|| info::of_object(vm, *object)) {
        Some(info) => Ok(vm.int_usize(info.align.get())),
        None => Err(vm.type_error("no alignment info")),
    }
}

fn addressof(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    let instance = instance_argument(vm, "addressof", "argument", *object)?;
    vm.audit("ctypes.addressof", &[*object])?;
    Ok(vm.int_usize(instance.address.get() as usize))
}

fn byref(vm: &Vm, [_, object, offset]: &[Value; 3]) -> R {
    let instance = instance_argument(vm, "byref", "argument 1", *object)?;
    param::by_reference(vm, instance, field::ssize(vm, *offset)?)
}

fn resize(vm: &Vm, [_, object, size]: &[Value; 3]) -> R {
    let instance = instance_argument(vm, "resize", "argument 1", *object)?;
    let size = field::ssize(vm, *size)?;
    let Some(info) = info::of_object(vm, *object) else {
        return Err(vm.type_error("expected ctypes instance"));
    };
    let least = info.size.get();
    match usize::try_from(size) {
        Ok(size) if size >= least => {
            if !instance.owns.get() {
                return Err(vm.value_error("Memory cannot be resized because this object doesn't own it"));
            }
            data::grow(vm, instance, size)?;
            Ok(Value::NONE)
        }
        _ => Err(vm.value_error(format!("minimum size is {least}"))),
    }
}
