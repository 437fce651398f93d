//! `JsonSlurper`: reads JSON as leniently as Groovy's readers do, and says what it says where they refuse.
use crate::error::{bare, illegal, throw};
use crate::interp::Interpreter;
use crate::json::{MAX_DEPTH, lexing};
use crate::library::support::{EnumClass, constant, plain};
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::Cell;

/// Which reader a slurper uses. All strict ones read alike.
pub(crate) static TYPES: EnumClass = EnumClass {
    class: "groovy.json.JsonParserType",
    names: &["CHAR_BUFFER", "INDEX_OVERLAY", "CHARACTER_SOURCE", "LAX"],
    texts: &[],
    methods: plain,
};
/// The index of the lenient one.
const LAX: usize = 3;

/// `groovy.json.JsonSlurper` and `JsonSlurperClassic`.
pub(crate) struct Slurper {
    classic: bool,
    kind: Cell<usize>,
}

impl Slurper {
    /// `new JsonSlurper()`; named arguments choose the reader.
    pub(crate) fn construct(classic: bool, args: &[Value]) -> Value {
        let kind = match args {
            [Value::Map(m)] => constant(m.get_str("type").as_ref(), &TYPES).unwrap_or(0),
            _ => 0,
        };
        Value::object(Slurper { classic, kind: Cell::new(kind) })
    }

    fn read(&self, s: &str) -> R {
        if self.classic {
            let begin = s.find(|c: char| !c.is_whitespace());
            match begin.and_then(|at| s[at..].chars().next().map(|c| (at, c))) {
                None => return Err(illegal("The JSON input text should neither be null nor empty.")),
                Some((at, c)) if !"{[\"-tfn".contains(c) && !c.is_ascii_digit() => return Err(lexing(s, at, c)),
                _ => {}
            }
        }
        let maps = if self.classic { MapKind::Hash } else { MapKind::Lazy };
        let mut reader = Reader { s: s.as_bytes(), text: s, at: 0, maps, lax: self.kind.get() == LAX };
        reader.blanks();
        reader.value(0)
    }
}

