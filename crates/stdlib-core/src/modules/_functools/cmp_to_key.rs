//! `cmp_to_key`

use crate::support::{class_arg, data, kept_class};
use object::traced;
use bytecode::CompareOperator;
use object::slots::{R, Slot};
use object::{Args, Field, GetSet, TypeDef, Value, Vm};

/// A key function, where `object` is unbound, or a key that it made.
pub struct Key {
    compare: Field,
    object: Field,
}

traced! { Key { compare, object } }

pub static KEY: TypeDef = TypeDef {
    name: "KeyWrapper",
    module: "functools",
    flags: object::type_flags::NO_NEW,
    slots: &[Slot::call(call), Slot::compare(compare)],
    getset: &[GetSet {
        name: "obj",
        get: |vm, this| {
            let object = data::<Key>(vm, this)?.object.get();
            if object.is_unbound() { Err(vm.no_attribute(this, vm.intern("obj"))) } else { Ok(object) }
        },
        set: Some(|vm, this, value| {
            let key = data::<Key>(vm, this)?;
            key.object.set(vm, key, value);
            Ok(())
        }),
        doc: "Value wrapped by a key function.",
        is_member: true,
    }],
    ..TypeDef::DEFAULT
};

pub fn cmp_to_key(vm: &Vm, [_module, function]: &[Value; 2]) -> R {
    let class = kept_class(vm, "functools.KeyWrapper")?;
    Ok(vm.native(class, Key { compare: Field::new(*function), object: Field::new(Value::UNBOUND) }).value())
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    let key = data::<Key>(vm, this)?;
    let object = match (args.args, args.keyword_count()) {
        ([object], 0) => *object,
        ([object], 1) if args.keyword("obj").is_some() => *object,
        ([], _) => return Err(vm.type_error("K() missing required argument 'obj' (pos 1)")),
        (all, 0) => return Err(vm.type_error(format!("K() takes at most 1 argument ({} given)", all.len()))),
        _ => return Err(vm.type_error("K() got an unexpected keyword argument")),
    };
    let class = class_arg(vm, vm.type_of(this).value())?;
    Ok(vm.native(class, Key { compare: Field::new(key.compare.get()), object: Field::new(object) }).value())
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let key = data::<Key>(vm, a)?;
    let Some(other) = vm.as_native::<Key>(b) else {
        return Err(vm.type_error("other argument must be K instance"));
    };
    let (x, y) = (key.object.get(), other.object.get());
    if x.is_unbound() || y.is_unbound() {
        return Err(vm.attribute_error("object", a, vm.intern("object").value()));
    }
    let result = vm.call(key.compare.get(), &[x, y])?;
    vm.compare(result, Value::small(0), op)
}
