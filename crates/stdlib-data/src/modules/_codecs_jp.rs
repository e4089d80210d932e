//! `_codecs_jp`: Japanese charsets.

use crate::multibyte::charset::{Charset, Rules};
use crate::multibyte::{get_codec, no_exec};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_codecs_jp", doc: "Japanese charsets.", functions: &[FUNCTIONS], exec: no_exec };

natives! { static FUNCTIONS: {
    /// The codec of a name.
    "getcodec($module, name, /)" => getcodec;
}}

static CHARSETS: &[Charset] = &[
    Charset { name: "shift_jis", table: "shift_jis", rules: Rules::Plain },
    Charset { name: "cp932", table: "cp932", rules: Rules::Plain },
    Charset { name: "euc_jp", table: "euc_jp", rules: Rules::Plain },
    Charset { name: "shift_jis_2004", table: "shift_jis_2004", rules: Rules::Plain },
    Charset { name: "euc_jis_2004", table: "euc_jis_2004", rules: Rules::Plain },
    Charset { name: "euc_jisx0213", table: "euc_jisx0213", rules: Rules::Plain },
    Charset { name: "shift_jisx0213", table: "shift_jisx0213", rules: Rules::Plain },
];

fn getcodec(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    get_codec(vm, CHARSETS, *name)
}
