//! Receiver channels.

use std::time::Duration;

use expr::Template;
use flow::{HttpReceiver, MailProtection, MailReceiver, QueueReceiver, ReceiverChannel};

use super::{address, queue_name};
use crate::bpmn::Channel;
use crate::ctx::{Ctx, Made};

const DAY: u64 = 86_400;

/// The channel of a component.
pub(super) fn read(ctx: &mut Ctx<'_>, channel: &Channel, component: &str) -> Made<ReceiverChannel> {
    match component {
        "HTTP" => http(ctx, channel).map(ReceiverChannel::Http),
        "ProcessDirect" => {
            let address = address(ctx, channel, "address")?;
            ctx.template(&address, &Ctx::at(&channel.props, "address")).map(ReceiverChannel::ProcessDirect)
        }
        "JMS" => queue(ctx, channel).map(ReceiverChannel::Queue),
        "Mail" => mail(ctx, channel).map(ReceiverChannel::Mail),
        "" => Err("it names no adapter".to_owned()),
        other => Err(format!("Semel has no {other} receiver")),
    }
}

fn http(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<HttpReceiver> {
    let props = &channel.props;
    let url = ctx.word(props, "httpAddressWithoutQuery");
    if url.is_empty() {
        return Err(Ctx::lacks(props, "httpAddressWithoutQuery", "address"));
    }
    if !url.starts_with("http://") && !url.starts_with("https://") && !url.starts_with("${") {
        ctx.differs("the address does not begin with http:// or https://, so calls fail unless a parameter changes it");
    }
    let url = ctx.template(&url, &Ctx::at(props, "httpAddressWithoutQuery"))?;
    let method = match ctx.word(props, "httpMethod").to_ascii_uppercase().as_str() {
        "DYNAMIC" => ctx.template_of(props, "methodSourceExpression")?.unwrap_or_else(|| Template::literal("POST")),
        "" => Template::literal("POST"),
        method => Template::literal(method),
    };
    if method.constant() == Some("GET") && ctx.flag(props, "httpShouldSendBody", false) {
        ctx.differs("GET requests have no body");
    }
    let credential = credential(ctx, channel)?;
    if ctx.word(props, "proxyType").eq_ignore_ascii_case("sapcc") || ctx.word(props, "proxyType") == "On-Premise" {
        ctx.differs("calls go straight to the address, without Cloud Connector");
    }
    if ctx.flag(props, "retryOnConnectionFailure", false) {
        ctx.differs("a failed call is not repeated inside the step");
    }
    if !matches!(ctx.word(props, "allowedResponseHeaders").as_str(), "" | "*") {
        ctx.differs("all headers of an answer become headers of the message");
    }
    let allowed = ctx.text(props, "allowedRequestHeaders").unwrap_or_else(|| "*".to_owned());
    Ok(HttpReceiver {
        url,
        query: ctx.template_of(props, "httpAddressQuery")?,
        method,
        request_headers: allowed.split('|').map(str::trim).filter(|h| !h.is_empty()).map(str::to_owned).collect(),
        set_headers: Vec::new(),
        timeout: millis(ctx.number(props, "httpRequestTimeout", 60_000)),
        throw_on_failure: ctx.flag(props, "throwExceptionOnFailure", true),
        credential,
        key_header: "Idempotency-Key".to_owned(),
    })
}

/// The secret of an HTTP receiver: SAP's credential names are Semel's names of secrets.
fn credential(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<Option<String>> {
    let method = ctx.word(&channel.props, "authenticationMethod").to_ascii_lowercase().replace([' ', '-'], "");
    let name = ctx.word(&channel.props, "credentialName");
    let lacks = || Ctx::lacks(&channel.props, "credentialName", "credential");
    let name = (!name.is_empty()).then_some(name);
    match method.as_str() {
        "none" | "" => Ok(None),
        "basic" => name.map(Some).ok_or_else(lacks),
        "oauth2clientcredentials" => {
            ctx.differs("the secret holds a token: Semel fetches none");
            name.map(Some).ok_or_else(lacks)
        }
        _ => Err(format!("the authentication `{}` is not available", ctx.word(&channel.props, "authenticationMethod"))),
    }
}

fn mail(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<MailReceiver> {
    let props = &channel.props;
    let encryption = ctx.word(props, "encrypt.type");
    if !matches!(encryption.as_str(), "" | "none") {
        return Err(format!("mail encryption `{encryption}` is not available"));
    }
    let protection = match ctx.word(props, "ssl").to_ascii_lowercase().as_str() {
        "smtps" => MailProtection::Smtps,
        "starttls_mandatory" => MailProtection::StartTls,
        "starttls_optional" | "starttls" => MailProtection::StartTlsOptional,
        _ => MailProtection::None,
    };
    let user = ctx.word(props, "user");
    let credential = match ctx.word(props, "auth").as_str() {
        "none" | "" => None,
        "oauth2" | "oauthAuthorizationCode" => return Err("mail with OAuth2 is not available".to_owned()),
        _ => Some(user).filter(|u| !u.is_empty()),
    };
    if !ctx.table(props, "attachments")?.is_empty() {
        ctx.differs("only the attachments of the message are sent");
    }
    let mut need = |key: &str, what: &str| ctx.template_of(props, key)?.ok_or_else(|| Ctx::lacks(props, key, what));
    let (server, from) = (need("server", "server")?, need("from", "sender address")?);
    let to = need("to", "address to send to")?;
    let media_type = match ctx.word(props, "content_type") {
        t if t.is_empty() => "text/plain".to_owned(),
        t => t,
    };
    Ok(MailReceiver {
        server,
        protection,
        credential,
        from,
        to,
        cc: ctx.template_of(props, "cc")?,
        bcc: ctx.template_of(props, "bcc")?,
        subject: ctx.template_of(props, "subject")?.unwrap_or_else(|| Template::literal("")),
        body: ctx.template_of(props, "body")?,
        media_type,
        timeout: millis(ctx.number(props, "timeout", 30_000)),
    })
}

fn queue(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<QueueReceiver> {
    let props = &channel.props;
    let queue = ctx
        .template_of(props, "QueueName_outbound")?
        .ok_or_else(|| Ctx::lacks(props, "QueueName_outbound", "queue"))?;
    if let Some(name) = queue.constant() {
        queue_name(name)?;
    }
    Ok(QueueReceiver {
        queue,
        alert_after: days(ctx.number(props, "RetentionThresholdAlerting", 2)),
        expire_after: days(ctx.number(props, "ExpirationPeriod", 30)),
        encrypt: ctx.flag(props, "EncryptMessage", true),
        transfer_properties: ctx.flag(props, "TransferExchangeProperties", false),
    })
}

/// From a second to a day; SAP's 0 has no limit, Semel always has one.
fn millis(count: u64) -> Duration {
    if count == 0 { Duration::from_secs(3_600) } else { Duration::from_millis(count.clamp(1_000, DAY * 1_000)) }
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count.clamp(1, 36_500) * DAY)
}
