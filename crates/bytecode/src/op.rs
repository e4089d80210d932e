//! The instruction set: one row an instruction, from which the enum, the operand kinds, the verifier, the
//! disassembler and the liveness analysis take what they know.
//!
//! An instruction is 64 bits, `op: u8 | flags: u8 | a: u16 | b: u16 | c: u16`. Operands name registers of the
//! frame unless the row says otherwise; `Const`, `Name`, `Jump` and `Imm32` use b and c together as 32 bits.
//!
//! An instruction whose row says `cached` has an inline cache: `c` holds the low 16 bits of the number of the
//! cache site and the *next* instruction slot is a `Cache` word, whose `a` holds the high bits of that number and
//! whose 32-bit operand is the index of a name (or what the row's text says). Execution continues behind it.
//!
//! "skips" in a row's text: `ForIter` and `Send` are followed by a `Jump`, which is executed when the iterator is
//! exhausted and skipped when it produced a value.
//!
//! # Rules
//!
//! What compiler, verifier and interpreter agree on beyond the rows:
//!
//! * An instruction reads all its operands before it writes: its result may go to a register it reads.
//! * An instruction that raises has written nothing; `UnpackSequence` and `UnpackStar` too write all or nothing.
//!   `ForIter` writes its item only when there is one. So variables can be destinations.
//! * At a call every temporary above the call's own registers is dead, and the callee's frame may start in place: with
//!   the self register or the first argument. Afterwards the call's registers hold nothing.
//! * Variables (registers below `locals.len()`) are always live; they start unbound, parameters excepted. Temporaries
//!   are garbage until written.
//! * Code starts with `CopyFreeVars`, then a `MakeCell` for each cell, then `ReturnGenerator` in generators; nothing
//!   that a program can see comes before it. Reading a register of kind Cell or Free as a plain operand (`Move`,
//!   `Return`, `StoreName`) means the cell itself: so closures are built and `__classcell__` is stored.
//! * A handler's code is `PushExcInfo save, exception`, its body, `PopExcInfo save`. Whatever leaves the body pops
//!   first, exceptions by a handler of their own that reraises. The exception table is sorted and disjoint: the handler
//!   of a handler is simply the entry that covers its code.
//! * `await` and `yield from` are `Send got, iterator, sent; Jump end; Yield sent, got, iterator; Jump` back to the
//!   `Send`.
//! * A position with line 0 is no line: it makes no line event, and a traceback takes the line before.

/// How an operand is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// Not used, must be zero.
    No,
    /// A register that is written.
    W,
    /// A register that is read.
    R,
    /// A register that is read and written.
    RW,
    /// A register that is read, or [`NO_REGISTER`].
    OptR,
    /// A 16-bit number.
    Imm,
    /// The first register of a range, see [`Range`].
    Base,
    /// The low half of an inline cache site.
    Site,
    /// b and c together: an index into the constants.
    Const,
    /// b and c together: an index into the names.
    Name,
    /// b and c together: an absolute instruction index.
    Jump,
    /// b and c together: a signed number.
    Imm32,
}

/// Registers an instruction touches beyond the single ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// None.
    None,
    /// Reads `b .. b+c`.
    ReadCount,
    /// Reads `b .. b + 2*c`.
    ReadPairs,
    /// Reads `b .. b+2+c`: callable, self or nothing, arguments.
    ReadCall,
    /// As [`Range::ReadCall`]; the argument count is in flags, wide ones do not occur.
    ReadFixed(u8),
    /// Reads `c .. c+n`.
    ReadFixedC(u8),
    /// Writes `a .. a+c`.
    WriteCount,
    /// Writes `a .. a + flags + 1 + c`.
    WriteStar,
    /// Writes `a .. a+n`.
    WriteFixed(u8),
    /// Writes `a .. a+b`.
    WriteCountB,
}

/// Stands for "no register" in an optional register operand.
pub const NO_REGISTER: u16 = 0xFFFF;

