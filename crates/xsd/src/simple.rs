//! Values of simple types: whitespace, the built-in types, lists and unions.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::model::{Kind, Model, Simple, TypeIx, Variety};
use crate::moment::{self, Shape};
use crate::number::Decimal;

/// How deep lists and unions lie in each other.
const MAX_DEPTH: usize = 32;

/// Most steps for one value: members of unions that are tried, items of lists, pieces of its text.
const MAX_VALUE_WORK: usize = 1_000_000;

/// A built-in type with values of its own; the others are restrictions of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    Anything,
    Text,
    /// Whitespace is replaced.
    Normalized,
    /// Whitespace is collapsed.
    Token,
    Language,
    Name,
    NcName,
    NmToken,
    Id,
    IdRef,
    Boolean,
    Decimal,
    /// Whole numbers, from and to, where there are limits.
    Integer(Option<&'static str>, Option<&'static str>),
    Float,
    Moment(Shape),
    Duration,
    Hex,
    Base64,
    Uri,
    QName,
}

/// How whitespace of a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Preserve,
    Replace,
    Collapse,
}

/// The names of built-in types.
pub(crate) const BUILTINS: [(&str, Builtin); 41] = [
    ("anySimpleType", Builtin::Anything),
    ("string", Builtin::Text),
    ("normalizedString", Builtin::Normalized),
    ("token", Builtin::Token),
    ("language", Builtin::Language),
    ("Name", Builtin::Name),
    ("NCName", Builtin::NcName),
    ("NMTOKEN", Builtin::NmToken),
    ("ID", Builtin::Id),
    ("IDREF", Builtin::IdRef),
    ("ENTITY", Builtin::NcName),
    ("boolean", Builtin::Boolean),
    ("decimal", Builtin::Decimal),
    ("integer", Builtin::Integer(None, None)),
    ("nonPositiveInteger", Builtin::Integer(None, Some("0"))),
    ("negativeInteger", Builtin::Integer(None, Some("-1"))),
    ("long", Builtin::Integer(Some("-9223372036854775808"), Some("9223372036854775807"))),
    ("int", Builtin::Integer(Some("-2147483648"), Some("2147483647"))),
    ("short", Builtin::Integer(Some("-32768"), Some("32767"))),
    ("byte", Builtin::Integer(Some("-128"), Some("127"))),
    ("nonNegativeInteger", Builtin::Integer(Some("0"), None)),
    ("unsignedLong", Builtin::Integer(Some("0"), Some("18446744073709551615"))),
    ("unsignedInt", Builtin::Integer(Some("0"), Some("4294967295"))),
    ("unsignedShort", Builtin::Integer(Some("0"), Some("65535"))),
    ("unsignedByte", Builtin::Integer(Some("0"), Some("255"))),
    ("positiveInteger", Builtin::Integer(Some("1"), None)),
    ("float", Builtin::Float),
    ("double", Builtin::Float),
    ("dateTime", Builtin::Moment(Shape::DateTime)),
    ("date", Builtin::Moment(Shape::Date)),
    ("time", Builtin::Moment(Shape::Time)),
    ("gYear", Builtin::Moment(Shape::Year)),
    ("gYearMonth", Builtin::Moment(Shape::YearMonth)),
    ("gMonth", Builtin::Moment(Shape::Month)),
    ("gMonthDay", Builtin::Moment(Shape::MonthDay)),
    ("gDay", Builtin::Moment(Shape::Day)),
    ("duration", Builtin::Duration),
    ("hexBinary", Builtin::Hex),
    ("base64Binary", Builtin::Base64),
    ("anyURI", Builtin::Uri),
    ("QName", Builtin::QName),
];

/// Built-in lists: name, and the type of their items.
pub(crate) const LISTS: [(&str, &str); 3] = [("NMTOKENS", "NMTOKEN"), ("IDREFS", "IDREF"), ("ENTITIES", "ENTITY")];

