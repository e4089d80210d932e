//! `f_locals`: the locals mapping of a frame, for functions a view that writes through (PEP 667).

use crate::generic_alias::class_getitem;
use crate::support::enter_repr;
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::thread::Frame;
use ::object::{
    CellObj, Dict, Field, FrameObj, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
};
use bytecode::{BinaryOperator, CodeFlags, CompareOperator, LocalKind};
use heap::Tracer;

/// The data of `FrameLocalsProxy`.
pub struct FrameLocals {
    /// The frame.
    pub frame: Field,
}

impl NativeData for FrameLocals {
    fn trace(&self, tracer: &mut Tracer) {
        self.frame.trace(tracer);
    }
}

natives! {
    static METHODS: {
        /// The value of a variable, or the default.
        "get($self, key, default=None, /)" => get;
        /// The names of the variables that have values.
        "keys($self, /)" => keys;
        /// The values of the variables.
        "values($self, /)" => values;
        /// Pairs of names and values.
        "items($self, /)" => items;
        /// The variables as a dict.
        "copy($self, /)" => copy;
        /// Set variables from a mapping or from pairs.
        "update($self, other, /)" => update;
        /// The value of a variable, set to the default where it has none.
        "setdefault($self, key, default=None, /)" => setdefault;
        /// Remove a name that is not a variable of the function.
        "pop($self, key, default=<unrepresentable>, /)" => pop;
        /// Iterate over the names in reverse order.
        "__reversed__($self, /)" => reversed;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

static NEW: native::NativeDef = native! { "FrameLocalsProxy($cls, frame, /)" => new };

/// `FrameLocalsProxy`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::FrameLocalsProxy),
    name: "FrameLocalsProxy",
    kind: Kind::NATIVE,
    flags: type_flags::MAPPING,
    doc: "A view of the variables of a frame.",
    slots: &[
        Slot::repr(|vm, this| {
            let Some(_guard) = enter_repr(vm, this) else { return Ok(vm.str("{...}").value()) };
            vm.repr(snapshot(vm, frame_of(vm, this)?).value()).map(Ref::value)
        }),
        Slot::len(|vm, this| Ok(snapshot(vm, frame_of(vm, this)?).len())),
        Slot::getitem(|vm, this, key| match find(vm, frame_of(vm, this)?, key)? {
            Some(value) => Ok(value),
            None => Err(key_error(vm, key)),
        }),
        Slot::setitem(setitem),
        Slot::contains(|vm, this, key| Ok(find(vm, frame_of(vm, this)?, key)?.is_some())),
        Slot::iter(|vm, this| vm.iter(keys(vm, &[this])?)),
        Slot::compare(compare),
        Slot::or(union),
        Slot::inplace_or(|vm, this, other| update(vm, &[this, other]).map(|_| this)),
    ],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// `f_locals` of a frame.
pub fn frame_locals(vm: &Vm, frame: Ref<FrameObj>) -> R {
    let at = frame.frame(vm);
    if !at.code.flags().has(CodeFlags::OPTIMIZED) && !has_hidden(at) {
        return Ok(at.locals.bound().unwrap_or_else(|| at.globals.value()));
    }
    let data = FrameLocals { frame: Field::new(frame.value()) };
    Ok(vm.native(vm.types[TypeId::FrameLocalsProxy], data).value())
}

fn new(vm: &Vm, [_, frame]: &[Value; 2]) -> R {
    if frame.cast::<FrameObj>().is_none() {
        return Err(vm.type_error(format!("expect frame, not {}", vm.type_name(*frame))));
    }
    let data = FrameLocals { frame: Field::new(*frame) };
    Ok(vm.native(vm.types[TypeId::FrameLocalsProxy], data).value())
}

fn frame_of(vm: &Vm, this: Value) -> Result<Ref<FrameObj>, Raised> {
    let data: Option<Ref<Native<FrameLocals>>> = vm.as_native(this);
    match data.and_then(|data| data.frame.get().cast::<FrameObj>()) {
        Some(frame) => Ok(frame),
        None => Err(vm.type_error("expected a FrameLocalsProxy")),
    }
}

#[cold]
fn key_error(vm: &Vm, key: Value) -> Raised {
    vm.key_error(key)
}

/// Is a frame within a comprehension that is inlined in the code of a module or class?
pub fn has_hidden(frame: &Frame) -> bool {
    let code = frame.code;
    let hidden = |&index: &usize| match code.local_kind(index) {
        LocalKind::Hidden => true,
        // The cells of a class for the functions in it have reserved names.
        LocalKind::Cell => {
            code.locals().items()[index].cast::<Str>().is_none_or(|name| !name.as_bytes().starts_with(b"__"))
        }
        _ => false,
    };
    let bound = |index: usize| {
        let value = frame.register(index);
        value.cast::<CellObj>().map_or(value, |cell| cell.content.get()).bound().is_some()
    };
    (0..code.locals().len()).filter(hidden).any(bound)
}

/// The variables of a frame by number; those of inlined comprehensions only while they have values.
fn variables(vm: &Vm, frame: Ref<FrameObj>) -> impl Iterator<Item = (usize, Value)> {
    let code = frame.frame(vm).code;
    let names = code.locals();
    (0..names.len())
        .filter(move |&index| code.local_kind(index) != LocalKind::Hidden || !frame.register(vm, index).is_unbound())
        .map(move |index| (index, names.items()[index]))
}

/// The cell of a variable that inner scopes use.
fn cell(vm: &Vm, frame: Ref<FrameObj>, index: usize) -> Option<Ref<CellObj>> {
    let kind = frame.frame(vm).code.local_kind(index);
    if matches!(kind, LocalKind::Cell | LocalKind::Free) { frame.register(vm, index).cast() } else { None }
}

fn variable(vm: &Vm, frame: Ref<FrameObj>, index: usize) -> Value {
    match cell(vm, frame, index) {
        Some(cell) => cell.content.get(),
        None => frame.register(vm, index),
    }
}

/// The number of the variable of a name. Objects that are equal to names and hash as they do count as names.
fn variable_of(vm: &Vm, frame: Ref<FrameObj>, key: Value) -> Result<Option<usize>, Raised> {
    if let Some(key) = key.cast::<Str>() {
        let mut all = variables(vm, frame);
        let found = all.find(|(_, name)| name.cast::<Str>().is_some_and(|name| vm.str_eq(name, key)));
        return Ok(found.map(|(index, _)| index));
    }
    let hash = vm.hash(key)?;
    for (index, name) in variables(vm, frame) {
        if vm.hash(name)? == hash && vm.eq(name, key)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn extra(frame: Ref<FrameObj>) -> Option<Ref<Dict>> {
    frame.extra_locals.get().cast()
}

fn find(vm: &Vm, frame: Ref<FrameObj>, key: Value) -> Result<Option<Value>, Raised> {
    vm.hash(key)?;
    if let Some(index) = variable_of(vm, frame, key)? {
        return Ok(variable(vm, frame, index).bound());
    }
    match extra(frame) {
        Some(extra) => extra.get(vm, key),
        None => Ok(None),
    }
}

/// The variables of a frame as a dict.
pub fn snapshot(vm: &Vm, frame: Ref<FrameObj>) -> Ref<Dict> {
    let dict = vm.dict();
    for (index, name) in variables(vm, frame) {
        let value = variable(vm, frame, index);
        if let Some(name) = name.cast::<Str>()
            && !value.is_unbound()
        {
            dict.insert_str(vm, name, value);
        }
    }
    if let Some(extra) = extra(frame) {
        for entry in extra.iter() {
            if let Some(key) = entry.key.cast::<Str>() {
                dict.insert_str(vm, key, entry.value);
            } else if let Err(raised) = dict.insert_hashed(vm, entry.key, entry.hash, entry.value) {
                vm.take_exception(raised);
            }
        }
    }
    dict
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let frame = frame_of(vm, this)?;
    vm.hash(key)?;
    if let Some(index) = variable_of(vm, frame, key)? {
        if value.is_unbound() {
            return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
        }
        match cell(vm, frame, index) {
            Some(cell) => cell.content.set(vm, cell, value),
            None => frame.set_register(vm, index, value),
        }
        return Ok(());
    }
    if value.is_unbound() {
        return match extra(frame) {
            Some(extra) if extra.remove(vm, key)?.is_some() => Ok(()),
            _ => Err(key_error(vm, key)),
        };
    }
    let extra = match extra(frame) {
        Some(extra) => extra,
        None => {
            let dict = vm.dict();
            frame.extra_locals.set(vm, frame, dict.value());
            dict
        }
    };
    extra.insert(vm, key, value)
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let wanted = match op {
        CompareOperator::Eq => true,
        CompareOperator::Ne => false,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    if vm.as_native::<FrameLocals>(other).is_some() {
        let same = frame_of(vm, this)? == frame_of(vm, other)?;
        return Ok(Value::bool(same == wanted));
    }
    if other.cast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.compare(snapshot(vm, frame_of(vm, this)?).value(), other, op)
}

fn as_dict(vm: &Vm, value: Value) -> Value {
    match frame_of(vm, value) {
        Ok(frame) => snapshot(vm, frame).value(),
        Err(raised) => {
            vm.take_exception(raised);
            value
        }
    }
}

fn union(vm: &Vm, a: Value, b: Value) -> R {
    vm.binary(BinaryOperator::Or, as_dict(vm, a), as_dict(vm, b))
}

fn get(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    Ok(find(vm, frame_of(vm, *this)?, *key)?.unwrap_or(*default))
}

fn keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    for entry in snapshot(vm, frame_of(vm, *this)?).iter() {
        list.push(vm, entry.key);
    }
    Ok(list.value())
}

fn values(vm: &Vm, [this]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    for entry in snapshot(vm, frame_of(vm, *this)?).iter() {
        list.push(vm, entry.value);
    }
    Ok(list.value())
}

fn items(vm: &Vm, [this]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    for entry in snapshot(vm, frame_of(vm, *this)?).iter() {
        list.push(vm, vm.tuple(&[entry.key, entry.value]).value());
    }
    Ok(list.value())
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(snapshot(vm, frame_of(vm, *this)?).value())
}

fn update(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    let dict = vm.call(vm.types[TypeId::Dict].value(), &[as_dict(vm, *other)])?;
    if let Some(dict) = dict.cast::<Dict>() {
        let mut position = 0;
        while let Some((next, entry)) = dict.next(position) {
            position = next;
            setitem(vm, *this, entry.key, entry.value)?;
        }
    }
    Ok(Value::NONE)
}

fn setdefault(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    if let Some(value) = find(vm, frame_of(vm, *this)?, *key)? {
        return Ok(value);
    }
    setitem(vm, *this, *key, *default)?;
    Ok(*default)
}

fn pop(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    let frame = frame_of(vm, *this)?;
    if variable_of(vm, frame, *key)?.is_some() {
        return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    let found = match extra(frame) {
        Some(extra) => extra.remove(vm, *key)?,
        None => None,
    };
    match found.or(default.bound()) {
        Some(value) => Ok(value),
        None => Err(key_error(vm, *key)),
    }
}

fn reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    let keys = vm.to_list(keys(vm, &[*this])?)?;
    let reversed = vm.list_with_capacity(keys.len());
    for &key in keys.items().iter().rev() {
        reversed.push(vm, key);
    }
    Ok(reversed.value())
}
