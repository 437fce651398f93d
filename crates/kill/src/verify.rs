//! The verdict: the ledgers against what the senders were promised and what the files recorded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use crate::ledger::{Ledger, Line};
use crate::snapshot::Snapshot;
use crate::traffic::{Design, Sent, Traffic};

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    messages: usize,
    acknowledged_by: BTreeMap<String, usize>,
    deliveries: usize,
    lost: Vec<String>,
    repeated_after_record: Vec<String>,
    duplicates_explained: usize,
    duplicates_unexplained: Vec<String>,
    still_parked: usize,
}

impl Report {
    /// Nothing lost, nothing repeated that was recorded, no duplicate without a reason.
    pub fn is_good(&self) -> bool {
        self.lost.is_empty()
            && self.repeated_after_record.is_empty()
            && self.duplicates_unexplained.is_empty()
            && self.still_parked == 0
            && self.messages > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "messages acknowledged      {:>8}  {:?}", self.messages, self.acknowledged_by)?;
        writeln!(f, "records at receivers       {:>8}", self.deliveries)?;
        writeln!(f, "lost                       {:>8}", self.lost.len())?;
        writeln!(f, "sent again after recorded  {:>8}", self.repeated_after_record.len())?;
        writeln!(
            f,
            "duplicates in doubt        {:>8}  (killed or cut off between the receiver's act and our record)",
            self.duplicates_explained
        )?;
        writeln!(f, "duplicates without reason  {:>8}", self.duplicates_unexplained.len())?;
        writeln!(f, "still parked               {:>8}", self.still_parked)?;
        for line in self.lost.iter().chain(&self.repeated_after_record).chain(&self.duplicates_unexplained).take(20) {
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
pub fn verify(traffic: &Traffic, ledger: &Ledger, kills: &[Snapshot], last: &Snapshot) -> Report {
    let (messages, lines) = (traffic.messages(), ledger.lines());
    let mut report = Report {
        messages: messages.values().filter(|m| m.acknowledged).count(),
        lost: missing(&messages, &lines),
        still_parked: last.parked.len(),
        ..Report::default()
    };
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
            let recorded = kill.is_some_and(|k| {
                let settled = k.acknowledged.contains(&number)
                    && !k.parked.contains(&((*record).to_owned(), (*receiver).to_owned()));
                k.at > first.at && (k.delivered.contains(&again.key) && !again.key.is_empty() || settled)
            });
            if recorded {
                report
                    .repeated_after_record
                    .push(format!("{record} was recorded as delivered to {receiver} and sent again"));
            } else if first.doubtful || kills.iter().any(|k| k.at > first.at && k.at < again.at) {
                report.duplicates_explained += 1;
            } else if message.design != Design::D && message.posts > 1 {
                // The sender got an error and sent the whole message again; without exactly-once that repeats records.
                report.duplicates_explained += 1;
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
