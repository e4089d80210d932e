//! `code`
//!
//! Offsets that Python sees (`f_lasti`, `tb_lasti`, `co_lines`) count two for each instruction, and two for the start of a
//! call in front of them (where CPython has an instruction): `co_positions` then has one entry for each, which is what
//! the traceback module divides by.

use super::code_new;
use crate::descriptors::{getter, member};
use crate::object::address;
use ::object::slots::R;
use ::object::{Code, GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, ValueExt, Vm, natives};
use bytecode::{CodeFlags, CompareOperator, LocalKind, Position, site};

natives! {
    static METHODS: {
        /// Iterate over ranges of instructions and their lines: (start, end, line or None).
        "co_lines($self, /)" => co_lines;
        /// Iterate over the positions of instructions: (line, end line, column, end column).
        "co_positions($self, /)" => co_positions;
        /// Iterate over the branches: (source, not taken, taken).
        "co_branches($self, /)" => co_branches;
        /// The name of the variable of a number.
        "_varname_from_oparg($self, /, oparg)" => varname;
        /// A copy with some fields replaced.
        "replace($self, /, **changes)" => code_new::replace;
        /// The same as replace().
        "__replace__($self, /, **changes)" => code_new::replace;
        /// The size of the code object in memory, in bytes.
        "__sizeof__($self, /)" => sizeof;
    }
}

/// `code`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Code),
    name: "code",
    kind: Kind::CODE,
    flags: ::object::type_flags::WEAKREF,
    doc: "A code object: what the compiler makes of a module, function or class body.",
    slots: &[Slot::repr(repr), Slot::compare(compare), Slot::hash(hash)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&code_new::NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("co_argcount", |vm, this| Ok(vm.int(code(vm, this)?.unit().argcount as i64))),
    member("co_posonlyargcount", |vm, this| Ok(vm.int(code(vm, this)?.unit().posonlyargcount as i64))),
    member("co_kwonlyargcount", |vm, this| Ok(vm.int(code(vm, this)?.unit().kwonlyargcount as i64))),
    member("co_stacksize", |vm, this| Ok(vm.int(code(vm, this)?.unit().registers as i64))),
    member("co_flags", |vm, this| Ok(vm.int(code(vm, this)?.flags().0 as i64))),
    member("co_nlocals", |vm, this| {
        let code = code(vm, this)?;
        Ok(vm.int_usize((0..code.locals().len()).filter(|&index| is_varname(code, index)).count()))
    }),
    member("co_consts", |vm, this| Ok(vm.tuple(code(vm, this)?.consts()).value())),
    member("co_names", |vm, this| Ok(vm.tuple(code(vm, this)?.names()).value())),
    member("co_filename", |vm, this| Ok(code(vm, this)?.filename.get())),
    member("co_name", |vm, this| Ok(code(vm, this)?.name.get())),
    member("co_qualname", |vm, this| Ok(code(vm, this)?.qualname.get())),
    member("co_firstlineno", |vm, this| Ok(vm.int(code(vm, this)?.unit().first_line as i64))),
    member("co_linetable", |vm, this| Ok(vm.bytes(&code(vm, this)?.unit().lines.0).value())),
    member("co_exceptiontable", |vm, this| Ok(vm.bytes(&exception_table(code(vm, this)?)).value())),
    getter("co_lnotab", |vm, _| {
        vm.warn(TypeId::DeprecationWarning, "co_lnotab is deprecated, use co_lines instead.", 1)?;
        Ok(vm.bytes(&[]).value())
    }),
    getter("_co_code_adaptive", |vm, this| Ok(vm.bytes(&instruction_bytes(code(vm, this)?)).value())),
    getter("co_varnames", |vm, this| {
        let code = code(vm, this)?;
        names(vm, code, |index| is_varname(code, index))
    }),
    getter("co_cellvars", |vm, this| {
        let code = code(vm, this)?;
        names(vm, code, |index| code.local_kind(index) == LocalKind::Cell)
    }),
    getter("co_freevars", |vm, this| {
        let code = code(vm, this)?;
        names(vm, code, |index| code.local_kind(index) == LocalKind::Free)
    }),
    getter("co_code", |vm, this| Ok(vm.bytes(&instruction_bytes(code(vm, this)?)).value())),
];

