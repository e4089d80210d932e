//! Constant folding: operations on constants whose result cannot fail and stays small.

use bytecode::Const;
use dashu_int::{IBig, UBig};
use syntax::ast::{Operator, UnaryOp};

use crate::constant::{as_int, int};

/// Longest int that folding makes, in bits.
const MAX_INT_BITS: usize = 128;
/// Longest string or bytes that repetition makes.
const MAX_TEXT: usize = 4096;
/// Longest tuple that repetition makes.
const MAX_TUPLE: usize = 256;
/// Most constants within one.
const MAX_ITEMS: usize = 1024;

/// Is the constant true?
pub fn truth(value: &Const) -> bool {
    match value {
        Const::None => false,
        Const::Bool(value) => *value,
        Const::Ellipsis | Const::Code(_) | Const::Slice(_) | Const::BigInt { .. } => true,
        Const::Int(value) => *value != 0,
        Const::Float(value) => *value != 0.0,
        Const::Complex(real, imag) => *real != 0.0 || *imag != 0.0,
        Const::Str(bytes) | Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

/// The result of a unary operator.
pub fn unary(op: UnaryOp, value: &Const) -> Option<Const> {
    Some(match (op, value) {
        (UnaryOp::Not, value) => Const::Bool(!truth(value)),
        // The inversion of a bool warns when it is executed.
        (UnaryOp::Invert, Const::Bool(_)) => return None,
        (UnaryOp::Invert, value) => int(-as_int(value)? - IBig::ONE),
        (UnaryOp::USub, Const::Float(value)) => Const::Float(-value),
        (UnaryOp::USub, Const::Complex(real, imag)) => Const::Complex(-real, -imag),
        (UnaryOp::USub, value) => int(-as_int(value)?),
        (UnaryOp::UAdd, Const::Float(_) | Const::Complex(..)) => value.clone(),
        (UnaryOp::UAdd, value) => int(as_int(value)?),
    })
}

/// The result of a binary operator.
pub fn binary(op: Operator, left: &Const, right: &Const) -> Option<Const> {
    // Small ints are by far the most frequent.
    if let (Const::Int(a), Const::Int(b)) = (left, right) {
        let small = match op {
            Operator::Add => a.checked_add(*b),
            Operator::Sub => a.checked_sub(*b),
            Operator::Mult => a.checked_mul(*b),
            _ => None,
        };
        if let Some(value) = small {
            return Some(Const::Int(value));
        }
    }
    if let (Some(a), Some(b)) = (as_int(left), as_int(right)) {
        if let (Const::Bool(a), Const::Bool(b)) = (left, right) {
            match op {
                Operator::BitAnd => return Some(Const::Bool(a & b)),
                Operator::BitOr => return Some(Const::Bool(a | b)),
                Operator::BitXor => return Some(Const::Bool(a ^ b)),
                _ => {}
            }
        }
        return ints(op, a, b);
    }
    match (left, right) {
        (Const::Complex(..), _) | (_, Const::Complex(..)) => complexes(op, left, right),
        (Const::Float(_), _) | (_, Const::Float(_)) => floats(op, as_float(left)?, as_float(right)?),
        (Const::Str(a), Const::Str(b)) if op == Operator::Add => Some(Const::Str([&a[..], &b[..]].concat().into())),
        (Const::Bytes(a), Const::Bytes(b)) if op == Operator::Add => {
            Some(Const::Bytes([&a[..], &b[..]].concat().into()))
        }
        (Const::Tuple(a), Const::Tuple(b)) if op == Operator::Add => {
            Some(Const::Tuple(a.iter().chain(b).cloned().collect()))
        }
        (many, Const::Int(count)) | (Const::Int(count), many) if op == Operator::Mult => repeated(many, *count),
        _ => None,
    }
}

fn ints(op: Operator, a: IBig, b: IBig) -> Option<Const> {
    let negative = |value: &IBig| *value < IBig::ZERO;
    let bits = |value: &IBig| dashu_bits(value);
    Some(match op {
        Operator::Add => int(a + b),
        Operator::Sub => int(a - b),
        Operator::Mult => {
            if a != IBig::ZERO && b != IBig::ZERO && bits(&a) + bits(&b) > MAX_INT_BITS {
                return None;
            }
            int(a * b)
        }
        Operator::Div => {
            // Correctly rounded only where both are exact.
            if b == IBig::ZERO || bits(&a) > 53 || bits(&b) > 53 {
                return None;
            }
            Const::Float(i64::try_from(&a).ok()? as f64 / i64::try_from(&b).ok()? as f64)
        }
        Operator::FloorDiv | Operator::Mod => {
            if b == IBig::ZERO {
                return None;
            }
            let (mut quotient, mut rest) = (&a / &b, &a % &b);
            if rest != IBig::ZERO && negative(&rest) != negative(&b) {
                quotient -= IBig::ONE;
                rest += b;
            }
            int(if op == Operator::FloorDiv { quotient } else { rest })
        }
        Operator::Pow => {
            let exponent = usize::try_from(&b).ok()?;
            if bits(&a).saturating_mul(exponent) > MAX_INT_BITS && a != IBig::ZERO && a != IBig::ONE {
                return None;
            }
            int(a.pow(exponent))
        }
        Operator::LShift => {
            let count = usize::try_from(&b).ok()?;
            if a != IBig::ZERO && bits(&a).saturating_add(count) > MAX_INT_BITS {
                return None;
            }
            if a == IBig::ZERO { Const::Int(0) } else { int(a << count) }
        }
        Operator::RShift => {
            if negative(&b) {
                return None;
            }
            let below = if negative(&a) { -IBig::ONE } else { IBig::ZERO };
            match usize::try_from(&b) {
                Ok(count) if count <= bits(&a) => int(a >> count),
                _ => int(below),
            }
        }
        Operator::BitAnd => int(a & b),
        Operator::BitOr => int(a | b),
        Operator::BitXor => int(a ^ b),
        Operator::MatMult => return None,
    })
}

fn dashu_bits(value: &IBig) -> usize {
    use dashu_int::ops::BitTest;
    let (_, magnitude): (_, UBig) = value.clone().into_parts();
    magnitude.bit_len()
}

fn as_float(value: &Const) -> Option<f64> {
    match value {
        Const::Float(value) => Some(*value),
        Const::Bool(value) => Some(*value as u8 as f64),
        // Larger ones are rounded, or overflow.
        Const::Int(value) if value.unsigned_abs() <= 1 << 53 => Some(*value as f64),
        _ => None,
    }
}

fn floats(op: Operator, a: f64, b: f64) -> Option<Const> {
    Some(Const::Float(match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        // The rest is better left to the one place that does it right.
        _ => return None,
    }))
}

fn complexes(op: Operator, left: &Const, right: &Const) -> Option<Const> {
    let (a, b) = match (op, left, right) {
        (Operator::Add, Const::Complex(a, b), Const::Complex(c, d)) => (a + c, b + d),
        (Operator::Sub, Const::Complex(a, b), Const::Complex(c, d)) => (a - c, b - d),
        (Operator::Add, Const::Complex(a, b), real) | (Operator::Add, real, Const::Complex(a, b)) => {
            (a + as_float(real)?, *b)
        }
        (Operator::Sub, Const::Complex(a, b), real) => (a - as_float(real)?, *b),
        (Operator::Sub, real, Const::Complex(a, b)) => (as_float(real)? - a, -b),
        _ => return None,
    };
    Some(Const::Complex(a, b))
}

fn repeated(many: &Const, count: i64) -> Option<Const> {
    let count = usize::try_from(count.max(0)).ok()?;
    let fits = |len: usize, limit: usize| len == 0 || count <= limit / len;
    match many {
        Const::Str(text) if fits(text.len(), MAX_TEXT) => Some(Const::Str(text.repeat(count).into())),
        Const::Bytes(bytes) if fits(bytes.len(), MAX_TEXT) => Some(Const::Bytes(bytes.repeat(count).into())),
        Const::Tuple(items) if fits(items.len(), MAX_TUPLE) && fits(items_within(many), MAX_ITEMS) => {
            Some(Const::Tuple(std::iter::repeat_n(items.iter(), count).flatten().cloned().collect()))
        }
        _ => None,
    }
}

fn items_within(value: &Const) -> usize {
    match value {
        Const::Tuple(items) | Const::FrozenSet(items) => 1 + items.iter().map(items_within).sum::<usize>(),
        _ => 1,
    }
}

/// The result of a subscription.
pub fn subscript(value: &Const, index: &Const) -> Option<Const> {
    let at = |len: usize| {
        let index = match index {
            Const::Int(index) => *index,
            Const::Bool(index) => *index as i64,
            _ => return None,
        };
        let index = if index < 0 { index + len as i64 } else { index };
        usize::try_from(index).ok().filter(|index| *index < len)
    };
    match value {
        Const::Tuple(items) => items.get(at(items.len())?).cloned(),
        Const::Bytes(bytes) => bytes.get(at(bytes.len())?).map(|byte| Const::Int(*byte as i64)),
        // Characters of other strings are not found by counting bytes.
        Const::Str(text) if text.is_ascii() => text.get(at(text.len())?).map(|byte| Const::Str([*byte].into())),
        _ => None,
    }
}
