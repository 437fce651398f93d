//! SAP's standard functions by their names in a mapping.

mod date;
mod lists;
mod number;
mod single;

use std::collections::HashMap;
use std::sync::Arc;

use bigdecimal::BigDecimal;

use self::date::Pattern;
use crate::model::{Op, Split};

pub(crate) use lists::{context, queue};
pub(crate) use single::{is_true, single};

/// Makes one value of one value of each argument.
#[derive(Debug)]
pub(crate) enum Single {
    Arithmetic(Arithmetic),
    Compare(Comparison),
    FormatNumber(number::Format),
    And,
    Or,
    Not,
    /// Equality of two truth values, or its opposite.
    Same(bool),
    TextEquals,
    Concat(Arc<str>),
    Substring(usize, usize),
    IndexOf,
    LastIndexOf,
    CompareTexts,
    Replace,
    Length,
    EndsWith,
    StartsWith,
    Upper,
    Lower,
    Trim,
    FixValues {
        table: HashMap<String, Arc<str>>,
        missing: Missing,
    },
    ValueMap {
        source: (String, String),
        target: (String, String),
        missing: Missing,
    },
    Transform {
        from: Pattern,
        to: Pattern,
    },
    CompareDates {
        first: Pattern,
        second: Pattern,
        wanted: DateOrder,
    },
    CurrentDate(Pattern),
    CreateIf,
    IsNil,
    /// `xsi:nil`.
    Nil,
    ReplaceValue(Arc<str>),
    Header,
    Property,
    /// A header of the message by its name.
    NamedHeader(&'static str),
}

/// Arithmetic on one or two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Abs,
    Sqrt,
    Square,
    Sign,
    Negate,
    Inverse,
    Power,
    Max,
    Min,
    Ceil,
    Floor,
    Round,
}

/// Comparisons of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    Greater,
    Equal,
}

/// What is asked about two dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateOrder {
    Before,
    After,
    /// -1, 0 or 1.
    Number,
}

/// What becomes of a value that a table does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Fails,
    Default(Arc<str>),
    Key,
}

/// Makes a context of the contexts of its arguments.
#[derive(Debug)]
pub(crate) enum Context {
    Exists,
    MapWithDefault(Arc<str>),
    Count,
    Sum,
    Average,
    Index { first: BigDecimal, step: BigDecimal, restart: bool },
    Sort(Order),
    SortByKey(Order),
}

/// How values are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub by: By,
    pub descending: bool,
}

/// What of a value counts when sorting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Text,
    TextWithoutCase,
    Number,
}

/// Makes a queue of whole queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    RemoveContexts,
    CollapseContexts,
    FormatByExample,
    UseOneAsMany,
    /// The value at this position, as a constant.
    CopyValue(usize),
}

/// The properties of a use of a function.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pub texts: HashMap<String, String>,
    /// `FixValues`.
    pub table: Vec<(String, String)>,
    /// `sort`: attribute `type` of `sort_comp`, `asc` of `sort_order`.
    pub comparator: String,
    pub ascending: String,
    /// Dates: whether they may be read leniently.
    pub lenient: bool,
}

impl Params {
    fn text(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }

    fn any(&self, keys: &[&str]) -> &str {
        keys.iter().find_map(|k| self.texts.get(*k)).map_or("", String::as_str)
    }

    fn arc(&self, key: &str) -> Arc<str> {
        Arc::from(self.text(key))
    }

    fn pattern(&self, key: &str) -> Result<Pattern, String> {
        Pattern::parse(self.text(key), self.lenient)
    }

    fn missing(&self) -> Missing {
        match self.text("vmstrategy").trim() {
            "1" => Missing::Default(self.arc("vmdefault")),
            "2" => Missing::Key,
            _ => Missing::Fails,
        }
    }

