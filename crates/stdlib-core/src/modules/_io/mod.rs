//! `_io`: files, buffers, text streams.

mod base;
mod buffered;
mod bytesio;
mod fileio;
mod newline;
mod stringio;
mod text;
mod unwritten;

use object::{Module, ModuleDef, R, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_io",
    doc: "The io module provides the Python interfaces to stream handling.",
    functions: &[FUNCTIONS],
    exec,
};

/// Size of buffers, in bytes.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

natives! { static FUNCTIONS: {
    /// Open file and return a stream.  Raise OSError upon failure.
    "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)" => open;
    /// Opens the provided file with the intent to import the contents.
    "open_code(path)" => open_code;
    /// A helper function to choose the text encoding.
    "text_encoding(encoding, stacklevel=2, /)" => text_encoding;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_value(module, "DEFAULT_BUFFER_SIZE", Value::small(DEFAULT_BUFFER_SIZE as i64));
    let bases = vm.tuple(&[vm.types[TypeId::OSError].value(), vm.types[TypeId::ValueError].value()]);
    let dict = vm.dict();
    dict.insert_str(vm, vm.names.__module__, vm.intern("io").value());
    let metaclass = vm.types[TypeId::Type];
    let unsupported = vm.new_class(metaclass, vm.intern("UnsupportedOperation"), bases, dict, None)?;
    vm.add_value(module, "UnsupportedOperation", unsupported);
    vm.add_value(module, "BlockingIOError", vm.types[TypeId::BlockingIOError].value());
    vm.set_state("io.UnsupportedOperation", unsupported);
    let root = class(vm, module, &base::IOBASE, None);
    let raw = class(vm, module, &base::RAW, Some(root));
    let buffered_base = class(vm, module, &base::BUFFERED, Some(root));
    let text_base = class(vm, module, &base::TEXT, Some(root));
    class(vm, module, &fileio::FILEIO, Some(raw));
    class(vm, module, &bytesio::BYTESIO, Some(buffered_base));
    class(vm, module, &buffered::READER, Some(buffered_base));
    class(vm, module, &buffered::WRITER, Some(buffered_base));
    class(vm, module, &buffered::RANDOM, Some(buffered_base));
    class(vm, module, &buffered::PAIR, Some(buffered_base));
    class(vm, module, &stringio::STRINGIO, Some(text_base));
    class(vm, module, &text::WRAPPER, Some(text_base));
    class(vm, module, &newline::DECODER, None);
    unwritten::install(vm);
    if let Some(open) = module.dict().get_str(vm, vm.intern("open")) {
        vm.set_state("io.open", open);
    }
    Ok(())
}

fn class(vm: &Vm, module: Ref<Module>, def: &'static object::TypeDef, base: Option<Ref<TypeObj>>) -> Ref<TypeObj> {
    let class = vm.make_type_with_base(def, Some(base.unwrap_or(vm.types[TypeId::Object])));
    if class.has_dict() {
        class.dict().insert_str(vm, vm.names.__dict__, object::descr::getset(vm, class, &object::class::DICT_GETSET));
    }
    module.dict().insert_str(vm, vm.intern(def.name), class.value());
    vm.set_state(&format!("io.{}", def.name), class.value());
    class
}

/// A class of this module.
pub(crate) fn class_of(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    match vm.state_value(&format!("io.{name}")).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(class),
        None => Err(vm.system_error(format!("the class {name} is not there yet"))),
    }
}

/// Raises `io.UnsupportedOperation`.
pub(crate) fn unsupported(vm: &Vm, text: &str) -> Raised {
    match vm.state_value("io.UnsupportedOperation") {
        Some(class) => vm.raise_call(class, &[vm.str(text).value()]),
        None => vm.value_error(text),
    }
}

/// The text of a string argument.
pub(crate) fn text_of(vm: &Vm, value: Value, what: &str) -> Result<String, Raised> {
    match vm.as_str(value) {
        Some(text) => Ok(text.to_string_lossy()),
        None => Err(vm.type_error(format!("{what} must be str, not {}", vm.type_name(value)))),
    }
}

