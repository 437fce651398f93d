//! Tokens to a checked expression: everything above paths. Names are resolved while reading.

use std::ops::Range;

use super::ast::{ArithOp, CompareKind, CompareOp, Comparison, Expr, SetOp};
use super::host::{Statics, expanded};
use super::lexer::{Token, tokens};
use crate::{Namespaces, ParseError};

pub type Parsed<T> = Result<T, ParseError>;

pub const LONGEST_TEXT: usize = 64 * 1024;
pub const DEEPEST: usize = 100;
/// Operators of different strength inside each other also cost stack.
const DEEPEST_WITH_OPERATORS: usize = 250;

/// What was read, and what it needs.
pub struct Program {
    pub expr: Expr,
    /// Whether the body has to be parsed at all: `$header = 'x'` works on any body.
    pub uses_body: bool,
}

pub struct Parser<'t> {
    pub tokens: Vec<(Token, Range<usize>)>,
    pub at: usize,
    pub namespaces: &'t Namespaces,
    /// The language around the expression, if there is one.
    pub statics: Option<Statics<'t>>,
    /// Names of the local variables in scope, the innermost last.
    locals: Vec<String>,
    /// How many of them come from around the expression.
    given: usize,
    depth: usize,
    levels: usize,
    /// Whether the context item here is the body.
    pub on_body: bool,
    pub uses_body: bool,
    /// How many calls of `position()` and `last()` have been read.
    pub positional: usize,
}

pub fn parse(text: &str, namespaces: &Namespaces) -> Parsed<Program> {
    Parser::new(text, namespaces, None)?.whole()
}

impl<'t> Parser<'t> {
    pub fn new(text: &str, namespaces: &'t Namespaces, statics: Option<Statics<'t>>) -> Parsed<Self> {
        // Stylesheets carry whole tables in an expression.
        let longest = if statics.is_some() { 16 * LONGEST_TEXT } else { LONGEST_TEXT };
        if text.len() > longest {
            let message = format!("this XPath expression is longer than {} KiB", longest / 1024);
            return Err(ParseError::new(0..text.len(), message));
        }
        let locals = statics.map_or(Vec::new(), |s| s.locals.to_vec());
        let given = locals.len();
        Ok(Parser {
            tokens: tokens(text)?,
            at: 0,
            namespaces,
            statics,
            locals,
            given,
            depth: 0,
            levels: 0,
            on_body: true,
            uses_body: false,
            positional: 0,
        })
    }

    /// The whole text as one expression.
    pub fn whole(&mut self) -> Parsed<Program> {
        if *self.peek() == Token::End {
            return Err(ParseError::new(self.range(), "this XPath expression is empty"));
        }
        let expr = self.sequence()?;
        self.end()?;
        Ok(Program { expr, uses_body: self.uses_body })
    }

    /// Nothing may follow.
    pub fn end(&self) -> Parsed<()> {
        if *self.peek() == Token::End { Ok(()) } else { Err(self.unexpected("an operator")) }
    }
}

