//! A context that has loaded one script, and its calls. It may go from thread to thread between calls.

use std::fmt;
use std::sync::Arc;

use rquickjs::{CatchResultExt, Context, Ctx, Function, Runtime, Value, context::EvalOptions};

use super::explain::explain;
use super::native::{self, Desk, Sheet};
use super::{Script, builtins, wire, wrapped};
use crate::timer::Timer;
use crate::{Limits, ScriptError, ScriptErrorKind, ScriptOutput};

/// The largest stack of a script: the engine does not look at the stack where it may be larger.
pub(super) const MAX_STACK: usize = 16 << 20;
/// A context is thrown away after so many calls: its heap is freed with it.
const MAX_CALLS: u32 = 10_000;

/// The context.
pub(super) struct Engine {
    // Fields are dropped in this order.
    context: Context,
    runtime: Runtime,
    pub(super) script: Arc<Script>,
    pub(super) function: String,
    timer: Arc<Timer>,
    desk: Desk,
    /// What it is set to.
    memory: usize,
    stack: usize,
    /// What the heap took before the first short call.
    heap: Option<usize>,
    loaded: bool,
    /// With `java.js`.
    java: bool,
    calls: u32,
    /// Whether nothing of a call is left.
    clean: bool,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("script", &self.script.path).field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// What a context has loaded: the prelude's entrance, what it cleans up with, what takes in `java.js`, and the compiled
/// script.
type Loaded<'js> = Vec<Function<'js>>;

impl Engine {
    /// A context that loads its script with its first call.
    pub(super) fn new(script: Arc<Script>, function: String) -> Result<Self, ScriptError> {
        let fault = |e: rquickjs::Error| ScriptError::missing(format!("the script engine does not start: {e}"));
        let runtime = Runtime::new().map_err(fault)?;
        let timer = Arc::new(Timer::new());
        let watch = Arc::clone(&timer);
        runtime.set_interrupt_handler(Some(Box::new(move || watch.is_over())));
        let context = Context::full(&runtime).map_err(fault)?;
        Ok(Engine {
            context,
            runtime,
            script,
            function,
            timer,
            desk: Desk::default(),
            memory: 0,
            stack: 0,
            heap: None,
            loaded: false,
            java: false,
            calls: 0,
            clean: true,
        })
    }

    /// What the heap takes without any call.
    pub(super) fn heap(&mut self) -> usize {
        let runtime = &self.runtime;
        *self.heap.get_or_insert_with(|| usize::try_from(runtime.memory_usage().malloc_size).unwrap_or_default())
    }

    /// Whether it can make another call.
    pub(super) fn is_fit(&self) -> bool {
        self.clean && self.loaded && self.calls < MAX_CALLS
    }

    /// Loads the script ahead of its first call. Whether it could.
    pub(super) fn prepare(&mut self, limits: Limits) -> bool {
        self.limit(limits);
        let Engine { context, script, function, desk, java, .. } = self;
        *java = builtins::names_java(&script.source);
        self.loaded = context.with(|ctx| load(&ctx, script, function, desk, *java).is_ok());
        self.loaded
    }

    fn limit(&mut self, limits: Limits) {
        self.timer.begin(limits.time);
        let stack = limits.stack.min(MAX_STACK);
        if self.memory != limits.memory {
            self.runtime.set_memory_limit(limits.memory);
            self.memory = limits.memory;
        }
        if self.stack != stack {
            self.runtime.set_max_stack_size(stack);
            self.stack = stack;
        }
    }

    /// One call, on a thread that has this stack.
    pub(super) fn call(&mut self, sheet: Sheet, limits: Limits) -> Result<ScriptOutput, ScriptError> {
        self.limit(limits);
        // Exceptions are Java's.
        let java = sheet.exception.is_some() || !self.loaded && builtins::names_java(&self.script.source);
        let java_is_missing = java && !self.java;
        self.java |= java;
        self.desk.put(sheet);
        let (timer, script) = (&self.timer, &self.script);
        let (result, clean) = self.context.with(|ctx| {
            let failure = |error| match timer.hit() {
                true => ScriptError::too_long(limits.time),
                false => explain(&ctx, error, &script.path, limits),
            };
            let loaded = match ctx.userdata::<Loaded<'_>>() {
                Some(loaded) if java_is_missing => load_java(&ctx, &loaded).map(|()| loaded.clone()),
                Some(loaded) => Ok(loaded.clone()),
                None => load(&ctx, script, &self.function, &self.desk, java),
            };
            let loaded = match loaded.catch(&ctx) {
                Ok(loaded) => loaded,
                Err(error) => return (Err(failure(error)), false),
            };
            self.loaded = true;
            let begun = timer.elapsed();
            let result = match perform(&ctx, &loaded, &self.desk).catch(&ctx) {
                Ok(Some(output)) => Ok(output),
                Ok(None) => Err(ScriptError::missing(format!("{} has no function `{}`", script.path, self.function))),
                Err(error) => Err(failure(error)),
            };
            let met = result.as_ref().is_err_and(|e| e.kind == ScriptErrorKind::Limit);
            script.history.note_time(if met { u64::MAX } else { timer.elapsed().saturating_sub(begun) });
            (result, !script.once && loaded[1].call::<_, ()>(()).is_ok())
        });
        self.desk.take();
        let sound = result.as_ref().err().is_none_or(|e| e.kind == ScriptErrorKind::Threw);
        self.clean = clean && sound;
        // What waits for a promise is never done, and stays with the context.
        self.calls += if self.runtime.is_job_pending() { 10 } else { 1 };
        result
    }
}

/// Calls the script. `None` if it does not have the function.
fn perform<'js>(ctx: &Ctx<'js>, loaded: &Loaded<'js>, desk: &Desk) -> rquickjs::Result<Option<ScriptOutput>> {
    let exception = rquickjs::function::Opt(desk.with(|sheet| sheet.exception(ctx))?);
    let left: Value<'js> = loaded[0].call((loaded[3].clone(), exception))?;
    if left.is_null() {
        return Ok(None);
    }
    let Some(mut sheet) = desk.take() else { return Err(rquickjs::Error::Unknown) };
    let left = match left.as_object() {
        Some(left) => wire::take(left, &mut sheet.message)?,
        None => wire::Left::default(),
    };
    Ok(Some(ScriptOutput {
        message: sheet.message,
        body_is_text: sheet.body_is_text,
        headers: left.headers,
        log_properties: left.log_properties,
        attachments: left.attachments,
    }))
}

/// Loads the prelude and the script.
fn load<'js>(
    ctx: &Ctx<'js>,
    script: &Script,
    function: &str,
    desk: &Desk,
    java: bool,
) -> rquickjs::Result<Loaded<'js>> {
    let native = native::functions(ctx, desk)?;
    let prelude: Function<'js> = ctx.eval_with_options(include_str!("prelude.js"), options("prelude.js"))?;
    let mut loaded = prelude.call::<_, Loaded<'js>>((native,))?;
    if java {
        load_java(ctx, &loaded)?;
    }
    loaded.push(ctx.eval_with_options(wrapped(&script.source, function), options(&script.path))?);
    let _ = ctx.store_userdata(loaded.clone());
    Ok(loaded)
}

fn load_java<'js>(ctx: &Ctx<'js>, loaded: &Loaded<'js>) -> rquickjs::Result<()> {
    let java: Function<'js> = ctx.eval_with_options(include_str!("java.js"), options("java.js"))?;
    loaded[2].call((java,))
}

/// Scripts are not strict: those written for Rhino set variables without declaring them.
pub(super) fn options(path: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(path.replace('\0', ""));
    options
}
