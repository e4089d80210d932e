//! The module `builtins`: the built-in functions, and the names of the built-in classes.

mod attributes;
mod class;
mod compiling;
mod import;
mod import_traceback;
mod inout;
mod iteration;
mod numbers;
mod objects;
mod scope;

pub use import::{import_from, import_name, import_name_in};
pub use iteration::{python_max_min, sum};
pub use scope::frame_locals;

use object::{Module, Ref, TypeId, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Internal helper function used by the class statement.
    "__build_class__(...)" -> class::build_class;
    /// Imports a module.
    ///
    /// The statement import calls this function; programs call importlib.import_module() instead. With a dotted name and
    /// an empty fromlist the package is returned, otherwise the module itself. The level says how many packages up a
    /// relative import starts; globals tell where.
    "__import__(name, globals=None, locals=None, fromlist=(), level=0)" => import::dunder_import;
    /// The absolute value of a number.
    "abs(x, /)" => numbers::abs;
    /// Are all items of the iterable true?
    "all(iterable, /)" => iteration::all;
    /// Is any item of the iterable true?
    "any(iterable, /)" => iteration::any;
    /// The representation of an object in ASCII: as repr(), with all other characters escaped.
    "ascii(obj, /)" => objects::ascii;
    /// The binary representation of an int.
    ///
    /// >>> bin(-37)
    /// '-0b100101'
    "bin(number, /)" => numbers::bin;
    /// Call sys.breakpointhook(*args, **kws), which starts the debugger.
    "breakpoint(*args, **kws)" -> inout::breakpoint;
    /// Can the object be called?
    "callable(obj, /)" => objects::callable [pure];
    /// The string of the character with a code point.
    "chr(i, /)" => numbers::chr;
    /// Compiles source to a code object that exec() or eval() run.
    ///
    /// The source is a string, bytes or a syntax tree. The file name is for error messages. The mode is 'exec' for a
    /// module, 'single' for one interactive statement, 'eval' for an expression.
    "compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)" => compiling::compile;
    /// Deletes an attribute: delattr(x, 'y') is the same as del x.y
    "delattr(obj, name, /)" => attributes::delattr;
    /// dir([object]) -> list of strings
    ///
    /// Without an argument, the names in the current scope. With one, names of its attributes, as its __dir__ method
    /// gives them.
    "dir(...)" -> attributes::dir;
    /// The tuple (x//y, x%y).
    "divmod(x, y, /)" => numbers::divmod;
    /// The value of an expression, given as text or as code object.
    "eval(source, /, globals=None, locals=None)" => compiling::eval;
    /// Runs statements, given as text or as code object.
    ///
    /// The closure is a tuple of cells, one for each free variable of the code object.
    "exec(source, /, globals=None, locals=None, *, closure=None)" => compiling::exec;
    /// Formats a value by a format spec.
    "format(value, format_spec='', /)" => objects::format;
    /// getattr(object, name[, default]) -> value
    ///
    /// getattr(x, 'y') is the same as x.y. Where there is no such attribute, the default is returned if one is given.
    "getattr(...)" -> attributes::getattr;
    /// The namespace of the current module.
    "globals()" => scope::globals;
    /// Has the object an attribute of that name?
    "hasattr(obj, name, /)" => attributes::hasattr;
    /// The hash: objects that are equal have the same.
    "hash(obj, /)" => objects::hash;
    /// The hexadecimal representation of an int.
    ///
    /// >>> hex(51966)
    /// '0xcafe'
    "hex(number, /)" => numbers::hex;
    /// A number that identifies the object among all that live at the same time.
    "id(obj, /)" => objects::id [pure];
    /// Reads a line from standard input, without the end of the line.
    ///
    /// The prompt is written to standard output first. Raises EOFError at the end of the input.
    "input(prompt='', /)" => inout::input;
    /// Is the object an instance of a class, or of one of a tuple of classes?
    "isinstance(obj, class_or_tuple, /)" => objects::isinstance;
    /// Is a class the same as another, or a subclass of it, or of one of a tuple of classes?
    "issubclass(cls, class_or_tuple, /)" => objects::issubclass;
    /// iter(iterable) -> iterator
    /// iter(callable, sentinel) -> iterator
    ///
    /// The second form calls the callable until it returns the sentinel.
    "iter(...)" -> iteration::iter;
    /// The async iterator of an async iterable.
    "aiter(async_iterable, /)" => iteration::aiter;
    /// Return the number of items in a container.
    "len(obj, /)" => objects::len;
    /// The namespace of the current scope. That of a function is a copy.
    "locals()" => scope::locals;
    /// max(iterable, *[, default=obj, key=func]) -> value
    /// max(arg1, arg2, *args, *[, key=func]) -> value
    ///
    /// The largest item, or the largest argument.
    "max(...)" -> iteration::max;
    /// min(iterable, *[, default=obj, key=func]) -> value
    /// min(arg1, arg2, *args, *[, key=func]) -> value
    ///
    /// The smallest item, or the smallest argument.
    "min(...)" -> iteration::min;
    /// next(iterator[, default])
    ///
    /// The next item of the iterator. At its end the default is returned, or StopIteration is raised where none is given.
    "next(...)" -> iteration::next;
    /// The awaitable of the next item of an async iterator, or of the default at its end.
    "anext(aiterator, default=<unrepresentable>, /)" => iteration::anext;
    /// The octal representation of an int.
    ///
    /// >>> oct(493)
    /// '0o755'
    "oct(number, /)" => numbers::oct;
    /// Opens a file, see io.open.
    "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)" -> inout::open;
    /// The code point of a character.
    "ord(character, /)" => numbers::ord;
    /// base**exp, or base**exp % mod, which for ints is found without the large power.
    "pow(base, exp, mod=None)" => numbers::pow;
    /// Prints the values to a stream, or to sys.stdout by default.
    ///
    ///   sep
    ///     What stands between the values.
    ///   end
    ///     What stands behind the last one.
    ///   file
    ///     The stream: any object with a method write.
    ///   flush
    ///     Whether the stream is flushed.
    "print(*args, sep=' ', end='\\n', file=None, flush=False)" => inout::print;
    /// The representation of an object as text.
    "repr(obj, /)" => objects::repr;
    /// Rounds a number to a precision in decimal digits; without one, to an int.
    "round(number, ndigits=None)" => numbers::round;
    /// Sets an attribute: setattr(x, 'y', v) is the same as x.y = v
    "setattr(obj, name, value, /)" => attributes::setattr;
    /// A new list of all items of the iterable in ascending order.
    ///
    /// With a key function, its values are compared; with reverse, the order is descending.
    "sorted(iterable, /, *, key=None, reverse=False)" -> iteration::sorted;
    /// The sum of numbers, and of the start value (not a string).
    "sum(iterable, /, start=0)" => iteration::sum_builtin;
    /// vars([object]) -> dictionary
    ///
    /// Without an argument the same as locals(), with one the same as object.__dict__.
    "vars(...)" -> attributes::vars;
}}

