//! Writes `.iflw` files and zips: just enough of the format for tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use iflow::{Content, Imported, Input, import};

/// Text of an element.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) fn props(pairs: &[(&str, &str)]) -> String {
    let mut out = "<bpmn2:extensionElements>".to_owned();
    for (key, value) in pairs {
        let value = if value.is_empty() { "<value/>".to_owned() } else { format!("<value>{}</value>", escape(value)) };
        let _ = write!(out, "<ifl:property><key>{key}</key>{value}</ifl:property>");
    }
    out + "</bpmn2:extensionElements>"
}

/// A table of named cells.
pub(crate) fn rows(columns: &[&str], rows: &[&[&str]]) -> String {
    let cells = |row: &&[&str]| {
        let cell = |(id, text): (&&str, &&str)| format!("<cell id='{id}'>{}</cell>", escape(text));
        format!("<row>{}</row>", columns.iter().zip(row.iter()).map(cell).collect::<String>())
    };
    rows.iter().map(cells).collect()
}

/// A table of cells without ids.
pub(crate) fn cells(table: &[&[&str]]) -> String {
    let row = |row: &&[&str]| {
        format!("<row>{}</row>", row.iter().map(|c| format!("<cell>{}</cell>", escape(c))).collect::<String>())
    };
    table.iter().map(row).collect()
}

pub(crate) const COLUMNS: [&str; 6] = ["Action", "Type", "Value", "Default", "Name", "Datatype"];

pub(crate) fn element(tag: &str, id: &str, name: &str, attributes: &str, inside: &str) -> String {
    format!("<bpmn2:{tag} id=\"{id}\" name=\"{name}\" {attributes}>{inside}</bpmn2:{tag}>")
}

/// A step with an activity type.
pub(crate) fn step(id: &str, activity: &str, pairs: &[(&str, &str)]) -> String {
    let tag = match activity {
        "ExternalCall" | "Send" | "contentEnricherWithLookup" | "PollEnrich" => "serviceTask",
        "Multicast" | "SequentialMulticast" | "Join" => "parallelGateway",
        "ExclusiveGateway" => "exclusiveGateway",
        _ => "callActivity",
    };
    let mut all = vec![("activityType", activity)];
    all.extend_from_slice(pairs);
    element(tag, id, &format!("{id} step"), "", &props(&all))
}

pub(crate) fn router(id: &str, default: &str, throws: bool) -> String {
    let settings =
        props(&[("activityType", "ExclusiveGateway"), ("throwException", if throws { "true" } else { "false" })]);
    element("exclusiveGateway", id, "Router", &format!("default=\"{default}\""), &settings)
}

/// A start or end event; properties stand inside its definition, except for message events.
pub(crate) fn event(tag: &str, id: &str, definition: &str, pairs: &[(&str, &str)]) -> String {
    let inside = match definition {
        "" => props(pairs),
        "message" => format!("{}<bpmn2:messageEventDefinition/>", props(pairs)),
        other => format!("<bpmn2:{other}EventDefinition>{}</bpmn2:{other}EventDefinition>", props(pairs)),
    };
    element(tag, id, id, "", &inside)
}

pub(crate) fn start(id: &str) -> String {
    event("startEvent", id, "message", &[])
}

pub(crate) fn end(id: &str) -> String {
    event("endEvent", id, "message", &[])
}

/// Arrows `A>B`, each with the id `A>B` and no condition.
pub(crate) fn arrows(list: &str) -> String {
    let mut out = String::new();
    for chain in list.split_whitespace() {
        let ids: Vec<&str> = chain.split('>').collect();
        for pair in ids.windows(2) {
            out += &route(pair[0], pair[1], "", "");
        }
    }
    out
}

/// An arrow with a condition; its id is `from-to`.
pub(crate) fn route(from: &str, to: &str, language: &str, condition: &str) -> String {
    let mut inside = props(&[("expressionType", language)]);
    if !condition.is_empty() {
        let _ = write!(inside, "<bpmn2:conditionExpression>{}</bpmn2:conditionExpression>", escape(condition));
    }
    element("sequenceFlow", &format!("{from}-{to}"), "", &format!("sourceRef=\"{from}\" targetRef=\"{to}\""), &inside)
}

pub(crate) fn exceptions(id: &str, inside: &str) -> String {
    let settings = props(&[("activityType", "ErrorEventSubProcessTemplate")]);
    element("subProcess", id, "Exception Subprocess", "", &format!("{settings}{inside}"))
}

