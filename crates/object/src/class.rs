//! Making classes: bases, method resolution order, `__slots__`, and the slots behind special methods.

use crate::call::Args;
use crate::error::Raised;
use crate::layout::native::Native;
use crate::layout::type_object::{TypeParts, type_flags};
use crate::slots::{R, SEQUENCE_SPECIALS, SPECIALS, SlotId, Slots};
use crate::wrapper::SlotWrapper;
use crate::{Dict, Function, Kind, Ref, Str, Tuple, TypeId, TypeObj, ValueExt, Vm};
use heap::Value;

/// Number of names that making a class adds to its namespace: `__doc__`, `__dict__`, `__weakref__` and the like.
const NAMES_OF_CLASS: usize = 4;

/// Whether instances match sequence patterns, or mapping patterns.
const COLLECTION: u32 = type_flags::SEQUENCE | type_flags::MAPPING;

/// The slot of classes that define equality and no hash.
pub fn hash_not_implemented(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Err(crate::python_slots::unhashable(vm, this))
}

/// The slot `new` of built-in classes and of what inherits it.
pub fn builtin_new(vm: &Vm, class: Ref<TypeObj>, args: Args) -> R {
    new_from_def(vm, class, class, args)
}

/// Makes an instance of `class` as the built-in class `owner` does.
pub fn new_from_def(vm: &Vm, class: Ref<TypeObj>, owner: Ref<TypeObj>, args: Args) -> R {
    let Some(def) = owner.new_def.get() else {
        return Err(vm.type_error(format!("cannot create '{}' instances", class.name_str())));
    };
    // A subclass whose `__init__` is its own may take keyword arguments that the base does not know.
    if args.keyword_count() > 0 && !def.takes_keywords() && has_own(class, SlotId::init) {
        return call_with_first(vm, def, class.value(), Args::positional(&args.args[..args.count()]));
    }
    call_with_first(vm, def, class.value(), args)
}

/// Is a slot filled by a Python class, and not by its nearest built-in base?
fn has_own(class: Ref<TypeObj>, slot: SlotId) -> bool {
    let mut base = class;
    while base.def.get().is_none() {
        match base.base() {
            Some(next) => base = next,
            None => break,
        }
    }
    !class.slots().same(base.slots(), slot)
}

/// Calls a definition with one more argument in front.
pub(crate) fn call_with_first(vm: &Vm, def: &'static crate::native::NativeDef, first: Value, args: Args) -> R {
    let count = args.args.len();
    if count < 7 {
        // Values on the native stack are seen by the collector.
        let mut all = [Value::UNBOUND; 8];
        all[0] = first;
        all[1..=count].copy_from_slice(args.args);
        return def.call(vm, Args { args: &all[..=count], kwnames: args.kwnames });
    }
    let all = vm.list_with_capacity(count + 1);
    all.push(vm, first);
    all.extend(vm, args.args);
    def.call(vm, Args { args: all.items(), kwnames: args.kwnames })
}

/// The slot `init` of built-in classes and of what inherits it.
pub fn builtin_init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    let Some(def) = vm.type_of(this).init_def.get() else { return Ok(()) };
    call_with_first(vm, def, this, args).map(|_| ())
}

impl Vm {
    /// Calls a class: `__new__`, and `__init__` if that gave an instance.
    pub fn instantiate(&self, class: Ref<TypeObj>, args: Args) -> R {
        let Some(new) = class.slots().new else {
            return Err(self.type_error(format!("cannot create '{}' instances", class.qualified_name(self))));
        };
        let object = new(self, class, args)?;
        let object_class = self.type_of(object);
        if (object_class == class || object_class.is_subclass(class))
            && let Some(init) = object_class.slots().init
        {
            init(self, object, args)?;
        }
        Ok(object)
    }

