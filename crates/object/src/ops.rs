//! Operations on values of any class: what operators and the common built-in functions do.

use crate::error::Raised;
use crate::layout::number::Int;
use crate::slots::{BinaryFn, R, Slots};
use crate::{Ref, Str, Tuple, TypeId, TypeObj, ValueExt, Vm};
use bytecode::{BinaryOperator, CompareOperator};
use heap::Value;

/// A slice applied to a length: `count` items from `start` in steps of `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRange {
    /// Index of the first item, also where there is none.
    pub start: isize,
    /// The stop as `slice.indices` gives it.
    pub stop: isize,
    /// Never 0.
    pub step: isize,
    /// Number of items.
    pub count: usize,
}

type SlotOf = fn(&Slots) -> Option<BinaryFn>;

struct BinaryRow {
    slot: SlotOf,
    inplace: Option<SlotOf>,
    sequence: Option<SlotOf>,
    inplace_sequence: Option<SlotOf>,
}

fn binary_row(op: BinaryOperator) -> BinaryRow {
    use BinaryOperator::*;
    let row =
        |slot: SlotOf, inplace: Option<SlotOf>| BinaryRow { slot, inplace, sequence: None, inplace_sequence: None };
    match op {
        Add => BinaryRow { sequence: Some(|s| s.concat), ..row(|s| s.add, None) },
        And => row(|s| s.and, None),
        FloorDivide => row(|s| s.floor_divide, None),
        Lshift => row(|s| s.lshift, None),
        MatrixMultiply => row(|s| s.matrix_multiply, None),
        Multiply => BinaryRow { sequence: Some(|s| s.repeat), ..row(|s| s.multiply, None) },
        Remainder => row(|s| s.remainder, None),
        Or => row(|s| s.or, None),
        Rshift => row(|s| s.rshift, None),
        Subtract => row(|s| s.subtract, None),
        TrueDivide => row(|s| s.true_divide, None),
        Xor => row(|s| s.xor, None),
        InplaceAdd => BinaryRow {
            sequence: Some(|s| s.concat),
            inplace_sequence: Some(|s| s.inplace_concat),
            ..row(|s| s.add, Some(|s| s.inplace_add))
        },
        InplaceAnd => row(|s| s.and, Some(|s| s.inplace_and)),
        InplaceFloorDivide => row(|s| s.floor_divide, Some(|s| s.inplace_floor_divide)),
        InplaceLshift => row(|s| s.lshift, Some(|s| s.inplace_lshift)),
        InplaceMatrixMultiply => row(|s| s.matrix_multiply, Some(|s| s.inplace_matrix_multiply)),
        InplaceMultiply => BinaryRow {
            sequence: Some(|s| s.repeat),
            inplace_sequence: Some(|s| s.inplace_repeat),
            ..row(|s| s.multiply, Some(|s| s.inplace_multiply))
        },
        InplaceRemainder => row(|s| s.remainder, Some(|s| s.inplace_remainder)),
        InplaceOr => row(|s| s.or, Some(|s| s.inplace_or)),
        InplaceRshift => row(|s| s.rshift, Some(|s| s.inplace_rshift)),
        InplaceSubtract => row(|s| s.subtract, Some(|s| s.inplace_subtract)),
        InplaceTrueDivide => row(|s| s.true_divide, Some(|s| s.inplace_true_divide)),
        InplaceXor => row(|s| s.xor, Some(|s| s.inplace_xor)),
        Power | InplacePower => row(|_| None, Some(|s| s.inplace_power)),
    }
}

impl Vm {
    /// Before native code is called that may call back: the native stack must have room.
    #[inline(always)]
    pub fn enter_native(&self) -> Result<(), Raised> {
        if self.thread().stack_is_low() {
            return Err(self.stack_overflow());
        }
        Ok(())
    }

    /// The counterpart of [`Vm::enter_native`].
    #[inline(always)]
    pub fn leave_native(&self) {}

