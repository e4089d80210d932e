"""How Taipan was "built", for sysconfig.

There is no Makefile behind this: the values are what build tools and installers ask for. Prefixes are
those of the running executable, which can lie anywhere.
"""

import sys as _sys

_version = "%d.%d" % _sys.version_info[:2]
_nodot = "%d%d" % _sys.version_info[:2]
_prefix = _sys.base_prefix
_multiarch = getattr(_sys.implementation, "_multiarch", "")
_machine = _multiarch.partition("-")[0]
_soabi = f"taipan-{_nodot}-{_multiarch}"
_stdlib = f"{_prefix}/lib/python{_version}"
_include = f"{_prefix}/include/python{_version}"
_config = f"{_stdlib}/config-{_version}-{_multiarch}"

build_time_vars = {
    # Names and places.
    "ABIFLAGS": "",
    "ABI_THREAD": "",
    "BINDIR": f"{_prefix}/bin",
    "BINLIBDEST": _stdlib,
    "CONFINCLUDEDIR": f"{_prefix}/include",
    "CONFINCLUDEPY": _include,
    "DESTLIB": _stdlib,
    "DESTSHARED": f"{_stdlib}/lib-dynload",
    "EXE": "",
    "EXENAME": f"{_prefix}/bin/python{_version}",
    "EXT_SUFFIX": f".{_soabi}.so",
    "INCLDIRSTOMAKE": f"{_prefix}/include {_include}",
    "INCLUDEDIR": f"{_prefix}/include",
    "INCLUDEPY": _include,
    "LDVERSION": _version,
    "LIBDEST": _stdlib,
    "LIBDIR": f"{_prefix}/lib",
    "LIBPC": f"{_prefix}/lib/pkgconfig",
    "LIBPL": _config,
    "MACHDEP": "linux",
    "MACHDESTLIB": _stdlib,
    "MANDIR": f"{_prefix}/share/man",
    "MULTIARCH": _multiarch,
    "PLATDIR": f"plat-{_multiarch}",
    "PLATLIBDIR": "lib",
    "PYTHON": "python",
    "SCRIPTDIR": f"{_prefix}/lib",
    "SHLIB_SUFFIX": ".so",
    "SOABI": _soabi,
    "SRCDIRS": "Modules",
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    "VERSION": _version,
    "VPATH": "",
    "datarootdir": f"{_prefix}/share",
    "exec_prefix": _prefix,
    "prefix": _prefix,
    # The machine.
    "ALIGNOF_LONG": 8,
    "ALIGNOF_SIZE_T": 8,
    "BUILD_GNU_TYPE": f"{_machine}-pc-linux-gnu",
    "HOST_GNU_TYPE": f"{_machine}-pc-linux-gnu",
    "SIZEOF_DOUBLE": 8,
    "SIZEOF_FLOAT": 4,
    "SIZEOF_INT": 4,
    "SIZEOF_LONG": 8,
    "SIZEOF_LONG_LONG": 8,
    "SIZEOF_OFF_T": 8,
    "SIZEOF_PID_T": 4,
    "SIZEOF_PTHREAD_T": 8,
    "SIZEOF_SHORT": 2,
    "SIZEOF_SIZE_T": 8,
    "SIZEOF_TIME_T": 8,
    "SIZEOF_UINTPTR_T": 8,
    "SIZEOF_VOID_P": 8,
    "SIZEOF_WCHAR_T": 4,
    "SIZEOF__BOOL": 1,
    # What a package that compiles C would run; the result can be loaded by ctypes only.
    "AR": "ar",
    "ARFLAGS": "rcs",
    "BASECFLAGS": "",
    "BLDSHARED": "cc -shared",
    "CC": "cc",
    "CCSHARED": "-fPIC",
    "CFLAGS": "-O2 -Wall",
    "CPPFLAGS": "",
    "CXX": "c++",
    "LDCXXSHARED": "c++ -shared",
    "LDFLAGS": "",
    "LDSHARED": "cc -shared",
    "LIBS": "-ldl -lm",
    "OPT": "-O2 -Wall",
    "PY_CFLAGS": "-O2 -Wall",
    "RANLIB": "ranlib",
    # Features.
    "CONFIG_ARGS": "",
    "HAVE_DECL_RTLD_NOW": 1,
    "HAVE_DYNAMIC_LOADING": 1,
    "HAVE_EPOLL": 1,
    "HAVE_FORK": 1,
    "HAVE_GETADDRINFO": 1,
    "HAVE_GETENTROPY": 1,
    "HAVE_GETRANDOM": 1,
    "HAVE_MEMFD_CREATE": 1,
    "HAVE_MMAP": 1,
    "HAVE_SIGACTION": 1,
    "HAVE_STDINT_H": 1,
    "HAVE_UNISTD_H": 1,
    "LDLIBRARY": "",
    "LIBRARY": "",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": 0,
    "Py_REF_DEBUG": 0,
    "Py_TRACE_REFS": 0,
    "WITH_DOC_STRINGS": 1,
    "WITH_DTRACE": 0,
    "WITH_PYMALLOC": 0,
    "WITH_VALGRIND": 0,
}
