//! Members: properties, fields and statics, with what every object of a class of the script has.
use crate::ast::TypeRef;
use crate::error::{no_property, null_pointer};
use crate::interp::Interpreter;
use crate::text::{class_of, text};
use crate::value::{ClassObj, Instance, R, Thrown, Value};
use std::rc::Rc;

impl Interpreter<'_> {
    pub(crate) fn instance_method(
        &mut self,
        recv: &Value,
        i: &Rc<Instance>,
        name: &str,
        args: &[Value],
    ) -> R<Option<Value>> {
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
                "initCause" => {
                    i.fields.borrow_mut().insert("cause".into(), args.first().cloned().unwrap_or(Value::Null));
                    return Ok(Some(recv.clone()));
                }
                "addSuppressed" => return Ok(Some(Value::Null)),
                "getSuppressed" => return Ok(Some(Value::array("Throwable", vec![]))),
                "getStackTrace" | "printStackTrace" | "setStackTrace" | "fillInStackTrace" => {
                    return crate::trace::method(self, recv, name, args);
                }
                _ => {}
            }
        }
        match (name, args) {
            ("getClass", []) => return Ok(Some(Value::Class(i.class.decl.name.clone()))),
            ("getProperties", []) => return crate::properties::all(self, recv, i).map(Some),
            ("hasProperty", [n]) => {
                let n = text(n);
                let has = i.fields.borrow().contains_key(n.as_str()) || !i.class.methods(&getter(&n)).is_empty();
                return Ok(Some(if has { Value::str(n) } else { Value::Null }));
            }
            ("respondsTo", [n, ..]) => {
                let all = i.class.methods(&text(n));
                return Ok(Some(Value::list(all.iter().map(|m| Value::str(&m.name)).collect())));
            }
            ("getDeclaringClass", []) if i.class.decl.is_enum => {
                return Ok(Some(Value::Class(i.class.decl.name.clone())));
            }
            ("next" | "previous", []) if i.fields.borrow().contains_key("$ordinal") => {
                let class = match &i.class.parent {
                    Some(p) if i.class.env.is_some() => p.clone(),
                    _ => i.class.clone(),
                };
                let at = i.fields.borrow().get("$ordinal").and_then(crate::ops::to_i64).unwrap_or(0);
                let n = class.decl.constants.len().max(1) as i64;
                let to = (at + if name == "next" { 1 } else { n - 1 }) % n;
                let constant = class.decl.constants.get(to as usize).map(|c| c.name.clone());
                return Ok(constant.and_then(|c| find_static(&class, &c)));
            }
            _ => {}
        }
        if let (Some(p), true) = (name.strip_prefix("get").or_else(|| name.strip_prefix("is")), args.is_empty())
            && p.starts_with(char::is_uppercase)
        {
            // `isX` only where X is a boolean.
            let p = decapitalize(p);
            let boolean =
                || field_type(&i.class, &p).is_some_and(|t| t.dims == 0 && matches!(&*t.name, "boolean" | "Boolean"));
            if let Some(v) = i.fields.borrow().get(p.as_str()).filter(|_| name.starts_with("get") || boolean()) {
                return Ok(Some(v.clone()));
            }
            if let Some(c) = static_owner(&i.class, &p) {
                return Ok(c.statics.borrow().get(p.as_str()).cloned());
            }
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
        if self.meta.active
            && !matches!(o, Value::Map(_) | Value::Null)
            && let Some(v) = self.added_property(o, name)?
        {
            return Ok(v);
        }
        match o {
            Value::Null => Err(null_pointer(format!("Cannot get property '{name}' on null object"))),
            Value::Map(m) => match m.get_str(name) {
                Some(v) => Ok(v),
                None => {
                    let d = m.default.borrow().clone();
                    match d {
                        Some(f) => {
                            let v = self.invoke(&f, "call", vec![Value::str(name)])?;
                            m.put(Value::str(name), v.clone());
                            Ok(v)
                        }
                        None => Ok(Value::Null),
                    }
                }
            },
            Value::Instance(i) => self.instance_property(o, i, name),
            Value::Class(c) => {
                let c = c.clone();
                if let Some(v) = self.member_of_this(o, name)? {
                    return Ok(v);
                }
                if &*c == crate::parser::SCRIPT {
                    return self.script_property(name);
                }
                if let Some(class) = self.classes.get(&c).cloned() {
                    if name == "instance" && class.noted(&["Singleton"]) {
                        let v = self.instantiate(&class, vec![])?;
                        class.statics.borrow_mut().insert("instance".into(), v.clone());
                        return Ok(v);
                    }
                    if let Some(inner) = self.classes.get(&*format!("{c}${name}")) {
                        return Ok(Value::Class(inner.decl.name.clone()));
                    }
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
                        self.property_missing(o, name)
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
                    None => self.property_missing(o, name),
                }
            }
        }
    }

    /// A property of the script itself: a variable of the binding or a field.
    fn script_property(&mut self, name: &str) -> R {
        if let Some(v) = self.script_fields.get(name).or_else(|| self.host.binding(name)) {
            return Ok(v);
        }
        match name {
            "class" => Ok(Value::Class(crate::parser::SCRIPT.into())),
            "metaClass" => Ok(crate::meta::meta_class(&Value::Class(crate::parser::SCRIPT.into()))),
            "binding" => Ok(crate::shell::own_binding()),
            "name" | "simpleName" | "canonicalName" => Ok(Value::str(crate::parser::SCRIPT)),
            "superclass" => Ok(Value::Class("groovy.lang.Script".into())),
            n => Err(no_property(n, crate::parser::SCRIPT)),
        }
    }

    fn instance_property(&mut self, o: &Value, i: &Rc<Instance>, name: &str) -> R {
        let own = i.class.methods("getProperty").first().cloned();
        if let Some(m) = own.filter(|_| name != "class") {
            return self.run_method(&m, vec![Value::str(name)], Some(o.clone()), i.class.env.clone());
        }
        match name {
            "class" => return Ok(Value::Class(i.class.decl.name.clone())),
            "metaClass" => return Ok(crate::meta::meta_class(o)),
            _ => {}
        }
        let g = getter(name);
        for g in [g.clone(), format!("is{}", &g[3..])] {
            let all = i.class.methods(&g);
            if let Some(m) = self.pick(&all, &[]) {
                return self.run_method(&m, vec![], Some(o.clone()), i.class.env.clone());
            }
        }
        if let Some(v) = i.fields.borrow().get(name) {
            return Ok(v.clone());
        }
        if let Some(v) = find_static(&i.class, name) {
            return Ok(v);
        }
        for t in &i.class.traits {
            if let Some(v) = find_static(t, name) {
                return Ok(v);
            }
        }
        if let Some(v) = self.instance_method(o, i, &g, &[])? {
            return Ok(v);
        }
        let base = i.fields.borrow().get(crate::instance::BASE).cloned();
        if let Some(b) = base {
            return self.get_property(&b, name);
        }
        let missing = i.class.methods("propertyMissing");
        if let Some(m) = missing.iter().find(|m| m.params.len() == 1) {
            return self.run_method(&m.clone(), vec![Value::str(name)], Some(o.clone()), i.class.env.clone());
        }
        for f in i.class.decl.fields.iter().filter(|f| f.notes.iter().any(|n| n.name.ends_with("Delegate"))) {
            let to = i.fields.borrow().get(&f.name).cloned();
            if let Some(to) = to {
                return self.get_property(&to, name);
            }
        }
        self.property_missing(o, name)
    }

    /// Writes a property of a value.
    pub fn set_property(&mut self, o: &Value, name: &str, v: Value) -> R<()> {
        match o {
            Value::Null => Err(null_pointer(format!("Cannot set property '{name}' on null object"))),
            Value::Map(m) => {
                let before = m.len();
                m.put(Value::str(name), v);
                crate::gdk::settle(self, m, before)
            }
            Value::Instance(i) => {
                if let Some(m) = i.class.methods("setProperty").first().cloned() {
                    return self.run_method(&m, vec![Value::str(name), v], Some(o.clone()), None).map(|_| ());
                }
                let setter = format!("s{}", &getter(name)[1..]);
                let own = i.class.methods(&setter);
                if self.pick(&own, std::slice::from_ref(&v)).is_some() {
                    return self.invoke(o, &setter, vec![v]).map(|_| ());
                }
                if name == "metaClass" {
                    return Ok(());
                }
                if self.set_added_property(o, name, &v)? {
                    return Ok(());
                }
                if final_field(&i.class, name) && i.fields.borrow().get(name).is_some() {
                    return Err(crate::error::throw(
                        "groovy.lang.ReadOnlyPropertyException",
                        format!("Cannot set readonly property: {name} for class: {}", class_of(o)),
                    ));
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
                    let base = i.fields.borrow().get(crate::instance::BASE).cloned();
                    if let Some(b) = base {
                        return self.set_property(&b, name, v);
                    }
                    let missing = i.class.methods("propertyMissing");
                    if let Some(m) = missing.iter().find(|m| m.params.len() == 2) {
                        let args = vec![Value::str(name), v];
                        return self.run_method(&m.clone(), args, Some(o.clone()), None).map(|_| ());
                    }
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
                None if self
                    .classes
                    .get(c)
                    .is_some_and(|k| !k.methods(&format!("s{}", &getter(name)[1..])).is_empty()) =>
                {
                    self.invoke(o, &format!("s{}", &getter(name)[1..]), vec![v]).map(|_| ())
                }
                None if &**c == crate::parser::SCRIPT => {
                    if !self.script_fields.set(name, &v) {
                        self.globals.declare(name.into(), v);
                    }
                    Ok(())
                }
                None => Err(no_property(name, c)),
            },
            Value::Object(obj) => {
                let v = self.settled(&v)?;
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
                c.delegate.replace(Some(v));
                Ok(())
            }
            Value::Closure(c) if name == "resolveStrategy" => {
                c.delegate_first.set(matches!(v, Value::Int(1 | 3)));
                Ok(())
            }
            _ => {
                if let (Value::Entry(e), "value") = (o, name) {
                    e.set_value(v);
                    return Ok(());
                }
                let setter = format!("s{}", &getter(name)[1..]);
                match crate::gdk::call(self, o, &setter, &[v])? {
                    Some(_) => Ok(()),
                    None => Err(no_property(name, &class_of(o))),
                }
            }
        }
    }
}

