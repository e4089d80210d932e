//! `_lru_cache_wrapper`: the cache is a dict from keys to results, whose order is that of use.

use crate::support::{ssize, DICT_GETSET, class_arg, data};
use object::traced;
use object::slots::{R, Slot};
use object::{
    Args, Dict, Field, Kind, Raised, Ref, TypeDef, TypeId, Value, ValueExt, Vm, native_ref, natives, type_flags,
};
use std::cell::Cell;

/// A function with its cache. `max_size` None: not bounded.
pub struct LruCache {
    function: Field,
    cache: Field,
    info_class: Field,
    keyword_mark: Field,
    max_size: Option<usize>,
    typed: bool,
    hits: Cell<u64>,
    misses: Cell<u64>,
}

traced! { LruCache { function, cache, info_class, keyword_mark } }

pub static LRU_CACHE: TypeDef = TypeDef {
    name: "_lru_cache_wrapper",
    module: "functools",
    doc: "A function that remembers its results.\n\n\
          user_function:      the function being cached\n\
          maxsize:  0         for no caching\n          None      for unlimited cache size\n          \
          n         for a bounded cache\n\
          typed:    False     cache f(3) and f(3.0) as identical calls\n          \
          True      cache f(3) and f(3.0) as distinct calls\n\
          cache_info_type:    namedtuple class with the fields hits, misses, maxsize, currsize",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF | type_flags::METHOD_DESCRIPTOR,
    slots: &[
        Slot::call(call),
        Slot::descr_get(|vm, this, object, _| {
            Ok(if object.is_unbound() || object.is_none() { this } else { vm.method(this, object) })
        }),
    ],
    methods: &[METHODS],
    getset: &[DICT_GETSET],
    new: Some(native_ref!("_lru_cache_wrapper($cls, user_function, maxsize, typed, cache_info_type)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Report cache statistics
    "cache_info($self, /)" => cache_info;
    /// Clear the cache and cache statistics
    "cache_clear($self, /)" => cache_clear;
    "__reduce__($self, /)" => reduce;
    "__copy__($self, /)" => copy;
    "__deepcopy__($self, memo, /)" => deepcopy;
}}

fn new(vm: &Vm, [class, function, max_size, typed, info_class]: &[Value; 5]) -> R {
    if !vm.is_callable(*function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let max_size = if max_size.is_none() {
        None
    } else if vm.type_of(*max_size).slots().index.is_some() {
        Some(ssize(vm, *max_size)?.max(0) as usize)
    } else {
        return Err(vm.type_error("maxsize should be integer or None"));
    };
    let typed = vm.truthy(*typed)?;
    let mark = vm.new_instance(vm.types[TypeId::Object], None);
    let cache = LruCache {
        function: Field::new(*function),
        cache: Field::new(vm.dict().value()),
        info_class: Field::new(*info_class),
        keyword_mark: Field::new(mark),
        max_size,
        typed,
        hits: Cell::new(0),
        misses: Cell::new(0),
    };
    Ok(vm.native(class_arg(vm, *class)?, cache).value())
}

fn cache_of(vm: &Vm, lru: &LruCache) -> Result<Ref<Dict>, Raised> {
    lru.cache.get().cast::<Dict>().ok_or_else(|| vm.system_error("lru_cache without its dict"))
}

/// The key of a call: the argument itself where it is a lone int or str, else a tuple of the arguments, with a mark
/// before keyword arguments and the classes behind.
fn key_of(vm: &Vm, lru: &LruCache, args: Args) -> Value {
    let typed = lru.typed;
    if args.keyword_count() == 0 && !typed {
        if let [argument] = args.args
            && (argument.is_int() || matches!(argument.kind(), Kind::STR | Kind::BIG_INT))
        {
            return *argument;
        }
        return vm.tuple(args.args).value();
    }
    let (positional, keywords) = args.split();
    let parts = vm.list(positional);
    for (index, (name, value)) in keywords.enumerate() {
        if index == 0 {
            parts.push(vm, lru.keyword_mark.get());
        }
        parts.push(vm, name.value());
        parts.push(vm, value);
    }
    if typed {
        for &value in args.args {
            parts.push(vm, vm.type_of(value).value());
        }
    }
    vm.tuple(parts.items()).value()
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    let lru = data::<LruCache>(vm, this)?;
    let function = lru.function.get();
    let count = |cell: &Cell<u64>| cell.set(cell.get() + 1);
    if lru.max_size == Some(0) {
        count(&lru.misses);
        return vm.call_args(function, args);
    }
    let key = key_of(vm, &lru, args);
    let hash = vm.hash(key)?;
    let cache = cache_of(vm, &lru)?;
    if let Some(position) = cache.find(vm, key, hash)? {
        count(&lru.hits);
        let value = cache.value_at(position);
        if lru.max_size.is_some() && position + 1 != cache.positions() {
            // The key used last goes to the end.
            let key = cache.entry(position).map_or(key, |entry| entry.key);
            cache.remove_at(vm, position);
            cache.push(vm, key, hash, value);
        }
        return Ok(value);
    }
    count(&lru.misses);
    let result = vm.call_args(function, args)?;
    // The call may have cached this key itself, or have replaced the cache.
    let cache = cache_of(vm, &lru)?;
    if cache.find(vm, key, hash)?.is_some() {
        return Ok(result);
    }
    if let Some(max_size) = lru.max_size {
        while cache.len() >= max_size {
            cache.pop_first(vm);
        }
    }
    cache.push(vm, key, hash, result);
    Ok(result)
}

fn cache_info(vm: &Vm, [this]: &[Value; 1]) -> R {
    let lru = data::<LruCache>(vm, *this)?;
    let max_size = lru.max_size.map_or(Value::NONE, |size| vm.int_usize(size));
    let used = vm.int_usize(cache_of(vm, &lru)?.len());
    vm.call(lru.info_class.get(), &[vm.int_u64(lru.hits.get()), vm.int_u64(lru.misses.get()), max_size, used])
}

fn cache_clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    let lru = data::<LruCache>(vm, *this)?;
    lru.hits.set(0);
    lru.misses.set(0);
    lru.cache.set(vm, lru, vm.dict().value());
    Ok(Value::NONE)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.getattr(*this, vm.names.__qualname__)
}

fn copy(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

fn deepcopy(_: &Vm, [this, _memo]: &[Value; 2]) -> R {
    Ok(*this)
}
