//! Blobs that are read and written in place.

use super::connection::{Connection, ConnectionRef, c_string, checked, int_argument};
use super::db::RawBlob;
use super::{error, gate, state};
use crate::support::data;
use libsqlite3_sys as ffi;
use object::{
    Field, Kind, Native, NativeData, R, Raised, Ref, Slice, Slot, Tracer, TypeDef, Value, ValueExt, Vm, natives,
    type_flags,
};
use std::cell::Cell;
use std::os::raw::c_int;
use std::rc::Rc;

/// A blob.
pub struct Blob {
    connection: Field,
    raw: Rc<RawBlob>,
    offset: Cell<c_int>,
}

impl NativeData for Blob {
    fn trace(&self, tracer: &mut Tracer) {
        self.connection.trace(tracer);
    }
}

natives! { static METHODS: {
    /// Close the blob.
    "close($self, /)" => close;
    "__enter__($self, /)" => enter;
    "__exit__($self, type, val, tb, /)" => exit;
    /// Return the next bytes, all that are left where length is negative.
    "read($self, length=-1, /)" => read;
    /// Set the place where reading and writing goes on.
    "seek($self, offset, origin=0, /)" => seek;
    /// Return the place where reading and writing goes on.
    "tell($self, /)" => tell;
    /// Write bytes; the size of the blob stays.
    "write($self, data, /)" => write;
}}

/// `Blob`
pub static BLOB: TypeDef = TypeDef {
    name: "Blob",
    module: "sqlite3",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW | type_flags::WEAKREF,
    inherit_new: false,
    slots: &[
        Slot::len(|vm, this| Ok(open_blob(vm, this)?.0.size() as usize)),
        Slot::getitem(getitem),
        // It has items, but is no sequence.
        Slot::iter(|vm, _| Err(vm.type_error("'sqlite3.Blob' object is not iterable"))),
        Slot::contains(|vm, _, _| Err(vm.type_error("argument of type 'sqlite3.Blob' is not a container or iterable"))),
        Slot::setitem(setitem),
    ],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `Connection.blobopen()`
pub fn open(vm: &Vm, [this, table, column, row, readonly, name]: &[Value; 6]) -> R {
    let table = c_string(vm, *table, "blobopen", "1")?;
    let column = c_string(vm, *column, "blobopen", "2")?;
    let Some(row) = vm.as_int(*row) else { return Err(vm.type_error("expected 'int'")) };
    let Some(row) = row.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to SQLite INTEGER"));
    };
    let readonly = vm.truthy(*readonly)?;
    let name = c_string(vm, *name, "blobopen", "'name'")?;
    let connection = checked(vm, *this)?;
    let state = connection.state(vm)?;
    let db = connection.db.handle();
    let mut handle = std::ptr::null_mut();
    // SAFETY: the connection is open, the texts end with null characters.
    let code = gate::leave(vm, || unsafe {
        let (table, column) = (table.as_ptr(), column.as_ptr());
        ffi::sqlite3_blob_open(db, name.as_ptr(), table, column, row, !readonly as c_int, &mut handle)
    });
    if code == ffi::SQLITE_MISUSE {
        return Err(error::from_code(vm, state, code));
    }
    if code != ffi::SQLITE_OK {
        return Err(error::failed(vm, state, db));
    }
    let raw = RawBlob::new(&connection.db, handle);
    let blob = Blob { connection: Field::new(*this), raw, offset: Cell::new(0) };
    Ok(vm.native(state::class(vm, &state.blob)?, blob).value())
}

/// A blob that is open, and its connection.
fn open_blob(vm: &Vm, this: Value) -> Result<(Ref<Native<Blob>>, ConnectionRef), Raised> {
    let blob = data::<Blob>(vm, this)?;
    let connection: ConnectionRef = data::<Connection>(vm, blob.connection.get())?;
    connection.check(vm)?;
    if blob.raw.handle().is_null() {
        return Err(error::programming_error(vm, connection.state(vm)?, "Cannot operate on a closed blob."));
    }
    Ok((blob, connection))
}

