//! `pyexpat`

mod bridge;
mod model;
mod object;
mod settings;

pub use bridge::byte_table;

use crate::support::{class_once, exception_once, optional_text, text};
use crate::xml::{ERRORS, ErrorCode, Parser, error_text};
use ::object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "pyexpat", doc: "Python wrapper for Expat parser.", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Return a new XML parser object.
    "ParserCreate($module, /, encoding=None, namespace_separator=None, intern=<unrepresentable>)" => parser_create;
    /// Returns string error for given number.
    "ErrorString($module, code, /)" => error_string;
}}

/// Where the class of parsers is kept.
const PARSER: &str = "pyexpat.xmlparser";
/// Where the exception is kept.
const ERROR: &str = "pyexpat.ExpatError";

/// The version of the library whose behaviour this one has.
const VERSION: (i64, i64, i64) = (2, 9, 0);

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let error = exception_once(vm, ERROR, "xml.parsers.expat", "ExpatError", &[vm.types[TypeId::Exception].value()])?;
    vm.add_value(module, "error", error);
    vm.add_value(module, "ExpatError", error);
    vm.add_value(module, "XMLParserType", class_once(vm, PARSER, &object::PARSER_TYPE));
    let (major, minor, micro) = VERSION;
    vm.add_value(module, "EXPAT_VERSION", vm.str(&format!("expat_{major}.{minor}.{micro}")));
    vm.add_value(module, "version_info", vm.tuple(&[vm.int(major), vm.int(minor), vm.int(micro)]));
    vm.add_value(module, "native_encoding", vm.str("UTF-8"));
    let features = vm.list(&[]);
    for (name, value) in [
        ("sizeof(XML_Char)", 1),
        ("sizeof(XML_LChar)", 1),
        ("XML_DTD", 0),
        ("XML_CONTEXT_BYTES", 1024),
        ("XML_NS", 0),
        ("XML_BLAP_MAX_AMP", 100),
        ("XML_BLAP_ACT_THRES", 8 << 20),
        ("XML_GE", 0),
        ("XML_AT_MAX_AMP", 100),
        ("XML_AT_ACT_THRES", 64 << 20),
    ] {
        features.push(vm, vm.tuple(&[vm.str(name).value(), vm.int(value)]).value());
    }
    vm.add_value(module, "features", features);
    for (name, value) in [
        ("XML_PARAM_ENTITY_PARSING_NEVER", 0),
        ("XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE", 1),
        ("XML_PARAM_ENTITY_PARSING_ALWAYS", 2),
    ] {
        vm.add_value(module, name, vm.int(value));
    }
    add_errors(vm, module)?;
    add_model(vm, module)
}

/// A module within this one, which can be imported by its full name.
fn submodule(vm: &Vm, module: Ref<Module>, name: &str, doc: &str) -> Result<Ref<Module>, Raised> {
    let full_name = format!("pyexpat.{name}");
    let submodule = vm.module(&full_name, Some(doc));
    vm.modules_dict().insert(vm, vm.str(&full_name).value(), submodule.value())?;
    vm.add_value(module, name, submodule);
    Ok(submodule)
}

fn add_errors(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let errors = submodule(vm, module, "errors", "Constants used to describe error conditions.")?;
    let (codes, messages) = (vm.dict(), vm.dict());
    for (number, name, text) in ERRORS {
        let (number, text) = (vm.int(*number as i64), vm.intern(text).value());
        vm.add_value(errors, name, text);
        codes.insert(vm, text, number)?;
        messages.insert(vm, number, text)?;
    }
    vm.add_value(errors, "codes", codes);
    vm.add_value(errors, "messages", messages);
    Ok(())
}

fn add_model(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let model = submodule(vm, module, "model", "Constants used to interpret content model information.")?;
    for (name, value) in [
        ("XML_CTYPE_EMPTY", 1),
        ("XML_CTYPE_ANY", 2),
        ("XML_CTYPE_MIXED", 3),
        ("XML_CTYPE_NAME", 4),
        ("XML_CTYPE_CHOICE", 5),
        ("XML_CTYPE_SEQ", 6),
        ("XML_CQUANT_NONE", 0),
        ("XML_CQUANT_OPT", 1),
        ("XML_CQUANT_REP", 2),
        ("XML_CQUANT_PLUS", 3),
    ] {
        vm.add_value(model, name, vm.int(value));
    }
    Ok(())
}

fn parser_create(vm: &Vm, [_module, encoding, separator, intern]: &[Value; 4]) -> R {
    let encoding = optional_text(vm, "ParserCreate", "'encoding'", *encoding)?;
    let separator = match optional_text(vm, "ParserCreate", "'namespace_separator'", *separator)? {
        None => None,
        Some(text) if text.len() > 1 => {
            let text = "namespace_separator must be at most one character, omitted, or None";
            return Err(vm.value_error(text));
        }
        Some(text) => Some(text.first().copied()),
    };
    let intern = match intern.bound() {
        None => vm.dict().value(),
        Some(intern) if intern.is_none() => Value::NONE,
        Some(intern) if vm.type_of(intern).has(::object::type_flags::DICT) => intern,
        Some(_) => return Err(vm.type_error("intern must be a dictionary")),
    };
    object::make(vm, Parser::new(separator, encoding), intern, Value::NONE)
}

fn error_string(vm: &Vm, [_module, code]: &[Value; 2]) -> R {
    let code = vm.index_i64(*code)?;
    Ok(error_text(code).map_or(Value::NONE, |text| vm.intern(text).value()))
}

/// Raises ExpatError.
#[cold]
fn raise(vm: &Vm, message: &str, code: i64, line: i64, column: i64) -> Raised {
    let Some(class) = vm.state_value(ERROR) else { return vm.system_error("pyexpat is not initialised") };
    let made = vm.call(class, &[vm.str(message).value()]).and_then(|error| {
        for (name, value) in [("code", code), ("offset", column), ("lineno", line)] {
            vm.setattr(error, vm.intern(name), vm.int(value))?;
        }
        Ok(error)
    });
    match made {
        Ok(error) => vm.raise_value(error),
        Err(raised) => raised,
    }
}

/// Raises ExpatError about the place where a parser is.
#[cold]
fn raise_at(vm: &Vm, parser: &Parser, code: ErrorCode) -> Raised {
    let (line, column) = position(parser);
    let message = format!("{}: line {line}, column {column}", code.text());
    raise(vm, &message, code as i64, line, column)
}

/// Line and column of a parser's place.
fn position(parser: &Parser) -> (i64, i64) {
    parser.place().map_or((1, 0), |place| (place.line as i64 + 1, place.column as i64))
}

/// A string, None where there is none.
fn optional(vm: &Vm, bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::NONE, |bytes| text(vm, bytes))
}
