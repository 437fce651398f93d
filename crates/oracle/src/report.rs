//! Figures of many trials: shares, and reasons of disagreement counted by script.

use std::collections::BTreeMap;

use comfy_table::{Cell, ContentArrangement, Table};
use serde_json::{Value as Json, json};

use crate::compare::{Verdict, general};
use crate::trial::{Standing, Trial};

/// Reasons that are shown.
const MOST_REASONS: usize = 60;

/// Figures and reasons.
#[derive(Debug, Default)]
pub struct Report {
    /// Files that were scripts.
    pub found: usize,
    /// Scripts, each once.
    pub unique: usize,
    refused: usize,
    parsed: usize,
    /// Of those that the real Groovy takes, those that our parser takes too.
    parsed_of_taken: usize,
    no_entry: usize,
    timeout: usize,
    agree: usize,
    blanks: usize,
    wording: usize,
    outside: usize,
    differ: usize,
    calls: usize,
    calls_agree: usize,
    calls_ok: usize,
    calls_deep: usize,
    /// Compared scripts with a call that did not throw there.
    ran: usize,
    refusals: BTreeMap<String, usize>,
    /// Why the first call threw there, for scripts that threw in all: what the guesses lack.
    shallow: BTreeMap<String, Vec<String>>,
    /// Scripts by reason.
    reasons: BTreeMap<String, Vec<String>>,
    /// An example of each reason: input, want, got.
    examples: BTreeMap<String, (String, String, String)>,
    lists: BTreeMap<&'static str, Vec<String>>,
}

fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Agree => "agree",
        Standing::Blanks => "blanks",
        Standing::Wording => "wording",
        Standing::Outside => "outside",
        Standing::Differ => "differ",
        Standing::Refused => "refused",
        Standing::NoEntry => "no-entry",
        Standing::Timeout => "timeout",
    }
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain("…".chars()).collect() }
}

impl Report {
    /// Adds the trial of a script.
    pub fn add(&mut self, path: &str, trial: &Trial) {
        self.unique += 1;
        self.parsed += usize::from(trial.parsed.is_ok());
        self.lists.entry(word(&trial.standing)).or_default().push(path.to_owned());
        if trial.standing == Standing::Refused {
            self.refused += 1;
            let refusal = trial.refusal.as_deref().unwrap_or("?");
            let line = refusal
                .lines()
                .map(str::trim)
                .find(|l| l.contains(": ") && !l.starts_with("startup"))
                .unwrap_or(refusal);
            let line = line.split(" @ line").next().unwrap_or(line);
            let line = line.split_once(".groovy: ").and_then(|(_, l)| l.split_once(": ")).map_or(line, |(_, l)| l);
            *self.refusals.entry(clip(line, 90)).or_default() += 1;
            return;
        }
        if let Err(what) = &trial.parsed {
            self.lists.entry("unparsed").or_default().push(format!("{path}: {what}"));
            let what = what.split_once(": ").map_or(what.as_str(), |(_, w)| w);
            self.reason(path, &format!("our parser: {}", clip(what, 90)), ("", "", ""));
        } else {
            self.parsed_of_taken += 1;
        }
        match trial.standing {
            Standing::NoEntry => self.no_entry += 1,
            Standing::Timeout => self.timeout += 1,
            Standing::Agree => self.agree += 1,
            Standing::Blanks => self.blanks += 1,
            Standing::Wording => self.wording += 1,
            Standing::Outside => self.outside += 1,
            _ => self.differ += 1,
        }
        let ok = |c: &crate::trial::Call| c.real.phase == "ok";
        if trial.calls.iter().any(ok) {
            self.ran += 1;
        } else if let Some(error) = trial.calls.first().and_then(|c| c.real.error.as_ref()) {
            self.shallow.entry(general(error)).or_default().push(path.to_owned());
        }
        for call in &trial.calls {
            self.calls += 1;
            self.calls_ok += usize::from(ok(call));
            let agrees = !matches!(call.verdict, Verdict::Differ(_));
            self.calls_agree += usize::from(agrees);
            self.calls_deep += usize::from(agrees && ok(call));
        }
        if trial.parsed.is_ok() {
            for difference in trial.differences() {
                let call = trial
                    .calls
                    .iter()
                    .find(|c| matches!(&c.verdict, Verdict::Differ(d) | Verdict::Wording(d) if d == difference));
                let input = call.map_or("", |c| c.input.name.as_str());
                let wording = call.is_some_and(|c| matches!(c.verdict, Verdict::Wording(_)));
                let reason = format!("{}{}", if wording { "wording: " } else { "" }, difference.reason);
                self.reason(path, &reason, (input, &difference.want, &difference.got));
            }
        }
    }

