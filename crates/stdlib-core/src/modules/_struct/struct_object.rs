//! The class `Struct`, and iterators over packed structs.

use super::format::{Layout, format_text};
use super::{error, pack, unpack};
use crate::support::{class_arg, data, itself, kept_class};
use object::traced;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{Args, Field, GetSet, Raised, Ref, TypeDef, Value, Vm, native_ref, natives, type_flags};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A compiled format.
pub struct Struct {
    format: Field,
    layout: RefCell<Option<Rc<Layout>>>,
}

/// An iterator over the structs in a buffer.
pub struct UnpackIter {
    compiled: Field,
    buffer: Field,
    at: Cell<usize>,
}

traced! {
    Struct { format }
    UnpackIter { compiled, buffer }
}

pub static STRUCT: TypeDef = TypeDef {
    name: "Struct",
    module: "_struct",
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "Struct(fmt) --> compiled struct object",
    slots: &[Slot::repr(repr)],
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "format",
            get: |vm, this| {
                let own = data::<Struct>(vm, this)?;
                own.layout(vm)?;
                Ok(own.format.get())
            },
            set: None,
            doc: "struct format string",
            is_member: false,
        },
        GetSet {
            name: "size",
            get: |vm, this| {
                let size = data::<Struct>(vm, this)?.layout.borrow().as_ref().map(|layout| layout.size);
                Ok(size.map_or_else(|| vm.int(-1), |size| vm.int_usize(size)))
            },
            set: None,
            doc: "struct size in bytes",
            is_member: false,
        },
    ],
    new: Some(native_ref!("Struct(...)" -> new)),
    init: Some(native_ref!("Struct($self, format)" => init)),
    ..TypeDef::DEFAULT
};

pub static ITERATOR: TypeDef = TypeDef {
    name: "unpack_iterator",
    module: "_struct",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(itself), Slot::next(next)],
    methods: &[ITERATOR_METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// pack(v1, v2, ...) -> bytes
    ///
    /// Return a bytes object containing values v1, v2, ... packed according to the format string Struct.format.
    "pack(...)" -> pack_method;
    /// pack_into(buffer, offset, v1, v2, ...)
    ///
    /// Pack the values v1, v2, ... according to the format string Struct.format and write the packed bytes into the
    /// writable buffer buf starting at offset.
    "pack_into(...)" -> pack_into_method;
    /// Return a tuple containing unpacked values.
    ///
    /// Unpack according to the format string Struct.format. The buffer's size in bytes must be Struct.size.
    "unpack($self, buffer, /)" => unpack_method;
    /// Return a tuple containing unpacked values.
    ///
    /// Values are unpacked according to the format string Struct.format. The buffer's size in bytes, starting at position
    /// offset, must be at least Struct.size.
    "unpack_from($self, /, buffer, offset=0)" => unpack_from_method;
    /// Return an iterator yielding tuples.
    ///
    /// Tuples are unpacked from the given bytes source, like a repeated invocation of unpack_from().
    "iter_unpack($self, buffer, /)" => iter_unpack_method;
    /// S.__sizeof__() -> size of S in memory, in bytes
    "__sizeof__($self, /)" => sizeof;
}}

natives! { static ITERATOR_METHODS: {
    "__length_hint__($self, /)" => length_hint;
}}

impl Struct {
    /// One that is not initialised.
    pub fn empty() -> Struct {
        Struct { format: Field::new(Value::NONE), layout: RefCell::new(None) }
    }

    /// The layout. It stays while it is held, whatever becomes of the object.
    pub fn layout(&self, vm: &Vm) -> Result<Rc<Layout>, Raised> {
        match &*self.layout.borrow() {
            Some(layout) => Ok(layout.clone()),
            None => Err(vm.runtime_error("Struct object is not initialized")),
        }
    }
}

fn new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    Ok(vm.native(class, Struct::empty()).value())
}

fn init(vm: &Vm, [this, format]: &[Value; 2]) -> R {
    init_with(vm, data::<Struct>(vm, *this)?, *format)?;
    Ok(Value::NONE)
}

