//! Mappings: XSLT, by a stylesheet of the artifact or by the one that a header names, and message mappings.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::{Language, MappingByHeader, Script, ScriptCall, StepKind, Transform, is_stylesheet};
use mapping::Mapping;

use super::script::mentions;
use crate::bpmn::Node;
use crate::bundle::Bundle;
use crate::ctx::{Ctx, Made};
use crate::text;

/// Largest stylesheet.
const MAX_BYTES: usize = 4 << 20;
/// Largest message mapping, and all files that those of an artifact may use.
const MAX_MAPPING: usize = 16 << 20;
const MAX_FILES: usize = 64 << 20;
const RESOURCES: &str = "src/main/resources/";

/// A mapping step.
pub(super) fn mapping(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let kind = match ctx.word(props, "subActivityType") {
        kind if kind.is_empty() => ctx.word(props, "mappingType"),
        kind => kind,
    };
    let uri = ctx.word(props, "mappinguri");
    if kind != "XSLTMapping" && !(kind.is_empty() && is_stylesheet(&uri)) {
        return message_mapping(ctx, node, &uri);
    }
    if ctx.word(props, "mappingSource") == "mappingSrcHeader" {
        let header = ctx.word(props, "mappingHeaderNameKey");
        if header.is_empty() {
            return Err("it says not which header names the stylesheet".to_owned());
        }
        ctx.differs("the header names a stylesheet of the artifact; the Partner Directory is not there");
        let all = MappingByHeader::of(header, &stylesheets(ctx));
        return Ok(StepKind::Transform(Transform::Header(Arc::new(all))));
    }
    let name = uri.rsplit('/').next().unwrap_or("");
    if name.is_empty() {
        return Err("no stylesheet is chosen".to_owned());
    }
    let (path, bytes) =
        ctx.bundle.resource("mapping", name).ok_or_else(|| format!("there is no stylesheet `{name}` in it"))?;
    if bytes.len() > MAX_BYTES {
        return Err(format!("the stylesheet `{name}` is larger than {}", base::format_bytes(MAX_BYTES as u64)));
    }
    let path = short(path).to_owned();
    let mut files = stylesheets(ctx);
    files.entry(path.clone()).or_insert_with(|| text::decode(bytes).into_owned());
    match flow::mapping(&path, &files) {
        Ok(mapping) => Ok(StepKind::Transform(Transform::File(Arc::new(mapping)))),
        Err(error) => Err(format!("the stylesheet cannot be used: {error}")),
    }
}

/// All stylesheets of the artifact: one may import others.
fn stylesheets(ctx: &Ctx<'_>) -> BTreeMap<String, String> {
    let files = ctx.bundle.files.iter().filter(|(path, bytes)| is_stylesheet(path) && bytes.len() <= MAX_BYTES);
    files.map(|(path, bytes)| (short(path).to_owned(), text::decode(bytes).into_owned())).collect()
}

fn short(path: &str) -> &str {
    path.strip_prefix(RESOURCES).unwrap_or(path)
}

/// A message mapping of this artifact, or of another one of the import.
fn message_mapping(ctx: &mut Ctx<'_>, node: &Node, uri: &str) -> Made<StepKind> {
    let props = &node.props;
    if ctx.word(props, "mappingReference") == "dynamic" {
        let by = ctx.word(props, "mappingSourceValue");
        return chosen_mapping(ctx, &by);
    }
    let name = uri.rsplit('/').next().unwrap_or("").to_owned();
    if name.is_empty() {
        return Err("no message mapping is chosen".to_owned());
    }
    if name.ends_with(".opmap") {
        return Err("operation mappings do not run".to_owned());
    }
    let id = ctx.word(props, "messageMappingBundleId");
    let own = ctx.bundle.resource("mapping", &name).is_some();
    let (bundle, folder) = match id.as_str() {
        "" => (ctx.bundle, String::new()),
        // Older exports name the artifact itself.
        id if id == ctx.bundle.id && own => (ctx.bundle, String::new()),
        id => match ctx.collections.get(id).copied() {
            Some(found) => (found, format!("{id}/")),
            None if own => (ctx.bundle, String::new()),
            None => {
                return Err(format!(
                    "the message mapping artifact `{id}` is not part of this import: give its package or zip too"
                ));
            }
        },
    };
    let (_, bytes) =
        bundle.resource("mapping", &name).ok_or_else(|| format!("there is no message mapping `{name}` in it"))?;
    if bytes.len() > MAX_MAPPING {
        return Err(format!("the mapping `{name}` is larger than {}", base::format_bytes(MAX_MAPPING as u64)));
    }
    let path = format!("{folder}mapping/{name}");
    let files = mapping_files(bundle);
    let mut shared = bundle.scripts.borrow_mut();
    let script = shared.entry((path.clone(), Language::MessageMapping)).or_insert_with(|| {
        let source = text::decode(bytes).into_owned();
        let (path, companions) = (path.clone(), Arc::clone(&files));
        Arc::new(Script { path, language: Language::MessageMapping, source, companions })
    });
    let mapping =
        compiled(bundle, &path, &script.source, &files).map_err(|e| format!("the mapping cannot be used: {e}"))?;
    let mut libraries = false;
    for function in mapping.functions() {
        libraries = true;
        let text = files.get(&function.path).map_or("", String::as_str);
        if !mentions(text, &function.name) {
            return Err(format!("the library `{}` has no function `{}`", function.library, function.name));
        }
    }
    if libraries {
        ctx.differs("its functions run without a Java virtual machine: only the script API is there");
    }
    for remark in mapping.remarks() {
        ctx.differs(remark.clone());
    }
    ctx.scripts.entry(path.clone()).or_insert_with(|| Arc::clone(script));
    Ok(StepKind::Script(ScriptCall { script: path, function: String::new() }))
}

