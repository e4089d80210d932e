//! `_contextvars`: context variables (PEP 567). A context holds a dict from variable to value; entering it copies nothing,
//! setting a variable in it changes the dict, and `copy` copies it.

use object::{
    Dict, Field, GetSet, Module, ModuleDef, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, ValueExt,
    Vm, natives,
};
use std::cell::Cell;

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_contextvars", doc: "Context Variables", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    "copy_context()" => copy_context;
}}

struct Context {
    vars: Field,
    /// The context that was current before this one was entered; unbound while it is not entered.
    previous: Field,
}

impl NativeData for Context {
    fn trace(&self, tracer: &mut Tracer) {
        self.vars.trace(tracer);
        self.previous.trace(tracer);
    }
}

struct ContextVar {
    name: Field,
    default: Field,
}

impl NativeData for ContextVar {
    fn trace(&self, tracer: &mut Tracer) {
        self.name.trace(tracer);
        self.default.trace(tracer);
    }
}

struct Token {
    context: Field,
    var: Field,
    old: Field,
    used: Cell<bool>,
}

impl NativeData for Token {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.context, &self.var, &self.old] {
            field.trace(tracer);
        }
    }
}

static NEW_CONTEXT: object::native::NativeDef = object::native! { "Context($cls)" => new_context };
static NEW_VAR: object::native::NativeDef = object::native! { "ContextVar($cls, name, /, *, default=<unset>)" => new_var };

static CONTEXT: TypeDef = TypeDef {
    name: "Context",
    module: "_contextvars",
    flags: object::type_flags::WEAKREF,
    new: Some(&NEW_CONTEXT),
    slots: &[
        Slot::iter(|vm, this| vm.iter(vars(vm, this)?.value())),
        Slot::len(|vm, this| Ok(vars(vm, this)?.len())),
        Slot::getitem(context_getitem),
        Slot::contains(context_contains),
        Slot::compare(context_compare),
    ],
    methods: &[CONTEXT_METHODS],
    ..TypeDef::DEFAULT
};

static VAR: TypeDef = TypeDef {
    name: "ContextVar",
    module: "_contextvars",
    flags: object::type_flags::WEAKREF,
    new: Some(&NEW_VAR),
    slots: &[Slot::repr(var_repr), Slot::hash(|vm, this| Ok(vm.identity_hash(this)))],
    methods: &[VAR_METHODS],
    getset: &[GetSet { name: "name", get: |vm, this| Ok(var(vm, this)?.name.get()), set: None, doc: "", is_member: true }],
    ..TypeDef::DEFAULT
};

static TOKEN: TypeDef = TypeDef {
    name: "Token",
    module: "_contextvars",
    flags: object::type_flags::NO_NEW,
    slots: &[Slot::repr(token_repr)],
    methods: &[TOKEN_METHODS],
    getset: &[
        GetSet { name: "var", get: |vm, this| Ok(token(vm, this)?.var.get()), set: None, doc: "", is_member: false },
        GetSet { name: "old_value", get: old_value, set: None, doc: "", is_member: false },
    ],
    ..TypeDef::DEFAULT
};

natives! { static CONTEXT_METHODS: {
    "run(...)" -> run;
    "copy($self, /)" => context_copy;
    "get($self, key, default=None, /)" => context_get;
    "keys($self, /)" => context_keys;
    "values($self, /)" => context_values;
    "items($self, /)" => context_items;
}}

natives! { static VAR_METHODS: {
    "get($self, default=<unset>, /)" => var_get;
    "set($self, value, /)" => var_set;
    "reset($self, token, /)" => var_reset;
    "__class_getitem__($cls, item, /)" => class_getitem [class];
}}

natives! { static TOKEN_METHODS: {
    "__enter__($self, /)" => token_enter;
    "__exit__($self, type, value, traceback, /)" => token_exit;
    "__class_getitem__($cls, item, /)" => class_getitem [class];
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (def, name) in [(&CONTEXT, "Context"), (&VAR, "ContextVar"), (&TOKEN, "Token")] {
        let class = vm.add_type(module, def);
        vm.set_state(&format!("contextvars.{name}"), class.value());
        if name == "Token" {
            let missing = vm.new_instance(vm.types[TypeId::Object], None);
            class.dict().insert_str(vm, vm.intern("MISSING"), missing);
            vm.set_state("contextvars.MISSING", missing);
        }
    }
    Ok(())
}

fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[TypeId::GenericAlias].value(), &[*class, *item])
}

