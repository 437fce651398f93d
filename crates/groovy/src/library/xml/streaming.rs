//! StreamingMarkupBuilder: XML written by calls whose names are the elements, with prefixes as properties.
use super::gpath::GPath;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{ClosureObj, HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// `groovy.xml.StreamingMarkupBuilder`.
#[derive(Default)]
pub(crate) struct Builder {
    encoding: RefCell<Option<String>>,
    double: Cell<bool>,
    expand: Cell<bool>,
}

/// What `bind` gives: the text, already written.
pub(crate) struct Bound(Rc<str>);

/// The delegate of the closures: one document being written.
pub(crate) struct Streaming {
    out: RefCell<String>,
    encoding: Option<String>,
    quote: char,
    expand: bool,
    /// Prefixes in scope and those that wait for the next element; the default namespace has the prefix `:`.
    scope: RefCell<Vec<(String, String)>>,
    pending: RefCell<Vec<(String, String)>>,
    prefix: RefCell<String>,
    fresh: Cell<u32>,
}

/// An open element.
pub(crate) struct Tag {
    name: String,
    empty: bool,
    scope: usize,
}

/// `out`, `namespaces` and the like: what `<<` does inside a document.
struct Into {
    builder: Value,
    what: &'static str,
}

const HELPERS: &[&str] = &["out", "unescaped", "namespaces", "comment", "pi"];

impl Builder {
    fn bind(&self, it: &mut Interpreter<'_>, f: &Value, arg: Option<Value>) -> R {
        let s = Streaming {
            out: RefCell::default(),
            encoding: self.encoding.borrow().clone(),
            quote: if self.double.get() { '"' } else { '\'' },
            expand: self.expand.get(),
            scope: RefCell::default(),
            pending: RefCell::default(),
            prefix: RefCell::default(),
            fresh: Cell::new(0),
        };
        let doc = Rc::new(s);
        let this = Value::Object(doc.clone());
        match arg {
            Some(v) => doc.put(it, &this, &v)?,
            None => doc.run(it, &this, f, this.clone())?,
        }
        let out = doc.out.take();
        Ok(Value::object(Bound(out.into())))
    }
}

/// The text of a path as a document, as `XmlUtil` needs it.
pub(crate) fn text_of(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    let b = Builder::default();
    b.encoding.replace(Some("UTF-8".into()));
    let bound = b.bind(it, &Value::Null, Some(v.clone()))?;
    Ok(format!("<?xml version='1.0' encoding='UTF-8'?>\n{}", text(&bound)))
}

impl HostObject for Builder {
    fn class_name(&self) -> &str {
        "groovy.xml.StreamingMarkupBuilder"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("bind", [f]) => self.bind(it, f, None)?,
            ("bindNode", [v]) => self.bind(it, &Value::Null, Some(v.clone()))?,
            ("setEncoding", [v]) => {
                self.encoding.replace((!v.is_null()).then(|| text(v)));
                Value::Null
            }
            ("getEncoding", []) => self.encoding.borrow().as_ref().map_or(Value::Null, Value::str),
            ("setUseDoubleQuotes", [v]) => {
                self.double.set(crate::ops::truth(v));
                Value::Null
            }
            ("getUseDoubleQuotes" | "isUseDoubleQuotes", []) => Value::Bool(self.double.get()),
            ("setExpandEmptyElements", [v]) => {
                self.expand.set(crate::ops::truth(v));
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Bound {
    fn class_name(&self) -> &str {
        "groovy.lang.Closure$WritableClosure"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match (name, args) {
            ("toString", []) => Some(Value::Str(self.0.clone())),
            ("writeTo", [w]) => {
                it.invoke(w, "write", vec![Value::Str(self.0.clone())])?;
                Some(w.clone())
            }
            _ => None,
        })
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "groovy.lang.Writable" | "groovy.lang.Closure") || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Streaming {
    fn raw(&self, it: &mut Interpreter<'_>, s: &str) -> R<()> {
        it.charge(s.len())?;
        self.out.borrow_mut().push_str(s);
        Ok(())
    }

    /// Text with what has a meaning in XML, or is not in the encoding, written as references.
    fn escape(&self, s: &str, attribute: bool) -> String {
        let ascii = self.encoding.as_deref().is_none_or(|e| !e.to_uppercase().starts_with("UTF"));
        let latin = self.encoding.as_deref().is_some_and(|e| e.eq_ignore_ascii_case("ISO-8859-1"));
        let mut out = String::with_capacity(s.len());
        for c in s.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '\'' if attribute && self.quote == '\'' => out.push_str("&apos;"),
                '"' if attribute && self.quote == '"' => out.push_str("&quot;"),
                '\n' | '\r' | '\t' if attribute => out.push_str(&format!("&#{:02};", c as u32)),
                c if ascii && !c.is_ascii() && !(latin && (c as u32) < 256) => {
                    out.push_str(&format!("&#x{:x};", c as u32));
                }
                c => out.push(c),
            }
        }
        out
    }

    /// Writes text.
    pub(crate) fn escaped(&self, it: &mut Interpreter<'_>, s: &str) -> R<()> {
        let s = self.escape(s, false);
        self.raw(it, &s)
    }

    /// Calls a closure of the script for what it writes.
    pub(crate) fn run(&self, it: &mut Interpreter<'_>, builder: &Value, f: &Value, arg: Value) -> R<()> {
        let Value::Closure(f) = f else { return self.put(it, builder, f) };
        let f: Rc<ClosureObj> = f.clone();
        crate::gdk::with_delegate(it, &f, builder.clone(), vec![arg], false).map(|_| ())
    }

    /// Writes a value: elements of documents as XML, closures run, everything else as text.
    pub(crate) fn put(&self, it: &mut Interpreter<'_>, builder: &Value, v: &Value) -> R<()> {
        it.tick()?;
        match v {
            Value::Null => Ok(()),
            Value::Closure(_) => self.run(it, builder, v, builder.clone()),
            Value::List(_) | Value::Set(_) => {
                for x in it.items_of(v)? {
                    self.put(it, builder, &x)?;
                }
                Ok(())
            }
            Value::Object(_) if v.downcast::<GPath>().is_some() => match v.downcast::<GPath>() {
                Some(g) => g.build(it, self, builder),
                None => Ok(()),
            },
            // Groovy walks over the children of a node, which are no XML for this builder.
            Value::Object(_) if v.downcast::<super::node::Node>().is_some() => {
                for x in it.items_of(v)? {
                    let t = it.to_text(&x)?;
                    self.escaped(it, &t)?;
                }
                Ok(())
            }
            v => {
                let t = it.to_text(v)?;
                self.escaped(it, &t)
            }
        }
    }

    /// A prefix in scope that means a namespace.
    pub(crate) fn prefix_of(&self, uri: &str) -> Option<String> {
        if uri == super::read::XML_URI {
            return Some("xml".into());
        }
        let pending = self.pending.borrow();
        let scope = self.scope.borrow();
        let hidden = |p: &str, n: usize| scope[n + 1..].iter().any(|s| s.0 == p);
        let near = pending.iter().rev().find(|p| p.1 == uri).map(|p| p.0.clone());
        near.or_else(|| {
            scope.iter().enumerate().rev().find(|(n, s)| s.1 == uri && !hidden(&s.0, *n)).map(|(_, s)| s.0.clone())
        })
    }

    /// A prefix nobody has used.
    pub(crate) fn fresh_prefix(&self) -> String {
        loop {
            let tag = format!("tag{}", self.fresh.get());
            if !self.known(&tag) {
                return tag;
            }
            self.fresh.set(self.fresh.get() + 1);
        }
    }

    /// Declares a prefix at the next element.
    pub(crate) fn declare(&self, prefix: &str, uri: &str) {
        let prefix = if prefix.is_empty() { ":" } else { prefix };
        let mut pending = self.pending.borrow_mut();
        pending.retain(|p| p.0 != prefix);
        pending.push((prefix.into(), uri.into()));
    }

    fn known(&self, prefix: &str) -> bool {
        prefix == "xml" || self.pending.borrow().iter().chain(self.scope.borrow().iter()).any(|p| p.0 == prefix)
    }

    /// Writes a start tag; without a body it ends at once.
    pub(crate) fn start(
        &self,
        it: &mut Interpreter<'_>,
        prefix: &str,
        name: &str,
        attrs: &[(String, Value)],
        body: bool,
    ) -> R<Tag> {
        let name = if prefix.is_empty() {
            name.to_string()
        } else if self.known(prefix) {
            format!("{prefix}:{name}")
        } else {
            return Err(throw(
                "groovy.lang.GroovyRuntimeException",
                format!("Namespace prefix: {prefix} is not bound to a URI"),
            ));
        };
        let q = self.quote;
        let mut s = format!("<{name}");
        for (key, v) in attrs {
            let key = match key.split_once('$') {
                Some((p, l)) if self.known(p) => format!("{p}:{l}"),
                Some((p, _)) => {
                    return Err(throw(
                        "groovy.lang.GroovyRuntimeException",
                        format!("bad attribute namespace tag: {p} in {key}"),
                    ));
                }
                None => key.clone(),
            };
            let v = if v.is_null() { String::new() } else { it.to_text(v)? };
            s.push_str(&format!(" {key}={q}{}{q}", self.escape(&v, true)));
        }
        let scope = self.scope.borrow().len();
        // Looking for prefixes walks over all that are in scope.
        it.charge(scope * 16)?;
        // Groovy keeps them in a hash map, whose order can be seen.
        let pending = MapObj::new(MapKind::Hash);
        for (p, uri) in self.pending.take() {
            pending.put(Value::str(p), Value::str(uri));
        }
        for (p, uri) in pending.entries() {
            let (p, uri) = (text(&p), text(&uri));
            let key = if p == ":" { "xmlns".to_string() } else { format!("xmlns:{p}") };
            s.push_str(&format!(" {key}={q}{}{q}", self.escape(&uri, true)));
            self.scope.borrow_mut().push((p, uri));
        }
        let empty = !body && !self.expand;
        s.push_str(if empty { "/>" } else { ">" });
        self.raw(it, &s)?;
        Ok(Tag { name, empty, scope })
    }

    /// Writes the end tag.
    pub(crate) fn end(&self, it: &mut Interpreter<'_>, tag: Tag) -> R<()> {
        self.pending.borrow_mut().clear();
        self.scope.borrow_mut().truncate(tag.scope);
        if tag.empty { Ok(()) } else { self.raw(it, &format!("</{}>", tag.name)) }
    }

    fn element(&self, it: &mut Interpreter<'_>, this: &Value, prefix: &str, name: &str, args: &[Value]) -> R<()> {
        let (mut attrs, mut body) = (Vec::new(), Value::Null);
        for a in args {
            match a {
                Value::Map(m) => attrs = m.entries().into_iter().map(|(k, v)| (text(&k), v)).collect(),
                v => body = v.clone(),
            }
        }
        let tag = self.start(it, prefix, name, &attrs, !body.is_null())?;
        self.put(it, this, &body)?;
        self.end(it, tag)
    }

    fn special(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<()> {
        let body = args.iter().rfind(|a| !matches!(a, Value::Map(_))).cloned().unwrap_or(Value::Null);
        let q = self.quote;
        match (name, args) {
            ("yieldUnescaped", _) => {
                let s = it.to_text(&body)?;
                self.raw(it, &s)
            }
            ("comment", _) => {
                self.raw(it, "<!--")?;
                self.put(it, this, &body)?;
                self.raw(it, "-->")
            }
            ("xmlDeclaration", _) => {
                let encoding = self.encoding.as_ref().map(|e| format!(" encoding={q}{e}{q}")).unwrap_or_default();
                self.raw(it, &format!("<?xml version={q}1.0{q}{encoding}?>\n"))
            }
            ("declareNamespace", [Value::Map(m)]) => {
                for (k, v) in m.entries() {
                    let uri = it.to_text(&v)?;
                    self.declare(&text(&k), &uri);
                }
                Ok(())
            }
            ("pi", [Value::Map(m)]) => {
                for (k, v) in m.entries() {
                    let mut s = format!("<?{}", text(&k));
                    match &v {
                        Value::Map(m) => {
                            m.entries()
                                .iter()
                                .for_each(|(k, v)| s.push_str(&format!(" {}={q}{}{q}", text(k), text(v))));
                        }
                        v => s.push_str(&format!(" {}", text(v))),
                    }
                    s.push_str("?>");
                    self.raw(it, &s)?;
                }
                Ok(())
            }
            // `yield`, and whatever else stands behind `mkp`.
            _ => self.put(it, this, &body),
        }
    }
}

impl HostObject for Streaming {
    fn class_name(&self) -> &str {
        "groovy.xml.streamingmarkupsupport.BaseMarkupBuilder$Document"
    }
    fn get_property(&self, it: &mut Interpreter<'_>, this: &Value, name: &str) -> R<Option<Value>> {
        if let Some(what) = HELPERS.iter().find(|h| **h == name) {
            return Ok(Some(Value::object(Into { builder: this.clone(), what })));
        }
        if self.prefix.borrow().is_empty() {
            self.prefix.replace(name.into());
            return Ok(Some(this.clone()));
        }
        self.call_method(it, this, name, &[])
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let prefix = self.prefix.take();
        if prefix == "mkp" {
            self.special(it, this, name, args)?;
        } else {
            self.element(it, this, &prefix, name, args)?;
        }
        Ok(Some(Value::Null))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Into {
    fn class_name(&self) -> &str {
        "groovy.xml.streamingmarkupsupport.StreamingMarkupWriter"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let ("leftShift" | "write" | "append", Some(to)) = (name, self.builder.downcast::<Streaming>()) else {
            return Ok(None);
        };
        let name = match self.what {
            "unescaped" => "yieldUnescaped",
            "namespaces" => "declareNamespace",
            "out" => "yield",
            other => other,
        };
        to.special(it, &self.builder, name, args)?;
        Ok(Some(this.clone()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
