//! The client of the management API, for the commands that ask a running server.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;

use crate::args::Server;
use crate::exit::{Code, Exit};
use crate::keys::Running;
use crate::trust::Trust;

/// A server and the token for it.
pub(crate) struct Client {
    base: Url,
    token: String,
    /// Who acts, for the message log.
    user: Option<String>,
    http: reqwest::Client,
}

impl Client {
    /// The server that the command line names, or the one of the data directory.
    pub(crate) fn new(server: &Server) -> Result<Self, Exit> {
        let (address, token, shown) = match (&server.server, &server.token) {
            (Some(url), Some(token)) => (url.clone(), token.clone(), None),
            (Some(_), None) => return Err(Exit::usage("--server needs --token")),
            (None, _) => {
                let data = server.data.display();
                let none = || Exit::new(Code::NoServer, format!("no server runs with the data directory {data}"));
                let running = Running::read(&server.data).ok_or_else(none)?;
                let token = std::fs::read_to_string(&running.token)
                    .map_err(|e| Exit::failed(format!("{}: {e}", running.token.display())))?;
                (running.url, token.trim().to_owned(), running.tls_cert)
            }
        };
        let base = Url::parse(&address).map_err(|e| Exit::usage(format!("{address}: {e}")))?;
        if base.cannot_be_a_base() {
            return Err(Exit::usage(format!("{address} is not an address such as http://127.0.0.1:8080")));
        }
        let mut http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
        // What the command line trusts counts more than what the server wrote down.
        let trust = match (&server.ca, shown) {
            (Some(file), _) => Some(Trust::authorities(file)?),
            (None, Some(file)) => Some(Trust::exactly(&file)?),
            (None, None) => None,
        };
        if let Some(trust) = trust {
            http = http.tls_backend_preconfigured(trust.config()?);
        }
        let http = http.build().map_err(|e| Exit::failed(e.to_string()))?;
        // The first that a header can carry.
        let user = ["SEMEL_USER", "USER", "LOGNAME"].iter().find_map(|name| {
            let user = std::env::var(name).ok()?.trim().to_owned();
            let printable = user.bytes().all(|b| matches!(b, b' '..=b'~'));
            (printable && !user.is_empty()).then_some(user)
        });
        Ok(Client { base, token, user, http })
    }

    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, String)]) -> Result<Value, Exit> {
        self.send(Method::GET, path, query, None).await
    }

    pub(crate) async fn post(&self, path: &[&str], query: &[(&str, String)], body: Value) -> Result<Value, Exit> {
        self.send(Method::POST, path, query, Some(body)).await
    }

    /// Posts a body as it is.
    pub(crate) async fn post_bytes(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Value, Exit> {
        self.request(Method::POST, path, query, |request| request.body(body)).await
    }

    pub(crate) async fn delete(&self, path: &[&str], query: &[(&str, String)]) -> Result<Value, Exit> {
        self.send(Method::DELETE, path, query, None).await
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<Value>,
    ) -> Result<Value, Exit> {
        self.request(method, path, query, |request| match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Value, Exit> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Names may hold anything: pushed one by one they are escaped.
            segments.pop_if_empty().push("api").extend(path);
        }
        let mut request = self.http.request(method, url).bearer_auth(&self.token).query(query);
        if let Some(user) = &self.user {
            request = request.header("Semel-User", user);
        }
        request = body(request);
        let gone = |error: reqwest::Error| {
            Exit::new(Code::NoServer, format!("no server answers at {}: {}", self.base, root(&error)))
        };
        let response = request.send().await.map_err(gone)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(gone)?;
        let answer: Option<Value> = serde_json::from_slice(&bytes).ok();
        if status.is_success() {
            return answer
                .ok_or_else(|| Exit::new(Code::Refused, format!("{} does not answer as Semel does", self.base)));
        }
        let field = |name: &str| answer.as_ref().and_then(|a| a[name].as_str()).map(str::to_owned);
        let text = match (field("code"), field("detail")) {
            (Some(code), Some(detail)) => format!("{code}: {detail}"),
            _ => format!("{} answered {status}", self.base),
        };
        Err(Exit::new(Code::Refused, text))
    }
}

/// What is at the bottom of an error: the system's or the TLS library's own words.
fn root(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    // Chains are short; the limit is for one that bites its tail.
    for _ in 0..16 {
        let Some(source) = deepest.source() else { break };
        deepest = source;
    }
    deepest.to_string()
}
