//! The class Pickler, and the functions that need none.

use super::memo::Memo;
use super::opcode::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};
use super::save::{Hooks, Saver};
use super::state;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{
    Args, Dict, Field, GetSet, NativeData, Raised, Ref, Str, Tracer, Tuple, TypeDef, TypeObj, Value, ValueExt, Vm,
    native_ref, natives, type_flags,
};
use std::cell::Cell;

/// What a pickle is written with. Python code that runs meanwhile may change it.
pub struct Settings {
    pub memo: Memo,
    pub protocol: Cell<u8>,
    /// Are the binary operations used?
    pub binary: Cell<i64>,
    /// Is nothing remembered?
    pub fast: Cell<i64>,
    /// Are modules and names written as Python 2 knew them?
    pub fix_imports: Cell<bool>,
}

impl Settings {
    fn new(vm: &Vm) -> Settings {
        Settings {
            memo: Memo::new(vm),
            protocol: Cell::new(DEFAULT_PROTOCOL),
            binary: Cell::new(1),
            fast: Cell::new(0),
            fix_imports: Cell::new(false),
        }
    }

    fn set(&self, vm: &Vm, protocol: Value, fix_imports: Value) -> Result<(), Raised> {
        let number = if protocol.is_none() { DEFAULT_PROTOCOL as i64 } else { vm.index_i64(protocol)? };
        if number > HIGHEST_PROTOCOL as i64 {
            return Err(vm.value_error(format!("pickle protocol must be <= {HIGHEST_PROTOCOL}")));
        }
        let number = if number < 0 { HIGHEST_PROTOCOL } else { number as u8 };
        self.protocol.set(number);
        self.binary.set((number > 0) as i64);
        self.fix_imports.set(vm.truthy(fix_imports)? && number < 3);
        Ok(())
    }
}

/// A pickler.
pub struct Pickler {
    settings: Settings,
    /// The method of the file; unbound until `__init__` was called.
    write: Field,
    /// `persistent_id` as it was set on the instance, or unbound.
    persistent_id: Field,
    /// Unbound for that of copyreg.
    dispatch_table: Field,
    buffer_callback: Field,
    running: Cell<bool>,
}

impl NativeData for Pickler {
    fn trace(&self, tracer: &mut Tracer) {
        self.settings.memo.trace(tracer);
        for field in [&self.write, &self.persistent_id, &self.dispatch_table, &self.buffer_callback] {
            field.trace(tracer);
        }
    }
}

impl Pickler {
    /// What it remembers.
    pub fn memo(&self) -> &Memo {
        &self.settings.memo
    }
}

/// The time in which a pickler or unpickler is in use.
pub struct Using<'a>(&'a Cell<bool>);

