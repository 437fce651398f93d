//! Calls of outside receivers; the one place that hands a call to an adapter.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use base::{DeliveryId, Failure};
use flow::{Call, Flow, Outcome};
use store::{Place, PlaceKind, PlaceSummary};

use crate::circuit::System;
use crate::perform::guarded;
use crate::runtime::Shared;
use crate::{alert, backlog, redact};

tokio::task_local! {
    /// The flow and the receiver that are being called: scripted adapters of scenarios answer by them.
    pub(crate) static RECEIVER: (String, String);
}

/// Performs a call; a panic of the adapter is a failure of class `bug`.
pub(crate) async fn call(shared: &Arc<Shared>, flow: &str, receiver: &str, call: &Call) -> Outcome {
    let attempt = guarded(shared.options.adapters.perform(call, shared.options.secrets.as_ref()));
    let named = (flow.to_owned(), receiver.to_owned());
    let outcome = RECEIVER.scope(named, attempt).await.unwrap_or_else(Err);
    outcome.map_err(|failure| redact::failure(failure, call, shared.options.secrets.as_ref()))
}

/// The receivers that an operator stopped: they get nothing, first attempts included.
#[derive(Default)]
pub(crate) struct Stops(RwLock<HashMap<Place, Orders>>);

/// The orders that hold a receiver; each is taken back by itself.
#[derive(Default)]
struct Orders {
    place: bool,
    interface: bool,
}

impl Stops {
    /// What the store says at the start.
    pub fn learn(&self, places: Vec<PlaceSummary>) {
        for PlaceSummary { place, stopped, stopped_interfaces, .. } in places {
            if stopped {
                self.order(&place, None, true);
            }
            for interface in stopped_interfaces {
                self.order(&place, Some(&interface), true);
            }
        }
    }

    /// What an operator ordered, of a place or only of one interface of it.
    pub fn order(&self, place: &Place, interface: Option<&str>, stopped: bool) {
        // All parked deliveries of a receiver are of one interface, their flow.
        if place.kind != PlaceKind::Delivery || interface.is_some_and(|interface| interface != place.flow) {
            return;
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let orders = all.entry(place.clone()).or_default();
        let order = if interface.is_some() { &mut orders.interface } else { &mut orders.place };
        *order = stopped;
        if !orders.place && !orders.interface {
            all.remove(place);
        }
    }

    /// A place was deleted, and its orders with it.
    pub fn forget(&self, place: &Place) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(place);
    }

    /// Whether it gets nothing.
    pub fn holds(&self, place: &Place) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(place)
    }
}

/// Makes the first attempt of a delivery, from its run: not where its receiver was stopped, is down, or has as much to
/// do as its limits allow.
pub(crate) async fn deliver_first(
    shared: &Arc<Shared>,
    flow: &Flow,
    receiver: &str,
    delivery: DeliveryId,
    request: &Call,
) -> Outcome {
    let place = Place::delivery(flow.name.as_str(), receiver);
    let free = || {
        let text = || format!("deliveries to {receiver} are stopped; this waits until they are started again");
        if shared.stops.holds(&place) { Err(Failure::transient(engine::NOT_TRIED, text())) } else { Ok(()) }
    };
    free()?;
    let system = shared.circuits.of(flow, receiver);
    let _turn = match &system {
        Some(system) => Some(system.turn_now().await?),
        None => None,
    };
    // An operator may have stopped it while this waited for its turn.
    free()?;
    deliver(shared, flow, receiver, delivery, system.as_ref(), request).await
}

/// Makes an attempt of a delivery whose turn it is, and tells the circuit of the receiver's system what came of it.
pub(crate) async fn deliver(
    shared: &Arc<Shared>,
    flow: &Flow,
    receiver: &str,
    delivery: DeliveryId,
    system: Option<&Arc<System>>,
    request: &Call,
) -> Outcome {
    let outcome = call(shared, &flow.name, receiver, request).await;
    let Some(system) = system else { return outcome };
    let noted = system.note(delivery, &outcome, shared.options.clock.now());
    for place in &noted.back {
        shared.hub.ring(place);
    }
    if let Some(outage) = noted.over {
        backlog::pull(shared, noted.back, outage);
    }
    if noted.down {
        alert::down(shared, system);
    }
    outcome
}
