//! Receivers: channel, retry policy, what to do in doubt.

use std::time::Duration;

use super::ctx::{Ctx, ReceiverKind};
use super::delivery::circuit;
use super::view::View;
use crate::channel::{
    HttpFormat, HttpReceiver, MailAttachment, MailProtection, MailReceiver, QueueReceiver, ReceiverChannel, Repeat,
};
use crate::delivery::{StatusRules, Throttle};
use crate::spec::RECEIVER;
use crate::yaml::{Entry, Node};
use crate::{Quality, Receiver};

/// Keys that say how deliveries are made.
const DELIVERY_KEYS: [&str; 6] = ["retry", "in-doubt", "circuit", "concurrency", "rate", "order-by"];

/// What a receiver is, by the key that names its channel.
pub(super) fn kind_of(node: &Node) -> ReceiverKind {
    let named = |key| node.entries().iter().any(|e| e.key == key);
    match () {
        () if named("http") => ReceiverKind::Http,
        () if named("mail") => ReceiverKind::Mail,
        () if named("queue") => ReceiverKind::Queue,
        () if named("process-direct") => ReceiverKind::ProcessDirect,
        () => ReceiverKind::Unknown,
    }
}

impl Ctx<'_> {
    /// A receiver of the map `receivers`.
    pub(super) fn receiver(&mut self, entry: &Entry) -> Option<Receiver> {
        let view = View::of(&RECEIVER, Some(&entry.value)).or(self.defaults);
        let channel = if view.get("http").is_some() {
            ReceiverChannel::Http(self.http_receiver(&view.map("http"))?)
        } else if view.get("mail").is_some() {
            ReceiverChannel::Mail(self.mail_receiver(&view.map("mail"))?)
        } else if view.get("queue").is_some() {
            ReceiverChannel::Queue(self.queue_receiver(&view.map("queue"))?)
        } else {
            let node = view.get("process-direct")?;
            if node.text().is_some_and(|t| !t.starts_with('/') && !t.starts_with("${")) {
                self.problems.error(
                    "F0104",
                    "a ProcessDirect address starts with `/`",
                    node.range.clone(),
                    "no slash at its start",
                    None,
                );
            }
            ReceiverChannel::ProcessDirect(self.template(node))
        };
        self.without_effect(&entry.value, &channel);
        let in_doubt = self.in_doubt(&view, &channel);
        Some(Receiver {
            name: entry.key.clone(),
            channel,
            retry: self.retries(&view),
            in_doubt,
            circuit: circuit(&view),
            throttle: Throttle {
                concurrency: view.number("concurrency").and_then(|n| u32::try_from(n).ok()),
                rate: view.get("rate").map(|_| view.float("rate")),
            },
            order_by: self.template_of(view.get("order-by")),
            span: self.problems.span(entry.range.clone()),
        })
    }

    /// Delivery settings where nothing is delivered with outcomes.
    fn without_effect(&mut self, node: &Node, channel: &ReceiverChannel) {
        let why = match channel {
            ReceiverChannel::Queue(_) => "a queue is inside and takes part in the transaction",
            ReceiverChannel::ProcessDirect(_) => "a ProcessDirect call is inside and is part of the caller's run",
            _ if self.quality == Quality::BestEffort => "a best-effort flow does not retry single deliveries",
            _ => return self.without_order(node),
        };
        for entry in node.entries().iter().filter(|e| DELIVERY_KEYS.contains(&e.key.as_str())) {
            let title = format!("`{}` has no effect here", entry.key);
            let help = match self.quality {
                Quality::BestEffort if matches!(channel, ReceiverChannel::Http(_) | ReceiverChannel::Mail(_)) => {
                    "set `quality: exactly-once`, or leave it out"
                }
                _ => "leave it out",
            };
            self.problems.warning("F0217", title, entry.range.clone(), why, help);
        }
    }

    fn without_order(&mut self, node: &Node) {
        let entry = node.entries().iter().find(|e| e.key == "order-by");
        if let Some(entry) = entry.filter(|_| self.quality != Quality::InOrder) {
            let at = entry.range.clone();
            let help = "set `quality: exactly-once-in-order`, or leave it out";
            self.problems.warning("F0217", "`order-by` has no effect here", at, "the flow keeps no order", help);
        }
    }

    pub(super) fn http_receiver(&mut self, view: &View<'_>) -> Option<HttpReceiver> {
        let url = view.get("url")?;
        if let Some(text) = url.text().filter(|t| !t.starts_with("${")) {
            if !text.starts_with("http://") && !text.starts_with("https://") {
                self.problems.error(
                    "F0104",
                    format!("`{text}` is not a URL"),
                    url.range.clone(),
                    "no `http://` or `https://`",
                    "write the whole address, such as https://example.com/orders",
                );
            } else if text.split("://").nth(1).and_then(|r| r.split('/').next()).is_some_and(|host| host.contains('@'))
            {
                self.problems.error(
                    "F0108",
                    "the URL holds a user or password",
                    url.range.clone(),
                    "a secret as plain text",
                    "use `credential: secret:name`",
                );
            }
        }
        let method = match view.get("method") {
            Some(node) => {
                if node.text().is_some_and(|t| !t.contains("${") && !t.bytes().all(|b| b.is_ascii_alphabetic())) {
                    self.problems.error(
                        "F0104",
                        "this is not an HTTP method",
                        node.range.clone(),
                        "not a method",
                        "write GET, POST, PUT, PATCH or DELETE",
                    );
                }
                self.template(node)
            }
            None => self.template_text(view.default("method")),
        };
        let headers = view.get("set-headers").map(Node::entries).unwrap_or_default();
        let mut set_headers = Vec::new();
        for header in headers {
            if header.key.eq_ignore_ascii_case("authorization")
                && header.value.text().is_some_and(|t| !t.contains("${"))
            {
                self.problems.warning(
                    "F0108",
                    "an `Authorization` header with a fixed value",
                    header.range.clone(),
                    "a secret as plain text",
                    "use `credential: secret:name`",
                );
            }
            if !header_name(&header.key) {
                self.problems.error(
                    "F0104",
                    format!("`{}` is not a header name", header.key),
                    header.range.clone(),
                    "not a header name",
                    None,
                );
            }
            set_headers.push((header.key.clone(), self.template(&header.value)));
        }
        let key_header = view.get("key-header").and_then(Node::text).unwrap_or(view.default("key-header"));
        if let Some(node) = view.get("key-header").filter(|_| !key_header.is_empty() && !header_name(key_header)) {
            self.problems.error(
                "F0104",
                format!("`{key_header}` is not a header name"),
                node.range.clone(),
                "not a header name",
                None,
            );
        }
        let request_headers = view.texts("headers").into_iter().filter(|h| h != "none").collect();
        Some(HttpReceiver {
            url: self.template(url),
            query: self.template_of(view.get("query").filter(|n| n.text() != Some(""))),
            method,
            request_headers,
            set_headers,
            response_headers: match view.texts("response-headers") {
                given if given.is_empty() => vec!["*".to_owned()],
                given => given,
            },
            format: self.http_format(&view.map("soap"), view.get("soap").is_some()),
            repeat: view.get("repeat").map(|_| repeat(&view.map("repeat"))),
            timeout: view.duration("timeout"),
            throw_on_failure: view.bool("throw"),
            credential: view.secret("credential"),
            key_header: key_header.to_owned(),
            statuses: StatusRules {
                retry: self.answers(view.get("retry-on")),
                reject: self.answers(view.get("reject-on")),
                in_doubt: self.answers(view.get("in-doubt-on")),
            },
            follow_redirects: view.bool("follow-redirects"),
            delete_body: true,
            sign: view.secret("sign"),
        })
    }

    fn http_format(&mut self, view: &View<'_>, soap: bool) -> HttpFormat {
        if !soap {
            return HttpFormat::Plain;
        }
        let action = match view.get("action") {
            Some(node) => self.template(node),
            None => self.template_text(""),
        };
        HttpFormat::Soap { action, reliable: view.bool("reliable") }
    }

    fn mail_attachments(&mut self, view: &View<'_>) -> Vec<MailAttachment> {
        let nodes = view.get("attachments").map(Node::items).unwrap_or_default();
        let mut attachments = Vec::new();
        for node in nodes {
            let Some(name) = node.get("name") else { continue };
            attachments.push(MailAttachment {
                name: self.template(name),
                media_type: node.get("media-type").and_then(Node::text).unwrap_or("text/plain").to_owned(),
                content: self.template_of(node.get("content")),
            });
        }
        attachments
    }

    fn mail_receiver(&mut self, view: &View<'_>) -> Option<MailReceiver> {
        let protection = match view.text("protection").as_str() {
            "starttls-optional" => MailProtection::StartTlsOptional,
            "starttls" => MailProtection::StartTls,
            "smtps" => MailProtection::Smtps,
            _ => MailProtection::None,
        };
        if let Some(node) = view.get("credential").filter(|_| protection == MailProtection::None) {
            self.problems.warning(
                "F0108",
                "the mail password would travel as plain text",
                node.range.clone(),
                "no transport security",
                "set `protection: starttls` or `smtps`",
            );
        }
        let from = match view.get("from") {
            Some(node) => self.template(node),
            None => self.template_text(view.default("from")),
        };
        Some(MailReceiver {
            server: self.template(view.get("server")?),
            protection,
            credential: view.secret("credential"),
            from,
            to: self.template(view.get("to")?),
            cc: self.template_of(view.get("cc")),
            bcc: self.template_of(view.get("bcc")),
            subject: match view.get("subject") {
                Some(node) => self.template(node),
                None => self.template_text(""),
            },
            body: self.template_of(view.get("body")),
            media_type: view.text("media-type"),
            message_attachments: true,
            attachments: self.mail_attachments(view),
            timeout: view.duration("timeout"),
        })
    }

    fn queue_receiver(&mut self, view: &View<'_>) -> Option<QueueReceiver> {
        let node = view.get("name")?;
        self.queue_name(node);
        Some(QueueReceiver {
            queue: self.template(node),
            order_by: self.template_of(view.get("order-by")),
            interface: self.template_of(view.get("interface")),
            alert_after: view.duration("alert-after"),
            expire_after: view.duration("expire-after"),
            encrypt: view.bool("encrypt"),
            transfer_properties: view.bool("properties"),
        })
    }
}

fn repeat(view: &View<'_>) -> Repeat {
    let statuses = view.texts("statuses");
    Repeat {
        times: view.int::<u32>("times").clamp(1, 3),
        interval: view.duration("interval").min(Duration::from_secs(60)),
        statuses: statuses.iter().filter_map(|s| s.parse().ok()).collect(),
    }
}

fn header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