pub(super) fn code(vm: &Vm, this: Value) -> Result<Ref<Code>, Raised> {
    match this.cast::<Code>() {
        Some(code) => Ok(code),
        None => Err(vm.type_error("expected a code object")),
    }
}

/// Is a variable one of `co_varnames`: a parameter, or a local that no inner scope uses?
fn is_varname(code: Ref<Code>, index: usize) -> bool {
    match code.local_kind(index) {
        LocalKind::Local => true,
        LocalKind::Cell => index < code.params() as usize,
        LocalKind::Hidden => code.flags().has(CodeFlags::OPTIMIZED),
        LocalKind::Free => false,
    }
}

fn names(vm: &Vm, code: Ref<Code>, wanted: impl Fn(usize) -> bool) -> R {
    let all = code.locals();
    let list = vm.list(&[]);
    for (index, name) in all.items().iter().enumerate() {
        if wanted(index) {
            list.push(vm, *name);
        }
    }
    Ok(vm.tuple(list.items()).value())
}

fn instruction_bytes(code: Ref<Code>) -> Vec<u8> {
    let mut out = Vec::with_capacity(code.original().len() * 8);
    for instr in code.original() {
        out.extend_from_slice(&[instr.op, instr.flags]);
        for half in [instr.a, instr.b, instr.c] {
            out.extend_from_slice(&half.to_le_bytes());
        }
    }
    out
}

fn exception_table(code: Ref<Code>) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in &code.unit().exceptions {
        for number in [entry.start, entry.end, entry.target] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&entry.reg.to_le_bytes());
    }
    out
}

