//! The door: how a request from outside becomes a message, once per idempotency key.

use bytes::Bytes;

use crate::Runtime;

/// The HTTP sender channel that serves a path: known before the body is read, because it limits the body.
#[derive(Clone, Debug)]
pub struct Door {
    /// Largest body in bytes.
    pub body_limit: u64,
    /// Name of the secret that the caller must present, where there is one.
    pub credential: Option<String>,
    /// The flow that serves it.
    pub flow: String,
}

/// A request to a flow.
#[derive(Clone, Debug)]
pub struct DoorRequest {
    /// Method in capitals.
    pub method: String,
    /// Path below `/http`, with its leading slash, as it came (percent-encoded).
    pub path: String,
    /// Raw query without the question mark.
    pub query: Option<String>,
    /// Headers as they came; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// Authenticated user, empty where the flow is open.
    pub user: String,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Runtime {
    /// The door for a method and path; `Err` is the answer where there is none: 404 unknown path, 405 wrong method,
    /// 503 flow stopped or shutting down (problem+json).
    pub fn door(&self, method: &str, path: &str) -> Result<Door, DoorResponse> {
        let _ = (method, path);
        Err(DoorResponse { status: 404, headers: Vec::new(), body: Bytes::new() })
    }

    /// Takes a request in: duplicate detection, the run (or the durable 202 of `persistence: first`), the answer.
    /// The caller has checked credentials and body limit with [`Runtime::door`].
    pub async fn enter(&self, request: DoorRequest) -> DoorResponse {
        let _ = request;
        DoorResponse { status: 503, headers: Vec::new(), body: Bytes::new() }
    }
}
