//! What `--help`, `--help-env`, `--help-xoptions` and `--version` print.

use stdlib_core::sys_::{VERSION, version_text};

/// Follows the usage line of a wrong command line.
pub const TRY_HELP: &str = "Try `python -h' for more information.\n";

/// The line that shows the form of the command line.
pub fn usage_line(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n")
}

/// `--help`
pub fn usage(program: &str) -> String {
    usage_line(program) + OPTIONS
}

/// `--help-all`
pub fn all(program: &str) -> String {
    format!("{}\n{ENVIRONMENT}\n{X_OPTIONS}", usage(program))
}

/// `--version`, given once or more often.
pub fn version(twice: bool) -> String {
    let (major, minor, micro) = VERSION;
    if twice {
        return format!("Python {}\n", version_text());
    }
    format!("Python {major}.{minor}.{micro}\n")
}

const OPTIONS: &str = "\
Options (in brackets: the environment variable that does the same):
-b     : warn where bytes are turned into str or compared with str or int;
         -bb makes these warnings errors
-B     : write no .pyc files [PYTHONDONTWRITEBYTECODE]
-c cmd : run the text cmd; what follows are its arguments
-d     : accepted and ignored: there is no parser trace [PYTHONDEBUG]
-E     : ignore all PYTHON* environment variables
-h     : print this text and exit (also -? or --help)
-i     : after the program, read and run statements interactively, from
         a terminal or not [PYTHONINSPECT]
-I     : isolated mode: -E, -P and -s together
-m mod : run the module mod as a script; what follows are its arguments
-O     : leave out assert statements and what depends on __debug__
         [PYTHONOPTIMIZE]
-OO    : as -O, and leave out docstrings
-P     : put no folder of the program or the current folder on sys.path
         [PYTHONSAFEPATH]
-q     : print no greeting in interactive use
-s     : leave the user's site-packages out of sys.path [PYTHONNOUSERSITE]
-S     : do not import site at the start
-u     : write standard output and error unbuffered [PYTHONUNBUFFERED]
-v     : tell about imports; more often: in more detail [PYTHONVERBOSE]
-V     : print the version and exit (also --version); twice: and the build
-W arg : how to treat warnings, action:message:category:module:lineno
         [PYTHONWARNINGS]
-x     : skip the first line of the file, which may be no Python
-X opt : set an option of the implementation, see --help-xoptions
--check-hash-based-pycs always|default|never:
         when to check .pyc files that hold a hash of their source
--help-env      : print the environment variables that count, and exit
--help-xoptions : print the -X options, and exit
--help-all      : print all of these texts, and exit

Arguments:
file   : the program, a file, a folder or a zip archive with __main__.py
-      : the program is read from standard input (the default; at a terminal
         statements are read and run one by one)
arg ...: arguments of the program, sys.argv[1:]
";

/// `--help-env`
pub const ENVIRONMENT: &str = "\
Environment variables that change behavior:
PYTHONASYNCIODEBUG: asyncio's debug mode
PYTHON_BASIC_REPL: the plain interactive prompt, without line editing
PYTHONBREAKPOINT: what breakpoint() calls; 0: nothing
PYTHONCASEOK    : for import on Windows; ignored
PYTHONCOERCECLOCALE: 0: leave the C locale as it is, otherwise its character
                  type becomes UTF-8
PYTHON_COLORS   : 1: color in what is written, 0: none
PYTHONHASHSEED  : the seed for hashes of str and bytes, from 0 to 4294967295;
                  random (as when unset): another one each time
PYTHON_HISTORY  : where the interactive prompt keeps its history
PYTHONHOME      : the prefix under which the library appears to lie
PYTHONIOENCODING: encoding[:errors] of standard input, output and error
PYTHONMALLOC    : CPython's allocators; ignored
PYTHONMALLOCSTATS: CPython's allocators; ignored
PYTHONPATH      : folders, separated by ':', that come first on sys.path
PYTHONPLATLIBDIR: the value of sys.platlibdir
PYTHONSTARTUP   : a file to run before the interactive prompt
PYTHONUSERBASE  : the folder of the user's site-packages (site.USER_BASE)
TAIPAN_GC       : for tests of Taipan: never or stress, to collect garbage
                  never or at every opportunity
