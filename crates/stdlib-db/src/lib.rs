//! Native modules, a folder or file each under `src/modules`, collected by the build script.
