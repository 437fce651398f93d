//! JSON Schema (draft 2020-12) of a flow file, made from the tables: completion in editors.

use serde_json::{Map, Value, json};

use super::{FLOW, MapSpec, STEPS, Ty, VARIABLES, all};

/// The JSON Schema of a flow file.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Map::new();
    for spec in all(&[&FLOW, &VARIABLES], &[]) {
        if !std::ptr::eq(spec, &raw const STEPS) {
            definitions.insert(id(spec), object(spec, is_step_content(spec)));
        }
    }
    definitions.insert("step".to_owned(), step());
    definitions.insert("parameter".to_owned(), json!({ "type": "string", "pattern": "\\{\\{.+\\}\\}" }));
    let mut root = object(&FLOW, false);
    if let Some(map) = root.as_object_mut() {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), json!("Semel flow"));
        map.insert("$defs".to_owned(), Value::Object(definitions));
    }
    root
}

/// Step: one step key, and a name.
fn step() -> Value {
    let mut properties = Map::new();
    properties.insert("name".to_owned(), json!({ "type": ["string", "number"], "description": "Name of the step." }));
    let mut one_of = Vec::new();
    let mut words = Vec::new();
    for key in STEPS.keys {
        let mut ty = of(&key.ty);
        if key.name == "write-variables" {
            ty = json!({ "anyOf": [ty, { "$ref": format!("#/$defs/{}", id(&VARIABLES)) }] });
        }
        properties.insert(key.name.to_owned(), described(ty, key.doc));
        one_of.push(json!({ "required": [key.name] }));
        if matches!(&key.ty, Ty::Empty)
            || matches!(&key.ty, Ty::Either(forms) if forms.iter().any(|f| matches!(f, Ty::Empty)))
        {
            words.push(key.name);
        }
    }
    json!({ "anyOf": [
        { "type": "object", "properties": properties, "additionalProperties": false, "oneOf": one_of },
        { "enum": words },
    ] })
}

fn object(spec: &MapSpec, step: bool) -> Value {
    let mut properties = Map::new();
    for key in spec.keys {
        let mut value = described(of(&key.ty), key.doc);
        if let (Some(map), false) = (value.as_object_mut(), key.default.is_empty()) {
            map.insert("default".to_owned(), json!(key.default));
        }
        properties.insert(key.name.to_owned(), value);
    }
    if step {
        properties
            .entry("name")
            .or_insert_with(|| json!({ "type": ["string", "number"], "description": "Name of the step." }));
    }
    let required: Vec<&str> = spec.keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    let mut out =
        json!({ "type": "object", "description": spec.doc, "properties": properties, "additionalProperties": false });
    if let Some(map) = out.as_object_mut() {
        if !required.is_empty() {
            map.insert("required".to_owned(), json!(required));
        }
        if !spec.one_of.is_empty() {
            let choices: Vec<Value> = spec.one_of.iter().map(|k| json!({ "required": [k] })).collect();
            map.insert("oneOf".to_owned(), json!(choices));
        }
    }
    out
}

fn of(ty: &Ty) -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    match ty {
        Ty::Text | Ty::Template | Ty::Condition | Ty::XPath | Ty::JsonPath | Ty::Scalar | Ty::Time => scalar,
        Ty::Name => parameter(json!({ "type": ["string", "number"], "pattern": "^[A-Za-z0-9_.-]{1,80}$" })),
        Ty::Path => parameter(json!({ "type": "string", "pattern": "^/" })),
        Ty::Secret => parameter(json!({ "type": "string", "pattern": "^secret:[A-Za-z0-9_.-]{1,80}$" })),
        Ty::Duration => parameter(json!({ "type": "string", "pattern": "^\\s*([0-9]+(ms|s|m|min|h|d)\\s*)+$" })),
        Ty::Bytes => {
            parameter(json!({ "type": ["string", "integer"], "pattern": "^\\s*[0-9]+\\s*([kKmMgG]?[iI]?[bB]?)\\s*$" }))
        }
        Ty::Bool => parameter(json!({ "type": "boolean" })),
        Ty::Int(min, i64::MAX) => parameter(json!({ "type": "integer", "minimum": min })),
        Ty::Int(min, max) => parameter(json!({ "type": "integer", "minimum": min, "maximum": max })),
        Ty::Number(min, max) => parameter(json!({ "type": "number", "minimum": min, "maximum": max })),
        Ty::Choice(words) if *words == ["true"] => parameter(json!({ "enum": [true, "true"] })),
        Ty::Choice(words) => parameter(json!({ "enum": words })),
        Ty::List(item) => json!({ "type": ["array", "null"], "items": of(item) }),
        Ty::Dict(item) => json!({ "type": ["object", "null"], "additionalProperties": of(item) }),
        Ty::Map(spec) => json!({ "$ref": format!("#/$defs/{}", id(spec)) }),
        Ty::Steps => json!({ "type": ["array", "null"], "items": { "$ref": "#/$defs/step" } }),
        Ty::Empty => json!({ "type": ["object", "null"], "maxProperties": 0 }),
        Ty::Either(forms) => json!({ "anyOf": forms.iter().map(of).collect::<Vec<_>>() }),
    }
}

/// A parameter may stand wherever a scalar may.
fn parameter(value: Value) -> Value {
    json!({ "anyOf": [value, { "$ref": "#/$defs/parameter" }] })
}

fn described(mut value: Value, doc: &str) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.insert("description".to_owned(), json!(doc));
    }
    value
}

/// Whether a map is the content of a step, so that the step's name may stand in it.
fn is_step_content(spec: &MapSpec) -> bool {
    std::ptr::eq(spec, &raw const VARIABLES)
        || STEPS.keys.iter().any(|k| k.ty.map().is_some_and(|m| std::ptr::eq(m, spec)))
}

fn id(spec: &MapSpec) -> String {
    spec.name.trim_start_matches("a ").trim_start_matches("an ").to_lowercase().replace(' ', "-")
}
