//! Text buffers: StringBuilder, StringBuffer, StringWriter and PrintWriter.
use crate::error::throw;
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::streams::{after, with_self, written};
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// StringBuilder, StringBuffer, StringWriter and PrintWriter.
pub(crate) struct Buffer {
    class: &'static str,
    text: Rc<RefCell<String>>,
}

/// A text buffer of a class.
pub(crate) fn buffer(class: &'static str, text: String) -> Value {
    Value::object(Buffer { class, text: Rc::new(RefCell::new(text)) })
}

/// A writer of another class over the same text.
pub(crate) fn around(class: &'static str, of: &Value) -> Option<Value> {
    of.downcast::<Buffer>().map(|b| Value::object(Buffer { class, text: b.text.clone() }))
}

impl Buffer {
    fn len(&self) -> usize {
        let t = self.text.borrow();
        if t.is_ascii() { t.len() } else { t.chars().count() }
    }

    /// The byte where a character begins.
    fn byte(&self, i: i64) -> usize {
        let t = self.text.borrow();
        let i = i.max(0) as usize;
        if t.is_ascii() { i.min(t.len()) } else { t.char_indices().nth(i).map_or(t.len(), |c| c.0) }
    }

    fn bounds(&self, message: String) -> crate::value::Thrown {
        throw("java.lang.StringIndexOutOfBoundsException", message)
    }
}

impl HostObject for Buffer {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let builder = self.class.starts_with("java.lang.");
        if !builder || matches!(name, "append" | "leftShift") {
            if let Some(s) = written(it, name, args)? {
                it.charge(s.len())?;
                let len = self.text.borrow().len();
                it.charge(if len > 64 << 20 { len } else { 0 })?;
                self.text.borrow_mut().push_str(&s);
                return Ok(Some(after(this, name)));
            }
            if let Some(v) = with_self(it, this, name, args)? {
                return Ok(Some(v));
            }
        }
        let a0 = args.first();
        Ok(Some(match (name, args.len()) {
            ("toString" | "getText", 0) => {
                it.charge(self.text.borrow().len() / 8)?;
                Value::str(&*self.text.borrow())
            }
            ("getBuffer", 0) => Value::object(Buffer { class: "java.lang.StringBuffer", text: self.text.clone() }),
            ("toCharArray", 0) if self.class == "java.io.CharArrayWriter" => {
                Value::array("char", self.text.borrow().chars().map(Value::Char).collect())
            }
            ("appendCodePoint", 1) => {
                let c = u32::try_from(int(a0)).ok().and_then(char::from_u32).unwrap_or('?');
                self.text.borrow_mut().push(c);
                this.clone()
            }
            ("length" | "size", 0) => Value::Int(self.len() as i32),
            ("capacity", 0) => Value::Int(self.len().max(16) as i32),
            ("isEmpty", 0) => Value::Bool(self.text.borrow().is_empty()),
            ("flush" | "close" | "trimToSize", 0) | ("ensureCapacity", 1) => Value::Null,
            ("checkError", 0) => Value::Bool(false),
            ("setLength", 1) => {
                let want = int(a0).max(0) as usize;
                it.charge(want)?;
                let (at, missing) = (self.byte(int(a0)), want.saturating_sub(self.len()));
                self.text.borrow_mut().truncate(at);
                self.text.borrow_mut().push_str(&"\0".repeat(missing));
                Value::Null
            }
            ("charAt", 1) => {
                let c = self.text.borrow().get(self.byte(int(a0))..).and_then(|r| r.chars().next());
                match c.filter(|_| int(a0) >= 0) {
                    Some(c) => Value::Char(c),
                    None => return Err(self.bounds(format!("index {},length {}", int(a0), self.len()))),
                }
            }
            ("setCharAt", 2) => {
                let (a, b) = (self.byte(int(a0)), self.byte(int(a0).saturating_add(1)));
                if a == b {
                    return Err(self.bounds(format!("index {},length {}", int(a0), self.len())));
                }
                self.text.borrow_mut().replace_range(a..b, &txt(args.get(1)));
                Value::Null
            }
            ("insert", 2) => {
                if int(a0) < 0 || int(a0) as usize > self.len() {
                    return Err(self.bounds(format!("offset {}, length {}", int(a0), self.len())));
                }
                let at = self.byte(int(a0));
                let s = it.to_text(&args[1])?;
                it.charge(s.len() + self.text.borrow().len() / 64)?;
                self.text.borrow_mut().insert_str(at, &s);
                this.clone()
            }
            ("deleteCharAt", 1) => {
                if int(a0) < 0 || int(a0) as usize >= self.len() {
                    return Err(self.bounds(format!("index {},length {}", int(a0), self.len())));
                }
                let (a, b) = (self.byte(int(a0)), self.byte(int(a0) + 1));
                it.charge(self.text.borrow().len() / 64)?;
                self.text.borrow_mut().replace_range(a..b, "");
                this.clone()
            }
            ("delete", 2) | ("replace", 3) => {
                let end = int(args.get(1)).min(self.len() as i64);
                if int(a0) < 0 || int(a0) > end {
                    return Err(self.bounds(format!("start {}, end {end}, length {}", int(a0), self.len())));
                }
                let (a, b) = (self.byte(int(a0)), self.byte(end));
                let by = txt(args.get(2)); // may be the text of this buffer
                it.charge(by.len() + self.text.borrow().len() / 64)?;
                self.text.borrow_mut().replace_range(a..b, &by);
                this.clone()
            }
            ("putAt", 2) => {
                let Value::Range(r) = &args[0] else { return Ok(None) };
                let n = self.len() as i64;
                let at = |v: &Value| (int(Some(v)) + if int(Some(v)) < 0 { n } else { 0 }).clamp(0, n);
                let (a, b) = (self.byte(at(&r.from)), self.byte(at(&r.to) + i64::from(r.inclusive)));
                let by = txt(args.get(1));
                it.charge(by.len())?;
                if a <= b {
                    self.text.borrow_mut().replace_range(a..b, &by);
                }
                Value::Null
            }
            ("reverse", 0) => {
                let r: String = self.text.borrow().chars().rev().collect();
                self.text.replace(r);
                this.clone()
            }
            ("equals", 1) => Value::Bool(this.same(&args[0])),
            ("compareTo", 1) => {
                let (a, b) = (self.text.borrow().clone(), txt(a0));
                Value::Int(a.cmp(&b) as i32)
            }
            ("getClass" | "hashCode" | "is" | "with" | "tap" | "getMetaClass" | "metaClass", _) => return Ok(None),
            (name, _) if crate::gdk::buffer_lacks(name, args) => return Ok(None),
            _ => {
                it.charge(self.text.borrow().len() / 8)?;
                let s = Value::str(&*self.text.borrow());
                return crate::gdk::call(it, &s, name, args);
            }
        }))
    }
    fn text(&self) -> String {
        self.text.borrow().clone()
    }
    fn truth(&self) -> bool {
        !self.text.borrow().is_empty()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
