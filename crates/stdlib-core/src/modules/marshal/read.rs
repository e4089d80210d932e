//! Reading.

use super::{MAX_DEPTH, tag};
use base::text::Wtf8;
use dashu_int::{IBig, UBig};
use object::{List, Raised, Ref, TypeId, Value, Vm};
use std::borrow::Cow;

/// Where the bytes come from.
enum Source<'a> {
    Bytes(&'a [u8]),
    /// A file with `readinto`.
    File(Value),
}

pub struct Reader<'a> {
    vm: &'a Vm,
    source: Source<'a>,
    at: usize,
    allow_code: bool,
    /// Objects that others refer to by number.
    refs: Ref<List>,
}

impl<'a> Reader<'a> {
    pub fn new(vm: &'a Vm, bytes: &'a [u8], allow_code: bool) -> Self {
        Reader { vm, source: Source::Bytes(bytes), at: 0, allow_code, refs: vm.list(&[]) }
    }

    /// A reader of a file, of which no more is read than the value takes.
    pub fn of_file(vm: &'a Vm, file: Value, allow_code: bool) -> Self {
        Reader { vm, source: Source::File(file), at: 0, allow_code, refs: vm.list(&[]) }
    }

    fn bad(&self, what: &str) -> Raised {
        self.vm.value_error(format!("bad marshal data ({what})"))
    }

    fn short(&self) -> Raised {
        self.vm.eof_error("marshal data too short")
    }

