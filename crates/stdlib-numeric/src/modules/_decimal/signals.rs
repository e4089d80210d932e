//! Signals: the exception classes, raising them, and the mappings `flags` and `traps` of contexts.

use super::context::{Ctx, state};
use crate::decimal::context::status;
use crate::support::data;
use object::traced;
use bytecode::CompareOperator;
use object::layout::native::Native;
use object::{
    Field, Kind, List, Module, R, Raised, Ref, Slot, Tuple, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native_ref,
    natives, type_flags,
};

/// A signal, or a condition that the signal InvalidOperation stands for.
pub struct Signal {
    /// Its name.
    pub name: &'static str,
    /// The conditions it stands for.
    pub bits: u32,
}

/// The signals, in the order in which they are shown and raised.
pub static SIGNALS: [Signal; 9] = [
    Signal { name: "InvalidOperation", bits: status::ANY_INVALID },
    Signal { name: "FloatOperation", bits: status::FLOAT_OPERATION },
    Signal { name: "DivisionByZero", bits: status::DIVISION_BY_ZERO },
    Signal { name: "Overflow", bits: status::OVERFLOW },
    Signal { name: "Underflow", bits: status::UNDERFLOW },
    Signal { name: "Subnormal", bits: status::SUBNORMAL },
    Signal { name: "Inexact", bits: status::INEXACT },
    Signal { name: "Rounded", bits: status::ROUNDED },
    Signal { name: "Clamped", bits: status::CLAMPED },
];

/// The conditions of InvalidOperation that have classes of their own.
static CONDITIONS: [Signal; 4] = [
    Signal { name: "DivisionImpossible", bits: status::DIVISION_IMPOSSIBLE },
    Signal { name: "DivisionUndefined", bits: status::DIVISION_UNDEFINED },
    Signal { name: "ConversionSyntax", bits: status::CONVERSION_SYNTAX },
    Signal { name: "InvalidContext", bits: status::INVALID_CONTEXT },
];

/// Makes the exception classes: a tuple of the signals, in the order of [`SIGNALS`], of the conditions, and
/// `DecimalException`.
pub fn make_classes(vm: &Vm) -> Result<Ref<Tuple>, Raised> {
    let builtin = |id: TypeId| vm.types[id].value();
    let make = |name: &str, bases: &[Value]| vm.new_exception_class("decimal", name, bases).map(|class| class.value());
    let exception = make("DecimalException", &[builtin(TypeId::ArithmeticError)])?;
    let invalid = make("InvalidOperation", &[exception])?;
    let float = make("FloatOperation", &[exception, builtin(TypeId::TypeError)])?;
    let division = make("DivisionByZero", &[exception, builtin(TypeId::ZeroDivisionError)])?;
    let inexact = make("Inexact", &[exception])?;
    let rounded = make("Rounded", &[exception])?;
    let overflow = make("Overflow", &[inexact, rounded])?;
    let subnormal = make("Subnormal", &[exception])?;
    let underflow = make("Underflow", &[inexact, rounded, subnormal])?;
    let clamped = make("Clamped", &[exception])?;
    let impossible = make("DivisionImpossible", &[invalid])?;
    let undefined = make("DivisionUndefined", &[invalid, builtin(TypeId::ZeroDivisionError)])?;
    let syntax = make("ConversionSyntax", &[invalid])?;
    let context = make("InvalidContext", &[invalid])?;
    Ok(vm.tuple(&[
        invalid, float, division, overflow, underflow, subnormal, inexact, rounded, clamped, impossible, undefined,
        syntax, context, exception,
    ]))
}

/// Adds the exception classes to the module.
pub fn add_classes(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for class in classes(vm)?.items() {
        if let Some(class) = class.cast::<TypeObj>() {
            vm.add_value(module, &class.name_str(), class);
        }
    }
    Ok(())
}

/// The classes, see [`make_classes`].
fn classes(vm: &Vm) -> Result<Ref<Tuple>, Raised> {
    let classes = state(vm)?.exceptions.get();
    classes.cast::<Tuple>().ok_or_else(|| vm.system_error("decimal has no exceptions"))
}