impl Blob {
    fn size(&self) -> c_int {
        // SAFETY: the blob is open.
        unsafe { ffi::sqlite3_blob_bytes(self.raw.handle()) }
    }

    /// Reads bytes that are there.
    fn read(&self, vm: &Vm, connection: ConnectionRef, offset: c_int, length: c_int) -> R {
        let mut code = ffi::SQLITE_OK;
        let bytes = vm.bytes_with(length as usize, |bytes| {
            // SAFETY: the blob is open, and there is room.
            code = unsafe { ffi::sqlite3_blob_read(self.raw.handle(), bytes.as_mut_ptr().cast(), length, offset) };
        });
        if code != ffi::SQLITE_OK {
            return Err(error::from_code(vm, connection.state(vm)?, code));
        }
        Ok(bytes.value())
    }

    fn write(&self, vm: &Vm, connection: ConnectionRef, bytes: &[u8], offset: c_int) -> Result<(), Raised> {
        let Ok(len) = c_int::try_from(bytes.len()) else {
            return Err(vm.overflow_error("data longer than INT_MAX bytes"));
        };
        if len > self.size() - offset {
            return Err(vm.value_error("data longer than blob length"));
        }
        // SAFETY: the blob is open, and the bytes are there.
        let code = unsafe { ffi::sqlite3_blob_write(self.raw.handle(), bytes.as_ptr().cast(), len, offset) };
        if code != ffi::SQLITE_OK {
            return Err(error::from_code(vm, connection.state(vm)?, code));
        }
        Ok(())
    }
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let blob = data::<Blob>(vm, *this)?;
    data::<Connection>(vm, blob.connection.get())?.check(vm)?;
    blob.raw.close();
    Ok(Value::NONE)
}

fn enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    open_blob(vm, *this)?;
    Ok(*this)
}

fn exit(vm: &Vm, [this, ..]: &[Value; 4]) -> R {
    open_blob(vm, *this)?;
    close(vm, &[*this])?;
    Ok(Value::FALSE)
}

fn read(vm: &Vm, [this, length]: &[Value; 2]) -> R {
    let length = int_argument(vm, *length)?;
    let (blob, connection) = open_blob(vm, *this)?;
    let offset = blob.offset.get();
    let left = blob.size() - offset;
    let length = if length < 0 || length > left { left } else { length };
    if length == 0 {
        return Ok(vm.bytes(&[]).value());
    }
    let bytes = blob.read(vm, connection, offset, length)?;
    blob.offset.set(offset + length);
    Ok(bytes)
}

fn write(vm: &Vm, [this, bytes]: &[Value; 2]) -> R {
    let bytes = vm.bytes_of(*bytes)?;
    let (blob, connection) = open_blob(vm, *this)?;
    blob.write(vm, connection, &bytes, blob.offset.get())?;
    blob.offset.set(blob.offset.get() + bytes.len() as c_int);
    Ok(Value::NONE)
}

fn seek(vm: &Vm, [this, offset, origin]: &[Value; 3]) -> R {
    let (offset, origin) = (int_argument(vm, *offset)?, int_argument(vm, *origin)?);
    let (blob, _) = open_blob(vm, *this)?;
    let size = blob.size();
    let start = match origin {
        libc::SEEK_SET => 0,
        libc::SEEK_CUR => blob.offset.get(),
        libc::SEEK_END => size,
        _ => return Err(vm.value_error("'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END")),
    };
    let Some(offset) = start.checked_add(offset) else {
        return Err(vm.overflow_error("seek offset results in overflow"));
    };
    if offset < 0 || offset > size {
        return Err(vm.value_error("offset out of blob range"));
    }
    blob.offset.set(offset);
    Ok(Value::NONE)
}

