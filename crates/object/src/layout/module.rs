//! Modules.

use crate::{Dict, Field, Kind, Layout, Ref, TypeId, TypeObj, Vm};
use heap::{Header, Tracer, Value};

/// A module. Its attribute area follows (for subclasses with `__slots__`; names live in `dict`).
#[repr(C)]
pub struct Module {
    header: Header,
    dict: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::alloc_module` makes objects of this kind.
unsafe impl Layout for Module {
    const KIND: Kind = Kind::MODULE;
}

impl Module {
    /// `__dict__`
    #[inline(always)]
    pub fn dict(&self) -> Ref<Dict> {
        // SAFETY: the field always holds a dict.
        unsafe { Ref::from_ptr(self.dict.get().object_unchecked().cast()) }
    }
}

impl Vm {
    /// A module of a class with an empty `__dict__`.
    pub fn alloc_module(&self, class: Ref<TypeObj>) -> Ref<Module> {
        let object = self.alloc_with_attributes(size_of::<Module>(), Kind::MODULE, class).cast::<Module>();
        let dict = self.dict();
        // SAFETY: a fresh object.
        unsafe {
            (*object).dict.init(dict.value());
            Ref::from_ptr(object)
        }
    }

    /// A module with `__name__`, `__doc__`, `__package__`, `__loader__` and `__spec__`.
    pub fn module(&self, name: &str, doc: Option<&str>) -> Ref<Module> {
        let module = self.alloc_module(self.types[TypeId::Module]);
        let dict = module.dict();
        dict.insert_str(self, self.names.__name__, self.intern(name).value());
        dict.insert_str(self, self.names.__doc__, doc.map_or(Value::NONE, |doc| self.str(doc).value()));
        for name in [self.names.__package__, self.names.__loader__, self.names.__spec__] {
            dict.insert_str(self, name, Value::NONE);
        }
        module
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        (*object.cast::<Module>()).dict.trace(tracer);
        super::instance::trace_attributes(object, tracer);
    }
}
