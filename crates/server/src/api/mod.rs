//! The management API: what operators can ask and do, as JSON.

mod extract;
mod flows;
mod messages;
mod places;
mod receivers;
mod values;
mod view;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use store::PlaceKind;

use crate::App;
use crate::problem::Problem;

/// An answer of the API.
type Answer = Result<Response, Problem>;

/// All routes below `/api`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/messages", get(messages::list))
        .route("/messages/{id}", get(messages::show))
        .route("/messages/{id}/trace", get(messages::trace))
        .route("/messages/{id}/attachments/{name}", get(messages::attachment))
        .route("/messages/{id}/send-again", post(messages::send_again))
        .route("/messages/{id}/{action}", post(messages::act))
        .route("/counts", get(messages::counts))
        .nest("/queues", places::routes(PlaceKind::Queue))
        .nest("/stores", places::routes(PlaceKind::DataStore))
        .nest("/deliveries", places::routes(PlaceKind::Delivery))
        .nest("/inboxes", places::routes(PlaceKind::Inbox))
        .route("/entries/{key}", get(places::entry))
        .route("/entries/{key}/correct", post(places::correct))
        .route("/status", get(status))
        .route("/variables", get(values::variables))
        .route("/variables/{name}", delete(values::delete_variable))
        .route("/number-ranges", get(values::number_ranges))
        .route("/receivers", get(receivers::list))
        .route("/flows", get(flows::list))
        .route("/flows/{name}/diagram", get(flows::diagram))
        .route("/flows/{name}/{action}", post(flows::act))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
}

/// Whether the store can be written.
async fn status(State(app): State<App>) -> Response {
    let store = app.runtime.ops().store_writable();
    json(serde_json::json!({ "store_writable": store.is_ok(), "reason": store.err() }))
}

/// JSON that no cache keeps.
fn json(value: impl serde::Serialize) -> Response {
    ([(axum::http::header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}
