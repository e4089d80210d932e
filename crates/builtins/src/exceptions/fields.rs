//! Fields of exception classes beyond those of BaseException.

use super::exception;
use ::object::slots::R;
use ::object::{GetSet, Raised, Value, Vm};

fn get<const FIELD: usize>(vm: &Vm, this: Value) -> R {
    Ok(exception(vm, this)?.extra(FIELD).or_none())
}

fn set<const FIELD: usize>(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    exception(vm, this)?.set_extra(vm, FIELD, value.or_none());
    Ok(())
}

/// A field that Python may read and write.
pub const fn field<const FIELD: usize>(name: &'static str, doc: &'static str) -> GetSet {
    GetSet { name, get: get::<FIELD>, set: Some(set::<FIELD>), doc, is_member: true }
}

/// A field that Python may read.
pub const fn read_only<const FIELD: usize>(name: &'static str, doc: &'static str) -> GetSet {
    GetSet { name, get: get::<FIELD>, set: None, doc, is_member: true }
}