/// Names of classes that `builtins` shows, besides those of exceptions.
const CLASSES: &[TypeId] = {
    use TypeId::*;
    &[
        Bool,
        MemoryView,
        ByteArray,
        Bytes,
        ClassMethod,
        Complex,
        Dict,
        Enumerate,
        Filter,
        Float,
        FrozenSet,
        Property,
        Int,
        List,
        Map,
        Object,
        Range,
        Reversed,
        Set,
        Slice,
        StaticMethod,
        Str,
        Super,
        Tuple,
        Type,
        Zip,
    ]
};

/// Fills the namespace of `builtins` and makes the module.
pub fn init_builtins_module(vm: &Vm) {
    let doc = "Built-in functions, types, exceptions, and other objects.\n\nEvery program finds these names without importing them.";
    let module: Ref<Module> = vm.module("builtins", Some(doc));
    let dict = module.dict();
    dict.insert_str(vm, vm.names.__package__, vm.names.empty.value());
    for entry in vm.builtins_dict().iter() {
        if let Some(key) = vm.as_str(entry.key) {
            dict.insert_str(vm, key, entry.value);
        }
    }
    vm.builtins.init(dict.value());
    vm.add_functions(dict, FUNCTIONS, module.value(), "builtins");
    if let Some(import) = dict.get_str(vm, vm.names.__import__) {
        vm.set_state("import_func", import);
    }
    for (name, state) in [("all", "builtins.all"), ("any", "builtins.any")] {
        if let Some(function) = dict.get_str(vm, vm.intern(name)) {
            vm.set_state(state, function);
        }
    }
    let constants = [
        ("None", Value::NONE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("False", Value::FALSE),
        ("True", Value::TRUE),
        ("__debug__", Value::bool(vm.config.optimize == 0)),
    ];
    for (name, value) in constants {
        vm.add_value(module, name, value);
    }
    for &id in CLASSES {
        add_class(vm, module, id);
    }
    let first = TypeId::BaseException as usize;
    for &id in &TypeId::ALL[first..] {
        add_class(vm, module, id);
    }
    if vm.types.is_made(TypeId::OSError) {
        for alias in ["EnvironmentError", "IOError"] {
            vm.add_value(module, alias, vm.types[TypeId::OSError]);
        }
    }
    vm.modules_dict().insert_str(vm, vm.names.builtins, module.value());
}

fn add_class(vm: &Vm, module: Ref<Module>, id: TypeId) {
    if vm.types.is_made(id) {
        let class = vm.types[id];
        vm.add_value(module, &class.name_str(), class);
    }
}
