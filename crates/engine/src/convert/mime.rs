//! MIME multipart: body and attachments as one body, and back.

use base::{Attachment, Failure, Headers, Message, Value};
use bytes::Bytes;
use flow::Mime;

use super::base64;
use crate::call::keeps_own;
use crate::failure::cut;
use crate::glob::fits_header;

/// Most parts of a multipart.
const MAX_PARTS: usize = 1_000;
/// Most bytes of the headers of a part.
const MAX_HEAD: usize = 64 << 10;
/// Longest line of a header, without its end.
const MAX_LINE: usize = 998;

fn wrong(text: impl Into<String>) -> Failure {
    Failure::permanent("K0011", text)
}

fn header(headers: &Headers, name: &str) -> String {
    headers.get(name).map(Value::to_string).unwrap_or_default()
}

/// A value on one line.
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A header with its line end. One that is too long for a line is folded where a single blank stands: it reads as that
/// blank again.
fn field(name: &str, value: &str) -> Result<String, Failure> {
    let whole = format!("{name}: {}", line(value));
    let (mut out, mut rest) = (String::with_capacity(whole.len() + 2), whole.as_str());
    // The first line has at least one word of the value, the others begin with the blank.
    let mut from = name.len() + 3;
    while rest.len() > MAX_LINE {
        let bytes = rest.as_bytes();
        let single =
            |at: &usize| bytes[*at] == b' ' && bytes[at - 1] != b' ' && bytes.get(at + 1).is_some_and(|b| *b != b' ');
        let Some(at) = (from..=MAX_LINE).rev().find(single) else {
            let text = format!(
                "the header `{}` is too long for a line, and has no blank to fold it at",
                cut(name.to_owned(), 100)
            );
            return Err(wrong(text));
        };
        out.push_str(&rest[..at]);
        out.push_str("\r\n");
        (rest, from) = (&rest[at..], 2);
    }
    out.push_str(rest);
    out.push_str("\r\n");
    Ok(out)
}

/// Body and attachments become one body. A message without attachments stays as it is. `seed` makes the boundary.
pub(crate) fn encode(message: &mut Message, mime: &Mime, seed: &str) -> Result<(), Failure> {
    if message.attachments.is_empty() {
        return Ok(());
    }
    if message.attachments.len() >= MAX_PARTS {
        return Err(wrong(format!("the message has more than {MAX_PARTS} attachments")));
    }
    let mut parts: Vec<Vec<u8>> = Vec::new();
    parts.push(part(&header(&message.headers, "Content-Type"), "", &message.body)?);
    for attachment in &message.attachments {
        let name = attachment.name.replace(['"', '\\'], "_");
        let more = field("Content-Disposition", &format!("attachment; filename=\"{name}\""))?;
        parts.push(part(&attachment.media_type, &more, &attachment.content)?);
    }
    // The same message gives the same boundary; one that stands in a part would end it.
    let mut boundary =
        format!("----=_Part_{}", seed.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>());
    while parts.iter().any(|p| find(p, boundary.as_bytes()).is_some()) {
        boundary.push('_');
        if boundary.len() > 69 {
            return Err(wrong("no boundary fits between the parts"));
        }
    }
    let whole = format!("multipart/{}; boundary=\"{boundary}\"", mime.subtype);
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.len() + 80).sum());
    if mime.inline {
        for (name, value) in message.headers.iter() {
            let known = name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("mime-version");
            let wanted = !known && mime.headers.iter().any(|p| fits_header(p, name));
            if wanted && name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
                out.extend_from_slice(field(name, &value.to_string())?.as_bytes());
            }
        }
        out.extend_from_slice(format!("MIME-Version: 1.0\r\nContent-Type: {whole}\r\n\r\n").as_bytes());
        message.headers.remove("Content-Type");
    } else {
        message.headers.set("MIME-Version", "1.0");
        message.headers.set("Content-Type", whole);
    }
    for part in parts {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&part);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    message.body = Bytes::from(out);
    message.attachments.clear();
    Ok(())
}

