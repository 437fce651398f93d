//! The person: decides about what is in doubt or blocked, as a person does who asks the receiver.

use serde_json::Value;

use crate::ledger::Ledger;
use crate::process::Semel;

/// Flow and receiver of the deliveries that may never be made twice.
const CAREFUL: [(&str, &str); 4] =
    [("customer-changes", "crm"), ("bookings", "bank"), ("tickets", "vault"), ("tickets", "registry")];

/// What a person decided.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// In doubt, and the receiver had it: ended.
    pub ended: usize,
    /// In doubt, and the receiver did not have it: sent again.
    pub sent: usize,
    /// Not in doubt, blocked after three kills or escalated: tried again.
    pub tried: usize,
}

impl Decided {
    /// Looks at all that waits for a person and decides about it; gives how many entries there are in all.
    ///
    /// Only while no sender sends: a first attempt that is under way looks like a doubt.
    pub fn decide(&mut self, semel: &Semel, ledger: &Ledger) -> Result<usize, String> {
        let mut left = 0;
        for (flow, receiver) in CAREFUL {
            let list = ["deliveries", "entries", receiver, "--flow", flow, "--limit", "1000", "--format", "json"];
            let entries = semel.command(&list)?;
            let entries: Value = serde_json::from_str(&entries).unwrap_or_default();
            let (mut end, mut again) = (Vec::new(), Vec::new());
            for entry in entries.as_array().into_iter().flatten() {
                left += 1;
                let text = |name: &str| entry.get(name).map(|v| v.to_string().trim_matches('"').to_owned());
                let (Some(key), Some(id), Some(state)) = (text("key"), text("id"), text("state")) else { continue };
                if !matches!(state.as_str(), "in-doubt" | "blocked" | "escalated") {
                    continue;
                }
                let doubt = state == "in-doubt" || text("doubt").as_deref() == Some("true");
                match (doubt, ledger.has(receiver, &id)) {
                    (true, true) => {
                        self.ended += 1;
                        end.push(key);
                    }
                    (true, false) => {
                        self.sent += 1;
                        again.push(key);
                    }
                    (false, _) => {
                        self.tried += 1;
                        again.push(key);
                    }
                }
            }
            for (what, keys) in [("delete", end), ("retry", again)] {
                for keys in keys.chunks(100) {
                    let mut arguments = vec!["deliveries", what, receiver, "--flow", flow];
                    keys.iter().for_each(|key| arguments.extend(["--entry", key.as_str()]));
                    semel.command(&arguments)?;
                }
            }
        }
        Ok(left)
    }
}
