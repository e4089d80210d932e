//! Ints from other objects, and their text.

use super::{int_value, this_int};
use crate::support::as_instance;
use base::number::{self, ParseIntError, to_ascii_number};
use object::{Args, ByteArray, Int, R, Raised, TypeId, Value, ValueExt, Vm};

/// `repr(int)`
pub fn int_repr(vm: &Vm, this: Value) -> R {
    match this_int(vm, this)? {
        Int::Small(small) => Ok(vm.str(number::DecimalText::new(small).as_str()).value()),
        Int::Big(big) => {
            let limit = vm.config.int_max_str_digits.get();
            if number::digit_limit_exceeded(&big.big, limit) {
                return Err(vm.value_error(number::to_text_limit_message(limit)));
            }
            Ok(vm.str(&number::int_to_text(&big.big, 10)).value())
        }
    }
}

/// The class, the number and the base, unbound where they are not given.
fn new_args(vm: &Vm, args: Args) -> Result<[Value; 3], Raised> {
    let mut bound = [Value::UNBOUND; 3];
    let (positional, keywords) = args.split();
    if args.keyword_count() > 0 && args.args.len() > 3 {
        return Err(vm.type_error(format!("int() takes at most 2 arguments ({} given)", args.args.len() - 1)));
    }
    if positional.len() > 3 {
        return Err(vm.type_error(format!("int expected at most 2 arguments, got {}", positional.len() - 1)));
    }
    bound[..positional.len()].copy_from_slice(positional);
    for (keyword, value) in keywords {
        let text = keyword.to_string_lossy();
        if text != "base" {
            return Err(vm.unexpected_keyword("int", &text, &["base"], args));
        }
        if !bound[2].is_unbound() {
            return Err(vm.type_error("argument for int() given by name ('base') and position (2)"));
        }
        bound[2] = value;
    }
    Ok(bound)
}

pub(super) fn int_new(vm: &Vm, args: Args) -> R {
    let [class, x, base] = &new_args(vm, args)?;
    let value = if base.is_unbound() {
        if x.is_unbound() { Value::small(0) } else { number_to_int(vm, *x)? }
    } else {
        if x.is_unbound() {
            return Err(vm.type_error("int() missing string argument"));
        }
        let base = match vm.index(*base)?.to_i64() {
            Some(base @ (0 | 2..=36)) => base as u32,
            _ => return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
        };
        match text_to_int(vm, *x, base)? {
            Some(value) => value,
            None => return Err(vm.type_error("int() can't convert non-string with explicit base")),
        }
    };
    as_instance(vm, *class, TypeId::Int, value)
}

/// `int(x)`
fn number_to_int(vm: &Vm, x: Value) -> R {
    if vm.is_exactly(x, TypeId::Int) {
        return Ok(x);
    }
    if let Some(slot) = vm.type_of(x).slots().int {
        let result = slot(vm, x)?;
        return int_result(vm, result, "__int__");
    }
    if vm.type_of(x).slots().index.is_some() {
        return Ok(int_value(vm, vm.index(x)?));
    }
    if let Some(value) = text_to_int(vm, x, 10)? {
        return Ok(value);
    }
    if vm.has_buffer(x) {
        let bytes = vm.bytes_of(x)?;
        return parse(vm, &bytes, 10, x);
    }
    let name = vm.type_of(x).qualified_name(vm);
    Err(vm.type_error(format!("int() argument must be a string, a bytes-like object or a real number, not '{name}'")))
}

/// Checks what a special method that makes ints gave.
fn int_result(vm: &Vm, result: Value, method: &str) -> R {
    if vm.is_exactly(result, TypeId::Int) {
        return Ok(result);
    }
    let name = vm.type_name(result);
    let Some(int) = vm.as_int(result) else {
        return Err(vm.type_error(format!("{method} returned non-int (type {name})")));
    };
    let text = format!(
        "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of int is deprecated, \
         and may not be supported in a future version of Python."
    );
    vm.warn(TypeId::DeprecationWarning, &text, 1)?;
    Ok(int_value(vm, int))
}

/// The int of a str, bytes or bytearray; None for other objects.
fn text_to_int(vm: &Vm, x: Value, base: u32) -> Result<Option<Value>, Raised> {
    if let Some(text) = vm.as_str(x) {
        return parse(vm, &to_ascii_number(text.text()), base, x).map(Some);
    }
    if let Some(bytes) = vm.as_bytes(x) {
        return parse(vm, bytes.as_slice(), base, x).map(Some);
    }
    if x.cast::<ByteArray>().is_some() {
        let bytes = vm.bytes_of(x)?;
        return parse(vm, &bytes, base, x).map(Some);
    }
    Ok(None)
}

/// The int that ASCII text shows. `source` is what error messages show.
fn parse(vm: &Vm, text: &[u8], base: u32, source: Value) -> R {
    let limit = vm.config.int_max_str_digits.get();
    match number::parse_int(text, base, limit) {
        Ok(number::Int::Small(small)) => Ok(vm.int(small)),
        Ok(number::Int::Big(big)) => Ok(vm.big(big)),
        Err(ParseIntError::TooManyDigits { digits }) => {
            Err(vm.value_error(number::too_many_digits_message(limit, digits)))
        }
        Err(_) => {
            let shown = vm.repr(source)?;
            let end = shown.text().offset_of_nth(200).unwrap_or(shown.text().len());
            let mut message = base::text::Wtf8Buf::from_str(&format!("invalid literal for int() with base {base}: "));
            message.push_wtf8(&shown.text()[..end]);
            Err(vm.raise_type(vm.types[TypeId::ValueError], &[vm.str_wtf8(&message).value()]))
        }
    }
}

/// `int(text, base)` for a string.
pub fn int_from_text(vm: &Vm, text: Value, base: u32) -> R {
    match text_to_int(vm, text, base)? {
        Some(value) => Ok(value),
        None => Err(vm.type_error("int() can't convert non-string with explicit base")),
    }
}

/// `operator.index(value)` as a value of class int.
pub fn int_to_index_value(vm: &Vm, value: Value) -> R {
    Ok(int_value(vm, vm.index(value)?))
}
