//! Numbers that are not immediate: big ints, boxed floats, complex numbers.

use crate::{Kind, Layout, Ref, TypeId, ValueExt, Vm};
use dashu_int::IBig;
use heap::{Header, Value};

/// An int beyond 62 bits. Ints that fit are always immediate, so equal ints have one form.
#[repr(C)]
pub struct BigInt {
    header: Header,
    /// The number.
    pub big: IBig,
}

/// A float whose exponent the immediate form does not reach.
#[repr(C)]
pub struct Float {
    header: Header,
    /// The number.
    pub float: f64,
}

/// A complex number.
#[repr(C)]
pub struct Complex {
    header: Header,
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

// SAFETY: repr(C), start with a Header; only the functions below make objects of these kinds.
unsafe impl Layout for BigInt {
    const KIND: Kind = Kind::BIG_INT;
}
// SAFETY: as above.
unsafe impl Layout for Float {
    const KIND: Kind = Kind::FLOAT;
}
// SAFETY: as above.
unsafe impl Layout for Complex {
    const KIND: Kind = Kind::COMPLEX;
}

/// An int by reference: what [`Vm::as_int`] gives.
#[derive(Clone, Copy)]
pub enum Int {
    /// An immediate one.
    Small(i64),
    /// Any other.
    Big(Ref<BigInt>),
}

impl Int {
    /// The number as IBig.
    pub fn to_big(self) -> IBig {
        match self {
            Int::Small(int) => IBig::from(int),
            Int::Big(big) => big.big.clone(),
        }
    }

    /// The number, if it fits.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Int::Small(int) => Some(int),
            Int::Big(big) => i64::try_from(&big.big).ok(),
        }
    }

    /// Is it below zero?
    pub fn is_negative(self) -> bool {
        match self {
            Int::Small(int) => int < 0,
            Int::Big(big) => big.big < IBig::ZERO,
        }
    }
}

pub(crate) unsafe fn drop_big(object: *mut Header) {
    // SAFETY: the heap gives a dead object of this kind, once.
    unsafe {
        let big = &raw mut (*object.cast::<BigInt>()).big;
        heap::discharge_when_swept(bytes_outside(&*big));
        std::ptr::drop_in_place(big);
    }
}

/// The bytes that a number takes of the system's allocator. It never changes.
fn bytes_outside(big: &IBig) -> usize {
    /// Numbers of two words lie in the object, the others behind a header of the allocator's.
    const INLINE: usize = 16;
    let bytes = dashu_int::ops::BitTest::bit_len(big) / 8;
    if bytes > INLINE { bytes + 16 } else { 0 }
}

impl Vm {
    /// An int.
    #[inline(always)]
    pub fn int(&self, int: i64) -> Value {
        match Value::try_int(int) {
            Some(value) => value,
            None => self.big(IBig::from(int)),
        }
    }

    /// An int of any size.
    #[cold]
    pub fn big(&self, big: IBig) -> Value {
        if let Ok(int) = i64::try_from(&big)
            && let Some(value) = Value::try_int(int)
        {
            return value;
        }
        let bytes = bytes_outside(&big);
        if bytes > 0 {
            self.heap.charge(bytes);
        }
        let object = self.alloc(size_of::<BigInt>(), Kind::BIG_INT, TypeId::Int as u32).cast::<BigInt>();
        // SAFETY: a fresh object.
        unsafe {
            (&raw mut (*object).big).write(big);
            Ref::from_ptr(object).value()
        }
    }

    /// An int.
    pub fn int_u64(&self, int: u64) -> Value {
        match i64::try_from(int) {
            Ok(int) => self.int(int),
            Err(_) => self.big(IBig::from(int)),
        }
    }

    /// An int of a length or index.
    pub fn int_usize(&self, int: usize) -> Value {
        self.int_u64(int as u64)
    }

    /// A float.
    #[inline(always)]
    pub fn float(&self, float: f64) -> Value {
        match Value::try_float(float) {
            Some(value) => value,
            None => self.boxed_float(float),
        }
    }

    #[inline(never)]
    fn boxed_float(&self, float: f64) -> Value {
        let object = self.alloc(size_of::<Float>(), Kind::FLOAT, TypeId::Float as u32).cast::<Float>();
        // SAFETY: a fresh object.
        unsafe {
            (&raw mut (*object).float).write(float);
            Ref::from_ptr(object).value()
        }
    }

    /// A complex number.
    pub fn complex(&self, re: f64, im: f64) -> Value {
        let object = self.alloc(size_of::<Complex>(), Kind::COMPLEX, TypeId::Complex as u32).cast::<Complex>();
        // SAFETY: a fresh object.
        unsafe {
            (&raw mut (*object).re).write(re);
            (&raw mut (*object).im).write(im);
            Ref::from_ptr(object).value()
        }
    }

    /// The number of an int, bool included, or of an instance of a subclass of int.
    #[inline]
    pub fn as_int(&self, value: Value) -> Option<Int> {
        if let Some(int) = value.as_small() {
            return Some(Int::Small(int));
        }
        match value.kind() {
            Kind::BIG_INT => value.cast().map(Int::Big),
            Kind::IMMEDIATE if value.is_bool() => Some(Int::Small((value == Value::TRUE) as i64)),
            Kind::INSTANCE => {
                let payload = self.payload(value)?;
                if payload.is_int() || payload.kind() == Kind::BIG_INT { self.as_int(payload) } else { None }
            }
            _ => None,
        }
    }

    /// The number of a float or of an instance of a subclass of float.
    #[inline]
    pub fn as_float(&self, value: Value) -> Option<f64> {
        if value.is_float() {
            return Some(value.float_unchecked());
        }
        match value.kind() {
            Kind::FLOAT => value.cast::<Float>().map(|float| float.float),
            Kind::INSTANCE => {
                let payload = self.payload(value)?;
                if payload.is_float() || payload.kind() == Kind::FLOAT { self.as_float(payload) } else { None }
            }
            _ => None,
        }
    }

    /// The number of a complex or of an instance of a subclass of complex.
    pub fn as_complex(&self, value: Value) -> Option<(f64, f64)> {
        match value.kind() {
            Kind::COMPLEX => value.cast::<Complex>().map(|number| (number.re, number.im)),
            Kind::INSTANCE => self.payload(value)?.cast::<Complex>().map(|number| (number.re, number.im)),
            _ => None,
        }
    }
}
