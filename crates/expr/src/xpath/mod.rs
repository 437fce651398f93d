//! XPath: the subset of 3.1 that integration flows use, on a read-only tree, compiled once.
//!
//! Where XPath 1.0 and 3.1 differ, 3.1 holds, with one exception for friendliness: text beside a number in a comparison
//! is read as a number (`'10' > 9`), and text that is none makes the comparison false instead of an error.

pub mod arith;
pub mod ast;
pub mod axes;
pub mod body;
mod budget;
pub mod cast;
pub mod compare;
pub mod eval;
mod eval_path;
pub mod functions;
pub mod host;
pub mod lexer;
pub mod node;
pub mod number;
pub mod parser;
mod parser_path;
pub(crate) mod reference;
pub mod regexes;
mod serialize;
pub mod times;
pub mod tree;
pub mod value;
mod variables;

use std::sync::Arc;

use base::Value;

use self::eval::{Eval, Focus};
use self::node::NodeRef;
use self::value::{Atom, Item, R, Seq};
use crate::{EvalError, Namespaces, ParseError, Scope};

/// A compiled XPath expression.
#[derive(Clone, Debug)]
pub struct XPath(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
    expr: ast::Expr,
    uses_body: bool,
}

/// What an XPath expression gave.
#[derive(Clone, Debug, PartialEq)]
pub enum XPathValue {
    /// Nodes, each as serialized XML (elements with the namespace declarations they need; attributes and texts as their text).
    Nodes(Vec<String>),
    /// Text.
    Text(String),
    /// A number (XPath's double, or a whole number).
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A sequence of atomic values.
    List(Vec<String>),
}

/// A path of elements from the root, such as `/a/b`, `/p:a/*:b`, `//b` or `/a//b`: what a splitter can follow while it
/// streams, without a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainPath {
    /// The steps from the root; never empty.
    pub steps: Vec<PlainStep>,
}

/// One step of a [`PlainPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainStep {
    /// Whether any number of elements may stand between (`//`); otherwise the element is a direct child.
    pub descendant: bool,
    /// The element's local name; `None` is any.
    pub name: Option<String>,
    /// The element's namespace.
    pub namespace: NamespaceTest,
}

/// Which namespaces a name may be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceTest {
    /// Any namespace, or none.
    Any,
    /// Exactly this namespace; the empty text is no namespace.
    Exact(String),
}

impl XPath {
    /// Compiles an expression. Prefixes come from `namespaces`; unprefixed names mean no namespace; `*:name` any.
    ///
    /// # Errors
    /// The mistake, with its byte range.
    pub fn parse(text: &str, namespaces: &Namespaces) -> Result<Self, ParseError> {
        let program = parser::parse(text, namespaces)?;
        Ok(XPath(Arc::new(Compiled { source: text.to_owned(), expr: program.expr, uses_body: program.uses_body })))
    }

    /// Evaluates on the message body; `$name` refers to headers and properties of the scope.
    ///
    /// # Errors
    /// The body is not well-formed XML, holds a DTD, or a function failed.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<XPathValue, EvalError> {
        self.run(scope, |ev, items| match items.as_slice() {
            [Item::Atom(Atom::Bool(b))] => Ok(XPathValue::Bool(*b)),
            [Item::Atom(atom)] if atom.is_numeric() => Ok(XPathValue::Number(atom.number())),
            [Item::Atom(atom)] => Ok(XPathValue::Text(atom.text().into_owned())),
            items => {
                let nodes: Option<Vec<NodeRef<'_>>> =
                    items.iter().map(|i| if let Item::Node(n) = i { Some(*n) } else { None }).collect();
                match nodes {
                    Some(nodes) => {
                        let texts: R<_> = nodes.into_iter().map(|n| serialize::node_text(ev, n)).collect();
                        texts.map(XPathValue::Nodes)
                    }
                    None => {
                        let texts: R<_> = items.iter().map(|i| ev.text(i).map(|t| t.into_owned())).collect();
                        texts.map(XPathValue::List)
                    }
                }
            }
        })
    }

    /// The string value: first node's text, number or boolean as XPath writes it; empty for no node.
    ///
    /// A whole number is [`Value::Int`], a boolean [`Value::Bool`]; other numbers are [`Value::Float`] where that shows
    /// the same digits, and text otherwise.
    ///
    /// # Errors
    /// As [`XPath::eval`].
    pub fn value(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        self.run(scope, |ev, items| {
            let Some(first) = items.first() else { return Ok(Value::Text(String::new())) };
            let text = ev.text(first)?;
            Ok(match first {
                Item::Atom(Atom::Bool(b)) => Value::Bool(*b),
                Item::Atom(atom) if atom.is_numeric() => {
                    let float = Value::Float(atom.number());
                    match text.parse() {
                        Ok(whole) => Value::Int(whole),
                        Err(_) if float.to_string() == text => float,
                        Err(_) => Value::Text(text.into_owned()),
                    }
                }
                _ => Value::Text(text.into_owned()),
            })
        })
    }

    /// The effective boolean value.
    ///
    /// # Errors
    /// As [`XPath::eval`].
    pub fn test(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        self.run(scope, |_, items| value::truth(&items))
    }

    /// The expression as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The steps, if this is a plain absolute path of elements without predicates; `None` for everything else.
    #[must_use]
    pub fn plain_path(&self) -> Option<PlainPath> {
        self.0.expr.plain()
    }

    /// Evaluates and hands the result to `finish` while the tree lives.
    fn run<T>(&self, scope: &Scope<'_>, finish: impl for<'a> FnOnce(&mut Eval<'a>, Seq<'a>) -> R<T>) -> R<T> {
        let compiled = &*self.0;
        if !compiled.uses_body {
            let mut ev = Eval::new(*scope, None);
            let items = ev.eval(&compiled.expr, Focus { item: None, position: 1, size: 1 })?;
            return finish(&mut ev, items);
        }
        let text = body::text(&scope.message.body)?;
        let document = body::tree(&text)?;
        let node = NodeRef::Tree(document.root());
        let root = Item::Node(node);
        let mut ev = Eval::new(*scope, Some(node));
        let items = ev.eval(&compiled.expr, Focus { item: Some(&root), position: 1, size: 1 })?;
        finish(&mut ev, items)
    }
}
