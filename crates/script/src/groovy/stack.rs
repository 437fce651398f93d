//! Enough stack for a script, on whichever thread it is called.

use crate::Limits;

/// What a thread's stack should be, so that scripts within the usual limits run on it as it is. On a smaller one every
/// call gets a stack of its own, which costs more than a small script.
pub const THREAD_STACK: usize = 16 << 20;

/// Room beside the script's own stack.
const HOST_STACK: usize = 2 << 20;
/// How much stack the interpreter takes for what other engines do in one unit of stack.
const FACTOR: usize = 16;
/// The largest stack of a script.
const MAX_STACK: usize = 256 << 20;

/// The stack that a script may use.
pub(crate) fn of_script(limits: Limits) -> usize {
    limits.stack.saturating_mul(FACTOR).min(MAX_STACK)
}

/// Calls something that needs what these limits allow.
pub(crate) fn enough<T>(limits: Limits, call: impl FnOnce() -> T) -> T {
    let room = of_script(limits) + HOST_STACK;
    stacker::maybe_grow(room, room, call)
}
