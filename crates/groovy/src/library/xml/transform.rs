//! `Transformer` without a stylesheet: a document written anew.
use super::dom::Dom;
use super::jaxp::Holder;
use super::read::{self, Options};
use super::tree::Kind;
use super::write::{self, Layout};
use crate::error::throw;
use crate::free::Held;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// `javax.xml.transform.Transformer`.
#[derive(Default)]
pub(crate) struct Transformer {
    output: RefCell<BTreeMap<String, String>>,
}

impl Transformer {
    fn layout(&self) -> Layout {
        let output = self.output.borrow();
        let get = |n: &str| output.get(n).map(String::as_str);
        let amount = |n: &str| get(n).and_then(|v| v.parse::<usize>().ok()).map(|n| n.min(100));
        let amount = amount("{http://xml.apache.org/xslt}indent-amount")
            .or_else(|| amount("{http://xml.apache.org/xalan}indent-amount"));
        Layout {
            indent: (get("indent") == Some("yes")).then(|| amount.unwrap_or(0)),
            declaration: get("omit-xml-declaration") != Some("yes"),
            encoding: get("encoding").unwrap_or("UTF-8").to_string(),
            standalone: get("standalone").map(str::to_string),
            text: get("method") == Some("text"),
            cdata: get("cdata-section-elements").unwrap_or("").split_whitespace().map(str::to_string).collect(),
        }
    }

    fn write(&self, it: &mut Interpreter<'_>, source: &Value) -> R<String> {
        let mut layout = self.layout();
        let Some(s) = source.downcast::<Holder>() else {
            return Err(throw("javax.xml.transform.TransformerException", "no source to transform"));
        };
        let inner = s.held.borrow().0.clone();
        if let Some(d) = inner.downcast::<Dom>() {
            let tree = d.doc.tree.borrow();
            if matches!(tree.items[d.id].kind, Kind::Document) && layout.standalone.is_none() {
                layout.standalone = Some("no".into());
            }
            return write::write(it, &tree, d.id, &layout);
        }
        let s = super::slurper::input(it, &inner)?;
        let tree = read::read(it, &s, Options { aware: true, doctype: true })?;
        write::write(it, &tree, 0, &layout)
    }
}

impl HostObject for Transformer {
    fn class_name(&self) -> &str {
        "com.sun.org.apache.xalan.internal.xsltc.trax.TransformerImpl"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("transform", [source, result]) => {
                let s = self.write(it, source)?;
                let Some(to) = result.downcast::<Holder>() else {
                    return Err(throw("javax.xml.transform.TransformerException", "no result to write to"));
                };
                if to.class.ends_with("DOMResult") {
                    let tree = read::read(it, &s, Options { aware: true, doctype: false })?;
                    to.held.replace(Held(super::dom::document(tree)));
                    return Ok(Some(Value::Null));
                }
                let target = to.held.borrow().0.clone();
                it.invoke(&target, "write", vec![Value::str(s)])?;
            }
            ("setOutputProperty", [n, v]) => {
                let (n, v) = (text(n), text(v));
                it.charge(n.len() + v.len())?;
                self.output.borrow_mut().insert(n, v);
            }
            ("getOutputProperty", [n]) => {
                return Ok(Some(self.output.borrow().get(&text(n)).map_or(Value::Null, Value::str)));
            }
            ("setOutputProperties", [Value::Map(m)]) => {
                for (k, v) in m.entries() {
                    self.output.borrow_mut().insert(text(&k), text(&v));
                }
            }
            ("setParameter" | "setErrorListener" | "setURIResolver" | "clearParameters" | "reset", _) => {}
            _ => return Ok(None),
        }
        Ok(Some(Value::Null))
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "javax.xml.transform.Transformer" | "java.lang.Object") || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
