//! `make_encoder`: from values to text.

use super::text::{quote, text_of};
use crate::support::{ssize, class_arg, data};
use object::traced;
use object::layout::function::NativeFunction;
use object::slots::{R, Slot};
use object::{
    Args, Dict, Field, GetSet, List, Raised, Ref, Str, Tuple, TypeDef, TypeId, Value, ValueExt, Vm, native_ref, type_flags,
};

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Ascii,
    Text,
    /// As a function says.
    Call,
}

/// What an encoder wants.
pub struct Encoder {
    markers: Field,
    default: Field,
    encoder: Field,
    indent: Field,
    key_separator: Field,
    item_separator: Field,
    sort_keys: Field,
    skipkeys: Field,
    allow_nan: bool,
    sorted: bool,
    skip: bool,
    quoting: Quoting,
}

traced! { Encoder { markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys } }

macro_rules! member {
    ($name:ident) => {
        GetSet {
            name: stringify!($name),
            get: |vm, this| Ok(data::<Encoder>(vm, this)?.$name.get()),
            set: None,
            doc: stringify!($name),
            is_member: true,
        }
    };
}

pub static ENCODER: TypeDef = TypeDef {
    name: "Encoder",
    module: "_json",
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    flags: type_flags::BASETYPE,
    slots: &[Slot::call(call)],
    getset: &[
        member!(markers),
        member!(default),
        member!(encoder),
        member!(indent),
        member!(key_separator),
        member!(item_separator),
        member!(sort_keys),
        member!(skipkeys),
    ],
    new: Some(native_ref!(
        "make_encoder($cls, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)"
            => new
    )),
    ..TypeDef::DEFAULT
};

fn new(vm: &Vm, args: &[Value; 10]) -> R {
    let [class, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan] = *args;
    if !markers.is_none() && markers.cast::<Dict>().is_none() {
        let name = vm.type_name(markers);
        return Err(vm.type_error(format!("make_encoder() argument 1 must be dict or None, not {name}")));
    }
    for (value, number) in [(key_separator, 5), (item_separator, 6)] {
        if vm.as_str(value).is_none() {
            let name = vm.type_name(value);
            return Err(vm.type_error(format!("make_encoder() argument {number} must be str, not {name}")));
        }
    }
    let quoting = match encoder.cast::<NativeFunction>().map(|function| function.def.name()) {
        Some("encode_basestring_ascii") => Quoting::Ascii,
        Some("encode_basestring") => Quoting::Text,
        _ => Quoting::Call,
    };
    let (sorted, skip, allow_nan) = (vm.truthy(sort_keys)?, vm.truthy(skipkeys)?, vm.truthy(allow_nan)?);
    let own = Encoder {
        markers: Field::new(markers),
        default: Field::new(default),
        encoder: Field::new(encoder),
        indent: Field::new(indent),
        key_separator: Field::new(key_separator),
        item_separator: Field::new(item_separator),
        sort_keys: Field::new(Value::bool(sorted)),
        skipkeys: Field::new(Value::bool(skip)),
        allow_nan,
        sorted,
        skip,
        quoting,
    };
    Ok(vm.native(class_arg(vm, class)?, own).value())
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    let get = |at: usize, name: &str| args.args[..args.count()].get(at).copied().or_else(|| args.keyword(name));
    let (Some(object), Some(level)) = (get(0, "obj"), get(1, "_current_indent_level")) else {
        return Err(vm.type_error("_iterencode() takes the arguments 'obj' and '_current_indent_level'"));
    };
    let level = ssize(vm, level)?.max(0) as usize;
    let encoder = data::<Encoder>(vm, this)?;
    let text = |field: &Field| vm.as_str(field.get()).unwrap_or(vm.names.empty);
    let mut job = Job {
        vm,
        encoder: &encoder,
        key_separator: text(&encoder.key_separator),
        item_separator: text(&encoder.item_separator),
        indent: vm.as_str(encoder.indent.get()),
        out: Vec::new(),
    };
    job.value(object, level)?;
    let result = text_of(vm, &job.out);
    Ok(vm.tuple(&[result]).value())
}

