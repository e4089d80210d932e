//! The data of a memoryview, and when the memory is given back.
//!
//! All views that were made from one another share a [`Managed`]: it holds the buffer that the exporter gave. The buffer
//! goes back when the last of them is released, or when none is in use any more, which the collector finds out.

use super::pickle_buffer::PickleBuffer;
use heap::{Tracer, Value};
use object::buffer::Exports;
use object::layout::native::{Native, NativeData};
use object::layout::type_object::type_flags;
use object::slots::{SlotId, Slots};
use object::{Buffer, Bytes, Field, Kind, R, Raised, Ref, TypeDef, TypeId, TypeObj, ValueExt, Vm, natives};
use std::cell::Cell;

/// More dimensions than this no view has.
pub(super) const MAX_DIMENSIONS: usize = 64;

/// A buffer that views share.
pub(super) struct Managed {
    /// The owner as [`Buffer`] names it.
    owner: Field,
    /// The number of views that were not released.
    views: Cell<usize>,
    /// An instance of a Python class whose `__release_buffer__` is to be called, else unbound.
    exporter: Field,
    /// The first view, for that call.
    geometry: Option<Geometry>,
}

impl NativeData for Managed {
    fn trace(&self, tracer: &mut Tracer) {
        self.owner.trace(tracer);
        self.exporter.trace(tracer);
    }
}

static MANAGED: TypeDef = TypeDef {
    name: "managedbuffer",
    flags: type_flags::NO_NEW | type_flags::FINALIZER,
    methods: &[MANAGED_METHODS],
    ..TypeDef::DEFAULT
};

natives! { static MANAGED_METHODS: {
    "__del__($self, /)" => managed_del;
}}

fn managed_del(vm: &Vm, [this]: &[Value; 1]) -> R {
    if let Some(managed) = vm.as_native::<Managed>(*this) {
        managed.views.set(0);
        give_back(vm, managed);
    }
    Ok(Value::NONE)
}

fn managed_class(vm: &Vm) -> Ref<TypeObj> {
    const NAME: &str = "memoryview.managedbuffer";
    if let Some(class) = vm.state_value(NAME).and_then(|class| class.cast()) {
        return class;
    }
    let class = vm.make_type(&MANAGED);
    vm.set_state(NAME, class.value());
    class
}

fn give_back(vm: &Vm, managed: Ref<Native<Managed>>) {
    let owner = managed.owner.get();
    if !owner.is_unbound() {
        managed.owner.init(Value::UNBOUND);
        if let Some(geometry) = &managed.geometry {
            call_release(vm, managed, geometry.clone());
        }
        vm.release_buffer(&Buffer::of_bytes(owner, std::ptr::null(), 0, true));
    }
}

/// Calls `__release_buffer__` of a Python class that inherits its buffer from a built-in class.
fn call_release(vm: &Vm, managed: Ref<Native<Managed>>, geometry: Geometry) {
    let exporter = managed.exporter.get();
    let value = make(vm, managed.value(), exporter, geometry);
    let Some(view) = vm.as_native::<View>(value) else { return };
    view.restricted.set(true);
    if let Some(Err(raised)) = vm.call_special(exporter, vm.names.__release_buffer__, &[value]) {
        vm.report_unraisable(raised, "Exception ignored in __release_buffer__", exporter);
    }
    view.managed.init(Value::UNBOUND);
}

/// The data of a memoryview.
pub struct View {
    /// The shared buffer, unbound once the view is released.
    managed: Field,
    /// The object whose memory it is.
    pub(super) object: Field,
    /// The first byte of the first item.
    pub(super) address: Cell<*mut u8>,
    /// The bytes that all items take.
    pub(super) len: usize,
    pub(super) readonly: bool,
    /// As the exporter or `cast` named it.
    pub(super) format: &'static str,
    pub(super) itemsize: usize,
    pub(super) shape: Vec<isize>,
    pub(super) strides: Vec<isize>,
    /// Counts the buffers that this view gave away; made for the first one.
    exports: Field,
    pub(super) hash: Cell<Option<i64>>,
    /// No views may be derived: it is shown to `__release_buffer__` while the buffer is given back.
    restricted: Cell<bool>,
}

impl NativeData for View {
    fn trace(&self, tracer: &mut Tracer) {
        self.managed.trace(tracer);
        self.object.trace(tracer);
        self.exports.trace(tracer);
    }
}

/// A memoryview object.
pub(super) type ViewRef = Ref<Native<View>>;

