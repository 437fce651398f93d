//! Converters and coders.

use flow::{BadCharacters, CleanXml, Coding, Conversion, CsvFormat, JsonNames, OtherNames, StepKind};
use roxmltree::Node as Xml;

use crate::bpmn::Node;
use crate::ctx::{Ctx, Made};
use crate::{text, xml};

use super::more;

/// Most columns that a schema may name.
const MAX_COLUMNS: usize = 2_000;
/// Largest schema, in bytes.
const MAX_SCHEMA: usize = 2 << 20;
/// Most namespaces of a converter.
const MAX_NAMESPACES: usize = 200;

/// XML to JSON.
pub(super) fn xml_to_json(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let keep_root = !ctx.flag(props, "xmlJsonSuppressRootElement", false);
    let streaming = ctx.flag(props, "xmlJsonUseStreaming", false);
    let mut arrays = Vec::new();
    for row in ctx.table(props, "xmlJsonPathTable")? {
        let path = row.at(0).trim().trim_end_matches('/');
        let local = |step: &str| step.rsplit(':').next().unwrap_or(step).to_owned();
        let steps: Vec<String> = path.trim_start_matches('/').split('/').map(local).collect();
        let whole = path.starts_with('/') && !path.starts_with("//");
        let plain = !steps.iter().any(|s| s.is_empty() || s.contains(['*', '[', '(']));
        match steps.last() {
            _ if path.is_empty() => {}
            // Only with streaming the root can be an array.
            Some(_) if whole && steps.len() == 1 && !streaming => {}
            // Names below the root element stand alone in old artifacts.
            Some(_) if whole && plain => arrays.push(format!("/{}", steps.join("/"))),
            Some(last) if steps.len() == 1 && plain => arrays.push(last.clone()),
            Some(last) => {
                ctx.differs("elements of a listed name become arrays wherever they stand");
                arrays.push(last.clone());
            }
            None => {}
        }
    }
    if streaming && ctx.word(props, "xmlJsonConvertAllElements").eq_ignore_ascii_case("all") {
        arrays = vec!["*".to_owned(), "/*".to_owned()];
    }
    let names = names(ctx, node)?.map(|names| {
        // With streaming SAP does not see in time that a namespace has no name in JSON.
        JsonNames { others: if streaming { OtherNames::Kept } else { OtherNames::Refused }, ..names }
    });
    Ok(StepKind::Convert(Conversion::XmlToJson { keep_root, arrays, names }))
}

/// JSON to XML.
pub(super) fn json_to_xml(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let add = ctx.flag(props, "addXMLRootElement", true);
    // Old converters have no such setting, and read JSON that has its root element.
    let always = ctx.flag(props, "addXMLRootElement", false);
    let name = ctx.word(props, "additionalRootElementName");
    let mut name = if name.is_empty() { "root".to_owned() } else { name };
    let names = names(ctx, node)?.filter(|names| !names.prefixes.is_empty());
    let space = ctx.word(props, "additionalRootElementNamespace");
    if add && !space.is_empty() {
        let known = names.as_ref().and_then(|n| {
            let (prefix, _) = n.prefixes.iter().find(|(prefix, uri)| *uri == space || *prefix == space)?;
            Some(format!("{prefix}{}{name}", n.separator))
        });
        match known {
            Some(known) => name = known,
            None => ctx.differs("the added root element has no namespace"),
        }
    }
    Ok(StepKind::Convert(Conversion::JsonToXml { root: add.then_some(name), always, names, strict: true }))
}

