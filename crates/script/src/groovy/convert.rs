//! Values of messages as values of Groovy and back.

use ::groovy::value::ListKind;
use ::groovy::{Interpreter, MapKind, MapObj, R, Value, rewound, text, throw};
use base::Timestamp;

/// Nesting of a header or property that is kept.
const MAX_DEPTH: u32 = 32;
/// Values inside one header or property that are kept.
const MAX_VALUES: u32 = 100_000;

/// A header or property as scripts see it.
pub(super) fn from_base(value: &base::Value) -> Value {
    match value {
        base::Value::Null => Value::Null,
        base::Value::Bool(flag) => Value::Bool(*flag),
        base::Value::Int(n) => i32::try_from(*n).map_or(Value::Long(*n), Value::Int),
        base::Value::Float(n) => Value::Double(*n),
        base::Value::Text(text) => Value::str(text),
        base::Value::Bytes(bytes) => Value::bytes(bytes.to_vec()),
        base::Value::List(items) => Value::list(items.iter().map(from_base).collect()),
        base::Value::Map(map) => Value::map(map.iter().map(|(k, v)| (k.clone(), from_base(v))).collect()),
    }
}

/// What is kept of a value in a header or property. Decimals become text, because that keeps every digit; times become
/// ISO text; all other objects become their `toString()`.
pub(super) fn to_base(it: &mut Interpreter<'_>, value: &Value, what: impl std::fmt::Display) -> R<base::Value> {
    let mut left = MAX_VALUES;
    inner(it, value, &what, 0, &mut left)
}

fn inner(
    it: &mut Interpreter<'_>,
    value: &Value,
    what: &dyn std::fmt::Display,
    depth: u32,
    left: &mut u32,
) -> R<base::Value> {
    *left = left.saturating_sub(1);
    if depth > MAX_DEPTH || *left == 0 {
        let text = format!("the value of {what} is nested too deeply, contains itself, or is too large");
        return Err(throw("java.lang.IllegalArgumentException", text));
    }
    Ok(match value {
        Value::Null => base::Value::Null,
        Value::Bool(flag) => base::Value::Bool(*flag),
        Value::Byte(n) => base::Value::Int(i64::from(*n)),
        Value::Short(n) => base::Value::Int(i64::from(*n)),
        Value::Int(n) => base::Value::Int(i64::from(*n)),
        Value::Long(n) => base::Value::Int(*n),
        Value::Float(n) => base::Value::Float(f64::from(*n)),
        Value::Double(n) => base::Value::Float(*n),
        Value::Bytes(bytes) => base::Value::Bytes(bytes.borrow().clone().into()),
        Value::List(list) if list.kind != ListKind::Array("char".into()) => {
            let items = list.data.borrow().clone();
            let mut out = Vec::new();
            for item in &items {
                out.push(inner(it, item, what, depth + 1, left)?);
            }
            base::Value::List(out)
        }
        Value::Set(set) => {
            let mut out = Vec::new();
            for item in set.keys() {
                out.push(inner(it, &item, what, depth + 1, left)?);
            }
            base::Value::List(out)
        }
        Value::Map(map) => {
            let mut out = Vec::new();
            for (key, item) in map.entries() {
                out.push((text_of(it, &key)?, inner(it, &item, what, depth + 1, left)?));
            }
            base::Value::Map(out.into_iter().collect())
        }
        Value::Object(o) if o.class_name() == "java.util.Date" => match it.invoke(value, "getTime", vec![])? {
            Value::Long(ms) => base::Value::Text(Timestamp(ms).to_string()),
            _ => base::Value::Text(o.text()),
        },
        _ => base::Value::Text(text_of(it, value)?),
    })
}

/// The text of a value, as Java's type converters make it: streams are read.
pub(super) fn text_of(it: &mut Interpreter<'_>, value: &Value) -> R<String> {
    Ok(match value {
        Value::Null => String::new(),
        Value::Str(s) | Value::GStr(s) => String::from(&**s),
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes.borrow()).into_owned(),
        Value::Map(_) | Value::List(_) | Value::Set(_) if !is_chars(value) => to_base(it, value, "a text")?.to_string(),
        Value::Object(_) if let Some(bytes) = rewound(value) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Object(_) if it.instance_of(value, "org.w3c.dom.Node") => xml_text(it, value)?,
        Value::Object(_) => {
            let method = if is_stream(it, value) { "getText" } else { "toString" };
            text(&it.invoke(value, method, vec![])?)
        }
        Value::Instance(_) => text(&it.invoke(value, "toString", vec![])?),
        _ => text(value),
    })
}

