//! The door: how a request from outside becomes a message, once per idempotency key.

mod key;
mod message;

use std::sync::Arc;
use std::time::Duration;

use base::{CorrelationId, Message, MessageId, Timestamp};
use bytes::Bytes;
use engine::{Keyed, Trigger, http_answer};
use flow::{Persistence, Quality};
use store::{Answer, Change, CommitError, EntryState, NewEntry, Place};

use crate::Runtime;
use crate::deploy;
use crate::problem::{problem, with_header};
use crate::routes::Target;
use crate::run::{self, Job};
use crate::runtime::Shared;

/// How long a request waits for its turn where too many runs are in progress.
const TURN: Duration = Duration::from_secs(5);
/// After this an accepted message that was not processed counts as overdue.
const INBOX_ALERT: Duration = Duration::from_secs(2 * 86_400);

/// Codes of failures that come from the store.
const STORE_CODES: [&str; 2] = ["R0105", "X0305"];

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
    ///
    /// # Errors
    /// The answer to give.
    pub fn door(&self, method: &str, path: &str) -> Result<Door, DoorResponse> {
        let target = find(&self.shared, method, path)?;
        let http = target.http().ok_or_else(|| problem(404, "R0001", "no flow serves this path"))?;
        Ok(Door {
            body_limit: http.body_limit,
            credential: http.credential.clone(),
            flow: target.slot.flow.name.clone(),
        })
    }

    /// Takes a request in: duplicate detection, the run (or the durable 202 of `persistence: first`), the answer.
    /// The caller has checked credentials and body limit with [`Runtime::door`].
    pub async fn enter(&self, request: DoorRequest) -> DoorResponse {
        match enter(&self.shared, request).await {
            Ok(response) | Err(response) => response,
        }
    }
}

/// Who serves a request.
fn find(shared: &Arc<Shared>, method: &str, path: &str) -> Result<Target, DoorResponse> {
    if shared.stop.is_cancelled() {
        return Err(with_header(problem(503, "R0004", "Semel is shutting down"), "Retry-After", "10"));
    }
    let deployed = shared.deployed.load();
    let target = deployed.routes.http(path).ok_or_else(|| problem(404, "R0001", "no flow serves this path"))?;
    let http = target.http().ok_or_else(|| problem(404, "R0001", "no flow serves this path"))?;
    if !http.methods.is_empty() && !http.methods.iter().any(|m| m.eq_ignore_ascii_case(method)) {
        let text = format!("this path takes {}", http.methods.join(", "));
        return Err(with_header(problem(405, "R0002", &text), "Allow", http.methods.join(", ")));
    }
    if !target.slot.started() {
        let why = if target.slot.error.is_some() { "the flow cannot run yet" } else { "the flow is stopped" };
        return Err(with_header(problem(503, "R0003", why), "Retry-After", "60"));
    }
    Ok(target.clone())
}

async fn enter(shared: &Arc<Shared>, request: DoorRequest) -> Result<DoorResponse, DoorResponse> {
    let target = find(shared, &request.method, &request.path)?;
    let http = target.http().ok_or_else(|| problem(404, "R0001", "no flow serves this path"))?;
    let flow = Arc::clone(&target.slot.flow);
    let now = shared.options.clock.now();
    let message = message::of(&flow, http, &request);
    let key = key::of(http, &request, &flow.name, now)?;
    let keyed = key.map(|key| Keyed {
        // Two callers that use the same key never meet: no escaped user holds a slash.
        key: format!("{}/{key}", request.user.replace('%', "%25").replace('/', "%2F")),
        fingerprint: key::fingerprint(&request),
        expires: now.plus(shared.options.retention.keys),
        before: None,
    });
    let trigger = format!("http {} {}", request.method, request.path);
    let Some(mut keyed) = keyed else {
        let id = MessageId::fresh(now, shared.options.entropy.as_ref());
        let entrance = Entrance { target, message, id, keyed: None, trigger, held: None };
        return process(shared, entrance).await;
    };
    let held = key::Held::take(shared, &flow.name, &keyed.key).ok_or_else(|| {
        with_header(problem(409, "R0007", "a request with this key is being processed"), "Retry-After", "1")
    })?;
    let id = match replay(shared, &flow.name, &keyed).await? {
        Known::Replay(response) => return Ok(response),
        Known::Expired(message) => {
            let id = MessageId::derived(&flow.name, &format!("{}\n{message}", keyed.key));
            keyed.before = Some(message);
            id
        }
        Known::Nothing => MessageId::derived(&flow.name, &keyed.key),
    };
    if flow.quality.keeps_outcomes() && flow.persistence == Persistence::OnError {
        same_content(shared, &id, &keyed).await?;
    }
    process(shared, Entrance { target, message, id, keyed: Some(keyed), trigger, held: Some(held) }).await
}

