//! Attributes of instances: slots by shape, and the fallback to a dict.
//!
//! Every object that can have attributes has an *attribute area*: for kind INSTANCE it follows the header (behind the
//! payload, where there is one), for other kinds it follows the kind's struct. Its first word is the *overflow*: unbound,
//! a value array with the slots beyond the inline ones, or the dict of an object in dict mode. Inline slots follow.
//! `aux` in the header is the number of inline slots plus one, and 0 for objects without an attribute area.
//!
//! Instances of subclasses of immutable built-in types (int, float, complex, str, bytes, tuple) are of kind INSTANCE and
//! hold the base type's value as *payload*: so exact kinds need no second look.

use crate::{Dict, Kind, Ref, Str, TypeObj, ValueExt, Vm};
use heap::{Header, Tracer, Value, ValueArray};

/// Bit of `aux`: the word behind the header is a payload.
const PAYLOAD: u16 = 0x8000;

/// More attributes than this make an instance fall back to a dict.
pub const MAX_SHAPE_SLOTS: usize = 64;

/// The size of the struct of a kind, which its attribute area follows.
fn struct_size(kind: Kind, header: *const Header) -> usize {
    use crate::layout::*;
    match kind {
        Kind::INSTANCE => 8,
        Kind::LIST => size_of::<list::List>(),
        Kind::DICT => size_of::<Dict>(),
        Kind::SET => size_of::<set::Set>(),
        Kind::BYTEARRAY => size_of::<bytes::ByteArray>(),
        Kind::FUNCTION => size_of::<function::Function>(),
        Kind::MODULE => size_of::<module::Module>(),
        Kind::EXCEPTION => size_of::<exception::Exception>(),
        Kind::WEAKREF => size_of::<misc::WeakRef>(),
        // SAFETY: the header is that of a native object.
        Kind::NATIVE | Kind::NATIVE_DROP => unsafe { native::struct_size(header) },
        _ => 8,
    }
}

/// The attribute area of an object: address of the overflow word, and the number of inline slots behind it.
#[inline(always)]
fn area(object: *mut Header) -> Option<(*mut Value, usize)> {
    // SAFETY: the object is alive; `aux` tells that the words are there.
    unsafe {
        let aux = (*object).aux.get();
        let kind = Kind((*object).kind);
        if kind == Kind::INSTANCE {
            let inline = (aux & !PAYLOAD) as usize;
            if inline == 0 {
                return None;
            }
            let offset = if aux & PAYLOAD != 0 { 16 } else { 8 };
            return Some((object.cast::<u8>().add(offset).cast(), inline - 1));
        }
        if aux == 0 || matches!(kind, Kind::STR | Kind::TYPE) {
            return None;
        }
        Some((object.cast::<u8>().add(struct_size(kind, object)).cast(), aux as usize - 1))
    }
}

/// Shows the attribute area and the class of an object to the collector.
pub(crate) unsafe fn trace_attributes(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        let shape = (*object).shape.get();
        if shape >= crate::TypeId::COUNT as u32 {
            crate::gc::trace_shape_class(shape, tracer);
        }
        if let Some((words, inline)) = area(object) {
            for index in 0..=inline {
                tracer.value(*words.add(index));
            }
        }
    }
}

pub(crate) unsafe fn trace_instance(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        if (*object).aux.get() & PAYLOAD != 0 {
            tracer.value(*object.cast::<Value>().add(1));
        }
        trace_attributes(object, tracer);
    }
}

/// The value that an instance of a subclass of an immutable built-in type stands for.
#[inline]
pub(crate) fn payload_of(value: Value) -> Option<Value> {
    if value.kind() != Kind::INSTANCE {
        return None;
    }
    let object = value.object_unchecked();
    // SAFETY: the flag tells that the word is a payload.
    unsafe { if (*object).aux.get() & PAYLOAD != 0 { Some(*object.cast::<Value>().add(1)) } else { None } }
}

impl Vm {
    /// The value that an instance of a subclass of an immutable built-in type stands for.
    #[inline]
    pub fn payload(&self, value: Value) -> Option<Value> {
        payload_of(value)
    }

