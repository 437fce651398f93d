//! `toString()` of values that may hold objects of the script.
use crate::gstring::is_lazy;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{MapKind, R, Value};
use std::rc::Rc;

impl Interpreter<'_> {
    /// `toString()`, asking script objects.
    pub(crate) fn to_text(&mut self, v: &Value) -> R<String> {
        if let Value::Instance(i) = v {
            if !i.class.methods("toString").is_empty() {
                let t = self.invoke(v, "toString", vec![])?;
                return Ok(text(&t));
            }
            return self.plain_text(v, i);
        }
        if let Some(t) = self.read_anew(v) {
            return t;
        }
        self.enter()?;
        let r = self.container_text(v);
        self.depth -= 1;
        r
    }

    /// The text of lists and maps that hold objects of the script.
    fn container_text(&mut self, v: &Value) -> R<String> {
        let own = |x: &Value| matches!(x, Value::Instance(_) | Value::List(_) | Value::Map(_)) || is_lazy(x);
        match v {
            Value::List(l) if l.data.borrow().iter().any(own) => {
                let items = l.data.borrow().clone();
                let mut out = String::from("[");
                for (i, x) in items.iter().enumerate() {
                    let before = out.len();
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(&if x.same(v) { "(this Collection)".into() } else { self.to_text(x)? });
                    self.tick()?;
                    self.charge((out.len() - before) + 8)?;
                }
                out.push(']');
                Ok(out)
            }
            Value::Set(m) if m.data.borrow().keys().any(|k| matches!(k.0, Value::Instance(_))) => {
                let items = Value::list(m.keys());
                self.container_text(&items)
            }
            Value::Map(m)
                if m.kind != MapKind::Lazy
                    && m.data.borrow().iter().any(|(k, v)| own(v) || matches!(k.0, Value::Instance(_))) =>
            {
                let mut out = String::from("[");
                for (i, (k, x)) in m.entries().iter().enumerate() {
                    let before = out.len();
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(&self.to_text(k)?);
                    out.push(':');
                    out.push_str(&if x.same(v) { "(this Map)".into() } else { self.to_text(x)? });
                    self.tick()?;
                    self.charge((out.len() - before) + 8)?;
                }
                out.push(']');
                Ok(out)
            }
            v => Ok(text(v)),
        }
    }

    /// `toString()` of an object whose class does not say it.
    pub(crate) fn plain_text(&mut self, this: &Value, i: &Rc<crate::value::Instance>) -> R<String> {
        if let Some(n) = i.fields.borrow().get("$name") {
            return Ok(text(n));
        }
        let class = i.class.decl.name.clone();
        if crate::classes::is_throwable(&i.class.base) {
            let m = self.invoke(this, "getMessage", vec![])?;
            return Ok(if m.is_null() { class.to_string() } else { format!("{class}: {}", text(&m)) });
        }
        let base = i.fields.borrow().get(crate::instance::BASE).cloned();
        if let Some(b) = base {
            return self.to_text(&b);
        }
        if i.class.noted(&["ToString", "Canonical", "Immutable"]) {
            let names = i.class.decl.notes.iter().any(|n| n.args.replace(' ', "").contains("includeNames=true"));
            let mut out = Vec::new();
            let fields: Vec<_> = i.class.decl.fields.iter().filter(|f| !f.is_static && !f.hidden).collect();
            for f in fields {
                let v = i.fields.borrow().get(&f.name).cloned().unwrap_or(Value::Null);
                let t = self.to_text(&v)?;
                out.push(if names { format!("{}:{t}", f.name) } else { t });
            }
            return Ok(format!("{class}({})", out.join(", ")));
        }
        Ok(format!("{class}@1"))
    }
}
