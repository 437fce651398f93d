//! One script before both: what it is given, what came out, how that compares.

use std::collections::BTreeMap;

use crate::compare::{Difference, Verdict, compare};
use crate::{Answer, Input, Jvm, Outcome, Request, Semel, Unavailable};

/// How a script fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All calls agree.
    Agree,
    /// All calls agree but for blanks.
    Blanks,
    /// All calls agree but for blanks and the texts of exceptions.
    Wording,
    /// At least one call differs.
    Differ,
    /// The real Groovy does not take it either.
    Refused,
    /// It has no function that takes a message.
    NoEntry,
    /// Each call wants something from outside: files, network, processes.
    Outside,
    /// It did not end in time there.
    Timeout,
}

/// A script with its results.
#[derive(Clone, Debug)]
pub struct Trial {
    /// How it fared.
    pub standing: Standing,
    /// Whether our parser takes it; else what it says.
    pub parsed: Result<(), String>,
    /// Why the real Groovy refused it.
    pub refusal: Option<String>,
    /// Each call: input, what the real one did, what ours did, how they compare.
    pub calls: Vec<Call>,
}

/// One call of a trial.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it was given.
    pub input: Input,
    /// The real one.
    pub real: Outcome,
    /// Ours.
    pub ours: Outcome,
    /// How they compare.
    pub verdict: Verdict,
}

impl Trial {
    /// What differs, each reason once.
    #[must_use]
    pub fn differences(&self) -> Vec<&Difference> {
        let mut all: Vec<&Difference> = Vec::new();
        for call in &self.calls {
            if let Verdict::Differ(d) | Verdict::Wording(d) = &call.verdict
                && !all.iter().any(|known| known.reason == d.reason)
            {
                all.push(d);
            }
        }
        all
    }
}

/// Runs a script in both.
///
/// # Errors
/// The real Groovy cannot be asked.
pub fn trial(
    jvm: &mut Jvm,
    semel: &Semel,
    source: &str,
    companions: BTreeMap<String, String>,
    inputs: Vec<Input>,
) -> Result<Trial, Unavailable> {
    let parsed = parse(source);
    let function = crate::corpus::entry(source);
    let has_entry = function.is_some();
    let request = Request {
        source: source.to_owned(),
        function: function.unwrap_or_default(),
        companions,
        millis: 4_000,
        inputs: if has_entry { inputs } else { Vec::new() },
    };
    let Answer { phase, error, results, stuck } = jvm.ask(&request)?;
    let mut trial = Trial { standing: Standing::NoEntry, parsed, refusal: None, calls: Vec::new() };
    if phase != "run" {
        trial.standing = if phase == "timeout" { Standing::Timeout } else { Standing::Refused };
        trial.refusal = error.and_then(|e| e.message);
        return Ok(trial);
    }
    if !has_entry {
        return Ok(trial);
    }
    let asked: Vec<Input> = request.inputs.iter().take(results.len()).cloned().collect();
    let ours = semel.ask(&Request { inputs: asked.clone(), ..request });
    let mut worst = Verdict::Agree;
    let mut calls = Vec::new();
    for ((input, real), ours) in asked.into_iter().zip(results).zip(ours) {
        // A script that leaves the house is not ours to follow.
        let fenced =
            real.error.as_ref().and_then(|e| e.message.as_deref()).is_some_and(|m| m.contains("the oracle's fence"));
        // Nor is one that sleeps on purpose; ours may end what the real one does not.
        if fenced || real.phase == "timeout" {
            continue;
        }
        let verdict = compare(source, &real, &ours);
        worst = worst.max(verdict.clone());
        calls.push(Call { input, real, ours, verdict });
    }
    trial.calls = calls;
    trial.standing = match worst {
        _ if stuck && trial.calls.len() <= 1 => Standing::Timeout,
        _ if trial.calls.is_empty() => Standing::Outside,
        Verdict::Agree => Standing::Agree,
        Verdict::Blanks => Standing::Blanks,
        Verdict::Wording(_) => Standing::Wording,
        Verdict::Differ(_) => Standing::Differ,
    };
    Ok(trial)
}

/// Whether our parser takes a script; on a thread of its own, because nesting needs stack.
fn parse(source: &str) -> Result<(), String> {
    let parse = || groovy::Program::parse("Script1.groovy", source).map(|_| ());
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, parse);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(parsed)) => parsed.map_err(|e| format!("line {} column {}: {}", e.line, e.col, e.message)),
            _ => Err("the parser fell over".to_owned()),
        }
    })
}
