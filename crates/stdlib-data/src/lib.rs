//! Native modules, a folder or file each under `src/modules`, collected by the build script.

#![recursion_limit = "512"]

pub mod algorithms;
pub mod arguments;
pub mod digest;
pub mod hmac_object;
pub mod incremental;
pub mod multibyte;
pub mod once;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