/// Namespaces and their prefixes in JSON, in the order of either direction.
fn names(ctx: &mut Ctx<'_>, node: &Node) -> Made<Option<JsonNames>> {
    let props = &node.props;
    if !ctx.flag(props, "useNamespaces", true) {
        return Ok(None);
    }
    let mut prefixes = Vec::new();
    for row in ctx.table(props, "jsonNamespaceMapping")?.iter().take(MAX_NAMESPACES) {
        let (first, second) = (row.at(0).trim().to_owned(), row.at(1).trim().to_owned());
        let (prefix, uri) = if first.contains([':', '/']) { (second, first) } else { (first, second) };
        let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !prefix.is_empty() && prefix.chars().all(good) && prefix.starts_with(|c: char| c.is_alphabetic() || c == '_')
        {
            prefixes.push((prefix, uri));
        }
    }
    let separator =
        ctx.text(props, "jsonNamespaceSeparator").filter(|s| !s.is_empty()).unwrap_or_else(|| ":".to_owned());
    // Before SAP had the setting, an empty list meant nothing.
    let meant = !prefixes.is_empty() || !ctx.word(props, "useNamespaces").is_empty();
    Ok(meant.then_some(JsonNames { separator, prefixes, others: OtherNames::Bare }))
}

/// CSV to XML: the names of the fields come from the first line or from the schema.
pub(super) fn csv_to_xml(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let first = ctx.flag(props, "ignoreFirstLineAsHeader", false);
    let skip_first = first && ctx.word(props, "headerMapping").eq_ignore_ascii_case("ignoreHeaders");
    let header = first && !skip_first;
    let marker = ctx.text(props, "Record_Identifier_in_CSV").map(|m| m.trim().to_owned()).filter(|m| !m.is_empty());
    let (root, record) = path(ctx, node)?;
    let schema = ctx.word(props, "XML_Schema_File_Path");
    let by_name = header && ctx.word(props, "headerMapping").eq_ignore_ascii_case("mapHeadersToXSD");
    let columns = if header && !by_name { Vec::new() } else { self::columns(ctx, &schema, &record) };
    if columns.is_empty() {
        if !header {
            return Err(format!("the field names of `{record}` cannot be read from the schema `{schema}`"));
        }
        ctx.differs("fields are named by the first line, so it must use the names of the schema");
    }
    if let Some(marker) = &marker {
        ctx.differs(format!(
            "lines that do not begin with `{marker}` are left out; it becomes an element only where the schema has one for it"
        ));
    }
    Ok(StepKind::Convert(Conversion::CsvToXml(CsvFormat {
        separator: separator(ctx, node)?,
        header,
        skip_first,
        columns,
        lenient: by_name,
        marker,
        root,
        record,
    })))
}

/// XML to CSV.
pub(super) fn xml_to_csv(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    if ctx.flag(props, "Include_Master", false) {
        return Err("fields of a master element are not available".to_owned());
    }
    if ctx.flag(props, "Include_Attribute", false) {
        ctx.differs("attributes are left out");
    }
    let (root, record) = path(ctx, node)?;
    if root.contains('/') {
        ctx.differs("records are found by their name, wherever they stand");
    }
    let header = ctx.flag(props, "Include_Header", false);
    let separator = separator(ctx, node)?;
    Ok(StepKind::Convert(Conversion::XmlToCsv(CsvFormat {
        separator,
        header,
        skip_first: false,
        columns: Vec::new(),
        lenient: false,
        marker: None,
        root,
        record,
    })))
}

/// Root and record element of `/Orders/Order`.
fn path(ctx: &mut Ctx<'_>, node: &Node) -> Made<(String, String)> {
    let path = ctx.word(&node.props, "XPath_Field_Location");
    let name = |step: &str| step.rsplit(':').next().unwrap_or(step).to_owned();
    let steps: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(name).collect();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if steps.is_empty() || steps.iter().any(|s| !s.chars().all(good)) {
        return Err(format!("`{path}` is not a plain path to the records"));
    }
    let (record, around) = steps.split_last().map(|(r, a)| (r.clone(), a.join("/"))).unwrap_or_default();
    Ok((if around.is_empty() { "root".to_owned() } else { around }, record))
}

