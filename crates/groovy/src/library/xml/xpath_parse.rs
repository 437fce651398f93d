//! XPath 1.0: from text to a tree.
use crate::error::throw;
use crate::value::R;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Child,
    Descendant,
    DescendantOrSelf,
    Parent,
    Ancestor,
    AncestorOrSelf,
    FollowingSibling,
    PrecedingSibling,
    Following,
    Preceding,
    Attribute,
    Own,
}

#[derive(Debug)]
pub(super) enum Test {
    /// A name with its prefix; a star for any.
    Name(Option<String>, String),
    Node,
    Text,
    Comment,
    Instruction,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) filters: Vec<Expr>,
}

#[derive(Debug)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Minus(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Union(Vec<Expr>),
    Call(String, Vec<Expr>),
    Variable(String),
    Path { absolute: bool, from: Option<Box<Expr>>, filters: Vec<Expr>, steps: Vec<Step> },
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(f64),
    Text(String),
    Sign(&'static str),
    Variable(String),
}

const SIGNS: &[&str] =
    &["::", "//", "..", "!=", "<=", ">=", "(", ")", "[", "]", ".", "@", ",", "/", "|", "+", "-", "=", "<", ">", "*"];
const MAX_LENGTH: usize = 6_000;
const MAX_NESTED: u32 = 40;
const MAX_CHAIN: usize = 500;

/// Java's exception for a path that cannot be read.
pub(super) fn wrong<T>(message: impl AsRef<str>) -> R<T> {
    Err(throw(
        "javax.xml.xpath.XPathExpressionException",
        format!("javax.xml.transform.TransformerException: {}", message.as_ref()),
    ))
}

fn tokens(s: &str) -> R<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = s.trim_start();
    while let Some(c) = rest.chars().next() {
        let fraction = c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        let n;
        if c == '"' || c == '\'' {
            let Some(end) = rest[1..].find(c) else { return wrong("misquoted literal... expected end of the text") };
            out.push(Token::Text(rest[1..=end].to_string()));
            n = end + 2;
        } else if c.is_ascii_digit() || fraction {
            n = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            match rest[..n].parse() {
                Ok(v) => out.push(Token::Number(v)),
                Err(_) => return wrong(format!("{} could not be formatted to a number", &rest[..n])),
            }
        } else if c.is_alphabetic() || c == '_' || c == '$' {
            let from = usize::from(c == '$');
            let end = rest[from..]
                .find(|c: char| !(c.is_alphanumeric() || "_-.\u{B7}".contains(c)))
                .map_or(rest.len(), |n| n + from);
            let mut end = end;
            // A prefix, but not an axis.
            if rest[end..].starts_with(':') && !rest[end..].starts_with("::") {
                let after = &rest[end + 1..];
                end += 1 + if after.starts_with('*') {
                    1
                } else {
                    after.find(|c: char| !(c.is_alphanumeric() || "_-.\u{B7}".contains(c))).unwrap_or(after.len())
                };
            }
            let name = rest[from..end].to_string();
            out.push(if from == 1 { Token::Variable(name) } else { Token::Name(name) });
            n = end;
        } else {
            match SIGNS.iter().find(|s| rest.starts_with(**s)) {
                Some(s) => {
                    out.push(Token::Sign(s));
                    n = s.len();
                }
                None => return wrong(format!("Extra illegal tokens: '{}'", rest.chars().take(20).collect::<String>())),
            }
        }
        rest = rest[n..].trim_start();
    }
    Ok(out)
}

/// Reads a path.
pub(super) fn parse(s: &str) -> R<Expr> {
    if s.len() > MAX_LENGTH {
        return wrong(format!("an XPath expression may have {MAX_LENGTH} bytes"));
    }
    let mut p = Parser { tokens: tokens(s)?, at: 0, depth: 0 };
    let e = p.binary(0)?;
    match p.tokens.get(p.at) {
        None => Ok(e),
        Some(t) => wrong(format!("Extra illegal tokens: '{}'", spell(t))),
    }
}

