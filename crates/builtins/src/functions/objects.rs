//! Functions about any object.

use object::{R, Raised, Value, Vm};

pub(super) fn ascii(vm: &Vm, [value]: &[Value; 1]) -> R {
    let repr = vm.repr_value(*value)?;
    match vm.as_str(repr) {
        Some(text) if text.is_ascii() => Ok(repr),
        _ => Ok(vm.ascii_of(repr)?.value()),
    }
}

pub(super) fn repr(vm: &Vm, [value]: &[Value; 1]) -> R {
    vm.repr_value(*value)
}

pub(super) fn callable(vm: &Vm, [value]: &[Value; 1]) -> R {
    Ok(Value::bool(vm.is_callable(*value)))
}

pub(super) fn format(vm: &Vm, [value, spec]: &[Value; 2]) -> R {
    let Some(spec_text) = vm.as_str(*spec) else {
        let name = if spec.is_none() { String::from("None") } else { vm.type_name(*spec) };
        return Err(vm.type_error(format!("format() argument 2 must be str, not {name}")));
    };
    Ok(vm.format(*value, spec_text)?.value())
}

pub(super) fn hash(vm: &Vm, [value]: &[Value; 1]) -> R {
    Ok(vm.int(vm.hash(*value)?))
}

pub(super) fn id(vm: &Vm, [value]: &[Value; 1]) -> R {
    Ok(vm.int_u64(value.bits()))
}

pub(super) fn isinstance(vm: &Vm, [value, class]: &[Value; 2]) -> R {
    vm.is_instance(*value, *class).map(Value::bool)
}

pub(super) fn issubclass(vm: &Vm, [derived, class]: &[Value; 2]) -> R {
    vm.is_subclass(*derived, *class).map(Value::bool)
}

pub(super) fn len(vm: &Vm, [value]: &[Value; 1]) -> R {
    let len = vm.len(*value)?;
    Ok(vm.int_usize(len))
}

/// Positional arguments of a function that takes no keywords.
pub(super) fn positional<'a>(
    vm: &Vm,
    name: &str,
    args: object::Args<'a>,
    min: usize,
    max: usize,
) -> Result<&'a [Value], Raised> {
    crate::slice_::between(vm, name, args, min, max)
}
