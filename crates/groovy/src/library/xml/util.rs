//! `groovy.xml.XmlUtil`: any kind of XML as indented text, and escaping.
use super::node::Node;
use super::read::{self, Options};
use super::write::{self, Layout};
use super::{dom, gpath, printer, streaming};
use crate::error::throw;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{R, Thrown, Value};

/// The text of whatever stands for XML.
fn source(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    if v.downcast::<gpath::GPath>().is_some() {
        return streaming::text_of(it, v);
    }
    if v.downcast::<Node>().is_some() {
        return printer::node_text(it, v);
    }
    it.to_text(v)
}

/// An error of the parser, as Groovy wraps it.
fn wrapped(e: Thrown) -> Thrown {
    let Thrown::Exception(Value::Exception(x)) = &e else { return e };
    if !x.class.ends_with("SAXParseException") {
        return e;
    }
    let number = |name: &str| x.extra.iter().find(|e| &*e.0 == name).map(|e| text(&e.1)).unwrap_or_default();
    let (line, column) = (number("lineNumber"), number("columnNumber"));
    throw(
        "groovy.lang.GroovyRuntimeException",
        format!("{}; lineNumber: {line}; columnNumber: {column}; {}", x.class, text(&x.message)),
    )
}

/// `XmlUtil.serialize(x)`.
fn serialize(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    let layout = Layout { indent: Some(2), ..Layout::default() };
    if let Some(d) = v.downcast::<dom::Dom>() {
        let tree = d.doc.tree.borrow();
        return write::write(it, &tree, d.id, &layout);
    }
    let s = source(it, v)?;
    let tree = read::read(it, &s, Options { aware: true, doctype: false }).map_err(wrapped)?;
    write::write(it, &tree, 0, &layout)
}

/// Static methods.
pub(crate) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("serialize", [v]) => Value::str(serialize(it, v)?),
        ("serialize", [v, out]) => {
            let s = serialize(it, v)?;
            it.invoke(out, "write", vec![Value::str(s)])?;
            Value::Null
        }
        ("escapeXml", [v]) => {
            let s = it.to_text(v)?;
            it.charge(s.len() * 2)?;
            let s = s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            Value::str(s.replace('"', "&quot;").replace('\'', "&apos;"))
        }
        ("escapeControlCharacters", [v]) => {
            let s = it.to_text(v)?;
            it.charge(s.len() * 2)?;
            let one = |c: char| if (c as u32) < 32 { format!("&#{};", c as u32) } else { c.to_string() };
            Value::str(s.chars().map(one).collect::<String>())
        }
        _ => return Ok(None),
    }))
}
