//! Native functions: tables keyed by the Python signature line, and the binding of arguments by that line.
//!
//! The line alone gives the name, how arguments are bound, defaults, error messages and `__text_signature__`. The body
//! gets its arguments as an array, one value for each parameter in order; `*args` is a tuple and `**kwargs` a dict. A
//! parameter whose default cannot be written as None, True, False, an int, a string or a float is written `=<unrepresentable>`
//! and is [`Value::UNBOUND`] where it is not passed. A line `name(...)` leaves the binding to the body.

use crate::call::Args;
use crate::error::Raised;
use crate::slots::R;
use crate::{Dict, Ref, Str, ValueExt, Vm};
use heap::Value;
use std::sync::OnceLock;

/// The body of a native function.
#[derive(Clone, Copy)]
pub enum Body {
    /// Gets one value for each parameter.
    Bound(fn(&Vm, &[Value]) -> R),
    /// Gets the arguments as they are passed, self first.
    Raw(fn(&Vm, Args) -> R),
}

/// Effects of a native function, for the compiler of machine code.
pub mod effects {
    /// May call Python code.
    pub const ANY: u8 = 0;
    /// Does not call Python code.
    pub const LEAF: u8 = 1;
    /// Does not change anything that is visible.
    pub const PURE: u8 = 2;
    /// To be used as static method.
    pub const STATIC: u8 = 4;
    /// To be used as class method.
    pub const CLASS: u8 = 8;
    /// A method that CPython's passes the class that defines it: binding it tells a class from other objects.
    pub const DEFINING: u8 = 16;
}

/// A native function.
pub struct NativeDef {
    /// `name($self, a, /, b=None, *, c=1)`
    pub line: &'static str,
    /// Documentation.
    pub doc: &'static str,
    /// Body.
    pub body: Body,
    /// Bits of [`effects`].
    pub effects: u8,
    outline: Outline,
    signature: OnceLock<Signature>,
}

/// How a parameter is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// By position.
    PositionalOnly,
    /// Either way.
    Positional,
    /// `*args`
    Var,
    /// By keyword.
    Keyword,
    /// `**kwargs`
    VarKeyword,
}

/// The default of a parameter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Default {
    /// None: the argument is required.
    Required,
    /// An immediate value.
    Value(Value),
    /// A string.
    Str(&'static str),
}

/// A parameter.
#[derive(Debug)]
pub struct Param {
    /// Name.
    pub name: &'static str,
    /// How it is passed.
    pub kind: ParamKind,
    /// Default.
    pub default: Default,
}

/// A parsed signature line.
#[derive(Debug)]
pub struct Signature {
    /// The function's name.
    pub name: &'static str,
    /// Parameters, self included.
    pub params: Vec<Param>,
    /// Is the first one `$self`, `$module`, `$type`?
    pub has_self: bool,
    /// The parameter list in parentheses, for `__text_signature__`; None where it was `(...)`.
    pub text: Option<&'static str>,
    /// Number of parameters that are passed by position.
    pub positional: usize,
    /// Number of those that have no default.
    pub required: usize,
}

