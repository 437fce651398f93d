//! Statements: blocks, branches, loops, `switch` and `try`.
use crate::ast::{Catch, Expr, Stmt, StmtKind, TypeRef};
use crate::env::Env;
use crate::error::throw;
use crate::interp::{Flow, Interpreter};
use crate::token::Name;
use crate::value::{R, Thrown, Value};
use std::rc::Rc;

impl Interpreter<'_> {
    pub(crate) fn exec_all(&mut self, body: &[Stmt], env: &Rc<Env>) -> R<Flow> {
        let mut last = Value::Null;
        for s in body {
            match self.exec(s, env)? {
                Flow::Value(v) => last = v,
                Flow::Break(l) => {
                    self.before_break = Some(last);
                    return Ok(Flow::Break(l));
                }
                other => return Ok(other),
            }
        }
        Ok(Flow::Value(last))
    }

    pub(crate) fn block(&mut self, body: &[Stmt], env: &Rc<Env>) -> R<Flow> {
        let inner = Env::inside(env);
        self.exec_all(body, &inner)
    }

    /// One stack frame of a call: what is rare or large is done by others.
    fn exec(&mut self, s: &Stmt, env: &Rc<Env>) -> R<Flow> {
        self.tick()?;
        self.line = s.pos.line;
        let r = match &s.kind {
            StmtKind::Expr(e) => self.eval(e, env).map(Flow::Value),
            StmtKind::Return(Some(e)) => self.eval(e, env).map(Flow::Return),
            StmtKind::Return(None) => Ok(Flow::Return(Value::Null)),
            StmtKind::If { arms, otherwise } => self.branch(arms, otherwise.as_deref(), env),
            StmtKind::Block(b) => self.block(b, env),
            StmtKind::Try { body, catches, finally } => self.attempt(body, catches, finally.as_deref(), env),
            StmtKind::While { .. } | StmtKind::For { .. } | StmtKind::ForIn { .. } => self.looping(s, env),
            StmtKind::Switch { label, value, cases } => self.switch(label, value, cases, env),
            StmtKind::Var { vars } => self.declare(vars, env),
            _ => self.exec_rare(s, env),
        };
        if let Err(e) = &r
            && self.failed_line == 0
        {
            self.failed_line = s.pos.line;
            if let Thrown::Exception(Value::Exception(x)) = e
                && x.line.get() == 0
            {
                x.line.set(s.pos.line);
            }
        }
        r
    }

    fn branch(&mut self, arms: &[(Expr, Vec<Stmt>)], otherwise: Option<&[Stmt]>, env: &Rc<Env>) -> R<Flow> {
        for (cond, body) in arms {
            if self.test(cond, env)? {
                return self.block(body, env);
            }
        }
        otherwise.map_or(Ok(Flow::Value(Value::Null)), |b| self.block(b, env))
    }

    fn declare(&mut self, vars: &[(Name, Option<TypeRef>, Option<Expr>)], env: &Rc<Env>) -> R<Flow> {
        let mut last = Value::Null;
        for (name, ty, init) in vars {
            let mut v = match (init, ty) {
                (Some(e), _) => self.eval(e, env)?,
                (None, Some(t)) => crate::cast::initial(t),
                (None, None) => Value::Null,
            };
            if let Some(t) = ty {
                if init.is_some() {
                    v = self.coerce_declared(v, t)?;
                }
                env.declare_type(name, t);
            }
            last = v.clone();
            env.declare(name.clone(), v);
        }
        Ok(Flow::Value(last))
    }

    fn exec_rare(&mut self, s: &Stmt, env: &Rc<Env>) -> R<Flow> {
        match &s.kind {
            StmtKind::MultiVar { vars, init } => {
                let v = self.eval(init, env)?;
                let items = self.items_of(&v)?;
                for (i, (name, ty)) in vars.iter().enumerate() {
                    let mut v = items.get(i).cloned().unwrap_or(Value::Null);
                    if let Some(t) = ty {
                        v = self.coerce_declared(v, t)?;
                    }
                    env.declare(name.clone(), v);
                }
                Ok(Flow::Value(Value::Null))
            }
            StmtKind::Break(l) => Ok(Flow::Break(l.clone())),
            StmtKind::Continue(l) => Ok(Flow::Continue(l.clone())),
            StmtKind::Throw(e) => {
                let v = self.eval(e, env)?;
                self.line = s.pos.line;
                if v.is_null() {
                    return Err(crate::error::null_pointer("Cannot throw exception because \"null\" is null"));
                }
                Err(Thrown::Exception(v))
            }
            StmtKind::Assert { cond, message, text: source } => {
                if self.test(cond, env)? {
                    return Ok(Flow::Value(Value::Null));
                }
                let m = match message {
                    Some(m) => {
                        let m = self.eval(m, env)?;
                        format!("{}. Expression: ({source})", self.to_text(&m)?)
                    }
                    None => format!("assert {source}"),
                };
                let class = if message.is_some() {
                    "java.lang.AssertionError"
                } else {
                    "org.codehaus.groovy.runtime.powerassert.PowerAssertionError"
                };
                Err(throw(class, m))
            }
            _ => Ok(Flow::Value(Value::Null)),
        }
    }

    fn attempt(&mut self, body: &[Stmt], catches: &[Catch], finally: Option<&[Stmt]>, env: &Rc<Env>) -> R<Flow> {
        let mut r = self.block(body, env);
        if let Err(Thrown::Exception(e)) = &r
            && let Some(after) = self.caught(&e.clone(), catches, env)
        {
            r = after;
        }
        if let Some(f) = finally
            && !matches!(r, Err(Thrown::Limit(_)))
        {
            match self.block(f, env)? {
                Flow::Value(_) => {}
                other => return Ok(other),
            }
        }
        r
    }

    /// Runs the first `catch` that fits.
    fn caught(&mut self, e: &Value, catches: &[Catch], env: &Rc<Env>) -> Option<R<Flow>> {
        for c in catches {
            let mut fits = c.types.is_empty() && self.instance_of(e, "java.lang.Exception");
            for t in &c.types {
                let name = self.resolve(&t.name).unwrap_or_else(|| t.name.clone());
                fits |= self.instance_of(e, &name);
            }
            if fits {
                self.trace.clear();
                self.failed_line = 0;
                let inner = Env::inside(env);
                inner.declare(c.name.clone(), e.clone());
                return Some(self.exec_all(&c.body, &inner));
            }
        }
        None
    }

    fn looping(&mut self, s: &Stmt, env: &Rc<Env>) -> R<Flow> {
        // Some(flow): the loop ends with it.
        fn after(f: Flow, label: Option<&Name>) -> Option<Flow> {
            match f {
                Flow::Value(_) | Flow::Continue(None) => None,
                Flow::Break(None) => Some(Flow::Value(Value::Null)),
                Flow::Break(l) if l.as_ref() == label => Some(Flow::Value(Value::Null)),
                Flow::Continue(l) if l.as_ref() == label => None,
                other => Some(other),
            }
        }
        match &s.kind {
            StmtKind::While { label, cond, body, test_last } => {
                let mut first = *test_last;
                while std::mem::take(&mut first) || self.test(cond, env)? {
                    self.tick()?;
                    let f = self.block(body, env)?;
                    if let Some(end) = after(f, label.as_ref()) {
                        return Ok(end);
                    }
                }
            }
            StmtKind::For { label, init, cond, update, body } => {
                let outer = Env::inside(env);
                self.exec_all(init, &outer)?;
                loop {
                    self.tick()?;
                    if let Some(c) = cond
                        && !self.test(c, &outer)?
                    {
                        break;
                    }
                    let f = self.block(body, &outer)?;
                    if let Some(end) = after(f, label.as_ref()) {
                        return Ok(end);
                    }
                    for u in update {
                        self.eval(u, &outer)?;
                    }
                }
            }
            StmtKind::ForIn { label, name, ty, items, body } => {
                let v = self.eval(items, env)?;
                let items = self.items_of(&v)?;
                let total = items.len();
                // One variable for all rounds: closures see its last value.
                let inner = Env::inside(env);
                for (n, mut x) in items.into_iter().enumerate() {
                    self.tick()?;
                    if n > 0 && crate::gdk::changed(&v, n, total)? {
                        break;
                    }
                    if let Some(t) = ty {
                        x = self.coerce_declared(x, t)?;
                    }
                    inner.declare(name.clone(), x);
                    let f = self.block(body, &inner)?;
                    if let Some(end) = after(f, label.as_ref()) {
                        return Ok(end);
                    }
                    if n + 1 == total {
                        crate::gdk::changed(&v, total, total)?;
                    }
                }
            }
            _ => {}
        }
        Ok(Flow::Value(Value::Null))
    }

    fn switch(
        &mut self,
        label: &Option<Name>,
        value: &crate::ast::Expr,
        cases: &[(Option<crate::ast::Expr>, Vec<Stmt>)],
        env: &Rc<Env>,
    ) -> R<Flow> {
        let v = self.eval(value, env)?;
        let mut start = None;
        for (i, (test, _)) in cases.iter().enumerate() {
            if let Some(t) = test {
                let t = self.eval(t, env)?;
                if self.is_case(&t, &v)? {
                    start = Some(i);
                    break;
                }
            }
        }
        let Some(start) = start.or_else(|| cases.iter().position(|c| c.0.is_none())) else {
            return Ok(Flow::Value(Value::Null));
        };
        let inner = Env::inside(env);
        let mut last = Value::Null;
        // Without a match only the default runs, wherever it stands.
        let upto = if cases.get(start).is_some_and(|c| c.0.is_none()) { start + 1 } else { cases.len() };
        for (_, body) in cases.iter().take(upto).skip(start) {
            match self.exec_all(body, &inner)? {
                Flow::Value(v) => {
                    if !body.is_empty() {
                        last = v;
                    }
                }
                Flow::Break(l) if l.is_none() || l == *label => {
                    last = self.before_break.take().unwrap_or(last);
                    break;
                }
                other => return Ok(other),
            }
        }
        Ok(Flow::Value(last))
    }
}
