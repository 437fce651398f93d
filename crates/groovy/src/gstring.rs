//! Texts with values in them. One whose values cannot change is put together when it is made; of the others the values
//! are kept, and they are asked each time the text is read, as in Groovy. Where a script asks texts for their values, the
//! values of all of them are kept.
use crate::ast::Part;
use crate::env::Env;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{ClosureCode, ClosureObj, HostObject, ListKind, ListObj, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// Texts in texts are kept apart so deep; what is deeper is put together at once, and so is a text of too many values.
const MAX_NESTED: u32 = 16;
const MAX_VALUES: usize = 256;
/// So many bytes are written of texts in lists in texts where no limit of a script counts them.
const MAX_TEXT: usize = 16 << 20;

/// Objects of the library that change under the texts that hold them.
const CHANGING: &[&str] = &[
    "java.lang.StringBuilder",
    "java.lang.StringBuffer",
    "java.io.StringWriter",
    "java.util.Date",
    "java.sql.Timestamp",
    "java.util.GregorianCalendar",
    "groovy.util.Node",
];
/// Packages of such objects.
const CHANGING_IN: &[&str] = &["java.util.concurrent.atomic.", "groovy.util.slurpersupport."];

/// Whether a source asks texts for what they are made of.
pub(crate) fn asks_for_values(source: &str) -> bool {
    let property = |name: &str| {
        source.match_indices(name).any(|(at, _)| {
            let after = source[at + name.len()..].trim_start_matches([' ', '\t']);
            !after.starts_with(|c: char| c == '(' || c.is_alphanumeric() || c == '_')
        })
    };
    let by_number = || source.match_indices("getValue(").any(|(at, m)| !source[at + m.len()..].starts_with(')'));
    ["getStrings", "getValues", "alueCount"].iter().any(|name| source.contains(name))
        || property(".values")
        || property(".strings")
        || by_number()
}

thread_local! {
    /// How deep texts are read in each other without a run, and how much was written of them.
    static READING: Cell<(u32, usize)> = const { Cell::new((0, 0)) };
}

/// A text whose values are read each time it is read.
struct LazyText {
    /// What stands before, between and after the values.
    strings: Vec<Rc<str>>,
    values: Rc<ListObj>,
    /// Whether a value is a closure.
    calls: bool,
    depth: u32,
    /// The text as a run read it last, for those who have no run at hand.
    last: RefCell<Option<Rc<str>>>,
    busy: Cell<bool>,
}

/// The values of such texts, which may hold each other: they are let go when the run is over.
#[derive(Default)]
pub(crate) struct Texts {
    held: Vec<Weak<ListObj>>,
    /// When those that are gone are next swept out.
    sweep_at: usize,
}

impl Texts {
    fn hold(&mut self, values: &Rc<ListObj>) {
        self.held.push(Rc::downgrade(values));
        if self.held.len() > self.sweep_at {
            self.held.retain(|w| w.strong_count() > 0);
            self.sweep_at = self.held.len() * 2 + 10_000;
        }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        for values in self.held.drain(..).filter_map(|w| w.upgrade()) {
            let gone = values.data.take();
            drop(gone);
        }
    }
}

fn lazy(v: &Value) -> Option<&LazyText> {
    v.downcast()
}

/// Whether it is a text that is put together each time it is read.
pub(crate) fn is_lazy(v: &Value) -> bool {
    matches!(v, Value::Object(_)) && lazy(v).is_some()
}

/// Whether two values are equal of which one is such a text; None if none is.
pub(crate) fn equal(a: &Value, b: &Value, java: bool) -> Option<bool> {
    let (one, other) = if is_lazy(a) {
        (a, b)
    } else if is_lazy(b) {
        (b, a)
    } else {
        return None;
    };
    let texts = matches!(other, Value::GStr(_)) || is_lazy(other) || !java && matches!(other, Value::Str(_));
    Some(one.same(other) || texts && text(one) == text(other))
}

/// Whether a text with this value in it may change.
fn changes(v: &Value) -> bool {
    match v {
        Value::Closure(_) | Value::List(_) | Value::Map(_) | Value::Set(_) | Value::Bytes(_) => true,
        // A constant of an enum stays what it is.
        Value::Instance(i) => !i.fields.borrow().contains_key("$name"),
        Value::Object(o) => {
            let class = o.class_name();
            CHANGING.contains(&class) || CHANGING_IN.iter().any(|p| class.starts_with(p)) || is_lazy(v)
        }
        _ => false,
    }
}

/// How many parameters a closure has.
fn parameters(f: &ClosureObj) -> usize {
    let (mut f, mut given) = (f, 0);
    loop {
        f = match &f.code {
            ClosureCode::Block { decl, .. } => {
                return decl.params.as_ref().map_or(1, Vec::len).saturating_sub(given);
            }
            ClosureCode::Curried { of, args, .. } => {
                given += args.len();
                of
            }
            ClosureCode::Composed { first, .. } => first,
            ClosureCode::Memo { of, .. } | ClosureCode::Trampoline { of, .. } => of,
            ClosureCode::Method { .. } | ClosureCode::Identity | ClosureCode::Freed => return 0,
        }
    }
}

/// Whether a call keeps its last argument as it is, where it would else be read as a text.
fn keeps(recv: &Value, name: &str) -> bool {
    match recv {
        Value::Closure(_) => true,
        Value::List(_) | Value::Map(_) => matches!(
            name,
            "add"
                | "addElement"
                | "addFirst"
                | "addLast"
                | "is"
                | "leftShift"
                | "offer"
                | "offerFirst"
                | "offerLast"
                | "plus"
                | "push"
                | "put"
                | "putAt"
                | "putIfAbsent"
                | "set"
        ),
        Value::Object(_) => matches!(name, "is" | "setHeader" | "setProperty" | "setVariable"),
        _ => name == "is",
    }
}

impl Interpreter<'_> {
    /// `"…${x}…"`.
    pub(crate) fn gstring(&mut self, parts: &[Part], env: &Rc<Env>) -> R {
        let mut values = Vec::new();
        let mut changing = self.program.keeps_values;
        for p in parts {
            if let Part::Code(e) = p {
                let v = self.eval(e, env)?;
                changing = changing || changes(&v);
                values.push(v);
            }
        }
        if changing && !values.is_empty() {
            let mut strings = vec![String::new()];
            for p in parts {
                match p {
                    Part::Text(t) => strings.last_mut().into_iter().for_each(|s| s.push_str(t)),
                    Part::Code(_) => strings.push(String::new()),
                }
            }
            return self.lazy_of(strings.into_iter().map(Rc::from).collect(), values);
        }
        let (mut s, mut values) = (String::new(), values.iter());
        for p in parts {
            match p {
                Part::Text(t) => s.push_str(t),
                Part::Code(_) => s.push_str(&values.next().map_or(Ok(String::new()), |v| self.to_text(v))?),
            }
        }
        self.charge(s.len())?;
        Ok(Value::GStr(s.into()))
    }

    fn lazy_of(&mut self, strings: Vec<Rc<str>>, mut values: Vec<Value>) -> R {
        self.charge(128 + strings.iter().map(|s| s.len() + 40).sum::<usize>())?;
        let mut depth = 0;
        for v in &mut values {
            if lazy(v).is_some_and(|l| l.depth >= MAX_NESTED) {
                *v = self.settled(v)?;
            }
            depth = depth.max(lazy(v).map_or(0, |l| l.depth));
        }
        let calls = values.iter().any(|v| matches!(v, Value::Closure(_)) || lazy(v).is_some_and(|l| l.calls));
        let flat = values.len() > MAX_VALUES;
        let values = ListObj::new(ListKind::Array("Object".into()), values);
        self.texts.hold(&values);
        let (last, busy) = (RefCell::new(None), Cell::new(false));
        let made = Value::object(LazyText { strings, values, calls, depth: depth + 1, last, busy });
        if flat { self.settled(&made) } else { Ok(made) }
    }

    /// A value, or the text it has now if it is one that is read anew each time.
    pub(crate) fn settled(&mut self, v: &Value) -> R {
        match lazy(v) {
            Some(l) => Ok(Value::GStr(self.lazy_text(l)?)),
            None => Ok(v.clone()),
        }
    }

    /// A value for a comparison that tells texts only by what they say.
    pub(crate) fn by_text(&mut self, v: &Value) -> R {
        Ok(match self.settled(v)? {
            Value::GStr(s) => Value::Str(s),
            v => v,
        })
    }

    /// Arguments of a call of the library: it gets the texts as they are now, unless it keeps them.
    pub(crate) fn settle(&mut self, recv: &Value, name: &str, args: &mut [Value]) -> R<()> {
        let last = args.len().saturating_sub(1);
        for (i, a) in args.iter_mut().enumerate() {
            if is_lazy(a) && !(i == last && keeps(recv, name)) {
                *a = self.settled(a)?;
            }
        }
        Ok(())
    }

    /// The text as it is now, if it is one that is read anew each time.
    pub(crate) fn read_anew(&mut self, v: &Value) -> Option<R<String>> {
        lazy(v).map(|l| self.lazy_text(l).map(|t| t.to_string()))
    }

    fn lazy_text(&mut self, l: &LazyText) -> R<Rc<str>> {
        self.tick()?;
        // In Groovy a text of a list that holds the text never ends.
        if l.busy.replace(true) && !l.calls {
            return Ok("...".into());
        }
        let r = self.enter().and_then(|()| {
            let r = self.put_together(l);
            self.depth -= 1;
            r
        });
        l.busy.set(false);
        let t: Rc<str> = r?.into();
        if l.calls {
            l.last.replace(Some(t.clone()));
        }
        Ok(t)
    }

    fn put_together(&mut self, l: &LazyText) -> R<String> {
        let values = l.values.data.borrow().clone();
        let mut out = String::new();
        for (i, s) in l.strings.iter().enumerate() {
            out.push_str(s);
            if let Some(v) = values.get(i) {
                let t = self.part_text(v)?;
                self.charge(t.len())?;
                out.push_str(&t);
            }
        }
        self.charge(out.len())?;
        Ok(out)
    }

    /// A closure is called; one with a parameter writes.
    fn part_text(&mut self, v: &Value) -> R<String> {
        let Value::Closure(f) = v else { return self.to_text(v) };
        match parameters(f) {
            0 => {
                let v = self.call_closure_as(f, vec![], "call")?;
                self.to_text(&v)
            }
            1 => {
                let writer = crate::objects::buffer("java.io.StringWriter", String::new());
                self.call_closure_as(f, vec![writer.clone()], "call")?;
                self.to_text(&writer)
            }
            n => Err(throw(
                "groovy.lang.GroovyRuntimeException",
                format!("Trying to evaluate a GString containing a Closure taking {n} parameters"),
            )),
        }
    }

    /// `a + b` where both are texts and one is read anew each time: so is the sum, if it begins with such a text or with
    /// one that was put together. None if they are not.
    pub(crate) fn plus_text(&mut self, a: &Value, b: &Value) -> R<Option<Value>> {
        let starts = is_lazy(a) || matches!(a, Value::GStr(_)) && is_lazy(b);
        if !starts || !(is_lazy(b) || matches!(b, Value::Str(_) | Value::GStr(_))) {
            return Ok(None);
        }
        let parts = |v: &Value| match lazy(v) {
            Some(l) => (l.strings.clone(), l.values.data.borrow().clone()),
            None => (v.as_str().into_iter().collect(), vec![]),
        };
        let ((mut strings, mut values), (more, held)) = (parts(a), parts(b));
        let mut more = more.into_iter();
        if let (Some(end), Some(start)) = (strings.last_mut(), more.next()) {
            *end = format!("{end}{start}").into();
        }
        strings.extend(more);
        values.extend(held);
        self.lazy_of(strings, values).map(Some)
    }
}

