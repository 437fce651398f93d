//! Writing a document as `Transformer` and `XmlUtil` do.
use super::tree::{Id, Kind, Tree, prefix};
use crate::interp::Interpreter;
use crate::value::R;

/// How to write.
#[derive(Clone)]
pub(crate) struct Layout {
    /// Blanks per level; no line breaks if there is none.
    pub(crate) indent: Option<usize>,
    pub(crate) declaration: bool,
    pub(crate) encoding: String,
    /// `standalone="…"` in the declaration.
    pub(crate) standalone: Option<String>,
    /// Only text.
    pub(crate) text: bool,
    /// Elements whose text is written as CDATA.
    pub(crate) cdata: Vec<String>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout {
            indent: None,
            declaration: true,
            encoding: "UTF-8".into(),
            standalone: None,
            text: false,
            cdata: vec![],
        }
    }
}

struct Writer<'a, 'i, 'p> {
    it: &'i mut Interpreter<'p>,
    tree: &'a Tree,
    layout: &'a Layout,
    out: String,
    /// Text was the last thing written, so a line break would change it.
    after_text: bool,
    /// The element around has text.
    keep: bool,
    kept: Vec<bool>,
    begun: bool,
    /// Prefixes in scope, and how many there were outside each open element.
    scope: Vec<(String, String)>,
    outside: Vec<usize>,
}

enum Step {
    Start(Id),
    End(Id),
}

/// Writes an item and what is below it.
pub(crate) fn write(it: &mut Interpreter<'_>, tree: &Tree, id: Id, layout: &Layout) -> R<String> {
    let mut out = String::new();
    if layout.declaration && !layout.text {
        out = format!("<?xml version=\"1.0\" encoding=\"{}\"", layout.encoding);
        if let Some(s) = &layout.standalone {
            out.push_str(&format!(" standalone=\"{s}\""));
        }
        out.push_str("?>");
    }
    let mut w = Writer {
        it,
        tree,
        layout,
        out,
        after_text: false,
        keep: false,
        kept: vec![],
        begun: false,
        scope: vec![],
        outside: vec![],
    };
    let mut todo = vec![Step::Start(id)];
    while let Some(step) = todo.pop() {
        w.it.tick()?;
        match step {
            Step::Start(id) => {
                let item = &tree.items[id];
                if w.start(id)? {
                    todo.push(Step::End(id));
                }
                todo.extend(item.children.iter().rev().map(|c| Step::Start(*c)));
            }
            Step::End(id) => w.end(id)?,
        }
    }
    if layout.indent.is_some() && !w.after_text && !layout.text {
        w.out.push('\n');
    }
    Ok(w.out)
}

