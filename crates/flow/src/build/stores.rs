//! Data store steps and variables.

use base::Scope;

use super::ctx::Ctx;
use super::view::View;
use crate::shape::is_scoped_variables;
use crate::yaml::{Entry, Kind, Node, Scalar, Typed};
use crate::{EntryIds, StepIx, StepKind, StoreDelete, StoreGet, StoreSelect, StoreWrite, VariableWrite};

impl Ctx<'_> {
    /// Data store write.
    pub(super) fn store_write(&mut self, view: &View<'_>) -> Option<StepKind> {
        Some(StepKind::StoreWrite(StoreWrite {
            store: self.store(view)?,
            scope: self.scope(&view.text("visibility")),
            entry: self.template_of(view.get("entry")),
            alert_after: view.duration("alert-after"),
            expire_after: view.duration("expire-after"),
            encrypt: view.bool("encrypt"),
            overwrite: view.bool("overwrite"),
            include_headers: view.bool("headers"),
        }))
    }

    /// Data store get.
    pub(super) fn store_get(&mut self, view: &View<'_>) -> Option<StepKind> {
        Some(StepKind::StoreGet(StoreGet {
            store: self.store(view)?,
            scope: self.scope(&view.text("visibility")),
            entry: self.template_of(view.get("entry")),
            delete: view.bool("delete"),
            fail_if_missing: view.text("missing") != "continue",
        }))
    }

    /// Data store select; `each` is the first step for each entry.
    pub(super) fn store_select(&mut self, view: &View<'_>, each: Option<StepIx>) -> Option<StepKind> {
        let max = match view.get("max") {
            Some(node) => {
                let wrong = |t: &str| !t.contains("${") && !t.parse::<u32>().is_ok_and(|n| n > 0);
                if node.text().is_some_and(wrong) {
                    self.problems.error(
                        "F0104",
                        "`max` is a number of entries",
                        node.range.clone(),
                        "needs a whole number from 1, or `${...}`",
                        None,
                    );
                }
                self.template(node)
            }
            None => self.template_text(view.default("max")),
        };
        Some(StepKind::StoreSelect(StoreSelect {
            store: self.store(view)?,
            scope: self.scope(&view.text("visibility")),
            max,
            delete: view.bool("delete"),
            each,
        }))
    }

    /// Data store delete.
    pub(super) fn store_delete(&mut self, view: &View<'_>) -> Option<StepKind> {
        let entry = match (view.get("entry"), view.get("entry-xpath")) {
            (Some(_), Some(second)) => {
                self.problems.error(
                    "F0105",
                    "`entry` and `entry-xpath` exclude each other",
                    second.range.clone(),
                    "the second one",
                    "keep one of them",
                );
                None
            }
            (Some(node), None) => Some(EntryIds::One(self.template(node))),
            (None, Some(node)) => Some(EntryIds::XPath(self.xpath(node)?)),
            (None, None) => None,
        };
        Some(StepKind::StoreDelete(StoreDelete {
            store: self.store(view)?,
            scope: self.scope(&view.text("visibility")),
            entry,
        }))
    }

    /// Write variables, in both forms.
    pub(super) fn write_variables(&mut self, content: &Node, view: &View<'_>) -> Option<StepKind> {
        let (scope, entries) = if is_scoped_variables(content) {
            (self.scope(&view.text("visibility")), view.get("values")?.entries())
        } else {
            (self.scope("flow"), content.entries())
        };
        Some(StepKind::WriteVariables(entries.iter().filter_map(|e| self.variable(&scope, e)).collect()))
    }

    fn variable(&mut self, scope: &Scope, entry: &Entry) -> Option<VariableWrite> {
        let scalar = Scalar { text: entry.key.clone(), typed: Typed::Text, at: None };
        let name = self.template(&Node { range: entry.range.clone(), kind: Kind::Scalar(scalar) });
        Some(VariableWrite { scope: scope.clone(), name, value: self.value(&entry.value)? })
    }
}
