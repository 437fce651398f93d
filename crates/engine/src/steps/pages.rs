//! OData answers in pages: the links to the next ones are followed, to the same service only, and all become one answer.

use base::{Failure, Headers};
use bytes::Bytes;
use flow::{Call, HttpCall, HttpFormat, HttpReceiver, Receiver, ReceiverChannel, Reply, origin};

use crate::convert::odata;
use crate::run::Run;
use crate::task::Task;
use crate::then::Then;
use crate::{Effect, failure};

/// Most pages of one answer.
const MAX_PAGES: u32 = 1_000;
/// Most bytes of one answer, as plain elements.
const MAX_BYTES: usize = 256 << 20;

/// The pages that are here, and the call that asks for the next one.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The last call, without the cookies that the run adds.
    call: HttpCall,
    /// The headers of the first answer.
    headers: Headers,
    content: String,
    count: u32,
}

/// What a request to a receiver waits for: pages, where its answer may come in them. The call has no cookies of the run yet.
pub(super) fn wait(receiver: &Receiver, call: &Call, keep_cookies: bool) -> Then {
    match (set(receiver), call) {
        (Some(_), Call::Http(call)) => Then::Page(Box::new(Pages {
            call: call.clone(),
            headers: Headers::new(),
            content: String::new(),
            count: 0,
        })),
        (None, Call::Http(call)) if keep_cookies => Then::Request(call.url.clone()),
        _ => Then::Request(String::new()),
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
    let keep_cookies = run.start.flow.keep_cookies;
    if keep_cookies {
        run.cookies.keep(&pages.call.url, &reply.headers, run.now);
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
    let mut call = pages.call.clone();
    if keep_cookies {
        run.cookies.add(&mut call, run.now);
    }
    let call = Box::new(Call::Http(call));
    let effect = Effect::Call { receiver: receiver.name.clone(), delivery: None, call };
    run.emit(task.id, effect, Then::Page(pages));
    Ok(None)
}

/// The address of a link in the answer to a call.
fn resolve(base: &str, link: &str) -> String {
    let (scheme, rest) = base.split_once(':').unwrap_or_default();
    // A `://` somewhere inside, in a key or a query, makes no whole address of a link.
    let is_scheme = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if link.split_once("://").is_some_and(|(s, _)| is_scheme(s)) {
        return link.to_owned();
    }
    if link.starts_with("//") {
        return format!("{scheme}:{link}");
    }
    let plain = rest.split(['?', '#']).next().unwrap_or(rest);
    let path = plain.get(2..).and_then(|r| r.find('/')).map_or(plain.len(), |i| 2 + i);
    let kept = match link.chars().next() {
        None | Some('#') => return base.to_owned(),
        Some('?') => plain.len(),
        Some('/') => path,
        Some(_) => plain.rfind('/').filter(|i| *i >= path).map_or(plain.len(), |i| i + 1),
    };
    let gap = if kept == path && !link.starts_with('/') { "/" } else { "" };
    format!("{scheme}:{}{gap}{link}", &plain[..kept])
}
