//! Problem documents (RFC 9457): what every refused request is answered with.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use runtime::OpsError;

/// A refusal with a code that `semel explain` knows.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    /// Value of `WWW-Authenticate`.
    challenge: Option<&'static str>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Problem { status, code, title, detail: detail.into(), challenge: None }
    }

    pub(crate) fn no_token() -> Self {
        let detail = "send `Authorization: Bearer <token>` with the token of the data directory";
        let problem = Self::new(StatusCode::UNAUTHORIZED, "A0001", "The token is missing or wrong", detail);
        Problem { challenge: Some("Bearer realm=\"semel\""), ..problem }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "A0002", "There is nothing at this address", "the path is not known")
    }

    pub(crate) fn wrong_method() -> Self {
        let detail = "the path is known, but not with this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "A0003", "The method is not allowed here", detail)
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "A0004", "The request cannot be understood", detail)
    }

    pub(crate) fn too_large(limit: u64) -> Self {
        let detail = format!("at most {} are accepted here", base::format_bytes(limit));
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "A0005", "The body is too large", detail)
    }

    pub(crate) fn too_slow() -> Self {
        let detail = "the rest of the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "A0006", "The body did not arrive", detail)
    }

    pub(crate) fn cut_off() -> Self {
        let detail = "the connection ended before the whole body was there";
        Self::new(StatusCode::BAD_REQUEST, "A0006", "The body did not arrive", detail)
    }

    pub(crate) fn no_credentials() -> Self {
        let detail = "this flow asks for a user name and a password";
        let problem = Self::new(StatusCode::UNAUTHORIZED, "A0007", "User or password is missing or wrong", detail);
        Problem { challenge: Some("Basic realm=\"semel\", charset=\"UTF-8\""), ..problem }
    }

    pub(crate) fn internal() -> Self {
        let detail = "this is a defect of Semel; the server's own log says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "A0008", "The request failed inside Semel", detail)
    }
}

impl From<OpsError> for Problem {
    fn from(error: OpsError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = match error.status {
            404 => "Not found",
            409 => "Not possible now",
            503 => "Not available",
            _ => "Not possible",
        };
        Self::new(status, error.code, title, error.text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = serde_json::json!({
            "title": self.title, "status": self.status.as_u16(), "code": self.code, "detail": self.detail,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, document.to_string()).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
