//! What the language allows, as data: every map, key, type, default and one line about it.
//!
//! Error messages, the JSON Schema and the reference in the docs are all made from these tables; a fact is written once.

mod channels;
mod delivery;
mod flow;
mod more_steps;
mod reference;
mod schema;
mod steps;
mod transform;
mod values;

pub(crate) use channels::{RECEIVER, SENDER};
pub(crate) use delivery::DEFAULTS;
pub(crate) use flow::FLOW;
pub use reference::reference;
pub use schema::schema;
pub(crate) use steps::{STEPS, VARIABLES};
pub(crate) use values::{VALUE_MAP, VALUE_MAPPING};

/// A map of the language.
#[derive(Debug)]
pub(crate) struct MapSpec {
    /// How messages and the reference call it, with its article: `a queue sender`.
    pub name: &'static str,
    /// What it is for, one sentence.
    pub doc: &'static str,
    /// Its keys in the order of the reference.
    pub keys: &'static [Key],
    /// Exactly one of these keys is needed; empty where there is no such choice.
    pub one_of: &'static [&'static str],
}

/// A key of a map.
#[derive(Debug)]
pub(crate) struct Key {
    /// As authors write it.
    pub name: &'static str,
    /// What it takes.
    pub ty: Ty,
    /// Whether it must be there.
    pub required: bool,
    /// What holds when it is not there; empty where the doc line says it.
    pub default: &'static str,
    /// What it does, one line.
    pub doc: &'static str,
}

/// What a value may look like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ty {
    /// Any scalar, read as text.
    Text,
    /// A name: letters, digits, `_`, `.`, `-`, at most 80.
    Name,
    /// An address that starts with a slash.
    Path,
    /// Text with `${...}`.
    Template,
    /// A condition.
    Condition,
    /// An XPath expression.
    XPath,
    /// A JSONPath query.
    JsonPath,
    /// A reference to a secret: `secret:name`.
    Secret,
    /// A duration such as `1h30m`.
    Duration,
    /// A size such as `40MB`.
    Bytes,
    /// A point in time such as `2027-01-01T00:00:00Z`.
    Time,
    /// true or false.
    Bool,
    /// A whole number from and to.
    Int(i64, i64),
    /// A number from and to.
    Number(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any scalar; numbers and booleans keep their kind.
    Scalar,
    /// A list.
    List(&'static Ty),
    /// A map with keys of the author's choice.
    Dict(&'static Ty),
    /// A map with these keys.
    Map(&'static MapSpec),
    /// A list of steps.
    Steps,
    /// A map that needs no content, or nothing at all.
    Empty,
    /// The first of these whose shape (scalar, list, map) fits.
    Either(&'static [Ty]),
}

/// All tables that can be reached from some, in the order of the reference, without those that other chapters hold.
fn all(from: &[&'static MapSpec], without: &[&'static MapSpec]) -> Vec<&'static MapSpec> {
    fn visit(ty: &'static Ty, without: &[&'static MapSpec], found: &mut Vec<&'static MapSpec>) {
        match ty {
            Ty::Map(spec) => add(spec, without, found),
            Ty::List(item) | Ty::Dict(item) => visit(item, without, found),
            Ty::Either(forms) => forms.iter().for_each(|f| visit(f, without, found)),
            Ty::Steps => add(&STEPS, without, found),
            _ => {}
        }
    }
    fn add(spec: &'static MapSpec, without: &[&'static MapSpec], found: &mut Vec<&'static MapSpec>) {
        if !found.iter().chain(without).any(|s| std::ptr::eq(*s, spec)) {
            found.push(spec);
            if std::ptr::eq(spec, &raw const STEPS) && !without.iter().any(|s| std::ptr::eq(*s, &raw const VARIABLES)) {
                found.push(&VARIABLES);
            }
            spec.keys.iter().for_each(|k| visit(&k.ty, without, found));
        }
    }
    let mut found = Vec::new();
    from.iter().for_each(|spec| add(spec, without, &mut found));
    found
}

impl MapSpec {
    /// The key of a name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// Its first keys, for messages.
    fn some_keys(&self) -> String {
        let names: Vec<String> = self.keys.iter().take(5).map(|k| format!("`{}`", k.name)).collect();
        let more = if self.keys.len() > names.len() { ", ..." } else { "" };
        format!("{}{more}", names.join(", "))
    }
}

impl Key {
    /// A key that may be left out, with its default.
    pub(crate) const fn of(name: &'static str, ty: Ty, default: &'static str, doc: &'static str) -> Key {
        Key { name, ty, required: false, default, doc }
    }

    /// A key that must be there.
    pub(crate) const fn must(name: &'static str, ty: Ty, doc: &'static str) -> Key {
        Key { name, ty, required: true, default: "", doc }
    }
}

impl Ty {
    /// The table of the map that may stand here.
    pub(crate) fn map(&self) -> Option<&'static MapSpec> {
        match self {
            Ty::Map(spec) => Some(spec),
            Ty::Either(forms) => forms.iter().find_map(Ty::map),
            _ => None,
        }
    }

    /// What is expected, for messages and the reference: `a duration such as 30s, 5m or 1h30m`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Ty::Text => "text".to_owned(),
            Ty::Name => "a name".to_owned(),
            Ty::Path => "an address that starts with `/`".to_owned(),
            Ty::Template => "text, `${...}` allowed".to_owned(),
            Ty::Condition => "a condition such as `${header.country} = 'DE'`".to_owned(),
            Ty::XPath => "an XPath expression".to_owned(),
            Ty::JsonPath => "a JSONPath query".to_owned(),
            Ty::Secret => "a reference `secret:name`".to_owned(),
            Ty::Duration => "a duration such as 30s, 5m or 1h30m".to_owned(),
            Ty::Bytes => "a size such as 64KB or 40MB".to_owned(),
            Ty::Time => "a time such as 2027-01-31T08:00:00Z".to_owned(),
            Ty::Bool => "true or false".to_owned(),
            Ty::Int(min, i64::MAX) => format!("a whole number from {min}"),
            Ty::Int(min, max) => format!("a whole number from {min} to {max}"),
            Ty::Number(min, max) => format!("a number from {min} to {max}"),
            Ty::Choice([word]) => format!("`{word}`"),
            Ty::Choice(words) => {
                let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Ty::Scalar => "text, a number or true/false".to_owned(),
            Ty::List(Ty::Map(spec)) => format!("a list of maps with {}", spec.some_keys()),
            Ty::List(_) => "a list such as [a, b]".to_owned(),
            Ty::Dict(Ty::Map(spec)) => format!("a map of names, each with {}", spec.some_keys()),
            Ty::Dict(Ty::Steps) => "a map of names, each with a list of steps".to_owned(),
            Ty::Dict(_) => "a map of names and values".to_owned(),
            Ty::Map(spec) => format!("a map with {}", spec.some_keys()),
            Ty::Steps => "a list of steps".to_owned(),
            Ty::Empty => "nothing".to_owned(),
            Ty::Either(forms) => {
                let forms: Vec<String> = forms.iter().map(Ty::describe).collect();
                forms.join(", or ")
            }
        }
    }
}
