//! `combinations`, `combinations_with_replacement`, `permutations`, `product`: a pool of items and an array of indices
//! that is advanced in place.

use super::ITERATOR;
use crate::support::{class_arg, data, itself, ssize};
use object::traced;
use object::slots::{R, Slot};
use object::{Args, Field, List, Raised, Ref, Tuple, TypeDef, Value, ValueExt, Vm, native_ref, natives};
use std::cell::{Cell, RefCell};

/// State of the three that have one pool. `cycles` is for permutations only.
pub struct Picks {
    pool: Field,
    indices: RefCell<Vec<usize>>,
    cycles: RefCell<Vec<usize>>,
    length: usize,
    started: Cell<bool>,
    stopped: Cell<bool>,
}

/// `product`: a list of pools (tuples).
pub struct Product {
    pools: Field,
    indices: RefCell<Vec<usize>>,
    started: Cell<bool>,
    stopped: Cell<bool>,
}

traced! {
    Picks { pool }
    Product { pools }
}

natives! { static PICKS_METHODS: {
    /// Size of the object in memory, in bytes.
    "__sizeof__($self, /)" => picks_sizeof;
}}

natives! { static PRODUCT_METHODS: {
    /// Size of the object in memory, in bytes.
    "__sizeof__($self, /)" => product_sizeof;
}}

fn picks_sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let picks = data::<Picks>(vm, *this)?;
    let words = picks.indices.borrow().len() + picks.cycles.borrow().len();
    Ok(vm.int_usize(size_of::<Picks>() + 16 + 8 * words))
}

fn product_sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let words = data::<Product>(vm, *this)?.indices.borrow().len();
    Ok(vm.int_usize(size_of::<Product>() + 16 + 8 * words))
}

/// The pool of an iterable and the length of results.
fn pool_and_length(vm: &Vm, iterable: Value, length: Value) -> Result<(Ref<Tuple>, usize), Raised> {
    let pool = vm.to_tuple(iterable)?;
    let length = ssize(vm, length)?;
    if length < 0 {
        return Err(vm.value_error("r must be non-negative"));
    }
    Ok((pool, length as usize))
}

fn make(
    vm: &Vm,
    class: Value,
    pool: Ref<Tuple>,
    length: usize,
    indices: Vec<usize>,
    cycles: Vec<usize>,
    empty: bool,
) -> R {
    let picks = Picks {
        pool: Field::new(pool.value()),
        indices: RefCell::new(indices),
        cycles: RefCell::new(cycles),
        length,
        started: Cell::new(false),
        stopped: Cell::new(empty),
    };
    Ok(vm.native(class_arg(vm, class)?, picks).value())
}

/// The items that the first indices point at, or the end where `advance` finds no next state.
fn next_pick(vm: &Vm, this: Value, advance: fn(&Picks, usize) -> bool) -> R {
    let picks = data::<Picks>(vm, this)?;
    let Some(pool) = picks.pool.get().cast::<Tuple>() else { return Ok(Value::UNBOUND) };
    if picks.stopped.get() {
        return Ok(Value::UNBOUND);
    }
    if picks.started.replace(true) && !advance(&picks, pool.len()) {
        picks.stopped.set(true);
        return Ok(Value::UNBOUND);
    }
    let indices = picks.indices.borrow();
    let items = pool.items();
    Ok(vm.tuple_with(picks.length, |at| items[indices[at]]).value())
}

/// Indices for `length` results that start at 0, 1, 2 ...; none where the state is empty from the start.
fn counting(vm: &Vm, length: usize, empty: bool) -> Result<Vec<usize>, Raised> {
    if empty {
        return Ok(Vec::new());
    }
    vm.check_size(length.checked_mul(8))?;
    Ok((0..length).collect())
}

pub static COMBINATIONS: TypeDef = TypeDef {
    name: "combinations",
    doc: "All ways to take r items of an iterable, in its order.",
    slots: &[Slot::iter(itself), Slot::next(combinations_next)],
    methods: &[PICKS_METHODS],
    new: Some(native_ref!("combinations($cls, iterable, r)" => combinations_new)),
    ..ITERATOR
};

fn combinations_new(vm: &Vm, [class, iterable, length]: &[Value; 3]) -> R {
    let (pool, length) = pool_and_length(vm, *iterable, *length)?;
    let empty = length > pool.len();
    let indices = counting(vm, length, empty)?;
    make(vm, *class, pool, length, indices, Vec::new(), empty)
}

fn combinations_next(vm: &Vm, this: Value) -> R {
    next_pick(vm, this, |picks, pool| {
        let mut indices = picks.indices.borrow_mut();
        let length = indices.len();
        let Some(at) = (0..length).rev().find(|&at| indices[at] != at + pool - length) else { return false };
        let first = indices[at] + 1;
        for (offset, index) in indices[at..].iter_mut().enumerate() {
            *index = first + offset;
        }
        true
    })
}

pub static COMBINATIONS_WITH_REPLACEMENT: TypeDef = TypeDef {
    name: "combinations_with_replacement",
    doc: "All ways to take r items of an iterable, in its order, where each may be taken again.",
    slots: &[Slot::iter(itself), Slot::next(with_replacement_next)],
    methods: &[PICKS_METHODS],
    new: Some(native_ref!("combinations_with_replacement($cls, iterable, r)" => with_replacement_new)),
    ..ITERATOR
};

