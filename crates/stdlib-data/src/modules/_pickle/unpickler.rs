//! The class Unpickler, and the functions that need none.

use super::input::{File, Input, is_bytes};
use super::load::{Hooks, Loader};
use super::pickler::{Using, overridden};
use super::state::{self, State};
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{
    Args, Dict, Field, GetSet, List, NativeData, Raised, Ref, Str, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm,
    native_ref, natives, type_flags,
};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

/// What an unpickler remembers, by number.
pub struct Memo {
    /// Unbound where there is none.
    values: Field,
    /// Those with numbers far from all others.
    far: Field,
    count: Cell<usize>,
}

/// A number so far behind the others is kept in a dict.
const GAP: usize = 1 << 12;

impl Memo {
    /// An empty one.
    pub fn new(vm: &Vm) -> Memo {
        Memo { values: Field::new(vm.list(&[]).value()), far: Field::new(vm.dict().value()), count: Cell::new(0) }
    }

    fn trace(&self, tracer: &mut Tracer) {
        self.values.trace(tracer);
        self.far.trace(tracer);
    }

    #[inline(always)]
    fn values(&self, vm: &Vm) -> Result<Ref<List>, Raised> {
        self.values.get().cast().ok_or_else(|| vm.system_error("memo without values"))
    }

    fn far(&self, vm: &Vm) -> Result<Ref<Dict>, Raised> {
        self.far.get().cast().ok_or_else(|| vm.system_error("memo without values"))
    }

    /// How many there are.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.count.get()
    }

    /// The object of a number.
    #[inline(always)]
    pub fn get(&self, vm: &Vm, index: usize) -> Result<Option<Value>, Raised> {
        match self.values(vm)?.get(index) {
            Some(value) if !value.is_unbound() => Ok(Some(value)),
            _ => self.far(vm)?.get(vm, vm.int_usize(index)),
        }
    }

    /// Notes the object of a number.
    #[inline]
    pub fn put(&self, vm: &Vm, index: usize, value: Value) -> Result<(), Raised> {
        let values = self.values(vm)?;
        if index == values.len() {
            values.push(vm, value);
            self.count.set(self.count.get() + 1);
            return Ok(());
        }
        self.put_slow(vm, index, value)
    }

    fn put_slow(&self, vm: &Vm, index: usize, value: Value) -> Result<(), Raised> {
        let (values, far) = (self.values(vm)?, self.far(vm)?);
        let known = self.get(vm, index)?.is_some();
        if index < values.len() {
            values.set(vm, index, value);
        } else if index <= values.len() * 2 + GAP {
            while values.len() < index {
                values.push(vm, Value::UNBOUND);
            }
            values.push(vm, value);
        } else {
            far.insert(vm, vm.int_usize(index), value)?;
        }
        if !known {
            self.count.set(self.count.get() + 1);
        }
        Ok(())
    }

    /// Forgets all.
    pub fn clear(&self) {
        if let Some(values) = self.values.get().cast::<List>() {
            values.clear();
        }
        self.count.set(0);
    }

    fn clear_all(&self, vm: &Vm) {
        self.clear();
        if let Some(far) = self.far.get().cast::<Dict>() {
            far.clear(vm);
        }
    }

    /// A dict from number to object.
    pub fn to_dict(&self, vm: &Vm) -> Result<Ref<Dict>, Raised> {
        let dict = vm.dict();
        for (index, value) in self.values(vm)?.items().iter().enumerate() {
            if !value.is_unbound() {
                dict.insert(vm, vm.int_usize(index), *value)?;
            }
        }
        for entry in self.far(vm)?.iter() {
            dict.insert(vm, entry.key, entry.value)?;
        }
        Ok(dict)
    }
}

/// How a pickle is read.
pub struct Settings {
    pub memo: Memo,
    pub protocol: Cell<u8>,
    /// Are names of Python 2 translated?
    pub fix_imports: Cell<bool>,
    /// The encoding of strings of Python 2; "bytes" leaves them as they are.
    pub encoding: RefCell<Cow<'static, str>>,
    pub errors: RefCell<Cow<'static, str>>,
}

impl Settings {
    fn new(vm: &Vm) -> Settings {
        Settings {
            memo: Memo::new(vm),
            protocol: Cell::new(0),
            fix_imports: Cell::new(false),
            encoding: RefCell::default(),
            errors: RefCell::default(),
        }
    }

    fn set(&self, vm: &Vm, function: &str, fix_imports: Value, encoding: Value, errors: Value) -> Result<(), Raised> {
        self.fix_imports.set(vm.truthy(fix_imports)?);
        for (field, name, value) in [(&self.encoding, "encoding", encoding), (&self.errors, "errors", errors)] {
            let Some(text) = vm.as_str(value) else {
                let class = vm.type_name(value);
                return Err(vm.type_error(format!("{function}() argument '{name}' must be str, not {class}")));
            };
            if text.as_bytes().contains(&0) {
                return Err(vm.value_error("embedded null character"));
            }
            *field.borrow_mut() = match text.as_bytes() {
                b"ASCII" => Cow::Borrowed("ASCII"),
                b"strict" => Cow::Borrowed("strict"),
                _ => Cow::Owned(text.to_string_lossy()),
            };
        }
        Ok(())
    }
}

