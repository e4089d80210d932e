//! The bytes of a pickle that is being written, and their frames.

use super::opcode;

/// Frames are closed when they reach this size, and larger strings are written outside of frames.
pub const FRAME_TARGET: usize = 64 << 10;
/// Shorter frames are not worth their header.
const FRAME_LEAST: usize = 4;
const HEADER: usize = 9;
const NONE: usize = usize::MAX;

/// Bytes that were not given to the file yet.
pub struct Output {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Is what is written put into frames?
    pub framing: bool,
    /// Where the header of the open frame is.
    frame: usize,
}

impl Output {
    /// Nothing.
    pub fn new() -> Output {
        Output { bytes: Vec::with_capacity(1024), framing: false, frame: NONE }
    }

    #[inline(always)]
    fn ensure_frame(&mut self) {
        if self.framing && self.frame == NONE {
            self.frame = self.bytes.len();
            self.bytes.extend_from_slice(&[0; HEADER]);
        }
    }

    /// Writes bytes.
    #[inline(always)]
    pub fn write(&mut self, bytes: &[u8]) {
        self.ensure_frame();
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes an operation.
    #[inline(always)]
    pub fn op(&mut self, op: u8) {
        self.ensure_frame();
        self.bytes.push(op);
    }

    /// Writes an operation with an operand of one byte.
    #[inline(always)]
    pub fn op_u8(&mut self, op: u8, operand: u8) {
        self.write(&[op, operand]);
    }

    /// Writes an operation with an operand of two bytes.
    #[inline(always)]
    pub fn op_u16(&mut self, op: u8, operand: u16) {
        let [a, b] = operand.to_le_bytes();
        self.write(&[op, a, b]);
    }

    /// Writes an operation with an operand of four bytes.
    #[inline(always)]
    pub fn op_u32(&mut self, op: u8, operand: u32) {
        let [a, b, c, d] = operand.to_le_bytes();
        self.write(&[op, a, b, c, d]);
    }

    /// Is the open frame large enough to be closed?
    #[inline(always)]
    pub fn frame_is_full(&self) -> bool {
        self.frame != NONE && self.bytes.len() - self.frame >= FRAME_TARGET + HEADER
    }

    /// Closes the open frame.
    pub fn close_frame(&mut self) {
        if self.frame == NONE {
            return;
        }
        let start = std::mem::replace(&mut self.frame, NONE);
        let len = self.bytes.len() - start - HEADER;
        if len >= FRAME_LEAST {
            self.bytes[start] = opcode::FRAME;
            self.bytes[start + 1..start + HEADER].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.bytes.drain(start..start + HEADER);
        }
    }
}
