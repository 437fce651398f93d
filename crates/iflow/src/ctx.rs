//! What the readers of one flow share: parameters, expressions, problems, and the report's elements.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use base::Timestamp;
use diag::{Problem, Severity, Span};
use expr::{Condition, Namespaces, ParseError, Template, XPath};
use flow::{ProcessIx, Receiver, Script};
use indexmap::IndexMap;

use crate::bpmn::Props;
use crate::bundle::Bundle;
use crate::expression;
use crate::parameters::Parameters;
use crate::report::{Element, Place, Verdict};
use crate::table::{self, Row};

/// More problems than anybody reads.
const MAX_PROBLEMS: usize = 200;
/// Most schemas that are read for one flow.
const MAX_SCHEMAS: u32 = 200;
/// Most differences of one element.
const MAX_DIFFERS: usize = 20;

/// How the reason of an element ends that only lacks a value.
const WANTS_VALUE: &str = "give the parameter a value when importing";

/// How the reason of a step begins that cannot run because of its channel.
pub(crate) const BY_CHANNEL: &str = "its channel cannot be used";

/// What was read, or a sentence why Semel cannot run it.
pub(crate) type Made<T> = Result<T, String>;

/// The state of reading one flow.
pub(crate) struct Ctx<'a> {
    /// Name of the file, for problems.
    pub file: String,
    /// Its text.
    pub source: &'a str,
    /// Externalized parameters.
    pub parameters: &'a Parameters,
    /// Prefixes for XPath.
    pub namespaces: Namespaces,
    /// Name of the flow.
    pub flow: String,
    /// The artifact.
    pub bundle: &'a Bundle,
    /// Artifacts without flows by id: scripts may come from them.
    pub collections: &'a HashMap<&'a str, &'a Bundle>,
    /// How many schemas may still be read.
    pub schemas: u32,
    /// The present, if it is known.
    pub now: Option<Timestamp>,
    /// Places in the diagram.
    pub places: HashMap<String, Place>,
    /// Processes that can be called, by id.
    pub locals: HashMap<String, ProcessIx>,
    /// What a step or end event calls, by its id: a receiver, or why it cannot.
    pub calls: HashMap<String, Made<String>>,
    /// Receivers by name.
    pub receivers: IndexMap<String, Receiver>,
    /// Scripts by path.
    pub scripts: IndexMap<String, Arc<Script>>,
    /// What the report shows.
    pub elements: Vec<Element>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Ids of terminate events.
    pub terminates: HashSet<String>,
    /// Whether cookies of receivers are kept at SAP, and if so, whether for one message only.
    pub session: Option<bool>,
    differs: Vec<String>,
    told: HashSet<String>,
}

/// An element as the report names it.
pub(crate) struct Named<'n> {
    pub id: &'n str,
    pub name: &'n str,
    pub kind: String,
    pub range: Range<usize>,
}

impl<'a> Ctx<'a> {
    /// Nothing read yet.
    pub(crate) fn new(
        file: String,
        source: &'a str,
        parameters: &'a Parameters,
        flow: String,
        bundle: &'a Bundle,
        collections: &'a HashMap<&'a str, &'a Bundle>,
    ) -> Self {
        Ctx {
            file,
            source,
            parameters,
            namespaces: Namespaces::default(),
            flow,
            bundle,
            collections,
            schemas: MAX_SCHEMAS,
            now: None,
            places: HashMap::new(),
            locals: HashMap::new(),
            calls: HashMap::new(),
            receivers: IndexMap::new(),
            scripts: IndexMap::new(),
            elements: Vec::new(),
            problems: Vec::new(),
            terminates: HashSet::new(),
            session: None,
            differs: Vec::new(),
            told: HashSet::new(),
        }
    }