/// An unpickler.
pub struct Unpickler {
    settings: Settings,
    /// Methods of the file; unbound until `__init__` was called.
    read: Field,
    readline: Field,
    readinto: Field,
    peek: Field,
    /// An iterator, or unbound.
    buffers: Field,
    /// `persistent_load` as it was set on the instance, or unbound.
    persistent_load: Field,
    running: Cell<bool>,
}

impl NativeData for Unpickler {
    fn trace(&self, tracer: &mut Tracer) {
        self.settings.memo.trace(tracer);
        for field in [&self.read, &self.readline, &self.readinto, &self.peek, &self.buffers, &self.persistent_load] {
            field.trace(tracer);
        }
    }
}

impl Unpickler {
    /// What it remembers.
    pub fn memo(&self) -> &Memo {
        &self.settings.memo
    }
}

pub static UNPICKLER: TypeDef = TypeDef {
    name: "Unpickler",
    module: "_pickle",
    doc: "This takes a binary file for reading a pickle data stream.\n\n\
          The protocol is told by the stream.  *file* has a read() method that\n\
          takes an int and a readline() method without arguments, which give\n\
          bytes.  With *fix_imports*, names of Python 2 are translated.\n\
          *encoding* and *errors* tell how strings of Python 2 are decoded;\n\
          the encoding 'bytes' leaves them as they are.  *buffers* is an iterable\n\
          of the buffers that were left out of the stream.",
    flags: type_flags::BASETYPE,
    slots: &[Slot::getattr(getattr), Slot::setattr(setattr)],
    methods: &[METHODS],
    getset: &[GetSet { name: "memo", get: get_memo, set: Some(set_memo), doc: "", is_member: false }],
    new: Some(native_ref!("Unpickler(...)" -> new)),
    init: Some(native_ref!(
        "Unpickler($self, file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())" => init
    )),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "persistent_load($self, pid, /)" => persistent_load;
    /// Load a pickle.
    ///
    /// Read a pickled object from the file given in the constructor, and
    /// return the object.
    "load($self, /)" => load_method;
    /// Return an object from a specified module.
    ///
    /// The module is imported where it is not yet. Subclasses may override
    /// this method, to restrict what pickles can get hold of. It is called
    /// for each class and function, with two strings.
    "find_class($self, module_name, global_name, /)" => find_class;
    /// Returns size in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
}}

/// The unpickler that a method was called on.
fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Unpickler>>, Raised> {
    vm.as_native::<Unpickler>(this).ok_or_else(|| vm.type_error("a _pickle.Unpickler object is required"))
}

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().and_then(|class| class.cast::<TypeObj>());
    let class = class.ok_or_else(|| vm.type_error("a class is required"))?;
    let unpickler = Unpickler {
        settings: Settings::new(vm),
        read: Field::new(Value::UNBOUND),
        readline: Field::new(Value::UNBOUND),
        readinto: Field::new(Value::UNBOUND),
        peek: Field::new(Value::UNBOUND),
        buffers: Field::new(Value::UNBOUND),
        persistent_load: Field::new(Value::UNBOUND),
        running: Cell::new(false),
    };
    Ok(vm.native(class, unpickler).value())
}

fn init(vm: &Vm, [this, file, fix_imports, encoding, errors, buffers]: &[Value; 6]) -> R {
    let own = own(vm, *this)?;
    let _using = Using::start(vm, &own.running, "Unpickler")?;
    let file = methods(vm, *file)?;
    own.settings.set(vm, "Unpickler", *fix_imports, *encoding, *errors)?;
    own.buffers.set(vm, own, iterator(vm, *buffers)?);
    own.readinto.set(vm, own, file.readinto);
    own.peek.set(vm, own, file.peek);
    own.readline.set(vm, own, file.readline);
    own.read.set(vm, own, file.read);
    own.settings.memo.clear_all(vm);
    own.settings.protocol.set(0);
    Ok(Value::NONE)
}

fn methods(vm: &Vm, file: Value) -> Result<File, Raised> {
    let method = |name| vm.getattr_opt(file, name);
    let peek = method(vm.intern("peek"))?.unwrap_or(Value::UNBOUND);
    let readinto = method(vm.intern("readinto"))?.unwrap_or(Value::UNBOUND);
    match (method(vm.names.read)?, method(vm.names.readline)?) {
        (Some(read), Some(readline)) => Ok(File { read, readline, readinto, peek }),
        _ => Err(vm.type_error("file must have 'read' and 'readline' attributes")),
    }
}

fn iterator(vm: &Vm, buffers: Value) -> R {
    // The default is an empty tuple, which is as good as none.
    let none = buffers.is_none() || buffers.is_unbound();
    if none { Ok(Value::UNBOUND) } else { vm.iter(buffers) }
}

