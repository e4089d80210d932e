//! Code objects: a code unit with its constants as values, and its inline caches.

use crate::instrument::{CodeMonitor, Place, Registry};
use crate::{Field, Kind, Layout, Ref, Str, Tuple, TypeId, Vm};
use bytecode::{CodeFlags, CodeUnit, Const, Instr, LocalKind};
use heap::{Header, Tracer, Value};
use std::cell::{Cell, UnsafeCell};
use std::rc::Rc;

/// An inline cache: what an instruction saw. Values in it are not traced: they are guarded by shape and version, and
/// belong to what those stand for.
#[derive(Default)]
#[repr(C)]
pub struct CacheSite {
    /// The shape of the object; 0 for an empty cache.
    pub shape: Cell<u32>,
    /// The version of a class or of a dict's keys.
    pub version: Cell<u32>,
    /// What was found: a value's bits, or a position.
    pub data: Cell<u64>,
    /// More of it.
    pub extra: Cell<u32>,
    /// What kind of thing was found: the interpreter's own numbers.
    pub found: Cell<u32>,
    /// The class of the shape: a pointer that is valid whenever an object of that shape is seen.
    pub class: Cell<u64>,
    /// Caches for further shapes, where an instruction saw more than one.
    pub more: std::cell::OnceCell<Box<[CacheSite; 3]>>,
}

/// A code object.
#[repr(C)]
pub struct Code {
    header: Header,
    /// `co_name`
    pub name: Field,
    /// `co_qualname`
    pub qualname: Field,
    /// `co_filename`
    pub filename: Field,
    consts: Field,
    names: Field,
    /// Names of the registers that hold variables, a tuple.
    locals: Field,
    start: *mut Instr,
    caches: *const CacheSite,
    /// Number of registers.
    pub registers: u16,
    /// Number of variables: the registers below are named.
    pub variables: u16,
    /// Number of parameters, `*args` and `**kwargs` included: they are the first variables.
    pub params: u16,
    /// Can a frame be made of as many positional arguments as there are parameters, and start at once?
    pub simple: bool,
    data: *mut CodeData,
}

/// The part of a code object outside the collected heap.
pub struct CodeData {
    /// The unit: its names and constants are moved to the heap. Its `code` stays as the compiler made it.
    pub unit: CodeUnit,
    liveness: std::cell::OnceCell<bytecode::Liveness>,
    /// Instructions, which the interpreter rewrites to specialised ones.
    pub instrs: UnsafeCell<Box<[Instr]>>,
    /// Inline caches.
    pub caches: Box<[CacheSite]>,
    /// Identifies the code object among all of the process; for tables beside it.
    pub id: u64,
    /// What tools want to know of it, once one did.
    pub(crate) monitor: std::cell::OnceCell<Box<CodeMonitor>>,
    /// Its place among all code objects.
    pub(crate) number: Cell<usize>,
    registry: Rc<Registry>,
}

impl Drop for CodeData {
    fn drop(&mut self) {
        self.registry.remove(self);
    }
}

// SAFETY: repr(C), starts with a Header; only `Vm::code` makes objects of this kind.
unsafe impl Layout for Code {
    const KIND: Kind = Kind::CODE;
}

impl CodeData {
    /// Which temporaries are live where; worked out when a collection first asks.
    pub fn liveness(&self) -> &bytecode::Liveness {
        self.liveness.get_or_init(|| bytecode::Liveness::new(&self.unit))
    }
}

impl Code {
    /// The part outside the collected heap.
    #[inline(always)]
    pub fn data(&self) -> &CodeData {
        // SAFETY: set at creation, freed when the object is swept.
        unsafe { &*self.data }
    }

    /// The unit it was made from, without instructions, constants and names.
    #[inline(always)]
    pub fn unit(&self) -> &CodeUnit {
        &self.data().unit
    }

    /// The address of the first instruction.
    #[inline(always)]
    pub fn start(&self) -> *mut Instr {
        self.start
    }

    /// The address of the first inline cache.
    #[inline(always)]
    pub fn caches(&self) -> *const CacheSite {
        self.caches
    }

    /// The instructions with specialised ones as they are.
    pub fn instrs(&self) -> &[Instr] {
        // SAFETY: as above.
        unsafe { &*self.data().instrs.get() }
    }

    /// The offset of an instruction, as programs see it: two for each, behind two that stand for the start of a call.
    pub const fn offset(index: usize) -> i64 {
        index as i64 * 2 + 2
    }

