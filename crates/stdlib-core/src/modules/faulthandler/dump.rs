//! Writing tracebacks without memory of the allocator: also from handlers of signals.

use object::thread::{Frame, Thread};
use object::{Str, Value, ValueExt, Vm};

/// Frames that are written of a thread.
const MOST_FRAMES: usize = 100;
/// Characters that are written of a name.
const MOST_CHARS: usize = 500;

/// A writer to a descriptor, with a buffer on the stack.
pub struct Out {
    fd: i32,
    buffer: [u8; 256],
    len: usize,
}

impl Out {
    /// To a descriptor.
    pub fn new(fd: i32) -> Out {
        Out { fd, buffer: [0; 256], len: 0 }
    }

    /// Writes text.
    pub fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
    }

    fn byte(&mut self, byte: u8) {
        if self.len == self.buffer.len() {
            self.flush();
        }
        self.buffer[self.len] = byte;
        self.len += 1;
    }

    /// Writes a number in a base up to 16, with leading zeros.
    pub fn number(&mut self, mut number: u64, base: u64, width: usize) {
        let mut digits = [b'0'; 24];
        let mut at = digits.len();
        while at > 0 && (number > 0 || digits.len() - at < width.max(1)) {
            at -= 1;
            digits[at] = b"0123456789abcdef"[(number % base) as usize & 15];
            number /= base;
        }
        digits[at..].iter().for_each(|digit| self.byte(*digit));
    }

    /// Writes a string, what is not ASCII escaped.
    fn string(&mut self, value: Value) {
        let Some(string) = value.cast::<Str>() else { return self.text("???") };
        for (index, char) in string.text().chars().enumerate() {
            if index == MOST_CHARS {
                return self.text("...");
            }
            match char {
                0x20..0x7F => self.byte(char as u8),
                0..0x100 => {
                    self.text("\\x");
                    self.number(char as u64, 16, 2);
                }
                0x100..0x10000 => {
                    self.text("\\u");
                    self.number(char as u64, 16, 4);
                }
                _ => {
                    self.text("\\U");
                    self.number(char as u64, 16, 8);
                }
            }
        }
    }

    fn flush(&mut self) {
        // SAFETY: the buffer has that many bytes.
        unsafe { libc::write(self.fd, self.buffer.as_ptr().cast(), self.len) };
        self.len = 0;
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.flush();
    }
}

fn frames(out: &mut Out, frames: &[Frame]) {
    if frames.is_empty() {
        out.text("  <no Python frame>\n");
    }
    for (index, frame) in frames.iter().rev().enumerate() {
        if index == MOST_FRAMES {
            out.text("  ...\n");
            return;
        }
        out.text("  File \"");
        out.string(frame.code.filename.get());
        out.text("\", line ");
        out.number(frame.line() as u64, 10, 1);
        out.text(" in ");
        out.string(frame.code.name.get());
        out.text("\n");
    }
}

fn header(out: &mut Out, thread: &Thread, current: bool) {
    out.text(if current { "Current thread 0x" } else { "Thread 0x" });
    out.number(thread.ident.get(), 16, 16);
    out.text(" (most recent call first):\n");
}

/// Writes the traceback of the thread with an identifier, or of all threads, that one last.
pub fn dump(vm: &Vm, out: &mut Out, ident: u64, all: bool) {
    let mut current: Option<*const Thread> = None;
    let mut first = true;
    vm.for_each_thread(|thread| {
        if thread.ident.get() == ident {
            current = Some(thread);
        } else if all && thread.depth.get() > 0 {
            if !first {
                out.text("\n");
            }
            first = false;
            header(out, thread, false);
            frames(out, thread.frames());
        }
    });
    // SAFETY: threads stay while they are in the interpreter's list.
    let Some(thread) = current.map(|thread| unsafe { &*thread }) else { return };
    if all {
        if !first {
            out.text("\n");
        }
        header(out, thread, true);
    } else {
        out.text("Stack (most recent call first):\n");
    }
    frames(out, thread.frames());
}
