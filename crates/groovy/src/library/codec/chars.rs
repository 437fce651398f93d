//! `ByteBuffer` and `CharBuffer`, and what turns one into the other: encoders and decoders of a charset.
use super::bytes;
use crate::error::throw;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Thrown, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// `ByteBuffer`.
struct Buffer {
    bytes: RefCell<Vec<u8>>,
    at: Cell<usize>,
    limit: Cell<usize>,
}

/// `CharBuffer`: the text that is left in it.
struct Chars(String);

/// A charset's encoder or decoder; it fails at what it cannot turn unless it is told otherwise.
struct Coder {
    charset: String,
    encoder: bool,
    strict: Cell<bool>,
}

fn wrap(bytes: Vec<u8>) -> Value {
    let limit = Cell::new(bytes.len());
    Value::object(Buffer { bytes: RefCell::new(bytes), at: Cell::new(0), limit })
}

/// `ByteBuffer.wrap(…)`, `ByteBuffer.allocate(n)`, `CharBuffer.wrap(…)`.
pub(super) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (class.ends_with("CharBuffer"), name, args) {
        (true, "wrap", [t]) => Value::object(Chars(it.to_text(t)?)),
        (false, "wrap", [b]) => wrap(bytes(it, b)?),
        (false, "allocate" | "allocateDirect", [n]) => {
            let n = usize::try_from(int(Some(n))).map_err(|_| crate::error::illegal("capacity < 0"))?;
            it.charge(n)?;
            wrap(vec![0; n])
        }
        _ => return Ok(None),
    }))
}

/// What a charset itself can do.
pub(super) fn charset(it: &mut Interpreter<'_>, charset: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("newDecoder" | "newEncoder", []) => {
            let encoder = name == "newEncoder";
            Value::object(Coder { charset: charset.to_owned(), encoder, strict: Cell::new(true) })
        }
        ("encode", [t]) => wrap(crate::objects::encode(&content(it, t)?, charset)?),
        ("decode", [b]) => Value::object(Chars(crate::objects::decode(&rest(b)?, charset)?)),
        ("canEncode", []) => Value::Bool(true),
        _ => return Ok(None),
    }))
}

/// The text of a `CharBuffer` or a text.
fn content(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    match v.downcast::<Chars>() {
        Some(c) => Ok(c.0.clone()),
        None => it.to_text(v),
    }
}

/// What is left in a `ByteBuffer`; it is read then.
fn rest(v: &Value) -> R<Vec<u8>> {
    let Some(b) = v.downcast::<Buffer>() else { return Err(crate::error::illegal("a ByteBuffer is needed here")) };
    let all = b.bytes.borrow();
    let left = all.get(b.at.get()..b.limit.get()).unwrap_or_default().to_vec();
    b.at.set(b.limit.get());
    Ok(left)
}

fn underflow() -> Thrown {
    crate::error::bare("java.nio.BufferUnderflowException")
}

impl Buffer {
    fn get(&self, n: usize) -> R<Vec<u8>> {
        let end = self.at.get().saturating_add(n);
        if end > self.limit.get() {
            return Err(underflow());
        }
        let part = self.bytes.borrow().get(self.at.get()..end).map(<[u8]>::to_vec);
        self.at.set(end);
        part.ok_or_else(underflow)
    }

    fn put(&self, part: &[u8]) -> R<()> {
        let end = self.at.get().saturating_add(part.len());
        let full = || crate::error::bare("java.nio.BufferOverflowException");
        if end > self.limit.get() {
            return Err(full());
        }
        self.bytes.borrow_mut().get_mut(self.at.get()..end).ok_or_else(full)?.copy_from_slice(part);
        self.at.set(end);
        Ok(())
    }

    fn number(&self, n: usize) -> R<i64> {
        let first = |b: &[u8]| if b.first().is_some_and(|x| x & 0x80 != 0) { -1 } else { 0 };
        let b = self.get(n)?;
        Ok(b.iter().fold(first(&b), |v: i64, x| v << 8 | i64::from(*x)))
    }
}

