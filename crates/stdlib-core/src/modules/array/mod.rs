//! `array`

mod item;
mod iterator;
mod methods;
mod ops;
mod pickle;

use crate::support::{class_arg, class_once, data};
use object::traced;
use item::{CODES, Code};
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{
    Args, Buffer, ByteArray, Field, GetSet, Module, ModuleDef, Raised, Ref, TypeDef, TypeId, Value, ValueExt, Vm,
    native_ref, type_flags,
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "array",
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, \
          floating-point\nnumbers.",
    functions: &[pickle::FUNCTIONS],
    exec,
};

/// An array: a bytearray holds its memory, and counts the views of it.
pub struct Array {
    code: &'static Code,
    bytes: Field,
}

traced! { Array { bytes } }

/// An array object.
pub type ArrayRef = Ref<Native<Array>>;

static ARRAY: TypeDef = TypeDef {
    name: "array",
    module: "array",
    flags: type_flags::BASETYPE | type_flags::WEAKREF | type_flags::SEQUENCE,
    doc: "array(typecode [, initializer]) -> array\n\n\
          Return a new array whose items are restricted by typecode, and initialized from the optional initializer value, \
          which must be a list, string or iterable over elements of the appropriate type.\n\n\
          Type codes, with the minimum size in bytes:\n\n    \
          'b'/'B' signed/unsigned integer 1, 'u' character 2 (see documentation), 'w' character 4,\n    \
          'h'/'H' integer 2, 'i'/'I' integer 2, 'l'/'L' integer 4, 'q'/'Q' integer 8,\n    \
          'f' floating-point 4, 'd' floating-point 8",
    slots: &[
        Slot::len(|vm, this| Ok(array(vm, this)?.len())),
        Slot::getitem(ops::getitem),
        Slot::setitem(ops::setitem),
        Slot::contains(ops::contains),
        Slot::concat(ops::concat),
        Slot::repeat(ops::repeat),
        Slot::inplace_concat(ops::inplace_concat),
        Slot::inplace_repeat(ops::inplace_repeat),
        Slot::compare(ops::compare),
        Slot::iter(iterator::iter),
        Slot::repr(ops::repr),
        Slot::buffer(buffer),
    ],
    methods: &[methods::METHODS],
    getset: &[
        GetSet {
            name: "typecode",
            get: |vm, this| Ok(vm.str_char(array(vm, this)?.code.letter as u32).value()),
            set: None,
            doc: "the typecode character used to create the array",
            is_member: false,
        },
        GetSet {
            name: "itemsize",
            get: |vm, this| Ok(vm.int_usize(array(vm, this)?.code.size)),
            set: None,
            doc: "the size, in bytes, of one array item",
            is_member: false,
        },
    ],
    new: Some(native_ref!("array(...)" -> new)),
    ..TypeDef::DEFAULT
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let class = class_once(vm, "array.array", &ARRAY);
    vm.add_value(module, "array", class);
    vm.add_value(module, "ArrayType", class);
    class_once(vm, "array.arrayiterator", &iterator::ITERATOR);
    let codes: String = CODES.iter().map(|code| code.letter as char).collect();
    vm.add_value(module, "typecodes", vm.str(&codes));
    // Arrays are mutable sequences, as `collections.abc` says.
    if let Ok(sequence) = vm.import_from("collections.abc", "MutableSequence") {
        vm.call_method_str(sequence, "register", &[class.value()])?;
    }
    Ok(())
}

/// The array of an object.
pub fn array(vm: &Vm, this: Value) -> Result<ArrayRef, Raised> {
    data(vm, this)
}

impl Array {
    /// Its memory.
    pub fn memory(&self) -> Ref<ByteArray> {
        // SAFETY: the field always holds a bytearray.
        unsafe { self.bytes.get().cast_unchecked() }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.memory().len() / self.code.size
    }

    /// The item at an index.
    #[inline]
    pub fn get(&self, vm: &Vm, index: usize) -> Option<Value> {
        let at = index.checked_mul(self.code.size)?;
        let memory = self.memory();
        let bytes = memory.as_slice().get(at..at + self.code.size)?;
        Some(self.code.read(vm, bytes))
    }

    /// Is there an item of that index? Unlike the length, this needs no division.
    #[inline]
    pub fn has(&self, index: usize) -> bool {
        let end = index.checked_mul(self.code.size).and_then(|at| at.checked_add(self.code.size));
        end.is_some_and(|end| end <= self.memory().len())
    }

