//! Classes.

use crate::native::NativeDef;
use crate::slots::Slots;
use crate::{Dict, Field, Kind, Layout, Ref, Str, Tuple, TypeId, Vm};
use heap::{Header, Tracer, Value};
use std::cell::{Cell, RefCell, UnsafeCell};

/// Flags of a class.
pub mod type_flags {
    /// Made by Python code.
    pub const HEAP: u32 = 1;
    /// May be subclassed.
    pub const BASETYPE: u32 = 2;
    /// Instances have a `__dict__`.
    pub const HAS_DICT: u32 = 4;
    /// Instances can have weak references.
    pub const WEAKREF: u32 = 8;
    /// Abstract: has abstract methods that are not implemented.
    pub const ABSTRACT: u32 = 16;
    /// Attributes cannot be changed.
    pub const IMMUTABLE: u32 = 32;
    /// Instances have `__del__`.
    pub const FINALIZER: u32 = 64;
    /// Matches sequence patterns.
    pub const SEQUENCE: u32 = 128;
    /// Matches mapping patterns.
    pub const MAPPING: u32 = 256;
    /// Cannot be called to make instances.
    pub const NO_NEW: u32 = 512;
    /// A class pattern of one positional sub-pattern matches the subject itself (int, str, list ...).
    pub const MATCH_SELF: u32 = 1024;
    /// Reads instance attributes by the general rules.
    pub const METHOD_DESCRIPTOR: u32 = 2048;
    /// The namespace has keys that are no plain strings.
    pub const ODD_KEYS: u32 = 4096;
    /// A subclass of int.
    pub const INT: u32 = 1 << 16;
    /// A subclass of str.
    pub const STR: u32 = 1 << 17;
    /// A subclass of bytes.
    pub const BYTES: u32 = 1 << 18;
    /// A subclass of tuple.
    pub const TUPLE: u32 = 1 << 19;
    /// A subclass of list.
    pub const LIST: u32 = 1 << 20;
    /// A subclass of dict.
    pub const DICT: u32 = 1 << 21;
    /// A subclass of BaseException.
    pub const EXCEPTION: u32 = 1 << 22;
    /// A subclass of type.
    pub const TYPE: u32 = 1 << 23;
    /// A subclass of float.
    pub const FLOAT: u32 = 1 << 24;
    /// Flags that subclasses have too.
    pub const INHERITED: u32 = HAS_DICT | WEAKREF | FINALIZER | SEQUENCE | MAPPING | MATCH_SELF | 0xFFFF_0000;
}

/// A class.
#[repr(C)]
pub struct TypeObj {
    header: Header,
    /// `__name__` (a string).
    pub name: Field,
    /// `__qualname__` (a string).
    pub qualname: Field,
    bases: Field,
    mro: Field,
    base: Field,
    dict: Field,
    /// `__doc__` and `__text_signature__` of a built-in class are taken from its definition.
    pub def: Cell<Option<&'static crate::typedef::TypeDef>>,
    slots: UnsafeCell<Slots>,
    /// How instances are made: the definition of the nearest built-in base.
    pub new_def: Cell<Option<&'static NativeDef>>,
    /// How instances are initialised: the definition of the nearest built-in base.
    pub init_def: Cell<Option<&'static NativeDef>>,
    flags: Cell<u32>,
    version: Cell<u32>,
    kind: Kind,
    /// Is the layout that of an immutable built-in type, whose value is the payload of instances?
    has_payload: bool,
    inline_slots: Cell<u16>,
    reserved_slots: Cell<u16>,
    root_shape: Cell<u32>,
    dict_shape: Cell<u32>,
    /// The layout's owner: the nearest class in the base chain that added to the layout. Unbound in itself.
    pub(crate) solid_base: Field,
    /// What a native metaclass keeps for the class; unbound where it keeps nothing.
    pub extra: Field,
    pub(crate) subclasses: RefCell<Vec<Ref<TypeObj>>>,
}

// SAFETY: repr(C), starts with a Header; only `Vm::alloc_type` makes objects of this kind.
unsafe impl Layout for TypeObj {
    const KIND: Kind = Kind::TYPE;
}

