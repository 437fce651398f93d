//! From a receiver and a message to a call with everything evaluated.

use base::{Attachment, DeliveryId, Failure, Value};
use bytes::Bytes;
use expr::{Scope, Template};
use flow::{
    Call, HttpCall, HttpFormat, HttpReceiver, MailCall, MailProtection, MailReceiver, Outcome, Receiver,
    ReceiverChannel, Reply,
};

use crate::glob::fits_header;
use crate::{convert, failure};

/// Headers that belong to one connection, or that the client makes itself: they are never passed on.
const HOP_BY_HOP: [&str; 12] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "expect",
];

/// Whether a header belongs to one connection only.
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    HOP_BY_HOP.iter().any(|h| name.eq_ignore_ascii_case(h))
}

/// Whether a message keeps its own header of this name, whatever an answer or a body says: who processes it, and what
/// belongs to one connection.
pub(crate) fn keeps_own(name: &str) -> bool {
    let ours = ["SAP_MessageProcessingLogID", "SAP_MplCorrelationId"].iter().any(|n| n.eq_ignore_ascii_case(name));
    ours || is_hop_by_hop(name)
}

/// Whether a name begins with one of the prefixes, whatever its case.
pub(crate) fn begins_with(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|p| name.get(..p.len()).is_some_and(|n| n.eq_ignore_ascii_case(p)))
}

/// The call of an outside receiver. `keyed`: the delivery id goes along as idempotency key.
pub(crate) fn build(receiver: &Receiver, scope: &Scope<'_>, id: DeliveryId, keyed: bool) -> Result<Call, Failure> {
    match &receiver.channel {
        ReceiverChannel::Http(http) => self::http(http, scope, id, keyed).map(Call::Http),
        ReceiverChannel::Mail(mail) => self::mail(mail, scope, id).map(Call::Mail),
        ReceiverChannel::Queue(_) | ReceiverChannel::ProcessDirect(_) => {
            Err(failure::bug(format!("receiver {} is no outside receiver", receiver.name)))
        }
    }
}

fn text(template: &Template, scope: &Scope<'_>) -> Result<String, Failure> {
    template.text(scope).map_err(failure::expression)
}

fn wrong(text: impl Into<String>) -> Failure {
    Failure::permanent("X0401", text)
}

pub(crate) fn http(http: &HttpReceiver, scope: &Scope<'_>, id: DeliveryId, keyed: bool) -> Result<HttpCall, Failure> {
    let mut url = text(&http.url, scope)?.trim().to_owned();
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let known = matches!(scheme.as_deref(), Some("http" | "https"));
    encode_blanks(&mut url);
    if !known || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong(format!("`{}` is not an HTTP address", failure::cut(url, 200))));
    }
    let query = http.query.as_ref().map(|q| text(q, scope)).transpose()?.unwrap_or_default();
    append(&mut url, &query);
    let method = text(&http.method, scope)?.trim().to_ascii_uppercase();
    let method = if method.is_empty() { "POST".to_owned() } else { method };
    if !is_token(&method) {
        return Err(wrong(format!("`{}` is not an HTTP method", failure::cut(method, 50))));
    }
    let mut headers = Vec::new();
    for (name, value) in scope.message.headers.iter() {
        let wanted =
            name.eq_ignore_ascii_case("content-type") || http.request_headers.iter().any(|p| fits_header(p, name));
        if wanted && is_token(name) && !is_hop_by_hop(name) && !begins_with(name, &["camel"]) && *value != Value::Null {
            set(&mut headers, name, value.to_string())?;
        }
    }
    for (name, template) in &http.set_headers {
        set(&mut headers, name, text(template, scope)?)?;
    }
    if keyed && !http.key_header.is_empty() {
        set(&mut headers, &http.key_header, id.to_string())?;
    }
    let bodiless = matches!(method.as_str(), "GET" | "HEAD") || method == "DELETE" && !http.delete_body;
    let mut body = if bodiless { Bytes::new() } else { scope.message.body.clone() };
    match &http.format {
        HttpFormat::Plain => {}
        HttpFormat::Soap { action, reliable } => {
            body = convert::soap::wrap(&body)?;
            set(&mut headers, "Content-Type", "text/xml; charset=utf-8".to_owned())?;
            set(&mut headers, "SOAPAction", format!("\"{}\"", text(action, scope)?.trim()))?;
            if *reliable {
                append(&mut url, &format!("MessageId={}", base::hex(&id.0).to_uppercase()));
            }
        }
        HttpFormat::OData { .. } => set(&mut headers, "Accept", "application/atom+xml".to_owned())?,
    }
    Ok(HttpCall {
        method,
        url,
        headers,
        body,
        timeout: http.timeout,
        throw_on_failure: http.throw_on_failure,
        credential: http.credential.clone(),
        statuses: http.statuses.clone(),
        follow_redirects: http.follow_redirects,
        sign: http.sign.clone().map(|secret| (secret, id.to_string())),
        repeat: http.repeat.clone(),
    })
}

