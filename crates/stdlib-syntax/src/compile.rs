//! Source text or trees to code objects or trees: what is behind `compile`, `exec`, `eval` and import.

use bytecode::CodeUnit;
use compiler::{CompileOptions, Literals};
use object::{Code, R, Raised, Ref, TypeId, Value, Vm};
use syntax::{Mode, ParseOptions, Parsed};

use crate::decode;
use crate::errors::{issue, raise_syntax_error};
use crate::from_python::{check_root, from_python, is_node};
use crate::to_python::{Preprocess, to_python};

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
    /// With [`ONLY_AST`]: give the tree as the compiler would see it.
    pub const OPTIMIZED_AST: u32 = 0x8000;
    /// Bits of future statements.
    pub const FUTURE: u32 = 0x1FE_0000;
}

/// What is asked of the compiler.
pub(crate) struct Request {
    pub filename: Value,
    pub mode: Mode,
    pub flags: u32,
    pub optimize: u8,
    /// The minor version whose grammar is meant.
    pub feature_version: u8,
    /// Is it a file that is run?
    pub is_file: bool,
}

impl Request {
    pub fn new(vm: &Vm, filename: Value, mode: &str, flags: u32, optimize: i32) -> Request {
        let mode = match mode {
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            "func_type" => Mode::FuncType,
            _ => Mode::Exec,
        };
        let optimize = if optimize < 0 { vm.config.optimize } else { optimize.min(2) as u8 };
        Request { filename, mode, flags, optimize, feature_version: syntax::LATEST_FEATURES, is_file: false }
    }

    fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    fn file_text(&self, vm: &Vm) -> String {
        vm.as_str(self.filename).map_or_else(|| "<string>".to_owned(), |name| name.to_string_lossy())
    }

    pub fn compile_options(&self, vm: &Vm) -> CompileOptions {
        CompileOptions {
            filename: self.file_text(vm),
            mode: match self.mode {
                Mode::Eval => compiler::Mode::Eval,
                Mode::Single => compiler::Mode::Single,
                Mode::Exec | Mode::FuncType => compiler::Mode::Exec,
            },
            optimize: self.optimize,
            future_flags: self.flags & flags::FUTURE,
            top_level_await: self.has(flags::TOP_LEVEL_AWAIT),
        }
    }

    /// Parses a text, and issues the warnings of the parser.
    pub fn parse(&self, vm: &Vm, text: &str) -> Result<Parsed, Raised> {
        let options = ParseOptions {
            filename: self.file_text(vm),
            mode: self.mode,
            allow_incomplete: self.has(flags::ALLOW_INCOMPLETE),
            dont_imply_dedent: self.has(flags::DONT_IMPLY_DEDENT),
            future_flags: self.flags & flags::FUTURE,
            type_comments: self.has(flags::TYPE_COMMENTS),
            int_max_str_digits: vm.config.int_max_str_digits.get().min(u32::MAX as usize) as u32,
            feature_version: self.feature_version,
            character_names: !names_character(text) || character_names(vm)?,
            ..ParseOptions::default()
        };
        match syntax::parse(text, &options) {
            Ok(parsed) => {
                for warning in &parsed.warnings {
                    let line = parsed.line_index.line_text(&parsed.source, warning.lineno);
                    issue(vm, warning, self.filename, Some(line))?;
                }
                Ok(parsed)
            }
            Err(mut error) => {
                // Of an end that comes before the first token of a file, the column is not known.
                if self.is_file && error.text.as_deref().is_some_and(|text| text.trim_end() == "\\") {
                    (error.offset, error.end_offset) = (0, 0);
                }
                for warning in syntax::warnings_before(text, &options, &error) {
                    issue(vm, &warning, self.filename, text.lines().nth(warning.lineno as usize - 1))?;
                }
                Err(raise_syntax_error(vm, &error, self.filename, Some(text)))
            }
        }
    }

    /// Compiles a tree to a code object, or makes the nodes that Python sees of it.
    fn finish(&self, vm: &Vm, parsed: &Parsed, literals: &Literals) -> R {
        if self.has(flags::ONLY_AST) {
            let preprocess = self.has(flags::OPTIMIZED_AST).then(|| Preprocess {
                optimize: self.optimize,
                annotations: compiler::future::of(&parsed.module) & compiler::future::ANNOTATIONS == 0
                    && self.flags & compiler::future::ANNOTATIONS == 0,
            });
            return to_python(vm, parsed, literals, self.mode, preprocess);
        }
        let options = self.compile_options(vm);
        let (unit, warnings) = match compiler::compile_tree(parsed, literals, &options) {
            Ok(compiled) => compiled,
            Err(error) => return Err(raise_syntax_error(vm, &error, self.filename, None)),
        };
        for warning in &warnings {
            issue(vm, warning, self.filename, None)?;
        }
        code_object(vm, unit, self.filename)
    }
}

