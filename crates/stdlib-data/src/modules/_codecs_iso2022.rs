//! `_codecs_iso2022`: charsets that escape sequences choose.

use crate::multibyte::charset::{Charset, Rules};
use crate::multibyte::{get_codec, iso2022, no_exec};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_codecs_iso2022",
    doc: "Charsets that escape sequences choose.",
    functions: &[FUNCTIONS],
    exec: no_exec,
};

natives! { static FUNCTIONS: {
    /// The codec of a name.
    "getcodec($module, name, /)" => getcodec;
}}

static CHARSETS: &[Charset] = &[
    Charset { name: "iso2022_kr", table: "euc_kr", rules: Rules::Iso2022(&iso2022::KR) },
    Charset { name: "iso2022_jp", table: "euc_jp", rules: Rules::Iso2022(&iso2022::JP) },
    Charset { name: "iso2022_jp_1", table: "euc_jp", rules: Rules::Iso2022(&iso2022::JP_1) },
    Charset { name: "iso2022_jp_2", table: "euc_jp", rules: Rules::Iso2022(&iso2022::JP_2) },
    Charset { name: "iso2022_jp_3", table: "euc_jisx0213", rules: Rules::Iso2022(&iso2022::JP_3) },
    Charset { name: "iso2022_jp_2004", table: "euc_jis_2004", rules: Rules::Iso2022(&iso2022::JP_2004) },
    Charset { name: "iso2022_jp_ext", table: "euc_jp", rules: Rules::Iso2022(&iso2022::JP_EXT) },
];

fn getcodec(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    get_codec(vm, CHARSETS, *name)
}
