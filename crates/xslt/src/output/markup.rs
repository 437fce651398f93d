//! Trees as XML or HTML.

use std::collections::HashMap;

use expr::xpath::tree::{Kind, QName, Tree};
use expr::xpath::value::{R, fail};

use super::escape::{cdata, escaped, mapped};
use crate::model::{Method, Output};

/// Elements of HTML without content.
const VOID: [&str; 16] = [
    "area", "base", "basefont", "br", "col", "embed", "frame", "hr", "img", "input", "isindex", "link", "meta",
    "param", "source", "wbr",
];
/// Elements of HTML among text: no line breaks around them.
const INLINE: [&str; 28] = [
    "a", "abbr", "acronym", "b", "bdo", "big", "br", "button", "cite", "code", "em", "font", "i", "img", "input",
    "kbd", "label", "q", "s", "select", "small", "span", "strong", "sub", "sup", "textarea", "tt", "u",
];

/// Namespaces in scope at one place.
const MOST_SPACES: usize = 1_000;

pub(super) struct Writer<'t> {
    tree: &'t Tree,
    settings: &'t Output,
    html: bool,
    indent: bool,
    most: usize,
    out: String,
    /// What each prefix means in what is written, the innermost last.
    scope: HashMap<&'t str, Vec<&'t str>>,
    /// The prefixes that open elements declare, with the element, the innermost last.
    declared: Vec<(u32, &'t str)>,
    too_many: bool,
}

impl<'t> Writer<'t> {
    pub(super) fn new(tree: &'t Tree, settings: &'t Output, method: Method, most: usize) -> Self {
        let html = method == Method::Html;
        Writer {
            tree,
            settings,
            html,
            indent: settings.indent.unwrap_or(html),
            most,
            out: String::new(),
            scope: HashMap::new(),
            declared: Vec::new(),
            too_many: false,
        }
    }

    pub(super) fn write(mut self) -> R<String> {
        if !self.html && !self.settings.no_declaration {
            let encoding = self.settings.encoding.as_deref().unwrap_or("UTF-8");
            self.out.push_str(&format!("<?xml version=\"1.0\" encoding=\"{encoding}\""));
            if let Some(standalone) = self.settings.standalone {
                self.out.push_str(if standalone { " standalone=\"yes\"" } else { " standalone=\"no\"" });
            }
            self.out.push_str("?>");
            if self.indent {
                self.out.push('\n');
            }
        }
        self.doctype();
        // Open elements: place, end, whether their children are indented.
        let mut open: Vec<(u32, bool)> = Vec::new();
        let mut first = true;
        let mut at = u32::from(self.tree.kind(0) == Kind::Document);
        while at < self.tree.end(0) {
            while let Some((element, indented)) = open.last().copied()
                && self.tree.end(element) <= at
            {
                open.pop();
                self.close(element, indented, open.len());
            }
            if self.too_many {
                return fail(format!("the result has more than {MOST_SPACES} namespaces inside each other"));
            }
            if self.out.len() > self.most {
                return fail(format!("the result is larger than {} MiB", self.most >> 20));
            }
            let indented = open.last().map_or(self.indent, |(_, indented)| *indented);
            match self.tree.kind(at) {
                Kind::Element => {
                    if indented && !(first && open.is_empty()) {
                        self.new_line(open.len());
                    }
                    self.open(at, open.len());
                    let inner = self.indents(at, indented || open.is_empty());
                    if self.tree.first_child(at).is_some() {
                        open.push((at, inner));
                    }
                    at = self.tree.attributes(at).end;
                    first = false;
                    continue;
                }
                Kind::Text => {
                    let element = open.last().map(|(element, _)| *element);
                    self.text(at, element);
                }
                Kind::Comment => {
                    if indented && !first {
                        self.new_line(open.len());
                    }
                    self.out.push_str("<!--");
                    self.out.push_str(self.tree.own_text(at));
                    self.out.push_str("-->");
                }
                Kind::Instruction => {
                    if indented && !first {
                        self.new_line(open.len());
                    }
                    let text = self.tree.own_text(at);
                    self.out.push_str("<?");
                    self.out.push_str(self.tree.name(at).map_or("", |n| &n.local));
                    if !text.is_empty() {
                        self.out.push(' ');
                        self.out.push_str(text);
                    }
                    self.out.push_str(if self.html { ">" } else { "?>" });
                }
                _ => {}
            }
            first = false;
            at += 1;
        }
        while let Some((element, indented)) = open.pop() {
            self.close(element, indented, open.len());
        }
        if self.indent && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        Ok(self.out)
    }

    fn doctype(&mut self) {
        let (public, system) = (&self.settings.doctype_public, &self.settings.doctype_system);
        if system.is_none() && !self.html {
            return;
        }
        let root = self.tree.children(0).find(|i| self.tree.kind(*i) == Kind::Element);
        let Some(name) = root.and_then(|i| self.tree.name(i)) else { return };
        let mut out = String::from("<!DOCTYPE ");
        if self.html && public.is_none() && system.is_none() {
            out.push_str("HTML");
        } else if self.html && name.local.eq_ignore_ascii_case("html") {
            out.push_str("html");
        } else {
            push_name(name, &mut out);
        }
        match (public, system) {
            (Some(public), Some(system)) => out.push_str(&format!("\n  PUBLIC \"{public}\" \"{system}\"")),
            (Some(public), None) => out.push_str(&format!("\n  PUBLIC \"{public}\"")),
            (None, Some(system)) => out.push_str(&format!("\n  SYSTEM \"{system}\"")),
            (None, None) => {}
        }
        out.push_str(if self.html && !self.indent { ">" } else { ">\n" });
        self.out.push_str(&out);
    }

