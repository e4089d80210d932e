//! `_lsprof`: the measuring half of `cProfile`, a tool of `sys.monitoring`.

mod accounts;

use crate::support::{class_arg, data};
use crate::sys_::monitoring;
use object::traced;
use accounts::{Accounts, Key, Row};
use object::instrument::event;
use object::slots::R;
use object::{
    Args, Code, Field, Kind, List, ModuleDef, Native, NativeFunction, Raised, Ref, TypeDef, TypeId, Value, ValueExt,
    Vm, native_ref, natives, structseq, type_flags,
};
use std::cell::{Cell, RefCell};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_lsprof",
    doc: "Fast profiler",
    functions: &[],
    exec: |vm, module| {
        vm.add_type(module, &PROFILER);
        ENTRY.add(vm, module, ENTRY_STATE);
        SUBENTRY.add(vm, module, SUBENTRY_STATE);
        Ok(())
    },
};

const ENTRY_STATE: &str = "_lsprof.profiler_entry";
const SUBENTRY_STATE: &str = "_lsprof.profiler_subentry";

structseq! { static ENTRY: "_lsprof" "profiler_entry" "", 6, {
    "code" "code object or built-in function name";
    "callcount" "how many times this was called";
    "reccallcount" "how many times called recursively";
    "totaltime" "total time in this entry";
    "inlinetime" "inline time in this entry (not in subcalls)";
    "calls" "details of the calls";
}}

structseq! { static SUBENTRY: "_lsprof" "profiler_subentry" "", 5, {
    "code" "called code object or built-in function name";
    "callcount" "how many times this is called";
    "reccallcount" "how many times this is called recursively";
    "totaltime" "total time spent in this call";
    "inlinetime" "inline time (not in further subcalls)";
}}

/// A profiler.
struct Profiler {
    accounts: RefCell<Accounts>,
    /// What the accounts are of: code objects, or texts that name functions of native code.
    subjects: Field,
    /// The clock that the program gave, or None.
    timer: Field,
    /// Seconds of a tick of that clock; 0 where it tells seconds.
    unit: Cell<f64>,
    enabled: Cell<bool>,
    subcalls: Cell<bool>,
    builtins: Cell<bool>,
    /// Is the program's clock being asked?
    asking: Cell<bool>,
    /// What the machine's clock counts from.
    origin: std::time::Instant,
}

traced! { Profiler { subjects, timer } }

static PROFILER: TypeDef = TypeDef {
    name: "Profiler",
    module: "_lsprof",
    flags: type_flags::BASETYPE,
    doc: "Build a profiler object using the specified timer function.\n\nThe default timer is a fast built-in one based \
          on real time.\nFor custom timer functions returning integers, 'timeunit' can\nbe a float specifying a scale \
          (that is, how long each integer unit\nis, in seconds).",
    methods: &[METHODS],
    new: Some(native_ref!("Profiler(...)" -> new)),
    init: Some(native_ref!("Profiler($self, /, timer=None, timeunit=0.0, subcalls=True, builtins=True)" => init)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// list of profiler_entry objects.
    ///
    /// getstats() -> list of profiler_entry objects
    ///
    /// Return all information collected by the profiler.
    /// Each profiler_entry is a tuple-like object with the
    /// following attributes:
    ///
    ///     code          code object
    ///     callcount     how many times this was called
    ///     reccallcount  how many times called recursively
    ///     totaltime     total time in this entry
    ///     inlinetime    inline time in this entry (not in subcalls)
    ///     calls         details of the calls
    ///
    /// The calls attribute is either None or a list of
    /// profiler_subentry objects:
    ///
    ///     code          called code object
    ///     callcount     how many times this is called
    ///     reccallcount  how many times this is called recursively
    ///     totaltime     total time spent in this call
    ///     inlinetime    inline time (not in further subcalls)
    "getstats($self, /)" => getstats;
    /// Start collecting profiling information.
    ///
    ///   subcalls
    ///     If True, also records for each function
    ///     statistics separated according to its current caller.
    ///   builtins
    ///     If True, records the time spent in
    ///     built-in functions separately from their caller.
    "enable($self, /, subcalls=True, builtins=True)" => enable;
    /// Stop collecting profiling information.
    "disable($self, /)" => disable;
    /// Clear all profiling information collected so far.
    "clear($self, /)" => clear;
    "_pystart_callback($self, code, instruction_offset, /)" => py_start;
    "_pythrow_callback($self, code, instruction_offset, exception, /)" => py_throw;
    "_pyreturn_callback($self, code, instruction_offset, retval, /)" => py_return;
    "_ccall_callback($self, code, instruction_offset, callable, self_arg, /)" => c_call;
    "_creturn_callback($self, code, instruction_offset, callable, self_arg, /)" => c_return;
}}

