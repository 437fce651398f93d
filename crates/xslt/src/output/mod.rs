//! A result tree to bytes: XML, HTML or text, in the encoding that the stylesheet says.

mod encode;
mod escape;
mod markup;

use expr::xpath::tree::{Kind, Tree};
use expr::xpath::value::{R, fail};

use self::encode::Charset;
use crate::model::{Method, Output, Sheet};

/// Bytes, media type and encoding.
pub(crate) fn serialize(sheet: &Sheet, tree: &Tree, most: usize) -> R<(Vec<u8>, String, String)> {
    let settings = &sheet.output;
    let method = method(settings, tree);
    let text = text(settings, tree, most)?;
    let encoding = settings.encoding.clone().unwrap_or_else(|| "UTF-8".to_owned());
    let bytes = Charset::of(settings).bytes(text, settings, method == Method::Text)?;
    let media_type = settings.media_type.clone().unwrap_or_else(|| {
        match method {
            Method::Xml => "application/xml",
            Method::Html => "text/html",
            Method::Text => "text/plain",
        }
        .to_owned()
    });
    Ok((bytes, media_type, encoding))
}

/// What the stylesheet says, or HTML where the root element is `html`.
fn method(settings: &Output, tree: &Tree) -> Method {
    settings.method.unwrap_or_else(|| {
        let root = tree.children(0).find(|i| tree.kind(*i) == Kind::Element);
        let is_html =
            root.and_then(|i| tree.name(i)).is_some_and(|n| n.uri.is_empty() && n.local.eq_ignore_ascii_case("html"));
        if is_html { Method::Html } else { Method::Xml }
    })
}

/// The result as text.
pub(crate) fn text(settings: &Output, tree: &Tree, most: usize) -> R<String> {
    let text = match method(settings, tree) {
        Method::Text => {
            let mut out = String::new();
            for at in 0..tree.end(0) {
                if tree.kind(at) == Kind::Text {
                    escape::mapped(tree.own_text(at), settings, most, &mut out);
                }
            }
            out
        }
        method => markup::Writer::new(tree, settings, method, most).write()?,
    };
    if text.len() > most {
        return fail(format!("the result is larger than {} MiB", most >> 20));
    }
    Ok(text)
}
