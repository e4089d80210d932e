//! `memoryview.cast`.

use super::item::{is_byte, native_format};
use super::view::{MAX_DIMENSIONS, View, c_strides, this};
use crate::str::args::class_or_none;
use heap::Value;
use object::{R, Raised, ValueExt, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return a view of the same memory with another format or shape.
    "cast($self, /, format, shape=<unrepresentable>)" => cast;
}}

fn cast(vm: &Vm, [value, format, shape]: &[Value; 3]) -> R {
    let view = this(vm, *value)?;
    let Some(format) = vm.as_str(*format) else {
        let class = class_or_none(vm, *format);
        return Err(vm.type_error(format!("cast() argument 'format' must be str, not {class}")));
    };
    if !view.is_c_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let dimensions = if shape.is_unbound() { None } else { Some(shape_of(vm, *shape)?) };
    if let Some(dimensions) = &dimensions {
        if dimensions.len() > MAX_DIMENSIONS {
            return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
        }
        if view.shape.len() != 1 && dimensions.len() != 1 {
            return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
        }
    }
    let Some((format, itemsize)) = format.as_str().and_then(native_format) else {
        return Err(vm.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    check_formats(vm, &view, format, itemsize)?;
    let mut geometry = view.geometry();
    geometry.shape = match dimensions {
        None => vec![(view.len / itemsize) as isize],
        Some(dimensions) => {
            let product = dimensions.iter().try_fold(itemsize as isize, |product, extent| product.checked_mul(*extent));
            let Some(product) = product else {
                return Err(vm.value_error("memoryview.cast(): product(shape) > SSIZE_MAX"));
            };
            if product != view.len as isize {
                return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
            dimensions
        }
    };
    geometry.strides = c_strides(&geometry.shape, itemsize);
    geometry.format = format;
    geometry.itemsize = itemsize;
    view.derive(vm, geometry)
}

fn check_formats(vm: &Vm, view: &View, format: &str, itemsize: usize) -> Result<(), Raised> {
    if !is_byte(view.format) && !is_byte(format) {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    if !view.len.is_multiple_of(itemsize) {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    Ok(())
}

fn shape_of(vm: &Vm, shape: Value) -> Result<Vec<isize>, Raised> {
    let items = match (vm.as_tuple(shape), shape.cast::<object::List>()) {
        (Some(tuple), _) => tuple,
        (_, Some(list)) => vm.tuple(list.items()),
        _ => return Err(vm.type_error("shape must be a list or a tuple")),
    };
    let mut out = Vec::with_capacity(items.len());
    for &item in items.items() {
        let Some(int) = vm.as_int(item) else {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        };
        match int.to_i64() {
            Some(extent) if extent > 0 => out.push(extent as isize),
            _ => return Err(vm.value_error("memoryview.cast(): elements of shape must be integers > 0")),
        }
    }
    Ok(out)
}
