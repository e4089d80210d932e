//! Type parameters in the arguments of generic types: finding them, and putting arguments in their place.

use ::object::{List, Raised, Ref, Str, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

fn attr(vm: &Vm, value: Value, name: Ref<Str>) -> Result<Option<Value>, Raised> {
    vm.getattr_opt(value, name)
}

/// Adds an item that is not in the list.
fn add_unique(vm: &Vm, list: Ref<List>, item: Value) -> Result<(), Raised> {
    for index in 0..list.len() {
        if let Some(known) = list.get(index)
            && known == item
        {
            return Ok(());
        }
    }
    list.push(vm, item);
    Ok(())
}

/// The items of a tuple or list.
fn items_of(vm: &Vm, value: Value) -> Option<Ref<Tuple>> {
    if let Some(tuple) = vm.as_tuple(value) {
        return Some(tuple);
    }
    value.cast::<List>().map(|list| vm.tuple(list.items()))
}

/// The type parameters in arguments, each once.
pub fn make_parameters(vm: &Vm, args: Value) -> Result<Ref<Tuple>, Raised> {
    if vm.thread().stack_is_low() {
        return Err(vm.recursion_error("maximum recursion depth exceeded in __parameter__ calculation"));
    }
    let found = vm.list(&[]);
    let Some(args) = items_of(vm, args) else { return Ok(vm.tuple(&[])) };
    for &arg in args.items() {
        // The `__parameters__` of a class is a descriptor for its instances.
        if arg.cast::<TypeObj>().is_some() {
            continue;
        }
        if attr(vm, arg, vm.names.__typing_subst__)?.is_some() {
            add_unique(vm, found, arg)?;
            continue;
        }
        let inner = if items_of(vm, arg).is_some() {
            Some(make_parameters(vm, arg)?)
        } else {
            attr(vm, arg, vm.names.__parameters__)?.and_then(|inner| vm.as_tuple(inner))
        };
        for &parameter in inner.iter().flat_map(|inner| inner.items()) {
            add_unique(vm, found, parameter)?;
        }
    }
    Ok(vm.tuple(found.items()))
}

/// Replaces `*tuple[...]` by its items.
fn unpack(vm: &Vm, item: Value) -> Result<Ref<Tuple>, Raised> {
    let given = super::as_args(vm, item);
    let all = vm.list(&[]);
    for &item in given.items() {
        if item.cast::<TypeObj>().is_none()
            && let Some(inner) = attr(vm, item, vm.names.__typing_unpacked_tuple_args__)?
            && let Some(inner) = vm.as_tuple(inner)
            && inner.items().last() != Some(&Value::ELLIPSIS)
        {
            all.extend(vm, inner.items());
            continue;
        }
        all.push(vm, item);
    }
    Ok(vm.tuple(all.items()))
}

fn position(items: &[Value], wanted: Value) -> Option<usize> {
    items.iter().position(|item| *item == wanted)
}

/// The arguments of a generic type with `item` put in the place of its parameters.
pub fn substitute(vm: &Vm, this: Value, args: Value, parameters: Ref<Tuple>, item: Value) -> Result<Ref<List>, Raised> {
    vm.enter_native()?;
    if parameters.is_empty() {
        return Err(vm.type_error(format!("{} is not a generic class", vm.repr(this)?.to_string_lossy())));
    }
    let mut item = unpack(vm, item)?;
    for &parameter in parameters.items() {
        if let Some(prepare) = attr(vm, parameter, vm.names.__typing_prepare_subst__)?
            && !prepare.is_none()
        {
            let prepared = vm.call(prepare, &[this, item.value()])?;
            item = super::as_args(vm, prepared);
        }
    }
    if item.len() != parameters.len() {
        let word = if item.len() > parameters.len() { "many" } else { "few" };
        let text = vm.repr(this)?.to_string_lossy();
        let (given, expected) = (item.len(), parameters.len());
        return Err(vm.type_error(format!("Too {word} arguments for {text}; actual {given}, expected {expected}")));
    }
    let new = vm.list(&[]);
    let Some(args) = items_of(vm, args) else { return Ok(new) };
    for &arg in args.items() {
        if arg.cast::<TypeObj>().is_some() {
            new.push(vm, arg);
            continue;
        }
        if let Some(tuple) = vm.as_tuple(arg) {
            let inner = nested(vm, this, tuple.value(), parameters, item)?;
            new.push(vm, vm.tuple(inner.items()).value());
            continue;
        }
        if arg.cast::<List>().is_some() {
            new.push(vm, nested(vm, this, arg, parameters, item)?.value());
            continue;
        }
        let is_unpacked = match attr(vm, arg, vm.names.__typing_is_unpacked_typevartuple__)? {
            Some(flag) => vm.truthy(flag)?,
            None => false,
        };
        let value = match attr(vm, arg, vm.names.__typing_subst__)? {
            Some(subst) => match position(parameters.items(), arg) {
                Some(index) => vm.call(subst, &[item.items()[index]])?,
                None => {
                    let text = vm.repr(arg)?.to_string_lossy();
                    return Err(vm.type_error(format!("{text} not found in __parameters__ of {}", vm.type_name(this))));
                }
            },
            None => substitute_in(vm, arg, parameters, item)?,
        };
        match (is_unpacked, vm.as_tuple(value)) {
            (true, Some(items)) => new.extend(vm, items.items()),
            (true, None) => {
                let text = format!(
                    "expected __typing_subst__ of {} objects to return a tuple, not {}",
                    vm.type_name(arg),
                    vm.type_name(value)
                );
                return Err(vm.type_error(text));
            }
            (false, _) => new.push(vm, value),
        }
    }
    Ok(new)
}

/// The same for a tuple or list among the arguments; one without parameters stays as it is.
fn nested(vm: &Vm, this: Value, args: Value, parameters: Ref<Tuple>, item: Ref<Tuple>) -> Result<Ref<List>, Raised> {
    substitute(vm, this, args, parameters, item.value())
}

/// Subscripts a generic type with what stands for its own parameters.
fn substitute_in(vm: &Vm, value: Value, parameters: Ref<Tuple>, item: Ref<Tuple>) -> Result<Value, Raised> {
    let own = attr(vm, value, vm.names.__parameters__)?.and_then(|own| vm.as_tuple(own));
    let Some(own) = own.filter(|own| !own.is_empty()) else { return Ok(value) };
    let args = vm.list(&[]);
    for &parameter in own.items() {
        match position(parameters.items(), parameter) {
            Some(index) => {
                let arg = item.items()[index];
                // A TypeVarTuple stands for several types.
                let several =
                    vm.is_exactly(parameter, TypeId::TypeVarTuple) || vm.type_of(parameter).slots().iter.is_some();
                match vm.as_tuple(arg) {
                    Some(tuple) if several => args.extend(vm, tuple.items()),
                    _ => args.push(vm, arg),
                }
            }
            None => args.push(vm, parameter),
        }
    }
    vm.getitem(value, vm.tuple(args.items()).value())
}
