//! Small classes: `Optional`, atomics, `StringTokenizer`, `StringJoiner`, `Scanner`, `Properties`, executors.
use super::stream::apply;
use crate::ast::BinOp;
use crate::error::throw;
use crate::free::Held;
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// `new AtomicInteger(…)` and its like.
pub(super) fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    Ok(Some(match class.rsplit('.').next().unwrap_or("") {
        "AtomicInteger" => atomic("java.util.concurrent.atomic.AtomicInteger", Value::Int(int(a0) as i32)),
        "AtomicLong" => atomic("java.util.concurrent.atomic.AtomicLong", Value::Long(int(a0))),
        "AtomicBoolean" => atomic("java.util.concurrent.atomic.AtomicBoolean", Value::Bool(a0.is_some_and(ops::truth))),
        "AtomicReference" => atomic("java.util.concurrent.atomic.AtomicReference", a0.cloned().unwrap_or(Value::Null)),
        "StringTokenizer" => {
            let (s, signs) = (txt(a0), args.get(1).map_or(" \t\n\r\u{c}".into(), text));
            it.charge(s.len() * 4)?;
            let keep = args.get(2).is_some_and(ops::truth);
            let mut out: Vec<String> = Vec::new();
            let mut word = String::new();
            for c in s.chars() {
                if signs.contains(c) {
                    if !word.is_empty() {
                        out.push(std::mem::take(&mut word));
                    }
                    if keep {
                        out.push(c.to_string());
                    }
                } else {
                    word.push(c);
                }
            }
            if !word.is_empty() {
                out.push(word);
            }
            Value::object(Tokens { items: out, at: Cell::new(0) })
        }
        "StringJoiner" => {
            Value::object(Joiner { signs: [txt(a0), txt(args.get(1)), txt(args.get(2))], parts: RefCell::default() })
        }
        "Scanner" => {
            let s = match a0 {
                Some(v @ Value::Object(_)) => text(&it.invoke(v, "getText", vec![])?),
                v => txt(v),
            };
            it.charge(s.len())?;
            Value::object(Scanner { text: s, at: Cell::new(0), sign: RefCell::new(None) })
        }
        "Properties" => Value::Map(MapObj::new(MapKind::Hash)),
        _ => return Ok(None),
    }))
}

thread_local! {
    static SHOWING: Cell<u32> = const { Cell::new(0) };
}

/// Does something with what an object holds; the object may hold itself, so this nests but once.
fn inside<T>(other: T, f: impl FnOnce() -> T) -> T {
    let depth = SHOWING.get();
    if depth > 1 {
        return other;
    }
    SHOWING.set(depth + 1);
    let r = f();
    SHOWING.set(depth);
    r
}