/// Splits a parameter list at its commas, leaving strings and brackets together.
fn split_params(list: &'static str) -> Vec<&'static str> {
    let (mut parts, mut depth, mut quote, mut start) = (Vec::new(), 0, None, 0);
    for (at, char) in list.char_indices() {
        match (quote, char) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(char),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = list[start..].trim();
    if !last.is_empty() {
        parts.push(last);
    }
    parts
}

fn parse_default(text: &'static str) -> Default {
    match text {
        "None" => Default::Value(Value::NONE),
        "True" => Default::Value(Value::TRUE),
        "False" => Default::Value(Value::FALSE),
        "..." => Default::Value(Value::ELLIPSIS),
        "sys.maxsize" => Default::Value(Value::UNBOUND),
        _ => {
            if let Ok(int) = text.parse::<i64>() {
                return Value::try_int(int).map_or(Default::Value(Value::UNBOUND), Default::Value);
            }
            let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            if let Some(inner) = quoted.or_else(|| text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')))
                && !inner.contains('\\')
            {
                return Default::Str(inner);
            }
            match text.parse::<f64>() {
                Ok(float) => Value::try_float(float).map_or(Default::Value(Value::UNBOUND), Default::Value),
                Err(_) => Default::Value(Value::UNBOUND),
            }
        }
    }
}

fn parse(line: &'static str) -> Signature {
    let open = line.find('(').unwrap_or(line.len());
    let (name, list) = line.split_at(open);
    let inner = list.trim_start_matches('(').trim_end_matches(')');
    if inner == "..." || inner.is_empty() && list.is_empty() {
        let params = Vec::new();
        return Signature { name, params, has_self: false, text: None, positional: 0, required: 0 };
    }
    let mut params: Vec<Param> = Vec::new();
    let mut has_self = false;
    let mut keyword_only = false;
    for part in split_params(inner) {
        if part == "/" {
            for param in &mut params {
                param.kind = ParamKind::PositionalOnly;
            }
            continue;
        }
        if part == "*" {
            keyword_only = true;
            continue;
        }
        let (part, kind) = if let Some(rest) = part.strip_prefix("**") {
            (rest, ParamKind::VarKeyword)
        } else if let Some(rest) = part.strip_prefix('*') {
            keyword_only = true;
            (rest, ParamKind::Var)
        } else if keyword_only {
            (part, ParamKind::Keyword)
        } else {
            (part, ParamKind::Positional)
        };
        let (mut part_name, mut default) = match part.split_once('=') {
            Some((name, default)) => (name.trim(), parse_default(default.trim())),
            None => (part, Default::Required),
        };
        if let Some(rest) = part_name.strip_prefix('$') {
            has_self = true;
            part_name = rest;
        }
        if matches!(kind, ParamKind::Var | ParamKind::VarKeyword) {
            default = Default::Value(Value::UNBOUND);
        }
        let kind = if has_self && params.is_empty() { ParamKind::PositionalOnly } else { kind };
        params.push(Param { name: part_name, kind, default });
    }
    let is_positional = |param: &&Param| matches!(param.kind, ParamKind::PositionalOnly | ParamKind::Positional);
    let positional = params.iter().take_while(is_positional).count();
    let required = params[..positional].iter().filter(|param| param.default == Default::Required).count();
    Signature { name, params, has_self, text: Some(list), positional, required }
}

/// What a call needs of a signature line, worked out at build time: [`Signature`] tells the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outline {
    /// Length of the name.
    name: u8,
    /// Number of parameters, self included.
    params: u8,
    /// Number of positional ones that have no default.
    required: u8,
    /// May the positional arguments alone be passed on as they are, when all are there?
    plain: bool,
    /// See [`Signature::has_self`].
    has_self: bool,
}

/// The outline of a line; it agrees with [`parse`].
const fn outline(line: &str) -> Outline {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() && bytes[at] != b'(' {
        at += 1;
    }
    let mut outline = Outline { name: at as u8, params: 0, required: 0, plain: true, has_self: false };
    let (mut depth, mut quote, mut has_default) = (0, 0u8, false);
    at += 1;
    let mut start = at;
    while at < bytes.len() {
        let byte = bytes[at];
        if quote != 0 {
            if byte == quote {
                quote = 0;
            }
        } else if byte == b'\'' || byte == b'"' {
            quote = byte;
        } else if byte == b'=' && depth == 0 {
            has_default = true;
        } else if byte == b'(' || byte == b'[' || byte == b'{' {
            depth += 1;
        } else if (byte == b',' && depth == 0) || (byte == b')' && depth == 0) {
            while start < at && bytes[start] == b' ' {
                start += 1;
            }
            let len = at - start;
            if len > 0 && bytes[start] == b'$' {
                outline.has_self = true;
            }
            if len > 0 && bytes[start] == b'*' {
                outline.plain = false;
            }
            let marker = len == 1 && (bytes[start] == b'/' || bytes[start] == b'*');
            if len > 0 && !marker {
                outline.params += 1;
                outline.required += (outline.plain && !has_default) as u8;
            }
            has_default = false;
            start = at + 1;
        } else if byte == b')' || byte == b']' || byte == b'}' {
            depth -= 1;
        }
        at += 1;
    }
    if matches!(bytes, [.., b'(', b'.', b'.', b'.', b')']) || outline.name as usize == bytes.len() {
        outline = Outline { params: 0, required: 0, plain: false, ..outline };
    }
    outline
}

/// The number of parameters of a signature line.
pub const fn count_params(line: &str) -> usize {
    outline(line).params as usize
}

/// Calls a body with positional arguments and the defaults of the parameters behind them. All required ones are there.
/// In a frame of its own: that of the dispatch loop must not hold new objects while the function runs.
#[inline(never)]
fn call_with_defaults(vm: &Vm, signature: &Signature, args: &[Value], body: fn(&Vm, &[Value]) -> R) -> R {
    let mut bound = [Value::UNBOUND; 8];
    let (front, rest) = bound.split_at_mut(args.len());
    front.copy_from_slice(args);
    for (place, param) in rest.iter_mut().zip(&signature.params[args.len()..]) {
        *place = match param.default {
            Default::Value(value) => value,
            Default::Str(text) => vm.intern(text).value(),
            Default::Required => Value::UNBOUND,
        };
    }
    body(vm, &bound[..signature.params.len()])
}

impl NativeDef {
    /// For the macros.
    pub const fn new(line: &'static str, doc: &'static str, body: Body, effects: u8) -> NativeDef {
        NativeDef { line, doc, body, effects, outline: outline(line), signature: OnceLock::new() }
    }

    /// The function's name.
    #[inline]
    pub fn name(&self) -> &'static str {
        &self.line[..self.outline.name as usize]
    }

    /// Is the first parameter `$self`, `$module` or `$type`?
    #[inline]
    pub fn has_self(&self) -> bool {
        self.outline.has_self
    }

    /// The parsed signature line.
    #[inline]
    pub fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| parse(self.line))
    }

    /// Calls it with arguments, self first where it has one.
    #[inline]
    pub fn call(&'static self, vm: &Vm, args: Args) -> R {
        match self.body {
            Body::Bound(body) => {
                let outline = self.outline;
                if outline.plain && args.kwnames.is_none() {
                    let (given, count) = (args.args.len(), outline.params as usize);
                    if given == count {
                        return body(vm, args.args);
                    }
                    if given >= outline.required as usize && given < count && count <= 8 {
                        return call_with_defaults(vm, self.signature(), args.args, body);
                    }
                }
                self.bind_and_call(vm, args, body)
            }
            Body::Raw(body) => body(vm, args),
        }
    }

    #[inline(never)]
    fn bind_and_call(&'static self, vm: &Vm, args: Args, body: fn(&Vm, &[Value]) -> R) -> R {
        let count = self.outline.params as usize;
        // Values on the native stack are seen by the collector, those of Rust's allocator are not.
        let mut small = [Value::UNBOUND; 8];
        let mut large = [Value::UNBOUND; 32];
        let bound = match count {
            0..=8 => &mut small[..count],
            9..=32 => &mut large[..count],
            _ => return Err(vm.system_error("native function with too many parameters")),
        };
        self.bind(vm, args, bound)?;
        body(vm, bound)
    }

    /// May arguments be given by name? That of a line `name(...)` is not known.
    pub fn takes_keywords(&self) -> bool {
        let signature = self.signature();
        signature.text.is_none()
            || signature
                .params
                .iter()
                .any(|param| matches!(param.kind, ParamKind::Positional | ParamKind::Keyword | ParamKind::VarKeyword))
    }

    /// Name for error messages.
    fn display(&self) -> &'static str {
        self.name()
    }

    /// Name with the class that has the method, as error messages about all but the commonest signatures show it.
    fn qualified(&self, vm: &Vm, args: Args) -> String {
        let name = self.display();
        let owner = match args.args.first() {
            Some(module) if self.signature().has_self && module.kind() == crate::Kind::MODULE => {
                let module =
                    module.cast::<crate::Module>().and_then(|module| module.dict().get_str(vm, vm.names.__name__));
                return match module.and_then(|module| module.cast::<Str>()) {
                    Some(module) if module.as_bytes() != b"builtins" => format!("{}.{name}", module.to_string_lossy()),
                    _ => name.to_string(),
                };
            }
            Some(first) if self.signature().has_self => {
                let class = match first.cast::<crate::TypeObj>() {
                    Some(class) if self.effects & effects::CLASS != 0 => class,
                    _ => vm.type_of(*first),
                };
                vm.lookup_where(class, vm.intern(name))
            }
            _ => None,
        };
        match owner {
            Some((owner, _)) => format!("{}.{name}", owner.name_str()),
            None => name.to_string(),
        }
    }

    #[cold]
    fn arity_error(&self, vm: &Vm, args: Args) -> Raised {
        let signature = self.signature();
        let hidden = signature.has_self as usize;
        let (min, max) = (signature.required.saturating_sub(hidden), signature.positional.saturating_sub(hidden));
        let given = args.count().saturating_sub(hidden);
        let name = self.display();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        if signature.params.iter().skip(hidden).all(|param| param.kind == ParamKind::PositionalOnly) {
            let text = if max == 0 {
                format!("{}() takes no arguments ({given} given)", self.qualified(vm, args))
            } else if min == max && max == 1 {
                format!("{}() takes exactly one argument ({given} given)", self.qualified(vm, args))
            } else if min == max {
                format!("{name} expected {min} argument{}, got {given}", plural(min))
            } else if given < min {
                format!("{name} expected at least {min} argument{}, got {given}", plural(min))
            } else {
                format!("{name} expected at most {max} argument{}, got {given}", plural(max))
            };
            return vm.type_error(text);
        }
        let params = &signature.params[hidden..];
        let all = params.len();
        let total = given + args.keyword_count();
        if total > all && !params.iter().any(|param| param.kind == ParamKind::Var) {
            let word =
                if params.iter().all(|param| param.default == Default::Required) { "exactly" } else { "at most" };
            let kind = if given == 0 { "keyword " } else { "" };
            return vm.type_error(format!("{name}() takes {word} {all} {kind}argument{} ({total} given)", plural(all)));
        }
        if given > max {
            if max == 0 {
                return vm.type_error(format!("{name}() takes no positional arguments"));
            }
            let word = if min < max { "at most" } else { "exactly" };
            return vm
                .type_error(format!("{name}() takes {word} {max} positional argument{} ({given} given)", plural(max)));
        }
        // Only parameters that cannot be given by name are missed by their number.
        let required_only =
            |param: &&Param| param.kind == ParamKind::PositionalOnly && param.default == Default::Required;
        let least = params.iter().take_while(required_only).count();
        let word = if least < max { "at least" } else { "exactly" };
        vm.type_error(format!("{name}() takes {word} {least} positional argument{} ({given} given)", plural(least)))
    }

    /// Binds arguments to parameters.
    pub fn bind(&self, vm: &Vm, args: Args, bound: &mut [Value]) -> Result<(), Raised> {
        let signature = self.signature();
        let params = &signature.params;
        let (positional, keywords) = args.split();
        bound.fill(Value::UNBOUND);
        let given = positional.len();
        let taken = given.min(signature.positional);
        bound[..taken].copy_from_slice(&positional[..taken]);
        let mut kwargs: Option<Ref<Dict>> = None;
        for (index, param) in params.iter().enumerate() {
            match param.kind {
                ParamKind::Var => bound[index] = vm.tuple(&positional[taken..]).value(),
                ParamKind::VarKeyword => {
                    let dict = vm.dict();
                    bound[index] = dict.value();
                    kwargs = Some(dict);
                }
                _ => {}
            }
        }
        let has_var = params.iter().any(|param| param.kind == ParamKind::Var);
        let takes_keywords =
            params.iter().any(|param| matches!(param.kind, ParamKind::Positional | ParamKind::Keyword));
        let too_many = takes_keywords && kwargs.is_none() && args.args.len() > params.len();
        if (given > signature.positional || too_many) && !has_var {
            if !takes_keywords && kwargs.is_none() && args.keyword_count() > 0 {
                return Err(self.unexpected_keyword(vm, "", args));
            }
            return Err(self.arity_error(vm, args));
        }
        for (name, value) in keywords {
            let text = name.as_str().unwrap_or("");
            let found = params.iter().position(|param| {
                param.name == text && matches!(param.kind, ParamKind::Positional | ParamKind::Keyword)
            });
            match found {
                Some(index) if bound[index].is_unbound() => bound[index] = value,
                Some(index) => {
                    let hidden = signature.has_self as usize;
                    let text = format!(
                        "argument for {}() given by name ('{text}') and position ({})",
                        self.display(),
                        index + 1 - hidden
                    );
                    return Err(vm.type_error(text));
                }
                None => match kwargs {
                    Some(dict) => dict.insert_str(vm, name, value),
                    None => return Err(self.unexpected_keyword(vm, text, args)),
                },
            }
        }
        for (index, param) in params.iter().enumerate() {
            if !bound[index].is_unbound() {
                continue;
            }
            match param.default {
                Default::Value(value) => bound[index] = value,
                Default::Str(text) => bound[index] = vm.intern(text).value(),
                Default::Required if param.kind == ParamKind::PositionalOnly => {
                    if index == 0 && signature.has_self {
                        let text = format!("unbound method {}() needs an argument", self.display());
                        return Err(vm.type_error(text));
                    }
                    return Err(self.arity_error(vm, args));
                }
                Default::Required => {
                    let position = index + 1 - signature.has_self as usize;
                    let text = if param.kind == ParamKind::Keyword {
                        format!("{}() missing required keyword-only argument: '{}'", self.display(), param.name)
                    } else {
                        format!("{}() missing required argument '{}' (pos {position})", self.display(), param.name)
                    };
                    return Err(vm.type_error(text));
                }
            }
        }
        Ok(())
    }

    #[cold]
    fn unexpected_keyword(&self, vm: &Vm, keyword: &str, args: Args) -> Raised {
        let signature = self.signature();
        let named = |param: &Param| matches!(param.kind, ParamKind::Positional | ParamKind::Keyword);
        let name = self.display();
        if !signature.params.iter().any(named) {
            return vm.type_error(format!("{}() takes no keyword arguments", self.qualified(vm, args)));
        }
        let positional_only = signature.params.iter().any(|param| !named(param) && param.name == keyword);
        if positional_only {
            let text = format!("{name}() got some positional-only arguments passed as keyword arguments: '{keyword}'");
            return vm.type_error(text);
        }
        let names: Vec<&str> = signature.params.iter().filter(|param| named(param)).map(|param| param.name).collect();
        vm.unexpected_keyword(name, keyword, &names, args)
    }
}

