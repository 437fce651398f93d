//! Recursive descent over the tokens: the common tools, types and the look-ahead that tells declarations from expressions.
mod decl;
mod expr;
mod primary;
mod stmt;

use crate::ast::{Note, TypeRef, Unit};
use crate::lexer::{SyntaxError, lex};
use crate::token::{Name, Pos, Tok, Token};

pub(crate) type P<T> = Result<T, SyntaxError>;

const MAX_DEPTH: u32 = 120;

/// Parses a source file.
pub fn parse(source: &str) -> P<Unit> {
    let toks = lex(source)?;
    let place = Place { class: SCRIPT.into(), ..Place::default() };
    let mut p = Parser { toks, at: 0, depth: 0, src: source, no_closure: false, head: None, place };
    let mut unit = p.unit()?;
    for m in &unit.methods {
        if !unit.functions.contains_key(&m.name) {
            let all = unit.methods.iter().filter(|o| o.name == m.name).cloned().collect();
            unit.functions.insert(m.name.clone(), all);
        }
    }
    Ok(unit)
}

/// The class Groovy makes of a script.
pub(crate) const SCRIPT: &str = "Script1";

/// Where the parser is: it names the classes of closures as Groovy does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// The class or the closure around.
    class: Name,
    /// The method around; none inside a closure.
    method: Option<Name>,
    /// How many closures this class has so far.
    closures: u32,
    /// How many anonymous classes the source has so far.
    anonymous: u32,
    /// The class around, if it is not the script.
    inside: Option<Name>,
}

pub(crate) struct Parser<'a> {
    toks: Vec<Token>,
    at: usize,
    depth: u32,
    src: &'a str,
    no_closure: bool,
    /// The token that the present statement begins with, where it is an expression.
    head: Option<usize>,
    place: Place,
}

pub(crate) const PRIMITIVES: &[&str] = &["int", "long", "boolean", "byte", "char", "double", "float", "short", "void"];
const MODIFIERS: &[&str] = &[
    "def",
    "final",
    "static",
    "private",
    "public",
    "protected",
    "abstract",
    "transient",
    "volatile",
    "native",
    "strictfp",
    "synchronized",
];
const RESERVED: &[&str] = &[
    "if",
    "else",
    "while",
    "for",
    "do",
    "switch",
    "case",
    "default",
    "try",
    "catch",
    "finally",
    "return",
    "break",
    "continue",
    "throw",
    "new",
    "instanceof",
    "in",
    "as",
    "import",
    "package",
    "class",
    "interface",
    "enum",
    "assert",
    "def",
    "true",
    "false",
    "null",
    "extends",
    "implements",
    "throws",
];

/// What stands in front of a declaration.
#[derive(Debug, Default, Clone)]
pub(crate) struct Mods {
    any: bool,
    is_static: bool,
    is_abstract: bool,
    is_final: bool,
    hidden: bool,
    field: bool,
    notes: Vec<Note>,
}

