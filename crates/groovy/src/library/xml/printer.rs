//! `IndentPrinter`, and `XmlNodePrinter`, which writes nodes with it.
use super::node::Node;
use super::qname::QName;
use crate::error::throw;
use crate::free::Held;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

struct Target {
    out: Held,
    blank: String,
    lines: bool,
    level: Cell<i64>,
}

/// `groovy.util.IndentPrinter`.
#[derive(Clone)]
pub(crate) struct Printer(Rc<Target>);

impl Printer {
    /// A printer to a writer: the blanks per level, and whether there are line breaks.
    pub(crate) fn new(out: Value, blank: &str, lines: bool) -> Printer {
        Printer(Rc::new(Target { out: Held(out), blank: blank.into(), lines, level: Cell::new(0) }))
    }

    /// `new IndentPrinter(writer, blanks, line breaks)`.
    pub(crate) fn construct(args: &[Value]) -> Value {
        let blank = args.get(1).map_or_else(|| "  ".to_string(), text);
        let lines = args.get(2).is_none_or(crate::ops::truth);
        Value::object(Printer::new(args.first().cloned().unwrap_or(Value::Null), &blank, lines))
    }

    pub(crate) fn put(&self, it: &mut Interpreter<'_>, s: &str) -> R<()> {
        if s.is_empty() || self.0.out.0.is_null() {
            return Ok(());
        }
        it.invoke(&self.0.out.0, "write", vec![Value::str(s)]).map(|_| ())
    }

    pub(crate) fn line(&self, it: &mut Interpreter<'_>) -> R<()> {
        if self.0.lines { self.put(it, "\n") } else { Ok(()) }
    }

    pub(crate) fn indent(&self, it: &mut Interpreter<'_>) -> R<()> {
        let n = self.0.level.get().max(0) as usize;
        it.charge(n.saturating_mul(self.0.blank.len()))?;
        let s = self.0.blank.repeat(n);
        self.put(it, &s)
    }

    pub(crate) fn deeper(&self, by: i64) {
        self.0.level.set((self.0.level.get() + by).clamp(0, 10_000_000));
    }
}

impl HostObject for Printer {
    fn class_name(&self) -> &str {
        "groovy.util.IndentPrinter"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("print", [v]) | ("println", [v]) => {
                let s = it.to_text(v)?;
                self.put(it, &s)?;
                if name == "println" {
                    self.line(it)?;
                }
            }
            ("println", []) => self.line(it)?,
            ("printIndent", []) => self.indent(it)?,
            ("incrementIndent", []) => self.deeper(1),
            ("decrementIndent", []) => self.deeper(-1),
            ("getIndentLevel", []) => return Ok(Some(Value::Int(self.0.level.get() as i32))),
            ("setIndentLevel", [n]) => self.0.level.set(int(Some(n)).clamp(0, 10_000_000)),
            ("flush" | "close", []) => {}
            _ => return Ok(None),
        }
        Ok(Some(Value::Null))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `groovy.util.XmlNodePrinter`.
pub(crate) struct NodePrinter {
    out: Printer,
    quote: RefCell<String>,
    aware: Cell<bool>,
    keep_blank: Cell<bool>,
    expand: Cell<bool>,
}

/// A node as text, as `XmlUtil` wants it.
pub(crate) fn node_text(it: &mut Interpreter<'_>, node: &Value) -> R<String> {
    let buffer = crate::objects::buffer("java.io.StringWriter", String::new());
    let p = NodePrinter::new(Printer::new(buffer.clone(), "  ", true), "\"");
    p.keep_blank.set(true);
    p.print(it, node)?;
    Ok(text(&buffer))
}

enum Step {
    Open(Value),
    Item(Value),
    /// The end of a node whose items are all simple and stay on its line, or not.
    Close(String, bool, usize),
}

impl NodePrinter {
    fn new(out: Printer, quote: &str) -> NodePrinter {
        NodePrinter {
            out,
            quote: RefCell::new(quote.into()),
            aware: Cell::new(true),
            keep_blank: Cell::new(false),
            expand: Cell::new(false),
        }
    }

    /// `new XmlNodePrinter(writer, blanks, quote)`, or over an `IndentPrinter`.
    pub(crate) fn construct(args: &[Value]) -> Value {
        let (out, quote) = match args.first().and_then(|a| a.downcast::<Printer>()) {
            Some(p) => (p.clone(), args.get(1)),
            None => {
                let blank = args.get(1).map_or_else(|| "  ".to_string(), text);
                (Printer::new(args.first().cloned().unwrap_or(Value::Null), &blank, true), args.get(2))
            }
        };
        Value::object(NodePrinter::new(out, &quote.map_or_else(|| "\"".to_string(), text)))
    }

    fn name(&self, v: &Value) -> String {
        match v.downcast::<QName>() {
            Some(q) if self.aware.get() => q.qualified(),
            Some(q) => q.local.to_string(),
            None => text(v),
        }
    }

