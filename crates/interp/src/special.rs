//! Instructions that are rare or not short: building, formatting, importing, context managers, intrinsics.

use crate::matching;
use bytecode::{Intrinsic1, Intrinsic2, SpecialMethod, common_const, conversion, function_attr};
use object::thread::Frame;
use object::{Dict, Exception, Function, List, R, Raised, Ref, Str, Tuple, TypeId, Value, ValueExt, Vm};

pub(crate) fn load_common(vm: &Vm, number: u16) -> R {
    let class = match number {
        common_const::ASSERTION_ERROR => TypeId::AssertionError,
        common_const::NOT_IMPLEMENTED_ERROR => TypeId::NotImplementedError,
        common_const::TUPLE => TypeId::Tuple,
        common_const::LIST => TypeId::List,
        common_const::SET => TypeId::Set,
        common_const::ALL | common_const::ANY => {
            // These are the functions themselves, whatever has become of their names.
            let name = if number == common_const::ALL { "builtins.all" } else { "builtins.any" };
            return vm.state_value(name).ok_or_else(|| vm.system_error("a builtin is missing"));
        }
        _ => return Err(vm.system_error("unknown constant of the machine")),
    };
    Ok(vm.types[class].value())
}

pub(crate) fn build_set(vm: &Vm, items: &[Value]) -> R {
    let set = vm.set();
    for &item in items {
        set.add(vm, item)?;
    }
    Ok(set.value())
}

pub(crate) fn build_map(vm: &Vm, items: &[Value]) -> R {
    let dict = vm.dict();
    dict.reserve(vm, items.len() / 2);
    for pair in items.chunks_exact(2) {
        dict.insert(vm, pair[0], pair[1])?;
    }
    Ok(dict.value())
}

pub(crate) fn build_string(vm: &Vm, items: &[Value]) -> R {
    let mut parts = [None::<Ref<Str>>; 8];
    if items.len() <= parts.len() {
        let mut known = [vm.names.empty; 8];
        for (index, item) in items.iter().enumerate() {
            parts[index] = item.cast();
            known[index] = parts[index].ok_or_else(|| vm.system_error("a part of a string is not a string"))?;
        }
        return Ok(vm.str_concat(&known[..items.len()]).value());
    }
    let strings: Vec<Ref<Str>> = items.iter().filter_map(|item| item.cast::<Str>()).collect();
    Ok(vm.str_concat(&strings).value())
}

pub(crate) fn format_value(vm: &Vm, value: Value, how: u8, spec: Value) -> R {
    let value = match how {
        conversion::STR => vm.to_str(value)?.value(),
        conversion::REPR => vm.repr(value)?.value(),
        conversion::ASCII => vm.ascii(value)?.value(),
        _ => value,
    };
    let spec = spec.cast::<Str>().unwrap_or(vm.names.empty);
    if spec.is_empty() {
        if value.shape() == TypeId::Str as u32 {
            return Ok(value);
        }
        if let Some(int) = value.as_small() {
            return Ok(vm.str(base::number::DecimalText::new(int).as_str()).value());
        }
    } else if value.is_int() || value.is_float() {
        return builtins::int::format_number(vm, value, spec);
    }
    Ok(vm.format(value, spec)?.value())
}

pub(crate) fn interpolation(vm: &Vm, value: Value, expression: Value, how: u8, spec: Value) -> R {
    let how = match how {
        conversion::STR => vm.intern("s").value(),
        conversion::REPR => vm.intern("r").value(),
        conversion::ASCII => vm.intern("a").value(),
        _ => Value::NONE,
    };
    vm.call(vm.types[TypeId::Interpolation].value(), &[value, expression, how, spec])
}

/// A template from its strings and interpolations, which alternate.
pub(crate) fn template(vm: &Vm, strings: Value, interpolations: Value) -> R {
    let parts = vm.list(&[]);
    let strings: Option<Ref<Tuple>> = strings.cast();
    let interpolations: Option<Ref<Tuple>> = interpolations.cast();
    if let (Some(strings), Some(interpolations)) = (strings, interpolations) {
        for (index, string) in strings.items().iter().enumerate() {
            parts.push(vm, *string);
            if let Some(interpolation) = interpolations.items().get(index) {
                parts.push(vm, *interpolation);
            }
        }
    }
    vm.call(vm.types[TypeId::Template].value(), parts.items())
}

