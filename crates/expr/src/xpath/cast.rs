//! The atomic types of `xs:` and the conversions between them.

use super::number::{Decimal, parse_double, trim};
use super::times::{Duration, DurationKind, Moment, MomentKind};
use super::value::{Atom, R, fail};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AtomType {
    Any,
    Untyped,
    Text(&'static str),
    Boolean,
    Int { name: &'static str, min: i64, max: i64 },
    Decimal,
    Double,
    Moment(MomentKind),
    Duration(DurationKind),
}

const TYPES: [(&str, AtomType); 30] = [
    ("string", AtomType::Text("string")),
    ("boolean", AtomType::Boolean),
    ("integer", int("integer", i64::MIN, i64::MAX)),
    ("decimal", AtomType::Decimal),
    ("double", AtomType::Double),
    ("float", AtomType::Double),
    ("numeric", AtomType::Double),
    ("int", int("int", i32::MIN as i64, i32::MAX as i64)),
    ("long", int("long", i64::MIN, i64::MAX)),
    ("short", int("short", i16::MIN as i64, i16::MAX as i64)),
    ("byte", int("byte", i8::MIN as i64, i8::MAX as i64)),
    ("nonNegativeInteger", int("nonNegativeInteger", 0, i64::MAX)),
    ("positiveInteger", int("positiveInteger", 1, i64::MAX)),
    ("nonPositiveInteger", int("nonPositiveInteger", i64::MIN, 0)),
    ("negativeInteger", int("negativeInteger", i64::MIN, -1)),
    ("unsignedLong", int("unsignedLong", 0, i64::MAX)),
    ("unsignedInt", int("unsignedInt", 0, u32::MAX as i64)),
    ("unsignedShort", int("unsignedShort", 0, u16::MAX as i64)),
    ("unsignedByte", int("unsignedByte", 0, u8::MAX as i64)),
    ("date", AtomType::Moment(MomentKind::Date)),
    ("dateTime", AtomType::Moment(MomentKind::DateTime)),
    ("time", AtomType::Moment(MomentKind::Time)),
    ("duration", AtomType::Duration(DurationKind::Full)),
    ("dayTimeDuration", AtomType::Duration(DurationKind::DayTime)),
    ("yearMonthDuration", AtomType::Duration(DurationKind::YearMonth)),
    ("anyURI", AtomType::Text("anyURI")),
    ("normalizedString", AtomType::Text("normalizedString")),
    ("token", AtomType::Text("token")),
    ("untypedAtomic", AtomType::Untyped),
    ("anyAtomicType", AtomType::Any),
];

const fn int(name: &'static str, min: i64, max: i64) -> AtomType {
    AtomType::Int { name, min, max }
}

impl AtomType {
    pub fn find(name: &str) -> Option<Self> {
        TYPES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|(n, _)| *n)
    }

    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(_, t)| *t == self).map_or("anyAtomicType", |(n, _)| n)
    }

    /// Whether a value is of this type. Whole numbers carry no narrower type: they are of every type they fit into.
    pub fn holds(self, atom: &Atom<'_>) -> bool {
        match (self, atom) {
            (AtomType::Any, _)
            | (AtomType::Untyped, Atom::Untyped(_))
            | (AtomType::Text("string"), Atom::Text(_))
            | (AtomType::Boolean, Atom::Bool(_))
            | (AtomType::Decimal, Atom::Decimal(_) | Atom::Int(_))
            | (AtomType::Double, Atom::Double(_)) => true,
            (AtomType::Int { min, max, .. }, Atom::Int(n)) => (min..=max).contains(n),
            (AtomType::Moment(kind), Atom::Moment(k, _)) => kind == *k,
            (AtomType::Duration(kind), Atom::Duration(d)) => kind == d.kind || kind == DurationKind::Full,
            _ => false,
        }
    }
}

