//! Parameters of statements.

use super::connection::ConnectionRef;
use super::state::StateRef;
use super::statement::StatementRef;
use super::{adapt, error};
use libsqlite3_sys as ffi;
use object::{Dict, List, Raised, Str, Tuple, TypeId, Value, ValueExt, Vm, type_flags};
use std::ffi::CStr;
use std::os::raw::c_int;

/// Binds no parameters.
pub fn bind_nothing(vm: &Vm, connection: ConnectionRef, statement: StatementRef) -> Result<(), Raised> {
    // SAFETY: the statement is prepared.
    let wanted = unsafe { ffi::sqlite3_bind_parameter_count(statement.raw.handle()) };
    if wanted != 0 { Err(wrong_count(vm, connection, wanted, 0)) } else { Ok(()) }
}

/// Binds parameters, a sequence or a mapping.
pub fn bind(vm: &Vm, connection: ConnectionRef, statement: StatementRef, parameters: Value) -> Result<(), Raised> {
    let state = connection.state(vm)?;
    // SAFETY: the statement is prepared.
    let wanted = unsafe { ffi::sqlite3_bind_parameter_count(statement.raw.handle()) };
    let binder = Binder { vm, connection, state, statement };
    if let Some(tuple) = parameters.cast::<Tuple>() {
        return binder.sequence(wanted, tuple.len(), |index| Ok(tuple.items().get(index).copied()));
    }
    if let Some(list) = parameters.cast::<List>() {
        return binder.sequence(wanted, list.len(), |index| Ok(list.get(index)));
    }
    let class = vm.type_of(parameters);
    let is_dict = class.has(type_flags::DICT);
    if !is_dict && class.slots().getitem.is_some() && is_sequence(vm, parameters) {
        let count = vm.len(parameters)?;
        return binder.sequence(wanted, count, |index| vm.getitem(parameters, vm.int_usize(index)).map(Some));
    }
    if !is_dict {
        return Err(error::programming_error(vm, state, "parameters are of unsupported type"));
    }
    binder.mapping(wanted, parameters)
}

/// Has it items by number? Built-in mappings have not.
fn is_sequence(vm: &Vm, value: Value) -> bool {
    vm.type_of(value).def.get().is_none_or(|_| !vm.type_of(value).has(type_flags::MAPPING))
}

#[cold]
fn wrong_count(vm: &Vm, connection: ConnectionRef, wanted: c_int, given: usize) -> Raised {
    let text = format!(
        "Incorrect number of bindings supplied. The current statement uses {wanted}, and there are {given} supplied."
    );
    connection.state(vm).map_or_else(|raised| raised, |state| error::programming_error(vm, state, &text))
}

struct Binder<'a> {
    vm: &'a Vm,
    connection: ConnectionRef,
    state: StateRef,
    statement: StatementRef,
}

