//! `types.GenericAlias` (PEP 585) and unions (PEP 604).

mod alias;
mod subst;
mod union;

pub use alias::{GenericAlias, class_getitem, generic_alias};
pub use subst::{make_parameters, substitute};
pub use union::{Union, make_union, union_slot};

use ::object::slots::R;
use ::object::{Raised, Str, TypeDef, TypeId, Value, ValueExt, Vm};
use base::text::Wtf8Buf;

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&alias::TYPE, &union::TYPE];

/// Appends a type as annotations show it: classes by their name.
pub fn push_type_repr(vm: &Vm, out: &mut Wtf8Buf, value: Value) -> Result<(), Raised> {
    if value == Value::ELLIPSIS {
        out.push_str("...");
        return Ok(());
    }
    if value == vm.types[TypeId::NoneType].value() {
        out.push_str("None");
        return Ok(());
    }
    let generic =
        vm.getattr_opt(value, vm.names.__origin__)?.is_some() && vm.getattr_opt(value, vm.names.__args__)?.is_some();
    if !generic
        && let Some(name) = vm.getattr_opt(value, vm.names.__qualname__)?
        && let Some(module) = vm.getattr_opt(value, vm.names.__module__)?.filter(|module| !module.is_none())
    {
        let is_builtin = module.cast::<Str>().is_some_and(|module| module.as_bytes() == b"builtins");
        if !is_builtin {
            out.push_wtf8(vm.to_str(module)?.text());
            out.push_str(".");
        }
        out.push_wtf8(vm.to_str(name)?.text());
        return Ok(());
    }
    out.push_wtf8(vm.repr(value)?.text());
    Ok(())
}

/// A value as tuple: itself, or the tuple of it alone.
pub(crate) fn as_args(vm: &Vm, value: Value) -> ::object::Ref<::object::Tuple> {
    vm.as_tuple(value).unwrap_or_else(|| vm.tuple(&[value]))
}

pub(crate) fn repr_text(vm: &Vm, out: &Wtf8Buf) -> R {
    Ok(vm.str_wtf8(out).value())
}