impl Parser<'_> {
    pub fn peek(&self) -> &Token {
        self.ahead(0)
    }

    pub fn ahead(&self, n: usize) -> &Token {
        self.tokens.get(self.at + n).map_or(&Token::End, |(t, _)| t)
    }

    pub fn range(&self) -> Range<usize> {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0..0, |(_, r)| r.clone())
    }

    pub fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    pub fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(s) if *s == symbol)
    }

    pub fn is_ahead(&self, n: usize, symbol: &str) -> bool {
        matches!(self.ahead(n), Token::Symbol(s) if *s == symbol)
    }

    pub fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.at += 1;
        }
        found
    }

    pub fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    pub fn is_word_ahead(&self, n: usize, word: &str) -> bool {
        matches!(self.ahead(n), Token::Name(None, name) if name == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word_ahead(0, word);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    pub fn unexpected(&self, wanted: &str) -> ParseError {
        let error = ParseError::new(self.range(), format!("expected {wanted}, found {}", self.peek()));
        match self.peek() {
            Token::Symbol("=") if self.at > 0 && matches!(self.tokens[self.at - 1].0, Token::Symbol("=")) => {
                error.help("write one `=`")
            }
            _ => error,
        }
    }

    /// Reads something whose context item is not the body: a predicate, the right side of `!`.
    pub fn inner<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let outer = std::mem::replace(&mut self.on_body, false);
        let result = read(self);
        self.on_body = outer;
        result
    }

    /// `a, b, c`.
    pub fn sequence(&mut self) -> Parsed<Expr> {
        let first = self.single()?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.take(",") {
            items.push(self.single()?);
        }
        Ok(Expr::Sequence(items))
    }

    /// One expression without a comma.
    pub fn single(&mut self) -> Parsed<Expr> {
        if self.depth >= DEEPEST {
            return Err(ParseError::new(self.range(), format!("this is nested deeper than {DEEPEST} levels")));
        }
        self.depth += 1;
        let result = if self.is_word_ahead(0, "if") && self.is_ahead(1, "(") {
            self.if_expr()
        } else if self.is_ahead(1, "$") && ["for", "let", "some", "every"].iter().any(|w| self.is_word_ahead(0, w)) {
            self.binding_expr()
        } else {
            self.binary(0)
        };
        self.depth -= 1;
        result
    }

    fn if_expr(&mut self) -> Parsed<Expr> {
        let mut branches = Vec::new();
        loop {
            self.expect_word("if")?;
            self.expect("(")?;
            let test = self.sequence()?;
            self.expect(")")?;
            self.expect_word("then")?;
            branches.push((test, self.single()?));
            if !self.is_word_ahead(0, "else") {
                return Err(self.unexpected("`else`").help("every `if` needs an `else`; `else ()` gives nothing"));
            }
            self.at += 1;
            if !(self.is_word_ahead(0, "if") && self.is_ahead(1, "(")) {
                return Ok(Expr::If(branches, Box::new(self.single()?)));
            }
        }
    }

    fn binding_expr(&mut self) -> Parsed<Expr> {
        let Token::Name(_, kind) = self.advance() else { return Err(self.unexpected("an expression")) };
        let outer = self.locals.len();
        let mut sources = Vec::new();
        loop {
            self.expect("$")?;
            let name = self.variable_name()?;
            if kind == "let" {
                self.expect(":=")?;
            } else {
                self.expect_word("in")?;
            }
            sources.push(self.single()?);
            self.locals.push(name);
            if self.locals.len() - self.given > DEEPEST {
                return Err(ParseError::new(self.range(), format!("more than {DEEPEST} variables are in scope here")));
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect_word(if matches!(kind.as_str(), "for" | "let") { "return" } else { "satisfies" })?;
        let body = Box::new(self.single()?);
        self.locals.truncate(outer);
        Ok(match kind.as_str() {
            "for" => Expr::For(sources, body),
            "let" => Expr::Let(sources, body),
            _ => Expr::Quantified { every: kind == "every", bindings: sources, test: body },
        })
    }

    fn variable_name(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Name(None, _) => {}
            Token::Name(Some(prefix), _) if self.statics.is_some() => {
                let (prefix, range) = (prefix.clone(), self.range());
                let uri = self.uri(&prefix, range.start..range.start + prefix.len())?;
                return match self.advance() {
                    Token::Name(_, name) => Ok(expanded(&uri, &name)),
                    _ => Err(self.unexpected("the name of a variable")),
                };
            }
            Token::Name(Some(_), _) => {
                return Err(ParseError::new(self.range(), "the name of a variable has no prefix"));
            }
            _ => return Err(self.unexpected("the name of a variable")),
        }
        match self.advance() {
            Token::Name(_, name) => Ok(name),
            _ => Err(self.unexpected("the name of a variable")),
        }
    }

    /// `$name`, the `$` already taken.
    pub fn variable(&mut self) -> Parsed<Expr> {
        let range = self.range();
        let name = self.variable_name()?;
        if let Some(slot) = self.locals.iter().rposition(|l| *l == name) {
            return Ok(Expr::Local(slot));
        }
        let Some(statics) = self.statics else { return Ok(Expr::External(name)) };
        let (uri, local) = name.strip_prefix("Q{").and_then(|n| n.split_once('}')).unwrap_or(("", &name));
        match statics.host.variable(uri, local) {
            Some(number) => Ok(Expr::Global(number)),
            None => {
                let error = ParseError::new(range, format!("there is no variable `${local}` here"));
                Err(match diag::suggest(&name, self.locals.iter().map(String::as_str)) {
                    Some(known) => error.help(format!("did you mean `${known}`?")),
                    None => error,
                })
            }
        }
    }

    /// The operator at this place and its strength, the weakest 0.
    fn operator(&self) -> Option<(u8, Operator)> {
        let name = match self.peek() {
            Token::Symbol(symbol) => symbol,
            Token::Name(None, word) => word.as_str(),
            _ => return None,
        };
        OPERATORS.iter().find(|(n, _, _)| *n == name).map(|(_, strength, operator)| (*strength, *operator))
    }

    fn binary(&mut self, weakest: u8) -> Parsed<Expr> {
        if self.levels >= DEEPEST_WITH_OPERATORS {
            return Err(ParseError::new(self.range(), "too many operators are nested inside each other"));
        }
        self.levels += 1;
        let result = self.operators(weakest);
        self.levels -= 1;
        result
    }

    /// Kept small, and its parts apart: this is where deep nesting costs stack.
    fn operators(&mut self, weakest: u8) -> Parsed<Expr> {
        let mut left = Box::new(self.unary()?);
        while let Some((strength, operator)) = self.operator().filter(|(s, _)| *s >= weakest) {
            left = self.operation(left, strength, operator)?;
        }
        Ok(*left)
    }

    fn operation(&mut self, left: Box<Expr>, strength: u8, operator: Operator) -> Parsed<Box<Expr>> {
        match operator {
            Operator::Or | Operator::And | Operator::Concat => self.chain(*left, strength, operator),
            Operator::Range | Operator::Compare(_) => self.pair(*left, strength, operator),
            Operator::Arith(_) => self.arithmetic(left, strength),
            Operator::Set(_) => self.sets(left, strength),
            _ => self.typed(left, strength, operator),
        }
    }

    fn chain(&mut self, first: Expr, strength: u8, operator: Operator) -> Parsed<Box<Expr>> {
        let mut parts = vec![first];
        while self.operator().is_some_and(|(s, _)| s == strength) {
            self.at += 1;
            let part = self.binary(strength + 1)?;
            parts.push(part);
        }
        Ok(Box::new(match operator {
            Operator::Or => Expr::Or(parts),
            Operator::And => Expr::And(parts),
            _ => Expr::Concat(parts),
        }))
    }

    fn pair(&mut self, left: Expr, strength: u8, operator: Operator) -> Parsed<Box<Expr>> {
        self.at += 1;
        if self.is("=") && matches!(operator, Operator::Compare(CompareKind::General(CompareOp::Eq))) {
            return Err(self.unexpected("an expression"));
        }
        let right = self.binary(strength + 1)?;
        self.no_second(strength)?;
        Ok(Box::new(match operator {
            Operator::Compare(kind) => Expr::Compare(Box::new(Comparison { kind, left, right })),
            _ => Expr::Range(Box::new((left, right))),
        }))
    }

    fn arithmetic(&mut self, left: Box<Expr>, strength: u8) -> Parsed<Box<Expr>> {
        let mut rest = Vec::new();
        while let Some((s, Operator::Arith(op))) = self.operator()
            && s == strength
        {
            self.at += 1;
            let part = self.binary(strength + 1)?;
            rest.push((op, part));
        }
        Ok(Box::new(Expr::Arith(left, rest)))
    }

    fn sets(&mut self, left: Box<Expr>, strength: u8) -> Parsed<Box<Expr>> {
        let mut rest = Vec::new();
        while let Some((s, Operator::Set(op))) = self.operator()
            && s == strength
        {
            self.at += 1;
            let part = self.binary(strength + 1)?;
            rest.push((op, part));
        }
        Ok(Box::new(Expr::Set(left, rest)))
    }

    /// `instance of`, `treat as`, `castable as`, `cast as`.
    fn typed(&mut self, of: Box<Expr>, strength: u8, operator: Operator) -> Parsed<Box<Expr>> {
        self.at += 1;
        let is_instance = matches!(operator, Operator::Instance);
        self.expect_word(if is_instance { "of" } else { "as" })?;
        let expr = if is_instance || matches!(operator, Operator::Treat) {
            let to = self.sequence_type()?;
            if is_instance { Expr::InstanceOf(of, to) } else { Expr::TreatAs(of, to) }
        } else {
            let to = self.atom_type()?;
            let optional = self.take("?");
            match operator {
                Operator::Cast => Expr::Cast { of, to, optional },
                _ => Expr::Castable { of, to, optional },
            }
        };
        self.no_second(strength)?;
        Ok(Box::new(expr))
    }

    /// These operators do not chain: `1 = 2 = 3` needs parentheses.
    fn no_second(&self, strength: u8) -> Parsed<()> {
        match self.operator() {
            Some((s, _)) if s == strength => {
                Err(ParseError::new(self.range(), format!("{} cannot follow here", self.peek()))
                    .help("put one of the two comparisons in parentheses"))
            }
            _ => Ok(()),
        }
    }

    /// Signs, arrows, simple maps and the path below them.
    fn unary(&mut self) -> Parsed<Expr> {
        if self.is("-") || self.is("+") {
            return self.signed();
        }
        let value = self.path()?;
        if self.is("!") || self.is("=>") { self.mapped(value) } else { Ok(value) }
    }

    fn signed(&mut self) -> Parsed<Expr> {
        let mut minus = false;
        while self.is("-") || self.is("+") {
            minus ^= self.is("-");
            self.at += 1;
        }
        let value = self.path()?;
        let of = Box::new(self.mapped(value)?);
        Ok(Expr::Sign { minus, of })
    }

    fn mapped(&mut self, mut value: Expr) -> Parsed<Expr> {
        if self.is("!") {
            let mut parts = vec![value];
            while self.take("!") {
                parts.push(self.inner(Self::path)?);
            }
            value = Expr::Map(parts);
        }
        let mut arrows = 0;
        while self.take("=>") {
            arrows += 1;
            if arrows > DEEPEST {
                return Err(ParseError::new(self.range(), format!("this is nested deeper than {DEEPEST} levels")));
            }
            value = self.arrow(value)?;
        }
        Ok(value)
    }
}

/// The operators between two operands, with their strength, the weakest 0.
pub const OPERATORS: &[(&str, u8, Operator)] = &[
    ("or", 0, Operator::Or),
    ("and", 1, Operator::And),
    ("=", 2, Operator::Compare(CompareKind::General(CompareOp::Eq))),
    ("!=", 2, Operator::Compare(CompareKind::General(CompareOp::Ne))),
    ("<", 2, Operator::Compare(CompareKind::General(CompareOp::Lt))),
    ("<=", 2, Operator::Compare(CompareKind::General(CompareOp::Le))),
    (">", 2, Operator::Compare(CompareKind::General(CompareOp::Gt))),
    (">=", 2, Operator::Compare(CompareKind::General(CompareOp::Ge))),
    ("<<", 2, Operator::Compare(CompareKind::Before)),
    (">>", 2, Operator::Compare(CompareKind::After)),
    ("eq", 2, Operator::Compare(CompareKind::Value(CompareOp::Eq))),
    ("ne", 2, Operator::Compare(CompareKind::Value(CompareOp::Ne))),
    ("lt", 2, Operator::Compare(CompareKind::Value(CompareOp::Lt))),
    ("le", 2, Operator::Compare(CompareKind::Value(CompareOp::Le))),
    ("gt", 2, Operator::Compare(CompareKind::Value(CompareOp::Gt))),
    ("ge", 2, Operator::Compare(CompareKind::Value(CompareOp::Ge))),
    ("is", 2, Operator::Compare(CompareKind::Is)),
    ("||", 3, Operator::Concat),
    ("to", 4, Operator::Range),
    ("+", 5, Operator::Arith(ArithOp::Add)),
    ("-", 5, Operator::Arith(ArithOp::Subtract)),
    ("*", 6, Operator::Arith(ArithOp::Multiply)),
    ("div", 6, Operator::Arith(ArithOp::Divide)),
    ("idiv", 6, Operator::Arith(ArithOp::IntegerDivide)),
    ("mod", 6, Operator::Arith(ArithOp::Modulo)),
    ("|", 7, Operator::Set(SetOp::Union)),
    ("union", 7, Operator::Set(SetOp::Union)),
    ("intersect", 8, Operator::Set(SetOp::Intersect)),
    ("except", 8, Operator::Set(SetOp::Except)),
    ("instance", 9, Operator::Instance),
    ("treat", 10, Operator::Treat),
    ("castable", 11, Operator::Castable),
    ("cast", 12, Operator::Cast),
];

#[derive(Clone, Copy, Debug)]
pub enum Operator {
    Or,
    And,
    Compare(CompareKind),
    Concat,
    Range,
    Arith(ArithOp),
    Set(SetOp),
    Instance,
    Treat,
    Castable,
    Cast,
}