/// Sets the format of a Struct.
pub fn init_with(vm: &Vm, this: Ref<Native<Struct>>, format: Value) -> Result<(), Raised> {
    let text = format_text(vm, format)?;
    let layout = Layout::parse(vm, &text)?;
    this.format.set(vm, this, vm.str(&String::from_utf8_lossy(&text)).value());
    this.layout.replace(Some(Rc::new(layout)));
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> R {
    let format = vm.repr(data::<Struct>(vm, this)?.format.get())?;
    Ok(vm.str(&format!("{}({})", vm.type_name(this), format.to_string_lossy())).value())
}

/// The instance that a method is called on, and the other arguments.
fn receiver<'a>(vm: &Vm, name: &str, args: Args<'a>) -> Result<(Rc<Layout>, &'a [Value]), Raised> {
    let args = crate::support::positional(vm, name, args)?;
    match args.split_first() {
        Some((this, rest)) => Ok((data::<Struct>(vm, *this)?.layout(vm)?, rest)),
        None => Err(vm.type_error(format!("unbound method {name}() needs an argument"))),
    }
}

fn pack_method(vm: &Vm, args: Args) -> R {
    let (layout, values) = receiver(vm, "Struct.pack", args)?;
    pack::pack(vm, &layout, values)
}

fn pack_into_method(vm: &Vm, args: Args) -> R {
    let (layout, rest) = receiver(vm, "Struct.pack_into", args)?;
    pack::pack_into(vm, &layout, rest)
}

fn unpack_method(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    unpack::unpack(vm, &*data::<Struct>(vm, *this)?.layout(vm)?, *buffer)
}

fn unpack_from_method(vm: &Vm, [this, buffer, offset]: &[Value; 3]) -> R {
    unpack::unpack_from(vm, &*data::<Struct>(vm, *this)?.layout(vm)?, *buffer, *offset)
}

fn iter_unpack_method(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    iterate(vm, data::<Struct>(vm, *this)?, *buffer)
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let items = data::<Struct>(vm, *this)?.layout(vm)?.items.len();
    Ok(vm.int_usize(64 + 40 * items))
}

/// An iterator over the structs in a buffer.
pub fn iterate(vm: &Vm, this: Ref<Native<Struct>>, buffer: Value) -> R {
    let size = this.layout(vm)?.size;
    if size == 0 {
        return Err(error(vm, "cannot iteratively unpack with a struct of length 0"));
    }
    let len = vm.with_bytes(buffer, <[u8]>::len)?;
    if len % size != 0 {
        let text = format!("iterative unpacking requires a buffer of a multiple of {size} bytes");
        return Err(error(vm, text));
    }
    let iterator =
        UnpackIter { compiled: Field::new(this.value()), buffer: Field::new(buffer), at: Cell::new(0) };
    Ok(vm.native(kept_class(vm, "_struct.unpack_iterator")?, iterator).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let iterator = data::<UnpackIter>(vm, this)?;
    if iterator.buffer.get().is_none() {
        return Ok(Value::UNBOUND);
    }
    let layout = data::<Struct>(vm, iterator.compiled.get())?.layout(vm)?;
    let at = iterator.at.get();
    let values = vm.with_bytes(iterator.buffer.get(), |bytes| match bytes.get(at..at + layout.size) {
        Some(part) if layout.size > 0 => unpack::values(vm, &layout, part),
        _ => Ok(Value::UNBOUND),
    })??;
    if values.is_unbound() {
        iterator.buffer.set(vm, iterator, Value::NONE);
    }
    iterator.at.set(at + layout.size);
    Ok(values)
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iterator = data::<UnpackIter>(vm, *this)?;
    if iterator.buffer.get().is_none() {
        return Ok(vm.int(0));
    }
    let size = data::<Struct>(vm, iterator.compiled.get())?.layout(vm)?.size.max(1);
    let len = vm.with_bytes(iterator.buffer.get(), <[u8]>::len)?;
    Ok(vm.int_usize(len.saturating_sub(iterator.at.get()) / size))
}
