//! `strftime` of dates and times: what `time.strftime` does not know is replaced in the format first.

use super::offset::{tzinfo_of, tzname, utcoffset_text};
use super::values::{DateTime, Time};
use crate::support::{Binding, class_name};
use base::text::Wtf8Buf;
use object::{Args, R, Raised, Ref, Str, TypeId, Value, Vm};

const STRFTIME: Binding = Binding { name: "strftime", params: &["format"], positional: 1, required: 1 };

/// The format among the arguments of `strftime`.
pub fn format_arg(vm: &Vm, args: Args) -> Result<Value, Raised> {
    let [format] = STRFTIME.bind(vm, args)?;
    if vm.as_str(format).is_none() {
        let class = class_name(vm, format);
        return Err(vm.type_error(format!("strftime() argument 1 must be str, not {class}")));
    }
    Ok(format)
}

/// `__format__`
pub fn format(vm: &Vm, [this, spec]: &[Value; 2]) -> R {
    match vm.as_str(*spec) {
        None => {
            let class = class_name(vm, *spec);
            Err(vm.type_error(format!("__format__() argument 1 must be str, not {class}")))
        }
        Some(text) if text.is_empty() => vm.to_str(*this).map(|text| text.value()),
        Some(_) => vm.call_method_str(*this, "strftime", &[*spec]),
    }
}

/// The parts of a format that stand for themselves or are left to `time.strftime`, and those that are replaced.
struct Wrapper<'a> {
    vm: &'a Vm,
    this: Value,
    /// What methods of the tzinfo get.
    argument: Value,
    tuple: Value,
    out: Vec<u8>,
}

impl Wrapper<'_> {
    fn year(&self) -> Result<i64, Raised> {
        let year = self.vm.getitem(self.tuple, Value::small(0))?;
        self.vm.index_i64(year)
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn zone_name(&mut self) -> Result<(), Raised> {
        let zone = tzinfo_of(self.vm, self.this);
        let mut name = tzname(self.vm, zone, self.argument)?;
        if !name.is_none() && !self.vm.is_exactly(name, TypeId::Str) {
            // A subclass may replace its own way.
            let percent = [self.vm.str("%").value(), self.vm.str("%%").value()];
            name = self.vm.call_method_str(name, "replace", &percent)?;
            let Some(replaced) = self.vm.as_str(name) else {
                let class = class_name(self.vm, name);
                return Err(self.vm.type_error(format!("tzname.replace() did not return a string, but '{class}'")));
            };
            self.out.extend_from_slice(replaced.as_bytes());
            return Ok(());
        }
        if let Some(name) = self.vm.as_str(name) {
            for &byte in name.as_bytes() {
                self.out.push(byte);
                // `time.strftime` sees it too.
                if byte == b'%' {
                    self.out.push(byte);
                }
            }
        }
        Ok(())
    }

    fn offset(&mut self, separator: &str) -> Result<(), Raised> {
        let zone = tzinfo_of(self.vm, self.this);
        let text = utcoffset_text(self.vm, zone, self.argument, separator)?;
        self.push(&text);
        Ok(())
    }

    fn microsecond(&mut self) {
        let microsecond = match self.vm.as_native::<DateTime>(self.this) {
            Some(datetime) => datetime.clock.microsecond,
            None => self.vm.as_native::<Time>(self.this).map_or(0, |time| time.clock.microsecond),
        };
        self.push(&format!("{microsecond:06}"));
    }

    /// Years below 1000 with all their digits, which the system's function does not give.
    fn padded_year(&mut self, directive: u8) -> Result<(), Raised> {
        let mut year = self.year()?;
        if directive == b'G' {
            let text = system_strftime(self.vm, self.vm.str("%G").value(), self.tuple)?;
            let text = self.vm.as_str(text).map_or_else(String::new, |text| text.to_string_lossy());
            year = text.trim().parse().unwrap_or(year);
        }
        if directive == b'C' {
            self.push(&format!("{:02}", year / 100));
            return Ok(());
        }
        self.push(&format!("{year:04}"));
        if directive == b'F' {
            let part = |index| {
                let part = self.vm.getitem(self.tuple, Value::small(index))?;
                self.vm.index_i64(part)
            };
            let text = format!("-{:02}-{:02}", part(1)?, part(2)?);
            self.push(&text);
        }
        Ok(())
    }
}

fn system_strftime(vm: &Vm, format: Value, tuple: Value) -> R {
    let function = vm.import_from("time", "strftime")?;
    vm.call(function, &[format, tuple])
}

/// `this.strftime(format)` with the fields of a time tuple; `argument` is what methods of the tzinfo get.
pub fn wrap_strftime(vm: &Vm, this: Value, format: Value, tuple: Value, argument: Value) -> R {
    let Some(text) = vm.as_str(format) else { return Err(vm.type_error("a format is a string")) };
    let mut wrapper = Wrapper { vm, this, argument, tuple, out: Vec::with_capacity(text.as_bytes().len() + 16) };
    let mut at = 0;
    // The string never changes; it is fetched again as methods of the tzinfo run in between.
    let byte = |at: usize| text.as_bytes().get(at).copied();
    while let Some(first) = byte(at) {
        at += 1;
        if first != b'%' {
            wrapper.out.push(first);
            continue;
        }
        let directive = byte(at);
        at += directive.is_some() as usize;
        match directive {
            Some(b'z') => wrapper.offset("")?,
            Some(b'Z') => wrapper.zone_name()?,
            Some(b'f') => wrapper.microsecond(),
            Some(b':') if byte(at) == Some(b'z') => {
                at += 1;
                wrapper.offset(":")?;
            }
            Some(letter @ (b'Y' | b'G' | b'F' | b'C')) if wrapper.year()? < 1000 => wrapper.padded_year(letter)?,
            Some(other) => wrapper.out.extend_from_slice(&[b'%', other]),
            None => wrapper.out.push(b'%'),
        }
    }
    let Ok(text) = Wtf8Buf::from_bytes(wrapper.out) else { return Err(vm.system_error("a format with broken text")) };
    let format: Ref<Str> = vm.str_wtf8(&text);
    system_strftime(vm, format.value(), tuple)
}
