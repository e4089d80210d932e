//! The classes bytes and bytearray. They share one set of algorithms: [`Data`] is either of them.

mod array;
mod bytes_type;
mod case;
mod data;
mod hex;
mod iter;
mod mutate;
mod pad;
mod search;
mod sequence;
mod split;
mod strip;
mod translate;

use object::TypeDef;

pub use data::{Data, byte_argument, bytes_argument};
pub use hex::{hex_arguments, hex_text, hex_value};
pub use iter::BytesIter;
pub use mutate::check_resize;

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&bytes_type::TYPE, &array::TYPE, &iter::BYTES_ITERATOR, &iter::BYTEARRAY_ITERATOR];
