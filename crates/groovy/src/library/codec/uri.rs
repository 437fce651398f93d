//! `URI` and `URL` as plain values; no connection is ever made.
use crate::error::throw;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;

struct Address {
    url: bool,
    whole: String,
    scheme: Option<String>,
    user: Option<String>,
    host: Option<String>,
    port: i32,
    path: String,
    query: Option<String>,
    fragment: Option<String>,
    authority: Option<String>,
}

fn parse(s: &str, url: bool) -> R<Address> {
    let fail = |why: &str, at: usize| throw("java.net.URISyntaxException", format!("{why} at index {at}: {s}"));
    if s.len() > 100_000 {
        return Err(fail("the address is too long", 0));
    }
    if !url && let Some(i) = s.find(|c: char| c.is_whitespace() || "\"<>\\^`{|}".contains(c)) {
        let part = if s[..i].contains('?') { "query" } else { "path" };
        return Err(fail(&format!("Illegal character in {part}"), i));
    }
    let (rest, fragment) = s.split_once('#').map_or((s, None), |(r, f)| (r, Some(f.to_string())));
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(r, q)| (r, Some(q.to_string())));
    let scheme = rest.split_once(':').filter(|(a, _)| {
        a.starts_with(|c: char| c.is_ascii_alphabetic())
            && a.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let (scheme, rest) = scheme.map_or((None, rest), |(a, r)| (Some(a.to_string()), r));
    if url {
        match scheme.as_deref() {
            None => return Err(throw("java.net.MalformedURLException", format!("no protocol: {s}"))),
            Some(p) if !matches!(p, "http" | "https" | "ftp" | "file" | "jar" | "mailto") => {
                return Err(throw("java.net.MalformedURLException", format!("unknown protocol: {p}")));
            }
            _ => {}
        }
    }
    let mut a = Address {
        url,
        whole: s.into(),
        scheme,
        user: None,
        host: None,
        port: -1,
        path: rest.into(),
        query,
        fragment,
        authority: None,
    };
    if let Some(rest) = rest.strip_prefix("//") {
        let end = rest.find('/').unwrap_or(rest.len());
        let authority = &rest[..end];
        a.path = rest[end..].into();
        a.authority = Some(authority.into());
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(u, h)| (Some(u.to_string()), h));
        a.user = user;
        let (host, port) = match host.rsplit_once(':') {
            Some((h, p)) if p.bytes().all(|b| b.is_ascii_digit()) && !h.ends_with(':') => (h, p.parse().unwrap_or(-1)),
            _ => (host, -1),
        };
        a.host = (!host.is_empty()).then(|| host.into());
        a.port = port;
    }
    Ok(a)
}

/// `new URI(…)` and `new URL(…)`.
pub(super) fn construct(class: &str, args: &[Value]) -> R {
    let url = class.ends_with("URL");
    let s = match args {
        [s] if crate::ops::is_number(s) || matches!(s, Value::Bool(_) | Value::List(_) | Value::Map(_)) => {
            return Err(crate::error::throw(
                "groovy.lang.GroovyRuntimeException",
                format!("Could not find matching constructor for: {class}({})", crate::text::class_of(s)),
            ));
        }
        [s] => text(s),
        [base, rest] if url => match base.downcast::<Address>() {
            Some(base) => resolve(base, &text(rest)),
            None => text(rest),
        },
        [scheme, host, file] if url => format!("{}://{}{}", text(scheme), text(host), text(file)),
        [scheme, host, port, file] if url => {
            format!("{}://{}:{}{}", text(scheme), text(host), text(port), text(file))
        }
        parts if !url => of_parts(parts)?,
        _ => return Err(crate::error::illegal(format!("{class} takes one text"))),
    };
    parse(&s, url).map(Value::object)
}

const PATH: &str = "/;:@&=+$,";
const ANY: &str = "/;:@&=+$,?[]";

/// The parts of a `new URI(…)` as one text; what may not stand in a part is escaped.
fn of_parts(parts: &[Value]) -> R<String> {
    let null = Value::Null;
    let (scheme, authority, rest) = match parts {
        [scheme, rest, fragment] => {
            let rest = escape("", rest, ANY);
            return Ok(format!("{}{rest}{}", prefix(scheme), escape("#", fragment, ANY)));
        }
        [scheme, host, path, fragment] => (scheme, escape("//", host, PATH), [path, &null, fragment]),
        [scheme, authority, path, query, fragment] => (scheme, escape("//", authority, ANY), [path, query, fragment]),
        [scheme, user, host, port, path, query, fragment] => {
            let user = if user.is_null() { String::new() } else { format!("{}@", escape("", user, ";:&=+$,")) };
            let port = Some(crate::gdk::int(Some(port))).filter(|n| *n >= 0).map_or(String::new(), |n| format!(":{n}"));
            let host = if host.is_null() { String::new() } else { format!("//{user}{}{port}", text(host)) };
            (scheme, host, [path, query, fragment])
        }
        _ => return Err(crate::error::illegal("java.net.URI takes 1, 3, 4, 5 or 7 values")),
    };
    let [path, query, fragment] = rest;
    let s = format!(
        "{}{authority}{}{}{}",
        prefix(scheme),
        escape("", path, PATH),
        escape("?", query, ANY),
        escape("#", fragment, ANY)
    );
    if !scheme.is_null() && !path.is_null() && !text(path).is_empty() && !text(path).starts_with('/') {
        return Err(throw("java.net.URISyntaxException", format!("Relative path in absolute URI: {s}")));
    }
    Ok(s)
}

