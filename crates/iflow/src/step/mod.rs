//! Steps: which element is which step, and what people call it.

mod control;
mod convert;
mod mapping;
mod modify;
mod more;
mod script;
mod store;

use flow::StepKind;

use crate::bpmn::{Event, Node};
use crate::ctx::{Ctx, Made};
use crate::process::Out;

/// Steps by SAP's activity type, and what people call them.
const LABELS: [(&str, &str); 41] = [
    ("Enricher", "Content Modifier"),
    ("Script", "Script"),
    ("ExternalCall", "Request Reply"),
    ("Send", "Send"),
    ("ExclusiveGateway", "Router"),
    ("ProcessCallElement", "Process Call"),
    ("IdempotentProcessCall", "Idempotent Process Call"),
    ("Mapping", "Mapping"),
    ("JsonToXmlConverter", "JSON to XML Converter"),
    ("XmlToJsonConverter", "XML to JSON Converter"),
    ("XmlToCsvConverter", "XML to CSV Converter"),
    ("CsvToXmlConverter", "CSV to XML Converter"),
    ("Splitter", "Splitter"),
    ("Gather", "Gather"),
    ("Multicast", "Parallel Multicast"),
    ("SequentialMulticast", "Sequential Multicast"),
    ("Join", "Join"),
    ("DBstorage", "Data Store Operation"),
    ("Variables", "Write Variables"),
    ("Filter", "Filter"),
    ("Encoder", "Encoder"),
    ("Decoder", "Decoder"),
    ("XmlModifier", "XML Modifier"),
    ("XmlValidator", "XML Validator"),
    ("contentEnricherWithLookup", "Content Enricher"),
    ("PollEnrich", "Poll Enrich"),
    ("Aggregator", "Aggregator"),
    ("Persist", "Persist"),
    ("MessageDigest", "Message Digest"),
    ("PgpEncrypt", "PGP Encryptor"),
    ("PgpDecrypt", "PGP Decryptor"),
    ("Encrypt", "PKCS#7 Encryptor"),
    ("Decrypt", "PKCS#7 Decryptor"),
    ("SignMessage", "PKCS#7 Signer"),
    ("SimpleSignMessage", "Simple Signer"),
    ("XMLDigitalSignMessage", "XML Signer"),
    ("EDItoXMLConverter", "EDI to XML Converter"),
    ("XMLtoEDIConverter", "XML to EDI Converter"),
    ("EDIExtractor", "EDI Extractor"),
    ("ErrorEventSubProcessTemplate", "Exception Subprocess"),
    ("IDMapper", "ID Mapping"),
];

/// The activity type, inferred from the element where old versions leave it out.
fn activity(node: &Node) -> &str {
    match (node.activity(), node.tag.as_str()) {
        ("", "serviceTask") => "ExternalCall",
        ("", "exclusiveGateway") => "ExclusiveGateway",
        ("", "parallelGateway") => "Multicast",
        ("", "subProcess") => "ErrorEventSubProcessTemplate",
        (activity, _) => activity,
    }
}

/// What people call an element.
pub(crate) fn label(node: &Node) -> String {
    let event = |what: &str| {
        let kind = match node.event {
            Event::None => "",
            Event::Message => "Message ",
            Event::Timer => "Timer ",
            Event::Error => "Error ",
            Event::Escalation => "Escalation ",
            Event::Terminate => "Terminate ",
        };
        format!("{kind}{what} Event")
    };
    match node.tag.as_str() {
        "startEvent" => return event("Start"),
        "endEvent" => return event("End"),
        _ => {}
    }
    let known = LABELS.iter().find(|(activity_type, _)| *activity_type == activity(node)).map(|(_, label)| *label);
    let props = &node.props;
    let more = match activity(node) {
        "Script" if script::is_javascript(node) => "JavaScript",
        "Script" => "Groovy",
        "Mapping" if props.get("subActivityType").is_none() => props.raw("mappingType"),
        "Mapping" => props.raw("subActivityType"),
        "Splitter" => props.raw("splitType"),
        "DBstorage" => props.raw("operation"),
        "Encoder" | "Decoder" => props.raw("encoderType"),
        "ProcessCallElement" if control::is_loop(node) => "looping",
        _ => "",
    };
    let label = known.unwrap_or_else(|| if activity(node).is_empty() { &node.tag } else { activity(node) });
    if more.is_empty() { label.to_owned() } else { format!("{label} ({more})") }
}

/// The step of a node. A failure says why Semel cannot run it.
pub(crate) fn kind(ctx: &mut Ctx<'_>, node: &Node, outs: &[Out<'_>]) -> Made<StepKind> {
    if node.tag == "endEvent" {
        return control::end(ctx, node);
    }
    match activity(node) {
        "Enricher" => modify::enricher(ctx, node),
        "Filter" => modify::filter(ctx, node),
        "Script" => script::script(ctx, node),
        "ExternalCall" => control::call(ctx, node, true),
        "Send" => control::call(ctx, node, false),
        "ExclusiveGateway" => control::router(ctx, node, outs),
        "Multicast" => Ok(control::multicast(outs)),
        "SequentialMulticast" => control::sequential(ctx, node, outs),
        "Join" => Ok(StepKind::Join),
        "ProcessCallElement" => control::process_call(ctx, node),
        "IdempotentProcessCall" => control::once(ctx, node),
        "Splitter" => control::split(ctx, node, outs),
        "Gather" => control::gather(ctx, node),
        "DBstorage" => store::operation(ctx, node),
        "Variables" => store::variables(ctx, node),
        "XmlToJsonConverter" => convert::xml_to_json(ctx, node),
        "JsonToXmlConverter" => convert::json_to_xml(ctx, node),
        "CsvToXmlConverter" => convert::csv_to_xml(ctx, node),
        "XmlToCsvConverter" => convert::xml_to_csv(ctx, node),
        "Encoder" | "Decoder" => convert::coder(ctx, node),
        "XmlModifier" => convert::clean(ctx, node),
        "Mapping" => mapping::mapping(ctx, node),
        "contentEnricherWithLookup" => more::enrich(ctx, node),
        "XmlValidator" => more::validate(ctx, node),
        "MessageDigest" => more::digest(ctx, node),
        "Persist" => more::persist(ctx, node),
        "PollEnrich" => Err("a step that polls needs a file channel, such as SFTP, which Semel has not".to_owned()),
        "" => Err(format!("the element `{}` has no activity type", node.tag)),
        other => Err(format!("Semel has no step for `{other}`")),
    }
}
