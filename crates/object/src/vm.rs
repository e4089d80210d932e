//! The interpreter's state. Nothing is kept for the process: a process can hold several.

use crate::layout::str::Interned;
use crate::shape::Shapes;
use crate::thread::Thread;
use crate::{Code, Dict, Field, Kind, Ref, Str, Tuple, TypeId, TypeObj, ValueExt};
use base::text::Wtf8;
use heap::{Header, Heap, Value, ValueArray};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

macro_rules! names {
    ($($name:ident)*) => {
        /// Strings that the machine needs often, interned.
        #[allow(non_snake_case, missing_docs)]
        pub struct Names {
            pub empty: Ref<Str>,
            pub ascii: [Cell<Value>; 128],
            pub empty_tuple: Cell<Option<Ref<Tuple>>>,
            pub empty_bytes: Cell<Option<Ref<crate::Bytes>>>,
            $(pub $name: Ref<Str>,)*
        }

        impl Names {
            fn dangling() -> Names {
                // SAFETY: never dereferenced; replaced before anything else uses them.
                let nothing = unsafe { Ref::from_ptr(NonNull::<Str>::dangling().as_ptr()) };
                Names {
                    empty: nothing,
                    ascii: [const { Cell::new(Value::UNBOUND) }; 128],
                    empty_tuple: Cell::new(None),
                    empty_bytes: Cell::new(None),
                    $($name: nothing,)*
                }
            }

            fn new(vm: &Vm) -> Names {
                let names = Names {
                    empty: vm.intern(""),
                    ascii: [const { Cell::new(Value::UNBOUND) }; 128],
                    empty_tuple: Cell::new(None),
                    empty_bytes: Cell::new(None),
                    $($name: vm.intern(stringify!($name)),)*
                };
                for byte in 0..128u8 {
                    names.ascii[byte as usize].set(vm.intern_wtf8(Wtf8::from_str((byte as char).encode_utf8(&mut [0; 4]))).value());
                }
                names
            }

            fn trace(&self, tracer: &mut heap::Tracer) {
                tracer.value(self.empty.value());
                if let Some(tuple) = self.empty_tuple.get() {
                    tracer.value(tuple.value());
                }
                if let Some(bytes) = self.empty_bytes.get() {
                    tracer.value(bytes.value());
                }
                for char in &self.ascii {
                    tracer.value(char.get());
                }
                $(tracer.value(self.$name.value());)*
            }
        }
    };
}

names! {
    __abstractmethods__ __aenter__ __aexit__ __aiter__ __all__ __anext__ __annotate__ __annotate_func__ __annotations__ __annotations_cache__
    __await__ __bases__ __bool__ __buffer__ __build_class__ __builtins__ __bytes__ __cached__ __call__ __cause__ __ceil__ __class__ __class_getitem__
    __classcell__ __classdictcell__ __closure__ __code__ __complex__ __contains__ __context__ __copy__ __debug__ __deepcopy__ __defaults__
    __del__ __delattr__ __delete__ __delitem__ __dict__ __dir__ __doc__ __enter__ __eq__ __exit__ __file__ __firstlineno__
    __float__ __floor__ __format__ __ge__ __get__ __getattr__ __getattribute__ __getinitargs__ __getitem__ __getnewargs__
    __getnewargs_ex__ __getstate__ __gt__ __hash__ __import__ __index__ __init__ __init_subclass__ __instancecheck__ __int__
    __isabstractmethod__ __iter__ __kwdefaults__ __le__ __len__ __length_hint__ __loader__ __lt__ __main__ __match_args__
    __missing__ __module__ __mro__ __mro_entries__ __name__ __ne__ __new__ __next__ __objclass__ __origin__ __package__ __parameters__ __path__
    __prepare__ __qualname__ __reduce__ __reduce_ex__ __release_buffer__ __repr__ __reversed__ __round__ __self__ __set__
    __set_name__ __setattr__ __setitem__ __setstate__ __sizeof__ __slots__ __slotnames__ __spec__ __static_attributes__ __str__
    __subclasscheck__ __subclasshook__ __suppress_context__ __text_signature__ __trunc__ __traceback__ __type_params__
    __typing_subst__ __typing_unpacked_tuple_args__ __typing_prepare_subst__ __weakref__ __wrapped__ __args__ __unpacked__ __typing_is_unpacked_typevartuple__ __bound__ __constraints__
    _find_and_load _handle_fromlist _initializing _uninitialized_submodules
    add append args athrow big builtins close closed copy default_int_handler decode encode end errors excepthook exec_module extend fdel fget file
    filename fileno fset flush get id indexsize items key keys lineno little locals main metaclass mode mro modules msg n_fields n_sequence_fields
    n_unnamed_fields name name_from nlocals obj offset path pop print_file_and_line read readline reason register reversed
    send sep setdefault sort start stderr stdin stdout stop step strict string strerror symtable sys text throw tracebacklimit
    unraisablehook update value values warnoptions winerror write
}