impl HostObject for Slurper {
    fn class_name(&self) -> &str {
        if self.classic { "groovy.json.JsonSlurperClassic" } else { "groovy.json.JsonSlurper" }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let s = match (name, args) {
            ("parseText", [s @ (Value::Str(_) | Value::GStr(_))]) => text(s),
            ("parseText", [Value::Null]) => String::new(),
            ("parseText", [body]) if crate::cache::is_stream_cache(body) => text(body),
            // A body that was set as a text before, where CPI has a stream.
            ("parse", [Value::Str(s) | Value::GStr(s)]) => s.to_string(),
            ("parse", [Value::Bytes(b), ..]) => String::from_utf8_lossy(&b.borrow()).into_owned(),
            ("parse", [r @ Value::Object(_)]) => text(&it.invoke(r, "getText", vec![])?),
            ("parse", [r @ Value::Object(_), charset]) => text(&it.invoke(r, "getText", vec![charset.clone()])?),
            ("setType", [kind]) => {
                self.kind.set(constant(Some(kind), &TYPES).unwrap_or(0));
                return Ok(Some(this.clone()));
            }
            ("getType", []) => return Ok(Some(TYPES.at(self.kind.get()))),
            _ => return Ok(None),
        };
        it.charge(s.len() * 4)?;
        if name == "parseText" && s.is_empty() && !self.classic {
            return Err(illegal("Text must not be null or empty"));
        }
        // Groovy reads a reader into a buffer, and looks at the buffer where nothing was read.
        let reader = name == "parse" && matches!(args.first(), Some(Value::Object(_)));
        let s = if s.trim().is_empty() && reader { "\0".repeat(256) } else { s };
        self.read(&s).map(Some)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Reader<'a> {
    s: &'a [u8],
    text: &'a str,
    at: usize,
    /// What objects become.
    maps: MapKind,
    /// Names without quotes, other quotes, comments.
    lax: bool,
}

const NO_VALUE: &str = "Unable to determine the current character, it is not a string, number, array, or object";

impl Reader<'_> {
    fn blanks(&mut self) {
        loop {
            while self.s.get(self.at).is_some_and(u8::is_ascii_whitespace) {
                self.at += 1;
            }
            let rest = self.text.get(self.at..).filter(|_| self.lax).unwrap_or_default();
            self.at += if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |n| n + 2)
            } else if rest.starts_with("//") || rest.starts_with('#') {
                rest.find('\n').unwrap_or(rest.len())
            } else {
                return;
            };
        }
    }
    fn fail<T>(&self, m: &str) -> R<T> {
        self.fail_at(m, self.place(), &self.described())
    }
    /// Fails where it stands, while the character read last is another one.
    fn fail_at<T>(&self, m: &str, at: usize, c: &str) -> R<T> {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let shown = self.text.get(start..).and_then(|t| t.split('\n').next()).unwrap_or_default();
        let index = before.encode_utf16().count();
        let dots = ".".repeat(before.get(start..).map_or(0, |b| b.encode_utf16().count()));
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
                let m = MapObj::new(self.maps);
                loop {
                    self.blanks();
                    match self.s.get(self.at) {
                        Some(b'}') => {
                            self.at += 1;
                            return Ok(Value::Map(m));
                        }
                        // Groovy takes an object that is never closed where nothing follows the brace or a comma.
                        None if matches!(self.s.get(self.at - 1), Some(b'{' | b',')) => return Ok(Value::Map(m)),
                        Some(b',') => self.at += 1,
                        Some(c) if *c == b'"' || self.lax => {
                            let k = match c {
                                b'"' | b'\'' => self.string()?,
                                _ => self.bare_text(),
                            };
                            if self.at >= self.s.len() && self.lax {
                                return Ok(Value::Map(m));
                            }
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
                        Some(b',') => {
                            self.at += 1;
                            // It looks no further where only one character is left.
                            if self.at + 1 >= self.s.len() && !self.lax {
                                let at = self.at;
                                self.at -= 2;
                                return self.fail_at("Did not find end of Json Array", at, &self.described());
                            }
                            self.blanks();
                            if self.s.get(self.at) == Some(&b']') && !self.lax {
                                return self.fail(NO_VALUE);
                            }
                        }
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
            Some(b'\'') if self.lax => self.string().map(Value::str),
            Some(_) if self.lax => Ok(Value::str(self.bare_text())),
            _ => self.fail(NO_VALUE),
        }
    }
    /// A name or value without quotes, up to what can follow one.
    fn bare_text(&mut self) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find([',', ':', '}', ']', '\n']).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim().to_owned()
    }
    fn word(&mut self, w: &str, v: Value) -> R {
        if self.text.get(self.at..).is_some_and(|t| t.starts_with(w)) {
            self.at += w.len();
            return Ok(v);
        }
        let tail = if w == "true" { "not parsed properly" } else { "not parse properly" };
        self.fail(&format!("{w} {tail}"))
    }
    fn number(&mut self) -> R {
        let start = self.at;
        let refused = |text: String| throw("groovy.json.internal.Exceptions$JsonInternalException", text);
        let mut points = 0;
        while let Some(c) = self.text.get(self.at..).and_then(|t| t.chars().next()) {
            match c {
                '0'..='9' | 'e' | 'E' | '+' | '-' => {}
                '.' if points == 0 => points += 1,
                ',' | ']' | '}' => break,
                c if c.is_whitespace() || c.is_control() => break,
                c => return Err(refused(format!("unexpected character {c}"))),
            }
            self.at += 1;
        }
        let t = &self.text[start..self.at];
        if t == "-" {
            return Err(refused("died".into()));
        }
        if t.strip_prefix('-').unwrap_or(t).bytes().all(|b| b.is_ascii_digit()) {
            // Too large numbers overflow silently, as they do in Groovy 2.4.
            let n = t
                .bytes()
                .filter(u8::is_ascii_digit)
                .fold(0i64, |n, d| n.wrapping_mul(10).wrapping_add(i64::from(d - b'0')));
            let n = if t.starts_with('-') { n.wrapping_neg() } else { n };
            return Ok(i32::try_from(n).map_or(Value::Long(n), Value::Int));
        }
        match crate::ops::parse_decimal(t.strip_suffix('.').unwrap_or(t)) {
            Some(d) => Ok(Value::dec(d)),
            None => Err(bare("java.lang.NumberFormatException")),
        }
    }
    fn string(&mut self) -> R<String> {
        let quote = if self.s.get(self.at) == Some(&b'\'') { '\'' } else { '"' };
        self.at += 1;
        let mut out = String::new();
        loop {
            // The end of the text ends a string, too.
            let Some(c) = self.text.get(self.at..).and_then(|t| t.chars().next()) else { return Ok(out) };
            self.at += c.len_utf8();
            match c {
                c if c == quote => return Ok(out),
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
