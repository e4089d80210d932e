//! Filters: from dicts to what the library takes, and back.

use super::{error, error_text, unsigned};
use liblzma_sys as lz;
use object::slots::R;
use object::{Dict, Raised, Ref, TypeId, Value, ValueExt, Vm};
use std::ffi::c_void;

/// `lzma_options_delta` of the library.
#[repr(C)]
#[derive(Clone, Copy)]
struct DeltaOptions {
    kind: u32,
    distance: u32,
    reserved_int: [u32; 4],
    reserved_ptr: [*mut c_void; 2],
}

/// The options of a filter.
enum Options {
    Lzma(Box<lz::lzma_options_lzma>),
    Delta(Box<DeltaOptions>),
    Branch(Box<lz::lzma_options_bcj>),
}

impl Options {
    fn address(&mut self) -> *mut c_void {
        match self {
            Options::Lzma(options) => (&raw mut **options).cast(),
            Options::Delta(options) => (&raw mut **options).cast(),
            Options::Branch(options) => (&raw mut **options).cast(),
        }
    }
}

/// The largest number of filters.
const MAX_FILTERS: usize = 4;
/// The id behind the last filter.
const END: lz::lzma_vli = lz::LZMA_VLI_UNKNOWN;

/// A chain of filters, as the library takes it.
pub struct Chain {
    filters: Vec<lz::lzma_filter>,
    /// What the filters point to.
    options: Vec<Options>,
}

impl Chain {
    fn new(parsed: Vec<(lz::lzma_vli, Options)>) -> Chain {
        let (mut filters, mut all) = (Vec::new(), Vec::new());
        for (id, mut options) in parsed {
            // The options are boxed: they stay where they are.
            filters.push(lz::lzma_filter { id, options: options.address() });
            all.push(options);
        }
        filters.push(lz::lzma_filter { id: END, options: std::ptr::null_mut() });
        Chain { filters, options: all }
    }

    /// The first of the filters, behind which the others and the end lie.
    pub fn as_ptr(&self) -> *const lz::lzma_filter {
        self.filters.as_ptr()
    }

    /// Is it one filter of the kind that `.lzma` files have?
    pub fn is_alone(&self) -> bool {
        self.options.len() == 1 && self.filters[0].id == lz::LZMA_FILTER_LZMA1
    }

    /// The options of the first filter, where it is an LZMA filter.
    pub fn lzma_options(&self) -> Option<&lz::lzma_options_lzma> {
        match self.options.first() {
            Some(Options::Lzma(options)) => Some(options),
            _ => None,
        }
    }
}

/// The options of a preset.
pub fn preset_options(preset: u32) -> Option<lz::lzma_options_lzma> {
    // SAFETY: zeros are valid for all of its fields, which the library then sets.
    let mut options: lz::lzma_options_lzma = unsafe { std::mem::zeroed() };
    // SAFETY: the options are valid memory.
    let failed = unsafe { lz::lzma_lzma_preset(&mut options, preset) } != 0;
    (!failed).then_some(options)
}

/// Raises LZMAError about a preset that there is none of.
#[cold]
pub fn bad_preset(vm: &Vm, preset: u32) -> Raised {
    error_text(vm, &format!("Invalid compression preset: {preset}"))
}

/// A preset argument.
pub fn preset(vm: &Vm, value: Value) -> Result<u32, Raised> {
    Ok(unsigned(vm, value, u32::MAX as u64, "uint32_t")? as u32)
}

/// A chain of filters, given as a sequence of dicts.
pub fn parse_chain(vm: &Vm, specs: Value) -> Result<Chain, Raised> {
    if let Some(dict) = specs.cast::<Dict>() {
        let class = vm.type_name(dict.value());
        return Err(vm.type_error(format!("{class} is not a sequence")));
    }
    let count = vm.len(specs)?;
    if count > MAX_FILTERS {
        let text = format!("Too many filters - liblzma supports a maximum of {MAX_FILTERS}");
        return Err(vm.value_error(text));
    }
    let mut parsed = Vec::new();
    for index in 0..count {
        let spec = vm.getitem(specs, vm.int_usize(index))?;
        parsed.push(parse_filter(vm, spec)?);
    }
    Ok(Chain::new(parsed))
}

