//! What a script looks for in its body: a tree of names, guessed from its source without running it.
//!
//! `root.Order.each { it.Id.text() }` gives `Order` (many) with `Id`. Where the guess is wrong both runs get the same
//! wrong body, so a guess costs depth of a comparison, never its truth.

use std::collections::HashMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;

/// Most nodes of a tree.
const MOST: usize = 300;

/// Calls whose closure gets the parts of what they are called on.
const PARTS: [&str; 23] = [
    "each",
    "collect",
    "findAll",
    "find",
    "any",
    "every",
    "eachWithIndex",
    "collectEntries",
    "groupBy",
    "sort",
    "sum",
    "max",
    "min",
    "count",
    "unique",
    "inject",
    "collectMany",
    "findResults",
    "findResult",
    "removeAll",
    "countBy",
    "withIndex",
    "toSorted",
];

/// Calls after which the chain goes on with the same thing or a part of it.
const THROUGH: [&str; 10] =
    ["first", "last", "getAt", "get", "children", "iterator", "next", "list", "findAll", "find"];

/// One name.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Names below, by their text; attributes start with `@`.
    pub children: IndexMap<String, usize>,
    /// It is walked through or asked for by number.
    pub many: bool,
    /// It is read as a number.
    pub number: bool,
}

/// A tree of names; node 0 is what was parsed.
#[derive(Clone, Debug)]
pub struct Shape {
    /// All nodes.
    pub nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
    Line,
}

#[expect(clippy::unwrap_used, reason = "a constant pattern")]
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)//[^\n]*|/\*.*?\*/|(?P<long>""".*?"""|'''.*?''')|"(?P<d>(?:\\.|[^"\\\n])*)"|'(?P<s>(?:\\.|[^'\\\n])*)'|(?P<w>[A-Za-z_][A-Za-z0-9_]*)|(?P<n>[0-9]+)|(?P<l>\n)|(?P<m>\S)"#).unwrap()
});

fn tokens(source: &str) -> Vec<Token> {
    let mut all = Vec::new();
    for c in TOKENS.captures_iter(source) {
        let group = |name| c.name(name).map(|m| m.as_str());
        if let Some(text) = group("d").or(group("s")).or(group("long")) {
            all.push(Token::Text(text.to_owned()));
        } else if let Some(word) = group("w").or(group("n")) {
            all.push(Token::Word(word.to_owned()));
        } else if let Some(mark) = group("m") {
            all.extend(mark.chars().next().map(Token::Mark));
        } else if group("l").is_some() {
            all.push(Token::Line);
        }
    }
    all
}

/// The closure that is about to open: what its parameter stands for.
#[derive(Default)]
struct Scope {
    names: HashMap<String, usize>,
    /// What the call with this closure gives.
    after: Option<usize>,
}

struct Walk<'a> {
    tokens: &'a [Token],
    shape: Shape,
    scopes: Vec<Scope>,
}

/// Guesses the tree of a script.
#[must_use]
pub fn shape(source: &str) -> Shape {
    let tokens = tokens(source);
    let mut walk =
        Walk { tokens: &tokens, shape: Shape { nodes: vec![Node::default()] }, scopes: vec![Scope::default()] };
    let mut at = 0;
    while at < tokens.len() {
        at = walk.step(at).max(at + 1);
    }
    walk.shape
}

