//! `str.format`, `str.format_map` and `str.__format__`.

use super::args::{str_argument, this};
use crate::support::format_error;
use base::format::{self, AutoNumber, FieldName, FieldPart, MarkupIter, NameKey};
use base::text::{Wtf8, Wtf8Buf};
use heap::Value;
use object::{Args, R, Raised, Ref, Str, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the string with its replacement fields ('{' and '}') filled from the arguments.
    "format($self, /, *args, **kwargs)" -> str_format;
    /// Return the string with its replacement fields ('{' and '}') filled from a mapping.
    "format_map($self, mapping, /)" => format_map;
    /// Return the string formatted as the format spec says.
    "__format__($self, format_spec, /)" => dunder_format;
}}

/// How deep replacement fields may lie within format specs.
const MAX_DEPTH: usize = 2;

/// What the fields are filled from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Arguments(Args<'a>),
    Mapping(Value),
}

impl Source<'_> {
    fn get(self, vm: &Vm, key: NameKey) -> R {
        match (self, key) {
            (Source::Arguments(args), NameKey::Index(index)) => match args.args[..args.count()].get(index) {
                Some(value) => Ok(*value),
                None => {
                    let text = format!("Replacement index {index} out of range for positional args tuple");
                    Err(vm.index_error(text))
                }
            },
            (Source::Arguments(args), NameKey::Name(name)) => {
                let (_, mut keywords) = args.split();
                match keywords.find(|(key, _)| key.as_bytes() == name.as_bytes()) {
                    Some((_, value)) => Ok(value),
                    None => Err(vm.key_error(vm.str_wtf8(name).value())),
                }
            }
            (Source::Mapping(_), NameKey::Index(_)) => Err(vm.value_error("Format string contains positional fields")),
            (Source::Mapping(mapping), NameKey::Name(name)) => vm.getitem(mapping, vm.str_wtf8(name).value()),
        }
    }
}

struct Formatter<'a> {
    vm: &'a Vm,
    source: Source<'a>,
    numbers: AutoNumber,
    /// What the first field of the format gave where nothing stood before it: the result may be that string.
    first: Option<Ref<Str>>,
}

impl Formatter<'_> {
    /// `text` lies in a string that is kept alive, or outside the heap.
    fn render(&mut self, text: &Wtf8, depth: usize) -> Result<Wtf8Buf, Raised> {
        let vm = self.vm;
        if depth == 0 {
            return Err(vm.value_error("Max string recursion exceeded"));
        }
        let mut out = Wtf8Buf::with_capacity(text.len() + 16);
        for markup in MarkupIter::new(text) {
            let markup = markup.map_err(|error| format_error(vm, error))?;
            out.push_wtf8(markup.literal);
            let Some(field) = markup.field else { continue };
            let value = self.field(&field)?;
            let value = match field.conversion.map(char::from_u32) {
                None => value,
                Some(Some('r')) => vm.repr(value)?.value(),
                Some(Some('s')) => vm.to_str(value)?.value(),
                Some(Some('a')) => vm.ascii(value)?.value(),
                Some(_) => {
                    let conversion = field.conversion.unwrap_or(0);
                    return Err(format_error(vm, format::unknown_conversion(conversion)));
                }
            };
            let spec = if field.spec_has_fields {
                vm.str_wtf8(&self.render(field.spec, depth - 1)?)
            } else {
                vm.str_wtf8(field.spec)
            };
            let formatted = vm.format(value, spec)?;
            if out.is_empty() && depth == MAX_DEPTH {
                self.first = Some(formatted);
            }
            out.push_wtf8(formatted.text());
        }
        Ok(out)
    }

    fn field(&mut self, field: &FieldPart) -> R {
        let vm = self.vm;
        let raise = |error| format_error(vm, error);
        let (first, steps) = format::split_field_name(field.name).map_err(raise)?;
        let key = self.numbers.resolve(first).map_err(raise)?;
        let mut value = self.source.get(vm, key)?;
        for step in steps {
            value = match step.map_err(raise)? {
                FieldName::Attribute(name) => vm.getattr(value, vm.intern_wtf8(name))?,
                FieldName::Item(NameKey::Index(index)) => vm.getitem(value, vm.int_usize(index))?,
                FieldName::Item(NameKey::Name(name)) => vm.getitem(value, vm.str_wtf8(name).value())?,
            };
        }
        Ok(value)
    }
}

fn render(vm: &Vm, text: Ref<Str>, source: Source) -> R {
    let mut formatter = Formatter { vm, source, numbers: AutoNumber::default(), first: None };
    let out = formatter.render(text.text(), MAX_DEPTH)?;
    let whole = formatter.first.filter(|first| first.as_bytes().len() == out.len());
    if let Some(same) = whole.or((out.as_bytes() == text.as_bytes()).then_some(text)) {
        return Ok(same.value());
    }
    Ok(vm.str_wtf8(&out).value())
}

fn str_format(vm: &Vm, args: Args) -> R {
    match args.args.first() {
        Some(value) if args.count() > 0 => render(vm, this(vm, *value)?, Source::Arguments(args.rest())),
        _ => Err(vm.type_error("unbound method str.format() needs an argument")),
    }
}

fn format_map(vm: &Vm, [value, mapping]: &[Value; 2]) -> R {
    render(vm, this(vm, *value)?, Source::Mapping(*mapping))
}

fn dunder_format(vm: &Vm, [value, spec]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let spec = str_argument(vm, *spec, "__format__", 0)?;
    if spec.is_empty() {
        return Ok(vm.to_str(*value)?.value());
    }
    match format::format_str(text.text(), spec.text(), &vm.type_name(*value)) {
        Ok(out) if out.as_bytes() == text.as_bytes() => Ok(text.value()),
        Ok(out) => Ok(vm.str_wtf8(&out).value()),
        Err(error) => Err(format_error(vm, error)),
    }
}
