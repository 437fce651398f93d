//! Executors, futures and `System.out`.
use super::stream::apply;
use crate::free::Held;
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::Cell;

/// Executors: what is submitted runs at once.
struct Executor(Cell<bool>);

/// `Executors.newFixedThreadPool(…)`.
pub(super) fn executor() -> Value {
    Value::object(Executor(Cell::new(false)))
}

/// What has come out of a task.
struct Future(Result<Held, Held>);

/// A future that is done.
pub(super) fn done(v: Value) -> Value {
    Value::object(Future(Ok(Held(v))))
}

/// Runs a task at once.
pub(super) fn future(it: &mut Interpreter<'_>, f: &Value) -> R {
    match apply(it, f, "call", vec![]) {
        Ok(v) => Ok(done(v)),
        Err(crate::value::Thrown::Exception(e)) => Ok(Value::object(Future(Err(Held(e))))),
        Err(e) => Err(e),
    }
}

impl HostObject for Executor {
    fn class_name(&self) -> &str {
        "java.util.concurrent.ThreadPoolExecutor"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("submit" | "schedule", [f, ..]) => future(it, f)?,
            ("execute", [f]) => {
                apply(it, f, "run", vec![])?;
                Value::Null
            }
            ("invokeAll", [fs, ..]) => {
                let mut out = Vec::new();
                for f in it.items_of(fs)? {
                    out.push(future(it, &f)?);
                }
                Value::list(out)
            }
            ("shutdown", _) => {
                self.0.set(true);
                Value::Null
            }
            ("shutdownNow", _) => {
                self.0.set(true);
                Value::list(vec![])
            }
            ("awaitTermination", _) => Value::Bool(true),
            ("isShutdown" | "isTerminated", _) => Value::Bool(self.0.get()),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Future {
    fn class_name(&self) -> &str {
        "java.util.concurrent.FutureTask"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "get" | "join" | "getNow" => match &self.0 {
                Ok(v) => v.0.clone(),
                Err(e) => {
                    let x = crate::error::exception(
                        "java.util.concurrent.ExecutionException",
                        Value::str(it.to_text(&e.0)?),
                    );
                    if let Value::Exception(x) = &x {
                        x.cause.replace(e.0.clone());
                    }
                    return Err(crate::value::Thrown::Exception(x));
                }
            },
            "isDone" => Value::Bool(true),
            "isCancelled" | "cancel" => Value::Bool(false),
            "thenApply" | "thenAccept" | "thenCompose" => match (&self.0, args.first()) {
                (Ok(v), Some(f)) => {
                    let r = apply(it, f, "apply", vec![v.0.clone()])?;
                    if name == "thenCompose" { r } else { done(r) }
                }
                _ => this.clone(),
            },
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `System.out`.
struct Out;

/// `System.out`.
pub(super) fn out() -> Value {
    Value::object(Out)
}

impl HostObject for Out {
    fn class_name(&self) -> &str {
        "java.io.PrintStream"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match name {
            "print" | "println" | "printf" => it.script_method(name, args),
            "format" => it.script_method("printf", args),
            "write" | "leftShift" | "append" => it.script_method("print", args).map(|_| Some(this.clone())),
            "flush" | "close" => Ok(Some(Value::Null)),
            _ => Ok(None),
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