/// The classes that the machine knows.
pub struct Types(UnsafeCell<[Ref<TypeObj>; TypeId::COUNT]>);

impl std::ops::Index<TypeId> for Types {
    type Output = Ref<TypeObj>;
    #[inline(always)]
    fn index(&self, id: TypeId) -> &Ref<TypeObj> {
        // SAFETY: written only while the interpreter is set up.
        unsafe { &(&*self.0.get())[id as usize] }
    }
}

impl Types {
    pub(crate) fn set(&self, id: TypeId, class: Ref<TypeObj>) {
        // SAFETY: written only while the interpreter is set up, no reference is held.
        unsafe { (&mut *self.0.get())[id as usize] = class };
    }

    /// Is the class of that number made?
    pub fn is_made(&self, id: TypeId) -> bool {
        self[id].as_ptr() != NonNull::dangling().as_ptr()
    }
}

/// What takes the items of an iteration. It tells whether it wants more.
pub type Visitor<'a> = &'a mut dyn FnMut(Value) -> Result<bool, crate::Raised>;

/// What upper crates provide to the code below them.
pub struct Hooks {
    /// Runs a code object: globals, locals mapping (or unbound: the globals), closure (or unbound).
    pub run_code: fn(&Vm, Ref<Code>, Ref<Dict>, Value, Value) -> crate::slots::R,
    /// Calls a Python function.
    pub call_function: crate::slots::CallFn,
    /// Resumes a generator: sends a value in, or throws the exception where the last argument is true. Gives
    /// the yielded value as `Ok(Ok(_))` and the returned one as `Ok(Err(_))`.
    pub resume:
        fn(&Vm, Ref<crate::layout::generator::Generator>, Value, bool) -> Result<Result<Value, Value>, crate::Raised>,
    /// Gives a generator's items to a visitor, until it asks for no more or there are none.
    pub visit: for<'a> fn(&Vm, Ref<crate::layout::generator::Generator>, Visitor<'a>) -> Result<(), crate::Raised>,
    /// Handles what waits: signals, collections, other threads' turns.
    pub safepoint: fn(&Vm) -> Result<(), crate::Raised>,
    /// Compiles source text: (source, file name, mode "exec", "eval", "single", flags, optimisation level).
    pub compile: fn(&Vm, &[u8], Value, &str, u32, i32) -> crate::slots::R,
}

fn missing_run(vm: &Vm, _: Ref<Code>, _: Ref<Dict>, _: Value, _: Value) -> crate::slots::R {
    Err(vm.system_error("no interpreter"))
}
fn missing_call(vm: &Vm, _: Value, _: crate::Args) -> crate::slots::R {
    Err(vm.system_error("no interpreter"))
}
fn missing_resume(
    vm: &Vm,
    _: Ref<crate::layout::generator::Generator>,
    _: Value,
    _: bool,
) -> Result<Result<Value, Value>, crate::Raised> {
    Err(vm.system_error("no interpreter"))
}
fn missing_visit(vm: &Vm, _: Ref<crate::layout::generator::Generator>, _: Visitor<'_>) -> Result<(), crate::Raised> {
    Err(vm.system_error("no interpreter"))
}
fn missing_compile(vm: &Vm, _: &[u8], _: Value, _: &str, _: u32, _: i32) -> crate::slots::R {
    Err(vm.system_error("no compiler"))
}

/// An entry of the cache of attribute lookups on classes.
#[derive(Clone, Copy)]
pub(crate) struct MethodCacheEntry {
    pub version: u32,
    pub name: u64,
    pub value: Value,
}

