//! Scripts: of the artifact itself, or of a script collection.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use flow::{Language, Script, ScriptCall, StepKind};

use crate::bpmn::Node;
use crate::bundle::Bundle;
use crate::ctx::{Ctx, Made};
use crate::text;

/// Largest script.
const MAX_BYTES: usize = 4 << 20;

/// Whether a script step holds JavaScript; old versions only show it by the file's ending.
pub(super) fn is_javascript(node: &Node) -> bool {
    match node.props.raw("subActivityType") {
        "JavaScript" => true,
        "GroovyScript" => false,
        _ => node.props.raw("script").trim().ends_with(".js"),
    }
}

/// The other Groovy scripts of the artifact that a script uses.
fn companions(bundle: &Bundle, folder: &str, path: &str, source: &str) -> Arc<BTreeMap<String, String>> {
    let groovy = |name: &str| name.ends_with(".groovy") || name.ends_with(".gsh");
    let files = bundle.files.iter().filter(|(name, bytes)| groovy(name) && bytes.len() <= MAX_BYTES);
    let others: Vec<(String, Cow<'_, str>)> = files
        .map(|(name, bytes)| {
            (format!("{folder}script/{}", name.rsplit('/').next().unwrap_or(name)), text::decode(bytes))
        })
        .collect();
    flow::companions(path, source, others.iter().map(|(name, text)| (name.as_str(), text.as_ref())))
}

/// A script step.
pub(super) fn script(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let written = ctx.word(props, "script");
    let name = written.rsplit('/').next().unwrap_or("");
    if name.is_empty() {
        return Err("no script is chosen".to_owned());
    }
    let collection = ctx.word(props, "scriptBundleId");
    let (bundle, folder) = match collection.as_str() {
        "" => (ctx.bundle, String::new()),
        id => {
            let found = ctx.collections.get(id).copied();
            let found = found.ok_or_else(|| {
                format!("the script collection `{id}` is not part of this import: give its package or zip too")
            })?;
            (found, format!("{id}/"))
        }
    };
    let (_, bytes) = bundle.resource("script", name).ok_or_else(|| format!("there is no script `{name}` in it"))?;
    let path = format!("{folder}script/{name}");
    let language = if is_javascript(node) { Language::JavaScript } else { Language::Groovy };
    ctx.differs(match language {
        Language::JavaScript => "the script runs in another engine than Rhino: Java classes are not there",
        Language::Groovy | Language::MessageMapping => {
            "the script runs without a Java virtual machine: only the script API is there"
        }
    });
    if bytes.len() > MAX_BYTES {
        return Err(format!("the script `{name}` is larger than {}", base::format_bytes(MAX_BYTES as u64)));
    }
    // Flows share the scripts of a collection.
    let mut shared = bundle.scripts.borrow_mut();
    let script = shared.entry((path.clone(), language)).or_insert_with(|| {
        let source = text::decode(bytes).into_owned();
        let companions = match language {
            Language::Groovy => companions(bundle, &folder, &path, &source),
            Language::JavaScript | Language::MessageMapping => Arc::default(),
        };
        Arc::new(Script { path: path.clone(), language, source, companions })
    });
    let function = match ctx.word(props, "scriptFunction") {
        f if f.is_empty() => "processData".to_owned(),
        f => f,
    };
    if !mentions(&script.source, &function) {
        return Err(format!("the script `{name}` has no function `{function}`"));
    }
    ctx.scripts.entry(path.clone()).or_insert_with(|| Arc::clone(script));
    Ok(StepKind::Script(ScriptCall { script: path, function }))
}

/// Whether a name is a word of a script: one that is not cannot be its function.
pub(super) fn mentions(source: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    source.match_indices(name).any(|(at, _)| {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}
