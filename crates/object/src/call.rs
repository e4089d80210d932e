//! The call protocol.

use crate::error::Raised;
use crate::layout::function::{Method, NativeFunction};
use crate::slots::R;
use crate::{Dict, Kind, Ref, Str, Tuple, TypeId, ValueExt, Vm};
use heap::Value;

/// Arguments of a call: positional ones, then the values of keyword arguments, whose names are in a tuple. The slice
/// lies in memory that the collector sees.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    /// All values.
    pub args: &'a [Value],
    /// The names of the last ones.
    pub kwnames: Option<Ref<Tuple>>,
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    #[inline(always)]
    pub fn positional(args: &'a [Value]) -> Args<'a> {
        Args { args, kwnames: None }
    }

    /// Number of positional arguments.
    #[inline(always)]
    pub fn count(self) -> usize {
        self.args.len() - self.keyword_count()
    }

    /// Number of keyword arguments.
    #[inline(always)]
    pub fn keyword_count(self) -> usize {
        self.kwnames.map_or(0, |names| names.len())
    }

    /// Are there no arguments?
    pub fn is_empty(self) -> bool {
        self.args.is_empty()
    }

    /// Without the first positional argument.
    pub fn rest(self) -> Args<'a> {
        Args { args: self.args.get(1..).unwrap_or(&[]), kwnames: self.kwnames }
    }

    /// The value of a keyword argument.
    pub fn keyword(self, name: &str) -> Option<Value> {
        self.split().1.into_iter().find(|(key, _)| key.as_bytes() == name.as_bytes()).map(|(_, value)| value)
    }
}

impl Vm {
    /// Calls an object with positional arguments.
    #[inline]
    pub fn call(&self, callable: Value, args: &[Value]) -> R {
        self.call_args(callable, Args::positional(args))
    }

    /// Calls an object.
    #[inline]
    pub fn call_args(&self, callable: Value, args: Args) -> R {
        match callable.kind() {
            Kind::NATIVE_FUNCTION => self.call_native(callable, args),
            Kind::METHOD => {
                // SAFETY: the kind was compared.
                let method: Ref<Method> = unsafe { callable.cast_unchecked() };
                self.call_with_self(method.function.get(), method.this.get(), args)
            }
            _ => {
                let Some(call) = self.type_of(callable).slots().call else {
                    return Err(self.not_callable(callable));
                };
                self.enter_native()?;
                let result = call(self, callable, args);
                self.leave_native();
                result
            }
        }
    }

    /// In a frame of its own: that of the dispatch loop must not hold new objects while the function runs.
    #[inline(never)]
    fn call_native(&self, callable: Value, args: Args) -> R {
        // SAFETY: the kind was compared.
        let function: Ref<NativeFunction> = unsafe { callable.cast_unchecked() };
        let this = function.this.get();
        if this.is_unbound() {
            if function.def.has_self() && callable.shape() != TypeId::BuiltinFunction as u32 {
                self.check_descriptor_self(function, args)?;
            }
            return self.call_def(function.def, args);
        }
        if args.args.len() < 7 {
            let mut all = [Value::UNBOUND; 8];
            all[0] = this;
            all[1..=args.args.len()].copy_from_slice(args.args);
            return self.call_def(function.def, Args { args: &all[..=args.args.len()], kwnames: args.kwnames });
        }
        let all = self.list_with_capacity(args.args.len() + 1);
        all.push(self, this);
        all.extend(self, args.args);
        self.call_def(function.def, Args { args: all.items(), kwnames: args.kwnames })
    }

    /// Calls a native function with its arguments, self first where it has one.
    #[inline(always)]
    pub fn call_def(&self, def: &'static crate::native::NativeDef, args: Args) -> R {
        self.enter_native()?;
        let result = def.call(self, args);
        self.leave_native();
        result
    }

    /// The first argument of a method taken from its class must be an instance of that class.
    #[inline]
    fn check_descriptor_self(&self, function: Ref<NativeFunction>, args: Args) -> Result<(), Raised> {
        if let Some(this) = args.args.first()
            && args.kwnames.is_none()
            && function.owner.get() == self.type_of(*this).value()
        {
            return Ok(());
        }
        self.check_descriptor_self_slow(function, args)
    }

