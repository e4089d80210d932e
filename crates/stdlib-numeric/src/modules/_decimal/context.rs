//! Contexts as objects, and the current one.

use super::signals::{self, SIGNALS, Signals};
use crate::decimal::context::{Context as Limits, MAX_EMAX, MAX_PREC, MIN_EMIN, Rounding, status};
use crate::decimal::fixed::Constants;
use crate::decimal::number::Number;
use object::traced;
use object::layout::native::Native;
use object::{Field, R, Raised, Ref, TypeId, TypeObj, Value, Vm};
use std::cell::Cell;

/// A Context.
pub struct Ctx {
    /// Precision, limits of exponents, rounding.
    pub limits: Cell<Limits>,
    /// Is the exponent shown with an E, not an e?
    pub capitals: Cell<bool>,
    /// Conditions that happened.
    pub status: Cell<u32>,
    /// Conditions that raise an exception.
    pub traps: Cell<u32>,
}

/// What an interpreter keeps for the module.
pub struct State {
    /// The context variable.
    pub variable: Field,
    /// `DefaultContext`, `BasicContext`, `ExtendedContext`.
    pub templates: [Field; 3],
    /// `DecimalException` and the signals, in the order of [`SIGNALS`]; then the conditions of InvalidOperation.
    pub exceptions: Field,
    /// `DecimalTuple`.
    pub tuple_class: Field,
    /// `SignalDict`.
    pub signal_dict: Field,
    /// `ContextManager`.
    pub manager: Field,
    /// `numbers.Rational`.
    pub rational: Field,
    /// Constants of the elementary functions.
    pub constants: Constants,
}

/// What a thread keeps: the context that was found last.
struct Found {
    /// The context of context variables in which it was found.
    within: Field,
    context: Field,
}

traced! {
    Ctx {}
    Found { within, context }
}

impl object::NativeData for State {
    fn trace(&self, tracer: &mut object::Tracer) {
        for field in
            [&self.variable, &self.exceptions, &self.tuple_class, &self.signal_dict, &self.manager, &self.rational]
                .into_iter()
                .chain(&self.templates)
        {
            field.trace(tracer);
        }
    }
}

/// A Context, by reference.
pub type CtxRef = Ref<Native<Ctx>>;

const STATE: &str = "decimal.state";

/// Keeps the state of the module.
pub fn set_state(vm: &Vm, state: Ref<Native<State>>) {
    vm.set_state(STATE, state.value());
}

/// The state of the module, if it was imported before.
pub fn known_state(vm: &Vm) -> Option<Ref<Native<State>>> {
    vm.state_value(STATE).and_then(|state| vm.as_native::<State>(state))
}

/// The state of the module.
pub fn state(vm: &Vm) -> Result<Ref<Native<State>>, Raised> {
    known_state(vm).ok_or_else(|| vm.system_error("decimal is not set up"))
}

/// The limits of contexts that are made without arguments.
pub const DEFAULT_LIMITS: Limits =
    Limits { prec: 28, emax: 999_999, emin: -999_999, rounding: Rounding::HalfEven, clamp: false };

/// What contexts that are made without arguments trap.
pub const DEFAULT_TRAPS: u32 = status::ANY_INVALID | status::DIVISION_BY_ZERO | status::OVERFLOW;

impl Ctx {
    /// A context without flags.
    pub fn new(limits: Limits, traps: u32) -> Ctx {
        Ctx { limits: Cell::new(limits), capitals: Cell::new(true), status: Cell::new(0), traps: Cell::new(traps) }
    }

    /// A copy, with the flags.
    pub fn duplicate(&self) -> Ctx {
        Ctx {
            limits: Cell::new(self.limits.get()),
            capitals: Cell::new(self.capitals.get()),
            status: Cell::new(self.status.get()),
            traps: Cell::new(self.traps.get()),
        }
    }
}

/// Notes conditions in a context, and raises what is trapped.
#[inline(always)]
pub fn signal(vm: &Vm, context: CtxRef, found: u32) -> Result<(), Raised> {
    if found == 0 {
        return Ok(());
    }
    context.status.set(context.status.get() | found);
    if found & (context.traps.get() | status::OUT_OF_MEMORY) == 0 {
        return Ok(());
    }
    Err(signals::raise(vm, context.traps.get() & found, found))
}

