//! Attribute access with inline caches.
//!
//! A cache is guarded by the shape of the object, and by the version of its class: the shape tells in which slot an
//! attribute lies and that the instance has no other attribute of the name; the version tells that the class is the same.

use object::attr::is_method;
use object::descr::Property;
use object::layout::code::CacheSite;
use object::{Dict, Function, Kind, Module, R, Raised, Ref, Str, TypeId, TypeObj, Value, ValueExt, Vm};

const NOTHING: u32 = 0;
/// `data` is the byte offset of a slot in the object. `extra` is another shape of the class for which that holds, or 0: shapes
/// of a class are mostly the beginnings of one another.
const SLOT: u32 = 1;
/// `data` is the number of a slot in the overflow array.
const OVERFLOW: u32 = 2;
/// `data` is an attribute of the class that needs no binding.
const CLASS_VALUE: u32 = 3;
/// `data` is a function of the class to be bound.
const METHOD: u32 = 4;
/// `data` is a position in the dict of an object in dict mode, a hint.
const DICT_HINT: u32 = 5;
/// `data` is a position in the dict of a module, whose version is `extra`.
const MODULE: u32 = 6;
/// `data` is an attribute of a class whose version is `version`.
const TYPE_VALUE: u32 = 7;
/// `data` is a property of the class.
const PROPERTY: u32 = 9;
/// A store that adds an attribute: `extra` is the new shape, `data` the byte offset.
const ADD_SLOT: u32 = 8;

#[inline(always)]
fn class_is_same(site: &CacheSite) -> bool {
    // SAFETY: the class of a shape that a live object has is alive, see `CacheSite::class`.
    unsafe { (*(site.class.get() as *const TypeObj)).version() == site.version.get() }
}

/// Does the site know in which slot objects of a shape have the attribute?
#[inline(always)]
fn is_slot_of(site: &CacheSite, shape: u32) -> bool {
    site.found.get() == SLOT && (site.shape.get() == shape || site.extra.get() == shape)
}

/// The attribute, if the cache knows it.
#[inline(always)]
pub(crate) fn cached(vm: &Vm, site: &CacheSite, object: Value) -> Option<Value> {
    let header = object.as_object()?;
    // SAFETY: the object is alive; the offset was computed for objects of this shape.
    unsafe {
        if !is_slot_of(site, (*header).shape.get()) {
            return cached_elsewhere(vm, site, object);
        }
        let value = *header.cast::<u8>().add(site.data.get() as usize).cast::<Value>();
        if class_is_same(site) && !value.is_unbound() { Some(value) } else { None }
    }
}

/// The entry of a site for objects of a shape, if there is one.
#[inline(always)]
fn entry_of(site: &CacheSite, shape: u32) -> Option<&CacheSite> {
    if site.shape.get() == shape {
        return Some(site);
    }
    site.more.get()?.iter().find(|entry| entry.shape.get() == shape)
}

/// The entry of a site in which a shape is to be remembered: its own, a free one, else that of another shape.
fn entry_for(site: &CacheSite, shape: u32) -> &CacheSite {
    if site.found.get() == NOTHING || site.shape.get() == shape {
        return site;
    }
    let more = site.more.get_or_init(Box::default);
    let known = more.iter().find(|entry| entry.shape.get() == shape);
    known.or_else(|| more.iter().find(|entry| entry.found.get() == NOTHING)).unwrap_or(&more[shape as usize % 3])
}

