//! Scripts: they run on threads that may block; what they ask is answered here, beside the run that waits for them. One
//! that hangs is left behind. One that is known to be short runs at once, where its run runs.
//!
//! What a script draws or writes is a commit of its own, durable before the script goes on. It is no part of a unit of
//! work: it stays when the run fails, and a run that is repeated does it again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::{Class, Clock, Entropy, Failure, Message, MessageId, RunId, Scope};
use engine::{ScriptEffect, Scripted, Work, check_store_name, undrawn};
use flow::Flow;
use script::{EntryWrite, Invocation, Limits, ScriptError, ScriptErrorKind, ScriptOutput, SecretValue, StoredEntry};
use store::rules::storable;
use store::{AttachmentRecord, Change, CommitError, EntryState, NewEntry, NumberState, Place};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::locks::{Lock, RunLocks};
use crate::perform::guarded;
use crate::run::Context;
use crate::runtime::Shared;

/// How often a draw is tried while others draw too.
const MAX_TRIES: u32 = 100;
/// After this an entry that a script wrote counts as overdue, as one of a data store step does unless it says otherwise.
const ALERT_AFTER: Duration = Duration::from_secs(2 * 86_400);
/// After this it is deleted.
const EXPIRE_AFTER: Duration = Duration::from_secs(90 * 86_400);

/// How long after its time limit a script is waited for: not all that a host calls looks at the clock.
const GRACE: Duration = Duration::from_secs(2);
/// The longest time that a stylesheet or a validator may take.
const WORK_TIME: Duration = Duration::from_secs(60);
/// Scripts that hang, at most: each keeps one of the threads that all blocking work shares.
const MAX_LEFT_BEHIND: usize = 128;

/// The largest body of a call that is made at once, in bytes: one step of a script may go through all of it.
const SHORT_BODY: usize = 16 << 10;

/// What a script asks of the store, with where the answer goes.
enum Ask {
    Number(String, oneshot::Sender<Result<String, String>>),
    Read(String, String, oneshot::Sender<Result<Option<StoredEntry>, String>>),
    Write(EntryWrite, oneshot::Sender<Result<(), String>>),
}

/// What scripts are given. It lives on the script's thread.
struct Services {
    shared: Arc<Shared>,
    flow: Arc<Flow>,
    /// Where questions go; `None` for a call that cannot wait.
    asks: Option<mpsc::Sender<Ask>>,
    /// Whether a call that cannot wait asked something.
    refused: AtomicBool,
}

impl Services {
    fn new(shared: &Arc<Shared>, flow: &Arc<Flow>, asks: Option<mpsc::Sender<Ask>>) -> Arc<Self> {
        let (shared, flow) = (Arc::clone(shared), Arc::clone(flow));
        Arc::new(Services { shared, flow, asks, refused: AtomicBool::new(false) })
    }

    /// Hands a question over and waits for its answer.
    fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Ask) -> Result<T, String> {
        let Some(asks) = &self.asks else {
            self.refused.store(true, Ordering::Relaxed);
            return Err("this call cannot wait for the store".to_owned());
        };
        let gone = || "the run ended before the store could answer".to_owned();
        let (answer, answered) = oneshot::channel();
        asks.blocking_send(question(answer)).map_err(|_| gone())?;
        answered.blocking_recv().map_err(|_| gone())?
    }
}

impl script::Services for Services {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.options.clock)
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.shared.options.entropy)
    }

    fn secret(&self, name: &str) -> Option<SecretValue> {
        let secret = self.shared.options.secrets.secret(name)?;
        Some(SecretValue { user: secret.user, password: secret.password })
    }

    fn map_value(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        self.flow.value_mappings.get(source, value, target).map(str::to_owned)
    }

    fn next_number(&self, range: &str) -> Result<String, String> {
        self.ask(|answer| Ask::Number(range.to_owned(), answer))
    }

    fn read_entry(&self, store: &str, id: &str) -> Result<Option<StoredEntry>, String> {
        self.ask(|answer| Ask::Read(store.to_owned(), id.to_owned(), answer))
    }

    fn write_entry(&self, write: EntryWrite) -> Result<(), String> {
        self.ask(|answer| Ask::Write(write, answer))
    }
}

/// One call of a script.
fn invocation<'a>(
    effect: &'a ScriptEffect,
    (flow, message_id): (&'a Flow, &'a MessageId),
    message: Message,
    limits: Limits,
    services: &'a Arc<dyn script::Services>,
) -> Invocation<'a> {
    Invocation {
        path: &effect.script.path,
        source: &effect.script.source,
        companions: &effect.script.companions,
        flow: &flow.name,
        function: &effect.function,
        message,
        body_is_text: effect.body_is_text,
        message_id,
        exception: effect.exception.as_ref().map(|e| e.message.as_str()),
        thrown: effect.thrown.as_deref(),
        limits,
        services,
    }
}