/// A value that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ordered {
    Decimal(Decimal),
    Float(f64),
    Moment(i128),
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Ordered::Decimal(a), Ordered::Decimal(b)) => Some(a.cmp(b)),
            (Ordered::Float(a), Ordered::Float(b)) => a.partial_cmp(b),
            (Ordered::Moment(a), Ordered::Moment(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Builtin {
    pub(crate) fn space(self) -> Space {
        match self {
            Builtin::Text | Builtin::Anything => Space::Preserve,
            Builtin::Normalized => Space::Replace,
            _ => Space::Collapse,
        }
    }

    /// The value of a text as something that can be compared; `None` where the order of its type means nothing.
    pub(crate) fn ordered(self, text: &str) -> Option<Ordered> {
        match self {
            Builtin::Decimal | Builtin::Integer(..) => Decimal::parse(text).map(Ordered::Decimal),
            Builtin::Float => float(text).map(Ordered::Float),
            Builtin::Moment(shape) => moment::parse(text, shape).map(Ordered::Moment),
            Builtin::Duration => moment::duration(text).map(Ordered::Moment),
            _ => None,
        }
    }

    /// The length that the facets of a type count: characters, or bytes of binary types.
    pub(crate) fn length(self, text: &str) -> usize {
        match self {
            Builtin::Hex => text.len() / 2,
            Builtin::Base64 => {
                let digits = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
                digits * 3 / 4
            }
            _ => text.chars().count(),
        }
    }

    /// Why a text is no value of the type.
    fn check(self, text: &str) -> Result<(), &'static str> {
        let wanted = |good: bool, what: &'static str| if good { Ok(()) } else { Err(what) };
        match self {
            Builtin::Anything | Builtin::Text | Builtin::Normalized | Builtin::Token => Ok(()),
            Builtin::Language => {
                let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
                let first = text.split('-').next().unwrap_or("").bytes().all(|b| b.is_ascii_alphabetic());
                wanted(first && text.split('-').all(part), "a language")
            }
            Builtin::Name => wanted(is_name(text, true, true), "a name"),
            Builtin::NcName => wanted(is_name(text, false, true), "a name without colon"),
            Builtin::Id => wanted(is_name(text, false, true), "an id"),
            Builtin::IdRef => wanted(is_name(text, false, true), "a reference to an id"),
            Builtin::NmToken => wanted(is_name(text, true, false), "a name token"),
            Builtin::Boolean => wanted(matches!(text, "true" | "false" | "1" | "0"), "true or false"),
            Builtin::Decimal => wanted(Decimal::parse(text).is_some(), "a decimal number"),
            Builtin::Integer(from, to) => {
                let number = Decimal::parse(text).filter(|n| n.is_whole() && !text.contains('.'));
                let number = number.ok_or("a whole number")?;
                let limit = |text: Option<&str>| text.and_then(Decimal::parse);
                let good = limit(from).is_none_or(|from| number >= from) && limit(to).is_none_or(|to| number <= to);
                wanted(good, "in the range of its type")
            }
            Builtin::Float => wanted(float(text).is_some(), "a number"),
            Builtin::Moment(shape) => wanted(
                moment::parse(text, shape).is_some(),
                match shape {
                    Shape::DateTime => "a date with time, such as 2026-11-22T08:00:00",
                    Shape::Date => "a date, such as 2026-11-22",
                    Shape::Time => "a time, such as 08:00:00",
                    Shape::Year => "a year",
                    Shape::YearMonth => "a year with month",
                    Shape::Month => "a month",
                    Shape::MonthDay => "a month with day",
                    Shape::Day => "a day of a month",
                },
            ),
            Builtin::Duration => wanted(moment::duration(text).is_some(), "a duration, such as P1DT2H"),
            Builtin::Hex => {
                let good = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
                wanted(good, "hexadecimal")
            }
            Builtin::Base64 => wanted(is_base64(text), "base64"),
            Builtin::Uri => wanted(!text.contains(['<', '>', '"', '{', '}', '|', '\\', '^', '`']), "an address"),
            Builtin::QName => {
                let good = match text.split_once(':') {
                    Some((prefix, local)) => is_name(prefix, false, true) && is_name(local, false, true),
                    None => is_name(text, false, true),
                };
                wanted(good, "a qualified name")
            }
        }
    }
}

fn float(text: &str) -> Option<f64> {
    match text {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => text.parse().ok(),
        _ => None,
    }
}

fn is_base64(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let body = digits.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).count();
    digits.len().is_multiple_of(4) && digits.len() - body <= 2 && digits[body..].iter().all(|b| *b == b'=')
}

fn is_name(text: &str, colon: bool, first: bool) -> bool {
    let start = |c: char| c.is_alphabetic() || c == '_' || (colon && c == ':');
    let inner = |c: char| start(c) || c.is_alphanumeric() || matches!(c, '-' | '.' | '\u{b7}');
    !text.is_empty() && text.chars().all(inner) && (!first || text.starts_with(start))
}

