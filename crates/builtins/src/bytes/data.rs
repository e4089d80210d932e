//! A bytes object or a bytearray, and arguments of their methods.

use heap::Value;
use object::{ByteArray, Bytes, R, Raised, Ref, TypeId, ValueExt, Vm};

/// A bytes object or a bytearray.
#[derive(Clone, Copy)]
pub enum Data {
    /// bytes
    Bytes(Ref<Bytes>),
    /// bytearray
    Array(Ref<ByteArray>),
}

impl Data {
    /// What a method was called on.
    #[inline]
    pub fn of(vm: &Vm, value: Value) -> Result<Data, Raised> {
        if let Some(bytes) = vm.as_bytes(value) {
            return Ok(Data::Bytes(bytes));
        }
        match value.cast::<ByteArray>() {
            Some(array) => Ok(Data::Array(array)),
            None => Err(not_bytes_like(vm, value)),
        }
    }

    /// The bytes. Those of a bytearray must not be kept across a call into Python.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Data::Bytes(bytes) => bytes.as_slice(),
            Data::Array(array) => array.as_slice(),
        }
    }

    /// A new object of the same class (not of a subclass).
    pub fn make(self, vm: &Vm, bytes: &[u8]) -> Value {
        match self {
            Data::Bytes(_) => vm.bytes(bytes).value(),
            Data::Array(_) => vm.bytearray(bytes).value(),
        }
    }

    /// A part as a new object; all of a bytes object is the object itself.
    pub fn part(self, vm: &Vm, range: std::ops::Range<usize>) -> Value {
        match self {
            Data::Bytes(bytes) if range == (0..bytes.len()) => bytes.value(),
            _ => self.make(vm, &self.as_slice()[range]),
        }
    }

    /// An object of equal content: a bytes object itself, a copy of a bytearray.
    pub fn same(self, vm: &Vm) -> Value {
        self.part(vm, 0..self.as_slice().len())
    }

    /// Forbids changes of size while it is held: around conversions of arguments, which may call Python code.
    pub fn hold(self) -> Hold {
        match self {
            Data::Bytes(_) => Hold(None),
            Data::Array(array) => {
                array.exports.set(array.exports.get() + 1);
                Hold(Some(array))
            }
        }
    }

    /// The name of the class.
    pub fn class_name(self) -> &'static str {
        match self {
            Data::Bytes(_) => "bytes",
            Data::Array(_) => "bytearray",
        }
    }
}

/// See [`Data::hold`].
pub struct Hold(Option<Ref<ByteArray>>);

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(array) = self.0 {
            array.exports.set(array.exports.get().saturating_sub(1));
        }
    }
}

/// The TypeError for what has no buffer.
pub fn not_bytes_like(vm: &Vm, value: Value) -> Raised {
    let class = vm.type_of(value).qualified_name(vm);
    vm.type_error(format!("a bytes-like object is required, not '{class}'"))
}

/// The bytes of a bytes-like argument: those of a bytes object in place, of others a copy.
pub enum Argument {
    /// A bytes object.
    Bytes(Ref<Bytes>),
    /// A copy.
    Copy(Vec<u8>),
    /// A single byte.
    Byte([u8; 1]),
}

impl std::ops::Deref for Argument {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Argument::Bytes(bytes) => bytes.as_slice(),
            Argument::Copy(bytes) => bytes,
            Argument::Byte(byte) => byte,
        }
    }
}

/// A bytes-like argument.
pub fn bytes_argument(vm: &Vm, value: Value) -> Result<Argument, Raised> {
    match vm.as_bytes(value) {
        Some(bytes) => Ok(Argument::Bytes(bytes)),
        None => vm.bytes_of(value).map(Argument::Copy),
    }
}

/// An argument that is bytes-like or a single byte: what is searched for.
pub fn needle(vm: &Vm, value: Value) -> Result<Argument, Raised> {
    if vm.has_buffer(value) {
        return bytes_argument(vm, value);
    }
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        let class = vm.type_of(value).qualified_name(vm);
        return Err(vm.type_error(format!("argument should be integer or bytes-like object, not '{class}'")));
    }
    byte_argument(vm, value).map(|byte| Argument::Byte([byte]))
}

