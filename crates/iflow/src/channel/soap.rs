//! SOAP and IDoc channels: HTTP with an envelope around the body.

use expr::Template;
use flow::{HttpFormat, HttpReceiver, HttpSender};

use super::receivers::{credential, millis, on_premise, session};
use super::senders;
use crate::bpmn::Channel;
use crate::ctx::{Ctx, Made};
use crate::{text, xml};

/// Largest WSDL that is looked into, in bytes.
const MAX_WSDL: usize = 4 << 20;

/// A SOAP or IDoc receiver.
pub(super) fn receiver(ctx: &mut Ctx<'_>, channel: &Channel, component: &str) -> Made<HttpReceiver> {
    let props = &channel.props;
    let address = ctx.word(props, "address");
    if address.is_empty() {
        return Err(Ctx::lacks(props, "address", "address"));
    }
    security(ctx, channel, "WSSecurity_outbound")?;
    let credential = credential(ctx, channel, "authentication", "credentialName")?;
    on_premise(ctx, channel);
    session(ctx);
    let plain = component == "IDOC" && ctx.word(props, "IDocContentType") == "application/x-sap.idoc";
    let mut set_headers = Vec::new();
    let format = if plain {
        set_headers.push(("Content-Type".to_owned(), Template::literal("application/x-sap.idoc")));
        HttpFormat::Plain
    } else {
        let action = action(ctx, channel);
        HttpFormat::Soap {
            action: match action {
                Some(action) => Template::literal(action),
                None => ctx.template("${header.SOAPAction}", &channel.range)?,
            },
            // SAP RM's receivers know a repeated message by this id.
            reliable: component == "SOAP" && ctx.word(props, "MessageProtocol") == "Plain SOAP",
        }
    };
    if component == "SOAP" {
        ctx.differs("SOAP headers are neither sent nor kept");
    }
    Ok(HttpReceiver {
        url: ctx.template(&address, &Ctx::at(props, "address"))?,
        query: None,
        method: Template::literal("POST"),
        request_headers: Vec::new(),
        set_headers,
        response_headers: Vec::new(),
        format,
        repeat: None,
        timeout: millis(ctx.number(props, "requestTimeout", 60_000)),
        throw_on_failure: true,
        credential,
        key_header: String::new(),
        statuses: flow::StatusRules::default(),
        follow_redirects: false,
        delete_body: false,
        sign: None,
    })
}

/// A SOAP or IDoc sender: an HTTP path whose envelope comes off before the process runs. Whether it gives an answer.
pub(super) fn sender(ctx: &mut Ctx<'_>, channel: &Channel, component: &str) -> Made<(HttpSender, bool)> {
    let props = &channel.props;
    security(ctx, channel, "WSSecurity")?;
    let sender = senders::door(ctx, channel, "address")?;
    ctx.differs(format!("it is served below /http, not /cxf: /http{}", sender.path));
    let one_way = component == "IDOC"
        || ctx.word(props, "messageExchangePattern").eq_ignore_ascii_case("OneWay")
        || ctx.word(props, "MessageProtocol") == "Plain SOAP";
    ctx.differs("a failed message is answered with status 500 and text, not with a SOAP fault");
    if ctx.word(props, "MessageProtocol") == "Plain SOAP" {
        ctx.differs("repeated messages are not known by their MessageId");
    }
    Ok((sender, !one_way))
}

/// Signatures and encryption of the envelope.
fn security(ctx: &mut Ctx<'_>, channel: &Channel, key: &str) -> Made<()> {
    match ctx.word(&channel.props, key).as_str() {
        "" | "None" | "none" => Ok(()),
        other => Err(format!("WS-Security `{other}` is not available")),
    }
}

/// The action that the WSDL names for the channel's operation.
fn action(ctx: &mut Ctx<'_>, channel: &Channel) -> Option<String> {
    let wsdl = ctx.word(&channel.props, "soapWsdlURL");
    let name = wsdl.rsplit('/').next().filter(|n| !n.is_empty())?;
    ctx.schemas = ctx.schemas.checked_sub(1)?;
    let (_, bytes) = ctx.bundle.resource("wsdl", name).filter(|(_, b)| b.len() <= MAX_WSDL)?;
    let wanted = ctx.word(&channel.props, "operationName");
    let wanted = wanted.rsplit(':').next().unwrap_or("");
    let text = text::decode(bytes);
    let document = xml::parse(&text).ok()?;
    let operations = document.descendants().filter(|n| n.tag_name().name() == "operation");
    let of = |operation: roxmltree::Node<'_, '_>| {
        let inner =
            operation.children().find(|c| c.tag_name().name() == "operation" && c.has_attribute("soapAction"))?;
        let fits = wanted.is_empty() || operation.attribute("name") == Some(wanted);
        inner.attribute("soapAction").filter(|_| fits).map(str::to_owned)
    };
    operations.into_iter().find_map(of)
}
