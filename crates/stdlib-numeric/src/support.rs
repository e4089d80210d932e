//! What the modules here share: receivers, classes, and arguments that are bound as older functions of CPython bind them.

pub use object::native_class::{class_arg, data, wrong_receiver};
use object::{Args, R, Raised, Value, Vm};

/// The name of an object's class as error messages and `repr` show it: with the module for built-in classes only.
pub fn class_name(vm: &Vm, this: Value) -> String {
    vm.type_of(this).qualified_name(vm)
}

/// How a function that names its parameters itself binds arguments.
pub struct Binding {
    /// Name for messages; empty where they say "function".
    pub name: &'static str,
    /// Parameters.
    pub params: &'static [&'static str],
    /// How many can be given by position.
    pub positional: usize,
    /// How many must be given.
    pub required: usize,
}

impl Binding {
    /// Binds arguments; missing ones are unbound.
    pub fn bind<const N: usize>(&self, vm: &Vm, args: Args) -> Result<[Value; N], Raised> {
        let mut out = [Value::UNBOUND; N];
        let (shown, parens) = if self.name.is_empty() { ("function", "") } else { (self.name, "()") };
        let total = args.args.len();
        let (positional, keywords) = args.split();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        if total > N {
            let word = if positional.is_empty() { "keyword " } else { "" };
            let text = format!("{shown}{parens} takes at most {N} {word}argument{} ({total} given)", plural(N));
            return Err(vm.type_error(text));
        }
        if positional.len() > self.positional {
            let text = format!(
                "{shown}{parens} takes at most {} positional argument{} ({} given)",
                self.positional,
                plural(self.positional),
                positional.len()
            );
            return Err(vm.type_error(text));
        }
        out[..positional.len()].copy_from_slice(positional);
        for (name, value) in keywords {
            let text = name.as_str().unwrap_or("");
            match self.params.iter().position(|param| *param == text) {
                Some(index) if out[index].is_unbound() => out[index] = value,
                Some(index) => {
                    let at = index + 1;
                    let text = format!("argument for {shown}{parens} given by name ('{text}') and position ({at})");
                    return Err(vm.type_error(text));
                }
                None => {
                    let who = if self.name.is_empty() { "this function" } else { shown };
                    return Err(vm.type_error(format!("{who}{parens} got an unexpected keyword argument '{text}'")));
                }
            }
        }
        if let Some(index) = out[..self.required].iter().position(|value| value.is_unbound()) {
            let text =
                format!("{shown}{parens} missing required argument '{}' (pos {})", self.params[index], index + 1);
            return Err(vm.type_error(text));
        }
        Ok(out)
    }
}

/// The first argument, the receiver or the class, and the others.
pub fn split_first<'a>(vm: &Vm, args: Args<'a>) -> Result<(Value, Args<'a>), Raised> {
    match args.args.first() {
        Some(first) if args.count() > 0 => Ok((*first, args.rest())),
        _ => Err(vm.type_error("unbound method needs an argument")),
    }
}

/// `(function, (args...))`, for `__reduce__`.
pub fn reduced(vm: &Vm, function: Value, args: &[Value]) -> R {
    Ok(vm.tuple(&[function, vm.tuple(args).value()]).value())
}
