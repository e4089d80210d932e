//! Writing a pickle: which way an object goes.

use super::opcode::*;
use super::output::Output;
use super::pickler::Settings;
use super::state::{State, class_name};
use builtins::memoryview::PickleBuffer;
use object::layout::native::Native;
use object::{
    ByteArray, Bytes, Dict, Float, Int, Kind, List, Raised, Ref, Set, Str, Tuple, TypeId, Value, ValueExt, Vm,
};
use std::collections::HashSet;

/// What Python code has a say in; unbound where it has none.
pub struct Hooks {
    /// Takes the bytes.
    pub write: Value,
    pub persistent_id: Value,
    pub reducer_override: Value,
    /// Instead of `copyreg.dispatch_table`.
    pub dispatch_table: Value,
    pub buffer_callback: Value,
}

impl Hooks {
    /// None at all.
    pub const NONE: Hooks = Hooks {
        write: Value::UNBOUND,
        persistent_id: Value::UNBOUND,
        reducer_override: Value::UNBOUND,
        dispatch_table: Value::UNBOUND,
        buffer_callback: Value::UNBOUND,
    };
}

/// The writing of one pickle. It lives on the native stack, where the collector sees the values in it.
pub struct Saver<'a> {
    pub vm: &'a Vm,
    pub state: Ref<Native<State>>,
    pub settings: &'a Settings,
    pub hooks: Hooks,
    pub out: Output,
    /// How many containers are being written in fast mode.
    nesting: usize,
    /// The deep ones among them.
    nested: HashSet<u64>,
}

/// In fast mode, containers are looked at for cycles from this depth on.
const FAST_NESTING_LIMIT: usize = 50;

const INT: u32 = TypeId::Int as u32;
const FLOAT_SHAPE: u32 = TypeId::Float as u32;
const STR: u32 = TypeId::Str as u32;
const BYTES: u32 = TypeId::Bytes as u32;
const BYTE_ARRAY: u32 = TypeId::ByteArray as u32;
const TUPLE_SHAPE: u32 = TypeId::Tuple as u32;
const LIST_SHAPE: u32 = TypeId::List as u32;
const DICT_SHAPE: u32 = TypeId::Dict as u32;
const SET: u32 = TypeId::Set as u32;
const FROZEN_SET: u32 = TypeId::FrozenSet as u32;

