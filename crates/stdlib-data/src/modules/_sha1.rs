//! `_sha1`

crate::hash_module! {
    "_sha1", "";
    sha1, "sha1($module, /, data=<unrepresentable>, *, usedforsecurity=True, string=None)", "sha1" as "SHA1Type",
        ::sha1::Sha1, 20, 64;
}
