//! `CFuncPtr` and its metaclass.

use super::call::{self, MAX_ARGUMENTS, Target};
use super::info::{self, Family, Info, InfoRef, flags};
use super::meta::{self, methods};
use super::outparam::{self, Passed};
use super::{callback, data, integer, library, state, text};
use object::{
    Args, Field, GetSet, Kind, Native, NativeData, R, Raised, Ref, Slot, Tracer, Tuple, TypeDef, TypeId, Value,
    ValueExt, Vm, native_ref, type_flags,
};

methods!(META_METHODS, meta::from_param);

/// `PyCFuncPtrType`
pub static METACLASS: TypeDef = TypeDef {
    name: "PyCFuncPtrType",
    module: "_ctypes",
    kind: Kind::TYPE,
    flags: type_flags::BASETYPE,
    doc: "metatype for C function pointers",
    slots: &[Slot::init(meta_init)],
    methods: &[META_METHODS],
    ..TypeDef::DEFAULT
};

/// `CFuncPtr`
pub static FUNCTION: TypeDef = TypeDef {
    name: "CFuncPtr",
    module: "_ctypes",
    doc: "Function Pointer",
    flags: type_flags::BASETYPE,
    slots: &[Slot::repr(repr), Slot::call(call_slot), Slot::bool(truth), Slot::buffer(data::buffer)],
    getset: GETSET,
    new: Some(native_ref! { "CFuncPtr(...)" -> new }),
    ..TypeDef::DEFAULT
};

static GETSET: &[GetSet] = &[
    GetSet {
        name: "errcheck",
        get: |vm, this| Ok(of(vm, this)?.errcheck.get().or_none()),
        set: Some(set_errcheck),
        doc: "a function to check for errors",
        is_member: false,
    },
    GetSet {
        name: "restype",
        get: |vm, this| Ok(declared(vm, this, |function| &function.restype, |info| &info.restype)?.or_none()),
        set: Some(set_restype),
        doc: "specify the result type",
        is_member: false,
    },
    GetSet {
        name: "argtypes",
        get: |vm, this| Ok(declared(vm, this, |function| &function.argtypes, |info| &info.argtypes)?.or_none()),
        set: Some(set_argtypes),
        doc: "specify the argument types",
        is_member: false,
    },
];

/// What instances of function types have beside the address. Fields that are unbound are those of the type.
pub struct Function {
    argtypes: Field,
    converters: Field,
    restype: Field,
    checker: Field,
    errcheck: Field,
    paramflags: Field,
}

impl NativeData for Function {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.argtypes, &self.converters, &self.restype, &self.checker, &self.errcheck, &self.paramflags]
        {
            field.trace(tracer);
        }
    }
}

fn of(vm: &Vm, this: Value) -> Result<Ref<Native<Function>>, Raised> {
    let instance = data::of(vm, this)?;
    if let Some(function) = vm.as_native(instance.function.get()) {
        return Ok(function);
    }
    if info::of_object(vm, this).is_none_or(|info| info.family != Family::Function) {
        return Err(vm.type_error("a CFuncPtr is required"));
    }
    // Made by foreign code: a member of a structure, a result, an argument of a callback.
    let unset = || Field::new(Value::UNBOUND);
    let function = Function {
        argtypes: unset(),
        converters: unset(),
        restype: unset(),
        checker: unset(),
        errcheck: unset(),
        paramflags: unset(),
    };
    let function = vm.native(vm.types[TypeId::Object], function);
    instance.function.set(vm, instance, function.value());
    Ok(function)
}

/// What a function declares itself, else what its type does.
fn declared(vm: &Vm, this: Value, own: fn(&Function) -> &Field, of_type: fn(&Info) -> &Field) -> R {
    let function = of(vm, this)?;
    let value = own(&function).get();
    if !value.is_unbound() {
        return Ok(value);
    }
    Ok(of_type(&*info::concrete(vm, vm.type_of(this).value())?).get())
}

fn meta_init(vm: &Vm, this: Value, _: Args) -> Result<(), Raised> {
    let class = meta::new_class(vm, this)?;
    let info = info::attach(vm, class, Family::Function)?;
    info.size.set(size_of::<usize>());
    info.align.set(align_of::<usize>());
    info.length.set(1);
    info.format.set(Some("X{}"));
    let own = |name: &str| meta::own_attribute(vm, class, name);
    match own("_flags_").and_then(|flags| vm.as_int(flags)) {
        Some(int) => info.flags.set(integer::low_word_of(int) as u32 & 0xFF | flags::IS_POINTER),
        None => return Err(vm.type_error("class must define _flags_ which must be an integer")),
    }
    if let Some(types) = own("_argtypes_") {
        let (types, converters) = converters_of(vm, types)?;
        info.argtypes.set(vm, info, types.value());
        info.converters.set(vm, info, converters.value());
    }
    if let Some(restype) = own("_restype_") {
        if !is_result_type(vm, restype) {
            return Err(vm.type_error("_restype_ must be a type, a callable, or None"));
        }
        info.restype.set(vm, info, restype);
        if let Some(checker) = vm.getattr_opt(restype, vm.intern("_check_retval_"))? {
            info.checker.set(vm, info, checker);
        }
    }
    Ok(())
}

