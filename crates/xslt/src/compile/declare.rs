//! The declarations of a stylesheet: first all names, then everything that uses them.

use std::collections::HashMap;

use expr::NamespaceTest;
use expr::xpath::ast::NameTest;

use super::modules::Declared;
use super::source::{Element, Parsed};
use super::{Compiler, known};
use crate::model::{
    AttributeSet, Blank, DecimalFormat, Function, Global, Key, Method, Mode, NoMatch, Output, Rule, Template, Value,
};

/// Where each name was declared, with its precedence: the highest wins.
type Seen = HashMap<String, u32>;

impl<'a> Compiler {
    pub(super) fn declarations(&mut self, all: &[Declared<'a>]) -> Parsed<()> {
        self.mode_number("")?;
        let winners = self.collect_names(all)?;
        let mut members = Vec::new();
        for (i, declared) in all.iter().enumerate() {
            let element = declared.element;
            self.locals.clear();
            match element.instruction() {
                None => self.simplified(*declared, &mut members)?,
                Some(what) => {
                    if winners[i] {
                        self.declaration(what, *declared, &mut members)?;
                    }
                }
            }
        }
        for rule in std::mem::take(&mut self.all_modes) {
            members.extend((0..self.sheet.modes.len()).map(|mode| (mode, rule)));
        }
        for (name, error) in std::mem::take(&mut self.used_maps) {
            match self.characters.get(&name) {
                Some(map) => self.sheet.output.characters.extend(map.iter().cloned()),
                None => return Err(error),
            }
        }
        self.sort_rules(&members);
        Ok(())
    }

    /// Gives numbers to everything that has a name; tells which declarations are in force.
    fn collect_names(&mut self, all: &[Declared<'a>]) -> Parsed<Vec<bool>> {
        let mut winners = vec![true; all.len()];
        let (mut templates, mut globals, mut functions): (Seen, Seen, Seen) = Default::default();
        // The highest precedence comes last, so what is seen first from behind wins.
        for (i, declared) in all.iter().enumerate().rev() {
            let element = declared.element;
            let Some(what) = element.instruction() else { continue };
            known::check(element, what)?;
            match what {
                "template" => {
                    let Some(name) = element.word("name") else {
                        if element.get("match").is_none() {
                            return Err(element.error("xsl:template needs `match` or `name`"));
                        }
                        continue;
                    };
                    let name = element.expanded(name)?;
                    if !first(&mut templates, &name, *declared, "template")? && element.get("match").is_none() {
                        winners[i] = false;
                    }
                }
                "variable" | "param" => {
                    let name = element.expanded(element.need("name")?)?;
                    winners[i] = first(&mut globals, &name, *declared, "global variable")?;
                    if winners[i] {
                        let number = self.names.globals.len();
                        self.names.globals.insert(name, number);
                    }
                }
                "function" => {
                    let name = element.expanded(element.need("name")?)?;
                    let count = element.children().take_while(|c| c.instruction() == Some("param")).count();
                    winners[i] = first(&mut functions, &format!("{name}#{count}"), *declared, "function")?;
                    if winners[i] {
                        let number = self.names.functions.len();
                        self.names.functions.insert((name.clone(), count), number);
                        self.names.function_names.insert(name);
                    }
                }
                "key" => {
                    self.keys.insert(element.expanded(element.need("name")?)?);
                }
                "attribute-set" => {
                    let next = self.sets.len();
                    let name = element.expanded(element.need("name")?)?;
                    self.sets.entry(name).or_insert(next);
                }
                "namespace-alias" => self.alias(element)?,
                _ => {}
            }
        }
        self.sheet.sets.resize_with(self.sets.len(), Vec::new);
        // Numbers of templates by name, in the order in which they are compiled.
        let mut next = 0;
        for (i, declared) in all.iter().enumerate() {
            match declared.element.instruction() {
                Some("template") if winners[i] => {
                    if let Some(name) = declared.element.word("name") {
                        let name = declared.element.expanded(name)?;
                        if templates.get(&name) == Some(&declared.precedence) {
                            self.templates.insert(name, next);
                        }
                    }
                    next += 1;
                }
                None => next += 1,
                _ => {}
            }
        }
        let empty = || Global {
            name: String::new(),
            is_param: false,
            required: false,
            value: Value { select: None, body: Vec::new(), of: None },
            at: Default::default(),
        };
        self.sheet.globals.resize_with(self.names.globals.len(), empty);
        let empty = || Function {
            shown: String::new(),
            params: Vec::new(),
            body: Vec::new(),
            of: None,
            at: Default::default(),
        };
        self.sheet.functions.resize_with(self.names.functions.len(), empty);
        Ok(winners)
    }

    fn alias(&mut self, element: Element<'a>) -> Parsed<()> {
        let uri = |name: &str| {
            let prefix = element.need(name)?;
            let found = if prefix == "#default" {
                element.node.default_namespace().or(Some(""))
            } else {
                element.node.lookup_namespace_uri(Some(prefix))
            };
            let shown = if prefix == "#default" { "" } else { prefix };
            match found {
                Some(uri) => Ok((shown.to_owned(), uri.to_owned())),
                None => Err(element.error_at(name, 0..0, format!("the prefix `{prefix}` is not declared"))),
            }
        };
        let (_, from) = uri("stylesheet-prefix")?;
        let to = uri("result-prefix")?;
        // Read from behind: the declaration of the highest precedence is there already.
        self.aliases.entry(from).or_insert(to);
        Ok(())
    }

    fn declaration(&mut self, what: &str, declared: Declared<'a>, members: &mut Vec<(usize, usize)>) -> Parsed<()> {
        let element = declared.element;
        match what {
            "template" => self.template_rule(declared, members),
            "variable" | "param" => self.global(element, what == "param"),
            "function" => self.function(element),
            "key" => self.key(element),
            "output" => self.output(element),
            "strip-space" | "preserve-space" => self.blanks(declared, what == "strip-space"),
            "attribute-set" => self.attribute_set(element),
            "decimal-format" => self.decimal_format(element),
            "mode" => self.mode(element),
            "character-map" => self.character_map(element),
            "namespace-alias" => Ok(()),
            other => Err(element.error(format!("xsl:{other} cannot stand at the top of a stylesheet"))),
        }
    }

    pub(super) fn mode_number(&mut self, name: &str) -> Parsed<usize> {
        if let Some(number) = self.modes.get(name) {
            return Ok(*number);
        }
        self.modes.insert(name.to_owned(), self.sheet.modes.len());
        self.sheet.modes.push(Mode::default());
        Ok(self.sheet.modes.len() - 1)
    }

    pub(super) fn mode_of(&mut self, element: Element<'a>, name: &'a str) -> Parsed<usize> {
        let name = if matches!(name, "#default" | "#unnamed") { String::new() } else { element.expanded(name)? };
        self.mode_number(&name)
    }

    fn mode(&mut self, element: Element<'a>) -> Parsed<()> {
        let number = self.mode_of(element, element.word("name").unwrap_or("#default"))?;
        let no_match = match element.word("on-no-match") {
            None | Some("text-only-copy") => NoMatch::TextOnly,
            Some("shallow-copy") => NoMatch::ShallowCopy,
            Some("deep-copy") => NoMatch::DeepCopy,
            Some("shallow-skip") => NoMatch::ShallowSkip,
            Some("deep-skip") => NoMatch::DeepSkip,
            Some("fail") => NoMatch::Fail,
            Some(other) => return Err(element.error_at("on-no-match", 0..0, format!("there is no `{other}` here"))),
        };
        if let Some(mode) = self.sheet.modes.get_mut(number) {
            mode.no_match = no_match;
        }
        Ok(())
    }

    fn template_rule(&mut self, declared: Declared<'a>, members: &mut Vec<(usize, usize)>) -> Parsed<()> {
        let element = declared.element;
        let template = self.sheet.templates.len();
        let name = element.word("name").map(|n| element.expanded(n)).transpose()?;
        if name.as_deref() == Some("Q{http://www.w3.org/1999/XSL/Transform}initial-template") {
            self.sheet.start = Some(template);
        }
        if element.get("match").is_some() {
            let priority = match element.word("priority") {
                None => None,
                Some(text) => match text.parse::<f64>() {
                    Ok(priority) if priority.is_finite() => Some(priority),
                    _ => return Err(element.error_at("priority", 0..0, "a priority is a number")),
                },
            };
            let mut modes = Vec::new();
            for mode in element.word("mode").unwrap_or("#default").split_whitespace() {
                modes.push(if mode == "#all" { None } else { Some(self.mode_of(element, mode)?) });
            }
            for (pattern, default) in self.patterns(element, "match")? {
                let rule = self.sheet.rules.len();
                let (precedence, floor) = (declared.precedence, declared.floor);
                let priority = priority.unwrap_or(default);
                self.sheet.rules.push(Rule { template, pattern, priority, precedence, floor });
                for mode in &modes {
                    match mode {
                        Some(mode) => members.push((*mode, rule)),
                        None => self.all_modes.push(rule),
                    }
                }
            }
        } else if element.get("mode").is_some() || element.get("priority").is_some() {
            return Err(element.error("`mode` and `priority` need `match`"));
        }
        let at = element.at();
        let of = self.sequence_type(element)?;
        let params = self.params(element)?;
        let body = self.body_after_params(element)?;
        self.sheet.templates.push(Template { params, body, of, at });
        Ok(())
    }

    /// A literal element as the whole stylesheet: the template for the document.
    fn simplified(&mut self, declared: Declared<'a>, members: &mut Vec<(usize, usize)>) -> Parsed<()> {
        let template = self.sheet.templates.len();
        members.push((0, self.sheet.rules.len()));
        let pattern =
            crate::model::Pattern { parts: Vec::new(), from_root: true, item: None, compat: declared.element.compat() };
        let (precedence, floor) = (declared.precedence, declared.floor);
        self.sheet.rules.push(Rule { template, pattern, priority: -0.5, precedence, floor });
        let body = vec![self.literal(declared.element)?];
        let at = declared.element.at();
        self.sheet.templates.push(Template { params: Vec::new(), body, of: None, at });
        Ok(())
    }

    fn global(&mut self, element: Element<'a>, is_param: bool) -> Parsed<()> {
        let name = element.expanded(element.need("name")?)?;
        let value = self.value(element)?;
        let required = element.flag("required")?.unwrap_or(false);
        if element.flag("static")? == Some(true) {
            return Err(element.error_at("static", 0..0, "static variables are not supported"));
        }
        if let Some(number) = self.names.globals.get(&name)
            && let Some(global) = self.sheet.globals.get_mut(*number)
        {
            *global = Global { name, is_param, required, value, at: element.at() };
        }
        Ok(())
    }

    fn function(&mut self, element: Element<'a>) -> Parsed<()> {
        let shown = element.need("name")?;
        let name = element.expanded(shown)?;
        if name == shown {
            return Err(element.error_at("name", 0..0, "the name of a function needs a prefix"));
        }
        let of = self.sequence_type(element)?;
        let params: Vec<_> = self.params(element)?.into_iter().map(|p| p.value.of).collect();
        let body = self.body_after_params(element)?;
        if let Some(number) = self.names.functions.get(&(name, params.len()))
            && let Some(function) = self.sheet.functions.get_mut(*number)
        {
            *function = Function { shown: shown.to_owned(), params, body, of, at: element.at() };
        }
        Ok(())
    }

    fn key(&mut self, element: Element<'a>) -> Parsed<()> {
        let name = element.expanded(element.need("name")?)?;
        let patterns = self.patterns(element, "match")?.into_iter().map(|(p, _)| p).collect();
        let select = self.optional_xpath(element, "use")?;
        let body = self.body(element)?;
        if select.is_none() && body.is_empty() {
            return Err(element.error("xsl:key needs `use` or content"));
        }
        self.sheet.keys.push(Key { name, patterns, value: Value { select, body, of: None } });
        Ok(())
    }

    fn attribute_set(&mut self, element: Element<'a>) -> Parsed<()> {
        let name = element.expanded(element.need("name")?)?;
        let uses = self.sets_used(element, element.get("use-attribute-sets"))?;
        let body = self.body(element)?;
        if let Some(number) = self.sets.get(&name)
            && let Some(set) = self.sheet.sets.get_mut(*number)
        {
            set.push(AttributeSet { uses, body });
        }
        Ok(())
    }

    pub(super) fn sets_used(&self, element: Element<'a>, names: Option<&'a str>) -> Parsed<Vec<usize>> {
        let mut sets = Vec::new();
        for name in names.unwrap_or("").split_whitespace() {
            match self.sets.get(&element.expanded(name)?) {
                Some(set) => sets.push(*set),
                None => return Err(element.error(format!("there is no attribute set `{name}`"))),
            }
        }
        Ok(sets)
    }

    fn blanks(&mut self, declared: Declared<'a>, strip: bool) -> Parsed<()> {
        let element = declared.element;
        for name in element.need("elements")?.split_whitespace() {
            let (name, priority) = match name.rsplit_once(':') {
                None if name == "*" => (NameTest { namespace: NamespaceTest::Any, local: None }, 0),
                Some(("*", local)) => (NameTest { namespace: NamespaceTest::Any, local: Some(local.to_owned()) }, 1),
                _ => {
                    let (uri, local) = element.resolve(name)?;
                    let uri = if name.contains(':') {
                        uri
                    } else {
                        element.inherited("xpath-default-namespace").unwrap_or("")
                    };
                    let local = (local != "*").then(|| local.to_owned());
                    let priority = if local.is_some() { 2 } else { 1 };
                    (NameTest { namespace: NamespaceTest::Exact(uri.to_owned()), local }, priority)
                }
            };
            self.sheet.blanks.push(Blank { name, strip, precedence: declared.precedence, priority });
        }
        Ok(())
    }

    fn decimal_format(&mut self, element: Element<'a>) -> Parsed<()> {
        let name = match element.word("name") {
            Some(name) => element.expanded(name)?,
            None => String::new(),
        };
        let mut format = DecimalFormat::default();
        let one = |attribute: &str, into: &mut char| {
            let Some(text) = element.get(attribute) else { return Ok(()) };
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => {
                    *into = c;
                    Ok(())
                }
                _ => Err(element.error_at(attribute, 0..0, format!("`{attribute}` is one character"))),
            }
        };
        one("decimal-separator", &mut format.decimal)?;
        one("grouping-separator", &mut format.grouping)?;
        one("minus-sign", &mut format.minus)?;
        one("percent", &mut format.percent)?;
        one("per-mille", &mut format.per_mille)?;
        one("zero-digit", &mut format.zero)?;
        one("digit", &mut format.digit)?;
        one("pattern-separator", &mut format.separator)?;
        if let Some(text) = element.get("infinity") {
            format.infinity = text.to_owned();
        }
        if let Some(text) = element.get("NaN") {
            format.nan = text.to_owned();
        }
        self.sheet.decimals.insert(name, format);
        Ok(())
    }

    fn character_map(&mut self, element: Element<'a>) -> Parsed<()> {
        // All maps that are declared and used are one: their names need not be kept apart by a single output.
        for child in element.children() {
            known::check(child, child.instruction().unwrap_or("output-character"))?;
            child.need("character")?;
            let mut chars = child.get("character").unwrap_or("").chars();
            let (Some(c), None) = (chars.next(), chars.next()) else {
                return Err(child.error_at("character", 0..0, "`character` is one character"));
            };
            let text = child.get("string").unwrap_or("").to_owned();
            self.characters.entry(element.expanded(element.need("name")?)?).or_default().push((c, text));
        }
        Ok(())
    }

    fn output(&mut self, element: Element<'a>) -> Parsed<()> {
        if element.get("name").is_some() {
            return Ok(());
        }
        let output: &mut Output = &mut self.sheet.output;
        match element.word("method") {
            None => {}
            Some("xml" | "xhtml") => output.method = Some(Method::Xml),
            Some("html") => output.method = Some(Method::Html),
            Some("text") => output.method = Some(Method::Text),
            Some(other) => {
                let message = format!("the output method `{other}` is not supported (known: xml, html, text, xhtml)");
                return Err(element.error_at("method", 0..0, message));
            }
        }
        if let Some(indent) = element.flag("indent")? {
            output.indent = Some(indent);
        }
        if let Some(flag) = element.flag("omit-xml-declaration")? {
            output.no_declaration = flag;
        }
        if element.word("standalone") != Some("omit")
            && let Some(flag) = element.flag("standalone")?
        {
            output.standalone = Some(flag);
        }
        if let Some(flag) = element.flag("include-content-type")? {
            output.no_meta = !flag;
        }
        if let Some(encoding) = element.word("encoding") {
            match encoding.to_ascii_uppercase().as_str() {
                "UTF-8" | "UTF8" | "UTF-16" | "ISO-8859-1" | "LATIN1" | "US-ASCII" | "ASCII" | "WINDOWS-1252" => {
                    output.encoding = Some(encoding.to_owned());
                }
                _ => {
                    let message = format!(
                        "the encoding `{encoding}` is not supported (known: UTF-8, UTF-16, ISO-8859-1, US-ASCII, windows-1252)"
                    );
                    return Err(element.error_at("encoding", 0..0, message));
                }
            }
        }
        if let Some(flag) = element.flag("byte-order-mark")? {
            output.byte_order_mark = flag;
        }
        for (attribute, into) in [
            ("media-type", &mut output.media_type),
            ("doctype-public", &mut output.doctype_public),
            ("doctype-system", &mut output.doctype_system),
            ("item-separator", &mut output.item_separator),
        ] {
            if let Some(text) = element.get(attribute) {
                *into = Some(text.to_owned());
            }
        }
        let mut cdata = Vec::new();
        for name in element.get("cdata-section-elements").unwrap_or("").split_whitespace() {
            let (uri, local) = element.resolve(name)?;
            let uri = if name.contains(':') { uri } else { element.node.default_namespace().unwrap_or("") };
            cdata.push((uri.to_owned(), local.to_owned()));
        }
        self.sheet.output.cdata.extend(cdata);
        for name in element.get("use-character-maps").unwrap_or("").split_whitespace() {
            self.used_maps
                .push((element.expanded(name)?, element.error(format!("there is no character map `{name}`"))));
        }
        Ok(())
    }
}

/// Whether this declaration is the one in force; two of one precedence are a mistake.
fn first(seen: &mut Seen, name: &str, declared: Declared<'_>, what: &str) -> Parsed<bool> {
    match seen.get(name) {
        None => {
            seen.insert(name.to_owned(), declared.precedence);
            Ok(true)
        }
        Some(precedence) if *precedence == declared.precedence => {
            let shown = declared.element.word("name").unwrap_or(name);
            Err(declared.element.error(format!("there is another {what} `{shown}`")))
        }
        Some(_) => Ok(false),
    }
}
