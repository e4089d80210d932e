//! `frame.f_lineno = ...`: debuggers move a frame to another line.
//!
//! Where it may move is decided by what temporaries hold, as CPython decides it by its operand stack: leaving blocks is
//! allowed, entering one is not. A block shows in what it keeps: the state of a loop, a saved exception, an exit method.

use ::object::instrument::event;
use ::object::thread::Frame;
use ::object::{Code, FrameObj, Raised, Ref, TypeId, Value, Vm};
use bytecode::{Held, HeldTemporaries};

/// Sets `f_lineno`.
pub(super) fn set_line(vm: &Vm, object: Ref<FrameObj>, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        let text = "attribute 'f_lineno' of 'frame' objects cannot be deleted";
        return Err(vm.attribute_error(text, object.value(), vm.intern("f_lineno").value()));
    }
    let depth = check_event(vm, object, value)?;
    let line = match vm.index_i64(value) {
        Ok(line) if i32::try_from(line).is_ok() => line,
        Ok(_) => return Err(vm.value_error("lineno out of range")),
        Err(raised) => {
            vm.catch(raised, TypeId::OverflowError)?;
            return Err(vm.value_error("lineno out of range"));
        }
    };
    let code = object.frame(vm).code;
    if line < code.unit().first_line as i64 {
        return Err(vm.value_error(format!("line {line} comes before the current code block")));
    }
    let Some(starts) = starts_of_line(code, line as u32) else {
        return Err(vm.value_error(format!("line {line} comes after the current code block")));
    };
    let from = object.frame(vm).instr_index();
    let stacks = Stacks { code, held: HeldTemporaries::new(code.unit()) };
    let (to, from_stack, to_stack) = match stacks.best(from, &starts) {
        Ok(found) => found,
        Err(text) => return Err(vm.value_error(text)),
    };
    bind_variables(vm, object)?;
    // SAFETY: the frame is on the frame stack, see `check_event`.
    let frame = unsafe { &mut *vm.thread().frame_ptr(depth) };
    carry_over(vm, frame, &from_stack, &to_stack);
    frame.pc = code.start().wrapping_add(to).cast_const();
    Ok(())
}

/// May the frame be moved now? The answer is its place on the frame stack.
fn check_event(vm: &Vm, object: Ref<FrameObj>, value: Value) -> Result<usize, Raised> {
    let instruments = &vm.thread().instruments;
    if !vm.is_exactly(value, TypeId::Int) {
        return Err(vm.value_error("lineno must be an integer"));
    }
    let Some(what) = instruments.event.get() else {
        return Err(vm.value_error("f_lineno can only be set in a trace function"));
    };
    let text = match what {
        event::PY_START => "can't jump from the 'call' trace event of a new frame",
        event::CALL | event::C_RETURN => "can't jump during a call",
        event::LINE
        | event::INSTRUCTION
        | event::JUMP
        | event::BRANCH_LEFT
        | event::BRANCH_RIGHT
        | event::PY_YIELD
        | event::PY_RESUME => {
            // Frames that wait for a call cannot be moved.
            let depth = object.live.get().wrapping_sub(1);
            if depth == instruments.depth.get()
                && vm.thread().frames().get(depth).is_some_and(|frame| frame.frame_object == object.value())
            {
                return Ok(depth);
            }
            "can only jump from a 'line' trace event"
        }
        _ => "can only jump from a 'line' trace event",
    };
    Err(vm.value_error(text))
}

/// The starts of the runs of instructions that belong to a line, or to the next one that has any.
fn starts_of_line(code: Ref<Code>, line: u32) -> Option<Vec<usize>> {
    let mut runs = Vec::new();
    let mut at = 0;
    for (count, position) in code.unit().lines.runs() {
        runs.push((at, position.line));
        at += count;
    }
    let line = runs.iter().map(|(_, found)| *found).filter(|found| *found >= line).min()?;
    Some(runs.iter().filter(|(_, found)| *found == line).map(|(at, _)| *at).collect())
}

/// A temporary that is needed, and what it holds.
type Stack = Vec<(u16, Held)>;

struct Stacks {
    code: Ref<Code>,
    held: HeldTemporaries,
}

