//! Expressions.
use crate::ast::{BinOp, ClassDecl, ClosureDecl, Const, Expr, ExprKind, Member, Reach, TypeRef, UnOp};
use crate::env::Env;
use crate::error::{illegal, null_pointer};
use crate::interp::Interpreter;
use crate::ops;
use crate::token::Name;
use crate::value::{ClosureCode, ClosureObj, ListKind, ListObj, MapKind, MapObj, R, RangeObj, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

impl Interpreter<'_> {
    pub(crate) fn test(&mut self, e: &Expr, env: &Rc<Env>) -> R<bool> {
        let v = self.eval(e, env)?;
        self.truth(&v)
    }

    /// Groovy truth, asking `asBoolean()` of script objects.
    pub(crate) fn truth(&mut self, v: &Value) -> R<bool> {
        if let Value::Instance(i) = v
            && !i.class.methods("asBoolean").is_empty()
        {
            return Ok(ops::truth(&self.invoke(v, "asBoolean", vec![])?));
        }
        if let Some(t) = self.read_anew(v) {
            return Ok(!t?.is_empty());
        }
        Ok(ops::truth(v))
    }

    pub(crate) fn eval_all(&mut self, es: &[Expr], env: &Rc<Env>) -> R<Vec<Value>> {
        let mut out = Vec::with_capacity(es.len());
        for e in es {
            if let ExprKind::Spread(inner) = &*e.kind {
                let v = self.eval(inner, env)?;
                if !v.is_null() {
                    out.extend(self.items_of(&v)?);
                }
            } else {
                out.push(self.eval(e, env)?);
            }
        }
        Ok(out)
    }

    pub(crate) fn eval(&mut self, e: &Expr, env: &Rc<Env>) -> R {
        self.tick()?;
        match &*e.kind {
            ExprKind::Const(c) => constant(c),
            ExprKind::Name(n) => self.name(n, env),
            ExprKind::GString(parts) => self.gstring(parts, env),
            ExprKind::Binary(..) => self.binary_chain(e, env),
            ExprKind::And(a, b) => Ok(Value::Bool(self.test(a, env)? && self.test(b, env)?)),
            ExprKind::Or(a, b) => Ok(Value::Bool(self.test(a, env)? || self.test(b, env)?)),
            ExprKind::Ternary(c, a, b) => {
                let e = if self.test(c, env)? { a } else { b };
                self.eval(e, env)
            }
            ExprKind::Elvis(a, b) => self.elvis(a, b, env),
            ExprKind::Prop { obj, name, reach, attr } => self.property(obj, name, *reach, *attr, env),
            ExprKind::Call { obj: None, name, args, .. } => self.call_own(name, args, env, e.pos.line),
            ExprKind::Call { obj: Some(obj), name, args, reach } => {
                self.call_expr(obj, name, args, *reach, env, e.pos.line)
            }
            ExprKind::Assign(target, op, value) => self.assign(target, *op, value, env),
            ExprKind::Closure(decl) => Ok(self.closure(decl, env)),
            ExprKind::CallValue(f, args) => self.call_result(f, args, env),
            ExprKind::Index(obj, keys) => self.indexed(obj, keys, env),
            ExprKind::New { ty, args, body } => self.new_object(ty, args, body.as_ref(), env),
            ExprKind::List(items) => self.list(items, env),
            ExprKind::Map(entries) => self.map(entries, env),
            ExprKind::Unary(op, x) => self.unary(*op, x, env),
            ExprKind::Cast(t, x) => {
                let v = self.eval(x, env)?;
                self.coerce_declared(v, t)
            }
            _ => self.eval_rare(e, env),
        }
    }

    fn elvis(&mut self, a: &Expr, b: &Expr, env: &Rc<Env>) -> R {
        let v = self.eval(a, env)?;
        if self.truth(&v)? { Ok(v) } else { self.eval(b, env) }
    }

    fn call_result(&mut self, f: &Expr, args: &[Expr], env: &Rc<Env>) -> R {
        let f = self.eval(f, env)?;
        let args = self.eval_all(args, env)?;
        self.call_value(&f, args)
    }

    fn indexed(&mut self, obj: &Expr, keys: &[Expr], env: &Rc<Env>) -> R {
        let o = self.eval(obj, env)?;
        let k = self.index_key(keys, env)?;
        self.index_get(&o, &k)
    }

    fn closure(&mut self, decl: &Arc<ClosureDecl>, env: &Rc<Env>) -> Value {
        self.capture(env);
        Value::Closure(Rc::new(ClosureObj {
            code: ClosureCode::Block { decl: decl.clone(), env: env.clone() },
            delegate: RefCell::new(None),
            delegate_first: Cell::new(false),
        }))
    }

    fn list(&mut self, items: &[Expr], env: &Rc<Env>) -> R {
        let v = self.eval_all(items, env)?;
        self.charge(v.len() * 24)?;
        Ok(Value::list(v))
    }

    fn map(&mut self, entries: &[(Expr, Expr)], env: &Rc<Env>) -> R {
        let m = MapObj::new(MapKind::Linked);
        for (k, v) in entries {
            if matches!(&*k.kind, ExprKind::SpreadMap) {
                if let Value::Map(o) = self.eval(v, env)? {
                    for (k, v) in o.entries() {
                        m.put(k, v);
                    }
                }
                continue;
            }
            let k = self.eval(k, env)?;
            let k = self.settled(&k)?;
            let v = self.eval(v, env)?;
            m.put(k, v);
        }
        self.charge(m.len() * 64)?;
        Ok(Value::Map(m))
    }

    fn unary(&mut self, op: UnOp, x: &Expr, env: &Rc<Env>) -> R {
        let v = self.eval(x, env)?;
        match op {
            UnOp::Not => Ok(Value::Bool(!self.truth(&v)?)),
            UnOp::Neg if ops::is_number(&v) => ops::negate(&v),
            UnOp::Neg => self.invoke(&v, "negative", vec![]),
            UnOp::Plus if ops::is_number(&v) => Ok(v),
            UnOp::Plus => self.invoke(&v, "positive", vec![]),
            UnOp::BitNot => match &self.settled(&v)? {
                Value::Int(n) => Ok(Value::Int(!n)),
                Value::Long(n) => Ok(Value::Long(!n)),
                Value::Str(s) | Value::GStr(s) => crate::regex::pattern(self, s),
                v => self.invoke(v, "bitwiseNegate", vec![]),
            },
        }
    }

    fn new_object(&mut self, ty: &TypeRef, args: &[Expr], body: Option<&Arc<ClassDecl>>, env: &Rc<Env>) -> R {
        let cast = matches!(args, [a] if matches!(&*a.kind, ExprKind::Cast(..)));
        let mut args = self.eval_all(args, env)?;
        // `new Exception((String) null)`: the cast says which constructor is meant.
        if cast && matches!(args.as_slice(), [Value::Null]) && ty.name.ends_with("Exception") {
            args.clear();
        }
        if let Some(decl) = body {
            self.capture(env);
            let class = self.make_class(decl, Some(env.clone()));
            return self.instantiate(&class, args);
        }
        // An object of an inner class knows the object around it.
        if let Some(class) = self.class_named(&ty.name)
            && let (Some(outer), false) = (&class.decl.outer, class.decl.is_static)
            && let Some(this @ Value::Instance(i)) = &env.this()
            && (i.class.above(outer).is_some() || i.fields.borrow().contains_key(crate::instance::OUTER))
        {
            let held = if i.class.above(outer).is_some() {
                Some(this.clone())
            } else {
                i.fields.borrow().get(crate::instance::OUTER).cloned()
            };
            let fields = held.map(|h| (crate::instance::OUTER.into(), h)).into_iter().collect();
            return self.instantiate_with(&class, args, fields);
        }
        self.construct(&ty.name, args)
    }

    #[inline(never)]
    fn eval_rare(&mut self, e: &Expr, env: &Rc<Env>) -> R {
        match &*e.kind {
            ExprKind::Range { from, to, inclusive } => {
                let (from, to) = (self.eval(from, env)?, self.eval(to, env)?);
                if !inclusive && ops::equal(&from, &to) {
                    return Ok(Value::List(ListObj::new(ListKind::EmptyRange, vec![])));
                }
                Ok(Value::Range(Rc::new(RangeObj { from, to, inclusive: *inclusive })))
            }
            ExprKind::IncDec { target, up, prefix } => {
                let old = self.eval(target, env)?;
                let new = match &old {
                    v if ops::is_number(v) => {
                        ops::arith(if *up { BinOp::Add } else { BinOp::Sub }, v, &Value::Int(1))?.unwrap_or(Value::Null)
                    }
                    v => self.invoke(v, if *up { "next" } else { "previous" }, vec![])?,
                };
                self.store(target, new.clone(), env)?;
                Ok(if *prefix { new } else { old })
            }
            ExprKind::MultiAssign(targets, value) => {
                let v = self.eval(value, env)?;
                let items = self.items_of(&v)?;
                for (i, t) in targets.iter().enumerate() {
                    self.store(t, items.get(i).cloned().unwrap_or(Value::Null), env)?;
                }
                Ok(v)
            }
            ExprKind::InstanceOf(x, t) => {
                let v = self.eval(x, env)?;
                let name = self.type_name(t);
                Ok(Value::Bool(self.instance_of(&v, &name)))
            }
            ExprKind::As(x, t) => {
                let v = self.eval(x, env)?;
                self.as_type(v, t)
            }
            ExprKind::MethodPtr(obj, name) => {
                let obj = self.eval(obj, env)?;
                let name = self.member(name, env)?;
                Ok(Value::Closure(Rc::new(ClosureObj {
                    code: ClosureCode::Method { obj, name },
                    delegate: RefCell::new(None),
                    delegate_first: Cell::new(false),
                })))
            }
            ExprKind::NewArray { ty, sizes } => {
                let mut dims = Vec::new();
                let mut total = 1usize;
                for s in sizes {
                    let v = self.eval(s, env)?;
                    let n = ops::to_i64(&v).ok_or_else(|| illegal("the size of an array is not a number"))?;
                    if n < 0 {
                        return Err(crate::error::throw("java.lang.NegativeArraySizeException", n.to_string()));
                    }
                    total = total.saturating_mul((n as usize).max(1));
                    dims.push(n as usize);
                }
                self.charge(total.saturating_mul(24))?;
                Ok(new_array(&ty.name, ty.dims, &dims))
            }
            ExprKind::ArrayOf { ty, items } => {
                let v = self.eval_all(items, env)?;
                if ty.dims == 0 {
                    return Err(illegal("a group of values can only be assigned to"));
                }
                self.coerce_declared(Value::list(v), ty)
            }
            ExprKind::ClassLiteral(t) => Ok(Value::Class(self.type_name(t))),
            ExprKind::Spread(x) => self.eval(x, env),
            ExprKind::Super(_) => Ok(env.this().unwrap_or(Value::Null)),
            ExprKind::ConstructorCall { class, up, args } => self.constructor_call(class, *up, args, env),
            _ => Err(illegal("this cannot be evaluated here")),
        }
    }

    /// A chain of operators without one stack frame per operand.
    fn binary_chain(&mut self, e: &Expr, env: &Rc<Env>) -> R {
        let mut spine = Vec::new();
        let mut at = e;
        while let ExprKind::Binary(op, l, r) = &*at.kind {
            spine.push((*op, r));
            at = l;
        }
        let mut left = self.eval(at, env)?;
        while let Some((op, r)) = spine.pop() {
            let right = self.eval(r, env)?;
            left = self.binary(op, left, right)?;
        }
        Ok(left)
    }

    pub(crate) fn member(&mut self, m: &Member, env: &Rc<Env>) -> R<Name> {
        Ok(match m {
            Member::Fixed(n) => n.clone(),
            Member::Computed(e) => {
                let v = self.eval(e, env)?;
                self.to_text(&v)?.into()
            }
        })
    }

    fn index_key(&mut self, keys: &[Expr], env: &Rc<Env>) -> R {
        let mut v = self.eval_all(keys, env)?;
        Ok(match (v.len(), v.pop()) {
            (1, Some(one)) if !matches!(keys.first().map(|k| &*k.kind), Some(ExprKind::Spread(_))) => one,
            (_, last) => {
                v.extend(last);
                Value::list(v)
            }
        })
    }

    fn name(&mut self, n: &Name, env: &Rc<Env>) -> R {
        if let Some(v) = env.get(n) {
            return Ok(v);
        }
        self.name_outside(n, env)
    }

    fn property(&mut self, obj: &Expr, name: &Member, reach: Reach, attr: bool, env: &Rc<Env>) -> R {
        if let Some(class) = self.qualified(obj, name, env) {
            return Ok(Value::Class(class));
        }
        if let Some((i, n)) = self.own_field(obj, name, env) {
            return Ok(i.fields.borrow().get(&n).cloned().unwrap_or(Value::Null));
        }
        let o = self.eval(obj, env)?;
        let mut name = self.member(name, env)?;
        if attr {
            name = format!("@{name}").into();
        }
        match reach {
            Reach::Safe if o.is_null() => Ok(Value::Null),
            Reach::Spread => {
                if o.is_null() {
                    return Ok(Value::Null);
                }
                let mut out = Vec::new();
                for x in self.items_of(&o)? {
                    out.push(if x.is_null() { Value::Null } else { self.get_property(&x, &name)? });
                }
                Ok(Value::list(out))
            }
            _ => {
                if attr && let Value::Instance(i) = &o {
                    let v = i.fields.borrow().get(&name[1..]).cloned();
                    return v.ok_or_else(|| {
                        let class = crate::text::class_of(&o);
                        crate::error::throw(
                            "groovy.lang.MissingFieldException",
                            format!("No such field: {} for class: {class}", &name[1..]),
                        )
                    });
                }
                if attr && name.starts_with('@') && matches!(o, Value::Class(_)) {
                    return self.get_property(&o, &name[1..]);
                }
                self.get_property(&o, &name)
            }
        }
    }

    /// `a.b.C` as a class, unless `a` is a variable.
    fn qualified(&mut self, obj: &Expr, name: &Member, env: &Rc<Env>) -> Option<Name> {
        let Member::Fixed(last) = name else { return None };
        if !last.starts_with(char::is_uppercase) && &**last != "class" {
            return None;
        }
        let mut parts = vec![last.clone()];
        let mut at = obj;
        loop {
            match &*at.kind {
                ExprKind::Prop { obj, name: Member::Fixed(n), reach: Reach::Plain, attr: false } => {
                    parts.push(n.clone());
                    at = obj;
                }
                ExprKind::Name(n) => {
                    parts.push(n.clone());
                    break;
                }
                _ => return None,
            }
        }
        let first = parts.last()?;
        if !first.starts_with(char::is_lowercase) || env.get(first).is_some() {
            return None;
        }
        parts.reverse();
        if parts.last().is_some_and(|p| &**p == "class") {
            parts.pop();
        }
        let full = parts.iter().map(|p| &**p).collect::<Vec<_>>().join(".");
        // A package begins with small letters; nothing else in a script reads that way.
        let class = parts.iter().position(|p| p.starts_with(char::is_uppercase))? + 1 == parts.len();
        (class
            && parts.len() > 1
            && matches!(&*parts[0], "java" | "javax" | "groovy" | "com" | "org" | "net" | "io" | "src" | "de"))
        .then(|| full.into())
    }

    fn assign(&mut self, target: &Expr, op: Option<BinOp>, value: &Expr, env: &Rc<Env>) -> R {
        let v = match op {
            None => self.eval(value, env)?,
            Some(op) => {
                let old = self.eval(target, env)?;
                let new = self.eval(value, env)?;
                self.binary(op, old, new)?
            }
        };
        self.store(target, v.clone(), env)?;
        Ok(v)
    }

    fn store(&mut self, target: &Expr, v: Value, env: &Rc<Env>) -> R<()> {
        match &*target.kind {
            ExprKind::Name(n) => {
                let v = match env.type_of(n) {
                    Some(t) => self.coerce_declared(v, &t)?,
                    None => v,
                };
                if env.set(n, &v) {
                    return Ok(());
                }
                self.set_name_outside(n, v, env)
            }
            ExprKind::Prop { obj, name, reach, attr } => {
                if let Some((i, n)) = self.own_field(obj, name, env) {
                    return self.set_own_field(&i, n, v);
                }
                let o = self.eval(obj, env)?;
                let mut name = self.member(name, env)?;
                if o.is_null() {
                    if *reach == Reach::Safe {
                        return Ok(());
                    }
                    return Err(null_pointer(format!("Cannot set property '{name}' on null object")));
                }
                if *attr {
                    if let Value::Instance(i) = &o {
                        i.fields.borrow_mut().insert(name, v);
                        return Ok(());
                    }
                    name = format!("@{name}").into();
                }
                if *reach == Reach::Spread {
                    for x in self.items_of(&o)? {
                        self.set_property(&x, &name, v.clone())?;
                    }
                    return Ok(());
                }
                self.set_property(&o, &name, v)
            }
            ExprKind::Index(obj, keys) => {
                let o = self.eval(obj, env)?;
                let k = self.index_key(keys, env)?;
                self.index_set(&o, &k, v)
            }
            _ => Err(illegal("this cannot be assigned to")),
        }
    }
}

