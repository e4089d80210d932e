//! Pushing and popping frames.

use bytecode::Instr;
use object::thread::{Frame, ResumedBy, Thread};
use object::{Args, Code, Dict, Function, R, Raised, Ref, Value, ValueExt, Vm};

/// What a frame is pushed for.
pub(crate) struct Push {
    pub code: Ref<Code>,
    pub base: *mut Value,
    pub function: Value,
    pub globals: Ref<Dict>,
    pub builtins: Ref<Dict>,
    pub locals: Value,
    pub dst: u16,
    pub is_entry: bool,
}

impl Push {
    /// The frame at an instruction.
    #[inline(always)]
    pub(crate) fn entry(&self, thread: &Thread, pc: *const Instr) -> Frame {
        Frame {
            code: self.code,
            pc,
            base: self.base,
            function: self.function,
            globals: self.globals,
            builtins: self.builtins,
            locals: self.locals,
            frame_object: Value::UNBOUND,
            generator: Value::UNBOUND,
            saved_handled: Value::NONE,
            saved_top: thread.top.get(),
            dst: self.dst,
            is_entry: self.is_entry,
            is_init: false,
            resumed_by: ResumedBy::Native,
        }
    }
}

/// The first register behind those of the innermost frame and of all below it.
#[inline(always)]
pub(crate) fn above(thread: &Thread, frame: &Frame) -> *mut Value {
    debug_assert!(
        !frame.generator.is_unbound() || thread.top.get() == frame.base.wrapping_add(frame.code.registers() as usize)
    );
    thread.top.get()
}

/// Pushes a frame whose parameters are in place: makes the other variables unbound.
#[inline(always)]
pub(crate) fn push(vm: &Vm, thread: &Thread, push: Push) -> Result<*mut Frame, Raised> {
    let registers = push.code.registers() as usize;
    let depth = thread.depth.get();
    if depth >= thread.recursion_limit.get() || !thread.has_room(push.base, registers) {
        return Err(recursion_error(vm));
    }
    // SAFETY: there is room for the registers and for the entry.
    unsafe {
        for index in push.code.params() as usize..push.code.variables() as usize {
            // Mostly there are few: volatile, so that no code for many at once is made of it.
            push.base.add(index).write_volatile(Value::UNBOUND);
        }
        let frame = thread.frame_ptr(depth);
        frame.write(push.entry(thread, push.code.start()));
        thread.depth.set(depth + 1);
        thread.top.set(push.base.add(registers));
        Ok(frame)
    }
}

#[cold]
#[inline(never)]
pub(crate) fn recursion_error(vm: &Vm) -> Raised {
    vm.recursion_error("maximum recursion depth exceeded")
}

/// Pops the innermost frame. `thread.top` goes back to where it was.
#[inline(always)]
pub(crate) fn pop(vm: &Vm, thread: &Thread) {
    let index = thread.depth.get() - 1;
    // SAFETY: the entry is in use, and so is that of the caller, if there is one.
    unsafe {
        let frame = &*thread.frame_ptr(index);
        if !frame.frame_object.is_unbound() {
            vm.retire_frame(index);
        }
        if frame.generator.is_unbound() {
            thread.top.set(frame.saved_top);
        }
    }
    thread.depth.set(index);
}

/// Calls a Python function from native code.
pub fn call_function(vm: &Vm, callable: Value, args: Args) -> R {
    let Some(function) = callable.cast::<Function>() else {
        return Err(vm.type_error("not a function"));
    };
    vm.enter_native()?;
    let thread = vm.thread();
    let base = thread.top.get();
    let code = function.code();
    if !thread.has_room(base, args.args.len().max(code.unit().registers as usize)) {
        return Err(recursion_error(vm));
    }
    if code.simple() && args.kwnames.is_none() && args.args.len() == code.params() as usize {
        // SAFETY: the arguments are there.
        let made =
            unsafe { crate::generators::create_at_once(vm, function, args.args.as_ptr().cast_mut(), args.args.len()) };
        if let Some(generator) = made? {
            return Ok(generator);
        }
        // SAFETY: there is room above the registers in use.
        unsafe { std::ptr::copy(args.args.as_ptr(), base, args.args.len()) };
    } else if !crate::arguments::bind_simple(function, args, base) {
        crate::arguments::bind(vm, function, args, base)?;
    }
    push(vm, thread, for_function(vm, function, base, 0, true))?;
    crate::dispatch::run(vm).map(crate::dispatch::Outcome::value)
}

/// The frame of a call of a function whose parameters are in place at `base`.
#[inline(always)]
pub(crate) fn for_function(vm: &Vm, function: Ref<Function>, base: *mut Value, dst: u16, is_entry: bool) -> Push {
    let builtins = match function.builtins.get().cast::<Dict>() {
        Some(builtins) => builtins,
        None => vm.builtins_dict(),
    };
    let (code, globals) = (function.code(), function.globals());
    // The code of a module, which may be called as a function, too, keeps its names in a mapping.
    let is_plain = code.simple() || code.unit().flags.0 & bytecode::CodeFlags::OPTIMIZED != 0;
    Push {
        code,
        base,
        function: function.value(),
        globals,
        builtins,
        locals: if is_plain { Value::UNBOUND } else { globals.value() },
        dst,
        is_entry,
    }
}
