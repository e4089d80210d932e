//! `batched`, `islice`, `pairwise`.

use super::{ITERATOR, done};
use crate::support::{ssize, class_arg, data, itself};
use object::traced;
use object::slots::{R, Slot};
use object::{Args, Field, Raised, TypeDef, Value, Vm, native_ref};
use std::cell::Cell;

/// `batched`
pub struct Batched {
    iterator: Field,
    size: usize,
    strict: bool,
}

/// `islice`: `stop` None for no end.
pub struct Islice {
    iterator: Field,
    next: Cell<usize>,
    stop: Option<usize>,
    step: usize,
    count: Cell<usize>,
}

/// `pairwise`: the item before, unbound at the start.
pub struct Pairwise {
    iterator: Field,
    old: Field,
}

traced! {
    Batched { iterator }
    Islice { iterator }
    Pairwise { iterator, old }
}

pub static BATCHED: TypeDef = TypeDef {
    name: "batched",
    doc: "Tuples of n items each; the last one may be shorter, unless strict is true.\n\n    \
          >>> list(batched('taipan', 4))\n    [('t', 'a', 'i', 'p'), ('a', 'n')]\n",
    slots: &[Slot::iter(itself), Slot::next(batched_next)],
    new: Some(native_ref!("batched($cls, iterable, n, *, strict=False)" => batched_new)),
    ..ITERATOR
};

fn batched_new(vm: &Vm, [class, iterable, size, strict]: &[Value; 4]) -> R {
    let size = ssize(vm, *size)?;
    let strict = vm.truthy(*strict)?;
    if size < 1 {
        return Err(vm.value_error("n must be at least one"));
    }
    let iterator = vm.iter(*iterable)?;
    let batched = Batched { iterator: Field::new(iterator), size: size as usize, strict };
    Ok(vm.native(class_arg(vm, *class)?, batched).value())
}

fn batched_next(vm: &Vm, this: Value) -> R {
    let batched = data::<Batched>(vm, this)?;
    let iterator = batched.iterator.get();
    if done(iterator) {
        return Ok(Value::UNBOUND);
    }
    let items = vm.list_with_capacity(batched.size.min(1024));
    while items.len() < batched.size {
        match vm.next(iterator) {
            Ok(Some(item)) => items.push(vm, item),
            Ok(None) => {
                batched.iterator.set(vm, batched, Value::UNBOUND);
                break;
            }
            Err(raised) => {
                batched.iterator.set(vm, batched, Value::UNBOUND);
                return Err(raised);
            }
        }
    }
    if items.is_empty() {
        return Ok(Value::UNBOUND);
    }
    if items.len() < batched.size && batched.strict {
        return Err(vm.value_error("batched(): incomplete batch"));
    }
    Ok(vm.tuple(items.items()).value())
}

pub static ISLICE: TypeDef = TypeDef {
    name: "islice",
    doc: "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\n\
          The items that a slice with these parts would select.",
    slots: &[Slot::iter(itself), Slot::next(islice_next)],
    new: Some(native_ref!("islice(...)" -> islice_new)),
    ..ITERATOR
};

fn islice_part(vm: &Vm, value: Value, text: &str) -> Result<Option<usize>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    let wrong = match vm.index(value) {
        Ok(int) => int.to_i64().filter(|int| *int >= 0),
        Err(raised) => {
            vm.take_exception(raised);
            None
        }
    };
    match wrong {
        Some(int) => Ok(Some(int as usize)),
        None => Err(vm.value_error(text)),
    }
}