/// The result of an operation as Decimal, after its conditions were noted.
#[inline(always)]
pub fn finish(vm: &Vm, context: CtxRef, found: u32, number: Number) -> R {
    signal(vm, context, found)?;
    Ok(super::object::new_dec(vm, number))
}

/// A new context object of class Context itself.
pub fn new_context(vm: &Vm, data: Ctx) -> CtxRef {
    vm.native(vm.types[TypeId::DecimalContext], data)
}

/// The context that a value is.
#[inline(always)]
pub fn as_context(vm: &Vm, value: Value) -> Option<CtxRef> {
    vm.as_native::<Ctx>(value)
}

/// The current context.
#[inline(always)]
pub fn current(vm: &Vm) -> Result<CtxRef, Raised> {
    if let Some(found) = vm.as_native::<Found>(vm.thread().decimal.get())
        && found.within.get() == vm.thread().context.get()
        && let Some(context) = as_context(vm, found.context.get())
    {
        return Ok(context);
    }
    find_current(vm)
}

#[inline(never)]
fn find_current(vm: &Vm) -> Result<CtxRef, Raised> {
    let state = state(vm)?;
    let known = vm.call_method_str(state.variable.get(), "get", &[Value::NONE])?;
    let context = match as_context(vm, known) {
        Some(context) => context,
        None => {
            let Some(template) = as_context(vm, state.templates[0].get()) else {
                return Err(vm.system_error("decimal has no default context"));
            };
            let copy = template.duplicate();
            copy.status.set(0);
            let context = new_context(vm, copy);
            vm.call_method_str(state.variable.get(), "set", &[context.value()])?;
            context
        }
    };
    remember(vm, context);
    Ok(context)
}

fn remember(vm: &Vm, context: CtxRef) {
    let within = vm.thread().context.get();
    let data = Found { within: Field::new(within), context: Field::new(context.value()) };
    vm.thread().decimal.set(vm.native(vm.types[TypeId::Object], data).value());
}

/// Makes a context the current one; of the templates a copy is taken.
pub fn set_current(vm: &Vm, context: CtxRef) -> Result<(), Raised> {
    let state = state(vm)?;
    let mut context = context;
    if state.templates.iter().any(|template| template.get() == context.value()) {
        let copy = context.duplicate();
        copy.status.set(0);
        context = new_context(vm, copy);
    }
    vm.call_method_str(state.variable.get(), "set", &[context.value()])?;
    remember(vm, context);
    Ok(())
}

/// The context that an argument gives, or the current one where it is None or not given.
#[inline(always)]
pub fn context_arg(vm: &Vm, argument: Value) -> Result<CtxRef, Raised> {
    if argument.is_none() || argument.is_unbound() {
        return current(vm);
    }
    as_context(vm, argument).ok_or_else(|| vm.type_error("optional argument must be a context"))
}

/// A copy of a context, as `copy` makes it.
pub fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let this = crate::support::data::<Ctx>(vm, *this)?;
    Ok(new_context(vm, this.duplicate()).value())
}