impl<'a> Using<'a> {
    /// RuntimeError where it is in use already.
    pub fn start(vm: &Vm, running: &'a Cell<bool>, class: &str) -> Result<Using<'a>, Raised> {
        if running.replace(true) {
            return Err(vm.runtime_error(format!("{class} object is already used")));
        }
        Ok(Using(running))
    }
}

impl Drop for Using<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

macro_rules! number {
    ($name:literal, $field:ident) => {
        GetSet {
            name: $name,
            get: |vm, this| Ok(vm.int(own(vm, this)?.settings.$field.get())),
            set: Some(|vm, this, value| {
                if value.is_unbound() {
                    return Err(vm.type_error("can't delete numeric/char attribute"));
                }
                own(vm, this)?.settings.$field.set(vm.index_i64(value)? as i32 as i64);
                Ok(())
            }),
            doc: "",
            is_member: true,
        }
    };
}

pub static PICKLER: TypeDef = TypeDef {
    name: "Pickler",
    module: "_pickle",
    doc: "This takes a binary file for writing a pickle data stream.\n\n\
          *protocol* is one of 0 to 5, the highest where it is negative, and 5\n\
          where it is None.  *file* has a write() method that takes bytes.  With\n\
          *fix_imports* and a protocol below 3, names are written as Python 2\n\
          knows them.  *buffer_callback* is called with each buffer view; where it\n\
          gives a false value, the view is left out of the stream.  It needs\n\
          protocol 5.",
    flags: type_flags::BASETYPE,
    slots: &[Slot::getattr(getattr), Slot::setattr(setattr)],
    methods: &[METHODS],
    getset: &[
        number!("bin", binary),
        number!("fast", fast),
        GetSet {
            name: "dispatch_table",
            get: |vm, this| {
                let own = own(vm, this)?;
                own.dispatch_table.get().bound().ok_or_else(|| vm.no_attribute(this, vm.intern("dispatch_table")))
            },
            set: Some(|vm, this, value| {
                let own = own(vm, this)?;
                if value.is_unbound() && own.dispatch_table.get().is_unbound() {
                    let name = vm.intern("dispatch_table").value();
                    return Err(vm.attribute_error("dispatch_table", this, name));
                }
                own.dispatch_table.set(vm, own, value);
                Ok(())
            }),
            doc: "",
            is_member: true,
        },
        GetSet { name: "memo", get: get_memo, set: Some(set_memo), doc: "", is_member: false },
    ],
    new: Some(native_ref!("Pickler(...)" -> new)),
    init: Some(native_ref!("Pickler($self, file, protocol=None, fix_imports=True, buffer_callback=None)" => init)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "persistent_id($self, obj, /)" => persistent_id;
    /// Write a pickled representation of the given object to the open file.
    "dump($self, obj, /)" => dump_method;
    /// Clears the pickler's "memo".
    ///
    /// The memo is what tells the pickler which objects it has written
    /// already, so that shared and recursive objects are written once.
    /// To be called when a pickler is used again.
    "clear_memo($self, /)" => clear_memo;
    /// Returns size in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
}}

/// The pickler that a method was called on.
pub fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Pickler>>, Raised> {
    vm.as_native::<Pickler>(this).ok_or_else(|| vm.type_error("a _pickle.Pickler object is required"))
}

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().and_then(|class| class.cast::<TypeObj>());
    let class = class.ok_or_else(|| vm.type_error("a class is required"))?;
    let pickler = Pickler {
        settings: Settings::new(vm),
        write: Field::new(Value::UNBOUND),
        persistent_id: Field::new(Value::UNBOUND),
        dispatch_table: Field::new(Value::UNBOUND),
        buffer_callback: Field::new(Value::UNBOUND),
        running: Cell::new(false),
    };
    Ok(vm.native(class, pickler).value())
}

fn init(vm: &Vm, [this, file, protocol, fix_imports, buffer_callback]: &[Value; 5]) -> R {
    let own = own(vm, *this)?;
    let _using = Using::start(vm, &own.running, "Pickler")?;
    own.settings.set(vm, *protocol, *fix_imports)?;
    own.write.set(vm, own, write_method(vm, *file)?);
    own.buffer_callback.set(vm, own, callback(vm, *buffer_callback, own.settings.protocol.get())?);
    own.settings.memo.clear();
    own.settings.fast.set(0);
    let table = vm.getattr_opt(*this, vm.intern("dispatch_table"))?;
    own.dispatch_table.set(vm, own, table.unwrap_or(Value::UNBOUND));
    Ok(Value::NONE)
}

fn write_method(vm: &Vm, file: Value) -> R {
    match vm.getattr_opt(file, vm.names.write)? {
        Some(write) => Ok(write),
        None => Err(vm.type_error("file must have a 'write' attribute")),
    }
}

fn callback(vm: &Vm, callback: Value, protocol: u8) -> R {
    if callback.is_none() {
        return Ok(Value::UNBOUND);
    }
    if protocol < 5 {
        return Err(vm.value_error("buffer_callback needs protocol >= 5"));
    }
    Ok(callback)
}

const PERSISTENT_ID: &[u8] = b"persistent_id";

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    if name.as_bytes() == PERSISTENT_ID
        && let Some(set) = own(vm, this)?.persistent_id.get().bound()
    {
        return Ok(set);
    }
    vm.generic_getattr(this, name)
}

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    if name.as_bytes() == PERSISTENT_ID {
        let own = own(vm, this)?;
        own.persistent_id.set(vm, own, value);
        return Ok(());
    }
    vm.generic_setattr(this, name, value)
}

fn persistent_id(_: &Vm, [_this, _object]: &[Value; 2]) -> R {
    Ok(Value::NONE)
}

