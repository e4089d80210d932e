//! What incremental decompressors have in common: input that they could not use yet, and how far they are.

use object::layout::native::Native;
use object::{Field, NativeData, Raised, Ref, Tracer, Value, Vm};
use std::cell::{Cell, RefCell};

/// What one call of a decompressor did.
pub struct Progress {
    /// Bytes of the input that were used.
    pub taken: usize,
    /// Was the end of the stream reached?
    pub ended: bool,
}

/// The state of a decompressor beside that of its library.
pub struct Feed {
    pending: RefCell<Vec<u8>>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
    unused_data: Field,
}

impl Feed {
    /// That of a new decompressor.
    pub fn new(vm: &Vm) -> Feed {
        Feed {
            pending: RefCell::default(),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
            unused_data: Field::new(vm.bytes(&[]).value()),
        }
    }

    /// Shows the values to the collector.
    pub fn trace(&self, tracer: &mut Tracer) {
        self.unused_data.trace(tracer);
    }

    /// Was the end of the stream reached?
    pub fn eof(&self) -> bool {
        self.eof.get()
    }

    /// Is more input needed before there can be more output?
    pub fn needs_input(&self) -> bool {
        self.needs_input.get()
    }

    /// What follows the stream, as bytes.
    pub fn unused_data(&self) -> Value {
        self.unused_data.get()
    }

    /// Says whether more input helps, after an error.
    pub fn set_needs_input(&self, needs_input: bool) {
        self.needs_input.set(needs_input);
    }

    /// Puts `data` behind the pending input and decompresses: `run` gets the input, the limit of the output and the place
    /// for it, and must not call Python. A negative `max_length` is no limit.
    pub fn decompress<T: NativeData>(
        &self,
        vm: &Vm,
        owner: Ref<Native<T>>,
        data: Value,
        max_length: isize,
        run: impl FnOnce(&[u8], usize, &mut Vec<u8>) -> Result<Progress, Raised>,
    ) -> Result<Value, Raised> {
        let mut out = Vec::new();
        let limit = usize::try_from(max_length).unwrap_or(usize::MAX);
        let mut pending = std::mem::take(&mut *self.pending.borrow_mut());
        // Without pending input the data need not be copied.
        let result = vm.with_bytes(data, |bytes| {
            let input: &[u8] = if pending.is_empty() {
                bytes
            } else {
                pending.extend_from_slice(bytes);
                &pending
            };
            let progress = run(input, limit, &mut out)?;
            Ok((input[progress.taken..].to_vec(), progress.ended))
        })?;
        let (rest, ended) = result?;
        if ended {
            self.eof.set(true);
            self.needs_input.set(false);
            if !rest.is_empty() {
                self.unused_data.set(vm, owner, vm.bytes(&rest).value());
            }
        } else {
            self.needs_input.set(rest.is_empty() && out.len() < limit);
            *self.pending.borrow_mut() = rest;
        }
        Ok(vm.bytes(&out).value())
    }
}

/// Room for the next piece of output: at least some, growing with what is there, at most up to the limit. None where there
/// is no memory.
pub fn reserve(out: &mut Vec<u8>, limit: usize) -> Option<usize> {
    const STEP: usize = 16 << 10;
    let room = STEP.max(out.len()).min(limit - out.len()).min(u32::MAX as usize);
    out.try_reserve(room).ok()?;
    Some(room)
}