fn ssize(vm: &Vm, value: Value) -> Result<i64, Raised> {
    match vm.as_int(value) {
        None => Err(vm.type_error("an integer is required")),
        Some(int) => int.to_i64().ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// An int argument of [`super::ieee_context`].
pub fn int_arg(vm: &Vm, value: Value) -> Result<i64, Raised> {
    ssize(vm, value)
}

fn in_range(vm: &Vm, value: Value, least: i64, most: i64, complaint: &str) -> Result<i64, Raised> {
    let int = ssize(vm, value)?;
    if !(least..=most).contains(&int) {
        return Err(vm.value_error(complaint));
    }
    Ok(int)
}

/// The rounding of a constant such as `ROUND_UP`.
pub fn rounding_arg(vm: &Vm, value: Value) -> Result<Rounding, Raised> {
    if let Some(text) = vm.as_str(value)
        && let Some(rounding) = Rounding::ALL.iter().find(|rounding| rounding.name().as_bytes() == text.as_bytes())
    {
        return Ok(*rounding);
    }
    Err(vm.type_error(
        "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   \
         ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
    ))
}

/// An attribute of contexts that can be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Setting {
    Prec,
    Rounding,
    Emin,
    Emax,
    Capitals,
    Clamp,
    Flags,
    Traps,
}

impl Setting {
    /// The settings with their names, in the order of the arguments of `Context`.
    pub const ALL: [(Setting, &'static str); 8] = [
        (Setting::Prec, "prec"),
        (Setting::Rounding, "rounding"),
        (Setting::Emin, "Emin"),
        (Setting::Emax, "Emax"),
        (Setting::Capitals, "capitals"),
        (Setting::Clamp, "clamp"),
        (Setting::Flags, "flags"),
        (Setting::Traps, "traps"),
    ];
}

/// Sets an attribute of a context. Where `lists` is set, flags and traps may be lists of signals.
pub fn set(vm: &Vm, context: &Ctx, setting: Setting, value: Value, lists: bool) -> Result<(), Raised> {
    let mut limits = context.limits.get();
    match setting {
        Setting::Prec => limits.prec = in_range(vm, value, 1, MAX_PREC, "valid range for prec is [1, MAX_PREC]")?,
        Setting::Rounding => limits.rounding = rounding_arg(vm, value)?,
        Setting::Emin => {
            limits.emin = in_range(vm, value, MIN_EMIN, 0, "valid range for Emin is [MIN_EMIN, 0]")?;
        }
        Setting::Emax => {
            limits.emax = in_range(vm, value, 0, MAX_EMAX, "valid range for Emax is [0, MAX_EMAX]")?;
        }
        Setting::Capitals => {
            context.capitals.set(in_range(vm, value, 0, 1, "valid values for capitals are 0 or 1")? == 1);
        }
        Setting::Clamp => limits.clamp = in_range(vm, value, 0, 1, "valid values for clamp are 0 or 1")? == 1,
        Setting::Flags => context.status.set(signals::signals_arg(vm, value, lists)?),
        Setting::Traps => context.traps.set(signals::signals_arg(vm, value, lists)?),
    }
    // Setting flags may run Python code, which may have changed the rest.
    if !matches!(setting, Setting::Flags | Setting::Traps) {
        context.limits.set(limits);
    }
    Ok(())
}

/// Reads an attribute of a context.
pub fn get(vm: &Vm, context: CtxRef, setting: Setting) -> R {
    let limits = context.limits.get();
    Ok(match setting {
        Setting::Prec => vm.int(limits.prec),
        Setting::Rounding => vm.intern(limits.rounding.name()).value(),
        Setting::Emin => vm.int(limits.emin),
        Setting::Emax => vm.int(limits.emax),
        Setting::Capitals => vm.int(context.capitals.get() as i64),
        Setting::Clamp => vm.int(limits.clamp as i64),
        Setting::Flags | Setting::Traps => {
            let class = signals::dict_class(vm)?;
            let data = Signals { context: Field::new(context.value()), traps: setting == Setting::Traps };
            vm.native(class, data).value()
        }
    })
}

/// `repr` of a context.
pub fn repr(vm: &Vm, this: Value) -> R {
    let context = crate::support::data::<Ctx>(vm, this)?;
    let limits = context.limits.get();
    let names = |bits: u32| {
        let mut shown: Vec<(u32, &str)> = SIGNALS
            .iter()
            .filter(|signal| bits & signal.bits != 0)
            .map(|signal| ((bits & signal.bits).trailing_zeros(), signal.name))
            .collect();
        shown.sort();
        shown.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    };
    let text = format!(
        "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags=[{}], traps=[{}])",
        limits.prec,
        limits.rounding.name(),
        limits.emin,
        limits.emax,
        context.capitals.get() as u8,
        limits.clamp as u8,
        names(context.status.get()),
        names(context.traps.get())
    );
    Ok(vm.str(&text).value())
}

/// The class Context, or a subclass, as first argument of `new`.
pub fn new(vm: &Vm, args: object::Args) -> R {
    let (class, _) = crate::support::split_first(vm, args)?;
    let class: Ref<TypeObj> = crate::support::class_arg(vm, class)?;
    Ok(vm.native(class, Ctx::new(DEFAULT_LIMITS, DEFAULT_TRAPS)).value())
}
