//! `org.json`: `JSONObject`, `JSONArray`, `XML`.
use super::orgjson_text::{fail, read};
use super::orgjson_xml::{escape_xml, name_of, of_xml, to_xml};
use crate::free::Held;
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

pub(super) const MAX_DEPTH: u32 = 200;

/// A map in the order of Java's hashes.
pub(super) struct Object(pub(super) Rc<MapObj>);
pub(super) struct Array(pub(super) RefCell<Vec<Held>>);
struct Null;

/// `JSONObject.NULL`.
pub(super) fn null() -> Value {
    Value::object(Null)
}

/// An object of entries.
pub(super) fn object(entries: Vec<(String, Value)>) -> Value {
    let m = MapObj::new(MapKind::Hash);
    for (k, v) in entries {
        m.put(Value::str(k), v);
    }
    Value::object(Object(m))
}

/// An array of values.
pub(super) fn array(items: Vec<Value>) -> Value {
    Value::object(Array(RefCell::new(items.into_iter().map(Held).collect())))
}

/// Maps and lists become objects and arrays.
fn wrap(it: &mut Interpreter<'_>, v: &Value, depth: u32) -> R {
    if depth > MAX_DEPTH {
        return Err(fail("the value is nested too deeply"));
    }
    it.charge(32)?;
    Ok(match v {
        Value::Null => null(),
        Value::Map(m) => {
            let mut out = Vec::new();
            for (k, x) in m.entries() {
                if !x.is_null() {
                    out.push((text(&k), wrap(it, &x, depth + 1)?));
                }
            }
            object(out)
        }
        Value::List(_) | Value::Set(_) | Value::Range(_) => {
            let mut out = Vec::new();
            for x in it.items_of(v)? {
                out.push(wrap(it, &x, depth + 1)?);
            }
            array(out)
        }
        v => it.by_text(v)?,
    })
}

/// `new JSONObject(…)` and its like.
pub(super) fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (class, args) {
        ("org.json.JSONObject", []) => object(vec![]),
        ("org.json.JSONArray", []) => array(vec![]),
        ("org.json.JSONObject", [m @ Value::Map(_)])
        | ("org.json.JSONArray", [m @ (Value::List(_) | Value::Set(_))]) => wrap(it, m, 0)?,
        ("org.json.JSONObject" | "org.json.JSONTokener", [s]) => read(it, &text(s), '{')?,
        ("org.json.JSONArray", [s]) => read(it, &text(s), '[')?,
        _ => return Ok(None),
    }))
}

/// `XML.toJSONObject(…)`, `JSONObject.quote(…)`.
pub(super) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(match (class, name, args) {
        ("org.json.XML", "toJSONObject", [s, rest @ ..]) => {
            let s = text(s);
            it.charge(s.len() * 8)?;
            let doc = roxmltree::Document::parse(&s).map_err(|e| fail(e.to_string()))?;
            let root = doc.root_element();
            let strings = rest.first().is_some_and(ops::truth);
            let v = of_xml(root, strings, 0)?;
            Some(object(vec![(name_of(root, &s), v)]))
        }
        ("org.json.XML", "toString", [v, ..]) => {
            let mut out = String::new();
            to_xml(it, v, None, &mut out, 0)?;
            Some(Value::str(out))
        }
        ("org.json.XML", "escape", [s]) => Some(Value::str(escape_xml(&text(s)))),
        (_, "quote", [s]) => Some(Value::str(quote(&text(s)))),
        (_, "wrap", [v]) => Some(wrap(it, v, 0)?),
        (_, "valueToString", [v]) => {
            let mut out = String::new();
            write(it, v, &mut out, 0, 0, 0)?;
            Some(Value::str(out))
        }
        _ => None,
    })
}

fn quote(s: &str) -> String {
    let mut out = String::from("\"");
    let mut last = ' ';
    for c in s.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '/' if last == '<' => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || ('\u{80}'..'\u{a0}').contains(&c) || ('\u{2000}'..'\u{2100}').contains(&c) => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
        last = c;
    }
    out.push('"');
    out
}

fn write(it: &mut Interpreter<'_>, v: &Value, out: &mut String, indent: usize, at: usize, depth: u32) -> R<()> {
    if depth > MAX_DEPTH {
        return Err(fail("the value is nested too deeply"));
    }
    it.tick()?;
    it.charge(16)?;
    let line = |out: &mut String, n: usize| {
        if indent > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(n));
        }
    };
    if let Some(o) = v.downcast::<Object>() {
        let all = o.0.entries();
        out.push('{');
        for (i, (k, x)) in all.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            if all.len() > 1 {
                line(out, at + indent);
            }
            out.push_str(&quote(&text(k)));
            out.push(':');
            if indent > 0 {
                out.push(' ');
            }
            write(it, x, out, indent, if all.len() > 1 { at + indent } else { at }, depth + 1)?;
        }
        if all.len() > 1 {
            line(out, at);
        }
        out.push('}');
    } else if let Some(a) = v.downcast::<Array>() {
        let all: Vec<Value> = a.0.borrow().iter().map(|h| h.0.clone()).collect();
        out.push('[');
        for (i, x) in all.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            if all.len() > 1 {
                line(out, at + indent);
            }
            write(it, x, out, indent, if all.len() > 1 { at + indent } else { at }, depth + 1)?;
        }
        if all.len() > 1 {
            line(out, at);
        }
        out.push(']');
    } else {
        match v {
            Value::Null => out.push_str("null"),
            Value::Bool(_) => out.push_str(&text(v)),
            v if ops::is_number(v) => {
                let t = text(v);
                let short = t.strip_suffix(".0").unwrap_or(&t);
                out.push_str(short);
            }
            v if v.downcast::<Null>().is_some() => out.push_str("null"),
            Value::Map(_) | Value::List(_) => {
                let w = wrap(it, v, depth)?;
                write(it, &w, out, indent, at, depth + 1)?;
            }
            v => out.push_str(&quote(&it.to_text(v)?)),
        }
    }
    it.charge(out.len() / 1024)
}

