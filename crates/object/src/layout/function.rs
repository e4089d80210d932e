//! Functions, methods and cells.

use crate::native::NativeDef;
use crate::{Code, Dict, Field, Kind, Layout, Ref, TypeId, Vm};
use heap::{Header, Tracer, Value};

/// A Python function. All but code and globals may be unbound. Its attribute area follows.
#[repr(C)]
#[allow(missing_docs)]
pub struct Function {
    header: Header,
    code: Field,
    globals: Field,
    pub builtins: Field,
    /// Tuple or unbound.
    pub defaults: Field,
    /// Dict or unbound.
    pub kwdefaults: Field,
    /// Tuple of cells or unbound.
    pub closure: Field,
    pub name: Field,
    pub qualname: Field,
    pub module: Field,
    pub doc: Field,
    pub annotations: Field,
    pub annotate: Field,
    pub type_params: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::function` makes objects of this kind.
unsafe impl Layout for Function {
    const KIND: Kind = Kind::FUNCTION;
}

impl Function {
    /// Its code.
    #[inline(always)]
    pub fn code(&self) -> Ref<Code> {
        // SAFETY: the field always holds a code object.
        unsafe { Ref::from_ptr(self.code.get().object_unchecked().cast()) }
    }

    /// The globals it runs in.
    #[inline(always)]
    pub fn globals(&self) -> Ref<Dict> {
        // SAFETY: the field always holds a dict.
        unsafe { Ref::from_ptr(self.globals.get().object_unchecked().cast()) }
    }
}

impl Ref<Function> {
    /// Replaces `__code__`.
    pub fn set_code(self, vm: &Vm, code: Ref<Code>) {
        self.code.set(vm, self, code.value());
    }
}

pub(crate) unsafe fn trace_function(object: *mut Header, tracer: &mut Tracer) {
    let f = unsafe { &*object.cast::<Function>() };
    let fields = [
        &f.code,
        &f.globals,
        &f.builtins,
        &f.defaults,
        &f.kwdefaults,
        &f.closure,
        &f.name,
        &f.qualname,
        &f.module,
        &f.doc,
        &f.annotations,
        &f.annotate,
        &f.type_params,
    ];
    for field in fields {
        field.trace(tracer);
    }
    unsafe { crate::layout::instance::trace_attributes(object, tracer) };
}

/// A function bound to its first argument.
#[repr(C)]
pub struct Method {
    header: Header,
    /// The function, any callable.
    pub function: Field,
    /// The first argument.
    pub this: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::method` makes objects of this kind.
unsafe impl Layout for Method {
    const KIND: Kind = Kind::METHOD;
}

pub(crate) unsafe fn trace_method(object: *mut Header, tracer: &mut Tracer) {
    let method = unsafe { &*object.cast::<Method>() };
    method.function.trace(tracer);
    method.this.trace(tracer);
}

/// A built-in function. Its class tells how it is used: `builtin_function_or_method` (bound to `this`, a module or
/// an object), `method_descriptor` and `classmethod_descriptor` (in the namespace of class `owner`).
#[repr(C)]
pub struct NativeFunction {
    header: Header,
    /// What it does.
    pub def: &'static NativeDef,
    /// What it is bound to, or unbound.
    pub this: Field,
    /// The class that has it, or the name of the module, or unbound.
    pub owner: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::native_function` makes objects of this kind.
unsafe impl Layout for NativeFunction {
    const KIND: Kind = Kind::NATIVE_FUNCTION;
}

pub(crate) unsafe fn trace_native(object: *mut Header, tracer: &mut Tracer) {
    let function = unsafe { &*object.cast::<NativeFunction>() };
    function.this.trace(tracer);
    function.owner.trace(tracer);
}

/// A variable that closures share.
#[repr(C)]
pub struct CellObj {
    header: Header,
    /// The value, or unbound.
    pub content: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::cell` makes objects of this kind.
unsafe impl Layout for CellObj {
    const KIND: Kind = Kind::CELL;
}

pub(crate) unsafe fn trace_cell(object: *mut Header, tracer: &mut Tracer) {
    unsafe { (*object.cast::<CellObj>()).content.trace(tracer) };
}

impl Vm {
    /// A new function of a code object.
    pub fn function(&self, code: Ref<Code>, globals: Ref<Dict>) -> Ref<Function> {
        let class = self.types[TypeId::Function];
        let object = self.alloc_with_attributes(size_of::<Function>(), Kind::FUNCTION, class).cast::<Function>();
        // SAFETY: a fresh object.
        let function: Ref<Function> = unsafe { Ref::from_ptr(object) };
        let f = &*function;
        for field in [&f.defaults, &f.kwdefaults, &f.closure, &f.annotations, &f.annotate, &f.type_params, &f.builtins]
        {
            field.init(Value::UNBOUND);
        }
        f.code.init(code.value());
        f.globals.init(globals.value());
        f.name.init(code.name.get());
        f.qualname.init(code.qualname.get());
        f.module.init(globals.get_str(self, self.names.__name__).unwrap_or(Value::NONE));
        f.doc.init(Value::UNBOUND);
        function
    }

    /// A bound method.
    #[inline]
    pub fn method(&self, function: Value, this: Value) -> Value {
        let object = self.alloc(size_of::<Method>(), Kind::METHOD, TypeId::Method as u32).cast::<Method>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).function.init(function);
            (*object).this.init(this);
            Ref::from_ptr(object).value()
        }
    }

    /// A built-in function of one of the classes that [`NativeFunction`] names.
    pub fn native_function(
        &self,
        class: TypeId,
        def: &'static NativeDef,
        this: Value,
        owner: Value,
    ) -> Ref<NativeFunction> {
        let object =
            self.alloc(size_of::<NativeFunction>(), Kind::NATIVE_FUNCTION, class as u32).cast::<NativeFunction>();
        // SAFETY: a fresh object.
        unsafe {
            (&raw mut (*object).def).write(def);
            (*object).this.init(this);
            (*object).owner.init(owner);
            Ref::from_ptr(object)
        }
    }

    /// A cell.
    #[inline]
    pub fn cell(&self, content: Value) -> Value {
        let object = self.alloc(size_of::<CellObj>(), Kind::CELL, TypeId::Cell as u32).cast::<CellObj>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).content.init(content);
            Ref::from_ptr(object).value()
        }
    }
}
