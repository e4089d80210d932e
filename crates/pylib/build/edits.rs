//! The library comes from RustPython, which changed a few places of eight files for its own needs. Here they are as
//! CPython has them. (The eighth, `_opcode_metadata.py`, is replaced by ours.) Some more places depend on CPython's
//! instructions, or on a library that lies in a folder.

use crate::collect::Files;

/// A file and what is replaced in it.
struct Edit {
    path: &'static str,
    from: &'static str,
    to: &'static str,
}

const EDITS: &[Edit] = &[
    Edit { path: "site.py", from: "return 'RustPython' # XXX: RUSTPYTHON; for site-packages", to: "return 'Python'" },
    Edit { path: "site.py", from: "    # XXX: RUSTPYTHON\n", to: "" },
    Edit { path: "site.py", from: "/lib/rustpython{version", to: "/lib/python{version" },
    Edit {
        path: "sysconfig/__init__.py",
        from: "return 'RustPython'  # XXX: RUSTPYTHON; For site-packages",
        to: "return 'Python'",
    },
    Edit {
        path: "platform.py",
        from: concat!(
            "\n        # XXX: RUSTPYTHON support\n",
            "        if \"RustPython\" in sys_version:\n",
            "            name = \"RustPython\"\n",
            "        else:\n",
            "            name = 'CPython'\n",
        ),
        to: "        name = 'CPython'\n",
    },
    Edit {
        path: "io.py",
        from: concat!(
            "# XXX: RUSTPYTHON; FileIO needs host_env, optional without it\n",
            "try:\n",
            "    from _io import FileIO\n",
            "except ImportError:\n",
            "    FileIO = None\n\n",
        ),
        to: "",
    },
    Edit { path: "io.py", from: "open, open_code, BytesIO,", to: "open, open_code, FileIO, BytesIO," },
    Edit {
        path: "io.py",
        from: concat!(
            "if FileIO is not None:  # XXX: RUSTPYTHON; see the try/except above\n",
            "    RawIOBase.register(FileIO)\n",
        ),
        to: "RawIOBase.register(FileIO)\n",
    },
    Edit {
        path: "_compat_pickle.py",
        from: concat!(
            "# NOTE: RUSTPYTHON exceptions\n",
            "try:\n",
            "    JitError\n",
            "except NameError:\n",
            "    pass\n",
            "else:\n",
            "    PYTHON2_EXCEPTIONS += (\"JitError\",)\n\n",
        ),
        to: "",
    },
    Edit {
        path: "inspect.py",
        from: "if opname == \"LOAD_ATTR\":\n            unbound_names.add(name)",
        to: "if opname in (\"LOAD_ATTR\", \"LOAD_METHOD\"):\n            unbound_names.add(name)",
    },
    Edit {
        path: "venv/__init__.py",
        from: concat!(
            "        path = os.path.abspath(os.path.dirname(__file__))\n",
            "        path = os.path.join(path, 'scripts')\n",
            "        self.install_scripts(context, path)\n",
        ),
        to: concat!(
            "        from importlib import resources\n",
            "        with resources.as_file(resources.files(__name__) / 'scripts') as path:\n",
            "            self.install_scripts(context, os.fspath(path))\n",
        ),
    },
    Edit {
        path: "pydoc.py",
        from: concat!(
            "        path_here = os.path.dirname(os.path.realpath(__file__))\n",
            "        css_path = os.path.join(path_here, url)\n",
            "        with open(css_path) as fp:\n",
            "            return ''.join(fp.readlines())\n",
        ),
        to: concat!(
            "        from importlib import resources\n",
            "        package, _, name = url.rpartition('/')\n",
            "        return resources.read_text(package or 'pydoc_data', name)\n",
        ),
    },
    // Files of the library that are wanted as such keep their names, as they do in a folder: `ensurepip` goes by it.
    Edit {
        path: "importlib/resources/_common.py",
        from: concat!("def _temp_file(path):\n", "    return _tempfile(path.read_bytes, suffix=path.name)\n",),
        to: concat!(
            "@contextlib.contextmanager\n",
            "def _temp_file(path):\n",
            "    with tempfile.TemporaryDirectory() as folder:\n",
            "        file = pathlib.Path(folder, path.name)\n",
            "        file.write_bytes(path.read_bytes())\n",
            "        yield file\n",
        ),
    },
    // All of the library is packed: but for what CPython freezes, too, its modules tell where their source appears to be.
    Edit {
        path: "importlib/_bootstrap.py",
        from: concat!(
            "        filename, pkgdir = cls._resolve_filename(origname, fullname, ispkg)\n",
            "        spec.loader_state = type(sys.implementation)(\n",
        ),
        to: concat!(
            "        filename, pkgdir = cls._resolve_filename(origname, fullname, ispkg)\n",
            "        if filename and fullname not in cls._FROZEN_BY_CPYTHON:\n",
            "            spec.origin = filename\n",
            "        spec.loader_state = type(sys.implementation)(\n",
        ),
    },
    Edit {
        path: "importlib/_bootstrap.py",
        from: "    _ORIGIN = \"frozen\"\n",
        to: concat!(
            "    _ORIGIN = \"frozen\"\n",
            "    _FROZEN_BY_CPYTHON = frozenset((\n",
            "        '_frozen_importlib', '_frozen_importlib_external', 'zipimport', 'abc', 'codecs', 'io', '_collections_abc',\n",
            "        '_sitebuiltins', 'genericpath', 'ntpath', 'posixpath', 'os', 'site', 'stat', 'importlib.util',\n",
            "        'importlib.machinery', 'importlib._bootstrap', 'importlib._bootstrap_external', 'runpy'))\n",
        ),
    },
    // The lines of a command given by `-c` are registered when they can first be asked for, not at its start.
    Edit {
        path: "linecache.py",
        from: concat!("        key = _make_key(code)\n", "        _interactive_cache[key] = entry\n",),
        to: concat!(
            "        key = _make_key(code)\n",
            "        _interactive_cache[key] = entry\n",
            "\n\ndef _register_command():\n",
            "    import _imp\n",
            "    if command := _imp._command():\n",
            "        _register_code(*command)\n",
            "\n\n_register_command()\n",
        ),
    },
    // Methods of built-in objects have no module of their own.
    Edit {
        path: "annotationlib.py",
        from: concat!(
            "        if value.__module__ == \"builtins\":\n",
            "            return value.__qualname__\n",
            "        return f\"{value.__module__}.{value.__qualname__}\"\n",
        ),
        to: concat!(
            "        module = value.__module__\n",
            "        owner = getattr(value, \"__self__\", None)\n",
            "        if module is None and owner is not None:\n",
            "            module = (owner if isinstance(owner, type) else type(owner)).__module__\n",
            "        if module in (None, \"builtins\"):\n",
            "            return value.__qualname__\n",
            "        return f\"{module}.{value.__qualname__}\"\n",
        ),
    },
    // NotImplemented has no truth value.
    Edit {
        path: "traceback.py",
        from: "        msg = self.msg or \"<no detail available>\"\n",
        to: concat!(
            "        msg = self.msg\n",
            "        if msg is not NotImplemented and not msg:\n",
            "            msg = \"<no detail available>\"\n",
        ),
    },
    // There is no instruction that marks the start of the body: what comes before it has no line.
    Edit {
        path: "pdb.py",
        from: concat!(
            "    prev = None\n",
            "    for instr in dis.get_instructions(code):\n",
            "        if prev is not None and prev.opname == 'RESUME':\n",
            "            if instr.positions.lineno is not None:\n",
            "                return instr.positions.lineno\n",
            "            return code.co_firstlineno\n",
            "        prev = instr\n",
        ),
        to: concat!(
            "    for instr in dis.get_instructions(code):\n",
            "        if instr.positions.lineno is not None and instr.opname != 'RETURN_GENERATOR':\n",
            "            return instr.positions.lineno\n",
        ),
    },
];

