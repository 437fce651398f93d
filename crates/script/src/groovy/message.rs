//! The message as scripts see it, and what they leave on it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ::groovy::{
    HostObject, Interpreter, MapKind, MapObj, R, Thrown, Value, is_stream_cache, rewound, stream_cache, text, throw,
};
use base::{Attachment, Headers, Message, Properties};
use bytes::Bytes;

use super::attachment::Part;
use super::camel;
use super::convert::{as_class, bytes_of, class_name, from_base, is_stream, map_of, text_of, to_base};
use crate::{Invocation, LogAttachment, ScriptOutput};

/// The name under which scripts read the message's id, as a header and as a property.
const LOG_ID: &str = "SAP_MessageProcessingLogID";
/// The property that holds the exception.
const CAUGHT: &str = "CamelExceptionCaught";
/// Headers, properties or attachments of a message.
const MAX_NAMES: usize = 20_000;
/// What one script may put into the message log.
const MAX_LOG: usize = 1_000;

/// A message while a script works on it.
pub(crate) struct Sheet {
    /// The body as it came.
    came: Bytes,
    /// Whether the body came as a text.
    came_as_text: bool,
    /// Headers and properties as they came, and whether the message's id was among them.
    before: RefCell<(Headers, Properties)>,
    had_id: (bool, bool),
    /// `None`: as it came, and never asked for.
    body: RefCell<Option<Value>>,
    headers: Value,
    properties: Value,
    attachments: Value,
    caught: Option<Value>,
    pub(super) id: String,
    pub(super) flow: String,
    memory: usize,
    logged: Cell<usize>,
    custom: RefCell<Vec<(String, String)>>,
    logged_properties: RefCell<Vec<(String, String)>>,
    log: RefCell<Vec<LogAttachment>>,
}

impl Sheet {
    pub(crate) fn of(call: Invocation<'_>) -> Sheet {
        let (before, id) = (call.message, call.message_id.to_string());
        let caught = call.exception.map(|message| camel::exception(message, call.thrown, &before));
        let attachments = before.attachments.iter().map(|a| (a.name.clone(), Part::of(a).into_value()));
        let attachments = map_of(MapKind::Linked, attachments);
        let Message { headers: before_headers, properties: before_properties, body, .. } = before;
        let had_id = (before_headers.get(LOG_ID).is_some(), before_properties.contains_key(LOG_ID));
        let given = |had: bool| if had { None } else { Some((LOG_ID, Value::str(&id))) };
        let headers = before_headers.iter().map(|(name, value)| (name, from_base(value)));
        let headers = distinct(MapKind::IgnoreCase, headers.chain(given(had_id.0)));
        let properties = before_properties.iter().map(|(name, value)| (name.as_str(), from_base(value)));
        let properties = distinct(MapKind::Hash, properties.chain(given(had_id.1)));
        if let (Value::Map(properties), Some(caught)) = (&properties, &caught) {
            properties.put(Value::str(CAUGHT), caught.clone());
        }
        Sheet {
            came: body,
            came_as_text: call.body_is_text,
            before: RefCell::new((before_headers, before_properties)),
            had_id,
            body: RefCell::new(None),
            headers,
            properties,
            attachments,
            caught,
            id,
            flow: call.flow.to_owned(),
            memory: call.limits.memory,
            logged: Cell::new(0),
            custom: RefCell::default(),
            logged_properties: RefCell::default(),
            log: RefCell::default(),
        }
    }

    /// Lets go of all values: some may hold the message itself.
    pub(crate) fn clear(&self) {
        self.body.take();
        for map in [&self.headers, &self.properties, &self.attachments] {
            if let Value::Map(map) = map {
                map.clear();
            }
        }
    }

    /// The body: what the script set, or a text, or the stream that a channel left. Streams can be read again.
    fn body(&self, it: &mut Interpreter<'_>) -> R {
        let set = self.body.borrow().clone();
        let body = match set {
            Some(value) if is_stream_cache(&value) || !is_stream(it, &value) => return Ok(value),
            // Reading it uses it up; the message keeps what was in it.
            Some(value) if it.instance_of(&value, "java.io.InputStream") => stream_cache(&bytes_of(it, &value)?),
            Some(reader) => Value::str(text_of(it, &reader)?),
            None => match std::str::from_utf8(&self.came) {
                Ok(text) if self.came_as_text => Value::str(text),
                _ => stream_cache(&self.came),
            },
        };
        self.body.replace(Some(body.clone()));
        Ok(body)
    }

