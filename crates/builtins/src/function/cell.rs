//! `cell`: a variable that closures share.

use crate::descriptors::accessor;
use crate::object::address;
use ::object::slots::R;
use ::object::{CellObj, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native};
use bytecode::CompareOperator;

static NEW: native::NativeDef = native! { "cell($cls, contents=<unrepresentable>, /)" => new };

/// `cell`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Cell),
    name: "cell",
    kind: Kind::CELL,
    doc: "A variable that closures share.\n\n  contents\n    its value; without it the cell is empty, and reading cell_contents raises ValueError",
    slots: &[Slot::repr(repr), Slot::compare(compare)],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[accessor(
    "cell_contents",
    |vm, this| match cell(vm, this)?.content.get().bound() {
        Some(value) => Ok(value),
        None => Err(vm.value_error("Cell is empty")),
    },
    |vm, this, value| {
        let cell = cell(vm, this)?;
        cell.content.set(vm, cell, value);
        Ok(())
    },
)];

fn cell(vm: &Vm, this: Value) -> Result<Ref<CellObj>, Raised> {
    match this.cast::<CellObj>() {
        Some(cell) => Ok(cell),
        None => Err(vm.type_error("expected a cell")),
    }
}

fn new(vm: &Vm, [_, contents]: &[Value; 2]) -> R {
    Ok(vm.cell(*contents))
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (this.cast::<CellObj>(), other.cast::<CellObj>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    match (a.content.get().bound(), b.content.get().bound()) {
        (Some(a), Some(b)) => vm.compare(a, b, op),
        // An empty cell is less than any other.
        (a, b) => {
            let ordering = a.is_some().cmp(&b.is_some());
            Ok(Value::bool(::object::ops::ordering_matches(op, ordering)))
        }
    }
}

fn repr(vm: &Vm, this: Value) -> R {
    let at = address(this);
    let text = match cell(vm, this)?.content.get().bound() {
        None => format!("<cell at {at}: empty>"),
        Some(value) => {
            let class = vm.type_of(value).qualified_name(vm);
            format!("<cell at {at}: {class} object at {}>", address(value))
        }
    };
    Ok(vm.str(&text).value())
}