    /// Allocates an instance of a class whose layout is kind INSTANCE.
    #[inline]
    pub fn new_instance(&self, class: Ref<TypeObj>, payload: Option<Value>) -> Value {
        let inline = class.inline_slots();
        let has_area = class.has_attribute_area();
        let words = has_area as usize + inline + payload.is_some() as usize;
        let object = self.alloc(8 + words * 8, Kind::INSTANCE, class.root_shape(self));
        let mut aux = if has_area { inline as u16 + 1 } else { 0 };
        // SAFETY: a fresh object of that many words.
        unsafe {
            let mut word = object.cast::<Value>().add(1);
            if let Some(payload) = payload {
                *word = payload;
                word = word.add(1);
                aux |= PAYLOAD;
            }
            for index in 0..words - payload.is_some() as usize {
                *word.add(index) = Value::UNBOUND;
            }
            (*object).aux.set(aux);
        }
        self.note_finalizer(class, object);
        Value::object(object)
    }

    /// Allocates an object of a class whose kind has a struct of `size` bytes, with the attribute area behind.
    pub fn alloc_with_attributes(&self, size: usize, kind: Kind, class: Ref<TypeObj>) -> *mut Header {
        let inline = class.inline_slots();
        let has_area = class.has_attribute_area();
        let words = has_area as usize + inline;
        let object = self.alloc(size + words * 8, kind, class.root_shape(self));
        if has_area {
            // SAFETY: a fresh object with that many words behind the struct.
            unsafe {
                let word = object.cast::<u8>().add(size).cast::<Value>();
                for index in 0..words {
                    *word.add(index) = Value::UNBOUND;
                }
                (*object).aux.set(inline as u16 + 1);
            }
        }
        self.note_finalizer(class, object);
        object
    }

    /// The byte offset from the object of an attribute slot, for caches; None where it lies in the overflow array.
    pub fn inline_slot_offset(&self, object: *mut Header, slot: usize) -> Option<usize> {
        let (words, inline) = area(object)?;
        (slot < inline).then(|| words as usize + 8 + slot * 8 - object as usize)
    }

    /// Reads a slot.
    pub fn slot(&self, object: *mut Header, slot: usize) -> Value {
        let Some((words, inline)) = area(object) else { return Value::UNBOUND };
        // SAFETY: the shape or member descriptor that gave the number tells that the slot is there.
        unsafe {
            if slot < inline {
                return *words.add(1 + slot);
            }
            match (*words).as_object() {
                Some(array) if (*array).kind == Kind::VALUES.0 => heap::ValueArray::get(array.cast(), slot - inline),
                _ => Value::UNBOUND,
            }
        }
    }

    /// Writes a slot, making room for it where it is new.
    pub fn set_slot(&self, object: *mut Header, slot: usize, value: Value) {
        let Some((words, inline)) = area(object) else { return };
        // SAFETY: as above; the overflow array is grown before a slot beyond it is written.
        unsafe {
            if slot < inline {
                *words.add(1 + slot) = value;
                self.heap.barrier(object, value);
                return;
            }
            let index = slot - inline;
            let mut array = (*words).as_object().map(|array| array.cast::<ValueArray>());
            if array.is_none_or(|array| heap::ValueArray::capacity(array) <= index) {
                let grown = self.alloc_values((index + 1).max(index + index / 2 + 3));
                if let Some(old) = array {
                    let count = heap::ValueArray::capacity(old);
                    std::ptr::copy_nonoverlapping(heap::ValueArray::data(old), heap::ValueArray::data(grown), count);
                }
                *words = Value::object(grown.cast());
                self.heap.barrier(object, *words);
                array = Some(grown);
            }
            if let Some(array) = array {
                *heap::ValueArray::data(array).add(index) = value;
                self.heap.barrier(array.cast(), value);
            }
        }
    }

    /// Can the object have attributes of its own?
    pub fn has_attribute_area(&self, value: Value) -> bool {
        value.as_object().is_some_and(|object| area(object).is_some())
    }

    /// The dict of an object in dict mode.
    #[inline(always)]
    pub fn mode_dict(&self, object: *mut Header) -> Option<Ref<Dict>> {
        let (words, _) = area(object)?;
        // SAFETY: the overflow word is unbound, an array or a dict.
        unsafe { (*words).cast::<Dict>() }
    }

