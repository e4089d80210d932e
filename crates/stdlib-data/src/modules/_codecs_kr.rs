//! `_codecs_kr`: Korean charsets.

use crate::multibyte::charset::{Charset, Rules};
use crate::multibyte::{get_codec, no_exec};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_codecs_kr", doc: "Korean charsets.", functions: &[FUNCTIONS], exec: no_exec };

natives! { static FUNCTIONS: {
    /// The codec of a name.
    "getcodec($module, name, /)" => getcodec;
}}

static CHARSETS: &[Charset] = &[
    Charset { name: "euc_kr", table: "euc_kr", rules: Rules::EucKr },
    Charset { name: "cp949", table: "cp949", rules: Rules::Plain },
    Charset { name: "johab", table: "johab", rules: Rules::Plain },
];

fn getcodec(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    get_codec(vm, CHARSETS, *name)
}
