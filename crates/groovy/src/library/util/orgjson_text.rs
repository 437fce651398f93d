//! Reading JSON as `org.json` does: unquoted words, single quotes and comments of habit are allowed.
use super::orgjson::{array, null, object};
use crate::error::throw;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{R, Thrown, Value};

const MAX_DEPTH: u32 = 200;

pub(super) struct Reader<'a> {
    s: &'a [char],
    at: usize,
}

/// `JSONException`.
pub(super) fn fail(m: impl AsRef<str>) -> Thrown {
    throw("org.json.JSONException", m)
}

/// Reads one value.
pub(super) fn read(it: &mut Interpreter<'_>, s: &str, open: char) -> R {
    it.charge(s.len() * 8)?;
    let c: Vec<char> = s.chars().collect();
    let mut r = Reader { s: &c, at: 0 };
    r.blanks();
    if r.s.get(r.at) != Some(&open) {
        let what =
            if open == '{' { "A JSONObject text must begin with '{'" } else { "A JSONArray text must start with '['" };
        return Err(r.fail(what));
    }
    r.value(0)
}

/// A word without quotes.
pub(super) fn word(w: &str) -> Value {
    match w {
        "true" | "TRUE" | "True" => Value::Bool(true),
        "false" | "FALSE" | "False" => Value::Bool(false),
        "null" | "NULL" => null(),
        w => number(w).unwrap_or_else(|| Value::str(w)),
    }
}

fn number(w: &str) -> Option<Value> {
    if !w.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return None;
    }
    if w.contains(['.', 'e', 'E']) {
        return ops::parse_decimal(w).and_then(|_| w.parse().ok()).filter(|d: &f64| d.is_finite()).map(Value::Double);
    }
    if let Ok(i) = w.parse::<i32>() {
        return (i.to_string() == w).then_some(Value::Int(i));
    }
    w.parse::<i64>().ok().filter(|i| i.to_string() == w).map(Value::Long)
}

impl Reader<'_> {
    fn fail(&self, m: &str) -> Thrown {
        let line = self.s[..self.at.min(self.s.len())].iter().filter(|c| **c == '\n').count() + 1;
        let last = self.s[..self.at.min(self.s.len())].iter().rposition(|c| *c == '\n').map_or(0, |i| i + 1);
        let n = (self.at + 1).min(self.s.len().max(1));
        fail(format!("{m} at {n} [character {} line {line}]", n.saturating_sub(last) + usize::from(last == 0)))
    }
    fn blanks(&mut self) {
        while self.s.get(self.at).is_some_and(|c| *c <= ' ') {
            self.at += 1;
        }
    }
    fn string(&mut self, quote: char) -> R<String> {
        let mut out: Vec<u16> = Vec::new();
        loop {
            let Some(c) = self.s.get(self.at).copied() else { return Err(self.fail("Unterminated string")) };
            self.at += 1;
            match c {
                c if c == quote => return Ok(String::from_utf16_lossy(&out)),
                '\n' | '\r' => return Err(self.fail("Unterminated string")),
                '\\' => {
                    let Some(e) = self.s.get(self.at).copied() else { return Err(self.fail("Unterminated string")) };
                    self.at += 1;
                    match e {
                        'b' => out.push(8),
                        't' => out.push(9),
                        'n' => out.push(10),
                        'f' => out.push(12),
                        'r' => out.push(13),
                        'u' => {
                            let h: String = self.s.iter().skip(self.at).take(4).collect();
                            self.at += 4;
                            out.push(u16::from_str_radix(&h, 16).map_err(|_| self.fail("Illegal escape."))?);
                        }
                        '"' | '\'' | '\\' | '/' => out.push(e as u16),
                        _ => return Err(self.fail("Illegal escape.")),
                    }
                }
                c => out.extend(c.encode_utf16(&mut [0; 2]).iter()),
            }
        }
    }
    fn value(&mut self, depth: u32) -> R {
        if depth > MAX_DEPTH {
            return Err(self.fail("the text is nested too deeply"));
        }
        self.blanks();
        let Some(c) = self.s.get(self.at).copied() else { return Err(self.fail("Missing value")) };
        match c {
            '"' | '\'' => {
                self.at += 1;
                self.string(c).map(Value::str)
            }
            '{' => {
                self.at += 1;
                let mut entries: Vec<(String, Value)> = Vec::new();
                loop {
                    self.blanks();
                    match self.s.get(self.at) {
                        None => return Err(self.fail("A JSONObject text must end with '}'")),
                        Some('}') => {
                            self.at += 1;
                            return Ok(object(entries));
                        }
                        _ => {}
                    }
                    let key = self.value(depth + 1)?;
                    self.blanks();
                    if self.s.get(self.at) != Some(&':') {
                        return Err(self.fail("Expected a ':' after a key"));
                    }
                    self.at += 1;
                    let v = self.value(depth + 1)?;
                    entries.push((crate::text::text(&key), v));
                    self.blanks();
                    match self.s.get(self.at) {
                        Some(',' | ';') => self.at += 1,
                        Some('}') => {}
                        _ => return Err(self.fail("Expected a ',' or '}'")),
                    }
                }
            }
            '[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.blanks();
                    match self.s.get(self.at) {
                        Some(']') => {
                            self.at += 1;
                            return Ok(array(items));
                        }
                        Some(',') => items.push(null()),
                        _ => items.push(self.value(depth + 1)?),
                    }
                    self.blanks();
                    match self.s.get(self.at) {
                        Some(',') => self.at += 1,
                        Some(']') => {}
                        _ => return Err(self.fail("Expected a ',' or ']'")),
                    }
                }
            }
            _ => {
                let start = self.at;
                while self.s.get(self.at).is_some_and(|c| *c >= ' ' && !",:]}/\\\"[{;=#".contains(*c)) {
                    self.at += 1;
                }
                let w: String = self.s[start..self.at].iter().collect();
                if w.trim().is_empty() {
                    return Err(self.fail("Missing value"));
                }
                Ok(word(w.trim()))
            }
        }
    }
}
