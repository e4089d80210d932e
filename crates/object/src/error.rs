//! Raising and catching exceptions from native code.

use crate::layout::exception::Exception;
use crate::{Ref, TypeId, TypeObj, ValueExt, Vm};
use heap::Value;

/// "An exception was raised": it waits in the thread. Whoever gets one passes it on, or takes the exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Raised(());

impl Raised {
    /// Makes the interpreter look for what was [deferred](Vm::defer): nothing was raised.
    pub(crate) fn deferred() -> Raised {
        Raised(())
    }
}

macro_rules! raisers {
    ($($(#[$meta:meta])* $name:ident = $class:ident;)*) => {
        impl Vm {
            $(
                $(#[$meta])*
                #[cold]
                pub fn $name(&self, text: impl AsRef<str>) -> Raised {
                    self.raise(TypeId::$class, text.as_ref())
                }
            )*
        }
    };
}

raisers! {
    /// Raises TypeError.
    type_error = TypeError;
    /// Raises ValueError.
    value_error = ValueError;
    /// Raises IndexError.
    index_error = IndexError;
    /// Raises OverflowError.
    overflow_error = OverflowError;
    /// Raises ZeroDivisionError.
    zero_division_error = ZeroDivisionError;
    /// Raises RuntimeError.
    runtime_error = RuntimeError;
    /// Raises RecursionError.
    recursion_error = RecursionError;
    /// Raises SystemError.
    system_error = SystemError;
    /// Raises NotImplementedError.
    not_implemented_error = NotImplementedError;
    /// Raises BufferError.
    buffer_error = BufferError;
    /// Raises LookupError.
    lookup_error = LookupError;
    /// Raises ReferenceError.
    reference_error = ReferenceError;
    /// Raises EOFError.
    eof_error = EOFError;
}

impl Vm {
    /// Raises an exception of a built-in class with a text.
    #[cold]
    pub fn raise(&self, class: TypeId, text: &str) -> Raised {
        self.raise_type(self.types[class], &[self.str(text).value()])
    }

    /// Raises an exception of a class that is a plain [`Exception`], with arguments. `__init__` is not called.
    #[cold]
    pub fn raise_type(&self, class: Ref<TypeObj>, args: &[Value]) -> Raised {
        let exception = self.alloc_exception(class, self.tuple(args));
        self.raise_value(exception.value())
    }

    /// Makes an exception by calling its class, and raises it (or what its making raised).
    #[cold]
    pub fn raise_call(&self, class: Value, args: &[Value]) -> Raised {
        match self.call(class, args) {
            Ok(exception) if exception.cast::<Exception>().is_some() => self.raise_value(exception),
            Ok(_) => self.type_error("exceptions must derive from BaseException"),
            Err(raised) => raised,
        }
    }

    /// Raises an exception. What is being handled becomes its context.
    #[cold]
    pub fn raise_value(&self, exception: Value) -> Raised {
        if let Some(new) = exception.cast::<Exception>() {
            let handled = self.thread().handled_exception();
            if handled != exception && !handled.is_none() {
                self.break_context_cycle(handled, exception);
                new.context.set(self, new, handled);
            }
        }
        self.raise_again(exception)
    }

    /// Raises an exception without touching its context.
    pub fn raise_again(&self, exception: Value) -> Raised {
        self.thread().pending.set(exception);
        Raised(())
    }

    /// The new exception must not be found again behind the one being handled.
    fn break_context_cycle(&self, handled: Value, new: Value) {
        let mut at = handled;
        let mut steps = 0;
        while let Some(exception) = at.cast::<Exception>() {
            let context = exception.context.get();
            if context == new {
                exception.context.set(self, exception, Value::NONE);
                return;
            }
            steps += 1;
            if steps > 10_000 {
                return;
            }
            at = context;
        }
    }

    /// Takes the exception that was raised: the caller handles it.
    pub fn take_exception(&self, _raised: Raised) -> Value {
        self.thread().pending.replace(Value::NONE)
    }

    /// The exception that was raised.
    pub fn pending_exception(&self, _raised: Raised) -> Value {
        self.thread().pending.get()
    }

    /// Is the exception an instance of a built-in class?
    pub fn is_exception(&self, exception: Value, class: TypeId) -> bool {
        self.type_of(exception).is_subclass(self.types[class])
    }

    /// If the exception that was raised is of a class, takes it; else passes it on.
    pub fn catch(&self, raised: Raised, class: TypeId) -> Result<Value, Raised> {
        if self.is_exception(self.pending_exception(raised), class) {
            Ok(self.take_exception(raised))
        } else {
            Err(raised)
        }
    }

    /// Raises KeyError of a key.
    #[cold]
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_type(self.types[TypeId::KeyError], &[key])
    }

    /// Raises StopIteration with a value.
    #[cold]
    pub fn stop_iteration(&self, value: Value) -> Raised {
        self.raise_value(self.stop_iteration_value(value))
    }

    /// A StopIteration with a value.
    pub fn stop_iteration_value(&self, value: Value) -> Value {
        let args = if value.is_none() { self.tuple(&[]) } else { self.tuple(&[value]) };
        let exception = self.alloc_exception(self.types[TypeId::StopIteration], args);
        exception.set_extra(self, 0, value);
        exception.value()
    }

    /// Raises AttributeError with `name` and `obj` set.
    #[cold]
    pub fn attribute_error(&self, text: impl AsRef<str>, object: Value, name: Value) -> Raised {
        let class = self.types[TypeId::AttributeError];
        let exception = self.alloc_exception(class, self.tuple(&[self.str(text.as_ref()).value()]));
        exception.set_extra(self, 0, name);
        exception.set_extra(self, 1, object);
        self.raise_value(exception.value())
    }

    /// Raises NameError or UnboundLocalError with `name` set.
    #[cold]
    pub fn name_error(&self, class: TypeId, text: impl AsRef<str>, name: Value) -> Raised {
        let exception = self.alloc_exception(self.types[class], self.tuple(&[self.str(text.as_ref()).value()]));
        exception.set_extra(self, 0, name);
        self.raise_value(exception.value())
    }

    /// Raises ImportError or ModuleNotFoundError with `name` set.
    #[cold]
    pub fn import_error(&self, class: TypeId, text: impl AsRef<str>, name: Value) -> Raised {
        let text = self.str(text.as_ref()).value();
        match self.call_keywords(self.types[class].value(), &[text], &[("name", name)]) {
            Ok(exception) => self.raise_value(exception),
            Err(raised) => raised,
        }
    }

    /// Raises the OSError of an errno.
    #[cold]
    pub fn os_error(&self, errno: i32) -> Raised {
        self.os_error_with(errno, &[])
    }

    /// Raises the OSError of an errno about a file.
    #[cold]
    pub fn os_error_file(&self, errno: i32, filename: Value) -> Raised {
        self.os_error_with(errno, &[filename])
    }

    /// Raises the OSError of an errno about files: filename, and the second one.
    #[cold]
    pub fn os_error_with(&self, errno: i32, files: &[Value]) -> Raised {
        let text = self.str(&errno_text(errno)).value();
        let mut args = [self.int(errno as i64), text, Value::NONE, Value::NONE, Value::NONE];
        let mut count = 2;
        if let Some(first) = files.first() {
            args[2] = *first;
            count = 3;
        }
        if let Some(second) = files.get(1) {
            args[4] = *second;
            count = 5;
        }
        self.raise_call(self.types[TypeId::OSError].value(), &args[..count])
    }

    /// Raises MemoryError.
    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.raise_type(self.types[TypeId::MemoryError], &[])
    }

    /// Raises MemoryError where so many bytes cannot be had. To be asked before sizes that programs choose.
    pub fn check_size(&self, bytes: Option<usize>) -> Result<(), Raised> {
        match bytes {
            Some(bytes) if bytes < 1 << 24 || self.heap.can_allocate(bytes) => Ok(()),
            _ => Err(self.memory_error()),
        }
    }
}

impl Vm {
    /// Makes an exception class of a native module.
    pub fn new_exception_class(&self, module: &str, name: &str, bases: &[Value]) -> Result<Ref<TypeObj>, Raised> {
        let dict = self.dict();
        dict.insert_str(self, self.names.__module__, self.intern(module).value());
        let metaclass = self.types[TypeId::Type];
        let class = self.new_class(metaclass, self.intern(name), self.tuple(bases), dict, None)?;
        class.cast().ok_or_else(|| self.type_error("a class is needed"))
    }
}

/// The system's text of an errno.
pub fn errno_text(errno: i32) -> String {
    // SAFETY: strerror gives a string that lives until the next call; only the thread with the interpreter's lock calls.
    unsafe {
        let text = libc::strerror(errno);
        if text.is_null() {
            return format!("Unknown error {errno}");
        }
        std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}
