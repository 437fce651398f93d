//! A compiled stylesheet: names, functions and variables are resolved, patterns are sorted.

use std::collections::HashMap;
use std::sync::Arc;

use expr::xpath::ast::{Expr, NameTest, SequenceType, Test};
use expr::xpath::tree::QName;
use regex::Regex;

/// Where something stands in the sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) module: u32,
    pub(crate) line: u32,
}

/// An XPath expression with what it needs to know about its place.
#[derive(Debug)]
pub(crate) struct Xp {
    pub(crate) expr: Expr,
    /// Whether it stands in a part that is written for XSLT 1.0.
    pub(crate) compat: bool,
}

/// An attribute value template.
#[derive(Debug)]
pub(crate) struct Avt(pub(crate) Vec<Piece>);

#[derive(Debug)]
pub(crate) enum Piece {
    Text(String),
    Value(Xp),
}

pub(crate) type Body = Vec<Instruction>;

#[derive(Debug)]
pub(crate) struct Instruction {
    pub(crate) at: At,
    pub(crate) what: What,
}

/// What gives a value: an expression or instructions.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) select: Option<Xp>,
    pub(crate) body: Body,
    pub(crate) of: Option<SequenceType>,
}

/// Text made from a value.
#[derive(Debug)]
pub(crate) struct TextOf {
    pub(crate) select: Option<Xp>,
    pub(crate) body: Body,
    pub(crate) separator: Option<Avt>,
}

#[derive(Debug)]
pub(crate) struct Literal {
    pub(crate) name: Arc<QName>,
    pub(crate) spaces: Vec<Arc<QName>>,
    pub(crate) attributes: Vec<(Arc<QName>, Avt)>,
    pub(crate) sets: Vec<usize>,
    pub(crate) body: Body,
}

/// A computed name: of an element or attribute.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) name: Avt,
    pub(crate) namespace: Option<Avt>,
    /// The namespaces in scope at the instruction.
    pub(crate) spaces: Arc<Vec<(String, String)>>,
}

#[derive(Debug)]
pub(crate) struct Sort {
    pub(crate) key: Value,
    pub(crate) descending: Option<Avt>,
    pub(crate) data_type: Option<Avt>,
    pub(crate) case_order: Option<Avt>,
}

#[derive(Debug)]
pub(crate) struct With {
    pub(crate) name: String,
    pub(crate) tunnel: bool,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) tunnel: bool,
    pub(crate) required: bool,
    pub(crate) value: Value,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) enum GroupBy {
    By(Xp),
    Adjacent(Xp),
    StartingWith(Vec<Pattern>),
    EndingWith(Vec<Pattern>),
}

#[derive(Debug)]
pub(crate) struct Grouping {
    pub(crate) select: Xp,
    pub(crate) by: GroupBy,
    pub(crate) composite: bool,
    pub(crate) sorts: Vec<Sort>,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) struct Analyze {
    pub(crate) select: Xp,
    pub(crate) regex: Result<Regex, Avt>,
    pub(crate) flags: Option<Avt>,
    pub(crate) matching: Body,
    pub(crate) other: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Single,
    Multiple,
    Any,
}

#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) value: Option<Xp>,
    pub(crate) select: Option<Xp>,
    pub(crate) level: Level,
    pub(crate) count: Option<Vec<Pattern>>,
    pub(crate) from: Option<Vec<Pattern>>,
    pub(crate) format: Option<Avt>,
    pub(crate) grouping: Option<(Avt, Avt)>,
}

#[derive(Debug)]
pub(crate) enum What {
    Text { text: String, raw: bool },
    ValueOf { text: TextOf, raw: bool },
    Literal(Box<Literal>),
    Element { name: Computed, sets: Vec<usize>, body: Body },
    Attribute { name: Computed, value: TextOf },
    Namespace { prefix: Avt, value: TextOf },
    Comment(TextOf),
    Instruction { name: Avt, value: TextOf },
    Copy { select: Option<Xp>, spaces: bool, sets: Vec<usize>, body: Body },
    CopyOf { select: Xp, spaces: bool },
    Sequence(Value),
    Choose { branches: Vec<(Xp, Body)>, otherwise: Body },
    ForEach { select: Xp, sorts: Vec<Sort>, body: Body },
    Group(Box<Grouping>),
    Apply { select: Option<Xp>, mode: ModeUse, sorts: Vec<Sort>, with: Vec<With> },
    ApplyImports { with: Vec<With> },
    NextMatch { with: Vec<With> },
    Call { template: usize, with: Vec<With> },
    Variable { value: Value },
    Message { text: TextOf, terminate: Avt },
    Number(Box<Number>),
    Analyze(Box<Analyze>),
    Document(Body),
    Evaluate(Box<Evaluate>),
    PerformSort { value: Value, sorts: Vec<Sort> },
    Iterate(Box<Iterate>),
    NextIteration(Vec<With>),
    Break(Value),
    Try { value: Value, catch: Value },
}

