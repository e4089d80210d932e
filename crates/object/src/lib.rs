//! What Python objects are: representations, classes, attribute lookup, the call protocol, and the tables that built-in
//! classes and native modules are declared with.

#![recursion_limit = "512"]

pub mod arguments;
pub mod attr;
pub mod audit;
pub mod buffer;
mod builtins_namespace;
pub mod call;
pub mod capsule;
pub mod class;
pub mod descr;
pub mod error;
mod footprint;
pub mod frame;
pub mod fs;
mod garbage;
pub mod gc;
pub mod import;
pub mod instrument;
pub mod kind;
pub mod layout;
pub mod library;
pub mod lock;
pub mod native;
pub mod native_stack;
pub mod ops;
pub mod python_slots;
pub mod refs;
pub mod shape;
pub mod slots;
pub mod structseq;
pub mod suggest;
pub mod thread;
pub mod typedef;
pub mod types;
pub mod vm;
pub mod weak;
pub mod wrapper;

pub use buffer::Buffer;
pub use call::Args;
pub use error::Raised;
pub use frame::FrameObj;
pub use heap::{Header, Tracer, Value};
pub use kind::Kind;
pub use layout::bytes::{ByteArray, Bytes};
pub use layout::code::Code;
pub use layout::dict::Dict;
pub use layout::exception::Exception;
pub use layout::function::{CellObj, Function, Method, NativeFunction};
pub use layout::generator::Generator;
pub use layout::list::List;
pub use layout::misc::{Range, Slice, Traceback, WeakRef};
pub use layout::module::Module;
pub use layout::native::{Native, NativeData};
pub use layout::number::{BigInt, Complex, Float, Int};
pub use layout::set::Set;
pub use layout::str::Str;
pub use layout::tuple::Tuple;
pub use layout::type_object::{TypeObj, type_flags};
pub use refs::{Field, Layout, Ref, ValueExt};
pub use slots::{R, Slot};
pub use typedef::{GetSet, ModuleDef, TypeDef};
pub use types::TypeId;
pub use vm::{Config, Hooks, Vm};
