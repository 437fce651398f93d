//! Tokens of OAuth2 clients: fetched when they are needed, kept until shortly before they expire.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use adapter::Secret;
use base::{Failure, Timestamp};
use reqwest::{Client, Response, Url};

use super::no_answer;

/// A token is given up this long before it expires: it has to survive the way to the receiver.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a token is kept whose service says nothing about it.
const UNTOLD: Duration = Duration::from_secs(300);
/// Longest time that a token is kept.
const MAX_AGE: Duration = Duration::from_secs(86_400);
/// Tokens that are kept.
const MAX_TOKENS: usize = 1_000;
/// Largest answer of a token service.
const MAX_ANSWER: usize = 1 << 20;

/// The tokens that were fetched, by secret. A changed secret is another key.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<Key, (String, Timestamp)>>);

type Key = (String, String, String, String);

/// A token, and whether it was there already.
pub(super) struct Token {
    pub text: String,
    pub kept: bool,
}

fn key(secret: &Secret) -> Key {
    (secret.token_url.clone(), secret.scope.clone(), secret.user.clone(), secret.password.clone())
}

impl Tokens {
    /// The token of a client.
    pub(super) async fn get(&self, client: &Client, secret: &Secret, now: Timestamp) -> Result<Token, Failure> {
        let key = key(secret);
        {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((text, _)) = kept.get(&key).filter(|(_, until)| now < *until) {
                return Ok(Token { text: text.clone(), kept: true });
            }
        }
        let (text, age) = fetch(client, secret).await?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_TOKENS {
            kept.clear();
        }
        kept.insert(key, (text.clone(), now.plus(age.min(MAX_AGE).saturating_sub(MARGIN))));
        Ok(Token { text, kept: false })
    }

    /// A receiver refused the token.
    pub(super) fn forget(&self, secret: &Secret) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(secret));
    }
}

async fn fetch(client: &Client, secret: &Secret) -> Result<(String, Duration), Failure> {
    let wrong = |text: String| Failure::permanent("C0008", text);
    let url = Url::parse(&secret.token_url).map_err(|e| wrong(format!("the token address is not valid: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("a token address begins with `http://` or `https://`".to_owned()));
    }
    let place = format!("the token service {}", url.host_str().unwrap_or_default());
    let mut form = "grant_type=client_credentials".to_owned();
    if !secret.scope.is_empty() {
        form.push_str("&scope=");
        form.push_str(&encoded(&secret.scope));
    }
    let request = client
        .post(url)
        .basic_auth(&secret.user, Some(&secret.password))
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    // Whatever happens here, the call itself has not left.
    let unsent = |f: Failure| Failure::transient("C0011", f.text);
    let response = request.send().await.map_err(|e| unsent(no_answer(&e, &place)))?;
    let status = response.status();
    if !status.is_success() {
        return Err(Failure::transient("C0011", format!("{place} answered {status}; check the credential")));
    }
    let body = answer(response)
        .await
        .ok_or_else(|| Failure::transient("C0011", format!("{place} gave an answer that breaks off or is too long")))?;
    let json: serde_json::Value = serde_json::from_slice(&body)
        .map_err(|_| Failure::transient("C0011", format!("{place} gave an answer that is not JSON")))?;
    let text = json.get("access_token").and_then(serde_json::Value::as_str).filter(|t| !t.is_empty());
    let text = text.ok_or_else(|| Failure::transient("C0011", format!("{place} gave no `access_token`")))?;
    let seconds = json.get("expires_in").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    Ok((text.to_owned(), seconds.map_or(UNTOLD, Duration::from_secs)))
}

async fn answer(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return None;
        }
    }
    Some(body)
}

/// A value of a form.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
