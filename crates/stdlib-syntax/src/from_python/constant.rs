//! Constants.

use bytecode::Const;
use object::{Raised, Set, Str, Tuple, TypeId, Value, ValueExt, Vm};
use ruff_text_size::TextRange;
use syntax::ast::{self, AtomicNodeIndex, Expr, Number};

use super::{Reader, Res};

impl Reader<'_> {
    /// A `Constant`, whose kind is read already.
    pub(super) fn constant(&mut self, value: Value, kind: Option<&str>, range: TextRange) -> Res<Expr> {
        let node_index = AtomicNodeIndex::NONE;
        let constant = match constant_of(self.vm, value)? {
            Ok(constant) => constant,
            Err(wrong) => {
                let text = format!("got an invalid type in Constant: {}", self.vm.type_name(wrong));
                self.reject_as(TypeId::TypeError, text);
                Const::Ellipsis
            }
        };
        Ok(match constant {
            Const::None => ast::ExprNoneLiteral { node_index, range }.into(),
            Const::Bool(value) => ast::ExprBooleanLiteral { node_index, range, value }.into(),
            Const::Ellipsis => ast::ExprEllipsisLiteral { node_index, range }.into(),
            Const::Int(value) if value >= 0 => {
                let value = Number::Int((value as u64).into());
                ast::ExprNumberLiteral { node_index, range, value }.into()
            }
            Const::Float(value) => ast::ExprNumberLiteral { node_index, range, value: Number::Float(value) }.into(),
            Const::Complex(real, imag) => {
                ast::ExprNumberLiteral { node_index, range, value: Number::Complex { real, imag } }.into()
            }
            number @ (Const::Int(_) | Const::BigInt { .. }) => {
                let node_index = self.literals.add(number);
                ast::ExprNumberLiteral { node_index, range, value: Number::Int(ast::Int::ZERO) }.into()
            }
            Const::Bytes(value) => {
                let flags = ast::BytesLiteralFlags::empty();
                let part = ast::BytesLiteral { node_index: AtomicNodeIndex::NONE, range, value, flags };
                ast::ExprBytesLiteral { node_index, range, value: ast::BytesLiteralValue::single(part) }.into()
            }
            Const::Str(text) => {
                let mut flags = ast::StringLiteralFlags::empty();
                if kind == Some("u") {
                    flags = flags.with_prefix(ast::str_prefix::StringLiteralPrefix::Unicode);
                }
                let (value, node_index) = self.text(text);
                let part = ast::StringLiteral { node_index: AtomicNodeIndex::NONE, range, value, flags };
                ast::ExprStringLiteral { node_index, range, value: ast::StringLiteralValue::single(part) }.into()
            }
            other => self.stand_in(range, other),
        })
    }

    /// The text for a node, and the index under which the exact one is kept where that holds surrogates.
    pub(super) fn text(&mut self, text: Box<[u8]>) -> (Box<str>, AtomicNodeIndex) {
        match String::from_utf8(text.into_vec()) {
            Ok(text) => (text.into(), AtomicNodeIndex::NONE),
            Err(error) => {
                let lossy = String::from_utf8_lossy(error.as_bytes()).into();
                (lossy, self.literals.add(Const::Str(error.into_bytes().into())))
            }
        }
    }
}

/// The constant of a value, or the value within it that no constant can have.
pub(super) fn constant_of(vm: &Vm, value: Value) -> Result<Result<Const, Value>, Raised> {
    if value.is_none() {
        return Ok(Ok(Const::None));
    }
    if value.is_bool() {
        return Ok(Ok(Const::Bool(value == Value::TRUE)));
    }
    if value == Value::ELLIPSIS {
        return Ok(Ok(Const::Ellipsis));
    }
    let exactly = |class| vm.is_exactly(value, class);
    let constant = if let Some(int) = vm.as_int(value).filter(|_| exactly(TypeId::Int)) {
        match int.to_i64() {
            Some(int) => Some(Const::Int(int)),
            None => {
                let negative = int.is_negative();
                let magnitude = int.to_big().into_parts().1.to_le_bytes().into_vec();
                Some(Const::BigInt { negative, magnitude })
            }
        }
    } else if let Some(float) = vm.as_float(value).filter(|_| exactly(TypeId::Float)) {
        Some(Const::Float(float))
    } else if let Some((real, imag)) = vm.as_complex(value).filter(|_| exactly(TypeId::Complex)) {
        Some(Const::Complex(real, imag))
    } else if let Some(text) = value.cast::<Str>().filter(|_| exactly(TypeId::Str)) {
        Some(Const::Str(text.as_bytes().into()))
    } else {
        let bytes = vm.as_bytes(value).filter(|_| exactly(TypeId::Bytes));
        bytes.map(|bytes| Const::Bytes(bytes.as_slice().into()))
    };
    if let Some(constant) = constant {
        return Ok(Ok(constant));
    }
    let members = if let Some(tuple) = value.cast::<Tuple>().filter(|_| exactly(TypeId::Tuple)) {
        tuple
    } else if exactly(TypeId::FrozenSet)
        && let Some(set) = value.cast::<Set>()
    {
        let list = vm.list(&[]);
        for member in set.iter() {
            list.push(vm, member);
        }
        vm.tuple(list.items())
    } else {
        return Ok(Err(value));
    };
    vm.enter_native_for("during compilation")?;
    let mut constants = Vec::with_capacity(members.len());
    for &member in members.items() {
        match constant_of(vm, member)? {
            Ok(constant) => constants.push(constant),
            Err(wrong) => return Ok(Err(wrong)),
        }
    }
    let constants = constants.into_boxed_slice();
    Ok(Ok(if exactly(TypeId::Tuple) { Const::Tuple(constants) } else { Const::FrozenSet(constants) }))
}
