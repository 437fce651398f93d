//! Channels: the arrows between participants and processes.

mod odata;
mod receivers;
mod senders;
mod soap;

use std::collections::HashMap;
use std::time::Duration;

use flow::{Circuit, InDoubt, Receiver, Retries, RetryPolicy, SenderChannel, Throttle};

use crate::bpmn::{Channel, Diagram};
use crate::ctx::{Ctx, Made, Named};
use crate::names::{self, Names};
use crate::process::Senders;

/// A sender channel as the import reads it.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The channel.
    pub channel: SenderChannel,
    /// Whether messages come in a SOAP envelope; inside, whether the answer goes back in one.
    pub envelope: Option<bool>,
}

impl From<SenderChannel> for Entry {
    fn from(channel: SenderChannel) -> Self {
        Entry { channel, envelope: None }
    }
}

/// Which way a channel goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Sender,
    Receiver,
}

/// Reads all channels: receivers go into the context, senders are given by the start event that they lead to.
pub(crate) fn all(ctx: &mut Ctx<'_>, diagram: &Diagram) -> Senders {
    let mut senders = Senders::new();
    let tags: HashMap<&str, &str> =
        diagram.processes.iter().flat_map(|p| &p.nodes).map(|n| (n.id.as_str(), n.tag.as_str())).collect();
    let mut names = Names::default();
    for channel in &diagram.channels {
        let inward = diagram.participants.contains_key(&channel.from) || !tags.contains_key(channel.from.as_str());
        let node = if inward { &channel.to } else { &channel.from };
        let start = tags.get(node.as_str()) == Some(&"startEvent");
        let direction = match ctx.word(&channel.props, "direction").as_str() {
            "Sender" => Direction::Sender,
            "Receiver" => Direction::Receiver,
            _ if start => Direction::Sender,
            _ => Direction::Receiver,
        };
        let component = ctx.word(&channel.props, "ComponentType");
        // Arrows back to the sender say nothing.
        if component.is_empty() && !start {
            continue;
        }
        let way = if direction == Direction::Sender { "sender" } else { "receiver" };
        let kind = format!("{component} {way} channel");
        let named = Named { id: &channel.id, name: name(channel), kind, range: channel.range.clone() };
        if direction == Direction::Sender {
            let made = if start { senders::read(ctx, channel, &component) } else { Err(polled()) };
            ctx.element(named, &made);
            senders.entry(node.clone()).or_default().push(made);
            continue;
        }
        let made = receivers::read(ctx, channel, &component);
        ctx.element(named, &made);
        let partner = if inward { &channel.from } else { &channel.to };
        let made = made.map(|read| {
            let partner = diagram.participants.get(partner).map_or("", String::as_str);
            let name = unique(&mut names, partner, self::name(channel));
            let span = ctx.span(&channel.range);
            let in_doubt = InDoubt::of(&read);
            let receiver = Receiver {
                name: name.clone(),
                channel: read,
                retry: Retries::of(retry()),
                in_doubt,
                circuit: Circuit::default(),
                throttle: Throttle::default(),
                order_by: None,
                span,
            };
            ctx.receivers.insert(name.clone(), receiver);
            name
        });
        ctx.calls.insert(node.clone(), made);
    }
    senders
}

fn polled() -> String {
    "a step that polls is not available".to_owned()
}

fn name(channel: &Channel) -> &str {
    if channel.name.trim().is_empty() { channel.props.raw("Name") } else { channel.name.trim() }
}

/// The participant's name; where it has several channels, the channel's too.
fn unique(names: &mut Names, partner: &str, channel: &str) -> String {
    let partner = names::clean(if partner.is_empty() { "receiver" } else { partner }, 60);
    if names.has(&partner) {
        names.take(format!("{partner}-{}", names::clean(channel, 40)))
    } else {
        names.take(partner)
    }
}

/// Imported flows are best effort, as at SAP: this only counts if somebody makes them exactly once.
fn retry() -> RetryPolicy {
    RetryPolicy {
        interval: Duration::from_secs(60),
        backoff: 2.0,
        max_interval: Duration::from_secs(3_600),
        max_retries: Some(10),
        max_age: None,
        jitter: 0.1,
    }
}

/// An address that starts with a slash.
fn address(ctx: &mut Ctx<'_>, channel: &Channel, key: &str) -> Made<String> {
    let word = ctx.word(&channel.props, key);
    if word.is_empty() {
        return Err(Ctx::lacks(&channel.props, key, "address"));
    }
    Ok(if word.starts_with('/') || word.starts_with("${") { word } else { format!("/{word}") })
}

/// Whether a text names a queue.
fn queue_name(name: &str) -> Made<()> {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if (1..=80).contains(&name.len()) && name.bytes().all(good) {
        Ok(())
    } else {
        Err(format!("`{name}` is not a queue name: use 1 to 80 letters, digits, `_`, `.` and `-`"))
    }
}
