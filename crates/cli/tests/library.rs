//! What Taipan has instead of a library in a folder, and its own library modules.

use dev::process::Scratch;
use std::process::Command;

#[track_caller]
fn prints(code: &str, wanted: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_taipan")).args(["-I", "-c", code]).output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{err}");
    assert_eq!(out.trim_end(), wanted);
}

#[test]
fn resources() {
    prints(
        "from importlib import resources as r\n\
         wheel = next((r.files('ensurepip') / '_bundled').iterdir())\n\
         print(wheel.name[:4], wheel.read_bytes()[:2], (r.files('json') / 'tool.py').is_file(), (r.files('json') / 'x').is_file())\n\
         import pkgutil; print(pkgutil.get_data('pydoc_data', '_pydoc.css')[:6])",
        "pip- b'PK' True False\nb'/*\\n   '",
    );
}

#[test]
fn sources() {
    prints(
        "import inspect, json; print(inspect.getsource(json.detect_encoding).splitlines()[0])",
        "def detect_encoding(b):",
    );
}

#[test]
fn instructions() {
    prints(
        "import dis\ndef f(a): return a.b() + 1\n\
         print([i.opname for i in dis.get_instructions(f)], list(dis.findlinestarts(f.__code__)))",
        "['LOAD_METHOD', 'CALL', 'BINARY_INT', 'RETURN'] [(0, 2)]",
    );
    prints(
        "import inspect\ndef f(a): return print(a.b(x))\nv = inspect.getclosurevars(f); print(list(v.builtins), sorted(v.unbound))",
        "['print'] ['b', 'x']",
    );
}

#[test]
fn build_settings() {
    prints(
        "import sysconfig, _manylinux as m\n\
         print(sysconfig.get_config_var('EXT_SUFFIX').split('-')[0], sysconfig.get_config_var('Py_GIL_DISABLED'), m.manylinux_compatible(2, 17, 'x'))",
        ".taipan 0 False",
    );
}

#[test]
fn virtual_environments() {
    let folder = Scratch::new().expect("a folder");
    let home = folder.path().join("env");
    let made = Command::new(env!("CARGO_BIN_EXE_taipan"))
        .args(["-m", "venv", "--without-pip"])
        .arg(&home)
        .status()
        .expect("it runs");
    assert!(made.success() && home.join("bin/activate").exists());
    let ask = "import sys, sysconfig; print(sys.prefix != sys.base_prefix, sysconfig.get_path('purelib').startswith(sys.prefix))";
    let output = Command::new(home.join("bin/python")).args(["-c", ask]).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "True True\n");
}