/// What is known of a key.
enum Known {
    Nothing,
    /// The answer that was given for it.
    Replay(DoorResponse),
    /// Its answer has expired: the key is new, and yet it must not lead to the message that it led to, because outcomes
    /// or entries of that one are still known.
    Expired(MessageId),
}

/// The stored answer to a keyed request, where there is one.
async fn replay(shared: &Shared, flow: &str, keyed: &Keyed) -> Result<Known, DoorResponse> {
    let found = shared.options.store.answer(flow, &keyed.key, Timestamp(i64::MIN)).await;
    let found = found.map_err(|error| {
        tracing::error!(flow, %error, "cannot look for an answer given before");
        no_store("the store cannot answer")
    })?;
    let Some(answer) = found else { return Ok(Known::Nothing) };
    if answer.expires <= shared.options.clock.now() {
        return Ok(Known::Expired(answer.message_id));
    }
    if answer.fingerprint != keyed.fingerprint {
        let text = "this key was used for a request with another content";
        return Err(problem(422, "R0008", text));
    }
    shared.log_line(&answer.message_id, "duplicate refused at the door: the stored answer was given again");
    let response = DoorResponse { status: answer.status, headers: answer.headers, body: answer.body };
    Ok(Known::Replay(with_header(response, "Idempotent-Replayed", "true")))
}

/// Where a request with this key failed or was cut off before, and something of it is recorded, this one says the same.
async fn same_content(shared: &Shared, id: &MessageId, keyed: &Keyed) -> Result<(), DoorResponse> {
    let outcomes = shared.options.store.outcomes(id).await.map_err(|error| {
        tracing::error!(%error, "cannot look for what was delivered before");
        no_store("the store cannot answer")
    })?;
    let content = keyed.content(id);
    if outcomes.is_empty() || outcomes.iter().any(|(known, _)| *known == content) {
        return Ok(());
    }
    let text = "this key was used for a request with another content, and some of that is delivered already";
    Err(problem(422, "R0008", text))
}

/// A request that became a message.
struct Entrance {
    target: Target,
    message: Message,
    id: MessageId,
    keyed: Option<Keyed>,
    trigger: String,
    held: Option<key::Held>,
}