/// An int argument that is a byte.
pub fn byte_argument(vm: &Vm, value: Value) -> Result<u8, Raised> {
    byte_of(vm, value, "byte")
}

fn byte_of(vm: &Vm, value: Value, word: &str) -> Result<u8, Raised> {
    let int = vm.index(value)?;
    match int.to_i64().and_then(|int| u8::try_from(int).ok()) {
        Some(byte) => Ok(byte),
        None => Err(vm.value_error(format!("{word} must be in range(0, 256)"))),
    }
}

/// What `bytes()` and `bytearray()` make of their arguments, unbound where they are not given. `class` is the name of
/// the class, for messages.
pub fn from_arguments(vm: &Vm, class: &str, source: Value, encoding: Value, errors: Value) -> Result<Vec<u8>, Raised> {
    if !encoding.is_unbound() || !errors.is_unbound() {
        let Some(text) = (!source.is_unbound()).then(|| vm.as_str(source)).flatten() else {
            let what = if encoding.is_unbound() { "errors" } else { "encoding" };
            return Err(vm.type_error(format!("{what} without a string argument")));
        };
        if encoding.is_unbound() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        let encoding = crate::codecs::name_argument(vm, encoding, "utf-8", class, "encoding")?;
        let errors = crate::codecs::name_argument(vm, errors, "strict", class, "errors")?;
        return vm.bytes_of(crate::codecs::encode(vm, text, &encoding, &errors)?);
    }
    if source.is_unbound() {
        return Ok(Vec::new());
    }
    if vm.as_str(source).is_some() {
        return Err(vm.type_error("string argument without an encoding"));
    }
    if vm.as_int(source).is_some() || vm.type_of(source).slots().index.is_some() {
        match vm.index(source) {
            Ok(count) => return zeros(vm, count),
            Err(raised) => {
                vm.catch(raised, TypeId::TypeError)?;
            }
        }
    }
    from_object(vm, class, source)
}

fn zeros(vm: &Vm, count: object::Int) -> Result<Vec<u8>, Raised> {
    let Some(count) = count.to_i64() else {
        return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
    };
    let Ok(count) = usize::try_from(count) else { return Err(vm.value_error("negative count")) };
    vm.check_size(Some(count))?;
    Ok(vec![0; count])
}

/// The bytes of a bytes-like object or of an iterable of ints.
pub fn from_object(vm: &Vm, class: &str, source: Value) -> Result<Vec<u8>, Raised> {
    if vm.has_buffer(source) {
        return vm.bytes_of(source);
    }
    let iterator = match vm.iter(source) {
        Ok(iterator) => iterator,
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            let name = vm.type_of(source).qualified_name(vm);
            return Err(vm.type_error(format!("cannot convert '{name}' object to {class}")));
        }
    };
    from_iterator(vm, iterator, if class == "bytes" { "bytes" } else { "byte" })
}

/// The bytes that an iterator of ints gives.
pub fn from_iterator(vm: &Vm, iterator: Value, word: &str) -> Result<Vec<u8>, Raised> {
    let mut out = Vec::new();
    while let Some(item) = vm.next(iterator)? {
        match item.as_small() {
            Some(byte @ 0..=255) => out.push(byte as u8),
            _ => out.push(byte_of(vm, item, word)?),
        }
    }
    Ok(out)
}

/// What `__bytes__` of an object gives; None where its class has none.
pub fn call_bytes(vm: &Vm, source: Value) -> Option<R> {
    let result = vm.call_special(source, vm.intern("__bytes__"), &[])?;
    Some(result.and_then(|result| match vm.as_bytes(result) {
        Some(_) => Ok(result),
        None => {
            let class = vm.type_name(result);
            Err(vm.type_error(format!("__bytes__ returned non-bytes (type {class})")))
        }
    }))
}
