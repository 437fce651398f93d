//! What operators are told by the real binary, over real HTTP and SMTP, and what they command.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "designs/world.rs"]
#[expect(dead_code, reason = "the stories of the designs use the rest")]
mod world;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use world::{Place, Receiver, Smtp};

const PARCELS: &str = "flow: parcels
quality: exactly-once
from: { http: /parcels }
steps:
  - split: { line: true, steps: [{ send: carrier }] }
receivers:
  carrier: { http: { url: \"{{carrier}}\" }, retry: { max-retries: 0 }, circuit: off }
";
/// Accepts before it delivers, and keeps no outcomes.
const ACCEPTED: &str = "flow: accepted
persistence: first
from: { http: /accepted }
steps: [{ send: carrier }]
receivers: { carrier: { http: \"{{carrier}}\" } }
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
        std::fs::write(package.join("accepted.flow.yaml"), ACCEPTED).unwrap();
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
    assert_eq!(
        (&alert["kind"], &alert["flow"], &alert["receiver"]),
        (&"escalated".into(), &"parcels".into(), &"carrier".into())
    );
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

#[test]
fn what_is_refused_is_looked_at_corrected_and_retried() {
    let mut story = Story::new("operate-correct");
    let address = story.serve();
    assert_eq!(story.place.post(&address, "/parcels", "one\nbad\ntwo"), 200);
    let entries = || story.place.ask(&["deliveries", "entries", "carrier"]);
    assert_eq!(entries().len(), 3);
    for action in ["retry", "delete"] {
        assert!(story.place.refuses(&["deliveries", action, "carrier", "--entry", "9999"]).contains("no entry 9999"));
    }
    // A preview does nothing.
    let preview = story.place.say(&["deliveries", "retry", "carrier", "--state", "escalated", "--dry-run"]);
    assert!(preview.starts_with("3 entries would be due now\n") && preview.contains("escalated"), "{preview}");
    let preview = story.place.say(&["deliveries", "delete", "carrier", "--all", "--dry-run"]);
    assert!(preview.starts_with("3 entries would be deleted\n"), "{preview}");
    assert!(entries().iter().all(|e| e["state"] == "escalated"), "{:?}", entries());
    // Where a call before ended, the next one goes on.
    let (key, message) = (entries()[0]["key"].to_string(), entries()[0]["message"].as_str().unwrap().to_owned());
    let rest = story.place.say(&["deliveries", "retry", "carrier", "--all", "--after", &key, "--dry-run"]);
    assert!(rest.starts_with("2 entries would be due now\n"), "{rest}");
    let rest = story.place.say(&["messages", "cancel", &message, "--after", &key, "--dry-run"]);
    assert!(rest.starts_with("2 entries would be deleted\n"), "{rest}");
    // One is corrected, the others are sent as they are; each under its own delivery id.
    story.carrier.fails.store(false, Ordering::SeqCst);
    let bad = entries().into_iter().find(|e| e["size"] == 3 && e["key"] == 2).unwrap()["key"].to_string();
    let file = story.place.file("corrected", b"good");
    story.place.say(&["deliveries", "retry", "carrier", "--entry", &bad, "--body", &file]);
    story.place.until("the corrected one arrives", || story.carrier.good() == ["good"]);
    let message = story.place.ask(&["messages", "list"])[0]["id"].as_str().unwrap().to_owned();
    let shown = story.place.say(&["messages", "retry", &message]);
    assert_eq!(shown, "2 entries are due now\n");
    story.place.until("the others arrive", || story.carrier.good().len() == 3);
    story.place.until("nothing is left", || entries().is_empty());
    let log = story.place.say(&["messages", "show", &message]);
    assert!(log.contains("retried with a corrected body of 4 bytes by operator alice in delivery carrier"), "{log}");
    assert!(log.contains("retried by operator alice in delivery carrier"), "{log}");
    assert!(log.contains("COMPLETED"), "{log}");
    // What belongs to its flow is not moved, and nobody is offered to.
    assert!(story.place.refuses(&["deliveries", "move", "carrier", "--to", "other", "--all"]).contains("unrecognized"));
}

#[test]
fn what_was_delivered_is_sent_again_only_if_a_person_is_sure() {
    let mut story = Story::new("operate-again");
    story.carrier.fails.store(false, Ordering::SeqCst);
    let address = story.serve();
    let shown = |story: &Story| story.place.ask(&["messages", "list", "--flow", "parcels"])[0]["id"].to_string();
    assert_eq!(story.place.post(&address, "/parcels", "one"), 200);
    let id = shown(&story).trim_matches('"').to_owned();
    let again = ["messages", "send-again", &id, "--receiver", "carrier"];
    assert!(story.place.refuses(&again).contains("nothing was sent"));
    // A retry sends nothing again, and neither does a wish without a payload.
    assert_eq!(story.place.say(&["messages", "retry", &id]), "0 entries are due now\n");
    let refused = story.place.refuses(&[&again[..], &["--yes"]].concat());
    assert!(refused.contains("R0107"), "{refused}");
    assert_eq!(story.carrier.good(), ["one"]);
    let file = story.place.file("payload", b"one, by hand");
    story.place.say(&[&again[..], &["--yes", "--body", &file]].concat());
    story.place.until("it arrives once more", || story.carrier.good() == ["one", "one, by hand"]);
    let log = story.place.say(&["messages", "show", &id]);
    assert!(log.contains("sent to carrier again by operator alice, as another delivery"), "{log}");
    // A trace has the payload.
    story.place.say(&["flows", "trace", "parcels"]);
    assert_eq!(story.place.post(&address, "/parcels", "traced"), 200);
    let traced = shown(&story).trim_matches('"').to_owned();
    assert_ne!(traced, id);
    story.place.say(&["messages", "send-again", &traced, "--receiver", "carrier", "--yes"]);
    story.place.until("it arrives once more", || story.carrier.good().len() == 4);
    assert_eq!(story.carrier.good()[2..], ["traced", "traced"]);
    // Of several records a person says which, and gives its payload: a trace is of any of them.
    assert_eq!(story.place.post(&address, "/parcels", "left\nright"), 200);
    let split = shown(&story).trim_matches('"').to_owned();
    let again = ["messages", "send-again", &split, "--receiver", "carrier", "--yes"];
    let refused = story.place.refuses(&again);
    assert!(refused.contains("R0107: 2 deliveries of message"), "{refused}");
    let page = story.place.say(&["messages", "show", &split, "--format", "json"]);
    let page: Value = serde_json::from_str(&page).unwrap();
    let which = page["deliveries"][0]["delivery"].as_str().unwrap();
    let log = story.place.say(&["messages", "show", &split]);
    assert!(log.contains(which), "{log}");
    let refused = story.place.refuses(&[&again[..], &["--delivery", which]].concat());
    assert!(refused.contains("send it with a body"), "{refused}");
    let refused = story.place.refuses(&[&again[..], &["--delivery", "x"]].concat());
    assert!(refused.contains("this is no delivery id"), "{refused}");
    assert_eq!(story.carrier.good().len(), 6);
    story.place.say(&[&again[..], &["--delivery", which, "--body", &file]].concat());
    story.place.until("it arrives once more", || story.carrier.good().len() == 7);
    assert_eq!(story.carrier.good()[6], "one, by hand");
}

#[test]
fn a_receiver_that_was_stopped_before_it_got_anything_gets_nothing() {
    let mut story = Story::new("operate-stop");
    story.carrier.fails.store(false, Ordering::SeqCst);
    let address = story.serve();
    let stopped = story.place.say(&["deliveries", "stop", "carrier"]);
    assert_eq!(stopped, "carrier is stopped\n");
    assert_eq!(story.place.post(&address, "/parcels", "one"), 200);
    std::thread::sleep(Duration::from_secs(1));
    assert!(story.carrier.good().is_empty());
    story.place.say(&["deliveries", "start", "carrier"]);
    story.place.until("it arrives", || story.carrier.good() == ["one"]);
}

#[test]
fn accepted_messages_are_listed_and_retried_like_those_of_queues() {
    let mut story = Story::new("operate-inbox");
    let address = story.serve();
    assert_eq!(story.place.post(&address, "/accepted", "one"), 202);
    let waits = || story.place.ask(&["inboxes", "entries", "main", "--flow", "accepted"]);
    story.place.until("its first run has failed", || waits().iter().any(|e| e["retries"] == 1));
    story.carrier.fails.store(false, Ordering::SeqCst);
    let retried = story.place.say(&["inboxes", "retry", "main", "--flow", "accepted", "--all"]);
    assert_eq!(retried, "1 entry is due now\n");
    story.place.until("it arrives", || story.carrier.good() == ["one"]);
    story.place.until("nothing is left", || waits().is_empty());
}

const HELD: &str = "flow: held
quality: exactly-once
persistence: first
from: { http: /held }
steps: [{ send: slow }]
receivers: { slow: { http: \"{{slow}}\", in-doubt: hold } }
";

/// What a finding of the doctor says: its level and its code.
fn found(place: &Place, check: &str) -> (String, String) {
    let findings = place.ask(&["doctor"]);
    let finding = findings.iter().find(|f| f["check"] == check).unwrap_or_else(|| panic!("{check}: {findings:?}"));
    (finding["level"].as_str().unwrap().to_owned(), finding["code"].as_str().unwrap().to_owned())
}

/// A send under way is no doubt for anybody; after a kill it is one, and its message is in the list of those that need a
/// person. A server that does not answer is found soon.
#[test]
fn doubts_and_frozen_servers_are_told_as_they_are() {
    let mut place = Place::new("operate-doubts");
    std::fs::write(place.folder("package").join("held.flow.yaml"), HELD).unwrap();
    // It takes requests and never answers.
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let set = format!("slow=http://{}/", slow.local_addr().unwrap());
    let address = place.serve(&["run", "package", "--set", &set], "Caller");
    assert_eq!(place.post(&address, "/held", "x"), 202);
    let (_call, _) = slow.accept().unwrap();
    let data = place.folder("data");
    let metrics = || {
        let token = std::fs::read_to_string(data.join("token")).unwrap();
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!(
            "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            token.trim()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let wanted = |line: &&str| {
            line.starts_with("semel_in_doubt{") || (line.contains("\"delivery\"") && line.contains("\"blocked\""))
        };
        answer.lines().filter(wanted).map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(metrics(), ["0", "0"]);
    assert_eq!(found(&place, "entries").0, "good");
    assert_eq!(place.ask(&["deliveries", "entries", "slow", "--state", "in-doubt"]).len(), 0);
    assert_eq!(place.ask(&["deliveries", "entries", "slow", "--state", "taken"]).len(), 1);

    let pid =
        serde_json::from_str::<Value>(&std::fs::read_to_string(data.join("server.json")).unwrap()).unwrap()["pid"]
            .to_string();
    let signal = |name: &str| assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    signal("-STOP");
    assert_eq!(found(&place, "server"), ("danger".to_owned(), "S0401".to_owned()));
    assert_eq!(place.code(&["doctor"]), Some(8));
    signal("-CONT");
    assert_eq!(found(&place, "server").0, "good");

    place.kill();
    let address = place.serve(&["run", "package", "--set", &set], "Caller");
    place.until("the message needs a person", || place.messages("ESCALATED").len() == 1);
    assert_eq!(place.messages("COMPLETED").len(), 0, "{address}");
    assert_eq!(found(&place, "entries"), ("attention".to_owned(), "S0405".to_owned()));
}