fn context(vm: &Vm, this: Value) -> Result<Ref<Native<Context>>, Raised> {
    vm.as_native::<Context>(this).ok_or_else(|| vm.type_error("a Context is required"))
}

fn var(vm: &Vm, this: Value) -> Result<Ref<Native<ContextVar>>, Raised> {
    vm.as_native::<ContextVar>(this).ok_or_else(|| vm.type_error("an instance of ContextVar was expected"))
}

fn token(vm: &Vm, this: Value) -> Result<Ref<Native<Token>>, Raised> {
    vm.as_native::<Token>(this)
        .ok_or_else(|| vm.type_error(format!("expected an instance of Token, got {}", vm.type_name(this))))
}

fn vars(vm: &Vm, this: Value) -> Result<Ref<Dict>, Raised> {
    context(vm, this)?.vars.get().cast::<Dict>().ok_or_else(|| vm.system_error("a context without variables"))
}

fn make_context(vm: &Vm, vars: Ref<Dict>) -> R {
    let class = crate::support::kept_class(vm, "contextvars.Context")?;
    let data = Context { vars: Field::new(vars.value()), previous: Field::new(Value::UNBOUND) };
    Ok(vm.native(class, data).value())
}

/// The context of the running thread.
fn current(vm: &Vm) -> R {
    let known = vm.thread().context.get();
    if !known.is_none() {
        return Ok(known);
    }
    let context = make_context(vm, vm.dict())?;
    vm.thread().context.set(context);
    Ok(context)
}

/// A copy of the context of the running thread.
pub(crate) fn copy_current(vm: &Vm) -> R {
    let context = current(vm)?;
    context_copy(vm, &[context])
}

/// Runs something in a context, as `Context.run` does.
pub(crate) fn run_in<T>(vm: &Vm, this: Value, body: impl FnOnce() -> Result<T, Raised>) -> Result<T, Raised> {
    let data = context(vm, this)?;
    if !data.previous.get().is_unbound() {
        let shown = vm.repr(this)?.to_string_lossy();
        return Err(vm.runtime_error(format!("cannot enter context: {shown} is already entered")));
    }
    let before = vm.thread().context.replace(this);
    data.previous.set(vm, data, before);
    let result = body();
    vm.thread().context.set(before);
    data.previous.init(Value::UNBOUND);
    result
}

fn new_context(vm: &Vm, _: &[Value; 1]) -> R {
    make_context(vm, vm.dict())
}

fn copy_context(vm: &Vm, _: &[Value; 0]) -> R {
    let context = current(vm)?;
    context_copy(vm, &[context])
}

fn context_copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    make_context(vm, vars(vm, *this)?.copy(vm))
}

fn run(vm: &Vm, args: object::Args) -> R {
    let this = args.args.first().copied().unwrap_or(Value::NONE);
    let data = context(vm, this)?;
    if args.count() < 2 {
        return Err(vm.type_error("run() missing 1 required positional argument"));
    }
    if !data.previous.get().is_unbound() {
        let shown = vm.repr(this)?.to_string_lossy();
        return Err(vm.runtime_error(format!("cannot enter context: {shown} is already entered")));
    }
    let before = vm.thread().context.replace(this);
    data.previous.set(vm, data, before);
    let callable = args.args[1];
    let result = vm.call_args(callable, args.rest().rest());
    vm.thread().context.set(before);
    data.previous.init(Value::UNBOUND);
    result
}

fn check_key(vm: &Vm, key: Value) -> Result<(), Raised> {
    if vm.as_native::<ContextVar>(key).is_none() {
        let shown = vm.repr(key)?.to_string_lossy();
        return Err(vm.type_error(format!("a ContextVar key was expected, got {shown}")));
    }
    Ok(())
}

fn context_getitem(vm: &Vm, this: Value, key: Value) -> R {
    check_key(vm, key)?;
    vars(vm, this)?.get(vm, key)?.ok_or_else(|| vm.key_error(key))
}

fn context_contains(vm: &Vm, this: Value, key: Value) -> Result<bool, Raised> {
    check_key(vm, key)?;
    Ok(vars(vm, this)?.get(vm, key)?.is_some())
}

