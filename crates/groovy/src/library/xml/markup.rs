//! MarkupBuilder and NodeBuilder: elements made by calls whose names they bear.
use super::node;
use super::printer::Printer;
use crate::error::{no_method, throw};
use crate::free::Held;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{ClosureObj, HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What the arguments of a builder's call mean: attributes, a value, a closure.
struct Call {
    attributes: Option<Rc<MapObj>>,
    value: Option<Value>,
    body: Option<Rc<ClosureObj>>,
}

/// Sorts the arguments; none if the call means nothing.
fn sort(args: &[Value]) -> Option<Call> {
    let mut call = Call { attributes: None, value: None, body: None };
    let mut rest = args;
    if let [head @ .., Value::Closure(f)] = rest {
        call.body = Some(f.clone());
        rest = head;
    }
    match rest {
        [] => {}
        [Value::Map(m)] => call.attributes = Some(m.clone()),
        [v] => call.value = Some(v.clone()),
        [Value::Map(m), v] | [v, Value::Map(m)] => {
            call.attributes = Some(m.clone());
            call.value = Some(v.clone());
        }
        _ => return None,
    }
    Some(call)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    /// In a start tag.
    Tag,
    /// After text.
    Text,
    /// After an end tag.
    End,
}

struct Page {
    out: Printer,
    state: Cell<State>,
    /// The element last begun holds nothing yet.
    empty: Cell<bool>,
    double: Cell<bool>,
    omit_null: Cell<bool>,
    omit_empty: Cell<bool>,
    expand: Cell<bool>,
    raw_attributes: Cell<bool>,
}

/// `groovy.xml.MarkupBuilder` and its `mkp`.
#[derive(Clone)]
pub(crate) struct Markup {
    page: Rc<Page>,
    helper: bool,
}

/// A builder that writes to a writer or an `IndentPrinter`.
pub(crate) fn builder(out: Value) -> Value {
    let out = match out.downcast::<Printer>() {
        Some(p) => p.clone(),
        None => Printer::new(out, "  ", true),
    };
    Value::object(Markup {
        page: Rc::new(Page {
            out,
            state: Cell::new(State::Begin),
            empty: Cell::new(true),
            double: Cell::new(false),
            omit_null: Cell::new(false),
            omit_empty: Cell::new(false),
            expand: Cell::new(false),
            raw_attributes: Cell::new(false),
        }),
        helper: false,
    })
}

fn escape(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Page {
    fn indented(&self, it: &mut Interpreter<'_>, step: i64) -> R<()> {
        self.out.line(it)?;
        self.out.deeper(step);
        self.out.indent(it)
    }

    /// What must be written before a start tag or text that begins an element.
    fn begin(&self, it: &mut Interpreter<'_>, name: &str, next: State) -> R<()> {
        match self.state.get() {
            State::Begin => {}
            State::Tag => {
                self.out.put(it, ">")?;
                self.indented(it, 1)?;
            }
            State::Text if self.empty.get() => {}
            State::Text => self.indented(it, 1)?,
            State::End => self.indented(it, 0)?,
        }
        self.out.put(it, &format!("<{name}"))?;
        self.state.set(next);
        Ok(())
    }

    fn finish(&self, it: &mut Interpreter<'_>, name: &str) -> R<()> {
        match self.state.get() {
            State::Begin => {}
            State::Tag if !self.empty.get() => {}
            State::Tag if self.expand.get() => self.out.put(it, &format!("></{name}>"))?,
            State::Tag => self.out.put(it, " />")?,
            State::Text => self.out.put(it, &format!("</{name}>"))?,
            State::End => {
                self.indented(it, -1)?;
                self.out.put(it, &format!("</{name}>"))?;
            }
        }
        self.state.set(State::End);
        Ok(())
    }

    fn text(&self, it: &mut Interpreter<'_>, s: &str) -> R<()> {
        if self.state.get() == State::Tag {
            self.state.set(State::Text);
            self.empty.set(false);
            self.out.put(it, ">")?;
        }
        if self.state.get() == State::Begin { Ok(()) } else { self.out.put(it, s) }
    }

    fn attributes(&self, it: &mut Interpreter<'_>, m: &MapObj) -> R<()> {
        let q = if self.double.get() { '"' } else { '\'' };
        for (k, v) in m.entries() {
            let value = if v.is_null() { String::new() } else { it.to_text(&v)? };
            if v.is_null() && self.omit_null.get() || !v.is_null() && value.is_empty() && self.omit_empty.get() {
                continue;
            }
            let value = if self.raw_attributes.get() {
                value
            } else {
                let value = escape(&value).replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#09;");
                value.replace(q, if q == '"' { "&quot;" } else { "&apos;" })
            };
            let key = it.to_text(&k)?;
            self.out.put(it, &format!(" {key}={q}{value}{q}"))?;
        }
        Ok(())
    }

    fn start(&self, it: &mut Interpreter<'_>, name: &str, call: &Call) -> R<()> {
        let value = call.value.as_ref().filter(|v| !v.is_null());
        match (&call.attributes, value) {
            (None, Some(v)) => {
                self.begin(it, name, State::Text)?;
                self.empty.set(false);
                let t = it.to_text(v)?;
                self.out.put(it, &format!(">{}", escape(&t)))
            }
            (attributes, value) => {
                self.begin(it, name, State::Tag)?;
                self.empty.set(true);
                if let Some(m) = attributes {
                    self.attributes(it, m)?;
                }
                match value {
                    Some(v) => {
                        let t = it.to_text(v)?;
                        self.text(it, &escape(&t))
                    }
                    None => Ok(()),
                }
            }
        }
    }

    fn instruction(&self, it: &mut Interpreter<'_>, target: &str, data: &Value) -> R<()> {
        let Value::Map(m) = data else {
            return Err(throw(
                "java.lang.ClassCastException",
                "class java.lang.String cannot be cast to class java.util.Map",
            ));
        };
        self.begin(it, &format!("?{target}"), State::Tag)?;
        self.empty.set(true);
        self.attributes(it, m)?;
        self.state.set(State::Text);
        self.out.put(it, "?>")?;
        self.out.line(it)
    }
}

impl Markup {
    fn setting(&self, name: &str) -> Option<&Cell<bool>> {
        Some(match name {
            "doubleQuotes" => &self.page.double,
            "omitNullAttributes" => &self.page.omit_null,
            "omitEmptyAttributes" => &self.page.omit_empty,
            "expandEmptyElements" => &self.page.expand,
            _ => return None,
        })
    }

    fn helper(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<()> {
        match (name, args) {
            ("yield", [v]) => {
                let s = escape(&it.to_text(v)?);
                self.page.text(it, &s)
            }
            ("yieldUnescaped", [v]) => {
                let s = it.to_text(v)?;
                self.page.text(it, &s)
            }
            ("comment", [v]) => {
                let s = it.to_text(v)?;
                self.page.text(it, &format!("<!-- {s} -->"))
            }
            ("xmlDeclaration", [m]) => self.page.instruction(it, "xml", m),
            ("pi", [Value::Map(m)]) => match m.entries().first() {
                Some((k, v)) => self.page.instruction(it, &text(k), v),
                None => Ok(()),
            },
            _ => Err(no_method(this, name, args)),
        }
    }
}

impl HostObject for Markup {
    fn class_name(&self) -> &str {
        if self.helper { "groovy.xml.MarkupBuilderHelper" } else { "groovy.xml.MarkupBuilder" }
    }
    fn get_property(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        if name == "mkp" {
            return Ok(Some(Value::object(Markup { helper: true, ..self.clone() })));
        }
        Ok(match name {
            "escapeAttributes" => Some(Value::Bool(!self.page.raw_attributes.get())),
            name => self.setting(name).map(|s| Value::Bool(s.get())),
        })
    }
    fn set_property(&self, _it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        let on = crate::ops::truth(&value);
        if name == "escapeAttributes" {
            self.page.raw_attributes.set(!on);
            return Ok(true);
        }
        match self.setting(name) {
            Some(s) => {
                s.set(on);
                Ok(true)
            }
            None => Err(crate::error::no_property(name, self.class_name())),
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        if self.helper {
            return match name {
                "getClass" | "toString" => Ok(None),
                _ => self.helper(it, this, name, args).map(|()| Some(Value::Null)),
            };
        }
        match (name, args) {
            ("getMkp", []) => return self.get_property(it, this, "mkp"),
            ("getClass" | "toString" | "hashCode", []) | ("is" | "equals", [_]) => return Ok(None),
            ("with", [Value::Closure(_)]) => return Ok(None),
            ("invokeMethod", [n, a]) => {
                let args = it.items_of(a)?;
                return self.call_method(it, this, &text(n), &args);
            }
            (setter, [v]) if setter.starts_with("set") => {
                let property = crate::members::decapitalize(&setter[3..]);
                if property == "escapeAttributes" || self.setting(&property).is_some() {
                    return self.set_property(it, &property, v.clone()).map(|_| Some(Value::Null));
                }
            }
            (getter, []) if getter.starts_with("get") || getter.starts_with("is") => {
                let property = crate::members::decapitalize(getter.trim_start_matches("get").trim_start_matches("is"));
                if let Some(s) = self.setting(&property) {
                    return Ok(Some(Value::Bool(s.get())));
                }
            }
            _ => {}
        }
        let Some(call) = sort(args) else { return Ok(None) };
        it.tick()?;
        self.page.start(it, name, &call)?;
        if let Some(f) = &call.body {
            crate::gdk::with_delegate(it, f, this.clone(), vec![], false)?;
        }
        self.page.finish(it, name)?;
        Ok(Some(Value::str(name)))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `groovy.util.NodeBuilder`.
pub(crate) struct NodeBuilder {
    current: RefCell<Held>,
}

/// A builder of nodes.
pub(crate) fn node_builder() -> Value {
    Value::object(NodeBuilder { current: RefCell::new(Held(Value::Null)) })
}

/// The nodes a closure builds.
pub(crate) fn nodes(it: &mut Interpreter<'_>, f: &Value) -> R<Vec<Value>> {
    let b = node_builder();
    let root = it.invoke(&b, "replaceNode", vec![f.clone()])?;
    Ok(root.downcast::<node::Node>().map(node::Node::children).unwrap_or_default())
}

impl HostObject for NodeBuilder {
    fn class_name(&self) -> &str {
        "groovy.util.NodeBuilder"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        if matches!((name, args), ("getClass" | "toString" | "hashCode", [])) {
            return Ok(None);
        }
        let Some(call) = sort(args) else { return Err(no_method(this, name, args)) };
        it.tick()?;
        it.charge(400)?;
        let attributes = call.attributes.unwrap_or_else(|| MapObj::new(MapKind::Linked));
        let made = node::new(
            Value::str(name),
            Value::Map(attributes),
            call.value.filter(|v| !v.is_null()).unwrap_or_else(|| node::list(vec![])),
        );
        let around = self.current.borrow().0.clone();
        if !around.is_null() {
            node::append(&around, made.clone());
        }
        if let Some(f) = &call.body {
            self.current.replace(Held(made.clone()));
            let r = crate::gdk::with_delegate(it, f, this.clone(), vec![], false);
            self.current.replace(Held(around));
            r?;
        }
        Ok(Some(made))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
