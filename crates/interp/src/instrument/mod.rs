//! Instrumented instructions (PEP 669): they tell the tools that want to know, and then do what they are there for.
//!
//! The dispatch loop comes here for the operation `Instrumented`. An instruction that only tells something is then run
//! from its copy (see [`object::instrument::CodeMonitor`]). Jumps, steps of loops and calls of native code are told of when
//! their outcome is known: they are run here.

mod calls;
mod exceptions;
mod legacy;
mod steps;
mod tell;

pub(crate) use exceptions::{caught, raised, thrown, unwinds};

use bytecode::{Instr, Op, site};
use object::instrument::{CodeMonitor, Place, event};
use object::thread::{Frame, Thread};
use object::{Code, Raised, Ref, Value, Vm};

/// Runs the instrumented instruction that the innermost frame's program counter is behind, or all of it but its copy:
/// the frame continues where its program counter is then.
#[cold]
#[inline(never)]
pub(crate) fn before(vm: &Vm, thread: &Thread) -> Result<(), Raised> {
    let depth = thread.depth.get() - 1;
    let frame = thread.frame_ptr(depth);
    // SAFETY: a frame runs, so there is an entry.
    let (code, here) = unsafe { ((*frame).code, (*frame).pc.sub(1)) };
    vm.sync_code(code);
    let place = code.place(here);
    let (Place::At(at) | Place::Behind(at)) = place;
    let at = Site { vm, thread, depth, frame, code, here, at };
    match place {
        Place::Behind(_) if at.instr().op == Op::Yield as u8 => at.resumed(),
        Place::Behind(_) => at.called(),
        // SAFETY: it lies in the instructions of the code.
        Place::At(_) if unsafe { (*here).op } != Op::Instrumented as u8 => {
            at.go(here);
            Ok(())
        }
        Place::At(_) => at.instruction(),
    }
}

/// An instrumented instruction of the innermost frame.
#[derive(Clone, Copy)]
struct Site<'a> {
    vm: &'a Vm,
    thread: &'a Thread,
    depth: usize,
    frame: *mut Frame,
    code: Ref<Code>,
    /// Its address.
    here: *const Instr,
    /// Its number.
    at: usize,
}

