//! Patterns and matchers over the `fancy-regex` crate; its step limit keeps hostile patterns short.
use crate::error::{illegal, throw};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// `java.util.regex.Pattern`.
#[derive(Clone)]
pub(crate) struct Pattern {
    re: Rc<fancy_regex::Regex>,
    source: String,
    flags: i64,
}

/// Matches of one call.
const MAX_MATCHES: usize = 1_000_000;
/// Bytes that are looked at in the time of one step.
const LOOKED_AT: usize = 1_024;

type Groups = Vec<Option<(usize, usize)>>;

/// `java.util.regex.Matcher`.
struct Matcher {
    pattern: Pattern,
    text: Rc<str>,
    at: Cell<usize>,
    last: RefCell<Option<Groups>>,
    /// How far `appendReplacement` has copied.
    copied: Cell<usize>,
}

/// `Pattern.DOTALL` and the other flags.
pub(crate) fn flag(name: &str) -> Option<Value> {
    const FLAGS: [(&str, i32); 9] = [
        ("UNIX_LINES", 1),
        ("CASE_INSENSITIVE", 2),
        ("COMMENTS", 4),
        ("MULTILINE", 8),
        ("LITERAL", 16),
        ("DOTALL", 32),
        ("UNICODE_CASE", 64),
        ("CANON_EQ", 128),
        ("UNICODE_CHARACTER_CLASS", 256),
    ];
    FLAGS.iter().find(|f| f.0 == name).map(|f| Value::Int(f.1))
}

const COMMENTS: i64 = 4;
const LITERAL: i64 = 16;
const UNICODE: i64 = 256;

fn compile(source: &str, flags: i64) -> R<Pattern> {
    build(source, flags, false)
}

/// Compiles a pattern with its flags; `whole` makes it one that only matches a text from end to end.
fn build(source: &str, flags: i64, whole: bool) -> R<Pattern> {
    let mut s = String::new();
    for (bit, f) in [(2, "(?i)"), (COMMENTS, "(?x)"), (8, "(?m)"), (32, "(?s)")] {
        if flags & bit != 0 && (bit != COMMENTS || flags & LITERAL == 0) {
            s.push_str(f);
        }
    }
    if whole {
        s.push_str("\\A(?:");
    }
    if flags & LITERAL != 0 {
        s.push_str(&fancy_regex::escape(source));
    } else {
        s.push_str(&crate::pattern::translated(source, flags & UNICODE != 0));
    }
    if whole {
        // A comment at the end goes on to the end of its line.
        let flags_within = source.strip_prefix("(?").and_then(|s| s.split_once(')')).map_or("", |s| s.0);
        let within = flags_within.contains('x') && flags_within.bytes().all(|b| b.is_ascii_alphabetic());
        let comments = flags & LITERAL == 0 && (flags & COMMENTS != 0 || within);
        s.push_str(if comments { "\n)\\z" } else { ")\\z" });
    }
    match fancy_regex::RegexBuilder::new(&s).backtrack_limit(500_000).delegate_size_limit(4 << 20).build() {
        Ok(re) => Ok(Pattern { re: Rc::new(re), source: source.to_string(), flags }),
        Err(e) => Err(throw("java.util.regex.PatternSyntaxException", format!("{e} near index 0\n{source}"))),
    }
}

fn limit(e: &fancy_regex::Error) -> crate::value::Thrown {
    throw("java.lang.StackOverflowError", format!("the pattern takes too long: {e}"))
}

fn groups_at(re: &fancy_regex::Regex, s: &str, at: usize) -> R<Option<Groups>> {
    if at > s.len() {
        return Ok(None);
    }
    let c = re.captures_from_pos(s, at).map_err(|e| limit(&e))?;
    Ok(c.map(|c| (0..c.len()).map(|i| c.get(i).map(|m| (m.start(), m.end()))).collect()))
}

/// All matches, or the first so many. Each may look at the whole rest of the text.
fn all(it: &mut Interpreter<'_>, re: &fancy_regex::Regex, s: &str, most: usize) -> R<Vec<Groups>> {
    let (mut out, mut at) = (Vec::new(), 0);
    while out.len() < most {
        it.work(1 + (s.len().saturating_sub(at) / LOOKED_AT) as u64)?;
        let Some(g) = groups_at(re, s, at)? else { break };
        let (a, b) = g.first().copied().flatten().unwrap_or((0, 0));
        at = if b > a { b } else { b + s.get(b..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8) };
        out.push(g);
        if out.len() > MAX_MATCHES {
            return Err(illegal("too many matches"));
        }
    }
    Ok(out)
}