#[derive(Debug)]
pub(crate) struct Evaluate {
    pub(crate) xpath: Xp,
    pub(crate) context: Option<Xp>,
    pub(crate) with: Vec<With>,
    pub(crate) spaces: Arc<Vec<(String, String)>>,
    pub(crate) element_namespace: String,
    pub(crate) of: Option<SequenceType>,
}

#[derive(Debug)]
pub(crate) struct Iterate {
    pub(crate) select: Xp,
    pub(crate) params: Vec<Param>,
    pub(crate) body: Body,
    pub(crate) completion: Value,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ModeUse {
    Named(usize),
    Current,
}

/// One alternative of a match pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// From the node upwards; between two parts lie any number of elements.
    pub(crate) parts: Vec<Vec<PatternStep>>,
    /// Whether the topmost step must stand directly in the document; without steps: the document itself.
    pub(crate) from_root: bool,
    /// `.[...]`: any item that passes the predicates.
    pub(crate) item: Option<Vec<Xp>>,
    pub(crate) compat: bool,
}

#[derive(Debug)]
pub(crate) struct PatternStep {
    pub(crate) attribute: bool,
    pub(crate) test: Test,
    pub(crate) predicates: Vec<Expr>,
    /// If a predicate counts positions: the number of this step in the stylesheet.
    pub(crate) counts: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) params: Vec<Param>,
    pub(crate) body: Body,
    pub(crate) of: Option<SequenceType>,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) template: usize,
    pub(crate) pattern: Pattern,
    pub(crate) priority: f64,
    pub(crate) precedence: u32,
    /// The lowest precedence among what its module imports.
    pub(crate) floor: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NoMatch {
    #[default]
    TextOnly,
    ShallowCopy,
    DeepCopy,
    ShallowSkip,
    DeepSkip,
    Fail,
}

#[derive(Debug, Default)]
pub(crate) struct Mode {
    pub(crate) no_match: NoMatch,
    /// The rules for nodes with this local name, best first, those for any name among them.
    pub(crate) named: HashMap<String, Vec<usize>>,
    /// The rules for all other nodes.
    pub(crate) other: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Global {
    pub(crate) name: String,
    pub(crate) is_param: bool,
    pub(crate) required: bool,
    pub(crate) value: Value,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) shown: String,
    pub(crate) params: Vec<Option<SequenceType>>,
    pub(crate) body: Body,
    pub(crate) of: Option<SequenceType>,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) value: Value,
}

/// What `xsl:strip-space` and `xsl:preserve-space` say about an element.
#[derive(Debug)]
pub(crate) struct Blank {
    pub(crate) name: NameTest,
    pub(crate) strip: bool,
    pub(crate) precedence: u32,
    pub(crate) priority: i8,
}

/// The characters that `format-number()` works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecimalFormat {
    pub(crate) decimal: char,
    pub(crate) grouping: char,
    pub(crate) minus: char,
    pub(crate) percent: char,
    pub(crate) per_mille: char,
    pub(crate) zero: char,
    pub(crate) digit: char,
    pub(crate) separator: char,
    pub(crate) infinity: String,
    pub(crate) nan: String,
}

impl Default for DecimalFormat {
    fn default() -> Self {
        DecimalFormat {
            decimal: '.',
            grouping: ',',
            minus: '-',
            percent: '%',
            per_mille: '\u{2030}',
            zero: '0',
            digit: '#',
            separator: ';',
            infinity: "Infinity".to_owned(),
            nan: "NaN".to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Xml,
    Html,
    Text,
}

/// What `xsl:output` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) method: Option<Method>,
    pub(crate) indent: Option<bool>,
    pub(crate) no_declaration: bool,
    /// HTML without the element that tells the encoding.
    pub(crate) no_meta: bool,
    pub(crate) standalone: Option<bool>,
    pub(crate) encoding: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) byte_order_mark: bool,
    pub(crate) doctype_public: Option<String>,
    pub(crate) doctype_system: Option<String>,
    pub(crate) cdata: Vec<(String, String)>,
    pub(crate) item_separator: Option<String>,
    pub(crate) characters: Vec<(char, String)>,
}

#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// The names of the sources.
    pub(crate) modules: Vec<String>,
    pub(crate) templates: Vec<Template>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) modes: Vec<Mode>,
    pub(crate) globals: Vec<Global>,
    pub(crate) functions: Vec<Function>,
    pub(crate) keys: Vec<Key>,
    pub(crate) sets: Vec<Vec<AttributeSet>>,
    pub(crate) blanks: Vec<Blank>,
    pub(crate) decimals: HashMap<String, DecimalFormat>,
    pub(crate) output: Output,
    /// A template to begin with instead of the rule for the document.
    pub(crate) start: Option<usize>,
    /// For expressions that are made at run time.
    pub(crate) names: crate::compile::names::Names,
}

/// One `xsl:attribute-set`; several of one name are put together.
#[derive(Debug)]
pub(crate) struct AttributeSet {
    pub(crate) uses: Vec<usize>,
    pub(crate) body: Body,
}
