//! `translate` and `maketrans`.

use super::data::{Data, bytes_argument};
use heap::Value;
use object::{R, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return a copy in which each byte is replaced by what a table has at its place, after some were deleted.
    ///
    ///   table
    ///     256 bytes, or None, which changes nothing.
    ///   delete
    ///     The bytes to be deleted.
    "translate($self, table, /, delete=<unrepresentable>)" => translate;
    /// Return a table for bytes.translate() and bytearray.translate(): bytes of frm become those of to at the same place.
    "maketrans(frm, to, /)" => maketrans [statik];
}}

fn translate(vm: &Vm, [value, table, delete]: &[Value; 3]) -> R {
    let table = if table.is_none() { None } else { Some(bytes_argument(vm, *table)?) };
    if table.as_ref().is_some_and(|table| table.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let mut dropped = [false; 256];
    if !delete.is_unbound() {
        for &byte in bytes_argument(vm, *delete)?.iter() {
            dropped[byte as usize] = true;
        }
    }
    let data = Data::of(vm, *value)?;
    let kept = data.as_slice().iter().filter(|byte| !dropped[**byte as usize]);
    let out: Vec<u8> = match &table {
        Some(table) => kept.map(|byte| table[*byte as usize]).collect(),
        None => kept.copied().collect(),
    };
    if matches!(data, Data::Bytes(_)) && out == data.as_slice() {
        return Ok(data.same(vm));
    }
    Ok(data.make(vm, &out))
}

fn maketrans(vm: &Vm, [from, to]: &[Value; 2]) -> R {
    let (from, to) = (bytes_argument(vm, *from)?, bytes_argument(vm, *to)?);
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    for (from, to) in from.iter().zip(to.iter()) {
        table[*from as usize] = *to;
    }
    Ok(vm.bytes(&table).value())
}
