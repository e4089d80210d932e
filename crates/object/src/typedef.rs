//! Definitions of built-in classes and native modules.

use crate::layout::type_object::{TypeParts, type_flags};
use crate::native::NativeDef;
use crate::slots::{DescrGetFn, Slot, Slots};
use crate::{Dict, Kind, Module, Raised, Ref, TypeId, TypeObj, ValueExt, Vm};
use heap::Value;

/// A computed attribute.
pub struct GetSet {
    /// Name.
    pub name: &'static str,
    /// Reads it from an instance.
    pub get: fn(&Vm, Value) -> crate::slots::R,
    /// Writes it, or deletes it where the value is unbound.
    pub set: Option<fn(&Vm, Value, Value) -> Result<(), Raised>>,
    /// Documentation.
    pub doc: &'static str,
    /// Is it shown as `member_descriptor` (a field) and not as `getset_descriptor`?
    pub is_member: bool,
}

/// A built-in class.
pub struct TypeDef {
    /// The machine's number for it, if it has one.
    pub id: Option<TypeId>,
    /// `__name__`
    pub name: &'static str,
    /// `__module__`
    pub module: &'static str,
    /// The class it extends.
    pub base: TypeId,
    /// Kind of instances.
    pub kind: Kind,
    /// Are values of this class the payload of subclass instances?
    pub payload: bool,
    /// Flags of [`type_flags`].
    pub flags: u32,
    /// Number of hidden slots of instances beyond those of the base, read and written by [`Vm::slot`] and
    /// [`Vm::set_slot`]: state that a subclass of dict or list adds.
    pub hidden_slots: usize,
    /// Documentation, without signature.
    pub doc: &'static str,
    /// Slots.
    pub slots: &'static [Slot],
    /// Methods.
    pub methods: &'static [&'static [NativeDef]],
    /// Computed attributes.
    pub getset: &'static [GetSet],
    /// How instances are made: its first parameter is the class. Where a class has `new` only, its arguments are
    /// those of the class.
    pub new: Option<&'static NativeDef>,
    /// How instances are initialised: its first parameter is the instance.
    pub init: Option<&'static NativeDef>,
    /// Does a class without `new` take that of its base?
    pub inherit_new: bool,
}

impl TypeDef {
    /// A definition with nothing set, for `..TypeDef::DEFAULT`.
    pub const DEFAULT: TypeDef = TypeDef {
        id: None,
        name: "",
        module: "builtins",
        base: TypeId::Object,
        kind: Kind::NATIVE,
        payload: false,
        flags: 0,
        hidden_slots: 0,
        doc: "",
        slots: &[],
        methods: &[],
        getset: &[],
        new: None,
        init: None,
        inherit_new: true,
    };
}

/// A native module.
pub struct ModuleDef {
    /// Name as it is imported.
    pub name: &'static str,
    /// Documentation.
    pub doc: &'static str,
    /// Functions.
    pub functions: &'static [&'static [NativeDef]],
    /// Makes what is not a function: classes, constants.
    pub exec: fn(&Vm, Ref<Module>) -> Result<(), Raised>,
}

impl Vm {
    /// Makes a built-in class. Its base must be made.
    pub fn make_type(&self, def: &'static TypeDef) -> Ref<TypeObj> {
        self.make_type_with_base(def, Some(self.types[def.base]))
    }

    /// Makes a built-in class that extends any class.
    pub fn make_type_with_base(&self, def: &'static TypeDef, base: Option<Ref<TypeObj>>) -> Ref<TypeObj> {
        let class = self.make_bare_type(def, base);
        self.fill_type(class);
        class
    }

    /// Makes a built-in class that extends any class, as an instance of a metaclass.
    pub fn make_type_of_metaclass(
        &self,
        metaclass: Ref<TypeObj>,
        def: &'static TypeDef,
        base: Ref<TypeObj>,
    ) -> Ref<TypeObj> {
        let class = self.make_type_parts(Some(metaclass), def, Some(base));
        self.fill_type(class);
        class
    }

    /// Makes a built-in class whose namespace is to be filled by [`Vm::fill_type`]: for the time before the classes of
    /// descriptors are made.
    pub fn make_bare_type(&self, def: &'static TypeDef, base: Option<Ref<TypeObj>>) -> Ref<TypeObj> {
        let metaclass = self.types.is_made(TypeId::Type).then(|| self.types[TypeId::Type]);
        self.make_type_parts(metaclass, def, base)
    }

