//! Cookies of receivers within one run: what an answer sets goes along with the next request to the same origin.

use std::collections::BTreeMap;

use base::Headers;
use flow::{HttpCall, origin};
use indexmap::IndexMap;

/// Most origins, and most cookies of one.
const MAX: usize = 50;
/// Longest cookie, name and value.
const MAX_LENGTH: usize = 4_096;

/// The cookies of a run.
#[derive(Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, IndexMap<String, String>>);

impl Cookies {
    /// Adds the cookies to a call that brings none of its own.
    pub(crate) fn add(&self, call: &mut HttpCall) {
        let Some(known) = origin(&call.url).and_then(|o| self.0.get(&o)).filter(|c| !c.is_empty()) else { return };
        if call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            return;
        }
        let pairs: Vec<String> = known.iter().map(|(name, value)| format!("{name}={value}")).collect();
        call.headers.push(("Cookie".to_owned(), pairs.join("; ")));
    }

    /// Keeps what an answer of an address sets.
    pub(crate) fn keep(&mut self, url: &str, headers: &Headers) {
        let (Some(origin), Some(set)) = (origin(url), headers.get("Set-Cookie")) else { return };
        let full = self.0.len() >= MAX && !self.0.contains_key(&origin);
        let set = set.to_string();
        if full || set.is_empty() {
            return;
        }
        let known = self.0.entry(origin).or_default();
        for cookie in each(&set) {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else { continue };
            let gone = parts.any(|p| p.to_ascii_lowercase().replace(' ', "") == "max-age=0") || value.is_empty();
            let clean = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | ',');
            if gone {
                known.shift_remove(name);
            } else if name.len() + value.len() <= MAX_LENGTH
                && name.chars().all(clean)
                && value.chars().all(|c| clean(c) || c == ' ')
                && (known.len() < MAX || known.contains_key(name))
            {
                known.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Cookies of a header that joins several with commas; dates hold a comma too.
fn each(set: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for piece in set.split(", ") {
        let head = piece.split(';').next().unwrap_or("");
        let begins =
            head.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty() && !name.trim().contains(' '));
        match all.last_mut() {
            Some(last) if !begins => {
                last.push_str(", ");
                last.push_str(piece);
            }
            _ => all.push(piece.to_owned()),
        }
    }
    all
}
