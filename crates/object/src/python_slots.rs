//! Slots of Python classes: they call the special methods.

use crate::call::Args;
use crate::error::Raised;
use crate::layout::type_object::type_flags;
use crate::slots::{R, S, SPECIALS, Slots};
use crate::{Buffer, Ref, Str, TypeId, TypeObj, Vm};
use bytecode::CompareOperator;
use heap::Value;

impl Vm {
    /// The interned name of a special method.
    #[inline]
    pub fn special(&self, special: S) -> Ref<Str> {
        self.special_names.borrow()[special as usize]
    }

    fn special_number(&self, number: usize) -> Ref<Str> {
        self.special_names.borrow()[number]
    }

    /// Calls a special method that a slot tells is there.
    fn special_call(&self, this: Value, special: usize, args: &[Value]) -> R {
        match self.call_special(this, self.special_number(special), args) {
            Some(result) => result,
            None => Err(self.no_attribute(this, self.special_number(special))),
        }
    }
}

pub(crate) fn unary<const SPECIAL: usize>(vm: &Vm, this: Value) -> R {
    vm.special_call(this, SPECIAL, &[])
}

pub(crate) fn inplace<const SPECIAL: usize>(vm: &Vm, this: Value, other: Value) -> R {
    vm.special_call(this, SPECIAL, &[other])
}

/// Does the class of `value` fill the slot of a special method by calling Python?
fn fills_by_python(vm: &Vm, value: Value, special: usize) -> bool {
    vm.type_of(value).slots().same(&Slots::PYTHON, SPECIALS[special].slot)
}

pub(crate) fn binary<const SPECIAL: usize, const REFLECTED: usize>(vm: &Vm, a: Value, b: Value) -> R {
    let (class_a, class_b) = (vm.type_of(a), vm.type_of(b));
    let mut try_other = class_a != class_b && fills_by_python(vm, b, SPECIAL);
    if fills_by_python(vm, a, SPECIAL) {
        let reflected = vm.special_number(REFLECTED);
        if try_other && class_b.is_subclass(class_a) && vm.lookup(class_b, reflected) != vm.lookup(class_a, reflected) {
            if let Some(result) = vm.call_special(b, reflected, &[a]) {
                let result = result?;
                if result != Value::NOT_IMPLEMENTED {
                    return Ok(result);
                }
            }
            try_other = false;
        }
        if let Some(result) = vm.call_special(a, vm.special_number(SPECIAL), &[b]) {
            let result = result?;
            if result != Value::NOT_IMPLEMENTED || class_a == class_b {
                return Ok(result);
            }
        }
    }
    if try_other && let Some(result) = vm.call_special(b, vm.special_number(REFLECTED), &[a]) {
        return result;
    }
    Ok(Value::NOT_IMPLEMENTED)
}

pub(crate) fn never_binary(_: &Vm, _: Value, _: Value) -> R {
    Ok(Value::NOT_IMPLEMENTED)
}

pub(crate) fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> R {
    if modulus.is_none() {
        return binary::<{ S::__pow__ as usize }, { S::__rpow__ as usize }>(vm, a, b);
    }
    if fills_by_python(vm, a, S::__pow__ as usize)
        && let Some(result) = vm.call_special(a, vm.special(S::__pow__), &[b, modulus])
    {
        return result;
    }
    if fills_by_python(vm, b, S::__pow__ as usize)
        && let Some(result) = vm.call_special(b, vm.special(S::__rpow__), &[a, modulus])
    {
        return result;
    }
    Ok(Value::NOT_IMPLEMENTED)
}

pub(crate) fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let found = vm.lookup_special(this, vm.names.__hash__)?;
    match found {
        Some((function, _)) if function.is_none() => Err(unhashable(vm, this)),
        None => Err(unhashable(vm, this)),
        Some((function, bound)) => {
            let result = match bound {
                Some(this) => vm.call_with_self(function, this, Args::positional(&[]))?,
                None => vm.call(function, &[])?,
            };
            match vm.as_int(result) {
                Some(crate::Int::Small(int)) => Ok(base::hash::fit(if int == -1 { -2 } else { int })),
                Some(crate::Int::Big(big)) => match i64::try_from(&big.big) {
                    Ok(int) => Ok(base::hash::fit(int)),
                    Err(_) => Ok(base::hash::hash_ibig(&big.big)),
                },
                None => Err(vm.type_error("__hash__ method should return an integer")),
            }
        }
    }
}