/// Invokes `$m!` with the table of instructions:
/// `Name = "name", a, b, c, range, cached, "documentation";`
/// Text "E" in front of the documentation: cannot raise. All others can raise.
#[macro_export]
macro_rules! for_each_op {
    ($m:ident) => { $m! {
        // Data and moves
        Nop = "nop", No, No, No, None, false, pure, "Do nothing.";
        Cache = "cache", Imm, Imm32, No, None, false, pure, "Data of the cached instruction before it; never executed.";
        Move = "move", W, R, No, None, false, pure, "a = b";
        LoadConst = "load_const", W, Const, No, None, false, pure, "a = constants[bc]";
        LoadInt = "load_int", W, Imm32, No, None, false, pure, "a = the int bc";
        LoadNull = "load_null", W, No, No, None, false, pure, "a = unbound";
        LoadCommon = "load_common", W, Imm, No, None, false, pure, "a = a constant of the machine, see common_const";
        CheckBound = "check_bound", R, No, No, None, false, raises, "Raise UnboundLocalError if local a (named by `locals`) is unbound.";
        DeleteLocal = "delete_local", RW, No, No, None, false, raises, "Unbind local a; raise UnboundLocalError if it was unbound already.";
        // Cells
        MakeCell = "make_cell", RW, No, No, None, false, pure, "a = a new cell holding what a holds, unbound included";
        CopyFreeVars = "copy_free_vars", W, Imm, No, WriteCountB, false, pure, "a .. a+b = the cells of the function's closure";
        LoadDeref = "load_deref", W, R, No, None, false, raises, "a = content of cell b; NameError or UnboundLocalError if unbound";
        StoreDeref = "store_deref", R, R, No, None, false, pure, "content of cell a = b";
        DeleteDeref = "delete_deref", R, No, No, None, false, raises, "Empty cell a; NameError if it was empty.";
        LoadFromDictOrDeref = "load_from_dict_or_deref", W, R, R, None, false, raises, "a = mapping c [name of cell b], else content of cell b";
        // Names
        LoadGlobal = "load_global", W, No, Site, None, true, raises, "a = global or builtin of that name";
        StoreGlobal = "store_global", R, Name, No, None, false, raises, "globals[name] = a";
        DeleteGlobal = "delete_global", No, Name, No, None, false, raises, "del globals[name]";
        LoadName = "load_name", W, No, Site, None, true, raises, "a = local, global or builtin of that name";
        StoreName = "store_name", R, Name, No, None, false, raises, "locals[name] = a";
        DeleteName = "delete_name", No, Name, No, None, false, raises, "del locals[name]";
        LoadFromDictOrGlobals = "load_from_dict_or_globals", W, R, Site, None, true, raises, "a = mapping b [name], else global or builtin";
        LoadLocals = "load_locals", W, No, No, None, false, raises, "a = the frame's locals mapping";
        SetupAnnotations = "setup_annotations", No, No, No, None, false, raises, "locals['__annotations__'] = {} if it is missing";
        LoadBuildClass = "load_build_class", W, No, No, None, false, raises, "a = builtins.__build_class__";
        // Attributes and items
        LoadAttr = "load_attr", W, R, Site, None, true, raises, "a = b.name";
        LoadMethod = "load_method", W, R, Site, WriteFixed(2), true, raises, "a, a+1 = function, b if b.name is a method, else b.name, unbound";
        StoreAttr = "store_attr", R, R, Site, None, true, raises, "a.name = b";
        DeleteAttr = "delete_attr", R, Name, No, None, false, raises, "del a.name";
        LoadSuperAttr = "load_super_attr", W, Base, Site, ReadFixed(3), true, raises, "a = b(b+1, b+2).name where b is super, b+1 the class, b+2 self; flags 1: as LoadMethod, 2: super was written with two arguments";
        LoadSubscr = "load_subscr", W, R, R, None, false, raises, "a = b[c]";
        StoreSubscr = "store_subscr", R, R, R, None, false, raises, "a[c] = b";
        DeleteSubscr = "delete_subscr", R, R, No, None, false, raises, "del a[b]";
        LoadSlice = "load_slice", W, R, Base, ReadFixedC(2), false, raises, "a = b[c:c+1]";
        StoreSlice = "store_slice", R, R, Base, ReadFixedC(2), false, raises, "a[c:c+1] = b";
        // Operators
        Binary = "binary", W, R, R, None, false, raises, "a = b op c; flags: BinaryOperator";
        BinaryInt = "binary_int", W, R, Imm, None, false, raises, "a = b op the signed 16-bit int c; flags: BinaryOperator";
        Unary = "unary", W, R, No, None, false, raises, "a = op b; flags: UnaryOperator";
        Not = "not", W, R, No, None, false, raises, "a = not b";
        Compare = "compare", W, R, R, None, false, raises, "a = b op c; flags: CompareOperator";
        CompareInt = "compare_int", W, R, Imm, None, false, raises, "a = b op the signed 16-bit int c; flags: CompareOperator";
        Is = "is_op", W, R, R, None, false, pure, "a = b is c; flags 1: is not";
        Contains = "contains_op", W, R, R, None, false, raises, "a = b in c; flags 1: not in";
        // Building
        BuildTuple = "build_tuple", W, Base, Imm, ReadCount, false, raises, "a = (b, ..) of c items";
        BuildList = "build_list", W, Base, Imm, ReadCount, false, raises, "a = [b, ..] of c items";
        BuildSet = "build_set", W, Base, Imm, ReadCount, false, raises, "a = {b, ..} of c items";
        BuildMap = "build_map", W, Base, Imm, ReadPairs, false, raises, "a = {b: b+1, ..} of c pairs";
        BuildString = "build_string", W, Base, Imm, ReadCount, false, raises, "a = the concatenation of the c strings from b on";
        BuildSlice = "build_slice", W, Base, No, ReadFixed(3), false, raises, "a = slice(b, b+1, b+2)";
        BuildInterpolation = "build_interpolation", W, Base, OptR, ReadFixed(2), false, raises, "a = Interpolation(value b, expression text b+1, conversion flags, spec c)";
        BuildTemplate = "build_template", W, R, R, None, false, raises, "a = Template from the tuple b of strings and the tuple c of interpolations";
        FormatValue = "format_value", W, R, OptR, None, false, raises, "a = format(conversion(b), spec c or ''); flags: conversion";
        ListAppend = "list_append", R, R, No, None, false, raises, "a.append(b) for the list a";
        ListExtend = "list_extend", R, R, No, None, false, raises, "a.extend(b) for the list a";
        ListToTuple = "list_to_tuple", W, R, No, None, false, raises, "a = tuple(b) for the list b";
        SetAdd = "set_add", R, R, No, None, false, raises, "a.add(b) for the set a";
        SetUpdate = "set_update", R, R, No, None, false, raises, "a.update(b) for the set a";
        MapAdd = "map_add", R, R, R, None, false, raises, "a[b] = c for the dict a";
        DictUpdate = "dict_update", R, R, No, None, false, raises, "a.update(b) for the dict a; b must be a mapping";
        DictMerge = "dict_merge", R, R, R, None, false, raises, "Merge the **argument b into dict a; duplicates raise TypeError naming callable c.";
        // Control flow
        Jump = "jump", No, Jump, No, None, false, pure, "Continue at bc.";
        JumpBack = "jump_back", No, Jump, No, None, false, raises, "Continue at bc, which lies before; a safepoint; flags: jump_back.";
        JumpIfTrue = "jump_if_true", R, Jump, No, None, false, raises, "Continue at bc if a is true.";
        JumpIfFalse = "jump_if_false", R, Jump, No, None, false, raises, "Continue at bc if a is false.";
        JumpIfNone = "jump_if_none", R, Jump, No, None, false, pure, "Continue at bc if a is None.";
        JumpIfNotNone = "jump_if_not_none", R, Jump, No, None, false, pure, "Continue at bc if a is not None.";
        // Iteration
        GetIter = "get_iter", W, R, No, None, false, raises, "a = iter(b)";
        ForPrep = "for_prep", W, R, No, WriteFixed(2), false, raises, "a, a+1 = the state of an iteration over b: for the machine's own use; flags 1: b is an iterator, its __iter__ is not called; 2: a generator that nothing else holds";
        ForIter = "for_iter", W, Base, No, ReadFixed(2), false, raises, "a = next item of the iteration b, b+1 (which it updates) and skips; else falls through";
        CloseIter = "close_iter", No, Base, No, ReadFixed(2), false, raises, "The iteration b is left before its end: close it if it is over a generator that nothing else holds.";
        CloseFile = "close_file", R, R, No, None, false, raises, "Close a, which nothing else holds: a file, if b is the builtin open that made it; a generator that b, the builtin all, any or next, has left.";
        UnpackSequence = "unpack_sequence", W, R, Imm, WriteCount, false, raises, "a .. a+c = the items of b, exactly c";
        UnpackStar = "unpack_star", W, R, Imm, WriteStar, false, raises, "a .. = flags first items of b, a list of the rest, c last items";
        // Calls and functions
        Call = "call", W, Base, Imm, ReadCall, false, raises, "a = b(self b+1 unless unbound, c arguments from b+2 on); flags: call_flags";
        CallKw = "call_kw", W, Base, Imm, ReadCall, true_const, raises, "As Call, flags too; the last of the c arguments are named by the tuple constant of the cache word.";
        CallEx = "call_ex", W, Base, No, ReadFixed(4), false, raises, "a = b(self b+1 unless unbound, *b+2 (a tuple or any iterable), **b+3 unless unbound); flags: call_flags";
        Return = "return", R, No, No, None, false, raises, "Return a.";
        MakeFunction = "make_function", W, Const, No, None, false, raises, "a = function of the code constant bc in the frame's globals";
        SetFunctionAttr = "set_function_attr", R, R, No, None, false, pure, "Set what flags (function_attr) says of function a to b.";
        Import = "import", W, R, R, None, true_name, raises, "a = import of name, fromlist b, level c";
        ImportFrom = "import_from", W, R, Site, None, true, raises, "a = attribute name of module b, or its submodule";
        ImportStar = "import_star", R, No, No, None, false, raises, "Bind the public names of module a in the frame's locals.";
        // Exceptions and context managers
        Raise = "raise", OptR, OptR, No, None, false, raises, "flags (raise): nothing: raise what is being handled; a; a from b";
        Reraise = "reraise", R, No, No, None, false, raises, "Raise exception a again, its traceback as it is; flags (reraise) say which line the frame is at then.";
        PushExcInfo = "push_exc_info", W, R, No, None, false, pure, "a = the exception being handled (or None); b is being handled from here";
        PopExcInfo = "pop_exc_info", R, No, No, None, false, pure, "a (what PushExcInfo saved) is being handled from here";
        CheckExcMatch = "check_exc_match", W, R, R, None, false, raises, "a = does exception b match type or tuple c";
        CheckEgMatch = "check_eg_match", W, R, R, WriteFixed(2), false, raises, "a, a+1 = the rest and the matching part (or None) of exception (group) b, by type c";
        LoadSpecial = "load_special", W, R, Imm, WriteFixed(2), false, raises, "a, a+1 = special method (SpecialMethod in flags) of b for a Call, looked up on its type";
        WithExit = "with_exit", W, Base, R, ReadFixed(2), false, raises, "a = call of exit method b, b+1 with type, value and traceback of exception c";
        // Generators and coroutines
        ReturnGenerator = "return_generator", No, No, No, None, false, raises, "Make the generator, coroutine or async generator of this frame, and return it.";
        Yield = "yield", W, R, OptR, None, false, raises, "Yield b; a = what is sent in. flags (yield_flags) say if b comes from iterator c.";
        Send = "send", W, R, R, None, false, raises, "Send c into iterator b; if it yields, a = the value, and skips; else a = its return value";
        GetYieldFromIter = "get_yield_from_iter", W, R, No, None, false, raises, "a = the iterator for yield from b";
        GetAwaitable = "get_awaitable", W, R, Imm, None, false, raises, "a = the iterator for await b; flags: 0 await, 1 after __aenter__, 2 after __aexit__";
        GetAiter = "get_aiter", W, R, No, None, false, raises, "a = b.__aiter__()";
        GetAnext = "get_anext", W, R, No, None, false, raises, "a = the awaitable's iterator of b.__anext__()";
        EndAsyncFor = "end_async_for", R, No, No, None, false, raises, "Reraise exception a unless it is StopAsyncIteration.";
        // Pattern matching
        MatchMapping = "match_mapping", W, R, No, None, false, pure, "a = is b a mapping";
        MatchSequence = "match_sequence", W, R, No, None, false, pure, "a = is b a sequence";
        GetLen = "get_len", W, R, No, None, false, raises, "a = len(b)";
        MatchKeys = "match_keys", W, R, R, None, false, raises, "a = tuple of the values of the keys (tuple c) in b, or None";
        MatchClass = "match_class", W, R, Base, ReadFixedC(2), false, raises, "a = tuple of attributes of b as class c: flags positional ones, then those of tuple c+1; or None";
        // Rare
        Intrinsic1 = "intrinsic_1", W, R, No, None, false, raises, "a = intrinsic (flags) of b";
        Intrinsic2 = "intrinsic_2", W, R, R, None, false, raises, "a = intrinsic (flags) of b, c";
        // Only in code that runs: what `sys.monitoring` and `sys.settrace` make of instructions
        Instrumented = "instrumented", No, No, No, None, false, raises, "Tell the tools that want to know, then do what the compiler put here.";
    } };
}

