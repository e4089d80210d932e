//! The bytes of a pickle that is being read: those of an object, or of a file.

use super::state::State;
use object::layout::native::Native;
use object::{Bytes, Int, Raised, Ref, TypeId, Value, ValueExt, Vm};

/// The methods of a file.
#[derive(Clone, Copy)]
pub struct File {
    pub read: Value,
    pub readline: Value,
    /// Unbound where the file has none.
    pub readinto: Value,
    /// Unbound where the file has none.
    pub peek: Value,
}

/// So much is asked of `peek`.
const PREFETCH: usize = 128 << 10;
/// So much is asked of `readinto` at first: a length in a pickle may be a lie.
const FIRST_CHUNK: usize = 1 << 20;
const NO_FRAME: usize = usize::MAX;

/// The input. It lives on the native stack, where the collector sees the values in it.
pub struct Input<'a> {
    vm: &'a Vm,
    state: Ref<Native<State>>,
    /// The first of the bytes that are there.
    start: *const u8,
    len: usize,
    /// How many of them were taken.
    at: usize,
    /// Up to where bytes can be taken at once: the end of the frame, else of what is there.
    limit: usize,
    /// The end of the frame.
    frame: usize,
    file: Option<File>,
    /// What was read from the file.
    buffer: Vec<u8>,
    /// Was it only looked at, and not read?
    peeked: bool,
}

