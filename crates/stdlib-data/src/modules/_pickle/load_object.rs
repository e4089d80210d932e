//! Reading classes and functions by name, and making objects.

use super::load::Loader;
use super::state::{State, attribute, import, with_context};
use super::unpickler::Settings;
use object::class::DICT_GETSET;
use object::descr::GetSetData;
use object::{Args, Dict, Kind, Raised, Ref, Str, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

/// The default of `find_class`.
pub fn find_class(
    vm: &Vm,
    state: &State,
    settings: &Settings,
    mut module: Value,
    mut name: Value,
) -> Result<Value, Raised> {
    vm.audit("pickle.find_class", &[module, name])?;
    if settings.protocol.get() < 3 && settings.fix_imports.get() {
        (module, name) = new_name(vm, state, module, name)?;
    }
    let Some(module_name) = vm.as_str(module) else {
        return Err(vm.type_error("module name must be a string"));
    };
    let found = import(vm, module_name)?;
    let Some(text) = vm.as_str(name) else {
        let class = vm.type_of(name).qualified_name(vm);
        return Err(vm.type_error(format!("attribute name must be string, not '{class}'")));
    };
    if settings.protocol.get() < 4 || !text.as_bytes().contains(&b'.') {
        return vm.getattr(found, text);
    }
    match attribute(vm, found, text) {
        Ok(value) => Ok(value),
        Err(raised) => {
            let context = vm.catch(raised, TypeId::AttributeError)?;
            let (path, module) = (vm.repr(name)?.to_string_lossy(), vm.repr(module)?.to_string_lossy());
            let text = format!("Can't resolve path {path} on module {module}");
            let raised = vm.raise(TypeId::AttributeError, &text);
            Err(with_context(vm, raised, context))
        }
    }
}

/// Module and name as Python 3 knows them.
fn new_name(vm: &Vm, state: &State, module: Value, name: Value) -> Result<(Value, Value), Raised> {
    let key = vm.tuple(&[module, name]).value();
    if let Some(names) = state.old_names.get().cast::<Dict>()
        && let Some(pair) = names.get(vm, key)?
    {
        let Some(&[module, name]) = vm.as_tuple(pair).as_deref().map(Tuple::items) else {
            let class = vm.type_of(pair).qualified_name(vm);
            let text = format!("_compat_pickle.NAME_MAPPING values should be 2-tuples, not {class}");
            return Err(vm.runtime_error(text));
        };
        if vm.as_str(module).is_none() || vm.as_str(name).is_none() {
            let (a, b) = (vm.type_of(module).qualified_name(vm), vm.type_of(name).qualified_name(vm));
            let text = format!("_compat_pickle.NAME_MAPPING values should be pairs of str, not ({a}, {b})");
            return Err(vm.runtime_error(text));
        }
        return Ok((module, name));
    }
    if let Some(modules) = state.old_modules.get().cast::<Dict>()
        && let Some(new) = modules.get(vm, module)?
    {
        if vm.as_str(new).is_none() {
            let class = vm.type_of(new).qualified_name(vm);
            let text = format!("_compat_pickle.IMPORT_MAPPING values should be strings, not {class}");
            return Err(vm.runtime_error(text));
        }
        return Ok((new, name));
    }
    Ok((module, name))
}

impl Loader<'_> {
    fn find(&mut self, module: Value, name: Value) -> Result<Value, Raised> {
        if self.hooks.find_class.is_unbound() {
            find_class(self.vm, &self.state, self.settings, module, name)
        } else {
            self.vm.call(self.hooks.find_class, &[module, name])
        }
    }

    /// A line as a string.
    fn name_line(&mut self, encoding: &str) -> Result<Value, Raised> {
        let line = self.input.line()?;
        let text = &line[..line.len() - 1];
        if text.is_ascii() {
            return Ok(self.vm.str(std::str::from_utf8(text).unwrap_or("")).value());
        }
        self.decode(text, encoding, "strict")
    }

    /// A class or function, named by two lines.
    pub fn global(&mut self) -> Result<(), Raised> {
        let module = self.name_line("utf-8")?;
        let name = self.name_line("utf-8")?;
        let found = self.find(module, name)?;
        self.push(found)
    }

    /// A class or function, named by two strings on the stack.
    pub fn stack_global(&mut self) -> Result<(), Raised> {
        let name = self.pop()?;
        let module = self.pop()?;
        if self.vm.exact_str(name).is_none() || self.vm.exact_str(module).is_none() {
            return Err(self.error("STACK_GLOBAL requires str"));
        }
        let found = self.find(module, name)?;
        self.push(found)
    }

    /// A class or function by its code in the extension registry.
    pub fn extension(&mut self, code: i64) -> Result<(), Raised> {
        let vm = self.vm;
        if code <= 0 {
            return Err(self.error("EXT specifies code <= 0"));
        }
        let key = vm.int(code);
        let cache = self.state.extension_cache.get().cast::<Dict>();
        if let Some(cache) = cache
            && let Some(known) = cache.get(vm, key)?
        {
            return self.push(known);
        }
        let registry = self.state.inverted_registry.get().cast::<Dict>();
        let Some(pair) = registry.map_or(Ok(None), |registry| registry.get(vm, key))? else {
            return Err(vm.value_error(format!("unregistered extension code {code}")));
        };
        let names = match vm.as_tuple(pair).as_deref().map(Tuple::items) {
            Some(&[module, name]) if vm.as_str(module).is_some() && vm.as_str(name).is_some() => Some((module, name)),
            _ => None,
        };
        let Some((module, name)) = names else {
            return Err(vm.value_error(format!("_inverted_registry[{code}] isn't a 2-tuple of strings")));
        };
        let found = self.find(module, name)?;
        if let Some(cache) = cache {
            cache.insert(vm, key, found)?;
        }
        self.push(found)
    }

    /// Makes an instance as protocols 0 and 1 do.
    fn instantiate(&mut self, class: Value, args: Ref<Tuple>) -> Result<(), Raised> {
        let vm = self.vm;
        let plain = args.is_empty()
            && class.cast::<TypeObj>().is_some()
            && vm.getattr_opt(class, vm.names.__getinitargs__)?.is_none();
        let object = match plain {
            true => vm.call_method(class, vm.names.__new__, &[class])?,
            false => vm.call(class, args.items())?,
        };
        self.push(object)
    }

    /// An instance; its class is named by two lines, the arguments lie above the mark.
    pub fn instance(&mut self) -> Result<(), Raised> {
        let mark = self.pop_mark()?;
        let module = self.name_line("ascii")?;
        let name = self.name_line("ascii")?;
        let class = self.find(module, name)?;
        let args = self.vm.tuple(self.above(mark));
        self.cut(mark);
        self.instantiate(class, args)
    }

    /// An instance; class and arguments lie above the mark.
    pub fn object(&mut self) -> Result<(), Raised> {
        let mark = self.pop_mark()?;
        let Some((&class, args)) = self.above(mark).split_first() else {
            return Err(self.error("unpickling stack underflow"));
        };
        let args = self.vm.tuple(args);
        self.cut(mark);
        self.instantiate(class, args)
    }

    /// `class.__new__(class, *args)`, the last with keyword arguments where they are asked for.
    pub fn new_object(&mut self, with_keywords: bool) -> Result<(), Raised> {
        let vm = self.vm;
        let kwargs = if with_keywords { self.pop()? } else { Value::UNBOUND };
        let args = self.pop()?;
        let class = self.pop()?;
        let name = if with_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let wrong = |loader: &Self, what: &str, got: Value| {
            let class = vm.type_of(got).qualified_name(vm);
            loader.error(format!("{name} {what}, not {class}"))
        };
        let Some(class_object) = class.cast::<TypeObj>() else {
            return Err(wrong(self, "class argument must be a type", class));
        };
        let Some(new) = class_object.slots().new else {
            let class = vm.type_of(class).qualified_name(vm);
            return Err(self.error(format!("{name} class argument '{class}' doesn't have __new__")));
        };
        let Some(arguments) = vm.as_tuple(args) else {
            return Err(wrong(self, "args argument must be a tuple", args));
        };
        let object = if with_keywords {
            let Some(keywords) = kwargs.cast::<Dict>() else {
                return Err(wrong(self, "kwargs argument must be a dict", kwargs));
            };
            let function = vm.getattr(class, vm.names.__new__)?;
            let all = vm.list(&[class]);
            all.extend(vm, arguments.items());
            let all = vm.tuple(all.items());
            vm.call_tuple_dict(function, all.items(), Some(keywords))?
        } else {
            new(vm, class_object, Args::positional(arguments.items()))?
        };
        self.push(object)
    }

    /// `function(*args)`
    pub fn reduce(&mut self) -> Result<(), Raised> {
        let args = self.pop()?;
        let function = self.pop()?;
        let Some(arguments) = self.vm.as_tuple(args) else {
            return Err(self.vm.type_error("argument list must be a tuple"));
        };
        let object = self.vm.call(function, arguments.items())?;
        self.push(object)
    }

    /// Gives the object below the top of the stack the state at its top.
    pub fn build(&mut self) -> Result<(), Raised> {
        let vm = self.vm;
        self.require(2)?;
        let state = self.pop()?;
        let object = self.top()?;
        if let Some(set) = vm.getattr_opt(object, vm.names.__setstate__)? {
            vm.call(set, &[state])?;
            return Ok(());
        }
        let (attributes, slots) = match vm.as_tuple(state).as_deref().map(Tuple::items) {
            Some(&[attributes, slots]) => (attributes, slots),
            _ => (state, Value::NONE),
        };
        let is_pair = attributes != state;
        if !attributes.is_none() {
            let Some(attributes) = attributes.cast::<Dict>() else {
                return Err(self.error("state is not a dictionary"));
            };
            set_attributes(vm, object, attributes)?;
        }
        if is_pair && !slots.is_none() {
            let Some(slots) = slots.cast::<Dict>() else {
                return Err(self.error("slot state is not a dictionary"));
            };
            let mut position = 0;
            while let Some((behind, entry)) = slots.next(position) {
                position = behind;
                let Some(name) = vm.as_str(entry.key) else {
                    let class = vm.type_of(entry.key).qualified_name(vm);
                    return Err(vm.type_error(format!("attribute name must be string, not '{class}'")));
                };
                vm.setattr(object, vm.intern_str(name), entry.value)?;
            }
        }
        Ok(())
    }
}

