//! Steps about the body as a whole: message digest, persist, MIME coders.

use std::fmt::Write;

use base::{Failure, Value};
use expr::{XPath, XPathValue};
use flow::{Coding, Digest, DigestAlgorithm, Mime};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use store::AttachmentRecord;

use crate::convert::mime;
use crate::failure;
use crate::run::Run;
use crate::task::{Move, Task};

/// Message digest.
pub(super) fn digest(run: &Run, task: &mut Task, digest: &Digest) -> Move {
    let selected;
    let bytes: &[u8] = match &digest.filter {
        None => &task.message.body,
        Some(xpath) => match select(run, task, xpath) {
            Ok(text) => {
                selected = text;
                selected.as_bytes()
            }
            Err(failure) => return Move::Fail(failure),
        },
    };
    let hash = match digest.algorithm {
        DigestAlgorithm::Md5 => hex(&Md5::digest(bytes)),
        DigestAlgorithm::Sha1 => hex(&Sha1::digest(bytes)),
        DigestAlgorithm::Sha256 => hex(&Sha256::digest(bytes)),
        DigestAlgorithm::Sha512 => hex(&Sha512::digest(bytes)),
    };
    task.message.headers.set(digest.header.as_str(), hash);
    Move::Next
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// What an XPath selects, as it stands in the body.
pub(super) fn select(run: &Run, task: &Task, xpath: &XPath) -> Result<String, Failure> {
    let value = xpath.eval(&task.scope(run)).map_err(failure::expression)?;
    Ok(match value {
        XPathValue::Nodes(nodes) => nodes.concat(),
        XPathValue::List(items) => items.join(" "),
        XPathValue::Text(text) => text,
        XPathValue::Bool(flag) => flag.to_string(),
        XPathValue::Number(number) => number.to_string(),
    })
}

/// Keeps the body for the message log.
pub(super) fn persist(run: &mut Run, task: &Task, name: &str) -> Move {
    let media_type = task.message.headers.get("Content-Type").map(Value::to_string).filter(|t| !t.is_empty());
    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    let content = task.message.body.clone();
    if let Err(failure) = run.spend_for(&content) {
        return Move::Fail(failure);
    }
    run.keep(Vec::new(), vec![AttachmentRecord { name: name.to_owned(), media_type, content }]);
    Move::Next
}

/// MIME coders.
pub(super) fn multipart(run: &mut Run, task: &mut Task, coding: Coding, how: &Mime) -> Move {
    let done = match coding {
        Coding::Encode => mime::encode(&mut task.message, how, &run.start.message_id.to_string()),
        Coding::Decode => mime::decode(&mut task.message, how),
    };
    match done.and_then(|()| run.spend_for(&task.message.body)) {
        Ok(()) => Move::Next,
        Err(failure) => Move::Fail(failure),
    }
}
