//! `_decimal`: decimal numbers. The arithmetic lies in [`crate::decimal`]; here is what Python sees of it.

mod context;
mod context_type;
mod convert;
mod decimal_methods;
mod decimal_type;
mod format;
mod manager;
mod object;
mod ops;
mod signals;

use self::context::{Ctx, DEFAULT_LIMITS, DEFAULT_TRAPS, State, known_state, new_context, set_state};
use crate::decimal::context::{Context as Limits, MAX_EMAX, MAX_PREC, MIN_EMIN, MIN_ETINY, Rounding, status};
use crate::decimal::fixed::Constants;
use ::object::layout::native::Native;
use ::object::{Field, Module, ModuleDef, R, Raised, Ref, TypeDef, TypeId, TypeObj, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_decimal", doc: "C decimal arithmetic module", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Get the current default context.
    "getcontext($module, /)" => getcontext;
    /// Set a new default context.
    "setcontext($module, context, /)" => setcontext;
    /// Return a context manager for a copy of ctx, or of the current context, with attributes changed.
    "localcontext($module, /, ctx=None, **kwargs)" -> manager::localcontext;
    /// Return a context with the limits of an IEEE interchange format of so many bits, a multiple of 32.
    "IEEEContext($module, bits, /)" => ieee_context;
}}

const IEEE_MAX_BITS: i64 = 512;

fn class(vm: &Vm, def: &'static TypeDef) -> Ref<TypeObj> {
    match def.id {
        Some(id) if vm.types.is_made(id) => vm.types[id],
        _ => vm.make_type(def),
    }
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let decimal = class(vm, &decimal_type::DECIMAL);
    let context = class(vm, &context_type::CONTEXT);
    for class in [decimal, context] {
        vm.add_value(module, &class.name_str(), class);
    }
    // Where the module is executed again, all classes stay what they are.
    let state = match known_state(vm) {
        Some(state) => state,
        None => {
            let number = vm.import_from("numbers", "Number")?;
            vm.call_method_str(number, "register", &[decimal.value()])?;
            let state = make_state(vm)?;
            set_state(vm, state);
            state
        }
    };
    signals::add_classes(vm, module)?;
    vm.add_value(module, "DecimalTuple", state.tuple_class.get());
    for (name, template) in ["DefaultContext", "BasicContext", "ExtendedContext"].iter().zip(&state.templates) {
        vm.add_value(module, name, template.get());
    }
    for rounding in Rounding::ALL {
        vm.add_value(module, rounding.name(), vm.intern(rounding.name()));
    }
    for (name, value) in [
        ("MAX_PREC", MAX_PREC),
        ("MAX_EMAX", MAX_EMAX),
        ("MIN_EMIN", MIN_EMIN),
        ("MIN_ETINY", MIN_ETINY),
        ("IEEE_CONTEXT_MAX_BITS", IEEE_MAX_BITS),
    ] {
        vm.add_value(module, name, vm.int(value));
    }
    vm.add_value(module, "HAVE_THREADS", Value::TRUE);
    vm.add_value(module, "HAVE_CONTEXTVAR", Value::TRUE);
    vm.add_value(module, "__version__", vm.str("1.70"));
    vm.add_value(module, "__libmpdec_version__", vm.str("2.5.1"));
    Ok(())
}

fn make_state(vm: &Vm) -> Result<Ref<Native<State>>, Raised> {
    let rational = vm.import_from("numbers", "Rational")?;
    let exceptions = signals::make_classes(vm)?;
    let signal_dict = signals::make_dict_class(vm)?;
    let manager = vm.make_type(&manager::MANAGER);
    let namedtuple = vm.import_from("collections", "namedtuple")?;
    let names = [vm.str("DecimalTuple").value(), vm.str("sign digits exponent").value()];
    let tuple_class = vm.call_keywords(namedtuple, &names, &[("module", vm.str("decimal").value())])?;
    let variable_class = vm.import_from("_contextvars", "ContextVar")?;
    let variable = vm.call(variable_class, &[vm.str("decimal_context").value()])?;
    let basic = Limits { prec: 9, rounding: Rounding::HalfUp, ..DEFAULT_LIMITS };
    let extended = Limits { prec: 9, ..DEFAULT_LIMITS };
    let templates = [
        Ctx::new(DEFAULT_LIMITS, DEFAULT_TRAPS),
        Ctx::new(basic, DEFAULT_TRAPS | status::UNDERFLOW | status::CLAMPED),
        Ctx::new(extended, 0),
    ];
    let state = State {
        variable: Field::new(variable),
        templates: templates.map(|template| Field::new(new_context(vm, template).value())),
        exceptions: Field::new(exceptions.value()),
        tuple_class: Field::new(tuple_class),
        signal_dict: Field::new(signal_dict),
        manager: Field::new(manager.value()),
        rational: Field::new(rational),
        constants: Constants::default(),
    };
    Ok(vm.native(vm.types[TypeId::Object], state))
}

fn getcontext(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(context::current(vm)?.value())
}

fn setcontext(vm: &Vm, [_, context]: &[Value; 2]) -> R {
    match context::as_context(vm, *context) {
        Some(context) => context::set_current(vm, context).map(|()| Value::NONE),
        None => Err(vm.type_error("argument must be a context")),
    }
}

fn ieee_context(vm: &Vm, [_, bits]: &[Value; 2]) -> R {
    let bits = context::int_arg(vm, *bits)?;
    if bits <= 0 || bits > IEEE_MAX_BITS || bits % 32 != 0 {
        return Err(vm.value_error("argument must be a multiple of 32, with a maximum of 512"));
    }
    let emax = 3 << (bits / 16 + 3);
    let limits = Limits { prec: 9 * bits / 32 - 2, emax, emin: 1 - emax, rounding: Rounding::HalfEven, clamp: true };
    Ok(new_context(vm, Ctx::new(limits, 0)).value())
}