/// Entries of the method cache.
pub(crate) const METHOD_CACHE: usize = 4096;

/// Reasons to leave the fast path at the next safepoint: bits of [`Vm::breaker`].
pub mod breaker {
    /// A collection is due.
    pub const COLLECT: u32 = 1;
    /// A signal came.
    pub const SIGNAL: u32 = 2;
    /// Another thread wants its turn.
    pub const YIELD: u32 = 4;
    /// Finalisers, weak reference callbacks wait.
    pub const FINALIZE: u32 = 8;
    /// An exception for a thread waits.
    pub const ASYNC: u32 = 16;
}

/// An interpreter.
pub struct Vm {
    /// Its heap.
    pub heap: Heap,
    /// Its shapes.
    pub shapes: Shapes,
    /// Its interned strings.
    pub interned: Interned,
    /// Often used strings.
    pub names: Names,
    /// Built-in classes.
    pub types: Types,
    /// Names of special methods, by the number of [`crate::slots::S`].
    pub special_names: RefCell<Vec<Ref<Str>>>,
    /// `sys.modules`
    pub modules: Field,
    /// The namespace of `builtins`.
    pub builtins: Field,
    /// The namespace of `sys`.
    pub sys: Field,
    /// Values that native modules keep, by name: the state of modules.
    pub state: Field,
    /// What upper crates provide.
    pub hooks: Cell<&'static Hooks>,
    /// Reasons to leave the fast path at the next safepoint.
    pub breaker: AtomicU32,
    /// Settings.
    pub config: Config,
    /// Its classes.
    pub classes: crate::layout::type_object::Classes,
    /// Finalisation and weak references.
    pub weak: crate::weak::WeakTable,
    /// The interpreter's lock and its threads.
    pub lock: crate::lock::Lock,
    /// What tools want to know.
    pub instruments: crate::instrument::Instruments,
    /// The instruction that a specialised one was made of; set by the interpreter.
    pub generic_op: Cell<fn(u8) -> u8>,
    /// Tables of the native modules that can be imported.
    pub native_modules: Cell<&'static [&'static [&'static crate::ModuleDef]]>,
    thread: Cell<*const Thread>,
    dict_version: Cell<u32>,
    type_version: Cell<u32>,
    pub(crate) method_cache: Box<[Cell<MethodCacheEntry>; METHOD_CACHE]>,
    hash_keys: base::hash::HashKeys,
}

// SAFETY: threads use an interpreter only while they hold its lock, so accesses never overlap.
unsafe impl Sync for Vm {}
// SAFETY: as above.
unsafe impl Send for Vm {}

/// Settings of an interpreter, from the command line and the environment.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Config {
    pub argv: Vec<std::ffi::OsString>,
    pub orig_argv: Vec<std::ffi::OsString>,
    pub executable: String,
    pub optimize: u8,
    pub debug: bool,
    pub inspect: bool,
    pub interactive: bool,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: u8,
    pub bytes_warning: u8,
    pub quiet: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub safe_path: bool,
    pub unbuffered: bool,
    pub warn_options: Vec<String>,
    pub x_options: Vec<(String, Option<String>)>,
    pub int_max_str_digits: Cell<usize>,
    pub pycache_prefix: Option<String>,
    /// `-x`: the first line of the program is no Python.
    pub skip_first_line: bool,
    /// `--check-hash-based-pycs`: "always", "default" or "never".
    pub check_hash_pycs: &'static str,
    pub faulthandler: bool,
    pub warn_default_encoding: bool,
    pub no_debug_ranges: bool,
    /// `-X importtime`: 1, or 2 to log modules that are loaded already.
    pub import_time: u8,
    /// `-X tracemalloc`: how many frames.
    pub tracemalloc: u32,
    pub cpu_count: Option<u32>,
    pub thread_inherit_context: bool,
    pub context_aware_warnings: bool,
    pub hash_seed: Option<u64>,
    pub hash_randomization: bool,
    pub stress: heap::StressMode,
    pub poison: bool,
    pub memory_limit: Option<usize>,
    pub stack_size: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            argv: Vec::new(),
            orig_argv: Vec::new(),
            executable: String::new(),
            optimize: 0,
            debug: false,
            inspect: false,
            interactive: false,
            dont_write_bytecode: false,
            no_user_site: false,
            no_site: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            isolated: false,
            dev_mode: false,
            utf8_mode: true,
            safe_path: false,
            unbuffered: false,
            warn_options: Vec::new(),
            x_options: Vec::new(),
            int_max_str_digits: Cell::new(4300),
            pycache_prefix: None,
            skip_first_line: false,
            check_hash_pycs: "default",
            faulthandler: false,
            warn_default_encoding: false,
            no_debug_ranges: false,
            import_time: 0,
            tracemalloc: 0,
            cpu_count: None,
            thread_inherit_context: false,
            context_aware_warnings: false,
            hash_seed: None,
            hash_randomization: true,
            stress: heap::StressMode::Normal,
            poison: false,
            memory_limit: None,
            stack_size: 8 << 20,
        }
    }
}

