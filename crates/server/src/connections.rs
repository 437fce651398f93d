//! The accept loop: limits on connections and headers, graceful drain, and a task of its own for every request.

use std::fmt::Display;
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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::ApiConfig;
use crate::problem::Problem;

/// What connections may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; further ones wait in the listen queue.
    pub connections: usize,
    /// A TLS handshake must end within this time.
    pub handshake: Duration,
    /// A request's line and headers must arrive within this time.
    pub header_time: Duration,
    /// A request's line and headers must fit into this many bytes, at least 8 KiB.
    pub header_bytes: usize,
}

impl Default for Limits {
    /// 2048 connections, 10 s for a handshake, 15 s and 64 KiB for headers.
    fn default() -> Self {
        Limits {
            connections: 2_048,
            handshake: Duration::from_secs(10),
            header_time: Duration::from_secs(15),
            header_bytes: 64 << 10,
        }
    }
}

/// Accepts until shutdown, then waits for the requests in progress, at most as long as draining may take.
pub(crate) async fn accept(listener: TcpListener, router: Router, config: &ApiConfig) {
    let ApiConfig { limits, shutdown, .. } = config;
    let service = TowerToHyperService::new(router.layer(from_fn(own_task)));
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let builder = builder(limits);
    let tls = config.tls.as_ref().map(|tls| TlsAcceptor::from(tls.0.clone()));
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
        let (builder, service, watcher) = (builder.clone(), service.clone(), graceful.watcher());
        let Some(acceptor) = tls.clone() else {
            let connection = watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
            tokio::spawn(until_end(connection, slot));
            continue;
        };
        let (shutdown, handshake) = (shutdown.clone(), limits.handshake);
        tokio::spawn(async move {
            // A client that dawdles holds its own task and nothing else.
            let shaken = tokio::select! {
                () = shutdown.cancelled() => return,
                shaken = tokio::time::timeout(handshake, acceptor.accept(stream)) => shaken,
            };
            match shaken {
                Ok(Ok(stream)) => {
                    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
                    until_end(watcher.watch(connection), slot).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(config.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open after the drain time and are cut");
    }
}

/// Serves one stream until it ends.
pub(crate) async fn one<S>(stream: S, router: Router, limits: &Limits)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.layer(from_fn(own_task)));
    if let Err(error) = builder(limits).serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended early");
    }
}

/// What every connection is held to.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(limits.header_bytes.max(8 << 10))
        .half_close(false);
    builder
}

/// Serves a connection; its slot is free afterwards.
async fn until_end<E: Display>(connection: impl Future<Output = Result<(), E>>, slot: OwnedSemaphorePermit) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended early");
    }
    drop(slot);
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
