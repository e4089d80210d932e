//! The native module `_ctypes`: foreign functions and C data, on libffi.

#![recursion_limit = "512"]

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
