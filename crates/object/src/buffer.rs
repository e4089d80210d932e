//! The buffer protocol.

use crate::{ByteArray, Bytes, Ref, Value, ValueExt, Vm};

/// A view of the memory of an object. As long as it is held, the object must be kept alive and its memory in place:
/// `owner` is told by [`Vm::release_buffer`].
#[derive(Clone, Debug)]
pub struct Buffer {
    /// The object whose memory it is.
    pub owner: Value,
    /// Address of the first byte of the first item.
    pub address: *mut u8,
    /// Number of bytes.
    pub len: usize,
    /// May it be written?
    pub readonly: bool,
    /// Format of an item, as in the module struct.
    pub format: &'static str,
    /// Size of an item.
    pub itemsize: usize,
    /// Shape; None for one dimension of `len / itemsize` items.
    pub shape: Option<Vec<isize>>,
    /// Strides; None for contiguous memory.
    pub strides: Option<Vec<isize>>,
}

impl Buffer {
    /// A view of bytes.
    pub fn of_bytes(owner: Value, address: *const u8, len: usize, readonly: bool) -> Buffer {
        Buffer {
            owner,
            address: address.cast_mut(),
            len,
            readonly,
            format: "B",
            itemsize: 1,
            shape: None,
            strides: None,
        }
    }

    /// Do the items lie one behind the other in order?
    pub fn is_contiguous(&self) -> bool {
        let Some(strides) = &self.strides else { return true };
        let items = [(self.len / self.itemsize.max(1)) as isize];
        let shape = self.shape.as_deref().unwrap_or(&items);
        let mut expected = self.itemsize as isize;
        for (stride, extent) in strides.iter().zip(shape).rev() {
            if *extent > 1 && *stride != expected {
                return false;
            }
            expected *= *extent;
        }
        true
    }
}

impl Vm {
    /// A view of an object's memory. TypeError where it has none, BufferError where it cannot be written.
    pub fn buffer(&self, object: Value, writable: bool) -> Result<Buffer, crate::Raised> {
        if let Some(bytes) = object.cast::<Bytes>()
            && !writable
        {
            let slice = bytes.as_slice();
            return Ok(Buffer::of_bytes(object, slice.as_ptr(), slice.len(), true));
        }
        match self.type_of(object).slots().buffer {
            Some(slot) => slot(self, object, writable),
            None => {
                let name = self.type_of(object).qualified_name(self);
                Err(self.type_error(format!("a bytes-like object is required, not '{name}'")))
            }
        }
    }

    /// Does the object have the buffer protocol?
    pub fn has_buffer(&self, object: Value) -> bool {
        self.type_of(object).slots().buffer.is_some()
    }

    /// The bytes of a bytes-like object, which are not changed or moved while the closure runs: it must not call
    /// Python.
    pub fn with_bytes<T>(&self, object: Value, f: impl FnOnce(&[u8]) -> T) -> Result<T, crate::Raised> {
        if let Some(bytes) = self.as_bytes(object) {
            return Ok(f(bytes.as_slice()));
        }
        let buffer = self.buffer(object, false)?;
        if !buffer.is_contiguous() {
            self.release_buffer(&buffer);
            return Err(self.buffer_error("memoryview: underlying buffer is not C-contiguous"));
        }
        // SAFETY: the view is held until the closure is done.
        let slice: &[u8] =
            if buffer.len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(buffer.address, buffer.len) } };
        let result = f(slice);
        self.release_buffer(&buffer);
        Ok(result)
    }

    /// The same for memory that is to be written.
    pub fn with_bytes_mut<T>(&self, object: Value, f: impl FnOnce(&mut [u8]) -> T) -> Result<T, crate::Raised> {
        let buffer = match self.buffer(object, true) {
            Ok(buffer) if buffer.readonly => None,
            Ok(buffer) => Some(buffer),
            Err(raised) => {
                self.take_exception(raised);
                None
            }
        };
        let Some(buffer) = buffer else {
            let name = self.type_name(object);
            return Err(self.type_error(format!("a read-write bytes-like object is required, not {name}")));
        };
        // SAFETY: as above; the memory is writable, and only this thread runs.
        let slice: &mut [u8] = if buffer.len == 0 {
            &mut []
        } else {
            unsafe { std::slice::from_raw_parts_mut(buffer.address, buffer.len) }
        };
        let result = f(slice);
        self.release_buffer(&buffer);
        Ok(result)
    }

    /// A copy of the bytes of a bytes-like object.
    pub fn bytes_of(&self, object: Value) -> Result<Vec<u8>, crate::Raised> {
        self.with_bytes(object, <[u8]>::to_vec)
    }

    /// Gives a view back.
    pub fn release_buffer(&self, buffer: &Buffer) {
        if let Some(array) = buffer.owner.cast::<ByteArray>() {
            release_export(array);
        } else if let Some(release) = self.as_exporter(buffer.owner) {
            release.set(release.get().saturating_sub(1));
        } else if let Some(export) = self.as_native::<PythonExport>(buffer.owner) {
            let (owner, object, view) = (export.owner.get(), export.object.get(), export.view.get());
            if owner.is_unbound() {
                return;
            }
            export.owner.init(Value::UNBOUND);
            self.release_buffer(&Buffer::of_bytes(owner, std::ptr::null(), 0, true));
            let released = if export.own {
                Some(self.call_method_str(view, "release", &[]))
            } else {
                self.call_special(object, self.names.__release_buffer__, &[view])
            };
            if let Some(Err(raised)) = released {
                self.report_unraisable(raised, "Exception ignored in __release_buffer__", object);
            }
        }
    }

    fn as_exporter(&self, owner: Value) -> Option<&std::cell::Cell<usize>> {
        let exporter = self.as_native::<Exports>(owner)?;
        // SAFETY: the owner is kept alive by the caller's view.
        Some(unsafe { &*std::ptr::from_ref(&exporter.count) })
    }
}

fn release_export(array: Ref<ByteArray>) {
    array.exports.set(array.exports.get().saturating_sub(1));
}

/// An object that counts views of memory that it keeps in place: native modules use it as `owner` of their buffers.
pub struct Exports {
    /// Number of views.
    pub count: std::cell::Cell<usize>,
    /// The object whose memory it is.
    pub object: crate::Field,
}

impl crate::layout::native::NativeData for Exports {
    fn trace(&self, tracer: &mut heap::Tracer) {
        self.object.trace(tracer);
    }
}

/// The owner of a buffer that `__buffer__` of a Python class gave, where the class has `__release_buffer__`.
pub(crate) struct PythonExport {
    /// The owner of the buffer of the view; unbound once it was given back.
    pub owner: crate::Field,
    /// The instance.
    pub object: crate::Field,
    /// The memoryview that `__buffer__` gave.
    pub view: crate::Field,
    /// Is it a view of the instance's own memory? It is released with the buffer then.
    pub own: bool,
}

impl crate::layout::native::NativeData for PythonExport {
    fn trace(&self, tracer: &mut heap::Tracer) {
        self.owner.trace(tracer);
        self.object.trace(tracer);
        self.view.trace(tracer);
    }
}
