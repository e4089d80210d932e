//! Constants: from literals, and pooled without doubles.

use std::hash::Hasher;

use bytecode::Const;
use dashu_int::{IBig, Sign, UBig};
use syntax::ast::{self, Expr, Number};

use crate::names::{FastHasher, FastMap};
use crate::source::Source;

/// The constants of a code unit. Two are one if no program can tell them apart: `0.0`, `-0.0`, `0` and `False` are
/// four.
#[derive(Default)]
pub struct ConstPool {
    values: Vec<Const>,
    /// For a hash the last constant that has it.
    latest: FastMap<u64, u32>,
    /// For each constant the one before with the same hash.
    before: Vec<Option<u32>>,
}

impl ConstPool {
    /// The index of a constant.
    pub fn index(&mut self, value: Const) -> u32 {
        let mut hasher = FastHasher::default();
        let sharable = hash(&value, &mut hasher);
        let hash = hasher.finish();
        let mut next = if sharable { self.latest.get(&hash).copied() } else { None };
        while let Some(at) = next {
            if same(&self.values[at as usize], &value) {
                return at;
            }
            next = self.before[at as usize];
        }
        let at = self.values.len() as u32;
        self.values.push(value);
        self.before.push(if sharable { self.latest.insert(hash, at) } else { None });
        at
    }

    /// All constants.
    pub fn into_values(self) -> Vec<Const> {
        self.values
    }
}

/// Hashes a constant; false if it is never shared (code).
fn hash(value: &Const, hasher: &mut FastHasher) -> bool {
    let mut all = |items: &[Const]| {
        hasher.write_usize(items.len());
        items.iter().all(|item| hash(item, hasher))
    };
    match value {
        Const::None => hasher.write_u8(1),
        Const::Bool(value) => hasher.write_u8(2 + *value as u8),
        Const::Ellipsis => hasher.write_u8(4),
        Const::Int(value) => hasher.write_u64(*value as u64),
        Const::BigInt { magnitude, .. } => hasher.write(magnitude),
        Const::Float(value) => hasher.write_u64(value.to_bits()),
        Const::Complex(real, imag) => {
            hasher.write_u64(real.to_bits());
            hasher.write_u64(imag.to_bits());
        }
        Const::Str(text) => hasher.write(text),
        Const::Bytes(bytes) => {
            hasher.write_u8(5);
            hasher.write(bytes);
        }
        Const::Tuple(items) => return all(items),
        Const::FrozenSet(items) => return all(items),
        Const::Slice(parts) => return all(&parts[..]),
        Const::Code(_) => return false,
    }
    true
}

fn same(a: &Const, b: &Const) -> bool {
    let all = |a: &[Const], b: &[Const]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
        (Const::Complex(a, b), Const::Complex(c, d)) => a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits(),
        (Const::Tuple(a), Const::Tuple(b)) | (Const::FrozenSet(a), Const::FrozenSet(b)) => all(a, b),
        (Const::Slice(a), Const::Slice(b)) => all(&a[..], &b[..]),
        (Const::Code(_), Const::Code(_)) => false,
        _ => a == b,
    }
}

/// Makes an int constant.
pub fn int(value: IBig) -> Const {
    match i64::try_from(&value) {
        Ok(small) => Const::Int(small),
        Err(_) => {
            let (sign, magnitude) = value.into_parts();
            Const::BigInt { negative: sign == Sign::Negative, magnitude: magnitude.to_le_bytes().into() }
        }
    }
}

/// The value of an int or bool constant.
pub fn as_int(value: &Const) -> Option<IBig> {
    match value {
        Const::Int(value) => Some(IBig::from(*value)),
        Const::Bool(value) => Some(IBig::from(*value as u8)),
        Const::BigInt { negative, magnitude } => {
            let value = IBig::from(UBig::from_le_bytes(magnitude));
            Some(if *negative { -value } else { value })
        }
        _ => None,
    }
}

/// The constant that a number literal stands for.
pub fn number(literal: &Number) -> Const {
    match literal {
        Number::Int(value) => match value.as_u64() {
            Some(small) => int(IBig::from(small)),
            None => {
                let text = value.to_string().replace('_', "").to_ascii_lowercase();
                let (digits, radix) = match text.get(..2) {
                    Some("0x") => (&text[2..], 16),
                    Some("0o") => (&text[2..], 8),
                    Some("0b") => (&text[2..], 2),
                    _ => (&text[..], 10),
                };
                int(IBig::from_str_radix(digits, radix).unwrap_or(IBig::ZERO))
            }
        },
        Number::Float(value) => Const::Float(*value),
        Number::Complex { real, imag } => Const::Complex(*real, *imag),
    }
}

/// The constant that a literal stands for.
pub fn literal(expr: &Expr, source: &Source) -> Option<Const> {
    Some(match expr {
        Expr::NumberLiteral(node) => match source.kept(&node.node_index) {
            Some(kept) => kept.clone(),
            None => number(&node.value),
        },
        Expr::StringLiteral(node) => Const::Str(source.string(node).into()),
        Expr::BytesLiteral(node) => Const::Bytes(bytes(node)),
        Expr::BooleanLiteral(node) => Const::Bool(node.value),
        Expr::NoneLiteral(_) => Const::None,
        Expr::EllipsisLiteral(node) => source.kept(&node.node_index).cloned().unwrap_or(Const::Ellipsis),
        _ => return None,
    })
}

fn bytes(node: &ast::ExprBytesLiteral) -> Box<[u8]> {
    match node.value.as_slice() {
        [part] => part.value.clone(),
        parts => parts.iter().flat_map(|part| part.value.iter().copied()).collect(),
    }
}

/// The expression that a constant is written as.
pub fn repr(value: &Const) -> String {
    let list = |items: &[Const]| items.iter().map(repr).collect::<Vec<_>>().join(", ");
    let float = |text: String| text.replace("inf", "1e309");
    match value {
        Const::None | Const::Code(_) => "None".to_owned(),
        Const::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Const::Ellipsis => "...".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::BigInt { .. } => as_int(value).map_or_else(String::new, |value| value.to_string()),
        Const::Float(value) => float(base::number::float_repr(*value)),
        Const::Complex(real, imag) => float(base::number::complex_repr(*real, *imag)),
        Const::Str(text) => {
            let mut out = base::text::Wtf8Buf::default();
            if let Some(text) = base::text::Wtf8::from_bytes(text) {
                base::escape::push_str_repr(&mut out, text);
            }
            out.into_string().unwrap_or_default()
        }
        Const::Bytes(bytes) => base::escape::bytes_repr(bytes),
        Const::Tuple(items) if items.len() == 1 => format!("({},)", list(items)),
        Const::Tuple(items) => format!("({})", list(items)),
        Const::FrozenSet(items) if items.is_empty() => "frozenset()".to_owned(),
        Const::FrozenSet(items) => format!("frozenset({{{}}})", list(items)),
        Const::Slice(parts) => format!("slice({})", list(&parts[..])),
    }
}

/// A string constant.
pub fn string(text: &str) -> Const {
    Const::Str(text.as_bytes().into())
}
