//! What becomes of errors while a codec is at work: built-in handlers are applied in place, others are called.

use super::registry;
use base::codec::{
    Builtin, DecodeErrors, DecodeFix, DecodeProblem, EncodeErrors, EncodeFix, EncodeProblem, Replacement,
};
use heap::Value;
use object::{Bytes, Raised, Ref, Str, TypeId, ValueExt, Vm};

/// The error handler of a codec at work. It lives on the native stack.
pub struct Handler<'a> {
    vm: &'a Vm,
    name: &'a str,
    builtin: Option<Builtin>,
    /// The handler once it was looked up, else unbound.
    callback: Value,
    /// The bytes that are decoded, or the string that is encoded; unbound where there is no such object yet.
    object: Value,
}

impl<'a> Handler<'a> {
    /// For a decoder; `object` is the bytes object that it reads, if it reads one.
    pub fn decoding(vm: &'a Vm, name: &'a str, object: Option<Ref<Bytes>>) -> Handler<'a> {
        let object = object.map_or(Value::UNBOUND, Ref::value);
        Handler { vm, name, builtin: Builtin::from_name(name), callback: Value::UNBOUND, object }
    }

    /// For an encoder of a string.
    pub fn encoding(vm: &'a Vm, name: &'a str, text: Ref<Str>) -> Handler<'a> {
        Handler { vm, name, builtin: Builtin::from_name(name), callback: Value::UNBOUND, object: text.value() }
    }

    fn callback(&mut self) -> Result<Value, Raised> {
        if self.callback.is_unbound() {
            self.callback = registry::lookup_error(self.vm, self.name)?;
        }
        Ok(self.callback)
    }

    /// A bytes object of the input of a decoder.
    fn input_object(&mut self, input: &[u8]) -> Value {
        let known = self.object.cast::<Bytes>();
        if known.is_none_or(|bytes| bytes.as_slice() != input) {
            self.object = self.vm.bytes(input).value();
        }
        self.object
    }

    /// The result of a handler: what to write and where to go on.
    fn result(&self, result: Value, len: usize, what: &str) -> Result<(Value, usize), Raised> {
        let wrong = || self.vm.type_error(format!("{what} error handler must return {} tuple", shape_of(what)));
        let Some(tuple) = self.vm.as_tuple(result).filter(|tuple| tuple.len() == 2) else { return Err(wrong()) };
        let (text, position) = (tuple.items()[0], tuple.items()[1]);
        let is_text = self.vm.as_str(text).is_some();
        if !is_text && (what == "decoding" || self.vm.as_bytes(text).is_none()) {
            return Err(wrong());
        }
        if self.vm.type_of(position).slots().index.is_none() {
            return Err(wrong());
        }
        let Some(position) = self.vm.index(position)?.to_i64() else {
            return Err(self.vm.overflow_error("Python int too large to convert to C ssize_t"));
        };
        let resolved = if position < 0 { position.saturating_add(len as i64) } else { position };
        match usize::try_from(resolved) {
            Ok(at) if at <= len => Ok((text, at)),
            _ => Err(self.vm.index_error(format!("position {position} from error handler out of bounds"))),
        }
    }
}

fn shape_of(what: &str) -> &'static str {
    if what == "decoding" { "(str, int)" } else { "(str/bytes, int)" }
}

/// A UnicodeDecodeError.
pub fn decode_error(
    vm: &Vm,
    encoding: &str,
    object: Value,
    range: std::ops::Range<usize>,
    reason: &str,
) -> Result<Value, Raised> {
    make_error(vm, TypeId::UnicodeDecodeError, encoding, object, range, reason)
}

/// A UnicodeEncodeError.
pub fn encode_error(
    vm: &Vm,
    encoding: &str,
    object: Value,
    range: std::ops::Range<usize>,
    reason: &str,
) -> Result<Value, Raised> {
    make_error(vm, TypeId::UnicodeEncodeError, encoding, object, range, reason)
}

