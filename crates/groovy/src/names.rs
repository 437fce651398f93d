//! Names: classes by imports, variables outside the scopes, and what a delegate has.
use crate::ast::{Expr, ExprKind, Member, TypeRef};
use crate::env::Env;
use crate::error::no_property;
use crate::instance::OUTER;
use crate::interp::Interpreter;
use crate::members::{find_static, getter, has_static};
use crate::text::class_of;
use crate::token::Name;
use crate::value::{ClosureObj, Instance, R, Value};
use std::rc::Rc;

impl Interpreter<'_> {
    /// The full name of a class as the script's imports have it.
    pub(crate) fn resolve(&mut self, name: &str) -> Option<Name> {
        if let Some(found) = self.names.get(name) {
            return found.clone();
        }
        let found = self.resolve_new(name);
        self.names.insert(name, found.clone());
        found
    }

    fn resolve_new(&mut self, name: &str) -> Option<Name> {
        if let Some(c) = self.class_named(name) {
            return Some(c.decl.name.clone());
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
        let imports: Vec<crate::ast::Import> = self.imports().cloned().collect();
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

    /// The imports of the script and of what it evaluated.
    pub(crate) fn imports(&self) -> impl Iterator<Item = &crate::ast::Import> {
        // Companions and evaluated sources bring their own; those of the script itself come first.
        let units = [&self.program.unit].into_iter().chain(&self.program.companions).chain(&self.evaluated);
        units.flat_map(|u| &u.imports)
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
                let closures = env.closures();
                if let Some(c) = closures.first() {
                    let d = c.delegate.borrow().clone();
                    let owner = closures.get(1).map_or(this.clone(), |c| Value::Closure(c.clone()));
                    return Ok(match &**n {
                        "delegate" => d.unwrap_or(owner),
                        "owner" => owner,
                        _ => this,
                    });
                }
            }
            _ => {}
        }
        let closures = env.closures();
        // The compiler knows a class by its name before any delegate is asked.
        let class = n.starts_with(char::is_uppercase) && self.resolve(n).is_some();
        for c in closures.iter().filter(|c| c.delegate_first.get() && !class) {
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
        match &**n {
            "binding" => return Ok(crate::shell::own_binding()),
            "properties" => {
                let class = Value::Class(crate::parser::SCRIPT.into());
                return Ok(Value::map(vec![("class".into(), class), ("binding".into(), crate::shell::own_binding())]));
            }
            "metaClass" => return Ok(crate::meta::meta_class(&this.clone().unwrap_or(Value::Null))),
            _ => {}
        }
        for i in self.imports().filter(|i| i.is_static).cloned().collect::<Vec<_>>() {
            let (class, member) = if i.star {
                (&*i.path, None)
            } else {
                i.path.rsplit_once('.').map_or((&*i.path, None), |(c, m)| (c, Some(m)))
            };
            if member.is_none() || i.alias.as_deref().or(member) == Some(n) {
                let class = self.resolve(class).unwrap_or_else(|| class.into());
                let found = match self.static_property(&class, member.unwrap_or(n))? {
                    Some(v) => Some(v),
                    None => self.class_named(&class).and_then(|c| find_static(&c, member.unwrap_or(n))),
                };
                if let Some(v) = found {
                    return Ok(v);
                }
            }
        }
        for c in &closures {
            if let Some(v) = self.delegate_property(c, n)? {
                return Ok(v);
            }
        }
        if let Some(t @ Value::Instance(_)) = &this {
            return self.get_property(t, n);
        }
        let class = this
            .map_or_else(|| "Script1".into(), |t| if let Value::Class(c) = &t { c.to_string() } else { class_of(&t) });
        Err(no_property(n, &class))
    }

    pub(crate) fn delegate_property(&mut self, c: &Rc<ClosureObj>, n: &str) -> R<Option<Value>> {
        let Some(d) = c.delegate.borrow().clone() else { return Ok(None) };
        match &d {
            Value::Map(m) => Ok(m.get_str(n)),
            // Getters of builders would make elements: only Java's own classes are asked.
            Value::Object(o) => match o.clone().get_property(self, &d, n)? {
                None if o.class_name().starts_with("java") => o.clone().call_method(self, &d, &getter(n), &[]),
                found => Ok(found),
            },
            Value::Instance(_) => self.member_of_this(&d, n),
            _ => Ok(self.get_property(&d, n).ok()),
        }
    }

    /// `this.name` in a method of a class that declares such a field: the field itself, not its getter or setter.
    pub(crate) fn own_field(&self, obj: &Expr, name: &Member, env: &Rc<Env>) -> Option<(Rc<Instance>, Name)> {
        let (ExprKind::Name(this), Member::Fixed(n)) = (&*obj.kind, name) else { return None };
        if &**this != "this" {
            return None;
        }
        let Some(Value::Instance(i)) = env.this() else { return None };
        let mut class = Some(i.class.clone());
        while let Some(c) = class {
            if c.decl.fields.iter().any(|f| f.name == *n && !f.is_static) {
                let held = i.fields.borrow().contains_key(n) && env.closures().is_empty();
                return held.then(|| (i.clone(), n.clone()));
            }
            class = c.parent.clone();
        }
        None
    }

    /// Sets such a field.
    pub(crate) fn set_own_field(&mut self, i: &Rc<Instance>, name: Name, v: Value) -> R<()> {
        if crate::members::final_field(&i.class, &name) {
            return self.set_property(&Value::Instance(i.clone()), &name, v);
        }
        let v = match crate::members::field_type(&i.class, &name) {
            Some(t) => self.coerce_declared(v, &t)?,
            None => v,
        };
        let old = i.fields.borrow_mut().insert(name, v);
        drop(old);
        Ok(())
    }

    pub(crate) fn member_of_this(&mut self, this: &Value, n: &str) -> R<Option<Value>> {
        match this {
            Value::Instance(i) => {
                if let Some(v) = i.fields.borrow().get(n) {
                    return Ok(Some(v.clone()));
                }
                for g in [getter(n), format!("is{}", &getter(n)[3..])] {
                    if !i.class.methods(&g).is_empty() {
                        return self.invoke(this, &g, vec![]).map(Some);
                    }
                }
                if let Some(v) = find_static(&i.class, n) {
                    return Ok(Some(v));
                }
                let outer = i.fields.borrow().get(OUTER).cloned();
                if let Some(o) = outer {
                    return self.member_of_this(&o, n);
                }
                let outer = i.class.decl.outer.clone();
                outer.map_or(Ok(None), |o| self.member_of_this(&Value::Class(o), n))
            }
            Value::Class(c) => {
                let Some(class) = self.classes.get(c).cloned() else { return Ok(None) };
                if let Some(v) = find_static(&class, n) {
                    return Ok(Some(v));
                }
                let statics: Vec<_> = class.methods(&getter(n)).iter().filter(|m| m.is_static).cloned().collect();
                if let Some(m) = self.pick(&statics, &[]) {
                    return self.run_method(&m, vec![], Some(this.clone()), None).map(Some);
                }
                let outer = class.decl.outer.clone();
                outer.map_or(Ok(None), |o| self.member_of_this(&Value::Class(o), n))
            }
            _ => Ok(None),
        }
    }

    /// Sets a member of the objects and classes around, or one with a setter; false if there is none.
    fn set_outer(&mut self, this: &Value, n: &str, v: &Value) -> R<bool> {
        let mut at = this.clone();
        for _ in 0..50 {
            let next = match &at {
                Value::Instance(i) => {
                    let setter = format!("s{}", &getter(n)[1..]);
                    if i.fields.borrow().contains_key(n)
                        || has_static(&i.class, n)
                        || !i.class.methods(&setter).is_empty()
                    {
                        return self.set_property(&at, n, v.clone()).map(|()| true);
                    }
                    let outer = i.fields.borrow().get(OUTER).cloned();
                    outer.or_else(|| i.class.decl.outer.clone().map(Value::Class))
                }
                Value::Class(c) => match self.classes.get(c).cloned() {
                    Some(class) if has_static(&class, n) => return self.set_property(&at, n, v.clone()).map(|()| true),
                    Some(class) => class.decl.outer.clone().map(Value::Class),
                    None => None,
                },
                _ => None,
            };
            let Some(next) = next else { return Ok(false) };
            at = next;
        }
        Ok(false)
    }

    pub(crate) fn set_name_outside(&mut self, n: &Name, v: Value, env: &Rc<Env>) -> R<()> {
        if let Some(this) = env.this() {
            match &this {
                Value::Instance(i) if i.fields.borrow().contains_key(n) => {
                    // Inside the class a field is set as it is, without its setter.
                    let v = match crate::members::field_type(&i.class, n) {
                        Some(t) => self.coerce_declared(v, &t)?,
                        None => v,
                    };
                    let old = i.fields.borrow_mut().insert(n.clone(), v);
                    drop(old);
                    return Ok(());
                }
                Value::Instance(i) if has_static(&i.class, n) => return self.set_property(&this, n, v),
                Value::Class(c) if self.classes.get(c).is_some_and(|c| has_static(c, n)) => {
                    return self.set_property(&this, n, v);
                }
                Value::Instance(_) | Value::Class(_) if self.set_outer(&this, n, &v)? => return Ok(()),
                _ => {}
            }
        }
        if self.script_fields.set(n, &v) {
            return Ok(());
        }
        for c in env.closures().iter().filter(|c| c.delegate_first.get()) {
            let d = c.delegate.borrow().clone();
            if let Some(d @ (Value::Map(_) | Value::Instance(_) | Value::Object(_))) = d {
                return self.set_property(&d, n, v);
            }
        }
        self.globals.declare(n.clone(), v);
        Ok(())
    }
}
