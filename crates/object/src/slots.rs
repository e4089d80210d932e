//! The slot table behind the special methods: one row a special method, from which follow the native slots of a class,
//! the wrappers that built-in classes show for them, and the slots of Python classes that call such methods.

use crate::call::Args;
use crate::error::Raised;
use crate::python_slots as py;
use crate::{Buffer, Ref, Str, TypeObj, Vm};
use bytecode::CompareOperator;
use heap::Value;

/// What native code gives back.
pub type R = Result<Value, Raised>;
/// Slot of one operand.
pub type UnaryFn = fn(&Vm, Value) -> R;
/// Slot of two operands; gives NotImplemented where it does not know them. Both orders come here: the class may be
/// that of the second operand.
pub type BinaryFn = fn(&Vm, Value, Value) -> R;
/// `pow(a, b, modulus)`, modulus None where it is not given.
pub type TernaryFn = fn(&Vm, Value, Value, Value) -> R;
/// Hash.
pub type HashFn = fn(&Vm, Value) -> Result<i64, Raised>;
/// Length.
pub type LenFn = fn(&Vm, Value) -> Result<usize, Raised>;
/// Truth, and membership.
pub type BoolFn = fn(&Vm, Value) -> Result<bool, Raised>;
/// Membership: container, item.
pub type ContainsFn = fn(&Vm, Value, Value) -> Result<bool, Raised>;
/// Comparison.
pub type CompareFn = fn(&Vm, Value, Value, CompareOperator) -> R;
/// Item assignment: object, key, value; deletion where the value is unbound.
pub type SetItemFn = fn(&Vm, Value, Value, Value) -> Result<(), Raised>;
/// Attribute read.
pub type GetAttrFn = fn(&Vm, Value, Ref<Str>) -> R;
/// Attribute assignment; deletion where the value is unbound.
pub type SetAttrFn = fn(&Vm, Value, Ref<Str>, Value) -> Result<(), Raised>;
/// Descriptor read: descriptor, object or unbound, class or unbound.
pub type DescrGetFn = fn(&Vm, Value, Value, Value) -> R;
/// Descriptor write: descriptor, object, value; deletion where the value is unbound.
pub type DescrSetFn = fn(&Vm, Value, Value, Value) -> Result<(), Raised>;
/// Call.
pub type CallFn = fn(&Vm, Value, Args) -> R;
/// Initialisation.
pub type InitFn = fn(&Vm, Value, Args) -> Result<(), Raised>;
/// Creation: class, arguments.
pub type NewFn = fn(&Vm, Ref<TypeObj>, Args) -> R;
/// Buffer protocol: object, is a writable buffer wanted.
pub type BufferFn = fn(&Vm, Value, bool) -> Result<Buffer, Raised>;

/// How the wrapper of a slot calls it.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrap {
    Unary,
    Next,
    Binary,
    Reflected,
    Power,
    PowerReflected,
    Hash,
    Len,
    Bool,
    Contains,
    Repeat,
    Compare(CompareOperator),
    SetItem,
    DelItem,
    GetAttribute,
    GetAttrHook,
    SetAttr,
    DelAttr,
    DescrGet,
    DescrSet,
    DescrDelete,
    Call,
    Init,
    New,
    Buffer,
}

/// A special method.
#[derive(Debug)]
pub struct Special {
    /// Its name.
    pub name: &'static str,
    /// The slot it fills.
    pub slot: SlotId,
    /// How the wrapper calls it.
    pub wrap: Wrap,
    /// Parameters and documentation, for `__text_signature__` and `__doc__`.
    pub doc: &'static str,
}