macro_rules! define_ops {
    (@cached false) => { false };
    (@cached true) => { true };
    (@cached true_const) => { true };
    (@cached true_name) => { true };
    ($($name:ident = $text:literal, $a:ident, $b:ident, $c:ident, $range:ident $(($n:literal))?, $cached:ident, $effect:ident, $doc:literal;)*) => {
        /// The operation of an instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $name),* }

        /// All that the rows say, as text.
        const ROWS: &[&str] = &[$(concat!(
            $text, stringify!($a), stringify!($b), stringify!($c), stringify!($range), $($n,)? stringify!($cached), $doc
        )),*];

        /// What is known of each operation, by its number.
        pub static OPS: &[OpInfo] = &[
            $(OpInfo {
                op: Op::$name,
                name: $text,
                operands: [Operand::$a, Operand::$b, Operand::$c],
                range: Range::$range $(($n))?,
                has_cache: define_ops!(@cached $cached),
                raises: matches!(stringify!($effect).as_bytes(), b"raises"),
                doc: $doc,
            }),*
        ];
    };
}
for_each_op!(define_ops);

/// A number that changes with the instruction table (the 32-bit hash of Fowler, Noll and Vo over its rows).
pub(crate) const fn table_hash() -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut row = 0;
    while row < ROWS.len() {
        let text = ROWS[row].as_bytes();
        let mut at = 0;
        while at < text.len() {
            hash = (hash ^ text[at] as u32).wrapping_mul(0x0100_0193);
            at += 1;
        }
        row += 1;
    }
    hash
}

