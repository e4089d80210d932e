//! `function`

use crate::descriptors::{DICT, accessor, member};
use crate::object::address;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, CellObj, Code, Dict, Field, Function, GetSet, Kind, Raised, Ref, Slot, Str, Tuple, TypeDef, TypeId, Value,
    ValueExt, Vm, native,
};
use bytecode::{CodeFlags, LocalKind};

static NEW: native::NativeDef = native! {
    "function($cls, code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)" => new
};

/// `function`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Function),
    name: "function",
    kind: Kind::FUNCTION,
    flags: type_flags::HAS_DICT | type_flags::WEAKREF | type_flags::METHOD_DESCRIPTOR,
    doc: "Make a function of a code object and its globals.",
    slots: &[Slot::repr(repr), Slot::descr_get(descr_get), Slot::call(call)],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__closure__", |vm, this| Ok(function(vm, this)?.closure.get().or_none())),
    GetSet {
        name: "__doc__",
        get: |vm, this| {
            let function = function(vm, this)?;
            // The code need not be unpacked before somebody asks.
            Ok(function.doc.get().bound().unwrap_or_else(|| function.code().docstring()))
        },
        set: Some(|vm, this, value| {
            let function = function(vm, this)?;
            function.doc.set(vm, function, value.or_none());
            Ok(())
        }),
        doc: "",
        is_member: true,
    },
    member("__globals__", |vm, this| Ok(function(vm, this)?.globals().value())),
    member("__builtins__", |vm, this| {
        let function = function(vm, this)?;
        let builtins = function.builtins.get().cast::<Dict>();
        Ok(vm.builtins_value(builtins.unwrap_or_else(|| vm.builtins_for(function.globals()))))
    }),
    accessor("__code__", |vm, this| Ok(function(vm, this)?.code().value()), set_code),
    accessor("__defaults__", |vm, this| Ok(function(vm, this)?.defaults.get().or_none()), set_defaults),
    accessor("__kwdefaults__", |vm, this| Ok(function(vm, this)?.kwdefaults.get().or_none()), set_kwdefaults),
    accessor("__annotations__", |vm, this| function_annotations(vm, function(vm, this)?), set_annotations),
    accessor("__annotate__", |vm, this| Ok(function(vm, this)?.annotate.get().or_none()), set_annotate),
    DICT,
    accessor(
        "__module__",
        |vm, this| Ok(function(vm, this)?.module.get().or_none()),
        |vm, this, value| {
            let function = function(vm, this)?;
            function.module.set(vm, function, value.or_none());
            Ok(())
        },
    ),
    accessor("__name__", |vm, this| Ok(function(vm, this)?.name.get()), set_name),
    accessor("__qualname__", |vm, this| Ok(function(vm, this)?.qualname.get()), set_qualname),
    accessor("__type_params__", get_type_params, set_type_params),
];

fn function(vm: &Vm, this: Value) -> Result<Ref<Function>, Raised> {
    match this.cast::<Function>() {
        Some(function) => Ok(function),
        None => Err(vm.type_error(format!("expected a function, not '{}'", vm.type_name(this)))),
    }
}

fn repr(vm: &Vm, this: Value) -> R {
    let qualname = vm.to_str(function(vm, this)?.qualname.get())?;
    let (start, end) = (vm.str("<function "), vm.str(&format!(" at {}>", address(this))));
    Ok(vm.str_concat(&[start, qualname, end]).value())
}

fn descr_get(vm: &Vm, this: Value, object: Value, _: Value) -> R {
    Ok(if object.is_unbound() { this } else { vm.method(this, object) })
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    (vm.hooks.get().call_function)(vm, this, args)
}

fn free_count(code: Ref<Code>) -> usize {
    (0..code.unit().locals.len()).filter(|&index| code.local_kind(index) == LocalKind::Free).count()
}

fn set_code(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    let Some(code) = value.cast::<Code>() else {
        return Err(vm.type_error("__code__ must be set to a code object"));
    };
    let cells = function.closure.get().cast::<Tuple>().map_or(0, |closure| closure.len());
    let free = free_count(code);
    if free != cells {
        let name = vm.to_str(function.name.get())?.to_string_lossy();
        let text = format!("{name}() requires a code object with {cells} free vars, not {free}");
        return Err(vm.value_error(text));
    }
    let kinds = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;
    if (function.code().flags().0 ^ code.flags().0) & kinds != 0 {
        let text =
            "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)";
        vm.warn(TypeId::DeprecationWarning, text, 1)?;
    }
    function.set_code(vm, code);
    Ok(())
}

/// Sets a field that may be None, and else holds a value of one class.
fn set_optional(
    vm: &Vm,
    function: Ref<Function>,
    field: &Field,
    value: Value,
    is_right: bool,
    text: &str,
) -> Result<(), Raised> {
    if value.is_unbound() || value.is_none() {
        field.set(vm, function, Value::UNBOUND);
    } else if is_right {
        field.set(vm, function, value);
    } else {
        return Err(vm.type_error(text));
    }
    Ok(())
}

fn set_defaults(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    let tuple = vm.as_tuple(value);
    let value = tuple.map_or(value, Ref::value);
    let text = "__defaults__ must be set to a tuple object";
    set_optional(vm, function, &function.defaults, value, tuple.is_some(), text)
}

