//! Steps that decide where a message goes: router, split, gather, calls, sends, ends.

use super::ctx::{Ctx, ReceiverKind};
use super::view::View;
use crate::problems::did_you_mean;
use crate::yaml::Node;
use crate::{
    End, Envelope, Gather, Loop, Once, Otherwise, ProcessIx, Quality, Route, Router, Split, SplitBy, StepIx, StepKind,
    When,
};

impl Ctx<'_> {
    /// A router; `starts` holds the first step of each route.
    pub(super) fn router(&mut self, content: &Node, starts: &[Option<StepIx>]) -> Option<Router> {
        let mut router = Router { routes: Vec::new(), otherwise: Otherwise::To(None) };
        let mut language: Option<&str> = None;
        let mut default_seen = false;
        for (route, to) in content.items().iter().zip(starts) {
            if default_seen {
                self.problems.error(
                    "F0105",
                    "`otherwise` is the last route of a router",
                    route.entries().first().map_or(0..0, |e| e.range.clone()),
                    "this route comes after it",
                    "move `otherwise` to the end",
                );
                default_seen = false;
            }
            if let Some(node) = route.get("otherwise") {
                default_seen = true;
                if let Some(extra) = route.entries().iter().find(|e| e.key == "steps") {
                    self.problems.error(
                        "F0105",
                        "`otherwise` holds its steps itself",
                        extra.range.clone(),
                        "a second list of steps",
                        "write `otherwise: [ ... ]`",
                    );
                }
                router.otherwise = if node.text().is_some() { Otherwise::Fail } else { Otherwise::To(*to) };
                continue;
            }
            let (key, node) = match (route.get("when"), route.get("when-xpath")) {
                (Some(node), _) => ("when", node),
                (_, Some(node)) => ("when-xpath", node),
                _ => continue,
            };
            if language.is_some_and(|l| l != key) {
                self.problems.error(
                    "F0105",
                    "the routes of one router use one language",
                    node.range.clone(),
                    format!("`{key}` after another kind"),
                    "write all routes with `when` or all with `when-xpath`; `when` can use ${xpath:...}",
                );
            }
            language = language.or(Some(key));
            let when =
                if key == "when" { self.condition(node).map(When::Simple) } else { self.xpath(node).map(When::XPath) };
            router.routes.extend(when.map(|when| Route { when, to: *to }));
        }
        Some(router)
    }

    /// A splitter.
    pub(super) fn split(&mut self, view: View<'_>, body: Option<StepIx>) -> Option<Split> {
        let by = if let Some(node) = view.get("xpath") {
            let (path, envelope) = (self.xpath(node)?, view.bool("envelope"));
            if envelope && path.plain_path().is_none() {
                self.problems.error(
                    "F0111",
                    "`envelope` needs a plain path",
                    node.range.clone(),
                    "the elements around a part cannot be told from this",
                    "write element names with slashes: /orders/order; or leave out `envelope`",
                );
            }
            SplitBy::XPath { path, envelope: if envelope { Envelope::Elements } else { Envelope::None } }
        } else if let Some(node) = view.get("jsonpath") {
            SplitBy::JsonPath(self.json_path(node)?)
        } else if view.get("line").is_some() {
            SplitBy::Line { header: false }
        } else {
            let node = view.get("token")?;
            let token = node.text()?;
            if token.is_empty() {
                self.problems.error(
                    "F0104",
                    "an empty token splits nothing",
                    node.range.clone(),
                    "empty",
                    "write the text between the parts, or use `line: true`",
                );
            }
            SplitBy::Token(token.to_owned())
        };
        if let Some(node) = view.get("envelope").filter(|_| !matches!(by, SplitBy::XPath { .. })) {
            self.problems.warning(
                "F0217",
                "`envelope` has no effect here",
                node.range.clone(),
                "belongs to `xpath`",
                "leave it out",
            );
        }
        Some(Split {
            by,
            group: view.int::<u32>("group").max(1),
            parallel: view.int::<u32>("parallel").max(1),
            stop_on_error: view.flag("stop-on-error").unwrap_or(self.quality == Quality::BestEffort),
            body,
            record: self.template_of(view.get("record")),
            count: false,
        })
    }

    /// A gather in its short form or as a map.
    pub(super) fn gather(&mut self, content: Option<&Node>) -> Option<Gather> {
        let node = content?;
        match node.text() {
            Some("concat") => Some(Gather::Concat),
            Some("json") => Some(Gather::Json),
            Some("last") => Some(Gather::Last),
            Some("xml") => Some(Gather::Xml { root: "messages".to_owned(), unwrap: false }),
            Some("multimap") => Some(Gather::Multimap { same: true }),
            Some("multimap-each") => Some(Gather::Multimap { same: false }),
            Some(_) => None,
            None => {
                let view = View::step("gather", content);
                if let Some(node) = view.get("into") {
                    return self.merge(node, view.get("from"));
                }
                let root = view.get("xml")?;
                self.element_name(root);
                Some(Gather::Xml { root: root.text()?.to_owned(), unwrap: view.bool("unwrap") })
            }
        }
    }

    /// A gather that adds to the first body.
    fn merge(&mut self, into: &Node, from: Option<&Node>) -> Option<Gather> {
        let Some(from) = from else {
            let help = "write `from: /order/items/*`, what is taken from the other bodies";
            self.problems.error("F0103", "`into` needs `from`", into.range.clone(), "`from` is missing", help);
            return None;
        };
        let path = self.xpath(into)?;
        if path.plain_path().is_none_or(|p| p.steps.iter().any(|s| s.descendant)) {
            let help = "write a path of elements without conditions, such as /orders";
            self.problems.error("F0104", "`into` is not a plain path", into.range.clone(), "not a plain path", help);
        }
        Some(Gather::Merge { from: self.xpath(from)?, into: path })
    }

    /// Process call, looping process call, idempotent process call.
    pub(super) fn call(&mut self, key: &str, content: &Node, view: &View<'_>, from: ProcessIx) -> Option<StepKind> {
        let node = if key == "call" { content } else { view.get("process")? };
        let process = self.process(node, from)?;
        match key {
            "call" => Some(StepKind::Call(process)),
            "loop" => Some(StepKind::Loop(Loop {
                process,
                again: self.condition(view.get("while")?)?,
                max: view.int("max"),
                fail_at_max: view.text("at-max") != "continue",
            })),
            _ => Some(StepKind::Once(Once {
                process,
                id: self.template(view.get("id")?),
                skip: view.bool("skip"),
                keep: view.duration("keep"),
            })),
        }
    }

    fn process(&mut self, node: &Node, from: ProcessIx) -> Option<ProcessIx> {
        let name = node.text()?;
        let Some(info) = self.processes.get(name).cloned() else {
            let locals = self.processes.iter().filter(|(_, p)| p.local).map(|(n, _)| n.as_str());
            let help = did_you_mean(name, locals)
                .unwrap_or_else(|| format!("define it: `processes: {{ {name}: {{ steps: [...] }} }}`"));
            self.problems.error(
                "F0202",
                format!("there is no local process `{name}`"),
                node.range.clone(),
                "not defined in this flow",
                help.as_str(),
            );
            return None;
        };
        if !info.local {
            let help = "only a process without `from` can be called; give shared steps a local process of their own";
            self.problems.error(
                "F0205",
                format!("`{name}` is started by its sender and cannot be called"),
                node.range.clone(),
                "has a `from`",
                help,
            );
            return None;
        }
        self.calls.push((from, info.ix, node.range.clone()));
        Some(info.ix)
    }

    /// Request and send.
    pub(super) fn delivery(&mut self, key: &str, node: &Node, next: Option<StepIx>) -> Option<StepKind> {
        let name = node.text()?;
        let Some(kind) = self.receivers.get(name).copied() else {
            let known = self.receivers.keys().map(String::as_str);
            let help = did_you_mean(name, known).unwrap_or_else(|| match self.receivers.is_empty() {
                true => format!("define it: `receivers: {{ {name}: {{ http: ... }} }}`"),
                false => {
                    format!("this flow has {}", crate::problems::some_of(self.receivers.keys().map(String::as_str)))
                }
            });
            self.problems.error(
                "F0201",
                format!("there is no receiver `{name}`"),
                node.range.clone(),
                "not under `receivers`",
                help.as_str(),
            );
            return None;
        };
        self.used_receivers.insert(name.to_owned());
        match (key, kind) {
            ("request", ReceiverKind::Queue | ReceiverKind::Mail) => {
                let what = if kind == ReceiverKind::Queue { "a queue" } else { "a mail" };
                let help = format!("write `send: {name}`");
                self.problems.error(
                    "F0212",
                    format!("{what} gives no answer to wait for"),
                    node.range.clone(),
                    "no answer",
                    help.as_str(),
                );
            }
            ("send", ReceiverKind::ProcessDirect) if next.is_some() => {
                let help =
                    format!("write `request: {name}`, or let nothing follow, not even behind the branch that it is in");
                self.problems.error(
                    "F0211",
                    "steps follow a one-way send to ProcessDirect",
                    node.range.clone(),
                    "a ProcessDirect call always answers",
                    help.as_str(),
                );
            }
            _ => {}
        }
        let name = name.to_owned();
        Some(if key == "send" { StepKind::Send(name) } else { StepKind::Request(name) })
    }

    /// End events.
    pub(super) fn end(&mut self, content: Option<&Node>, view: &View<'_>) -> Option<StepKind> {
        let word = content?.text();
        let end = match word {
            Some("message") => End::Message,
            Some("error") => End::Error(None),
            Some("terminate") => End::Terminate,
            Some("escalation") => End::Escalation(View::step("end", None).default("escalation").to_owned()),
            Some(_) => return None,
            None => match (view.get("error").and_then(Node::text), view.get("escalation").and_then(Node::text)) {
                (Some(_), _) => End::Error(self.template_of(view.get("error"))),
                (_, Some(category)) => End::Escalation(category.to_owned()),
                _ => return None,
            },
        };
        Some(StepKind::End(end))
    }

    /// Checks the name of an element that a step makes.
    pub(super) fn element_name(&mut self, node: &Node) {
        let Some(name) = node.text() else { return };
        let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty()
            || !name.chars().all(good)
            || name.starts_with(|c: char| c.is_numeric() || c == '-' || c == '.')
        {
            self.problems.error(
                "F0104",
                format!("`{name}` is not an element name"),
                node.range.clone(),
                "not an element name",
                "begin with a letter; then letters, digits, `_`, `-` and `.`",
            );
        }
    }
}