fn islice_new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    // A subclass whose `__init__` is its own may take keyword arguments.
    let plain_init = class.slots().same(vm.types[object::TypeId::Object].slots(), object::slots::SlotId::init);
    if args.keyword_count() > 0 && plain_init {
        return Err(vm.type_error("islice() takes no keyword arguments"));
    }
    let given = &args.args[1.min(args.args.len())..args.count().max(1)];
    if given.len() < 2 || given.len() > 4 {
        let (word, bound) = if given.len() < 2 { ("least", 2) } else { ("most", 4) };
        return Err(vm.type_error(format!("islice expected at {word} {bound} arguments, got {}", given.len())));
    }
    const STOP: &str = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const INDICES: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const STEP: &str = "Step for islice() must be a positive integer or None.";
    let (start, stop) = if given.len() == 2 {
        (0, islice_part(vm, given[1], STOP)?)
    } else {
        let stop = islice_part(vm, given[2], STOP)?;
        (islice_part(vm, given[1], INDICES)?.unwrap_or(0), stop)
    };
    let step = match given.get(3) {
        Some(step) => islice_part(vm, *step, STEP)?.unwrap_or(1),
        None => 1,
    };
    if step == 0 {
        return Err(vm.value_error(STEP));
    }
    let iterator = vm.iter(given[0])?;
    let islice = Islice { iterator: Field::new(iterator), next: Cell::new(start), stop, step, count: Cell::new(0) };
    Ok(vm.native(class, islice).value())
}

fn islice_next(vm: &Vm, this: Value) -> R {
    let islice = data::<Islice>(vm, this)?;
    let iterator = islice.iterator.get();
    if done(iterator) {
        return Ok(Value::UNBOUND);
    }
    let item = islice_item(vm, &islice, iterator)?;
    if item.is_unbound() {
        islice.iterator.set(vm, islice, Value::UNBOUND);
    }
    Ok(item)
}

fn islice_item(vm: &Vm, islice: &Islice, iterator: Value) -> R {
    let stop = islice.stop;
    while islice.count.get() < islice.next.get() && stop.is_none_or(|stop| islice.count.get() < stop) {
        if vm.next(iterator)?.is_none() {
            return Ok(Value::UNBOUND);
        }
        islice.count.set(islice.count.get() + 1);
    }
    if stop.is_some_and(|stop| islice.count.get() >= stop) {
        return Ok(Value::UNBOUND);
    }
    let Some(item) = vm.next(iterator)? else { return Ok(Value::UNBOUND) };
    islice.count.set(islice.count.get() + 1);
    let next = islice.next.get().saturating_add(islice.step);
    islice.next.set(stop.map_or(next, |stop| next.min(stop)));
    Ok(item)
}

pub static PAIRWISE: TypeDef = TypeDef {
    name: "pairwise",
    doc: "Each item with the one after it.",
    slots: &[Slot::iter(itself), Slot::next(pairwise_next)],
    new: Some(native_ref!("pairwise($cls, iterable, /)" => pairwise_new)),
    ..ITERATOR
};

fn pairwise_new(vm: &Vm, [class, iterable]: &[Value; 2]) -> R {
    let iterator = vm.iter(*iterable)?;
    let pairwise = Pairwise { iterator: Field::new(iterator), old: Field::new(Value::UNBOUND) };
    Ok(vm.native(class_arg(vm, *class)?, pairwise).value())
}

fn pairwise_next(vm: &Vm, this: Value) -> R {
    let pairwise = data::<Pairwise>(vm, this)?;
    let mut iterator = pairwise.iterator.get();
    if done(iterator) {
        return Ok(Value::UNBOUND);
    }
    let clear = |iterator: bool| {
        if iterator {
            pairwise.iterator.set(vm, pairwise, Value::UNBOUND);
        }
        pairwise.old.set(vm, pairwise, Value::UNBOUND);
    };
    let mut old = pairwise.old.get();
    if done(old) {
        match vm.next(iterator) {
            Ok(Some(first)) => old = first,
            end => {
                clear(true);
                return end.map(|_| Value::UNBOUND);
            }
        }
        pairwise.old.set(vm, pairwise, old);
        // The iterator may have used this very object.
        iterator = pairwise.iterator.get();
        if done(iterator) {
            clear(false);
            return Ok(Value::UNBOUND);
        }
    }
    match vm.next(iterator) {
        Ok(Some(new)) => {
            pairwise.old.set(vm, pairwise, new);
            Ok(vm.tuple(&[old, new]).value())
        }
        end => {
            clear(true);
            end.map(|_| Value::UNBOUND)
        }
    }
}
