//! The rarer steps: content enricher, XML validator, MIME coders, message digest, persist.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::{
    Coding, Conversion, Digest, DigestAlgorithm, Enrich, EnrichBy, Keyed, Mime, ReceiverChannel, SchemaSource,
    StepKind, Validate,
};
use xsd::{File, Schema};

use crate::bpmn::Node;
use crate::bundle::Bundle;
use crate::ctx::{BY_CHANNEL, Ctx, Made};
use crate::text;

/// Most schemas that a validator may choose from at run time.
const MAX_CHOICE: usize = 100;

/// Content enricher.
pub(super) fn enrich(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let receiver = match ctx.calls.get(&node.id) {
        None => return Err("no channel is attached to it".to_owned()),
        Some(Err(why)) => return Err(format!("{BY_CHANNEL}: {why}")),
        Some(Ok(name)) => name.clone(),
    };
    let answers = |c: &ReceiverChannel| matches!(c, ReceiverChannel::Http(_) | ReceiverChannel::ProcessDirect(_));
    if !ctx.receivers.get(&receiver).is_some_and(|r| answers(&r.channel)) {
        return Err("its receiver gives no answer".to_owned());
    }
    let by = match ctx.word(&node.props, "enrichmentType").as_str() {
        "multiMappingAggregation" => EnrichBy::Combine,
        "xmlLookupAggregation" | "" => EnrichBy::Key {
            into: keyed(ctx, node, "originalMessageNodePath", "originalMessageKeyElement")?,
            from: keyed(ctx, node, "resourceMessageNodePath", "resourceMessageKeyElement")?,
        },
        other => return Err(format!("the aggregation `{other}` is not known")),
    };
    Ok(StepKind::Enrich(Box::new(Enrich { receiver, by })))
}

/// Elements and their key. Paths begin at the root element, with or without a slash.
fn keyed(ctx: &mut Ctx<'_>, node: &Node, path: &str, key: &str) -> Made<Keyed> {
    let written = ctx.word(&node.props, path);
    if written.is_empty() {
        return Err(Ctx::lacks(&node.props, path, "path to its elements"));
    }
    let whole = format!("/{}", written.strip_prefix('/').unwrap_or(&written).trim_end_matches('/'));
    let xpath = ctx.xpath(&whole, &Ctx::at(&node.props, path))?;
    if xpath.plain_path().is_none_or(|p| p.steps.iter().any(|s| s.descendant)) {
        return Err(format!("`{written}` is not a plain path of elements"));
    }
    let word = ctx.word(&node.props, key);
    let key: Vec<String> = word.split('/').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect();
    if key.is_empty() {
        return Err("it has no key element".to_owned());
    }
    Ok(Keyed { path: xpath, key })
}

/// XML validator.
pub(super) fn validate(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let go_on = ctx.flag(props, "preventException", false);
    let by_header = ctx.word(props, "xmlSchemaSource").to_ascii_lowercase().contains("header");
    let header = ctx.word(props, "headerSource");
    let written =
        if by_header && !header.is_empty() { format!("${{header.{header}}}") } else { ctx.word(props, "xsd") };
    if written.is_empty() {
        return Err("no schema is chosen".to_owned());
    }
    if !written.contains("${") {
        let schema = SchemaSource::Fixed(schema(ctx, &written)?);
        return Ok(StepKind::Validate(Validate { schema, go_on }));
    }
    let template = ctx.template(&written, &Ctx::at(props, if by_header { "headerSource" } else { "xsd" }))?;
    let mut names: Vec<String> = Vec::new();
    for path in ctx.bundle.files.keys().filter(|f| f.ends_with(".xsd")) {
        names.push(path.rsplit('/').next().unwrap_or(path).to_owned());
    }
    if names.is_empty() {
        return Err("the artifact holds no schema that it could choose".to_owned());
    }
    if names.len() > MAX_CHOICE {
        ctx.differs(format!("it chooses from the first {MAX_CHOICE} schemas of the artifact"));
    }
    let mut choice = BTreeMap::new();
    for name in names.into_iter().take(MAX_CHOICE) {
        let compiled = schema(ctx, &name);
        choice.insert(name, compiled);
    }
    Ok(StepKind::Validate(Validate { schema: SchemaSource::Named(template, choice), go_on }))
}