impl Vm {
    /// An interpreter with no classes yet, for the native thread that calls. It must stay where it is.
    pub fn new(config: Config) -> Box<Vm> {
        static NO_HOOKS: Hooks = Hooks {
            run_code: missing_run,
            call_function: missing_call,
            resume: missing_resume,
            visit: missing_visit,
            safepoint: |_| Ok(()),
            compile: missing_compile,
        };
        let heap = Heap::new(heap::HeapConfig {
            stress: config.stress,
            poison: config.poison,
            memory_limit: config.memory_limit,
            ..heap::HeapConfig::default()
        });
        crate::gc::register_kinds(&heap);
        let hash_keys = match config.hash_seed {
            Some(seed) => base::hash::HashKeys::from_seed(seed as u32),
            None => random_keys(),
        };
        // SAFETY: never dereferenced, see `Types::is_made`.
        let no_type = unsafe { Ref::from_ptr(NonNull::<TypeObj>::dangling().as_ptr()) };
        let thread = Thread::new(config.stack_size);
        let mut vm = Box::new(Vm {
            heap,
            shapes: Shapes::default(),
            interned: Interned::default(),
            names: Names::dangling(),
            types: Types(UnsafeCell::new([no_type; TypeId::COUNT])),
            special_names: RefCell::default(),
            modules: Field::new(Value::UNBOUND),
            builtins: Field::new(Value::UNBOUND),
            sys: Field::new(Value::UNBOUND),
            state: Field::new(Value::UNBOUND),
            hooks: Cell::new(&NO_HOOKS),
            breaker: AtomicU32::new(0),
            config,
            classes: crate::layout::type_object::Classes::default(),
            weak: crate::weak::WeakTable::default(),
            lock: crate::lock::Lock::default(),
            instruments: crate::instrument::Instruments::default(),
            generic_op: Cell::new(|op| op),
            native_modules: Cell::new(&[]),
            thread: Cell::new(&raw const *thread),
            dict_version: Cell::new(1),
            type_version: Cell::new(1),
            // SAFETY: numbers and a value, for all of which zeros will do; no class has version 0.
            method_cache: unsafe { Box::new_zeroed().assume_init() },
            hash_keys,
        });
        vm.lock.adopt_main(thread);
        vm.names = Names::new(&vm);
        let empty_tuple = vm.tuple(&[]);
        vm.names.empty_tuple.set(Some(empty_tuple));
        let empty_bytes = vm.bytes(&[]);
        vm.names.empty_bytes.set(Some(empty_bytes));
        for special in crate::slots::SPECIALS {
            let name = vm.intern(special.name);
            name.set_special();
            vm.special_names.borrow_mut().push(name);
        }
        for field in [&vm.modules, &vm.builtins, &vm.sys, &vm.state] {
            field.init(vm.dict().value());
        }
        vm
    }

    /// The thread that runs.
    #[inline(always)]
    pub fn thread(&self) -> &Thread {
        // SAFETY: the state of the thread that holds the lock; it outlives its turn.
        unsafe { &*self.thread.get() }
    }

    pub(crate) fn set_thread(&self, thread: *const Thread) {
        self.thread.set(thread);
    }

    /// Allocates an object. Never collects. Its body is zero.
    #[inline(always)]
    pub fn alloc(&self, size: usize, kind: Kind, shape: u32) -> *mut Header {
        let object = self.heap.alloc(size, kind.0, shape);
        if object.is_null() {
            out_of_memory();
        }
        object
    }