/// What is known of an operation.
#[derive(Debug)]
pub struct OpInfo {
    /// The operation.
    pub op: Op,
    /// Its name in listings.
    pub name: &'static str,
    /// The uses of a, b and c.
    pub operands: [Operand; 3],
    /// The registers it touches beyond those.
    pub range: Range,
    /// Is the next slot a `Cache` word?
    pub has_cache: bool,
    /// Can it raise, or call Python code?
    pub raises: bool,
    /// What it does.
    pub doc: &'static str,
}

impl Op {
    /// The number of operations.
    pub const COUNT: usize = OPS.len();

    /// The operation with that number.
    pub fn from_u8(number: u8) -> Option<Op> {
        OPS.get(number as usize).map(|info| info.op)
    }

    /// What is known of it.
    pub fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }
}

/// One instruction. `op` is a number and not an [`Op`]: the interpreter rewrites it to specialised operations of its
/// own, whose numbers lie above those of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C, align(8))]
pub struct Instr {
    /// The number of the operation.
    pub op: u8,
    /// Small operand.
    pub flags: u8,
    /// First operand.
    pub a: u16,
    /// Second operand.
    pub b: u16,
    /// Third operand.
    pub c: u16,
}

impl Instr {
    /// An instruction of three operands.
    pub fn abc(op: Op, flags: u8, a: u16, b: u16, c: u16) -> Instr {
        Instr { op: op as u8, flags, a, b, c }
    }