/// A flow under construction.
#[derive(Default)]
pub(crate) struct Artifact {
    settings: String,
    collaboration: String,
    processes: String,
    shapes: String,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Artifact {
    pub(crate) fn new(id: &str) -> Self {
        let mut artifact = Artifact::default();
        let manifest = format!(
            "Manifest-Version: 1.0\r\nBundle-ManifestVersion: 2\r\nBundle-Name: A very long name that is folded over li\r\n nes\r\nBundle-SymbolicName: {id}; singleton:=true\r\nSAP-BundleType: IntegrationFlow\r\n\r\n"
        );
        artifact.file("META-INF/MANIFEST.MF", &manifest);
        artifact
    }

    pub(crate) fn file(&mut self, path: &str, text: &str) -> &mut Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    pub(crate) fn parameters(&mut self, text: &str) -> &mut Self {
        self.file("src/main/resources/parameters.prop", text)
    }

    pub(crate) fn script(&mut self, name: &str, text: &str) -> &mut Self {
        self.file(&format!("src/main/resources/script/{name}"), text)
    }

    pub(crate) fn settings(&mut self, pairs: &[(&str, &str)]) -> &mut Self {
        self.settings = props(pairs);
        self
    }

    pub(crate) fn process(&mut self, id: &str, pairs: &[(&str, &str)], inside: &str) -> &mut Self {
        self.processes += &element("process", id, &format!("{id} process"), "", &format!("{}{inside}", props(pairs)));
        self
    }

    pub(crate) fn local(&mut self, id: &str, inside: &str) -> &mut Self {
        self.process(id, &[("processType", "directCall"), ("transactionalHandling", "From Calling Process")], inside)
    }

    fn channel(&mut self, from: &str, to: &str, component: &str, way: &str, pairs: &[(&str, &str)]) -> &mut Self {
        let mut all = vec![("ComponentType", component), ("direction", way), ("Name", component)];
        all.extend_from_slice(pairs);
        let attributes = format!("sourceRef=\"{from}\" targetRef=\"{to}\"");
        self.collaboration += &element("messageFlow", &format!("{from}-{to}"), component, &attributes, &props(&all));
        self
    }

    fn participant(&mut self, id: &str, kind: &str) {
        let part = element("participant", id, id, &format!("ifl:type=\"{kind}\""), "");
        if !self.collaboration.contains(&part) {
            self.collaboration += &part;
        }
    }

    pub(crate) fn sender(&mut self, to: &str, component: &str, pairs: &[(&str, &str)]) -> &mut Self {
        self.participant("Sender", "EndpointSender");
        self.channel("Sender", to, component, "Sender", pairs)
    }

    pub(crate) fn receiver(&mut self, from: &str, name: &str, component: &str, pairs: &[(&str, &str)]) -> &mut Self {
        self.participant(name, "EndpointRecevier");
        self.channel(from, name, component, "Receiver", pairs)
    }

    /// A channel whose arrow leads into the step that calls it.
    pub(crate) fn receiver_into(&mut self, to: &str, name: &str, component: &str, pairs: &[(&str, &str)]) -> &mut Self {
        self.participant(name, "EndpointRecevier");
        self.channel(name, to, component, "Receiver", pairs)
    }

    pub(crate) fn shape(&mut self, id: &str, x: u32, y: u32) -> &mut Self {
        let _ = write!(
            self.shapes,
            "<bpmndi:BPMNShape bpmnElement=\"{id}\"><dc:Bounds height=\"60.0\" width=\"100.0\" x=\"{x}.0\" y=\"{y}.0\"/></bpmndi:BPMNShape>"
        );
        self
    }

    pub(crate) fn iflw(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><bpmn2:definitions \
             xmlns:bpmn2=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:bpmndi=\"di\" xmlns:dc=\"dc\" \
             xmlns:ifl=\"http:///com.sap.ifl.model/Ifl.xsd\" id=\"D\">\n<bpmn2:collaboration id=\"C\">\n{}{}</bpmn2:collaboration>\n{}\
             <bpmndi:BPMNDiagram>{}</bpmndi:BPMNDiagram></bpmn2:definitions>",
            self.settings, self.collaboration, self.processes, self.shapes
        )
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.files.clone();
        let path = "src/main/resources/scenarioflows/integrationflow/My Flow.iflw";
        files.insert(path.to_owned(), self.iflw().into_bytes());
        files
    }

    pub(crate) fn zip(&self) -> Vec<u8> {
        zip(&self.files())
    }

    pub(crate) fn import(&self) -> Imported {
        let content = Content::Zip(self.zip());
        import(&Input { name: "tests".to_owned(), content, ..Input::default() })
    }
}

/// An HTTPS flow `S>...>E` around some nodes and arrows.
pub(crate) fn https(inside: &str) -> Artifact {
    let mut artifact = Artifact::new("Flow");
    artifact.sender("S", "HTTPS", &[("urlPath", "/in"), ("userRole", "role")]);
    artifact.process("P", &[("transactionalHandling", "Not Required")], &format!("{}{}{inside}", start("S"), end("E")));
    artifact
}

pub(crate) fn zip(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(path.as_str(), zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("bytes");
    }
    writer.finish().expect("a zip").into_inner()
}