struct Job<'a> {
    vm: &'a Vm,
    encoder: &'a Encoder,
    key_separator: Ref<Str>,
    item_separator: Ref<Str>,
    indent: Option<Ref<Str>>,
    out: Vec<u8>,
}

impl Job<'_> {
    fn value(&mut self, value: Value, level: usize) -> Result<(), Raised> {
        let vm = self.vm;
        if let Some(int) = value.as_small() {
            return self.small(int);
        }
        let word: &[u8] = match value {
            Value::NONE => b"null",
            Value::TRUE => b"true",
            Value::FALSE => b"false",
            _ => b"",
        };
        if !word.is_empty() {
            self.out.extend_from_slice(word);
            return Ok(());
        }
        if let Some(text) = vm.as_str(value) {
            return self.string(value, text);
        }
        if vm.as_int(value).is_some() {
            return self.int(value);
        }
        if let Some(float) = vm.as_float(value) {
            let text = self.float_text(float)?;
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        vm.enter_native()?;
        if let Some(list) = value.cast::<List>() {
            return self.marked(value, |job| job.list(value, list, level));
        }
        if let Some(tuple) = vm.as_tuple(value) {
            let list = vm.list(tuple.items());
            return self.marked(value, |job| job.list(value, list, level));
        }
        if let Some(dict) = value.cast::<Dict>() {
            return self.marked(value, |job| job.dict(value, dict, level));
        }
        self.marked(value, |job| {
            let other = vm.call(job.encoder.default.get(), &[value])?;
            job.value(other, level).map_err(|raised| {
                job.note(raised, &format!("when serializing {} object", vm.type_of(value).qualified_name(vm)))
            })
        })
    }

    fn note(&self, raised: Raised, text: &str) -> Raised {
        self.vm.add_note(raised, text);
        raised
    }

    /// Runs a part with the object among the markers: it must not be met again within.
    fn marked(&mut self, value: Value, run: impl FnOnce(&mut Self) -> Result<(), Raised>) -> Result<(), Raised> {
        let vm = self.vm;
        let Some(markers) = self.encoder.markers.get().cast::<Dict>() else { return run(self) };
        let ident = vm.int_u64(value.bits());
        let hash = vm.hash(ident)?;
        if markers.find(vm, ident, hash)?.is_some() {
            return Err(vm.value_error("Circular reference detected"));
        }
        markers.insert_hashed(vm, ident, hash, value)?;
        run(self)?;
        markers.remove(vm, ident)?;
        Ok(())
    }

    fn small(&mut self, int: i64) -> Result<(), Raised> {
        use std::io::Write;
        // Writing to memory cannot fail.
        let _ = write!(self.out, "{int}");
        Ok(())
    }

    /// The text of an int, also of a subclass with a `__repr__` of its own.
    fn int_text(&self, value: Value) -> Result<Ref<Str>, Raised> {
        let vm = self.vm;
        let shown = match vm.types[TypeId::Int].slots().repr {
            Some(repr) => repr(vm, value)?,
            None => value,
        };
        vm.as_str(shown).ok_or_else(|| vm.system_error("int without repr"))
    }

    fn int(&mut self, value: Value) -> Result<(), Raised> {
        let text = self.int_text(value)?;
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn float_text(&self, float: f64) -> Result<String, Raised> {
        if float.is_finite() {
            return Ok(base::number::float_repr(float));
        }
        if !self.encoder.allow_nan {
            let shown = base::number::float_repr(float);
            return Err(self.vm.value_error(format!("Out of range float values are not JSON compliant: {shown}")));
        }
        Ok(String::from(if float.is_nan() {
            "NaN"
        } else if float > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }))
    }

    fn string(&mut self, value: Value, text: Ref<Str>) -> Result<(), Raised> {
        if self.encoder.quoting != Quoting::Call {
            quote(text, self.encoder.quoting == Quoting::Ascii, &mut self.out);
            return Ok(());
        }
        let vm = self.vm;
        let quoted = vm.call(self.encoder.encoder.get(), &[value])?;
        match vm.as_str(quoted) {
            Some(quoted) => {
                self.out.extend_from_slice(quoted.as_bytes());
                Ok(())
            }
            None => {
                let name = vm.type_name(quoted);
                Err(vm.type_error(format!("encoder() must return a string, not {name}")))
            }
        }
    }

    fn newline(&mut self, level: usize) {
        if let Some(indent) = self.indent {
            self.out.push(b'\n');
            for _ in 0..level {
                self.out.extend_from_slice(indent.as_bytes());
            }
        }
    }

    fn separate(&mut self, level: usize) {
        self.out.extend_from_slice(self.item_separator.as_bytes());
        self.newline(level);
    }

    fn list(&mut self, value: Value, list: Ref<List>, level: usize) -> Result<(), Raised> {
        if list.is_empty() {
            self.out.extend_from_slice(b"[]");
            return Ok(());
        }
        self.out.push(b'[');
        self.newline(level + 1);
        let mut index = 0;
        while let Some(item) = list.get(index) {
            if index > 0 {
                self.separate(level + 1);
            }
            if let Err(raised) = self.value(item, level + 1) {
                let class = self.vm.type_of(value).qualified_name(self.vm);
                return Err(self.note(raised, &format!("when serializing {class} item {index}")));
            }
            index += 1;
        }
        self.newline(level);
        self.out.push(b']');
        Ok(())
    }

    fn dict(&mut self, value: Value, dict: Ref<Dict>, level: usize) -> Result<(), Raised> {
        let vm = self.vm;
        if dict.is_empty() {
            self.out.extend_from_slice(b"{}");
            return Ok(());
        }
        self.out.push(b'{');
        let mut first = true;
        if self.encoder.sorted || value.shape() != TypeId::Dict as u32 {
            let items = vm.call_method(value, vm.names.items, &[])?;
            let items = vm.to_list(items)?;
            if self.encoder.sorted {
                vm.call_method(items.value(), vm.names.sort, &[])?;
            }
            let mut index = 0;
            while let Some(item) = items.get(index) {
                match item.cast::<Tuple>().as_deref().map(Tuple::items) {
                    Some([key, item]) => self.item(value, *key, *item, &mut first, level + 1)?,
                    _ => return Err(vm.value_error("items must return 2-tuples")),
                }
                index += 1;
            }
        } else {
            let mut position = 0;
            while let Some((behind, entry)) = dict.next(position) {
                position = behind;
                self.item(value, entry.key, entry.value, &mut first, level + 1)?;
            }
        }
        if !first {
            self.newline(level);
        }
        self.out.push(b'}');
        Ok(())
    }

    fn item(&mut self, dict: Value, key: Value, value: Value, first: &mut bool, level: usize) -> Result<(), Raised> {
        let vm = self.vm;
        let (shown, text) = if let Some(text) = vm.as_str(key) {
            (key, text)
        } else {
            let text = if let Some(float) = vm.as_float(key) {
                vm.str(&self.float_text(float)?)
            } else if key.is_bool() || key.is_none() {
                vm.intern(if key.is_none() {
                    "null"
                } else if key == Value::TRUE {
                    "true"
                } else {
                    "false"
                })
            } else if vm.as_int(key).is_some() {
                self.int_text(key)?
            } else if self.encoder.skip {
                return Ok(());
            } else {
                let name = vm.type_name(key);
                return Err(vm.type_error(format!("keys must be str, int, float, bool or None, not {name}")));
            };
            (text.value(), text)
        };
        if std::mem::replace(first, false) {
            self.newline(level);
        } else {
            self.separate(level);
        }
        self.string(shown, text)?;
        self.out.extend_from_slice(self.key_separator.as_bytes());
        if let Err(raised) = self.value(value, level) {
            let exception = vm.take_exception(raised);
            let class = vm.type_of(dict).qualified_name(vm);
            let shown = vm.repr(key)?.to_string_lossy();
            let raised = vm.raise_again(exception);
            return Err(self.note(raised, &format!("when serializing {class} item {shown}")));
        }
        Ok(())
    }
}
