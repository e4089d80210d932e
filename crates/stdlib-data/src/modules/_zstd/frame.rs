//! What the beginning of compressed data tells.

use super::context::check;
use super::error;
use object::slots::R;
use object::{Value, Vm};
use zstd_sys as z;

/// Stands for a size that the header does not tell; that below it stands for an error.
const UNKNOWN: u64 = u64::MAX;

/// `get_frame_info`
pub fn get_frame_info(vm: &Vm, [_module, buffer]: &[Value; 2]) -> R {
    let (size, id) = vm.with_bytes(*buffer, |bytes| {
        let start = bytes.as_ptr().cast();
        // SAFETY: the bytes are that long.
        unsafe { (z::ZSTD_getFrameContentSize(start, bytes.len()), z::ZSTD_getDictID_fromFrame(start, bytes.len())) }
    })?;
    if size == UNKNOWN - 1 {
        return Err(error(
            vm,
            "Error when getting information from the header of a Zstandard frame. Ensure the frame_buffer argument \
             starts from the beginning of a frame, and its length is not less than the frame header (6~18 bytes).",
        ));
    }
    let size = if size == UNKNOWN { Value::NONE } else { vm.int_u64(size) };
    Ok(vm.tuple(&[size, vm.int_u64(id as u64)]).value())
}

/// `get_frame_size`
pub fn get_frame_size(vm: &Vm, [_module, buffer]: &[Value; 2]) -> R {
    // SAFETY: the bytes are that long.
    let size =
        vm.with_bytes(*buffer, |bytes| unsafe { z::ZSTD_findFrameCompressedSize(bytes.as_ptr().cast(), bytes.len()) })?;
    match check(size) {
        Ok(size) => Ok(vm.int_usize(size)),
        Err(problem) => Err(error(
            vm,
            &format!(
                "Error when finding the compressed size of a Zstandard frame. Ensure the frame_buffer argument starts \
                 from the beginning of a frame, and its length is not less than this complete frame. Zstd error message: \
                 {problem}."
            ),
        )),
    }
}
