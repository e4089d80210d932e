//! Shapes (hidden classes): which class an object has, and which attribute lies in which slot.

use crate::layout::instance::MAX_SHAPE_SLOTS;
use crate::{Ref, Str, TypeObj, Vm};
use heap::{Collection, Tracer};
use std::cell::{Cell, RefCell, UnsafeCell};

/// A shape. Numbers of shapes are never used again, so that an inline cache cannot mistake one for another.
struct Shape {
    class: Option<Ref<TypeObj>>,
    /// Slots before the first key: those of `__slots__`.
    reserved: u32,
    /// Names of the attributes, in the order of their slots.
    keys: Box<[Ref<Str>]>,
    dict_mode: bool,
    children: RefCell<Vec<(Ref<Str>, u32)>>,
}

/// All shapes of an interpreter.
pub struct Shapes {
    table: UnsafeCell<Vec<Shape>>,
    /// The shapes from here on were made since the last collection.
    young: Cell<usize>,
}

impl Default for Shapes {
    fn default() -> Self {
        let mut shapes = Vec::with_capacity(4096);
        for _ in 0..crate::TypeId::COUNT {
            shapes.push(Shape {
                class: None,
                reserved: 0,
                keys: Box::default(),
                dict_mode: false,
                children: RefCell::default(),
            });
        }
        Shapes { table: UnsafeCell::new(shapes), young: Cell::new(0) }
    }
}

impl Shapes {
    #[inline(always)]
    fn get(&self, shape: u32) -> &Shape {
        // SAFETY: shape numbers come from this table, which only grows; references into it are not kept across `add`.
        unsafe { (&*self.table.get()).get_unchecked(shape as usize) }
    }

    fn add(&self, shape: Shape) -> u32 {
        // SAFETY: no reference into the table is held here.
        let shapes = unsafe { &mut *self.table.get() };
        shapes.push(shape);
        shapes.len() as u32 - 1
    }

    /// The class of a shape.
    #[inline(always)]
    pub fn class(&self, shape: u32) -> Ref<TypeObj> {
        match self.get(shape).class {
            Some(class) => class,
            None => unreachable!("the shape of a live object has a class"),
        }
    }

    pub(crate) fn class_if_alive(&self, shape: u32) -> Option<Ref<TypeObj>> {
        self.get(shape).class
    }

    pub(crate) fn set_class(&self, shape: u32, class: Ref<TypeObj>) {
        // SAFETY: no reference into the table is held here.
        unsafe { (&mut *self.table.get())[shape as usize].class = Some(class) };
    }

    /// A new root shape of a class.
    pub fn root(&self, class: Ref<TypeObj>, reserved: usize, dict_mode: bool) -> u32 {
        let children = RefCell::default();
        self.add(Shape { class: Some(class), reserved: reserved as u32, keys: Box::default(), dict_mode, children })
    }

    /// The slot of an attribute.
    #[inline]
    pub fn find(&self, shape: u32, name: Ref<Str>) -> Option<usize> {
        let shape = self.get(shape);
        shape.keys.iter().position(|key| *key == name).map(|index| index + shape.reserved as usize)
    }

    /// The slots and names of the attributes of a shape.
    pub fn keys(&self, shape: u32) -> impl Iterator<Item = (usize, Ref<Str>)> + use<> {
        let shape = self.get(shape);
        let reserved = shape.reserved as usize;
        shape.keys.clone().into_iter().enumerate().map(move |(index, key)| (index + reserved, key))
    }

    /// Do objects of this shape keep their attributes in a dict?
    #[inline(always)]
    pub fn is_dict_mode(&self, shape: u32) -> bool {
        self.get(shape).dict_mode
    }

    /// The shape with one more attribute, and its slot. None where the object is to fall back to a dict.
    pub fn child(&self, vm: &Vm, shape: u32, name: Ref<Str>) -> Option<(u32, usize)> {
        let parent = self.get(shape);
        let slot = parent.reserved as usize + parent.keys.len();
        if let Some(child) = parent.children.borrow().iter().find(|child| child.0 == name) {
            return Some((child.1, slot));
        }
        if parent.keys.len() >= MAX_SHAPE_SLOTS || parent.children.borrow().len() >= 128 || parent.dict_mode {
            return None;
        }
        let name = vm.intern_str(name);
        let keys = parent.keys.iter().copied().chain([name]).collect();
        let (class, reserved) = (parent.class, parent.reserved);
        let child = self.add(Shape { class, reserved, keys, dict_mode: false, children: RefCell::default() });
        self.get(shape).children.borrow_mut().push((name, child));
        Some((child, slot))
    }

    /// The shapes that a collection has to look at: those made since the last one hold what may be young.
    fn first_of_interest(&self, collection: Collection) -> usize {
        if collection == Collection::Minor { self.young.get() } else { 0 }
    }

    pub(crate) fn trace_keys(&self, tracer: &mut Tracer) {
        let first = self.first_of_interest(tracer.collection());
        // SAFETY: the table is not changed during a collection.
        for shape in unsafe { &(&*self.table.get())[first..] } {
            for key in &shape.keys {
                tracer.value(key.value());
            }
        }
    }

    pub(crate) fn sweep(&self, tracer: &Tracer) {
        let first = self.first_of_interest(tracer.collection());
        // SAFETY: no reference into the table is held here.
        let shapes = unsafe { &mut *self.table.get() };
        self.young.set(shapes.len());
        for shape in &mut shapes[first..] {
            if shape.class.is_some_and(|class| !tracer.is_marked(class.header())) {
                shape.class = None;
                shape.keys = Box::default();
                shape.children = RefCell::default();
            }
        }
    }
}
