//! Writing classes, functions and what else is found again by its name.

use super::opcode::*;
use super::save::Saver;
use super::state::{attribute, import, split_name, with_context};
use object::{Dict, Raised, Ref, Str, Tuple, TypeId, Value, ValueExt};

impl Saver<'_> {
    /// A class.
    pub fn class(&mut self, class: Value) -> Result<(), Raised> {
        let vm = self.vm;
        let singletons = [
            (TypeId::NoneType, Value::NONE),
            (TypeId::EllipsisType, Value::ELLIPSIS),
            (TypeId::NotImplementedType, Value::NOT_IMPLEMENTED),
        ];
        for (id, singleton) in singletons {
            if class == vm.types[id].value() {
                let args = vm.tuple(&[singleton]);
                let reduced = vm.tuple(&[vm.types[TypeId::Type].value(), args.value()]);
                return self.save_reduced(reduced, Some(class));
            }
        }
        self.global(class, None)
    }

    /// An object by its name, which is `__qualname__` where none is given.
    pub fn global(&mut self, object: Value, name: Option<Ref<Str>>) -> Result<(), Raised> {
        let vm = self.vm;
        let name = match name {
            Some(name) => name,
            None => {
                let name = match vm.getattr_opt(object, vm.names.__qualname__)? {
                    Some(name) => name,
                    None => vm.getattr(object, vm.names.__name__)?,
                };
                match vm.as_str(name) {
                    Some(name) => name,
                    None => {
                        let text =
                            format!("{} expected a str as name, got {}", vm.type_name(object), vm.type_name(name));
                        return Err(vm.type_error(text));
                    }
                }
            }
        };
        let module = self.module_of(object, name)?;
        if self.protocol() >= 2 && self.extension(module, name)? {
            return Ok(());
        }
        if self.protocol() >= 4 {
            self.save(module.value())?;
            self.save(name.value())?;
            self.out.op(STACK_GLOBAL);
        } else {
            self.old_global(module, name)?;
        }
        self.memoize(object)
    }

    /// Before protocol 4, a dotted name is a chain of calls of getattr.
    fn old_global(&mut self, module: Ref<Str>, name: Ref<Str>) -> Result<(), Raised> {
        let vm = self.vm;
        if !name.as_bytes().contains(&b'.') {
            return self.top_level(module, name);
        }
        let parts = split_name(vm, name);
        let getattr = self.state.getattr.get();
        for _ in 1..parts.len() {
            self.save(getattr)?;
            if self.protocol() < 2 {
                self.out.op(MARK);
            }
        }
        let part = |index: usize| parts.get(index).and_then(|part| vm.as_str(part));
        self.top_level(module, part(0).unwrap_or(name))?;
        for index in 1..parts.len() {
            if let Some(part) = part(index) {
                self.save(part.value())?;
            }
            self.out.write(&[if self.protocol() < 2 { TUPLE } else { TUPLE2 }, REDUCE]);
        }
        Ok(())
    }

    fn top_level(&mut self, module: Ref<Str>, name: Ref<Str>) -> Result<(), Raised> {
        let (module, name) = match self.protocol() < 3 && self.settings.fix_imports.get() {
            true => self.old_name(module, name)?,
            false => (module, name),
        };
        self.out.op(GLOBAL);
        for (text, what) in [(module, "module"), (name, "global")] {
            let encodable = if self.protocol() >= 3 { text.as_str().is_some() } else { text.is_ascii() };
            if !encodable {
                return Err(self.not_encodable(text, what));
            }
            self.out.write(text.as_bytes());
            self.out.write(b"\n");
        }
        Ok(())
    }

    #[cold]
    fn not_encodable(&self, text: Ref<Str>, what: &str) -> Raised {
        let (vm, protocol) = (self.vm, self.protocol());
        let encoding = vm.intern(if protocol >= 3 { "utf-8" } else { "ascii" }).value();
        match vm.call_method(text.value(), vm.names.encode, &[encoding]) {
            Ok(_) => self.error("cannot encode a name"),
            Err(raised) => match vm.catch(raised, TypeId::UnicodeEncodeError) {
                Ok(context) => match vm.repr(text.value()) {
                    Ok(shown) => {
                        let shown = shown.to_string_lossy();
                        let text = format!("can't pickle {what} identifier {shown} using pickle protocol {protocol}");
                        with_context(vm, self.error(text), context)
                    }
                    Err(raised) => raised,
                },
                Err(raised) => raised,
            },
        }
    }

    /// Module and name as Python 2 knew them.
    fn old_name(&self, module: Ref<Str>, name: Ref<Str>) -> Result<(Ref<Str>, Ref<Str>), Raised> {
        let vm = self.vm;
        let key = vm.tuple(&[module.value(), name.value()]).value();
        if let Some(names) = self.state.new_names.get().cast::<Dict>()
            && let Some(pair) = names.get(vm, key)?
        {
            let Some(&[module, name]) = vm.as_tuple(pair).as_deref().map(Tuple::items) else {
                let class = vm.type_of(pair).qualified_name(vm);
                let text = format!("_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not {class}");
                return Err(vm.runtime_error(text));
            };
            return match (vm.as_str(module), vm.as_str(name)) {
                (Some(module), Some(name)) => Ok((module, name)),
                _ => {
                    let (a, b) = (vm.type_of(module).qualified_name(vm), vm.type_of(name).qualified_name(vm));
                    let text =
                        format!("_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not ({a}, {b})");
                    Err(vm.runtime_error(text))
                }
            };
        }
        if let Some(modules) = self.state.new_modules.get().cast::<Dict>()
            && let Some(old) = modules.get(vm, module.value())?
        {
            return match vm.as_str(old) {
                Some(old) => Ok((old, name)),
                None => {
                    let class = vm.type_of(old).qualified_name(vm);
                    let text = format!("_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not {class}");
                    Err(vm.runtime_error(text))
                }
            };
        }
        Ok((module, name))
    }

    /// Writes the code of an object from the extension registry, if it has one.
    fn extension(&mut self, module: Ref<Str>, name: Ref<Str>) -> Result<bool, Raised> {
        let vm = self.vm;
        let registry = self.state.extension_registry.get().cast::<Dict>();
        let Some(registry) = registry.filter(|registry| !registry.is_empty()) else { return Ok(false) };
        let key = vm.tuple(&[module.value(), name.value()]).value();
        let Some(code) = registry.get(vm, key)? else { return Ok(false) };
        let code = vm.index_i64(code)?;
        match code {
            1..=0xFF => self.out.op_u8(EXT1, code as u8),
            0x100..=0xFFFF => self.out.op_u16(EXT2, code as u16),
            0x1_0000..=0x7FFF_FFFF => self.out.op_u32(EXT4, code as u32),
            _ => return Err(vm.runtime_error(format!("extension code {code} is out of range"))),
        }
        Ok(true)
    }

    /// The name of the module in which an object is found.
    fn module_of(&self, object: Value, name: Ref<Str>) -> Result<Ref<Str>, Raised> {
        let vm = self.vm;
        let module = vm.getattr_opt(object, vm.names.__module__)?.unwrap_or(Value::NONE);
        if name.as_bytes().split(|byte| *byte == b'.').any(|part| part == b"<locals>") {
            let shown = vm.repr(object)?.to_string_lossy();
            return Err(self.error(format!("Can't pickle local object {shown}")));
        }
        let module = if module.is_none() { self.search_modules(object, name)? } else { module };
        let Some(module_name) = vm.as_str(module) else {
            let class = vm.type_of(module).qualified_name(vm);
            return Err(vm.type_error(format!("__module__ must be a string, not {class}")));
        };
        let fail = |text: String, context: Value| with_context(vm, self.error(text), context);
        let found = match import(vm, module_name) {
            Ok(found) => found,
            Err(raised) => {
                let exception = vm.pending_exception(raised);
                if ![TypeId::ImportError, TypeId::ValueError].iter().any(|class| vm.is_exception(exception, *class)) {
                    return Err(raised);
                }
                let context = vm.take_exception(raised);
                let (shown, why) = (vm.repr(object)?.to_string_lossy(), vm.to_str(context)?.to_string_lossy());
                return Err(fail(format!("Can't pickle {shown}: {why}"), context));
            }
        };
        let path = || format!("{}.{}", module_name.to_string_lossy(), name.to_string_lossy());
        match attribute(vm, found, name) {
            Ok(same) if same == object => Ok(module_name),
            Ok(_) => {
                let shown = vm.repr(object)?.to_string_lossy();
                Err(self.error(format!("Can't pickle {shown}: it's not the same object as {}", path())))
            }
            Err(raised) => {
                let context = vm.catch(raised, TypeId::AttributeError)?;
                let shown = vm.repr(object)?.to_string_lossy();
                Err(fail(format!("Can't pickle {shown}: it's not found as {}", path()), context))
            }
        }
    }

    /// Looks for an object without `__module__` in all modules.
    fn search_modules(&self, object: Value, name: Ref<Str>) -> Result<Value, Raised> {
        let vm = self.vm;
        let Some(modules) = vm.sys_attr("modules") else {
            return Err(vm.runtime_error("unable to get sys.modules"));
        };
        // A copy: reading attributes of lazy modules may import others.
        let names = vm.to_list(modules)?;
        let mut index = 0;
        while let Some(module_name) = names.get(index) {
            index += 1;
            let text = vm.as_str(module_name);
            if text.is_some_and(|text| matches!(text.as_bytes(), b"__main__" | b"__mp_main__")) {
                continue;
            }
            let module = match vm.getitem(modules, module_name) {
                Ok(module) => module,
                Err(raised) => {
                    vm.catch(raised, TypeId::KeyError)?;
                    continue;
                }
            };
            if module.is_none() {
                continue;
            }
            match attribute(vm, module, name) {
                Ok(found) if found == object => return Ok(module_name),
                Ok(_) => {}
                Err(raised) => {
                    vm.catch(raised, TypeId::AttributeError)?;
                }
            }
        }
        Ok(vm.names.__main__.value())
    }
}
