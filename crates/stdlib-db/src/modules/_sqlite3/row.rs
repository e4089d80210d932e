//! Rows whose values are found by the names of columns, too.

use super::cursor::Cursor;
use super::state;
use crate::support::{class_arg, data};
use bytecode::CompareOperator;
use object::native::NativeDef;
use object::{
    Args, Field, Kind, Native, NativeData, R, Raised, Ref, Slot, Str, Tracer, Tuple, TypeDef, TypeObj, Value, ValueExt,
    Vm, native, natives, type_flags,
};

/// A row.
pub struct Row {
    /// The values, a tuple.
    values: Field,
    /// The cursor's description, or None.
    description: Field,
}

impl NativeData for Row {
    fn trace(&self, tracer: &mut Tracer) {
        self.values.trace(tracer);
        self.description.trace(tracer);
    }
}

natives! { static METHODS: {
    /// Return the names of the columns as a list.
    "keys($self, /)" => keys;
}}

static NEW: NativeDef = native! { "Row($type, *args, **kwargs)" -> new_checked };
static BOUND_NEW: NativeDef = native! { "Row($type, cursor, data, /)" => new };

/// `Row`
pub static ROW: TypeDef = TypeDef {
    name: "Row",
    module: "sqlite3",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    slots: &[
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::iter(|vm, this| vm.iter(data::<Row>(vm, this)?.values.get())),
        Slot::len(|vm, this| Ok(data::<Row>(vm, this)?.values(vm)?.len())),
        Slot::getitem(getitem),
    ],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// A row of the class `Row` itself.
pub fn make(vm: &Vm, class: Value, description: Value, values: Ref<Tuple>) -> R {
    let row = Row { values: Field::new(values.value()), description: Field::new(description) };
    Ok(vm.native(class_arg(vm, class)?, row).value())
}

fn new_checked(vm: &Vm, args: Args) -> R {
    if args.keyword_count() > 0 && args.args.first().is_some_and(|class| is_plain(vm, *class)) {
        return Err(vm.type_error("Row() takes no keyword arguments"));
    }
    if args.count() != 3 {
        let given = args.count().saturating_sub(1);
        return Err(vm.type_error(format!("Row expected 2 arguments, got {given}")));
    }
    BOUND_NEW.call(vm, Args::positional(&args.args[..args.count()]))
}

fn is_plain(vm: &Vm, class: Value) -> bool {
    state::find(vm).is_some_and(|state| state.row.get() == class)
}

fn new(vm: &Vm, [class, cursor, values]: &[Value; 3]) -> R {
    let Some(cursor) = vm.as_native::<Cursor>(*cursor) else {
        let name = crate::support::class_name(vm, *cursor);
        return Err(vm.type_error(format!("Row() argument 1 must be sqlite3.Cursor, not {name}")));
    };
    if vm.as_tuple(*values).is_none() {
        let name = crate::support::class_name(vm, *values);
        return Err(vm.type_error(format!("Row() argument 2 must be tuple, not {name}")));
    }
    let class: Ref<TypeObj> = class_arg(vm, *class)?;
    let row = Row { values: Field::new(*values), description: Field::new(cursor.description.get()) };
    Ok(vm.native(class, row).value())
}

impl Row {
    fn values(&self, vm: &Vm) -> Result<Ref<Tuple>, Raised> {
        vm.as_tuple(self.values.get()).ok_or_else(|| vm.system_error("a row without values"))
    }

    /// The name of a column.
    fn name(&self, vm: &Vm, index: usize) -> Option<Ref<Str>> {
        let description = vm.as_tuple(self.description.get())?;
        vm.as_str(*vm.as_tuple(*description.items().get(index)?)?.items().first()?)
    }
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let row: Ref<Native<Row>> = data(vm, this)?;
    let values = row.values(vm)?;
    if vm.as_int(key).is_some() {
        let Some(index) = vm.as_int(key).and_then(|int| int.to_i64()) else {
            return Err(vm.index_error("cannot fit 'int' into an index-sized integer"));
        };
        let index = index as isize;
        let at = if index < 0 { index + values.len() as isize } else { index };
        let found = usize::try_from(at).ok().and_then(|at| values.items().get(at).copied());
        return found.ok_or_else(|| vm.index_error("tuple index out of range"));
    }
    if let Some(wanted) = vm.as_str(key) {
        let mut index = 0;
        while let Some(name) = row.name(vm, index) {
            let is_same = name.as_bytes() == wanted.as_bytes()
                || (name.is_ascii() && wanted.is_ascii() && name.as_bytes().eq_ignore_ascii_case(wanted.as_bytes()));
            if is_same {
                let found = values.items().get(index).copied();
                return found.ok_or_else(|| vm.index_error("tuple index out of range"));
            }
            index += 1;
        }
        return Err(no_key(vm, row, wanted));
    }
    if key.cast::<object::Slice>().is_some() {
        return vm.getitem(values.value(), key);
    }
    Err(vm.index_error("Index must be int or string"))
}

/// The key is shown where the row has no names at all.
#[cold]
fn no_key(vm: &Vm, row: Ref<Native<Row>>, key: Ref<Str>) -> Raised {
    if !row.description.get().is_none() {
        return vm.index_error("No item with that key");
    }
    match vm.repr(key.value()) {
        Ok(shown) => vm.index_error(format!("No item with key {}", shown.to_string_lossy())),
        Err(raised) => raised,
    }
}

fn keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    let row = data::<Row>(vm, *this)?;
    let names = vm.list(&[]);
    let mut index = 0;
    while let Some(name) = row.name(vm, index) {
        names.push(vm, name.value());
        index += 1;
    }
    Ok(names.value())
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let row = data::<Row>(vm, this)?;
    Ok(vm.hash(row.description.get())? ^ vm.hash(row.values.get())?)
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(row), Some(other)) = (vm.as_native::<Row>(this), vm.as_native::<Row>(other)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let is_equal =
        vm.eq(row.description.get(), other.description.get())? && vm.eq(row.values.get(), other.values.get())?;
    Ok(Value::bool(is_equal == (op == CompareOperator::Eq)))
}
