//! Streams of the zlib library: the one place that calls it.

use libz_rs_sys as z;
use std::ffi::{CStr, c_char};

/// Return codes.
pub mod code {
    /// Went well.
    pub const OK: i32 = 0;
    /// The end of the stream.
    pub const STREAM_END: i32 = 1;
    /// A dictionary is needed.
    pub const NEED_DICT: i32 = 2;
    /// Called in the wrong state or with wrong arguments.
    pub const STREAM_ERROR: i32 = -2;
    /// Not compressed data.
    pub const DATA_ERROR: i32 = -3;
    /// No memory.
    pub const MEM_ERROR: i32 = -4;
    /// No progress is possible.
    pub const BUF_ERROR: i32 = -5;
    /// Another version of the library.
    pub const VERSION_ERROR: i32 = -6;
}

const STEP: usize = 16 << 10;

fn version() -> *const c_char {
    z::zlibVersion()
}

/// The version of the library.
pub fn version_text() -> String {
    // SAFETY: the library gives a constant string.
    unsafe { CStr::from_ptr(version()) }.to_string_lossy().into_owned()
}

fn message(stream: &z::z_stream) -> Option<String> {
    if stream.msg.is_null() {
        return None;
    }
    // SAFETY: the library sets it to a constant string.
    Some(unsafe { CStr::from_ptr(stream.msg) }.to_string_lossy().into_owned())
}

fn new_stream() -> Box<z::z_stream> {
    // The stream must not move: the state of the library points back to it.
    Box::default()
}

/// Points a stream at input and at the free end of output; gives the number of bytes of each. None where there is no
/// memory.
fn point(stream: &mut z::z_stream, input: &[u8], out: &mut Vec<u8>, room: usize) -> Option<(u32, u32)> {
    out.try_reserve(room).ok()?;
    let (given, room) = (input.len().min(u32::MAX as usize) as u32, room.min(u32::MAX as usize) as u32);
    stream.next_in = input.as_ptr();
    stream.avail_in = given;
    stream.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
    stream.avail_out = room;
    Some((given, room))
}

/// What is left after a step: bytes taken, and whether the output was filled.
fn settle(stream: &mut z::z_stream, out: &mut Vec<u8>, (given, room): (u32, u32)) -> (usize, bool) {
    let written = (room - stream.avail_out) as usize;
    // SAFETY: the library wrote that many bytes to the spare capacity.
    unsafe { out.set_len(out.len() + written) };
    let taken = (given - stream.avail_in) as usize;
    let full = stream.avail_out == 0;
    stream.next_in = std::ptr::null();
    stream.avail_in = 0;
    stream.next_out = std::ptr::null_mut();
    stream.avail_out = 0;
    (taken, full)
}

/// A compressor.
pub struct Deflate(Box<z::z_stream>);

impl Deflate {
    /// Starts one, or says why not.
    pub fn new(level: i32, method: i32, wbits: i32, mem_level: i32, strategy: i32) -> Result<Deflate, i32> {
        let mut stream = new_stream();
        let size = size_of::<z::z_stream>() as i32;
        // SAFETY: a fresh stream with the library's own allocator.
        let code =
            unsafe { z::deflateInit2_(&mut *stream, level, method, wbits, mem_level, strategy, version(), size) };
        if code == code::OK { Ok(Deflate(stream)) } else { Err(code) }
    }

    /// Sets the dictionary.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let len = dictionary.len().min(u32::MAX as usize) as u32;
        // SAFETY: the stream is live, the dictionary is that long.
        unsafe { z::deflateSetDictionary(&mut *self.0, dictionary.as_ptr(), len) }
    }

    /// Compresses all of the input.
    pub fn run(&mut self, mut input: &[u8], flush: i32, out: &mut Vec<u8>) -> i32 {
        loop {
            // Only the last part of an input that is too long for one step is flushed.
            let flush_now = if input.len() > u32::MAX as usize { 0 } else { flush };
            let room = STEP.max(out.len() / 2);
            let Some(counts) = point(&mut self.0, input, out, room) else { return code::MEM_ERROR };
            // SAFETY: the stream is live; input and output are as long as it was told.
            let code = unsafe { z::deflate(&mut *self.0, flush_now) };
            let (taken, full) = settle(&mut self.0, out, counts);
            input = &input[taken..];
            if code != code::OK && code != code::BUF_ERROR {
                return code;
            }
            if !full && input.is_empty() {
                return if code == code::BUF_ERROR && flush == 4 { code } else { code::OK };
            }
        }
    }

    /// A copy.
    pub fn copy(&mut self) -> Result<Deflate, i32> {
        let mut stream = new_stream();
        // SAFETY: the source is live, the copy is fresh.
        let code = unsafe { z::deflateCopy(&mut *stream, &mut *self.0) };
        if code == code::OK { Ok(Deflate(stream)) } else { Err(code) }
    }

    /// The library's words for the last problem.
    pub fn message(&self) -> Option<String> {
        message(&self.0)
    }
}

