//! The diagram as it stands in an `.iflw`: elements with their properties and places, nothing interpreted yet.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use roxmltree::{Document, Node as Xml};

use crate::report::Place;

/// Most elements of one file.
const MAX_ELEMENTS: usize = 20_000;

/// A property or another text with its place in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    /// As written, without XML escapes.
    pub value: String,
    /// Where the text stands.
    pub range: Range<usize>,
}

/// The properties of an element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Props(BTreeMap<String, Text>);

impl Props {
    /// A property; one without a value is empty text.
    pub(crate) fn get(&self, key: &str) -> Option<&Text> {
        self.0.get(key)
    }

    /// A property's text as written, empty where there is none.
    pub(crate) fn raw(&self, key: &str) -> &str {
        self.get(key).map_or("", |t| t.value.as_str())
    }

    /// The properties whose key starts so, in the order of the numbers that follow.
    pub(crate) fn numbered(&self, prefix: &str) -> Vec<(&str, &Text)> {
        let number = |key: &str| key.get(prefix.len()..).and_then(|n| n.parse::<u32>().ok());
        let mut found: Vec<_> = self.0.iter().filter(|(k, _)| k.starts_with(prefix) && number(k).is_some()).collect();
        found.sort_by_key(|(k, _)| number(k));
        found.into_iter().map(|(k, t)| (k.as_str(), t)).collect()
    }
}

/// What kind of event an event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Event {
    /// Without a definition.
    #[default]
    None,
    Message,
    Timer,
    Error,
    Escalation,
    Terminate,
}

/// A node of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub id: String,
    pub name: String,
    /// Local name of the XML element: `callActivity`.
    pub tag: String,
    pub props: Props,
    pub event: Event,
    /// The exception subprocess that it is in.
    pub within: Option<String>,
    /// Default route of a gateway.
    pub default: String,
    /// Condition of a loop.
    pub again: Text,
    /// Most rounds of a loop.
    pub rounds: String,
    pub range: Range<usize>,
}

impl Node {
    /// The property that names the kind of step.
    pub(crate) fn activity(&self) -> &str {
        self.props.raw("activityType")
    }
}

/// A sequence flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    pub id: String,
    pub from: String,
    pub to: String,
    pub condition: Option<Text>,
    pub props: Props,
    pub range: Range<usize>,
}

/// A process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    pub id: String,
    pub name: String,
    pub props: Props,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub range: Range<usize>,
}

/// A message flow: one channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Channel {
    pub id: String,
    pub name: String,
    pub from: String,
    pub to: String,
    pub props: Props,
    pub range: Range<usize>,
}

/// A whole diagram.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diagram {
    /// Settings of the flow.
    pub props: Props,
    /// Names of participants by id.
    pub participants: HashMap<String, String>,
    pub channels: Vec<Channel>,
    pub processes: Vec<Process>,
    /// Places by element id.
    pub places: HashMap<String, Place>,
    /// Where the collaboration stands.
    pub range: Range<usize>,
}

