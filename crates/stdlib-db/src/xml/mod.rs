//! An incremental XML parser that behaves as expat does: the same events in the same portions, the same errors at the
//! same places, the same treatment of entities, declarations, namespaces and encodings.
//!
//! The text is always UTF-8 here ([`input`]). [`markup`] and [`declaration`] find tokens in it, [`role`] knows the grammar
//! of declarations, [`content`] and [`prolog`] act on them and tell a [`Handler`]. A parser may be asked and set while it
//! calls a handler, but not fed.

mod content;
mod declaration;
mod dtd;
mod error;
mod external;
mod handler;
mod input;
mod limits;
mod markup;
mod names;
mod namespaces;
mod parser;
mod prolog;
mod role;
mod start_tag;
mod value;
mod xml_decl;

pub use dtd::{ModelKind, ModelPart};
pub use error::{ERRORS, ErrorCode, error_text};
pub use handler::{Attributes, Handler, wants};
pub use input::{Encoding, Place};
pub use limits::Accounting;
pub use parser::{ParamEntities, Parser, Separator, Settings};
pub use role::Quantity;
