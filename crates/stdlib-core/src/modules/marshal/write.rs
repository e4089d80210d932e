//! Writing.

use super::{MAX_DEPTH, tag};
use dashu_int::{Sign, UBig};
use object::{Code, Dict, List, Raised, Ref, Set, Slice, Tuple, TypeId, Value, ValueExt, Vm};
use std::collections::HashMap;

pub struct Writer<'a> {
    vm: &'a Vm,
    pub out: Vec<u8>,
    version: i32,
    allow_code: bool,
    /// Numbers of the objects written so far, by their words: the objects live as long as the root does.
    seen: HashMap<u64, u32>,
    /// Slices and code objects that are being written: what is in them must not refer to them.
    open: Vec<u64>,
}

impl<'a> Writer<'a> {
    pub fn new(vm: &'a Vm, version: i32, allow_code: bool) -> Self {
        Writer { vm, out: Vec::new(), version, allow_code, seen: HashMap::new(), open: Vec::new() }
    }

    fn long(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn size(&mut self, size: usize) -> Result<(), Raised> {
        match i32::try_from(size) {
            Ok(size) => {
                self.long(size as u32);
                Ok(())
            }
            Err(_) => Err(self.vm.value_error("object too large to marshal")),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Raised> {
        self.size(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn float_text(&mut self, float: f64) {
        let text = base::number::format_float(float, b'g', 17, Default::default());
        self.out.push(text.len() as u8);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn big(&mut self, negative: bool, magnitude: &UBig) -> Result<(), Raised> {
        // Digits of 15 bits, least significant first.
        let bytes = magnitude.to_le_bytes();
        let mut digits: Vec<u16> = Vec::with_capacity(bytes.len() * 8 / 15 + 1);
        let (mut word, mut bits) = (0u32, 0);
        for byte in bytes.iter() {
            word |= (*byte as u32) << bits;
            bits += 8;
            if bits >= 15 {
                digits.push((word & 0x7FFF) as u16);
                word >>= 15;
                bits -= 15;
            }
        }
        if word != 0 {
            digits.push(word as u16);
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let Ok(count) = i32::try_from(digits.len()) else {
            return Err(self.vm.value_error("object too large to marshal"));
        };
        self.long(if negative { -count } else { count } as u32);
        for digit in digits {
            self.out.extend_from_slice(&digit.to_le_bytes());
        }
        Ok(())
    }

    pub fn value(&mut self, value: Value, depth: usize) -> Result<(), Raised> {
        let vm = self.vm;
        if depth >= MAX_DEPTH {
            return Err(vm.value_error("object too deeply nested to marshal"));
        }
        vm.enter_native()?;
        let single = match value {
            Value::NONE => Some(tag::NONE),
            Value::TRUE => Some(tag::TRUE),
            Value::FALSE => Some(tag::FALSE),
            Value::ELLIPSIS => Some(tag::ELLIPSIS),
            _ if value == vm.types[TypeId::StopIteration].value() => Some(tag::STOP_ITERATION),
            _ => None,
        };
        if let Some(single) = single {
            self.out.push(single);
            return Ok(());
        }
        let mut flag = 0;
        if self.version >= 3 && value.is_object() {
            if let Some(&number) = self.seen.get(&value.bits()) {
                if self.open.contains(&value.bits()) {
                    return Err(vm.value_error("unmarshallable object"));
                }
                self.out.push(tag::REF);
                self.long(number);
                return Ok(());
            }
            self.seen.insert(value.bits(), self.seen.len() as u32);
            flag = tag::FLAG_REF;
        }
        self.object(value, flag, depth)
    }

    fn object(&mut self, value: Value, flag: u8, depth: usize) -> Result<(), Raised> {
        let vm = self.vm;
        if vm.is_exactly(value, TypeId::Int)
            && let Some(int) = vm.as_int(value)
        {
            if let Some(small) = int.to_i64().and_then(|int| i32::try_from(int).ok()) {
                self.out.push(tag::INT | flag);
                self.long(small as u32);
                return Ok(());
            }
            self.out.push(tag::LONG | flag);
            let (sign, magnitude) = int.to_big().into_parts();
            return self.big(sign == Sign::Negative, &magnitude);
        }
        if vm.is_exactly(value, TypeId::Float)
            && let Some(float) = vm.as_float(value)
        {
            if self.version > 1 {
                self.out.push(tag::BINARY_FLOAT | flag);
                self.out.extend_from_slice(&float.to_le_bytes());
            } else {
                self.out.push(tag::FLOAT | flag);
                self.float_text(float);
            }
            return Ok(());
        }
        if vm.is_exactly(value, TypeId::Complex)
            && let Some((re, im)) = vm.as_complex(value)
        {
            if self.version > 1 {
                self.out.push(tag::BINARY_COMPLEX | flag);
                self.out.extend_from_slice(&re.to_le_bytes());
                self.out.extend_from_slice(&im.to_le_bytes());
            } else {
                self.out.push(tag::COMPLEX | flag);
                self.float_text(re);
                self.float_text(im);
            }
            return Ok(());
        }
        if let Some(bytes) = value.cast::<object::Bytes>() {
            self.out.push(tag::STRING | flag);
            return self.bytes(bytes.as_slice());
        }
        if let Some(text) = value.cast::<object::Str>() {
            if self.version >= 4 && text.is_ascii() {
                let short = text.as_bytes().len() < 256;
                self.out.push(
                    flag | match (text.is_interned(), short) {
                        (true, true) => tag::SHORT_ASCII_INTERNED,
                        (true, false) => tag::ASCII_INTERNED,
                        (false, true) => tag::SHORT_ASCII,
                        (false, false) => tag::ASCII,
                    },
                );
                if short {
                    self.out.push(text.as_bytes().len() as u8);
                    self.out.extend_from_slice(text.as_bytes());
                    return Ok(());
                }
                return self.bytes(text.as_bytes());
            }
            self.out.push(flag | if self.version >= 3 && text.is_interned() { tag::INTERNED } else { tag::UNICODE });
            return self.bytes(text.as_bytes());
        }
        if let Some(tuple) = value.cast::<Tuple>() {
            if self.version >= 4 && tuple.len() < 256 {
                self.out.push(tag::SMALL_TUPLE | flag);
                self.out.push(tuple.len() as u8);
            } else {
                self.out.push(tag::TUPLE | flag);
                self.size(tuple.len())?;
            }
            for &item in tuple.items() {
                self.value(item, depth + 1)?;
            }
            return Ok(());
        }
        if vm.is_exactly(value, TypeId::List)
            && let Some(list) = value.cast::<List>()
        {
            self.out.push(tag::LIST | flag);
            self.size(list.len())?;
            let mut index = 0;
            while let Some(item) = list.get(index) {
                self.value(item, depth + 1)?;
                index += 1;
            }
            return Ok(());
        }
        if vm.is_exactly(value, TypeId::Dict)
            && let Some(dict) = value.cast::<Dict>()
        {
            self.out.push(tag::DICT | flag);
            let mut position = 0;
            while let Some((next, entry)) = dict.next(position) {
                self.value(entry.key, depth + 1)?;
                self.value(entry.value, depth + 1)?;
                position = next;
            }
            self.out.push(tag::NULL);
            return Ok(());
        }
        if let Some(set) = value.cast::<Set>() {
            let frozen = vm.is_exactly(value, TypeId::FrozenSet);
            if frozen || vm.is_exactly(value, TypeId::Set) {
                self.out.push(flag | if frozen { tag::FROZENSET } else { tag::SET });
                self.size(set.len())?;
                return self.members(set, depth);
            }
        }
        if let Some(code) = value.cast::<Code>() {
            if !self.allow_code {
                return Err(vm.value_error("marshalling code objects is disallowed"));
            }
            let unit = crate::code::code_to_unit(vm, code)?;
            self.out.push(tag::CODE | flag);
            return self.bytes(&bytecode::encode(&unit));
        }
        if let Some(slice) = value.cast::<Slice>()
            && self.version >= 5
        {
            self.out.push(tag::SLICE | flag);
            self.open.push(value.bits());
            for part in [slice.start.get(), slice.stop.get(), slice.step.get()] {
                self.value(part, depth + 1)?;
            }
            self.open.pop();
            return Ok(());
        }
        if vm.has_buffer(value) && vm.payload(value).is_none() {
            let bytes = vm.bytes_of(value)?;
            self.out.push(tag::STRING | flag);
            return self.bytes(&bytes);
        }
        self.out.push(tag::UNKNOWN);
        Err(vm.value_error("unmarshallable object"))
    }

    /// The members of a set in the order of their bytes: equal sets give equal bytes.
    fn members(&mut self, set: Ref<Set>, depth: usize) -> Result<(), Raised> {
        let vm = self.vm;
        let members = vm.list(&[]);
        for member in set.iter() {
            members.push(vm, member);
        }
        let mut order: Vec<(Vec<u8>, usize)> = Vec::with_capacity(members.len());
        for index in 0..members.len() {
            let mut writer = Writer::new(vm, self.version, self.allow_code);
            writer.open = self.open.clone();
            writer.seen.extend(self.open.iter().map(|bits| (*bits, 0)));
            writer.value(members.items()[index], depth + 1)?;
            if set.len() != members.len() {
                return Err(vm.runtime_error("set changed size during iteration"));
            }
            order.push((writer.out, index));
        }
        order.sort();
        for (_, index) in order {
            self.value(members.items()[index], depth + 1)?;
        }
        Ok(())
    }
}