/// `getString` and the like: a value as the method's name says.
fn typed(kind: &str, v: Option<Value>, shown: &str, default: Option<&Value>) -> R {
    let strict = default.is_none();
    let v = v.filter(|v| v.downcast::<Null>().is_none() || kind.is_empty());
    let missing = || fail(format!("JSONObject[{shown}] not found."));
    let Some(v) = v else { return default.cloned().map_or_else(|| Err(missing()), Ok) };
    let wrong = |what: &str| fail(format!("JSONObject[{shown}] is not a {what}."));
    let or = |good: Option<Value>, what: &str| match (good, default) {
        (Some(g), _) => Ok(g),
        (None, Some(d)) => Ok(d.clone()),
        (None, None) => Err(wrong(what)),
    };
    let number =
        |class: &str| crate::cast::number_as(&v, class).or_else(|| crate::cast::parse_number(&text(&v), class).ok());
    match kind {
        "String" if strict => or(v.as_str().map(Value::Str), "string"),
        "String" => Ok(Value::str(text(&v))),
        "Int" => or(number("java.lang.Integer"), "int"),
        "Long" => or(number("java.lang.Long"), "long"),
        "Double" => or(number("java.lang.Double"), "double"),
        "BigDecimal" => or(number("java.math.BigDecimal"), "BigDecimal"),
        "Boolean" => or(
            match &v {
                Value::Bool(_) => Some(v.clone()),
                v => match text(v).to_lowercase().as_str() {
                    "true" => Some(Value::Bool(true)),
                    "false" => Some(Value::Bool(false)),
                    _ => None,
                },
            },
            "Boolean",
        ),
        "JSONObject" => or(v.downcast::<Object>().map(|_| v.clone()), "JSONObject"),
        "JSONArray" => or(v.downcast::<Array>().map(|_| v.clone()), "JSONArray"),
        _ => Ok(v),
    }
}

fn default_of(kind: &str, given: Option<&Value>) -> Value {
    given.cloned().unwrap_or(match kind {
        "String" => Value::str(""),
        "Int" => Value::Int(0),
        "Long" => Value::Long(0),
        "Double" => Value::Double(f64::NAN),
        "Boolean" => Value::Bool(false),
        _ => Value::Null,
    })
}

fn show(it: &mut Interpreter<'_>, v: &Value, indent: Option<&Value>) -> R {
    let mut out = String::new();
    write(it, v, &mut out, indent.map_or(0, |i| int(Some(i)).clamp(0, 20) as usize), 0, 0)?;
    Ok(Value::str(out))
}

