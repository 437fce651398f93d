//! Expressions: operators by binding power, then chains of members, calls and indexes.
use super::{P, PRIMITIVES, Parser};
use crate::ast::{BinOp, ClosureDecl, Const, Expr, ExprKind, Member, Part, Reach, TypeRef, UnOp};
use crate::token::{LexPart, Name, Pos, Tok};
use std::sync::Arc;

const MAX_CHAIN: usize = 1000;

fn mk(kind: ExprKind, pos: Pos) -> Expr {
    Expr { kind: Box::new(kind), pos }
}

fn binary(op: &str) -> Option<(u8, BinOp)> {
    Some(match op {
        "|" => (5, BinOp::BitOr),
        "^" => (6, BinOp::BitXor),
        "&" => (7, BinOp::BitAnd),
        "==" => (8, BinOp::Eq),
        "!=" => (8, BinOp::Ne),
        "===" => (8, BinOp::Is),
        "!==" => (8, BinOp::IsNot),
        "<=>" => (8, BinOp::Cmp),
        "=~" => (8, BinOp::Find),
        "==~" => (8, BinOp::Match),
        "<" => (9, BinOp::Lt),
        "<=" => (9, BinOp::Le),
        ">" => (9, BinOp::Gt),
        ">=" => (9, BinOp::Ge),
        "<<" => (10, BinOp::Shl),
        ">>" => (10, BinOp::Shr),
        ">>>" => (10, BinOp::UShr),
        "+" => (11, BinOp::Add),
        "-" => (11, BinOp::Sub),
        "*" => (12, BinOp::Mul),
        "/" => (12, BinOp::Div),
        "%" => (12, BinOp::Rem),
        "**" => (14, BinOp::Pow),
        _ => return None,
    })
}

