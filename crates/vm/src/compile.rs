//! Source text to code objects: the hook behind `compile`, `exec`, `eval` and import.

use object::{Code, R, Raised, Ref, Str, TypeId, Value, ValueExt, Vm};
use syntax::{DecodedSource, SyntaxError, SyntaxErrorKind};

/// Bits of the flags of `compile`, with CPython's values.
pub mod flags {
    /// The source is a str: an encoding declaration is ignored.
    pub const SOURCE_IS_UTF8: u32 = 0x100;
    /// Do not close open blocks at the end.
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    /// Give the syntax tree.
    pub const ONLY_AST: u32 = 0x400;
    /// Keep type comments.
    pub const TYPE_COMMENTS: u32 = 0x1000;
    /// `await` is allowed at the top level.
    pub const TOP_LEVEL_AWAIT: u32 = 0x2000;
    /// Tell incomplete input from wrong input.
    pub const ALLOW_INCOMPLETE: u32 = 0x4000;
    /// Bits of future statements.
    pub const FUTURE: u32 = 0x1FE_0000;
}

/// Compiles source text to a code object. See [`object::Hooks::compile`].
pub fn compile_source(vm: &Vm, source: &[u8], filename: Value, mode: &str, flag_bits: u32, optimize: i32) -> R {
    let name = vm.as_str(filename).map_or_else(|| "<string>".to_string(), |name| name.to_string_lossy());
    let text = decode(vm, source, &name, flag_bits)?;
    let parse_mode = match mode {
        "eval" => syntax::Mode::Eval,
        "single" => syntax::Mode::Single,
        "func_type" => syntax::Mode::FuncType,
        _ => syntax::Mode::Exec,
    };
    let options = syntax::ParseOptions {
        filename: name.clone(),
        mode: parse_mode,
        allow_incomplete: flag_bits & flags::ALLOW_INCOMPLETE != 0,
        dont_imply_dedent: flag_bits & flags::DONT_IMPLY_DEDENT != 0,
        future_flags: flag_bits & flags::FUTURE,
        type_comments: flag_bits & flags::TYPE_COMMENTS != 0,
        ..syntax::ParseOptions::default()
    };
    let parsed = match syntax::parse(&text, &options) {
        Ok(parsed) => parsed,
        Err(error) => return Err(raise_syntax_error(vm, &error, filename)),
    };
    if flag_bits & flags::ONLY_AST != 0 {
        crate::start::import(vm, "_ast")?;
        return stdlib_syntax::to_python(vm, &parsed, parse_mode);
    }
    let optimize = if optimize < 0 { vm.config.optimize } else { optimize.min(2) as u8 };
    let compile_options = compiler::CompileOptions {
        filename: name,
        mode: match parse_mode {
            syntax::Mode::Eval => compiler::Mode::Eval,
            syntax::Mode::Single => compiler::Mode::Single,
            _ => compiler::Mode::Exec,
        },
        optimize,
        future_flags: flag_bits & flags::FUTURE,
        top_level_await: flag_bits & flags::TOP_LEVEL_AWAIT != 0,
    };
    let (unit, warnings) = match compiler::compile(&parsed, &compile_options) {
        Ok(compiled) => compiled,
        Err(error) => return Err(raise_syntax_error(vm, &error, filename)),
    };
    for warning in warnings {
        issue(vm, &warning, filename)?;
    }
    if cfg!(debug_assertions)
        && let Err(error) = bytecode::verify(&unit)
    {
        return Err(vm.system_error(format!("the compiler made invalid code: {error}")));
    }
    let code: Ref<Code> = vm.code_with_filename(unit, filename);
    Ok(code.value())
}

/// Issues a warning of the parser or compiler; where warnings are errors it becomes a SyntaxError.
fn issue(vm: &Vm, warning: &syntax::SyntaxWarning, filename: Value) -> Result<(), Raised> {
    let Some(explicit) = vm.state_value("warn_explicit") else { return Ok(()) };
    let category = match warning.kind {
        syntax::WarningKind::Deprecation => TypeId::DeprecationWarning,
        syntax::WarningKind::Syntax => TypeId::SyntaxWarning,
    };
    let text = vm.str(&warning.msg).value();
    let args = [text, vm.types[category].value(), filename, vm.int(warning.lineno as i64)];
    match vm.call(explicit, &args) {
        Ok(_) => Ok(()),
        Err(raised) => {
            vm.catch(raised, category)?;
            let error = SyntaxError {
                kind: SyntaxErrorKind::Syntax,
                msg: warning.msg.clone(),
                lineno: warning.lineno,
                offset: warning.offset.max(1),
                end_lineno: warning.end_lineno,
                end_offset: warning.end_offset,
                text: None,
                last_statement: (0, 0),
            };
            Err(raise_syntax_error(vm, &error, filename))
        }
    }
}