/// The text of a keyword, which is a str or an instance of a subclass.
#[inline]
fn keyword_text(name: Value) -> Option<Ref<Str>> {
    name.cast::<Str>().or_else(|| crate::layout::instance::payload_of(name)?.cast())
}

impl<'a> Args<'a> {
    /// Positional arguments, and keyword arguments with their names.
    pub fn split(self) -> (&'a [Value], impl Iterator<Item = (Ref<Str>, Value)> + 'a) {
        let names: &'a [Value] = match self.kwnames {
            // SAFETY: the caller keeps the tuple of names alive while the arguments are in use; tuples never change.
            Some(names) => unsafe { &*(names.items() as *const [Value]) },
            None => &[],
        };
        let (positional, values) = self.args.split_at(self.args.len() - names.len());
        let pairs = names.iter().zip(values);
        (positional, pairs.filter_map(|(name, value)| Some((keyword_text(*name)?, *value))))
    }
}

/// Effects by name, for the macros.
#[doc(hidden)]
#[macro_export]
macro_rules! __native_effect {
    (leaf) => {
        $crate::native::effects::LEAF
    };
    (pure) => {
        $crate::native::effects::LEAF | $crate::native::effects::PURE
    };
    (statik) => {
        $crate::native::effects::STATIC
    };
    (class) => {
        $crate::native::effects::CLASS
    };
    (defining) => {
        $crate::native::effects::DEFINING
    };
}