/// Adds up the signals among some bits, as a list of classes.
pub fn signal_list(vm: &Vm, bits: u32) -> Result<Ref<List>, Raised> {
    let classes = classes(vm)?;
    let list = vm.list(&[]);
    for (signal, class) in SIGNALS.iter().zip(classes.items()) {
        if bits & signal.bits != 0 {
            list.push(vm, *class);
        }
    }
    Ok(list)
}

/// Raises the exception for trapped conditions; its argument is the list of all of them.
#[cold]
pub fn raise(vm: &Vm, trapped: u32, found: u32) -> Raised {
    if found & status::OUT_OF_MEMORY != 0 {
        return vm.memory_error();
    }
    let classes = match classes(vm) {
        Ok(classes) => classes,
        Err(raised) => return raised,
    };
    let (signals, conditions) = classes.items().split_at(SIGNALS.len());
    let list = vm.list(&[]);
    if trapped & status::INVALID_OPERATION != 0 {
        list.push(vm, signals[0]);
    }
    for (condition, class) in CONDITIONS.iter().zip(conditions) {
        if trapped & condition.bits != 0 {
            list.push(vm, *class);
        }
    }
    for (signal, class) in SIGNALS.iter().zip(signals).skip(1) {
        if trapped & signal.bits != 0 {
            list.push(vm, *class);
        }
    }
    let found = SIGNALS.iter().zip(signals).find(|(signal, _)| trapped & signal.bits != 0);
    match found.and_then(|(_, class)| class.cast::<TypeObj>()) {
        Some(class) => vm.raise_type(class, &[list.value()]),
        None => vm.system_error("unknown decimal signal"),
    }
}

/// The conditions that an exception class stands for.
fn bits_of(vm: &Vm, class: Value) -> Result<u32, Raised> {
    let classes = classes(vm)?;
    match SIGNALS.iter().zip(classes.items()).find(|(_, known)| **known == class) {
        Some((signal, _)) => Ok(signal.bits),
        None => {
            let text = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   \
                        Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";
            Err(vm.key_error(vm.str(text).value()))
        }
    }
}

/// The conditions that an argument names: a signal dict or a dict of all signals; where `lists` is set, a list of signals.
pub fn signals_arg(vm: &Vm, value: Value, lists: bool) -> Result<u32, Raised> {
    if let Some(list) = value.cast::<List>().filter(|_| lists) {
        let mut bits = 0;
        let mut index = 0;
        while let Some(class) = list.get(index) {
            bits |= bits_of(vm, class)?;
            index += 1;
        }
        return Ok(bits);
    }
    if let Some(signals) = vm.as_native::<Signals>(value) {
        return signals.bits(vm);
    }
    match value.cast::<object::Dict>() {
        Some(_) => dict_bits(vm, value),
        None => Err(vm.type_error("argument must be a signal dict")),
    }
}

/// The conditions that a dict of all signals names.
fn dict_bits(vm: &Vm, value: Value) -> Result<u32, Raised> {
    if vm.len(value)? != SIGNALS.len() {
        return Err(vm.key_error(vm.str("invalid signal dict").value()));
    }
    let classes = classes(vm)?;
    let mut bits = 0;
    for (signal, class) in SIGNALS.iter().zip(classes.items()) {
        let item = match value.cast::<object::Dict>() {
            Some(dict) => dict.get(vm, *class)?,
            None => None,
        };
        let Some(item) = item else { return Err(vm.key_error(vm.str("invalid signal dict").value())) };
        if vm.truthy(item)? {
            bits |= signal.bits;
        }
    }
    Ok(bits)
}

/// `flags` or `traps` of a context, as mapping.
pub struct Signals {
    /// The context, or unbound.
    pub context: Field,
    /// Its traps, or its flags?
    pub traps: bool,
}

traced! { Signals { context } }

impl Signals {
    fn context(&self, vm: &Vm) -> Result<Ref<Native<Ctx>>, Raised> {
        vm.as_native::<Ctx>(self.context.get()).ok_or_else(|| vm.value_error("invalid signal dict"))
    }

    /// The conditions that are set.
    pub fn bits(&self, vm: &Vm) -> Result<u32, Raised> {
        let context = self.context(vm)?;
        Ok(if self.traps { context.traps.get() } else { context.status.get() })
    }
}

