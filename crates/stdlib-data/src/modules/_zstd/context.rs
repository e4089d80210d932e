//! Contexts of the zstd library: the one place that codes with it.

use super::dictionary::{Dictionary, Use};
use crate::incremental::{Progress, reserve};
use std::ffi::CStr;
use std::ptr::NonNull;
use std::rc::Rc;
use zstd_sys as z;

/// What a return value of the library says: a number, or why not.
pub fn check(result: usize) -> Result<usize, String> {
    // SAFETY: a question about a number.
    if unsafe { z::ZSTD_isError(result) } == 0 { Ok(result) } else { Err(error_name(result)) }
}

fn error_name(result: usize) -> String {
    // SAFETY: the library gives constant strings.
    unsafe { CStr::from_ptr(z::ZSTD_getErrorName(result)) }.to_string_lossy().into_owned()
}

/// The library's version.
pub fn version() -> String {
    // SAFETY: as above.
    unsafe { CStr::from_ptr(z::ZSTD_versionString()) }.to_string_lossy().into_owned()
}

/// The library's version as a number.
pub fn version_number() -> u32 {
    // SAFETY: no arguments.
    unsafe { z::ZSTD_versionNumber() }
}

/// The lowest and the highest level.
pub fn level_range() -> (i32, i32) {
    // SAFETY: no arguments.
    unsafe { (z::ZSTD_minCLevel(), z::ZSTD_maxCLevel()) }
}

/// A good size for pieces of output of a decompressor.
pub fn output_size() -> usize {
    // SAFETY: no arguments.
    unsafe { z::ZSTD_DStreamOutSize() }
}

/// Runs a step with the free end of `out` as output; gives what it gave, and whether the output was filled.
fn with_output(
    out: &mut Vec<u8>,
    limit: usize,
    step: impl FnOnce(&mut z::ZSTD_outBuffer) -> usize,
) -> Result<(usize, bool), String> {
    let room = reserve(out, limit).ok_or("Allocation error : not enough memory")?;
    let mut buffer = z::ZSTD_outBuffer { dst: out.spare_capacity_mut().as_mut_ptr().cast(), size: room, pos: 0 };
    let result = step(&mut buffer);
    // SAFETY: the library wrote that many bytes to the spare capacity.
    unsafe { out.set_len(out.len() + buffer.pos) };
    Ok((check(result)?, buffer.pos == buffer.size))
}

/// A compression context.
pub struct Compress {
    context: NonNull<z::ZSTD_CCtx>,
    /// What the context may refer to.
    dictionary: Option<Rc<Dictionary>>,
    /// Do other threads compress?
    pub threaded: bool,
}

impl Compress {
    /// A new one; None where there is no memory.
    pub fn new() -> Option<Compress> {
        // SAFETY: no arguments.
        let context = NonNull::new(unsafe { z::ZSTD_createCCtx() })?;
        Some(Compress { context, dictionary: None, threaded: false })
    }

    /// Sets a parameter.
    pub fn set(&mut self, parameter: z::ZSTD_cParameter, value: i32) -> Result<(), String> {
        // SAFETY: the context is live.
        check(unsafe { z::ZSTD_CCtx_setParameter(self.context.as_ptr(), parameter, value) }).map(|_| ())
    }

    /// Takes a dictionary, digested for a level where that is asked for.
    pub fn load(&mut self, dictionary: Rc<Dictionary>, how: Use, level: i32) -> Result<(), String> {
        let content = dictionary.content();
        let context = self.context.as_ptr();
        // SAFETY: the context is live, and content and digest live as long as the dictionary, which is kept below.
        let result = unsafe {
            match how {
                Use::Digested => z::ZSTD_CCtx_refCDict(context, dictionary.for_compression(level)?),
                Use::Undigested => z::ZSTD_CCtx_loadDictionary(context, content.as_ptr().cast(), content.len()),
                Use::Prefix => z::ZSTD_CCtx_refPrefix(context, content.as_ptr().cast(), content.len()),
            }
        };
        self.dictionary = Some(dictionary);
        check(result)
            .map(|_| ())
            .map_err(|problem| format!("Unable to load Zstandard dictionary or prefix for compression: {problem}"))
    }

    /// Says how large the next frame's content will be.
    pub fn pledge(&mut self, size: u64) -> Result<(), String> {
        // SAFETY: the context is live.
        check(unsafe { z::ZSTD_CCtx_setPledgedSrcSize(self.context.as_ptr(), size) }).map(|_| ())
    }

