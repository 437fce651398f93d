//! Alerts of the real binary, by real HTTP and SMTP: one for many, also over a kill.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "designs/world.rs"]
#[expect(dead_code, reason = "the stories of the designs use the rest")]
mod world;

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use world::{Place, Receiver, Smtp};

const PARCELS: &str = "flow: parcels
quality: exactly-once
from: { http: /parcels }
steps:
  - split: { lines: 1, steps: [{ send: carrier }] }
receivers:
  carrier: { http: { url: \"{{carrier}}\" }, retry: { max-retries: 0 }, circuit: off }
";
const TELL: &str = "flow: tell
quality: exactly-once
from: { alerts: { flows: [parcels], every: 1h } }
steps: [{ send: chat }, { send: mail }]
receivers:
  chat: { http: \"{{chat}}\" }
  mail: { mail: { server: \"{{smtp}}\", to: ops@example.com, subject: \"${header.AlertText}\" } }
";

struct Story {
    place: Place,
    carrier: Receiver,
    chat: Receiver,
    smtp: Smtp,
}

impl Story {
    fn new(name: &str) -> Self {
        let place = Place::new(name);
        let package = place.folder("package");
        std::fs::write(package.join("parcels.flow.yaml"), PARCELS).unwrap();
        std::fs::write(package.join("tell.flow.yaml"), TELL).unwrap();
        let carrier = Receiver::start();
        carrier.fails.store(true, Ordering::SeqCst);
        Story { place, carrier, chat: Receiver::start(), smtp: Smtp::start() }
    }

    fn serve(&mut self) -> String {
        let set = [("carrier", &self.carrier.url), ("chat", &self.chat.url), ("smtp", &self.smtp.address)];
        let set: Vec<String> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.place.serve(&["run", "package", "--set", &set[0], "--set", &set[1], "--set", &set[2]], "Caller")
    }

    /// The one alert that was told, by both channels.
    fn alert(&self) -> Value {
        self.place.until("people are told", || self.chat.good().len() == 1 && self.smtp.good().len() == 1);
        // Long enough for a second one to gather and to be told.
        std::thread::sleep(Duration::from_secs(7));
        assert_eq!((self.chat.good().len(), self.smtp.good().len()), (1, 1), "{:?}", self.chat.good());
        serde_json::from_str(&self.chat.good()[0]).unwrap()
    }
}

#[test]
fn fifty_escalations_are_one_alert() {
    let mut story = Story::new("alerts-many");
    let address = story.serve();
    let parcels: Vec<String> = (0..50).map(|n| format!("parcel {n}")).collect();
    assert_eq!(story.place.post(&address, "/parcels", &parcels.join("\n")), 200);
    let alert = story.alert();
    assert_eq!((&alert["kind"], &alert["flow"], &alert["receiver"]), (&"escalated".into(), &"parcels".into(), &"carrier".into()));
    assert_eq!(alert["count"], 50);
    assert_eq!(alert["examples"].as_array().unwrap().len(), 10);
    let text = alert["text"].as_str().unwrap();
    assert!(text.starts_with("50 deliveries of parcels to carrier wait for a person"), "{text}");
    // What it says to do shows them.
    let command: Vec<&str> = alert["command"].as_str().unwrap().split(' ').skip(1).collect();
    assert_eq!(story.place.ask(&command).len(), 50);
}

#[test]
fn a_kill_after_the_escalation_loses_no_alert_and_doubles_none() {
    let mut story = Story::new("alerts-kill");
    let address = story.serve();
    assert_eq!(story.place.post(&address, "/parcels", "parcel"), 200);
    story.place.kill();
    assert!(story.chat.good().is_empty(), "it still gathers");
    story.serve();
    assert_eq!(story.alert()["count"], 1);
    // What was told is not told again after the next start.
    story.place.kill();
    story.serve();
    assert_eq!(story.alert()["count"], 1);
}
