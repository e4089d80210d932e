//! Telling tools of events.

use super::{Site, legacy};
use object::instrument::{PROFILE_TOOL, TRACE_TOOL, event};
use object::thread::Thread;
use object::{Code, Raised, Ref, Value, Vm};

/// What a tool answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Nothing,
    Disable,
}

/// An offset as programs see it.
pub(super) fn offset(index: usize) -> Value {
    Value::small(Code::offset(index))
}

/// Tells a tool. `args` are those of its callback, the code first.
fn tell_tool(vm: &Vm, thread: &Thread, tool: usize, event: u32, args: &[Value]) -> Result<Answer, Raised> {
    let instruments = &thread.instruments;
    if instruments.tracing.get() > 0 {
        return Ok(Answer::Nothing);
    }
    let callback = vm.instruments.callback(tool, event);
    if tool < PROFILE_TOOL && callback.is_none() {
        return Ok(Answer::Nothing);
    }
    instruments.tracing.set(1);
    let before = instruments.event.replace(Some(event));
    let depth = instruments.depth.replace(thread.depth.get() - 1);
    let answer = match tool {
        TRACE_TOOL => legacy::trace(vm, thread, event, args),
        PROFILE_TOOL => legacy::profile(vm, thread, event, args),
        _ => vm
            .call(callback, args)
            .map(|answer| if answer == vm.instruments.disable.get() { Answer::Disable } else { Answer::Nothing }),
    };
    instruments.event.set(before);
    instruments.depth.set(depth);
    instruments.tracing.set(0);
    answer
}

/// Calls `f` with each tool of a set, the highest first.
fn for_each_tool(mut tools: u8, mut f: impl FnMut(usize) -> Result<(), Raised>) -> Result<(), Raised> {
    while tools != 0 {
        let tool = 7 - tools.leading_zeros() as usize;
        tools &= !(1 << tool);
        f(tool)?;
    }
    Ok(())
}

/// Tells of an event that does not belong to an instrumented instruction.
pub(super) fn tell_all(
    vm: &Vm,
    thread: &Thread,
    event: u32,
    code: Ref<Code>,
    at: usize,
    exception: Value,
) -> Result<(), Raised> {
    for_each_tool(vm.instruments.tools(event), |tool| {
        match tell_tool(vm, thread, tool, event, &[code.value(), offset(at), exception])? {
            Answer::Nothing => Ok(()),
            Answer::Disable => Err(cannot_disable(vm, tool, event)),
        }
    })
}

#[cold]
fn cannot_disable(vm: &Vm, tool: usize, event: u32) -> Raised {
    vm.instruments.set_callback(vm, tool, event, Value::NONE);
    vm.value_error(format!("Cannot disable {} events. Callback removed.", event::NAMES[event as usize]))
}

impl Site<'_> {
    /// Tells of an event here. Was anybody told?
    pub(super) fn tell(&self, event: u32, args: &[Value]) -> Result<bool, Raised> {
        self.tell_at(self.at, event, self.at, args)
    }

    /// Tells of an event that is disabled at instruction `key` and shows the offset of instruction `at`.
    pub(super) fn tell_at(&self, key: usize, event: u32, at: usize, args: &[Value]) -> Result<bool, Raised> {
        let mut all = [Value::NONE; 4];
        all[0] = self.code.value();
        all[1] = offset(at);
        all[2..2 + args.len()].copy_from_slice(args);
        self.tell_args(key, event, &all[..2 + args.len()])
    }

    /// Tells of a line.
    pub(super) fn tell_line(&self, line: u32) -> Result<bool, Raised> {
        self.tell_args(self.at, event::LINE, &[self.code.value(), Value::small(line as i64)])
    }

    fn tell_args(&self, key: usize, event: u32, args: &[Value]) -> Result<bool, Raised> {
        let tools = self.monitor().tools(key, event);
        for_each_tool(tools, |tool| {
            if tell_tool(self.vm, self.thread, tool, event, args)? == Answer::Nothing {
                return Ok(());
            }
            if event >= event::LOCAL {
                return Err(cannot_disable(self.vm, tool, event));
            }
            self.monitor().disable(self.code.data(), key, event, tool);
            if self.vm.instruments.is_for_both(tool, event) && matches!(event, event::BRANCH_LEFT | event::BRANCH_RIGHT)
            {
                self.disable_other_branch(key, event, tool);
            }
            Ok(())
        })?;
        Ok(tools != 0)
    }

    /// The callback of both branches does not want to know of one: nor of the other.
    fn disable_other_branch(&self, key: usize, event: u32, tool: usize) {
        let loops = &self.monitor().sites().async_loops;
        let (other, key) = match event {
            event::BRANCH_LEFT => {
                let end = loops.iter().find(|(send, _)| *send as usize == key).map(|(_, end)| *end as usize);
                (event::BRANCH_RIGHT, end.unwrap_or(key))
            }
            _ => {
                let send = loops.iter().find(|(_, end)| *end as usize == key).map(|(send, _)| *send as usize);
                (event::BRANCH_LEFT, send.unwrap_or(key))
            }
        };
        self.monitor().disable(self.code.data(), key, other, tool);
    }
}
