//! What the builders of one flow share: its names, its problems, and how expressions are compiled.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use base::{Scope, Timestamp};
use expr::{Condition, JsonPath, Namespaces, ParseError, Template, XPath};
use indexmap::IndexMap;

use crate::problems::Problems;
use crate::yaml::Node;
use crate::{ProcessIx, Quality, Script, StepIx};

/// What a receiver is, before it is built: enough to check the steps that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReceiverKind {
    /// HTTP(S).
    Http,
    /// Mail.
    Mail,
    /// Queue.
    Queue,
    /// ProcessDirect.
    ProcessDirect,
    /// Could not be told; a problem was reported.
    Unknown,
}

/// A process as other processes see it.
#[derive(Clone, Debug)]
pub(super) struct ProcessInfo {
    /// Its index.
    pub ix: ProcessIx,
    /// Whether it may be called.
    pub local: bool,
}

/// The state of building one flow.
pub(super) struct Ctx<'a> {
    /// Problems of the file.
    pub problems: &'a mut Problems,
    /// Text of the file.
    pub text: &'a str,
    /// Files of the package.
    pub files: &'a BTreeMap<String, String>,
    /// Folder of the flow file, with a trailing slash unless it is the package's.
    pub folder: String,
    /// The present, where it is known.
    pub now: Option<Timestamp>,
    /// The flow's name.
    pub flow: String,
    /// What it promises.
    pub quality: Quality,
    /// The file `defaults.yaml`, where its shape is right.
    pub defaults: Option<&'a Node>,
    /// Prefixes for XPath.
    pub namespaces: Namespaces,
    /// Receivers by name.
    pub receivers: IndexMap<String, ReceiverKind>,
    /// Receivers that a step names.
    pub used_receivers: HashSet<String>,
    /// Processes by name.
    pub processes: IndexMap<String, ProcessInfo>,
    /// Names of number ranges.
    pub ranges: HashSet<String>,
    /// Scripts by path.
    pub scripts: IndexMap<String, Arc<Script>>,
    /// Scripts that are written into the flow so far.
    pub inline: usize,
    /// Process calls: from, to, place.
    pub calls: Vec<(ProcessIx, ProcessIx, Range<usize>)>,
    /// Step names that the author gave, with their process and step.
    pub step_names: HashMap<String, (ProcessIx, StepIx)>,
}

impl Ctx<'_> {
    /// Whose store or variable, from the key `visibility`.
    pub(super) fn scope(&self, visibility: &str) -> Scope {
        if visibility == "global" { Scope::Global } else { Scope::Flow(self.flow.clone()) }
    }

    /// Compiles a template; one that is wrong gives an empty one and problems.
    pub(super) fn template(&mut self, node: &Node) -> Template {
        let Some(text) = node.text() else { return Template::literal("") };
        match Template::parse(text, &self.namespaces) {
            Ok(template) => template,
            Err(errors) => {
                self.mistakes("F0110", "in this expression", node, errors);
                Template::literal("")
            }
        }
    }

    /// Compiles the template of a key, where there is one.
    pub(super) fn template_of(&mut self, node: Option<&Node>) -> Option<Template> {
        node.map(|n| self.template(n))
    }

    /// Compiles a default or a made-up template.
    pub(super) fn template_text(&self, text: &str) -> Template {
        Template::literal(text)
    }

    /// Compiles a condition.
    pub(super) fn condition(&mut self, node: &Node) -> Option<Condition> {
        let parsed = Condition::parse(node.text()?, &self.namespaces);
        parsed.map_err(|errors| self.mistakes("F0110", "in this condition", node, errors)).ok()
    }

    /// Compiles the default of a condition.
    pub(super) fn condition_text(&self, text: &str) -> Option<Condition> {
        Condition::parse(text, &self.namespaces).ok()
    }

    /// Compiles an XPath expression.
    pub(super) fn xpath(&mut self, node: &Node) -> Option<XPath> {
        let parsed = XPath::parse(node.text()?, &self.namespaces);
        parsed.map_err(|error| self.mistakes("F0111", "in this XPath", node, vec![error])).ok()
    }

    /// Compiles a JSONPath query.
    pub(super) fn json_path(&mut self, node: &Node) -> Option<JsonPath> {
        let parsed = JsonPath::parse(node.text()?);
        parsed.map_err(|error| self.mistakes("F0112", "in this JSONPath", node, vec![error])).ok()
    }

    fn mistakes(&mut self, code: &'static str, label: &str, node: &Node, errors: Vec<ParseError>) {
        for error in errors {
            if self.problems.full() {
                return;
            }
            let place = self.place(node, &error.range);
            self.problems.error(code, error.message, place, label, error.help.as_deref());
        }
    }

    /// Where a part of an expression stands in the file; the whole value where that cannot be told.
    fn place(&self, node: &Node, part: &Range<usize>) -> Range<usize> {
        let whole = node.range.clone();
        let Some(scalar) = node.scalar() else { return whole };
        if let Some(start) = scalar.at {
            let end = (start + part.end).min(whole.end);
            return (start + part.start).min(end)..end;
        }
        // Folded lines, escapes and parameters move the text; a part that occurs once is still found.
        let words = scalar.text.get(part.clone()).unwrap_or("");
        let source = self.text.get(whole.clone()).unwrap_or("");
        match (source.find(words), source.rfind(words)) {
            (Some(first), Some(last)) if first == last && !words.is_empty() => {
                whole.start + first..whole.start + first + words.len()
            }
            _ => whole,
        }
    }
}