async fn process(shared: &Arc<Shared>, entrance: Entrance) -> Result<DoorResponse, DoorResponse> {
    let flow = &entrance.target.slot.flow;
    let stores = flow.quality != Quality::BestEffort || flow.persistence == Persistence::First;
    if shared.health.is_broken() && (stores || entrance.keyed.is_some()) {
        // Before the run: a receiver must not get what cannot be recorded.
        return Err(no_store("the store cannot be written at present; send the message again later"));
    }
    if entrance.target.slot.flow.persistence == Persistence::First {
        return accept(shared, entrance).await;
    }
    let Ok(Ok(permit)) = tokio::time::timeout(TURN, Arc::clone(&shared.gate).acquire_owned()).await else {
        return Err(with_header(problem(503, "R0004", "too many messages are being processed"), "Retry-After", "5"));
    };
    let Entrance { target, message, id, keyed, trigger, held } = entrance;
    let (task, flow, message_id) = (Arc::clone(shared), Arc::clone(&target.slot.flow), id.clone());
    // The run is a task of its own: it goes on when the client hangs up.
    let running = shared.spawn(async move {
        let origin = keyed.as_ref().map(|_| id.clone());
        let job = Job {
            flow: Arc::clone(&target.slot.flow),
            state: Arc::clone(&target.slot.state),
            process: target.process,
            message,
            correlation: CorrelationId::from(&id),
            message_id: id,
            trigger: Trigger::Http,
            text: trigger,
            keyed,
            origin,
            depth: 0,
            alerts: true,
        };
        let ended = run::run(&task, job).await;
        drop((held, permit));
        ended
    });
    let ended = match running.await {
        Ok(Some(Ok(ended))) => ended,
        Ok(Some(Err(error))) => {
            tracing::error!(flow = flow.name, %error, "a request could not be begun");
            return Err(no_store("the store cannot answer"));
        }
        _ => run::defect("the run ended without an answer".to_owned()),
    };
    if ended.failure.as_ref().is_some_and(|f| STORE_CODES.contains(&f.code.as_str())) {
        let text = "the store could not be written or read while the message was processed";
        return Err(identified(no_store(text), &message_id));
    }
    let answer = http_answer(&flow, &message_id, &ended);
    Ok(identified(DoorResponse { status: answer.status, headers: answer.headers, body: answer.body }, &message_id))
}

/// `persistence: first`: the message is durable before the answer.
async fn accept(shared: &Arc<Shared>, entrance: Entrance) -> Result<DoorResponse, DoorResponse> {
    let Entrance { target, message, id, keyed, held, .. } = entrance;
    let flow = &target.slot.flow;
    let now = shared.options.clock.now();
    let order_key = engine::order_of(flow, &message, &id, now)
        .map_err(|failure| problem(400, "R0009", &format!("the message has no ordering key: {failure}")))?;
    let body = Bytes::from(serde_json::json!({ "message": id.as_str() }).to_string());
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let response = identified(DoorResponse { status: 202, headers, body }, &id);
    let mut changes = vec![Change::Put(Box::new(NewEntry {
        place: Place::inbox(&flow.name, deploy::process_name(flow, target.process)),
        id: id.as_str().to_owned(),
        overwrite: false,
        message,
        encrypt: false,
        message_id: id.clone(),
        origin: None,
        correlation: CorrelationId::from(&id),
        interface: flow.name.clone(),
        order_key,
        state: EntryState::Waiting,
        doubt: false,
        created: now,
        due: now,
        alert_at: now.plus(INBOX_ALERT),
        expires: now.plus(shared.options.retention.parked),
        retries: 0,
        error: None,
    }))];
    if let Some(keyed) = &keyed {
        changes.extend(keyed.remember(Answer {
            flow: flow.name.clone(),
            key: keyed.key.clone(),
            message_id: id,
            fingerprint: keyed.fingerprint,
            status: response.status,
            headers: response.headers.clone(),
            body: response.body.clone(),
            expires: keyed.expires,
        }));
    }
    // A client that hangs up must not lose what is being committed.
    let task = Arc::clone(shared);
    let committed = shared.spawn(async move {
        let done = task.commit(changes).await;
        drop(held);
        done
    });
    match committed.await {
        Ok(Some(Ok(()))) => Ok(response),
        Ok(Some(Err(CommitError::Duplicate(what)))) => Err(problem(409, "R0007", &format!("{what} already"))),
        other => {
            if let Ok(Some(Err(error))) = other {
                tracing::error!(flow = flow.name, %error, "a message could not be stored");
            }
            Err(no_store("the message could not be stored"))
        }
    }
}

/// The answer where the store is at fault: the sender keeps its message.
fn no_store(text: &str) -> DoorResponse {
    with_header(problem(503, "R0105", text), "Retry-After", "10")
}

/// The answer with the message's id.
fn identified(response: DoorResponse, id: &MessageId) -> DoorResponse {
    if response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Semel-Message-Id")) {
        return response;
    }
    with_header(response, "Semel-Message-Id", id.as_str())
}