/// A schema of the artifact, compiled once for all steps that use it.
fn schema(ctx: &mut Ctx<'_>, written: &str) -> Made<Arc<Schema>> {
    let name = written.rsplit('/').next().unwrap_or("").to_owned();
    let bundle = ctx.bundle;
    if let Some(known) = bundle.schemas.borrow().get(&name) {
        return known.clone();
    }
    ctx.schemas = ctx.schemas.checked_sub(1).ok_or("the artifact uses too many schemas")?;
    let compiled = compile(bundle, &name);
    bundle.schemas.borrow_mut().insert(name, compiled.clone());
    compiled
}

fn compile(bundle: &Bundle, name: &str) -> Made<Arc<Schema>> {
    let file = |path: &str, bytes: &[u8]| File { path: path.to_owned(), text: text::decode(bytes).into_owned() };
    let resource = |name: &str| bundle.resource("xsd", name).or_else(|| bundle.resource("wsdl", name));
    let (path, bytes) = resource(name).ok_or_else(|| format!("there is no schema `{name}` in it"))?;
    // A file is where the path says, or wherever its name is.
    let find = |path: &str| {
        let there = bundle.files.get(path).map(|bytes| (path, bytes.as_slice()));
        let found = there.or_else(|| resource(path.rsplit('/').next().unwrap_or(path)));
        found.map(|(path, bytes)| file(path, bytes))
    };
    Schema::compile(&file(path, bytes), &find).map(Arc::new).map_err(|mistakes| {
        let said: Vec<String> = mistakes.iter().take(3).map(ToString::to_string).collect();
        format!("the schema `{name}` cannot be used: {}", said.join("; "))
    })
}

/// MIME multipart encoder and decoder.
pub(super) fn mime(ctx: &mut Ctx<'_>, node: &Node, coding: Coding) -> Made<Conversion> {
    let props = &node.props;
    let inline = if coding == Coding::Encode { "MultipartAddHeadersInline" } else { "MultipartHeadersInline" };
    let mut headers = Vec::new();
    for part in ctx.word(props, "IncludeHeaders").split('|').map(str::trim).filter(|p| !p.is_empty()) {
        let plain = part.replace(".*", "*").trim_matches(['(', ')', '^', '$']).to_owned();
        if plain.contains(['[', '(', '+', '?', '\\', '.']) {
            ctx.differs(format!("headers are included by names with `*`: `{part}` is taken as `{plain}`"));
        }
        headers.push(plain);
    }
    let subtype = ctx.word(props, "MultipartSubtype").to_ascii_lowercase();
    let good = !subtype.is_empty() && subtype.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let subtype = if good { subtype } else { "mixed".to_owned() };
    if coding == Coding::Encode {
        ctx.differs("a message without attachments stays as it is");
    }
    Ok(Conversion::Mime(coding, Mime { inline: ctx.flag(props, inline, false), subtype, headers }))
}

/// Message digest.
pub(super) fn digest(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let canonical = ctx.word(props, "canonicalizationMethod");
    if !matches!(canonical.to_ascii_lowercase().as_str(), "" | "none" | "no" | "not required") {
        return Err(format!("the canonicalization `{canonical}` is not available"));
    }
    let written = ctx.word(props, "digestAlgorithm");
    let algorithm = match written.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
        "md5" => DigestAlgorithm::Md5,
        "sha1" | "sha" => DigestAlgorithm::Sha1,
        "sha256" | "" => DigestAlgorithm::Sha256,
        "sha512" => DigestAlgorithm::Sha512,
        _ => return Err(format!("the digest `{written}` is not available")),
    };
    let header = ctx.word(props, "targetHeader");
    if header.is_empty() {
        return Err(Ctx::lacks(props, "targetHeader", "target header"));
    }
    let filter = match ctx.word(props, "filter") {
        path if path.is_empty() => None,
        path => Some(ctx.xpath(&path, &Ctx::at(props, "filter"))?),
    };
    ctx.differs("the digest is written in hexadecimal");
    Ok(StepKind::Digest(Digest { algorithm, filter, header }))
}

/// Persist: the message store is the message log here.
pub(super) fn persist(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let name = match ctx.word(&node.props, "stepid") {
        name if name.is_empty() => node.id.clone(),
        name => name,
    };
    ctx.differs("the body is an attachment in the message log, as long as the log keeps it, also after a failure");
    Ok(StepKind::Persist(name))
}
