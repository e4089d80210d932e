//! `make_scanner`: from text to values.

use super::text::{decode_error, unquote};
use crate::support::{ssize, class_arg, data};
use object::traced;
use object::slots::{R, Slot};
use object::{Args, Field, GetSet, Raised, Ref, Str, TypeDef, TypeId, Value, Vm, native_ref, type_flags};

/// What a decoder wants.
pub struct Scanner {
    strict: Field,
    object_hook: Field,
    object_pairs_hook: Field,
    parse_float: Field,
    parse_int: Field,
    parse_constant: Field,
    is_strict: bool,
}

traced! { Scanner { strict, object_hook, object_pairs_hook, parse_float, parse_int, parse_constant } }

macro_rules! member {
    ($name:ident) => {
        GetSet {
            name: stringify!($name),
            get: |vm, this| Ok(data::<Scanner>(vm, this)?.$name.get()),
            set: None,
            doc: stringify!($name),
            is_member: true,
        }
    };
}

pub static SCANNER: TypeDef = TypeDef {
    name: "Scanner",
    module: "_json",
    doc: "JSON scanner object",
    flags: type_flags::BASETYPE,
    slots: &[Slot::call(call)],
    getset: &[
        member!(strict),
        member!(object_hook),
        member!(object_pairs_hook),
        member!(parse_float),
        member!(parse_int),
        member!(parse_constant),
    ],
    new: Some(native_ref!("make_scanner($cls, context)" => new)),
    ..TypeDef::DEFAULT
};

fn new(vm: &Vm, [class, context]: &[Value; 2]) -> R {
    let attr = |name: &str| vm.getattr_str(*context, name);
    let strict = attr("strict")?;
    let is_strict = vm.truthy(strict)?;
    let object_hook = attr("object_hook")?;
    let object_pairs_hook = attr("object_pairs_hook")?;
    let parse_float = attr("parse_float")?;
    let parse_int = attr("parse_int")?;
    let parse_constant = attr("parse_constant")?;
    let scanner = Scanner {
        strict: Field::new(Value::bool(is_strict)),
        object_hook: Field::new(object_hook),
        object_pairs_hook: Field::new(object_pairs_hook),
        parse_float: Field::new(parse_float),
        parse_int: Field::new(parse_int),
        parse_constant: Field::new(parse_constant),
        is_strict,
    };
    Ok(vm.native(class_arg(vm, *class)?, scanner).value())
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    let (string, index) = match (args.args, args.keyword_count()) {
        ([string, index], 0) => (*string, *index),
        _ => {
            let get = |at: usize, name: &str| args.args[..args.count()].get(at).copied().or_else(|| args.keyword(name));
            match (get(0, "string"), get(1, "idx"), args.args.len()) {
                (Some(string), Some(index), 2) => (string, index),
                _ => return Err(vm.type_error("scan_once() takes the arguments 'string' and 'idx'")),
            }
        }
    };
    let Some(text) = vm.as_str(string) else {
        return Err(vm.type_error(format!("first argument must be a string, not {}", vm.type_name(string))));
    };
    let index = ssize(vm, index)?;
    let Ok(index) = usize::try_from(index) else { return Err(vm.value_error("idx cannot be negative")) };
    let scanner = data::<Scanner>(vm, this)?;
    if index > text.len() {
        return Err(vm.stop_iteration(vm.int_usize(index)));
    }
    let mut scan = Scan {
        vm,
        scanner: &scanner,
        text,
        pos: text.byte_offset(vm, index),
        plain_int: scanner.parse_int.get() == vm.types[TypeId::Int].value(),
        plain_float: scanner.parse_float.get() == vm.types[TypeId::Float].value(),
    };
    let value = scan.value()?;
    let end = vm.int_usize(text.char_index(vm, scan.pos));
    Ok(vm.tuple(&[value, end]).value())
}

struct Scan<'a> {
    vm: &'a Vm,
    scanner: &'a Scanner,
    text: Ref<Str>,
    pos: usize,
    plain_int: bool,
    plain_float: bool,
}

/// Keys up to this many bytes are interned: they tend to come again.
const INTERN: usize = 32;

