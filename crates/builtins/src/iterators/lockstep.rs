//! `zip` and `map`: several iterators in lockstep.

use crate::support::class_arg;
use object::layout::iterators::{Map, Zip};
use object::native::NativeDef;
use object::{
    Args, Field, R, Raised, Ref, Slot, Tuple, TypeDef, TypeId, Value, ValueExt, Vm, native, natives, type_flags,
};
use std::cell::Cell;

static ZIP_NEW: NativeDef = native! { "zip($cls, *iterables, strict=False)" => zip_new };
static MAP_NEW: NativeDef = native! { "map($cls, function, iterable, /, *iterables, strict=False)" -> map_new };
static MAP_BOUND: NativeDef = native! { "map($cls, *arguments, strict=False)" => map_bound };

natives! { static ZIP_METHODS: {
    /// State for pickling.
    "__reduce__($self, /)" => zip_reduce;
    /// Sets whether all iterators must be of the same length.
    "__setstate__($self, object, /)" => zip_setstate;
}}

natives! { static MAP_METHODS: {
    /// State for pickling.
    "__reduce__($self, /)" => map_reduce;
    /// Sets whether all iterators must be of the same length.
    "__setstate__($self, object, /)" => map_setstate;
}}

/// `zip`
pub static ZIP: TypeDef = TypeDef {
    id: Some(TypeId::Zip),
    name: "zip",
    flags: type_flags::BASETYPE,
    doc: "Tuples of the first items of iterables, the second ones, and so on, until the shortest is exhausted.\n\nWith strict, ValueError is raised where they are not of the same length.\n\n>>> list(zip('abc', range(2)))\n[('a', 0), ('b', 1)]",
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(zip_next)],
    methods: &[ZIP_METHODS],
    new: Some(&ZIP_NEW),
    ..TypeDef::DEFAULT
};

/// `map`
pub static MAP: TypeDef = TypeDef {
    id: Some(TypeId::Map),
    name: "map",
    flags: type_flags::BASETYPE,
    doc: "The values of a function for the items of iterables, until the shortest is exhausted.\n\nWith strict, ValueError is raised where they are not of the same length.",
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(map_next)],
    methods: &[MAP_METHODS],
    new: Some(&MAP_NEW),
    ..TypeDef::DEFAULT
};

/// Iterators over all of some iterables.
fn iterators(vm: &Vm, iterables: &[Value]) -> Result<Ref<Tuple>, Raised> {
    let list = vm.list_with_capacity(iterables.len());
    for iterable in iterables {
        list.push(vm, vm.iter(*iterable)?);
    }
    Ok(vm.tuple(list.items()))
}

fn zip_new(vm: &Vm, [class, iterables, strict]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    let strict = vm.truthy(*strict)?;
    let iterables = crate::support::tuple_arg(vm, *iterables)?;
    let iterators = iterators(vm, iterables.items())?;
    Ok(vm.native(class, Zip { iterators: Field::new(iterators.value()), strict: Cell::new(strict) }).value())
}

fn map_new(vm: &Vm, args: Args) -> R {
    MAP_BOUND.call(vm, args)
}

fn map_bound(vm: &Vm, [class, arguments, strict]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    let strict = vm.truthy(*strict)?;
    let arguments = crate::support::tuple_arg(vm, *arguments)?;
    let [function, iterables @ ..] = arguments.items() else { return Err(too_few(vm)) };
    if iterables.is_empty() {
        return Err(too_few(vm));
    }
    let iterators = iterators(vm, iterables)?;
    let data =
        Map { iterators: Field::new(iterators.value()), function: Field::new(*function), strict: Cell::new(strict) };
    Ok(vm.native(class, data).value())
}

fn too_few(vm: &Vm) -> Raised {
    vm.type_error("map() must have at least two arguments.")
}

/// So many items are kept on the native stack, which the collector sees.
const FEW: usize = 8;