    /// A place in the file.
    pub(crate) fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file.clone(), range.clone())
    }

    /// Adds a problem.
    pub(crate) fn problem(
        &mut self,
        severity: Severity,
        code: &'static str,
        title: impl Into<String>,
        at: &Range<usize>,
        label: &str,
        help: Option<String>,
    ) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let title = short(title.into());
        let problem = Problem { severity, code, title, span: self.span(at), label: label.to_owned(), help };
        self.problems.push(problem);
    }

    /// Notes how the present element differs from SAP.
    pub(crate) fn differs(&mut self, how: impl Into<String>) {
        let how = how.into();
        if self.differs.len() < MAX_DIFFERS && !self.differs.contains(&how) {
            self.differs.push(how);
        }
    }

    /// Puts an element into the report, with what was noted since the last one.
    pub(crate) fn element<T>(&mut self, named: Named<'_>, made: &Made<T>) {
        let differs = std::mem::take(&mut self.differs);
        let verdict = match made {
            Err(why) => Verdict::Unsupported(short(why.clone())),
            Ok(_) if differs.is_empty() => Verdict::Runs,
            Ok(_) => Verdict::RunsWithDifference(short(differs.join("; "))),
        };
        // A channel that cannot be used has said so itself: its steps need not say it again.
        if let Err(why) = made
            && !why.starts_with(BY_CHANNEL)
        {
            let what = if named.name.is_empty() { named.id } else { named.name };
            let title = format!("{} `{what}` does not run: {why}", named.kind);
            let help = if why.ends_with(WANTS_VALUE) {
                "`--set NAME=VALUE`, the environment or parameters.prop give it one".to_owned()
            } else {
                "a message that gets here fails; replace the element, or leave the flow at SAP".to_owned()
            };
            self.problem(Severity::Warning, "I0201", title, &named.range, "not available", Some(help));
        }
        let place = self.places.get(named.id).copied();
        self.elements.push(Element {
            id: named.id.to_owned(),
            name: named.name.to_owned(),
            kind: named.kind,
            place,
            range: named.range,
            verdict,
        });
    }

    /// A text with its parameters filled in.
    pub(crate) fn fill(&mut self, text: &str, at: &Range<usize>) -> String {
        let filled = self.parameters.fill(text);
        if filled.too_large && self.told.insert("{{}}".to_owned()) {
            let title = "parameters make this flow larger than 16 MB";
            self.problem(Severity::Error, "I0103", title, at, "the limit is reached here", None);
        }
        for name in filled.missing {
            if !self.told.insert(name.clone()) {
                continue;
            }
            let help = if self.parameters.is_declared(&name) {
                format!("the artifact declares `{name}` but gives no value; set it when importing")
            } else {
                format!("add `{name}` to parameters.prop, or set it when importing")
            };
            let title = format!("the parameter `{name}` has no value");
            self.problem(Severity::Error, "I0301", title, at, "used here", Some(help));
        }
        filled.text
    }

    /// A property with its parameters filled in; `None` if there is none.
    pub(crate) fn text(&mut self, props: &Props, key: &str) -> Option<String> {
        let text = props.get(key)?;
        Some(self.fill(&text.value, &text.range))
    }

    /// The same without blanks around it; empty if there is none.
    pub(crate) fn word(&mut self, props: &Props, key: &str) -> String {
        self.text(props, key).map(|t| t.trim().to_owned()).unwrap_or_default()
    }

    /// A yes or no in one of SAP's spellings.
    pub(crate) fn flag(&mut self, props: &Props, key: &str, default: bool) -> bool {
        match self.word(props, key).to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" => false,
            _ => default,
        }
    }

    /// A whole number.
    pub(crate) fn number(&mut self, props: &Props, key: &str, default: u64) -> u64 {
        let word = self.word(props, key);
        match word.parse() {
            Ok(number) => number,
            Err(_) => {
                if !word.is_empty() {
                    self.differs(format!("`{key}` is {default}, because `{word}` is not a whole number"));
                }
                default
            }
        }
    }

    /// The rows of a table. A value that is one parameter holds the whole table; others hold parameters in cells.
    pub(crate) fn table(&mut self, props: &Props, key: &str) -> Made<Vec<Row>> {
        let Some(text) = props.get(key).cloned() else { return Ok(Vec::new()) };
        if text.value.trim_start().starts_with("{{") {
            let filled = self.fill(text.value.trim(), &text.range);
            return table::parse(&filled);
        }
        let rows = table::parse(&text.value)?;
        Ok(rows.into_iter().map(|row| row.map(&mut |cell| self.fill(cell, &text.range))).collect())
    }

    /// Why an element without a value does not run; most often an exported parameter waits for its value.
    pub(crate) fn lacks(props: &Props, key: &str, what: &str) -> String {
        match props.raw(key).trim() {
            "" => format!("it has no {what}"),
            written => format!("its {what} `{written}` is empty: {WANTS_VALUE}"),
        }
    }

    /// Where a property stands.
    pub(crate) fn at(props: &Props, key: &str) -> Range<usize> {
        props.get(key).map_or(0..0, |t| t.range.clone())
    }

    /// Compiles a template in SAP's spelling.
    pub(crate) fn template(&mut self, text: &str, at: &Range<usize>) -> Made<Template> {
        let spelled = expression::template(text);
        Template::parse(&spelled, &self.namespaces).map_err(|e| self.mistakes("in this expression", &spelled, at, &e))
    }

    /// Compiles the template of a property; `None` if it is empty.
    pub(crate) fn template_of(&mut self, props: &Props, key: &str) -> Made<Option<Template>> {
        let text = self.word(props, key);
        if text.is_empty() { Ok(None) } else { self.template(&text, &Self::at(props, key)).map(Some) }
    }

    /// Compiles a condition in SAP's spelling.
    pub(crate) fn condition(&mut self, text: &str, at: &Range<usize>) -> Made<Condition> {
        let (spelled, mixed) = expression::condition(text);
        let condition = Condition::parse(&spelled, &self.namespaces);
        let condition = condition.map_err(|e| self.mistakes("in this condition", &spelled, at, &e))?;
        if mixed {
            self.differs("`and` binds stronger than `or`; set parentheses where it matters");
        }
        Ok(condition)
    }

    /// Compiles an XPath.
    pub(crate) fn xpath(&mut self, text: &str, at: &Range<usize>) -> Made<XPath> {
        let plain = expression::xpath(text);
        XPath::parse(&plain, &self.namespaces).map_err(|e| self.mistakes("in this XPath", &plain, at, &[e]))
    }

    fn mistakes(&mut self, label: &str, text: &str, at: &Range<usize>, errors: &[ParseError]) -> String {
        let more = MAX_PROBLEMS.saturating_sub(self.problems.len()).min(5);
        for error in errors.iter().take(more) {
            let words = text.get(error.range.clone()).unwrap_or("");
            let place = self.inside(words, at);
            self.problem(Severity::Warning, "I0401", error.message.clone(), &place, label, error.help.clone());
        }
        errors.first().map_or_else(
            || "an expression is wrong".to_owned(),
            |e| format!("{} ({})", e.message, short(text.to_owned())),
        )
    }

    /// A part of a value that occurs once in it can be pointed at; otherwise the whole value is.
    fn inside(&self, words: &str, at: &Range<usize>) -> Range<usize> {
        let source = self.source.get(at.clone()).unwrap_or("");
        match (source.find(words), source.rfind(words)) {
            (Some(first), Some(last)) if first == last && !words.is_empty() => {
                at.start + first..at.start + first + words.len()
            }
            _ => at.clone(),
        }
    }
}

/// What was written may be part of what is said, and may be long.
fn short(text: String) -> String {
    const MAX: usize = 400;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
