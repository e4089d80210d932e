//! Code objects: a code unit with its constants as values, and its inline caches.

use crate::instrument::{CodeMonitor, Place, Registry};
use crate::{Field, Kind, Layout, Ref, Str, Tuple, TypeId, Vm};
use bytecode::{CodeFlags, CodeUnit, Const, Instr, LazyUnit, LocalKind, PackedUnit};
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
    start: Cell<*mut Instr>,
    caches: Cell<*const CacheSite>,
    registers: Cell<u16>,
    variables: Cell<u16>,
    params: Cell<u16>,
    simple: Cell<bool>,
    flags: Cell<u32>,
    /// Null while the code is packed.
    data: Cell<*mut CodeData>,
    /// Where it is packed; null where it never was.
    packed: *mut Packed,
}

/// Code that nobody ran yet: it is decoded when something of it is needed that the object does not hold itself.
struct Packed {
    unit: LazyUnit,
    vm: *const Vm,
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
        if self.data.get().is_null() {
            self.unpack();
        }
        // SAFETY: set now, freed when the object is swept.
        unsafe { &*self.data.get() }
    }

    #[cold]
    #[inline(never)]
    fn unpack(&self) {
        // SAFETY: code without data is packed; the interpreter that made it outlives it. The object is one of the heap.
        let (packed, vm, code) = unsafe { (&*self.packed, &*(*self.packed).vm, Ref::from_ptr(self as *const Code)) };
        match packed.unit.decode() {
            Ok(unit) => vm.fill_code(code, unit),
            Err(error) => unreachable!("the packed library was verified when it was packed: {error}"),
        }
    }

    /// Number of registers. This and the three below are without meaning while the code is packed; that of a running
    /// frame is not.
    #[inline(always)]
    pub fn registers(&self) -> u16 {
        self.registers.get()
    }

    /// Number of variables: the registers below are named.
    #[inline(always)]
    pub fn variables(&self) -> u16 {
        self.variables.get()
    }

    /// Number of parameters, `*args` and `**kwargs` included: they are the first variables.
    #[inline(always)]
    pub fn params(&self) -> u16 {
        self.params.get()
    }

    /// Can a frame be made of as many positional arguments as there are parameters, and start at once?
    #[inline(always)]
    pub fn simple(&self) -> bool {
        self.simple.get()
    }

    /// The unit it was made from, without instructions, constants and names.
    #[inline(always)]
    pub fn unit(&self) -> &CodeUnit {
        &self.data().unit
    }

    /// The address of the first instruction.
    #[inline(always)]
    pub fn start(&self) -> *mut Instr {
        self.start.get()
    }

    /// The address of the first inline cache.
    #[inline(always)]
    pub fn caches(&self) -> *const CacheSite {
        self.caches.get()
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
        let offset = (at as usize).wrapping_sub(self.start() as usize) / size_of::<Instr>();
        if offset < self.original().len() {
            return Place::At(offset);
        }
        let copy = self.data().monitor.get().and_then(|monitor| monitor.place_in_copies(at));
        copy.unwrap_or(Place::At(0))
    }

    /// Flags.
    #[inline(always)]
    pub fn flags(&self) -> CodeFlags {
        CodeFlags(self.flags.get())
    }

    /// The constants.
    #[inline]
    pub fn consts(&self) -> &[Value] {
        self.data();
        self.running_consts()
    }

    /// The constants of a frame that runs.
    #[inline(always)]
    pub fn running_consts(&self) -> &[Value] {
        debug_assert!(!self.data.get().is_null());
        // SAFETY: the field holds a value array.
        unsafe { heap::ValueArray::as_slice(self.consts.get().object_unchecked().cast()) }
    }

    /// The names.
    #[inline]
    pub fn names(&self) -> &[Value] {
        self.data();
        self.running_names()
    }

    #[inline(always)]
    fn running_names(&self) -> &[Value] {
        // SAFETY: the field holds a value array.
        unsafe { heap::ValueArray::as_slice(self.names.get().object_unchecked().cast()) }
    }

    /// A name of a frame that runs.
    #[inline(always)]
    pub fn name_at(&self, index: usize) -> Ref<Str> {
        // SAFETY: the verifier compared the index; names are strings.
        unsafe { Ref::from_ptr(self.running_names().get_unchecked(index).object_unchecked().cast()) }
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
        self.data();
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
        let code = &*object.cast::<Code>();
        let data = code.data.get();
        if !data.is_null() {
            std::mem::drop(Box::from_raw(data));
        }
        if !code.packed.is_null() {
            std::mem::drop(Box::from_raw(code.packed));
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
    pub fn code_with_filename(&self, unit: CodeUnit, filename: Value) -> Ref<Code> {
        self.code_packed(PackedUnit { unit, names: Vec::new(), nested: Vec::new() }, filename)
    }

    /// The same of a unit whose nested units are packed.
    pub fn code_packed(&self, unit: PackedUnit, filename: Value) -> Ref<Code> {
        let code = self.alloc_code(&unit.unit.name, &unit.unit.qualname, unit.unit.flags, filename, None);
        self.fill_code(code, unit);
        code
    }

    fn alloc_code(
        &self,
        name: &str,
        qualname: &str,
        flags: CodeFlags,
        filename: Value,
        packed: Option<LazyUnit>,
    ) -> Ref<Code> {
        let (name, qualname) = (self.intern(name), self.intern(qualname));
        let object = self.alloc(size_of::<Code>(), Kind::CODE, TypeId::Code as u32).cast::<Code>();
        // SAFETY: a fresh object, which is zero.
        unsafe {
            (*object).name.init(name.value());
            (*object).qualname.init(qualname.value());
            (*object).filename.init(filename);
            for field in [&(*object).consts, &(*object).names, &(*object).locals] {
                field.init(Value::UNBOUND);
            }
            (*object).flags.set(flags.0);
            let packed = packed.map(|unit| Box::into_raw(Box::new(Packed { unit, vm: self })));
            (*object).packed = packed.unwrap_or(std::ptr::null_mut());
            Ref::from_ptr(object)
        }
    }

    /// Gives a code object what its unit says.
    fn fill_code(&self, code: Ref<Code>, PackedUnit { mut unit, names: packed_names, nested }: PackedUnit) {
        if self.config.no_debug_ranges {
            unit.lines = unit.lines.without_columns();
        }
        let filename = code.filename.get();
        let consts = std::mem::take(&mut unit.consts);
        let names = std::mem::take(&mut unit.names);
        let instrs = unit.code.clone().into_boxed_slice();
        let const_array = self.alloc_values(consts.len());
        let name_array = self.alloc_values(names.len() + packed_names.len());
        let locals = self.list_with_capacity(unit.locals.len());
        // SAFETY: the arrays have that many values.
        unsafe {
            for (index, constant) in consts.into_iter().enumerate() {
                let value = self.const_value(constant, filename);
                *heap::ValueArray::data(const_array).add(index) = value;
                self.heap.barrier(const_array.cast(), value);
            }
            // A unit has names of its own, or they lie in the packed library.
            for (index, name) in names.iter().map(|name| &**name).chain(packed_names).enumerate() {
                let value = self.intern(name).value();
                *heap::ValueArray::data(name_array).add(index) = value;
                self.heap.barrier(name_array.cast(), value);
            }
        }
        for (index, nested) in nested {
            let bytecode::NestedUnit { name, qualname, flags, unit } = nested;
            let value = self.alloc_code(name, qualname, flags, filename, Some(unit)).value();
            // SAFETY: the array has a value for each constant.
            unsafe { *heap::ValueArray::data(const_array).add(index) = value };
            self.heap.barrier(const_array.cast(), value);
        }
        for name in &unit.locals {
            locals.push(self, self.intern(name).value());
        }
        let locals = self.tuple(locals.items());
        let flags = unit.flags.0;
        let star = (flags & CodeFlags::VARARGS != 0) as u32 + (flags & CodeFlags::VARKEYWORDS != 0) as u32;
        let simple = flags & (CodeFlags::VARARGS | CodeFlags::VARKEYWORDS) == 0
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
        code.consts.set(self, code, Value::object(const_array.cast()));
        code.names.set(self, code, Value::object(name_array.cast()));
        code.locals.set(self, code, locals.value());
        let data = Box::into_raw(Box::new(data));
        // SAFETY: the box was made just now. The instructions are only rewritten in place.
        unsafe {
            code.start.set((*(*data).instrs.get()).as_mut_ptr());
            code.caches.set((*data).caches.as_ptr());
            code.registers.set((*data).unit.registers);
            code.variables.set((*data).unit.locals.len() as u16);
            code.params.set(params as u16);
            code.simple.set(simple);
            code.data.set(data);
            (*data).registry.add(&*data);
            if self.instruments.union() != 0 {
                (*data).mark_entries();
            }
        }
    }
}
