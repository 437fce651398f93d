//! OData answers in pages: the links to the next ones are followed, to the same service only, and all become one answer.

use base::{Failure, Headers};
use bytes::Bytes;
use flow::{Call, HttpCall, HttpFormat, HttpReceiver, Receiver, ReceiverChannel, Reply, origin};

use crate::convert::odata;
use crate::run::{Run, Then};
use crate::task::Task;
use crate::{Effect, failure};

/// Most pages of one answer.
const MAX_PAGES: u32 = 1_000;
/// Most bytes of one answer, as plain elements.
const MAX_BYTES: usize = 256 << 20;

/// The pages that are here, and the call that asks for the next one.
#[derive(Debug)]
pub(crate) struct Pages {
    call: HttpCall,
    /// The headers of the first answer.
    headers: Headers,
    content: String,
    count: u32,
}

/// What a request to a receiver waits for: pages, where its answer may come in them.
pub(super) fn wait(receiver: &Receiver, call: &Call, url: String) -> Then {
    match (set(receiver), call) {
        (Some(_), Call::Http(call)) => Then::Page(Box::new(Pages {
            call: call.clone(),
            headers: Headers::new(),
            content: String::new(),
            count: 0,
        })),
        _ => Then::Request(url),
    }
}

/// The entity set of a receiver whose answers may come in pages.
fn set(receiver: &Receiver) -> Option<&str> {
    match &receiver.channel {
        ReceiverChannel::Http(HttpReceiver { format: HttpFormat::OData { set }, .. }) => Some(set),
        _ => None,
    }
}

/// Takes a page. The whole answer comes back, or nothing where the next page has been asked for.
pub(super) fn take(
    run: &mut Run,
    task: &Task,
    receiver: &Receiver,
    mut pages: Box<Pages>,
    reply: Reply,
) -> Result<Option<Reply>, Failure> {
    if run.start.flow.keep_cookies {
        run.cookies.keep(&pages.call.url, &reply.headers);
    }
    let (content, next) = odata::page(&reply.body)?;
    run.spend_for(content.as_bytes())?;
    if pages.count == 0 {
        pages.headers = reply.headers;
    }
    pages.content.push_str(&content);
    pages.count += 1;
    let wrong = |text: String| Err(Failure::permanent("K0009", text));
    if pages.content.len() > MAX_BYTES {
        return wrong(format!("the answer of the service is larger than {}", base::format_bytes(MAX_BYTES as u64)));
    }
    let Some(next) = next else {
        let body: Bytes = odata::whole(set(receiver).unwrap_or_default(), &pages.content);
        return Ok(Some(Reply { headers: pages.headers, body }));
    };
    if pages.count >= MAX_PAGES {
        return wrong(format!("the answer of the service has more than {MAX_PAGES} pages"));
    }
    let url = resolve(&pages.call.url, &next);
    // The credential goes along: a link must not carry it elsewhere.
    if origin(&url).is_none() || origin(&url) != origin(&pages.call.url) {
        return wrong(format!("the next page of the answer is at another service: `{}`", failure::cut(url, 200)));
    }
    if url == pages.call.url || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return wrong("the link to the next page of the answer leads nowhere".to_owned());
    }
    pages.call.url = url;
    let call = Box::new(Call::Http(pages.call.clone()));
    let effect = Effect::Call { receiver: receiver.name.clone(), delivery: None, call };
    run.emit(task.id, effect, Then::Page(pages));
    Ok(None)
}

/// The address of a link in the answer to a call.
fn resolve(base: &str, link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let plain = base.split(['?', '#']).next().unwrap_or(base);
    if link.starts_with('/') {
        let host = plain.find("://").map_or(0, |i| i + 3);
        let end = plain[host..].find('/').map_or(plain.len(), |i| host + i);
        return format!("{}{link}", &plain[..end]);
    }
    let folder = plain.rfind('/').map_or(plain.len(), |i| i + 1);
    format!("{}{link}", &plain[..folder])
}
