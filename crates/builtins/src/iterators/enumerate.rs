//! `enumerate`

use crate::int::int_value;
use crate::support::{class_arg, class_getitem};
use dashu_int::IBig;
use object::layout::iterators::Enumerate;
use object::native::NativeDef;
use object::{Args, Field, Int, R, Slot, TypeDef, TypeId, Value, Vm, native, natives, type_flags};

static NEW: NativeDef = native! { "enumerate($cls, iterable, start=0)" -> enumerate_new };

natives! { static METHODS: {
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

/// `enumerate`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Enumerate),
    name: "enumerate",
    flags: type_flags::BASETYPE,
    doc: "Pairs of a number and an item of an iterable.\n\n  iterable\n    Where the items come from.\n  start\n    The first number.",
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn enumerate_new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    let args = args.rest();
    if args.args.len() > 2 {
        return Err(vm.type_error(format!("enumerate() takes at most 2 arguments ({} given)", args.args.len())));
    }
    let (positional, keywords) = args.split();
    let (mut iterable, mut start) = (positional.first().copied(), positional.get(1).copied());
    for (keyword, value) in keywords {
        match keyword.as_bytes() {
            b"iterable" if iterable.is_none() => iterable = Some(value),
            b"start" if start.is_none() => start = Some(value),
            _ => {
                let keyword = keyword.to_string_lossy();
                return Err(vm.type_error(format!("'{keyword}' is an invalid keyword argument for enumerate()")));
            }
        }
    }
    let Some(iterable) = iterable else {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    };
    let count = int_value(vm, vm.index(start.unwrap_or(Value::small(0)))?);
    let iterator = vm.iter(iterable)?;
    Ok(vm.native(class, Enumerate { iterator: Field::new(iterator), count: Field::new(count) }).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let Some(data) = vm.as_native::<Enumerate>(this) else { return Ok(Value::UNBOUND) };
    let Some(item) = vm.next(data.iterator.get())? else { return Ok(Value::UNBOUND) };
    let count = data.count.get();
    let following = match count.as_small() {
        Some(small) => vm.int(small + 1),
        None => vm.big(vm.as_int(count).map_or(IBig::ZERO, Int::to_big) + IBig::ONE),
    };
    data.count.set(vm, data, following);
    Ok(vm.tuple(&[count, item]).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some(data) = vm.as_native::<Enumerate>(*this) else { return Err(vm.type_error("an enumerate was expected")) };
    crate::support::reduce(vm, vm.type_of(*this).value(), &[data.iterator.get(), data.count.get()], None)
}