/// One part. Plain text of short lines stays readable.
fn part(media_type: &str, more: &str, content: &Bytes) -> Result<Vec<u8>, Failure> {
    let plain = content.is_ascii()
        && !content.contains(&0)
        && content.split(|b| *b == b'\n').all(|l| l.len() < 990 && !l.ends_with(b"\r\r"));
    let media_type = if media_type.is_empty() { "application/octet-stream" } else { media_type };
    let encoding = if plain { "7bit" } else { "base64" };
    let media_type = field("Content-Type", media_type)?;
    let mut out = format!("{media_type}Content-Transfer-Encoding: {encoding}\r\n{more}\r\n").into_bytes();
    if plain {
        out.extend_from_slice(content);
    } else {
        let encoded = base64::encode(content);
        for (i, row) in encoded.chunks(76).enumerate() {
            out.extend_from_slice(if i == 0 { b"" } else { b"\r\n" });
            out.extend_from_slice(row);
        }
    }
    Ok(out)
}

/// A multipart becomes a body and attachments. Other bodies stay as they are.
pub(crate) fn decode(message: &mut Message, mime: &Mime) -> Result<(), Failure> {
    let body = message.body.clone();
    let (whole, content) = if mime.inline {
        let (head, content) = match head(&body) {
            Read::Head(head, content) => (head, content),
            Read::Broken(head, text) if is_multipart(of(&head, "content-type")) => return Err(wrong(text)),
            Read::Broken(..) | Read::Content => return Ok(()),
        };
        let media_type = of(&head, "content-type").to_owned();
        if !is_multipart(&media_type) {
            return Ok(());
        }
        for (name, value) in head.iter().filter(|(name, _)| !keeps_own(name)) {
            message.headers.set(name.as_str(), value.as_str());
        }
        (media_type, content)
    } else {
        (header(&message.headers, "Content-Type"), body.clone())
    };
    if !is_multipart(&whole) {
        return Ok(());
    }
    let boundary = parameter(&whole, "boundary")
        .filter(|b| !b.is_empty())
        .ok_or_else(|| wrong("the content type of the body is a multipart without a boundary"))?;
    let parts = split(&content, &boundary)?;
    let mut first = true;
    message.headers.remove("Content-Type");
    for part in parts {
        let (head, raw) = match head(&part) {
            Read::Head(head, content) => (head, content),
            Read::Content => (Head::new(), part),
            Read::Broken(_, text) => return Err(wrong(text)),
        };
        let media_type = of(&head, "content-type").to_owned();
        let content = match of(&head, "content-transfer-encoding").to_ascii_lowercase().as_str() {
            "base64" => base64::decode(&raw).map_err(|f| wrong(f.text.replace("the body is", "a part is")))?,
            "quoted-printable" => quoted(&raw),
            _ => raw,
        };
        if std::mem::take(&mut first) {
            if !media_type.is_empty() {
                message.headers.set("Content-Type", media_type.as_str());
            }
            message.body = content;
            continue;
        }
        let disposition = of(&head, "content-disposition");
        let name = parameter(disposition, "filename").or_else(|| parameter(&media_type, "name"));
        let name = name.unwrap_or_else(|| of(&head, "content-id").trim_matches(['<', '>']).to_owned());
        let mut name = if name.is_empty() { format!("part-{}", message.attachments.len() + 2) } else { name };
        while message.attachments.iter().any(|a| a.name == name) {
            name.push('_');
        }
        let media_type = if media_type.is_empty() { "text/plain".to_owned() } else { media_type };
        message.attachments.push(Attachment { name, media_type, content });
    }
    Ok(())
}

fn is_multipart(media_type: &str) -> bool {
    media_type.trim_start().get(..10).is_some_and(|t| t.eq_ignore_ascii_case("multipart/"))
}

type Head = Vec<(String, String)>;

/// How a part, or a body with its headers in it, begins.
enum Read {
    /// With headers; then what follows the empty line behind them.
    Head(Head, Bytes),
    /// It has no headers.
    Content,
    /// With headers that cannot be read, and why.
    Broken(Head, String),
}

