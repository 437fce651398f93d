//! The thread of one context: it waits for calls and runs them.

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use rquickjs::{
    CatchResultExt, CaughtError, Coerced, Context, Ctx, Function, Object, Runtime, Value, context::EvalOptions,
};

use super::ask::{Answer, Question};
use super::pool::Key;
use super::{builtins, own_columns, place, wire, wrapped};
use crate::timer::Timer;
use crate::{PartnerQuestion, ScriptError, ScriptErrorKind};

/// Room on the thread beside the script's own stack.
const HOST_STACK: usize = 1 << 20;
/// The largest stack of a script.
const MAX_STACK: usize = 64 << 20;
/// The longest message and the longest trace that are kept, in bytes.
const MAX_TEXT: usize = 16 << 10;

pub(super) enum ToWorker {
    Call(wire::Input),
    Answer(Answer),
}

pub(super) enum FromWorker {
    Ask(Question),
    Done(Result<Done, ScriptError>),
}

/// What one call left: the changes as JSON, the kind of body, the body.
pub(super) struct Done {
    pub(super) changes: String,
    pub(super) kind: String,
    pub(super) body: String,
}

/// Starts the thread. It ends when the caller's side is dropped.
pub(super) fn start(
    key: Key,
    jobs: Receiver<ToWorker>,
    results: Sender<FromWorker>,
    alive: Arc<()>,
) -> std::io::Result<()> {
    let stack = key.limits.stack.min(MAX_STACK);
    std::thread::Builder::new().name("script".to_owned()).stack_size(stack + HOST_STACK).spawn(move || {
        let line = Line { jobs: Mutex::new(jobs), results };
        serve(&key, stack, Arc::new(line));
        drop(alive);
    })?;
    Ok(())
}

/// The thread's end of the channels.
struct Line {
    jobs: Mutex<Receiver<ToWorker>>,
    results: Sender<FromWorker>,
}

impl Line {
    /// `None` once nobody is there any more.
    fn next(&self) -> Option<ToWorker> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    fn ask(&self, question: Question) -> Answer {
        let answer = self.results.send(FromWorker::Ask(question)).ok().and_then(|()| self.next());
        match answer {
            Some(ToWorker::Answer(answer)) => answer,
            _ => Answer::Nothing,
        }
    }

    fn done(&self, result: Result<Done, ScriptError>) {
        // Nobody waits any more if the script was left behind.
        let _ = self.results.send(FromWorker::Done(result));
    }
}

/// Serves calls. Where a context cannot be used for another call, the next one is made while nobody waits.
fn serve(key: &Key, stack: usize, line: Arc<Line>) {
    let timer = Arc::new(Timer::new());
    let once = builtins::changes(&key.source);
    let mut next = After::Wait;
    while next != After::End {
        let made = Runtime::new().and_then(|runtime| {
            runtime.set_memory_limit(key.limits.memory);
            runtime.set_max_stack_size(stack);
            let watch = Arc::clone(&timer);
            runtime.set_interrupt_handler(Some(Box::new(move || watch.is_over())));
            Context::full(&runtime)
        });
        next = match made {
            Ok(context) => context.with(|ctx| serve_calls(&ctx, key, &timer, &line, next, once)),
            Err(e) => {
                let _ = line.next();
                line.done(Err(ScriptError::missing(format!("the script engine does not start: {e}"))));
                After::End
            }
        };
    }
}

/// What follows on the calls of a context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// Another context, that loads when its first call comes: that one's caller is told if it cannot.
    Wait,
    /// Another context, that loads before its first call comes.
    Prepare,
    /// Nothing.
    End,
}

fn serve_calls(ctx: &Ctx<'_>, key: &Key, timer: &Timer, line: &Arc<Line>, begin: After, once: bool) -> After {
    let mut loaded = None;
    if begin == After::Prepare {
        timer.begin(key.limits.time);
        match load(ctx, key, line).catch(ctx) {
            Ok(functions) => loaded = Some(functions),
            Err(_) => return After::Wait,
        }
    }
    while let Some(ToWorker::Call(input)) = line.next() {
        timer.begin(key.limits.time);
        let ready = match &loaded {
            Some(functions) => Ok(functions),
            None => load(ctx, key, line).map(|functions| &*loaded.insert(functions)),
        };
        let result = ready.and_then(|loaded| call(loaded, input));
        match result.catch(ctx) {
            Ok(Some([changes, kind, body])) => line.done(Ok(Done { changes, kind, body })),
            Ok(None) => {
                line.done(Err(ScriptError::missing(format!("{} has no function `{}`", key.path, key.function))))
            }
            Err(error) => line.done(Err(explain(ctx, error, key, timer))),
        }
        // Nobody waits now.
        let Some(loaded) = &loaded else { return After::End };
        if once || loaded.tidy.call::<_, ()>(()).catch(ctx).is_err() {
            return After::Prepare;
        }
    }
    After::End
}

/// What a context has loaded: the prelude's entrance and what it cleans up with, and the compiled script.
struct Loaded<'js> {
    run: Function<'js>,
    tidy: Function<'js>,
    script: Function<'js>,
}