impl HostObject for LazyText {
    fn class_name(&self) -> &str {
        "org.codehaus.groovy.runtime.GStringImpl"
    }
    fn get_property(&self, it: &mut Interpreter<'_>, this: &Value, name: &str) -> R<Option<Value>> {
        match name {
            "class" | "metaClass" | "strings" | "values" | "valueCount" => Ok(None),
            _ => {
                let text = it.settled(this)?;
                it.get_property(&text, name).map(Some)
            }
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getValues", []) => Value::List(self.values.clone()),
            ("getStrings", []) => Value::array("String", self.strings.iter().cloned().map(Value::Str).collect()),
            ("getValueCount", []) => Value::Int(self.values.data.borrow().len() as i32),
            ("getValue", [i]) => it.index_get(&Value::List(self.values.clone()), i)?,
            ("toString", []) => Value::Str(it.lazy_text(self)?),
            ("writeTo", [to]) => {
                let text = Value::Str(it.lazy_text(self)?);
                it.invoke(to, "write", vec![text])?;
                to.clone()
            }
            ("is" | "getClass" | "getMetaClass" | "with" | "tap" | "asType" | "invokeMethod" | "getProperty", _) => {
                return Ok(None);
            }
            ("plus", [x]) if let Some(v) = it.plus_text(this, x)? => v,
            _ => {
                let text = it.settled(this)?;
                return crate::gdk::call(it, &text, name, args);
            }
        }))
    }
    fn text(&self) -> String {
        if let Some(t) = self.last.borrow().as_ref().filter(|_| self.calls) {
            return t.to_string();
        }
        let (depth, written) = READING.get();
        if depth > MAX_NESTED || written > MAX_TEXT || self.busy.replace(true) {
            return "...".into();
        }
        READING.set((depth + 1, written + 256));
        let mut out = String::new();
        let values = self.values.data.try_borrow().map(|v| v.clone()).unwrap_or_default();
        for (i, s) in self.strings.iter().enumerate() {
            out.push_str(s);
            out.push_str(&values.get(i).map(text).unwrap_or_default());
        }
        self.busy.set(false);
        let written = READING.get().1 + out.len();
        READING.set((depth, if depth == 0 { 0 } else { written }));
        out
    }
    fn truth(&self) -> bool {
        !self.text().is_empty()
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        Some(other.as_str().is_some_and(|s| *s == *self.text()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
