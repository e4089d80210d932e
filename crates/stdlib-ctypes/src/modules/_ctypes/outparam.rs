//! `paramflags`: named parameters, defaults, and results that a function writes to memory.

use super::info::{self, Family};
use object::{Args, R, Raised, Ref, Tuple, TypeObj, Value, ValueExt, Vm};

/// The function reads it.
const IN: u32 = 1;
/// The function writes it.
const OUT: u32 = 2;
/// It is a locale.
const LCID: u32 = 4;

/// A parameter as its flags describe it.
struct Parameter {
    flags: u32,
    name: Value,
    default: Option<Value>,
}

fn parameter(vm: &Vm, item: Value) -> Option<Parameter> {
    let item = vm.as_tuple(item)?;
    let (flags, name, default) = match *item.items() {
        [flags] => (flags, Value::NONE, None),
        [flags, name] => (flags, name, None),
        [flags, name, default] => (flags, name, Some(default)),
        _ => return None,
    };
    if !name.is_none() && vm.as_str(name).is_none() {
        return None;
    }
    let flags = i32::try_from(vm.as_int(flags)?.to_i64()?).ok()?;
    Some(Parameter { flags: flags as u32, name, default })
}

#[cold]
fn wrong_flags(vm: &Vm) -> Raised {
    vm.type_error("paramflags must be a sequence of (int [,string [,value]]) tuples")
}

/// Checks the flags that a function is made with.
pub fn validate(vm: &Vm, paramflags: Value, types: Ref<Tuple>) -> Result<(), Raised> {
    let Some(paramflags) = vm.as_tuple(paramflags) else {
        return Err(vm.type_error("paramflags must be a tuple or None"));
    };
    if paramflags.len() != types.len() {
        return Err(vm.value_error("paramflags must have the same length as argtypes"));
    }
    for (index, item) in paramflags.items().iter().enumerate() {
        let Some(parameter) = parameter(vm, *item) else { return Err(wrong_flags(vm)) };
        match parameter.flags & (IN | OUT | LCID) {
            0 | IN => {}
            flags if flags == IN | LCID || flags == IN | OUT => {}
            OUT => check_out_type(vm, types.items()[index], index + 1)?,
            _ => {
                let text = format!("paramflag value {} not supported", parameter.flags as i32);
                return Err(vm.type_error(text));
            }
        }
    }
    Ok(())
}

fn check_out_type(vm: &Vm, class: Value, index: usize) -> Result<(), Raised> {
    if let Some(info) = info::of_type(vm, class) {
        let fits = match info.family {
            Family::Pointer | Family::Array => true,
            Family::Simple => info.code.get().is_some_and(|code| b"PzZ".contains(&code.code)),
            _ => false,
        };
        if fits {
            return Ok(());
        }
    }
    let name = if class.cast::<TypeObj>().is_some() { info::type_name(vm, class) } else { info::class_name(vm, class) };
    Err(vm.type_error(format!("'out' parameter {index} must be a pointer type, not {name}")))
}

/// The arguments that a function is called with.
pub struct Passed {
    /// All of them.
    pub values: Ref<Tuple>,
    /// Those that the function writes: bits by index.
    out: u32,
    /// Those that it reads and writes.
    in_out: u32,
    /// Number of both.
    pub results: usize,
}

impl Passed {
    /// Arguments as they were given. Keyword arguments have no meaning.
    pub fn plain(vm: &Vm, args: Args) -> Passed {
        Passed { values: vm.tuple(&args.args[..args.count()]), out: 0, in_out: 0, results: 0 }
    }
}

/// Takes the next argument: by position, by name, or the default.
fn take(vm: &Vm, args: Args, taken: &mut usize, parameter: &Parameter) -> R {
    if *taken < args.count() {
        *taken += 1;
        return Ok(args.args[*taken - 1]);
    }
    if let Some(name) = vm.as_str(parameter.name)
        && let Some((_, value)) = args.split().1.find(|(keyword, _)| vm.str_eq(*keyword, name))
    {
        *taken += 1;
        return Ok(value);
    }
    match (parameter.default, vm.as_str(parameter.name)) {
        (Some(default), _) => Ok(default),
        (None, Some(name)) => Err(vm.type_error(format!("required argument '{}' missing", name.to_string_lossy()))),
        (None, None) => Err(vm.type_error("not enough arguments")),
    }
}

/// Makes the arguments for the parameters of a function.
pub fn pass(vm: &Vm, paramflags: Ref<Tuple>, types: Ref<Tuple>, args: Args) -> Result<Passed, Raised> {
    let values = vm.list_with_capacity(types.len());
    let (mut taken, mut out, mut in_out, mut results) = (0, 0u32, 0u32, 0);
    for index in 0..types.len() {
        let item = paramflags.items().get(index).copied().unwrap_or(Value::NONE);
        let Some(parameter) = parameter(vm, item) else { return Err(wrong_flags(vm)) };
        let bit = 1u32.checked_shl(index as u32).unwrap_or(0);
        let kind = parameter.flags & (IN | OUT | LCID);
        let value = if kind == IN | LCID {
            parameter.default.unwrap_or(Value::small(0))
        } else if kind == IN | OUT {
            in_out |= bit;
            results += 1;
            take(vm, args, &mut taken, &parameter)?
        } else if kind == 0 || kind == IN {
            take(vm, args, &mut taken, &parameter)?
        } else if kind == OUT {
            out |= bit;
            results += 1;
            match parameter.default {
                Some(default) => default,
                None => make_out(vm, types.items()[index])?,
            }
        } else {
            return Err(vm.value_error(format!("paramflag {} not yet implemented", parameter.flags)));
        };
        values.push(vm, value);
    }
    let given = args.args.len();
    if given != taken {
        return Err(vm.type_error(format!("call takes exactly {taken} arguments ({given} given)")));
    }
    Ok(Passed { values: vm.tuple(values.items()), out, in_out, results })
}

/// Memory for a result.
fn make_out(vm: &Vm, class: Value) -> R {
    let info = info::concrete(vm, class)?;
    match info.family {
        Family::Simple => {
            let name = info::type_name(vm, class);
            Err(vm.type_error(format!("{name} 'out' parameter must be passed as default value")))
        }
        Family::Array => vm.call(class, &[]),
        _ => vm.call(info.proto.get().or_none(), &[]),
    }
}

/// The results that the function wrote: one, or a tuple.
pub fn results(vm: &Vm, passed: &Passed) -> R {
    let found = vm.list_with_capacity(passed.results);
    for index in 0..passed.values.len().min(32) {
        let value = passed.values.items()[index];
        if passed.in_out >> index & 1 != 0 {
            found.push(vm, value);
        } else if passed.out >> index & 1 != 0 {
            found.push(vm, vm.call_method_str(value, "__ctypes_from_outparam__", &[])?);
        }
    }
    match *found.items() {
        [single] => Ok(single),
        _ => Ok(vm.tuple(found.items()).value()),
    }
}