    fn make_type_parts(
        &self,
        metaclass: Option<Ref<TypeObj>>,
        def: &'static TypeDef,
        base: Option<Ref<TypeObj>>,
    ) -> Ref<TypeObj> {
        let inherited = base.map_or(0, |base| base.flags() & type_flags::INHERITED);
        let shape = def.id.map_or(0, |id| id as u32);
        let name = self.intern(def.name);
        let class = self.alloc_type(TypeParts {
            metaclass,
            name,
            qualname: name,
            kind: def.kind,
            has_payload: def.payload || base.is_some_and(|base| base.has_payload()),
            flags: def.flags | inherited | type_flags::IMMUTABLE,
            reserved_slots: def.hidden_slots + base.map_or(0, |base| base.reserved_slots()),
            inline_slots: def.hidden_slots + base.map_or(0, |base| base.reserved_slots()),
            root_shape: shape,
        });
        class.def.set(Some(def));
        if let Some(id) = def.id {
            self.types.set(id, class);
            self.shapes.set_class(id as u32, class);
        }
        if let Some(base) = base {
            base.subclasses.borrow_mut().push(class);
            if def.kind == base.instance_kind()
                && !base.solid_base.get().is_unbound()
                && def.kind != Kind::NATIVE
                && def.hidden_slots == 0
            {
                class.solid_base.set(self, class, base.solid_base.get());
            }
        }
        if class.solid_base.get().is_unbound() {
            let is_new_layout = base.is_none_or(|base| base.instance_kind() != def.kind)
                || def.kind == Kind::NATIVE
                || def.hidden_slots > 0;
            let solid = match base {
                Some(base) if !is_new_layout => self.solid_base(base),
                _ => class,
            };
            class.solid_base.set(self, class, solid.value());
        }
        let bases: Vec<Value> = base.iter().map(|base| base.value()).collect();
        class.set_bases(self, base, self.tuple(&bases));
        let mro = self.list(&[class.value()]);
        if let Some(base) = base {
            mro.extend(self, base.mro().items());
        }
        class.set_mro(self, self.tuple(mro.items()));
        let mut slots = base.map_or(Slots::EMPTY, |base| *base.slots());
        for slot in def.slots {
            slots.set(*slot);
        }
        let sets = |wanted: fn(&Slot) -> bool| def.slots.iter().any(wanted);
        if sets(|slot| matches!(slot, Slot::compare(_))) && !sets(|slot| matches!(slot, Slot::hash(_))) {
            slots.hash = Some(crate::class::hash_not_implemented);
        }
        if def.new.is_some() || !def.inherit_new {
            class.new_def.set(def.new);
            slots.new = def.new.map(|_| crate::class::builtin_new as crate::slots::NewFn);
        } else {
            class.new_def.set(base.and_then(|base| base.new_def.get()));
        }
        if let Some(init) = def.init {
            class.init_def.set(Some(init));
            slots.init = Some(crate::class::builtin_init);
        } else {
            class.init_def.set(base.and_then(|base| base.init_def.get()));
        }
        if def.flags & type_flags::NO_NEW != 0 {
            slots.new = None;
        }
        class.set_slots(slots);
        class
    }

    /// Fills the namespace of a built-in class. Left for later while the classes of descriptors are not made.
    pub fn fill_type(&self, class: Ref<TypeObj>) {
        let Some(def) = class.def.get() else { return };
        let dict = class.dict();
        let methods: usize = def.methods.iter().map(|table| table.len()).sum();
        // The wrappers of slots come to it: for most slots there is one.
        dict.reserve(self, dict.len() + def.slots.len() + methods + def.getset.len() + 2);
        let mut own = Slots::EMPTY;
        for slot in def.slots {
            own.set(*slot);
        }
        if def.init.is_some() {
            own.init = Some(crate::class::builtin_init);
        }
        self.add_slot_wrappers(class, &own);
        if own.compare.is_some() && own.hash.is_none() {
            dict.insert_str(self, self.names.__hash__, Value::NONE);
        }
        if let Some(new) = def.new {
            let function = self.native_function(TypeId::BuiltinFunction, &BUILTIN_NEW, class.value(), class.value());
            let _ = new;
            dict.insert_str(self, self.names.__new__, function.value());
        }
        for table in def.methods {
            for method in *table {
                self.add_method(class, method);
            }
        }
        for getset in def.getset {
            let name = self.intern(getset.name);
            let descriptor = crate::descr::getset(self, class, getset);
            dict.insert_str(self, name, descriptor);
        }
        if dict.get_str(self, self.names.__doc__).is_none() {
            let doc = if def.doc.is_empty() { Value::NONE } else { self.str(def.doc).value() };
            dict.insert_str(self, self.names.__doc__, doc);
        }
        if def.module != "builtins" && dict.find_str(self, self.names.__module__).is_none() {
            dict.insert_str(self, self.names.__module__, self.intern(def.module).value());
        }
        class.set_version(0);
    }

