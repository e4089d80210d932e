//! Writing objects by what `__reduce__` says of them.

use super::opcode::*;
use super::save::Saver;
use super::state::class_name;
use object::{Dict, Kind, Raised, Ref, Str, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

/// What the function that makes the object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// `copyreg.__newobj__`
    New,
    /// `copyreg.__newobj_ex__`
    NewWithKeywords,
    /// Any other.
    Function,
}

impl Saver<'_> {
    /// Writes an instance of a plain class, where `object` itself says how. Gives false where it does not.
    pub fn plain_instance(&mut self, object: Value, class: Ref<TypeObj>) -> Result<bool, Raised> {
        if self.protocol() < 2 || object.kind() != Kind::INSTANCE || !self.reduces_as_object(object, class) {
            return Ok(false);
        }
        match self.entered(object, |saver| saver.write_plain(object, class)) {
            Ok(()) => Ok(true),
            Err(raised) => Err(self.note(raised, object, "object")),
        }
    }

    fn reduces_as_object(&self, object: Value, class: Ref<TypeObj>) -> bool {
        let vm = self.vm;
        let base = vm.types[TypeId::Object];
        let slots = class.slots();
        let inherits = |name: Ref<Str>| vm.lookup(class, name) == vm.lookup(base, name);
        !class.has_payload()
            && slots.new.is_some()
            && slots.getattr.is_none_or(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR))
            && [vm.names.__reduce_ex__, vm.names.__reduce__, vm.names.__class__].into_iter().all(inherits)
            && [vm.names.__getnewargs_ex__, vm.names.__getnewargs__]
                .iter()
                .all(|name| vm.lookup(class, *name).is_none())
            && [vm.names.__reduce_ex__, vm.names.__reduce__]
                .iter()
                .all(|name| vm.instance_attr(object, *name).is_none())
    }

    fn write_plain(&mut self, object: Value, class: Ref<TypeObj>) -> Result<(), Raised> {
        let vm = self.vm;
        let state = vm.call_method(object, vm.names.__getstate__, &[])?;
        self.part(object, class.value(), "class")?;
        self.part(object, vm.tuple(&[]).value(), "__new__ arguments")?;
        self.out.op(NEWOBJ);
        if let Some(known) = self.settings.memo.get(object) {
            self.out.op(POP);
            return self.get(known);
        }
        self.memoize(object)?;
        if !state.is_none() {
            self.part(object, state, "state")?;
            self.out.op(BUILD);
        }
        Ok(())
    }

    /// Asks an object how it is to be written.
    pub fn reduce(&mut self, object: Value) -> Result<Value, Raised> {
        let vm = self.vm;
        let protocol = Value::small(self.protocol() as i64);
        match vm.load_method(object, vm.names.__reduce_ex__) {
            Ok((method, Some(this))) => vm.call(method, &[this, protocol]),
            Ok((method, None)) => vm.call(method, &[protocol]),
            Err(raised) => {
                vm.catch(raised, TypeId::AttributeError)?;
                self.reduce_plain(object)
            }
        }
    }

    fn reduce_plain(&mut self, object: Value) -> Result<Value, Raised> {
        let vm = self.vm;
        match vm.getattr_opt(object, vm.names.__reduce__)? {
            Some(method) => vm.call(method, &[]),
            None => Err(self.error(format!("Can't pickle {} object", class_name(vm, object)))),
        }
    }

    /// Writes an object as the result of its reduction says.
    pub fn reduced(&mut self, object: Value, reduced: Value) -> Result<(), Raised> {
        let vm = self.vm;
        if let Some(name) = vm.as_str(reduced) {
            return self.global(object, Some(name));
        }
        let result = match vm.as_tuple(reduced) {
            Some(tuple) => self.entered(object, |saver| saver.save_reduced(tuple, Some(object))),
            None => {
                let class = class_name(vm, reduced);
                Err(self.error(format!("__reduce__ must return a string or tuple, not {class}")))
            }
        };
        result.map_err(|raised| self.note(raised, object, "object"))
    }

    fn must_be(&self, ordinal: &str, wanted: &str, got: Value) -> Raised {
        let class = class_name(self.vm, got);
        self.error(format!("{ordinal} item of the tuple returned by __reduce__ must be {wanted}, not {class}"))
    }

    /// Writes the parts that a reduction consists of. Where the object is given, it is remembered, and errors in the parts
    /// name it.
    pub fn save_reduced(&mut self, reduced: Ref<Tuple>, object: Option<Value>) -> Result<(), Raised> {
        let vm = self.vm;
        if !(2..=6).contains(&reduced.len()) {
            return Err(self.error("tuple returned by __reduce__ must contain 2 through 6 elements"));
        }
        let mut parts = [Value::NONE; 6];
        parts[..reduced.len()].copy_from_slice(reduced.items());
        let [function, args, state, list_items, dict_items, state_setter] = parts;
        if !vm.is_callable(function) {
            return Err(self.must_be("first", "callable", function));
        }
        let Some(arguments) = vm.as_tuple(args) else { return Err(self.must_be("second", "a tuple", args)) };
        for (ordinal, iterator) in [("fourth", list_items), ("fifth", dict_items)] {
            if !iterator.is_none() && vm.type_of(iterator).slots().next.is_none() {
                return Err(self.must_be(ordinal, "an iterator", iterator));
            }
        }
        if !state_setter.is_none() && !vm.is_callable(state_setter) {
            return Err(self.must_be("sixth", "callable", state_setter));
        }
        let shown = object.unwrap_or(function);
        match self.maker(function)? {
            Maker::NewWithKeywords => self.new_with_keywords(shown, arguments)?,
            Maker::New => self.new_object(shown, object, arguments)?,
            Maker::Function => {
                self.part(shown, function, "reconstructor")?;
                self.part(shown, args, "reconstructor arguments")?;
                self.out.op(REDUCE);
            }
        }
        if let Some(object) = object {
            if let Some(known) = self.settings.memo.get(object) {
                // One of its parts led back to it and was written with it.
                self.out.op(POP);
                return self.get(known);
            }
            self.memoize(object)?;
        }
        if !list_items.is_none() {
            self.append_all(shown, list_items)?;
        }
        if !dict_items.is_none() {
            self.set_all(shown, dict_items)?;
        }
        if !state.is_none() {
            if state_setter.is_none() {
                self.part(shown, state, "state")?;
                self.out.op(BUILD);
            } else {
                self.part(shown, state_setter, "state setter")?;
                self.save(shown)?;
                self.part(shown, state, "state")?;
                self.out.write(&[TUPLE2, REDUCE, POP]);
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn part(&mut self, object: Value, part: Value, what: &str) -> Result<(), Raised> {
        match self.save(part) {
            Ok(()) => Ok(()),
            Err(raised) => Err(self.note(raised, object, what)),
        }
    }

    fn maker(&self, function: Value) -> Result<Maker, Raised> {
        let vm = self.vm;
        if self.protocol() < 2 || function.cast::<TypeObj>().is_some() {
            return Ok(Maker::Function);
        }
        if function == self.state.newobj.get() {
            return Ok(Maker::New);
        }
        let name = vm.getattr_opt(function, vm.names.__name__)?.and_then(|name| vm.as_str(name));
        Ok(match name.as_deref().map(Str::as_bytes) {
            Some(b"__newobj__") => Maker::New,
            Some(b"__newobj_ex__") => Maker::NewWithKeywords,
            _ => Maker::Function,
        })
    }

    fn class_argument(&self, function: &str, class: Value) -> Result<(), Raised> {
        if class.cast::<TypeObj>().is_some() {
            return Ok(());
        }
        let class = class_name(self.vm, class);
        Err(self.error(format!("first argument to {function}() must be a class, not {class}")))
    }

    fn new_object(&mut self, shown: Value, object: Option<Value>, arguments: Ref<Tuple>) -> Result<(), Raised> {
        let vm = self.vm;
        let Some((&class, rest)) = arguments.items().split_first() else {
            return Err(self.error("__newobj__ expected at least 1 argument, got 0"));
        };
        self.class_argument("__newobj__", class)?;
        if let Some(object) = object {
            self.same_class(object, class)?;
        }
        self.part(shown, class, "class")?;
        self.part(shown, vm.tuple(rest).value(), "__new__ arguments")?;
        self.out.op(NEWOBJ);
        Ok(())
    }

    fn same_class(&self, object: Value, class: Value) -> Result<(), Raised> {
        let vm = self.vm;
        let own = vm.getattr(object, vm.names.__class__)?;
        if own == class {
            return Ok(());
        }
        let (wanted, got) = (vm.repr(own)?.to_string_lossy(), vm.repr(class)?.to_string_lossy());
        Err(self.error(format!("first argument to __newobj__() must be {wanted}, not {got}")))
    }

    fn new_with_keywords(&mut self, shown: Value, arguments: Ref<Tuple>) -> Result<(), Raised> {
        let vm = self.vm;
        let &[class, args, kwargs] = arguments.items() else {
            return Err(self.error(format!("__newobj_ex__ expected 3 arguments, got {}", arguments.len())));
        };
        self.class_argument("__newobj_ex__", class)?;
        let Some(positional) = vm.as_tuple(args) else {
            let class = class_name(vm, args);
            return Err(self.error(format!("second argument to __newobj_ex__() must be a tuple, not {class}")));
        };
        let Some(keywords) = kwargs.cast::<Dict>() else {
            let class = class_name(vm, kwargs);
            return Err(self.error(format!("third argument to __newobj_ex__() must be a dict, not {class}")));
        };
        if self.protocol() >= 4 {
            self.part(shown, class, "class")?;
            self.part(shown, args, "__new__ arguments")?;
            self.part(shown, kwargs, "__new__ arguments")?;
            self.out.op(NEWOBJ_EX);
            return Ok(());
        }
        // `partial(class.__new__, class, *args, **kwargs)`, to be called without arguments.
        let all = vm.list(&[vm.getattr(class, vm.names.__new__)?, class]);
        all.extend(vm, positional.items());
        let all = vm.tuple(all.items());
        let partial = vm.call_tuple_dict(self.state.partial.get(), all.items(), Some(keywords))?;
        self.part(shown, partial, "reconstructor")?;
        self.save(vm.tuple(&[]).value())?;
        self.out.op(REDUCE);
        Ok(())
    }
}
