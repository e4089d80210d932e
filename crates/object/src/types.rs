//! Numbers of the built-in classes that the machine itself knows.

macro_rules! type_ids {
    ($($name:ident)*) => {
        /// A built-in class. Its number is also the number of the shape of its plain instances.
        #[allow(missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u32)]
        pub enum TypeId { $($name),* }

        impl TypeId {
            /// All, in the order of their numbers.
            pub const ALL: &'static [TypeId] = &[$(TypeId::$name),*];
        }
    };
}

type_ids! {
    // The null shape of buffers, which no Python object has.
    Buffer
    Object Type Int Bool Float Complex NoneType NotImplementedType EllipsisType
    Str Bytes ByteArray MemoryView Tuple List Dict Set FrozenSet Slice Range
    DictKeys DictValues DictItems DictKeyIterator DictValueIterator DictItemIterator
    DictReverseKeyIterator DictReverseValueIterator DictReverseItemIterator MappingProxy
    StrIterator StrAsciiIterator BytesIterator ByteArrayIterator TupleIterator ListIterator ListReverseIterator SetIterator
    RangeIterator LongRangeIterator SequenceIterator CallableIterator MemoryIterator
    Enumerate Zip Map Filter Reversed
    Function BuiltinFunction Method MethodDescriptor ClassMethodDescriptor WrapperDescriptor MethodWrapper
    GetSetDescriptor MemberDescriptor Property StaticMethod ClassMethod Super
    Code Frame Traceback Cell Module SimpleNamespace InstanceMethod
    Generator Coroutine AsyncGenerator CoroutineWrapper AsyncGeneratorASend AsyncGeneratorAThrow AsyncGeneratorWrappedValue AnextAwaitable
    GenericAlias Union TypeVar ParamSpec ParamSpecArgs ParamSpecKwargs TypeVarTuple TypeAliasType Generic NoDefaultType
    Template TemplateIterator Interpolation
    WeakRef WeakProxy WeakCallableProxy Capsule FrameLocalsProxy
    // Made when their modules are imported.
    Date Time DateTime TimeDelta TzInfo TimeZone IsoCalendarDate Decimal DecimalContext
    BaseException Exception BaseExceptionGroup ExceptionGroup GeneratorExit KeyboardInterrupt SystemExit
    ArithmeticError FloatingPointError OverflowError ZeroDivisionError AssertionError AttributeError BufferError EOFError
    ImportError ModuleNotFoundError LookupError IndexError KeyError MemoryError NameError UnboundLocalError
    OSError BlockingIOError ChildProcessError ConnectionError BrokenPipeError ConnectionAbortedError ConnectionRefusedError
    ConnectionResetError FileExistsError FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError
    PermissionError ProcessLookupError TimeoutError ReferenceError RuntimeError NotImplementedError RecursionError
    PythonFinalizationError StopAsyncIteration StopIteration SyntaxError IncompleteInputError IndentationError TabError SystemError TypeError
    ValueError UnicodeError UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError
    Warning BytesWarning DeprecationWarning EncodingWarning FutureWarning ImportWarning PendingDeprecationWarning
    ResourceWarning RuntimeWarning SyntaxWarning UnicodeWarning UserWarning
}

impl TypeId {
    /// How many there are.
    pub const COUNT: usize = TypeId::ALL.len();
}