    /// An instruction of an operand and a 32-bit operand.
    pub fn wide(op: Op, flags: u8, a: u16, bc: u32) -> Instr {
        Instr { op: op as u8, flags, a, b: bc as u16, c: (bc >> 16) as u16 }
    }

    /// b and c together.
    #[inline(always)]
    pub fn bc(self) -> u32 {
        self.b as u32 | (self.c as u32) << 16
    }

    /// Replaces b and c together.
    pub fn set_bc(&mut self, bc: u32) {
        self.b = bc as u16;
        self.c = (bc >> 16) as u16;
    }

    /// The operation, if it is one of the table.
    pub fn op(self) -> Option<Op> {
        Op::from_u8(self.op)
    }
}

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant),* }
        impl $name {
            /// All, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// The one with that number.
            pub fn from_u8(number: u8) -> Option<$name> {
                Self::ALL.get(number as usize).copied()
            }
            /// How it is written.
            pub fn text(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }
    };
}

numbered! {
    /// Operators of [`Op::Binary`].
    #[allow(missing_docs)]
    BinaryOperator {
        Add = "+", And = "&", FloorDivide = "//", Lshift = "<<", MatrixMultiply = "@", Multiply = "*",
        Remainder = "%", Or = "|", Power = "**", Rshift = ">>", Subtract = "-", TrueDivide = "/", Xor = "^",
        InplaceAdd = "+=", InplaceAnd = "&=", InplaceFloorDivide = "//=", InplaceLshift = "<<=",
        InplaceMatrixMultiply = "@=", InplaceMultiply = "*=", InplaceRemainder = "%=", InplaceOr = "|=",
        InplacePower = "**=", InplaceRshift = ">>=", InplaceSubtract = "-=", InplaceTrueDivide = "/=",
        InplaceXor = "^=",
    }
}