/// One native function: `native!("line" => body)`, with documentation in front; `"line" -> body` for a body that binds
/// its arguments itself.
#[macro_export]
macro_rules! native {
    ($(#[doc = $doc:literal])* $line:literal -> $body:path $([$($effect:ident),*])?) => {
        $crate::native::NativeDef::new(
            $line,
            concat!($($doc, "\n"),*),
            $crate::native::Body::Raw($body),
            0 $($(| $crate::__native_effect!($effect))*)?,
        )
    };
    ($(#[doc = $doc:literal])* $line:literal => $body:path $([$($effect:ident),*])?) => {
        $crate::native::NativeDef::new(
            $line,
            concat!($($doc, "\n"),*),
            {
                const N: usize = $crate::native::count_params($line);
                fn bound(vm: &$crate::Vm, args: &[$crate::Value]) -> $crate::slots::R {
                    match <&[$crate::Value; N]>::try_from(args) {
                        Ok(args) => $body(vm, args),
                        Err(_) => Err(vm.system_error("wrong number of bound arguments")),
                    }
                }
                $crate::native::Body::Bound(bound)
            },
            0 $($(| $crate::__native_effect!($effect))*)?,
        )
    };
}

/// A table of native functions:
/// ```ignore
/// natives! { pub static METHODS: {
///     /// Append object to the end of the list.
///     "append($self, object, /)" => list_append [leaf];
/// }}
/// ```
/// `[statik]` and `[class]` make static and class methods. `-> body` gets the arguments as they are passed.
#[macro_export]
macro_rules! natives {
    ($(#[$meta:meta])* $vis:vis static $name:ident : {
        $($(#[doc = $doc:literal])* $line:literal $arrow:tt $body:path $([$($effect:ident),*])?;)*
    }) => {
        $(#[$meta])*
        $vis static $name: &[$crate::native::NativeDef] = {
            // A static of its own: a reference to a temporary must not have interior mutability.
            static TABLE: [$crate::native::NativeDef; <[&str]>::len(&[$($line),*])] = [
                $($crate::native!($(#[doc = $doc])* $line $arrow $body $([$($effect),*])?)),*
            ];
            &TABLE
        };
    };
}

/// As [`native!`], a `&'static NativeDef`: for the fields `new` and `init` of a `TypeDef`.
#[macro_export]
macro_rules! native_ref {
    ($($def:tt)*) => {{
        static DEF: $crate::native::NativeDef = $crate::native!($($def)*);
        &DEF
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_agree_with_the_parser() {
        for line in [
            "f",
            "f(...)",
            "f()",
            "f($self, /)",
            "append($self, object, /)",
            "get($self, key, default=None, /)",
            "sort($self, /, *, key=None, reverse=False)",
            "print(*args, sep=' ', end='\\n', file=None, flush=False)",
            "f($self, a=(1, 2), *, b=',', **kw)",
        ] {
            let signature = parse(line);
            let expected = Outline {
                name: signature.name.len() as u8,
                params: signature.params.len() as u8,
                required: signature.required as u8,
                plain: signature.text.is_some() && signature.positional == signature.params.len(),
                has_self: signature.has_self,
            };
            assert_eq!(outline(line), expected, "{line}");
        }
    }
}