fn code_object(vm: &Vm, unit: CodeUnit, filename: Value) -> R {
    if cfg!(debug_assertions)
        && let Err(error) = bytecode::verify(&unit)
    {
        return Err(vm.system_error(format!("the compiler made invalid code: {error}")));
    }
    let code: Ref<Code> = vm.code_with_filename(unit, filename);
    Ok(code.value())
}

/// Compiles source text to a code object. See [`object::Hooks::compile`].
pub fn compile_source(vm: &Vm, source: &[u8], filename: Value, mode: &str, flag_bits: u32, optimize: i32) -> R {
    let request = Request::new(vm, filename, mode, flag_bits, optimize);
    let text = decode::decode(vm, source, filename, flag_bits)?;
    let parsed = request.parse(vm, &text)?;
    request.finish(vm, &parsed, &Literals::default())
}

/// Compiles the contents of the file that is run.
pub fn compile_file(vm: &Vm, source: &[u8], filename: Value) -> R {
    let request = Request { is_file: true, ..Request::new(vm, filename, "exec", 0, -1) };
    let text = decode::decode_file(vm, source, filename)?;
    let parsed = request.parse(vm, &text)?;
    request.finish(vm, &parsed, &Literals::default())
}

/// Compiles what was typed at the prompt. Errors and warnings of the parser are about `shown`; the code object, and
/// what the compiler reports, have the name that `named` gives.
pub fn compile_typed(vm: &Vm, text: &str, shown: Value, named: impl FnOnce() -> Value, future: u32) -> R {
    let bits = flags::SOURCE_IS_UTF8 | flags::DONT_IMPLY_DEDENT | future;
    let request = Request::new(vm, shown, "single", bits, -1);
    let parsed = request.parse(vm, text)?;
    Request { filename: named(), ..request }.finish(vm, &parsed, &Literals::default())
}

/// What `compile` does with trees, and with sources that a version of the grammar is asked for; NotImplemented for all
/// else.
pub(crate) fn compile_ast(vm: &Vm, [_, source, filename, mode, bits, optimize, feature_version]: &[Value; 7]) -> R {
    let mode_text = vm.as_str(*mode).map_or_else(String::new, |mode| mode.to_string_lossy());
    let flag_bits = vm.index_i64(*bits)? as u32;
    let optimize = vm.index_i32(*optimize)?;
    let mut request = Request::new(vm, *filename, &mode_text, flag_bits, optimize);
    if is_node(vm, *source) {
        if request.has(flags::ONLY_AST) && !request.has(flags::OPTIMIZED_AST) {
            check_root(vm, *source, request.mode)?;
            return Ok(*source);
        }
        let tree = from_python(vm, *source, request.mode)?;
        return request.finish(vm, &tree.parsed, &tree.literals);
    }
    let feature_version = vm.index_i32(*feature_version)?;
    if feature_version < 0 || !request.has(flags::ONLY_AST) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    request.feature_version = feature_version.min(syntax::LATEST_FEATURES as i32) as u8;
    let (bytes, kind) = match vm.as_str(*source) {
        Some(text) => (text.as_bytes().to_vec(), flags::SOURCE_IS_UTF8),
        None if vm.has_buffer(*source) => (vm.bytes_of(*source)?, 0),
        None => return Ok(Value::NOT_IMPLEMENTED),
    };
    let text = decode::decode(vm, &bytes, *filename, flag_bits | kind)?;
    let parsed = request.parse(vm, &text)?;
    request.finish(vm, &parsed, &Literals::default())
}

/// An exception of a class without `__init__` subtleties whose only argument is a text.
pub(crate) fn raise_text(vm: &Vm, class: TypeId, text: &str) -> Raised {
    vm.raise_call(vm.types[class].value(), &[vm.str(text).value()])
}

/// Does a text seem to name a character in a string literal?
fn names_character(text: &str) -> bool {
    let is_escape = |place: usize| text[..place].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0;
    text.match_indices("\\N{").any(|(place, _)| is_escape(place))
}

/// Can characters be named in string literals? Their names are those of the module `unicodedata`, which is imported when
/// the first one is met.
fn character_names(vm: &Vm) -> Result<bool, Raised> {
    const LOADED: &str = "compile.character_names";
    if vm.state_value(LOADED).is_some() {
        return Ok(true);
    }
    match vm.import("unicodedata") {
        Ok(_) => {
            vm.set_state(LOADED, Value::TRUE);
            Ok(true)
        }
        Err(raised) => vm.catch(raised, TypeId::ImportError).map(|_| false),
    }
}
