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
                c.delegate.replace(Some(v));
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
