//! `typing.Union`: `int | str`.

use super::alias::GenericAlias;
use super::subst::{make_parameters, substitute};
use super::{as_args, push_type_repr, repr_text};
use crate::descriptors::{getter, member};
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Field, GetSet, Kind, List, Raised, Ref, Set, Slot, Str, Tuple, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm,
    natives,
};
use base::text::Wtf8Buf;
use bytecode::CompareOperator;
use heap::Tracer;

/// The data of `typing.Union`.
pub struct Union {
    /// `__args__`, a tuple.
    pub args: Field,
    /// The hashable ones as frozenset.
    hashable: Field,
    /// The others as tuple.
    unhashable: Field,
    parameters: Field,
}

impl NativeData for Union {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.args, &self.hashable, &self.unhashable, &self.parameters] {
            field.trace(tracer);
        }
    }
}

natives! {
    static METHODS: {
        /// Raises TypeError.
        "__mro_entries__($self, bases, /)" => mro_entries;
        /// Is an object an instance of one of the types?
        "__instancecheck__($self, instance, /)" => instancecheck;
        /// Is a class a subclass of one of the types?
        "__subclasscheck__($self, subclass, /)" => subclasscheck;
        /// The union of types.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

/// `typing.Union`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Union),
    name: "Union",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW | type_flags::WEAKREF,
    doc: "A union of types: a value is of one of them.",
    slots: &[
        Slot::repr(repr),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::getattr(getattr),
        Slot::getitem(getitem),
        // Anything may be added to a union.
        Slot::or(|vm, a, b| make_union(vm, &[a, b])),
    ],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__args__", |vm, this| Ok(data(vm, this)?.args.get())),
    getter("__name__", |vm, _| Ok(vm.intern("Union").value())),
    getter("__qualname__", |vm, _| Ok(vm.intern("Union").value())),
    getter("__origin__", |vm, _| Ok(vm.types[TypeId::Union].value())),
    getter("__parameters__", |vm, this| parameters(vm, data(vm, this)?).map(Ref::value)),
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Union>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a typing.Union")),
    }
}

/// May a value be an operand of `|` between types?
fn is_unionable(vm: &Vm, value: Value) -> bool {
    value.is_none()
        || value.cast::<TypeObj>().is_some()
        || vm.as_native::<GenericAlias>(value).is_some()
        || vm.as_native::<Union>(value).is_some()
        || vm.is_exactly(value, TypeId::TypeAliasType)
}

