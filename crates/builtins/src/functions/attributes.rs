//! Functions about attributes.

use super::objects::positional;
use super::scope;
use object::{Args, R, Raised, Ref, Str, Value, Vm};

fn attr_name(vm: &Vm, name: Value) -> Result<Ref<Str>, Raised> {
    match vm.as_str(name) {
        Some(name) => Ok(name),
        None => {
            let class = vm.type_of(name).qualified_name(vm);
            Err(vm.type_error(format!("attribute name must be string, not '{class}'")))
        }
    }
}

pub(super) fn getattr(vm: &Vm, args: Args) -> R {
    let args = positional(vm, "getattr", args, 2, 3)?;
    let name = attr_name(vm, args[1])?;
    match args.get(2) {
        None => vm.getattr(args[0], name),
        Some(default) => Ok(vm.getattr_opt(args[0], name)?.unwrap_or(*default)),
    }
}

pub(super) fn hasattr(vm: &Vm, [object, name]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.getattr_opt(*object, attr_name(vm, *name)?)?.is_some()))
}

pub(super) fn setattr(vm: &Vm, [object, name, value]: &[Value; 3]) -> R {
    vm.setattr(*object, attr_name(vm, *name)?, *value)?;
    Ok(Value::NONE)
}

pub(super) fn delattr(vm: &Vm, [object, name]: &[Value; 2]) -> R {
    vm.setattr(*object, attr_name(vm, *name)?, Value::UNBOUND)?;
    Ok(Value::NONE)
}

pub(super) fn vars(vm: &Vm, args: Args) -> R {
    match positional(vm, "vars", args, 0, 1)? {
        [object, ..] => match vm.getattr_opt(*object, vm.names.__dict__)? {
            Some(dict) => Ok(dict),
            None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
        },
        [] => scope::locals(vm, &[]),
    }
}

pub(super) fn dir(vm: &Vm, args: Args) -> R {
    let names = match positional(vm, "dir", args, 0, 1)? {
        [object, ..] => match vm.call_special(*object, vm.names.__dir__, &[]) {
            Some(names) => names?,
            None => return Err(vm.type_error("object does not provide __dir__")),
        },
        [] => {
            let locals = scope::locals(vm, &[])?;
            vm.call_method(locals, vm.names.keys, &[])?
        }
    };
    let names = vm.to_list(names)?;
    crate::list::sort_list(vm, names, Value::NONE, false)?;
    Ok(names.value())
}