    /// Allocates a buffer of unbound values.
    #[inline]
    pub fn alloc_values(&self, capacity: usize) -> *mut ValueArray {
        let array = self.heap.alloc_values(capacity);
        if array.is_null() {
            out_of_memory();
        }
        array
    }

    /// Allocates a buffer of zero bytes.
    #[inline]
    pub fn alloc_raw(&self, bytes: usize) -> *mut heap::RawBuffer {
        let buffer = self.heap.alloc_raw(bytes);
        if buffer.is_null() {
            out_of_memory();
        }
        buffer
    }

    /// A number for a change of a dict's keys.
    #[inline(always)]
    pub(crate) fn next_dict_version(&self) -> u32 {
        let version = self.dict_version.get().wrapping_add(1).max(1);
        self.dict_version.set(version);
        version
    }

    /// A number for a class.
    pub(crate) fn next_type_version(&self) -> u32 {
        let version = self.type_version.get() + 1;
        self.type_version.set(version);
        version
    }

    /// The hash of a text.
    #[inline]
    pub fn hash_text(&self, text: &Wtf8) -> i64 {
        if text.is_ascii() { self.hash_bytes(text.as_bytes()) } else { self.hash_units(text) }
    }

    /// CPython hashes the code points in the least of one, two or four bytes that holds them all.
    #[inline(never)]
    fn hash_units(&self, text: &Wtf8) -> i64 {
        let width = match text.chars().max().unwrap_or(0) {
            0..0x100 => 1,
            0x100..0x1_0000 => 2,
            _ => 4,
        };
        let mut units = Vec::with_capacity(text.len() * 2);
        for char in text.chars() {
            units.extend_from_slice(&char.to_le_bytes()[..width]);
        }
        self.hash_bytes(&units)
    }

    /// The hash of bytes.
    pub fn hash_bytes(&self, bytes: &[u8]) -> i64 {
        self.hash_keys.hash_bytes(bytes)
    }

    fn root_dict(&self, field: &Field) -> Ref<Dict> {
        // SAFETY: these fields always hold dicts.
        unsafe { field.get().cast_unchecked() }
    }

    /// `sys.modules`, as the machine started with it.
    pub fn modules_dict(&self) -> Ref<Dict> {
        self.root_dict(&self.modules)
    }

    /// The namespace of `builtins`.
    pub fn builtins_dict(&self) -> Ref<Dict> {
        self.root_dict(&self.builtins)
    }

    /// The namespace of `sys`.
    pub fn sys_dict(&self) -> Ref<Dict> {
        self.root_dict(&self.sys)
    }

    /// A value that a native module keeps.
    pub fn state_value(&self, name: &str) -> Option<Value> {
        self.root_dict(&self.state).get_str(self, self.intern(name))
    }

    /// Keeps a value for a native module.
    pub fn set_state(&self, name: &str, value: Value) {
        self.root_dict(&self.state).insert_str(self, self.intern(name), value);
    }

    /// A function of the running Python's `sys`.
    pub fn sys_attr(&self, name: &str) -> Option<Value> {
        self.sys_dict().get_str(self, self.intern(name))
    }

    pub(crate) fn trace_roots(&self, tracer: &mut heap::Tracer) {
        self.names.trace(tracer);
        self.instruments.trace(tracer);
        for name in self.special_names.borrow().iter() {
            tracer.value(name.value());
        }
        for field in [&self.modules, &self.builtins, &self.sys, &self.state] {
            field.trace(tracer);
        }
        for &id in TypeId::ALL {
            if self.types.is_made(id) {
                tracer.value(self.types[id].value());
            }
        }
        self.shapes.trace_keys(tracer);
    }
}

/// The heap is exhausted: unwinds to the entry of the interpreter, which raises MemoryError.
#[cold]
#[inline(never)]
fn out_of_memory() -> ! {
    std::panic::panic_any(OutOfMemory)
}

/// What unwinds when memory is exhausted.
#[derive(Debug)]
pub struct OutOfMemory;

fn random_keys() -> base::hash::HashKeys {
    let mut bytes = [0u8; 16];
    // SAFETY: the buffer is 16 bytes long.
    unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), 16, 0) };
    base::hash::HashKeys::from_bytes(bytes)
}
