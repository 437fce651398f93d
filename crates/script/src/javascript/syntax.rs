//! Checks a script without running it.

use rquickjs::{CatchResultExt, CaughtError, Context, Runtime};

use super::{engine, own_columns, place, wrapped};
use crate::Limits;

/// Whether a script compiles.
///
/// # Errors
/// The first mistake: line and column (both from 1), and what is wrong.
pub fn check_syntax(path: &str, source: &str) -> Result<(), (usize, usize, String)> {
    // A thread of its own, because the caller's stack may be too small for a deeply nested script.
    let Limits { memory, stack, .. } = Limits::default();
    let check = || compile(path, source, memory, stack);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack + (1 << 20)).spawn_scoped(scope, check);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            _ => Err((1, 1, "the script engine does not start".to_owned())),
        }
    })
}

fn compile(path: &str, source: &str, memory: usize, stack: usize) -> Result<(), (usize, usize, String)> {
    let engine = |e: rquickjs::Error| (1, 1, e.to_string());
    let runtime = Runtime::new().map_err(engine)?;
    runtime.set_memory_limit(memory);
    runtime.set_max_stack_size(stack);
    // Nothing is called, but a script that closes the function around it could run: not for long.
    let mut left = 1_000_u32;
    runtime.set_interrupt_handler(Some(Box::new(move || {
        left = left.saturating_sub(1);
        left == 0
    })));
    let context = Context::full(&runtime).map_err(engine)?;
    context.with(|ctx| {
        let compiled =
            ctx.eval_with_options::<rquickjs::Value<'_>, _>(wrapped(source, "processData"), engine::options(path));
        match compiled.catch(&ctx) {
            Ok(_) => Ok(()),
            Err(CaughtError::Exception(e)) => {
                let trace = own_columns(&e.stack().unwrap_or_default(), path);
                let (line, column) = place(&trace, path).unwrap_or((1, 1));
                let lines = source.lines().count().max(1);
                Err((line.min(lines), column, e.message().unwrap_or_else(|| "the script does not compile".to_owned())))
            }
            Err(CaughtError::Error(rquickjs::Error::InvalidString(_))) => {
                Err((1, 1, "the script contains a NUL character".to_owned()))
            }
            Err(e) => Err((1, 1, e.to_string())),
        }
    })
}