macro_rules! for_each_slot {
    ($m:ident) => {
        $m! {
            repr: UnaryFn = py::unary::<{ S::__repr__ as usize }>;
            str: UnaryFn = py::unary::<{ S::__str__ as usize }>;
            hash: HashFn = py::hash;
            call: CallFn = py::call;
            getattr: GetAttrFn = py::getattr;
            setattr: SetAttrFn = py::setattr;
            compare: CompareFn = py::compare;
            iter: UnaryFn = py::iter;
            next: UnaryFn = py::next;
            descr_get: DescrGetFn = py::descr_get;
            descr_set: DescrSetFn = py::descr_set;
            init: InitFn = py::init;
            new: NewFn = py::new;
            add: BinaryFn = py::binary::<{ S::__add__ as usize }, { S::__radd__ as usize }>;
            subtract: BinaryFn = py::binary::<{ S::__sub__ as usize }, { S::__rsub__ as usize }>;
            multiply: BinaryFn = py::binary::<{ S::__mul__ as usize }, { S::__rmul__ as usize }>;
            remainder: BinaryFn = py::binary::<{ S::__mod__ as usize }, { S::__rmod__ as usize }>;
            divmod: BinaryFn = py::binary::<{ S::__divmod__ as usize }, { S::__rdivmod__ as usize }>;
            power: TernaryFn = py::power;
            lshift: BinaryFn = py::binary::<{ S::__lshift__ as usize }, { S::__rlshift__ as usize }>;
            rshift: BinaryFn = py::binary::<{ S::__rshift__ as usize }, { S::__rrshift__ as usize }>;
            and: BinaryFn = py::binary::<{ S::__and__ as usize }, { S::__rand__ as usize }>;
            xor: BinaryFn = py::binary::<{ S::__xor__ as usize }, { S::__rxor__ as usize }>;
            or: BinaryFn = py::binary::<{ S::__or__ as usize }, { S::__ror__ as usize }>;
            floor_divide: BinaryFn = py::binary::<{ S::__floordiv__ as usize }, { S::__rfloordiv__ as usize }>;
            true_divide: BinaryFn = py::binary::<{ S::__truediv__ as usize }, { S::__rtruediv__ as usize }>;
            matrix_multiply: BinaryFn = py::binary::<{ S::__matmul__ as usize }, { S::__rmatmul__ as usize }>;
            inplace_add: BinaryFn = py::inplace::<{ S::__iadd__ as usize }>;
            inplace_subtract: BinaryFn = py::inplace::<{ S::__isub__ as usize }>;
            inplace_multiply: BinaryFn = py::inplace::<{ S::__imul__ as usize }>;
            inplace_remainder: BinaryFn = py::inplace::<{ S::__imod__ as usize }>;
            inplace_power: BinaryFn = py::inplace::<{ S::__ipow__ as usize }>;
            inplace_lshift: BinaryFn = py::inplace::<{ S::__ilshift__ as usize }>;
            inplace_rshift: BinaryFn = py::inplace::<{ S::__irshift__ as usize }>;
            inplace_and: BinaryFn = py::inplace::<{ S::__iand__ as usize }>;
            inplace_xor: BinaryFn = py::inplace::<{ S::__ixor__ as usize }>;
            inplace_or: BinaryFn = py::inplace::<{ S::__ior__ as usize }>;
            inplace_floor_divide: BinaryFn = py::inplace::<{ S::__ifloordiv__ as usize }>;
            inplace_true_divide: BinaryFn = py::inplace::<{ S::__itruediv__ as usize }>;
            inplace_matrix_multiply: BinaryFn = py::inplace::<{ S::__imatmul__ as usize }>;
            negative: UnaryFn = py::unary::<{ S::__neg__ as usize }>;
            positive: UnaryFn = py::unary::<{ S::__pos__ as usize }>;
            absolute: UnaryFn = py::unary::<{ S::__abs__ as usize }>;
            invert: UnaryFn = py::unary::<{ S::__invert__ as usize }>;
            bool: BoolFn = py::bool;
            int: UnaryFn = py::unary::<{ S::__int__ as usize }>;
            float: UnaryFn = py::unary::<{ S::__float__ as usize }>;
            index: UnaryFn = py::unary::<{ S::__index__ as usize }>;
            len: LenFn = py::len;
            getitem: BinaryFn = py::getitem;
            setitem: SetItemFn = py::setitem;
            contains: ContainsFn = py::contains;
            concat: BinaryFn = py::never_binary;
            repeat: BinaryFn = py::never_binary;
            inplace_concat: BinaryFn = py::never_binary;
            inplace_repeat: BinaryFn = py::never_binary;
            await_: UnaryFn = py::unary::<{ S::__await__ as usize }>;
            aiter: UnaryFn = py::unary::<{ S::__aiter__ as usize }>;
            anext: UnaryFn = py::unary::<{ S::__anext__ as usize }>;
            buffer: BufferFn = py::buffer;
        }
    };
}

