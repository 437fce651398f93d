//! Order by key: what a sender knew to be accepted is at the receiver before what it sent afterwards.

use std::collections::BTreeMap;

use crate::ledger::Line;
use crate::traffic::Sent;

/// What a message left at a receiver: its sender's marks, and the places of its first and last arrival.
struct Arrived<'a> {
    record: &'a str,
    posted: u64,
    acknowledged: Option<u64>,
    first: u64,
    last: u64,
}

/// How many pairs had an order that could be seen, and those that broke it.
pub fn check(messages: &BTreeMap<u64, Sent>, lines: &[Line]) -> (usize, Vec<String>) {
    let mut at: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for line in lines.iter().filter(|l| l.taken) {
        at.entry((line.receiver, &line.record)).or_insert((line.at, line.at)).1 = line.at;
    }
    let mut lanes: BTreeMap<(&str, u64), Vec<Arrived<'_>>> = BTreeMap::new();
    for message in messages.values() {
        let (Some(customer), Some(record)) = (message.customer, message.records.first()) else { continue };
        for receiver in message.receivers {
            let Some((first, last)) = at.get(&(*receiver, record.as_str())).copied() else { continue };
            let (posted, acknowledged) = (message.first_post, message.acknowledged_at);
            lanes.entry((*receiver, customer)).or_default().push(Arrived { record, posted, acknowledged, first, last });
        }
    }
    let (mut pairs, mut broken) = (0, Vec::new());
    for ((receiver, customer), arrived) in &lanes {
        for earlier in arrived {
            let follows = |later: &&Arrived<'_>| earlier.acknowledged.is_some_and(|at| at < later.posted);
            for later in arrived.iter().filter(follows) {
                pairs += 1;
                if later.first < earlier.last {
                    broken.push(format!(
                        "{} came to {receiver} before {}, which customer {customer} had sent and was accepted before",
                        later.record, earlier.record
                    ));
                }
            }
        }
    }
    (pairs, broken)
}
