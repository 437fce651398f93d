//! Scanner, StringTokenizer and streams of values (`stream()`).
use crate::error::{exception, throw};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Thrown, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// StringTokenizer.
struct Tokenizer {
    parts: Vec<Value>,
    at: Cell<usize>,
}

/// A StringTokenizer over parts.
pub(crate) fn tokenizer(parts: Vec<Value>) -> Value {
    Value::object(Tokenizer { parts, at: Cell::new(0) })
}

fn nothing_left() -> Thrown {
    Thrown::Exception(exception("java.util.NoSuchElementException", Value::Null))
}

impl HostObject for Tokenizer {
    fn class_name(&self) -> &str {
        "java.util.StringTokenizer"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "countTokens" => Value::Int((self.parts.len() - self.at.get()) as i32),
            "hasMoreTokens" | "hasMoreElements" => Value::Bool(self.at.get() < self.parts.len()),
            "nextToken" | "nextElement" => {
                let v = self.parts.get(self.at.get()).cloned().ok_or_else(nothing_left)?;
                self.at.set(self.at.get() + 1);
                v
            }
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Scanner.
struct Scanner {
    text: String,
    at: Cell<usize>,
    by: RefCell<Option<Value>>,
}

/// A Scanner over a text.
pub(crate) fn scanner(text: &str) -> Value {
    Value::object(Scanner { text: text.into(), at: Cell::new(0), by: RefCell::new(None) })
}

impl Scanner {
    fn rest(&self) -> &str {
        self.text.get(self.at.get()..).unwrap_or("")
    }
    fn line(&self) -> Option<String> {
        let r = self.rest();
        if r.is_empty() {
            return None;
        }
        let n = r.find('\n').map_or(r.len(), |n| n + 1);
        self.at.set(self.at.get() + n);
        Some(r[..n].trim_end_matches(['\n', '\r']).to_string())
    }
    fn word(&self, it: &mut Interpreter<'_>, take: bool) -> R<Option<String>> {
        let by = self.by.borrow().clone();
        if let Some(by) = by {
            let rest = Value::str(self.rest());
            if self.rest().is_empty() {
                return Ok(None);
            }
            let parts = it.invoke(&rest, "split", vec![by, Value::Int(2)])?;
            let parts = it.items_of(&parts)?;
            let first = parts.first().map(text).unwrap_or_default();
            if take {
                let left = parts.get(1).map_or(0, |p| text(p).len());
                self.at.set(self.text.len() - left);
            }
            return Ok(Some(first));
        }
        let r = self.rest();
        let trimmed = r.trim_start();
        if trimmed.is_empty() {
            return Ok(None);
        }
        let n = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        if take {
            self.at.set(self.at.get() + (r.len() - trimmed.len()) + n);
        }
        Ok(Some(trimmed[..n].to_string()))
    }
}

impl HostObject for Scanner {
    fn class_name(&self) -> &str {
        "java.util.Scanner"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("hasNextLine", []) => Value::Bool(!self.rest().is_empty()),
            ("nextLine", []) => {
                Value::str(self.line().ok_or_else(|| throw("java.util.NoSuchElementException", "No line found"))?)
            }
            ("hasNext", []) => Value::Bool(self.word(it, false)?.is_some()),
            ("hasNextInt" | "hasNextLong", []) => {
                Value::Bool(self.word(it, false)?.is_some_and(|w| w.parse::<i64>().is_ok()))
            }
            ("next", []) => Value::str(self.word(it, true)?.ok_or_else(nothing_left)?),
            ("nextInt" | "nextLong" | "nextDouble" | "nextBigDecimal", []) => {
                let w = self.word(it, false)?.ok_or_else(nothing_left)?;
                let class = match name {
                    "nextInt" => "java.lang.Integer",
                    "nextLong" => "java.lang.Long",
                    "nextDouble" => "java.lang.Double",
                    _ => "java.math.BigDecimal",
                };
                let bad = |_| throw("java.util.InputMismatchException", format!("For input string: \"{w}\""));
                let v = crate::cast::parse_number(&w, class).map_err(bad)?;
                self.word(it, true)?;
                v
            }
            ("useDelimiter", [by]) => {
                self.by.replace(Some(by.clone()));
                this.clone()
            }
            ("close", []) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `java.util.stream.Stream`, with its values already here.
struct Stream(Vec<Value>);

impl Drop for Stream {
    fn drop(&mut self) {
        crate::free::values(self.0.drain(..));
    }
}

/// A stream of values.
pub(crate) fn stream(items: Vec<Value>) -> Value {
    Value::object(Stream(items))
}

/// `java.util.stream.Collectors`: what a stream is collected into.
struct Collector {
    kind: String,
    args: Vec<Value>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        crate::free::values(self.args.drain(..));
    }
}

impl HostObject for Collector {
    fn class_name(&self) -> &str {
        "java.util.stream.Collector"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, _name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `Collectors.toList()` and its kind.
pub(crate) fn collector(name: &str, args: &[Value]) -> Option<Value> {
    matches!(name, "toList" | "toSet" | "joining" | "groupingBy" | "toMap" | "counting")
        .then(|| Value::object(Collector { kind: name.into(), args: args.to_vec() }))
}

/// `java.util.Optional`.
struct Optional(crate::free::Held);

fn optional(v: Option<Value>) -> Value {
    Value::object(Optional(crate::free::Held(v.unwrap_or(Value::Null))))
}

/// `Optional.of(…)` and its kind.
pub(crate) fn optional_of(name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(match (name, args) {
        ("of", [Value::Null]) => return Err(crate::error::null_pointer("the value is null")),
        ("of" | "ofNullable", [v]) => Some(optional(Some(v.clone()))),
        ("empty", []) => Some(optional(None)),
        _ => None,
    })
}

impl HostObject for Optional {
    fn class_name(&self) -> &str {
        "java.util.Optional"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let v = &self.0.0;
        let none = v.is_null();
        Ok(Some(match (name, args) {
            ("isPresent", []) => Value::Bool(!none),
            ("isEmpty", []) => Value::Bool(none),
            ("get" | "orElseThrow", []) if none => {
                return Err(throw("java.util.NoSuchElementException", "No value present"));
            }
            ("get" | "orElseThrow", []) => v.clone(),
            ("orElse", [other]) => {
                if none {
                    other.clone()
                } else {
                    v.clone()
                }
            }
            ("orElseGet", [f]) => {
                if none {
                    it.invoke(f, "call", vec![])?
                } else {
                    v.clone()
                }
            }
            ("ifPresent", [f]) => {
                if !none {
                    it.invoke(f, "call", vec![v.clone()])?;
                }
                Value::Null
            }
            ("map", [_]) if none => this.clone(),
            ("map", [f]) => optional(Some(it.invoke(f, "call", vec![v.clone()])?)),
            ("filter", [f]) if !none => {
                let r = it.invoke(f, "call", vec![v.clone()])?;
                if it.truth(&r)? { this.clone() } else { optional(None) }
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        if self.0.0.is_null() { "Optional.empty".into() } else { format!("Optional[{}]", text(&self.0.0)) }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Stream {
    fn class_name(&self) -> &str {
        "java.util.stream.ReferencePipeline"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let list = Value::list(self.0.clone());
        it.charge(self.0.len() * 24)?;
        let again = |it: &mut Interpreter<'_>, name: &str, args: Vec<Value>| -> R<Option<Value>> {
            let v = it.invoke(&list, name, args)?;
            Ok(Some(stream(it.items_of(&v)?)))
        };
        Ok(Some(match (name, args) {
            ("map" | "mapToInt" | "mapToObj" | "mapToLong" | "mapToDouble", [f]) => {
                return again(it, "collect", vec![f.clone()]);
            }
            ("filter", [f]) => return again(it, "findAll", vec![f.clone()]),
            ("flatMap", [f]) => return again(it, "collectMany", vec![f.clone()]),
            ("sorted", _) => return again(it, "toSorted", args.to_vec()),
            ("distinct", []) => return again(it, "toUnique", vec![]),
            ("limit", [n]) => return again(it, "take", vec![n.clone()]),
            ("skip", [n]) => return again(it, "drop", vec![n.clone()]),
            ("peek", [f]) => return again(it, "each", vec![f.clone()]),
            ("boxed" | "sequential" | "parallel", []) => stream(self.0.clone()),
            ("forEach", [f]) => {
                it.invoke(&list, "each", vec![f.clone()])?;
                Value::Null
            }
            ("count", []) => Value::Long(self.0.len() as i64),
            ("sum", []) => it.invoke(&list, "sum", vec![Value::Int(0)])?,
            ("findFirst" | "findAny", []) => optional(self.0.first().cloned()),
            ("max" | "min", _) => optional(Some(it.invoke(&list, name, args.to_vec())?)),
            ("anyMatch", [f]) => it.invoke(&list, "any", vec![f.clone()])?,
            ("allMatch", [f]) => it.invoke(&list, "every", vec![f.clone()])?,
            ("noneMatch", [f]) => {
                let v = it.invoke(&list, "any", vec![f.clone()])?;
                Value::Bool(!crate::ops::truth(&v))
            }
            ("reduce", [init, f]) => it.invoke(&list, "inject", vec![init.clone(), f.clone()])?,
            ("reduce", [f]) => optional(Some(it.invoke(&list, "inject", vec![f.clone()])?)),
            ("toArray", _) => Value::array("Object", self.0.clone()),
            ("toList", []) => list,
            ("iterator", []) => crate::objects::iterator(self.0.clone()),
            ("collect", [c]) => {
                let Some(c) = c.downcast::<Collector>() else { return Ok(None) };
                match c.kind.as_str() {
                    "toSet" => it.invoke(&list, "toSet", vec![])?,
                    "joining" => it.invoke(&list, "join", c.args.iter().take(1).cloned().collect())?,
                    "groupingBy" => it.invoke(&list, "groupBy", c.args.iter().take(1).cloned().collect())?,
                    "counting" => Value::Long(self.0.len() as i64),
                    "toMap" => {
                        let m = crate::value::MapObj::new(crate::value::MapKind::Hash);
                        for x in &self.0 {
                            let of = |n: usize| c.args.get(n).cloned().unwrap_or(Value::Null);
                            let k = it.invoke(&of(0), "call", vec![x.clone()])?;
                            let v = it.invoke(&of(1), "call", vec![x.clone()])?;
                            m.put(k, v);
                        }
                        Value::Map(m)
                    }
                    _ => list,
                }
            }
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
