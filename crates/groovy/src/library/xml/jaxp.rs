//! The classes through which Java reads, searches and writes XML: factories, sources and results.
use super::read::{self, Options};
use super::tree::Tree;
use super::{dom, slurper, transform, xpath};
use crate::error::{illegal, throw};
use crate::free::Held;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// `DOMSource`, `StreamSource`, `StreamResult`, `DOMResult`: a holder of something.
pub(crate) struct Holder {
    pub(crate) class: &'static str,
    pub(crate) held: RefCell<Held>,
}

/// `org.xml.sax.InputSource`.
pub(crate) struct InputSource(pub(crate) RefCell<Held>);

/// `DocumentBuilderFactory`, and the builder with the same settings.
#[derive(Clone, Default)]
struct Builder {
    factory: bool,
    aware: Cell<bool>,
    no_doctype: Cell<bool>,
    ignore_comments: Cell<bool>,
    join_cdata: Cell<bool>,
}

/// `XPathFactory` and `TransformerFactory`.
struct Factory(&'static str);

/// `new C(…)` of these classes.
pub(crate) fn construct(class: &str, args: &[Value]) -> Option<Value> {
    let held = RefCell::new(Held(args.first().cloned().unwrap_or(Value::Null)));
    let class = match class {
        "org.xml.sax.InputSource" => return Some(Value::object(InputSource(held))),
        "javax.xml.transform.dom.DOMSource" => "javax.xml.transform.dom.DOMSource",
        "javax.xml.transform.dom.DOMResult" => "javax.xml.transform.dom.DOMResult",
        "javax.xml.transform.stream.StreamSource" => "javax.xml.transform.stream.StreamSource",
        "javax.xml.transform.stream.StreamResult" => "javax.xml.transform.stream.StreamResult",
        _ => return None,
    };
    Some(Value::object(Holder { class, held }))
}

/// `C.m(…)` of these classes.
pub(crate) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(match (class, name, args) {
        ("javax.xml.parsers.DocumentBuilderFactory", "newInstance" | "newDefaultInstance", _) => {
            Some(Value::object(Builder { factory: true, ..Builder::default() }))
        }
        ("javax.xml.xpath.XPathFactory", "newInstance" | "newDefaultInstance", _) => {
            Some(Value::object(Factory("com.sun.org.apache.xpath.internal.jaxp.XPathFactoryImpl")))
        }
        ("javax.xml.transform.TransformerFactory", "newInstance" | "newDefaultInstance", _) => {
            Some(Value::object(Factory("com.sun.org.apache.xalan.internal.xsltc.trax.TransformerFactoryImpl")))
        }
        ("groovy.xml.DOMBuilder", "parse", [v, ..]) => {
            let s = slurper::input(it, v)?;
            Some(dom::document(read::read(it, &s, Options { aware: true, doctype: false })?))
        }
        _ => None,
    })
}

/// `C.P` of these classes.
pub(crate) fn constant(class: &str, name: &str) -> Option<Value> {
    Some(Value::str(match (class, name) {
        ("javax.xml.xpath.XPathConstants", "NODESET" | "NODE" | "STRING" | "NUMBER" | "BOOLEAN") => {
            let space = if name.starts_with("NODE") {
                "http://java.sun.com/jaxp/xpath/dom#"
            } else {
                "http://www.w3.org/1999/XSL/Transform"
            };
            let space = if matches!(name, "NODESET" | "NODE") { "http://www.w3.org/1999/XSL/Transform" } else { space };
            return Some(super::qname::QName::value(space, name, ""));
        }
        ("javax.xml.transform.OutputKeys", _) => match name {
            "INDENT" => "indent",
            "OMIT_XML_DECLARATION" => "omit-xml-declaration",
            "ENCODING" => "encoding",
            "METHOD" => "method",
            "STANDALONE" => "standalone",
            "VERSION" => "version",
            "MEDIA_TYPE" => "media-type",
            "CDATA_SECTION_ELEMENTS" => "cdata-section-elements",
            "DOCTYPE_SYSTEM" => "doctype-system",
            "DOCTYPE_PUBLIC" => "doctype-public",
            _ => return None,
        },
        ("javax.xml.XMLConstants", _) => match name {
            "FEATURE_SECURE_PROCESSING" => "http://javax.xml.XMLConstants/feature/secure-processing",
            "ACCESS_EXTERNAL_DTD" => "http://javax.xml.XMLConstants/property/accessExternalDTD",
            "ACCESS_EXTERNAL_SCHEMA" => "http://javax.xml.XMLConstants/property/accessExternalSchema",
            "ACCESS_EXTERNAL_STYLESHEET" => "http://javax.xml.XMLConstants/property/accessExternalStylesheet",
            "XMLNS_ATTRIBUTE" => "xmlns",
            "XMLNS_ATTRIBUTE_NS_URI" => "http://www.w3.org/2000/xmlns/",
            "XML_NS_PREFIX" => "xml",
            "XML_NS_URI" => "http://www.w3.org/XML/1998/namespace",
            "W3C_XML_SCHEMA_NS_URI" => "http://www.w3.org/2001/XMLSchema",
            "NULL_NS_URI" | "DEFAULT_NS_PREFIX" => "",
            _ => return None,
        },
        ("org.w3c.dom.Node", _) => {
            let n = match name {
                "ELEMENT_NODE" => 1,
                "ATTRIBUTE_NODE" => 2,
                "TEXT_NODE" => 3,
                "CDATA_SECTION_NODE" => 4,
                "PROCESSING_INSTRUCTION_NODE" => 7,
                "COMMENT_NODE" => 8,
                "DOCUMENT_NODE" => 9,
                _ => return None,
            };
            return Some(Value::Short(n));
        }
        _ => return None,
    }))
}

