//! Attribute lookup: classes, descriptors, the general rules of reading and writing attributes.

use crate::error::Raised;
use crate::slots::R;
use crate::vm::{METHOD_CACHE, MethodCacheEntry};
use crate::{Kind, Ref, Str, TypeId, TypeObj, ValueExt, Vm};
use heap::Value;

impl Vm {
    /// The class of a value.
    #[inline(always)]
    pub fn type_of(&self, value: Value) -> Ref<TypeObj> {
        if value.is_object() {
            // SAFETY: a pointer value points to an object.
            return self.shapes.class(unsafe { (*value.object_unchecked()).shape.get() });
        }
        self.types[immediate_type(value)]
    }

    /// Is it an instance of the built-in class itself, not of a subclass?
    #[inline(always)]
    pub fn is_exactly(&self, value: Value, class: TypeId) -> bool {
        if value.is_object() {
            value.shape() == class as u32 || self.type_of(value) == self.types[class]
        } else {
            immediate_type(value) == class
        }
    }

    /// Is it an instance of the built-in class or a subclass? (By its class, without `__instancecheck__`.)
    pub fn is_a(&self, value: Value, class: TypeId) -> bool {
        self.type_of(value).is_subclass(self.types[class])
    }

    /// `type(value).__name__`
    pub fn type_name(&self, value: Value) -> String {
        self.type_of(value).name_str()
    }

    /// The string, if it is one of class str itself.
    #[inline(always)]
    pub fn exact_str(&self, value: Value) -> Option<Ref<Str>> {
        value.cast::<Str>()
    }

    /// The string of a str or an instance of a subclass.
    #[inline(always)]
    pub fn as_str(&self, value: Value) -> Option<Ref<Str>> {
        value.cast::<Str>().or_else(|| self.payload(value)?.cast())
    }

    /// A string of class str equal to a str or an instance of a subclass.
    pub fn exact_str_value(&self, value: Value) -> Value {
        self.as_str(value).map_or(value, Ref::value)
    }

    /// The bytes of a bytes object or an instance of a subclass.
    pub fn as_bytes(&self, value: Value) -> Option<Ref<crate::Bytes>> {
        value.cast::<crate::Bytes>().or_else(|| self.payload(value)?.cast())
    }

    /// The tuple of a tuple or an instance of a subclass.
    pub fn as_tuple(&self, value: Value) -> Option<Ref<crate::Tuple>> {
        value.cast::<crate::Tuple>().or_else(|| self.payload(value)?.cast())
    }

    /// An attribute of a class by its method resolution order, not bound.
    #[inline]
    pub fn lookup(&self, class: Ref<TypeObj>, name: Ref<Str>) -> Option<Value> {
        let mut version = class.version();
        if version == 0 {
            version = self.next_type_version();
            class.set_version(version);
        }
        let key = name.as_ptr() as u64;
        let slot = (version as usize ^ (key >> 4) as usize) % METHOD_CACHE;
        let entry = self.method_cache[slot].get();
        if entry.version == version && entry.name == key {
            return entry.value.bound();
        }
        let found = self.lookup_uncached(class, name);
        if name.is_interned() && class.version() == version {
            let value = found.unwrap_or(Value::UNBOUND);
            self.method_cache[slot].set(MethodCacheEntry { version, name: key, value });
        }
        found
    }

    /// The same without the cache.
    pub fn lookup_uncached(&self, class: Ref<TypeObj>, name: Ref<Str>) -> Option<Value> {
        // The order is that of the start of the search, also where a key's `__eq__` changes the bases meanwhile.
        class.mro_types().find_map(|class| match class.dict().get_str(self, name) {
            None if class.flags() & crate::type_flags::ODD_KEYS != 0 => class.dict().get_odd(self, name),
            found => found,
        })
    }

    /// The class in the method resolution order that has an attribute, and the attribute.
    pub fn lookup_where(&self, class: Ref<TypeObj>, name: Ref<Str>) -> Option<(Ref<TypeObj>, Value)> {
        class.mro_types().find_map(|class| class.dict().get_str(self, name).map(|value| (class, value)))
    }

    /// Forgets what is known of a class and its subclasses: one of its attributes changes.
    pub fn class_changed(&self, class: Ref<TypeObj>) {
        class.set_version(0);
        if class.has_subclasses() {
            for subclass in class.with_subclasses() {
                subclass.set_version(0);
            }
        }
    }

    /// Reads an attribute.
    #[inline]
    pub fn getattr(&self, object: Value, name: Ref<Str>) -> R {
        let result = match self.type_of(object).slots().getattr {
            Some(getattr) => getattr(self, object, name),
            None => self.generic_getattr(object, name),
        };
        result.map_err(|raised| self.with_attribute(raised, object, name))
    }

