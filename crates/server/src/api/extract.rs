//! What comes with a request, refused as a problem document where it cannot be read.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use runtime::Ops;
use serde::de::DeserializeOwned;

use crate::App;
use crate::body;
use crate::problem::Problem;

/// Largest JSON body.
const JSON_LIMIT: u64 = 1 << 20;

/// Parts of the path, percent-decoded.
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, app).await;
        path.map(|Path(value)| Segments(value)).map_err(|e| Problem::bad_request(e.body_text()))
    }
}

/// The query.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, app).await;
        query.map(|Query(value)| Params(value)).map_err(|e| Problem::bad_request(e.body_text()))
    }
}

/// What operators can do, in the name of who says so: the token tells who may, the header `Semel-User` who it is.
pub(crate) struct Acting(pub(crate) Ops);

impl FromRequestParts<App> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let name = parts.headers.get("semel-user").and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Acting(app.runtime.ops().acting(name)))
    }
}

/// A JSON body; an empty one has all fields empty.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let bytes = body::read(request.into_body(), JSON_LIMIT).await?;
        if bytes.is_empty() {
            return Ok(JsonBody(T::default()));
        }
        serde_json::from_slice(&bytes).map(JsonBody).map_err(|e| Problem::bad_request(format!("the body: {e}")))
    }
}