pub(crate) fn set_exception_fields(i: &Rc<Instance>, args: &[Value]) {
    for a in args {
        // The text may read these fields: no borrow is held meanwhile.
        let (name, v) = match a {
            Value::Exception(_) | Value::Instance(_) => ("cause", a.clone()),
            v => ("message", Value::str(text(v))),
        };
        i.fields.borrow_mut().insert(name.into(), v);
    }
}

pub(crate) fn find_static(c: &Rc<ClassObj>, n: &str) -> Option<Value> {
    static_owner(c, n).and_then(|c| c.statics.borrow().get(n).cloned())
}

pub(crate) fn has_static(c: &Rc<ClassObj>, n: &str) -> bool {
    static_owner(c, n).is_some()
}

fn static_owner(c: &Rc<ClassObj>, n: &str) -> Option<Rc<ClassObj>> {
    if c.statics.borrow().contains_key(n) {
        return Some(c.clone());
    }
    c.traits.iter().chain(&c.parent).find_map(|p| static_owner(p, n))
}

/// Whether a field is final.
pub(crate) fn final_field(c: &Rc<ClassObj>, n: &str) -> bool {
    match c.decl.fields.iter().find(|f| &*f.name == n) {
        Some(f) => f.is_final && (f.init.is_some() || c.noted(&["Immutable"])),
        None => c.parent.as_ref().is_some_and(|p| final_field(p, n)),
    }
}

pub(crate) fn field_type(c: &Rc<ClassObj>, n: &str) -> Option<TypeRef> {
    c.decl
        .fields
        .iter()
        .find(|f| &*f.name == n)
        .map_or_else(|| c.parent.as_ref().and_then(|p| field_type(p, n)), |f| f.ty.clone())
}

/// `getName` of `name`.
pub(crate) fn getter(name: &str) -> String {
    let mut c = name.chars();
    c.next().map_or_else(|| "get".into(), |f| format!("get{}{}", f.to_uppercase(), c.as_str()))
}

/// `name` of `Name`.
pub(crate) fn decapitalize(s: &str) -> String {
    let mut c = s.chars();
    c.next().map_or_else(String::new, |f| format!("{}{}", f.to_lowercase(), c.as_str()))
}
