//! Calls: which function, method or closure a name means, and running it.
use crate::ast::{Expr, ExprKind, Member, MethodDecl, Param, Reach};
use crate::env::Env;
use crate::error::{illegal, no_method, null_pointer, throw};
use crate::interp::{Flow, Interpreter};
use crate::members::{find_static, set_exception_fields};
use crate::ops;
use crate::text::{class_of, text};
use crate::token::Name;
use crate::value::{ClosureCode, ClosureObj, R, Thrown, Value};
use std::rc::Rc;
use std::sync::Arc;

impl Interpreter<'_> {
    pub(crate) fn call_expr(
        &mut self,
        obj: Option<&Expr>,
        name: &Member,
        args: &[Expr],
        reach: Reach,
        env: &Rc<Env>,
        line: u32,
    ) -> R {
        let Some(obj) = obj else {
            let name = self.member(name, env)?;
            let args = self.eval_all(args, env)?;
            self.line = line;
            return self.call_name(&name, args, env);
        };
        if let ExprKind::Name(n) = &*obj.kind
            && &**n == "super"
        {
            let name = self.member(name, env)?;
            let args = self.eval_all(args, env)?;
            return self.call_super(&name, args, env);
        }
        let o = self.eval(obj, env)?;
        if o.is_null() && reach != Reach::Plain {
            return Ok(Value::Null);
        }
        let name = self.member(name, env)?;
        let args = self.eval_all(args, env)?;
        self.line = line;
        if reach == Reach::Spread {
            let mut out = Vec::new();
            for x in self.items_of(&o)? {
                out.push(if x.is_null() { Value::Null } else { self.invoke(&x, &name, args.clone())? });
            }
            return Ok(Value::list(out));
        }
        self.invoke(&o, &name, args)
    }

    fn call_super(&mut self, name: &str, args: Vec<Value>, env: &Rc<Env>) -> R {
        let Some(this @ Value::Instance(_)) = env.this() else { return Err(illegal("super has no meaning here")) };
        let Value::Instance(i) = &this else { return Ok(Value::Null) };
        // The nearest method of this name above the running one: the second of the list, if the first is our own.
        let all = i.class.methods(name);
        if let Some(m) = all.iter().filter(|m| fits(m, &args)).nth(1) {
            let m = m.clone();
            return self.run_method(&m, args, Some(this.clone()), None);
        }
        match name {
            "toString" => Ok(Value::str(format!("{}@1", i.class.decl.name))),
            "getMessage" => Ok(i.fields.borrow().get("message").cloned().unwrap_or(Value::Null)),
            _ => Ok(Value::Null),
        }
    }

    /// `f(x)`: a variable holding a closure, a method of the object, a function of the script, a delegate's method.
    fn call_name(&mut self, name: &Name, args: Vec<Value>, env: &Rc<Env>) -> R {
        if let Some(f) = env.get(name) {
            return self.invoke(&f, "call", args);
        }
        let this = env.this();
        if let Some(t) = this.as_ref() {
            match (&**name, t) {
                ("this" | "super", Value::Instance(i)) => {
                    let class = if &**name == "super" { i.class.parent.clone() } else { Some(i.class.clone()) };
                    let i = i.clone();
                    match class {
                        Some(c) => self.run_constructor(&c, &i, args)?,
                        None => set_exception_fields(&i, &args),
                    }
                    return Ok(Value::Null);
                }
                (_, Value::Instance(i)) => {
                    if !i.class.methods(name).is_empty() {
                        return self.invoke(t, name, args);
                    }
                    if let Some(f @ Value::Closure(_)) = self.member_of_this(t, name)? {
                        return self.invoke(&f, "call", args);
                    }
                }
                (_, Value::Class(c)) => {
                    if let Some(c) = self.classes.get(c).cloned()
                        && !c.methods(name).is_empty()
                    {
                        return self.invoke(t, name, args);
                    }
                }
                _ => {}
            }
        }
        let closures = env.closures();
        for c in closures.iter().filter(|c| c.delegate_first.get()) {
            if let Some(v) = self.delegate_call(c, name, &args)? {
                return Ok(v);
            }
        }
        if self.program.unit.methods.iter().any(|m| &m.name == name) {
            return self.call_function(name, args);
        }
        if let Some(f) = self.script_fields.get(name) {
            return self.invoke(&f, "call", args);
        }
        if let Some(v) = self.script_method(name, &args)? {
            return Ok(v);
        }
        for c in &closures {
            if let Some(v) = self.delegate_call(c, name, &args)? {
                return Ok(v);
            }
        }
        for i in self.program.unit.imports.iter().filter(|i| i.is_static) {
            let (class, member) = if i.star {
                (&*i.path, None)
            } else {
                i.path.rsplit_once('.').map_or((&*i.path, None), |(c, m)| (c, Some(m)))
            };
            if member.is_none() || i.alias.as_deref().or(member) == Some(name) {
                let full = self.resolve(class).unwrap_or_else(|| class.into());
                return self.invoke(&Value::Class(full), member.unwrap_or(name), args);
            }
        }
        if let Some(f) = self.host.binding(name) {
            return self.invoke(&f, "call", args);
        }
        let on = this.unwrap_or_else(|| Value::Class("Script1".into()));
        let e = no_method(&on, name, &args);
        if let (Value::Class(c), Thrown::Exception(Value::Exception(x))) = (&on, &e)
            && &**c == "Script1"
        {
            return Err(throw(
                "groovy.lang.MissingMethodException",
                text(&x.message).replacen("static Script1", "Script1", 1),
            ));
        }
        Err(e)
    }

    fn delegate_call(&mut self, c: &Rc<ClosureObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
        let Some(d) = c.delegate.borrow().clone() else { return Ok(None) };
        match &d {
            Value::Object(o) => o.clone().call_method(self, &d, name, args),
            Value::Instance(i) if i.class.methods(name).is_empty() => Ok(None),
            Value::Map(m) => match m.get_str(name) {
                Some(f @ Value::Closure(_)) => self.invoke(&f, "call", args.to_vec()).map(Some),
                _ => Ok(None),
            },
            _ => self.invoke(&d, name, args.to_vec()).map(Some),
        }
    }

    pub(crate) fn call_function(&mut self, name: &str, args: Vec<Value>) -> R {
        let all: Vec<Arc<MethodDecl>> =
            self.program.unit.methods.iter().filter(|m| &*m.name == name).cloned().collect();
        match self.pick(&all, &args) {
            Some(m) => self.run_method(&m, args, None, None),
            None => Err(throw("groovy.lang.MissingMethodException", {
                let Thrown::Exception(Value::Exception(x)) = no_method(&Value::Class("Script1".into()), name, &args)
                else {
                    return Ok(Value::Null);
                };
                text(&x.message).replacen("static Script1", "Script1", 1)
            })),
        }
    }

    /// The method whose parameters fit best.
    pub(crate) fn pick(&mut self, all: &[Arc<MethodDecl>], args: &[Value]) -> Option<Arc<MethodDecl>> {
        let mut best: Option<(i32, Arc<MethodDecl>)> = None;
        for m in all.iter().filter(|m| fits(m, args)) {
            let mut score = 0;
            for (p, a) in m.params.iter().zip(args) {
                score += match &p.ty {
                    None => 1,
                    Some(t) => {
                        let full = self.type_name(t);
                        let boxed = crate::classes::boxed(&full).unwrap_or(&full);
                        if boxed == class_of(a) {
                            4
                        } else if &*full == "java.lang.Object" {
                            1
                        } else if a.is_null() || self.instance_of(a, &full) {
                            3
                        } else if matches!(a, Value::GStr(_)) && boxed == "java.lang.String"
                            || ops::is_number(a) && crate::classes::boxed(&full).is_some()
                            || matches!(a, Value::Closure(_))
                        {
                            2
                        } else if self.classes.contains_key(&full)
                            || crate::classes::is_known(&full) && m.params.len() == args.len()
                        {
                            -50
                        } else {
                            0
                        }
                    }
                };
            }
            if m.params.len() != args.len() {
                score -= 10;
            }
            if best.as_ref().is_none_or(|b| score > b.0) {
                best = Some((score, m.clone()));
            }
        }
        best.filter(|b| b.0 > -30).map(|b| b.1)
    }

    pub(crate) fn run_method(
        &mut self,
        m: &Arc<MethodDecl>,
        args: Vec<Value>,
        this: Option<Value>,
        around: Option<Rc<Env>>,
    ) -> R {
        self.enter()?;
        let caller = self.line;
        let env = Env::of(Some(around.unwrap_or_else(|| self.script_fields.clone())), this);
        let r = self.bind(&m.params, args, &env).and_then(|()| self.exec_all(&m.body, &env));
        self.depth -= 1;
        let r = r.and_then(|f| match f {
            Flow::Value(v) | Flow::Return(v) => match &m.ret {
                Some(t) if &*t.name == "void" => Ok(Value::Null),
                Some(t) => self.coerce_declared(v, t),
                None => Ok(v),
            },
            _ => Ok(Value::Null),
        });
        if r.is_err() {
            if self.trace.len() < 50 {
                self.trace.push(format!("{}:{}", m.name, self.line));
            }
            if self.failed_line == 0 {
                self.failed_line = self.line;
            }
        }
        self.line = caller;
        r
    }

    fn bind(&mut self, params: &[Param], mut args: Vec<Value>, env: &Rc<Env>) -> R<()> {
        if let Some(last) = params.last() {
            let array = last.varargs || last.ty.as_ref().is_some_and(|t| t.dims > 0) && args.len() > params.len();
            let direct = args.len() == params.len() && matches!(args.last(), Some(Value::List(_) | Value::Bytes(_)));
            if array && !direct {
                let fixed = params.len() - 1;
                let rest = args.split_off(fixed.min(args.len()));
                let items = Value::array(last.ty.as_ref().map_or("Object", |t| &t.name), rest);
                env.declare(last.name.clone(), items);
                return self.bind(&params[..fixed], args, env);
            }
        }
        // Missing arguments take their defaults, rightmost first.
        let mut missing = params.len().saturating_sub(args.len());
        let defaults = params.iter().filter(|p| p.default.is_some()).count();
        let mut skip = defaults.saturating_sub(missing);
        let mut args = args.into_iter();
        for p in params {
            let mut v = match &p.default {
                Some(d) if missing > 0 && skip == 0 => {
                    missing -= 1;
                    self.eval(d, env)?
                }
                other => {
                    if other.is_some() {
                        skip = skip.saturating_sub(1);
                    }
                    args.next().unwrap_or(Value::Null)
                }
            };
            if let Some(t) = p.ty.as_ref().filter(|_| !p.varargs) {
                v = self.coerce_declared(v, t)?;
            }
            env.declare(p.name.clone(), v);
        }
        Ok(())
    }

    /// Calls a closure.
    pub fn call_closure(&mut self, f: &Rc<ClosureObj>, mut args: Vec<Value>) -> R {
        self.tick()?;
        match &f.code {
            ClosureCode::Method { obj, name } => {
                if &**name == "new"
                    && let Value::Class(c) = obj
                {
                    return self.construct(c, args);
                }
                if let Value::Class(c) = obj
                    && &**c == "Script1"
                {
                    return self.call_function(name, args);
                }
                self.invoke(obj, name, args)
            }
            ClosureCode::Curried { of, args: held, right } => {
                if *right {
                    args.extend(held.iter().cloned());
                } else {
                    args.splice(0..0, held.iter().cloned());
                }
                self.enter()?;
                let r = self.call_closure(of, args);
                self.depth -= 1;
                r
            }
            ClosureCode::Composed { first, second } => {
                let v = self.call_closure(first, args)?;
                self.call_closure(second, vec![v])
            }
            ClosureCode::Freed => Ok(Value::Null),
            ClosureCode::Block { decl, env } => {
                let inner = Env::running(f, env);
                match &decl.params {
                    None => {
                        if args.len() > 1 {
                            return Err(no_method(&Value::Closure(f.clone()), "call", &args));
                        }
                        inner.declare("it".into(), args.pop().unwrap_or(Value::Null));
                    }
                    Some(params) => {
                        if params.len() > 1
                            && args.len() == 1
                            && let Some(Value::List(l)) = args.first()
                        {
                            let items = l.data.borrow().clone();
                            args = items;
                            args.truncate(params.len());
                            while args.len() < params.len() {
                                args.push(Value::Null);
                            }
                        }
                        let required = params.iter().filter(|p| p.default.is_none() && !p.varargs).count();
                        let varargs =
                            params.last().is_some_and(|p| p.varargs || p.ty.as_ref().is_some_and(|t| t.dims > 0));
                        let null_for_one = params.len() == 1 && args.is_empty();
                        if (args.len() > params.len() && !varargs) || (args.len() < required && !null_for_one) {
                            return Err(no_method(&Value::Closure(f.clone()), "call", &args));
                        }
                        self.bind(params, args, &inner)?;
                    }
                }
                self.enter()?;
                let r = self.exec_all(&decl.body, &inner);
                self.depth -= 1;
                Ok(match r? {
                    Flow::Value(v) | Flow::Return(v) => v,
                    _ => Value::Null,
                })
            }
        }
    }

    /// Calls a method of a value.
    pub fn invoke(&mut self, recv: &Value, name: &str, args: Vec<Value>) -> R {
        self.tick()?;
        match recv {
            Value::Null => {
                return match name {
                    "toString" => Ok(Value::str("null")),
                    "equals" if args.len() == 1 => Ok(Value::Bool(args[0].is_null())),
                    "asType" => Ok(Value::Null),
                    "is" => Ok(Value::Bool(args.first().is_some_and(Value::is_null))),
                    "iterator" | "each" | "collect" | "findAll"
                        if name == "each" || name == "findAll" || name == "collect" =>
                    {
                        Ok(if name == "each" { Value::Null } else { Value::list(vec![]) })
                    }
                    _ => Err(null_pointer(format!("Cannot invoke method {name}() on null object"))),
                };
            }
            Value::Instance(i) => {
                let all = i.class.methods(name);
                if let Some(m) = self.pick(&all, &args) {
                    let around = i.class.env.clone();
                    return self.run_method(&m, args, Some(recv.clone()), around);
                }
                let field = i.fields.borrow().get(name).cloned();
                if let Some(f @ Value::Closure(_)) = field {
                    return self.invoke(&f, "call", args);
                }
                if let Some(v) = self.instance_method(recv, i, name, &args)? {
                    return Ok(v);
                }
                if !i.class.methods("methodMissing").is_empty() {
                    return self.invoke(recv, "methodMissing", vec![Value::str(name), Value::list(args)]);
                }
            }
            Value::Class(c) => {
                if let Some(class) = self.classes.get(c).cloned() {
                    let all = class.methods(name);
                    if let Some(m) = self.pick(&all, &args) {
                        return self.run_method(&m, args, Some(recv.clone()), None);
                    }
                    if let Some(f @ Value::Closure(_)) = find_static(&class, name) {
                        return self.invoke(&f, "call", args);
                    }
                }
                if &**c == "Script1" && self.program.unit.methods.iter().any(|m| &*m.name == name) {
                    return self.call_function(name, args);
                }
                let c = c.clone();
                if let Some(v) = self.call_static(&c, name, &args)? {
                    return Ok(v);
                }
            }
            Value::Closure(f) if matches!(name, "call" | "doCall") => return self.call_closure(f, args),
            Value::Object(o) => {
                let o = o.clone();
                if let Some(v) = o.call_method(self, recv, name, &args)? {
                    return Ok(v);
                }
            }
            Value::Map(m) => {
                if let Some(f @ Value::Closure(_)) = m.get_str(name) {
                    return self.invoke(&f, "call", args);
                }
            }
            _ => {}
        }
        if let Some(v) = crate::gdk::call(self, recv, name, &args)? {
            return Ok(v);
        }
        Err(no_method(recv, name, &args))
    }
}

fn fits(m: &MethodDecl, args: &[Value]) -> bool {
    let required = m.params.iter().filter(|p| p.default.is_none() && !p.varargs).count();
    let varargs = m.params.last().is_some_and(|p| p.varargs || p.ty.as_ref().is_some_and(|t| t.dims > 0));
    (args.len() >= required || required == 1 && args.is_empty() && m.params.len() == 1)
        && (args.len() <= m.params.len() || varargs)
}
