//! Statements.
use super::{P, Parser};
use crate::ast::{Catch, Const, Expr, ExprKind, Member, Stmt, StmtKind, TypeRef};
use crate::token::{Name, Tok};

impl Parser<'_> {
    pub(super) fn block(&mut self) -> P<Vec<Stmt>> {
        let held = std::mem::replace(&mut self.no_closure, false);
        self.expect("{")?;
        let r = self.statements();
        self.no_closure = held;
        let out = r?;
        self.expect("}")?;
        Ok(out)
    }

    pub(super) fn statements(&mut self) -> P<Vec<Stmt>> {
        let mut out = Vec::new();
        loop {
            while self.eat(";") {}
            if self.is_op("}") || matches!(self.tok(0).tok, Tok::Eof) {
                return Ok(out);
            }
            out.push(self.statement()?);
        }
    }

    fn body(&mut self) -> P<Vec<Stmt>> {
        if self.is_op("{") {
            return self.block();
        }
        if self.eat(";") {
            return Ok(vec![]);
        }
        Ok(vec![self.statement()?])
    }

    fn in_parens(&mut self) -> P<Expr> {
        self.expect("(")?;
        let e = self.expr()?;
        self.expect(")")?;
        Ok(e)
    }

    pub(super) fn statement(&mut self) -> P<Stmt> {
        self.deeper(Self::statement_inner)
    }

    fn statement_inner(&mut self) -> P<Stmt> {
        let pos = self.pos();
        let mut label = None;
        if self.op_at(1, ":")
            && self.word_at(0).is_some_and(|w| !matches!(&**w, "default" | "case"))
            && !self.op_at(1, "::")
        {
            label = Some(self.ident()?);
            self.advance();
        }
        if self.is_op("{") && (label.is_some() || !self.closure_ahead()) {
            let kind = StmtKind::Block(self.block()?);
            return Ok(Stmt { kind, pos });
        }
        self.head = Some(self.at);
        let word = self.word_at(0).cloned();
        // A keyword used as a map key or a property is an expression.
        let kind = match word.as_deref() {
            Some("if") => self.if_statement()?,
            Some("while") => {
                self.advance();
                let cond = self.in_parens()?;
                StmtKind::While { label, cond, body: self.body()?, test_last: false }
            }
            Some("do") => {
                self.advance();
                let body = self.body()?;
                if !self.eat_word("while") {
                    return self.fail("expected 'while' after the block of 'do'");
                }
                let cond = self.in_parens()?;
                StmtKind::While { label, cond, body, test_last: true }
            }
            Some("for") => self.for_statement(label)?,
            Some("switch") => self.switch(label)?,
            Some("try") => self.try_statement()?,
            Some("synchronized") if self.op_at(1, "(") => {
                self.advance();
                self.in_parens()?;
                StmtKind::Block(self.block()?)
            }
            Some("return") => {
                self.advance();
                let t = self.tok(0);
                let value = if t.nl || matches!(t.tok, Tok::Op(";" | "}") | Tok::Eof) {
                    None
                } else {
                    Some(self.command_expr()?)
                };
                self.end_of_statement()?;
                StmtKind::Return(value)
            }
            Some(w @ ("break" | "continue")) => {
                self.advance();
                let target = if !self.tok(0).nl && self.word_at(0).is_some() { Some(self.ident()?) } else { None };
                self.end_of_statement()?;
                if w == "break" { StmtKind::Break(target) } else { StmtKind::Continue(target) }
            }
            Some("throw") => {
                self.advance();
                let e = self.command_expr()?;
                self.end_of_statement()?;
                StmtKind::Throw(e)
            }
            Some("assert") => {
                self.advance();
                let start = self.tok(0).start;
                let cond = self.expr()?;
                let end = self.toks[self.at.saturating_sub(1)].end;
                let text: Name = self.src.get(start..end).unwrap_or("").into();
                let message = if self.eat(":") || self.eat(",") { Some(self.expr()?) } else { None };
                self.end_of_statement()?;
                StmtKind::Assert { cond, message, text }
            }
            _ => match self.variable()? {
                Some(k) => {
                    self.end_of_statement()?;
                    k
                }
                None => {
                    let e = self.command_expr()?;
                    self.end_of_statement()?;
                    StmtKind::Expr(e)
                }
            },
        };
        Ok(Stmt { kind, pos })
    }

    /// `def x = 1, y`, `String s`, `def (a, b) = …`; nothing is read if it is something else.
    pub(super) fn variable(&mut self) -> P<Option<StmtKind>> {
        let start = self.at;
        let m = self.mods()?;
        if m.any && self.is_op("(") {
            return self.multi_variable().map(Some);
        }
        if self.typed_name_ahead(m.any).is_none() && !(m.any && self.word_at(0).is_some()) {
            self.at = start;
            return Ok(None);
        }
        let mut ty = None;
        if let Some((i, t)) = self.typed_name_ahead(m.any) {
            self.at = i;
            ty = Some(t);
        }
        let next = self.tok(1);
        let fits = next.nl
            || matches!(&next.tok, Tok::Op("=" | "," | ";" | "}" | ":" | ")" | "[") | Tok::Eof)
            || matches!(&next.tok, Tok::Ident(w) if &**w == "in");
        if !fits && !m.any {
            self.at = start;
            return Ok(None);
        }
        let mut vars = Vec::new();
        loop {
            let name = self.ident()?;
            let mut ty = ty.clone();
            while self.is_op("[") && self.op_at(1, "]") {
                self.at += 2;
                ty = ty.map(|t| TypeRef { dims: t.dims + 1, ..t });
            }
            let init = if self.eat("=") { Some(self.initial_value(ty.as_ref())?) } else { None };
            vars.push((name, ty, init));
            if !self.eat(",") {
                break;
            }
        }
        Ok(Some(StmtKind::Var { vars }))
    }

    fn initial_value(&mut self, ty: Option<&TypeRef>) -> P<Expr> {
        // Java's `int[] a = {1, 2}` is a closure for Groovy 2.4; only a list may stand there.
        let _ = ty;
        self.command_expr()
    }

    fn multi_variable(&mut self) -> P<StmtKind> {
        self.expect("(")?;
        let mut vars = Vec::new();
        loop {
            let mut ty = None;
            if let Some((i, t)) = self.typed_name_ahead(true) {
                self.at = i;
                ty = Some(t);
            }
            vars.push((self.ident()?, ty));
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        self.expect("=")?;
        Ok(StmtKind::MultiVar { vars, init: self.command_expr()? })
    }

    fn if_statement(&mut self) -> P<StmtKind> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            self.advance();
            let cond = self.in_parens()?;
            let body = self.body()?;
            arms.push((cond, body));
            let held = self.at;
            while self.eat(";") {}
            if !self.eat_word("else") {
                self.at = held;
                break;
            }
            if !self.is_word("if") {
                otherwise = Some(self.body()?);
                break;
            }
        }
        Ok(StmtKind::If { arms, otherwise })
    }

    fn for_statement(&mut self, label: Option<Name>) -> P<StmtKind> {
        self.advance();
        self.expect("(")?;
        let start = self.at;
        self.mods()?;
        let mut ty = None;
        if let Some((i, t)) = self.typed_name_ahead(true) {
            self.at = i;
            ty = Some(t);
        }
        if self.word_at(0).is_some() && (self.op_at(1, ":") || self.word_at(1).is_some_and(|w| &**w == "in")) {
            let name = self.ident()?;
            self.advance();
            let items = self.expr()?;
            self.expect(")")?;
            return Ok(StmtKind::ForIn { label, name, ty, items, body: self.body()? });
        }
        self.at = start;
        let mut init = Vec::new();
        while !self.is_op(";") {
            let pos = self.pos();
            let kind = match self.variable()? {
                Some(k) => k,
                None => StmtKind::Expr(self.expr()?),
            };
            init.push(Stmt { kind, pos });
            if !self.eat(",") {
                break;
            }
        }
        self.expect(";")?;
        let cond = if self.is_op(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        let mut update = Vec::new();
        while !self.is_op(")") {
            update.push(self.expr()?);
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(StmtKind::For { label, init, cond, update, body: self.body()? })
    }

    fn switch(&mut self, label: Option<Name>) -> P<StmtKind> {
        self.advance();
        let value = self.in_parens()?;
        self.expect("{")?;
        let mut cases = Vec::new();
        while !self.eat("}") {
            let test = if self.eat_word("case") {
                Some(self.expr()?)
            } else if self.eat_word("default") {
                None
            } else {
                return self.fail(format!("expected 'case' or 'default', found {}", self.found()));
            };
            self.expect(":")?;
            let mut body = Vec::new();
            loop {
                while self.eat(";") {}
                let default = self.is_word("default") && self.op_at(1, ":");
                if self.is_op("}") || self.is_word("case") || default || matches!(self.tok(0).tok, Tok::Eof) {
                    break;
                }
                body.push(self.statement()?);
            }
            cases.push((test, body));
        }
        Ok(StmtKind::Switch { label, value, cases })
    }

    fn try_statement(&mut self) -> P<StmtKind> {
        self.advance();
        let body = self.block()?;
        let mut catches = Vec::new();
        while self.eat_word("catch") {
            self.expect("(")?;
            self.mods()?;
            let mut types = Vec::new();
            if self.typed_name_ahead(true).is_some()
                || self.type_ahead(self.at).is_some_and(|(i, _)| matches!(self.toks[i].tok, Tok::Op("|")))
            {
                types.push(self.type_ref()?);
                while self.eat("|") {
                    types.push(self.type_ref()?);
                }
            }
            let name = self.ident()?;
            self.expect(")")?;
            catches.push(Catch { types, name, body: self.block()? });
        }
        let finally = if self.eat_word("finally") { Some(self.block()?) } else { None };
        if catches.is_empty() && finally.is_none() {
            return self.fail("'try' needs a 'catch' or a 'finally'");
        }
        Ok(StmtKind::Try { body, catches, finally })
    }

    /// An expression that may be a call without parentheses: `println x`, `item 'a', k: 1`.
    pub(super) fn command_expr(&mut self) -> P<Expr> {
        let mut e = self.expr()?;
        let mut rounds = 0;
        while self.command_argument_ahead() && rounds < 50 {
            rounds += 1;
            let pos = e.pos;
            let kind = match *e.kind {
                ExprKind::Name(n) => ExprKind::Call {
                    obj: None,
                    name: Member::Fixed(n),
                    args: self.args("")?,
                    reach: crate::ast::Reach::Plain,
                },
                ExprKind::Prop { obj, name, reach, attr: false } => {
                    ExprKind::Call { obj: Some(obj), name, args: self.args("")?, reach }
                }
                // `'name' value`: the name of a method may be a text.
                ExprKind::Const(Const::Str(n)) if rounds == 1 => ExprKind::Call {
                    obj: None,
                    name: Member::Fixed(n),
                    args: self.args("")?,
                    reach: crate::ast::Reach::Plain,
                },
                ExprKind::GString(parts) if rounds == 1 => ExprKind::Call {
                    obj: None,
                    name: Member::Computed(Expr { kind: Box::new(ExprKind::GString(parts)), pos }),
                    args: self.args("")?,
                    reach: crate::ast::Reach::Plain,
                },
                call @ (ExprKind::Call { .. } | ExprKind::CallValue(..)) if self.word_at(0).is_some() => {
                    let name = Member::Fixed(self.ident()?);
                    let obj = Expr { kind: Box::new(call), pos };
                    if self.is_op("{") && !self.tok(0).nl && !self.no_closure {
                        let args = vec![self.closure()?];
                        ExprKind::Call { obj: Some(obj), name, args, reach: crate::ast::Reach::Plain }
                    } else if self.command_argument_ahead() {
                        ExprKind::Call { obj: Some(obj), name, args: self.args("")?, reach: crate::ast::Reach::Plain }
                    } else {
                        ExprKind::Prop { obj, name, reach: crate::ast::Reach::Plain, attr: false }
                    }
                }
                other => {
                    e.kind = Box::new(other);
                    return Ok(e);
                }
            };
            e = Expr { kind: Box::new(kind), pos };
        }
        Ok(e)
    }

    fn command_argument_ahead(&self) -> bool {
        let t = self.tok(0);
        let after_text = || {
            let before = self.toks.get(self.at.wrapping_sub(1)).map(|t| &t.tok);
            matches!(before, Some(Tok::Str(_) | Tok::GStr(_)))
                && matches!(t.tok, Tok::Ident(_) | Tok::Str(_) | Tok::GStr(_))
        };
        if t.nl || !t.sp && !after_text() {
            return false;
        }
        match &t.tok {
            Tok::Ident(w) => !matches!(
                &**w,
                "in" | "as"
                    | "instanceof"
                    | "else"
                    | "catch"
                    | "finally"
                    | "while"
                    | "if"
                    | "extends"
                    | "implements"
                    | "case"
                    | "default"
            ),
            Tok::Op(o) => {
                let after_name = matches!(self.toks.get(self.at.wrapping_sub(1)).map(|t| &t.tok), Some(Tok::Ident(_)));
                after_name && (*o == "[" || *o == "!" && !self.tok(1).sp)
            }
            Tok::Eof => false,
            _ => true,
        }
    }
}