    fn order(&self) -> Order {
        let by = match self.comparator.as_str() {
            "ci" => By::TextWithoutCase,
            kind if kind.starts_with('n') => By::Number,
            _ => By::Text,
        };
        Order { by, descending: self.ascending == "false" }
    }

    fn whole<T: std::str::FromStr + Copy>(&self, keys: &[&str], default: T) -> Result<T, String> {
        match self.any(keys).trim() {
            "" => Ok(default),
            text => text.parse().map_err(|_| format!("`{}` is `{text}`, which is no whole number", keys[0])),
        }
    }

    fn number(&self, key: &str, default: i64) -> Result<BigDecimal, String> {
        match self.text(key).trim() {
            "" => Ok(BigDecimal::from(default)),
            text => number::parse(text),
        }
    }
}

/// The function of a name, with how many arguments it takes; `None` if there is none of this name.
pub(crate) fn standard(name: &str, params: &Params, args: usize) -> Result<Option<(Op, usize)>, String> {
    use Arithmetic as A;
    let one = |single: Single| (Op::Single(single), 1);
    let two = |single: Single| (Op::Single(single), 2);
    let unary = |kind: A| (Op::Single(Single::Arithmetic(kind)), 1);
    let binary = |kind: A| (Op::Single(Single::Arithmetic(kind)), 2);
    let compare = |kind: Comparison| (Op::Single(Single::Compare(kind)), 2);
    let dates = |wanted: DateOrder| {
        let second = if params.text("oform").is_empty() { "iform" } else { "oform" };
        Ok::<_, String>((
            Op::Single(Single::CompareDates {
                first: params.pattern("iform")?,
                second: params.pattern(second)?,
                wanted,
            }),
            2,
        ))
    };
    Ok(Some(match name {
        "const" => (Op::Const(params.arc("value")), 0),
        "counter" => (Op::Counter { first: params.whole(&["ini", "start"], 1)?, step: params.whole(&["inc"], 1)? }, 0),
        "copyValue" | "CopyValue" => {
            (Op::Queue(Queue::CopyValue(params.whole(&["pos", "position", "number", "value", "index"], 0)?)), 1)
        }
        "sender" => (Op::Single(Single::NamedHeader("SAP_Sender")), 0),
        "receiver" => (Op::Single(Single::NamedHeader("SAP_Receiver")), 0),
        "xsi:nil" | "nil" | "xsinil" => (Op::Single(Single::Nil), 0),

        "add" => binary(A::Add),
        "sub" | "subtract" => binary(A::Sub),
        "mul" | "multiply" => binary(A::Mul),
        "div" | "divide" => binary(A::Div),
        "abs" => unary(A::Abs),
        "sqrt" => unary(A::Sqrt),
        "sqr" => unary(A::Square),
        "sign" => unary(A::Sign),
        "neg" => unary(A::Negate),
        "inv" => unary(A::Inverse),
        "power" | "pow" => binary(A::Power),
        "max" => binary(A::Max),
        "min" => binary(A::Min),
        "ceil" => unary(A::Ceil),
        "floor" => unary(A::Floor),
        "round" => unary(A::Round),
        "less" | "lesser" => compare(Comparison::Less),
        "greater" => compare(Comparison::Greater),
        "equalsA" => compare(Comparison::Equal),
        "formatNumber" | "FormatNum" | "FormatNumber" => {
            one(Single::FormatNumber(number::Format::parse(params.text("nformat"), params.text("separator"))?))
        }

        "and" => two(Single::And),
        "or" => two(Single::Or),
        "not" => one(Single::Not),
        "equals" => two(Single::Same(true)),
        "notEquals" => two(Single::Same(false)),
        "iF" | "if" => (Op::If { lazy: false }, 3),
        "iFS" | "ifS" => (Op::If { lazy: true }, 3),
        "ifWithoutElse" => (Op::IfOnly { lazy: false, keep: params.text("keepss").trim() == "true" }, 2),
        "ifSWithoutElse" => (Op::IfOnly { lazy: true, keep: params.text("keepss").trim() == "true" }, 2),
        "isNil" => one(Single::IsNil),

        "FixValues" | "fixValues" => {
            let table = params.table.iter().map(|(k, v)| (k.clone(), Arc::from(v.as_str()))).collect();
            one(Single::FixValues { table, missing: params.missing() })
        }
        "valuemap" | "valueMapping" | "ValueMapping" => {
            let pair = |agency: &str, schema: &str| (params.text(agency).to_owned(), params.text(schema).to_owned());
            let (source, target) = (pair("agency1", "schema1"), pair("agency2", "schema2"));
            one(Single::ValueMap { source, target, missing: params.missing() })
        }

        "TransformDate" | "DateTrans" => {
            one(Single::Transform { from: params.pattern("iform")?, to: params.pattern("oform")? })
        }
        "currentDate" => (Op::Single(Single::CurrentDate(params.pattern("oform")?)), 0),
        "DateBefore" => dates(DateOrder::Before)?,
        "DateAfter" => dates(DateOrder::After)?,
        "CompareDates" => dates(DateOrder::Number)?,

        "createIf" => one(Single::CreateIf),
        "replaceValue" => {
            one(Single::ReplaceValue(Arc::from(params.any(&["value", "newvalue", "new_value", "rvalue"]))))
        }
        "exists" => (Op::Context(Context::Exists), 1),
        "mapWithDefault" => {
            (Op::Context(Context::MapWithDefault(Arc::from(params.any(&["default_value", "default"])))), 1)
        }
        "removeContexts" => (Op::Queue(Queue::RemoveContexts), 1),
        "collapseContexts" => (Op::Queue(Queue::CollapseContexts), 1),
        "formatByExample" => (Op::Queue(Queue::FormatByExample), 2),
        "useOneAsMany" => (Op::Queue(Queue::UseOneAsMany), 3),
        "SplitByValue" | "splitByValue" => {
            let split = match params.text("type").trim() {
                "" | "0" => Split::Each,
                "1" => Split::Change,
                "2" => Split::Empty,
                other => return Err(format!("SplitByValue has the unknown kind `{other}`")),
            };
            (Op::Split(split), 1)
        }
        "sort" => (Op::Context(Context::Sort(params.order())), 1),
        "sortByKey" => (Op::Context(Context::SortByKey(params.order())), 2),

        "sum" => (Op::Context(Context::Sum), 1),
        "average" => (Op::Context(Context::Average), 1),
        "count" => (Op::Context(Context::Count), 1),
        "index" => {
            let (first, step) = (params.number("start", 1)?, params.number("inc", 1)?);
            (Op::Context(Context::Index { first, step, restart: params.text("type").trim() != "1" }), 1)
        }

        "concat" => two(Single::Concat(params.arc("delimeter"))),
        "substring" => one(Single::Substring(params.whole(&["start"], 0)?, params.whole(&["count"], 0)?)),
        "stringEquals" | "equalsS" => two(Single::TextEquals),
        "indexOf" | "indexOf2" | "indexOf3" => (Op::Single(Single::IndexOf), args.clamp(2, 3)),
        "lastIndexOf" | "lastIndexOf2" | "lastIndexOf3" => (Op::Single(Single::LastIndexOf), args.clamp(2, 3)),
        "compare" => two(Single::CompareTexts),
        "replaceString" => (Op::Single(Single::Replace), 3),
        "length" => one(Single::Length),
        "endWith" | "endWith2" | "endsWith" => two(Single::EndsWith),
        "startWith" | "startWith2" | "startWith3" | "startsWith" => (Op::Single(Single::StartsWith), args.clamp(2, 3)),
        "toUpperCase" => one(Single::Upper),
        "toLowerCase" => one(Single::Lower),
        "trim" => one(Single::Trim),

        "getHeader" => one(Single::Header),
        "getProperty" => one(Single::Property),
        _ => return Ok(None),
    }))
}