fn make_error(
    vm: &Vm,
    class: TypeId,
    encoding: &str,
    object: Value,
    range: std::ops::Range<usize>,
    reason: &str,
) -> Result<Value, Raised> {
    let (start, end) = (vm.int_usize(range.start), vm.int_usize(range.end));
    let (encoding, reason) = (vm.str(encoding).value(), vm.str(reason).value());
    vm.call(vm.types[class].value(), &[encoding, object, start, end, reason])
}

impl DecodeErrors for Handler<'_> {
    type Error = Raised;

    fn fix(&mut self, problem: &DecodeProblem<'_>) -> Result<DecodeFix, Raised> {
        let vm = self.vm;
        let (start, end) = (problem.start, problem.end);
        if let Some(builtin) = self.builtin {
            if let Some(fix) = builtin.fix_decoding(problem.encoding, problem.input, start, end) {
                return Ok(fix);
            }
            let object = self.input_object(problem.input);
            let exception = decode_error(vm, problem.encoding, object, start..end, problem.reason)?;
            if !builtin.decodes() {
                return Err(super::handlers::unknown_exception(vm, exception));
            }
            return Err(vm.raise_value(exception));
        }
        let callback = self.callback()?;
        let object = self.input_object(problem.input);
        let exception = decode_error(vm, problem.encoding, object, start..end, problem.reason)?;
        let result = vm.call(callback, &[exception])?;
        if vm.as_tuple(result).is_none() {
            return Err(vm.type_error("decoding error handler must return (str, int) tuple"));
        }
        // The handler may have exchanged the input.
        let shown = vm.getattr_str(exception, "object")?;
        let Some(bytes) = vm.as_bytes(shown) else {
            return Err(vm.type_error("object attribute must be bytes"));
        };
        let (text, resume) = self.result(result, bytes.len(), "decoding")?;
        let input = (shown != object).then(|| bytes.as_slice().to_vec());
        self.object = bytes.value();
        let text = vm.as_str(text).map_or_else(Default::default, |text| text.text().to_wtf8_buf());
        Ok(DecodeFix { text, resume, input })
    }
}

/// What `surrogateescape` can do about the front of a range that it cannot encode as a whole: the error then names the
/// rest only.
fn escaped_front(builtin: Builtin, problem: &EncodeProblem<'_>) -> Option<EncodeFix> {
    if builtin != Builtin::SurrogateEscape {
        return None;
    }
    let byte = |char: u32| (0xDC80..=0xDCFF).contains(&char).then_some(char as u8);
    let bytes: Vec<u8> = problem.text().chars().map_while(byte).collect();
    let resume = problem.start + bytes.len();
    (!bytes.is_empty()).then_some(EncodeFix { replacement: Replacement::Bytes(bytes), resume })
}

impl EncodeErrors for Handler<'_> {
    type Error = Raised;

    fn fix(&mut self, problem: &EncodeProblem<'_>) -> Result<EncodeFix, Raised> {
        let vm = self.vm;
        if let Some(builtin) = self.builtin {
            return match builtin.fix_encoding(problem.encoding, problem.text()) {
                Some(replacement) => Ok(EncodeFix { replacement, resume: problem.end }),
                None => match escaped_front(builtin, problem) {
                    Some(fix) => Ok(fix),
                    None => Err(self.fail(problem)),
                },
            };
        }
        let callback = self.callback()?;
        let exception = encode_error(vm, problem.encoding, self.object, problem.start..problem.end, problem.reason)?;
        let result = vm.call(callback, &[exception])?;
        let len = self.object.cast::<Str>().map_or(0, |text| text.len());
        let (replacement, resume) = self.result(result, len, "encoding")?;
        let replacement = match vm.as_bytes(replacement) {
            Some(bytes) => Replacement::Bytes(bytes.as_slice().to_vec()),
            None => {
                let text = vm.as_str(replacement);
                Replacement::Text(text.map_or_else(Default::default, |text| text.text().to_wtf8_buf()))
            }
        };
        Ok(EncodeFix { replacement, resume })
    }

    fn fail(&mut self, problem: &EncodeProblem<'_>) -> Raised {
        let range = problem.start..problem.end;
        match encode_error(self.vm, problem.encoding, self.object, range, problem.reason) {
            Ok(exception) => self.vm.raise_value(exception),
            Err(raised) => raised,
        }
    }
}