/// The TypeError for a value that has no hash.
pub fn unhashable(vm: &Vm, value: Value) -> Raised {
    vm.type_error(format!("unhashable type: '{}'", vm.type_name(value)))
}

pub(crate) fn call(vm: &Vm, this: Value, args: Args) -> R {
    match vm.lookup_special(this, vm.names.__call__)? {
        Some((function, Some(this))) => vm.call_with_self(function, this, args),
        Some((function, None)) => vm.call_args(function, args),
        None => Err(vm.type_error(format!("'{}' object is not callable", vm.type_name(this)))),
    }
}

pub(crate) fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    let class = vm.type_of(this);
    let own = vm.lookup(class, vm.names.__getattribute__);
    let builtin = own.and_then(|own| crate::wrapper::wrapped_slots(vm, own)).and_then(|slots| slots.getattr);
    let result = match builtin {
        Some(getattr) if !std::ptr::fn_addr_eq(getattr, crate::slots::Slots::PYTHON.getattr.unwrap_or(getattr)) => {
            if std::ptr::fn_addr_eq(getattr, Vm::GENERIC_GETATTR) {
                match vm.generic_getattr_opt(this, name)? {
                    Some(value) => return Ok(value),
                    None => {
                        if vm.lookup(class, vm.names.__getattr__).is_none() {
                            return Err(vm.no_attribute(this, name));
                        }
                        return vm.special_call(this, S::__getattr__ as usize, &[name.value()]);
                    }
                }
            }
            getattr(vm, this, name)
        }
        _ => vm.special_call(this, S::__getattribute__ as usize, &[name.value()]),
    };
    match result {
        Ok(value) => Ok(value),
        Err(raised) => {
            if vm.lookup(class, vm.names.__getattr__).is_none() {
                return Err(raised);
            }
            vm.catch(raised, TypeId::AttributeError)?;
            vm.special_call(this, S::__getattr__ as usize, &[name.value()])
        }
    }
}

pub(crate) fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        vm.special_call(this, S::__delattr__ as usize, &[name.value()])?;
    } else {
        vm.special_call(this, S::__setattr__ as usize, &[name.value(), value])?;
    }
    Ok(())
}

pub(crate) fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let name = vm.special_number(S::__lt__ as usize + op as usize);
    match vm.lookup_special(a, name) {
        Ok(Some((function, Some(this)))) => vm.call(function, &[this, b]),
        Ok(Some((function, None))) => vm.call(function, &[b]),
        Ok(None) => Ok(Value::NOT_IMPLEMENTED),
        // A descriptor that finds nothing counts as a missing method.
        Err(raised) => vm.catch(raised, TypeId::AttributeError).map(|_| Value::NOT_IMPLEMENTED),
    }
}

pub(crate) fn iter(vm: &Vm, this: Value) -> R {
    match vm.lookup_special(this, vm.names.__iter__)? {
        Some((function, _)) if function.is_none() => {
            Err(vm.type_error(format!("'{}' object is not iterable", vm.type_name(this))))
        }
        Some((function, Some(this))) => vm.call(function, &[this]),
        Some((function, None)) => vm.call(function, &[]),
        None => vm.sequence_iter(this),
    }
}

pub(crate) fn next(vm: &Vm, this: Value) -> R {
    // StopIteration is passed on with its value: `Vm::next` knows it.
    vm.special_call(this, S::__next__ as usize, &[])
}

pub(crate) fn descr_get(vm: &Vm, this: Value, object: Value, class: Value) -> R {
    match vm.call_special(this, vm.names.__get__, &[object.or_none(), class.or_none()]) {
        Some(result) => result,
        None => Ok(this),
    }
}

pub(crate) fn descr_set(vm: &Vm, this: Value, object: Value, value: Value) -> Result<(), Raised> {
    let (name, count) = if value.is_unbound() { (vm.names.__delete__, 1) } else { (vm.names.__set__, 2) };
    match vm.call_special(this, name, &[object, value][..count]) {
        Some(result) => result.map(|_| ()),
        None => Err(vm.attribute_error(name.to_string_lossy(), this, name.value())),
    }
}

