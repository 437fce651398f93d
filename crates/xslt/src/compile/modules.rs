//! Loads the modules of a stylesheet and lists their declarations in order, each with its precedence.

use expr::xpath::tree::Place;
use roxmltree::Document;

use super::source::{Element, Module, Parsed, XSL};
use super::{LONGEST, MOST_MODULES, Resolve};
use crate::ParseError;

/// A declaration: a child of a stylesheet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared<'a> {
    pub(super) element: Element<'a>,
    /// Higher wins.
    pub(super) precedence: u32,
    /// The lowest precedence among what its module imports.
    pub(super) floor: u32,
}

pub(super) struct Loader<'a, 't, 'r> {
    texts: Place<'t, (String, String)>,
    documents: Place<'a, Document<'t>>,
    resolve: Resolve<'r>,
    modules: Vec<Module<'a>>,
    /// Names of the modules that are being loaded, the outermost first.
    open: Vec<String>,
    next: u32,
    pub(super) declared: Vec<Declared<'a>>,
}

impl<'a, 't: 'a, 'r> Loader<'a, 't, 'r> {
    pub(super) fn new(
        texts: Place<'t, (String, String)>,
        documents: Place<'a, Document<'t>>,
        resolve: Resolve<'r>,
    ) -> Self {
        Loader { texts, documents, resolve, modules: Vec::new(), open: Vec::new(), next: 0, declared: Vec::new() }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.modules.iter().map(|m| m.name.to_owned()).collect()
    }

    pub(super) fn load(&mut self, name: &str, text: String) -> Parsed<()> {
        let root = self.parse(name, text)?;
        self.module(name, root)
    }

    fn parse(&mut self, name: &str, text: String) -> Parsed<Element<'a>> {
        let at_top = |message: String| ParseError {
            file: name.to_owned(),
            message,
            help: None,
            range: 0..0,
            line: 1,
            column: 1,
        };
        if text.len() > LONGEST {
            return Err(at_top("a stylesheet cannot be larger than 4 MiB".to_owned()));
        }
        let (name, text) = self.texts.keep((name.to_owned(), text));
        let document: &'a Document<'a> = match Document::parse(text) {
            Ok(document) => self.documents.keep(document),
            Err(error) => {
                let at = error.pos();
                let message = if matches!(error, roxmltree::Error::DtdDetected) {
                    "a stylesheet with a document type declaration (DTD) is not accepted".to_owned()
                } else {
                    let message = error.to_string();
                    let message = message.strip_suffix(&format!(" at {at}")).unwrap_or(&message);
                    format!("the stylesheet is not well-formed XML: {message}")
                };
                let start = place(text, at);
                return Err(ParseError { range: start..start, line: at.row, column: at.col, ..at_top(message) });
            }
        };
        let module = u32::try_from(self.modules.len()).unwrap_or(u32::MAX);
        self.modules.push(Module { name });
        Ok(Element { node: document.root_element(), module, file: name })
    }

    /// A module on its own or an imported one: all it holds gets one precedence, above its imports.
    fn module(&mut self, name: &str, root: Element<'a>) -> Parsed<()> {
        let floor = self.next;
        self.open.push(name.to_owned());
        let mut own = Vec::new();
        self.contents(root, &mut own)?;
        self.open.pop();
        let precedence = self.next;
        self.next += 1;
        self.declared.extend(own.into_iter().map(|element| Declared { element, precedence, floor }));
        Ok(())
    }

    fn contents(&mut self, root: Element<'a>, own: &mut Vec<Element<'a>>) -> Parsed<()> {
        match root.instruction() {
            Some("stylesheet" | "transform") => {}
            // A literal element as the whole stylesheet.
            None if root.node.attribute((XSL, "version")).is_some() => {
                own.push(root);
                return Ok(());
            }
            _ => return Err(root.error("a stylesheet begins with xsl:stylesheet or xsl:transform")),
        }
        super::known::check(root, root.node.tag_name().name())?;
        if root.get("version").is_none() {
            return Err(root.error("the stylesheet needs the attribute `version`"));
        }
        for element in root.children() {
            match element.instruction() {
                Some(what @ ("import" | "include")) => {
                    super::known::check(element, what)?;
                    self.other(element, what == "import", own)?;
                }
                Some(_) => own.push(element),
                // Data of the author, in a namespace of its own.
                None if element.node.tag_name().namespace().is_some() => {}
                None => {
                    return Err(element.error("an element at the top of a stylesheet needs a namespace"));
                }
            }
        }
        Ok(())
    }

    fn other(&mut self, element: Element<'a>, import: bool, own: &mut Vec<Element<'a>>) -> Parsed<()> {
        let href = element.need("href")?;
        let Some(text) = (self.resolve)(href) else {
            return Err(element.error_at("href", 0..0, format!("there is no stylesheet `{href}`")));
        };
        if self.open.iter().any(|open| open == href) {
            return Err(element.error_at("href", 0..0, format!("`{href}` leads back to itself")));
        }
        if self.modules.len() >= MOST_MODULES {
            return Err(element.error(format!("a stylesheet cannot have more than {MOST_MODULES} modules")));
        }
        let root = self.parse(href, text)?;
        if import {
            return self.module(href, root);
        }
        self.open.push(href.to_owned());
        self.contents(root, own)?;
        self.open.pop();
        Ok(())
    }
}

/// The byte of a line and column.
fn place(text: &str, at: roxmltree::TextPos) -> usize {
    let before = text.split_inclusive('\n').take((at.row as usize).saturating_sub(1)).map(str::len).sum::<usize>();
    let line = text.get(before..).unwrap_or("");
    before + line.char_indices().nth((at.col as usize).saturating_sub(1)).map_or(line.len(), |(i, _)| i)
}
