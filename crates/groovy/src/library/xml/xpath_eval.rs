//! XPath 1.0: what a path finds in a document.
use super::dom::Spot;
use super::tree::{Id, Kind, Tree, local, prefix};
use super::xpath_parse::{Axis, Expr, Op, Step, Test, wrong};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{R, Value};
use std::collections::{HashMap, HashSet};

/// The value of an expression.
#[derive(Clone)]
pub(super) enum Found {
    Nodes(Vec<Spot>),
    Number(f64),
    Text(String),
    Bool(bool),
}

fn spot_text(tree: &Tree, spot: Spot) -> String {
    match spot {
        Spot::Item(id) => tree.text(id),
        Spot::Attribute(id, n) => match &tree.items[id].kind {
            Kind::Element { attrs, .. } => attrs.get(n).map(|a| a.value.to_string()).unwrap_or_default(),
            _ => String::new(),
        },
    }
}

fn to_number(s: &str) -> f64 {
    let t = s.trim_matches([' ', '\t', '\n', '\r']);
    let plain = t.strip_prefix('-').unwrap_or(t);
    if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return f64::NAN;
    }
    t.parse().unwrap_or(f64::NAN)
}

fn number_text(n: f64) -> String {
    if n.is_infinite() {
        return if n > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if n == 0.0 { "0".into() } else { n.to_string() }
}

impl Found {
    pub(super) fn text(&self, tree: &Tree) -> String {
        match self {
            Found::Nodes(n) => n.first().map(|s| spot_text(tree, *s)).unwrap_or_default(),
            Found::Number(n) => number_text(*n),
            Found::Text(s) => s.clone(),
            Found::Bool(b) => b.to_string(),
        }
    }
    pub(super) fn number(&self, tree: &Tree) -> f64 {
        match self {
            Found::Number(n) => *n,
            Found::Bool(b) => f64::from(u8::from(*b)),
            other => to_number(&other.text(tree)),
        }
    }
    pub(super) fn truth(&self) -> bool {
        match self {
            Found::Nodes(n) => !n.is_empty(),
            Found::Number(n) => *n != 0.0 && !n.is_nan(),
            Found::Text(s) => !s.is_empty(),
            Found::Bool(b) => *b,
        }
    }
}

/// One evaluation.
pub(super) struct Context<'a, 'i, 'p> {
    it: &'i mut Interpreter<'p>,
    tree: &'a Tree,
    prefixes: Value,
    /// What prefixes turned out to mean.
    known: HashMap<String, String>,
    /// Places in the document, made when something must be put in order.
    order: Option<HashMap<Id, usize>>,
}

/// The node an expression is evaluated at.
#[derive(Clone, Copy)]
struct Here {
    spot: Spot,
    position: usize,
    size: usize,
}

impl<'a, 'i, 'p> Context<'a, 'i, 'p> {
    pub(super) fn new(it: &'i mut Interpreter<'p>, tree: &'a Tree, prefixes: Value) -> Self {
        Context { it, tree, prefixes, known: HashMap::new(), order: None }
    }

    /// The value of an expression at a node.
    pub(super) fn run(&mut self, e: &Expr, spot: Spot) -> R<Found> {
        self.eval(e, Here { spot, position: 1, size: 1 })
    }

    fn eval(&mut self, e: &Expr, here: Here) -> R<Found> {
        self.it.tick()?;
        Ok(match e {
            Expr::Number(n) => Found::Number(*n),
            Expr::Text(s) => Found::Text(s.clone()),
            Expr::Variable(v) => return wrong(format!("the variable ${v} has no value")),
            Expr::Minus(e) => {
                let v = self.eval(e, here)?;
                Found::Number(-v.number(self.tree))
            }
            Expr::Union(all) => {
                let mut spots = Vec::new();
                for e in all {
                    spots.extend(self.nodes(e, here)?);
                }
                Found::Nodes(self.ordered(spots)?)
            }
            Expr::Binary(..) => {
                // Chains of operators lean to the left: no stack frame for each.
                let (mut chain, mut at) = (Vec::new(), e);
                while let Expr::Binary(op, a, b) = at {
                    chain.push((*op, b));
                    at = a;
                }
                let mut left = self.eval(at, here)?;
                while let Some((op, b)) = chain.pop() {
                    left = self.binary(op, left, b, here)?;
                }
                left
            }
            Expr::Call(name, args) => return self.call(name, args, here),
            Expr::Path { absolute, from, filters, steps } => {
                let mut spots = match from {
                    Some(e) if filters.is_empty() && steps.is_empty() => return self.eval(e, here),
                    Some(e) => self.nodes(e, here)?,
                    None if *absolute => vec![Spot::Item(self.top(here.spot))],
                    None => vec![here.spot],
                };
                for f in filters {
                    spots = self.filter(spots, f)?;
                }
                for s in steps {
                    spots = self.step(&spots, s)?;
                }
                Found::Nodes(spots)
            }
        })
    }

