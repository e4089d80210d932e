//! Methods and attributes.

use super::access;
use super::item::{code, unpack, unsupported};
use super::view::{View, any, from_object, release, this};
use crate::str::args::size_argument;
use heap::Value;
use object::{GetSet, R, Raised, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Give the memory back. The view cannot be used any more.
    "release($self, /)" => release_method;
    /// Return the bytes of the view as a bytes object.
    ///
    /// With order 'C' or None the last index changes fastest, with 'F' the first one; 'A' is 'F' for memory that is
    /// contiguous in that way, and 'C' for other.
    "tobytes($self, /, order='C')" => tobytes;
    /// Return the bytes of the view as hexadecimal digits.
    ///
    ///   sep
    ///     A character to stand between groups of bytes.
    ///   bytes_per_sep
    ///     The number of bytes in a group, counted from the right; where it is negative, from the left.
    ///
    /// >>> memoryview(b'spam').hex('-', 2)
    /// '7370-616d'
    "hex($self, /, sep=<unrepresentable>, bytes_per_sep=1)" => hex;
    /// Return the items as a list, of lists where there are several dimensions.
    "tolist($self, /)" => tolist;
    /// Return a view of the same memory that cannot be written.
    "toreadonly($self, /)" => toreadonly;
    /// Return how often a value occurs.
    "count($self, value, /)" => count;
    /// Return the index of the first occurrence of a value.
    ///
    /// Raises ValueError if it does not occur.
    "index($self, value, start=0, stop=sys.maxsize, /)" => index;
    "__enter__($self, /)" => enter;
    /// Give the memory back. The view cannot be used any more.
    "__exit__($self, /, *exc_info)" => exit;
    /// Return a view of an object that meets the flags of the buffer protocol.
    "_from_flags($type, /, object, flags)" => from_flags [class];
    /// memoryviews are generic over the type of their items.
    "__class_getitem__($type, object, /)" => crate::support::class_getitem [class];
    "__release_buffer__($self, buffer, /)" => release_buffer;
}}

/// `PyBUF_WRITABLE`
pub(super) const WRITABLE: i64 = 1;

fn release_method(vm: &Vm, [value]: &[Value; 1]) -> R {
    release(vm, any(vm, *value)?)?;
    Ok(Value::NONE)
}

fn enter(vm: &Vm, [value]: &[Value; 1]) -> R {
    this(vm, *value)?;
    Ok(*value)
}

fn exit(vm: &Vm, [value, _]: &[Value; 2]) -> R {
    release_method(vm, &[*value])
}

fn tobytes(vm: &Vm, [value, order]: &[Value; 2]) -> R {
    let view = this(vm, *value)?;
    let fortran = if order.is_none() {
        false
    } else {
        match vm.as_str(*order).and_then(|order| order.as_str().map(str::to_string)).as_deref() {
            Some("C") => false,
            Some("F") => true,
            Some("A") => view.is_f_contiguous(),
            Some(_) => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
            None => {
                let class = vm.type_name(*order);
                return Err(vm.type_error(format!("tobytes() argument 'order' must be str or None, not {class}")));
            }
        }
    };
    Ok(vm.bytes(&access::to_vec(&view, fortran)).value())
}

fn hex(vm: &Vm, [value, separator, group]: &[Value; 3]) -> R {
    // The memory must stay while arguments are converted.
    let held = vm.buffer(*value, false)?;
    let arguments = crate::bytes::hex_arguments(vm, *separator, *group);
    vm.release_buffer(&held);
    let (separator, group) = arguments?;
    let view = this(vm, *value)?;
    vm.check_size(view.len.checked_mul(3))?;
    Ok(crate::bytes::hex_value(vm, &access::to_vec(&view, false), separator, group))
}

fn tolist(vm: &Vm, [value]: &[Value; 1]) -> R {
    let view = this(vm, *value)?;
    if code(view.format).is_none() {
        return Err(unsupported(vm, view.format));
    }
    level(vm, &view, 0, 0)
}

fn level(vm: &Vm, view: &View, dimension: usize, offset: isize) -> R {
    let Some(extent) = view.shape.get(dimension) else {
        return unpack(vm, view.format, &access::read(view, offset));
    };
    let list = vm.list(&[]);
    for index in 0..*extent {
        list.push(vm, level(vm, view, dimension + 1, offset + index * view.strides[dimension])?);
    }
    Ok(list.value())
}

fn toreadonly(vm: &Vm, [value]: &[Value; 1]) -> R {
    let view = this(vm, *value)?;
    let mut geometry = view.geometry();
    geometry.readonly = true;
    view.derive(vm, geometry)
}