/// The slot of `|` for types.
pub fn union_slot(vm: &Vm, a: Value, b: Value) -> R {
    if !is_unionable(vm, a) || !is_unionable(vm, b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    make_union(vm, &[a, b])
}

struct Builder {
    args: Ref<List>,
    seen: Ref<Set>,
    unhashable: Ref<List>,
}

impl Builder {
    fn add(&self, vm: &Vm, value: Value) -> Result<(), Raised> {
        if value.is_none() {
            return self.add_unique(vm, vm.types[TypeId::NoneType].value());
        }
        if let Some(union) = vm.as_native::<Union>(value) {
            for &arg in as_args(vm, union.args.get()).items() {
                self.add_unique(vm, arg)?;
            }
            return Ok(());
        }
        if vm.as_str(value).is_some() {
            let convert = vm.import_from("typing", "_type_convert")?;
            return self.add_unique(vm, vm.call(convert, &[value])?);
        }
        self.add_unique(vm, value)
    }

    fn add_unique(&self, vm: &Vm, value: Value) -> Result<(), Raised> {
        match vm.hash(value) {
            Ok(_) => {
                let before = self.seen.len();
                self.seen.add(vm, value)?;
                if self.seen.len() == before {
                    return Ok(());
                }
            }
            Err(raised) => {
                vm.catch(raised, TypeId::TypeError)?;
                for index in 0..self.unhashable.len() {
                    if let Some(known) = self.unhashable.get(index)
                        && vm.eq(known, value)?
                    {
                        return Ok(());
                    }
                }
                self.unhashable.push(vm, value);
            }
        }
        self.args.push(vm, value);
        Ok(())
    }
}

/// The union of types; a single type stays as it is.
pub fn make_union(vm: &Vm, items: &[Value]) -> R {
    let builder = Builder { args: vm.list(&[]), seen: vm.frozenset(), unhashable: vm.list(&[]) };
    for &item in items {
        builder.add(vm, item)?;
    }
    match builder.args.items() {
        [] => return Err(vm.type_error("Cannot take a Union of no types.")),
        [single] => return Ok(*single),
        _ => {}
    }
    let data = Union {
        args: Field::new(vm.tuple(builder.args.items()).value()),
        hashable: Field::new(builder.seen.value()),
        unhashable: Field::new(vm.tuple(builder.unhashable.items()).value()),
        parameters: Field::new(Value::UNBOUND),
    };
    Ok(vm.native(vm.types[TypeId::Union], data).value())
}

fn parameters(vm: &Vm, data: Ref<Native<Union>>) -> Result<Ref<Tuple>, Raised> {
    if let Some(known) = data.parameters.get().cast::<Tuple>() {
        return Ok(known);
    }
    let parameters = make_parameters(vm, data.args.get())?;
    data.parameters.set(vm, data, parameters.value());
    Ok(parameters)
}

fn repr(vm: &Vm, this: Value) -> R {
    let args = as_args(vm, data(vm, this)?.args.get());
    let mut out = Wtf8Buf::new();
    for (index, &arg) in args.items().iter().enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        push_type_repr(vm, &mut out, arg)?;
    }
    repr_text(vm, &out)
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let data = data(vm, this)?;
    if let Some(first) = as_args(vm, data.unhashable.get()).items().first() {
        // Raises the error of the element itself.
        vm.hash(*first)?;
        let count = as_args(vm, data.unhashable.get()).len();
        return Err(vm.type_error(format!("union contains {count} unhashable elements")));
    }
    vm.hash(data.hashable.get())
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (vm.as_native::<Union>(this), vm.as_native::<Union>(other)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let wanted = match op {
        CompareOperator::Eq => true,
        CompareOperator::Ne => false,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    let mut equal = vm.eq(a.hashable.get(), b.hashable.get())?;
    let (x, y) = (as_args(vm, a.unhashable.get()), as_args(vm, b.unhashable.get()));
    equal &= x.len() == y.len();
    if equal {
        for &item in x.items() {
            if !vm.contains(y.value(), item)? {
                equal = false;
                break;
            }
        }
    }
    Ok(Value::bool(equal == wanted))
}

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    if name.as_bytes() == b"__module__" {
        return vm.getattr(vm.type_of(this).value(), name);
    }
    vm.generic_getattr(this, name)
}

fn getitem(vm: &Vm, this: Value, item: Value) -> R {
    let data = data(vm, this)?;
    let parameters = parameters(vm, data)?;
    let args = substitute(vm, this, data.args.get(), parameters, item)?;
    make_union(vm, vm.tuple(args.items()).items())
}

fn mro_entries(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    Err(vm.type_error(format!("Cannot subclass {}", vm.repr(*this)?.to_string_lossy())))
}

fn instancecheck(vm: &Vm, [this, instance]: &[Value; 2]) -> R {
    for &arg in as_args(vm, data(vm, *this)?.args.get()).items() {
        if vm.is_instance(*instance, arg)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn subclasscheck(vm: &Vm, [this, subclass]: &[Value; 2]) -> R {
    for &arg in as_args(vm, data(vm, *this)?.args.get()).items() {
        if vm.is_subclass(*subclass, arg)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn class_getitem(vm: &Vm, [_, item]: &[Value; 2]) -> R {
    make_union(vm, as_args(vm, *item).items())
}