/// `[*iterable]`; flag 1: the argument list of a call.
pub(crate) fn list_extend(vm: &Vm, list: Value, iterable: Value) -> Result<(), Raised> {
    let Some(list) = list.cast::<List>() else {
        return Err(crate::dispatch::wrong_container(vm, "list", list));
    };
    if let Some(tuple) = iterable.cast::<Tuple>() {
        list.extend(vm, tuple.items());
        return Ok(());
    }
    let class = vm.type_of(iterable);
    if class.slots().iter.is_none() && class.slots().getitem.is_none() {
        let name = class.name_str();
        return Err(vm.type_error(format!("Value after * must be an iterable, not {name}")));
    }
    vm.for_each(iterable, |item| {
        list.push(vm, item);
        Ok(())
    })
}

pub(crate) fn set_update(vm: &Vm, set: Value, iterable: Value) -> Result<(), Raised> {
    let Some(set) = set.cast::<object::Set>() else {
        return Err(crate::dispatch::wrong_container(vm, "set", set));
    };
    builtins::set::set_update(vm, set, iterable)
}

/// `{**mapping}`
pub(crate) fn dict_update(vm: &Vm, dict: Value, mapping: Value) -> Result<(), Raised> {
    let Some(dict) = dict.cast::<Dict>() else {
        return Err(crate::dispatch::wrong_container(vm, "dict", dict));
    };
    if mapping.shape() == TypeId::Dict as u32
        && let Some(mapping) = mapping.cast::<Dict>()
    {
        let mut at = 0;
        while let Some((next, entry)) = mapping.next(at) {
            at = next;
            dict.insert_hashed(vm, entry.key, entry.hash, entry.value)?;
        }
        return Ok(());
    }
    let Some(keys) = vm.getattr_opt(mapping, vm.names.keys)? else {
        let name = vm.type_name(mapping);
        return Err(vm.type_error(format!("'{name}' object is not a mapping")));
    };
    let keys = vm.call(keys, &[])?;
    vm.for_each(keys, |key| {
        let value = vm.getitem(mapping, key)?;
        dict.insert(vm, key, value)
    })
}

fn callable_text(vm: &Vm, callable: Value) -> String {
    let name = vm.getattr_opt(callable, vm.names.__qualname__).ok().flatten().and_then(|name| vm.as_str(name));
    let Some(name) = name else {
        return vm.repr(callable).map_or_else(|_| String::new(), |text| text.to_string_lossy());
    };
    let name = name.to_string_lossy();
    match vm.getattr_opt(callable, vm.names.__module__).ok().flatten().and_then(|module| vm.as_str(module)) {
        Some(module) if module.as_bytes() != b"builtins" => format!("{}.{name}()", module.to_string_lossy()),
        _ => format!("{name}()"),
    }
}

/// `f(**mapping)`
pub(crate) fn dict_merge(vm: &Vm, dict: Value, mapping: Value, callable: Value) -> Result<(), Raised> {
    let Some(dict) = dict.cast::<Dict>() else {
        return Err(crate::dispatch::wrong_container(vm, "dict", dict));
    };
    let add = |key: Value, value: Value| {
        if dict.get(vm, key)?.is_some() {
            let function = callable_text(vm, callable);
            let key = vm.to_str(key)?.to_string_lossy();
            return Err(vm.type_error(format!("{function} got multiple values for keyword argument '{key}'")));
        }
        // Whether it is a string is for the call to find out.
        dict.insert(vm, key, value)
    };
    if mapping.shape() == TypeId::Dict as u32
        && let Some(mapping) = mapping.cast::<Dict>()
    {
        let mut at = 0;
        while let Some((next, entry)) = mapping.next(at) {
            at = next;
            add(entry.key, entry.value)?;
        }
        return Ok(());
    }
    let Some(keys) = vm.getattr_opt(mapping, vm.names.keys)? else {
        let text = format!(
            "{} argument after ** must be a mapping, not {}",
            callable_text(vm, callable),
            vm.type_name(mapping)
        );
        return Err(vm.type_error(text));
    };
    let keys = vm.call(keys, &[])?;
    vm.for_each(keys, |key| {
        let value = vm.getitem(mapping, key)?;
        add(key, value)
    })
}

