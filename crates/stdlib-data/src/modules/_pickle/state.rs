//! What the module keeps: its classes, and what it uses of other modules.

use object::layout::native::Native;
use object::{Dict, Exception, Field, NativeData, Raised, Ref, Str, Tracer, TypeId, TypeObj, Value, ValueExt, Vm};

const NAME: &str = "_pickle.state";

/// The module's own classes.
pub struct Classes {
    pub pickling_error: Ref<TypeObj>,
    pub unpickling_error: Ref<TypeObj>,
    pub pickler: Ref<TypeObj>,
    pub unpickler: Ref<TypeObj>,
    pub pickler_memo: Ref<TypeObj>,
    pub unpickler_memo: Ref<TypeObj>,
}

macro_rules! state {
    ($($(#[$meta:meta])* $name:ident)*) => {
        /// The state of the module.
        pub struct State { $($(#[$meta])* pub $name: Field,)* }

        impl NativeData for State {
            fn trace(&self, tracer: &mut Tracer) {
                $(self.$name.trace(tracer);)*
            }
        }
    };
}

state! {
    pickling_error
    unpickling_error
    pickler
    unpickler
    pickler_memo
    unpickler_memo
    /// `copyreg.dispatch_table`
    dispatch_table
    /// `copyreg._extension_registry`
    extension_registry
    /// `copyreg._inverted_registry`
    inverted_registry
    /// `copyreg._extension_cache`
    extension_cache
    /// `copyreg.__newobj__`
    newobj
    /// `_compat_pickle.NAME_MAPPING`
    old_names
    /// `_compat_pickle.IMPORT_MAPPING`
    old_modules
    /// `_compat_pickle.REVERSE_NAME_MAPPING`
    new_names
    /// `_compat_pickle.REVERSE_IMPORT_MAPPING`
    new_modules
    /// `codecs.encode`
    encode
    /// `functools.partial`
    partial
    /// `builtins.getattr`
    getattr
}

/// Makes the state.
pub fn make(vm: &Vm, classes: Classes) -> Result<(), Raised> {
    let copyreg = vm.import("copyreg")?;
    let compat = vm.import("_compat_pickle")?;
    let table = |module: Value, module_name: &str, name: &str| -> Result<Field, Raised> {
        let dict = vm.getattr_str(module, name)?;
        if dict.cast::<Dict>().is_none() {
            let class = vm.type_of(dict).qualified_name(vm);
            return Err(vm.runtime_error(format!("{module_name}.{name} should be a dict, not {class}")));
        }
        Ok(Field::new(dict))
    };
    let class = |class: Ref<TypeObj>| Field::new(class.value());
    let getattr = vm.builtins_dict().get_str(vm, vm.intern("getattr")).unwrap_or(Value::NONE);
    let state = State {
        pickling_error: class(classes.pickling_error),
        unpickling_error: class(classes.unpickling_error),
        pickler: class(classes.pickler),
        unpickler: class(classes.unpickler),
        pickler_memo: class(classes.pickler_memo),
        unpickler_memo: class(classes.unpickler_memo),
        dispatch_table: table(copyreg, "copyreg", "dispatch_table")?,
        extension_registry: table(copyreg, "copyreg", "_extension_registry")?,
        inverted_registry: table(copyreg, "copyreg", "_inverted_registry")?,
        extension_cache: table(copyreg, "copyreg", "_extension_cache")?,
        newobj: Field::new(vm.getattr_str(copyreg, "__newobj__")?),
        old_names: table(compat, "_compat_pickle", "NAME_MAPPING")?,
        old_modules: table(compat, "_compat_pickle", "IMPORT_MAPPING")?,
        new_names: table(compat, "_compat_pickle", "REVERSE_NAME_MAPPING")?,
        new_modules: table(compat, "_compat_pickle", "REVERSE_IMPORT_MAPPING")?,
        encode: Field::new(vm.import_from("codecs", "encode")?),
        partial: Field::new(vm.import_from("functools", "partial")?),
        getattr: Field::new(getattr),
    };
    vm.set_state(NAME, vm.native(vm.types[TypeId::Object], state).value());
    Ok(())
}

/// The state.
pub fn of(vm: &Vm) -> Result<Ref<Native<State>>, Raised> {
    let state = vm.state_value(NAME).and_then(|state| vm.as_native::<State>(state));
    state.ok_or_else(|| vm.system_error("_pickle is not initialised"))
}

impl State {
    /// Raises PicklingError.
    #[cold]
    pub fn pickling(&self, vm: &Vm, text: impl AsRef<str>) -> Raised {
        raise(vm, &self.pickling_error, text.as_ref())
    }

    /// Raises UnpicklingError.
    #[cold]
    pub fn unpickling(&self, vm: &Vm, text: impl AsRef<str>) -> Raised {
        raise(vm, &self.unpickling_error, text.as_ref())
    }
}

fn raise(vm: &Vm, class: &Field, text: &str) -> Raised {
    match class.get().cast::<TypeObj>() {
        Some(class) => vm.raise_type(class, &[vm.str(text).value()]),
        None => vm.system_error(text),
    }
}

/// Makes an exception that was taken before the context of the one that was raised.
#[cold]
pub fn with_context(vm: &Vm, raised: Raised, context: Value) -> Raised {
    if let Some(exception) = vm.pending_exception(raised).cast::<Exception>() {
        exception.context.set(vm, exception, context);
    }
    raised
}

/// The name of an object's class as error messages show it.
pub fn class_name(vm: &Vm, object: Value) -> String {
    vm.type_of(object).full_name(vm)
}

/// Imports a module by its name, which a string of any kind may be.
pub fn import(vm: &Vm, name: Ref<Str>) -> Result<Value, Raised> {
    if let Some(module) = vm.modules_dict().get_str(vm, name)
        && !module.is_none()
        && !is_initializing(vm, module)?
    {
        return Ok(module);
    }
    let Some(import) = vm.builtins_dict().get_str(vm, vm.names.__import__) else {
        return Err(vm.import_error(TypeId::ImportError, "__import__ not found", name.value()));
    };
    // With a name in `fromlist` the module itself comes back, not its outermost package.
    let from = vm.tuple(&[vm.names.__name__.value()]).value();
    vm.call(import, &[name.value(), Value::NONE, Value::NONE, from, Value::small(0)])
}

/// Is another thread, or a circular import, executing the module still?
fn is_initializing(vm: &Vm, module: Value) -> Result<bool, Raised> {
    let spec = match module.cast::<object::Module>() {
        Some(module) => module.dict().get_str(vm, vm.names.__spec__),
        None => vm.getattr_opt(module, vm.names.__spec__)?,
    };
    match spec {
        Some(spec) if !spec.is_none() => match vm.getattr_opt(spec, vm.names._initializing)? {
            Some(value) => vm.truthy(value),
            None => Ok(false),
        },
        _ => Ok(false),
    }
}

/// The parts of a dotted name, as a list of strings.
pub fn split_name(vm: &Vm, name: Ref<Str>) -> Ref<object::List> {
    let parts = vm.list(&[]);
    let mut start = 0;
    let bytes = name.as_bytes();
    for (at, byte) in bytes.iter().enumerate().chain([(bytes.len(), &b'.')]) {
        if *byte == b'.' {
            parts.push(vm, vm.substr(name, start..at).value());
            start = at + 1;
        }
    }
    parts
}

/// The attribute behind a dotted path.
pub fn attribute(vm: &Vm, mut object: Value, name: Ref<Str>) -> Result<Value, Raised> {
    if !name.as_bytes().contains(&b'.') {
        return vm.getattr(object, name);
    }
    let parts = split_name(vm, name);
    let mut index = 0;
    while let Some(part) = parts.get(index).and_then(|part| vm.as_str(part)) {
        object = vm.getattr(object, part)?;
        index += 1;
    }
    Ok(object)
}
