//! Java's XML classes.
use crate::free::Held;
use crate::interp::Interpreter;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;

/// `org.xml.sax.InputSource`.
pub(crate) struct InputSource(pub(crate) RefCell<Held>);

impl HostObject for InputSource {
    fn class_name(&self) -> &str {
        "org.xml.sax.InputSource"
    }
    fn call_method(&self, _: &mut Interpreter<'_>, _: &Value, _: &str, _: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
pub(crate) fn construct(class: &str, args: &[Value]) -> Option<Value> {
    Some(match class {
        "org.xml.sax.InputSource" => {
            Value::object(InputSource(RefCell::new(Held(args.first().cloned().unwrap_or(Value::Null)))))
        }
        _ => return None,
    })
}
pub(crate) fn call_static(_: &mut Interpreter<'_>, _: &str, _: &str, _: &[Value]) -> R<Option<Value>> {
    Ok(None)
}
pub(crate) fn constant(_: &str, _: &str) -> Option<Value> {
    None
}
