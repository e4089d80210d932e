//! The entry point: limits, parse, and what to do when that fails.

use ruff_python_ast as ast;
use ruff_python_parser as ruff;
use ruff_text_size::TextRange;

use crate::depth::{self, CAREFREE_DEPTH, HOPELESS_DEPTH};
use crate::diagnose::{Diagnosis, diagnose};
use crate::error::{SyntaxError, SyntaxErrorKind, SyntaxWarning};
use crate::options::{LATEST_FEATURES, Mode, ParseOptions};
use crate::position::LineIndex;
use crate::prescan::{Prescan, prescan};
use crate::{disagreements, features, function_type, type_comments, warnings};

/// A parsed source text.
#[derive(Debug)]
pub struct Parsed {
    /// The syntax tree: [`ast::Mod::Module`] for [`Mode::Exec`] and [`Mode::Single`], [`ast::Mod::Expression`] for
    /// [`Mode::Eval`]; for [`Mode::FuncType`] an expression `([arg, ...], result)`, a tuple of a list and the result.
    pub module: ast::Mod,
    /// The text that the tree's ranges refer to: `\n` for every line end and, if it is a module, one at the end.
    pub source: String,
    /// Lines of `source`.
    pub line_index: LineIndex,
    /// What the tokenizer has to warn of, in source order.
    pub warnings: Vec<SyntaxWarning>,
    /// With [`ParseOptions::type_comments`], the comments `# type: ignore`, in source order.
    pub type_ignores: Vec<TypeIgnore>,
    /// With the same, the type comments of statements and parameters: where those start, and the text; in source order.
    pub attached_comments: Vec<(u32, String)>,
    /// The tree is no deeper.
    pub depth: u32,
}

impl Drop for Parsed {
    fn drop(&mut self) {
        if self.depth > CAREFREE_DEPTH {
            let empty = ast::ModModule {
                body: Default::default(),
                range: TextRange::default(),
                node_index: Default::default(),
            };
            let module = std::mem::replace(&mut self.module, ast::Mod::Module(empty));
            depth::with_room(self.depth, || drop(module));
        }
    }
}

impl Parsed {
    /// The type comment of the statement or parameter that starts at an offset.
    #[must_use]
    pub fn type_comment_at(&self, start: u32) -> Option<&str> {
        let found = self.attached_comments.binary_search_by_key(&start, |(at, _)| *at).ok()?;
        Some(&self.attached_comments[found].1)
    }
}

/// A comment `# type: ignore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeIgnore {
    /// Where it is, from the word `ignore`.
    pub range: TextRange,
    /// What comes after that word.
    pub tag: String,
}

/// Parses `source`.
///
/// # Errors
///
/// The error that CPython would report first.
pub fn parse(source: &str, options: &ParseOptions) -> Result<Parsed, SyntaxError> {
    let source = normalise(source, options.mode)?;
    let found = prescan(&source);
    if found.depth <= CAREFREE_DEPTH {
        return parse_normalised(source, options, found);
    }
    if found.depth > HOPELESS_DEPTH {
        // A chain (`a.b.c`, `a + b + c`) takes the parser no recursion, but what comes after it.
        return Err(if is_chain(&source, found) { too_deep() } else { too_complex() });
    }
    let careful = || {
        let mut parsed = parse_normalised(source, options, found)?;
        let depth = depth::depth_of(&parsed.module);
        if depth.nested > options.max_depth {
            return Err(too_complex());
        }
        if depth.total > options.max_depth.saturating_mul(CHAIN) {
            return Err(too_deep());
        }
        parsed.depth = depth.total;
        Ok(parsed)
    };
    depth::with_stack_for(found.depth, careful).unwrap_or_else(|| Err(too_complex()))
}

/// What the tokenizer and the parser have to warn of in front of the error for which they refused `source`.
#[must_use]
pub fn warnings_before(source: &str, options: &ParseOptions, error: &SyntaxError) -> Vec<SyntaxWarning> {
    let Ok(source) = normalise(source, options.mode) else { return Vec::new() };
    if error.lineno == 0 || prescan(&source).depth > CAREFREE_DEPTH {
        return Vec::new();
    }
    let mode = if options.mode == Mode::Eval { ruff::Mode::Expression } else { ruff::Mode::Module };
    let parsed = ruff::parse_unchecked(&source, mode.into());
    let place = (error.lineno, error.offset);
    let warnings = warnings::collect(&source, parsed.tokens(), &LineIndex::new(&source));
    warnings.into_iter().filter(|warning| (warning.lineno, warning.offset) < place).collect()
}

/// How many times deeper than other trees chains may be.
const CHAIN: u32 = 2;

fn too_deep() -> SyntaxError {
    let msg = "maximum recursion depth exceeded during compilation";
    SyntaxError::without_position(SyntaxErrorKind::Recursion, msg)
}

