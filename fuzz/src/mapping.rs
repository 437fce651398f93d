//! A message mapping, a message and a schema of the target, with NULs between: what parses runs with tight limits.

use std::collections::BTreeMap;

use base::Timestamp;
use mapping::{Entry, Function, Host, Kind, Limits, Mapping, Value};

/// A host whose functions give back what they are given.
struct World;

impl Host for World {
    fn kind(&mut self, function: &Function) -> Result<Kind, String> {
        Ok(if function.name.len().is_multiple_of(2) { Kind::Values } else { Kind::Contexts })
    }

    fn call_values(&mut self, _: &Function, args: &[Value]) -> Result<Value, String> {
        args.first().cloned().ok_or_else(|| "no argument".to_owned())
    }

    fn call_contexts(&mut self, function: &Function, args: &[&[Value]]) -> Result<Vec<Vec<Entry>>, String> {
        let each = |v: &Value| [Entry::Value(v.clone()), Entry::ContextChange];
        Ok(args.iter().take(function.outputs).map(|a| a.iter().flat_map(each).collect()).collect())
    }

    fn header(&mut self, name: &str) -> Option<String> {
        (name.len() < 5).then(|| name.to_owned())
    }

    fn property(&mut self, _: &str) -> Option<String> {
        None
    }

    fn map_value(&mut self, _: (&str, &str), value: &str, _: (&str, &str)) -> Option<String> {
        (value.len() < 3).then(|| value.to_owned())
    }

    fn now(&mut self) -> Timestamp {
        Timestamp(1_772_719_629_123)
    }
}

/// Compiles and applies.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.split('\0');
    let source = parts.next().unwrap_or("");
    let body = parts.next().unwrap_or("<S><g><i>1</i><i>2</i></g><g/><g><i>3</i></g></S>");
    let schema = parts.next().unwrap_or("").to_owned();
    let files = ["xsd/target.xsd", "json/target.json", "script/t.groovy"].map(|path| (path.to_owned(), schema.clone()));
    let mapping = match Mapping::parse("fuzz.mmap", source, &BTreeMap::from(files)) {
        Ok(mapping) => mapping,
        Err(error) => {
            assert!(error.line > 0 && error.column > 0, "{error}: no place");
            return;
        }
    };
    let limits = Limits { steps: 200_000, bytes: 4 << 20 };
    if let Ok(output) = mapping.apply(body.as_bytes(), &mut World, limits) {
        assert!(std::str::from_utf8(&output.body).is_ok(), "not UTF-8");
    }
}
