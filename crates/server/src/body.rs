//! Reading a body with a limit in bytes and in time.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use crate::problem::Problem;

/// Longest pause between two parts of a body.
const PAUSE: Duration = Duration::from_secs(30);
/// Longest time for a whole body, so that one byte per pause does not hold a connection for ever.
const WHOLE: Duration = Duration::from_secs(300);

/// The whole body, refused as soon as it is known to be larger than `limit`.
pub(crate) async fn read(body: Body, limit: u64) -> Result<Bytes, Problem> {
    tokio::time::timeout(WHOLE, collect(body, limit)).await.unwrap_or_else(|_| Err(Problem::too_slow()))
}

async fn collect(body: Body, limit: u64) -> Result<Bytes, Problem> {
    // The announced length is known before the first byte is read.
    if body.size_hint().lower() > limit {
        return Err(Problem::too_large(limit));
    }
    let mut stream = body.into_data_stream();
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    let mut length = 0_u64;
    while let Some(part) = tokio::time::timeout(PAUSE, stream.next()).await.map_err(|_| Problem::too_slow())? {
        let part = part.map_err(|_| Problem::cut_off())?;
        length = length.saturating_add(part.len() as u64);
        if length > limit {
            return Err(Problem::too_large(limit));
        }
        // Most bodies come in one part, which needs no copy.
        if first.is_empty() && all.is_empty() {
            first = part;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&part);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
