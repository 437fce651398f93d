//! Calls of outside receivers; the one place that hands a call to an adapter.

use std::sync::Arc;

use flow::{Call, Outcome};

use crate::perform::guarded;
use crate::runtime::Shared;

tokio::task_local! {
    /// The flow and the receiver that are being called: scripted adapters of scenarios answer by them.
    pub(crate) static RECEIVER: (String, String);
}

/// Performs a call; a panic of the adapter is a failure of class `bug`.
pub(crate) async fn call(shared: &Arc<Shared>, flow: &str, receiver: &str, call: &Call) -> Outcome {
    let attempt = guarded(shared.options.adapters.perform(call, shared.options.secrets.as_ref()));
    let named = (flow.to_owned(), receiver.to_owned());
    RECEIVER.scope(named, attempt).await.unwrap_or_else(Err)
}