/// Runs a script that is expected to be short, without handing it over to another thread, which costs more than such a
/// script does. `None` if it was not short, asked what has to be waited for, or panicked: it has done nothing then, and
/// runs again on a thread of its own.
pub(crate) fn at_once(
    shared: &Arc<Shared>,
    context: &Context,
    effect: &ScriptEffect,
) -> Option<Result<Scripted, Failure>> {
    let (script, message) = (&effect.script, &effect.message);
    let host = shared.options.scripts.get(&script.language)?;
    if message.body.len() > SHORT_BODY || !host.is_short(&script.path, &script.source, &script.companions) {
        return None;
    }
    let services = Services::new(shared, &context.flow, None);
    let given: Arc<dyn script::Services> = Arc::clone(&services) as _;
    let limits = shared.options.script_limits.short();
    let call = invocation(effect, (&context.flow, &context.message_id), message.clone(), limits, &given);
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| host.run(call))).ok()?;
    let met = ended.as_ref().is_err_and(|error| error.kind == ScriptErrorKind::Limit);
    let whole = !met && !services.refused.load(Ordering::Relaxed);
    whole.then(|| ended.map(scripted).map_err(|error| failure(&error)))
}

/// Runs a script on a thread that may block, and answers it until it ends.
pub(crate) async fn script(
    shared: &Arc<Shared>,
    context: &Context,
    mut effect: ScriptEffect,
) -> Result<Scripted, Failure> {
    let Some(host) = shared.options.scripts.get(&effect.script.language).cloned() else {
        let text = format!("{}: there is no host for this script language", effect.script.path);
        return Err(Failure::permanent("J0003", text));
    };
    crowded(shared)?;
    let limits = shared.options.script_limits;
    let (asks, mut asked) = mpsc::channel(1);
    let services: Arc<dyn script::Services> = Services::new(shared, &context.flow, Some(asks));
    let (flow, message_id) = (Arc::clone(&context.flow), context.message_id.clone());
    let path = effect.script.path.clone();
    let begun = Arc::new(AtomicBool::new(false));
    let begins = Arc::clone(&begun);
    let mut work = tokio::task::spawn_blocking(move || {
        begins.store(true, Ordering::Relaxed);
        let message = std::mem::take(&mut effect.message);
        host.run(invocation(&effect, (&flow, &message_id), message, limits, &services))
    });
    let ended = loop {
        tokio::select! {
            biased;
            Some(ask) = asked.recv() => answer(shared, context, ask).await,
            ended = &mut work => break ended,
            // Counted from the last answer, and not while it waits for a thread.
            () = tokio::time::sleep(limits.time.saturating_add(GRACE)) => {
                if begun.load(Ordering::Relaxed) {
                    let mut failure = leave_behind(shared, work, "the script", limits.time);
                    failure.place = Some(path);
                    return Err(failure);
                }
            }
        }
    };
    match ended {
        Ok(output) => output.map(scripted).map_err(|error| failure(&error)),
        Err(_) => Err(Failure::new(Class::Bug, "R0205", format!("the host of script {path} panicked"))),
    }
}

/// # Errors
/// Too many hang already.
fn crowded(shared: &Shared) -> Result<(), Failure> {
    if Arc::strong_count(&shared.left_behind) > MAX_LEFT_BEHIND {
        let text = format!("{MAX_LEFT_BEHIND} scripts and mappings hang already; restart to be rid of them");
        return Err(Failure::permanent("J0002", text));
    }
    Ok(())
}

/// Waits no more for a script or a mapping. Whatever it asks from now on is refused; its thread is counted until it ends.
fn leave_behind<T: Send + 'static>(shared: &Shared, work: JoinHandle<T>, what: &str, time: Duration) -> Failure {
    let alive = Arc::clone(&shared.left_behind);
    tokio::spawn(async move {
        let _ = work.await;
        drop(alive);
    });
    let text = format!("{what} ran longer than {} and does not stop", base::format_duration(time));
    tracing::warn!("{text}");
    Failure::permanent("J0002", text)
}

/// Runs a stylesheet or a validator, on such a thread too: it holds up no other run, and ends by its limits of steps,
/// which take a minute at most but where a pattern fits a text badly.
pub(crate) async fn work(shared: &Shared, work: Work) -> Result<Message, Failure> {
    crowded(shared)?;
    let job = work.job.clone();
    let begun = Arc::new(AtomicBool::new(false));
    let begins = Arc::clone(&begun);
    let mut task = tokio::task::spawn_blocking(move || {
        begins.store(true, Ordering::Relaxed);
        engine::work(work)
    });
    loop {
        tokio::select! {
            biased;
            ended = &mut task => {
                return ended.unwrap_or_else(|_| Err(Failure::new(Class::Bug, "R0205", format!("{job} panicked"))));
            }
            () = tokio::time::sleep(WORK_TIME) => {
                if begun.load(Ordering::Relaxed) {
                    return Err(leave_behind(shared, task, &job.to_string(), WORK_TIME));
                }
            }
        }
    }
}

