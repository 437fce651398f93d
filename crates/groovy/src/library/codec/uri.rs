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
        [s] => text(s),
        [scheme, host, path, fragment] if !url => {
            let f = if fragment.is_null() { String::new() } else { format!("#{}", text(fragment)) };
            format!("{}://{}{}{f}", text(scheme), text(host), text(path))
        }
        [base, rest] if url => format!("{}{}", text(base).trim_end_matches('/'), text(rest)),
        _ => return Err(crate::error::illegal(format!("{class} takes one text"))),
    };
    parse(&s, url).map(Value::object)
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
            ("resolve", [s]) => {
                let s = text(s);
                let base = match (&self.scheme, &self.authority) {
                    (Some(p), Some(a)) => format!("{p}://{a}"),
                    _ => String::new(),
                };
                let dir = self.path.rfind('/').map_or("/", |i| &self.path[..=i]);
                let all = if s.contains("://") {
                    s
                } else if s.starts_with('/') {
                    base + &s
                } else {
                    format!("{base}{dir}{s}")
                };
                Value::object(parse(&all, false)?)
            }
            ("normalize", []) => Value::object(parse(&self.whole, self.url)?),
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