impl HostObject for Object {
    fn class_name(&self) -> &str {
        "org.json.JSONObject"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let key = Value::str(txt(args.first()));
        let shown = quote(&txt(args.first()));
        Ok(Some(match (name, args.len()) {
            ("put" | "putOpt" | "putOnce" | "putAt", 2) => {
                if args[1].is_null() {
                    self.0.remove(&key);
                } else {
                    let v = wrap(it, &args[1], 0)?;
                    self.0.put(key, v);
                }
                this.clone()
            }
            ("append" | "accumulate", 2) => {
                let v = wrap(it, &args[1], 0)?;
                match self.0.get(&key) {
                    Some(old) if old.downcast::<Array>().is_some() => {
                        if let Some(a) = old.downcast::<Array>() {
                            a.0.borrow_mut().push(Held(v));
                        }
                    }
                    Some(old) => {
                        self.0.put(key, array(vec![old, v]));
                    }
                    None => {
                        self.0.put(key, if name == "append" { array(vec![v]) } else { v });
                    }
                }
                this.clone()
            }
            ("has", 1) => Value::Bool(self.0.get(&key).is_some()),
            ("isNull", 1) => Value::Bool(self.0.get(&key).is_none_or(|v| v.downcast::<Null>().is_some())),
            ("remove", 1) => self.0.remove(&key).unwrap_or(Value::Null),
            ("keys", 0) => crate::objects::iterator(self.0.keys()),
            ("keySet", 0) => MapObj::set_of(MapKind::Hash, self.0.keys()),
            ("names", 0) => {
                if self.0.is_empty() {
                    Value::Null
                } else {
                    array(self.0.keys())
                }
            }
            ("length" | "size", 0) => Value::Int(self.0.len() as i32),
            ("isEmpty", 0) => Value::Bool(self.0.is_empty()),
            ("toString", 0 | 1) => show(it, this, args.first())?,
            ("toMap", 0) => {
                let slurper = it.construct("groovy.json.JsonSlurper", vec![])?;
                let t = show(it, this, None)?;
                it.invoke(&slurper, "parseText", vec![t])?
            }
            ("getAt", 1) => typed("", self.0.get(&key), &shown, None)?,
            (n, 1) if n.starts_with("get") => typed(&n[3..], self.0.get(&key), &shown, None)?,
            (n, 1 | 2) if n.starts_with("opt") => {
                let d = default_of(&n[3..], args.get(1));
                typed(&n[3..], self.0.get(&key), &shown, Some(&d))?
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        plain(&Value::object(Object(self.0.clone())))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Array {
    fn class_name(&self) -> &str {
        "org.json.JSONArray"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let i = int(args.first());
        let at = |i: i64| usize::try_from(i).ok().and_then(|i| self.0.borrow().get(i).map(|h| h.0.clone()));
        let shown = i.to_string();
        let array_words = |r: R| {
            r.map_err(|e| match &e {
                crate::value::Thrown::Exception(Value::Exception(x)) => {
                    fail(text(&x.message).replace("JSONObject[", "JSONArray["))
                }
                _ => e,
            })
        };
        Ok(Some(match (name, args.len()) {
            ("put" | "add" | "leftShift", 1) => {
                let v = wrap(it, &args[0], 0)?;
                self.0.borrow_mut().push(Held(v));
                this.clone()
            }
            ("put", 2) => {
                let v = wrap(it, &args[1], 0)?;
                let n = i.clamp(0, 10_000_000) as usize;
                it.charge(n * 32)?;
                let mut d = self.0.borrow_mut();
                while d.len() <= n {
                    d.push(Held(null()));
                }
                d[n] = Held(v);
                this.clone()
            }
            ("length" | "size", 0) => Value::Int(self.0.borrow().len() as i32),
            ("isEmpty", 0) => Value::Bool(self.0.borrow().is_empty()),
            ("isNull", 1) => Value::Bool(at(i).is_none_or(|v| v.downcast::<Null>().is_some())),
            ("remove", 1) => {
                let mut d = self.0.borrow_mut();
                match usize::try_from(i).ok().filter(|i| *i < d.len()) {
                    Some(i) => d.remove(i).0.clone(),
                    None => Value::Null,
                }
            }
            ("join", 1) => {
                let parts: Vec<String> = self.items().unwrap_or_default().iter().map(plain).collect();
                Value::str(parts.join(&txt(args.first())))
            }
            ("toString", 0 | 1) => show(it, this, args.first())?,
            ("toList", 0) => {
                let slurper = it.construct("groovy.json.JsonSlurper", vec![])?;
                let t = show(it, this, None)?;
                it.invoke(&slurper, "parseText", vec![t])?
            }
            ("getAt", 1) if ops::is_number(&args[0]) => array_words(typed("", at(i), &shown, None))?,
            (n, 1) if n.starts_with("get") && ops::is_number(&args[0]) => {
                array_words(typed(&n[3..], at(i), &shown, None))?
            }
            (n, 1 | 2) if n.starts_with("opt") => {
                let d = default_of(&n[3..], args.get(1));
                typed(&n[3..], at(i), &shown, Some(&d))?
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        plain(&array(self.items().unwrap_or_default()))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.0.borrow().iter().map(|h| h.0.clone()).collect())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The text without an interpreter at hand; what holds itself is cut.
fn plain(v: &Value) -> String {
    let mut out = String::new();
    plain_to(v, &mut out, 0, &mut 200_000);
    out
}

fn plain_to(v: &Value, out: &mut String, depth: u32, left: &mut u32) {
    *left = left.saturating_sub(1);
    if depth > MAX_DEPTH || *left == 0 {
        return out.push_str("...");
    }
    if let Some(o) = v.downcast::<Object>() {
        out.push('{');
        for (i, (k, x)) in o.0.entries().iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(&quote(&text(k)));
            out.push(':');
            plain_to(x, out, depth + 1, left);
        }
        out.push('}');
    } else if let Some(a) = v.downcast::<Array>() {
        out.push('[');
        for (i, x) in a.0.borrow().iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            plain_to(&x.0, out, depth + 1, left);
        }
        out.push(']');
    } else {
        match v {
            Value::Bool(_) => out.push_str(&text(v)),
            v if ops::is_number(v) => {
                let t = text(v);
                out.push_str(t.strip_suffix(".0").unwrap_or(&t));
            }
            v if v.downcast::<Null>().is_some() => out.push_str("null"),
            v => out.push_str(&quote(&text(v))),
        }
    }
}

impl HostObject for Null {
    fn class_name(&self) -> &str {
        "org.json.JSONObject$Null"
    }
    fn call_method(&self, _: &mut Interpreter<'_>, _: &Value, _: &str, _: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    fn text(&self) -> String {
        "null".into()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.is_null() || o.downcast::<Null>().is_some())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
