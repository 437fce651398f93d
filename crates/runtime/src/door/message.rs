//! The message that a request becomes: headers that the flow allows, and what Camel users expect to find.

use base::{Headers, Message};
use flow::{Flow, HttpSender};

use crate::DoorRequest;

/// The message of a request.
pub(super) fn of(flow: &Flow, http: &HttpSender, request: &DoorRequest) -> Message {
    with(http, request, |name| flow.allowed_headers.allows(name))
}

/// The request as its key is looked for in it: with all of its headers, whatever the flow is given of them.
pub(super) fn whole(http: &HttpSender, request: &DoorRequest) -> Message {
    with(http, request, |_| true)
}

fn with(http: &HttpSender, request: &DoorRequest, allows: impl Fn(&str) -> bool) -> Message {
    let mut headers = Headers::new();
    let allowed = |name: &str| !starts_with_camel(name) && allows(name);
    for (name, value) in query_parameters(request.query.as_deref().unwrap_or_default()) {
        if allowed(&name) {
            headers.set(name, value);
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in &request.headers {
        if name.eq_ignore_ascii_case("Content-Type") {
            headers.set("Content-Type", value.as_str());
        } else if !name.eq_ignore_ascii_case("Idempotency-Key") && allowed(name) {
            let lower = name.to_ascii_lowercase();
            // A header that came twice is one list, as HTTP says; one that stood in the query is replaced.
            let before = if seen.contains(&lower) { headers.get(name).map(ToString::to_string) } else { None };
            seen.push(lower);
            match before {
                Some(before) => headers.set(name.as_str(), format!("{before}, {value}")),
                None => headers.set(name.as_str(), value.as_str()),
            }
        }
    }
    let host = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("Host")).map_or("localhost", |(_, v)| v);
    headers.set("CamelHttpMethod", request.method.as_str());
    headers.set("CamelHttpUrl", format!("http://{host}/http{}", request.path));
    if let Some(query) = &request.query {
        headers.set("CamelHttpQuery", query.as_str());
    }
    let context = http.path.trim_end_matches('/');
    let below = request.path.get(context.len()..).unwrap_or_default();
    headers.set("CamelHttpPath", below);
    headers.set("CamelServletContextPath", http.path.as_str());
    if !request.user.is_empty() {
        headers.set("SapAuthenticatedUserName", request.user.as_str());
    }
    Message { headers, body: request.body.clone(), ..Message::default() }
}

fn starts_with_camel(name: &str) -> bool {
    name.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("camel"))
}

/// The pairs of a query, decoded; the last of several with one name counts.
fn query_parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Percent-decoding with `+` as a space; a `%` that begins nothing stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escaped {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn queries_are_decoded() {
        for (text, expect) in
            [("a+b", "a b"), ("%C3%a9", "é"), ("100%", "100%"), ("%zz%2", "%zz%2"), ("%ff", "\u{fffd}")]
        {
            assert_eq!(decode(text), expect, "{text}");
        }
    }
}
