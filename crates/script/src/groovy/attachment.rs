//! Attachments: one object for Java's data handlers and data sources and the wrappers around them.

use std::any::Any;
use std::cell::RefCell;

use ::groovy::{HostObject, Interpreter, R, Value, text};
use base::Attachment;
use bytes::Bytes;

use super::convert::{bytes_of, map_of, stream};

/// An attachment, or one in the making.
pub(super) struct Part {
    class: &'static str,
    name: RefCell<String>,
    media_type: String,
    content: Bytes,
    headers: RefCell<Vec<(String, Value)>>,
}

/// The classes whose objects these are.
pub(super) const CLASSES: &[&str] = &[
    "javax.activation.DataHandler",
    "javax.mail.util.ByteArrayDataSource",
    "com.sap.gateway.ip.core.customdev.util.AttachmentWrapper",
    "org.apache.camel.impl.DefaultAttachment",
    "org.apache.camel.attachment.DefaultAttachment",
];

impl Part {
    /// An attachment of a message.
    pub(super) fn of(attachment: &Attachment) -> Part {
        Part {
            class: CLASSES[0],
            name: RefCell::new(attachment.name.clone()),
            media_type: attachment.media_type.clone(),
            content: attachment.content.clone(),
            headers: RefCell::default(),
        }
    }

    /// `new C(content, media type)`, or one around another.
    pub(super) fn construct(it: &mut Interpreter<'_>, class: &'static str, args: &[Value]) -> R {
        let part = match args {
            [other, ..] if other.downcast::<Part>().is_some() => {
                let mut part = other.downcast::<Part>().map(|p| Part::of(&p.attachment(p.name.borrow().clone())));
                if let Some(part) = &mut part {
                    part.class = class;
                }
                part
            }
            [content, rest @ ..] => Some(Part {
                class,
                name: RefCell::default(),
                media_type: rest.first().map_or_else(|| "application/octet-stream".to_owned(), text),
                content: bytes_of(it, content)?.into(),
                headers: RefCell::default(),
            }),
            [] => None,
        };
        Ok(part.map_or(Value::Null, Part::into_value))
    }

    pub(super) fn into_value(self) -> Value {
        Value::object(self)
    }

    /// As an attachment of a message.
    pub(super) fn attachment(&self, name: String) -> Attachment {
        Attachment { name, media_type: self.media_type.clone(), content: self.content.clone() }
    }

    fn content(&self) -> Value {
        match std::str::from_utf8(&self.content) {
            Ok(text) => Value::str(text),
            Err(_) => Value::bytes(self.content.to_vec()),
        }
    }

    fn header(&self, name: &Value) -> Value {
        let name = text(name);
        let headers = self.headers.borrow();
        headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(&name)).map_or(Value::Null, |(_, v)| v.clone())
    }

    fn remove_header(&self, name: &Value) {
        let name = text(name);
        self.headers.borrow_mut().retain(|(n, _)| !n.eq_ignore_ascii_case(&name));
    }
}

impl HostObject for Part {
    fn class_name(&self) -> &str {
        self.class
    }

    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getContent", []) => self.content(),
            ("getInputStream", []) => stream(it, "java.io.ByteArrayInputStream", self.content.to_vec())?,
            ("getBytes" | "toByteArray", []) => Value::bytes(self.content.to_vec()),
            ("getText", []) => Value::str(String::from_utf8_lossy(&self.content)),
            ("getContentType", []) => Value::str(&self.media_type),
            ("getName", []) => Value::str(&*self.name.borrow()),
            ("setName", [name]) => {
                self.name.replace(text(name));
                Value::Null
            }
            ("getSize", []) => Value::Int(i32::try_from(self.content.len()).unwrap_or(i32::MAX)),
            ("getDataHandler" | "getDataSource", []) => this.clone(),
            ("writeTo", [out]) => {
                it.invoke(out, "write", vec![Value::bytes(self.content.to_vec())])?;
                Value::Null
            }
            ("getHeader", [name]) => self.header(name),
            ("getHeaders", []) => map_of(::groovy::MapKind::Linked, self.headers.borrow().iter().cloned()),
            ("getHeaderNames", []) => Value::list(self.headers.borrow().iter().map(|(n, _)| Value::str(n)).collect()),
            ("setHeader" | "addHeader", [name, value]) => {
                self.remove_header(name);
                self.headers.borrow_mut().push((text(name), value.clone()));
                Value::Null
            }
            ("removeHeader", [name]) => {
                self.remove_header(name);
                Value::Null
            }
            _ => return Ok(None),
        }))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
