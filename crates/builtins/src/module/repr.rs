//! The repr of modules: by their spec, else by their file or loader.

use super::module;
use ::object::slots::R;
use ::object::{Raised, Value, Vm};

fn attr(vm: &Vm, object: Value, name: &str) -> Result<Option<Value>, Raised> {
    Ok(vm.getattr_opt(object, vm.intern(name))?.filter(|value| !value.is_none()))
}

/// `repr(module)`
pub fn repr(vm: &Vm, this: Value) -> R {
    let dict = module(vm, this)?.dict();
    let own = |name: &str| dict.get_str(vm, vm.intern(name)).filter(|value| !value.is_none());
    let text = |value: Value| -> Result<String, Raised> { Ok(vm.repr(value)?.to_string_lossy()) };
    let text = match own("__spec__") {
        Some(spec) => {
            let name = match attr(vm, spec, "name")? {
                Some(name) => text(name)?,
                None => String::from("'?'"),
            };
            match attr(vm, spec, "origin")? {
                Some(origin) => {
                    let located = match attr(vm, spec, "has_location")? {
                        Some(located) => vm.truthy(located)?,
                        None => false,
                    };
                    // Packed modules are imported as frozen ones, but tell of a file.
                    if located || own("__file__") == Some(origin) {
                        format!("<module {name} from {}>", text(origin)?)
                    } else {
                        format!("<module {name} ({})>", vm.to_str(origin)?.to_string_lossy())
                    }
                }
                None => match attr(vm, spec, "loader")? {
                    None => format!("<module {name}>"),
                    Some(loader) if vm.type_name(loader) == "NamespaceLoader" => {
                        let path = match attr(vm, loader, "_path")? {
                            Some(path) => text(vm.to_list(path)?.value())?,
                            None => String::from("[]"),
                        };
                        format!("<module {name} (namespace) from {path}>")
                    }
                    Some(loader) => format!("<module {name} ({})>", text(loader)?),
                },
            }
        }
        None => {
            let name = match own("__name__") {
                Some(name) => text(name)?,
                None => String::from("'?'"),
            };
            match (own("__file__"), own("__loader__")) {
                (Some(file), _) => format!("<module {name} from {}>", text(file)?),
                (None, Some(loader)) => format!("<module {name} ({})>", text(loader)?),
                (None, None) => format!("<module {name}>"),
            }
        }
    };
    Ok(vm.str(&text).value())
}