/// A document or one of its elements as XML.
fn xml_text(it: &mut Interpreter<'_>, node: &Value) -> R<String> {
    let new = |it: &mut Interpreter<'_>, class: &str, args: Vec<Value>| {
        it.invoke(&Value::Class(class.into()), "newInstance", args)
    };
    let factory = new(it, "javax.xml.transform.TransformerFactory", vec![])?;
    let transformer = it.invoke(&factory, "newTransformer", vec![])?;
    let writer = new(it, "java.io.StringWriter", vec![])?;
    let from = new(it, "javax.xml.transform.dom.DOMSource", vec![node.clone()])?;
    let to = new(it, "javax.xml.transform.stream.StreamResult", vec![writer.clone()])?;
    it.invoke(&transformer, "transform", vec![from, to])?;
    Ok(text(&it.invoke(&writer, "toString", vec![])?))
}

/// The bytes of a value.
pub(super) fn bytes_of(it: &mut Interpreter<'_>, value: &Value) -> R<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes.borrow().clone()),
        Value::Object(_) if let Some(bytes) = rewound(value) => Ok(bytes.to_vec()),
        Value::Object(_) => {
            let method = if it.instance_of(value, "java.io.OutputStream") {
                "toByteArray"
            } else if it.instance_of(value, "java.io.InputStream") {
                "getBytes"
            } else {
                return Ok(text_of(it, value)?.into_bytes());
            };
            match it.invoke(value, method, vec![])? {
                Value::Bytes(bytes) => Ok(bytes.borrow().clone()),
                other => Ok(text(&other).into_bytes()),
            }
        }
        _ => Ok(text_of(it, value)?.into_bytes()),
    }
}

/// Whether reading a value uses it up.
pub(super) fn is_stream(it: &mut Interpreter<'_>, value: &Value) -> bool {
    it.instance_of(value, "java.io.InputStream") || it.instance_of(value, "java.io.Reader")
}

fn is_chars(value: &Value) -> bool {
    matches!(value, Value::List(list) if list.kind == ListKind::Array("char".into()))
}

/// A stream or reader of the library.
pub(super) fn stream(it: &mut Interpreter<'_>, class: &str, bytes: Vec<u8>) -> R {
    let content =
        if class.ends_with("Reader") { Value::str(String::from_utf8_lossy(&bytes)) } else { Value::bytes(bytes) };
    it.invoke(&Value::Class(class.into()), "newInstance", vec![content])
}

/// A value as an object of a class; what does not convert is null, as in Camel.
pub(super) fn as_class(it: &mut Interpreter<'_>, value: &Value, class: &str) -> R {
    if value.is_null() {
        return Ok(Value::Null);
    }
    match class {
        "java.lang.Object" => return Ok(value.clone()),
        "java.lang.String" | "java.lang.CharSequence" => return Ok(Value::str(text_of(it, value)?)),
        "byte[]" | "[B" => return Ok(Value::bytes(bytes_of(it, value)?)),
        "java.io.Reader" | "java.io.StringReader" | "java.io.BufferedReader" => {
            let bytes = bytes_of(it, value)?;
            return stream(it, "java.io.StringReader", bytes);
        }
        "java.io.InputStream" | "java.io.ByteArrayInputStream" => {
            let bytes = bytes_of(it, value)?;
            return stream(it, "java.io.ByteArrayInputStream", bytes);
        }
        "org.w3c.dom.Document" | "org.w3c.dom.Node" => {
            let factory = Value::Class("javax.xml.parsers.DocumentBuilderFactory".into());
            let factory = it.invoke(&factory, "newInstance", vec![])?;
            it.invoke(&factory, "setNamespaceAware", vec![Value::Bool(true)])?;
            let builder = it.invoke(&factory, "newDocumentBuilder", vec![])?;
            let bytes = bytes_of(it, value)?;
            let input = stream(it, "java.io.ByteArrayInputStream", bytes)?;
            return it.invoke(&builder, "parse", vec![input]);
        }
        _ => {}
    }
    if it.instance_of(value, class) {
        return Ok(value.clone());
    }
    let text = text_of(it, value)?;
    let text = text.trim();
    Ok(match class {
        "java.lang.Integer" | "int" => text.parse().map_or(Value::Null, Value::Int),
        "java.lang.Long" | "long" => text.parse().map_or(Value::Null, Value::Long),
        "java.lang.Double" | "double" => text.parse().map_or(Value::Null, Value::Double),
        "java.lang.Float" | "float" => text.parse().map_or(Value::Null, Value::Float),
        "java.lang.Boolean" | "boolean" => match text.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Null,
        },
        "java.math.BigDecimal" | "java.math.BigInteger" => {
            it.invoke(&Value::Class(class.into()), "newInstance", vec![Value::str(text)]).unwrap_or(Value::Null)
        }
        _ => Value::Null,
    })
}

/// The full name of the class that an argument names.
pub(super) fn class_name(value: &Value) -> String {
    match value {
        Value::Class(c) => c.to_string(),
        v => text(v),
    }
}

/// A map of this kind with these entries.
pub(super) fn map_of(kind: MapKind, entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    let map = MapObj::new(kind);
    for (name, value) in entries {
        map.put(Value::str(name), value);
    }
    Value::Map(map)
}
