//! Values of rows: constants, templates and the other sources.

use base::Value;
use expr::Template;

use super::ctx::Ctx;
use super::view::View;
use crate::problems::did_you_mean;
use crate::spec::VALUE_MAP;
use crate::yaml::{Kind, Node, Scalar, Typed};
use crate::{Source, ValueKind, ValueSource};

impl Ctx<'_> {
    /// A value in its short form or as a map.
    pub(super) fn value(&mut self, node: &Node) -> Option<ValueSource> {
        match &node.kind {
            Kind::Scalar(s) => {
                let from = match s.typed {
                    Typed::Null => return None,
                    Typed::Text if s.text.contains("${") => Source::Expression(self.template(node)),
                    _ => Source::Constant(constant(s)),
                };
                Some(ValueSource { from, kind: ValueKind::Any })
            }
            Kind::Map(_) => self.value_map(&View::of(&VALUE_MAP, Some(node)), node),
            _ => None,
        }
    }

    fn value_map(&mut self, view: &View<'_>, node: &Node) -> Option<ValueSource> {
        let from = if let Some(given) = view.get("constant") {
            Source::Constant(given.scalar().map(constant)?)
        } else if let Some(given) = view.get("expression") {
            Source::Expression(self.template(given))
        } else if let Some(given) = view.get("xpath") {
            Source::XPath(self.xpath(given)?)
        } else if let Some(given) = view.get("jsonpath") {
            Source::JsonPath(self.json_path(given)?)
        } else if let Some(given) = view.get("header") {
            Source::Header(given.text()?.to_owned())
        } else if let Some(given) = view.get("property") {
            Source::Property(given.text()?.to_owned())
        } else if let Some(given) = view.get("variable") {
            Source::Variable {
                scope: self.scope(&view.text("visibility")),
                name: self.template(given),
                default: view.get("default").and_then(Node::scalar).map(constant),
            }
        } else {
            let given = view.get("number-range")?;
            self.number_range(given);
            Source::NumberRange { name: self.template(given), correlation: self.template_of(view.get("for")) }
        };
        self.value_extras(&from, node);
        let kind = match view.text("type").as_str() {
            "text" => ValueKind::Text,
            "int" => ValueKind::Int,
            "float" => ValueKind::Float,
            "bool" => ValueKind::Bool,
            _ => ValueKind::Any,
        };
        Some(ValueSource { from, kind })
    }

    /// Keys that belong to another source than the one that is given.
    fn value_extras(&mut self, from: &Source, node: &Node) {
        let variable = matches!(from, Source::Variable { .. });
        let range = matches!(from, Source::NumberRange { .. });
        for entry in node.entries() {
            let (fits, owner) = match entry.key.as_str() {
                "visibility" | "default" => (variable, "variable"),
                "for" => (range, "number-range"),
                _ => continue,
            };
            if !fits {
                let title = format!("`{}` has no effect here", entry.key);
                self.problems.warning(
                    "F0217",
                    title,
                    entry.range.clone(),
                    format!("belongs to `{owner}`"),
                    "leave it out",
                );
            }
        }
    }

    fn number_range(&mut self, node: &Node) {
        let Some(name) = node.text().filter(|t| !t.contains("${")) else { return };
        if !self.ranges.contains(name) {
            let help = did_you_mean(name, self.ranges.iter().map(String::as_str))
                .unwrap_or_else(|| format!("declare it: `number-ranges: {{ {name}: {{ min: 1, max: 999999 }} }}`"));
            let title = format!("there is no number range `{name}`");
            self.problems.error("F0204", title, node.range.clone(), "not declared in this flow", help.as_str());
        }
    }

    /// The template of a store name, which is checked where it is known already.
    pub(super) fn store(&mut self, view: &View<'_>) -> Option<Template> {
        let node = view.get("store")?;
        self.store_name(node);
        Some(self.template(node))
    }

    /// Checks a data store name that holds no expression.
    pub(super) fn store_name(&mut self, node: &Node) {
        let Some(name) = node.text().filter(|t| !t.contains("${")) else { return };
        if name.is_empty() || name.chars().count() > 40 {
            self.problems.error(
                "F0104",
                "a data store name has 1 to 40 characters",
                node.range.clone(),
                "too long or empty",
                None,
            );
        }
    }

    /// Checks a queue name that holds no expression.
    pub(super) fn queue_name(&mut self, node: &Node) {
        let Some(name) = node.text().filter(|t| !t.contains("${")) else { return };
        if !crate::shape::is_name(name) {
            let help = "use 1 to 80 letters, digits, `_`, `.` and `-`";
            self.problems.error(
                "F0104",
                format!("`{name}` is not a queue name"),
                node.range.clone(),
                "not a queue name",
                help,
            );
        }
    }
}

/// The value of a scalar. A number that would lose digits or zeros stays text.
fn constant(scalar: &Scalar) -> Value {
    match scalar.typed {
        Typed::Null => Value::Null,
        Typed::Bool(b) => Value::Bool(b),
        Typed::Int(n) if n.to_string() == scalar.text => Value::Int(n),
        Typed::Float(n) if n.is_finite() && n.to_string() == scalar.text => Value::Float(n),
        Typed::Int(_) | Typed::Float(_) | Typed::Text => Value::Text(scalar.text.clone()),
    }
}
