//! `_md5`

crate::hash_module! {
    "_md5", "";
    md5, "md5($module, /, data=<unrepresentable>, *, usedforsecurity=True, string=None)", "md5" as "MD5Type", ::md5::Md5, 16, 64;
}