/// The matches of a matcher, if it is one.
pub(crate) fn matches(it: &mut Interpreter<'_>, v: &Value) -> R<Option<Vec<Value>>> {
    let Some(m) = v.downcast::<Matcher>() else { return Ok(None) };
    let found = all(it, &m.pattern.re, &m.text, usize::MAX)?;
    Ok(Some(found.iter().map(|g| group_value(&m.text, g)).collect()))
}

fn group_value(s: &str, g: &Groups) -> Value {
    let one = |x: &Option<(usize, usize)>| x.map_or(Value::Null, |(a, b)| Value::str(&s[a..b]));
    if g.len() == 1 { one(&g[0]) } else { Value::list(g.iter().map(one).collect()) }
}

fn expand(names: &[Option<&str>], s: &str, g: &Groups, template: &str) -> R<String> {
    let (mut out, mut c) = (String::new(), template.chars().peekable());
    while let Some(x) = c.next() {
        match x {
            '\\' => out.extend(c.next()),
            '$' if c.peek() == Some(&'{') => {
                let name: String = c.by_ref().skip(1).take_while(|x| *x != '}').collect();
                match names.iter().position(|n| *n == Some(&*name)).and_then(|n| g.get(n)) {
                    Some(x) => out.push_str(x.map_or("", |(a, b)| &s[a..b])),
                    None => return Err(illegal(format!("No group with name {{{name}}}"))),
                }
            }
            '$' => {
                let Some(mut n) = c.peek().and_then(|d| d.to_digit(10)).map(|d| d as usize) else {
                    return Err(illegal("Illegal group reference"));
                };
                c.next();
                while let Some(d) = c.peek().and_then(|d| d.to_digit(10)).filter(|d| n * 10 + (*d as usize) < g.len()) {
                    n = n * 10 + d as usize;
                    c.next();
                }
                match g.get(n) {
                    Some(x) => out.push_str(x.map_or("", |(a, b)| &s[a..b])),
                    None => return Err(throw("java.lang.IndexOutOfBoundsException", format!("No group {n}"))),
                }
            }
            x => out.push(x),
        }
    }
    Ok(out)
}

fn replace_with(s: &str, found: &[Groups], mut f: impl FnMut(&Groups) -> R<String>) -> R<String> {
    let (mut out, mut at) = (String::new(), 0);
    for g in found {
        let (a, b) = g.first().copied().flatten().unwrap_or((0, 0));
        out.push_str(s.get(at..a).unwrap_or(""));
        out.push_str(&f(g)?);
        at = b;
    }
    out.push_str(s.get(at..).unwrap_or(""));
    Ok(out)
}

impl Pattern {
    /// Replaces the first or every match.
    pub(crate) fn replace(&self, it: &mut Interpreter<'_>, s: &str, by: &str, every: bool) -> R<String> {
        let found = all(it, &self.re, s, if every { usize::MAX } else { 1 })?;
        let names: Vec<_> = self.re.capture_names().collect();
        replace_with(s, &found, |g| expand(&names, s, g, by))
    }

    fn full(&self, s: &str) -> R<Option<Groups>> {
        groups_at(&build(&self.source, self.flags, true)?.re, s, 0)
    }

    fn split(&self, it: &mut Interpreter<'_>, s: &str, limit: i64) -> R<Vec<Value>> {
        let (mut out, mut at) = (Vec::new(), 0);
        for g in all(it, &self.re, s, usize::MAX)? {
            let (a, b) = g.first().copied().flatten().unwrap_or((0, 0));
            if (a == b && (a == 0 || a == s.len())) || (b == 0) {
                continue;
            }
            if limit > 0 && out.len() as i64 == limit - 1 {
                break;
            }
            out.push(s[at..a].to_string());
            at = b;
        }
        out.push(s[at..].to_string());
        if limit == 0 && out.len() > 1 {
            while out.last().is_some_and(String::is_empty) {
                out.pop();
            }
        }
        Ok(out.into_iter().map(Value::str).collect())
    }
}

fn of(v: &Value) -> R<Pattern> {
    match v.downcast::<Pattern>() {
        Some(p) => Ok(p.clone()),
        None => compile(&text(v), 0),
    }
}