fn spell(t: &Token) -> String {
    match t {
        Token::Name(s) | Token::Text(s) | Token::Variable(s) => s.clone(),
        Token::Number(n) => n.to_string(),
        Token::Sign(s) => (*s).to_string(),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

/// Operators by how weakly they bind.
const LEVELS: &[&[(&str, Op)]] = &[
    &[("or", Op::Or)],
    &[("and", Op::And)],
    &[("=", Op::Eq), ("!=", Op::Ne)],
    &[("<", Op::Lt), ("<=", Op::Le), (">", Op::Gt), (">=", Op::Ge)],
    &[("+", Op::Add), ("-", Op::Sub)],
    &[("*", Op::Mul), ("div", Op::Div), ("mod", Op::Mod)],
];

impl Parser {
    fn is(&self, s: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Sign(t)) if *t == s)
    }

    fn eat(&mut self, s: &str) -> bool {
        let yes = self.is(s);
        self.at += usize::from(yes);
        yes
    }

    fn expect(&mut self, s: &str) -> R<()> {
        if self.eat(s) {
            return Ok(());
        }
        match self.tokens.get(self.at) {
            Some(t) => wrong(format!("Expected {s}, but found: {}", spell(t))),
            None => wrong(format!("Expected {s}, but found: end of the expression")),
        }
    }

    fn no_path<T>(&self) -> R<T> {
        match self.tokens.get(self.at) {
            Some(t) => {
                wrong(format!("A location path was expected, but the following token was encountered:  {}", spell(t)))
            }
            None => wrong("A location path was expected, but the end of the XPath expression was found instead."),
        }
    }

    fn binary(&mut self, level: usize) -> R<Expr> {
        let Some(ops) = LEVELS.get(level) else { return self.unary() };
        self.depth += u32::from(level == 0);
        if self.depth > MAX_NESTED {
            return wrong("an XPath expression is nested too deeply");
        }
        let mut left = self.binary(level + 1)?;
        for _ in 0..MAX_CHAIN {
            let op = match self.tokens.get(self.at) {
                Some(Token::Sign(s)) => ops.iter().find(|o| o.0 == *s),
                Some(Token::Name(s)) => ops.iter().find(|o| o.0 == s),
                _ => None,
            };
            let Some((_, op)) = op else {
                self.depth -= u32::from(level == 0);
                return Ok(left);
            };
            self.at += 1;
            left = Expr::Binary(*op, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        wrong(format!("an XPath expression may chain {MAX_CHAIN} operators"))
    }

    fn unary(&mut self) -> R<Expr> {
        let mut minus = false;
        while self.eat("-") {
            minus = !minus;
        }
        let mut all = vec![self.path()?];
        while self.eat("|") {
            all.push(self.path()?);
        }
        let e = match (all.len(), all.pop()) {
            (1, Some(one)) => one,
            (_, last) => {
                all.extend(last);
                Expr::Union(all)
            }
        };
        Ok(if minus { Expr::Minus(Box::new(e)) } else { e })
    }

    /// A path, or a value that a path may go on from.
    fn path(&mut self) -> R<Expr> {
        let value = match self.tokens.get(self.at).cloned() {
            Some(Token::Number(n)) => Some(Expr::Number(n)),
            Some(Token::Text(s)) => Some(Expr::Text(s)),
            Some(Token::Variable(s)) => Some(Expr::Variable(s)),
            Some(Token::Sign("(")) => {
                self.at += 1;
                let e = self.binary(0)?;
                if !self.is(")") {
                    self.expect(")")?;
                }
                Some(e)
            }
            Some(Token::Name(n))
                if matches!(self.tokens.get(self.at + 1), Some(Token::Sign("(")))
                    && !matches!(&*n, "node" | "text" | "comment" | "processing-instruction") =>
            {
                self.at += 2;
                let mut args = Vec::new();
                while !self.is(")") {
                    args.push(self.binary(0)?);
                    if !self.eat(",") {
                        break;
                    }
                }
                if !self.is(")") {
                    self.expect(")")?;
                }
                Some(Expr::Call(n, args))
            }
            _ => None,
        };
        let Some(value) = value else { return self.location() };
        self.at += 1;
        let filters = self.filters()?;
        let mut steps = Vec::new();
        if self.is("/") || self.is("//") {
            self.more_steps(&mut steps)?;
        }
        if filters.is_empty() && steps.is_empty() {
            return Ok(value);
        }
        Ok(Expr::Path { absolute: false, from: Some(Box::new(value)), filters, steps })
    }

    fn location(&mut self) -> R<Expr> {
        let mut steps = Vec::new();
        let absolute = self.is("/") || self.is("//");
        if self.eat("//") {
            steps.push(any());
            steps.push(self.step()?);
        } else if self.eat("/") {
            if !self.step_follows() {
                return Ok(Expr::Path { absolute, from: None, filters: vec![], steps });
            }
            steps.push(self.step()?);
        } else {
            steps.push(self.step()?);
        }
        self.more_steps(&mut steps)?;
        Ok(Expr::Path { absolute, from: None, filters: vec![], steps })
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> R<()> {
        loop {
            if self.eat("//") {
                steps.push(any());
            } else if !self.eat("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn step_follows(&self) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Name(_) | Token::Sign("*" | "@" | "." | "..")))
    }

    fn step(&mut self) -> R<Step> {
        if self.eat("..") {
            return Ok(Step { axis: Axis::Parent, test: Test::Node, filters: self.filters()? });
        }
        if self.eat(".") {
            return Ok(Step { axis: Axis::Own, test: Test::Node, filters: self.filters()? });
        }
        let mut axis = if self.eat("@") { Axis::Attribute } else { Axis::Child };
        if let (Some(Token::Name(n)), Some(Token::Sign("::"))) =
            (self.tokens.get(self.at), self.tokens.get(self.at + 1))
        {
            axis = match &**n {
                "child" => Axis::Child,
                "descendant" => Axis::Descendant,
                "descendant-or-self" => Axis::DescendantOrSelf,
                "parent" => Axis::Parent,
                "ancestor" => Axis::Ancestor,
                "ancestor-or-self" => Axis::AncestorOrSelf,
                "following-sibling" => Axis::FollowingSibling,
                "preceding-sibling" => Axis::PrecedingSibling,
                "following" => Axis::Following,
                "preceding" => Axis::Preceding,
                "attribute" => Axis::Attribute,
                "self" => Axis::Own,
                n => return wrong(format!("illegal axis name: {n}")),
            };
            self.at += 2;
        }
        let test = match self.tokens.get(self.at).cloned() {
            Some(Token::Sign("*")) => Test::Name(None, "*".into()),
            Some(Token::Name(n)) if matches!(self.tokens.get(self.at + 1), Some(Token::Sign("("))) => {
                self.at += 2;
                if matches!(self.tokens.get(self.at), Some(Token::Text(_))) {
                    self.at += 1;
                }
                if !self.is(")") {
                    self.expect(")")?;
                }
                match &*n {
                    "node" => Test::Node,
                    "text" => Test::Text,
                    "comment" => Test::Comment,
                    "processing-instruction" => Test::Instruction,
                    n => return wrong(format!("Unknown nodetype: {n}")),
                }
            }
            Some(Token::Name(n)) => match n.split_once(':') {
                Some((p, l)) => Test::Name(Some(p.into()), l.into()),
                None => Test::Name(None, n),
            },
            _ => return self.no_path(),
        };
        self.at += 1;
        Ok(Step { axis, test, filters: self.filters()? })
    }

    fn filters(&mut self) -> R<Vec<Expr>> {
        let mut out = Vec::new();
        while self.eat("[") {
            out.push(self.binary(0)?);
            self.expect("]")?;
        }
        Ok(out)
    }
}

fn any() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: Test::Node, filters: vec![] }
}
