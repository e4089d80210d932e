//! What many of the modules here need.

pub use object::native_class::{class_arg, class_getitem, class_once, data, kept_class};
use object::slots::R;
use object::{Raised, TypeId, Value, ValueExt, Vm};

/// `iter(iterator)`
pub fn itself(_: &Vm, this: Value) -> R {
    Ok(this)
}

/// An exception class made as Python code would make it, once, and kept under `module.name`.
pub fn exception_once(vm: &Vm, module: &str, name: &str, shown_module: &str, base: TypeId) -> R {
    let (key, bases) = (format!("{module}.{name}"), [vm.types[base].value()]);
    object::native_class::exception_once(vm, &key, shown_module, name, &bases).map(|class| class.value())
}

/// An argument that C code takes as `Py_ssize_t`: OverflowError where it does not fit.
pub fn ssize(vm: &Vm, value: Value) -> Result<isize, Raised> {
    if let Some(int) = value.as_small() {
        return Ok(int as isize);
    }
    match vm.index(value)?.to_i64() {
        Some(int) => Ok(int as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The arguments as positional ones; TypeError where there are others.
pub fn positional<'a>(vm: &Vm, name: &str, args: object::Args<'a>) -> Result<&'a [Value], Raised> {
    if args.keyword_count() > 0 {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    Ok(args.args)
}

/// Runs `repr` of a container; None where the `repr` of this very object is already running in this thread.
pub fn guarded_repr<T>(vm: &Vm, this: Value, repr: impl FnOnce() -> Result<T, Raised>) -> Result<Option<T>, Raised> {
    let running = match vm.state_value("stdlib.running_reprs").and_then(|list| list.cast::<object::List>()) {
        Some(list) => list,
        None => {
            let list = vm.list(&[]);
            vm.set_state("stdlib.running_reprs", list.value());
            list
        }
    };
    let ident = vm.int_u64(vm.thread().ident.get());
    let find = || running.items().chunks_exact(2).position(|pair| pair[0] == this && pair[1] == ident);
    if find().is_some() {
        return Ok(None);
    }
    running.push(vm, this);
    running.push(vm, ident);
    let result = repr();
    if let Some(index) = find() {
        running.splice(vm, index * 2..index * 2 + 2, &[]);
    }
    result.map(Some)
}

/// Calls a function with a slice of so many values that `fill` fills in; the collector sees them while it runs.
pub fn with_values<T>(
    vm: &Vm,
    count: usize,
    fill: impl FnOnce(&mut [Value]),
    run: impl FnOnce(&[Value]) -> Result<T, Raised>,
) -> Result<T, Raised> {
    const SMALL: usize = 12;
    if count <= SMALL {
        let mut values = [Value::UNBOUND; SMALL];
        fill(&mut values[..count]);
        return run(&values[..count]);
    }
    let mut values = heap::RootVec::with_capacity(&vm.heap, count).map_err(|_| vm.memory_error())?;
    for _ in 0..count {
        values.push(&vm.heap, Value::UNBOUND).map_err(|_| vm.memory_error())?;
    }
    // The buffer is fresh: what is stored in it needs no barrier yet.
    fill(values.as_mut_slice());
    run(values.as_slice())
}

/// `__dict__` of instances, for classes with the flag `HAS_DICT`.
pub const DICT_GETSET: object::GetSet = object::GetSet {
    name: "__dict__",
    get: |vm, this| (object::class::DICT_GETSET.get)(vm, this),
    set: Some(|vm, this, value| match object::class::DICT_GETSET.set {
        Some(set) => set(vm, this, value),
        None => Ok(()),
    }),
    doc: "",
    is_member: false,
};

/// The path of a str, bytes or path-like object, as `os.fspath` gives it.
pub fn fspath(vm: &Vm, path: Value) -> R {
    if vm.as_str(path).is_some() || vm.as_bytes(path).is_some() {
        return Ok(path);
    }
    let name = vm.type_name(path);
    let Some(result) = vm.call_special(path, vm.intern("__fspath__"), &[]) else {
        return Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {name}")));
    };
    let result = result?;
    if vm.as_str(result).is_some() || vm.as_bytes(result).is_some() {
        return Ok(result);
    }
    let got = vm.type_name(result);
    Err(vm.type_error(format!("expected {name}.__fspath__() to return str or bytes, not {got}")))
}

/// The bytes of a path for the system: UTF-8, surrogates from U+DC80 on back to the bytes they stand for.
pub fn fs_bytes(vm: &Vm, path: Value) -> Result<Vec<u8>, object::Raised> {
    let path = fspath(vm, path)?;
    if let Some(bytes) = vm.as_bytes(path) {
        return Ok(bytes.as_slice().to_vec());
    }
    match vm.as_str(path) {
        Some(text) if text.as_str().is_some() => Ok(text.as_bytes().to_vec()),
        _ => {
            let args = [vm.intern("utf-8").value(), vm.intern("surrogateescape").value()];
            let bytes = vm.call_method(path, vm.names.encode, &args)?;
            vm.bytes_of(bytes)
        }
    }
}