/// The arguments of a call with `*` and `**`: one list of values, and the names of the last ones.
pub(crate) fn spread_arguments(
    vm: &Vm,
    callable: Value,
    this: Value,
    args: Value,
    kwargs: Value,
) -> Result<(Ref<List>, Option<Ref<Tuple>>), Raised> {
    let list = vm.list(&[]);
    if !this.is_unbound() {
        list.push(vm, this);
    }
    if let Some(tuple) = args.cast::<Tuple>() {
        list.extend(vm, tuple.items());
    } else {
        let class = vm.type_of(args);
        if class.slots().iter.is_none() && class.slots().getitem.is_none() {
            let text = format!(
                "{} argument after * must be an iterable, not {}",
                callable_text(vm, callable),
                class.name_str()
            );
            return Err(vm.type_error(text));
        }
        vm.for_each(args, |item| {
            list.push(vm, item);
            Ok(())
        })?;
    }
    if kwargs.is_unbound() {
        return Ok((list, None));
    }
    let dict = match kwargs.cast::<Dict>().filter(|_| kwargs.shape() == TypeId::Dict as u32) {
        Some(dict) => dict,
        None => {
            let dict = vm.dict();
            dict_merge(vm, dict.value(), kwargs, callable)?;
            dict
        }
    };
    if dict.is_empty() {
        return Ok((list, None));
    }
    let names = vm.list_with_capacity(dict.len());
    for entry in dict.iter() {
        if vm.as_str(entry.key).is_none() {
            return Err(vm.type_error("keywords must be strings"));
        }
        names.push(vm, entry.key);
        list.push(vm, entry.value);
    }
    Ok((list, Some(vm.tuple(names.items()))))
}

pub(crate) fn set_function_attr(vm: &Vm, function: Value, which: u8, value: Value) {
    let Some(function) = function.cast::<Function>() else { return };
    // Defaults of a generic function are arguments of the code that makes it: they could be anything.
    let fits = match which {
        function_attr::DEFAULTS => value.cast::<Tuple>().is_some(),
        function_attr::KWDEFAULTS => value.cast::<Dict>().is_some(),
        _ => true,
    };
    if !fits {
        return;
    }
    let field = match which {
        function_attr::DEFAULTS => &function.defaults,
        function_attr::KWDEFAULTS => &function.kwdefaults,
        function_attr::ANNOTATIONS => &function.annotations,
        function_attr::CLOSURE => &function.closure,
        function_attr::ANNOTATE => &function.annotate,
        _ => &function.type_params,
    };
    field.set(vm, function, value);
}

/// `import name`: calls the frame's `__import__`.
pub(crate) fn import(vm: &Vm, frame: &Frame, name: Ref<Str>, fromlist: Value, level: Value) -> R {
    let Some(function) = vm.builtin_in(frame.builtins, vm.names.__import__)? else {
        return Err(vm.import_error(TypeId::ImportError, "__import__ not found", vm.names.__import__.value()));
    };
    let locals = frame.locals.or_none();
    vm.call(function, &[name.value(), frame.globals.value(), locals, fromlist, level])
}

pub(crate) fn import_from(vm: &Vm, module: Value, name: Ref<Str>) -> R {
    builtins::functions::import_from(vm, module, name)
}

/// `from module import *`
pub(crate) fn import_star(vm: &Vm, frame: &Frame, module: Value) -> Result<(), Raised> {
    let locals = if frame.locals.is_unbound() { frame.globals.value() } else { frame.locals };
    let (names, skip_private) = match vm.getattr_opt(module, vm.names.__all__)? {
        Some(names) => (names, false),
        None => {
            let Some(dict) = vm.getattr_opt(module, vm.names.__dict__)? else {
                return Err(vm.import_error(
                    TypeId::ImportError,
                    "from-import-* object has no __dict__ and no __all__",
                    Value::NONE,
                ));
            };
            let keys = vm.call_method(dict, vm.names.keys, &[])?;
            (vm.to_list(keys)?.value(), true)
        }
    };
    vm.for_each(names, |name| {
        let Some(text) = vm.as_str(name) else {
            let module_name = vm.getattr_opt(module, vm.names.__name__)?.unwrap_or(Value::NONE);
            let module_name = vm.to_str(module_name)?.to_string_lossy();
            let (what, place) = if skip_private { ("Key", "__dict__") } else { ("Item", "__all__") };
            let class = vm.type_name(name);
            return Err(vm.type_error(format!("{what} in {module_name}.{place} must be str, not {class}")));
        };
        if skip_private && text.as_bytes().starts_with(b"_") {
            return Ok(());
        }
        let value = vm.getattr(module, vm.intern_str(text))?;
        match locals.cast::<Dict>() {
            Some(dict) => {
                dict.insert_str(vm, vm.intern_str(text), value);
                Ok(())
            }
            None => vm.setitem(locals, name, value),
        }
    })
}