/// What an error text calls a value's type.
pub fn type_name(atom: &Atom<'_>) -> &'static str {
    match atom {
        Atom::Text(_) => "a text",
        Atom::Untyped(_) => "an untyped text",
        Atom::Int(_) => "a whole number",
        Atom::Decimal(_) | Atom::Double(_) => "a number",
        Atom::Bool(_) => "a boolean",
        Atom::Moment(MomentKind::Date, _) => "a date",
        Atom::Moment(MomentKind::DateTime, _) => "a dateTime",
        Atom::Moment(MomentKind::Time, _) => "a time",
        Atom::Duration(_) => "a duration",
    }
}

/// Converts a value to a type.
pub fn cast<'a>(atom: Atom<'a>, to: AtomType) -> R<Atom<'a>> {
    match to {
        AtomType::Any => Ok(atom),
        AtomType::Untyped => Ok(Atom::Untyped(atom.text())),
        AtomType::Text("normalizedString") => Ok(Atom::Text(atom.text().replace(['\t', '\r', '\n'], " ").into())),
        AtomType::Text("token") => {
            Ok(Atom::Text(atom.text().split_ascii_whitespace().collect::<Vec<_>>().join(" ").into()))
        }
        AtomType::Text(_) => Ok(Atom::Text(atom.text())),
        AtomType::Boolean => to_bool(&atom).map(Atom::Bool),
        AtomType::Double => to_double(&atom).map(Atom::Double),
        AtomType::Decimal => to_decimal(&atom).map(Atom::Decimal),
        AtomType::Int { name, min, max } => to_int(&atom, name, min, max).map(Atom::Int),
        AtomType::Moment(kind) => to_moment(&atom, kind).map(|m| Atom::Moment(kind, m)),
        AtomType::Duration(kind) => to_duration(&atom, kind).map(Atom::Duration),
    }
}

fn no<T>(atom: &Atom<'_>, wanted: &str) -> R<T> {
    let text = atom.text();
    let shown: String = text.chars().take(60).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    fail(format!("\"{shown}{more}\" is not {wanted}"))
}

pub fn to_bool(atom: &Atom<'_>) -> R<bool> {
    match atom {
        Atom::Bool(b) => Ok(*b),
        Atom::Text(t) | Atom::Untyped(t) => match trim(t) {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => no(atom, "a boolean"),
        },
        _ if atom.is_numeric() => Ok(!matches!(atom.number(), n if n == 0.0 || n.is_nan())),
        _ => no(atom, "a boolean"),
    }
}

pub fn to_double(atom: &Atom<'_>) -> R<f64> {
    match atom {
        Atom::Text(t) | Atom::Untyped(t) => match parse_double(t) {
            Some(n) => Ok(n),
            None => no(atom, "a number"),
        },
        Atom::Moment(..) | Atom::Duration(_) => no(atom, "a number"),
        _ => Ok(atom.number()),
    }
}

pub fn to_decimal(atom: &Atom<'_>) -> R<Decimal> {
    let found = match atom {
        Atom::Decimal(d) => Some(*d),
        Atom::Int(n) => Some(Decimal::of_int(*n)),
        Atom::Double(n) => Decimal::of_double(*n),
        Atom::Bool(b) => Some(Decimal::of_int(i64::from(*b))),
        Atom::Text(t) | Atom::Untyped(t) => Decimal::parse(trim(t)),
        _ => None,
    };
    found.map_or_else(|| no(atom, "a decimal number"), Ok)
}

fn to_int(atom: &Atom<'_>, name: &str, min: i64, max: i64) -> R<i64> {
    let found = match atom {
        Atom::Int(n) => Some(*n),
        Atom::Text(t) | Atom::Untyped(t) => trim(t).parse().ok(),
        _ => to_decimal(atom)?.to_int(),
    };
    match found.filter(|n| (min..=max).contains(n)) {
        Some(n) => Ok(n),
        None => no(atom, &format!("a whole number of type xs:{name}")),
    }
}

pub fn to_moment(atom: &Atom<'_>, kind: MomentKind) -> R<Moment> {
    let found = match atom {
        Atom::Moment(from, moment) => moment.to_kind(*from, kind),
        Atom::Text(t) | Atom::Untyped(t) => Moment::parse(trim(t), kind),
        _ => None,
    };
    let wanted = match kind {
        MomentKind::Date => "a date such as 2026-01-31",
        MomentKind::DateTime => "a dateTime such as 2026-01-31T12:00:00Z",
        MomentKind::Time => "a time such as 12:00:00",
    };
    found.map_or_else(|| no(atom, wanted), Ok)
}

pub fn to_duration(atom: &Atom<'_>, kind: DurationKind) -> R<Duration> {
    let found = match atom {
        Atom::Duration(d) => Some(d.to_kind(kind)),
        Atom::Text(t) | Atom::Untyped(t) => Duration::parse(trim(t), kind),
        _ => None,
    };
    found.map_or_else(|| no(atom, "a duration such as P1DT12H"), Ok)
}
