//! Encoding and verifying: what was encoded comes back, and damaged data is refused or harmless.

use bytecode::{
    CodeFlags, CodeUnit, Const, DecodeError, ExceptionEntry, Instr, LineTable, LocalKind, Op, Position, decode,
    disassemble, encode, verify,
};

fn lines(count: usize) -> LineTable {
    LineTable::from_positions(&vec![Position { line: 1, end_line: 1, col: 0, end_col: 4 }; count])
}

fn unit(code: Vec<Instr>) -> CodeUnit {
    let lines = lines(code.len());
    CodeUnit {
        name: "f".into(),
        qualname: "f".into(),
        filename: "x.py".into(),
        registers: 4,
        code,
        lines,
        ..Default::default()
    }
}

/// A unit with one of everything.
fn example() -> CodeUnit {
    let inner = CodeUnit {
        qualname: "f.<locals>.g".into(),
        locals: vec!["cell".into()],
        local_kinds: vec![LocalKind::Free],
        ..unit(vec![
            Instr::abc(Op::CopyFreeVars, 0, 0, 1, 0),
            Instr::abc(Op::LoadDeref, 0, 1, 0, 0),
            Instr::abc(Op::Return, 0, 1, 0, 0),
        ])
    };
    CodeUnit {
        first_line: 7,
        flags: CodeFlags(3),
        argcount: 1,
        locals: vec!["a".into(), "b".into()],
        local_kinds: vec![LocalKind::Local, LocalKind::Local],
        cache_sites: 1,
        consts: vec![
            Const::None,
            Const::Bool(true),
            Const::Bool(false),
            Const::Ellipsis,
            Const::Int(i64::MIN),
            Const::Int(i64::MAX),
            Const::BigInt { negative: true, magnitude: vec![0, 0, 0, 0, 0, 0, 0, 0, 1] },
            Const::Float(-0.0),
            Const::Complex(1.5, f64::INFINITY),
            Const::Str("\u{e9}".as_bytes().into()),
            Const::Str([0xED, 0xA0, 0x80].into()),
            Const::Bytes([0, 255].into()),
            Const::Tuple([Const::Int(1), Const::Tuple([].into())].into()),
            Const::FrozenSet([Const::Int(2)].into()),
            Const::Slice(Box::new([Const::None, Const::Int(3), Const::None])),
            Const::Code(Box::new(inner)),
        ],
        names: vec!["print".into()],
        exceptions: vec![ExceptionEntry { start: 0, end: 2, target: 4, reg: 3 }],
        ..unit(vec![
            Instr::abc(Op::LoadGlobal, 0, 2, 0, 0),
            Instr::wide(Op::Cache, 0, 0, 0),
            Instr::wide(Op::LoadConst, 0, 3, 9),
            Instr::abc(Op::Return, 0, 3, 0, 0),
            Instr::abc(Op::Reraise, 0, 3, 0, 0),
        ])
    }
}

#[test]
fn what_goes_in_comes_out() {
    let unit = example();
    let bytes = encode(&unit);
    assert_eq!(decode(&bytes).as_ref(), Ok(&unit));
    assert_eq!(encode(&decode(&bytes).unwrap()), bytes);
    assert_eq!(verify(&unit), Ok(()));
}

#[test]
fn truncated_data_is_refused() {
    let bytes = encode(&example());
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "{end}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(decode(&longer).is_err());
    assert!(matches!(decode(&[99]), Err(DecodeError::Version(99))));
}

/// Every byte replaced by several others: nothing panics, neither the decoder nor the verifier nor the disassembler.
#[test]
fn damaged_data_is_harmless() {
    let bytes = encode(&example());
    for at in 0..bytes.len() {
        for value in [0, 1, 2, 7, 0x7F, 0x80, 0xFE, 0xFF, bytes[at] ^ 1, bytes[at] ^ 0x40] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            if let Ok(unit) = decode(&damaged) {
                let _ = verify(&unit);
                let _ = disassemble(&unit);
            }
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let mut unit = unit(vec![Instr::wide(Op::LoadInt, 0, 0, 1), Instr::abc(Op::Return, 0, 0, 0, 0)]);
    for _ in 0..2000 {
        unit = CodeUnit {
            consts: vec![Const::Code(Box::new(unit))],
            ..self::unit(vec![Instr::wide(Op::LoadInt, 0, 0, 1), Instr::abc(Op::Return, 0, 0, 0, 0)])
        };
    }
    assert!(verify(&unit).is_err());
    assert!(decode(&encode(&unit)).is_err());
}

fn refused(code: Vec<Instr>) -> &'static str {
    verify(&unit(code)).expect_err("refused").what
}

