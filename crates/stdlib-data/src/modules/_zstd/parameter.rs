//! Parameters of compression and decompression: their numbers, names and bounds.

use super::context::{Compress, Decompress, check, level_range};
use super::error;
use crate::arguments::c_int;
use object::slots::R;
use object::{Dict, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm};
use zstd_sys::{self as z, ZSTD_cParameter as C, ZSTD_dParameter as D};

/// Compression parameters with their names in Python and the library; the first of these is empty where there is none.
static COMPRESSION: &[(C, &str, &str)] = &[
    (C::ZSTD_c_compressionLevel, "compression_level", "ZSTD_c_compressionLevel"),
    (C::ZSTD_c_windowLog, "window_log", "ZSTD_c_windowLog"),
    (C::ZSTD_c_hashLog, "hash_log", "ZSTD_c_hashLog"),
    (C::ZSTD_c_chainLog, "chain_log", "ZSTD_c_chainLog"),
    (C::ZSTD_c_searchLog, "search_log", "ZSTD_c_searchLog"),
    (C::ZSTD_c_minMatch, "min_match", "ZSTD_c_minMatch"),
    (C::ZSTD_c_targetLength, "target_length", "ZSTD_c_targetLength"),
    (C::ZSTD_c_strategy, "strategy", "ZSTD_c_strategy"),
    (C::ZSTD_c_enableLongDistanceMatching, "enable_long_distance_matching", "ZSTD_c_enableLongDistanceMatching"),
    (C::ZSTD_c_ldmHashLog, "ldm_hash_log", "ZSTD_c_ldmHashLog"),
    (C::ZSTD_c_ldmMinMatch, "ldm_min_match", "ZSTD_c_ldmMinMatch"),
    (C::ZSTD_c_ldmBucketSizeLog, "ldm_bucket_size_log", "ZSTD_c_ldmBucketSizeLog"),
    (C::ZSTD_c_ldmHashRateLog, "ldm_hash_rate_log", "ZSTD_c_ldmHashRateLog"),
    (C::ZSTD_c_contentSizeFlag, "content_size_flag", "ZSTD_c_contentSizeFlag"),
    (C::ZSTD_c_checksumFlag, "checksum_flag", "ZSTD_c_checksumFlag"),
    (C::ZSTD_c_dictIDFlag, "dict_id_flag", "ZSTD_c_dictIDFlag"),
    (C::ZSTD_c_nbWorkers, "nb_workers", "ZSTD_c_nbWorkers"),
    (C::ZSTD_c_jobSize, "job_size", "ZSTD_c_jobSize"),
    (C::ZSTD_c_overlapLog, "overlap_log", "ZSTD_c_overlapLog"),
    (C::ZSTD_c_targetCBlockSize, "", ""),
];

/// The same for decompression.
static DECOMPRESSION: &[(D, &str, &str)] = &[(D::ZSTD_d_windowLogMax, "window_log_max", "ZSTD_d_windowLogMax")];

static STRATEGIES: [&str; 9] = [
    "ZSTD_fast",
    "ZSTD_dfast",
    "ZSTD_greedy",
    "ZSTD_lazy",
    "ZSTD_lazy2",
    "ZSTD_btlazy2",
    "ZSTD_btopt",
    "ZSTD_btultra",
    "ZSTD_btultra2",
];

/// The constants of the module.
pub fn constants() -> impl Iterator<Item = (&'static str, i32)> {
    let compression = COMPRESSION.iter().map(|(number, _, name)| (*name, *number as i32));
    let decompression = DECOMPRESSION.iter().map(|(number, _, name)| (*name, *number as i32));
    let strategies = STRATEGIES.iter().zip(1..).map(|(name, number)| (*name, number));
    compression.filter(|(name, _)| !name.is_empty()).chain(decompression).chain(strategies)
}

fn bounds(number: i32, compress: bool) -> Option<z::ZSTD_bounds> {
    // SAFETY of both: questions about a number.
    if compress {
        let parameter = COMPRESSION.iter().find(|row| row.0 as i32 == number)?.0;
        Some(unsafe { z::ZSTD_cParam_getBounds(parameter) })
    } else {
        let parameter = DECOMPRESSION.iter().find(|row| row.0 as i32 == number)?.0;
        Some(unsafe { z::ZSTD_dParam_getBounds(parameter) })
    }
}

/// `get_param_bounds`
pub fn get_param_bounds(vm: &Vm, [_module, parameter, is_compress]: &[Value; 3]) -> R {
    let number = vm.index_i32(*parameter)?;
    let compress = vm.truthy(*is_compress)?;
    let problem = match bounds(number, compress) {
        Some(bounds) => match check(bounds.error) {
            Ok(_) => {
                let pair = [Value::small(bounds.lowerBound as i64), Value::small(bounds.upperBound as i64)];
                return Ok(vm.tuple(&pair).value());
            }
            Err(problem) => problem,
        },
        None => String::from("Unsupported parameter"),
    };
    let kind = if compress { "compression" } else { "decompression" };
    Err(error(vm, &format!("Unable to get zstd {kind} parameter bounds: {problem}")))
}

const COMPRESSION_TYPE: &str = "_zstd.compression_parameter";
const DECOMPRESSION_TYPE: &str = "_zstd.decompression_parameter";