/// A message mapping, compiled once for all steps that use it.
fn compiled(bundle: &Bundle, path: &str, text: &str, files: &BTreeMap<String, String>) -> Result<Mapping, String> {
    let mut kept = bundle.mappings.borrow_mut();
    let compile = || Mapping::parse(path, text, files).map_err(|e| e.to_string());
    kept.entry(path.to_owned()).or_insert_with(compile).clone()
}

/// The schemas and libraries that the message mappings of an artifact may use.
fn mapping_files(bundle: &Bundle) -> Arc<BTreeMap<String, String>> {
    let mut kept = bundle.mapping_files.borrow_mut();
    let files = kept.get_or_insert_with(|| {
        let used = |path: &str| {
            let ending = path.rsplit('.').next().unwrap_or("");
            matches!(ending, "xsd" | "wsdl" | "edmx" | "json" | "xml" | "groovy" | "gsh")
        };
        let mut left = MAX_FILES;
        let mut files = BTreeMap::new();
        for (path, bytes) in &bundle.files {
            if used(path) && path.contains(RESOURCES) && bytes.len() <= left {
                left -= bytes.len();
                files.insert(short(path).to_owned(), text::decode(bytes).into_owned());
            }
        }
        Arc::new(files)
    });
    Arc::clone(files)
}

/// The message mapping that a header or property names, among the mapping artifacts of the import.
fn chosen_mapping(ctx: &mut Ctx<'_>, by: &str) -> Made<StepKind> {
    let inner = by.strip_prefix("${").and_then(|b| b.strip_suffix('}')).unwrap_or("");
    let (kind, name) = inner.split_once('.').unwrap_or(("", ""));
    if !matches!(kind, "header" | "property") || name.is_empty() {
        return Err(format!("the message mapping is chosen by `{by}`, which is no header and no property"));
    }
    let mut ids: Vec<&str> = ctx.collections.keys().copied().collect();
    ids.sort_unstable();
    let mut companions = BTreeMap::new();
    let mut names = Vec::new();
    for id in ids {
        let Some(bundle) = ctx.collections.get(id).copied() else { continue };
        let Some((path, bytes)) = bundle.files.iter().find(|(p, b)| p.ends_with(".mmap") && b.len() <= MAX_MAPPING)
        else {
            continue;
        };
        let (path, source, files) = (short(path).to_owned(), text::decode(bytes).into_owned(), mapping_files(bundle));
        if let Err(error) = compiled(bundle, &path, &source, &files) {
            ctx.differs(format!("the mapping artifact `{id}` cannot be used: {error}"));
            continue;
        }
        names.push(format!("`{id}`"));
        companions.insert(format!("{id}/{path}"), source);
        companions.extend(files.iter().map(|(path, text)| (format!("{id}/{path}"), text.clone())));
    }
    if names.is_empty() {
        return Err(format!(
            "the message mapping is chosen at run time, by `{by}`, and no mapping artifact of this import can be used: \
             give their packages or zips too"
        ));
    }
    ctx.differs(format!("{kind} `{name}` names a mapping artifact of this import: {}", names.join(", ")));
    let path = format!("mapping/by-{kind}-{name}.mmap");
    let script = Script {
        path: path.clone(),
        language: Language::MessageMapping,
        source: String::new(),
        companions: Arc::new(companions),
    };
    ctx.scripts.entry(path.clone()).or_insert_with(|| Arc::new(script));
    Ok(StepKind::Script(ScriptCall { script: path, function: format!("{kind}:{name}") }))
}
