//! Sequence constructors: the content of templates and instructions.

use std::sync::Arc;

use expr::xpath::regexes;
use expr::xpath::tree::QName;

use super::source::{Element, Parsed, XSL};
use super::{Compiler, known};
use crate::model::{
    Analyze, Avt, Body, Evaluate, GroupBy, Grouping, Instruction, Iterate, Literal, ModeUse, Piece, TextOf, Value, What,
};

/// Children that belong to their parent and are no instructions.
const PARTS: [&str; 4] = ["sort", "with-param", "fallback", "on-completion"];

impl<'a> Compiler {
    /// The content of an element as a scope of its own.
    pub(super) fn body(&mut self, element: Element<'a>) -> Parsed<Body> {
        self.scoped(|c| c.instructions(element, false))
    }

    /// The content behind the parameters, which are in scope; the scope ends here.
    pub(super) fn body_after_params(&mut self, element: Element<'a>) -> Parsed<Body> {
        let body = self.instructions(element, true);
        self.locals.clear();
        body
    }

    fn scoped<T>(&mut self, work: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let outer = self.locals.len();
        let result = work(self);
        self.locals.truncate(outer);
        result
    }

    fn instructions(&mut self, element: Element<'a>, after_params: bool) -> Parsed<Body> {
        self.deeper(element, |c| {
            let mut out = Vec::new();
            let keeps = element.keeps_blanks();
            let expand = matches!(element.inherited("expand-text").map(str::trim), Some("yes" | "true" | "1"));
            let mut leading = after_params;
            for node in element.node.children() {
                let child = element.with(node);
                if let Some(text) = node.text().filter(|_| node.is_text()) {
                    if keeps || !is_blank(text) {
                        leading = false;
                        out.push(c.text(child, text, expand)?);
                    }
                    continue;
                }
                if !node.is_element() {
                    continue;
                }
                match child.instruction() {
                    Some("param") if leading => continue,
                    Some(part) if PARTS.contains(&part) => continue,
                    _ => leading = false,
                }
                out.push(c.instruction(child)?);
            }
            Ok(out)
        })
    }

    fn text(&mut self, element: Element<'a>, text: &str, expand: bool) -> Parsed<Instruction> {
        let at = element.at();
        if !expand || !text.contains(['{', '}']) {
            return Ok(Instruction { at, what: What::Text { text: text.to_owned(), raw: false } });
        }
        let start = element.node.range().start;
        let parent = element.node.parent().map_or(element, |p| element.with(p));
        let avt = self.template(parent, text, &|range, message| {
            element.error_range(start + range.start..start + range.end, message)
        })?;
        let value = TextOf { select: None, body: Vec::new(), separator: Some(avt) };
        // A text value template is a value-of whose text is its "separator" and nothing else.
        Ok(Instruction { at, what: What::ValueOf { text: value, raw: false } })
    }

    pub(super) fn literal(&mut self, element: Element<'a>) -> Parsed<Instruction> {
        let name = element.node.tag_name();
        let uri = name.namespace().unwrap_or("");
        let text = element.node.document().input_text();
        let written = &text[element.node.range().start + 1..];
        let written = &written[..written.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(0)];
        let prefix = written.split_once(':').map_or("", |(p, _)| p);
        let name = Arc::new(self.result_name(prefix, uri, name.name()));
        let mut attributes = Vec::new();
        for attribute in element.node.attributes() {
            let uri = attribute.namespace().unwrap_or("");
            if uri == XSL {
                if !matches!(
                    attribute.name(),
                    "version"
                        | "use-attribute-sets"
                        | "exclude-result-prefixes"
                        | "extension-element-prefixes"
                        | "expand-text"
                        | "xpath-default-namespace"
                        | "inherit-namespaces"
                        | "default-collation"
                ) {
                    let message = format!("xsl:{} is not supported on an element of the result", attribute.name());
                    return Err(element.error_range(attribute.range_qname(), message));
                }
                continue;
            }
            let qname = text.get(attribute.range_qname()).unwrap_or("");
            let prefix = qname.split_once(':').map_or("", |(p, _)| p);
            let name = Arc::new(self.result_name(prefix, uri, attribute.name()));
            let raw = attribute.range_value();
            let avt = self.template(element, attribute.value(), &|range, message| {
                // Where the value holds entities the place is a little off.
                element.error_range(raw.start + range.start..raw.start + range.end, message)
            })?;
            attributes.push((name, avt));
        }
        let extension = element.node.ancestors().filter(|n| n.is_element()).any(|n| {
            let list = n.attribute("extension-element-prefixes").or(n.attribute((XSL, "extension-element-prefixes")));
            list.is_some_and(|l| l.split_whitespace().any(|p| p == prefix && !p.is_empty()))
        });
        if extension {
            let message = format!("the extension instruction `{written}` is not supported");
            return Err(element.error(message));
        }
        let sets = self.sets_used(element, element.node.attribute((XSL, "use-attribute-sets")))?;
        let spaces = self.result_spaces(element)?;
        let body = self.body(element)?;
        let literal = Literal { name, spaces, attributes, sets, body };
        Ok(Instruction { at: element.at(), what: What::Literal(Box::new(literal)) })
    }

    fn result_name(&self, prefix: &str, uri: &str, local: &str) -> QName {
        match self.aliases.get(uri) {
            Some((prefix, uri)) => QName::new(prefix, uri, local),
            None => QName::new(prefix, uri, local),
        }
    }

    fn instruction(&mut self, element: Element<'a>) -> Parsed<Instruction> {
        let Some(name) = element.instruction() else { return self.literal(element) };
        known::check(element, name)?;
        let at = element.at();
        let what = match name {
            "text" => {
                let text: String = element.node.children().filter_map(|n| n.text()).collect();
                if element.node.children().any(|n| n.is_element()) {
                    return Err(element.error("xsl:text holds text only"));
                }
                let expand = matches!(element.inherited("expand-text").map(str::trim), Some("yes" | "true" | "1"));
                if expand && text.contains(['{', '}']) {
                    return self.text(element, &text, true);
                }
                What::Text { text, raw: element.flag("disable-output-escaping")?.unwrap_or(false) }
            }
            "value-of" => {
                let raw = element.flag("disable-output-escaping")?.unwrap_or(false);
                What::ValueOf { text: self.text_of(element)?, raw }
            }
            "element" => {
                let name = self.computed(element)?;
                let sets = self.sets_used(element, element.get("use-attribute-sets"))?;
                What::Element { name, sets, body: self.body(element)? }
            }
            "attribute" => What::Attribute { name: self.computed(element)?, value: self.text_of(element)? },
            "namespace" => {
                let prefix = self.avt(element, "name")?.unwrap_or(Avt(Vec::new()));
                What::Namespace { prefix, value: self.text_of(element)? }
            }
            "comment" => What::Comment(self.text_of(element)?),
            "processing-instruction" => {
                element.need("name")?;
                let name = self.avt(element, "name")?.unwrap_or(Avt(Vec::new()));
                What::Instruction { name, value: self.text_of(element)? }
            }
            "copy" => What::Copy {
                select: self.optional_xpath(element, "select")?,
                spaces: element.flag("copy-namespaces")?.unwrap_or(true),
                sets: self.sets_used(element, element.get("use-attribute-sets"))?,
                body: self.body(element)?,
            },
            "copy-of" => What::CopyOf {
                select: self.xpath(element, "select")?,
                spaces: element.flag("copy-namespaces")?.unwrap_or(true),
            },
            "sequence" => What::Sequence(self.value(element)?),
            "if" => {
                let branch = (self.xpath(element, "test")?, self.body(element)?);
                What::Choose { branches: vec![branch], otherwise: Vec::new() }
            }
            "choose" => self.choose(element)?,
            "for-each" => What::ForEach {
                select: self.xpath(element, "select")?,
                sorts: self.sorts(element)?,
                body: self.body(element)?,
            },
            "for-each-group" => self.group(element)?,
            "apply-templates" => {
                let mode = match element.word("mode") {
                    Some("#current") => ModeUse::Current,
                    Some(mode) => ModeUse::Named(self.mode_of(element, mode)?),
                    None => ModeUse::Named(0),
                };
                let select = self.optional_xpath(element, "select")?;
                What::Apply { select, mode, sorts: self.sorts(element)?, with: self.with(element)? }
            }
            "apply-imports" => What::ApplyImports { with: self.with(element)? },
            "next-match" => What::NextMatch { with: self.with(element)? },
            "call-template" => {
                let name = element.need("name")?;
                let Some(template) = self.templates.get(&element.expanded(name)?).copied() else {
                    let error = element.error_at("name", 0..0, format!("there is no template `{name}`"));
                    return Err(match diag::suggest(name, self.templates.keys().map(String::as_str)) {
                        Some(known) => error.help(format!("did you mean `{known}`?")),
                        None => error,
                    });
                };
                What::Call { template, with: self.with(element)? }
            }
            "variable" => {
                let name = element.expanded(element.need("name")?)?;
                let value = self.value(element)?;
                self.locals.push(name);
                What::Variable { value }
            }
            "message" => {
                let terminate = self.avt(element, "terminate")?.unwrap_or(Avt(vec![Piece::Text("no".to_owned())]));
                What::Message { text: self.text_of(element)?, terminate }
            }
            "number" => self.number(element)?,
            "analyze-string" => self.analyze(element)?,
            "document" => What::Document(self.body(element)?),
            "evaluate" => What::Evaluate(Box::new(Evaluate {
                xpath: self.xpath(element, "xpath")?,
                context: self.optional_xpath(element, "context-item")?,
                with: self.with(element)?,
                spaces: self.spaces(element),
                element_namespace: element.inherited("xpath-default-namespace").unwrap_or("").to_owned(),
                of: self.sequence_type(element)?,
            })),
            "perform-sort" => What::PerformSort { value: self.value(element)?, sorts: self.sorts(element)? },
            "iterate" => self.iterate(element)?,
            "next-iteration" => self.next_iteration(element)?,
            "break" if self.iterates.is_empty() => return Err(element.error("xsl:break stands inside xsl:iterate")),
            "break" => What::Break(self.value(element)?),
            "try" => self.try_catch(element)?,
            "param" => return Err(element.error("xsl:param stands first in its template or function")),
            other => return Err(element.error(format!("xsl:{other} cannot stand here"))),
        };
        if matches!(what, What::Apply { .. } | What::Call { .. } | What::ApplyImports { .. } | What::NextMatch { .. }) {
            for child in element.children() {
                if !matches!(child.instruction(), Some("with-param" | "sort" | "fallback")) {
                    return Err(child.error(format!("this cannot stand in xsl:{name}")));
                }
            }
        }
        Ok(Instruction { at, what })
    }

    fn choose(&mut self, element: Element<'a>) -> Parsed<What> {
        let (mut branches, mut otherwise) = (Vec::new(), None);
        for child in element.children() {
            match child.instruction() {
                Some("when") if otherwise.is_none() => {
                    known::check(child, "when")?;
                    branches.push((self.xpath(child, "test")?, self.body(child)?));
                }
                Some("otherwise") if otherwise.is_none() => {
                    known::check(child, "otherwise")?;
                    otherwise = Some(self.body(child)?);
                }
                _ => return Err(child.error("xsl:choose holds xsl:when and, last, one xsl:otherwise")),
            }
        }
        if branches.is_empty() {
            return Err(element.error("xsl:choose needs an xsl:when"));
        }
        Ok(What::Choose { branches, otherwise: otherwise.unwrap_or_default() })
    }

    fn group(&mut self, element: Element<'a>) -> Parsed<What> {
        let select = self.xpath(element, "select")?;
        let ways = ["group-by", "group-adjacent", "group-starting-with", "group-ending-with"];
        let given: Vec<&str> = ways.into_iter().filter(|w| element.get(w).is_some()).collect();
        let [way] = given.as_slice() else {
            return Err(element.error(format!("xsl:for-each-group needs exactly one of {}", ways.join(", "))));
        };
        let patterns = |c: &mut Self| -> Parsed<Vec<crate::model::Pattern>> {
            Ok(c.patterns(element, way)?.into_iter().map(|(p, _)| p).collect())
        };
        let by = match *way {
            "group-by" => GroupBy::By(self.xpath(element, way)?),
            "group-adjacent" => GroupBy::Adjacent(self.xpath(element, way)?),
            "group-starting-with" => GroupBy::StartingWith(patterns(self)?),
            _ => GroupBy::EndingWith(patterns(self)?),
        };
        let composite = element.flag("composite")?.unwrap_or(false);
        let (sorts, body) = (self.sorts(element)?, self.body(element)?);
        Ok(What::Group(Box::new(Grouping { select, by, composite, sorts, body })))
    }

    fn analyze(&mut self, element: Element<'a>) -> Parsed<What> {
        let select = self.xpath(element, "select")?;
        element.need("regex")?;
        let avt = self.avt(element, "regex")?.unwrap_or(Avt(Vec::new()));
        let flags = self.avt(element, "flags")?;
        let constant = match (avt.0.as_slice(), &flags) {
            ([Piece::Text(pattern)], None) => Some((pattern.clone(), String::new())),
            ([Piece::Text(pattern)], Some(Avt(flags))) => match flags.as_slice() {
                [Piece::Text(flags)] => Some((pattern.clone(), flags.clone())),
                _ => None,
            },
            _ => None,
        };
        let regex = match constant {
            Some((pattern, flags)) => {
                Ok(regexes::compile(&pattern, &flags).map_err(|why| element.error_at("regex", 0..0, why))?)
            }
            None => Err(avt),
        };
        let (mut matching, mut other) = (Vec::new(), Vec::new());
        for child in element.children() {
            match child.instruction() {
                Some("matching-substring") => matching = self.body(child)?,
                Some("non-matching-substring") => other = self.body(child)?,
                Some("fallback") => {}
                _ => return Err(child.error("this cannot stand in xsl:analyze-string")),
            }
        }
        Ok(What::Analyze(Box::new(Analyze { select, regex, flags, matching, other })))
    }

    fn iterate(&mut self, element: Element<'a>) -> Parsed<What> {
        let select = self.xpath(element, "select")?;
        self.scoped(|c| {
            let params = c.params(element)?;
            let completion = element.children().find(|e| e.instruction() == Some("on-completion"));
            let completion = match completion {
                Some(child) => c.value(child)?,
                None => Value { select: None, body: Vec::new(), of: None },
            };
            c.iterates.push(params.iter().map(|p| p.name.clone()).collect());
            let body = c.instructions(element, true);
            c.iterates.pop();
            Ok(What::Iterate(Box::new(Iterate { select, params, body: body?, completion })))
        })
    }

    fn next_iteration(&mut self, element: Element<'a>) -> Parsed<What> {
        let with = self.with(element)?;
        let Some(params) = self.iterates.last() else {
            return Err(element.error("xsl:next-iteration stands inside xsl:iterate"));
        };
        match with.iter().find(|w| !params.contains(&w.name)) {
            Some(unknown) => Err(element.error(format!("xsl:iterate has no parameter `{}`", unknown.name))),
            None => Ok(What::NextIteration(with)),
        }
    }

    fn try_catch(&mut self, element: Element<'a>) -> Parsed<What> {
        let mut catches = element.children().filter(|c| c.instruction() == Some("catch"));
        let (Some(catch), None) = (catches.next(), catches.next()) else {
            return Err(element.error("xsl:try takes exactly one xsl:catch here"));
        };
        known::check(catch, "catch")?;
        if !matches!(catch.word("errors"), None | Some("*")) {
            return Err(catch.error_at("errors", 0..0, "xsl:catch catches every error here; leave `errors` out"));
        }
        let select = self.optional_xpath(element, "select")?;
        let body = self.scoped(|c| {
            let mut out = Vec::new();
            for node in element.node.children() {
                let child = element.with(node);
                match node.text().filter(|_| node.is_text()) {
                    Some(text) if !is_blank(text) => out.push(c.text(child, text, false)?),
                    _ if node.is_element() && child.instruction() != Some("catch") => out.push(c.instruction(child)?),
                    _ => {}
                }
            }
            Ok(out)
        })?;
        Ok(What::Try { value: Value { select, body, of: None }, catch: self.value(catch)? })
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}