impl Drop for Deflate {
    fn drop(&mut self) {
        // SAFETY: the stream is live.
        unsafe { z::deflateEnd(&mut *self.0) };
    }
}

/// A decompressor.
pub struct Inflate {
    stream: Box<z::z_stream>,
    /// The words for the error that broke the stream: later calls have others.
    broken: Option<String>,
}

impl Inflate {
    /// Starts one, or says why not.
    pub fn new(wbits: i32) -> Result<Inflate, i32> {
        let mut stream = new_stream();
        let size = size_of::<z::z_stream>() as i32;
        // SAFETY: a fresh stream with the library's own allocator.
        let code = unsafe { z::inflateInit2_(&mut *stream, wbits, version(), size) };
        if code == code::OK { Ok(Inflate { stream, broken: None }) } else { Err(code) }
    }

    /// Sets the dictionary.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let len = dictionary.len().min(u32::MAX as usize) as u32;
        // SAFETY: the stream is live, the dictionary is that long.
        unsafe { z::inflateSetDictionary(&mut *self.stream, dictionary.as_ptr(), len) }
    }

    /// Decompresses, until the input is used up or `limit` bytes were written. A dictionary is set where one is asked
    /// for. Gives the number of bytes taken and the last return code.
    pub fn run(
        &mut self,
        input: &[u8],
        flush: i32,
        dictionary: Option<&[u8]>,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> (usize, i32) {
        let mut taken = 0;
        let start = out.len();
        loop {
            let room = STEP.max(out.len()).min(limit - (out.len() - start));
            let Some(counts) = point(&mut self.stream, &input[taken..], out, room) else {
                return (taken, code::MEM_ERROR);
            };
            // SAFETY: the stream is live; input and output are as long as it was told.
            let code = unsafe { z::inflate(&mut *self.stream, flush) };
            let (now, full) = settle(&mut self.stream, out, counts);
            taken += now;
            match (code, dictionary) {
                (code::NEED_DICT, Some(dictionary)) => {
                    let code = self.set_dictionary(dictionary);
                    if code != code::OK {
                        return (taken, code);
                    }
                    continue;
                }
                (code::OK, _) => {}
                (code::BUF_ERROR, _) if taken < input.len() && full && out.len() - start < limit => {}
                (code, _) => {
                    if code == code::DATA_ERROR && self.broken.is_none() {
                        self.broken = message(&self.stream);
                    }
                    return (taken, code);
                }
            }
            // With room left in the output, all that the input gives is there.
            if out.len() - start >= limit || (!full && taken >= input.len()) {
                return (taken, code);
            }
        }
    }

    /// A copy.
    pub fn copy(&mut self) -> Result<Inflate, i32> {
        let mut stream = new_stream();
        // The library refuses to copy a stream without place for output.
        self.stream.next_out = std::ptr::NonNull::dangling().as_ptr();
        // SAFETY: the source is live, the copy is fresh; nothing is written to the place for output.
        let code = unsafe { z::inflateCopy(&mut *stream, &*self.stream) };
        if code == code::OK { Ok(Inflate { stream, broken: None }) } else { Err(code) }
    }

    /// The library's words for the last problem.
    pub fn message(&self) -> Option<String> {
        self.broken.clone().or_else(|| message(&self.stream))
    }
}

impl Drop for Inflate {
    fn drop(&mut self) {
        // SAFETY: the stream is live.
        unsafe { z::inflateEnd(&mut *self.stream) };
    }
}

/// The check sum of zlib streams.
pub fn adler32(start: u32, bytes: &[u8]) -> u32 {
    // SAFETY: the bytes are that long.
    unsafe { z::adler32_z(start.into(), bytes.as_ptr(), bytes.len()) as u32 }
}

/// The check sum of gzip streams.
pub fn crc32(start: u32, bytes: &[u8]) -> u32 {
    // SAFETY: as above.
    unsafe { z::crc32_z(start.into(), bytes.as_ptr(), bytes.len()) as u32 }
}