/// Are the attributes of an object where `__dict__` of plain Python classes says?
fn has_plain_dict(vm: &Vm, object: Value) -> bool {
    let class = vm.type_of(object);
    let generic = class.slots().getattr.is_none_or(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR));
    object.kind() == Kind::INSTANCE
        && generic
        && class.has_dict()
        && vm
            .lookup(class, vm.names.__dict__)
            .and_then(|found| vm.as_native::<GetSetData>(found))
            .is_some_and(|found| std::ptr::eq(found.def, &DICT_GETSET))
}

/// Puts a state into the `__dict__` of an object. Names of attributes are interned.
fn set_attributes(vm: &Vm, object: Value, attributes: Ref<Dict>) -> Result<(), Raised> {
    // Instances whose dict was never asked for stay without one.
    let plain = has_plain_dict(vm, object) && attributes.iter().all(|entry| vm.exact_str(entry.key).is_some());
    if plain {
        for entry in attributes.iter() {
            if let Some(name) = vm.exact_str(entry.key) {
                vm.set_instance_attr(object, vm.intern_str(name), entry.value);
            }
        }
        return Ok(());
    }
    let dict = vm.getattr(object, vm.names.__dict__)?;
    let mut position = 0;
    while let Some((behind, entry)) = attributes.next(position) {
        position = behind;
        let key = vm.exact_str(entry.key).map_or(entry.key, |name: Ref<Str>| vm.intern_str(name).value());
        vm.setitem(dict, key, entry.value)?;
    }
    Ok(())
}
