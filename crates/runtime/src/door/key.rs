//! The `Idempotency-Key` of a request: reading it, holding it while the request is processed, its fingerprint.

use std::sync::{Arc, PoisonError};

use flow::Idempotency;

use crate::problem::problem;
use crate::runtime::Shared;
use crate::{DoorRequest, DoorResponse};

/// Longest key.
const LONGEST: usize = 255;

/// The key of a request, where the channel honours one.
pub(super) fn of(idempotency: Idempotency, request: &DoorRequest) -> Result<Option<String>, DoorResponse> {
    if idempotency == Idempotency::Off {
        return Ok(None);
    }
    let mut values = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Idempotency-Key"));
    match (values.next(), values.next()) {
        (None, _) if idempotency == Idempotency::Required => {
            Err(problem(400, "R0006", "this flow needs the header Idempotency-Key"))
        }
        (None, _) => Ok(None),
        (Some((_, value)), None) => parse(value).map(Some).ok_or_else(|| {
            let text = format!("the header Idempotency-Key must hold 1 to {LONGEST} printable ASCII characters");
            problem(400, "R0005", &text)
        }),
        (Some(_), Some(_)) => Err(problem(400, "R0005", "the header Idempotency-Key came more than once")),
    }
}

/// A key bare, or as a quoted string (RFC 8941); both forms of one key are the same key.
fn parse(value: &str) -> Option<String> {
    let value = value.trim();
    let key = match value.strip_prefix('"') {
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut key = String::with_capacity(inner.len());
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => return None,
                    '\\' => match chars.next() {
                        Some(c @ ('"' | '\\')) => key.push(c),
                        _ => return None,
                    },
                    c => key.push(c),
                }
            }
            key
        }
        None if value.contains('"') => return None,
        None => value.to_owned(),
    };
    let fits = !key.is_empty() && key.len() <= LONGEST && key.bytes().all(|b| (0x20..0x7f).contains(&b));
    fits.then_some(key)
}

/// Digest of what a request says: method, path, query and body, each with its length.
pub(super) fn fingerprint(request: &DoorRequest) -> [u8; 32] {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let query = request.query.as_deref().unwrap_or_default();
    for part in [request.method.as_bytes(), request.path.as_bytes(), query.as_bytes(), &request.body] {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// A key that is being processed, until this is dropped.
pub(super) struct Held {
    shared: Arc<Shared>,
    flow: String,
    key: String,
}

impl Held {
    /// `None` where another request holds it.
    pub fn take(shared: &Arc<Shared>, flow: &str, key: &str) -> Option<Self> {
        let mut keys = shared.in_door.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert((flow.to_owned(), key.to_owned())).then(|| Held {
            shared: Arc::clone(shared),
            flow: flow.to_owned(),
            key: key.to_owned(),
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut keys = self.shared.in_door.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&(std::mem::take(&mut self.flow), std::mem::take(&mut self.key)));
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn keys_come_bare_or_quoted() {
        let long = "k".repeat(256);
        let cases = [
            ("abc", Some("abc")),
            (" \"abc\" ", Some("abc")),
            (r#""a\"b\\c""#, Some(r#"a"b\c"#)),
            ("", None),
            ("\"\"", None),
            ("\"", None),
            ("\"abc", None),
            ("a\"b", None),
            (r#""a"b""#, None),
            (r#""a\n""#, None),
            ("clé", None),
            (long.as_str(), None),
        ];
        for (value, expect) in cases {
            assert_eq!(parse(value).as_deref(), expect, "{value}");
        }
    }
}