impl Walk<'_> {
    fn word(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at) {
            Some(Token::Word(w)) => Some(w),
            _ => None,
        }
    }

    fn mark(&self, at: usize, c: char) -> bool {
        self.tokens.get(at) == Some(&Token::Mark(c))
    }

    fn alias(&self, name: &str) -> Option<usize> {
        self.scopes.iter().rev().find_map(|s| s.names.get(name).copied())
    }

    fn name(&mut self, name: &str, node: usize) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(name.to_owned(), node);
        }
    }

    fn child(&mut self, node: usize, name: &str) -> usize {
        if let Some(&child) = self.shape.nodes[node].children.get(name) {
            return child;
        }
        if self.shape.nodes.len() >= MOST || name.is_empty() {
            return node;
        }
        self.shape.nodes.push(Node::default());
        let child = self.shape.nodes.len() - 1;
        self.shape.nodes[node].children.insert(name.to_owned(), child);
        child
    }

    /// Looks at one token; where to go on.
    fn step(&mut self, at: usize) -> usize {
        if self.mark(at, '{') {
            if self.scopes.len() < 200 {
                self.scopes.push(Scope::default());
            }
            return at + 1;
        }
        if self.mark(at, '}') {
            let after = if self.scopes.len() > 1 { self.scopes.pop().and_then(|s| s.after) } else { None };
            return after.map_or(at + 1, |node| self.chain(node, at + 1, at));
        }
        let Some(word) = self.word(at) else { return at + 1 };
        let dotted = at > 0 && self.mark(at - 1, '.');
        if matches!(word, "parseText" | "parse") && self.mark(at + 1, '(') {
            let end = self.close(at + 1, '(', ')');
            if let Some(target) = self.assigned_on_line(at) {
                self.name(&target, 0);
                // The slurper's variable itself is a name of nothing.
            }
            return self.chain(0, end + 1, at);
        }
        if !dotted && let Some(node) = self.alias(word) {
            return self.chain(node, at + 1, at);
        }
        at + 1
    }

    /// The variable before `=` on the same line.
    fn assigned_on_line(&self, at: usize) -> Option<String> {
        let start = (0..at).rev().find(|&i| self.tokens[i] == Token::Line).map_or(0, |i| i + 1);
        let equals = (start..at).find(|&i| self.mark(i, '='))?;
        self.word(equals.checked_sub(1)?).map(str::to_owned)
    }

    fn close(&self, open: usize, from: char, to: char) -> usize {
        let mut depth = 0;
        for i in open..self.tokens.len() {
            if self.mark(i, from) {
                depth += 1;
            } else if self.mark(i, to) {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
        }
        open
    }

    /// Follows `.a.b[0].each { … }` from a node; `start` is where the expression began.
    fn chain(&mut self, mut node: usize, mut at: usize, start: usize) -> usize {
        loop {
            while self.mark(at, '?') && self.mark(at + 1, '.') || self.mark(at, '*') && self.mark(at + 1, '.') {
                if self.mark(at, '*') {
                    self.shape.nodes[node].many = true;
                }
                at += 1;
            }
            if self.mark(at, '[') {
                match self.tokens.get(at + 1) {
                    Some(Token::Text(name)) if self.mark(at + 2, ']') => {
                        let name = name.clone();
                        node = self.child(node, &name);
                        at += 3;
                    }
                    Some(Token::Word(_)) if self.mark(at + 2, ']') => {
                        self.shape.nodes[node].many = true;
                        at += 3;
                    }
                    _ => break,
                }
                continue;
            }
            if !self.mark(at, '.') {
                break;
            }
            let attribute = self.mark(at + 1, '@');
            let name_at = if attribute { at + 2 } else { at + 1 };
            let name = match self.tokens.get(name_at) {
                Some(Token::Word(w)) => w.clone(),
                Some(Token::Text(t)) if !t.contains('$') => t.clone(),
                _ => break,
            };
            let opens = name_at + 1;
            if !attribute && (self.mark(opens, '(') || self.mark(opens, '{')) {
                return self.call(node, &name, opens, start);
            }
            node = if attribute { self.child(node, &format!("@{name}")) } else { self.child(node, &name) };
            at = opens;
        }
        self.used(node, at, start);
        at
    }

    /// `.name(…)` or `.name { … }` on a node.
    fn call(&mut self, node: usize, name: &str, opens: usize, start: usize) -> usize {
        if PARTS.contains(&name) {
            self.shape.nodes[node].many = true;
            let brace = if self.mark(opens, '{') { opens } else { opens + 1 };
            if !self.mark(brace, '{') {
                return opens;
            }
            let mut scope = Scope { after: Some(node), ..Scope::default() };
            scope.names.insert("it".to_owned(), node);
            // Named parameters: `{ a, b ->`; the first is the part.
            let arrow = (brace + 1..brace + 9).find(|&i| self.mark(i, '-') && self.mark(i + 1, '>'));
            let mut next = brace + 1;
            if let Some(arrow) = arrow {
                let comma = (brace + 1..arrow).find(|&i| self.mark(i, ',')).unwrap_or(arrow);
                let part = if name == "inject" { self.word(arrow - 1) } else { self.word(comma - 1) };
                if let Some(part) = part {
                    scope.names.insert(part.to_owned(), node);
                }
                next = arrow + 2;
            }
            if matches!(name, "find" | "findAll") {
                self.used(node, opens, start);
            }
            self.scopes.push(scope);
            return next;
        }
        if matches!(name, "toInteger" | "toBigDecimal" | "toDouble" | "toLong" | "toFloat" | "intValue") {
            self.shape.nodes[node].number = true;
            return opens;
        }
        if THROUGH.contains(&name) {
            let end = self.close(opens, '(', ')');
            if let (Some(Token::Text(key)), true) = (self.tokens.get(opens + 1), end == opens + 2) {
                let key = key.clone();
                let child = self.child(node, &key);
                return self.chain(child, end + 1, start);
            }
            self.shape.nodes[node].many |= name != "getAt";
            return self.chain(node, end + 1, start);
        }
        if name == "size" {
            self.shape.nodes[node].many = true;
        }
        opens
    }

    /// What the end of a chain says: `x = chain`, `for (x in chain)`, `chain as Integer`.
    fn used(&mut self, node: usize, end: usize, start: usize) {
        if self.word(end) == Some("as")
            && matches!(self.word(end + 1), Some("Integer" | "int" | "BigDecimal" | "Double" | "Long"))
        {
            self.shape.nodes[node].number = true;
        }
        let Some(before) = start.checked_sub(1) else { return };
        let target = |walk: &Self| walk.word(before.checked_sub(1)?).map(str::to_owned);
        if self.mark(before, '=') {
            if let Some(name) = target(self) {
                self.name(&name, node);
            }
        } else if self.word(before) == Some("in") || self.mark(before, ':') && self.mark(end, ')') {
            self.shape.nodes[node].many = true;
            if let Some(name) = target(self) {
                self.name(&name, node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(shape: &Shape, node: usize) -> String {
        let n = &shape.nodes[node];
        let inner: Vec<String> = n.children.iter().map(|(k, &c)| format!("{k}{}", show(shape, c))).collect();
        let many = if n.many { "*" } else { "" };
        let number = if n.number { "#" } else { "" };
        if inner.is_empty() { format!("{many}{number}") } else { format!("{many}{number}({})", inner.join(" ")) }
    }

    #[test]
    fn guesses() {
        let check = |source: &str, want: &str| assert_eq!(show(&shape(source), 0), want, "{source}");
        check("def r = new XmlSlurper().parseText(b)\nr.Order.each { it.Id.text(); it.@n }", "(Order*(Id @n))");
        check("def j = new JsonSlurper().parse(x)\nfor (i in j.items) { i.price.toDouble() }", "(items*(price#))");
        check("def j = s.parseText(x)\ndef a = j.a?.b\na['c d'][0].e", "(a(b(c d*(e))))");
        check("def j = s.parseText(x)\nj.l.findAll { o -> o.k == 1 }.each { it.v }", "(l*(k v))");
        check("x.y.z", "");
    }
}