fn tell(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(open_blob(vm, *this)?.0.offset.get() as i64))
}

/// The place that an index stands for.
fn place(vm: &Vm, blob: Ref<Native<Blob>>, key: Value) -> Result<c_int, Raised> {
    let (index, size) = (vm.index_isize(key)?, blob.size() as isize);
    let index = if index < 0 { index + size } else { index };
    if index < 0 || index >= size {
        return Err(vm.index_error("Blob index out of range"));
    }
    Ok(index as c_int)
}

fn is_index(vm: &Vm, key: Value) -> bool {
    vm.as_int(key).is_some() || vm.type_of(key).slots().index.is_some()
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let (blob, connection) = open_blob(vm, this)?;
    if let Some(slice) = key.cast::<Slice>() {
        let range = vm.slice_range(slice, || blob.size() as usize)?;
        if range.count == 0 {
            return Ok(vm.bytes(&[]).value());
        }
        check_step(vm, range.step)?;
        if range.step == 1 {
            return blob.read(vm, connection, range.start as c_int, range.count as c_int);
        }
        let all = blob.read(vm, connection, 0, blob.size())?;
        let Some(all) = vm.as_bytes(all) else { return Err(vm.system_error("no bytes")) };
        let step = range.step;
        let picked: Vec<u8> =
            (0..range.count).map(|at| all.as_slice()[(range.start as isize + at as isize * step) as usize]).collect();
        return Ok(vm.bytes(&picked).value());
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("Blob indices must be integers"));
    }
    let at = place(vm, blob, key)?;
    let byte = blob.read(vm, connection, at, 1)?;
    Ok(vm.int(vm.as_bytes(byte).and_then(|bytes| bytes.as_slice().first().copied()).unwrap_or(0) as i64))
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let (blob, connection) = open_blob(vm, this)?;
    if let Some(slice) = key.cast::<Slice>() {
        return set_slice(vm, blob, connection, slice, value);
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("Blob indices must be integers"));
    }
    if value.is_unbound() {
        return Err(vm.type_error("Blob doesn't support item deletion"));
    }
    let at = place(vm, blob, key)?;
    let Some(int) = vm.as_int(value) else {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")));
    };
    let Some(byte) = int.to_i64().and_then(|int| u8::try_from(int).ok()) else {
        return Err(vm.value_error("byte must be in range(0, 256)"));
    };
    blob.write(vm, connection, &[byte], at)
}

fn check_step(vm: &Vm, step: isize) -> Result<(), Raised> {
    if step < 0 { Err(vm.value_error("Blob doesn't support slices with a negative step")) } else { Ok(()) }
}

fn set_slice(
    vm: &Vm,
    blob: Ref<Native<Blob>>,
    connection: ConnectionRef,
    slice: Ref<Slice>,
    value: Value,
) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("Blob doesn't support slice deletion"));
    }
    let range = vm.slice_range(slice, || blob.size() as usize)?;
    let bytes = vm.bytes_of(value)?;
    if bytes.len() != range.count {
        return Err(vm.index_error("Blob slice assignment is wrong size"));
    }
    if range.count == 0 {
        return Ok(());
    }
    check_step(vm, range.step)?;
    // What was asked for bytes may have closed the blob.
    if blob.raw.handle().is_null() {
        return Err(error::programming_error(vm, connection.state(vm)?, "Cannot operate on a closed blob."));
    }
    if range.step == 1 {
        return blob.write(vm, connection, &bytes, range.start as c_int);
    }
    let all = blob.read(vm, connection, 0, blob.size())?;
    let mut all = vm.as_bytes(all).map(|all| all.as_slice().to_vec()).unwrap_or_default();
    for (at, byte) in bytes.iter().enumerate() {
        if let Some(place) = all.get_mut((range.start as isize + at as isize * range.step) as usize) {
            *place = *byte;
        }
    }
    blob.write(vm, connection, &all, 0)
}