    /// As [`Vm::enter_native`]; the error says during what the room ended.
    #[inline(always)]
    pub fn enter_native_for(&self, what: &str) -> Result<(), Raised> {
        if self.thread().stack_is_low() {
            return Err(self.recursion_error(format!("maximum recursion depth exceeded {what}")));
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn stack_overflow(&self) -> Raised {
        self.recursion_error("maximum recursion depth exceeded")
    }

    /// Is the value true?
    #[inline]
    pub fn truthy(&self, value: Value) -> Result<bool, Raised> {
        if value.is_bool() {
            return Ok(value == Value::TRUE);
        }
        if let Some(int) = value.as_small() {
            return Ok(int != 0);
        }
        if value.is_none() {
            return Ok(false);
        }
        self.truthy_slow(value)
    }

    fn truthy_slow(&self, value: Value) -> Result<bool, Raised> {
        let slots = self.type_of(value).slots();
        if let Some(slot) = slots.bool {
            return slot(self, value);
        }
        if let Some(slot) = slots.len {
            return slot(self, value).map(|len| len != 0);
        }
        Ok(true)
    }

    /// Are the values equal, where that can be told without Python code?
    #[inline(always)]
    pub fn eq_fast(&self, a: Value, b: Value) -> Option<bool> {
        if a == b {
            return Some(true);
        }
        match (a.cast::<Str>(), b.cast::<Str>()) {
            (Some(a), Some(b)) => return Some(self.str_eq(a, b)),
            (Some(_), None) | (None, Some(_)) if a.is_int() || b.is_int() => return Some(false),
            _ => {}
        }
        if Value::both_ints(a, b) {
            return Some(false);
        }
        None
    }

    /// `a is b or a == b`, as containers compare.
    #[inline]
    pub fn eq(&self, a: Value, b: Value) -> Result<bool, Raised> {
        if let Some(equal) = self.eq_fast(a, b) {
            return Ok(equal);
        }
        if let (Some(a), Some(b)) = (a.cast::<Tuple>(), b.cast::<Tuple>())
            && let Some(equal) = self.tuples_equal_fast(a, b)
        {
            return Ok(equal);
        }
        self.compare_bool(a, b, CompareOperator::Eq)
    }

    /// Are the tuples equal, where that can be told without Python code and without going deeper?
    fn tuples_equal_fast(&self, a: Ref<Tuple>, b: Ref<Tuple>) -> Option<bool> {
        for (x, y) in a.items().iter().zip(b.items()) {
            if !self.eq_fast(*x, *y)? {
                return Some(false);
            }
        }
        Some(a.len() == b.len())
    }

    /// The truth of a comparison.
    pub fn compare_bool(&self, a: Value, b: Value, op: CompareOperator) -> Result<bool, Raised> {
        let result = self.compare(a, b, op)?;
        self.truthy(result)
    }

    /// A comparison.
    pub fn compare(&self, a: Value, b: Value, op: CompareOperator) -> R {
        if Value::both_ints(a, b) {
            return Ok(Value::bool(ordering_matches(op, a.int_unchecked().cmp(&b.int_unchecked()))));
        }
        if let (Some(a), Some(b)) = (a.cast::<Str>(), b.cast::<Str>()) {
            // The order of the bytes of generalised UTF-8 is that of the code points.
            return Ok(Value::bool(ordering_matches(op, a.as_bytes().cmp(b.as_bytes()))));
        }
        self.enter_native_for("in comparison")?;
        let (class_a, class_b) = (self.type_of(a), self.type_of(b));
        let mut tried_reflected = false;
        if class_a != class_b
            && class_b.is_subclass(class_a)
            && let Some(slot) = class_b.slots().compare
        {
            tried_reflected = true;
            let result = slot(self, b, a, reflected(op))?;
            if result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
        if let Some(slot) = class_a.slots().compare {
            let result = slot(self, a, b, op)?;
            if result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
        if !tried_reflected && let Some(slot) = class_b.slots().compare {
            let result = slot(self, b, a, reflected(op))?;
            if result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
        match op {
            CompareOperator::Eq => Ok(Value::bool(a == b)),
            CompareOperator::Ne => Ok(Value::bool(a != b)),
            _ => {
                let text = format!(
                    "'{}' not supported between instances of '{}' and '{}'",
                    op.text(),
                    class_a.qualified_name(self),
                    class_b.qualified_name(self)
                );
                Err(self.type_error(text))
            }
        }
    }

    /// The hash.
    #[inline]
    pub fn hash(&self, value: Value) -> Result<i64, Raised> {
        if let Some(string) = value.cast::<Str>() {
            return Ok(self.str_hash(string));
        }
        if let Some(int) = value.as_small() {
            return Ok(base::hash::hash_i64(int));
        }
        match self.type_of(value).slots().hash {
            Some(slot) => slot(self, value),
            None => Ok(self.identity_hash(value)),
        }
    }

    /// The hash of an object that is equal to nothing but itself.
    pub fn identity_hash(&self, value: Value) -> i64 {
        base::hash::hash_address(value.bits() as usize)
    }

    /// A binary operator.
    pub fn binary(&self, op: BinaryOperator, a: Value, b: Value) -> R {
        if matches!(op, BinaryOperator::Power | BinaryOperator::InplacePower) {
            if op == BinaryOperator::InplacePower
                && let Some(slot) = self.type_of(a).slots().inplace_power
            {
                let result = slot(self, a, b)?;
                if result != Value::NOT_IMPLEMENTED {
                    return Ok(result);
                }
            }
            return self.power_op(a, b, Value::NONE, op.text());
        }
        let row = binary_row(op);
        if let Some(inplace) = row.inplace
            && let Some(slot) = inplace(self.type_of(a).slots())
        {
            let result = slot(self, a, b)?;
            if result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
        let result = self.binary_slots(row.slot, a, b)?;
        if result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
        if let Some(inplace) = row.inplace_sequence
            && let Some(slot) = inplace(self.type_of(a).slots())
        {
            return slot(self, a, b);
        }
        if let Some(sequence) = row.sequence {
            if let Some(slot) = sequence(self.type_of(a).slots()) {
                return slot(self, a, b);
            }
            let is_repeat = matches!(op, BinaryOperator::Multiply | BinaryOperator::InplaceMultiply);
            if is_repeat && let Some(slot) = sequence(self.type_of(b).slots()) {
                return slot(self, b, a);
            }
        }
        Err(self.unsupported_operands(op.text(), a, b))
    }

    /// The TypeError for operands that an operator does not know.
    #[cold]
    pub fn unsupported_operands(&self, op: &str, a: Value, b: Value) -> Raised {
        let (class_a, class_b) = (self.type_of(a).qualified_name(self), self.type_of(b).qualified_name(self));
        if op == ">>" && class_a == "builtin_function_or_method" {
            let print = self.builtins_dict().get_str(self, self.intern("print"));
            if print == Some(a) {
                return self.type_error(format!(
                    "unsupported operand type(s) for {op}: '{class_a}' and '{class_b}'. Did you mean \"print(<message>, file=<output_stream>)\"?"
                ));
            }
        }
        self.type_error(format!("unsupported operand type(s) for {op}: '{class_a}' and '{class_b}'"))
    }

    /// Tries the slots of both operands; NotImplemented where none knows them.
    pub fn binary_slots(&self, slot: fn(&Slots) -> Option<BinaryFn>, a: Value, b: Value) -> R {
        self.enter_native()?;
        let (class_a, class_b) = (self.type_of(a), self.type_of(b));
        let slot_a = slot(class_a.slots());
        let mut slot_b = if class_a == class_b { None } else { slot(class_b.slots()) };
        if let (Some(x), Some(y)) = (slot_a, slot_b)
            && std::ptr::fn_addr_eq(x, y)
        {
            slot_b = None;
        }
        if let Some(slot_a) = slot_a {
            if let Some(other) = slot_b
                && class_b.is_subclass(class_a)
            {
                let result = other(self, a, b)?;
                if result != Value::NOT_IMPLEMENTED {
                    return Ok(result);
                }
                slot_b = None;
            }
            let result = slot_a(self, a, b)?;
            if result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
        match slot_b {
            Some(slot_b) => slot_b(self, a, b),
            None => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `pow(a, b, modulus)`; modulus None where it is not given.
    pub fn power(&self, a: Value, b: Value, modulus: Value) -> R {
        self.power_op(a, b, modulus, "** or pow()")
    }

    fn power_op(&self, a: Value, b: Value, modulus: Value, text: &str) -> R {
        let classes = [self.type_of(a), self.type_of(b), self.type_of(modulus)];
        let mut order = [0, 1, 2];
        if classes[1] != classes[0] && classes[1].is_subclass(classes[0]) {
            order.swap(0, 1);
        }
        let mut tried: Vec<crate::slots::TernaryFn> = Vec::with_capacity(3);
        for index in order.into_iter().take(if modulus.is_none() { 2 } else { 3 }) {
            let Some(slot) = classes[index].slots().power else { continue };
            if tried.iter().any(|other| std::ptr::fn_addr_eq(*other, slot)) {
                continue;
            }
            tried.push(slot);
            let result = slot(self, a, b, modulus)?;
            if result != Value::NOT_IMPLEMENTED {
                return Ok(result);
            }
        }
        if modulus.is_none() {
            let text = if text == "**" { "** or pow()" } else { text };
            return Err(self.unsupported_operands(text, a, b));
        }
        let names = [a, b, modulus].map(|value| self.type_of(value).qualified_name(self));
        Err(self.type_error(format!(
            "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
            names[0], names[1], names[2]
        )))
    }

    /// `-value`, `+value`, `~value`
    pub fn unary(&self, op: bytecode::UnaryOperator, value: Value) -> R {
        let slots = self.type_of(value).slots();
        let slot = match op {
            bytecode::UnaryOperator::Negative => slots.negative,
            bytecode::UnaryOperator::Positive => slots.positive,
            bytecode::UnaryOperator::Invert => slots.invert,
        };
        match slot {
            Some(slot) => slot(self, value),
            None => {
                let name = self.type_of(value).qualified_name(self);
                Err(self.type_error(format!("bad operand type for unary {}: '{name}'", op.text())))
            }
        }
    }

    /// The length.
    pub fn len(&self, value: Value) -> Result<usize, Raised> {
        match self.type_of(value).slots().len {
            Some(slot) => slot(self, value),
            None => Err(self.type_error(format!("object of type '{}' has no len()", self.type_name(value)))),
        }
    }

    /// `object[key]`
    pub fn getitem(&self, object: Value, key: Value) -> R {
        match self.type_of(object).slots().getitem {
            Some(slot) => slot(self, object, key),
            None => self.class_getitem(object, key),
        }
    }

    fn class_getitem(&self, object: Value, key: Value) -> R {
        if let Some(class) = object.cast::<TypeObj>() {
            if class == self.types[TypeId::Type] {
                return self.call_method_str(self.types[TypeId::GenericAlias].value(), "_of", &[object, key]);
            }
            if let Some(function) = self.type_getattr_opt(object, self.names.__class_getitem__)?
                && !function.is_none()
            {
                return self.call(function, &[key]);
            }
            return Err(self.type_error(format!("type '{}' is not subscriptable", class.name_str())));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", self.type_of(object).qualified_name(self))))
    }

    /// `object[key] = value`
    pub fn setitem(&self, object: Value, key: Value, value: Value) -> Result<(), Raised> {
        match self.type_of(object).slots().setitem {
            Some(slot) => slot(self, object, key, value),
            None => {
                let what = if value.is_unbound() { "deletion" } else { "assignment" };
                let name = self.type_of(object).qualified_name(self);
                Err(self.type_error(format!("'{name}' object does not support item {what}")))
            }
        }
    }

    /// `del object[key]`
    pub fn delitem(&self, object: Value, key: Value) -> Result<(), Raised> {
        self.setitem(object, key, Value::UNBOUND)
    }

    /// `item in container`
    pub fn contains(&self, container: Value, item: Value) -> Result<bool, Raised> {
        match self.type_of(container).slots().contains {
            Some(slot) => slot(self, container, item),
            None => self.contains_by_iteration(container, item),
        }
    }

    /// `item in container` by iterating.
    pub fn contains_by_iteration(&self, container: Value, item: Value) -> Result<bool, Raised> {
        let class = self.type_of(container);
        if class.slots().iter.is_none() && class.slots().getitem.is_none() {
            let name = self.type_name(container);
            return Err(self.type_error(format!("argument of type '{name}' is not a container or iterable")));
        }
        let iterator = self.iter(container)?;
        while let Some(value) = self.next(iterator)? {
            if self.eq(value, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `operator.index(value)`
    pub fn index(&self, value: Value) -> Result<Int, Raised> {
        if let Some(int) = self.as_int(value) {
            return Ok(int);
        }
        let Some(slot) = self.type_of(value).slots().index else {
            let name = self.type_of(value).qualified_name(self);
            return Err(self.type_error(format!("'{name}' object cannot be interpreted as an integer")));
        };
        let result = slot(self, value)?;
        match self.as_int(result) {
            Some(int) => {
                if !self.is_exactly(result, TypeId::Int) {
                    let text = format!(
                        "__index__ returned non-int (type {0}).  The ability to return an instance of a strict subclass of int \
                         is deprecated, and may not be supported in a future version of Python.",
                        self.type_name(result)
                    );
                    self.warn(TypeId::DeprecationWarning, &text, 1)?;
                }
                Ok(int)
            }
            None => {
                let name = self.type_name(result);
                Err(self.type_error(format!("__index__ returned non-int (type {name})")))
            }
        }
    }

    /// The index as a machine number; OverflowError-like IndexError where it does not fit.
    pub fn index_isize(&self, value: Value) -> Result<isize, Raised> {
        match self.index(value)?.to_i64() {
            Some(int) => Ok(int as isize),
            None => {
                let name = self.type_name(value);
                Err(self.index_error(format!("cannot fit '{name}' into an index-sized integer")))
            }
        }
    }

    /// An int argument as i64; OverflowError where it does not fit.
    pub fn index_i64(&self, value: Value) -> Result<i64, Raised> {
        match self.index(value)?.to_i64() {
            Some(int) => Ok(int),
            None => Err(self.overflow_error("Python int too large to convert to C long")),
        }
    }

    /// An int argument as i32; OverflowError where it does not fit.
    pub fn index_i32(&self, value: Value) -> Result<i32, Raised> {
        let int = match self.index(value)?.to_i64() {
            Some(int) => int,
            None => return Err(self.overflow_error("Python int too large to convert to C int")),
        };
        i32::try_from(int).map_err(|_| {
            let text = if int > 0 { "greater than maximum" } else { "less than minimum" };
            self.overflow_error(format!("signed integer is {text}"))
        })
    }

    /// The index, or the nearest machine number where it does not fit. None stays None.
    pub fn index_clamped(&self, value: Value) -> Result<Option<isize>, Raised> {
        if value.is_none() {
            return Ok(None);
        }
        if let Some(int) = value.as_small() {
            return Ok(Some(int as isize));
        }
        if self.as_int(value).is_none() && self.type_of(value).slots().index.is_none() {
            return Err(self.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        let index = self.index(value)?;
        Ok(Some(match index.to_i64() {
            Some(int) => int as isize,
            None if index.is_negative() => isize::MIN,
            None => isize::MAX,
        }))
    }

    /// Applies a slice to a length. The length is asked for after the parts were evaluated.
    pub fn slice_range(&self, slice: Ref<crate::Slice>, len: impl FnOnce() -> usize) -> Result<SliceRange, Raised> {
        let step = self.index_clamped(slice.step.get())?.unwrap_or(1).max(-isize::MAX);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let start = self.index_clamped(slice.start.get())?;
        let stop = self.index_clamped(slice.stop.get())?;
        Ok(apply_slice(start, stop, step, len()))
    }

    /// The text of `repr(value)`.
    pub fn repr(&self, value: Value) -> Result<Ref<Str>, Raised> {
        let result = self.repr_value(value)?;
        self.as_str(result).ok_or_else(|| self.type_error("__repr__ returned non-string"))
    }

    /// `repr(value)`: a str, or an instance of a subclass where `__repr__` gives one.
    pub fn repr_value(&self, value: Value) -> R {
        self.enter_native_for("while getting the repr of an object")?;
        match self.type_of(value).slots().repr {
            Some(slot) => {
                let result = slot(self, value)?;
                if self.as_str(result).is_none() {
                    let class = self.type_name(result);
                    return Err(self.type_error(format!("__repr__ returned non-string (type {class})")));
                }
                Ok(result)
            }
            None => Ok(self.str(&format!("<{} object at 0x{:x}>", self.type_name(value), value.bits())).value()),
        }
    }

    /// `str(value)`
    pub fn to_str(&self, value: Value) -> Result<Ref<Str>, Raised> {
        if let Some(string) = value.cast::<Str>() {
            return Ok(string);
        }
        self.enter_native_for("while getting the str of an object")?;
        match self.type_of(value).slots().str {
            Some(slot) => {
                let result = slot(self, value)?;
                self.as_str(result).ok_or_else(|| {
                    self.type_error(format!("__str__ returned non-string (type {})", self.type_name(result)))
                })
            }
            None => self.repr(value),
        }
    }

    /// `ascii(value)`
    pub fn ascii(&self, value: Value) -> Result<Ref<Str>, Raised> {
        let repr = self.repr_value(value)?;
        self.ascii_of(repr)
    }

    /// The text of a repr, with escapes for all that is not ASCII.
    pub fn ascii_of(&self, repr: Value) -> Result<Ref<Str>, Raised> {
        let Some(repr) = self.as_str(repr) else { return Err(self.type_error("__repr__ returned non-string")) };
        if repr.is_ascii() {
            return Ok(repr);
        }
        let mut out = String::with_capacity(repr.as_bytes().len() + 8);
        for char in repr.text().chars() {
            match char {
                0..0x80 => out.push(char as u8 as char),
                0x80..0x100 => out.push_str(&format!("\\x{char:02x}")),
                0x100..0x10000 => out.push_str(&format!("\\u{char:04x}")),
                _ => out.push_str(&format!("\\U{char:08x}")),
            }
        }
        Ok(self.str(&out))
    }

    /// `format(value, spec)`
    pub fn format(&self, value: Value, spec: Ref<Str>) -> Result<Ref<Str>, Raised> {
        if spec.is_empty() {
            if let Some(string) = value.cast::<Str>() {
                return Ok(string);
            }
            if self.is_exactly(value, TypeId::Int) {
                return self.to_str(value);
            }
        }
        let Some(result) = self.call_special(value, self.names.__format__, &[spec.value()]) else {
            let name = self.type_name(value);
            return Err(self.type_error(format!("Type {name} doesn't define __format__")));
        };
        let result = result?;
        self.as_str(result)
            .ok_or_else(|| self.type_error(format!("__format__ must return a str, not {}", self.type_name(result))))
    }

    /// Issues a warning through the module `_warnings`.
    pub fn warn(&self, category: TypeId, text: &str, stack_level: i64) -> Result<(), Raised> {
        let Some(warn) = self.state_value("warn") else { return Ok(()) };
        let text = self.str(text).value();
        self.call(warn, &[text, self.types[category].value(), Value::small(stack_level)]).map(|_| ())
    }

    /// Reports an exception that cannot be raised where it happened (`sys.unraisablehook`). A text ends with the repr
    /// of the object, unless that is None.
    pub fn report_unraisable(&self, raised: Raised, text: &str, object: Value) {
        let exception = self.take_exception(raised);
        if let Some(report) = self.state_value("unraisable") {
            let (text, object) = if text.is_empty() {
                (Value::NONE, object)
            } else if object.is_none() {
                (self.str(text).value(), object)
            } else {
                let shown = match self.repr(object) {
                    Ok(shown) => shown.to_string_lossy(),
                    Err(raised) => {
                        self.take_exception(raised);
                        String::from("<object repr() failed>")
                    }
                };
                (self.str(&format!("{text} {shown}")).value(), Value::NONE)
            };
            if let Err(raised) = self.call(report, &[exception, text, object]) {
                self.take_exception(raised);
            }
        }
    }
}

/// The operator with operands exchanged.
pub fn reflected(op: CompareOperator) -> CompareOperator {
    match op {
        CompareOperator::Lt => CompareOperator::Gt,
        CompareOperator::Le => CompareOperator::Ge,
        CompareOperator::Gt => CompareOperator::Lt,
        CompareOperator::Ge => CompareOperator::Le,
        same => same,
    }
}

/// What a comparison operator says of an ordering.
pub fn ordering_matches(op: CompareOperator, ordering: std::cmp::Ordering) -> bool {
    match op {
        CompareOperator::Lt => ordering.is_lt(),
        CompareOperator::Le => ordering.is_le(),
        CompareOperator::Eq => ordering.is_eq(),
        CompareOperator::Ne => ordering.is_ne(),
        CompareOperator::Gt => ordering.is_gt(),
        CompareOperator::Ge => ordering.is_ge(),
    }
}

/// Applies start, stop and step of a slice to a length.
pub fn apply_slice(start: Option<isize>, stop: Option<isize>, step: isize, len: usize) -> SliceRange {
    let len = len as isize;
    let clamp = |index: isize| {
        let index = if index < 0 { index.saturating_add(len) } else { index };
        if index < 0 {
            if step < 0 { -1 } else { 0 }
        } else if index >= len {
            if step < 0 { len - 1 } else { len }
        } else {
            index
        }
    };
    let start = start.map_or(if step < 0 { len - 1 } else { 0 }, clamp);
    let stop = stop.map_or(if step < 0 { -1 } else { len }, clamp);
    let count = if step < 0 {
        if stop < start { ((start - stop - 1) / -step + 1) as usize } else { 0 }
    } else if start < stop {
        ((stop - start - 1) / step + 1) as usize
    } else {
        0
    };
    SliceRange { start, stop, step, count }
}
