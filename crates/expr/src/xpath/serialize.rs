//! Nodes to XML that stands alone: every element carries the namespace declarations it uses.

use super::eval::Eval;
use super::node::{NodeRef, Parsed, attribute_prefix, element_prefix};
use super::value::R;
use crate::escape;

/// A node as text: elements and documents as XML, attributes and texts as their text.
pub fn node_text<'a>(ev: &mut Eval<'a>, node: NodeRef<'a>) -> R<String> {
    let mut out = String::new();
    match node {
        NodeRef::Tree(tree) if tree.is_root() => {
            for child in tree.children() {
                write_tree(ev, child, &mut out)?;
            }
        }
        NodeRef::Tree(tree) if !tree.is_text() => write_tree(ev, tree, &mut out)?,
        _ => out.push_str(&node.text()),
    }
    ev.charge_text(out.len())?;
    Ok(out)
}

/// Prefix, URI and the element that declares it, innermost last.
type Declared<'a> = Vec<(&'a str, &'a str, Parsed<'a>)>;

fn write_tree<'a>(ev: &mut Eval<'a>, top: Parsed<'a>, out: &mut String) -> R<()> {
    let mut declared: Declared<'a> = Vec::new();
    let mut at = top;
    loop {
        // Writing a node costs several times what looking at it costs.
        ev.charge(5)?;
        open(at, &mut declared, out);
        if let Some(child) = at.first_child() {
            at = child;
            continue;
        }
        loop {
            close(at, &mut declared, out);
            if at == top {
                return Ok(());
            }
            if let Some(next) = at.next_sibling() {
                at = next;
                break;
            }
            match at.parent() {
                Some(parent) => at = parent,
                None => return Ok(()),
            }
        }
    }
}

fn open<'a>(node: Parsed<'a>, declared: &mut Declared<'a>, out: &mut String) {
    if node.is_text() {
        return escape(node.text().unwrap_or(""), false, out);
    }
    if node.is_comment() {
        out.push_str("<!--");
        out.push_str(node.text().unwrap_or(""));
        return out.push_str("-->");
    }
    if let Some(pi) = node.pi() {
        out.push_str("<?");
        out.push_str(pi.target);
        if let Some(value) = pi.value {
            out.push(' ');
            out.push_str(value);
        }
        return out.push_str("?>");
    }
    out.push('<');
    let prefix = element_prefix(node);
    push_name(prefix, node.tag_name().name(), out);
    declare(node, prefix, node.tag_name().namespace().unwrap_or(""), declared, out);
    for attribute in node.attributes() {
        let prefix = attribute_prefix(node, &attribute);
        if let Some(uri) = attribute.namespace() {
            declare(node, prefix, uri, declared, out);
        }
        // A value such as `p:Invoice` in xsi:type is a name too: its prefix must not get lost.
        if let Some((prefix, _)) = attribute.value().split_once(':')
            && super::lexer::name_length(prefix) == prefix.len()
            && let Some(uri) = node.lookup_namespace_uri(Some(prefix))
        {
            declare(node, prefix, uri, declared, out);
        }
    }
    for attribute in node.attributes() {
        out.push(' ');
        push_name(attribute_prefix(node, &attribute), attribute.name(), out);
        out.push_str("=\"");
        escape(attribute.value(), true, out);
        out.push('"');
    }
    out.push_str(if node.has_children() { ">" } else { "/>" });
}

fn close<'a>(node: Parsed<'a>, declared: &mut Declared<'a>, out: &mut String) {
    if !node.is_element() {
        return;
    }
    if node.has_children() {
        out.push_str("</");
        push_name(element_prefix(node), node.tag_name().name(), out);
        out.push('>');
    }
    while declared.last().is_some_and(|(_, _, by)| *by == node) {
        declared.pop();
    }
}

/// Writes a declaration unless it already holds here.
fn declare<'a>(node: Parsed<'a>, prefix: &'a str, uri: &'a str, declared: &mut Declared<'a>, out: &mut String) {
    let now = declared.iter().rev().find(|(p, _, _)| *p == prefix).map_or("", |(_, u, _)| *u);
    if prefix == "xml" || now == uri {
        return;
    }
    declared.push((prefix, uri, node));
    out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
    out.push_str(prefix);
    out.push_str("=\"");
    escape(uri, true, out);
    out.push('"');
}

fn push_name(prefix: &str, local: &str, out: &mut String) {
    if !prefix.is_empty() {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(local);
}

fn escape(text: &str, in_attribute: bool, out: &mut String) {
    text.chars().for_each(|c| escape::push(out, c, in_attribute));
}