    /// The body as an object of a class.
    fn body_as(&self, it: &mut Interpreter<'_>, class: &str) -> R {
        if self.body.borrow().is_none() && matches!(class, "byte[]" | "[B") {
            return Ok(Value::bytes(self.came.to_vec()));
        }
        if self.body.borrow().is_none() && matches!(class, "java.lang.String" | "java.lang.CharSequence") {
            return Ok(Value::str(String::from_utf8_lossy(&self.came)));
        }
        let body = self.body(it)?;
        if rewound(&body).is_some() && it.instance_of(&body, class) {
            return Ok(body);
        }
        as_class(it, &body, class)
    }

    /// Puts an attachment into the message log.
    pub(super) fn attach(&self, name: String, media_type: String, text: String) -> R<()> {
        self.count(name.len() + text.len())?;
        self.log.borrow_mut().push(LogAttachment { name, media_type, text });
        Ok(())
    }

    /// Puts a custom header property into the message log.
    pub(super) fn custom(&self, name: String, value: String) -> R<()> {
        self.count(name.len() + value.len())?;
        self.custom.borrow_mut().push((name, value));
        Ok(())
    }

    /// Sets a property of the message log; a later value takes the place of an earlier one.
    pub(super) fn logged_property(&self, name: String, value: String) -> R<()> {
        self.count(name.len() + value.len())?;
        let mut all = self.logged_properties.borrow_mut();
        match all.iter_mut().find(|p| p.0 == name) {
            Some(known) => known.1 = value,
            None => all.push((name, value)),
        }
        Ok(())
    }

    fn count(&self, bytes: usize) -> R<()> {
        self.logged.set(self.logged.get().saturating_add(bytes));
        let rows = self.log.borrow().len() + self.custom.borrow().len() + self.logged_properties.borrow().len();
        if rows >= MAX_LOG || self.logged.get() > self.memory {
            return Err(Thrown::Limit("the script puts too much into the message log".to_owned()));
        }
        Ok(())
    }

    /// The property of a name.
    pub(crate) fn property(&self, name: &str) -> Value {
        let Value::Map(map) = &self.properties else { return Value::Null };
        map.get_str(name).unwrap_or(Value::Null)
    }

    /// The header of a name.
    pub(crate) fn header(&self, name: &str) -> Value {
        let Value::Map(map) = &self.headers else { return Value::Null };
        map.get_str(name).unwrap_or(Value::Null)
    }

    /// Sets a property.
    pub(super) fn set_property(&self, name: &Value, value: Value) {
        if let Value::Map(map) = &self.properties {
            map.put(as_name(name), value);
        }
    }

    /// Sets a header.
    pub(super) fn set_header(&self, name: &Value, value: Value) {
        if let Value::Map(map) = &self.headers {
            map.put(as_name(name), value);
        }
    }

    /// The live map of the properties.
    pub(super) fn properties(&self) -> Value {
        self.properties.clone()
    }

    /// What the script left. Nothing else is asked of it afterwards.
    pub(crate) fn output(&self, it: &mut Interpreter<'_>) -> R<ScriptOutput> {
        let (headers, properties) = self.before.take();
        let mut message = Message { headers, properties, body: self.came.clone(), attachments: Vec::new() };
        let body_is_text = match self.body.borrow().clone() {
            None => self.came_as_text,
            Some(set) => {
                let bytes = bytes_of(it, &set)?;
                // A body that is the same stays the same piece of memory.
                if self.came != bytes {
                    message.body = bytes.into();
                }
                matches!(set, Value::Str(_) | Value::GStr(_))
            }
        };
        let now = rows(&self.headers, "headers")?;
        let same = unchanged(&now, message.headers.iter());
        let (mut left, mut next) = (now.into_iter().skip(same), None);
        if same < message.headers.len() {
            let kept = keep(it, &mut left, message.headers.iter_mut().skip(same), "header", None)?;
            message.headers.truncate(same + kept.count);
            next = kept.next;
        }
        for (name, value) in next.into_iter().chain(left) {
            let name = text_of(it, &name)?;
            if !self.is_given(&name, &value, self.had_id.0) {
                let value = to_base(it, &value, format_args!("header '{name}'"))?;
                message.headers.set(name, value);
            }
        }
        let now = rows(&self.properties, "properties")?;
        let same = unchanged(&now, message.properties.iter().map(|(name, value)| (name.as_str(), value)));
        let (mut left, mut next) = (now.into_iter().skip(same), None);
        if same < message.properties.len() {
            let before = message.properties.iter_mut().skip(same).map(|(name, value)| (name.as_str(), value));
            let kept = keep(it, &mut left, before, "property", self.caught.as_ref())?;
            message.properties.truncate(same + kept.count);
            next = kept.next;
        }
        for (name, value) in next.into_iter().chain(left) {
            let name = text_of(it, &name)?;
            if !self.is_given(&name, &value, self.had_id.1) {
                let value = kept_value(it, &value, ("property", &name), self.caught.as_ref())?;
                message.properties.insert(name, value);
            }
        }
        for (name, value) in rows(&self.attachments, "attachments")? {
            let name = text_of(it, &name)?;
            message.attachments.push(match value.downcast::<Part>() {
                Some(part) => part.attachment(name),
                None => Attachment { name, media_type: "text/plain".to_owned(), content: bytes_of(it, &value)?.into() },
            });
        }
        Ok(ScriptOutput {
            message,
            body_is_text,
            headers: self.custom.take(),
            log_properties: self.logged_properties.take(),
            attachments: self.log.take(),
        })
    }

