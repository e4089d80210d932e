//! The struct sequences of `sys`.

use object::structseq;

structseq! { pub static VERSION_INFO: "sys" "version_info" "sys.version_info\n\nVersion information as a named tuple.", 5, {
    "major" "Major release number";
    "minor" "Minor release number";
    "micro" "Patch release number";
    "releaselevel" "'alpha', 'beta', 'candidate', or 'final'";
    "serial" "Serial release number";
}}

structseq! { pub static FLAGS: "sys" "flags" "sys.flags\n\nFlags provided through command line arguments or environment vars.", 18, {
    "debug" "-d";
    "inspect" "-i";
    "interactive" "-i";
    "optimize" "-O or -OO";
    "dont_write_bytecode" "-B";
    "no_user_site" "-s";
    "no_site" "-S";
    "ignore_environment" "-E";
    "verbose" "-v";
    "bytes_warning" "-b";
    "quiet" "-q";
    "hash_randomization" "-R";
    "isolated" "-I";
    "dev_mode" "-X dev";
    "utf8_mode" "-X utf8";
    "warn_default_encoding" "-X warn_default_encoding";
    "safe_path" "-P";
    "int_max_str_digits" "-X int_max_str_digits";
    "gil" "-X gil";
    "thread_inherit_context" "-X thread_inherit_context";
    "context_aware_warnings" "-X context_aware_warnings";
}}

structseq! { pub static FLOAT_INFO: "sys" "float_info" "sys.float_info\n\nA named tuple holding information about the float type.", 11, {
    "max" "DBL_MAX -- maximum representable finite float";
    "max_exp" "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable";
    "max_10_exp" "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable";
    "min" "DBL_MIN -- Minimum positive normalized float";
    "min_exp" "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float";
    "min_10_exp" "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float";
    "dig" "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float";
    "mant_dig" "DBL_MANT_DIG -- mantissa digits";
    "epsilon" "DBL_EPSILON -- Difference between 1 and the next representable float";
    "radix" "FLT_RADIX -- radix of exponent";
    "rounds" "FLT_ROUNDS -- rounding mode used for arithmetic operations";
}}

structseq! { pub static INT_INFO: "sys" "int_info" "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.", 4, {
    "bits_per_digit" "size of a digit in bits";
    "sizeof_digit" "size in bytes of the C type used to represent a digit";
    "default_max_str_digits" "maximum string conversion digits limitation";
    "str_digits_check_threshold" "minimum positive value for int_max_str_digits";
}}

structseq! { pub static HASH_INFO: "sys" "hash_info" "hash_info\n\nA named tuple providing parameters used for computing\nhashes. The attributes are read only.", 9, {
    "width" "width of the type used for hashing, in bits";
    "modulus" "prime number giving the modulus on which the hash function is based";
    "inf" "value to be used for hash of a positive infinity";
    "nan" "value to be used for hash of a nan";
    "imag" "multiplier used for the imaginary part of a complex number";
    "algorithm" "name of the algorithm for hashing of str, bytes and memoryviews";
    "hash_bits" "internal output size of hash algorithm";
    "seed_bits" "seed size of hash algorithm";
    "cutoff" "small string optimization cutoff";
}}

structseq! { pub static THREAD_INFO: "sys" "thread_info" "sys.thread_info\n\nA named tuple holding information about the thread implementation.", 3, {
    "name" "name of the thread implementation";
    "lock" "name of the lock implementation";
    "version" "name and version of the thread library";
}}

structseq! { pub static ASYNCGEN_HOOKS: "sys" "asyncgen_hooks" "asyncgen_hooks\n\nA named tuple providing information about asynchronous\ngenerators hooks.  The attributes are read only.", 2, {
    "firstiter" "";
    "finalizer" "";
}}

structseq! { pub static UNRAISABLE: "sys" "UnraisableHookArgs" "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.", 5, {
    "exc_type" "Exception type";
    "exc_value" "Exception value";
    "exc_traceback" "Exception traceback";
    "err_msg" "Error message";
    "object" "Object causing the exception";
}}