/// Appends a query to an address.
fn append(url: &mut String, query: &str) {
    let query = query.trim().trim_start_matches(['?', '&']);
    if !query.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        // A blank is the one mistake that everybody makes and that has only one meaning.
        url.push_str(&query.replace(' ', "%20"));
    }
}

/// Encodes blanks behind the host, where they have only one meaning too.
fn encode_blanks(url: &mut String) {
    let host = url.find("://").map_or(0, |at| at + 3);
    if let Some(at) = url[host..].find(['/', '?', '#']).map(|at| host + at).filter(|at| url[*at..].contains(' ')) {
        let rest = url[at..].replace(' ', "%20");
        url.replace_range(at.., &rest);
    }
}

/// What an answer is to the flow: without the headers that it does not want, and out of its envelope.
pub(crate) fn opened(channel: &ReceiverChannel, mut reply: Reply) -> Outcome {
    let ReceiverChannel::Http(http) = channel else { return Ok(reply) };
    // The status is no header of the answer, it is what the call came to.
    let wanted =
        |name: &str| begins_with(name, &["camel"]) || http.response_headers.iter().any(|p| fits_header(p, name));
    reply.headers.retain(|name, _| wanted(name));
    match &http.format {
        HttpFormat::Plain => {}
        HttpFormat::Soap { .. } => reply.body = convert::soap::answer(&reply.body)?,
        // Its pages have become one answer already.
        HttpFormat::OData { .. } => {}
    }
    Ok(reply)
}

/// Sets a header of a call, in place of one of the same name.
fn set(headers: &mut Vec<(String, String)>, name: &str, value: String) -> Result<(), Failure> {
    if !is_token(name) || value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(wrong(format!("the value of header {} cannot be sent", failure::cut(name.to_owned(), 100))));
    }
    match headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
        Some((_, slot)) => *slot = value,
        None => headers.push((name.to_owned(), value)),
    }
    Ok(())
}

/// Whether the text is a token of HTTP: a method or the name of a header.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn mail(mail: &MailReceiver, scope: &Scope<'_>, id: DeliveryId) -> Result<MailCall, Failure> {
    let server = text(&mail.server, scope)?;
    let (host, port) = address(server.trim(), mail.protection)
        .ok_or_else(|| wrong(format!("`{}` is not a mail server", failure::cut(server.clone(), 200))))?;
    let list = |template: Option<&Template>| -> Result<Vec<String>, Failure> {
        let text = template.map(|t| text(t, scope)).transpose()?.unwrap_or_default();
        Ok(text.split([',', ';']).map(str::trim).filter(|a| !a.is_empty()).map(str::to_owned).collect())
    };
    let (to, cc, bcc) = (list(Some(&mail.to))?, list(mail.cc.as_ref())?, list(mail.bcc.as_ref())?);
    if to.is_empty() && cc.is_empty() && bcc.is_empty() {
        return Err(wrong("the mail has no recipient"));
    }
    Ok(MailCall {
        host,
        port,
        protection: mail.protection,
        credential: mail.credential.clone(),
        from: text(&mail.from, scope)?.trim().to_owned(),
        to,
        cc,
        bcc,
        subject: text(&mail.subject, scope)?,
        body: match &mail.body {
            Some(body) => text(body, scope)?.into(),
            None => scope.message.body.clone(),
        },
        media_type: mail.media_type.clone(),
        message_id: id.to_string(),
        attachments: attachments(mail, scope)?,
        timeout: mail.timeout,
    })
}

/// The message's attachments, where the channel wants them, and those that it makes.
fn attachments(mail: &MailReceiver, scope: &Scope<'_>) -> Result<Vec<Attachment>, Failure> {
    let mut all = if mail.message_attachments { scope.message.attachments.clone() } else { Vec::new() };
    for made in &mail.attachments {
        let content = match &made.content {
            Some(content) => text(content, scope)?.into(),
            None => scope.message.body.clone(),
        };
        all.push(Attachment { name: text(&made.name, scope)?, media_type: made.media_type.clone(), content });
    }
    Ok(all)
}

/// Host and port of `host`, `host:port` or `[address]:port`.
fn address(server: &str, protection: MailProtection) -> Option<(String, u16)> {
    let usual = match protection {
        MailProtection::None => 25,
        MailProtection::StartTls | MailProtection::StartTlsOptional => 587,
        MailProtection::Smtps => 465,
    };
    let (host, port) = match server.strip_prefix('[').and_then(|s| s.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => server.rsplit_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(usual), |p| p.parse().ok().filter(|p| *p > 0))?;
    let clean = !host.is_empty() && !host.chars().any(|c| c.is_whitespace() || c.is_control());
    clean.then(|| (host.to_owned(), port))
}