const PERSISTENT_LOAD: &[u8] = b"persistent_load";

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    if name.as_bytes() == PERSISTENT_LOAD
        && let Some(set) = own(vm, this)?.persistent_load.get().bound()
    {
        return Ok(set);
    }
    vm.generic_getattr(this, name)
}

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    if name.as_bytes() == PERSISTENT_LOAD {
        let own = own(vm, this)?;
        own.persistent_load.set(vm, own, value);
        return Ok(());
    }
    vm.generic_setattr(this, name, value)
}

fn persistent_load(vm: &Vm, [_this, _id]: &[Value; 2]) -> R {
    Err(no_persistent_load(vm, &*state::of(vm)?))
}

/// What is raised about a persistent id that nobody loads.
pub fn no_persistent_load(vm: &Vm, state: &State) -> Raised {
    let text = "A load persistent id instruction was encountered, but no persistent_load function was specified.";
    state.unpickling(vm, text)
}

fn load_method(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let state = state::of(vm)?;
    let read = own.read.get();
    if read.is_unbound() {
        let class = vm.type_of(*this).qualified_name(vm);
        return Err(state.unpickling(vm, format!("Unpickler.__init__() was not called by {class}.__init__()")));
    }
    let _using = Using::start(vm, &own.running, "Unpickler")?;
    let base = state.unpickler.get().cast::<TypeObj>().unwrap_or(vm.type_of(*this));
    let persistent_load = match own.persistent_load.get().bound() {
        Some(set) => set,
        None => overridden(vm, *this, base, "persistent_load")?.unwrap_or(Value::UNBOUND),
    };
    let find_class = overridden(vm, *this, base, "find_class")?.unwrap_or(Value::UNBOUND);
    let hooks = Hooks { persistent_load, find_class, buffers: own.buffers.get() };
    let file = File { read, readline: own.readline.get(), readinto: own.readinto.get(), peek: own.peek.get() };
    let input = Input::of_file(vm, state, file);
    Loader::new(vm, state, &own.settings, hooks, input).run()
}

fn find_class(vm: &Vm, [this, module, name]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    super::load_object::find_class(vm, &*state::of(vm)?, &own.settings, *module, *name)
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    Ok(vm.int_usize(size_of::<Native<Unpickler>>() + own.settings.memo.count() * 8))
}

fn get_memo(vm: &Vm, this: Value) -> R {
    super::memo_proxy::of_unpickler(vm, this)
}

fn set_memo(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let own = own(vm, this)?;
    if value.is_unbound() {
        return Err(vm.type_error("attribute deletion is not supported"));
    }
    let entries = if let Some(other) = super::memo_proxy::unpickler_of(vm, value) {
        other.settings.memo.to_dict(vm)?
    } else if let Some(dict) = value.cast::<Dict>() {
        dict
    } else {
        let class = vm.type_of(value).qualified_name(vm);
        let text = format!("'memo' attribute must be an UnpicklerMemoProxy object or dict, not {class}");
        return Err(vm.type_error(text));
    };
    let fresh = Memo::new(vm);
    for entry in entries.iter() {
        let Some(index) = vm.as_int(entry.key) else {
            return Err(vm.type_error("memo key must be integers"));
        };
        match index.to_i64() {
            Some(index) if index < 0 => return Err(vm.value_error("memo key must be positive integers.")),
            Some(index) => fresh.put(vm, index as usize, entry.value)?,
            None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    let memo = &own.settings.memo;
    memo.values.set(vm, own, fresh.values.get());
    memo.far.set(vm, own, fresh.far.get());
    memo.count.set(fresh.count.get());
    Ok(())
}

/// `pickle.load`
pub fn load(vm: &Vm, [_module, file, fix_imports, encoding, errors, buffers]: &[Value; 6]) -> R {
    let settings = Settings::new(vm);
    let file = methods(vm, *file)?;
    settings.set(vm, "load", *fix_imports, *encoding, *errors)?;
    let hooks = Hooks { buffers: iterator(vm, *buffers)?, ..Hooks::NONE };
    let state = state::of(vm)?;
    Loader::new(vm, state, &settings, hooks, Input::of_file(vm, state, file)).run()
}

/// `pickle.loads`
pub fn loads(vm: &Vm, [_module, data, fix_imports, encoding, errors, buffers]: &[Value; 6]) -> R {
    let settings = Settings::new(vm);
    settings.set(vm, "loads", *fix_imports, *encoding, *errors)?;
    let hooks = Hooks { buffers: iterator(vm, *buffers)?, ..Hooks::NONE };
    let state = state::of(vm)?;
    if is_bytes(*data) {
        let buffer = vm.buffer(*data, false)?;
        // SAFETY: bytes do not change, and `data` is alive as an argument of this function.
        let input = unsafe { Input::of_memory(vm, state, buffer.address, buffer.len) };
        return Loader::new(vm, state, &settings, hooks, input).run();
    }
    // Memory that can change is copied: code that runs while objects are made may reach it.
    let bytes = vm.bytes_of(*data)?;
    // SAFETY: the copy is not touched until the pickle is read.
    let input = unsafe { Input::of_memory(vm, state, bytes.as_ptr(), bytes.len()) };
    Loader::new(vm, state, &settings, hooks, input).run()
}
