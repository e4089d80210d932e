//! `traceback`

use crate::descriptors::{accessor, getter, member};
use ::object::slots::R;
use ::object::{
    Code, FrameObj, GetSet, Kind, Raised, Ref, Traceback, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
};

natives! {
    static METHODS: {
        /// The names of the attributes.
        "__dir__($self, /)" => dir;
    }
}

static NEW: native::NativeDef = native! { "traceback($cls, tb_next, tb_frame, tb_lasti, tb_lineno)" => new };

/// `traceback`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Traceback),
    name: "traceback",
    kind: Kind::TRACEBACK,
    doc: "An entry of a traceback.",
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    accessor("tb_next", |vm, this| Ok(traceback(vm, this)?.next.get()), set_next),
    member("tb_frame", |vm, this| Ok(traceback(vm, this)?.frame.get())),
    member("tb_lasti", |vm, this| Ok(vm.int(lasti(traceback(vm, this)?)))),
    getter("tb_lineno", |vm, this| {
        let line = traceback(vm, this)?.line(vm);
        Ok(if line == 0 { Value::NONE } else { vm.int(line as i64) })
    }),
];

/// Two for each instruction; -1 where the instruction is not known.
fn lasti(traceback: Ref<Traceback>) -> i64 {
    match traceback.instr.get() {
        u32::MAX => -1,
        offset if offset & Traceback::OFFSET != 0 => (offset & !Traceback::OFFSET) as i64,
        index => Code::offset(index as usize),
    }
}

fn traceback(vm: &Vm, this: Value) -> Result<Ref<Traceback>, Raised> {
    match this.cast::<Traceback>() {
        Some(traceback) => Ok(traceback),
        None => Err(vm.type_error("expected a traceback")),
    }
}

fn check_next(vm: &Vm, next: Value) -> Result<(), Raised> {
    if next.is_none() || next.cast::<Traceback>().is_some() {
        return Ok(());
    }
    Err(vm.type_error(format!("expected traceback object or None, got '{}'", vm.type_name(next))))
}

fn set_next(vm: &Vm, this: Value, next: Value) -> Result<(), Raised> {
    let this = traceback(vm, this)?;
    if next.is_unbound() {
        return Err(vm.type_error("can't delete tb_next attribute"));
    }
    check_next(vm, next)?;
    let mut at = next.cast::<Traceback>();
    while let Some(entry) = at {
        if entry == this {
            return Err(vm.value_error("traceback loop detected"));
        }
        at = entry.next.get().cast();
    }
    this.next.set(vm, this, next);
    Ok(())
}

fn new(vm: &Vm, [_, next, frame, lasti, line]: &[Value; 5]) -> R {
    check_next(vm, *next)?;
    if frame.cast::<FrameObj>().is_none() {
        let given = vm.type_name(*frame);
        return Err(vm.type_error(format!("traceback() argument 'tb_frame' must be frame, not {given}")));
    }
    let lasti = vm.index_i32(*lasti)?;
    let line = vm.index_i32(*line)?;
    let instr = u32::try_from(lasti).map_or(u32::MAX, |lasti| lasti | Traceback::OFFSET);
    Ok(vm.traceback(*next, *frame, instr, Some(line.max(0) as u32)).value())
}

fn dir(vm: &Vm, _: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    for name in ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"] {
        list.push(vm, vm.intern(name).value());
    }
    Ok(list.value())
}
