//! The namespace in which code finds builtins: what its globals have as `__builtins__`. It is nearly always a dict;
//! another object is stood for by a dict that holds nothing else, under a key that no dict of a program has.

use crate::{Dict, Module, R, Raised, Ref, Str, TypeId, ValueExt, Vm};
use heap::Value;

/// The key of a stand-in.
const STAND_IN: Value = Value::UNBOUND;

impl Vm {
    /// The namespace for a value of `__builtins__`.
    pub fn builtins_namespace(&self, value: Value) -> Ref<Dict> {
        if let Some(module) = value.cast::<Module>() {
            return module.dict();
        }
        value.cast::<Dict>().unwrap_or_else(|| {
            let dict = self.dict();
            dict.push(self, STAND_IN, 0, value);
            dict
        })
    }

    /// The namespace that code with these globals is run with; what runs now hands on its own where they have none.
    pub fn builtins_for(&self, globals: Ref<Dict>) -> Ref<Dict> {
        match globals.get_str(self, self.names.__builtins__) {
            Some(value) => self.builtins_namespace(value),
            None => self.current_builtins(),
        }
    }

    /// The namespace of the code that runs.
    pub fn current_builtins(&self) -> Ref<Dict> {
        match self.thread().current() {
            Some(frame) => frame.builtins,
            None => self.builtins_dict(),
        }
    }

    /// The object that a namespace is or stands for.
    pub fn builtins_value(&self, namespace: Ref<Dict>) -> Value {
        stood_for(namespace).unwrap_or(namespace.value())
    }

    /// A builtin by name, as the namespace's own class looks it up.
    pub fn builtin_in(&self, namespace: Ref<Dict>, name: Ref<Str>) -> Result<Option<Value>, Raised> {
        let mapping = match stood_for(namespace) {
            Some(mapping) => mapping,
            None if namespace.header_shape() == TypeId::Dict as u32 => return namespace.get(self, name.value()),
            None => namespace.value(),
        };
        match self.getitem(mapping, name.value()) {
            Ok(value) => Ok(Some(value)),
            Err(raised) => self.catch(raised, TypeId::KeyError).map(|_| None),
        }
    }

    /// A builtin that the machine needs, as the code that runs sees it. AttributeError where it is missing.
    pub fn current_builtin(&self, name: &str) -> R {
        let name = self.intern(name);
        match self.builtin_in(self.current_builtins(), name)? {
            Some(value) => Ok(value),
            None => Err(self.raise_type(self.types[TypeId::AttributeError], &[name.value()])),
        }
    }
}

fn stood_for(namespace: Ref<Dict>) -> Option<Value> {
    namespace.entry(0).filter(|entry| entry.key == STAND_IN).map(|entry| entry.value)
}