/// The special method of a context manager, with what it is bound to.
pub(crate) fn load_special(vm: &Vm, object: Value, which: u8) -> Result<(Value, Value), Raised> {
    let Some(special) = SpecialMethod::from_u8(which) else { return Err(vm.system_error("unknown special method")) };
    let method = match special {
        SpecialMethod::Enter => vm.names.__enter__,
        SpecialMethod::Exit => vm.names.__exit__,
        SpecialMethod::Aenter => vm.names.__aenter__,
        SpecialMethod::Aexit => vm.names.__aexit__,
    };
    if let Some((function, this)) = vm.lookup_special(object, method)? {
        return Ok((function, this.unwrap_or(Value::UNBOUND)));
    }
    let name = vm.type_of(object).qualified_name(vm);
    let has = |special: SpecialMethod| vm.has_special(object, vm.intern(special.text()));
    let (kind, text) = match special {
        SpecialMethod::Enter => ("context manager", "__enter__"),
        SpecialMethod::Exit => ("context manager", "__exit__"),
        SpecialMethod::Aenter => ("asynchronous context manager", "__aenter__"),
        SpecialMethod::Aexit => ("asynchronous context manager", "__aexit__"),
    };
    let hint = match special {
        SpecialMethod::Enter | SpecialMethod::Exit if has(SpecialMethod::Aenter) && has(SpecialMethod::Aexit) => {
            " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
        }
        SpecialMethod::Aenter | SpecialMethod::Aexit if has(SpecialMethod::Enter) && has(SpecialMethod::Exit) => {
            " but it supports the context manager protocol. Did you mean to use 'with'?"
        }
        _ => "",
    };
    Err(vm.type_error(format!("'{name}' object does not support the {kind} protocol (missed {text} method){hint}")))
}

/// Calls the exit method with an exception.
pub(crate) fn with_exit(vm: &Vm, function: Value, this: Value, exception: Value) -> R {
    let traceback = exception.cast::<Exception>().map_or(Value::NONE, |exception| exception.traceback.get());
    let args = [this, vm.type_of(exception).value(), exception, traceback];
    if this.is_unbound() { vm.call(function, &args[1..]) } else { vm.call(function, &args) }
}

pub(crate) fn intrinsic_1(vm: &Vm, which: u8, value: Value) -> R {
    match Intrinsic1::from_u8(which) {
        Some(Intrinsic1::DisplayHook) => match vm.sys_attr("displayhook") {
            Some(hook) => vm.call(hook, &[value]),
            None => Err(vm.runtime_error("lost sys.displayhook")),
        },
        Some(Intrinsic1::TypeVar) => type_param(vm, TypeId::TypeVar, value, &[]),
        Some(Intrinsic1::ParamSpec) => type_param(vm, TypeId::ParamSpec, value, &[]),
        Some(Intrinsic1::TypeVarTuple) => type_param(vm, TypeId::TypeVarTuple, value, &[]),
        Some(Intrinsic1::SubscriptGeneric) => builtins::typing::subscript_generic(vm, value),
        Some(Intrinsic1::TypeAlias) => builtins::typing::type_alias(vm, value),
        Some(Intrinsic1::CopyDict) => matching::copy_dict(vm, value),
        None => Err(vm.system_error("unknown intrinsic")),
    }
}

fn type_param(vm: &Vm, class: TypeId, name: Value, evaluators: &[(&str, Value)]) -> R {
    builtins::typing::type_param(vm, class, name, evaluators)
}

pub(crate) fn intrinsic_2(vm: &Vm, which: u8, a: Value, b: Value) -> R {
    match Intrinsic2::from_u8(which) {
        Some(Intrinsic2::TypeVarWithBound) => type_param(vm, TypeId::TypeVar, a, &[("bound", b)]),
        Some(Intrinsic2::TypeVarWithConstraints) => type_param(vm, TypeId::TypeVar, a, &[("constraints", b)]),
        Some(Intrinsic2::SetTypeparamDefault) => builtins::typing::set_default(vm, a, b),
        Some(Intrinsic2::PrepReraiseStar) => crate::unwind::prepare_reraise(vm, a, b),
        None => Err(vm.system_error("unknown intrinsic")),
    }
}
