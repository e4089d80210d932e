//! Making dictionaries from samples.

use super::context::check;
use super::error;
use object::slots::R;
use object::{Bytes, Int, Raised, Ref, Value, Vm};
use zstd_sys as z;

fn bytes_argument(vm: &Vm, function: &str, number: usize, value: Value) -> Result<Ref<Bytes>, Raised> {
    vm.as_bytes(value).ok_or_else(|| {
        let got = vm.type_name(value);
        vm.type_error(format!("{function}() argument {number} must be bytes, not {got}"))
    })
}

/// The sizes of the samples that were put together.
fn sizes(vm: &Vm, function: &str, number: usize, total: usize, sizes: Value) -> Result<Vec<usize>, Raised> {
    let Some(tuple) = vm.as_tuple(sizes) else {
        let got = vm.type_name(sizes);
        return Err(vm.type_error(format!("{function}() argument {number} must be tuple, not {got}")));
    };
    let wrong = || vm.value_error("The samples size tuple doesn't match the concatenation's size.");
    let (mut all, mut sum) = (Vec::with_capacity(tuple.len()), 0usize);
    for &size in tuple.items() {
        let size = match vm.as_int(size) {
            Some(Int::Small(size)) => usize::try_from(size).map_err(|_| wrong())?,
            Some(Int::Big(_)) => return Err(wrong()),
            None => return Err(vm.type_error("an integer is required")),
        };
        sum = sum.saturating_add(size);
        all.push(size);
    }
    if sum == total { Ok(all) } else { Err(wrong()) }
}

fn capacity(vm: &Vm, size: Value) -> Result<usize, Raised> {
    match vm.index(size)?.to_i64() {
        Some(size) if size > 0 => {
            vm.check_size(Some(size as usize))?;
            Ok(size as usize)
        }
        Some(_) => Err(vm.value_error("dict_size argument should be positive number.")),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// `train_dict`
pub fn train_dict(vm: &Vm, [_module, samples, samples_sizes, size]: &[Value; 4]) -> R {
    let samples = bytes_argument(vm, "train_dict", 1, *samples)?;
    if vm.as_tuple(*samples_sizes).is_none() {
        // The sizes are looked at before that of the dictionary is.
        sizes(vm, "train_dict", 2, 0, *samples_sizes)?;
    }
    let capacity = capacity(vm, *size)?;
    let sizes = sizes(vm, "train_dict", 2, samples.len(), *samples_sizes)?;
    let mut out = vec![0u8; capacity];
    // SAFETY: the samples are as long as their sizes together, and there is so much room for the dictionary.
    let result = unsafe {
        z::ZDICT_trainFromBuffer(
            out.as_mut_ptr().cast(),
            out.len(),
            samples.as_slice().as_ptr().cast(),
            sizes.as_ptr(),
            sizes.len() as u32,
        )
    };
    match check(result) {
        Ok(len) => Ok(vm.bytes(&out[..len]).value()),
        Err(problem) => Err(error(vm, &format!("Unable to train the Zstandard dictionary: {problem}"))),
    }
}

/// `finalize_dict`
pub fn finalize_dict(vm: &Vm, [_module, content, samples, samples_sizes, size, level]: &[Value; 6]) -> R {
    let content = bytes_argument(vm, "finalize_dict", 1, *content)?;
    let samples = bytes_argument(vm, "finalize_dict", 2, *samples)?;
    if vm.as_tuple(*samples_sizes).is_none() {
        sizes(vm, "finalize_dict", 3, 0, *samples_sizes)?;
    }
    let (capacity, level) = (capacity(vm, *size)?, vm.index_i32(*level)?);
    let sizes = sizes(vm, "finalize_dict", 3, samples.len(), *samples_sizes)?;
    let mut out = vec![0u8; capacity];
    let parameters = z::ZDICT_params_t { compressionLevel: level, notificationLevel: 0, dictID: 0 };
    // SAFETY: as above; the content is that long.
    let result = unsafe {
        z::ZDICT_finalizeDictionary(
            out.as_mut_ptr().cast(),
            out.len(),
            content.as_slice().as_ptr().cast(),
            content.len(),
            samples.as_slice().as_ptr().cast(),
            sizes.as_ptr(),
            sizes.len() as u32,
            parameters,
        )
    };
    match check(result) {
        Ok(len) => Ok(vm.bytes(&out[..len]).value()),
        Err(problem) => Err(error(vm, &format!("Unable to finalize the Zstandard dictionary: {problem}"))),
    }
}
