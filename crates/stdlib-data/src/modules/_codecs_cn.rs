//! `_codecs_cn`: Chinese charsets of the mainland.

use crate::multibyte::charset::{Charset, Rules};
use crate::multibyte::{get_codec, no_exec};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_codecs_cn", doc: "Chinese charsets of the mainland.", functions: &[FUNCTIONS], exec: no_exec };

natives! { static FUNCTIONS: {
    /// The codec of a name.
    "getcodec($module, name, /)" => getcodec;
}}

static CHARSETS: &[Charset] = &[
    Charset { name: "gb2312", table: "gb2312", rules: Rules::Plain },
    Charset { name: "gbk", table: "gbk", rules: Rules::Plain },
    Charset { name: "gb18030", table: "gb18030", rules: Rules::Gb18030 },
    Charset { name: "hz", table: "gb2312", rules: Rules::Hz },
];

fn getcodec(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    get_codec(vm, CHARSETS, *name)
}
