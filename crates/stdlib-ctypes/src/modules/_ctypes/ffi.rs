//! C types as libffi sees them.

use super::info::{Family, Info};
use libffi_sys::{self as raw, ffi_type};
use std::cell::UnsafeCell;

/// The types that all others consist of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Primitive {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    FLong,
    Complex32,
    Complex64,
    ComplexLong,
    /// `wchar_t`
    Wide,
    Pointer,
}

impl Primitive {
    /// How libffi describes it.
    pub fn ffi(self) -> *mut ffi_type {
        // Only addresses are taken; libffi itself does not write to these types once they are complete.
        match self {
            Primitive::I8 => &raw mut raw::ffi_type_sint8,
            Primitive::U8 => &raw mut raw::ffi_type_uint8,
            Primitive::I16 => &raw mut raw::ffi_type_sint16,
            Primitive::U16 => &raw mut raw::ffi_type_uint16,
            Primitive::I32 | Primitive::Wide => &raw mut raw::ffi_type_sint32,
            Primitive::U32 => &raw mut raw::ffi_type_uint32,
            Primitive::I64 => &raw mut raw::ffi_type_sint64,
            Primitive::U64 => &raw mut raw::ffi_type_uint64,
            Primitive::F32 => &raw mut raw::ffi_type_float,
            Primitive::F64 => &raw mut raw::ffi_type_double,
            Primitive::FLong => &raw mut raw::ffi_type_longdouble,
            Primitive::Complex32 => &raw mut raw::ffi_type_complex_float,
            Primitive::Complex64 => &raw mut raw::ffi_type_complex_double,
            Primitive::ComplexLong => &raw mut raw::ffi_type_complex_longdouble,
            Primitive::Pointer => &raw mut raw::ffi_type_pointer,
        }
    }

    /// Size in bytes.
    pub fn size(self) -> usize {
        // SAFETY: a type of libffi's, complete from the start.
        unsafe { (*self.ffi()).size }
    }

    /// Alignment in bytes.
    pub fn align(self) -> usize {
        // SAFETY: as above.
        unsafe { (*self.ffi()).alignment as usize }
    }

    /// Is it an integer that bit fields can be of?
    pub fn is_integer(self) -> bool {
        use Primitive::*;
        matches!(self, I8 | U8 | I16 | U16 | I32 | U32 | I64 | U64)
    }
}

/// A primitive at a place of a structure.
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    /// Offset in bytes.
    pub offset: usize,
    /// What lies there.
    pub primitive: Primitive,
}

/// Structures of more bytes are passed in memory on every machine, whatever they consist of.
pub const MAX_IN_REGISTERS: usize = 64;

/// A structure or union as libffi sees it.
pub struct StructType {
    /// libffi completes types whose size is 0.
    of: UnsafeCell<ffi_type>,
    /// The types of the elements, and a null pointer.
    _elements: Box<[*mut ffi_type]>,
}

impl StructType {
    fn new(size: usize, align: usize, leaves: &[Leaf]) -> Box<StructType> {
        let mut elements: Vec<*mut ffi_type> = elements(size, leaves).into_iter().map(Primitive::ffi).collect();
        elements.push(std::ptr::null_mut());
        let mut elements = elements.into_boxed_slice();
        let of = ffi_type {
            size,
            alignment: align.clamp(1, 1 << 15) as u16,
            type_: raw::FFI_TYPE_STRUCT,
            elements: elements.as_mut_ptr(),
        };
        Box::new(StructType { of: UnsafeCell::new(of), _elements: elements })
    }
}

/// Elements that a calling convention treats as it treats a structure of these leaves.
fn elements(size: usize, leaves: &[Leaf]) -> Vec<Primitive> {
    if size > MAX_IN_REGISTERS {
        return vec![Primitive::U64; 9];
    }
    let mut leaves = leaves.to_vec();
    leaves.sort_by_key(|leaf| leaf.offset);
    if lies_in_order(size, &leaves) {
        return leaves.into_iter().map(|leaf| leaf.primitive).collect();
    }
    // Members overlap or lie at odd places. Floats of one size stay floats; of other members those in the same eight
    // bytes decide together whether these are passed as numbers with or without a point.
    for float in [Primitive::F32, Primitive::F64, Primitive::FLong] {
        if leaves.iter().all(|leaf| leaf.primitive == float) && size.is_multiple_of(float.size()) {
            return vec![float; size / float.size()];
        }
    }
    let mut elements = Vec::new();
    let mut at = 0;
    while at < size {
        let end = (at + 8).min(size);
        let inside: Vec<&Leaf> =
            leaves.iter().filter(|leaf| leaf.offset < end && leaf.offset + leaf.primitive.size() > at).collect();
        let floats =
            !inside.is_empty() && inside.iter().all(|leaf| matches!(leaf.primitive, Primitive::F32 | Primitive::F64));
        if floats && end - at == 8 {
            elements.push(Primitive::F64);
        } else if floats && end - at == 4 {
            elements.push(Primitive::F32);
        } else {
            let mut left = end - at;
            for (integer, bytes) in [(Primitive::U64, 8), (Primitive::U32, 4), (Primitive::U16, 2), (Primitive::U8, 1)]
            {
                while left >= bytes {
                    elements.push(integer);
                    left -= bytes;
                }
            }
        }
        at = end;
    }
    elements
}

/// Does libffi, which lays elements out itself, come to the same offsets?
fn lies_in_order(size: usize, leaves: &[Leaf]) -> bool {
    let mut end: usize = 0;
    for leaf in leaves {
        if end.next_multiple_of(leaf.primitive.align()) != leaf.offset {
            return false;
        }
        end = leaf.offset + leaf.primitive.size();
    }
    end <= size
}

impl Info {
    /// How libffi describes the type where it is passed by value. Arrays and functions are passed as pointers.
    pub fn ffi(&self) -> *mut ffi_type {
        match self.family {
            Family::Simple => self.code.get().map_or(Primitive::Pointer, |code| code.primitive).ffi(),
            Family::Array | Family::Pointer | Family::Function => Primitive::Pointer.ffi(),
            Family::Structure | Family::Union => {
                let made = self
                    .by_value
                    .get_or_init(|| StructType::new(self.size.get(), self.align.get(), &self.leaves.borrow()));
                made.of.get()
            }
        }
    }

    /// What the type consists of, at an offset, added to the leaves of a structure that contains it.
    pub fn add_leaves(&self, offset: usize, leaves: &mut Vec<Leaf>) {
        if offset + self.size.get() > MAX_IN_REGISTERS {
            return;
        }
        match self.family {
            Family::Simple => {
                if let Some(code) = self.code.get() {
                    leaves.push(Leaf { offset, primitive: code.primitive });
                }
            }
            Family::Pointer | Family::Function => leaves.push(Leaf { offset, primitive: Primitive::Pointer }),
            Family::Structure | Family::Union | Family::Array => {
                for leaf in self.leaves.borrow().iter() {
                    leaves.push(Leaf { offset: offset + leaf.offset, primitive: leaf.primitive });
                }
            }
        }
    }
}
