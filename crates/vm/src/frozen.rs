//! The packed library as importlib sees it: frozen modules, with source.

use object::{Args, Code, ModuleDef, R, Ref, TypeId, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Return info about the corresponding frozen module (if there is one) or None.
    "find_frozen(name, /, *, withdata=False)" => find_frozen;
    /// Create a code object for a frozen module.
    "get_frozen_object(name, data=None, /)" => get_frozen_object;
    /// Returns True if the module name corresponds to a frozen module.
    "is_frozen(name, /)" => is_frozen;
    /// Returns True if the module name is of a frozen package.
    "is_frozen_package(name, /)" => is_frozen_package;
    /// Return the source of a packed module, or None.
    "_packed_source(name, /)" => packed_source;
    /// Return the code object, the text and the file name of the command that was given by -c, or None.
    "_command(...)" -> command;
    /// Return the contents of a file of the packed library, or None.
    "_packed_file(path, /)" => crate::resources::file;
    /// Return the names in a folder of the packed library and whether they are folders, or None.
    "_packed_dir(path, /)" => crate::resources::folder;
    /// Return the size of a file of the packed library, True for a folder, or None.
    "_packed_size(path, /)" => crate::resources::size;
    /// Return a reader of the resources of a packed package, or None.
    "_packed_reader(name, /)" => crate::resources::reader;
    /// Return the contents of a file by the path that it appears to have.
    "_packed_data(path, /)" => crate::resources::data;
}}

/// The name in the library of a module that is imported under another one.
fn original(name: &str) -> &str {
    match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        _ => name,
    }
}

fn find(vm: &Vm, name: Value) -> Option<pylib::Module> {
    let name = vm.as_str(name)?;
    pylib::find(original(name.as_str()?)).filter(|module| module.code().is_some())
}

fn find_frozen(vm: &Vm, [name, withdata]: &[Value; 2]) -> R {
    let Some(module) = find(vm, *name) else { return Ok(Value::NONE) };
    let data = if vm.truthy(*withdata)? {
        vm.call(vm.types[TypeId::MemoryView].value(), &[vm.bytes(module.code().unwrap_or(&[])).value()])?
    } else {
        Value::NONE
    };
    let name = vm.intern(module.name).value();
    Ok(vm.tuple(&[data, Value::bool(module.is_package), name]).value())
}

/// The code object of a packed module.
pub fn code_of(vm: &Vm, name: &str) -> Result<Ref<Code>, object::Raised> {
    let module = pylib::find(original(name));
    let Some((module, bytes)) = module.and_then(|module| module.code().map(|code| (module, code))) else {
        let text = format!("No such frozen object named {name}");
        return Err(vm.import_error(TypeId::ImportError, text, vm.str(name).value()));
    };
    // SAFETY: the library was encoded when it was packed.
    match unsafe { bytecode::decode_packed(bytes) } {
        Ok(unit) => {
            // Frames of these two are left out of tracebacks of imports, which looks for this name.
            let filename = match module.name {
                "importlib._bootstrap" | "importlib._bootstrap_external" => format!("<frozen {}>", module.name),
                _ => format!("{}/{}", crate::paths::stdlib_dir(vm), module.filename),
            };
            let filename = vm.str(&filename).value();
            Ok(vm.code_packed(unit, filename))
        }
        Err(error) => Err(vm.import_error(
            TypeId::ImportError,
            format!("Frozen object named {name} is invalid: {error}"),
            vm.str(name).value(),
        )),
    }
}

fn get_frozen_object(vm: &Vm, [name, _data]: &[Value; 2]) -> R {
    let Some(text) = vm.as_str(*name) else { return Err(vm.type_error("name must be a str")) };
    Ok(code_of(vm, &text.to_string_lossy())?.value())
}

fn is_frozen(vm: &Vm, [name]: &[Value; 1]) -> R {
    Ok(Value::bool(find(vm, *name).is_some()))
}

fn is_frozen_package(vm: &Vm, [name]: &[Value; 1]) -> R {
    match find(vm, *name) {
        Some(module) => Ok(Value::bool(module.is_package)),
        None => {
            let text = vm.to_str(*name)?.to_string_lossy();
            Err(vm.import_error(TypeId::ImportError, format!("No such frozen object named {text}"), *name))
        }
    }
}

fn packed_source(vm: &Vm, [name]: &[Value; 1]) -> R {
    let Some(name) = vm.as_str(*name) else { return Ok(Value::NONE) };
    let source = pylib::find(original(&name.to_string_lossy())).and_then(|module| module.source());
    match source.map(String::from_utf8) {
        Some(Ok(text)) => Ok(vm.str(&text).value()),
        _ => Ok(Value::NONE),
    }
}

/// Makes a native module and enters it in `sys.modules`.
pub fn add_native(vm: &Vm, def: &'static ModuleDef) -> Result<Value, object::Raised> {
    let module = vm.make_module(def)?;
    vm.modules_dict().insert_str(vm, vm.intern(def.name), module.value());
    Ok(module.value())
}

/// Methods of `FrozenImporter` beyond those of CPython's, and the functions that they are.
const LOADER_METHODS: &[(&str, &str)] =
    &[("get_source", "_packed_source"), ("get_resource_reader", "_packed_reader"), ("get_data", "_packed_data")];

/// Gives `FrozenImporter` the sources and files of the packed library.
pub fn install_sources(vm: &Vm, bootstrap: Value, imp: Value) -> Result<(), object::Raised> {
    let importer = vm.getattr_str(bootstrap, "FrozenImporter")?;
    for (method, function) in LOADER_METHODS {
        let function = vm.getattr_str(imp, function)?;
        let wrapped = object::descr::static_method(vm, function);
        vm.setattr(importer, vm.intern(method), wrapped)?;
    }
    let root = vm.str(&crate::paths::stdlib_dir(vm)).value();
    let function = |name: &str| vm.getattr_str(imp, name);
    vm.set_packed_library(root, function("_packed_file")?, function("_packed_dir")?, function("_packed_size")?);
    Ok(())
}

fn command(vm: &Vm, _: Args) -> R {
    Ok(vm.state_value("command").unwrap_or(Value::NONE))
}
