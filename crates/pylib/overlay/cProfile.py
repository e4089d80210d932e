"""Profiles programs: how often each function is called, and for how long.

`profile` does the same with Python code alone; reports are made by `pstats`.
"""

import _lsprof
import importlib.machinery
import importlib.util
import io
import profile as _profile

__all__ = ["run", "runctx", "Profile"]


def run(statement, filename=None, sort=-1):
    return _profile._Utils(Profile).run(statement, filename, sort)


def runctx(statement, globals, locals, filename=None, sort=-1):
    return _profile._Utils(Profile).runctx(statement, globals, locals, filename, sort)


run.__doc__ = _profile.run.__doc__
runctx.__doc__ = _profile.runctx.__doc__


def label(code):
    """(file, line, name) of a code object, ('~', 0, name) of a built-in function."""
    if isinstance(code, str):
        return "~", 0, code
    return code.co_filename, code.co_firstlineno, code.co_name


class Profile(_lsprof.Profiler):
    """Profile(timer=None, timeunit=None, subcalls=True, builtins=True)

    Measures calls with the given timer, or the best clock there is.  A timer of integers needs a timeunit:
    the seconds that one of them is.
    """

    def print_stats(self, sort=-1):
        import pstats

        keys = sort if isinstance(sort, tuple) else (sort,)
        pstats.Stats(self).strip_dirs().sort_stats(*keys).print_stats()

    def dump_stats(self, file):
        import marshal

        with open(file, "wb") as stream:
            self.create_stats()
            marshal.dump(self.stats, stream)

    def create_stats(self):
        self.disable()
        self.snapshot_stats()

    def snapshot_stats(self):
        entries = self.getstats()
        callers = {id(entry.code): {} for entry in entries}
        self.stats = {}
        for entry in entries:
            own = callers[id(entry.code)]
            # pstats wants calls without the recursive ones first
            counts = entry.callcount - entry.reccallcount, entry.callcount
            self.stats[label(entry.code)] = *counts, entry.inlinetime, entry.totaltime, own
        for entry in entries:
            caller = label(entry.code)
            for callee in entry.calls or ():
                table = callers.get(id(callee.code))
                if table is None:
                    continue
                row = (callee.callcount, callee.callcount - callee.reccallcount, callee.inlinetime, callee.totaltime)
                if before := table.get(caller):
                    row = tuple(old + new for old, new in zip(before, row))
                table[caller] = row

    def run(self, cmd):
        import __main__

        return self.runctx(cmd, __main__.__dict__, __main__.__dict__)

    def runctx(self, cmd, globals, locals):
        self.enable()
        try:
            exec(cmd, globals, locals)
        finally:
            self.disable()
        return self

    def runcall(self, func, /, *args, **kw):
        self.enable()
        try:
            return func(*args, **kw)
        finally:
            self.disable()

    def __enter__(self):
        self.enable()
        return self

    def __exit__(self, *exc_info):
        self.disable()


def main():
    import os
    import runpy
    import sys
    from optparse import OptionParser
    import pstats

    parser = OptionParser(usage="cProfile.py [-o output_file_path] [-s sort] [-m module | scriptfile] [arg] ...")
    parser.allow_interspersed_args = False
    parser.add_option("-o", "--outfile", dest="outfile", help="Save stats to <outfile>", default=None)
    parser.add_option(
        "-s",
        "--sort",
        dest="sort",
        help="Sort order when printing to stdout, based on pstats.Stats class",
        default=2,
        choices=sorted(pstats.Stats.sort_arg_dict_default),
    )
    parser.add_option("-m", dest="module", action="store_true", help="Profile a library module", default=False)
    if not sys.argv[1:]:
        parser.print_usage()
        sys.exit(2)
    options, args = parser.parse_args()
    sys.argv[:] = args
    if options.outfile is not None:
        # The program may change the folder.
        options.outfile = os.path.abspath(options.outfile)
    if not args:
        parser.print_usage()
        return parser
    module = type(sys)("__main__")
    if options.module:
        namespace = {"run_module": runpy.run_module, "modname": args[0]}
        code = "run_module(modname, run_name='__main__')"
    else:
        program = args[0]
        sys.path.insert(0, os.path.dirname(program))
        with io.open_code(program) as stream:
            code = compile(stream.read(), program, "exec")
        spec = importlib.machinery.ModuleSpec(name="__main__", loader=None, origin=program)
        module = importlib.util.module_from_spec(spec)
        # What the program defines must be found in __main__, by pickle for one.
        sys.modules["__main__"] = module
        namespace = module.__dict__
        namespace.update({"__file__": spec.origin, "__name__": "__main__", "__package__": None, "__cached__": None})
    try:
        runctx(code, namespace, None, options.outfile, options.sort)
    except BrokenPipeError as error:
        # Nobody reads on: no second complaint at exit.
        sys.stdout = None
        sys.exit(error.errno)
    return parser


if __name__ == "__main__":
    main()
