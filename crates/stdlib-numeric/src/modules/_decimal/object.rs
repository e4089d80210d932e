//! What a Decimal holds, and how one is made of a number.

use crate::decimal::number::{Coefficient, Digits, Kind, Number, View};
use object::traced;
use object::layout::native::Native;
use object::{Field, Raised, Ref, TypeId, TypeObj, Value, Vm};

/// A Decimal. Coefficients below 10^38 lie in it, longer ones in a buffer of the heap.
pub struct Dec {
    exponent: i64,
    /// The coefficient's low word, or the number of limbs in the buffer.
    low: u64,
    high: u64,
    /// Unbound, or a raw buffer of limbs.
    long: Field,
    kind: Kind,
    negative: bool,
}

traced! { Dec { long } }

impl Dec {
    /// The number. The view must not be kept across a call into Python.
    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        let digits = match self.long.get().as_object() {
            None => Digits::Small((self.high as u128) << 64 | self.low as u128),
            Some(buffer) => {
                let data = heap::RawBuffer::data(buffer.cast()).cast::<u64>();
                // SAFETY: the field holds a raw buffer of so many limbs, which never change; it lives while the Decimal
                // does, and its data is aligned to 16 bytes.
                Digits::Large(unsafe { std::slice::from_raw_parts(data, self.low as usize) })
            }
        };
        View { negative: self.negative, kind: self.kind, exponent: self.exponent, digits }
    }
}

/// A Decimal, by reference.
pub type DecRef = Ref<Native<Dec>>;

/// The Decimal that a value is, an instance of a subclass included.
#[inline(always)]
pub fn as_dec(vm: &Vm, value: Value) -> Option<DecRef> {
    vm.as_native::<Dec>(value)
}

/// The Decimal that a receiver is.
#[inline(always)]
pub fn this_dec(vm: &Vm, value: Value) -> Result<DecRef, Raised> {
    crate::support::data::<Dec>(vm, value)
}

/// A Decimal of class Decimal itself.
#[inline(always)]
pub fn new_dec(vm: &Vm, number: Number) -> Value {
    dec_of_class(vm, vm.types[TypeId::Decimal], number)
}

/// A Decimal of a class.
#[inline(always)]
pub fn dec_of_class(vm: &Vm, class: Ref<TypeObj>, number: Number) -> Value {
    let Number { negative, kind, exponent, coefficient } = number;
    match coefficient {
        Coefficient::Small(small) => {
            let (low, high) = (small as u64, (small >> 64) as u64);
            vm.native(class, Dec { exponent, low, high, long: Field::new(Value::UNBOUND), kind, negative }).value()
        }
        Coefficient::Large(limbs) => long_dec(vm, class, negative, kind, exponent, &limbs),
    }
}

#[inline(never)]
fn long_dec(vm: &Vm, class: Ref<TypeObj>, negative: bool, kind: Kind, exponent: i64, limbs: &[u64]) -> Value {
    let buffer = vm.alloc_raw(size_of_val(limbs));
    // SAFETY: a fresh buffer with room for the limbs.
    unsafe {
        std::ptr::copy_nonoverlapping(limbs.as_ptr(), heap::RawBuffer::data(buffer).cast(), limbs.len());
    }
    let long = Field::new(Value::object(buffer.cast()));
    vm.native(class, Dec { exponent, low: limbs.len() as u64, high: 0, long, kind, negative }).value()
}

/// A copy of a number as Decimal of a class.
pub fn copy_of(vm: &Vm, class: Ref<TypeObj>, number: View) -> Value {
    match number.digits {
        Digits::Small(_) => dec_of_class(vm, class, number.to_number()),
        Digits::Large(limbs) => long_dec(vm, class, number.negative, number.kind, number.exponent, limbs),
    }
}
