//! Sender channels.

use std::time::Duration;

use base::Scope;
use flow::{DataStoreSender, HttpSender, Idempotency, QueueSender, RetryPolicy, SenderChannel};

use super::{Entry, address, queue_name, soap};
use crate::bpmn::Channel;
use crate::ctx::{Ctx, Made};

/// The channel of a component.
pub(super) fn read(ctx: &mut Ctx<'_>, channel: &Channel, component: &str) -> Made<Entry> {
    let channel = match component {
        "SOAP" | "IDOC" => {
            let (door, answers) = soap::sender(ctx, channel, component)?;
            return Ok(Entry { channel: SenderChannel::Http(door), envelope: Some(answers) });
        }
        "HTTPS" => door(ctx, channel, "urlPath").map(SenderChannel::Http),
        "ProcessDirect" => {
            let address = address(ctx, channel, "address")?;
            if address.contains("${") {
                return Err("the address of a sender cannot hold an expression".to_owned());
            }
            Ok(SenderChannel::ProcessDirect(address))
        }
        "JMS" => queue(ctx, channel).map(SenderChannel::Queue),
        "DataStoreConsumer" => store(ctx, channel).map(SenderChannel::DataStore),
        "" => Err("it names no adapter".to_owned()),
        other => Err(format!("Semel has no {other} sender")),
    };
    channel.map(Entry::from)
}

/// A path that is served.
pub(super) fn door(ctx: &mut Ctx<'_>, channel: &Channel, key: &str) -> Made<HttpSender> {
    let props = &channel.props;
    let written = address(ctx, channel, key)?;
    let path = written.strip_suffix("/*").or_else(|| written.strip_suffix('*')).unwrap_or(&written);
    let bad = |c: char| !(c.is_ascii_alphanumeric() || "-._~/%+:@".contains(c));
    if path.contains(bad) || path.contains("//") {
        return Err(format!("`{written}` is not a path"));
    }
    if ctx.flag(props, "xsrfProtection", false) {
        ctx.differs("no CSRF token is asked for");
    }
    // SAP never opens a path to everybody, so neither does the import: the role names the secret.
    let credential = match ctx.word(props, "senderAuthType").as_str() {
        "ClientCertificate" => {
            ctx.differs("callers show the user and password of the secret `client-certificate`, not a certificate");
            "client-certificate".to_owned()
        }
        _ => {
            let role = ctx.word(props, "userRole");
            let role = if role.is_empty() { "ESBMessaging.send".to_owned() } else { role };
            ctx.differs(format!("callers show the user and password of the secret `{role}`, not a role of SAP's"));
            role
        }
    };
    let megabytes = ctx.number(props, "maximumBodySize", 40).clamp(1, 1_024);
    let path = if path.is_empty() { "/" } else { path.trim_end_matches('/') };
    Ok(HttpSender {
        path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        subtree: written.ends_with('*'),
        methods: Vec::new(),
        body_limit: megabytes << 20,
        credential: Some(credential),
        idempotency: Idempotency::Off,
        key: flow::DoorKey::Header,
    })
}

fn queue(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<QueueSender> {
    let props = &channel.props;
    let queue = ctx.word(props, "QueueName_inbound");
    if queue.is_empty() {
        return Err(Ctx::lacks(props, "QueueName_inbound", "queue"));
    }
    queue_name(&queue)?;
    let exclusive = ctx.word(props, "AccessType").eq_ignore_ascii_case("Exclusive");
    let concurrency = u32::try_from(ctx.number(props, "NumberConcurrentProcesses", 1)).unwrap_or(1).clamp(1, 99);
    Ok(QueueSender {
        queue,
        exclusive,
        concurrency: if exclusive { 1 } else { concurrency },
        retry: retry(ctx, channel, true),
        dead_letter: ctx.flag(props, "useDeadLetterQueue", true),
    })
}

fn store(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<DataStoreSender> {
    let props = &channel.props;
    let mut any = |keys: &[&str]| keys.iter().map(|k| ctx.word(props, k)).find(|v| !v.is_empty()).unwrap_or_default();
    let store = any(&["storageName", "dataStoreName", "DataStoreName"]);
    let global = any(&["visibility", "Visibility"]).eq_ignore_ascii_case("global");
    if store.is_empty() || store.chars().count() > 40 {
        return Err(format!("`{store}` is not a data store name of 1 to 40 characters"));
    }
    let poll = ctx.number(props, "pollInterval", 10).clamp(1, 300);
    Ok(DataStoreSender {
        store,
        scope: if global { Scope::Global } else { Scope::Flow(ctx.flow.clone()) },
        poll: Duration::from_secs(poll),
        retry: retry(ctx, channel, false),
        lock_timeout: minutes(ctx.number(props, "lockTimeout", 10).max(1)),
    })
}

/// SAP retries for ever; the waits double up to the maximum, or stay.
fn retry(ctx: &mut Ctx<'_>, channel: &Channel, doubles: bool) -> RetryPolicy {
    let props = &channel.props;
    let backoff = ctx.flag(props, "ExponentialBackoff", doubles);
    RetryPolicy {
        interval: minutes(ctx.number(props, "RetryInterval", 1).max(1)),
        backoff: if backoff { 2.0 } else { 1.0 },
        max_interval: minutes(ctx.number(props, "MaxRetryInterval", 60).max(1)),
        max_retries: None,
        max_age: None,
        jitter: 0.0,
    }
}

/// At most ten years.
fn minutes(count: u64) -> Duration {
    Duration::from_secs(count.min(5_256_000) * 60)
}
