//! The engine in a pure world: flows from text, scripted receivers, the memory store; and every fault at every effect.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity, reason = "helpers of tests")]
mod calls;
mod faults;
mod identity;
mod mime;
mod pages;
mod parts;
mod rules;
mod sends;
mod steps;
mod world;

use std::fmt::Write;

use base::{EntryKey, Message};
use engine::{INBOX_RETRY, Trigger, http_answer};
use store::Place;
use world::World;

/// What starts the first flow of a case.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A request.
    Http,
    /// A timer.
    Timer,
    /// ProcessDirect: one-way, retrying.
    Called(bool, bool),
    /// An entry of queue `in` with this many failed retries and at most two retries.
    Queue(u32),
}

/// Runs the first flow on a body and compares everything that came of it, line by line.
#[track_caller]
pub fn check(flows: &[&str], by: By, body: &str, script: &[(&str, &str)], expect: &str) {
    check_in(World::of(flows), flows, by, body, script, expect);
}

/// The same in a world that holds something already.
#[track_caller]
pub fn check_in(mut world: World, flows: &[&str], by: By, body: &str, script: &[(&str, &str)], expect: &str) {
    let seen = outcome(&mut world, flows, by, body, script);
    let clean = |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    let (seen, expect) = (clean(&seen), clean(expect));
    assert!(seen == expect, "\n--- seen\n{seen}\n--- expected\n{expect}\n");
}

/// Runs the first flow and tells everything that came of it.
pub fn outcome(world: &mut World, flows: &[&str], by: By, body: &str, script: &[(&str, &str)]) -> String {
    for (receiver, plan) in script {
        world.script.insert((*receiver).to_owned(), plan.split(' ').map(str::to_owned).collect());
    }
    let name = world::flow(flows[0]).name.clone();
    let mut message = Message::of(body.to_owned());
    let start = match by {
        By::Queue(retries) => {
            world.put(Place::queue("in"), "1", body);
            let entry = world.claim(&Place::queue("in")).remove(0);
            let mut start = world.parked(&name, &entry, Some(2));
            if let Trigger::Parked { retries: r, .. } = &mut start.trigger {
                *r = retries;
            }
            start
        }
        By::Http => {
            message.headers.set("Content-Type", "text/plain");
            message.headers.set("X-In", "same");
            world.start(&name, message, Trigger::Http)
        }
        By::Timer => world.start(&name, message, Trigger::Timer),
        By::Called(one_way, retrying) => {
            world.start(&name, message, Trigger::Called { caller: "caller".into(), one_way, retrying })
        }
    };
    let (flow, id) = (start.flow.clone(), start.message_id.clone());
    let ended = world.run(start).expect("no crash");
    let mut out = String::new();
    let escalated = if ended.escalated { " escalated" } else { "" };
    let parked = if ended.parked > 0 { format!(" parked {}", ended.parked) } else { String::new() };
    writeln!(out, "{}{escalated}{parked}", ended.status).unwrap();
    if let Some(failure) = &ended.failure {
        writeln!(out, "fails {failure} @{}", failure.step).unwrap();
    }
    if matches!(by, By::Http) {
        let answer = http_answer(&flow, &id, &ended);
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let body = if answer.status == 500 { String::new() } else { body };
        writeln!(out, "answer {} {body}", answer.status).unwrap();
    } else if ended.failure.is_none() {
        writeln!(out, "body {}", ended.message.text()).unwrap();
    }
    if let Some(status) = &ended.custom_status {
        writeln!(out, "custom {status}").unwrap();
    }
    for (receiver, _, body) in &world.done {
        writeln!(out, "{receiver} <- {body}").unwrap();
    }
    for event in &world.events {
        writeln!(out, "{event}").unwrap();
    }
    out + &world.stored()
}

/// The entry key of tests that make a trigger by hand.
pub fn by_hand(retries: u32) -> Trigger {
    Trigger::Parked {
        key: EntryKey(7),
        place: Place::queue("in"),
        retries,
        crashes: 0,
        policy: INBOX_RETRY,
        interface: "i".into(),
    }
}