/// What a derived view differs in.
#[derive(Clone)]
pub(super) struct Geometry {
    pub address: *mut u8,
    pub readonly: bool,
    pub format: &'static str,
    pub itemsize: usize,
    pub shape: Vec<isize>,
    pub strides: Vec<isize>,
}

impl View {
    /// What [`View::derive`] takes, as it is here.
    pub(super) fn geometry(&self) -> Geometry {
        Geometry {
            address: self.address.get(),
            readonly: self.readonly,
            format: self.format,
            itemsize: self.itemsize,
            shape: self.shape.clone(),
            strides: self.strides.clone(),
        }
    }

    /// A view of the same buffer.
    pub(super) fn derive(&self, vm: &Vm, geometry: Geometry) -> R {
        self.check_unrestricted(vm)?;
        let managed = self.managed.get();
        if let Some(managed) = vm.as_native::<Managed>(managed) {
            managed.views.set(managed.views.get() + 1);
        }
        Ok(make(vm, managed, self.object.get(), geometry))
    }

    fn check_unrestricted(&self, vm: &Vm) -> Result<(), Raised> {
        if self.restricted.get() {
            return Err(vm.value_error("cannot create new view on restricted memoryview"));
        }
        Ok(())
    }

    pub(super) fn is_released(&self) -> bool {
        self.managed.get().is_unbound()
    }

    /// Do the items lie one behind the other, the last index changing fastest?
    pub(super) fn is_c_contiguous(&self) -> bool {
        contiguous(self.itemsize, self.shape.iter().zip(&self.strides).rev())
    }

    /// Do the items lie one behind the other, the first index changing fastest?
    pub(super) fn is_f_contiguous(&self) -> bool {
        contiguous(self.itemsize, self.shape.iter().zip(&self.strides))
    }
}

fn contiguous<'a>(itemsize: usize, dimensions: impl Iterator<Item = (&'a isize, &'a isize)> + Clone) -> bool {
    if dimensions.clone().any(|(extent, _)| *extent == 0) {
        return true;
    }
    let mut expected = itemsize as isize;
    for (extent, stride) in dimensions {
        if *extent > 1 && *stride != expected {
            return false;
        }
        expected = expected.saturating_mul(*extent);
    }
    true
}

/// Strides of contiguous memory.
pub(super) fn c_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut stride = itemsize as isize;
    for (place, extent) in strides.iter_mut().zip(shape).rev() {
        *place = stride;
        stride = stride.saturating_mul(*extent);
    }
    strides
}

fn make(vm: &Vm, managed: Value, object: Value, geometry: Geometry) -> Value {
    let items = geometry.shape.iter().fold(1usize, |product, extent| product.saturating_mul((*extent).max(0) as usize));
    let view = View {
        managed: Field::new(managed),
        object: Field::new(object),
        address: Cell::new(geometry.address),
        len: items.saturating_mul(geometry.itemsize),
        readonly: geometry.readonly,
        format: geometry.format,
        itemsize: geometry.itemsize,
        shape: geometry.shape,
        strides: geometry.strides,
        exports: Field::new(Value::UNBOUND),
        hash: Cell::new(None),
        restricted: Cell::new(false),
    };
    vm.native(vm.types[TypeId::MemoryView], view).value()
}

/// A memoryview of a buffer, which it gives back in the end. `object` is what the view shows as its object.
pub fn from_buffer(vm: &Vm, buffer: Buffer, object: Value) -> Value {
    from_native(vm, buffer, object, false)
}

/// Is `__release_buffer__` of an object's class a Python function?
fn releases_by_python(vm: &Vm, object: Value) -> bool {
    let class = vm.type_of(object);
    class.has(type_flags::HEAP)
        && vm.lookup(class, vm.names.__release_buffer__).is_some_and(|release| release.kind() == Kind::FUNCTION)
}

/// The same for a buffer that came from the slot of a built-in class: `release` tells whether the object's own class may
/// want to hear of it when the buffer is given back.
pub(super) fn from_native(vm: &Vm, buffer: Buffer, object: Value, release: bool) -> Value {
    let release = release && releases_by_python(vm, object);
    // Bytes need not be told that their memory is no longer in use.
    let silent = buffer.owner.cast::<Bytes>().is_some() && !release;
    let class = if silent { vm.types[TypeId::Object] } else { managed_class(vm) };
    let itemsize = buffer.itemsize.max(1);
    let shape = buffer.shape.unwrap_or_else(|| vec![(buffer.len / itemsize) as isize]);
    let strides = buffer.strides.unwrap_or_else(|| c_strides(&shape, buffer.itemsize));
    let geometry = Geometry {
        address: buffer.address,
        readonly: buffer.readonly,
        format: buffer.format,
        itemsize: buffer.itemsize,
        shape,
        strides,
    };
    let managed = Managed {
        owner: Field::new(buffer.owner),
        views: Cell::new(1),
        exporter: Field::new(if release { object } else { Value::UNBOUND }),
        geometry: release.then(|| geometry.clone()),
    };
    let managed = vm.native(class, managed);
    make(vm, managed.value(), object, geometry)
}