/// The base of the class SignalDict.
pub static MIXIN: TypeDef = TypeDef {
    name: "SignalDictMixin",
    module: "decimal",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    slots: &[
        Slot::repr(repr),
        Slot::compare(compare),
        Slot::iter(|vm, this| {
            this_signals(vm, this)?.context(vm)?;
            let classes = classes(vm)?;
            vm.iter(vm.tuple(&classes.items()[..SIGNALS.len()]).value())
        }),
        Slot::len(|vm, this| {
            this_signals(vm, this)?.context(vm)?;
            Ok(SIGNALS.len())
        }),
        Slot::getitem(getitem),
        Slot::setitem(setitem),
    ],
    methods: &[METHODS],
    new: Some(native_ref!("SignalDictMixin(...)" -> new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return a dict of the signals.
    "copy($self, /)" => copy;
}}

/// The class SignalDict.
pub fn dict_class(vm: &Vm) -> Result<Ref<TypeObj>, Raised> {
    state(vm)?.signal_dict.get().cast().ok_or_else(|| vm.system_error("decimal has no signal dict"))
}

/// Makes the class SignalDict.
pub fn make_dict_class(vm: &Vm) -> R {
    let mixin = vm.make_type(&MIXIN);
    let mapping = vm.import_from("collections.abc", "MutableMapping")?;
    let metaclass = vm.type_of(mapping).value();
    let bases = vm.tuple(&[mixin.value(), mapping]).value();
    vm.call(metaclass, &[vm.str("SignalDict").value(), bases, vm.dict().value()])
}

fn new(vm: &Vm, args: object::Args) -> R {
    let (class, _) = crate::support::split_first(vm, args)?;
    let data = Signals { context: Field::new(Value::UNBOUND), traps: false };
    Ok(vm.native(crate::support::class_arg(vm, class)?, data).value())
}

fn this_signals(vm: &Vm, this: Value) -> Result<Ref<Native<Signals>>, Raised> {
    data::<Signals>(vm, this)
}

fn repr(vm: &Vm, this: Value) -> R {
    let bits = this_signals(vm, this)?.bits(vm)?;
    let classes = classes(vm)?;
    let mut parts = Vec::with_capacity(SIGNALS.len());
    for (signal, class) in SIGNALS.iter().zip(classes.items()) {
        let shown = vm.repr(*class)?.to_string_lossy();
        parts.push(format!("{shown}:{}", if bits & signal.bits != 0 { "True" } else { "False" }));
    }
    Ok(vm.str(&format!("{{{}}}", parts.join(", "))).value())
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    use CompareOperator::{Eq, Ne};
    if !matches!(op, Eq | Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (this, other) = match vm.as_native::<Signals>(a) {
        Some(this) => (this, b),
        None => match vm.as_native::<Signals>(b) {
            Some(this) => (this, a),
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    let bits = this.bits(vm)?;
    let other = match vm.as_native::<Signals>(other) {
        Some(other) => other.bits(vm)?,
        None if other.cast::<object::Dict>().is_some() => {
            if vm.len(other)? == 0 {
                return Err(vm.value_error("invalid signal dict"));
            }
            match dict_bits(vm, other) {
                Ok(bits) => bits,
                Err(raised) => {
                    vm.catch(raised, TypeId::KeyError)?;
                    return Ok(Value::bool(op == Ne));
                }
            }
        }
        None => return Ok(Value::NOT_IMPLEMENTED),
    };
    let equal = SIGNALS.iter().all(|signal| (bits & signal.bits == 0) == (other & signal.bits == 0));
    Ok(Value::bool(equal == (op == Eq)))
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let set = this_signals(vm, this)?.bits(vm)?;
    Ok(Value::bool(set & bits_of(vm, key)? != 0))
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let signals = this_signals(vm, this)?;
    let context = signals.context(vm)?;
    if value.is_unbound() {
        return Err(vm.value_error("signal keys cannot be deleted"));
    }
    let bits = bits_of(vm, key)?;
    let on = vm.truthy(value)?;
    let cell = if signals.traps { &context.traps } else { &context.status };
    cell.set(if on { cell.get() | bits } else { cell.get() & !bits });
    Ok(())
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let bits = this_signals(vm, *this)?.bits(vm)?;
    let classes = classes(vm)?;
    let dict = vm.dict();
    for (signal, class) in SIGNALS.iter().zip(classes.items()) {
        dict.insert(vm, *class, Value::bool(bits & signal.bits != 0))?;
    }
    Ok(dict.value())
}