fn context_compare(vm: &Vm, a: Value, b: Value, op: bytecode::CompareOperator) -> R {
    use bytecode::CompareOperator::{Eq, Ne};
    if !matches!(op, Eq | Ne) || vm.as_native::<Context>(a).is_none() || vm.as_native::<Context>(b).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.compare(vars(vm, a)?.value(), vars(vm, b)?.value(), op)
}

fn context_get(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    check_key(vm, *key)?;
    Ok(vars(vm, *this)?.get(vm, *key)?.unwrap_or(*default))
}

fn context_keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(vars(vm, *this)?.value(), "keys", &[])
}

fn context_values(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(vars(vm, *this)?.value(), "values", &[])
}

fn context_items(vm: &Vm, [this]: &[Value; 1]) -> R {
    vm.call_method_str(vars(vm, *this)?.value(), "items", &[])
}

fn new_var(vm: &Vm, [class, name, default]: &[Value; 3]) -> R {
    if vm.as_str(*name).is_none() {
        return Err(vm.type_error("context variable name must be a str"));
    }
    let class = crate::support::class_arg(vm, *class)?;
    Ok(vm.native(class, ContextVar { name: Field::new(*name), default: Field::new(*default) }).value())
}

fn var_get(vm: &Vm, [this, default]: &[Value; 2]) -> R {
    let known = vm.thread().context.get();
    if !known.is_none()
        && let Some(value) = vars(vm, known)?.get(vm, *this)?
    {
        return Ok(value);
    }
    match default.bound().or(var(vm, *this)?.default.get().bound()) {
        Some(value) => Ok(value),
        None => Err(vm.raise_type(vm.types[TypeId::LookupError], &[*this])),
    }
}

fn var_set(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let context = current(vm)?;
    let dict = vars(vm, context)?;
    let old = dict.get(vm, *this)?.unwrap_or(Value::UNBOUND);
    dict.insert(vm, *this, *value)?;
    let class = crate::support::kept_class(vm, "contextvars.Token")?;
    let data =
        Token { context: Field::new(context), var: Field::new(*this), old: Field::new(old), used: Cell::new(false) };
    Ok(vm.native(class, data).value())
}

fn var_reset(vm: &Vm, [this, token_value]: &[Value; 2]) -> R {
    let data = token(vm, *token_value)?;
    let shown = || vm.repr(*token_value).map(|text| text.to_string_lossy());
    if data.used.get() {
        return Err(vm.runtime_error(format!("{} has already been used once", shown()?)));
    }
    if data.var.get() != *this {
        return Err(vm.value_error(format!("{} was created by a different ContextVar", shown()?)));
    }
    let context = current(vm)?;
    if data.context.get() != context {
        return Err(vm.value_error(format!("{} was created in a different Context", shown()?)));
    }
    data.used.set(true);
    let dict = vars(vm, context)?;
    match data.old.get().bound() {
        Some(old) => dict.insert(vm, *this, old)?,
        None => {
            dict.remove(vm, *this)?;
        }
    }
    Ok(Value::NONE)
}

fn var_repr(vm: &Vm, this: Value) -> R {
    let data = var(vm, this)?;
    let mut text = format!("<ContextVar name={}", vm.repr(data.name.get())?.to_string_lossy());
    if let Some(default) = data.default.get().bound() {
        text.push_str(&format!(" default={}", vm.repr(default)?.to_string_lossy()));
    }
    text.push_str(&format!(" at 0x{:x}>", this.bits()));
    Ok(vm.str(&text).value())
}

fn old_value(vm: &Vm, this: Value) -> R {
    match token(vm, this)?.old.get().bound() {
        Some(old) => Ok(old),
        None => Ok(vm.state_value("contextvars.MISSING").unwrap_or(Value::NONE)),
    }
}

fn token_repr(vm: &Vm, this: Value) -> R {
    let data = token(vm, this)?;
    let used = if data.used.get() { " used" } else { "" };
    let var = vm.repr(data.var.get())?.to_string_lossy();
    Ok(vm.str(&format!("<Token{used} var={var} at 0x{:x}>", this.bits())).value())
}

fn token_enter(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

fn token_exit(vm: &Vm, [this, _, _, _]: &[Value; 4]) -> R {
    var_reset(vm, &[token(vm, *this)?.var.get(), *this])
}