/// Text with what has a meaning in XML written as references.
pub(crate) fn escape(s: &str, attribute: bool, ascii: bool) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' | '\t' if attribute => out.push_str(&format!("&#{};", c as u32)),
            '\r' => out.push_str("&#13;"),
            c if ascii && !c.is_ascii() => out.push_str(&format!("&#{};", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// The prefix a declaration is for.
fn declares(name: &str) -> &str {
    name.strip_prefix("xmlns:").unwrap_or("")
}

impl Writer<'_, '_, '_> {
    fn put(&mut self, s: &str) -> R<()> {
        self.it.charge(s.len())?;
        self.out.push_str(s);
        Ok(())
    }

    fn line(&mut self, depth: usize) -> R<()> {
        let Some(n) = self.layout.indent.filter(|_| !self.keep && !self.after_text) else { return Ok(()) };
        self.it.charge(n * depth)?;
        self.put("\n")?;
        self.put(&" ".repeat(n * depth))
    }

    /// Before something that may stand on a line of its own.
    fn fresh_line(&mut self) -> R<()> {
        self.keep = false;
        if std::mem::replace(&mut self.begun, true) { self.line(self.kept.len()) } else { Ok(()) }
    }

    fn ascii(&self) -> bool {
        self.layout.encoding.to_uppercase().ends_with("ASCII")
    }

    /// Whether an end must follow.
    fn start(&mut self, id: Id) -> R<bool> {
        let tree = self.tree;
        let item = &tree.items[id];
        match &item.kind {
            Kind::Text(t) | Kind::Cdata(t) if self.layout.text => self.put(t)?,
            _ if self.layout.text => {}
            Kind::Document | Kind::Fragment => {}
            Kind::Text(t) => {
                if t.is_empty() {
                    return Ok(false);
                }
                let parent = item.parent.map(|p| &tree.items[p].kind);
                let cdata = matches!(parent, Some(Kind::Element { name, .. }) if self.layout.cdata.iter().any(|c| **c == **name));
                let s = if cdata {
                    format!("<![CDATA[{}]]>", t.replace("]]>", "]]]]><![CDATA[>"))
                } else {
                    escape(t, false, self.ascii())
                };
                // Blanks alone do not count as text, but keep what follows on their line.
                if !t.trim_matches([' ', '\t', '\r']).is_empty() {
                    self.keep = true;
                }
                self.after_text = true;
                self.put(&s)?;
            }
            Kind::Cdata(t) => {
                self.keep = true;
                self.after_text = true;
                let s = format!("<![CDATA[{}]]>", t.replace("]]>", "]]]]><![CDATA[>"));
                self.put(&s)?;
            }
            Kind::Comment(t) => {
                if self.begun {
                    self.line(self.kept.len())?;
                }
                self.after_text = false;
                self.put(&format!("<!--{t}-->"))?;
            }
            Kind::Pi(target, data) => {
                if self.begun {
                    self.line(self.kept.len())?;
                }
                self.after_text = false;
                let blank = if data.is_empty() { "" } else { " " };
                self.put(&format!("<?{target}{blank}{data}?>"))?;
            }
            Kind::Element { name, uri, attrs } => {
                self.fresh_line()?;
                self.after_text = false;
                let mut s = format!("<{name}");
                let outside = self.scope.len();
                self.it.charge(outside * 8)?;
                // Outside of every default namespace there is none to take back.
                let bare = self.scope.iter().rev().find(|s| s.0.is_empty()).is_none_or(|s| s.1.is_empty());
                let declared = attrs
                    .iter()
                    .filter(|a| a.declares() && !(bare && a.value.is_empty() && declares(&a.name).is_empty()));
                self.scope.extend(declared.clone().map(|a| (declares(&a.name).to_string(), a.value.to_string())));
                let own = (prefix(name), &**uri);
                let named = attrs.iter().map(|a| (prefix(&a.name), &*a.uri)).filter(|a| !a.0.is_empty());
                for (prefix, uri) in std::iter::once(own).chain(named).filter(|n| !n.1.is_empty() && n.0 != "xml") {
                    // What a script has made in a namespace may lack its declaration.
                    if self.scope.iter().rev().find(|s| s.0 == prefix).is_none_or(|s| s.1 != uri) {
                        let colon = if prefix.is_empty() { "" } else { ":" };
                        s.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", escape(uri, true, self.ascii())));
                        self.scope.push((prefix.into(), uri.into()));
                    }
                }
                for a in declared.chain(attrs.iter().filter(|a| !a.declares())) {
                    s.push_str(&format!(" {}=\"{}\"", a.name, escape(&a.value, true, self.ascii())));
                }
                let empty = item.children.iter().all(|c| matches!(&tree.items[*c].kind, Kind::Text(t) if t.is_empty()));
                s.push_str(if empty { "/>" } else { ">" });
                self.put(&s)?;
                if empty {
                    self.scope.truncate(outside);
                } else {
                    self.kept.push(self.keep);
                    self.outside.push(outside);
                }
                return Ok(!empty);
            }
        }
        Ok(false)
    }

    fn end(&mut self, id: Id) -> R<()> {
        let Kind::Element { name, .. } = &self.tree.items[id].kind else { return Ok(()) };
        if self.layout.text {
            return Ok(());
        }
        self.scope.truncate(self.outside.pop().unwrap_or(0));
        let depth = self.kept.len().saturating_sub(1);
        self.line(depth)?;
        self.after_text = false;
        self.keep = self.kept.pop().unwrap_or(false);
        self.put(&format!("</{name}>"))
    }
}