fn is_result_type(vm: &Vm, value: Value) -> bool {
    value.is_none() || info::of_type(vm, value).is_some() || vm.is_callable(value)
}

/// Types of arguments as a tuple, and `from_param` of each.
fn converters_of(vm: &Vm, types: Value) -> Result<(Ref<Tuple>, Ref<Tuple>), Raised> {
    let types = vm.to_tuple(types).map_err(|raised| match vm.catch(raised, TypeId::TypeError) {
        Ok(_) => vm.type_error("_argtypes_ must be a sequence of types"),
        Err(raised) => raised,
    })?;
    let count = types.len();
    if count > MAX_ARGUMENTS {
        let class = state::class(vm, |state| &state.argument_error)?;
        let text = format!("_argtypes_ has too many arguments ({count}), maximum is {MAX_ARGUMENTS}");
        return Err(vm.raise_call(class.value(), &[vm.str(&text).value()]));
    }
    let converters = vm.list_with_capacity(count);
    for index in 0..count {
        match vm.getattr_opt(types.items()[index], vm.intern("from_param"))? {
            Some(converter) => converters.push(vm, converter),
            None => {
                let text = format!("item {} in _argtypes_ has no from_param method", index + 1);
                return Err(vm.type_error(text));
            }
        }
    }
    Ok((types, vm.tuple(converters.items())))
}

/// An instance without an address.
fn bare(vm: &Vm, class: Value) -> Result<data::DataRef, Raised> {
    data::new(vm, data::class_of(vm, class)?)
}

fn new(vm: &Vm, args: Args) -> R {
    let Some((&class, given)) = args.args[..args.count()].split_first() else {
        return Err(vm.type_error("a class is required"));
    };
    let Some(&first) = given.first() else { return Ok(bare(vm, class)?.value()) };
    if let Some(spec) = vm.as_tuple(first) {
        return from_library(vm, class, spec, given);
    }
    if let [address] = given
        && let Some(int) = vm.as_int(*address)
    {
        let instance = bare(vm, class)?;
        data::set_pointer_value(instance, integer::low_word_of(int) as usize as *mut u8);
        return Ok(instance.value());
    }
    let [callable] = given else {
        return Err(vm.type_error(format!("function takes exactly 1 argument ({} given)", given.len())));
    };
    if !vm.is_callable(*callable) {
        return Err(vm.type_error("argument must be callable or integer function address"));
    }
    let types = info::of_type(vm, class).and_then(|info| Some((info, info.argtypes.get().cast::<Tuple>()?)));
    let Some((info, types)) = types else {
        return Err(vm.type_error("cannot construct instance of this class: no argtypes"));
    };
    let (thunk, code) = callback::make(vm, *callable, types, info.restype.get(), info.flags.get())?;
    let instance = bare(vm, class)?;
    data::set_pointer_value(instance, code);
    data::keep(vm, instance, 0, thunk)?;
    Ok(instance.value())
}

/// `CFuncPtr((name, library)[, paramflags])`
fn from_library(vm: &Vm, class: Value, spec: Ref<Tuple>, given: &[Value]) -> R {
    if given.len() > 2 {
        return Err(vm.type_error(format!("function takes at most 2 arguments ({} given)", given.len())));
    }
    let paramflags = given.get(1).copied().filter(|flags| !flags.is_none());
    let [name, library] = *spec.items() else { return Err(vm.type_error("illegal func_spec argument")) };
    let symbol = if let Some(text) = vm.as_str(name) {
        text::name_of(vm, text)?
    } else if let Some(bytes) = vm.as_bytes(name) {
        std::ffi::CString::new(bytes.as_slice()).map_err(|_| vm.value_error("embedded null byte"))?
    } else {
        return Err(vm.type_error("function name must be string, bytes object or integer"));
    };
    let handle = vm.getattr_str(library, "_handle")?;
    vm.audit("ctypes.dlsym", &[library, name])?;
    if vm.as_int(handle).is_none() {
        return Err(vm.type_error("the _handle attribute of the second argument must be an integer"));
    }
    let address = match library::find_symbol(vm, library::handle_of(vm, library)?, &symbol) {
        Ok(address) => address,
        // Programs look functions of the C interface up, and declare them, without calling them.
        Err(_) if info::concrete(vm, class)?.flags.get() & flags::PYTHONAPI != 0 => {
            super::c_interface::address(&symbol.to_string_lossy()) as *mut u8
        }
        Err(text) => {
            let text = text.unwrap_or_else(|| format!("function '{}' not found", symbol.to_string_lossy()));
            return Err(vm.raise(TypeId::AttributeError, &text));
        }
    };
    let info = info::concrete(vm, class)?;
    if let (Some(paramflags), Some(types)) = (paramflags, info.argtypes.get().cast::<Tuple>()) {
        outparam::validate(vm, paramflags, types)?;
    }
    let instance = bare(vm, class)?;
    let function = of(vm, instance.value())?;
    if let Some(paramflags) = paramflags {
        function.paramflags.set(vm, function, paramflags);
    }
    data::set_pointer_value(instance, address);
    data::keep(vm, instance, 0, library)?;
    Ok(instance.value())
}