    /// Adds a method to a built-in class.
    pub fn add_method(&self, class: Ref<TypeObj>, def: &'static NativeDef) {
        use crate::native::effects;
        let name = self.intern(def.name());
        let value = if def.effects & effects::STATIC != 0 {
            let function = self.native_function(TypeId::BuiltinFunction, def, Value::UNBOUND, class.value());
            crate::descr::static_method(self, function.value())
        } else {
            let kind = if def.effects & effects::CLASS != 0 {
                TypeId::ClassMethodDescriptor
            } else {
                TypeId::MethodDescriptor
            };
            self.native_function(kind, def, Value::UNBOUND, class.value()).value()
        };
        class.dict().insert_str(self, name, value);
    }

    /// Makes a native module and runs its `exec`.
    pub fn make_module(&self, def: &'static ModuleDef) -> Result<Ref<Module>, Raised> {
        let module = self.module(def.name, (!def.doc.is_empty()).then_some(def.doc));
        self.fill_module(module, def)?;
        Ok(module)
    }

    /// Adds what a definition says to a module.
    pub fn fill_module(&self, module: Ref<Module>, def: &'static ModuleDef) -> Result<(), Raised> {
        for table in def.functions {
            self.add_functions(module.dict(), table, module.value(), def.name);
        }
        (def.exec)(self, module)
    }

    /// Adds functions to a module's namespace.
    pub fn add_functions(&self, dict: Ref<Dict>, table: &'static [NativeDef], module: Value, module_name: &str) {
        let owner = self.intern(module_name).value();
        dict.reserve(self, dict.len() + table.len());
        for def in table {
            // Functions whose line starts with `$module` get the module.
            let this = if def.has_self() { module } else { Value::UNBOUND };
            let function = self.native_function(TypeId::BuiltinFunction, def, this, owner);
            dict.insert_str(self, self.intern(def.name()), function.value());
        }
    }

    /// Makes a class of a native module and adds it to the module.
    pub fn add_type(&self, module: Ref<Module>, def: &'static TypeDef) -> Ref<TypeObj> {
        let class = match def.id {
            Some(id) if self.types.is_made(id) => self.types[id],
            _ => self.make_type(def),
        };
        module.dict().insert_str(self, self.intern(def.name), class.value());
        class
    }

    /// Adds a value to a module.
    pub fn add_value(&self, module: Ref<Module>, name: &str, value: impl Into<Value>) {
        module.dict().insert_str(self, self.intern(name), value.into());
    }

    /// The class whose layout a class has.
    pub fn solid_base(&self, class: Ref<TypeObj>) -> Ref<TypeObj> {
        class.solid_base.get().cast::<TypeObj>().unwrap_or(class)
    }
}

/// `__new__` of all built-in classes: bound to the class.
pub(crate) static BUILTIN_NEW: NativeDef = crate::native! {
    /// Create and return a new object.  See help(type) for accurate signature.
    "__new__(...)" -> new_static
};

fn new_static(vm: &Vm, args: crate::Args) -> crate::slots::R {
    // `this` of the function is the class that has the method, see `fill_type`.
    match args.args.first().and_then(|first| first.cast::<TypeObj>()) {
        Some(owner) => crate::wrapper::call_builtin_new(vm, owner, args.rest()),
        None => Err(vm.type_error("descriptor '__new__' needs a class")),
    }
}

/// The slot of descriptors that give back themselves.
pub const DESCR_SELF: DescrGetFn = |_, this, _, _| Ok(this);
