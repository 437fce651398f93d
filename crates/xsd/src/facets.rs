//! Facets: what a restriction of a simple type asks for.

use std::cmp::Ordering;
use std::collections::HashSet;

use regex::Regex;
use roxmltree::Node;

use crate::names::parts;
use crate::pattern::Patterns;
use crate::simple::{Builtin, Ordered, Space, normalize};

/// Most values of an enumeration.
const MAX_VALUES: usize = 10_000;
/// Most patterns of a type.
const MAX_PATTERNS: usize = 100;

/// The facets of one restriction.
#[derive(Default)]
pub(crate) struct Facets {
    pub(crate) space: Option<Space>,
    length: Option<usize>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    total_digits: Option<usize>,
    fraction_digits: Option<usize>,
    /// The text, and whether the value itself is allowed.
    min: Option<(String, bool)>,
    max: Option<(String, bool)>,
    /// One of them has to fit.
    patterns: Vec<(String, Regex)>,
    values: Vec<String>,
    /// The values as they are looked up, once the type that they belong to is known.
    known: HashSet<String>,
    /// Numbers and moments among them, in their order: the same one may be written in another way.
    ordered: Vec<Ordered>,
}

impl Facets {
    /// The facets of a `restriction`. A mistake is a sentence and the part that it is about.
    pub(crate) fn read<'a, 'i>(node: Node<'a, 'i>, known: &mut Patterns) -> Result<Self, (Node<'a, 'i>, String)> {
        let mut facets = Facets::default();
        for part in parts(node) {
            let value = part.attribute("value").unwrap_or("");
            let name = part.tag_name().name();
            let number = || value.trim().parse().map_err(|_| (part, format!("`{name}` needs a whole number")));
            let limit = |allowed: bool| Some((normalize(value, Space::Collapse), allowed));
            match name {
                "whiteSpace" => {
                    facets.space = Some(match value.trim() {
                        "replace" => Space::Replace,
                        "collapse" => Space::Collapse,
                        _ => Space::Preserve,
                    });
                }
                "length" => facets.length = Some(number()?),
                "minLength" => facets.min_length = Some(number()?),
                "maxLength" => facets.max_length = Some(number()?),
                "totalDigits" => facets.total_digits = Some(number()?),
                "fractionDigits" => facets.fraction_digits = Some(number()?),
                "minInclusive" => facets.min = limit(true),
                "minExclusive" => facets.min = limit(false),
                "maxInclusive" => facets.max = limit(true),
                "maxExclusive" => facets.max = limit(false),
                "pattern" if facets.patterns.len() >= MAX_PATTERNS => {
                    return Err((part, format!("a type has more than {MAX_PATTERNS} patterns")));
                }
                "pattern" => {
                    let regex = known.regex(value).map_err(|what| (part, what))?;
                    facets.patterns.push((value.to_owned(), regex));
                }
                "enumeration" if facets.values.len() >= MAX_VALUES => {
                    return Err((part, format!("a type has more than {MAX_VALUES} values")));
                }
                "enumeration" => facets.values.push(value.to_owned()),
                _ => {}
            }
        }
        facets.values.sort();
        Ok(facets)
    }

    /// Why a value does not fit; `items` is the number of items of a list.
    pub(crate) fn check(&self, value: &str, builtin: Option<Builtin>, items: Option<usize>) -> Result<(), String> {
        let compares = !self.values.is_empty() || self.limits();
        let number = builtin.filter(|_| compares).and_then(|b| b.ordered(value));
        let shown = || crate::validate::shown(value);
        if self.length.or(self.min_length).or(self.max_length).is_some() {
            let length = items.unwrap_or_else(|| builtin.map_or(value.chars().count(), |b| b.length(value)));
            let say = |what: &str, wanted: usize| Err(format!("{} is {length} long, {what} {wanted}", shown()));
            match (self.length, self.min_length, self.max_length) {
                (Some(wanted), ..) if length != wanted => return say("not", wanted),
                (_, Some(wanted), _) if length < wanted => return say("at least it has to be", wanted),
                (_, _, Some(wanted)) if length > wanted => return say("at most it may be", wanted),
                _ => {}
            }
        }
        if !self.patterns.is_empty() && !self.patterns.iter().any(|(_, regex)| regex.is_match(value)) {
            let (pattern, _) = &self.patterns[0];
            return Err(format!("{} does not fit the pattern {}", shown(), crate::validate::shown(pattern)));
        }
        if !self.values.is_empty() && !self.has_value(value, number.as_ref()) {
            let some: Vec<&str> = self.values.iter().take(5).map(String::as_str).collect();
            let more = if self.values.len() > 5 { ", ..." } else { "" };
            return Err(format!("{} is none of {}{more}", shown(), some.join(", ")));
        }
        let Some(builtin) = builtin else { return Ok(()) };
        let Some(number) = number else { return Ok(()) };
        for (limit, least) in [(&self.min, true), (&self.max, false)] {
            let Some((text, allowed)) = limit else { continue };
            let Some(limit) = builtin.ordered(text) else { continue };
            let good = match (least, allowed) {
                (true, true) => number >= limit,
                (true, false) => number > limit,
                (false, true) => number <= limit,
                (false, false) => number < limit,
            };
            if !good {
                let what = if least { "less" } else { "more" };
                let or_same = if *allowed { "" } else { " or the same" };
                return Err(format!("{} is {what} than {text}{or_same}, which is not allowed", shown()));
            }
        }
        if let Ordered::Decimal(number) = number {
            let (total, fraction) = number.digits();
            if self.total_digits.is_some_and(|most| total > most) {
                return Err(format!("{} has more than {} digits", shown(), self.total_digits.unwrap_or(0)));
            }
            if self.fraction_digits.is_some_and(|most| fraction > most) {
                let most = self.fraction_digits.unwrap_or(0);
                return Err(format!("{} has more than {most} digits after the point", shown()));
            }
        }
        Ok(())
    }

    /// Whether there are limits of numbers or moments.
    fn limits(&self) -> bool {
        self.min.is_some() || self.max.is_some() || self.total_digits.is_some() || self.fraction_digits.is_some()
    }

    /// What checking a value of this length costs, in steps.
    pub(crate) fn cost(&self, length: usize) -> usize {
        (1 + length / 256) * (1 + self.patterns.len())
    }

    /// Whether [`Facets::prepare`] has something to do.
    pub(crate) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    /// Makes the values of an enumeration ready to be looked up.
    pub(crate) fn prepare(&mut self, builtin: Option<Builtin>) {
        self.known = self.values.iter().cloned().collect();
        // Blanks around a value may count for nothing.
        if builtin.is_none_or(|b| b.space() == Space::Collapse) {
            self.known.extend(self.values.iter().map(|v| normalize(v, Space::Collapse)));
        }
        let not_a_number = |o: &Ordered| matches!(o, Ordered::Float(n) if n.is_nan());
        let values = self.values.iter().filter_map(|v| builtin?.ordered(v.trim()));
        self.ordered = values.filter(|o| !not_a_number(o)).collect();
        self.ordered.sort_by(order);
    }

    fn has_value(&self, value: &str, number: Option<&Ordered>) -> bool {
        self.known.contains(value)
            || number
                .is_some_and(|n| self.ordered.binary_search_by(|o| order(o, n)).is_ok_and(|i| self.ordered[i] == *n))
    }
}

fn order(a: &Ordered, b: &Ordered) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}
