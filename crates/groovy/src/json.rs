//! JSON: reading, writing, building.
use crate::error::{illegal, throw};
use crate::free::Held;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::RefCell;

const MAX_DEPTH: u32 = 200;

/// `groovy.json.JsonSlurper`.
pub(crate) struct Slurper;

impl HostObject for Slurper {
    fn class_name(&self) -> &str {
        "groovy.json.JsonSlurper"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let s = match (name, args) {
            ("parseText", [s @ (Value::Str(_) | Value::GStr(_))]) => text(s),
            ("parseText", [Value::Null]) => String::new(),
            // Where the host gives a text for a stream.
            ("parse", [Value::Str(s) | Value::GStr(s)]) => s.to_string(),
            ("parse", [Value::Bytes(b), ..]) => String::from_utf8_lossy(&b.borrow()).into_owned(),
            ("parse", [r @ Value::Object(_), ..]) => text(&it.invoke(r, "getText", vec![])?),
            ("setType", _) => return Ok(Some(this.clone())),
            _ => return Ok(None),
        };
        it.charge(s.len() * 4)?;
        if name == "parseText" && s.is_empty() {
            return Err(illegal("Text must not be null or empty"));
        }
        // Groovy reads a reader into a buffer, and looks at the buffer where nothing was read.
        let s = if s.trim().is_empty() && name == "parse" { "\0".repeat(256) } else { s };
        let mut p = Reader { s: s.as_bytes(), text: &s, at: 0 };
        p.blanks();
        let v = p.value(0)?;
        Ok(Some(v))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Reader<'a> {
    s: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.s.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }
    fn fail<T>(&self, m: &str) -> R<T> {
        let at = self.place();
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let shown = self.text.get(start..).and_then(|t| t.split('\n').next()).unwrap_or_default();
        let index = before.encode_utf16().count();
        let dots = ".".repeat(before.get(start..).map_or(0, |b| b.encode_utf16().count()));
        let c = self.described();
        Err(throw(
            "groovy.json.JsonException",
            format!(
                "{m}\n\nThe current character read is {c}\n{m}\nline number {line}\nindex number {index}\n{shown}\n{dots}^"
            ),
        ))
    }
    /// Where the reader stands: at the end of the text, on the last character.
    fn place(&self) -> usize {
        let last = self.text.char_indices().next_back().map_or(0, |c| c.0);
        if self.s.iter().all(|b| *b == 0) { last } else { self.at.min(last) }
    }
    fn described(&self) -> String {
        let c = self.text.get(self.place()..).and_then(|t| t.chars().next()).unwrap_or(' ');
        let shown = match c {
            ' ' => "[SPACE]".into(),
            '\t' => "[TAB]".into(),
            '\n' => "[NEWLINE]".into(),
            c => format!("'{c}'"),
        };
        format!("{shown} with an int value of {}", c as u32)
    }
    fn current(&self) -> String {
        format!("current char {}", self.described())
    }
    fn value(&mut self, depth: u32) -> R {
        if depth > MAX_DEPTH {
            return self.fail("the text is nested too deeply");
        }
        match self.s.get(self.at) {
            Some(b'{') => {
                self.at += 1;
                let m = MapObj::new(MapKind::Lazy);
                loop {
                    self.blanks();
                    match self.s.get(self.at) {
                        Some(b'}') => {
                            self.at += 1;
                            return Ok(Value::Map(m));
                        }
                        // Groovy takes an object that is never closed where nothing follows the brace.
                        None if self.s.get(self.at - 1) == Some(&b'{') => return Ok(Value::Map(m)),
                        Some(b'"') => {
                            let k = self.string()?;
                            self.blanks();
                            if self.s.get(self.at) != Some(&b':') {
                                let c = self.described();
                                return self.fail(&format!("expecting current character to be {c}\n"));
                            }
                            self.at += 1;
                            self.blanks();
                            let v = self.value(depth + 1)?;
                            m.put(Value::str(k), v);
                            self.blanks();
                            if self.s.get(self.at) == Some(&b',') {
                                self.at += 1;
                            } else if self.s.get(self.at) != Some(&b'}') {
                                return self.fail(&format!("expecting '}}' or ',' but got {}", self.current()));
                            }
                        }
                        _ => return self.fail(&format!("expecting '}}' or ',' but got {}", self.current())),
                    }
                }
            }
            Some(b'[') => {
                self.at += 1;
                let mut out = Vec::new();
                loop {
                    self.blanks();
                    if self.s.get(self.at) == Some(&b']') {
                        self.at += 1;
                        return Ok(Value::list(out));
                    }
                    out.push(self.value(depth + 1)?);
                    self.blanks();
                    match self.s.get(self.at) {
                        Some(b',') => self.at += 1,
                        Some(b']') => {}
                        None => return self.fail("Did not find end of Json Array"),
                        _ => {
                            let (c, n) = (self.described(), out.len());
                            return self.fail(&format!(
                                "expecting a ',' or a ']',  but got \nthe current character of  {c}  on array index of {n} \n"
                            ));
                        }
                    }
                }
            }
            Some(b'"') => self.string().map(Value::str),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.fail("Unable to determine the current character, it is not a string, number, array, or object"),
        }
    }
    fn word(&mut self, w: &str, v: Value) -> R {
        if self.text.get(self.at..).is_some_and(|t| t.starts_with(w)) {
            self.at += w.len();
            return Ok(v);
        }
        self.fail(&format!("{w} not parse properly"))
    }
    fn number(&mut self) -> R {
        let start = self.at;
        while self.s.get(self.at).is_some_and(|b| b.is_ascii_digit() || b"+-.eE".contains(b)) {
            self.at += 1;
        }
        let t = &self.text[start..self.at];
        if t.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            // Too large numbers overflow silently, as they do in Groovy 2.4.
            let n = t
                .bytes()
                .filter(u8::is_ascii_digit)
                .fold(0i64, |n, d| n.wrapping_mul(10).wrapping_add(i64::from(d - b'0')));
            let n = if t.starts_with('-') { n.wrapping_neg() } else { n };
            return Ok(i32::try_from(n).map_or(Value::Long(n), Value::Int));
        }
        match crate::ops::parse_decimal(t) {
            Some(d) => Ok(Value::dec(d)),
            None => self.fail("unexpected character in a number"),
        }
    }
    fn string(&mut self) -> R<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.text.get(self.at..).and_then(|t| t.chars().next()) else {
                return self.fail("JSON string not terminated");
            };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => {
                    let e = self.s.get(self.at).copied().unwrap_or(b' ');
                    self.at += 1;
                    match e {
                        b'n' => out.push('\n'),
                        b't' => out.push('\t'),
                        b'r' => out.push('\r'),
                        b'b' => out.push('\u{8}'),
                        b'f' => out.push('\u{c}'),
                        b'u' => {
                            let mut units = Vec::new();
                            loop {
                                match self.text.get(self.at..self.at + 4).and_then(|h| u16::from_str_radix(h, 16).ok())
                                {
                                    Some(u) => units.push(u),
                                    None => return self.fail("a bad \\u escape"),
                                }
                                self.at += 4;
                                if !(0xD800..0xDC00).contains(&units[units.len() - 1])
                                    || self.s.get(self.at..self.at + 2) != Some(b"\\u")
                                {
                                    break;
                                }
                                self.at += 2;
                            }
                            out.push_str(&String::from_utf16_lossy(&units));
                        }
                        b'"' | b'\\' | b'/' => out.push(char::from(e)),
                        _ => return self.fail("an unknown escape"),
                    }
                }
                c => out.push(c),
            }
        }
    }
}