    /// An AttributeError that tells of no attribute gets the one that was looked for.
    #[cold]
    #[inline(never)]
    pub fn with_attribute(&self, raised: Raised, object: Value, name: Ref<Str>) -> Raised {
        let exception = self.pending_exception(raised);
        if self.is_exception(exception, TypeId::AttributeError)
            && let Some(error) = exception.cast::<crate::Exception>()
            && error.extra(0).is_unbound()
            && error.extra(1).is_unbound()
        {
            error.set_extra(self, 0, name.value());
            error.set_extra(self, 1, object);
        }
        raised
    }

    /// Reads an attribute by its name.
    pub fn getattr_str(&self, object: Value, name: &str) -> R {
        self.getattr(object, self.intern(name))
    }

    /// Reads an attribute; None where AttributeError is raised.
    pub fn getattr_opt(&self, object: Value, name: Ref<Str>) -> Result<Option<Value>, Raised> {
        let getattr = self.type_of(object).slots().getattr;
        // Descriptors may raise AttributeError too, also where the general rules apply.
        let found = if getattr.is_some_and(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR)) {
            self.generic_getattr_opt(object, name)
        } else {
            self.getattr(object, name).map(Some)
        };
        match found {
            Err(raised) => self.catch(raised, TypeId::AttributeError).map(|_| None),
            found => found,
        }
    }

    /// The slot for the general rules.
    pub const GENERIC_GETATTR: crate::slots::GetAttrFn = generic_getattr_slot;
    /// The slot for the general rules.
    pub const GENERIC_SETATTR: crate::slots::SetAttrFn = generic_setattr_slot;

    /// Reads an attribute by the general rules: data descriptor, instance, other descriptor, class.
    pub fn generic_getattr(&self, object: Value, name: Ref<Str>) -> R {
        match self.generic_getattr_opt(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// The AttributeError for a missing attribute.
    #[cold]
    pub fn no_attribute(&self, object: Value, name: Ref<Str>) -> Raised {
        let text = format!(
            "'{}' object has no attribute '{}'",
            self.type_of(object).qualified_name(self),
            name.to_string_lossy()
        );
        self.attribute_error(text, object, name.value())
    }

    /// Reads an attribute by the general rules; None where there is none.
    pub fn generic_getattr_opt(&self, object: Value, name: Ref<Str>) -> Result<Option<Value>, Raised> {
        let class = self.type_of(object);
        let found = self.lookup(class, name);
        let mut get = None;
        if let Some(attr) = found {
            let slots = self.type_of(attr).slots();
            get = slots.descr_get;
            if let Some(get) = get
                && slots.descr_set.is_some()
            {
                return get(self, attr, object, class.value()).map(Some);
            }
        }
        if let Some(value) = self.instance_attr_any(object, name) {
            return Ok(Some(value));
        }
        match (found, get) {
            (Some(attr), Some(get)) => get(self, attr, object, class.value()).map(Some),
            (found, _) => Ok(found),
        }
    }

    /// An instance attribute; the name need not be interned.
    fn instance_attr_any(&self, object: Value, name: Ref<Str>) -> Option<Value> {
        if name.is_interned() {
            self.instance_attr(object, name)
        } else {
            self.instance_attr(object, self.interned(name)?)
        }
    }

    /// Writes an attribute, or deletes it where the value is unbound.
    #[inline]
    pub fn setattr(&self, object: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
        match self.type_of(object).slots().setattr {
            Some(setattr) => setattr(self, object, name, value),
            None => self.generic_setattr(object, name, value),
        }
    }

    /// Writes an attribute by the general rules.
    pub fn generic_setattr(&self, object: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
        let class = self.type_of(object);
        let found = self.lookup(class, name);
        if let Some(attr) = found
            && let Some(set) = self.type_of(attr).slots().descr_set
        {
            return set(self, attr, object, value);
        }
        if class.has_dict() && object.is_object() {
            let name = self.intern_str(name);
            if value.is_unbound() {
                if self.delete_instance_attr(object, name) {
                    return Ok(());
                }
                return Err(self.no_attribute(object, name));
            }
            self.set_instance_attr(object, name, value);
            return Ok(());
        }
        let type_name = class.qualified_name(self);
        let name_text = name.to_string_lossy();
        let text = if found.is_some() {
            format!("'{type_name}' object attribute '{name_text}' is read-only")
        } else if std::ptr::fn_addr_eq(class.slots().setattr.unwrap_or(Vm::GENERIC_SETATTR), Vm::GENERIC_SETATTR) {
            format!("'{type_name}' object has no attribute '{name_text}' and no __dict__ for setting new attributes")
        } else {
            format!("'{type_name}' object has no attribute '{name_text}'")
        };
        Err(self.attribute_error(text, object, name.value()))
    }

    /// A method to be called: the function and what it is to be bound to, or the attribute and nothing.
    #[inline]
    pub fn load_method(&self, object: Value, name: Ref<Str>) -> Result<(Value, Option<Value>), Raised> {
        let class = self.type_of(object);
        let generic = class.slots().getattr.is_none_or(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR));
        if generic
            && let Some(attr) = self.lookup(class, name)
            && is_method(attr)
            && self.instance_attr_any(object, name).is_none()
        {
            return Ok((attr, Some(object)));
        }
        Ok((self.getattr(object, name)?, None))
    }

    /// A special method, looked up on the class only: the function and what it is to be bound to.
    pub fn lookup_special(&self, object: Value, name: Ref<Str>) -> Result<Option<(Value, Option<Value>)>, Raised> {
        let class = self.type_of(object);
        let Some(attr) = self.lookup(class, name) else { return Ok(None) };
        if is_method(attr) {
            return Ok(Some((attr, Some(object))));
        }
        match self.type_of(attr).slots().descr_get {
            Some(get) => Ok(Some((get(self, attr, object, class.value())?, None))),
            None => Ok(Some((attr, None))),
        }
    }

    /// Does the class have an attribute of that name?
    pub fn has_special(&self, object: Value, name: Ref<Str>) -> bool {
        self.lookup(self.type_of(object), name).is_some()
    }

    /// Reads an attribute of a class: data descriptors of the metaclass, the class's own method resolution order, the
    /// metaclass.
    pub fn type_getattr(&self, object: Value, name: Ref<Str>) -> R {
        match self.type_getattr_opt(object, name)? {
            Some(value) => Ok(value),
            None => {
                let class = object.cast::<TypeObj>().map_or_else(String::new, |class| class.name_str());
                let text = format!("type object '{class}' has no attribute '{}'", name.to_string_lossy());
                Err(self.attribute_error(text, object, name.value()))
            }
        }
    }

    /// The same; None where there is no such attribute.
    pub fn type_getattr_opt(&self, object: Value, name: Ref<Str>) -> Result<Option<Value>, Raised> {
        let Some(class) = object.cast::<TypeObj>() else { return self.generic_getattr_opt(object, name) };
        let metaclass = self.type_of(object);
        let meta_attr = self.lookup(metaclass, name);
        let mut meta_get = None;
        if let Some(attr) = meta_attr {
            let slots = self.type_of(attr).slots();
            meta_get = slots.descr_get;
            if let Some(get) = meta_get
                && slots.descr_set.is_some()
            {
                return get(self, attr, object, metaclass.value()).map(Some);
            }
        }
        if let Some(attr) = self.lookup(class, name) {
            return match self.type_of(attr).slots().descr_get {
                Some(get) => get(self, attr, Value::UNBOUND, object).map(Some),
                None => Ok(Some(attr)),
            };
        }
        match (meta_attr, meta_get) {
            (Some(attr), Some(get)) => get(self, attr, object, metaclass.value()).map(Some),
            (attr, _) => Ok(attr),
        }
    }

    /// Binds an attribute found on a class to an object, as reading it would.
    pub fn bind_attr(&self, attr: Value, object: Value, class: Ref<TypeObj>) -> R {
        match self.type_of(attr).slots().descr_get {
            Some(get) => get(self, attr, object, class.value()),
            None => Ok(attr),
        }
    }
}