macro_rules! define_slots {
    ($($field:ident : $type:ty = $python:expr;)*) => {
        /// A slot.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum SlotId { $($field),* }

        impl SlotId {
            /// All.
            pub const ALL: &'static [SlotId] = &[$(SlotId::$field),*];
        }

        /// The native functions behind the special methods of a class.
        #[allow(missing_docs)]
        #[derive(Clone, Copy)]
        #[repr(C)]
        pub struct Slots { $(pub $field: Option<$type>),* }

        impl Slots {
            /// No slot set.
            pub const EMPTY: Slots = Slots { $($field: None),* };

            /// The slots that call special methods of Python classes.
            pub const PYTHON: Slots = Slots { $($field: Some($python)),* };

            /// Is the slot set to this very function there as here?
            pub fn same(&self, other: &Slots, slot: SlotId) -> bool {
                match slot {
                    $(SlotId::$field => match (self.$field, other.$field) {
                        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
                        (None, None) => true,
                        _ => false,
                    }),*
                }
            }

            /// Is the slot set?
            #[inline]
            pub fn is_set(&self, slot: SlotId) -> bool {
                const { assert!(size_of::<Slots>() == SlotId::ALL.len() * size_of::<usize>()) };
                // SAFETY: the fields lie one behind the other in the order of their numbers, a word each, which is null
                // where there is no function.
                unsafe { !(&raw const *self).cast::<*const ()>().add(slot as usize).read().is_null() }
            }

            /// Takes a slot over from another table.
            pub fn copy_from(&mut self, other: &Slots, slot: SlotId) {
                match slot { $(SlotId::$field => self.$field = other.$field),* }
            }
        }

        /// A slot with its function, to define built-in classes.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy)]
        pub enum Slot { $($field($type)),* }

        impl Slots {
            /// Sets a slot.
            pub fn set(&mut self, slot: Slot) {
                match slot { $(Slot::$field(function) => self.$field = Some(function)),* }
            }
        }
    };
}
for_each_slot!(define_slots);

macro_rules! specials {
    ($($name:ident : $slot:ident, $wrap:expr, $doc:literal;)*) => {
        /// The special methods, by number.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum S { $($name),* }

        /// All special methods that have slots.
        pub static SPECIALS: &[Special] = &[$(Special {
            name: stringify!($name), slot: SlotId::$slot, wrap: $wrap, doc: $doc,
        }),*];
    };
}

use CompareOperator::{Eq, Ge, Gt, Le, Lt, Ne};
use Wrap::*;

