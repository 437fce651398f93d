//! Tables from paths and addresses to flows, built at each deploy and read without locks.

use std::collections::HashMap;
use std::sync::Arc;

use flow::{HttpSender, ProcessIx, SenderChannel};

use crate::deploy::Slot;

/// Where a path or address leads.
#[derive(Clone)]
pub(crate) struct Target {
    /// The flow.
    pub slot: Arc<Slot>,
    /// Its process.
    pub process: ProcessIx,
}

impl Target {
    /// The HTTP sender channel, where the process has one.
    pub fn http(&self) -> Option<&HttpSender> {
        match &self.slot.flow.process(self.process)?.kind {
            flow::ProcessKind::Integration(SenderChannel::Http(http)) => Some(http),
            _ => None,
        }
    }
}

/// HTTP paths and ProcessDirect addresses.
#[derive(Clone, Default)]
pub(crate) struct Routes {
    exact: HashMap<String, Target>,
    subtrees: HashMap<String, Target>,
    /// Most segments of a subtree: longer prefixes need not be looked up.
    deepest: usize,
    direct: HashMap<String, Target>,
}

/// A path as it is compared: lower case, without a trailing slash, with a leading one.
fn normal(path: &str) -> String {
    format!("/{}", path.trim_matches('/').to_ascii_lowercase())
}

impl Routes {
    /// Enters the senders of a flow; where one is taken already, nothing of the flow is entered.
    pub fn enter(&mut self, slot: &Arc<Slot>) -> Result<(), String> {
        for (_, _, sender) in slot.flow.senders() {
            let other = match sender {
                SenderChannel::Http(http) => {
                    let table = if http.subtree { &self.subtrees } else { &self.exact };
                    table.get(&normal(&http.path)).map(|t| (format!("the HTTP path {}", http.path), t))
                }
                SenderChannel::ProcessDirect(address) => {
                    self.direct.get(address).map(|t| (format!("the ProcessDirect address {address}"), t))
                }
                _ => None,
            };
            if let Some((what, target)) = other {
                return Err(format!("{what} is taken by flow {}", target.slot.flow.name));
            }
        }
        for (process, _, sender) in slot.flow.senders() {
            let target = Target { slot: Arc::clone(slot), process };
            match sender {
                SenderChannel::Http(http) if http.subtree => {
                    let path = normal(&http.path);
                    self.deepest = self.deepest.max(path.matches('/').count());
                    self.subtrees.insert(path, target);
                }
                SenderChannel::Http(http) => {
                    self.exact.insert(normal(&http.path), target);
                }
                SenderChannel::ProcessDirect(address) => {
                    self.direct.insert(address.clone(), target);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Who serves a path: the exact one, else the longest subtree.
    pub fn http(&self, path: &str) -> Option<&Target> {
        let path = normal(path);
        if let Some(target) = self.exact.get(&path) {
            return Some(target);
        }
        if self.subtrees.is_empty() {
            return None;
        }
        let ends: Vec<usize> = path
            .char_indices()
            .skip(1)
            .filter(|(_, c)| *c == '/')
            .map(|(i, _)| i)
            .chain([path.len()])
            .take(self.deepest)
            .collect();
        ends.iter().rev().find_map(|end| self.subtrees.get(&path[..*end])).or_else(|| self.subtrees.get("/"))
    }

    /// Who serves an address; a missing leading slash is forgiven.
    pub fn direct(&self, address: &str) -> Option<&Target> {
        self.direct.get(address).or_else(|| self.direct.get(&format!("/{address}")))
    }
}