    fn reason(&mut self, path: &str, reason: &str, (input, want, got): (&str, &str, &str)) {
        self.reasons.entry(reason.to_owned()).or_default().push(path.to_owned());
        let example = || (format!("{path} [{input}]"), clip(want, 300), clip(got, 300));
        self.examples.entry(reason.to_owned()).or_insert_with(example);
    }

    /// Scripts that both run and that have a function to call.
    fn compared(&self) -> usize {
        self.agree + self.blanks + self.wording + self.differ
    }

    /// The scripts of a standing, or of a reason that contains the word.
    #[must_use]
    pub fn list(&self, what: &str) -> Vec<String> {
        if let Some(list) = self.lists.get(what) {
            return list.clone();
        }
        let matching = self.reasons.iter().filter(|(reason, _)| reason.contains(what));
        matching.flat_map(|(reason, paths)| paths.iter().map(move |p| format!("{reason}\t{p}"))).collect()
    }

    fn sorted(&self) -> Vec<(&String, &Vec<String>)> {
        let mut all: Vec<_> = self.reasons.iter().collect();
        all.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
        all
    }

    fn figures(&self) -> Vec<(&'static str, usize, String)> {
        let taken = self.unique - self.refused;
        vec![
            ("script files", self.found, String::new()),
            ("unique scripts", self.unique, String::new()),
            ("the real Groovy compiles", taken, share(taken, self.unique)),
            ("of these our parser takes", self.parsed_of_taken, share(self.parsed_of_taken, taken)),
            ("of these have a function with a message", taken - self.no_entry, String::new()),
            ("  too slow there", self.timeout, String::new()),
            ("  wants files, network or processes", self.outside, String::new()),
            ("  compared", self.compared(), String::new()),
            ("  agree in all calls", self.agree, share(self.agree, self.compared())),
            ("  agree but for blanks", self.blanks, share(self.blanks, self.compared())),
            ("  agree but for texts of exceptions", self.wording, share(self.wording, self.compared())),
            ("  differ", self.differ, share(self.differ, self.compared())),
            ("calls", self.calls, String::new()),
            ("  agree", self.calls_agree, share(self.calls_agree, self.calls)),
            ("  did not throw there", self.calls_ok, share(self.calls_ok, self.calls)),
            ("    of these agree", self.calls_deep, share(self.calls_deep, self.calls_ok)),
            ("scripts with a call that did not throw there", self.ran, share(self.ran, self.compared())),
        ]
    }

    /// For people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut figures = Table::new();
        figures.set_content_arrangement(ContentArrangement::Disabled);
        for (name, count, share) in self.figures() {
            figures.add_row([Cell::new(name), Cell::new(count), Cell::new(share)]);
        }
        let mut reasons = Table::new();
        reasons.set_header(["scripts", "reason of disagreement"]);
        for (reason, paths) in self.sorted().into_iter().take(MOST_REASONS) {
            reasons.add_row([Cell::new(paths.len()), Cell::new(reason)]);
        }
        format!("{figures}\n{reasons}")
    }

    /// For programs, and for those who repair: every reason with an example.
    #[must_use]
    pub fn json(&self) -> Json {
        let figures: Vec<Json> = self
            .figures()
            .into_iter()
            .map(|(name, count, share)| json!({"figure": name.trim(), "count": count, "share": share}))
            .collect();
        let reasons: Vec<Json> = self
            .sorted()
            .into_iter()
            .map(|(reason, paths)| {
                let (at, want, got) = self.examples.get(reason).cloned().unwrap_or_default();
                json!({"reason": reason, "scripts": paths.len(), "example": at, "want": want, "got": got, "paths": paths})
            })
            .collect();
        json!({"figures": figures, "reasons": reasons, "refusals": self.refusals, "shallow": self.shallow})
    }
}
