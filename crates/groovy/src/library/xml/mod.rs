//! XML: XmlSlurper, XmlParser, the builders, `XmlUtil`, and the DOM, XPath and Transformer of Java.
mod dom;
mod dom_calls;
mod dtd;
mod gpath;
mod jaxp;
mod markup;
pub(crate) mod node;
pub(crate) mod nodelist;
mod printer;
mod qname;
mod read;
mod refs;
mod slurped;
mod slurper;
mod streaming;
mod transform;
mod tree;
mod util;
mod walk;
mod write;
mod xpath;
mod xpath_eval;
mod xpath_parse;

use super::Family;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{R, Value};

/// Whether a value is what a path of XmlSlurper found.
pub(crate) fn is_path(v: &Value) -> bool {
    v.downcast::<gpath::GPath>().is_some()
}

/// The classes of XML.
pub(crate) const FAMILY: Family = Family {
    classes: &[
        ("org.w3c.dom", "Node NodeList Document Element Attr Text Comment CDATASection NamedNodeMap DOMException"),
        // Later names win: those of `groovy.util` need no import.
        ("javax.xml.namespace", "QName"),
        ("groovy.xml", "XmlUtil MarkupBuilder StreamingMarkupBuilder QName Namespace XmlSlurper XmlParser DOMBuilder"),
        ("groovy.util", "XmlSlurper XmlParser Node NodeList NodeBuilder XmlNodePrinter IndentPrinter"),
        ("groovy.util.slurpersupport", "GPathResult NodeChild NodeChildren Attributes NoChildren FilteredNodeChildren"),
        ("org.xml.sax", "InputSource SAXException SAXParseException SAXNotRecognizedException"),
        ("javax.xml.parsers", "DocumentBuilderFactory DocumentBuilder ParserConfigurationException"),
        ("javax.xml.xpath", "XPathFactory XPath XPathConstants XPathExpression XPathExpressionException"),
        (
            "javax.xml.transform",
            "TransformerFactory Transformer OutputKeys Source Result TransformerException TransformerConfigurationException",
        ),
        ("javax.xml.transform.dom", "DOMSource DOMResult"),
        ("javax.xml.transform.stream", "StreamSource StreamResult"),
        ("javax.xml", "XMLConstants"),
    ],
    parents: &[
        ("org.xml.sax.SAXNotRecognizedException", "org.xml.sax.SAXException"),
        ("groovy.util.slurpersupport.Attribute", "groovy.util.slurpersupport.GPathResult"),
        ("groovy.util.slurpersupport.NodeParents", "groovy.util.slurpersupport.NodeChildren"),
        ("javax.xml.xpath.XPathExpressionException", "java.lang.Exception"),
        ("javax.xml.transform.TransformerConfigurationException", "javax.xml.transform.TransformerException"),
        ("javax.xml.transform.TransformerException", "java.lang.Exception"),
        ("javax.xml.parsers.ParserConfigurationException", "java.lang.Exception"),
        ("org.w3c.dom.DOMException", "java.lang.RuntimeException"),
    ],
    construct,
    call_static,
    get_static,
};

fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(match class {
        "groovy.util.XmlSlurper" | "groovy.xml.XmlSlurper" => Some(Value::object(slurper::Parser::new(true, args))),
        "groovy.util.XmlParser" | "groovy.xml.XmlParser" => Some(Value::object(slurper::Parser::new(false, args))),
        "groovy.util.Node" => node::construct(args),
        "groovy.util.NodeList" => {
            let items = match args.first() {
                Some(v) if !crate::ops::is_number(v) => it.items_of(v)?,
                _ => vec![],
            };
            Some(node::list(items))
        }
        "groovy.util.NodeBuilder" => Some(markup::node_builder()),
        "groovy.util.XmlNodePrinter" => Some(printer::NodePrinter::construct(args)),
        "groovy.util.IndentPrinter" => Some(printer::Printer::construct(args)),
        "groovy.xml.MarkupBuilder" => Some(markup::builder(args.first().cloned().unwrap_or(Value::Null))),
        "groovy.xml.StreamingMarkupBuilder" => Some(Value::object(streaming::Builder::default())),
        "groovy.xml.QName" | "javax.xml.namespace.QName" => qname::QName::construct(args),
        "groovy.xml.Namespace" => Some(qname::Namespace::construct(args)),
        _ => jaxp::construct(class, args),
    })
}

fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    match (class, name, args) {
        ("groovy.xml.XmlUtil", _, _) => util::call_static(it, name, args),
        ("groovy.xml.QName", "valueOf", [s]) => Ok(Some(qname::QName::parse(&text(s)))),
        ("groovy.util.NodeBuilder", "newInstance", []) => Ok(Some(markup::node_builder())),
        _ => jaxp::call_static(it, class, name, args),
    }
}

fn get_static(_it: &mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>> {
    Ok(jaxp::constant(class, name))
}
