//! The checked form of an expression: names, functions, types and variables are already resolved.

use regex::Regex;

use super::cast::AtomType;
use super::functions::Function;
use super::number::Decimal;
use super::{NamespaceTest, PlainPath, PlainStep};

/// An expression. Chains of one operator are lists, so that a long chain is not a deep tree.
#[derive(Debug)]
pub(super) enum Expr {
    Text(String),
    Int(i64),
    Decimal(Decimal),
    Double(f64),
    /// A variable bound by `for`, `let`, `some` or `every`: its place on the stack of locals.
    Local(usize),
    /// `$name` of a header or property.
    External(String),
    Context,
    Sequence(Vec<Expr>),
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Compare(Box<Comparison>),
    Concat(Vec<Expr>),
    Range(Box<(Expr, Expr)>),
    Arith(Box<Expr>, Vec<(ArithOp, Expr)>),
    Sign {
        minus: bool,
        of: Box<Expr>,
    },
    Set(Box<Expr>, Vec<(SetOp, Expr)>),
    Map(Vec<Expr>),
    InstanceOf(Box<Expr>, SequenceType),
    TreatAs(Box<Expr>, SequenceType),
    Cast {
        of: Box<Expr>,
        to: AtomType,
        optional: bool,
    },
    Castable {
        of: Box<Expr>,
        to: AtomType,
        optional: bool,
    },
    If(Vec<(Expr, Expr)>, Box<Expr>),
    For(Vec<Expr>, Box<Expr>),
    Let(Vec<Expr>, Box<Expr>),
    Quantified {
        every: bool,
        bindings: Vec<Expr>,
        test: Box<Expr>,
    },
    Path(Path),
    Filter(Box<Expr>, Vec<Expr>),
    Call {
        function: &'static Function,
        args: Vec<Expr>,
        /// The compiled pattern of `matches`, `replace` or `tokenize` when it is a constant.
        regex: Option<Regex>,
    },
}

#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) kind: CompareKind,
    pub(super) left: Expr,
    pub(super) right: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CompareKind {
    /// `=` and friends: some pair of items satisfies it.
    General(CompareOp),
    /// `eq` and friends: one item each.
    Value(CompareOp),
    Is,
    Before,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArithOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetOp {
    Union,
    Intersect,
    Except,
}

#[derive(Debug)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum Start {
    Root,
    Context,
    Expr(Box<Expr>),
}

#[derive(Debug)]
pub(super) enum Step {
    Axis { axis: Axis, test: Test, predicates: Vec<Expr> },
    Expr(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Child,
    Descendant,
    DescendantOrSelf,
    Attribute,
    Itself,
    Parent,
    Ancestor,
    AncestorOrSelf,
    FollowingSibling,
    PrecedingSibling,
    Following,
    Preceding,
    Namespace,
}

impl Axis {
    pub(super) const NAMES: [(&'static str, Axis); 13] = [
        ("child", Axis::Child),
        ("descendant", Axis::Descendant),
        ("descendant-or-self", Axis::DescendantOrSelf),
        ("attribute", Axis::Attribute),
        ("self", Axis::Itself),
        ("parent", Axis::Parent),
        ("ancestor", Axis::Ancestor),
        ("ancestor-or-self", Axis::AncestorOrSelf),
        ("following-sibling", Axis::FollowingSibling),
        ("preceding-sibling", Axis::PrecedingSibling),
        ("following", Axis::Following),
        ("preceding", Axis::Preceding),
        ("namespace", Axis::Namespace),
    ];

    /// Whether the axis counts its positions against document order.
    pub(super) fn is_reverse(self) -> bool {
        matches!(self, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling)
    }
}

#[derive(Clone, Debug)]
pub(super) struct NameTest {
    pub(super) namespace: NamespaceTest,
    /// `None` is any.
    pub(super) local: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Node,
    Text,
    Comment,
    Document,
    Instruction(Option<String>),
    Element(NameTest),
    Attribute(NameTest),
    Namespace,
    /// A plain name: an element, except on the attribute and namespace axes.
    Name(NameTest),
}

#[derive(Debug)]
pub(super) struct SequenceType {
    /// `None` is `empty-sequence()`.
    pub(super) item: Option<ItemType>,
    pub(super) zero: bool,
    pub(super) many: bool,
}

#[derive(Debug)]
pub(super) enum ItemType {
    Any,
    Node(Test),
    Atom(AtomType),
}

impl Expr {
    /// The steps, if this is a plain path of elements from the root (see [`super::XPath::plain_path`]).
    pub(super) fn plain(&self) -> Option<PlainPath> {
        let Expr::Path(Path { start: Start::Root, steps }) = self else { return None };
        let steps: Option<Vec<PlainStep>> = steps
            .iter()
            .map(|step| match step {
                Step::Axis { axis, test: Test::Name(name), predicates } if predicates.is_empty() => {
                    let descendant = match axis {
                        Axis::Child => false,
                        Axis::Descendant => true,
                        _ => return None,
                    };
                    Some(PlainStep { descendant, name: name.local.clone(), namespace: name.namespace.clone() })
                }
                _ => None,
            })
            .collect();
        steps.filter(|s| !s.is_empty()).map(|steps| PlainPath { steps })
    }
}
