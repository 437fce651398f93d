//! The checker of order by key: what a sender knows to be in comes before what it sends afterwards (G7).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::expect::Lane;
use crate::observe::Sim;

/// What has to keep its order: by receiver, flow and keys, with the name of each message.
pub type Lanes = BTreeMap<(usize, String, Vec<u64>), Vec<(String, Lane)>>;

/// The places of a message's acts among all acts: the first and the last.
type Acts = BTreeMap<String, (usize, usize)>;

/// Two messages of a lane of which one was answered before the other was sent: no act for the second comes before an
/// act for the first. The answers are the reference, not the order in which anything is stored. Counts such pairs.
pub fn by_key(sim: &Arc<Sim>, lanes: &Lanes, times: impl Fn(&str) -> Option<(Duration, Option<Duration>)>) {
    let mut pairs = 0;
    for ((to, from, keys), ways) in lanes {
        let acts = acts(sim, *to, from, ways);
        for (earlier, (_, last)) in &acts {
            let Some((_, Some(answered))) = times(earlier) else { continue };
            for (later, (first, _)) in acts.iter().filter(|(later, _)| *later != earlier) {
                let follows = times(later).is_some_and(|(first, _)| answered < first);
                pairs += u64::from(follows);
                if follows && first < last {
                    let text = format!(
                        "r{to} got {later} before {earlier} from {from}, keys {keys:?}, although {earlier} was accepted \
                         at {answered:?}, before {later} was sent"
                    );
                    sim.broken("G7", text);
                }
            }
        }
    }
    sim.state().pairs = pairs;
}

fn acts(sim: &Arc<Sim>, to: usize, from: &str, ways: &[(String, Lane)]) -> Acts {
    let names: BTreeMap<&str, &str> = ways.iter().map(|(name, way)| (way.id.as_str(), name.as_str())).collect();
    let mut acts = Acts::new();
    for (at, acted) in sim.state().acted.iter().enumerate().filter(|(_, a)| a.to == to && a.from == from) {
        if let Some(name) = names.get(acted.id.as_str()) {
            acts.entry((*name).to_owned()).or_insert((at, at)).1 = at;
        }
    }
    acts
}
