//! Binding of arguments to the parameters of Python functions, with CPython's error messages.

use bytecode::CodeFlags;
use object::{Args, Dict, Function, Raised, Ref, Str, Tuple, Value, ValueExt, Vm};

/// Most keyword arguments that [`bind_simple`] takes.
const FEW: usize = 8;

/// [`bind`] for what most calls are: a function without `*args`, `**kwargs` and keyword-only parameters, keyword arguments
/// whose names are the parameters' own strings, defaults for the rest. Gives false, and has changed nothing but registers
/// behind the arguments, where it is not of that kind.
#[inline]
pub(crate) fn bind_simple(function: Ref<Function>, args: Args, base: *mut Value) -> bool {
    let code = function.code();
    let params = code.params() as usize;
    let keywords = args.kwnames.as_ref().map_or(&[][..], |names| names.items());
    let given = args.args.len() - keywords.len();
    if !code.simple() || args.args.len() > params || keywords.len() > FEW {
        return false;
    }
    let names = code.locals();
    let mut places = [0u8; FEW];
    let mut values = [Value::UNBOUND; FEW];
    let positional_only = code.unit().posonlyargcount as usize;
    for (index, name) in keywords.iter().enumerate() {
        let found = names.items()[..params.min(u8::MAX as usize)].iter().position(|candidate| candidate == name);
        match found {
            Some(place) if place >= given && place >= positional_only => places[index] = place as u8,
            _ => return false,
        }
        values[index] = args.args[given + index];
    }
    let defaults: Option<Ref<Tuple>> = function.defaults.get().cast();
    let defaults = defaults.as_ref().map_or(&[][..], |defaults| defaults.items());
    let first_default = params - defaults.len().min(params);
    // A parameter without default that no argument is for is told by `bind`, before anything is changed.
    for place in given..first_default {
        if !places[..keywords.len()].contains(&(place as u8)) {
            return false;
        }
    }
    // SAFETY: `base` has room for all parameters. The arguments may lie there: they are not looked at any more when they
    // are overwritten, but for those that stay where they are.
    unsafe {
        std::ptr::copy(args.args.as_ptr(), base, given);
        for place in given.max(first_default)..params {
            *base.add(place) = defaults[place - first_default];
        }
        for (place, value) in places.iter().zip(&values[..keywords.len()]) {
            *base.add(*place as usize) = *value;
        }
    }
    true
}

/// Binds arguments to the registers at `base`, which has room for all parameters. The arguments may lie there.
pub(crate) fn bind(vm: &Vm, function: Ref<Function>, args: Args, base: *mut Value) -> Result<(), Raised> {
    let code = function.code();
    let unit = code.unit();
    let positional_params = unit.argcount as usize;
    let named_params = positional_params + unit.kwonlyargcount as usize;
    let has_var = unit.flags.has(CodeFlags::VARARGS);
    let has_kw = unit.flags.has(CodeFlags::VARKEYWORDS);
    // The arguments move out of the way first: they may lie where the parameters go.
    let mut small = [Value::UNBOUND; 16];
    let list;
    let values: &[Value] = if args.args.len() <= small.len() {
        small[..args.args.len()].copy_from_slice(args.args);
        &small[..args.args.len()]
    } else {
        list = vm.list(args.args);
        list.items()
    };
    let (given, keywords) = Args { args: values, kwnames: args.kwnames }.split();
    // SAFETY: `base` has room for all parameters.
    let params = unsafe { std::slice::from_raw_parts_mut(base, code.params() as usize) };
    params.fill(Value::UNBOUND);
    let taken = given.len().min(positional_params);
    params[..taken].copy_from_slice(&given[..taken]);
    if has_var {
        params[named_params] = vm.tuple(&given[taken..]).value();
    }
    let mut kwargs: Option<Ref<Dict>> = None;
    if has_kw {
        let dict = vm.dict();
        params[named_params + has_var as usize] = dict.value();
        kwargs = Some(dict);
    }
    let names = code.locals();
    let names = &names.items()[..named_params];
    let positional_only = unit.posonlyargcount as usize;
    for (name, value) in keywords {
        let found = find_name(vm, &names[positional_only..], name).map(|index| index + positional_only);
        match (found, kwargs) {
            (Some(index), _) if params[index].is_unbound() => params[index] = value,
            (Some(_), _) => {
                let text = format!(
                    "{}() got multiple values for argument '{}'",
                    qualname(vm, function),
                    name.to_string_lossy()
                );
                return Err(vm.type_error(text));
            }
            (None, Some(kwargs)) => kwargs.insert_str(vm, name, value),
            (None, None) => return Err(unexpected_keyword(vm, function, args, name)),
        }
    }
    if given.len() > positional_params && !has_var {
        return Err(too_many(vm, function, given.len(), params));
    }
    if given.len() < positional_params {
        let defaults: Option<Ref<Tuple>> = function.defaults.get().cast();
        let defaults = defaults.as_ref().map_or(&[][..], |defaults| defaults.items());
        let first = positional_params - defaults.len().min(positional_params);
        let missing = |params: &[Value]| (given.len()..first).filter(|&i| params[i].is_unbound()).collect::<Vec<_>>();
        let lacking = missing(params);
        if !lacking.is_empty() {
            return Err(missing_arguments(vm, function, &lacking, "positional"));
        }
        for index in first.max(given.len())..positional_params {
            if params[index].is_unbound() {
                params[index] = defaults[index - first];
            }
        }
    }
    let mut lacking = Vec::new();
    let defaults = function.kwdefaults.get().cast::<Dict>();
    for index in positional_params..named_params {
        if params[index].is_unbound() {
            let name = names[index].cast::<Str>();
            match defaults.zip(name).and_then(|(defaults, name)| defaults.get_str(vm, name)) {
                Some(value) => params[index] = value,
                None => lacking.push(index),
            }
        }
    }
    if !lacking.is_empty() {
        return Err(missing_arguments(vm, function, &lacking, "keyword-only"));
    }
    Ok(())
}