    /// Gives up the frame that was begun.
    pub fn reset(&mut self) {
        // SAFETY: the context is live.
        unsafe { z::ZSTD_CCtx_reset(self.context.as_ptr(), z::ZSTD_ResetDirective::ZSTD_reset_session_only) };
    }

    /// Compresses all of the input, and flushes what the directive says.
    pub fn run(&mut self, input: &[u8], directive: z::ZSTD_EndDirective, out: &mut Vec<u8>) -> Result<(), String> {
        let mut input = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let (context, threaded) = (self.context.as_ptr(), self.threaded);
        loop {
            let (left, full) = with_output(out, usize::MAX, |out| {
                // SAFETY: the context is live; input and output are as long as the buffers say.
                unsafe { z::ZSTD_compressStream2(context, out, &mut input, directive) }
            })?;
            let done = match directive {
                // Other threads may still have work, which nobody waits for.
                z::ZSTD_EndDirective::ZSTD_e_continue if threaded => input.pos == input.size && !full,
                z::ZSTD_EndDirective::ZSTD_e_continue => input.pos == input.size && left == 0,
                _ => left == 0,
            };
            if done {
                return Ok(());
            }
        }
    }
}

impl Drop for Compress {
    fn drop(&mut self) {
        if self.threaded && self.dictionary.is_some() {
            // The library frees a dictionary of its own before it waits for the threads that use it.
            let _ = self.run(&[], z::ZSTD_EndDirective::ZSTD_e_flush, &mut Vec::new());
        }
        // SAFETY: the context is live, and nothing uses it any more.
        unsafe { z::ZSTD_freeCCtx(self.context.as_ptr()) };
    }
}

/// A decompression context.
pub struct Decompress {
    context: NonNull<z::ZSTD_DCtx>,
    /// What the context may refer to.
    dictionary: Option<Rc<Dictionary>>,
}

impl Decompress {
    /// A new one; None where there is no memory.
    pub fn new() -> Option<Decompress> {
        // SAFETY: no arguments.
        let context = NonNull::new(unsafe { z::ZSTD_createDCtx() })?;
        Some(Decompress { context, dictionary: None })
    }

    /// Sets a parameter.
    pub fn set(&mut self, parameter: z::ZSTD_dParameter, value: i32) -> Result<(), String> {
        // SAFETY: the context is live.
        check(unsafe { z::ZSTD_DCtx_setParameter(self.context.as_ptr(), parameter, value) }).map(|_| ())
    }

    /// Takes a dictionary.
    pub fn load(&mut self, dictionary: Rc<Dictionary>, how: Use) -> Result<(), String> {
        let content = dictionary.content();
        let context = self.context.as_ptr();
        // SAFETY: the context is live, and content and digest live as long as the dictionary, which is kept below.
        let result = unsafe {
            match how {
                Use::Digested => z::ZSTD_DCtx_refDDict(context, dictionary.for_decompression()?),
                Use::Undigested => z::ZSTD_DCtx_loadDictionary(context, content.as_ptr().cast(), content.len()),
                Use::Prefix => z::ZSTD_DCtx_refPrefix(context, content.as_ptr().cast(), content.len()),
            }
        };
        self.dictionary = Some(dictionary);
        check(result)
            .map(|_| ())
            .map_err(|problem| format!("Unable to load Zstandard dictionary or prefix for decompression: {problem}"))
    }

    /// Gives up the frame that was begun.
    pub fn reset(&mut self) {
        // SAFETY: the context is live.
        unsafe { z::ZSTD_DCtx_reset(self.context.as_ptr(), z::ZSTD_ResetDirective::ZSTD_reset_session_only) };
    }

    /// Decompresses until the frame ends, the input is used up, or `limit` bytes were written.
    pub fn run(&mut self, input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<Progress, String> {
        let mut input = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let context = self.context.as_ptr();
        // Also where no output is wanted: a frame without content may end.
        loop {
            let (left, full) = with_output(out, limit, |out| {
                // SAFETY: the context is live; input and output are as long as the buffers say.
                unsafe { z::ZSTD_decompressStream(context, out, &mut input) }
            })?;
            if left == 0 {
                return Ok(Progress { taken: input.pos, ended: true });
            }
            if out.len() >= limit || (!full && input.pos == input.size) {
                return Ok(Progress { taken: input.pos, ended: false });
            }
        }
    }
}

impl Drop for Decompress {
    fn drop(&mut self) {
        // SAFETY: the context is live, and nothing uses it any more.
        unsafe { z::ZSTD_freeDCtx(self.context.as_ptr()) };
    }
}
