//! The functions: one table, found by name when an expression is parsed.

mod moments;
mod nodes;
pub mod number_picture;
mod numbers;
mod sequences;
mod strings;
mod time_picture;

use std::borrow::Cow;
use std::fmt;

use regex::Regex;

use super::cast::{AtomType, cast};
use super::eval::{Eval, Focus, context};
use super::value::{Atom, Item, R, Seq, fail};

/// A function of XPath.
pub struct Function {
    pub name: &'static str,
    pub min: usize,
    pub max: usize,
    /// With fewer arguments than this, it works on the context item.
    pub context_below: usize,
    pub run: for<'a> fn(&mut Eval<'a>, Call<'_, 'a>) -> R<Seq<'a>>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

type Run = for<'a> fn(&mut Eval<'a>, Call<'_, 'a>) -> R<Seq<'a>>;

/// A function that never works on the context item.
const fn plain(name: &'static str, min: usize, max: usize, run: Run) -> Function {
    Function { name, min, max, context_below: 0, run }
}

/// A function whose last argument may be left out: then it is the context item.
const fn on_context(name: &'static str, max: usize, run: Run) -> Function {
    Function { name, min: max - 1, max, context_below: max, run }
}

/// What the reference calls each table, and the table.
pub const TABLES: [(&str, &[Function]); 5] = [
    ("Text", strings::TABLE),
    ("Numbers", numbers::TABLE),
    ("Sequences and truth", sequences::TABLE),
    ("Nodes", nodes::TABLE),
    ("Dates, times and durations", moments::TABLE),
];

pub fn find(name: &str) -> Option<&'static Function> {
    TABLES.iter().flat_map(|(_, table)| *table).find(|f| f.name == name)
}

pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|(_, table)| *table).map(|f| f.name)
}

/// One call with its evaluated arguments.
pub struct Call<'f, 'a> {
    pub name: &'static str,
    pub args: Vec<Seq<'a>>,
    pub regex: Option<&'a Regex>,
    pub focus: Focus<'f, 'a>,
    /// Whether the rules of XPath 1.0 hold.
    pub compat: bool,
}

const PLACES: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

impl<'a> Call<'_, 'a> {
    /// An argument; empty if it was left out.
    fn arg(&self, i: usize) -> &[Item<'a>] {
        self.args.get(i).map_or(&[], Vec::as_slice)
    }

    fn has(&self, i: usize) -> bool {
        i < self.args.len()
    }

    fn take(&mut self, i: usize) -> Seq<'a> {
        self.args.get_mut(i).map(std::mem::take).unwrap_or_default()
    }

    /// An argument of at most one item.
    fn item(&self, i: usize) -> R<Option<&Item<'a>>> {
        match self.arg(i) {
            [] => Ok(None),
            [item] => Ok(Some(item)),
            [first, ..] if self.compat => Ok(Some(first)),
            items => fail(format!(
                "{}() takes one value as its {} argument, this message gave {}",
                self.name,
                PLACES.get(i).unwrap_or(&"next"),
                items.len()
            )),
        }
    }

    fn atom(&self, ev: &mut Eval<'a>, i: usize) -> R<Option<Atom<'a>>> {
        self.item(i)?.map(|item| ev.atom(item)).transpose()
    }

    /// An argument as text; nothing is the empty text.
    fn text(&self, ev: &mut Eval<'a>, i: usize) -> R<Cow<'a, str>> {
        self.item(i)?.map_or(Ok("".into()), |item| ev.text(item))
    }

    /// The same, or the context item's text if the argument was left out.
    fn text_or_context(&self, ev: &mut Eval<'a>, i: usize) -> R<Cow<'a, str>> {
        if self.has(i) { self.text(ev, i) } else { ev.text(context(self.focus)?) }
    }

    /// An argument, or the context item if it was left out.
    fn item_or_context(&self, i: usize) -> R<Option<&Item<'a>>> {
        if self.has(i) { self.item(i) } else { context(self.focus).map(Some) }
    }

    fn double(&self, ev: &mut Eval<'a>, i: usize) -> R<f64> {
        match self.atom(ev, i)? {
            Some(atom) if self.compat => Ok(atom.number()),
            None if self.compat => Ok(f64::NAN),
            Some(atom) => super::cast::to_double(&atom),
            None => {
                fail(format!("{}() needs a number as its {} argument", self.name, PLACES.get(i).unwrap_or(&"next")))
            }
        }
    }

    fn int(&self, ev: &mut Eval<'a>, i: usize) -> R<Option<i64>> {
        let Some(atom) = self.atom(ev, i)? else { return Ok(None) };
        match cast(atom, AtomType::Int { name: "integer", min: i64::MIN, max: i64::MAX })? {
            Atom::Int(n) => Ok(Some(n)),
            _ => Ok(None),
        }
    }
}

/// A text as the only result.
fn one_text<'a>(ev: &mut Eval<'a>, text: String) -> R<Seq<'a>> {
    ev.charge_text(text.len())?;
    Ok(vec![Item::string(text)])
}

fn one_bool<'a>(value: bool) -> R<Seq<'a>> {
    Ok(vec![Item::bool(value)])
}