pub(crate) fn init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    let result = match vm.lookup_special(this, vm.names.__init__)? {
        Some((function, Some(this))) => vm.call_with_self(function, this, args)?,
        Some((function, None)) => vm.call_args(function, args)?,
        None => return Ok(()),
    };
    if result.is_none() {
        return Ok(());
    }
    Err(vm.type_error(format!("__init__() should return None, not '{}'", vm.type_name(result))))
}

pub(crate) fn new(vm: &Vm, class: Ref<TypeObj>, args: Args) -> R {
    let function = vm.type_getattr(class.value(), vm.names.__new__)?;
    vm.call_with_self(function, class.value(), args)
}

pub(crate) fn bool(vm: &Vm, this: Value) -> Result<bool, Raised> {
    let (result, name) = match vm.call_special(this, vm.names.__bool__, &[]) {
        Some(result) => (result?, "__bool__"),
        None => return len(vm, this).map(|len| len != 0),
    };
    if result.is_bool() {
        return Ok(result == Value::TRUE);
    }
    Err(vm.type_error(format!("{name} should return bool, returned {}", vm.type_name(result))))
}

pub(crate) fn len(vm: &Vm, this: Value) -> Result<usize, Raised> {
    let result = vm.special_call(this, S::__len__ as usize, &[])?;
    let index = vm.index(result)?;
    match index.to_i64() {
        Some(len) if len >= 0 => Ok(len as usize),
        Some(_) => Err(vm.value_error("__len__() should return >= 0")),
        None if index.is_negative() => Err(vm.value_error("__len__() should return >= 0")),
        None => Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
    }
}

pub(crate) fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    vm.special_call(this, S::__getitem__ as usize, &[key])
}

pub(crate) fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let (name, count) = if value.is_unbound() { (vm.names.__delitem__, 1) } else { (vm.names.__setitem__, 2) };
    match vm.call_special(this, name, &[key, value][..count]) {
        Some(result) => result.map(|_| ()),
        None => Err(vm.no_attribute(this, name)),
    }
}

pub(crate) fn contains(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    match vm.lookup_special(this, vm.names.__contains__)? {
        Some((function, _)) if function.is_none() => {
            Err(vm.type_error(format!("'{}' object is not a container", vm.type_name(this))))
        }
        Some((function, bound)) => {
            let result = match bound {
                Some(this) => vm.call(function, &[this, item])?,
                None => vm.call(function, &[item])?,
            };
            vm.truthy(result)
        }
        None => vm.contains_by_iteration(this, item),
    }
}

pub(crate) fn buffer(vm: &Vm, this: Value, writable: bool) -> Result<Buffer, Raised> {
    let flags = if writable { 1 } else { 0 } | 0x11C;
    let view = vm.special_call(this, S::__buffer__ as usize, &[vm.int(flags)])?;
    if !vm.is_a(view, TypeId::MemoryView) {
        return Err(vm.type_error("__buffer__ returned non-memoryview object"));
    }
    let mut buffer = vm.buffer(view, writable)?;
    // A view of the object itself, from a base class, calls `__release_buffer__` when it is released in its turn.
    let own = vm.getattr_str(view, "obj")? == this;
    if own || vm.lookup(vm.type_of(this), vm.names.__release_buffer__).is_some_and(|release| !is_native(release)) {
        let export = crate::buffer::PythonExport {
            owner: crate::Field::new(buffer.owner),
            object: crate::Field::new(this),
            view: crate::Field::new(view),
            own,
        };
        buffer.owner = vm.native(vm.types[TypeId::Object], export).value();
    }
    Ok(buffer)
}

/// Is it a method of a built-in class?
fn is_native(method: Value) -> bool {
    crate::ValueExt::kind(method) == crate::Kind::NATIVE_FUNCTION
}

/// Sets flags that follow from special methods of a class.
pub(crate) fn special_flags(vm: &Vm, class: Ref<TypeObj>) {
    class.set_flags(type_flags::FINALIZER, vm.lookup_uncached(class, vm.names.__del__).is_some());
}