fn open(vm: &Vm, args: &[Value; 8]) -> R {
    let [file, mode, buffering, encoding, errors, newline, closefd, opener] = *args;
    let file = if vm.as_int(file).is_some() { file } else { crate::support::fspath(vm, file)? };
    let mode_text = match vm.as_str(mode) {
        Some(text) => text.to_string_lossy(),
        None => {
            let name = vm.type_name(mode);
            return Err(vm.type_error(format!("open() argument 'mode' must be str, not {name}")));
        }
    };
    let (mut kinds, mut updating, mut text, mut binary) = (String::new(), false, false, false);
    for (index, char) in mode_text.char_indices() {
        if mode_text[..index].contains(char) {
            return Err(vm.value_error(format!("invalid mode: '{mode_text}'")));
        }
        match char {
            'r' | 'w' | 'a' | 'x' => kinds.push(char),
            '+' => updating = true,
            't' => text = true,
            'b' => binary = true,
            _ => return Err(vm.value_error(format!("invalid mode: '{mode_text}'"))),
        }
    }
    if text && binary {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if kinds.len() != 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    for (value, what) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")] {
        if binary && !value.is_none() {
            return Err(vm.value_error(format!("binary mode doesn't take {what} argument")));
        }
    }
    let mut buffering = vm.index_i64(buffering)?;
    if binary && buffering == 1 {
        vm.warn(
            TypeId::RuntimeWarning,
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
            1,
        )?;
    }
    let raw_mode = format!("{kinds}{}", if updating { "+" } else { "" });
    let fileio = class_of(vm, "FileIO")?.value();
    let raw = vm.call(fileio, &[file, vm.str(&raw_mode).value(), closefd, opener])?;
    let result = wrap(vm, raw, &kinds, updating, binary, &mut buffering, [encoding, errors, newline], mode);
    if result.is_err() {
        // The error is raised; the file that was opened for nothing is closed.
        let pending = vm.thread().pending.replace(Value::NONE);
        if let Err(raised) = vm.call_method(raw, vm.names.close, &[]) {
            vm.take_exception(raised);
        }
        vm.thread().pending.set(pending);
    }
    if let Ok(stream) = result
        && (updating || kinds != "r")
        && vm.as_int(file).is_none()
    {
        vm.weak.add_writer(stream);
    }
    result
}

fn wrap(
    vm: &Vm,
    raw: Value,
    kinds: &str,
    updating: bool,
    binary: bool,
    buffering: &mut i64,
    [encoding, errors, newline]: [Value; 3],
    mode: Value,
) -> R {
    let is_tty = {
        let answer = vm.call_method_str(raw, "isatty", &[])?;
        vm.truthy(answer)?
    };
    let mut line_buffering = false;
    if *buffering == 1 && !binary || *buffering < 0 && is_tty {
        *buffering = -1;
        line_buffering = true;
    }
    if *buffering < 0 {
        *buffering = DEFAULT_BUFFER_SIZE as i64;
    }
    if *buffering == 0 {
        if binary {
            return Ok(raw);
        }
        return Err(vm.value_error("can't have unbuffered text I/O"));
    }
    let name = if updating {
        "BufferedRandom"
    } else if kinds == "r" {
        "BufferedReader"
    } else {
        "BufferedWriter"
    };
    let buffer = vm.call(class_of(vm, name)?.value(), &[raw, vm.int(*buffering)])?;
    if binary {
        return Ok(buffer);
    }
    let wrapper = class_of(vm, "TextIOWrapper")?.value();
    let stream = vm.call(wrapper, &[buffer, encoding, errors, newline, Value::bool(line_buffering)])?;
    vm.setattr(stream, vm.names.mode, mode)?;
    Ok(stream)
}

fn open_code(vm: &Vm, [path]: &[Value; 1]) -> R {
    let none = Value::NONE;
    let mode = vm.intern("rb").value();
    open(vm, &[*path, mode, Value::small(-1), none, none, none, Value::TRUE, none])
}

fn text_encoding(vm: &Vm, [encoding, _level]: &[Value; 2]) -> R {
    if encoding.is_none() {
        return Ok(vm.intern(if vm.config.utf8_mode { "utf-8" } else { "locale" }).value());
    }
    Ok(*encoding)
}