impl TypeObj {
    /// Its definition, if it is built in and known to the machine.
    pub fn id(&self) -> Option<TypeId> {
        self.def.get().and_then(|def| def.id)
    }

    /// The name.
    pub fn name_str(&self) -> String {
        match crate::ValueExt::cast::<Str>(self.name.get()) {
            Some(name) => name.to_string_lossy(),
            None => String::from("?"),
        }
    }

    /// The bases.
    pub fn bases(&self) -> Ref<Tuple> {
        let value = self.bases.get();
        let tuple = super::instance::payload_of(value).unwrap_or(value);
        // SAFETY: the field always holds a tuple or an instance of a subclass, whose payload is one.
        unsafe { Ref::from_ptr(tuple.object_unchecked().cast()) }
    }

    /// The bases as they were given: a tuple, or an instance of a subclass.
    pub fn bases_value(&self) -> Value {
        self.bases.get()
    }

    /// The method resolution order.
    #[inline(always)]
    pub fn mro(&self) -> Ref<Tuple> {
        // SAFETY: the field always holds a tuple.
        unsafe { Ref::from_ptr(self.mro.get().object_unchecked().cast()) }
    }

    /// The classes of the method resolution order.
    pub fn mro_types(&self) -> impl Iterator<Item = Ref<TypeObj>> + '_ {
        // SAFETY: the tuple is alive while the class is, and holds classes only.
        let items: &[Value] = unsafe { &*(self.mro().items() as *const [Value]) };
        items.iter().map(|item| unsafe { Ref::from_ptr(item.object_unchecked().cast()) })
    }

    /// The base whose layout the class extends; None for object.
    #[inline(always)]
    pub fn base(&self) -> Option<Ref<TypeObj>> {
        // SAFETY: the field holds a class or is unbound.
        self.base.get().as_object().map(|base| unsafe { Ref::from_ptr(base.cast()) })
    }

    /// The namespace.
    #[inline(always)]
    pub fn dict(&self) -> Ref<Dict> {
        // SAFETY: the field always holds a dict.
        unsafe { Ref::from_ptr(self.dict.get().object_unchecked().cast()) }
    }

    /// The slots.
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: slots are replaced only by `set_slots`, function pointers are copied out before they are called.
        unsafe { &*self.slots.get() }
    }

    /// Replaces the slots.
    pub fn set_slots(&self, slots: Slots) {
        // SAFETY: references from `slots` are not kept (see there).
        unsafe { *self.slots.get() = slots };
    }

    /// The flags.
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }

    /// Are all these flags set?
    #[inline(always)]
    pub fn has(&self, flags: u32) -> bool {
        self.flags.get() & flags == flags
    }

    /// Sets or clears flags.
    pub fn set_flags(&self, flags: u32, on: bool) {
        self.flags.set(if on { self.flags.get() | flags } else { self.flags.get() & !flags });
    }

    /// The version tag: another number after every change of the class or one of its bases. 0: not assigned.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    pub(crate) fn set_version(&self, version: u32) {
        self.version.set(version);
    }

    /// The kind of its instances.
    pub fn instance_kind(&self) -> Kind {
        self.kind
    }

    /// Do instances hold a payload?
    pub fn has_payload(&self) -> bool {
        self.has_payload
    }

    /// Do instances have a `__dict__`?
    #[inline(always)]
    pub fn has_dict(&self) -> bool {
        self.has(type_flags::HAS_DICT)
    }

    /// Number of inline slots of new instances.
    #[inline(always)]
    pub fn inline_slots(&self) -> usize {
        self.inline_slots.get() as usize
    }

    /// Sets the number of inline slots of instances made from now on.
    pub fn set_inline_slots(&self, count: usize) {
        self.inline_slots.set(count as u16);
    }

    /// Sets the number of slots that instances of a built-in class have beside its payload. To be called before the
    /// first instance is made.
    pub fn set_reserved_slots(&self, count: usize) {
        self.reserved_slots.set(count as u16);
        self.inline_slots.set(count as u16);
    }

    /// Number of slots of `__slots__`, inherited ones included.
    pub fn reserved_slots(&self) -> usize {
        self.reserved_slots.get() as usize
    }

    /// Do instances have an attribute area?
    #[inline(always)]
    pub fn has_attribute_area(&self) -> bool {
        self.has_dict() || self.reserved_slots.get() > 0
    }

    /// The shape of new instances.
    #[inline(always)]
    pub fn root_shape(&self, vm: &Vm) -> u32 {
        let shape = self.root_shape.get();
        if shape != 0 { shape } else { self.make_shape(vm, &self.root_shape, false) }
    }

    /// The shape of instances in dict mode.
    pub fn dict_shape(&self, vm: &Vm) -> u32 {
        let shape = self.dict_shape.get();
        if shape != 0 { shape } else { self.make_shape(vm, &self.dict_shape, true) }
    }

    fn make_shape(&self, vm: &Vm, cell: &Cell<u32>, dict_mode: bool) -> u32 {
        // SAFETY: self is the struct of a class object.
        let this = unsafe { Ref::from_ptr(self as *const TypeObj) };
        let shape = vm.shapes.root(this, self.reserved_slots(), dict_mode);
        cell.set(shape);
        shape
    }

    /// Notes a subclass.
    pub fn add_subclass(&self, subclass: Ref<TypeObj>) {
        let mut subclasses = self.subclasses.borrow_mut();
        if !subclasses.contains(&subclass) {
            subclasses.push(subclass);
        }
    }

    /// Forgets a subclass.
    pub fn remove_subclass(&self, subclass: Ref<TypeObj>) {
        self.subclasses.borrow_mut().retain(|known| *known != subclass);
    }

    /// The shape of the class object itself: tells the metaclass.
    #[inline(always)]
    pub fn header_shape(&self) -> u32 {
        self.header.shape.get()
    }

    /// Is any subclass known?
    pub fn has_subclasses(&self) -> bool {
        !self.subclasses.borrow().is_empty()
    }

    /// The known subclasses.
    pub fn subclasses(&self) -> Vec<Ref<TypeObj>> {
        self.subclasses.borrow().clone()
    }
}