    fn escape(&self, s: &str, attribute: bool) -> String {
        let quote = self.quote.borrow();
        let mut out = String::with_capacity(s.len());
        for c in s.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '\'' if attribute && *quote == "'" => out.push_str("&apos;"),
                '"' if attribute && *quote == "\"" => out.push_str("&quot;"),
                '\n' if attribute => out.push_str("&#10;"),
                '\r' if attribute => out.push_str("&#13;"),
                c => out.push(c),
            }
        }
        out
    }

    /// The declaration a name needs, unless it is in scope.
    fn declaration(&self, name: &Value, scope: &mut Vec<(Rc<str>, Rc<str>)>) -> String {
        let Some(q) = name.downcast::<QName>().filter(|q| self.aware.get() && !q.uri.is_empty()) else {
            return String::new();
        };
        if scope.iter().rev().find(|s| s.0 == q.prefix).is_some_and(|s| s.1 == q.uri) {
            return String::new();
        }
        scope.push((q.prefix.clone(), q.uri.clone()));
        let quote = self.quote.borrow();
        let colon = if q.prefix.is_empty() { "" } else { ":" };
        format!(" xmlns{colon}{}={quote}{}{quote}", q.prefix, q.uri)
    }

    fn print(&self, it: &mut Interpreter<'_>, node: &Value) -> R<()> {
        let mut scope: Vec<(Rc<str>, Rc<str>)> = Vec::new();
        let mut todo = vec![Step::Open(node.clone())];
        while let Some(step) = todo.pop() {
            it.tick()?;
            match step {
                Step::Item(v) => {
                    let s = self.escape(&it.to_text(&v)?, false);
                    if self.keep_blank.get() {
                        self.out.put(it, &s)?;
                    } else {
                        self.out.indent(it)?;
                        self.out.put(it, &s)?;
                        self.out.line(it)?;
                    }
                }
                Step::Close(name, inline, in_scope) => {
                    self.out.deeper(-1);
                    if !inline {
                        self.out.indent(it)?;
                    }
                    self.out.put(it, &format!("</{name}>"))?;
                    self.out.line(it)?;
                    scope.truncate(in_scope);
                }
                Step::Open(v) => {
                    let Some(n) = v.downcast::<Node>() else { continue };
                    let name_value = n.name.borrow().clone();
                    if name_value.is_null() {
                        return Err(throw("java.lang.NullPointerException", "Name must not be null."));
                    }
                    // Looking for prefixes walks over all that are in scope.
                    it.charge(scope.len() * 16)?;
                    let in_scope = scope.len();
                    let name = self.name(&name_value);
                    let mut tag = format!("<{name}{}", self.declaration(&name_value, &mut scope));
                    let quote = self.quote.borrow().clone();
                    for (k, a) in n.attributes() {
                        let value = self.escape(&it.to_text(&a)?, true);
                        tag.push_str(&format!(" {}={quote}{value}{quote}", self.name(&k)));
                        tag.push_str(&self.declaration(&k, &mut scope));
                    }
                    self.out.indent(it)?;
                    let children = n.children();
                    let is_list = matches!(n.value(), Value::List(_));
                    if children.is_empty() || !is_list && n.string().0.is_empty() {
                        tag.push_str(&if self.expand.get() { format!("></{name}>") } else { "/>".into() });
                        self.out.put(it, &tag)?;
                        self.out.line(it)?;
                        scope.truncate(in_scope);
                        continue;
                    }
                    tag.push('>');
                    self.out.put(it, &tag)?;
                    let inline =
                        self.keep_blank.get() && (!is_list || children.iter().all(|c| c.downcast::<Node>().is_none()));
                    if !inline {
                        self.out.line(it)?;
                    }
                    self.out.deeper(1);
                    todo.push(Step::Close(name, inline, in_scope));
                    it.charge(children.len() * 32)?;
                    todo.extend(
                        children
                            .into_iter()
                            .rev()
                            .map(|c| if c.downcast::<Node>().is_some() { Step::Open(c) } else { Step::Item(c) }),
                    );
                }
            }
        }
        Ok(())
    }
}

impl HostObject for NodePrinter {
    fn class_name(&self) -> &str {
        "groovy.util.XmlNodePrinter"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let truth = crate::ops::truth;
        match (name, args) {
            ("print", [node]) => self.print(it, node)?,
            ("setPreserveWhitespace", [v]) => self.keep_blank.set(truth(v)),
            ("setExpandEmptyElements", [v]) => self.expand.set(truth(v)),
            ("setNamespaceAware", [v]) => self.aware.set(truth(v)),
            ("setQuote", [v]) => {
                self.quote.replace(text(v));
            }
            ("isPreserveWhitespace" | "getPreserveWhitespace", []) => {
                return Ok(Some(Value::Bool(self.keep_blank.get())));
            }
            ("isExpandEmptyElements" | "getExpandEmptyElements", []) => {
                return Ok(Some(Value::Bool(self.expand.get())));
            }
            ("isNamespaceAware" | "getNamespaceAware", []) => return Ok(Some(Value::Bool(self.aware.get()))),
            ("getQuote", []) => return Ok(Some(Value::str(&*self.quote.borrow()))),
            _ => return Ok(None),
        }
        Ok(Some(Value::Null))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
