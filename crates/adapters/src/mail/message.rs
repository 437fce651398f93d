//! A mail from its call: nothing of a message can add a header or a recipient.

use std::time::{Duration, SystemTime};

use base::{Failure, Timestamp};
use flow::MailCall;
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

/// Recipients of one mail.
const MAX_RECIPIENTS: usize = 1_000;

fn wrong(text: String) -> Failure {
    Failure::permanent("C0024", text)
}

pub(super) fn build(call: &MailCall, now: Timestamp) -> Result<Message, Failure> {
    let count = call.to.len() + call.cc.len() + call.bcc.len();
    if count == 0 {
        return Err(wrong("the mail has no recipients".to_owned()));
    }
    if count > MAX_RECIPIENTS {
        return Err(wrong(format!("the mail has more than {MAX_RECIPIENTS} recipients")));
    }
    let since = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let mut builder = Message::builder()
        .date(SystemTime::UNIX_EPOCH + since)
        .from(mailbox(&call.from)?)
        .subject(one_line(&call.subject));
    for address in &call.to {
        builder = builder.to(mailbox(address)?);
    }
    for address in &call.cc {
        builder = builder.cc(mailbox(address)?);
    }
    for address in &call.bcc {
        builder = builder.bcc(mailbox(address)?);
    }
    if !call.message_id.is_empty() {
        builder = builder.message_id(Some(message_id(&call.message_id)?));
    }
    let text = text(call)?;
    let made = if call.attachments.is_empty() {
        builder.singlepart(text)
    } else {
        let mut parts = MultiPart::mixed().singlepart(text);
        for attachment in &call.attachments {
            let media_type = media_type(&attachment.media_type)?;
            let part = Attachment::new(one_line(&attachment.name)).body(attachment.content.to_vec(), media_type);
            parts = parts.singlepart(part);
        }
        builder.multipart(parts)
    };
    made.map_err(|e| wrong(format!("the mail cannot be written: {e}")))
}

fn mailbox(address: &str) -> Result<Mailbox, Failure> {
    let bad = || wrong(format!("`{}` is not a mail address", address.escape_debug()));
    if address.chars().any(char::is_control) {
        return Err(bad());
    }
    address.trim().parse().map_err(|_| bad())
}

/// Text for a header: line ends and other control characters become spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// With angle brackets, and with a domain where the id has none.
fn message_id(id: &str) -> Result<String, Failure> {
    if !id.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')) {
        return Err(wrong(format!("`{}` cannot be a Message-ID", id.escape_debug())));
    }
    Ok(if id.contains('@') { format!("<{id}>") } else { format!("<{id}@semel>") })
}

fn media_type(text: &str) -> Result<ContentType, Failure> {
    ContentType::parse(text).map_err(|_| wrong(format!("`{}` is not a media type", text.escape_debug())))
}

fn text(call: &MailCall) -> Result<SinglePart, Failure> {
    let is_text = call.media_type.trim().to_ascii_lowercase().starts_with("text/");
    let named = call.media_type.to_ascii_lowercase().contains("charset");
    let utf8 = std::str::from_utf8(&call.body).ok();
    let media_type = match utf8 {
        Some(_) if is_text && !named => media_type(&format!("{}; charset=utf-8", call.media_type.trim()))?,
        _ => media_type(&call.media_type)?,
    };
    let part = SinglePart::builder().header(media_type);
    Ok(match utf8 {
        Some(text) => part.body(text.to_owned()),
        None => part.body(call.body.to_vec()),
    })
}