/// Is a text deep by operators only that are applied to what stands left of them?
fn is_chain(source: &str, found: Prescan) -> bool {
    const MOST_PREFIXES: usize = 1000;
    let prefixes = source.split(|c| !matches!(c, '-' | '+' | '~' | ' ' | '\n')).map(str::len).max().unwrap_or(0);
    let nests = ["**", "else", "lambda", "not ", "await"].iter().any(|word| source.contains(word));
    found.nesting <= 200 && !nests && prefixes < MOST_PREFIXES
}

fn too_complex() -> SyntaxError {
    let msg = "Parser stack overflowed - Python source too complex to parse";
    SyntaxError::without_position(SyntaxErrorKind::Memory, msg)
}

/// The text with `\n` for every line end, and (for a module) with one at the end.
fn normalise(source: &str, mode: Mode) -> Result<String, SyntaxError> {
    if u32::try_from(source.len()).is_err() {
        return Err(SyntaxError::without_position(SyntaxErrorKind::Memory, "source text is too long"));
    }
    let mut text = String::with_capacity(source.len() + 1);
    let mut rest = source;
    while let Some(at) = memchr::memchr2(b'\r', 0, rest.as_bytes()) {
        if rest.as_bytes()[at] == 0 {
            let msg = "source code string cannot contain null bytes";
            return Err(SyntaxError::without_position(SyntaxErrorKind::Syntax, msg));
        }
        text.push_str(&rest[..at]);
        text.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    text.push_str(rest);
    if mode == Mode::Exec && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn parse_normalised(source: String, options: &ParseOptions, found: Prescan) -> Result<Parsed, SyntaxError> {
    // What only the other parser can judge: the rules of interactive input, limits, columns, a different operator.
    let judged_first = matches!(options.mode, Mode::Single | Mode::FuncType)
        || (options.mode == Mode::Eval && source.contains('\n'))
        || found.over_limit
        || found.mixed_indents
        || (!options.character_names && memchr::memmem::find(source.as_bytes(), b"\\N").is_some())
        || options.future_flags & crate::options::FUTURE_BARRY_AS_BDFL != 0
        || memchr::memmem::find(source.as_bytes(), b"barry_as_FLUFL").is_some();
    let mut oddities = Vec::new();
    if judged_first {
        explain(&source, options, found)?;
    }
    let parsed = match parse_with_ruff(&source, options.mode) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Most often, this finds the error; otherwise the text may need some help.
            let diagnosis = explain(&source, options, found)?;
            let helped = disagreements::help(&source, &diagnosis.oddities)
                .and_then(|text| parse_with_ruff(&text, options.mode).ok());
            oddities = diagnosis.oddities;
            match helped {
                Some(parsed) => parsed,
                None => return Err(diagnosis.doubt.unwrap_or_else(|| disagreements::reworded(&error, &source))),
            }
        }
    };
    if !source.is_ascii() {
        disagreements::check_names(parsed.syntax())?;
    }
    let tokens = parsed.tokens();
    if !judged_first && disagreements::needs_second_opinion(tokens, options.int_max_str_digits) {
        explain(&source, options, found)?;
    }
    let line_index = LineIndex::new(&source);
    let warnings = warnings::collect(&source, tokens, &line_index);
    if options.feature_version < LATEST_FEATURES {
        features::check(parsed.syntax(), tokens, &source, options.feature_version)?;
    }
    let (type_ignores, attached_comments) = match options.type_comments {
        true => type_comments::attach(parsed.syntax(), tokens, &source)?,
        false => (Vec::new(), Vec::new()),
    };
    let module = match options.mode {
        Mode::FuncType => match function_type::parse(&source) {
            Ok(module) => module,
            Err(error) => return Err(disagreements::reworded(&error, &source)),
        },
        _ => disagreements::undo_help(parsed.into_syntax(), &oddities),
    };
    Ok(Parsed { module, source, line_index, warnings, type_ignores, attached_comments, depth: found.depth })
}

/// Asks the explaining parser, with as much stack as it needs.
fn explain(source: &str, options: &ParseOptions, found: Prescan) -> Result<Diagnosis, SyntaxError> {
    if found.depth < 100 && found.nesting < 20 {
        return diagnose(source, options);
    }
    // It recurses no deeper than it lets itself, whatever the text.
    depth::with_stack_for(100_000, || diagnose(source, options)).unwrap_or_else(|| Err(too_complex()))
}

fn parse_with_ruff(source: &str, mode: Mode) -> Result<ruff::Parsed<ast::Mod>, ruff::ParseError> {
    let mode = match mode {
        Mode::Exec | Mode::Single => ruff::Mode::Module,
        Mode::Eval => ruff::Mode::Expression,
        // A signature is no expression; the text was judged already, and its parts are parsed one by one.
        Mode::FuncType => return ruff::parse("None", ruff::Mode::Expression.into()),
    };
    let options = ruff::ParseOptions::from(mode).with_target_version(ast::PythonVersion::PY314);
    let parsed = ruff::parse(source, options)?;
    if let Some(unsupported) = parsed.unsupported_syntax_errors().first() {
        let error = ruff::ParseErrorType::OtherError(unsupported.to_string());
        return Err(ruff::ParseError { error, location: unsupported.range });
    }
    Ok(parsed)
}