/// Files with a block to cut out: from a line that starts with the first text up to a line that starts with the second
/// (or to the end).
const CUTS: &[(&str, &str, Option<&str>)] = &[
    ("json/decoder.py", "    # RUSTPYTHON SPECIFIC\n", Some("    # Note that this exception is used from _json")),
    ("unittest/__init__.py", "\n\n\n# XXX: RUSTPYTHON\n", None),
];

/// Applies all edits and gives the files where one does not fit.
pub fn apply(files: &mut Files) -> Vec<&'static str> {
    let mut failed = Vec::new();
    for edit in EDITS {
        if !change(files, edit.path, |text| text.contains(edit.from).then(|| text.replacen(edit.from, edit.to, 1))) {
            failed.push(edit.path);
        }
    }
    for (path, from, to) in CUTS {
        let cut = |text: &str| {
            let start = text.find(from)?;
            let end = match to {
                Some(to) => start + text[start..].find(to)?,
                None => text.len(),
            };
            Some(format!("{}{}", &text[..start], &text[end..]))
        };
        if !change(files, path, cut) {
            failed.push(path);
        }
    }
    failed
}

fn change(files: &mut Files, path: &str, edit: impl Fn(&str) -> Option<String>) -> bool {
    let Some(contents) = files.get_mut(path) else { return false };
    let Some(changed) = std::str::from_utf8(contents).ok().and_then(edit) else { return false };
    *contents = changed.into_bytes();
    true
}
