//! `_codecs_hk`: the charset of Hong Kong.

use crate::multibyte::charset::{Charset, Rules};
use crate::multibyte::{get_codec, no_exec};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_codecs_hk", doc: "The charset of Hong Kong.", functions: &[FUNCTIONS], exec: no_exec };

natives! { static FUNCTIONS: {
    /// The codec of a name.
    "getcodec($module, name, /)" => getcodec;
}}

static CHARSETS: &[Charset] = &[Charset { name: "big5hkscs", table: "big5hkscs", rules: Rules::Plain }];

fn getcodec(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    get_codec(vm, CHARSETS, *name)
}