fn prefix(scheme: &Value) -> String {
    if scheme.is_null() { String::new() } else { format!("{}:", text(scheme)) }
}

/// A part with its sign before it; nothing if there is no such part.
fn escape(sign: &str, part: &Value, allowed: &str) -> String {
    if part.is_null() {
        return String::new();
    }
    let mut out = String::from(sign);
    for c in text(part).chars() {
        let plain = c.is_ascii_alphanumeric() || "_-!.~'()*".contains(c) || allowed.contains(c);
        if plain || !c.is_ascii() && !c.is_control() && !c.is_whitespace() {
            out.push(c);
        } else {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|b| format!("%{b:02X}")));
        }
    }
    out
}

/// What stands before the path.
fn home(a: &Address) -> String {
    let scheme = a.scheme.as_ref().map_or(String::new(), |s| format!("{s}:"));
    format!("{scheme}{}", a.authority.as_ref().map_or(String::new(), |a| format!("//{a}")))
}

/// An address as seen from another one.
fn resolve(base: &Address, to: &str) -> String {
    let scheme = base.scheme.as_ref().map_or(String::new(), |s| format!("{s}:"));
    let names = to.split_once(':').is_some_and(|(s, _)| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if names {
        return to.into();
    }
    if to.starts_with("//") {
        return format!("{scheme}{to}");
    }
    if to.is_empty() || to.starts_with('#') {
        let own = base.whole.split_once('#').map_or(base.whole.as_str(), |x| x.0);
        return format!("{own}{to}");
    }
    let (path, rest) = to.split_at(to.find(['?', '#']).unwrap_or(to.len()));
    let dir = base.path.rfind('/').map_or("/", |i| &base.path[..=i]);
    let path = if path.starts_with('/') { path.into() } else { format!("{dir}{path}") };
    format!("{}{}{rest}", home(base), without_dots(&path))
}

/// A path without `.` and, where something stands before it, without `..`.
fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." => {}
            ".." if out.last().is_some_and(|p| !p.is_empty() && *p != "..") => {
                out.pop();
            }
            part => {
                out.push(part);
                continue;
            }
        }
        if last {
            out.push("");
        }
    }
    out.join("/")
}

fn unescape(s: &str) -> String {
    let plus = s.replace('+', "%2B");
    super::url_decode(&plus).map_or_else(|_| s.into(), |b| String::from_utf8_lossy(&b).into_owned())
}

impl HostObject for Address {
    fn class_name(&self) -> &str {
        if self.url { "java.net.URL" } else { "java.net.URI" }
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let or_null = |s: &Option<String>| s.as_ref().map_or(Value::Null, Value::str);
        let decoded = |s: &Option<String>| s.as_ref().map_or(Value::Null, |s| Value::str(unescape(s)));
        Ok(Some(match (name, args) {
            ("getScheme" | "getProtocol", []) => or_null(&self.scheme),
            ("getHost", []) => match &self.host {
                None if self.url => Value::str(""),
                h => or_null(h),
            },
            ("getPort", []) => Value::Int(self.port),
            ("getDefaultPort", []) => Value::Int(match self.scheme.as_deref() {
                Some("http") => 80,
                Some("https") => 443,
                Some("ftp") => 21,
                _ => -1,
            }),
            ("getPath", []) if self.url => Value::str(&self.path),
            ("getPath", []) => Value::str(unescape(&self.path)),
            ("getRawPath", []) => Value::str(&self.path),
            ("getQuery", []) if self.url => or_null(&self.query),
            ("getQuery", []) => decoded(&self.query),
            ("getRawQuery", []) => or_null(&self.query),
            ("getFragment" | "getRawFragment" | "getRef", []) => decoded(&self.fragment),
            ("getUserInfo" | "getRawUserInfo", []) => or_null(&self.user),
            ("getAuthority" | "getRawAuthority", []) => or_null(&self.authority),
            ("getFile", []) => {
                Value::str(self.query.as_ref().map_or_else(|| self.path.clone(), |q| format!("{}?{q}", self.path)))
            }
            ("getSchemeSpecificPart", []) => {
                let s = self.whole.split_once('#').map_or(self.whole.as_str(), |x| x.0);
                Value::str(self.scheme.as_ref().map_or(s, |p| s.get(p.len() + 1..).unwrap_or("")))
            }
            ("isAbsolute", []) => Value::Bool(self.scheme.is_some()),
            ("isOpaque", []) => {
                Value::Bool(self.scheme.is_some() && !self.path.starts_with('/') && self.authority.is_none())
            }
            ("toURL", []) => Value::object(parse(&self.whole, true)?),
            ("toURI", []) => Value::object(parse(&self.whole, false)?),
            ("toString" | "toASCIIString" | "toExternalForm", []) => Value::str(&self.whole),
            ("resolve", [s]) => Value::object(parse(&resolve(self, &text(s)), false)?),
            ("normalize", []) => {
                let home = home(self);
                let rest = self.whole.get(home.len() + self.path.len()..).unwrap_or("");
                Value::object(parse(&format!("{home}{}{rest}", without_dots(&self.path)), self.url)?)
            }
            (
                "openConnection" | "openStream" | "getText" | "getBytes" | "getContent" | "newReader" | "withReader"
                | "eachLine" | "newInputStream",
                _,
            ) => {
                return Err(throw(
                    "java.lang.SecurityException",
                    format!("Scripts make no connections: call {} with a send step of the flow", self.whole),
                ));
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.whole.clone()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Address>().is_some_and(|o| o.whole == self.whole && o.url == self.url))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
