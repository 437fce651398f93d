//! The accept loop: limits on connections and headers, graceful drain, and a task of its own for every request.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::problem::Problem;

/// Connections at once; further ones wait in the listen queue.
const MAX_CONNECTIONS: usize = 2_048;
/// A request's line and headers must arrive within this time and fit into this many bytes.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_HEADER_BYTES: usize = 64 << 10;

/// Accepts until `shutdown`, then waits for the requests in progress, at most `drain`.
pub(crate) async fn accept(listener: TcpListener, router: Router, shutdown: CancellationToken, drain: Duration) {
    let router = router.layer(from_fn(own_task));
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let builder = builder();
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, slot))
        };
        let (stream, slot) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = next => match accepted {
                Some((Ok((stream, _)), slot)) => (stream, slot),
                Some((Err(error), _)) => {
                    // Out of file handles, most likely: the connections that end give some back.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                None => break,
            },
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open after the drain time and are cut");
    }
}

/// Serves one stream until it ends.
pub(crate) async fn one<S>(stream: S, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.layer(from_fn(own_task)));
    if let Err(error) = builder().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended early");
    }
}

/// What every connection is held to.
fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .half_close(false);
    builder
}

/// Runs each request in a task of its own: a caller who hangs up must not stop a run half way,
/// and a panic ends that request only.
async fn own_task(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request ended in a panic");
            Problem::internal().into_response()
        }
    }
}