impl Ref<TypeObj> {
    /// The slots. The reference must not be kept across a call into Python: the class might die.
    #[inline(always)]
    pub fn slots<'a>(self) -> &'a Slots {
        // SAFETY: as `TypeObj::slots`; the class lives while the collector sees it, which callers see to.
        unsafe { &*(*self.as_ptr()).slots.get() }
    }

    /// The class and all that is known below it, each once, bases before what extends them where bases do not go in
    /// circles.
    pub fn with_subclasses(self) -> Vec<Ref<TypeObj>> {
        let mut all = vec![self];
        let mut seen: std::collections::HashSet<Ref<TypeObj>> = all.iter().copied().collect();
        let mut next = 0;
        while next < all.len() {
            for subclass in all[next].subclasses() {
                if seen.insert(subclass) {
                    all.push(subclass);
                }
            }
            next += 1;
        }
        all
    }

    /// Is this class the other or a subclass of it?
    #[inline(always)]
    pub fn is_subclass(self, other: Ref<TypeObj>) -> bool {
        self == other || self.mro().items().contains(&other.value())
    }

    /// Replaces `__bases__` and what follows from them.
    pub fn set_bases(self, vm: &Vm, base: Option<Ref<TypeObj>>, bases: Ref<Tuple>) {
        self.base.set(vm, self, base.map_or(Value::UNBOUND, Ref::value));
        self.bases.set(vm, self, bases.value());
    }

    /// Remembers the instance of a subclass of tuple that the bases were given as.
    pub fn set_bases_value(self, vm: &Vm, value: Value) {
        if vm.as_tuple(value) == Some(self.bases()) {
            self.bases.set(vm, self, value);
        }
    }

    /// Replaces the method resolution order.
    pub fn set_mro(self, vm: &Vm, mro: Ref<Tuple>) {
        self.mro.set(vm, self, mro.value());
    }
}

