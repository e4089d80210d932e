//! Importing from native code.

use crate::Vm;
use crate::slots::R;
use heap::Value;

impl Vm {
    /// A module by its dotted name. It is imported if it was not yet.
    pub fn import(&self, name: &str) -> R {
        let name = self.intern(name);
        if let Some(module) = self.modules_dict().get_str(self, name)
            && !module.is_none()
        {
            return Ok(module);
        }
        let Some(import) = self.builtins_dict().get_str(self, self.names.__import__) else {
            return Err(self.import_error(crate::TypeId::ImportError, "__import__ not found", name.value()));
        };
        // With a name in `fromlist` the module itself comes back, not its outermost package.
        let from = self.tuple(&[self.names.__name__.value()]).value();
        let under_way = &self.thread().native_imports;
        under_way.set(under_way.get() + 1);
        let module = self.call(import, &[name.value(), Value::NONE, Value::NONE, from, Value::small(0)]);
        under_way.set(under_way.get() - 1);
        module
    }

    /// An attribute of a module that is imported if it was not yet.
    pub fn import_from(&self, module: &str, name: &str) -> R {
        let module = self.import(module)?;
        self.getattr_str(module, name)
    }
}
