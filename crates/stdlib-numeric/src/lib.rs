//! Native modules about numbers and dates, a folder or file each under `src/modules`, collected by the build script.

#![recursion_limit = "512"]

pub mod decimal;
pub mod support;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
