"""The measuring half of cProfile: counts calls and adds up their times, by sys.setprofile.

A call is charged when it returns: its total time, and its own time (less that of what it called), to its
function and to the pair of caller and function. While a function is active further down the stack, a
recursive call adds to the counts and to the own time only.
"""

import sys
from time import perf_counter

__all__ = ["Profiler", "profiler_entry", "profiler_subentry"]


class _Row(tuple):
    __slots__ = ()
    _fields = ()

    def __init_subclass__(cls):
        for number, name in enumerate(cls._fields):
            setattr(cls, name, property(lambda self, number=number: self[number]))

    def __repr__(self):
        pairs = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"_lsprof.{type(self).__name__}({pairs})"


class profiler_entry(_Row):
    __slots__ = ()
    _fields = ("code", "callcount", "reccallcount", "totaltime", "inlinetime", "calls")


class profiler_subentry(_Row):
    __slots__ = ()
    _fields = ("code", "callcount", "reccallcount", "totaltime", "inlinetime")


class _Account:
    """What was charged to a function, or to a pair of caller and function."""

    __slots__ = ("code", "count", "recursive", "total", "own", "active", "callees")

    def __init__(self, code):
        self.code = code
        self.count = self.recursive = self.active = 0
        self.total = self.own = 0
        self.callees = {}

    def charge(self, total, own):
        self.active -= 1
        self.count += 1
        self.own += own
        if self.active:
            self.recursive += 1
        else:
            self.total += total


class _Call:
    """A call that has not returned yet."""

    __slots__ = ("account", "pair", "start", "inner", "frame", "caller")


def _builtin_name(function):
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", repr(function))
    if owner is None or isinstance(owner, type(sys)):
        return f"<built-in method {module}.{name}>" if module else f"<built-in method {name}>"
    if isinstance(owner, type):
        return f"<built-in method {name}>"
    return f"<method {name.rpartition('.')[2]!r} of {type(owner).__name__!r} objects>"


class Profiler:
    """Profiler(timer=None, timeunit=0.0, subcalls=True, builtins=True)

    Measures the calls that happen between enable() and disable().  The timer is a function without
    arguments; where it returns integers, timeunit tells how many seconds one of them is.
    """

    def __init__(self, timer=None, timeunit=0.0, subcalls=True, builtins=True):
        self.__timer = timer
        self.__unit = timeunit
        self.__subcalls = bool(subcalls)
        self.__builtins = bool(builtins)
        self.__enabled = False
        self.clear()

    def enable(self, subcalls=True, builtins=True):
        """Start collecting profiling information."""
        if self.__enabled:
            return
        if sys.getprofile() is not None:
            raise ValueError("Another profiling tool is already active")
        self.__subcalls = bool(subcalls)
        self.__builtins = bool(builtins)
        self.__enabled = True
        sys.setprofile(self.__event)

    def disable(self):
        """Stop collecting profiling information."""
        if not self.__enabled:
            return
        sys.setprofile(None)
        self.__enabled = False
        now = self.__now()
        while self.__call is not None:
            self.__finish(now)

    def clear(self):
        """Forget what was collected."""
        self.__accounts = {}
        self.__call = None

    def getstats(self):
        """All collected information, a list of profiler_entry objects."""
        self.__now()
        unit = self.__unit if self.__timer is not None and self.__unit > 0.0 else 1.0

        def rows(accounts, kind):
            for account in accounts.values():
                if not account.count:
                    continue
                row = (account.code, account.count, account.recursive, account.total * unit, account.own * unit)
                if kind is profiler_entry:
                    row += (list(rows(account.callees, profiler_subentry)) or None,)
                yield kind(row)

        return list(rows(self.__accounts, profiler_entry))

    def __now(self):
        if self.__timer is None:
            return perf_counter()
        try:
            return self.__timer()
        except Exception as error:
            sys.unraisablehook(_Unraisable(error, self.__timer))
            return 0

    def __event(self, frame, event, arg):
        if event == "call":
            self.__start(frame.f_code, frame.f_code, frame)
        elif event == "return":
            if self.__call is not None and self.__call.frame is frame:
                self.__finish(self.__now())
        elif not self.__builtins:
            pass
        elif event == "c_call":
            # The call that ends the measurement is none that is measured.
            if getattr(arg, "__self__", None) is not sys or arg.__name__ != "setprofile":
                name = _builtin_name(arg)
                self.__start(name, name, None)
        elif self.__call is not None and self.__call.frame is None:
            self.__finish(self.__now())

    def __start(self, key, code, frame):
        if frame is not None and code.co_filename == _OWN_FILE:
            if code.co_name != "disable":
                return
            key = code = "<method 'disable' of '_lsprof.Profiler' objects>"
        account = self.__accounts.get(key)
        if account is None:
            account = self.__accounts[key] = _Account(code)
        call = _Call()
        call.account, call.frame, call.caller, call.inner = account, frame, self.__call, 0
        account.active += 1
        call.pair = None
        if self.__subcalls and call.caller is not None:
            callees = call.caller.account.callees
            call.pair = callees.get(key)
            if call.pair is None:
                call.pair = callees[key] = _Account(code)
            call.pair.active += 1
        self.__call = call
        call.start = self.__now()

    def __finish(self, now):
        call = self.__call
        total = now - call.start
        own = total - call.inner
        self.__call = call.caller
        if call.caller is not None:
            call.caller.inner += total
        call.account.charge(total, own)
        if call.pair is not None:
            call.pair.charge(total, own)


_OWN_FILE = Profiler.__init__.__code__.co_filename


class _Unraisable:
    def __init__(self, error, where):
        self.exc_type, self.exc_value, self.exc_traceback = type(error), error, error.__traceback__
        self.err_msg, self.object = "Exception ignored while calling _lsprof timer", where