impl Binder<'_> {
    /// The name of a parameter, with its first character.
    fn name(&self, index: c_int) -> Option<&[u8]> {
        // SAFETY: the statement is prepared; the name lives as long as it.
        unsafe {
            let name = ffi::sqlite3_bind_parameter_name(self.statement.raw.handle(), index);
            if name.is_null() { None } else { Some(CStr::from_ptr(name).to_bytes()) }
        }
    }

    fn fail(&self, text: &str) -> Raised {
        error::programming_error(self.vm, self.state, text)
    }

    fn sequence(
        &self,
        wanted: c_int,
        count: usize,
        item: impl Fn(usize) -> Result<Option<Value>, Raised>,
    ) -> Result<(), Raised> {
        if count != wanted as usize {
            return Err(wrong_count(self.vm, self.connection, wanted, count));
        }
        for index in 0..count {
            let number = index as c_int + 1;
            if let Some(name) = self.name(number)
                && name.first() != Some(&b'?')
            {
                let name = String::from_utf8_lossy(name);
                return Err(self.fail(&format!(
                    "Binding {number} ('{name}') is a named parameter, but you supplied a sequence which requires \
                     nameless (qmark) placeholders."
                )));
            }
            // An adapter may have made a list shorter.
            let Some(value) = item(index)? else { return Err(self.vm.index_error("list index out of range")) };
            self.bind(number, value)?;
        }
        Ok(())
    }

    fn mapping(&self, wanted: c_int, parameters: Value) -> Result<(), Raised> {
        let vm = self.vm;
        for number in 1..=wanted {
            let Some(name) = self.name(number) else {
                return Err(self.fail(&format!(
                    "Binding {number} has no name, but you supplied a dictionary (which has only names)."
                )));
            };
            let key = super::callback::decode(vm, &name[1..])?;
            match self.lookup(parameters, key)? {
                Some(value) => self.bind(number, value)?,
                None => {
                    let name = String::from_utf8_lossy(&name[1..]).into_owned();
                    return Err(self.fail(&format!("You did not supply a value for binding parameter :{name}.")));
                }
            }
        }
        Ok(())
    }

    fn lookup(&self, parameters: Value, key: Value) -> Result<Option<Value>, Raised> {
        let vm = self.vm;
        if vm.is_exactly(parameters, TypeId::Dict)
            && let (Some(dict), Some(key)) = (parameters.cast::<Dict>(), key.cast::<Str>())
        {
            return Ok(dict.get_str(vm, key));
        }
        match vm.getitem(parameters, key) {
            Ok(value) => Ok(Some(value)),
            Err(raised) => vm.catch(raised, TypeId::LookupError).map(|_| None),
        }
    }

    #[inline]
    fn bind(&self, number: c_int, value: Value) -> Result<(), Raised> {
        let value = adapt::parameter(self.vm, self.state, value)?;
        // An adapter may have closed the connection.
        self.connection.check_open(self.vm)?;
        match self.bind_value(number, value) {
            Ok(ffi::SQLITE_OK) => Ok(()),
            Ok(_) => Err(error::failed(self.vm, self.state, self.connection.db.handle())),
            Err(raised) => Err(raised),
        }
    }

    /// SAFETY of the calls: the statement is prepared, and SQLite copies what it is shown.
    fn bind_value(&self, number: c_int, value: Value) -> Result<c_int, Raised> {
        let (vm, handle) = (self.vm, self.statement.raw.handle());
        if let Some(int) = value.as_small() {
            return Ok(unsafe { ffi::sqlite3_bind_int64(handle, number, int) });
        }
        if value.is_none() {
            return Ok(unsafe { ffi::sqlite3_bind_null(handle, number) });
        }
        if let Some(float) = vm.as_float(value) {
            return Ok(unsafe { ffi::sqlite3_bind_double(handle, number, float) });
        }
        if let Some(string) = vm.as_str(value) {
            let show = |bytes: &[u8]| {
                let Ok(len) = c_int::try_from(bytes.len()) else {
                    return Err(vm.overflow_error("string longer than INT_MAX bytes"));
                };
                let copied = ffi::SQLITE_TRANSIENT();
                Ok(unsafe { ffi::sqlite3_bind_text(handle, number, bytes.as_ptr().cast(), len, copied) })
            };
            return if string.is_ascii() { show(string.as_bytes()) } else { show(&crate::support::utf8(vm, string)?) };
        }
        if let Some(int) = vm.as_int(value) {
            return match int.to_i64() {
                Some(int) => Ok(unsafe { ffi::sqlite3_bind_int64(handle, number, int) }),
                None => Err(vm.overflow_error("Python int too large to convert to SQLite INTEGER")),
            };
        }
        if vm.has_buffer(value) {
            return vm.with_bytes(value, |bytes| {
                let Ok(len) = c_int::try_from(bytes.len()) else {
                    return Err(vm.overflow_error("BLOB longer than INT_MAX bytes"));
                };
                let copied = ffi::SQLITE_TRANSIENT();
                // An empty blob is not NULL: its address must not be.
                let address = if len == 0 { c"".as_ptr().cast() } else { bytes.as_ptr().cast() };
                Ok(unsafe { ffi::sqlite3_bind_blob(handle, number, address, len, copied) })
            })?;
        }
        let name = vm.type_name(value);
        Err(self.fail(&format!("Error binding parameter {number}: type '{name}' is not supported")))
    }
}
