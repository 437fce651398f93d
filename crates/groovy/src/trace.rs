//! Stack traces of exceptions: where they were thrown, and how they are printed.
use crate::interp::Interpreter;
use crate::parser::SCRIPT;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;

/// `java.lang.StackTraceElement`.
struct Element {
    method: String,
    line: i32,
}

impl HostObject for Element {
    fn class_name(&self) -> &str {
        "java.lang.StackTraceElement"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getMethodName", []) => Value::str(&self.method),
            ("getClassName", []) => Value::str(SCRIPT),
            ("getFileName", []) => Value::str("Script1.groovy"),
            ("getLineNumber", []) => Value::Int(self.line),
            ("isNativeMethod", []) => Value::Bool(false),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        format!("{SCRIPT}.{}(Script1.groovy:{})", self.method, self.line)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// So many causes are printed.
const MAX_CAUSES: usize = 50;

/// Methods of exceptions about their stack trace.
pub(crate) fn method(it: &mut Interpreter<'_>, e: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match name {
        "getStackTrace" => Value::array("StackTraceElement", elements(it, e)),
        "printStackTrace" => {
            let mut out = String::new();
            let mut at = e.clone();
            for n in 0..MAX_CAUSES {
                let line = it.to_text(&at)?;
                out.push_str(if n > 0 { "Caused by: " } else { "" });
                out.push_str(&line);
                out.push('\n');
                for x in elements(it, &at) {
                    out.push_str(&format!("\tat {}\n", text(&x)));
                }
                let cause = it.invoke(&at, "getCause", vec![])?;
                if cause.is_null() || cause.same(&at) {
                    break;
                }
                at = cause;
            }
            match args.first() {
                Some(to) => {
                    it.invoke(to, "print", vec![Value::str(out)])?;
                }
                None => it.host.print(&out),
            }
            Value::Null
        }
        "fillInStackTrace" => e.clone(),
        _ => Value::Null,
    }))
}

fn elements(it: &Interpreter<'_>, e: &Value) -> Vec<Value> {
    let line = match e {
        Value::Exception(x) if x.line.get() > 0 => x.line.get(),
        _ => it.line,
    };
    let known = match e {
        Value::Exception(x) => x.trace.borrow().clone(),
        _ => vec![],
    };
    let mut out = Vec::new();
    for t in known.iter().take(50) {
        let (m, l) = t.split_once(':').unwrap_or((t, "0"));
        out.push(Value::object(Element { method: m.into(), line: l.parse().unwrap_or(0) }));
    }
    if out.is_empty() {
        out.push(Value::object(Element { method: "run".into(), line: line as i32 }));
    }
    out
}
