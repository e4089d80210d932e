//! `frame`

use super::frame_locals::frame_locals;
use crate::descriptors::{accessor, getter};
use crate::object::address;
use ::object::layout::generator::GeneratorState;
use ::object::slots::R;
use ::object::{
    Code, FrameObj, Generator, GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, ValueExt, Vm, natives,
};

natives! {
    static METHODS: {
        /// Forget the values of all locals.
        "clear($self, /)" => clear;
        /// The size of the frame in memory, in bytes.
        "__sizeof__($self, /)" => sizeof;
    }
}

/// `frame`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Frame),
    name: "frame",
    kind: Kind::FRAME,
    flags: ::object::type_flags::NO_NEW,
    doc: "An activation of a code object.",
    slots: &[Slot::repr(repr)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    GetSet {
        name: "f_trace_lines",
        get: |vm, this| Ok(Value::bool(frame(vm, this)?.trace_lines.get())),
        set: Some(|vm, this, value| set_flag(vm, value, |on| frame(vm, this).map(|frame| frame.trace_lines.set(on)))),
        doc: "",
        is_member: true,
    },
    accessor(
        "f_trace_opcodes",
        |vm, this| Ok(Value::bool(frame(vm, this)?.trace_opcodes.get())),
        |vm, this, value| {
            if value.is_unbound() {
                let text = "attribute 'f_trace_opcodes' of 'frame' objects cannot be deleted";
                return Err(vm.attribute_error(text, this, vm.intern("f_trace_opcodes").value()));
            }
            set_flag(vm, value, |on| {
                let frame = frame(vm, this)?;
                frame.trace_opcodes.set(on);
                if !on || !frame.trace.get().is_none() {
                    vm.trace_opcodes(frame.frame(vm).code, on);
                }
                Ok(())
            })
        },
    ),
    getter("f_back", |vm, this| Ok(frame_back(vm, frame(vm, this)?))),
    getter("f_locals", |vm, this| frame_locals(vm, frame(vm, this)?)),
    accessor("f_lineno", get_line, |vm, this, value| super::frame_jump::set_line(vm, frame(vm, this)?, value)),
    accessor(
        "f_trace",
        |vm, this| Ok(frame(vm, this)?.trace.get()),
        |vm, this, value| {
            let frame = frame(vm, this)?;
            let changed = frame.trace.get() != value.or_none();
            frame.trace.set(vm, frame, value.or_none());
            if changed && frame.trace_opcodes.get() && !value.or_none().is_none() {
                vm.trace_opcodes(frame.frame(vm).code, true);
            }
            Ok(())
        },
    ),
    getter("f_lasti", |vm, this| {
        let frame = frame(vm, this)?;
        let at = frame.frame(vm);
        if at.pc == at.code.start().cast_const() {
            return Ok(Value::small(0));
        }
        Ok(vm.int(Code::offset(at.instr_index())))
    }),
    getter("f_globals", |vm, this| Ok(frame(vm, this)?.frame(vm).globals.value())),
    getter("f_builtins", |vm, this| Ok(vm.builtins_value(frame(vm, this)?.frame(vm).builtins))),
    getter("f_code", |vm, this| Ok(frame(vm, this)?.frame(vm).code.value())),
    getter("f_generator", |vm, this| Ok(frame(vm, this)?.frame(vm).generator.or_none())),
];

pub(super) fn frame(vm: &Vm, this: Value) -> Result<Ref<FrameObj>, Raised> {
    match this.cast::<FrameObj>() {
        Some(frame) => Ok(frame),
        None => Err(vm.type_error(format!("expected a frame, not '{}'", vm.type_name(this)))),
    }
}

fn set_flag(vm: &Vm, value: Value, set: impl FnOnce(bool) -> Result<(), Raised>) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    }
    if !value.is_bool() {
        return Err(vm.type_error("attribute value type must be bool"));
    }
    set(value == Value::TRUE)
}

/// The entry of the frame stack while the frame is on it.
fn live_index(vm: &Vm, frame: Ref<FrameObj>) -> Option<usize> {
    let index = frame.live.get().checked_sub(1)?;
    let at = vm.thread().frames().get(index)?;
    (at.frame_object == frame.value()).then_some(index)
}

/// `f_back`
pub fn frame_back(vm: &Vm, frame: Ref<FrameObj>) -> Value {
    match live_index(vm, frame) {
        Some(0) => Value::NONE,
        Some(index) => vm.frame_object(index - 1).value(),
        // The frame of a generator has a caller only while it runs.
        None if !frame.frame(vm).generator.is_unbound() => Value::NONE,
        None => frame.back.get(),
    }
}

/// The line that the frame is at.
pub(super) fn line(vm: &Vm, frame: Ref<FrameObj>) -> u32 {
    frame.frame(vm).line()
}

/// Is a frame without a line at line 0? So are modules before their first statement.
fn is_line_0(vm: &Vm, frame: Ref<FrameObj>) -> bool {
    let at = frame.frame(vm);
    let code = at.code;
    let starts = frame.registers.get().is_unbound() && at.pc == code.start().cast_const();
    starts || &*code.unit().name == "<module>" && code.line_at(at.instr_index()) == 0
}

fn get_line(vm: &Vm, this: Value) -> R {
    let frame = frame(vm, this)?;
    let line = line(vm, frame);
    Ok(if line == 0 && !is_line_0(vm, frame) { Value::NONE } else { vm.int(line as i64) })
}

fn repr(vm: &Vm, this: Value) -> R {
    let frame = frame(vm, this)?;
    let code = frame.frame(vm).code;
    let file = vm.repr(code.filename.get())?.to_string_lossy();
    let name = code.name.get().cast::<Str>().map_or_else(String::new, |name| name.to_string_lossy());
    let text = format!("<frame at {}, file {file}, line {}, code {name}>", address(this), line(vm, frame));
    Ok(vm.str(&text).value())
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    let frame = frame(vm, *this)?;
    if live_index(vm, frame).is_some() {
        return Err(vm.runtime_error("cannot clear an executing frame"));
    }
    if let Some(generator) = frame.frame(vm).generator.cast::<Generator>()
        && frame.registers.get().is_unbound()
    {
        match generator.state.get() {
            GeneratorState::Running => return Err(vm.runtime_error("cannot clear an executing frame")),
            GeneratorState::Suspended => return Err(vm.runtime_error("cannot clear a suspended frame")),
            GeneratorState::Created => vm.finalize(generator.value()),
            GeneratorState::Finished => {}
        }
    }
    let count = frame.registers.get().cast::<::object::Tuple>().map_or(0, |registers| registers.len());
    for index in 0..count {
        frame.set_register(vm, index, Value::UNBOUND);
    }
    frame.extra_locals.set(vm, frame, Value::UNBOUND);
    Ok(Value::NONE)
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let registers = frame(vm, *this)?.frame(vm).code.unit().registers as usize;
    Ok(vm.int_usize(160 + registers * 8))
}
