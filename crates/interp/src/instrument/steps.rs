//! Jumps, branches and steps of loops, which are told of when it is known where they lead.

use super::{Site, tell};
use bytecode::Op;
use object::instrument::event;
use object::{Generator, Kind, Raised, TypeId, Value, ValueExt};

impl Site<'_> {
    /// `Jump` or `JumpBack`
    pub(super) fn jump(&self) -> Result<(), Raised> {
        let instr = self.instr();
        if instr.op == Op::JumpBack as u8 && crate::safepoint::is_due(self.vm) {
            (self.vm.hooks.get().safepoint)(self.vm)?;
        }
        self.arrive(event::JUMP, self.at, self.at, instr.bc() as usize)
    }

    /// Tells of a jump to an instruction, and continues there.
    fn arrive(&self, event: u32, key: usize, from: usize, to: usize) -> Result<(), Raised> {
        self.arrive_at(event, key, from, to, to)
    }

    /// The same, where another destination is told.
    fn arrive_at(&self, event: u32, key: usize, from: usize, told: usize, to: usize) -> Result<(), Raised> {
        let behind = self.pc();
        if !(self.tell_at(key, event, from, &[tell::offset(told)])? && self.moved(behind)) {
            self.go_to(to);
        }
        Ok(())
    }

    /// A conditional jump: to the left is where it does not jump.
    pub(super) fn branch(&self) -> Result<(), Raised> {
        let instr = self.instr();
        let value = self.register(instr.a as usize);
        let jumps = match instr.op() {
            Some(Op::JumpIfTrue) => self.vm.truthy(value)?,
            Some(Op::JumpIfFalse) => !self.vm.truthy(value)?,
            Some(Op::JumpIfNone) => value.is_none(),
            _ => !value.is_none(),
        };
        let (event, to) = match jumps {
            true => (event::BRANCH_RIGHT, instr.bc() as usize),
            false => (event::BRANCH_LEFT, self.at + 1),
        };
        self.arrive(event, self.at, self.at, to)
    }

    /// `ForIter`
    pub(super) fn step(&self) -> Result<(), Raised> {
        let instr = self.instr();
        let b = instr.b as usize;
        let (state, index) = (self.register(b), self.register(b + 1));
        let item = if index.is_int() {
            crate::iteration::step(self.vm, state, index).map(|(item, next)| {
                self.set_register(b + 1, next);
                item
            })
        } else {
            match self.next_item(state, Value::NONE)? {
                Ok(item) => Some(item),
                Err(returned) => {
                    if is_native(state) && !returned.is_none() {
                        self.tell_end(self.vm.stop_iteration_value(returned));
                    }
                    None
                }
            }
        };
        match item {
            Some(item) => {
                self.set_register(instr.a as usize, item);
                // The jump that is skipped stands for what assigns the item.
                self.arrive_at(event::BRANCH_LEFT, self.at, self.at, self.at + 1, self.at + 2)
            }
            None => {
                // Behind lies the jump out of the loop.
                let exit = self.exit(self.at + 1);
                self.arrive(event::BRANCH_RIGHT, self.at, self.at, exit)
            }
        }
    }

    /// Where the jump at an instruction leads.
    fn exit(&self, at: usize) -> usize {
        match self.code.original().get(at) {
            Some(jump) if jump.op == Op::Jump as u8 => jump.bc() as usize,
            _ => at,
        }
    }

    /// Sends a value to an iterator: an item, or what it returned at its end. Exceptions that say so are told of.
    fn next_item(&self, iterator: Value, sent: Value) -> Result<Result<Value, Value>, Raised> {
        let vm = self.vm;
        if let Some(generator) = iterator.cast::<Generator>()
            && is_native(iterator)
        {
            return crate::generators::resume(vm, generator, sent, false);
        }
        let result = if sent.is_none() {
            match vm.type_of(iterator).slots().next {
                Some(next) => next(vm, iterator),
                None => Err(vm.type_error(format!("'{}' object is not an iterator", vm.type_name(iterator)))),
            }
        } else {
            vm.call_method(iterator, vm.intern("send"), &[sent])
        };
        match result {
            Ok(item) if item.is_unbound() => Ok(Err(Value::NONE)),
            Ok(item) => Ok(Ok(item)),
            Err(raised) => {
                let stop = vm.catch(raised, TypeId::StopIteration)?;
                self.tell_end(stop);
                Ok(Err(stop.cast::<object::Exception>().map_or(Value::NONE, |stop| stop.extra(0).or_none())))
            }
        }
    }

    /// Tells of the exception that ends an iteration. What a tool raises then is dropped with it, as in CPython.
    fn tell_end(&self, exception: Value) {
        let told = tell::tell_all(self.vm, self.thread, event::RAISE, self.code, self.at, exception);
        if let Err(raised) = told {
            self.vm.take_exception(raised);
        }
    }

    /// `Send`
    pub(super) fn send(&self) -> Result<(), Raised> {
        let instr = self.instr();
        let (iterator, sent) = (self.register(instr.b as usize), self.register(instr.c as usize));
        match self.next_item(iterator, sent)? {
            Ok(yielded) => {
                self.set_register(instr.a as usize, yielded);
                self.go_to(self.at + 2);
                Ok(())
            }
            Err(returned) => {
                let behind = self.pc();
                let told = is_native(iterator)
                    && self.tools(event::STOP_ITERATION) != 0
                    && self.tell(event::STOP_ITERATION, &[self.vm.stop_iteration_value(returned)])?;
                self.set_register(instr.a as usize, returned);
                if told && self.moved(behind) {
                    return Ok(());
                }
                if self.kinds() & bytecode::site::ASYNC_SEND != 0 {
                    let to = self.exit(self.at + 1);
                    return self.arrive(event::BRANCH_LEFT, self.at, self.at, to);
                }
                self.go_to(self.at + 1);
                Ok(())
            }
        }
    }

    /// `EndAsyncFor`: the branch out of the loop.
    pub(super) fn end_async_for(&self) -> Result<(), Raised> {
        let instr = self.instr();
        if !self.vm.is_exception(self.register(instr.a as usize), TypeId::StopAsyncIteration) {
            self.go_on();
            return Ok(());
        }
        let loops = &self.monitor().sites().async_loops;
        let send = loops.iter().find(|(_, end)| *end as usize == self.at).map_or(self.at, |(send, _)| *send as usize);
        let to = self.exit(self.at + 1);
        self.arrive(event::BRANCH_RIGHT, self.at, send, to)
    }
}

/// Is it a generator or coroutine, which returns without an exception?
fn is_native(iterator: Value) -> bool {
    iterator.kind() == Kind::GENERATOR && crate::generators::is_sendable(iterator)
}
