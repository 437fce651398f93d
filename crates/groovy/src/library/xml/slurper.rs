//! XmlSlurper and XmlParser: their settings, and what they read from.
use super::read::{self, Options};
use super::{gpath, slurped};
use crate::error::{null_pointer, throw};
use crate::interp::Interpreter;
use crate::objects::decode;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::Cell;

/// `groovy.util.XmlSlurper` or `groovy.util.XmlParser`.
pub(crate) struct Parser {
    slurper: bool,
    aware: Cell<bool>,
    doctype: Cell<bool>,
    keep_blank: Cell<bool>,
    trim: Cell<bool>,
}

/// Features and properties of the Java parser that are known, and change nothing here.
const FEATURES: &[&str] = &[
    "http://xml.org/sax/features/",
    "http://apache.org/xml/features/",
    "http://apache.org/xml/properties/",
    "http://xml.org/sax/properties/",
    "http://javax.xml.XMLConstants/",
];

const NO_DOCTYPE: &str = "http://apache.org/xml/features/disallow-doctype-decl";

/// Accepts a feature; tells whether it says that a document type is allowed.
pub(crate) fn feature(name: &str, value: &Value) -> R<Option<bool>> {
    if name == NO_DOCTYPE {
        return Ok(Some(!crate::ops::truth(value)));
    }
    if FEATURES.iter().any(|f| name.starts_with(f)) { Ok(None) } else { Err(read::unknown_feature(name)) }
}

/// The text of a string, a reader, a stream, bytes or an `InputSource`.
pub(crate) fn input(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    match v {
        Value::Null => Err(null_pointer("Cannot read XML from null")),
        Value::Str(s) | Value::GStr(s) => Ok(s.to_string()),
        Value::Bytes(b) => bytes(&b.borrow()),
        Value::Object(o) => {
            if let Some(s) = v.downcast::<super::jaxp::InputSource>() {
                let inner = s.0.borrow().0.clone();
                return match inner {
                    Value::Null => Err(throw("java.io.IOException", "no text to read in the InputSource")),
                    inner => input(it, &inner),
                };
            }
            if o.is_a("java.io.InputStream")
                && let Some(Value::Bytes(b)) = o.clone().call_method(it, v, "getBytes", &[])?
            {
                return bytes(&b.borrow());
            }
            let t = it.invoke(v, "getText", vec![])?;
            Ok(text(&t))
        }
        v => it.to_text(v),
    }
}

/// Bytes in the encoding their declaration names.
fn bytes(b: &[u8]) -> R<String> {
    if b.starts_with(&[0xFE, 0xFF]) {
        return decode(b, "UTF-16BE");
    }
    if let Some(rest) = b.strip_prefix(&[0xFF, 0xFE]) {
        return decode(rest, "UTF-16LE");
    }
    let head = String::from_utf8_lossy(b.get(..200).unwrap_or(b)).into_owned();
    let declared = head.strip_prefix("<?xml").and_then(|h| h.split_once("?>")).map(|h| h.0).unwrap_or("");
    let encoding = declared.split_once("encoding").map(|d| d.1.trim_start_matches([' ', '=']));
    let encoding = encoding.and_then(|e| e.split(['"', '\'']).nth(1)).unwrap_or("UTF-8");
    if encoding.to_uppercase().starts_with("UTF-16") {
        return decode(b, "UTF-8");
    }
    decode(b, encoding)
}

impl Parser {
    /// `new XmlSlurper(…)` and `new XmlParser(…)`: validating, aware of namespaces, a document type allowed.
    pub(crate) fn new(slurper: bool, args: &[Value]) -> Parser {
        let flag = |n: usize, other: bool| args.get(n).map_or(other, |v| matches!(v, Value::Bool(true)));
        Parser {
            slurper,
            aware: Cell::new(flag(1, true)),
            doctype: Cell::new(flag(2, false)),
            keep_blank: Cell::new(false),
            trim: Cell::new(false),
        }
    }

    fn parse(&self, it: &mut Interpreter<'_>, s: &str) -> R {
        let tree = read::read(it, s, Options { aware: self.aware.get(), doctype: self.doctype.get() })?;
        if self.slurper {
            let doc = slurped::from_tree(&tree, self.keep_blank.get());
            return Ok(gpath::root(it, doc));
        }
        super::node::from_tree(it, &tree, self.trim.get(), self.keep_blank.get())
    }
}

impl HostObject for Parser {
    fn class_name(&self) -> &str {
        if self.slurper { "groovy.util.XmlSlurper" } else { "groovy.util.XmlParser" }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let truth = |v: &Value| crate::ops::truth(v);
        Ok(Some(match (name, args) {
            ("parseText", [Value::Null]) => {
                return Err(null_pointer("Cannot invoke \"String.length()\" because \"s\" is null"));
            }
            ("parseText", [s]) => {
                let s = it.to_text(s)?;
                self.parse(it, &s)?
            }
            ("parse", [Value::Str(s) | Value::GStr(s)]) => {
                return Err(throw("java.net.MalformedURLException", format!("no protocol: {s}")));
            }
            ("parse", [v]) => {
                let s = input(it, v)?;
                self.parse(it, &s)?
            }
            ("setFeature", [n, v]) => {
                if let Some(allowed) = feature(&text(n), v)? {
                    self.doctype.set(allowed);
                }
                Value::Null
            }
            ("setProperty", [n, v]) => match &*text(n) {
                "keepIgnorableWhitespace" => {
                    self.keep_blank.set(truth(v));
                    Value::Null
                }
                n => feature(n, v).map(|_| Value::Null)?,
            },
            ("setKeepIgnorableWhitespace" | "setKeepWhitespace", [v]) => {
                self.keep_blank.set(truth(v));
                Value::Null
            }
            ("isKeepIgnorableWhitespace" | "getKeepIgnorableWhitespace", []) => Value::Bool(self.keep_blank.get()),
            ("setTrimWhitespace", [v]) if !self.slurper => {
                self.trim.set(truth(v));
                Value::Null
            }
            ("isTrimWhitespace" | "getTrimWhitespace", []) if !self.slurper => Value::Bool(self.trim.get()),
            ("setNamespaceAware", [v]) if !self.slurper => {
                self.aware.set(truth(v));
                Value::Null
            }
            ("isNamespaceAware" | "getNamespaceAware", []) if !self.slurper => Value::Bool(self.aware.get()),
            ("setErrorHandler" | "setEntityResolver" | "setEntityBaseUrl" | "setDTDHandler", [_]) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