fn with_replacement_new(vm: &Vm, [class, iterable, length]: &[Value; 3]) -> R {
    let (pool, length) = pool_and_length(vm, *iterable, *length)?;
    let empty = pool.is_empty() && length > 0;
    vm.check_size(length.checked_mul(8))?;
    let indices = if empty { Vec::new() } else { vec![0; length] };
    make(vm, *class, pool, length, indices, Vec::new(), empty)
}

fn with_replacement_next(vm: &Vm, this: Value) -> R {
    next_pick(vm, this, |picks, pool| {
        let mut indices = picks.indices.borrow_mut();
        let Some(at) = (0..indices.len()).rev().find(|&at| indices[at] + 1 != pool) else { return false };
        let index = indices[at] + 1;
        indices[at..].fill(index);
        true
    })
}

pub static PERMUTATIONS: TypeDef = TypeDef {
    name: "permutations",
    doc: "All ways to take r items of an iterable (all items by default), in any order.",
    slots: &[Slot::iter(itself), Slot::next(permutations_next)],
    methods: &[PICKS_METHODS],
    new: Some(native_ref!("permutations($cls, iterable, r=None)" => permutations_new)),
    ..ITERATOR
};

fn permutations_new(vm: &Vm, [class, iterable, length]: &[Value; 3]) -> R {
    let pool = vm.to_tuple(*iterable)?;
    let length = if length.is_none() {
        pool.len()
    } else {
        if vm.as_int(*length).is_none() {
            return Err(vm.type_error("Expected int as r"));
        }
        let length = ssize(vm, *length)?;
        if length < 0 {
            return Err(vm.value_error("r must be non-negative"));
        }
        length as usize
    };
    let empty = length > pool.len();
    let indices = counting(vm, pool.len(), empty)?;
    let cycles = if empty { Vec::new() } else { (0..length).map(|at| pool.len() - at).collect() };
    make(vm, *class, pool, length, indices, cycles, empty)
}

fn permutations_next(vm: &Vm, this: Value) -> R {
    next_pick(vm, this, |picks, pool| {
        let mut indices = picks.indices.borrow_mut();
        let mut cycles = picks.cycles.borrow_mut();
        for at in (0..picks.length).rev() {
            cycles[at] -= 1;
            if cycles[at] > 0 {
                let other = pool - cycles[at];
                indices.swap(at, other);
                return true;
            }
            indices[at..].rotate_left(1);
            cycles[at] = pool - at;
        }
        false
    })
}

pub static PRODUCT: TypeDef = TypeDef {
    name: "product",
    doc: "All tuples with one item of each iterable: nested for loops. With repeat, the iterables are taken so often.",
    slots: &[Slot::iter(itself), Slot::next(product_next)],
    methods: &[PRODUCT_METHODS],
    new: Some(native_ref!("product(...)" -> product_new)),
    ..ITERATOR
};

fn product_new(vm: &Vm, args: Args) -> R {
    let (positional, keywords) = args.split();
    let mut repeat = 1;
    if args.keyword_count() > 1 {
        let text = format!("product() takes at most 1 keyword argument ({} given)", args.keyword_count());
        return Err(vm.type_error(text));
    }
    for (name, value) in keywords {
        if name.as_bytes() != b"repeat" {
            return Err(vm.unexpected_keyword("product", &name.to_string_lossy(), &["repeat"], args));
        }
        repeat = ssize(vm, value)?;
        if repeat < 0 {
            return Err(vm.value_error("repeat argument cannot be negative"));
        }
    }
    let Some((&class, iterables)) = positional.split_first() else {
        return Err(vm.type_error("product() needs a class"));
    };
    let Some(count) = iterables.len().checked_mul(repeat as usize).filter(|count| count.checked_mul(16).is_some())
    else {
        return Err(vm.overflow_error("repeat argument too large"));
    };
    vm.check_size(Some(count * 16))?;
    let pools = vm.list(&[]);
    if repeat > 0 {
        for &iterable in iterables {
            let pool = vm.to_tuple(iterable)?;
            pools.push(vm, pool.value());
        }
        let once = vm.tuple(pools.items());
        for _ in 1..repeat {
            pools.extend(vm, once.items());
        }
    }
    let empty = pools.items().iter().any(|pool| pool.cast::<Tuple>().is_none_or(|pool| pool.is_empty()));
    let product = Product {
        indices: RefCell::new(vec![0; pools.len()]),
        pools: Field::new(pools.value()),
        started: Cell::new(false),
        stopped: Cell::new(empty),
    };
    Ok(vm.native(class_arg(vm, class)?, product).value())
}

fn product_next(vm: &Vm, this: Value) -> R {
    let product = data::<Product>(vm, this)?;
    let Some(pools) = product.pools.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    if product.stopped.get() {
        return Ok(Value::UNBOUND);
    }
    let pools = pools.items();
    let pool = |at: usize| pools[at].cast::<Tuple>();
    let mut indices = product.indices.borrow_mut();
    if product.started.replace(true) {
        let mut advanced = false;
        for at in (0..indices.len()).rev() {
            indices[at] += 1;
            if pool(at).is_some_and(|pool| indices[at] < pool.len()) {
                advanced = true;
                break;
            }
            indices[at] = 0;
        }
        if !advanced {
            product.stopped.set(true);
            return Ok(Value::UNBOUND);
        }
    }
    Ok(vm.tuple_with(indices.len(), |at| pool(at).map_or(Value::NONE, |pool| pool.items()[indices[at]])).value())
}