/// `JsonOutput.toJson`.
pub(crate) fn write(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    let mut out = String::new();
    put(it, v, &mut out, 0)?;
    it.charge(out.len())?;
    Ok(out)
}

fn room(it: &Interpreter<'_>, out: &str) -> R<()> {
    if out.len() as u64 > it.limits.memory {
        return Err(crate::value::Thrown::Limit("the JSON text is too large".into()));
    }
    Ok(())
}

fn quote(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (' '..='~').contains(&c) => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|u| out.push_str(&format!("\\u{u:04x}"))),
        }
    }
    out.push('"');
}

fn put(it: &mut Interpreter<'_>, v: &Value, out: &mut String, depth: u32) -> R<()> {
    if depth > MAX_DEPTH {
        return Err(throw("java.lang.StackOverflowError", "the value is nested too deeply"));
    }
    // A small value may hold another many times: its text is bounded while it grows.
    it.charge(16)?;
    it.tick()?;
    room(it, out)?;
    match v {
        Value::Null | Value::Bool(_) => out.push_str(&text(v)),
        v if crate::ops::is_number(v) => out.push_str(&text(v)),
        Value::Map(m) => {
            out.push('{');
            for (i, (k, x)) in m.entries().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                if k.is_null() {
                    return Err(illegal("Maps with null keys can't be converted to JSON"));
                }
                quote(&it.to_text(k)?, out);
                out.push(':');
                put(it, x, out, depth + 1)?;
            }
            out.push('}');
        }
        Value::Closure(_) => {
            let m = MapObj::new(MapKind::Linked);
            build_into(it, &m, v, vec![])?;
            put(it, &Value::Map(m), out, depth + 1)?;
        }
        Value::List(_) | Value::Set(_) | Value::Range(_) | Value::Bytes(_) => {
            out.push('[');
            for (i, x) in it.items_of(v)?.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                put(it, x, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Instance(i) => {
            let m = MapObj::new(MapKind::Linked);
            for (k, x) in i.fields.borrow().iter().filter(|f| !f.0.starts_with('$')) {
                m.put(Value::str(k), x.clone());
            }
            put(it, &Value::Map(m), out, depth + 1)?;
        }
        v if v.downcast::<crate::library::time::date::Date>().is_some() => {
            let t = it.invoke(v, "format", vec![Value::str("yyyy-MM-dd'T'HH:mm:ssZ"), Value::str("UTC")])?;
            quote(&text(&t), out);
        }
        v => match v.downcast::<Builder>() {
            Some(b) => {
                let c = b.content.borrow().clone();
                put(it, &c.0, out, depth + 1)?;
            }
            None => quote(&it.to_text(v)?, out),
        },
    }
    Ok(())
}

/// `JsonOutput.prettyPrint`.
pub(crate) fn pretty(it: &mut Interpreter<'_>, s: &str) -> R<String> {
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0usize, false, false);
    let line = |out: &mut String, d: usize| {
        out.push('\n');
        out.push_str(&"    ".repeat(d.min(500)));
    };
    for c in s.chars() {
        room(it, &out)?;
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                depth += 1;
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    it.charge(out.len())?;
    Ok(out)
}

/// `groovy.json.JsonBuilder`.
struct Builder {
    content: RefCell<Held>,
}

/// A builder, perhaps with content.
pub(crate) fn builder(content: Option<Value>) -> Value {
    Value::object(Builder { content: RefCell::new(Held(content.unwrap_or(Value::Null))) })
}

/// The delegate of a builder's closure: every call adds an entry.
struct Collector(std::rc::Rc<MapObj>);

fn build_into(it: &mut Interpreter<'_>, m: &std::rc::Rc<MapObj>, f: &Value, args: Vec<Value>) -> R<()> {
    if let Value::Closure(f) = f {
        crate::gdk::with_delegate(it, f, Value::object(Collector(m.clone())), args, true)?;
    }
    Ok(())
}

fn content_of(it: &mut Interpreter<'_>, args: &[Value]) -> R {
    let m = MapObj::new(MapKind::Linked);
    Ok(match args {
        [] => Value::list(vec![]),
        [f @ Value::Closure(_)] => {
            build_into(it, &m, f, vec![])?;
            Value::Map(m)
        }
        [one] => one.clone(),
        [list, f @ Value::Closure(_)] if !matches!(list, Value::Map(_)) => {
            let mut out = Vec::new();
            for x in it.items_of(list)? {
                let m = MapObj::new(MapKind::Linked);
                build_into(it, &m, f, vec![x])?;
                out.push(Value::Map(m));
            }
            Value::list(out)
        }
        [Value::Map(first), f @ Value::Closure(_)] => {
            for (k, v) in first.entries() {
                m.put(k, v);
            }
            build_into(it, &m, f, vec![])?;
            Value::Map(m)
        }
        many => Value::list(many.to_vec()),
    })
}

impl HostObject for Collector {
    fn class_name(&self) -> &str {
        "groovy.json.JsonDelegate"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        it.charge(64)?;
        let v = content_of(it, args)?;
        self.0.put(Value::str(name), v.clone());
        Ok(Some(v))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Builder {
    fn class_name(&self) -> &str {
        "groovy.json.JsonBuilder"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let content = self.content.borrow().0.clone();
        Ok(Some(match (name, args) {
            ("toString", []) => Value::str(write(it, &content)?),
            ("toPrettyString", []) => {
                let s = write(it, &content)?;
                Value::str(pretty(it, &s)?)
            }
            ("getContent", []) => content,
            ("getClass" | "is" | "hashCode" | "equals", _) => return Ok(None),
            ("call", args) => {
                let v = content_of(it, args)?;
                self.content.replace(Held(v.clone()));
                v
            }
            (name, args) => {
                let v = content_of(it, args)?;
                let m = Value::map(vec![(name.to_string(), v)]);
                self.content.replace(Held(m.clone()));
                m
            }
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