impl Parser<'_> {
    fn tok(&self, ahead: usize) -> &Token {
        let i = (self.at + ahead).min(self.toks.len().saturating_sub(1));
        &self.toks[i]
    }

    fn pos(&self) -> Pos {
        self.tok(0).pos
    }

    fn advance(&mut self) {
        if self.at + 1 < self.toks.len() {
            self.at += 1;
        }
    }

    fn op_at(&self, ahead: usize, op: &str) -> bool {
        matches!(&self.tok(ahead).tok, Tok::Op(o) if *o == op)
    }

    fn is_op(&self, op: &str) -> bool {
        self.op_at(0, op)
    }

    fn eat(&mut self, op: &str) -> bool {
        let yes = self.is_op(op);
        if yes {
            self.advance();
        }
        yes
    }

    fn word_at(&self, ahead: usize) -> Option<&Name> {
        match &self.tok(ahead).tok {
            Tok::Ident(w) => Some(w),
            _ => None,
        }
    }

    fn is_word(&self, w: &str) -> bool {
        self.word_at(0).is_some_and(|x| &**x == w)
    }

    fn eat_word(&mut self, w: &str) -> bool {
        let yes = self.is_word(w);
        if yes {
            self.advance();
        }
        yes
    }

    fn fail<T>(&self, message: impl Into<String>) -> P<T> {
        Err(SyntaxError { pos: self.pos(), message: message.into() })
    }

    fn found(&self) -> String {
        match &self.tok(0).tok {
            Tok::Eof => "the end".into(),
            Tok::Ident(w) => format!("'{w}'"),
            Tok::Op(o) => format!("'{o}'"),
            Tok::Str(_) | Tok::GStr(_) => "a string".into(),
            _ => "a number".into(),
        }
    }

    fn expect(&mut self, op: &str) -> P<()> {
        if self.eat(op) { Ok(()) } else { self.fail(format!("expected '{op}', found {}", self.found())) }
    }

    fn ident(&mut self) -> P<Name> {
        match &self.tok(0).tok {
            Tok::Ident(w) if !RESERVED.contains(&&**w) => {
                let w = w.clone();
                self.advance();
                Ok(w)
            }
            _ => self.fail(format!("expected a name, found {}", self.found())),
        }
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> P<T>) -> P<T> {
        if self.depth >= MAX_DEPTH {
            return self.fail("this is nested too deeply");
        }
        self.depth += 1;
        let r = f(self);
        self.depth -= 1;
        r
    }

    fn end_of_statement(&mut self) -> P<()> {
        if self.eat(";") {
            while self.eat(";") {}
            return Ok(());
        }
        let t = self.tok(0);
        if t.nl || matches!(t.tok, Tok::Eof | Tok::Op("}")) || matches!(&t.tok, Tok::Ident(w) if &**w == "else") {
            return Ok(());
        }
        self.fail(format!("unexpected {}; a statement ends with its line or with ';'", self.found()))
    }

    /// Looks for a type at `i`; gives the place behind it.
    fn type_ahead(&self, mut i: usize) -> Option<(usize, TypeRef)> {
        let word = |i: usize| match self.toks.get(i).map(|t| &t.tok) {
            Some(Tok::Ident(w)) => Some(w),
            _ => None,
        };
        let op = |i: usize, o: &str| matches!(self.toks.get(i).map(|t| &t.tok), Some(Tok::Op(x)) if *x == o);
        let first = word(i)?;
        if RESERVED.contains(&&**first) {
            return None;
        }
        let mut name = first.to_string();
        i += 1;
        while op(i, ".") && word(i + 1).is_some_and(|w| &**w != "class") {
            name.push('.');
            name.push_str(word(i + 1)?);
            i += 2;
        }
        if op(i, "<") {
            let mut depth = 0i32;
            let limit = i + 200;
            loop {
                match &self.toks.get(i)?.tok {
                    Tok::Op("<") => depth += 1,
                    Tok::Op(">") => depth -= 1,
                    Tok::Op(">>") => depth -= 2,
                    Tok::Op(">>>") => depth -= 3,
                    Tok::Ident(_) | Tok::Op("." | "," | "?" | "&" | "[" | "]") => {}
                    _ => return None,
                }
                i += 1;
                if depth <= 0 {
                    break;
                }
                if i > limit {
                    return None;
                }
            }
        }
        let mut dims = 0;
        while op(i, "[") && op(i + 1, "]") && dims < 8 {
            dims += 1;
            i += 2;
        }
        Some((i, TypeRef { name: name.into(), dims }))
    }

    fn type_ref(&mut self) -> P<TypeRef> {
        match self.type_ahead(self.at) {
            Some((i, t)) => {
                self.at = i;
                Ok(t)
            }
            None => self.fail(format!("expected a type, found {}", self.found())),
        }
    }

    /// Skips annotations and modifiers, remembering what matters.
    fn mods(&mut self) -> P<Mods> {
        let mut m = Mods::default();
        loop {
            if self.is_op("@") && self.word_at(1).is_some_and(|w| &**w != "interface") {
                self.advance();
                let name = self.type_ref()?;
                m.field |= name.name.ends_with("Field");
                m.any = true;
                let start = self.tok(0).end;
                let mut args = "";
                if self.is_op("(") && !self.tok(0).nl {
                    self.skip_parens();
                    let end = self.toks[self.at.saturating_sub(1)].start;
                    args = self.src.get(start..end).unwrap_or("");
                }
                m.notes.push(Note { name: name.name, args: args.into() });
                continue;
            }
            let Some(w) = self.word_at(0).filter(|w| MODIFIERS.contains(&&***w)).cloned() else { return Ok(m) };
            if &*w == "synchronized" && self.op_at(1, "(") {
                return Ok(m);
            }
            // `def` may be the name of something in a map or a call: `def:`.
            if self.op_at(1, ":") || self.op_at(1, ".") {
                return Ok(m);
            }
            m.any = true;
            m.is_static |= &*w == "static";
            m.is_abstract |= &*w == "abstract";
            m.is_final |= &*w == "final";
            m.hidden |= matches!(&*w, "private" | "protected" | "public");
            self.advance();
            if self.is_op("<") {
                // `def <T> T name(...)`
                let mut depth = 0;
                while !matches!(self.tok(0).tok, Tok::Eof) {
                    depth += i32::from(self.is_op("<")) - i32::from(self.is_op(">"));
                    self.advance();
                    if depth <= 0 {
                        break;
                    }
                }
            }
        }
    }

    fn skip_parens(&mut self) {
        let mut depth = 0;
        while !matches!(self.tok(0).tok, Tok::Eof) {
            depth += i32::from(self.is_op("(")) - i32::from(self.is_op(")"));
            self.advance();
            if depth == 0 {
                break;
            }
        }
    }

    /// After modifiers: a type followed by a name on the same line?
    fn typed_name_ahead(&self, mods: bool) -> Option<(usize, TypeRef)> {
        let (i, ty) = self.type_ahead(self.at)?;
        let last = ty.name.rsplit('.').next().unwrap_or("");
        let looks = PRIMITIVES.contains(&&*ty.name) || last.starts_with(char::is_uppercase);
        if !looks && !mods {
            return None;
        }
        let next = self.toks.get(i)?;
        match &next.tok {
            Tok::Ident(w) if !next.nl && !RESERVED.contains(&&**w) => Some((i, ty)),
            Tok::Str(_) if mods && !next.nl => Some((i, ty)),
            _ => None,
        }
    }
}