fn new_array(ty: &str, dims: u8, sizes: &[usize]) -> Value {
    let Some((n, rest)) = sizes.split_first() else { return Value::Null };
    if dims == 1 && ty == "byte" {
        return Value::bytes(vec![0; *n]);
    }
    let items = if rest.is_empty() {
        let first = crate::cast::initial(&crate::ast::TypeRef { name: ty.into(), dims: dims - 1 });
        vec![first; *n]
    } else {
        (0..*n).map(|_| new_array(ty, dims - 1, rest)).collect()
    };
    Value::array(&format!("{}{ty}", "[".repeat(usize::from(dims.saturating_sub(1)))), items)
}

fn constant(c: &Const) -> R {
    Ok(match c {
        Const::Null => Value::Null,
        Const::Bool(b) => Value::Bool(*b),
        Const::Int(n) => Value::Int(*n),
        Const::Long(n) => Value::Long(*n),
        Const::Double(d) => Value::Double(*d),
        Const::Float(d) => Value::Float(*d),
        Const::Str(s) => Value::str(s),
        Const::Big(s) => Value::BigInt(Rc::new(s.parse().map_err(|_| crate::error::number_format(s))?)),
        Const::Dec(s) => Value::dec(ops::parse_decimal(s).ok_or_else(|| crate::error::number_format(s))?),
    })
}