fn set_errcheck(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = of(vm, this)?;
    if !value.is_unbound() && !vm.is_callable(value) {
        return Err(vm.type_error("the errcheck attribute must be callable"));
    }
    function.errcheck.set(vm, function, value);
    Ok(())
}

fn set_restype(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = of(vm, this)?;
    if !value.is_unbound() && !is_result_type(vm, value) {
        return Err(vm.type_error("restype must be a type, a callable, or None"));
    }
    let checker = if value.is_unbound() { None } else { vm.getattr_opt(value, vm.intern("_check_retval_"))? };
    function.checker.set(vm, function, checker.unwrap_or(Value::UNBOUND));
    function.restype.set(vm, function, value);
    Ok(())
}

fn set_argtypes(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = of(vm, this)?;
    if value.is_unbound() || value.is_none() {
        function.converters.set(vm, function, Value::UNBOUND);
        function.argtypes.set(vm, function, Value::UNBOUND);
        return Ok(());
    }
    let (types, converters) = converters_of(vm, value)?;
    if let Some(paramflags) = function.paramflags.get().bound() {
        outparam::validate(vm, paramflags, types)?;
    }
    function.converters.set(vm, function, converters.value());
    function.argtypes.set(vm, function, value);
    Ok(())
}

fn truth(vm: &Vm, this: Value) -> Result<bool, Raised> {
    Ok(!data::pointer_value(data::of(vm, this)?).is_null())
}

fn repr(vm: &Vm, this: Value) -> R {
    let name = info::class_name(vm, this);
    Ok(vm.str(&format!("<{name} object at 0x{:x}>", this.bits())).value())
}

fn check_count(vm: &Vm, info: InfoRef, required: usize, actual: usize) -> Result<(), Raised> {
    let plural = if required == 1 { "" } else { "s" };
    let text = if info.flags.get() & flags::CDECL != 0 {
        if required <= actual {
            return Ok(());
        }
        format!("this function takes at least {required} argument{plural} ({actual} given)")
    } else {
        if required == actual {
            return Ok(());
        }
        format!("this function takes {required} argument{plural} ({actual} given)")
    };
    Err(vm.type_error(text))
}

fn call_slot(vm: &Vm, this: Value, args: Args) -> R {
    let instance = data::of(vm, this)?;
    let function = of(vm, this)?;
    let info = info::concrete(vm, vm.type_of(this).value())?;
    let own_or = |own: &Field, of_type: &Field| if own.get().is_unbound() { of_type.get() } else { own.get() };
    let restype = own_or(&function.restype, &info.restype);
    // The result type and what checks results belong together.
    let checker = if function.restype.get().is_unbound() { info.checker.get() } else { function.checker.get() };
    let converters = own_or(&function.converters, &info.converters).cast::<Tuple>();
    let argtypes = own_or(&function.argtypes, &info.argtypes);
    let passed = match function.paramflags.get().cast::<Tuple>() {
        Some(paramflags) if !argtypes.is_unbound() => {
            let argtypes = vm.to_tuple(argtypes)?;
            if argtypes.is_empty() { Passed::plain(vm, args) } else { outparam::pass(vm, paramflags, argtypes, args)? }
        }
        _ => Passed::plain(vm, args),
    };
    if let Some(converters) = converters {
        check_count(vm, info, converters.len(), passed.values.len())?;
    }
    let address = data::pointer_value(instance) as usize;
    if address == 0 {
        return Err(vm.value_error("NULL function pointer called"));
    }
    let target = Target { address, flags: info.flags.get(), converters, restype, checker };
    let mut result = call::call(vm, &target, passed.values)?;
    let errcheck = function.errcheck.get();
    if !errcheck.is_unbound() {
        let checked = vm.call(errcheck, &[result, this, passed.values.value()])?;
        // The tuple of arguments back means: as if there were no check.
        if checked != passed.values.value() {
            return Ok(checked);
        }
    }
    if passed.results > 0 {
        result = outparam::results(vm, &passed)?;
    }
    Ok(result)
}
