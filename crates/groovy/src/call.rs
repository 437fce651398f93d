//! Calls: which function, method or closure a name means, and running it.
use crate::ast::{Expr, ExprKind, Member, MethodDecl, Reach};
use crate::env::Env;
use crate::error::no_method;
use crate::instance::{BASE, OUTER};
use crate::interp::{Flow, Interpreter};
use crate::members::find_static;
use crate::parser::SCRIPT;
use crate::text::{class_of, text};
use crate::token::Name;
use crate::value::{ClosureObj, Instance, ListKind, R, Thrown, Value};
use std::rc::Rc;
use std::sync::Arc;

impl Interpreter<'_> {
    /// `f(x)`.
    pub(crate) fn call_own(&mut self, name: &Member, args: &[Expr], env: &Rc<Env>, line: u32) -> R {
        let name = self.member(name, env)?;
        let args = self.eval_all(args, env)?;
        self.line = line;
        self.call_name(&name, args, env)
    }

    /// `x.f(y)`.
    pub(crate) fn call_expr(
        &mut self,
        obj: &Expr,
        name: &Member,
        args: &[Expr],
        reach: Reach,
        env: &Rc<Env>,
        line: u32,
    ) -> R {
        if let ExprKind::Super(class) = &*obj.kind {
            let name = self.member(name, env)?;
            let args = self.eval_all(args, env)?;
            return self.call_super(class, &name, args, env);
        }
        let o = self.eval(obj, env)?;
        if o.is_null() && reach != Reach::Plain {
            return Ok(Value::Null);
        }
        let name = self.member(name, env)?;
        let args_of = args;
        let args = self.eval_all(args, env)?;
        self.line = line;
        if reach == Reach::Spread {
            return self.call_each(&o, &name, &args);
        }
        if let Value::Closure(f) = &o
            && &*name == "call"
        {
            return self.call_closure_as(f, args, "call");
        }
        // `list.remove((Object) x)` removes a value, not a place.
        if let (Value::List(_), "remove", [arg]) = (&o, &*name, args_of)
            && let ExprKind::Cast(t, _) = &*arg.kind
            && &*t.name == "Object"
        {
            return self.invoke(&o, "removeElement", args);
        }
        if let (Value::Class(c), ExprKind::Name(n)) = (&o, &*obj.kind)
            && &**c == SCRIPT
            && &**n == "this"
        {
            return self.call_name(&name, args, &self.globals.clone());
        }
        self.invoke(&o, &name, args)
    }

    /// `x*.f(y)`.
    fn call_each(&mut self, of: &Value, name: &str, args: &[Value]) -> R {
        let mut out = Vec::new();
        for x in self.items_of(of)? {
            out.push(if x.is_null() { Value::Null } else { self.invoke(&x, name, args.to_vec())? });
        }
        Ok(Value::list(out))
    }

    /// Calls a value: a closure, or what has a method `call`.
    pub(crate) fn call_value(&mut self, f: &Value, args: Vec<Value>) -> R {
        match f {
            Value::Closure(f) => self.call_closure_as(f, args, "call"),
            f => self.invoke(f, "call", args),
        }
    }

    fn call_super(&mut self, class: &str, name: &str, args: Vec<Value>, env: &Rc<Env>) -> R {
        let this = env.this().unwrap_or(Value::Null);
        let Value::Instance(i) = &this else { return self.call_name(&name.into(), args, env) };
        let own = i.class.above(class);
        let above = own.iter().flat_map(|c| c.traits.iter().chain(&c.parent)).cloned().collect::<Vec<_>>();
        for c in above {
            if let Some(m) = self.pick(&c.methods(name), &args) {
                return self.run_method(&m, args, Some(this.clone()), c.env.clone());
            }
        }
        self.object_method(&this, i, name, &args)?.ok_or_else(|| no_method(&this, name, &args))
    }

    /// What an object has from Groovy, from Java's Object and from the class of the library it extends.
    fn object_method(&mut self, this: &Value, i: &Rc<Instance>, name: &str, args: &[Value]) -> R<Option<Value>> {
        if let Some(v) = self.instance_method(this, i, name, args)? {
            return Ok(Some(v));
        }
        let base = i.fields.borrow().get(BASE).cloned();
        if let Some(base) = base
            && !matches!(name, "getClass" | "getMetaClass" | "with")
        {
            match self.invoke(&base, name, args.to_vec()) {
                Err(Thrown::Exception(Value::Exception(e)))
                    if &*e.class == "groovy.lang.MissingMethodException"
                        && text(&e.message).contains(&format!(".{name}()")) => {}
                r => return r.map(Some),
            }
        }
        match (name, args) {
            ("toString", []) => return self.plain_text(this, i).map(|t| Some(Value::str(t))),
            ("equals", [o]) => return Ok(Some(Value::Bool(this.same(o) || crate::ops::equal(this, o)))),
            ("hashCode", []) => return Ok(Some(Value::Int(crate::ops::java_hash(this)))),
            _ => {}
        }
        crate::gdk::call(self, this, name, args)
    }

    /// `f(x)`: a variable holding a closure, a method of the object, a function of the script, a delegate's method.
    pub(crate) fn call_name(&mut self, name: &Name, args: Vec<Value>, env: &Rc<Env>) -> R {
        if let Some(f) = env.get(name) {
            return self.call_value(&f, args);
        }
        if let Some(v) = self.call_near(name, &args, env)? {
            return Ok(v);
        }
        if let Some(all) = self.functions(name) {
            // A builder takes what does not fit the script's own function of this name.
            let closures = env.closures();
            if closures.iter().any(|c| c.delegate.borrow().is_some()) && self.pick(&all, &args).is_none() {
                for c in &closures {
                    if let Some(v) = self.delegate_call(c, name, &args)? {
                        return Ok(v);
                    }
                }
            }
            return self.call_function(name, args);
        }
        self.call_far(name, args, env)
    }

    /// A method of a delegate that comes first, or of the object.
    fn call_near(&mut self, name: &Name, args: &[Value], env: &Rc<Env>) -> R<Option<Value>> {
        for c in env.closures().iter().filter(|c| c.delegate_first.get()) {
            if let Some(v) = self.delegate_call(c, name, args)? {
                return Ok(Some(v));
            }
        }
        env.this().map_or(Ok(None), |t| self.own_call(&t, name, args))
    }

    /// What is neither a variable nor a function of the script.
    fn call_far(&mut self, name: &Name, args: Vec<Value>, env: &Rc<Env>) -> R {
        let this = env.this();
        let closures = env.closures();
        if let Some(f) = self.script_fields.get(name) {
            return self.call_value(&f, args);
        }
        // A closure calls itself, and tells of itself.
        if let ("call" | "doCall" | "getDelegate" | "getOwner" | "setDelegate", Some(c)) = (&**name, closures.first()) {
            return self.invoke(&Value::Closure(c.clone()), name, args);
        }
        let of_this = &**name == "getClass" && matches!(this, Some(Value::Instance(_)));
        if !of_this && let Some(v) = self.script_method(name, &args)? {
            return Ok(v);
        }
        for c in &closures {
            if let Some(v) = self.delegate_call(c, name, &args)? {
                return Ok(v);
            }
        }
        for i in self.imports().filter(|i| i.is_static).cloned().collect::<Vec<_>>() {
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
            return self.call_value(&f, args);
        }
        if let Some(v) = self.extension(&this.clone().unwrap_or(Value::Null), name, &args)? {
            return Ok(v);
        }
        match this {
            Some(t @ Value::Instance(_)) => self.invoke(&t, name, args),
            Some(Value::Class(c)) if &*c != SCRIPT => Err(no_method(&Value::Class(c), name, &args)),
            _ => Err(crate::error::no_function(name, &args)),
        }
    }

    /// A method of `this`, of the objects around it, or a closure in one of its fields.
    fn own_call(&mut self, this: &Value, name: &Name, args: &[Value]) -> R<Option<Value>> {
        match this {
            Value::Instance(i) => {
                if !i.class.methods(name).is_empty() {
                    return self.invoke(this, name, args.to_vec()).map(Some);
                }
                if i.class.decl.is_enum
                    && let Some(v) = self.call_static(&i.class.decl.name.clone(), name, args)?
                {
                    return Ok(Some(v));
                }
                if let Some(f @ Value::Closure(_)) = self.member_of_this(this, name)? {
                    return self.call_value(&f, args.to_vec()).map(Some);
                }
                let outer = i.fields.borrow().get(OUTER).cloned();
                if let Some(o) = outer
                    && let Some(v) = self.own_call(&o, name, args)?
                {
                    return Ok(Some(v));
                }
                if i.fields.borrow().contains_key(BASE) || i.fields.borrow().contains_key("$name") {
                    return self.object_method(this, i, name, args);
                }
                let outer = i.class.decl.outer.clone();
                outer.map_or(Ok(None), |o| self.own_call(&Value::Class(o), name, args))
            }
            Value::Class(c) => {
                let Some(class) = self.classes.get(c).cloned() else { return Ok(None) };
                if !class.methods(name).is_empty() {
                    return self.invoke(this, name, args.to_vec()).map(Some);
                }
                if class.decl.is_enum
                    && let Some(v) = self.call_static(c, name, args)?
                {
                    return Ok(Some(v));
                }
                if let Some(f @ Value::Closure(_)) = find_static(&class, name) {
                    return self.call_value(&f, args.to_vec()).map(Some);
                }
                let outer = class.decl.outer.clone();
                outer.map_or(Ok(None), |o| self.own_call(&Value::Class(o), name, args))
            }
            // A method of a category of Groovy's kind: `this` is any value.
            other => match crate::gdk::call(self, other, name, args)? {
                Some(v) => Ok(Some(v)),
                None => Ok(None),
            },
        }
    }

    fn delegate_call(&mut self, c: &Rc<ClosureObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
        let Some(d) = c.delegate.borrow().clone() else { return Ok(None) };
        match &d {
            Value::Object(o) => {
                let mut args = args.to_vec();
                self.settle(&d, name, &mut args)?;
                match o.clone().call_method(self, &d, name, &args)? {
                    None if o.items().is_some() => crate::gdk::call(self, &d, name, &args),
                    found => Ok(found),
                }
            }
            Value::Instance(i) if i.class.methods(name).is_empty() => {
                let missing =
                    !i.class.methods("methodMissing").is_empty() || !i.class.methods("invokeMethod").is_empty();
                if missing {
                    self.invoke(&d, name, args.to_vec()).map(Some)
                } else {
                    self.own_call(&d, &name.into(), args)
                }
            }
            Value::Map(m) => match m.get_str(name) {
                Some(f @ Value::Closure(_)) => self.call_value(&f, args.to_vec()).map(Some),
                _ => crate::gdk::call(self, &d, name, args),
            },
            Value::Class(c) if &**c == SCRIPT => Ok(None),
            Value::Instance(_) | Value::Class(_) => self.invoke(&d, name, args.to_vec()).map(Some),
            _ => crate::gdk::call(self, &d, name, args),
        }
    }

    pub(crate) fn call_function(&mut self, name: &str, args: Vec<Value>) -> R {
        let all = self.functions(name);
        match all.and_then(|all| self.pick(&all, &args)) {
            Some(m) => self.run_method(&m, args, None, None),
            None => Err(crate::error::no_function(name, &args)),
        }
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
        let plain = args.len() == m.params.len() && m.params.iter().all(|p| p.ty.is_none());
        let bound = if plain {
            env.vars.borrow_mut().extend(m.params.iter().map(|p| p.name.clone()).zip(args));
            Ok(())
        } else {
            self.bind(&m.params, args, &env)
        };
        let r = bound.and_then(|()| self.exec_all(&m.body, &env));
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

    /// Calls a method of a value.
    pub fn invoke(&mut self, recv: &Value, name: &str, mut args: Vec<Value>) -> R {
        self.tick()?;
        if self.meta.active
            && let Some(v) = self.extension(recv, name, &args)?
        {
            return Ok(v);
        }
        match recv {
            Value::Null => return crate::null::method(name, &args),
            Value::Instance(i) => return self.invoke_instance(recv, i, name, args),
            Value::Class(c) => {
                if let Some(class) = self.classes.get(c).cloned() {
                    let all = class.methods(name);
                    if let Some(m) = self.pick(&all, &args)
                        && (m.is_static || class.decl.is_interface)
                    {
                        return self.run_method(&m, args, Some(recv.clone()), None);
                    }
                    if let Some(f @ Value::Closure(_)) = find_static(&class, name) {
                        return self.call_value(&f, args);
                    }
                }
                if &**c == SCRIPT {
                    if self.functions(name).is_some() {
                        return self.call_function(name, args);
                    }
                    if let Some(v) = self.script_method(name, &args)? {
                        return Ok(v);
                    }
                }
                self.settle(recv, name, &mut args)?;
                let c = c.clone();
                if let Some(v) = self.call_static(&c, name, &args)? {
                    return Ok(v);
                }
            }
            Value::Closure(f) if matches!(name, "call" | "doCall") => return self.call_closure_as(f, args, "doCall"),
            Value::Object(o) => {
                self.settle(recv, name, &mut args)?;
                let o = o.clone();
                if let Some(v) = o.call_method(self, recv, name, &args)? {
                    return Ok(v);
                }
            }
            Value::Map(m) => {
                if let Some(f @ Value::Closure(_)) = m.get_str(name) {
                    return self.call_value(&f, args);
                }
                self.settle(recv, name, &mut args)?;
            }
            _ => self.settle(recv, name, &mut args)?,
        }
        if let Some(v) = crate::gdk::call(self, recv, name, &args)? {
            return Ok(v);
        }
        // Static methods can be called on objects, too.
        if matches!(recv, Value::Str(_) | Value::GStr(_) | Value::Object(_)) || crate::ops::is_number(recv) {
            let class = class_of(recv);
            if let Some(v) = self.call_static(&class, name, &args)? {
                return Ok(v);
            }
        }
        self.method_missing(recv, name, args)
    }

    fn invoke_instance(&mut self, recv: &Value, i: &Rc<Instance>, name: &str, args: Vec<Value>) -> R {
        let intercepts = i.class.decl.interfaces.iter().any(|t| t.name.ends_with("GroovyInterceptable"));
        let array = |args: Vec<Value>| Value::array("Object", args);
        if intercepts && name != "invokeMethod" {
            let all = i.class.methods("invokeMethod");
            if let Some(m) = all.first() {
                return self.run_method(&m.clone(), vec![Value::str(name), array(args)], Some(recv.clone()), None);
            }
        }
        let all = i.class.methods(name);
        if let Some(m) = self.pick(&all, &args) {
            let around = i.class.env.clone();
            return self.run_method(&m, args, Some(recv.clone()), around);
        }
        let field = i.fields.borrow().get(name).cloned();
        if let Some(f @ Value::Closure(_)) = field {
            return self.call_value(&f, args);
        }
        if !all.is_empty() && all.iter().any(|m| !m.params.is_empty()) && !matches!(name, "with" | "toString") {
            // It has such a method, but not for these arguments.
            if i.class.methods("methodMissing").is_empty() {
                return Err(no_method(recv, name, &args));
            }
        }
        if let Some(v) = self.object_method(recv, i, name, &args)? {
            return Ok(v);
        }
        for f in i.class.decl.fields.iter().filter(|f| f.notes.iter().any(|n| n.name.ends_with("Delegate"))) {
            let to = i.fields.borrow().get(&f.name).cloned();
            if let Some(to) = to {
                return self.invoke(&to, name, args);
            }
        }
        if i.class.decl.is_interface || i.fields.borrow().contains_key("$call") {
            // An interface made of a closure.
            let f = i.fields.borrow().get("$call").cloned();
            if let Some(f) = f {
                return self.call_value(&f, args);
            }
        }
        if !i.class.methods("methodMissing").is_empty() && name != "methodMissing" {
            let m = i.class.methods("methodMissing");
            let args = vec![Value::str(name), array(args)];
            if let Some(m) = m.first() {
                return self.run_method(&m.clone(), args, Some(recv.clone()), i.class.env.clone());
            }
            return Ok(Value::Null);
        }
        if let Some(m) = i.class.methods("invokeMethod").first().cloned().filter(|_| name != "invokeMethod") {
            return self.run_method(&m, vec![Value::str(name), array(args)], Some(recv.clone()), None);
        }
        self.method_missing(recv, name, args)
    }

    /// The last chance of a call: `methodMissing` added to the class, or the exception.
    fn method_missing(&mut self, recv: &Value, name: &str, args: Vec<Value>) -> R {
        // A closure stands for any interface with one method.
        const LAMBDA: &[&str] = &[
            "run",
            "compare",
            "apply",
            "accept",
            "test",
            "get",
            "applyAsInt",
            "applyAsLong",
            "hasNext",
            "next",
            "iterator",
        ];
        if let Value::Closure(f) = recv
            && LAMBDA.contains(&name)
        {
            return self.call_closure(f, args);
        }
        if let Value::Class(c) = recv
            && let Some(class) = self.classes.get(c).cloned()
            && let Some(m) = class.methods("$static_methodMissing").first()
        {
            let args = vec![Value::str(name), Value::array("Object", args)];
            return self.run_method(&m.clone(), args, Some(recv.clone()), None);
        }
        if self.meta.active && !matches!(name, "methodMissing" | "propertyMissing") {
            let given = [Value::str(name), Value::array("Object", args.clone())];
            if let Some(v) = self.extension(recv, "methodMissing", &given)? {
                return Ok(v);
            }
        }
        Err(no_method(recv, name, &args))
    }
}

/// Whether a value is an array.
pub(crate) fn array(v: &Value) -> bool {
    matches!(v, Value::Bytes(_)) || matches!(v, Value::List(l) if matches!(l.kind, ListKind::Array(_)))
}

/// The class's name, as messages have it.
pub(crate) fn class_text(v: &Value) -> String {
    match v {
        Value::Class(c) => c.to_string(),
        v => class_of(v),
    }
}
