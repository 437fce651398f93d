//! Files, imports, classes, methods and parameters.
use super::{Mods, P, Parser};
use crate::ast::{ClassDecl, EnumConstant, FieldDecl, Import, MethodDecl, Param, Stmt, StmtKind, TypeRef, Unit};
use crate::token::{Name, Tok};
use std::sync::Arc;

/// A declaration at the top or in a class.
pub(super) enum Decl {
    Method(MethodDecl),
    Fields(Vec<FieldDecl>),
    Class(Arc<ClassDecl>),
}

impl Parser<'_> {
    pub(super) fn unit(&mut self) -> P<Unit> {
        let mut u = Unit::default();
        loop {
            while self.eat(";") {}
            if matches!(self.tok(0).tok, Tok::Eof) {
                return Ok(u);
            }
            if self.is_word("package") {
                self.advance();
                u.package = Some(self.dotted()?.0);
                self.end_of_statement()?;
            } else if self.is_word("import") || (self.is_op("@") && self.import_behind_annotation()) {
                self.mods()?;
                self.advance();
                let is_static = self.eat_word("static");
                let (path, star) = self.dotted()?;
                let alias = if self.eat_word("as") { Some(self.ident()?) } else { None };
                u.imports.push(Import { path, alias, star, is_static });
                self.end_of_statement()?;
            } else {
                match self.declaration(None)? {
                    Some(Decl::Method(m)) => u.methods.push(Arc::new(m)),
                    Some(Decl::Class(c)) => u.classes.push(c),
                    Some(Decl::Fields(f)) => u.fields.extend(f),
                    None => {
                        let s = self.statement()?;
                        u.body.push(s);
                    }
                }
            }
        }
    }

    fn import_behind_annotation(&self) -> bool {
        (1..40)
            .find(|i| self.tok(*i).nl || self.word_at(*i).is_some_and(|w| &**w == "import"))
            .is_some_and(|i| self.word_at(i).is_some_and(|w| &**w == "import"))
    }

    fn dotted(&mut self) -> P<(Name, bool)> {
        let mut s = String::new();
        loop {
            match self.tok(0).tok.clone() {
                Tok::Ident(w) => s.push_str(&w),
                Tok::Op("*") => {
                    self.advance();
                    return Ok((s.trim_end_matches('.').into(), true));
                }
                _ => return self.fail(format!("expected a name, found {}", self.found())),
            }
            self.advance();
            if !self.is_op(".") {
                return Ok((s.into(), false));
            }
            self.advance();
            s.push('.');
        }
    }

    /// A method, class or field; with `class` inside a class of that name. Statements give None with nothing read.
    pub(super) fn declaration(&mut self, class: Option<&str>) -> P<Option<Decl>> {
        let start = self.at;
        let m = self.mods()?;
        if let Some(w) = self.word_at(0).cloned() {
            let named = self.word_at(1).is_some();
            if named && matches!(&*w, "class" | "interface" | "trait" | "enum") {
                return self.class(&w, &m).map(|c| Some(Decl::Class(c)));
            }
        }
        if self.is_op("@") && self.word_at(1).is_some_and(|w| &**w == "interface") {
            self.advance();
            return self.class("interface", &m).map(|c| Some(Decl::Class(c)));
        }
        // Constructor.
        if let (Some(c), Some(w)) = (class, self.word_at(0))
            && c.rsplit('$').next() == Some(&**w)
            && self.op_at(1, "(")
        {
            self.advance();
            return self.method("<init>".into(), None, &m).map(|m| Some(Decl::Method(m)));
        }
        let typed = self.typed_name_ahead(m.any);
        let (name_at, ty) = match typed {
            Some((i, t)) => (i, Some(t)),
            None => (self.at, None),
        };
        let method = match (&self.toks[name_at].tok, self.toks.get(name_at + 1).map(|t| &t.tok)) {
            (Tok::Ident(_) | Tok::Str(_), Some(Tok::Op("("))) => ty.is_some() || m.any,
            _ => false,
        };
        if method && (class.is_some() || self.block_behind_parens(name_at + 1)) {
            self.at = name_at;
            let name = match &self.tok(0).tok {
                Tok::Ident(w) | Tok::Str(w) => w.clone(),
                _ => return self.fail("expected a name"),
            };
            self.advance();
            return self.method(name, ty, &m).map(|m| Some(Decl::Method(m)));
        }
        if (class.is_some() || m.field) && (m.any || ty.is_some()) && !self.is_op("{") {
            self.at = name_at;
            return self.fields(ty, &m).map(|f| Some(Decl::Fields(f)));
        }
        self.at = start;
        Ok(None)
    }

    fn block_behind_parens(&self, mut i: usize) -> bool {
        let mut depth = 0;
        while let Some(t) = self.toks.get(i) {
            match &t.tok {
                Tok::Op("(") => depth += 1,
                Tok::Op(")") => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                Tok::Eof => return false,
                _ => {}
            }
            i += 1;
        }
        match self.toks.get(i + 1).map(|t| &t.tok) {
            Some(Tok::Op("{")) => true,
            Some(Tok::Ident(w)) => &**w == "throws",
            _ => false,
        }
    }

    fn method(&mut self, name: Name, ret: Option<TypeRef>, m: &Mods) -> P<MethodDecl> {
        let line = self.pos().line;
        self.expect("(")?;
        let params = self.params(")")?;
        self.expect(")")?;
        if self.eat_word("throws") {
            self.type_ref()?;
            while self.eat(",") {
                self.type_ref()?;
            }
        }
        let (body, is_abstract) = if self.is_op("{") {
            let held = self.place.method.replace(if &*name == "<init>" { "".into() } else { name.clone() });
            let body = self.block();
            self.place.method = held;
            (body?, false)
        } else {
            self.end_of_statement()?;
            (Vec::new(), true)
        };
        Ok(MethodDecl {
            name,
            params,
            ret,
            body,
            is_static: m.is_static,
            is_abstract: is_abstract || m.is_abstract,
            line,
        })
    }

    pub(super) fn params(&mut self, close: &str) -> P<Vec<Param>> {
        let mut out = Vec::new();
        while !self.is_op(close) {
            let m = self.mods()?;
            let mut ty = None;
            let mut varargs = false;
            if self.is_op("...") {
                self.advance();
                varargs = true;
                ty = Some(TypeRef { name: "Object".into(), dims: 0 });
            } else if let Some((i, t)) = self.type_ahead(self.at) {
                match self.toks.get(i).map(|t| &t.tok) {
                    Some(Tok::Op("...")) => {
                        self.at = i + 1;
                        varargs = true;
                        ty = Some(t);
                    }
                    Some(Tok::Ident(_)) => {
                        self.at = i;
                        ty = Some(t);
                    }
                    _ => {}
                }
            }
            let _ = m;
            let name = self.ident()?;
            while self.is_op("[") && self.op_at(1, "]") {
                self.at += 2;
                if let Some(t) = &mut ty {
                    t.dims += 1;
                }
            }
            let default = if self.eat("=") { Some(self.expr()?) } else { None };
            out.push(Param { name, ty, default, varargs });
            if !self.eat(",") {
                break;
            }
        }
        Ok(out)
    }

    fn fields(&mut self, ty: Option<TypeRef>, m: &Mods) -> P<Vec<FieldDecl>> {
        let mut out = Vec::new();
        loop {
            let name = self.ident()?;
            let init = if self.eat("=") { Some(self.command_expr()?) } else { None };
            out.push(FieldDecl {
                name,
                ty: ty.clone(),
                init,
                is_static: m.is_static,
                is_final: m.is_final,
                hidden: m.hidden,
                notes: m.notes.clone(),
            });
            if !self.eat(",") {
                break;
            }
        }
        self.end_of_statement()?;
        Ok(out)
    }

    fn class(&mut self, kind: &str, m: &Mods) -> P<Arc<ClassDecl>> {
        self.advance();
        let name = self.type_ref()?.name;
        let (mut parent, mut interfaces) = (None, Vec::new());
        loop {
            let extends = self.is_word("extends");
            if !extends && !self.is_word("implements") {
                break;
            }
            self.advance();
            loop {
                let t = self.type_ref()?;
                if extends && kind == "class" {
                    parent = Some(t);
                } else {
                    interfaces.push(t);
                }
                if !self.eat(",") {
                    break;
                }
            }
        }
        let name = self.place.inside.as_ref().map_or(name.clone(), |o| format!("{o}${name}").into());
        self.class_body(name, parent, interfaces, kind, m)
    }

    pub(super) fn class_body(
        &mut self,
        name: Name,
        parent: Option<TypeRef>,
        interfaces: Vec<TypeRef>,
        kind: &str,
        m: &Mods,
    ) -> P<Arc<ClassDecl>> {
        let inner = super::Place {
            class: name.clone(),
            inside: Some(name.clone()),
            anonymous: self.place.anonymous,
            ..Default::default()
        };
        let held = std::mem::replace(&mut self.place, inner);
        let c = self.deeper(|p| p.class_inner(name, parent, interfaces, kind, m, held.inside.clone()));
        let anonymous = self.place.anonymous;
        self.place = held;
        self.place.anonymous = anonymous;
        c
    }

    fn class_inner(
        &mut self,
        name: Name,
        parent: Option<TypeRef>,
        interfaces: Vec<TypeRef>,
        kind: &str,
        m: &Mods,
        outer: Option<Name>,
    ) -> P<Arc<ClassDecl>> {
        let mut c = ClassDecl {
            name: name.clone(),
            outer,
            notes: m.notes.clone(),
            is_static: m.is_static || kind != "class",
            is_abstract: m.is_abstract || kind == "interface" || kind == "trait",
            blocks: vec![],
            parent,
            interfaces,
            fields: vec![],
            methods: vec![],
            constants: vec![],
            statics: vec![],
            inner: vec![],
            is_enum: kind == "enum",
            is_interface: kind == "interface" || kind == "trait",
        };
        self.expect("{")?;
        if c.is_enum {
            while let Some(w) = self.word_at(0).cloned() {
                let next = self.tok(1);
                if !matches!(next.tok, Tok::Op("," | ";" | "}" | "(" | "{")) && !next.nl {
                    break;
                }
                self.advance();
                let args = if self.eat("(") { self.args(")")? } else { vec![] };
                let mut body = None;
                if self.is_op("{") {
                    let of = Some(TypeRef { name: name.clone(), dims: 0 });
                    let own = format!("{name}${}", c.constants.len() + 1).into();
                    body = Some(self.class_body(own, of, vec![], "class", &Mods::default())?);
                }
                c.constants.push(EnumConstant { name: w, args, body });
                if !self.eat(",") {
                    break;
                }
            }
        }
        loop {
            while self.eat(";") {}
            if self.eat("}") {
                return Ok(Arc::new(c));
            }
            if self.is_op("{") || (self.is_word("static") && self.op_at(1, "{")) {
                let is_static = self.eat_word("static");
                let pos = self.pos();
                let body = self.block()?;
                let all = if is_static { &mut c.statics } else { &mut c.blocks };
                all.push(Stmt { kind: StmtKind::Block(body), pos });
                continue;
            }
            let found = self.deeper(|p| p.declaration(Some(&name)))?;
            match found {
                Some(Decl::Method(m)) => c.methods.push(Arc::new(m)),
                Some(Decl::Fields(f)) => c.fields.extend(f),
                Some(Decl::Class(i)) => c.inner.push(i),
                None => return self.fail(format!("expected a field or a method, found {}", self.found())),
            }
        }
    }
}
