//! Values, sorts, parameters: the parts that many instructions share.

use std::sync::Arc;

use super::source::{Element, Parsed};
use super::{Compiler, known};
use crate::model::{Avt, Computed, Param, Piece, Sort, TextOf, Value, With};

impl<'a> Compiler {
    /// `select`, or else the content.
    pub(super) fn value(&mut self, element: Element<'a>) -> Parsed<Value> {
        let of = self.sequence_type(element)?;
        let select = self.optional_xpath(element, "select")?;
        let body = self.content(element, select.is_some())?;
        Ok(Value { select, body, of })
    }

    /// The content, which must be empty where an attribute stands for it.
    pub(super) fn content(&mut self, element: Element<'a>, has_select: bool) -> Parsed<Vec<crate::model::Instruction>> {
        let body = self.body(element)?;
        if has_select && !body.is_empty() {
            return Err(element.error(format!(
                "xsl:{} has both `select` and content; one of them must go",
                element.node.tag_name().name()
            )));
        }
        Ok(body)
    }

    pub(super) fn text_of(&mut self, element: Element<'a>) -> Parsed<TextOf> {
        let select = self.optional_xpath(element, "select")?;
        let body = self.content(element, select.is_some())?;
        Ok(TextOf { select, body, separator: self.avt(element, "separator")? })
    }

    pub(super) fn computed(&mut self, element: Element<'a>) -> Parsed<Computed> {
        element.need("name")?;
        let name = self.avt(element, "name")?.unwrap_or(Avt(Vec::new()));
        if let [Piece::Text(text)] = name.0.as_slice() {
            let trimmed = text.trim();
            let parts: Vec<&str> = trimmed.split(':').collect();
            let is_name = !trimmed.starts_with("Q{")
                && (parts.len() > 2
                    || parts.iter().any(|p| expr::xpath::lexer::name_length(p) != p.len() || p.is_empty()));
            if is_name {
                return Err(element.error_at("name", 0..0, format!("`{text}` is no name")));
            }
        }
        Ok(Computed { name, namespace: self.avt(element, "namespace")?, spaces: self.spaces(element) })
    }

    /// The `xsl:sort` children, which come first.
    pub(super) fn sorts(&mut self, element: Element<'a>) -> Parsed<Vec<Sort>> {
        let children = element.children().filter(|c| c.instruction() == Some("sort"));
        let mut sorts = Vec::new();
        for child in children {
            known::check(child, "sort")?;
            let mut key = self.value(child)?;
            if key.select.is_none() && key.body.is_empty() {
                key.select = Some(self.parse_xpath(child, ".").map_err(|e| child.error(e.message))?);
            }
            sorts.push(Sort {
                key,
                descending: self.avt(child, "order")?,
                data_type: self.avt(child, "data-type")?,
                case_order: self.avt(child, "case-order")?,
            });
        }
        Ok(sorts)
    }

    /// The `xsl:with-param` children.
    pub(super) fn with(&mut self, element: Element<'a>) -> Parsed<Vec<With>> {
        let children = element.children().filter(|c| c.instruction() == Some("with-param"));
        let mut all: Vec<With> = Vec::new();
        for child in children {
            known::check(child, "with-param")?;
            let name = child.expanded(child.need("name")?)?;
            if all.iter().any(|w| w.name == name) {
                return Err(child.error_at("name", 0..0, format!("the parameter `{name}` is given twice")));
            }
            let tunnel = child.flag("tunnel")?.unwrap_or(false);
            all.push(With { name, tunnel, value: self.value(child)? });
        }
        Ok(all)
    }

    /// The `xsl:param` children; their names are in scope from then on.
    pub(super) fn params(&mut self, element: Element<'a>) -> Parsed<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        for child in element.children() {
            if child.instruction() != Some("param") {
                break;
            }
            known::check(child, "param")?;
            let name = child.expanded(child.need("name")?)?;
            if params.iter().any(|p| p.name == name) {
                return Err(child.error_at("name", 0..0, format!("there are two parameters `{name}`")));
            }
            let param = Param {
                name: name.clone(),
                tunnel: child.flag("tunnel")?.unwrap_or(false),
                required: child.flag("required")?.unwrap_or(false),
                value: self.value(child)?,
                at: child.at(),
            };
            params.push(param);
            self.locals.push(name);
        }
        Ok(params)
    }

    /// The namespaces that a literal element hands to the result.
    pub(super) fn result_spaces(&mut self, element: Element<'a>) -> Parsed<Vec<Arc<expr::xpath::tree::QName>>> {
        let mut excluded: Vec<String> = vec![super::source::XSL.to_owned()];
        let spaces = self.spaces(element);
        for node in element.node.ancestors().filter(|n| n.is_element()) {
            let own = element.with(node);
            for name in ["exclude-result-prefixes", "extension-element-prefixes"] {
                let list = if own.instruction().is_some() {
                    own.get(name)
                } else {
                    node.attribute((super::source::XSL, name))
                };
                for prefix in list.unwrap_or("").split_whitespace() {
                    match prefix {
                        "#all" => excluded.extend(own.spaces().into_iter().map(|(_, uri)| uri)),
                        "#default" => excluded.extend(node.default_namespace().map(str::to_owned)),
                        prefix => match node.lookup_namespace_uri(Some(prefix)) {
                            Some(uri) => excluded.push(uri.to_owned()),
                            None => {
                                let message = format!("the prefix `{prefix}` in {name} is not declared");
                                return Err(own.error_at(name, 0..0, message));
                            }
                        },
                    }
                }
            }
        }
        let mut out = Vec::new();
        for (prefix, uri) in spaces.iter() {
            if excluded.contains(uri) || prefix == "xml" {
                continue;
            }
            let (prefix, uri) = match self.aliases.get(uri) {
                Some((prefix, uri)) => (prefix, uri),
                None => (prefix, uri),
            };
            out.push(Arc::new(expr::xpath::tree::QName::new(prefix, uri, "")));
        }
        Ok(out)
    }
}