    /// The C3 linearisation of a class with these bases.
    pub fn compute_mro(&self, class: Ref<TypeObj>, bases: &[Ref<TypeObj>]) -> Result<Ref<Tuple>, Raised> {
        for (index, base) in bases.iter().enumerate() {
            if bases[..index].contains(base) {
                return Err(self.type_error(format!("duplicate base class {}", base.name_str())));
            }
            if base.mro().is_empty() {
                return Err(self.type_error(format!("Cannot extend an incomplete type '{}'", base.name_str())));
            }
        }
        let mut sequences: Vec<Vec<Ref<TypeObj>>> = bases.iter().map(|base| base.mro_types().collect()).collect();
        sequences.push(bases.to_vec());
        let result = self.list(&[class.value()]);
        loop {
            sequences.retain(|sequence| !sequence.is_empty());
            if sequences.is_empty() {
                return Ok(self.tuple(result.items()));
            }
            let good = sequences
                .iter()
                .map(|sequence| sequence[0])
                .find(|candidate| !sequences.iter().any(|sequence| sequence[1..].contains(candidate)));
            let Some(next) = good else {
                let mut names: Vec<String> = Vec::new();
                for sequence in &sequences {
                    let name = sequence[0].name_str();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                let text =
                    format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", "));
                return Err(self.type_error(text));
            };
            result.push(self, next.value());
            for sequence in &mut sequences {
                if sequence[0] == next {
                    sequence.remove(0);
                }
            }
        }
    }

    /// The base whose layout a class with these bases extends.
    pub fn best_base(&self, bases: &[Ref<TypeObj>]) -> Result<Ref<TypeObj>, Raised> {
        let mut winner: Option<(Ref<TypeObj>, Ref<TypeObj>)> = None;
        for &base in bases {
            if !base.has(type_flags::BASETYPE) {
                let text = format!("type '{}' is not an acceptable base type", base.qualified_name(self));
                return Err(self.type_error(text));
            }
            let solid = self.solid_base(base);
            winner = match winner {
                None => Some((base, solid)),
                Some((winning, winning_solid)) => {
                    if winning_solid.is_subclass(solid) {
                        Some((winning, winning_solid))
                    } else if solid.is_subclass(winning_solid) {
                        Some((base, solid))
                    } else {
                        return Err(self.type_error("multiple bases have instance lay-out conflict"));
                    }
                }
            };
        }
        Ok(winner.map_or(self.types[TypeId::Object], |winner| winner.0))
    }

    /// The most derived metaclass of a metaclass and the classes of bases.
    pub fn derived_metaclass(&self, metaclass: Ref<TypeObj>, bases: &[Value]) -> Result<Ref<TypeObj>, Raised> {
        let mut winner = metaclass;
        for &base in bases {
            let class = self.type_of(base);
            if winner.is_subclass(class) {
                continue;
            }
            if class.is_subclass(winner) {
                winner = class;
                continue;
            }
            return Err(self.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses \
                 of all its bases",
            ));
        }
        Ok(winner)
    }

    /// `type.__new__(metaclass, name, bases, namespace, **keywords)`
    pub fn new_class(
        &self,
        metaclass: Ref<TypeObj>,
        name: Ref<Str>,
        bases: Ref<Tuple>,
        namespace: Ref<Dict>,
        keywords: Option<Ref<Dict>>,
    ) -> R {
        let mut base_types = Vec::with_capacity(bases.len());
        for &base in bases.items() {
            match base.cast::<TypeObj>() {
                Some(class) => base_types.push(class),
                None if self.has_special(base, self.names.__mro_entries__)
                    || self.getattr_opt(base, self.names.__mro_entries__)?.is_some() =>
                {
                    return Err(self.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
                }
                None => return Err(self.type_error("bases must be types")),
            }
        }
        let bases = if base_types.is_empty() {
            base_types.push(self.types[TypeId::Object]);
            self.tuple(&[self.types[TypeId::Object].value()])
        } else {
            bases
        };
        let base = self.best_base(&base_types)?;
        let dict = namespace.copy(self);
        if name.as_bytes().contains(&0) {
            return Err(self.value_error("type name must not contain null characters"));
        }
        let doc = dict.get_str(self, self.names.__doc__).and_then(|doc| doc.cast::<Str>());
        for text in [Some(name), doc].into_iter().flatten() {
            self.check_encodable(text)?;
        }
        let layout = self.class_layout(name, base, &base_types, dict)?;
        let qualname = match dict.remove_str(self, self.names.__qualname__) {
            Some(qualname) => match self.as_str(qualname) {
                Some(qualname) => qualname,
                None => {
                    let class = self.type_name(qualname);
                    return Err(self.type_error(format!("type __qualname__ must be a str, not {class}")));
                }
            },
            None => name,
        };
        let statics = dict.get_str(self, self.names.__static_attributes__).and_then(|names| self.as_tuple(names));
        let mut inline = base.inline_slots().max(layout.reserved);
        if let Some(statics) = statics
            && layout.has_dict
        {
            inline = (inline + statics.len()).min(layout.reserved + 32);
        }
        if layout.has_dict && inline < layout.reserved + 2 {
            inline = layout.reserved + 2;
        }
        let mut flags = base.flags() & type_flags::INHERITED | type_flags::HEAP | type_flags::BASETYPE;
        flags &= !(type_flags::HAS_DICT | type_flags::WEAKREF | COLLECTION);
        flags |= if layout.has_dict { type_flags::HAS_DICT } else { 0 };
        flags |= if layout.weakref { type_flags::WEAKREF } else { 0 };
        let kind = if base.has_payload() || base.instance_kind() == Kind::IMMEDIATE {
            Kind::INSTANCE
        } else {
            base.instance_kind()
        };
        let class = self.alloc_type(TypeParts {
            metaclass: Some(metaclass),
            name,
            qualname,
            kind,
            has_payload: base.has_payload(),
            flags,
            reserved_slots: layout.reserved,
            inline_slots: inline,
            root_shape: 0,
        });
        let solid = if layout.adds_slots { class } else { self.solid_base(base) };
        class.solid_base.set(self, class, solid.value());
        class.set_bases(self, Some(base), bases);
        // Empty until it is known, which a metaclass with an `mro` of its own can see.
        class.set_mro(self, self.tuple(&[]));
        class.new_def.set(base.new_def.get());
        class.init_def.set(base.init_def.get());
        let own = class.dict();
        own.reserve(self, dict.len() + NAMES_OF_CLASS);
        for entry in dict.iter() {
            if let Some(key) = self.as_str(entry.key) {
                own.insert_str(self, self.intern_str(key), entry.value);
            } else {
                own.insert_hashed(self, entry.key, entry.hash, entry.value)?;
                class.set_flags(type_flags::ODD_KEYS, true);
                let text = format!("non-string key in the __dict__ of class {}", class.name_str());
                self.warn(TypeId::RuntimeWarning, &text, 1)?;
            }
        }
        self.take_class_cells(class)?;
        self.prepare_namespace(class, &layout)?;
        self.custom_mro(class, metaclass)?;
        if class.mro().is_empty() {
            class.set_mro(self, self.compute_mro(class, &base_types)?);
        }
        // The first collection among the ancestors decides which patterns match.
        if let Some(flag) = class.mro_types().map(|other| other.flags() & COLLECTION).find(|flag| *flag != 0) {
            class.set_flags(flag, true);
        }
        for base in &base_types {
            base.subclasses.borrow_mut().push(class);
        }
        self.update_slots(class);
        self.finish_class(class, keywords)?;
        Ok(class.value())
    }

    /// Lets a metaclass replace the method resolution order. Tells whether it did.
    pub fn custom_mro(&self, class: Ref<TypeObj>, metaclass: Ref<TypeObj>) -> Result<bool, Raised> {
        if metaclass == self.types[TypeId::Type] {
            return Ok(false);
        }
        let own = self.lookup(metaclass, self.names.mro);
        if own == self.lookup(self.types[TypeId::Type], self.names.mro) {
            return Ok(false);
        }
        let result = self.call_method(class.value(), self.names.mro, &[])?;
        let mro = self.to_tuple(result)?;
        for &item in mro.items() {
            let Some(other) = item.cast::<TypeObj>() else {
                let name = self.type_name(item);
                return Err(self.type_error(format!("mro() returned a non-class ('{name}')")));
            };
            if !self.solid_base(class).is_subclass(self.solid_base(other)) {
                let name = other.name_str();
                return Err(self.type_error(format!("mro() returned base with unsuitable layout ('{name}')")));
            }
        }
        class.set_mro(self, mro);
        // It changes with each class in the order, also with those that are no bases.
        for other in class.mro_types() {
            if other != class {
                other.add_subclass(class);
            }
        }
        Ok(true)
    }

    fn class_layout(
        &self,
        name: Ref<Str>,
        base: Ref<TypeObj>,
        bases: &[Ref<TypeObj>],
        dict: Ref<Dict>,
    ) -> Result<ClassLayout, Raised> {
        let mut may_add_dict = !base.has_dict();
        let mut may_add_weak = !base.has(type_flags::WEAKREF);
        let mut layout = ClassLayout {
            has_dict: true,
            weakref: true,
            reserved: base.reserved_slots(),
            first: base.reserved_slots(),
            names: Vec::new(),
            adds_slots: false,
        };
        let Some(slots) = dict.get_str(self, self.names.__slots__) else { return Ok(layout) };
        layout.has_dict = base.has_dict() || bases.iter().any(|base| base.has_dict());
        layout.weakref = !may_add_weak || bases.iter().any(|base| base.has(type_flags::WEAKREF));
        let names = if self.as_str(slots).is_some() { self.tuple(&[slots]) } else { self.to_tuple(slots)? };
        let var_sized = base.is_subclass(self.types[TypeId::Int])
            || base.is_subclass(self.types[TypeId::Bytes])
            || base.is_subclass(self.types[TypeId::Tuple])
            || base.is_subclass(self.types[TypeId::Type]);
        if var_sized && !names.is_empty() {
            let text = format!("nonempty __slots__ not supported for subtype of '{}'", base.name_str());
            return Err(self.type_error(text));
        }
        let mut slot_names: Vec<Ref<Str>> = Vec::new();
        for &item in names.items() {
            let Some(slot) = self.as_str(item) else {
                let class = self.type_name(item);
                return Err(self.type_error(format!("__slots__ items must be strings, not '{class}'")));
            };
            let text = slot.to_string_lossy();
            if !base::unicode::is_identifier(slot.text()) {
                return Err(self.type_error("__slots__ must be identifiers"));
            }
            match text.as_str() {
                "__dict__" => {
                    if !may_add_dict {
                        return Err(self.type_error("__dict__ slot disallowed: we already got one"));
                    }
                    may_add_dict = false;
                    layout.has_dict = true;
                }
                "__weakref__" => {
                    if !may_add_weak {
                        return Err(self.type_error("__weakref__ slot disallowed: we already got one"));
                    }
                    may_add_weak = false;
                    layout.weakref = true;
                }
                _ => {
                    let mangled = self.intern(&mangle(&name.to_string_lossy(), &text));
                    let in_dict = dict.get_str(self, mangled).is_some();
                    let hidden = ["__qualname__", "__classcell__", "__classdictcell__"].contains(&text.as_str());
                    if in_dict && !hidden {
                        let text = format!("'{text}' in __slots__ conflicts with class variable");
                        return Err(self.value_error(text));
                    }
                    slot_names.push(mangled);
                }
            }
        }
        slot_names.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        slot_names.dedup();
        layout.adds_slots = !slot_names.is_empty();
        layout.reserved += slot_names.len();
        layout.names = slot_names;
        Ok(layout)
    }

    /// Wraps `__new__`, `__init_subclass__` and `__class_getitem__`, adds slot members, `__module__`, `__doc__`.
    fn prepare_namespace(&self, class: Ref<TypeObj>, layout: &ClassLayout) -> Result<(), Raised> {
        let dict = class.dict();
        if dict.find_str(self, self.names.__module__).is_none()
            && let Some(frame) = self.thread().current()
            && let Some(name) = frame.globals.get_str(self, self.names.__name__)
        {
            dict.insert_str(self, self.names.__module__, name);
        }
        if let Some(new) = dict.get_str(self, self.names.__new__)
            && new.cast::<Function>().is_some()
        {
            dict.insert_str(self, self.names.__new__, crate::descr::static_method(self, new));
        }
        for name in [self.names.__init_subclass__, self.names.__class_getitem__] {
            if let Some(function) = dict.get_str(self, name)
                && function.cast::<Function>().is_some()
            {
                dict.insert_str(self, name, crate::descr::class_method(self, function));
            }
        }
        for (index, &name) in layout.names.iter().enumerate() {
            let member = crate::descr::slot_member(self, class, name.value(), layout.first + index);
            dict.insert_str(self, name, member);
        }
        let base = class.base();
        if layout.has_dict
            && base.is_none_or(|base| !base.has_dict())
            && dict.find_str(self, self.names.__dict__).is_none()
        {
            dict.insert_str(self, self.names.__dict__, crate::descr::getset(self, class, &DICT_GETSET));
        }
        let weak = layout.weakref && base.is_none_or(|base| !base.has(type_flags::WEAKREF));
        if weak && dict.find_str(self, self.names.__weakref__).is_none() {
            dict.insert_str(self, self.names.__weakref__, crate::descr::getset(self, class, &WEAKREF_GETSET));
        }
        if dict.find_str(self, self.names.__doc__).is_none() {
            dict.insert_str(self, self.names.__doc__, Value::NONE);
        }
        if let Some(eq) = dict.find_str(self, self.names.__eq__)
            && dict.find_str(self, self.names.__hash__).is_none()
        {
            let _ = eq;
            dict.insert_str(self, self.names.__hash__, Value::NONE);
        }
        Ok(())
    }

    /// Fills the cells through which the functions of a class body find the class.
    fn take_class_cells(&self, class: Ref<TypeObj>) -> Result<(), Raised> {
        let dict = class.dict();
        if let Some(cell) = dict.remove_str(self, self.names.__classcell__) {
            match cell.cast::<crate::layout::function::CellObj>() {
                Some(cell) => cell.content.set(self, cell, class.value()),
                None => {
                    let name = self.type_name(cell);
                    let text = format!("__classcell__ must be a nonlocal cell, not <class '{name}'>");
                    return Err(self.type_error(text));
                }
            }
        }
        if let Some(cell) = dict.remove_str(self, self.names.__classdictcell__)
            && let Some(cell) = cell.cast::<crate::layout::function::CellObj>()
        {
            cell.content.set(self, cell, dict.value());
        }
        Ok(())
    }

    fn finish_class(&self, class: Ref<TypeObj>, keywords: Option<Ref<Dict>>) -> Result<(), Raised> {
        let dict = class.dict();
        self.class_changed(class);
        let entries = self.list_with_capacity(dict.len() * 2);
        for entry in dict.iter() {
            entries.push(self, entry.key);
            entries.push(self, entry.value);
        }
        for index in (0..entries.len()).step_by(2) {
            let (key, value) = (entries.items()[index], entries.items()[index + 1]);
            if self.has_special(value, self.names.__set_name__)
                && let Some(result) = self.call_special(value, self.names.__set_name__, &[class.value(), key])
                && let Err(raised) = result
            {
                let note = format!(
                    "Error calling __set_name__ on '{}' instance {} in '{}'",
                    self.type_name(value),
                    self.repr(key)?.to_string_lossy(),
                    class.name_str()
                );
                self.add_note(raised, &note);
                return Err(raised);
            }
        }
        let init = self.super_attr(class, class.value(), self.names.__init_subclass__)?;
        self.call_tuple_dict(init, &[], keywords)?;
        Ok(())
    }

    /// Adds a note to the exception that was raised.
    pub fn add_note(&self, raised: Raised, note: &str) {
        let exception = self.pending_exception(raised);
        let name = self.intern("__notes__");
        let notes = match self.instance_attr(exception, name).and_then(|notes| notes.cast::<crate::List>()) {
            Some(notes) => notes,
            None => {
                let notes = self.list(&[]);
                self.set_instance_attr(exception, name, notes.value());
                notes
            }
        };
        notes.push(self, self.str(note).value());
    }

    /// `super(class, object).name` for a class object.
    fn super_attr(&self, class: Ref<TypeObj>, object: Value, name: Ref<Str>) -> R {
        let behind = class.mro_types().skip_while(|base| *base != class).skip(1);
        // An `mro` of a metaclass may have left the class itself out.
        for base in behind.chain([self.types[TypeId::Object]]) {
            if let Some(attr) = base.dict().get_str(self, name) {
                return match self.type_of(attr).slots().descr_get {
                    Some(get) => get(self, attr, Value::UNBOUND, object),
                    None => Ok(attr),
                };
            }
        }
        Err(self.no_attribute(object, name))
    }

    /// Works out all slots of a Python class from its method resolution order.
    pub fn update_slots(&self, class: Ref<TypeObj>) {
        let slots = match class.base().and_then(|base| Some((base, self.slots_beyond(class, base)?))) {
            Some((base, own)) => {
                let mut slots = *base.slots();
                for slot in own {
                    slots.copy_from(&Slots::EMPTY, slot);
                    self.update_slot(class, slot, &mut slots);
                }
                slots
            }
            None => {
                let mut slots = Slots::EMPTY;
                for &slot in SlotId::ALL {
                    self.update_slot(class, slot, &mut slots);
                }
                slots
            }
        };
        class.set_slots(slots);
        crate::python_slots::special_flags(self, class);
        self.class_changed(class);
    }

    /// The interned name of a special method.
    pub(crate) fn special_name(&self, special: &'static crate::slots::Special) -> Ref<Str> {
        let offset = (special as *const _ as usize).wrapping_sub(SPECIALS.as_ptr() as usize);
        match self.special_names.borrow().get(offset / size_of::<crate::slots::Special>()) {
            Some(name) => *name,
            None => self.intern(special.name),
        }
    }

    /// The slots that may be others than in the base: those of special methods of the class and of its further ancestors.
    /// Whatever these do not define is found as it is from the base; `None` where the order of the ancestors is such that
    /// it may not be.
    fn slots_beyond(&self, class: Ref<TypeObj>, base: Ref<TypeObj>) -> Option<Vec<SlotId>> {
        let mut found = Vec::new();
        let mut of_base = base.mro_types().peekable();
        for ancestor in class.mro_types() {
            if of_base.next_if_eq(&ancestor).is_none() {
                self.slots_of_own_specials(ancestor, &mut found);
            }
        }
        of_base.peek().is_none().then_some(found)
    }

    /// Adds the slots that the special methods in the class's own namespace are for.
    fn slots_of_own_specials(&self, class: Ref<TypeObj>, found: &mut Vec<SlotId>) {
        let names = self.special_names.borrow();
        for entry in class.dict().iter() {
            let Some(key) = entry.key.cast::<Str>().filter(|key| key.may_be_special()) else { continue };
            let known = SPECIALS.iter().zip(names.iter()).filter(|(_, name)| self.str_eq(**name, key));
            found.extend(known.map(|(special, _)| special.slot));
            let sequence = SEQUENCE_SPECIALS.iter().filter(|special| special.name.as_bytes() == key.as_bytes());
            found.extend(sequence.map(|special| special.slot));
            if key == self.names.__getitem__ {
                // It makes instances iterable where `__iter__` does not.
                found.push(SlotId::iter);
            }
        }
    }

    fn update_slot(&self, class: Ref<TypeObj>, slot: SlotId, slots: &mut Slots) {
        let specials = crate::slots::specials_of(slot);
        let mut builtin: Option<Ref<TypeObj>> = None;
        let mut by_python = false;
        let mut found_any = false;
        for special in specials {
            let name = self.special_name(special);
            let Some(found) = self.lookup_uncached(class, name) else { continue };
            found_any = true;
            if slot == SlotId::new {
                // `__new__` of a built-in class is a function bound to that class.
                match found.cast::<crate::layout::function::NativeFunction>() {
                    Some(function) if std::ptr::eq(function.def, &crate::typedef::BUILTIN_NEW) => {
                        let base = class.base().unwrap_or(class);
                        slots.new = base.slots().new;
                    }
                    _ => slots.new = Slots::PYTHON.new,
                }
                return;
            }
            if slot == SlotId::hash && found.is_none() {
                slots.hash = Some(hash_not_implemented);
                return;
            }
            let wrapper: Option<Ref<Native<SlotWrapper>>> = self.as_native(found);
            match wrapper {
                Some(wrapper) if wrapper.special.slot == slot && class.is_subclass(wrapper.owner_type()) => {
                    let owner = wrapper.owner_type();
                    match builtin {
                        None => builtin = Some(owner),
                        Some(other) if other.slots().same(owner.slots(), slot) => {}
                        Some(_) => by_python = true,
                    }
                }
                // `__add__` of a sequence fills another slot.
                Some(wrapper)
                    if class.is_subclass(wrapper.owner_type())
                        && SEQUENCE_SPECIALS.iter().any(|s| std::ptr::eq(s, wrapper.special))
                            != SEQUENCE_SPECIALS.iter().any(|s| std::ptr::eq(s, special)) => {}
                _ => by_python = true,
            }
        }
        let sequence =
            matches!(slot, SlotId::concat | SlotId::repeat | SlotId::inplace_concat | SlotId::inplace_repeat);
        if by_python && !sequence {
            slots.copy_from(&Slots::PYTHON, slot);
        } else if let Some(owner) = builtin
            && !by_python
        {
            slots.copy_from(owner.slots(), slot);
        } else if !found_any && slot == SlotId::iter && self.lookup_uncached(class, self.names.__getitem__).is_some() {
            slots.iter = None;
        }
        if !found_any
            && slot == SlotId::buffer
            && let Some(base) = class.base()
        {
            slots.buffer = base.slots().buffer;
        }
    }

    /// After an attribute of a class changed: versions, and slots if it is a special method.
    pub fn class_attr_changed(&self, class: Ref<TypeObj>, name: Ref<Str>) {
        self.class_changed(class);
        if name.may_be_special() || name == self.names.__del__ {
            self.update_slots_below(class);
        }
    }

    /// Works out the slots of a class and all its subclasses anew.
    pub fn update_slots_below(&self, class: Ref<TypeObj>) {
        for class in class.with_subclasses() {
            if class.def.get().is_none() {
                self.update_slots(class);
            }
        }
    }
}

