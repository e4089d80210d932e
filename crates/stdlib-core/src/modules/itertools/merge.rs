//! `accumulate`, `chain`, `zip_longest`.

use super::{ITERATOR, done};
use crate::support::{class_arg, class_getitem, data, itself};
use object::traced;
use bytecode::BinaryOperator;
use object::slots::{R, Slot};
use object::{Args, Field, List, TypeDef, Value, ValueExt, Vm, native_ref, natives};
use std::cell::Cell;

/// `accumulate`: `total` is unbound before the first item, `initial` once it was given out.
pub struct Accumulate {
    iterator: Field,
    function: Field,
    total: Field,
    initial: Field,
}

/// `chain`: the iterator over iterables, and that over the present one; unbound where there is none.
pub struct Chain {
    source: Field,
    active: Field,
}

/// `zip_longest`: a list of iterators, where exhausted ones are replaced by None.
pub struct ZipLongest {
    iterators: Field,
    fill: Field,
    active: Cell<usize>,
}

traced! {
    Accumulate { iterator, function, total, initial }
    Chain { source, active }
    ZipLongest { iterators, fill }
}

pub static ACCUMULATE: TypeDef = TypeDef {
    name: "accumulate",
    doc: "Running totals: each item is the function of the total so far and the next item (their sum by default).",
    slots: &[Slot::iter(itself), Slot::next(accumulate_next)],
    new: Some(native_ref!("accumulate($cls, iterable, func=None, *, initial=None)" => accumulate_new)),
    ..ITERATOR
};

fn accumulate_new(vm: &Vm, [class, iterable, function, initial]: &[Value; 4]) -> R {
    let iterator = vm.iter(*iterable)?;
    let initial = if initial.is_none() { Value::UNBOUND } else { *initial };
    let accumulate = Accumulate {
        iterator: Field::new(iterator),
        function: Field::new(*function),
        total: Field::new(Value::UNBOUND),
        initial: Field::new(initial),
    };
    Ok(vm.native(class_arg(vm, *class)?, accumulate).value())
}

fn accumulate_next(vm: &Vm, this: Value) -> R {
    let accumulate = data::<Accumulate>(vm, this)?;
    if let Some(initial) = accumulate.initial.get().bound() {
        accumulate.initial.set(vm, accumulate, Value::UNBOUND);
        accumulate.total.set(vm, accumulate, initial);
        return Ok(initial);
    }
    let Some(item) = vm.next(accumulate.iterator.get())? else { return Ok(Value::UNBOUND) };
    let total = accumulate.total.get();
    let total = if done(total) {
        item
    } else if accumulate.function.get().is_none() {
        vm.binary(BinaryOperator::Add, total, item)?
    } else {
        vm.call(accumulate.function.get(), &[total, item])?
    };
    accumulate.total.set(vm, accumulate, total);
    Ok(total)
}

natives! { static CHAIN_METHODS: {
    /// A chain of the iterables that one iterable gives, which is asked only as far as needed.
    "from_iterable($type, iterable, /)" => chain_from_iterable [class];
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

pub static CHAIN: TypeDef = TypeDef {
    name: "chain",
    doc: "The items of one iterable after the other.",
    slots: &[Slot::iter(itself), Slot::next(chain_next)],
    methods: &[CHAIN_METHODS],
    new: Some(native_ref!("chain($cls, *iterables)" => chain_new)),
    ..ITERATOR
};

fn make_chain(vm: &Vm, class: Value, iterables: Value) -> R {
    let source = vm.iter(iterables)?;
    let chain = Chain { source: Field::new(source), active: Field::new(Value::UNBOUND) };
    Ok(vm.native(class_arg(vm, class)?, chain).value())
}

fn chain_new(vm: &Vm, [class, iterables]: &[Value; 2]) -> R {
    make_chain(vm, *class, *iterables)
}

fn chain_from_iterable(vm: &Vm, [class, iterable]: &[Value; 2]) -> R {
    make_chain(vm, *class, *iterable)
}

fn chain_next(vm: &Vm, this: Value) -> R {
    let chain = data::<Chain>(vm, this)?;
    while !done(chain.source.get()) {
        if done(chain.active.get()) {
            let next = match vm.next(chain.source.get()) {
                Ok(Some(iterable)) => vm.iter(iterable),
                Ok(None) => {
                    chain.source.set(vm, chain, Value::UNBOUND);
                    return Ok(Value::UNBOUND);
                }
                Err(raised) => Err(raised),
            };
            match next {
                Ok(iterator) => chain.active.set(vm, chain, iterator),
                Err(raised) => {
                    chain.source.set(vm, chain, Value::UNBOUND);
                    return Err(raised);
                }
            }
        }
        if let Some(item) = vm.next(chain.active.get())? {
            return Ok(item);
        }
        chain.active.set(vm, chain, Value::UNBOUND);
    }
    Ok(Value::UNBOUND)
}

pub static ZIP_LONGEST: TypeDef = TypeDef {
    name: "zip_longest",
    doc: "Tuples of the items of all iterables, until the longest is exhausted; what is missing is filled up.",
    slots: &[Slot::iter(itself), Slot::next(zip_longest_next)],
    new: Some(native_ref!("zip_longest(...)" -> zip_longest_new)),
    ..ITERATOR
};

fn zip_longest_new(vm: &Vm, args: Args) -> R {
    let (positional, keywords) = args.split();
    let mut fill = Value::NONE;
    for (name, value) in keywords {
        if name.as_bytes() != b"fillvalue" {
            let text = format!("zip_longest() got an unexpected keyword argument '{}'", name.to_string_lossy());
            return Err(vm.type_error(text));
        }
        fill = value;
    }
    let Some((&class, iterables)) = positional.split_first() else {
        return Err(vm.type_error("zip_longest() needs a class"));
    };
    let iterators = vm.list(&[]);
    for &iterable in iterables {
        let iterator = vm.iter(iterable)?;
        iterators.push(vm, iterator);
    }
    let zip = ZipLongest {
        active: Cell::new(iterators.len()),
        iterators: Field::new(iterators.value()),
        fill: Field::new(fill),
    };
    Ok(vm.native(class_arg(vm, class)?, zip).value())
}

fn zip_longest_next(vm: &Vm, this: Value) -> R {
    let zip = data::<ZipLongest>(vm, this)?;
    let Some(iterators) = zip.iterators.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    if iterators.is_empty() || zip.active.get() == 0 {
        return Ok(Value::UNBOUND);
    }
    let items = vm.list_with_capacity(iterators.len());
    for index in 0..iterators.len() {
        let iterator = iterators.get(index).unwrap_or(Value::NONE);
        if iterator.is_none() {
            items.push(vm, zip.fill.get());
            continue;
        }
        let item = match vm.next(iterator) {
            Ok(item) => item,
            Err(raised) => {
                zip.active.set(0);
                return Err(raised);
            }
        };
        match item {
            Some(item) => items.push(vm, item),
            None => {
                // Code that the iterator ran may have exhausted others in this call's shadow.
                zip.active.set(zip.active.get().saturating_sub(1));
                if zip.active.get() == 0 {
                    return Ok(Value::UNBOUND);
                }
                items.push(vm, zip.fill.get());
                iterators.set(vm, index, Value::NONE);
            }
        }
    }
    Ok(vm.tuple(items.items()).value())
}