fn set_kwdefaults(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    let text = "__kwdefaults__ must be set to a dict object";
    set_optional(vm, function, &function.kwdefaults, value, value.cast::<Dict>().is_some(), text)
}

/// `__annotations__` of a function: computed by `__annotate__` when they are first asked for.
pub fn function_annotations(vm: &Vm, function: Ref<Function>) -> R {
    let known = function.annotations.get();
    if let Some(pairs) = known.cast::<Tuple>() {
        // The compiler gives names and texts as one tuple.
        let dict = vm.dict();
        for pair in pairs.items().chunks_exact(2) {
            dict.insert(vm, pair[0], pair[1])?;
        }
        function.annotations.set(vm, function, dict.value());
        return Ok(dict.value());
    }
    if let Some(known) = known.bound().filter(|known| !known.is_none()) {
        return Ok(known);
    }
    let annotate = function.annotate.get();
    let annotations = if !annotate.is_unbound() && vm.is_callable(annotate) {
        crate::type_::call_annotate(vm, annotate)?
    } else {
        vm.dict().value()
    };
    function.annotations.set(vm, function, annotations);
    Ok(annotations)
}

fn set_annotations(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    let is_dict = value.cast::<Dict>().is_some();
    let text = "__annotations__ must be set to a dict object";
    set_optional(vm, function, &function.annotations, value, is_dict, text)?;
    function.annotate.set(vm, function, Value::UNBOUND);
    Ok(())
}

fn set_annotate(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    if value.is_unbound() {
        return Err(vm.type_error("__annotate__ cannot be deleted"));
    }
    if value.is_none() {
        function.annotate.set(vm, function, Value::UNBOUND);
        return Ok(());
    }
    if !vm.is_callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    function.annotate.set(vm, function, value);
    function.annotations.set(vm, function, Value::UNBOUND);
    Ok(())
}

fn set_name(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    if value.is_unbound() || vm.as_str(value).is_none() {
        return Err(vm.type_error("__name__ must be set to a string object"));
    }
    function.name.set(vm, function, value);
    Ok(())
}

fn set_qualname(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    if value.is_unbound() || vm.as_str(value).is_none() {
        return Err(vm.type_error("__qualname__ must be set to a string object"));
    }
    function.qualname.set(vm, function, value);
    Ok(())
}

fn get_type_params(vm: &Vm, this: Value) -> R {
    let params = function(vm, this)?.type_params.get();
    Ok(params.bound().unwrap_or_else(|| vm.tuple(&[]).value()))
}

fn set_type_params(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let function = function(vm, this)?;
    if value.is_unbound() || vm.as_tuple(value).is_none() {
        return Err(vm.type_error("__type_params__ must be set to a tuple"));
    }
    function.type_params.set(vm, function, value);
    Ok(())
}

fn new(vm: &Vm, [_, code, globals, name, defaults, closure, kwdefaults]: &[Value; 7]) -> R {
    let wrong = |name: &str, expected: &str, value: Value| {
        vm.type_error(format!("function() argument '{name}' must be {expected}, not {}", vm.type_name(value)))
    };
    let Some(code) = code.cast::<Code>() else { return Err(wrong("code", "code", *code)) };
    let Some(globals) = globals.cast::<Dict>() else { return Err(wrong("globals", "dict", *globals)) };
    if !name.is_none() && vm.as_str(*name).is_none() {
        return Err(vm.type_error("arg 3 (name) must be None or string"));
    }
    if !defaults.is_none() && vm.as_tuple(*defaults).is_none() {
        return Err(vm.type_error("arg 4 (defaults) must be None or tuple"));
    }
    if !kwdefaults.is_none() && kwdefaults.cast::<Dict>().is_none() {
        return Err(vm.type_error("arg 6 (kwdefaults) must be None or dict"));
    }
    let free = free_count(code);
    match vm.as_tuple(*closure) {
        None if closure.is_none() && free == 0 => {}
        None if closure.is_none() => return Err(vm.type_error("arg 5 (closure) must be tuple")),
        None => return Err(vm.type_error("arg 5 (closure) must be None or tuple")),
        Some(cells) => {
            if cells.len() != free {
                let name = code.name.get().cast::<Str>().map_or_else(String::new, |name| name.to_string_lossy());
                let text = format!("{name} requires closure of length {free}, not {}", cells.len());
                return Err(vm.value_error(text));
            }
            if let Some(&other) = cells.items().iter().find(|cell| cell.cast::<CellObj>().is_none()) {
                let text = format!("arg 5 (closure) expected cell, found {}", vm.type_name(other));
                return Err(vm.type_error(text));
            }
        }
    }
    let function = vm.function(code, globals);
    function.builtins.set(vm, function, vm.builtins_for(globals).value());
    if !name.is_none() {
        function.name.set(vm, function, *name);
    }
    for (field, value) in [(&function.defaults, defaults), (&function.closure, closure)] {
        if let Some(tuple) = vm.as_tuple(*value)
            && !(tuple.is_empty() && std::ptr::eq(field, &function.closure))
        {
            field.set(vm, function, tuple.value());
        }
    }
    if !kwdefaults.is_none() {
        function.kwdefaults.set(vm, function, *kwdefaults);
    }
    Ok(function.value())
}