impl Stacks {
    /// What the code from an instruction on needs. None where it cannot be reached.
    fn at(&self, at: usize) -> Option<Stack> {
        let held = self.held.before(self.code.unit(), at)?;
        let live = self.code.data().liveness().live_before(self.code.unit(), at);
        let what = |reg: u16| held.get(reg as usize - self.held.first()).copied().unwrap_or(Held::Unknown);
        Some(live.iter().map(|reg| (reg, what(reg))).collect())
    }

    /// Of some instructions the one that can be moved to and keeps most of the blocks.
    fn best(&self, from: usize, candidates: &[usize]) -> Result<(usize, Stack, Stack), &'static str> {
        let start = self.at(from);
        let mut best: Option<(usize, Stack)> = None;
        let mut reason = None;
        for &candidate in candidates {
            let target = self.at(candidate);
            match (&start, target) {
                (Some(start), Some(target)) if is_compatible(start, &target) => {
                    if best.as_ref().is_none_or(|(_, best)| target.len() > best.len()) {
                        best = Some((candidate, target));
                    }
                }
                (None, _) => reason = reason.or(Some("can't jump from unreachable code")),
                (_, target) => reason = reason.or(Some(explain(target.as_ref()))),
            }
        }
        match (best, start) {
            (Some((at, target)), Some(start)) => Ok((at, start, target)),
            _ => Err(reason.unwrap_or("cannot find bytecode for specified line")),
        }
    }
}

fn is_compatible(from: &Stack, to: &Stack) -> bool {
    from.len() >= to.len()
        && from.iter().zip(to).all(|(from, to)| match (from.1, to.1) {
            (Held::Unknown, _) | (_, Held::Unknown) => false,
            // The same value of the same expression.
            (Held::Value(_), Held::Value(_)) => from == to,
            (from, to) => from == to,
        })
}

/// Why a frame cannot be moved to where this is needed.
fn explain(stack: Option<&Stack>) -> &'static str {
    let Some(stack) = stack else {
        return "can't jump into an exception handler, or code may be unreachable";
    };
    match stack.last().map(|(_, held)| held) {
        Some(Held::Saved | Held::Caught) => "can't jump into an 'except' block as there's no exception",
        Some(Held::Iteration | Held::IterationRest | Held::AsyncIteration) => "can't jump into the body of a for loop",
        _ => "incompatible stacks",
    }
}

/// Gives None to variables that are unbound: the code that is moved to may know that they are bound.
fn bind_variables(vm: &Vm, object: Ref<FrameObj>) -> Result<(), Raised> {
    let count = object.frame(vm).code.variables() as usize;
    let unbound = (0..count).filter(|index| object.register(vm, *index).is_unbound()).count();
    if unbound == 0 {
        return Ok(());
    }
    let plural = if unbound == 1 { "" } else { "s" };
    vm.warn(TypeId::RuntimeWarning, &format!("assigning None to {unbound} unbound local{plural}"), 1)?;
    for index in 0..count {
        if object.register(vm, index).is_unbound() {
            object.set_register(vm, index, Value::NONE);
        }
    }
    Ok(())
}

/// Winds up the blocks that are left, and moves what the others keep to where it is looked for.
fn carry_over(vm: &Vm, frame: &mut Frame, from: &Stack, to: &Stack) {
    for (reg, held) in from[to.len()..].iter().rev() {
        if *held == Held::Saved {
            vm.thread().handled.set(frame.register(*reg as usize));
        }
    }
    // Targets may be sources of others: registers ascend on both sides, so each direction has a safe order.
    let pairs = || from.iter().zip(to).map(|((from, _), (to, _))| (*from as usize, *to as usize));
    let mut copy = |(from, to): (usize, usize)| {
        // SAFETY: both are registers of the frame.
        unsafe { *frame.base.add(to) = *frame.base.add(from) };
    };
    pairs().filter(|(from, to)| to < from).for_each(&mut copy);
    let mut up: Vec<(usize, usize)> = pairs().filter(|(from, to)| to > from).collect();
    up.reverse();
    up.into_iter().for_each(copy);
}