fn count(vm: &Vm, [value, wanted]: &[Value; 2]) -> R {
    let iterator = vm.iter(*value)?;
    let mut count = 0;
    while let Some(item) = vm.next(iterator)? {
        count += vm.eq(item, *wanted)? as usize;
    }
    Ok(vm.int_usize(count))
}

fn index(vm: &Vm, [value, wanted, start, stop]: &[Value; 4]) -> R {
    let view = this(vm, *value)?;
    match view.shape.len() {
        0 => return Err(vm.type_error("invalid lookup on 0-dim memory")),
        1 => {}
        _ => return Err(vm.not_implemented_error("multi-dimensional lookup is not implemented")),
    }
    let len = view.shape[0];
    let clamp = |index: isize| if index < 0 { index.saturating_add(len).max(0) } else { index.min(len) };
    let start = clamp(size_argument(vm, *start)?);
    let stop = if stop.is_unbound() { len } else { clamp(size_argument(vm, *stop)?) };
    for index in start..stop {
        if vm.eq(super::index::nth(vm, *value, index as usize)?, *wanted)? {
            return Ok(vm.int(index as i64));
        }
    }
    Err(vm.value_error("memoryview.index(x): x not found"))
}

fn from_flags(vm: &Vm, [_, object, flags]: &[Value; 3]) -> R {
    let flags = vm.index_i32(*flags)?;
    from_object(vm, *object, flags as i64 & WRITABLE != 0)
}

fn release_buffer(vm: &Vm, [value, buffer]: &[Value; 2]) -> R {
    release_view_of(vm, *value, *buffer)
}

/// `__release_buffer__` of a built-in class: releases a view of the object.
pub(crate) fn release_view_of(vm: &Vm, object: Value, buffer: Value) -> R {
    let Some(view) = vm.as_native::<View>(buffer) else {
        return Err(vm.type_error("expected a memoryview object"));
    };
    if view.is_released() {
        return Err(vm.value_error("memoryview's buffer has already been released"));
    }
    if view.object.get() != object {
        return Err(vm.value_error("memoryview's buffer is not this object"));
    }
    release(vm, view)?;
    Ok(Value::NONE)
}

/// The slot `repr`.
pub(super) fn repr(vm: &Vm, value: Value) -> R {
    let state = if any(vm, value)?.is_released() { "released memory" } else { "memory" };
    Ok(vm.str(&format!("<{state} at 0x{:x}>", value.bits())).value())
}

fn sizes(vm: &Vm, sizes: &[isize]) -> Value {
    let list = vm.list(&[]);
    for size in sizes {
        list.push(vm, vm.int(*size as i64));
    }
    vm.tuple(list.items()).value()
}

const fn getset(name: &'static str, get: fn(&Vm, Value) -> R, doc: &'static str) -> GetSet {
    GetSet { name, get, set: None, doc, is_member: false }
}

fn flag(vm: &Vm, value: Value, ask: fn(&View) -> bool) -> Result<Value, Raised> {
    let view = this(vm, value)?;
    Ok(Value::bool(ask(&view)))
}

/// Attributes.
pub(super) static GETSET: &[GetSet] = &[
    getset("obj", |vm, value| Ok(this(vm, value)?.object.get()), "The object whose memory is viewed."),
    getset("nbytes", |vm, value| Ok(vm.int_usize(this(vm, value)?.len)), "The number of bytes that the items take."),
    getset("readonly", |vm, value| flag(vm, value, |view| view.readonly), "Is writing forbidden?"),
    getset("itemsize", |vm, value| Ok(vm.int_usize(this(vm, value)?.itemsize)), "The number of bytes of an item."),
    getset(
        "format",
        |vm, value| Ok(vm.str(this(vm, value)?.format).value()),
        "The format of an item, as in the module struct.",
    ),
    getset("ndim", |vm, value| Ok(vm.int_usize(this(vm, value)?.shape.len())), "The number of dimensions."),
    getset("shape", |vm, value| Ok(sizes(vm, &this(vm, value)?.shape)), "The extent of each dimension."),
    getset(
        "strides",
        |vm, value| Ok(sizes(vm, &this(vm, value)?.strides)),
        "The number of bytes from one index to the next, for each dimension.",
    ),
    getset(
        "suboffsets",
        |vm, value| this(vm, value).map(|_| vm.tuple(&[]).value()),
        "For arrays of pointers; always empty.",
    ),
    getset("c_contiguous", |vm, value| flag(vm, value, View::is_c_contiguous), "Is the memory C contiguous?"),
    getset("f_contiguous", |vm, value| flag(vm, value, View::is_f_contiguous), "Is the memory Fortran contiguous?"),
    getset(
        "contiguous",
        |vm, value| flag(vm, value, |view| view.is_c_contiguous() || view.is_f_contiguous()),
        "Is the memory contiguous?",
    ),
];