impl<'a> Input<'a> {
    /// The bytes of an object.
    ///
    /// # Safety
    /// The memory stays where and as it is while the input is in use.
    pub unsafe fn of_memory(vm: &'a Vm, state: Ref<Native<State>>, start: *const u8, len: usize) -> Input<'a> {
        let buffer = Vec::new();
        Input { vm, state, start, len, at: 0, limit: len, frame: NO_FRAME, file: None, buffer, peeked: false }
    }

    /// The bytes of a file.
    pub fn of_file(vm: &'a Vm, state: Ref<Native<State>>, file: File) -> Input<'a> {
        let buffer = Vec::new();
        let start = buffer.as_ptr();
        Input { vm, state, start, len: 0, at: 0, limit: 0, frame: NO_FRAME, file: Some(file), buffer, peeked: false }
    }

    #[cold]
    fn truncated(&self) -> Raised {
        self.state.unpickling(self.vm, "pickle data was truncated")
    }

    #[cold]
    fn exhausted(&self) -> Raised {
        self.state.unpickling(self.vm, "pickle exhausted before end of frame")
    }

    /// A range of the bytes that are there.
    fn slice(&self, from: usize, to: usize) -> &[u8] {
        debug_assert!(from <= to && to <= self.len);
        // SAFETY: `len` bytes are there: in memory that stays as it is, or in the buffer.
        unsafe { std::slice::from_raw_parts(self.start.add(from), to - from) }
    }

    fn set_buffer(&mut self, bytes: Vec<u8>, peeked: bool) {
        self.buffer = bytes;
        self.start = self.buffer.as_ptr();
        self.len = self.buffer.len();
        self.at = 0;
        self.limit = self.len;
        self.frame = NO_FRAME;
        self.peeked = peeked;
    }

    /// What a method of the file gave.
    fn bytes_of(&self, result: Value) -> Result<Vec<u8>, Raised> {
        self.vm.bytes_of(result)
    }

    /// Reads from the file what was only looked at, as far as it was taken.
    pub fn settle(&mut self) -> Result<(), Raised> {
        if let Some(file) = self.file
            && std::mem::replace(&mut self.peeked, false)
            && self.at > 0
        {
            let taken = self.vm.int_usize(self.at);
            self.vm.call(file.read, &[taken])?;
        }
        Ok(())
    }

    /// Gets bytes from the file, `count` of them if it has so many. All that were there are taken.
    fn fill(&mut self, file: File, count: usize) -> Result<(), Raised> {
        let vm = self.vm;
        self.settle()?;
        if !file.peek.is_unbound() && count < PREFETCH {
            match vm.call(file.peek, &[Value::small(PREFETCH as i64)]) {
                Ok(result) => {
                    let bytes = self.bytes_of(result)?;
                    let enough = bytes.len() >= count;
                    self.set_buffer(bytes, true);
                    if enough {
                        return Ok(());
                    }
                }
                Err(raised) => {
                    vm.catch(raised, TypeId::NotImplementedError)?;
                    self.file = Some(File { peek: Value::UNBOUND, ..file });
                }
            }
        }
        let result = vm.call(file.read, &[vm.int_usize(count)])?;
        let bytes = self.bytes_of(result)?;
        self.set_buffer(bytes, false);
        Ok(())
    }

    /// Leaves a frame whose end was reached. Raises where more than it has is wanted.
    fn leave_frame(&mut self) -> Result<(), Raised> {
        if self.frame != NO_FRAME {
            if self.at < self.frame {
                return Err(self.exhausted());
            }
            self.frame = NO_FRAME;
            self.limit = self.len;
        }
        Ok(())
    }

    /// The operation that comes next, None at the end of the input.
    #[inline(always)]
    pub fn operation(&mut self) -> Result<Option<u8>, Raised> {
        if self.at >= self.limit {
            self.leave_frame()?;
            if self.at >= self.limit {
                let Some(file) = self.file else { return Ok(None) };
                self.fill(file, 1)?;
                if self.len == 0 {
                    return Ok(None);
                }
            }
        }
        self.at += 1;
        Ok(Some(self.slice(self.at - 1, self.at)[0]))
    }

    /// The next bytes.
    #[inline(always)]
    pub fn take(&mut self, count: usize) -> Result<&[u8], Raised> {
        if count > self.limit - self.at {
            self.take_slow(count)?;
        }
        self.at += count;
        Ok(self.slice(self.at - count, self.at))
    }

    #[inline(never)]
    fn take_slow(&mut self, count: usize) -> Result<(), Raised> {
        self.leave_frame()?;
        if count > self.limit - self.at {
            let Some(file) = self.file else { return Err(self.truncated()) };
            self.fill(file, count)?;
            if count > self.len {
                return Err(self.truncated());
            }
        }
        Ok(())
    }

    /// The next bytes as an array.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Raised> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    #[inline(always)]
    pub fn byte(&mut self) -> Result<u8, Raised> {
        Ok(self.take(1)?[0])
    }

    /// The next two bytes as a number.
    pub fn u16(&mut self) -> Result<u16, Raised> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes as a number.
    #[inline(always)]
    pub fn u32(&mut self) -> Result<u32, Raised> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next four bytes as a number with sign.
    pub fn i32(&mut self) -> Result<i32, Raised> {
        self.array().map(i32::from_le_bytes)
    }

    /// The next eight bytes as a size. OverflowError where no object can be so large.
    pub fn size(&mut self, what: &str) -> Result<usize, Raised> {
        let size = self.array().map(u64::from_le_bytes)?;
        self.checked_size(size, what)
    }

    fn checked_size(&self, size: u64, what: &str) -> Result<usize, Raised> {
        match isize::try_from(size) {
            Ok(size) => Ok(size as usize),
            Err(_) => Err(self.vm.overflow_error(format!("{what} {} bytes", isize::MAX))),
        }
    }

    /// The next line, with the newline at its end. It is no empty one.
    pub fn line(&mut self) -> Result<Vec<u8>, Raised> {
        let line = self.line_or_empty()?;
        if line.len() < 2 { Err(self.truncated()) } else { Ok(line) }
    }

    /// The next line, with the newline at its end.
    pub fn line_or_empty(&mut self) -> Result<Vec<u8>, Raised> {
        if self.at >= self.limit {
            self.leave_frame()?;
        }
        let rest = self.slice(self.at, self.limit);
        if let Some(len) = rest.iter().position(|byte| *byte == b'\n') {
            let line = rest[..=len].to_vec();
            self.at += line.len();
            return Ok(line);
        }
        if self.frame != NO_FRAME {
            return Err(self.exhausted());
        }
        let Some(file) = self.file else { return Err(self.truncated()) };
        self.settle()?;
        let result = self.vm.call(file.readline, &[])?;
        let line = self.bytes_of(result)?;
        self.set_buffer(Vec::new(), false);
        if line.last() != Some(&b'\n') {
            return Err(self.truncated());
        }
        Ok(line)
    }

    /// Starts a frame.
    pub fn enter_frame(&mut self, size: u64) -> Result<(), Raised> {
        if self.frame != NO_FRAME {
            if self.at < self.frame {
                let text = "beginning of a new frame before end of current frame";
                return Err(self.state.unpickling(self.vm, text));
            }
            self.leave_frame()?;
        }
        let len = self.checked_size(size, "FRAME length exceeds system's maximum of")?;
        if len > self.len - self.at {
            let Some(file) = self.file else { return Err(self.truncated()) };
            if len <= FIRST_CHUNK {
                self.fill(file, len)?;
            } else {
                let bytes = self.collect(len)?;
                self.settle()?;
                self.set_buffer(bytes, false);
            }
            if len > self.len {
                return Err(self.truncated());
            }
        }
        self.frame = self.at + len;
        self.limit = self.frame;
        Ok(())
    }

    /// The next bytes as an object.
    pub fn bytes(&mut self, count: usize) -> Result<Ref<Bytes>, Raised> {
        let vm = self.vm;
        if self.file.is_none() || count <= self.limit - self.at {
            return Ok(vm.bytes(self.take(count)?));
        }
        Ok(vm.bytes(&self.collect(count)?))
    }

    /// The next bytes, which may be many, and come from a file.
    pub fn collect(&mut self, count: usize) -> Result<Vec<u8>, Raised> {
        if count <= self.limit - self.at {
            return Ok(self.take(count)?.to_vec());
        }
        self.leave_frame()?;
        let mut bytes = self.slice(self.at, self.limit.min(self.at + count)).to_vec();
        self.at += bytes.len();
        let Some(file) = self.file else { return Err(self.truncated()) };
        self.settle()?;
        self.set_buffer(Vec::new(), false);
        let mut chunk = FIRST_CHUNK;
        while bytes.len() < count {
            let wanted = (count - bytes.len()).min(chunk);
            let before = bytes.len();
            if file.readinto.is_unbound() {
                let result = self.vm.call(file.read, &[self.vm.int_usize(wanted)])?;
                self.vm.with_bytes(result, |read| bytes.extend_from_slice(&read[..read.len().min(wanted)]))?;
            } else {
                self.read_into(file.readinto, wanted, &mut bytes)?;
            }
            if bytes.len() - before < wanted {
                return Err(self.truncated());
            }
            chunk = chunk.saturating_mul(2);
        }
        Ok(bytes)
    }

    fn read_into(&self, readinto: Value, wanted: usize, bytes: &mut Vec<u8>) -> Result<(), Raised> {
        let vm = self.vm;
        vm.check_size(Some(wanted))?;
        let array = vm.bytearray(&vec![0; wanted]);
        let view = vm.call(vm.types[TypeId::MemoryView].value(), &[array.value()])?;
        let result = vm.call(readinto, &[view])?;
        let count = match vm.as_int(result) {
            Some(Int::Small(count)) => count,
            Some(Int::Big(_)) => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
            None => return Err(vm.type_error("an integer is required")),
        };
        if count < 0 {
            return Err(vm.value_error("readinto() returned negative size"));
        }
        bytes.extend_from_slice(&array.as_slice()[..array.len().min(count as usize)]);
        Ok(())
    }
}

/// A line without the newline, as bytes up to the first NUL: what C code reads as a number.
pub fn number_text(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| *byte == 0).unwrap_or(line.len());
    &line[..end]
}

/// Is the value a buffer that cannot change?
pub fn is_bytes(value: Value) -> bool {
    value.cast::<Bytes>().is_some()
}