specials! {
    __repr__: repr, Unary, "($self, /)\n--\n\nReturn repr(self).";
    __str__: str, Unary, "($self, /)\n--\n\nReturn str(self).";
    __hash__: hash, Hash, "($self, /)\n--\n\nReturn hash(self).";
    __call__: call, Call, "($self, /, *args, **kwargs)\n--\n\nCall self as a function.";
    __getattribute__: getattr, GetAttribute, "($self, name, /)\n--\n\nReturn getattr(self, name).";
    __getattr__: getattr, GetAttrHook, "";
    __setattr__: setattr, SetAttr, "($self, name, value, /)\n--\n\nImplement setattr(self, name, value).";
    __delattr__: setattr, DelAttr, "($self, name, /)\n--\n\nImplement delattr(self, name).";
    __lt__: compare, Compare(Lt), "($self, value, /)\n--\n\nReturn self<value.";
    __le__: compare, Compare(Le), "($self, value, /)\n--\n\nReturn self<=value.";
    __eq__: compare, Compare(Eq), "($self, value, /)\n--\n\nReturn self==value.";
    __ne__: compare, Compare(Ne), "($self, value, /)\n--\n\nReturn self!=value.";
    __gt__: compare, Compare(Gt), "($self, value, /)\n--\n\nReturn self>value.";
    __ge__: compare, Compare(Ge), "($self, value, /)\n--\n\nReturn self>=value.";
    __iter__: iter, Unary, "($self, /)\n--\n\nImplement iter(self).";
    __next__: next, Next, "($self, /)\n--\n\nImplement next(self).";
    __get__: descr_get, DescrGet, "($self, instance, owner=None, /)\n--\n\nReturn an attribute of instance, which is of type owner.";
    __set__: descr_set, DescrSet, "($self, instance, value, /)\n--\n\nSet an attribute of instance to value.";
    __delete__: descr_set, DescrDelete, "($self, instance, /)\n--\n\nDelete an attribute of instance.";
    __init__: init, Init, "($self, /, *args, **kwargs)\n--\n\nInitialize self.  See help(type(self)) for accurate signature.";
    __new__: new, New, "";
    __add__: add, Binary, "($self, value, /)\n--\n\nReturn self+value.";
    __radd__: add, Reflected, "($self, value, /)\n--\n\nReturn value+self.";
    __sub__: subtract, Binary, "($self, value, /)\n--\n\nReturn self-value.";
    __rsub__: subtract, Reflected, "($self, value, /)\n--\n\nReturn value-self.";
    __mul__: multiply, Binary, "($self, value, /)\n--\n\nReturn self*value.";
    __rmul__: multiply, Reflected, "($self, value, /)\n--\n\nReturn value*self.";
    __mod__: remainder, Binary, "($self, value, /)\n--\n\nReturn self%value.";
    __rmod__: remainder, Reflected, "($self, value, /)\n--\n\nReturn value%self.";
    __divmod__: divmod, Binary, "($self, value, /)\n--\n\nReturn divmod(self, value).";
    __rdivmod__: divmod, Reflected, "($self, value, /)\n--\n\nReturn divmod(value, self).";
    __pow__: power, Power, "($self, value, mod=None, /)\n--\n\nReturn pow(self, value, mod).";
    __rpow__: power, PowerReflected, "($self, value, mod=None, /)\n--\n\nReturn pow(value, self, mod).";
    __lshift__: lshift, Binary, "($self, value, /)\n--\n\nReturn self<<value.";
    __rlshift__: lshift, Reflected, "($self, value, /)\n--\n\nReturn value<<self.";
    __rshift__: rshift, Binary, "($self, value, /)\n--\n\nReturn self>>value.";
    __rrshift__: rshift, Reflected, "($self, value, /)\n--\n\nReturn value>>self.";
    __and__: and, Binary, "($self, value, /)\n--\n\nReturn self&value.";
    __rand__: and, Reflected, "($self, value, /)\n--\n\nReturn value&self.";
    __xor__: xor, Binary, "($self, value, /)\n--\n\nReturn self^value.";
    __rxor__: xor, Reflected, "($self, value, /)\n--\n\nReturn value^self.";
    __or__: or, Binary, "($self, value, /)\n--\n\nReturn self|value.";
    __ror__: or, Reflected, "($self, value, /)\n--\n\nReturn value|self.";
    __floordiv__: floor_divide, Binary, "($self, value, /)\n--\n\nReturn self//value.";
    __rfloordiv__: floor_divide, Reflected, "($self, value, /)\n--\n\nReturn value//self.";
    __truediv__: true_divide, Binary, "($self, value, /)\n--\n\nReturn self/value.";
    __rtruediv__: true_divide, Reflected, "($self, value, /)\n--\n\nReturn value/self.";
    __matmul__: matrix_multiply, Binary, "($self, value, /)\n--\n\nReturn self@value.";
    __rmatmul__: matrix_multiply, Reflected, "($self, value, /)\n--\n\nReturn value@self.";
    __iadd__: inplace_add, Binary, "($self, value, /)\n--\n\nReturn self+=value.";
    __isub__: inplace_subtract, Binary, "($self, value, /)\n--\n\nReturn self-=value.";
    __imul__: inplace_multiply, Binary, "($self, value, /)\n--\n\nReturn self*=value.";
    __imod__: inplace_remainder, Binary, "($self, value, /)\n--\n\nReturn self%=value.";
    __ipow__: inplace_power, Binary, "($self, value, /)\n--\n\nReturn self**=value.";
    __ilshift__: inplace_lshift, Binary, "($self, value, /)\n--\n\nReturn self<<=value.";
    __irshift__: inplace_rshift, Binary, "($self, value, /)\n--\n\nReturn self>>=value.";
    __iand__: inplace_and, Binary, "($self, value, /)\n--\n\nReturn self&=value.";
    __ixor__: inplace_xor, Binary, "($self, value, /)\n--\n\nReturn self^=value.";
    __ior__: inplace_or, Binary, "($self, value, /)\n--\n\nReturn self|=value.";
    __ifloordiv__: inplace_floor_divide, Binary, "($self, value, /)\n--\n\nReturn self//=value.";
    __itruediv__: inplace_true_divide, Binary, "($self, value, /)\n--\n\nReturn self/=value.";
    __imatmul__: inplace_matrix_multiply, Binary, "($self, value, /)\n--\n\nReturn self@=value.";
    __neg__: negative, Unary, "($self, /)\n--\n\n-self";
    __pos__: positive, Unary, "($self, /)\n--\n\n+self";
    __abs__: absolute, Unary, "($self, /)\n--\n\nabs(self)";
    __invert__: invert, Unary, "($self, /)\n--\n\n~self";
    __bool__: bool, Bool, "($self, /)\n--\n\nTrue if self else False";
    __int__: int, Unary, "($self, /)\n--\n\nint(self)";
    __float__: float, Unary, "($self, /)\n--\n\nfloat(self)";
    __index__: index, Unary, "($self, /)\n--\n\nReturn self converted to an integer, if self is suitable for use as an index into a list.";
    __len__: len, Len, "($self, /)\n--\n\nReturn len(self).";
    __getitem__: getitem, Binary, "($self, key, /)\n--\n\nReturn self[key].";
    __setitem__: setitem, SetItem, "($self, key, value, /)\n--\n\nSet self[key] to value.";
    __delitem__: setitem, DelItem, "($self, key, /)\n--\n\nDelete self[key].";
    __contains__: contains, Contains, "($self, key, /)\n--\n\nReturn bool(key in self).";
    __await__: await_, Unary, "($self, /)\n--\n\nReturn an iterator to be used in await expression.";
    __aiter__: aiter, Unary, "($self, /)\n--\n\nReturn an awaitable, that resolves in asynchronous iterator.";
    __anext__: anext, Unary, "($self, /)\n--\n\nReturn a value or raise StopAsyncIteration.";
    __buffer__: buffer, Buffer, "($self, flags, /)\n--\n\nReturn a buffer object that exposes the underlying memory of the object.";
}

