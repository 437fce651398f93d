//! `javax.xml.xpath`: paths over the DOM.
use super::dom::{self, Doc, Dom, Listed, Spot};
use super::read::{self, Options};
use super::xpath_eval::{Context, Found};
use super::xpath_parse::{Expr, parse, wrong};
use super::{jaxp, slurper};
use crate::free::Held;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// `XPath`: what the prefixes in paths mean.
#[derive(Clone)]
pub(crate) struct XPath {
    prefixes: Rc<RefCell<Held>>,
}

impl Default for XPath {
    fn default() -> XPath {
        XPath { prefixes: Rc::new(RefCell::new(Held(Value::Null))) }
    }
}

/// `XPathExpression`: a path that was read.
struct Compiled {
    path: Rc<Expr>,
    xpath: XPath,
}

impl XPath {
    fn evaluate(&self, it: &mut Interpreter<'_>, path: &Expr, item: &Value, kind: Option<&Value>) -> R {
        let made;
        let item = if item.downcast::<jaxp::InputSource>().is_some() {
            let s = slurper::input(it, item)?;
            made = dom::document(read::read(it, &s, Options { aware: true, doctype: true })?);
            &made
        } else {
            item
        };
        let empty;
        let node = match item.downcast::<Dom>() {
            Some(d) => d,
            None if item.is_null() => {
                empty = dom::document(super::tree::Tree::new(true));
                match empty.downcast::<Dom>() {
                    Some(d) => d,
                    None => return Ok(Value::Null),
                }
            }
            None => return wrong(format!("{} is no node of a document", crate::text::class_of(item))),
        };
        let doc: Rc<Doc> = node.doc.clone();
        let prefixes = self.prefixes.borrow().0.clone();
        let found = {
            let tree = doc.tree.borrow();
            Context::new(it, &tree, prefixes).run(path, Spot::Item(node.id))?
        };
        let kind = kind.map(text).unwrap_or_default();
        let tree = doc.tree.borrow();
        Ok(match kind.rsplit('}').next().unwrap_or("") {
            "NODESET" | "NODE" => {
                let Found::Nodes(spots) = found else {
                    return wrong("Can not convert #STRING to a NodeList!");
                };
                drop(tree);
                if kind.ends_with("NODESET") {
                    dom::list(&doc, Listed::Fixed(spots))
                } else {
                    spots.first().map_or(Value::Null, |s| dom::at(&doc, *s))
                }
            }
            "NUMBER" => Value::Double(found.number(&tree)),
            "BOOLEAN" => Value::Bool(found.truth()),
            _ => Value::str(found.text(&tree)),
        })
    }
}

impl HostObject for XPath {
    fn class_name(&self) -> &str {
        "com.sun.org.apache.xpath.internal.jaxp.XPathImpl"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("compile", [p]) => Value::object(Compiled { path: Rc::new(parse(&text(p))?), xpath: self.clone() }),
            ("evaluate", [p, item]) => self.evaluate(it, &parse(&text(p))?, item, None)?,
            ("evaluate", [p, item, kind]) => self.evaluate(it, &parse(&text(p))?, item, Some(kind))?,
            ("setNamespaceContext", [c]) => {
                self.prefixes.replace(Held(c.clone()));
                Value::Null
            }
            ("getNamespaceContext", []) => self.prefixes.borrow().0.clone(),
            ("reset" | "setXPathFunctionResolver" | "setXPathVariableResolver", _) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "javax.xml.xpath.XPath" | "java.lang.Object") || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Compiled {
    fn class_name(&self) -> &str {
        "com.sun.org.apache.xpath.internal.jaxp.XPathExpressionImpl"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("evaluate", [item]) => self.xpath.evaluate(it, &self.path, item, None).map(Some),
            ("evaluate", [item, kind]) => self.xpath.evaluate(it, &self.path, item, Some(kind)).map(Some),
            _ => Ok(None),
        }
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "javax.xml.xpath.XPathExpression" | "java.lang.Object") || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
