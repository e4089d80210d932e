//! `marshal`: values in CPython's binary form; code objects in ours.

mod read;
mod write;

use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Write the value on the open file.
    "dump($module, value, file, version=5, /, *, allow_code=True)" => dump;
    /// Return the bytes object that would be written to a file by dump(value, file).
    "dumps($module, value, version=5, /, *, allow_code=True)" => dumps;
    /// Read one value from the open file and return it.
    "load($module, file, /, *, allow_code=True)" => load;
    /// Convert the bytes-like object to a value.
    "loads($module, bytes, /, *, allow_code=True)" => loads;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.",
    functions: &[FUNCTIONS],
    exec: |vm, module: Ref<Module>| {
        vm.add_value(module, "version", vm.int(5));
        Ok(())
    },
};

/// The letters of the format.
mod tag {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const LONG: u8 = b'l';
    pub const STRING: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const CODE: u8 = b'c';
    pub const UNICODE: u8 = b'u';
    pub const UNKNOWN: u8 = b'?';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SMALL_TUPLE: u8 = b')';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const SLICE: u8 = b':';
    pub const FLAG_REF: u8 = 0x80;
}

/// How deeply values may nest.
const MAX_DEPTH: usize = 2000;

/// The bytes of a value.
pub fn to_bytes(vm: &Vm, value: Value, version: i32, allow_code: bool) -> Result<Vec<u8>, Raised> {
    let mut writer = write::Writer::new(vm, version, allow_code);
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// The value of bytes.
pub fn from_bytes(vm: &Vm, bytes: &[u8], allow_code: bool) -> R {
    read::Reader::new(vm, bytes, allow_code).root()
}

fn dump(vm: &Vm, [_, value, file, version, allow_code]: &[Value; 5]) -> R {
    let version = vm.index_i32(*version)?;
    let bytes = to_bytes(vm, *value, version, vm.truthy(*allow_code)?)?;
    vm.call_method(*file, vm.names.write, &[vm.bytes(&bytes).value()])
}

fn dumps(vm: &Vm, [_, value, version, allow_code]: &[Value; 4]) -> R {
    let version = vm.index_i32(*version)?;
    let bytes = to_bytes(vm, *value, version, vm.truthy(*allow_code)?)?;
    Ok(vm.bytes(&bytes).value())
}

fn loads(vm: &Vm, [_, bytes, allow_code]: &[Value; 3]) -> R {
    let allow_code = vm.truthy(*allow_code)?;
    if let Some(bytes) = vm.as_bytes(*bytes) {
        return from_bytes(vm, bytes.as_slice(), allow_code);
    }
    let copy = vm.bytes_of(*bytes)?;
    from_bytes(vm, &copy, allow_code)
}

fn load(vm: &Vm, [_, file, allow_code]: &[Value; 3]) -> R {
    let allow_code = vm.truthy(*allow_code)?;
    let start = vm.call_method(*file, vm.names.read, &[vm.int(0)])?;
    if vm.as_bytes(start).is_none() {
        let text = format!("file.read() returned not bytes but {}", vm.type_name(start));
        return Err(vm.type_error(text));
    }
    read::Reader::of_file(vm, *file, allow_code).root()
}