/// Reads the headers. They end at an empty line, or with the part; content that only looks like headers says nothing
/// about itself.
fn head(bytes: &Bytes) -> Read {
    let mut head: Head = Vec::new();
    let mut other = None;
    let mut at = 0;
    let content = loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.is_empty() || at > MAX_HEAD {
            break None;
        }
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |i| i + 1);
        let line = String::from_utf8_lossy(&rest[..end.min(MAX_HEAD + 2)]).trim_end_matches(['\r', '\n']).to_owned();
        at += end;
        if line.is_empty() {
            break Some(bytes.slice(at..));
        }
        let named = line.split_once(':').map(|(name, value)| (name.trim_end(), value.trim()));
        let named =
            named.filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b'<'));
        match (line.starts_with([' ', '\t']), head.last_mut(), named) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => head.push((name.to_owned(), value.to_owned())),
            _ => other = other.or(Some(line)),
        }
    };
    let about = head.iter().any(|(name, _)| crate::call::begins_with(name, &["content-"]));
    match (other, content) {
        (_, _) if about && at > MAX_HEAD => Read::Broken(head, "the headers of a part are too long".to_owned()),
        (Some(line), _) if about => {
            let text = format!("`{}` is no header of a part", cut(line, 100));
            Read::Broken(head, text)
        }
        (Some(_), _) => Read::Content,
        (None, None) if !about => Read::Content,
        (None, content) => Read::Head(head, content.unwrap_or_default()),
    }
}

fn of<'h>(head: &'h Head, name: &str) -> &'h str {
    head.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v.as_str())
}

/// A parameter of a header: `name="value"`, `name=value`, or `name*=utf-8''percent`.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once(';') {
        let after = after.trim_start();
        let end = after.find(['=', ';'])?;
        let (key, tail) = after.split_at(end);
        let Some(tail) = tail.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (found, next) = match tail.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let mut text = String::new();
                let mut chars = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((i, c)) = chars.next() {
                    match c {
                        '"' => {
                            end = i + 1;
                            break;
                        }
                        '\\' => text.extend(chars.next().map(|(_, c)| c)),
                        c => text.push(c),
                    }
                }
                (text, &quoted[end..])
            }
            None => {
                let end = tail.find(';').unwrap_or(tail.len());
                (tail[..end].trim().to_owned(), &tail[end..])
            }
        };
        let key = key.trim();
        if key.eq_ignore_ascii_case(name) {
            return Some(found);
        }
        if key.strip_suffix('*').is_some_and(|k| k.eq_ignore_ascii_case(name)) {
            let text = found.splitn(3, '\'').last().unwrap_or("");
            return Some(percent(text));
        }
        rest = next;
    }
    None
}

fn percent(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, hex(tail)) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = &tail[2..];
            }
            (first, _) => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The byte that two hexadecimal digits mean.
fn hex(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The parts between boundary lines.
fn split(content: &Bytes, boundary: &str) -> Result<Vec<Bytes>, Failure> {
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let (mut at, mut from) = (0, None);
    while at < content.len() {
        let end = content[at..].iter().position(|b| *b == b'\n').map_or(content.len(), |i| at + i + 1);
        let line = content[at..end].trim_ascii_end();
        let rest = line.strip_prefix(mark.as_bytes());
        if rest.is_some_and(|r| r.is_empty() || r == b"--") {
            if let Some(from) = from {
                // The line end before a boundary belongs to it.
                let mut to = at;
                for end in [b'\n', b'\r'] {
                    if to > from && content[to - 1] == end {
                        to -= 1;
                    }
                }
                parts.push(content.slice(from..to));
                if parts.len() > MAX_PARTS {
                    return Err(wrong(format!("the body has more than {MAX_PARTS} parts")));
                }
            }
            from = (rest == Some(b"")).then_some(end);
            if from.is_none() {
                return Ok(parts);
            }
        }
        at = end;
    }
    match (from, parts.is_empty()) {
        // The last boundary may be missing.
        (Some(from), _) => parts.push(content.slice(from.min(content.len())..)),
        (None, true) => return Err(wrong("the boundary of the multipart does not stand in the body")),
        _ => {}
    }
    Ok(parts)
}

/// Quoted-printable text; what is wrong in it stays.
fn quoted(raw: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(b) = raw.get(at) {
        let rest = &raw[at + 1..];
        match (b, hex(rest)) {
            (b'=', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'=', None) if rest.starts_with(b"\r\n") => at += 3,
            (b'=', None) if rest.starts_with(b"\n") => at += 2,
            (b, _) => {
                out.push(*b);
                at += 1;
            }
        }
    }
    Bytes::from(out)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}