impl<'a> Site<'a> {
    /// The `Yield` of an `await` or `yield from` that the innermost frame is at.
    fn of_delegation(vm: &'a Vm, thread: &'a Thread) -> Option<Site<'a>> {
        let depth = thread.depth.get().checked_sub(1)?;
        let frame = thread.frame_ptr(depth);
        // SAFETY: the entry is in use.
        let (code, at) = unsafe { ((*frame).code, (*frame).instr_index()) };
        let instr = code.original().get(at)?;
        let delegates = instr.op == Op::Yield as u8 && instr.flags & bytecode::yield_flags::DELEGATED != 0;
        delegates.then(|| Site { vm, thread, depth, frame, code, here: code.start().wrapping_add(at), at })
    }

    fn line(&self) -> u32 {
        self.monitor().sites().sites[self.at].line
    }

    fn monitor(&self) -> &CodeMonitor {
        // SAFETY: the frame keeps its code alive, and that keeps its monitor.
        unsafe { &*(self.code.monitor() as *const CodeMonitor) }
    }

    /// The instruction as the compiler made it.
    fn instr(&self) -> Instr {
        self.code.original()[self.at]
    }

    /// The cache word behind it.
    fn word(&self) -> Instr {
        self.code.original().get(self.at + 1).copied().unwrap_or_default()
    }

    fn kinds(&self) -> u16 {
        self.monitor().sites().sites[self.at].kinds
    }

    fn tools(&self, event: u32) -> u8 {
        self.monitor().tools(self.at, event)
    }

    fn register(&self, index: usize) -> Value {
        // SAFETY: the verifier compared the number with that of the frame's registers.
        unsafe { *(*self.frame).base.add(index) }
    }

    fn set_register(&self, index: usize, value: Value) {
        // SAFETY: as above.
        unsafe { *(*self.frame).base.add(index) = value };
    }

    fn pc(&self) -> *const Instr {
        // SAFETY: the frame stack has this entry.
        unsafe { (*self.frame).pc }
    }

    fn go(&self, to: *const Instr) {
        // SAFETY: as above.
        unsafe { (*self.frame).pc = to };
    }

    /// The address of an instruction.
    fn address(&self, index: usize) -> *const Instr {
        self.code.start().wrapping_add(index)
    }

    /// Continues at an instruction, which nothing is called or resumed by.
    fn go_to(&self, index: usize) {
        let to = self.address(index);
        let kinds = self.monitor().sites().sites.get(index).map_or(0, |site| site.kinds);
        // SAFETY: jumps lead to instructions.
        if kinds & (site::START | site::RESUME) != 0 && unsafe { (*to).op } == Op::Instrumented as u8 {
            self.thread.instruments.no_entry.set(to as usize);
        }
        self.go(to);
    }

    /// Continues with the copy of this instruction.
    fn go_on(&self) {
        self.go(self.monitor().copy_of(self.code.data(), self.at));
    }

    /// Was the frame moved to another place by a debugger? It then continues there, without telling the line.
    fn moved(&self, from: *const Instr) -> bool {
        let to = self.pc();
        if to == from {
            return false;
        }
        // SAFETY: debuggers move frames to instructions.
        if unsafe { (*to).op } == Op::Instrumented as u8 {
            self.thread.instruments.no_entry.set(to as usize);
            self.thread.instruments.no_line.set(to as usize);
        }
        if let Place::At(index) = self.code.place(to) {
            let line = self.monitor().sites().sites.get(index).map_or(0, |site| site.line);
            self.thread.instruments.set_line(self.depth, line);
        }
        true
    }

    /// A generator continues behind the copy of this `Yield`.
    fn resumed(&self) -> Result<(), Raised> {
        self.set_line(self.line());
        let behind = self.pc();
        if self.tell_at(self.at + 1, event::PY_RESUME, self.at, &[])? && self.moved(behind) {
            return Ok(());
        }
        self.go_to(self.at + 1);
        Ok(())
    }

    /// The result of a call is there: where each instruction is told, CPython has one that takes it.
    fn called(&self) -> Result<(), Raised> {
        let behind = self.pc();
        if self.tools(event::INSTRUCTION) != 0 && self.tell(event::INSTRUCTION, &[])? && self.moved(behind) {
            return Ok(());
        }
        self.go_to(self.at + bytecode::slots(self.instr()));
        Ok(())
    }

    fn set_line(&self, line: u32) {
        if self.monitor().sites().tracked {
            self.thread.instruments.set_line(self.depth, line);
        }
    }

    fn instruction(&self) -> Result<(), Raised> {
        let address = self.here as usize;
        let no_entry = self.thread.instruments.no_entry.replace(0) == address;
        let no_line = self.thread.instruments.no_line.replace(0) == address;
        if self.thread.instruments.tracing.get() > 0 {
            self.go_on();
            return Ok(());
        }
        let monitor = self.monitor();
        let site = monitor.sites().sites[self.at];
        let behind = self.pc();
        if site.kinds & (site::START | site::RESUME) != 0 && !no_entry && self.enter(site.kinds, behind)? {
            return Ok(());
        }
        if site.kinds & (site::LINE | site::TRACK) != 0 && monitor.wants(event::LINE) {
            let tracked = monitor.sites().tracked;
            let is_new = !tracked || self.thread.instruments.line(self.depth) != site.line;
            self.set_line(site.line);
            if site.kinds & site::LINE != 0 && is_new && !no_line && self.tell_line(site.line)? && self.moved(behind) {
                return Ok(());
            }
        }
        if self.tools(event::INSTRUCTION) != 0 && self.tell(event::INSTRUCTION, &[])? && self.moved(behind) {
            return Ok(());
        }
        self.action(site.kinds, behind)
    }

    /// A call starts here, or a generator that was suspended before its code was instrumented continues. Was the frame
    /// moved?
    fn enter(&self, kinds: u16, behind: *const Instr) -> Result<bool, Raised> {
        let starts = kinds & site::START != 0;
        // The line is that of the definition, or that of the yield.
        let at = if starts { self.code.start().cast_const() } else { self.here };
        let line = if starts { 0 } else { self.monitor().sites().sites[self.at - 1].line };
        self.set_line(line);
        self.go(at);
        let event = if starts { event::PY_START } else { event::PY_RESUME };
        let offset = if starts { self.at } else { self.at - 1 };
        if self.tell_at(self.at, event, offset, &[])? && self.moved(at) {
            return Ok(true);
        }
        self.set_line(line);
        self.go(behind);
        Ok(false)
    }

    /// What the instruction itself does.
    fn action(&self, kinds: u16, behind: *const Instr) -> Result<(), Raised> {
        let instr = self.instr();
        let monitor = self.monitor();
        let told = if kinds & site::CALL != 0 && self.tools(event::CALL) != 0 {
            return self.call();
        } else if kinds & site::RETURN != 0 && self.tools(event::PY_RETURN) != 0 {
            self.tell(event::PY_RETURN, &[self.register(instr.a as usize)])?
        } else if kinds & site::YIELD != 0 && self.tools(event::PY_YIELD) != 0 {
            let mut value = self.register(instr.b as usize);
            if instr.flags & bytecode::yield_flags::ASYNC != 0 {
                value = crate::generators::wrap_async(self.vm, value);
            }
            self.tell(event::PY_YIELD, &[value])?
        } else if kinds & site::JUMP != 0 && (self.tools(event::JUMP) != 0 || kinds & site::TO_ENTRY != 0) {
            return self.jump();
        } else if kinds & site::BRANCH != 0 && (self.wants_branches() || kinds & site::TO_ENTRY != 0) {
            return self.branch();
        } else if kinds & site::FOR != 0 && (self.wants_branches() || self.wants_raises()) {
            return self.step();
        } else if kinds & site::SEND != 0
            && (self.wants_raises() || self.wants_branches() || monitor.wants(event::STOP_ITERATION))
        {
            return self.send();
        } else if kinds & site::ASYNC_END != 0 && self.wants_branches() {
            return self.end_async_for();
        } else {
            false
        };
        if !(told && self.moved(behind)) {
            self.go_on();
        }
        Ok(())
    }

    fn wants_branches(&self) -> bool {
        let monitor = self.monitor();
        monitor.wants(event::BRANCH_LEFT) || monitor.wants(event::BRANCH_RIGHT)
    }

    fn wants_raises(&self) -> bool {
        self.vm.instruments.union() >> event::RAISE & 1 != 0
    }
}
