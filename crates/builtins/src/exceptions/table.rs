//! The classes of exceptions.

use super::{base_exception, group, import_error, name_errors, os_error, syntax_error, unicode_error};
use ::object::layout::type_object::type_flags;
use ::object::{Kind, Ref, TypeDef, TypeId, Vm};

macro_rules! classes {
    ($($id:ident $(as $name:literal)? : $base:ident, $doc:literal $(, $field:ident = $value:expr)*;)*) => {
        /// The classes of this folder.
        pub static TYPES: &[&TypeDef] = &[$(&TypeDef {
            id: Some(TypeId::$id),
            name: first(&[$($name,)? stringify!($id)]),
            base: TypeId::$base,
            kind: Kind::EXCEPTION,
            flags: type_flags::BASETYPE | type_flags::EXCEPTION | type_flags::HAS_DICT,
            doc: $doc,
            $($field: $value,)*
            ..TypeDef::DEFAULT
        }),*];
    };
}

const fn first(names: &[&'static str]) -> &'static str {
    names[0]
}

/// `ExceptionGroup` has two bases, which a definition cannot say.
pub fn link_bases(vm: &Vm) {
    let bases = [vm.types[TypeId::BaseExceptionGroup], vm.types[TypeId::Exception]];
    let class = vm.types[TypeId::ExceptionGroup];
    class.set_bases(vm, Some(bases[0]), vm.tuple(&bases.map(Ref::value)));
    if let Ok(mro) = vm.compute_mro(class, &bases) {
        class.set_mro(vm, mro);
    }
    bases[1].add_subclass(class);
}

classes! {
    BaseException: Object, "Common base class for all exceptions",
        slots = base_exception::SLOTS, methods = &[base_exception::METHODS], getset = base_exception::GETSET,
        new = Some(&base_exception::NEW), init = Some(&base_exception::INIT);
    Exception: BaseException, "Common base class for all non-exit exceptions.";
    BaseExceptionGroup: BaseException, "A combination of multiple unrelated exceptions.",
        slots = group::SLOTS, methods = &[group::METHODS], getset = group::GETSET,
        new = Some(&group::NEW), init = Some(&group::INIT);
    ExceptionGroup: BaseExceptionGroup, "A combination of multiple unrelated exceptions, each an Exception.";
    GeneratorExit: BaseException, "Request that a generator exit.";
    KeyboardInterrupt: BaseException, "Program interrupted by user.";
    SystemExit: BaseException, "Request to exit from the interpreter.",
        getset = name_errors::SYSTEM_EXIT_GETSET, init = Some(&name_errors::SYSTEM_EXIT_INIT);
    ArithmeticError: Exception, "Base class for arithmetic errors.";
    FloatingPointError: ArithmeticError, "Floating-point operation failed.";
    OverflowError: ArithmeticError, "Result too large to be represented.";
    ZeroDivisionError: ArithmeticError, "Second argument to a division or modulo operation was zero.";
    AssertionError: Exception, "Assertion failed.";
    AttributeError: Exception, "Attribute not found.",
        methods = &[name_errors::ATTRIBUTE_ERROR_METHODS], getset = name_errors::ATTRIBUTE_ERROR_GETSET,
        init = Some(&name_errors::ATTRIBUTE_ERROR_INIT);
    BufferError: Exception, "Buffer error.";
    EOFError: Exception, "Read beyond end of file.";
    ImportError: Exception, "Import can't find module, or can't find name in module.",
        slots = import_error::SLOTS, methods = &[import_error::METHODS], getset = import_error::GETSET,
        init = Some(&import_error::INIT);
    ModuleNotFoundError: ImportError, "Module not found.";
    LookupError: Exception, "Base class for lookup errors.";
    IndexError: LookupError, "Sequence index out of range.";
    KeyError: LookupError, "Mapping key not found.", slots = name_errors::KEY_ERROR_SLOTS;
    MemoryError: Exception, "Out of memory.";
    NameError: Exception, "Name not found globally.",
        getset = name_errors::NAME_ERROR_GETSET, init = Some(&name_errors::NAME_ERROR_INIT);
    UnboundLocalError: NameError, "Local name referenced but not bound to a value.";
    OSError: Exception, "Base class for I/O related errors.",
        slots = os_error::SLOTS, methods = &[os_error::METHODS], getset = os_error::GETSET,
        new = Some(&os_error::NEW), init = Some(&os_error::INIT);
    BlockingIOError: OSError, "I/O operation would block.";
    ChildProcessError: OSError, "Child process error.";
    ConnectionError: OSError, "Connection error.";
    BrokenPipeError: ConnectionError, "Broken pipe.";
    ConnectionAbortedError: ConnectionError, "Connection aborted.";
    ConnectionRefusedError: ConnectionError, "Connection refused.";
    ConnectionResetError: ConnectionError, "Connection reset.";
    FileExistsError: OSError, "File already exists.";
    FileNotFoundError: OSError, "File not found.";
    InterruptedError: OSError, "Interrupted by signal.";
    IsADirectoryError: OSError, "Operation doesn't work on directories.";
    NotADirectoryError: OSError, "Operation only works on directories.";
    PermissionError: OSError, "Not enough permissions.";
    ProcessLookupError: OSError, "Process not found.";
    TimeoutError: OSError, "Timeout expired.";
    ReferenceError: Exception, "Weak ref proxy used after referent went away.";
    RuntimeError: Exception, "Unspecified run-time error.";
    NotImplementedError: RuntimeError, "Method or function hasn't been implemented yet.";
    RecursionError: RuntimeError, "Recursion limit exceeded.";
    PythonFinalizationError: RuntimeError, "Operation blocked during Python finalization.";
    StopAsyncIteration: Exception, "Signal the end from iterator.__anext__().";
    StopIteration: Exception, "Signal the end from iterator.__next__().",
        getset = name_errors::STOP_ITERATION_GETSET, init = Some(&name_errors::STOP_ITERATION_INIT);
    SyntaxError: Exception, "Invalid syntax.",
        slots = syntax_error::SLOTS, getset = syntax_error::GETSET, init = Some(&syntax_error::INIT);
    IncompleteInputError as "_IncompleteInputError": SyntaxError, "Incomplete input.";
    IndentationError: SyntaxError, "Improper indentation.";
    TabError: IndentationError, "Improper mixture of spaces and tabs.";
    SystemError: Exception, "Internal error in the Python interpreter.";
    TypeError: Exception, "Inappropriate argument type.";
    ValueError: Exception, "Inappropriate argument value (of correct type).";
    UnicodeError: ValueError, "Unicode related error.";
    UnicodeDecodeError: UnicodeError, "Unicode decoding error.",
        slots = unicode_error::DECODE_SLOTS, getset = unicode_error::GETSET, init = Some(&unicode_error::DECODE_INIT);
    UnicodeEncodeError: UnicodeError, "Unicode encoding error.",
        slots = unicode_error::ENCODE_SLOTS, getset = unicode_error::GETSET, init = Some(&unicode_error::ENCODE_INIT);
    UnicodeTranslateError: UnicodeError, "Unicode translation error.",
        slots = unicode_error::TRANSLATE_SLOTS, getset = unicode_error::GETSET,
        init = Some(&unicode_error::TRANSLATE_INIT);
    Warning: Exception, "Base class for warning categories.";
    BytesWarning: Warning, "Base class for warnings about bytes and buffer related problems.";
    DeprecationWarning: Warning, "Base class for warnings about deprecated features.";
    EncodingWarning: Warning, "Base class for warnings about encodings.";
    FutureWarning: Warning, "Base class for warnings about constructs that will change in the future.";
    ImportWarning: Warning, "Base class for warnings about probable mistakes in module imports.";
    PendingDeprecationWarning: Warning, "Base class for warnings about features that will be deprecated.";
    ResourceWarning: Warning, "Base class for warnings about resource usage.";
    RuntimeWarning: Warning, "Base class for warnings about dubious runtime behavior.";
    SyntaxWarning: Warning, "Base class for warnings about dubious syntax.";
    UnicodeWarning: Warning, "Base class for warnings about Unicode related problems.";
    UserWarning: Warning, "Base class for warnings generated by user code.";
}
