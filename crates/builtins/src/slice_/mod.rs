//! `slice`

use base::hash::{TupleHasher, shrink};
use bytecode::CompareOperator;
use dashu_int::IBig;
use object::native::NativeDef;
use object::{
    Args, GetSet, Int, Kind, R, Raised, Ref, Slice, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE];

static NEW: NativeDef = native! { "slice(...)" -> slice_new };

natives! { static METHODS: {
    /// Start, stop and step for a sequence of a length, which is not exceeded.
    "indices($self, object, /)" => indices;
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
}}

/// `slice`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Slice),
    name: "slice",
    kind: Kind::SLICE,
    doc: "slice(stop)\nslice(start, stop[, step])\n\nWhat a subscript with colons gives: start, stop and step, each perhaps None.",
    slots: &[Slot::repr(slice_repr), Slot::hash(slice_hash), Slot::compare(slice_compare)],
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "start",
            get: |vm, this| Ok(this_slice(vm, this)?.start.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "stop",
            get: |vm, this| Ok(this_slice(vm, this)?.stop.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "step",
            get: |vm, this| Ok(this_slice(vm, this)?.step.get()),
            set: None,
            doc: "",
            is_member: true,
        },
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn this_slice(vm: &Vm, value: Value) -> Result<Ref<Slice>, Raised> {
    value.cast::<Slice>().ok_or_else(|| vm.type_error(format!("a slice was expected, not '{}'", vm.type_name(value))))
}

/// Positional arguments of a class whose last ones have defaults.
pub(crate) fn between<'a>(vm: &Vm, name: &str, args: Args<'a>, min: usize, max: usize) -> Result<&'a [Value], Raised> {
    if args.keyword_count() > 0 {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let given = args.args.len();
    if given < min || given > max {
        let (word, bound) = match () {
            () if min == max => ("", min),
            () if given < min => ("at least ", min),
            () => ("at most ", max),
        };
        let plural = if bound == 1 { "" } else { "s" };
        return Err(vm.type_error(format!("{name} expected {word}{bound} argument{plural}, got {given}")));
    }
    Ok(args.args)
}

fn slice_new(vm: &Vm, args: Args) -> R {
    let args = between(vm, "slice", args.rest(), 1, 3)?;
    let (start, stop, step) = match args {
        [stop] => (Value::NONE, *stop, Value::NONE),
        [start, stop] => (*start, *stop, Value::NONE),
        [start, stop, step, ..] => (*start, *stop, *step),
        [] => (Value::NONE, Value::NONE, Value::NONE),
    };
    Ok(vm.slice(start, stop, step).value())
}

fn parts(slice: Ref<Slice>) -> [Value; 3] {
    [slice.start.get(), slice.stop.get(), slice.step.get()]
}

fn slice_repr(vm: &Vm, this: Value) -> R {
    let parts = parts(this_slice(vm, this)?);
    crate::support::repr_items(vm, "slice(", ")", |index| parts.get(index).copied())
}

fn slice_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let mut hasher = TupleHasher::new();
    for part in parts(this_slice(vm, this)?) {
        hasher.add(vm.hash(part)?);
    }
    // As that of a tuple, but without the number of items in it.
    const LENGTH_PART: u64 = 3 ^ (2_870_177_450_012_600_261 ^ 3_527_539);
    Ok(shrink(hasher.finish_u64().wrapping_sub(LENGTH_PART)))
}

fn slice_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(x), Some(y)) = (a.cast::<Slice>(), b.cast::<Slice>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if x == y {
        return Ok(Value::bool(object::ops::ordering_matches(op, std::cmp::Ordering::Equal)));
    }
    vm.compare(vm.tuple(&parts(x)).value(), vm.tuple(&parts(y)).value(), op)
}

/// A part of a slice as an int; None where it is None.
fn part(vm: &Vm, value: Value) -> Result<Option<IBig>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    vm.index(value).map(|int| Some(int.to_big()))
}

/// `slice.indices(length)` for ints of any size.
pub(crate) fn slice_indices(vm: &Vm, slice: Ref<Slice>, length: &IBig) -> Result<[IBig; 3], Raised> {
    let step = part(vm, slice.step.get())?.unwrap_or(IBig::ONE);
    if step.is_zero() {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let negative = step < IBig::ZERO;
    let (lower, upper) = if negative { (-IBig::ONE, length - IBig::ONE) } else { (IBig::ZERO, length.clone()) };
    let clamp = |value: Option<IBig>, otherwise: &IBig| match value {
        None => otherwise.clone(),
        Some(value) if value < IBig::ZERO => (value + length).max(lower.clone()),
        Some(value) => value.min(upper.clone()),
    };
    let start = clamp(part(vm, slice.start.get())?, if negative { &upper } else { &lower });
    let stop = clamp(part(vm, slice.stop.get())?, if negative { &lower } else { &upper });
    Ok([start, stop, step])
}

fn indices(vm: &Vm, [this, length]: &[Value; 2]) -> R {
    let slice = this_slice(vm, *this)?;
    let length: Int = vm.index(*length)?;
    if length.is_negative() {
        return Err(vm.value_error("length should not be negative"));
    }
    let [start, stop, step] = slice_indices(vm, slice, &length.to_big())?;
    let (start, stop, step) = (vm.big(start), vm.big(stop), vm.big(step));
    Ok(vm.tuple(&[start, stop, step]).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let slice = this_slice(vm, *this)?;
    crate::support::reduce(vm, vm.types[TypeId::Slice].value(), &parts(slice), None)
}
