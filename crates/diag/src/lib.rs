//! Problems as plain data: code, span, label, help; and one page per code.
//!
//! This crate knows no flows and no terminal: it turns problems into text or JSON, and somebody else prints them.

mod code;
mod problem;
mod render;

pub use code::{CODES, Code, page};
pub use problem::{Problem, Severity, Span};
pub use render::{Source, render, suggest, to_json};