    #[inline(never)]
    fn check_descriptor_self_slow(&self, function: Ref<NativeFunction>, args: Args) -> Result<(), Raised> {
        let Some(owner) = function.owner.get().cast::<crate::TypeObj>() else { return Ok(()) };
        let name = function.def.name();
        if args.count() == 0 {
            let text = format!("unbound method {}.{name}() needs an argument", owner.name_str());
            return Err(self.type_error(text));
        }
        let class = self.type_of(args.args[0]);
        if class == owner || class.is_subclass(owner) {
            return Ok(());
        }
        let text = format!(
            "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
            owner.name_str(),
            class.name_str()
        );
        Err(self.type_error(text))
    }

    /// Calls an object with one more argument in front.
    pub fn call_with_self(&self, callable: Value, this: Value, args: Args) -> R {
        if args.args.len() < 7 {
            let mut all = [Value::UNBOUND; 8];
            all[0] = this;
            all[1..=args.args.len()].copy_from_slice(args.args);
            return self.call_args(callable, Args { args: &all[..=args.args.len()], kwnames: args.kwnames });
        }
        let all = self.list_with_capacity(args.args.len() + 1);
        all.push(self, this);
        all.extend(self, args.args);
        self.call_args(callable, Args { args: all.items(), kwnames: args.kwnames })
    }

    /// Calls an object with keyword arguments by name.
    pub fn call_keywords(&self, callable: Value, args: &[Value], keywords: &[(&str, Value)]) -> R {
        let names = self.list_with_capacity(keywords.len());
        for (name, _) in keywords {
            names.push(self, self.intern(name).value());
        }
        let kwnames = self.tuple(names.items());
        let all = self.list(args);
        for (_, value) in keywords {
            all.push(self, *value);
        }
        self.call_args(callable, Args { args: all.items(), kwnames: Some(kwnames) })
    }

    /// Calls an object with a tuple of arguments and a dict of keyword arguments.
    pub fn call_tuple_dict(&self, callable: Value, args: &[Value], kwargs: Option<Ref<Dict>>) -> R {
        let Some(kwargs) = kwargs.filter(|kwargs| !kwargs.is_empty()) else {
            return self.call(callable, args);
        };
        let all = self.list(args);
        let names = self.list_with_capacity(kwargs.len());
        for entry in kwargs.iter() {
            if self.as_str(entry.key).is_none() {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(self, entry.key);
            all.push(self, entry.value);
        }
        let kwnames = self.tuple(names.items());
        self.call_args(callable, Args { args: all.items(), kwnames: Some(kwnames) })
    }

    /// The TypeError for a call of what has no `__call__`. A module may have been meant for the function that it has
    /// under its own name.
    #[cold]
    fn not_callable(&self, value: Value) -> Raised {
        let mut text = format!("'{}' object is not callable", self.type_name(value));
        if let Some(module) = value.cast::<crate::Module>()
            && let Some(name) = module.dict().get_str(self, self.names.__name__).and_then(|name| name.cast::<Str>())
            && module.dict().get_str(self, name).is_some_and(|inner| self.is_callable(inner))
        {
            let name = name.to_string_lossy();
            text.push_str(&format!(". Did you mean: '{name}.{name}(...)'?"));
        }
        self.type_error(text)
    }

    /// Calls a method by name.
    pub fn call_method(&self, this: Value, name: Ref<Str>, args: &[Value]) -> R {
        let (function, bound) = self.load_method(this, name)?;
        match bound {
            Some(this) => self.call_with_self(function, this, Args::positional(args)),
            None => self.call(function, args),
        }
    }

    /// Calls a method by name.
    pub fn call_method_str(&self, this: Value, name: &str, args: &[Value]) -> R {
        self.call_method(this, self.intern(name), args)
    }

    /// Calls a special method, looked up on the class. None where the class has none.
    pub fn call_special(&self, this: Value, name: Ref<Str>, args: &[Value]) -> Option<R> {
        let (function, bound) = match self.lookup_special(this, name) {
            Ok(found) => found?,
            Err(raised) => return Some(Err(raised)),
        };
        Some(match bound {
            Some(this) => self.call_with_self(function, this, Args::positional(args)),
            None => self.call(function, args),
        })
    }

    /// Can it be called?
    pub fn is_callable(&self, value: Value) -> bool {
        self.type_of(value).slots().call.is_some()
    }
}
