//! Comparators of Java's library.
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;

/// A comparator of Java's library.
pub(crate) struct Order {
    ignore_case: bool,
    reverse: Option<Value>,
}

impl Order {
    /// `String.CASE_INSENSITIVE_ORDER`.
    pub(crate) fn ignoring_case() -> Value {
        Value::object(Order { ignore_case: true, reverse: None })
    }
    /// `Collections.reverseOrder(…)`.
    pub(crate) fn reversed(of: Option<Value>) -> Value {
        Value::object(Order { ignore_case: false, reverse: Some(of.unwrap_or(Value::Null)) })
    }
    /// Whether it is the order of texts without case.
    pub(crate) fn ignores_case(&self) -> bool {
        self.ignore_case
    }
}

impl HostObject for Order {
    fn class_name(&self) -> &str {
        "java.util.Comparator"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match (name, args) {
            ("compare", [a, b]) => Some(match &self.reverse {
                Some(Value::Null) => Value::Int(it.compare(b, a)? as i32),
                Some(c) => it.invoke(c, "compare", vec![b.clone(), a.clone()])?,
                None => {
                    let (a, b) = (it.to_text(a)?.to_lowercase(), it.to_text(b)?.to_lowercase());
                    Value::Int(a.cmp(&b) as i32)
                }
            }),
            ("reversed", []) => Some(Order::reversed(Some(_this.clone()))),
            _ => None,
        })
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