// Functions and not closures, never inlined: their addresses are compared, and closures have one for each crate that
// mentions them.
#[inline(never)]
fn generic_getattr_slot(vm: &Vm, object: Value, name: Ref<Str>) -> R {
    vm.generic_getattr(object, name)
}

#[inline(never)]
fn generic_setattr_slot(vm: &Vm, object: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    vm.generic_setattr(object, name, value)
}

/// Is it a function that binds to an instance by prepending it to the arguments?
#[inline(always)]
pub fn is_method(attr: Value) -> bool {
    match attr.kind() {
        Kind::FUNCTION => true,
        Kind::NATIVE_FUNCTION => attr.shape() == TypeId::MethodDescriptor as u32,
        Kind::NATIVE => attr.shape() == TypeId::WrapperDescriptor as u32,
        _ => false,
    }
}

/// The class of a value that is not an object.
#[inline(always)]
pub fn immediate_type(value: Value) -> TypeId {
    if value.is_int() {
        TypeId::Int
    } else if value.is_float() {
        TypeId::Float
    } else if value.is_bool() {
        TypeId::Bool
    } else if value.is_none() {
        TypeId::NoneType
    } else if value == Value::NOT_IMPLEMENTED {
        TypeId::NotImplementedType
    } else if value == Value::ELLIPSIS {
        TypeId::EllipsisType
    } else {
        TypeId::Object
    }
}
