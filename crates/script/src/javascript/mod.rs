//! JavaScript by QuickJS, with SAP's `processData(message)` API.
//!
//! Every context lives on a thread of its own: a script that hangs inside the engine is left behind instead of hanging
//! its caller, and questions to [`crate::Services`] are answered on the caller's thread.
//! Contexts are kept by path, source, function and limits; nothing of one call is left for the next: what is global is
//! put back, and a script that may change prototypes gets a new context for every call.

mod ask;
mod builtins;
mod pool;
mod syntax;
mod wire;
mod worker;

use crate::{Host, Invocation, ScriptError, ScriptOutput};

pub use syntax::check_syntax;

/// The JavaScript host.
#[derive(Debug, Default)]
pub struct JavaScript {
    pool: pool::Pool,
}

impl Host for JavaScript {
    fn run(&self, invocation: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        self.pool.run(invocation)
    }
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
