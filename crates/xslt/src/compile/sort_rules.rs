//! Puts the template rules of each mode into the order in which they are tried.

use std::collections::{HashMap, HashSet};

use expr::xpath::ast::Test;

use super::Compiler;
use crate::model::Rule;

/// The local name that a rule's nodes must have, if it is one.
fn local_name(rule: &Rule) -> Option<&str> {
    let step = rule.pattern.parts.first()?.first()?;
    match &step.test {
        Test::Name(name) | Test::Element(name) | Test::Attribute(name) => name.local.as_deref(),
        Test::Instruction(Some(target)) => Some(target),
        _ => None,
    }
}

impl Compiler {
    /// `members`: mode and rule.
    pub(super) fn sort_rules(&mut self, members: &[(usize, usize)]) {
        let rules = &self.sheet.rules;
        let mut by_mode: HashMap<usize, Vec<usize>> = HashMap::new();
        for (mode, rule) in members {
            by_mode.entry(*mode).or_default().push(*rule);
        }
        for (mode, mut list) in by_mode {
            // The later one wins among equals.
            list.sort_by(|a, b| {
                let (x, y) = (&rules[*a], &rules[*b]);
                y.precedence.cmp(&x.precedence).then(y.priority.total_cmp(&x.priority)).then(b.cmp(a))
            });
            let Some(mode) = self.sheet.modes.get_mut(mode) else { continue };
            mode.other = list.iter().copied().filter(|r| local_name(&rules[*r]).is_none()).collect();
            let names: HashSet<&str> = list.iter().filter_map(|r| local_name(&rules[*r])).collect();
            if names.len().saturating_mul(mode.other.len()) > 1_000_000 {
                // Very many rules: one list for all is slower to search, but small.
                mode.other = list;
                continue;
            }
            for rule in &list {
                match local_name(&rules[*rule]) {
                    Some(name) => mode.named.entry(name.to_owned()).or_default().push(*rule),
                    None => {
                        for name in &names {
                            mode.named.entry((*name).to_owned()).or_default().push(*rule);
                        }
                    }
                }
            }
        }
    }
}