fn parse_filter(vm: &Vm, spec: Value) -> Result<(lz::lzma_vli, Options), Raised> {
    if vm.type_of(spec).slots().getitem.is_none() {
        return Err(vm.type_error("Filter specifier must be a dict or dict-like object"));
    }
    let Some(id) = entry(vm, spec, "id")? else {
        return Err(vm.value_error("Filter specifier must have an \"id\" entry"));
    };
    let id = unsigned(vm, id, u64::MAX, "lzma_vli")?;
    let options = match id {
        lz::LZMA_FILTER_LZMA1 | lz::LZMA_FILTER_LZMA2 => lzma_filter(vm, spec)?,
        lz::LZMA_FILTER_DELTA => delta_filter(vm, spec)?,
        lz::LZMA_FILTER_X86
        | lz::LZMA_FILTER_POWERPC
        | lz::LZMA_FILTER_IA64
        | lz::LZMA_FILTER_ARM
        | lz::LZMA_FILTER_ARMTHUMB
        | lz::LZMA_FILTER_SPARC => branch_filter(vm, spec)?,
        id => return Err(vm.value_error(format!("Invalid filter ID: {id}"))),
    };
    Ok((id, options))
}

/// An entry of a dict-like object.
fn entry(vm: &Vm, spec: Value, name: &str) -> Result<Option<Value>, Raised> {
    match vm.getitem(spec, vm.intern(name).value()) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => vm.catch(raised, TypeId::KeyError).map(|_| None),
    }
}

/// Reads the entries of a filter as numbers, by name; the entry `id` and those in `ignored` are left out.
fn numbers(
    vm: &Vm,
    spec: Value,
    kind: &str,
    ignored: &[&str],
    set: &mut dyn FnMut(&str, u32) -> bool,
) -> Result<(), Raised> {
    let invalid = || vm.value_error(format!("Invalid filter specifier for {kind} filter"));
    let names = match spec.cast::<Dict>() {
        Some(dict) => vm.to_list(dict.value())?,
        None => {
            let keys = vm.call_method(spec, vm.names.keys, &[])?;
            vm.to_list(keys)?
        }
    };
    let mut index = 0;
    while let Some(name) = names.get(index) {
        index += 1;
        let Some(text) = vm.as_str(name) else { return Err(invalid()) };
        let text = text.to_string_lossy();
        if text == "id" || ignored.contains(&text.as_str()) {
            continue;
        }
        let value = vm.getitem(spec, name)?;
        match unsigned(vm, value, u32::MAX as u64, "uint32_t") {
            Ok(number) if set(&text, number as u32) => {}
            Ok(_) => return Err(invalid()),
            Err(raised) => {
                vm.take_exception(raised);
                return Err(invalid());
            }
        }
    }
    Ok(())
}

fn lzma_filter(vm: &Vm, spec: Value) -> Result<Options, Raised> {
    let number = match entry(vm, spec, "preset")? {
        Some(value) => preset(vm, value)?,
        None => lz::LZMA_PRESET_DEFAULT,
    };
    let Some(mut options) = preset_options(number) else { return Err(bad_preset(vm, number)) };
    numbers(vm, spec, "LZMA", &["preset"], &mut |name, value| {
        match name {
            "dict_size" => options.dict_size = value,
            "lc" => options.lc = value,
            "lp" => options.lp = value,
            "pb" => options.pb = value,
            "mode" => options.mode = value as lz::lzma_mode,
            "nice_len" => options.nice_len = value,
            "mf" => options.mf = value as lz::lzma_match_finder,
            "depth" => options.depth = value,
            _ => return false,
        }
        true
    })?;
    Ok(Options::Lzma(Box::new(options)))
}

