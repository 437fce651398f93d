//! XmlSlurper: reading XML by paths.
use crate::error::throw;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::rc::Rc;

/// One element of a parsed document; children are indexes.
struct Element {
    name: String,
    prefixed: String,
    attrs: Vec<(String, String)>,
    /// Text pieces and children in order.
    content: Vec<Piece>,
    parent: Option<usize>,
}

enum Piece {
    Text(String),
    Child(usize),
}

/// A parsed document.
struct Doc {
    all: Vec<Element>,
    aware: bool,
}

/// `groovy.util.XmlSlurper`.
pub(crate) struct XmlSlurper {
    /// Names are local names.
    pub(crate) aware: bool,
}

/// Elements, or attribute values, found by a path.
struct Path {
    doc: Rc<Doc>,
    class: &'static str,
    found: Vec<usize>,
    /// Values of attributes, if that is what was asked for.
    values: Option<Vec<String>>,
    name: String,
}

const MAX_NODES: u32 = 1_000_000;

fn parse(s: &str, aware: bool) -> R<Doc> {
    let sax = |m: String| throw("org.xml.sax.SAXParseException", m);
    let opt = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    let d = roxmltree::Document::parse_with_options(s.trim_start(), opt).map_err(|e| match e {
        roxmltree::Error::DtdDetected => sax("DOCTYPE is disallowed when the feature \"http://apache.org/xml/features/disallow-doctype-decl\" set to true.".into()),
        roxmltree::Error::UnclosedRootNode | roxmltree::Error::UnexpectedEndOfStream => sax("XML document structures must start and end within the same entity.".into()),
        e => sax(e.to_string()),
    })?;
    let mut all: Vec<Element> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for n in d.descendants() {
        let parent = n.parent().and_then(|p| index.get(&p.id()).copied());
        if n.is_element() {
            let i = all.len();
            index.insert(n.id(), i);
            let local = n.tag_name().name().to_string();
            let raw = s.trim_start().get(n.range().start + 1..).unwrap_or("");
            let end = raw.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(0);
            let attrs = n.attributes().map(|a| (a.name().to_string(), a.value().to_string())).collect();
            all.push(Element {
                name: local,
                prefixed: raw.get(..end).unwrap_or("").to_string(),
                attrs,
                content: vec![],
                parent,
            });
            if let Some(p) = parent {
                all[p].content.push(Piece::Child(i));
            }
        } else if let (true, Some(p), Some(t)) = (n.is_text(), parent, n.text()) {
            // Blank text between elements does not count; blank text alone in an element does.
            let alone = n.prev_sibling().is_none() && n.next_sibling().is_none();
            if alone && !t.trim().is_empty() || !t.trim().is_empty() {
                all[p].content.push(Piece::Text(t.to_string()));
            }
        }
    }
    Ok(Doc { all, aware })
}

impl Doc {
    fn name(&self, i: usize) -> &str {
        if self.aware { &self.all[i].name } else { &self.all[i].prefixed }
    }
    fn children(&self, i: usize) -> Vec<usize> {
        self.all[i].content.iter().filter_map(|p| if let Piece::Child(c) = p { Some(*c) } else { None }).collect()
    }
    /// The element and everything below it, in document order, without recursion.
    fn below(&self, i: usize) -> Vec<usize> {
        let (mut out, mut todo) = (Vec::new(), vec![i]);
        while let Some(i) = todo.pop() {
            out.push(i);
            todo.extend(self.children(i).into_iter().rev());
        }
        out
    }
    fn text(&self, i: usize) -> String {
        let mut out = String::new();
        let mut todo = vec![(i, 0)];
        while let Some((i, at)) = todo.pop() {
            if let Some(p) = self.all[i].content.get(at) {
                todo.push((i, at + 1));
                match p {
                    Piece::Text(t) => out.push_str(t),
                    Piece::Child(c) => todo.push((*c, 0)),
                }
            }
        }
        out
    }
}