/// The attribute, where the object is of a further shape or the attribute lies elsewhere than in a slot of the object.
#[inline(never)]
fn cached_elsewhere(vm: &Vm, site: &CacheSite, object: Value) -> Option<Value> {
    let header = object.as_object()?;
    let site = entry_of(site, object.shape())?;
    let data = site.data.get();
    // SAFETY: the object is alive, and of the kind and shape that the cache was filled for.
    unsafe {
        match site.found.get() {
            SLOT => {
                let value = *header.cast::<u8>().add(data as usize).cast::<Value>();
                if class_is_same(site) && !value.is_unbound() { Some(value) } else { None }
            }
            MODULE => {
                let dict = object.cast_unchecked::<Module>().dict();
                (dict.version() == site.extra.get()).then(|| dict.value_at(data as usize))
            }
            TYPE_VALUE => {
                (object.cast_unchecked::<TypeObj>().version() == site.version.get()).then(|| Value::from_bits(data))
            }
            CLASS_VALUE => class_is_same(site).then(|| Value::from_bits(data)),
            METHOD => class_is_same(site).then(|| vm.method(Value::from_bits(data), object)),
            OVERFLOW => {
                let value = vm.slot(header, data as usize);
                if class_is_same(site) && !value.is_unbound() { Some(value) } else { None }
            }
            DICT_HINT => {
                let dict = vm.mode_dict(header)?;
                let key = Value::from_bits((site.extra.get() as u64) << 4 | 3 | site_high(site));
                (class_is_same(site) && dict.is_key_at(data as usize & 0xFFFF_FFFF, key))
                    .then(|| dict.value_at(data as usize & 0xFFFF_FFFF))
            }
            _ => None,
        }
    }
}

/// The high bits of the address of the key, beside the position in `data`.
#[inline(always)]
fn site_high(site: &CacheSite) -> u64 {
    (site.data.get() >> 32) << 36
}

/// The getter to be called, if the cache knows that the attribute is a property with a getter in Python.
#[inline(never)]
pub(crate) fn cached_property(vm: &Vm, site: &CacheSite, object: Value) -> Option<Ref<Function>> {
    let site = entry_of(site, object.shape()).filter(|site| site.found.get() == PROPERTY && class_is_same(site))?;
    vm.as_native::<Property>(Value::from_bits(site.data.get()))?.get.get().cast()
}

/// The special method of an instance of a Python class, if it is a Python function.
#[inline(always)]
pub(crate) fn python_method(vm: &Vm, object: Value, name: Ref<Str>) -> Option<Ref<Function>> {
    if object.kind() != Kind::INSTANCE {
        return None;
    }
    vm.lookup(vm.type_of(object), name)?.cast()
}

/// The function, if the cache knows that the attribute is a method.
#[inline(always)]
pub(crate) fn cached_method(site: &CacheSite, object: Value) -> Option<Value> {
    let header = object.as_object()?;
    // SAFETY: the object is alive.
    let same = unsafe { (*header).shape.get() } == site.shape.get();
    (same && site.found.get() == METHOD && class_is_same(site)).then(|| Value::from_bits(site.data.get()))
}

fn forget(site: &CacheSite) {
    site.found.set(NOTHING);
    site.shape.set(0);
}

fn remember(site: &CacheSite, shape: u32, class: Ref<TypeObj>, found: u32, data: u64) {
    if class.version() == 0 {
        return forget(site);
    }
    site.shape.set(shape);
    site.class.set(class.as_ptr() as u64);
    site.version.set(class.version());
    site.found.set(found);
    site.data.set(data);
    site.extra.set(0);
}

/// Remembers a slot, beside what the site knows where that is the same for another shape of the class.
fn remember_slot(site: &CacheSite, shape: u32, class: Ref<TypeObj>, offset: u64) {
    let is_same = site.found.get() == SLOT
        && site.data.get() == offset
        && site.class.get() == class.as_ptr() as u64
        && site.version.get() == class.version();
    if is_same && site.shape.get() != shape && site.extra.get() == 0 {
        return site.extra.set(shape);
    }
    remember(entry_for(site, shape), shape, class, SLOT, offset);
}

/// Reads an attribute, and remembers what was found where.
#[inline(never)]
pub(crate) fn load(vm: &Vm, site: &CacheSite, object: Value, name: Ref<Str>) -> R {
    let entry = || entry_for(site, object.shape());
    let class = vm.type_of(object);
    let generic = class.slots().getattr.is_none_or(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR));
    if !generic {
        match object.kind() {
            Kind::MODULE => fill_module(vm, entry(), object, name, class),
            Kind::TYPE => return load_type(vm, entry(), object, name),
            _ => {}
        }
        return vm.getattr(object, name);
    }
    if let Some(header) = object.as_object() {
        let shape = object.shape();
        match vm.lookup(class, name) {
            None => fill_instance(vm, site, header, shape, class, name),
            Some(attr) => {
                let slots = vm.type_of(attr).slots();
                let overrides = slots.descr_get.is_some() && slots.descr_set.is_some();
                if overrides {
                    fill_member(vm, entry(), header, shape, class, attr);
                } else if vm.shapes.is_dict_mode(shape) {
                    forget(entry());
                } else if vm.shapes.find(shape, name).is_some() {
                    fill_instance(vm, site, header, shape, class, name);
                } else if is_method(attr) {
                    remember(entry(), shape, class, METHOD, attr.bits());
                } else if slots.descr_get.is_none() {
                    remember(entry(), shape, class, CLASS_VALUE, attr.bits());
                } else {
                    forget(entry());
                }
            }
        }
    }
    vm.generic_getattr(object, name).map_err(|raised| vm.with_attribute(raised, object, name))
}