fn scripted(output: ScriptOutput) -> Scripted {
    let attachments = output.attachments.into_iter().map(|a| AttachmentRecord {
        name: a.name,
        media_type: a.media_type,
        content: a.text.into(),
    });
    // Properties of a step have no place of their own in the message log: they stand with the custom header properties.
    let mut headers = output.headers;
    headers.extend(output.log_properties);
    Scripted { message: output.message, body_is_text: output.body_is_text, headers, attachments: attachments.collect() }
}

fn failure(error: &ScriptError) -> Failure {
    let mut failure = Failure::permanent(error.code(), error.message.clone());
    failure.place = error.place.clone();
    failure.excerpt = (!error.trace.is_empty()).then(|| error.trace.chars().take(4_096).collect());
    failure
}

/// Answers one question. Who does not wait for the answer any more does not get it.
async fn answer(shared: &Shared, context: &Context, ask: Ask) {
    match ask {
        Ask::Number(range, to) => {
            let _ = to.send(guarded(draw(shared, context, &range)).await.unwrap_or_else(|bug| Err(bug.text)));
        }
        Ask::Read(name, id, to) => {
            let _ = to.send(guarded(read(shared, &name, &id)).await.unwrap_or_else(|bug| Err(bug.text)));
        }
        Ask::Write(write, to) => {
            let _ = to.send(guarded(put(shared, context, write)).await.unwrap_or_else(|bug| Err(bug.text)));
        }
    }
}

/// Commits for the script. The run is not stopped before the answer is known.
async fn commit(shared: &Shared, context: &Context, changes: Vec<Change>) -> Result<(), CommitError> {
    context.commits.fetch_add(1, Ordering::SeqCst);
    let done = shared.commit(changes).await;
    context.commits.fetch_sub(1, Ordering::SeqCst);
    done
}

/// The next number of a range, drawn for good.
async fn draw(shared: &Shared, context: &Context, name: &str) -> Result<String, String> {
    // A unit of work that drew from the range holds its place until it commits: a draw beside it would break it.
    if context.locks.holds(&Lock::Range(name.to_owned())) {
        return Err(format!(
            "a step of this transaction drew from the number range {name}; a script can only draw before or after the transaction"
        ));
    }
    // Likewise for other runs. The lock is held for this draw only, so it belongs to nobody who does anything else.
    let options = &shared.options;
    let alone = RunLocks::new(Arc::clone(&shared.locks), RunId::fresh(options.entropy.as_ref()));
    alone.take(Lock::Range(name.to_owned())).await.map_err(|e| e.text)?;
    for _ in 0..MAX_TRIES {
        let known = options.store.number_range(name).await.map_err(|e| e.to_string())?;
        let undeclared = known.is_none();
        let state = known.unwrap_or_else(|| undrawn(&context.flow, name));
        let Some(number) = state.next else {
            return Err(format!("number range {name} is used up: {} was its last number", state.max));
        };
        let next = state.after(number);
        let mut changes = Vec::new();
        if undeclared {
            let NumberState { min, max, length, rotate, .. } = state;
            changes.push(Change::DeclareRange { name: name.to_owned(), min, max, length, rotate });
        }
        let expires = options.clock.now();
        changes.push(Change::DrawNumber { name: name.to_owned(), drawn: number, next, correlation: None, expires });
        match commit(shared, context, changes).await {
            Ok(()) => return Ok(format!("{number:0width$}", width = usize::from(state.length))),
            Err(CommitError::Conflict(_)) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("number range {name}: others drew from it all the time"))
}

fn global(name: &str) -> Result<Place, String> {
    check_store_name(name).map_err(|e| e.text)?;
    Ok(Place::data_store(name, &Scope::Global))
}

async fn read(shared: &Shared, name: &str, id: &str) -> Result<Option<StoredEntry>, String> {
    let found = shared.options.store.find(&global(name)?, id).await.map_err(|e| e.to_string())?;
    let now = shared.options.clock.now();
    let found = found.filter(|entry| entry.info.expires > now);
    Ok(found.map(|entry| StoredEntry { body: entry.message.body, headers: entry.message.headers }))
}

async fn put(shared: &Shared, context: &Context, write: EntryWrite) -> Result<(), String> {
    let EntryWrite { store, id, overwrite, encrypt, entry } = write;
    let place = global(&store)?;
    if id.is_empty() {
        return Err("the entry has no id".to_owned());
    }
    let now = shared.options.clock.now();
    let message = Message { headers: entry.headers, body: entry.body, ..Message::default() };
    let entry = NewEntry {
        place,
        id,
        overwrite,
        message: storable(message),
        encrypt,
        message_id: context.message_id.clone(),
        origin: None,
        correlation: context.correlation.clone(),
        interface: context.flow.name.clone(),
        order_key: String::new(),
        state: EntryState::Waiting,
        doubt: false,
        created: now,
        due: now,
        alert_at: now.plus(ALERT_AFTER),
        expires: now.plus(EXPIRE_AFTER),
        retries: 0,
        error: None,
    };
    commit(shared, context, vec![Change::Put(Box::new(entry))]).await.map_err(|e| e.to_string())
}