    /// Replaces an item, if it is there, and tells so.
    #[inline]
    pub fn put(&self, index: usize, item: &item::Item) -> bool {
        let size = self.code.size;
        let memory = self.memory();
        let place = index.checked_mul(size).and_then(|at| memory.as_mut_slice().get_mut(at..at + size));
        if let Some(place) = place {
            match <&mut [u8; 8]>::try_from(&mut *place) {
                Ok(whole) => *whole = *item,
                Err(_) => place.copy_from_slice(&item[..size]),
            }
            return true;
        }
        false
    }

    /// Raises BufferError where there are views of the memory.
    pub fn check_resizable(&self, vm: &Vm) -> Result<(), Raised> {
        if self.memory().exports.get() > 0 {
            return Err(vm.buffer_error("cannot resize an array that is exporting buffers"));
        }
        Ok(())
    }

    /// Replaces items by bytes.
    pub fn splice(&self, vm: &Vm, items: std::ops::Range<usize>, with: &[u8]) -> Result<(), Raised> {
        if items.len() * self.code.size != with.len() {
            self.check_resizable(vm)?;
            vm.check_size(self.memory().len().checked_add(with.len()))?;
        }
        self.memory().splice(vm, items.start * self.code.size..items.end * self.code.size, with);
        Ok(())
    }
}

/// A new array of a class with these bytes.
pub fn make(vm: &Vm, class: Value, code: &'static Code, bytes: &[u8]) -> Result<ArrayRef, Raised> {
    vm.check_size(Some(bytes.len()))?;
    let memory = vm.bytearray(bytes).value();
    Ok(vm.native(class_arg(vm, class)?, Array { code, bytes: Field::new(memory) }))
}

/// A new array of class array itself.
pub fn make_plain(vm: &Vm, code: &'static Code, bytes: &[u8]) -> R {
    let class = crate::support::kept_class(vm, "array.array")?;
    Ok(make(vm, class.value(), code, bytes)?.value())
}

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().copied().unwrap_or(Value::NONE);
    let given = args.rest();
    let exact = vm.state_value("array.array") == Some(class);
    if given.keyword_count() > 0 && exact {
        return Err(vm.type_error("array.array() takes no keyword arguments"));
    }
    let positional = &given.args[..given.count()];
    let (letter, initial) = match positional {
        [letter] => (*letter, None),
        [letter, initial] => (*letter, Some(*initial)),
        [] => return Err(vm.type_error("array() takes at least 1 argument (0 given)")),
        all => return Err(vm.type_error(format!("array() takes at most 2 arguments ({} given)", all.len()))),
    };
    let code = code_arg(vm, letter)?;
    if code.letter == b'u' {
        vm.warn(TypeId::DeprecationWarning, "The 'u' type code is deprecated and will be removed in Python 3.16", 1)?;
    }
    let new = make(vm, class, code, &[])?;
    let Some(initial) = initial else { return Ok(new.value()) };
    let from = vm.as_native::<Array>(initial);
    if !code.is_char() {
        if vm.as_str(initial).is_some() {
            let text = format!("cannot use a str to initialize an array with typecode '{}'", code.letter as char);
            return Err(vm.type_error(text));
        }
        if from.is_some_and(|from| from.code.is_char()) {
            let text =
                format!("cannot use a unicode array to initialize an array with typecode '{}'", code.letter as char);
            return Err(vm.type_error(text));
        }
    }
    if vm.as_bytes(initial).is_some() || vm.is_a(initial, TypeId::ByteArray) {
        methods::append_bytes(vm, new, initial)?;
    } else if let Some(text) = vm.as_str(initial) {
        methods::append_text(vm, new, text)?;
    } else if let Some(from) = from.filter(|from| from.code.letter == code.letter) {
        let bytes = from.memory().as_slice().to_vec();
        new.splice(vm, 0..0, &bytes)?;
    } else {
        methods::append_items(vm, new, initial)?;
    }
    Ok(new.value())
}

/// The code that a str of one character names.
pub fn code_arg(vm: &Vm, letter: Value) -> Result<&'static Code, Raised> {
    let Some(text) = vm.as_str(letter) else {
        let name = vm.type_name(letter);
        return Err(vm.type_error(format!("array() argument 1 must be a unicode character, not {name}")));
    };
    if text.len() != 1 {
        let text = format!("array() argument 1 must be a unicode character, not a string of length {}", text.len());
        return Err(vm.type_error(text));
    }
    match Code::of(text.char_at(vm, 0)) {
        Some(code) => Ok(code),
        None => Err(vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")),
    }
}

fn buffer(vm: &Vm, this: Value, _writable: bool) -> Result<Buffer, Raised> {
    let array = array(vm, this)?;
    let memory = array.memory();
    memory.exports.set(memory.exports.get() + 1);
    Ok(Buffer {
        format: array.code.format,
        itemsize: array.code.size,
        ..Buffer::of_bytes(memory.value(), memory.data(), memory.len(), false)
    })
}
