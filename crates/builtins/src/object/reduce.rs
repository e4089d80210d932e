//! Pickling by default: `__reduce__`, `__reduce_ex__` and `__getstate__`.

use ::object::layout::function::NativeFunction;
use ::object::slots::R;
use ::object::{Dict, Kind, List, Raised, Ref, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

fn is_native(value: Value, def: &'static ::object::native::NativeDef) -> bool {
    value.cast::<NativeFunction>().is_some_and(|function| std::ptr::eq(function.def, def))
}

fn method_def(name: &str) -> Option<&'static ::object::native::NativeDef> {
    super::METHODS.iter().find(|def| def.name() == name)
}

/// `object.__reduce__`
pub fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    common_reduce(vm, *this, 0)
}

/// `object.__reduce_ex__`
pub fn reduce_ex(vm: &Vm, [this, protocol]: &[Value; 2]) -> R {
    let protocol = vm.index_i32(*protocol)?;
    if let Some(reduce) = vm.getattr_opt(*this, vm.names.__reduce__)? {
        let own = vm.lookup(vm.type_of(*this), vm.names.__reduce__);
        let overridden = own.is_none_or(|own| method_def("__reduce__").is_none_or(|def| !is_native(own, def)));
        if overridden {
            return vm.call(reduce, &[]);
        }
    }
    common_reduce(vm, *this, protocol)
}

fn common_reduce(vm: &Vm, this: Value, protocol: i32) -> R {
    if protocol >= 2 {
        return reduce_newobj(vm, this);
    }
    let copyreg = vm.import("copyreg")?;
    vm.call_method_str(copyreg, "_reduce_ex", &[this, vm.int(protocol as i64)])
}

/// The arguments for `__new__` that the object asks for: positional ones, keyword ones; unbound where there are none.
fn new_arguments(vm: &Vm, this: Value) -> Result<(Value, Value), Raised> {
    if let Some(result) = vm.call_special(this, vm.names.__getnewargs_ex__, &[]) {
        let result = result?;
        let Some(pair) = vm.as_tuple(result) else {
            let name = vm.type_name(result);
            return Err(vm.type_error(format!("__getnewargs_ex__ should return a tuple, not '{name}'")));
        };
        let [args, kwargs] = pair.items() else {
            let len = pair.len();
            return Err(vm.value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {len}")));
        };
        if vm.as_tuple(*args).is_none() {
            let name = vm.type_name(*args);
            let text = format!("first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{name}'");
            return Err(vm.type_error(text));
        }
        if kwargs.cast::<Dict>().is_none() {
            let name = vm.type_name(*kwargs);
            let text = format!("second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{name}'");
            return Err(vm.type_error(text));
        }
        return Ok((*args, *kwargs));
    }
    if let Some(result) = vm.call_special(this, vm.names.__getnewargs__, &[]) {
        let result = result?;
        if vm.as_tuple(result).is_none() {
            let name = vm.type_name(result);
            return Err(vm.type_error(format!("__getnewargs__ should return a tuple, not '{name}'")));
        }
        return Ok((result, Value::UNBOUND));
    }
    Ok((Value::UNBOUND, Value::UNBOUND))
}

fn reduce_newobj(vm: &Vm, this: Value) -> R {
    let class = vm.type_of(this);
    if class.slots().new.is_none() {
        return Err(vm.type_error(format!("cannot pickle '{}' object", class.qualified_name(vm))));
    }
    let (args, kwargs) = new_arguments(vm, this)?;
    let copyreg = vm.import("copyreg")?;
    let has_args = !args.is_unbound();
    let no_kwargs = kwargs.cast::<Dict>().is_none_or(|kwargs| kwargs.is_empty());
    let (newobj, newargs) = if no_kwargs {
        let all = vm.list(&[class.value()]);
        if let Some(args) = vm.as_tuple(args) {
            all.extend(vm, args.items());
        }
        (vm.getattr_str(copyreg, "__newobj__")?, vm.tuple(all.items()))
    } else {
        (vm.getattr_str(copyreg, "__newobj_ex__")?, vm.tuple(&[class.value(), args, kwargs]))
    };
    let is_list = class.is_subclass(vm.types[TypeId::List]);
    let is_dict = class.is_subclass(vm.types[TypeId::Dict]);
    let state = object_state(vm, this, !(has_args || is_list || is_dict))?;
    let list_items = if is_list { vm.iter(this)? } else { Value::NONE };
    let dict_items = if is_dict {
        let items = vm.call_method(this, vm.names.items, &[])?;
        vm.iter(items)?
    } else {
        Value::NONE
    };
    Ok(vm.tuple(&[newobj, newargs.value(), state, list_items, dict_items]).value())
}

/// The state by `__getstate__`, the default one where that is not overridden.
fn object_state(vm: &Vm, this: Value, required: bool) -> R {
    let own = vm.lookup(vm.type_of(this), vm.names.__getstate__);
    if let (Some(own), Some(def)) = (own, method_def("__getstate__"))
        && is_native(own, def)
        && vm.instance_attr(this, vm.names.__getstate__).is_none()
    {
        return default_state(vm, this, required);
    }
    vm.call_method(this, vm.names.__getstate__, &[])
}

/// `object.__getstate__`
pub fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    default_state(vm, *this, false)
}