    fn take(&mut self, count: usize) -> Result<Cow<'a, [u8]>, Raised> {
        match self.source {
            Source::Bytes(bytes) => match bytes.get(self.at..).and_then(|rest| rest.get(..count)) {
                Some(taken) => {
                    self.at += count;
                    Ok(Cow::Borrowed(taken))
                }
                None => Err(self.short()),
            },
            Source::File(file) => {
                let vm = self.vm;
                vm.check_size(Some(count))?;
                let target = vm.bytearray(&vec![0; count]);
                let view = vm.call(vm.types[TypeId::MemoryView].value(), &[target.value()])?;
                let result = vm.call_method_str(file, "readinto", &[view])?;
                let read = if result.is_none() { 0 } else { vm.index_i64(result)? };
                if read < 0 || read as usize > count {
                    let text = format!("read() returned too much data: {count} bytes requested, {read} returned");
                    return Err(vm.value_error(text));
                }
                if (read as usize) < count {
                    return Err(vm.eof_error("EOF read where not expected"));
                }
                Ok(Cow::Owned(target.as_slice().to_vec()))
            }
        }
    }

    fn byte(&mut self) -> Result<u8, Raised> {
        match self.source {
            Source::Bytes(bytes) => match bytes.get(self.at) {
                Some(&byte) => {
                    self.at += 1;
                    Ok(byte)
                }
                None => Err(self.vm.eof_error("EOF read where not expected")),
            },
            Source::File(_) => Ok(self.take(1)?[0]),
        }
    }

    fn long(&mut self) -> Result<i32, Raised> {
        let bytes = self.take(4)?;
        Ok(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn size(&mut self, what: &str) -> Result<usize, Raised> {
        usize::try_from(self.long()?).map_err(|_| self.bad(&format!("{what} size out of range")))
    }

    fn float(&mut self) -> Result<f64, Raised> {
        let mut word = [0; 8];
        word.copy_from_slice(&self.take(8)?);
        Ok(f64::from_le_bytes(word))
    }

    fn float_text(&mut self) -> Result<f64, Raised> {
        let count = self.byte()? as usize;
        let text = self.take(count)?;
        base::number::parse_float(&text).ok_or_else(|| self.bad("float"))
    }

    fn big(&mut self) -> Result<Value, Raised> {
        let count = self.long()?;
        if count == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let size = count.unsigned_abs() as usize;
        let raw = self.take(size * 2)?;
        let mut bytes = Vec::with_capacity(size * 2);
        let (mut word, mut bits) = (0u32, 0);
        for (index, pair) in raw.chunks_exact(2).enumerate() {
            let digit = u16::from_le_bytes([pair[0], pair[1]]) as u32;
            if digit > 0x7FFF {
                return Err(self.bad("digit out of range in long"));
            }
            if digit == 0 && index + 1 == size {
                return Err(self.bad("unnormalized long data"));
            }
            word |= digit << bits;
            bits += 15;
            while bits >= 8 {
                bytes.push(word as u8);
                word >>= 8;
                bits -= 8;
            }
        }
        bytes.push(word as u8);
        let big = IBig::from(UBig::from_le_bytes(&bytes));
        Ok(self.vm.big(if count < 0 { -big } else { big }))
    }

    /// The value that is all there is; it must not be NULL.
    pub fn root(&mut self) -> Result<Value, Raised> {
        self.some("object", 0)
    }

    /// A value that must not be NULL.
    fn some(&mut self, what: &str, depth: usize) -> Result<Value, Raised> {
        let value = self.value(depth)?;
        if value.is_unbound() {
            return Err(self.vm.type_error(format!("NULL object in marshal data for {what}")));
        }
        Ok(value)
    }

    /// Reserves a number for an object that is read before what it holds.
    fn reserve(&mut self, flag: bool) -> usize {
        if flag {
            self.refs.push(self.vm, Value::UNBOUND);
        }
        self.refs.len().saturating_sub(1)
    }

    fn fill(&mut self, flag: bool, number: usize, value: Value) -> Value {
        if flag {
            self.refs.set(self.vm, number, value);
        }
        value
    }

    /// A value; unbound for NULL.
    fn value(&mut self, depth: usize) -> Result<Value, Raised> {
        let vm = self.vm;
        vm.enter_native()?;
        if depth >= MAX_DEPTH {
            return Err(vm.value_error("recursion limit exceeded"));
        }
        let code = match self.source {
            Source::Bytes(bytes) if self.at >= bytes.len() => {
                return Err(vm.eof_error("EOF read where object expected"));
            }
            _ => self.byte()?,
        };
        let flag = code & tag::FLAG_REF != 0;
        let simple = match code & !tag::FLAG_REF {
            tag::NULL => return Ok(Value::UNBOUND),
            tag::NONE => return Ok(Value::NONE),
            tag::FALSE => return Ok(Value::FALSE),
            tag::TRUE => return Ok(Value::TRUE),
            tag::ELLIPSIS => return Ok(Value::ELLIPSIS),
            tag::STOP_ITERATION => return Ok(vm.types[TypeId::StopIteration].value()),
            tag::REF => {
                let number = self.long()?;
                let found = usize::try_from(number).ok().and_then(|number| self.refs.get(number));
                return match found.and_then(Value::bound) {
                    Some(value) => Ok(value),
                    None => Err(self.bad("invalid reference")),
                };
            }
            tag::INT => vm.int(self.long()? as i64),
            tag::INT64 => {
                let mut word = [0; 8];
                word.copy_from_slice(&self.take(8)?);
                vm.int(i64::from_le_bytes(word))
            }
            tag::LONG => self.big()?,
            tag::FLOAT => vm.float(self.float_text()?),
            tag::BINARY_FLOAT => vm.float(self.float()?),
            tag::COMPLEX => {
                let re = self.float_text()?;
                vm.complex(re, self.float_text()?)
            }
            tag::BINARY_COMPLEX => {
                let re = self.float()?;
                vm.complex(re, self.float()?)
            }
            tag::STRING => {
                let size = self.size("bytes object")?;
                vm.bytes(&self.take(size)?).value()
            }
            tag::ASCII | tag::ASCII_INTERNED | tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let kind = code & !tag::FLAG_REF;
                let short = matches!(kind, tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED);
                let size = if short { self.byte()? as usize } else { self.size("string")? };
                let bytes = self.take(size)?;
                let text: String = bytes.iter().map(|byte| *byte as char).collect();
                if matches!(kind, tag::ASCII_INTERNED | tag::SHORT_ASCII_INTERNED) {
                    vm.intern(&text).value()
                } else {
                    vm.str(&text).value()
                }
            }
            tag::UNICODE | tag::INTERNED => {
                let size = self.size("string")?;
                let bytes = self.take(size)?;
                let Some(text) = Wtf8::from_bytes(&bytes) else {
                    let args = [
                        vm.str("utf-8").value(),
                        vm.bytes(&bytes).value(),
                        vm.int(0),
                        vm.int(1),
                        vm.str("invalid start byte").value(),
                    ];
                    return Err(vm.raise_call(vm.types[TypeId::UnicodeDecodeError].value(), &args));
                };
                if code & !tag::FLAG_REF == tag::INTERNED {
                    vm.intern_wtf8(text).value()
                } else {
                    vm.str_wtf8(text).value()
                }
            }
            other => return self.container(other, flag, depth),
        };
        if flag {
            self.refs.push(vm, simple);
        }
        Ok(simple)
    }

    fn container(&mut self, code: u8, flag: bool, depth: usize) -> Result<Value, Raised> {
        let vm = self.vm;
        match code {
            tag::SMALL_TUPLE | tag::TUPLE => {
                let size = if code == tag::TUPLE { self.size("tuple")? } else { self.byte()? as usize };
                if !flag {
                    let items = vm.list(&[]);
                    for _ in 0..size {
                        items.push(vm, self.some("tuple", depth + 1)?);
                    }
                    return Ok(vm.tuple(items.items()).value());
                }
                // What is in it may refer to it: it is there before its items are.
                if let Source::Bytes(bytes) = self.source
                    && size > bytes.len()
                {
                    return Err(self.short());
                }
                let tuple = vm.tuple(&vec![Value::NONE; size]);
                self.refs.push(vm, tuple.value());
                for index in 0..size {
                    let item = self.some("tuple", depth + 1)?;
                    // SAFETY: the tuple has that many items, and nobody relies on them yet.
                    unsafe { *tuple.items().as_ptr().cast_mut().add(index) = item };
                    vm.heap.barrier(tuple.header(), item);
                }
                Ok(tuple.value())
            }
            tag::LIST => {
                let size = self.size("list")?;
                let list = vm.list(&[]);
                if flag {
                    self.refs.push(vm, list.value());
                }
                for _ in 0..size {
                    list.push(vm, self.some("list", depth + 1)?);
                }
                Ok(list.value())
            }
            tag::DICT => {
                let dict = vm.dict();
                if flag {
                    self.refs.push(vm, dict.value());
                }
                loop {
                    let key = self.value(depth + 1)?;
                    if key.is_unbound() {
                        return Ok(dict.value());
                    }
                    let value = self.value(depth + 1)?;
                    if value.is_unbound() {
                        return Ok(dict.value());
                    }
                    dict.insert(vm, key, value)?;
                }
            }
            tag::SET | tag::FROZENSET => {
                let size = self.size("set")?;
                let frozen = code == tag::FROZENSET;
                let set = if frozen { vm.frozenset() } else { vm.set() };
                let number = if frozen {
                    self.reserve(flag)
                } else {
                    if flag {
                        self.refs.push(vm, set.value());
                    }
                    0
                };
                for _ in 0..size {
                    let member = self.some("set", depth + 1)?;
                    set.add(vm, member)?;
                }
                Ok(if frozen { self.fill(flag, number, set.value()) } else { set.value() })
            }
            tag::SLICE => {
                let number = self.reserve(flag);
                let start = self.some("slice", depth + 1)?;
                let stop = self.some("slice", depth + 1)?;
                let step = self.some("slice", depth + 1)?;
                Ok(self.fill(flag, number, vm.slice(start, stop, step).value()))
            }
            tag::CODE => {
                if !self.allow_code {
                    return Err(vm.value_error("unmarshalling code objects is disallowed"));
                }
                let number = self.reserve(flag);
                let size = self.size("code")?;
                let unit = bytecode::decode(&self.take(size)?).map_err(|error| self.bad(&error.to_string()))?;
                if let Err(error) = bytecode::verify(&unit) {
                    return Err(self.bad(&error.to_string()));
                }
                Ok(self.fill(flag, number, vm.code(unit).value()))
            }
            _ => Err(self.bad("unknown type code")),
        }
    }
}