/// Loads the prelude and the script.
fn load<'js>(ctx: &Ctx<'js>, key: &Key, line: &Arc<Line>) -> rquickjs::Result<Loaded<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", Function::new(ctx.clone(), |text: String| tracing::debug!(target: "script", "{text}"))?)?;
    native.set("encode", Function::new(ctx.clone(), |text: String| wire::latin1(text.as_bytes()))?)?;
    native.set("decode", Function::new(ctx.clone(), |latin1: String| wire::text(&wire::bytes(&latin1)))?)?;
    let asks = Arc::clone(line);
    native.set(
        "secret",
        Function::new(ctx.clone(), move |name: String| match asks.ask(Question::Secret(name)) {
            Answer::Secret(secret) => Some(vec![secret.user, secret.password]),
            _ => None,
        })?,
    )?;
    let asks = Arc::clone(line);
    let map = move |five: Vec<String>| -> Option<String> {
        let five = <[String; 5]>::try_from(five).ok()?;
        asks.ask(Question::Map(five)).into_text()
    };
    native.set("map", Function::new(ctx.clone(), map)?)?;
    let asks = Arc::clone(line);
    let partner = move |question: Vec<String>| -> Option<String> {
        asks.ask(Question::Partner(partner_question(question)?)).into_text()
    };
    native.set("partner", Function::new(ctx.clone(), partner)?)?;
    let prelude: Function<'js> = ctx.eval_with_options(include_str!("prelude.js"), options("prelude.js"))?;
    let made = prelude.call::<_, Vec<Function<'js>>>((native,))?;
    let [run, tidy] = <[Function<'js>; 2]>::try_from(made).map_err(|_| rquickjs::Error::Unknown)?;
    let script: Function<'js> = ctx.eval_with_options(wrapped(&key.source, &key.function), options(&key.path))?;
    Ok(Loaded { run, tidy, script })
}

/// What a script asks the directory of partners: the method's name and its arguments.
fn partner_question(words: Vec<String>) -> Option<PartnerQuestion> {
    let mut words = words.into_iter();
    let (method, mut next) = (words.next()?, || words.next());
    Some(match method.as_str() {
        "getParameter" => {
            let name = next()?;
            PartnerQuestion::Parameter { partner: next()?, name }
        }
        "getPartnerId" => PartnerQuestion::Partner { agency: next()?, scheme: next()?, id: next()? },
        "getAlternativePartnerId" => PartnerQuestion::OtherId { agency: next()?, scheme: next()?, partner: next()? },
        _ => PartnerQuestion::OfUser(next()?),
    })
}

/// Scripts are not strict: those written for Rhino set variables without declaring them.
pub(super) fn options(path: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(path.replace('\0', ""));
    options
}

fn call(loaded: &Loaded<'_>, input: wire::Input) -> rquickjs::Result<Option<[String; 3]>> {
    let raw = rquickjs::function::Opt(input.raw);
    let left: Option<Vec<String>> = loaded.run.call((loaded.script.clone(), input.given, input.text, raw))?;
    Ok(left.and_then(|parts| <[String; 3]>::try_from(parts).ok()))
}

/// A failure in words for the operator, with a trace for the author.
fn explain<'js>(ctx: &Ctx<'js>, error: CaughtError<'js>, key: &Key, timer: &Timer) -> ScriptError {
    if timer.hit() {
        return ScriptError::too_long(key.limits.time);
    }
    let memory = || {
        ScriptError::limit(format!(
            "the script used more than {} of memory",
            base::format_bytes(key.limits.memory as u64)
        ))
    };
    let (name, message, trace) = match error {
        CaughtError::Exception(e) => {
            let name: Option<String> = e.as_object().get("name").ok();
            (name.unwrap_or_default(), e.message().unwrap_or_default(), e.stack().unwrap_or_default())
        }
        // The engine throws null when there is no memory left for an error.
        CaughtError::Value(value) if value.is_null() => {
            return ScriptError::limit("the script threw null, or no memory was left for an error".to_owned());
        }
        CaughtError::Value(value) => (String::new(), thrown(ctx, &value), String::new()),
        CaughtError::Error(rquickjs::Error::Allocation) => return memory(),
        CaughtError::Error(e) => (String::new(), e.to_string(), String::new()),
    };
    match (name.as_str(), message.as_str()) {
        ("InternalError", "out of memory") => memory(),
        ("InternalError", m) if m.contains("stack overflow") => nested(key),
        ("RangeError" | "InternalError", m) if m.contains("call stack size") => nested(key),
        _ => {
            let message = if message.is_empty() && !name.is_empty() { name } else { message };
            let trace = own_columns(&trace, &key.path);
            let place = match place(&trace, &key.path) {
                Some((line, _)) => format!("{}:{line}", key.path),
                None => key.path.clone(),
            };
            let (message, trace) = (shortened(message), shortened(trace));
            ScriptError { message, place: Some(place), trace, kind: ScriptErrorKind::Threw }
        }
    }
}

fn nested(key: &Key) -> ScriptError {
    let stack = base::format_bytes(key.limits.stack as u64);
    ScriptError::limit(format!("the calls of the script are nested too deeply (more than {stack} of stack)"))
}

/// What was thrown, where it is not an `Error`.
fn thrown<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    if let Some(message) = value.as_object().and_then(|o| o.get::<_, String>("message").ok()) {
        return message;
    }
    match value.get::<Coerced<String>>().catch(ctx) {
        Ok(text) => text.0,
        Err(_) => "the script threw something that has no text".to_owned(),
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
