//! From the text of a stylesheet to its compiled form: modules, declarations, then the bodies.

mod body;
mod declare;
mod known;
mod modules;
pub(crate) mod names;
mod number;
mod pattern;
mod sort_rules;
mod source;
mod value;

use std::collections::HashMap;
use std::sync::Arc;

use expr::xpath::host::{self, Statics};
use expr::xpath::tree::{Arena, Place};

use self::modules::Loader;
use self::names::Names;
use self::source::{Element, Parsed};
use crate::ParseError;
use crate::model::{Avt, Piece, Sheet, Xp};

/// The deepest nesting of elements in a stylesheet.
pub(crate) const DEEPEST: usize = 200;
/// The longest module, in bytes.
pub(crate) const LONGEST: usize = 4 << 20;
/// The most modules of one stylesheet.
pub(crate) const MOST_MODULES: usize = 100;

/// Finds the text of a module by what `href` says.
pub(crate) type Resolve<'r> = &'r (dyn Fn(&str) -> Option<String> + Sync);

pub(crate) fn compile(name: &str, text: &str, resolve: Resolve<'_>) -> Result<Sheet, ParseError> {
    let texts = Arena::default();
    let documents = Arena::default();
    let mut loader = Loader::new(Place::new(&texts), Place::new(&documents), resolve);
    loader.load(name, text.to_owned())?;
    let mut compiler = Compiler { sheet: Sheet { modules: loader.names(), ..Sheet::default() }, ..Compiler::default() };
    compiler.declarations(&loader.declared)?;
    Ok(Sheet { names: compiler.names, ..compiler.sheet })
}

pub(crate) use self::known::is_known;

/// Prefix and URI of all namespaces in scope somewhere.
type Spaces = Arc<Vec<(String, String)>>;

/// What is known while a stylesheet is compiled.
#[derive(Debug, Default)]
struct Compiler {
    sheet: Sheet,
    names: Names,
    templates: HashMap<String, usize>,
    modes: HashMap<String, usize>,
    sets: HashMap<String, usize>,
    keys: std::collections::HashSet<String>,
    /// Namespace of literal elements to prefix and URI in the result.
    aliases: HashMap<String, (String, String)>,
    /// Local variables in scope, the innermost last.
    locals: Vec<String>,
    /// Pattern steps that count positions so far.
    counting: usize,
    depth: usize,
    /// The namespaces of the last element that was asked for.
    spaces: Option<(roxmltree::NodeId, u32, Spaces, expr::Namespaces)>,
    /// Parameters of the innermost `xsl:iterate`.
    iterates: Vec<Vec<String>>,
    /// Rules of every mode.
    all_modes: Vec<usize>,
    /// Character maps by name, and which of them the output uses.
    characters: HashMap<String, Vec<(char, String)>>,
    used_maps: Vec<(String, ParseError)>,
}

impl Compiler {
    fn spaces(&mut self, element: Element<'_>) -> Spaces {
        if let Some((node, module, spaces, _)) = &self.spaces
            && *node == element.node.id()
            && *module == element.module
        {
            return spaces.clone();
        }
        let spaces = Arc::new(element.spaces());
        // The same list for the same namespaces: literal elements share it.
        let spaces = match &self.spaces {
            Some((_, _, last, _)) if **last == *spaces => last.clone(),
            _ => spaces,
        };
        self.spaces = Some((element.node.id(), element.module, spaces.clone(), element.namespaces()));
        spaces
    }

    fn parse_xpath(&mut self, element: Element<'_>, text: &str) -> Result<Xp, expr::ParseError> {
        self.spaces(element);
        let none = expr::Namespaces::default();
        let namespaces = self.spaces.as_ref().map_or(&none, |(_, _, _, n)| n);
        let statics = Statics {
            namespaces,
            element_namespace: element.inherited("xpath-default-namespace").unwrap_or(""),
            locals: &self.locals,
            at_run_time: false,
            host: &self.names,
        };
        host::parse(text, statics).map(|expr| Xp { expr, compat: element.compat() })
    }

    /// An attribute that holds an expression.
    fn xpath(&mut self, element: Element<'_>, attribute: &str) -> Parsed<Xp> {
        let text = element.need(attribute)?;
        // The value as written: the error's range counts from its start.
        let text = element.get(attribute).unwrap_or(text);
        self.parse_xpath(element, text).map_err(|e| wrong(element, attribute, 0, e))
    }

    fn optional_xpath(&mut self, element: Element<'_>, attribute: &str) -> Parsed<Option<Xp>> {
        element.get(attribute).map(|_| self.xpath(element, attribute)).transpose()
    }

    /// An attribute that holds a type.
    fn sequence_type(&mut self, element: Element<'_>) -> Parsed<Option<expr::xpath::ast::SequenceType>> {
        let Some(text) = element.get("as") else { return Ok(None) };
        self.spaces(element);
        let none = expr::Namespaces::default();
        let statics = Statics {
            namespaces: self.spaces.as_ref().map_or(&none, |(_, _, _, n)| n),
            element_namespace: element.inherited("xpath-default-namespace").unwrap_or(""),
            locals: &[],
            at_run_time: false,
            host: &self.names,
        };
        host::parse_type(text, statics).map(Some).map_err(|e| wrong(element, "as", 0, e))
    }

    /// An attribute that may hold expressions in braces.
    fn avt(&mut self, element: Element<'_>, attribute: &str) -> Parsed<Option<Avt>> {
        let Some(text) = element.get(attribute) else { return Ok(None) };
        self.template(element, text, &|range, message| element.error_at(attribute, range, message)).map(Some)
    }

    /// Text with expressions in braces.
    fn template(
        &mut self,
        element: Element<'_>,
        text: &str,
        error: &dyn Fn(std::ops::Range<usize>, String) -> ParseError,
    ) -> Parsed<Avt> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push(c);
                at += 2;
            } else if c == '}' {
                return Err(error(at..at + 1, "a `}` without `{`; write `}}` for the character".to_owned()));
            } else if c == '{' {
                let Some(length) = closing(&rest[1..]) else {
                    return Err(error(at..at + 1, "this `{` has no `}`; write `{{` for the character".to_owned()));
                };
                let inside = &rest[1..=length];
                if !inside.trim().is_empty() {
                    let xp = self.parse_xpath(element, inside).map_err(|e| {
                        let range = at + 1 + e.range.start..at + 1 + e.range.end;
                        ParseError { help: e.help, ..error(range, e.message) }
                    })?;
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Value(xp));
                }
                at += length + 2;
            } else {
                plain.push(c);
                at += c.len_utf8();
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Avt(pieces))
    }

    /// Goes one level down in the stylesheet.
    fn deeper<T>(&mut self, element: Element<'_>, work: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err(element.error(format!("a stylesheet cannot be nested deeper than {DEEPEST} levels")));
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }
}

/// Turns a mistake in an expression into one in the stylesheet.
fn wrong(element: Element<'_>, attribute: &str, from: usize, error: expr::ParseError) -> ParseError {
    let range = from + error.range.start..from + error.range.end;
    let range = if range.is_empty() && range.start > 0 { range.start - 1..range.end } else { range };
    ParseError { help: error.help, ..element.error_at(attribute, range, error.message) }
}

/// Where the brace that closes an expression is: not in a text, a comment or a pair of braces inside.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(i),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    None
}
