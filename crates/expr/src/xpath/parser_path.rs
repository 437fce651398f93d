//! Tokens to a checked expression: paths, steps, calls and types.

use super::ast::{Axis, Expr, ItemType, NameTest, Path, SequenceType, Start, Step, Test};
use super::cast::AtomType;
use super::functions;
use super::lexer::Token;
use super::number::Decimal;
use super::parser::{Parsed, Parser};
use super::{NamespaceTest, regexes};
use crate::ParseError;

const FN: &str = "http://www.w3.org/2005/xpath-functions";
const XS: &str = "http://www.w3.org/2001/XMLSchema";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Words that look like calls and are node tests.
pub const KIND_TESTS: [&str; 8] =
    ["node", "text", "comment", "processing-instruction", "element", "attribute", "document-node", "namespace-node"];

/// The name of a called function, resolved.
struct FunctionName {
    uri: String,
    name: String,
    /// As written.
    shown: String,
    range: std::ops::Range<usize>,
}

impl Parser<'_> {
    pub fn path(&mut self) -> Parsed<Expr> {
        if self.is("/") || self.is("//") || !self.starts_primary() {
            return self.location_path();
        }
        let first = self.postfix()?;
        if self.is("/") || self.is("//") { self.path_from(first) } else { Ok(first) }
    }

    fn path_from(&mut self, first: Expr) -> Parsed<Expr> {
        let start = if matches!(first, Expr::Context) { Start::Context } else { Start::Expr(Box::new(first)) };
        let mut steps = Vec::new();
        self.more_steps(&mut steps)?;
        Ok(Expr::Path(Path { start, steps }))
    }

    fn location_path(&mut self) -> Parsed<Expr> {
        let absolute = self.is("/") || self.is("//");
        self.uses_body |= absolute || self.on_body;
        let mut steps = Vec::new();
        if self.take("/") {
            if !self.starts_step() {
                return Ok(Expr::Path(Path { start: Start::Root, steps }));
            }
            self.step(&mut steps, false)?;
        } else if !absolute {
            self.step(&mut steps, false)?;
        }
        self.more_steps(&mut steps)?;
        Ok(Expr::Path(Path { start: if absolute { Start::Root } else { Start::Context }, steps }))
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        loop {
            if self.take("//") {
                self.step(steps, true)?;
            } else if self.take("/") {
                self.step(steps, false)?;
            } else {
                return Ok(());
            }
        }
    }

    fn starts_step(&self) -> bool {
        match self.peek() {
            Token::Symbol(s) => matches!(*s, "." | ".." | "@" | "*" | "(" | "$"),
            Token::End => false,
            _ => true,
        }
    }

    /// Whether a primary (not a step along an axis) is next.
    fn starts_primary(&self) -> bool {
        match self.peek() {
            Token::Text(_) | Token::Number(_) => true,
            Token::Symbol(s) => matches!(*s, "(" | "$" | "."),
            Token::Name(None, name) => self.is_ahead(1, "(") && !KIND_TESTS.contains(&name.as_str()),
            Token::Name(..) | Token::UriName(_, Some(_)) => self.is_ahead(1, "("),
            _ => false,
        }
    }

    /// One step; `below` says that `//` stands before it.
    fn step(&mut self, steps: &mut Vec<Step>, below: bool) -> Parsed<()> {
        if self.starts_primary() {
            if below {
                steps.push(any_below());
            }
            let primary = self.inner(Self::postfix)?;
            steps.push(Step::Expr(primary));
            return Ok(());
        }
        let (axis, test) = self.axis_and_test()?;
        let before = self.positional;
        let predicates = self.predicates()?;
        let counts = self.positional != before || !predicates.iter().all(Expr::is_boolean);
        push_step(steps, below, counts, (axis, test), predicates);
        Ok(())
    }

    fn axis_and_test(&mut self) -> Parsed<(Axis, Test)> {
        if self.take("..") {
            return Ok((Axis::Parent, Test::Node));
        }
        if self.take("@") {
            return Ok((Axis::Attribute, self.node_test(Axis::Attribute)?));
        }
        if self.is_ahead(1, "::")
            && let Token::Name(None, name) = self.peek()
        {
            let Some((_, axis)) = Axis::NAMES.iter().find(|(n, _)| n == name) else {
                let error = ParseError::new(self.range(), format!("there is no axis `{name}`"));
                return Err(with_suggestion(error, name, Axis::NAMES.iter().map(|(n, _)| *n)));
            };
            let axis = *axis;
            self.at += 2;
            return Ok((axis, self.node_test(axis)?));
        }
        let axis =
            if self.is_word_ahead(0, "attribute") && self.is_ahead(1, "(") { Axis::Attribute } else { Axis::Child };
        Ok((axis, self.node_test(axis)?))
    }

    fn node_test(&mut self, axis: Axis) -> Parsed<Test> {
        if let Token::Name(None, name) = self.peek()
            && self.is_ahead(1, "(")
            && KIND_TESTS.contains(&name.as_str())
        {
            return self.kind_test();
        }
        Ok(Test::Name(self.name_test(!matches!(axis, Axis::Attribute | Axis::Namespace))?))
    }

    /// A name or wildcard. An unprefixed name means no namespace; only that of an element can have another default.
    fn name_test(&mut self, elements: bool) -> Parsed<NameTest> {
        let range = self.range();
        let test = match self.peek().clone() {
            Token::Symbol("*") => NameTest { namespace: NamespaceTest::Any, local: None },
            Token::AnyPrefix(local) => NameTest { namespace: NamespaceTest::Any, local: Some(local) },
            Token::Name(None, local) => {
                let uri = if elements { self.statics.map_or("", |s| s.element_namespace) } else { "" };
                NameTest { namespace: NamespaceTest::Exact(uri.to_owned()), local: Some(local) }
            }
            Token::Name(Some(prefix), local) => {
                let uri = self.uri(&prefix, range.start..range.start + prefix.len())?;
                NameTest { namespace: NamespaceTest::Exact(uri), local: Some(local) }
            }
            Token::PrefixWild(prefix) => {
                let uri = self.uri(&prefix, range.start..range.start + prefix.len())?;
                NameTest { namespace: NamespaceTest::Exact(uri), local: None }
            }
            Token::UriName(uri, local) => NameTest { namespace: NamespaceTest::Exact(uri), local },
            _ => return Err(self.unexpected("an expression")),
        };
        self.advance();
        Ok(test)
    }

    /// The URI of a prefix.
    pub fn uri(&self, prefix: &str, range: std::ops::Range<usize>) -> Parsed<String> {
        if let Some(uri) = self.namespaces.uri(prefix) {
            return Ok(uri.to_owned());
        }
        match prefix {
            "xml" => Ok(XML.to_owned()),
            "xs" => Ok(XS.to_owned()),
            "fn" => Ok(FN.to_owned()),
            _ => {
                let error = ParseError::new(range, format!("the prefix `{prefix}` is not declared"));
                Err(match diag::suggest(prefix, self.namespaces.prefixes()) {
                    Some(known) => error.help(format!("did you mean `{known}`?")),
                    None => error.help("declare it among the namespaces of the flow, or write `*:` for any namespace"),
                })
            }
        }
    }

    fn kind_test(&mut self) -> Parsed<Test> {
        let range = self.range();
        let Token::Name(_, kind) = self.advance() else { return Err(self.unexpected("a node test")) };
        self.expect("(")?;
        let any = NameTest { namespace: NamespaceTest::Any, local: None };
        let test = match kind.as_str() {
            "text" => Test::Text,
            "comment" => Test::Comment,
            "document-node" => {
                // The element inside is not looked at: documents have one.
                if self.is_word_ahead(0, "element") && self.is_ahead(1, "(") {
                    self.kind_test()?;
                }
                Test::Document
            }
            "namespace-node" => Test::Namespace,
            "processing-instruction" => match self.peek().clone() {
                Token::Name(None, target) | Token::Text(target) => {
                    self.advance();
                    Test::Instruction(Some(target))
                }
                _ => Test::Instruction(None),
            },
            "element" if self.is(")") => Test::Element(any),
            "element" => Test::Element(self.typed_name(true)?),
            "attribute" if self.is(")") => Test::Attribute(any),
            "attribute" => Test::Attribute(self.typed_name(false)?),
            _ => Test::Node,
        };
        if !self.is(")") {
            return Err(ParseError::new(range.start..self.range().end, format!("`{kind}()` takes no such argument")));
        }
        self.at += 1;
        Ok(test)
    }

    /// A name in `element(name, type)`; without schemas every type holds.
    fn typed_name(&mut self, elements: bool) -> Parsed<NameTest> {
        let name = self.name_test(elements)?;
        if self.take(",") {
            self.advance();
            self.take("?");
        }
        Ok(name)
    }

    fn predicates(&mut self) -> Parsed<Vec<Expr>> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.inner(Self::sequence)?);
            self.expect("]")?;
        }
        Ok(predicates)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        Ok(if predicates.is_empty() { primary } else { Expr::Filter(Box::new(primary), predicates) })
    }

    fn primary(&mut self) -> Parsed<Expr> {
        if self.take("(") {
            if self.take(")") {
                return Ok(Expr::Sequence(Vec::new()));
            }
            let expr = self.sequence()?;
            self.expect(")")?;
            return Ok(expr);
        }
        match self.peek() {
            Token::Text(_) | Token::Number(_) | Token::Symbol("$" | ".") => self.leaf(),
            _ => self.call(None),
        }
    }

    fn leaf(&mut self) -> Parsed<Expr> {
        let range = self.range();
        match self.advance() {
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Number(number) => {
                literal_number(&number).ok_or_else(|| ParseError::new(range, "this number has too many digits"))
            }
            Token::Symbol("$") => self.variable(),
            _ => {
                self.uses_body |= self.on_body;
                Ok(Expr::Context)
            }
        }
    }

    /// `value => function(more)`, the arrow already taken.
    pub fn arrow(&mut self, value: Expr) -> Parsed<Expr> {
        if !self.is_ahead(1, "(") {
            return Err(self.unexpected("a function call"));
        }
        self.call(Some(value))
    }

    fn call(&mut self, first: Option<Expr>) -> Parsed<Expr> {
        let name = Box::new(self.function_name()?);
        self.expect("(")?;
        let mut args: Vec<Expr> = first.into_iter().collect();
        if !self.take(")") {
            loop {
                let arg = self.single()?;
                args.push(arg);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.finish_call(*name, args)
    }

    fn function_name(&mut self) -> Parsed<FunctionName> {
        let range = self.range();
        let shown = self.peek().to_string().trim_matches('`').to_owned();
        let (uri, name) = match self.advance() {
            Token::Name(None, name) => (FN.to_owned(), name),
            Token::Name(Some(prefix), name) => (self.uri(&prefix, range.start..range.start + prefix.len())?, name),
            Token::UriName(uri, Some(name)) => (uri, name),
            token => return Err(ParseError::new(range, format!("expected an expression, found {token}"))),
        };
        Ok(FunctionName { uri, name, shown, range })
    }

    fn finish_call(&mut self, called: FunctionName, mut args: Vec<Expr>) -> Parsed<Expr> {
        let FunctionName { uri, name, shown, range } = called;
        if let Some(statics) = self.statics {
            let found = statics.host.function(&uri, &name, args.len());
            if let Some(function) = found.map_err(|why| ParseError::new(range.clone(), why))? {
                self.positional += usize::from(function.positional);
                return Ok(Expr::HostCall { number: function.number, args });
            }
        }
        if uri == XS {
            let to = atom_type(&name, &shown, range.clone())?;
            let count = args.len();
            return match args.pop() {
                Some(of) if count == 1 => Ok(Expr::Cast { of: Box::new(of), to, optional: true }),
                _ => Err(ParseError::new(range, format!("`{shown}()` takes one argument, not {count}"))),
            };
        }
        let found = if uri == FN { functions::find(&name) } else { None };
        let Some(function) = found else { return Err(unknown_function(&shown, &name, &uri, range)) };
        if args.len() < function.min || args.len() > function.max {
            return Err(wrong_count(function, args.len(), range));
        }
        if matches!(name.as_str(), "position" | "last") {
            self.positional += 1;
        }
        let context = args.len() < function.context_below;
        self.uses_body |= context && self.on_body;
        // What is made while a message is processed leaves patterns to the evaluation, which counts and drops them.
        let kept = self.statics.is_none_or(|s| !s.at_run_time);
        let regex = match (name.as_str(), args.get(1), args.get(if name == "replace" { 3 } else { 2 })) {
            _ if !kept => None,
            ("matches" | "replace" | "tokenize", Some(Expr::Text(pattern)), flags) => match flags {
                None => Some(regexes::compile(pattern, "")),
                Some(Expr::Text(flags)) => Some(regexes::compile(pattern, flags)),
                Some(_) => None,
            },
            _ => None,
        };
        let regex = regex.transpose().map_err(|why| ParseError::new(range, why))?;
        Ok(Expr::Call { function, args, regex })
    }

    pub fn atom_type(&mut self) -> Parsed<AtomType> {
        let range = self.range();
        let shown = self.peek().to_string().trim_matches('`').to_owned();
        match self.peek().clone() {
            Token::Name(Some(prefix), name) => {
                if self.uri(&prefix, range.start..range.start + prefix.len())? != XS {
                    return Err(ParseError::new(range, format!("there is no type `{shown}`")));
                }
                self.advance();
                atom_type(&name, &shown, range)
            }
            Token::Name(None, name) => {
                let error = ParseError::new(range, format!("there is no type `{name}`"));
                Err(match AtomType::find(&name) {
                    Some(_) => error.help(format!("did you mean `xs:{name}`?")),
                    None => error,
                })
            }
            _ => Err(self.unexpected("a type such as `xs:string`")),
        }
    }

    pub fn sequence_type(&mut self) -> Parsed<SequenceType> {
        let item = match self.peek() {
            Token::Name(None, name) if self.is_ahead(1, "(") => match name.as_str() {
                "empty-sequence" | "item" => {
                    let empty = name == "empty-sequence";
                    self.at += 2;
                    self.expect(")")?;
                    if empty {
                        return Ok(SequenceType { item: None, zero: true, many: false });
                    }
                    ItemType::Any
                }
                kind if KIND_TESTS.contains(&kind) => ItemType::Node(self.kind_test()?),
                _ => return Err(self.unexpected("a type such as `xs:string` or `element()`")),
            },
            _ => ItemType::Atom(self.atom_type()?),
        };
        let (zero, many) = match self.peek() {
            Token::Symbol("?") => (true, false),
            Token::Symbol("*") => (true, true),
            Token::Symbol("+") => (false, true),
            _ => return Ok(SequenceType { item: Some(item), zero: false, many: false }),
        };
        self.at += 1;
        Ok(SequenceType { item: Some(item), zero, many })
    }
}

fn any_below() -> Step {
    Step::Axis { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() }
}

/// `//a` is `/descendant-or-self::node()/child::a`; where no predicate counts positions, one walk does it.
fn push_step(steps: &mut Vec<Step>, below: bool, counts: bool, (axis, test): (Axis, Test), predicates: Vec<Expr>) {
    let one_walk = below && axis == Axis::Child && !counts;
    if below && !one_walk {
        steps.push(any_below());
    }
    steps.push(Step::Axis { axis: if one_walk { Axis::Descendant } else { axis }, test, predicates });
}

fn atom_type(name: &str, shown: &str, range: std::ops::Range<usize>) -> Parsed<AtomType> {
    AtomType::find(name).ok_or_else(|| {
        let error = ParseError::new(range, format!("there is no type `{shown}`"));
        match diag::suggest(name, AtomType::names()) {
            Some(known) => error.help(format!("did you mean `xs:{known}`?")),
            None => error,
        }
    })
}

fn unknown_function(shown: &str, name: &str, uri: &str, range: std::ops::Range<usize>) -> ParseError {
    let error = ParseError::new(range, format!("there is no function `{shown}()`"));
    match name {
        "if" => error.help("put the `if` in parentheses: `(if (...) then ... else ...)`"),
        _ if uri != FN => error.help("only the functions of XPath are known, without prefix or as `fn:`"),
        _ if AtomType::find(name).is_some() => error.help(format!("did you mean `xs:{name}`?")),
        _ => with_suggestion(error, name, functions::names()),
    }
}

fn with_suggestion<'a>(error: ParseError, word: &str, known: impl Iterator<Item = &'a str>) -> ParseError {
    match diag::suggest(word, known) {
        Some(known) => error.help(format!("did you mean `{known}`?")),
        None => error,
    }
}

fn wrong_count(function: &functions::Function, count: usize, range: std::ops::Range<usize>) -> ParseError {
    let (min, max) = (function.min, function.max);
    let takes = match (min, max) {
        (0, 0) => "no argument".to_owned(),
        (1, 1) => "one argument".to_owned(),
        (_, usize::MAX) => format!("at least {min} arguments"),
        _ if min == max => format!("{min} arguments"),
        _ => format!("{min} to {max} arguments"),
    };
    ParseError::new(range, format!("`{}()` takes {takes}, not {count}", function.name))
}

fn literal_number(text: &str) -> Option<Expr> {
    if text.contains(['e', 'E']) {
        return text.parse().ok().map(Expr::Double);
    }
    match text.parse() {
        Ok(n) => Some(Expr::Int(n)),
        Err(_) => Decimal::parse(text).map(Expr::Decimal),
    }
}