    /// Whether a row is the id that every script is given.
    fn is_given(&self, name: &str, value: &Value, before: bool) -> bool {
        !before && name.eq_ignore_ascii_case(LOG_ID) && value.as_str().is_some_and(|v| *v == *self.id)
    }
}

/// Rows of a map that stand where they stood, and the first one that does not.
struct Kept {
    count: usize,
    next: Option<(Value, Value)>,
}

/// How many rows are as they were, from the first one on. Mostly a script leaves nearly all alone.
fn unchanged<'a>(rows: &[(Value, Value)], before: impl Iterator<Item = (&'a str, &'a base::Value)>) -> usize {
    let same = |((name, value), (old_name, old)): &(&(Value, Value), (&str, &base::Value))| {
        name.text() == Some(*old_name) && is_same(value, old)
    };
    rows.iter().zip(before).take_while(same).count()
}

/// Brings what still stands at its place up to date.
fn keep<'a>(
    it: &mut Interpreter<'_>,
    rows: &mut impl Iterator<Item = (Value, Value)>,
    before: impl Iterator<Item = (&'a str, &'a mut base::Value)>,
    what: &str,
    caught: Option<&Value>,
) -> R<Kept> {
    let mut count = 0;
    for (old_name, old) in before {
        let Some((name, value)) = rows.next() else { break };
        if name.text() != Some(old_name) {
            return Ok(Kept { count, next: Some((name, value)) });
        }
        let is_given = old_name == CAUGHT && caught.is_some_and(|caught| caught.same(&value));
        if !is_given && !is_same(&value, old) {
            *old = kept_value(it, &value, (what, old_name), caught)?;
        }
        count += 1;
    }
    Ok(Kept { count, next: None })
}

/// What is kept of a header or a property: of the exception that the script was given, its message.
fn kept_value(
    it: &mut Interpreter<'_>,
    value: &Value,
    (what, name): (&str, &str),
    caught: Option<&Value>,
) -> R<base::Value> {
    match (caught, value) {
        (Some(caught), Value::Exception(e)) if caught.same(value) => Ok(base::Value::Text(text(&e.message))),
        _ => to_base(it, value, format_args!("{what} '{name}'")),
    }
}

/// Whether a value is what it was.
fn is_same(value: &Value, before: &base::Value) -> bool {
    match (value, before) {
        (Value::Str(now), base::Value::Text(before)) => **now == **before,
        (Value::Int(now), base::Value::Int(before)) => i64::from(*now) == *before,
        (Value::Long(now), base::Value::Int(before)) => now == before,
        (Value::Bool(now), base::Value::Bool(before)) => now == before,
        (Value::Null, base::Value::Null) => true,
        _ => false,
    }
}

/// The name of a header or a property.
fn as_name(name: &Value) -> Value {
    match name {
        Value::Str(_) => name.clone(),
        name => Value::str(text(name)),
    }
}

/// A map of names that are different ones for it.
fn distinct<'a>(kind: MapKind, entries: impl Iterator<Item = (&'a str, Value)>) -> Value {
    Value::Map(MapObj::of(kind, entries.map(|(name, value)| (Value::str(name), value))))
}

/// The entries of a map in the order in which they came.
fn rows(map: &Value, what: &str) -> R<Vec<(Value, Value)>> {
    let Value::Map(map) = map else { return Ok(Vec::new()) };
    if map.len() > MAX_NAMES {
        return Err(Thrown::Limit(format!("the message has more than {MAX_NAMES} {what}")));
    }
    Ok(map.data.borrow().iter().map(|(k, v)| (k.0.clone(), v.clone())).collect())
}

/// `com.sap.gateway.ip.core.customdev.util.Message`, or the message of Camel's exchange.
pub(super) struct SheetObject(Rc<Sheet>, bool);