/// `set_parameter_types`
pub fn set_parameter_types(vm: &Vm, [_module, compression, decompression]: &[Value; 3]) -> R {
    let types = [
        ("c_parameter_type", COMPRESSION_TYPE, *compression),
        ("d_parameter_type", DECOMPRESSION_TYPE, *decompression),
    ];
    for (name, _, class) in types {
        if class.cast::<TypeObj>().is_none() {
            let got = vm.type_name(class);
            return Err(vm.type_error(format!("set_parameter_types() argument '{name}' must be type, not {got}")));
        }
    }
    for (_, key, class) in types {
        vm.set_state(key, class);
    }
    Ok(Value::NONE)
}

fn is_of(vm: &Vm, value: Value, key: &str) -> bool {
    vm.state_value(key) == Some(vm.type_of(value).value())
}

/// The argument `options`, None for none.
pub fn options(vm: &Vm, class: &str, options: Value) -> Result<Option<Ref<Dict>>, Raised> {
    if options.is_none() {
        return Ok(None);
    }
    match options.cast::<Dict>() {
        Some(dict) => Ok(Some(dict)),
        None => {
            let got = vm.type_name(options);
            Err(vm.type_error(format!("{class}() argument 'options' must be dict, not {got}")))
        }
    }
}

/// Raises ValueError about a parameter that the library did not take.
#[cold]
fn refused(vm: &Vm, compress: bool, number: i32, value: i32) -> Raised {
    let names = match compress {
        true => COMPRESSION.iter().find(|row| row.0 as i32 == number).map(|row| row.1),
        false => DECOMPRESSION.iter().find(|row| row.0 as i32 == number).map(|row| row.1),
    };
    let name = match names {
        Some(name) if !name.is_empty() => String::from(name),
        _ => format!("unknown parameter (key {number})"),
    };
    let kind = if compress { "compression" } else { "decompression" };
    match bounds(number, compress) {
        Some(bounds) if check(bounds.error).is_ok() => vm.value_error(format!(
            "{kind} parameter '{name}' received an illegal value {value}; the valid range is [{}, {}]",
            bounds.lowerBound, bounds.upperBound
        )),
        _ => vm.value_error(format!("invalid {kind} parameter '{name}'")),
    }
}

/// Sets the level of a compressor. Gives it back, too.
pub fn set_level(vm: &Vm, context: &mut Compress, level: i32) -> Result<i32, Raised> {
    let (lowest, highest) = level_range();
    if !(lowest..=highest).contains(&level) {
        let text = format!("illegal compression level {level}; the valid range is [{lowest}, {highest}]");
        return Err(vm.value_error(text));
    }
    match context.set(C::ZSTD_c_compressionLevel, level) {
        Ok(()) => Ok(level),
        Err(_) => Err(refused(vm, true, C::ZSTD_c_compressionLevel as i32, level)),
    }
}

/// The level that an argument says.
pub fn level_argument(vm: &Vm, level: Value) -> Result<i32, Raised> {
    let Some(int) = vm.as_int(level) else {
        return Err(vm.type_error("invalid type for level, expected int"));
    };
    match int.to_i64().and_then(|level| i32::try_from(level).ok()) {
        Some(level) => Ok(level),
        None => {
            let (lowest, highest) = level_range();
            Err(vm.value_error(format!("illegal compression level; the valid range is [{lowest}, {highest}]")))
        }
    }
}

/// The next entry of options as numbers. The members of `other` must not be among the keys.
fn next_option(
    vm: &Vm,
    options: Ref<Dict>,
    position: &mut usize,
    other: &str,
    complaint: &str,
) -> Result<Option<(i32, i32)>, Raised> {
    let Some((behind, entry)) = options.next(*position) else { return Ok(None) };
    *position = behind;
    if is_of(vm, entry.key, other) {
        return Err(vm.type_error(complaint));
    }
    Ok(Some((c_int(vm, entry.key)?, c_int(vm, entry.value)?)))
}

/// Sets the options of a compressor. Gives the level, if it is among them.
pub fn set_compression(vm: &Vm, context: &mut Compress, options: Ref<Dict>) -> Result<Option<i32>, Raised> {
    let complaint = "compression options dictionary key must not be a DecompressionParameter attribute";
    let (mut position, mut level) = (0, None);
    while let Some((number, value)) = next_option(vm, options, &mut position, DECOMPRESSION_TYPE, complaint)? {
        let parameter = COMPRESSION.iter().find(|row| row.0 as i32 == number).map(|row| row.0);
        match parameter {
            Some(C::ZSTD_c_compressionLevel) => level = Some(set_level(vm, context, value)?),
            Some(parameter) => {
                if parameter == C::ZSTD_c_nbWorkers {
                    context.threaded = value != 0;
                }
                context.set(parameter, value).map_err(|_| refused(vm, true, number, value))?;
            }
            None => return Err(refused(vm, true, number, value)),
        }
    }
    Ok(level)
}

/// Sets the options of a decompressor.
pub fn set_decompression(vm: &Vm, context: &mut Decompress, options: Ref<Dict>) -> Result<(), Raised> {
    let complaint = "decompression options dictionary key must not be a CompressionParameter attribute";
    let mut position = 0;
    while let Some((number, value)) = next_option(vm, options, &mut position, COMPRESSION_TYPE, complaint)? {
        let Some(row) = DECOMPRESSION.iter().find(|row| row.0 as i32 == number) else {
            return Err(refused(vm, false, number, value));
        };
        context.set(row.0, value).map_err(|_| refused(vm, false, number, value))?;
    }
    Ok(())
}

/// Is the value an int? (By its class.)
pub fn is_int(vm: &Vm, value: Value) -> bool {
    vm.is_a(value, TypeId::Int)
}