    fn nodes(&mut self, e: &Expr, here: Here) -> R<Vec<Spot>> {
        match self.eval(e, here)? {
            Found::Nodes(n) => Ok(n),
            _ => wrong("Can not convert #STRING to a NodeList!"),
        }
    }

    fn top(&self, spot: Spot) -> Id {
        let mut id = match spot {
            Spot::Item(id) | Spot::Attribute(id, _) => id,
        };
        while let Some(p) = self.tree.items[id].parent {
            id = p;
        }
        id
    }

    /// In the order of the document, each once.
    fn ordered(&mut self, mut spots: Vec<Spot>) -> R<Vec<Spot>> {
        let mut seen = HashSet::new();
        spots.retain(|s| seen.insert(*s));
        if spots.len() < 2 {
            return Ok(spots);
        }
        if self.order.is_none() {
            let all = self.tree.below(self.top(spots[0]));
            self.it.charge(all.len() * 24)?;
            self.order = Some(all.into_iter().enumerate().map(|(n, id)| (id, n)).collect());
        }
        self.it.charge(spots.len() * 16)?;
        let order = self.order.as_ref();
        let place = |id: &Id| order.and_then(|o| o.get(id)).copied().unwrap_or(usize::MAX);
        spots.sort_by_key(|s| match s {
            Spot::Item(id) => (place(id), 0),
            Spot::Attribute(id, n) => (place(id), n + 1),
        });
        Ok(spots)
    }

    fn filter(&mut self, spots: Vec<Spot>, f: &Expr) -> R<Vec<Spot>> {
        let size = spots.len();
        let mut out = Vec::new();
        for (n, spot) in spots.into_iter().enumerate() {
            let keep = match self.eval(f, Here { spot, position: n + 1, size })? {
                Found::Number(x) => x == (n + 1) as f64,
                v => v.truth(),
            };
            if keep {
                out.push(spot);
            }
        }
        Ok(out)
    }

    fn step(&mut self, from: &[Spot], step: &Step) -> R<Vec<Spot>> {
        let mut out = Vec::new();
        for spot in from {
            let mut spots = Vec::new();
            for s in self.axis(*spot, step.axis)? {
                if self.fits(s, step)? {
                    spots.push(s);
                }
            }
            for f in &step.filters {
                spots = self.filter(spots, f)?;
            }
            out.extend(spots);
        }
        let backwards =
            matches!(step.axis, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling);
        if from.len() > 1 || backwards { self.ordered(out) } else { Ok(out) }
    }

    /// The nodes of an axis, nearest first.
    fn axis(&mut self, spot: Spot, axis: Axis) -> R<Vec<Spot>> {
        let tree = self.tree;
        let id = match spot {
            Spot::Item(id) => id,
            Spot::Attribute(owner, _) => {
                return Ok(match axis {
                    Axis::Own | Axis::DescendantOrSelf => vec![spot],
                    Axis::Parent => vec![Spot::Item(owner)],
                    Axis::Ancestor | Axis::AncestorOrSelf => self.axis(Spot::Item(owner), Axis::AncestorOrSelf)?,
                    _ => vec![],
                });
            }
        };
        let items = |v: Vec<Id>| v.into_iter().map(Spot::Item).collect::<Vec<_>>();
        let found = match axis {
            Axis::Own => vec![spot],
            Axis::Child => items(tree.items[id].children.clone()),
            Axis::Attribute => match &tree.items[id].kind {
                Kind::Element { attrs, .. } => {
                    let real = attrs.iter().enumerate().filter(|(_, a)| !a.declares());
                    real.map(|(n, _)| Spot::Attribute(id, n)).collect()
                }
                _ => vec![],
            },
            Axis::Parent => items(tree.items[id].parent.into_iter().collect()),
            Axis::Descendant => items(tree.below(id).split_off(1)),
            Axis::DescendantOrSelf => items(tree.below(id)),
            Axis::Ancestor | Axis::AncestorOrSelf => {
                let mut up = if axis == Axis::Ancestor { tree.items[id].parent } else { Some(id) };
                let mut out = Vec::new();
                while let Some(p) = up {
                    out.push(Spot::Item(p));
                    up = tree.items[p].parent;
                }
                out
            }
            Axis::FollowingSibling | Axis::PrecedingSibling => self.siblings(id, axis == Axis::FollowingSibling),
            Axis::Following | Axis::Preceding => {
                let next = axis == Axis::Following;
                let (mut out, mut at) = (Vec::new(), Some(id));
                while let Some(a) = at {
                    for s in self.siblings(a, next) {
                        if let Spot::Item(s) = s {
                            let mut all = tree.below(s);
                            if !next {
                                all.reverse();
                            }
                            out.extend(all.into_iter().map(Spot::Item));
                        }
                    }
                    at = tree.items[a].parent;
                    self.it.charge(out.len() * 8)?;
                }
                out
            }
        };
        self.it.charge(found.len() * 16)?;
        Ok(found)
    }