impl HostObject for Buffer {
    fn class_name(&self) -> &str {
        "java.nio.HeapByteBuffer"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let size = |n: usize| Value::Int(n as i32);
        let kept = |n: i64, len: usize| n.to_be_bytes()[8 - len..].to_vec();
        let put = match (name, args) {
            ("put", [n]) if crate::ops::is_number(n) => Some(kept(int(Some(n)), 1)),
            ("put", [b]) if b.downcast::<Buffer>().is_some() => Some(rest(b)?),
            ("put", [b]) => Some(bytes(it, b)?),
            ("putShort", [n]) => Some(kept(int(Some(n)), 2)),
            ("putInt", [n]) => Some(kept(int(Some(n)), 4)),
            ("putLong", [n]) => Some(kept(int(Some(n)), 8)),
            _ => None,
        };
        if let Some(part) = put {
            self.put(&part)?;
            return Ok(Some(this.clone()));
        }
        Ok(Some(match (name, args) {
            ("array", []) => Value::bytes(self.bytes.borrow().clone()),
            ("remaining", []) => size(self.limit.get().saturating_sub(self.at.get())),
            ("hasRemaining", []) => Value::Bool(self.at.get() < self.limit.get()),
            ("position", []) => size(self.at.get()),
            ("limit", []) => size(self.limit.get()),
            ("capacity", []) => size(self.bytes.borrow().len()),
            ("get", []) => Value::Byte(self.number(1)? as i8),
            ("get", [Value::Bytes(to)]) => {
                let n = to.borrow().len();
                let part = self.get(n)?;
                to.replace(part);
                this.clone()
            }
            ("getShort", []) => Value::Short(self.number(2)? as i16),
            ("getInt", []) => Value::Int(self.number(4)? as i32),
            ("getLong", []) => Value::Long(self.number(8)?),
            ("flip", []) => {
                self.limit.set(self.at.get());
                self.at.set(0);
                this.clone()
            }
            ("rewind" | "clear", []) => {
                self.at.set(0);
                if name == "clear" {
                    self.limit.set(self.bytes.borrow().len());
                }
                this.clone()
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        let size = self.bytes.borrow().len();
        format!("java.nio.HeapByteBuffer[pos={} lim={} cap={size}]", self.at.get(), self.limit.get())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Chars {
    fn class_name(&self) -> &str {
        "java.nio.HeapCharBuffer"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match (name, args) {
            ("length" | "remaining" | "limit", []) => Some(Value::Int(self.0.encode_utf16().count() as i32)),
            ("array", []) => Some(Value::array("char", self.0.chars().map(Value::Char).collect())),
            _ => None,
        })
    }
    fn text(&self) -> String {
        self.0.clone()
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "java.lang.Object" | "java.lang.CharSequence" | "java.nio.CharBuffer")
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Coder {
    fn class_name(&self) -> &str {
        if self.encoder { "java.nio.charset.CharsetEncoder" } else { "java.nio.charset.CharsetDecoder" }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let fits = |t: &str| crate::charset::fits(t, &self.charset);
        let refused = |class: &str| throw(class, "Input length = 1");
        Ok(Some(match (name, args) {
            ("onMalformedInput" | "onUnmappableCharacter", [action]) => {
                self.strict.set(text(action) == "REPORT");
                this.clone()
            }
            ("canEncode", [t]) if self.encoder => Value::Bool(fits(&content(it, t)?)),
            ("encode", [t]) if self.encoder => {
                let t = content(it, t)?;
                if self.strict.get() && !fits(&t) {
                    return Err(refused("java.nio.charset.UnmappableCharacterException"));
                }
                wrap(crate::objects::encode(&t, &self.charset)?)
            }
            ("decode", [b]) if !self.encoder => {
                let b = rest(b)?;
                let bad = match self.charset.as_str() {
                    "UTF-8" => std::str::from_utf8(&b).is_err(),
                    "US-ASCII" => !b.is_ascii(),
                    wide if wide.starts_with("UTF-16") => b.len() % 2 == 1,
                    _ => false,
                };
                if self.strict.get() && bad {
                    return Err(refused("java.nio.charset.MalformedInputException"));
                }
                Value::object(Chars(crate::objects::decode(&b, &self.charset)?))
            }
            ("charset", []) => super::charset(&self.charset)?,
            ("reset", []) => this.clone(),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
