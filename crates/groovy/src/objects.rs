//! Small library objects: text buffers, byte buffers, readers, iterators; and reading and writing by index.
use crate::error::{no_method, null_pointer, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{HostObject, ListKind, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// StringBuilder, StringBuffer, StringWriter and PrintWriter.
pub(crate) struct Buffer {
    class: &'static str,
    text: RefCell<String>,
}

/// A text buffer of a class.
pub(crate) fn buffer(class: &'static str, text: String) -> Value {
    Value::object(Buffer { class, text: RefCell::new(text) })
}

/// Text as bytes of a charset.
pub(crate) fn encode(s: &str, charset: &str) -> R<Vec<u8>> {
    Ok(match charset.to_uppercase().replace('_', "-").as_str() {
        "" | "UTF-8" | "UTF8" => s.as_bytes().to_vec(),
        "ISO-8859-1" | "LATIN1" | "WINDOWS-1252" | "ISO8859-1" => {
            s.chars().map(|c| u8::try_from(c as u32).unwrap_or(b'?')).collect()
        }
        "US-ASCII" | "ASCII" => s.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' }).collect(),
        "UTF-16BE" => s.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "UTF-16LE" => s.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16" => [0xFE, 0xFF].into_iter().chain(s.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        _ => return Err(throw("java.io.UnsupportedEncodingException", charset)),
    })
}

/// Bytes as text of a charset.
pub(crate) fn decode(b: &[u8], charset: &str) -> R<String> {
    let wide = |f: fn([u8; 2]) -> u16, b: &[u8]| {
        String::from_utf16_lossy(&b.chunks_exact(2).map(|c| f([c[0], c[1]])).collect::<Vec<_>>())
    };
    Ok(match charset.to_uppercase().replace('_', "-").as_str() {
        "" | "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => String::from_utf8_lossy(b).into_owned(),
        "ISO-8859-1" | "LATIN1" | "WINDOWS-1252" | "ISO8859-1" => b.iter().map(|x| char::from(*x)).collect(),
        "UTF-16LE" => wide(u16::from_le_bytes, b),
        "UTF-16BE" | "UTF-16" => wide(u16::from_be_bytes, b.strip_prefix(&[0xFE, 0xFF]).unwrap_or(b)),
        _ => return Err(throw("java.io.UnsupportedEncodingException", charset)),
    })
}

impl HostObject for Buffer {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let len = || self.text.borrow().chars().count();
        let byte =
            |i: i64| self.text.borrow().char_indices().nth(i.max(0) as usize).map_or(self.text.borrow().len(), |c| c.0);
        let a0 = args.first();
        Ok(Some(match (name, args.len()) {
            ("append" | "leftShift" | "write" | "print" | "println", _) => {
                let mut s = match a0 {
                    Some(v) => it.to_text(v)?,
                    None => String::new(),
                };
                if name == "println" {
                    s.push('\n');
                }
                it.charge(s.len())?;
                it.charge(if self.text.borrow().len() > 64 << 20 { self.text.borrow().len() } else { 0 })?;
                self.text.borrow_mut().push_str(&s);
                this.clone()
            }
            ("toString" | "getBuffer" | "getText", 0) => Value::str(&*self.text.borrow()),
            ("length" | "size", 0) => Value::Int(len() as i32),
            ("isEmpty", 0) => Value::Bool(self.text.borrow().is_empty()),
            ("flush" | "close", 0) => Value::Null,
            ("setLength", 1) => {
                let at = byte(int(a0));
                self.text.borrow_mut().truncate(at);
                Value::Null
            }
            ("insert", 2) => {
                let at = byte(int(a0));
                let s = it.to_text(&args[1])?;
                it.charge(s.len())?;
                self.text.borrow_mut().insert_str(at, &s);
                this.clone()
            }
            ("deleteCharAt", 1) | ("delete", 2) => {
                let end = if name == "delete" { int(args.get(1)) } else { int(a0).saturating_add(1) };
                if int(a0) < 0 || int(a0) as usize >= len().max(1) || end < int(a0) {
                    return Err(throw(
                        "java.lang.StringIndexOutOfBoundsException",
                        format!("index {},length {}", int(a0), len()),
                    ));
                }
                let (a, b) = (byte(int(a0)), byte(end));
                self.text.borrow_mut().replace_range(a..b, "");
                this.clone()
            }
            ("replace", 3) => {
                let (a, b) = (byte(int(a0)), byte(int(args.get(1))));
                let by = txt(args.get(2)); // may be the text of this buffer
                if a <= b {
                    self.text.borrow_mut().replace_range(a..b, &by);
                }
                this.clone()
            }
            ("reverse", 0) => {
                let r: String = self.text.borrow().chars().rev().collect();
                self.text.replace(r);
                this.clone()
            }
            ("getClass" | "equals" | "hashCode" | "is" | "with", _) => return Ok(None),
            _ => {
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

/// ByteArrayOutputStream.
pub(crate) struct Sink(pub(crate) RefCell<Vec<u8>>);

impl HostObject for Sink {
    fn class_name(&self) -> &str {
        "java.io.ByteArrayOutputStream"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("write" | "leftShift", [x, ..]) => {
                let more = match x {
                    Value::Bytes(b) => b.borrow().clone(),
                    Value::Int(i) => vec![*i as u8],
                    v => it.to_text(v)?.into_bytes(),
                };
                it.charge(more.len())?;
                self.0.borrow_mut().extend(more);
                if name == "write" { Value::Null } else { this.clone() }
            }
            ("toByteArray", _) => Value::bytes(self.0.borrow().clone()),
            ("toString", _) => Value::str(decode(&self.0.borrow(), &txt(args.first()))?),
            ("size", _) => Value::Int(self.0.borrow().len() as i32),
            ("close" | "flush", _) => Value::Null,
            ("reset", _) => {
                self.0.borrow_mut().clear();
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Readers and input streams over bytes already here.
pub(crate) struct Source {
    pub(crate) class: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: Cell<usize>,
}

impl HostObject for Source {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let rest = || self.bytes.get(self.at.get()..).unwrap_or(&[]);
        Ok(Some(match (name, args) {
            ("getText", _) => {
                let t = decode(rest(), &txt(args.first()))?;
                self.at.set(self.bytes.len());
                Value::str(t)
            }
            ("getBytes" | "readAllBytes", []) => {
                let b = rest().to_vec();
                self.at.set(self.bytes.len());
                Value::bytes(b)
            }
            ("read", []) => match rest().first() {
                Some(b) => {
                    self.at.set(self.at.get() + 1);
                    Value::Int(i32::from(*b))
                }
                None => Value::Int(-1),
            },
            ("readLine", []) => {
                if rest().is_empty() {
                    return Ok(Some(Value::Null));
                }
                let n = rest().iter().position(|b| *b == b'\n');
                let line =
                    String::from_utf8_lossy(&rest()[..n.unwrap_or(rest().len())]).trim_end_matches('\r').to_string();
                self.at.set(self.at.get() + n.map_or(rest().len(), |n| n + 1));
                Value::str(line)
            }
            ("readLines" | "eachLine" | "splitEachLine", _) => {
                let s = Value::str(String::from_utf8_lossy(rest()));
                self.at.set(self.bytes.len());
                return crate::gdk::call(it, &s, name, args);
            }
            ("available", []) => Value::Int(rest().len() as i32),
            ("close" | "reset" | "mark", _) => Value::Null,
            ("ready", []) => Value::Bool(!rest().is_empty()),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Iter {
    items: Vec<Value>,
    at: Cell<usize>,
}

impl Drop for Iter {
    fn drop(&mut self) {
        crate::free::values(self.items.drain(..));
    }
}

/// An iterator over values.
pub(crate) fn iterator(items: Vec<Value>) -> Value {
    Value::object(Iter { items, at: Cell::new(0) })
}

impl HostObject for Iter {
    fn class_name(&self) -> &str {
        "java.util.Iterator"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(match name {
            "hasNext" => Some(Value::Bool(self.at.get() < self.items.len())),
            "next" => match self.items.get(self.at.get()) {
                Some(v) => {
                    self.at.set(self.at.get() + 1);
                    Some(v.clone())
                }
                None => return Err(throw("java.util.NoSuchElementException", "")),
            },
            _ => None,
        })
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.items.get(self.at.get()..).unwrap_or(&[]).to_vec())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Interpreter<'_> {
    /// `a[k]`.
    pub(crate) fn index_get(&mut self, o: &Value, k: &Value) -> R {
        match o {
            Value::Null => return Err(null_pointer("Cannot invoke method getAt() on null object")),
            Value::Map(m) => {
                if let Some(v) = m.get(k) {
                    return Ok(v);
                }
                let d = m.default.borrow().clone();
                return match d {
                    Some(f) => {
                        let v = self.invoke(&f, "call", vec![k.clone()])?;
                        m.put(k.clone(), v.clone());
                        Ok(v)
                    }
                    None => Ok(Value::Null),
                };
            }
            Value::Object(obj) => {
                if let Some(v) = obj.clone().call_method(self, o, "getAt", std::slice::from_ref(k))? {
                    return Ok(v);
                }
            }
            Value::Instance(i) if !i.class.methods("getAt").is_empty() => {
                return self.invoke(o, "getAt", vec![k.clone()]);
            }
            _ => {}
        }
        if let (Value::List(l), Value::Object(_)) = (o, k)
            && l.kind == ListKind::NodeList
        {
            return crate::library::xml::nodelist::by_qname(self, l, k);
        }
        if let (Some(name), false) = (k.as_str(), matches!(o, Value::Str(_) | Value::GStr(_))) {
            return self.get_property(o, &name);
        }
        let text = matches!(o, Value::Str(_) | Value::GStr(_));
        let array = matches!(o, Value::Bytes(_)) || matches!(o, Value::List(l) if matches!(l.kind, ListKind::Array(_)));
        // The plain case first: no copy of the list.
        if let (Value::List(l), Value::Int(i)) = (o, k) {
            let d = l.data.borrow();
            let at = if *i < 0 { i64::from(*i) + d.len() as i64 } else { i64::from(*i) };
            if let Some(v) = usize::try_from(at).ok().and_then(|i| d.get(i)) {
                return Ok(v.clone());
            }
        }
        if !text
            && !matches!(o, Value::List(_) | Value::Range(_) | Value::Bytes(_) | Value::Set(_))
            && !matches!(o, Value::Object(x) if x.items().is_some())
        {
            return Err(no_method(o, "getAt", std::slice::from_ref(k)));
        }
        let items = self.items_of(o)?;
        let n = items.len() as i64;
        let whole = |i: i64| if i < 0 { i + n } else { i };
        let pick = |i: i64| usize::try_from(whole(i)).ok().and_then(|i| items.get(i).cloned());
        let bad =
            |i: i64| throw("java.lang.StringIndexOutOfBoundsException", format!("String index out of range: {i}"));
        let picked: Vec<Value> = match k {
            Value::Range(r) => {
                let (a, b) = (
                    whole(int(Some(&r.from))),
                    whole(int(Some(&if r.inclusive { r.to.clone() } else { ops::range_end(r) }))),
                );
                if a < 0 || b < 0 || a >= n && !(a == n && n == 0) || b >= n && text {
                    return Err(if text {
                        bad(b)
                    } else {
                        throw("java.lang.IndexOutOfBoundsException", format!("toIndex = {}", b + 1))
                    });
                }
                if b >= n {
                    return Err(throw("java.lang.IndexOutOfBoundsException", format!("toIndex = {}", b + 1)));
                }
                if a <= b { (a..=b).filter_map(pick).collect() } else { (b..=a).rev().filter_map(pick).collect() }
            }
            Value::List(l) => l.data.borrow().iter().map(|i| pick(int(Some(i))).unwrap_or(Value::Null)).collect(),
            k if ops::is_number(k) => {
                let i = int(Some(k));
                return match pick(i) {
                    Some(v) => Ok(v),
                    None if text => Err(bad(i)),
                    None if array => Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Index {i} out of bounds for length {n}"),
                    )),
                    None if whole(i) < 0 => Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Negative array index [{i}] too large for array size {n}"),
                    )),
                    None => Ok(Value::Null),
                };
            }
            _ => return Err(no_method(o, "getAt", std::slice::from_ref(k))),
        };
        Ok(if text {
            Value::str(picked.iter().map(crate::text::text).collect::<String>())
        } else {
            Value::list(picked)
        })
    }

    /// `a[k] = v`.
    pub(crate) fn index_set(&mut self, o: &Value, k: &Value, v: Value) -> R<()> {
        match o {
            Value::Null => return Err(null_pointer("Cannot invoke method putAt() on null object")),
            Value::Map(m) => {
                self.charge(64)?;
                m.put(k.clone(), v);
            }
            Value::Bytes(b) => {
                let mut b = b.borrow_mut();
                let n = b.len();
                match usize::try_from(int(Some(k))).ok().and_then(|i| b.get_mut(i)) {
                    Some(x) => *x = int(Some(&v)) as u8,
                    None => {
                        return Err(throw(
                            "java.lang.ArrayIndexOutOfBoundsException",
                            format!("Index {} out of bounds for length {n}", int(Some(k))),
                        ));
                    }
                }
            }
            Value::List(l) if ops::is_number(k) => {
                let n = l.data.borrow().len() as i64;
                let i = int(Some(k));
                let i = if i < 0 { i + n } else { i };
                let array = matches!(l.kind, ListKind::Array(_));
                if i < 0 || (array && i >= n) {
                    return Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Index {i} out of bounds for length {n}"),
                    ));
                }
                self.charge((i - n).max(0) as usize * 24)?;
                let v = match &l.kind {
                    ListKind::Array(t) => self.coerce_declared(
                        v,
                        &crate::ast::TypeRef {
                            name: t.trim_start_matches('[').into(),
                            dims: t.matches('[').count() as u8,
                        },
                    )?,
                    _ => v,
                };
                let mut d = l.data.borrow_mut();
                while d.len() as i64 <= i {
                    d.push(Value::Null);
                }
                d[i as usize] = v;
            }
            _ => {
                if let Some(name) = k.as_str() {
                    return self.set_property(o, &name, v);
                }
                self.invoke(o, "putAt", vec![k.clone(), v])?;
            }
        }
        Ok(())
    }
}
