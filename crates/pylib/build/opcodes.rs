//! `_opcode_metadata.py`, from the instruction table: what `opcode` and `dis` know.

use bytecode::{
    BinaryOperator, CompareOperator, Intrinsic1, Intrinsic2, Op, OpInfo, Range, SpecialMethod, UnaryOperator,
};
use std::fmt::Write;

/// Where the module lies in the library.
pub const PATH: &str = "_opcode_metadata.py";

fn infos() -> impl Iterator<Item = &'static OpInfo> {
    (0..Op::COUNT).filter_map(|number| Op::from_u8(number as u8)).map(Op::info)
}

/// The texts that the flags of an operation stand for.
fn flag_texts(op: Op) -> Option<Vec<&'static str>> {
    Some(match op {
        Op::Binary | Op::BinaryInt => BinaryOperator::ALL.iter().map(|item| item.text()).collect(),
        Op::Unary => UnaryOperator::ALL.iter().map(|item| item.text()).collect(),
        Op::Compare | Op::CompareInt => CompareOperator::ALL.iter().map(|item| item.text()).collect(),
        Op::LoadSpecial => SpecialMethod::ALL.iter().map(|item| item.text()).collect(),
        Op::Intrinsic1 => Intrinsic1::ALL.iter().map(|item| item.text()).collect(),
        Op::Intrinsic2 => Intrinsic2::ALL.iter().map(|item| item.text()).collect(),
        _ => return None,
    })
}

/// The number of registers in a range, where the range has a fixed one.
fn count(range: Range) -> u8 {
    match range {
        Range::ReadFixed(count) | Range::ReadFixedC(count) | Range::WriteFixed(count) => count,
        _ => 0,
    }
}

/// The text of the module.
pub fn metadata() -> String {
    let mut out = String::from(
        "# Taipan's instructions, from the table in crates/bytecode/src/op.rs.\n\n\
         _specializations = {}\n_specialized_opmap = {}\nHAVE_ARGUMENT = 0\nMIN_INSTRUMENTED_OPCODE = 256\n\nopmap = {\n",
    );
    for info in infos() {
        let _ = writeln!(out, "    {:?}: {},", info.name.to_uppercase(), info.op as u8);
    }
    out += "}\n\n# Uses of a, b, c; the range of registers used besides, and its length; is there a cache word?\noperands = [\n";
    for info in infos() {
        let [a, b, c] = info.operands;
        let name = format!("{:?}", info.range);
        let name = name.split('(').next().unwrap_or_default();
        let cached = if info.has_cache { "True" } else { "False" };
        let _ = writeln!(out, "    ('{a:?}', '{b:?}', '{c:?}', '{name}', {}, {cached}),", count(info.range));
    }
    out += "]\n\n# What flags mean, where they are an enumeration.\nflag_texts = {\n";
    for info in infos() {
        if let Some(texts) = flag_texts(info.op) {
            let _ = writeln!(out, "    {}: {texts:?},", info.op as u8);
        }
    }
    out += "}\n\ndocs = [\n";
    for info in infos() {
        let _ = writeln!(out, "    {:?},", info.doc);
    }
    out + "]\n"
}