numbered! {
    /// Operators of [`Op::Unary`].
    #[allow(missing_docs)]
    UnaryOperator { Negative = "-", Positive = "+", Invert = "~" }
}

numbered! {
    /// Operators of [`Op::Compare`], in CPython's order.
    #[allow(missing_docs)]
    CompareOperator { Lt = "<", Le = "<=", Eq = "==", Ne = "!=", Gt = ">", Ge = ">=" }
}

numbered! {
    /// Special methods that [`Op::LoadSpecial`] looks up.
    #[allow(missing_docs)]
    SpecialMethod { Enter = "__enter__", Exit = "__exit__", Aenter = "__aenter__", Aexit = "__aexit__" }
}

numbered! {
    /// What [`Op::Intrinsic1`] computes of b.
    Intrinsic1 {
        /// Show the value of an expression statement (`sys.displayhook`).
        DisplayHook = "displayhook",
        /// `TypeVar(name)`
        TypeVar = "typevar",
        /// `ParamSpec(name)`
        ParamSpec = "paramspec",
        /// `TypeVarTuple(name)`
        TypeVarTuple = "typevartuple",
        /// `Generic[*params]` of the tuple of type parameters
        SubscriptGeneric = "subscript_generic",
        /// A type alias from the tuple (name, type parameters or None, function that evaluates the value)
        TypeAlias = "typealias",
        /// Shallow copy of a mapping as dict, for `**rest` patterns
        CopyDict = "copy_dict",
    }
}

