//! `unicodedata`

use base::text::Wtf8;
use base::unicode::{self, Form, Found, Version};
use object::slots::R;
use object::{
    GetSet, Module, ModuleDef, NativeData, Raised, Ref, Str, Tracer, TypeDef, Value, Vm, natives, type_flags,
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "unicodedata",
    doc: "The Unicode Character Database, version 16.0.0, and version 3.2.0 as ucd_3_2_0.",
    functions: &[FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Returns the bidirectional class assigned to the character chr as string.
    ///
    /// If no such value is defined, an empty string is returned.
    "bidirectional($self, chr, /)" => bidirectional;
    /// Returns the general category assigned to the character chr as string.
    "category($self, chr, /)" => category;
    /// Returns the canonical combining class assigned to the character chr as integer.
    ///
    /// Returns 0 if no combining class is defined.
    "combining($self, chr, /)" => combining;
    /// Converts a Unicode character into its equivalent decimal value.
    ///
    /// Without one, default is returned, or ValueError is raised.
    "decimal($self, chr, default=<unrepresentable>, /)" => decimal;
    /// Returns the character decomposition mapping assigned to the character chr as string.
    ///
    /// An empty string is returned in case no such mapping is defined.
    "decomposition($self, chr, /)" => decomposition;
    /// Converts a Unicode character into its equivalent digit value.
    ///
    /// Without one, default is returned, or ValueError is raised.
    "digit($self, chr, default=<unrepresentable>, /)" => digit;
    /// Returns the east asian width assigned to the character chr as string.
    "east_asian_width($self, chr, /)" => east_asian_width;
    /// Return whether the Unicode string unistr is in the normal form 'form'.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    "is_normalized($self, form, unistr, /)" => is_normalized;
    /// Look up character by name.
    ///
    /// If a character with the given name is found, return the
    /// corresponding character.  If not found, KeyError is raised.
    "lookup($self, name, /)" => lookup;
    /// Returns the mirrored property assigned to the character chr as integer.
    ///
    /// 1 where the character is mirrored in bidirectional text, 0 otherwise.
    "mirrored($self, chr, /)" => mirrored;
    /// Returns the name assigned to the character chr as a string.
    ///
    /// Without one, default is returned, or ValueError is raised.
    "name($self, chr, default=<unrepresentable>, /)" => name;
    /// Return the normal form 'form' for the Unicode string unistr.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    "normalize($self, form, unistr, /)" => normalize;
    /// Converts a Unicode character into its equivalent numeric value.
    ///
    /// Without one, default is returned, or ValueError is raised.
    "numeric($self, chr, default=<unrepresentable>, /)" => numeric;
}}

/// The database of version 3.2.0.
struct OldDatabase;

impl NativeData for OldDatabase {
    fn trace(&self, _: &mut Tracer) {}
}

static UCD: TypeDef = TypeDef {
    name: "UCD",
    module: "unicodedata",
    flags: type_flags::NO_NEW,
    methods: &[FUNCTIONS],
    getset: &[GetSet {
        name: "unidata_version",
        get: |vm, _| Ok(vm.str(Version::V3_2.name()).value()),
        set: None,
        doc: "",
        is_member: true,
    }],
    ..TypeDef::DEFAULT
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let class = vm.add_type(module, &UCD);
    vm.add_value(module, "unidata_version", vm.str(unicode::VERSION));
    let old = vm.native(class, OldDatabase).value();
    vm.add_value(module, "ucd_3_2_0", old);
    Ok(())
}

fn version(vm: &Vm, this: Value) -> Version {
    if vm.as_native::<OldDatabase>(this).is_some() { Version::V3_2 } else { Version::Current }
}

/// The one character of an argument.
fn char_arg(vm: &Vm, function: &str, number: &str, value: Value) -> Result<u32, Raised> {
    let Some(text) = vm.as_str(value) else {
        let found = vm.type_name(value);
        let text = format!("{function}() argument{number} must be a unicode character, not {found}");
        return Err(vm.type_error(text));
    };
    if text.len() != 1 {
        let text = format!(
            "{function}(): argument{number} must be a unicode character, not a string of length {}",
            text.len()
        );
        return Err(vm.type_error(text));
    }
    Ok(text.char_at(vm, 0))
}

macro_rules! properties {
    ($($name:ident($vm:ident, $char:ident, $version:ident) = $body:expr;)*) => {$(
        fn $name($vm: &Vm, [this, value]: &[Value; 2]) -> R {
            let $char = char_arg($vm, stringify!($name), "", *value)?;
            let $version = version($vm, *this);
            Ok($body)
        }
    )*};
}

