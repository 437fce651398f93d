//! OData V2: the Atom answer of a service as plain elements, the way SAP's adapter gives it.
//!
//! `<Orders><Order><Id>1</Id><Items><Item>...</Item></Items></Order></Orders>`: set, then type, then properties; what was
//! expanded stands under the name of its navigation.

use base::Failure;
use bytes::Bytes;
use roxmltree::{Document, Node, ParsingOptions};

use super::xml::{Walk, element_name, push_text, utf8};

/// Most nodes of an answer.
const MAX_NODES: u32 = 5_000_000;

fn wrong(text: impl Into<String>) -> Failure {
    Failure::permanent("K0009", text)
}

/// The entities of a feed or an entry as plain elements, and the link to the next page.
pub(crate) fn page(body: &Bytes) -> Result<(String, Option<String>), Failure> {
    if body.trim_ascii().is_empty() {
        return Ok((String::new(), None));
    }
    let body = utf8(body)?;
    // The walk refuses what would be slow or deep in the tree.
    let mut walk = Walk::new(&body);
    while walk.next()?.is_some() {}
    let text = std::str::from_utf8(&body).map_err(|_| wrong("the answer of the service is not UTF-8 text"))?;
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|e| wrong(format!("the answer of the service cannot be read: {e}")))?;
    let root = document.root_element();
    let mut out = String::with_capacity(body.len() / 2);
    match root.tag_name().name() {
        "feed" => children(root, "entry").try_for_each(|e| entry(&mut out, e))?,
        "entry" => entry(&mut out, root)?,
        other => return Err(wrong(format!("the service answered with `{other}`, not with an Atom feed or entry"))),
    }
    let next = children(root, "link").find(|l| attribute(*l, "rel") == "next" && root.tag_name().name() == "feed");
    Ok((out, next.map(|l| based(root, attribute(l, "href")))))
}

/// A link relative to the `xml:base` of the feed, where it has one.
fn based(feed: Node<'_, '_>, href: &str) -> String {
    let base = feed.attribute(("http://www.w3.org/XML/1998/namespace", "base")).unwrap_or("");
    if base.is_empty() || href.contains("://") || href.starts_with('/') {
        return href.to_owned();
    }
    format!("{}/{href}", base.trim_end_matches('/'))
}

/// All entities below one element that is named like the entity set.
pub(crate) fn whole(set: &str, content: &str) -> Bytes {
    let set = element_name(set);
    Bytes::from(format!("<{set}>{content}</{set}>"))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| c.is_element() && c.tag_name().name() == name)
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.attributes().find(|a| a.name() == name).map_or("", |a| a.value())
}

fn feed(out: &mut String, feed: Node<'_, '_>) -> Result<(), Failure> {
    if children(feed, "link").any(|l| attribute(l, "rel") == "next") {
        return Err(wrong("what the service expands comes in pages; ask for it by itself"));
    }
    children(feed, "entry").try_for_each(|e| entry(out, e))
}

/// One entity. The depth is bounded by that of the document.
fn entry(out: &mut String, entry: Node<'_, '_>) -> Result<(), Failure> {
    let term = children(entry, "category").map(|c| attribute(c, "term")).find(|t| !t.is_empty()).unwrap_or("entry");
    let kind = element_name(term.rsplit('.').next().unwrap_or(term));
    out.push_str(&format!("<{kind}>"));
    let inside = children(entry, "content").flat_map(|c| children(c, "properties"));
    for properties in children(entry, "properties").chain(inside) {
        properties.children().filter(Node::is_element).try_for_each(|p| property(out, p))?;
    }
    for link in children(entry, "link") {
        let Some(inline) = children(link, "inline").next() else { continue };
        let title = attribute(link, "title");
        let name = if title.is_empty() { attribute(link, "rel").rsplit('/').next().unwrap_or("") } else { title };
        let name = element_name(name);
        out.push_str(&format!("<{name}>"));
        children(inline, "feed").try_for_each(|f| feed(out, f))?;
        children(inline, "entry").try_for_each(|e| self::entry(out, e))?;
        out.push_str(&format!("</{name}>"));
    }
    out.push_str(&format!("</{kind}>"));
    Ok(())
}

fn property(out: &mut String, property: Node<'_, '_>) -> Result<(), Failure> {
    let name = element_name(property.tag_name().name());
    out.push_str(&format!("<{name}>"));
    if property.children().any(|c| c.is_element()) {
        property.children().filter(Node::is_element).try_for_each(|p| self::property(out, p))?;
    } else {
        let text: String = property.children().filter(Node::is_text).filter_map(|t| t.text()).collect();
        push_text(out, &text, false)?;
    }
    out.push_str(&format!("</{name}>"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{page, whole};

    fn check(body: &str, expect: &str) {
        let found = match page(&Bytes::from(body.to_owned())) {
            Ok((content, None)) => String::from_utf8_lossy(&whole("Orders", &content)).into_owned(),
            Ok((content, Some(next))) => format!("{content} then {next}"),
            Err(failure) => failure.to_string(),
        };
        assert_eq!(found, expect);
    }

    #[test]
    fn feeds_entries_and_what_is_expanded() {
        let head = "xmlns='http://www.w3.org/2005/Atom' xmlns:d='urn:d' xmlns:m='urn:m'";
        let item =
            "<entry><category term='shop.Item'/><content><m:properties><d:No>1</d:No></m:properties></content></entry>";
        let order = format!(
            "<entry><category term='shop.Order' scheme='s'/><link rel='edit' href='x'/>\
             <link rel='http://x/related/Items' title='Items'><m:inline><feed>{item}{item}</feed></m:inline></link>\
             <link rel='http://x/related/Buyer'><m:inline/></link>\
             <content type='application/xml'><m:properties><d:Id>1&amp;2</d:Id><d:Note m:null='true'/>\
             <d:Address m:type='shop.Address'><d:City>Ulm</d:City></d:Address></m:properties></content></entry>"
        );
        let plain = "<Order><Id>1&amp;2</Id><Note></Note><Address><City>Ulm</City></Address>\
                     <Items><Item><No>1</No></Item><Item><No>1</No></Item></Items><Buyer></Buyer></Order>";
        check(&format!("<feed {head}>{order}</feed>"), &format!("<Orders>{plain}</Orders>"));
        check(&order.replacen("<entry>", &format!("<entry {head}>"), 1), &format!("<Orders>{plain}</Orders>"));
        check(&format!("<feed {head}/>"), "<Orders></Orders>");
        check("", "<Orders></Orders>");
        check("<feed><link rel='next' href='x?$skiptoken=1'/><entry/></feed>", "<entry></entry> then x?$skiptoken=1");
        check("<feed xml:base='http://h/s/'><link rel='next' href='x'/></feed>", " then http://h/s/x");
        check("<feed xml:base='http://h/s/'><link rel='next' href='http://h/y'/></feed>", " then http://h/y");
        check(
            "<entry><link title='I'><inline><feed><link rel='next' href='x'/></feed></inline></link></entry>",
            "K0009: what the service expands comes in pages; ask for it by itself",
        );
        check("<error/>", "K0009: the service answered with `error`, not with an Atom feed or entry");
        check("{}", "K0001: the body is not well-formed XML: text outside of the root element (line 1)");
    }
}
