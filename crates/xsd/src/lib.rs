//! XML Schema 1.0: schemas are compiled once from texts, documents are checked against them.
//!
//! Own code, because the one crate that checks enough of the standard reads included schemas from the disk only, and its
//! recursion on hostile schemas has no limit.
//!
//! Nothing here reads files or recurses deeper than a document may nest, and what a schema or document costs has limits.
//! Not there: `redefine`, default attribute values (nothing is added to a document), `final` and `block` (a derived type
//! or a substitute that they forbid is taken), and the rules that only say whether a schema itself is a good one, such as
//! unique particle attribution.

mod attributes;
mod automaton;
mod content;
mod facets;
mod identity;
mod model;
mod moment;
mod names;
mod number;
mod pattern;
mod read;
mod simple;
mod source;
mod tree;
mod validate;

use std::fmt;

pub use source::{MAX_FILES, MAX_TOTAL};

/// What is wrong in a schema or document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file; empty for a document that is checked.
    pub file: String,
    /// Line from 1; 0 where it is about the whole.
    pub line: usize,
    /// The byte of the text where it stands.
    pub at: usize,
    /// What is wrong, as a sentence without its end.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", 0) => write!(f, "{}", self.text),
            ("", line) => write!(f, "line {line}: {}", self.text),
            (file, line) => write!(f, "{file}, line {line}: {}", self.text),
        }
    }
}

/// A file that a schema may be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A compiled schema. It is shared and never changes.
pub struct Schema(model::Model);

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").field("types", &self.0.types.len()).finish_non_exhaustive()
    }
}

impl Schema {
    /// Compiles a schema and all that it includes and imports. `find` gives the file of a path, which is the one that
    /// stands in the schema, taken relative to the file that names it.
    ///
    /// # Errors
    /// The mistakes, at most twenty, with the files that they are in.
    pub fn compile(main: &File, find: &dyn Fn(&str) -> Option<File>) -> Result<Schema, Vec<Mistake>> {
        let sources = source::load(main, find)?;
        read::schema(&sources).map(Schema)
    }

    /// Checks a document.
    ///
    /// # Errors
    /// What does not fit, at most twenty mistakes, in the order of the document.
    pub fn validate(&self, document: &str) -> Result<(), Vec<Mistake>> {
        let tree = tree::parse(document).map_err(|m| vec![m])?;
        validate::document(&self.0, &tree)
    }
}