impl SheetObject {
    pub(super) fn new(sheet: Rc<Sheet>) -> Self {
        SheetObject(sheet, false)
    }

    /// The message of an exchange, which gives a header without being told its class.
    pub(super) fn of_exchange(sheet: Rc<Sheet>) -> Self {
        SheetObject(sheet, true)
    }

    fn part(&self, name: &Value) -> Option<Value> {
        let Value::Map(map) = &self.0.attachments else { return None };
        map.get(name)
    }
}

/// Puts all entries of one map in place of those of another.
fn replace(old: &Value, new: &Value) -> R {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            let entries = new.entries();
            old.clear();
            for (name, value) in entries {
                old.put(name, value);
            }
        }
        (Value::Map(old), Value::Null) => old.clear(),
        _ => return Err(throw("java.lang.IllegalArgumentException", "a map is needed here")),
    }
    Ok(Value::Null)
}

impl HostObject for SheetObject {
    fn class_name(&self) -> &str {
        "com.sap.gateway.ip.core.customdev.util.Message"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let sheet = &self.0;
        Ok(Some(match (name, args) {
            ("getBody", []) => sheet.body(it)?,
            ("getBody", [class]) => sheet.body_as(it, &class_name(class))?,
            ("setBody", [value]) => {
                sheet.body.replace(Some(value.clone()));
                Value::Null
            }
            ("getBodySize", []) => {
                let size = match &*sheet.body.borrow() {
                    None => Some(sheet.came.len()),
                    Some(_) => None,
                };
                let size = match size {
                    Some(size) => size,
                    None => {
                        let body = sheet.body(it)?;
                        bytes_of(it, &body)?.len()
                    }
                };
                Value::Long(i64::try_from(size).unwrap_or(i64::MAX))
            }
            ("getHeaders", []) => sheet.headers.clone(),
            ("getProperties", []) => sheet.properties.clone(),
            ("setHeaders", [map]) => replace(&sheet.headers, map)?,
            ("setProperties", [map]) => replace(&sheet.properties, map)?,
            ("getHeader", [name]) if self.1 => sheet.header(&text(name)),
            ("getHeader", [name, class]) => as_class(it, &sheet.header(&text(name)), &class_name(class))?,
            ("getProperty", [name]) => sheet.property(&text(name)),
            ("getProperty", [name, class]) => as_class(it, &sheet.property(&text(name)), &class_name(class))?,
            ("setHeader", [name, value]) => {
                sheet.set_header(name, value.clone());
                Value::Null
            }
            ("setProperty", [name, value]) => {
                sheet.set_property(name, value.clone());
                Value::Null
            }
            ("removeHeader", [name]) => match &sheet.headers {
                Value::Map(map) => map.remove(name).unwrap_or(Value::Null),
                _ => Value::Null,
            },
            ("getAttachments" | "getAttachmentObjects" | "getAttachmentWrapperObjects", []) => {
                sheet.attachments.clone()
            }
            ("setAttachments" | "setAttachmentObjects" | "setAttachmentWrapperObjects", [map]) => {
                replace(&sheet.attachments, map)?
            }
            ("getAttachmentsSize", []) => match &sheet.attachments {
                Value::Map(map) => Value::Long(i64::try_from(map.len()).unwrap_or(i64::MAX)),
                _ => Value::Long(0),
            },
            ("addAttachmentObject" | "addAttachment", [name, part]) => {
                if let Value::Map(map) = &sheet.attachments {
                    map.put(name.clone(), part.clone());
                }
                Value::Null
            }
            ("getAttachment", [name]) => self.part(name).unwrap_or(Value::Null),
            ("addAttachmentHeader" | "setAttachmentHeader", [header, value, part]) => match self.part(part) {
                Some(part) => it.invoke(&part, "setHeader", vec![header.clone(), value.clone()])?,
                None => Value::Null,
            },
            ("getAttachmentHeader", [header, part]) => match self.part(part) {
                Some(part) => it.invoke(&part, "getHeader", vec![header.clone()])?,
                None => Value::Null,
            },
            ("removeAttachmentHeader", [header, part]) => match self.part(part) {
                Some(part) => it.invoke(&part, "removeHeader", vec![header.clone()])?,
                None => Value::Null,
            },
            ("getSoapHeaders", []) => Value::list(Vec::new()),
            ("setSoapHeaders" | "clearSoapHeaders", _) => Value::Null,
            ("getMessageId", []) => Value::str(&sheet.id),
            ("getExchange", []) => Value::object(camel::Exchange(Rc::clone(sheet))),
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
