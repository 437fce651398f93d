//! Groovy 2.4 scripts without a JVM: parser, evaluator and the library calls scripts use.
//!
//! [`Program::parse`] reads a script, [`Interpreter::new`] makes a run of it with [`Limits`], [`Interpreter::call`] calls
//! one of its functions. Classes that are not part of Groovy or Java come from the [`Host`].
#![expect(
    clippy::mutable_key_type,
    reason = "keys are hashed as Java does; changing a key inside a map is the script's own fault"
)]
#![expect(clippy::wrong_self_convention, reason = "to_text and to_array may run code of the script")]
mod arith;
pub mod ast;
mod buffer;
mod cache;
mod call;
mod cast;
mod charset;
mod classes;
mod closure;
mod construct;
mod env;
mod error;
mod eval;
mod exec;
mod found;
mod free;
mod gdk;
mod gstring;
mod instance;
mod interp;
mod json;
mod json_build;
mod lexer;
mod library;
mod members;
mod meta;
mod names;
mod null;
mod objects;
mod operate;
mod ops;
mod parser;
mod pattern;
mod pick;
mod program;
mod properties;
mod regex;
mod shell;
mod slurper;
mod statics;
mod streams;
mod text;
pub mod token;
mod totext;
mod trace;
mod utils;
pub mod value;

pub use cache::{is_stream_cache, rewound, stream_cache};
pub use error::{exception, throw};
pub use interp::{Host, Interpreter, Limits, ScriptException};
pub use ops::{equal, truth};
pub use program::{ParseError, Program};
pub use text::{class_of, inspect, text};
pub use value::{HostObject, MapKind, MapObj, R, Thrown, Value};

pub(crate) fn parser_primitives() -> &'static [&'static str] {
    parser::PRIMITIVES
}
