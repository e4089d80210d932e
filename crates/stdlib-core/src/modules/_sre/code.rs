//! The numbers of the code that the Python module `re._compiler` makes, for this `MAGIC`.

/// Version of the code.
pub const MAGIC: i64 = 20230612;
/// "As often as you like".
pub const MAXREPEAT: u32 = u32::MAX;
/// Most groups of a pattern.
pub const MAXGROUPS: i64 = (1 << 30) - 1;

macro_rules! numbers {
    ($($name:ident)*) => { numbers!(@ 0; $($name)*); };
    (@ $number:expr; $name:ident $($rest:ident)*) => {
        #[allow(missing_docs, dead_code)]
        pub const $name: u32 = $number;
        numbers!(@ $number + 1; $($rest)*);
    };
    (@ $number:expr;) => {};
}

/// Operators.
pub mod op {
    numbers! {
        FAILURE SUCCESS ANY ANY_ALL ASSERT ASSERT_NOT AT BRANCH CATEGORY CHARSET BIGCHARSET GROUPREF GROUPREF_EXISTS IN INFO
        JUMP LITERAL MARK MAX_UNTIL MIN_UNTIL NOT_LITERAL NEGATE RANGE REPEAT REPEAT_ONE SUBPATTERN MIN_REPEAT_ONE
        ATOMIC_GROUP POSSESSIVE_REPEAT POSSESSIVE_REPEAT_ONE GROUPREF_IGNORE IN_IGNORE LITERAL_IGNORE NOT_LITERAL_IGNORE
        GROUPREF_LOC_IGNORE IN_LOC_IGNORE LITERAL_LOC_IGNORE NOT_LITERAL_LOC_IGNORE GROUPREF_UNI_IGNORE IN_UNI_IGNORE
        LITERAL_UNI_IGNORE NOT_LITERAL_UNI_IGNORE RANGE_UNI_IGNORE
    }
}

/// Positions.
pub mod at {
    numbers! {
        BEGINNING BEGINNING_LINE BEGINNING_STRING BOUNDARY NON_BOUNDARY END END_LINE END_STRING LOC_BOUNDARY
        LOC_NON_BOUNDARY UNI_BOUNDARY UNI_NON_BOUNDARY
    }
    /// The last one.
    pub const LAST: u32 = UNI_NON_BOUNDARY;
}

/// Categories of characters. Odd numbers are the opposite of the even ones before.
pub mod category {
    numbers! {
        DIGIT NOT_DIGIT SPACE NOT_SPACE WORD NOT_WORD LINEBREAK NOT_LINEBREAK LOC_WORD LOC_NOT_WORD UNI_DIGIT UNI_NOT_DIGIT
        UNI_SPACE UNI_NOT_SPACE UNI_WORD UNI_NOT_WORD UNI_LINEBREAK UNI_NOT_LINEBREAK
    }
    /// The last one.
    pub const LAST: u32 = UNI_NOT_LINEBREAK;
}

/// Flags of a pattern, with the names that `repr` shows.
pub const FLAGS: [(u32, &str); 8] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];
