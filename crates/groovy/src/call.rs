//! Calls and members: which function, method or property a name means.
use crate::ast::{BinOp, Expr, ExprKind, Member, MethodDecl, Param, Reach, TypeRef};
use crate::env::Env;
use crate::error::{illegal, no_method, no_property, null_pointer, throw};
use crate::interp::{Flow, Interpreter};
use crate::ops;
use crate::text::{class_of, text};
use crate::token::Name;
use crate::value::{ClassObj, ClosureCode, ClosureObj, Instance, MapKind, R, Thrown, Value};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

impl Interpreter<'_> {
    /// The full name of a class as the script's imports have it.
    pub(crate) fn resolve(&mut self, name: &str) -> Option<Name> {
        if let Some(found) = self.names.get(name) {
            return found.clone();
        }
        let found = self.resolve_new(name);
        self.names.insert(name.into(), found.clone());
        found
    }

    fn resolve_new(&mut self, name: &str) -> Option<Name> {
        if self.classes.contains_key(name) {
            return Some(name.into());
        }
        if let Some(b) = crate::classes::boxed(name) {
            let _ = b;
            return Some(name.into());
        }
        if name.contains('.') {
            // A companion of the script by its full name.
            let last = name.rsplit('.').next().unwrap_or(name);
            if self.classes.contains_key(last) && !crate::classes::is_known(name) {
                return Some(last.into());
            }
            return Some(name.into());
        }
        let imports = &self.program.unit.imports;
        for i in imports.iter().filter(|i| !i.is_static && !i.star) {
            let simple = i.alias.as_deref().unwrap_or_else(|| i.path.rsplit('.').next().unwrap_or(""));
            if simple == name {
                let last = i.path.rsplit('.').next().unwrap_or("");
                if self.classes.contains_key(last) {
                    return Some(last.into());
                }
                return Some(i.path.clone());
            }
        }
        if let Some(full) = crate::classes::known(name) {
            let package = full.rsplit_once('.').map_or("", |p| p.0);
            if crate::classes::always_imported(full) || imports.iter().any(|i| i.star && &*i.path == package) {
                return Some(full.into());
            }
        }
        let host = self.host.clone();
        imports
            .iter()
            .filter(|i| i.star && !i.is_static)
            .map(|i| format!("{}.{name}", i.path))
            .find(|f| host.has_class(f))
            .map(Into::into)
    }

    pub(crate) fn type_name(&mut self, t: &TypeRef) -> Name {
        let base = self.resolve(&t.name).unwrap_or_else(|| t.name.clone());
        if t.dims == 0 { base } else { format!("{base}{}", "[]".repeat(usize::from(t.dims))).into() }
    }

    /// A name that is no variable: a field, a class, a binding or a delegate's property.
    pub(crate) fn name_outside(&mut self, n: &Name, env: &Rc<Env>) -> R {
        match &**n {
            "this" => return Ok(env.this().unwrap_or(Value::Null)),
            "super" => return Ok(env.this().unwrap_or(Value::Null)),
            "owner" | "delegate" | "thisObject" => {
                let this = env.this().unwrap_or(Value::Null);
                if let Some(c) = env.closures().first() {
                    let d = c.delegate.borrow().clone();
                    return Ok(if &**n == "delegate" { d.unwrap_or(this) } else { this });
                }
            }
            _ => {}
        }
        let closures = env.closures();
        for c in closures.iter().filter(|c| c.delegate_first.get()) {
            if let Some(v) = self.delegate_property(c, n)? {
                return Ok(v);
            }
        }
        let this = env.this();
        if let Some(t) = &this
            && let Some(v) = self.member_of_this(t, n)?
        {
            return Ok(v);
        }
        if let Some(v) = self.script_fields.get(n).or_else(|| self.host.binding(n)) {
            return Ok(v);
        }
        if let Some(c) = self.resolve(n) {
            return Ok(Value::Class(c));
        }
        for i in self.program.unit.imports.iter().filter(|i| i.is_static) {
            let (class, member) = if i.star {
                (&*i.path, None)
            } else {
                i.path.rsplit_once('.').map_or((&*i.path, None), |(c, m)| (c, Some(m)))
            };
            if (member.is_none() || i.alias.as_deref().or(member) == Some(n))
                && let Some(v) = self.static_property(class, member.unwrap_or(n))?
            {
                return Ok(v);
            }
        }
        for c in &closures {
            if let Some(v) = self.delegate_property(c, n)? {
                return Ok(v);
            }
        }
        let class = this
            .map_or_else(|| "Script1".into(), |t| if let Value::Class(c) = &t { c.to_string() } else { class_of(&t) });
        Err(no_property(n, &class))
    }

    fn delegate_property(&mut self, c: &Rc<ClosureObj>, n: &str) -> R<Option<Value>> {
        let Some(d) = c.delegate.borrow().clone() else { return Ok(None) };
        match &d {
            Value::Map(m) => Ok(m.get_str(n)),
            Value::Object(o) => o.clone().get_property(self, &d, n),
            Value::Instance(_) => self.member_of_this(&d, n),
            _ => Ok(self.get_property(&d, n).ok()),
        }
    }

    fn member_of_this(&mut self, this: &Value, n: &str) -> R<Option<Value>> {
        match this {
            Value::Instance(i) => {
                if let Some(v) = i.fields.borrow().get(n) {
                    return Ok(Some(v.clone()));
                }
                let getter = getter(n);
                if !i.class.methods(&getter).is_empty() {
                    return self.invoke(this, &getter, vec![]).map(Some);
                }
                Ok(find_static(&i.class, n))
            }
            Value::Class(c) => Ok(self.classes.get(c).and_then(|c| find_static(c, n))),
            _ => Ok(None),
        }
    }

    pub(crate) fn set_name_outside(&mut self, n: &Name, v: Value, env: &Rc<Env>) -> R<()> {
        if let Some(this) = env.this() {
            match &this {
                Value::Instance(i) if i.fields.borrow().contains_key(n) || has_static(&i.class, n) => {
                    return self.set_property(&this, n, v);
                }
                Value::Class(c) if self.classes.get(c).is_some_and(|c| has_static(c, n)) => {
                    return self.set_property(&this, n, v);
                }
                _ => {}
            }
        }
        if self.script_fields.set(n, &v) {
            return Ok(());
        }
        for c in env.closures() {
            let d = c.delegate.borrow().clone();
            if let Some(d @ (Value::Map(_) | Value::Instance(_) | Value::Object(_))) = d {
                return self.set_property(&d, n, v);
            }
        }
        self.globals.declare(n.clone(), v);
        Ok(())
    }

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
    fn pick(&mut self, all: &[Arc<MethodDecl>], args: &[Value]) -> Option<Arc<MethodDecl>> {
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

    fn run_method(&mut self, m: &Arc<MethodDecl>, args: Vec<Value>, this: Option<Value>, around: Option<Rc<Env>>) -> R {
        self.enter()?;
        let caller = self.line;
        let env =
            Rc::new(Env { parent: Some(around.unwrap_or_else(|| self.script_fields.clone())), this, ..Env::default() });
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
        } else {
            self.line = caller;
        }
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
            ClosureCode::Block { decl, env } => {
                let inner = Rc::new(Env { parent: Some(env.clone()), closure: Some(f.clone()), ..Env::default() });
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

    /// Makes an object of a class of the script.
    pub(crate) fn instantiate(&mut self, class: &Rc<ClassObj>, args: Vec<Value>) -> R {
        let i = Rc::new(Instance { class: class.clone(), fields: RefCell::new(IndexMap::new()) });
        self.init_fields(class, &i)?;
        self.run_constructor(class, &i, args)?;
        Ok(Value::Instance(i))
    }

    fn init_fields(&mut self, class: &Rc<ClassObj>, i: &Rc<Instance>) -> R<()> {
        if let Some(p) = &class.parent {
            self.init_fields(p, i)?;
        }
        let parent = class.env.clone().unwrap_or_else(|| self.script_fields.clone());
        let env = Rc::new(Env { parent: Some(parent), this: Some(Value::Instance(i.clone())), ..Env::default() });
        for f in class.decl.fields.iter().filter(|f| !f.is_static) {
            let mut v = match &f.init {
                Some(e) => self.eval(e, &env)?,
                None => f.ty.as_ref().map_or(Value::Null, crate::cast::initial),
            };
            if let Some(t) = f.ty.as_ref().filter(|_| f.init.is_some()) {
                v = self.coerce_declared(v, t)?;
            }
            i.fields.borrow_mut().insert(f.name.clone(), v);
        }
        Ok(())
    }

    fn run_constructor(&mut self, class: &Rc<ClassObj>, i: &Rc<Instance>, args: Vec<Value>) -> R<()> {
        let own: Vec<_> = class.decl.methods.iter().filter(|m| &*m.name == "<init>").cloned().collect();
        let this = Value::Instance(i.clone());
        if let Some(m) = self.pick(&own, &args) {
            self.run_method(&m, args, Some(this), class.env.clone())?;
            return Ok(());
        }
        match args.as_slice() {
            [] if own.is_empty() => {
                if let Some(p) = class.parent.clone() {
                    self.run_constructor(&p, i, vec![])?;
                }
                Ok(())
            }
            [Value::Map(m)] if own.is_empty() || own.iter().any(|c| c.params.is_empty()) => {
                for (k, v) in m.entries() {
                    self.set_property(&this, &text(&k), v)?;
                }
                Ok(())
            }
            _ if crate::classes::is_throwable(&class.base) && own.is_empty() => {
                set_exception_fields(i, &args);
                Ok(())
            }
            _ if class.env.is_some() && class.parent.is_none() => Ok(()),
            _ => {
                if let Some(p) = class.parent.clone().filter(|_| own.is_empty() && class.env.is_some()) {
                    return self.run_constructor(&p, i, args);
                }
                let types: Vec<String> = args.iter().map(class_of).collect();
                Err(throw(
                    "groovy.lang.GroovyRuntimeException",
                    format!("Could not find matching constructor for: {}({})", class.decl.name, types.join(", ")),
                ))
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

    fn instance_method(&mut self, recv: &Value, i: &Rc<Instance>, name: &str, args: &[Value]) -> R<Option<Value>> {
        if let (Some(n), 0) = (i.fields.borrow().get("$name"), args.len()) {
            match name {
                "name" | "toString" => return Ok(Some(n.clone())),
                "ordinal" => return Ok(i.fields.borrow().get("$ordinal").cloned()),
                _ => {}
            }
        }
        if crate::classes::is_throwable(&i.class.base) {
            let get = |k: &str| i.fields.borrow().get(k).cloned().unwrap_or(Value::Null);
            match name {
                "getMessage" | "getLocalizedMessage" => return Ok(Some(get("message"))),
                "getCause" => return Ok(Some(get("cause"))),
                "getStackTrace" => return Ok(Some(Value::array("StackTraceElement", vec![]))),
                "printStackTrace" => return Ok(Some(Value::Null)),
                _ => {}
            }
        }
        if let (Some(p), true) = (name.strip_prefix("get").or_else(|| name.strip_prefix("is")), args.is_empty())
            && let Some(v) = i.fields.borrow().get(decapitalize(p).as_str())
        {
            return Ok(Some(v.clone()));
        }
        if let (Some(p), [v]) = (name.strip_prefix("set"), args) {
            let p = decapitalize(p);
            if i.fields.borrow().contains_key(p.as_str()) {
                self.set_property(recv, &p, v.clone())?;
                return Ok(Some(Value::Null));
            }
        }
        Ok(None)
    }

    /// Reads a property of a value.
    pub fn get_property(&mut self, o: &Value, name: &str) -> R {
        self.tick()?;
        match o {
            Value::Null => Err(null_pointer(format!("Cannot get property '{name}' on null object"))),
            Value::Map(m) => match m.get_str(name) {
                Some(v) => Ok(v),
                None => {
                    let d = m.default.borrow().clone();
                    match d {
                        Some(f) => self.invoke(&f, "call", vec![Value::str(name)]),
                        None => Ok(Value::Null),
                    }
                }
            },
            Value::Instance(i) => {
                let g = getter(name);
                if !i.class.methods(&g).is_empty() {
                    return self.invoke(o, &g, vec![]);
                }
                if let Some(v) = self.member_of_this(o, name)? {
                    return Ok(v);
                }
                match self.invoke(o, &g, vec![]) {
                    Ok(v) => Ok(v),
                    Err(Thrown::Exception(Value::Exception(e)))
                        if &*e.class == "groovy.lang.MissingMethodException" =>
                    {
                        Err(no_property(name, &class_of(o)))
                    }
                    Err(e) => Err(e),
                }
            }
            Value::Class(c) => {
                let c = c.clone();
                if let Some(v) = self.member_of_this(o, name)? {
                    return Ok(v);
                }
                if let Some(v) = self.static_property(&c, name)? {
                    return Ok(v);
                }
                if let Some(v) = crate::gdk::property(self, o, name)? {
                    return Ok(v);
                }
                match self.invoke(o, &getter(name), vec![]) {
                    Ok(v) => Ok(v),
                    Err(Thrown::Exception(Value::Exception(e)))
                        if &*e.class == "groovy.lang.MissingMethodException" =>
                    {
                        Err(no_property(name, &c))
                    }
                    Err(e) => Err(e),
                }
            }
            _ => {
                if let Value::Object(obj) = o
                    && let Some(v) = obj.clone().get_property(self, o, name)?
                {
                    return Ok(v);
                }
                match crate::gdk::property(self, o, name)? {
                    Some(v) => Ok(v),
                    None => Err(no_property(name, &class_of(o))),
                }
            }
        }
    }

    /// Writes a property of a value.
    pub fn set_property(&mut self, o: &Value, name: &str, v: Value) -> R<()> {
        match o {
            Value::Null => Err(null_pointer(format!("Cannot set property '{name}' on null object"))),
            Value::Map(m) => {
                m.put(Value::str(name), v);
                Ok(())
            }
            Value::Instance(i) => {
                let setter = format!("s{}", &getter(name)[1..]);
                let own = i.class.methods(&setter);
                if !own.is_empty() && self.depth > 0 && !self.inside_setter(&setter) {
                    return self.invoke(o, &setter, vec![v]).map(|_| ());
                }
                if let Some(c) = static_owner(&i.class, name) {
                    c.statics.borrow_mut().insert(name.into(), v);
                    return Ok(());
                }
                let ty = field_type(&i.class, name);
                let v = match ty {
                    Some(t) => self.coerce_declared(v, &t)?,
                    None => v,
                };
                if !i.fields.borrow().contains_key(name) {
                    return Err(no_property(name, &class_of(o)));
                }
                i.fields.borrow_mut().insert(name.into(), v);
                Ok(())
            }
            Value::Class(c) => match self.classes.get(c).and_then(|c| static_owner(c, name)) {
                Some(c) => {
                    c.statics.borrow_mut().insert(name.into(), v);
                    Ok(())
                }
                None if &**c == "Script1" => {
                    if !self.script_fields.set(name, &v) {
                        self.globals.declare(name.into(), v);
                    }
                    Ok(())
                }
                None => Err(no_property(name, c)),
            },
            Value::Object(obj) => {
                if obj.clone().set_property(self, name, v.clone())? {
                    return Ok(());
                }
                let setter = format!("s{}", &getter(name)[1..]);
                match obj.clone().call_method(self, o, &setter, &[v])? {
                    Some(_) => Ok(()),
                    None => Err(no_property(name, &class_of(o))),
                }
            }
            Value::List(l) => {
                let items = l.data.borrow().clone();
                for x in items {
                    self.set_property(&x, name, v.clone())?;
                }
                Ok(())
            }
            Value::Closure(c) if name == "delegate" => {
                *c.delegate.borrow_mut() = Some(v);
                Ok(())
            }
            Value::Closure(c) if name == "resolveStrategy" => {
                c.delegate_first.set(matches!(v, Value::Int(1 | 3)));
                Ok(())
            }
            _ => {
                let setter = format!("s{}", &getter(name)[1..]);
                match crate::gdk::call(self, o, &setter, &[v])? {
                    Some(_) => Ok(()),
                    None => Err(no_property(name, &class_of(o))),
                }
            }
        }
    }

    fn inside_setter(&self, _setter: &str) -> bool {
        false
    }

    /// A binary operator.
    pub(crate) fn binary(&mut self, op: BinOp, a: Value, b: Value) -> R {
        use BinOp::*;
        Ok(Value::Bool(match op {
            Eq => self.equals(&a, &b)?,
            Ne => !self.equals(&a, &b)?,
            Is => a.same(&b),
            IsNot => !a.same(&b),
            Lt => self.compare(&a, &b)?.is_lt(),
            Le => self.compare(&a, &b)?.is_le(),
            Gt => self.compare(&a, &b)?.is_gt(),
            Ge => self.compare(&a, &b)?.is_ge(),
            Cmp => return Ok(Value::Int(self.compare_number(&a, &b)?)),
            In => self.is_case(&b, &a)?,
            Find => return crate::regex::find(self, &a, &b),
            Match => crate::regex::full_match(self, &a, &b)?,
            Add | Sub | Mul | Div | Rem | Pow if ops::is_number(&a) && ops::is_number(&b) => {
                return ops::arith(op, &a, &b)?.ok_or_else(|| illegal("this does not work on numbers"));
            }
            BitAnd | BitOr | BitXor | Shl | Shr | UShr => {
                if let Some(v) = ops::bits(op, &a, &b)? {
                    return Ok(v);
                }
                let name = match op {
                    BitAnd => "and",
                    BitOr => "or",
                    BitXor => "xor",
                    Shl => "leftShift",
                    Shr => "rightShift",
                    _ => "rightShiftUnsigned",
                };
                return self.invoke(&a, name, vec![b]);
            }
            _ => {
                let name = match op {
                    Add => "plus",
                    Sub => "minus",
                    Mul => "multiply",
                    Div => "div",
                    Rem => "mod",
                    _ => "power",
                };
                if op == Add
                    && a.is_null()
                    && let Some(s) = b.as_str()
                {
                    return Ok(Value::str(format!("null{s}")));
                }
                return self.invoke(&a, name, vec![b]);
            }
        }))
    }

    /// `==`.
    pub(crate) fn equals(&mut self, a: &Value, b: &Value) -> R<bool> {
        if let Value::Instance(i) = a
            && !b.is_null()
            && !i.class.methods("equals").is_empty()
        {
            let v = self.invoke(a, "equals", vec![b.clone()])?;
            return Ok(ops::truth(&v));
        }
        Ok(ops::equal(a, b))
    }

    /// `<`, `>` and sorting.
    pub(crate) fn compare(&mut self, a: &Value, b: &Value) -> R<std::cmp::Ordering> {
        if let Some(o) = ops::compare(a, b) {
            return Ok(o);
        }
        if let Value::Instance(i) = a {
            if !i.class.methods("compareTo").is_empty() {
                let v = self.invoke(a, "compareTo", vec![b.clone()])?;
                return Ok(ops::to_i64(&v).unwrap_or(0).cmp(&0));
            }
            if let (Some(x), Value::Instance(j)) = (i.fields.borrow().get("$ordinal"), b) {
                return Ok(ops::order(x, j.fields.borrow().get("$ordinal").unwrap_or(&Value::Null)));
            }
        }
        if self.equals(a, b)? {
            return Ok(std::cmp::Ordering::Equal);
        }
        Err(illegal(format!(
            "Cannot compare {} with value '{}' and {} with value '{}'",
            class_of(a),
            text(a),
            class_of(b),
            text(b)
        )))
    }

    fn compare_number(&mut self, a: &Value, b: &Value) -> R<i32> {
        Ok(self.compare(a, b)? as i32)
    }

    /// `switch` and `in`.
    pub(crate) fn is_case(&mut self, case: &Value, v: &Value) -> R<bool> {
        Ok(match case {
            Value::Null => v.is_null(),
            Value::Class(c) => self.instance_of(v, &c.clone()),
            Value::Closure(f) => {
                let r = self.call_closure(f, vec![v.clone()])?;
                self.truth(&r)?
            }
            Value::Range(r) => {
                let (lo, hi) = if ops::order(&r.from, &r.to).is_le() { (&r.from, &r.to) } else { (&r.to, &r.from) };
                if ops::is_number(v) && ops::is_number(lo) {
                    let within = ops::order(v, lo).is_ge() && ops::order(v, hi).is_le();
                    within
                        && (r.inclusive || !ops::equal(v, &r.to))
                        && (!matches!(v, Value::Dec(_) | Value::Double(_))
                            || ops::range_items(r)?.iter().any(|x| ops::equal(x, v)))
                } else {
                    ops::range_items(r)?.iter().any(|x| ops::equal(x, v))
                }
            }
            Value::List(l) => l.data.borrow().iter().any(|x| ops::equal(x, v)),
            Value::Set(m) => m.data.borrow().contains_key(&crate::value::Key(v.clone())),
            Value::Map(m) => m.get(v).is_some(),
            Value::Object(o) if o.class_name() == "java.util.regex.Pattern" => crate::regex::full_match(self, v, case)?,
            Value::Str(s) | Value::GStr(s) => v.as_str().is_some_and(|t| t == *s) || ops::equal(case, v),
            _ => self.equals(case, v)?,
        })
    }

    /// What `for` and the collection methods walk over.
    pub(crate) fn items_of(&mut self, v: &Value) -> R<Vec<Value>> {
        Ok(match v {
            Value::Null => vec![],
            Value::List(l) => l.data.borrow().clone(),
            Value::Set(m) => m.keys(),
            Value::Map(m) => m.entries().into_iter().map(|e| Value::Entry(Rc::new(e))).collect(),
            Value::Range(r) => ops::range_items(r)?,
            Value::Str(s) | Value::GStr(s) => s.chars().map(|c| Value::str(c.to_string())).collect(),
            Value::Bytes(b) => b.borrow().iter().map(|b| Value::Byte(*b as i8)).collect(),
            Value::Object(o) => match o.items() {
                Some(i) => i,
                None => vec![v.clone()],
            },
            Value::Instance(i) if !i.class.methods("iterator").is_empty() => {
                let it = self.invoke(v, "iterator", vec![])?;
                return self.items_of(&it);
            }
            Value::Class(c) if self.classes.get(c).is_some_and(|c| c.decl.is_enum) => {
                self.call_static(&c.clone(), "values", &[])?.map_or(Ok(vec![]), |v| self.items_of(&v))?
            }
            other => vec![other.clone()],
        })
    }

    /// `instanceof`.
    pub fn instance_of(&mut self, v: &Value, class: &str) -> bool {
        let class = crate::classes::boxed(class).unwrap_or(class);
        match v {
            Value::Null => false,
            Value::Instance(i) => {
                let mut at = Some(i.class.clone());
                while let Some(c) = at {
                    let named = &*c.decl.name == class && c.env.is_none();
                    if named
                        || c.decl
                            .interfaces
                            .iter()
                            .any(|t| *t.name == *class || class.rsplit('.').next() == Some(&*t.name))
                        || c.env.is_some() && c.decl.parent.as_ref().is_some_and(|p| *p.name == *class)
                    {
                        return true;
                    }
                    if c.parent.is_none() {
                        return crate::classes::is_subclass(&c.base, class);
                    }
                    at = c.parent.clone();
                }
                false
            }
            Value::Object(o) => o.is_a(class) || class == "java.lang.Object",
            Value::List(l) if matches!(l.kind, crate::value::ListKind::Array(_)) => {
                class == "java.lang.Object" || class.ends_with("[]")
            }
            Value::Bytes(_) => matches!(class, "byte[]" | "java.lang.Object"),
            Value::Map(m) if m.kind == MapKind::Tree => {
                matches!(class, "java.util.SortedMap" | "java.util.NavigableMap")
                    || crate::classes::is_subclass("java.util.TreeMap", class)
            }
            v => crate::classes::is_subclass(&class_of(v), class),
        }
    }
}

fn set_exception_fields(i: &Rc<Instance>, args: &[Value]) {
    let mut f = i.fields.borrow_mut();
    for a in args {
        match a {
            Value::Exception(_) | Value::Instance(_) => f.insert("cause".into(), a.clone()),
            v => f.insert("message".into(), Value::str(text(v))),
        };
    }
}

fn fits(m: &MethodDecl, args: &[Value]) -> bool {
    let required = m.params.iter().filter(|p| p.default.is_none() && !p.varargs).count();
    let varargs = m.params.last().is_some_and(|p| p.varargs || p.ty.as_ref().is_some_and(|t| t.dims > 0));
    (args.len() >= required || required == 1 && args.is_empty() && m.params.len() == 1)
        && (args.len() <= m.params.len() || varargs)
}

pub(crate) fn find_static(c: &Rc<ClassObj>, n: &str) -> Option<Value> {
    static_owner(c, n).and_then(|c| c.statics.borrow().get(n).cloned())
}

fn has_static(c: &Rc<ClassObj>, n: &str) -> bool {
    static_owner(c, n).is_some()
}

fn static_owner(c: &Rc<ClassObj>, n: &str) -> Option<Rc<ClassObj>> {
    if c.statics.borrow().contains_key(n) {
        return Some(c.clone());
    }
    c.parent.as_ref().and_then(|p| static_owner(p, n))
}

fn field_type(c: &Rc<ClassObj>, n: &str) -> Option<TypeRef> {
    c.decl
        .fields
        .iter()
        .find(|f| &*f.name == n)
        .map_or_else(|| c.parent.as_ref().and_then(|p| field_type(p, n)), |f| f.ty.clone())
}

/// `getName` of `name`.
pub(crate) fn getter(name: &str) -> String {
    let mut c = name.chars();
    c.next().map_or_else(String::new, |f| format!("get{}{}", f.to_uppercase(), c.as_str()))
}

/// `name` of `Name`.
pub(crate) fn decapitalize(s: &str) -> String {
    let mut c = s.chars();
    c.next().map_or_else(String::new, |f| format!("{}{}", f.to_lowercase(), c.as_str()))
}