/// `~"…"` and `Pattern.compile`.
pub(crate) fn pattern(it: &mut Interpreter<'_>, s: &str) -> R {
    it.charge(s.len() * 16)?;
    Ok(Value::object(compile(s, 0)?))
}

/// `Pattern.compile(s, flags)`.
pub(crate) fn with_flags(s: &str, flags: i64) -> R {
    Ok(Value::object(compile(s, flags)?))
}

/// `=~`.
pub(crate) fn find(it: &mut Interpreter<'_>, a: &Value, b: &Value) -> R {
    let t = it.to_text(a)?;
    let p = of(b)?;
    Ok(matcher(&p, &t))
}

fn matcher(p: &Pattern, t: &str) -> Value {
    Value::object(Matcher {
        pattern: p.clone(),
        text: t.into(),
        at: Cell::new(0),
        last: RefCell::new(None),
        copied: Cell::new(0),
    })
}

/// `==~`.
pub(crate) fn full_match(it: &mut Interpreter<'_>, a: &Value, b: &Value) -> R<bool> {
    if a.is_null() {
        return Ok(false);
    }
    let t = it.to_text(a)?;
    Ok(of(b)?.full(&t)?.is_some())
}

/// Methods of strings that take a pattern.
pub(crate) fn on_string(it: &mut Interpreter<'_>, s: &Rc<str>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let Some(first) = args.first() else { return Ok(None) };
    if matches!(first, Value::Closure(_)) {
        return Ok(None);
    }
    let p = of(first)?;
    it.charge(s.len())?;
    let on_groups = |it: &mut Interpreter<'_>, f: &Value, g: &Groups| {
        let v = group_value(s, g);
        it.invoke(f, "call", vec![v])
    };
    Ok(Some(match (name, args.get(1)) {
        ("replaceAll" | "replaceFirst", Some(f @ Value::Closure(_))) => {
            let found = all(it, &p.re, s, if name == "replaceFirst" { 1 } else { usize::MAX })?;
            Value::str(replace_with(s, &found, |g| on_groups(it, f, g).and_then(|v| it.to_text(&v)))?)
        }
        ("replaceAll" | "replaceFirst", Some(by)) => Value::str(p.replace(it, s, &text(by), name == "replaceAll")?),
        ("split", limit) => Value::array("String", p.split(it, s, super::gdk::int(limit))?),
        ("matches", None) => Value::Bool(p.full(s)?.is_some()),
        ("find", f) => match all(it, &p.re, s, 1)?.first() {
            Some(g) => match f {
                Some(f) => on_groups(it, f, g)?,
                None => g[0].map_or(Value::Null, |(a, b)| Value::str(&s[a..b])),
            },
            None => Value::Null,
        },
        ("findAll", f) => {
            let mut out = Vec::new();
            for g in all(it, &p.re, s, usize::MAX)? {
                out.push(match f {
                    Some(f) => on_groups(it, f, &g)?,
                    None => g[0].map_or(Value::Null, |(a, b)| Value::str(&s[a..b])),
                });
            }
            Value::list(out)
        }
        ("eachMatch", Some(f)) => {
            for g in all(it, &p.re, s, usize::MAX)? {
                on_groups(it, f, &g)?;
            }
            Value::Str(s.clone())
        }
        _ => return Ok(None),
    }))
}