struct ClassLayout {
    has_dict: bool,
    weakref: bool,
    reserved: usize,
    first: usize,
    names: Vec<Ref<Str>>,
    adds_slots: bool,
}

/// A private name as it is stored in a class.
pub fn mangle(class: &str, name: &str) -> String {
    let stripped = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || stripped.is_empty() {
        return name.to_string();
    }
    format!("_{stripped}{name}")
}

/// `__dict__` of instances of Python classes. Where a built-in base has its own idea of it, that is asked.
pub static DICT_GETSET: crate::typedef::GetSet = crate::typedef::GetSet {
    name: "__dict__",
    get: |vm, this| match builtin_dict_descriptor(vm, this) {
        Some(descriptor) => match vm.type_of(descriptor).slots().descr_get {
            Some(get) => get(vm, descriptor, this, vm.type_of(this).value()),
            None => Ok(descriptor),
        },
        None => dict_get(vm, this),
    },
    set: Some(|vm, this, value| match builtin_dict_descriptor(vm, this) {
        Some(descriptor) => match vm.type_of(descriptor).slots().descr_set {
            Some(set) => set(vm, descriptor, this, value),
            None => Err(no_dict(vm, this)),
        },
        None => dict_set(vm, this, value),
    }),
    doc: "dictionary for instance variables",
    is_member: false,
};