impl Scan<'_> {
    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.pos).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
    }

    /// No value starts here: StopIteration with the position.
    #[cold]
    fn nothing(&self, pos: usize) -> Raised {
        self.vm.stop_iteration(self.vm.int_usize(self.text.char_index(self.vm, pos)))
    }

    #[cold]
    fn error(&self, message: &str, pos: usize) -> Raised {
        decode_error(self.vm, message, self.text, pos)
    }

    fn value(&mut self) -> R {
        self.vm.enter_native()?;
        let start = self.pos;
        let word = |word: &[u8]| self.bytes()[start..].starts_with(word);
        let (value, width) = match self.peek() {
            Some(b'"') => {
                self.pos += 1;
                return unquote(self.vm, self.text, &mut self.pos, self.scanner.is_strict).map(Ref::value);
            }
            Some(b'{') => return self.object(),
            Some(b'[') => return self.array(),
            Some(b'n') if word(b"null") => (Value::NONE, 4),
            Some(b't') if word(b"true") => (Value::TRUE, 4),
            Some(b'f') if word(b"false") => (Value::FALSE, 5),
            Some(b'N') if word(b"NaN") => return self.constant("NaN"),
            Some(b'I') if word(b"Infinity") => return self.constant("Infinity"),
            Some(b'-') if word(b"-Infinity") => return self.constant("-Infinity"),
            Some(b'-' | b'0'..=b'9') => return self.number(),
            _ => return Err(self.nothing(start)),
        };
        self.pos += width;
        Ok(value)
    }

    fn constant(&mut self, name: &str) -> R {
        let value = self.vm.call(self.scanner.parse_constant.get(), &[self.vm.intern(name).value()])?;
        self.pos += name.len();
        Ok(value)
    }

    fn number(&mut self) -> R {
        let start = self.pos;
        let (end, is_float) = {
            let bytes = self.bytes();
            let digits = |mut at: usize| {
                while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                at
            };
            let mut at = start + (bytes[start] == b'-') as usize;
            match bytes.get(at) {
                Some(b'0') => at += 1,
                Some(b'1'..=b'9') => at = digits(at),
                _ => return Err(self.nothing(start)),
            }
            let mut is_float = false;
            if bytes.get(at) == Some(&b'.') && digits(at + 1) > at + 1 {
                at = digits(at + 1);
                is_float = true;
            }
            if matches!(bytes.get(at), Some(b'e' | b'E')) {
                let sign = matches!(bytes.get(at + 1), Some(b'+' | b'-')) as usize;
                if digits(at + 1 + sign) > at + 1 + sign {
                    at = digits(at + 1 + sign);
                    is_float = true;
                }
            }
            (at, is_float)
        };
        self.pos = end;
        let vm = self.vm;
        if is_float {
            if self.plain_float
                && let Some(float) = base::number::parse_float(&self.bytes()[start..end])
            {
                return Ok(vm.float(float));
            }
            let text = vm.substr(self.text, start..end).value();
            return vm.call(self.scanner.parse_float.get(), &[text]);
        }
        if self.plain_int
            && end - start <= 18
            && let Some(int) = std::str::from_utf8(&self.bytes()[start..end]).ok().and_then(|text| text.parse().ok())
        {
            return Ok(vm.int(int));
        }
        let text = vm.substr(self.text, start..end).value();
        vm.call(self.scanner.parse_int.get(), &[text])
    }

    fn array(&mut self) -> R {
        let list = self.vm.list(&[]);
        self.pos += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.pos += 1;
            return Ok(list.value());
        }
        loop {
            let item = self.value()?;
            list.push(self.vm, item);
            self.skip_space();
            match self.peek() {
                Some(b']') => {
                    self.pos += 1;
                    return Ok(list.value());
                }
                Some(b',') => {}
                _ => return Err(self.error("Expecting ',' delimiter", self.pos)),
            }
            let comma = self.pos;
            self.pos += 1;
            self.skip_space();
            if self.peek() == Some(b']') {
                return Err(self.error("Illegal trailing comma before end of array", comma));
            }
        }
    }

    /// A key, behind its quote.
    fn key(&mut self) -> Result<Ref<Str>, Raised> {
        let start = self.pos;
        let bytes = self.bytes();
        let window = &bytes[start..bytes.len().min(start + INTERN)];
        let end = window.iter().position(|byte| matches!(byte, b'"' | b'\\') || *byte < b' ');
        if let Some(end) = end
            && window[end] == b'"'
        {
            self.pos = start + end + 1;
            return Ok(self.vm.intern_wtf8(&self.text.text()[start..start + end]));
        }
        unquote(self.vm, self.text, &mut self.pos, self.scanner.is_strict)
    }

    fn object(&mut self) -> R {
        let vm = self.vm;
        let pairs_hook = self.scanner.object_pairs_hook.get();
        let pairs = if pairs_hook.is_none() { None } else { Some(vm.list(&[])) };
        let dict = vm.dict();
        self.pos += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.pos += 1;
        } else {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.error("Expecting property name enclosed in double quotes", self.pos));
                }
                self.pos += 1;
                let key = self.key()?;
                self.skip_space();
                if self.peek() != Some(b':') {
                    return Err(self.error("Expecting ':' delimiter", self.pos));
                }
                self.pos += 1;
                self.skip_space();
                let value = self.value()?;
                match pairs {
                    Some(pairs) => pairs.push(vm, vm.tuple(&[key.value(), value]).value()),
                    None => dict.insert_str(vm, key, value),
                }
                self.skip_space();
                match self.peek() {
                    Some(b'}') => {
                        self.pos += 1;
                        break;
                    }
                    Some(b',') => {}
                    _ => return Err(self.error("Expecting ',' delimiter", self.pos)),
                }
                let comma = self.pos;
                self.pos += 1;
                self.skip_space();
                if self.peek() == Some(b'}') {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        if let Some(pairs) = pairs {
            return vm.call(pairs_hook, &[pairs.value()]);
        }
        let hook = self.scanner.object_hook.get();
        if hook.is_none() { Ok(dict.value()) } else { vm.call(hook, &[dict.value()]) }
    }
}
