//! HTTP ingress and the management API.
//!
//! One listener serves the doors of all flows (`/http/...`), the management API (`/api/...`, always with a token),
//! `/metrics` (with the token), `/health` and `/ready`. This crate knows no SQL and nothing of the engine's insides:
//! requests go to [`runtime::Runtime`], questions and actions to [`runtime::Ops`].

mod api;
mod auth;
mod body;
mod connections;
pub mod diagram;
mod door;
mod metrics;
mod problem;
pub mod tls;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use adapter::Secrets;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, get};
use base::Clock;
use runtime::Runtime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::problem::Problem;
use crate::tls::Tls;

pub use connections::Limits;

/// What the server is told.
#[derive(Clone)]
pub struct ApiConfig {
    /// The token of the management API.
    pub token: String,
    /// Where the credentials of the doors are.
    pub secrets: Arc<dyn Secrets>,
    /// Time that relative filters such as `since=1h` are counted from.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when the server shall take no more connections and drain the present ones.
    pub shutdown: CancellationToken,
    /// Longest real time that draining may take.
    pub drain: Duration,
    /// Speak HTTPS, and nothing else; plain HTTP without it.
    pub tls: Option<Tls>,
    /// What one client, or all of them, may take.
    pub limits: Limits,
}

/// What every handler needs.
#[derive(Clone)]
struct App {
    runtime: Runtime,
    config: Arc<ApiConfig>,
}

/// Serves until `config.shutdown` is cancelled and the connections are drained.
///
/// # Errors
/// The listener's address is gone.
pub async fn serve(listener: TcpListener, runtime: Runtime, config: ApiConfig) -> io::Result<()> {
    listener.local_addr()?;
    let config = Arc::new(config);
    connections::accept(listener, router(App { runtime, config: config.clone() }), &config).await;
    Ok(())
}

/// Serves one connection that is already there, such as one in memory, until it ends.
/// `config.shutdown` and `config.drain` do not end it.
pub async fn serve_connection<S>(stream: S, runtime: Runtime, config: ApiConfig)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = config.limits;
    connections::one(stream, router(App { runtime, config: Arc::new(config) }), &limits).await;
}

fn router(app: App) -> Router {
    let guarded = Router::new()
        .nest("/api", api::routes())
        .route("/metrics", get(metrics::metrics))
        .layer(axum::middleware::from_fn_with_state(app.clone(), auth::bearer));
    Router::new()
        .route("/http", any(door::enter))
        .route("/http/", any(door::enter))
        .route("/http/{*path}", any(door::enter))
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready))
        .merge(guarded)
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
        .with_state(app)
}

/// The server is started after the flows are, so it is ready until it shuts down, while its store can be written.
async fn ready(axum::extract::State(app): axum::extract::State<App>) -> (StatusCode, String) {
    if app.config.shutdown.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n".to_owned());
    }
    match app.runtime.ops().store_writable() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("R0105: the store cannot be written: {why}\n")),
    }
}