fn repr(vm: &Vm, this: Value) -> R {
    let code = code(vm, this)?;
    let text = |value: Value| value.cast::<Str>().map_or_else(String::new, |text| text.to_string_lossy());
    let (name, file) = (text(code.name.get()), text(code.filename.get()));
    let line = code.unit().first_line;
    let at = address(this);
    Ok(vm.str(&format!("<code object {name} at {at}, file \"{file}\", line {line}>")).value())
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (this.cast::<Code>(), other.cast::<Code>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let wanted = match op {
        CompareOperator::Eq => true,
        CompareOperator::Ne => false,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    Ok(Value::bool(equal(vm, a, b)? == wanted))
}

fn equal(vm: &Vm, a: Ref<Code>, b: Ref<Code>) -> Result<bool, Raised> {
    if a == b {
        return Ok(true);
    }
    vm.enter_native()?;
    let (x, y) = (a.unit(), b.unit());
    let same = x.argcount == y.argcount
        && x.posonlyargcount == y.posonlyargcount
        && x.kwonlyargcount == y.kwonlyargcount
        && x.flags == y.flags
        && x.first_line == y.first_line
        && x.local_kinds == y.local_kinds
        && x.lines == y.lines
        && x.exceptions == y.exceptions
        && a.consts().len() == b.consts().len()
        && instruction_bytes(a) == instruction_bytes(b);
    if !same || !vm.eq(a.name.get(), b.name.get())? || !vm.eq(a.locals().value(), b.locals().value())? {
        return Ok(false);
    }
    if !vm.eq(vm.tuple(a.names()).value(), vm.tuple(b.names()).value())? {
        return Ok(false);
    }
    for index in 0..a.consts().len() {
        // 1, True and 1.0 are different constants; so are 0.0 and -0.0.
        let (c, d) = (a.consts()[index], b.consts()[index]);
        if vm.type_of(c) != vm.type_of(d) || !vm.eq(c, d)? || vm.as_float(c).is_some() && !same_sign(vm, c, d) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same_sign(vm: &Vm, a: Value, b: Value) -> bool {
    vm.as_float(a).map(f64::is_sign_negative) == vm.as_float(b).map(f64::is_sign_negative)
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let code = code(vm, this)?;
    let unit = code.unit();
    let numbers = [
        vm.hash(code.name.get())?,
        vm.hash(code.locals().value())?,
        unit.argcount as i64,
        unit.kwonlyargcount as i64,
        unit.flags.0 as i64,
        unit.first_line as i64,
        code.names().len() as i64,
        code.original().len() as i64,
        vm.hash(vm.bytes(&instruction_bytes(code)).value())?,
    ];
    Ok(base::hash::hash_tuple(&numbers))
}

fn line_or_none(vm: &Vm, number: u32) -> Value {
    if number == 0 { Value::NONE } else { vm.int(number as i64) }
}

fn co_lines(vm: &Vm, [this]: &[Value; 1]) -> R {
    let code = code(vm, *this)?;
    let list = vm.list(&[]);
    let push = |start: usize, end: usize, line: Option<u32>| {
        let offset = |at: usize| vm.int(if at == 0 { 0 } else { Code::offset(at - 1) });
        let line = line.map_or(Value::NONE, |line| vm.int(line as i64));
        list.push(vm, vm.tuple(&[offset(start), offset(end), line]).value());
    };
    // The start of a call comes first. Neighbours of one line are one range.
    let (mut start, mut at, mut current) = (0usize, 1usize, Some(code.entry_line()));
    for (count, position) in code.unit().lines.runs() {
        let line = (position.line != 0).then_some(position.line);
        if current != line {
            push(start, at, current);
            (start, current) = (at, line);
        }
        at += count;
    }
    if at > 1 {
        push(start, at, current);
    }
    vm.iter(list.value())
}

fn co_positions(vm: &Vm, [this]: &[Value; 1]) -> R {
    let code = code(vm, *this)?;
    let list = vm.list_with_capacity(code.original().len() + 1);
    let line = vm.int(code.entry_line() as i64);
    let edge = if vm.config.no_debug_ranges { Value::NONE } else { vm.int(0) };
    list.push(vm, vm.tuple(&[line, line, edge, edge]).value());
    let column = |col: u32| if col == Position::NO_COLUMN { Value::NONE } else { vm.int(col as i64) };
    for (count, position) in code.unit().lines.runs() {
        let item = vm.tuple(&[
            line_or_none(vm, position.line),
            line_or_none(vm, position.end_line),
            column(position.col),
            column(position.end_col),
        ]);
        let room = (code.original().len() + 1).saturating_sub(list.len());
        for _ in 0..count.min(room) {
            list.push(vm, item.value());
        }
    }
    vm.iter(list.value())
}

/// The branches: conditional jumps go on to the left and jump to the right, loops have their body on the left.
fn co_branches(vm: &Vm, [this]: &[Value; 1]) -> R {
    let code = code(vm, *this)?;
    let list = vm.list(&[]);
    let instrs = code.original();
    let offset = |at: usize| vm.int(Code::offset(at));
    let exit = |at: usize| instrs.get(at).map_or(at, |jump| jump.bc() as usize);
    let sites = code.monitor().sites();
    for (at, place) in sites.sites.iter().enumerate() {
        let branch = if place.kinds & site::BRANCH != 0 {
            [at, at + 1, instrs[at].bc() as usize]
        } else if place.kinds & site::FOR != 0 {
            [at, at + 1, exit(at + 1)]
        } else if let Some((_, end)) = sites.async_loops.iter().find(|(send, _)| *send as usize == at) {
            [at, exit(at + 1), exit(*end as usize + 1)]
        } else {
            continue;
        };
        list.push(vm, vm.tuple(&branch.map(offset)).value());
    }
    vm.iter(list.value())
}

fn varname(vm: &Vm, [this, oparg]: &[Value; 2]) -> R {
    let names = code(vm, *this)?.locals();
    let index = vm.index_isize(*oparg)?;
    match usize::try_from(index).ok().and_then(|index| names.items().get(index)) {
        Some(name) => Ok(*name),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let code = code(vm, *this)?;
    let unit = code.unit();
    let items = code.consts().len() + code.names().len() + unit.locals.len();
    Ok(vm.int_usize(200 + code.original().len() * 8 + unit.lines.0.len() + items * 8))
}