impl HostObject for Holder {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let held = || self.held.borrow().0.clone();
        Ok(Some(match (name, args) {
            ("getNode" | "getWriter" | "getReader" | "getOutputStream" | "getInputStream", []) => held(),
            ("setNode" | "setWriter" | "setReader" | "setOutputStream" | "setInputStream", [v]) => {
                self.held.replace(Held(v.clone()));
                Value::Null
            }
            ("setSystemId" | "setPublicId", [_]) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for InputSource {
    fn class_name(&self) -> &str {
        "org.xml.sax.InputSource"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("setCharacterStream" | "setByteStream", [v]) => {
                self.0.replace(Held(v.clone()));
                Value::Null
            }
            ("getCharacterStream" | "getByteStream", []) => self.0.borrow().0.clone(),
            ("setEncoding" | "setSystemId" | "setPublicId", [_]) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Builder {
    fn parse(&self, it: &mut Interpreter<'_>, v: &Value) -> R {
        match v {
            Value::Null => return Err(illegal("InputStream cannot be null")),
            Value::Str(s) | Value::GStr(s) => {
                return Err(throw("java.io.FileNotFoundException", format!("{s} (No such file or directory)")));
            }
            _ => {}
        }
        let s = slurper::input(it, v)?;
        let mut tree = read::read(it, &s, Options { aware: self.aware.get(), doctype: !self.no_doctype.get() })?;
        // Java keeps attributes by their names.
        for item in &mut tree.items {
            if let super::tree::Kind::Element { attrs, .. } = &mut item.kind {
                attrs.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
        if self.join_cdata.get() || self.ignore_comments.get() {
            self.simplify(&mut tree);
        }
        Ok(dom::document(tree))
    }

    /// CDATA becomes text and comments go, if the factory was told so.
    fn simplify(&self, tree: &mut Tree) {
        use super::tree::Kind;
        for item in &mut tree.items {
            if let (Kind::Cdata(t), true) = (&item.kind, self.join_cdata.get()) {
                item.kind = Kind::Text(t.clone());
            }
        }
        if self.ignore_comments.get() {
            let comments: Vec<bool> = tree.items.iter().map(|i| matches!(i.kind, Kind::Comment(_))).collect();
            for item in &mut tree.items {
                item.children.retain(|c| !comments[*c]);
            }
        }
    }
}

impl HostObject for Builder {
    fn class_name(&self) -> &str {
        if self.factory {
            "com.sun.org.apache.xerces.internal.jaxp.DocumentBuilderFactoryImpl"
        } else {
            "com.sun.org.apache.xerces.internal.jaxp.DocumentBuilderImpl"
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let on = args.last().is_some_and(crate::ops::truth);
        match (name, args) {
            ("newDocumentBuilder", []) => {
                return Ok(Some(Value::object(Builder { factory: false, ..self.clone() })));
            }
            ("parse", [v, ..]) if !self.factory => return self.parse(it, v).map(Some),
            ("newDocument", []) if !self.factory => {
                return Ok(Some(dom::document(Tree::new(self.aware.get()))));
            }
            ("setNamespaceAware", [_]) => self.aware.set(on),
            ("isNamespaceAware" | "getNamespaceAware", []) => return Ok(Some(Value::Bool(self.aware.get()))),
            ("setIgnoringComments", [_]) => self.ignore_comments.set(on),
            ("setCoalescing", [_]) => self.join_cdata.set(on),
            ("setFeature", [n, v]) => {
                if let Some(allowed) = slurper::feature(&text(n), v)? {
                    self.no_doctype.set(!allowed);
                }
            }
            (
                "setValidating"
                | "setExpandEntityReferences"
                | "setXIncludeAware"
                | "setIgnoringElementContentWhitespace"
                | "setAttribute"
                | "setErrorHandler"
                | "setEntityResolver"
                | "setSchema"
                | "reset",
                _,
            ) => {}
            _ => return Ok(None),
        }
        Ok(Some(Value::Null))
    }
    fn is_a(&self, class: &str) -> bool {
        let own =
            if self.factory { "javax.xml.parsers.DocumentBuilderFactory" } else { "javax.xml.parsers.DocumentBuilder" };
        class == own || class == self.class_name() || class == "java.lang.Object"
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Factory {
    fn class_name(&self) -> &str {
        self.0
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("newXPath", []) => Value::object(xpath::XPath::default()),
            ("newTransformer", []) => Value::object(transform::Transformer::default()),
            ("newTransformer" | "newTemplates", [_]) => {
                return Err(throw(
                    "java.lang.UnsupportedOperationException",
                    "a Transformer with a stylesheet is not supported in scripts: use an XSLT mapping step",
                ));
            }
            ("setFeature" | "setAttribute" | "setErrorListener" | "setURIResolver", _) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn is_a(&self, class: &str) -> bool {
        let own = if self.0.contains("xpath") {
            "javax.xml.xpath.XPathFactory"
        } else {
            "javax.xml.transform.TransformerFactory"
        };
        class == own || class == self.0 || class == "java.lang.Object"
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
