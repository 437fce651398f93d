//! Tokens: what the lexer hands to the parser.
use std::sync::Arc;

/// A name or a string, shared between the tokens, the tree and the threads.
pub type Name = Arc<str>;

/// Things by name. Names come from sources, not from messages: a quick hash does.
pub type ByName<T> = std::collections::HashMap<Name, T, foldhash::fast::RandomState>;

/// A place in the source, both numbers counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pos {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub col: u32,
}

/// One piece of a string with `$` in it.
#[derive(Debug, Clone)]
pub enum LexPart {
    /// Text as it stands.
    Text(String),
    /// The tokens inside `${…}` or of `$a.b`.
    Code(Vec<Token>),
}

/// The kinds of tokens. Keywords are identifiers: many of them are allowed as property names.
#[derive(Debug, Clone)]
pub enum Tok {
    /// A word.
    Ident(Name),
    /// A whole number of type Integer.
    Int(i32),
    /// A whole number of type Long.
    Long(i64),
    /// A whole number too large for the others, or with the suffix `g`.
    Big(String),
    /// A decimal.
    Dec(String),
    /// A number with the suffix `d`.
    Double(f64),
    /// A number with the suffix `f`.
    Float(f32),
    /// A string without `$`.
    Str(Name),
    /// A string with `$`.
    GStr(Vec<LexPart>),
    /// An operator or a bracket.
    Op(&'static str),
    /// The end of the source.
    Eof,
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub tok: Tok,
    /// Where it begins.
    pub pos: Pos,
    /// Byte offset of its beginning.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
    /// A line ended before it, outside round and square brackets.
    pub nl: bool,
    /// Blank space stands before it.
    pub sp: bool,
}
