//! Expressions: operators by binding power, then chains of members, calls and indexes.
use super::{P, PRIMITIVES, Parser};
use crate::ast::{BinOp, Const, Expr, ExprKind, Member, Reach, TypeRef, UnOp};
use crate::token::{Pos, Tok};

const MAX_CHAIN: usize = 1000;

pub(super) fn mk(kind: ExprKind, pos: Pos) -> Expr {
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
        // Where a statement begins with it, a closure on the next line still belongs to the call.
        let head = self.head == Some(self.at);
        let mut e = self.primary()?;
        for _ in 0..MAX_CHAIN {
            let t = self.tok(0);
            let pos = t.pos;
            // `a(b)c(d)` is `a(b).c(d)`.
            if let Tok::Ident(w) = &t.tok
                && !(t.nl || t.sp)
                && self.op_at(1, "(")
                && matches!(&*e.kind, ExprKind::Call { .. } | ExprKind::CallValue(..))
                && matches!(self.toks.get(self.at.wrapping_sub(1)).map(|t| &t.tok), Some(Tok::Op(")")))
                && !matches!(&**w, "in" | "as" | "instanceof")
            {
                let name = self.member()?;
                self.advance();
                let args = self.call_args(head)?;
                e = mk(ExprKind::Call { obj: Some(e), name, args, reach: Reach::Plain }, pos);
                continue;
            }
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
                        let args = self.call_args(head)?;
                        mk(ExprKind::Call { obj: Some(e), name, args, reach }, pos)
                    } else if self.is_op("{") && (head || !self.tok(0).nl) && !attr && !self.no_closure {
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
                    let args = self.call_args(head)?;
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
                "{" if !self.no_closure
                    && ((head || !nl) && matches!(&*e.kind, ExprKind::Name(_))
                        || !nl && matches!(&*e.kind, ExprKind::Const(Const::Str(_)) | ExprKind::GString(_))) =>
                {
                    let args = vec![self.closure()?];
                    let name = match *e.kind {
                        ExprKind::Name(n) | ExprKind::Const(Const::Str(n)) => Member::Fixed(n),
                        other => Member::Computed(mk(other, e.pos)),
                    };
                    e = mk(ExprKind::Call { obj: None, name, args, reach: Reach::Plain }, pos);
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
    fn call_args(&mut self, head: bool) -> P<Vec<Expr>> {
        let mut args = self.args(")")?;
        while self.is_op("{") && (head || !self.tok(0).nl) && !self.no_closure {
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
            // One comma too many is forgiven.
            while close == ")" && self.eat(",") {}
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
    pub(super) fn map_key(&mut self) -> P<Option<Expr>> {
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
}
