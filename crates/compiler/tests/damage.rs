//! Damaged code units: whatever is done to what the compiler made, it is refused or read without a panic.

use bytecode::{CodeUnit, Const, decode, disassemble, encode, verify};

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Code units of all kinds of programs.
fn units() -> Vec<CodeUnit> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let sources = paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "py"));
    sources
        .map(|path| {
            let source = std::fs::read_to_string(path).unwrap();
            let parsed = syntax::parse(&source, &syntax::ParseOptions::default()).unwrap();
            compiler::compile(&parsed, &compiler::CompileOptions::default()).unwrap().0
        })
        .collect()
}

fn look_at(unit: &CodeUnit) {
    if verify(unit).is_ok() {
        let _ = disassemble(unit);
    }
}

#[test]
fn damaged_bytes_are_harmless() {
    let mut random = Random(1);
    for unit in units() {
        let bytes = encode(&unit);
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + random.below(4) {
                let at = random.below(damaged.len());
                match random.below(4) {
                    0 => damaged[at] = random.below(256) as u8,
                    1 => damaged[at] ^= 1 << random.below(8),
                    2 => drop(damaged.splice(at..at, [random.below(256) as u8])),
                    _ => drop(damaged.remove(at)),
                }
            }
            if let Ok(unit) = decode(&damaged) {
                look_at(&unit);
            }
        }
    }
}

/// Changes an instruction or a handler of a unit or of one that is nested in it.
fn change(unit: &mut CodeUnit, random: &mut Random) {
    let nested: Vec<usize> = (0..unit.consts.len()).filter(|at| matches!(unit.consts[*at], Const::Code(_))).collect();
    if !nested.is_empty()
        && random.below(4) > 0
        && let Const::Code(inner) = &mut unit.consts[nested[random.below(nested.len())]]
    {
        return change(inner, random);
    }
    let operand = |random: &mut Random| match random.below(3) {
        0 => random.below(12) as u16,
        1 => 0xFFFF - random.below(3) as u16,
        _ => random.below(0x1_0000) as u16,
    };
    let count = unit.code.len();
    let other = unit.code[random.below(count)];
    let instr = &mut unit.code[random.below(count)];
    match random.below(7) {
        0 => instr.op = random.below(bytecode::Op::COUNT) as u8,
        1 => instr.flags = random.below(40) as u8,
        2 => instr.a = operand(random),
        3 => instr.b = operand(random),
        4 => instr.c = operand(random),
        5 => *instr = other,
        _ => {
            if let Some(entry) = unit.exceptions.first_mut() {
                entry.reg = operand(random);
                entry.target = random.below(count + 1) as u32;
            }
        }
    }
}

#[test]
fn changed_instructions_are_harmless() {
    let mut random = Random(2);
    for unit in units() {
        assert_eq!(verify(&unit), Ok(()));
        for _ in 0..200 {
            let mut changed = unit.clone();
            for _ in 0..1 + random.below(3) {
                change(&mut changed, &mut random);
            }
            look_at(&changed);
        }
    }
}