/// What a new class is made of.
pub struct TypeParts {
    /// Metaclass; None while `type` itself is made.
    pub metaclass: Option<Ref<TypeObj>>,
    /// `__name__`
    pub name: Ref<Str>,
    /// `__qualname__`
    pub qualname: Ref<Str>,
    /// Kind of instances.
    pub kind: Kind,
    /// Do instances hold a payload?
    pub has_payload: bool,
    /// Flags.
    pub flags: u32,
    /// Slots of `__slots__`, inherited ones included.
    pub reserved_slots: usize,
    /// Inline slots of instances, those of `__slots__` included.
    pub inline_slots: usize,
    /// Shape of instances; 0 to make one on demand.
    pub root_shape: u32,
}

/// All classes of an interpreter, which it does not keep alive.
#[derive(Default)]
pub struct Classes {
    all: RefCell<Vec<Ref<TypeObj>>>,
    /// The classes from here on were made since the last collection.
    young: Cell<usize>,
}

impl Classes {
    fn add(&self, class: Ref<TypeObj>) {
        self.all.borrow_mut().push(class);
    }

    /// Forgets the classes that die in a collection, and has their bases forget them.
    pub(crate) fn sweep(&self, tracer: &Tracer) {
        let mut all = self.all.borrow_mut();
        let first = if tracer.collection() == heap::Collection::Minor { self.young.get() } else { 0 };
        let mut kept = first;
        for index in first..all.len() {
            let class = all[index];
            if tracer.is_marked(class.header()) {
                all[kept] = class;
                kept += 1;
            } else if let Some(bases) = crate::ValueExt::cast::<crate::Tuple>(class.bases.get()) {
                for base in bases.items().iter().filter_map(|base| crate::ValueExt::cast::<TypeObj>(*base)) {
                    base.remove_subclass(class);
                }
            }
        }
        all.truncate(kept);
        self.young.set(kept);
    }
}

impl Vm {
    /// Allocates a class. Bases, method resolution order and slots are to be set.
    pub fn alloc_type(&self, parts: TypeParts) -> Ref<TypeObj> {
        let shape = parts.metaclass.map_or(TypeId::Type as u32, |metaclass| metaclass.root_shape(self));
        let object = self.alloc(size_of::<TypeObj>(), Kind::TYPE, shape);
        let dict = self.dict();
        // SAFETY: a fresh object; the header is read before it is written back as part of the struct.
        unsafe {
            let header = std::ptr::read(object);
            object.cast::<TypeObj>().write(TypeObj {
                header,
                name: Field::new(parts.name.value()),
                qualname: Field::new(parts.qualname.value()),
                bases: Field::new(Value::UNBOUND),
                mro: Field::new(Value::UNBOUND),
                base: Field::new(Value::UNBOUND),
                dict: Field::new(dict.value()),
                def: Cell::new(None),
                slots: UnsafeCell::new(Slots::EMPTY),
                new_def: Cell::new(None),
                init_def: Cell::new(None),
                flags: Cell::new(parts.flags),
                version: Cell::new(0),
                kind: parts.kind,
                has_payload: parts.has_payload,
                inline_slots: Cell::new(parts.inline_slots as u16),
                reserved_slots: Cell::new(parts.reserved_slots as u16),
                root_shape: Cell::new(parts.root_shape),
                dict_shape: Cell::new(0),
                solid_base: Field::new(Value::UNBOUND),
                extra: Field::new(Value::UNBOUND),
                subclasses: RefCell::default(),
            });
            let class = Ref::from_ptr(object.cast());
            self.classes.add(class);
            class
        }
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    let class = unsafe { &*object.cast::<TypeObj>() };
    for field in [&class.name, &class.qualname, &class.bases, &class.mro, &class.base, &class.dict] {
        field.trace(tracer);
    }
    class.solid_base.trace(tracer);
    class.extra.trace(tracer);
    let shape = class.header.shape.get();
    if shape >= TypeId::COUNT as u32 {
        unsafe { crate::gc::trace_shape_class(shape, tracer) };
    }
}

pub(crate) unsafe fn drop(object: *mut Header) {
    unsafe { std::ptr::drop_in_place(&raw mut (*object.cast::<TypeObj>()).subclasses) };
}
