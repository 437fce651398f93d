//! Receiver channels.

use std::time::Duration;

use expr::Template;
use flow::{
    HttpFormat, HttpReceiver, MailAttachment, MailProtection, MailReceiver, QueueReceiver, ReceiverChannel, Repeat,
};

use super::{address, odata, queue_name, soap};
use crate::bpmn::Channel;
use crate::ctx::{Ctx, Made};

const DAY: u64 = 86_400;
/// Most names of a list.
const MAX_PATTERNS: usize = 200;

/// The channel of a component.
pub(super) fn read(ctx: &mut Ctx<'_>, channel: &Channel, component: &str) -> Made<ReceiverChannel> {
    match component {
        "HTTP" => http(ctx, channel).map(ReceiverChannel::Http),
        "ProcessDirect" => {
            let address = address(ctx, channel, "address")?;
            ctx.template(&address, &Ctx::at(&channel.props, "address")).map(ReceiverChannel::ProcessDirect)
        }
        "JMS" => queue(ctx, channel).map(ReceiverChannel::Queue),
        "SOAP" | "IDOC" => soap::receiver(ctx, channel, component).map(ReceiverChannel::Http),
        "HCIOData" | "SuccessFactors" => odata::receiver(ctx, channel, component).map(ReceiverChannel::Http),
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
    // The box counts for the methods whose bodies servers do not expect; all others send theirs.
    let send_body = ctx.flag(props, "httpShouldSendBody", false);
    if let Some(method) = method.constant().filter(|m| send_body && matches!(*m, "GET" | "HEAD")) {
        ctx.differs(format!("{method} requests have no body"));
    }
    let credential = credential(ctx, channel, "authenticationMethod", "credentialName")?;
    on_premise(ctx, channel);
    session(ctx);
    let repeat = repeat(ctx, channel);
    let answer = patterns(&ctx.text(props, "allowedResponseHeaders").unwrap_or_else(|| "*".to_owned()));
    let allowed = ctx.text(props, "allowedRequestHeaders").unwrap_or_else(|| "*".to_owned());
    Ok(HttpReceiver {
        url,
        query: ctx.template_of(props, "httpAddressQuery")?,
        method,
        request_headers: patterns(&allowed),
        set_headers: Vec::new(),
        response_headers: answer,
        format: HttpFormat::Plain,
        repeat,
        timeout: millis(ctx.number(props, "httpRequestTimeout", 60_000)),
        throw_on_failure: ctx.flag(props, "throwExceptionOnFailure", true),
        credential,
        key_header: "Idempotency-Key".to_owned(),
        statuses: flow::StatusRules::default(),
        follow_redirects: false,
        delete_body: send_body,
        sign: None,
    })
}

/// Names separated by `|`, each may hold `*`.
fn patterns(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|h| !h.is_empty()).take(MAX_PATTERNS).map(str::to_owned).collect()
}

/// Calls that went through Cloud Connector.
pub(super) fn on_premise(ctx: &mut Ctx<'_>, channel: &Channel) {
    let proxy = ctx.word(&channel.props, "proxyType").to_ascii_lowercase();
    if matches!(proxy.as_str(), "sapcc" | "on-premise") {
        ctx.differs("calls go straight to the address, without Cloud Connector");
    }
}

/// Cookies that a receiver sets.
pub(super) fn session(ctx: &mut Ctx<'_>) {
    if ctx.session == Some(false) {
        ctx.differs("cookies of the receiver are kept for one message, not for the whole flow (HTTP session handling)");
    }
}

/// SAP's *Retry Failed Requests*.
fn repeat(ctx: &mut Ctx<'_>, channel: &Channel) -> Option<Repeat> {
    let props = &channel.props;
    if !ctx.flag(props, "retryOnConnectionFailure", false) {
        return None;
    }
    let times = u32::try_from(ctx.number(props, "retryIteration", 1)).unwrap_or(1).clamp(1, 3);
    let interval = Duration::from_secs(ctx.number(props, "retryInterval", 5).min(60));
    let written = ctx.word(props, "httpErrorResponseCodes");
    let mut statuses = Vec::new();
    for code in written.split([',', ';', ' ']).filter(|c| !c.is_empty()).take(MAX_PATTERNS) {
        match code.parse() {
            Ok(status) if (400..=599).contains(&status) => statuses.push(status),
            _ => ctx.differs(format!("`{code}` is no status that a failed request can have")),
        }
    }
    Some(Repeat { times, interval, statuses })
}