fn fill_instance(
    vm: &Vm,
    site: &CacheSite,
    header: *mut object::Header,
    shape: u32,
    class: Ref<TypeObj>,
    name: Ref<Str>,
) {
    if let Some(dict) = vm.mode_dict(header) {
        return fill_dict_hint(vm, entry_for(site, shape), shape, class, dict, name);
    }
    match vm.shapes.find(shape, name) {
        Some(slot) => match vm.inline_slot_offset(header, slot) {
            Some(offset) => remember_slot(site, shape, class, offset as u64),
            None => remember(entry_for(site, shape), shape, class, OVERFLOW, slot as u64),
        },
        None => forget(entry_for(site, shape)),
    }
}

fn fill_dict_hint(vm: &Vm, site: &CacheSite, shape: u32, class: Ref<TypeObj>, dict: Ref<Dict>, name: Ref<Str>) {
    match dict.find_str(vm, name) {
        Some(position) if dict.is_key_at(position, name.value()) => {
            let bits = name.value().bits();
            remember(site, shape, class, DICT_HINT, (bits >> 36) << 32 | position as u64);
            site.extra.set((bits >> 4) as u32);
        }
        _ => forget(site),
    }
}

/// A slot of `__slots__`: the descriptor tells the slot.
fn fill_member(vm: &Vm, site: &CacheSite, header: *mut object::Header, shape: u32, class: Ref<TypeObj>, attr: Value) {
    if let Some(member) = vm.as_native::<object::descr::SlotMember>(attr)
        && let Some(offset) = vm.inline_slot_offset(header, member.slot)
    {
        return remember(site, shape, class, SLOT, offset as u64);
    }
    if attr.shape() == TypeId::Property as u32 {
        return remember(site, shape, class, PROPERTY, attr.bits());
    }
    forget(site);
}

fn fill_module(vm: &Vm, site: &CacheSite, object: Value, name: Ref<Str>, class: Ref<TypeObj>) {
    forget(site);
    if class != vm.types[TypeId::Module] || vm.lookup(class, name).is_some() {
        return;
    }
    if let Some(module) = object.cast::<Module>()
        && let Some(position) = module.dict().find_str(vm, name)
    {
        site.shape.set(object.shape());
        site.found.set(MODULE);
        site.data.set(position as u64);
        site.extra.set(module.dict().version());
    }
}

fn load_type(vm: &Vm, site: &CacheSite, object: Value, name: Ref<Str>) -> R {
    forget(site);
    let metaclass = vm.type_of(object);
    let is_plain = metaclass.slots().getattr.is_some_and(|getattr| {
        vm.types[TypeId::Type].slots().getattr.is_some_and(|plain| std::ptr::fn_addr_eq(getattr, plain))
    });
    if is_plain
        && let Some(class) = object.cast::<TypeObj>()
        && metaclass == vm.types[TypeId::Type]
        && vm.lookup(metaclass, name).is_none()
        && let Some(attr) = vm.lookup(class, name)
        && class.version() != 0
        && (attr.kind() == Kind::FUNCTION || vm.type_of(attr).slots().descr_get.is_none())
    {
        site.shape.set(object.shape());
        site.found.set(TYPE_VALUE);
        site.version.set(class.version());
        site.data.set(attr.bits());
        return Ok(attr);
    }
    vm.getattr(object, name)
}

