//! `__build_class__`: what the class statement calls.

use object::{Args, CellObj, Dict, Function, R, Raised, Ref, Str, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

/// The bases with those that are not classes replaced by what their `__mro_entries__` gives.
fn resolve_bases(vm: &Vm, bases: Ref<Tuple>) -> Result<Ref<Tuple>, Raised> {
    if bases.items().iter().all(|base| base.cast::<TypeObj>().is_some()) {
        return Ok(bases);
    }
    let list = vm.list_with_capacity(bases.len());
    let mut changed = false;
    for &base in bases.items() {
        if base.cast::<TypeObj>().is_some() {
            list.push(vm, base);
            continue;
        }
        let Some(method) = vm.getattr_opt(base, vm.names.__mro_entries__)? else {
            list.push(vm, base);
            continue;
        };
        let entries = vm.call(method, &[bases.value()])?;
        let Some(entries) = vm.as_tuple(entries) else {
            return Err(vm.type_error("__mro_entries__ must return a tuple"));
        };
        list.extend(vm, entries.items());
        changed = true;
    }
    Ok(if changed { vm.tuple(list.items()) } else { bases })
}

pub(super) fn build_class(vm: &Vm, args: Args) -> R {
    let (positional, keywords) = args.split();
    let [function, name, bases @ ..] = positional else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    let Some(function) = function.cast::<Function>() else {
        return Err(vm.type_error("__build_class__: func must be a function"));
    };
    let Some(name_text) = vm.as_str(*name) else {
        return Err(vm.type_error("__build_class__: name is not a string"));
    };
    let original = vm.tuple(bases);
    let bases = resolve_bases(vm, original)?;
    let options = vm.dict();
    for (key, value) in keywords {
        options.insert_str(vm, key, value);
    }
    let metaclass = choose_metaclass(vm, options, bases)?;
    let namespace = prepare(vm, metaclass, *name, bases, options)?;
    let closure = function.closure.get();
    let result = (vm.hooks.get().run_code)(vm, function.code(), function.globals(), namespace, closure)?;
    if bases != original {
        vm.setitem(namespace, vm.intern("__orig_bases__").value(), original.value())?;
    }
    let cell = match result.cast::<CellObj>() {
        Some(cell) => Some(cell),
        None => class_cell(vm, namespace),
    };
    let class = vm.call_tuple_dict(metaclass, &[*name, bases.value(), namespace], Some(options))?;
    if let Some(cell) = cell
        && class.cast::<TypeObj>().is_some()
    {
        check_cell(vm, cell, class, name_text)?;
    }
    Ok(class)
}

/// The cell that methods find their class in.
fn class_cell(vm: &Vm, namespace: Value) -> Option<Ref<CellObj>> {
    namespace.cast::<Dict>()?.get_str(vm, vm.names.__classcell__)?.cast()
}

fn check_cell(vm: &Vm, cell: Ref<CellObj>, class: Value, name: Ref<Str>) -> Result<(), Raised> {
    let content = cell.content.get();
    if content == class {
        return Ok(());
    }
    let (name, shown) = (vm.repr(name.value())?.to_string_lossy(), vm.repr(class)?.to_string_lossy());
    if content.is_unbound() {
        return Err(vm.runtime_error(format!(
            "__class__ not set defining {name} as {shown}. Was __classcell__ propagated to type.__new__?"
        )));
    }
    let content = vm.repr(content)?.to_string_lossy();
    Err(vm.type_error(format!("__class__ set to {content} defining {name} as {shown}")))
}

/// The metaclass: the keyword, or the class of the first base, or type; and then the most derived of all.
fn choose_metaclass(vm: &Vm, options: Ref<Dict>, bases: Ref<Tuple>) -> R {
    let given = match options.remove_str(vm, vm.names.metaclass) {
        Some(metaclass) => metaclass,
        None => match bases.items().first() {
            Some(base) => vm.type_of(*base).value(),
            None => vm.types[TypeId::Type].value(),
        },
    };
    match given.cast::<TypeObj>() {
        Some(class) => Ok(vm.derived_metaclass(class, bases.items())?.value()),
        None => Ok(given),
    }
}

/// The namespace that the body fills.
fn prepare(vm: &Vm, metaclass: Value, name: Value, bases: Ref<Tuple>, options: Ref<Dict>) -> R {
    let is_type = metaclass == vm.types[TypeId::Type].value();
    let prepare = if is_type { None } else { vm.getattr_opt(metaclass, vm.names.__prepare__)? };
    let Some(prepare) = prepare else { return Ok(vm.dict().value()) };
    let namespace = vm.call_tuple_dict(prepare, &[name, bases.value()], Some(options))?;
    if vm.type_of(namespace).slots().getitem.is_none() {
        let meta = metaclass.cast::<TypeObj>().map_or_else(|| String::from("<metaclass>"), |class| class.name_str());
        let text = format!("{meta}.__prepare__() must return a mapping, not {}", vm.type_name(namespace));
        return Err(vm.type_error(text));
    }
    Ok(namespace)
}