fn decode(vm: &Vm, source: &[u8], name: &str, flag_bits: u32) -> Result<String, Raised> {
    if source.contains(&0) {
        return Err(vm.raise(TypeId::SyntaxError, "source code string cannot contain null bytes"));
    }
    if flag_bits & flags::SOURCE_IS_UTF8 != 0 {
        return match std::str::from_utf8(source) {
            Ok(text) => Ok(text.to_string()),
            Err(_) => {
                // Surrogates cannot be encoded: the same error as encoding them gives.
                // SAFETY: text of a str object is generalised UTF-8.
                let text = unsafe { base::text::Wtf8::from_bytes_unchecked(source) };
                let string = vm.str_wtf8(text);
                let encoded = vm.call_method_str(string.value(), "encode", &[])?;
                let _ = encoded;
                Err(vm.value_error("source is not valid text"))
            }
        };
    }
    match syntax::decode_source(source) {
        Ok(DecodedSource::Text { text, .. }) => Ok(text.into_owned()),
        Ok(DecodedSource::Encoded { encoding }) => {
            let bytes = vm.bytes(source).value();
            let args = [vm.str(&encoding).value()];
            match vm.call_method_str(bytes, "decode", &args) {
                Ok(text) => match text.cast::<Str>().and_then(|text| text.as_str().map(str::to_string)) {
                    Some(text) => Ok(text),
                    None => Err(vm.raise(TypeId::SyntaxError, &format!("encoding problem: {encoding}"))),
                },
                Err(raised) => {
                    let exception = vm.take_exception(raised);
                    if vm.is_exception(exception, TypeId::LookupError) {
                        let text = format!("unknown encoding: {encoding}");
                        return Err(raise_plain(vm, &text, name));
                    }
                    let text = vm.to_str(exception)?.to_string_lossy();
                    Err(raise_plain(vm, &format!("(unicode error) {text}"), name))
                }
            }
        }
        Err(error) => {
            let filename = vm.str(name).value();
            let msg = error.msg.replace("%FILE%", name);
            let error = SyntaxError {
                kind: SyntaxErrorKind::Syntax,
                msg,
                lineno: error.lineno,
                offset: error.offset,
                end_lineno: error.lineno,
                end_offset: error.offset,
                text: error.text,
                last_statement: (0, 0),
            };
            Err(raise_syntax_error(vm, &error, filename))
        }
    }
}

fn raise_plain(vm: &Vm, msg: &str, filename: &str) -> Raised {
    let error = SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: msg.to_string(),
        lineno: 0,
        offset: 0,
        end_lineno: 0,
        end_offset: 0,
        text: None,
        last_statement: (0, 0),
    };
    let filename = vm.str(filename).value();
    raise_syntax_error(vm, &error, filename)
}

/// Raises what an error of the parser or compiler stands for.
pub fn raise_syntax_error(vm: &Vm, error: &SyntaxError, filename: Value) -> Raised {
    let class = match error.kind {
        SyntaxErrorKind::Syntax => TypeId::SyntaxError,
        SyntaxErrorKind::Indentation => TypeId::IndentationError,
        SyntaxErrorKind::Tab => TypeId::TabError,
        SyntaxErrorKind::IncompleteInput => TypeId::IncompleteInputError,
        SyntaxErrorKind::Memory => return vm.raise(TypeId::MemoryError, &error.msg),
        SyntaxErrorKind::Recursion => return vm.recursion_error(&error.msg),
    };
    let msg = vm.str(&error.msg).value();
    let text = error.text.as_ref().map_or(Value::NONE, |text| vm.str(text).value());
    let details = if error.lineno == 0 {
        vm.tuple(&[filename, Value::NONE, Value::NONE, text])
    } else {
        let number = |number: i64| vm.int(number);
        vm.tuple(&[
            filename,
            number(error.lineno as i64),
            number(error.offset as i64),
            text,
            number(error.end_lineno as i64),
            number(error.end_offset as i64),
        ])
    };
    vm.raise_call(vm.types[class].value(), &[msg, details.value()])
}
