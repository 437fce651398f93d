//! OpenAPI and Swagger: the schema of one request or answer.

use serde_json::Value;

use super::{Child, Walk};
use crate::json::{ARRAY, Kind, OBJECT, Shape, Shapes, xml_name};
use crate::model::Target;

const DELIMITER: &str = "__$delim$__";
/// References behind each other.
const MAX_REFS: usize = 32;

/// A document, and the schema in it.
pub(super) struct Schema {
    document: Value,
    root: Value,
}

/// Reads a document; `place` names path, method, and request or answer.
pub(super) fn read(text: &str, place: &str) -> Option<Schema> {
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let mut parts = place.split(DELIMITER);
    let (path, method) = (parts.next()?, parts.next()?.to_ascii_lowercase());
    let operation = document.get("paths")?.get(path)?.get(method)?;
    let schema = match parts.next()? {
        "Request" => body(&document, operation)?,
        _ => content(&document, operation.get("responses")?.get(parts.next()?)?)?,
    };
    let root = resolve(&document, schema)?.clone();
    Some(Schema { document, root })
}

fn body<'v>(document: &'v Value, operation: &'v Value) -> Option<&'v Value> {
    if let Some(body) = operation.get("requestBody") {
        return content(document, body);
    }
    let parameters = operation.get("parameters")?.as_array()?;
    let body = parameters.iter().filter_map(|p| resolve(document, p)).find(|p| p.get("in") == Some(&"body".into()))?;
    body.get("schema")
}

fn content<'v>(document: &'v Value, holder: &'v Value) -> Option<&'v Value> {
    let holder = resolve(document, holder)?;
    if let Some(schema) = holder.get("schema") {
        return Some(schema);
    }
    let all = holder.get("content")?.as_object()?;
    all.iter().find(|(media, _)| media.contains("json")).or_else(|| all.iter().next())?.1.get("schema")
}

fn resolve<'v>(document: &'v Value, mut schema: &'v Value) -> Option<&'v Value> {
    for _ in 0..MAX_REFS {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
        schema = document.pointer(reference.strip_prefix('#')?)?;
    }
    None
}

impl Schema {
    /// The schema of an array's items, over all levels; else the schema itself.
    fn item<'v>(&'v self, mut schema: &'v Value) -> (&'v Value, bool) {
        let mut array = false;
        for _ in 0..MAX_REFS {
            schema = resolve(&self.document, schema).unwrap_or(schema);
            match schema.get("items") {
                Some(items) => (schema, array) = (items, true),
                None => break,
            }
        }
        (schema, array)
    }
}

/// How the fields are written.
pub(super) fn shapes(targets: &[Target], root: usize, schema: &Schema) -> Shapes {
    let mut all = vec![Shape::default(); targets.len()];
    let mut open = vec![(root, &schema.root)];
    while let Some((at, declared)) = open.pop() {
        let (inner, array) = schema.item(declared);
        let kind = match inner.get("type").and_then(Value::as_str) {
            Some("number" | "integer") => Kind::Number,
            Some("boolean") => Kind::Bool,
            _ => Kind::Text,
        };
        if let Some(shape) = all.get_mut(at) {
            *shape = Shape { array, kind };
        }
        for child in targets.get(at).map_or(&[] as &[usize], |t| &t.children) {
            let local = targets.get(*child).map_or("", |t| &t.step.local);
            let members = inner.get("properties").and_then(Value::as_object);
            let found = members.and_then(|m| m.iter().find(|(name, _)| xml_name(name) == local));
            open.extend(found.map(|(_, schema)| (*child, schema)));
        }
    }
    Shapes { all, typed: false }
}

impl Walk for Schema {
    type Declared = Value;

    fn root(&self, local: &str, _: Option<&str>) -> Option<Value> {
        (local == xml_name(OBJECT) || local == xml_name(ARRAY)).then(|| self.root.clone())
    }

    fn children(&self, of: &Value) -> Option<(Vec<Child<Value>>, bool)> {
        let (inner, _) = self.item(of);
        let members = inner.get("properties")?.as_object()?;
        let child = |(name, schema): (&String, &Value)| {
            let (_, array) = self.item(schema);
            Child {
                local: xml_name(name),
                attribute: false,
                least: 0,
                most: if array { None } else { Some(1) },
                declared: resolve(&self.document, schema).unwrap_or(schema).clone(),
            }
        };
        Some((members.iter().map(child).collect(), true))
    }
}