/// Reads a diagram. A failure is a sentence.
pub(crate) fn read(document: &Document<'_>) -> Result<Diagram, String> {
    let root = document.root_element();
    if root.tag_name().name() != "definitions" {
        return Err(format!("the root element is `{}`, not `definitions`", cut(root.tag_name().name())));
    }
    let mut diagram = Diagram { places: places(&root), ..Diagram::default() };
    for child in root.children().filter(Xml::is_element) {
        match child.tag_name().name() {
            "collaboration" => {
                diagram.props = props(&child);
                diagram.range = start(&child);
                for part in child.children() {
                    match part.tag_name().name() {
                        "participant" => {
                            diagram.participants.insert(attribute(&part, "id"), attribute(&part, "name"));
                        }
                        "messageFlow" => diagram.channels.push(channel(&part)),
                        _ => {}
                    }
                }
            }
            "process" => diagram.processes.push(process(&child)),
            _ => {}
        }
    }
    let count =
        diagram.channels.len() + diagram.processes.iter().map(|p| 1 + p.nodes.len() + p.edges.len()).sum::<usize>();
    match (diagram.processes.is_empty(), count > MAX_ELEMENTS) {
        (true, _) => Err("there is no process in it".to_owned()),
        (_, true) => Err(format!("it has {count} elements, the limit is {MAX_ELEMENTS}")),
        _ => Ok(diagram),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

fn attribute(xml: &Xml<'_, '_>, name: &str) -> String {
    xml.attribute(name).unwrap_or("").to_owned()
}

/// The start tag, which is what a caret can point at.
fn start(xml: &Xml<'_, '_>) -> Range<usize> {
    let range = xml.range();
    let text = xml.document().input_text().get(range.clone()).unwrap_or("");
    let end =
        text.find(['\n', '\r', '>']).map_or(range.end, |i| range.start + i + usize::from(text.as_bytes()[i] == b'>'));
    range.start..end
}

fn text_of(xml: &Xml<'_, '_>) -> Text {
    let value: String = xml.children().filter(Xml::is_text).filter_map(|t| t.text()).collect();
    let first = xml.first_child().map_or(xml.range(), |c| c.range());
    let last = xml.last_child().map_or(first.end, |c| c.range().end);
    Text { value, range: first.start..last.max(first.start) }
}

/// The properties of an element; those of an event may stand inside its event definition.
fn props(xml: &Xml<'_, '_>) -> Props {
    let mut found = BTreeMap::new();
    let extensions = |x: &Xml<'_, '_>| x.tag_name().name() == "extensionElements";
    let definition = |x: &Xml<'_, '_>| x.tag_name().name().ends_with("EventDefinition");
    let inner = xml.children().filter(definition).flat_map(|d| d.children().filter(extensions));
    for extension in xml.children().filter(extensions).chain(inner) {
        for property in extension.children().filter(|p| p.tag_name().name() == "property") {
            let part = |name: &str| property.children().find(|c| c.tag_name().name() == name);
            let Some(key) = part("key") else { continue };
            let value =
                part("value").map_or_else(|| Text { value: String::new(), range: start(&property) }, |v| text_of(&v));
            found.insert(text_of(&key).value.trim().to_owned(), value);
        }
    }
    Props(found)
}

fn channel(xml: &Xml<'_, '_>) -> Channel {
    Channel {
        id: attribute(xml, "id"),
        name: attribute(xml, "name"),
        from: attribute(xml, "sourceRef"),
        to: attribute(xml, "targetRef"),
        props: props(xml),
        range: start(xml),
    }
}

fn process(xml: &Xml<'_, '_>) -> Process {
    let mut process = Process {
        id: attribute(xml, "id"),
        name: attribute(xml, "name"),
        props: props(xml),
        range: start(xml),
        ..Process::default()
    };
    // Subprocesses by a list, not by recursion.
    let mut open = vec![(*xml, None::<String>)];
    while let Some((parent, within)) = open.pop() {
        for child in parent.children().filter(Xml::is_element) {
            let tag = child.tag_name().name();
            match tag {
                "sequenceFlow" => process.edges.push(edge(&child)),
                "subProcess" => {
                    let inside = node(&child, tag, within.clone());
                    open.push((child, Some(inside.id.clone())));
                    process.nodes.push(inside);
                }
                "extensionElements" | "documentation" | "incoming" | "outgoing" | "textAnnotation" | "association" => {}
                // A subprocess may hold an event definition or loop settings of its own.
                _ if tag.ends_with("EventDefinition") || tag.ends_with("Characteristics") => {}
                _ => process.nodes.push(node(&child, tag, within.clone())),
            }
        }
    }
    process
}

fn node(xml: &Xml<'_, '_>, tag: &str, within: Option<String>) -> Node {
    let mut node = Node {
        id: attribute(xml, "id"),
        name: attribute(xml, "name").split_whitespace().collect::<Vec<_>>().join(" "),
        tag: tag.to_owned(),
        props: props(xml),
        within,
        default: attribute(xml, "default"),
        range: start(xml),
        ..Node::default()
    };
    for child in xml.children().filter(Xml::is_element) {
        match child.tag_name().name() {
            "messageEventDefinition" => node.event = Event::Message,
            "timerEventDefinition" => node.event = Event::Timer,
            "errorEventDefinition" => node.event = Event::Error,
            "escalationEventDefinition" => node.event = Event::Escalation,
            "terminateEventDefinition" => node.event = Event::Terminate,
            "standardLoopCharacteristics" => {
                node.rounds = attribute(&child, "loopMaximum");
                let condition = child.children().find(|c| c.tag_name().name() == "loopCondition");
                node.again = condition.map(|c| text_of(&c)).unwrap_or_default();
            }
            _ => {}
        }
    }
    node
}

fn edge(xml: &Xml<'_, '_>) -> Edge {
    let condition = xml.children().find(|c| c.tag_name().name() == "conditionExpression");
    Edge {
        id: attribute(xml, "id"),
        from: attribute(xml, "sourceRef"),
        to: attribute(xml, "targetRef"),
        condition: condition.map(|c| text_of(&c)).filter(|t| !t.value.trim().is_empty()),
        props: props(xml),
        range: start(xml),
    }
}

/// Where the shapes stand.
fn places(root: &Xml<'_, '_>) -> HashMap<String, Place> {
    let shapes = root.descendants().filter(|n| n.tag_name().name() == "BPMNShape");
    let place = |shape: Xml<'_, '_>| {
        let bounds = shape.children().find(|c| c.tag_name().name() == "Bounds")?;
        let number = |name: &str| bounds.attribute(name)?.parse::<f64>().ok().filter(|n| n.is_finite());
        let place = Place {
            x: number("x")?,
            y: number("y")?,
            width: number("width").unwrap_or(0.0),
            height: number("height").unwrap_or(0.0),
        };
        Some((shape.attribute("bpmnElement")?.to_owned(), place))
    };
    shapes.filter_map(place).collect()
}