/// Reads a method to be called: the function and what it is bound to, or the attribute and nothing.
#[inline(never)]
pub(crate) fn load_method(vm: &Vm, site: &CacheSite, object: Value, name: Ref<Str>) -> Result<(Value, Value), Raised> {
    if let Some(entry) = entry_of(site, object.shape()) {
        if entry.found.get() == METHOD {
            if class_is_same(entry) {
                return Ok((Value::from_bits(entry.data.get()), object));
            }
        } else if let Some(value) = cached(vm, entry, object) {
            return Ok((value, Value::UNBOUND));
        }
    }
    let class = vm.type_of(object);
    let generic = class.slots().getattr.is_none_or(|getattr| std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR));
    if generic
        && let Some(attr) = vm.lookup(class, name)
        && is_method(attr)
    {
        let shape = object.shape();
        if object.is_object() && !vm.shapes.is_dict_mode(shape) && vm.shapes.find(shape, name).is_none() {
            remember(entry_for(site, shape), shape, class, METHOD, attr.bits());
            return Ok((attr, object));
        }
        if vm.instance_attr(object, name).is_none() {
            return Ok((attr, object));
        }
    }
    Ok((load(vm, site, object, name)?, Value::UNBOUND))
}

/// Stores an attribute, if the cache knows where.
#[inline(always)]
pub(crate) fn store_cached(vm: &Vm, site: &CacheSite, object: Value, value: Value) -> bool {
    let Some(header) = object.as_object() else { return false };
    // SAFETY: the object is alive; offsets were computed for objects of this shape.
    unsafe {
        if !is_slot_of(site, (*header).shape.get()) {
            return store_cached_elsewhere(vm, site, object, value);
        }
        if !class_is_same(site) {
            return false;
        }
        *header.cast::<u8>().add(site.data.get() as usize).cast::<Value>() = value;
        vm.heap.barrier(header, value);
        true
    }
}

/// The same for objects of further shapes, and for stores that are more than a change of a slot.
#[inline(never)]
fn store_cached_elsewhere(vm: &Vm, site: &CacheSite, object: Value, value: Value) -> bool {
    let Some(header) = object.as_object() else { return false };
    let Some(site) = entry_of(site, object.shape()).filter(|site| site.found.get() != NOTHING) else { return false };
    // SAFETY: as above.
    unsafe {
        if !class_is_same(site) {
            return false;
        }
        match site.found.get() {
            SLOT => {}
            ADD_SLOT => (*header).shape.set(site.extra.get()),
            OVERFLOW => {
                vm.set_slot(header, site.data.get() as usize, value);
                return true;
            }
            _ => return false,
        }
        *header.cast::<u8>().add(site.data.get() as usize).cast::<Value>() = value;
        vm.heap.barrier(header, value);
        true
    }
}

/// Stores an attribute, and remembers where.
#[inline(never)]
pub(crate) fn store(vm: &Vm, site: &CacheSite, object: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    let class = vm.type_of(object);
    let generic = class.slots().setattr.is_none_or(|setattr| std::ptr::fn_addr_eq(setattr, Vm::GENERIC_SETATTR));
    let Some(header) = object.as_object().filter(|_| generic) else { return vm.setattr(object, name, value) };
    let shape = object.shape();
    let entry = || entry_for(site, shape);
    let found = vm.lookup(class, name);
    let descriptor = found.filter(|attr| vm.type_of(*attr).slots().descr_set.is_some());
    match descriptor {
        Some(attr) => fill_member(vm, entry(), header, shape, class, attr),
        None if class.has_dict() && !vm.shapes.is_dict_mode(shape) => match vm.shapes.find(shape, name) {
            Some(_) => fill_instance(vm, site, header, shape, class, name),
            None => {
                vm.generic_setattr(object, name, value)?;
                let after = object.shape();
                match vm.shapes.find(after, name).and_then(|slot| vm.inline_slot_offset(header, slot)) {
                    Some(offset) if !vm.shapes.is_dict_mode(after) => {
                        let entry = entry();
                        remember(entry, shape, class, ADD_SLOT, offset as u64);
                        entry.extra.set(after);
                    }
                    _ => forget(entry()),
                }
                return Ok(());
            }
        },
        None => forget(entry()),
    }
    vm.generic_setattr(object, name, value)
}