fn delta_filter(vm: &Vm, spec: Value) -> Result<Options, Raised> {
    let none = std::ptr::null_mut();
    // The only kind that there is works on bytes, and is 0.
    let mut options = DeltaOptions { kind: 0, distance: 1, reserved_int: [0; 4], reserved_ptr: [none; 2] };
    numbers(vm, spec, "delta", &[], &mut |name, value| {
        options.distance = value;
        name == "dist"
    })?;
    Ok(Options::Delta(Box::new(options)))
}

fn branch_filter(vm: &Vm, spec: Value) -> Result<Options, Raised> {
    let mut options = lz::lzma_options_bcj { start_offset: 0 };
    numbers(vm, spec, "BCJ", &[], &mut |name, value| {
        options.start_offset = value;
        name == "start_offset"
    })?;
    Ok(Options::Branch(Box::new(options)))
}

/// `_encode_filter_properties`
pub fn encode_properties(vm: &Vm, [_module, spec]: &[Value; 2]) -> R {
    let chain = Chain::new(vec![parse_filter(vm, *spec)?]);
    let mut size = 0;
    // SAFETY: the chain has a filter; it and its options live during the calls.
    match unsafe { lz::lzma_properties_size(&mut size, chain.as_ptr()) } {
        lz::LZMA_OK => {}
        code => return Err(error(vm, code)),
    }
    let mut out = vec![0; size as usize];
    // SAFETY: as above; there is room for the bytes that the library asked for.
    match unsafe { lz::lzma_properties_encode(chain.as_ptr(), out.as_mut_ptr()) } {
        lz::LZMA_OK => Ok(vm.bytes(&out).value()),
        code => Err(error(vm, code)),
    }
}

/// `_decode_filter_properties`
pub fn decode_properties(vm: &Vm, [_module, id, properties]: &[Value; 3]) -> R {
    let id = unsigned(vm, *id, u64::MAX, "lzma_vli")?;
    let properties = vm.bytes_of(*properties)?;
    let mut filter = lz::lzma_filter { id, options: std::ptr::null_mut() };
    let none = std::ptr::null();
    // SAFETY: the properties are that long; the library allocates the options with malloc.
    let code = unsafe { lz::lzma_properties_decode(&mut filter, none, properties.as_ptr(), properties.len()) };
    if code != lz::LZMA_OK {
        return Err(error(vm, code));
    }
    // SAFETY: the options were made by the library for this filter, and are not freed yet.
    let dict = unsafe { filter_dict(vm, &filter) };
    // SAFETY: no allocator was given, so the options came from malloc; nothing refers to them any more.
    unsafe { libc::free(filter.options) };
    Ok(dict?.value())
}

/// # Safety
/// The options of the filter are null or those of its id.
unsafe fn filter_dict(vm: &Vm, filter: &lz::lzma_filter) -> Result<Ref<Dict>, Raised> {
    let dict = vm.dict();
    let add = |name: &str, number: u64| dict.insert_str(vm, vm.intern(name), vm.int_u64(number));
    add("id", filter.id);
    match filter.id {
        lz::LZMA_FILTER_LZMA1 | lz::LZMA_FILTER_LZMA2 => {
            let options = unsafe { &*filter.options.cast::<lz::lzma_options_lzma>() };
            if filter.id == lz::LZMA_FILTER_LZMA1 {
                add("lc", options.lc as u64);
                add("lp", options.lp as u64);
                add("pb", options.pb as u64);
            }
            add("dict_size", options.dict_size as u64);
        }
        lz::LZMA_FILTER_DELTA => {
            let options = unsafe { &*filter.options.cast::<DeltaOptions>() };
            add("dist", options.distance as u64);
        }
        lz::LZMA_FILTER_X86
        | lz::LZMA_FILTER_POWERPC
        | lz::LZMA_FILTER_IA64
        | lz::LZMA_FILTER_ARM
        | lz::LZMA_FILTER_ARMTHUMB
        | lz::LZMA_FILTER_SPARC => {
            if !filter.options.is_null() {
                let options = unsafe { &*filter.options.cast::<lz::lzma_options_bcj>() };
                add("start_offset", options.start_offset as u64);
            }
        }
        id => return Err(vm.value_error(format!("Invalid filter ID: {id}"))),
    }
    Ok(dict)
}
