//! Names: classes by imports, variables outside the scopes, and what a delegate has.
use crate::ast::TypeRef;
use crate::env::Env;
use crate::error::no_property;
use crate::interp::Interpreter;
use crate::members::{find_static, getter, has_static};
use crate::text::class_of;
use crate::token::Name;
use crate::value::{ClosureObj, R, Value};
use std::rc::Rc;

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
        // Companions bring their own imports; those of the script itself come first.
        let program = self.program;
        let imports = || [&program.unit].into_iter().chain(&program.companions).flat_map(|u| &u.imports);
        for i in imports().filter(|i| !i.is_static && !i.star) {
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
            if crate::classes::always_imported(full) || imports().any(|i| i.star && &*i.path == package) {
                return Some(full.into());
            }
        }
        let host = self.host.clone();
        imports()
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

    pub(crate) fn delegate_property(&mut self, c: &Rc<ClosureObj>, n: &str) -> R<Option<Value>> {
        let Some(d) = c.delegate.borrow().clone() else { return Ok(None) };
        match &d {
            Value::Map(m) => Ok(m.get_str(n)),
            Value::Object(o) => o.clone().get_property(self, &d, n),
            Value::Instance(_) => self.member_of_this(&d, n),
            _ => Ok(self.get_property(&d, n).ok()),
        }
    }

    pub(crate) fn member_of_this(&mut self, this: &Value, n: &str) -> R<Option<Value>> {
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
}
