//! Receivers: retries, doubt, circuit, the meaning of answers.

use super::ctx::Ctx;
use super::view::View;
use crate::channel::{ReceiverChannel, RetryPolicy};
use crate::delivery::{AnswerRange, Circuit, InDoubt, Probe, Retries};
use crate::problems::Problems;
use crate::yaml::Node;

impl Ctx<'_> {
    /// The key `retry`.
    pub(super) fn retries(&mut self, view: &View<'_>) -> Retries {
        let base = view.map("retry");
        let failed = policy(&base, self.problems);
        let mut class = |key: &str| base.get(key).map(|_| policy(&base.map(key).or(base), self.problems));
        Retries { failed, in_doubt: class("in-doubt"), rejected: class("rejected") }
    }

    /// The key `in-doubt`; without it what the receiver promises decides.
    pub(super) fn in_doubt(&mut self, view: &View<'_>, channel: &ReceiverChannel) -> InDoubt {
        let Some(node) = view.get("in-doubt") else { return InDoubt::of(channel) };
        match node.text() {
            Some("hold") => InDoubt::Hold,
            Some(_) => InDoubt::Retry,
            None => {
                self.probe(&view.map("in-doubt").map("probe")).map_or(InDoubt::Retry, |p| InDoubt::Probe(Box::new(p)))
            }
        }
    }

    fn probe(&mut self, view: &View<'_>) -> Option<Probe> {
        let http_view = view.map("http");
        let mut http = self.http_receiver(&http_view)?;
        if http_view.get("method").is_none() {
            http.method = self.template_text("GET");
        }
        http.throw_on_failure = false;
        let mut condition = |key: &str| match view.get(key) {
            Some(node) => self.condition(node),
            None => self.condition_text(view.default(key)),
        };
        Some(Probe { http, delivered: condition("delivered")?, absent: condition("absent")? })
    }

    /// A list of answers: statuses, ranges of them, `no-answer`.
    pub(super) fn answers(&mut self, node: Option<&Node>) -> Vec<AnswerRange> {
        let mut found = Vec::new();
        for item in node.map(Node::items).unwrap_or_default() {
            let Some(text) = item.text() else { continue };
            match AnswerRange::parse(text) {
                Some(range) => found.push(range),
                None => self.problems.error(
                    "F0104",
                    format!("`{text}` is no answer of an HTTP receiver"),
                    item.range.clone(),
                    "not a status",
                    "write a status (`409`), a hundred (`5xx`), a range (`500-504`) or `no-answer`",
                ),
            }
        }
        found
    }
}

/// The key `circuit`.
pub(super) fn circuit(view: &View<'_>) -> Circuit {
    let off = view.get("circuit").and_then(Node::text) == Some("off");
    let map = view.map("circuit");
    Circuit {
        system: map.get("system").and_then(Node::text).map(str::to_owned),
        failures: if off { 0 } else { map.int("failures") },
        probe: map.duration("probe"),
    }
}

fn policy(view: &View<'_>, problems: &mut Problems) -> RetryPolicy {
    let attempts =
        view.own("max-attempts").or_else(|| view.get("max-attempts").filter(|_| view.own("max-retries").is_none()));
    if let (Some(node), Some(_)) = (view.own("max-attempts"), view.own("max-retries")) {
        problems.error(
            "F0105",
            "`max-attempts` and `max-retries` say the same",
            node.range.clone(),
            "the second one",
            "keep one of them",
        );
    }
    let max_retries = match (attempts, view.get("max-retries").and_then(Node::text)) {
        (Some(_), _) => u32::try_from(view.number("max-attempts").unwrap_or(1).saturating_sub(1)).ok(),
        (None, Some("none")) => None,
        (None, _) => Some(view.int("max-retries")),
    };
    RetryPolicy {
        interval: view.duration("interval"),
        backoff: view.float("backoff").max(1.0),
        max_interval: view.duration("max-interval"),
        max_retries,
        max_age: view.get("max-age").map(|_| view.duration("max-age")),
        jitter: view.float("jitter").clamp(0.0, 1.0),
    }
}