/// A text with its whitespace as its type counts it.
pub(crate) fn normalize(text: &str, space: Space) -> String {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    match space {
        Space::Preserve => text.to_owned(),
        Space::Replace => text.chars().map(|c| if blank(c) { ' ' } else { c }).collect(),
        Space::Collapse => text.split(blank).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" "),
    }
}

/// An id, or a reference to one, in a document.
pub(crate) enum Reference {
    Id(String),
    To(String),
}

/// What checking values found, and how much it may still cost.
pub(crate) struct Found {
    pub(crate) references: Vec<Reference>,
    pub(crate) left: usize,
}

impl Model {
    /// Checks a value. Ids and references in it are added to what was found.
    pub(crate) fn value(&self, ix: TypeIx, text: &str, found: &mut Found) -> Result<(), String> {
        let most = MAX_VALUE_WORK.min(found.left);
        let mut own = Found { references: std::mem::take(&mut found.references), left: most };
        let checked = self.value_at(ix, text, &mut own, 0, &mut HashSet::new());
        found.left -= most - own.left;
        found.references = own.references;
        checked
    }

    /// `tried` are the members of unions that this text does not fit, or that are being tried: unions of unions, or of
    /// themselves, would try the same type over and over.
    fn value_at(
        &self,
        ix: TypeIx,
        text: &str,
        found: &mut Found,
        depth: usize,
        tried: &mut HashSet<TypeIx>,
    ) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("its type nests too deep".to_owned());
        }
        let chain = self.chain(ix);
        let cost = chain.iter().map(|simple| simple.facets.cost(text.len())).sum::<usize>().max(1);
        found.left = found.left.checked_sub(cost).ok_or("the check takes too long")?;
        let Some(variety) = chain.iter().map(|s| &s.variety).find(|v| !matches!(v, Variety::Base)) else {
            return Ok(());
        };
        let shown = || crate::validate::shown(text);
        let (value, builtin) = match variety {
            Variety::Base => return Ok(()),
            Variety::Builtin(builtin) => {
                let space = chain.iter().find_map(|s| s.facets.space).unwrap_or_else(|| builtin.space());
                let value = normalize(text, space);
                builtin.check(&value).map_err(|what| format!("{} is not {what}", shown()))?;
                match builtin {
                    Builtin::Id => found.references.push(Reference::Id(value.clone())),
                    Builtin::IdRef => found.references.push(Reference::To(value.clone())),
                    _ => {}
                }
                (value, Some(*builtin))
            }
            Variety::List(item) => {
                let value = normalize(text, Space::Collapse);
                value
                    .split(' ')
                    .filter(|t| !t.is_empty())
                    .try_for_each(|t| self.value_at(*item, t, found, depth + 1, &mut HashSet::new()))?;
                (value, None)
            }
            Variety::Union(members) => {
                let before = found.references.len();
                let fits = members.iter().any(|m| {
                    found.references.truncate(before);
                    let fits = tried.insert(*m) && self.value_at(*m, text, found, depth + 1, tried).is_ok();
                    if fits {
                        tried.remove(m);
                    }
                    fits
                });
                if !fits {
                    return Err(format!("{} fits none of the types that {} is made of", shown(), self.title(ix)));
                }
                (normalize(text, Space::Collapse), None)
            }
        };
        let items = matches!(variety, Variety::List(_)).then(|| value.split(' ').filter(|t| !t.is_empty()).count());
        chain.iter().try_for_each(|simple| simple.facets.check(&value, builtin, items))
    }

    /// Makes the values of enumerations ready, when all types are known.
    pub(crate) fn prepare(&mut self) {
        for ix in 0..self.types.len() {
            if !matches!(&self.types[ix].kind, Kind::Simple(simple) if simple.facets.has_values()) {
                continue;
            }
            let builtin = self.chain(ix).iter().find_map(|simple| match simple.variety {
                Variety::Builtin(builtin) => Some(builtin),
                _ => None,
            });
            if let Kind::Simple(simple) = &mut self.types[ix].kind {
                simple.facets.prepare(builtin);
            }
        }
    }

    /// A simple type and those that it restricts, the innermost first.
    pub(crate) fn chain(&self, ix: TypeIx) -> Vec<&Simple> {
        let mut chain = Vec::new();
        let mut at = Some(ix);
        while let Some(found) = at.and_then(|ix| self.types.get(ix)) {
            match &found.kind {
                Kind::Simple(simple) => chain.push(simple.as_ref()),
                Kind::Complex(_) => break,
            }
            if chain.len() > 200 || !matches!(chain.last().map(|s| &s.variety), Some(Variety::Base)) {
                break;
            }
            at = found.base;
        }
        chain
    }
}