/// Calls a function with the next items of all iterators; None at the end.
fn step(
    vm: &Vm,
    name: &str,
    iterators: Ref<Tuple>,
    strict: bool,
    take: impl FnOnce(&[Value]) -> R,
) -> Result<Option<Value>, Raised> {
    let count = iterators.len();
    let mut few = [Value::NONE; FEW];
    let many = if count > FEW { Some(vm.list_with_capacity(count)) } else { None };
    for (index, iterator) in iterators.items().iter().enumerate() {
        match vm.next(*iterator)? {
            Some(item) => match many {
                Some(items) => items.push(vm, item),
                None => few[index] = item,
            },
            None => {
                if strict {
                    check_end(vm, name, iterators, index)?;
                }
                return Ok(None);
            }
        }
    }
    match many {
        Some(items) => take(vm.tuple(items.items()).items()).map(Some),
        None => take(&few[..count]).map(Some),
    }
}

/// Iterator `ended` is exhausted: so must be all others, those before it too.
fn check_end(vm: &Vm, name: &str, iterators: Ref<Tuple>, ended: usize) -> Result<(), Raised> {
    let among = |index: usize| if index == 1 { String::from("argument 1") } else { format!("arguments 1-{index}") };
    if ended > 0 {
        let others = among(ended);
        return Err(vm.value_error(format!("{name}() argument {} is shorter than {others}", ended + 1)));
    }
    for (index, iterator) in iterators.items().iter().enumerate().skip(1) {
        if vm.next(*iterator)?.is_some() {
            let others = among(index);
            return Err(vm.value_error(format!("{name}() argument {} is longer than {others}", index + 1)));
        }
    }
    Ok(())
}

fn zip_next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<Zip>(this) else { return Ok(Value::UNBOUND) };
    let Some(iterators) = data.iterators.get().cast::<Tuple>() else { return Ok(Value::UNBOUND) };
    match iterators.items() {
        [] => Ok(Value::UNBOUND),
        [a, b] if !data.strict.get() => {
            let Some(first) = vm.next(*a)? else { return Ok(Value::UNBOUND) };
            let Some(second) = vm.next(*b)? else { return Ok(Value::UNBOUND) };
            Ok(vm.tuple(&[first, second]).value())
        }
        _ => {
            let tuple = step(vm, "zip", iterators, data.strict.get(), |items| Ok(vm.tuple(items).value()))?;
            Ok(tuple.unwrap_or(Value::UNBOUND))
        }
    }
}

fn map_next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<Map>(this) else { return Ok(Value::UNBOUND) };
    let Some(iterators) = data.iterators.get().cast::<Tuple>() else { return Ok(Value::UNBOUND) };
    if let [iterator] = iterators.items() {
        let Some(item) = vm.next(*iterator)? else { return Ok(Value::UNBOUND) };
        return vm.call(data.function.get(), &[item]);
    }
    let function = data.function.get();
    let value = step(vm, "map", iterators, data.strict.get(), |items| vm.call(function, items))?;
    Ok(value.unwrap_or(Value::UNBOUND))
}

fn zip_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some(data) = vm.as_native::<Zip>(*this) else { return Err(vm.type_error("a zip was expected")) };
    let class = vm.type_of(*this).value();
    if data.strict.get() {
        return Ok(vm.tuple(&[class, data.iterators.get(), Value::TRUE]).value());
    }
    Ok(vm.tuple(&[class, data.iterators.get()]).value())
}

fn zip_setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let strict = vm.truthy(*state)?;
    if let Some(data) = vm.as_native::<Zip>(*this) {
        data.strict.set(strict);
    }
    Ok(Value::NONE)
}

fn map_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some(data) = vm.as_native::<Map>(*this) else { return Err(vm.type_error("a map was expected")) };
    let args = vm.list(&[data.function.get()]);
    if let Some(iterators) = data.iterators.get().cast::<Tuple>() {
        args.extend(vm, iterators.items());
    }
    let (class, args) = (vm.type_of(*this).value(), vm.tuple(args.items()).value());
    if data.strict.get() {
        return Ok(vm.tuple(&[class, args, Value::TRUE]).value());
    }
    Ok(vm.tuple(&[class, args]).value())
}

fn map_setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let strict = vm.truthy(*state)?;
    if let Some(data) = vm.as_native::<Map>(*this) {
        data.strict.set(strict);
    }
    Ok(Value::NONE)
}
