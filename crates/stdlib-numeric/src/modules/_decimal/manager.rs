//! `localcontext`: a context for the time of a `with` statement.

use super::context::{Ctx, Setting, context_arg, current, new_context, set, set_current, state};
use crate::support::{data, split_first};
use object::traced;
use object::layout::native::Native;
use object::{Args, Field, R, Raised, Ref, TypeDef, TypeObj, Value, ValueExt, Vm, natives, type_flags};

/// A context manager: the context of the block, and the one before it.
pub struct Manager {
    local: Field,
    global: Field,
}

traced! { Manager { local, global } }

/// The class.
pub static MANAGER: TypeDef = TypeDef {
    name: "ContextManager",
    module: "decimal",
    kind: object::Kind::NATIVE,
    flags: type_flags::NO_NEW,
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    ///
    "__enter__($self, /)" => enter;
    ///
    "__exit__($self, /, *args)" => exit;
}}

/// `localcontext(ctx=None, **kwargs)`
pub fn localcontext(vm: &Vm, args: Args) -> R {
    // The first argument is the module.
    let (_, args) = split_first(vm, args)?;
    let (positional, keywords) = args.split();
    let mut given = match *positional {
        [] => Value::NONE,
        [context] => context,
        _ => return Err(vm.type_error("optional argument must be a context")),
    };
    let mut settings = [Value::NONE; Setting::ALL.len()];
    for (name, value) in keywords {
        let text = name.as_str().unwrap_or("");
        if text == "ctx" && positional.is_empty() {
            given = value;
            continue;
        }
        match Setting::ALL.iter().position(|(_, known)| *known == text) {
            Some(index) => settings[index] = value,
            None => {
                let text = format!("this function got an unexpected keyword argument '{text}'");
                return Err(vm.type_error(text));
            }
        }
    }
    let global = current(vm)?;
    let chosen = context_arg(vm, given)?;
    let local = new_context(vm, chosen.duplicate());
    for ((setting, _), value) in Setting::ALL.into_iter().zip(settings) {
        if !value.is_none() {
            set(vm, &local, setting, value, true)?;
        }
    }
    let Some(class) = state(vm)?.manager.get().cast::<TypeObj>() else {
        return Err(vm.system_error("decimal has no context manager"));
    };
    let manager = Manager { local: Field::new(local.value()), global: Field::new(global.value()) };
    Ok(vm.native(class, manager).value())
}

fn context_of(vm: &Vm, field: &Field) -> Result<Ref<Native<Ctx>>, Raised> {
    data::<Ctx>(vm, field.get())
}

fn enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    let manager = data::<Manager>(vm, *this)?;
    set_current(vm, context_of(vm, &manager.local)?)?;
    Ok(manager.local.get())
}

fn exit(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    let manager = data::<Manager>(vm, *this)?;
    set_current(vm, context_of(vm, &manager.global)?)?;
    Ok(Value::FALSE)
}