impl HostObject for XmlSlurper {
    fn class_name(&self) -> &str {
        "groovy.util.XmlSlurper"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let s = match (name, args) {
            ("parseText", [s]) => text(s),
            ("parse", [Value::Bytes(b)]) => String::from_utf8_lossy(&b.borrow()).into_owned(),
            ("parse", [r @ Value::Object(_)]) => text(&it.invoke(r, "getText", vec![])?),
            ("setFeature" | "setKeepIgnorableWhitespace" | "setProperty", _) => return Ok(Some(Value::Null)),
            _ => return Ok(None),
        };
        it.charge(s.len() * 8)?;
        let doc = Rc::new(parse(&s, self.aware)?);
        let name = doc.all.first().map(|_| doc.name(0).to_string()).unwrap_or_default();
        Ok(Some(Value::object(Path { doc, class: "NodeChild", found: vec![0], values: None, name })))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Path {
    fn with(&self, class: &'static str, found: Vec<usize>, name: &str) -> Value {
        Value::object(Path { doc: self.doc.clone(), class, found, values: None, name: name.to_string() })
    }
    fn one(&self, i: usize) -> Value {
        self.with("NodeChild", vec![i], self.doc.name(i))
    }
    fn string(&self) -> String {
        match &self.values {
            Some(v) => v.concat(),
            None => self.found.iter().map(|i| self.doc.text(*i)).collect(),
        }
    }
    fn breadth(&self, i: usize) -> Vec<usize> {
        let (mut out, mut at) = (vec![i], 0);
        while at < out.len() {
            out.extend(self.doc.children(out[at]));
            at += 1;
        }
        out
    }
}

impl HostObject for Path {
    fn class_name(&self) -> &str {
        match self.class {
            "NodeChild" => "groovy.util.slurpersupport.NodeChild",
            "Attributes" => "groovy.util.slurpersupport.Attributes",
            "Filtered" => "groovy.util.slurpersupport.FilteredNodeChildren",
            _ => "groovy.util.slurpersupport.NodeChildren",
        }
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, this: &Value, name: &str) -> R<Option<Value>> {
        if let Some(a) = name.strip_prefix('@') {
            let a = if self.doc.aware { a.rsplit(':').next().unwrap_or(a) } else { a };
            let hit = |i: &usize| self.doc.all[*i].attrs.iter().find(|x| x.0 == a).map(|x| x.1.clone());
            let values = self.found.iter().filter_map(hit).collect();
            let p = Path {
                doc: self.doc.clone(),
                class: "Attributes",
                found: vec![],
                values: Some(values),
                name: a.to_string(),
            };
            return Ok(Some(Value::object(p)));
        }
        Ok(Some(match name {
            "**" => Value::list(self.found.iter().flat_map(|i| self.doc.below(*i)).map(|i| self.one(i)).collect()),
            "*" => self.with("NodeChildren", self.found.iter().flat_map(|i| self.doc.children(*i)).collect(), "*"),
            ".." => self.with(
                "NodeChild",
                self.found.iter().filter_map(|i| self.doc.all[*i].parent).take(1).collect(),
                "..",
            ),
            "." => this.clone(),
            n => {
                let kids =
                    self.found.iter().flat_map(|i| self.doc.children(*i)).filter(|c| self.doc.name(*c) == n).collect();
                self.with("NodeChildren", kids, n)
            }
        }))
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let string = || Value::str(self.string());
        Ok(Some(match (name, args) {
            ("text" | "toString", []) => string(),
            ("localText", []) => Value::list(
                self.found
                    .iter()
                    .flat_map(|i| &self.doc.all[*i].content)
                    .filter_map(|p| if let Piece::Text(t) = p { Some(Value::str(t)) } else { None })
                    .collect(),
            ),
            ("size", []) => Value::Int(self.values.as_ref().map_or(self.found.len(), Vec::len) as i32),
            ("isEmpty", []) => Value::Bool(self.found.is_empty() && self.values.as_ref().is_none_or(Vec::is_empty)),
            ("name", []) => Value::str(self.found.first().map_or(self.name.as_str(), |i| self.doc.name(*i))),
            ("children", []) => {
                self.with("NodeChildren", self.found.iter().flat_map(|i| self.doc.children(*i)).collect(), "*")
            }
            ("childNodes", []) => crate::objects::iterator(
                self.found.iter().flat_map(|i| self.doc.children(*i)).map(|i| self.one(i)).collect(),
            ),
            ("parent", []) => self.with(
                "NodeChild",
                self.found.iter().filter_map(|i| self.doc.all[*i].parent).take(1).collect(),
                "..",
            ),
            ("attributes", []) if self.class == "NodeChild" => Value::map(
                self.found
                    .iter()
                    .flat_map(|i| &self.doc.all[*i].attrs)
                    .map(|(k, v)| (k.clone(), Value::str(v)))
                    .collect(),
            ),
            ("depthFirst", []) => crate::objects::iterator(
                self.found.iter().flat_map(|i| self.doc.below(*i)).map(|i| self.one(i)).collect(),
            ),
            ("breadthFirst", []) => crate::objects::iterator(
                self.found.iter().flat_map(|i| self.breadth(*i)).map(|i| self.one(i)).collect(),
            ),
            ("getAt", [i]) if crate::ops::is_number(i) => {
                let n = int(Some(i));
                let n = if n < 0 { n + self.found.len() as i64 } else { n };
                match usize::try_from(n).ok().and_then(|n| self.found.get(n)) {
                    Some(x) => self.one(*x),
                    None => self.with("NodeChildren", vec![], &self.name),
                }
            }
            ("findAll" | "find", [f @ Value::Closure(_)]) => {
                let mut hits = Vec::new();
                for i in &self.found {
                    let r = it.invoke(f, "call", vec![self.one(*i)])?;
                    if it.truth(&r)? {
                        hits.push(*i);
                        if name == "find" {
                            return Ok(Some(self.one(*i)));
                        }
                    }
                }
                self.with("Filtered", hits, &self.name)
            }
            ("plus", [_]) => this.clone(),
            ("toInteger" | "toLong" | "toDouble" | "toBigDecimal" | "toBigInteger" | "toFloat" | "toBoolean", []) => {
                return crate::gdk::call(it, &string(), name, args);
            }
            ("asType", [Value::Class(c)]) if &**c == "java.lang.String" => string(),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.string()
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(match &self.values {
            Some(v) => v.iter().map(Value::str).collect(),
            None => self.found.iter().map(|i| self.one(*i)).collect(),
        })
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        Some(match other {
            Value::Null => false,
            o => self.string() == text(o),
        })
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
