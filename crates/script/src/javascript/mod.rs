//! JavaScript by QuickJS, with SAP's `processData(message)` API.
//!
//! A call runs on a thread of its own: a script that hangs inside the engine is left behind instead of hanging its
//! caller. Where the latest calls of a script were short it runs on the caller's thread, within limits that end it soon.
//! Contexts are kept by script and function; nothing of one call is left for the next: what is global is put back, and
//! a script that may change prototypes gets a new context for every call.

mod builtins;
mod engine;
mod explain;
mod native;
mod syntax;
mod threads;
mod wire;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::host::History;
use crate::kept::Kept;
use crate::{Host, Invocation, Limits, ScriptError, ScriptErrorKind, ScriptOutput};
use engine::Engine;
use native::Sheet;

pub use syntax::check_syntax;

/// Contexts that are kept without work.
const MAX_IDLE: usize = 64;
/// How long after its time limit a script is waited for: native code of the engine does not look at the clock.
const GRACE: Duration = Duration::from_secs(1);
/// Room on a thread beside the script's own stack.
const HOST_STACK: usize = 1 << 20;
/// The largest body of a short call, in bytes.
const SHORT_BODY: usize = 16 << 10;
/// What a short call may take of memory. It bounds what native code does between two looks at the clock.
const SHORT_MEMORY: usize = 1 << 20;

/// A script, and what is known about it.
struct Script {
    path: String,
    source: String,
    /// Whether a context serves one call only.
    once: bool,
    /// Whether it can be short at all.
    brief: bool,
    history: History,
}

impl Script {
    fn is_short(&self) -> bool {
        self.brief && self.history.promises()
    }
}

/// Contexts that wait for their next call; the one used last is at the end.
#[derive(Default)]
struct Idle(Mutex<Vec<Engine>>);

impl Idle {
    fn take(&self, script: &Arc<Script>, function: &str) -> Option<Engine> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().rposition(|e| Arc::ptr_eq(&e.script, script) && e.function == function)?;
        Some(idle.remove(at))
    }

    fn give_back(&self, engine: Engine) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (idle.len() >= MAX_IDLE).then(|| idle.remove(0));
        idle.push(engine);
        drop(idle);
        // Freeing its heap takes a while.
        drop(oldest);
    }
}

/// The JavaScript host.
#[derive(Default)]
pub struct JavaScript {
    scripts: Kept<Script>,
    idle: Arc<Idle>,
    threads: threads::Threads,
}

impl fmt::Debug for JavaScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JavaScript").field("threads", &self.threads.count()).finish_non_exhaustive()
    }
}

impl Host for JavaScript {
    fn is_short(&self, path: &str, source: &str, companions: &Arc<BTreeMap<String, String>>) -> bool {
        self.scripts.known(path, source, companions).is_some_and(|script| script.is_short())
    }

    fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        let (limits, function) = (call.limits, call.function);
        if !is_identifier(function) {
            return Err(ScriptError::missing(format!("`{function}` is not the name of a JavaScript function")));
        }
        let script = self.script(&call);
        let engine = self.idle.take(&script, function);
        // Who made the limits short waits for nothing, and makes the call again with more time if it was not short.
        let must_be_short = limits == limits.short();
        let sheet = Sheet::of(call);
        let engine = match engine {
            Some(engine) if script.is_short() && sheet.message.body.len() <= SHORT_BODY => {
                if must_be_short {
                    return self.here(engine, sheet, limits);
                }
                match self.here(engine, sheet.clone(), limits.short()) {
                    Err(error) if error.kind == ScriptErrorKind::Limit => None,
                    ended => return ended,
                }
            }
            engine => engine,
        };
        if must_be_short {
            if let Some(engine) = engine {
                self.idle.give_back(engine);
            }
            return Err(ScriptError::limit("the script is not known to be short".to_owned()));
        }
        self.on_thread(engine, script, function, sheet, limits)
    }
}

impl JavaScript {
    fn script(&self, call: &Invocation<'_>) -> Arc<Script> {
        let looked_at = || {
            let once = builtins::changes(call.source);
            Ok::<_, Infallible>(Script {
                path: call.path.to_owned(),
                source: call.source.to_owned(),
                once,
                brief: !once && !builtins::may_be_long(call.source),
                history: History::default(),
            })
        };
        match self.scripts.get(call.path, call.source, call.companions, looked_at) {
            Ok(script) => script,
            Err(never) => match never {},
        }
    }

