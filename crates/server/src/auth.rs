//! Who may: the token of the management API, and the credentials of doors. All comparisons take constant time.

use adapter::Secret;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::App;
use crate::problem::Problem;

/// Lets a request to the management API through if it carries the token.
pub(crate) async fn bearer(State(app): State<App>, request: Request, next: Next) -> Response {
    let given = scheme(request.headers(), "Bearer").unwrap_or_default();
    if app.config.token.is_empty() || !same(given.as_bytes(), app.config.token.as_bytes()) {
        return Problem::no_token().into_response();
    }
    next.run(request).await
}

/// The user who presents a door's credential: Basic, or Bearer where the secret is a bare token.
pub(crate) fn user(headers: &HeaderMap, secret: &Secret) -> Option<String> {
    if secret.user.is_empty() {
        let given = scheme(headers, "Bearer")?;
        return same(given.as_bytes(), secret.password.as_bytes()).then(String::new);
    }
    let given = STANDARD.decode(scheme(headers, "Basic")?).ok()?;
    let wanted = format!("{}:{}", secret.user, secret.password);
    same(&given, wanted.as_bytes()).then(|| secret.user.clone())
}

/// What follows the scheme in the header `Authorization`.
fn scheme<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Digests first, so that not even the length can be measured.
fn same(a: &[u8], b: &[u8]) -> bool {
    verify_slices_are_equal(digest(&SHA256, a).as_ref(), digest(&SHA256, b).as_ref()).is_ok()
}
