//! Capsules: in CPython, pointers that extension modules hand each other. Code that could follow one does not load here,
//! so that a capsule is no more than its name.

use crate::{TypeId, Vm};
use heap::{Tracer, Value};

/// A capsule.
pub struct Capsule {
    /// `module.attribute` where it is found.
    pub name: &'static str,
}

impl crate::NativeData for Capsule {
    fn trace(&self, _: &mut Tracer) {}
}

impl Vm {
    /// A capsule of that name.
    pub fn capsule(&self, name: &'static str) -> Value {
        self.native(self.types[TypeId::Capsule], Capsule { name }).value()
    }
}