struct Atomic(&'static str, RefCell<Held>);

fn atomic(class: &'static str, v: Value) -> Value {
    Value::object(Atomic(class, RefCell::new(Held(v))))
}

impl HostObject for Atomic {
    fn class_name(&self) -> &str {
        self.0
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let now = self.1.borrow().0.clone();
        let set = |v: Value| {
            drop(self.1.replace(Held(v)));
        };
        let add = |n: i64| match &now {
            Value::Int(i) => Value::Int(i.wrapping_add(n as i32)),
            v => Value::Long(int(Some(v)).wrapping_add(n)),
        };
        let a0 = args.first().cloned().unwrap_or(Value::Null);
        let typed = |v: Value| match &now {
            Value::Int(_) => Value::Int(int(Some(&v)) as i32),
            Value::Long(_) => Value::Long(int(Some(&v))),
            _ => v,
        };
        Ok(Some(match (name, args.len()) {
            ("get" | "getPlain" | "getAcquire", 0) => now,
            ("intValue" | "longValue" | "doubleValue", 0) => return crate::gdk::call(it, &now, name, &[]),
            ("set" | "lazySet", 1) => {
                set(typed(a0));
                Value::Null
            }
            ("getAndSet", 1) => {
                set(typed(a0));
                now
            }
            ("incrementAndGet" | "next", 0) => {
                set(add(1));
                add(1)
            }
            ("decrementAndGet" | "previous", 0) => {
                set(add(-1));
                add(-1)
            }
            ("getAndIncrement", 0) => {
                set(add(1));
                now
            }
            ("getAndDecrement", 0) => {
                set(add(-1));
                now
            }
            ("addAndGet", 1) => {
                set(add(int(Some(&a0))));
                add(int(Some(&a0)))
            }
            ("getAndAdd", 1) => {
                set(add(int(Some(&a0))));
                now
            }
            ("compareAndSet" | "weakCompareAndSet", 2) => {
                let same = ops::equal(&now, &a0);
                if same {
                    set(typed(args[1].clone()));
                }
                Value::Bool(same)
            }
            ("updateAndGet" | "getAndUpdate", 1) => {
                let v = apply(it, &a0, "apply", vec![now.clone()])?;
                set(v.clone());
                if name == "updateAndGet" { v } else { now }
            }
            ("accumulateAndGet", 2) => {
                let v = apply(it, &args[1], "apply", vec![now, a0])?;
                set(v.clone());
                v
            }
            ("plus" | "minus" | "multiply", 1) if ops::is_number(&now) => {
                let op = match name {
                    "plus" => BinOp::Add,
                    "minus" => BinOp::Sub,
                    _ => BinOp::Mul,
                };
                return ops::arith(op, &now, &a0);
            }
            ("toInteger" | "toLong", 0) => return crate::gdk::call(it, &now, name, &[]),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        let v = self.1.borrow().0.clone();
        inside("...".into(), || text(&v))
    }
    fn truth(&self) -> bool {
        match &self.1.borrow().0 {
            v if ops::is_number(v) || matches!(v, Value::Bool(_)) => ops::truth(v),
            _ => true,
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Optional(Option<Held>);

/// `Optional` of a value.
pub(super) fn optional(v: Option<Value>) -> Value {
    Value::object(Optional(v.map(Held)))
}

impl HostObject for Optional {
    fn class_name(&self) -> &str {
        "java.util.Optional"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let v = self.0.as_ref().map(|h| h.0.clone());
        let f = args.first().cloned().unwrap_or(Value::Null);
        let none = || throw("java.util.NoSuchElementException", "No value present");
        Ok(Some(match (name, v) {
            ("isPresent", v) => Value::Bool(v.is_some()),
            ("isEmpty", v) => Value::Bool(v.is_none()),
            ("get" | "getAsInt" | "getAsLong" | "getAsDouble" | "orElseThrow", Some(v)) => v,
            ("orElseThrow", None) if !args.is_empty() => {
                let e = apply(it, &f, "get", vec![])?;
                return Err(crate::value::Thrown::Exception(e));
            }
            ("get" | "getAsInt" | "getAsLong" | "getAsDouble" | "orElseThrow", None) => return Err(none()),
            ("orElse" | "orElseGet", Some(v)) => v,
            ("orElse", None) => f,
            ("orElseGet", None) => apply(it, &f, "get", vec![])?,
            ("ifPresent", v) => {
                if let Some(v) = v {
                    apply(it, &f, "accept", vec![v])?;
                }
                Value::Null
            }
            ("map" | "flatMap" | "filter", None) => this.clone(),
            ("map", Some(v)) => {
                let r = apply(it, &f, "apply", vec![v])?;
                optional(Some(r).filter(|r| !r.is_null()))
            }
            ("flatMap", Some(v)) => apply(it, &f, "apply", vec![v])?,
            ("filter", Some(v)) => {
                let r = apply(it, &f, "test", vec![v.clone()])?;
                optional(it.truth(&r)?.then_some(v))
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        match &self.0 {
            Some(v) => format!("Optional[{}]", inside("...".into(), || text(&v.0))),
            None => "Optional.empty".into(),
        }
    }
    fn truth(&self) -> bool {
        self.0.is_some()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        let o = o.downcast::<Optional>()?;
        Some(match (&self.0, &o.0) {
            (Some(a), Some(b)) => inside(false, || ops::java_equals(&a.0, &b.0)),
            (None, None) => true,
            _ => false,
        })
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Tokens {
    items: Vec<String>,
    at: Cell<usize>,
}

impl HostObject for Tokens {
    fn class_name(&self) -> &str {
        "java.util.StringTokenizer"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "hasMoreTokens" | "hasMoreElements" => Value::Bool(self.at.get() < self.items.len()),
            "countTokens" => Value::Int((self.items.len() - self.at.get()) as i32),
            "nextToken" | "nextElement" => match self.items.get(self.at.get()) {
                Some(s) => {
                    self.at.set(self.at.get() + 1);
                    Value::str(s)
                }
                None => {
                    return Err(crate::value::Thrown::Exception(crate::error::exception(
                        "java.util.NoSuchElementException",
                        Value::Null,
                    )));
                }
            },
            _ => return Ok(None),
        }))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.items.iter().skip(self.at.get()).map(Value::str).collect())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Joiner {
    signs: [String; 3],
    parts: RefCell<Vec<String>>,
}

impl HostObject for Joiner {
    fn class_name(&self) -> &str {
        "java.util.StringJoiner"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("add", [v]) => {
                let s = it.to_text(v)?;
                it.charge(s.len() + 24)?;
                self.parts.borrow_mut().push(s);
                this.clone()
            }
            ("length", []) => Value::Int(self.text().chars().count() as i32),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        format!("{}{}{}", self.signs[1], self.parts.borrow().join(&self.signs[0]), self.signs[2])
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Scanner {
    text: String,
    at: Cell<usize>,
    sign: RefCell<Option<String>>,
}

impl Scanner {
    /// The next word: where it begins and ends.
    fn word(&self) -> Option<(usize, usize)> {
        let rest = self.text.get(self.at.get()..)?;
        let sign = self.sign.borrow();
        let (start, len) = match sign.as_deref() {
            Some("\\A" | "\\Z") => (0, rest.len()),
            Some(s) => {
                let skipped = if self.at.get() > 0 { rest.strip_prefix(s).map_or(0, |_| s.len()) } else { 0 };
                let r = &rest[skipped..];
                (skipped, r.find(s).unwrap_or(r.len()))
            }
            None => {
                let start = rest.len() - rest.trim_start().len();
                let r = &rest[start..];
                (start, r.find(char::is_whitespace).unwrap_or(r.len()))
            }
        };
        (len > 0).then(|| (self.at.get() + start, self.at.get() + start + len))
    }
}

impl HostObject for Scanner {
    fn class_name(&self) -> &str {
        "java.util.Scanner"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        it.tick()?;
        let none = |m: &str| throw("java.util.NoSuchElementException", m);
        let word = self.word();
        let word_text = word.map(|(a, b)| &self.text[a..b]);
        Ok(Some(match (name, args.len()) {
            ("useDelimiter", 1) => {
                self.sign.replace(Some(txt(args.first())));
                this.clone()
            }
            ("hasNext", 0) => Value::Bool(word.is_some()),
            ("hasNextLine", 0) => Value::Bool(self.at.get() < self.text.len()),
            ("hasNextInt" | "hasNextLong", 0) => Value::Bool(word_text.is_some_and(|w| w.parse::<i64>().is_ok())),
            ("next" | "nextInt" | "nextLong" | "nextDouble" | "nextBigDecimal" | "nextBoolean", 0) => {
                let ((_, end), w) = (word.ok_or_else(|| none(""))?, word_text.unwrap_or(""));
                let class = match name {
                    "nextInt" => "java.lang.Integer",
                    "nextLong" => "java.lang.Long",
                    "nextDouble" => "java.lang.Double",
                    "nextBigDecimal" => "java.math.BigDecimal",
                    _ => "",
                };
                let v = match class {
                    "" if name == "nextBoolean" => Value::Bool(w.eq_ignore_ascii_case("true")),
                    "" => Value::str(w),
                    c => crate::cast::parse_number(w, c).map_err(|_| {
                        crate::value::Thrown::Exception(crate::error::exception(
                            "java.util.InputMismatchException",
                            Value::Null,
                        ))
                    })?,
                };
                self.at.set(end);
                v
            }
            ("nextLine", 0) => {
                let rest =
                    self.text.get(self.at.get()..).filter(|r| !r.is_empty()).ok_or_else(|| none("No line found"))?;
                let end = rest.find('\n').unwrap_or(rest.len());
                self.at.set((self.at.get() + end + 1).min(self.text.len()));
                Value::str(rest[..end].trim_end_matches('\r'))
            }
            ("close", 0) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
