//! The message log as scripts fill it, and loggers.

use std::any::Any;
use std::rc::Rc;

use ::groovy::{HostObject, Interpreter, R, Value, text};

use super::convert::text_of;
use super::message::Sheet;

/// `messageLogFactory`.
pub(super) struct LogFactory(pub(super) Rc<Sheet>);

impl HostObject for LogFactory {
    fn class_name(&self) -> &str {
        "com.sap.it.api.msglog.MessageLogFactory"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok((name == "getMessageLog").then(|| Value::object(MessageLog(Rc::clone(&self.0)))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What of the message log a script may fill.
struct MessageLog(Rc<Sheet>);

impl HostObject for MessageLog {
    fn class_name(&self) -> &str {
        "com.sap.it.api.msglog.MessageLog"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("addAttachmentAsString", [name, content, rest @ ..]) => {
                let media_type = rest.first().filter(|t| !t.is_null()).map_or_else(|| "text/plain".to_owned(), text);
                let content = text_of(it, content)?;
                self.0.attach(text(name), media_type, content)?;
            }
            ("addCustomHeaderProperty", [name, value]) => {
                let value = text_of(it, value)?;
                self.0.custom(text(name), value)?;
            }
            (
                "setStringProperty" | "setIntegerProperty" | "setLongProperty" | "setBooleanProperty"
                | "setFloatProperty" | "setDoubleProperty" | "setDateProperty",
                [name, value],
            ) => {
                let value = text_of(it, value)?;
                self.0.logged_property(text(name), value)?;
            }
            _ => return Ok(None),
        }
        Ok(Some(Value::Null))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A logger of SLF4J and the like: its lines go to the server's own log.
pub(super) struct Logger;

impl HostObject for Logger {
    fn class_name(&self) -> &str {
        "org.slf4j.Logger"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match name {
            "info" | "debug" | "warn" | "error" | "trace" | "severe" | "fine" | "warning" => {
                let words: Vec<String> = args.iter().map(text).collect();
                tracing::debug!(target: "script", "{}", words.join(" "));
                Some(Value::Null)
            }
            _ if name.starts_with("is") && name.ends_with("Enabled") => Some(Value::Bool(true)),
            "getName" => Some(Value::str("script")),
            _ => None,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
