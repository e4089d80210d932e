//! `_sha2`

crate::hash_module! {
    "_sha2", "";
    sha224, "sha224($module, /, data=<unrepresentable>, *, usedforsecurity=True, string=None)", "SHA224Type" as "SHA224Type",
        ::sha2::Sha224, 28, 64;
    sha256, "sha256($module, /, data=<unrepresentable>, *, usedforsecurity=True, string=None)", "SHA256Type" as "SHA256Type",
        ::sha2::Sha256, 32, 64;
    sha384, "sha384($module, /, data=<unrepresentable>, *, usedforsecurity=True, string=None)", "SHA384Type" as "SHA384Type",
        ::sha2::Sha384, 48, 128;
    sha512, "sha512($module, /, data=<unrepresentable>, *, usedforsecurity=True, string=None)", "SHA512Type" as "SHA512Type",
        ::sha2::Sha512, 64, 128;
}
