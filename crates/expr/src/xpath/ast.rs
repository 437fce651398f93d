//! The checked form of an expression: names, functions, types and variables are already resolved.

use regex::Regex;

use super::cast::AtomType;
use super::functions::Function;
use super::number::Decimal;
use super::{NamespaceTest, PlainPath, PlainStep};

/// An expression. Chains of one operator are lists, so that a long chain is not a deep tree.
#[derive(Debug)]
pub enum Expr {
    Text(String),
    Int(i64),
    Decimal(Decimal),
    Double(f64),
    /// A variable bound by `for`, `let`, `some` or `every`: its place on the stack of locals.
    Local(usize),
    /// `$name` of a header or property.
    External(String),
    /// A variable of the language around the expression.
    Global(usize),
    /// A function of the language around the expression.
    HostCall {
        number: usize,
        args: Vec<Expr>,
    },
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
pub struct Comparison {
    pub kind: CompareKind,
    pub left: Expr,
    pub right: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareKind {
    /// `=` and friends: some pair of items satisfies it.
    General(CompareOp),
    /// `eq` and friends: one item each.
    Value(CompareOp),
    Is,
    Before,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    Union,
    Intersect,
    Except,
}

#[derive(Debug)]
pub struct Path {
    pub start: Start,
    pub steps: Vec<Step>,
}

#[derive(Debug)]
pub enum Start {
    Root,
    Context,
    Expr(Box<Expr>),
}

#[derive(Debug)]
pub enum Step {
    Axis { axis: Axis, test: Test, predicates: Vec<Expr> },
    Expr(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
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
    pub const NAMES: [(&'static str, Axis); 13] = [
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
    pub fn is_reverse(self) -> bool {
        matches!(self, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling)
    }
}

#[derive(Clone, Debug)]
pub struct NameTest {
    pub namespace: NamespaceTest,
    /// `None` is any.
    pub local: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Test {
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
pub struct SequenceType {
    /// `None` is `empty-sequence()`.
    pub item: Option<ItemType>,
    pub zero: bool,
    pub many: bool,
}

#[derive(Debug)]
pub enum ItemType {
    Any,
    Node(Test),
    Atom(AtomType),
}

impl Expr {
    /// Whether a predicate surely gives a boolean, so that it can never mean a position.
    pub fn is_boolean(&self) -> bool {
        match self {
            // A path may end in a call that gives a number.
            Expr::Path(path) => !matches!(path.steps.last(), Some(Step::Expr(_))),
            Expr::Or(_) | Expr::And(_) | Expr::Compare(_) | Expr::Quantified { .. } => true,
            Expr::Call { function, .. } => {
                matches!(
                    function.name,
                    "not" | "exists" | "empty" | "boolean" | "contains" | "starts-with" | "ends-with" | "matches"
                )
            }
            _ => false,
        }
    }

    /// Whether `test` holds for this expression or one inside it.
    pub fn any(&self, test: &dyn Fn(&Expr) -> bool) -> bool {
        let all = |parts: &[Expr]| parts.iter().any(|e| e.any(test));
        if test(self) {
            return true;
        }
        match self {
            Expr::Text(_) | Expr::Int(_) | Expr::Decimal(_) | Expr::Double(_) | Expr::Local(_) => false,
            Expr::External(_) | Expr::Global(_) | Expr::Context => false,
            Expr::Sequence(parts) | Expr::Or(parts) | Expr::And(parts) | Expr::Concat(parts) | Expr::Map(parts) => {
                all(parts)
            }
            Expr::HostCall { args, .. } | Expr::Call { args, .. } => all(args),
            Expr::Compare(c) => c.left.any(test) || c.right.any(test),
            Expr::Range(ends) => ends.0.any(test) || ends.1.any(test),
            Expr::Arith(first, rest) => first.any(test) || rest.iter().any(|(_, e)| e.any(test)),
            Expr::Set(first, rest) => first.any(test) || rest.iter().any(|(_, e)| e.any(test)),
            Expr::Sign { of, .. } | Expr::Cast { of, .. } | Expr::Castable { of, .. } => of.any(test),
            Expr::InstanceOf(of, _) | Expr::TreatAs(of, _) => of.any(test),
            Expr::If(branches, last) => branches.iter().any(|(a, b)| a.any(test) || b.any(test)) || last.any(test),
            Expr::For(sources, body) | Expr::Let(sources, body) => all(sources) || body.any(test),
            Expr::Quantified { bindings, test: last, .. } => all(bindings) || last.any(test),
            Expr::Filter(of, predicates) => of.any(test) || all(predicates),
            Expr::Path(path) => {
                matches!(&path.start, Start::Expr(e) if e.any(test))
                    || path.steps.iter().any(|step| match step {
                        Step::Axis { predicates, .. } => all(predicates),
                        Step::Expr(e) => e.any(test),
                    })
            }
        }
    }

    /// The steps, if this is a plain path of elements from the root (see [`super::XPath::plain_path`]).
    pub fn plain(&self) -> Option<PlainPath> {
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
