//! `CArgObject`: values that were converted for a call.

use super::data::{self, DataRef};
use super::ffi::Primitive;
use super::state;
use libffi_sys::ffi_type;
use object::{Field, GetSet, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, Value, Vm, type_flags};

/// Room for a value of any type that is not a structure.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Word {
    bytes: [u8; 32],
}

impl Word {
    /// All zero.
    pub const ZERO: Word = Word { bytes: [0; 32] };

    /// Where it is.
    pub fn address(&mut self) -> *mut u8 {
        self.bytes.as_mut_ptr()
    }

    /// Sets the first eight bytes.
    pub fn set_word(&mut self, word: u64) {
        self.bytes[..8].copy_from_slice(&word.to_ne_bytes());
    }

    fn first<const N: usize>(&self) -> [u8; N] {
        std::array::from_fn(|index| self.bytes[index])
    }

    /// The first eight bytes.
    pub fn word(&self) -> u64 {
        u64::from_ne_bytes(self.first())
    }
}

/// A converted value.
pub struct Parameter {
    /// The code of its type, `P` for pointers.
    pub tag: u8,
    /// Its type.
    pub ffi: *mut ffi_type,
    /// The value.
    pub value: Word,
    /// What the value refers to, or unbound.
    pub object: Field,
}

impl NativeData for Parameter {
    fn trace(&self, tracer: &mut Tracer) {
        self.object.trace(tracer);
    }
}

impl Parameter {
    /// A value that is zero.
    pub fn new(tag: u8, ffi: *mut ffi_type) -> Parameter {
        Parameter { tag, ffi, value: Word::ZERO, object: Field::new(Value::UNBOUND) }
    }
}

/// A converted value.
pub type ParameterRef = Ref<Native<Parameter>>;

/// `CArgObject`
pub static PARAMETER: TypeDef = TypeDef {
    name: "CArgObject",
    module: "_ctypes",
    flags: type_flags::NO_NEW,
    slots: &[Slot::repr(repr)],
    getset: &[GetSet {
        name: "_obj",
        get: |vm, this| match find(vm, this) {
            Some(parameter) => Ok(parameter.object.get().or_none()),
            None => Err(vm.type_error("a CArgObject is required")),
        },
        set: None,
        doc: "the wrapped object",
        is_member: true,
    }],
    inherit_new: false,
    ..TypeDef::DEFAULT
};

/// The converted value that an object is, if it is one.
pub fn find(vm: &Vm, value: Value) -> Option<ParameterRef> {
    vm.as_native(value)
}

/// The object of a converted value, which refers to another object.
pub fn make(vm: &Vm, parameter: Parameter, object: Value) -> R {
    let class = state::class(vm, |state| &state.param)?;
    parameter.object.init(object);
    Ok(vm.native(class, parameter).value())
}

/// A pointer into the memory of an instance, as `byref` makes it.
pub fn by_reference(vm: &Vm, instance: DataRef, offset: isize) -> R {
    let mut parameter = Parameter::new(b'P', Primitive::Pointer.ffi());
    parameter.value.set_word(instance.address.get().wrapping_offset(offset) as u64);
    make(vm, parameter, instance.value())
}

/// An address as `%p` of CPython's formats shows it.
pub fn shown_address(address: u64) -> String {
    if address == 0 { String::from("0x(nil)") } else { format!("0x{address:x}") }
}

fn repr(vm: &Vm, this: Value) -> R {
    let Some(parameter) = find(vm, this) else { return Err(vm.type_error("a CArgObject is required")) };
    let tag = parameter.tag as char;
    let word = parameter.value.word();
    let float = |value: f64| -> Result<String, Raised> { Ok(vm.repr(vm.float(value))?.to_string_lossy()) };
    let text = match parameter.tag {
        b'b' | b'B' => format!("<cparam '{tag}' ({})>", word as i8),
        b'h' | b'H' => format!("<cparam '{tag}' ({})>", word as i16),
        b'i' | b'I' => format!("<cparam '{tag}' ({})>", word as i32),
        b'l' | b'L' | b'q' | b'Q' => format!("<cparam '{tag}' ({})>", word as i64),
        b'd' => format!("<cparam '{tag}' ({})>", float(f64::from_bits(word))?),
        b'f' => format!("<cparam '{tag}' ({})>", float(f32::from_ne_bytes(parameter.value.first()) as f64)?),
        b'c' => {
            let [char] = parameter.value.first::<1>();
            if (0x20..0x7F).contains(&char) && char != b'\'' && char != b'\\' {
                format!("<cparam '{tag}' ('{}')>", char as char)
            } else {
                format!("<cparam '{tag}' ('\\x{char:02x}')>")
            }
        }
        b'z' | b'Z' | b'P' => format!("<cparam '{tag}' ({})>", shown_address(word)),
        _ => format!("<cparam '{tag}' at 0x{:x}>", this.bits()),
    };
    Ok(vm.str(&text).value())
}

/// The instance behind an argument of a function of the module.
pub fn instance_argument(vm: &Vm, function: &str, argument: &str, value: Value) -> Result<DataRef, Raised> {
    data::find(vm, value).ok_or_else(|| {
        let found = super::info::class_name(vm, value);
        vm.type_error(format!("{function}() {argument} must be _ctypes._CData, not {found}"))
    })
}
