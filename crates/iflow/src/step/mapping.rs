//! Mappings: XSLT runs, by a stylesheet of the artifact or by the one that a header names.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::{MappingByHeader, StepKind, Transform, is_stylesheet};

use crate::bpmn::Node;
use crate::ctx::{Ctx, Made};
use crate::text;

/// Largest stylesheet.
const MAX_BYTES: usize = 4 << 20;
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
        return Err("Semel runs no message mappings".to_owned());
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
