//! HTTP(S): one request, one answer, redirects only where asked, no proxy from the environment.

mod answer;
mod sign;
mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapter::{Promise, Secret, Secrets, missing_secret};
use base::{Class, Clock, Failure};
use flow::{HttpCall, Outcome, Repeat};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Identity, Method, StatusCode, Url};
use tokio::time::Instant;

use crate::{causes, is_tls};

/// Longest wait for a connection.
const MAX_CONNECT: Duration = Duration::from_secs(10);
/// Connections without work are kept this long: shorter than servers do, because a request on a connection that the
/// server is just closing would be in doubt.
const IDLE: Duration = Duration::from_secs(4);
/// Redirects that are followed where that is asked for.
const MAX_REDIRECTS: usize = 5;
/// Clients that are kept, one per connect timeout, client certificate and kind of redirects.
const MAX_CLIENTS: usize = 16;
/// For the whole exchange with a token service.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);
/// Most repeats inside one call.
const MAX_REPEATS: u32 = 10;
/// Headers of one connection: never taken from a call.
const OWN_HEADERS: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Connect timeout, client certificate, whether redirects are followed.
type ClientKey = (Duration, Option<String>, bool);

/// The HTTP adapter.
pub(crate) struct Http {
    clock: Arc<dyn Clock>,
    roots: Vec<Certificate>,
    /// reqwest has these settings per client.
    clients: Mutex<HashMap<ClientKey, Client>>,
    tokens: token::Tokens,
}

/// What a repeated request means: a key or the method makes it harmless.
pub(crate) fn promise(call: &HttpCall) -> Promise {
    let keyed = call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Idempotency-Key"));
    let by_method = ["GET", "HEAD", "PUT", "DELETE"].iter().any(|m| call.method.eq_ignore_ascii_case(m));
    if keyed || by_method { Promise::Idempotent } else { Promise::MayRepeat }
}

impl Http {
    pub(crate) fn new(clock: Arc<dyn Clock>, pem: Option<&[u8]>) -> Result<Self, Failure> {
        let bad = |e: reqwest::Error| Failure::permanent("C0002", format!("the certificates cannot be read: {e}"));
        let roots = pem.map(Certificate::from_pem_bundle).transpose().map_err(bad)?.unwrap_or_default();
        Ok(Http { clock, roots, clients: Mutex::default(), tokens: token::Tokens::default() })
    }

