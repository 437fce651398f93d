//! What expressions compute with: items, their text, their number, their truth.

use std::borrow::Cow;
use std::rc::Rc;

use super::cast::type_name;
use super::node::NodeRef;
use super::number::{Decimal, double_text, parse_double};
use super::times::{Duration, Moment, MomentKind};
use crate::EvalError;

pub type R<T> = Result<T, EvalError>;
pub type Seq<'a> = Vec<Item<'a>>;
/// A sequence that several names stand for.
pub type Shared<'a> = Rc<Seq<'a>>;

/// A sentence for an operator.
pub fn fail<T>(text: impl Into<String>) -> R<T> {
    Err(EvalError(text.into()))
}

#[derive(Clone, Debug)]
pub enum Item<'a> {
    Node(NodeRef<'a>),
    Atom(Atom<'a>),
}

#[derive(Clone, Debug)]
pub enum Atom<'a> {
    Text(Cow<'a, str>),
    /// The text of a node, header or property: it becomes a number or date where one is needed.
    Untyped(Cow<'a, str>),
    Int(i64),
    Decimal(Decimal),
    Double(f64),
    Bool(bool),
    Moment(MomentKind, Moment),
    Duration(Duration),
}

impl<'a> Atom<'a> {
    pub fn text(&self) -> Cow<'a, str> {
        match self {
            Atom::Text(t) | Atom::Untyped(t) => t.clone(),
            Atom::Int(n) => n.to_string().into(),
            Atom::Decimal(d) => d.to_string().into(),
            Atom::Double(n) => double_text(*n).into(),
            Atom::Bool(b) => b.to_string().into(),
            Atom::Moment(kind, moment) => moment.text(*kind).into(),
            Atom::Duration(d) => d.to_string().into(),
        }
    }

    pub fn is_numeric(&self) -> bool {
        matches!(self, Atom::Int(_) | Atom::Decimal(_) | Atom::Double(_))
    }

    /// As `number()` gives it: NaN for everything that is no number.
    pub fn number(&self) -> f64 {
        match self {
            Atom::Text(t) | Atom::Untyped(t) => parse_double(t).unwrap_or(f64::NAN),
            #[expect(clippy::cast_precision_loss, reason = "XPath doubles are this wide")]
            Atom::Int(n) => *n as f64,
            Atom::Decimal(d) => d.to_f64(),
            Atom::Double(n) => *n,
            Atom::Bool(b) => f64::from(u8::from(*b)),
            Atom::Moment(..) | Atom::Duration(_) => f64::NAN,
        }
    }
}

impl<'a> Item<'a> {
    pub fn string(text: impl Into<Cow<'a, str>>) -> Self {
        Item::Atom(Atom::Text(text.into()))
    }

    pub fn bool(value: bool) -> Self {
        Item::Atom(Atom::Bool(value))
    }

    pub fn int(value: usize) -> Self {
        Item::Atom(Atom::Int(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    pub fn double(value: f64) -> Self {
        Item::Atom(Atom::Double(value))
    }

    pub fn text(&self) -> Cow<'a, str> {
        match self {
            Item::Node(node) => node.text(),
            Item::Atom(atom) => atom.text(),
        }
    }
}

/// Roughly how many bytes items take, with the texts that are theirs alone.
pub fn bytes(items: &[Item<'_>]) -> usize {
    let text = |item: &Item<'_>| match item {
        Item::Atom(Atom::Text(Cow::Owned(text)) | Atom::Untyped(Cow::Owned(text))) => text.len(),
        _ => 0,
    };
    size_of_val(items) + items.iter().map(text).sum::<usize>()
}

/// The effective boolean value.
pub fn truth(items: &[Item<'_>]) -> R<bool> {
    match items {
        [] => Ok(false),
        [Item::Node(_), ..] => Ok(true),
        [Item::Atom(atom)] => match atom {
            Atom::Bool(b) => Ok(*b),
            Atom::Text(t) | Atom::Untyped(t) => Ok(!t.is_empty()),
            Atom::Int(n) => Ok(*n != 0),
            Atom::Decimal(d) => Ok(!d.is_zero()),
            Atom::Double(n) => Ok(!n.is_nan() && *n != 0.0),
            _ => fail(format!("{} is neither true nor false", type_name(atom))),
        },
        _ => fail(format!("a list of {} values is neither true nor false; use exists() or compare it", items.len())),
    }
}