/// A method of an object of ours, unless it is the one that `base` defines.
pub fn overridden(vm: &Vm, this: Value, base: Ref<TypeObj>, name: &str) -> Result<Option<Value>, Raised> {
    let (class, name) = (vm.type_of(this), vm.intern(name));
    if class == base {
        return Ok(None);
    }
    let is_method = vm.lookup(class, name) == vm.lookup(base, name);
    if is_method && vm.instance_attr(this, name).is_none() {
        return Ok(None);
    }
    vm.getattr_opt(this, name)
}

fn dump_method(vm: &Vm, [this, object]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let state = state::of(vm)?;
    let write = own.write.get();
    if write.is_unbound() {
        let class = vm.type_of(*this).qualified_name(vm);
        return Err(state.pickling(vm, format!("Pickler.__init__() was not called by {class}.__init__()")));
    }
    let _using = Using::start(vm, &own.running, "Pickler")?;
    let base = state.pickler.get().cast::<TypeObj>().unwrap_or(vm.type_of(*this));
    let persistent_id = match own.persistent_id.get().bound() {
        Some(set) => set,
        None => overridden(vm, *this, base, "persistent_id")?.unwrap_or(Value::UNBOUND),
    };
    let reducer_override = match vm.type_of(*this) == base {
        true => Value::UNBOUND,
        false => vm.getattr_opt(*this, vm.intern("reducer_override"))?.unwrap_or(Value::UNBOUND),
    };
    let hooks = Hooks {
        write,
        persistent_id,
        reducer_override,
        dispatch_table: own.dispatch_table.get(),
        buffer_callback: own.buffer_callback.get(),
    };
    Saver::new(vm, state, &own.settings, hooks).run(*object)?;
    Ok(Value::NONE)
}

fn clear_memo(vm: &Vm, [this]: &[Value; 1]) -> R {
    own(vm, *this)?.settings.memo.clear();
    Ok(Value::NONE)
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    Ok(vm.int_usize(size_of::<Native<Pickler>>() + own.settings.memo.len() * 24))
}

fn get_memo(vm: &Vm, this: Value) -> R {
    super::memo_proxy::of_pickler(vm, this)
}

fn set_memo(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let own = own(vm, this)?;
    if value.is_unbound() {
        return Err(vm.type_error("attribute deletion is not supported"));
    }
    if let Some(other) = super::memo_proxy::pickler_of(vm, value) {
        own.settings.memo.copy_from(vm, other.memo());
        return Ok(());
    }
    let Some(dict) = value.cast::<Dict>() else {
        let class = vm.type_of(value).qualified_name(vm);
        let text = format!("'memo' attribute must be a PicklerMemoProxy object or dict, not {class}");
        return Err(vm.type_error(text));
    };
    let fresh = Memo::new(vm);
    for entry in dict.iter() {
        let pair = vm.as_tuple(entry.value);
        let Some(&[index, object]) = pair.as_deref().map(Tuple::items) else {
            return Err(vm.type_error("'memo' values must be 2-item tuples"));
        };
        let Some(index) = vm.as_int(index) else { return Err(vm.type_error("an integer is required")) };
        match index.to_i64() {
            Some(index) => fresh.insert(vm, object, index),
            None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    own.settings.memo.copy_from(vm, &fresh);
    Ok(())
}

/// `pickle.dump`
pub fn dump(vm: &Vm, [_module, object, file, protocol, fix_imports, buffer_callback]: &[Value; 6]) -> R {
    let settings = Settings::new(vm);
    settings.set(vm, *protocol, *fix_imports)?;
    let write = write_method(vm, *file)?;
    let buffer_callback = callback(vm, *buffer_callback, settings.protocol.get())?;
    let hooks = Hooks { write, buffer_callback, ..Hooks::NONE };
    Saver::new(vm, state::of(vm)?, &settings, hooks).run(*object)?;
    Ok(Value::NONE)
}

/// `pickle.dumps`
pub fn dumps(vm: &Vm, [_module, object, protocol, fix_imports, buffer_callback]: &[Value; 5]) -> R {
    let settings = Settings::new(vm);
    settings.set(vm, *protocol, *fix_imports)?;
    let buffer_callback = callback(vm, *buffer_callback, settings.protocol.get())?;
    let hooks = Hooks { buffer_callback, ..Hooks::NONE };
    let bytes = Saver::new(vm, state::of(vm)?, &settings, hooks).run(*object)?;
    Ok(vm.bytes(&bytes).value())
}
