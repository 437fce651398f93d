//! Message mappings as a script host: the mapping is the script, its schemas and Groovy libraries are the companions.

mod functions;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use ::groovy::Program;
use ::mapping::{Limits, Mapping};

use self::functions::Functions;
use crate::groovy::message::Sheet;
use crate::groovy::programs::parse;
use crate::groovy::run::{shortened, unreadable};
use crate::groovy::stack;
use crate::kept::Kept;
use crate::timer::Timer;
use crate::{Host, Invocation, ScriptError, ScriptErrorKind, ScriptOutput};

/// The host of message mappings.
#[derive(Debug, Default)]
pub struct MessageMapping {
    mappings: Kept<Compiled>,
}

/// A mapping with the libraries of its functions, by path.
struct Compiled {
    mapping: Mapping,
    libraries: BTreeMap<String, Program>,
}

impl Host for MessageMapping {
    fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        stack::enough(call.limits, || self.map(call))
    }
}

impl MessageMapping {
    fn map(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        let time = call.limits.time;
        let timer = Rc::new(Timer::begun(time));
        let (path, compiled) = self.compiled(&call)?;
        let (message, body) = (call.message.clone(), call.message.body.clone());
        let (services, limits) = (Arc::clone(call.services), call.limits);
        let sheet = Rc::new(Sheet::of(call));
        let mut functions = Functions::new(&compiled.libraries, Rc::clone(&sheet), services, Rc::clone(&timer), limits);
        let made = compiled.mapping.apply(&body, &mut functions, Limits::default());
        let failed = functions.failed.take();
        let left = made.map_err(|e| match failed {
            _ if timer.hit() => {
                ScriptError::limit(format!("the mapping ran longer than {}", base::format_duration(time)))
            }
            Some(inner) => ScriptError { message: shortened(e.text), ..inner },
            None if e.limit => ScriptError::limit(e.text),
            None => ScriptError {
                message: shortened(e.text),
                place: Some(path.clone()),
                trace: format!("{path}\n"),
                kind: ScriptErrorKind::Threw,
            },
        });
        // Functions may have set headers and properties.
        let output = left.and_then(|made| {
            let mut output = functions.output(message)?;
            output.message.body = made.body.into();
            output.body_is_text = false;
            Ok(output)
        });
        drop(functions);
        sheet.clear();
        output
    }
}

impl MessageMapping {
    /// The mapping of a call: its source, or the one among the companions that a header or property names. The function
    /// of such a call is `header:NAME` or `property:NAME`; each companion's path begins with the name of its artifact.
    fn compiled(&self, call: &Invocation<'_>) -> Result<(String, Arc<Compiled>), ScriptError> {
        let Some((kind, name)) = call.function.split_once(':') else {
            let compile = || compile(call.path, call.source, call.companions);
            let compiled = self.mappings.get(call.path, call.source, call.companions, compile)?;
            return Ok((call.path.to_owned(), compiled));
        };
        let (headers, properties) = (&call.message.headers, &call.message.properties);
        let value = if kind == "header" { headers.get(name) } else { properties.get(name) };
        let value = value.map(ToString::to_string).unwrap_or_default();
        let id = value.trim().strip_prefix("ref:").unwrap_or(value.trim());
        let folder = format!("{id}/");
        let found = call.companions.iter().find(|(path, _)| path.starts_with(&folder) && path.ends_with(".mmap"));
        let Some((path, source)) = found.filter(|_| !id.is_empty()) else {
            let message = format!("the {kind} `{name}` names no message mapping of the import: `{}`", shortened(value));
            return Err(ScriptError { message, place: None, trace: String::new(), kind: ScriptErrorKind::Threw });
        };
        let compiled = self.mappings.get(path, source, call.companions, || {
            let own = |(path, text): (&String, &String)| Some((path.strip_prefix(&folder)?.to_owned(), text.clone()));
            compile(path, source, &call.companions.iter().filter_map(own).collect())
        })?;
        Ok((path.clone(), compiled))
    }
}

fn compile(path: &str, source: &str, files: &BTreeMap<String, String>) -> Result<Compiled, ScriptError> {
    let mapping = Mapping::parse(path, source, files).map_err(|e| ScriptError {
        message: e.to_string(),
        place: Some(format!("{path}:{}", e.line)),
        trace: String::new(),
        kind: ScriptErrorKind::Threw,
    })?;
    let mut libraries = BTreeMap::new();
    for function in mapping.functions() {
        if libraries.contains_key(&function.path) {
            continue;
        }
        let Some(text) = files.get(&function.path) else { continue };
        let others = files.iter().filter(|(p, _)| **p != function.path && is_groovy(p) && text.contains(stem(p)));
        let others = others.map(|(p, t)| (p.clone(), t.clone())).collect();
        let program = parse(&function.path, text, &others).map_err(|(path, e)| unreadable(&path, &e))?;
        libraries.insert(function.path.clone(), program);
    }
    Ok(Compiled { mapping, libraries })
}

fn is_groovy(path: &str) -> bool {
    path.ends_with(".groovy") || path.ends_with(".gsh")
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether a text is a message mapping that can run with these files, and whether its libraries are Groovy.
///
/// # Errors
/// The first mistake: the file, line and column (both from 1), and what is wrong.
pub fn check_mapping(
    path: &str,
    source: &str,
    files: &BTreeMap<String, String>,
) -> Result<(), (String, usize, usize, String)> {
    let mapping = Mapping::parse(path, source, files)
        .map_err(|e| (path.to_owned(), e.line as usize, e.column as usize, e.message))?;
    for function in mapping.functions() {
        let text = files.get(&function.path).map_or("", String::as_str);
        crate::check_groovy(&function.path, text)
            .map_err(|(line, column, what)| (function.path.clone(), line, column, what))?;
    }
    Ok(())
}
