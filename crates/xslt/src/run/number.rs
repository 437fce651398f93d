//! `xsl:number`: places of nodes, and how they are written.

use expr::xpath::eval::Eval;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::Kind;
use expr::xpath::value::{Item, R, fail};

use super::{Cx, Machine};
use crate::model::{Level, Number};

impl<'a> Machine<'a> {
    pub(super) fn number(&self, ev: &mut Eval<'a>, number: &'a Number, cx: &Cx<'a>) -> R<String> {
        let format = self.optional_avt(ev, &number.format, cx)?.unwrap_or_else(|| "1".to_owned());
        let mut numbers = Vec::new();
        if let Some(value) = &number.value {
            let items = self.xp(ev, value, cx)?;
            for item in &items {
                let found = ev.atom(item)?.number().round();
                if !(0.0..=1e15).contains(&found) {
                    return fail("xsl:number writes whole numbers from 0 on");
                }
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
                numbers.push(found as u64);
                if value.compat {
                    break;
                }
            }
        } else {
            let item = match &number.select {
                Some(select) => self.xp(ev, select, cx)?.into_iter().next(),
                None => cx.item.clone(),
            };
            let Some(Item::Node(node)) = item else { return fail("xsl:number without `value` counts nodes") };
            numbers = self.places(ev, number, node)?;
        }
        let grouping = match &number.grouping {
            Some((separator, size)) => {
                let size = self.avt(ev, size, cx)?.trim().parse::<usize>().unwrap_or(0);
                Some((self.avt(ev, separator, cx)?, size)).filter(|(_, size)| *size > 0)
            }
            None => None,
        };
        let most = self.most_bytes;
        let out = write(&numbers, &format, grouping.as_ref(), most);
        ev.charge_text(out.len())?;
        ev.charge(numbers.len() as u64 * 10)?;
        if out.len() > most { fail(format!("xsl:number writes more than {} MiB", most >> 20)) } else { Ok(out) }
    }

    fn counts(&self, ev: &mut Eval<'a>, number: &'a Number, node: NodeRef<'a>, like: NodeRef<'a>) -> R<bool> {
        match &number.count {
            Some(patterns) => self.any_fits(ev, patterns, &Item::Node(node)),
            None => Ok(node.kind() == like.kind() && (node.uri(), node.local()) == (like.uri(), like.local())),
        }
    }

    fn is_from(&self, ev: &mut Eval<'a>, number: &'a Number, node: NodeRef<'a>) -> R<bool> {
        match &number.from {
            Some(patterns) => self.any_fits(ev, patterns, &Item::Node(node)),
            None => Ok(false),
        }
    }

    fn places(&self, ev: &mut Eval<'a>, number: &'a Number, node: NodeRef<'a>) -> R<Vec<u64>> {
        if number.level == Level::Any {
            let NodeRef::Built(tree, at) = node else { return Ok(Vec::new()) };
            let mut count = 0;
            for i in (0..=at).rev() {
                ev.charge(1)?;
                let other = NodeRef::Built(tree, i);
                if other.kind() == Kind::Attribute && i != at {
                    continue;
                }
                if self.counts(ev, number, other, node)? {
                    count += 1;
                }
                if self.is_from(ev, number, other)? {
                    break;
                }
            }
            return Ok(if count == 0 { Vec::new() } else { vec![count] });
        }
        let mut found = Vec::new();
        let mut up = Some(node);
        while let Some(at) = up {
            if self.counts(ev, number, at, node)? {
                let mut place = 1;
                let mut before = previous(at);
                while let Some(sibling) = before {
                    ev.charge(1)?;
                    place += u64::from(self.counts(ev, number, sibling, node)?);
                    before = previous(sibling);
                }
                found.push(place);
                if number.level == Level::Single {
                    break;
                }
            }
            if self.is_from(ev, number, at)? {
                break;
            }
            up = at.parent();
        }
        found.reverse();
        Ok(found)
    }
}

fn previous(node: NodeRef<'_>) -> Option<NodeRef<'_>> {
    match node {
        NodeRef::Built(tree, at) => tree.previous_sibling(at).map(|i| NodeRef::Built(tree, i)),
        _ => None,
    }
}

/// Numbers by a format such as `1.1`, `A)` or `(i)`: words of letters and digits are places, the rest stands between.
/// Ends where it has become longer than `most`.
fn write(numbers: &[u64], format: &str, grouping: Option<&(String, usize)>, most: usize) -> String {
    let mut tokens: Vec<(String, String)> = Vec::new();
    let (mut between, mut word) = (String::new(), String::new());
    for c in format.chars() {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            if !word.is_empty() {
                tokens.push((std::mem::take(&mut between), std::mem::take(&mut word)));
            }
            between.push(c);
        }
    }
    let suffix = if word.is_empty() {
        between
    } else {
        tokens.push((between, word));
        String::new()
    };
    let standard = (".".to_owned(), "1".to_owned());
    let prefix = tokens.first().map_or(String::new(), |(between, _)| between.clone());
    let mut out = if tokens.is_empty() { suffix.clone() } else { prefix };
    for (i, number) in numbers.iter().enumerate() {
        let (between, token) = tokens.get(i).or(tokens.last()).unwrap_or(&standard);
        if i > 0 {
            out.push_str(if between.is_empty() || tokens.len() == 1 { "." } else { between });
        }
        one(*number, token, grouping, most, &mut out);
        if out.len() > most {
            return out;
        }
    }
    out.push_str(&suffix);
    out
}

fn one(number: u64, token: &str, grouping: Option<&(String, usize)>, most: usize, out: &mut String) {
    match token {
        "a" if number > 0 => out.push_str(&letters(number).to_lowercase()),
        "A" if number > 0 => out.push_str(&letters(number)),
        "i" if (1..4_000).contains(&number) => out.push_str(&roman(number).to_lowercase()),
        "I" if (1..4_000).contains(&number) => out.push_str(&roman(number)),
        _ => {
            let width = if token.ends_with('1') { token.len().min(100) } else { 1 };
            let digits = format!("{number:0>width$}");
            let Some((separator, size)) = grouping else { return out.push_str(&digits) };
            for (i, c) in digits.chars().enumerate() {
                if out.len() > most {
                    return;
                }
                if i > 0 && (digits.len() - i) % size == 0 {
                    out.push_str(separator);
                }
                out.push(c);
            }
        }
    }
}

/// A to Z, then AA.
fn letters(mut number: u64) -> String {
    let mut out = Vec::new();
    while number > 0 {
        number -= 1;
        out.push(char::from(b'A' + u8::try_from(number % 26).unwrap_or(0)));
        number /= 26;
    }
    out.iter().rev().collect()
}

fn roman(mut number: u64) -> String {
    const SIGNS: [(u64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut out = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            out.push_str(sign);
            number -= value;
        }
    }
    out
}
