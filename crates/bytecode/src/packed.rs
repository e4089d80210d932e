//! Code units that are decoded when they are first needed. The packed library lies in the executable for as long as the
//! process runs, and most of its functions are never called: what nobody runs stays as it is.

use crate::encode::{Apart, Reader, Texts};
use crate::{CodeFlags, CodeUnit, DecodeError};

/// A code unit whose nested units are not decoded: `None` stands for each among the constants.
#[derive(Debug)]
pub struct PackedUnit {
    /// The unit, without names.
    pub unit: CodeUnit,
    /// Its names.
    pub names: Vec<&'static str>,
    /// The nested units, and the numbers of their constants.
    pub nested: Vec<(usize, NestedUnit)>,
}

/// What is known of a nested unit without decoding it.
#[derive(Clone, Debug)]
pub struct NestedUnit {
    /// `co_name`
    pub name: &'static str,
    /// `co_qualname`
    pub qualname: &'static str,
    /// Flags.
    pub flags: CodeFlags,
    /// The rest.
    pub unit: LazyUnit,
}

/// A nested unit that is not decoded yet. Thousands of them are kept.
#[derive(Clone, Debug)]
pub struct LazyUnit {
    /// The encoding of the root unit, with the texts.
    whole: &'static [u8],
    /// Where in it the unit lies.
    at: u32,
    size: u32,
}

impl LazyUnit {
    /// Decodes it; those nested in it stay as they are.
    ///
    /// # Errors
    /// Where the encoding is damaged.
    #[allow(unsafe_code)]
    pub fn decode(&self) -> Result<PackedUnit, DecodeError> {
        let bytes = self.whole.get(self.at as usize..).and_then(|rest| rest.get(..self.size as usize));
        let bytes = bytes.ok_or(DecodeError::Truncated)?;
        // SAFETY: such units are made by `decode_packed` alone, whose caller promised what they hold.
        let texts = unsafe { Texts::read(&mut Reader { bytes: self.whole, apart: None })?.trust() };
        unpack(texts, self.whole, Reader { bytes, apart: Some(Apart::default()) })
    }
}

/// Decodes a root unit that [`verify`](crate::verify()) accepted.
///
/// # Safety
/// The bytes are those that [`encode`](crate::encode()) made.
///
/// # Errors
/// Where the encoding is damaged or of another version.
#[allow(unsafe_code)]
pub unsafe fn decode_packed(bytes: &'static [u8]) -> Result<PackedUnit, DecodeError> {
    let mut reader = Reader { bytes, apart: Some(Apart::default()) };
    // SAFETY: the caller's promise.
    let texts = unsafe { Texts::read(&mut reader)?.trust() };
    unpack(texts, bytes, reader)
}

fn unpack(texts: Texts<'static>, whole: &'static [u8], mut reader: Reader<'static>) -> Result<PackedUnit, DecodeError> {
    let unit = reader.unit(texts, 0)?;
    if !reader.bytes.is_empty() {
        return Err(DecodeError::Damaged("trailing bytes"));
    }
    let apart = reader.apart.unwrap_or_default();
    let nested = apart.nested.into_iter().map(|(index, bytes)| Ok((index, nested_unit(texts, whole, bytes)?)));
    Ok(PackedUnit { unit, names: apart.names, nested: nested.collect::<Result<_, DecodeError>>()? })
}

/// A unit whose encoding is a part of `whole`.
fn nested_unit(texts: Texts<'static>, whole: &'static [u8], bytes: &'static [u8]) -> Result<NestedUnit, DecodeError> {
    let mut reader = Reader { bytes, apart: None };
    let (name, qualname, _filename) = (reader.text_ref(texts)?, reader.text_ref(texts)?, reader.number()?);
    let (_first_line, flags) = (reader.small()?, CodeFlags(reader.small()?));
    let at = (bytes.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    let part = |number: usize| u32::try_from(number).map_err(|_| DecodeError::Damaged("place"));
    Ok(NestedUnit { name, qualname, flags, unit: LazyUnit { whole, at: part(at)?, size: part(bytes.len())? } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Const, Instr, LineTable, Op, encode};

    fn unit(name: &str, consts: Vec<Const>) -> CodeUnit {
        CodeUnit {
            name: name.into(),
            qualname: name.into(),
            filename: "file".into(),
            first_line: 1,
            flags: CodeFlags(CodeFlags::OPTIMIZED),
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            locals: Vec::new(),
            local_kinds: Vec::new(),
            registers: 1,
            cache_sites: 0,
            consts,
            names: Vec::new(),
            code: vec![Instr::abc(Op::Return, 0, 0, 0, 0)],
            exceptions: Vec::new(),
            lines: LineTable(Vec::new()),
        }
    }

    #[test]
    fn nested_units_are_decoded_when_asked_for() {
        let inner = unit("inner", vec![Const::Int(7)]);
        let middle = unit("middle", vec![Const::None, Const::Code(Box::new(inner.clone()))]);
        let outer = unit("outer", vec![Const::Code(Box::new(middle)), Const::Bool(true)]);
        let bytes: &'static [u8] = Box::leak(encode(&outer).into_boxed_slice());
        // SAFETY: they were encoded just now.
        #[allow(unsafe_code)]
        let packed = unsafe { decode_packed(bytes) }.unwrap();
        assert_eq!(packed.unit.consts, [Const::None, Const::Bool(true)]);
        let [(0, middle)] = &packed.nested[..] else { panic!("{:?}", packed.nested) };
        assert_eq!((middle.name, middle.flags.0), ("middle", CodeFlags::OPTIMIZED));
        let middle = middle.unit.decode().unwrap();
        let [(1, found)] = &middle.nested[..] else { panic!("{:?}", middle.nested) };
        assert_eq!(found.unit.decode().unwrap().unit, inner);
    }
}
