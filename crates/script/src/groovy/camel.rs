//! What scripts reach beside the message: the exchange, exceptions of receivers, and services that do nothing.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ::groovy::value::ExceptionObj;
use ::groovy::{HostObject, Interpreter, MapKind, R, Value, text};
use base::Message;

use super::convert::{as_class, class_name, map_of};
use super::message::{Sheet, SheetObject};
use crate::caught;

/// The exception of an exception subprocess. That of a script that threw holds what it threw as its cause, and one of a
/// receiver that answered holds the answer.
pub(super) fn exception(message: &str, thrown: Option<&str>, before: &Message) -> Value {
    let text = Value::str(message);
    if let Some(class) = thrown {
        return made("javax.script.ScriptException", text.clone(), ::groovy::exception(class, text), Vec::new());
    }
    let Some((status, reason, body)) = caught::answer(before) else {
        return ::groovy::exception("java.lang.Exception", text);
    };
    let extra = vec![
        ("statusCode".into(), Value::Int(status)),
        ("statusText".into(), Value::str(reason)),
        ("responseBody".into(), Value::str(body)),
        ("responseHeaders".into(), map_of(MapKind::Linked, [])),
        ("redirectLocation".into(), Value::Null),
    ];
    made(caught::HTTP_FAILED, text, Value::Null, extra)
}

fn made(class: &str, message: Value, cause: Value, extra: Vec<(std::sync::Arc<str>, Value)>) -> Value {
    Value::Exception(Rc::new(ExceptionObj {
        class: class.into(),
        message,
        cause: RefCell::new(cause),
        line: Cell::new(0),
        suppressed: RefCell::default(),
        trace: RefCell::default(),
        extra,
    }))
}

/// The constants of `Exchange`: names of headers and properties.
pub(super) fn constant(name: &str) -> Option<&'static str> {
    Some(match name {
        "AUTHENTICATION" => "CamelAuthentication",
        "BATCH_INDEX" => "CamelBatchIndex",
        "CHARSET_NAME" => "CamelCharsetName",
        "CONTENT_ENCODING" => "Content-Encoding",
        "CONTENT_LENGTH" => "Content-Length",
        "CONTENT_TYPE" => "Content-Type",
        "CORRELATION_ID" => "CamelCorrelationId",
        "DEFAULT_CHARSET_PROPERTY" => "org.apache.camel.default.charset",
        "EXCEPTION_CAUGHT" => "CamelExceptionCaught",
        "FAILURE_ENDPOINT" => "CamelFailureEndpoint",
        "FILE_LENGTH" => "CamelFileLength",
        "FILE_NAME" => "CamelFileName",
        "FILE_NAME_ONLY" => "CamelFileNameOnly",
        "FILE_PATH" => "CamelFilePath",
        "FILE_PARENT" => "CamelFileParent",
        "HTTP_BASE_URI" => "CamelHttpBaseUri",
        "HTTP_CHARACTER_ENCODING" => "CamelHttpCharacterEncoding",
        "HTTP_METHOD" => "CamelHttpMethod",
        "HTTP_PATH" => "CamelHttpPath",
        "HTTP_QUERY" => "CamelHttpQuery",
        "HTTP_RESPONSE_CODE" => "CamelHttpResponseCode",
        "HTTP_RESPONSE_TEXT" => "CamelHttpResponseText",
        "HTTP_SERVLET_REQUEST" => "CamelHttpServletRequest",
        "HTTP_URI" => "CamelHttpUri",
        "HTTP_URL" => "CamelHttpUrl",
        "LOOP_INDEX" => "CamelLoopIndex",
        "LOOP_SIZE" => "CamelLoopSize",
        "MESSAGE_HISTORY" => "CamelMessageHistory",
        "REDELIVERED" => "CamelRedelivered",
        "REDELIVERY_COUNTER" => "CamelRedeliveryCounter",
        "SOAP_ACTION" => "CamelSoapAction",
        "SPLIT_COMPLETE" => "CamelSplitComplete",
        "SPLIT_INDEX" => "CamelSplitIndex",
        "SPLIT_SIZE" => "CamelSplitSize",
        "TIMER_NAME" => "CamelTimerName",
        "TO_ENDPOINT" => "CamelToEndpoint",
        "TRANSFER_ENCODING" => "Transfer-Encoding",
        _ => return None,
    })
}

/// `message.exchange`.
pub(super) struct Exchange(pub(super) Rc<Sheet>);

