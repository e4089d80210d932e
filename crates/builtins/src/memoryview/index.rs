//! Indexing and slicing.

use super::access;
use super::item::{pack, unpack};
use super::view::{Geometry, View, from_object, this};
use heap::Value;
use object::{R, Raised, Ref, ValueExt, Vm};

/// The slot `len`.
pub(super) fn len(vm: &Vm, value: Value) -> Result<usize, Raised> {
    match this(vm, value)?.shape.first() {
        Some(extent) => Ok((*extent).max(0) as usize),
        None => Err(vm.type_error("0-dim memory has no length")),
    }
}

/// What a key asks for.
enum Key {
    /// The item at an offset.
    Item(isize),
    /// A part, as a view.
    Part(Geometry),
    /// The view itself.
    All,
}

fn is_index(vm: &Vm, key: Value) -> bool {
    vm.as_int(key).is_some() || vm.type_of(key).slots().index.is_some()
}

/// The offset of an index within a dimension.
fn offset(vm: &Vm, view: &View, dimension: usize, index: isize) -> Result<isize, Raised> {
    let extent = view.shape[dimension];
    let resolved = if index < 0 { index.saturating_add(extent) } else { index };
    if resolved < 0 || resolved >= extent {
        return Err(vm.index_error(format!("index out of bounds on dimension {}", dimension + 1)));
    }
    Ok(resolved * view.strides[dimension])
}

fn not_implemented(vm: &Vm, text: &str) -> Raised {
    vm.not_implemented_error(text)
}

fn resolve(vm: &Vm, value: Value, key: Value, writing: bool) -> Result<Key, Raised> {
    let view = this(vm, value)?;
    let dimensions = view.shape.len();
    let tuple = vm.as_tuple(key);
    if dimensions == 0 {
        return match tuple {
            Some(tuple) if tuple.is_empty() => Ok(Key::Item(0)),
            _ if key == Value::ELLIPSIS => Ok(Key::All),
            _ => Err(vm.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if is_index(vm, key) {
        if dimensions > 1 {
            let text = if writing {
                "sub-views are not implemented"
            } else {
                "multi-dimensional sub-views are not implemented"
            };
            return Err(not_implemented(vm, text));
        }
        let index = vm.index_isize(key)?;
        super::view::check(vm, view)?;
        return offset(vm, &view, 0, index).map(Key::Item);
    }
    if let Some(slice) = key.cast::<object::Slice>() {
        let geometry = slice_geometry(vm, &view, slice)?;
        super::view::check(vm, view)?;
        return Ok(Key::Part(geometry));
    }
    let Some(tuple) = tuple else { return Err(vm.type_error("memoryview: invalid slice key")) };
    let keys = tuple.items();
    if keys.iter().all(|key| is_index(vm, *key)) {
        if keys.len() < dimensions {
            return Err(not_implemented(vm, "sub-views are not implemented"));
        }
        if keys.len() > dimensions {
            return Err(
                vm.type_error(format!("cannot index {dimensions}-dimension view with {}-element tuple", keys.len()))
            );
        }
        let mut at = 0;
        for (dimension, key) in keys.iter().enumerate() {
            let index = vm.index_isize(*key)?;
            at += offset(vm, &view, dimension, index)?;
        }
        super::view::check(vm, view)?;
        return Ok(Key::Item(at));
    }
    if keys.iter().all(|key| key.cast::<object::Slice>().is_some()) {
        return Err(not_implemented(vm, "multi-dimensional slicing is not implemented"));
    }
    Err(vm.type_error("memoryview: invalid slice key"))
}

/// What a slice selects in the first dimension.
fn slice_geometry(vm: &Vm, view: &View, slice: Ref<object::Slice>) -> Result<Geometry, Raised> {
    let range = vm.slice_range(slice, || view.shape[0].max(0) as usize)?;
    let mut geometry = view.geometry();
    let start = if range.count == 0 { 0 } else { range.start };
    geometry.address = geometry.address.wrapping_offset(start * view.strides[0]);
    geometry.shape[0] = range.count as isize;
    geometry.strides[0] = view.strides[0].saturating_mul(range.step);
    Ok(geometry)
}

/// A slice whose parts are evaluated by Python code, which may release the view: another one holds the memory.
fn slice_held(vm: &Vm, value: Value, slice: Ref<object::Slice>) -> R {
    let view = this(vm, value)?;
    let held = view.derive(vm, view.geometry())?;
    let held = this(vm, held)?;
    let geometry = slice_geometry(vm, &held, slice);
    let part = geometry.and_then(|geometry| held.derive(vm, geometry));
    super::view::release(vm, held)?;
    part
}

/// The slot `getitem`.
pub(super) fn getitem(vm: &Vm, value: Value, key: Value) -> R {
    if let Some(slice) = key.cast::<object::Slice>()
        && [&slice.start, &slice.stop, &slice.step].iter().any(|part| part.get().is_object())
        && !this(vm, value)?.shape.is_empty()
    {
        return slice_held(vm, value, slice);
    }
    match resolve(vm, value, key, false)? {
        Key::Item(offset) => {
            let view = this(vm, value)?;
            unpack(vm, view.format, &access::read(&view, offset))
        }
        Key::Part(geometry) => this(vm, value)?.derive(vm, geometry),
        Key::All => Ok(value),
    }
}

/// The item of a view of one dimension, for iteration.
pub(super) fn nth(vm: &Vm, value: Value, index: usize) -> R {
    let view = this(vm, value)?;
    let offset = offset(vm, &view, 0, index as isize)?;
    unpack(vm, view.format, &access::read(&view, offset))
}

/// The slot `setitem`.
pub(super) fn setitem(vm: &Vm, this_value: Value, key: Value, value: Value) -> Result<(), Raised> {
    let view = this(vm, this_value)?;
    if view.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    if value.is_unbound() {
        return Err(vm.type_error("cannot delete memory"));
    }
    match resolve(vm, this_value, key, true)? {
        Key::Item(offset) => {
            let item = pack(vm, view.format, value)?;
            // Converting the value may have released the view.
            let view = this(vm, this_value)?;
            access::write(&view, offset, &item);
            Ok(())
        }
        Key::All => {
            let item = pack(vm, view.format, value)?;
            let view = this(vm, this_value)?;
            access::write(&view, 0, &item);
            Ok(())
        }
        Key::Part(_) if view.shape.len() > 1 => {
            Err(not_implemented(vm, "memoryview slice assignments are currently restricted to ndim = 1"))
        }
        Key::Part(geometry) => {
            if !vm.has_buffer(value) {
                let class = vm.type_of(value).qualified_name(vm);
                return Err(vm.type_error(format!("a bytes-like object is required, not '{class}'")));
            }
            let source = from_object(vm, value, false)?;
            let from = this(vm, source)?;
            let result = assign(vm, this_value, geometry, &from);
            super::view::release(vm, from)?;
            result
        }
    }
}

fn assign(vm: &Vm, value: Value, geometry: Geometry, source: &View) -> Result<(), Raised> {
    let view = this(vm, value)?;
    let plain = |format: &'static str| format.strip_prefix('@').unwrap_or(format);
    if plain(source.format) != plain(geometry.format)
        || source.itemsize != geometry.itemsize
        || source.shape != geometry.shape
    {
        return Err(vm.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    let part = view.derive(vm, geometry)?;
    let bytes = access::to_vec(source, false);
    let target = this(vm, part)?;
    access::write_all(&target, &bytes);
    super::view::release(vm, target)
}
