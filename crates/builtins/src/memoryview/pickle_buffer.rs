//! The class PickleBuffer: memory that may be left out of a pickle. The module `_pickle` shows it.

use heap::{Tracer, Value};
use object::layout::native::{Native, NativeData};
use object::{
    Args, Buffer, Field, R, Raised, Ref, Slot, TypeDef, TypeObj, ValueExt, Vm, native_ref, natives, type_flags,
};

/// Memory of an object. A memoryview holds it until the PickleBuffer is released or dead.
pub struct PickleBuffer {
    /// The object, unbound once it is released.
    object: Field,
    held: Field,
}

impl NativeData for PickleBuffer {
    fn trace(&self, tracer: &mut Tracer) {
        self.object.trace(tracer);
        self.held.trace(tracer);
    }
}

impl PickleBuffer {
    /// The object whose memory it is. ValueError where it was released.
    pub fn object(&self, vm: &Vm) -> R {
        let object = self.object.get().bound();
        object.ok_or_else(|| vm.value_error("operation forbidden on released PickleBuffer object"))
    }

    /// A view of the memory.
    pub fn view(&self, vm: &Vm) -> Result<Buffer, Raised> {
        vm.buffer(self.object(vm)?, false)
    }
}

/// `pickle.PickleBuffer`
pub static PICKLE_BUFFER: TypeDef = TypeDef {
    name: "PickleBuffer",
    module: "pickle",
    doc: "Wrapper for potentially out-of-band buffers",
    flags: type_flags::WEAKREF,
    slots: &[Slot::buffer(buffer)],
    methods: &[METHODS],
    new: Some(native_ref!("PickleBuffer(...)" -> new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return a memoryview of the raw memory underlying this buffer.
    ///
    /// BufferError is raised where the memory isn't contiguous.
    "raw($self, /)" => raw;
    /// Release the underlying buffer exposed by the PickleBuffer object.
    "release($self, /)" => release;
}}

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().and_then(|class| class.cast::<TypeObj>());
    let class = class.ok_or_else(|| vm.type_error("a class is required"))?;
    let object = match args.args[1..args.count()] {
        [] => return Err(vm.type_error("PickleBuffer() takes exactly 1 positional argument (0 given)")),
        [object] if args.keyword_count() == 0 => object,
        _ => {
            let given = args.args.len() - 1;
            return Err(vm.type_error(format!("PickleBuffer() takes at most 1 argument ({given} given)")));
        }
    };
    if !vm.has_buffer(object) {
        let name = vm.type_of(object).qualified_name(vm);
        return Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")));
    }
    let held = super::view::from_object(vm, object, false)?;
    let buffer = PickleBuffer { object: Field::new(object), held: Field::new(held) };
    Ok(vm.native(class, buffer).value())
}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<PickleBuffer>>, Raised> {
    vm.as_native::<PickleBuffer>(this).ok_or_else(|| vm.type_error("a pickle.PickleBuffer object is required"))
}

/// Do the items lie one behind the other, in the order of the first or of the last index?
pub fn is_contiguous(view: &Buffer) -> bool {
    if view.is_contiguous() || view.len == 0 {
        return true;
    }
    let (Some(shape), Some(strides)) = (&view.shape, &view.strides) else { return false };
    let mut expected = view.itemsize as isize;
    shape.iter().zip(strides).all(|(extent, stride)| {
        let fits = *extent <= 1 || *stride == expected;
        expected = expected.saturating_mul(*extent);
        fits
    })
}

fn buffer(vm: &Vm, this: Value, writable: bool) -> Result<Buffer, Raised> {
    vm.buffer(own(vm, this)?.object(vm)?, writable)
}

fn raw(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let view = own.view(vm)?;
    if !is_contiguous(&view) {
        vm.release_buffer(&view);
        return Err(vm.buffer_error("cannot extract raw buffer from non-contiguous buffer"));
    }
    let flat = Buffer { format: "B", itemsize: 1, shape: None, strides: None, ..view };
    Ok(super::view::from_buffer(vm, flat, own.object.get()))
}

fn release(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    if !own.object.get().is_unbound() {
        own.object.init(Value::UNBOUND);
        vm.call_method_str(own.held.get(), "release", &[])?;
    }
    Ok(Value::NONE)
}
