//! The message's body to the tree that the stylesheet works on, without the blanks that it strips.

use std::collections::HashMap;
use std::sync::Arc;

use expr::NamespaceTest;
use expr::xpath::body;
use expr::xpath::node::{attribute_prefix, element_prefix};
use expr::xpath::tree::{Builder, QName, Tree};
use expr::xpath::value::{R, fail};
use roxmltree::{Document, Node};

use super::out::told;
use crate::model::Sheet;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

pub(super) fn source(sheet: &Sheet, bytes: &[u8]) -> R<Tree> {
    let text = body::text(bytes)?;
    convert(&body::tree(&text)?, sheet)
}

/// A text from within the stylesheet as a tree; `fragment` allows several elements, and text beside them.
pub(super) fn text(text: &str, fragment: bool) -> R<Tree> {
    let none = Sheet::default();
    if fragment {
        let whole = format!("<f>{}</f>", without_declaration(text));
        let document = body::tree(&whole)?;
        let mut builder = Builder::document();
        let mut names = Names::default();
        for child in document.root_element().children() {
            copy(child, &none, &mut builder, &mut names)?;
        }
        return Ok(builder.finish());
    }
    match body::tree(text) {
        Ok(document) => convert(&document, &none),
        Err(error) => fail(error.0.replacen("the body", "the text", 1)),
    }
}

fn without_declaration(text: &str) -> &str {
    match text.trim_start().strip_prefix("<?xml ").and_then(|t| t.split_once("?>")) {
        Some((_, rest)) => rest,
        None => text,
    }
}

type Names<'d> = HashMap<(&'d str, &'d str, &'d str), Arc<QName>>;

fn convert(document: &Document<'_>, sheet: &Sheet) -> R<Tree> {
    let mut builder = Builder::document();
    let mut names = Names::default();
    for child in document.root().children() {
        copy(child, sheet, &mut builder, &mut names)?;
    }
    Ok(builder.finish())
}

/// Copies a node with all below it, without recursion.
fn copy<'d>(top: Node<'d, 'd>, sheet: &Sheet, builder: &mut Builder, names: &mut Names<'d>) -> R<()> {
    let mut node = top;
    loop {
        open(node, sheet, builder, names)?;
        if let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        loop {
            if node.is_element() {
                builder.end();
            }
            if node == top {
                return Ok(());
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            match node.parent() {
                Some(parent) => node = parent,
                None => return Ok(()),
            }
        }
    }
}

fn open<'d>(node: Node<'d, 'd>, sheet: &Sheet, builder: &mut Builder, names: &mut Names<'d>) -> R<()> {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        return if is_stripped(node, text, sheet) { Ok(()) } else { builder.text(text, false).map_err(told) };
    }
    if node.is_comment() {
        return builder.comment(node.text().unwrap_or("")).map_err(told);
    }
    if let Some(pi) = node.pi() {
        return builder.instruction(pi.target, pi.value.unwrap_or("")).map_err(told);
    }
    let mut name = |prefix: &'d str, uri: &'d str, local: &'d str| {
        names.entry((prefix, uri, local)).or_insert_with(|| Arc::new(QName::new(prefix, uri, local))).clone()
    };
    let tag = node.tag_name();
    builder.start(name(element_prefix(node), tag.namespace().unwrap_or(""), tag.name())).map_err(told)?;
    let above = node.parent().filter(Node::is_element);
    let same = above.is_some_and(|p| {
        p.namespaces().len() == node.namespaces().len()
            && p.namespaces().zip(node.namespaces()).all(|(a, b)| std::ptr::eq(a, b))
    });
    if !same {
        for space in node.namespaces() {
            let prefix = space.name();
            if prefix != Some("xml") && above.and_then(|p| p.lookup_namespace_uri(prefix)) != Some(space.uri()) {
                builder.declare(&name(prefix.unwrap_or(""), space.uri(), "")).map_err(told)?;
            }
        }
    }
    for attribute in node.attributes() {
        let prefix = if attribute.namespace().is_some() { attribute_prefix(node, &attribute) } else { "" };
        let name = name(prefix, attribute.namespace().unwrap_or(""), attribute.name());
        builder.attribute(name, attribute.value()).map_err(told)?;
    }
    Ok(())
}

fn is_stripped(node: Node<'_, '_>, text: &str, sheet: &Sheet) -> bool {
    if sheet.blanks.is_empty() || !text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
        return false;
    }
    let Some(parent) = node.parent() else { return false };
    let tag = parent.tag_name();
    let fits = |name: &expr::xpath::ast::NameTest| {
        name.local.as_deref().is_none_or(|l| l == tag.name())
            && match &name.namespace {
                NamespaceTest::Any => true,
                NamespaceTest::Exact(uri) => uri == tag.namespace().unwrap_or(""),
            }
    };
    let best = sheet.blanks.iter().filter(|b| fits(&b.name)).max_by_key(|b| (b.precedence, b.priority));
    best.is_some_and(|b| b.strip) && node.ancestors().find_map(|n| n.attribute((XML, "space"))) != Some("preserve")
}
