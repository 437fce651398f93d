//! The verdict: the ledgers against what the senders were promised and what the files recorded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use crate::ledger::{Ledger, Line};
use crate::person::Decided;
use crate::snapshot::{Recorded, Snapshot};
use crate::traffic::{Design, Sent, Traffic};
use crate::trap::Point;

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    kills: BTreeMap<Point, usize>,
    messages: usize,
    acknowledged_by: BTreeMap<String, usize>,
    deliveries: usize,
    lost: Vec<String>,
    repeated_after_record: Vec<String>,
    /// Repeats by the place of the kill before them; those without a kill count as by chance.
    repeats: BTreeMap<Point, usize>,
    same_key: usize,
    may_repeat: BTreeMap<&'static str, usize>,
    duplicates_unexplained: Vec<String>,
    /// Repeats at receivers whose doubts are held or asked about.
    careful: Vec<String>,
    /// Pairs of messages of one key whose order could be seen.
    pairs: usize,
    out_of_order: Vec<String>,
    questions: u64,
    decided: Decided,
    still_parked: usize,
    in_doubt: usize,
}

impl Report {
    /// Nothing lost, nothing repeated that was recorded, no duplicate without a reason.
    pub fn is_good(&self) -> bool {
        self.lost.is_empty()
            && self.repeated_after_record.is_empty()
            && self.duplicates_unexplained.is_empty()
            && self.careful.is_empty()
            && self.out_of_order.is_empty()
            && self.still_parked == 0
            && self.messages > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "kills                      {:>8}", self.kills.values().sum::<usize>())?;
        for (point, count) in &self.kills {
            let repeats = self.repeats.get(point).copied().unwrap_or_default();
            writeln!(f, "  {point:<30} {count:>6}   {repeats} repeats after it")?;
        }
        writeln!(f, "messages accepted          {:>8}  {:?}", self.messages, self.acknowledged_by)?;
        writeln!(f, "records delivered          {:>8}", self.deliveries)?;
        writeln!(f, "lost                       {:>8}", self.lost.len())?;
        writeln!(f, "sent again after recorded  {:>8}", self.repeated_after_record.len())?;
        writeln!(f, "repeats with the same key  {:>8}  (idempotent receivers drop them)", self.same_key)?;
        let may_repeat: usize = self.may_repeat.values().sum();
        writeln!(f, "repeats without a key      {may_repeat:>8}  (receivers that may repeat: {:?})", self.may_repeat)?;
        writeln!(f, "duplicates without reason  {:>8}", self.duplicates_unexplained.len())?;
        writeln!(f, "repeats where doubts are held or asked about {:>6}", self.careful.len())?;
        writeln!(f, "pairs in order by key      {:>8}  {} out of order", self.pairs, self.out_of_order.len())?;
        writeln!(f, "receivers were asked       {:>8}", self.questions)?;
        let Decided { ended, sent, tried } = &self.decided;
        writeln!(
            f,
            "decided by a person        {:>8}  in doubt: {ended} were there and ended, {sent} were not and sent again; {tried} blocked and tried again",
            ended + sent + tried
        )?;
        writeln!(f, "in doubt, for a person     {:>8}", self.in_doubt)?;
        writeln!(f, "still parked               {:>8}", self.still_parked)?;
        for line in self
            .lost
            .iter()
            .chain(&self.repeated_after_record)
            .chain(&self.duplicates_unexplained)
            .chain(&self.careful)
            .chain(&self.out_of_order)
            .take(20)
        {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// Records of acknowledged messages that a receiver never took.
pub fn missing(messages: &BTreeMap<u64, Sent>, lines: &[Line]) -> Vec<String> {
    let taken: HashSet<(&str, &str)> =
        lines.iter().filter(|l| l.taken).map(|l| (l.record.as_str(), l.receiver)).collect();
    let mut missing = Vec::new();
    for message in messages.values().filter(|m| m.acknowledged) {
        for record in &message.records {
            for receiver in message.receivers {
                if !taken.contains(&(record.as_str(), *receiver)) {
                    missing.push(format!("{record} never reached {receiver}"));
                }
            }
        }
    }
    missing
}

/// Compares everything.
pub fn verify(
    traffic: &Traffic,
    ledger: &Ledger,
    kills: &[Snapshot],
    last: &Snapshot,
    recorded: &Recorded,
    decided: Decided,
) -> Report {
    let (messages, lines) = (traffic.messages(), ledger.lines());
    let (pairs, out_of_order) = crate::order::check(&messages, &lines);
    let mut report = Report {
        messages: messages.values().filter(|m| m.acknowledged).count(),
        lost: missing(&messages, &lines),
        still_parked: last.parked.len() - last.in_doubt.min(last.parked.len()),
        in_doubt: last.in_doubt,
        questions: ledger.questions.load(std::sync::atomic::Ordering::SeqCst),
        pairs,
        out_of_order,
        decided,
        ..Report::default()
    };
    for kill in kills {
        *report.kills.entry(kill.point).or_default() += 1;
    }
    for message in messages.values().filter(|m| m.acknowledged) {
        *report.acknowledged_by.entry(format!("{:?}", message.design)).or_default() += 1;
    }
    let number_of = |record: &str| record.split('-').nth(1).and_then(|n| n.parse::<u64>().ok());
    let mut by_target: HashMap<(&str, &str), Vec<&Line>> = HashMap::new();
    for line in lines.iter().filter(|l| l.taken && l.receiver != "alert") {
        by_target.entry((line.record.as_str(), line.receiver)).or_default().push(line);
    }
    report.deliveries = by_target.len();
    for ((record, receiver), taken) in &by_target {
        let Some(message) = number_of(record).and_then(|n| messages.get(&n)) else { continue };
        let Some(number) = number_of(record) else { continue };
        for pair in taken.windows(2) {
            let (first, again) = (pair[0], pair[1]);
            // The last kill before the repeat decides: what did the files say then?
            let kill = kills.iter().rfind(|k| k.at < again.at);
            let was_recorded = kill.is_some_and(|k| {
                let settled = recorded.acknowledged.get(&number).is_some_and(|at| *at <= k.at)
                    && !k.parked.contains(&((*record).to_owned(), (*receiver).to_owned()));
                let known = recorded.delivered.get(&again.key).is_some_and(|at| *at <= k.at);
                k.at > first.at && (known && !again.key.is_empty() || settled)
            });
            let mut explained = || {
                let between = kills.iter().find(|k| k.at > first.at && k.at < again.at);
                *report.repeats.entry(between.map_or(Point::Chance, |k| k.point)).or_default() += 1;
                if !again.key.is_empty() && again.key == first.key {
                    report.same_key += 1;
                } else {
                    *report.may_repeat.entry(again.receiver).or_default() += 1;
                }
            };
            if message.design.is_careful() {
                let text = format!("{record} came twice to {receiver}: at {} and {}", first.at, again.at);
                report.careful.push(text);
                continue;
            }
            let other_key = message.design == Design::D && again.key != first.key;
            if was_recorded {
                report
                    .repeated_after_record
                    .push(format!("{record} was recorded as delivered to {receiver} and sent again"));
            } else if other_key {
                let text = format!("{record} came to {receiver} with another key: {} and {}", first.key, again.key);
                report.duplicates_unexplained.push(text);
            } else if first.doubtful || kills.iter().any(|k| k.at > first.at && k.at < again.at) {
                explained();
            } else if message.design != Design::D && message.posts > 1 {
                // The sender got an error and sent the whole message again; without exactly-once that repeats records.
                explained();
            } else {
                let text = format!("{record} came twice to {receiver} without a kill or doubt between");
                report
                    .duplicates_unexplained
                    .push(format!("{text}: at {} and {}, {} posts", first.at, again.at, message.posts));
            }
        }
    }
    report
}
