//! `str.translate` and `str.maketrans`.

use super::args::{str_argument, this};
use base::text::Wtf8Buf;
use heap::Value;
use object::{Dict, R, Raised, TypeId, ValueExt, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Replace each character by what a table has for it.
    ///
    ///   table
    ///     A mapping from code points to code points, strings or None, which deletes. A character for which it raises
    ///     LookupError stays.
    "translate($self, table, /)" => translate;
    /// Return a table for str.translate().
    ///
    /// One argument: a dict from characters or code points to code points, strings or None. Two: strings of equal length,
    /// where each character of x is replaced by the one in the same place of y. The characters of a third one are deleted.
    "maketrans(x, y=<unrepresentable>, z=<unrepresentable>, /)" => maketrans [statik];
}}

/// What a table has for a character.
#[derive(Clone)]
enum Entry {
    Keep,
    Delete,
    Char(u32),
    Text(Wtf8Buf),
}

fn entry(vm: &Vm, table: Value, char: u32) -> Result<Entry, Raised> {
    let found = match vm.getitem(table, Value::small(char as i64)) {
        Ok(found) => found,
        Err(raised) => {
            vm.catch(raised, TypeId::LookupError)?;
            return Ok(Entry::Keep);
        }
    };
    if found.is_none() {
        return Ok(Entry::Delete);
    }
    if let Some(int) = vm.as_int(found) {
        return match int.to_i64() {
            Some(char @ 0..=0x10_FFFF) => Ok(Entry::Char(char as u32)),
            _ => Err(vm.value_error("character mapping must be in range(0x110000)")),
        };
    }
    match vm.as_str(found) {
        Some(text) => Ok(Entry::Text(text.text().to_wtf8_buf())),
        None => Err(vm.type_error("character mapping must return integer, None or str")),
    }
}

fn translate(vm: &Vm, [value, table]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let mut out = Wtf8Buf::with_capacity(text.as_bytes().len());
    // A table is asked once for each ASCII character.
    let mut known: [Option<Entry>; 128] = [const { None }; 128];
    for char in text.text().chars() {
        let fresh;
        let entry = match known.get_mut(char as usize) {
            Some(known) => {
                if known.is_none() {
                    *known = Some(entry(vm, *table, char)?);
                }
                known.as_ref().unwrap_or(&Entry::Keep)
            }
            None => {
                fresh = entry(vm, *table, char)?;
                &fresh
            }
        };
        match entry {
            Entry::Keep => out.push_code_point(char),
            Entry::Delete => {}
            Entry::Char(char) => out.push_code_point(*char),
            Entry::Text(text) => out.push_wtf8(text),
        }
    }
    Ok(vm.str_wtf8(&out).value())
}

fn maketrans(vm: &Vm, [x, y, z]: &[Value; 3]) -> R {
    let result = vm.dict();
    if y.is_unbound() {
        let Some(dict) = x.cast::<Dict>().filter(|_| vm.is_exactly(*x, TypeId::Dict)) else {
            return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
        };
        let mut position = 0;
        while let Some((at, entry)) = dict.next(position) {
            position = at;
            if let Some(key) = vm.as_str(entry.key) {
                if key.len() != 1 {
                    return Err(vm.value_error("string keys in translatetable must be of length 1"));
                }
                result.insert(vm, Value::small(key.char_at(vm, 0) as i64), entry.value)?;
            } else if vm.as_int(entry.key).is_some() {
                result.insert(vm, entry.key, entry.value)?;
            } else {
                return Err(vm.type_error("keys in translate table mustbe strings or integers"));
            }
        }
        return Ok(result.value());
    }
    let Some(x) = vm.as_str(*x) else {
        return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    let y = str_argument(vm, *y, "maketrans", 2)?;
    let z = if z.is_unbound() { None } else { Some(str_argument(vm, *z, "maketrans", 3)?) };
    if x.len() != y.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in x.text().chars().zip(y.text().chars()) {
        result.insert(vm, Value::small(from as i64), Value::small(to as i64))?;
    }
    for char in z.iter().flat_map(|z| z.text().chars()) {
        result.insert(vm, Value::small(char as i64), Value::NONE)?;
    }
    Ok(result.value())
}
