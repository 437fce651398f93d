//! Signatures by Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
//!
//! What is signed is `id.timestamp.body` with HMAC-SHA256; the key is the part of the secret after `whsec_`, in Base64,
//! or the secret itself where it has no such prefix (specification, "Signature scheme").

use adapter::{Secrets, missing_secret};
use aws_lc_rs::hmac;
use base::{Failure, Timestamp};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Adds the three headers.
pub(super) fn sign(
    headers: &mut HeaderMap,
    secrets: &dyn Secrets,
    name: &str,
    id: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Failure> {
    let secret = secrets.secret(name).ok_or_else(|| missing_secret(name))?;
    let key = match secret.password.strip_prefix("whsec_") {
        Some(encoded) => BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| Failure::permanent("C0008", format!("the secret `{name}` is no Base64 after `whsec_`")))?,
        None => secret.password.clone().into_bytes(),
    };
    let timestamp = (now.0 / 1_000).to_string();
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    let signature = format!("v1,{}", BASE64_STANDARD.encode(context.sign().as_ref()));
    for (name, value) in [("webhook-id", id), ("webhook-timestamp", &timestamp), ("webhook-signature", &signature)] {
        let value = HeaderValue::from_str(value)
            .map_err(|_| Failure::permanent("C0008", format!("the header `{name}` cannot be sent")))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(())
}