fn assignment(op: &str) -> Option<Option<BinOp>> {
    Some(match op {
        "=" => None,
        "+=" => Some(BinOp::Add),
        "-=" => Some(BinOp::Sub),
        "*=" => Some(BinOp::Mul),
        "/=" => Some(BinOp::Div),
        "%=" => Some(BinOp::Rem),
        "**=" => Some(BinOp::Pow),
        "<<=" => Some(BinOp::Shl),
        ">>=" => Some(BinOp::Shr),
        "&=" => Some(BinOp::BitAnd),
        "|=" => Some(BinOp::BitOr),
        "^=" => Some(BinOp::BitXor),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> P<Expr> {
        self.deeper(|p| {
            let left = p.ternary()?;
            let t = p.tok(0);
            let Tok::Op(o) = t.tok else { return Ok(left) };
            let (nl, pos) = (t.nl, left.pos);
            let Some(op) = assignment(o) else { return Ok(left) };
            if nl {
                return Ok(left);
            }
            let target = matches!(&*left.kind, ExprKind::Name(_) | ExprKind::Prop { .. } | ExprKind::Index(..));
            if let ExprKind::ArrayOf { ty, items } = &*left.kind {
                // `(a, b) = [1, 2]` was read as a group.
                if op.is_none() && ty.dims == 0 {
                    p.advance();
                    let items = items.clone();
                    let value = p.command_expr()?;
                    return Ok(mk(ExprKind::MultiAssign(items, value), pos));
                }
            }
            if !target {
                return p.fail("only a variable, a property or an element can be assigned to");
            }
            p.advance();
            let value = p.command_expr()?;
            Ok(mk(ExprKind::Assign(left, op, value), pos))
        })
    }

    fn ternary(&mut self) -> P<Expr> {
        let cond = self.or()?;
        let pos = cond.pos;
        if self.eat("?:") {
            let other = self.deeper(Self::ternary)?;
            return Ok(mk(ExprKind::Elvis(cond, other), pos));
        }
        if self.eat("?") {
            let yes = self.expr()?;
            self.expect(":")?;
            let no = self.expr()?;
            return Ok(mk(ExprKind::Ternary(cond, yes, no), pos));
        }
        Ok(cond)
    }

    fn or(&mut self) -> P<Expr> {
        let mut left = self.and()?;
        let mut n = 0;
        while self.eat("||") {
            n += 1;
            if n > MAX_CHAIN {
                return self.fail("this expression is too long");
            }
            let right = self.and()?;
            let pos = left.pos;
            left = mk(ExprKind::Or(left, right), pos);
        }
        Ok(left)
    }

    fn and(&mut self) -> P<Expr> {
        let mut left = self.binary(5)?;
        let mut n = 0;
        while self.eat("&&") {
            n += 1;
            if n > MAX_CHAIN {
                return self.fail("this expression is too long");
            }
            let right = self.binary(5)?;
            let pos = left.pos;
            left = mk(ExprKind::And(left, right), pos);
        }
        Ok(left)
    }

    fn binary(&mut self, min: u8) -> P<Expr> {
        let mut left = self.unary()?;
        let mut n = 0;
        loop {
            n += 1;
            if n > MAX_CHAIN {
                return self.fail("this expression is too long");
            }
            let t = self.tok(0);
            let pos = left.pos;
            match &t.tok {
                Tok::Ident(w) if !t.nl && min <= 9 && matches!(&**w, "instanceof" | "in" | "as") => {
                    let w = w.clone();
                    self.advance();
                    left = match &*w {
                        "in" => {
                            let right = self.binary(10)?;
                            mk(ExprKind::Binary(BinOp::In, left, right), pos)
                        }
                        "as" => mk(ExprKind::As(left, self.type_ref()?), pos),
                        _ => mk(ExprKind::InstanceOf(left, self.type_ref()?), pos),
                    };
                }
                Tok::Op(o @ (".." | "..<")) if min <= 10 => {
                    let inclusive = *o == "..";
                    self.advance();
                    let to = self.binary(11)?;
                    left = mk(ExprKind::Range { from: left, to, inclusive }, pos);
                }
                Tok::Op(o) => {
                    let Some((power, op)) = binary(o) else { return Ok(left) };
                    let starts_a_statement = matches!(*o, "+" | "-" | "*" | "/" | "<" | "%" | "**" | "<<");
                    if power < min || (t.nl && starts_a_statement) {
                        return Ok(left);
                    }
                    self.advance();
                    let right = self.deeper(|p| p.binary(power + 1))?;
                    left = mk(ExprKind::Binary(op, left, right), pos);
                }
                _ => return Ok(left),
            }
        }
    }

    fn unary(&mut self) -> P<Expr> {
        let pos = self.pos();
        let Tok::Op(o) = self.tok(0).tok else { return self.postfix() };
        match o {
            "!" | "~" => {
                self.advance();
                let e = self.deeper(Self::unary)?;
                Ok(mk(ExprKind::Unary(if o == "!" { UnOp::Not } else { UnOp::BitNot }, e), pos))
            }
            "-" | "+" => {
                self.advance();
                // The literal belongs to its sign, so that -2147483648 is an Integer.
                if o == "-"
                    && !self.op_at(1, "**")
                    && let Tok::Long(2_147_483_648) = self.tok(0).tok
                {
                    self.advance();
                    return Ok(mk(ExprKind::Const(Const::Int(i32::MIN)), pos));
                }
                let e = self.deeper(|p| p.binary(13))?;
                Ok(mk(ExprKind::Unary(if o == "-" { UnOp::Neg } else { UnOp::Plus }, e), pos))
            }
            "++" | "--" => {
                self.advance();
                let target = self.deeper(Self::unary)?;
                Ok(mk(ExprKind::IncDec { target, up: o == "++", prefix: true }, pos))
            }
            "(" => {
                if let Some(e) = self.cast()? {
                    return Ok(e);
                }
                self.postfix()
            }
            _ => self.postfix(),
        }
    }

    fn cast(&mut self) -> P<Option<Expr>> {
        let Some((i, ty)) = self.type_ahead(self.at + 1) else { return Ok(None) };
        if !matches!(self.toks.get(i).map(|t| &t.tok), Some(Tok::Op(")"))) {
            return Ok(None);
        }
        let primitive = PRIMITIVES.contains(&&*ty.name);
        let upper = ty.name.rsplit('.').next().is_some_and(|s| s.starts_with(char::is_uppercase)) || ty.dims > 0;
        let Some(next) = self.toks.get(i + 1) else { return Ok(None) };
        let operand = match &next.tok {
            Tok::Ident(w) => !matches!(&**w, "in" | "as" | "instanceof"),
            Tok::Op(o) => matches!(*o, "(" | "[" | "!" | "~") || (primitive && matches!(*o, "-" | "+" | "{")),
            Tok::Eof => false,
            _ => true,
        };
        if !operand || next.nl || !(primitive || upper) {
            return Ok(None);
        }
        let pos = self.pos();
        self.at = i + 1;
        let e = self.deeper(Self::unary)?;
        Ok(Some(mk(ExprKind::Cast(ty, e), pos)))
    }

    fn postfix(&mut self) -> P<Expr> {
        let mut e = self.primary()?;
        for _ in 0..MAX_CHAIN {
            let t = self.tok(0);
            let pos = t.pos;
            let Tok::Op(o) = t.tok else { return Ok(e) };
            let nl = t.nl;
            match o {
                "." | "?." | "*." | ".@" | "?.@" | "*.@" => {
                    let reach = match o {
                        "?." | "?.@" => Reach::Safe,
                        "*." | "*.@" => Reach::Spread,
                        _ => Reach::Plain,
                    };
                    self.advance();
                    let attr = o.ends_with('@') || self.eat("@");
                    if self.is_word("new") {
                        return self.fail("'new' of an inner class is not supported");
                    }
                    let name = self.member()?;
                    e = if self.is_op("(") && !self.tok(0).nl && !attr {
                        self.advance();
                        let args = self.call_args()?;
                        mk(ExprKind::Call { obj: Some(e), name, args, reach }, pos)
                    } else if self.is_op("{") && !self.tok(0).nl && !attr && !self.no_closure {
                        let args = vec![self.closure()?];
                        mk(ExprKind::Call { obj: Some(e), name, args, reach }, pos)
                    } else {
                        mk(ExprKind::Prop { obj: e, name, reach, attr }, pos)
                    };
                }
                ".&" => {
                    self.advance();
                    let name = self.member()?;
                    e = mk(ExprKind::MethodPtr(e, name), pos);
                }
                "(" if !nl => {
                    self.advance();
                    let args = self.call_args()?;
                    e = match *e.kind {
                        ExprKind::Name(n) => {
                            mk(ExprKind::Call { obj: None, name: Member::Fixed(n), args, reach: Reach::Plain }, e.pos)
                        }
                        ExprKind::Const(Const::Str(n)) => {
                            mk(ExprKind::Call { obj: None, name: Member::Fixed(n), args, reach: Reach::Plain }, e.pos)
                        }
                        ExprKind::GString(p) => {
                            let name = Member::Computed(mk(ExprKind::GString(p), e.pos));
                            mk(ExprKind::Call { obj: None, name, args, reach: Reach::Plain }, e.pos)
                        }
                        other => mk(ExprKind::CallValue(mk(other, e.pos), args), pos),
                    };
                }
                "{" if !nl && !self.no_closure && matches!(&*e.kind, ExprKind::Name(_)) => {
                    let args = vec![self.closure()?];
                    if let ExprKind::Name(n) = *e.kind {
                        e = mk(ExprKind::Call { obj: None, name: Member::Fixed(n), args, reach: Reach::Plain }, pos);
                    }
                }
                "[" if !nl => {
                    self.advance();
                    let args = self.args("]")?;
                    if args.is_empty() {
                        let ExprKind::Name(n) = &*e.kind else {
                            return self.fail("an index is missing between the brackets");
                        };
                        e = mk(ExprKind::ClassLiteral(TypeRef { name: n.clone(), dims: 1 }), pos);
                    } else {
                        e = mk(ExprKind::Index(e, args), pos);
                    }
                }
                "++" | "--" if !nl => {
                    self.advance();
                    e = mk(ExprKind::IncDec { target: e, up: o == "++", prefix: false }, pos);
                }
                _ => return Ok(e),
            }
        }
        self.fail("this chain of calls is too long")
    }

    fn member(&mut self) -> P<Member> {
        let t = self.tok(0).tok.clone();
        match t {
            Tok::Ident(w) | Tok::Str(w) => {
                self.advance();
                Ok(Member::Fixed(w))
            }
            Tok::GStr(_) => Ok(Member::Computed(self.primary()?)),
            Tok::Op("(") => {
                self.advance();
                let e = self.expr()?;
                self.expect(")")?;
                Ok(Member::Computed(e))
            }
            Tok::Op("*") => {
                self.advance();
                Ok(Member::Fixed("*".into()))
            }
            Tok::Op("**") => {
                self.advance();
                Ok(Member::Fixed("**".into()))
            }
            _ => self.fail(format!("expected the name of a member, found {}", self.found())),
        }
    }

    /// Arguments after `(`, and the closures that may follow the `)`.
    fn call_args(&mut self) -> P<Vec<Expr>> {
        let mut args = self.args(")")?;
        while self.is_op("{") && !self.tok(0).nl && !self.no_closure {
            args.push(self.closure()?);
        }
        Ok(args)
    }

    /// Arguments up to `close` (or to the end of the command); named ones are collected in one map in front.
    pub(super) fn args(&mut self, close: &str) -> P<Vec<Expr>> {
        let held = self.no_closure;
        if !close.is_empty() {
            self.no_closure = false;
        }
        let r = self.args_inner(close);
        self.no_closure = held;
        r
    }

    fn args_inner(&mut self, close: &str) -> P<Vec<Expr>> {
        let (mut out, mut named) = (Vec::new(), Vec::new());
        let pos = self.pos();
        while close.is_empty() || !self.is_op(close) {
            let at = self.pos();
            if self.is_op("*") {
                self.advance();
                if self.eat(":") {
                    named.push((mk(ExprKind::SpreadMap, at), self.expr()?));
                } else {
                    out.push(mk(ExprKind::Spread(self.expr()?), at));
                }
            } else if self.eat("*:") {
                named.push((mk(ExprKind::SpreadMap, at), self.expr()?));
            } else if let Some(key) = self.map_key()? {
                named.push((key, self.expr()?));
            } else {
                out.push(self.expr()?);
            }
            if !self.eat(",") {
                break;
            }
        }
        if !close.is_empty() {
            self.expect(close)?;
        }
        if !named.is_empty() {
            out.insert(0, mk(ExprKind::Map(named), pos));
        }
        Ok(out)
    }

    /// `key:` if one is ahead.
    fn map_key(&mut self) -> P<Option<Expr>> {
        let pos = self.pos();
        if self.op_at(1, ":") {
            let key = match self.tok(0).tok.clone() {
                Tok::Ident(w) | Tok::Str(w) => mk(ExprKind::Const(Const::Str(w)), pos),
                Tok::Int(_) | Tok::Long(_) | Tok::Dec(_) | Tok::GStr(_) | Tok::Double(_) | Tok::Float(_) => {
                    let e = self.primary()?;
                    self.advance();
                    return Ok(Some(e));
                }
                _ => return Ok(None),
            };
            self.at += 2;
            return Ok(Some(key));
        }
        if self.is_op("(") {
            // `(expression): value`
            let (mut depth, mut i) = (0, 0);
            loop {
                match self.tok(i).tok {
                    Tok::Op("(") => depth += 1,
                    Tok::Op(")") => depth -= 1,
                    Tok::Eof => return Ok(None),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                i += 1;
                if i > 400 {
                    return Ok(None);
                }
            }
            if self.op_at(i + 1, ":") {
                self.advance();
                let e = self.expr()?;
                self.expect(")")?;
                self.expect(":")?;
                return Ok(Some(e));
            }
        }
        Ok(None)
    }

    fn list_or_map(&mut self, pos: Pos) -> P<Expr> {
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
        self.params_ahead() || self.op_at(1, "->") || {
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

    fn params_ahead(&self) -> bool {
        let (mut depth, mut i) = (0, 1);
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
        let with_params = self.params_ahead();
        self.expect("{")?;
        let params = if with_params {
            let p = self.params("->")?;
            self.expect("->")?;
            Some(p)
        } else {
            None
        };
        let body = self.deeper(Self::statements);
        self.no_closure = held;
        let body = body?;
        self.expect("}")?;
        Ok(mk(ExprKind::Closure(Arc::new(ClosureDecl { params, body })), pos))
    }

    fn primary(&mut self) -> P<Expr> {
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
            body = Some(self.class_body(
                ty.name.rsplit('.').next().unwrap_or("").into(),
                Some(ty.clone()),
                vec![],
                "class",
            )?);
        }
        Ok(mk(ExprKind::New { ty, args, body }, pos))
    }

    fn gstring(&mut self, parts: Vec<LexPart>) -> P<Vec<Part>> {
        let mut out = Vec::new();
        for p in parts {
            match p {
                LexPart::Text(t) => out.push(Part::Text(t.into())),
                LexPart::Code(toks) => {
                    let mut sub = Parser { toks, at: 0, depth: self.depth + 4, src: self.src, no_closure: false };
                    if matches!(sub.tok(0).tok, Tok::Eof) {
                        out.push(Part::Code(mk(ExprKind::Const(Const::Null), sub.pos())));
                        continue;
                    }
                    out.push(Part::Code(sub.command_expr()?));
                    while sub.eat(";") {}
                    if !matches!(sub.tok(0).tok, Tok::Eof) {
                        return sub.fail(format!("unexpected {} in an expression inside a string", sub.found()));
                    }
                }
            }
        }
        Ok(out)
    }
}