/// The events that the profiler is told, and the methods that are called.
const CALLBACKS: [(u32, &str); 9] = [
    (event::PY_START, "_pystart_callback"),
    (event::PY_RESUME, "_pystart_callback"),
    (event::PY_THROW, "_pythrow_callback"),
    (event::PY_RETURN, "_pyreturn_callback"),
    (event::PY_YIELD, "_pyreturn_callback"),
    (event::PY_UNWIND, "_pyreturn_callback"),
    (event::CALL, "_ccall_callback"),
    (event::C_RETURN, "_creturn_callback"),
    (event::C_RAISE, "_creturn_callback"),
];

fn new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    let profiler = Profiler {
        accounts: RefCell::default(),
        subjects: Field::new(vm.list(&[]).value()),
        timer: Field::new(Value::NONE),
        unit: Cell::new(0.0),
        enabled: Cell::new(false),
        subcalls: Cell::new(true),
        builtins: Cell::new(true),
        asking: Cell::new(false),
        origin: std::time::Instant::now(),
    };
    Ok(vm.native(class, profiler).value())
}

fn init(vm: &Vm, [this, timer, unit, subcalls, builtins]: &[Value; 5]) -> R {
    let profiler = data::<Profiler>(vm, *this)?;
    let unit = vm.to_float(*unit)?;
    let (subcalls, builtins) = (vm.truthy(*subcalls)?, vm.truthy(*builtins)?);
    profiler.timer.set(vm, profiler, *timer);
    profiler.unit.set(unit);
    profiler.subcalls.set(subcalls);
    profiler.builtins.set(builtins);
    Ok(Value::NONE)
}

type This = Ref<Native<Profiler>>;

/// The time: nanoseconds, or ticks of the program's clock.
fn now(vm: &Vm, this: This) -> i64 {
    let timer = this.timer.get();
    if timer.is_none() {
        return this.origin.elapsed().as_nanos() as i64;
    }
    this.asking.set(true);
    let result = vm.call(timer, &[]).and_then(|time| match this.unit.get() > 0.0 {
        true => vm.index_i64(time),
        false => vm.to_float(time).map(|seconds| (seconds * 1e9).floor() as i64),
    });
    this.asking.set(false);
    result.unwrap_or_else(|raised| {
        let text = match vm.repr(timer) {
            Ok(repr) => format!("Exception ignored while calling _lsprof timer {}", repr.to_string_lossy()),
            Err(another) => {
                vm.take_exception(another);
                "Exception ignored while calling _lsprof timer".to_owned()
            }
        };
        vm.report_unraisable(raised, &text, Value::NONE);
        0
    })
}

fn check_not_asking(vm: &Vm, this: This, what: &str) -> Result<(), Raised> {
    if this.asking.get() {
        return Err(vm.runtime_error(format!("cannot {what} profiler in external timer")));
    }
    Ok(())
}

/// The account of something that is called.
fn account(vm: &Vm, this: This, key: Key, subject: impl FnOnce() -> R) -> Result<usize, Raised> {
    if let Some(known) = this.accounts.borrow().find(key) {
        return Ok(known);
    }
    let subject = subject()?;
    if let Some(subjects) = this.subjects.get().cast::<List>() {
        subjects.push(vm, subject);
    }
    Ok(this.accounts.borrow_mut().open(key))
}

fn enter(vm: &Vm, this: This, account: usize) {
    let subcalls = this.subcalls.get();
    this.accounts.borrow_mut().enter(account, subcalls);
    let start = now(vm, this);
    this.accounts.borrow_mut().started(start);
}

fn leave(vm: &Vm, this: This, key: Key) {
    let known = this.accounts.borrow().find(key);
    if !this.accounts.borrow().is_inside() {
        return;
    }
    match known {
        Some(_) => {
            let end = now(vm, this);
            this.accounts.borrow_mut().leave(end);
        }
        None => this.accounts.borrow_mut().drop_call(),
    }
}

fn key_of_code(code: Value) -> Option<Key> {
    code.cast::<Code>().map(|code| Key::Code(code.data().id))
}

fn py_start(vm: &Vm, [this, code, _]: &[Value; 3]) -> R {
    enter_code(vm, *this, *code)
}

fn py_throw(vm: &Vm, [this, code, _, _]: &[Value; 4]) -> R {
    enter_code(vm, *this, *code)
}

fn enter_code(vm: &Vm, this: Value, code: Value) -> R {
    let this = data::<Profiler>(vm, this)?;
    if let Some(key) = key_of_code(code) {
        let account = account(vm, this, key, || Ok(code))?;
        enter(vm, this, account);
    }
    Ok(Value::NONE)
}

fn py_return(vm: &Vm, [this, code, _, _]: &[Value; 4]) -> R {
    let this = data::<Profiler>(vm, *this)?;
    if let Some(key) = key_of_code(*code) {
        leave(vm, this, key);
    }
    Ok(Value::NONE)
}

/// The builtin function that is called, bound to what it is a method of.
fn native_function(vm: &Vm, callable: Value, argument: Value) -> Result<Option<Ref<NativeFunction>>, Raised> {
    if callable.shape() == TypeId::BuiltinFunction as u32 {
        return Ok(callable.cast());
    }
    if callable.shape() == TypeId::MethodDescriptor as u32 && argument != vm.instruments.missing.get() {
        return Ok(vm.bind_attr(callable, argument, vm.type_of(argument))?.cast());
    }
    Ok(None)
}

