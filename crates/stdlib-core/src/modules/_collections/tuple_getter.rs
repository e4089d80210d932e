//! `_tuplegetter`: the attributes of named tuples.

use crate::support::{ssize, class_arg, data};
use object::traced;
use object::slots::{R, Slot};
use object::{Field, GetSet, Raised, TypeDef, Value, Vm, native_ref, natives};

/// An index and a docstring.
pub struct TupleGetter {
    index: isize,
    doc: Field,
}

traced! { TupleGetter { doc } }

pub static TUPLE_GETTER: TypeDef = TypeDef {
    name: "_tuplegetter",
    module: "collections",
    slots: &[Slot::descr_get(get), Slot::descr_set(set), Slot::repr(repr)],
    methods: &[METHODS],
    getset: &[GetSet {
        name: "__doc__",
        get: |vm, this| Ok(data::<TupleGetter>(vm, this)?.doc.get()),
        set: Some(|vm, this, value| {
            let getter = data::<TupleGetter>(vm, this)?;
            getter.doc.set(vm, getter, value.or_none());
            Ok(())
        }),
        doc: "",
        is_member: true,
    }],
    new: Some(native_ref!("_tuplegetter($cls, index, doc, /)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "__reduce__($self, /)" => reduce;
}}

fn new(vm: &Vm, [class, index, doc]: &[Value; 3]) -> R {
    let index = ssize(vm, *index)?;
    Ok(vm.native(class_arg(vm, *class)?, TupleGetter { index, doc: Field::new(*doc) }).value())
}

fn get(vm: &Vm, this: Value, object: Value, _class: Value) -> R {
    if object.is_unbound() {
        return Ok(this);
    }
    let index = data::<TupleGetter>(vm, this)?.index;
    let Some(tuple) = vm.as_tuple(object) else {
        if object.is_none() {
            return Ok(this);
        }
        let text = format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{}' object",
            vm.type_name(object)
        );
        return Err(vm.type_error(text));
    };
    let found = usize::try_from(index).ok().and_then(|index| tuple.items().get(index).copied());
    found.ok_or_else(|| vm.index_error("tuple index out of range"))
}

fn set(vm: &Vm, this: Value, _object: Value, value: Value) -> Result<(), Raised> {
    let text = if value.is_unbound() { "can't delete attribute" } else { "can't set attribute" };
    Err(vm.attribute_error(text, this, Value::NONE))
}

fn repr(vm: &Vm, this: Value) -> R {
    let getter = data::<TupleGetter>(vm, this)?;
    let doc = vm.repr(getter.doc.get())?;
    let text = format!("{}({}, {})", vm.type_name(this), getter.index, doc.to_string_lossy());
    Ok(vm.str(&text).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let getter = data::<TupleGetter>(vm, *this)?;
    let args = vm.tuple(&[vm.int(getter.index as i64), getter.doc.get()]).value();
    Ok(vm.tuple(&[vm.type_of(*this).value(), args]).value())
}