impl<'a> Saver<'a> {
    /// A pickle to be written.
    pub fn new(vm: &'a Vm, state: Ref<Native<State>>, settings: &'a Settings, hooks: Hooks) -> Saver<'a> {
        Saver { vm, state, settings, hooks, out: Output::new(), nesting: 0, nested: HashSet::new() }
    }

    /// Writes the pickle of an object. Gives what was not written to a file.
    pub fn run(mut self, object: Value) -> Result<Vec<u8>, Raised> {
        let protocol = self.protocol();
        if protocol >= 2 {
            self.out.op_u8(PROTO, protocol);
            self.out.framing = protocol >= 4;
        }
        self.save(object)?;
        self.out.op(STOP);
        self.out.close_frame();
        self.flush()?;
        Ok(self.out.bytes)
    }

    /// The protocol.
    #[inline(always)]
    pub fn protocol(&self) -> u8 {
        self.settings.protocol.get()
    }

    /// Are the binary operations used?
    #[inline(always)]
    pub fn is_binary(&self) -> bool {
        self.settings.binary.get() != 0
    }

    /// Gives what was written to the file, if there is one.
    pub fn flush(&mut self) -> Result<(), Raised> {
        if !self.hooks.write.is_unbound() {
            let bytes = self.vm.bytes(&self.out.bytes);
            self.out.bytes.clear();
            self.vm.call(self.hooks.write, &[bytes.value()])?;
        }
        Ok(())
    }

    /// Raises PicklingError.
    #[cold]
    pub fn error(&self, text: impl AsRef<str>) -> Raised {
        self.state.pickling(self.vm, text)
    }

    /// Adds to the exception what was being written. `part` follows the name of the object's class.
    #[cold]
    pub fn note(&self, raised: Raised, object: Value, part: &str) -> Raised {
        self.vm.add_note(raised, &format!("when serializing {} {part}", class_name(self.vm, object)));
        raised
    }

    /// Writes an object.
    #[inline]
    pub fn save(&mut self, object: Value) -> Result<(), Raised> {
        if self.out.frame_is_full() {
            self.out.close_frame();
            self.flush()?;
        }
        if !self.hooks.persistent_id.is_unbound() && self.persistent(object)? {
            return Ok(());
        }
        self.save_itself(object)
    }

    /// Writes an object that is not asked for its persistent id.
    fn save_itself(&mut self, object: Value) -> Result<(), Raised> {
        if let Some(int) = object.as_small() {
            self.int(int);
            return Ok(());
        }
        if object.is_float() {
            self.float(object.float_unchecked());
            return Ok(());
        }
        match object {
            Value::NONE => {
                self.out.op(NONE);
                return Ok(());
            }
            Value::TRUE | Value::FALSE => {
                self.bool(object == Value::TRUE);
                return Ok(());
            }
            _ => {}
        }
        let shape = object.shape();
        if let Some(index) = self.settings.memo.get(object) {
            return self.get(index);
        }
        // SAFETY of the casts: only objects of the class itself have its number as shape, and they have its layout.
        unsafe {
            match shape {
                STR => return self.str(object.cast_unchecked::<Str>()),
                BYTES => return self.bytes(object.cast_unchecked::<Bytes>()),
                FLOAT_SHAPE => {
                    let float = object.cast_unchecked::<Float>().float;
                    self.float(float);
                    return Ok(());
                }
                INT => return self.big_int(object.cast_unchecked()),
                _ => {}
            }
            self.vm.enter_native_for("while pickling an object")?;
            match shape {
                DICT_SHAPE => return self.dict(object.cast_unchecked::<Dict>()),
                LIST_SHAPE => return self.list(object.cast_unchecked::<List>()),
                TUPLE_SHAPE => return self.tuple(object.cast_unchecked::<Tuple>()),
                SET => return self.set(object.cast_unchecked::<Set>()),
                FROZEN_SET => return self.frozenset(object.cast_unchecked::<Set>()),
                BYTE_ARRAY => return self.bytearray(object.cast_unchecked::<ByteArray>()),
                _ => {}
            }
        }
        self.other(object)
    }

    /// Writes an object that is not of a class with an operation of its own.
    #[inline(never)]
    fn other(&mut self, object: Value) -> Result<(), Raised> {
        let vm = self.vm;
        if let Some(buffer) = vm.as_native::<PickleBuffer>(object) {
            return self.pickle_buffer(buffer);
        }
        if !self.hooks.reducer_override.is_unbound() {
            let reduced = vm.call(self.hooks.reducer_override, &[object])?;
            if reduced != Value::NOT_IMPLEMENTED {
                return self.reduced(object, reduced);
            }
        }
        let class = vm.type_of(object);
        if object.kind() == Kind::TYPE && class == vm.types[TypeId::Type] {
            return self.class(object);
        }
        if object.kind() == Kind::FUNCTION {
            return self.global(object, None);
        }
        let reduce = match self.hooks.dispatch_table.bound() {
            None => match self.state.dispatch_table.get().cast::<Dict>() {
                Some(table) => table.get(vm, class.value())?,
                None => None,
            },
            Some(table) => self.table_entry(table, class.value())?,
        };
        let reduced = if let Some(reduce) = reduce {
            vm.call(reduce, &[object])?
        } else if class.is_subclass(vm.types[TypeId::Type]) {
            return self.global(object, None);
        } else if self.plain_instance(object, class)? {
            return Ok(());
        } else {
            self.reduce(object)?
        };
        self.reduced(object, reduced)
    }

    fn table_entry(&self, table: Value, class: Value) -> Result<Option<Value>, Raised> {
        let vm = self.vm;
        if let Some(dict) = table.cast::<Dict>()
            && table.shape() == DICT_SHAPE
        {
            return dict.get(vm, class);
        }
        match vm.getitem(table, class) {
            Ok(entry) => Ok(Some(entry)),
            Err(raised) => vm.catch(raised, TypeId::KeyError).map(|_| None),
        }
    }

    /// Asks for the persistent id of an object, and writes it where there is one.
    fn persistent(&mut self, object: Value) -> Result<bool, Raised> {
        let vm = self.vm;
        let id = vm.call(self.hooks.persistent_id, &[object])?;
        if id.is_none() {
            return Ok(false);
        }
        if self.is_binary() {
            self.save_itself(id)?;
            self.out.op(BINPERSID);
        } else {
            let text = vm.to_str(id)?;
            if !text.is_ascii() {
                return Err(self.error("persistent IDs in protocol 0 must be ASCII strings"));
            }
            self.out.op(PERSID);
            self.out.write(text.as_bytes());
            self.out.write(b"\n");
        }
        Ok(true)
    }

    /// Notes that an object was written, so that later it can be referred to.
    #[inline(always)]
    pub fn memoize(&mut self, object: Value) -> Result<(), Raised> {
        if self.settings.fast.get() != 0 {
            return Ok(());
        }
        let memo = &self.settings.memo;
        let index = memo.len();
        memo.insert(self.vm, object, index as i64);
        if self.protocol() >= 4 {
            self.out.op(MEMOIZE);
            return Ok(());
        }
        self.put(index)
    }

    fn put(&mut self, index: usize) -> Result<(), Raised> {
        if !self.is_binary() {
            self.out.op(PUT);
            self.out.write(format!("{index}\n").as_bytes());
        } else if let Ok(index) = u8::try_from(index) {
            self.out.op_u8(BINPUT, index);
        } else if let Ok(index) = u32::try_from(index) {
            self.out.op_u32(LONG_BINPUT, index);
        } else {
            return Err(self.error("memo id too large, LONG_BINPUT required"));
        }
        Ok(())
    }

    /// Refers to an object that was written before.
    pub fn get(&mut self, index: i64) -> Result<(), Raised> {
        if !self.is_binary() {
            self.out.op(GET);
            self.out.write(format!("{index}\n").as_bytes());
        } else if let Ok(index) = u8::try_from(index) {
            self.out.op_u8(BINGET, index);
        } else if let Ok(index) = u32::try_from(index) {
            self.out.op_u32(LONG_BINGET, index);
        } else {
            return Err(self.error("memo id too large, LONG_BINGET required"));
        }
        Ok(())
    }

    /// Before the parts of a list, dict or instance are written. In fast mode, where nothing is remembered, it must not be met again
    /// within.
    pub fn enter(&mut self, object: Value) -> Result<(), Raised> {
        if self.settings.fast.get() == 0 {
            return Ok(());
        }
        self.nesting += 1;
        if self.nesting >= FAST_NESTING_LIMIT && !self.nested.insert(object.bits()) {
            let class = self.vm.type_of(object).qualified_name(self.vm);
            let text = format!(
                "fast mode: can't pickle cyclic objects including object type {class} at 0x{:x}",
                object.bits()
            );
            return Err(self.vm.value_error(text));
        }
        Ok(())
    }

    /// The counterpart of [`Saver::enter`].
    pub fn leave(&mut self, object: Value) {
        if self.settings.fast.get() == 0 {
            return;
        }
        if self.nesting >= FAST_NESTING_LIMIT {
            self.nested.remove(&object.bits());
        }
        self.nesting = self.nesting.saturating_sub(1);
    }

    /// Writes the parts of an object that it may lead back to.
    pub fn entered(
        &mut self,
        object: Value,
        write: impl FnOnce(&mut Self) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        self.enter(object)?;
        write(self)?;
        self.leave(object);
        Ok(())
    }

    /// An int of any size.
    fn big_int(&mut self, int: Ref<object::BigInt>) -> Result<(), Raised> {
        self.large(Int::Big(int))
    }
}