    /// The line at the start of a call: that of the definition.
    pub fn entry_line(&self) -> u32 {
        if &*self.unit().name == "<module>" { 0 } else { self.unit().first_line }
    }

    /// The instructions as the compiler made them.
    pub fn original(&self) -> &[Instr] {
        &self.unit().code
    }

    /// The place of an address in the instructions or in the copies that instrumented code runs.
    pub fn place(&self, at: *const Instr) -> Place {
        let offset = (at as usize).wrapping_sub(self.start as usize) / size_of::<Instr>();
        if offset < self.original().len() {
            return Place::At(offset);
        }
        let copy = self.data().monitor.get().and_then(|monitor| monitor.place_in_copies(at));
        copy.unwrap_or(Place::At(0))
    }

    /// Flags.
    #[inline(always)]
    pub fn flags(&self) -> CodeFlags {
        self.data().unit.flags
    }

    /// The constants.
    #[inline(always)]
    pub fn consts(&self) -> &[Value] {
        // SAFETY: the field holds a value array.
        unsafe { heap::ValueArray::as_slice(self.consts.get().object_unchecked().cast()) }
    }

    /// The names.
    #[inline(always)]
    pub fn names(&self) -> &[Value] {
        // SAFETY: the field holds a value array.
        unsafe { heap::ValueArray::as_slice(self.names.get().object_unchecked().cast()) }
    }

    /// A name.
    #[inline(always)]
    pub fn name_at(&self, index: usize) -> Ref<Str> {
        // SAFETY: the verifier compared the index; names are strings.
        unsafe { Ref::from_ptr(self.names().get_unchecked(index).object_unchecked().cast()) }
    }

    /// The line of an instruction; that of the nearest instruction before where it has none. 0 if there is none at all.
    pub fn line_at(&self, index: usize) -> u32 {
        let lines = &self.unit().lines;
        let (mut at, mut line) = (0, 0);
        for (count, position) in lines.runs() {
            if position.line != 0 {
                line = position.line;
            }
            at += count;
            if index < at {
                break;
            }
        }
        line
    }

    /// The names of the variables.
    pub fn locals(&self) -> Ref<Tuple> {
        // SAFETY: the field holds a tuple.
        unsafe { Ref::from_ptr(self.locals.get().object_unchecked().cast()) }
    }

    /// The docstring, or None.
    pub fn docstring(&self) -> Value {
        if self.flags().has(CodeFlags::HAS_DOCSTRING) {
            self.consts().first().copied().unwrap_or(Value::NONE)
        } else {
            Value::NONE
        }
    }

    /// The kind of a variable.
    pub fn local_kind(&self, register: usize) -> LocalKind {
        self.unit().local_kinds.get(register).copied().unwrap_or(LocalKind::Local)
    }
}

impl Ref<Code> {
    /// Replaces a constant, of a code object that has not run yet.
    pub fn set_const(self, vm: &Vm, index: usize, value: Value) {
        assert!(index < self.consts().len());
        let array = self.consts.get().object_unchecked().cast::<heap::ValueArray>();
        // SAFETY: the index was compared.
        unsafe { *heap::ValueArray::data(array).add(index) = value };
        vm.heap.barrier(array.cast(), value);
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    let code = unsafe { &*object.cast::<Code>() };
    for field in [&code.name, &code.qualname, &code.filename, &code.consts, &code.names, &code.locals] {
        field.trace(tracer);
    }
}

pub(crate) unsafe fn drop(object: *mut Header) {
    unsafe {
        let data = (*object.cast::<Code>()).data;
        if !data.is_null() {
            std::mem::drop(Box::from_raw(data));
        }
    }
}

impl Vm {
    /// The value of a constant.
    pub fn const_value(&self, constant: Const, filename: Value) -> Value {
        match constant {
            Const::None => Value::NONE,
            Const::Bool(value) => Value::bool(value),
            Const::Ellipsis => Value::ELLIPSIS,
            Const::Int(int) => self.int(int),
            Const::BigInt { negative, magnitude } => {
                let big = dashu_int::IBig::from(dashu_int::UBig::from_le_bytes(&magnitude));
                self.big(if negative { -big } else { big })
            }
            Const::Float(float) => self.float(float),
            Const::Complex(re, im) => self.complex(re, im),
            Const::Str(bytes) => {
                // SAFETY: the compiler and the decoder of code units only make generalised UTF-8.
                let text = unsafe { base::text::Wtf8::from_bytes_unchecked(&bytes) };
                let identifier = bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
                if identifier { self.intern_wtf8(text).value() } else { self.str_wtf8(text).value() }
            }
            Const::Bytes(bytes) => self.bytes(&bytes).value(),
            Const::Tuple(items) => {
                let list = self.list_with_capacity(items.len());
                for item in items {
                    list.push(self, self.const_value(item, filename));
                }
                self.tuple(list.items()).value()
            }
            Const::FrozenSet(items) => {
                let set = self.frozenset();
                for item in items {
                    let item = self.const_value(item, filename);
                    // Constants hash and compare without Python code.
                    let _ = set.add(self, item);
                }
                set.value()
            }
            Const::Slice(parts) => {
                let [start, stop, step] = parts.map(|part| self.const_value(part, filename));
                self.slice(start, stop, step).value()
            }
            Const::Code(unit) => self.code_with_filename(*unit, filename).value(),
        }
    }

