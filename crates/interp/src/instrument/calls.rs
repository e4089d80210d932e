//! Calls. Native callables are called here, since what they return or raise is told of; frames of Python functions are
//! pushed by the dispatch loop, which runs the copy of the instruction.

use super::Site;
use bytecode::{Op, call_flags};
use object::instrument::event;
use object::{Args, Kind, Method, Raised, Ref, Tuple, TypeId, Value, ValueExt};

impl Site<'_> {
    /// A call instruction that a tool wants to know of.
    pub(super) fn call(&self) -> Result<(), Raised> {
        match self.instr().op() {
            Some(Op::CallEx) => self.call_spread(),
            Some(Op::LoadSuperAttr) => self.super_attribute(),
            _ => self.call_plain(),
        }
    }

    fn missing(&self) -> Value {
        self.vm.instruments.missing.get().or_none()
    }

    fn call_plain(&self) -> Result<(), Raised> {
        let instr = self.instr();
        let b = instr.b as usize;
        let mut callee = self.register(b);
        let (mut first, mut count) = (b + 2, instr.c as usize);
        if instr.flags & call_flags::NO_SELF == 0 && !self.register(b + 1).is_unbound() {
            first = b + 1;
            count += 1;
        }
        let mut method: Option<Ref<Method>> = None;
        let mut argument = if count > 0 { self.register(first) } else { self.missing() };
        if first == b + 2
            && let Some(bound) = callee.cast::<Method>()
        {
            callee = bound.function.get();
            argument = bound.this.get();
            method = Some(bound);
        }
        self.tell(event::CALL, &[callee, argument])?;
        if callee.kind() == Kind::FUNCTION {
            self.go_on();
            return Ok(());
        }
        if let Some(bound) = method {
            self.set_register(b + 1, bound.this.get());
            first = b + 1;
            count += 1;
        }
        let kwnames: Option<Ref<Tuple>> = match instr.op == Op::CallKw as u8 {
            true => self.code.consts().get(self.word().bc() as usize).and_then(|names| names.cast()),
            false => None,
        };
        // SAFETY: the arguments lie in registers of the frame, which stay where they are while it waits.
        let args = unsafe { std::slice::from_raw_parts((*self.frame).base.add(first), count) };
        let result = self.vm.call_args(callee, Args { args, kwnames });
        let result = self.tell_result(callee, argument, result)?;
        self.finish_call(result)
    }

    /// Tells what came of a call of native code.
    fn tell_result(&self, callee: Value, argument: Value, result: object::R) -> object::R {
        match result {
            Ok(value) => {
                self.tell(event::C_RETURN, &[callee, argument])?;
                Ok(value)
            }
            Err(raised) => {
                let exception = self.vm.take_exception(raised);
                self.tell(event::C_RAISE, &[callee, argument])?;
                Err(self.vm.raise_again(exception))
            }
        }
    }

    fn finish_call(&self, result: Value) -> Result<(), Raised> {
        let instr = self.instr();
        self.set_register(instr.a as usize, result);
        self.called()
    }

    /// `f(*args, **kwargs)`
    fn call_spread(&self) -> Result<(), Raised> {
        let vm = self.vm;
        let instr = self.instr();
        let b = instr.b as usize;
        let callee = self.register(b);
        let this = if instr.flags & call_flags::NO_SELF == 0 { self.register(b + 1) } else { Value::UNBOUND };
        let (args, kwnames) =
            crate::special::spread_arguments(vm, callee, this, self.register(b + 2), self.register(b + 3))?;
        let named = kwnames.map_or(0, |names| names.len());
        let argument = if args.len() > named { args.get(0) } else { None }.unwrap_or_else(|| self.missing());
        self.tell(event::CALL, &[callee, argument])?;
        let args = vm.tuple(args.items());
        let result = vm.call_args(callee, Args { args: args.items(), kwnames });
        let result = match callee.kind() {
            Kind::FUNCTION | Kind::METHOD => result?,
            _ => self.tell_result(callee, argument, result)?,
        };
        self.finish_call(result)
    }

    /// `super().name`: the call of `super` is told of though there is none.
    fn super_attribute(&self) -> Result<(), Raised> {
        let vm = self.vm;
        let instr = self.instr();
        let b = instr.b as usize;
        let parts = [self.register(b), self.register(b + 1), self.register(b + 2)];
        let argument = if instr.flags & 2 != 0 { parts[1] } else { self.missing() };
        self.tell(event::CALL, &[parts[0], argument])?;
        let name = self.code.name_at(self.word().bc() as usize);
        // SAFETY: the frame stack has this entry.
        let result = crate::superclass::load(vm, unsafe { &*self.frame }, parts, name, instr.flags);
        let is_function = parts[0].kind() == Kind::FUNCTION;
        let (value, this) = match result {
            Ok(found) => {
                if !is_function {
                    self.tell(event::C_RETURN, &[parts[0], argument])?;
                }
                found
            }
            Err(raised) => {
                let exception = vm.take_exception(raised);
                // An attribute that is missing is no fault of the call.
                let event = match vm.is_exception(exception, TypeId::AttributeError) {
                    true => event::C_RETURN,
                    false => event::C_RAISE,
                };
                if !is_function {
                    self.tell(event, &[parts[0], argument])?;
                }
                return Err(vm.raise_again(exception));
            }
        };
        self.set_register(instr.a as usize, value);
        if instr.flags & 1 != 0 {
            self.set_register(instr.a as usize + 1, this);
        }
        self.go_to(self.at + bytecode::slots(instr));
        Ok(())
    }
}