    /// A client whose connect timeout leaves the call some time: a call that runs out of time is then certainly past
    /// connecting, and what never got a connection is certainly not done.
    fn client(&self, timeout: Duration, certificate: Option<&str>, redirects: bool) -> Result<Client, Failure> {
        let connect = (timeout / 4 * 3).clamp(Duration::from_millis(1), MAX_CONNECT);
        let key = (connect, certificate.map(str::to_owned), redirects);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .user_agent(concat!("semel/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect_policy(redirects))
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(connect)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .tls_certs_merge(self.roots.iter().cloned());
        if let Some(pem) = certificate {
            let identity = Identity::from_pem(pem.as_bytes()).map_err(|e| {
                Failure::transient("C0002", format!("the client certificate cannot be used: {}", causes(&e)))
            })?;
            builder = builder.identity(identity);
        }
        let client = builder
            .build()
            .map_err(|e| Failure::transient("C0002", format!("the HTTP client does not start: {}", causes(&e))))?;
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// One call, with the repeats that it asks for.
    pub(crate) async fn perform(&self, call: &HttpCall, secrets: &dyn Secrets) -> Outcome {
        let repeats = call.repeat.as_ref().map_or(0, |r| r.times.min(MAX_REPEATS));
        for _ in 0..repeats {
            let outcome = self.once(call, secrets).await;
            match &call.repeat {
                Some(repeat) if come_back(repeat, &outcome) => tokio::time::sleep(repeat.interval).await,
                _ => return outcome,
            }
        }
        self.once(call, secrets).await
    }

    async fn once(&self, call: &HttpCall, secrets: &dyn Secrets) -> Outcome {
        let (method, url, mut headers) = prepare(call)?;
        if let Some((secret, id)) = &call.sign {
            sign::sign(&mut headers, secrets, secret, id, &call.body, self.clock.now())?;
        }
        let place = place(&method, &url);
        let secret = match &call.credential {
            Some(name) => Some(secrets.secret(name).ok_or_else(|| missing_secret(name))?),
            None => None,
        };
        let certificate = secret.as_ref().filter(|s| s.is_certificate()).map(|s| s.password.as_str());
        let client = self.client(call.timeout, certificate, call.follow_redirects)?;
        loop {
            let mut kept = false;
            if let Some(secret) = secret.as_ref().filter(|s| !s.is_certificate()) {
                let (value, from_before) = self.authorization(secret).await?;
                kept = from_before;
                headers.insert(AUTHORIZATION, value);
            }
            let mut request = client.request(method.clone(), url.clone()).headers(headers.clone());
            if !call.body.is_empty() || !matches!(method, Method::GET | Method::HEAD | Method::DELETE) {
                request = request.body(call.body.clone());
            }
            let until = Instant::now() + call.timeout;
            let response = match tokio::time::timeout_at(until, request.send()).await {
                Ok(sent) => sent.map_err(|e| as_said(call, no_answer(&e, &place)))?,
                Err(_) => {
                    let time = base::format_duration(call.timeout);
                    let failure = Failure::in_doubt("C0003", format!("{place} gave no answer within {time}"));
                    return Err(as_said(call, failure));
                }
            };
            // The receiver did nothing: a token that it gave up early is worth a fresh one, once.
            if kept && response.status() == StatusCode::UNAUTHORIZED {
                secret.iter().for_each(|s| self.tokens.forget(s));
                continue;
            }
            let outcome = answer::read(response, call, &place, self.clock.now(), until).await;
            return outcome.map_err(|failure| as_said(call, failure));
        }
    }

    /// The value of `Authorization`, and whether it is a token that was kept from before.
    async fn authorization(&self, secret: &Secret) -> Result<(HeaderValue, bool), Failure> {
        let mut kept = false;
        let text = if !secret.token_url.is_empty() {
            let client = self.client(TOKEN_TIMEOUT, None, false)?;
            let token = self.tokens.get(&client, secret, self.clock.now());
            let slow = || Failure::transient("C0011", "the token service gave no answer in time");
            let token = tokio::time::timeout(TOKEN_TIMEOUT, token).await.map_err(|_| slow())??;
            kept = token.kept;
            format!("Bearer {}", token.text)
        } else if secret.user.is_empty() {
            format!("Bearer {}", secret.password)
        } else {
            let pair = format!("{}:{}", secret.user, secret.password);
            format!("Basic {}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair))
        };
        let mut value = HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| Failure::permanent("C0008", "the secret holds a line end or another control character"))?;
        value.set_sensitive(true);
        Ok((value, kept))
    }
}

/// A missing answer as the author of the receiver reads it.
fn as_said(call: &HttpCall, failure: Failure) -> Failure {
    match call.statuses.class(None) {
        Some(class) if failure.class == Class::InDoubt && failure.http_status.is_none() => Failure { class, ..failure },
        _ => failure,
    }
}

/// Whether an outcome is one to repeat: no connection, or an answer of a status that is named. After 502 and 504 the
/// system behind the gateway may have done it: that is for nobody to repeat here.
fn come_back(repeat: &Repeat, outcome: &Outcome) -> bool {
    let named = |status: u16| {
        status >= 400
            && !matches!(status, 502 | 504)
            && (repeat.statuses.is_empty() || repeat.statuses.contains(&status))
    };
    match outcome {
        Ok(reply) => {
            let status = reply.headers.get("CamelHttpResponseCode").and_then(base::Value::to_int);
            status.and_then(|s| u16::try_from(s).ok()).is_some_and(named)
        }
        Err(failure) => match failure.http_status {
            Some(status) => failure.class != Class::InDoubt && named(status),
            None => matches!(failure.code.as_str(), "C0001" | "C0002"),
        },
    }
}

/// At most five, on the same method: a POST that a 301, 302 or 303 would turn into a GET is not delivered by it.
fn redirect_policy(follow: bool) -> reqwest::redirect::Policy {
    if !follow {
        return reqwest::redirect::Policy::none();
    }
    reqwest::redirect::Policy::custom(|attempt| {
        let keeps = matches!(attempt.status().as_u16(), 307 | 308);
        if attempt.previous().len() > MAX_REDIRECTS || !keeps { attempt.stop() } else { attempt.follow() }
    })
}

/// The request as it will be sent; what does not fit is a mistake that no retry heals.
fn prepare(call: &HttpCall) -> Result<(Method, Url, HeaderMap), Failure> {
    let wrong = |text: String| Failure::permanent("C0008", text);
    let method = Method::from_bytes(call.method.as_bytes())
        .map_err(|_| wrong(format!("`{}` is not an HTTP method", call.method.escape_debug())))?;
    let url = Url::parse(&call.url).map_err(|e| wrong(format!("the address of the receiver is not valid: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("an HTTP receiver cannot call an address that begins with `{}:`", url.scheme())));
    }
    let mut headers = HeaderMap::with_capacity(call.headers.len() + 1);
    for (name, value) in &call.headers {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| wrong(format!("`{}` cannot be the name of a header", name.escape_debug())))?;
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| wrong(format!("the header `{name}` holds a line end or another control character")))?;
        if !OWN_HEADERS.contains(&key.as_str()) {
            headers.append(key, value);
        }
    }
    Ok((method, url, headers))
}

/// The request as people call it: without query, user and password.
fn place(method: &Method, url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    format!("{method} {}://{host}{port}{}", url.scheme(), url.path())
}

/// No answer came: only a failure to connect is certainly not done.
fn no_answer(error: &reqwest::Error, place: &str) -> Failure {
    // The error's own text repeats the address with its query; what stands below it does not.
    let why = std::error::Error::source(error).map_or_else(|| "the connection broke".to_owned(), causes);
    if error.is_builder() {
        Failure::permanent("C0008", format!("{place} cannot be sent: {why}"))
    } else if error.is_connect() && is_tls(error) {
        Failure::transient("C0002", format!("{place} got no safe connection: {why}"))
    } else if error.is_connect() {
        Failure::transient("C0001", format!("{place} cannot connect: {why}"))
    } else {
        Failure::in_doubt("C0003", format!("{place} was sent, but no answer came: {why}"))
    }
}
