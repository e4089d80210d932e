//! Files of the packed library, for `importlib.resources` and `pkgutil.get_data`. The Python half is
//! `_packed_library.py` of the overlay.

use object::{R, Value, Vm};

/// The contents of a file by its path below the library's folder, or None.
pub fn file(vm: &Vm, [path]: &[Value; 1]) -> R {
    let contents = vm.as_str(*path).and_then(|path| pylib::data_file(&path.to_string_lossy()));
    Ok(contents.map_or(Value::NONE, |contents| vm.bytes(&contents).value()))
}

/// What is in a folder, as pairs of a name and whether that is a folder; or None.
pub fn folder(vm: &Vm, [path]: &[Value; 1]) -> R {
    let Some(entries) = vm.as_str(*path).and_then(|path| pylib::list_dir(&path.to_string_lossy())) else {
        return Ok(Value::NONE);
    };
    let list = vm.list(&[]);
    for entry in entries {
        list.push(vm, vm.tuple(&[vm.str(entry.name).value(), Value::bool(entry.is_dir)]).value());
    }
    Ok(list.value())
}

/// The size of a file by its path below the library's folder, True for a folder, or None.
pub fn size(vm: &Vm, [path]: &[Value; 1]) -> R {
    let Some(path) = vm.as_str(*path) else { return Ok(Value::NONE) };
    let path = path.to_string_lossy();
    Ok(match pylib::file_size(&path) {
        Some(size) => vm.int_usize(size),
        None if pylib::is_dir(&path) => Value::TRUE,
        None => Value::NONE,
    })
}

/// `FrozenImporter.get_resource_reader`
pub fn reader(vm: &Vm, [name]: &[Value; 1]) -> R {
    let text = vm.to_str(*name)?.to_string_lossy();
    if !pylib::find(&text).is_some_and(|module| module.is_package) {
        return Ok(Value::NONE);
    }
    let library = crate::start::import(vm, "_packed_library")?;
    let class = vm.getattr_str(library, "Reader")?;
    vm.call(class, &[vm.str(&text.replace('.', "/")).value()])
}

/// `FrozenImporter.get_data`: the path is one that `__file__` led to.
pub fn data(vm: &Vm, [path]: &[Value; 1]) -> R {
    let text = vm.to_str(*path)?.to_string_lossy();
    let inside = text.strip_prefix(&crate::paths::stdlib_dir(vm)).map(|rest| rest.trim_start_matches('/'));
    match inside.and_then(pylib::data_file) {
        Some(contents) => Ok(vm.bytes(&contents).value()),
        None => Err(vm.os_error(libc::ENOENT)),
    }
}
