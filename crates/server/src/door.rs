//! `/http/...`: from a request of the web to a request of the runtime and back.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use runtime::{DoorRequest, DoorResponse};

use crate::problem::Problem;
use crate::{App, auth, body};

/// Serves any method below `/http`: the door says who may come in and how much they may bring.
pub(crate) async fn enter(State(app): State<App>, request: Request) -> Response {
    match try_enter(&app, request).await {
        Ok(answer) => response(answer),
        Err(problem) => problem.into_response(),
    }
}

async fn try_enter(app: &App, request: Request) -> Result<DoorResponse, Problem> {
    let (parts, content) = request.into_parts();
    let method = parts.method.as_str().to_ascii_uppercase();
    let path = match parts.uri.path().strip_prefix("/http") {
        Some("") | None => "/".to_owned(),
        Some(path) => path.to_owned(),
    };
    let door = match app.runtime.door(&method, &path) {
        Ok(door) => door,
        Err(answer) => return Ok(answer),
    };
    let user = match &door.credential {
        None => String::new(),
        Some(name) => {
            let secret = app.config.secrets.secret(name);
            if secret.is_none() {
                tracing::warn!(secret = name, flow = door.flow, "nobody can come in: the flow's secret is not set");
            }
            secret.and_then(|s| auth::user(&parts.headers, &s)).ok_or_else(Problem::no_credentials)?
        }
    };
    let body = body::read(content, door.body_limit).await?;
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let query = parts.uri.query().map(str::to_owned);
    Ok(app.runtime.enter(DoorRequest { method, path, query, headers, body, user }).await)
}

/// The text of a header. Bytes beyond ASCII are what their sender took them for, UTF-8 or Latin-1 (RFC 9110, 5.5): a key
/// that was left out because of one would let the same request in twice.
fn text(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned)
}

/// Headers that a flow may not set, because they belong to the connection.
const CONNECTION: [&str; 4] = ["connection", "content-length", "transfer-encoding", "upgrade"];

fn response(answer: DoorResponse) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|s| !s.is_informational())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else { continue };
        if !CONNECTION.contains(&name.as_str()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