/// The secret of a channel: SAP's credential names and key aliases are Semel's names of secrets.
pub(super) fn credential(ctx: &mut Ctx<'_>, channel: &Channel, method: &str, name: &str) -> Made<Option<String>> {
    let props = &channel.props;
    let written = ctx.word(props, method);
    let secret = ctx.word(props, name);
    let lacks = || Ctx::lacks(props, name, "credential");
    let secret = (!secret.is_empty()).then_some(secret);
    match written.to_ascii_lowercase().replace([' ', '-', '_'], "").as_str() {
        "none" | "" => Ok(None),
        "basic" => secret.map(Some).ok_or_else(lacks),
        "oauth2clientcredentials" | "oauthclientcredentials" => {
            ctx.differs("the secret is an OAuth2 client, with its token address");
            secret.map(Some).ok_or_else(lacks)
        }
        "clientcertificate" | "certificate" => {
            let keys = ["privateKeyAlias", "odataCertAuthPrivateKeyAlias"];
            let alias = keys.iter().map(|k| ctx.word(props, k)).find(|a| !a.is_empty());
            let alias = alias.unwrap_or_else(|| "client-certificate".to_owned());
            if alias.contains("${") {
                return Err(format!("the key alias `{alias}` cannot be an expression"));
            }
            ctx.differs(format!("the secret `{alias}` holds the certificate and its key as PEM"));
            Ok(Some(alias))
        }
        _ => Err(format!("the authentication `{written}` is not available")),
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
        _ if user.is_empty() => return Err(Ctx::lacks(props, "user", "credential")),
        _ => Some(user),
    };
    let attachments = attachments(ctx, channel)?;
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
        message_attachments: ctx.flag(props, "keep_attachments", false),
        attachments,
        timeout: millis(ctx.number(props, "timeout", 30_000)),
    })
}

/// The attachments of the channel's table.
fn attachments(ctx: &mut Ctx<'_>, channel: &Channel) -> Made<Vec<MailAttachment>> {
    let at = Ctx::at(&channel.props, "attachments");
    let mut made = Vec::new();
    for row in ctx.table(&channel.props, "attachments")? {
        let value = row.named("attachment.value").trim();
        let content = match row.named("attachment.source").trim().to_ascii_lowercase().as_str() {
            "body" | "" => None,
            "header" => Some(ctx.template(&format!("${{header.{value}}}"), &at)?),
            "property" => Some(ctx.template(&format!("${{property.{value}}}"), &at)?),
            "constant" => Some(Template::literal(value)),
            "expression" => Some(ctx.template(value, &at)?),
            other => return Err(format!("an attachment cannot come from `{other}`")),
        };
        let media_type = match row.named("attachment.type").trim() {
            "" => "text/plain".to_owned(),
            written => written.to_owned(),
        };
        made.push(MailAttachment { name: ctx.template(row.named("attachment.name"), &at)?, media_type, content });
    }
    Ok(made)
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
        order_by: None,
        interface: None,
        queue,
        alert_after: days(ctx.number(props, "RetentionThresholdAlerting", 2)),
        expire_after: days(ctx.number(props, "ExpirationPeriod", 30)),
        encrypt: ctx.flag(props, "EncryptMessage", true),
        transfer_properties: ctx.flag(props, "TransferExchangeProperties", false),
    })
}

/// From a second to a day; SAP's 0 has no limit, Semel always has one.
pub(super) fn millis(count: u64) -> Duration {
    if count == 0 { Duration::from_secs(3_600) } else { Duration::from_millis(count.clamp(1_000, DAY * 1_000)) }
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count.clamp(1, 36_500) * DAY)
}