numbered! {
    /// What [`Op::Intrinsic2`] computes of b and c.
    Intrinsic2 {
        /// `TypeVar` of name b with the function c that evaluates its bound
        TypeVarWithBound = "typevar_with_bound",
        /// `TypeVar` of name b with the function c that evaluates its constraints
        TypeVarWithConstraints = "typevar_with_constraints",
        /// Type parameter b, given the function c that evaluates its default
        SetTypeparamDefault = "set_typeparam_default",
        /// The exception to raise at the end of `try: except*`, or None: original b, list c of raised and unhandled ones
        PrepReraiseStar = "prep_reraise_star",
    }
}

/// Numbers of [`Op::LoadCommon`].
pub mod common_const {
    /// The class AssertionError.
    pub const ASSERTION_ERROR: u16 = 0;
    /// The class NotImplementedError.
    pub const NOT_IMPLEMENTED_ERROR: u16 = 1;
    /// The type tuple.
    pub const TUPLE: u16 = 2;
    /// The builtin all.
    pub const ALL: u16 = 3;
    /// The builtin any.
    pub const ANY: u16 = 4;
    /// The type list.
    pub const LIST: u16 = 5;
    /// The type set.
    pub const SET: u16 = 6;
}

/// Flags of [`Op::FormatValue`] and [`Op::BuildInterpolation`].
pub mod conversion {
    /// None.
    pub const NONE: u8 = 0;
    /// `!s`
    pub const STR: u8 = 1;
    /// `!r`
    pub const REPR: u8 = 2;
    /// `!a`
    pub const ASCII: u8 = 3;
}

/// Flags of [`Op::Call`], [`Op::CallKw`] and [`Op::CallEx`].
pub mod call_flags {
    /// There is no self: b+1 holds nothing, is not read and need not be written before. (A plain call saves an
    /// instruction that way; after `LoadMethod` and `LoadSpecial` the flag is off and b+1 says whether there is one.)
    pub const NO_SELF: u8 = 1;
}

/// Flags of [`Op::SetFunctionAttr`].
pub mod function_attr {
    /// Tuple of the defaults of positional parameters.
    pub const DEFAULTS: u8 = 1;
    /// Dict of the defaults of keyword-only parameters.
    pub const KWDEFAULTS: u8 = 2;
    /// Dict of evaluated annotations (with the future statement).
    pub const ANNOTATIONS: u8 = 4;
    /// Tuple of cells.
    pub const CLOSURE: u8 = 8;
    /// The function `__annotate__`.
    pub const ANNOTATE: u8 = 16;
    /// Tuple of type parameters.
    pub const TYPE_PARAMS: u8 = 32;
}

/// Flags of [`Op::Raise`].
pub mod raise {
    /// `raise`
    pub const CURRENT: u8 = 0;
    /// `raise a`
    pub const EXCEPTION: u8 = 1;
    /// `raise a from b`
    pub const FROM: u8 = 2;
}

/// Flags of [`Op::JumpBack`].
pub mod jump_back {
    /// A jump of the program's.
    pub const PROGRAM: u8 = 0;
    /// The machine's own: who traces the program does not see it.
    pub const OWN: u8 = 1;
}

/// Flags of [`Op::Reraise`].
pub mod reraise {
    /// The frame is at this instruction.
    pub const HERE: u8 = 0;
    /// The frame is where the exception was raised before: what comes between is none of the program's.
    pub const THERE: u8 = 1;
}

/// Flags of [`Op::Yield`].
pub mod yield_flags {
    /// A yield of this frame itself.
    pub const OWN: u8 = 0;
    /// Part of `yield from` or `await`: b comes from iterator c. The instruction behind jumps back to the `Send`,
    /// which is followed by the `Jump` that leaves the loop.
    pub const DELEGATED: u8 = 1;
    /// A yield of an async generator: the value is wrapped.
    pub const ASYNC: u8 = 2;
}
