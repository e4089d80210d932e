//! Specialised operations: what the dispatch loop makes of instructions when it first runs them. An instruction is
//! rewritten in its `op` alone; operands, flags and the cache stay, so the operation of the table can always be run again.

use bytecode::{BinaryOperator, CompareOperator, Instr, Op};

macro_rules! define_operations {
    ($($name:ident = $text:literal, $a:ident, $b:ident, $c:ident, $range:ident $(($n:literal))?, $cached:ident, $effect:ident, $doc:literal;)*) => {
        with_special! { [$($name)*] }
    };
}

/// Specialised operations: name, the operation of the table, documentation.
macro_rules! with_special {
    ([$($name:ident)*]) => {
        with_special! { @define [$($name)*]
            Add Binary, Subtract Binary, Multiply Binary, TrueDivide Binary, FloorDivide Binary, Remainder Binary, And Binary,
            Or Binary, Xor Binary, Lshift Binary, Rshift Binary,
            AddInt BinaryInt, SubtractInt BinaryInt, MultiplyInt BinaryInt, FloorDivideInt BinaryInt, RemainderInt BinaryInt,
            AndInt BinaryInt, LshiftInt BinaryInt, RshiftInt BinaryInt,
            Lt Compare, Le Compare, Eq Compare, Ne Compare, Gt Compare, Ge Compare,
            LtInt CompareInt, LeInt CompareInt, EqInt CompareInt, NeInt CompareInt, GtInt CompareInt, GeInt CompareInt,
        }
    };
    (@define [$($name:ident)*] $($special:ident $generic:ident,)*) => {
        /// The operations that the dispatch loop knows: those of the table, with their numbers, and the specialised ones.
        // Those of the table come to life by their numbers.
        #[allow(dead_code)]
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Operation {
            $($name,)*
            $($special,)*
        }

        const GENERIC: &[Op] = &[$(Op::$generic),*];
    };
}
bytecode::for_each_op!(define_operations);

/// The operation of the table that an instruction was made from.
pub fn generic_op(op: u8) -> u8 {
    match (op as usize).checked_sub(Op::COUNT) {
        Some(special) => GENERIC.get(special).map_or(op, |generic| *generic as u8),
        None => op,
    }
}

/// The specialised operation of an operator, if it has one.
pub(crate) fn specialise(instr: Instr) -> Option<Operation> {
    use Operation as O;
    let int = instr.op == Op::BinaryInt as u8 || instr.op == Op::CompareInt as u8;
    let pick = |plain: O, with_int: Option<O>| if int { with_int } else { Some(plain) };
    if instr.op == Op::Compare as u8 || instr.op == Op::CompareInt as u8 {
        return match CompareOperator::from_u8(instr.flags)? {
            CompareOperator::Lt => pick(O::Lt, Some(O::LtInt)),
            CompareOperator::Le => pick(O::Le, Some(O::LeInt)),
            CompareOperator::Eq => pick(O::Eq, Some(O::EqInt)),
            CompareOperator::Ne => pick(O::Ne, Some(O::NeInt)),
            CompareOperator::Gt => pick(O::Gt, Some(O::GtInt)),
            CompareOperator::Ge => pick(O::Ge, Some(O::GeInt)),
        };
    }
    use BinaryOperator as B;
    match B::from_u8(instr.flags)? {
        B::Add | B::InplaceAdd => pick(O::Add, Some(O::AddInt)),
        B::Subtract | B::InplaceSubtract => pick(O::Subtract, Some(O::SubtractInt)),
        B::Multiply | B::InplaceMultiply => pick(O::Multiply, Some(O::MultiplyInt)),
        B::TrueDivide | B::InplaceTrueDivide => pick(O::TrueDivide, None),
        B::FloorDivide | B::InplaceFloorDivide => pick(O::FloorDivide, Some(O::FloorDivideInt)),
        B::Remainder | B::InplaceRemainder => pick(O::Remainder, Some(O::RemainderInt)),
        B::And | B::InplaceAnd => pick(O::And, Some(O::AndInt)),
        B::Or | B::InplaceOr => pick(O::Or, None),
        B::Xor | B::InplaceXor => pick(O::Xor, None),
        B::Lshift | B::InplaceLshift => pick(O::Lshift, Some(O::LshiftInt)),
        B::Rshift | B::InplaceRshift => pick(O::Rshift, Some(O::RshiftInt)),
        B::MatrixMultiply | B::InplaceMatrixMultiply | B::Power | B::InplacePower => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specialised_operations_lead_back() {
        for operator in BinaryOperator::ALL {
            for op in [Op::Binary, Op::BinaryInt] {
                if let Some(special) = specialise(Instr::abc(op, *operator as u8, 0, 0, 0)) {
                    assert_eq!(generic_op(special as u8), op as u8);
                }
            }
        }
        for operator in CompareOperator::ALL {
            for op in [Op::Compare, Op::CompareInt] {
                let special = specialise(Instr::abc(op, *operator as u8, 0, 0, 0)).map(|special| special as u8);
                assert_eq!(special.map(generic_op), Some(op as u8));
            }
        }
        assert_eq!(Operation::Nop as u8, Op::Nop as u8);
    }
}
