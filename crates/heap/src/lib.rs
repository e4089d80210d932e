//! Values, the object header and the garbage-collected heap.
//!
//! The heap does not move objects. It reserves one address range and cuts it into blocks of 32 KiB. A block holds cells
//! of one size class and one [space](heap::Heap), or is part of a large object. Everything the collector knows about
//! a block (mark bits, allocation bits, size class) lies beside the range, so that marking a leaf does not touch it.
//!
//! | module | subject |
//! |---|---|
//! | [`value`], [`header`] | the word that a value is, and what an object starts with |
//! | `sizes` | size classes |
//! | `range` | the reserved address range and its side tables |
//! | `blocks` | taking, giving back and clearing blocks |
//! | [`mod@heap`] | the heap: configuration, kinds, barrier, thresholds |
//! | `allocate` | the paths of allocation |
//! | `find` | from an address to an object; walking all objects |
//! | `collect`, [`tracer`] | the collection and its marking |
//! | `poison` | patterns in freed memory |
//! | [`arrays`], [`root_vec`] | the two kinds of the heap itself |
//! | [`stack`] | what conservative scanning of native stacks needs |

mod allocate;
pub mod arrays;
mod blocks;
mod collect;
mod find;
pub mod header;
pub mod heap;
mod poison;
mod range;
pub mod root_vec;
mod sizes;
pub mod stack;
#[cfg(test)]
mod tests;
pub mod tracer;
pub mod value;

pub use arrays::{KIND_RAW, KIND_VALUES, RawBuffer, ValueArray};
pub use collect::{CollectHooks, CollectStats, Collection};
pub use header::Header;
pub use heap::{Heap, HeapConfig, HeapStats, KindInfo, MAX_KINDS, StressMode, discharge_when_swept};
pub use root_vec::{OutOfMemory, RootVec};
pub use stack::{scrub_stack, stack_pointer, with_spilled_registers};
pub use tracer::{Tracer, trace_nothing};
pub use value::Value;