/// Reads `__dict__` of any object that has one in its attribute area.
pub fn dict_get(vm: &Vm, this: Value) -> R {
    if vm.has_attribute_area(this) { Ok(vm.instance_dict(this).value()) } else { Err(no_dict(vm, this)) }
}

/// Writes or deletes `__dict__` of any object that has one in its attribute area.
pub fn dict_set(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if !vm.has_attribute_area(this) {
        return Err(no_dict(vm, this));
    }
    if value.is_unbound() {
        vm.replace_instance_dict(this, vm.dict());
        return Ok(());
    }
    match value.cast::<Dict>() {
        Some(dict) => {
            vm.replace_instance_dict(this, dict);
            Ok(())
        }
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("__dict__ must be set to a dictionary, not a '{name}'")))
        }
    }
}

#[cold]
fn no_dict(vm: &Vm, this: Value) -> Raised {
    vm.type_error(format!("this __dict__ descriptor does not support '{}' objects", vm.type_name(this)))
}

/// The `__dict__` of the nearest built-in base, where that has its own idea of it: classes, modules, exceptions.
fn builtin_dict_descriptor(vm: &Vm, this: Value) -> Option<Value> {
    if !matches!(this.kind(), Kind::TYPE | Kind::MODULE | Kind::EXCEPTION) {
        return None;
    }
    let mut at = Some(vm.type_of(this));
    while let Some(class) = at {
        if !class.has(type_flags::HEAP) {
            return vm.lookup(class, vm.names.__dict__);
        }
        at = class.base();
    }
    None
}