/// Special methods that sequences have through slots of their own. Python classes never have these slots; they inherit
/// them from built-in classes as long as the method of that name is the built-in one.
pub static SEQUENCE_SPECIALS: &[Special] = &[
    Special { name: "__add__", slot: SlotId::concat, wrap: Binary, doc: "($self, value, /)\n--\n\nReturn self+value." },
    Special { name: "__mul__", slot: SlotId::repeat, wrap: Repeat, doc: "($self, value, /)\n--\n\nReturn self*value." },
    Special {
        name: "__rmul__",
        slot: SlotId::repeat,
        wrap: Repeat,
        doc: "($self, value, /)\n--\n\nReturn value*self.",
    },
    Special {
        name: "__iadd__",
        slot: SlotId::inplace_concat,
        wrap: Binary,
        doc: "($self, value, /)\n--\n\nImplement self+=value.",
    },
    Special {
        name: "__imul__",
        slot: SlotId::inplace_repeat,
        wrap: Repeat,
        doc: "($self, value, /)\n--\n\nImplement self*=value.",
    },
];

/// Most special methods that one slot has.
const MOST_SPECIALS: usize = 8;

/// The numbers of each slot's special methods, [`SPECIALS`] before [`SEQUENCE_SPECIALS`]; `u8::MAX` stands for none.
static SPECIALS_OF: [[u8; MOST_SPECIALS]; SlotId::ALL.len()] = {
    let mut table = [[u8::MAX; MOST_SPECIALS]; SlotId::ALL.len()];
    let mut number = 0;
    while number < SPECIALS.len() + SEQUENCE_SPECIALS.len() {
        let row = &mut table[special_at(number).slot as usize];
        let mut place = 0;
        while row[place] != u8::MAX {
            place += 1;
        }
        row[place] = number as u8;
        number += 1;
    }
    table
};

const fn special_at(number: usize) -> &'static Special {
    if number < SPECIALS.len() { &SPECIALS[number] } else { &SEQUENCE_SPECIALS[number - SPECIALS.len()] }
}

/// The special methods that a slot stands for.
pub fn specials_of(slot: SlotId) -> impl Iterator<Item = &'static Special> {
    SPECIALS_OF[slot as usize]
        .iter()
        .take_while(|number| **number != u8::MAX)
        .map(|number| special_at(*number as usize))
}