    /// A call on this thread: it ends soon.
    fn here(&self, mut engine: Engine, sheet: Sheet, limits: Limits) -> Result<ScriptOutput, ScriptError> {
        let limits = Limits { memory: limits.memory.min(engine.heap() + SHORT_MEMORY), ..limits };
        let room = stack(limits);
        let result = stacker::maybe_grow(room, room, || engine.call(sheet, limits));
        if engine.is_fit() {
            self.idle.give_back(engine);
        }
        result
    }

    /// A call on a thread of its own.
    fn on_thread(
        &self,
        engine: Option<Engine>,
        script: Arc<Script>,
        function: &str,
        sheet: Sheet,
        limits: Limits,
    ) -> Result<ScriptOutput, ScriptError> {
        let (to, from) = std::sync::mpsc::channel();
        let (function, idle) = (function.to_owned(), Arc::downgrade(&self.idle));
        let work = move || {
            let engine = match engine {
                Some(engine) => Ok(engine),
                None => Engine::new(Arc::clone(&script), function.clone()),
            };
            let mut engine = match engine {
                Ok(engine) => engine,
                Err(error) => {
                    let _ = to.send((Err(error), None));
                    return;
                }
            };
            let result = engine.call(sheet, limits);
            // Nobody hears it any more if the script was left behind.
            if engine.is_fit() {
                let _ = to.send((result, Some(engine)));
                return;
            }
            let again = script.once && !result.as_ref().is_err_and(|e| e.kind != ScriptErrorKind::Threw);
            let _ = to.send((result, None));
            drop(engine);
            // The next context is made while nobody waits.
            if again
                && let Ok(mut next) = Engine::new(script, function)
                && next.prepare(limits)
                && let Some(idle) = idle.upgrade()
            {
                idle.give_back(next);
            }
        };
        self.threads.run(stack(limits), Box::new(work)).map_err(ScriptError::limit)?;
        match from.recv_timeout(limits.time.saturating_add(GRACE)) {
            Ok((result, engine)) => {
                if let Some(engine) = engine {
                    self.idle.give_back(engine);
                }
                result
            }
            Err(RecvTimeoutError::Timeout) => Err(ScriptError::too_long(limits.time)),
            Err(RecvTimeoutError::Disconnected) => {
                Err(ScriptError::missing("the thread of the script ended by itself".to_owned()))
            }
        }
    }
}

/// The stack that a thread needs for a call.
fn stack(limits: Limits) -> usize {
    limits.stack.min(engine::MAX_STACK) + HOST_STACK
}

/// The script is compiled inside a function, so that its variables begin anew with every call.
const PREFIX: &str = "(function(){";

/// The source to evaluate: gives a function that runs the script and gives the function asked for.
fn wrapped(source: &str, function: &str) -> String {
    format!("{PREFIX}{source}\n;return typeof {function}===\"undefined\"?undefined:{function};\n}})")
}

/// A stack with columns as in the author's file: the first line has the prefix in front.
fn own_columns(trace: &str, path: &str) -> String {
    let mark = format!("{path}:1:");
    let mut out = String::with_capacity(trace.len());
    let mut rest = trace;
    while let Some(at) = rest.find(&mark) {
        let (before, after) = rest.split_at(at + mark.len());
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (column, tail) = after.split_at(digits);
        out.push_str(before);
        match column.parse::<usize>() {
            Ok(n) => out.push_str(&n.saturating_sub(PREFIX.len()).max(1).to_string()),
            Err(_) => out.push_str(column),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Line and column of the first place of the file in a stack.
fn place(stack: &str, path: &str) -> Option<(usize, usize)> {
    let at = stack.find(&format!("{path}:"))? + path.len();
    let mut numbers = stack[at..].split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
    Some((numbers.next()?.parse().ok()?, numbers.next().and_then(|n| n.parse().ok()).unwrap_or(1)))
}

/// Whether a name can be a function of a script.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}
