//! `isinstance` and `issubclass`.

use crate::error::Raised;
use crate::{Kind, Ref, Tuple, TypeId, TypeObj, ValueExt, Vm};
use heap::Value;

impl Vm {
    /// `isinstance(value, class_or_tuple)`
    pub fn is_instance(&self, value: Value, class: Value) -> Result<bool, Raised> {
        if let Some(class) = class.cast::<TypeObj>() {
            if self.type_of(value) == class {
                return Ok(true);
            }
            if self.type_of(class.value()) == self.types[TypeId::Type] {
                return self.is_instance_default(value, class.value());
            }
        }
        if class.kind() == Kind::TUPLE {
            self.enter_native()?;
            for &item in class.cast::<Tuple>().iter().flat_map(|tuple| tuple.items()) {
                if self.is_instance(value, item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        self.enter_native()?;
        match self.call_special(class, self.names.__instancecheck__, &[value]) {
            Some(result) => self.truthy(result?),
            None => self.is_instance_default(value, class),
        }
    }

    /// `type.__instancecheck__`
    pub fn is_instance_default(&self, value: Value, class: Value) -> Result<bool, Raised> {
        if let Some(class) = class.cast::<TypeObj>() {
            let own = self.type_of(value);
            if own.is_subclass(class) {
                return Ok(true);
            }
            if !self.shows_its_class(own) {
                let shown = self.getattr_opt(value, self.names.__class__)?;
                if let Some(shown) = shown.and_then(|shown| shown.cast::<TypeObj>()) {
                    return Ok(shown != own && shown.is_subclass(class));
                }
            }
            return Ok(false);
        }
        self.check_class(class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
        match self.getattr_opt(value, self.names.__class__)? {
            Some(own) => self.abstract_subclass(own, class),
            None => Ok(false),
        }
    }

    /// Is `__class__` of instances of this class known to be the class? Cheaper than a look at one.
    fn shows_its_class(&self, class: Ref<TypeObj>) -> bool {
        let is_generic = class.slots().getattr.is_none_or(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR));
        if is_generic && !class.has(crate::type_flags::HEAP) {
            return true;
        }
        let name = self.names.__class__;
        is_generic && self.lookup(class, name) == self.lookup(self.types[TypeId::Object], name)
    }

    /// `issubclass(class, class_or_tuple)`
    pub fn is_subclass(&self, derived: Value, class: Value) -> Result<bool, Raised> {
        if class.cast::<TypeObj>().is_some() && self.type_of(class) == self.types[TypeId::Type] {
            if derived == class {
                return Ok(true);
            }
            return self.is_subclass_default(derived, class);
        }
        if class.kind() == Kind::TUPLE {
            self.enter_native()?;
            for &item in class.cast::<Tuple>().iter().flat_map(|tuple| tuple.items()) {
                if self.is_subclass(derived, item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        self.enter_native()?;
        match self.call_special(class, self.names.__subclasscheck__, &[derived]) {
            Some(result) => self.truthy(result?),
            None => self.is_subclass_default(derived, class),
        }
    }

    /// `type.__subclasscheck__`
    pub fn is_subclass_default(&self, derived: Value, class: Value) -> Result<bool, Raised> {
        if let (Some(derived), Some(class)) = (derived.cast::<TypeObj>(), class.cast::<TypeObj>()) {
            return Ok(derived.is_subclass(class));
        }
        self.check_class(derived, "issubclass() arg 1 must be a class")?;
        self.check_class(class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
        self.abstract_subclass(derived, class)
    }

    fn abstract_bases(&self, class: Value) -> Result<Option<Ref<Tuple>>, Raised> {
        Ok(self.getattr_opt(class, self.names.__bases__)?.and_then(|bases| bases.cast()))
    }

    fn check_class(&self, class: Value, text: &str) -> Result<(), Raised> {
        if self.abstract_bases(class)?.is_none() {
            return Err(self.type_error(text));
        }
        Ok(())
    }

    fn abstract_subclass(&self, derived: Value, class: Value) -> Result<bool, Raised> {
        if derived == class {
            return Ok(true);
        }
        self.enter_native()?;
        if let Some(bases) = self.abstract_bases(derived)? {
            for &base in bases.items() {
                if self.abstract_subclass(base, class)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