properties! {
    bidirectional(vm, char, version) = vm.intern(unicode::bidirectional(char, version)).value();
    category(vm, char, version) = vm.intern(unicode::category(char, version)).value();
    combining(vm, char, version) = vm.int(unicode::combining(char, version) as i64);
    decomposition(vm, char, version) = vm.str(&unicode::decomposition(char, version)).value();
    east_asian_width(vm, char, version) = vm.intern(unicode::east_asian_width(char, version)).value();
    mirrored(vm, char, version) = vm.int(unicode::mirrored(char, version) as i64);
}

/// A value, or the default, or ValueError.
fn or_default(vm: &Vm, found: Option<Value>, default: Value, text: &str) -> R {
    found.or(default.bound()).ok_or_else(|| vm.value_error(text))
}

fn decimal(vm: &Vm, [this, value, default]: &[Value; 3]) -> R {
    let char = char_arg(vm, "decimal", " 1", *value)?;
    let found = unicode::decimal(char, version(vm, *this)).map(|digit| vm.int(digit as i64));
    or_default(vm, found, *default, "not a decimal")
}

fn digit(vm: &Vm, [this, value, default]: &[Value; 3]) -> R {
    let char = char_arg(vm, "digit", " 1", *value)?;
    let found = unicode::digit(char, version(vm, *this)).map(|digit| vm.int(digit as i64));
    or_default(vm, found, *default, "not a digit")
}

fn numeric(vm: &Vm, [this, value, default]: &[Value; 3]) -> R {
    let char = char_arg(vm, "numeric", " 1", *value)?;
    let found = unicode::numeric(char, version(vm, *this)).map(|number| vm.float(number));
    or_default(vm, found, *default, "not a numeric character")
}

fn name(vm: &Vm, [this, value, default]: &[Value; 3]) -> R {
    let char = char_arg(vm, "name", " 1", *value)?;
    let known = unicode::database::is_assigned(char, version(vm, *this));
    let found = if known { unicode::name(char).map(|name| vm.str(&name).value()) } else { None };
    or_default(vm, found, *default, "no such name")
}

fn lookup(vm: &Vm, [this, name]: &[Value; 2]) -> R {
    let bytes = match vm.as_str(*name) {
        Some(text) => text.as_bytes().to_vec(),
        None => vm.bytes_of(*name)?,
    };
    if bytes.len() > 256 {
        return Err(vm.key_error(vm.str("name too long").value()));
    }
    let text = String::from_utf8_lossy(&bytes);
    let old = version(vm, *this) == Version::V3_2;
    match unicode::named_sequence(&text) {
        Some(Found::CodePoint(char)) if !old || !unicode::is_alias(&text, char) => Ok(vm.str_char(char).value()),
        Some(Found::Sequence(sequence)) if !old => Ok(vm.str(sequence).value()),
        _ => Err(vm.key_error(vm.str(&format!("undefined character name '{text}'")).value())),
    }
}

/// The form and the string of `normalize` and `is_normalized`.
fn form_args(vm: &Vm, function: &str, form: Value, text: Value) -> Result<(Ref<Str>, Ref<Str>), Raised> {
    let wrong = |number: usize, value: Value| {
        vm.type_error(format!("{function}() argument {number} must be str, not {}", vm.type_name(value)))
    };
    let form = vm.as_str(form).ok_or_else(|| wrong(1, form))?;
    let text = vm.as_str(text).ok_or_else(|| wrong(2, text))?;
    Ok((form, text))
}

fn form_of(vm: &Vm, form: &Wtf8) -> Result<Form, Raised> {
    form.to_str().and_then(Form::from_name).ok_or_else(|| vm.value_error("invalid normalization form"))
}

fn normalize(vm: &Vm, [this, form, text]: &[Value; 3]) -> R {
    let (form, string) = form_args(vm, "normalize", *form, *text)?;
    if string.is_empty() {
        return Ok(string.value());
    }
    let form = form_of(vm, form.text())?;
    match unicode::normalize(string.text(), form, version(vm, *this)) {
        std::borrow::Cow::Borrowed(_) => Ok(string.value()),
        std::borrow::Cow::Owned(new) => Ok(vm.str_wtf8(&new).value()),
    }
}

fn is_normalized(vm: &Vm, [this, form, text]: &[Value; 3]) -> R {
    let (form, string) = form_args(vm, "is_normalized", *form, *text)?;
    if string.is_empty() {
        return Ok(Value::TRUE);
    }
    let form = form_of(vm, form.text())?;
    Ok(Value::bool(unicode::is_normalized(string.text(), form, version(vm, *this))))
}