#[test]
fn wrong_code_is_refused() {
    let ret = Instr::abc(Op::Return, 0, 0, 0, 0);
    let one = Instr::wide(Op::LoadInt, 0, 0, 1);
    assert_eq!(verify(&unit(vec![one, ret])), Ok(()));
    assert_eq!(refused(vec![]), "control falls off the end");
    assert_eq!(refused(vec![one]), "control falls off the end");
    assert_eq!(refused(vec![ret]), "a register is read that may hold nothing");
    assert_eq!(refused(vec![Instr { op: 255, ..one }, ret]), "unknown operation");
    assert_eq!(refused(vec![Instr::wide(Op::Cache, 0, 0, 0), one, ret]), "a cache word without its instruction");
    assert_eq!(refused(vec![Instr::wide(Op::LoadInt, 0, 9, 1), one, ret]), "register out of range");
    assert_eq!(refused(vec![Instr::wide(Op::LoadConst, 0, 0, 0), ret]), "constant out of range");
    assert_eq!(refused(vec![one, Instr::wide(Op::Jump, 0, 0, 7)]), "a jump to nowhere");
    assert_eq!(refused(vec![one, Instr::abc(Op::LoadAttr, 0, 0, 0, 0), ret]), "a cache word is missing");
    assert_eq!(refused(vec![one, Instr::abc(Op::LoadDeref, 0, 0, 0, 0), ret]), "a cell without a name");
    assert_eq!(refused(vec![one, Instr::abc(Op::ListAppend, 0, 0, 0, 0), ret]), "no list");
    assert_eq!(
        refused(vec![one, Instr::abc(Op::Yield, 0, 0, 0, 0xFFFF), ret]),
        "an instruction that does not belong here"
    );
    assert_eq!(refused(vec![one, Instr::abc(Op::Binary, 26, 0, 0, 0), ret]), "flags out of range");
    // One path writes the register, the other does not.
    let skip = Instr::wide(Op::JumpIfTrue, 0, 0, 3);
    let write = Instr::wide(Op::LoadInt, 0, 1, 1);
    let read = Instr::abc(Op::Return, 0, 1, 0, 0);
    assert_eq!(refused(vec![one, skip, write, read]), "a register is read that may hold nothing");
    // A call hands its registers over.
    let call = Instr::abc(Op::Call, 1, 0, 1, 0);
    let keep = Instr::wide(Op::LoadInt, 0, 2, 1);
    let late = Instr::abc(Op::Return, 0, 2, 0, 0);
    assert_eq!(refused(vec![write, keep, call, late]), "a register is read that may hold nothing");
    assert_eq!(verify(&unit(vec![write, keep, call, ret])), Ok(()));
}

/// A loop whose item register is read behind it, though the loop may not have run.
#[test]
fn the_item_of_an_empty_loop_is_unbound() {
    let code = |tail: Vec<Instr>| {
        let mut code = vec![
            Instr::wide(Op::LoadInt, 0, 0, 1),
            Instr::abc(Op::ForPrep, 0, 1, 0, 0),
            Instr::abc(Op::ForIter, 0, 3, 1, 0),
            Instr::wide(Op::Jump, 0, 0, 5),
            Instr::wide(Op::JumpBack, 0, 0, 2),
        ];
        code.extend(tail);
        unit(code)
    };
    let read = Instr::abc(Op::Return, 0, 3, 0, 0);
    assert!(verify(&code(vec![read])).is_err());
    assert_eq!(verify(&code(vec![Instr::abc(Op::Return, 0, 0, 0, 0)])), Ok(()));
}

#[test]
fn liveness_knows_what_is_still_needed() {
    let unit = unit(vec![
        Instr::wide(Op::LoadInt, 0, 0, 1),
        Instr::wide(Op::LoadInt, 0, 1, 2),
        Instr::abc(Op::Call, 1, 2, 1, 0),
        Instr::abc(Op::Binary, 0, 2, 2, 0),
        Instr::abc(Op::Return, 0, 2, 0, 0),
    ]);
    let liveness = bytecode::Liveness::new(&unit);
    let live = |at| liveness.live_before(&unit, at).iter().collect::<Vec<_>>();
    assert_eq!(live(0), []);
    assert_eq!(live(1), [0]);
    assert_eq!(live(2), [0, 1]);
    assert_eq!(live(3), [0, 2]);
    assert_eq!(live(4), [2]);
}

/// What a handler needs is live wherever an exception can go there.
#[test]
fn liveness_follows_exceptions() {
    let unit = CodeUnit {
        exceptions: vec![ExceptionEntry { start: 1, end: 2, target: 3, reg: 3 }],
        ..unit(vec![
            Instr::wide(Op::LoadInt, 0, 0, 1),
            Instr::abc(Op::Not, 0, 1, 0, 0),
            Instr::abc(Op::Return, 0, 1, 0, 0),
            Instr::abc(Op::Binary, 0, 0, 0, 3),
            Instr::abc(Op::Return, 0, 0, 0, 0),
        ])
    };
    let liveness = bytecode::Liveness::new(&unit);
    assert_eq!(liveness.live_before(&unit, 1).iter().collect::<Vec<_>>(), [0]);
    assert_eq!(liveness.live_before(&unit, 2).iter().collect::<Vec<_>>(), [1]);
    assert!(liveness.live_before(&unit, 3).contains(3));
}
