//! Writing numbers, strings and bytes.

use super::opcode::*;
use super::output::FRAME_TARGET;
use super::save::Saver;
use builtins::memoryview::{PickleBuffer, is_contiguous};
use object::layout::native::Native;
use object::{ByteArray, Bytes, Int, Raised, Ref, Str, TypeId, Value};

impl Saver<'_> {
    /// True or False.
    pub fn bool(&mut self, value: bool) {
        if self.protocol() >= 2 {
            self.out.op(if value { NEWTRUE } else { NEWFALSE });
        } else {
            self.out.write(if value { b"I01\n" } else { b"I00\n" });
        }
    }

    /// An int that is immediate.
    #[inline]
    pub fn int(&mut self, int: i64) {
        if self.is_binary() {
            if let Ok(byte) = u8::try_from(int) {
                return self.out.op_u8(BININT1, byte);
            }
            if let Ok(short) = u16::try_from(int) {
                return self.out.op_u16(BININT2, short);
            }
            if let Ok(int) = i32::try_from(int) {
                return self.out.op_u32(BININT, int as u32);
            }
        }
        self.unusual_int(int);
    }

    fn unusual_int(&mut self, int: i64) {
        let short = i32::try_from(int).is_ok();
        if short {
            self.out.write(format!("I{int}\n").as_bytes());
        } else if self.protocol() >= 2 {
            let bytes = int.to_le_bytes();
            // The sign bit of the last byte tells the sign.
            let bits = 65 - if int < 0 { int.leading_ones() } else { int.leading_zeros() };
            let len = bits.div_ceil(8) as usize;
            self.out.op_u8(LONG1, len as u8);
            self.out.write(&bytes[..len]);
        } else {
            self.out.write(format!("L{int}L\n").as_bytes());
        }
    }

    /// An int that is not immediate.
    pub fn large(&mut self, int: Int) -> Result<(), Raised> {
        if self.protocol() < 2 {
            let text = self.vm.repr(int_value(int))?;
            self.out.op(LONG);
            self.out.write(text.as_bytes());
            self.out.write(b"L\n");
            return Ok(());
        }
        let bytes = int.to_big().to_le_bytes();
        let mut bytes = &bytes[..];
        if let [front @ .., before, 0xFF] = bytes
            && before & 0x80 != 0
        {
            bytes = &bytes[..front.len() + 1];
        }
        if let Ok(len) = u8::try_from(bytes.len()) {
            self.out.op_u8(LONG1, len);
        } else if let Ok(len) = i32::try_from(bytes.len()) {
            self.out.op_u32(LONG4, len as u32);
        } else {
            return Err(self.vm.overflow_error("int too large to pickle"));
        }
        self.out.write(bytes);
        Ok(())
    }

    /// A float.
    pub fn float(&mut self, float: f64) {
        if self.is_binary() {
            let mut all = [BINFLOAT; 9];
            all[1..].copy_from_slice(&float.to_be_bytes());
            self.out.write(&all);
        } else {
            self.out.write(format!("F{}\n", base::number::float_repr(float)).as_bytes());
        }
    }

    /// Writes a header and the bytes of an object. `payload` makes a bytes-like object of them, which goes to the file as
    /// it is where the bytes are many.
    fn blob(&mut self, header: &[u8], bytes: &[u8], payload: impl FnOnce(&Self) -> Value) -> Result<(), Raised> {
        if bytes.len() < FRAME_TARGET {
            self.out.write(header);
            self.out.write(bytes);
            return Ok(());
        }
        self.out.close_frame();
        let framing = std::mem::replace(&mut self.out.framing, false);
        self.out.write(header);
        if self.hooks.write.is_unbound() {
            self.out.write(bytes);
        } else {
            // The bytes are not touched any more once Python code runs.
            let payload = payload(self);
            self.flush()?;
            self.vm.call(self.hooks.write, &[payload])?;
        }
        self.out.framing = framing;
        Ok(())
    }

    /// The header of bytes of a length.
    fn sized_header(short: Option<u8>, medium: u8, long: Option<u8>, len: usize) -> Option<([u8; 9], usize)> {
        let mut header = [0; 9];
        let used = if let (Some(op), Ok(len)) = (short, u8::try_from(len)) {
            header[..2].copy_from_slice(&[op, len]);
            2
        } else if let Ok(len) = u32::try_from(len) {
            header[0] = medium;
            header[1..5].copy_from_slice(&len.to_le_bytes());
            5
        } else {
            header[0] = long?;
            header[1..].copy_from_slice(&(len as u64).to_le_bytes());
            9
        };
        Some((header, used))
    }

    /// A string.
    #[inline]
    pub fn str(&mut self, text: Ref<Str>) -> Result<(), Raised> {
        let bytes = text.as_bytes();
        if bytes.len() < 256 && self.protocol() >= 4 && self.is_binary() {
            self.out.op_u8(SHORT_BINUNICODE, bytes.len() as u8);
            self.out.write(bytes);
        } else {
            self.unusual_str(text)?;
        }
        self.memoize(text.value())
    }

    fn unusual_str(&mut self, text: Ref<Str>) -> Result<(), Raised> {
        let bytes = text.as_bytes();
        if !self.is_binary() {
            let line = raw_unicode_escape(text);
            self.out.op(UNICODE);
            self.out.write(&line);
            self.out.write(b"\n");
            return Ok(());
        }
        let new = self.protocol() >= 4;
        let short = new.then_some(SHORT_BINUNICODE);
        let Some((header, used)) = Self::sized_header(short, BINUNICODE, new.then_some(BINUNICODE8), bytes.len())
        else {
            let text = "serializing a string larger than 4 GiB requires pickle protocol 4 or higher";
            return Err(self.vm.overflow_error(text));
        };
        self.blob(&header[..used], bytes, |saver| saver.vm.bytes(bytes).value())
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: Ref<Bytes>) -> Result<(), Raised> {
        if self.protocol() >= 3 {
            self.bytes_data(bytes.as_slice(), |_| bytes.value())?;
            return self.memoize(bytes.value());
        }
        let vm = self.vm;
        let reduced = if bytes.is_empty() {
            vm.tuple(&[vm.types[TypeId::Bytes].value(), vm.tuple(&[]).value()])
        } else {
            let mut text = base::text::Wtf8Buf::new();
            base::codec::decode_latin1(bytes.as_slice(), &mut text);
            let args = vm.tuple(&[vm.str_wtf8(&text).value(), vm.intern("latin1").value()]);
            vm.tuple(&[self.state.encode.get(), args.value()])
        };
        self.save_reduced(reduced, Some(bytes.value()))
    }

    fn bytes_data(&mut self, bytes: &[u8], payload: impl FnOnce(&Self) -> Value) -> Result<(), Raised> {
        let long = (self.protocol() >= 4).then_some(BINBYTES8);
        let Some((header, used)) = Self::sized_header(Some(SHORT_BINBYTES), BINBYTES, long, bytes.len()) else {
            let text = "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher";
            return Err(self.vm.overflow_error(text));
        };
        self.blob(&header[..used], bytes, payload)
    }

    /// A bytearray.
    pub fn bytearray(&mut self, array: Ref<ByteArray>) -> Result<(), Raised> {
        let vm = self.vm;
        if self.protocol() >= 5 {
            self.bytearray_data(array.as_slice(), |_| array.value())?;
            return self.memoize(array.value());
        }
        let args = match array.is_empty() {
            true => vm.tuple(&[]),
            false => vm.tuple(&[vm.bytes(array.as_slice()).value()]),
        };
        let reduced = vm.tuple(&[vm.types[TypeId::ByteArray].value(), args.value()]);
        self.save_reduced(reduced, Some(array.value()))
    }

    fn bytearray_data(&mut self, bytes: &[u8], payload: impl FnOnce(&Self) -> Value) -> Result<(), Raised> {
        let mut header = [BYTEARRAY8; 9];
        header[1..].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.blob(&header, bytes, payload)
    }

    /// A PickleBuffer: in the stream, or for the callback.
    pub fn pickle_buffer(&mut self, buffer: Ref<Native<PickleBuffer>>) -> Result<(), Raised> {
        let vm = self.vm;
        if self.protocol() < 5 {
            return Err(self.error("PickleBuffer can only be pickled with protocol >= 5"));
        }
        let view = buffer.view(vm)?;
        let result = self.buffer_view(buffer, &view);
        vm.release_buffer(&view);
        result
    }

    fn buffer_view(&mut self, buffer: Ref<Native<PickleBuffer>>, view: &object::Buffer) -> Result<(), Raised> {
        let vm = self.vm;
        if !is_contiguous(view) {
            let text = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(self.error(text));
        }
        if !self.hooks.buffer_callback.is_unbound() {
            let answer = vm.call(self.hooks.buffer_callback, &[buffer.value()])?;
            if !vm.truthy(answer)? {
                self.out.op(NEXT_BUFFER);
                if view.readonly {
                    self.out.op(READONLY_BUFFER);
                }
                return Ok(());
            }
        }
        let bytes: &[u8] = match view.len {
            0 => &[],
            // SAFETY: the view is held, so the memory stays where it is; it is contiguous.
            len => unsafe { std::slice::from_raw_parts(view.address, len) },
        };
        let payload = |saver: &Self| saver.vm.bytes(bytes).value();
        if view.readonly {
            self.bytes_data(bytes, payload)?;
        } else {
            self.bytearray_data(bytes, payload)?;
        }
        self.memoize(buffer.value())
    }
}

fn int_value(int: Int) -> Value {
    match int {
        Int::Small(int) => Value::small(int),
        Int::Big(big) => big.value(),
    }
}

/// The line of a string in protocol 0.
fn raw_unicode_escape(text: Ref<Str>) -> Vec<u8> {
    let mut line = Vec::with_capacity(text.as_bytes().len());
    for char in text.text().chars() {
        match char {
            // Backslashes start escapes, and the others end lines or files somewhere.
            0x5C | 0 | 0x0A | 0x0D | 0x1A | 0x100..0x1_0000 => {
                line.extend_from_slice(format!("\\u{char:04x}").as_bytes());
            }
            0..0x100 => line.push(char as u8),
            _ => line.extend_from_slice(format!("\\U{char:08x}").as_bytes()),
        }
    }
    line
}