fn find_name(vm: &Vm, names: &[Value], name: Ref<Str>) -> Option<usize> {
    if let Some(index) = names.iter().position(|candidate| *candidate == name.value()) {
        return Some(index);
    }
    names.iter().position(|candidate| candidate.cast::<Str>().is_some_and(|candidate| vm.str_eq(candidate, name)))
}

fn qualname(vm: &Vm, function: Ref<Function>) -> String {
    vm.as_str(function.qualname.get()).map_or_else(String::new, |name| name.to_string_lossy())
}

fn local_name(function: Ref<Function>, index: usize) -> String {
    let names = function.code().locals();
    names.items().get(index).and_then(|name| name.cast::<Str>()).map_or_else(String::new, |name| name.to_string_lossy())
}

#[cold]
fn missing_arguments(vm: &Vm, function: Ref<Function>, lacking: &[usize], kind: &str) -> Raised {
    let names: Vec<String> = lacking.iter().map(|&index| format!("'{}'", local_name(function, index))).collect();
    let list = match names.as_slice() {
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        [] => String::new(),
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    vm.type_error(format!(
        "{}() missing {} required {kind} argument{plural}: {list}",
        qualname(vm, function),
        names.len()
    ))
}

#[cold]
fn too_many(vm: &Vm, function: Ref<Function>, given: usize, params: &[Value]) -> Raised {
    let code = function.code();
    let unit = code.unit();
    let count = unit.argcount as usize;
    let defaults = function.defaults.get().cast::<Tuple>().map_or(0, |defaults| defaults.len());
    let keyword_only = (count..count + unit.kwonlyargcount as usize).filter(|&i| !params[i].is_unbound()).count();
    let takes =
        if defaults > 0 { format!("from {} to {count}", count - defaults.min(count)) } else { count.to_string() };
    let plural = if count == 1 && defaults == 0 { "" } else { "s" };
    let extra = if keyword_only > 0 {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        format!(" positional argument{} (and {keyword_only} keyword-only argument{})", s(given), s(keyword_only))
    } else {
        String::new()
    };
    let verb = if given == 1 && keyword_only == 0 { "was" } else { "were" };
    vm.type_error(format!(
        "{}() takes {takes} positional argument{plural} but {given}{extra} {verb} given",
        qualname(vm, function)
    ))
}

#[cold]
fn unexpected_keyword(vm: &Vm, function: Ref<Function>, args: Args, name: Ref<Str>) -> Raised {
    let code = function.code();
    let positional_only = code.unit().posonlyargcount as usize;
    let names = code.locals();
    let passed: Vec<String> = args
        .kwnames
        .iter()
        .flat_map(|keywords| keywords.items())
        .filter_map(|keyword| vm.as_str(*keyword))
        .filter(|keyword| find_name(vm, &names.items()[..positional_only], *keyword).is_some())
        .map(|keyword| keyword.to_string_lossy())
        .collect();
    if !passed.is_empty() {
        return vm.type_error(format!(
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            qualname(vm, function),
            passed.join(", ")
        ));
    }
    let named = code.unit().argcount as usize + code.unit().kwonlyargcount as usize;
    let candidates: Vec<String> = (positional_only..named).map(|index| local_name(function, index)).collect();
    let text = name.to_string_lossy();
    let hint = object::suggest::did_you_mean(&text, candidates.iter().map(String::as_str));
    vm.type_error(format!("{}() got an unexpected keyword argument '{text}'{hint}", qualname(vm, function)))
}
