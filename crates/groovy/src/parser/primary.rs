//! What expressions begin with: literals, lists, maps, closures, `new`, interpolated strings.
use super::expr::mk;
use super::{P, PRIMITIVES, Parser};
use crate::ast::{ClosureDecl, Const, Expr, ExprKind, Part, TypeRef};
use crate::token::{LexPart, Name, Pos, Tok};
use std::sync::Arc;

impl Parser<'_> {
    pub(super) fn list_or_map(&mut self, pos: Pos) -> P<Expr> {
        self.expect("[")?;
        let held = std::mem::replace(&mut self.no_closure, false);
        let r = self.list_or_map_inner(pos);
        self.no_closure = held;
        r
    }

    fn list_or_map_inner(&mut self, pos: Pos) -> P<Expr> {
        if self.eat(":") {
            self.expect("]")?;
            return Ok(mk(ExprKind::Map(vec![]), pos));
        }
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        while !self.is_op("]") {
            let at = self.pos();
            if self.eat("*:") || (self.is_op("*") && self.op_at(1, ":")) {
                if self.eat("*") {
                    self.advance();
                }
                entries.push((mk(ExprKind::SpreadMap, at), self.expr()?));
            } else if self.eat("*") {
                items.push(mk(ExprKind::Spread(self.expr()?), at));
            } else if let Some(k) = self.map_key()? {
                entries.push((k, self.expr()?));
            } else {
                items.push(self.expr()?);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.expect("]")?;
        if !entries.is_empty() {
            if !items.is_empty() {
                return self.fail("a list and a map are mixed between these brackets");
            }
            return Ok(mk(ExprKind::Map(entries), pos));
        }
        Ok(mk(ExprKind::List(items), pos))
    }

    /// Whether the brace ahead begins a closure with parameters (a statement may not begin with one otherwise).
    pub(super) fn closure_ahead(&self) -> bool {
        self.params_ahead(1) || self.op_at(1, "->") || {
            // `{ … }()` called at once.
            let (mut depth, mut i) = (0, 0);
            loop {
                match self.tok(i).tok {
                    Tok::Op("{") => depth += 1,
                    Tok::Op("}") => depth -= 1,
                    Tok::Eof => break false,
                    _ => {}
                }
                if depth == 0 {
                    break self.op_at(i + 1, "(") && !self.tok(i + 1).nl
                        || self.op_at(i + 1, ".") && !self.tok(i + 1).nl;
                }
                i += 1;
            }
        }
    }

    fn params_ahead(&self, from: usize) -> bool {
        let (mut depth, mut i) = (0, from);
        loop {
            match &self.tok(i).tok {
                Tok::Op("->") => return depth == 0,
                Tok::Op("(" | "[") => depth += 1,
                Tok::Op(")" | "]") => depth -= 1,
                Tok::Op("," | "=" | "<" | ">" | "." | "..." | ":" | "?" | "-" | "+" | "@") => {}
                Tok::Op(_) | Tok::Eof => return false,
                _ => {}
            }
            if depth < 0 || i > 200 {
                return false;
            }
            i += 1;
        }
    }

    pub(super) fn closure(&mut self) -> P<Expr> {
        let pos = self.pos();
        let held = std::mem::replace(&mut self.no_closure, false);
        let with_params = self.params_ahead(1);
        self.expect("{")?;
        let params = if with_params {
            let p = self.params("->")?;
            self.expect("->")?;
            Some(p)
        } else {
            None
        };
        let class = self.closure_class();
        let outer = std::mem::replace(&mut self.place.class, class.clone());
        let method = self.place.method.take();
        let body = self.deeper(Self::statements);
        self.place.class = outer;
        self.place.method = method;
        self.no_closure = held;
        let body = body?;
        self.expect("}")?;
        Ok(mk(ExprKind::Closure(Arc::new(ClosureDecl { class, params, body })), pos))
    }

    /// The class Groovy would give the next closure: `Script1$_run_closure1`, inside it `…$_closure2`.
    fn closure_class(&mut self) -> Name {
        self.place.closures += 1;
        let at_top = self.place.inside.is_none() && &*self.place.class == super::SCRIPT;
        let method = match self.place.method.as_deref() {
            Some("") => String::new(),
            Some(m) => format!("_{m}"),
            None if at_top => "_run".into(),
            None => String::new(),
        };
        format!("{}${method}_closure{}", self.place.class, self.place.closures).into()
    }

    pub(super) fn primary(&mut self) -> P<Expr> {
        let pos = self.pos();
        let t = self.tok(0).tok.clone();
        let kind = match t {
            Tok::Int(n) => ExprKind::Const(Const::Int(n)),
            Tok::Long(n) => ExprKind::Const(Const::Long(n)),
            Tok::Big(s) => ExprKind::Const(Const::Big(s)),
            Tok::Dec(s) => ExprKind::Const(Const::Dec(s)),
            Tok::Double(d) => ExprKind::Const(Const::Double(d)),
            Tok::Float(d) => ExprKind::Const(Const::Float(d)),
            Tok::Str(s) => ExprKind::Const(Const::Str(s)),
            Tok::GStr(parts) => {
                self.advance();
                return Ok(mk(ExprKind::GString(self.gstring(parts)?), pos));
            }
            Tok::Op("[") => return self.list_or_map(pos),
            Tok::Op("{") => return self.closure(),
            Tok::Op("(") => return self.group(pos),
            Tok::Ident(w) => return self.word(&w, pos),
            _ => return self.fail(format!("expected an expression, found {}", self.found())),
        };
        self.advance();
        Ok(mk(kind, pos))
    }

    fn group(&mut self, pos: Pos) -> P<Expr> {
        self.advance();
        let held = std::mem::replace(&mut self.no_closure, false);
        let first = self.expr();
        self.no_closure = held;
        let mut items = vec![first?];
        while self.eat(",") {
            items.push(self.expr()?);
        }
        self.expect(")")?;
        if items.len() > 1 {
            return Ok(mk(ExprKind::ArrayOf { ty: TypeRef { name: "".into(), dims: 0 }, items }, pos));
        }
        let Some(e) = items.pop() else { return self.fail("expected an expression") };
        // A name in parentheses is called by value: `(f)(1)`.
        Ok(e)
    }

    fn word(&mut self, w: &Name, pos: Pos) -> P<Expr> {
        let kind = match &**w {
            "true" => ExprKind::Const(Const::Bool(true)),
            "false" => ExprKind::Const(Const::Bool(false)),
            "null" => ExprKind::Const(Const::Null),
            "new" => return self.creation(pos),
            "this" | "super" if self.op_at(1, "(") && self.place.inside.is_some() => {
                let up = &**w == "super";
                self.at += 2;
                let args = self.args(")")?;
                let class = self.place.inside.clone().unwrap_or_default();
                return Ok(mk(ExprKind::ConstructorCall { class, up, args }, pos));
            }
            "super" => match self.place.inside.clone() {
                Some(class) => ExprKind::Super(class),
                None => ExprKind::Super(super::SCRIPT.into()),
            },
            w if super::RESERVED.contains(&w) => return self.fail(format!("expected an expression, found '{w}'")),
            p if PRIMITIVES.contains(&p) => return Ok(mk(ExprKind::ClassLiteral(self.type_ref()?), pos)),
            _ => ExprKind::Name(w.clone()),
        };
        self.advance();
        Ok(mk(kind, pos))
    }

    fn creation(&mut self, pos: Pos) -> P<Expr> {
        self.advance();
        let Some((i, mut ty)) = self.type_ahead(self.at) else { return self.fail("expected a class after 'new'") };
        self.at = i;
        let mut sizes = Vec::new();
        while self.is_op("[") && !self.tok(0).nl {
            self.advance();
            sizes.push(self.expr()?);
            self.expect("]")?;
            ty.dims += 1;
            while self.is_op("[") && self.op_at(1, "]") {
                self.at += 2;
                ty.dims += 1;
            }
        }
        if !sizes.is_empty() {
            return Ok(mk(ExprKind::NewArray { ty, sizes }, pos));
        }
        if ty.dims > 0 && self.eat("{") {
            let items = self.args("}")?;
            return Ok(mk(ExprKind::ArrayOf { ty, items }, pos));
        }
        self.expect("(")?;
        let args = self.args(")")?;
        let mut body = None;
        if self.is_op("{") && !self.tok(0).nl && !self.no_closure {
            self.place.anonymous += 1;
            let around = self.place.inside.as_deref().unwrap_or(super::SCRIPT);
            let name = format!("{around}${}", self.place.anonymous).into();
            body = Some(self.class_body(name, Some(ty.clone()), vec![], "class", &super::Mods::default())?);
        }
        Ok(mk(ExprKind::New { ty, args, body }, pos))
    }

    pub(super) fn gstring(&mut self, parts: Vec<LexPart>) -> P<Vec<Part>> {
        let mut out = Vec::new();
        for p in parts {
            match p {
                LexPart::Text(t) => out.push(Part::Text(t.into())),
                LexPart::Code(toks) => {
                    let place = self.place.clone();
                    let mut sub = Parser {
                        toks,
                        at: 0,
                        depth: self.depth + 4,
                        src: self.src,
                        no_closure: false,
                        head: None,
                        place,
                    };
                    if sub.params_ahead(0) {
                        // `${-> x}`: called each time the text is read.
                        let params = sub.params("->")?;
                        sub.expect("->")?;
                        let class = sub.closure_class();
                        let body = sub.statements()?;
                        if !matches!(sub.tok(0).tok, Tok::Eof) {
                            return sub.fail(format!("unexpected {} in an expression inside a string", sub.found()));
                        }
                        self.place.closures = sub.place.closures;
                        let decl = ClosureDecl { class, params: Some(params), body };
                        out.push(Part::Code(mk(ExprKind::Closure(Arc::new(decl)), sub.pos())));
                        continue;
                    }
                    if matches!(sub.tok(0).tok, Tok::Eof) {
                        out.push(Part::Code(mk(ExprKind::Const(Const::Null), sub.pos())));
                        continue;
                    }
                    out.push(Part::Code(sub.command_expr()?));
                    while sub.eat(";") {}
                    if !matches!(sub.tok(0).tok, Tok::Eof) {
                        return sub.fail(format!("unexpected {} in an expression inside a string", sub.found()));
                    }
                    (self.place.closures, self.place.anonymous) = (sub.place.closures, sub.place.anonymous);
                }
            }
        }
        Ok(out)
    }
}
