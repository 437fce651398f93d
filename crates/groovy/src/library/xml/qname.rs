//! `groovy.xml.QName` and `groovy.xml.Namespace`.
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::rc::Rc;

/// A name with its namespace.
pub(crate) struct QName {
    pub(crate) uri: Rc<str>,
    pub(crate) local: Rc<str>,
    pub(crate) prefix: Rc<str>,
}

/// A namespace that makes names by its properties.
pub(crate) struct Namespace {
    uri: String,
    prefix: String,
}

impl QName {
    /// A name as a value.
    pub(crate) fn value(uri: &str, local: &str, prefix: &str) -> Value {
        Value::object(QName { uri: uri.into(), local: local.into(), prefix: prefix.into() })
    }

    /// `new QName(…)`.
    pub(crate) fn construct(args: &[Value]) -> Option<Value> {
        Some(match args {
            [l] => QName::value("", &text(l), ""),
            [u, l] => {
                let l = text(l);
                QName::value(&text(u), super::tree::local(&l), super::tree::prefix(&l))
            }
            [u, l, p] => QName::value(&text(u), &text(l), &text(p)),
            _ => return None,
        })
    }

    /// `QName.valueOf('{u}a')`.
    pub(crate) fn parse(s: &str) -> Value {
        match s.strip_prefix('{').and_then(|s| s.split_once('}')) {
            Some((u, l)) => QName::value(u, l, ""),
            None => QName::value("", s, ""),
        }
    }

    /// Prefix and name.
    pub(crate) fn qualified(&self) -> String {
        if self.prefix.is_empty() { self.local.to_string() } else { format!("{}:{}", self.prefix, self.local) }
    }

    /// Whether this name, which may have stars, means the other.
    pub(crate) fn matches(&self, other: &QName) -> bool {
        (&*self.uri == "*" || &*other.uri == "*" || self.uri == other.uri)
            && (&*self.local == "*" || &*other.local == "*" || self.local == other.local)
    }

    /// Whether a text with a prefix or a namespace means this name; a star stands for any.
    pub(crate) fn matches_text(&self, s: &str) -> bool {
        match s.rsplit_once(':') {
            Some((p, l)) if !l.is_empty() => {
                (p == "*" || *p == *self.prefix || *p == *self.uri) && (l == "*" || *l == *self.local)
            }
            _ => self.prefix.is_empty() && *s == *self.local,
        }
    }
}

impl HostObject for QName {
    fn class_name(&self) -> &str {
        "groovy.xml.QName"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getLocalPart", []) => Value::Str(self.local.clone()),
            ("getNamespaceURI", []) => Value::Str(self.uri.clone()),
            ("getPrefix", []) => Value::Str(self.prefix.clone()),
            ("getQualifiedName", []) => Value::str(self.qualified()),
            ("matches", [v]) => Value::Bool(match v.downcast::<QName>() {
                Some(q) => self.matches(q),
                None => self.matches_text(&text(v)),
            }),
            ("hashCode", []) => Value::Int(crate::ops::java_hash(&Value::str(self.text()))),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        if self.uri.is_empty() { self.local.to_string() } else { format!("{{{}}}{}", self.uri, self.local) }
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        if let Some(q) = other.downcast::<QName>() {
            return Some(q.uri == self.uri && q.local == self.local);
        }
        let Some(s) = other.as_str() else { return Some(false) };
        Some(s.rsplit_once(':').is_some_and(|(p, l)| (*p == *self.prefix || *p == *self.uri) && *l == *self.local))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Namespace {
    /// `new Namespace(uri, prefix)`.
    pub(crate) fn construct(args: &[Value]) -> Value {
        let prefix = args.get(1).filter(|p| !p.is_null());
        Value::object(Namespace { uri: txt(args.first()).trim().to_string(), prefix: txt(prefix).trim().to_string() })
    }

    fn name(&self, local: &str) -> Value {
        QName::value(&self.uri, local, &self.prefix)
    }
}

impl HostObject for Namespace {
    fn class_name(&self) -> &str {
        "groovy.xml.Namespace"
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        Ok(Some(match name {
            "uri" => Value::str(&self.uri),
            "prefix" => Value::str(&self.prefix),
            "class" => return Ok(None),
            n => self.name(n),
        }))
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("get" | "getAt" | "getProperty", [n]) => self.name(&text(n)),
            ("getUri", []) => Value::str(&self.uri),
            ("getPrefix", []) => Value::str(&self.prefix),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
