"""one.py MODULE FILE: runs one of CPython's test modules and notes in FILE what becomes of each test.

Lines are written as things happen, so that a crash hides nothing of what came before it:

    start ID                              the test begins
    ok|fail|error|skip|expected ID        it ended
    end                                   the module ended
"""

import sys
import types
import unittest
import platform

# Tests that judge the insides of CPython ask for its name.
platform.python_implementation = lambda: "Taipan"


def unavailable(*args, **kwargs):
    raise unittest.SkipTest("CPython's test extensions are not there")


def depth():
    frame, count = sys._getframe(1), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


# Extension modules that exist to test CPython. Some modules cannot be imported without a few of the names.
ABSENT = """
    _ctypes_test _testbuffer _testcapi _testclinic _testclinic_limited _testexternalinspection
    _testimportmultiple _xxtestfuzz xxlimited xxsubtype
""".split()
PARTS = {
    "_testinternalcapi": {
        "get_recursion_depth": depth,
        "get_static_builtin_types": lambda: [],
        "has_inline_values": unavailable,
        "identify_type_slot_wrappers": lambda: [],
    },
    "_testlimitedcapi": {"_py_getbuiltwithassert": lambda: False},
    "_testmultiphase": {},
    "_testsinglephase": {},
}


def hide_extensions():
    for name in ABSENT:
        sys.modules[name] = None
    for name, names in PARTS.items():
        module = types.ModuleType(name)
        module.__dict__.update(names)
        sys.modules[name] = module


class Notes(unittest.TestResult):
    def __init__(self, write):
        super().__init__()
        self.write = write
        self.failed = set()

    def note(self, word, test):
        # A test with several failing subtests is noted once, and it has not passed.
        name = test.id()
        if name in self.failed:
            return
        if word in ("fail", "error"):
            self.failed.add(name)
        self.write(f"{word} {name}\n")

    def tell(self, test, error):
        import traceback

        print("---", test.id(), file=sys.stderr)
        traceback.print_exception(*error, limit=-6, file=sys.stderr)
        sys.stderr.flush()

    def startTest(self, test):
        super().startTest(test)
        self.note("start", test)

    def addSuccess(self, test):
        self.note("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("fail", test)
        self.tell(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.note("error", test)
        self.tell(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("fail", test)
            self.tell(test, err)

    def addSkip(self, test, reason):
        self.note("skip", test)

    def addExpectedFailure(self, test, err):
        self.note("expected", test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note("fail", test)


def main(name, path):
    hide_extensions()
    from test import support

    support.use_resources = ["decimal", "subprocess"]
    support.verbose = False
    with open(path, "a", encoding="utf-8", errors="backslashreplace") as stream:

        def write(line):
            stream.write(line)
            stream.flush()

        try:
            tests = unittest.defaultTestLoader.loadTestsFromName(name)
        except unittest.SkipTest:
            pass
        else:
            tests.run(Notes(write))
        write("end\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