/// `__weakref__` of instances.
pub static WEAKREF_GETSET: crate::typedef::GetSet = crate::typedef::GetSet {
    name: "__weakref__",
    get: |vm, this| Ok(vm.weak.first_reference(this).unwrap_or(Value::NONE)),
    set: None,
    doc: "list of weak references to the object",
    is_member: false,
};

impl TypeObj {
    /// `module.qualname` for built-in classes outside builtins, else the name: as error messages show it.
    pub fn qualified_name(&self, vm: &Vm) -> String {
        match self.def.get() {
            Some(def) if def.module != "builtins" => format!("{}.{}", def.module, def.name),
            _ => {
                let _ = vm;
                self.name_str()
            }
        }
    }

    /// `module.qualname`, as some error messages show classes: without the module for those of builtins and `__main__`.
    pub fn full_name(&self, vm: &Vm) -> String {
        let qualname = vm.as_str(self.qualname.get()).map_or_else(|| self.name_str(), |name| name.to_string_lossy());
        let module = match self.def.get() {
            Some(def) => String::from(def.module),
            None => match self.dict().get_str(vm, vm.names.__module__).and_then(|module| vm.as_str(module)) {
                Some(module) => module.to_string_lossy(),
                None => return qualname,
            },
        };
        if module == "builtins" || module == "__main__" { qualname } else { format!("{module}.{qualname}") }
    }
}