    /// A code object. The unit must have passed the verifier.
    pub fn code(&self, unit: CodeUnit) -> Ref<Code> {
        let filename = self.str(&unit.filename).value();
        self.code_with_filename(unit, filename)
    }

    /// A code object whose file name (and that of nested code objects) is given.
    pub fn code_with_filename(&self, mut unit: CodeUnit, filename: Value) -> Ref<Code> {
        let consts = std::mem::take(&mut unit.consts);
        let names = std::mem::take(&mut unit.names);
        let instrs = unit.code.clone().into_boxed_slice();
        let const_array = self.alloc_values(consts.len());
        let name_array = self.alloc_values(names.len());
        let locals = self.list_with_capacity(unit.locals.len());
        // SAFETY: the arrays have that many values.
        unsafe {
            for (index, constant) in consts.into_iter().enumerate() {
                let value = self.const_value(constant, filename);
                *heap::ValueArray::data(const_array).add(index) = value;
                self.heap.barrier(const_array.cast(), value);
            }
            for (index, name) in names.iter().enumerate() {
                let value = self.intern(name).value();
                *heap::ValueArray::data(name_array).add(index) = value;
                self.heap.barrier(name_array.cast(), value);
            }
        }
        for name in &unit.locals {
            locals.push(self, self.intern(name).value());
        }
        let locals = self.tuple(locals.items());
        let name = self.intern(&unit.name);
        let qualname = self.intern(&unit.qualname);
        let flags = unit.flags.0;
        let star = (flags & CodeFlags::VARARGS != 0) as u32 + (flags & CodeFlags::VARKEYWORDS != 0) as u32;
        let simple = flags
            & (CodeFlags::VARARGS
                | CodeFlags::VARKEYWORDS
                | CodeFlags::GENERATOR
                | CodeFlags::COROUTINE
                | CodeFlags::ASYNC_GENERATOR)
            == 0
            && flags & CodeFlags::OPTIMIZED != 0
            && unit.kwonlyargcount == 0;
        let params = unit.argcount + unit.kwonlyargcount + star;
        static NEXT_ID: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let data = CodeData {
            caches: (0..unit.cache_sites).map(|_| CacheSite::default()).collect(),
            instrs: UnsafeCell::new(instrs),
            liveness: std::cell::OnceCell::new(),
            id: NEXT_ID.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            monitor: std::cell::OnceCell::new(),
            number: Cell::new(0),
            registry: self.instruments.registry().clone(),
            unit,
        };
        let object = self.alloc(size_of::<Code>(), Kind::CODE, TypeId::Code as u32).cast::<Code>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).name.init(name.value());
            (*object).qualname.init(qualname.value());
            (*object).filename.init(filename);
            (*object).consts.init(Value::object(const_array.cast()));
            (*object).names.init(Value::object(name_array.cast()));
            (*object).locals.init(locals.value());
            let data = Box::into_raw(Box::new(data));
            // The instructions are only rewritten in place.
            (*object).start = (*(*data).instrs.get()).as_mut_ptr();
            (*object).caches = (*data).caches.as_ptr();
            (*object).registers = (*data).unit.registers as u16;
            (*object).variables = (*data).unit.locals.len() as u16;
            (*object).params = params as u16;
            (*object).simple = simple;
            (*object).data = data;
            (*data).registry.add(&*data);
            if self.instruments.union() != 0 {
                (*data).mark_entries();
            }
            Ref::from_ptr(object)
        }
    }
}