impl HostObject for Exchange {
    fn class_name(&self) -> &str {
        "org.apache.camel.Exchange"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getProperty", [name]) => self.0.property(&text(name)),
            ("getProperty", [name, Value::Class(class)]) => as_class(it, &self.0.property(&text(name)), class)?,
            ("getProperty", [name, default]) => match self.0.property(&text(name)) {
                Value::Null => default.clone(),
                value => value,
            },
            ("getProperties" | "getAllProperties", []) => self.0.properties(),
            ("setProperty", [name, value]) => {
                self.0.set_property(name, value.clone());
                Value::Null
            }
            ("getIn" | "getOut" | "getMessage", _) => Value::object(SheetObject::of_exchange(Rc::clone(&self.0))),
            ("getExchangeId", []) => Value::str(&self.0.id),
            ("getFromRouteId", []) => Value::str(&self.0.flow),
            ("getException", _) => self.0.property("CamelExceptionCaught"),
            ("isFailed", []) => Value::Bool(!self.0.property("CamelExceptionCaught").is_null()),
            ("getContext", []) => Value::object(Context(Rc::clone(&self.0))),
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `message.exchange.context`: the flow's name and Camel's type converter.
struct Context(Rc<Sheet>);

impl HostObject for Context {
    fn class_name(&self) -> &str {
        "org.apache.camel.CamelContext"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getName" | "getManagementName", []) => Value::str(&self.0.flow),
            ("getTypeConverter", []) => this.clone(),
            ("convertTo" | "mandatoryConvertTo" | "tryConvertTo", [class, .., value]) => {
                as_class(it, value, &class_name(class))?
            }
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A service of SAP's runtime that is not here: every call is taken and gives another one. Scripts write to such
/// services (business documents of B2B monitoring), they do not need what comes back.
pub(super) struct Absent(pub(super) String);

/// Packages whose classes are absent in this way.
const PACKAGES: &[&str] = &["com.sap.it.op.", "com.sap.it.nm.", "org.osgi."];

/// Whether a class is one whose objects may do nothing.
pub(super) fn is_absent(class: &str) -> bool {
    PACKAGES.iter().any(|p| class.starts_with(p))
}

impl Absent {
    /// Its object, named for messages.
    pub(super) fn value(class: &str) -> Value {
        Value::object(Absent(class.to_owned()))
    }
}

impl HostObject for Absent {
    fn class_name(&self) -> &str {
        &self.0
    }

    fn get_property(&self, _it: &mut Interpreter<'_>, this: &Value, name: &str) -> R<Option<Value>> {
        Ok((name != "class").then(|| this.clone()))
    }

    fn set_property(&self, _it: &mut Interpreter<'_>, _name: &str, _value: Value) -> R<bool> {
        Ok(true)
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        let own = matches!(name, "getClass" | "toString" | "equals" | "hashCode" | "is" | "asType" | "with");
        Ok((!own).then(|| this.clone()))
    }

    fn text(&self) -> String {
        String::new()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `MappingContext` of functions for message mappings.
pub(crate) struct MappingContext(pub(crate) Rc<Sheet>);

impl HostObject for MappingContext {
    fn class_name(&self) -> &str {
        "com.sap.it.api.mapping.MappingContext"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getProperty", [name]) => self.0.property(&text(name)),
            ("getHeader", [name]) => self.0.header(&text(name)),
            ("setProperty", [name, value]) => {
                self.0.set_property(name, value.clone());
                Value::Null
            }
            ("setHeader", [name, value]) => {
                self.0.set_header(name, value.clone());
                Value::Null
            }
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What a context change is in an `Output`.
pub(crate) const CONTEXT_CHANGE: &str = "__CC__";

/// `Output` of functions for message mappings. Walking over it gives its values; suppressed ones are null.
#[derive(Default)]
pub(crate) struct Output(RefCell<Vec<Value>>);

impl HostObject for Output {
    fn class_name(&self) -> &str {
        "com.sap.it.api.mapping.Output"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let added = match (name, args) {
            ("addValue", [value]) => value.clone(),
            ("addSuppress", []) => Value::Null,
            ("addContextChange", []) => Value::str(CONTEXT_CHANGE),
            ("isSuppress", [value]) => return Ok(Some(Value::Bool(value.is_null()))),
            ("isContextChange", [value]) => {
                return Ok(Some(Value::Bool(value.as_str().is_some_and(|v| &*v == CONTEXT_CHANGE))));
            }
            _ => return Ok(None),
        };
        // Counted as a call, so that the limits hold.
        it.invoke(&Value::Bool(true), "booleanValue", vec![])?;
        self.0.borrow_mut().push(added);
        Ok(Some(Value::Null))
    }

    fn items(&self) -> Option<Vec<Value>> {
        Some(self.0.borrow().clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
