//! Streams of the bzip2 library: the one place that calls it.

use crate::incremental::{Progress, reserve};
use libbz2_rs_sys as bz;

fn new_stream() -> Box<bz::bz_stream> {
    // The stream must not move: the state of the library points back to it.
    Box::new(bz::bz_stream {
        next_in: std::ptr::null(),
        avail_in: 0,
        total_in_lo32: 0,
        total_in_hi32: 0,
        next_out: std::ptr::null_mut(),
        avail_out: 0,
        total_out_lo32: 0,
        total_out_hi32: 0,
        state: std::ptr::null_mut(),
        bzalloc: None,
        bzfree: None,
        opaque: std::ptr::null_mut(),
    })
}

/// Points a stream at input and at the free end of output; gives the number of bytes of each, or a return code.
fn point(stream: &mut bz::bz_stream, input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(u32, u32), i32> {
    let room = reserve(out, limit).ok_or(bz::BZ_MEM_ERROR)? as u32;
    let given = input.len().min(u32::MAX as usize) as u32;
    stream.next_in = input.as_ptr().cast();
    stream.avail_in = given;
    stream.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
    stream.avail_out = room;
    Ok((given, room))
}

/// After a step: bytes taken, and whether the output was filled.
fn settle(stream: &mut bz::bz_stream, out: &mut Vec<u8>, (given, room): (u32, u32)) -> (usize, bool) {
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
pub struct Compress(Box<bz::bz_stream>);

impl Compress {
    /// Starts one, or says why not.
    pub fn new(level: i32) -> Result<Compress, i32> {
        let mut stream = new_stream();
        // SAFETY: a fresh stream with the library's own allocator.
        let code = unsafe { bz::BZ2_bzCompressInit(&mut *stream, level, 0, 0) };
        if code == bz::BZ_OK { Ok(Compress(stream)) } else { Err(code) }
    }

    /// Compresses all of the input; ends the stream if asked to.
    pub fn run(&mut self, mut input: &[u8], finish: bool, out: &mut Vec<u8>) -> Result<(), i32> {
        loop {
            if input.is_empty() && !finish {
                return Ok(());
            }
            let counts = point(&mut self.0, input, out, usize::MAX)?;
            // Only the last part of an input that is too long for one step may end the stream.
            let action = if finish && input.len() <= u32::MAX as usize { bz::BZ_FINISH } else { bz::BZ_RUN };
            // SAFETY: the stream is live; input and output are as long as it was told.
            let code = unsafe { bz::BZ2_bzCompress(&mut *self.0, action) };
            let (taken, _) = settle(&mut self.0, out, counts);
            input = &input[taken..];
            match code {
                bz::BZ_STREAM_END => return Ok(()),
                bz::BZ_RUN_OK | bz::BZ_FLUSH_OK | bz::BZ_FINISH_OK => {}
                code => return Err(code),
            }
        }
    }
}

impl Drop for Compress {
    fn drop(&mut self) {
        // SAFETY: the stream is live.
        unsafe { bz::BZ2_bzCompressEnd(&mut *self.0) };
    }
}

/// A decompressor.
pub struct Decompress(Box<bz::bz_stream>);

impl Decompress {
    /// Starts one, or says why not.
    pub fn new() -> Result<Decompress, i32> {
        let mut stream = new_stream();
        // SAFETY: a fresh stream with the library's own allocator.
        let code = unsafe { bz::BZ2_bzDecompressInit(&mut *stream, 0, 0) };
        if code == bz::BZ_OK { Ok(Decompress(stream)) } else { Err(code) }
    }

    /// Decompresses until the input is used up or `limit` bytes were written.
    pub fn run(&mut self, input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<Progress, i32> {
        let mut taken = 0;
        while out.len() < limit {
            let counts = point(&mut self.0, &input[taken..], out, limit)?;
            // SAFETY: the stream is live; input and output are as long as it was told.
            let code = unsafe { bz::BZ2_bzDecompress(&mut *self.0) };
            let (now, full) = settle(&mut self.0, out, counts);
            taken += now;
            match code {
                bz::BZ_STREAM_END => return Ok(Progress { taken, ended: true }),
                bz::BZ_OK => {}
                code => return Err(code),
            }
            // With room left in the output, all that the input gives is there.
            if !full && taken >= input.len() {
                break;
            }
        }
        Ok(Progress { taken, ended: false })
    }
}

impl Drop for Decompress {
    fn drop(&mut self) {
        // SAFETY: the stream is live.
        unsafe { bz::BZ2_bzDecompressEnd(&mut *self.0) };
    }
}
