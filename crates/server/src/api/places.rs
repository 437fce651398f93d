//! Queues, data stores, parked deliveries and inboxes: one set of routes for all kinds of places.

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{delete, get, post};
use base::{EntryKey, MessageId};
use runtime::Selection;
use serde::Deserialize;
use serde_json::json;
use store::{EntryFilter, EntryState, Place, PlaceKind};

use super::extract::{Acting, JsonBody, Params, Segments};
use super::{Answer, json, view};
use crate::App;
use crate::body;
use crate::problem::Problem;

/// Largest body that an entry can be corrected with.
pub(super) const BODY: u64 = 64 << 20;

/// The routes of one kind.
pub(super) fn routes(kind: PlaceKind) -> Router<App> {
    Router::new()
        .route("/", get(move |app: State<App>| list(kind, app)))
        .route("/{name}/entries", get(move |app, name, flow, filter| entries(kind, app, name, flow, filter)))
        .route("/{name}/{action}", post(move |app, path, flow, order| act(kind, app, path, flow, order)))
        .route("/{name}", delete(move |app, name, flow| drop_place(kind, app, name, flow)))
}

/// Whose place it is; empty for queues and global data stores.
#[derive(Deserialize)]
pub(super) struct Owner {
    #[serde(default)]
    flow: String,
}

/// Which entries, as it comes in a query or in a JSON body.
#[derive(Default, Deserialize)]
pub(super) struct Which {
    state: Option<String>,
    interface: Option<String>,
    message: Option<String>,
    after: Option<i64>,
    limit: Option<u32>,
}

impl Which {
    fn filter(self, place: Place) -> Result<EntryFilter, Problem> {
        let wrong = |name: &str| Problem::bad_request(format!("state: there is no state `{name}`"));
        let state = self.state.map(|name| EntryState::parse(&name).ok_or_else(|| wrong(&name))).transpose()?;
        Ok(EntryFilter {
            place: Some(place),
            kind: None,
            state,
            interface: self.interface,
            origin: None,
            message_id: self.message.map(MessageId::from_text),
            after: self.after.map(EntryKey),
            limit: self.limit.unwrap_or(0).min(1_000),
            ..EntryFilter::default()
        })
    }
}

/// What shall be done, and to which entries.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Order {
    /// These entries.
    keys: Vec<i64>,
    /// Entries of this interface; for stop and start only this interface.
    interface: Option<String>,
    /// Entries in this state.
    state: Option<String>,
    /// Entries of this message.
    message: Option<String>,
    /// All entries.
    all: bool,
    /// Of all these only those after this number, which an answer gave as `more`.
    after: Option<i64>,
    /// Nothing is done; the answer says what would be. Not for stop and start.
    dry_run: bool,
    /// Where to move them.
    to: Option<String>,
    /// Whose data store they are moved to.
    to_flow: Option<String>,
}

impl Order {
    /// An action never means all entries by accident.
    fn selection(self, place: Place) -> Result<Selection, Problem> {
        if !self.keys.is_empty() {
            let after = self.after.unwrap_or(i64::MIN);
            return Ok(Selection::Keys(self.keys.into_iter().filter(|key| *key > after).map(EntryKey).collect()));
        }
        let named = self.interface.is_some() || self.state.is_some() || self.message.is_some();
        if !named && !self.all {
            return Err(Problem::bad_request("say which entries: keys, interface, state, message or all"));
        }
        let Order { state, interface, message, after, .. } = self;
        // Without a limit: the runtime pages by itself up to its own.
        Which { state, interface, message, after, limit: None }.filter(place).map(Selection::Filter)
    }
}

async fn list(kind: PlaceKind, State(app): State<App>) -> Answer {
    let places = app.runtime.ops().places(Some(kind)).await?;
    Ok(json(places.iter().map(view::place).collect::<Vec<_>>()))
}

async fn entries(
    kind: PlaceKind,
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(owner): Params<Owner>,
    Params(which): Params<Which>,
) -> Answer {
    let filter = which.filter(Place { kind, name, flow: owner.flow })?;
    let entries = app.runtime.ops().entries(filter).await?;
    Ok(json(entries.iter().map(view::entry_info).collect::<Vec<_>>()))
}

async fn act(
    kind: PlaceKind,
    Acting(ops): Acting,
    Segments((name, action)): Segments<(String, String)>,
    Params(owner): Params<Owner>,
    JsonBody(order): JsonBody<Order>,
) -> Answer {
    let place = Place { kind, name, flow: owner.flow };
    // What is parked or accepted belongs to its flow: it can only be moved between queues, and between data stores.
    let movable = matches!(kind, PlaceKind::Queue | PlaceKind::DataStore);
    match action.as_str() {
        "move" if !movable => Err(Problem::not_found()),
        "retry" | "delete" | "move" if order.dry_run => {
            Ok(json(view::preview(&ops.preview(order.selection(place)?).await?)))
        }
        "retry" => Ok(json(ops.retry_entries(order.selection(place)?).await?)),
        "delete" => Ok(json(ops.delete_entries(order.selection(place)?).await?)),
        "move" => {
            let to = order.to.clone().ok_or_else(|| Problem::bad_request("say where `to`"))?;
            let to = Place { kind, name: to, flow: order.to_flow.clone().unwrap_or_else(|| place.flow.clone()) };
            Ok(json(ops.move_entries(order.selection(place)?, to).await?))
        }
        "stop" | "start" if order.dry_run => {
            Err(Problem::bad_request("dry_run: stop and start cannot be tried; nothing was done"))
        }
        "stop" | "start" => {
            let stopped = action == "stop";
            ops.stop_place(place.clone(), order.interface.clone(), stopped).await?;
            Ok(json(json!({"name": place.name, "interface": order.interface, "stopped": stopped})))
        }
        _ => Err(Problem::not_found()),
    }
}

async fn drop_place(
    kind: PlaceKind,
    Acting(ops): Acting,
    Segments(name): Segments<String>,
    Params(owner): Params<Owner>,
) -> Answer {
    let place = Place { kind, name, flow: owner.flow };
    ops.delete_place(place.clone()).await?;
    Ok(json(json!({"name": place.name, "deleted": true})))
}

/// `GET /api/entries/{key}`: one entry with its payload.
pub(super) async fn entry(State(app): State<App>, Segments(key): Segments<i64>) -> Answer {
    Ok(json(view::entry(&app.runtime.ops().entry(EntryKey(key)).await?)))
}

/// `POST /api/entries/{key}/correct`: the request's body becomes the entry's, which is tried again with it.
pub(super) async fn correct(Acting(ops): Acting, Segments(key): Segments<i64>, request: Request) -> Answer {
    let bytes = body::read(request.into_body(), BODY).await?;
    Ok(json(ops.retry_corrected(EntryKey(key), bytes).await?))
}