    /// The value of an instance attribute.
    pub fn instance_attr(&self, value: Value, name: Ref<Str>) -> Option<Value> {
        let object = value.as_object()?;
        let (words, _) = area(object)?;
        // SAFETY: as above.
        if let Some(dict) = unsafe { (*words).cast::<Dict>() } {
            return dict.get_str(self, name).or_else(|| dict.get_odd(self, name));
        }
        let slot = self.shapes.find(value.shape(), name)?;
        Some(self.slot(object, slot)).filter(|value| !value.is_unbound())
    }

    /// Sets an instance attribute of an object that has a `__dict__`; `name` is interned.
    pub fn set_instance_attr(&self, value: Value, name: Ref<Str>, attr: Value) {
        let object = value.object_unchecked();
        if let Some(dict) = self.mode_dict(object) {
            dict.insert_str(self, name, attr);
            return;
        }
        let shape = value.shape();
        match self.shapes.find(shape, name) {
            Some(slot) => self.set_slot(object, slot, attr),
            None => match self.shapes.child(self, shape, name) {
                Some((child, slot)) => {
                    self.set_slot(object, slot, attr);
                    // SAFETY: the object is alive.
                    unsafe { (*object).shape.set(child) };
                }
                None => self.instance_dict(value).insert_str(self, name, attr),
            },
        }
    }

    /// Deletes an instance attribute. Gives false if there is none.
    pub fn delete_instance_attr(&self, value: Value, name: Ref<Str>) -> bool {
        if self.instance_attr(value, name).is_none() {
            return false;
        }
        self.instance_dict(value).remove_str(self, name);
        true
    }

    /// The `__dict__` of an object with an attribute area and a class that allows one. Puts the object in dict mode.
    pub fn instance_dict(&self, value: Value) -> Ref<Dict> {
        let object = value.object_unchecked();
        if let Some(dict) = self.mode_dict(object) {
            return dict;
        }
        let keys = self.shapes.keys(value.shape());
        let dict = self.dict_with_capacity(keys.size_hint().0);
        for (slot, key) in keys {
            let attr = self.slot(object, slot);
            if !attr.is_unbound() {
                dict.insert_str(self, key, attr);
            }
        }
        self.replace_instance_dict(value, dict);
        dict
    }

    /// Makes a dict the `__dict__` of an object.
    pub fn replace_instance_dict(&self, value: Value, dict: Ref<Dict>) {
        let object = value.object_unchecked();
        let class = self.type_of(value);
        let reserved = class.reserved_slots();
        if let Some((words, inline)) = area(object) {
            // SAFETY: the area is that large. Slots of `__slots__` stay.
            unsafe {
                for slot in reserved..inline {
                    *words.add(1 + slot) = Value::UNBOUND;
                }
                *words = dict.value();
                self.heap.barrier(object, dict.value());
                (*object).shape.set(class.dict_shape(self));
            }
        }
    }

    /// Makes an object an instance of another class of the same layout. Its attributes move to a dict.
    pub fn change_class(&self, value: Value, class: Ref<TypeObj>) {
        let object = value.object_unchecked();
        if area(object).is_some() && self.type_of(value).has_dict() && class.has_dict() {
            self.instance_dict(value);
            // SAFETY: the object is alive.
            unsafe { (*object).shape.set(class.dict_shape(self)) };
        } else {
            // SAFETY: as above.
            unsafe { (*object).shape.set(class.root_shape(self)) };
        }
        self.heap.barrier(object, class.value());
    }

    /// The names and values of the attributes that an object has itself, in order.
    pub fn instance_attrs(&self, value: Value) -> Vec<Ref<Str>> {
        let Some(object) = value.as_object() else { return Vec::new() };
        if let Some(dict) = self.mode_dict(object) {
            return dict.iter().filter_map(|entry| entry.key.cast::<Str>()).collect();
        }
        let keys = self.shapes.keys(value.shape());
        keys.filter(|(slot, _)| !self.slot(object, *slot).is_unbound()).map(|(_, key)| key).collect()
    }
}