fn default_state(vm: &Vm, this: Value, required: bool) -> R {
    let class = vm.type_of(this);
    if required && (class.instance_kind() != Kind::INSTANCE || class.has_payload()) {
        return Err(vm.type_error(format!("cannot pickle '{}' object", class.qualified_name(vm))));
    }
    let state = if class.has_dict() { attributes_dict(vm, this) } else { Value::NONE };
    let names = slot_names(vm, class)?;
    let Some(names) = names else { return Ok(state) };
    let slots = vm.dict();
    for index in 0..names.len() {
        let Some(name) = names.get(index).and_then(|name| vm.as_str(name)) else { continue };
        if let Some(value) = vm.getattr_opt(this, name)? {
            slots.insert_str(vm, name, value);
        }
    }
    if slots.is_empty() {
        return Ok(state);
    }
    Ok(vm.tuple(&[state, slots.value()]).value())
}

/// The attributes of an object as a dict, None where there are none. It leaves an instance with slots as it is: what
/// `__dict__` would give is a live view, which pickling does not need.
pub fn attributes_dict(vm: &Vm, this: Value) -> Value {
    let Some(object) = this.as_object() else { return Value::NONE };
    if let Some(dict) = vm.mode_dict(object) {
        return if dict.is_empty() { Value::NONE } else { dict.value() };
    }
    let dict = vm.dict();
    for name in vm.instance_attrs(this) {
        if let Some(value) = vm.instance_attr(this, name) {
            dict.insert_str(vm, name, value);
        }
    }
    if dict.is_empty() { Value::NONE } else { dict.value() }
}

/// The names of `__slots__` of a class and its bases, kept by the class once they were asked for.
fn slot_names(vm: &Vm, class: Ref<TypeObj>) -> Result<Option<Ref<List>>, Raised> {
    let known = class.dict().get_str(vm, vm.names.__slotnames__);
    let names = match known {
        Some(known) => known,
        None => {
            // Most classes have no slots at all: nothing to be asked then.
            if class.reserved_slots() == 0 && class.dict().find_str(vm, vm.names.__slots__).is_none() {
                return Ok(None);
            }
            let copyreg = vm.import("copyreg")?;
            vm.call_method_str(copyreg, "_slotnames", &[class.value()])?
        }
    };
    if names.is_none() {
        return Ok(None);
    }
    match names.cast::<List>() {
        Some(list) => Ok(Some(vm.list(list.items()))),
        None if known.is_some() => {
            let text =
                format!("{}.__slotnames__ should be a list or None, not {}", class.name_str(), vm.type_name(names));
            Err(vm.type_error(text))
        }
        None => Err(vm.type_error("copyreg._slotnames didn't return a list or None")),
    }
}

/// `(getattr, (object, name))`: how bound things are pickled.
pub fn reduce_as_attribute(vm: &Vm, object: Value, name: Value) -> R {
    let getattr = vm.current_builtin("getattr")?;
    let args: Ref<Tuple> = vm.tuple(&[object, name]);
    Ok(vm.tuple(&[getattr, args.value()]).value())
}