    fn siblings(&self, id: Id, next: bool) -> Vec<Spot> {
        let Some(p) = self.tree.items[id].parent else { return vec![] };
        let all = &self.tree.items[p].children;
        let at = all.iter().position(|c| *c == id).unwrap_or(0);
        if next {
            all[at + 1..].iter().map(|c| Spot::Item(*c)).collect()
        } else {
            all[..at].iter().rev().map(|c| Spot::Item(*c)).collect()
        }
    }

    fn fits(&mut self, spot: Spot, step: &Step) -> R<bool> {
        let tree = self.tree;
        let (asked, name) = match &step.test {
            Test::Node => return Ok(true),
            Test::Name(p, n) => (p, n),
            other => {
                let Spot::Item(id) = spot else { return Ok(false) };
                return Ok(matches!(
                    (&tree.items[id].kind, other),
                    (Kind::Text(_) | Kind::Cdata(_), Test::Text)
                        | (Kind::Comment(_), Test::Comment)
                        | (Kind::Pi(..), Test::Instruction)
                ));
            }
        };
        let (own, uri) = match spot {
            Spot::Item(id) => match &tree.items[id].kind {
                Kind::Element { name, uri, .. } => (&**name, &**uri),
                _ => return Ok(false),
            },
            Spot::Attribute(id, n) => match &tree.items[id].kind {
                Kind::Element { attrs, .. } => match attrs.get(n) {
                    Some(a) => (&*a.name, &*a.uri),
                    None => return Ok(false),
                },
                _ => return Ok(false),
            },
        };
        Ok(match asked {
            None if name == "*" => true,
            // Without namespaces a name has no parts.
            None => uri.is_empty() && (own == name),
            Some(p) => {
                let want = self.namespace(p)?;
                want == uri && !uri.is_empty() && (name == "*" || local(own) == name)
                    || uri.is_empty() && prefix(own) == p && local(own) == name
            }
        })
    }

    /// What a prefix of the path means, as the script's context says.
    fn namespace(&mut self, p: &str) -> R<String> {
        if let Some(u) = self.known.get(p) {
            return Ok(u.clone());
        }
        if self.prefixes.is_null() {
            return wrong(format!("Prefix must resolve to a namespace: {p}"));
        }
        let context = self.prefixes.clone();
        let uri = self.it.invoke(&context, "getNamespaceURI", vec![Value::str(p)])?;
        let uri = if uri.is_null() { String::new() } else { text(&uri) };
        self.known.insert(p.into(), uri.clone());
        Ok(uri)
    }

