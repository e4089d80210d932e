//! `sys.settrace` and `sys.setprofile`: two tools of the machine's own, which tell functions that belong to threads.

use super::{PROFILE_TOOL, TRACE_TOOL, event};
use crate::thread::Thread;
use crate::{Code, Ref, ValueExt, Vm};
use heap::Value;

/// What a profile function is told.
const PROFILED: u32 = 1 << event::PY_START
    | 1 << event::PY_RESUME
    | 1 << event::PY_RETURN
    | 1 << event::PY_YIELD
    | 1 << event::CALL
    | 1 << event::PY_UNWIND
    | 1 << event::PY_THROW;

/// What a trace function is told.
const TRACED: u32 = 1 << event::PY_START
    | 1 << event::PY_RESUME
    | 1 << event::PY_RETURN
    | 1 << event::PY_YIELD
    | 1 << event::RAISE
    | 1 << event::LINE
    | 1 << event::JUMP
    | 1 << event::PY_UNWIND
    | 1 << event::PY_THROW
    | 1 << event::STOP_ITERATION;

impl Vm {
    /// Sets the trace function of the running thread, or takes it away.
    pub fn set_trace_function(&self, function: Option<Value>) {
        self.thread().instruments.trace.set(function);
        self.trace_functions_changed();
    }

    /// Sets the trace function of all threads.
    pub fn set_trace_function_of_all(&self, function: Option<Value>) {
        self.for_each_thread(|thread| thread.instruments.trace.set(function));
        self.trace_functions_changed();
    }

    /// Sets the profile function of the running thread, or takes it away.
    pub fn set_profile_function(&self, function: Option<Value>) {
        self.thread().instruments.profile.set(function);
        self.profile_functions_changed();
    }

    /// Sets the profile function of all threads.
    pub fn set_profile_function_of_all(&self, function: Option<Value>) {
        self.for_each_thread(|thread| thread.instruments.profile.set(function));
        self.profile_functions_changed();
    }

    fn any_thread(&self, has: impl Fn(&Thread) -> bool) -> bool {
        let mut any = false;
        self.for_each_thread(|thread| any |= has(thread));
        any
    }

    pub(crate) fn trace_functions_changed(&self) {
        let any = self.any_thread(|thread| thread.instruments.trace.get().is_some());
        self.set_tool_events(TRACE_TOOL, if any { TRACED } else { 0 });
        if any
            && let Some(frame) = self.thread().current()
            && frame.frame_object.cast::<crate::FrameObj>().is_some_and(|object| object.trace_opcodes.get())
        {
            self.trace_opcodes(frame.code, true);
        }
    }

    pub(crate) fn profile_functions_changed(&self) {
        let any = self.any_thread(|thread| thread.instruments.profile.get().is_some());
        self.set_tool_events(PROFILE_TOOL, if any { PROFILED } else { 0 });
    }

    /// Are trace functions to be told of each instruction of a code object?
    pub fn trace_opcodes(&self, code: Ref<Code>, on: bool) {
        let events = self.local_events(TRACE_TOOL, code);
        let bit = 1 << event::INSTRUCTION;
        self.set_local_events(TRACE_TOOL, code, if on { events | bit } else { events & !bit });
    }
}