impl HostObject for Pattern {
    fn class_name(&self) -> &str {
        "java.util.regex.Pattern"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("matcher", [t]) => matcher(self, &it.to_text(t)?),
            ("pattern", []) => Value::str(&self.source),
            ("flags", []) => Value::Int(self.flags as i32),
            ("split", [t, ..]) => Value::array("String", self.split(it, &text(t), super::gdk::int(args.get(1)))?),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.source.clone()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Matcher {
    fn class_name(&self) -> &str {
        "java.util.regex.Matcher"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let s = &*self.text;
        Ok(Some(match (name, args) {
            ("find", [from]) => {
                let from = super::gdk::int(Some(from));
                let Some(at) =
                    s.char_indices().map(|c| c.0).chain([s.len()]).nth(usize::try_from(from).unwrap_or(usize::MAX))
                else {
                    return Err(throw("java.lang.IndexOutOfBoundsException", "Illegal start index"));
                };
                self.at.set(at);
                return self.call_method(it, this, "find", &[]);
            }
            ("find", []) => {
                let g = groups_at(&self.pattern.re, s, self.at.get())?;
                if let Some((a, b)) = g.as_ref().and_then(|g| g.first().copied().flatten()) {
                    self.at.set(if b > a {
                        b
                    } else {
                        b + s.get(b..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8)
                    });
                }
                let yes = g.is_some();
                self.last.replace(g);
                Value::Bool(yes)
            }
            ("matches", []) => {
                let g = self.pattern.full(s)?;
                let yes = g.is_some();
                self.last.replace(g);
                Value::Bool(yes)
            }
            ("lookingAt", []) => {
                let g = groups_at(&self.pattern.re, s, 0)?
                    .filter(|g| g.first().copied().flatten().is_some_and(|(a, _)| a == 0));
                let yes = g.is_some();
                self.last.replace(g);
                Value::Bool(yes)
            }
            ("appendReplacement", [to, by]) => {
                let last = self.last.borrow().clone();
                let Some(g) = last else { return Err(throw("java.lang.IllegalStateException", "No match available")) };
                let (a, b) = g.first().copied().flatten().unwrap_or((0, 0));
                let before = s.get(self.copied.get()..a).unwrap_or("");
                let names: Vec<_> = self.pattern.re.capture_names().collect();
                let text = format!("{before}{}", expand(&names, s, &g, &text(by))?);
                self.copied.set(b);
                it.invoke(to, "append", vec![Value::str(text)])?;
                this.clone()
            }
            ("appendTail", [to]) => {
                let rest = s.get(self.copied.get()..).unwrap_or("");
                it.invoke(to, "append", vec![Value::str(rest)])?;
                to.clone()
            }
            ("group" | "start" | "end", _) => {
                let last = self.last.borrow();
                let Some(g) = &*last else { return Err(throw("java.lang.IllegalStateException", "No match found")) };
                let i = match args.first().and_then(Value::as_str) {
                    None => super::gdk::int(args.first()),
                    Some(name) => match self.pattern.re.capture_names().position(|n| n == Some(&*name)) {
                        Some(i) => i as i64,
                        None => return Err(illegal(format!("No group with name <{name}>"))),
                    },
                };
                let Some(x) = usize::try_from(i).ok().and_then(|i| g.get(i)) else {
                    return Err(throw("java.lang.IndexOutOfBoundsException", format!("No group {i}")));
                };
                match (name, x) {
                    ("group", Some((a, b))) => Value::str(&s[*a..*b]),
                    ("start", Some((a, _))) => Value::Int(s[..*a].chars().count() as i32),
                    ("end", Some((_, b))) => Value::Int(s[..*b].chars().count() as i32),
                    _ => Value::Null,
                }
            }
            ("groupCount", []) => Value::Int(self.pattern.re.captures_len() as i32 - 1),
            ("getCount" | "size", []) => Value::Int(all(it, &self.pattern.re, s, usize::MAX)?.len() as i32),
            ("hasGroup", []) => Value::Bool(self.pattern.re.captures_len() > 1),
            ("reset", []) => {
                self.at.set(0);
                self.copied.set(0);
                self.last.replace(None);
                this.clone()
            }
            ("replaceAll" | "replaceFirst", [by]) => {
                return on_string(it, &self.text, name, &[Value::object(self.pattern.clone()), by.clone()]);
            }
            ("getAt", [i]) => {
                let items = matches(it, this)?.unwrap_or_default();
                if let Some(at) = crate::ops::to_i64(i) {
                    let n = items.len() as i64;
                    if at >= n || at < -n {
                        return Err(throw(
                            "java.lang.IndexOutOfBoundsException",
                            format!("index is out of range {}..{} (index = {at})", -n, n - 1),
                        ));
                    }
                }
                it.index_get(&Value::list(items), i)?
            }
            _ => return Ok(None),
        }))
    }
    fn items(&self) -> Option<Vec<Value>> {
        // It can be walked over. What is found is asked with a run at hand, which watches the time: `matches`.
        Some(Vec::new())
    }
    fn truth(&self) -> bool {
        groups_at(&self.pattern.re, &self.text, 0).is_ok_and(|g| g.is_some())
    }
    fn text(&self) -> String {
        format!(
            "java.util.regex.Matcher[pattern={} region=0,{} lastmatch=]",
            self.pattern.source,
            self.text.chars().count()
        )
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
