//! `_codecs_tw`: Chinese charsets of Taiwan.

use crate::multibyte::charset::{Charset, Rules};
use crate::multibyte::{get_codec, no_exec};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_codecs_tw", doc: "Chinese charsets of Taiwan.", functions: &[FUNCTIONS], exec: no_exec };

natives! { static FUNCTIONS: {
    /// The codec of a name.
    "getcodec($module, name, /)" => getcodec;
}}

static CHARSETS: &[Charset] = &[
    Charset { name: "big5", table: "big5", rules: Rules::Plain },
    Charset { name: "cp950", table: "cp950", rules: Rules::Plain },
];

fn getcodec(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    get_codec(vm, CHARSETS, *name)
}
