//! Calls of outside receivers; the one place that hands a call to an adapter.

use std::sync::Arc;

use base::DeliveryId;
use flow::{Call, Flow, Outcome};

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

/// Which attempt of a delivery a call is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The first, by the run: not made where the receiver is known to be down.
    First,
    /// A later one: its dispatcher asked the circuit.
    Later,
}

/// Makes an attempt of a delivery within the limits of the receiver's system, and tells its circuit what came of it.
pub(crate) async fn deliver(
    shared: &Arc<Shared>,
    flow: &Flow,
    receiver: &str,
    delivery: DeliveryId,
    attempt: Attempt,
    request: &Call,
) -> Outcome {
    let Some(system) = shared.circuits.of(flow, receiver) else {
        return call(shared, &flow.name, receiver, request).await;
    };
    let _allowed = system.allowed().await;
    if attempt == Attempt::First {
        system.try_first()?;
    }
    let outcome = call(shared, &flow.name, receiver, request).await;
    for place in system.note(delivery, &outcome, shared.options.clock.now()) {
        shared.hub.ring(&place);
    }
    outcome
}
