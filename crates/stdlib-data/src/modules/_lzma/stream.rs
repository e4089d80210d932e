//! Streams of the xz library: the one place that codes with it.

use super::filters::Chain;
use crate::incremental::{Progress, reserve};
use liblzma_sys as lz;

/// A coder of either direction.
pub struct Coder(Box<lz::lzma_stream>);

/// How to compress.
pub enum Encoding<'a> {
    /// `.xz` with a preset.
    Preset(u32, i32),
    /// `.xz` with filters.
    Filters(&'a Chain, i32),
    /// `.lzma` with a preset.
    AlonePreset(u32),
    /// `.lzma`; the chain is one LZMA1 filter.
    AloneFilters(&'a Chain),
    /// Without container.
    Raw(&'a Chain),
}

/// How to decompress.
pub enum Decoding<'a> {
    /// As the data says.
    Auto(u64),
    /// `.xz`
    Xz(u64),
    /// `.lzma`
    Alone(u64),
    /// Without container.
    Raw(&'a Chain),
}

/// The decoder tells about the check of the stream.
const TELL_CHECK: u32 = lz::LZMA_TELL_ANY_CHECK | lz::LZMA_TELL_NO_CHECK;

impl Coder {
    fn start(init: impl FnOnce(&mut lz::lzma_stream) -> lz::lzma_ret) -> Result<Coder, lz::lzma_ret> {
        // SAFETY: a stream of zeros is how the library wants a fresh one; null is valid for all its fields.
        let mut coder = Coder(Box::new(unsafe { std::mem::zeroed() }));
        match init(&mut coder.0) {
            lz::LZMA_OK => Ok(coder),
            code => Err(code),
        }
    }

    /// A compressor, or why there is none.
    pub fn encoder(encoding: Encoding) -> Result<Coder, lz::lzma_ret> {
        // SAFETY: a fresh stream; filters end with the mark that the library looks for, and live during the call.
        Coder::start(|stream| unsafe {
            match encoding {
                Encoding::Preset(preset, check) => lz::lzma_easy_encoder(stream, preset, check as lz::lzma_check),
                Encoding::Filters(chain, check) => {
                    lz::lzma_stream_encoder(stream, chain.as_ptr(), check as lz::lzma_check)
                }
                Encoding::AlonePreset(preset) => match super::filters::preset_options(preset) {
                    Some(options) => lz::lzma_alone_encoder(stream, &options),
                    None => lz::LZMA_OPTIONS_ERROR,
                },
                Encoding::AloneFilters(chain) => match chain.lzma_options() {
                    Some(options) => lz::lzma_alone_encoder(stream, options),
                    None => lz::LZMA_OPTIONS_ERROR,
                },
                Encoding::Raw(chain) => lz::lzma_raw_encoder(stream, chain.as_ptr()),
            }
        })
    }

    /// A decompressor, or why there is none.
    pub fn decoder(decoding: Decoding) -> Result<Coder, lz::lzma_ret> {
        // SAFETY: as above.
        Coder::start(|stream| unsafe {
            match decoding {
                Decoding::Auto(limit) => lz::lzma_auto_decoder(stream, limit, TELL_CHECK),
                Decoding::Xz(limit) => lz::lzma_stream_decoder(stream, limit, TELL_CHECK),
                Decoding::Alone(limit) => lz::lzma_alone_decoder(stream, limit),
                Decoding::Raw(chain) => lz::lzma_raw_decoder(stream, chain.as_ptr()),
            }
        })
    }

    /// One step: the return code, bytes taken, and whether the output was filled.
    fn step(
        &mut self,
        input: &[u8],
        action: lz::lzma_action,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> (lz::lzma_ret, usize, bool) {
        let Some(room) = reserve(out, limit) else { return (lz::LZMA_MEM_ERROR, 0, false) };
        let stream = &mut *self.0;
        stream.next_in = input.as_ptr();
        stream.avail_in = input.len();
        stream.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
        stream.avail_out = room;
        // SAFETY: the stream is live; input and output are as long as it was told.
        let code = unsafe { lz::lzma_code(stream, action) };
        // SAFETY: the library wrote that many bytes to the spare capacity.
        unsafe { out.set_len(out.len() + room - stream.avail_out) };
        let taken = input.len() - stream.avail_in;
        let full = stream.avail_out == 0;
        stream.next_in = std::ptr::null();
        stream.avail_in = 0;
        stream.next_out = std::ptr::null_mut();
        stream.avail_out = 0;
        // No progress for want of input is no error.
        let starved = code == lz::LZMA_BUF_ERROR && taken == input.len() && !full;
        (if starved { lz::LZMA_OK } else { code }, taken, full)
    }

    /// Compresses all of the input; ends the stream if asked to.
    pub fn compress(&mut self, mut input: &[u8], finish: bool, out: &mut Vec<u8>) -> Result<(), lz::lzma_ret> {
        let action = if finish { lz::LZMA_FINISH } else { lz::LZMA_RUN };
        loop {
            let (code, taken, full) = self.step(input, action, out, usize::MAX);
            input = &input[taken..];
            match code {
                lz::LZMA_STREAM_END => return Ok(()),
                lz::LZMA_OK => {}
                code => return Err(code),
            }
            if !finish && input.is_empty() && !full {
                return Ok(());
            }
        }
    }

    /// Decompresses until the input is used up or `limit` bytes were written. `check` is set once it is known.
    pub fn decompress(
        &mut self,
        input: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
        check: &std::cell::Cell<i32>,
    ) -> Result<Progress, lz::lzma_ret> {
        let mut taken = 0;
        while out.len() < limit {
            let (code, now, full) = self.step(&input[taken..], lz::LZMA_RUN, out, limit);
            taken += now;
            match code {
                lz::LZMA_STREAM_END => return Ok(Progress { taken, ended: true }),
                lz::LZMA_OK => {}
                lz::LZMA_GET_CHECK | lz::LZMA_NO_CHECK => {
                    // SAFETY: the stream is live, and this is the moment at which it may be asked.
                    check.set(unsafe { lz::lzma_get_check(&*self.0) } as i32);
                    continue;
                }
                code => return Err(code),
            }
            if !full && taken >= input.len() {
                break;
            }
        }
        Ok(Progress { taken, ended: false })
    }
}

impl Drop for Coder {
    fn drop(&mut self) {
        // SAFETY: the stream is live, or as fresh as it was made.
        unsafe { lz::lzma_end(&mut *self.0) };
    }
}

/// Does the library know a check?
pub fn is_check_supported(check: i32) -> bool {
    // SAFETY: a question about a number.
    unsafe { lz::lzma_check_is_supported(check as lz::lzma_check) != 0 }
}