/// A memoryview of an object.
pub fn from_object(vm: &Vm, object: Value, writable: bool) -> R {
    if let Some(view) = vm.as_native::<View>(object) {
        check(vm, view)?;
        if writable && view.readonly {
            return Err(vm.buffer_error("memoryview: underlying buffer is not writable"));
        }
        return view.derive(vm, view.geometry());
    }
    if let Some(buffer) = vm.as_native::<PickleBuffer>(object) {
        // The view shows the object behind it.
        return from_object(vm, buffer.object(vm)?, writable);
    }
    if !vm.has_buffer(object) {
        let class = vm.type_of(object).qualified_name(vm);
        return Err(vm.type_error(format!("memoryview: a bytes-like object is required, not '{class}'")));
    }
    let buffer = vm.buffer(object, writable)?;
    if buffer.shape.as_ref().is_some_and(|shape| shape.len() > MAX_DIMENSIONS) {
        vm.release_buffer(&buffer);
        return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    // A Python `__buffer__` sees to the release itself.
    let by_python = vm.type_of(object).slots().same(&Slots::PYTHON, SlotId::buffer);
    Ok(from_native(vm, buffer, object, !by_python))
}

/// The view that a method was called on, which must not be released.
pub(super) fn this(vm: &Vm, value: Value) -> Result<ViewRef, Raised> {
    let view = any(vm, value)?;
    check(vm, view)?;
    Ok(view)
}

/// The view that a method was called on, released or not.
pub(super) fn any(vm: &Vm, value: Value) -> Result<ViewRef, Raised> {
    vm.as_native::<View>(value).ok_or_else(|| vm.type_error("a memoryview is required"))
}

/// ValueError where a view is released.
pub(super) fn check(vm: &Vm, view: ViewRef) -> Result<(), Raised> {
    if view.is_released() {
        return Err(vm.value_error("operation forbidden on released memoryview object"));
    }
    Ok(())
}

/// Releases a view. BufferError where its memory was given away.
pub(super) fn release(vm: &Vm, view: ViewRef) -> Result<(), Raised> {
    if view.is_released() {
        return Ok(());
    }
    let exports = vm.as_native::<Exports>(view.exports.get());
    let mut count = exports.map_or(0, |exports| exports.count.get());
    if count > 0 {
        // Who holds the memory may be dead already, but not be known to be.
        vm.collect();
        vm.run_finalizers();
        count = exports.map_or(0, |exports| exports.count.get());
    }
    if count > 0 {
        let plural = if count == 1 { "" } else { "s" };
        return Err(vm.buffer_error(format!("memoryview has {count} exported buffer{plural}")));
    }
    let managed = vm.as_native::<Managed>(view.managed.get());
    view.managed.init(Value::UNBOUND);
    view.object.init(Value::NONE);
    if let Some(managed) = managed {
        let left = managed.views.get().saturating_sub(1);
        managed.views.set(left);
        if left == 0 {
            give_back(vm, managed);
        }
    }
    Ok(())
}

/// The slot `buffer`.
pub(super) fn buffer(vm: &Vm, value: Value, writable: bool) -> Result<Buffer, Raised> {
    let view = this(vm, value)?;
    view.check_unrestricted(vm)?;
    if writable && view.readonly {
        return Err(vm.buffer_error("memoryview: underlying buffer is not writable"));
    }
    let exports = match vm.as_native::<Exports>(view.exports.get()) {
        Some(exports) => exports,
        None => {
            let data = Exports { count: Cell::new(0), object: Field::new(value) };
            let exports = vm.native(vm.types[TypeId::Object], data);
            view.exports.set(vm, view, exports.value());
            exports
        }
    };
    exports.count.set(exports.count.get() + 1);
    Ok(Buffer {
        owner: exports.value(),
        address: view.address.get(),
        len: view.len,
        readonly: view.readonly,
        format: view.format,
        itemsize: view.itemsize,
        shape: (view.shape.len() != 1).then(|| view.shape.clone()),
        strides: (!view.is_c_contiguous()).then(|| view.strides.clone()),
    })
}