    /// Whether the children of an element get lines of their own: only where there is no text among them.
    fn indents(&self, at: u32, outer: bool) -> bool {
        if !self.indent || !outer {
            return false;
        }
        if self
            .tree
            .attribute(at, "http://www.w3.org/XML/1998/namespace", "space")
            .is_some_and(|i| self.tree.own_text(i) == "preserve")
        {
            return false;
        }
        let inline = |i: u32| {
            self.html && self.tree.name(i).is_some_and(|n| INLINE.contains(&n.local.to_ascii_lowercase().as_str()))
        };
        let (mut elements, mut texts) = (false, false);
        for child in self.tree.children(at) {
            match self.tree.kind(child) {
                Kind::Text => texts = true,
                Kind::Element if inline(child) => texts = true,
                _ => elements = true,
            }
        }
        elements && !texts
    }

    fn new_line(&mut self, depth: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        // Very deep elements stay at one place: their blanks would be most of the result.
        for _ in 0..depth.min(100) {
            self.out.push_str("   ");
        }
    }

    fn open(&mut self, at: u32, depth: usize) {
        let tree = self.tree;
        let Some(name) = tree.name(at) else { return };
        self.out.push('<');
        push_name(name, &mut self.out);
        self.declare(at, &name.prefix, &name.uri);
        for (_, space) in tree.declared(at) {
            // The element's own prefix means its namespace, whatever else is declared.
            if space.prefix != name.prefix {
                self.declare(at, &space.prefix, &space.uri);
            }
        }
        for i in tree.attributes(at) {
            let Some(name) = tree.name(i) else { continue };
            if !name.uri.is_empty() {
                self.declare(at, &name.prefix, &name.uri);
            }
        }
        for i in tree.attributes(at) {
            let Some(name) = tree.name(i) else { continue };
            self.out.push(' ');
            push_name(name, &mut self.out);
            self.out.push_str("=\"");
            escaped(tree.own_text(i), (true, self.html), self.settings, self.most, &mut self.out);
            self.out.push('"');
        }
        let has_content = tree.first_child(at).is_some();
        let is_head = self.html && name.uri.is_empty() && name.local.eq_ignore_ascii_case("head");
        if has_content || is_head {
            self.out.push('>');
            if is_head {
                self.meta(depth);
            }
            if !has_content {
                self.out.push_str("</");
                push_name(name, &mut self.out);
                self.out.push('>');
            }
        } else if !self.html || !name.uri.is_empty() {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            if !VOID.contains(&name.local.to_ascii_lowercase().as_str()) {
                self.out.push_str("</");
                push_name(name, &mut self.out);
                self.out.push('>');
            }
        }
        if !has_content {
            self.leave(at);
        }
    }

    /// Browsers read the encoding here.
    fn meta(&mut self, depth: usize) {
        if self.settings.no_meta {
            return;
        }
        if self.indent {
            self.new_line(depth + 1);
        }
        let encoding = self.settings.encoding.as_deref().unwrap_or("UTF-8");
        let media_type = self.settings.media_type.as_deref().unwrap_or("text/html");
        let meta = format!("<meta http-equiv=\"Content-Type\" content=\"{media_type}; charset={encoding}\">");
        self.out.push_str(&meta);
    }

    fn leave(&mut self, at: u32) {
        while let Some((_, prefix)) = self.declared.pop_if(|(by, _)| *by == at) {
            self.scope.get_mut(prefix).and_then(Vec::pop);
        }
    }

    fn close(&mut self, at: u32, indented: bool, depth: usize) {
        let Some(name) = self.tree.name(at) else { return };
        if indented {
            self.new_line(depth);
        }
        self.out.push_str("</");
        push_name(name, &mut self.out);
        self.out.push('>');
        self.leave(at);
    }

    /// Writes a declaration unless it holds already.
    fn declare(&mut self, at: u32, prefix: &'t str, uri: &'t str) {
        let known = self.scope.get(prefix).and_then(|uris| uris.last()).copied().unwrap_or("");
        // XML cannot take a prefix back.
        if prefix == "xml" || known == uri || (uri.is_empty() && !prefix.is_empty()) {
            return;
        }
        self.too_many |= self.declared.len() >= MOST_SPACES;
        self.scope.entry(prefix).or_default().push(uri);
        self.declared.push((at, prefix));
        self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.out.push_str(prefix);
        self.out.push_str("=\"");
        escaped(uri, (true, false), self.settings, self.most, &mut self.out);
        self.out.push('"');
    }

    fn text(&mut self, at: u32, element: Option<u32>) {
        let text = self.tree.own_text(at);
        if self.tree.is_raw(at) {
            return self.out.push_str(text);
        }
        let name = element.and_then(|e| self.tree.name(e));
        if let Some(name) = name {
            if self.html
                && name.uri.is_empty()
                && matches!(name.local.to_ascii_lowercase().as_str(), "script" | "style")
            {
                return mapped(text, self.settings, self.most, &mut self.out);
            }
            if !self.html && self.settings.cdata.iter().any(|(uri, local)| name.is(uri, local)) {
                return cdata(text, self.settings, &mut self.out);
            }
        }
        escaped(text, (false, self.html), self.settings, self.most, &mut self.out);
    }
}

fn push_name(name: &QName, out: &mut String) {
    if !name.prefix.is_empty() {
        out.push_str(&name.prefix);
        out.push(':');
    }
    out.push_str(&name.local);
}
