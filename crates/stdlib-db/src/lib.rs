//! Native modules around documents, a folder or file each under `src/modules`, collected by the build script.

#![recursion_limit = "512"]

pub mod support;
pub mod xml;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
