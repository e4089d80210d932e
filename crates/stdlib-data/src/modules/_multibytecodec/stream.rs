//! Readers and writers of streams.

use super::class_with_codec;
use super::incremental::{Decoder, Encoder};
use object::layout::native::Native;
use object::{Field, GetSet, NativeData, R, Raised, Ref, Tracer, TypeDef, Value, Vm, native_ref, natives, type_flags};

struct Reader {
    stream: Field,
    decoder: Decoder,
}

impl NativeData for Reader {
    fn trace(&self, tracer: &mut Tracer) {
        self.stream.trace(tracer);
    }
}

struct Writer {
    stream: Field,
    encoder: Encoder,
}

impl NativeData for Writer {
    fn trace(&self, tracer: &mut Tracer) {
        self.stream.trace(tracer);
    }
}

pub static READER: TypeDef = TypeDef {
    name: "MultibyteStreamReader",
    module: "_multibytecodec",
    flags: type_flags::BASETYPE,
    methods: &[READER_METHODS],
    getset: &[
        GetSet {
            name: "errors",
            get: |vm, this| reader(vm, this)?.decoder.errors.value(vm),
            set: Some(|vm, this, value| reader(vm, this)?.decoder.errors.set(vm, value)),
            doc: "how to treat errors",
            is_member: false,
        },
        GetSet {
            name: "stream",
            get: |vm, this| Ok(reader(vm, this)?.stream.get()),
            set: None,
            doc: "",
            is_member: true,
        },
    ],
    new: Some(native_ref!("MultibyteStreamReader($cls, /, stream, errors='strict')" => new_reader)),
    init: Some(native_ref!("__init__(...)" -> super::no_init)),
    ..TypeDef::DEFAULT
};

natives! { static READER_METHODS: {
    "read($self, sizeobj=None, /)" => read;
    "readline($self, sizeobj=None, /)" => readline;
    "readlines($self, sizehintobj=None, /)" => readlines;
    "reset($self, /)" => reader_reset;
}}

pub static WRITER: TypeDef = TypeDef {
    name: "MultibyteStreamWriter",
    module: "_multibytecodec",
    flags: type_flags::BASETYPE,
    methods: &[WRITER_METHODS],
    getset: &[
        GetSet {
            name: "errors",
            get: |vm, this| writer(vm, this)?.encoder.errors.value(vm),
            set: Some(|vm, this, value| writer(vm, this)?.encoder.errors.set(vm, value)),
            doc: "how to treat errors",
            is_member: false,
        },
        GetSet {
            name: "stream",
            get: |vm, this| Ok(writer(vm, this)?.stream.get()),
            set: None,
            doc: "",
            is_member: true,
        },
    ],
    new: Some(native_ref!("MultibyteStreamWriter($cls, /, stream, errors='strict')" => new_writer)),
    init: Some(native_ref!("__init__(...)" -> super::no_init)),
    ..TypeDef::DEFAULT
};

natives! { static WRITER_METHODS: {
    "write($self, strobj, /)" => write;
    "writelines($self, lines, /)" => writelines;
    "reset($self, /)" => writer_reset;
}}

fn reader(vm: &Vm, this: Value) -> Result<Ref<Native<Reader>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a MultibyteStreamReader is needed"))
}

fn writer(vm: &Vm, this: Value) -> Result<Ref<Native<Writer>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a MultibyteStreamWriter is needed"))
}

fn new_reader(vm: &Vm, [class, stream, errors]: &[Value; 3]) -> R {
    let (class, charset) = class_with_codec(vm, *class)?;
    let decoder = Decoder::new(vm, charset, *errors)?;
    Ok(vm.native(class, Reader { stream: Field::new(*stream), decoder }).value())
}

fn new_writer(vm: &Vm, [class, stream, errors]: &[Value; 3]) -> R {
    let (class, charset) = class_with_codec(vm, *class)?;
    let encoder = Encoder::new(vm, charset, *errors)?;
    Ok(vm.native(class, Writer { stream: Field::new(*stream), encoder }).value())
}

/// Reads by a method of the stream until there is text, or nothing more.
fn read_by(vm: &Vm, this: Value, method: &str, size: Value) -> R {
    let own = reader(vm, this)?;
    let size = match vm.as_int(size) {
        Some(size) => size.to_i64().unwrap_or(i64::MAX),
        None if size.is_none() => -1,
        None => return Err(vm.type_error("arg 1 must be an integer")),
    };
    if size == 0 {
        return Ok(vm.str("").value());
    }
    loop {
        let args = if size < 0 { vm.tuple(&[]) } else { vm.tuple(&[vm.int(size)]) };
        let data = vm.call_method_str(own.stream.get(), method, args.items())?;
        let Some(bytes) = vm.as_bytes(data) else {
            let class = vm.type_name(data);
            return Err(vm.type_error(format!("stream function returned a non-bytes object ({class})")));
        };
        let last = size < 0 || bytes.is_empty();
        let text = own.decoder.decode(vm, bytes.as_slice(), last)?;
        if last || !text.is_empty() {
            return Ok(text.value());
        }
    }
}

fn read(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    read_by(vm, *this, "read", *size)
}

fn readline(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    read_by(vm, *this, "readline", *size)
}

fn readlines(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let text = read_by(vm, *this, "read", *size)?;
    vm.call_method_str(text, "splitlines", &[Value::TRUE])
}

fn reader_reset(vm: &Vm, [this]: &[Value; 1]) -> R {
    reader(vm, *this)?.decoder.reset();
    Ok(Value::NONE)
}

fn write(vm: &Vm, [this, text]: &[Value; 2]) -> R {
    let own = writer(vm, *this)?;
    let Some(text) = vm.as_str(*text) else {
        return Err(vm.type_error("couldn't convert the object to str."));
    };
    let bytes = own.encoder.encode(vm, text, false)?;
    vm.call_method(own.stream.get(), vm.names.write, &[bytes])?;
    Ok(Value::NONE)
}

fn writelines(vm: &Vm, [this, lines]: &[Value; 2]) -> R {
    vm.for_each(*lines, |line| write(vm, &[*this, line]).map(|_| ()))?;
    Ok(Value::NONE)
}

fn writer_reset(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = writer(vm, *this)?;
    let bytes = own.encoder.reset();
    if !bytes.is_empty() {
        vm.call_method(own.stream.get(), vm.names.write, &[vm.bytes(&bytes).value()])?;
    }
    Ok(Value::NONE)
}
