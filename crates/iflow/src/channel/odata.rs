//! OData V2 receivers: queries and reads, whose Atom answer becomes the plain elements that SAP's adapter gives.

use expr::Template;
use flow::{HttpFormat, HttpReceiver};

use super::receivers::{credential, millis, on_premise, session};
use crate::bpmn::Channel;
use crate::ctx::{Ctx, Made};

/// Where SuccessFactors keeps its services.
const SUCCESSFACTORS: &str = "/odata/v2";

/// OData and SuccessFactors receivers.
pub(super) fn receiver(ctx: &mut Ctx<'_>, channel: &Channel, component: &str) -> Made<HttpReceiver> {
    let props = &channel.props;
    let protocol = ctx.word(props, "MessageProtocol");
    if !protocol.is_empty() && protocol != "OData V2" {
        return Err(format!("Semel has no {component} receiver for {protocol}"));
    }
    let operation = ctx.word(props, "operation");
    if !matches!(operation.as_str(), "Query(GET)" | "Read(GET)") {
        return Err(format!("OData runs queries and reads only, not `{operation}`"));
    }
    if ctx.flag(props, "pagination", false) {
        return Err("OData in pages is not available".to_owned());
    }
    let address = ctx.word(props, "address");
    if address.is_empty() {
        return Err(Ctx::lacks(props, "address", "address"));
    }
    let credential = credential(ctx, channel, "authenticationMethod", "alias")?;
    on_premise(ctx, channel);
    session(ctx);
    let path = ctx.word(props, "resourcePath");
    let path = path.trim_matches('/');
    let set: String = path.split(['(', '/', '?', '$']).next().unwrap_or("").to_owned();
    if set.is_empty() {
        return Err("its entity set is not fixed".to_owned());
    }
    let service = if component == "SuccessFactors" { SUCCESSFACTORS } else { "" };
    let url = format!("{}{service}/{}", address.trim_end_matches('/'), path.replace(' ', "%20"));
    let mut query: Vec<String> = Vec::new();
    for key in ["queryOptions", "customQueryOptions"] {
        query.extend(Some(ctx.word(props, key)).filter(|q| !q.is_empty()));
    }
    let query = query.join("&");
    let at = Ctx::at(props, "queryOptions");
    Ok(HttpReceiver {
        url: ctx.template(&url, &Ctx::at(props, "address"))?,
        query: if query.is_empty() { None } else { Some(ctx.template(&query, &at)?) },
        method: Template::literal("GET"),
        request_headers: Vec::new(),
        set_headers: Vec::new(),
        response_headers: Vec::new(),
        format: HttpFormat::OData { set },
        repeat: None,
        timeout: millis(ctx.number(props, "receiveTimeOut", 1).saturating_mul(60_000)),
        throw_on_failure: true,
        credential,
        key_header: String::new(),
        statuses: flow::StatusRules::default(),
        follow_redirects: false,
        delete_body: false,
        sign: None,
    })
}