fn separator(ctx: &mut Ctx<'_>, node: &Node) -> Made<char> {
    let text = ctx.text(&node.props, "Field_Separator_in_CSV").unwrap_or_default();
    match text.as_str() {
        "" => Ok(','),
        "\\t" | "Tab" | "tab" => Ok('\t'),
        text => {
            let mut chars = text.chars();
            let first = chars.next().filter(|c| c.is_ascii() && !matches!(c, '"' | '\n' | '\r'));
            first
                .filter(|_| chars.next().is_none())
                .ok_or_else(|| format!("`{text}` cannot separate the fields of CSV"))
        }
    }
}

/// The names of a record's fields in the order of an XML schema; empty if they cannot be told.
fn columns(ctx: &mut Ctx<'_>, schema: &str, record: &str) -> Vec<String> {
    let Some(left) = ctx.schemas.checked_sub(1) else { return Vec::new() };
    ctx.schemas = left;
    let name = schema.rsplit('/').next().unwrap_or("");
    let Some((_, bytes)) = ctx.bundle.resource("xsd", name).filter(|(_, b)| b.len() <= MAX_SCHEMA) else {
        return Vec::new();
    };
    let text = text::decode(bytes);
    let Ok(document) = xml::parse(&text) else { return Vec::new() };
    let is = |n: &Xml<'_, '_>, tag: &str, name: &str| n.tag_name().name() == tag && n.attribute("name") == Some(name);
    let Some(element) = document.descendants().find(|n| is(n, "element", record)) else { return Vec::new() };
    let inline = element.children().find(|c| c.tag_name().name() == "complexType");
    let named = element.attribute("type").map(|t| t.rsplit(':').next().unwrap_or(t));
    let found = inline.or_else(|| document.descendants().find(|n| named.is_some_and(|t| is(n, "complexType", t))));
    let Some(complex) = found else { return Vec::new() };
    let groups = complex.children().filter(|c| matches!(c.tag_name().name(), "sequence" | "all"));
    let fields = groups.flat_map(|g| g.children()).filter(|c| c.tag_name().name() == "element");
    let name =
        |f: Xml<'_, '_>| f.attribute("name").or_else(|| f.attribute("ref")?.rsplit(':').next()).map(str::to_owned);
    fields.filter_map(name).take(MAX_COLUMNS).collect()
}

/// Encoders and decoders; both keep what they do under the same key.
pub(super) fn coder(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let conversion = match ctx.word(&node.props, "encoderType").to_ascii_lowercase().as_str() {
        "base64 encode" => Conversion::Base64Encode,
        "base64 decode" => Conversion::Base64Decode,
        "zip compress" => Conversion::Zip(Coding::Encode),
        "zip decompress" => Conversion::Zip(Coding::Decode),
        "gzip compress" => Conversion::Gzip(Coding::Encode),
        "gzip decompress" => Conversion::Gzip(Coding::Decode),
        "mime multipart message encode" => more::mime(ctx, node, Coding::Encode)?,
        "mime multipart message decode" => more::mime(ctx, node, Coding::Decode)?,
        "" => return Err("it says not what to encode or decode".to_owned()),
        other => return Err(format!("`{other}` is not available")),
    };
    Ok(StepKind::Convert(conversion))
}

/// XML modifier.
pub(super) fn clean(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let characters = match ctx.word(props, "xmlCharacterHandling").to_ascii_lowercase().as_str() {
        "remove" => BadCharacters::Remove,
        "substitute" => BadCharacters::Substitute,
        "throwexception" => BadCharacters::Refuse,
        "none" | "" => BadCharacters::Keep,
        other => {
            ctx.differs(format!("characters that XML cannot hold are kept: `{other}` is not known"));
            BadCharacters::Keep
        }
    };
    Ok(StepKind::Convert(Conversion::CleanXml(CleanXml {
        declaration: ctx.flag(props, "removeXmlDeclaration", false),
        dtd: false,
        external_dtd: ctx.flag(props, "removeExternalDTDs", false),
        characters,
    })))
}
