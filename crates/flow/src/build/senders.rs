//! Sender channels.

use std::time::Duration;

use super::ctx::Ctx;
use super::view::View;
use crate::channel::{
    AlertKind, AlertsSender, DataStoreSender, DoorKey, HttpSender, Idempotency, QueueSender, RetryPolicy, Schedule,
    SenderChannel, TimerSender,
};
use crate::spec::SENDER;
use crate::yaml::{Node, Typed};
use base::Timestamp;

impl Ctx<'_> {
    /// The channel of `from`.
    pub(super) fn sender(&mut self, node: &Node) -> Option<SenderChannel> {
        let view = View::of(&SENDER, Some(node));
        if view.get("http").is_some() {
            return self.http_sender(&view.map("http")).map(SenderChannel::Http);
        }
        if let Some(address) = view.get("process-direct").and_then(Node::text) {
            return Some(SenderChannel::ProcessDirect(address.to_owned()));
        }
        if view.get("timer").is_some() {
            return self.timer(&view.map("timer")).map(SenderChannel::Timer);
        }
        if view.get("queue").is_some() {
            return self.queue_sender(&view.map("queue")).map(SenderChannel::Queue);
        }
        if view.get("alerts").is_some() {
            return Some(SenderChannel::Alerts(self.alerts_sender(&view.map("alerts"))));
        }
        view.get("data-store")?;
        self.store_sender(&view.map("data-store")).map(SenderChannel::DataStore)
    }

    fn http_sender(&mut self, view: &View<'_>) -> Option<HttpSender> {
        let node = view.get("path")?;
        let written = node.text()?;
        let path = written.strip_suffix("/*").unwrap_or(written);
        let path = if path.is_empty() { "/" } else { path };
        let bad = |c: char| !(c.is_ascii_alphanumeric() || "-._~/%+:@".contains(c));
        if path.contains(bad) || path.contains("//") {
            let help =
                "use letters, digits, `-`, `.`, `_`, `~` and `/`; a wildcard is only possible as `/*` at the end";
            self.problems.error("F0104", format!("`{written}` is not a path"), node.range.clone(), "not a path", help);
            return None;
        }
        let default = if self.quality.keeps_outcomes() { Idempotency::Optional } else { Idempotency::Off };
        Some(HttpSender {
            path: path.to_owned(),
            subtree: written.ends_with("/*"),
            methods: view.texts("methods"),
            body_limit: view.bytes("body-limit"),
            credential: view.secret("credential"),
            idempotency: match view.get("idempotency").and_then(Node::text) {
                Some("off") => Idempotency::Off,
                Some("optional") => Idempotency::Optional,
                Some("required") => Idempotency::Required,
                _ => default,
            },
            key: match view.get("key") {
                Some(node) if node.text() == Some("cloudevents") => DoorKey::CloudEvent,
                Some(node) => DoorKey::Expression(self.template(node)),
                None => DoorKey::Header,
            },
        })
    }

    fn timer(&mut self, view: &View<'_>) -> Option<TimerSender> {
        let zone_name = view.text("zone");
        let Ok(zone) = jiff::tz::TimeZone::get(&zone_name) else {
            let at = view.get("zone").map_or(0..0, |n| n.range.clone());
            self.problems.error(
                "F0113",
                format!("there is no time zone `{zone_name}`"),
                at,
                "unknown zone",
                "write an IANA name such as Europe/Berlin, or UTC",
            );
            return None;
        };
        let schedule = if let Some(node) = view.get("every") {
            let every = view.duration("every");
            if every < Duration::from_secs(1) && node.text().is_some_and(|t| base::parse_duration(t).is_ok()) {
                self.problems.error(
                    "F0113",
                    "a timer ticks at most once a second",
                    node.range.clone(),
                    "too often",
                    "write 1s or more",
                );
            }
            Schedule::Every(every)
        } else if let Some(node) = view.get("cron") {
            self.cron(node)?
        } else if let Some(node) = view.get("at") {
            self.at(node, zone)?
        } else {
            view.get("on-deployment")?;
            Schedule::OnDeployment
        };
        if let Some(node) = view.get("zone").filter(|_| matches!(schedule, Schedule::Every(_) | Schedule::OnDeployment))
        {
            self.problems.warning(
                "F0217",
                "`zone` has no effect here",
                node.range.clone(),
                "only `cron` and `at` use it",
                "leave it out",
            );
        }
        Some(TimerSender { schedule, zone: zone_name })
    }

    fn cron(&mut self, node: &Node) -> Option<Schedule> {
        let text = node.text()?;
        let parsed = super::cron::parse(text);
        match parsed {
            Ok(cron) => {
                let start = self.now.map_or(jiff::Timestamp::UNIX_EPOCH, Timestamp::to_jiff);
                if !self.problems.full()
                    && cron.find_next_occurrence(&start.to_zoned(jiff::tz::TimeZone::UTC), false).is_err()
                {
                    let help = "look at the day, the month and the year";
                    self.problems.error(
                        "F0113",
                        "this schedule never ticks",
                        node.range.clone(),
                        "no such time to come",
                        help,
                    );
                }
                Some(Schedule::Cron(Box::new(cron), text.to_owned()))
            }
            Err((message, help)) => {
                self.problems.error("F0113", message, node.range.clone(), "in this schedule", help);
                None
            }
        }
    }

    fn at(&mut self, node: &Node, zone: jiff::tz::TimeZone) -> Option<Schedule> {
        let text = node.text()?;
        // Text with an offset is an instant; without one it is a wall clock time in the zone.
        let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            zone.to_zoned(local).ok().map(|z| z.timestamp())
        });
        let Some(instant) = instant else {
            let help = "write for example 2027-01-31T08:00:00, which is in `zone`, or 2027-01-31T08:00:00Z";
            self.problems.error("F0113", format!("`{text}` is not a time"), node.range.clone(), "not a time", help);
            return None;
        };
        let at = Timestamp::from(instant);
        if self.now.is_some_and(|now| at < now) {
            self.problems.error(
                "F0216",
                "this time is in the past, so the timer would never tick",
                node.range.clone(),
                "already over",
                "write a time to come, or use `on-deployment: true`",
            );
        }
        Some(Schedule::At(at))
    }

    fn queue_sender(&mut self, view: &View<'_>) -> Option<QueueSender> {
        let node = view.get("name")?;
        self.queue_name(node);
        let exclusive = view.bool("exclusive");
        let concurrency: u32 = view.int("concurrency");
        if let Some(node) = view.get("concurrency").filter(|_| exclusive && concurrency > 1) {
            self.problems.error(
                "F0105",
                "an exclusive queue is processed one message at a time",
                node.range.clone(),
                "cannot be more than 1",
                "leave out `concurrency` or `exclusive`",
            );
        }
        Some(QueueSender {
            queue: node.text()?.to_owned(),
            exclusive,
            concurrency: if exclusive { 1 } else { concurrency.max(1) },
            retry: self.consumer_retry(view),
            dead_letter: view.bool("dead-letter"),
        })
    }

    fn store_sender(&mut self, view: &View<'_>) -> Option<DataStoreSender> {
        let node = view.get("store")?;
        self.store_name(node);
        Some(DataStoreSender {
            store: node.text()?.to_owned(),
            scope: self.scope(&view.text("visibility")),
            poll: view.duration("poll").max(Duration::from_millis(100)),
            retry: self.consumer_retry(view),
            lock_timeout: view.duration("lock-timeout"),
        })
    }

    fn alerts_sender(&mut self, view: &View<'_>) -> AlertsSender {
        let mut on: Vec<AlertKind> = view.texts("on").iter().filter_map(|kind| AlertKind::parse(kind)).collect();
        on.sort_unstable();
        on.dedup();
        if on.is_empty() {
            on = AlertKind::ALL.to_vec();
        }
        let flows = view.texts("flows");
        if let Some(node) = view.get("flows").filter(|_| flows.contains(&self.flow)) {
            let help = "name the flows whose entries it tells about, or leave `flows` out for all";
            let text = "a flow is not told about itself";
            self.problems.warning("F0217", text, node.range.clone(), "what alerts cause leads to no alerts", help);
        }
        AlertsSender { on, flows, every: view.duration("every") }
    }

    /// The retry of a consumer: no jitter, since one consumer has nobody to collide with.
    fn consumer_retry(&mut self, view: &View<'_>) -> RetryPolicy {
        let backoff = match view.get("backoff").and_then(Node::scalar).map(|s| s.typed) {
            Some(Typed::Bool(on)) => {
                if on {
                    2.0
                } else {
                    1.0
                }
            }
            Some(_) => view.float("backoff"),
            None => {
                if view.default("backoff") == "true" {
                    2.0
                } else {
                    1.0
                }
            }
        };
        RetryPolicy {
            interval: view.duration("retry-interval"),
            backoff: if backoff >= 1.0 { backoff } else { 1.0 },
            max_interval: view.duration("max-interval"),
            max_retries: view.number("max-retries").and_then(|n| u32::try_from(n).ok()),
            max_age: None,
            jitter: 0.0,
        }
    }
}
