//! The stream that a channel leaves as the body of a message: it can be read again.
//!
//! Where a stream has no such method it is its text, because a script that treats the body as a text has had one.
use crate::interp::Interpreter;
use crate::streams::Source;
use crate::value::{HostObject, R, Value};
use std::any::Any;

/// What Camel calls it.
const CLASS: &str = "org.apache.camel.converter.stream.InputStreamCache";

struct Cache(Source);

/// A body as the stream that a channel leaves.
#[must_use]
pub fn stream_cache(bytes: &[u8]) -> Value {
    Value::object(Cache(Source::new(CLASS, bytes.to_vec())))
}

/// Whether a value is a stream of [`stream_cache`].
#[must_use]
pub fn is_stream_cache(v: &Value) -> bool {
    matches!(v, Value::Object(o) if o.class_name() == CLASS)
}

/// Reads a stream of [`stream_cache`] from its beginning again; `None` if the value is something else.
#[must_use]
pub fn rewound(v: &Value) -> Option<&[u8]> {
    match v {
        Value::Object(o) if o.class_name() == CLASS => o.as_any().downcast_ref::<Source>().map(Source::rewound),
        _ => None,
    }
}

impl HostObject for Cache {
    fn class_name(&self) -> &str {
        CLASS
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("toString", []) => return Ok(Some(Value::str(self.text()))),
            ("length", []) => return Ok(Some(Value::Long(self.0.rewound().len() as i64))),
            ("inMemory", []) => return Ok(Some(Value::Bool(true))),
            ("writeTo", [to]) => {
                self.0.rewound();
                return it.invoke(to, "write", vec![Value::bytes(self.0.take_all())]).map(Some);
            }
            _ => {}
        }
        if let Some(v) = self.0.call_method(it, this, name, args)? {
            return Ok(Some(v));
        }
        if crate::gdk::walks(name) || matches!(name, "getClass" | "asType" | "hashCode") {
            return Ok(None);
        }
        let text = self.text();
        it.charge(text.len())?;
        crate::gdk::text_call(it, &Value::str(text), name, args)
    }
    fn text(&self) -> String {
        String::from_utf8_lossy(self.0.rewound()).into_owned()
    }
    fn items(&self) -> Option<Vec<Value>> {
        self.0.items()
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        other.as_str().map(|t| *t == *self.text())
    }
    fn is_a(&self, class: &str) -> bool {
        class == "java.lang.Object"
            || class == "org.apache.camel.StreamCache"
            || crate::classes::is_subclass("java.io.ByteArrayInputStream", class)
            || class == CLASS
    }
    fn as_any(&self) -> &dyn Any {
        &self.0
    }
}
