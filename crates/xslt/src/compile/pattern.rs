//! Match patterns: read as expressions, turned round so that they are tested from the node upwards.

use expr::xpath::ast::{Axis, Expr, Path, SetOp, Start, Step, Test};

use super::Compiler;
use super::source::{Element, Parsed};
use crate::model::{Pattern, PatternStep, Xp};

impl Compiler {
    /// The alternatives of a pattern, each with its default priority.
    pub(super) fn patterns(&mut self, element: Element<'_>, attribute: &str) -> Parsed<Vec<(Pattern, f64)>> {
        // A pattern sees the global variables only.
        let outer = std::mem::take(&mut self.locals);
        let found = self.xpath(element, attribute);
        self.locals = outer;
        let Xp { expr, compat } = found?;
        let alternatives = match expr {
            Expr::Set(first, rest) if rest.iter().all(|(op, _)| *op == SetOp::Union) => {
                let mut all = vec![*first];
                all.extend(rest.into_iter().map(|(_, expr)| expr));
                all
            }
            other => vec![other],
        };
        alternatives
            .into_iter()
            .map(|expr| {
                self.pattern(expr, compat).ok_or_else(|| {
                    element
                        .error_at(attribute, 0..0, "this is no pattern that templates can match by")
                        .help("a pattern is a path of child and attribute steps, such as `order/item[@id]` or `//note`")
                })
            })
            .collect()
    }

    fn pattern(&mut self, expr: Expr, compat: bool) -> Option<(Pattern, f64)> {
        let of = |parts, from_root, item| Pattern { parts, from_root, item, compat };
        let path = match expr {
            Expr::Context => return Some((of(Vec::new(), false, Some(Vec::new())), -1.0)),
            Expr::Filter(start, predicates) if matches!(*start, Expr::Context) => {
                let predicates = predicates.into_iter().map(|expr| Xp { expr, compat }).collect();
                return Some((of(Vec::new(), false, Some(predicates)), 0.5));
            }
            Expr::Path(path) => path,
            _ => return None,
        };
        let Path { start, steps } = path;
        let from_root = match start {
            Start::Root => true,
            Start::Context => false,
            Start::Expr(_) => return None,
        };
        if steps.is_empty() {
            return from_root.then(|| (of(Vec::new(), true, None), -0.5));
        }
        let (mut parts, mut part, mut gap_above) = (Vec::new(), Vec::new(), false);
        let mut count = 0;
        let mut priority = 0.5;
        for step in steps {
            let Step::Axis { axis, test, predicates } = step else { return None };
            let (attribute, gap) = match axis {
                Axis::Child => (false, false),
                Axis::Attribute => (true, false),
                Axis::Descendant => (false, true),
                Axis::DescendantOrSelf if matches!(test, Test::Node) && predicates.is_empty() => {
                    gap_above = true;
                    continue;
                }
                _ => return None,
            };
            if (gap || gap_above) && !(part.is_empty() && !from_root && parts.is_empty()) {
                parts.push(std::mem::take(&mut part));
            }
            gap_above = false;
            count += 1;
            if predicates.is_empty() {
                priority = default_priority(&test);
            }
            let counts = predicates.iter().any(may_count).then(|| {
                self.counting += 1;
                self.counting - 1
            });
            if !predicates.is_empty() {
                priority = 0.5;
            }
            part.push(PatternStep { attribute, test, predicates, counts });
        }
        parts.push(part);
        if count > 1 || from_root {
            priority = 0.5;
        }
        parts.reverse();
        for part in &mut parts {
            part.reverse();
        }
        // `//a` begins with an empty part below the root: every node of the document is below it.
        if from_root && parts.last().is_some_and(Vec::is_empty) {
            parts.pop();
            return Some((of(parts, false, None), priority));
        }
        Some((of(parts, from_root, None), priority))
    }
}

fn default_priority(test: &Test) -> f64 {
    match test {
        Test::Name(name) | Test::Element(name) | Test::Attribute(name) => match (&name.local, &name.namespace) {
            (Some(_), expr::NamespaceTest::Exact(_)) => 0.0,
            (None, expr::NamespaceTest::Any) => -0.5,
            _ => -0.25,
        },
        Test::Instruction(Some(_)) => 0.0,
        _ => -0.5,
    }
}

/// Whether a predicate may depend on the position of the node among its siblings.
fn may_count(predicate: &Expr) -> bool {
    !predicate.is_boolean()
        || predicate.any(&|e| matches!(e, Expr::Call { function, .. } if matches!(function.name, "position" | "last")))
}