TAIPAN_MEMORY   : most bytes that the heap may take

These variables have equivalent command-line options (see --help for details):
PYTHON_CONTEXT_AWARE_WARNINGS: 1: the warnings module works with context
                  variables (-X context_aware_warnings)
PYTHON_CPU_COUNT: what os.cpu_count() gives (-X cpu_count)
PYTHONDEBUG     : accepted and ignored (-d)
PYTHONDEVMODE   : development mode (-X dev)
PYTHONDONTWRITEBYTECODE: write no .pyc files (-B)
PYTHONFAULTHANDLER: print the stack on a fatal error (-X faulthandler)
PYTHON_FROZEN_MODULES: accepted, the library is always packed
                  (-X frozen_modules)
PYTHONINSPECT   : interactive after the program (-i)
PYTHONINTMAXSTRDIGITS: most digits in conversions between int and str, 0 for
                  any number (-X int_max_str_digits)
PYTHONNODEBUGRANGES: no columns in tracebacks (-X no_debug_ranges)
PYTHONNOUSERSITE: leave out the user's site-packages (-s)
PYTHONOPTIMIZE  : optimize (-O)
PYTHON_PERF_JIT_SUPPORT: accepted and ignored (-X perf_jit)
PYTHONPERFSUPPORT: accepted and ignored (-X perf)
PYTHONPROFILEIMPORTTIME: print how long imports take (-X importtime)
PYTHONPYCACHEPREFIX: the folder for all .pyc files (-X pycache_prefix)
PYTHONSAFEPATH  : a safer sys.path (-P)
PYTHON_THREAD_INHERIT_CONTEXT: 1: threads start with a copy of the context
                  (-X thread_inherit_context)
PYTHONTRACEMALLOC: trace allocations (-X tracemalloc)
PYTHONUNBUFFERED: unbuffered standard output and error (-u)
PYTHONUTF8      : 1: UTF-8 mode, 0: not (-X utf8)
PYTHONVERBOSE   : tell about imports (-v)
PYTHONWARNDEFAULTENCODING: warn where text files are opened without an
                  encoding (-X warn_default_encoding)
PYTHONWARNINGS  : how to treat warnings (-W)
";

/// `--help-xoptions`
pub const X_OPTIONS: &str = "\
The following implementation-specific options are available:
-X context_aware_warnings=[0|1]: the warnings module works with context
         variables; also PYTHON_CONTEXT_AWARE_WARNINGS
-X cpu_count=N: what os.cpu_count() gives, default: what the system says;
         also PYTHON_CPU_COUNT
-X dev : development mode: more checks and warnings; also PYTHONDEVMODE
-X disable-remote-debug: accepted, there is no remote debugging
-X faulthandler: print the stack on a fatal error; also PYTHONFAULTHANDLER
-X frozen_modules=[on|off]: accepted, the library is always packed; also
         PYTHON_FROZEN_MODULES
-X importtime[=2]: print how long imports take, with 2 also of modules that
         are there already; also PYTHONPROFILEIMPORTTIME
-X int_max_str_digits=N: most digits in conversions between int and str, 0 for
         any number; also PYTHONINTMAXSTRDIGITS
-X no_debug_ranges: no columns in tracebacks; also PYTHONNODEBUGRANGES
-X perf: accepted and ignored; also PYTHONPERFSUPPORT
-X perf_jit: accepted and ignored; also PYTHON_PERF_JIT_SUPPORT
-X pycache_prefix=PATH: the folder for all .pyc files; also
         PYTHONPYCACHEPREFIX
-X showrefcount: accepted and ignored, nothing is counted
-X thread_inherit_context=[0|1]: threads start with a copy of the context of
         the thread that starts them; also PYTHON_THREAD_INHERIT_CONTEXT
-X tracemalloc[=N]: trace allocations, with N frames each; also
         PYTHONTRACEMALLOC
-X utf8[=0|1]: UTF-8 mode; also PYTHONUTF8
-X warn_default_encoding: warn where text files are opened without an
         encoding; also PYTHONWARNDEFAULTENCODING
";
