//! What the packed library holds.

#[test]
fn modules_are_found() {
    let module = pylib::find("json.decoder").expect("packed");
    assert_eq!((module.filename, module.is_package), ("json/decoder.py", false));
    assert!(pylib::find("json").is_some_and(|module| module.is_package && module.filename == "json/__init__.py"));
    assert!(pylib::find("jso").is_none() && pylib::find("json.").is_none() && pylib::find("").is_none());
    for name in ["tkinter", "idlelib", "test", "turtledemo", "_dummy_os"] {
        assert!(pylib::find(name).is_none(), "{name}");
    }
    assert!(pylib::find("importlib._bootstrap").is_some() && pylib::find("cProfile").is_some());
}

#[test]
fn every_module_has_code_and_source() {
    let names: Vec<_> = pylib::names().collect();
    assert!(names.is_sorted() && names.len() > 500);
    for module in pylib::modules() {
        assert!(module.code().is_some(), "{module:?}");
        assert!(module.source().is_some(), "{module:?}");
    }
}

#[test]
fn edits_are_applied() {
    for name in ["site", "sysconfig", "platform", "io", "_compat_pickle", "json.decoder", "unittest"] {
        let source = pylib::find(name).and_then(|module| module.source()).expect("packed");
        let source = String::from_utf8(source).expect("UTF-8").to_lowercase();
        assert!(!source.contains("rustpython"), "{name}");
    }
}

#[test]
fn data_files_and_folders() {
    let wheel = pylib::list_dir("ensurepip/_bundled").expect("a folder");
    let wheel = wheel.iter().find(|entry| entry.name.ends_with(".whl")).expect("pip's wheel");
    let path = format!("ensurepip/_bundled/{}", wheel.name);
    let bytes = pylib::data_file(&path).expect("packed");
    assert!(bytes.starts_with(b"PK") && pylib::file_size(&path) == Some(bytes.len()));
    assert!(pylib::data_file("venv/scripts/common/activate").is_some());
    let top = pylib::list_dir("").expect("the root");
    assert!(top.iter().any(|entry| entry.name == "json" && entry.is_dir));
    assert!(top.iter().any(|entry| entry.name == "abc.py" && !entry.is_dir));
    assert!(pylib::list_dir("json/").is_some_and(|entries| entries.iter().any(|entry| entry.name == "scanner.py")));
    assert!(pylib::list_dir("jso").is_none() && pylib::is_dir("json") && !pylib::is_dir("abc.py"));
}
