//! `compile`, `exec` and `eval`.

use super::scope::{current, frame_locals};
use object::{Code, Dict, R, Raised, Ref, Tuple, TypeId, Value, ValueExt, Vm};

/// Bits of the flags of `compile`, with CPython's values.
mod flags {
    pub const SOURCE_IS_UTF8: u32 = 0x100;
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    pub const ONLY_AST: u32 = 0x400;
    pub const IGNORE_COOKIE: u32 = 0x800;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE: u32 = 0x4000;
    pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
    /// Bits of future statements that still mean something.
    pub const FUTURE: u32 = 0x1FE_0000;
    /// Bits that code objects pass on to code that they compile.
    pub const ALL: u32 = FUTURE
        | 0x10 // generators, nested scopes of old
        | DONT_IMPLY_DEDENT
        | OPTIMIZED_AST
        | IGNORE_COOKIE
        | TYPE_COMMENTS
        | TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE
        | SOURCE_IS_UTF8;
}

/// Source as bytes, and what flags follow from its kind. None for other objects.
fn source_bytes(vm: &Vm, source: Value) -> Result<Option<(Vec<u8>, u32)>, Raised> {
    let (bytes, bits) = if let Some(text) = vm.as_str(source) {
        (text.as_bytes().to_vec(), flags::SOURCE_IS_UTF8 | flags::IGNORE_COOKIE)
    } else if vm.has_buffer(source) {
        (vm.bytes_of(source)?, 0)
    } else {
        return Ok(None);
    };
    if bytes.contains(&0) {
        let text = vm.str("source code string cannot contain null bytes").value();
        return Err(vm.raise_call(vm.types[TypeId::SyntaxError].value(), &[text]));
    }
    Ok(Some((bytes, bits)))
}

/// The future statements in force where a built-in function is called.
fn inherited(vm: &Vm) -> u32 {
    vm.thread().current().map_or(0, |frame| frame.code.flags().0 & flags::FUTURE)
}

/// A path argument as str.
fn fs_decode(vm: &Vm, path: Value) -> R {
    if vm.as_str(path).is_some() {
        return Ok(vm.exact_str_value(path));
    }
    let path = vm.fspath(path)?;
    match vm.as_bytes(path) {
        Some(bytes) => Ok(vm.fs_decode(bytes.as_slice()).value()),
        None => Ok(vm.exact_str_value(path)),
    }
}

