//! MarkupBuilder: XML written by calls whose names are the elements.
use crate::free::Held;
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// `groovy.xml.MarkupBuilder` and its `mkp`.
#[derive(Clone)]
pub(crate) struct Markup {
    out: Held,
    double: Rc<Cell<bool>>,
    /// Open elements; whether each has content yet.
    open: Rc<RefCell<Vec<bool>>>,
    helper: bool,
}

/// A builder that writes to this writer.
pub(crate) fn builder(out: Value) -> Value {
    Value::object(Markup { out: Held(out), double: Rc::new(Cell::new(false)), open: Rc::default(), helper: false })
}

fn escape(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Markup {
    fn put(&self, it: &mut Interpreter<'_>, s: &str) -> R<()> {
        it.invoke(&self.out.0, "append", vec![Value::str(s)]).map(|_| ())
    }

    /// Closes the start tag of the element around, if that is still open.
    fn content(&self, it: &mut Interpreter<'_>) -> R<()> {
        let first = self.open.borrow_mut().last_mut().is_some_and(|o| !std::mem::replace(o, true));
        if first { self.put(it, ">") } else { Ok(()) }
    }

    fn attributes(&self, it: &mut Interpreter<'_>, m: &Value, quote: char) -> R<String> {
        let mut s = String::new();
        for e in it.items_of(m)? {
            if let Value::Entry(e) = e {
                let v = if e.1.is_null() { String::new() } else { escape(&it.to_text(&e.1)?) };
                let v = if quote == '"' { v.replace('"', "&quot;") } else { v.replace('\'', "&apos;") };
                s.push_str(&format!(" {}={quote}{v}{quote}", it.to_text(&e.0)?));
            }
        }
        Ok(s)
    }

    fn element(&self, it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<()> {
        self.content(it)?;
        let depth = self.open.borrow().len();
        let blank = "  ".repeat(depth);
        let at_start = depth == 0 && it.to_text(&self.out.0)?.is_empty();
        let mut tag = if at_start { format!("<{name}") } else { format!("\n{blank}<{name}") };
        let quote = if self.double.get() { '"' } else { '\'' };
        for a in args.iter().filter(|a| matches!(a, Value::Map(_))) {
            tag.push_str(&self.attributes(it, a, quote)?);
        }
        self.put(it, &tag)?;
        let value = args.iter().find(|a| !matches!(a, Value::Map(_) | Value::Closure(_) | Value::Null));
        let body = args.iter().find_map(|a| if let Value::Closure(f) = a { Some(f.clone()) } else { None });
        let text = match value {
            Some(v) => escape(&it.to_text(v)?),
            None => String::new(),
        };
        let Some(f) = body else {
            let end = if value.is_some() { format!(">{text}</{name}>") } else { " />".into() };
            return self.put(it, &end);
        };
        self.open.borrow_mut().push(false);
        if value.is_some() {
            self.content(it)?;
            self.put(it, &text)?;
        }
        let before = it.to_text(&self.out.0)?.len();
        let me = Value::object(self.clone());
        let r = crate::gdk::with_delegate(it, &f, me, vec![], false);
        let had = self.open.borrow_mut().pop().unwrap_or(true);
        r?;
        if !had {
            return self.put(it, " />");
        }
        let written = it.to_text(&self.out.0)?;
        // Text in an element keeps its end tag on the line.
        let nested = written.get(before..).is_some_and(|w| w.contains(&format!("\n{blank}  <")));
        self.put(it, &if nested { format!("\n{blank}</{name}>") } else { format!("</{name}>") })
    }
}

impl HostObject for Markup {
    fn class_name(&self) -> &str {
        "groovy.xml.MarkupBuilder"
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        Ok((name == "mkp").then(|| Value::object(Markup { helper: true, ..self.clone() })))
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("getMkp", []) => return self.get_property(it, this, "mkp"),
            ("setDoubleQuotes", [v]) => self.double.set(crate::ops::truth(v)),
            (
                "setOmitNullAttributes" | "setOmitEmptyAttributes" | "setEscapeAttributes" | "setExpandEmptyElements",
                _,
            ) => {}
            ("getClass" | "toString" | "is" | "hashCode", []) => return Ok(None),
            ("yield", [v, ..]) if self.helper => {
                self.content(it)?;
                let s = escape(&it.to_text(v)?);
                self.put(it, &s)?;
            }
            ("yieldUnescaped", [v, ..]) if self.helper => {
                self.content(it)?;
                let s = it.to_text(v)?;
                self.put(it, &s)?;
            }
            ("xmlDeclaration", [m]) if self.helper => {
                let s = self.attributes(it, m, '\'')?;
                self.put(it, &format!("<?xml{s}?>"))?;
            }
            ("comment", [v]) if self.helper => {
                self.content(it)?;
                let s = it.to_text(v)?;
                self.put(it, &format!("<!-- {s} -->"))?;
            }
            _ if self.helper => return Ok(None),
            (name, args) => self.element(it, name, args)?,
        }
        Ok(Some(Value::Null))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
