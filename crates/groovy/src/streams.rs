//! Readers, input streams, writers, output streams and text buffers. Readers that wrap each other share one position.
use crate::error::{illegal, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::objects::{decode, encode};
use crate::text::text;
use crate::value::{HostObject, ListKind, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Bytes and how far they are read.
pub(crate) struct Bytes {
    bytes: Vec<u8>,
    at: Cell<usize>,
    mark: Cell<usize>,
    closed: Cell<bool>,
}

/// Readers and input streams over bytes already here; readers hold UTF-8.
pub(crate) struct Source {
    class: &'static str,
    of: Rc<Bytes>,
}

/// A reader or an input stream.
pub(crate) fn source(class: &'static str, bytes: Vec<u8>) -> Value {
    Value::object(Source::new(class, bytes))
}

/// Whether a value is a reader or an input stream.
pub(crate) fn is_source(v: &Value) -> bool {
    v.downcast::<Source>().is_some()
}

/// `new` of a reader or stream around another one.
pub(crate) fn wrap(class: &'static str, of: &Value, charset: &str) -> R<Option<Value>> {
    let Some(s) = of.downcast::<Source>() else { return Ok(None) };
    let utf8 = matches!(charset.to_uppercase().as_str(), "" | "UTF-8" | "UTF8" | "UTF_8");
    if s.is_reader() == class.ends_with("Reader") || utf8 {
        return Ok(Some(Value::object(Source { class, of: s.of.clone() })));
    }
    let decoded = decode(s.rest(), charset)?;
    s.of.at.set(s.of.bytes.len());
    Ok(Some(source(class, decoded.into_bytes())))
}

impl Source {
    /// A reader or an input stream.
    pub(crate) fn new(class: &'static str, bytes: Vec<u8>) -> Source {
        let of = Bytes { bytes, at: Cell::new(0), mark: Cell::new(0), closed: Cell::new(false) };
        Source { class, of: Rc::new(of) }
    }

    /// Everything, whatever was read; the next read begins anew.
    pub(crate) fn rewound(&self) -> &[u8] {
        self.of.at.set(0);
        &self.of.bytes
    }

    fn is_reader(&self) -> bool {
        self.class.ends_with("Reader")
    }

    fn rest(&self) -> &[u8] {
        self.of.bytes.get(self.of.at.get()..).unwrap_or(&[])
    }

    fn take(&self, n: usize) -> &[u8] {
        let r = self.rest();
        let r = r.get(..n).unwrap_or(r);
        self.of.at.set(self.of.at.get() + r.len());
        r
    }

    /// What is left.
    pub(crate) fn take_all(&self) -> Vec<u8> {
        self.take(usize::MAX).to_vec()
    }

    fn char_len(&self) -> usize {
        match self.rest().first() {
            None => 0,
            Some(b) if !self.is_reader() || *b < 0x80 => 1,
            Some(b) if *b < 0xE0 => 2,
            Some(b) if *b < 0xF0 => 3,
            Some(_) => 4,
        }
    }

    fn read(&self) -> Option<u32> {
        let b = self.take(self.char_len());
        if !self.is_reader() {
            return b.first().map(|b| u32::from(*b));
        }
        std::str::from_utf8(b).ok().and_then(|s| s.chars().next()).map(|c| c as u32)
    }

    fn line(&self) -> Option<String> {
        let r = self.rest();
        if r.is_empty() {
            return None;
        }
        let n = r.iter().position(|b| *b == b'\n' || *b == b'\r').unwrap_or(r.len());
        let line = String::from_utf8_lossy(&r[..n]).into_owned();
        let end = match r.get(n..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        self.of.at.set(self.of.at.get() + n + end);
        Some(line)
    }

    fn lines(&self) -> Vec<Value> {
        std::iter::from_fn(|| self.line()).map(Value::str).collect()
    }

    /// Reads into an array; how much, or -1.
    fn read_into(&self, to: &Value, off: usize, len: usize) -> R<Value> {
        if len > 0 && self.rest().is_empty() {
            return Ok(Value::Int(-1));
        }
        let bounds =
            || throw("java.lang.IndexOutOfBoundsException", format!("Range [{off}, {off} + {len}) out of bounds"));
        let mut n = 0;
        match to {
            Value::Bytes(b) => {
                let part = self.take(len);
                n = part.len();
                b.borrow_mut().get_mut(off..off + n).ok_or_else(bounds)?.copy_from_slice(part);
            }
            Value::List(l) => {
                while n < len
                    && let Some(c) = self.read()
                {
                    let mut d = l.data.borrow_mut();
                    *d.get_mut(off + n).ok_or_else(bounds)? = Value::Char(char::from_u32(c).unwrap_or('?'));
                    n += 1;
                }
            }
            _ => return Err(illegal("this is no array to read into")),
        }
        Ok(Value::Int(n as i32))
    }
}

impl HostObject for Source {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let reads = matches!(name, "read" | "readLine" | "getText" | "readLines" | "eachLine" | "skip" | "ready");
        if self.of.closed.get() && self.is_reader() && reads {
            return Err(throw("java.io.IOException", "Stream closed"));
        }
        let charset = || if self.is_reader() { String::new() } else { txt(args.first()) };
        Ok(Some(match (name, args) {
            ("getText", [] | [_]) => {
                it.charge(self.rest().len())?;
                Value::str(decode(&self.take_all(), &charset())?)
            }
            ("getBytes" | "readAllBytes", []) if !self.is_reader() => {
                it.charge(self.rest().len())?;
                Value::bytes(self.take_all())
            }
            ("read", []) => Value::Int(self.read().map_or(-1, |c| c as i32)),
            ("read", [to]) => {
                let len = match to {
                    Value::Bytes(b) => b.borrow().len(),
                    Value::List(l) => l.data.borrow().len(),
                    _ => 0,
                };
                self.read_into(to, 0, len)?
            }
            ("read", [to, off, len]) => {
                let (off, len) = (int(Some(off)).clamp(0, 1 << 30) as usize, int(Some(len)).clamp(0, 1 << 30) as usize);
                self.read_into(to, off, len)?
            }
            ("readInt", []) => {
                let b = self.take(4);
                Value::Int(b.iter().fold(0i32, |n, b| n << 8 | i32::from(*b)))
            }
            ("skip", [n]) => {
                let from = self.of.at.get();
                for _ in 0..int(Some(n)).clamp(0, self.rest().len() as i64) {
                    self.take(self.char_len());
                }
                Value::Long((self.of.at.get() - from) as i64)
            }
            ("unread", [_]) => {
                self.of.at.set(self.of.at.get().saturating_sub(1));
                Value::Null
            }
            ("readLine", []) => {
                let line = self.line();
                it.charge(line.as_ref().map_or(0, String::len))?;
                line.map_or(Value::Null, Value::str)
            }
            ("readLines", [] | [_]) if self.is_reader() || args.is_empty() => {
                it.charge(self.rest().len() * 2)?;
                Value::list(self.lines())
            }
            ("lines", []) => Value::list(self.lines()),
            ("eachLine" | "splitEachLine" | "filterLine" | "readLines", _) => {
                let given = if self.is_reader() || !matches!(args, [Value::Str(_), _, ..]) || name == "splitEachLine" {
                    String::new()
                } else {
                    txt(args.first())
                };
                let args = if given.is_empty() { args } else { &args[1..] };
                if let ("eachLine", [f]) | ("eachLine", [Value::Int(_), f]) = (name, args) {
                    // A reader counts its lines from 1; lines are read one by one.
                    let mut n = if args.len() > 1 { int(args.first()) } else { 1 };
                    let mut last = Value::Null;
                    if given.is_empty() {
                        while let Some(line) = self.line() {
                            it.charge(line.len())?;
                            last = crate::gdk::with_line(it, f, &line, n)?;
                            n += 1;
                        }
                        return Ok(Some(last));
                    }
                }
                let s = Value::str(decode(&self.take_all(), &given)?);
                return crate::gdk::call(it, &s, name, args);
            }
            ("eachByte", [f]) => {
                while let Some(b) = self.take(1).first() {
                    it.invoke(f, "call", vec![Value::Byte(*b as i8)])?;
                }
                Value::Null
            }
            ("eachByte", [n, f]) => {
                let n = int(Some(n)).clamp(1, 1 << 20) as usize;
                while !self.rest().is_empty() {
                    let part = self.take(n).to_vec();
                    let len = part.len() as i32;
                    it.invoke(f, "call", vec![Value::bytes(part), Value::Int(len)])?;
                }
                Value::Null
            }
            ("withReader" | "withStream" | "withInputStream" | "withCloseable", [.., f @ Value::Closure(_)]) => {
                let to = if name == "withReader" && !self.is_reader() {
                    let charset = if args.len() > 1 { txt(args.first()) } else { String::new() };
                    wrap("java.io.InputStreamReader", this, &charset)?.unwrap_or(Value::Null)
                } else {
                    this.clone()
                };
                let r = it.invoke(f, "call", vec![to]);
                self.of.closed.set(true);
                r?
            }
            ("newReader", _) => {
                let class = if self.is_reader() { "java.io.BufferedReader" } else { "java.io.InputStreamReader" };
                wrap(class, this, &txt(args.first()))?.unwrap_or(Value::Null)
            }
            ("transferTo", [to]) => {
                let v = Value::bytes(self.take_all());
                it.invoke(to, "write", vec![v])?
            }
            ("available", []) => Value::Int(self.rest().len() as i32),
            ("markSupported", []) => Value::Bool(true),
            ("mark", _) => {
                self.of.mark.set(self.of.at.get());
                Value::Null
            }
            ("reset", []) => {
                self.of.at.set(self.of.mark.get());
                Value::Null
            }
            ("close", []) => {
                self.of.closed.set(true);
                Value::Null
            }
            ("ready", []) => Value::Bool(!self.rest().is_empty()),
            ("iterator", []) => crate::objects::iterator(self.items().unwrap_or_default()),
            _ => return Ok(None),
        }))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(if self.is_reader() {
            self.lines()
        } else {
            self.take_all().iter().map(|b| Value::Byte(*b as i8)).collect()
        })
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What a method of a writer writes; None if it is no such method.
pub(crate) fn written(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<String>> {
    Ok(Some(match (name, args) {
        ("println" | "newLine", []) => "\n".into(),
        ("print", []) => String::new(),
        ("println" | "writeLine", [v]) => format!("{}\n", it.to_text(v)?),
        ("write", [Value::Int(c)]) => char::from_u32(*c as u32).unwrap_or('?').to_string(),
        ("append", [Value::List(l)]) if l.kind == ListKind::Array("char".into()) => text(&args[0]),
        ("append" | "leftShift" | "write" | "print", [v]) => match v.downcast::<Source>() {
            Some(s) if name == "leftShift" => String::from_utf8_lossy(&s.take_all()).into_owned(),
            _ => it.to_text(v)?,
        },
        ("write" | "append", [v, a, b]) => {
            let (s, a, b) = (it.to_text(v)?, int(Some(a)).max(0) as usize, int(Some(b)).max(0) as usize);
            let end = if name == "write" { a.saturating_add(b) } else { b };
            s.chars().skip(a).take(end.saturating_sub(a)).collect()
        }
        ("printf" | "format", [f, rest @ ..]) => {
            let rest = match rest {
                [Value::List(l)] => l.data.borrow().clone(),
                r => r.to_vec(),
            };
            crate::statics::format(it, &text(f), &rest)?
        }
        _ => return Ok(None),
    }))
}

/// What a writer's method gives back.
pub(crate) fn after(this: &Value, name: &str) -> Value {
    if matches!(name, "append" | "leftShift" | "printf" | "format") { this.clone() } else { Value::Null }
}

/// `withWriter` and its kind: the closure gets the writer itself.
pub(crate) fn with_self(it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let with = matches!(
        name,
        "withWriter" | "withPrintWriter" | "withStream" | "withOutputStream" | "withCloseable" | "withWriterAppend"
    );
    match args.last() {
        Some(f @ Value::Closure(_)) if with => it.invoke(f, "call", vec![this.clone()]).map(Some),
        _ => Ok(None),
    }
}

/// ByteArrayOutputStream, and the writers around it.
pub(crate) struct Sink {
    class: &'static str,
    charset: String,
    bytes: Rc<RefCell<Vec<u8>>>,
}

/// A new ByteArrayOutputStream.
pub(crate) fn sink() -> Value {
    Value::object(Sink { class: "java.io.ByteArrayOutputStream", charset: String::new(), bytes: Rc::default() })
}

/// A writer or stream around an output stream or a writer.
pub(crate) fn write_to(class: &'static str, of: &Value, charset: &str) -> R<Option<Value>> {
    if let Some(s) = of.downcast::<Sink>() {
        encode("", charset)?;
        let charset = if charset.is_empty() { s.charset.clone() } else { charset.into() };
        return Ok(Some(Value::object(Sink { class, charset, bytes: s.bytes.clone() })));
    }
    Ok(crate::buffer::around(class, of))
}

impl HostObject for Sink {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let stream = self.class.ends_with("Stream");
        let bytes = match (name, args) {
            ("write" | "leftShift" | "writeBytes", [Value::Bytes(b)]) => Some(b.borrow().clone()),
            ("write", [Value::Int(i)]) if stream => Some(vec![*i as u8]),
            ("write", [Value::Bytes(b), off, len]) => {
                let (off, len) = (int(Some(off)).max(0) as usize, int(Some(len)).max(0) as usize);
                let part = b.borrow().get(off..off.saturating_add(len)).map(<[u8]>::to_vec);
                Some(part.ok_or_else(|| throw("java.lang.IndexOutOfBoundsException", "Range out of bounds"))?)
            }
            ("leftShift" | "write", [v]) if v.downcast::<Source>().is_some() => {
                v.downcast::<Source>().map(Source::take_all)
            }
            _ => match written(it, name, args)? {
                Some(s) => Some(encode(&s, &self.charset)?),
                None => None,
            },
        };
        if let Some(b) = bytes {
            it.charge(b.len())?;
            self.bytes.borrow_mut().extend(b);
            return Ok(Some(after(this, name)));
        }
        if name == "withWriter" || name == "newWriter" {
            let charset = if args.len() > 1 || name == "newWriter" { txt(args.first()) } else { String::new() };
            let w = write_to("java.io.OutputStreamWriter", this, &charset)?.unwrap_or(Value::Null);
            return match args.last() {
                Some(f @ Value::Closure(_)) => it.invoke(f, "call", vec![w]).map(Some),
                _ => Ok(Some(w)),
            };
        }
        if let Some(v) = with_self(it, this, name, args)? {
            return Ok(Some(v));
        }
        Ok(Some(match (name, args) {
            ("toByteArray", []) => {
                it.charge(self.bytes.borrow().len())?;
                Value::bytes(self.bytes.borrow().clone())
            }
            ("toString", [] | [_]) if self.class == "java.io.ByteArrayOutputStream" => {
                it.charge(self.bytes.borrow().len())?;
                Value::str(decode(&self.bytes.borrow(), &txt(args.first()))?)
            }
            ("writeTo", [to]) => {
                let b = Value::bytes(self.bytes.borrow().clone());
                it.invoke(to, "write", vec![b])?
            }
            ("size", []) => Value::Int(self.bytes.borrow().len() as i32),
            ("close" | "flush", []) => Value::Null,
            ("checkError", []) => Value::Bool(false),
            ("reset", []) => {
                self.bytes.borrow_mut().clear();
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        if self.class == "java.io.ByteArrayOutputStream" {
            String::from_utf8_lossy(&self.bytes.borrow()).into_owned()
        } else {
            format!("{}@1", self.class)
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
