//! Freeing values without using one stack frame per level of nesting.
use crate::env::Env;
use crate::value::{ClosureCode, ClosureObj, EntryObj, ExceptionObj, Instance, ListObj, MapObj, RangeObj, Value};
use std::cell::{Cell, RefCell};
use std::mem::replace;
use std::rc::Rc;

/// So many levels are freed directly; what is deeper waits in `LATER`.
const DIRECT: u32 = 64;

/// What holds other values.
enum Part {
    Value(#[expect(dead_code, reason = "held to be freed")] Value),
    Env(#[expect(dead_code, reason = "held to be freed")] Rc<Env>),
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LATER: RefCell<Vec<Part>> = const { RefCell::new(Vec::new()) };
}

fn free(parts: impl Iterator<Item = Part>) {
    let depth = DEPTH.get();
    if depth > DIRECT {
        LATER.with_borrow_mut(|l| l.extend(parts));
        return;
    }
    DEPTH.set(depth + 1);
    parts.for_each(drop);
    DEPTH.set(depth);
    if depth > 0 {
        return;
    }
    while let Some(part) = LATER.with_borrow_mut(Vec::pop) {
        DEPTH.set(1);
        drop(part);
        DEPTH.set(0);
    }
}

/// Frees what an object held.
pub(crate) fn values(held: impl IntoIterator<Item = Value>) {
    free(held.into_iter().map(Part::Value));
}

impl Drop for ListObj {
    fn drop(&mut self) {
        let origin = self.origin.get_mut().take().map(Value::Map);
        values(self.data.get_mut().drain(..).chain(origin));
    }
}

impl Drop for MapObj {
    fn drop(&mut self) {
        let default = self.default.get_mut().take();
        let by = self.by.get_mut().take();
        let origin = self.origin.get_mut().take().map(Value::Map);
        values(self.data.get_mut().drain(..).flat_map(|(k, v)| [k.0, v]).chain(default).chain(by).chain(origin));
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        values(self.fields.get_mut().drain(..).map(|(_, v)| v));
    }
}

impl Drop for EntryObj {
    fn drop(&mut self) {
        let map = self.2.take().map(Value::Map).into_iter().chain(self.3.get_mut().take());
        values([replace(&mut self.0, Value::Null), replace(&mut self.1, Value::Null)].into_iter().chain(map));
    }
}

impl Drop for RangeObj {
    fn drop(&mut self) {
        values([replace(&mut self.from, Value::Null), replace(&mut self.to, Value::Null)]);
    }
}

impl Drop for ExceptionObj {
    fn drop(&mut self) {
        let own = [replace(&mut self.message, Value::Null), replace(self.cause.get_mut(), Value::Null)];
        values(own.into_iter().chain(self.suppressed.get_mut().drain(..)).chain(self.extra.drain(..).map(|(_, v)| v)));
    }
}

impl Drop for ClosureObj {
    fn drop(&mut self) {
        let delegate = self.delegate.get_mut().take();
        match replace(&mut self.code, ClosureCode::Freed) {
            ClosureCode::Block { env, .. } => {
                free(delegate.into_iter().map(Part::Value).chain([Part::Env(env)]));
            }
            ClosureCode::Method { obj, .. } => values(delegate.into_iter().chain([obj])),
            ClosureCode::Curried { of, args, .. } => {
                values(delegate.into_iter().chain(args).chain([Value::Closure(of)]));
            }
            ClosureCode::Composed { first, second } => {
                values(delegate.into_iter().chain([Value::Closure(first), Value::Closure(second)]));
            }
            ClosureCode::Memo { of, seen } => {
                let seen = seen.take().into_iter().flat_map(|(k, v)| [k.0, v]);
                values(delegate.into_iter().chain(seen).chain([Value::Closure(of)]));
            }
            ClosureCode::Trampoline { of, args } => {
                values(delegate.into_iter().chain(args).chain([Value::Closure(of)]));
            }
            ClosureCode::Identity | ClosureCode::Freed => values(delegate),
        }
    }
}

impl Drop for Env {
    fn drop(&mut self) {
        let vars = self.vars.get_mut().drain(..).map(|(_, v)| Part::Value(v));
        let closure = self.closure.take().map(|c| Part::Value(Value::Closure(c)));
        let this = self.this.take().map(Part::Value);
        free(vars.chain(self.parent.take().map(Part::Env)).chain(closure).chain(this));
    }
}

/// A value inside an object of the library.
#[derive(Clone)]
pub(crate) struct Held(pub(crate) Value);

impl Drop for Held {
    fn drop(&mut self) {
        values([replace(&mut self.0, Value::Null)]);
    }
}