pub(super) fn compile(
    vm: &Vm,
    [source, filename, mode, bits, dont_inherit, optimize, feature_version]: &[Value; 7],
) -> R {
    let filename = fs_decode(vm, *filename)?;
    let Some(mode_text) = vm.as_str(*mode) else {
        let name = vm.type_name(*mode);
        return Err(vm.type_error(format!("compile() argument 'mode' must be str, not {name}")));
    };
    let bits = vm.index_i32(*bits)? as u32;
    let dont_inherit = vm.truthy(*dont_inherit)?;
    let optimize_level = vm.index_i32(*optimize)?;
    if bits & !flags::ALL != 0 {
        return Err(vm.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize_level) {
        return Err(vm.value_error("compile(): invalid optimize value"));
    }
    let inherited = if dont_inherit { 0 } else { inherited(vm) };
    let mode_text = mode_text.to_string_lossy();
    let only_ast = bits & flags::ONLY_AST != 0;
    match mode_text.as_str() {
        "exec" | "eval" | "single" => {}
        "func_type" if only_ast => {}
        "func_type" => return Err(vm.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ if only_ast => {
            return Err(vm.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    }
    // Trees are compiled, and made of source, by the module that defines them.
    if let Some(compile_tree) = vm.state_value("compile_ast") {
        let args = [
            *source,
            filename,
            vm.intern(&mode_text).value(),
            vm.int((bits | inherited) as i64),
            *optimize,
            *feature_version,
        ];
        let result = vm.call(compile_tree, &args)?;
        if result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    match source_bytes(vm, *source)? {
        Some((bytes, kind)) => {
            (vm.hooks.get().compile)(vm, &bytes, filename, &mode_text, bits | inherited | kind, optimize_level)
        }
        None => Err(vm.type_error("compile() arg 1 must be a string, bytes or AST object")),
    }
}

/// The namespaces that code is run in.
struct Scope {
    globals: Ref<Dict>,
    locals: Value,
}

fn check_mapping(vm: &Vm, locals: Value) -> Result<(), Raised> {
    if locals.is_none() || vm.type_of(locals).slots().getitem.is_some() {
        return Ok(());
    }
    let name = vm.type_name(locals);
    Err(vm.type_error(format!("locals must be a mapping or None, not {name}")))
}

fn scope(vm: &Vm, name: &str, globals: Value, locals: Value) -> Result<Scope, Raised> {
    check_mapping(vm, locals)?;
    let frame = current(vm);
    let (globals, locals) = if globals.is_none() {
        let frame = frame?;
        let locals = if locals.is_none() { frame_locals(vm, frame) } else { locals };
        (frame.globals, locals)
    } else {
        let Some(dict) = globals.cast::<Dict>() else {
            let text = match name {
                "eval" if vm.type_of(globals).slots().getitem.is_some() && vm.as_str(globals).is_none() => {
                    String::from("globals must be a real dict; try eval(code, {}, mapping)")
                }
                "eval" => String::from("globals must be a dict"),
                _ => format!("{name}() globals must be a dict, not {}", vm.type_name(globals)),
            };
            return Err(vm.type_error(text));
        };
        (dict, if locals.is_none() { globals } else { locals })
    };
    if globals.find_str(vm, vm.names.__builtins__).is_none() {
        let builtins = vm.builtins_value(vm.current_builtins());
        globals.insert_str(vm, vm.names.__builtins__, builtins);
    }
    Ok(Scope { globals, locals })
}

fn run(vm: &Vm, code: Ref<Code>, scope: &Scope, closure: Value) -> R {
    (vm.hooks.get().run_code)(vm, code, scope.globals, scope.locals, closure)
}

fn free_variables(code: Ref<Code>) -> usize {
    code.unit().local_kinds.iter().filter(|kind| **kind == bytecode::LocalKind::Free).count()
}

/// The code object of source text.
fn compile_text(vm: &Vm, name: &str, source: Value, mode: &str) -> Result<Ref<Code>, Raised> {
    let Some((bytes, kind)) = source_bytes(vm, source)? else {
        return Err(vm.type_error(format!("{name}() arg 1 must be a string, bytes or code object")));
    };
    let text = match mode {
        // An expression may be indented.
        "eval" => &bytes[bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..],
        _ => &bytes[..],
    };
    let filename = vm.intern("<string>").value();
    let code = (vm.hooks.get().compile)(vm, text, filename, mode, inherited(vm) | kind, -1)?;
    code.cast::<Code>().ok_or_else(|| vm.system_error("the compiler made no code object"))
}

pub(super) fn eval(vm: &Vm, [source, globals, locals]: &[Value; 3]) -> R {
    let scope = scope(vm, "eval", *globals, *locals)?;
    let code = match source.cast::<Code>() {
        Some(code) => {
            if free_variables(code) > 0 {
                return Err(vm.type_error("code object passed to eval() may not contain free variables"));
            }
            code
        }
        None => compile_text(vm, "eval", *source, "eval")?,
    };
    run(vm, code, &scope, Value::UNBOUND)
}

pub(super) fn exec(vm: &Vm, [source, globals, locals, closure]: &[Value; 4]) -> R {
    let scope = scope(vm, "exec", *globals, *locals)?;
    let Some(code) = source.cast::<Code>() else {
        if !closure.is_none() {
            return Err(vm.type_error("closure argument can only be used if source is a code object"));
        }
        let code = compile_text(vm, "exec", *source, "exec")?;
        run(vm, code, &scope, Value::UNBOUND)?;
        return Ok(Value::NONE);
    };
    let free = free_variables(code);
    if free == 0 {
        if !closure.is_none() {
            return Err(vm.type_error("cannot use a closure with this code object"));
        }
        run(vm, code, &scope, Value::UNBOUND)?;
        return Ok(Value::NONE);
    }
    let cells = closure.cast::<Tuple>().filter(|cells| {
        cells.len() == free && cells.items().iter().all(|cell| cell.cast::<object::CellObj>().is_some())
    });
    if cells.is_none() {
        return Err(vm.type_error(format!("code object requires a closure of exactly length {free}")));
    }
    run(vm, code, &scope, *closure)?;
    Ok(Value::NONE)
}