fn key_of_native(function: Ref<NativeFunction>) -> Key {
    Key::Native(function.def as *const object::native::NativeDef as usize)
}

fn c_call(vm: &Vm, [this, _, _, callable, argument]: &[Value; 5]) -> R {
    let this = data::<Profiler>(vm, *this)?;
    if this.builtins.get()
        && let Some(function) = native_function(vm, *callable, *argument)?
    {
        let account = account(vm, this, key_of_native(function), || describe(vm, function))?;
        enter(vm, this, account);
    }
    Ok(Value::NONE)
}

fn c_return(vm: &Vm, [this, _, _, callable, argument]: &[Value; 5]) -> R {
    let this = data::<Profiler>(vm, *this)?;
    if this.builtins.get()
        && let Some(function) = native_function(vm, *callable, *argument)?
    {
        leave(vm, this, key_of_native(function));
    }
    Ok(Value::NONE)
}

/// The text that stands for a function of native code.
fn describe(vm: &Vm, function: Ref<NativeFunction>) -> R {
    let name = vm.getattr(function.value(), vm.names.__name__)?;
    let this = function.this.get();
    if !this.is_unbound()
        && this.kind() != Kind::MODULE
        && let Some(name) = vm.as_str(name)
        && let Some(found) = vm.lookup(vm.type_of(this), vm.intern_wtf8(name.text()))
    {
        return vm.repr(found).map(Ref::value);
    }
    let text = |value: Value| vm.as_str(value).map(|text| text.to_string_lossy());
    let module = vm.getattr_opt(function.value(), vm.names.__module__)?.and_then(text);
    let name = text(name).unwrap_or_default();
    let shown = match module {
        Some(module) => format!("<built-in method {module}.{name}>"),
        None => format!("<built-in method {name}>"),
    };
    Ok(vm.str(&shown).value())
}

fn enable(vm: &Vm, [this, subcalls, builtins]: &[Value; 3]) -> R {
    let profiler = data::<Profiler>(vm, *this)?;
    let (subcalls, builtins) = (vm.truthy(*subcalls)?, vm.truthy(*builtins)?);
    if profiler.enabled.get() {
        // It goes on as it is, with other settings.
        profiler.subcalls.set(subcalls);
        profiler.builtins.set(builtins);
        return Ok(Value::NONE);
    }
    monitoring::use_tool(vm, monitoring::PROFILER_ID, vm.str("cProfile").value())?;
    profiler.subcalls.set(subcalls);
    profiler.builtins.set(builtins);
    let mut events = 0;
    for (number, method) in CALLBACKS {
        let callback = vm.getattr(*this, vm.intern(method))?;
        vm.instruments.set_callback(vm, monitoring::PROFILER_ID, number, callback);
        if number < event::GROUPED {
            events |= 1 << number;
        }
    }
    profiler.enabled.set(true);
    vm.set_tool_events(monitoring::PROFILER_ID, events);
    Ok(Value::NONE)
}

fn disable(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = data::<Profiler>(vm, *this)?;
    check_not_asking(vm, this, "disable")?;
    if this.enabled.replace(false) {
        monitoring::free_tool(vm, monitoring::PROFILER_ID)?;
        while this.accounts.borrow().is_inside() {
            let end = now(vm, this);
            this.accounts.borrow_mut().leave(end);
        }
    }
    Ok(Value::NONE)
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = data::<Profiler>(vm, *this)?;
    check_not_asking(vm, this, "clear")?;
    *this.accounts.borrow_mut() = Accounts::default();
    this.subjects.set(vm, this, vm.list(&[]).value());
    Ok(Value::NONE)
}

fn getstats(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = data::<Profiler>(vm, *this)?;
    let own_ticks = !this.timer.get().is_none() && this.unit.get() > 0.0;
    let factor = if own_ticks { this.unit.get() } else { 1e-9 };
    let rows = this.accounts.borrow().rows();
    let subjects = this.subjects.get().cast::<List>();
    let subject = |account: usize| subjects.and_then(|subjects| subjects.get(account)).unwrap_or(Value::NONE);
    let fields = |row: &Row| {
        [
            subject(row.account),
            vm.int(row.count),
            vm.int(row.recursive),
            vm.float(row.total as f64 * factor),
            vm.float(row.own as f64 * factor),
        ]
    };
    let list = vm.list(&[]);
    for (row, calls) in &rows {
        let details = if calls.is_empty() {
            Value::NONE
        } else {
            let details = vm.list(&[]);
            for call in calls {
                details.push(vm, SUBENTRY.of_state(vm, SUBENTRY_STATE, &fields(call))?);
            }
            details.value()
        };
        let [code, count, recursive, total, own] = fields(row);
        list.push(vm, ENTRY.of_state(vm, ENTRY_STATE, &[code, count, recursive, total, own, details])?);
    }
    Ok(list.value())
}