    fn binary(&mut self, op: Op, left: Found, b: &Expr, here: Here) -> R<Found> {
        if matches!(op, Op::Or | Op::And) {
            if left.truth() == (op == Op::Or) {
                return Ok(Found::Bool(op == Op::Or));
            }
            return Ok(Found::Bool(self.eval(b, here)?.truth()));
        }
        let right = self.eval(b, here)?;
        if matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge) {
            return self.compare(op, &left, &right).map(Found::Bool);
        }
        let (x, y) = (left.number(self.tree), right.number(self.tree));
        Ok(Found::Number(match op {
            Op::Add => x + y,
            Op::Sub => x - y,
            Op::Mul => x * y,
            Op::Div => x / y,
            _ => x % y,
        }))
    }

    /// A set of nodes compares as any of its nodes does.
    fn compare(&mut self, op: Op, a: &Found, b: &Found) -> R<bool> {
        let texts = |tree: &Tree, f: &Found| match f {
            Found::Nodes(n) => Some(n.iter().map(|s| Found::Text(spot_text(tree, *s))).collect::<Vec<_>>()),
            _ => None,
        };
        let boolean = matches!(a, Found::Bool(_)) || matches!(b, Found::Bool(_));
        if boolean && matches!(op, Op::Eq | Op::Ne) {
            return Ok((a.truth() == b.truth()) == (op == Op::Eq));
        }
        let left = texts(self.tree, a).unwrap_or_else(|| vec![a.clone()]);
        let right = texts(self.tree, b).unwrap_or_else(|| vec![b.clone()]);
        self.it.charge((left.len() + right.len()) * 32)?;
        let numbers = matches!(a, Found::Number(_)) || matches!(b, Found::Number(_));
        for x in &left {
            for y in &right {
                self.it.tick()?;
                let same = match op {
                    Op::Eq | Op::Ne if !numbers => (x.text(self.tree) == y.text(self.tree)) == (op == Op::Eq),
                    _ => {
                        let (x, y) = (x.number(self.tree), y.number(self.tree));
                        match op {
                            Op::Eq => x == y,
                            Op::Ne => x != y,
                            Op::Lt => x < y,
                            Op::Le => x <= y,
                            Op::Gt => x > y,
                            _ => x >= y,
                        }
                    }
                };
                if same {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn name_of(&self, spot: Option<Spot>, part: &str) -> String {
        let (name, uri) = match spot {
            Some(Spot::Item(id)) => match &self.tree.items[id].kind {
                Kind::Element { name, uri, .. } => (name.clone(), uri.clone()),
                Kind::Pi(target, _) => (target.clone(), "".into()),
                _ => return String::new(),
            },
            Some(Spot::Attribute(id, n)) => match &self.tree.items[id].kind {
                Kind::Element { attrs, .. } if n < attrs.len() => (attrs[n].name.clone(), attrs[n].uri.clone()),
                _ => return String::new(),
            },
            None => return String::new(),
        };
        match part {
            "name" => name.to_string(),
            "local-name" => local(&name).to_string(),
            _ => uri.to_string(),
        }
    }

    fn call(&mut self, name: &str, args: &[Expr], here: Here) -> R<Found> {
        let mut values = Vec::new();
        for a in args {
            values.push(self.eval(a, here)?);
        }
        let tree = self.tree;
        // Without an argument many functions are about the node itself.
        let own = Found::Nodes(vec![here.spot]);
        let first = values.first().unwrap_or(&own);
        let s = |n: usize| values.get(n).map(|v| v.text(tree)).unwrap_or_default();
        let n = |at: usize| values.get(at).map_or(f64::NAN, |v| v.number(tree));
        let out = match (name, values.len()) {
            ("last", 0) => Found::Number(here.size as f64),
            ("position", 0) => Found::Number(here.position as f64),
            ("count", 1) => match first {
                Found::Nodes(n) => Found::Number(n.len() as f64),
                _ => return wrong("Can not convert #STRING to a NodeList!"),
            },
            ("name" | "local-name" | "namespace-uri", 0 | 1) => {
                let spot = if let Found::Nodes(n) = first { n.first().copied() } else { None };
                Found::Text(self.name_of(spot, name))
            }
            ("string", 0 | 1) => Found::Text(first.text(tree)),
            ("number", 0 | 1) => Found::Number(first.number(tree)),
            ("boolean", 1) => Found::Bool(first.truth()),
            ("not", 1) => Found::Bool(!first.truth()),
            ("true", 0) => Found::Bool(true),
            ("false", 0) => Found::Bool(false),
            ("concat", 2..) => Found::Text((0..values.len()).map(s).collect()),
            ("contains", 2) => Found::Bool(s(0).contains(&s(1))),
            ("starts-with", 2) => Found::Bool(s(0).starts_with(&s(1))),
            ("substring-before", 2) => Found::Text(s(0).split_once(&s(1)).map(|p| p.0.to_string()).unwrap_or_default()),
            ("substring-after", 2) => Found::Text(s(0).split_once(&s(1)).map(|p| p.1.to_string()).unwrap_or_default()),
            ("substring", 2 | 3) => {
                let from = (n(1) + 0.5).floor();
                let to = if values.len() == 3 { from + (n(2) + 0.5).floor() } else { f64::INFINITY };
                let inside = |i: usize| (i as f64) >= from && (i as f64) < to;
                Found::Text(s(0).chars().enumerate().filter(|(i, _)| inside(i + 1)).map(|c| c.1).collect())
            }
            ("string-length", 0 | 1) => Found::Number(first.text(tree).chars().count() as f64),
            ("normalize-space", 0 | 1) => {
                Found::Text(first.text(tree).split_whitespace().collect::<Vec<_>>().join(" "))
            }
            ("translate", 3) => {
                let (from, to) = (s(1), s(2).chars().collect::<Vec<_>>());
                let mut table = HashMap::new();
                for (i, c) in from.chars().enumerate() {
                    table.entry(c).or_insert_with(|| to.get(i).copied());
                }
                Found::Text(s(0).chars().filter_map(|c| table.get(&c).copied().unwrap_or(Some(c))).collect())
            }
            ("sum", 1) => match first {
                Found::Nodes(n) => Found::Number(n.iter().map(|x| to_number(&spot_text(tree, *x))).sum()),
                _ => return wrong("Can not convert #STRING to a NodeList!"),
            },
            ("floor", 1) => Found::Number(n(0).floor()),
            ("ceiling", 1) => Found::Number(n(0).ceil()),
            ("round", 1) => Found::Number((n(0) + 0.5).floor()),
            ("lang" | "id", 1) => Found::Bool(false),
            _ => return wrong(format!("Could not find function: {name}")),
        };
        if let Found::Text(s) = &out {
            self.it.charge(s.len())?;
        }
        Ok(out)
    }
}
